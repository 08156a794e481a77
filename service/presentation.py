"""How an answer is given: its format, its view and its spelling, in one place for every route.

The format follows from the suffix of the path (``/estimate.csv``), from ``format=`` or from
``Accept``, in this order. The other parameters belong to formats; where they have no meaning they
are refused.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import cache
from typing import Annotated, Any, BinaryIO, Literal, get_args

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from pricing.quantities import about
from service import figures, flat, sheets, wire
from service.flat import Table
from service.problems import Violation
from service.sheets import Dialect
from service.views import Long

Tables = Mapping[str, Callable[[], Table]]
"""The views of an answer as tables; the first is what a sheet shows where none is asked for."""


class Presentation(Struct, frozen=True, kw_only=True, rename={"cache_buster": "_"}):
    """The parameters that say how to answer; none of them changes a number."""

    format: Annotated[
        str | UnsetType,
        about("Format of the answer; a suffix of the path (`.csv`) says it too, as does `Accept`."),
    ] = UNSET
    view: Annotated[
        str | UnsetType, about("Flat records of this kind; else the whole answer, nested.")
    ] = UNSET
    layout: Annotated[
        Literal["rows", "columns"] | UnsetType,
        about("json, msgpack: one record a workload, or one list a column: smaller and faster."),
    ] = UNSET
    field: Annotated[
        Annotated[str, Meta(max_length=200)] | UnsetType,
        about("txt: the number to give, as `capacity.shards` or `charges.shard_hours.list_cost`."),
    ] = UNSET
    num: Annotated[
        Literal["locale-proof", "plain"] | UnsetType,
        about("txt: `425E-1`, which VALUE() reads right in every locale, or `42.5`."),
    ] = UNSET
    header: Annotated[bool | UnsetType, about("csv: whether names stand first (true).")] = UNSET
    bom: Annotated[bool | UnsetType, about("csv: whether a byte order mark is first.")] = UNSET
    sep: Annotated[
        Literal[",", ";", "tab"] | UnsetType,
        about(
            "csv: what separates cells, also of a sheet sent whose header has it; else a comma, or"
            " what separates them there."
        ),
    ] = UNSET
    decimal: Annotated[
        Literal[".", ","] | UnsetType,
        about("csv: the decimal mark, also of the sheet sent; else a point, or a comma with `;`."),
    ] = UNSET
    on_error: Annotated[
        Literal["status", "text"] | UnsetType,
        about("txt: `text` answers errors with 200 and `#ERR …`, so that a cell shows them."),
    ] = UNSET
    keep_extra: Annotated[
        bool | UnsetType,
        about(
            "Sheets sent: pass columns that are not known through to flat records;"
            " with `view=charges` as `x_…`."
        ),
    ] = UNSET
    cache_buster: Annotated[
        Annotated[str, Meta(max_length=200)] | UnsetType,
        about("Anything: makes an address new, so that a sheet asks again."),
    ] = UNSET


EVERY = tuple(wire.FORMATS)
MEANINGFUL = {
    "view": ("json", "msgpack", "csv", "xlsx", "xml"),
    "layout": ("json", "msgpack"),
    "field": ("txt",),
    "num": ("txt",),
    "on_error": ("txt",),
    "header": ("csv",),
    "bom": ("csv",),
    "sep": ("csv",),
    "decimal": ("csv",),
}
"""The formats in which a parameter has a meaning; the others always have one."""
SAID = re.compile(f"({'|'.join(Presentation.__struct_encode_fields__)})=".encode())
"""Finds the queries that say how to answer, and some others."""
TABULAR = ("csv", "xlsx", "xml")
"""The formats that are always tables."""
USUAL = Dialect()


class Query(Struct, frozen=True):
    """What the query of a route may say."""

    kind: type[Struct]
    """The route's own fields."""
    views: tuple[str, ...] = ()
    """The kinds of flat records that it has, the first the one of a sheet."""
    columns: type[Struct] | None = None
    """The whole answer laid out as columns, if it has such a form."""
    takes_sheets: bool = False
    """Whether its body may be a sheet."""
    offered: tuple[str, ...] = EVERY
    """The formats of its answer, the usual one first."""


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


@cache
def parameters(query: Query) -> type[Struct]:
    """Make the parameters of a route: its own fields, and how to answer."""
    narrowed: dict[str, Any] = {"format": query.offered, "view": query.views}
    common: list[Any] = []
    for field in msgspec.structs.fields(Presentation):
        if _has(query, field.name):
            kind, *meaning = get_args(field.type)
            if field.name in narrowed:
                kind = Literal[narrowed[field.name]] | UnsetType
            common.append((field.name, Annotated[kind, *meaning], UNSET))
    return msgspec.defstruct(
        f"{query.kind.__name__.removesuffix('Query')}AnswerQuery",
        common,
        bases=(query.kind,),
        frozen=True,
        kw_only=True,
        forbid_unknown_fields=True,
        rename={"cache_buster": "_"},
    )


def _has(query: Query, name: str) -> bool:
    if name == "view":
        return bool(query.views)
    if name == "layout":
        return query.columns is not None
    if name == "keep_extra":
        return query.takes_sheets
    return bool(set(MEANINGFUL.get(name, EVERY)) & {*query.offered})


def asked(request: Any, query: Query) -> tuple[Any, Presentation]:
    """Read a query: what the route asks for, and how to answer, with its format settled.

    A sheet is answered by a sheet of its own format where nothing else is asked for. Where the
    query says nothing of how to answer, as most do, there is less to read.
    """
    text = request.scope["query_string"]
    pairs = wire.pairs_of(text)
    if not (query.takes_sheets or SAID.search(text)):
        with suppress(msgspec.ValidationError):
            own = wire.from_pairs(pairs, query.kind)
            return own, usual(_format(request, UNSET, query.offered))
    given = wire.decode_pairs(pairs, parameters(query))
    members = msgspec.structs.asdict(given)
    fields = {name: members.pop(name) for name in query.kind.__struct_fields__}
    sent = wire.sent_sheet(request.headers) if query.takes_sheets else ""
    offered = tuple(dict.fromkeys((sent, *query.offered))) if sent else query.offered
    members["format"] = _format(request, members.get("format", UNSET), offered)
    how = Presentation(**members)
    _refuse_meaningless(how, sent)
    return query.kind(**fields), how


@cache
def usual(word: str) -> Presentation:
    """Give the presentation in which only the format is settled."""
    return Presentation(format=word)


def _format(request: Any, word: str | UnsetType, offered: tuple[str, ...]) -> str:
    """Settle the format: by suffix, by parameter, by ``Accept``."""
    suffix = request.scope.get("suffix", UNSET)
    if suffix and word and suffix != word:
        said = f"is {word}, but the path ends in .{suffix}; say it once"
        raise wire.refused([Violation(said, parameter="format")])
    chosen = suffix or word or wire.negotiate(wire.accepted(request), offered)
    if chosen not in offered:
        raise wire.not_acceptable(offered)
    return str(chosen)


def _refuse_meaningless(how: Presentation, sent: str) -> None:
    """Refuse what has no meaning for the format, or for the sheet sent, and would be swallowed."""
    found = [
        Violation(f"has a meaning in {', '.join(known)} only; leave it out", parameter=name)
        for name, known in MEANINGFUL.items()
        if getattr(how, name) is not UNSET
        and how.format not in known
        and not (name == "decimal" and sent == "csv")
    ]
    if how.keep_extra is not UNSET and not sent:
        found.append(Violation("has a meaning for sheets sent only", parameter="keep_extra"))
    elif how.keep_extra and not (how.view or how.format in TABULAR):
        said = "has no place in this answer; ask for csv, xlsx or xml, or for a view"
        found.append(Violation(said, parameter="keep_extra"))
    if how.layout == "columns" and how.view is not UNSET:
        said = "columns hold the whole answer; leave view out, or ask for rows"
        found.append(Violation(said, parameter="layout"))
    if how.sep == how.decimal == ",":
        said = "must differ from the decimal mark; send ; or tab"
        found.append(Violation(said, parameter="sep"))
    if found:
        raise wire.refused(found, "not-computable")


def dialect(how: Presentation, sent: Dialect = USUAL) -> Dialect:
    """Settle how to spell a CSV: as asked for, else as the sheet that was sent.

    Of what is not said, commas between cells mean decimal points, decimal commas semicolons.
    """
    decimal = how.decimal or ("." if how.sep == "," else sent.decimal)
    separator = how.sep or sent.separator
    if decimal == separator == ",":
        separator = ";"
    return Dialect(
        "\t" if separator == "tab" else separator,
        decimal,
        header=how.header is not False,
        bom=sent.bom if how.bom is UNSET else bool(how.bom),
    )


def answer(
    how: Presentation,
    nested: Callable[[], Any],
    tables: Tables,
    sent: Dialect = USUAL,
    *,
    kept: bool = True,
) -> Answer:
    """Give an answer in its format and view; what is not asked for is not worked out."""
    word = str(how.format)
    media_type = wire.FORMATS[word]
    if word == "txt":
        number = figures.figure(nested(), how.field or "monthly_cost")
        spelled = figures.plain(number) if how.num == "plain" else figures.locale_proof(number)
        return Answer(spelled.encode(), media_type)
    if word in ("json", "msgpack"):
        value = flat.records(tables[how.view]()) if how.view else nested()
        return Answer(wire.ENCODERS[media_type](value), media_type, kept)
    table = tables[how.view or next(iter(tables))]()
    return Answer(WRITERS[word](table, dialect(how, sent)), media_type)


def answer_many(
    how: Presentation, long: Callable[[], Long], tables: Tables, sent: Dialect = USUAL
) -> Answer | Parts:
    """Give an answer that may be long: in JSON and MessagePack part by part."""
    media_type = wire.FORMATS[str(how.format)]
    if media_type in wire.MEDIA_TYPES and how.view is UNSET:
        return Parts(wire.in_parts(long(), media_type), media_type)
    return answer(how, lambda: long().whole, tables, sent)


WRITERS: dict[str, Callable[[Table, Dialect], bytes]] = {
    "csv": sheets.csv,
    "xlsx": lambda table, _: sheets.workbook([table]),
    "xml": lambda table, _: sheets.xml(table),
}
