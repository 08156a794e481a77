"""Serverless capacity units: Aurora's ACU, DocumentDB's DCU and Neptune's NCU.

Each is about 2 GiB of memory with the CPU and network that belong to it [1]_. An instance scales
between a minimum and a maximum, in steps of half a unit, and is billed for what it has.

References
----------
.. [1] "How Aurora Serverless v2 works", user guide (2026),
   https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2.how-it-works.html
"""

from collections.abc import Callable, Mapping

import numpy as np

from pricing.arrays import Flags, Numbers
from pricing.kit.autoscaling import AT_ONCE
from pricing.model import Scaled
from pricing.units import whole_units


def in_steps(units: Numbers, step: Numbers) -> Numbers:
    """Return capacity rounded up to whole steps [units].

    Examples
    --------
    >>> in_steps(np.array([5.9, 6.0, 0.1]), 0.5).tolist()
    [6.0, 6.0, 0.5]
    """
    return whole_units(units / step) * step


def at_capacity(units: Numbers, published: Mapping[str, Numbers]) -> Numbers:
    """Return what AWS publishes for the largest listed capacity that is not above ``units``.

    Parameters
    ----------
    published : numbers by capacity, in ascending order

    Returns
    -------
    array of the shape of ``units``; NaN below the first capacity listed

    Examples
    --------
    >>> at_capacity(np.array([0.25, 0.5, 6]), {"0.5": 90, "4": 135}).tolist()
    [nan, 90.0, 135.0]
    """
    found = np.full(np.shape(units), np.nan)
    for least, number in published.items():
        found = np.where(units >= float(least), number, found)
    return found


def following(
    field: str,
    units: Numbers,
    bounds: tuple[Numbers, Numbers],
    serverless: Flags,
    advised: Callable[[Numbers], tuple[Numbers, Numbers]] | None = None,
) -> Scaled:
    """Return capacity that follows its load at once between two bounds: AWS publishes no rate [1]_.

    Parameters
    ----------
    field : the workload's mean units
    units : what the load takes [..., hour] [units]; 0 is not known
    bounds : the least and the most capacity [units]
    serverless : where the workload has such capacity
    advised : computes the bounds that AWS advises for the loads of hours

    Examples
    --------
    >>> from pricing.kit.autoscaling import needed_units
    >>> needed_units(following("mean_acu", np.array([0.1, 3.2, 9.0]), (0.5, 8), True)).tolist()
    [0.5, 3.2, 8.0]
    """
    known = serverless & (np.max(units, axis=-1, keepdims=True) > 0)
    load, count, (least, most) = np.where(known, units, 0), np.where(known, 1, 0), bounds
    scaled = Scaled(field, AT_ONCE, load, 1, least, load, count, known)
    return scaled._replace(whole=False, maximum=most, by_the_hour=False, advised=advised)
