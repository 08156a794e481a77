"""What is wrong with a value, in words: what a field takes, and what to send instead.

Only the slow path: a value that fits never comes here. A message shows the start of what was sent.
"""

import math
import re
from collections.abc import Callable, Sequence
from datetime import date
from functools import cache, cached_property
from types import GenericAlias, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import msgspec
from msgspec import Struct, inspect
from rapidfuzz import process
from rapidfuzz.distance import Indel

from pricing import coverage, readings
from pricing.catalogue import packaged
from pricing.model import registry, undescribed
from pricing.question import registry as questions

LISTED = "its list"
"""Stands for what lists the words of a field, in what is kept of its type."""
MOST_WORDS = 12
"""So many choices are named in a message."""
FEW = 20
"""So many wrong words of a request are looked up among the right ones."""
NEAR = 0.6
"""How much of two words must be alike for one to be meant by the other, from 0 to 1."""
AS_NEAR = 0.1
"""How much less alike a second word may be to be named beside the first."""
LONGEST_NAME = 200
"""Characters of a name that are shown."""
LONGEST_VALUE = 80
"""Characters of a value that are shown."""


def wrong(value: Any, kind: "Kind", listed: str, speller: "Speller") -> str:
    """Return what is wrong with a value that is not of a type; ``listed`` is what lists words."""
    message = f"must be {kind.expected.replace(LISTED, listed)}; got {shown(value)}"
    return message + to_send(value, kind) + speller.word(value, kind.words)


def missing(kind: "Kind", listed: str) -> str:
    """Return what to send where a value is missing."""
    return f"is missing; send {kind.expected.replace(LISTED, listed)}"


def too_early(service: str, first: date, least: date | str) -> str:
    """Return what is wrong with a day before the first known price, ``least`` being one to send."""
    return f"the first known {service} price is of {first}; send {least} or later"


def shortened_value(value: Any) -> str:
    """Return the start of a value as text."""
    return str(value)[:LONGEST_VALUE]


class Speller:
    """Names what wrong words may have meant: the first few of a request, each looked up once."""

    def __init__(self) -> None:
        self._said: dict[Any, str] = {}

    def meant(self, name: Any, known: tuple[str, ...]) -> str:
        """Return what a wrong name may have meant, as the end of a sentence."""
        return self._looked_up(name, known, meant)

    def word(self, text: Any, known: tuple[str, ...]) -> str:
        """Return which word a text may stand for, as the end of a sentence."""
        return self._looked_up(text, known, meant_word)

    def _looked_up(self, name: Any, known: tuple[str, ...], look_up: Callable[..., str]) -> str:
        if not (known and isinstance(name, str)):
            return ""
        asked = name[:LONGEST_NAME], known
        if asked not in self._said and len(self._said) < FEW:
            self._said[asked] = look_up(*asked)
        return self._said.get(asked, "")


def meant(name: str, known: Sequence[str]) -> str:
    """Return what a wrong name may have meant, as the end of a sentence.

    Examples
    --------
    >>> meant("recods_per_second", ["record_bytes", "records_per_second"])
    '; did you mean records_per_second?'

    One letter is missing from the first, and nine from the other.

    >>> meant("record_byte", ["record_bytes", "largest_record_bytes"])
    '; did you mean record_bytes?'
    """
    given, spelled = name[:LONGEST_NAME].lower(), {word.lower(): word for word in known}
    if given in spelled:
        return f"; did you mean {spelled[given]}?"
    longer = [word for word in known if given in re.split("[_.-]", word.lower())]
    if len(longer) == 1:
        return f"; did you mean {longer[0]}?"
    scorer = Indel.normalized_similarity
    words = sorted(spelled, reverse=True)
    near = process.extract(given, words, scorer=scorer, limit=2, score_cutoff=NEAR)
    close = [spelled[word] for word, likeness, _ in near if likeness > near[0][1] - AS_NEAR]
    return f"; did you mean {' or '.join(close)}?" if close else ""


def meant_word(text: str, known: Sequence[str]) -> str:
    """Return which word a text may stand for: by AWS's name for it, else by its spelling.

    Examples
    --------
    >>> meant_word("Europe (Frankfurt)", ["eu-central-1", "us-east-1"])
    '; did you mean eu-central-1?'
    """
    if text.lower() not in map(str.lower, known) and (word := readings.word(text, known)):
        return f"; did you mean {word}?"
    return meant(text, known)


def to_send(value: Any, kind: "Kind") -> str:
    """Return what to send for a value as people write it, as the end of a sentence."""
    if isinstance(value, bool | dict | list) or value is None:
        return ""
    read = _read(str(value)[:LONGEST_VALUE], kind)
    sent = {sense: text for sense, text in read.items() if kind.fits(text, strict=False)}
    if len(sent) > 1:
        return "; send " + " or ".join(
            f"{text} if it is in {sense}" for sense, text in sent.items()
        )
    return "".join(f"; send {text}" for text in sent.values())


def _read(text: str, kind: "Kind") -> dict[str, str]:
    """Return what a text may stand for in a field, by its sense."""
    match kind.bare:
        case inspect.FloatType() | inspect.IntType():
            numbers = readings.numbers(text, kind.unit)
            return {sense: f"{number:.15g}" for sense, number in numbers.items()}
        case inspect.DateType():
            return {f"{day:%B}": day.isoformat() for day in readings.days(text)}
        case inspect.BoolType():
            return {"": readings.truth(text)}
        case inspect.StrType(pattern=str()):
            return {month: month for month in readings.months(text)}
        case _:
            return {}


def product(field: str, word: Any, kind: type = Struct) -> str:
    """Return the product that a wrong word of a field stands for, if ``kind`` does not cover it.

    Examples
    --------
    >>> product("engine", "db2-se").partition(".")[0]
    "'db2-se' is not covered: Amazon RDS for Db2"
    >>> product("engine", "postgress")
    ''
    """
    if not isinstance(word, str):
        return ""
    lists = (packaged().table(key).description.not_covered for key in registry())
    found = (coverage.named(entries, field, word) for entries in lists)
    entry = next((entry for entry in found if entry), None)
    if entry is None:
        return ""
    if entry.service in registry():
        if issubclass(kind, registry()[entry.service].workload):
            return ""
        return f"{shown(word)} is priced by the service {entry.service}; send it there"
    message = f"{entry.title}. {entry.matters_when} See {entry.reference}"
    return f"{shown(word)} is not covered: {message}"


def given_twice(field: str, fields: Sequence[str], remedy: str) -> str:
    """Return what is wrong with one of several fields that say the same thing.

    Examples
    --------
    >>> given_twice("reads", ("reads", "read_units"), "send one of them")
    'must be 0 unless read_units is; send one of them'
    """
    others = " or ".join(other for other in fields if other != field)
    return f"must be 0 unless {others} is; {remedy}"


class Kind:
    """What a type takes; worked out once, for to ask msgspec takes a while."""

    def __init__(self, kind: Any) -> None:
        self._kind = kind
        self._holder = msgspec.defstruct("Holder", [("value", kind)])
        self._described = inspect.type_info(kind)
        self.bare = _bare(self._described)
        self.unit = _extra(self._described, "x-unit") or ""
        self.expected = expected(self._described)
        self.words = tuple(_words(self.bare))

    def fits(self, value: Any, *, strict: bool) -> bool:
        """Return whether a value is of the type."""
        try:
            msgspec.convert({"value": value}, self._holder, strict=strict)
        except msgspec.ValidationError:
            return False
        return True

    @cached_property
    def tagged(self) -> dict[str, "Kind"]:
        """What objects of each tag are; empty where the type is not told by a tag."""
        described = undescribed(self._described)
        parts = described.types if isinstance(described, inspect.UnionType) else (described,)
        return {
            str(part.tag): kind_of(part.cls)
            for part in parts
            if isinstance(part, inspect.StructType) and part.tag is not None
        }

    @cached_property
    def fields(self) -> dict[str, tuple[bool, "Kind"]]:
        """Whether each member of an object is required, and what it takes."""
        fields = msgspec.structs.fields(self.bare.cls)
        return {field.encode_name: (field.required, kind_of(field.type)) for field in fields}

    @cached_property
    def item(self) -> "Kind":
        """What each item of a list takes, or each value of an object that has any members."""
        bare = [part for whole in _parts(self._kind) for part in _parts(whole)]
        return kind_of(
            next(get_args(part)[-1] for part in bare if get_origin(part) in (list, dict))
        )

    @cached_property
    def many(self) -> "Kind":
        """A list of these."""
        return kind_of(GenericAlias(list, self._kind))


kind_of = cache(Kind)


def _parts(kind: Any) -> list[Any]:
    """Return the members of a union type, without annotations."""
    while get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    return list(get_args(kind)) if get_origin(kind) in (Union, UnionType) else [kind]


def _bare(kind: Any) -> Any:
    while isinstance(kind, inspect.Metadata | inspect.UnionType):
        kind = kind.type if isinstance(kind, inspect.Metadata) else kind.types[0]
    return kind


def _extra(kind: Any, name: str) -> Any:
    """Return what the schema of a type says beside JSON Schema, if it says it."""
    while isinstance(kind, inspect.Metadata):
        if found := (kind.extra_json_schema or {}).get(name):
            return found
        kind = kind.type
    return None


@cache
def listing(kind: type[Struct]) -> str:
    """Return what lists the words of an object's fields; empty where nothing does."""
    held = {kind, *(field.type for field in msgspec.structs.fields(kind))}
    for path, forms in (("services", registry()), ("questions", questions())):
        for key, form in forms.items():
            if any(isinstance(one, type) and issubclass(one, form.workload) for one in held):
                return f"GET /v1/{path}" + (f"/{key}" if path == "services" else "")
    return ""


def _unit(kind: Any) -> str:
    unit = _extra(kind, "x-unit")
    return f" [{unit}]" if unit else ""


def _words(kind: Any) -> list[str]:
    kind = _bare(kind)
    return [str(word) for word in kind.values] if isinstance(kind, inspect.LiteralType) else []


def expected(kind: Any) -> str:
    """Return in words what a type takes, with unit and bounds.

    Examples
    --------
    >>> from pricing.quantities import PerSecond
    >>> expected(inspect.type_info(PerSecond))
    'a number from 0 to 1,000,000,000 [1/s]'
    """
    bare, unit = _bare(kind), _unit(kind)
    if some := _extra(kind, "x-words"):
        return f"one or more of {', '.join(some)}, with blanks between them"
    match bare:
        case inspect.FloatType() | inspect.IntType():
            whole = "a whole number" if bare.multiple_of == 1 else "a number"
            return f"{whole} from {bare.ge or 0:,.15g} to {bare.le:,.15g}{unit}"
        case inspect.BoolType():
            return "true or false"
        case inspect.DateType():
            return "a day such as 2025-11-18"
        case inspect.StrType(pattern=str()):
            return f"text such as {_extra(kind, 'examples')[0]}"
        case inspect.StrType():
            return f"text of at most {bare.max_length} characters"
        case inspect.LiteralType():
            return "one of " + _listed(_words(bare))
        case inspect.ListType():
            return "a list"
        case _:
            return "an object"


def _listed(words: list[str]) -> str:
    """Return choices as words, and where the others are listed if they are many."""
    words = [word for word in words if word]
    if len(words) <= MOST_WORDS:
        return ", ".join(words)
    more = f"and {len(words) - MOST_WORDS:,} more, listed by {LISTED}"
    return f"{', '.join(words[:MOST_WORDS])} {more}"


def shown(value: Any) -> str:
    """Return what was sent, shortened."""
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    text = repr(value[:LONGEST_VALUE]) if isinstance(value, str) else _scalar(value)
    return shortened(text, LONGEST_VALUE)


def shortened(text: str, most: int = LONGEST_NAME) -> str:
    """Return the start of a long text."""
    return text if len(text) <= most else f"{text[: most - 3]}..."


def _scalar(value: Any) -> str:
    if isinstance(value, bytes):
        return "bytes"
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "infinity"
    try:
        return msgspec.json.encode(value).decode()
    except (msgspec.MsgspecError, TypeError, OverflowError):
        return "a number out of range" if isinstance(value, int) else type(value).__name__
