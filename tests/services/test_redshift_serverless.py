"""AWS's worked examples for Redshift Serverless, and the rules they do not reach.

Left out: G-RS-02 and G-RS-03, the hours of a reservation, which has no price here yet. AWS's
example of a query of seven minutes and 7 USD names no capacity.
"""

from typing import Any

import pytest

from pricing import engine
from pricing.account import Account
from pricing.catalogue import packaged
from pricing.model import service
from pricing.services.redshift import RedshiftWorkload
from pricing.services.redshift_serverless import RedshiftServerlessWorkload
from tests.services import examples
from tests.services.bills import over

SERVERLESS = service("redshift_serverless")


def bill(**fields: Any) -> engine.Bill:
    """Price a workgroup of 32 RPUs in us-east-1 that is active for 100 hours."""
    workgroup = {
        "region": "us-east-1",
        "base_rpus": 32.0,
        "monthly_active_hours": 100.0,
        "storage_gb": 0.0,
    }
    return engine.estimate(SERVERLESS, [RedshiftServerlessWorkload(**workgroup | fields)])


@pytest.mark.parametrize("example", examples.load("redshift_serverless"))
def test_example(example: examples.Example) -> None:
    """The figures that AWS or a published report gives come out, in their units."""
    assert examples.found("redshift_serverless", example) == examples.stated(example)


@pytest.mark.parametrize(
    ("needs", "base", "binding"),
    [
        ({}, 4, "least"),
        ({"region": "eu-west-2"}, 8, "least"),
        ({"storage_gb": 32_769.0}, 8, "storage"),
        ({"storage_gb": 131_073.0}, 32, "storage"),
        ({"required_memory_gib": 129.0}, 16, "memory"),
        ({"required_memory_gib": 513.0 * 16}, 544, "memory"),
    ],
)
def test_the_least_base_capacity_that_suffices(
    needs: dict[str, Any], base: float, binding: str
) -> None:
    """Base capacity follows from data and memory, in the steps that the Region has."""
    capacity = bill(base_rpus=0.0, **needs).capacity
    assert (capacity.base_rpus.tolist(), capacity.binding.tolist()) == ([base], [binding])


def test_isolated_queries_fill_the_idle_hours_and_no_more() -> None:
    """A health check each half minute keeps the workgroup active, and a month has no more hours."""
    checks = {"monthly_isolated_queries": 730.0 * 120, "isolated_query_seconds": 0.1}
    priced = bill(**checks, mean_scale_ratio=2.0)
    assert priced.capacity.billed_hours.tolist() == [730]
    assert priced.capacity.rpu_hours.tolist() == [100 * 64 + 630 * 32]
    assert "never_idle" in over(priced)
    assert "never_idle" not in over(bill(monthly_isolated_queries=60.0))


def test_the_minimum_charge_is_what_idle_seconds_cost() -> None:
    """360 queries of 50 seconds are billed an hour in which nothing runs."""
    priced = bill(monthly_isolated_queries=360.0, isolated_query_seconds=50.0)
    (cost,) = (check.value for check in priced.checks if check.rule == "minimum_charge")
    assert cost.tolist() == [pytest.approx(32 * 0.375)]


def test_hours_beyond_the_month_are_not_billed() -> None:
    """744 hours of activity are 730 in a month of 730 hours."""
    assert bill(monthly_active_hours=744.0).capacity.rpu_hours.tolist() == [730 * 32]


@pytest.mark.parametrize(
    ("fields", "rule", "told"),
    [
        ({"base_rpus": 1024.0}, "base_rpus", False),
        ({"base_rpus": 520.0, "region": "eu-west-2"}, "base_rpus", True),
        ({"base_rpus": 512.0, "region": "eu-west-2"}, "base_rpus", False),
        ({"base_rpus": 20.0}, "rpu_steps", True),
        ({"base_rpus": 24.0}, "rpu_steps", False),
        ({"base_rpus": 4.0, "region": "eu-west-2"}, "four_rpus", True),
        ({"base_rpus": 8.0, "region": "eu-west-2"}, "four_rpus", False),
        ({"other_base_rpus": 3169.0}, "base_rpus_in_region", True),
        ({"other_base_rpus": 3168.0}, "base_rpus_in_region", False),
        ({"base_rpus": 4.0, "storage_gb": 32_769.0}, "storage", True),
        ({"base_rpus": 8.0, "storage_gb": 131_072.0}, "storage", False),
        ({"storage_gb": 1e6}, "storage", False),
        ({"required_memory_gib": 513.0}, "required_memory", True),
        ({"required_memory_gib": 512.0}, "required_memory", False),
        ({"connections": 2001.0}, "connections", True),
        ({"tables": 200_001.0}, "tables", True),
        ({"maximum_rpus": 5633.0}, "maximum_rpus", True),
        ({"maximum_rpus": 5632.0}, "maximum_rpus", False),
        ({"maximum_rpus": 24.0}, "base_over_maximum", True),
        ({"maximum_rpus": 32.0}, "base_over_maximum", False),
    ],
)
def test_limits_and_advice(fields: dict[str, Any], rule: str, told: bool) -> None:
    """Each limit of a workgroup is told where it is exceeded, and only there."""
    assert (rule in over(bill(**fields))) is told


def test_snapshots_are_copied_to_another_region_only() -> None:
    """Copies pay storage there and the transfer; in the own Region nothing."""
    copies = {"backup_copy_gb": 100.0, "monthly_backup_copy_gb": 10.0}
    abroad = bill(backup_copy_region="us-west-2", **copies).cost - bill().cost
    assert abroad.tolist() == [pytest.approx(100 * 0.023 + 10 * 0.02)]
    assert bill(**copies).cost == bill().cost


def test_snapshots_of_clusters_and_workgroups_share_the_tiers_of_an_account() -> None:
    """51,200 GB of each are 51,200 GB at the first price, and as many at the second."""
    cluster = RedshiftWorkload(
        region="us-east-1", node_type="ra3.large", storage_gb=0.0, backup_gb=51_200.0
    )
    bills = [
        engine.estimate(service("redshift"), [cluster]),
        bill(monthly_active_hours=0.0, backup_gb=51_200.0),
    ]
    account = Account(free_tier=False)
    for one in bills:
        account.count(one)
    paid = sum(
        float(line.cost.sum())
        for one in bills
        for line in account.settle(one).lines
        if line.rate.name == "backup_storage"
    )
    assert paid == pytest.approx(51_200 * (0.023 + 0.022))


def test_it_is_sold_where_rpu_hours_have_a_price() -> None:
    """The prices of storage, which it takes from clusters, do not make it sold in a Region."""
    sold, of_clusters = (
        set(packaged().table(key).regions) for key in ("redshift_serverless", "redshift")
    )
    assert of_clusters - sold == {"ap-southeast-4", "ap-southeast-6", "ca-west-1", "me-south-1"}
