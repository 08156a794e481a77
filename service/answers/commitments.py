"""Commitments: each offer at its best, what costs least together, and curves to plot."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import numpy as np
from msgspec import UNSET, Struct, UnsetType

from pricing import advice, engine, offers
from pricing.advice import Advice, Best, Preferences, Purchase
from pricing.bought import Bought, applied, price
from pricing.catalogue import Catalogue
from pricing.offers import Cell, Uses
from pricing.portfolio import Portfolio
from pricing.quantities import about
from pricing.rounding import Shares, money, totals
from pricing.units import HOURS_PER_MONTH, MONTHS_PER_YEAR
from service.answers import bought, overlays
from service.answers.bought import CommitmentLine
from service.answers.estimates import sku_id
from service.answers.overlays import OVERLAY
from service.answers.summaries import NEWEST_KNOWN, PRICE_AGE
from service.formats.table import Table, of_records
from service.waiting import each


class CommitmentCurve(Struct, frozen=True):
    """What commitments cost in a month, with the demand that they leave on demand."""

    committed: Annotated[list[float], about("Commitments in ascending order.")]
    monthly_costs: Annotated[list[float], about("The cost of each [USD].")]


class CommitmentOffer(Struct, frozen=True):
    """An offer with the commitment that costs least. Null is what is not known, or has no meaning.

    Of a savings plan the commitment is money, and it may cover every service.
    """

    kind: Annotated[Literal["reservation", "database_savings_plan"], about("What is committed to.")]
    service: Annotated[str | None, about("Key of the service; null of a savings plan.")]
    sku_id: Annotated[str | None, about("What is covered: service, meter and variant.")]
    region: str | None
    term_years: Annotated[int, about("How long it binds [years].")]
    payment: Annotated[
        Literal["no-upfront", "partial-upfront", "all-upfront"], about("What is paid at the start.")
    ]
    status: Annotated[
        Literal["priced", "unpriced"], about("`unpriced`: AWS sells it, the price is not known.")
    ]
    committed: Annotated[float | None, about("Units, or USD an hour of a savings plan.")]
    committed_unit: Annotated[str, about("Unit of `committed`.")]
    units_per_use: Annotated[float, about("Reserved units that one unit of use takes.")]
    size_flexible: Annotated[bool, about("Whether it covers other sizes of its family.")]
    normalised_units: Annotated[float | None, about("Of one reservation, where it does.")]
    upfront_cost: Annotated[float | None, about("Paid at the start [USD].")]
    monthly_on_demand_cost: Annotated[
        float | None, about("All of the demand without commitment [USD].")
    ]
    monthly_committed_cost: Annotated[
        float | None, about("The commitment, with its share of what is paid at the start [USD].")
    ]
    monthly_cost: Annotated[
        float | None, about("The commitment and what it leaves on demand [USD].")
    ]
    monthly_saving: Annotated[float | None, about("What it saves [USD/month].")]
    coverage: Annotated[float | None, about("Share of the demand that is covered.")]
    utilisation: Annotated[float | None, about("Share of the commitment that is used.")]
    break_even_utilisation: Annotated[
        float | None, about("Share of the hours in which a unit must be used to be worth it.")
    ]
    payback_month: Annotated[
        float | None, about("By its end what was paid at the start is saved; 0 if that is nothing.")
    ]
    net_present_value: Annotated[
        float | None, about("What it saves over the term at the discount rate [USD].")
    ]
    monthly_regret: Annotated[
        float | None, about("Above the best commitment, if the demand is lower [USD].")
    ]
    statement: Annotated[str, about("How it is sold, and what it covers.")]
    reference: str
    curve: Annotated[CommitmentCurve, about("The cost of other commitments.")]


class SavingsPlanRate(Struct, frozen=True, gc=False):
    """What Database Savings Plans charge for something in use."""

    service: str
    sku_id: str
    region: str
    ratio: Annotated[float | None, about("Rate over the price on demand; null if not known.")]
    derived: Annotated[
        bool, about("Not read for this Region or family, but the same wherever it was read.")
    ]
    grade: Annotated[str, about("A: AWS's own words or file. B: a dated secondary source.")]
    statement: str
    reference: str


class PlannedPurchase(Struct, frozen=True, gc=False):
    """What to buy at the start of a year of a schedule."""

    month: Annotated[str, about("When it is bought, as 2026-01.")]
    kind: Annotated[Literal["reservation", "database_savings_plan"], about("What is committed to.")]
    service: Annotated[str | None, about("Key of the service; null of a savings plan.")]
    sku_id: Annotated[str | None, about("What is covered: service, meter and variant.")]
    region: str | None
    term_years: Annotated[int, about("How long it binds [years].")]
    payment: Annotated[str, about("How much of it is paid when it is bought.")]
    committed: Annotated[float, about("Units, or USD an hour of a savings plan.")]
    committed_unit: Annotated[str, about("Unit of `committed`.")]
    upfront_cost: Annotated[float, about("Paid when it is bought [USD].")]
    monthly_committed_cost: Annotated[
        float, about("The commitment, with its share of what is paid at the start [USD].")
    ]


class CommitmentSchedule(Struct, frozen=True):
    """What to buy in each year, as the demand grows: what costs least over all of them."""

    start: Annotated[str, about("First month, as asked.")]
    years: Annotated[int, about("The longest term, as asked.")]
    cost: Annotated[
        float, about("With the purchases, of all that may be covered and is not yet [USD].")
    ]
    on_demand_cost: Annotated[float, about("The same without them [USD].")]
    saving: Annotated[float, about("What they save over all years [USD].")]
    net_present_value: Annotated[
        float, about("The same, at the discount rate, as of the first month [USD].")
    ]
    purchases: Annotated[list[PlannedPurchase], about("In the order in which they are bought.")]


class PortfolioCommitments(Struct, frozen=True):
    """What a portfolio costs with and without commitments, in months of 730 hours."""

    monthly_cost: Annotated[
        float, about("Without further commitments [USD]: those bought already are in it.")
    ]
    committed_monthly_cost: Annotated[float, about("With those that are chosen [USD].")]
    monthly_saving: Annotated[float, about("USD.")]
    upfront_cost: Annotated[float, about("Paid at the start for those that are chosen [USD].")]
    complete: Annotated[bool, about("Whether every charge in the bill has a price.")]
    newest_known_prices: NEWEST_KNOWN
    price_age: PRICE_AGE
    discount_rate: Annotated[float, about("What money costs in a year, as asked.")]
    lower_demand_fraction: Annotated[
        float, about("By how much demand may turn out lower, as asked.")
    ]
    longest_term_years: Annotated[float, about("Longer ones are not chosen, as asked.")]
    chosen: Annotated[
        list[CommitmentOffer],
        about("What costs least together: reservations, and a plan for what they leave."),
    ]
    offers: Annotated[list[CommitmentOffer], about("Each offer at its best, by itself.")]
    savings_plan_rates: Annotated[
        list[SavingsPlanRate], about("What a savings plan charges for each thing in use.")
    ]
    assumptions: list[str]
    commitments: Annotated[
        list[CommitmentLine] | UnsetType, about("Those that are bought already.")
    ] = UNSET
    schedule: Annotated[
        CommitmentSchedule | UnsetType, about("What to buy in each year, where `start` is asked.")
    ] = UNSET
    overlay: OVERLAY = UNSET


PLAN = (
    "A savings plan commits to an amount an hour for a year, counted at its lower rates; it covers"
    " what it saves most on first."
)
PLAN_REFERENCE = "https://aws.amazon.com/savingsplans/database-pricing/"
ASSUMPTIONS = [
    "Demand is the same in every hour, but for the loads that `curves` name.",
    "Demand is that of today, but for the `schedule`, whose prices stay those of today.",
    "What has no price on demand is left out.",
    "Prices of plans are the newest known, whatever the price_date of a workload.",
    "Sizes of a family that the same reservations cover are reserved as the smallest in use.",
    "What is bought already goes on covering what it covers; new commitments are for the rest.",
    "Rates of savings plans are a share of the price on demand, not rounded as AWS lists them.",
]
"""What the answer assumes beside what the workloads say."""


def commitments(
    asked: Portfolio, wanted: Preferences, schedule: CommitmentSchedule | UnsetType = UNSET
) -> PortfolioCommitments:
    """Find the commitments that cost least for a portfolio."""
    cost, complete, (newest_known, old), uses = _cost(asked)
    left = asked.applied.left if asked.applied else None
    found = advice.advised(uses, asked.catalogue, wanted, left)
    owned = bought.lines(asked)
    cost += sum(line.monthly_unused_cost or 0 for line in owned)
    listed = _reservations(found, asked.catalogue)
    priced = any(rate.ratio == rate.ratio for rate in found.rates)
    plan, beside = (_plans(best) if priced else [] for best in (found.plan, found.plan_beside))
    chosen = [listed[row] for row in found.chosen.tolist()]
    chosen += [one for one in beside if one.committed]
    saving = float(money(found.saving))
    return PortfolioCommitments(
        float(money(cost)),
        float(money(cost - saving)),
        saving,
        float(money(sum(one.upfront_cost or 0 for one in chosen))),
        complete and all(line.monthly_unused_cost is not None for line in owned),
        newest_known,
        old,
        wanted.discount_rate,
        wanted.lower_demand_fraction,
        wanted.longest_term_years,
        chosen,
        [*listed, *plan],
        _rates(found),
        ASSUMPTIONS,
        owned if asked.bought else UNSET,
        schedule,
        overlays.applied(asked.catalogue.overlay),
    )


def scheduled(
    months: Sequence[str],
    uses: Uses,
    owned: Sequence[Bought | None],
    catalogue: Catalogue,
    wanted: Preferences,
) -> CommitmentSchedule:
    """Find what to buy in each year, beside the commitments that are in force in each month.

    ``uses`` has the hours of each month, one month after the other.
    """
    hours = max(1, uses.demand.shape[-1] // len(months))
    by_month = uses.demand.reshape(len(uses.cells), len(months), hours)
    left = [
        applied(uses, one, catalogue, by_month[:, month]).left if one else by_month[:, month]
        for month, one in enumerate(each(owned))
    ]
    years = int(wanted.longest_term_years)
    demand = np.stack(left, axis=1).reshape(len(uses.cells), years, MONTHS_PER_YEAR * hours)
    found = advice.scheduled(uses, catalogue, wanted, demand)
    first = [months[year * MONTHS_PER_YEAR] for year in range(years)]
    return CommitmentSchedule(
        months[0],
        years,
        float(money(found.on_demand_cost - found.saving)),
        float(money(found.on_demand_cost)),
        float(money(found.saving)),
        float(money(found.net_present_value)),
        [_planned(first[one.year], one, found.uses, catalogue) for one in found.purchases],
    )


def _planned(month: str, one: Purchase, uses: Uses, catalogue: Catalogue) -> PlannedPurchase:
    """View what is bought in a month."""
    if one.offer is None:
        return PlannedPurchase(
            month,
            "database_savings_plan",
            None,
            None,
            None,
            advice.PLAN_YEARS,
            "no-upfront",
            one.committed,
            "USD/h",
            0.0,
            float(money(one.committed * HOURS_PER_MONTH)),
        )
    cell, offer = uses.cells[one.offer.cell], one.offer
    return PlannedPurchase(
        month,
        "reservation",
        cell.service,
        sku_id(*cell[:3]),
        cell.region,
        offer.years,
        offer.payment,
        one.committed,
        _unit(cell, catalogue),
        float(money(one.committed * offer.upfront)),
        float(money(one.committed * price(offer) * HOURS_PER_MONTH)),
    )


def _cost(asked: Portfolio) -> tuple[float, bool, list[int], Uses]:
    """Return what a portfolio costs [USD], whether all has a price, and what it uses.

    Before the last stands how many workloads have each finding of ``engine.OF_PRICES``.

    What is used in every hour alike is counted here, so that rows are priced once.
    """
    cost, complete, shares, counter = 0.0, True, Shares(), offers.Counter()
    counts, told = asked.is_steady and asked.applied is None, np.zeros(len(engine.OF_PRICES), int)
    for parts in each(asked.chunks):
        for part in parts:
            if counts:
                counter.count(part.bill)
            bill = shares.rounded(part.bill)
            own, whole = totals(bill)
            effective = bill.lines.effective
            cost += own.sum() if effective is None else np.nansum(money(effective))
            complete = complete and bool(whole.all())
            told += engine.told_of_prices(bill).sum(axis=1)
    return float(cost), complete, told.tolist(), counter.uses if counts else asked.uses


def _unit(cell: Cell, catalogue: Catalogue) -> str:
    """Return in what a cell is reserved."""
    unit = catalogue.table(cell.service).description.meters[cell.meter].unit
    return unit.removesuffix("-Hours") if unit != "Hours" else "Reservations"


def _known(value: Any) -> float | None:
    return float(value) if value == value else None


def _reservations(found: Advice, catalogue: Catalogue) -> list[CommitmentOffer]:
    """View each reservation at its best."""
    listed = []
    for row, offer in enumerate(each(found.reservations)):
        cell = found.uses.cells[offer.cell]
        listed.append(
            CommitmentOffer(
                "reservation",
                cell.service,
                sku_id(*cell[:3]),
                cell.region,
                offer.years,
                offer.payment,  # type: ignore[arg-type]
                "priced" if found.best.cost[row] == found.best.cost[row] else "unpriced",
                _known(found.best.committed[row]),
                _unit(cell, catalogue),
                offer.units,
                offer.size_flexible,
                _known(offer.normalised_units),
                *_figures(found.best, row, offer.sold.statement, offer.sold.reference),
            )
        )
    return listed


def _plans(best: Best) -> list[CommitmentOffer]:
    """View a savings plan at its best."""
    committed = _known(best.committed[0])
    told = ("priced", committed, "USD/h", 1.0, False, None)
    return [
        CommitmentOffer(
            "database_savings_plan",
            None,
            None,
            None,
            advice.PLAN_YEARS,
            "no-upfront",
            *told,  # type: ignore[arg-type]
            *_figures(best, 0, PLAN, PLAN_REFERENCE),
        )
    ]


def _figures(best: Best, row: int, *told: str) -> tuple[Any, ...]:
    """Return the last fields of an offer in their order: its figures, what is told, its curve."""
    amounts = (best.upfront, best.on_demand_cost, best.committed_cost, best.cost, best.saving)
    shares = (best.coverage, best.utilisation, best.break_even_utilisation, best.payback_month)
    last = (best.net_present_value, best.regret)
    return (
        *(_known(money(amount[row])) for amount in amounts),
        *(_known(share[row]) for share in shares),
        *(_known(money(amount[row])) for amount in last),
        *told,
        _curve(best, row),
    )


def _curve(best: Best, row: int) -> CommitmentCurve:
    """Return the curve of an offer; it has no points where a price is not known."""
    if best.cost[row] != best.cost[row]:
        return CommitmentCurve([], [])
    return CommitmentCurve(best.points[row].tolist(), money(best.costs[row]).tolist())


def _rates(found: Advice) -> list[SavingsPlanRate]:
    cells = found.uses.cells
    return [
        SavingsPlanRate(
            cells[one.cell].service,
            sku_id(*cells[one.cell][:3]),
            cells[one.cell].region,
            _known(one.ratio),
            one.derived,
            one.rate.grade,
            one.rate.statement,
            one.rate.reference,
        )
        for one in found.rates
    ]


def table_of_offers(name: str, listed: Sequence[CommitmentOffer]) -> Table:
    """Return offers as a table, without their curves."""
    fields = [field for field in CommitmentOffer.__struct_fields__ if field != "curve"]
    return Table(name, {field: [getattr(one, field) for one in listed] for field in fields})


def table_of_schedule(schedule: CommitmentSchedule | UnsetType) -> Table:
    """Return one row for each purchase of a schedule."""
    purchases = schedule.purchases if schedule else []
    return of_records("schedule", PlannedPurchase, purchases)


def table_of_curves(listed: Sequence[CommitmentOffer]) -> Table:
    """Return one row for each point of each offer's curve."""
    named = ("kind", "sku_id", "region", "term_years", "payment")
    rows = [
        (*(getattr(one, field) for field in named), point, cost)
        for one in listed
        for point, cost in zip(one.curve.committed, one.curve.monthly_costs, strict=True)
    ]
    names = (*named, "committed", "monthly_cost")
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    return Table("curves", {name: list(cells) for name, cells in zip(names, columns, strict=True)})


def table_of_rates(listed: Sequence[SavingsPlanRate]) -> Table:
    """Return the rates of savings plans as a table."""
    fields = SavingsPlanRate.__struct_fields__
    return Table("rates", {field: [getattr(one, field) for one in listed] for field in fields})
