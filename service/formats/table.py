"""Tables: columns of equal length, by name.

A cell is text, a number, a boolean, a day, a moment, or None where nothing is known.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import chain, islice
from operator import attrgetter
from typing import Any

from msgspec import UNSET, Struct

TOGETHER = 500
"""Rows that become records together."""


class Table(Struct, frozen=True):
    """Columns of equal length, by name."""

    name: str
    columns: dict[str, list[Any]]
    sections: dict[str, str] = {}
    """What some columns are: a workbook shows each section in its colour."""


def records(table: Table) -> Iterator[list[dict[str, Any]]]:
    """Yield the rows of a table, some together."""
    left = rows(table)
    while some := list(islice(left, TOGETHER)):
        yield [dict(zip(table.columns, row, strict=True)) for row in some]


def rows(table: Table) -> Iterator[tuple[Any, ...]]:
    """Yield the cells of a table row by row."""
    return zip(*table.columns.values(), strict=True)


def joined(parts: Iterable[Table]) -> Table:
    """Put the parts of a table together, of which there is at least one."""
    first, *more = parts
    if not more:
        return first
    columns = {
        name: list(chain(cells, *(part.columns[name] for part in more)))
        for name, cells in first.columns.items()
    }
    return Table(first.name, columns, first.sections)


def of_records(name: str, kind: type[Struct], listed: Sequence[Any]) -> Table:
    """Return Structs as a table; their field ``time`` becomes a moment.

    A field that may be left out has no column where it is.
    """
    columns = {field: list(map(attrgetter(field), listed)) for field in kind.__struct_fields__}
    may_be_left_out = kind.__struct_fields__[len(columns) - len(kind.__struct_defaults__) :]
    for field in may_be_left_out:
        if UNSET in columns[field] or not listed:
            del columns[field]
    if "time" in columns:
        columns["time"] = list(map(datetime.fromisoformat, columns["time"]))
    return Table(name, columns)
