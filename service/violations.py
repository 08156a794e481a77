"""Every violation of a request at once, each with its place and what to send instead.

Only the slow path: a request that decodes never comes here.
"""

import difflib
import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import msgspec
from msgspec import Struct, inspect

from service.problems import Violation

Place = Callable[..., Violation]
Recipe = Callable[[Any, Any], str]
"""What says how to mend a text that stands for a value of a type, as the end of a sentence."""
THOUSANDS = re.compile(r"[0-9]{1,3}(,[0-9]{3})+([.][0-9]*)?")
MOST_WORDS = 12
"""So many choices are named in a message."""
MOST = 1000
"""So many violations are listed; a request with more is told how many there are."""


def in_body(value: Any, kind: Any, recipe: Recipe | None = None) -> list[Violation]:
    """List what keeps a decoded body from being a ``kind``.

    Text may stand for it where a recipe is given, which says how to mend such text.
    """
    return list(_violations(value, kind, "", recipe))


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
    members = _members(given, kind, _parameter, of_formula)
    found = [violation for violation in members if violation.parameter not in faults]
    return [*map(_parameter, faults.keys(), faults.values()), *found]


def _parameter(name: str, detail: str) -> Violation:
    return Violation(detail, parameter=name)


def _violations(value: Any, kind: Any, pointer: str, recipe: Recipe | None) -> Iterator[Violation]:
    """List what keeps a value from being of a type; nothing where it fits."""
    if _fits(value, kind, strict=recipe is None):
        return
    if members := _tagged(kind):
        tag_field = next(iter(members.values())).__struct_config__.tag_field
        tag = value.get(tag_field) if isinstance(value, dict) else None
        if isinstance(value, dict) and not (isinstance(tag, str) and tag in members):
            said = f"must be one of {', '.join(members)}; got {_shown(tag)}"
            yield Violation(said + meant(tag, list(members)), pointer=f"{pointer}/{tag_field}")
            return
        kind = members.get(str(tag), kind)
    described = _bare(inspect.type_info(kind))
    if isinstance(described, inspect.StructType) and isinstance(value, dict):
        yield from _members(value, described.cls, _place(pointer), recipe)
    elif isinstance(described, inspect.ListType) and isinstance(value, list):
        yield from _size(value, described, pointer)
        for index, item in enumerate(value):
            yield from _violations(item, _item(kind), f"{pointer}/{index}", recipe)
    elif isinstance(described, inspect.DictType) and isinstance(value, dict):
        for name, item in value.items():
            yield from _violations(item, _item(kind), f"{pointer}/{escaped(name)}", recipe)
    else:
        said = f"must be {expected(inspect.type_info(kind))}; got {_shown(value)}"
        cure = recipe(value, described) if recipe else ""
        yield Violation(said + meant(value, _words(described)) + cure, pointer=pointer)


def of_cell(value: Any, kind: Any) -> str:
    """Say how to mend a cell of a sheet that is sent, as the end of a sentence."""
    text = str(value)
    if isinstance(kind, inspect.DateType) and text.replace(".", "").isdigit():
        return "; format the column as yyyy-mm-dd"
    if isinstance(kind, inspect.FloatType) and "," in text:
        return (
            "; take marks of thousands out of the column's format or, in a CSV with decimal commas,"
            " send decimal=,"
        )
    return ""


def of_formula(value: Any, kind: Any) -> str:
    """Say how a formula sends what it made a mess of, as the end of a sentence."""
    text = str(value)
    if isinstance(kind, inspect.DateType) and text.replace(".", "").isdigit():
        return '; a sheet sends a day as TEXT(A1;"yyyy-mm-dd")'
    if isinstance(kind, inspect.FloatType) and "," in text:
        return _without_comma(text)
    if isinstance(kind, inspect.FloatType) and re.search("[eE] [0-9]", text):
        return "; a sheet sends a large number with ENCODEURL(A1), for a bare + is a blank"
    return ""


def _without_comma(text: str) -> str:
    """Say how to send a number with commas, which may mark thousands."""
    substitute = 'a sheet sends a decimal point with SUBSTITUTE(A1;",";".")'
    if not THOUSANDS.fullmatch(text):
        return f"; {substitute}"
    whole = f"; send {text.replace(',', '')} if commas mark thousands"
    if "." in text or text.count(",") > 1:
        return whole
    return f"{whole}; if the comma is decimal send {text.replace(',', '.')}: {substitute}"


def _place(pointer: str) -> Place:
    return lambda name, detail: Violation(detail, pointer=f"{pointer}/{escaped(name)}")


def _tagged(kind: Any) -> dict[str, type[Struct]]:
    """Give the members of a tagged union by their tags; empty for any other type."""
    members = [part for part in _parts(kind) if isinstance(part, type)]
    tags = [getattr(getattr(part, "__struct_config__", None), "tag", None) for part in members]
    return {tag: part for tag, part in zip(tags, members, strict=True) if isinstance(tag, str)}


def _parts(kind: Any) -> list[Any]:
    """Give what a type is a union of, without annotations."""
    while get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    return list(get_args(kind)) if get_origin(kind) in (Union, UnionType) else [kind]


def _item(kind: Any) -> Any:
    """Give the type of a list's items, or of an object's values."""
    bare = [part for whole in _parts(kind) for part in _parts(whole)]
    return next(get_args(part)[-1] for part in bare if get_origin(part) in (list, dict))


def _size(value: list[Any], kind: inspect.ListType, pointer: str) -> Iterator[Violation]:
    low, high = kind.min_length or 0, kind.max_length or 0
    if not low <= len(value) <= high:
        said = f"must have {low:,} to {high:,} items; got {len(value):,}"
        yield Violation(said, pointer=pointer)


def _members(
    value: Mapping[str, Any], kind: type[Struct], place: Place, recipe: Recipe | None
) -> Iterator[Violation]:
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    known = [*fields, kind.__struct_config__.tag_field]
    for name in value:
        if name not in known:
            yield place(name, f"is not known{meant(name, list(fields))}")
    for name, field in fields.items():
        if name not in value:
            if field.required:
                yield place(name, f"is missing; send {expected(inspect.type_info(field.type))}")
        else:
            for violation in _violations(value[name], field.type, "", recipe):
                if violation.pointer:
                    nested = f"{place(name, '').pointer}{violation.pointer}"
                    yield Violation(violation.detail, pointer=nested)
                else:
                    yield place(name, violation.detail)


def _fits(value: Any, kind: Any, *, strict: bool) -> bool:
    try:
        msgspec.convert(value, kind, strict=strict)
    except msgspec.ValidationError:
        return False
    return True


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
        case inspect.StrType(pattern=str()):
            return f"text that matches {bare.pattern}"
        case inspect.StrType():
            return f"text of at most {bare.max_length} characters"
        case inspect.LiteralType():
            return "one of " + _listed(_words(bare))
        case inspect.ListType():
            return "a list"
        case _:
            return "an object"


def _listed(words: list[str]) -> str:
    """Name choices, and where the others stand if they are many."""
    words = [word for word in words if word]
    if len(words) <= MOST_WORDS:
        return ", ".join(words)
    more = f"and {len(words) - MOST_WORDS:,} more, listed by GET /v1/services/{{service}}"
    return f"{', '.join(words[:MOST_WORDS])} {more}"


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


def meant(name: Any, known: list[str]) -> str:
    """Name what a wrong name may have meant, as the end of a sentence."""
    given, spelled = str(name)[:200].lower(), {word.lower(): word for word in known}
    near = [given] if given in spelled else difflib.get_close_matches(given, spelled, n=2)
    close = [spelled[word] for word in near]
    return f"; did you mean {' or '.join(close)}?" if close else ""


def escaped(name: Any) -> str:
    """Give a name as a JSON pointer has it."""
    return str(name).replace("~", "~0").replace("/", "~1")
