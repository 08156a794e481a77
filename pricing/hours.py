"""A workload over the hours of a curve: its month, the ways to pay for it, and what scales with it.

The curve multiplies the numbers that the service says vary; hours are the last axis. The month is
folded from them as :func:`pricing.engine.folded` says.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np

from pricing import engine
from pricing.arrays import Numbers
from pricing.engine import Bill, Curves
from pricing.kit.autoscaling import billed_units, decreases, followed, unmet_fraction
from pricing.model import Hourly, Scaled, Service, WorkloadFields
from pricing.rates import RateCard
from pricing.units import HOURS_PER_DAY


def curves(service: Service, workload: Any, card: RateCard, multipliers: Numbers) -> Curves:
    """Return the numbers that vary, hour by hour.

    Those that are zero in every row stay out, unless all are: the hours are an axis even then. Of
    a service whose loads have no hours, one hour stands for all.

    Parameters
    ----------
    workload : columns, with the shape of the batch
    multipliers : array [..., hour] that broadcasts to the batch [1]
    """
    if service.hourly is None:
        return {"hours_per_month": workload.hours_per_month[..., np.newaxis]}
    means = {name: getattr(workload, name) for name in service.hourly.varies}
    means |= service.hourly.means(workload, card.rules)
    present = {name: mean for name, mean in means.items() if mean.any()} or means
    highest = multipliers.max(axis=-1, keepdims=True)
    peaks = {name: getattr(workload, name)[..., np.newaxis] for name in service.hourly.peaks}
    varying = {name: mean[..., np.newaxis] * multipliers for name, mean in present.items()}
    return varying | {name: peak * highest for name, peak in peaks.items()}


def hourly(service: Service) -> Hourly:
    """Return how a service goes through the hours.

    Raises
    ------
    ValueError
        if it does not say so.
    """
    if service.hourly is None:
        raise ValueError(f"{service.key} has no hours. {service.steady}")
    return service.hourly


def price(service: Service, workload: Any, card: RateCard, multipliers: Numbers) -> Bill:
    """Price columns over a curve, as one month; see :func:`pricing.engine.price`."""
    return engine.price(service, workload, card, curves(service, workload, card, multipliers))


def priced_modes(
    service: Service, row: WorkloadFields, card: RateCard, multipliers: Numbers
) -> Bill | None:
    """Price one workload in every mode that its service tells apart, in their order.

    ``multipliers`` are those of one curve [hour]. There is no bill where there are no modes.
    """
    modes = _modes(service, row)
    return None if modes is None else price(service, modes, card, multipliers)


def modes_by_hour(
    service: Service, row: WorkloadFields, card: RateCard, multipliers: Numbers
) -> Bill:
    """Return the bill of each hour in every mode [mode, hour]; see :func:`by_hour`."""
    return by_hour(service, _modes(service, row), card, multipliers)


def by_hour(service: Service, workload: Any, card: RateCard, multipliers: Numbers) -> Bill:
    """Return the bill of each hour [..., hour], each as a month of such hours.

    Tiers and allowances are those of such a month, so sums over the hours may miss the month's.
    """
    metered = engine.metered(service, workload, card, curves(service, workload, card, multipliers))
    shape = (*workload.name.shape, multipliers.shape[-1])
    return engine.billed(engine.by_hour(metered, shape))


def _modes(service: Service, row: WorkloadFields) -> Any:
    """Return a workload in every mode that its service tells apart; None where there are none."""
    rows = [msgspec.structs.replace(row, **mode) for mode in hourly(service).modes.values()]
    return engine.columns(service.workload, rows) if rows else None


@dataclass(frozen=True, eq=False)
class Scaling:
    """Capacity of one kind over the hours of a curve; arrays are [row, hour] or [row].

    Units are those of the capacity, of each of ``count`` alike.
    """

    used: Numbers
    fixed: Numbers
    """What is provisioned without auto scaling: the busiest hour with its peak, [row]."""
    scaled: Numbers
    """What is billed of each hour with auto scaling."""
    unmet: Numbers
    """Share of each hour's load that is above the capacity there is until it is raised."""
    decreases: Numbers
    """Fewest decreases in a day, [row]."""
    alarms: Numbers
    """CloudWatch alarms that auto scaling makes, [row]."""
    advised_minimum: Numbers
    """Least capacity that AWS advises, [row]; NaN where it advises none."""
    advised_maximum: Numbers
    """Most capacity that AWS advises, likewise."""


def scalings(
    service: Service, workload: Any, card: RateCard, multipliers: Numbers
) -> dict[str, Scaling]:
    """Return what auto scaling would do to each kind of capacity, by name.

    It is told whatever the mode of the workload is. Kinds of which nobody has one are left out.
    """
    varying = curves(service, workload, card, multipliers)
    demand = engine.reshape(workload, lambda column: column[..., np.newaxis])
    demand = msgspec.structs.replace(demand, **varying)
    shape = (*workload.name.shape, multipliers.shape[-1])
    found = hourly(service).scaled(demand, card.rules)
    return {name: _scaling(filled(one, shape)) for name, one in found.items() if np.any(one.count)}


def filled(scaled: Scaled, shape: tuple[int, ...]) -> Scaled:
    """Return what scales with every array of the full shape."""
    used, minimum, fixed, count = (
        np.broadcast_to(one, shape)
        for one in (scaled.used, scaled.minimum, scaled.fixed, scaled.count)
    )
    return scaled._replace(used=used, minimum=minimum, fixed=fixed, count=count)


def _scaling(scaled: Scaled) -> Scaling:
    capacity, days = followed(scaled), scaled.used.shape[-1] / HOURS_PER_DAY
    none = np.full(capacity.shape[:-1], np.nan)
    least, most = (none, none) if scaled.advised is None else scaled.advised(scaled.used)
    return Scaling(
        used=scaled.used,
        fixed=scaled.fixed.max(axis=-1),
        scaled=billed_units(scaled, capacity),
        unmet=unmet_fraction(scaled, capacity),
        decreases=decreases(capacity) / days,
        alarms=scaled.count[..., 0] * scaled.policy.scaling_alarms,
        advised_minimum=least,
        advised_maximum=most,
    )


def break_even(service: Service, workload: Any, card: RateCard) -> Mapping[str, Numbers]:
    """Return the utilisation above which provisioned capacity costs less, by name [share]."""
    return hourly(service).break_even(workload, card.rules)
