"""Query strings in: lax about types, strict about names."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote_plus

import msgspec

from pricing import wording
from service.problems import ProblemError, Violation, refused
from service.requests import violations

LONGEST_QUERY = 24 * 1024
"""Bytes of a query string; every field at its longest, percent-encoded, takes fewer."""
MOST_PARAMETERS = 100
"""Parameters of a query string; no route has so many."""
BARE_PERCENT = re.compile(b"%(?![0-9A-Fa-f]{2})")
"""Finds a percent sign that does not encode a byte."""

SHORT_FOR = {"_": "cache_buster"}
"""Names of parameters that are short for others; they are no names in most languages."""


def pairs_of(query: bytes) -> list[tuple[str, str]]:
    """Return the parameters of a query string.

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
    pairs = _read_pairs(query)
    if pairs is None:
        raise refused(
            [_not_encoded(part) for part in query.split(b"&") if _read_pairs(part) is None]
        )
    return pairs


def _read_pairs(query: bytes) -> list[tuple[str, str]] | None:
    """Return the parameters of a query string, or None if it is not percent-encoded UTF-8."""
    if BARE_PERCENT.search(query):
        return None
    try:
        pairs = [part.partition("=")[::2] for part in query.decode().split("&") if part]
        if b"%" in query or b"+" in query:
            pairs = [(_unquoted(name), _unquoted(value)) for name, value in pairs]
    except UnicodeDecodeError:
        return None
    return [(SHORT_FOR.get(name, name), value) for name, value in pairs]


def _unquoted(text: str) -> str:
    return unquote_plus(text, errors="strict")


def _not_encoded(part: bytes) -> Violation:
    """Return the violation of a parameter that is not percent-encoded UTF-8."""
    name = unquote_plus(part.partition(b"=")[0].decode(errors="replace"))
    return Violation(
        "is not percent-encoded UTF-8; send a percent sign as %25",
        parameter=wording.shortened(name),
    )


def from_pairs(pairs: list[tuple[str, str]], kind: Any) -> Any:
    """Read the parameters of a query into a ``kind``, without explaining faults.

    Raises
    ------
    msgspec.ValidationError
        where a parameter is unknown, repeated, empty, or not of its type.
    """
    given = dict(pairs)
    if len(given) < len(pairs) or "" in given.values():
        raise msgspec.ValidationError("a parameter is repeated or empty")
    return msgspec.convert(given, kind, strict=False)


def decode_query(query: bytes, kind: Any) -> Any:
    """Read a query string into a ``kind``: each parameter known, given once, and not empty."""
    return decode_pairs(pairs_of(query), kind)


def decode_pairs(pairs: list[tuple[str, str]], kind: Any) -> Any:
    """Read the parameters of a query into a ``kind``, or report every fault."""
    try:
        return from_pairs(pairs, kind)
    except msgspec.ValidationError as error:
        found = violations.in_query(pairs, kind) or [Violation(violations.said(error))]
        raise refused(found) from error


def as_parameters(found: list[Violation]) -> list[Violation]:
    """Replace pointers with the query parameters that their first members came from."""
    return [
        Violation(f"{fault.pointer}: {fault.detail}", parameter=str(fault.pointer).split("/")[1])
        for fault in found
    ]


def convert_text(
    value: Any, kind: Any, named: Callable[[list[Violation]], list[Violation]] = as_parameters
) -> Any:
    """Convert members that a query spells as text into a ``kind``.

    ``named`` tells which parameters the members came from, if not those of their names.
    """
    try:
        return msgspec.convert(value, kind, strict=False)
    except msgspec.ValidationError as error:
        found = violations.in_body(value, kind, violations.of_formula)
        told = named(found) or [Violation(violations.said(error))]
        raise refused(told, "not-computable") from error


def once(members: dict[str, Any], name: str, value: Any, parameter: str) -> None:
    """Set the value that a query parameter has for a name; refuse a second one."""
    if name in members:
        message = f"says {name} more than once; say it once"
        raise refused([Violation(message, parameter=parameter)], "not-computable")
    members[name] = value
