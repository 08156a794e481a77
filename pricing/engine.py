"""Demand in, capacity, charges and findings out: a batch of workloads through one service.

There is no scalar path: one workload is a batch of one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import msgspec
import numpy as np
from msgspec import inspect

from pricing.errors import DateBeforePricesError
from pricing.model import Charge, Finding, Service, WorkloadFields, kinds
from pricing.rates import Choice, Rate, RateCard, day_number, rate_card
from pricing.tables import Quota


@dataclass(frozen=True, eq=False)
class Line:
    """One charge of every workload of the batch; arrays have the batch's shape.

    ``quantity`` [units of the meter a month] is what is used, ``free`` what of it comes with what
    is provisioned, ``billable`` what is priced, ``unit_price`` [USD per unit], ``cost`` [USD a
    month]; both prices are NaN where ``unpriced``. ``variant``, ``day`` and ``region`` are
    positions in ``rate``: the Region is where the charge is billed. ``by`` are the choices that
    name the variant.
    """

    rate: Rate
    quantity: Any
    free: Any
    billable: Any
    unit_price: Any
    cost: Any
    variant: Any
    day: Any
    region: Any
    by: tuple[Choice, ...]
    pool: Any = None
    """Names the pool that each row's cost is a share of; none where it is its own."""

    @property
    def unpriced(self) -> Any:
        """Where something is charged for which no price is known [bool array]."""
        return np.asarray(self.cost != self.cost, dtype=bool)


@dataclass(frozen=True, eq=False)
class Check:
    """One finding of every workload of the batch; arrays have the batch's shape."""

    rule: str
    quota: Quota
    value: Any
    limit: Any
    applies: Any

    @property
    def exceeded(self) -> Any:
        """Where the workload is not feasible unless AWS raises the limit [bool array]."""
        infeasible = self.quota.severity == "limit"
        return np.asarray(infeasible & self.applies & (self.value > self.limit), dtype=bool)


@dataclass(frozen=True, eq=False)
class Bill:
    """The answer for a batch: its columns, capacity, lines and checks."""

    service: Service
    card: RateCard
    workload: Any
    """The batch as one ``Workload`` that holds arrays."""
    capacity: Any
    """The service's ``Capacity`` that holds arrays."""
    lines: list[Line]
    checks: list[Check]

    @property
    def cost(self) -> Any:
        """The whole cost [USD a month]; NaN where a charge is unpriced."""
        return sum(line.cost for line in self.lines)


def estimate(service: Service, workloads: Sequence[WorkloadFields]) -> Bill:
    """Price workloads as independent alternatives, in their order.

    Parameters
    ----------
    service : Service
    workloads : sequence of the service's ``Workload``, already validated

    Raises
    ------
    DateBeforePricesError
        where a ``price_date`` lies before the first known price of the service.
    """
    return price(service, columns(service.workload, workloads), rate_card(service.key))


def price(service: Service, workload: Any, card: RateCard) -> Bill:
    """Price one ``Workload`` that holds arrays; see :func:`estimate`."""
    days = workload.price_date
    early = np.nonzero(days < day_number(card.table.first))[0]
    if early.size:
        first = (service.name, card.table.first)
        raise DateBeforePricesError(dict.fromkeys(np.unique(early).tolist(), first))
    capacity = service.capacity(workload, card.rules)
    lines = [
        _line(charge, workload, card) for charge in service.charges(workload, capacity, card.rules)
    ]
    checks = [
        _check(finding, workload, card)
        for finding in service.findings(workload, capacity, card.rules)
    ]
    return Bill(service, card, workload, capacity, lines, checks)


def _line(charge: Charge, workload: Any, card: RateCard) -> Line:
    rate = card.rates[charge.meter]
    region = (workload.region if charge.region is None else charge.region).codes
    variant = rate.variant(charge.by)
    day = np.searchsorted(rate.days, workload.price_date, side="right")
    quantity, free, variant, day = (
        np.broadcast_to(part, region.shape) for part in (charge.quantity, charge.free, variant, day)
    )
    billable = np.maximum(0, quantity - free)
    unit_price, cost = rate.price(billable, variant, day, region)
    return Line(rate, quantity, free, billable, unit_price, cost, variant, day, region, charge.by)


def _check(finding: Finding, workload: Any, card: RateCard) -> Check:
    limit = card.limits[finding.rule] if finding.limit is None else finding.limit
    shape = workload.region.codes.shape
    if np.ndim(limit) and finding.limit is None:
        limit = limit[workload.region.codes]
    value, limit, applies = (
        np.broadcast_to(part, shape) for part in (finding.value, limit, finding.applies)
    )
    return Check(finding.rule, card.table.description.quotas[finding.rule], value, limit, applies)


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
        return lambda column: np.array(column, dtype="datetime64[D]").astype(np.int64)
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
