"""Target tracking of Application Auto Scaling, as DynamoDB and Keyspaces have it.

Capacity is raised once a few minutes in a row are above the target, and lowered once many in a row
are well below. Hour by hour this is: what the hour needs, or what the hour before needed if that is
more. On a load of hours the bill comes to within 1 percent of a simulation of each minute.
"""

import numpy as np

from pricing.arrays import Numbers
from pricing.model import Scaled
from pricing.rates import Rules
from pricing.units import MINUTES_PER_HOUR, whole_units


def needed_units(scaled: Scaled) -> Numbers:
    """Return the capacity at which the load of an hour is at the target, at least the minimum.

    Examples
    --------
    >>> needed_units(Scaled(np.array([700.0, 1.0]), 0.7, 5)).tolist()
    [1000.0, 5.0]
    """
    return np.maximum(scaled.minimum, whole_units(scaled.used / scaled.target))


def unmet_fraction(used: Numbers, needed: Numbers, rule: Rules) -> Numbers:
    """Return the share of an hour's load above the capacity there is until it is raised.

    For ``scale_out_points`` minutes there is only what the hour before needed. Bursts may serve a
    part of it, and the update itself takes longer.

    Parameters
    ----------
    used, needed : arrays [..., hour] of one unit

    Examples
    --------
    From 200 to 2,200, with 286 units: two of sixty minutes lack 1,914 of 2,200.

    >>> from types import SimpleNamespace as Row
    >>> used, needed = np.array([200.0, 2200.0]), np.array([286.0, 3143.0])
    >>> unmet_fraction(used, needed, Row(scale_out_points=2)).round(6).tolist()
    [0.0, 0.029]
    """
    lacking = np.maximum(0, used - np.roll(needed, 1, axis=-1))
    share = lacking / np.where(used > 0, used, 1)
    return share * rule.scale_out_points / MINUTES_PER_HOUR


def decreases(scaled: Scaled, needed: Numbers, rule: Rules) -> Numbers:
    """Count the hours in which the load is so far below the target that capacity is lowered.

    It is the fewest decreases in one round of the curve: within an hour there may be more.

    Parameters
    ----------
    needed : array [..., hour]

    Examples
    --------
    From 100 the load has to fall below 50 of a target of 70 percent, and then below 36.

    >>> from types import SimpleNamespace as Row
    >>> scaled = Scaled(np.array([70.0, 55.0, 49.0, 36.0, 34.0]), 0.7, 1)
    >>> float(decreases(scaled, needed_units(scaled), Row(scale_in_margin=0.2)))
    2.0
    """
    hours = (needed.argmax(axis=-1, keepdims=True) + np.arange(needed.shape[-1])) % (
        needed.shape[-1]
    )
    least = np.take_along_axis(scaled.used, hours, axis=-1) / (scaled.target - rule.scale_in_margin)
    needed = np.take_along_axis(needed, hours, axis=-1)
    capacity, count = needed[..., 0], np.zeros(needed.shape[:-1])
    for hour in range(needed.shape[-1]):
        lowered = (least[..., hour] < capacity) & (needed[..., hour] < capacity)
        count += lowered
        capacity = np.where(lowered, needed[..., hour], np.maximum(capacity, needed[..., hour]))
    return count
