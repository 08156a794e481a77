"""The shared volume of a cluster, against AWS's worked case of Standard and I/O-Optimized."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from pricing.kit import cluster_volume
from pricing.rates import WordColumn

STANDARD = 2 * 1.038 * 730 + 800 * 0.10
OPTIMIZED = 2 * 1.038 * 1.30 * 730 + 800 * 0.225
IO = 1200 * 0.20
COMPUTE = (np.array([100.0]), np.array([110.0]))
"""Instances of a month in each configuration [USD]: 100 I/O at 0.10 USD break even."""


def rule(io_price: float) -> Any:
    """Rules whose storage costs nothing, and an I/O request some price."""
    prices = {"storage": 0.0, "io_requests": io_price}
    return SimpleNamespace(list_price=lambda meter, *_: prices[meter])


def test_the_cheaper_configuration_of_aws_case() -> None:
    """AWS's case costs 315 dollars more on I/O-Optimized: its I/O is that far from break-even."""
    at = cluster_volume.break_even_io_cost(STANDARD, OPTIMIZED)
    assert float(at - IO) == pytest.approx(315, abs=0.5)


def test_break_even_is_not_below_zero() -> None:
    """Where I/O-Optimized costs no more without any I/O, it is the cheaper one from the start."""
    assert cluster_volume.break_even_io_cost(100, 90) == 0


@pytest.mark.parametrize(("record_bytes", "requests"), [(1024, 1), (4096, 1), (4097, 2)])
def test_a_write_takes_whole_units_of_the_log(record_bytes: int, requests: int) -> None:
    """A log record of up to 4 KB is one write I/O, a longer one takes several."""
    assert float(cluster_volume.write_requests(1, record_bytes, 4096)) == requests


def test_what_the_cache_holds_is_not_read() -> None:
    """Only the pages that the cache does not hold are read I/O."""
    assert float(cluster_volume.read_requests(100, 8192, 8192, 1)) == 0
    assert float(cluster_volume.read_requests(100, 8193, 8192, 0)) == 200


def workload(configuration: str, **fields: Any) -> Any:
    """Return a workload of a table of one row, with a volume of 800 GB."""
    return SimpleNamespace(
        storage_configuration=WordColumn(
            np.array([cluster_volume.CONFIGURATIONS.index(configuration)]),
            cluster_volume.CONFIGURATIONS,
        ),
        storage_gb=800,
        price_date=0,
        region=None,
        backup_gb=0,
        backup_retention_days=1,
        daily_changed_gb=0,
        secondary_regions=1,
        monthly_replicated_write_io_requests=0,
        **fields,
    )


@pytest.mark.parametrize(("configuration", "billed"), [("standard", 70), ("io-optimized", 0)])
def test_only_standard_bills_io_but_both_bill_what_is_replicated(
    configuration: str, billed: int
) -> None:
    """I/O-Optimized bills no I/O, but the writes that a global database replicates."""
    io = cluster_volume.IORequests(reads=40, writes=30)
    by_meter = {one.meter: one for one in cluster_volume.charges(workload(configuration), io)}
    assert by_meter["io_requests"].quantity == billed
    assert by_meter["replicated_write_io_requests"].quantity == 30


@pytest.mark.parametrize(("days", "beyond"), [(1, 0), (2, 50), (7, 300)])
def test_the_first_day_of_backups_is_free(days: int, beyond: int) -> None:
    """Backups are charged for what changed in the days of retention after the first."""
    w = workload("standard")
    w.backup_retention_days, w.daily_changed_gb = days, 50
    charges = cluster_volume.charges(w, cluster_volume.IORequests(0, 0))
    (backups,) = (one for one in charges if one.meter == "backup_storage")
    assert max(0, backups.quantity - backups.free) == beyond


@pytest.mark.parametrize(
    ("configuration", "requests", "told"),
    [
        ("standard", 0, ["io_left_out"]),
        ("io-optimized", 0, []),
        ("standard", 90, []),
        ("standard", 110, ["io_optimized_cheaper"]),
        ("io-optimized", 90, ["standard_cheaper"]),
        ("io-optimized", 110, []),
    ],
)
def test_the_cheaper_configuration_is_told(
    configuration: str, requests: int, told: list[str]
) -> None:
    """The other configuration is told where it costs less, for I/O that is given."""
    found = cluster_volume.configuration_findings(
        workload(configuration), cluster_volume.IORequests(requests, 0), COMPUTE, rule(0.1)
    )
    assert [one.rule for one in found if one.applies.any()] == told


def test_an_unknown_price_tells_nothing() -> None:
    """Where a price is not known, no configuration is said to be the cheaper one."""
    found = cluster_volume.configuration_findings(
        workload("standard"), cluster_volume.IORequests(10, 0), COMPUTE, rule(np.nan)
    )
    assert not any(one.applies.any() for one in found)
