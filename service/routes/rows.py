"""Sheets whose rows are each asked about: a column says what a parameter says in a query.

Where a sheet lacks such a column, the query says it for all rows.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import msgspec
from msgspec import UNSET, Struct

from pricing.catalogue import Catalogue
from pricing.model import Exclusive, Service
from service import problems
from service.answers import flat, overlays
from service.formats.readers import Sheet, refused
from service.formats.table import Kind, Table, merged, records
from service.http import answering
from service.http.answering import Answer
from service.problems import ProblemError, Violation
from service.requests import sheets
from service.requests.presentation import Presentation
from service.requests.sheets import Batch, Expected
from service.waiting import each

MOST_ROWS = 1_000
MOST_SIZE = 20_000
"""Most work of all rows, in viewed workloads; see :mod:`service.http.work`."""
OWN = ("workload", "name")
"""The first columns of an answer: the place of the row that was asked about, and its name."""


@dataclass(frozen=True)
class RowForm:
    """What a row holds: a workload of a service, and what is asked about it."""

    key: str
    name: str
    workload: Any
    example: Any
    exclusive: tuple[Exclusive, ...]
    prefix: str
    answered: frozenset[str]
    """The columns of a priced sheet, which may be asked about as it is."""


def form(service: Service, prices: Catalogue, kind: type[Struct], **asked: Any) -> RowForm:
    """Return the form of rows of a kind, whose example asks about that of the service."""
    example = kind(**msgspec.structs.asdict(service.example), **asked)
    answered = frozenset(flat.columns_of(service, prices))
    prefix = f"{service.prefix}Row"
    return RowForm(service.key, service.name, kind, example, service.exclusive, prefix, answered)


@dataclass(frozen=True)
class Question:
    """How rows are answered."""

    asked: Callable[[Any], Any]
    """Turns a row into a request; a fault names the column."""
    size: Callable[[Any], float]
    """Estimates the work of a request."""
    table: Callable[[Any], Table]
    """Answers a request, as the table that is viewed."""


def answer(
    presentation: Presentation,
    form: RowForm,
    prices: Catalogue,
    question: Question,
    opened: Callable[[], Sheet],
    given: Mapping[str, Any],
) -> Answer:
    """Answer about each row of a sheet, in one table.

    ``given`` is what the query says in place of columns.

    Raises
    ------
    ProblemError
        422 with every fault by its row and column, or where the rows ask for too much.
    """
    keeps, days = bool(presentation.keep_extra), sheets.first_days([form.key], prices)
    expected = Expected({form.key: form}, days, False, keeps, form.answered, given=given)
    sheet = opened()
    batch = sheets.whole(sheet, expected, MOST_ROWS)
    rows = _rows(batch, form)
    requests = _in_rows(batch, question.asked, rows)
    if sum(map(question.size, requests)) > MOST_SIZE:
        message = "the rows ask for too much together; send them in several sheets"
        raise refused([Violation(message)])
    tables = _in_rows(batch, question.table, requests)
    told = _joined(tables, [row.name for row in rows])
    told = overlays.marked(told, prices.overlay) if prices.overlay else told
    wider = with_extra_columns(told, batch)
    return answering.answer(
        presentation,
        lambda: list(chain.from_iterable(records(wider))),
        {presentation.view or told.name: lambda: [wider]},
        sheet.dialect,
    )


def _rows(batch: Batch, form: RowForm) -> list[Any]:
    """Return the rows of a sheet, each as a query."""
    (part,) = batch.parts
    columns = flat.inputs(form.workload, part.workload)
    cells = zip(*columns.values(), strict=True)
    return [form.workload(**dict(zip(columns, row, strict=True))) for row in cells]


def _in_rows(batch: Batch, function: Callable[[Any], Any], rows: Sequence[Any]) -> list[Any]:
    """Return what a function makes of each row.

    Raises
    ------
    ProblemError
        422 with every row that it refuses.
    """
    made: list[Any] = []
    found: list[Violation] = []
    for number, row in zip(batch.numbers, each(rows), strict=True):
        try:
            made.append(function(row))
        except ProblemError as error:
            if not error.errors:
                raise
            found += [batch.sheet.fault(number, *_place(fault)) for fault in error.errors]
        if len(found) > problems.MOST:
            break
    if found:
        raise refused(found)
    return made


def _place(fault: Violation) -> tuple[str, str]:
    """Return the column of a fault, and what is wrong."""
    return str(fault.parameter), fault.detail


def _joined(tables: Sequence[Table], names: Sequence[str]) -> Table:
    """Put the tables of rows together; a column that one of them lacks is empty there."""
    columns: dict[str, list[Any]] = {name: [] for name in OWN}
    kinds: dict[str, Kind] = {"workload": int}
    columns |= {name: [] for table in tables for name in table.columns}
    for place, (table, name) in enumerate(zip(tables, names, strict=True)):
        count = len(next(iter(table.columns.values())))
        own = table.columns | {"workload": [place] * count, "name": [name] * count}
        for column, cells in columns.items():
            cells += own.get(column, [None] * count)
    for table in tables:
        kinds = merged(kinds, table.kinds)
    return Table(tables[0].name, columns, kinds=kinds)


def with_extra_columns(table: Table, batch: Batch) -> Table:
    """Add the columns of a sheet that are passed through to the records of its rows.

    Raises
    ------
    ProblemError
        422 where the records have columns of these names.
    """
    (wider,) = flat.with_extra_columns([table], batch.extra)
    if len(wider.columns) < len(table.columns) + len(batch.extra.columns):
        message = "is a name of the answer's own; rename the column, or leave it out"
        taken = [name for name in batch.extra.columns if name in table.columns]
        number, _ = batch.sheet.header
        raise refused([batch.sheet.fault(number, name, message) for name in taken])
    return wider


def given(query: Struct) -> dict[str, Any]:
    """Return what a query says in place of columns."""
    said = msgspec.structs.asdict(query)
    return {name: value for name, value in said.items() if value is not UNSET}


def refuse_in_document(said: Mapping[str, Any], presentation: Presentation, view: str = "") -> None:
    """Refuse what a query says of a sheet, where the body is none.

    Raises
    ------
    ProblemError
        422 that names each parameter, with a ``view`` that stands in the body as well.
    """
    names = [*said, *([view] if view and presentation.view else [])]
    message = "stands in the body, where that is no sheet"
    if names:
        raise problems.refused(
            [Violation(message, parameter=name) for name in names], "not-computable"
        )
