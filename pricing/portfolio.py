"""Many workloads of mixed services on one bill.

What AWS counts over the whole account is counted once and shared back by quantity: volume tiers,
free allowances and account minimums [1]_. An axis over the engine; no formula is written twice.

What is counted are sums over small tables, so that rows can be priced some at a time: once to count
them, and again to settle them.

References
----------
.. [1] "Volume discounts", AWS Billing user guide (2023),
   https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/useconsolidatedbilling-discounts.html
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np

from pricing import engine
from pricing.catalogue import Catalogue, packaged
from pricing.engine import Bill, Line, Lines
from pricing.errors import DateBeforePricesError
from pricing.model import Service, WorkloadFields
from pricing.quantities import REGION_CODES
from pricing.rates import Rate

CHUNK = engine.CELLS
"""Workloads of a portfolio that are priced together."""
At = tuple[str, int]
"""Where a line is found: the key of its service, and its place among the service's lines."""


@dataclass(frozen=True, eq=False)
class Part:
    """The workloads of one service: their places in the portfolio, and their bill."""

    rows: Any
    bill: Bill


def estimate(
    services: Sequence[Service],
    workloads: Sequence[WorkloadFields],
    catalogue: Catalogue | None = None,
    *,
    free_tier: bool = False,
) -> list[Part]:
    """Price workloads on one bill.

    Parameters
    ----------
    services : for each workload its service
    workloads : already validated
    catalogue : what prices them; the packaged one where none is given
    free_tier : whether AWS's free allowances are taken off

    Returns
    -------
    one part for each service, in the order of first appearance

    Raises
    ------
    DateBeforePricesError
        where a ``price_date`` lies before the first known price of its service; ``rows`` are
        places in the portfolio.
    """
    return price(columns(services, workloads), catalogue or packaged(), free_tier=free_tier)


@dataclass(frozen=True, eq=False)
class Columns:
    """The workloads of one service as columns, and their places in the portfolio."""

    service: Service
    rows: Any
    workload: Any


def columns(services: Sequence[Service], workloads: Sequence[WorkloadFields]) -> list[Columns]:
    """Turn mixed rows into columns, service by service."""
    known = list(dict.fromkeys(services))
    place = {id(service): index for index, service in enumerate(known)}
    codes = np.fromiter(map(place.__getitem__, map(id, services)), dtype=np.intp)
    parts = []
    for index, service in enumerate(known):
        rows = np.flatnonzero(codes == index)
        own = list(map(workloads.__getitem__, rows.tolist()))
        parts.append(Columns(service, rows, engine.columns(service.workload, own)))
    return parts


def end_to_end(chunks: Iterable[Sequence[Columns]]) -> list[Columns]:
    """Put the columns of successive rows of a portfolio together, service by service."""
    found: dict[str, list[Columns]] = {}
    done = 0
    for parts in chunks:
        for part in parts:
            shifted = replace(part, rows=part.rows + done)
            found.setdefault(part.service.key, []).append(shifted)
        done += sum(len(part.rows) for part in parts)
    return [
        Columns(
            own[0].service,
            np.concatenate([part.rows for part in own]),
            engine.end_to_end([part.workload for part in own]),
        )
        for own in found.values()
    ]


@dataclass(frozen=True, eq=False)
class Portfolio:
    """Workloads on one bill, which is worked out some rows at a time."""

    parts: Sequence[Columns]
    catalogue: Catalogue
    account: "Account"

    @property
    def count(self) -> int:
        """Count the workloads."""
        return sum(len(part.rows) for part in self.parts)

    @property
    def chunks(self) -> Iterator[list[Part]]:
        """The bill in parts: of the services of some workloads, then of the next ones."""
        return map(self._settled, chunks(self.parts))

    @property
    def whole(self) -> list[Part]:
        """The bill at once: one part for each service."""
        return self._settled(self.parts)

    def _settled(self, parts: Sequence[Columns]) -> list[Part]:
        bills = (priced(part, self.catalogue) for part in parts)
        settled = map(self.account.settle, bills)
        return [Part(part.rows, bill) for part, bill in zip(parts, settled, strict=True)]


def counted(parts: Sequence[Columns], catalogue: Catalogue, *, free_tier: bool) -> Portfolio:
    """Count what an account has of everything; see :func:`estimate`."""
    refuse_early(parts, catalogue)
    account = Account(free_tier=free_tier)
    for some in chunks(parts):
        for part in some:
            account.count(priced(part, catalogue))
    return Portfolio(parts, catalogue, account)


def price(parts: Sequence[Columns], catalogue: Catalogue, *, free_tier: bool) -> list[Part]:
    """Price columns on one bill; see :func:`estimate`. A last axis of months counts apart."""
    refuse_early(parts, catalogue)
    settled = settle([priced(part, catalogue) for part in parts], free_tier=free_tier)
    return [Part(part.rows, bill) for part, bill in zip(parts, settled, strict=True)]


def settle(bills: Sequence[Bill], *, free_tier: bool) -> list[Bill]:
    """Count volume tiers, allowances and minimums once for all rows of all bills."""
    account = Account(free_tier=free_tier)
    for bill in bills:
        account.count(bill)
    return list(map(account.settle, bills))


def chunks(parts: Sequence[Columns]) -> Iterator[list[Columns]]:
    """Give the rows of a portfolio some at a time, in the order of their places."""
    count = sum(len(part.rows) for part in parts)
    for start in range(0, count, CHUNK):
        some = [rows_of(part, start, start + CHUNK) for part in parts]
        yield [part for part in some if len(part.rows)]


def rows_of(part: Columns, start: int, stop: int) -> Columns:
    """Give the workloads from one place in the portfolio to another."""
    rows = slice(*np.searchsorted(part.rows, (start, stop)).tolist())
    return Columns(part.service, part.rows[rows], engine.rows_of(part.workload, rows))


def priced(part: Columns, catalogue: Catalogue) -> Bill:
    """Price workloads as independent alternatives."""
    return engine.price(part.service, part.workload, catalogue.card(part.service.key))


def refuse_early(parts: Sequence[Columns], catalogue: Catalogue) -> None:
    """Refuse days before the first known price, naming places in the portfolio."""
    early: dict[int, tuple[str, date]] = {}
    for part in parts:
        days, card = part.workload.price_date, catalogue.card(part.service.key)
        try:
            engine.refuse_early(part.service, days, card)
        except DateBeforePricesError as error:
            early |= {int(part.rows[row]): first for row, first in error.rows.items()}
    if early:
        raise DateBeforePricesError(dict(sorted(early.items())))


class Account:
    """What an account has of all that AWS counts once: it counts bills, and then settles them.

    Both row after row, in any parts: of the bills it keeps only sums. These are of each line apart,
    and so added up in one order, whatever the parts.
    """

    def __init__(self, *, free_tier: bool) -> None:
        self.free_tier = free_tier
        self._pools: dict[str, Pool] = {}
        self._minimums: dict[At, Minimum] = {}

    def count(self, bill: Bill) -> None:
        """Add a bill up."""
        lines = list(bill.lines)
        for place, name in self._pooled(bill).items():
            pool = self._pools.setdefault(name, Pool(self.free_tier, {}))
            pool.count((bill.service.key, place), lines[place])
        for place, line in _minimums(lines):
            minimum = self._minimums.setdefault((bill.service.key, place), Minimum(line))
            minimum.count(line, made_up(line, lines))

    def settle(self, bill: Bill) -> Bill:
        """Give each row of a bill its share of what was counted."""
        pooled = self._pooled(bill)
        if not pooled and not any(rate.meter.makes_up for rate in bill.lines.rates):
            return bill
        lines = list(bill.lines)
        settled = list(lines)
        for place, name in pooled.items():
            settled[place] = self._pools[name].settle((bill.service.key, place), lines[place])
        for place, line in _minimums(lines):
            minimum = self._minimums[bill.service.key, place]
            settled[place] = minimum.settle(line, made_up(line, lines))
        return replace(bill, lines=Lines.of(settled))

    def _pooled(self, bill: Bill) -> dict[int, str]:
        """Give the lines of a bill that count together with others, and the names of their pools.

        Lines of a meter that has no pool by name are one of their own.
        """
        rates, free = bill.lines.rates, bill.lines.free
        provisioned = {rate.name for rate, some in zip(rates, free, strict=True) if np.ndim(some)}
        return {
            place: rate.meter.pool or f"{bill.service.key}.{rate.name}"
            for place, rate in enumerate(rates)
            if rate.meter.pool
            or rate.name in provisioned
            or (self.free_tier and rate.meter.free_allowance)
        }


@dataclass(frozen=True, eq=False)
class Sums:
    """Sums of one line, flat over (variant, Region, month) [units]."""

    rate: Rate
    quantity: Any
    free: Any

    @classmethod
    def none(cls, line: Line) -> "Sums":
        """Give the sums of no row."""
        return cls(line.rate, empty(line), empty(line))

    @property
    def shape(self) -> tuple[int, int, int]:
        """How many variants, with one for no such variant, Regions and months there are."""
        variants, regions = len(self.rate.variants) + 1, len(REGION_CODES)
        return variants, regions, len(self.quantity) // (variants * regions)

    def spread(self, table: Any) -> Any:
        """Lay a table that broadcasts to (variant, Region, month) out flat."""
        return np.broadcast_to(table, self.shape).ravel()

    def over_regions(self, sums: Any) -> Any:
        """Add sums up over the Regions."""
        return self.spread(sums.reshape(self.shape).sum(axis=1, keepdims=True))


@dataclass(frozen=True, eq=False)
class Pool:
    """Lines that share tiers, an allowance, or what comes free with what is provisioned.

    All that it takes off a quantity is a share that follows from the sums alone; so it is taken off
    the quantities of rows, of which ``key`` names the cells in the sums, or off the sums (``...``).
    """

    free_tier: bool
    lines: dict[At, Sums]

    def count(self, at: At, line: Line) -> None:
        """Add the rows of a line up."""
        sums = self.lines.setdefault(at, Sums.none(line))
        add(line, line.quantity, sums.quantity)
        add(line, line.free, sums.free)

    def settle(self, at: At, line: Line) -> Line:
        """Take what is free off a line, and price what is left in the pool's tiers.

        Each row pays the pool's mean price: the cost of the pool times its share of the quantity.
        """
        key = cells(line)
        left = self._left(at, line.quantity, key)
        pool = left
        if line.rate.meter.pool:
            pool = sum(self._left(own, sums.quantity, ...) for own, sums in self.lines.items())[key]
        return repriced(line, left, pool, key)

    @property
    def _allowed(self) -> bool:
        meters = [sums.rate.meter for sums in self.lines.values()]
        return self.free_tier and any(meter.free_allowance for meter in meters)

    @property
    def _provisioned(self) -> Any:
        """What is free over all lines, flat over (variant, Region, month) [units]."""
        return sum(sums.free for sums in self.lines.values())

    def _left(self, at: At, quantity: Any, key: Any) -> Any:
        """Take all that is free off quantities of a line."""
        left = self._reduced(quantity, key)
        return self._without_allowance(at, left, key) if self._allowed else left

    def _reduced(self, quantity: Any, key: Any) -> Any:
        """Take what is provisioned in each Region and variant off the quantities in it."""
        if not self._provisioned.any():
            return quantity
        total = sum(sums.quantity for sums in self.lines.values())
        return reduced(quantity, total[key], self._provisioned[key])

    def _without_allowance(self, at: At, quantity: Any, key: Any) -> Any:
        """Take the free allowance of the account, or of each Region, off quantities."""
        own, meter = self.lines[at], next(iter(self.lines.values())).rate.meter
        codes = np.array(REGION_CODES)[:, np.newaxis]
        inside = own.spread(~np.isin(codes, meter.allowance_excludes))
        given = own.spread(allowances(own.rate)[:, np.newaxis, np.newaxis]) * inside
        total = sum(self._reduced(sums.quantity, ...) * inside for sums in self.lines.values())
        if meter.allowance_scope == "account":
            total = own.over_regions(total)
        part = quantity * inside[key]
        return quantity - part + reduced(part, total[key], given[key])


class Minimum:
    """What counts towards an account's minimum, flat over (Region, month) [units].

    A row alone makes up max(0, minimum - used), so that the largest sum of both in a Region is the
    minimum, or more than it where there is no shortfall.
    """

    def __init__(self, line: Line) -> None:
        size = len(REGION_CODES) * months(line)
        self._largest, self._used, self._members = np.zeros((3, size))

    def count(self, line: Line, used: Any) -> None:
        """Add rows up that use so much of what the line makes up for [units]."""
        key, member = by_month(line.region).ravel(), is_member(line).ravel()
        np.maximum.at(self._largest, key, np.where(member, np.ravel(line.quantity + used), 0))
        np.add.at(self._used, key, np.where(member, used.ravel(), 0))
        np.add.at(self._members, key, member.astype(np.float64))

    def settle(self, line: Line, used: Any) -> Line:
        """Give each row its part of what its Region falls short of the minimum, by what it uses."""
        key = by_month(line.region)
        total, members = self._used[key], np.maximum(1, self._members[key])
        missing = np.maximum(0, self._largest[key] - total)
        share = np.where(total > 0, used / np.where(total > 0, total, 1), 1 / members)
        quantity = np.where(is_member(line), missing * share, 0)
        return repriced(replace(line, quantity=quantity), quantity, quantity, key)


def repriced(line: Line, billable: Any, pool: Any, key: Any) -> Line:
    """Price a line's billable quantity as its share of a pool's; ``key`` names the pool."""
    unit_price, cost = line.rate.price(pool, line.variant, line.day, line.region)
    share = billable / np.where(pool > 0, pool, 1)
    cost = np.where(billable > 0, cost * share, 0)
    return replace(line, billable=billable, unit_price=unit_price, cost=cost, pool=key)


def reduced(quantity: Any, total: Any, free: Any) -> Any:
    """Take what is free of a total off a quantity, by its share [units]."""
    return quantity * np.maximum(0, total - free) / np.where(total > 0, total, 1)


def allowances(rate: Rate) -> Any:
    """Give the free allowance of each variant of a meter, 0 where there is none [units]."""
    given = rate.meter.free_allowance
    return np.array([given.get(variant, 0) for variant in (*rate.variants, "\0")])


def summed(line: Line, amounts: Any) -> Any:
    """Add amounts up over all rows of a variant and Region, month by month.

    Returns
    -------
    array of the line's shape: the sum that each of its rows belongs to
    """
    sums = empty(line)
    add(line, amounts, sums)
    return sums[cells(line)]


def empty(line: Line) -> Any:
    """Give sums of no row, flat over (variant, Region, month)."""
    return np.zeros((len(line.rate.variants) + 1) * len(REGION_CODES) * months(line))


def add(line: Line, amounts: Any, sums: Any) -> None:
    """Add amounts of a line's rows to sums, flat over (variant, Region, month)."""
    np.add.at(sums, cells(line).ravel(), np.ravel(amounts))


def cells(line: Line) -> Any:
    """Give for each row its place in sums, flat over (variant, Region, month)."""
    return by_month(line.variant * len(REGION_CODES) + line.region)


def by_month(key: Any) -> Any:
    """Tell keys of different months apart; months are the last of two axes or more."""
    if key.ndim == 1:
        return key
    return key * key.shape[-1] + np.arange(key.shape[-1])


def months(line: Line) -> int:
    """Count the months of a line."""
    return int(line.quantity.shape[-1]) if line.quantity.ndim > 1 else 1


def _minimums(lines: Sequence[Line]) -> Iterator[tuple[int, Line]]:
    """Give the lines that make up an account's minimum, with their places."""
    return ((place, line) for place, line in enumerate(lines) if line.rate.meter.makes_up)


def made_up(line: Line, lines: Iterable[Line]) -> Any:
    """Give what each row uses of the charges that count towards a minimum [units]."""
    return sum(
        np.where(same_variant(other, line), other.quantity, 0)
        for other in lines
        if other.rate.name in line.rate.meter.makes_up
    )


def same_variant(line: Line, other: Line) -> Any:
    """Tell where two lines are of variants of one name [bool array]."""
    names, others = (np.array([*one.rate.variants, "\0"]) for one in (line, other))
    return names[line.variant] == others[other.variant]


def is_member(line: Line) -> Any:
    """Tell where a line's meter has such a variant at all [bool array]."""
    return line.variant < len(line.rate.variants)
