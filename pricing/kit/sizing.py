"""How many units a load needs where it has several needs at once, and which need binds.

Amazon Kinesis sizes the shards of a stream so [1]_, and Amazon DynamoDB the partitions of a
table [2]_: each need gives a number, and the largest is provided.

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
from pricing.rates import Choice
from pricing.units import whole_units


class Need(NamedTuple):
    """How many whole units are needed [1], and the name of the need that they follow from."""

    count: Numbers
    binding: Words


def largest(needs: Mapping[str, Numbers], least: Numbers = 1, least_name: str = "least") -> Need:
    """Return the units that the largest of several needs takes, and name it.

    Parameters
    ----------
    needs : by name, the units that each takes, not rounded [1]; arrays that broadcast
    least : the fewest units there may be [1]
    least_name : the name of the binding need where that is more than all others

    Returns
    -------
    whole units, and the need that binds; of equal needs the first

    Examples
    --------
    AWS's Kinesis calculator: 10,000 records a second of 0.5 KB for two consumers take 10 shards;
    the records bind.

    >>> loads = {"bytes_in": np.array([4.88]), "records_in": np.array([10.0])}
    >>> count, binding = largest(loads)
    >>> count.tolist(), binding.tolist()
    ([10.0], ['records_in'])
    """
    stack = np.stack(np.broadcast_arrays(*needs.values()), axis=-1)
    count = whole_units(stack.max(axis=-1))
    binding = np.where(count < least, len(needs), stack.argmax(axis=-1))
    return Need(np.maximum(least, count), Choice(binding, (*needs, least_name)))
