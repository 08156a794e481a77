"""Asks the service through the Python client of openapi-generator; prints what it answers."""

import json
import sys
from datetime import date

import storecast_client as storecast

client = storecast.ApiClient(storecast.Configuration(host=sys.argv[1]))
s3 = storecast.AmazonS3Api(client)

estimate = s3.estimate_s3(
    region=storecast.Region.US_MINUS_EAST_MINUS_1, storage_gb=50000.3, monthly_put_requests=1e6
).actual_instance

rds = {"region": "us-east-1", "instance_class": "db.r6g.xlarge", "storage_gb": 500}
batch = storecast.AmazonRDSApi(client).estimate_rds_batch(
    storecast.RDSBatch(workloads=[storecast.RDSWorkload.from_dict(rds)])
)

mixed = storecast.PortfolioBatch.from_dict(
    {
        "workloads": [
            rds | {"service": "rds"},
            {"service": "s3", "region": "us-east-1", "storage_gb": 50000.3},
        ]
    }
)
portfolio = storecast.PortfoliosApi(client).estimate_portfolio(mixed).actual_instance

try:
    s3.estimate_s3(
        region=storecast.Region.US_MINUS_EAST_MINUS_1,
        storage_gb=50000.3,
        price_date=date(2000, 1, 1),
    )
except storecast.ApiException as refused:
    problem = refused.data

told = {
    "estimate": estimate.monthly_cost,
    "batch": [one.monthly_cost for one in batch.actual_instance.estimates],
    "portfolio": portfolio.monthly_cost,
    "stored": portfolio.estimates[1].actual_instance.capacity.stored_gb,
    "status": problem.status,
    "parameter": problem.errors[0].parameter,
}
print(json.dumps(told))
