"""Instance classes: their names, how similar they are, and whether one meets a need.

A name has a family, a generation, letters for processor or disk, and a size [1]_, as in
``db.r6gd.4xlarge``. Services add a word before it (``cache.r7g.large``) or after it
(``r6g.large.search``). A size stands for normalized units, in which reservations count [2]_.

References
----------
.. [1] "Amazon EC2 instance type naming conventions", instance types guide (2026),
   https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html
.. [2] "Working with reserved DB instances", RDS user guide (2023-06-15),
   https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithReservedDBInstances.html
"""

import re
from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache
from itertools import takewhile
from typing import Annotated, Any, NamedTuple

from pricing.arrays import Numbers
from pricing.model import Finding
from pricing.quantities import bounded, whole

VCPUs = Annotated[float, bounded("vCPU", 0, 1e6)]
MemoryGiB = Annotated[float, bounded("GiB", 0, 1e6)]
Connections = Annotated[float, whole("1", 0, 1e9)]

NORMALIZED_UNITS = {
    "nano": Fraction(1, 4),
    "micro": Fraction(1, 2),
    "small": Fraction(1),
    "medium": Fraction(2),
    "large": Fraction(4),
    "xlarge": Fraction(8),
    "xlplus": Fraction(8),
}
"""Normalized units by size [1] [2]_; 4xlarge has four times those of xlarge. Only Amazon Redshift
has xlplus, which has the vCPUs and memory of an xlarge."""
NAME = re.compile(
    r"(?:([a-z]+)\.)?([a-zA-Z]+)(\d*)([a-z-]*)"
    rf"\.(\d*)({'|'.join(NORMALIZED_UNITS)})(?:\.(.+))?"
)


FIRST_CURRENT_GENERATION = 5
"""Of the M and R classes; see :func:`may_be_chosen`."""


class InstanceName(NamedTuple):
    """The parts of the name of an instance class; a part that is missing is empty."""

    prefix: str
    """The service's word before it, such as ``db``."""
    family: str
    generation: int
    """0 where the name has none, such as ``db.influx.large``."""
    extras: str
    """Letters for processor or disk, such as ``gd``."""
    normalized_units: Fraction
    """Its size [1]."""
    suffix: str
    """The words after the size, such as ``search`` or ``tpc1.mem2x``."""


def parsed(name: str) -> InstanceName | None:
    """Return the parts of the name of an instance class, or None if it is not such a name.

    Examples
    --------
    >>> db, search = parsed("db.r6gd.4xlarge"), parsed("r6g.large.search")
    >>> db.family, db.generation, db.extras, int(db.normalized_units)
    ('r', 6, 'gd', 32)
    >>> search.prefix, search.suffix, int(parsed("ra3.xlplus").normalized_units)
    ('', 'search', 8)
    >>> parsed("gp3")
    """
    found = NAME.fullmatch(name)
    if not found:
        return None
    prefix, family, generation, extras, times, size, suffix = found.groups(default="")
    units = int(times or 1) * NORMALIZED_UNITS[size]
    return InstanceName(prefix, family, int(generation or 0), extras, units, suffix)


def may_be_chosen(name: str) -> bool:
    """Return whether a class is chosen for a load: neither burstable nor of an old generation.

    AWS advises burstable classes for development. It no longer offers M and R classes before the
    fifth generation to new databases.

    Examples
    --------
    >>> [name for name in ("db.m4.large", "db.m5.large", "db.t4g.large", "db.x2g.large")
    ...  if may_be_chosen(name)]
    ['db.m5.large', 'db.x2g.large']
    """
    found = parsed(name)
    if not found or found.family == "t":
        return False
    return found.family not in ("m", "r") or found.generation >= FIRST_CURRENT_GENERATION


@lru_cache(maxsize=2**16)
def unlikeness(word: str, asked: str) -> tuple[Any, ...]:
    """Return how different two words are: a key that sorts the most similar word first.

    Instance classes compare by size, then by prefix and suffix, family, generation, and letters for
    processor or disk; of otherwise equal ones the newer comes first. Other words compare by the
    length of their common prefix.

    Examples
    --------
    >>> classes = ("db.r8g.large", "db.r7g.4xlarge", "db.m8g.4xlarge", "db.r6g.4xlarge")
    >>> sorted(classes, key=lambda word: unlikeness(word, "db.r8g.4xlarge"))
    ['db.r7g.4xlarge', 'db.r6g.4xlarge', 'db.m8g.4xlarge', 'db.r8g.large']
    """
    if word == asked:
        return (False,)
    one, other = parsed(word), parsed(asked)
    if not one or not other:
        return (True, -_alike(word, asked))
    return (True, *_difference(one, other))


def _difference(one: InstanceName, other: InstanceName) -> tuple[Any, ...]:
    """Return how different two instance classes are; see :func:`unlikeness`."""
    small, large = sorted((one.normalized_units, other.normalized_units))
    return (
        large / small,
        (one.prefix, one.suffix) != (other.prefix, other.suffix),
        one.family != other.family,
        abs(one.generation - other.generation),
        one.extras != other.extras,
        -_alike(one.extras, other.extras),
        -one.generation,
    )


def _alike(word: str, other: str) -> int:
    """Return the length of the common prefix of two words."""
    return len(list(takewhile(lambda pair: pair[0] == pair[1], zip(word, other, strict=False))))


def needs_met(
    w: Any, *, vcpus: Numbers, memory_gib: Numbers, connections: Numbers
) -> Iterator[Finding]:
    """Compare a load's needs with what an instance has; a need of zero does not apply.

    Parameters
    ----------
    w : a workload with ``required_vcpus``, ``required_memory_gib`` and ``connections``
    vcpus : vCPUs that the engine can use [vCPU]
    memory_gib : memory left to the engine [GiB]
    connections : the most connections that the engine accepts [1]
    """
    for name, needed, usable in (
        ("required_vcpus", w.required_vcpus, vcpus),
        ("required_memory", w.required_memory_gib, memory_gib),
        ("connections", w.connections, connections),
    ):
        yield Finding(name, needed, needed > 0, usable)
