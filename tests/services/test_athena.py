"""AWS's worked examples for Athena, and the rules they do not reach.

G-ATH-04 (4 DPUs for an hour) is computed from the price list, not in AWS's words, and stands as
such. AWS's calculator rounds the number of queries first; its output stands with rounded numbers.
No peer prices Athena. Left out: the minimums before February 2026 (24 DPUs, an hour), which no
longer hold.
"""

from typing import Any

import numpy as np
import pytest

from pricing import engine
from pricing.model import service
from pricing.services.athena import AthenaWorkload
from tests.services import examples
from tests.services.bills import over

ATHENA = service("athena")


def bill(**fields: Any) -> engine.Bill:
    """Price 1,000 queries of 10 GB in us-east-1."""
    given = {"scanned_gb_per_query": 10.0} if "table_gb" not in fields else {}
    workgroup = {"region": "us-east-1", "monthly_queries": 1000.0, **given}
    return engine.estimate(ATHENA, [AthenaWorkload(**workgroup | fields)])


@pytest.mark.parametrize("example", examples.load("athena"))
def test_example(example: examples.Example) -> None:
    """The figures that AWS or a published report gives come out, in their units."""
    assert examples.found("athena", example) == examples.stated(example)


def test_queries_at_once_follow_from_their_number_and_time() -> None:
    """The mean number at once, times the peak, sizes the reservation in the hours that it runs."""
    capacity = bill(
        capacity_mode="provisioned",
        monthly_queries=7200.0,
        query_seconds=10.0,
        hours_per_month=8.0,
        running_hours_fraction=0.5,
        peak_to_mean=2.0,
    ).capacity
    assert capacity.concurrent_queries.tolist() == [10]
    assert capacity.reserved_dpus.tolist() == [40]


def test_no_hours_run_no_queries() -> None:
    """A reservation that never runs has neither queries at once nor a charge."""
    priced = bill(capacity_mode="provisioned", running_hours_fraction=0.0, query_seconds=10.0)
    assert priced.capacity.concurrent_queries.tolist() == [0]
    assert priced.cost.tolist() == [0]


def test_above_the_break_even_the_reservation_is_cheaper_and_below_paying_by_query() -> None:
    """The finding names what the other mode saves, and changes sides at the break-even point."""
    at = float(bill(reserved_dpus=4.0).capacity.break_even_queries[0])
    assert at == pytest.approx(4 * 730 * 0.3 / (10 / 1024 * 5))
    for mode, cheaper, side in (
        ("per-query", "provisioned_cheaper", 1.01),
        ("provisioned", "per_query_cheaper", 0.99),
    ):
        told = bill(capacity_mode=mode, reserved_dpus=4.0, monthly_queries=at * side)
        (saved,) = (check.value for check in told.checks if check.rule == cheaper)
        assert cheaper in over(told)
        assert saved.tolist() == [pytest.approx(0.01 * 4 * 730 * 0.3)]
        other = bill(capacity_mode=mode, reserved_dpus=4.0, monthly_queries=at * (2 - side))
        assert cheaper not in over(other)


@pytest.mark.parametrize("load", [{"query_seconds": 20.0}, {"dpus_per_query": 12.0}])
def test_the_break_even_is_of_the_reservation_at_that_number(load: dict[str, Any]) -> None:
    """The DPUs of today's queries have no part in it: at the point both modes cost the same."""
    points = {
        bill(monthly_queries=today, **load).capacity.break_even_queries.tolist()[0]
        for today in (1.0, 1e6)
    }
    (at,) = points
    costs = [
        bill(capacity_mode=mode, monthly_queries=at, **load).cost.tolist()[0]
        for mode in ("per-query", "provisioned")
    ]
    assert costs[0] == pytest.approx(costs[1])


def test_long_queries_never_pay_for_a_reservation() -> None:
    """Where a further query takes DPUs that cost more than its scan, there is no break-even."""
    load = {"query_seconds": 1800.0, "scanned_gb_per_query": 1.0}
    assert np.isnan(bill(**load).capacity.break_even_queries).all()
    for queries in (100.0, 10_000.0, 1e6):
        costs = [
            bill(capacity_mode=mode, monthly_queries=queries, **load).cost.tolist()[0]
            for mode in ("per-query", "provisioned")
        ]
        assert costs[0] < costs[1]


def test_a_reservation_holds_one_query_at_least() -> None:
    """A query of 12 DPUs a day takes 12 DPUs, though the mean at once is far below one."""
    priced = bill(capacity_mode="provisioned", query_seconds=1.0, dpus_per_query=12.0)
    assert priced.capacity.reserved_dpus.tolist() == [12]
    assert "query_dpus" not in over(priced)


def test_a_reservation_of_unknown_size_is_not_compared() -> None:
    """Without DPUs, queries at once or their time, nothing is said of the other mode."""
    assert "provisioned_cheaper" not in over(bill(monthly_queries=1e9))
    assert "provisioned_cheaper" in over(bill(monthly_queries=1e9, query_seconds=0.001))


def test_a_query_that_is_never_billed_has_no_break_even() -> None:
    """Where all results are reused, no number of queries pays for a reservation."""
    assert np.isnan(bill(reused_fraction=1.0, reserved_dpus=4.0).capacity.break_even_queries).all()


@pytest.mark.parametrize(
    ("fields", "rule", "told"),
    [
        ({"concurrent_queries": 201.0}, "active_dml_queries", True),
        ({"concurrent_queries": 200.0}, "active_dml_queries", False),
        ({"region": "sa-east-1", "concurrent_queries": 21.0}, "active_dml_queries", True),
        ({"monthly_queries": 100.0 * 730 * 3600 + 1}, "queries_per_second", True),
        ({"monthly_queries": 100.0 * 730 * 3600 - 1}, "queries_per_second", False),
        ({"query_seconds": 1801.0}, "query_minutes", True),
        ({"query_seconds": 1800.0}, "query_minutes", False),
        ({"table_gb": 10.0}, "whole_tables", True),
        ({"table_gb": 10.0, "columns_fraction": 0.5}, "whole_tables", False),
        ({"table_gb": 10.0, "partitions_fraction": 0.5}, "whole_tables", False),
        ({"table_gb": 10.0, "compression_ratio": 2.0}, "whole_tables", False),
        ({"scanned_gb_per_query": 0.009}, "small_queries", True),
        ({"scanned_gb_per_query": 0.01}, "small_queries", False),
    ],
)
def test_queries_paid_one_by_one(fields: dict[str, Any], rule: str, told: bool) -> None:
    """Quotas of the Region and what a planner can save are told, and only there."""
    assert (rule in over(bill(**fields))) is told


@pytest.mark.parametrize(
    ("fields", "rule", "told"),
    [
        ({"reserved_dpus": 1001.0}, "provisioned_dpus", True),
        ({"reserved_dpus": 1000.0}, "provisioned_dpus", False),
        ({"reserved_dpus": 8.0, "other_reserved_dpus": 996.0}, "provisioned_dpus", True),
        ({"reserved_dpus": 5.0}, "dpu_steps", True),
        ({"reserved_dpus": 8.0}, "dpu_steps", False),
        ({"region": "il-central-1"}, "without_reservations", True),
        ({"region": "ca-central-1"}, "without_reservations", False),
        ({"concurrent_queries": 1000.0}, "active_dml_queries", False),
    ],
)
def test_queries_of_a_reservation(fields: dict[str, Any], rule: str, told: bool) -> None:
    """The DPUs of a reservation have limits and steps; its queries have no quota of their own."""
    assert (rule in over(bill(capacity_mode="provisioned", **fields))) is told


def test_five_dpus_are_billed_as_eight() -> None:
    """A reservation has whole steps of four DPUs."""
    assert bill(capacity_mode="provisioned", reserved_dpus=5.0).capacity.reserved_dpus == [8]
