"""Hours of use in: a sheet with a column `time` and one of loads, as the curve of a workload.

Times are local, without a zone. Each row is an hour after the row before. A sheet has the hours of
a day, a week or a year of 365 days.
"""

from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from typing import Any

import msgspec
import numpy as np

from pricing import curve, wording
from pricing.arrays import Numbers
from service import problems
from service.formats.readers import Sheet, given, refused
from service.problems import Violation
from service.requests import hours

TIME, LOAD = "time", "load"
HOUR = timedelta(hours=1)


def is_use(sheet: Sheet) -> bool:
    """Return whether a sheet has hours of use, not workloads."""
    return TIME in sheet.places


def loads(sheet: Sheet) -> Numbers:
    """Return the load of each hour, from midnight on [hour].

    The hours repeat themselves, so those before the first midnight follow the last.

    Raises
    ------
    ProblemError
        422 with every fault by its row and column.
    """
    name, found = _header(sheet)
    if found:
        raise refused(found)
    times: list[datetime] = []
    read: list[float] = []
    for number, cells in sheet.rows:
        row = dict(zip(sheet.names, cells, strict=False))
        moment, load = _moment(row.get(TIME)), _load(row.get(name), sheet.dialect.decimal)
        found += _faults(sheet, number, times, moment, row.get(TIME))
        if load is None:
            message = f"must be a load of at least 0; got {wording.shown(row.get(name))}"
            found.append(sheet.fault(number, name, message))
        times += [moment] if moment else []
        read += [load] if load is not None else []
        if len(found) > problems.MOST or len(read) > curve.HOURS_PER_YEAR:
            break
    found = found or list(_in_all(sheet, name, read))
    if found:
        raise refused(found)
    return np.roll(read, times[0].hour)


def _header(sheet: Sheet) -> tuple[str, list[Violation]]:
    """Return the column of the loads, and what is wrong with the header."""
    number, _ = sheet.header
    others = [name for name in sheet.names if name and name != TIME]
    if LOAD in others or len(others) != 1:
        unknown = [name for name in others if name != LOAD]
        message = f"is not known; beside {TIME} there is a column {LOAD}, or one of any name"
        found = [sheet.fault(number, name, message) for name in unknown]
        if LOAD not in others and not unknown:
            found.append(sheet.fault(number, LOAD, "is missing in the header"))
        return LOAD, found
    return others[0], []


def _moment(cell: Any) -> datetime | None:
    """Return the local time of a cell, to the second; None where it has none, or a zone."""
    if isinstance(cell, str):
        with suppress(ValueError):
            cell = datetime.fromisoformat(cell.strip())
    elif isinstance(cell, date) and not isinstance(cell, datetime):
        cell = datetime.combine(cell, time())
    if not isinstance(cell, datetime) or cell.tzinfo:
        return None
    return (cell + timedelta(seconds=0.5)).replace(microsecond=0)


def _load(cell: Any, decimal: str) -> float | None:
    """Return the load of a cell; None where it is none."""
    text = cell.strip().replace(decimal, ".") if isinstance(cell, str) else cell
    with suppress(msgspec.ValidationError):
        return float(msgspec.convert(text, hours.Multiplier, strict=False))
    return None


def _faults(
    sheet: Sheet, number: int, before: list[datetime], moment: datetime | None, cell: Any
) -> Iterator[Violation]:
    """Yield what is wrong with the time of a row."""
    if moment is None:
        shown = wording.shown(cell) if given(cell) else "an empty cell"
        message = f"must be a time without a zone, as 2026-01-05T13:00; got {shown}"
        yield sheet.fault(number, TIME, message)
    elif before and moment - before[-1] != HOUR:
        word = "has a gap before it" if moment - before[-1] > HOUR else "is not after it"
        word = "repeats it" if moment == before[-1] else word
        message = f"must be an hour after the row before, {before[-1]:%Y-%m-%dT%H:%M}; {word}"
        yield sheet.fault(number, TIME, message)


def _in_all(sheet: Sheet, name: str, read: list[float]) -> Iterator[Violation]:
    """Yield what is wrong with all rows together."""
    number, _ = sheet.header
    if len(read) not in curve.LENGTHS:
        count = f"{len(read):,}" if len(read) <= curve.HOURS_PER_YEAR else "more"
        message = f"must have 24, 168 or 8,760 rows, one for each hour; got {count}"
        yield sheet.fault(number, TIME, message)
    elif max(read) < hours.LEAST_LOAD:
        message = f"is below {hours.LEAST_LOAD} in every hour; send a load, in any unit"
        yield sheet.fault(number, name, message)
