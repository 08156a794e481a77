"""Several limits at once: the smallest, and its name.

A limit that AWS does not publish is NaN. Amazon EC2 is an example: an instance with its volumes can
use only the lower of what both sustain [1]_.

References
----------
.. [1] "Amazon EBS-optimized instance types", EC2 user guide (2023-06-15),
   https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ebs-optimized.html
"""

from collections.abc import Mapping

import numpy as np

from pricing.arrays import Flags, Numbers, Words
from pricing.rates import WordColumn

UNKNOWN = "unknown"
"""The name of the binding limit where any limit is not known."""

LEAST_SAVING = 1_000_000
"""The cost over the least difference of two costs that is told."""


def known(numbers: Numbers) -> Flags:
    """Return where numbers are known."""
    return numbers == numbers


def whole_below(numbers: Numbers) -> Numbers:
    """Return numbers rounded down to whole ones; NaN where they are not known.

    Examples
    --------
    >>> whole_below(np.array([2.9, np.nan])).tolist()
    [2.0, nan]
    """
    found = known(numbers)
    return np.where(found, np.floor(np.where(found, numbers, 0)), np.nan)


def smaller(one: Numbers, other: Numbers) -> Numbers:
    """Return the smaller of two limits; NaN where either is not known.

    Examples
    --------
    >>> smaller(np.array([3, 3, np.nan]), np.array([2, np.nan, 2])).tolist()
    [2.0, nan, nan]
    """
    return np.where(known(one) & known(other), np.where(other < one, other, one), np.nan)


def smaller_known(one: Numbers, other: Numbers) -> Numbers:
    """Return the smaller of two limits, or the known one if only one is known.

    Examples
    --------
    >>> smaller_known(np.array([3, 3, np.nan]), np.array([2, np.nan, 2])).tolist()
    [2.0, 3.0, 2.0]
    """
    either = np.where(known(one), one, other)
    return np.where(other < either, other, either)


def limited_by(limits: Mapping[str, Numbers]) -> Words:
    """Return the name of the smallest of several limits; the first of equal ones.

    Parameters
    ----------
    limits : arrays by name, which broadcast and have one unit

    Returns
    -------
    a column of these names; :data:`UNKNOWN` where any limit is not known

    Examples
    --------
    >>> volume, instance = np.array([12000, 3000, 3000]), np.array([6000, 6000, np.nan])
    >>> limited_by({"volume": volume, "instance": instance}).tolist()
    ['instance', 'volume', 'unknown']
    """
    stack = np.stack(np.broadcast_arrays(*limits.values()), axis=-1)
    every = known(stack).all(axis=-1)
    return WordColumn(np.where(every, stack.argmin(axis=-1), len(limits)), (*limits, UNKNOWN))


def between(asked: Numbers, least: Numbers, most: Numbers) -> Numbers:
    """Return what is asked, lowered to the most and then raised to the least.

    A bound that is NaN has no effect. If the least is above the most, the least wins.

    Examples
    --------
    >>> between(np.array([1, 5, 9]), 2, 8).tolist(), between(np.array([1, 9]), np.nan, 8).tolist()
    ([2, 5, 8], [1.0, 8.0])
    """
    cut = np.where(asked > most, most, asked)
    return np.where(cut < least, least, cut)


def saving(own: Numbers, other: Numbers) -> Numbers:
    """Return how much less the other costs [USD]; 0 where it does not, or a cost is not known.

    A difference below a millionth of the cost is none: what is left of two large numbers is noise.

    Examples
    --------
    >>> saving(np.array([100, 100, 100, np.nan]), np.array([60, 140, 99.99999, 1])).tolist()
    [40.0, 0.0, 0.0, 0.0]
    """
    less = own - other
    return np.where(less > own / LEAST_SAVING, less, 0)
