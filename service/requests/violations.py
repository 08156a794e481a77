"""The violations of a request, each with its place and what to send instead.

Only the slow path: a request that decodes never comes here. However large the request, finding ends
soon after as many as are listed, and a message shows the start of what was sent.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from msgspec import inspect

from pricing import products, wording
from pricing.wording import Kind, Speller, kind_of, shown
from service.problems import MOST, Violation

Place = Callable[..., Violation]
Recipe = Callable[[str, Any], str]
"""What says how to mend a text that stands for a value of a type, as the end of a sentence."""
THOUSANDS = re.compile(r"[0-9]{1,3}(,[0-9]{3})+([.][0-9]*)?")
TOGETHER = 100
"""Items of a list that are tried at once: most of them fit."""


def in_body(
    value: Any, kind: Any, recipe: Recipe | None = None, speller: Speller | None = None
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
    return Violation(detail, parameter=wording.shortened(name))


def said(error: Exception) -> str:
    """Return what the decoder says of a value, without the regular expression that it breaks."""
    return re.sub(" matching regex '.*?'(?= - at|$)", " of another form", str(error))


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
            message = wording.wrong(value, kind, self._listing, self._speller)
            text = wording.shortened_value(value)
            cure = self._recipe(text, bare) if self._recipe else ""
            yield Violation(message + cure, pointer=pointer)

    def members(self, value: Mapping[str, Any], kind: Kind, place: Place) -> Iterator[Violation]:
        """Yield the faults of an object's members: unknown, missing, or not of their types."""
        self._listing = wording.listing(kind.bare.cls) or self._listing
        names = tuple(kind.fields)
        for name in value:
            if name not in kind.fields and name != kind.bare.tag_field:
                yield place(name, f"is not known{self._speller.meant(name, names)}")
        for name, (required, member) in kind.fields.items():
            if name in value:
                for fault in self.value(value[name], member, ""):
                    detail = wording.product(name, value[name], kind.bare.cls) or fault.detail
                    yield _within(place(name, detail), fault)
            elif required:
                yield place(name, wording.missing(member, self._listing))

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


def _size(value: list[Any], kind: inspect.ListType, pointer: str) -> Iterator[Violation]:
    low, high = kind.min_length or 0, kind.max_length or 0
    if not low <= len(value) <= high:
        message = f"must have {low:,} to {high:,} items; got {len(value):,}"
        yield Violation(message, pointer=pointer)


def escaped(name: Any) -> str:
    """Return a name as a JSON pointer spells it, shortened."""
    return wording.shortened(str(name)).replace("~", "~0").replace("/", "~1")
