"""Requests for the hours of a workload: the curve that its load follows."""

from collections.abc import Iterator
from functools import cache
from itertools import islice
from typing import Annotated, Any, Literal, Union

import msgspec
import numpy as np
from msgspec import UNSET, Meta, Struct, UnsetType

from pricing import curve, engine, wording
from pricing.arrays import Numbers
from pricing.model import Service, numbers
from pricing.portfolio import PortfolioPart
from pricing.quantities import Fraction, Ratio, about, whole
from pricing.units import HOURS_PER_DAY
from service import problems
from service.problems import Violation
from service.requests import violations

SIZE_OF_AN_HOUR = 0.5
"""Cost of pricing and viewing an hour, relative to viewing a workload."""
TEXT = r"^([0-9.eE+-]+(\|[0-9.eE+-]+)*)?$"
"""How a query spells a list of numbers."""
LEAST_LOAD = 1e-6
"""Of the busiest hour of a curve: less is taken for a curve without load."""
LISTS = ("curve_multipliers", "curve_hours")
KINDS = ("constant", "spike", "sine", "hours", "histogram")
OF_KINDS: dict[str, tuple[str, ...]] = {
    "spike": ("curve_peak_ratio", "curve_peak_hours", "curve_peak_hour", "curve_days"),
    "sine": ("curve_amplitude", "curve_peak_hour"),
    "hours": ("curve_multipliers",),
    "histogram": ("curve_multipliers", "curve_hours"),
}
"""The parameters that each kind of curve reads."""

Kind = Annotated[
    Literal[KINDS],  # type: ignore[valid-type]
    about(
        "How the load goes through the hours; its mean stays that of the workload. `spike`: some"
        " hours of some days of a week. `sine`: a day. `hours`: each hour of a day, a week or a"
        " year. `histogram`: levels, each for some hours, one after the other."
    ),
]
Multiplier = Annotated[float, Meta(ge=0, le=1e9)]
Level = Annotated[float, Meta(ge=1, le=curve.HOURS_PER_YEAR, multiple_of=1)]
MULTIPLIERS = "hours: 24, 168 or 8,760 loads, in any unit; histogram: its levels"
HOURS = "histogram: the hours at each level, at most 8,760 together"
SHAPE: list[Any] = [
    ("curve", Kind, "constant"),
    ("curve_peak_ratio", Annotated[Ratio, about("spike: peak over baseline.")], 4.0),
    ("curve_peak_hours", Annotated[float, whole("h", 1, 24), about("spike: its length.")], 4.0),
    (
        "curve_peak_hour",
        Annotated[
            float,
            whole("h", 0, 23),
            about("spike: the hour of the day, from 0, in which it begins; sine: the busiest."),
        ],
        12.0,
    ),
    (
        "curve_days",
        Annotated[float, whole("d", 1, 7), about("spike: days of the week that have it.")],
        7.0,
    ),
    (
        "curve_amplitude",
        Annotated[Fraction, about("sine: the most above the mean, over the mean.")],
        0.5,
    ),
]
IN_BODY: list[Any] = [
    (
        "curve_multipliers",
        Annotated[
            list[Multiplier], Meta(max_length=curve.HOURS_PER_YEAR, description=f"{MULTIPLIERS}.")
        ],
        [],
    ),
    (
        "curve_hours",
        Annotated[list[Level], Meta(max_length=curve.HOURS_PER_YEAR, description=f"{HOURS}.")],
        [],
    ),
]
IN_QUERY: list[Any] = [
    (
        name,
        Annotated[
            str,
            Meta(
                max_length=3000,
                pattern=TEXT,
                examples=["0.5|1|1.5"],
                description=f"{meaning}; as `0.5|1|1.5`.",
            ),
        ],
        "",
    )
    for name, meaning in zip(LISTS, (MULTIPLIERS, HOURS), strict=True)
]
MEMBERS = tuple(name for name, *_ in SHAPE)
NAMES = frozenset([*MEMBERS, *LISTS])
"""The parameters of a curve."""


class Types(Struct, frozen=True):
    """The wire types of one service's hours."""

    request: type[Struct]
    query: type[Struct]
    sent: type[Struct]
    """What a query says beside a sheet that is sent: the same, and nothing is required."""


@cache
def types(service: Service) -> Types:
    """Make the wire types of a service's hours, once."""
    request = msgspec.defstruct(
        f"{service.prefix}HoursRequest",
        [("workload", service.workload), *SHAPE, *IN_BODY],
        frozen=True,
        kw_only=True,
        forbid_unknown_fields=True,
    )
    request.__doc__ = f"One {service.name} workload over the hours of a curve."
    query = msgspec.defstruct(
        f"{service.prefix}HoursParametersQuery",
        [*SHAPE, *IN_QUERY],
        bases=(service.workload,),
        frozen=True,
        kw_only=True,
        forbid_unknown_fields=True,
    )
    optional = [
        (field.name, Union[field.type, UnsetType], UNSET)  # noqa: UP007
        if field.required
        else (field.name, field.type, field.default)
        for field in msgspec.structs.fields(query)
    ]
    sent = msgspec.defstruct(
        f"{service.prefix}HoursOfSheetQuery",
        optional,
        frozen=True,
        kw_only=True,
        forbid_unknown_fields=True,
    )
    return Types(request, query, sent)


@cache
def beside_sheet() -> type[Struct]:
    """Make what the contract tells of a query beside a sheet, of any service, once."""
    fields = Annotated[
        dict[str, str] | UnsetType,
        about("Sheets sent: fields that they lack, each a parameter as in the query of GET."),
    ]
    return msgspec.defstruct(
        "SheetHoursQuery",
        [("workload", fields, UNSET), *SHAPE, *IN_QUERY],
        frozen=True,
        kw_only=True,
        forbid_unknown_fields=True,
    )


def said(query: Any) -> dict[str, Any]:
    """Return what a query says beside a sheet that is sent."""
    usual = {field.name: field.default for field in msgspec.structs.fields(type(query))}
    given = msgspec.structs.asdict(query)
    return {name: value for name, value in given.items() if value != usual[name]}


def of_use(service: Service, members: dict[str, Any], loads: Numbers) -> Any:
    """Return the request for a workload, as a query says it, over hours of use.

    Raises
    ------
    ProblemError
        422 where it lacks a parameter, or has one of a curve beside the hours.
    """
    message = "stands in the sheet, whose column time makes it the curve; leave it out"
    found = [Violation(message, parameter=name) for name in members if name in NAMES]
    if found:
        raise problems.refused(found, "not-computable")
    workload = msgspec.to_builtins(members)
    curved = {"curve": "hours", "curve_multipliers": loads.tolist()}
    try:
        return msgspec.convert({"workload": workload} | curved, types(service).request)
    except msgspec.ValidationError as error:
        lacking = violations.in_query(list(members.items()), service.workload)
        lacking = lacking or [Violation(violations.said(error))]
        raise problems.refused(lacking, "not-computable") from error


def from_query(service: Service, query: Any) -> dict[str, Any]:
    """Convert query parameters into the members of a request; lists stay text."""
    members = listed({name: getattr(query, name) for name in NAMES})
    workload = {name: getattr(query, name) for name in service.workload.__struct_fields__}
    return members | {"workload": msgspec.to_builtins(workload)}


def listed(members: dict[str, Any]) -> dict[str, Any]:
    """Return the parameters of a curve with their lists, which a query spells as text."""
    lists = {name: members[name].split("|") if members[name] else [] for name in LISTS}
    return members | lists


def faults(service: Service, asked: Any) -> list[Violation]:
    """List what is wrong with a workload over a curve beyond the bounds of its fields."""
    if found := curve_faults(asked):
        return found
    load = multipliers(asked)[np.newaxis]
    part = PortfolioPart(
        service, np.zeros(1), engine.columns(service.workload, [asked.workload]), load
    )
    return [Violation(message, pointer="/curve") for _, message in islice(beyond(part), 1)]


def curve_faults(asked: Any) -> list[Violation]:
    """List what is wrong with a curve beyond the bounds of its fields."""
    return list(_without_meaning(asked)) or list(_list_faults(asked))


def _without_meaning(asked: Any) -> Iterator[Violation]:
    """Yield each parameter that is given, and which the kind of curve does not read."""
    usual = {name: default for name, _, default in (*SHAPE, *IN_BODY)}
    for name in (*MEMBERS[1:], *LISTS):
        if name not in OF_KINDS.get(asked.curve, ()) and getattr(asked, name) != usual[name]:
            kinds = [kind for kind, read in OF_KINDS.items() if name in read]
            message = f"has a meaning with curve {' or '.join(kinds)} only; leave it out"
            yield Violation(message, pointer=f"/{name}")


def _list_faults(asked: Any) -> Iterator[Violation]:
    """Yield what is wrong with the lists of a curve."""
    loads, lasting = asked.curve_multipliers, asked.curve_hours
    if asked.curve == "hours" and len(loads) not in curve.LENGTHS:
        message = f"must have 24, 168 or 8,760 items, one for each hour; got {len(loads):,}"
        yield Violation(message, pointer="/curve_multipliers")
    elif asked.curve == "histogram" and (len(loads) != len(lasting) or not loads):
        message = f"must have one item for each of the {len(loads):,} levels; got {len(lasting):,}"
        message = message if loads else "is empty; send the levels of the load"
        yield Violation(message, pointer=f"/{'curve_hours' if loads else 'curve_multipliers'}")
    elif asked.curve == "histogram" and sum(lasting) > curve.HOURS_PER_YEAR:
        message = f"has {sum(lasting):,.0f} hours; at most {curve.HOURS_PER_YEAR:,} are a curve"
        yield Violation(message, pointer="/curve_hours")
    elif asked.curve in ("hours", "histogram") and max(loads) < LEAST_LOAD:
        message = f"is below {LEAST_LOAD} in every hour; send a load, in any unit"
        yield Violation(message, pointer="/curve_multipliers")


def beyond(part: PortfolioPart) -> Iterator[tuple[int, str]]:
    """Yield each number that a load takes above its bound: its row of the part, and a message."""
    known, service = numbers(part.service.workload), part.service
    for name in service.hourly.varies if service.hourly else ():
        bound: Any = known[name].le
        most = getattr(part.workload, name) * part.load.max(axis=-1)
        for row in np.flatnonzero(most > bound).tolist():
            expected = wording.expected(known[name])
            yield row, f"takes {name} to {most[row]:,.15g}; must stay {expected}"


def multipliers(asked: Any) -> Numbers:
    """Return the multipliers of the mean that a request asks for [hour]."""
    if asked.curve == "spike":
        return curve.spike(
            asked.curve_peak_ratio,
            asked.curve_peak_hours,
            asked.curve_peak_hour,
            asked.curve_days,
        )
    if asked.curve == "sine":
        return curve.sine(asked.curve_amplitude, asked.curve_peak_hour)
    if asked.curve == "hours":
        return curve.normalised(np.array(asked.curve_multipliers))
    if asked.curve == "histogram":
        lasting = np.array(asked.curve_hours, dtype=np.intp)
        return curve.histogram(np.array(asked.curve_multipliers), lasting)
    return curve.constant()


def length(asked: Any) -> int:
    """Return the hours of a curve."""
    lengths = {"constant": HOURS_PER_DAY, "sine": HOURS_PER_DAY, "spike": curve.HOURS_PER_WEEK}
    listed = max(len(asked.curve_multipliers), int(sum(asked.curve_hours)))
    return lengths.get(asked.curve, listed)


def size(asked: Any) -> float:
    """Estimate the work in viewed workloads; see :mod:`service.http.work`."""
    return SIZE_OF_AN_HOUR * length(asked)
