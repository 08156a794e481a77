"""What differs between prices, and what a bill tells of the age of its own."""

import runpy
import sys
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from pricing import changes, engine
from pricing.catalogue import packaged
from pricing.model import registry, service
from pricing.quantities import REGION_CODES
from pricing.tables import PriceRow

DYNAMODB = service("dynamodb")
ROW = DYNAMODB.workload(region="us-east-1", reads_per_second=1000.0, item_bytes=3072.0)
DAY = date(2026, 1, 1)


def rows(day: date, *tiers: tuple[str, str], meter: str = "m") -> list[PriceRow]:
    """Return the tiers of a meter on a day, with prices in the first Region only."""
    others = ("",) * (len(REGION_CODES) - 1)
    return [PriceRow(meter, day, start, "s", (price, *others)) for start, price in tiers]


def told(*arguments: Any) -> list[tuple[str, str | None, str | None, float | None]]:
    """Return the tier, both prices and the percentage of each change."""
    found = changes.between("x", *arguments)
    return [(one.tier_from, one.old, one.new, one.percent) for one in found]


def test_a_price_changes_in_its_tiers() -> None:
    """A raised tier, a new one, and one that is gone, each at the start where prices differ."""
    old = rows(DAY, ("0", "0.10"), ("100", "0.08"))
    assert told(old, rows(DAY, ("0", "0.1"), ("100", "0.080"))) == []
    assert told(old, rows(DAY, ("0", "0.1"), ("100", "0.1"))) == [("100", "0.08", "0.1", 25.0)]
    split = rows(DAY, ("0", "0.1"), ("100", "0.08"), ("500", "0.06"))
    assert told(old, split) == [("500", "0.08", "0.06", -25.0)]
    assert told(old, rows(DAY, ("0", ""))) == [
        ("0", "0.10", None, None),
        ("100", "0.08", None, None),
    ]
    assert told([], rows(DAY, ("0", "0"))) == [("0", None, "0", None)]
    assert told(rows(DAY, ("0", "0")), rows(DAY, ("0", "1"))) == [("0", "0", "1", None)]


def test_a_day_is_compared_with_the_newest() -> None:
    """Of one table, the prices in force on the day are those that changed."""
    every = rows(DAY, ("0", "1")) + rows(DAY + timedelta(9), ("0", "2"))
    assert told(every, every, DAY) == [("0", "1", "2", 100.0)]
    assert told(every, every, DAY + timedelta(9)) == []
    assert told(every, every, DAY - timedelta(1)) == [("0", None, "2", None)]


@pytest.mark.parametrize("key", registry())
def test_nothing_differs_from_itself(key: str) -> None:
    """A table has no change to itself, nor since the day of its newest price."""
    table = packaged().table(key)
    assert not list(changes.between(key, table.rows, table.rows))
    assert not list(changes.between(key, table.rows, table.rows, table.newest))


def checked(days: int, **fields: Any) -> dict[str, engine.Check]:
    """Return the checks that apply to the workload, by rule, under a set age."""
    catalogue = packaged().telling_age(days)
    bill = engine.estimate(DYNAMODB, [replace(ROW, **fields)], catalogue)
    return {check.rule: check for check in bill.checks if check.applies[0]}


@given(days=st.integers(0, 2000), limit=st.integers(1, 1500))
def test_age_is_counted_to_the_price_date(days: int, limit: int) -> None:
    """Prices of 2025-08-28 are old exactly where the price date is later by more than the limit."""
    found = checked(limit, price_date=date(2025, 8, 28) + timedelta(days))
    assert ("price_age" in found) == (days > limit)
    if days > limit:
        assert (found["price_age"].value[0], found["price_age"].limit[0]) == (days, limit)
        assert not found["price_age"].exceeded[0], "it stays feasible"
    later = days > (packaged().newest - date(2025, 8, 28)).days
    assert ("newest_known_prices" in found) == later


def test_without_a_limit_any_age_will_do() -> None:
    """A limit of 0 tells of no age, and a bill without charges has none."""
    assert "price_age" not in checked(0, price_date=date(2031, 1, 1))
    nothing = {"reads_per_second": 0.0, "price_date": date(2025, 8, 29)}
    assert "price_age" not in checked(1, **nothing)


def test_a_set_age_is_in_the_version() -> None:
    """The same version gives the same answers, so it names the age."""
    assert packaged().telling_age(90).version == f"{packaged().version}+age-90"
    assert packaged().telling_age(90).telling_age(0).version == packaged().version


def test_the_package_is_a_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """``python -m pricing`` leads to the commands, and ends with their code."""
    monkeypatch.setattr(sys, "argv", ["pricing", "import"])
    with pytest.raises(SystemExit, match="2"):
        runpy.run_module("pricing", run_name="__main__")
    assert "name a file, or an offer to --fetch" in capsys.readouterr().err
