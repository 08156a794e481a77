"""The engine's numbers as answers show them; the only place that rounds money.

Money is rounded once, to micro-dollars half-even, line by line; ``monthly_cost`` is the sum of the
rounded lines, so that a spreadsheet's SUM agrees.
"""

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np

from pricing.engine import Bill, Line

MICRO_DOLLARS = 6
"""Decimals of a dollar in an answer."""


def totals(bill: Bill) -> tuple[Any, Any]:
    """Return each workload's sum of rounded priced lines [USD], and whether all are priced."""
    unpriced = bill.lines.unpriced
    known = np.where(unpriced, 0, money(bill.lines.cost))
    return money(sum(known)), ~unpriced.any(axis=0)


def list_totals(bill: Bill) -> Any:
    """Return each workload's sum at list prices [USD]; None without an overlay."""
    if bill.lines.list_cost is None:
        return None
    return money(np.nansum(money(bill.lines.list_cost), axis=0))


def money(cost: Any) -> Any:
    """Round to micro-dollars, half to even [USD]."""
    return np.round(cost, MICRO_DOLLARS)


def days(numbers: Any) -> list[date]:
    """Convert days since 1970 into dates."""
    return np.asarray(numbers).astype("datetime64[D]").tolist()  # type: ignore[no-any-return]


def nullable(values: Any) -> list[Any]:
    """Return an array as a list in which None replaces NaN."""
    missing = values != values
    if missing.ndim == 1 and missing.all():
        return [None] * len(values)
    if missing.any():
        values = values.astype(object)
        values[missing] = None
    listed: list[Any] = values.tolist()
    return listed


def settled(bill: Bill) -> Bill:
    """Round the shares of pools so that they still add up to the pool's cost."""
    return Shares().rounded(bill)


class Shares:
    """Rounds the shares of pools so that they still add up to the pool's cost.

    Pass it the bills in row order: it keeps a running sum per pool between calls.
    """

    def __init__(self) -> None:
        self._sums: dict[tuple[str, int, str, int], float] = {}

    def rounded(self, bill: Bill) -> Bill:
        """Return the bill of the next rows with rounded shares."""
        names = ["cost", "list_cost"] if bill.lines.list_cost is not None else ["cost"]
        costs: Any = {name: getattr(bill.lines, name).copy() for name in names}
        for place, line in enumerate(bill.lines):
            if line.pool is not None:
                for name in names:
                    at = bill.service.key, place, name
                    costs[name][place] = self._shares(line, costs[name][place], at)
        return replace(bill, lines=replace(bill.lines, **costs))

    def _shares(self, line: Line, cost: Any, at: tuple[str, int, str]) -> Any:
        """Round each pool's running sum over its rows, and return the step of each row [USD]."""
        unpriced = cost != cost
        known = np.where(unpriced, 0, cost).ravel()
        key = line.pool.ravel()
        order = np.argsort(key, kind="stable")
        starts = np.flatnonzero(np.diff(key[order]) != 0) + 1
        shares = np.empty_like(known)
        for rows in np.split(order, starts):
            pool = (*at, int(key[rows[0]]))
            sums = np.cumsum(np.append(self._sums.get(pool, 0.0), known[rows]))
            shares[rows] = np.diff(money(sums))
            self._sums[pool] = float(sums[-1])
        return np.where(unpriced, np.nan, shares.reshape(cost.shape))
