"""The interface of a service module: its record, its charges and its findings.

A module follows AWS's pricing page. It holds a ``Workload``, a ``Capacity``, the functions
``capacity``, ``charges`` and ``findings``, and a ``SERVICE`` record at its end. The folder
``pricing/services`` is the registry; an import error there is fatal, never skipped.

Inside the engine a ``Workload`` holds arrays instead of numbers and words
(:class:`~pricing.rates.WordColumn`). All broadcast to one shape. Formulas work element by element
and name no axis: (workload,) is an estimate, (workload, month) a projection. The workload is always
axis 0; hours, if there are any, are the last axis.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Annotated, Any, NamedTuple, Protocol

import numpy as np
from msgspec import Struct, inspect
from msgspec.structs import FieldInfo, fields

from pricing import products, services
from pricing.arrays import Flags, Numbers, Words
from pricing.errors import ServiceError, UnknownServiceError
from pricing.quantities import Hours, Label, Region, about
from pricing.rates import Rules
from pricing.units import HOURS_PER_MONTH


class WorkloadFields(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The fields that workloads of every service have."""

    name: Annotated[Label, about("Your name for the workload; comes back in the answer.")] = ""
    group: Annotated[Label, about("A free label by which totals may be grouped.")] = ""
    region: Annotated[Region, about("AWS Region code.")]
    hours_per_month: Annotated[Hours, about("Hours in the month; AWS's calculator has 730.")] = (
        float(HOURS_PER_MONTH)
    )


@cache
def fields_of(workload: type[Struct]) -> tuple[FieldInfo, ...]:
    """Return the fields in order, each with its name, type and default."""
    return fields(workload)


def defaults(workload: type[Struct]) -> dict[str, Any]:
    """Return the default of each field; a field that is required has none that equals anything."""
    return {field.name: field.default for field in fields_of(workload)}


@cache
def kinds(workload: type[Struct]) -> Mapping[str, Any]:
    """Return the type of each field, as ``msgspec.inspect`` has it, without its description."""
    known = fields_of(workload)
    types = inspect.multi_type_info([field.type for field in known])
    return {field.name: undescribed(type_) for field, type_ in zip(known, types, strict=True)}


def numbers(workload: type[Struct]) -> dict[str, inspect.FloatType]:
    """Return the type of each number, with its bounds."""
    return {
        name: kind for name, kind in kinds(workload).items() if isinstance(kind, inspect.FloatType)
    }


def undescribed(kind: inspect.Type) -> inspect.Type:
    """Return an inspected type without its description."""
    while isinstance(kind, inspect.Metadata):
        kind = kind.type
    return kind


class Charge(NamedTuple):
    """A metered quantity."""

    meter: str
    quantity: Numbers
    """[the meter's unit a month]"""
    variant: tuple[Words, ...] = ()
    """The words that name the variant of the meter, in the order of its dimensions."""
    region: Words = None
    """Where it is billed, if not in the workload's Region."""
    free: Numbers = 0
    """The part that comes free with what the workload provisions [same unit]."""
    peak: Flags = False
    """Where it is fixed at what the busiest hour of a day needs."""


class Finding(NamedTuple):
    """A quota or rule to compare the workload with.

    ``value`` [the quota's unit] is compared with the quota of the same name, or with ``limit`` if
    the module computes one, wherever it ``applies``. A fact has no limit: it holds wherever it
    applies, and its value is only a count.
    """

    rule: str
    value: Numbers
    applies: Flags = True
    limit: Numbers = None
    fact: bool = False
    by_month: Numbers = None
    """The value of a fact that the month decides, not an hour; below 0 where it does not hold."""

    @classmethod
    def met(cls, rule: str, where: Flags, count: Numbers = np.nan) -> "Finding":
        """Return a fact that holds ``where`` it is true.

        ``count`` [the quota's unit] is the number of things that the quota's title names.
        """
        return cls(rule, count, where, np.nan, fact=True)


class Exclusive(NamedTuple):
    """Numbers of a workload that say the same thing: at least one of them must be 0."""

    fields: tuple[str, ...]
    remedy: str
    """What to send instead, as the end of a sentence."""


class Form(Protocol):
    """What a flat record is filled in for: a service by a workload, or a question by its needs."""

    @property
    def key(self) -> str: ...  # noqa: D102
    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def workload(self) -> type[WorkloadFields]: ...  # noqa: D102
    @property
    def example(self) -> WorkloadFields: ...  # noqa: D102
    @property
    def exclusive(self) -> tuple[Exclusive, ...]: ...  # noqa: D102
    @property
    def prefix(self) -> str: ...  # noqa: D102


class Intake(NamedTuple):
    """How a workload takes what others of its group send, in a portfolio."""

    wanted: str
    """The field that says whether it does."""
    per_second: str
    """The number that what is sent is added to [1/s]."""


class Policy(NamedTuple):
    """How auto scaling follows a load: AWS's rules for one kind of capacity."""

    scale_out_points: Numbers
    """Minutes in a row above the target until capacity is raised [min]."""
    scale_in_points: Numbers
    """Minutes in a row of low use until it is lowered [min]."""
    scale_in_ratio: Numbers
    """Low is a use below this share of the target, [share]..."""
    scale_in_margin: Numbers
    """...less this [share of the capacity]."""
    scale_out_step: Numbers
    """The least that capacity is raised by, of what there is [share]."""
    scaling_alarms: Numbers
    """CloudWatch alarms that it makes for each of its kind [1]."""


class Scaled(NamedTuple):
    """Capacity that auto scaling sets, of several things alike; arrays are [..., hour]."""

    field: str
    """The number of the workload that says the least units there are of each."""
    policy: Policy
    used: Numbers
    """Units of each that the load takes [units]."""
    target: Numbers
    """The utilisation that is kept [share]."""
    minimum: Numbers
    """Least units of each [units]."""
    fixed: Numbers
    """Units of each that an hour needs where capacity is the same in all hours [units]."""
    count: Numbers = 1
    """How many there are."""
    scales: Flags = True
    """Where the workload has auto scaling."""
    stands: Flags = False
    """Where the field has to say that capacity is the same in all hours."""
    whole: bool = True
    """Whether there are only whole units."""
    maximum: Numbers = np.inf
    """Most units of each [units]."""
    by_the_hour: bool = True
    """Whether each started hour is billed; otherwise it is the time."""
    advised: Callable[[Numbers], tuple[Numbers, Numbers]] | None = None
    """Computes the least and the most that AWS advises for a load of hours, if it does [units]."""


@dataclass(frozen=True)
class Hourly:
    """How the workloads of a service go through the hours of a curve."""

    varies: tuple[str, ...]
    """The numbers that the curve multiplies: means of what is asked for."""
    peaks: tuple[str, ...] = ()
    """Ratios of a peak that its highest hour multiplies, where the size is that of all hours."""
    modes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """The ways to pay for capacity that a curve tells apart: their fields, by name."""
    means: Callable[[Any, Rules], Mapping[str, Numbers]] = lambda w, rule: {}
    """Computes further numbers that the curve multiplies, where they follow from others."""
    scaled: Callable[[Any, Rules], dict[str, Scaled]] = lambda w, rule: {}
    """Computes what auto scaling may set, by name."""
    averages: tuple[str, ...] = ()
    """Figures of the capacity that are means over the hours, not those of the busiest."""
    break_even: Callable[[Any, Rules], dict[str, Numbers]] = lambda w, rule: {}
    """Computes, by name, the utilisation of provisioned capacity above which it costs less."""


@dataclass(frozen=True)
class Service:
    """One AWS service; its routes, columns, contract and tests are all derived from this record.

    ``loads`` names the fields that never lower a bill when they rise. ``example`` is a typical
    workload, which sets at least one of them.
    """

    key: str
    name: str
    category: str
    """Its ServiceCategory in FOCUS 1.2."""
    workload: type[WorkloadFields]
    capacity_type: type[Struct]
    capacity: Callable[[Any, Rules], Any]
    charges: Callable[[Any, Any, Rules], Iterator[Charge]]
    findings: Callable[[Any, Any, Rules], Iterator[Finding]]
    loads: tuple[str, ...]
    example: WorkloadFields
    billed_as: str = ""
    """Its name on an AWS bill, if that is another; see :attr:`bill_name`."""
    compared: str = "region"
    """The field that the example of a comparison varies."""
    swept: str = ""
    """A number whose sweep changes the order of the compared values, if there is one."""
    exclusive: tuple[Exclusive, ...] = ()
    """The numbers that are not to be given together; a workload that gives them is refused."""
    crossing: Callable[[Any, Any], dict[str, Numbers]] = lambda w, c: {}
    """Computes, from workload and capacity, figures that describe a break-even point."""
    sends: Mapping[str, Callable[[Any], Numbers]] = field(default_factory=dict, compare=False)
    """What a workload sends to other services [1/s], by their key."""
    takes: Mapping[str, Intake] = field(default_factory=dict, compare=False)
    """How a workload takes what those of other services send, by their key."""
    hourly: Hourly | None = field(default=None, compare=False)
    """How it goes through the hours of a curve; None where only its month counts."""
    steady: str = field(default="", compare=False)
    """Why the hours of a load change nothing, where they do not."""

    @property
    def bill_name(self) -> str:
        """Its name on an AWS bill: FOCUS's ServiceName, the CUR's product name."""
        return self.billed_as or self.name

    @property
    def prefix(self) -> str:
        """The prefix of its type names: ``RDS`` of ``RDSWorkload``."""
        return self.workload.__name__.removesuffix("Workload")

    @property
    def grown(self) -> str:
        """The first load that the example sets; it grows in the example of a projection."""
        usual = defaults(self.workload)
        return next(load for load in self.loads if getattr(self.example, load) != usual[load])


@cache
def registry() -> dict[str, Service]:
    """Return every service by key, sorted by key."""
    names = sorted(module.name for module in iter_modules(services.__path__))
    return {name: _service(name) for name in names}


def _service(name: str) -> Service:
    """Return the record of a module after checking its consistency."""
    record: Service = import_module(f"{services.__name__}.{name}").SERVICE
    if faults := list(_faults(name, record)):
        raise ServiceError(f"service {name}: {'; '.join(faults)}")
    return record


def _faults(name: str, service: Service) -> Iterator[str]:
    """Yield each fault of a service's record, and how to correct it."""
    known, numeric = kinds(service.workload), numbers(service.workload)
    usual = defaults(service.workload)
    if service.key != name:
        yield f"its key is {service.key!r}; name it after its module"
    if not service.workload.__name__.endswith("Workload"):
        yield f"its workload is {service.workload.__name__}; let the name end in Workload"
    if "price_date" not in known:
        yield "its workload has no price_date; add the field"
    if unknown := set(service.loads) - set(numeric):
        yield f"its loads {sorted(unknown)} are not numbers of the workload; name others"
    elif all(getattr(service.example, load) == usual[load] for load in service.loads):
        yield f"its example sets none of its loads {list(service.loads)}; set one"
    if service.compared not in known:
        yield f"it compares {service.compared!r}, which is no field of the workload; name one"
    for intake in service.takes.values():
        if intake.wanted not in known or intake.per_second not in numeric:
            yield f"it takes {intake}, whose fields are not those of the workload; name others"
    for fields_given, _ in service.exclusive:
        if strange := set(fields_given) - set(numeric):
            yield f"it excludes {sorted(strange)}, which are not numbers of the workload"
        elif all(getattr(service.example, field) > 0 for field in fields_given):
            yield f"its example gives {list(fields_given)} together; set one of them to 0"
    if (service.hourly is None) != bool(service.steady):
        yield "it says how it goes through hours, or why they change nothing: one of both"
    if service.hourly and (strange := set(service.hourly.varies) - set(service.loads)):
        yield f"its curve multiplies {sorted(strange)}, which are none of its loads; name others"
    if service.swept not in {"", *numeric}:
        yield f"it sweeps {service.swept!r}, which is no number of the workload; name one"


def service(key: str) -> Service:
    """Return one service.

    Raises
    ------
    UnknownServiceError
        if no service has the key; names the product that the key stands for, and lists the keys
        that exist.
    """
    known = registry()
    if key not in known:
        raise UnknownServiceError(key, tuple(known), products.named(key))
    return known[key]
