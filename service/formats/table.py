"""Tables: columns of equal length, by name.

A cell is text, a number, a boolean, a day, a moment, or None where nothing is known.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from itertools import chain, islice
from operator import attrgetter
from typing import Any

from msgspec import UNSET, Struct, inspect, structs

TOGETHER = 500
"""Rows that become records together."""


Kind = type | tuple[str, ...]
"""What the cells of a column are: the type of each, or the words of which each is one."""


class Table(Struct, frozen=True):
    """Columns of equal length, by name."""

    name: str
    columns: dict[str, list[Any]]
    sections: dict[str, str] = {}
    """What some columns are: a workbook shows each section in its colour."""
    kinds: Mapping[str, Kind] = {}
    """What the cells of columns are, whatever the data; of a column not named, texts."""


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
    return Table(first.name, columns, first.sections, first.kinds)


def of_records(name: str, kind: type[Struct], listed: Sequence[Any]) -> Table:
    """Return Structs as a table; their field ``time`` becomes a moment.

    A field that may be left out has no column where it is.
    """
    columns = {field: list(map(attrgetter(field), listed)) for field in kind.__struct_fields__}
    may_be_left_out = kind.__struct_fields__[len(columns) - len(kind.__struct_defaults__) :]
    for field in may_be_left_out:
        if UNSET in columns[field] or not listed:
            del columns[field]
    kinds = kinds_of(kind)
    if "time" in columns:
        columns["time"] = list(map(datetime.fromisoformat, columns["time"]))
        kinds = merged(kinds, {"time": datetime})
    return Table(name, columns, kinds=kinds)


NO_COLUMNS = Table("", {})


@cache
def kinds_of(kind: type[Struct]) -> Mapping[str, Kind]:
    """Return the kinds of columns that hold the fields of a Struct."""
    return {field.name: _kind(inspect.type_info(field.type)) for field in structs.fields(kind)}


def _kind(described: inspect.Type) -> Kind:
    """Return the kind of cells of a type, which may also be null."""
    if isinstance(described, inspect.Metadata):
        return _kind(described.type)
    if isinstance(described, inspect.UnionType):
        return next(_kind(one) for one in described.types if type(one) is not inspect.NoneType)
    if isinstance(described, inspect.LiteralType):
        return tuple(map(str, described.values))
    return PLAIN.get(type(described), str)


PLAIN: dict[Any, type] = {
    inspect.FloatType: float,
    inspect.IntType: int,
    inspect.BoolType: bool,
    inspect.DateType: date,
    inspect.DateTimeType: datetime,
}


def merged(some: Mapping[str, Kind], others: Mapping[str, Kind]) -> dict[str, Kind]:
    """Join the kinds of the columns of several tables; a column of words has those of all."""
    joined = {**some, **others}
    for name in some.keys() & others.keys():
        one, other = some[name], others[name]
        if isinstance(one, tuple) and isinstance(other, tuple):
            joined[name] = tuple(dict.fromkeys((*one, *other)))
    return joined
