"""Serverless capacity units: Aurora's ACU, DocumentDB's DCU and Neptune's NCU.

Each is about 2 GiB of memory with the CPU and network that belong to it [1]_. An instance scales
between a minimum and a maximum, in steps of half a unit, and is billed for what it has.

References
----------
.. [1] "How Aurora Serverless v2 works", user guide (2026),
   https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2.how-it-works.html
"""

from collections.abc import Mapping

import numpy as np

from pricing.arrays import Numbers
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
