"""From the engine's arrays to the answers of the API; the only rounding of money.

Money is rounded once, to micro-dollars half-even, line by line; ``monthly_cost`` is the sum of the
rounded lines, so that a spreadsheet's SUM agrees.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from itertools import pairwise, repeat, starmap
from types import GenericAlias
from typing import Annotated, Any, Literal, Union

import msgspec
import numpy as np
from msgspec import Meta, Struct

from pricing import tables
from pricing.engine import Bill, Check, Line
from pricing.model import Service, registry
from pricing.portfolio import Part
from pricing.quantities import Label, about
from pricing.rates import Choice
from pricing.units import BYTES_PER_GB

MICRO_DOLLARS = 6
"""Decimals of a dollar that an answer carries."""
NEAR = 0.8
"""Utilisation of a limit from which a finding is called near."""
STATUSES = ("ok", "near", "attention", "exceeded")
"""How a finding may come out, from good to bad."""


class Basis(Struct, frozen=True):
    """The conventions behind the numbers."""

    hours_per_month: Annotated[float, about("Hours in the month [h].")]
    bytes_per_gb: Annotated[int, about("Bytes that one GB stands for.")]


class ChargeLine(Struct, frozen=True, gc=False):
    """One metered quantity, priced; names as in FOCUS."""

    sku_id: Annotated[str, about("Service, meter and variant.")]
    sku_meter: Annotated[str, about("The meter in AWS's words.")]
    usage_type: Annotated[str, about("The line's usage type in an AWS bill; empty if unknown.")]
    consumed_quantity: Annotated[float, about("Quantity used in the month.")]
    consumed_unit: str
    pricing_quantity: Annotated[
        float, about("Quantity that is priced: less than consumed where a free allowance is taken.")
    ]
    pricing_unit: str
    list_unit_price: Annotated[
        float | None, about("Price of one unit [USD], the mean over the tiers; null if unpriced.")
    ]
    list_cost: Annotated[
        float | None, about("Cost of the month [USD], to the micro-dollar; null if unpriced.")
    ]
    status: Annotated[
        Literal["priced", "free", "unpriced"],
        about(
            "`free`: AWS lists a price of zero, or a free allowance covers it all."
            " `unpriced`: no price is known."
        ),
    ]
    effective_from: Annotated[
        date | None, about("The day of the price list the price was read from; null if unpriced.")
    ]
    source: Annotated[
        str, about("Key of that source, see the service's prices; empty if unpriced.")
    ]
    reference: Annotated[str, about("Where AWS publishes the price.")]
    note: Annotated[str, about("Why a line is unpriced, and where it is sold; else empty.")]


class FindingLine(Struct, frozen=True, gc=False):
    """A quota or rule that the workload meets."""

    rule: str
    title: str
    value: Annotated[float, about("What the workload needs.")]
    limit: Annotated[float, about("What AWS allows.")]
    unit: str
    headroom: Annotated[float, about("Limit less value; negative where exceeded.")]
    utilization: Annotated[float, about("Value over limit.")]
    status: Annotated[
        Literal["ok", "near", "attention", "exceeded"],
        about(
            "`exceeded`: not feasible unless AWS raises the limit. `attention`: feasible, but"
            " something must be prepared. `near`: above 80 percent of a limit."
        ),
    ]
    adjustable: Annotated[bool, about("Whether AWS can raise the limit.")]
    reference: Annotated[str, about("Where AWS states the limit.")]


class EstimateHead(Struct, frozen=True):
    """What an estimate is of; its service's capacity and assumptions follow."""

    name: Label
    group: Label
    region: str
    price_date: Annotated[date, about("Prices in force on this day.")]
    basis: Basis


class EstimateBill(Struct, frozen=True):
    """What an estimate comes to."""

    findings: list[FindingLine]
    charges: Annotated[
        list[ChargeLine], about("Every charge that is not zero, in the pricing page's order.")
    ]
    monthly_cost: Annotated[
        float,
        about("Sum of the priced lines [USD]; a lower bound where `complete` is false."),
    ]
    complete: Annotated[bool, about("Whether every charge has a price.")]


class AnswerTypes(Struct, frozen=True):
    """The wire types made for one service."""

    batch: type[Struct]
    estimate: type[Struct]
    estimates: type[Struct]
    assumptions: type[Struct]


MOST_WORKLOADS = 100_000


@cache
def answer_types(service: Service) -> AnswerTypes:
    """Make the wire types of a service, once: its batch, its estimate and its estimates."""
    prefix = service.workload.__name__.removesuffix("Workload")
    types = {field.name: field.type for field in msgspec.structs.fields(service.workload)}
    assumptions = msgspec.defstruct(
        f"{prefix}Assumptions",
        [(name, types[name]) for name in tables.load(service.key).description.assumptions],
        frozen=True,
    )
    assumptions.__doc__ = "What AWS does not state firmly, as this estimate takes it."
    estimate = msgspec.defstruct(
        f"{prefix}Estimate",
        [
            ("capacity", service.capacity_type),
            ("assumptions", assumptions),
            *((field.name, field.type) for field in msgspec.structs.fields(EstimateBill)),
        ],
        bases=(EstimateHead,),
        frozen=True,
        tag_field="service",
        tag=service.key,
    )
    estimate.__doc__ = f"Capacity, charges and findings of one {service.name} workload."
    size = Meta(min_length=1, max_length=MOST_WORKLOADS)
    rows = GenericAlias(list, service.workload)
    batch = msgspec.defstruct(
        f"{prefix}Batch",
        [("workloads", Annotated[rows, size])],
        frozen=True,
        forbid_unknown_fields=True,
    )
    batch.__doc__ = f"{service.name} workloads, priced as independent alternatives."
    estimates = msgspec.defstruct(
        f"{prefix}Estimates",
        [("estimates", GenericAlias(list, estimate))],
        frozen=True,
    )
    estimates.__doc__ = "The estimates, in the order of the workloads."
    return AnswerTypes(batch, estimate, estimates, assumptions)


def estimates(bill: Bill) -> list[Any]:
    """View a bill as one estimate a workload, in their order."""
    w, types = bill.workload, answer_types(bill.service)
    count = len(w.name)
    charges = _grouped([_charge_lines(line, bill) for line in bill.lines], count)
    findings = _grouped([_finding_lines(check) for check in bill.checks], count)
    total, complete = totals(bill)
    basis = map(Basis, w.hours_per_month.tolist(), repeat(BYTES_PER_GB))
    assumed = starmap(types.assumptions, _rows(w, types.assumptions.__struct_fields__, count))
    capacity = starmap(
        bill.service.capacity_type,
        _rows(bill.capacity, bill.service.capacity_type.__struct_fields__, count),
    )
    return list(
        map(
            types.estimate,
            w.name.tolist(),
            w.group.tolist(),
            w.region.tolist(),
            days(w.price_date),
            basis,
            capacity,
            assumed,
            findings,
            charges,
            total.tolist(),
            complete.tolist(),
        )
    )


def totals(bill: Bill) -> tuple[Any, Any]:
    """Add up the priced lines of each workload, rounded, and tell where all are priced [USD]."""
    shape = bill.workload.region.codes.shape
    total, complete = np.zeros(shape), np.ones(shape, dtype=bool)
    for line in bill.lines:
        complete &= ~line.unpriced
        total += np.where(line.unpriced, 0, money(line.cost))
    return money(total), complete


def money(cost: Any) -> Any:
    """Round to micro-dollars, half to even [USD]."""
    return np.round(cost, MICRO_DOLLARS)


def days(numbers: Any) -> list[date]:
    """Turn days since 1970 into dates."""
    return np.asarray(numbers).astype("datetime64[D]").tolist()  # type: ignore[no-any-return]


def _rows(columns: Any, names: Sequence[str], count: int) -> Iterator[tuple[Any, ...]]:
    """Give a Struct of columns row by row; a number that is not known is null."""
    if not names:
        return repeat((), count)
    return zip(*(_cells(getattr(columns, name), count) for name in names), strict=True)


def _cells(column: Any, count: int) -> list[Any]:
    if isinstance(column, Choice):
        return column.tolist()  # type: ignore[no-any-return]
    return nullable(np.broadcast_to(column, (count,)))


def nullable(values: Any) -> list[Any]:
    """Give an array as a list in which NaN is None."""
    missing = values != values
    if missing.any():
        values = values.astype(object)
        values[missing] = None
    listed: list[Any] = values.tolist()
    return listed


def _grouped(parts: list[tuple[Any, list[Any]]], count: int) -> Iterator[list[Any]]:
    """Gather the lines of each row from (rows, lines) parts, in the order of the parts."""
    rows = np.concatenate([rows for rows, _ in parts])
    flat = [line for _, lines in parts for line in lines]
    order = np.argsort(rows, kind="stable").tolist()
    ends = np.cumsum(np.bincount(rows, minlength=count)).tolist()
    ordered = list(map(flat.__getitem__, order))
    return (ordered[start:end] for start, end in pairwise([0, *ends]))


def _charge_lines(line: Line, bill: Bill) -> tuple[Any, list[ChargeLine]]:
    """View one line: the rows it charges, and a ``ChargeLine`` for each."""
    rows = np.flatnonzero(line.quantity)
    if not rows.size:
        return rows, []
    rate, meter = line.rate, line.rate.meter
    quantity, billable = line.quantity[rows].tolist(), line.billable[rows]
    unit_price, cost = line.unit_price[rows], money(line.cost[rows])
    unpriced = line.unpriced[rows]
    variant, day = line.variant[rows], line.day[rows]
    status = np.where(
        unpriced, "unpriced", np.where((unit_price == 0) | (billable == 0), "free", "priced")
    ).tolist()
    effective: list[Any] = days(rate.effective[variant, day])
    for place in np.flatnonzero(unpriced).tolist():
        effective[place] = None
    return rows, list(
        map(
            ChargeLine,
            _sku_ids(line, bill, rows),
            repeat(meter.title),
            rate.usage_types[variant, line.region[rows]].tolist(),
            quantity,
            repeat(meter.unit),
            billable.tolist(),
            repeat(meter.unit),
            nullable(unit_price),
            nullable(cost),
            status,
            effective,
            np.where(unpriced, "", rate.sources[variant, day]).tolist(),
            repeat(meter.reference),
            notes(line, rows),
        )
    )


def _sku_ids(line: Line, bill: Bill, rows: Any) -> list[str]:
    stem = f"{bill.service.key}.{line.rate.name}"
    names = [f"{stem}/{variant}" if variant else stem for variant in line.rate.variants]
    known = np.array([*names, ""], dtype=object)
    ids: list[str] = known[line.variant[rows]].tolist()
    for place in np.flatnonzero(line.variant[rows] == len(names)).tolist():
        ids[place] = f"{stem}/{'/'.join(_asked(line, rows[place]))}"
    return ids


def _asked(line: Line, row: int) -> tuple[str, ...]:
    return tuple(choice.words[choice.codes[row]] for choice in line.by)


def notes(line: Line, rows: Any) -> list[str]:
    """Say why each unpriced one of some rows has no price; the others have no note."""
    said = [""] * len(rows)
    for place in np.flatnonzero(line.unpriced[rows]).tolist():
        row = rows[place]
        day, region = int(line.day[row]), int(line.region[row])
        said[place] = line.rate.why_unpriced(_asked(line, row), day, region)
    return said


def _finding_lines(check: Check) -> tuple[Any, list[FindingLine]]:
    """View one check: the rows it applies to, and a ``FindingLine`` for each."""
    rows = np.flatnonzero(check.applies)
    value, limit = check.value[rows], check.limit[rows]
    used = utilization(value, limit)
    status = np.array(STATUSES, dtype=object)[severity(check)[rows]]
    return rows, list(
        map(
            FindingLine,
            repeat(check.rule),
            repeat(check.quota.title),
            value.tolist(),
            limit.tolist(),
            repeat(check.quota.unit),
            (limit - value).tolist(),
            used.tolist(),
            status.tolist(),
            repeat(check.quota.adjustable),
            repeat(check.quota.reference),
        )
    )


def utilization(value: Any, limit: Any) -> Any:
    """Give value over limit [share], as large as a float can be."""
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        return np.minimum(value / limit, np.finfo(np.float64).max)


def severity(check: Check) -> Any:
    """Give how bad a check comes out, as a place in :data:`STATUSES` [int array]."""
    limits = check.quota.severity == "limit"
    beyond, near = (3, 1) if limits else (2, 0)
    used = utilization(check.value, check.limit)
    return np.where(check.value > check.limit, beyond, np.where(used > NEAR, near, 0))


def unpriced_charges(estimate: Any) -> list[ChargeLine]:
    """List the charges of an estimate for which no price is known."""
    return [line for line in estimate.charges if line.status == "unpriced"]


class PortfolioTotal(Struct, frozen=True):
    """What the workloads of one service, Region or group cost together."""

    key: str
    workloads: int
    monthly_cost: Annotated[float, about("Sum of the priced lines [USD].")]
    complete: Annotated[bool, about("Whether every charge has a price.")]


class UnpricedCharge(Struct, frozen=True):
    """A charge of a portfolio for which no price is known."""

    workload: Annotated[int, about("Place of the workload in the request, from 0.")]
    sku_id: str
    note: str


class PortfolioTypes(Struct, frozen=True):
    """The wire types of portfolios, made from all services."""

    members: dict[type[Struct], Service]
    batch: type[Struct]
    answer: type[Struct]


@cache
def portfolio_types() -> PortfolioTypes:
    """Make the wire types of portfolios, once: a union of all services, tagged by ``service``."""
    members = {_member(service): service for service in registry().values()}
    answers = [answer_types(service).estimate for service in registry().values()]
    size = Meta(min_length=1, max_length=MOST_WORKLOADS)
    rows: Any = GenericAlias(list, Union[tuple(members)])  # noqa: UP007
    free_tier = Annotated[bool, about("Take AWS's free allowances off, once for the account.")]
    batch = msgspec.defstruct(
        "PortfolioBatch",
        [("workloads", Annotated[rows, size]), ("free_tier", free_tier, False)],
        frozen=True,
        forbid_unknown_fields=True,
    )
    batch.__doc__ = "Workloads of mixed services on one bill."
    answer = msgspec.defstruct(
        "PortfolioEstimate",
        [
            ("monthly_cost", EstimateBill.__annotations__["monthly_cost"]),
            ("complete", EstimateBill.__annotations__["complete"]),
            ("free_tier", bool),
            ("by_service", list[PortfolioTotal]),
            ("by_region", list[PortfolioTotal]),
            ("by_group", list[PortfolioTotal]),
            ("unpriced", list[UnpricedCharge]),
            ("estimates", GenericAlias(list, Union[tuple(answers)])),  # noqa: UP007
        ],
        frozen=True,
    )
    answer.__doc__ = "One bill: its totals, and each workload's share in the order of the request."
    return PortfolioTypes(members, batch, answer)


def _member(service: Service) -> type[Struct]:
    member = msgspec.defstruct(
        f"Portfolio{service.workload.__name__}",
        [],
        bases=(service.workload,),
        tag_field="service",
        tag=service.key,
        frozen=True,
        kw_only=True,
        forbid_unknown_fields=True,
    )
    member.__doc__ = service.workload.__doc__
    return member


def portfolio(parts: Sequence[Part], *, free_tier: bool) -> Any:
    """View the parts of a portfolio as one bill, its workloads in the order of the request."""
    count = sum(len(part.rows) for part in parts)
    views = np.empty(count, dtype=object)
    costs, complete = np.zeros(count), np.ones(count, dtype=bool)
    labels = {key: np.empty(count, dtype=object) for key in ("service", "region", "group")}
    unpriced: list[UnpricedCharge] = []
    for part in parts:
        bill = settled(part.bill)
        views[part.rows] = estimates(bill)
        costs[part.rows], complete[part.rows] = totals(bill)
        labels["service"][part.rows] = bill.service.key
        labels["region"][part.rows] = bill.workload.region.tolist()
        labels["group"][part.rows] = bill.workload.group
    for row in np.flatnonzero(~complete).tolist():
        unpriced += [
            UnpricedCharge(row, line.sku_id, line.note) for line in unpriced_charges(views[row])
        ]
    by_label = [_totals_by(label, costs, complete) for label in labels.values()]
    return portfolio_types().answer(
        float(money(costs.sum())),
        bool(complete.all()),
        free_tier,
        *by_label,
        unpriced,
        views.tolist(),
    )


def _totals_by(labels: Any, costs: Any, complete: Any) -> list[PortfolioTotal]:
    known, codes = np.unique(labels, return_inverse=True)
    counts = np.bincount(codes).tolist()
    sums = money(np.bincount(codes, weights=costs)).tolist()
    whole = (np.bincount(codes, weights=~complete) == 0).tolist()
    return list(map(PortfolioTotal, known.tolist(), counts, sums, whole))


def settled(bill: Bill) -> Bill:
    """Round what pools share back so that the rounded parts still add up to the pool's cost."""
    lines = [
        line if line.pool is None else replace(line, cost=_rounded_shares(line))
        for line in bill.lines
    ]
    return replace(bill, lines=lines)


def _rounded_shares(line: Line) -> Any:
    """Round the running sum over the rows of each pool, and give each row its step."""
    known = np.where(line.unpriced, 0, line.cost).ravel()
    key = line.pool.ravel()
    order = np.argsort(key, kind="stable")
    starts = np.flatnonzero(np.diff(key[order]) != 0) + 1
    shares = np.empty_like(known)
    for rows in np.split(order, starts):
        shares[rows] = np.diff(money(np.cumsum(known[rows])), prepend=0)
    return np.where(line.unpriced, np.nan, shares.reshape(line.cost.shape))
