"""Bodies in: strict JSON and MessagePack, in one pass or in chunks of workloads."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from types import GenericAlias
from typing import Annotated, Any, get_args

import msgspec
from msgspec import Raw, Struct

from pricing import wording
from service.formats import media
from service.formats.documents import LONG_LIST
from service.formats.media import ALIASES, FORMATS, JSON, MEDIA_TYPES, MSGPACK
from service.problems import ProblemError, Violation, refused
from service.requests import violations

_DECODERS = {JSON: msgspec.json.Decoder, MSGPACK: msgspec.msgpack.Decoder}
_NOT_READ = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
CHUNK = 5_000
"""Workloads of a batch that are decoded together."""
MOST_VALUES = 4_000_000
"""Commas in a JSON body: 100,000 workloads with 40 fields each."""
MOST_PACKED = 64 * MOST_VALUES
"""Bytes of a MessagePack body: a field's name and its value take fewer than 64 on average."""
DESCRIBED = 2 * 1024**2
"""Bytes of a body of which every fault is described; of a larger one, those of the first place."""
LONGEST_ROW = 64 * 1024
"""Bytes of a workload whose faults are described one by one."""
ONLY_FIRST = f"of a body above {DESCRIBED // 1024**2} MiB only the first faulty place is described"
AT_ROW = re.compile(r" - at `\$\[(\d+)\]")
"""How msgspec names the item of a list in which a fault stands."""


@cache
def _decoder(media_type: str, kind: Any) -> Any:
    return _DECODERS[media_type](kind)


def decode_body(body: bytes, headers: Mapping[str, str], kind: Any) -> Any:
    """Read a body, strictly and in one pass; the last of repeated members counts.

    Raises
    ------
    ProblemError
        415 for another format; 400, with every violation, for a body that is not a document or
        breaks the contract.
    """
    media_type = body_type(headers)
    if not body:
        raise ProblemError("malformed-body", "the body is empty; send a document")
    _refuse_crowded(body, media_type)
    try:
        return _decoder(media_type, kind).decode(body)
    except _NOT_READ as error:
        raise _refusal(body, media_type, kind, error) from error


def decode_rows(
    body: bytes, headers: Mapping[str, str], kind: Any, made: Callable[[list[Any]], Any]
) -> tuple[list[Any], dict[str, Any]]:
    """Read a batch in chunks, so that its workloads never all exist at once.

    Returns
    -------
    the results of ``made`` for each chunk, in order, and the other members

    Raises
    ------
    ProblemError
        as :func:`decode_body` does.
    """
    media_type = body_type(headers)
    unread, workload = _unread(kind)
    decode = _decoder(media_type, GenericAlias(list, workload)).decode
    _refuse_crowded(body, media_type)
    try:
        members = msgspec.structs.asdict(_decoder(media_type, unread).decode(body))
    except _NOT_READ as error:
        raise _refusal(body, media_type, kind, error) from error
    rows, parts = members.pop("workloads"), []
    for start in range(0, len(rows), CHUNK):
        chunk = rows[start : start + CHUNK]
        try:
            parts.append(made(decode(_listed(chunk, media_type))))
        except _NOT_READ as error:
            if len(body) <= DESCRIBED:
                raise _refusal(body, media_type, kind, error) from error
            raise _refusal_of_row(chunk, start, media_type, workload, error) from error
    return parts, members


def _refuse_crowded(body: bytes, media_type: str) -> None:
    """Refuse a body with more values than a request may have: decoding blocks other requests.

    Only JSON has a mark between values that can be counted. MessagePack states the length of a
    list, so msgspec refuses one that is too long before it reads the items.
    """
    if media_type == JSON and body.count(b",") > MOST_VALUES:
        excess = f"{MOST_VALUES:,} values"
    elif media_type == MSGPACK and len(body) > MOST_PACKED:
        excess = f"{MOST_PACKED:,} bytes of MessagePack"
    else:
        return
    message = f"the body has more than {excess}; split the workloads over several requests"
    raise ProblemError("body-too-large", message)


@cache
def _unread(kind: type[Struct]) -> tuple[type[Struct], Any]:
    """Return a batch type with undecoded workloads, and the type of a workload."""
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
    """Encode values that are already encoded as a list."""
    if media_type == JSON:
        return b"[" + b",".join(rows) + b"]"
    return LONG_LIST + len(rows).to_bytes(4, "big") + b"".join(rows)


def sent_sheet(headers: Mapping[str, str], tables: Sequence[str] = media.TABLES) -> str:
    """Return the format of a body that is a sheet, of those in ``tables``, or an empty string."""
    name = headers.get("content-type", "").partition(";")[0].strip().lower()
    return next((word for word in tables if FORMATS[word] == name), "")


def body_type(headers: Mapping[str, str], tables: Sequence[str] = ()) -> str:
    """Return the media type of a body that is a document or, in some formats, a table.

    Raises
    ------
    ProblemError
        415 where it is in another format, not in UTF-8, compressed, or one that the server lacks.
    """
    readable = [*MEDIA_TYPES, *(FORMATS[word] for word in tables if not media.lacks(word))]
    given = headers.get("content-type", "")
    name, *parameters = (part.strip().lower() for part in given.split(";"))
    media_type = ALIASES.get(name, name)
    encoding = headers.get("content-encoding", "identity").lower()
    harmless = {"", "charset=utf-8", 'charset="utf-8"'}
    if media_type == FORMATS["csv"]:
        harmless.add("header=present")
    in_utf8 = harmless.issuperset(parameters)
    if media_type not in readable or not in_utf8 or encoding != "identity":
        shown = wording.shortened(given) or "no Content-Type"
        if encoding != "identity":
            shown += f" in Content-Encoding {wording.shortened(encoding)}"
        detail = f"got {shown}; send {' or '.join(readable)}, in UTF-8 and not compressed"
        lacking = (word for word in tables if media.lacks(word) and FORMATS[word] == media_type)
        detail += "".join(f"; {media.to_install(word)}" for word in lacking)
        raise ProblemError("unsupported-media-type", detail)
    return media_type


def _refusal(body: bytes, media_type: str, kind: Any, error: Exception) -> ProblemError:
    """Return the problem that explains why a body is not a ``kind``; of a large one its start."""
    if len(body) > DESCRIBED:
        if isinstance(error, msgspec.ValidationError):
            return refused([Violation(f"{violations.said(error)}; {ONLY_FIRST}", pointer="")])
        return ProblemError("malformed-body", f"the body is not {media_type}: {error}")
    try:
        value = _decoder(media_type, Any).decode(body)
    except _NOT_READ as fault:
        return ProblemError("malformed-body", f"the body is not {media_type}: {fault}")
    return refused(
        violations.in_body(value, kind) or [Violation(violations.said(error), pointer="")]
    )


def _refusal_of_row(
    rows: Sequence[Raw], start: int, media_type: str, kind: Any, error: Exception
) -> ProblemError:
    """Return what is wrong with the first workload of a large body that does not fit."""
    place = AT_ROW.search(str(error))
    index = int(place[1]) if place else 0
    faults = [Violation(violations.said(error), pointer="")]
    if len(rows[index]) <= LONGEST_ROW:
        value = _decoder(media_type, Any).decode(rows[index])
        faults = violations.in_body(value, kind) or faults
    where = f"/workloads/{start + index}"
    return refused(
        [
            Violation(f"{fault.detail}; {ONLY_FIRST}", pointer=f"{where}{fault.pointer}")
            for fault in faults
        ]
    )
