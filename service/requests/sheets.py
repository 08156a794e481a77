"""Sheets of workloads, decoded column by column; faults by row and column.

The header names the fields in any order; titles may stand above it. An empty cell means the
field's default. Blank rows are skipped. A portfolio has a ``service`` column too, and the columns
of all its services. What an answer has put beside the fields is not read when the sheet comes back.
"""

import dataclasses
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from functools import cache, cached_property, partial
from heapq import merge
from itertools import chain, islice, zip_longest
from operator import attrgetter
from types import GenericAlias
from typing import Any, cast

import msgspec
import numpy as np
from msgspec import Struct, inspect

from pricing import engine, wording
from pricing.catalogue import Catalogue
from pricing.engine import column_makers
from pricing.model import Form, Service, fields_of, kinds
from pricing.portfolio import PortfolioPart
from pricing.rates import day_number
from service import problems
from service.formats.readers import Sheet, given, refused
from service.formats.table import Table
from service.formats.workbooks import Row
from service.problems import Violation
from service.requests import violations
from service.requests.batches import MOST_WORKLOADS

CHUNK = 5_000
"""Rows that are decoded, priced and written together."""
NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,14})(\.[0-9]+)?([eE][-+]0?[0-9]{2})?")
"""A number as programs write it; ``001``, ``1E5``, ``+49`` and ids of 16 digits are text."""
MOST_TITLES = 9
"""Rows that may stand above the header and say something else."""
MISREAD = "a number in another spelling"
"""Replaces a cell that could be read as two different numbers; it is not a number."""


@dataclass(frozen=True)
class Expected:
    """What a sheet may hold: workloads of one service or, with a ``service`` column, of many.

    The needs of a question are held as the workloads of a service are.
    """

    services: Mapping[str, Form]
    first_days: Mapping[str, date]
    """The first day with a known price, by key."""
    mixed: bool
    keeps_extra: bool
    answered: frozenset[str] = frozenset()
    """Names of the answer's own columns: those of a sheet that comes back are not read."""
    given: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    """Cells of each row in columns that the sheet does not have."""
    reserved: frozenset[str] = frozenset()
    """Further names of the answer's own; no column with such a name is passed through."""

    @cached_property
    def known(self) -> set[str]:
        """The columns that have a meaning."""
        fields = (service.workload.__struct_fields__ for service in self.services.values())
        return {*chain.from_iterable(fields), *(("service",) if self.mixed else ())}

    @cached_property
    def required(self) -> set[str]:
        """The columns without which no row can be read."""
        if self.mixed:
            return {"service"}
        (service,) = self.services.values()
        required = {one.name for one in fields_of(service.workload) if one.required}
        return required - self.given.keys()


@dataclass(frozen=True)
class Batch:
    """Rows as columns, service by service, and the columns that are passed through."""

    parts: list[PortfolioPart]
    extra: Table
    numbers: Sequence[int]
    """The number of each row in the sheet."""
    sheet: Sheet


def first_days(services: Iterable[str], catalogue: Catalogue) -> dict[str, date]:
    """Return the first day with a known price of each service."""
    return {key: catalogue.table(key).first for key in services}


def batches(sheet: Sheet, expected: Expected, size: int = CHUNK) -> Iterator[Batch]:
    """Yield a sheet in batches of ``size`` rows.

    Raises
    ------
    ProblemError
        422 with every fault of the sheet, after its last row; discard the batches before it.
    """
    sheet = _below_titles(sheet, expected)
    found = _header_faults(sheet, expected)
    if expected.required - sheet.places.keys():
        raise refused(found)
    rows = list(islice(sheet.rows, size))
    if not rows:
        raise refused([*found, Violation("the sheet has no rows below its header")])
    while rows and len(found) <= problems.MOST:
        batch = _decoded(rows, sheet, expected, found)
        if not found:
            yield batch
        rows = list(islice(sheet.rows, size))
    if found:
        raise refused(found)


def whole(sheet: Sheet, expected: Expected, limit: int | None = None) -> Batch:
    """Decode a whole sheet of at most ``limit`` rows, or of as many workloads as a batch has."""
    most = MOST_WORKLOADS if limit is None else limit
    batch, *more = islice(batches(sheet, expected, most), 2)
    if more:
        message = f"more than {most:,} rows are answered only in CSV or Arrow, service by service"
        if most < MOST_WORKLOADS:
            message = f"has more than {most:,} rows; send them in several sheets"
        raise refused([Violation(message)])
    return batch


def _below_titles(sheet: Sheet, expected: Expected) -> Sheet:
    """Return a sheet from its header on: the row that names most fields, of the first few.

    Columns that have their names by themselves have no other row above them.
    """
    if not sheet.addressed:
        return sheet
    first = [sheet.header, *islice(sheet.rows, MOST_TITLES)]
    sheets = [replace(sheet, header=row) for row in first]
    named = [len(expected.known.intersection(one.names)) for one in sheets]
    place = named.index(max(named))
    return replace(sheets[place], rows=chain(first[place + 1 :], sheet.rows))


def _header_faults(sheet: Sheet, expected: Expected) -> list[Violation]:
    number, known, words = sheet.header[0], expected.known, tuple(sorted(expected.known))
    speller = wording.Speller()
    found = []
    for place, name in enumerate(sheet.names):
        if name and place > sheet.places[name]:
            found.append(sheet.fault(number, name, "appears more than once in the header", place))
        elif name in expected.answered:
            continue
        elif name and name not in known and not expected.keeps_extra:
            near = speller.meant(name, words)
            message = f"is not known{near}; keep_extra=1 passes such columns through"
            found.append(sheet.fault(number, name, message))
        elif name not in known and name in expected.reserved:
            message = "is a name of the answer's own; rename the column, or leave it out"
            found.append(sheet.fault(number, name, message))
    missing = sorted(expected.required - sheet.places.keys())
    return found + [sheet.fault(number, name, "is missing in the header") for name in missing]


def _decoded(rows: list[Row], sheet: Sheet, expected: Expected, found: list[Violation]) -> Batch:
    """Convert rows into columns; add their faults to ``found``, row by row."""
    numbers = [number for number, _ in rows]
    columns: dict[str, Sequence[Any]] = {}
    listed = zip_longest(sheet.names, *(cells for _, cells in rows))
    nameless: list[tuple[int, Sequence[Any]]] = []
    for place, (name, *cells) in enumerate(listed):
        if name:
            columns[name] = cells
        elif any(map(given, cells)):
            nameless.append((place, cells))
    for name, cell in expected.given.items():
        columns.setdefault(name, [cell] * len(rows))
    speller = wording.Speller()
    faults = [_nameless_faults(nameless, numbers, sheet), _longer_rows(rows, sheet)]
    parts = []
    if expected.mixed:
        faults.append(_service_faults(columns["service"], numbers, sheet, expected, speller))
    for service, places in _by_service(columns, len(numbers), expected):
        first = expected.first_days[service.key]
        own = {
            name: [cells[place] for place in places]
            for name, cells in columns.items()
            if name in expected.known and name != "service"
        }
        try:
            workload = _workload(service, own, len(places), sheet.dialect.decimal, first)
            parts.append(PortfolioPart(cast("Service", service), np.array(places), workload))
        except msgspec.ValidationError:
            shown = [numbers[place] for place in places]
            faults.append(_row_faults(service, own, shown, sheet, first, speller))
    in_order = merge(*faults, key=attrgetter("row"))
    found += islice(in_order, problems.MOST + 1 - len(found))
    passed_over = expected.known | expected.answered
    extra = {name: list(cells) for name, cells in columns.items() if name not in passed_over}
    kinds = {name: kind for name, kind in sheet.kinds.items() if name in extra}
    if not sheet.typed:
        passed = partial(_passed, decimal=sheet.dialect.decimal)
        extra = {name: list(map(passed, cells)) for name, cells in extra.items()}
    return Batch(parts, Table("extra", extra, kinds=kinds), numbers, sheet)


def _passed(cell: Any, decimal: str) -> Any:
    """Convert a passed-through cell of a CSV to a number if it is one, to None if it is empty."""
    if not cell or (decimal == "," and "." in cell):
        return cell or None
    text = cell.replace(",", ".") if decimal == "," else cell
    found = NUMBER.fullmatch(text)
    if not found:
        return cell
    return float(text) if found[2] or found[3] else int(text)


def _nameless_faults(
    columns: Sequence[tuple[int, Sequence[Any]]], numbers: Sequence[int], sheet: Sheet
) -> Iterator[Violation]:
    """Yield a fault for each cell without a name above it."""
    for row, number in enumerate(numbers):
        for place, cells in columns:
            if given(cells[row]):
                yield sheet.fault(number, "", "the cell has no name above it", place)


def _longer_rows(rows: Sequence[Row], sheet: Sheet) -> Iterator[Violation]:
    """Yield a fault for each row of a CSV with more cells than its header, if they are empty.

    A number with a comma that is not quoted is two cells, and moves the others.
    """
    width = len(sheet.header[1])
    for number, cells in () if sheet.typed else rows:
        if len(cells) > width and not any(map(given, cells[width:])):
            message = (
                f"the row has {len(cells):,} cells, and the header {width:,}; quote what holds a"
                f" {sheet.dialect.separator!r}, and send as many cells as the header has"
            )
            yield sheet.fault(number, "", message, width)


def _by_service(
    columns: Mapping[str, Sequence[Any]], count: int, expected: Expected
) -> Iterator[tuple[Form, Sequence[int]]]:
    """Yield each service of some rows with the places of its rows."""
    if not expected.mixed:
        (service,) = expected.services.values()
        yield service, range(count)
        return
    places: dict[str, list[int]] = {}
    for place, cell in enumerate(columns["service"]):
        places.setdefault(_word(cell), []).append(place)
    for word, own in places.items():
        if word in expected.services:
            yield expected.services[word], own


def _service_faults(
    cells: Sequence[Any],
    numbers: Sequence[int],
    sheet: Sheet,
    expected: Expected,
    speller: wording.Speller,
) -> Iterator[Violation]:
    """Yield a fault for each cell that does not name a service."""
    words = tuple(expected.services)
    for number, word in zip(numbers, map(_word, cells), strict=True):
        if word not in expected.services:
            message = violations.unknown_service(word, words, speller)
            yield sheet.fault(number, "service", message)


def _word(cell: Any) -> str:
    """Return the text of a cell without surrounding blanks."""
    return str(cell or "").strip()


def _workload(
    service: Form, columns: Mapping[str, Sequence[Any]], count: int, decimal: str, first: date
) -> Any:
    """Decode the columns of one service into a ``Workload`` that holds arrays.

    ``first`` is the first day with a known price.

    Raises
    ------
    msgspec.ValidationError
        where a cell does not fit its field.
    """
    foreign = columns.keys() - {*service.workload.__struct_fields__}
    if any(given(cell) for name in foreign for cell in columns[name]):
        raise msgspec.ValidationError("a cell of another service's field")
    normal, makers = _normalizers(service.workload, decimal), dict(column_makers(service.workload))
    decoded: dict[str, Any] = {}
    for field in fields_of(service.workload):
        default = None if field.required else field.default
        values = [default] * count
        if field.name in columns:
            cells = map(normal[field.name], columns[field.name])
            values = [default if cell is None else cell for cell in cells]
        values = msgspec.convert(values, GenericAlias(list, field.type), strict=False)
        decoded[field.name] = makers[field.name](values)
    workload: Any = service.workload(**decoded)
    if (workload.price_date < day_number(first)).any():
        raise msgspec.ValidationError("a day before the first price")
    if engine.given_twice(service, workload):
        raise msgspec.ValidationError("numbers that exclude each other")
    return workload


@cache
def _normalizers(workload: type[Struct], decimal: str) -> dict[str, Callable[[Any], Any]]:
    """Return the function that normalises cells, by field; empty cells become None."""

    def text(cell: Any) -> Any:
        return str(cell).strip() or None if cell is not None else None

    def number(cell: Any) -> Any:
        if decimal != "," or not isinstance(cell, str):
            return other(cell)
        return MISREAD if _misread(cell, decimal) else other(cell.replace(",", "."))

    def other(cell: Any) -> Any:
        return cell.strip() or None if isinstance(cell, str) else cell

    def day(cell: Any) -> Any:
        is_day = isinstance(cell, datetime) and cell.time() == time.min
        return cell.date() if is_day else other(cell)

    by_kind: dict[Any, Any] = {
        inspect.FloatType: number,
        inspect.BoolType: other,
        inspect.DateType: day,
    }
    return {name: by_kind.get(type(kind), text) for name, kind in kinds(workload).items()}


def _misread(cell: Any, decimal: str) -> bool:
    """Return whether a cell has a point or several commas although commas are decimal."""
    return decimal == "," and isinstance(cell, str) and ("." in cell or cell.count(",") > 1)


def _row_faults(
    service: Form,
    columns: Mapping[str, Sequence[Any]],
    numbers: Sequence[int],
    sheet: Sheet,
    first: date,
    speller: wording.Speller,
) -> Iterator[Violation]:
    """Yield the faults in the rows of one service.

    The slow path: most rows fit, so decode many at once and look at each only if that fails.
    """
    decimal = sheet.dialect.decimal
    for start in range(0, len(numbers), violations.TOGETHER):
        some = slice(start, start + violations.TOGETHER)
        own = {name: cells[some] for name, cells in columns.items()}
        try:
            _workload(service, own, len(numbers[some]), decimal, first)
        except msgspec.ValidationError:
            for place, number in enumerate(numbers[some]):
                cells = {name: column[place] for name, column in own.items()}
                yield from _faults_of_row(service, cells, number, sheet, first, speller)


def _faults_of_row(
    service: Form,
    row: Mapping[str, Any],
    number: int,
    sheet: Sheet,
    first: date,
    speller: wording.Speller,
) -> Iterator[Violation]:
    """Yield the faults of one row."""
    normal = _normalizers(service.workload, sheet.dialect.decimal)
    cells = {name: cell for name, cell in row.items() if given(cell)}
    for name in cells:
        if name not in normal:
            message = f"{service.key} has no such field; leave the cell empty"
            yield sheet.fault(number, name, message)
    plain = {name: normal[name](cell) for name, cell in cells.items() if name in normal}
    faults = violations.in_body(plain, service.workload, violations.of_cell, speller)
    for one in faults:
        name = str(one.pointer)[1:]
        message = _as_sent(cells[name]) if plain.get(name) is MISREAD else one.detail
        yield sheet.fault(number, name, message)
    workload: Any = None if faults else msgspec.convert(plain, service.workload, strict=False)
    if workload and workload.price_date < first:
        message = wording.too_early(service.name, first, first)
        yield sheet.fault(number, "price_date", message)
    for _, fields, remedy in engine.given_twice(service, workload) if workload else ():
        for field in fields:
            yield sheet.fault(number, field, wording.given_twice(field, fields, remedy))


def _as_sent(cell: Any) -> str:
    """Return the message for a number that has a point although commas are decimal."""
    return (
        f"must be a number with a decimal comma, without marks of thousands, as the sheet has"
        f" decimal commas; got {wording.shown(cell)}; if its points are decimal, send decimal=."
    )
