"""The volume that the instances of a cluster share: Amazon Aurora, DocumentDB and Neptune.

It is billed by stored data. The standard configuration also bills I/O: each read of a page that is
not in the cache, and each write of 4 KB of the log [1]_. I/O-Optimized does not bill I/O, but
charges more for instances and storage [2]_. Backups are free up to the size of the volume [3]_. A
charge gives that size as ``free``, so that an account counts it once.

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
    """Return the read I/O requests: the pages of each read that are not in the cache [1]_.

    Parameters
    ----------
    reads : reads in any period [1]
    read_bytes : mean size of a read [B]
    page_bytes : page size of the engine [B]: 16 KB for MySQL, 8 KB for PostgreSQL and DocumentDB
    cached_fraction : share of the pages that the cache holds [share]

    Examples
    --------
    A read of 20 KB takes two pages of MySQL; the cache holds three pages in four.

    >>> float(read_requests(1000, 20 * 1024, 16 * 1024, 0.75))
    500.0
    """
    return reads * whole_units(read_bytes / page_bytes) * (1 - cached_fraction)


def write_requests(writes: Numbers, write_bytes: Numbers, unit_bytes: Numbers) -> Numbers:
    """Return the write I/O requests of writes, by the size of their log records [1]_.

    Each write is rounded up to whole units. This is an upper bound, because records below 4 KB that
    are written concurrently may be batched.

    Parameters
    ----------
    writes : writes in any period [1]
    write_bytes : mean size of the log records of one write [B]
    unit_bytes : log written by one I/O [B], 4 KB

    Examples
    --------
    AWS's own: a log record of 1,024 bytes is one write I/O.

    >>> float(write_requests(1, 1024, 4096))
    1.0
    """
    return writes * whole_units(write_bytes / unit_bytes)


def break_even_io_cost(standard: Numbers, optimized: Numbers) -> Numbers:
    """Return the I/O cost above which I/O-Optimized is the cheaper configuration [USD].

    Parameters
    ----------
    standard, optimized : cost of instances and storage in each configuration, without I/O [USD]

    Examples
    --------
    AWS's own: two db.r6g.2xlarge and 800 GiB cost 1,595.48 USD a month without I/O, and 2,150.12
    USD with I/O-Optimized. Their I/O of 240 USD costs less than the difference.

    >>> round(float(break_even_io_cost(1595.48, 2150.124)), 2)
    554.64
    """
    return np.maximum(0, optimized - standard)
