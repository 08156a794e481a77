"""Requests for commitments: workloads on one bill, their curves, and what the planner prefers."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from itertools import islice
from math import lcm
from typing import Annotated, Any, Literal

import msgspec
import numpy as np
from msgspec import UNSET, Meta, Struct, UnsetType

from pricing import curve, portfolio, wording
from pricing.model import Service, registry
from pricing.portfolio import PortfolioPart
from pricing.quantities import Label, about
from pricing.units import HOURS_PER_MONTH, MONTHS_PER_YEAR
from service import problems
from service.problems import Violation
from service.requests import batches, projections, queries, violations
from service.requests import hours as curves
from service.requests.projections import Month

MOST_HOURS = 2_000_000
"""Hours of all workloads, in all months, that are priced for one answer."""
SIZE_OF_AN_HOUR = 0.01
"""Cost of pricing an hour of a workload, relative to viewing it."""

DiscountRate = Annotated[
    float,
    Meta(ge=0, le=1, description="What money costs you in a year; 0.08 is 8 percent."),
]
LowerDemand = Annotated[
    float,
    Meta(ge=0, le=1, description="By how much demand may turn out lower, for the regret."),
]
LongestTerm = Annotated[
    float,
    Meta(ge=1, le=3, multiple_of=1, description="Longer commitments are listed, not chosen."),
]
PREFERENCES: list[Any] = [
    ("discount_rate", DiscountRate, 0.0),
    ("lower_demand_fraction", LowerDemand, 0.2),
    ("longest_term_years", LongestTerm, 3.0),
]
START: tuple[Any, ...] = (
    "start",
    Annotated[
        Month | UnsetType,
        about("First month of a `schedule`: what to buy in each year of the longest term."),
    ],
    UNSET,
)
GROWS = about("With `start`: how fields grow, as `reads_per_second:rate:0.05`.")


@cache
def curve_of_group() -> type[Struct]:
    """Make the curve of a group of workloads, once."""
    made = msgspec.defstruct(
        "GroupCurveRequest",
        [
            (
                "group",
                Annotated[
                    Label, about("The group of the workloads; empty for all without a curve.")
                ],
                "",
            ),
            *curves.SHAPE,
            *curves.IN_BODY,
        ],
        frozen=True,
        kw_only=True,
        forbid_unknown_fields=True,
    )
    made.__doc__ = "How the loads of the workloads of a group go through the hours."
    return made


@cache
def of_portfolio() -> type[Struct]:
    """Make the request for the commitments of a portfolio, once."""
    (workloads, free_tier, commitments) = msgspec.structs.fields(batches.of_portfolio())
    curve: Any = curve_of_group()
    request = msgspec.defstruct(
        "PortfolioCommitmentsRequest",
        [
            ("workloads", workloads.type),
            ("free_tier", free_tier.type, False),
            ("commitments", commitments.type, commitments.default),
            *PREFERENCES,
            (
                "curves",
                Annotated[
                    list[curve],
                    Meta(max_length=1000),
                    about("How loads go through the hours, by group; else they are constant."),
                ],
                [],
            ),
            START,
            ("growth", projections.Growths, {}),
        ],
        frozen=True,
        kw_only=True,
        forbid_unknown_fields=True,
    )
    request.__doc__ = "Workloads of mixed services on one bill, to find what to commit to."
    return request


@cache
def of_workload() -> type[Struct]:
    """Make the parameters that ask for the commitments of one workload of any service, once."""
    fields = Annotated[
        dict[str, str],
        about("The fields of the workload, each a parameter as in the estimates of its service."),
    ]
    growth = msgspec.structs.fields(projections.ProjectedRows)
    text = next(Annotated[one.type, GROWS] for one in growth if one.name == "growth")
    return msgspec.defstruct(
        "WorkloadCommitmentsQuery",
        [
            ("service", Annotated[Literal[tuple(registry())], about("Key of the service.")]),
            ("workload", fields),
            *PREFERENCES,
            *curves.SHAPE,
            *curves.IN_QUERY,
            START,
            ("growth", text, UNSET),
        ],
        frozen=True,
        kw_only=True,
        forbid_unknown_fields=True,
    )


@cache
def query_type(service: Service) -> type[Struct]:
    """Make the parameters that ask for the commitments of a workload of a service, once."""
    curved = [*curves.SHAPE, *curves.IN_QUERY] if service.hourly else []
    return msgspec.defstruct(
        f"{service.prefix}CommitmentsQuery",
        [
            ("service", Literal[service.key]),
            *PREFERENCES,
            *curved,
            START,
            projections.growth_in_query(service),
        ],
        bases=(service.workload,),
        frozen=True,
        kw_only=True,
        forbid_unknown_fields=True,
    )


def service_of(pairs: Sequence[tuple[str, str]]) -> Service:
    """Return the service that the parameters of a query name.

    Raises
    ------
    ProblemError
        400 where they name none.
    """
    word, known = dict(pairs).get("service", ""), tuple(registry())
    if word not in known:
        message = violations.unknown_service(word, known, wording.Speller())
        raise problems.refused([Violation(message, parameter="service")])
    return registry()[word]


def from_query(service: Service, query: Any) -> dict[str, Any]:
    """Convert the parameters about one workload into the members of a request; lists stay text."""
    members = {name: getattr(query, name) for name in query.__struct_fields__}
    said = {name: value for name, value in members.items() if value is not UNSET}
    named = ("service", *service.workload.__struct_fields__)
    workload = msgspec.to_builtins({name: said.pop(name) for name in named})
    shape = {name: said.pop(name) for name in list(said) if name in curves.NAMES}
    listed = [curves.listed(shape)] if shape else []
    growth = {"growth": projections.growth(said.pop("growth"))}
    return {"workloads": [workload], "curves": listed} | growth | said


def converted(members: dict[str, Any]) -> Any:
    """Return the request that the parameters about one workload make.

    Raises
    ------
    ProblemError
        422 that names the parameters that do not fit.
    """
    return queries.convert_text(members, of_portfolio(), as_parameters)


def as_parameters(found: list[Violation]) -> list[Violation]:
    """Name the parameters of a query in place of the members of a request."""
    return [Violation(one.detail, parameter=_parameter(str(one.pointer))) for one in found]


def _parameter(pointer: str) -> str:
    """Return the parameter that a member of a request came from."""
    members = [member for member in pointer.split("/")[1:] if not member.isdigit()]
    return members[1] if members[0] in ("workloads", "curves") and members[1:] else members[0]


def faults(asked: Any, parts: Sequence[PortfolioPart]) -> list[Violation]:
    """List what is wrong with a request beyond the bounds of its fields.

    ``parts`` are its workloads. At most one more fault is listed than an answer tells.
    """
    found = list(islice(_faults(asked, parts), problems.MOST + 1))
    return found or list(islice(_beyond(asked, parts), problems.MOST + 1))


def _faults(asked: Any, parts: Sequence[PortfolioPart]) -> Iterator[Violation]:
    """Yield what is wrong with each member by itself."""
    yield from month_faults(parts)
    groups = {name for part in parts for name in part.workload.group.tolist()}
    seen: set[str] = set()
    for index, one in enumerate(asked.curves):
        where = f"/curves/{index}"
        for fault in curves.curve_faults(one):
            yield Violation(fault.detail, f"{where}{fault.pointer}")
        if one.group in seen:
            yield Violation("has a curve already; send one for each group", f"{where}/group")
        elif one.group and one.group not in groups:
            yield Violation("is the group of no workload", f"{where}/group")
        seen.add(one.group)
    if asked.start is not UNSET:
        services = [part.service for part in parts]
        yield from projections.faults(_span(asked), services, 0)
    elif asked.growth:
        yield Violation("has a meaning with start only; send the first month", "/growth")


def _beyond(asked: Any, parts: Sequence[PortfolioPart]) -> Iterator[Violation]:
    """Yield what a request without other faults asks too much of."""
    if (hours := hours_of(asked, sum(len(part.rows) for part in parts))) > MOST_HOURS:
        message = f"take the workloads to {hours:,} hours; at most {MOST_HOURS:,} are priced"
        yield Violation(message, "/curves" if asked.curves else "/start")
        return
    owners = _owners(asked)
    for part in loaded(asked, parts) if asked.curves else ():
        for row, message in curves.beyond(part):
            group = part.workload.group[row]
            yield Violation(message, f"/curves/{owners.get(group, owners.get(''))}/curve")
    if asked.start is not UNSET:
        yield from projections.out_of_bounds(_span(asked), projections.widened(_span(asked), parts))


def hours_of(asked: Any, count: int) -> int:
    """Return the hours that are priced for all workloads."""
    months = int(_span(asked).months) if asked.start is not UNSET else 0
    hours = _common([curves.length(one) for one in asked.curves])
    return count * hours * (bool(asked.curves) + months)


def size(asked: Any) -> float:
    """Estimate the work in viewed workloads; see :mod:`service.http.work`."""
    count = len(asked.workloads)
    return count + SIZE_OF_AN_HOUR * hours_of(asked, count)


def _common(lengths: Sequence[int]) -> int:
    """Return the hours after which curves begin again together, at most those of a year."""
    return min(lcm(*lengths), curve.HOURS_PER_YEAR) if lengths else 1


def _owners(asked: Any) -> dict[str, int]:
    """Return the index of the curve of each group."""
    return {one.group: index for index, one in enumerate(asked.curves)}


def loaded(asked: Any, parts: Sequence[PortfolioPart]) -> list[PortfolioPart]:
    """Return workloads with the multipliers of their means; without curves they have one hour.

    A year has 52 weeks and a day: a curve that does not fit is cut off, and keeps its mean.
    """
    each = [curve.shortened(curves.multipliers(one)) for one in asked.curves]
    hours, owners = _common(list(map(len, each))), _owners(asked)
    usual = owners.get("", -1)
    loads = np.array([*(curve.repeated(one, hours) for one in each), np.ones(hours)])
    return [
        replace(
            part, load=loads[[owners.get(name, usual) for name in part.workload.group.tolist()]]
        )
        for part in parts
    ]


def _span(asked: Any) -> Any:
    """Return the months of a schedule, as a projection has them."""
    months = asked.longest_term_years * MONTHS_PER_YEAR
    return projections.span_request()(
        start=asked.start, months=months, growth=asked.growth, fixed_prices=True
    )


def over_years(asked: Any, parts: Sequence[PortfolioPart]) -> list[PortfolioPart]:
    """Return workloads in each month of a schedule, with their loads."""
    return portfolio.fed(projections.widened(_span(asked), loaded(asked, parts)))


def months(asked: Any) -> list[str]:
    """Return the months of a schedule, as 2026-01."""
    return [time[:7] for time in projections.times(_span(asked))]


def month_faults(parts: Sequence[PortfolioPart]) -> Iterator[Violation]:
    """Yield each workload whose month is not the twelfth of a year: a commitment is billed then."""
    wrong: list[Any] = [
        part.rows[part.workload.hours_per_month != HOURS_PER_MONTH] for part in parts
    ]
    for row in np.sort(np.concatenate(wrong)).tolist():
        message = f"a commitment is billed in every hour of a year; send {HOURS_PER_MONTH}"
        yield Violation(message, pointer=f"/workloads/{row}/hours_per_month")
