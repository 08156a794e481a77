"""Estimates over HTTP: one by query, many by body, in JSON and MessagePack."""

import csv
from typing import Any

import msgspec
import pytest
from litestar.testing import TestClient

from pricing import engine
from pricing.model import service
from service.answers import estimates
from tests.services.prices import card_at

Client = TestClient[Any]
ORDERS = {
    "region": "us-east-1",
    "reads_per_second": 1000,
    "writes_per_second": 500,
    "item_bytes": 3072,
}
CLICKS = {"region": "us-east-1", "records_per_second": 1000, "record_bytes": 3000}
JSON, MSGPACK = "application/json", "application/msgpack"
CODECS = {
    JSON: (msgspec.json.encode, msgspec.json.decode),
    MSGPACK: (msgspec.msgpack.encode, msgspec.msgpack.decode),
}


@pytest.mark.parametrize(("day", "cost"), [(None, 2628.0), ("2024-10-01", 5256.0)])
def test_first_dynamodb_estimate(client: Client, day: str | None, cost: float) -> None:
    """The estimate of the README comes out, today and before the price cut."""
    asked = ORDERS | {"capacity_mode": "on-demand"} | ({"price_date": day} if day else {})
    answer = client.get("/v1/dynamodb/estimate", params=asked).json()
    assert answer["monthly_cost"] == cost
    assert [line["consumed_quantity"] for line in answer["charges"]] == [1.314e9, 3.942e9]
    assert answer["complete"] is True


def test_first_kinesis_estimate(client: Client) -> None:
    """3 shards, 2,628 M payload units, 69.642 dollars; each line names price, day and source."""
    answer = client.get("/v1/kinesis/estimate", params=CLICKS).json()
    assert answer["monthly_cost"] == 69.642
    assert answer["capacity"]["shards"] == 3
    assert answer["capacity"]["binding"] == "bytes_in"
    assert answer["charges"][0] == {
        "sku_id": "kinesis.shard_hours",
        "sku_meter": "Shard hours",
        "usage_type": "Storage-ShardHour",
        "consumed_quantity": 2190,
        "consumed_unit": "Hours",
        "pricing_quantity": 2190,
        "pricing_unit": "Hours",
        "list_unit_price": 0.015,
        "list_cost": 32.85,
        "status": "priced",
        "effective_from": "2025-11-18",
        "source": "feed-2025-11-18",
        "reference": "https://aws.amazon.com/kinesis/data-streams/pricing/",
        "note": "",
    }
    load = {finding["rule"]: finding["value"] for finding in answer["findings"]}
    assert (load["shard_in_bytes"], load["shard_in_records"]) == (1_000_000, 1000 / 3)
    assert answer["findings"][0] == {
        "rule": "shards_per_stream",
        "title": "Shards (the account's quota in the Region)",
        "value": 3,
        "limit": 20000,
        "unit": "Shards",
        "headroom": 19997,
        "utilization": 0.00015,
        "status": "ok",
        "adjustable": True,
        "reference": "https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html",
        "note": "",
    }
    assert answer["assumptions"] == {"advantage_rounds_records": True}
    assert answer["basis"] == {"hours_per_month": 730, "bytes_per_gb": 1073741824}


@pytest.mark.parametrize(
    ("asked", "usage_type"),
    [
        ("durability=synchronous", "EU-SyncDurability-NodeUsage:cache.r7g.large"),
        ("engine=redis&engine_version=5", ""),
    ],
)
def test_a_surcharge_has_a_usage_type_of_its_own(
    client: Client, asked: str, usage_type: str
) -> None:
    """It is another line of a bill than the node hours that it comes on top of."""
    query = f"region=eu-west-1&node_type=cache.r7g.large&storage_gb=1&replicas_per_shard=1&{asked}"
    path = f"/v1/elasticache/estimate?{query}&price_date=2026-10-02"
    lines = client.get(path).json()["charges"]
    assert [line["usage_type"] for line in lines] == ["EU-NodeUsage:cache.r7g.large", usage_type]


def test_what_is_sold_nowhere_has_no_usage_type(client: Client) -> None:
    """No bill has it, so the usage type is empty, as the contract says of one that is not known."""
    row = {"region": "us-east-1", "engine": "memcached", "node_type": "cache.r6gd.xlarge"}
    body = {"workloads": [row | {"storage_gb": 1}]}
    [line] = client.post("/v1/elasticache/estimates", json=body).json()["estimates"][0]["charges"]
    assert (line["status"], line["usage_type"]) == ("unpriced", "")


def test_an_infeasible_workload_is_answered_with_findings(client: Client) -> None:
    """Planners come to see what binds: 200, with each finding's state."""
    asked = ORDERS | {"item_bytes": 500_000, "writes_per_second": 1}
    answer = client.get("/v1/dynamodb/estimate", params=asked)
    assert answer.status_code == 200
    states = {finding["rule"]: finding["status"] for finding in answer.json()["findings"]}
    assert states["item_bytes"] == "exceeded"
    assert states["table_read_units"] == "exceeded"
    assert states["on_demand_initial_write_units"] == "attention"
    assert states["table_write_units"] == "ok"


def test_a_finding_is_near_above_80_percent(client: Client) -> None:
    """900 of a partition's 1,000 writes a second are near the limit."""
    asked = ORDERS | {"item_bytes": 1024, "writes_per_second": 900, "reads_per_second": 0}
    answer = client.get("/v1/dynamodb/estimate", params=asked).json()
    states = {finding["rule"]: finding["status"] for finding in answer["findings"]}
    assert states["partition_write_units"] == "near"


@pytest.mark.parametrize("sent", CODECS)
@pytest.mark.parametrize("asked", CODECS)
def test_json_and_messagepack_both_ways(client: Client, sent: str, asked: str) -> None:
    """The same batch has the same answer in each format, whichever way it came."""
    encode, _ = CODECS[sent]
    _, decode = CODECS[asked]
    body = encode({"workloads": [CLICKS, CLICKS | {"name": "second"}]})
    headers = {"Content-Type": sent, "Accept": asked}
    response = client.post("/v1/kinesis/estimates", content=body, headers=headers)
    assert response.headers["content-type"] == asked
    estimates = decode(response.content)["estimates"]
    assert [estimate["name"] for estimate in estimates] == ["", "second"]
    assert [estimate["monthly_cost"] for estimate in estimates] == [69.642] * 2


def test_ten_thousand_rows_of_mixed_regions_come_back_whole_and_in_order(client: Client) -> None:
    """A large batch mixes Regions and keeps its order, each row as if it were alone."""
    regions = ["us-east-1", "eu-west-1", "ap-southeast-2", "sa-east-1"]
    rows = [ORDERS | {"name": str(n), "region": regions[n % 4]} for n in range(10_000)]
    answer = client.post("/v1/dynamodb/estimates", json={"workloads": rows}).json()
    estimates = answer["estimates"]
    assert [estimate["name"] for estimate in estimates] == [str(n) for n in range(10_000)]
    alone = [
        client.get("/v1/dynamodb/estimate", params=row).json()["monthly_cost"] for row in rows[:4]
    ]
    assert [estimate["monthly_cost"] for estimate in estimates] == alone * 2500


def test_one_bad_row_of_many_is_named_and_nothing_is_priced(client: Client) -> None:
    """The pointer reaches the row and the field; the answer holds no estimate."""
    rows = [ORDERS] * 10_000
    rows[7321] = ORDERS | {"item_bytes": -1}
    response = client.post("/v1/dynamodb/estimates", json={"workloads": rows})
    problem = response.json()
    assert response.status_code == 400
    assert [error["pointer"] for error in problem["errors"]] == ["/workloads/7321/item_bytes"]
    assert problem["detail"] == "1 violation; nothing was priced"


UNPRICED = ORDERS | {"region": "ap-south-2", "change_data_capture": True}


def test_one_unpriceable_row_comes_back_unpriced(client: Client) -> None:
    """The row without a price says so; the others are priced, and its total is a lower bound."""
    rows = [ORDERS, UNPRICED, ORDERS]
    answer = client.post("/v1/dynamodb/estimates", json={"workloads": rows}).json()
    first, gap, last = answer["estimates"]
    assert (first["monthly_cost"], last["monthly_cost"]) == (2628.0, 2628.0)
    assert (first["complete"], gap["complete"]) == (True, False)
    (line,) = [line for line in gap["charges"] if line["status"] == "unpriced"]
    assert line["sku_id"] == "dynamodb.change_data_capture_units"
    assert (line["list_cost"], line["list_unit_price"]) == (None, None)
    assert line["consumed_quantity"] > 0
    assert (line["effective_from"], line["source"]) == (None, "")
    assert "no price is known in ap-south-2; one is known in: ap-east-1" in line["note"]


def test_a_single_unpriceable_workload_is_a_422(client: Client) -> None:
    """No total without every price: the problem names the charge and where it is sold."""
    response = client.get("/v1/dynamodb/estimate", params=UNPRICED)
    assert response.status_code == 422
    assert response.json()["type"] == "/problems/unpriced"
    assert "ap-south-2; one is known in:" in response.json()["errors"][0]["detail"]


def test_a_price_not_yet_known_names_its_first_day(client: Client) -> None:
    """eu-west-1 has no on-demand price before the cut of 2024-11-01 in the tables."""
    asked = ORDERS | {"region": "eu-west-1", "price_date": "2024-10-01"}
    problem = client.get("/v1/dynamodb/estimate", params=asked).json()
    assert problem["type"] == "/problems/unpriced"
    assert "no price is known in eu-west-1 before 2024-11-01" in problem["errors"][0]["detail"]


def test_a_day_before_the_first_price_is_refused(client: Client) -> None:
    """2001 is never priced with a later list; the first known day is named, by row in a batch."""
    asked = ORDERS | {"price_date": "2001-01-01"}
    single = client.get("/v1/dynamodb/estimate", params=asked)
    assert (single.status_code, single.json()["type"]) == (422, "/problems/date-before-prices")
    assert single.json()["errors"][0]["parameter"] == "price_date"
    batch = client.post("/v1/dynamodb/estimates", json={"workloads": [ORDERS, asked]})
    assert batch.status_code == 422
    (error,) = batch.json()["errors"]
    assert error["pointer"] == "/workloads/1/price_date"
    assert "send 2024-07-01 or later" in error["detail"]


def test_a_charge_whose_list_price_is_zero_is_free_not_unpriced() -> None:
    """A price of zero that AWS lists is known; it differs from a price that is not."""
    kinesis = service("kinesis")
    columns = engine.columns(kinesis.workload, [kinesis.example])
    card = card_at("kinesis", {"shard_hours": [(0, "0")], "put_payload_units": [(0, "0.1")]})
    (estimate,) = estimates.estimates(engine.price(kinesis, columns, card))
    assert msgspec.to_builtins(estimate)["charges"][0]["status"] == "free"
    assert estimate.complete


SHOP = {
    "region": "us-east-1",
    "instance_class": "db.r6g.xlarge",
    "storage_gb": 100,
    "read_replicas": 2,
}


def test_a_fact_is_told_in_words(client: Client) -> None:
    """What holds but is no limit has a status and a count in words, and no numbers."""
    answer = client.get("/v1/rds/estimate", params=SHOP).json()
    lag = next(one for one in answer["findings"] if one["rule"] == "replica_lag")
    assert {lag[name] for name in ("value", "limit", "headroom", "utilization")} == {None}
    assert (lag["status"], lag["note"]) == ("attention", "Read replicas: 2")
    measured = [one for one in answer["findings"] if one["limit"] is not None]
    assert {one["note"] for one in measured} == {""}


def test_a_fact_has_no_number_to_ask_for(client: Client) -> None:
    """Its value is refused as no number of the answer; where it is the worst, its cell is empty."""
    asked = {**SHOP, "field": "findings.replica_lag.value"}
    refused = client.get("/v1/rds/estimate.txt", params=asked)
    assert refused.status_code == 422
    assert "is not a number of the answer" in refused.text
    sheet = client.get("/v1/rds/estimate.csv", params=SHOP)
    (cells,) = csv.DictReader(sheet.text.splitlines())
    assert cells["worst_finding"] == "replica_lag"
    assert cells["worst_finding_utilization"] == ""


def test_a_fact_is_a_milestone_without_numbers(client: Client) -> None:
    """The first replica of an edition without any is a milestone with neither value nor limit."""
    workload = {**SHOP, "engine": "oracle-se2", "instance_class": "db.r5.xlarge"}
    body = {
        "workload": {**workload, "read_replicas": 0},
        "start": "2026-01",
        "months": 3,
        "growth": {"read_replicas": {"monthly_step": 1}},
        "view": "milestones",
    }
    answer = client.post("/v1/rds/projection", json=body)
    reached = {one["rule"]: one for one in answer.json()}
    edition = reached["replicas_of_edition"]
    assert (edition["time"][:7], edition["value"], edition["limit"]) == ("2026-02", None, None)
