"""The volume that the instances of a cluster share: Amazon Aurora, DocumentDB and Neptune.

It is billed by what is stored, and in the standard configuration by I/O: a read of a page that is
not in the cache, a write of 4 KB of the log [1]_. I/O-Optimized charges no I/O, and more for
instances and storage [2]_. Backups are free up to the size of the volume [3]_: a charge names it
as what is ``free``, so that an account counts it once.

References
----------
.. [1] "Amazon Aurora FAQs" (2026), https://aws.amazon.com/rds/aurora/faqs/
.. [2] "Amazon Aurora storage", user guide (2026),
   https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Overview.StorageReliability.html
.. [3] "Understanding Amazon Aurora backup storage usage", user guide (2023-06-10),
   https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-storage-backup.html
"""

import numpy as np

from pricing.arrays import Numbers
from pricing.units import whole_units


def read_requests(
    reads: Numbers, read_bytes: Numbers, page_bytes: Numbers, cached_fraction: Numbers
) -> Numbers:
    """Return the read I/O of some reads: the pages of each that are not in the cache [1]_.

    Parameters
    ----------
    reads : reads in any time [1]
    read_bytes : mean size of what one read takes [B]
    page_bytes : page of the engine [B]: 16 KB of MySQL, 8 KB of PostgreSQL and DocumentDB
    cached_fraction : share of the pages that the cache holds [share]

    Examples
    --------
    A read of 20 KB takes two pages of MySQL, of which the cache holds three in four:

    >>> float(read_requests(1000, 20 * 1024, 16 * 1024, 0.75))
    500.0
    """
    return reads * whole_units(read_bytes / page_bytes) * (1 - cached_fraction)


def write_requests(writes: Numbers, write_bytes: Numbers, unit_bytes: Numbers) -> Numbers:
    """Return the write I/O of some writes, each of a size in log records [1]_.

    Each write is rounded up to whole units. This is an upper bound: records below 4 KB that are
    written at the same time may be put together.

    Parameters
    ----------
    writes : writes in any time [1]
    write_bytes : mean size of the log records of one write [B]
    unit_bytes : log that one I/O writes [B], 4 KB

    Examples
    --------
    AWS's own: a log record of 1,024 bytes is one write I/O.

    >>> float(write_requests(1, 1024, 4096))
    1.0
    """
    return writes * whole_units(write_bytes / unit_bytes)


def break_even_io_cost(standard: Numbers, optimized: Numbers) -> Numbers:
    """Return the I/O cost from which I/O-Optimized is the cheaper configuration [USD].

    Parameters
    ----------
    standard, optimized : cost of instances and storage in each configuration, without I/O [USD]

    Examples
    --------
    AWS's own: two db.r6g.2xlarge and 800 GiB cost 1,595.48 USD a month beside their I/O, and
    2,150.12 USD on I/O-Optimized. Their 240 USD of I/O are less than the difference.

    >>> round(float(break_even_io_cost(1595.48, 2150.124)), 2)
    554.64
    """
    return np.maximum(0, optimized - standard)
