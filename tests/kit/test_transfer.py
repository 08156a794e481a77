"""The tariffs of data transfer: one table for all services, and one pool for the account."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from pricing import engine, portfolio, tables
from pricing.errors import TableError
from pricing.model import service
from pricing.rates import compile_table
from tests.test_tables import CSV, TOML, read

BORROWED = """
[meters.out]
title = "Data out of this service"
unit = "GB"
priced_as = "{}"
reference = "https://aws.amazon.com/"
"""


def test_a_meter_takes_prices_and_pool_from_another_table(tmp_path: Path) -> None:
    """Tiers, Regions, pool and allowance are those of the tariff; the title is its own."""
    table = read(tmp_path, toml=TOML + BORROWED.format("transfer.internet_out"))
    rate, tariff = (
        compile_table(one).rates[meter]
        for one, meter in ((table, "out"), (tables.load("transfer"), "internet_out"))
    )
    assert rate.meter.title == "Data out of this service"
    assert (rate.meter.pool, rate.meter.free_allowance) == ("internet_out", {"": 100})
    np.testing.assert_array_equal(rate.first[:, -1], tariff.first[:, -1])
    np.testing.assert_array_equal(rate.steps[:, -1], tariff.steps[:, -1])


def test_the_first_day_is_that_of_its_own_prices(tmp_path: Path) -> None:
    """Prices of another table that are older do not open days on which nothing else is priced."""
    later = CSV.replace("2025-01-01", "2026-05-01")
    table = read(tmp_path, later, TOML + BORROWED.format("transfer.internet_out"))
    assert table.first == date(2026, 5, 1)
    assert min(row.effective_from for row in table.rows) < table.first


@pytest.mark.parametrize(
    ("priced_as", "fault"),
    [
        ("nowhere.internet_out", "no table 'nowhere'"),
        ("transfer.nothing", "meter out: transfer.nothing must be a meter in GB"),
        ("transfer.internet_out", "its rows"),
    ],
)
def test_a_wrong_loan_is_refused(priced_as: str, fault: str, tmp_path: Path) -> None:
    """The table, the meter and its unit must be there, and the borrower has no rows of its own."""
    csv = CSV + "out,2025-01-01,0,feed,1,1\n" if fault == "its rows" else CSV
    message = "only one of the CSV" if fault == "its rows" else fault
    with pytest.raises(TableError, match=message):
        read(tmp_path, csv, TOML + BORROWED.format(priced_as))


def test_rules_are_shared_and_never_twice(tmp_path: Path) -> None:
    """A table has the rules of those it uses, and may not have one of them again."""
    uses = TOML.replace("[sources", 'uses = ["ebs"]\n[sources', 1)
    shared = read(tmp_path, toml=uses)
    assert compile_table(shared).rules.gp2_iops_per_gb == 3
    assert shared.digest != read(tmp_path).digest
    with pytest.raises(TableError, match=r"ebs.toml also has the rules \['gp2_credits'\]"):
        read(tmp_path, toml=uses.replace("[rules.step]", "[rules.gp2_credits]"))


def test_the_account_pools_the_transfer_of_all_services() -> None:
    """Two services that each send 60,000 GB pay as one that sends 120,000."""
    s3 = service("s3")

    def sent(gb: float) -> engine.Bill:
        row = s3.workload(region="us-east-1", storage_gb=0.0, monthly_internet_out_gb=gb)
        return engine.estimate(s3, [row])

    halves = [sent(60_000.0), replace(sent(60_000.0), service=replace(s3, key="other"))]
    whole = sent(120_000.0)
    cost = sum(float(bill.cost[0]) for bill in portfolio.settle(halves, free_tier=False))
    assert cost == pytest.approx(float(whole.cost[0]), rel=1e-12)
    assert cost < 2 * float(halves[0].cost[0])


@pytest.mark.parametrize("name", ["ebs", "transfer"])
def test_shared_tables_are_read(name: str) -> None:
    """The tables of no service keep the data discipline, too."""
    table = tables.load(name)
    assert table.description.rules or table.rows
