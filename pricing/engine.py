"""Demand in, capacity, charges and findings out: a batch of workloads through one service.

There is no scalar path: one workload is a batch of one. Quantities come first and money second:
:func:`metered` runs the formulas by the hour, :func:`folded` makes a month of the hours, and
:func:`billed` prices it.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from operator import itemgetter
from types import MappingProxyType
from typing import Any

import msgspec
import numpy as np
from msgspec import inspect

from pricing.arrays import Flags, Numbers, Places, Words
from pricing.catalogue import Catalogue, packaged
from pricing.errors import DateBeforePricesError
from pricing.model import Charge, Finding, Service, WorkloadFields, kinds
from pricing.rates import Choice, Rate, RateCard, day_number
from pricing.tables import Quota

CELLS = 2**13
"""Workloads, or workload-months, that are priced at once, about, so that they stay in cache."""


@dataclass(frozen=True, eq=False)
class Line:
    """One charge of every workload of the batch; arrays have the batch's shape.

    ``quantity`` [units of the meter a month] is what is used, ``free`` what of it comes with what
    is provisioned, ``billable`` what is priced, ``unit_price`` [USD per unit], ``cost`` [USD a
    month]; both prices are NaN where ``unpriced``. ``place`` is that of the price on the card;
    ``variant``, ``day`` and ``region`` are positions in ``rate``: the Region is where the charge
    is billed. ``by`` are the choices that name the variant.
    """

    rate: Rate
    by: tuple[Choice, ...]
    free: Any
    quantity: Any
    billable: Any
    unit_price: Any
    cost: Any
    place: Any
    pool: Any = None
    """Names the pool that each row's cost is a share of; none where it is its own."""

    @property
    def unpriced(self) -> Any:
        """Where something is charged for which no price is known [bool array]."""
        return np.asarray(self.cost != self.cost, dtype=bool)

    @cached_property
    def variant(self) -> Any:
        """Position of the variant."""
        _, days, regions = self.rate.first.shape
        return self.place // (days * regions) - self.rate.place

    @cached_property
    def day(self) -> Any:
        """Position of the day."""
        _, days, regions = self.rate.first.shape
        return self.place // regions % days

    @cached_property
    def region(self) -> Any:
        """Position of the Region."""
        return self.place % self.rate.first.shape[-1]


@dataclass(frozen=True, eq=False)
class Lines(Sequence[Line]):
    """Every charge of the batch: the arrays of :class:`Line` with a first axis of lines.

    ``by`` and ``free`` have an item for each line, which broadcasts to the batch's shape.
    """

    rates: tuple[Rate, ...]
    by: tuple[tuple[Choice, ...], ...]
    free: tuple[Any, ...]
    quantity: Any
    billable: Any
    unit_price: Any
    cost: Any
    place: Any
    pools: tuple[Any, ...]

    def __len__(self) -> int:
        """Count the lines."""
        return len(self.rates)

    def __getitem__(self, line: Any) -> Any:
        """Give one line."""
        free = np.broadcast_to(self.free[line], self.quantity.shape[1:])
        stacks: Any = {name: getattr(self, name)[line] for name in STACKED}
        return Line(self.rates[line], self.by[line], free, pool=self.pools[line], **stacks)

    @property
    def unpriced(self) -> Any:
        """Where something is charged for which no price is known [line, ...]."""
        return np.asarray(self.cost != self.cost, dtype=bool)

    @classmethod
    def of(cls, lines: Sequence[Line]) -> "Lines":
        """Lay lines one on the other."""
        stacks: Any = {name: np.stack([getattr(line, name) for line in lines]) for name in STACKED}
        rates, by, free, pools = (
            tuple(getattr(line, name) for line in lines) for name in ("rate", "by", "free", "pool")
        )
        return cls(rates, by, free, pools=pools, **stacks)


STACKED = ("quantity", "billable", "unit_price", "cost", "place")
"""What :class:`Lines` holds as stacks."""
COMPARED = ("value", "limit", "applies")
"""What :class:`Checks` holds as stacks."""


@dataclass(frozen=True, eq=False)
class Check:
    """One finding of every workload of the batch; arrays have the batch's shape."""

    rule: str
    quota: Quota
    value: Any
    limit: Any
    applies: Any
    fact: bool

    @property
    def over(self) -> Flags:
        """Where the value is beyond the limit; a fact is so everywhere."""
        return (self.value > self.limit) | self.fact

    @property
    def exceeded(self) -> Any:
        """Where the workload is not feasible unless AWS raises the limit [bool array]."""
        infeasible = self.quota.severity == "limit"
        return np.asarray(infeasible & self.applies & self.over, dtype=bool)


@dataclass(frozen=True, eq=False)
class Checks(Sequence[Check]):
    """Every finding of the batch: the arrays of :class:`Check` with a first axis of findings."""

    rules: tuple[str, ...]
    quotas: tuple[Quota, ...]
    facts: Flags
    """Which findings are facts, not limits [finding]; a fact's value is a count, or NaN."""
    value: Any
    limit: Any
    applies: Any

    def __len__(self) -> int:
        """Count the findings."""
        return len(self.rules)

    def __getitem__(self, place: Any) -> Any:
        """Give one finding."""
        arrays: Any = {name: getattr(self, name)[place] for name in COMPARED}
        rule, quota, fact = self.rules[place], self.quotas[place], bool(self.facts[place])
        return Check(rule, quota, fact=fact, **arrays)

    @property
    def ruling(self) -> Any:
        """Which findings make a workload infeasible where they are exceeded [finding]."""
        return np.array([quota.severity == "limit" for quota in self.quotas])

    @property
    def over(self) -> Flags:
        """Where a value is beyond its limit; a fact is so everywhere [finding, ...]."""
        return (self.value > self.limit) | aligned(self.facts, self.value.ndim)

    @property
    def exceeded(self) -> Any:
        """Where the workload is not feasible unless AWS raises the limit [finding, ...]."""
        ruling = aligned(self.ruling, self.value.ndim)
        return np.asarray(ruling & self.applies & self.over, dtype=bool)


def aligned(values: Any, ndim: int) -> Any:
    """Give one value a line an array that broadcasts with arrays of lines."""
    return values.reshape(-1, *[1] * (ndim - 1))


@dataclass(frozen=True, eq=False)
class Bill:
    """The answer for a batch: its columns, capacity, lines and checks."""

    service: Service
    card: RateCard
    workload: Any
    """The batch as one ``Workload`` that holds arrays."""
    capacity: Any
    """The service's ``Capacity`` that holds arrays."""
    lines: Lines
    checks: Checks

    @property
    def cost(self) -> Any:
        """The whole cost [USD a month]; NaN where a charge is unpriced."""
        return sum(self.lines.cost)


def estimate(
    service: Service, workloads: Sequence[WorkloadFields], catalogue: Catalogue | None = None
) -> Bill:
    """Price workloads as independent alternatives, in their order.

    Parameters
    ----------
    service : Service
    workloads : sequence of the service's ``Workload``, already validated
    catalogue : what prices them; the packaged one where none is given

    Raises
    ------
    DateBeforePricesError
        where a ``price_date`` lies before the first known price of the service.
    """
    card = (catalogue or packaged()).card(service.key)
    return price(service, columns(service.workload, workloads), card)


Curves = Mapping[str, Numbers]
"""Fields that vary over the hours of a day, each with a last axis of hours [..., hour]."""
NO_CURVES: Curves = MappingProxyType({})


def price(service: Service, workload: Any, card: RateCard, curves: Curves = NO_CURVES) -> Bill:
    """Price one ``Workload`` that holds arrays; see :func:`estimate`.

    Its names have the shape of the batch; the other columns broadcast to it. ``curves`` go before
    its own numbers.
    """
    refuse_early(service, workload.price_date, card)
    first, *more = parts(service, workload, card, curves)
    return _joined(workload, [first, *more]) if more else first


def parts(
    service: Service, workload: Any, card: RateCard, curves: Curves = NO_CURVES
) -> Iterator[Bill]:
    """Price some rows after the other, none of which has too early a day; see :func:`price`."""
    hours = max([1, *(curve.shape[-1] for curve in curves.values())])
    rows, cells = len(workload.name), workload.name.size * hours
    step = max(1, math.ceil(rows / max(1, round(cells / CELLS))))
    for row in range(0, max(1, rows), step):
        place = slice(row, row + step)
        own = {field: _some(curve, place) for field, curve in curves.items()}
        some = metered(service, rows_of(workload, place), card, own)
        yield billed(folded(some) if curves else some)


def rows_of(workload: Any, rows: slice) -> Any:
    """Give some rows of columns; a single row stands for all."""
    return reshape(workload, lambda column: _some(column, rows))


def _some(column: Any, rows: slice) -> Any:
    return column if len(column) == 1 else column[rows]


def rows_of_bill(bill: Bill, rows: slice) -> Bill:
    """Give the bill of some workloads of a batch, without copying."""
    return reshape_bill(bill, itemgetter(rows), itemgetter((slice(None), rows)))


def reshape_bill(bill: Bill, change: Callable[[Any], Any], restack: Callable[[Any], Any]) -> Bill:
    """Give a bill with its arrays laid out anew.

    ``change`` lays out an array of the batch's shape, ``restack`` one with a first axis of lines or
    findings before it.
    """
    shape = bill.workload.name.shape

    def changed(column: Any) -> Any:
        return change(np.broadcast_to(column, shape))

    lines, checks = bill.lines, bill.checks
    priced: Any = {name: restack(getattr(lines, name)) for name in STACKED}
    compared: Any = {name: restack(getattr(checks, name)) for name in COMPARED}
    by = tuple(tuple(reshaped(choice, changed) for choice in line) for line in lines.by)
    pools = tuple(None if pool is None else changed(pool) for pool in lines.pools)
    free = tuple(map(changed, lines.free))
    return replace(
        bill,
        workload=reshape(bill.workload, changed),
        capacity=reshape(bill.capacity, changed),
        lines=replace(lines, by=by, free=free, pools=pools, **priced),
        checks=replace(checks, **compared),
    )


def refuse_early(service: Service, days: Any, card: RateCard) -> None:
    """Refuse days before the first known price [days since 1970]."""
    early = days < card.first_day
    if early.any():
        rows = np.unique(np.nonzero(early)[0]).tolist()
        raise DateBeforePricesError(dict.fromkeys(rows, (service.name, card.table.first)))


@dataclass(frozen=True, eq=False)
class Metered:
    """A batch before money: its capacity, what is charged for, and its checks."""

    service: Service
    card: RateCard
    workload: Any
    """The batch as it was given, without hours."""
    capacity: Any
    charges: Sequence[Charge]
    checks: Checks


def metered(service: Service, workload: Any, card: RateCard, curves: Curves = NO_CURVES) -> Metered:
    """Work out quantities and findings.

    With curves all arrays have a last axis of hours: an hour is a month that is all like it.
    """
    demand, shape = workload, workload.name.shape
    if curves:
        hourly = reshape(workload, lambda column: column[..., np.newaxis])
        demand = msgspec.structs.replace(hourly, **curves)
        shape = np.broadcast_shapes((*shape, 1), *(curve.shape for curve in curves.values()))
    capacity = service.capacity(demand, card.rules)
    charges = list(service.charges(demand, capacity, card.rules))
    findings = list(service.findings(demand, capacity, card.rules))
    checks = _checks(findings, demand, shape, card)
    return Metered(service, card, workload, capacity, charges, checks)


def folded(metered: Metered) -> Metered:
    """Make one month of the hours.

    A quantity is the mean over the hours, or the largest where its charge is for the peak. Capacity
    is what the busiest hour needs, and empty where a word differs between hours. A check is that of
    the hour furthest beyond its limit; a fact, that of the first hour in which it holds.

    Raises
    ------
    ValueError
        where the variant or the Region of a charge differs between hours.
    """
    checks, figures = metered.checks, msgspec.structs.asdict(metered.capacity)
    over = np.where(checks.applies, checks.value - checks.limit, -np.inf)
    hour = over.argmax(axis=-1, keepdims=True)
    compared: Any = {
        name: np.take_along_axis(getattr(checks, name), hour, axis=-1)[..., 0] for name in COMPARED
    }
    return replace(
        metered,
        capacity=type(metered.capacity)(**{name: _most(figures[name]) for name in figures}),
        charges=list(map(_of_the_month, metered.charges)),
        checks=replace(checks, **compared),
    )


def _of_the_month(charge: Charge) -> Charge:
    by, region = tuple(map(_steady, charge.by)), charge.region
    region = None if region is None else _steady(region)
    quantity = np.where(_most(charge.peak), _most(charge.quantity), _mean(charge.quantity))
    return Charge(charge.meter, quantity, by, region, _mean(charge.free))


def _mean(column: Numbers) -> Numbers:
    """Give the mean over the hours; of equal numbers it is that number, to the last digit."""
    hours = np.atleast_1d(column)
    return hours[..., 0] + (hours - hours[..., :1]).mean(axis=-1)


def _most(column: Any) -> Any:
    """Give the largest number of all hours, or the word of all hours, empty where they differ."""
    if not isinstance(column, Choice):
        return np.atleast_1d(column).max(axis=-1)
    hours = np.atleast_1d(column.codes)
    codes = np.where(_same(hours), hours[..., 0], len(column.words))
    return Choice(codes, (*column.words, ""))


def _steady(column: Words) -> Words:
    """Give the word of all hours."""
    hours = np.atleast_1d(column.codes)
    if not _same(hours).all():
        raise ValueError("the variant and the Region of a charge must be the same in all hours")
    return Choice(hours[..., 0], column.words)


def _same(hours: Places) -> Flags:
    return (hours == hours[..., :1]).all(axis=-1)


def billed(metered: Metered) -> Bill:
    """Price what was metered, its hours folded; a price is that of a month's whole quantity."""
    lines = _lines(metered.charges, metered.workload, metered.card)
    return Bill(
        metered.service, metered.card, metered.workload, metered.capacity, lines, metered.checks
    )


def _lines(charges: Sequence[Charge], workload: Any, card: RateCard) -> Lines:
    """Price every charge at once: a price is one gather from the card."""
    shape, kind = workload.name.shape, card.first.dtype
    rates = tuple(card.rates[charge.meter] for charge in charges)
    by = tuple(charge.by for charge in charges)
    free = tuple(charge.free for charge in charges)
    quantity = stacked([charge.quantity for charge in charges], shape, kind)
    billable = _billable(quantity, free)
    places = [workload.region if charge.region is None else charge.region for charge in charges]
    variants = list(map(Rate.variant, rates, by))
    day = np.searchsorted(card.days, workload.price_date, side="right")
    place = card.place(rates, variants, [place.codes for place in places], day)
    place = np.broadcast_to(place, quantity.shape)
    unit_price = card.first.take(place)
    cost = np.where(billable == 0, 0, billable * unit_price)
    for line, rate in enumerate(rates):
        if rate.steps.shape[-1]:
            tiered = rate.price(billable[line], variants[line], day, places[line].codes)
            unit_price[line], cost[line] = tiered
    pools = (None,) * len(rates)
    return Lines(rates, by, free, quantity, billable, unit_price, cost, place, pools)


def _billable(quantity: Any, free: Sequence[Any]) -> Any:
    """Take what comes free off quantities [line, ...]."""
    some = [line for line, given in enumerate(free) if np.ndim(given)]
    if not some:
        return quantity
    billable = quantity.copy()
    for line in some:
        billable[line] = np.maximum(0, quantity[line] - free[line])
    return billable


def _checks(
    findings: list[Finding], workload: Any, shape: tuple[int, ...], card: RateCard
) -> Checks:
    rules = tuple(finding.rule for finding in findings)
    kind = card.first.dtype
    return Checks(
        rules,
        tuple(map(card.table.description.quotas.__getitem__, rules)),
        np.array([finding.fact for finding in findings], dtype=bool),
        stacked([finding.value for finding in findings], shape, kind),
        stacked([_limit(finding, workload, card) for finding in findings], shape, kind),
        stacked([finding.applies for finding in findings], shape, bool),
    )


def _limit(finding: Finding, workload: Any, card: RateCard) -> Any:
    if finding.limit is not None:
        return finding.limit
    limit = card.limits[finding.rule]
    return limit[workload.region.codes] if np.ndim(limit) else limit


def stacked(parts: Sequence[Any], shape: tuple[int, ...], kind: Any) -> Any:
    """Lay arrays that broadcast to a shape one on the other, as numbers of one kind."""
    stack = np.empty((len(parts), *shape), dtype=kind)
    for row, part in zip(stack, parts, strict=True):
        row[...] = part
    return stack


def _joined(workload: Any, bills: Sequence[Bill]) -> Bill:
    """Put the bills of successive rows of a batch together."""
    first, lines, checks = bills[0], [bill.lines for bill in bills], [bill.checks for bill in bills]
    by = (
        tuple(map(_end_to_end, zip(*choices, strict=True)))
        for choices in zip(*(part.by for part in lines), strict=True)
    )
    free = zip(*(part.free for part in lines), strict=True)
    priced: Any = {name: _side_by_side(lines, name) for name in STACKED}
    compared: Any = {name: _side_by_side(checks, name) for name in COMPARED}
    return replace(
        first,
        workload=workload,
        capacity=end_to_end([reshape(bill.capacity, _filling(bill)) for bill in bills]),
        lines=replace(first.lines, by=tuple(by), free=tuple(map(_end_to_end, free)), **priced),
        checks=replace(first.checks, **compared),
    )


def _filling(bill: Bill) -> Callable[[Any], Any]:
    return lambda column: np.broadcast_to(column, bill.workload.name.shape)


def _side_by_side(parts: Sequence[Any], name: str) -> Any:
    """Join stacks of lines or findings along the rows."""
    return np.concatenate([getattr(part, name) for part in parts], axis=1)


def _end_to_end(parts: Sequence[Any]) -> Any:
    """Join columns of numbers or of choices along the rows; what has no rows is one for all."""
    if isinstance(parts[0], Choice):
        return Choice(np.concatenate([choice.codes for choice in parts]), parts[0].words)
    return np.concatenate(parts) if np.ndim(parts[0]) else parts[0]


def columns(workload_type: type[WorkloadFields], workloads: Sequence[WorkloadFields]) -> Any:
    """Turn rows into one ``Workload`` that holds a column for each field.

    Numbers become float64, words a :class:`~pricing.rates.Choice`, days whole days since 1970,
    labels an array of objects.
    """
    rows = zip(*map(msgspec.structs.astuple, workloads), strict=True)
    makers = column_makers(workload_type)
    return workload_type(
        **{name: make(column) for (name, make), column in zip(makers, rows, strict=True)}
    )


def end_to_end(workloads: Sequence[Any]) -> Any:
    """Put the columns of successive rows together."""
    first, *more = workloads
    if not more:
        return first
    columns = {
        name: _end_to_end([getattr(workload, name) for workload in workloads])
        for name in first.__struct_fields__
    }
    return type(first)(**columns)


@cache
def column_makers(workload_type: type[WorkloadFields]) -> tuple[tuple[str, Any], ...]:
    """For each field its name and what makes its column, in the order of the fields."""
    return tuple((name, _maker(kind)) for name, kind in kinds(workload_type).items())


def _maker(kind: Any) -> Any:
    if isinstance(kind, inspect.FloatType):
        return lambda column: np.array(column, dtype=np.float64)
    if isinstance(kind, inspect.BoolType):
        return lambda column: np.array(column, dtype=bool)
    if isinstance(kind, inspect.DateType):
        return lambda column: np.fromiter(map(day_number, column), np.int64, len(column))
    if isinstance(kind, inspect.LiteralType):
        words = tuple(map(str, kind.values))
        place = {word: index for index, word in enumerate(words)}
        return lambda column: Choice(
            np.fromiter(map(place.__getitem__, column), dtype=np.intp, count=len(column)), words
        )
    return lambda column: np.array(column, dtype=object)


def reshape(workload: Any, change: Callable[[Any], Any]) -> Any:
    """Give a ``Workload`` of columns with every array changed alike: picked, repeated, widened."""
    return type(workload)(
        **{
            name: reshaped(column, change)
            for name, column in msgspec.structs.asdict(workload).items()
        }
    )


def reshaped(column: Any, change: Callable[[Any], Any]) -> Any:
    """Give one column with its array changed."""
    if isinstance(column, Choice):
        return Choice(change(column.codes), column.words)
    return change(column)
