"""Projections on the wire: what grows, over which months, and flat records that dashboards plot."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from itertools import islice
from typing import Annotated, Any, Literal

import msgspec
import numpy as np
from msgspec import Meta, Struct

from pricing import engine, portfolio, projection
from pricing.catalogue import Catalogue
from pricing.engine import Bill
from pricing.model import Service, numbers
from pricing.portfolio import Columns, Part
from pricing.projection import Growth, Span
from pricing.quantities import about
from service import violations
from service.problems import Violation
from service.views import estimates, money, portfolio_types, settled, totals
from service.wire import once

MOST_RECORDS = 200_000
"""Workload-months of which each may be listed."""
NEVER = 1200.0

Month = Annotated[
    str,
    Meta(pattern=r"^(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])$", description="First month, as 2026-01."),
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


class GrowthQuery(Struct, frozen=True, forbid_unknown_fields=True):
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
    dict[str, GrowthQuery],
    about("How fields grow, by field; `s3.storage_gb` means the field of that service only."),
]
Calendar = Annotated[bool, about("Each month has its own hours, not those of the workload.")]
FixedPrices = Annotated[bool, about("Keep each price_date; else prices follow the month.")]


class ChargeRecord(Struct, frozen=True):
    """One charge of one month: a time series with names of its own, not FOCUS's."""

    time: str
    workload: Annotated[int, about("Place of the workload in the request, from 0.")]
    service: str
    name: str
    group: str
    sku_id: str
    sku_meter: str
    region: str
    consumed_quantity: float
    consumed_unit: str
    pricing_quantity: float
    list_unit_price: float | None
    list_cost: float | None
    status: str


class Milestone(Struct, frozen=True):
    """The month in which a finding is first exceeded, or a volume tier first reached.

    A tier is reached by the account in a Region: it stands once, with the first workload in it.
    """

    time: str
    workload: Annotated[int, about("Place of the workload in the request, from 0.")]
    service: str
    name: str
    kind: Literal["finding_exceeded", "tier_reached"]
    rule: Annotated[str, about("The finding's rule, or the meter's sku_id.")]
    title: str
    value: Annotated[float | None, about("Null of a fact, which is no limit.")]
    limit: Annotated[float | None, about("Null of a fact.")]
    unit: str


class MonthRecord(Struct, frozen=True):
    """One month of all workloads together."""

    time: str
    workloads: int
    monthly_cost: Annotated[float, about("Sum of the priced lines [USD].")]
    cumulative_cost: Annotated[float, about("Sum since the first month [USD].")]
    complete: Annotated[bool, about("Whether every charge has a price.")]
    exceeded: Annotated[int, about("Workloads that exceed some limit.")]


class YearRecord(Struct, frozen=True):
    """One calendar year of all workloads together."""

    time: str
    year: int
    months: Annotated[int, about("Months of the year that were projected.")]
    yearly_cost: Annotated[float, about("Sum of the priced lines [USD].")]
    complete: bool


class Projection(Struct, frozen=True):
    """Every view of a projection."""

    months: list[MonthRecord]
    charges: list[ChargeRecord]
    milestones: list[Milestone]
    years: list[YearRecord]


RECORDS: dict[str, type[Struct]] = {
    "months": MonthRecord,
    "charges": ChargeRecord,
    "milestones": Milestone,
    "years": YearRecord,
}
"""The record of each view."""
COMMON: list[Any] = [
    ("start", Month),
    ("months", Months, 12.0),
    ("growth", Growths, {}),
    ("calendar", Calendar, False),
    ("fixed_prices", FixedPrices, False),
    ("view", View, "months"),
]


class Types(Struct, frozen=True):
    """The wire types of one service's projections."""

    request: type[Struct]
    query: type[Struct]


@cache
def types(service: Service) -> Types:
    """Make the wire types of a service's projections, once."""
    prefix = service.prefix
    request = msgspec.defstruct(
        f"{prefix}ProjectionQuery",
        [("workload", service.workload), *COMMON],
        frozen=True,
        kw_only=True,
        forbid_unknown_fields=True,
    )
    request.__doc__ = f"One {service.name} workload over months."
    text = Annotated[
        str,
        Meta(
            max_length=1500,
            pattern=r"^([a-z_]+:(rate|step|ingest|expires|values|seasonality):[-+0-9.eE|]+"
            r"(,[a-z_]+:(rate|step|ingest|expires|values|seasonality):[-+0-9.eE|]+)*)?$",
            description="How fields grow, as `reads_per_second:rate:0.05,storage_gb:ingest:100`;"
            " kinds are rate, step, ingest, expires, values:1|2|3 and seasonality:1|1|….",
        ),
    ]
    common = [("growth", text, "") if field[0] == "growth" else field for field in COMMON]
    query = msgspec.defstruct(
        f"{prefix}ProjectionParametersQuery",
        common,
        bases=(service.workload,),
        frozen=True,
        kw_only=True,
        forbid_unknown_fields=True,
    )
    return Types(request, query)


@cache
def portfolio_request() -> type[Struct]:
    """Make the request of a portfolio's projection, once."""
    (workloads, free_tier) = msgspec.structs.fields(portfolio_types().batch)
    request = msgspec.defstruct(
        "PortfolioProjectionQuery",
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


def from_query(service: Service, query: Any) -> dict[str, Any]:
    """Turn query parameters into the members of a request, values of growth still as text."""
    members = {name: getattr(query, name) for name, *_ in COMMON}
    growth: dict[str, dict[str, Any]] = {}
    for part in query.growth.split(",") if query.growth else ():
        field, kind, text = part.split(":")
        listed = text.split("|") if kind in ("values", "seasonality") else text
        once(growth.setdefault(field, {}), KINDS.get(kind, kind), listed, "growth")
    workload = {name: getattr(query, name) for name in service.workload.__struct_fields__}
    return members | {"growth": growth, "workload": msgspec.to_builtins(workload)}


def span_of(request: Any) -> Span:
    """Give the months of a request."""
    start = date.fromisoformat(f"{request.start}-01")
    return Span(start, int(request.months), request.calendar, request.fixed_prices)


def faults(request: Any, services: Sequence[Service], count: int) -> list[Violation]:
    """List what is wrong with a request beyond the bounds of its fields."""
    found = list(islice(_growth_faults(request, services), violations.MOST + 1))
    if request.view in ("charges", "all") and count * int(request.months) > MOST_RECORDS:
        said = f"charges of {count * int(request.months):,} workload-months are too many to list;"
        found.append(Violation(f"{said} at most {MOST_RECORDS:,}", pointer="/view"))
    return found


def _growth_faults(request: Any, services: Sequence[Service]) -> Iterator[Violation]:
    """Find each growth of what is no number, and each list that does not fit the months."""
    known = {
        name: None
        for service in services
        for number in numbers(service.workload)
        for name in (number, f"{service.key}.{number}")
    }
    names, speller = tuple(known), violations.Speller()
    for key, growth in request.growth.items():
        pointer = f"/growth/{violations.escaped(key)}"
        if key not in known:
            said = f"is not a number of the workload{speller.meant(key, names)}"
            yield Violation(said, pointer=pointer)
        for listed, length in (("values", int(request.months)), ("seasonality", 12)):
            given = len(getattr(growth, listed))
            if given not in (0, length):
                said = f"must have {length} items, one for each month; got {given}"
                yield Violation(said, pointer=f"{pointer}/{listed}")


def widened(request: Any, parts: Sequence[Columns]) -> list[Columns]:
    """Give columns their months."""
    span = span_of(request)
    wide = []
    for part in parts:
        known = numbers(part.service.workload)
        growths = {
            name: (_growth(growth), known[name].multiple_of == 1)
            for name, (_, growth) in growing(request, part.service).items()
        }
        workload = projection.widened(part.workload, growths, span)
        wide.append(Columns(part.service, part.rows, workload))
    return wide


def growing(request: Any, service: Service) -> dict[str, tuple[str, GrowthQuery]]:
    """Give the fields of a service that grow, each with the key that says how.

    A key may name the service too, as ``s3.storage_gb``, and then goes before one that does not.
    """
    grows: dict[str, tuple[str, GrowthQuery]] = {}
    for name in numbers(service.workload):
        for key in (f"{service.key}.{name}", name):
            if key in request.growth:
                grows.setdefault(name, (key, request.growth[key]))
    return grows


def _growth(asked: GrowthQuery) -> Growth:
    return Growth(
        asked.monthly_rate,
        asked.monthly_step,
        tuple(asked.values),
        asked.monthly_ingest,
        asked.expires_after_months,
        tuple(asked.seasonality) or Growth.seasons,
    )


def out_of_bounds(request: Any, parts: Sequence[Columns]) -> list[Violation]:
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
                said = (
                    f"leaves its bounds in {times(request)[month][:7]}: {values[row, month]:,.15g}"
                    f" of workload {part.rows[row]}; must stay {violations.expected(kind)}"
                )
                found.append(Violation(said, pointer=f"/growth/{violations.escaped(key)}"))
    return found


def whole_month(day: date) -> str:
    """Give the first month that begins on the day or after it."""
    later = day.month + (day.day > 1)
    return f"{day.year + (later > 12)}-{(later - 1) % 12 + 1:02}"


def times(request: Any) -> list[str]:
    """Give the first moment of each month, as RFC 3339 has it."""
    days = span_of(request).days.astype("datetime64[D]")
    return [f"{day}T00:00:00Z" for day in days.astype(str).tolist()]


def view(request: Any, parts: Sequence[Columns], catalogue: Catalogue, *, free_tier: bool) -> Any:
    """Project, and view what is asked for: a list of flat records, or every view."""
    labels = times(request)
    months: list[MonthRecord] = []
    charges: list[ChargeRecord] = []
    milestones: dict[Any, Milestone] = {}
    for some in projection.project(parts, span_of(request), catalogue, free_tier=free_tier):
        width = some[0].bill.workload.name.shape[1]
        here = labels[len(months) : len(months) + width]
        bills = [replace(part, bill=settled(part.bill)) for part in some]
        months += _months(bills, here, months)
        if request.view in ("charges", "all"):
            charges += _charges(bills, here)
        if request.view in ("milestones", "all"):
            for key, milestone in _milestones(bills, here):
                milestones.setdefault(key, milestone)
    reached = sorted(milestones.values(), key=lambda one: (one.time, one.workload, one.rule))
    views = {"months": months, "charges": charges, "milestones": reached, "years": _years(months)}
    return Projection(**views) if request.view == "all" else views[request.view]  # type: ignore[arg-type]


def _months(
    parts: Sequence[Part], labels: list[str], before: list[MonthRecord]
) -> Iterator[MonthRecord]:
    width = len(labels)
    cost, complete, exceeded = np.zeros(width), np.ones(width, dtype=bool), np.zeros(width, int)
    for part in parts:
        own, whole = totals(part.bill)
        cost, complete = cost + own.sum(axis=0), complete & whole.all(axis=0)
        exceeded += part.bill.checks.exceeded.any(axis=0).sum(axis=0)
    since = before[-1].cumulative_cost if before else 0.0
    workloads = sum(len(part.rows) for part in parts)
    yield from map(
        MonthRecord,
        labels,
        [workloads] * width,
        money(cost).tolist(),
        money(since + np.cumsum(money(cost))).tolist(),
        complete.tolist(),
        exceeded.tolist(),
    )


def _years(months: list[MonthRecord]) -> list[YearRecord]:
    years: dict[int, list[MonthRecord]] = {}
    for month in months:
        years.setdefault(int(month.time[:4]), []).append(month)
    return [
        YearRecord(
            some[0].time,
            year,
            len(some),
            float(money(sum(month.monthly_cost for month in some))),
            all(month.complete for month in some),
        )
        for year, some in years.items()
    ]


def _charges(parts: Sequence[Part], labels: list[str]) -> list[ChargeRecord]:
    """View every charge, month by month and in the order of the workloads."""
    records = [record for part in parts for record in _charges_of(part, labels)]
    return sorted(records, key=lambda record: (record.time, record.workload))


def _charges_of(part: Part, labels: list[str]) -> Iterator[ChargeRecord]:
    for place, estimate in enumerate(estimates(_flat(part.bill))):
        for line in estimate.charges:
            yield ChargeRecord(
                labels[place % len(labels)],
                int(part.rows[place // len(labels)]),
                part.bill.service.key,
                estimate.name,
                estimate.group,
                line.sku_id,
                line.sku_meter,
                estimate.region,
                line.consumed_quantity,
                line.consumed_unit,
                line.pricing_quantity,
                line.list_unit_price,
                line.list_cost,
                line.status,
            )


def _flat(bill: Bill) -> Bill:
    """Give a bill of (workload, month) as one of workload-months."""
    return engine.reshape_bill(bill, np.ravel, lambda stack: stack.reshape(len(stack), -1))


def _milestones(parts: Sequence[Part], labels: list[str]) -> Iterator[tuple[Any, Milestone]]:
    for part in parts:
        key, bill = part.bill.service.key, part.bill
        for check in bill.checks:
            for row, month in _first(check.exceeded):
                yield (
                    (part.rows[row], key, check.rule),
                    Milestone(
                        labels[month],
                        int(part.rows[row]),
                        key,
                        str(bill.workload.name[row, month]),
                        "finding_exceeded",
                        check.rule,
                        check.quota.title,
                        None if check.fact else float(check.value[row, month]),
                        None if check.fact else float(check.limit[row, month]),
                        check.quota.unit,
                    ),
                )
        for place, tier, start, reached in projection.tier_starts(bill):
            passed = (start > 0) & (bill.lines[place].billable > 0) & (reached > start)
            line = bill.lines[place]
            for row, month in _first(passed):
                variant = line.rate.variants[line.variant[row, month]]
                sku_id = f"{key}.{line.rate.name}" + (f"/{variant}" if variant else "")
                yield (
                    (part.rows[row], place, tier),
                    Milestone(
                        labels[month],
                        int(part.rows[row]),
                        key,
                        str(bill.workload.name[row, month]),
                        "tier_reached",
                        sku_id,
                        line.rate.meter.title,
                        float(line.quantity[row, month]),
                        float(start[row, month]),
                        line.rate.meter.unit,
                    ),
                )


def _first(reached: Any) -> Iterator[tuple[int, int]]:
    """Give row and first month of each row in which something is reached."""
    rows = np.flatnonzero(reached.any(axis=1))
    yield from zip(rows.tolist(), reached[rows].argmax(axis=1).tolist(), strict=True)


def columns_of(service: Service, workload: Any) -> list[Columns]:
    """Give one workload as the columns of a portfolio of one."""
    return portfolio.columns([service], [workload])
