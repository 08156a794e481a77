"""Commitments: each optimum agrees with stated figures, with brute force, and with the laws."""

import tomllib
from fractions import Fraction
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pricing import commitment
from pricing.commitment import SavingsPlan

VECTORS = tomllib.loads(Path(__file__).with_name("commitment_vectors.toml").read_text("utf-8"))
WCU, RCU = 0.00065, 0.00013
PRICES = {
    ("write", 1): commitment.hourly_price(1.5, 0.000128, 1),
    ("write", 3): commitment.hourly_price(1.8, 0.000081, 3),
    ("read", 1): commitment.hourly_price(0.3, 0.000025, 1),
    ("read", 3): commitment.hourly_price(0.36, 0.000016, 3),
}
"""DynamoDB's reserved capacity in us-east-1 (2025-08-28) [USD per unit and hour]."""
HOUR = np.arange(168)
WEEK = np.round(
    1000 + 600 * np.sin(2 * np.pi * (HOUR % 24 - 8) / 24) + 200 * (HOUR // 24 < 5)
).astype(float)
"""A week whose demand goes up by day, and from Monday to Friday [capacity units]."""
DEMANDS = st.lists(st.integers(0, 12), min_size=1, max_size=12)
RATIOS = st.fractions(0, Fraction(3, 2), max_denominator=20)
BLOCKS = st.integers(1, 5)


def exactly(demand: list[int], committed: Any, ratio: Fraction) -> Fraction:
    """Return the cost of a commitment in units of the on-demand price, without rounding."""
    return sum((ratio * committed + max(0, each - committed) for each in demand), Fraction(0))


@pytest.mark.parametrize("row", VECTORS["mode"], ids=lambda row: row["name"])
def test_the_utilisation_at_which_provisioned_capacity_pays(row: dict[str, Any]) -> None:
    """Provisioned costs as on demand at the stated share of its units used, to six digits."""
    price = commitment.hourly_price(row.get("upfront", 0), row["price"], row.get("years", 1))
    assert price / (row["per_request"] * 3600) == pytest.approx(row["expected"], abs=5e-7)


@pytest.mark.parametrize("row", VECTORS["amortised"], ids=lambda row: row["name"])
def test_an_upfront_fee_is_spread_over_the_hours_of_the_term(row: dict[str, Any]) -> None:
    """A month bears its hours' share of the fee, to the cent of AWS's own tool."""
    month = commitment.hourly_price(row["upfront"], row["fees"] / row["hours"], 1) * row["hours"]
    assert month == pytest.approx(row["expected"], abs=0.005)


@pytest.mark.parametrize(
    ("unit", "years", "price", "ratio"),
    [
        ("write", 1, 0.0002992329, 0.460358),
        ("write", 3, 0.0001494932, 0.229989),
        ("read", 1, 0.0000592466, 0.455743),
        ("read", 3, 0.0000296986, 0.228451),
    ],
)
def test_prices_of_reserved_capacity(unit: str, years: int, price: float, ratio: float) -> None:
    """The price of an hour, and the share of the hours from which it pays, to the digits given."""
    assert PRICES[unit, years] == pytest.approx(price, abs=5e-11)
    on_demand = WCU if unit == "write" else RCU
    assert PRICES[unit, years] / on_demand == pytest.approx(ratio, abs=5e-7)


@pytest.mark.parametrize(
    ("years", "quantile", "committed", "expected"),
    [(1, 1200, 1200, 78.321248), (3, 1580, 1600, 42.939759)],
)
def test_the_best_reservation_of_a_week(
    years: int, quantile: float, committed: float, expected: float
) -> None:
    """A week of 192,000 unit-hours costs 124.80 on demand, and so much with the best blocks."""
    assert (WEEK.sum(), WEEK.min(), WEEK.max()) == (192_000, 400, 1800)
    assert commitment.cost(WEEK, 0, WCU, 0) == pytest.approx(124.80)
    ratio = PRICES["write", years] / WCU
    assert commitment.optimum(WEEK, ratio) == quantile
    assert commitment.optimum_in_blocks(WEEK, ratio, 100) == committed
    cost = commitment.cost(WEEK, committed, WCU, PRICES["write", years])
    assert cost == pytest.approx(expected, abs=5e-7)


def test_an_hour_under_a_savings_plan() -> None:
    """1.50 USD an hour pay for all ACUs and 3.26 of 4 instances; the hour costs 3.604 USD."""
    plan = SavingsPlan.of(
        np.array([[10 * 0.12], [2 * 0.625], [4 * 0.276], [1000 * 0.00065]]),
        np.array([0.078 / 0.12, 0.5125 / 0.625, 0.2208 / 0.276, 0.000572 / 0.00065]),
    )
    assert plan.order.tolist() == [0, 2, 1, 3]
    acus, instances, requests, units = plan.covered(1.5)[:, 0]
    assert acus == pytest.approx(10 * 0.12)
    assert instances / 0.276 == pytest.approx(3.26087, abs=5e-6)
    assert (requests, units) == (0, 0)
    assert plan.cost(1.5) == pytest.approx(3.604)
    assert plan.cost(0) == pytest.approx(4.204)
    assert plan.used(1.5) == pytest.approx(1)


def test_present_values() -> None:
    """At 8 percent a year a write unit reserved for a year costs 0.4715 of what it does now."""
    assert commitment.annuity(0.08, 12) == pytest.approx(11.512858, abs=5e-7)
    reserved = commitment.present_value(1.5, 0.000128, 0.08, 12)
    on_demand = commitment.present_value(0, WCU, 0.08, 12)
    assert reserved == pytest.approx(2.575761, abs=5e-7)
    assert on_demand == pytest.approx(5.462851, abs=5e-7)
    assert reserved / on_demand == pytest.approx(0.471505, abs=5e-7)


@pytest.mark.parametrize(
    ("upfront", "hourly", "hours"), [(1.5, 0.000128, 2874), (1.8, 0.000081, 3163)]
)
def test_an_upfront_fee_pays_back(upfront: float, hourly: float, hours: int) -> None:
    """At full use the fee is made up after so many hours, in the month in which they end."""
    saved = WCU - hourly
    assert round(upfront / saved) == hours
    month = commitment.payback_month(upfront, saved * 730, 12)
    assert month == np.ceil(hours / 730)


def test_what_never_pays_back_has_no_month() -> None:
    """A fee that the term does not make up, or that nothing makes up, has no month of payback."""
    months = commitment.payback_month(np.array([13.0, 1.0, 0.0]), np.array([1.0, 0.0, 1.0]), 12)
    assert np.isnan(months[:2]).all()
    assert months[2] == 0


@given(DEMANDS, RATIOS, BLOCKS)
def test_the_optimum_agrees_with_brute_force(
    demand: list[int], ratio: Fraction, block: int
) -> None:
    """Of all commitments, tried one by one and exactly, none costs less; of equals it is least."""
    column, share = np.array(demand, dtype=float), np.float64(ratio)
    for size, found in (
        (1, commitment.optimum(column, share)),
        (block, commitment.optimum_in_blocks(column, share, block)),
    ):
        tried = {c: exactly(demand, c, ratio) for c in range(0, 12 + 2 * size, size)}
        assert tried[int(found)] == min(tried.values())
        if size == 1:
            assert int(found) == min(c for c in tried if tried[c] == min(tried.values()))


@given(DEMANDS, RATIOS, BLOCKS)
def test_the_cost_is_convex(demand: list[int], ratio: Fraction, block: int) -> None:
    """Of three commitments an equal step apart, the middle one costs at most the mean."""
    column, points = np.array(demand, dtype=float), np.arange(0, 20, block, dtype=float)
    costs = commitment.curve(column, points, np.float64(1), np.float64(ratio))
    assert costs == pytest.approx([float(exactly(demand, int(c), ratio)) for c in points])
    assert (np.diff(costs, 2) >= -1e-9).all()


@given(st.floats(0.1, 1e9), st.floats(0, 2), st.integers(1, 30))
def test_a_demand_that_is_always_the_same(demand: float, ratio: float, hours: int) -> None:
    """All of it is committed where that is cheaper than on demand, and nothing otherwise."""
    found = commitment.optimum(np.full(hours, demand), np.float64(ratio))
    assert found == (demand if ratio < 1 - 1e-12 else found if ratio < 1 else 0)


@given(DEMANDS, st.lists(RATIOS, min_size=2, max_size=2))
def test_dearer_commitments_are_smaller(demand: list[int], ratios: list[Fraction]) -> None:
    """The optimum never grows with the price of what is committed."""
    column = np.array([demand, demand], dtype=float)
    low, high = commitment.optimum(column, np.array(sorted(map(float, ratios))))
    assert low >= high


@given(st.lists(DEMANDS.filter(lambda d: len(d) == 3), min_size=1, max_size=4), RATIOS)
def test_rows_do_not_touch_each_other(rows: list[list[int]], ratio: Fraction) -> None:
    """A batch of demands has the optima of its rows."""
    batch = np.array(rows, dtype=float)
    whole = commitment.optimum_in_blocks(batch, np.float64(ratio), 2)
    each = [commitment.optimum_in_blocks(row, np.float64(ratio), 2) for row in batch]
    assert whole.tolist() == [float(one) for one in each]


def test_coverage_and_utilisation() -> None:
    """Three units cover 6 of 9 unit-hours and stand idle a third of the time."""
    demand = np.array([[0.0, 3.0, 6.0], [0.0, 0.0, 0.0]])
    committed = np.array([3.0, 0.0])
    assert commitment.coverage(demand, committed).tolist() == [pytest.approx(6 / 9), 0]
    assert commitment.utilisation(demand, committed).tolist() == [pytest.approx(6 / 9), 0]


def test_regret() -> None:
    """Ten reserved units at half price regret two unit-hours' worth, where eight are used."""
    assert commitment.regret(np.array([8.0]), np.array(10.0), np.float64(0.5), 1) == 1.0


YEARS = st.lists(st.lists(st.integers(0, 4), min_size=2, max_size=2), min_size=3, max_size=3)


@given(
    YEARS, st.integers(1, 6), st.integers(1, 6), st.lists(st.integers(0, 2), min_size=3, max_size=3)
)
def test_purchases_agree_with_brute_force(
    demand: list[list[int]], yearly: int, long: int, owned: list[int]
) -> None:
    """Over three years no other purchase for one or all of them costs less, with growth."""
    prices = yearly / 7, long / 8
    found = commitment.purchases(
        np.array(demand, float), 1, 1, yearly=prices[0], throughout=prices[1], existing=owned
    )

    def total(three: int, ones: tuple[int, ...]) -> float:
        fees = prices[1] * three * 6 + sum(prices[0] * one * 2 for one in ones)
        had = (three + one + own for one, own in zip(ones, owned, strict=True))
        left = (max(0, d - c) for year, c in zip(demand, had, strict=True) for d in year)
        return fees + sum(left)

    best = min(total(three, ones) for three in range(5) for ones in product(range(5), repeat=3))
    assert found.cost == pytest.approx(best, abs=1e-9)
    bought = total(int(found.throughout), tuple(map(int, found.yearly)))
    assert bought == pytest.approx(best, abs=1e-9)


def test_the_longer_term_takes_the_lower_blocks() -> None:
    """What grows is reserved throughout up to its first level, and yearly above it."""
    demand = np.array([[300.0], [500.0], [500.0]])
    yearly, throughout = PRICES["write", 1], PRICES["write", 3] * 1.8
    found = commitment.purchases(demand, WCU, 100, yearly=yearly, throughout=throughout)
    assert (found.throughout, found.yearly.tolist()) == (300, [0, 200, 200])
    alone = commitment.purchases(demand, WCU, 100)
    assert (alone.throughout, alone.yearly.tolist()) == (0, [0, 0, 0])
    assert alone.cost == pytest.approx(WCU * demand.sum())


ITEMS = st.lists(
    st.tuples(
        st.lists(st.integers(0, 5), min_size=3, max_size=3),
        st.sampled_from([0.5, 0.65, 0.8, 0.82, 0.88, 1.0]),
    ),
    min_size=1,
    max_size=4,
)


@given(ITEMS)
def test_the_best_savings_plan_agrees_with_brute_force(items: list[Any]) -> None:
    """No commitment at which something begins or ends to be paid for costs less; it is convex."""
    plan = SavingsPlan.of(
        np.array([use for use, _ in items], dtype=float), np.array([ratio for _, ratio in items])
    )
    found = plan.cost(plan.optimum())
    tried = [0.0, *np.unique(plan.filled).tolist()]
    assert found == pytest.approx(min(map(plan.cost, tried)), abs=1e-9)
    stepped = plan.cost(plan.optimum_in_steps(0.3))
    assert stepped == pytest.approx(min(plan.cost(0.3 * n) for n in range(80)), abs=1e-9)
    costs = np.array([plan.cost(0.25 * n) for n in range(90)])
    assert (np.diff(costs, 2) >= -1e-9).all()
    assert 0 <= plan.used(plan.optimum()) <= 1 + 1e-9


@given(ITEMS, st.floats(0, 10))
def test_a_savings_plan_bills_what_it_covers_and_what_it_does_not(
    items: list[Any], amount: float
) -> None:
    """What is covered at the plan's rates, the idle part and the rest on demand are the bill."""
    plan = SavingsPlan.of(
        np.array([use for use, _ in items], dtype=float), np.array([ratio for _, ratio in items])
    )
    covered = plan.covered(amount)
    effective = (covered * plan.ratio[:, np.newaxis]).sum()
    idle = amount * 3 * (1 - plan.used(amount))
    billed = effective + idle + (plan.use - covered).sum()
    assert billed == pytest.approx(plan.cost(amount), abs=1e-9)
    assert (covered <= plan.use + 1e-12).all()


def test_nothing_to_cover_needs_no_plan() -> None:
    """Without items that a plan covers, or where it saves nothing, the best plan is none."""
    assert SavingsPlan.of(np.zeros((0, 3)), np.zeros(0)).optimum() == 0
    assert SavingsPlan.of(np.ones((1, 3)), np.ones(1)).optimum() == 0
    assert SavingsPlan.of(np.ones((1, 3)), np.ones(1)).used(0) == 0
