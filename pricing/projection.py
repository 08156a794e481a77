"""Workloads over months: growth, seasons, accumulating data and changing prices.

Months are another axis of the same columns, always the last. The engine prices them all at once.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec
import numpy as np

from pricing import account, engine, portfolio
from pricing.arrays import Numbers, Places
from pricing.catalogue import Catalogue
from pricing.engine import Bill
from pricing.portfolio import BilledPart, PortfolioPart
from pricing.units import HOURS_PER_DAY, MONTHS_PER_YEAR, whole_units

CELLS = engine.CELLS
"""Workload-months priced at once, which bounds memory."""


@dataclass(frozen=True)
class Growth:
    """How one field changes from its value in the first month.

    Month n, counted from 0, has ((value or values[n]) x (1 + rate)^n + step x n + ingest x
    min(n, expires)) x the season of its month of the year.
    """

    rate: float = 0.0
    step: float = 0.0
    values: tuple[float, ...] = ()
    ingest: float = 0.0
    expires: float = float("inf")
    seasons: tuple[float, ...] = (1.0,) * MONTHS_PER_YEAR


@dataclass(frozen=True)
class Span:
    """The months of a projection."""

    start: date
    """First day of the first month."""
    months: int
    calendar: bool
    """Whether months have their real hours instead of the workload's."""
    fixed_prices: bool
    """Whether workloads keep their price date instead of following the months."""

    @property
    def days(self) -> Places:
        """First day of each month [days since 1970]."""
        first = np.datetime64(self.start, "M")
        return (first + np.arange(self.months)).astype("datetime64[D]").astype(np.int64)

    @property
    def hours(self) -> Numbers:
        """Real hours of each month [h]."""
        after = np.datetime64(self.start, "M") + self.months
        ends = np.append(self.days[1:], after.astype("datetime64[D]").astype(np.int64))
        return (ends - self.days).astype(np.float64) * HOURS_PER_DAY


def grown(value: Numbers, growth: Growth, span: Span, *, whole: bool) -> Numbers:
    """Return a field's value in each month.

    Parameters
    ----------
    value : array (workload,) [the field's unit]
    whole : whether the field takes whole numbers only; values are then rounded up

    Returns
    -------
    array (workload, month)

    Examples
    --------
    100 GB with 10 GB a month added and kept for two months; 100 GB growing 5 percent a month:

    >>> span = Span(date(2026, 1, 1), 4, False, False)
    >>> grown(np.array([100.0]), Growth(ingest=10, expires=2), span, whole=False).tolist()
    [[100.0, 110.0, 120.0, 120.0]]
    >>> grown(np.array([100.0]), Growth(rate=0.05), span, whole=False).round(2).tolist()
    [[100.0, 105.0, 110.25, 115.76]]
    """
    month = np.arange(span.months)
    base = np.asarray(growth.values) if growth.values else value[:, np.newaxis]
    compound = base * (1 + growth.rate) ** month
    added = growth.step * month + growth.ingest * np.minimum(month, growth.expires)
    season = np.take(growth.seasons, (span.start.month - 1 + month) % MONTHS_PER_YEAR)
    projected = np.broadcast_to((compound + added) * season, (len(value), span.months))
    return whole_units(projected) if whole else projected


def widened(workload: Any, growths: Mapping[str, tuple[Growth, bool]], span: Span) -> Any:
    """Add a last axis of months to columns.

    ``growths`` maps a field to its growth and whether it takes whole numbers only. A column that
    does not change has one month, which holds for all. Names have the full shape.
    """
    wide = engine.reshape(workload, lambda column: column[:, np.newaxis])
    changed = {
        name: grown(getattr(workload, name), growth, span, whole=whole)
        for name, (growth, whole) in growths.items()
    }
    if not span.fixed_prices:
        changed["price_date"] = span.days[np.newaxis]
    if span.calendar:
        changed["hours_per_month"] = span.hours[np.newaxis]
    changed["name"] = np.broadcast_to(wide.name, (len(wide.name), span.months))
    return msgspec.structs.replace(wide, **changed)


def project(
    columns: Sequence[PortfolioPart], span: Span, catalogue: Catalogue, *, free_tier: bool
) -> Iterator[list[BilledPart]]:
    """Price columns that already have an axis of months, in chunks of months.

    Yields
    ------
    the parts of the portfolio for each chunk of months, in order
    """
    rows = sum(len(part.rows) for part in columns)
    step = max(1, CELLS // rows)
    for start in range(0, span.months, step):
        months = slice(start, start + step)
        chunk = [
            PortfolioPart(part.service, part.rows, of_months(part.workload, months))
            for part in columns
        ]
        yield portfolio.price(chunk, catalogue, free_tier=free_tier)


def of_months(workload: Any, months: slice) -> Any:
    """Return a slice of the months of columns."""
    return engine.reshape(
        workload, lambda column: column if column.shape[1] == 1 else column[:, months]
    )


def tier_starts(bill: Bill) -> Iterator[tuple[int, int, Numbers, Numbers]]:
    """Yield for each tiered line and tier where the tier starts, and what the account has reached.

    Yields
    ------
    line, tier : indices
    start : array of the line's shape [units]; 0 where the variant has no such tier
    reached : array of the line's shape, the account's quantity in that pool [units]
    """
    for index, line in enumerate(bill.lines):
        if not line.rate.steps.shape[-1]:
            continue
        starts = line.rate.starts[line.variant, line.day]
        reached = account.summed(line, line.billable)
        for tier in range(starts.shape[-1]):
            start = starts[..., tier]
            yield index, tier, start, reached
