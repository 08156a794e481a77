"""The number of units that a load with several needs takes, and which need binds.

This is how Amazon Kinesis sizes the shards of a stream [1]_ and Amazon DynamoDB the partitions of a
table [2]_: each need takes a number of units, and the largest number counts.

References
----------
.. [1] "Amazon Kinesis Data Streams quotas and limits", developer guide (2026),
   https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html
.. [2] "Partitions and data distribution", DynamoDB developer guide (2026),
   https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.Partitions.html
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from pricing.arrays import Numbers, Words
from pricing.rates import WordColumn
from pricing.units import whole_units


class Need(NamedTuple):
    """The whole units needed [1], and the name of the need that determines them."""

    count: Numbers
    binding: Words


def largest(needs: Mapping[str, Numbers], least: Numbers = 1, least_name: str = "least") -> Need:
    """Return the units that the largest of several needs takes, and that need's name.

    Parameters
    ----------
    needs : the units that each need takes, by name, not rounded [1]; arrays that broadcast
    least : the fewest units allowed [1]
    least_name : the name to return where that minimum binds

    Returns
    -------
    whole units, and the need that binds; the first of equal needs

    Examples
    --------
    AWS's Kinesis calculator: 10,000 records a second of 0.5 KB for two consumers take 10 shards.
    The records bind.

    >>> loads = {"bytes_in": np.array([4.88]), "records_in": np.array([10.0])}
    >>> count, binding = largest(loads)
    >>> count.tolist(), binding.tolist()
    ([10.0], ['records_in'])
    """
    stack = np.stack(np.broadcast_arrays(*needs.values()))
    count = whole_units(stack.max(axis=0))
    binding = np.where(count < least, len(needs), stack.argmax(axis=0))
    return Need(np.maximum(least, count), WordColumn(binding, (*needs, least_name)))


def whole_need(needs: Mapping[str, Numbers]) -> Numbers:
    """Return the whole units that the largest of several needs takes [1].

    Examples
    --------
    >>> whole_need({"bytes_in": np.array([4.88, 0]), "records_in": np.array([2, 0])}).tolist()
    [5.0, 0.0]
    """
    return whole_units(np.maximum.reduce(np.broadcast_arrays(*needs.values())))
