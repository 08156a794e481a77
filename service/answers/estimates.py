"""Estimates: the engine's arrays as charges, findings and capacity, row by row."""

from collections.abc import Iterator, Sequence
from datetime import date
from functools import cache, partial
from itertools import chain, islice, pairwise, repeat, starmap
from types import GenericAlias
from typing import Annotated, Any, Literal

import msgspec
import numpy as np
from msgspec import UNSET, Struct, UnsetType

from pricing import coverage, engine, verdicts
from pricing.arrays import Flags, Numbers, Places
from pricing.catalogue import packaged
from pricing.engine import Bill, Checks
from pricing.model import Service, fields_of
from pricing.nearest import why_unpriced
from pricing.quantities import Label, about
from pricing.rates import RateCard, WordColumn
from pricing.rounding import days, list_totals, money, nullable, totals
from pricing.tables import Meter, Quota
from pricing.units import BYTES_PER_GB
from service import counting
from service.answers.overlays import LIST_COST, OVERLAY, applied, named
from service.formats.documents import ListAnswer

PART = 500
"""Estimates that are viewed and encoded together."""


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
    contracted_cost: Annotated[
        float | UnsetType | None,
        about(
            "With `commitments`: before them [USD]. With an overlay: at its prices."
            " Else no discount is known, and it is the list cost."
        ),
    ] = UNSET
    effective_cost: Annotated[
        float | UnsetType | None,
        about("With `commitments`: what stays on demand, and the share of those it uses [USD]."),
    ] = UNSET
    contracted_unit_price: Annotated[
        float | UnsetType | None, about("With an overlay: its price of one unit [USD].")
    ] = UNSET
    overlay: Annotated[
        str | UnsetType, about("Name and version of the overlay that gives contracted prices.")
    ] = UNSET


class FindingLine(Struct, frozen=True, gc=False):
    """A quota or rule that the workload meets."""

    rule: str
    title: str
    value: Annotated[
        float | None, about("What the workload needs; null of a fact, which is no limit.")
    ]
    limit: Annotated[float | None, about("What AWS allows; null of a fact.")]
    unit: str
    headroom: Annotated[
        float | None, about("Limit less value; negative where exceeded, null of a fact.")
    ]
    utilization: Annotated[float | None, about("Value over limit; null of a fact.")]
    status: Annotated[
        Literal["ok", "near", "attention", "exceeded"],
        about(
            "`exceeded`: not feasible unless AWS raises the limit. `attention`: feasible, but"
            " something must be prepared. `near`: above 80 percent of a limit."
        ),
    ]
    adjustable: Annotated[bool, about("Whether AWS can raise the limit.")]
    reference: Annotated[str, about("Where AWS states the limit.")]
    note: Annotated[str, about("Of a fact, how many there are; else empty.")]


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
    complete: Annotated[bool, about("Whether every charge in the answer has a price.")]
    not_covered: Annotated[
        list[str],
        about("What may be on the AWS bill beside it, by name; see `not_covered` of the service."),
    ]
    list_monthly_cost: LIST_COST = UNSET
    overlay: OVERLAY = UNSET


class AnswerTypes(Struct, frozen=True):
    """The wire types made for one service."""

    estimate: type[Struct]
    estimates: type[Struct]
    assumptions: type[Struct]


@cache
def answer_types(service: Service) -> AnswerTypes:
    """Make the wire types of a service, once: its estimate and its estimates."""
    prefix = service.prefix
    types = {field.name: field.type for field in fields_of(service.workload)}
    assumptions = msgspec.defstruct(
        f"{prefix}Assumptions",
        [(name, types[name]) for name in packaged().table(service.key).description.assumptions],
        frozen=True,
    )
    assumptions.__doc__ = "What this estimate assumes where AWS is not explicit."
    estimate = msgspec.defstruct(
        f"{prefix}Estimate",
        [
            ("capacity", service.capacity_type),
            ("assumptions", assumptions),
            *(_member(field) for field in msgspec.structs.fields(EstimateBill)),
        ],
        bases=(EstimateHead,),
        frozen=True,
        tag_field="service",
        tag=service.key,
    )
    estimate.__doc__ = f"Capacity, charges and findings of one {service.name} workload."
    estimates = msgspec.defstruct(
        f"{prefix}Estimates",
        [("estimates", GenericAlias(list, estimate))],
        frozen=True,
    )
    estimates.__doc__ = "The estimates, in the order of the workloads."
    return AnswerTypes(estimate, estimates, assumptions)


def _member(field: Any) -> tuple[Any, ...]:
    """Return a field for a Struct that is made, with its default where it has one."""
    return (field.name, field.type, *(() if field.required else (field.default,)))


def ranges(start: int, stop: int) -> Iterator[tuple[int, int]]:
    """Part the places from one to another into those that are viewed together."""
    return ((first, min(first + PART, stop)) for first in range(start, stop, PART))


def batch(service: Service, workload: Any, card: RateCard) -> ListAnswer:
    """View columns as the estimates of a batch, priced as they are viewed."""

    def parts() -> Iterator[list[Any]]:
        bills = engine.priced_in_chunks(service, workload, card)
        return chain.from_iterable(map(_in_parts, bills))

    return ListAnswer(answer_types(service).estimates([]), len(workload.name), parts)


def _in_parts(bill: Bill) -> Iterator[list[Any]]:
    """View a bill as estimates, some at a time."""
    rows = starmap(slice, ranges(0, len(bill.workload.name)))
    return map(estimates, map(partial(engine.rows_of_bill, bill), rows))


def estimates(bill: Bill) -> list[Any]:
    """View a bill as one estimate a workload, in their order."""
    w, types = bill.workload, answer_types(bill.service)
    total, complete = totals(bill)
    counting.unpriced(bill)
    return list(
        map(
            types.estimate,
            w.name.tolist(),
            w.group.tolist(),
            w.region.tolist(),
            days(w.price_date),
            map(Basis, w.hours_per_month.tolist(), repeat(BYTES_PER_GB)),
            _records(bill.service.capacity_type, bill.capacity, len(w.name)),
            _records(types.assumptions, w, len(w.name)),
            _findings(bill),
            _charges(bill),
            total.tolist(),
            complete.tolist(),
            not_covered(bill),
            *_of_overlay(bill, total),
        )
    )


def _of_overlay(bill: Bill, total: Any) -> tuple[Any, ...]:
    """Return the columns that estimates have with an overlay only."""
    listed = list_totals(bill)
    if listed is None:
        return ()
    return listed.tolist(), map(partial(applied, bill.card.overlay), total.tolist())


def not_covered(bill: Bill) -> list[Any]:
    """Return for each workload the names of what may be charged beside its estimate."""
    return coverage.touching(bill.card.table.description.not_covered, bill.workload)


def _records(kind: type[Struct], columns: Any, count: int) -> Iterator[Any]:
    """Yield the rows of a Struct of columns; an unknown number is null."""
    if not kind.__struct_fields__:
        return (kind() for _ in range(count))
    return starmap(kind, zip(*listed(kind, columns, count).values(), strict=True))


def listed(kind: type[Struct], columns: Any, count: int) -> dict[str, list[Any]]:
    """Return the fields of a Struct of columns as lists; an unknown number is null."""
    fields = {name: getattr(columns, name) for name in kind.__struct_fields__}
    numbers = [name for name, column in fields.items() if _is_number(column)]
    stack = engine.stacked([fields[name] for name in numbers], (count,), float)
    lists = dict(zip(numbers, nullable(stack), strict=True))
    return {name: lists.get(name) or column.tolist() for name, column in fields.items()}


def _is_number(column: Any) -> bool:
    return not isinstance(column, WordColumn) and np.result_type(column).kind == "f"


def _by_row(rows: Any, lines: Iterator[Any], count: int) -> Iterator[list[Any]]:
    """Part lines that come row by row into a list for each row; ``rows`` names the row of each."""
    ends = np.cumsum(np.bincount(rows, minlength=count)).tolist()
    return (list(islice(lines, end - start)) for start, end in pairwise([0, *ends]))


def _charges(bill: Bill) -> Iterator[list[ChargeLine]]:
    """View the charges of each workload that are not zero."""
    rows, lines = np.nonzero(bill.lines.quantity.T)
    made = map(ChargeLine, *charge_columns(bill, lines, rows).values())
    return _by_row(rows, made, len(bill.workload.name))


def charge_columns(bill: Bill, lines: Any, rows: Any) -> dict[str, list[Any]]:
    """Return the fields of a :class:`ChargeLine` as columns, for charges picked by line and row."""
    cells = charge_cells(bill, lines, rows)
    meters = [charge_texts(rate.meter) for rate in bill.lines.rates]
    return _in_order(ChargeLine, cells, meters, lines)


def charge_texts(meter: Meter) -> dict[str, Any]:
    """Return the fields of a :class:`ChargeLine` that follow from its meter."""
    return {
        "sku_meter": meter.title,
        "consumed_unit": meter.unit,
        "pricing_unit": meter.unit,
        "reference": meter.reference,
    }


def sku_id(service: str, meter: str, variant: str) -> str:
    """Return the name of what is priced: service, meter and variant, if there are any."""
    return f"{service}.{meter}" + (f"/{variant}" if variant else "")


def charge_cells(bill: Bill, lines: Any, rows: Any) -> dict[str, list[Any]]:
    """Return the other fields of a :class:`ChargeLine`, for charges picked by line and row."""
    priced, card = bill.lines, bill.card
    quantity, billable, unit_price, cost, place = (
        getattr(priced, name)[lines, rows] for name in engine.LINE_ARRAYS
    )
    variant, day, region = np.unravel_index(place, card.first.shape)
    unpriced = cost != cost
    free = (unit_price == 0) | (billable == 0)
    read = card.listed or card
    read_at = read.read_index(place)
    effective = read.effective.take(read_at).astype("datetime64[D]").astype(object)
    stems = _texts([f"{bill.service.key}.{rate.name}" for rate in priced.rates])
    skus, source = stems[lines] + card.variants[variant], read.sources.take(read_at)
    usage_types = card.usage_types(variant, region)
    for line, rate in enumerate(priced.rates):
        if rate.meter.surcharge:
            own = np.flatnonzero(lines == line)
            spelled = card.usage_types(variant[own], region[own], rate.name)
            for charge, usage_type in zip(own.tolist(), spelled, strict=True):
                usage_types[charge] = usage_type
    notes = np.full(len(rows), "", dtype=object)
    for charge in np.flatnonzero(unpriced).tolist():
        line = priced[lines[charge]]
        asked = tuple(choice.words[choice.codes[rows[charge]]] for choice in line.words)
        notes[charge] = why_unpriced(line.rate, asked, int(day[charge]), int(region[charge]))
        skus[charge] = "/".join((stems[lines[charge]], *asked))
        effective[charge], source[charge] = None, ""
    return {
        "sku_id": skus.tolist(),
        "usage_type": usage_types,
        "consumed_quantity": quantity.tolist(),
        "pricing_quantity": billable.tolist(),
        "list_unit_price": nullable(unit_price),
        "list_cost": nullable(money(cost)),
        "status": PRICED[np.where(unpriced, 2, free)].tolist(),
        "effective_from": effective.tolist(),
        "source": source.tolist(),
        "note": notes.tolist(),
    } | _contracted(bill, lines, rows)


def _contracted(bill: Bill, lines: Any, rows: Any) -> dict[str, list[Any]]:
    """Return the fields that a :class:`ChargeLine` has with commitments or an overlay only.

    With an overlay, the fields of the list are those at list prices.
    """
    priced, overlay = bill.lines, bill.card.overlay
    cells: dict[str, list[Any]] = {}
    if priced.effective is not None or overlay:
        cells["contracted_cost"] = nullable(money(priced.cost[lines, rows]))
        cells["effective_cost"] = [UNSET] * len(rows)
    if priced.effective is not None:
        cells["effective_cost"] = nullable(money(priced.effective[lines, rows]))
    if overlay and priced.list_cost is not None and priced.list_unit_price is not None:
        cells["contracted_unit_price"] = nullable(priced.unit_price[lines, rows])
        cells["list_unit_price"] = nullable(priced.list_unit_price[lines, rows])
        cells["list_cost"] = nullable(money(priced.list_cost[lines, rows]))
        cells["overlay"] = [named(overlay)] * len(rows)
    return cells


def _findings(bill: Bill) -> Iterator[list[FindingLine]]:
    """View the findings that apply to each workload."""
    rows, checks = np.nonzero(bill.checks.applies.T)
    cells = finding_cells(bill.checks, checks, rows)
    texts = list(map(finding_texts, bill.checks.rules, bill.checks.quotas))
    made = map(FindingLine, *_in_order(FindingLine, cells, texts, checks).values())
    return _by_row(rows, made, len(bill.workload.name))


def finding_texts(rule: str, quota: Quota) -> dict[str, Any]:
    """Return the fields of a :class:`FindingLine` that follow from its quota."""
    return {
        "rule": rule,
        "title": quota.title,
        "unit": quota.unit,
        "adjustable": quota.adjustable,
        "reference": quota.reference,
    }


def finding_cells(met: Checks, checks: Any, rows: Any) -> dict[str, list[Any]]:
    """Return the other fields of a :class:`FindingLine`, for findings picked by rule and row."""
    value, limit = met.value[checks, rows], met.limit[checks, rows]
    used = verdicts.utilization(value, limit)
    facts, ruling = met.facts[checks], met.ruling[checks]
    over = (value > limit) | facts
    return {
        "value": _unless(facts, value),
        "limit": _unless(facts, limit),
        "headroom": _unless(facts, limit - value),
        "utilization": _unless(facts, used),
        "status": _texts(verdicts.MET)[verdicts.severity(over, used, ruling)].tolist(),
        "note": _counted(met, checks, value),
    }


def _unless(facts: Flags, numbers: Numbers) -> list[Any]:
    """Return numbers as a list with null for facts."""
    return nullable(np.where(facts, np.nan, numbers))


def _counted(met: Checks, checks: Places, counts: Numbers) -> list[str]:
    """Return for each finding how many there are of a fact, in words; else an empty text."""
    notes = _texts([""] * len(checks))
    told = np.flatnonzero(met.facts[checks] & (counts == counts))
    if told.size:
        pairs, place = np.unique([checks[told], counts[told]], axis=1, return_inverse=True)
        units = [met.quotas[int(check)].unit for check in pairs[0]]
        words = [f"{unit}: {spelled(count)}" for unit, count in zip(units, pairs[1], strict=True)]
        notes[told] = _texts(words)[place.ravel()]
    listed: list[str] = notes.tolist()
    return listed


def spelled(count: float) -> str:
    """Return a count or an amount in words: whole ones, and cents of small amounts.

    Examples
    --------
    >>> [spelled(count) for count in (2.0, 1234.5, 0.1744)]
    ['2', '1234', '0.17']
    """
    return f"{count:.0f}" if count >= 100 or count == round(count) else f"{count:.2f}"


def _in_order(
    kind: type[Struct], cells: dict[str, list[Any]], texts: Sequence[dict[str, Any]], places: Any
) -> dict[str, list[Any]]:
    """Return columns in the order of a Struct's fields; texts are picked by index."""
    picked = {name: _texts([text[name] for text in texts])[places].tolist() for name in texts[0]}
    columns = cells | picked
    return {name: columns[name] for name in kind.__struct_fields__ if name in columns}


def _texts(texts: Sequence[str]) -> Any:
    """Keep texts in an array, to be picked from."""
    return np.array(texts, dtype=object)


PRICED = _texts(["priced", "free", "unpriced"])


def unpriced_charges(estimate: Any) -> list[ChargeLine]:
    """List the charges of an estimate for which no price is known."""
    return [line for line in estimate.charges if line.status == "unpriced"]
