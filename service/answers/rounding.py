"""Numbers of the engine as an answer gives them; the only rounding of money.

Money is rounded once, to micro-dollars half-even, line by line; ``monthly_cost`` is the sum of the
rounded lines, so that a spreadsheet's SUM agrees.
"""

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np

from pricing.engine import Bill, Line

MICRO_DOLLARS = 6
"""Decimals of a dollar that an answer carries."""


def totals(bill: Bill) -> tuple[Any, Any]:
    """Add up the priced lines of each workload, rounded, and tell where all are priced [USD]."""
    unpriced = bill.lines.unpriced
    known = np.where(unpriced, 0, money(bill.lines.cost))
    return money(sum(known)), ~unpriced.any(axis=0)


def money(cost: Any) -> Any:
    """Round to micro-dollars, half to even [USD]."""
    return np.round(cost, MICRO_DOLLARS)


def days(numbers: Any) -> list[date]:
    """Turn days since 1970 into dates."""
    return np.asarray(numbers).astype("datetime64[D]").tolist()  # type: ignore[no-any-return]


def nullable(values: Any) -> list[Any]:
    """Give an array as a list in which NaN is None."""
    missing = values != values
    if missing.any():
        values = values.astype(object)
        values[missing] = None
    listed: list[Any] = values.tolist()
    return listed


def settled(bill: Bill) -> Bill:
    """Round what pools share back so that the rounded parts still add up to the pool's cost."""
    return Shares().rounded(bill)


class Shares:
    """Rounds what pools share back so that the rounded parts still add up to the pool's cost.

    Of successive rows it is given one bill after the other, and carries the running sum of each
    pool on.
    """

    def __init__(self) -> None:
        self._sums: dict[tuple[str, int, int], float] = {}

    def rounded(self, bill: Bill) -> Bill:
        """Give the bill of the next rows with rounded shares."""
        cost = bill.lines.cost.copy()
        for place, line in enumerate(bill.lines):
            if line.pool is not None:
                cost[place] = self._shares(line, (bill.service.key, place))
        return replace(bill, lines=replace(bill.lines, cost=cost))

    def _shares(self, line: Line, at: tuple[str, int]) -> Any:
        """Round the running sum over the rows of each pool, and give each row its step [USD]."""
        known = np.where(line.unpriced, 0, line.cost).ravel()
        key = line.pool.ravel()
        order = np.argsort(key, kind="stable")
        starts = np.flatnonzero(np.diff(key[order]) != 0) + 1
        shares = np.empty_like(known)
        for rows in np.split(order, starts):
            pool = (*at, int(key[rows[0]]))
            sums = np.cumsum(np.append(self._sums.get(pool, 0.0), known[rows]))
            shares[rows] = np.diff(money(sums))
            self._sums[pool] = float(sums[-1])
        return np.where(line.unpriced, np.nan, shares.reshape(line.cost.shape))
