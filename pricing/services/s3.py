"""Amazon S3: one storage class of one bucket.

Sections follow AWS's pricing page [1]_: storage with its padding and overhead, Intelligent-Tiering,
early deletion, requests, retrievals, replication, transfer acceleration, data transfer, management
and insights. Event notifications come last; the receiving services charge for them.

References
----------
.. [1] "Amazon S3 pricing" (2026), https://aws.amazon.com/s3/pricing/
.. [2] "Amazon S3 storage classes", user guide (2023-06-15),
   https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-class-intro.html
.. [3] "Best practices design patterns: optimizing performance", user guide,
   https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance.html
.. [4] "Multipart upload limits", user guide (2026-06-15),
   https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
.. [5] "Understanding your billing and usage reports", user guide (2023-06-15),
   https://docs.aws.amazon.com/AmazonS3/latest/userguide/aws-usage-report-understand.html
.. [6] "Replicating objects", user guide (2023-06-15),
   https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication.html
.. [7] "What does Amazon S3 replicate?", user guide (2023-06-15),
   https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-what-is-isnot-replicated.html
.. [8] "Differences for directory buckets", user guide (2026),
   https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-express-differences.html
.. [9] "Uploading and copying objects using multipart upload", user guide (2026),
   https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html
.. [10] "Transitioning objects using Amazon S3 Lifecycle", user guide (2026),
   https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html
.. [11] "Amazon S3 Event Notifications", user guide (2026),
   https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventNotifications.html
.. [12] "Amazon EventBridge pricing" (2026), https://aws.amazon.com/eventbridge/pricing/
.. [13] "Metadata table limitations and restrictions", user guide (2026),
   https://docs.aws.amazon.com/AmazonS3/latest/userguide/metadata-tables-restrictions.html
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

import numpy as np
from msgspec import Struct

from pricing import tables
from pricing.arrays import Flags, Numbers, Words
from pricing.kit.transfer import between_regions
from pricing.model import Charge, Finding, Service, WorkloadFields
from pricing.quantities import (
    REGION_CODES,
    Bytes,
    Fraction,
    Gigabytes,
    MonthlyCount,
    MonthlyGigabytes,
    PerSecond,
    PositiveBytes,
    PriceDate,
    about,
    bounded,
    measured,
    whole,
)
from pricing.rates import Rules, WordColumn
from pricing.units import BYTES_PER_GB, HOURS_PER_DAY, SECONDS_PER_HOUR, count_true, whole_units

StorageClass = Literal[
    "STANDARD",
    "INTELLIGENT_TIERING",
    "STANDARD_IA",
    "ONEZONE_IA",
    "GLACIER_IR",
    "GLACIER",
    "DEEP_ARCHIVE",
    "EXPRESS_ONEZONE",
]

if TYPE_CHECKING:
    OtherRegion = str
else:
    OtherRegion = Literal[("", *REGION_CODES)]

DURABILITY = ("99.999999999%", "not stated")
"""Design durability over a year; no AWS figure was found for Express One Zone."""
NOT_STATED = DURABILITY.index("not stated")


class S3Workload(WorkloadFields, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Demand on one storage class of one S3 bucket."""

    price_date: PriceDate = tables.newest_day("s3")
    storage_class: Annotated[StorageClass, about("Storage class, in the words of the S3 API.")] = (
        "STANDARD"
    )
    storage_gb: Annotated[
        Gigabytes, about("Mean data stored in the month, user metadata included, without padding.")
    ]
    noncurrent_gb: Annotated[
        Gigabytes, about("Noncurrent versions kept; each is billed as an object of its own.")
    ] = 0.0
    incomplete_uploads_gb: Annotated[
        Gigabytes,
        about(
            "Parts of multipart uploads neither completed nor aborted: billed as data of the class,"
            " of an archive class as Standard."
        ),
    ] = 0.0
    object_bytes: Annotated[
        PositiveBytes, about("Mean object size; padding, overhead and monitoring follow from it.")
    ] = 16777216.0
    small_object_fraction: Annotated[
        Fraction,
        about(
            "Share of the objects that are below 128 KB, by number; 0 takes every object at the"
            " mean size."
        ),
    ] = 0.0
    small_object_bytes: Annotated[
        float, bounded("B", 0, 131071), about("Mean size of the objects below 128 KB.")
    ] = 0.0
    largest_object_bytes: Annotated[
        Bytes, about("Size of the largest object; 0 means none is larger than the mean.")
    ] = 0.0
    infrequent_fraction: Annotated[
        Fraction, about("Intelligent-Tiering: share of the data in Infrequent Access.")
    ] = 0.0
    archive_instant_fraction: Annotated[
        Fraction, about("Share in Archive Instant Access of what the tier above leaves.")
    ] = 0.0
    archive_fraction: Annotated[
        Fraction, about("Share in Archive Access of what the two tiers above leave.")
    ] = 0.0
    deep_archive_fraction: Annotated[
        Fraction,
        about("Share in Deep Archive Access of what the three above leave; the rest is Frequent."),
    ] = 0.0
    monthly_early_deleted_gb: Annotated[
        MonthlyGigabytes,
        about("Data deleted, overwritten or moved before the class's minimum storage duration."),
    ] = 0.0
    early_delete_age_days: Annotated[
        float, bounded("d", 0, 3650), about("Mean age of that data when it goes.")
    ] = 0.0
    early_deletion_includes_index: Annotated[
        bool, about("Assumption: early deletion is charged for the index of archived objects too.")
    ] = False
    monthly_put_requests: Annotated[
        MonthlyCount, about("PUT, COPY, POST and LIST requests, at the rate of the class.")
    ] = 0.0
    monthly_list_requests: Annotated[
        MonthlyCount,
        about("LIST requests not counted above: charged at the Standard rate, as AWS does."),
    ] = 0.0
    monthly_multipart_uploads: Annotated[
        MonthlyCount,
        about("Objects of the mean size uploaded in parts; their requests add to those above."),
    ] = 0.0
    multipart_part_bytes: Annotated[
        float,
        bounded("B", 5242880, 5368709120),
        about("Part size of multipart uploads; made larger where 10,000 parts would not do."),
    ] = 8388608.0
    monthly_get_requests: Annotated[
        MonthlyCount, about("GET and all other requests; DELETE and CANCEL are free.")
    ] = 0.0
    monthly_lifecycle_transitions: Annotated[
        MonthlyCount,
        about(
            "Objects that lifecycle rules select for this class; the share of small ones stays"
            " where it is, unless `lifecycle_moves_small_objects`."
        ),
    ] = 0.0
    lifecycle_moves_small_objects: Annotated[
        bool,
        about("The rules have a size filter, or the older default, and move objects below 128 KB."),
    ] = False
    monthly_uploaded_gb: Annotated[
        MonthlyGigabytes, about("Data uploaded; charged in EXPRESS_ONEZONE only.")
    ] = 0.0
    monthly_retrieved_gb: Annotated[
        MonthlyGigabytes, about("Data read from the class, or restored from an archive.")
    ] = 0.0
    retrieval_tier: Annotated[
        Literal["Standard", "Bulk", "Expedited"], about("Speed of restores from an archive.")
    ] = "Standard"
    monthly_restore_requests: Annotated[
        MonthlyCount,
        about(
            "Objects restored from an archive; 0 takes one for each object of the mean size in"
            " `monthly_retrieved_gb`."
        ),
    ] = 0.0
    restored_copy_days: Annotated[
        float,
        whole("d", 0, 3650),
        about("Days that restored copies are kept, in S3 Standard; 0 leaves the copies out."),
    ] = 1.0
    monthly_replicated_gb: Annotated[
        MonthlyGigabytes,
        about("Data replicated to another bucket; send the replica's storage as a row of its own."),
    ] = 0.0
    replica_region: Annotated[
        OtherRegion, about("AWS Region of the replica; empty means the same.")
    ] = ""
    replica_storage_class: Annotated[
        Literal[
            "",
            "STANDARD",
            "INTELLIGENT_TIERING",
            "STANDARD_IA",
            "ONEZONE_IA",
            "GLACIER_IR",
            "GLACIER",
            "DEEP_ARCHIVE",
            "EXPRESS_ONEZONE",
        ],
        about("Storage class of the replica; empty means the same."),
    ] = ""
    replication_time_control: Annotated[
        bool, about("Replication Time Control is on: replicas within 15 minutes.")
    ] = False
    monthly_accelerated_in_gb: Annotated[
        MonthlyGigabytes, about("Data uploaded by Transfer Acceleration.")
    ] = 0.0
    acceleration_edge: Annotated[
        Literal["us-europe-japan", "elsewhere"], about("Where the edge locations of uploads are.")
    ] = "us-europe-japan"
    monthly_accelerated_out_gb: Annotated[
        MonthlyGigabytes,
        about(
            "Data downloaded by Transfer Acceleration; count it in `monthly_internet_out_gb` too."
        ),
    ] = 0.0
    monthly_internet_out_gb: Annotated[
        MonthlyGigabytes,
        about(
            "Data transferred out to the internet, all of it: the account's free allowance comes"
            " off only in a portfolio with `free_tier`."
        ),
    ] = 0.0
    monthly_inter_region_out_gb: Annotated[
        MonthlyGigabytes,
        about("Data read by another Region, replication apart; reads within the Region are free."),
    ] = 0.0
    reader_region: Annotated[
        OtherRegion, about("AWS Region that reads them; empty means the same.")
    ] = ""
    monthly_metadata_updates: Annotated[
        MonthlyCount,
        about("Uploads, changes and deletes of objects in the journal table of S3 Metadata."),
    ] = 0.0
    monthly_backfilled_objects: Annotated[
        MonthlyCount,
        about(
            "Objects in the bucket when S3 Metadata begins its live inventory table, or begins it"
            " anew: each is an update, once."
        ),
    ] = 0.0
    live_inventory_objects: Annotated[
        float,
        bounded("1", 0, 1e15),
        about(
            "Objects of the whole bucket, versions too, in the live inventory table of S3 Metadata;"
            " free up to a billion."
        ),
    ] = 0.0
    live_inventory_billion_is_free: Annotated[
        bool,
        about("Assumption: a larger bucket has its first billion objects free, too."),
    ] = False
    monthly_inventory_listings: Annotated[
        float,
        bounded("1/month", 0, 1000),
        about("Times S3 Inventory lists all objects, noncurrent versions too: 30 if daily."),
    ] = 0.0
    storage_class_analysis: Annotated[
        bool, about("Storage Class Analysis watches all objects.")
    ] = False
    storage_lens_dashboards: Annotated[
        float,
        whole("1", 0, 1000),
        about("Storage Lens dashboards with advanced metrics that cover the objects."),
    ] = 0.0
    tags_per_object: Annotated[
        float, bounded("1", 0, 10), about("Mean number of tags of an object.")
    ] = 0.0
    monthly_batch_jobs: Annotated[
        MonthlyCount,
        about("S3 Batch Operations jobs; add the requests they make to the requests above."),
    ] = 0.0
    monthly_batch_objects: Annotated[MonthlyCount, about("Objects that these jobs process.")] = 0.0
    monthly_batch_manifest_objects: Annotated[
        MonthlyCount,
        about("Objects in the source bucket, for each manifest that S3 generates for these jobs."),
    ] = 0.0
    monthly_sqs_events: Annotated[
        MonthlyCount,
        about(
            "Event notifications to Amazon SQS: one request each. In a portfolio a queue of the"
            " same group may receive them."
        ),
    ] = 0.0
    monthly_sns_events: Annotated[
        MonthlyCount, about("Event notifications to Amazon SNS: one request each.")
    ] = 0.0
    monthly_lambda_events: Annotated[
        MonthlyCount, about("Event notifications to AWS Lambda: one request each.")
    ] = 0.0
    monthly_lambda_gb_seconds: Annotated[
        float,
        bounded("GB-s/month", 0, 1e15),
        about("Memory times duration of the functions that these run, on x86 processors."),
    ] = 0.0
    monthly_lambda_arm_gb_seconds: Annotated[
        float,
        bounded("GB-s/month", 0, 1e15),
        about("Memory times duration of those of them that run on Arm processors."),
    ] = 0.0
    monthly_eventbridge_events: Annotated[
        MonthlyCount,
        about("Events to Amazon EventBridge: all of the bucket, once it is on."),
    ] = 0.0
    required_first_byte_seconds: Annotated[
        float,
        bounded("s", 0, 172800),
        about("Time within which the first byte must come; 0 requires nothing."),
    ] = 0.0
    peak_reads_per_second: Annotated[PerSecond, about("GET and HEAD requests at the peak.")] = 0.0
    peak_writes_per_second: Annotated[
        PerSecond, about("PUT, COPY, POST and DELETE requests at the peak.")
    ] = 0.0
    prefixes: Annotated[
        float, whole("1", 1, 1e9), about("Prefixes of the keys that share the load evenly.")
    ] = 1.0
    prefixes_share_reads_and_writes: Annotated[
        bool, about("Assumption: reads and writes use up a prefix together.")
    ] = False


class S3Capacity(Struct, frozen=True):
    """What the data amount to, and what the class gives."""

    objects: Annotated[
        float, measured("Objects", "Objects and noncurrent versions stored, at the mean size.")
    ]
    small_objects: Annotated[float, measured("Objects", "Those of them below 128 KB.")]
    larger_object_bytes: Annotated[
        float, measured("B", "Mean size of those not in `small_object_fraction`.")
    ]
    stored_gb: Annotated[float, measured("GB", "Data stored, noncurrent versions included.")]
    billed_storage_gb: Annotated[
        float, measured("GB", "Data as billed, with padding and what archived objects carry.")
    ]
    padding_gb: Annotated[
        float, measured("GB", "What fills small objects up to the class's minimum billable size.")
    ]
    glacier_index_gb: Annotated[
        float, measured("GB", "Index of archived objects, 32 KB each, at the Glacier rate.")
    ]
    deep_archive_index_gb: Annotated[
        float, measured("GB", "Index of archived objects, 32 KB each, at the Deep Archive rate.")
    ]
    archive_name_gb: Annotated[
        float, measured("GB", "Names of archived objects, 8 KB each, at the Standard rate.")
    ]
    frequent_gb: Annotated[float, measured("GB", "Intelligent-Tiering data in Frequent Access.")]
    infrequent_gb: Annotated[
        float, measured("GB", "Intelligent-Tiering data in Infrequent Access.")
    ]
    archive_instant_gb: Annotated[
        float, measured("GB", "Intelligent-Tiering data in Archive Instant Access.")
    ]
    archive_gb: Annotated[float, measured("GB", "Intelligent-Tiering data in Archive Access.")]
    deep_archive_gb: Annotated[
        float, measured("GB", "Intelligent-Tiering data in Deep Archive Access.")
    ]
    restored_copies_gb: Annotated[
        float,
        measured("GB", "Temporary copies of restored objects in S3 Standard, over the month."),
    ]
    monthly_restored_objects: Annotated[
        float, measured("Objects/month", "Objects restored from an archive, one request each.")
    ]
    monthly_replicated_objects: Annotated[float, measured("Objects/month", "Objects replicated.")]
    requests_per_multipart_upload: Annotated[
        float, measured("Requests", "Requests of one upload of the mean object in parts.")
    ]
    largest_object_parts: Annotated[float, measured("Parts", "Parts of the largest object.")]
    largest_object_part_bytes: Annotated[float, measured("B", "Part size of the largest object.")]
    prefixes: Annotated[float, measured("1", "Prefixes the peak needs.")]
    first_byte_seconds: Annotated[
        float,
        measured("s", "Time to the first byte; of archived data, the longest of a restore."),
    ]
    replication_seconds: Annotated[
        float, measured("s", "Time within which replicas are promised; 0 without time control.")
    ]
    availability_zones: Annotated[
        float, measured("1", "Availability Zones that hold the data, at least.")
    ]
    design_availability: Annotated[
        float, measured("share", "Availability over a year that the class is designed for.")
    ]
    sla_availability: Annotated[
        float, measured("share", "Monthly availability below which AWS gives credits.")
    ]
    design_durability: Annotated[
        Literal["99.999999999%", "not stated"],
        about("Durability over a year that the class is designed for."),
    ]


def capacity(w: S3Workload, rule: Rules) -> S3Capacity:
    """Return objects, overheads, parts and prefixes, and what the class is designed for."""
    stored_gb = w.storage_gb + w.noncurrent_gb
    tiers = tiers_gb(w, stored_gb, rule)
    in_glacier = np.where(w.storage_class == "GLACIER", stored_gb, tiers.archive)
    in_deep_archive = np.where(w.storage_class == "DEEP_ARCHIVE", stored_gb, tiers.deep_archive)
    padding_gb = stored_gb * padding_ratio(w, rule)
    objects = stored_gb * BYTES_PER_GB / w.object_bytes
    size = archived_bytes(w, rule)
    glacier_index_gb = in_glacier * rule.archive_index_bytes / size
    deep_index_gb = in_deep_archive * rule.archive_index_bytes / size
    name_gb = (in_glacier + in_deep_archive) * rule.archive_name_bytes / size
    largest = np.maximum(w.object_bytes, w.largest_object_bytes)
    controlled = w.replication_time_control & (w.monthly_replicated_gb > 0)
    overhead_gb = padding_gb + glacier_index_gb + deep_index_gb + name_gb
    return S3Capacity(
        objects=objects,
        small_objects=objects * small_share(w, rule),
        larger_object_bytes=larger_bytes(w),
        stored_gb=stored_gb,
        billed_storage_gb=stored_gb + w.incomplete_uploads_gb + overhead_gb,
        padding_gb=padding_gb,
        glacier_index_gb=glacier_index_gb,
        deep_archive_index_gb=deep_index_gb,
        archive_name_gb=name_gb,
        frequent_gb=tiers.frequent,
        infrequent_gb=tiers.infrequent,
        archive_instant_gb=tiers.archive_instant,
        archive_gb=tiers.archive,
        deep_archive_gb=tiers.deep_archive,
        restored_copies_gb=restored_copies_gb(w),
        monthly_restored_objects=restored_objects(w, rule),
        monthly_replicated_objects=w.monthly_replicated_gb * BYTES_PER_GB / w.object_bytes,
        requests_per_multipart_upload=parts(w, w.object_bytes, rule)
        + rule.multipart_overhead_requests,
        largest_object_parts=parts(w, largest, rule),
        largest_object_part_bytes=part_bytes(w, largest, rule),
        prefixes=needed_prefixes(w, rule),
        first_byte_seconds=first_byte_seconds(w, in_glacier, in_deep_archive, rule),
        replication_seconds=controlled * rule.replication_time_control_seconds,
        availability_zones=rule.availability_zones[w.storage_class],
        design_availability=rule.design_availability[w.storage_class],
        sla_availability=rule.sla_availability[w.storage_class],
        design_durability=WordColumn(  # type: ignore[arg-type]
            np.where(w.storage_class == "EXPRESS_ONEZONE", NOT_STATED, 0), DURABILITY
        ),
    )


def small_data_share(w: S3Workload) -> Numbers:
    """Return the share of the data in objects below 128 KB, by their mean sizes."""
    given = np.minimum(1, w.small_object_fraction * w.small_object_bytes / w.object_bytes)
    return np.where(w.small_object_fraction == 1, 1, given)


def larger_bytes(w: S3Workload) -> Numbers:
    """Return the mean size of the objects that are not in ``small_object_fraction`` [B].

    Examples
    --------
    Nine objects of 16 KB and one of 856 KB have a mean of 100 KB. Without a share of small objects,
    all have the mean size.

    >>> from types import SimpleNamespace as Row
    >>> w = Row(small_object_fraction=np.array([9 / 10, 0]), small_object_bytes=16,
    ...         object_bytes=100)
    >>> larger_bytes(w).round(9).tolist()
    [856.0, 100.0]
    """
    others = 1 - w.small_object_fraction
    return (1 - small_data_share(w)) * w.object_bytes / np.where(others > 0, others, 1)


def small_share(w: S3Workload, rule: Rules) -> Numbers:
    """Return the share of the objects that are below 128 KB, by number.

    It is 1 if the mean size of the other objects is below 128 KB too.
    """
    larger = larger_bytes(w) >= rule.monitored_object_bytes
    return np.where(larger, w.small_object_fraction, 1)


def archived_bytes(w: S3Workload, rule: Rules) -> Numbers:
    """Return the mean size of archived objects [B].

    Intelligent-Tiering archives only objects of at least 128 KB.
    """
    larger = larger_bytes(w)
    apart = (w.storage_class == "INTELLIGENT_TIERING") & (larger >= rule.monitored_object_bytes)
    return np.where(apart, larger, w.object_bytes)


class TiersGB(NamedTuple):
    """The data in each tier of Intelligent-Tiering [GB]; zero in other classes."""

    frequent: Numbers
    infrequent: Numbers
    archive_instant: Numbers
    archive: Numbers
    deep_archive: Numbers


def tiers_gb(w: S3Workload, stored_gb: Numbers, rule: Rules) -> TiersGB:
    """Divide the data of Intelligent-Tiering among its tiers [GB].

    Each share applies to the data that the tiers before it leave. The rest is in Frequent Access.
    Objects below 128 KB never leave Frequent Access [1]_.

    Parameters
    ----------
    stored_gb : all data stored [GB]

    Examples
    --------
    Four equal tiers of 20 GB: a quarter of all, a third of the rest, half of the remainder.

    >>> from types import SimpleNamespace as Row
    >>> w = Row(storage_class="INTELLIGENT_TIERING", object_bytes=2**20, small_object_fraction=0,
    ...         small_object_bytes=0, infrequent_fraction=1 / 4, archive_instant_fraction=0,
    ...         archive_fraction=1 / 3, deep_archive_fraction=1 / 2)
    >>> [round(float(gb)) for gb in tiers_gb(w, 80, Row(monitored_object_bytes=2**17))]
    [20, 20, 0, 20, 20]
    """
    tiering = w.storage_class == "INTELLIGENT_TIERING"
    eligible = larger_bytes(w) >= rule.monitored_object_bytes
    unmoved_share = np.where(eligible, small_data_share(w), 1)
    left = np.where(tiering, stored_gb * (1 - unmoved_share), 0)
    colder = []
    for share in tier_shares(w):
        colder.append(left * share)
        left = left - colder[-1]
    return TiersGB(left + np.where(tiering, stored_gb * unmoved_share, 0), *colder)


def tier_shares(w: S3Workload) -> tuple[Numbers, ...]:
    """Return the share of each colder tier in the data that the tiers before it leave [share]."""
    return (
        w.infrequent_fraction,
        w.archive_instant_fraction,
        w.archive_fraction,
        w.deep_archive_fraction,
    )


def padding_ratio(w: S3Workload, rule: Rules) -> Numbers:
    """Return padding of small objects / data stored; 0 where the class has no minimum size.

    Examples
    --------
    A 32 KB object in Standard-IA is billed as 128 KB: its padding is three times its size. If only
    half of the objects are that small and the mean is 512 KB, each MB has 96 KB of padding.

    >>> from types import SimpleNamespace as Row
    >>> rule = Row(minimum_billable_bytes={"STANDARD_IA": 2**17})
    >>> w = Row(storage_class="STANDARD_IA", small_object_bytes=2**15,
    ...         small_object_fraction=np.array([0, 1 / 2]), object_bytes=np.array([2**15, 2**19]))
    >>> (padding_ratio(w, rule) * np.array([1, 1024])).tolist()
    [3.0, 96.0]
    """
    minimum = rule.minimum_billable_bytes[w.storage_class]
    of_small = np.maximum(0, minimum - small_bytes(w)) * w.small_object_fraction
    of_larger = np.maximum(0, minimum - larger_bytes(w)) * (1 - w.small_object_fraction)
    return (of_small + of_larger) / w.object_bytes


def small_bytes(w: S3Workload) -> Numbers:
    """Return the mean size of the small objects [B]: the mean of all where all are small."""
    return np.where(w.small_object_fraction == 1, w.object_bytes, w.small_object_bytes)


def archived(w: S3Workload) -> Flags:
    """Return where the class is an archive, whose objects must be restored before reading."""
    return (w.storage_class == "GLACIER") | (w.storage_class == "DEEP_ARCHIVE")


def restored_copies_gb(w: S3Workload) -> Numbers:
    """Return the mean size of the temporary copies that restores leave in S3 Standard [GB].

    Copies expire at the midnight (UTC) after their last day; the hours until then are left out.
    Intelligent-Tiering makes no copy, because its objects move back to Frequent Access [1]_.
    """
    days = w.monthly_retrieved_gb * w.restored_copy_days
    return np.where(archived(w), days * HOURS_PER_DAY / w.hours_per_month, 0)


def restored_objects(w: S3Workload, rule: Rules) -> Numbers:
    """Return the objects restored in a month: the number given, or that in the data retrieved.

    Where restores are charged, each object takes a request of its own [1]_. For small objects the
    request costs more than the data.

    Examples
    --------
    A GB of objects of 1 MB, without and with a given number of requests:

    >>> from types import SimpleNamespace as Row
    >>> w = Row(storage_class="GLACIER", retrieval_tier="Bulk", monthly_retrieved_gb=1,
    ...         small_object_fraction=0, small_object_bytes=0, object_bytes=2**20,
    ...         monthly_restore_requests=np.array([0, 10]))
    >>> restored_objects(w, Row(monitored_object_bytes=2**17)).tolist()
    [1024.0, 10.0]
    """
    tiering = w.storage_class == "INTELLIGENT_TIERING"
    charged = archived(w) | (tiering & (w.retrieval_tier == "Expedited"))
    objects = w.monthly_retrieved_gb * BYTES_PER_GB / archived_bytes(w, rule)
    retrieved = np.where(charged, objects, 0)
    given = np.where(archived(w) | tiering, w.monthly_restore_requests, 0)
    return np.where(given > 0, given, retrieved)


def part_bytes(w: S3Workload, size: Numbers, rule: Rules) -> Numbers:
    """Return the part size for an object of a size [B]: as given, or as 10,000 parts need [4]_."""
    return np.maximum(w.multipart_part_bytes, size / rule.multipart_parts)


def parts(w: S3Workload, size: Numbers, rule: Rules) -> Numbers:
    """Return the number of parts of an object of a size [B]; the last part may be smaller.

    Examples
    --------
    >>> from types import SimpleNamespace as Row
    >>> w, rule = Row(multipart_part_bytes=2**23), Row(multipart_parts=10000)
    >>> float(parts(w, np.float64(100 * 2**20), rule)), float(parts(w, np.float64(2**40), rule))
    (13.0, 10000.0)
    """
    return np.maximum(1, whole_units(size / part_bytes(w, size, rule)))


def needed_prefixes(w: S3Workload, rule: Rules) -> Numbers:
    """Return the prefixes that the peak needs [1]; a directory bucket scales without them [3]_.

    Examples
    --------
    AWS's own: 10 prefixes give 55,000 reads a second.

    >>> from types import SimpleNamespace as Row
    >>> rule = Row(prefix_reads_per_second=5500, prefix_writes_per_second=3500)
    >>> float(needed_prefixes(Row(peak_reads_per_second=55000, peak_writes_per_second=3500,
    ...     prefixes_share_reads_and_writes=False, storage_class="STANDARD"), rule))
    10.0
    """
    reads = w.peak_reads_per_second / rule.prefix_reads_per_second
    writes = w.peak_writes_per_second / rule.prefix_writes_per_second
    together = np.where(
        w.prefixes_share_reads_and_writes, reads + writes, np.maximum(reads, writes)
    )
    directory_bucket = w.storage_class == "EXPRESS_ONEZONE"
    return np.where(directory_bucket, 1, np.maximum(1, whole_units(together)))


def first_byte_seconds(
    w: S3Workload, in_glacier: Numbers, in_deep_archive: Numbers, rule: Rules
) -> Numbers:
    """Return the time to the first byte [s]; for archived data, the longest time of a restore.

    An archive class counts as archived even without data.

    Parameters
    ----------
    in_glacier, in_deep_archive : data in the archive tiers of Intelligent-Tiering [GB]

    Examples
    --------
    >>> from types import SimpleNamespace as Row
    >>> rule = Row(first_byte_seconds={"INTELLIGENT_TIERING": 0},
    ...            glacier_restore_seconds={"Bulk": 5}, deep_archive_restore_seconds={"Bulk": 9})
    >>> w = Row(storage_class="INTELLIGENT_TIERING", retrieval_tier="Bulk")
    >>> first_byte_seconds(w, np.array([0, 1, 1]), np.array([0, 0, 1]), rule).tolist()
    [0, 5, 9]
    """
    glacier = (w.storage_class == "GLACIER") | (in_glacier > 0)
    deep_archive = (w.storage_class == "DEEP_ARCHIVE") | (in_deep_archive > 0)
    of_glacier = np.where(glacier, rule.glacier_restore_seconds[w.retrieval_tier], 0)
    of_deep = np.where(deep_archive, rule.deep_archive_restore_seconds[w.retrieval_tier], 0)
    online = rule.first_byte_seconds[w.storage_class]
    return np.maximum(online, np.maximum(of_glacier, of_deep))


def charges(w: S3Workload, c: S3Capacity, rule: Rules) -> Iterator[Charge]:
    """Yield the metered quantities of a month, in the pricing page's order."""
    yield from storage_charges(w, c, rule)
    yield from request_charges(w, c)
    yield from retrieval_charges(w, c)
    yield from replication_charges(w, c)
    yield from transfer_charges(w)
    yield from metadata_charges(w, rule)
    yield from management_charges(w, c)
    yield from event_charges(w)


def storage_charges(w: S3Workload, c: S3Capacity, rule: Rules) -> Iterator[Charge]:
    """Yield storage, padding and early deletion.

    Noncurrent versions are billed like current ones, so they share the tiers. Data that archives
    keep in S3 Standard (names, restored copies, parts of uploads [9]_) is charged on the Standard
    storage meter. No row has both that charge and Standard storage of its own. A bill of many rows
    adds them up.
    """
    by_class = (w.storage_class,)
    own_gb = np.where(w.storage_class == "INTELLIGENT_TIERING", c.frequent_gb, c.stored_gb)
    own_parts_gb = np.where(archived(w), 0, w.incomplete_uploads_gb)
    archive_parts_gb = np.where(archived(w), w.incomplete_uploads_gb, 0)
    in_standard_gb = c.archive_name_gb + c.restored_copies_gb + archive_parts_gb
    yield Charge("storage", own_gb + own_parts_gb, by_class)
    yield Charge("small_object_padding", c.padding_gb, by_class)
    yield Charge("storage", in_standard_gb, (standard(w.storage_class),))
    yield from tier_charges(w, c, rule)
    yield Charge("early_deletion", early_deleted_gb_months(w, rule), by_class)


def tier_charges(w: S3Workload, c: S3Capacity, rule: Rules) -> Iterator[Charge]:
    """Yield the index of archived objects, the tiers below Frequent Access and monitoring."""
    monitored = (w.storage_class == "INTELLIGENT_TIERING") * (1 - small_share(w, rule))
    yield Charge("glacier_index_storage", c.glacier_index_gb)
    yield Charge("deep_archive_index_storage", c.deep_archive_index_gb)
    yield Charge("infrequent_access_storage", c.infrequent_gb)
    yield Charge("archive_instant_access_storage", c.archive_instant_gb)
    yield Charge("archive_access_storage", c.archive_gb)
    yield Charge("deep_archive_access_storage", c.deep_archive_gb)
    yield Charge("monitored_objects", c.objects * monitored)


def standard(storage_class: Words) -> WordColumn:
    """Return a column of the word STANDARD, for what is billed there in any class."""
    return WordColumn(np.zeros_like(storage_class.codes), ("STANDARD",))


def early_deleted_gb_months(w: S3Workload, rule: Rules) -> Numbers:
    """Return the storage charged for data deleted early [GB-Months].

    AWS charges the storage of the objects, including padding, for the rest of their minimum
    duration [1]_ [5]_.

    Examples
    --------
    100 GB deleted from Glacier after 60 of 90 days is charged for one more month of 30 days.

    >>> from types import SimpleNamespace as Row
    >>> rule = Row(minimum_days={"GLACIER": 90}, minimum_billable_bytes={"GLACIER": 0},
    ...            archive_index_bytes=32768)
    >>> float(early_deleted_gb_months(Row(storage_class="GLACIER", monthly_early_deleted_gb=100,
    ...     early_delete_age_days=60, early_deletion_includes_index=False, object_bytes=2**20,
    ...     small_object_fraction=0, small_object_bytes=0, hours_per_month=720), rule))
    100.0
    """
    days_left = np.maximum(0, rule.minimum_days[w.storage_class] - w.early_delete_age_days)
    with_index = w.early_deletion_includes_index & archived(w)
    index_ratio = with_index * rule.archive_index_bytes / w.object_bytes
    billed_gb = w.monthly_early_deleted_gb * (1 + padding_ratio(w, rule) + index_ratio)
    return billed_gb * days_left * HOURS_PER_DAY / w.hours_per_month


def request_charges(w: S3Workload, c: S3Capacity) -> Iterator[Charge]:
    """Yield the requests of a month.

    For a multipart upload to an archive class, only the completion is charged at the rate of the
    class [5]_. LIST is charged at the Standard rate, for a directory bucket at its own [1]_.
    """
    by_class = (w.storage_class,)
    part_requests = w.monthly_multipart_uploads * (c.requests_per_multipart_upload - 1)
    directory_bucket = w.storage_class == "EXPRESS_ONEZONE"
    own_parts = np.where(archived(w), 0, part_requests)
    own_lists = np.where(directory_bucket, w.monthly_list_requests, 0)
    puts = w.monthly_put_requests + w.monthly_multipart_uploads
    yield Charge("put_requests", puts + own_parts + own_lists, by_class)
    yield Charge("list_requests", np.where(directory_bucket, 0, w.monthly_list_requests))
    yield Charge("archive_part_requests", np.where(archived(w), part_requests, 0), by_class)
    yield Charge("get_requests", w.monthly_get_requests, by_class)
    yield Charge("lifecycle_transitions", transitions(w), by_class)


def transitions(w: S3Workload) -> Numbers:
    """Return the objects that lifecycle rules move in a month.

    Since September 2024 objects below 128 KB are not moved, unless a rule says otherwise [10]_.

    Examples
    --------
    A bill from May 2026: a rule selects 970,978,934 objects, of which 6.4 percent move.

    >>> from types import SimpleNamespace as Row
    >>> w = Row(monthly_lifecycle_transitions=970978934, small_object_fraction=0.9357467,
    ...         lifecycle_moves_small_objects=np.array([False, True]))
    >>> transitions(w).round(-5).tolist()
    [62400000.0, 971000000.0]
    """
    larger = w.monthly_lifecycle_transitions * (1 - w.small_object_fraction)
    return np.where(w.lifecycle_moves_small_objects, w.monthly_lifecycle_transitions, larger)


def retrieval_charges(w: S3Workload, c: S3Capacity) -> Iterator[Charge]:
    """Yield the data read, uploaded and restored in a month.

    Reading is free in STANDARD and, except for Expedited restores, in INTELLIGENT_TIERING.
    Replication is charged for reading too [6]_.
    """
    by_tier = (w.storage_class, w.retrieval_tier)
    restored = archived(w) | (w.storage_class == "INTELLIGENT_TIERING")
    read = np.logical_not(restored) & (w.storage_class != "STANDARD")
    replicated = np.where(w.storage_class == "EXPRESS_ONEZONE", 0, w.monthly_replicated_gb)
    retrieved = np.where(read, w.monthly_retrieved_gb + replicated, 0)
    uploaded = np.where(w.storage_class == "EXPRESS_ONEZONE", w.monthly_uploaded_gb, 0)
    yield Charge("uploaded_data", uploaded)
    yield Charge("retrieved_data", retrieved, (w.storage_class,))
    yield Charge("restore_requests", c.monthly_restored_objects, by_tier)
    yield Charge("restored_data", np.where(restored, w.monthly_retrieved_gb, 0), by_tier)


def replication_charges(w: S3Workload, c: S3Capacity) -> Iterator[Charge]:
    """Yield the charges of replication other than the replica's storage.

    Each object costs one PUT at the price of the replica's Region and class. Transfer is priced in
    the source's Region, and Replication Time Control by the GB [1]_.
    """
    region, storage_class = replica(w)
    source: Words = w.region
    abroad_gb = between_regions(w.monthly_replicated_gb, source, region)
    controlled = w.replication_time_control * w.monthly_replicated_gb
    yield Charge("put_requests", c.monthly_replicated_objects, (storage_class,), region)
    yield Charge("inter_region_transfer", abroad_gb, (region,))
    yield Charge("replication_time_control_data", controlled)


def transfer_charges(w: S3Workload) -> Iterator[Charge]:
    """Yield data transferred out of the bucket's Region; reads within the Region are free.

    Transfer Acceleration is charged in addition [1]_.
    """
    source: Words = w.region
    readers = reader_region(w)
    abroad_gb = between_regions(w.monthly_inter_region_out_gb, source, readers)
    yield Charge("accelerated_in_data", w.monthly_accelerated_in_gb, (w.acceleration_edge,))
    yield Charge("accelerated_out_data", w.monthly_accelerated_out_gb)
    yield Charge("internet_out_data", w.monthly_internet_out_gb)
    yield Charge("inter_region_out_data", abroad_gb, (readers,))


def metadata_charges(w: S3Workload, rule: Rules) -> Iterator[Charge]:
    """Yield the updates of S3 Metadata's journal table, its backfill and its live inventory [1]_.

    A backfilled object is charged like an update. AWS's managed table bucket holds the tables.
    """
    updates = w.monthly_metadata_updates + w.monthly_backfilled_objects
    yield Charge("metadata_updates", updates)
    yield Charge("live_inventory_objects", charged_inventory_objects(w, rule))


def charged_inventory_objects(w: S3Workload, rule: Rules) -> Numbers:
    """Return the objects whose live inventory is charged: of a bucket above a billion, all [1]_.

    Examples
    --------
    The bucket of AWS's own example has 200 million objects, and pays nothing; one of two billion
    pays for all of them, or for those beyond a billion if that is assumed.

    >>> from types import SimpleNamespace as Row
    >>> w = Row(live_inventory_objects=np.array([2e8, 2e9, 2e9]),
    ...         live_inventory_billion_is_free=np.array([False, False, True]))
    >>> charged_inventory_objects(w, Row(free_inventory_objects=10**9)).tolist()
    [0.0, 2000000000.0, 1000000000.0]
    """
    beyond = w.live_inventory_objects - rule.free_inventory_objects
    charged = np.where(w.live_inventory_billion_is_free, beyond, w.live_inventory_objects)
    return np.where(beyond > 0, charged, 0)


def management_charges(w: S3Workload, c: S3Capacity) -> Iterator[Charge]:
    """Yield inventory, analysis, Storage Lens, tags and batch operations [1]_."""
    yield Charge("inventory_objects", w.monthly_inventory_listings * c.objects)
    yield Charge("analysed_objects", w.storage_class_analysis * c.objects)
    yield Charge("storage_lens_objects", w.storage_lens_dashboards * c.objects)
    yield Charge("object_tags", w.tags_per_object * c.objects)
    yield Charge("batch_jobs", w.monthly_batch_jobs)
    yield Charge("batch_objects", w.monthly_batch_objects)
    yield Charge("batch_manifest_objects", w.monthly_batch_manifest_objects)


def queued_events(w: S3Workload) -> Numbers:
    """Return the mean events that are sent to queues of Amazon SQS [1/s]."""
    return w.monthly_sqs_events / (w.hours_per_month * SECONDS_PER_HOUR)


def event_charges(w: S3Workload) -> Iterator[Charge]:
    """Yield what the receivers of event notifications charge; S3 itself charges nothing [11]_.

    A notification is about 1 KB and counts as one request of 64 KB. Events to EventBridge are
    opt-in data events, which are charged like custom events [12]_.
    """
    yield Charge("sqs_event_requests", w.monthly_sqs_events)
    yield Charge("sns_event_requests", w.monthly_sns_events)
    yield Charge("lambda_event_requests", w.monthly_lambda_events)
    yield Charge("lambda_event_duration", w.monthly_lambda_gb_seconds)
    yield Charge("lambda_event_arm_duration", w.monthly_lambda_arm_gb_seconds)
    yield Charge("eventbridge_events", w.monthly_eventbridge_events)


def reader_region(w: S3Workload) -> Words:
    """Return the Region that reads; the bucket's where none is given."""
    region: Words = w.reader_region
    return region.filled(w.region)


def replica(w: S3Workload) -> tuple[WordColumn, WordColumn]:
    """Return Region and storage class of the replica; the source's where left empty."""
    region: Words = w.replica_region
    storage_class: Words = w.replica_storage_class
    return region.filled(w.region), storage_class.filled(w.storage_class)


def findings(w: S3Workload, c: S3Capacity, rule: Rules) -> Iterator[Finding]:
    """Yield the quotas, and the minimums of the class, that apply [2]_ [3]_ [4]_."""
    largest = np.maximum(w.object_bytes, w.largest_object_bytes)
    in_parts = largest > w.multipart_part_bytes
    yield Finding("object_bytes", largest)
    yield Finding("single_put_bytes", largest)
    yield Finding("single_get_bytes", largest)
    yield Finding("multipart_parts", whole_units(largest / w.multipart_part_bytes), in_parts)
    yield from peak_findings(w)
    yield from small_object_findings(w, rule)
    minimum_days = rule.minimum_days[w.storage_class]
    early = (w.monthly_early_deleted_gb > 0) & (minimum_days > 0)
    age = np.maximum(1, w.early_delete_age_days)
    yield Finding("minimum_storage_days", minimum_days, early, age)
    objects: Numbers = c.monthly_restored_objects
    restores = objects / (w.hours_per_month * SECONDS_PER_HOUR)
    yield Finding("restore_requests_per_second", restores, objects > 0)
    expedited = (w.storage_class == "GLACIER") & (w.retrieval_tier == "Expedited")
    yield Finding("expedited_object_bytes", w.object_bytes, expedited)
    yield from archive_findings(w, c, rule)
    required = w.required_first_byte_seconds
    within = np.where(required > 0, required, 1)
    yield Finding("required_first_byte_seconds", c.first_byte_seconds, required > 0, within)
    yield from unsupported_findings(w)
    one_zone = (w.storage_class == "ONEZONE_IA") | (w.storage_class == "EXPRESS_ONEZONE")
    yield Finding.met("one_zone", one_zone & (w.storage_gb > 0))
    yield from left_out_findings(w, rule)


def archive_findings(w: S3Workload, c: S3Capacity, rule: Rules) -> Iterator[Finding]:
    """Yield uses of archived data that need a restore first: reading and replication [7]_.

    New objects of Intelligent-Tiering are in Frequent Access and can be replicated. Only data that
    would have to come from its archive tiers needs a restore.
    """
    tiers_gb = np.asarray(c.archive_gb + c.deep_archive_gb)
    replicated = w.monthly_replicated_gb > 0
    read = is_read(w) & (archived(w) | (tiers_gb > 0))
    online: Numbers = rule.first_byte_seconds[w.storage_class]
    yield Finding("restore_before_reading", c.first_byte_seconds, read, online)
    yield Finding.met("replicated_archive", archived(w) & replicated)
    apart = tiers_gb + w.monthly_replicated_gb
    yield Finding("replicated_archive_tiers", apart, replicated & (tiers_gb > 0), c.stored_gb)


def is_read(w: S3Workload) -> Flags:
    """Return where objects are read, as their peak, the requests or the data say."""
    moved_gb = w.monthly_retrieved_gb + w.monthly_internet_out_gb + w.monthly_inter_region_out_gb
    return w.peak_reads_per_second + w.monthly_get_requests + moved_gb > 0


def read_gb(w: S3Workload) -> Numbers:
    """Return the data that is read at least [GB]: what is sent out, or requested in whole objects.

    Requests may be for parts of objects. So they count only where no data retrieved is given.

    Examples
    --------
    >>> from types import SimpleNamespace as Row
    >>> w = Row(monthly_get_requests=4096, object_bytes=2**20, monthly_internet_out_gb=1,
    ...         monthly_inter_region_out_gb=0, monthly_retrieved_gb=np.array([0, 2]))
    >>> read_gb(w).tolist()
    [4.0, 1.0]
    """
    whole = w.monthly_get_requests * w.object_bytes / BYTES_PER_GB
    requested = np.where(w.monthly_retrieved_gb > 0, 0, whole)
    return np.maximum(requested, w.monthly_internet_out_gb + w.monthly_inter_region_out_gb)


def unsupported_findings(w: S3Workload) -> Iterator[Finding]:
    """Yield the features asked for that a directory bucket does not have [8]_ [13]_."""
    directory_bucket = w.storage_class == "EXPRESS_ONEZONE"
    into_one = (w.monthly_replicated_gb > 0) & (replica(w)[1] == "EXPRESS_ONEZONE")
    replicated = (w.monthly_replicated_gb > 0) | w.replication_time_control
    asked = (directory_bucket & feature for feature in general_purpose_features(w))
    features = count_true(into_one | (directory_bucket & replicated), *asked)
    yield Finding.met("directory_bucket_features", features > 0, features)


def general_purpose_features(w: S3Workload) -> tuple[Flags, ...]:
    """Return where each feature that only general purpose buckets have is asked for.

    Replication is handled separately, because a directory bucket can be neither its source nor its
    target.
    """
    return (
        w.noncurrent_gb > 0,
        w.monthly_accelerated_in_gb + w.monthly_accelerated_out_gb > 0,
        w.monthly_lifecycle_transitions > 0,
        w.monthly_metadata_updates + w.monthly_backfilled_objects + w.live_inventory_objects > 0,
        w.monthly_inventory_listings > 0,
        w.storage_lens_dashboards > 0,
        w.tags_per_object > 0,
        notified(w),
    )


def notified(w: S3Workload) -> Flags:
    """Return where the bucket sends event notifications."""
    to_one = w.monthly_sqs_events + w.monthly_sns_events + w.monthly_lambda_events
    return to_one + w.monthly_eventbridge_events > 0


def left_out_findings(w: S3Workload, rule: Rules) -> Iterator[Finding]:
    """Yield fields that are set but do not apply to the class, and are therefore not charged."""
    tiering = w.storage_class == "INTELLIGENT_TIERING"
    shares = count_true(*(share > 0 for share in tier_shares(w)))
    others = np.logical_not(tiering)
    yield Finding.met("tier_shares_left_out", others & (shares > 0), shares)
    early = (w.monthly_early_deleted_gb > 0) & (rule.minimum_days[w.storage_class] == 0)
    yield Finding.met("early_deletion_left_out", early)
    restored = (w.monthly_restore_requests > 0) & others & np.logical_not(archived(w))
    yield Finding.met("restores_left_out", restored)
    yield from data_out_findings(w)
    duration = w.monthly_lambda_gb_seconds + w.monthly_lambda_arm_gb_seconds
    runs = (w.monthly_lambda_events > 0) & (duration == 0)
    yield Finding.met("lambda_duration_left_out", runs)


def data_out_findings(w: S3Workload) -> Iterator[Finding]:
    """Yield inter-Region data whose Region is the bucket's own, and data that is not named.

    EXPRESS_ONEZONE charges for what is uploaded; so objects that are put without it stand for
    it, where none is given.
    """
    source: Words = w.region
    near = reader_region(w).codes == source.codes
    within = near & (w.monthly_inter_region_out_gb > 0)
    yield Finding.met("region_out_left_out", within, w.monthly_inter_region_out_gb)
    free = (w.storage_class == "STANDARD") | (w.storage_class == "INTELLIGENT_TIERING")
    unread_gb = read_gb(w) - w.monthly_retrieved_gb
    yield Finding.met("retrieval_left_out", np.logical_not(free) & (unread_gb > 0), unread_gb)
    put_gb = (w.monthly_put_requests + w.monthly_multipart_uploads) * w.object_bytes / BYTES_PER_GB
    unnamed = (w.storage_class == "EXPRESS_ONEZONE") & (w.monthly_uploaded_gb == 0)
    yield Finding.met("uploads_left_out", unnamed & (put_gb > 0), put_gb)


def peak_findings(w: S3Workload) -> Iterator[Finding]:
    """Yield the request rates of a prefix, or of a directory bucket, at the peak."""
    directory_bucket = w.storage_class == "EXPRESS_ONEZONE"
    by_prefix = np.logical_not(directory_bucket)
    reads, writes = w.peak_reads_per_second, w.peak_writes_per_second
    yield Finding("prefix_reads_per_second", reads / w.prefixes, by_prefix & (reads > 0))
    yield Finding("prefix_writes_per_second", writes / w.prefixes, by_prefix & (writes > 0))
    yield Finding("directory_bucket_reads_per_second", reads, directory_bucket & (reads > 0))
    yield Finding("directory_bucket_writes_per_second", writes, directory_bucket & (writes > 0))


def small_object_findings(w: S3Workload, rule: Rules) -> Iterator[Finding]:
    """Yield the findings on small objects: padding, overhead, and rules that exclude them.

    Minimums are compared with the mean size of the small objects, where they have a share.
    """
    smallest = np.where(w.small_object_fraction > 0, small_bytes(w), w.object_bytes)
    size = np.maximum(1, smallest)
    minimum = rule.minimum_billable_bytes[w.storage_class]
    yield Finding("minimum_billable_bytes_per_object", minimum, minimum > 0, size)
    yield from storage_cost_findings(w, rule)
    tiering = w.storage_class == "INTELLIGENT_TIERING"
    yield Finding("monitored_bytes_per_object", rule.monitored_object_bytes, tiering, size)
    moved = (w.monthly_lifecycle_transitions > 0) & np.logical_not(w.lifecycle_moves_small_objects)
    yield Finding("lifecycle_bytes_per_object", rule.lifecycle_object_bytes, moved, size)
    yield Finding.met("contrary_object_sizes", contrary_sizes(w, rule))


def contrary_sizes(w: S3Workload, rule: Rules) -> Flags:
    """Return where the small objects, or the others, have a mean on the wrong side of 128 KB."""
    all_small = w.small_object_fraction == 1
    least = rule.monitored_object_bytes
    right = np.where(all_small, w.object_bytes < least, larger_bytes(w) >= least)
    return (w.small_object_fraction > 0) & np.logical_not(right)


def storage_cost_findings(w: S3Workload, rule: Rules) -> Iterator[Finding]:
    """Compare the cost of a GB, with its overhead, with Standard, where both are known."""
    cost, standard_cost = storage_costs_per_gb(w, rule)
    known = (cost == cost) & (standard_cost == standard_cost)
    overhead = ((rule.minimum_billable_bytes[w.storage_class] > 0) | archived(w)) & known
    yield Finding("storage_cost_per_gb", cost, overhead, standard_cost)


def storage_costs_per_gb(w: S3Workload, rule: Rules) -> tuple[Numbers, Numbers]:
    """Return the cost of a GB with padding and overhead, and in Standard [USD/GB-Month].

    Both are at list prices of the first tier, and NaN where no price is known.
    """
    price = rule.list_price("storage", (w.storage_class,), w.price_date, w.region)
    in_standard = rule.list_price("storage", (standard(w.storage_class),), w.price_date, w.region)
    index_ratio = archived(w) * rule.archive_index_bytes / w.object_bytes
    name_ratio = archived(w) * rule.archive_name_bytes / w.object_bytes
    cost = price * (1 + padding_ratio(w, rule) + index_ratio) + in_standard * name_ratio
    return cost, in_standard


def crossing(w: S3Workload, c: S3Capacity) -> dict[str, Numbers]:
    """Return the share of the data that is retrieved in a month."""
    stored: Numbers = c.stored_gb
    return {"retrieved_fraction": w.monthly_retrieved_gb / np.where(stored > 0, stored, np.nan)}


SERVICE = Service(
    key="s3",
    name="Amazon S3",
    category="Storage",
    billed_as="Amazon Simple Storage Service",
    workload=S3Workload,
    capacity_type=S3Capacity,
    capacity=capacity,
    charges=charges,
    findings=findings,
    loads=(
        "storage_gb",
        "noncurrent_gb",
        "incomplete_uploads_gb",
        "monthly_early_deleted_gb",
        "monthly_put_requests",
        "monthly_list_requests",
        "monthly_multipart_uploads",
        "monthly_get_requests",
        "monthly_lifecycle_transitions",
        "monthly_uploaded_gb",
        "monthly_retrieved_gb",
        "restored_copy_days",
        "monthly_replicated_gb",
        "monthly_accelerated_in_gb",
        "monthly_accelerated_out_gb",
        "monthly_internet_out_gb",
        "monthly_inter_region_out_gb",
        "monthly_metadata_updates",
        "monthly_backfilled_objects",
        "live_inventory_objects",
        "monthly_inventory_listings",
        "storage_lens_dashboards",
        "tags_per_object",
        "monthly_batch_jobs",
        "monthly_batch_objects",
        "monthly_batch_manifest_objects",
        "monthly_sqs_events",
        "monthly_sns_events",
        "monthly_lambda_events",
        "monthly_lambda_gb_seconds",
        "monthly_lambda_arm_gb_seconds",
        "monthly_eventbridge_events",
    ),
    example=S3Workload(
        name="data lake",
        region="us-east-1",
        storage_gb=52224.0,
        monthly_put_requests=1000000.0,
        monthly_get_requests=10000000.0,
        monthly_retrieved_gb=10000.0,
        monthly_internet_out_gb=500.0,
    ),
    compared="storage_class",
    swept="monthly_retrieved_gb",
    crossing=crossing,
    sends={"sqs": queued_events},
    steady="Storage, requests and transfer are billed by the month, whatever its hours are.",
)
