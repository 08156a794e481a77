"""The targets: each lets one decoder read bytes, of which the first choose what they should be.

The law: what is read is a value, or it is refused with a problem that can be spelt. Any other
exception is a finding; so is what takes more time or memory than :mod:`tests.fuzz` allows.
"""

from collections.abc import Callable, Iterator
from functools import partial
from io import BytesIO
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch
from urllib.parse import urlencode
from zipfile import ZIP_DEFLATED, ZipFile

import msgspec
from litestar.datastructures import Headers
from msgspec import structs

from pricing.catalogue import packaged
from pricing.model import registry
from pricing.question import Question
from pricing.question import registry as questions
from service import problems
from service.answers import forms
from service.app import create_app
from service.contract import operations
from service.formats import arrow, readers, workbook_reader, workbooks, writers
from service.formats.media import ARROW, FORMATS, JSON, MSGPACK, Dialect
from service.formats.table import Table, kinds_of
from service.problems import ProblemError
from service.requests import (
    batches,
    bodies,
    commitments,
    comparisons,
    hours,
    presentation,
    projections,
    queries,
    sheets,
)
from service.requests import questions as question_requests
from service.requests.sheets import Expected
from service.routes.questions import first_day

Target = Callable[[bytes], None]
PRICES = packaged()
SERVICES = registry()
EVERY = [operation for *_, operation in operations(create_app())]
READ = [one for one in EVERY if not one.body]
READ = list({one.query: one for one in READ}.values())
SENT = [one for one in EVERY if one.body]
BATCHES = {batches.of_portfolio(), *map(batches.of_service, SERVICES.values())}
FORMS: list[Any] = [None, *SERVICES.values(), *questions().values()]
"""What a sheet holds: workloads of all services, or those of one, or the needs of a question."""
MARKS = [(sep, decimal) for sep in ("", "tab", ";", ",") for decimal in ("", ",", ".")]
"""What its sender may say of a CSV."""
SHEET = "xl/worksheets/sheet1.xml"
VERDICTS = {"", "malformed-body", "body-too-large"}
"""How a workbook may be judged."""


def members_of_a_query() -> Iterator[tuple[Any, Callable[[Any], Any]]]:
    """Yield the types of queries whose parameters hold lists, and what reads them further."""
    for one in SERVICES.values():
        grown, curved = projections.types(one), hours.types(one)
        yield comparisons.query_type(one), _further(one, comparisons, comparisons.request_type(one))
        yield grown.query, _further(one, projections, grown.request)
        yield curved.query, _further(one, hours, curved.request)
    for asked in questions().values():
        types = question_requests.types(asked)
        yield types.query, _further(asked, question_requests, types.request)


def _further(form: Any, module: Any, kind: Any) -> Callable[[Any], Any]:
    return lambda query: queries.convert_text(module.from_query(form, query), kind)


FURTHER = dict(members_of_a_query())


def refused(read: Callable[[], Any]) -> bool:
    """Read, and return whether it was refused, with a problem that can be spelt."""
    try:
        read()
    except ProblemError as error:
        problems.document(error.kind, error.detail, error.errors)
        return True
    return False


def body(data: bytes, media_type: str) -> None:
    """Read a body; whether row by row or in one pass, the same batches are refused."""
    if not data:
        return
    kind: Any = SENT[data[0] % len(SENT)].body
    kind, sent, headers = kind(), data[1:], {"content-type": media_type}
    whole = refused(lambda: bodies.decode_body(sent, headers, kind))
    if kind in BATCHES:
        assert refused(lambda: bodies.decode_rows(sent, headers, kind, list)) == whole


def query(data: bytes) -> None:
    """Read a query string, and the lists in its parameters."""
    if not data:
        return
    operation, text = READ[data[0] % len(READ)], data[1:]
    scope = {"query_string": text, "headers": []}
    request = SimpleNamespace(scope=scope, headers=Headers())

    def read() -> None:
        if operation.query.kind is commitments.of_workload():
            service = commitments.service_of(queries.pairs_of(text))
            own = presentation.Query(commitments.query_type(service))
            given, _ = presentation.asked_with_fields(request, own)
            commitments.converted(commitments.from_query(service, given))
            return
        given, _ = presentation.asked(request, operation.query)
        if further := FURTHER.get(operation.query.kind):
            further(given)

    refused(read)


def csv(data: bytes) -> None:
    """Read a CSV."""
    if len(data) >= 2:
        sep, decimal = MARKS[data[1] % len(MARKS)]
        sheet(data[0], BytesIO(data[2:]), FORMATS["csv"], sep, decimal)


def record_batches(data: bytes) -> None:
    """Read an Arrow stream."""
    if data:
        sheet(data[0], BytesIO(data[1:]), ARROW)


def archive(data: bytes) -> None:
    """Read a workbook."""
    if data:
        workbook(data[0], data[1:])


def cells(data: bytes) -> None:
    """Read a workbook whose sheet is the bytes, as a part that unpacks."""
    if data:
        workbook(data[0], packed(data[1:]))


def packed(xml: bytes) -> bytes:
    """Put a sheet into a workbook."""
    made = BytesIO()
    with ZipFile(made, "w", ZIP_DEFLATED, compresslevel=1) as book:
        link = workbook_reader.LINKS % ("worksheet", "worksheets/sheet1.xml")
        book.writestr("xl/workbook.xml", workbook_reader.BOOK % False)
        book.writestr("xl/_rels/workbook.xml.rels", link)
        book.writestr(SHEET, xml)
    return made.getvalue()


class Inside:
    """Reads workbooks in this process, as the processes of the service do it."""

    def read(self, book: Any, listed: Any) -> None:
        """Read a workbook into a file of frames."""
        slug, detail = workbook_reader.answer(book.read(), listed)
        assert slug in VERDICTS
        if slug:
            raise ProblemError(slug, detail)


def workbook(choice: int, data: bytes) -> None:
    """Read a workbook, and its rows as a sheet."""
    with patch.object(workbooks, "POOL", Inside()):
        sheet(choice, BytesIO(data), FORMATS["xlsx"])


def sheet(choice: int, file: Any, media_type: str, sep: str = "", decimal: str = "") -> None:
    """Read a sheet of some form."""
    chosen = FORMS[choice % len(FORMS)]
    services = {chosen.key: chosen} if chosen else SERVICES
    days = (
        {chosen.key: first_day(chosen, PRICES)}
        if isinstance(chosen, Question)
        else sheets.first_days(services, PRICES)
    )
    expected = Expected(services, days, not chosen, keeps_extra=bool(choice & 128))

    def read() -> None:
        opened = readers.opened(file, media_type, sep, decimal)
        for batch in sheets.batches(opened, expected):
            assert sum(len(part.rows) for part in batch.parts) == len(batch.numbers)

    refused(read)


TARGETS: dict[str, Target] = {
    "json": partial(body, media_type=JSON),
    "msgpack": partial(body, media_type=MSGPACK),
    "query": query,
    "csv": csv,
    "arrow": record_batches,
    "workbook": archive,
    "sheet": cells,
}


def spelled(example: dict[str, Any]) -> bytes:
    """Spell an example as a query."""
    given = {**example, **example.get("workload", {})}
    given.pop("workload", None)
    words = {
        name: str(value).lower() if isinstance(value, bool) else value
        for name, value in given.items()
    }
    return urlencode(words).encode()


def typed() -> Iterator[tuple[int, Table]]:
    """Yield the sheets to fill in, whose columns have their kinds."""
    for place, form in enumerate(FORMS):
        if form:
            yield place, structs.replace(forms.table(form), kinds=kinds_of(form.workload))


def words() -> list[bytes]:
    """Return what is worth trying anywhere: names of fields, and numbers that are none."""
    forms_of_all = [form for form in FORMS if form]
    names = {name for form in forms_of_all for name in form.workload.__struct_fields__}
    odd = ("NaN", "1e999", "-0", "1E5", "1TB", "40%", "2026-02-30", "%00", "\\ud800", "\ufeff")
    return [word.encode() for word in (*sorted(names), *odd)]


def seeds(name: str) -> list[bytes]:
    """Return what a target reads first: the examples of the contract."""
    if name in ("json", "msgpack"):
        encode = getattr(msgspec, name).encode
        return [bytes([place]) + encode(one.example) for place, one in enumerate(SENT)]
    if name == "query":
        return [bytes([place]) + spelled(one.example or {}) for place, one in enumerate(READ)]
    examples = [(place, form) for place, form in enumerate(FORMS) if form]
    tables = [(0, forms.mixed_table(list(SERVICES.values())))]
    tables += [(place, forms.table(form)) for place, form in examples]
    if name == "csv":
        ways = (Dialect(), Dialect(";", ",", bom=True))
        return [
            bytes([place, mark]) + b"".join(writers.csv([table], way))
            for place, table in tables
            for mark, way in enumerate(ways)
        ]
    if name == "arrow":
        return [bytes([place]) + b"".join(arrow.written([table])) for place, table in typed()]
    books = [(place, writers.workbook([table])) for place, table in tables]
    if name == "workbook":
        return [bytes([place]) + book for place, book in books]
    return [bytes([place]) + ZipFile(BytesIO(book)).read(SHEET) for place, book in books]
