"""Target tracking of Application Auto Scaling: what it makes of capacity, hour by hour.

Capacity is raised once some minutes in a row are above the target, and lowered once many in a row
are well below. Between both it stays as it is. The numbers are a :class:`~pricing.model.Policy`,
which the tables of a service hold as rules. On a load of hours the bill comes to within 1 percent
of a simulation of each minute.
"""

import msgspec
import numpy as np

from pricing.arrays import Numbers
from pricing.model import Policy, Scaled, Service
from pricing.rates import Rules
from pricing.units import MINUTES_PER_HOUR, whole_units

AT_ONCE = Policy(0, 0, 1, 0, 0, 0)
"""Capacity that follows the load without a delay that AWS publishes."""


ROUNDS = 4
"""How often a curve is gone round at most, until each hour is as it was the time before."""


def policy(rule: Rules, prefix: str = "") -> Policy:
    """Return the policy that the rules of a table tell.

    Parameters
    ----------
    prefix : what stands before the names of its rules, where a service has several

    Examples
    --------
    >>> from types import SimpleNamespace as Row
    >>> rule = Row(scale_out_points=2, scale_in_points=15, scale_in_ratio=1, scale_in_margin=0.2,
    ...            scale_out_step=0, scaling_alarms=4)
    >>> policy(rule).scale_in_margin
    0.2
    """
    return Policy._make(getattr(rule, prefix + name) for name in Policy._fields)


def needed_units(scaled: Scaled) -> Numbers:
    """Return the capacity at which the load of an hour is at the target, within its range.

    Examples
    --------
    >>> load = np.array([700.0, 1.0, 9000.0])
    >>> needed_units(Scaled("", AT_ONCE, load, 0.7, 5, load, maximum=8000)).tolist()
    [1000.0, 5.0, 8000.0]
    """
    units = scaled.used / scaled.target
    units = whole_units(units) if scaled.whole else units
    return np.maximum(scaled.minimum, np.minimum(units, scaled.maximum))


def followed(scaled: Scaled) -> Numbers:
    """Return the capacity at the end of each hour, once the curve has gone round [..., hour].

    Examples
    --------
    From 100 the load has to fall below 50 of a target of 70 percent, and then below 36.

    >>> rule, load = Policy(2, 15, 1, 0.2, 0, 4), np.array([70.0, 55.0, 49.0, 36.0, 34.0])
    >>> followed(Scaled("", rule, load, 0.7, 1, load)).tolist()
    [100.0, 100.0, 70.0, 70.0, 49.0]

    AWS's own: 10 percent above the target of 50 shards add 10, which are 20 percent of them.

    >>> rule, load = Policy(3, 15, 0.75, 0, 0.2, 2), np.array([50.0, 55.0, 50.0])
    >>> followed(Scaled("", rule, load, 1, 1, load)).tolist()
    [60.0, 60.0, 60.0]
    """
    needed, low = needed_units(scaled), low_use(scaled)
    each = np.broadcast_arrays(scaled.used, low, needed)
    hours = list(zip(*(np.moveaxis(one, -1, 0) for one in each), strict=True))
    capacity, found = np.min(needed, axis=-1), np.full((len(hours), *needed.shape[:-1]), np.nan)
    for hour in list(range(len(hours))) * ROUNDS:
        capacity = after_an_hour(capacity, hours[hour], scaled.policy)
        if np.array_equal(capacity, found[hour]):
            break
        found[hour] = capacity
    return np.moveaxis(found, 0, -1)


def low_use(scaled: Scaled) -> Numbers:
    """Return the share of capacity below which the use is low [share]."""
    return scaled.target * scaled.policy.scale_in_ratio - scaled.policy.scale_in_margin


def after_an_hour(
    capacity: Numbers, hour: tuple[Numbers, Numbers, Numbers], rule: Policy
) -> Numbers:
    """Return the capacity at the end of an hour, from that at its beginning [units].

    Parameters
    ----------
    hour : units that it takes, the share of capacity below which a use is low, and the capacity at
        which it is at the target
    """
    used, low, needed = hour
    raised = needed
    if rule.scale_out_step:
        step = whole_units(capacity * (1 + rule.scale_out_step))
        raised = np.where(needed > capacity, np.maximum(needed, step), needed)
    return np.where((needed <= capacity) & (used >= low * capacity), capacity, raised)


def before(units: Numbers) -> Numbers:
    """Return what there was at the beginning of each hour [..., hour]; the last precedes the first.

    Examples
    --------
    >>> before(np.array([1, 2, 3])).tolist()
    [3, 1, 2]
    """
    return np.roll(units, 1, axis=-1)


def billed_units(scaled: Scaled, capacity: Numbers) -> Numbers:
    """Return the units that each hour is billed: the most there were, or their mean in time.

    What an hour raises is billed from its beginning.

    Parameters
    ----------
    capacity : what there is at the end of each hour [..., hour]

    Examples
    --------
    Of 8 units, 4 are taken away after a quarter of the hour.

    >>> load, rule = np.array([8.0, 4.0]), Policy(0, 15, 1, 0, 0, 2)
    >>> billed_units(Scaled("", rule, load, 1, 1, load), load).tolist()
    [8.0, 8.0]
    >>> billed_units(Scaled("", rule, load, 1, 1, load, by_the_hour=False), load).tolist()
    [8.0, 5.0]
    """
    there, rule = before(capacity), scaled.policy
    if scaled.by_the_hour:
        return np.maximum(there, capacity)
    return capacity + np.maximum(0, there - capacity) * rule.scale_in_points / MINUTES_PER_HOUR


def unmet_fraction(scaled: Scaled, capacity: Numbers) -> Numbers:
    """Return the share of each hour's load above the capacity there is.

    For some minutes there is only what the hour before left, and never more than the maximum.
    Bursts may serve a part of it, and the update itself takes longer.

    Examples
    --------
    From 200 to 2,200, with 286 units: two of sixty minutes lack 1,914 of 2,200.

    >>> load, units = np.array([200.0, 2200.0]), np.array([286.0, 3143.0])
    >>> scaled = Scaled("", Policy(2, 15, 1, 0.2, 0, 4), load, 0.7, 5, load)
    >>> unmet_fraction(scaled, units).round(6).tolist()
    [0.0, 0.029]
    """
    used, share = scaled.used, scaled.policy.scale_out_points / MINUTES_PER_HOUR
    at_first, later = (np.maximum(0, used - units) for units in (before(capacity), capacity))
    lacking = np.maximum(at_first, later) * share + later * (1 - share)
    return lacking / np.where(used > 0, used, 1)


def decreases(capacity: Numbers) -> Numbers:
    """Count the hours in which capacity is lowered, in one round of the curve.

    It is the fewest decreases: within an hour there may be more.

    Examples
    --------
    >>> int(decreases(np.array([9, 9, 5, 7, 4])))
    2
    """
    return (capacity < before(capacity)).sum(axis=-1)


def with_scaled(service: Service, demand: msgspec.Struct, rule: Rules) -> msgspec.Struct:
    """Return a workload whose least capacity is, in each hour, what auto scaling provides.

    Parameters
    ----------
    demand : columns with a last axis of hours
    """
    if service.hourly is None:
        return demand
    least = {}
    for one in service.hourly.scaled(demand, rule).values():
        given = getattr(demand, one.field)
        if np.any(one.stands):
            most = np.max(one.fixed, axis=-1, keepdims=True)
            least[one.field] = given = np.where(one.stands, np.maximum(given, most), given)
        if np.any(one.scales):
            units = billed_units(one, followed(one))
            least[one.field] = np.where(one.scales, units, given)
    return msgspec.structs.replace(demand, **least)
