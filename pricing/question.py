"""The interface of a question: needs in, alternatives out.

A question is a flat record of needs and a function that turns it into alternatives. Each
alternative is one or more workloads of any services. A module of ``pricing/questions`` holds its
``Needs``, the function ``alternatives``, and a ``QUESTION`` record at its end. Its texts stand in a
TOML file of the same name beside it. The folder is the registry.

:mod:`pricing.alternatives` prices them.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache, cached_property
from importlib import import_module
from importlib.resources import files
from pkgutil import iter_modules
from typing import Any, NamedTuple

import msgspec
import tomli
from msgspec import Struct

from pricing import model, questions
from pricing.arrays import Flags, Numbers
from pricing.capabilities import Candidate
from pricing.errors import QuestionError
from pricing.model import Exclusive, WorkloadFields
from pricing.rates import Rules
from pricing.tables import Grade, Https, Quota

RulesOf = Callable[[str], Rules]
"""Returns the rules of a service by its key."""


class PlannedWorkload(NamedTuple):
    """A workload of an alternative: the fields that differ from their defaults.

    A value is a number or a word, or a column of them with an item for each row of needs. The
    workload has the name, the group, the Region, the day of prices and the hours of its needs.
    """

    service: str
    fields: Mapping[str, Any]
    exists: Flags = True
    """The rows of needs that it exists for."""


class Alternative(NamedTuple):
    """One way to meet the needs.

    Several with one key are configurations of the same: the cheapest that misses no limit counts.
    """

    key: str
    workloads: tuple[PlannedWorkload, ...]
    """Its workloads; without any it has no price."""
    ruled_out: Mapping[str, Flags] = {}
    """Where a need rules it out, by the name of a limit or of a subject of its facts."""
    figures: Mapping[str, Numbers] = {}
    """What is to be known of it beside its bill, by the name of the figure in the texts."""
    partly: Mapping[str, Flags] = {}
    """Where it meets a need only in part, by the name of a subject of its facts."""
    told: Mapping[str, Flags] = {}
    """Where something is to be told of it, by the name of the limit in the texts."""


class Bound(NamedTuple):
    """A need that bounds a figure of the capacity, of services that have it; 0 is no need."""

    need: str
    """The field of the needs, which also names the limit in the texts of the question."""
    figure: str
    """The field of the capacity."""
    most: bool
    """Whether the need is the most that the figure may be, or the least."""


class Fact(Struct, frozen=True, forbid_unknown_fields=True):
    """What AWS states of an alternative."""

    statement: str
    reference: Https
    date: date
    grade: Grade


class AlternativeText(Struct, frozen=True, forbid_unknown_fields=True):
    """What an alternative is, and what AWS states of it by subject."""

    title: str
    facts: dict[str, Fact]


class FigureText(Struct, frozen=True, forbid_unknown_fields=True):
    """A number of each alternative beside its bill."""

    title: str
    unit: str


class QuestionText(Struct, frozen=True, forbid_unknown_fields=True):
    """The TOML file of a question; the alternatives may stand elsewhere."""

    limits: dict[str, Quota]
    alternatives: dict[str, AlternativeText] = {}
    figures: dict[str, FigureText] = {}


@dataclass(frozen=True)
class Decision:
    """How a question decides between candidates that it judges by their capabilities."""

    candidates: Callable[[], Mapping[str, Candidate]]
    """Returns its alternatives, by key."""
    unknown_kind: Callable[[Any], Flags]
    """Returns for which needs nothing is known of what the data is."""
    loads: tuple[str, ...]
    """The numbers of which one at least must be known."""
    words: Mapping[str, tuple[str, ...]]
    """The words of the needs whose changes are looked into, without that for what is not known."""
    certain: tuple[str, ...]
    """Those of them that every system has."""
    ordered: tuple[str, ...]
    """Those of them whose words ask for more and more."""
    numbers: tuple[str, ...]
    """The numbers whose changes are looked into; 0 is not known."""
    falling: tuple[str, ...]
    """Those of them that ask for more the less they are."""
    stated_by: Mapping[str, str]
    """By capability that bounds no field of the needs, the field that states most of it."""

    def undecided(self, needs: Any) -> Flags:
        """Return for which needs too little is known for an answer."""
        load = sum(getattr(needs, name) for name in self.loads)
        return self.unknown_kind(needs) | (load == 0)


@dataclass(frozen=True)
class Question:
    """One question; its routes, columns, contract and tests are all derived from this record.

    ``example`` is a typical row of needs. ``services`` are those of its alternatives.
    """

    key: str
    name: str
    about: str
    """What it answers, in one sentence."""
    workload: type[WorkloadFields]
    """The type of its needs: a sheet or a query holds them as those of a service hold workloads."""
    services: tuple[str, ...]
    alternatives: Callable[[Any, RulesOf], Iterator[Alternative]]
    example: WorkloadFields
    swept: str
    """A number of the needs whose sweep changes the order of the example's alternatives."""
    bounds: tuple[Bound, ...] = ()
    implied: Mapping[str, tuple[str, str]] = field(default_factory=dict, compare=False)
    """By swept number, the word of another need that gives it an effect: that need and the word."""
    exclusive: tuple[Exclusive, ...] = ()
    """The numbers that are not to be given together; needs that give them are refused."""
    decision: Decision | None = field(default=None, compare=False)
    """How it decides between candidates, if it judges their capabilities."""

    @property
    def prefix(self) -> str:
        """The prefix of its type names: ``Relational`` of ``RelationalNeeds``."""
        return self.workload.__name__.removesuffix("Needs")

    @cached_property
    def texts(self) -> QuestionText:
        """Its texts.

        Raises
        ------
        QuestionError
            if the file breaks the data discipline; names the file and the fault.
        """
        name = f"{self.key}.toml"
        content = files(questions).joinpath(name).read_text("utf-8")
        try:
            texts = msgspec.convert(tomli.loads(content), QuestionText)
        except (msgspec.ValidationError, tomli.TOMLDecodeError) as error:
            raise QuestionError(f"{name}: {error}") from error
        if self.decision is None:
            return texts
        found = self.decision.candidates()
        made = {key: _text_of(candidate) for key, candidate in found.items()}
        return msgspec.structs.replace(texts, alternatives=made)

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of its alternatives, in order."""
        return tuple(self.texts.alternatives)


def _text_of(candidate: Candidate) -> AlternativeText:
    """Return what a candidate is, and its capabilities as facts."""
    return AlternativeText(
        candidate.title,
        {
            need: Fact(one.statement, one.reference, one.date, one.grade)
            for need, one in sorted(candidate.capabilities.items())
        },
    )


@cache
def registry() -> dict[str, Question]:
    """Return every question by key, sorted by key."""
    names = sorted(module.name for module in iter_modules(questions.__path__))
    return {name: _question(name) for name in names}


def _question(name: str) -> Question:
    """Return the record of a module after checking its consistency."""
    record: Question = import_module(f"{questions.__name__}.{name}").QUESTION
    if faults := list(_faults(name, record)):
        raise QuestionError(f"question {name}: {'; '.join(faults)}")
    return record


def _faults(name: str, question: Question) -> Iterator[str]:
    """Yield each fault of a question's record, and how to correct it."""
    known, numeric = model.kinds(question.workload), model.numbers(question.workload)
    if question.key != name:
        yield f"its key is {question.key!r}; name it after its module"
    if not question.workload.__name__.endswith("Needs"):
        yield f"its needs are {question.workload.__name__}; let the name end in Needs"
    if "price_date" not in known:
        yield "its needs have no price_date; add the field"
    if question.swept not in numeric:
        yield f"it sweeps {question.swept!r}, which is no number of its needs; name one"
    if strange := set(question.services) - set(model.registry()):
        yield f"its services {sorted(strange)} do not exist; name others"
    for bound in question.bounds:
        if bound.need not in numeric or bound.need not in question.texts.limits:
            yield f"its bound {bound.need!r} is no number of its needs, or no limit in its texts"
    subjects = [tuple(text.facts) for text in question.texts.alternatives.values()]
    if question.decision is None and len(set(subjects)) > 1:
        yield "its alternatives state facts of different subjects; let each have all of them"
