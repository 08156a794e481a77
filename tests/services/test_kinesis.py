"""AWS's worked examples for Kinesis Data Streams, and the rules they do not reach.

Left out of the examples: F-KDS-09 (twice the peak of the last 30 days: the model holds no past),
F-KDS-12 (a range over Regions). Graded X and so no test: F-KDS-06.

Left out of the published cost reports: totals that price GB of extended retention at the
shard-hour price.
"""

from typing import Any

import pytest

from pricing import engine
from pricing.model import service
from pricing.services.kinesis import KinesisWorkload
from tests.services import examples
from tests.services.bills import over, quantities

KINESIS = service("kinesis")
MB = 2.0**20


def bill(**fields: Any) -> engine.Bill:
    """Price one stream in us-east-1 that takes 1 MB a second."""
    stream = {"region": "us-east-1", "records_per_second": 100.0, "record_bytes": MB / 100}
    return engine.estimate(KINESIS, [KinesisWorkload(**{**stream, **fields})])


@pytest.mark.parametrize("example", examples.load("kinesis"))
def test_example(example: examples.Example) -> None:
    """The figures that AWS or a published report gives come out, in their units."""
    assert examples.found("kinesis", example) == examples.stated(example)


def test_first_estimate() -> None:
    """1,000 records of 3,000 bytes a second need 3 shards, by bytes in, and cost 69.642."""
    priced = engine.estimate(KINESIS, [KINESIS.example])
    assert priced.capacity.shards == 3
    assert priced.capacity.binding.tolist() == ["bytes_in"]
    assert quantities(priced) == {"shard_hours": 2190, "put_payload_units": 2_628_000_000}
    assert float(sum(line.cost[0] for line in priced.lines)) == pytest.approx(69.642, abs=1e-12)


@pytest.mark.parametrize(
    ("fields", "shards", "binding"),
    [
        ({"consumers": 4.0}, 2, "bytes_out"),
        ({"peak_to_mean": 2.5}, 3, "bytes_in"),
        ({"target_utilization": 0.25}, 4, "bytes_in"),
        ({"hottest_shard_ratio": 1.5}, 2, "bytes_in"),
        ({"records_per_second": 3500.0, "record_bytes": 10.0}, 4, "records_in"),
        ({"min_shards": 7.0}, 7, "min_shards"),
        ({"records_per_second": 0.0}, 1, "min_shards"),
    ],
)
def test_shards_follow_the_limit_that_binds(
    fields: dict[str, Any], shards: int, binding: str
) -> None:
    """Bytes in, records in, bytes out and the minimum each bind where they are largest."""
    capacity = bill(**fields).capacity
    assert (capacity.shards.tolist(), capacity.binding.tolist()) == ([shards], [binding])


def test_retention_bands_of_a_provisioned_stream() -> None:
    """Beyond 24 hours shards are charged again, beyond 7 days also the older data by GB."""
    day, week, month = (quantities(bill(retention_hours=h)) for h in (24.0, 168.0, 720.0))
    assert set(week) - set(day) == {"extended_retention_shard_hours"}
    assert week["extended_retention_shard_hours"] == 730
    assert set(month) - set(week) == {"long_term_retention_storage"}
    assert month["long_term_retention_storage"] == pytest.approx((720 - 168) * 3600 / 1024)


def test_retention_bands_of_an_on_demand_stream() -> None:
    """The data between 24 hours and 7 days, and the older data, are charged by GB."""
    kept = quantities(bill(capacity_mode="on-demand", retention_hours=720.0))
    assert kept["extended_retention_storage"] == pytest.approx((168 - 24) * 3600 / 1024)
    assert kept["long_term_retention_storage"] == pytest.approx((720 - 168) * 3600 / 1024)


def test_enhanced_fan_out_pays_shard_hours_only_when_provisioned() -> None:
    """A registered consumer pays its data in every mode, and consumer-shard hours in one."""
    fields = {"enhanced_fan_out_consumers": 2.0, "min_shards": 10.0}
    provisioned = quantities(bill(**fields))
    assert provisioned["enhanced_fan_out_shard_hours"] == 2 * 10 * 730
    on_demand = quantities(bill(**fields, capacity_mode="on-demand"))
    assert "enhanced_fan_out_shard_hours" not in on_demand
    assert on_demand["enhanced_fan_out_data"] == provisioned["enhanced_fan_out_data"]


def test_advantage_bills_at_least_25_mb_a_second_each_way() -> None:
    """1 MB a second in and out leaves a shortfall of 24 MB a second each way."""
    month_gb = 730 * 3600 / 1024
    paid = quantities(bill(capacity_mode="on-demand-advantage", advantage_rounds_records=False))
    assert paid["ingestion_shortfall"] == pytest.approx(24 * month_gb)
    assert paid["retrieval_shortfall"] == pytest.approx(24 * month_gb)
    assert "stream_hours" not in paid
    busy = quantities(bill(capacity_mode="on-demand-advantage", records_per_second=5000.0))
    assert not {"ingestion_shortfall", "retrieval_shortfall"} & set(busy)


def test_on_demand_and_advantage_round_each_record_up_to_1_kb() -> None:
    """A 100-byte record is billed as 1 KB, under Advantage only if the assumption says so."""
    fields = {"records_per_second": 2.0**20 / 3600, "record_bytes": 100.0, "hours_per_month": 1.0}
    assert quantities(bill(**fields, capacity_mode="on-demand"))["data_ingested"] == 1
    mode = {"capacity_mode": "on-demand-advantage"}
    assert quantities(bill(**fields, **mode))["data_ingested"] == 1
    exact = quantities(bill(**fields, **mode, advantage_rounds_records=False))
    assert exact["data_ingested"] == pytest.approx(100 / 1024)


def test_long_term_reads_are_retrieval_in_on_demand_mode() -> None:
    """On-demand has no long-term retrieval meter: old data read back is data retrieved."""
    fields = {"monthly_long_term_read_gb": 5.0, "consumers": 0.0}
    assert quantities(bill(**fields))["long_term_data_retrieved"] == 5
    assert quantities(bill(**fields, capacity_mode="on-demand"))["data_retrieved"] == 5


def test_shard_quota_depends_on_the_region() -> None:
    """us-east-1 has 20,000 shards, a small Region 1,000."""
    limits = [
        next(c.limit[0] for c in bill(region=region).checks if c.rule == "shards_per_stream")
        for region in ("us-east-1", "eu-south-2")
    ]
    assert limits == [20000, 1000]


@pytest.mark.parametrize("shards", [1.0, 2.0, 50.0])
def test_no_number_of_shards_helps_one_key(shards: float) -> None:
    """All records of one partition key stay in one shard, beside the mean of an uneven spread."""
    fields = {"records_per_second": 1200.0, "record_bytes": 100.0, "min_shards": shards}
    one_key = bill(**fields, hottest_key_fraction=1.0)
    (records,) = (check.value for check in one_key.checks if check.rule == "shard_in_records")
    assert records.tolist() == [1200]


@pytest.mark.parametrize("mode", ["on-demand", "on-demand-advantage"])
@pytest.mark.parametrize(
    "setting", [{"hottest_shard_ratio": 2.0}, {"target_utilization": 0.5}, {"min_shards": 2.0}]
)
def test_a_setting_of_shards_is_told_where_it_has_no_effect(
    mode: str, setting: dict[str, float]
) -> None:
    """On demand the bill does not follow what is set for shards, and a finding says so."""
    plain, set_up = bill(capacity_mode=mode), bill(capacity_mode=mode, **setting)
    assert plain.lines.cost.tolist() == set_up.lines.cost.tolist()
    told = [
        [bool(check.applies) for check in priced.checks if check.rule == "provisioned_left_out"]
        for priced in (plain, set_up, bill(**setting))
    ]
    assert told == [[False], [True], [False]]


@pytest.mark.parametrize(
    ("largest", "expected"),
    [(0.0, set()), (MB + 1, {"default_record_bytes"}), (10 * MB, {"default_record_bytes"})],
)
def test_the_largest_record_is_held_against_the_limits(largest: float, expected: set[str]) -> None:
    """A stream takes records of 1 MB until its maximum is raised, and 10 MB at most."""
    rules = {"record_bytes", "default_record_bytes"}
    assert over(bill(largest_record_bytes=largest)) & rules == expected
    assert rules <= over(bill(largest_record_bytes=10 * MB + 1))


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"retention_hours": 169.0}, True),
        ({"retention_hours": 168.0}, False),
        ({"retention_hours": 169.0, "monthly_long_term_read_gb": 1.0}, False),
        ({"retention_hours": 169.0, "capacity_mode": "on-demand"}, False),
    ],
)
def test_reads_of_old_records_are_told_where_they_are_charged(
    fields: dict[str, Any], expected: bool
) -> None:
    """Shards that keep records for more than a week are charged for reading the older ones."""
    assert ("long_term_reads_left_out" in over(bill(**fields))) is expected
