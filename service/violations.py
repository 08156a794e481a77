"""Every violation of a request at once, each with its place and what to send instead.

Only the slow path: a request that decodes never comes here.
"""

import difflib
import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

import msgspec
from msgspec import inspect

from service.problems import Violation

Place = Callable[..., Violation]
MOST = 1000
"""So many violations are listed; a request with more is told how many there are."""


def in_body(value: Any, kind: Any) -> list[Violation]:
    """List what keeps a decoded body from being a ``kind``."""
    return list(_violations(value, inspect.type_info(kind), ""))


def in_query(pairs: list[tuple[str, str]], kind: Any) -> list[Violation]:
    """List what keeps the pairs of a query string from being a ``kind``."""
    given = dict(pairs)
    counts = Counter(name for name, _ in pairs)
    faults = {
        name: "has no value; send one, or leave the parameter out"
        if not given[name]
        else "is given more than once; send it once"
        for name in given
        if counts[name] > 1 or not given[name]
    }
    members = _members(given, inspect.type_info(kind), _parameter, strict=False)
    found = [violation for violation in members if violation.parameter not in faults]
    return [*map(_parameter, faults.keys(), faults.values()), *found]


def _parameter(name: str, detail: str) -> Violation:
    return Violation(detail, parameter=name)


def _violations(value: Any, kind: Any, pointer: str) -> Iterator[Violation]:
    kind = _bare(kind)
    if isinstance(kind, inspect.StructType) and isinstance(value, dict):
        place = lambda name, detail: Violation(  # noqa: E731
            detail, pointer=f"{pointer}/{_escaped(name)}"
        )
        yield from _members(value, kind, place, strict=True)
    elif isinstance(kind, inspect.ListType) and isinstance(value, list):
        yield from _size(value, kind, pointer)
        for index, item in enumerate(value):
            yield from _violations(item, kind.item_type, f"{pointer}/{index}")
    else:
        yield Violation(f"must be {expected(kind)}; got {_shown(value)}", pointer=pointer)


def _size(value: list[Any], kind: inspect.ListType, pointer: str) -> Iterator[Violation]:
    low, high = kind.min_length or 0, kind.max_length or 0
    if not low <= len(value) <= high:
        yield Violation(f"must have {low:,} to {high:,} items; got {len(value):,}", pointer=pointer)


def _members(
    value: Mapping[str, Any], kind: Any, place: Place, *, strict: bool
) -> Iterator[Violation]:
    fields = {field.encode_name: field for field in kind.fields}
    for name in value:
        if name not in fields:
            yield place(name, f"is not known{_meant(name, list(fields))}")
    for name, field in fields.items():
        if name not in value:
            if field.required:
                yield place(name, f"is missing; send {expected(field.type)}")
        elif isinstance(_bare(field.type), inspect.ListType | inspect.StructType):
            nested = place(name, "").pointer
            yield from _violations(value[name], field.type, str(nested))
        elif not _fits(value[name], kind.cls, name, strict=strict):
            detail = f"must be {expected(field.type)}; got {_shown(value[name])}"
            yield place(name, detail + _meant(value[name], _words(field.type)))


def _fits(value: Any, owner: type, name: str, *, strict: bool) -> bool:
    try:
        msgspec.convert(value, _annotations(owner)[name], strict=strict)
    except msgspec.ValidationError:
        return False
    return True


@cache
def _annotations(owner: type) -> dict[str, Any]:
    return {field.name: field.type for field in msgspec.structs.fields(owner)}


def _bare(kind: Any) -> Any:
    while isinstance(kind, inspect.Metadata | inspect.UnionType):
        kind = kind.type if isinstance(kind, inspect.Metadata) else kind.types[0]
    return kind


def _unit(kind: Any) -> str:
    while isinstance(kind, inspect.Metadata):
        if unit := (kind.extra_json_schema or {}).get("x-unit"):
            return f" [{unit}]"
        kind = kind.type
    return ""


def _words(kind: Any) -> list[str]:
    kind = _bare(kind)
    return [str(word) for word in kind.values] if isinstance(kind, inspect.LiteralType) else []


def expected(kind: Any) -> str:
    """Say in words what a type takes, with unit and bounds.

    Examples
    --------
    >>> from pricing.quantities import PerSecond
    >>> expected(inspect.type_info(PerSecond))
    'a number from 0 to 1,000,000,000 [1/s]'
    """
    bare, unit = _bare(kind), _unit(kind)
    match bare:
        case inspect.FloatType() | inspect.IntType():
            whole = "a whole number" if bare.multiple_of == 1 else "a number"
            return f"{whole} from {bare.ge or 0:,.15g} to {bare.le:,.15g}{unit}"
        case inspect.BoolType():
            return "true or false"
        case inspect.DateType():
            return "a day such as 2025-11-18"
        case inspect.StrType():
            return f"text of at most {bare.max_length} characters"
        case inspect.LiteralType():
            return "one of " + ", ".join(_words(bare))
        case inspect.ListType():
            return "a list"
        case _:
            return "an object"


def _shown(value: Any) -> str:
    """Show what was sent, shortened."""
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    shown = repr(value) if isinstance(value, str) else _scalar(value)
    return shown if len(shown) <= 80 else shown[:77] + "..."


def _scalar(value: Any) -> str:
    if isinstance(value, bytes):
        return "bytes"
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "infinity"
    try:
        return msgspec.json.encode(value).decode()
    except (msgspec.MsgspecError, TypeError, OverflowError):
        return "a number out of range" if isinstance(value, int) else type(value).__name__


def _meant(name: Any, known: list[str]) -> str:
    close = difflib.get_close_matches(str(name)[:200], known, n=2)
    return f"; did you mean {' or '.join(close)}?" if close else ""


def _escaped(name: Any) -> str:
    return str(name).replace("~", "~0").replace("/", "~1")
