"""Amazon S3 Tables: the Apache Iceberg tables of one table bucket.

Sections follow AWS's pricing page [1]_: storage and monitoring, requests, compaction, replication.
What each commit writes is a file of data or metadata, which takes one PUT.

References
----------
.. [1] "Amazon S3 pricing", S3 Tables (2025-12), https://aws.amazon.com/s3/pricing/
.. [2] "Maintenance for tables", user guide (2026),
   https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-tables-maintenance.html
.. [3] "Maintenance for table buckets", user guide (2026),
   https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-table-buckets-maintenance.html
.. [4] "Cost optimization for tables with Intelligent-Tiering", user guide (2026),
   https://docs.aws.amazon.com/AmazonS3/latest/userguide/tables-intelligent-tiering.html
.. [5] "Replicating S3 tables", user guide (2026),
   https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-tables-replication-tables.html
.. [6] "S3 Tables AWS Regions, endpoints, and service quotas", user guide (2026),
   https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-tables-regions-quotas.html
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from msgspec import Struct

from pricing import tables
from pricing.arrays import Numbers, Words
from pricing.kit.limits import known
from pricing.kit.transfer import between_regions
from pricing.model import Charge, Finding, Service, WorkloadFields
from pricing.quantities import (
    REGION_CODES,
    Fraction,
    Gigabytes,
    MonthlyCount,
    MonthlyGigabytes,
    PositiveBytes,
    PriceDate,
    about,
    bounded,
    measured,
    whole,
)
from pricing.rates import Rules, WordColumn
from pricing.units import BYTES_PER_GB, HOURS_PER_DAY, count_true

if TYPE_CHECKING:
    OtherRegion = str
else:
    OtherRegion = Literal[("", *REGION_CODES)]


class S3TablesWorkload(WorkloadFields, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Demand on the tables of one S3 table bucket."""

    price_date: PriceDate = tables.newest_day("s3_tables")
    storage_class: Annotated[
        Literal["STANDARD", "INTELLIGENT_TIERING"], about("Storage class of the tables.")
    ] = "STANDARD"
    storage_gb: Annotated[
        Gigabytes,
        about("Mean data of the tables in the month, without files that compaction replaced."),
    ]
    object_bytes: Annotated[
        PositiveBytes, about("Mean size of the objects stored; monitoring follows from it.")
    ] = 104857600.0
    tables_in_bucket: Annotated[float, whole("1", 1, 1e9), about("Tables of the bucket.")] = 1.0
    infrequent_fraction: Annotated[
        Fraction,
        about("Intelligent-Tiering: share of the data in Infrequent Access, not read for 30 days."),
    ] = 0.0
    archive_instant_fraction: Annotated[
        Fraction,
        about("Share in Archive Instant Access of what that leaves, not read for 90 days."),
    ] = 0.0
    monthly_commits: Annotated[MonthlyCount, about("Commits to the tables.")] = 0.0
    files_per_commit: Annotated[
        float, bounded("1", 0, 1e9), about("Mean number of data files that a commit adds.")
    ] = 1.0
    file_bytes: Annotated[PositiveBytes, about("Mean size of these files.")] = 5242880.0
    metadata_files_per_commit: Annotated[
        float, bounded("1", 0, 1e6), about("Mean number of metadata files that a commit writes.")
    ] = 3.0
    compaction: Annotated[
        Literal["binpack", "sort", "off"],
        about("How files are combined; `sort` is z-order, too, and `auto` of a sorted table."),
    ] = "binpack"
    compactions_per_file: Annotated[
        float,
        bounded("1", 0, 100),
        about("Assumption: how often each new file, and what it became, is compacted."),
    ] = 1.0
    replaced_file_days: Annotated[
        float,
        bounded("d", 0, 3650),
        about("Assumption: how long a file that compaction replaced is stored further."),
    ] = 15.0
    monthly_put_requests: Annotated[
        MonthlyCount, about("PUT, POST and LIST requests beside those of the commits.")
    ] = 0.0
    monthly_get_requests: Annotated[
        MonthlyCount, about("GET and all other requests, as of queries.")
    ] = 0.0
    replicas: Annotated[
        float,
        whole("1", 0, 5),
        about(
            "Table buckets that hold a replica of the tables; send their storage as rows of their"
            " own."
        ),
    ] = 0.0
    replica_region: Annotated[
        OtherRegion, about("AWS Region of the replicas; empty means the same.")
    ] = ""
    monthly_internet_out_gb: Annotated[
        MonthlyGigabytes, about("Data transferred out to the internet.")
    ] = 0.0


class S3TablesCapacity(Struct, frozen=True):
    """What the tables amount to, and what their maintenance processes."""

    objects: Annotated[float, measured("Objects", "Objects stored, replaced files included.")]
    stored_gb: Annotated[float, measured("GB", "Data stored, replaced files included.")]
    replaced_gb: Annotated[
        float, measured("GB", "Files that compaction replaced and that are not deleted yet.")
    ]
    frequent_gb: Annotated[
        float, measured("GB", "Data at the rate of Standard, or of Frequent Access.")
    ]
    infrequent_gb: Annotated[float, measured("GB", "Data in Infrequent Access.")]
    archive_instant_gb: Annotated[float, measured("GB", "Data in Archive Instant Access.")]
    monthly_written_files: Annotated[
        float, measured("Files/month", "Files of data and metadata that commits write.")
    ]
    monthly_written_gb: Annotated[float, measured("GB/month", "Data that commits write.")]
    monthly_compacted_files: Annotated[
        float, measured("Files/month", "Files that compaction processes.")
    ]
    monthly_compacted_gb: Annotated[float, measured("GB/month", "Data that compaction processes.")]


def capacity(w: S3TablesWorkload, rule: Rules) -> S3TablesCapacity:
    """Return what is stored, by its tiers, and what commits write and compaction processes."""
    data_files = w.monthly_commits * w.files_per_commit
    compacted = compacted_files(w)
    kept_months = w.replaced_file_days * HOURS_PER_DAY / w.hours_per_month
    replaced_gb = compacted * w.file_bytes / BYTES_PER_GB * kept_months
    infrequent_gb, archive_instant_gb = colder_gb(w)
    stored_gb = w.storage_gb + replaced_gb
    return S3TablesCapacity(
        objects=w.storage_gb * BYTES_PER_GB / w.object_bytes + compacted * kept_months,
        stored_gb=stored_gb,
        replaced_gb=replaced_gb,
        frequent_gb=stored_gb - infrequent_gb - archive_instant_gb,
        infrequent_gb=infrequent_gb,
        archive_instant_gb=archive_instant_gb,
        monthly_written_files=data_files + w.monthly_commits * w.metadata_files_per_commit,
        monthly_written_gb=data_files * w.file_bytes / BYTES_PER_GB,
        monthly_compacted_files=compacted,
        monthly_compacted_gb=compacted * w.file_bytes / BYTES_PER_GB,
    )


def compacted_files(w: S3TablesWorkload) -> Numbers:
    """Return the files that compaction processes in a month: each new one, as often as assumed."""
    times = np.where(w.compaction == "off", 0, w.compactions_per_file)
    return w.monthly_commits * w.files_per_commit * times


def colder_gb(w: S3TablesWorkload) -> tuple[Numbers, Numbers]:
    """Return the data in Infrequent Access and in Archive Instant Access [GB] [4]_.

    Examples
    --------
    Half of the data, and half of the rest:

    >>> from types import SimpleNamespace as Row
    >>> w = Row(storage_class=np.array(["INTELLIGENT_TIERING", "STANDARD"]), storage_gb=100,
    ...         infrequent_fraction=1 / 2, archive_instant_fraction=1 / 2)
    >>> [part.tolist() for part in colder_gb(w)]
    [[50.0, 0.0], [25.0, 0.0]]
    """
    tiering = w.storage_class == "INTELLIGENT_TIERING"
    infrequent = np.where(tiering, w.storage_gb * w.infrequent_fraction, 0)
    left = w.storage_gb - infrequent
    return infrequent, np.where(tiering, left * w.archive_instant_fraction, 0)


def replica_region(w: S3TablesWorkload) -> WordColumn:
    """Return the Region of the replicas; the bucket's where none is given."""
    region: Words = w.replica_region
    filled: WordColumn = region.filled(w.region)
    return filled


def charges(w: S3TablesWorkload, c: S3TablesCapacity, rule: Rules) -> Iterator[Charge]:
    """Yield the metered quantities of a month, in the pricing page's order."""
    yield Charge("storage", c.frequent_gb, (w.storage_class,))
    yield Charge("infrequent_access_storage", c.infrequent_gb)
    yield Charge("archive_instant_access_storage", c.archive_instant_gb)
    yield Charge("monitored_objects", c.objects)
    yield Charge("put_requests", c.monthly_written_files + w.monthly_put_requests)
    yield Charge("get_requests", w.monthly_get_requests)
    yield Charge("compacted_objects", c.monthly_compacted_files, (w.compaction,))
    yield Charge("compacted_data", c.monthly_compacted_gb, (w.compaction,))
    yield from replication_charges(w, c)
    yield Charge("internet_out_data", w.monthly_internet_out_gb)


def replication_charges(w: S3TablesWorkload, c: S3TablesCapacity) -> Iterator[Charge]:
    """Yield the charges of replication other than the replicas' storage [5]_.

    Each commit is an update, and each file of it a PUT at the price of the replica's Region.
    Transfer is priced in the source's Region. Metadata files are too small to count as data.
    """
    region = replica_region(w)
    source: Words = w.region
    abroad_gb = between_regions(w.replicas * c.monthly_written_gb, source, region)
    yield Charge("put_requests", w.replicas * c.monthly_written_files, region=region)
    yield Charge("replicated_updates", w.replicas * w.monthly_commits)
    yield Charge("inter_region_transfer", abroad_gb, (region,))


def findings(w: S3TablesWorkload, c: S3TablesCapacity, rule: Rules) -> Iterator[Finding]:
    """Yield the quotas that apply to the bucket, and what its objects cost [2]_ [3]_ [6]_."""
    yield Finding("tables_in_bucket", w.tables_in_bucket)
    storage, monitoring = costs_per_gb(w, rule)
    yield Finding("monitoring_cost_per_gb", monitoring, known(storage + monitoring), storage)
    small = (w.file_bytes < rule.compacted_file_bytes) & (w.monthly_commits > 0)
    uncompacted = small & (w.compaction == "off")
    yield Finding.met("uncompacted_files", uncompacted, w.monthly_commits * w.files_per_commit)
    tiers = count_true(w.infrequent_fraction > 0, w.archive_instant_fraction > 0)
    left_out = (w.storage_class == "STANDARD") & (tiers > 0)
    yield Finding.met("tier_shares_left_out", left_out, tiers)
    yield Finding.met("replica_region_left_out", (w.replicas == 0) & (w.replica_region != ""))


def costs_per_gb(w: S3TablesWorkload, rule: Rules) -> tuple[Numbers, Numbers]:
    """Return what storage and what monitoring of a GB cost [USD/GB-Month]; NaN if not known.

    Both are at list prices of the first tier.
    """
    price = rule.list_price("storage", (w.storage_class,), w.price_date, w.region)
    of_object = rule.list_price("monitored_objects", (), w.price_date, w.region)
    return price, of_object * BYTES_PER_GB / w.object_bytes


SERVICE = Service(
    key="s3_tables",
    name="Amazon S3 Tables",
    category="Storage",
    billed_as="Amazon Simple Storage Service",
    workload=S3TablesWorkload,
    capacity_type=S3TablesCapacity,
    capacity=capacity,
    charges=charges,
    findings=findings,
    loads=(
        "storage_gb",
        "monthly_commits",
        "files_per_commit",
        "file_bytes",
        "metadata_files_per_commit",
        "compactions_per_file",
        "replaced_file_days",
        "monthly_put_requests",
        "monthly_get_requests",
        "replicas",
        "monthly_internet_out_gb",
    ),
    example=S3TablesWorkload(
        name="sales facts",
        region="us-east-1",
        storage_gb=1024.0,
        monthly_commits=720.0,
        files_per_commit=40.0,
        monthly_get_requests=500_000.0,
    ),
    compared="storage_class",
    steady="Storage, requests and maintenance are billed by the month, whatever its hours are.",
)
