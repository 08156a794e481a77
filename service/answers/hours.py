"""The hours of a workload: its month, the ways to pay for it, and what auto scaling does."""

from collections.abc import Iterator, Mapping
from functools import cache
from itertools import repeat
from typing import Annotated, Any, Literal

import msgspec
import numpy as np
from msgspec import Struct

from pricing import advice, curve, engine, hours, offers
from pricing.advice import Preferences
from pricing.arrays import Numbers
from pricing.catalogue import Catalogue
from pricing.hours import Scaling
from pricing.model import Service
from pricing.quantities import about, measured
from pricing.rates import RateCard
from pricing.rounding import money, nullable, totals
from pricing.units import HOURS_PER_DAY, HOURS_PER_MONTH
from service.answers.estimates import answer_types, estimates
from service.formats.table import Table, of_records
from service.requests.hours import multipliers


class CurveSummary(Struct, frozen=True):
    """The curve that the load follows, over and over."""

    hours: Annotated[int, measured("h", "Hours of the curve.")]
    peak_to_mean: Annotated[float, about("Load of the busiest hour over the mean.")]
    lowest_to_mean: Annotated[float, about("Load of the calmest hour over the mean.")]
    largest_rise: Annotated[
        float | None,
        about(
            "Largest load of an hour over that of the hour before; null after an hour without any."
        ),
    ]


class RiseLine(Struct, frozen=True):
    """Whether the load rises faster than what is on demand follows: a rule of AWS."""

    rule: str
    value: Annotated[
        float | None, about("Largest load of an hour over that before; null after none.")
    ]
    limit: Annotated[float, about("Load that is served at once, over the peak before.")]
    minutes: Annotated[float, about("A rise beyond the limit in less time may be throttled.")]
    hours: Annotated[list[int], about("Hours of the curve, from 0, that rise beyond it.")]
    status: Annotated[
        Literal["ok", "attention"],
        about("`attention`: let the load rise over these minutes, or warm up before."),
    ]
    statement: str
    reference: str
    grade: Annotated[str, about("A: AWS's own words. B: a dated secondary source.")]


class ModeLine(Struct, frozen=True):
    """What the month costs in one mode."""

    mode: str
    monthly_cost: Annotated[float | None, about("USD; null if a charge is unpriced.")]
    difference_to_cheapest: Annotated[float | None, about("Cost less that of the cheapest [USD].")]
    committed_monthly_cost: Annotated[
        float | None,
        about(
            "With the reservations and the savings plan that cost least on this curve, of up to"
            " three years [USD]; null where months have other than 730 hours."
        ),
    ]


class ModeBreakEven(Struct, frozen=True):
    """Where provisioned capacity and requests cost the same, at list prices."""

    kind: str
    utilization: Annotated[
        float | None,
        about("Used over provisioned capacity, both means; above it provisioned costs less."),
    ]


class ScaledLine(Struct, frozen=True):
    """One kind of capacity as auto scaling would set it, whatever the workload's mode is.

    Hours are even within themselves; what differs between minutes is not seen.
    """

    capacity: str
    mean_used: Annotated[
        float,
        measured("Units", "Used in the mean, of each of its kind: units a second, nodes or ACUs."),
    ]
    provisioned_at_peak: Annotated[
        float, measured("Units", "What stands without auto scaling: the peak.")
    ]
    mean_autoscaled: Annotated[float, measured("Units", "Billed in the mean, if scaled.")]
    most_autoscaled: Annotated[float, measured("Units", "Billed in the busiest hour.")]
    unmet_fraction: Annotated[
        float,
        measured(
            "share",
            "Load above the capacity until it is raised, over all load; bursts may serve a part.",
        ),
    ]
    decreases_per_day: Annotated[
        float, about("Fewest decreases; DynamoDB and Keyspaces allow 27 a day.")
    ]
    alarms: Annotated[float, about("CloudWatch alarms that auto scaling makes; in its cost.")]
    advised_minimum: Annotated[
        float | None, about("Least that AWS advises for this curve; null where it advises none.")
    ]
    advised_maximum: Annotated[float | None, about("Most that AWS advises, likewise.")]


class HourRecord(Struct, frozen=True, gc=False):
    """One hour of the curve, of one kind of capacity where any may be scaled."""

    hour: Annotated[int, about("Hour of the curve, from 0.")]
    day: Annotated[int, about("Day of the curve, from 0.")]
    hour_of_day: int
    load: Annotated[float, about("Load over the mean.")]
    capacity: Annotated[str, about("Kind of capacity; empty where none is scaled.")]
    used: Annotated[float | None, measured("Units", "Mean units used.")]
    provisioned: Annotated[float | None, measured("Units", "Stands without auto scaling.")]
    autoscaled: Annotated[float | None, measured("Units", "Billed with auto scaling.")]
    unmet_fraction: Annotated[float | None, measured("share", "Load above what there is.")]


@cache
def answer_type(service: Service) -> type[Struct]:
    """Make the answer of a service, once."""
    answer = msgspec.defstruct(
        f"{service.prefix}HoursAnswer",
        [
            ("curve", CurveSummary),
            ("estimate", answer_types(service).estimate),
            ("modes", list[ModeLine]),
            ("break_even", list[ModeBreakEven]),
            (
                "on_demand",
                Annotated[
                    list[RiseLine], about("What AWS serves on demand at once; empty if all.")
                ],
            ),
            ("scaled", list[ScaledLine]),
            ("hours", list[HourRecord]),
        ],
        frozen=True,
    )
    answer.__doc__ = f"One {service.name} workload over the hours of a curve."
    return answer


def view(service: Service, asked: Any, prices: Catalogue) -> Any:
    """Price a workload over a curve, in every mode, and tell each hour."""
    card = prices.card(service.key)
    load, workload = multipliers(asked), engine.columns(service.workload, [asked.workload])
    (estimate,) = estimates(hours.price(service, workload, card, load))
    scalings = hours.scalings(service, workload, card, load)
    return answer_type(service)(
        _summary(load),
        estimate,
        _modes(service, asked, prices, load),
        _break_even(hours.break_even(service, workload, card)),
        _rises(card, load),
        list(map(_scaled, scalings, scalings.values())),
        list(_hours(load, scalings)),
    )


def _summary(load: Numbers) -> CurveSummary:
    return CurveSummary(len(load), float(load.max()), float(load.min()), _largest_rise(load))


def _largest_rise(load: Numbers) -> float | None:
    """Return the largest rise from an hour to the next; None where it follows no load."""
    most = float(curve.rises(load).max())
    return most if np.isfinite(most) else None


def _rises(card: RateCard, load: Numbers) -> list[RiseLine]:
    """Compare the rises of a load with what is served on demand at once, if a rule says so.

    The curve repeats itself: once its highest hour was there, AWS serves it. So it is the first
    time that counts.
    """
    told = card.table.description.rules.get("doubling_minutes")
    if told is None:
        return []
    limit: Any = card.rules.on_demand_growth
    beyond = np.flatnonzero(curve.rises(load) > limit).tolist()
    return [
        RiseLine(
            "on_demand_growth",
            _largest_rise(load),
            limit,
            card.rules.doubling_minutes,
            beyond,
            "attention" if beyond else "ok",
            told.statement,
            told.reference,
            told.grade,
        )
    ]


def _modes(service: Service, asked: Any, prices: Catalogue, load: Numbers) -> list[ModeLine]:
    bill = hours.priced_modes(service, asked.workload, prices.card(service.key), load)
    if bill is None:
        return []
    costs, complete = totals(bill)
    costs = np.where(complete, costs, np.nan)
    cheapest = np.nanmin(costs) if complete.any() else np.nan
    names = hours.hourly(service).modes
    committed = money(costs - _savings(service, asked.workload, prices, load))
    columns = (costs, money(costs - cheapest), committed)
    return list(map(ModeLine, names, *map(nullable, columns)))


def _savings(service: Service, row: Any, prices: Catalogue, load: Numbers) -> Numbers:
    """Return what the best commitments save in a month in each mode [mode] [USD]."""
    modes = hours.hourly(service).modes
    if row.hours_per_month != HOURS_PER_MONTH:
        return np.full(len(modes), np.nan)
    bill = hours.modes_by_hour(service, row, prices.card(service.key), load)
    each = (engine.rows_of_bill(bill, slice(mode, mode + 1)) for mode in range(len(modes)))
    found = (advice.advised(offers.counted([one]), prices, Preferences()) for one in each)
    return np.array([one.saving for one in found])


def _break_even(found: Mapping[str, Numbers]) -> list[ModeBreakEven]:
    return [ModeBreakEven(kind, nullable(share)[0]) for kind, share in found.items()]


def _scaled(name: str, one: Scaling) -> ScaledLine:
    used, units = one.used[0], one.scaled[0]
    unmet = float((one.unmet[0] * used).sum() / max(used.sum(), np.finfo(float).tiny))
    return ScaledLine(
        name,
        float(used.mean()),
        float(one.fixed[0]),
        float(units.mean()),
        float(units.max()),
        unmet,
        float(one.decreases[0]),
        float(one.alarms[0]),
        *(nullable(bound)[0] for bound in (one.advised_minimum, one.advised_maximum)),
    )


def _hours(load: Numbers, scalings: Mapping[str, Scaling]) -> Iterator[HourRecord]:
    """Yield the hours of each kind of capacity, or the hours alone where there is none."""
    places = range(len(load))
    days, hours_of_day = zip(*(divmod(hour, HOURS_PER_DAY) for hour in places), strict=True)
    when = (places, days, hours_of_day, load.tolist())
    for name, one in scalings.items():
        arrays = (one.used[0], np.broadcast_to(one.fixed, len(load)), one.scaled[0], one.unmet[0])
        yield from map(HourRecord, *when, repeat(name), *(array.tolist() for array in arrays))
    if not scalings:
        yield from map(HourRecord, *when, repeat(""), *[repeat(None)] * 4)


RECORDS: dict[str, type[Struct]] = {
    "hours": HourRecord,
    "modes": ModeLine,
    "scaled": ScaledLine,
}
"""The record of each view."""


def table(view: str, answer: Any) -> Table:
    """Return one view of the answer as a table."""
    return of_records(view, RECORDS[view], getattr(answer, view))
