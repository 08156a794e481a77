"""Commitments that are bought, as lines of the account: billed in every month, used or not."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from msgspec import Struct

from pricing import bought
from pricing.advice import PLAN_YEARS
from pricing.bought import Reserved
from pricing.model import registry
from pricing.portfolio import Portfolio
from pricing.quantities import about
from pricing.rounding import money
from pricing.units import HOURS_PER_MONTH
from service.answers import flat, overlays
from service.answers.estimates import sku_id
from service.formats.table import Table, of_records


class CommitmentLine(Struct, frozen=True):
    """A commitment that is bought. It belongs to no workload; null is what is not known."""

    kind: Annotated[
        Literal["reservation", "database_savings_plan"], about("What kind of commitment it is.")
    ]
    service: Annotated[str | None, about("Key of the service; null of savings plans.")]
    sku_id: Annotated[str | None, about("What it was bought for; null of savings plans.")]
    region: Annotated[str | None, about("Where it holds; null of savings plans.")]
    term_years: Annotated[int, about("The years that it is for.")]
    payment: Annotated[str, about("How much of it is paid when it is bought.")]
    committed: Annotated[float, about("Units, or USD an hour of savings plans together.")]
    upfront_cost: Annotated[float | None, about("Billed once, at the start [USD].")]
    monthly_billed_cost: Annotated[float | None, about("Billed in every month [USD].")]
    monthly_effective_cost: Annotated[
        float | None,
        about("The same, with the month's share of what was billed at the start [USD]."),
    ]
    monthly_unused_cost: Annotated[float | None, about("Its part that nothing uses [USD].")]
    utilisation: Annotated[float, about("Share of the commitment that is used.")]


def lines(asked: Portfolio) -> list[CommitmentLine]:
    """View the commitments of a portfolio; savings plans are one line."""
    owned, applied = asked.bought, asked.applied
    if owned is None or applied is None:
        return []
    used = applied.reserved_used.tolist()
    found = [_reservation(one, share) for one, share in zip(owned.reserved, used, strict=True)]
    return [*found, *([_plan(owned.plans, applied.plans_used)] if owned.plans else [])]


def _reservation(one: Reserved, used: float) -> CommitmentLine:
    cell, offer = one.cell, one.offer
    named = cell.service, sku_id(*cell[:3]), cell.region, offer.years, offer.payment, one.committed
    fees = offer.upfront * one.committed, offer.hourly * one.committed
    return _line("reservation", named, *fees, bought.price(offer) * one.committed, used)


def _plan(amount: float, used: float) -> CommitmentLine:
    named = None, None, None, PLAN_YEARS, "no-upfront", amount
    return _line("database_savings_plan", named, 0.0, amount, amount, used)


def _line(
    kind: Any, named: tuple[Any, ...], upfront: float, hourly: float, price: float, used: float
) -> CommitmentLine:
    """View a commitment with its fees [USD, USD an hour] and its whole price [USD an hour]."""
    months = hourly * HOURS_PER_MONTH, price * HOURS_PER_MONTH
    costs = (upfront, *months, months[1] * (1 - used))
    known = (float(money(cost)) if cost == cost else None for cost in costs)
    fields: tuple[Any, ...] = (kind, *named, *known, used)
    return CommitmentLine(*fields)


def table(asked: Portfolio) -> Table:
    """Return one row for each commitment."""
    return of_records("commitments", CommitmentLine, lines(asked))


TYPES = {"reservation": "Reserved Instance", "database_savings_plan": "Savings Plan"}
PLAN_NAME = "Database Savings Plans"
COSTS = ("BilledCost", "ContractedCost", "EffectiveCost", "ListCost")
FOCUS = ("CommitmentDiscountId", "CommitmentDiscountStatus", "CommitmentDiscountType")
"""The columns that charges have with commitments only; of use they are null."""


def with_columns(charges: Table) -> Table:
    """Return charges with the columns of commitments, in the order of FOCUS's names."""
    count = len(charges.columns["SkuId"])
    columns = charges.columns | {name: [None] * count for name in FOCUS}
    own = [name for name in columns if name.startswith("x_")]
    order = [*sorted(columns.keys() - own), *own]
    return Table(charges.name, {name: columns[name] for name in order}, kinds=charges.kinds)


def charges(asked: Portfolio) -> Table:
    """Return what is billed for commitments, and what they leave unused, as rows of charges.

    Their period is the month of the latest price date among the workloads.
    """
    rows = [row for index, line in enumerate(lines(asked)) for row in _rows(str(index), line)]
    overlay = asked.catalogue.overlay
    names = flat.charge_names(asked.catalogue)
    empty = with_columns(Table("charges", {name: [] for name in names}, kinds=flat.FOCUS_KINDS))
    begins, ends = flat.month(max(part.workload.price_date.max() for part in asked.parts))
    period: dict[str, Any] = {f"{what}PeriodStart": begins for what in ("Billing", "Charge")} | {
        f"{what}PeriodEnd": ends for what in ("Billing", "Charge")
    }
    columns = {name: [(period | row).get(name) for row in rows] for name in empty.columns}
    if overlay:
        columns["PricingCurrencyEffectiveCost"] = columns["EffectiveCost"]
        columns["PricingCurrency"] = ["USD"] * len(rows)
        columns["BillingCurrency"] = [overlay.currency] * len(rows)
        columns |= {
            name: [overlays.presented(overlay, cost) for cost in columns[name]] for name in COSTS
        }
    return Table(empty.name, columns, kinds=empty.kinds)


def _rows(index: str, line: CommitmentLine) -> Iterator[dict[str, Any]]:
    """Yield what is billed once, what is billed each month, and what is not used."""
    named = _named(index, line)
    for word, cost in (("One-Time", line.upfront_cost), ("Recurring", line.monthly_billed_cost)):
        if cost != 0:
            same = dict.fromkeys(("BilledCost", "ContractedCost", "ListCost"), cost)
            purchase = {"ChargeCategory": "Purchase", "ChargeFrequency": word}
            yield named | purchase | same | {"EffectiveCost": 0.0}
    if line.monthly_unused_cost != 0:
        none = dict.fromkeys(("BilledCost", "ContractedCost", "ListCost"), 0.0)
        unused = {"ChargeCategory": "Usage", "ChargeFrequency": "Usage-Based"}
        left = {"CommitmentDiscountStatus": "Unused", "EffectiveCost": line.monthly_unused_cost}
        yield named | unused | none | left


def _named(index: str, line: CommitmentLine) -> dict[str, Any]:
    """Return the columns that all charges of a commitment have in common."""
    service = registry().get(line.service or "")
    years = f"{line.term_years} year" + ("s" if line.term_years > 1 else "")
    return {
        "BillingCurrency": "USD",
        "ChargeDescription": f"{TYPES[line.kind]}, {years}, {line.payment}: {line.committed:.15g}",
        "CommitmentDiscountId": index,
        "CommitmentDiscountType": TYPES[line.kind],
        "PricingCategory": "Committed",
        "ProviderName": "AWS",
        "PublisherName": "AWS",
        "RegionId": line.region,
        "RegionName": flat.REGION_NAMES.get(line.region or ""),
        "ServiceCategory": service.category if service else "Databases",
        "ServiceName": service.bill_name if service else PLAN_NAME,
        "SkuId": line.sku_id,
        "x_Status": "priced" if line.monthly_effective_cost is not None else "unpriced",
    }
