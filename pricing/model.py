"""What a service module fulfils: its record, its charges and its findings.

A module holds, in the order of AWS's pricing page, a ``Workload``, a ``Capacity``, the functions
``capacity``, ``charges`` and ``findings``, and one ``SERVICE`` record at its end. The folder
``pricing/services`` is the registry: an import error there is fatal, never skipped.

Inside the engine a ``Workload`` holds arrays in place of numbers and :class:`~pricing.rates.Choice`
columns in place of words, which broadcast to one shape. Formulas are elementwise and name no axis
of it, so that (workload,) is an estimate and (workload, month) a projection. Axis 0 is the
workload; hours, where there are any, are the last.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Annotated, Any, NamedTuple

import numpy as np
from msgspec import Struct, inspect
from msgspec.structs import fields

from pricing import services
from pricing.arrays import Flags, Numbers
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


def kinds(workload: type[Struct]) -> dict[str, Any]:
    """Give the type of each field, as ``msgspec.inspect`` has it, without its description."""
    return {
        field.encode_name: undescribed(field.type)
        for field in inspect.type_info(workload).fields  # type: ignore[attr-defined]
    }


def numbers(workload: type[Struct]) -> dict[str, inspect.FloatType]:
    """Give the type of each number, with its bounds."""
    return {
        name: kind for name, kind in kinds(workload).items() if isinstance(kind, inspect.FloatType)
    }


def undescribed(kind: Any) -> Any:
    """Give an inspected type without what describes it."""
    while isinstance(kind, inspect.Metadata):
        kind = kind.type
    return kind


class Charge(NamedTuple):
    """A metered quantity.

    ``quantity`` [the meter's unit a month]; ``by`` gives the choices that name the variant of the
    meter, in the order of its dimensions; ``region`` is where it is billed, if that is not the
    workload's Region; ``free`` is what of it comes with what the workload provisions [same unit];
    ``peak`` tells where it is fixed at what the busiest hour of a day needs, and does not follow
    the hours.
    """

    meter: str
    quantity: Any
    by: tuple[Any, ...] = ()
    region: Any = None
    free: Any = 0
    peak: Any = False


class Finding(NamedTuple):
    """A quota or rule that the workload meets.

    ``value`` [the quota's unit] stands against the quota of the same name, or against ``limit``
    where the module works it out; ``applies`` tells where it is of concern. A fact is no limit: it
    holds wherever it applies, and its value only says how many there are.
    """

    rule: str
    value: Numbers
    applies: Flags = True
    limit: Numbers = None
    fact: bool = False

    @classmethod
    def met(cls, rule: str, where: Flags, count: Numbers = np.nan) -> "Finding":
        """Return a fact: what holds ``where`` it does, and is no limit.

        ``count`` [the quota's unit] is how many there are of what the quota's title names.
        """
        return cls(rule, count, where, np.nan, fact=True)


@dataclass(frozen=True)
class Service:
    """One AWS service: everything else (routes, columns, contract, tests) is derived from this.

    ``loads`` names the fields in which no bill may fall as they rise; ``example`` is a workload
    that shows the service off, and sets at least one of them.
    """

    key: str
    name: str
    category: str
    """The ServiceCategory that FOCUS 1.2 has for it."""
    workload: type[WorkloadFields]
    capacity_type: type[Struct]
    capacity: Callable[[Any, Rules], Any]
    charges: Callable[[Any, Any, Rules], Iterator[Charge]]
    findings: Callable[[Any, Any, Rules], Iterator[Finding]]
    loads: tuple[str, ...]
    example: WorkloadFields
    compared: str = "region"
    """The field whose values the example of a comparison varies."""
    swept: str = ""
    """A number along which the compared values change their order, if there is one."""
    crossing: Callable[[Any, Any], dict[str, Any]] = lambda w, c: {}
    """Figures that tell where alternatives cost the same, from workload and capacity."""

    @property
    def prefix(self) -> str:
        """The start of the names of its types: ``RDS`` of ``RDSWorkload``."""
        return self.workload.__name__.removesuffix("Workload")

    @property
    def grown(self) -> str:
        """The first load that the example sets, which grows in the example of a projection."""
        default = {field.name: field.default for field in fields(self.workload)}
        return next(load for load in self.loads if getattr(self.example, load) != default[load])


@cache
def registry() -> dict[str, Service]:
    """Every service by key, in the order of their keys."""
    names = sorted(module.name for module in iter_modules(services.__path__))
    return {name: _service(name) for name in names}


def _service(name: str) -> Service:
    """Return the record of a module, and refuse one that does not fit together."""
    made: Service = import_module(f"{services.__name__}.{name}").SERVICE
    if faults := list(_faults(name, made)):
        raise ServiceError(f"service {name}: {'; '.join(faults)}")
    return made


def _faults(name: str, service: Service) -> Iterator[str]:
    """Yield what is wrong with a service's record, and how to mend it."""
    known, numeric = kinds(service.workload), numbers(service.workload)
    defaults = {field.name: field.default for field in fields(service.workload)}
    if service.key != name:
        yield f"its key is {service.key!r}; name it after its module"
    if not service.workload.__name__.endswith("Workload"):
        yield f"its workload is {service.workload.__name__}; let the name end in Workload"
    if "price_date" not in known:
        yield "its workload has no price_date; add the field"
    if strange := set(service.loads) - set(numeric):
        yield f"its loads {sorted(strange)} are not numbers of the workload; name others"
    elif all(getattr(service.example, load) == defaults[load] for load in service.loads):
        yield f"its example sets none of its loads {list(service.loads)}; set one"
    if service.compared not in known:
        yield f"it compares {service.compared!r}, which is no field of the workload; name one"
    if service.swept not in {"", *numeric}:
        yield f"it sweeps {service.swept!r}, which is no number of the workload; name one"


def service(key: str) -> Service:
    """Find one service.

    Raises
    ------
    UnknownServiceError
        naming the services there are.
    """
    known = registry()
    if key not in known:
        raise UnknownServiceError(key, tuple(known))
    return known[key]
