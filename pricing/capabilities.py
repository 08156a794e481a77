"""What services can do, whatever the load: read from the tables, and compared with needs.

``tables/<service>_capabilities.toml`` says of each need whether the service meets it, in part or
not at all, with a statement, its reference, its day and its grade. A service has one or more
candidates, such as its capacity modes; each may differ from the service in some capabilities. A
service that is no database says so instead.

What depends on the load is not here: quotas are findings of the service.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Literal

import msgspec
import numpy as np
import tomli
from msgspec import Struct

from pricing.arrays import Numbers
from pricing.errors import TableError
from pricing.tables import Grade, Https

SUFFIX = "_capabilities.toml"
YES, PARTLY, NO = range(3)
"""How far a need is met. The greater, the less."""
SUPPORT = {"yes": YES, "partly": PARTLY, "no": NO}
ANY = "any"
"""The word of a need that is not stated, which everything meets."""


class Capability(Struct, frozen=True, forbid_unknown_fields=True):
    """How far one need is met, and why.

    Words of a need are in ``yes`` or ``partly``, or are not met. A need that is met or not has
    ``support``. A number is met from ``least`` on, or up to ``most``, and in part from
    ``partly_least`` on, or up to ``partly_most``.
    """

    statement: str
    reference: Https
    date: date
    grade: Grade
    yes: tuple[str, ...] = ()
    partly: tuple[str, ...] = ()
    support: Literal["yes", "partly", "no"] | None = None
    least: float | None = None
    partly_least: float | None = None
    most: float | None = None
    partly_most: float | None = None

    def of_words(self, words: tuple[str, ...]) -> Numbers:
        """Return how far each word is met [word]."""
        full, some = {ANY, *self.yes}, self.partly
        return np.array([YES if word in full else PARTLY if word in some else NO for word in words])

    def of_numbers(self, values: Numbers) -> Numbers:
        """Return how far each number is met [value].

        Examples
        --------
        >>> latency = Capability("", "https://aws.amazon.com/", date(2026, 1, 1), "A", least=10.0)
        >>> latency.of_numbers(np.array([5.0, 20.0])).tolist() == [NO, YES]
        True
        """
        if self.most is not None:
            full, some = values <= self.most, values <= (self.partly_most or self.most)
        else:
            full, some = values >= self.least, values >= (self.partly_least or self.least)
        return np.where(full, YES, np.where(some, PARTLY, NO))


class Exclusion(Struct, frozen=True, forbid_unknown_fields=True):
    """Needs that a service meets one by one, and not together.

    It holds where each of ``words`` has one of its words, and each stated number is ``above`` or
    ``below``. The first need of it gives it its name.
    """

    statement: str
    reference: Https
    date: date
    grade: Grade
    words: dict[str, tuple[str, ...]]
    above: dict[str, float] = {}
    below: dict[str, float] = {}

    @property
    def need(self) -> str:
        """The need that it is told under."""
        return next(iter(self.words))


class Candidate(Struct, frozen=True, forbid_unknown_fields=True):
    """One way to have a service, with all that it can do by need."""

    title: str
    capabilities: dict[str, Capability] = {}
    exclusions: tuple[Exclusion, ...] = ()


class NotADatabase(Struct, frozen=True, forbid_unknown_fields=True):
    """Why a service is no candidate."""

    statement: str
    reference: Https
    date: date
    grade: Grade


class Description(Struct, frozen=True, forbid_unknown_fields=True):
    """The TOML file of a service's capabilities."""

    capabilities: dict[str, Capability] = {}
    candidates: dict[str, Candidate] = {}
    exclusions: tuple[Exclusion, ...] = ()
    """Those of every candidate of the service."""
    not_a_database: NotADatabase | None = None


class Needs(Struct, frozen=True):
    """The needs that capabilities are compared with, by how they are stated."""

    words: Mapping[str, tuple[str, ...]]
    flags: tuple[str, ...]
    least: tuple[str, ...]
    """Numbers that a service meets from some value on, such as a latency."""
    most: tuple[str, ...]
    """Numbers that a service meets up to some value, such as a number of Regions."""
    optional: tuple[str, ...]
    """Those that a service may be silent about."""

    def faults(self, capabilities: Mapping[str, Capability]) -> Iterator[str]:
        """Yield what is wrong with the capabilities of a candidate, and how to correct it."""
        known = {*self.words, *self.flags, *self.least, *self.most}
        for need in sorted(known - set(self.optional) - set(capabilities)):
            yield f"{need} is missing; add it"
        for need, capability in capabilities.items():
            if need not in known:
                yield f"{need} is no need of the question; take it out"
            elif fault := self._fault(need, capability):
                yield f"{need} {fault}"

    def _fault(self, need: str, capability: Capability) -> str:
        if need in self.words:
            strange = {*capability.yes, *capability.partly} - set(self.words[need])
            return f"has the words {sorted(strange)}, which the need has not" if strange else ""
        if need in self.flags:
            return "" if capability.support else "has no support; say yes, partly or no"
        bound = "least" if need in self.least else "most"
        return "" if getattr(capability, bound) is not None else f"has no {bound}; add the number"


def candidates(needs: Needs, folder: Traversable | None = None) -> dict[str, Candidate]:
    """Return every candidate of every service by key, with all its capabilities.

    Raises
    ------
    TableError
        if a file breaks the discipline; names the file, the candidate and the fault.
    """
    found = {}
    for key, described in descriptions(folder).items():
        for name, own in described.candidates.items():
            every = described.capabilities | own.capabilities
            if faults := list(needs.faults(every)):
                raise TableError(f"{key}{SUFFIX}: candidate {name}: {'; '.join(faults)}")
            found[name] = Candidate(own.title, every, described.exclusions + own.exclusions)
    return found


def descriptions(folder: Traversable | None = None) -> dict[str, Description]:
    """Return what each file says, by the service that it is named after.

    Raises
    ------
    TableError
        if a file is not of the form of :class:`Description`; names the file and the fault.
    """
    found = folder or files("pricing").joinpath("tables")
    names = sorted(path.name for path in found.iterdir() if path.name.endswith(SUFFIX))
    return {name.removesuffix(SUFFIX): _described(found.joinpath(name)) for name in names}


def _described(path: Traversable) -> Description:
    try:
        described = msgspec.convert(tomli.loads(path.read_text("utf-8")), Description)
    except (msgspec.ValidationError, tomli.TOMLDecodeError) as error:
        raise TableError(f"{path.name}: {error}") from error
    if bool(described.candidates) == bool(described.not_a_database):
        raise TableError(f"{path.name}: has either candidates, or the reason why it has none")
    return described
