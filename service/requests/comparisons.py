"""Requests for comparisons: the fields that vary, and the number that is swept."""

import math
from functools import cache
from types import GenericAlias
from typing import Annotated, Any, Literal, Union

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType, inspect

from pricing.model import Form, Service, fields_of, kinds, numbers
from pricing.quantities import Label, about
from service.problems import Violation
from service.requests.queries import once

MOST_ALTERNATIVES = 10_000
MOST_SWEPT = 100
"""Alternatives that may be swept: any two of them can have a break-even point."""
LABELS = ("name", "group")
VARY = r"^[a-z_]+(:[^,|]+(\|[^,|]+)*)?(,[a-z_]+(:[^,|]+(\|[^,|]+)*)?)*$"
"""How a query spells what varies."""
SWEEP = r"^([a-z_]+:[0-9.eE+-]+:[0-9.eE+-]+(:[0-9]+(:(linear|log))?)?)?$"
"""How a query spells a sweep."""


class SweepRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """One number of the workload, varied over a range."""

    field: Annotated[Label, about("A number of the workload.")]
    start: Annotated[float, Meta(ge=0, le=1e15, description="First value [the field's unit].")]
    stop: Annotated[float, Meta(ge=0, le=1e15, description="Last value [the field's unit].")]
    points: Annotated[
        float, Meta(ge=2, le=1000, multiple_of=1, description="Points of the cost curves.")
    ] = 50.0
    scale: Annotated[Literal["linear", "log"], about("How the points are spaced.")] = "linear"


class ComparedRows(Struct, frozen=True, forbid_unknown_fields=True):
    """What is asked about the rows of a sheet that has no such columns."""

    vary: Annotated[
        Annotated[str, Meta(min_length=1, max_length=1500, pattern=VARY, examples=["region"])]
        | UnsetType,
        about("Sheets sent: the fields to vary in each row, as in the query of GET."),
    ] = UNSET
    sweep: Annotated[
        Annotated[str, Meta(max_length=200, pattern=SWEEP, examples=["storage_gb:1:1000"])]
        | UnsetType,
        about("Sheets sent: a number to sweep in each row, as in the query of GET."),
    ] = UNSET


@cache
def request_type(service: Service) -> type[Struct]:
    """Make the type of a service's comparisons, once: on first use, for it takes milliseconds."""
    prefix = service.prefix
    fields = [field for field in fields_of(service.workload) if field.name not in LABELS]
    known = kinds(service.workload)
    vary = msgspec.defstruct(
        f"{prefix}VaryRequest",
        [(field.name, _varying(field.type, known[field.name]), UNSET) for field in fields],
        frozen=True,
        forbid_unknown_fields=True,
    )
    vary.__doc__ = "Values to take, by field; an empty list of words, or `*`, means every value."
    request = msgspec.defstruct(
        f"{prefix}ComparisonRequest",
        [
            ("workload", service.workload),
            ("vary", vary),
            ("sweep", Union[SweepRequest, None], None),  # noqa: UP007
        ],
        frozen=True,
        forbid_unknown_fields=True,
    )
    request.__doc__ = f"One {service.name} workload under alternatives."
    return request


@cache
def query_type(service: Service) -> type[Struct]:
    """Make the type of the parameters of a service's comparisons, once."""
    varied = Annotated[
        str,
        Meta(
            min_length=1,
            max_length=1500,
            examples=["region:us-east-1|eu-west-1"],
            pattern=VARY,
            description="Fields to vary, as `capacity_mode,region:us-east-1|eu-west-1`;"
            " without values every one is taken.",
        ),
    ]
    swept = Annotated[
        str,
        Meta(
            max_length=200,
            examples=[f"{service.swept or service.loads[0]}:1:1000"],
            pattern=SWEEP,
            description="A number to sweep, as `field:start:stop`, `…:points` and `…:log`, with at"
            f" most 100 alternatives.{_worth_sweeping(service)}",
        ),
    ]
    return msgspec.defstruct(
        f"{service.prefix}ComparisonParametersQuery",
        [("vary", varied), ("sweep", swept, "")],
        bases=(service.workload,),
        frozen=True,
        kw_only=True,
        forbid_unknown_fields=True,
    )


def _worth_sweeping(service: Service) -> str:
    """Describe the sweep that changes the order of the example's alternatives."""
    if not service.swept:
        return ""
    return f" The values of `{service.compared}` change their order along `{service.swept}`."


def _varying(type_: Any, kind: inspect.Type) -> Any:
    """Return the type of the values that a field takes; `*` or none stands for all of a few."""
    values: Any = GenericAlias(list, type_)
    if isinstance(kind, inspect.LiteralType | inspect.BoolType):
        few: Any = Annotated[values, Meta(max_length=MOST_ALTERNATIVES)]
        return Union[few, Literal["*"], UnsetType]  # noqa: UP007
    some: Any = Annotated[values, Meta(min_length=1, max_length=MOST_ALTERNATIVES)]
    return Union[some, UnsetType]  # noqa: UP007


def from_query(service: Service, query: Any) -> dict[str, Any]:
    """Convert query parameters into the members of a request; values stay text."""
    workload = {name: getattr(query, name) for name in service.workload.__struct_fields__}
    vary: dict[str, Any] = {}
    for part in query.vary.split(","):
        name, _, values = part.partition(":")
        once(vary, name, "*" if values in ("", "*") else values.split("|"), "vary")
    sweep = sweep_members(query.sweep)
    return {"workload": msgspec.to_builtins(workload), "vary": vary, "sweep": sweep}


def sweep_members(text: str) -> dict[str, str] | None:
    """Return the members of a sweep that a query spells, or None where it has none."""
    names = ("field", "start", "stop", "points", "scale")
    return dict(zip(names, text.split(":"), strict=False)) if text else None


def faults(service: Service, request: Any) -> list[Violation]:
    """List what is wrong with a request beyond the bounds of its fields."""
    found = []
    vary = values(service, request)
    if not vary:
        found.append(Violation("is empty; name a field to vary", pointer="/vary"))
    count = math.prod(len(chosen) for chosen in vary.values())
    most = MOST_SWEPT if request.sweep else MOST_ALTERNATIVES
    if count > most:
        message = f"gives {count:,} alternatives; at most {most:,} can be compared"
        found.append(Violation(message + (" in a sweep" if request.sweep else ""), pointer="/vary"))
    if request.sweep:
        found += sweep_faults(service, request.sweep, vary)
    return found


def sweep_faults(form: Form, sweep: SweepRequest, vary: Any) -> list[Violation]:
    """List what is wrong with a sweep of a workload or of needs, some fields of which vary."""
    bounded = numbers(form.workload)
    if sweep.field not in bounded:
        known = ", ".join(bounded)
        return [Violation(f"is not a number to sweep; one of {known}", pointer="/sweep/field")]
    found = []
    if sweep.field in vary:
        found.append(Violation("varies already; sweep another field", pointer="/sweep/field"))
    bounds: Any = bounded[sweep.field]
    for end in ("start", "stop"):
        if not bounds.ge <= getattr(sweep, end) <= bounds.le:
            message = f"must be from {bounds.ge:,.15g} to {bounds.le:,.15g}, as {sweep.field}"
            found.append(Violation(message, pointer=f"/sweep/{end}"))
    if bounds.multiple_of == 1 and (sweep.start % 1 or sweep.stop % 1):
        found.append(Violation("must have whole ends, as its field has", pointer="/sweep/start"))
    if sweep.stop <= sweep.start:
        found.append(Violation("must be above start", pointer="/sweep/stop"))
    if sweep.scale == "log" and sweep.start <= 0:
        found.append(Violation("must be above 0 on a log scale", pointer="/sweep/start"))
    return found


def values(service: Service, request: Any) -> dict[str, list[Any]]:
    """Return the distinct values to compare, by field; `*` or none means every value."""
    known = kinds(service.workload)
    chosen = {}
    for name in request.vary.__struct_fields__:
        asked = getattr(request.vary, name)
        if asked in ("*", []):
            kind = known[name]
            every = kind.values if isinstance(kind, inspect.LiteralType) else (False, True)
            chosen[name] = [value for value in every if value != ""]
        elif asked is not UNSET:
            chosen[name] = list(dict.fromkeys(asked))
    return chosen


def place(service: Service, request: Any, _: int, field: str, *, in_query: bool) -> str:
    """Return where the values of a field stand: varied, swept, or in the workload."""
    if field in values(service, request):
        return "vary" if in_query else f"/vary/{field}"
    if request.sweep and request.sweep.field == field:
        return "sweep" if in_query else "/sweep/field"
    return field if in_query else f"/workload/{field}"
