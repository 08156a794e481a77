"""AWS's worked examples for Amazon Data Firehose, and the rules they do not reach."""

from typing import Any

import pytest

from pricing import engine
from pricing.model import service
from pricing.services.firehose import FirehoseWorkload
from tests.services import examples
from tests.services.bills import applying, quantities, value

FIREHOSE = service("firehose")
MIB = 2.0**20
GB_OF_HOUR = 3600 / 1024
"""1 MiB a second, in an hour [GB]."""


def bill(**fields: Any) -> engine.Bill:
    """Price an hour of one stream in us-east-1 that takes 1,024 records of 1 KB a second."""
    stream = {"region": "us-east-1", "records_per_second": 1024.0, "record_bytes": 1024.0}
    return engine.estimate(
        FIREHOSE, [FirehoseWorkload(**stream | {"hours_per_month": 1.0} | fields)]
    )


@pytest.mark.parametrize("example", examples.load("firehose"))
def test_example(example: examples.Example) -> None:
    """The figures that AWS or a published report gives come out, in their units."""
    assert examples.found("firehose", example) == examples.stated(example)


@pytest.mark.parametrize(("rounds", "factor"), [(False, 1), (True, 5)])
def test_tables_of_iceberg_round_as_the_assumption_says(rounds: bool, factor: int) -> None:
    """Data to Apache Iceberg tables is rounded up to 5 KB a record only where that is assumed."""
    paid = quantities(bill(destination="iceberg", iceberg_rounds_records=rounds))
    assert paid == {"iceberg_data": pytest.approx(factor * GB_OF_HOUR)}


def test_tables_of_iceberg_cost_more_event_by_event() -> None:
    """Processing event by event has the higher price of the list, 0.075 instead of 0.045 a GB."""
    costs = [
        float(bill(destination="iceberg", processing=processing).lines.cost.sum())
        for processing in ("batch", "event-by-event")
    ]
    assert costs == pytest.approx([0.045 * GB_OF_HOUR, 0.075 * GB_OF_HOUR])


def test_change_data_of_a_database_goes_to_tables_only() -> None:
    """Change data has a price for Apache Iceberg tables, and is unpriced elsewhere."""
    to_tables, to_bucket = (bill(source="database", destination=d) for d in ("iceberg", "s3"))
    assert not to_tables.lines.unpriced.any()
    assert to_bucket.lines.unpriced.any()


def test_decompression_is_billed_by_what_comes_out() -> None:
    """Logs that are decompressed to four times their size are billed by that size."""
    assert quantities(bill(decompressed_ratio=4.0))["decompressed_data"] == 4 * GB_OF_HOUR


@pytest.mark.parametrize(
    ("partitions", "objects"),
    [(0.0, 3600 / 5), (10.0, 3600 / 50 * 10), (1000.0, 1000 * 3600 / 300)],
)
def test_objects_follow_the_buffer(partitions: float, objects: float) -> None:
    """A buffer of 5 MiB is delivered when it is full or after 300 seconds, in each partition."""
    capacity = bill(active_partitions=partitions).capacity
    assert capacity.monthly_objects.tolist() == pytest.approx([objects])


def test_partitioned_objects_follow_the_buffer_unless_stated() -> None:
    """Without a stated number, the objects of dynamic partitioning are those of its buffers."""
    assert quantities(bill(active_partitions=10.0))["partitioned_objects"] == pytest.approx(720)


@pytest.mark.parametrize(
    ("fields", "each"),
    [
        ({}, 0.029),
        ({"region": "eu-central-1", "source": "kinesis"}, 0.033),
        ({"format_conversion": True}, 0.029 + 0.018),
        ({"destination": "iceberg", "iceberg_rounds_records": True}, 0.045),
    ],
)
def test_packing_saves_what_rounding_costs(fields: dict[str, Any], each: float) -> None:
    """Of five GB that are billed for one, four cost the Region's price, and conversion with it."""
    assert value(bill(**fields), "packing_saving") == pytest.approx(4 * GB_OF_HOUR * each)


@pytest.mark.parametrize("records_per_second", [1.0, 100_000.0, 1_000_000.0])
def test_packed_records_cost_as_much_less_as_is_told(records_per_second: float) -> None:
    """Five records of 1 KB in one save exactly what is told, in the tiers of the volume."""
    flow = {"records_per_second": records_per_second, "hours_per_month": 730.0}
    single, packed = bill(**flow), bill(**flow, records_per_record=5.0)
    assert "packing_saving" not in applying(packed)
    saved = float((single.cost - packed.cost)[0])
    assert value(single, "packing_saving") == pytest.approx(saved)


@pytest.mark.parametrize(
    "fields",
    [
        {"source": "vended-logs"},
        {"source": "msk"},
        {"destination": "iceberg"},
        {"source": "database"},
        {"destination": "iceberg", "iceberg_rounds_records": True, "delivered_ratio": 5.0},
    ],
)
def test_packing_saves_nothing_where_nothing_is_paid_for_rounding(fields: dict[str, Any]) -> None:
    """Data that is not rounded, has no price or is billed as delivered costs no less packed."""
    assert "packing_saving" not in applying(bill(**fields))


@pytest.mark.parametrize(
    ("source", "limit"), [("direct-put", 1_024_000.0), ("kinesis", 1_024_000.0), ("msk", 10 * MIB)]
)
def test_the_largest_record_is_held_against_the_limit_of_its_source(
    source: str, limit: float
) -> None:
    """A stream of small records is infeasible where the largest of them is too large."""
    fits, larger = (bill(source=source, largest_record_bytes=size) for size in (limit, limit + 1))
    assert not fits.checks.exceeded.any()
    assert larger.checks.exceeded.any()


def test_only_small_objects_are_told() -> None:
    """Objects below 1 MiB are told, and those of full buffers are not."""
    assert "small_objects" in applying(bill(records_per_second=1.0, buffer_seconds=60.0))
    assert "small_objects" not in applying(bill())


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"processing": "event-by-event"}, True),
        ({"format_conversion": True, "destination": "splunk"}, True),
        ({"active_partitions": 2.0, "destination": "http"}, True),
        ({"processing": "event-by-event", "destination": "iceberg"}, False),
        ({"format_conversion": True, "active_partitions": 2.0}, False),
    ],
)
def test_settings_of_another_destination_are_told(fields: dict[str, Any], told: bool) -> None:
    """A setting that does nothing for the destination is told, and no other."""
    assert ("without_effect" in applying(bill(**fields))) is told


def test_what_tables_would_cost_if_they_were_rounded_is_told() -> None:
    """The assumption that records to tables are not rounded is worth what is told."""
    rounded = bill(destination="iceberg", iceberg_rounds_records=True)
    plain = bill(destination="iceberg")
    more = float((rounded.cost - plain.cost)[0])
    assert value(plain, "table_rounding") == pytest.approx(more)
    assert "table_rounding" not in applying(rounded) | applying(bill())
