"""Projections: flat records that dashboards plot, as an answer and as tables."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Annotated, Any, Literal

import numpy as np
from msgspec import UNSET, Struct, UnsetType

from pricing import engine, projection
from pricing.catalogue import Catalogue
from pricing.engine import Bill
from pricing.portfolio import BilledPart, PortfolioPart
from pricing.quantities import about
from pricing.rates import Overlay
from pricing.rounding import list_totals, money, settled, totals
from service.answers.estimates import estimates, sku_id
from service.answers.overlays import COST_BASIS, LIST_COST, NAMED, OVERLAY, applied, named
from service.answers.summaries import NEWEST_KNOWN, PRICE_AGE
from service.formats.table import Table, of_records
from service.problems import ProblemError, Violation
from service.requests.projections import span_of, times
from service.waiting import each


class ChargeRecord(Struct, frozen=True, gc=False):
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
    contracted_cost: Annotated[
        float | UnsetType | None, about("With an overlay: at its prices [USD].")
    ] = UNSET
    overlay: NAMED = UNSET


class Milestone(Struct, frozen=True, gc=False):
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
    newest_known_prices: NEWEST_KNOWN
    price_age: PRICE_AGE
    list_monthly_cost: LIST_COST = UNSET
    cost_basis: COST_BASIS = UNSET
    overlay: NAMED = UNSET


class YearRecord(Struct, frozen=True):
    """One calendar year of all workloads together."""

    time: str
    year: int
    months: Annotated[int, about("Months of the year that were projected.")]
    yearly_cost: Annotated[float, about("Sum of the priced lines [USD].")]
    complete: bool
    newest_known_prices: Annotated[int, about("As in the month that has most.")]
    price_age: Annotated[int, about("As in the month that has most.")]
    list_yearly_cost: LIST_COST = UNSET
    cost_basis: COST_BASIS = UNSET
    overlay: NAMED = UNSET


class Projection(Struct, frozen=True):
    """Every view of a projection."""

    months: list[MonthRecord]
    charges: list[ChargeRecord]
    milestones: list[Milestone]
    years: list[YearRecord]
    overlay: OVERLAY = UNSET


RECORDS: dict[str, type[Struct]] = {
    "months": MonthRecord,
    "charges": ChargeRecord,
    "milestones": Milestone,
    "years": YearRecord,
}
"""The record of each view."""


def view(
    request: Any, parts: Sequence[PortfolioPart], catalogue: Catalogue, *, free_tier: bool
) -> Any:
    """Project, and return the requested view: a list of flat records, or every view."""
    labels = times(request)
    months: list[MonthRecord] = []
    charges: list[ChargeRecord] = []
    milestones: dict[Any, Milestone] = {}
    months_of = projection.project(parts, span_of(request), catalogue, free_tier=free_tier)
    for some in each(months_of):
        width = some[0].bill.workload.name.shape[1]
        here = labels[len(months) : len(months) + width]
        bills = [replace(part, bill=settled(part.bill)) for part in some]
        months += _months(bills, here, months, catalogue.overlay)
        if request.view in ("charges", "all"):
            charges += _charges(bills, here)
        if request.view in ("milestones", "all"):
            for key, milestone in _milestones(bills, here):
                milestones.setdefault(key, milestone)
    reached = sorted(milestones.values(), key=lambda one: (one.time, one.workload, one.rule))
    views = {"months": months, "charges": charges, "milestones": reached, "years": _years(months)}
    if request.view == "all":
        return Projection(**views, overlay=applied(catalogue.overlay))  # type: ignore[arg-type]
    return views[request.view]


def _months(
    parts: Sequence[BilledPart],
    labels: list[str],
    before: list[MonthRecord],
    overlay: Overlay | None,
) -> Iterator[MonthRecord]:
    width = len(labels)
    cost, complete, exceeded = np.zeros(width), np.ones(width, dtype=bool), np.zeros(width, int)
    listed, told = np.zeros(width), np.zeros((len(engine.OF_PRICES), width), int)
    for part in parts:
        own, whole = totals(part.bill)
        cost, complete = cost + own.sum(axis=0), complete & whole.all(axis=0)
        listed += own.sum(axis=0) if overlay is None else list_totals(part.bill).sum(axis=0)
        exceeded += part.bill.checks.exceeded.any(axis=0).sum(axis=0)
        told += engine.told_of_prices(part.bill).sum(axis=1)
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
        *told.tolist(),
        *_of_overlay(overlay, money(listed).tolist()),
    )


def _of_overlay(overlay: Overlay | None, at_list: Sequence[float]) -> Iterator[list[Any]]:
    """Yield what months have with an overlay only: the cost at list prices, its basis, its name."""
    if overlay is not None:
        yield from (list(at_list), ["contracted"] * len(at_list), [named(overlay)] * len(at_list))


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
            max(month.newest_known_prices for month in some),
            max(month.price_age for month in some),
            _sum_at_list(some),
            some[0].cost_basis,
            some[0].overlay,
        )
        for year, some in years.items()
    ]


def _sum_at_list(months: Sequence[MonthRecord]) -> float | UnsetType:
    costs = [month.list_monthly_cost for month in months if month.list_monthly_cost is not UNSET]
    return float(money(sum(costs))) if costs else UNSET


def _charges(parts: Sequence[BilledPart], labels: list[str]) -> list[ChargeRecord]:
    """Return every charge, by month and then by workload."""
    records = [record for part in parts for record in _charges_of(part, labels)]
    return sorted(records, key=lambda record: (record.time, record.workload))


def _charges_of(part: BilledPart, labels: list[str]) -> Iterator[ChargeRecord]:
    for place, estimate in enumerate(each(estimates(_flat(part.bill)))):
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
                line.contracted_cost,
                line.overlay,
            )


def _flat(bill: Bill) -> Bill:
    """Flatten a bill of shape (workload, month) into one of workload-months."""
    return engine.reshape_bill(bill, np.ravel, lambda stack: stack.reshape(len(stack), -1))


def _milestones(parts: Sequence[BilledPart], labels: list[str]) -> Iterator[tuple[Any, Milestone]]:
    for part in parts:
        key, bill = part.bill.service.key, part.bill
        for check in each(bill.checks):
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
        for place, tier, start, reached in each(projection.tier_starts(bill)):
            passed = (start > 0) & (bill.lines[place].billable > 0) & (reached > start)
            line = bill.lines[place]
            for row, month in _first(passed):
                variant = line.rate.variants[line.variant[row, month]]
                yield (
                    (part.rows[row], place, tier),
                    Milestone(
                        labels[month],
                        int(part.rows[row]),
                        key,
                        str(bill.workload.name[row, month]),
                        "tier_reached",
                        sku_id(key, line.rate.name, variant),
                        line.rate.meter.title,
                        float(line.quantity[row, month]),
                        float(start[row, month]),
                        line.rate.meter.unit,
                    ),
                )


def _first(reached: Any) -> Iterator[tuple[int, int]]:
    """Yield each row that reaches something, with the first month in which it does."""
    rows = np.flatnonzero(reached.any(axis=1))
    yield from zip(rows.tolist(), reached[rows].argmax(axis=1).tolist(), strict=True)


def table_of_records(view: str, answer: Any) -> Table:
    """Return the records of one view of a projection.

    Raises
    ------
    ProblemError
        422 where every view is requested: they do not fit one table.
    """
    if view == "all":
        message = "all is not one table; choose " + ", ".join(RECORDS)
        raise ProblemError("not-computable", message, [Violation(message, parameter="view")])
    return of_records(view, RECORDS[view], answer)
