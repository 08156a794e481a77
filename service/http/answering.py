"""An answer in the format, view and spelling that are asked for; nothing else is worked out."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import chain
from typing import Any, BinaryIO

from msgspec import UNSET, Struct, structs

from pricing.rates import Overlay
from service.answers import figures, flat, overlays
from service.formats import documents, media, numbers, writers
from service.formats.media import Dialect
from service.formats.table import Table, joined, records
from service.requests.presentation import TOTALS, USUAL, Presentation, dialect
from service.waiting import each

Tables = Mapping[str, Callable[[], Iterable[Table]]]
"""The views of an answer, each as a table that comes in parts of some rows each.

The first is what a sheet shows where none is asked for.
"""


class Download(Struct, frozen=True):
    """An answer too large for memory: a file, to be read from where it stands."""

    file: BinaryIO
    size: int
    media_type: str


class Parts(Struct, frozen=True):
    """An answer that is encoded part by part as it is sent, so that memory does not grow with it.

    All that can be refused has been found before the first part.
    """

    parts: Iterator[bytes]
    media_type: str


class Answer(Struct, frozen=True):
    """What a route answers."""

    body: bytes
    media_type: str
    kept: bool = True
    """Whether the answer stays true, so that it may be kept."""
    etag: str = ""
    """Its entity tag, where it is known already."""


def answer(
    presentation: Presentation,
    nested: Callable[[], Any],
    tables: Tables,
    sent: Dialect = USUAL,
    *,
    kept: bool = True,
) -> Answer:
    """Return an answer in its format and view; nothing else is worked out."""
    word = str(presentation.format)
    media_type = media.FORMATS[word]
    if word == "txt":
        number = figures.figure(nested(), presentation.field or "monthly_cost")
        spelled = (
            numbers.plain(number) if presentation.num == "plain" else numbers.locale_proof(number)
        )
        return Answer(spelled.encode(), media_type)
    if media_type in media.MEDIA_TYPES and not presentation.view:
        return Answer(b"".join(each(documents.pieces(nested(), media_type))), media_type, kept)
    return Answer(b"".join(written(presentation, tables, sent)), media_type)


def written(presentation: Presentation, tables: Tables, sent: Dialect) -> Iterator[bytes]:
    """Write a view in its format, part by part."""
    some = each(tables[presentation.view or next(iter(tables))]())
    media_type = media.FORMATS[str(presentation.format)]
    if media_type in media.MEDIA_TYPES:
        return documents.records(chain.from_iterable(map(records, some)), media_type)
    if presentation.format == "xlsx":
        return iter([writers.workbook(some, *_summary(presentation, tables))])
    return in_format(presentation, some, sent)


def in_format(presentation: Presentation, some: Iterable[Table], sent: Dialect) -> Iterator[bytes]:
    """Write a table that comes in parts in a format of texts or of record batches."""
    return WRITERS[str(presentation.format)](some, dialect(presentation, sent))


def _summary(presentation: Presentation, tables: Tables) -> Iterator[Table]:
    """Yield what stands beside workloads in a workbook: their totals."""
    if TOTALS in tables and presentation.view in (UNSET, next(iter(tables))):
        yield structs.replace(joined(tables[TOTALS]()), name="summary")


def of_overlay(tables: Tables, overlay: Overlay | None) -> Tables:
    """Add whose prices their costs are by to tables that are yet to be made; see `overlays`."""
    if overlay is None:
        return tables

    def marked(made: Callable[[], Iterable[Table]]) -> Iterable[Table]:
        return (overlays.marked(table, overlay) for table in made())

    return {name: partial(marked, made) for name, made in tables.items()}


def with_extra_columns(tables: Tables, extra: Table, first: int = 0) -> Tables:
    """Add the columns of a sheet that are passed through to tables that are yet to be made."""

    def wider(made: Callable[[], Iterable[Table]]) -> Iterable[Table]:
        return flat.with_extra_columns(made(), extra, first)

    return {name: made if name == TOTALS else partial(wider, made) for name, made in tables.items()}


def _record_batches(tables: Iterable[Table], _: Dialect) -> Iterator[bytes]:
    """Write a table as Arrow, whose library is loaded when it is first needed."""
    from service.formats import arrow

    return arrow.written(tables)


WRITERS: dict[str, Callable[[Iterable[Table], Dialect], Iterator[bytes]]] = {
    "csv": writers.csv,
    "xml": lambda tables, _: writers.xml(tables),
    "arrow": _record_batches,
}
IN_CHUNKS = ("csv", "arrow")
"""The formats in which a sheet of any length is answered."""
