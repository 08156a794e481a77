"""AWS's worked examples for Timestream for LiveAnalytics, and the rules they do not reach.

No peer prices Timestream.
"""

from typing import Any

import pytest

from pricing import engine
from pricing.model import service
from pricing.services.timestream import TimestreamWorkload
from tests.services import examples
from tests.services.bills import over

TIMESTREAM = service("timestream")


def bill(**fields: Any) -> engine.Bill:
    """Price a table in us-east-1 that takes 1,000 records of 100 bytes a second."""
    table = {"region": "us-east-1", "records_per_second": 1000.0, "record_bytes": 100.0}
    return engine.estimate(TIMESTREAM, [TimestreamWorkload(**table | fields)])


@pytest.mark.parametrize("example", examples.load("timestream"))
def test_example(example: examples.Example) -> None:
    """The figures that AWS gives come out, in their units."""
    assert examples.found("timestream", example) == examples.stated(example)


def test_a_month_costs_its_writes_and_both_stores() -> None:
    """100 records a request are 10 KiB in place of 9.8; a day in memory, then ten on disk."""
    priced = bill(
        records_per_write=100.0, memory_retention_hours=24.0, magnetic_retention_days=10.0
    )
    hour = 1000 * 100 * 3600 / 2**30
    ingested = 10 * 10 * 1024 * 730 * 3600 / 2**30
    expected = ingested * 0.5 + 24 * hour * 730 * 0.036 + 10 * 24 * hour * 0.03
    assert priced.cost[0] == pytest.approx(expected)


def test_common_attributes_are_written_once_and_stored_with_each_record() -> None:
    """Ten records with 400 bytes in common are 1,400 bytes to write, and 5,000 to store."""
    capacity = bill(records_per_write=10.0, common_bytes=400.0).capacity
    assert capacity.write_units_per_request.tolist() == [2]
    assert capacity.memory_store_gb[0] == pytest.approx(6 * 3600 * 1000 * 500 / 2**30)


def test_scanned_data_is_paid_for_in_place_of_compute_units() -> None:
    """An old account pays 0.01 USD a GB, and no TCU."""
    queries = {"monthly_query_hours": 10.0, "monthly_scanned_gb": 1000.0}
    by_meter = {
        line.rate.name: line.cost[0]
        for line in bill(query_pricing="scanned", **queries).lines
        if line.quantity.any()
    }
    assert by_meter["scanned_data"] == pytest.approx(10)
    assert "tcu_hours" not in by_meter


@pytest.mark.parametrize(
    ("fields", "rule", "expected"),
    [
        ({}, "closed", True),
        ({"records_per_write": 101.0}, "records_per_write", True),
        ({"records_per_write": 100.0}, "records_per_write", False),
        ({"record_bytes": 2049.0}, "record_bytes", True),
        ({"memory_retention_hours": 8767.0}, "memory_retention_hours", True),
        ({"magnetic_retention_days": 73_001.0}, "magnetic_retention_days", True),
        ({"tcus": 204.0, "monthly_query_hours": 1.0}, "query_tcus", True),
        (
            {"tcus": 4.0, "concurrent_queries": 8.0, "monthly_query_hours": 1.0},
            "tcus_for_queries",
            True,
        ),
        ({"records_per_write": 1.0}, "small_writes", True),
        ({"records_per_write": 100.0}, "small_writes", False),
        ({"query_pricing": "scanned"}, "pricing_of_old_accounts", True),
    ],
)
def test_a_limit_is_told_where_it_is_exceeded(
    fields: dict[str, Any], rule: str, expected: bool
) -> None:
    """Quotas and what a planner should know are told beyond their limit, and only there."""
    assert (rule in over(bill(**fields))) is expected
