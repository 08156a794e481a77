"""Flat tables: an answer as columns, for spreadsheets and dashboards.

The columns of a table, and their order, follow from the service alone, never from the data: a
formula or a query by name keeps working. A cell is text, a number, a boolean, a day, a moment, or
None where nothing is known.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cache
from itertools import chain, islice, starmap
from operator import attrgetter
from typing import Any

import numpy as np
from msgspec import Struct, inspect

from pricing import engine
from pricing.engine import Bill
from pricing.model import Service, kinds, registry
from pricing.model import service as service_of
from pricing.portfolio import Part
from pricing.quantities import REGIONS
from service import views
from service.catalogue import PriceEntry, PriceList
from service.comparisons import ComparisonAnswer, Turn
from service.problems import ProblemError, Violation
from service.projections import RECORDS

REGION_NAMES = {known.region: known.name for known in REGIONS}
TOTALS = (
    "monthly_cost",
    "complete",
    "not_covered",
    "worst_finding",
    "worst_finding_status",
    "worst_finding_utilization",
    "unpriced",
)
"""The last columns of a table of workloads."""


TOGETHER = 500
"""Rows that become records together."""


class Table(Struct, frozen=True):
    """Columns of equal length, by name."""

    name: str
    columns: dict[str, list[Any]]


def records(table: Table) -> Iterator[list[dict[str, Any]]]:
    """Give a table row by row, some together."""
    left = rows(table)
    while some := list(islice(left, TOGETHER)):
        yield [dict(zip(table.columns, row, strict=True)) for row in some]


def rows(table: Table) -> Iterator[tuple[Any, ...]]:
    """Give the cells of a table row by row."""
    return zip(*table.columns.values(), strict=True)


def joined(parts: Iterable[Table]) -> Table:
    """Put the parts of a table together, of which there is at least one."""
    first, *more = parts
    if not more:
        return first
    columns = {
        name: list(chain(cells, *(part.columns[name] for part in more)))
        for name, cells in first.columns.items()
    }
    return Table(first.name, columns)


def of_records(name: str, kind: type[Struct], listed: Sequence[Any]) -> Table:
    """Give Structs as a table; what they call ``time`` becomes a moment."""
    columns = {field: list(map(attrgetter(field), listed)) for field in kind.__struct_fields__}
    if "time" in columns:
        columns["time"] = list(map(datetime.fromisoformat, columns["time"]))
    return Table(name, columns)


def workloads(bill: Bill) -> Table:
    """Give one row a workload: its inputs, capacity, cost of each meter, total and worst finding.

    The costs are rounded as in the lines of an estimate, so that SUM agrees with it; a cost is None
    where no price is known.
    """
    inputs = _inputs(bill)
    sections = [inputs, _capacity(bill), _costs(bill), _totals(bill)]
    return Table("workloads", {name: cells for part in sections for name, cells in part.items()})


def _inputs(bill: Bill) -> dict[str, list[Any]]:
    types = kinds(bill.service.workload)
    columns = views.listed(bill.service.workload, bill.workload, len(bill.workload.name))
    for name, kind in types.items():
        if isinstance(kind, inspect.DateType):
            columns[name] = views.days(columns[name])
    return columns


def _capacity(bill: Bill) -> dict[str, list[Any]]:
    kind = bill.service.capacity_type
    columns = views.listed(kind, bill.capacity, len(bill.workload.name))
    return {f"capacity.{name}": cells for name, cells in columns.items()}


def _costs(bill: Bill) -> dict[str, list[Any]]:
    costs: dict[str, Any] = {}
    for rate, cost in zip(bill.lines.rates, views.money(bill.lines.cost), strict=True):
        costs[rate.name] = costs.get(rate.name, 0) + cost
    return {
        f"charges.{meter}.list_cost": views.nullable(views.money(cost))
        for meter, cost in costs.items()
    }


def _totals(bill: Bill) -> dict[str, list[Any]]:
    total, complete = views.totals(bill)
    left_out = list(map("; ".join, views.not_covered(bill)))
    found = _worst_findings(bill)
    cells = (total.tolist(), complete.tolist(), left_out, *found, _why_unpriced(bill))
    return dict(zip(TOTALS, cells, strict=True))


def _worst_findings(bill: Bill) -> tuple[list[Any], list[Any], list[Any]]:
    """Give the finding of the worst status, and of those the one nearest to or furthest beyond.

    A fact has no utilisation; it is given where no limit has so bad a status.
    """
    met = bill.checks
    ruling = engine.aligned(met.ruling, met.value.ndim)
    used = views.utilization(met.value, met.limit)
    used[met.facts] = np.nan
    severity = np.where(met.applies, views.severity(met.over, used, ruling), -1)
    worst = severity.max(axis=0)
    place = np.where(severity == worst, np.nan_to_num(used), -1).argmax(axis=0)
    rows = np.arange(len(worst))
    found = worst >= 0
    rules: Any = np.where(found, np.array(met.rules, dtype=object)[place], None)
    statuses: Any = np.where(found, views.MET[worst], None)
    most = np.where(found, used[place, rows], np.nan)
    return rules.tolist(), statuses.tolist(), views.nullable(most)


def _why_unpriced(bill: Bill) -> list[str]:
    reasons = [""] * len(bill.workload.name)
    rows, lines = np.nonzero(bill.lines.unpriced.T)
    notes = views.charge_columns(bill, lines, rows)["note"]
    for row, line, note in zip(rows, lines, notes, strict=True):
        before = f"{reasons[row]}; " if reasons[row] else ""
        reasons[row] = f"{before}{bill.lines.rates[line].name}: {note}"
    return reasons


@cache
def columns_of(service: Service) -> tuple[str, ...]:
    """Name the columns of a service's workloads, which no data change."""
    return tuple(workloads(engine.estimate(service, [service.example])).columns)


def portfolio_workloads(parts: Sequence[Part]) -> Table:
    """Give one row a workload of successive ones of a portfolio, whose shares are rounded.

    The columns are those of all services together.
    """
    count = sum(len(part.rows) for part in parts)
    start = min(int(part.rows[0]) for part in parts)
    columns = {name: np.full(count, None) for name in portfolio_columns()}
    for part in parts:
        columns["service"][part.rows - start] = part.bill.service.key
        for name, cells in workloads(part.bill).columns.items():
            columns[name][part.rows - start] = np.array(cells, dtype=object)
    return Table("workloads", {name: column.tolist() for name, column in columns.items()})


@cache
def portfolio_columns() -> tuple[str, ...]:
    """Name the columns of a portfolio: inputs of all services, then capacity, charges, totals."""

    def part(name: str) -> int:
        if name in TOTALS:
            return 3
        return ("capacity", "charges").index(name.partition(".")[0]) + 1 if "." in name else 0

    every = dict.fromkeys(name for service in registry().values() for name in columns_of(service))
    return ("service", *sorted(every, key=part))


def charges(bill: Bill, places: Sequence[int]) -> Table:
    """Give one row a charge, in FOCUS 1.2's columns; what FOCUS does not have is called ``x_…``.

    ``places`` are those of the workloads in the request. No discount is modelled, so every
    cost is the list cost; the period is the calendar month of the price date.
    """
    rows, lines = np.nonzero(bill.lines.quantity.T)
    line = views.charge_columns(bill, lines, rows)

    def same(word: str) -> list[Any]:
        return [word] * len(rows)

    def owner(column: Sequence[Any]) -> list[Any]:
        return list(map(column.__getitem__, rows.tolist()))

    own = _inputs(bill)
    begins, ends = (owner(days) for days in _months(own["price_date"]))
    cost, price = line["list_cost"], line["list_unit_price"]
    names = list(map(REGION_NAMES.__getitem__, owner(own["region"])))
    return Table(
        "charges",
        {
            "BilledCost": cost,
            "BillingCurrency": same("USD"),
            "BillingPeriodEnd": ends,
            "BillingPeriodStart": begins,
            "ChargeCategory": same("Usage"),
            "ChargeClass": [None] * len(rows),
            "ChargeDescription": list(
                map(_described, line["sku_meter"], names, price, line["pricing_unit"])
            ),
            "ChargeFrequency": same("Usage-Based"),
            "ChargePeriodEnd": ends,
            "ChargePeriodStart": begins,
            "ConsumedQuantity": line["consumed_quantity"],
            "ConsumedUnit": line["consumed_unit"],
            "ContractedCost": cost,
            "ContractedUnitPrice": price,
            "EffectiveCost": cost,
            "ListCost": cost,
            "ListUnitPrice": price,
            "PricingCategory": same("Standard"),
            "PricingQuantity": line["pricing_quantity"],
            "PricingUnit": line["pricing_unit"],
            "ProviderName": same("AWS"),
            "PublisherName": same("AWS"),
            "RegionId": owner(own["region"]),
            "RegionName": names,
            "ServiceCategory": same(bill.service.category),
            "ServiceName": same(bill.service.name),
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
        },
    )


def _months(days: Sequence[date]) -> tuple[list[datetime], list[datetime]]:
    """Give the first moment of the calendar month of each day, and that of the month after it."""
    months = np.array(days, dtype="datetime64[M]")
    begins, ends = (
        [_first_moment(day.year, day.month) for day in views.days(some)]
        for some in (months, months + 1)
    )
    return begins, ends


@cache
def _first_moment(year: int, month: int) -> datetime:
    return datetime(year, month, 1, tzinfo=UTC)


def _described(meter: str, region: str, price: float | None, unit: str) -> str:
    """Say what a charge is for and at what price, as FOCUS has its ChargeDescription."""
    if price is None:
        return f"{meter} in {region}, no price is known"
    return f"{meter} in {region} at {price:.15g} USD ({unit})"


def portfolio_charges(parts: Sequence[Part]) -> Table:
    """Give one row a charge of a portfolio, whose shares are rounded, by workload."""
    tables = [charges(part.bill, part.rows.tolist()) for part in parts]
    columns = {
        name: list(chain.from_iterable(table.columns[name] for table in tables))
        for name in tables[0].columns
    }
    order = np.argsort(columns["x_Workload"], kind="stable").tolist()
    return Table(
        "charges", {name: list(map(cells.__getitem__, order)) for name, cells in columns.items()}
    )


def beside(
    tables: Iterable[Table], extra: Mapping[str, Sequence[Any]], first: int = 0
) -> Iterator[Table]:
    """Add the columns of a sheet that are passed through; to charges as ``x_…``.

    ``first`` is the place of the first workload, to which the first cells of ``extra`` belong.
    """
    done = first
    for table in tables:
        count = len(next(iter(table.columns.values())))
        places = table.columns.get("x_Workload", range(done, done + count))
        done += count
        own = "x_" if table.name == "charges" else ""
        more = {
            f"{own}{name}": [cells[place - first] for place in places]
            for name, cells in extra.items()
        }
        yield Table(table.name, table.columns | more)


def taken(view: str, workload_columns: Sequence[str]) -> frozenset[str]:
    """Name the columns that cannot be passed through, for the view has them itself."""
    if view != "charges":
        return frozenset(workload_columns)
    return frozenset(name.removeprefix("x_") for name in charge_names() if name.startswith("x_"))


@cache
def charge_names() -> tuple[str, ...]:
    """Name the columns of charges, which are those of every service."""
    service = next(iter(registry().values()))
    return tuple(charges(engine.estimate(service, [service.example]), [0]).columns)


def alternatives(answer: ComparisonAnswer) -> Table:
    """Give one row an alternative, in their rank, with a column for each field that varies."""
    listed = answer.alternatives
    return Table(
        "alternatives",
        {
            "rank": [one.rank for one in listed],
            **_choices(answer, [one.rank for one in listed]),
            "status": [one.status for one in listed],
            "monthly_cost": [one.monthly_cost for one in listed],
            "difference_to_cheapest": [one.difference_to_cheapest for one in listed],
            "difference_to_baseline": [one.difference_to_baseline for one in listed],
            "ruled_out_by": ["; ".join(one.ruled_out_by) for one in listed],
            "unpriced": ["; ".join(one.unpriced) for one in listed],
        },
    )


def curves(answer: ComparisonAnswer) -> Table:
    """Give one row a point of an alternative's cost curve; none where nothing was swept."""
    swept = answer.sweep
    points = [
        (curve.rank, value, cost)
        for curve in (swept.curves if swept else ())
        for value, cost in zip(swept.points if swept else (), curve.costs, strict=True)
    ]
    return Table(
        "curves",
        {
            "rank": [rank for rank, _, _ in points],
            **_choices(answer, [rank for rank, _, _ in points]),
            "field": [swept.field if swept else ""] * len(points),
            "value": [value for _, value, _ in points],
            "monthly_cost": [cost for _, _, cost in points],
        },
    )


def turns(answer: ComparisonAnswer) -> Table:
    """Give one row a turn of a sweep: what is cheaper on either side, and figures of the point."""
    found = [
        (kind, turn)
        for kind in ("break_even_points", "steps")
        for turn in (getattr(answer.sweep, kind) if answer.sweep else ())
    ]
    figures = crossing_figures(service_of(answer.service))
    plain = [name for name in Turn.__struct_fields__ if name != "figures"]
    return Table(
        "turns",
        {
            "kind": [kind for kind, _ in found],
            "field": [answer.sweep.field if answer.sweep else ""] * len(found),
            **{name: [getattr(turn, name) for _, turn in found] for name in plain},
            **{
                f"{side}.{name}": cells
                for side in ("cheaper_below", "cheaper_above")
                for name, cells in _choices(
                    answer, [getattr(turn, side) for _, turn in found]
                ).items()
            },
            **{f"figures.{name}": [turn.figures[name] for _, turn in found] for name in figures},
        },
    )


@cache
def crossing_figures(service: Service) -> tuple[str, ...]:
    """Name the figures that a service tells of the points where alternatives cost the same."""
    bill = engine.estimate(service, [service.example])
    return tuple(service.crossing(bill.workload, bill.capacity))


def _choices(answer: ComparisonAnswer, ranks: list[int]) -> dict[str, list[Any]]:
    """Give the values that vary of the alternatives of some ranks, a column for each field."""
    return {
        name: [answer.alternatives[rank - 1].choices[name] for rank in ranks]
        for name in answer.baseline.choices
    }


def projected(view: str, answer: Any) -> Table:
    """Give the records of one view of a projection.

    Raises
    ------
    ProblemError
        422 where every view was asked for, which are not one table.
    """
    if view == "all":
        said = "all is not one table; choose " + ", ".join(RECORDS)
        raise ProblemError("not-computable", said, [Violation(said, parameter="view")])
    return of_records(view, RECORDS[view], answer)


def prices(answer: PriceList) -> Table:
    """Give one row a price, with the title and the address of its source."""
    table = of_records("prices", PriceEntry, answer.prices)
    sources = [answer.sources[entry.source] for entry in answer.prices]
    more = {
        "source_title": [source.title for source in sources],
        "source_reference": [source.reference for source in sources],
    }
    return Table("prices", table.columns | more)


def quotas(name: str, kind: type[Struct], listed: Sequence[Any]) -> Table:
    """Give one row a quota, rule, assumption or what is not covered.

    Numbers by word stand as text, ``word=number``, and so do words by field, ``field=word, word``.
    """
    columns = of_records(name, kind, listed).columns
    for column in {"regions", "values", "where", "above", "words"} & columns.keys():
        columns[column] = ["; ".join(starmap(_paired, cell.items())) for cell in columns[column]]
    return Table(name, columns)


def _paired(word: str, value: Any) -> str:
    return f"{word}={', '.join(value) if isinstance(value, list) else repr(value)}"
