"""Map a row of a price list to the meters whose price it is; the rules are data.

``tables/x_offers.csv`` has a rule a line: the usage type (without the Region's prefix), the
operation and the attributes that a row must have, and the meter with its variant. A
``{placeholder}`` stands for a word, which ``tables/x_offer_words.csv`` translates where the tables
have another. ``*`` is any operation. A row may be the price of several meters; the units must be
those that the rule names.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib.resources.abc import Traversable
from typing import NamedTuple

from pricing.quantities import REGION_CODES, REGIONS
from pricing.tables import TABLES
from upkeep.errors import OfferError
from upkeep.files import FEE, OfferRow, plain

PLACEHOLDER = re.compile(r"\{(\w+)(:short)?\}")
WORD = r"[A-Za-z0-9][\w.-]*"
"""Matches a word that needs no translation."""
PREFIXES = {info.region: info.usage_type_prefix for info in REGIONS}
ANY_PREFIX = re.compile(r"^[A-Z]{2,4}[0-9]?-")
"""Matches a Region's prefix where it is not known which it is."""
UNKNOWN_PREFIX = "APS8"
"""Stands for the prefix of the one Region whose prefix no source has."""
HOME = "us-east-1"
"""The Region whose usage types mostly have no prefix."""
CODES = {code: code for code in REGION_CODES}
NAMES = {info.name: info.region for info in REGIONS}
TARGET = "target_region"
"""The placeholder of a Region that is named by its prefix."""


class Place(NamedTuple):
    """A meter with its variant, in a service or in a shared table."""

    service: str
    meter: str


@dataclass(frozen=True)
class Words:
    """The words of one placeholder, between AWS's and those of the tables."""

    ours: Mapping[str, str]
    """The word of the tables for each of AWS's; none where they are the same."""

    @cached_property
    def theirs(self) -> Mapping[str, str]:
        """AWS's word for each of the tables'."""
        return {ours: aws for aws, ours in self.ours.items()}

    def pattern(self, *, of_tables: bool) -> str:
        """Return what matches one of the words."""
        words = self.theirs if of_tables else self.ours
        return "|".join(map(re.escape, sorted(words, key=len, reverse=True))) or WORD


SAME = Words({})


@dataclass(frozen=True)
class Rule:
    """What a row must be to be the price of a meter."""

    offer: str
    usage_type: str
    operation: str
    attributes: Mapping[str, str]
    """Patterns by plain name; one that begins with ``!`` must not match."""
    place: Place
    units: tuple[str, ...]
    """AWS's words for the meter's unit."""
    grade: str
    words: Mapping[str, Words]
    """The words of its placeholders."""
    _patterns: dict[tuple[str, bool], re.Pattern[str]] = field(default_factory=dict, repr=False)

    def meter(self, usage_type: str, row: OfferRow) -> str:
        """Return the meter with its variant; empty where the row is not its price.

        ``usage_type`` is without the prefix of the Region.
        """
        known: dict[str, str] = {}
        asked = [(self.usage_type, usage_type), (self.operation, row.operation)]
        for name, pattern in self.attributes.items():
            given = row.region if name == "regioncode" else row.attributes.get(name, "")
            if not pattern.startswith("!"):
                asked.append((pattern, given))
            elif self.compiled(pattern[1:]).fullmatch(given):
                return ""
        for pattern, given in asked:
            found = self.compiled(pattern).fullmatch(given)
            if found is None:
                return ""
            known |= found.groupdict()
        return PLACEHOLDER.sub(lambda name: self._ours(name[1], known[name[1]]), self.place.meter)

    def compiled(self, pattern: str, *, of_tables: bool = False) -> re.Pattern[str]:
        """Return what matches a pattern, as AWS writes it or as the tables do."""
        key = pattern, of_tables
        if key not in self._patterns:
            self._patterns[key] = _compiled(pattern, self.words, of_tables=of_tables)
        return self._patterns[key]

    def _ours(self, placeholder: str, word: str) -> str:
        own = self.words[placeholder].ours
        return own[word] if own else long(word)

    def written(self, meter: str) -> "Written | None":
        """Return how AWS would write the price of a meter; None where the rule is of others."""
        found = self.compiled(self.place.meter, of_tables=True).fullmatch(meter)
        if found is None:
            return None
        known = found.groupdict()

        def word(name: re.Match[str]) -> str:
            own = known[name[1]]
            aws = self.words[name[1]].theirs.get(own, own)
            return short(aws) if name[2] else aws

        def filled(pattern: str) -> str:
            return PLACEHOLDER.sub(word, pattern)

        attributes = {
            name: filled(pattern)
            for name, pattern in self.attributes.items()
            if name != "regioncode"
        }
        operation = filled(self.operation).replace("*", "")
        return Written(self, filled(self.usage_type).replace("*", ""), operation, attributes)

    def holds_in(self, region: str) -> bool:
        """Return whether the rule may be of a Region."""
        pattern = self.attributes.get("regioncode", region)
        return (pattern[1:] != region) if pattern.startswith("!") else pattern == region


class Written(NamedTuple):
    """A product as AWS writes it, without the Region."""

    rule: Rule
    usage_type: str
    operation: str
    attributes: Mapping[str, str]

    def billed(self, region: str) -> str:
        """Return its usage type as bills of a Region have it."""
        to_another = self.rule.usage_type.startswith(f"{{{TARGET}}}")
        if region == HOME and not to_another:
            return self.usage_type
        return f"{PREFIXES.get(region) or UNKNOWN_PREFIX}-{self.usage_type}"


def _compiled(pattern: str, words: Mapping[str, Words], *, of_tables: bool) -> re.Pattern[str]:
    parts, done = [], 0
    seen: set[str] = set()
    for found in PLACEHOLDER.finditer(pattern):
        name = found[1]
        own = words[name].pattern(of_tables=of_tables)
        parts.append(_literal(pattern[done : found.start()]))
        parts.append(f"(?P={name})" if name in seen else f"(?P<{name}>{own})")
        seen.add(name)
        done = found.end()
    return re.compile("".join([*parts, _literal(pattern[done:])]))


def _literal(text: str) -> str:
    return re.escape(text).replace(r"\*", ".*")


def short(word: str) -> str:
    """Return a class as usage types of RDS spell it.

    Examples
    --------
    >>> short("db.r5.2xlarge"), long("db.r5.2xl")
    ('db.r5.2xl', 'db.r5.2xlarge')
    """
    return word.replace("xlarge", "xl")


def long(word: str) -> str:
    """Return a class with its size in full; other words stay."""
    return re.sub(r"(?<=[.0-9-])xl(?=$|\.)", "xlarge", word)


def bare(usage_type: str, region: str) -> str:
    """Return a usage type without the prefix of its Region.

    Examples
    --------
    >>> bare("EU-TimedStorage-ByteHrs", "eu-west-1")
    'TimedStorage-ByteHrs'
    >>> bare("USE1-Files-TimedStorage-ByteHrs", "us-east-1")
    'Files-TimedStorage-ByteHrs'
    """
    prefix = PREFIXES.get(region, "")
    if prefix:
        return usage_type.removeprefix(f"{prefix}-")
    return ANY_PREFIX.sub("", usage_type)


class Mapped(NamedTuple):
    """What the rules make of a row."""

    places: tuple[Place, ...]
    why_not: str
    """Why it is the price of no meter; empty where it is."""


KEPT = 10_000
"""Kinds of rows that are remembered: the prices of a product stand together."""


class Mapper:
    """The rules, and what was found for rows that are alike."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules = tuple(rules)
        self._by_offer: dict[str, list[Rule]] = {}
        for rule in self.rules:
            self._by_offer.setdefault(rule.offer, []).append(rule)
        self._known: dict[tuple[object, ...], Mapped] = {}
        self._places: dict[Place, Place] = {}

    @property
    def asked(self) -> frozenset[str]:
        """The plain names of all attributes that rules ask for."""
        return frozenset(name for rule in self.rules for name in rule.attributes) - {"regioncode"}

    def services(self, offer: str) -> list[str]:
        """Return the tables that have prices of an offer."""
        own = self._by_offer.get(offer, [])
        return list(dict.fromkeys(rule.place.service for rule in own))

    def written(self, place: Place) -> Iterator[Written]:
        """Yield every product whose price a meter has, as AWS writes it."""
        for rule in self.rules:
            if rule.place.service == place.service and (made := rule.written(place.meter)):
                yield made

    def mapped(self, row: OfferRow, region: str) -> Mapped:
        """Return the meters whose price a row is, or why it is of none."""
        key = (
            row.offer,
            row.usage_type,
            row.operation,
            region,
            row.unit,
            row.term,
            *row.attributes.values(),
        )
        if len(self._known) > KEPT:
            self._known.clear()
        if key not in self._known:
            self._known[key] = self._mapped(row._replace(region=region))
        return self._known[key]

    def _mapped(self, row: OfferRow) -> Mapped:
        usage_type = bare(row.usage_type, row.region)
        found: list[Place] = []
        other_units: list[str] = []
        for rule in self._by_offer.get(row.offer, []):
            meter = rule.meter(usage_type, row)
            if meter and row.unit not in rule.units and not (row.term and row.unit == FEE):
                other_units.append(f"{rule.place.service}.{meter} is in {' or '.join(rule.units)}")
            elif meter:
                place = Place(rule.place.service, meter)
                found.append(self._places.setdefault(place, place))
        if other_units:
            return Mapped((), f"its unit is {row.unit!r}, but {'; '.join(other_units)}")
        return Mapped(tuple(dict.fromkeys(found)), "" if found else "no rule is of it")


def region_of(row: OfferRow) -> str:
    """Return the Region of a row, by its code or else by its name; empty where it is no column."""
    return CODES.get(row.region, "") if row.region else NAMES.get(row.location, "")


COLUMNS = ["offer", "usage_type", "operation", "attributes", "meter", "unit", "grade"]
RULES, WORDS = "_offers.csv", "_offer_words.csv"
"""The ends of the names of the files of rules, and of words."""


def rules(folder: Traversable = TABLES) -> Mapper:
    """Read the rules beside the tables.

    Raises
    ------
    OfferError
        naming the file, the line and the fault.
    """
    files = {file.name: file for file in folder.iterdir()}
    services = sorted(name.removesuffix(RULES) for name in files if name.endswith(RULES))
    return Mapper([rule for service in services for rule in _rules(service, files)])


def _rules(service: str, files: Mapping[str, Traversable]) -> Iterator[Rule]:
    """Yield the rules of a service, in their order."""
    name, words = service + RULES, files.get(service + WORDS)
    known = _words(words) if words else {}
    lines = csv.reader(files[name].read_text("utf-8").splitlines())
    if next(lines, []) != COLUMNS:
        raise OfferError(f"{name}: the header must be {','.join(COLUMNS)}")
    for line in lines:
        yield _rule(f"{name}, line {lines.line_num}", service, line, known)


def _rule(place: str, service: str, line: list[str], words: Mapping[str, Words]) -> Rule:
    if len(line) != len(COLUMNS):
        raise OfferError(f"{place}: {len(line)} cells instead of {len(COLUMNS)}")
    offer, usage_type, operation, attributes, meter, unit, grade = line
    patterns = dict(map(_attribute, filter(None, attributes.split("; "))))
    named = [found[1] for found in PLACEHOLDER.finditer(meter)]
    texts = (usage_type, operation, *patterns.values())
    asked = {found[1] for text in texts for found in PLACEHOLDER.finditer(text)}
    if strange := sorted(set(named) ^ asked):
        raise OfferError(f"{place}: {strange} must be in the meter and before it")
    own = {one: words.get(one, SAME) for one in (*named, *asked)}
    own |= {TARGET: TARGETS} if TARGET in own else {}
    units = tuple(unit.split("|"))
    return Rule(offer, usage_type, operation, patterns, Place(service, meter), units, grade, own)


def _attribute(text: str) -> tuple[str, str]:
    """Read ``name=pattern`` or ``name!=pattern``."""
    name, _, pattern = text.partition("=")
    return plain(name), ("!" if name.endswith("!") else "") + pattern


TARGETS = Words({prefix or UNKNOWN_PREFIX: region for region, prefix in PREFIXES.items()})


def _words(file: Traversable) -> dict[str, Words]:
    found: dict[str, dict[str, str]] = {}
    for line in csv.DictReader(file.read_text("utf-8").splitlines()):
        found.setdefault(line["placeholder"], {})[line["aws"]] = line["ours"]
    return {placeholder: Words(words) for placeholder, words in found.items()}
