"""The volume that the instances of a cluster share: Amazon Aurora, DocumentDB and Neptune.

It is billed by stored data. The standard configuration also bills I/O: each read of a page that is
not in the cache, and each write of 4 KB of the log [1]_. I/O-Optimized does not bill I/O, but
charges more for instances and storage [2]_. Backups are free up to the size of the volume [3]_. A
charge gives that size as ``free``, so that an account counts it once. Each secondary cluster of a
global database is charged for the writes that are replicated to it, in either configuration.

Functions that take a workload ``w`` read these fields of it: ``storage_configuration``,
``storage_gb``, ``monthly_read_io_requests``, ``monthly_write_io_requests``, ``reads_per_second``,
``read_bytes``, ``cache_hit_fraction``, ``writes_per_second``, ``write_bytes``, ``backup_gb``,
``backup_retention_days``, ``daily_changed_gb``, ``secondary_regions``, ``secondary_region``,
``monthly_replicated_write_io_requests`` and ``monthly_replicated_gb``. The service's table has
``uses = ["cluster_volume"]`` and the meters ``storage/{storage_configuration}``, ``io_requests``,
``backup_storage``, ``replicated_write_io_requests``, ``replication_transfer`` and, priced as
``storage``, ``secondary_storage``.

References
----------
.. [1] "Amazon Aurora FAQs" (2026), https://aws.amazon.com/rds/aurora/faqs/
.. [2] "Amazon Aurora storage", user guide (2026),
   https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Overview.StorageReliability.html
.. [3] "Understanding Amazon Aurora backup storage usage", user guide (2023-06-10),
   https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-storage-backup.html
"""

from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

import numpy as np

from pricing.arrays import Flags, Numbers
from pricing.kit.limits import saving
from pricing.kit.transfer import between_regions
from pricing.model import Charge, Finding
from pricing.rates import Rules, WordColumn
from pricing.units import SECONDS_PER_HOUR, whole_units

StorageConfiguration = Literal["standard", "io-optimized"]
CONFIGURATIONS = ("standard", "io-optimized")


class IORequests(NamedTuple):
    """Requests to the volume [1/month], whether they are billed or not."""

    reads: Numbers
    writes: Numbers

    @property
    def all(self) -> Numbers:
        """Reads and writes together [1/month]."""
        return self.reads + self.writes


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


def io_requests(w: Any, page_bytes: Numbers, rule: Rules) -> IORequests:
    """Return the I/O requests of a month: those given, plus those of the load a second.

    Parameters
    ----------
    page_bytes : page size of the engine [B]

    Examples
    --------
    Ten reads a second of one page, half of them cached, and two writes a second of 1 KB.

    >>> from types import SimpleNamespace as Row
    >>> w = Row(monthly_read_io_requests=7, monthly_write_io_requests=0, hours_per_month=730,
    ...         reads_per_second=10, read_bytes=1024, cache_hit_fraction=0.5,
    ...         writes_per_second=2, write_bytes=1024)
    >>> [float(part) for part in io_requests(w, 8192, Row(write_io_bytes=4096))]
    [13140007.0, 5256000.0]
    """
    seconds = w.hours_per_month * SECONDS_PER_HOUR
    reads, writes = w.reads_per_second * seconds, w.writes_per_second * seconds
    return IORequests(
        w.monthly_read_io_requests
        + read_requests(reads, w.read_bytes, page_bytes, w.cache_hit_fraction),
        w.monthly_write_io_requests + write_requests(writes, w.write_bytes, rule.write_io_bytes),
    )


def replicated_requests(w: Any, writes: Numbers) -> Numbers:
    """Return the write I/O requests replicated to all secondary clusters [1/month].

    Parameters
    ----------
    writes : write I/O requests of the primary [1/month], which count where none are given

    Examples
    --------
    >>> from types import SimpleNamespace as Row
    >>> w = Row(secondary_regions=2, monthly_replicated_write_io_requests=np.array([0, 50]))
    >>> replicated_requests(w, 30).tolist()
    [60, 100]
    """
    given = w.monthly_replicated_write_io_requests
    return w.secondary_regions * np.where(given > 0, given, writes)


def kept_backups(w: Any) -> Numbers:
    """Return the backups kept [GB]: those given, at least what the days of retention take [3]_.

    One day of retention is free. Each further day keeps what changed, beside a copy of the volume.

    Examples
    --------
    >>> from types import SimpleNamespace as Row
    >>> days = np.array([1, 7])
    >>> w = Row(backup_gb=0, storage_gb=100, backup_retention_days=days, daily_changed_gb=5)
    >>> kept_backups(w).tolist()
    [0, 130]
    """
    changed_gb = (w.backup_retention_days - 1) * w.daily_changed_gb
    return np.maximum(w.backup_gb, np.where(changed_gb > 0, w.storage_gb + changed_gb, 0))


def charges(w: Any, io: IORequests, shared: Flags = True) -> Iterator[Charge]:
    """Yield the storage, I/O, backups and replicated writes of a cluster's volume.

    Parameters
    ----------
    shared : where the cluster has such a volume; elastic clusters of DocumentDB have others
    """
    size, backups = np.where(shared, w.storage_gb, 0), np.where(shared, kept_backups(w), 0)
    billed = np.where(shared & (w.storage_configuration == "standard"), io.all, 0)
    yield Charge("storage", size, (w.storage_configuration,))
    yield Charge("io_requests", billed)
    yield Charge("backup_storage", backups, free=size)
    replicated = np.where(shared, replicated_requests(w, io.writes), 0)
    yield Charge("replicated_write_io_requests", replicated)


def priced_secondaries(w: Any) -> tuple[Numbers, WordColumn]:
    """Return the secondary clusters that are priced [1], and the Region of their prices.

    Without ``secondary_region`` none is priced; the Region is then that of the primary.

    Examples
    --------
    >>> from types import SimpleNamespace as Row
    >>> here = WordColumn(np.array([0, 0]), ("eu-west-1",))
    >>> there = WordColumn(np.array([0, 1]), ("", "eu-west-1"))
    >>> w = Row(region=here, secondary_region=there, secondary_regions=2)
    >>> priced_secondaries(w)[0].tolist()
    [0, 2]
    """
    named = w.secondary_region
    return np.where(named == "", 0, w.secondary_regions), named.filled(w.region)


def secondary_charges(w: Any, shared: Flags = True) -> Iterator[Charge]:
    """Yield the storage of the secondary clusters that are priced, and what is sent to them.

    Parameters
    ----------
    shared : where the cluster has such a volume
    """
    clusters, region = priced_secondaries(w)
    size = np.where(shared, clusters * w.storage_gb, 0)
    yield Charge("secondary_storage", size, (w.storage_configuration,), region)
    sent = np.where(shared, clusters * w.monthly_replicated_gb, 0)
    yield Charge("replication_transfer", between_regions(sent, w.region, region), (region,))


def secondary_findings(w: Any, shared: Flags = True) -> Iterator[Finding]:
    """Tell where secondary clusters are not priced, or stand in the Region of the primary.

    Parameters
    ----------
    shared : where the cluster has such a volume
    """
    clusters, named = w.secondary_regions, w.secondary_region
    some = shared & (clusters > 0)
    yield Finding.met("secondary_not_priced", some & (named == ""), clusters)
    same = (named != "") & (named.filled(w.region).codes == w.region.codes)
    yield Finding.met("secondary_in_own_region", some & same)


def configured(w: Any, configuration: str) -> WordColumn:
    """Return a column that has one storage configuration for every workload."""
    place = CONFIGURATIONS.index(configuration)
    return WordColumn(np.full_like(w.storage_configuration.codes, place), CONFIGURATIONS)


def storage_cost(w: Any, configuration: WordColumn, rule: Rules) -> Numbers:
    """Return what the storage of a month costs [USD]; NaN where its price is not known."""
    return w.storage_gb * rule.list_price("storage", (configuration,), w.price_date, w.region)


def break_even_io_requests(w: Any, standard: Numbers, optimized: Numbers, rule: Rules) -> Numbers:
    """Return the I/O requests above which I/O-Optimized is cheaper [1/month]; NaN if not known.

    Parameters
    ----------
    standard, optimized : cost of the instances of a month in each configuration [USD]
    """
    each = rule.list_price("io_requests", (), w.price_date, w.region)
    in_standard = standard + storage_cost(w, configured(w, "standard"), rule)
    in_optimized = optimized + storage_cost(w, configured(w, "io-optimized"), rule)
    return break_even_io_cost(in_standard, in_optimized) / each


def io_cost_fraction(w: Any, io: IORequests, compute: Numbers, rule: Rules) -> Numbers:
    """Return the share of I/O in the cost of a standard cluster [share]; NaN if not known.

    Parameters
    ----------
    compute : cost of the instances of a month in the standard configuration [USD]
    """
    cost = io.all * rule.list_price("io_requests", (), w.price_date, w.region)
    total = compute + storage_cost(w, configured(w, "standard"), rule) + cost
    return cost / np.where(total > 0, total, np.nan)


def configuration_findings(
    w: Any, io: IORequests, compute: tuple[Numbers, Numbers], rule: Rules, shared: Flags = True
) -> Iterator[Finding]:
    """Tell what the other storage configuration costs less, at list prices [USD a month].

    Where no I/O is given, Standard is cheaper only because it is not charged: that is told instead.

    Parameters
    ----------
    compute : cost of the instances of a month, standard and I/O-Optimized [USD]
    shared : where the cluster has such a volume
    """
    standard, optimized = (
        cost + storage_cost(w, configured(w, name), rule)
        for name, cost in zip(CONFIGURATIONS, compute, strict=True)
    )
    standard = standard + io.all * rule.list_price("io_requests", (), w.price_date, w.region)
    own, given = w.storage_configuration == "standard", io.all > 0
    other = np.logical_not(own) & given
    yield cheaper_finding("io_optimized_cheaper", shared & own, standard, optimized)
    yield cheaper_finding("standard_cheaper", shared & other, optimized, standard)
    unnamed = shared & own & np.logical_not(given) & (w.storage_gb > 0)
    yield Finding.met("io_left_out", unnamed)


def cheaper_finding(rule: str, where: Flags, own: Numbers, other: Numbers) -> Finding:
    """Return that the other configuration costs less [USD a month], which the month decides."""
    saved = saving(own, other)
    return Finding.met(rule, where & (saved > 0), saved)._replace(by_month=own - other)


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
