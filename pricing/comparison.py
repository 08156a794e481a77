"""One workload under alternatives: every combination of what varies, priced in one call.

A sweep varies one number over a grid. The points at which two alternatives cost the same are found
by bisection between two grid points, for which the engine prices more rows.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import starmap
from typing import Any

import msgspec
import numpy as np

from pricing import engine
from pricing.arrays import Column, Flags, Numbers, Places
from pricing.engine import Bill
from pricing.model import Service, WorkloadFields
from pricing.rates import RateCard

TIE = 1e-9
"""Relative difference of costs that is float noise, not an order."""
EQUAL = 1e-6
"""Relative difference of costs that counts as equal at a break-even point."""
CostsAt = Callable[[Places, Numbers], Numbers]
"""Returns the costs of alternatives [USD a month] with the swept field at some values.

Its arguments are an index of an alternative and a value for each cost; an index may be repeated.
"""


@dataclass(frozen=True)
class Sweep:
    """One number of the workload, varied over a range."""

    field: str
    points: Numbers
    """Values of the field, ascending [its unit]."""
    whole: bool
    """Whether only whole numbers make sense."""


@dataclass(frozen=True, eq=False)
class Owned:
    """The bill of one service's rows, and the index of the alternative that owns each row.

    An alternative may own several rows of a bill, or none.
    """

    bill: Bill
    owner: Places


@dataclass(frozen=True, eq=False)
class Comparison:
    """Alternatives and the rows they own.

    The baseline, which is the workload as given, follows the last of ``choices``.
    """

    choices: list[dict[str, Any]]
    parts: Sequence[Owned]

    @property
    def cost(self) -> Numbers:
        """Cost of each alternative and of the baseline [USD a month]; NaN where unpriced."""
        return owned_cost(self.parts, len(self.choices) + 1)

    @property
    def infeasible(self) -> Flags:
        """Whether each alternative, and the baseline, exceeds some limit."""
        exceeded = np.zeros(len(self.choices) + 1, dtype=bool)
        for part in self.parts:
            np.logical_or.at(exceeded, part.owner, part.bill.checks.exceeded.any(axis=0))
        return exceeded


def owned_cost(parts: Sequence[Owned], count: int) -> Numbers:
    """Return the cost of each of ``count`` alternatives: the total over its rows [USD a month]."""
    return sum(np.bincount(part.owner, part.bill.cost, count) for part in parts)


@dataclass(frozen=True)
class Crossing:
    """The point of a sweep at which two alternatives change their order.

    Below ``value`` the ``first`` is cheaper, above it the ``second``. At a break-even point both
    cost the same and ``exact`` is true. At a step, where one more whole unit reverses the order,
    it is false.
    """

    first: int
    second: int
    value: float
    first_cost: float
    second_cost: float
    exact: bool


@dataclass(frozen=True)
class Brackets:
    """Points of a sweep between which two alternatives change their order, as columns.

    At ``low`` the ``first`` is cheaper, at ``high`` the ``second``.
    """

    first: Places
    second: Places
    low: Numbers
    high: Numbers

    def __len__(self) -> int:
        """Return their number."""
        return len(self.first)

    @classmethod
    def joined(cls, found: Iterable["Brackets"]) -> "Brackets":
        """Concatenate brackets."""
        parts = ((part.first, part.second, part.low, part.high) for part in found)
        columns = zip(*parts, strict=True)
        return cls(*map(np.concatenate, columns))

    def rows(self, rows: slice) -> "Brackets":
        """Return a slice of the brackets."""
        return Brackets(self.first[rows], self.second[rows], self.low[rows], self.high[rows])


def compare(
    service: Service, workload: WorkloadFields, vary: Mapping[str, Sequence[Any]], card: RateCard
) -> Comparison:
    """Price a workload with every combination of the values that vary, and as given.

    Parameters
    ----------
    service : Service
    workload : the baseline
    vary : the values of each field that varies, all valid
    card : the prices
    """
    choices, rows = alternatives(service, workload, vary)
    bill = engine.price(service, rows, card)
    return Comparison(choices, [Owned(bill, np.arange(len(choices) + 1))])


def alternatives(
    service: Service, workload: WorkloadFields, vary: Mapping[str, Sequence[Any]]
) -> tuple[list[dict[str, Any]], Any]:
    """Return the combinations, and columns with a row for each; the last row is the baseline."""
    sizes = [len(values) for values in vary.values()]
    count = int(np.prod(sizes))
    picks = np.indices(sizes).reshape(len(sizes), count) if sizes else np.zeros((0, count), int)
    columns = engine.columns(service.workload, [workload])
    rows = engine.reshape(columns, lambda column: np.repeat(column, count + 1))
    makers = dict(engine.column_makers(service.workload))
    varied = {
        name: _varied(makers[name]([*values, getattr(workload, name)]), picked)
        for (name, values), picked in zip(vary.items(), picks, strict=True)
    }
    labels = [
        list(map(list(values).__getitem__, picked.tolist()))
        for values, picked in zip(vary.values(), picks, strict=True)
    ]
    choices = [dict(zip(vary, combined, strict=True)) for combined in zip(*labels, strict=True)]
    return choices or [{}], msgspec.structs.replace(rows, **varied)


def _varied(column: Column, picked: Places) -> Column:
    """Pick a column's value for each combination, and its last for the baseline."""
    with_baseline = np.append(picked, -1)
    return engine.reshaped(column, lambda values: values[with_baseline])


def sweep_grid(field: str, points: Numbers, whole: bool) -> Sweep:
    """Return a sweep; points of a whole number are rounded, and duplicates dropped."""
    values = np.asarray(points, dtype=np.float64)
    return Sweep(field, np.unique(np.round(values)) if whole else values, whole)


def curves(costs_at: CostsAt, count: int, sweep: Sweep) -> Numbers:
    """Price ``count`` alternatives at every point of a sweep.

    Returns
    -------
    costs : array (alternative, point) [USD a month]; NaN where a charge is unpriced
    """
    places = np.repeat(np.arange(count), len(sweep.points))
    return costs_at(places, np.tile(sweep.points, count)).reshape(count, -1)


def costs_at(comparison: Comparison, sweep: Sweep, places: Places, values: Numbers) -> Numbers:
    """Return the costs of alternatives with the swept field set to ``values`` [USD a month]."""
    costs = np.zeros(len(places))
    for part in comparison.parts:
        workload, owner = _swept(part, sweep.field, places, values)
        engine.refuse_given_twice(part.bill.service, workload)
        bills = engine.priced_in_chunks(part.bill.service, workload, part.bill.card)
        costs += np.bincount(owner, np.concatenate([bill.cost for bill in bills]), len(places))
    return costs


def parts_at(comparison: Comparison, sweep: Sweep, places: Places, values: Numbers) -> list[Owned]:
    """Bill alternatives again with the swept field set to ``values``.

    ``places`` holds indices of alternatives and may repeat them; ``owner`` of the result points
    into ``places``. Rows of services without the field stay as they are.
    """
    parts = []
    for part in comparison.parts:
        workload, owner = _swept(part, sweep.field, places, values)
        parts.append(Owned(engine.price(part.bill.service, workload, part.bill.card), owner))
    return parts


def _swept(part: Owned, field: str, places: Places, values: Numbers) -> tuple[Any, Places]:
    """Return the rows that alternatives own, with the swept field set, and the owner of each."""
    rows, owner = rows_owned(part.owner, places)
    workload = engine.reshape(part.bill.workload, lambda column: column[rows])
    if field in workload.__struct_fields__:
        workload = msgspec.structs.replace(workload, **{field: values[owner]})
    return workload, owner


def rows_owned(owner: Places, places: Places) -> tuple[Places, Places]:
    """Find the rows that alternatives own.

    Parameters
    ----------
    owner : the alternative that owns each row
    places : alternatives, in any order, possibly repeated

    Returns
    -------
    rows, index : the rows, grouped by alternative, and the index of each into ``places``

    Examples
    --------
    >>> rows, index = rows_owned(np.array([0, 1, 0]), np.array([1, 0, 0]))
    >>> rows.tolist(), index.tolist()
    ([1, 0, 2, 0, 2], [0, 1, 1, 2, 2])
    """
    order = np.argsort(owner, kind="stable")
    first: Places = np.searchsorted(owner[order], places, "left")
    count: Places = np.searchsorted(owner[order], places, "right") - first
    index = np.repeat(np.arange(len(places)), count)
    begins = np.cumsum(count) - count
    return order[first[index] + np.arange(len(index)) - begins[index]], index


def brackets(sweep: Sweep, costs: Numbers) -> Iterator[Brackets]:
    """Find between which points of a sweep any two alternatives change their order.

    Where both cost the same over a range, only the end of the range counts, and only if the order
    has changed. Two changes between neighbouring points go unnoticed.

    Yields
    ------
    for each alternative its brackets with those after it; memory does not grow with the number of
    pairs
    """
    return (_brackets(sweep, costs, index) for index in range(len(costs)))


def _brackets(sweep: Sweep, costs: Numbers, index: int) -> Brackets:
    """Find where one alternative and any after it change their order."""
    order = ordered(costs[index], costs[index + 1 :])
    held = _held(order)
    row, point = np.nonzero(held[:, 1:] * held[:, :-1] < 0)
    other, low = row + index + 1, sweep.points[_last_known(order)[row, point]]
    swapped = held[row, point] > 0
    first, second = np.where(swapped, other, index), np.where(swapped, index, other)
    return Brackets(first, second, low, sweep.points[point + 1])


def ordered(costs: Numbers, others: Numbers) -> Numbers:
    """Return -1 where the first cost is less, 1 where it is more, 0 within float noise."""
    same = np.abs(costs - others) <= TIE * np.maximum(costs, others)
    return np.where(same, 0, np.sign(costs - others))


def _last_known(order: Numbers) -> Places:
    """Return for each point the last one up to it at which the order is not a tie."""
    points = np.where(order != 0, np.arange(order.shape[1]), 0)
    return np.maximum.accumulate(points, axis=1)


def _held(order: Numbers) -> Numbers:
    """Fill ties with the last order before them; an unknown order becomes 0."""
    known = np.where(order == order, order, 0)
    return np.take_along_axis(known, _last_known(known), axis=1)


def refined(costs_at: CostsAt, sweep: Sweep, found: Brackets) -> list[Crossing]:
    """Bisect all brackets at once to full float precision: until no number lies inside any."""
    first, second, low, high = found.first, found.second, found.low, found.high
    both = np.append(first, second)

    def costs(values: Numbers) -> Numbers:
        return costs_at(both, np.tile(values, 2)).reshape(2, -1)

    middle = _between(sweep, low, high)
    while ((low < middle) & (middle < high)).any():
        below = np.less(*costs(middle))
        low, high = np.where(below, middle, low), np.where(below, high, middle)
        middle = _between(sweep, low, high)
    first_cost, second_cost = costs(high)
    exact = np.abs(first_cost - second_cost) <= EQUAL * np.maximum(first_cost, second_cost)
    columns = (first, second, high, first_cost, second_cost, exact)
    return list(starmap(Crossing, zip(*map(np.ndarray.tolist, columns), strict=True)))


def _between(sweep: Sweep, low: Numbers, high: Numbers) -> Numbers:
    return np.floor((low + high) / 2) if sweep.whole else (low + high) / 2
