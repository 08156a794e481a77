"""Requests billed in units: the size of each is rounded up to a multiple of a unit.

Amazon DynamoDB rounds a read up to 4 KB and a write to 1 KB [1]_. Amazon Kinesis rounds a record up
to 25 KB, or on demand to 1 KB [2]_. Amazon Data Firehose rounds a record up to 5 KB [3]_. Amazon
SQS rounds a request up to 64 KB [4]_.

A workload gives a mean size, which is rounded. If sizes vary, the mean of the rounded sizes can
differ from it, by less than one unit a request. It is the same if all round to the same size.

References
----------
.. [1] "DynamoDB read and write operations", developer guide (2026),
   https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
.. [2] "Amazon Kinesis Data Streams pricing" (2025-11),
   https://aws.amazon.com/kinesis/data-streams/pricing/
.. [3] "Amazon Data Firehose pricing" (2026), https://aws.amazon.com/firehose/pricing/
.. [4] "Amazon SQS pricing" (2026), https://aws.amazon.com/sqs/pricing/
"""

from pricing.arrays import Numbers
from pricing.units import whole_units


def billed_units(size_bytes: Numbers, unit_bytes: Numbers) -> Numbers:
    """Return the units that a request is billed as [1]; its size must be above zero.

    Parameters
    ----------
    size_bytes : mean size of a request [B]
    unit_bytes : size of a unit [B]

    Examples
    --------
    AWS's own: an item of 1.5 KB takes two write units of 1 KB. Ten messages of 40 KB, received
    together, are seven requests of 64 KB.

    >>> float(billed_units(1.5 * 1024, 1024)), float(billed_units(400 * 1024, 64 * 1024))
    (2.0, 7.0)
    """
    return whole_units(size_bytes / unit_bytes)


def billed_bytes(size_bytes: Numbers, unit_bytes: Numbers) -> Numbers:
    """Return the size that a request is billed as [B]; parameters as in :func:`billed_units`.

    Examples
    --------
    AWS's own: two records of 1 KB in one Firehose call are billed as 5 KB each, 10 KB in all.

    >>> 2 * float(billed_bytes(1024, 5 * 1024)) / 1024
    10.0
    """
    return billed_units(size_bytes, unit_bytes) * unit_bytes
