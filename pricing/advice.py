"""Which commitments cost least for what an account uses: each offer at its best, and all together.

Demand is an array [cell, hour] of the units of :class:`~pricing.offers.Uses`; one hour stands for a
demand that is always the same. A month has 730 hours.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter, itemgetter
from typing import NamedTuple

import numpy as np

from pricing import bought, commitment, offers
from pricing.arrays import Flags, Numbers, Places
from pricing.catalogue import Catalogue
from pricing.commitment import SavingsPlan
from pricing.offers import Covered, Offer, Uses
from pricing.units import HOURS_PER_MONTH, MONTHS_PER_YEAR

POINTS = 21
"""Commitments at which a curve of costs is told, beside the best one."""
BEYOND = 1.25
"""How far a curve goes, over the highest demand."""
MOST_BLOCKS = 100_000
"""Blocks that are decided one by one; of more, some are bought together."""
PLAN_YEARS = 1
PLAN_STEP = 0.001
"""The least that a savings plan can commit to [USD an hour]; AWS's form has this minimum."""


@dataclass(frozen=True)
class Preferences:
    """What a planner says beside the workloads."""

    discount_rate: float = 0.0
    """What money costs in a year, as a share."""
    lower_demand_fraction: float = 0.2
    """By how much demand may turn out lower, for the regret."""
    longest_term_years: float = 3
    """Longer commitments are not chosen."""


@dataclass(frozen=True, eq=False)
class Best:
    """Offers with the commitment that costs least for each [offer].

    Amounts are those of a month [USD], on average over the term; NaN where a price is not known.
    """

    committed: Numbers
    """[reservations; for a savings plan USD an hour]"""
    upfront: Numbers
    """What is paid at the start [USD]."""
    committed_cost: Numbers
    """The commitment itself, with its share of what is paid at the start."""
    on_demand_cost: Numbers
    """All of the demand, without commitment."""
    cost: Numbers
    """The commitment and what it leaves on demand."""
    coverage: Numbers
    utilisation: Numbers
    break_even_utilisation: Numbers
    payback_month: Numbers
    net_present_value: Numbers
    """What the commitment saves over its term, at the discount rate [USD]."""
    regret: Numbers
    """What it costs above the best one, if the demand is lower."""
    points: tuple[Numbers, ...]
    """Commitments in ascending order [offer][point]."""
    costs: tuple[Numbers, ...]
    """The cost of each [offer][point]."""

    @property
    def saving(self) -> Numbers:
        """Return what the commitment saves in a month [offer] [USD]."""
        return self.on_demand_cost - self.cost


@dataclass(frozen=True, eq=False)
class Advice:
    """What an account uses, what may cover it, and what costs least in all."""

    uses: Uses
    reservations: Sequence[Offer]
    best: Best
    """Each reservation at its best, by itself."""
    rates: Sequence[Covered]
    plan: Best
    """The savings plan at its best, by itself."""
    chosen: Places
    """The reservations that are bought."""
    plan_beside: Best
    """The savings plan that is bought for what these leave."""
    saving: float
    """What all that is bought saves in a month [USD]."""


def advised(
    uses: Uses, catalogue: Catalogue, wanted: Preferences, demand: Numbers = None
) -> Advice:
    """Return the commitments that cost least.

    Sizes that the same reservations cover are put together, see :func:`pricing.offers.pooled`, if
    that saves at least what is saved without.

    Parameters
    ----------
    demand : array [cell, hour] of units; by default what is used
    """
    demand = uses.demand if demand is None else demand
    ways = [_advised(*offers.pooled(uses, demand, catalogue), catalogue, wanted)]
    if len(ways[0].uses.cells) < len(uses.cells):
        ways.append(_advised(uses, demand, catalogue, wanted))
    return max(ways, key=attrgetter("saving"))


def _advised(uses: Uses, demand: Numbers, catalogue: Catalogue, wanted: Preferences) -> Advice:
    """Return the commitments that cost least for cells that are each covered by themselves.

    Each reservation, and the savings plan by itself, are exact optima. For all together three ways
    are compared, and the cheapest is taken: the plan alone; for each cell its best reservation, and
    the plan for what is left; the same only for cells whose best reservation saves more than the
    plan would save there.
    """
    sold = offers.reservations(uses, catalogue)
    rates = offers.savings_rates(uses, catalogue)
    best = best_reservations(uses, sold, demand, wanted)
    plan = best_plan(uses, rates, demand, wanted)
    own = _savings_of_each(uses, rates, demand)
    greatest = _greatest(uses, sold, best, wanted)
    better = greatest[best.saving[greatest] > own[_cells(sold)[greatest]]]
    ways = [
        (chosen, best_plan(uses, rates, _left(sold, best, chosen, demand), wanted))
        for chosen in (np.zeros(0, dtype=np.intp), better, greatest)
    ]
    totals = [best.saving[chosen].sum() + beside.saving.sum() for chosen, beside in ways]
    chosen, beside = ways[int(np.argmax(totals))]
    return Advice(uses, sold, best, rates, plan, chosen, beside, float(max(totals)))


class Purchase(NamedTuple):
    """What is bought at the start of a year."""

    year: int
    """From 0."""
    offer: Offer | None
    """None of a savings plan."""
    committed: float
    """[reservations; for a savings plan USD an hour]"""


@dataclass(frozen=True, eq=False)
class Schedule:
    """What to buy over some years, where the demand grows or shrinks."""

    uses: Uses
    """What the purchases are for; sizes that they cover together are in the smallest."""
    purchases: tuple[Purchase, ...]
    on_demand_cost: float
    """What may be covered costs without commitments over all years [USD]."""
    saving: float
    """What the purchases save over all years [USD]."""
    net_present_value: float
    """The same, at the discount rate, as of the first month [USD]."""


def scheduled(uses: Uses, catalogue: Catalogue, wanted: Preferences, demand: Numbers) -> Schedule:
    """Return what to buy at the start of each year at the least cost.

    Sizes are put together as :func:`advised` does.

    Parameters
    ----------
    demand : array [cell, year, hour] of units; years are those of the longest term
    """
    ways = [_scheduled(*offers.pooled(uses, demand, catalogue), catalogue, wanted)]
    if len(ways[0].uses.cells) < len(uses.cells):
        ways.append(_scheduled(uses, demand, catalogue, wanted))
    return max(ways, key=attrgetter("saving"))


def _scheduled(uses: Uses, demand: Numbers, catalogue: Catalogue, wanted: Preferences) -> Schedule:
    """Return what to buy for cells that are each covered by themselves.

    For each cell alone the reservations are exact, see :func:`pricing.commitment.purchases`. A
    savings plan is bought each year for what they leave. The ways of :func:`advised` are compared.
    """
    yearly_hours = HOURS_PER_MONTH * MONTHS_PER_YEAR / demand.shape[-1]
    rates = offers.savings_rates(uses, catalogue)
    years = range(demand.shape[1])
    own = sum(_savings_of_each(uses, rates, demand[:, year]) for year in years) * MONTHS_PER_YEAR
    alone = [_reserved(uses, sold, demand) for sold in _cheapest(uses, catalogue, len(years))]
    saved = [one for one in alone if one.saving > 0]
    better = [one for one in saved if one.saving * yearly_hours > own[one.cell]]
    ways = []
    for taken in ([], better, saved):
        left = demand.copy()
        for one in taken:
            left[one.cell] = np.maximum(0, left[one.cell] - one.covered[:, np.newaxis])
        plans = [_plan(uses, rates, left[:, year]) for year in years]
        amounts = [plan.optimum_in_steps(PLAN_STEP) if len(plan.ratio) else 0.0 for plan in plans]
        by_plan = [
            float(plan.use.sum()) - plan.cost(amount)
            for plan, amount in zip(plans, amounts, strict=True)
        ]
        purchases = [purchase for one in taken for purchase in one.purchases]
        purchases += [Purchase(year, None, one) for year, one in enumerate(amounts) if one]
        avoided = ((demand - left).sum(axis=-1) * uses.unit_price[:, np.newaxis]).sum(axis=0)
        yearly = (avoided + np.array(by_plan)) * yearly_hours
        ways.append((sum(one.saving for one in taken) + sum(by_plan), purchases, yearly))
    saving, purchases, yearly = max(ways, key=itemgetter(0))
    whole = float((demand.sum(axis=(1, 2)) * uses.unit_price).sum())
    purchases.sort(key=attrgetter("year"))
    present = _present_value(purchases, yearly, wanted)
    return Schedule(uses, tuple(purchases), whole * yearly_hours, saving * yearly_hours, present)


def _present_value(purchases: Sequence[Purchase], yearly: Numbers, wanted: Preferences) -> float:
    """Return what purchases save, as of the first month [USD].

    Parameters
    ----------
    yearly : what they save in each year before the fees of reservations [year] [USD]
    """
    upfront, saved = np.zeros(len(yearly)), yearly.astype(float)
    for one in purchases:
        if one.offer is not None:
            upfront[one.year] += one.committed * one.offer.upfront
            fees = one.committed * one.offer.hourly * HOURS_PER_MONTH * MONTHS_PER_YEAR
            saved[one.year : one.year + one.offer.years] -= fees
    hourly = saved / MONTHS_PER_YEAR / HOURS_PER_MONTH
    of_years = commitment.present_value(-upfront, hourly, wanted.discount_rate, MONTHS_PER_YEAR)
    years = np.arange(len(yearly))
    return float((of_years * (1 + wanted.discount_rate) ** -years).sum())


class _Reserved(NamedTuple):
    """What is reserved for a cell over some years."""

    cell: int
    purchases: tuple[Purchase, ...]
    covered: Numbers
    """Units that are covered in each year [year]."""
    saving: float
    """[USD over all hours of the demand]"""


def _reserved(uses: Uses, sold: Mapping[int, Offer], demand: Numbers) -> _Reserved:
    """Return what to reserve for a cell, given its cheapest offer of each term."""
    offer = next(iter(sold.values()))
    needed, price = demand[offer.cell] * offer.units, uses.unit_price[offer.cell] / offer.units
    terms = {years: bought.price(one) for years, one in sold.items()}
    blocks = needed.max() / offer.sold.block
    best = commitment.purchases(
        needed,
        price,
        offer.sold.block * max(1, np.ceil(blocks / MOST_BLOCKS)),
        yearly=terms.get(1, np.inf),
        throughout=terms.get(len(needed), np.inf) if len(needed) > 1 else np.inf,
    )
    purchases = [
        Purchase(year, sold[1], one) for year, one in enumerate(best.yearly.tolist()) if one
    ]
    if best.throughout:
        purchases.insert(0, Purchase(0, sold[len(needed)], best.throughout))
    covered = (best.yearly + best.throughout) / offer.units
    saving = float(needed.sum() * price - best.cost)
    return _Reserved(offer.cell, tuple(purchases), covered, saving)


def _cheapest(uses: Uses, catalogue: Catalogue, longest: int) -> list[dict[int, Offer]]:
    """Return for each cell that is reserved its cheapest offer of each term of known price."""
    found: dict[int, dict[int, Offer]] = {}
    known = [one for one in offers.reservations(uses, catalogue) if bought.price(one) < np.inf]
    for offer in sorted(known, key=bought.price):
        if offer.years <= longest:
            found.setdefault(offer.cell, {}).setdefault(offer.years, offer)
    return list(found.values())


def _cells(sold: Sequence[Offer]) -> Places:
    return np.array([offer.cell for offer in sold], dtype=np.intp)


def best_reservations(
    uses: Uses, sold: Sequence[Offer], demand: Numbers, wanted: Preferences
) -> Best:
    """Return each reservation at its best; see :class:`Best`."""
    cell, years, units, upfront, hourly = (
        np.array([getattr(offer, name) for offer in sold])
        for name in ("cell", "years", "units", "upfront", "hourly")
    )
    block = np.array([offer.sold.block for offer in sold])
    cell = cell.astype(np.intp)
    needed = demand[cell] * units[:, np.newaxis]
    on_demand = uses.unit_price[cell] / units
    price = commitment.hourly_price(upfront, hourly, years)
    known = price == price
    ratio = np.where(known, price / on_demand, 1)
    committed = np.where(known, commitment.optimum_in_blocks(needed, ratio, block), np.nan)
    month = HOURS_PER_MONTH / demand.shape[-1]
    left = on_demand * commitment.above(needed, committed) * month
    whole = on_demand * needed.sum(axis=-1) * month
    fees, months = committed * hourly * HOURS_PER_MONTH, years * MONTHS_PER_YEAR
    lower = needed * (1 - wanted.lower_demand_fraction)
    regret = commitment.regret(lower, committed, ratio, block) * on_demand * month
    points = _points(needed.max(axis=-1, initial=0), block, committed)
    curves = [
        commitment.curve(needed[row], listed, on_demand[row], price[row]) * month
        for row, listed in enumerate(points)
    ]
    return Best(
        committed,
        upfront * committed,
        committed * price * HOURS_PER_MONTH,
        np.where(known, whole, np.nan),
        committed * price * HOURS_PER_MONTH + left,
        commitment.coverage(needed, committed),
        commitment.utilisation(needed, committed),
        np.where(known, ratio, np.nan),
        commitment.payback_month(upfront * committed, whole - fees - left, months),
        _present_saving(upfront * committed, whole - fees - left, months, wanted),
        regret,
        points,
        tuple(curves),
    )


def _present_saving(
    upfront: Numbers, monthly_saving: Numbers, months: Numbers, wanted: Preferences
) -> Numbers:
    """Return what is saved over a term less what is paid at its start, as of the start [USD]."""
    saved = monthly_saving / HOURS_PER_MONTH
    return commitment.present_value(-upfront, saved, wanted.discount_rate, months)


def _points(most: Numbers, block: Numbers, best: Numbers) -> tuple[Numbers, ...]:
    """Return whole blocks from none to beyond the highest demand, with the best [offer][point]."""
    shares = np.linspace(0, BEYOND, POINTS)
    blocks = np.ceil(np.outer(most, shares) / block[:, np.newaxis]) * block[:, np.newaxis]
    listed = (np.append(row, one) for row, one in zip(blocks, best, strict=True))
    return tuple(np.unique(row[row == row]) for row in listed)


def best_plan(uses: Uses, rates: Sequence[Covered], demand: Numbers, wanted: Preferences) -> Best:
    """Return Database Savings Plans at their best, as the only offer; see :class:`Best`."""
    plan = _plan(uses, rates, demand)
    hours = demand.shape[-1]
    month = HOURS_PER_MONTH / hours
    amount = plan.optimum_in_steps(PLAN_STEP) if len(plan.ratio) else 0.0
    covered, whole = plan.covered(amount).sum(), plan.use.sum()
    full = (plan.covered(amount) * plan.ratio[:, np.newaxis]).sum()
    lower = SavingsPlan(plan.use * (1 - wanted.lower_demand_fraction), plan.ratio, plan.order)
    lower_best = lower.optimum_in_steps(PLAN_STEP) if len(plan.ratio) else 0.0
    most = plan.filled[-1].max() if len(plan.ratio) else 0.0
    (points,) = _points(np.array([most]), np.array([PLAN_STEP]), np.array([amount]))
    saving = (whole - plan.cost(amount)) * month
    return Best(
        np.array([amount]),
        np.zeros(1),
        np.array([amount * HOURS_PER_MONTH]),
        np.array([whole * month]),
        np.array([plan.cost(amount) * month]),
        np.array([covered / whole if whole else 0.0]),
        np.array([plan.used(amount)]),
        np.array([full / covered if covered else np.nan]),
        np.array([0.0 if amount else np.nan]),
        _present_saving(np.zeros(1), np.array([saving]), PLAN_YEARS * MONTHS_PER_YEAR, wanted),
        np.array([(lower.cost(amount) - lower.cost(lower_best)) * month]),
        (points,),
        (np.array([plan.cost(point) for point in points]) * month,),
    )


def _plan(uses: Uses, rates: Sequence[Covered], demand: Numbers) -> SavingsPlan:
    """Return what a savings plan can cover; what has no known rate is left out."""
    known = [rate for rate in rates if rate.ratio == rate.ratio]
    cells = np.array([rate.cell for rate in known], dtype=np.intp)
    use = demand[cells] * uses.unit_price[cells, np.newaxis]
    return SavingsPlan.of(use, np.array([rate.ratio for rate in known]))


def _savings_of_each(uses: Uses, rates: Sequence[Covered], demand: Numbers) -> Numbers:
    """Return what the best savings plan for a cell alone would save in a month [cell] [USD]."""
    saved = np.zeros(len(uses.cells))
    for rate in rates:
        if rate.ratio == rate.ratio:
            plan = _plan(uses, [rate], demand)
            saved[rate.cell] = plan.use.sum() - plan.cost(plan.optimum())
    return saved * HOURS_PER_MONTH / demand.shape[-1]


def _greatest(uses: Uses, sold: Sequence[Offer], best: Best, wanted: Preferences) -> Places:
    """Return for each cell the reservation that saves most, where one saves anything."""
    years = np.array([offer.years for offer in sold])
    allowed: Flags = (best.saving > 0) & (years <= wanted.longest_term_years)
    order = np.flatnonzero(allowed)
    order = order[np.argsort(-best.saving[order], kind="stable")]
    _, first = np.unique(_cells(sold)[order], return_index=True)
    return order[first]


def _left(sold: Sequence[Offer], best: Best, chosen: Places, demand: Numbers) -> Numbers:
    """Return the demand that reservations leave [cell, hour]."""
    left = demand.copy()
    for row in chosen.tolist():
        offer = sold[row]
        left[offer.cell] = np.maximum(0, left[offer.cell] - best.committed[row] / offer.units)
    return left
