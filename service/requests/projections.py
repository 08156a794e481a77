"""Requests for projections: the fields that grow, and the months."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from itertools import islice
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from pricing import portfolio, projection, wording
from pricing.model import Service, numbers
from pricing.portfolio import PortfolioPart
from pricing.projection import Growth, Span
from pricing.quantities import about
from service import problems
from service.problems import Violation
from service.requests import batches, violations
from service.requests.queries import once

MOST_RECORDS = 200_000
"""Most workload-months whose charges may be listed."""
SIZE_OF_A_MONTH = 0.05
"""Cost of pricing a workload-month, relative to viewing it."""
NEVER = 1200.0

Month = Annotated[
    str,
    Meta(
        pattern=r"^(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])$",
        description="First month, as 2026-01.",
        examples=["2026-01"],
    ),
]
Months = Annotated[float, Meta(ge=1, le=120, multiple_of=1, description="Months to project.")]
Season = Annotated[float, Meta(ge=0, le=1000)]
Amount = Annotated[float, Meta(ge=0, le=1e15)]
View = Annotated[
    Literal["months", "charges", "milestones", "years", "all"],
    about(
        "Records of months, of each charge, of what is first reached, or of years; or all."
        " `charges` is a time series with names of its own, not FOCUS's."
    ),
]


class GrowthRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """How one field goes on from its value in the first month.

    Month n, from 0, has ((value or values[n]) x (1 + monthly_rate)^n + monthly_step x n +
    monthly_ingest x min(n, expires_after_months)) x the factor of its month of the year. The value
    of the first month itself never expires. Whole numbers are rounded up.
    """

    monthly_rate: Annotated[
        float, Meta(ge=-1, le=10, description="Compound growth a month; 0.05 is 5 percent.")
    ] = 0.0
    monthly_step: Annotated[
        float, Meta(ge=-1e15, le=1e15, description="Added each month [the field's unit].")
    ] = 0.0
    values: Annotated[
        list[Amount], Meta(max_length=120, description="A value for each month, in its place.")
    ] = []
    monthly_ingest: Annotated[
        float, Meta(ge=0, le=1e15, description="What accumulates a month, as stored data do.")
    ] = 0.0
    expires_after_months: Annotated[
        float, Meta(ge=0, le=NEVER, multiple_of=1, description="When what accumulates expires.")
    ] = NEVER
    seasonality: Annotated[
        list[Season], Meta(max_length=12, description="Factors for January to December, or none.")
    ] = []


Growths = Annotated[
    dict[str, GrowthRequest],
    about("How fields grow, by field; `s3.storage_gb` means the field of that service only."),
]
Calendar = Annotated[bool, about("Each month has its own hours, not those of the workload.")]
FixedPrices = Annotated[bool, about("Keep each price_date; else prices follow the month.")]
COMMON: list[Any] = [
    ("start", Month),
    ("months", Months, 12.0),
    ("growth", Growths, {}),
    ("calendar", Calendar, False),
    ("fixed_prices", FixedPrices, False),
    ("view", View, "months"),
]


GROWTH = (
    r"^([a-z0-9_.]+:(rate|step|ingest|expires|values|seasonality):[-+0-9.eE|]+"
    r"(,[a-z0-9_.]+:(rate|step|ingest|expires|values|seasonality):[-+0-9.eE|]+)*)?$"
)
"""How a query spells how fields grow."""


class ProjectedRows(Struct, frozen=True, forbid_unknown_fields=True):
    """What is asked about the rows of a sheet that has no such columns, or about all of them."""

    start: Annotated[Month | UnsetType, about("Sheets sent: the first month, as 2026-01.")] = UNSET
    months: Annotated[Months | UnsetType, about("Sheets sent: months; else 12.")] = UNSET
    growth: Annotated[
        Annotated[str, Meta(max_length=1500, pattern=GROWTH, examples=["storage_gb:rate:0.05"])]
        | UnsetType,
        about("Sheets sent: how fields grow, as in the query of GET."),
    ] = UNSET
    calendar: Annotated[
        bool | UnsetType, about("Sheets sent: each month has its own hours, not the workload's.")
    ] = UNSET
    fixed_prices: Annotated[
        bool | UnsetType, about("Sheets sent: keep each price_date; else prices follow the month.")
    ] = UNSET


class Types(Struct, frozen=True):
    """The wire types of one service's projections."""

    request: type[Struct]
    row: type[Struct]
    """What a row of a sheet says: all that the query does but the view."""
    query: type[Struct]


@cache
def types(service: Service) -> Types:
    """Make the wire types of a service's projections, once."""
    prefix = service.prefix
    request = msgspec.defstruct(
        f"{prefix}ProjectionRequest",
        [("workload", service.workload), *COMMON],
        frozen=True,
        kw_only=True,
        forbid_unknown_fields=True,
    )
    request.__doc__ = f"One {service.name} workload over months."
    text = growth_in_query(service)
    *common, viewed = [text if field[0] == "growth" else field for field in COMMON]
    kind: dict[str, Any] = {"frozen": True, "kw_only": True, "forbid_unknown_fields": True}
    row = msgspec.defstruct(f"{prefix}ProjectionRow", common, bases=(service.workload,), **kind)
    name = f"{prefix}ProjectionParametersQuery"
    return Types(request, row, msgspec.defstruct(name, [viewed], bases=(row,), **kind))


def growth_in_query(service: Service) -> tuple[str, Any, str]:
    """Return the parameter that says how the fields of a service grow."""
    text = Annotated[
        str,
        Meta(
            max_length=1500,
            examples=[f"{service.grown}:rate:0.05"],
            pattern=GROWTH,
            description="How fields grow, as `reads_per_second:rate:0.05,storage_gb:ingest:100`;"
            " kinds are rate, step, ingest, expires, values:1|2|3 and seasonality:1|1|….",
        ),
    ]
    return "growth", text, ""


@cache
def portfolio_request() -> type[Struct]:
    """Make the request of a portfolio's projection, once."""
    (workloads, free_tier, _) = msgspec.structs.fields(batches.of_portfolio())
    request = msgspec.defstruct(
        "PortfolioProjectionRequest",
        [
            ("workloads", workloads.type),
            *COMMON,
            ("free_tier", free_tier.type, False),
        ],
        frozen=True,
        kw_only=True,
        forbid_unknown_fields=True,
    )
    request.__doc__ = "Workloads of mixed services on one bill, over months."
    return request


KINDS = {
    "rate": "monthly_rate",
    "step": "monthly_step",
    "ingest": "monthly_ingest",
    "expires": "expires_after_months",
}


@cache
def span_request() -> type[Struct]:
    """Make the type of what is asked about the workloads of a sheet, once."""
    return msgspec.defstruct(
        "SheetProjection", COMMON, frozen=True, kw_only=True, forbid_unknown_fields=True
    )


def from_query(service: Service, query: Any) -> dict[str, Any]:
    """Convert query parameters, or a row, into a request's members; growth values stay text."""
    said = {name: getattr(query, name) for name in query.__struct_fields__}
    workload = {name: said.pop(name) for name in service.workload.__struct_fields__}
    return said | {"growth": growth(said["growth"]), "workload": msgspec.to_builtins(workload)}


def growth(text: str) -> dict[str, dict[str, Any]]:
    """Return how fields grow, as a query spells it; the values stay text."""
    growth: dict[str, dict[str, Any]] = {}
    for part in text.split(",") if text else ():
        field, kind, text = part.split(":")
        listed = text.split("|") if kind in ("values", "seasonality") else text
        once(growth.setdefault(field, {}), KINDS.get(kind, kind), listed, "growth")
    return growth


def span_of(request: Any) -> Span:
    """Return the months of a request."""
    start = date.fromisoformat(f"{request.start}-01")
    return Span(start, int(request.months), request.calendar, request.fixed_prices)


def faults(request: Any, services: Sequence[Service], count: int) -> list[Violation]:
    """List what is wrong with a request beyond the bounds of its fields."""
    found = list(islice(_growth_faults(request, services), problems.MOST + 1))
    if request.view in ("charges", "all") and count * int(request.months) > MOST_RECORDS:
        message = (
            f"charges of {count * int(request.months):,} workload-months are too many to list;"
        )
        found.append(Violation(f"{message} at most {MOST_RECORDS:,}", pointer="/view"))
    return found


def _growth_faults(request: Any, services: Sequence[Service]) -> Iterator[Violation]:
    """Yield a fault for each key that is not a number, and for each list of the wrong length."""
    known = {
        name: None
        for service in services
        for number in numbers(service.workload)
        for name in (number, f"{service.key}.{number}")
    }
    names, speller = tuple(known), wording.Speller()
    for key, growth in request.growth.items():
        pointer = f"/growth/{violations.escaped(key)}"
        if key not in known:
            message = f"is not a number of the workload{speller.meant(key, names)}"
            yield Violation(message, pointer=pointer)
        for listed, length in (("values", int(request.months)), ("seasonality", 12)):
            given = len(getattr(growth, listed))
            if given not in (0, length):
                message = f"must have {length} items, one for each month; got {given}"
                yield Violation(message, pointer=f"{pointer}/{listed}")


def size(request: Any, count: int) -> float:
    """Estimate the work of a projection in viewed workloads; see :mod:`service.http.work`."""
    share = 1 if request.view in ("charges", "all") else SIZE_OF_A_MONTH
    return count * int(request.months) * share


def widened(request: Any, parts: Sequence[PortfolioPart]) -> list[PortfolioPart]:
    """Return the columns with a value for each month."""
    span = span_of(request)
    wide = []
    for part in parts:
        known = numbers(part.service.workload)
        growths = {
            name: (_growth(growth), known[name].multiple_of == 1)
            for name, (_, growth) in growing(request, part.service).items()
        }
        workload = projection.widened(part.workload, growths, span)
        wide.append(replace(part, workload=workload))
    return wide


def growing(request: Any, service: Service) -> dict[str, tuple[str, GrowthRequest]]:
    """Return the fields of a service that grow, each with its key and growth.

    A key with a service, such as ``s3.storage_gb``, takes precedence over one without.
    """
    grows: dict[str, tuple[str, GrowthRequest]] = {}
    for name in numbers(service.workload):
        for key in (f"{service.key}.{name}", name):
            if key in request.growth:
                grows.setdefault(name, (key, request.growth[key]))
    return grows


def _growth(asked: GrowthRequest) -> Growth:
    return Growth(
        asked.monthly_rate,
        asked.monthly_step,
        tuple(asked.values),
        asked.monthly_ingest,
        asked.expires_after_months,
        tuple(asked.seasonality) or Growth.seasons,
    )


def out_of_bounds(request: Any, parts: Sequence[PortfolioPart]) -> list[Violation]:
    """List each field whose growth leaves its bounds, with the first month and workload."""
    found = []
    for part in parts:
        known = numbers(part.service.workload)
        for name, (key, _) in growing(request, part.service).items():
            values, kind = getattr(part.workload, name), known[name]
            outside = ~((values >= kind.ge) & (values <= kind.le))
            if outside.any():
                month = int(outside.any(axis=0).argmax())
                row = int(outside[:, month].argmax())
                message = (
                    f"leaves its bounds in {times(request)[month][:7]}: {values[row, month]:,.15g}"
                    f" of workload {part.rows[row]}; must stay {wording.expected(kind)}"
                )
                found.append(Violation(message, pointer=f"/growth/{violations.escaped(key)}"))
    return found


def whole_month(day: date) -> str:
    """Return the first month that begins on or after the day."""
    later = day.month + (day.day > 1)
    return f"{day.year + (later > 12)}-{(later - 1) % 12 + 1:02}"


def times(request: Any) -> list[str]:
    """Return the first moment of each month, in RFC 3339 format."""
    days = span_of(request).days.astype("datetime64[D]")
    return [f"{day}T00:00:00Z" for day in days.astype(str).tolist()]


def columns_of(service: Service, workload: Any) -> list[PortfolioPart]:
    """Return one workload as the columns of a portfolio."""
    return portfolio.columns([service], [workload])
