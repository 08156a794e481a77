"""Commitments that are bought already: what they cover, what that costs, and what is not used.

In each hour reservations come first; savings plans then pay for what is left, highest saving
first [1]_. A reservation that covers other sizes of its family covers the smallest first. What an
hour does not use is lost. Demand is an array [cell, hour] of the units of
:class:`~pricing.offers.Uses`; one hour stands for a demand that is always the same.

Use that is covered costs its share of what the commitment costs, with what was paid at its start
spread over its term. So what use and unused commitments cost together is what is billed in all.

References
----------
.. [1] "Understanding how Savings Plans apply to your usage", Savings Plans user guide (2023),
   https://docs.aws.amazon.com/savingsplans/latest/userguide/sp-applying.html
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from pricing import commitment, offers
from pricing.arrays import Numbers
from pricing.catalogue import Catalogue
from pricing.commitment import SavingsPlan
from pricing.engine import Bill, Line
from pricing.offers import Cell, Offer, Uses
from pricing.quantities import REGION_CODES


class Reserved(NamedTuple):
    """Reservations of one kind that are bought."""

    cell: Cell
    """What they were bought for."""
    offer: Offer
    """How they are sold, and at which prices."""
    committed: float
    """How many; of DynamoDB, capacity units."""


@dataclass(frozen=True)
class Bought:
    """All commitments of an account."""

    reserved: tuple[Reserved, ...] = ()
    plans: float = 0.0
    """What savings plans commit to together [USD an hour]."""


@dataclass(frozen=True, eq=False)
class Applied:
    """What commitments cover of the use of an account."""

    uses: Uses
    left: Numbers
    """Use that stays on demand [cell, hour] [units]."""
    billed: Numbers
    """Share of each cell's cost that stays on demand [cell]."""
    effective: Numbers
    """Cost with commitments over that on demand [cell]; NaN where a price is not known."""
    reserved_used: Numbers
    """Share of each reservation that is used [reservation]."""
    plans_used: float
    """Share of the savings plans that is used."""

    def paid(self, bill: Bill) -> Bill:
        """Return a bill of the account with what is billed for use, and what it costs in all."""
        lines = bill.lines
        shares = np.stack([self._shares(bill, line) for line in lines], axis=1)
        billed, effective = shares * lines.cost
        return replace(bill, lines=replace(lines, billed=billed, effective=effective))

    def _shares(self, bill: Bill, line: Line) -> Numbers:
        """Return the shares of a line's cost that are billed, and that it costs [2, ...]."""
        meter = offers.own_meter(bill.card.table.description.meters, line.rate.name)
        table = np.ones((2, len(line.rate.variants) + 1, len(REGION_CODES)))
        for variant, region, index in self._places.get((bill.service.key, meter), ()):
            place = offers.places(line.rate.variants)[variant], REGION_CODES.index(region)
            table[:, *place] = self.billed[index], self.effective[index]
        return table[:, line.variant, line.region]

    @cached_property
    def _places(self) -> dict[tuple[str, str], list[tuple[str, str, int]]]:
        """The variant, the Region and the index of the cells of each meter."""
        found: dict[tuple[str, str], list[tuple[str, str, int]]] = {}
        for index, cell in enumerate(self.uses.cells):
            found.setdefault(cell[:2], []).append((cell.variant, cell.region, index))
        return found


def applied(
    uses: Uses, bought: Bought, catalogue: Catalogue, demand: Numbers | None = None
) -> Applied:
    """Apply commitments to the use of an account, hour by hour.

    Parameters
    ----------
    demand : array [cell, hour] of units; by default what is used
    """
    demand = uses.demand if demand is None else demand
    left, cost, used = _after_reservations(uses, bought.reserved, catalogue, demand)
    rates = [one for one in offers.savings_rates(uses, catalogue) if one.ratio == one.ratio]
    cells = np.array([one.cell for one in rates], dtype=np.intp)
    use = left[cells] * uses.unit_price[cells, np.newaxis]
    plan = SavingsPlan.of(use, np.array([one.ratio for one in rates]))
    by_plan, order = plan.covered(bought.plans), cells[plan.order]
    left[order] = np.maximum(0, left[order] - by_plan / uses.unit_price[order, np.newaxis])
    cost[order] += (by_plan * plan.ratio[:, np.newaxis]).sum(axis=-1)
    billed, whole = (hours.sum(axis=-1) * uses.unit_price for hours in (left, demand))
    shares = billed / whole, (billed + cost) / whole
    return Applied(uses, left, *shares, used, plan.used(bought.plans))


def _after_reservations(
    uses: Uses, reserved: Sequence[Reserved], catalogue: Catalogue, demand: Numbers
) -> tuple[Numbers, Numbers, Numbers]:
    """Return what reservations leave, what the rest costs, and which share of each is used.

    They are arrays [cell, hour] [units], [cell] [USD over all hours] and [reservation].
    """
    left, cost, used = demand.copy(), np.zeros(len(demand)), np.zeros(len(reserved))
    taken = [offers.taken(cell, catalogue) for cell in uses.cells]
    for pool in _pools(reserved, catalogue):
        own = [row for row, one in enumerate(taken) if one.pool == pool.name]
        rows = np.array(sorted(own, key=lambda row: taken[row].units), dtype=np.intp)
        units = np.array([taken[row].units for row in rows.tolist()]).reshape(-1, 1)
        filled = np.minimum(pool.units, np.cumsum(demand[rows] * units, axis=0))
        covers = np.diff(filled, axis=0, prepend=0)
        left[rows] = np.maximum(0, demand[rows] - covers / units)
        share = covers.sum(axis=-1)
        cost[rows] = np.where(share > 0, share * pool.price, 0)
        used[pool.members] = share.sum() / (pool.units * demand.shape[-1])
    return left, cost, used


class ReservedPool(NamedTuple):
    """Reservations that cover the same use."""

    name: offers.Pool
    members: list[int]
    """Which reservations they are."""
    units: float
    """What they cover together [normalised units, or reservations]."""
    price: float
    """What a unit and hour costs, on average [USD]."""


def _pools(reserved: Sequence[Reserved], catalogue: Catalogue) -> Iterator[ReservedPool]:
    """Yield the reservations that cover the same use together."""
    taken = [offers.taken(one.cell, catalogue) for one in reserved]
    units = [
        one.committed * own.units / one.offer.units
        for one, own in zip(reserved, taken, strict=True)
    ]
    for name in dict.fromkeys(one.pool for one in taken):
        members = [index for index, one in enumerate(taken) if one.pool == name]
        total = sum(units[index] for index in members)
        cost = sum(reserved[index].committed * price(reserved[index].offer) for index in members)
        yield ReservedPool(name, members, total, cost / total)


def price(offer: Offer) -> float:
    """Return what a reservation costs in an hour, with its share of the upfront fee [USD]."""
    return float(commitment.hourly_price(offer.upfront, offer.hourly, offer.years))
