"""Requests billed in units: each is rounded up to whole units of some bytes.

Amazon DynamoDB rounds a read up to 4 KB and a write to 1 KB [1]_; Amazon Kinesis a record up to
25 KB, or on demand to 1 KB [2]_; Amazon Data Firehose a record up to 5 KB [3]_; Amazon SQS a
request up to 64 KB [4]_.

A workload gives a mean size, and the mean is rounded. Where sizes vary, the mean of the rounded
sizes is more: by up to one unit less a byte for each request. Sizes well below or at a multiple of
the unit are exact.

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
    """Return the units that a request of a size above zero is billed as [1].

    Parameters
    ----------
    size_bytes : mean size of a request [B]
    unit_bytes : size of a unit [B]

    Examples
    --------
    AWS's own: an item of 1.5 KB takes two write units of 1 KB; ten messages of 40 KB, received
    together, are seven requests of 64 KB.

    >>> float(billed_units(1.5 * 1024, 1024)), float(billed_units(400 * 1024, 64 * 1024))
    (2.0, 7.0)
    """
    return whole_units(size_bytes / unit_bytes)


def billed_bytes(size_bytes: Numbers, unit_bytes: Numbers) -> Numbers:
    """Return the size that a request is billed as [B]; the parameters of :func:`billed_units`.

    Examples
    --------
    AWS's own: two records of 1 KB in one call of Firehose are billed as 10 KB, each as 5.

    >>> 2 * float(billed_bytes(1024, 5 * 1024)) / 1024
    10.0
    """
    return billed_units(size_bytes, unit_bytes) * unit_bytes
