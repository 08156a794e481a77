"""Estimates as flat tables, for spreadsheets and dashboards.

The columns of a table, and their order, follow from the service alone, never from the data: a
formula or a query by name keeps working.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

import numpy as np
from msgspec import Struct, inspect, structs

from pricing import engine, rounding, verdicts
from pricing.catalogue import Catalogue
from pricing.engine import Bill
from pricing.model import Service, WorkloadFields, kinds, registry
from pricing.quantities import REGIONS
from pricing.rates import Overlay
from service import counting
from service.answers import estimates, overlays
from service.formats.table import Kind, Table, kinds_of, merged

REGION_NAMES = {known.region: known.name for known in REGIONS}
SECTIONS = ("label", "total", "required", "input", "capacity", "charge", "remark")
"""The sections of a table of workloads, in the order of their columns."""
LABELS = ("service", "name", "group", "region")
"""The first columns of a table of workloads."""
TOTALS = (
    "monthly_cost",
    "complete",
    "worst_finding_status",
    "worst_finding",
    "worst_finding_utilization",
)
"""The columns that come next."""
OF_OVERLAY = (
    "list_monthly_cost",
    "presented_monthly_cost",
    "presented_currency",
    "cost_basis",
    "overlay",
)
"""The columns that there are with an overlay only."""
KINDS: dict[str, Kind] = {
    "monthly_cost": float,
    "complete": bool,
    "worst_finding_status": verdicts.MET,
    "worst_finding_utilization": float,
    "list_monthly_cost": float,
    "presented_monthly_cost": float,
}
"""The kinds of those columns that are no texts."""
REMARKS = ("unpriced", "not_covered")
"""The last columns: texts, most of them long or empty."""
SECTION_OF = dict.fromkeys(LABELS, "label")
SECTION_OF |= dict.fromkeys(("cheapest", "configuration", *TOTALS, *OF_OVERLAY), "total")
SECTION_OF |= dict.fromkeys((*REMARKS, "ask", "conflict"), "remark")
"""The sections of columns that are no fields, those of a table of needs among them."""
OWNERS = ("x_Workload", "needs", "workload")
"""The columns that name the row of a request, in tables with several rows for each."""


def workloads(bill: Bill) -> Table:
    """Return one row for each workload: total, worst finding, inputs, capacity and costs.

    The costs are rounded as in the lines of an estimate, so that SUM agrees with it; a cost is None
    where no price is known.
    """
    own = inputs(bill.service.workload, bill.workload)
    columns = own | _capacity(bill) | _costs(bill) | _totals(bill)
    return of_workloads(columns, [bill.service])


def of_workloads(columns: Mapping[str, list[Any]], services: Sequence[Service]) -> Table:
    """Return a table of workloads of some services, whose columns have their kinds."""
    table = sectioned("workloads", columns, [service.workload for service in services])
    known = _kinds(*services)
    costs = {name: float for name in columns if name.startswith("charges.")}
    return structs.replace(table, kinds=known | costs)


@cache
def _kinds(*services: Service) -> dict[str, Kind]:
    """Return the kinds of the columns of workloads, but for those of charges."""
    found: dict[str, Kind] = {**KINDS, "service": tuple(registry())}
    for service in services:
        found = merged(found, kinds_of(service.workload))
        capacity = kinds_of(service.capacity_type)
        found = merged(found, {f"capacity.{name}": kind for name, kind in capacity.items()})
    return found


def sectioned(name: str, columns: Mapping[str, list[Any]], kinds: Iterable[type[Struct]]) -> Table:
    """Return a table of workloads, or of needs, of some kinds, its columns section by section.

    The labels come first. A field is ``required`` where one of the kinds requires it.
    """
    required = {field.name for kind in kinds for field in structs.fields(kind) if field.required}
    sections = {column: _section(column, required) for column in columns}

    def place(column: str) -> tuple[int, int]:
        if column in LABELS:
            return -1, LABELS.index(column)
        return SECTIONS.index(sections[column]), 0

    return Table(name, {column: columns[column] for column in sorted(columns, key=place)}, sections)


def _section(name: str, required: Set[str]) -> str:
    if name in required or name == "service":
        return "required"
    if name in SECTION_OF:
        return SECTION_OF[name]
    if "." in name:
        return "capacity" if name.startswith("capacity.") else "charge"
    return "input"


def inputs(kind: type[WorkloadFields], workload: Any) -> dict[str, list[Any]]:
    """Return the columns of workloads, or of needs, as lists."""
    columns = estimates.listed(kind, workload, len(workload.name))
    for name, type_ in kinds(kind).items():
        if isinstance(type_, inspect.DateType):
            columns[name] = rounding.days(columns[name])
    return columns


def _capacity(bill: Bill) -> dict[str, list[Any]]:
    kind = bill.service.capacity_type
    columns = estimates.listed(kind, bill.capacity, len(bill.workload.name))
    return {f"capacity.{name}": cells for name, cells in columns.items()}


def _costs(bill: Bill) -> dict[str, list[Any]]:
    lines = bill.lines
    kinds = {"list_cost": lines.cost if lines.list_cost is None else lines.list_cost}
    if lines.list_cost is not None:
        kinds["contracted_cost"] = lines.cost
    costs: dict[str, Any] = {}
    for kind, priced in kinds.items():
        for rate, cost in zip(lines.rates, rounding.money(priced), strict=True):
            name = f"charges.{rate.name}.{kind}"
            costs[name] = costs.get(name, 0) + cost
    return {name: rounding.nullable(rounding.money(cost)) for name, cost in costs.items()}


def _totals(bill: Bill) -> dict[str, list[Any]]:
    total, complete = rounding.totals(bill)
    counting.unpriced(bill)
    left_out = list(map("; ".join, estimates.not_covered(bill)))
    worst = _worst_findings(bill)
    cells = (total.tolist(), complete.tolist(), *worst, _why_unpriced(bill), left_out)
    return dict(zip(TOTALS + REMARKS, cells, strict=True)) | _of_overlay(bill, total)


def _of_overlay(bill: Bill, total: Any) -> dict[str, list[Any]]:
    """Return the columns that workloads have with an overlay only."""
    listed, overlay = rounding.list_totals(bill), bill.card.overlay
    if listed is None or overlay is None:
        return {}
    shown = [overlays.presented(overlay, cost) for cost in total.tolist()]
    words = overlay.currency, "contracted", overlays.named(overlay)
    repeated = ([word] * len(shown) for word in words)
    return dict(zip(OF_OVERLAY, (listed.tolist(), shown, *repeated), strict=True))


def _worst_findings(bill: Bill) -> tuple[list[Any], list[Any], list[Any]]:
    """Return the status, rule and utilisation of each workload's worst finding."""
    severity, place, used = verdicts.worst(bill.checks)
    found = severity >= 0
    none: Any = None
    rules: Any = np.where(found, np.array(bill.checks.rules, dtype=object)[place], none)
    statuses: Any = np.where(found, np.array(verdicts.MET, dtype=object)[severity], none)
    return statuses.tolist(), rules.tolist(), rounding.nullable(used)


def _why_unpriced(bill: Bill) -> list[str]:
    reasons = [""] * len(bill.workload.name)
    rows, lines = np.nonzero(bill.lines.unpriced.T)
    notes = estimates.charge_columns(bill, lines, rows)["note"]
    for row, line, note in zip(rows, lines, notes, strict=True):
        before = f"{reasons[row]}; " if reasons[row] else ""
        reasons[row] = f"{before}{bill.lines.rates[line].name}: {note}"
    return reasons


@cache
def columns_of(service: Service, catalogue: Catalogue | None = None) -> tuple[str, ...]:
    """Return the names of the columns of a service's workloads, whatever the data.

    An overlay adds some; without a catalogue there is none.
    """
    return tuple(workloads(engine.estimate(service, [service.example], catalogue)).columns)


FOCUS_KINDS: dict[str, Kind] = {
    **dict.fromkeys(("BilledCost", "ContractedCost", "EffectiveCost", "ListCost"), float),
    **dict.fromkeys(("ConsumedQuantity", "PricingQuantity"), float),
    **dict.fromkeys(("ContractedUnitPrice", "ListUnitPrice"), float),
    **dict.fromkeys(
        (
            "PricingCurrencyContractedUnitPrice",
            "PricingCurrencyEffectiveCost",
            "PricingCurrencyListUnitPrice",
        ),
        float,
    ),
    **dict.fromkeys(("BillingPeriodEnd", "BillingPeriodStart"), datetime),
    **dict.fromkeys(("ChargePeriodEnd", "ChargePeriodStart"), datetime),
    **dict.fromkeys(("x_EffectiveFrom", "x_PriceDate"), date),
    "RegionId": tuple(REGION_NAMES),
    "x_Status": tuple(estimates.PRICED.tolist()),
    "x_Workload": int,
}
"""The kinds of the columns of charges that are no texts."""


def charges(bill: Bill, places: Sequence[int]) -> Table:
    """Return one row for each charge, in FOCUS 1.2's columns; others begin with ``x_``.

    ``places`` are those of the workloads in the request. Without commitments and an overlay every
    cost is the list cost. Costs and prices are in the currency of the overlay, if it has one. The
    period is the calendar month of the price date.
    """
    rows, lines = np.nonzero(bill.lines.quantity.T)
    line = estimates.charge_columns(bill, lines, rows)
    counting.unpriced(bill)

    def same(word: str) -> list[Any]:
        return [word] * len(rows)

    def owner(column: Sequence[Any]) -> list[Any]:
        return list(map(column.__getitem__, rows.tolist()))

    own = inputs(bill.service.workload, bill.workload)
    begins, ends = (owner(days) for days in _months(own["price_date"]))
    overlay = bill.card.overlay
    cost, price = line["list_cost"], line["list_unit_price"]
    contracted = line.get("contracted_cost", cost)
    contracted_price = line.get("contracted_unit_price", price)
    effective = line["effective_cost"] if bill.lines.effective is not None else contracted

    def shown(amounts: list[Any]) -> list[Any]:
        return [overlays.presented(overlay, amount) for amount in amounts]

    names = list(map(REGION_NAMES.__getitem__, owner(own["region"])))
    return Table(
        "charges",
        {
            "BilledCost": shown(_billed(bill, lines, rows, contracted)),
            "BillingCurrency": same(overlay.currency if overlay else "USD"),
            "BillingPeriodEnd": ends,
            "BillingPeriodStart": begins,
            "ChargeCategory": same("Usage"),
            "ChargeClass": [None] * len(rows),
            "ChargeDescription": list(
                map(_described, line["sku_meter"], names, contracted_price, line["pricing_unit"])
            ),
            "ChargeFrequency": same("Usage-Based"),
            "ChargePeriodEnd": ends,
            "ChargePeriodStart": begins,
            "ConsumedQuantity": line["consumed_quantity"],
            "ConsumedUnit": line["consumed_unit"],
            "ContractedCost": shown(contracted),
            "ContractedUnitPrice": _in_currency(overlay, contracted_price),
            "EffectiveCost": shown(effective),
            "ListCost": shown(cost),
            "ListUnitPrice": _in_currency(overlay, price),
            "PricingCategory": same("Standard"),
            **({"PricingCurrency": same("USD")} if overlay else {}),
            **({"PricingCurrencyContractedUnitPrice": contracted_price} if overlay else {}),
            **({"PricingCurrencyEffectiveCost": effective} if overlay else {}),
            **({"PricingCurrencyListUnitPrice": price} if overlay else {}),
            "PricingQuantity": line["pricing_quantity"],
            "PricingUnit": line["pricing_unit"],
            "ProviderName": same("AWS"),
            "PublisherName": same("AWS"),
            "RegionId": owner(own["region"]),
            "RegionName": names,
            "ServiceCategory": same(bill.service.category),
            "ServiceName": same(bill.service.bill_name),
            "SkuId": line["sku_id"],
            "SkuMeter": line["sku_meter"],
            "x_Workload": owner(places),
            "x_Name": owner(own["name"]),
            "x_Group": owner(own["group"]),
            "x_PriceDate": owner(own["price_date"]),
            "x_UsageType": line["usage_type"],
            "x_Status": line["status"],
            "x_EffectiveFrom": line["effective_from"],
            "x_Source": line["source"],
            "x_Reference": line["reference"],
            "x_Note": line["note"],
            **({"x_Overlay": line["overlay"]} if overlay else {}),
        },
        kinds=FOCUS_KINDS,
    )


def _in_currency(overlay: Overlay | None, prices: list[Any]) -> list[Any]:
    """Return prices of a unit [USD] in the currency of an overlay, to fifteen digits."""
    if overlay is None or overlay.rate == 1:
        return prices
    return [price if price is None else float(f"{price * overlay.rate:.15g}") for price in prices]


def _billed(bill: Bill, lines: Any, rows: Any, contracted: list[Any]) -> list[Any]:
    """Return what is billed for charges: less than contracted where a commitment covers them."""
    if bill.lines.billed is None:
        return contracted
    return rounding.nullable(rounding.money(bill.lines.billed[lines, rows]))


def month(day: int) -> tuple[datetime, datetime]:
    """Return the first moments of the month of a day [days since 1970], and of the next month."""
    (begins,), (ends,) = _months(rounding.days([day]))
    return begins, ends


def _months(days: Sequence[date]) -> tuple[list[datetime], list[datetime]]:
    """Return the first moment of the calendar month of each day, and of the month after it."""
    months = np.array(days, dtype="datetime64[M]")
    begins, ends = (
        [_first_moment(day.year, day.month) for day in rounding.days(some)]
        for some in (months, months + 1)
    )
    return begins, ends


@cache
def _first_moment(year: int, month: int) -> datetime:
    return datetime(year, month, 1, tzinfo=UTC)


def _described(meter: str, region: str, price: float | None, unit: str) -> str:
    """Return FOCUS's ChargeDescription: what a charge is for, and at what price."""
    if price is None:
        return f"{meter} in {region}, no price is known"
    return f"{meter} in {region} at {price:.15g} USD ({unit})"


def with_extra_columns(tables: Iterable[Table], extra: Table, first: int = 0) -> Iterator[Table]:
    """Add the columns of a sheet that are passed through; to charges as ``x_…``.

    ``first`` is the place of the first workload, to which the first cells of ``extra`` belong.
    """
    done = first
    for table in tables:
        count = len(next(iter(table.columns.values())))
        named = next((table.columns[name] for name in OWNERS if name in table.columns), None)
        places = range(done, done + count) if named is None else named
        done += count
        own = "x_" if table.name == "charges" else ""
        more = {
            f"{own}{name}": [cells[place - first] for place in places]
            for name, cells in extra.columns.items()
        }
        kinds = {f"{own}{name}": kind for name, kind in extra.kinds.items()}
        yield Table(table.name, table.columns | more, table.sections, {**table.kinds, **kinds})


def reserved_names(view: Any, catalogue: Catalogue) -> frozenset[str]:
    """Return the names of columns that cannot be passed through to charges, which have them."""
    if view != "charges":
        return frozenset()
    names = charge_names(catalogue)
    return frozenset(name.removeprefix("x_") for name in names if name.startswith("x_"))


@cache
def charge_names(catalogue: Catalogue | None = None) -> tuple[str, ...]:
    """Return the names of the columns of charges, the same for every service."""
    service = next(iter(registry().values()))
    return tuple(charges(engine.estimate(service, [service.example], catalogue), [0]).columns)
