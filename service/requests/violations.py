"""The violations of a request, each with its place and what to send instead.

Only the slow path: a request that decodes never comes here. However large the request, finding ends
soon after as many as are listed, and a message shows the start of what was sent.
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from itertools import islice
from types import GenericAlias, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import msgspec
from msgspec import Struct, inspect
from rapidfuzz import process
from rapidfuzz.distance import Indel

from pricing import coverage, products
from pricing.catalogue import packaged
from pricing.model import registry, undescribed
from pricing.question import registry as questions
from service.problems import MOST, Violation
from service.requests import readings

Place = Callable[..., Violation]
Recipe = Callable[[str, Any], str]
"""What says how to mend a text that stands for a value of a type, as the end of a sentence."""
THOUSANDS = re.compile(r"[0-9]{1,3}(,[0-9]{3})+([.][0-9]*)?")
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
TOGETHER = 100
"""Items of a list that are tried at once: most of them fit."""


def in_body(
    value: Any, kind: Any, recipe: Recipe | None = None, speller: "Speller | None" = None
) -> list[Violation]:
    """List what keeps a decoded body from being a ``kind``, up to one more than are shown.

    Text may stand for it where a recipe is given, which says how to mend such text. A speller may
    be shared by the bodies of one request.
    """
    walk = Walk(recipe, speller or Speller())
    return list(islice(walk.value(value, kind_of(kind), ""), MOST + 1))


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
    members = Walk(of_formula, Speller()).members(given, kind_of(kind), _parameter)
    found = [violation for violation in members if violation.parameter not in faults]
    return [*map(_parameter, faults.keys(), faults.values()), *found]


def _parameter(name: str, detail: str) -> Violation:
    return Violation(detail, parameter=shortened(name))


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


def said(error: Exception) -> str:
    """Return what the decoder says of a value, without the regular expression that it breaks."""
    return re.sub(" matching regex '.*?'(?= - at|$)", " of another form", str(error))


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


def unknown_service(word: Any, known: tuple[str, ...], speller: Speller) -> str:
    """Return what is wrong with a word that names no service: another product, or misspelled.

    Examples
    --------
    >>> unknown_service("EFS", ("rds", "s3"), Speller())
    "'EFS' is Amazon Elastic File System, which is not covered; send one of rds, s3"
    >>> unknown_service("AmazonS3", ("rds", "s3"), Speller())
    "must be one of rds, s3; got 'AmazonS3'; did you mean s3?"
    """
    product = products.named(word) if isinstance(word, str) else None
    if product and product.key not in known:
        message = f"{shown(word)} is {product.name}, which is not covered"
        return f"{message}; send one of {', '.join(known)}"
    meant = f"; did you mean {product.key}?" if product else speller.meant(word, known)
    return f"must be one of {', '.join(known)}; got {shown(word)}{meant}"


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


class Walk:
    """One look over a value for what keeps it from being of a type, fault by fault."""

    def __init__(self, recipe: Recipe | None, speller: Speller) -> None:
        self._recipe, self._speller = recipe, speller
        self._listing = "/openapi.json"
        self._strict = recipe is None

    def value(self, value: Any, kind: Kind, pointer: str) -> Iterator[Violation]:
        """Yield the faults of a value; none if it fits."""
        if kind.fits(value, strict=self._strict):
            return
        if kind.tagged and isinstance(value, dict):
            tag = value.get(kind.bare.tag_field)
            if not (isinstance(tag, str) and tag in kind.tagged):
                yield self._untagged(tag, kind, pointer)
                return
            kind = kind.tagged[tag]
        bare = kind.bare
        if isinstance(bare, inspect.StructType) and isinstance(value, dict):
            yield from self.members(value, kind, _place(pointer))
        elif isinstance(bare, inspect.ListType) and isinstance(value, list):
            yield from _size(value, bare, pointer)
            yield from self._items(enumerate(value), kind.item, pointer)
        elif isinstance(bare, inspect.DictType) and isinstance(value, dict):
            yield from self._items(value.items(), kind.item, pointer)
        else:
            expected = kind.expected.replace(LISTED, self._listing)
            message = f"must be {expected}; got {shown(value)}{to_send(value, kind)}"
            cure = self._recipe(str(value)[:LONGEST_VALUE], bare) if self._recipe else ""
            yield Violation(message + self._speller.word(value, kind.words) + cure, pointer=pointer)

    def members(self, value: Mapping[str, Any], kind: Kind, place: Place) -> Iterator[Violation]:
        """Yield the faults of an object's members: unknown, missing, or not of their types."""
        self._listing = _listing(kind.bare.cls) or self._listing
        names = tuple(kind.fields)
        for name in value:
            if name not in kind.fields and name != kind.bare.tag_field:
                yield place(name, f"is not known{self._speller.meant(name, names)}")
        for name, (required, member) in kind.fields.items():
            if name in value:
                for fault in self.value(value[name], member, ""):
                    detail = product(name, value[name], kind.bare.cls) or fault.detail
                    yield _within(place(name, detail), fault)
            elif required:
                expected = member.expected.replace(LISTED, self._listing)
                yield place(name, f"is missing; send {expected}")

    def _items(
        self, items: Iterable[tuple[Any, Any]], kind: Kind, pointer: str
    ) -> Iterator[Violation]:
        """Yield the faults of items; most fit, so many are checked at once before each is."""
        rest = iter(items)
        while some := list(islice(rest, TOGETHER)):
            if not kind.many.fits([item for _, item in some], strict=self._strict):
                for place, item in some:
                    yield from self.value(item, kind, f"{pointer}/{escaped(place)}")

    def _untagged(self, tag: Any, kind: Kind, pointer: str) -> Violation:
        """Refuse a workload whose service is not known."""
        tags = tuple(kind.tagged)
        pointer = f"{pointer}/{kind.bare.tag_field}"
        return Violation(unknown_service(tag, tags, self._speller), pointer=pointer)


def _within(member: Violation, fault: Violation) -> Violation:
    """Place a fault within a member of an object."""
    if not fault.pointer:
        return member
    return Violation(fault.detail, pointer=f"{member.pointer}{fault.pointer}")


def of_cell(text: str, kind: Any) -> str:
    """Return how to correct a cell of a sheet, as the end of a sentence."""
    if isinstance(kind, inspect.DateType) and text.replace(".", "").isdigit():
        return "; format the column as yyyy-mm-dd"
    if isinstance(kind, inspect.FloatType) and "," in text:
        return (
            "; take marks of thousands out of the column's format or, in a CSV with decimal commas,"
            " send decimal=,"
        )
    return ""


def of_formula(text: str, kind: Any) -> str:
    """Return how a formula can send what it has spoilt, as the end of a sentence."""
    if isinstance(kind, inspect.DateType) and text.replace(".", "").isdigit():
        return '; a sheet sends a day as TEXT(A1;"yyyy-mm-dd")'
    if isinstance(kind, inspect.FloatType) and "," in text:
        return _without_comma(text)
    if isinstance(kind, inspect.FloatType) and re.search("[eE] [0-9]", text):
        return "; a sheet sends a large number with ENCODEURL(A1), for a bare + is a blank"
    return ""


def _without_comma(text: str) -> str:
    """Return how to send a number with commas, which may mark thousands."""
    substitute = 'a sheet sends a decimal point with SUBSTITUTE(A1;",";".")'
    if not THOUSANDS.fullmatch(text):
        return f"; {substitute}"
    whole = f"; send {text.replace(',', '')} if commas mark thousands"
    if "." in text or text.count(",") > 1:
        return whole
    return f"{whole}; if the comma is decimal send {text.replace(',', '.')}: {substitute}"


def _place(pointer: str) -> Place:
    return lambda name, detail: Violation(detail, pointer=f"{pointer}/{escaped(name)}")


def _parts(kind: Any) -> list[Any]:
    """Return the members of a union type, without annotations."""
    while get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    return list(get_args(kind)) if get_origin(kind) in (Union, UnionType) else [kind]


def _size(value: list[Any], kind: inspect.ListType, pointer: str) -> Iterator[Violation]:
    low, high = kind.min_length or 0, kind.max_length or 0
    if not low <= len(value) <= high:
        message = f"must have {low:,} to {high:,} items; got {len(value):,}"
        yield Violation(message, pointer=pointer)


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
def _listing(kind: type[Struct]) -> str:
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


def escaped(name: Any) -> str:
    """Return a name as a JSON pointer spells it, shortened."""
    return shortened(str(name)).replace("~", "~0").replace("/", "~1")
