"""What AWS sells to commit to, for what an account uses: reservations and Database Savings Plans.

Both are data of a service's tables. What they can cover is added up over the account, as AWS does
it: by meter, variant and Region, for all workloads together.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from typing import NamedTuple

import numpy as np

from pricing.arrays import Numbers
from pricing.catalogue import Catalogue
from pricing.engine import Bill, Line
from pricing.quantities import REGION_CODES
from pricing.rates import Rate
from pricing.tables import CountsAs, Meter, Reservation, SavingsRate

YEARS = {"1yr": 1, "3yr": 3}
"""The terms of reservations, as a path names them."""
CLASS_DIMENSIONS = ("instance_class", "node_type")
"""The dimensions of a meter that name a class of instances."""
GENERATION = re.compile(r"^[a-z]+(\d+)")
"""Matches the family of a class, such as ``r7g``, and its generation."""


SAME_PRICE = 0.01
"""How far prices of normalised units of a family may differ for its sizes to be put together."""


class Cell(NamedTuple):
    """What a commitment may cover: all use of a variant of a meter in a Region."""

    service: str
    meter: str
    """The meter that has the price; readers are priced as instances."""
    variant: str
    region: str


@dataclass(frozen=True, eq=False)
class Uses:
    """What an account uses, hour by hour and by cell; rows without a price are left out.

    One hour stands for use that is always the same.
    """

    cells: tuple[Cell, ...]
    demand: Numbers
    """Use of each hour [cell, hour] [units; for hours of instances, the instances]."""
    cost: Numbers
    """What the mean hour costs on demand [cell] [USD an hour]."""

    @property
    def quantity(self) -> Numbers:
        """Return the mean use [cell]."""
        return self.demand.mean(axis=-1)

    @property
    def unit_price(self) -> Numbers:
        """Return the price of a unit on demand [cell] [USD an hour]."""
        return self.cost / self.quantity


@dataclass
class Counter:
    """Adds up use over bills of any number of rows, and of hours where they have such an axis."""

    _sums: dict[Cell, Numbers] = field(default_factory=dict)

    def count(self, bill: Bill) -> None:
        """Add what the rows of a bill use."""
        for line in bill.lines:
            for cell, amounts in _sums(bill, line):
                self._sums[cell] = self._sums.get(cell, 0.0) + amounts

    @property
    def uses(self) -> Uses:
        """Return what was counted and costs something, sorted."""
        cells = sorted(cell for cell, (_, cost) in self._sums.items() if cost.any())
        hours = max([1, *(self._sums[cell].shape[-1] for cell in cells)])
        sums = np.zeros((len(cells), 2, hours))
        for place, cell in zip(sums, cells, strict=True):
            place[:] = self._sums[cell]
        return Uses(tuple(cells), sums[:, 0], sums[:, 1].mean(axis=-1))


def _sums(bill: Bill, line: Line) -> Iterator[tuple[Cell, Numbers]]:
    """Yield the cells of a line that something may cover, with use and cost [2, hour]."""
    meters = bill.card.table.description.meters
    meter = own_meter(meters, line.rate.name)
    if not _may_be_covered(bill, meter):
        return
    rows, months = len(line.billable), bill.workload.hours_per_month
    key = (line.variant * len(REGION_CODES) + line.region).reshape(rows, -1)[:, 0]
    amounts = np.stack([line.billable / months, line.cost / months]).reshape(2, rows, -1)
    used = amounts[0].any(axis=-1) & ~line.unpriced.reshape(rows, -1).any(axis=-1)
    keys, place = np.unique(key[used], return_inverse=True)
    sums = np.zeros((len(keys), 2, amounts.shape[-1]))
    np.add.at(sums, place, amounts[:, used].swapaxes(0, 1))
    for at, row in enumerate(keys.tolist()):
        variant, region = divmod(row, len(REGION_CODES))
        named = Cell(bill.service.key, meter, line.rate.variants[variant], REGION_CODES[region])
        yield named, sums[at]


def own_meter(meters: dict[str, Meter], name: str) -> str:
    """Return the meter of the same table that a meter is billed as, such as hours of a replica.

    It is itself if it has prices of its own, or comes on top of that meter's.
    """
    meter = meters[name]
    return name if meter.surcharge else meter.priced_as or name


def _may_be_covered(bill: Bill, meter: str) -> bool:
    """Return whether some plan covers a meter."""
    described = bill.card.table.description
    rates = described.savings_plan.values()
    return meter in described.plans or any(meter in rate.meters for rate in rates)


def counted(bills: Iterable[Bill]) -> Uses:
    """Return what bills use together."""
    counter = Counter()
    for bill in bills:
        counter.count(bill)
    return counter.uses


def pooled(uses: Uses, demand: Numbers, catalogue: Catalogue) -> tuple[Uses, Numbers]:
    """Put together the sizes of a family that the same reservations cover, in its smallest in use.

    Sizes whose normalised unit costs much more or less, or that savings plans cover at another
    rate, stay apart. AWS rounds prices, so that a unit of what is put together costs the same to
    within a few thousandths only.

    Parameters
    ----------
    demand : what is to be covered [cell, ..., hour] [units]
    """
    sizes = _sizes(uses, catalogue)
    firsts = sorted(set(sizes.values()))
    units = [taken(cell, catalogue).units for cell in uses.cells]
    share = np.zeros((len(firsts), len(uses.cells)))
    for index, first in sizes.items():
        share[firsts.index(first), index] = units[index] / units[first]
    cells, cost = tuple(map(uses.cells.__getitem__, firsts)), (share > 0) @ uses.cost
    put = partial(np.einsum, "pc,c...->p...", share)
    return Uses(cells, put(uses.demand), cost), put(demand)


def _sizes(uses: Uses, catalogue: Catalogue) -> dict[int, int]:
    """Return for each cell the one with the smallest size that it is put together with."""
    rates = {one.cell: one.ratio for one in savings_rates(uses, catalogue)}
    each = [taken(cell, catalogue) for cell in uses.cells]
    price = [price / one.units for price, one in zip(uses.unit_price, each, strict=True)]
    found: dict[int, int] = {}
    for index in sorted(range(len(each)), key=lambda index: (each[index].units, index)):
        alike = (
            first
            for first in dict.fromkeys(found.values())
            if each[index].pool
            and each[first].pool == each[index].pool
            and rates.get(first) == rates.get(index)
            and abs(price[index] / price[first] - 1) < SAME_PRICE
        )
        found[index] = next(alike, index)
    return found


class Offer(NamedTuple):
    """A reservation that covers a cell. Prices are NaN where they are not known."""

    cell: int
    """Index of the cell."""
    years: int
    payment: str
    sold: Reservation
    """How it is sold."""
    units: float
    """Reservations that one unit of use takes."""
    upfront: float
    """What a reservation costs at its start [USD]."""
    hourly: float
    """What a reservation costs in each hour [USD]."""
    size_flexible: bool
    normalised_units: float
    """Units of a reservation that covers other sizes of its family; NaN where it does not."""


def reservations(uses: Uses, catalogue: Catalogue) -> list[Offer]:
    """Return the reservations that cover what is used, at the newest known prices."""
    return [
        offer for index, cell in enumerate(uses.cells) for offer in of_cell(index, cell, catalogue)
    ]


def of_cell(index: int, cell: Cell, catalogue: Catalogue) -> Iterator[Offer]:
    """Yield the reservations of a cell, one for each term and payment that the service has.

    ``index`` is that of the cell among those that are used.
    """
    described = catalogue.table(cell.service).description
    rates, sold = catalogue.plan_rates(cell.service), described.reservation
    if sold is None or cell.meter not in rates:
        return
    by_dimension = _words(cell, catalogue)
    words = list(by_dimension.values())
    if not _is_among(sold.where, by_dimension):
        return
    flexible = _is_flexible(sold, by_dimension)
    normalised = _size(sold, cell, by_dimension, catalogue)
    path, units = _counted_as(sold, words)
    fees = rates.get(f"{cell.meter}_upfront")
    for term, payment in _terms(rates[cell.meter].variants):
        variant = "/".join([*path, term, payment])
        hourly = _price(rates[cell.meter], variant, cell.region)
        upfront = 0.0 if payment == "no-upfront" else _price(fees, variant, cell.region)
        prices = units, upfront, hourly
        yield Offer(index, YEARS[term], payment, sold, *prices, flexible, normalised)


def _is_flexible(sold: Reservation, words: dict[str, str]) -> bool:
    """Return whether a reservation covers other sizes of its family."""
    return bool(sold.size_flexible) and _is_among(sold.size_flexible, words)


def _size(sold: Reservation, cell: Cell, words: dict[str, str], catalogue: Catalogue) -> float:
    """Return the normalised units of one unit of use; NaN where only its own size covers it."""
    flexible = _is_flexible(sold, words)
    return _normalised_units(cell, words, catalogue) if flexible else float("nan")


def _is_among(where: dict[str, tuple[str, ...]], words: dict[str, str]) -> bool:
    """Return whether each word of a variant is one of those named for its dimension."""
    return all(words[dimension] in choices for dimension, choices in where.items())


def _counted_as(sold: Reservation, words: Sequence[str]) -> tuple[list[str], float]:
    """Return the path of the reservations that cover a variant, and how many a unit takes."""
    known = [sold.counts_as.get(word, CountsAs(word, 1.0)) for word in words]
    return [one.word for one in known], float(np.prod([one.units for one in known]))


@cache
def _terms(variants: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return the terms and payments that occur in the paths of a plan's meter."""
    pairs = {tuple(variant.split("/")[-2:]) for variant in variants}
    return sorted((term, payment) for term, payment in pairs)


Pool = tuple[str, ...]
"""Names the use that the same reservations cover: sizes of one family, or one size."""


class Taken(NamedTuple):
    """What a unit of use takes of reservations."""

    pool: Pool
    """Reservations of the same pool cover it; empty where none does."""
    units: float
    """Normalised units where any size covers it, else reservations."""


def taken(cell: Cell, catalogue: Catalogue) -> Taken:
    """Return what a unit of use in a cell takes of reservations, and of which."""
    sold = catalogue.table(cell.service).description.reservation
    by_dimension = _words(cell, catalogue)
    reserved = cell.meter in catalogue.plan_rates(cell.service)
    if sold is None or not reserved or not _is_among(sold.where, by_dimension):
        return Taken((), 1.0)
    path, units = _counted_as(sold, list(by_dimension.values()))
    size = _size(sold, cell, by_dimension, catalogue)
    if size == size:
        family, own = _family(by_dimension), _class(by_dimension)
        path, units = [family if word == own else word for word in path], units * size
    return Taken((cell.service, cell.meter, cell.region, *path), units)


@cache
def places(variants: tuple[str, ...]) -> dict[str, int]:
    """Return the position of each variant."""
    return {variant: place for place, variant in enumerate(variants)}


def _price(rate: Rate | None, variant: str, region: str) -> float:
    """Return the newest price of a variant [USD per unit]; NaN where it is not known."""
    place = places(rate.variants).get(variant) if rate else None
    if rate is None or place is None:
        return float("nan")
    return float(rate.first[place, -1, REGION_CODES.index(region)])


def _normalised_units(cell: Cell, words: dict[str, str], catalogue: Catalogue) -> float:
    units = catalogue.card(cell.service).rules.normalised_units
    return float(units.get(_class(words).rpartition(".")[2], np.nan))


def _class(words: dict[str, str]) -> str:
    """Return the class of instances among the words of a variant, "" where there is none."""
    return next((words[name] for name in CLASS_DIMENSIONS if name in words), "")


def _family(words: dict[str, str]) -> str:
    """Return the family of a class without its product: ``r7g`` of ``db.r7g.large``."""
    parts = [part for part in _class(words).split(".") if GENERATION.match(part)]
    return parts[0] if parts else ""


class Covered(NamedTuple):
    """What Database Savings Plans charge for a cell."""

    cell: int
    """Index of the cell."""
    ratio: float
    """The plan's rate over the price on demand; NaN where it is not known."""
    rate: SavingsRate
    derived: bool
    """Whether the rate was not read for this Region and family, but follows from others."""


def savings_rates(uses: Uses, catalogue: Catalogue) -> list[Covered]:
    """Return the rate of Database Savings Plans for each cell that they cover."""
    found = ((index, cell, _savings_rate(cell, catalogue)) for index, cell in enumerate(uses.cells))
    return [
        Covered(
            index,
            float("nan") if rate.ratio is None else rate.ratio,
            rate,
            rate.derived(cell.region, _family(_words(cell, catalogue))),
        )
        for index, cell, rate in found
        if rate
    ]


def _savings_rate(cell: Cell, catalogue: Catalogue) -> SavingsRate | None:
    words = _words(cell, catalogue)
    generation = GENERATION.match(_family(words))
    for rate in catalogue.table(cell.service).description.savings_plan.values():
        is_new = not rate.generation or (generation and int(generation[1]) >= rate.generation)
        if cell.meter in rate.meters and is_new and _is_among(rate.where, words):
            return rate
    return None


def _words(cell: Cell, catalogue: Catalogue) -> dict[str, str]:
    """Return the words of a cell's variant by dimension."""
    meter = catalogue.table(cell.service).description.meters[cell.meter]
    return dict(zip(meter.dimensions, cell.variant.split("/"), strict=False))


def is_known(cell: Cell, catalogue: Catalogue) -> bool:
    """Return whether a variant of a meter has prices on demand."""
    rates = catalogue.card(cell.service).rates
    return cell.meter in rates and cell.variant in rates[cell.meter].variants
