"""One workload under alternatives: the product of what varies, priced in one call.

Where one number is swept, the points at which two alternatives cost the same are found by halving
the bracket between two grid points: again the engine, on more rows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from typing import Any

import msgspec
import numpy as np

from pricing import engine
from pricing.arrays import Flags, Numbers, Places
from pricing.engine import Bill
from pricing.model import Service, WorkloadFields
from pricing.rates import RateCard

TIE = 1e-9
"""Relative difference of costs that is float noise, not an order."""
EQUAL = 1e-6
"""Relative difference of costs that counts as equal at a break-even point."""


@dataclass(frozen=True)
class Sweep:
    """One number of the workload, varied over a range."""

    field: str
    points: Any
    """Values of the field, rising [its unit]."""
    whole: bool
    """Whether only whole numbers make sense."""


@dataclass(frozen=True, eq=False)
class Owned:
    """The bill of one service's rows, and for each row the place of the alternative that owns it.

    An alternative may own several rows of a bill, or none.
    """

    bill: Bill
    owner: Places


@dataclass(frozen=True, eq=False)
class Comparison:
    """Alternatives and what they own; after the last of ``choices`` comes the baseline.

    The baseline is the workload as it was given.
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
    """Add costs up over the rows that each of so many alternatives owns [USD a month]."""
    return sum(np.bincount(part.owner, part.bill.cost, count) for part in parts)


@dataclass(frozen=True)
class Crossing:
    """Where two alternatives change their order along a sweep.

    Below ``value`` the ``first`` is cheaper, above it the ``second``. ``exact`` tells a break-even
    point, where both cost the same, from a step, where a whole unit more turns the order at once.
    """

    first: int
    second: int
    value: float
    first_cost: float
    second_cost: float
    exact: bool


def compare(
    service: Service, workload: WorkloadFields, vary: Mapping[str, Sequence[Any]], card: RateCard
) -> Comparison:
    """Price a workload with every combination of the values that vary, and as it is.

    Parameters
    ----------
    service : Service
    workload : the baseline
    vary : values to take, by field; all valid
    card : what prices them
    """
    choices, rows = alternatives(service, workload, vary)
    bill = engine.price(service, rows, card)
    return Comparison(choices, [Owned(bill, np.arange(len(choices) + 1))])


def alternatives(
    service: Service, workload: WorkloadFields, vary: Mapping[str, Sequence[Any]]
) -> tuple[list[dict[str, Any]], Any]:
    """Give the combinations, and columns that hold them with the baseline as the last row."""
    sizes = [len(values) for values in vary.values()]
    count = int(np.prod(sizes))
    places = np.indices(sizes).reshape(len(sizes), count) if sizes else np.zeros((0, count), int)
    columns = engine.columns(service.workload, [workload])
    rows = engine.reshape(columns, lambda column: np.repeat(column, count + 1))
    makers = dict(engine.column_makers(service.workload))
    varied = {
        name: _varied(makers[name]([*values, getattr(workload, name)]), place)
        for (name, values), place in zip(vary.items(), places, strict=True)
    }
    labels = [
        list(map(list(values).__getitem__, place.tolist()))
        for values, place in zip(vary.values(), places, strict=True)
    ]
    choices = [dict(zip(vary, combined, strict=True)) for combined in zip(*labels, strict=True)]
    return choices or [{}], msgspec.structs.replace(rows, **varied)


def _varied(column: Any, place: Any) -> Any:
    """Pick a column's values for each combination, and its last for the baseline."""
    picks = np.append(place, -1)
    return engine.reshaped(column, lambda values: values[picks])


def sweep_grid(field: str, points: Any, whole: bool) -> Sweep:
    """Make a sweep; whole numbers are rounded and not repeated."""
    values = np.asarray(points, dtype=np.float64)
    return Sweep(field, np.unique(np.round(values)) if whole else values, whole)


def curves(comparison: Comparison, sweep: Sweep) -> Any:
    """Price every alternative at every point of a sweep.

    Returns
    -------
    costs : array (alternative, point) [USD a month]; NaN where a charge is unpriced
    """
    count = len(comparison.choices)
    places = np.repeat(np.arange(count), len(sweep.points))
    return costs_at(comparison, sweep, places, np.tile(sweep.points, count)).reshape(count, -1)


def costs_at(comparison: Comparison, sweep: Sweep, places: Places, values: Numbers) -> Numbers:
    """Price alternatives (by place) with the swept field at the values given [USD a month]."""
    return owned_cost(parts_at(comparison, sweep, places, values), len(places))


def parts_at(comparison: Comparison, sweep: Sweep, places: Places, values: Numbers) -> list[Owned]:
    """Bill alternatives (by place) again, with the swept field at the values given.

    An alternative may be asked for several times; ``owner`` of the result points into ``places``.
    Rows of services that have no such field stay as they are.
    """
    return [_swept(part, sweep.field, places, values) for part in comparison.parts]


def _swept(part: Owned, field: str, places: Places, values: Numbers) -> Owned:
    rows, owner = rows_owned(part.owner, places)
    bill = part.bill
    workload = engine.reshape(bill.workload, lambda column: column[rows])
    if field in workload.__struct_fields__:
        workload = msgspec.structs.replace(workload, **{field: values[owner]})
    return Owned(engine.price(bill.service, workload, bill.card), owner)


def rows_owned(owner: Places, places: Places) -> tuple[Places, Places]:
    """Find the rows that alternatives own.

    Parameters
    ----------
    owner : for each row the alternative that owns it
    places : alternatives, in any order and any number of times

    Returns
    -------
    rows, index : the rows, one alternative after the other, and for each its index into ``places``

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


def crossings(comparison: Comparison, sweep: Sweep, costs: Any) -> list[Crossing]:
    """Find where any two alternatives change their order, refined to the last digits.

    A stretch on which both cost the same has no crossing of its own; the point where it ends in
    the other order has. Two turns between neighbouring points of the sweep are not told apart.
    """
    pairs = np.array(list(combinations(range(len(costs)), 2)), dtype=np.intp).reshape(-1, 2)
    order = ordered(costs[pairs[:, 0]], costs[pairs[:, 1]])
    held = _held(order)
    pair, point = np.nonzero(held[:, 1:] * held[:, :-1] < 0)
    if not pair.size:
        return []
    low = sweep.points[_last_known(order)[pair, point]]
    first, second = pairs[pair].T
    swapped = held[pair, point] > 0
    first, second = np.where(swapped, second, first), np.where(swapped, first, second)
    return _refined(comparison, sweep, first, second, low, sweep.points[point + 1])


def ordered(costs: Any, others: Any) -> Any:
    """Tell which of two costs is less: -1, 1, or 0 where they are the same but for float noise."""
    same = np.abs(costs - others) <= TIE * np.maximum(costs, others)
    return np.where(same, 0, np.sign(costs - others))


def _last_known(order: Any) -> Any:
    """Give for each point the last one, itself included, at which the order is not a tie."""
    places = np.where(order != 0, np.arange(order.shape[1]), 0)
    return np.maximum.accumulate(places, axis=1)


def _held(order: Any) -> Any:
    """Carry the last order that was not a tie on over ties; unknown orders count as ties."""
    known = np.where(order == order, order, 0)
    return np.take_along_axis(known, _last_known(known), axis=1)


def _refined(
    comparison: Comparison, sweep: Sweep, first: Any, second: Any, low: Any, high: Any
) -> list[Crossing]:
    """Halve the bracket of every crossing at once."""
    price = partial(costs_at, comparison, sweep)
    middle = _between(sweep, low, high)
    while ((low < middle) & (middle < high)).any():
        below = price(first, middle) < price(second, middle)
        low, high = np.where(below, middle, low), np.where(below, high, middle)
        middle = _between(sweep, low, high)
    first_cost, second_cost = price(first, high), price(second, high)
    exact = np.abs(first_cost - second_cost) <= EQUAL * np.maximum(first_cost, second_cost)
    return [
        Crossing(*values)
        for values in zip(
            first.tolist(),
            second.tolist(),
            high.tolist(),
            first_cost.tolist(),
            second_cost.tolist(),
            exact.tolist(),
            strict=True,
        )
    ]


def _between(sweep: Sweep, low: Any, high: Any) -> Any:
    return np.floor((low + high) / 2) if sweep.whole else (low + high) / 2
