"""Offers and advice: what is on sale is found, and what is bought costs least and adds up."""

import math
from dataclasses import replace
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from pricing import advice, bought, commitment, curve, offers, portfolio, projection
from pricing.advice import Preferences
from pricing.catalogue import Catalogue, packaged
from pricing.errors import TableError
from pricing.model import registry, service
from pricing.offers import Uses
from pricing.quantities import REGION_CODES
from pricing.tables import SavingsRate
from tests.test_tables import DESCRIBED, PLANS, TOML, read

TABLE = {"capacity_mode": "provisioned", "item_bytes": 1024.0}


def used(*rows: tuple[str, dict[str, Any]], free_tier: bool = False) -> Uses:
    """Return what workloads use, each the example of its service with some fields changed."""
    services = [service(key) for key, _ in rows]
    workloads = [
        msgspec.structs.replace(one.example, **fields)
        for one, (_, fields) in zip(services, rows, strict=True)
    ]
    parts = portfolio.estimate(services, workloads, free_tier=free_tier)
    return offers.counted(part.bill for part in parts)


def best_of(*rows: tuple[str, dict[str, Any]], **preferences: Any) -> advice.Advice:
    """Return the advice for workloads."""
    return advice.advised(used(*rows), packaged(), Preferences(**preferences))


def test_use_is_added_up_over_the_account() -> None:
    """Two tables, and the readers of a cluster, are one use; other Regions stand apart."""
    table = TABLE | {"reads_per_second": 0.0, "writes_per_second": 70.0}
    uses = used(
        ("dynamodb", table), ("dynamodb", table), ("dynamodb", table | {"region": "eu-west-1"})
    )
    writes = {
        cell.region: (quantity, price)
        for cell, quantity, price in zip(uses.cells, uses.quantity, uses.unit_price, strict=True)
        if cell.meter == "write_capacity_unit_hours"
    }
    assert writes["us-east-1"] == pytest.approx((140, 0.00065))
    assert writes["eu-west-1"][0] == pytest.approx(70)
    cluster = used(("aurora", {"instance_class": "db.r6g.large", "readers": 2.0}))
    assert [(cell.meter, cell.variant) for cell in cluster.cells] == [
        ("instance_hours", "aurora-postgresql/standard/db.r6g.large")
    ]
    assert cluster.quantity.tolist() == pytest.approx([3])


@pytest.mark.parametrize(
    "charged",
    [
        {"durability": "synchronous"},
        {"engine": "redis", "engine_version": "5", "price_date": date(2026, 6, 1)},
    ],
)
def test_no_reservation_covers_what_comes_on_top(charged: dict[str, Any]) -> None:
    """Durability and Extended Support add to each node hour, but are no hours to reserve."""
    cluster = {"node_type": "cache.r7g.large", "shards": 1.0, "replicas_per_shard": 1.0}
    uses = used(("elasticache", cluster | charged))
    assert [cell.meter for cell in uses.cells] == ["node_hours"]
    assert uses.quantity.tolist() == pytest.approx([2])


def test_dynamodb_sells_blocks_of_the_standard_class() -> None:
    """Reserved capacity comes in hundreds, for one and three years, and not for rare access."""
    found = best_of(("dynamodb", TABLE | {"reads_per_second": 0.0, "writes_per_second": 740.0}))
    one, three = (offer for offer in found.reservations if offer.upfront > 1)
    assert (one.sold.block, one.upfront, one.hourly) == (100, 1.5, 0.000128)
    assert (one.years, three.years, one.payment) == (1, 3, "partial-upfront")
    rows = [found.reservations.index(one), found.reservations.index(three)]
    assert found.best.committed[rows].tolist() == [700, 800]
    ratios = found.best.break_even_utilisation[rows]
    assert ratios == pytest.approx([0.460358, 0.229989], abs=5e-7)
    rare = TABLE | {"table_class": "STANDARD_INFREQUENT_ACCESS"}
    assert best_of(("dynamodb", rare)).reservations == []


def test_ten_instances_of_io_optimized_take_thirteen_reservations() -> None:
    """Aurora's I/O-Optimized consumes 1.3 times the units of a reservation."""
    cluster = {"instance_class": "db.r6g.large", "readers": 9.0}
    found = best_of(("aurora", cluster | {"storage_configuration": "io-optimized"}))
    (offer,) = found.reservations
    assert (offer.units, offer.size_flexible, offer.normalised_units) == (1.3, True, 4)
    assert found.best.committed.tolist() == [13]
    assert found.best.utilisation == pytest.approx([1])


def test_an_offer_without_a_price_is_unpriced() -> None:
    """What is sold at a price that is not known has no figures, and is never chosen."""
    found = best_of(("elasticache", {"node_type": "cache.t3.medium"}))
    assert found.reservations
    assert np.isnan(found.best.cost).all()
    assert np.isnan(found.best.committed).all()
    assert found.chosen.tolist() == []
    assert found.saving == 0


def test_a_plan_whose_rates_are_not_known_is_not_bought() -> None:
    """Neptune is covered at rates that are not known: nothing is committed for it."""
    found = best_of(("neptune", {}))
    assert [np.isnan(rate.ratio) for rate in found.rates] == [True] * len(found.rates) != []
    assert (found.plan.committed[0], found.saving) == (0, 0)


def test_memcached_has_no_size_flexibility() -> None:
    """A reserved node of Memcached covers its own size only."""
    node = {"engine": "memcached", "node_type": "cache.m7g.large"}
    assert not any(offer.size_flexible for offer in best_of(("elasticache", node)).reservations)


@pytest.mark.parametrize(
    ("key", "fields", "ratio", "derived"),
    [
        ("dynamodb", TABLE | {"region": "ap-south-2"}, 0.88, False),
        ("dynamodb", TABLE, 0.88, True),
        ("dynamodb", {"capacity_mode": "on-demand"}, 0.82, True),
        ("aurora", {"instance_class": "db.r7g.large", "region": "ap-south-2"}, 0.8, False),
        ("aurora", {"instance_class": "db.r7i.large"}, 0.8, True),
        ("elasticache", {"node_type": "cache.r7g.large"}, 0.8, True),
        ("neptune", {}, None, True),
        ("keyspaces", {"region": "us-east-1"}, 0.82, False),
    ],
)
def test_rates_of_savings_plans(
    key: str, fields: dict[str, Any], ratio: float | None, derived: bool
) -> None:
    """A rate is read in AWS's list, derived elsewhere, or unknown where it was never read."""
    uses = used((key, fields))
    found = offers.savings_rates(uses, packaged())
    assert {rate.derived for rate in found} == {derived}
    assert {None if np.isnan(rate.ratio) else rate.ratio for rate in found} == {ratio}


@pytest.mark.parametrize(
    ("key", "fields"),
    [
        ("aurora", {"instance_class": "db.r6g.large"}),
        ("elasticache", {"engine": "redis", "node_type": "cache.r7g.large"}),
        ("s3", {}),
        ("redshift", {}),
    ],
)
def test_savings_plans_do_not_cover_everything(key: str, fields: dict[str, Any]) -> None:
    """Older generations, Redis OSS, object storage and warehouses are not covered."""
    assert offers.savings_rates(used((key, fields)), packaged()) == []


def test_what_is_bought_together_costs_least() -> None:
    """A reservation where it saves more, a plan for the rest; never less than either alone."""
    rows = [
        ("dynamodb", TABLE | {"reads_per_second": 500.0, "writes_per_second": 70.0}),
        ("dynamodb", {"capacity_mode": "on-demand"}),
        ("rds", {"instance_class": "db.m7g.large"}),
        ("aurora", {"instance_class": "db.r7g.large"}),
    ]
    found = best_of(*rows)
    assert found.saving >= found.plan.saving.sum()
    assert found.plan_beside.committed[0] > 0
    left = found.plan_beside.on_demand_cost.sum() + found.best.on_demand_cost[found.chosen].sum()
    known = {rate.cell for rate in found.rates} | {offer.cell for offer in found.reservations}
    assert left <= found.uses.cost[sorted(known)].sum() * 730 + 1e-9
    short = best_of(*rows, longest_term_years=1)
    assert {short.reservations[row].years for row in short.chosen} == {1}
    assert short.saving <= found.saving


def test_a_curve_of_demand_plugs_in() -> None:
    """With a demand of its own in each hour, the same offers have the optimum of that demand."""
    uses = used(("dynamodb", TABLE | {"reads_per_second": 0.0, "writes_per_second": 700.0}))
    demand = uses.quantity[:, np.newaxis] * np.array([[0.2, 0.2, 1.6, 2.0]])
    found = advice.advised(uses, packaged(), Preferences(), demand)
    for row, offer in enumerate(found.reservations):
        price = commitment.hourly_price(offer.upfront, offer.hourly, offer.years)
        own, ratio = demand[offer.cell], price / uses.unit_price[offer.cell]
        best = commitment.optimum_in_blocks(own, ratio, 100)
        assert found.best.committed[row] == best
        here = found.best.points[row].tolist().index(best)
        assert found.best.costs[row][here] == pytest.approx(found.best.cost[row])
        assert found.best.costs[row].min() == pytest.approx(found.best.cost[row])
    assert 0 < found.best.utilisation[-1] < 1


@given(
    st.floats(0, 5000),
    st.floats(0, 5000),
    st.sampled_from(["provisioned", "on-demand"]),
    st.floats(0, 0.3),
)
def test_advice_saves_and_adds_up(reads: float, writes: float, mode: str, rate: float) -> None:
    """A best commitment never costs more than none, and each curve has its least there."""
    table = TABLE | {"reads_per_second": reads, "writes_per_second": writes, "capacity_mode": mode}
    found = best_of(("dynamodb", table), discount_rate=rate)
    for best in (found.best, found.plan, found.plan_beside):
        assert (best.saving >= -1e-9).all()
        assert (best.regret >= -1e-9).all()
        for row, costs in enumerate(best.costs):
            assert costs.min() >= best.cost[row] - 1e-6
    assert found.saving >= -1e-9


def years_of(writes: Any) -> tuple[Uses, Any, int]:
    """Return the use of a table, a demand for its write units only, and the index of their cell."""
    uses = used(("dynamodb", TABLE | {"writes_per_second": 700.0}))
    cell = [cell.meter for cell in uses.cells].index("write_capacity_unit_hours")
    demand = np.zeros((len(uses.cells), *np.shape(writes)))
    demand[cell] = writes
    return uses, demand, cell


@given(
    arrays.arrays(np.float64, (3, 2), elements=st.sampled_from([0.0, 90.0, 100.0, 170.0, 400.0]))
)
@example(np.array([[100.0, 100.0], [300.0, 300.0], [400.0, 100.0]]))
def test_a_schedule_costs_least_of_all_schedules(writes: Any) -> None:
    """No other blocks, for a year or for three, cost less than those of the schedule."""
    uses, demand, cell = years_of(writes)
    found = advice.scheduled(uses, packaged(), Preferences(), demand)
    sold = [one for one in offers.reservations(uses, packaged()) if one.cell == cell]
    prices = {one.years: bought.price(one) for one in sold}
    blocks = range(0, 500, 100)
    least = min(
        2 * (3 * whole * prices[3] + sum(yearly) * prices[1])
        + uses.unit_price[cell]
        * np.maximum(writes - whole - np.array(yearly)[:, np.newaxis], 0).sum()
        for whole in blocks
        for yearly in product(blocks, repeat=3)
    )
    assert found.on_demand_cost - found.saving <= least * 8760 / 2 * (1 + 1e-9)
    assert found.saving >= 0


def test_lower_blocks_are_bought_for_longer() -> None:
    """What is used in all years is bought for three, and what comes later for a year."""
    uses, demand, _ = years_of(np.array([[500.0], [500.0], [900.0]]))
    found = advice.scheduled(uses, packaged(), Preferences(), demand)
    told = [
        (one.year, one.offer.years, one.committed)
        for one in found.purchases
        if one.offer and uses.cells[one.offer.cell].meter == "write_capacity_unit_hours"
    ]
    assert told == [(0, 3, 500), (2, 1, 400)]
    one_year = advice.scheduled(uses, packaged(), Preferences(longest_term_years=1), demand[:, :1])
    assert {one.offer.years for one in one_year.purchases if one.offer} == {1}
    assert one_year.saving < found.saving


def test_the_present_value_of_a_schedule() -> None:
    """At no rate it is the saving; at 8 percent each payment is discounted to its month."""
    uses, demand, _ = years_of(np.array([[500.0], [500.0], [900.0]]))
    at_none = advice.scheduled(uses, packaged(), Preferences(), demand)
    assert at_none.net_present_value == pytest.approx(at_none.saving)
    rate = 0.08
    found = advice.scheduled(uses, packaged(), Preferences(discount_rate=rate), demand)
    bought_then = [(one.year, one.committed) for one in at_none.purchases]
    assert [(one.year, one.committed) for one in found.purchases] == bought_then
    throughout, last = (one for one in found.purchases if one.offer and one.committed > 100)
    total = 0.0
    for month in range(36):
        year = month // 12
        used = min(demand[:, year].max(), 500 + 400 * (year == 2)) * uses.unit_price.max()
        fees = 500 * throughout.offer.hourly + (year == 2) * 400 * last.offer.hourly
        total += 730 * (used - fees) / (1 + rate) ** ((month + 1) / 12)
    total -= 500 * throughout.offer.upfront + 400 * last.offer.upfront / (1 + rate) ** 2
    assert found.net_present_value == pytest.approx(total)


def test_a_savings_plan_is_scheduled_each_year() -> None:
    """What is not reserved is covered by a plan, bought anew each year for what it then is."""
    uses = used(("dynamodb", {"capacity_mode": "on-demand"}))
    demand = uses.demand[:, np.newaxis] * np.array([[[1.0], [2.0], [3.0]]])
    found = advice.scheduled(uses, packaged(), Preferences(), demand)
    assert [(one.year, one.offer) for one in found.purchases] == [(0, None), (1, None), (2, None)]
    first, *_, last = (one.committed for one in found.purchases)
    assert last == pytest.approx(3 * first, abs=0.003)
    assert found.saving == pytest.approx(0.18 * found.on_demand_cost, rel=1e-3)


def test_very_large_demand_is_bought_in_larger_blocks() -> None:
    """A demand of ten million blocks is decided at once, and still saves what one block saves."""
    uses, demand, _ = years_of(np.full((3, 1), 1e9))
    found = advice.scheduled(uses, packaged(), Preferences(), demand)
    assert found.purchases[0].committed == pytest.approx(1e9, rel=1e-4)


SIZES = [
    ("rds", {"instance_class": f"db.m7g.{size}", "engine": "postgres"})
    for size in ("large", "xlarge", "2xlarge")
]


def instances_of(uses: Uses) -> list[int]:
    """Return the cells of instances in one Availability Zone."""
    return [at for at, cell in enumerate(uses.cells) if "single-az" in cell.variant]


def test_sizes_of_a_family_are_reserved_together() -> None:
    """Two large in one hour, and one twice as large in the next, take two reservations always."""
    uses = used(*SIZES[:2])
    places = instances_of(uses)
    demand = np.zeros((len(uses.cells), 2))
    demand[places] = np.array([[2.0, 0.0], [0.0, 1.0]])
    together, pooled = offers.pooled(uses, demand, packaged())
    (place,) = instances_of(together)
    assert together.cells[place].variant.endswith("db.m7g.large")
    assert pooled[place].tolist() == pytest.approx([2, 2])
    found = advice.advised(uses, packaged(), Preferences(), demand)
    of_instances = [
        row
        for row, one in enumerate(found.reservations)
        if one.cell == place and not math.isnan(one.hourly + one.upfront)
    ]
    assert of_instances
    assert {found.best.committed[row] for row in of_instances} == {2.0}
    assert {found.best.utilisation[row] for row in of_instances} == {1.0}


def test_a_schedule_puts_sizes_together() -> None:
    """A cluster whose size changes from year to year keeps its reservations."""
    uses = used(*SIZES[:2])
    demand = np.zeros((len(uses.cells), 3, 1))
    demand[instances_of(uses)] = np.array([[[2.0], [0.0], [2.0]], [[0.0], [1.0], [0.0]]])
    found = advice.scheduled(uses, packaged(), Preferences(), demand)
    (one,) = found.purchases
    assert one.offer is not None
    assert (one.year, one.offer.years) == (0, 3)
    assert one.committed == pytest.approx(2)
    assert found.uses.cells[one.offer.cell].variant.endswith("db.m7g.large")


@given(arrays.arrays(np.float64, (3, 3), elements=st.integers(0, 4).map(float)))
def test_together_sizes_save_at_least_what_they_save_apart(demand: Any) -> None:
    """No way to reserve each size by itself costs less, and the cost on demand stays the same."""
    uses = used(*SIZES)
    places = instances_of(uses)
    all_of_it = np.zeros((len(uses.cells), 3))
    all_of_it[places] = demand
    together, pooled = offers.pooled(uses, all_of_it, packaged())
    whole = (together.unit_price[:, np.newaxis] * pooled).sum()
    apart = (uses.unit_price[:, np.newaxis] * all_of_it).sum()
    assert whole == pytest.approx(apart, rel=0.005)
    found = advice.advised(uses, packaged(), Preferences(), all_of_it)
    alone = advice.best_reservations(
        uses, offers.reservations(uses, packaged()), all_of_it, Preferences()
    )
    ways = len(alone.saving) // len(uses.cells)
    best = np.nan_to_num(alone.saving).reshape(-1, ways).max(axis=1).sum()
    assert found.saving >= best - 1e-9


def test_nothing_used_needs_nothing() -> None:
    """An account that uses nothing that is covered buys nothing."""
    found = best_of(("s3", {}))
    assert (found.reservations, found.rates, found.saving) == ([], [], 0.0)


def test_families_and_regions_are_known() -> None:
    """Every rate names Regions, families and a share that exist, and why."""
    for key in registry():
        for rate in packaged().table(key).description.savings_plan.values():
            assert set(rate.regions) <= set(REGION_CODES)
            assert bool(rate.regions) == (rate.ratio is not None)
            classes = {row.name.split(".")[1] for row in packaged().table(key).classes}
            assert set(rate.families) <= classes or not classes


@pytest.mark.parametrize(
    ("toml", "fault"),
    [
        (DESCRIBED.partition("[reservation]")[0], "plans and reservation"),
        (DESCRIBED + "[savings_plan.a]\nmeters = ['none']\n", "unknown meters"),
        (DESCRIBED + "[savings_plan.a]\nmeters = ['hours']\nwhere = {x = ['y']}\n", "dimensions"),
        (DESCRIBED + "[savings_plan.a]\nmeters = ['hours']\nregions = ['x']\n", "unknown Regions"),
    ],
)
def test_faults_in_what_is_said_of_offers(tmp_path: Path, toml: str, fault: str) -> None:
    """Offers that fit no meter or Region, or plans without their terms, are refused."""
    told = 'statement = "s"\nreference = "https://a/"\ndate = 2025-01-01\ngrade = "A"\n'
    more = told if "savings_plan" in toml else ""
    with pytest.raises(TableError, match=fault):
        read(tmp_path, toml=TOML + toml + more, plans=PLANS)


def test_plans_are_compiled_once() -> None:
    """A catalogue compiles the prices of plans once; a service without plans has none."""
    own = Catalogue({key: packaged().table(key) for key in ("dynamodb", "s3")})
    assert own.plan_rates("dynamodb") is own.plan_rates("dynamodb")
    assert own.plan_rates("s3") == {}


def test_a_rate_knows_where_it_was_read() -> None:
    """A rate of some Regions and families is derived everywhere else."""
    (rate,) = (
        rate
        for name, rate in packaged().table("aurora").description.savings_plan.items()
        if name == "instances"
    )
    assert isinstance(rate, SavingsRate)
    read_there = [rate.derived("ap-south-2", family) for family in ("r7g", "r8g")]
    assert read_there == [False, True]


# -- hours and months of a portfolio ---------------------------------------------------------------


def loaded(load: Any, *rows: tuple[str, dict[str, Any]]) -> list[portfolio.PortfolioPart]:
    """Return workloads as the parts of a portfolio that all follow a load."""
    services = [service(key) for key, _ in rows]
    workloads = [
        msgspec.structs.replace(one.example, **fields)
        for one, (_, fields) in zip(services, rows, strict=True)
    ]
    parts = portfolio.columns(services, workloads)
    return [replace(one, load=np.tile(load, (len(one.rows), 1))) for one in parts]


SCALED = TABLE | {"autoscaling": True, "reads_per_second": 0.0, "writes_per_second": 700.0}
INSTANCE = {"instance_class": "db.m7g.large"}


def test_a_portfolio_is_used_hour_by_hour() -> None:
    """What is scaled follows the load, an instance stands in every hour, and the means add up."""
    load = curve.spike(5.0, 10, 8, 5)
    parts = loaded(load, ("dynamodb", SCALED), ("rds", INSTANCE), ("dynamodb", SCALED))
    found = portfolio.counted(parts, packaged(), free_tier=False)
    uses = found.uses
    writes = [cell.meter for cell in uses.cells].index("write_capacity_unit_hours")
    instances = [cell.service for cell in uses.cells].index("rds")
    units = np.maximum(1, np.ceil(700 * load / 0.7))
    alone = np.maximum(units, np.roll(units, 1))
    assert uses.demand[writes].tolist() == pytest.approx((2 * alone).tolist())
    assert uses.demand[instances].tolist() == pytest.approx([1.0] * len(load))
    bills = [part.bill for chunk in found.chunks for part in chunk]
    quantity = sum(
        line.quantity.sum()
        for bill in bills
        for line in bill.lines
        if line.rate.name == "write_capacity_unit_hours"
    )
    assert uses.quantity[writes] * 730 == pytest.approx(quantity)


def test_commitments_of_a_portfolio_are_applied_hour_by_hour() -> None:
    """A reservation above the quiet hours is idle there, and what it covers is not used again."""
    parts = loaded(curve.normalised(np.array([1.0, 1.0, 3.0])), ("dynamodb", SCALED))
    asked = portfolio.counted(parts, packaged(), free_tier=False)
    writes = [cell.meter for cell in asked.uses.cells].index("write_capacity_unit_hours")
    (_, three) = (one for one in offers.reservations(asked.uses, packaged()) if one.cell == writes)
    reserved = bought.Reserved(asked.uses.cells[writes], three, 800.0)
    owned = portfolio.with_commitments(asked, bought.Bought((reserved,)))
    assert owned.applied is not None
    assert owned.uses is owned.applied.uses
    assert asked.uses.demand[writes].tolist() == [1800, 600, 1800]
    assert owned.applied.left[writes].tolist() == [1000, 0, 1000]
    assert owned.applied.reserved_used.tolist() == pytest.approx([2200 / 2400])


def test_free_units_are_free_in_each_hour() -> None:
    """The account's allowance is taken off the hours, as it is off their month."""
    small = TABLE | {"reads_per_second": 0.0, "writes_per_second": 40.0}
    parts = loaded(np.ones(2), ("dynamodb", small))
    uses = portfolio.used(parts, packaged(), free_tier=True)
    writes = [cell.meter for cell in uses.cells].index("write_capacity_unit_hours")
    assert uses.demand[writes].tolist() == pytest.approx([40 - 18_600 / 730] * 2)


def test_months_stand_one_after_the_other() -> None:
    """A workload that grows uses more in each month, in every hour of it."""
    span = projection.Span(date(2026, 1, 1), 3, calendar=False, fixed_prices=True)
    growths = {"writes_per_second": (projection.Growth(step=100), False)}
    table = TABLE | {"reads_per_second": 0.0, "writes_per_second": 100.0, "autoscaling": False}
    wide = [
        replace(one, workload=projection.widened(one.workload, growths, span))
        for one in loaded(np.array([0.5, 1.5]), ("dynamodb", table))
    ]
    uses = portfolio.used(wide, packaged(), free_tier=False)
    writes = [cell.meter for cell in uses.cells].index("write_capacity_unit_hours")
    assert uses.demand[writes].tolist() == [150, 150, 300, 300, 450, 450]


def test_curves_that_do_not_fit_are_begun_again() -> None:
    """A week in a year keeps its mean, a day in a week every digit, and a flat one is one hour."""
    week = curve.spike(5.0, 10, 8, 5)
    assert curve.repeated(week, 8760).mean() == pytest.approx(1)
    day = curve.sine(0.5, 12)
    assert curve.repeated(day, 168).tolist() == day.tolist() * 7
    assert curve.shortened(curve.constant()).tolist() == [1]
    assert curve.shortened(day) is day
