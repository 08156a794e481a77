"""Price a batch of workloads of one service: demand in; capacity, charges and findings out.

There is no scalar path: one workload is a batch of one. Quantities come before money.
:func:`metered` evaluates the formulas, hour by hour if there are curves. :func:`folded` turns the
hours into one month. :func:`billed` prices it.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property, reduce
from operator import and_, itemgetter
from types import MappingProxyType
from typing import Any

import msgspec
import numpy as np
from msgspec import inspect

from pricing.arrays import Column, Flags, Numbers, Places, Words
from pricing.catalogue import Catalogue, packaged
from pricing.errors import DateBeforePricesError, GivenTwice, GivenTwiceError
from pricing.kit import autoscaling
from pricing.model import Charge, Finding, Form, Service, WorkloadFields, kinds
from pricing.rates import Rate, RateCard, WordColumn, day_number
from pricing.tables import Quota

CELLS = 2**13
"""Workloads, or workload-months, priced at once: about as many as fit in cache."""
HOURS_OF_A_CELL = 16
"""Hours that take as much of the cache as one workload: only what is folded is priced."""

Reshape = Callable[[Column], Column]
"""Changes the shape of an array, whatever it holds."""
Maker = Callable[[Sequence[Any]], Column]
"""Makes a column from the values of its rows."""


@dataclass(frozen=True, eq=False)
class Line:
    """One charge of every workload of the batch; arrays have the batch's shape.

    Quantities are in units of the meter a month: ``quantity`` is used, ``free`` comes with what is
    provisioned, ``billable`` is priced. ``unit_price`` [USD per unit] and ``cost`` [USD a month]
    are NaN where ``unpriced``. ``price_index`` is the index of the price on the card. ``variant``,
    ``day`` and ``region`` are positions on the axes of ``rate``; the Region is the one in which the
    charge is billed. ``words`` name the variant.
    """

    rate: Rate
    words: tuple[WordColumn, ...]
    free: Numbers
    quantity: Numbers
    billable: Numbers
    unit_price: Numbers
    cost: Numbers
    price_index: Places
    pool: Places = None
    """The key of the pool of which each row pays a share; None where rows are priced alone."""
    list_unit_price: Numbers = None
    """The same at list prices, where an overlay gives others."""
    list_cost: Numbers = None

    @property
    def unpriced(self) -> Flags:
        """Where something is charged whose price is not known."""
        return np.asarray(self.cost != self.cost, dtype=bool)

    @cached_property
    def variant(self) -> Places:
        """Position of the variant."""
        _, days, regions = self.rate.first.shape
        return self.price_index // (days * regions) - self.rate.first_index

    @cached_property
    def day(self) -> Places:
        """Position of the day."""
        _, days, regions = self.rate.first.shape
        return self.price_index // regions % days

    @cached_property
    def region(self) -> Places:
        """Position of the Region."""
        return self.price_index % self.rate.first.shape[-1]


@dataclass(frozen=True, eq=False)
class Lines(Sequence[Line]):
    """Every charge of the batch: the arrays of :class:`Line` with a first axis of lines.

    ``words`` and ``free`` have one item a line, which broadcasts to the batch's shape.
    """

    rates: tuple[Rate, ...]
    words: tuple[tuple[WordColumn, ...], ...]
    free: tuple[Numbers, ...]
    quantity: Numbers
    billable: Numbers
    unit_price: Numbers
    cost: Numbers
    price_index: Places
    pools: tuple[Places, ...]
    billed: Numbers | None = None
    """What is billed for use beside commitments [line, ...] [USD a month]; None without any."""
    effective: Numbers | None = None
    """The same, with the share of commitments that the use takes; None without any."""
    list_unit_price: Numbers | None = None
    """List price [line, ...] [USD per unit]; None without an overlay."""
    list_cost: Numbers | None = None
    """Cost at list prices [line, ...] [USD a month]; None without an overlay."""

    def __len__(self) -> int:
        """Return the number of lines."""
        return len(self.rates)

    def __getitem__(self, line: Any) -> Any:
        """Return one line."""
        free = np.broadcast_to(self.free[line], self.quantity.shape[1:])
        stacks: Any = {name: getattr(self, name)[line] for name in self._of_a_line}
        return Line(self.rates[line], self.words[line], free, pool=self.pools[line], **stacks)

    @property
    def stacks(self) -> tuple[str, ...]:
        """The names of the arrays that there are, each with a first axis of lines."""
        return self._of_a_line + (() if self.billed is None else PAID_ARRAYS)

    @property
    def _of_a_line(self) -> tuple[str, ...]:
        return LINE_ARRAYS + (() if self.list_cost is None else LISTED_ARRAYS)

    @property
    def unpriced(self) -> Flags:
        """Where something is charged whose price is not known [line, ...]."""
        return np.asarray(self.cost != self.cost, dtype=bool)

    @classmethod
    def of(cls, lines: Sequence[Line]) -> "Lines":
        """Stack lines."""
        listed = () if lines[0].list_cost is None else LISTED_ARRAYS
        stacks: Any = {
            name: np.stack([getattr(line, name) for line in lines])
            for name in (*LINE_ARRAYS, *listed)
        }
        rates, words, free, pools = (
            tuple(getattr(line, name) for line in lines)
            for name in ("rate", "words", "free", "pool")
        )
        return cls(rates, words, free, pools=pools, **stacks)


LINE_ARRAYS = ("quantity", "billable", "unit_price", "cost", "price_index")
"""The arrays of :class:`Lines` that have a first axis of lines."""
PAID_ARRAYS = ("billed", "effective")
"""The arrays of :class:`Lines` that there are with commitments only."""
PRICED_ARRAYS = ("unit_price", "cost")
LISTED_ARRAYS = ("list_unit_price", "list_cost")
"""The arrays of :class:`Lines` that there are with an overlay only."""
CHECK_ARRAYS = ("value", "limit", "applies")
"""The arrays of :class:`Checks` that have a first axis of findings."""
OF_PRICES = ("newest_known_prices", "price_age")
"""The findings that tell of the prices themselves, which every workload may have."""


@dataclass(frozen=True, eq=False)
class Check:
    """One finding of every workload of the batch; arrays have the batch's shape."""

    rule: str
    quota: Quota
    value: Numbers
    limit: Numbers
    applies: Flags
    fact: bool

    @property
    def over(self) -> Flags:
        """Where the value is above the limit; true everywhere for a fact."""
        return (self.value > self.limit) | self.fact

    @property
    def exceeded(self) -> Flags:
        """Where the workload is not feasible unless AWS raises the limit."""
        infeasible = self.quota.severity == "limit"
        return np.asarray(infeasible & self.applies & self.over, dtype=bool)


@dataclass(frozen=True, eq=False)
class Checks(Sequence[Check]):
    """Every finding of the batch: the arrays of :class:`Check` with a first axis of findings."""

    rules: tuple[str, ...]
    quotas: tuple[Quota, ...]
    facts: Flags
    """Which findings are facts, not limits [finding]; the value of a fact is a count, or NaN."""
    value: Numbers
    limit: Numbers
    applies: Flags

    def __len__(self) -> int:
        """Return the number of findings."""
        return len(self.rules)

    def __getitem__(self, index: Any) -> Any:
        """Return one finding."""
        arrays: Any = {name: getattr(self, name)[index] for name in CHECK_ARRAYS}
        rule, quota, fact = self.rules[index], self.quotas[index], bool(self.facts[index])
        return Check(rule, quota, fact=fact, **arrays)

    @property
    def ruling(self) -> Flags:
        """Which findings make a workload infeasible when exceeded [finding]."""
        return np.array([quota.severity == "limit" for quota in self.quotas])

    @property
    def over(self) -> Flags:
        """Where a value is above its limit; true everywhere for a fact [finding, ...]."""
        return (self.value > self.limit) | aligned(self.facts, self.value.ndim)

    @property
    def exceeded(self) -> Flags:
        """Where the workload is not feasible unless AWS raises the limit [finding, ...]."""
        ruling = aligned(self.ruling, self.value.ndim)
        return np.asarray(ruling & self.applies & self.over, dtype=bool)

    @property
    def told(self) -> Flags:
        """Where the workload is feasible, but something must be prepared [finding, ...]."""
        advice = np.logical_not(aligned(self.ruling, self.value.ndim))
        return np.asarray(advice & self.applies & self.over, dtype=bool)


def aligned(values: Flags, ndim: int) -> Flags:
    """Reshape one value a line so that it broadcasts with arrays of lines."""
    return values.reshape(-1, *[1] * (ndim - 1))


@dataclass(frozen=True, eq=False)
class Bill:
    """The result for a batch: its columns, capacity, lines and checks."""

    service: Service
    card: RateCard
    workload: Any
    """The batch as one ``Workload`` that holds arrays."""
    capacity: Any
    """The service's ``Capacity`` that holds arrays."""
    lines: Lines
    checks: Checks

    @property
    def cost(self) -> Numbers:
        """The total cost of each workload [USD a month]; NaN where a charge is unpriced."""
        return sum(self.lines.cost)


def estimate(
    service: Service, workloads: Sequence[WorkloadFields], catalogue: Catalogue | None = None
) -> Bill:
    """Price workloads independently of each other, in the order given.

    Parameters
    ----------
    service : Service
    workloads : sequence of the service's ``Workload``, already validated
    catalogue : the prices; the packaged catalogue by default

    Raises
    ------
    DateBeforePricesError
        if a ``price_date`` is before the service's first known price.
    GivenTwiceError
        if a workload gives numbers that exclude each other.
    """
    card = (catalogue or packaged()).card(service.key)
    return price(service, columns(service.workload, workloads), card)


Curves = Mapping[str, Numbers]
"""Fields that vary over the hours of a day, each with a last axis of hours [..., hour]."""
NO_CURVES: Curves = MappingProxyType({})


def price(service: Service, workload: Any, card: RateCard, curves: Curves = NO_CURVES) -> Bill:
    """Price one ``Workload`` that holds arrays; see :func:`estimate`.

    Its names have the shape of the batch, to which the other columns broadcast. ``curves`` replace
    its own numbers.
    """
    refuse(service, workload, card)
    first, *more = priced_in_chunks(service, workload, card, curves)
    return _joined(workload, [first, *more]) if more else first


def priced_in_chunks(
    service: Service, workload: Any, card: RateCard, curves: Curves = NO_CURVES
) -> Iterator[Bill]:
    """Yield the bills of consecutive chunks of rows; call :func:`refuse` first."""
    hours = max([1, *(curve.shape[-1] for curve in curves.values())])
    rows, cells = len(workload.name), workload.name.size * max(1, hours / HOURS_OF_A_CELL)
    step = max(1, math.ceil(rows / max(1, round(cells / CELLS))))
    for row in range(0, max(1, rows), step):
        chunk = slice(row, row + step)
        own = {field: _rows(curve, chunk) for field, curve in curves.items()}
        part = sliced(workload, chunk) if rows > step else workload
        batch = metered(service, part, card, own)
        yield billed(folded(batch) if curves else batch)


def sliced(workload: Any, rows: slice) -> Any:
    """Return a slice of columns; a column with a single row holds for all rows."""
    return reshape(workload, lambda column: _rows(column, rows))


def _rows(column: Column, rows: slice) -> Column:
    return column if len(column) == 1 else column[rows]


def rows_of_bill(bill: Bill, rows: slice) -> Bill:
    """Return the bill of a slice of a batch, without copying."""
    return reshape_bill(bill, itemgetter(rows), itemgetter((slice(None), rows)))


def reshape_bill(bill: Bill, change: Reshape, restack: Reshape) -> Bill:
    """Return a bill with every array reshaped.

    ``change`` reshapes an array of the batch's shape. ``restack`` reshapes one that has an axis of
    lines or findings before it.
    """
    shape = bill.workload.name.shape

    def changed(column: Column) -> Column:
        return change(np.broadcast_to(column, shape))

    lines, checks = bill.lines, bill.checks
    priced: Any = {name: restack(getattr(lines, name)) for name in lines.stacks}
    compared: Any = {name: restack(getattr(checks, name)) for name in CHECK_ARRAYS}
    words = tuple(tuple(reshaped(column, changed) for column in line) for line in lines.words)
    pools = tuple(None if pool is None else changed(pool) for pool in lines.pools)
    free = tuple(map(changed, lines.free))
    return replace(
        bill,
        workload=reshape(bill.workload, changed),
        capacity=reshape(bill.capacity, changed),
        lines=replace(lines, words=words, free=free, pools=pools, **priced),
        checks=replace(checks, **compared),
    )


def refuse(service: Service, workload: Any, card: RateCard) -> None:
    """Raise an error if workloads ask for a day too early, or say something twice."""
    refuse_early(service, workload.price_date, card)
    refuse_given_twice(service, workload)


def refuse_given_twice(form: Form, workload: Any) -> None:
    """Raise an error if a workload, or one of columns, gives numbers that exclude each other."""
    if found := given_twice(form, workload):
        raise GivenTwiceError(found)


def given_twice(form: Form, workload: Any) -> list[GivenTwice]:
    """Return where a workload, or one of columns, gives numbers that exclude each other."""
    found = []
    for fields, remedy in form.exclusive:
        given = reduce(and_, (getattr(workload, field) > 0 for field in fields))
        if given is not False and np.any(given):  # False of one workload, which has no arrays
            rows = np.unique(np.nonzero(np.atleast_1d(given))[0])
            found += [GivenTwice(row, fields, remedy) for row in rows.tolist()]
    return sorted(found)


def refuse_early(service: Service, days: Places, card: RateCard) -> None:
    """Raise an error if days [days since 1970] are before the first known price."""
    early = days < card.first_day
    if early.any():
        rows = np.unique(np.nonzero(early)[0]).tolist()
        raise DateBeforePricesError(dict.fromkeys(rows, (service.name, card.table.first)))


@dataclass(frozen=True, eq=False)
class Metered:
    """A batch before pricing: its capacity, charges and findings."""

    service: Service
    card: RateCard
    workload: Any
    """The batch as given, without an axis of hours."""
    capacity: Any
    charges: Sequence[Charge]
    findings: Sequence[Finding]
    """Each with its limit."""


def metered(service: Service, workload: Any, card: RateCard, curves: Curves = NO_CURVES) -> Metered:
    """Evaluate a service's formulas: capacity, charges and findings.

    With curves, all arrays have a last axis of hours. Each hour is computed as a whole month with
    that hour's load.
    """
    demand = workload
    if curves:
        hourly = reshape(workload, lambda column: column[..., np.newaxis])
        demand = msgspec.structs.replace(hourly, **curves)
        demand = autoscaling.with_scaled(service, demand, card.rules)
    capacity = service.capacity(demand, card.rules)
    charges = list(service.charges(demand, capacity, card.rules))
    findings = service.findings(demand, capacity, card.rules)
    limited = [finding._replace(limit=_limit(finding, demand, card)) for finding in findings]
    return Metered(service, card, workload, capacity, charges, limited)


def folded(metered: Metered) -> Metered:
    """Fold the hours into one month.

    A quantity becomes its mean over the hours, or its maximum where it is fixed at the peak.
    Capacity is that of the busiest hour, or the mean of what the service says is one; a word that
    differs between hours is empty. A check comes from the hour furthest above its limit, a fact
    from the first hour in which it holds, or from the mean of the hours where the month decides.

    Raises
    ------
    ValueError
        if the variant or the Region of a charge differs between hours.
    """
    figures = msgspec.structs.asdict(metered.capacity)
    means = metered.service.hourly.averages if metered.service.hourly else ()
    figures |= {name: (_mean if name in means else _most)(figures[name]) for name in figures}
    return replace(
        metered,
        capacity=type(metered.capacity)(**figures),
        charges=list(map(_of_the_month, metered.charges)),
        findings=list(map(_of_the_worst_hour, metered.findings)),
    )


def _of_the_worst_hour(finding: Finding) -> Finding:
    """Return a finding as it is in the hour that is furthest above its limit.

    One that the month decides holds where its value is above zero in the mean of the hours.
    """
    if finding.by_month is not None:
        value, applies = _mean(finding.by_month), np.atleast_1d(finding.applies).any(axis=-1)
        return finding._replace(value=value, applies=applies & (value > 0))
    compared = (finding.value, finding.limit, finding.applies)
    value, limit, applies = np.broadcast_arrays(*map(np.atleast_1d, compared))
    if value.shape[-1] > 1:
        over = np.where(applies, value - limit, -np.inf)
        hour = over.argmax(axis=-1, keepdims=True)
        value, limit, applies = (
            np.take_along_axis(each, hour, axis=-1) for each in (value, limit, applies)
        )
    return finding._replace(value=value[..., 0], limit=limit[..., 0], applies=applies[..., 0])


def by_hour(metered: Metered, shape: tuple[int, ...]) -> Metered:
    """Return what is billed for each hour, as a month of such hours [..., hour].

    What is fixed at the peak stands in every hour.
    """
    workload = reshape(
        metered.workload, lambda column: np.broadcast_to(column[..., np.newaxis], shape)
    )
    charges = [one._replace(quantity=_billed_hours(one)) for one in metered.charges]
    return replace(metered, workload=workload, charges=charges)


def _billed_hours(charge: Charge) -> Numbers:
    """Return the quantity that each hour is billed."""
    hours = np.atleast_1d(charge.quantity)
    return np.where(charge.peak, hours.max(axis=-1, keepdims=True), hours)


def _of_the_month(charge: Charge) -> Charge:
    variant, region = tuple(map(_steady, charge.variant)), charge.region
    region = None if region is None else _steady(region)
    hours = np.atleast_1d(charge.quantity)
    quantity = _mean(hours)
    if np.any(charge.peak):
        quantity = np.where(_most(charge.peak), _most(hours), quantity)
    return Charge(charge.meter, quantity, variant, region, _mean(charge.free))


def _mean(column: Numbers) -> Numbers:
    """Return the mean over the hours; for equal numbers it is exactly that number."""
    hours = np.atleast_1d(column)
    if hours.shape[-1] == 1:
        return hours[..., 0]
    return hours[..., 0] + (hours - hours[..., :1]).mean(axis=-1)


def _most(column: Column) -> Column:
    """Return the maximum over the hours; for words the common one, or "" where they differ."""
    if not isinstance(column, WordColumn):
        return np.atleast_1d(column).max(axis=-1)
    hours = np.atleast_1d(column.codes)
    codes = np.where(_same(hours), hours[..., 0], len(column.words))
    return WordColumn(codes, (*column.words, ""))


def _steady(column: Words) -> Words:
    """Return the word that all hours have in common."""
    hours = np.atleast_1d(column.codes)
    if not _same(hours).all():
        raise ValueError("the variant and the Region of a charge must be the same in all hours")
    return WordColumn(hours[..., 0], column.words)


def _same(hours: Places) -> Flags:
    return (hours == hours[..., :1]).all(axis=-1)


def billed(metered: Metered) -> Bill:
    """Price a metered batch without an axis of hours; tiers apply to the whole month."""
    service, card, workload = metered.service, metered.card, metered.workload
    lines = _lines(metered.charges, workload, card)
    checks = _checks(metered.findings, workload.name.shape, card)
    checks = _with_those_of_prices(checks, lines, workload, card)
    return Bill(service, card, workload, metered.capacity, lines, checks)


def told_of_prices(bill: Bill) -> Flags:
    """Return where each finding of ``OF_PRICES`` is told of [finding, workload, ...]."""
    found = (bill.checks[bill.checks.rules.index(rule)] for rule in OF_PRICES)
    return np.stack([check.applies & check.over for check in found])


def _with_those_of_prices(checks: Checks, lines: Lines, workload: Any, card: RateCard) -> Checks:
    """Add what is told of prices: that there are no newer ones, and how old they are.

    Both follow from the price date alone, so the same question has the same answer on every day.
    """
    read = card.listed or card
    later = workload.price_date - day_number(card.newest)
    age: Numbers = 0
    if card.price_age:
        since = read.effective.take(read.read_index(lines.price_index))
        charged = (lines.quantity != 0) & ~lines.unpriced
        age = (workload.price_date - np.where(charged, since, workload.price_date)).max(axis=0)
    shape, kind = workload.name.shape, card.first.dtype
    added: Any = {
        "value": stacked([later, age], shape, kind),
        "limit": stacked([np.nan, card.price_age], shape, kind),
        "applies": stacked([later > 0, age > card.price_age], shape, bool),
    }
    return Checks(
        checks.rules + OF_PRICES,
        checks.quotas + tuple(map(card.table.description.quotas.__getitem__, OF_PRICES)),
        np.append(checks.facts, [True, False]),
        **{name: np.concatenate([getattr(checks, name), more]) for name, more in added.items()},
    )


def _lines(charges: Sequence[Charge], workload: Any, card: RateCard) -> Lines:
    """Price all charges at once, with one gather from the card."""
    shape, kind = workload.name.shape, card.first.dtype
    rates = tuple(card.rates[charge.meter] for charge in charges)
    variants = tuple(charge.variant for charge in charges)
    free = tuple(charge.free for charge in charges)
    quantity = stacked([charge.quantity for charge in charges], shape, kind)
    billable = _billable(quantity, free)
    regions = [workload.region if charge.region is None else charge.region for charge in charges]
    places = list(map(Rate.variant, rates, variants))
    day = np.searchsorted(card.days, workload.price_date, side="right")
    index = card.price_index(rates, places, [region.codes for region in regions], day)
    index = np.broadcast_to(index, quantity.shape)

    def priced(on: RateCard, names: tuple[str, str]) -> dict[str, Any]:
        """Price what is billable by a card."""
        unit_price = on.first.take(index)
        cost = np.where(billable == 0, 0, billable * unit_price)
        for line, rate in enumerate(on.rates[charge.meter] for charge in charges):
            if rate.steps.shape[-1]:
                tiered = rate.price(billable[line], places[line], day, regions[line].codes)
                unit_price[line], cost[line] = tiered
        return dict(zip(names, (unit_price, cost), strict=True))

    costs = priced(card, PRICED_ARRAYS)
    if card.listed:
        costs |= priced(card.listed, LISTED_ARRAYS)
    pools = (None,) * len(rates)
    return Lines(rates, variants, free, quantity, billable, price_index=index, pools=pools, **costs)


def _billable(quantity: Numbers, free: Sequence[Numbers]) -> Numbers:
    """Take the free units off quantities [line, ...]."""
    with_free = [line for line, given in enumerate(free) if np.ndim(given)]
    if not with_free:
        return quantity
    billable = quantity.copy()
    for line in with_free:
        billable[line] = np.maximum(0, quantity[line] - free[line])
    return billable


def _checks(findings: Sequence[Finding], shape: tuple[int, ...], card: RateCard) -> Checks:
    rules = tuple(finding.rule for finding in findings)
    kind = card.first.dtype
    return Checks(
        rules,
        tuple(map(card.table.description.quotas.__getitem__, rules)),
        np.array([finding.fact for finding in findings], dtype=bool),
        stacked([finding.value for finding in findings], shape, kind),
        stacked([finding.limit for finding in findings], shape, kind),
        stacked([finding.applies for finding in findings], shape, bool),
    )


def _limit(finding: Finding, workload: Any, card: RateCard) -> Numbers:
    if finding.limit is not None:
        return finding.limit
    limit = card.limits[finding.rule]
    return limit[workload.region.codes] if np.ndim(limit) else limit


def stacked(parts: Sequence[Column], shape: tuple[int, ...], kind: Any) -> Column:
    """Stack arrays that broadcast to a shape, as one array of a given dtype."""
    stack = np.empty((len(parts), *shape), dtype=kind)
    for row, part in zip(stack, parts, strict=True):
        row[...] = part
    return stack


def _joined(workload: Any, bills: Sequence[Bill]) -> Bill:
    """Join the bills of consecutive rows of a batch."""
    first, lines, checks = bills[0], [bill.lines for bill in bills], [bill.checks for bill in bills]
    words = (
        tuple(map(joined_column, zip(*choices, strict=True)))
        for choices in zip(*(part.words for part in lines), strict=True)
    )
    free = zip(*(part.free for part in lines), strict=True)
    priced: Any = {name: _side_by_side(lines, name) for name in lines[0].stacks}
    compared: Any = {name: _side_by_side(checks, name) for name in CHECK_ARRAYS}
    return replace(
        first,
        workload=workload,
        capacity=concatenated([reshape(bill.capacity, _filling(bill)) for bill in bills]),
        lines=replace(
            first.lines, words=tuple(words), free=tuple(map(joined_column, free)), **priced
        ),
        checks=replace(first.checks, **compared),
    )


def _filling(bill: Bill) -> Reshape:
    return lambda column: np.broadcast_to(column, bill.workload.name.shape)


def _side_by_side(parts: Sequence[Lines | Checks], name: str) -> Column:
    """Join stacks of lines or findings along the rows."""
    return np.concatenate([getattr(part, name) for part in parts], axis=1)


def joined_column(parts: Sequence[Column]) -> Column:
    """Join columns of one kind along the rows; a scalar holds for all rows."""
    if isinstance(parts[0], WordColumn):
        return WordColumn(joined_column([column.codes for column in parts]), parts[0].words)
    return np.concatenate(parts) if np.ndim(parts[0]) else parts[0]


def columns(workload_type: type[WorkloadFields], workloads: Sequence[WorkloadFields]) -> Any:
    """Turn rows into one ``Workload`` that holds a column for each field.

    Numbers become float64, words a :class:`~pricing.rates.WordColumn`, dates days since 1970, and
    labels an array of objects.
    """
    rows = zip(*map(msgspec.structs.astuple, workloads), strict=True)
    makers = column_makers(workload_type)
    return workload_type(
        **{name: make(column) for (name, make), column in zip(makers, rows, strict=True)}
    )


def thinned(workload: Any) -> Any:
    """Return columns that say the same in less memory.

    Those that are the same in all rows take that of one row, and equal labels are one object.
    """
    return reshape(workload, lambda column: _of_one(column) if _is_alike(column) else _once(column))


def concatenated(workloads: Sequence[Any]) -> Any:
    """Join the columns of consecutive rows; what is :func:`thinned`, and alike in all, stays so."""
    first, *more = workloads
    if not more:
        return first
    columns = {
        name: _concatenated([getattr(workload, name) for workload in workloads])
        for name in first.__struct_fields__
    }
    return type(first)(**columns)


def _concatenated(parts: Sequence[Column]) -> Column:
    if isinstance(parts[0], WordColumn):
        return WordColumn(_concatenated([column.codes for column in parts]), parts[0].words)
    firsts = joined_column([part[:1] for part in parts])
    if _is_alike(firsts) and all(part.strides == (0,) for part in parts):
        return np.broadcast_to(firsts[:1].copy(), (sum(map(len, parts)),))
    return joined_column(parts)


def _once(column: Column) -> Column:
    if column.dtype != object:
        return column
    labels: dict[Any, Any] = {}
    return np.array(list(map(labels.setdefault, column, column)), dtype=object)


def _of_one(column: Column) -> Column:
    return np.broadcast_to(column[:1].copy(), column.shape)


def _is_alike(column: Column) -> bool:
    """Return whether an array has the same value in all rows, of which there are some."""
    return bool(len(column) and (column == column[0]).all())


@cache
def column_makers(workload_type: type[WorkloadFields]) -> tuple[tuple[str, Maker], ...]:
    """Return for each field, in order, its name and the function that makes its column."""
    return tuple((name, column_maker(kind)) for name, kind in kinds(workload_type).items())


def column_maker(kind: inspect.Type) -> Maker:
    """Return the function that makes a column of a field of some type."""
    if isinstance(kind, inspect.FloatType):
        return lambda column: np.array(column, dtype=np.float64)
    if isinstance(kind, inspect.BoolType):
        return lambda column: np.array(column, dtype=bool)
    if isinstance(kind, inspect.DateType):
        return lambda column: np.fromiter(map(day_number, column), np.int64, len(column))
    if isinstance(kind, inspect.LiteralType):
        words = tuple(map(str, kind.values))
        codes = {word: code for code, word in enumerate(words)}
        return lambda column: WordColumn(
            np.fromiter(map(codes.__getitem__, column), dtype=np.intp, count=len(column)), words
        )
    return lambda column: np.array(column, dtype=object)


def reshape(workload: Any, change: Reshape) -> Any:
    """Return a ``Workload`` of columns with the same change made to every array."""
    return type(workload)(
        **{
            name: reshaped(column, change)
            for name, column in msgspec.structs.asdict(workload).items()
        }
    )


def reshaped(column: Column, change: Reshape) -> Column:
    """Return one column with its array changed."""
    if isinstance(column, WordColumn):
        return WordColumn(change(column.codes), column.words)
    return change(column)
