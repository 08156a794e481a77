"""Toys in the Toy Store or in S3: a question that does not exist, as small as one can be."""

from collections.abc import Iterator
from typing import Annotated, Any

from pricing import tables
from pricing.model import WorkloadFields
from pricing.quantities import Gigabytes, PerSecond, PriceDate, about
from pricing.question import Alternative, PlannedWorkload, Question, RulesOf
from pricing.units import SECONDS_PER_HOUR


class ToyOrS3Needs(WorkloadFields, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Needs of one toy box."""

    price_date: PriceDate = max(map(tables.newest_day, ("toy", "s3")))
    storage_gb: Annotated[Gigabytes, about("Toys kept.")]
    requests_per_second: Annotated[PerSecond, about("Mean requests for a toy.")] = 0.0


def alternatives(needs: Any, rules: RulesOf) -> Iterator[Alternative]:
    """Yield the toy box, and the bucket."""
    box = {
        "storage_gb": needs.storage_gb,
        "requests_per_second": needs.requests_per_second,
    }
    monthly = needs.requests_per_second * needs.hours_per_month * SECONDS_PER_HOUR
    bucket = {"storage_gb": needs.storage_gb, "monthly_put_requests": monthly}
    yield Alternative("box", (PlannedWorkload("toy", box),))
    yield Alternative("bucket", (PlannedWorkload("s3", bucket),))


QUESTION = Question(
    key="toy_or_s3",
    name="Toy Store or S3",
    about="Where toys cost least.",
    workload=ToyOrS3Needs,
    services=("toy", "s3"),
    alternatives=alternatives,
    example=ToyOrS3Needs(
        name="box or bucket", region="us-east-1", storage_gb=100.0, requests_per_second=1.0
    ),
    swept="storage_gb",
)
