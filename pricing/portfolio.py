"""Many workloads of mixed services on one bill.

AWS applies volume tiers, free allowances and minimums to the whole account [1]_. They are counted
once, and each workload pays its share by quantity; see :mod:`pricing.account`.

Counting keeps only small tables of sums. Rows are therefore priced in chunks, twice: once to count
them, and once to settle them.

References
----------
.. [1] "Volume discounts", AWS Billing user guide (2023),
   https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/useconsolidatedbilling-discounts.html
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
from msgspec import structs

from pricing import bought, engine, hours, offers
from pricing.account import Account
from pricing.arrays import Flags, Numbers, Places
from pricing.bought import Applied, Bought
from pricing.catalogue import Catalogue, packaged
from pricing.engine import Bill
from pricing.errors import DateBeforePricesError, GivenTwiceError
from pricing.model import Service, WorkloadFields
from pricing.offers import Uses

CHUNK = engine.CELLS // 2
"""Workloads of a portfolio priced at once: the bills of all its services are held together."""


@dataclass(frozen=True, eq=False)
class BilledPart:
    """The workloads of one service: their positions in the portfolio, and their bill."""

    rows: Places
    bill: Bill


def estimate(
    services: Sequence[Service],
    workloads: Sequence[WorkloadFields],
    catalogue: Catalogue | None = None,
    *,
    free_tier: bool = False,
) -> list[BilledPart]:
    """Price workloads on one bill.

    Parameters
    ----------
    services : the service of each workload
    workloads : already validated
    catalogue : the prices; the packaged catalogue by default
    free_tier : whether AWS's free allowances are taken off

    Returns
    -------
    one part for each service, in the order of first appearance

    Raises
    ------
    DateBeforePricesError
        if a ``price_date`` is before its service's first known price; ``rows`` are positions in the
        portfolio.
    GivenTwiceError
        if a workload gives numbers that exclude each other; rows are positions in the portfolio.
    """
    return price(columns(services, workloads), catalogue or packaged(), free_tier=free_tier)


@dataclass(frozen=True, eq=False)
class PortfolioPart:
    """The workloads of one service as columns, and their positions in the portfolio."""

    service: Service
    rows: Places
    workload: Any
    load: Numbers = None
    """What the means of each workload are multiplied by [row, hour]; None where they stay."""


def columns(
    services: Sequence[Service], workloads: Sequence[WorkloadFields]
) -> list[PortfolioPart]:
    """Turn rows of mixed services into columns, service by service."""
    known = list(dict(zip(map(id, services), services, strict=True)).values())
    indices = {id(service): index for index, service in enumerate(known)}
    codes = np.fromiter(map(indices.__getitem__, map(id, services)), dtype=np.intp)
    parts = []
    for index, service in enumerate(known):
        rows = np.flatnonzero(codes == index)
        own = list(map(workloads.__getitem__, rows.tolist()))
        workload = engine.thinned(engine.columns(service.workload, own))
        parts.append(PortfolioPart(service, rows, workload))
    return parts


def concatenated(chunks: Iterable[Sequence[PortfolioPart]]) -> list[PortfolioPart]:
    """Join the columns of consecutive chunks of a portfolio, service by service."""
    found: dict[str, list[PortfolioPart]] = {}
    done = 0
    for parts in chunks:
        for part in parts:
            shifted = replace(part, rows=part.rows + done)
            found.setdefault(part.service.key, []).append(shifted)
        done += sum(len(part.rows) for part in parts)
    return [
        PortfolioPart(
            own[0].service,
            np.concatenate([part.rows for part in own]),
            engine.concatenated([part.workload for part in own]),
        )
        for own in found.values()
    ]


@dataclass(frozen=True)
class Fee:
    """A charge of the account that belongs to no workload.

    ``cost`` [USD a month] is NaN where its price is not known.
    """

    service: str
    name: str
    cost: float


@dataclass(frozen=True, eq=False)
class Portfolio:
    """Workloads on one bill, which is computed in chunks of rows."""

    parts: Sequence[PortfolioPart]
    catalogue: Catalogue
    account: Account
    fees: tuple[Fee, ...] = ()
    bought: Bought | None = None
    applied: Applied | None = None
    """What the commitments that are bought cover, where there are any."""

    @property
    def count(self) -> int:
        """The number of workloads."""
        return sum(len(part.rows) for part in self.parts)

    @property
    def chunks(self) -> Iterator[list[BilledPart]]:
        """The bill in consecutive chunks of workloads, each with one part a service."""
        return map(self._settled, chunks(self.parts))

    @cached_property
    def uses(self) -> Uses:
        """What the workloads use together, hour by hour where their loads have hours."""
        if self.applied is not None:
            return self.applied.uses
        if not self.is_steady:
            return used(self.parts, self.catalogue, free_tier=self.account.free_tier)
        return offers.counted(part.bill for chunk in self.chunks for part in chunk)

    @property
    def is_steady(self) -> bool:
        """Whether all that is used is the same in every hour."""
        return all(part.load is None for part in self.parts)

    def _settled(self, parts: Sequence[PortfolioPart]) -> list[BilledPart]:
        bills = (priced(part, self.catalogue) for part in parts)
        settled = map(self.account.settle, bills)
        if self.applied is not None:
            settled = map(self.applied.paid, settled)
        return [BilledPart(part.rows, bill) for part, bill in zip(parts, settled, strict=True)]


def counted(parts: Sequence[PortfolioPart], catalogue: Catalogue, *, free_tier: bool) -> Portfolio:
    """Count what AWS meters per account; see :func:`estimate`."""
    refuse(parts, catalogue)
    parts = fed(parts)
    account = Account(free_tier=free_tier)
    for chunk in chunks(parts):
        for part in chunk:
            account.count(priced(part, catalogue))
    return Portfolio(parts, catalogue, account)


def with_commitments(asked: Portfolio, owned: Bought) -> Portfolio:
    """Apply commitments to what all workloads of a portfolio use."""
    applied = bought.applied(asked.uses, owned, asked.catalogue)
    return replace(asked, bought=owned, applied=applied)


def used(parts: Sequence[PortfolioPart], catalogue: Catalogue, *, free_tier: bool) -> Uses:
    """Return what workloads use together in each hour of their loads, months one after the other.

    All parts have a load.
    """
    account = Account(free_tier=free_tier)
    for bill in _by_hour(parts, catalogue):
        account.count(bill)
    return offers.counted(map(account.settle, _by_hour(parts, catalogue)))


def _by_hour(parts: Sequence[PortfolioPart], catalogue: Catalogue) -> Iterator[Bill]:
    """Yield the bills of some workloads of one service at a time, by hour."""
    for part in parts:
        wide, card = part.workload.name.shape[1:], catalogue.card(part.service.key)
        step = max(1, CHUNK // math.prod((*wide, part.load.shape[-1])))
        for row in range(0, len(part.rows), step):
            rows = slice(row, row + step)
            load = part.load[rows].reshape(-1, *[1] * len(wide), part.load.shape[-1])
            workload = engine.sliced(part.workload, rows)
            yield hours.by_hour(part.service, workload, card, load)


def price(
    parts: Sequence[PortfolioPart], catalogue: Catalogue, *, free_tier: bool
) -> list[BilledPart]:
    """Price columns on one bill; see :func:`estimate`. Further axes are counted separately."""
    refuse(parts, catalogue)
    parts = fed(parts)
    settled = settle([priced(part, catalogue) for part in parts], free_tier=free_tier)
    return [BilledPart(part.rows, bill) for part, bill in zip(parts, settled, strict=True)]


def fed(parts: Sequence[PortfolioPart]) -> list[PortfolioPart]:
    """Add what workloads send to those of other services in their group that take it."""
    own = {part.service.key: part for part in parts}
    return [
        replace(part, workload=structs.replace(part.workload, **dict(_intakes(part, own))))
        for part in parts
    ]


def _intakes(
    taker: PortfolioPart, own: Mapping[str, PortfolioPart]
) -> Iterator[tuple[str, Numbers]]:
    """Yield the numbers of a service's workloads that grow by what they are sent."""
    for key, intake in taker.service.takes.items():
        wanted = _first_month(getattr(taker.workload, intake.wanted))
        if key in own and wanted.any():
            sent = _sent(own[key], taker, wanted)
            yield intake.per_second, getattr(taker.workload, intake.per_second) + sent


def _sent(sender: PortfolioPart, taker: PortfolioPart, wanted: Flags) -> Numbers:
    """Return what the first taker of each group and Region is sent [1/s], month by month."""
    flow = sender.service.sends[taker.service.key](sender.workload)
    takers = np.flatnonzero(wanted).tolist()
    homes = _homes(taker.workload)
    first = {homes[row]: row for row in reversed(takers)}
    rows = np.array([first.get(home, -1) for home in _homes(sender.workload)])
    sent = np.zeros((len(homes), *flow.shape[1:]))
    np.add.at(sent, rows[rows >= 0], flow[rows >= 0])
    return sent


def _homes(workload: Any) -> list[tuple[str, int]]:
    """Return the group and the Region of each workload."""
    groups, regions = _first_month(workload.group), _first_month(workload.region.codes)
    return list(zip(groups.tolist(), regions.tolist(), strict=True))


def _first_month(column: Numbers) -> Numbers:
    """Return a column without its months, of which it has the same in each."""
    return column.reshape(len(column), -1)[:, 0]


def settle(bills: Sequence[Bill], *, free_tier: bool) -> list[Bill]:
    """Apply volume tiers, allowances and minimums once to all rows of all bills."""
    account = Account(free_tier=free_tier)
    for bill in bills:
        account.count(bill)
    return list(map(account.settle, bills))


def chunks(parts: Sequence[PortfolioPart]) -> Iterator[list[PortfolioPart]]:
    """Yield consecutive chunks of a portfolio's rows."""
    count = sum(len(part.rows) for part in parts)
    for start in range(0, count, CHUNK):
        chunk = [sliced(part, start, start + CHUNK) for part in parts]
        yield [part for part in chunk if len(part.rows)]


def sliced(part: PortfolioPart, start: int, stop: int) -> PortfolioPart:
    """Return the workloads at positions from ``start`` up to ``stop`` of the portfolio."""
    rows = slice(*np.searchsorted(part.rows, (start, stop)).tolist())
    load = None if part.load is None else part.load[rows]
    workload = engine.sliced(part.workload, rows)
    return replace(part, rows=part.rows[rows], workload=workload, load=load)


def priced(part: PortfolioPart, catalogue: Catalogue) -> Bill:
    """Price workloads independently of each other, over the hours of their loads."""
    card = catalogue.card(part.service.key)
    if part.load is None or part.service.hourly is None:
        return engine.price(part.service, part.workload, card)
    return hours.price(part.service, part.workload, card, part.load)


def refuse(parts: Sequence[PortfolioPart], catalogue: Catalogue) -> None:
    """Raise an error if workloads cannot be priced; it names portfolio positions."""
    refuse_early(parts, catalogue)
    found = [
        one._replace(row=int(part.rows[one.row]))
        for part in parts
        for one in engine.given_twice(part.service, part.workload)
    ]
    if found:
        raise GivenTwiceError(sorted(found))


def refuse_early(parts: Sequence[PortfolioPart], catalogue: Catalogue) -> None:
    """Raise an error if a day is before the first known price; it names portfolio positions."""
    early: dict[int, tuple[str, date]] = {}
    for part in parts:
        days, card = part.workload.price_date, catalogue.card(part.service.key)
        try:
            engine.refuse_early(part.service, days, card)
        except DateBeforePricesError as error:
            early |= {int(part.rows[row]): first for row, first in error.rows.items()}
    if early:
        raise DateBeforePricesError(dict(sorted(early.items())))
