"""How to answer: format, view and spelling, with the same parameters on every route.

The suffix of the path (``/estimate.csv``), ``format=`` or ``Accept`` sets the format, in this
order. The other parameters apply to some formats; they are refused where they have no meaning.
"""

from contextlib import suppress
from functools import cache
from typing import Annotated, Any, Literal, get_args

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from pricing.quantities import about
from service import problems
from service.formats import media
from service.formats.media import Dialect
from service.problems import ProblemError, Violation
from service.requests import bodies, negotiation, queries


class Presentation(Struct, frozen=True, kw_only=True):
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
        about("Any text. Change it to make a spreadsheet fetch again. `_` is short for it."),
    ] = UNSET


EVERY = tuple(word for word in media.FORMATS if word != "arrow")
WITH_ARROW = tuple(media.FORMATS)
"""The formats of estimates of many workloads, and of projections."""
MEANINGFUL = {
    "view": ("json", "msgpack", "csv", "xlsx", "xml", "arrow"),
    "layout": ("json", "msgpack"),
    "field": ("txt",),
    "num": ("txt",),
    "on_error": ("txt",),
    "header": ("csv",),
    "bom": ("csv",),
    "sep": ("csv",),
    "decimal": ("csv",),
}
"""The formats in which a parameter has a meaning; parameters not listed always have one."""
PARAMETERS = frozenset(Presentation.__struct_fields__)
TABULAR = ("csv", "xlsx", "xml", "arrow")
"""The formats that are always tables."""
TOTALS = "totals"
"""The view of totals, which is also the second sheet of a workbook of workloads."""
USUAL = Dialect()


class Query(Struct, frozen=True):
    """What the query of a route may say."""

    kind: type[Struct]
    """The route's own fields."""
    views: tuple[str, ...] = ()
    """The kinds of flat records that it has, the first the one of a sheet."""
    columns: type[Struct] | None = None
    """The whole answer laid out as columns, if it has such a form."""
    tables: tuple[str, ...] = ()
    """The formats in which its body may be a table, instead of a document."""
    offered: tuple[str, ...] = EVERY
    """The formats of its answer, the usual one first."""


@cache
def parameters(query: Query) -> type[Struct]:
    """Make the parameters of a route: its own fields and those of the presentation."""
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
    )


def _has(query: Query, name: str) -> bool:
    if name == "view":
        return bool(query.views)
    if name == "layout":
        return query.columns is not None
    if name == "keep_extra":
        return bool(query.tables)
    return bool(set(MEANINGFUL.get(name, EVERY)) & {*query.offered})


def asked(request: Any, query: Query) -> tuple[Any, Presentation]:
    """Return the route's own fields and the presentation, whose format is settled.

    The answer to a sheet has the sheet's format by default. Most queries have no presentation
    parameter and take a shorter path.
    """
    pairs = queries.pairs_of(request.scope["query_string"])
    if not query.tables and PARAMETERS.isdisjoint(name for name, _ in pairs):
        with suppress(msgspec.ValidationError):
            own = queries.from_pairs(pairs, query.kind)
            return own, usual(_format(request, UNSET, query.offered))
    given = queries.decode_pairs(pairs, parameters(query))
    members = msgspec.structs.asdict(given)
    fields = {name: members.pop(name) for name in query.kind.__struct_fields__}
    sent = bodies.sent_sheet(request.headers, query.tables)
    usual_here = (sent,) if sent and not media.lacks(sent) else ()
    offered = tuple(dict.fromkeys((*usual_here, *query.offered)))
    members["format"] = _format(request, members.get("format", UNSET), offered)
    presentation = Presentation(**members)
    _refuse_meaningless(presentation, sent)
    return query.kind(**fields), presentation


def asked_with_fields(request: Any, query: Query) -> tuple[Any, Presentation]:
    """Return the same where the contract tells the fields of a workload as one object.

    Raises
    ------
    ProblemError
        422 where a field is wrong, since the contract does not know which there are; 400 for what
        is no query at all.
    """
    try:
        return asked(request, query)
    except ProblemError as error:
        if error.kind.slug != "invalid-request" or not error.errors:
            raise
        queries.pairs_of(request.scope["query_string"])  # what is no query at all stays a 400
        raise problems.refused(error.errors, "not-computable") from error


@cache
def usual(word: str) -> Presentation:
    """Return a presentation that sets only the format."""
    return Presentation(format=word)


def is_flat(presentation: Presentation) -> bool:
    """Return whether the answer is flat records, in a table or by a view."""
    return bool(presentation.view) or presentation.format in TABULAR


def _format(request: Any, word: str | UnsetType, offered: tuple[str, ...]) -> str:
    """Choose the format by suffix, then by parameter, then by ``Accept``."""
    suffix = request.scope.get("suffix", UNSET)
    if suffix and word and suffix != word:
        message = f"is {word}, but the path ends in .{suffix}; say it once"
        raise problems.refused([Violation(message, parameter="format")])
    chosen = suffix or word or negotiation.negotiate(negotiation.accepted(request), offered)
    if chosen not in offered or media.lacks(str(chosen)):
        raise negotiation.not_acceptable(offered)
    return str(chosen)


def _refuse_meaningless(presentation: Presentation, sent: str) -> None:
    """Refuse parameters that the format or the sheet sent would ignore."""
    found = [
        Violation(f"has a meaning in {', '.join(known)} only; leave it out", parameter=name)
        for name, known in MEANINGFUL.items()
        if getattr(presentation, name) is not UNSET
        and presentation.format not in known
        and not (name == "decimal" and sent == "csv")
    ]
    if presentation.keep_extra is not UNSET and not sent:
        found.append(Violation("has a meaning for sheets sent only", parameter="keep_extra"))
    elif presentation.keep_extra and not is_flat(presentation):
        message = "has no place in this answer; ask for csv, xlsx or xml, or for a view"
        found.append(Violation(message, parameter="keep_extra"))
    elif presentation.keep_extra and presentation.view == TOTALS:
        message = "has no place in totals; leave it out, or ask for another view"
        found.append(Violation(message, parameter="keep_extra"))
    if presentation.layout == "columns" and presentation.view is not UNSET:
        message = "columns hold the whole answer; leave view out, or ask for rows"
        found.append(Violation(message, parameter="layout"))
    if presentation.sep == presentation.decimal == ",":
        message = "must differ from the decimal mark; send ; or tab"
        found.append(Violation(message, parameter="sep"))
    if found:
        raise problems.refused(found, "not-computable")


def dialect(presentation: Presentation, sent: Dialect = USUAL) -> Dialect:
    """Choose the spelling of a CSV: as asked for, else as in the sheet sent.

    By default, a comma as separator implies decimal points, and decimal commas imply semicolons.
    """
    decimal = presentation.decimal or ("." if presentation.sep == "," else sent.decimal)
    separator = presentation.sep or sent.separator
    if decimal == separator == ",":
        separator = ";"
    return Dialect(
        "\t" if separator == "tab" else separator,
        decimal,
        header=presentation.header is not False,
        bom=sent.bom if presentation.bom is UNSET else bool(presentation.bom),
    )
