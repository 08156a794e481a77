"""Bytes to Structs and back: strict JSON and MessagePack bodies, lax query strings, negotiation."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from types import GenericAlias
from typing import Annotated, Any, get_args
from urllib.parse import parse_qsl

import msgspec
from msgspec import Raw, Struct

from service import violations
from service.problems import ProblemError, Violation
from service.views import Long

JSON = "application/json"
MSGPACK = "application/msgpack"
XML = "application/xml"
MEDIA_TYPES = (JSON, MSGPACK)
FORMATS = {
    "json": JSON,
    "msgpack": MSGPACK,
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "xml": XML,
    "txt": "text/plain",
}
"""The media type of each format; what goes before where a client takes several alike is first."""
SHEETS = ("csv", "xlsx")
"""The formats in which workloads may come as a table."""
READABLE = (*MEDIA_TYPES, *map(FORMATS.__getitem__, SHEETS))
"""The media types of a body that may be a sheet."""
LIKING = {XML: 0.8}
"""What a client's weight is worth: a browser, which names XML but not JSON, is to get JSON."""
ENCODERS: dict[str, Callable[[Any], bytes]] = {
    JSON: msgspec.json.Encoder().encode,
    MSGPACK: msgspec.msgpack.Encoder().encode,
}
_ALIASES = {
    "application/x-msgpack": MSGPACK,
    "application/vnd.msgpack": MSGPACK,
    "text/xml": XML,
}
_DECODERS = {JSON: msgspec.json.Decoder, MSGPACK: msgspec.msgpack.Decoder}
_NOT_READ = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
CHUNK = 5_000
"""Workloads of a batch that are decoded together."""
LONGEST_QUERY = 24 * 1024
"""Bytes of a query string; every field at its longest, percent-encoded, takes fewer."""
MOST_PARAMETERS = 100
"""Parameters of a query string; no route has so many."""
LONGEST_ACCEPT = 4096
"""Characters of what a request accepts."""
BARE_PERCENT = re.compile(b"%(?![0-9A-Fa-f]{2})")
"""Finds a percent sign that does not encode a byte."""


@cache
def _decoder(media_type: str, kind: Any) -> Any:
    return _DECODERS[media_type](kind)


def decode_body(body: bytes, headers: Mapping[str, str], kind: Any) -> Any:
    """Read a body, strictly and in one pass; of a repeated member the last counts.

    Raises
    ------
    ProblemError
        415 for another format, 400 for what is not a document or breaks the contract, with every
        violation.
    """
    media_type = body_type(headers)
    if not body:
        raise ProblemError("malformed-body", "the body is empty; send a document")
    try:
        return _decoder(media_type, kind).decode(body)
    except _NOT_READ as error:
        raise _refusal(body, media_type, kind, error) from error


def decode_rows(
    body: bytes, headers: Mapping[str, str], kind: Any, made: Callable[[list[Any]], Any]
) -> tuple[list[Any], dict[str, Any]]:
    """Read a batch some workloads at a time, so that those of all never exist at once.

    Returns
    -------
    what is made of each of these lists of workloads, in their order, and the other members

    Raises
    ------
    ProblemError
        as :func:`decode_body` does.
    """
    media_type = body_type(headers)
    unread, workload = _unread(kind)
    decode = _decoder(media_type, GenericAlias(list, workload)).decode
    try:
        members = msgspec.structs.asdict(_decoder(media_type, unread).decode(body))
        rows = members.pop("workloads")
        chunks = (rows[start : start + CHUNK] for start in range(0, len(rows), CHUNK))
        return [made(decode(_listed(chunk, media_type))) for chunk in chunks], members
    except _NOT_READ as error:
        raise _refusal(body, media_type, kind, error) from error


@cache
def _unread(kind: type[Struct]) -> tuple[type[Struct], Any]:
    """Give a batch whose workloads stay as the body spells them, and the type of a workload."""
    fields = {field.name: field for field in msgspec.structs.fields(kind)}
    workloads, *size = get_args(fields["workloads"].type)
    (workload,) = get_args(workloads)
    types = {name: field.type for name, field in fields.items()}
    types["workloads"] = Annotated[list[Raw], *size]
    unread = msgspec.defstruct(
        f"Unread{kind.__name__}",
        [(name, types[name], field.default) for name, field in fields.items()],
        frozen=True,
        forbid_unknown_fields=True,
    )
    return unread, workload


def _listed(rows: Sequence[Raw], media_type: str) -> bytes:
    """Spell values that are spelled already as a list."""
    if media_type == JSON:
        return b"[" + b",".join(rows) + b"]"
    return LONG_LIST + len(rows).to_bytes(4, "big") + b"".join(rows)


def sent_sheet(headers: Mapping[str, str]) -> str:
    """Give the format of a body that is a sheet; nothing for any other."""
    name = headers.get("content-type", "").partition(";")[0].strip().lower()
    return next((word for word in SHEETS if FORMATS[word] == name), "")


def body_type(headers: Mapping[str, str], readable: Sequence[str] = MEDIA_TYPES) -> str:
    """Give the format of a body: one that is readable, in UTF-8, not compressed."""
    given = headers.get("content-type", "")
    name, *parameters = (part.strip().lower() for part in given.split(";"))
    media_type = _ALIASES.get(name, name)
    encoding = headers.get("content-encoding", "identity").lower()
    harmless = {"", "charset=utf-8", 'charset="utf-8"'}
    if media_type == FORMATS["csv"]:
        harmless.add("header=present")
    in_utf8 = harmless.issuperset(parameters)
    if media_type not in readable or not in_utf8 or encoding != "identity":
        shown = violations.shortened(given) or "no Content-Type"
        if encoding != "identity":
            shown += f" in Content-Encoding {violations.shortened(encoding)}"
        detail = f"got {shown}; send {' or '.join(readable)}, in UTF-8 and not compressed"
        raise ProblemError("unsupported-media-type", detail)
    return media_type


def _refusal(body: bytes, media_type: str, kind: Any, error: Exception) -> ProblemError:
    """Tell what keeps a body that is not read from being a ``kind``."""
    try:
        value = _decoder(media_type, Any).decode(body)
    except _NOT_READ as fault:
        return ProblemError("malformed-body", f"the body is not {media_type}: {fault}")
    return refused(violations.in_body(value, kind) or [Violation(str(error), pointer="")])


def refused(found: list[Violation], slug: str = "invalid-request") -> ProblemError:
    """Make the refusal that lists what was found, or the first of it."""
    if len(found) > violations.MOST:
        said = "more than {0:,} violations; nothing was priced; the first {0:,} are listed"
        return ProblemError(slug, said.format(violations.MOST), found[: violations.MOST])
    count = f"{len(found):,} violation{'s' if len(found) > 1 else ''}"
    return ProblemError(slug, f"{count}; nothing was priced", found)


def pairs_of(query: bytes) -> list[tuple[str, str]]:
    """Give the parameters of a query string, which may be neither long nor misspelt.

    Raises
    ------
    ProblemError
        400 where it is too long, has too many parameters, or is not percent-encoded UTF-8.
    """
    if len(query) > LONGEST_QUERY:
        detail = f"the query string has {len(query):,} bytes; at most {LONGEST_QUERY:,} are read"
        raise ProblemError("invalid-request", detail)
    if (count := query.count(b"&") + 1) > MOST_PARAMETERS:
        detail = f"the query string has {count:,} parameters; no route has {MOST_PARAMETERS:,}"
        raise ProblemError("invalid-request", detail)
    try:
        if BARE_PERCENT.search(query):
            raise ValueError("a percent sign encodes nothing")
        return parse_qsl(query.decode(), keep_blank_values=True, errors="strict")
    except ValueError as error:
        detail = "the query string is not percent-encoded UTF-8; send a percent sign as %25"
        raise ProblemError("invalid-request", detail) from error


def from_pairs(pairs: list[tuple[str, str]], kind: Any) -> Any:
    """Read the parameters of a query into a ``kind``, without a word on what is wrong with them.

    Raises
    ------
    msgspec.ValidationError
        where one is not known, not given once, empty, or not of its type.
    """
    given = dict(pairs)
    if len(given) < len(pairs) or "" in given.values():
        raise msgspec.ValidationError("a parameter is repeated or empty")
    return msgspec.convert(given, kind, strict=False)


def decode_query(query: bytes, kind: Any) -> Any:
    """Read a query string into a ``kind``: each parameter known, given once, and not empty."""
    return decode_pairs(pairs_of(query), kind)


def decode_pairs(pairs: list[tuple[str, str]], kind: Any) -> Any:
    """Read the parameters of a query into a ``kind``, or tell what is wrong with them."""
    try:
        return from_pairs(pairs, kind)
    except msgspec.ValidationError as error:
        found = violations.in_query(pairs, kind) or [Violation(str(error))]
        raise refused(found) from error


def convert_text(value: Any, kind: Any) -> Any:
    """Turn members that came as text in a query into a ``kind``."""
    try:
        return msgspec.convert(value, kind, strict=False)
    except msgspec.ValidationError as error:
        found = violations.in_body(value, kind, violations.of_formula) or [Violation(str(error))]
        raise refused(as_parameters(found), "not-computable") from error


def once(members: dict[str, Any], name: str, value: Any, parameter: str) -> None:
    """Set what a query parameter says of a name, which it may say but once."""
    if name in members:
        said = f"says {name} more than once; say it once"
        raise refused([Violation(said, parameter=parameter)], "not-computable")
    members[name] = value


def as_parameters(found: list[Violation]) -> list[Violation]:
    """Name the query parameter that a pointer's first member came from."""
    return [
        Violation(f"{fault.pointer}: {fault.detail}", parameter=str(fault.pointer).split("/")[1])
        for fault in found
    ]


def accepted(request: Any) -> str:
    """Give what a request accepts, over all its ``Accept`` headers."""
    return ", ".join(request.headers.getall("accept", []))


def negotiate(accept: str, offered: Sequence[str] = ("json", "msgpack")) -> str:
    """Choose the format of the answer by the ``Accept`` header; the first where nothing is said.

    Raises
    ------
    ProblemError
        406 where the header rules out every format, or is too long to be read.
    """
    if accept in ("", "*/*", FORMATS[offered[0]]):
        return offered[0]
    if len(accept) > LONGEST_ACCEPT:
        said = f"the Accept header has {len(accept):,} characters; at most {LONGEST_ACCEPT:,}"
        raise ProblemError("not-acceptable", f"{said} are read")
    ranges = _ranges(accept)
    weights = {
        word: _weight(ranges, FORMATS[word]) * LIKING.get(FORMATS[word], 1) for word in offered
    }
    best = max(offered, key=weights.__getitem__)
    if weights[best] <= 0:
        raise not_acceptable(offered)
    return best


def not_acceptable(offered: Sequence[str]) -> ProblemError:
    """Refuse a format that a route does not give."""
    on_offer = ", ".join(map(FORMATS.__getitem__, offered))
    return ProblemError("not-acceptable", f"on offer: {on_offer}")


def _ranges(accept: str) -> dict[str, float]:
    """Give the weight of each media range of a header; of a repeated range the first counts."""
    ranges: dict[str, float] = {}
    for part in accept.split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        ranges.setdefault(_ALIASES.get(name, name), _quality(parameters))
    return ranges


def _weight(ranges: Mapping[str, float], media_type: str) -> float:
    """Give the weight that ranges give a media type: the most specific of them counts."""
    wider = f"{media_type.split('/')[0]}/*"
    return next((ranges[name] for name in (media_type, wider, "*/*") if name in ranges), 0.0)


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                weight = float(parameter[2:])
            except ValueError:
                return 0.0
            return weight if 0 <= weight <= 1 else 0.0
    return 1.0


def in_parts(answer: Long, media_type: str) -> Iterator[bytes]:
    """Encode a long answer part by part: the same bytes as of the whole in JSON."""
    encode = ENCODERS[media_type]
    head = encode(answer.head)
    if media_type == JSON:
        yield head.removesuffix(b"]}")
        for number, encoded in enumerate(map(encode, answer.parts())):
            yield (b"," if number else b"") + encoded[1:-1]
        yield b"]}"
        return
    yield head.removesuffix(EMPTY_LIST) + LONG_LIST + answer.count.to_bytes(4, "big")
    for items in answer.parts():
        yield b"".join(map(encode, items))


EMPTY_LIST, LONG_LIST = b"\x90", b"\xdd"
"""How MessagePack begins a list of no item, and one whose length has four bytes."""
