"""Amazon DynamoDB: one table in one Region, with its indexes.

Sections follow AWS's pricing pages [1]_ [2]_: read and write requests, data storage, backup and
restore, export and import, streams and change data capture, and the transfer of global tables.

References
----------
.. [1] "Pricing for on-demand capacity", https://aws.amazon.com/dynamodb/pricing/on-demand/
.. [2] "Pricing for provisioned capacity", https://aws.amazon.com/dynamodb/pricing/provisioned/
.. [3] "DynamoDB read and write operations", developer guide,
   https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
.. [4] "Quotas in Amazon DynamoDB", developer guide (2026),
   https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
.. [5] "Throughput capacity planning for DynamoDB global tables", developer guide (2026),
   https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-global-table-design.prescriptive-guidance.throughput.html
.. [6] "DynamoDB on-demand capacity mode, initial throughput", developer guide (2026),
   https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

import numpy as np
from msgspec import Struct

from pricing import tables
from pricing.arrays import Flags, Words
from pricing.kit.requests import billed_units
from pricing.kit.sizing import largest
from pricing.kit.throughput import (
    MODES,
    break_even_utilization,
    has_no_headroom,
    highest_units,
    provisioned_units,
    scaled_units,
    scaling_alarms,
    utilization,
)
from pricing.kit.transfer import between_regions
from pricing.model import Charge, Exclusive, Finding, Hourly, Scaled, Service, WorkloadFields
from pricing.quantities import (
    REGION_CODES,
    Bytes,
    Count,
    Fraction,
    Gigabytes,
    MonthlyGigabytes,
    PerSecond,
    PositiveBytes,
    PriceDate,
    Ratio,
    about,
    bounded,
    measured,
    whole,
)
from pricing.rates import Rules
from pricing.units import BYTES_PER_GB, SECONDS_PER_HOUR

if TYPE_CHECKING:
    OtherRegion = str
else:
    OtherRegion = Literal[("", *REGION_CODES)]
ReadUnits = Annotated[float, bounded("ReadUnits/Second", 0, 1e9)]
WriteUnits = Annotated[float, bounded("WriteUnits/Second", 0, 1e9)]


class DynamoDBWorkload(WorkloadFields, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Demand on one DynamoDB table in one Region, with its indexes."""

    price_date: PriceDate = tables.newest_day("dynamodb")
    capacity_mode: Annotated[
        Literal["on-demand", "provisioned"], about("How throughput is paid for.")
    ] = "on-demand"
    table_class: Annotated[
        Literal["STANDARD", "STANDARD_INFREQUENT_ACCESS"],
        about("Table class; the indexes follow the table."),
    ] = "STANDARD"
    reads_per_second: Annotated[
        PerSecond, about("Mean reads of the table: GetItem, Query or Scan requests.")
    ] = 0.0
    writes_per_second: Annotated[
        PerSecond,
        about("Mean writes of items; for a global table, the writes of all its Regions together."),
    ] = 0.0
    read_units_per_second: Annotated[
        ReadUnits,
        about("Mean read units the table consumes, as in CloudWatch; instead of requests."),
    ] = 0.0
    write_units_per_second: Annotated[
        WriteUnits,
        about("Mean write units the table consumes, as in CloudWatch; instead of writes."),
    ] = 0.0
    peak_to_mean: Annotated[
        Ratio, about("Peak over mean of all traffic; provisioned capacity is sized to the peak.")
    ] = 1.0
    item_bytes: Annotated[PositiveBytes, about("Mean item size, attribute names included.")]
    items_per_read: Annotated[
        float,
        whole("1", 1, 1e9),
        about("Items one read goes through: a Query or Scan sums their sizes, then rounds once."),
    ] = 1.0
    strongly_consistent_fraction: Annotated[
        Fraction, about("Share of non-transactional reads that are strongly consistent.")
    ] = 0.0
    transactional_read_fraction: Annotated[
        Fraction, about("Share of reads made in transactions.")
    ] = 0.0
    transactional_write_fraction: Annotated[
        Fraction, about("Share of writes made in transactions.")
    ] = 0.0
    storage_gb: Annotated[
        Gigabytes, about("Stored data as billed, overhead included; adds to that of `items`.")
    ] = 0.0
    items: Annotated[
        float,
        whole("1", 0, 1e15),
        about("Items stored; each adds its size and AWS's overhead, in the table and each index."),
    ] = 0.0
    gsi_count: Annotated[Count, about("Global secondary indexes.")] = 0.0
    gsi_item_bytes: Annotated[
        Bytes, about("Mean size of an entry of a global index; 0 means the whole item.")
    ] = 0.0
    gsi_write_fraction: Annotated[
        float,
        bounded("ratio", 0, 2),
        about("Index writes per table write and global index; 2 where the index key changes."),
    ] = 1.0
    gsi_reads_per_second: Annotated[
        PerSecond, about("Mean Query or Scan requests of all global indexes together.")
    ] = 0.0
    gsi_read_units_per_second: Annotated[
        ReadUnits,
        about("Mean read units of all global indexes together, as CloudWatch counts them."),
    ] = 0.0
    gsi_write_units_per_second: Annotated[
        WriteUnits,
        about("Mean write units of all global indexes together, as CloudWatch counts them."),
    ] = 0.0
    lsi_count: Annotated[Count, about("Local secondary indexes.")] = 0.0
    lsi_item_bytes: Annotated[
        Bytes, about("Mean size of an entry of a local index; 0 means the whole item.")
    ] = 0.0
    global_table: Annotated[
        bool, about("Writes are priced as replicated writes; send one row per replica Region.")
    ] = False
    replica_region: Annotated[
        OtherRegion,
        about("Region of the other replicas, to which writes are sent; empty: not priced."),
    ] = ""
    replicas: Annotated[
        Count, about("Other replicas of the global table, to each of which writes are sent.")
    ] = 1.0
    local_write_fraction: Annotated[
        Fraction, about("Share of a global table's writes that are made in this Region.")
    ] = 1.0
    replicated_ttl_deletes_per_second: Annotated[
        PerSecond,
        about("Items of a global table that expire (TTL) in other Regions: writes in this one."),
    ] = 0.0
    autoscaling: Annotated[
        bool, about("Provisioned capacity follows the load instead of standing at the peak.")
    ] = False
    target_utilization: Annotated[
        float,
        bounded("share", 0.2, 0.9),
        about("Utilisation that auto scaling keeps; AWS allows 20 to 90 percent."),
    ] = 0.7
    min_read_units: Annotated[
        float,
        whole("ReadUnits/Second", 1, 1e9),
        about("Least provisioned read capacity of the table."),
    ] = 1.0
    min_write_units: Annotated[
        float,
        whole("WriteUnits/Second", 1, 1e9),
        about("Least provisioned write capacity of the table."),
    ] = 1.0
    min_gsi_read_units: Annotated[
        float,
        whole("ReadUnits/Second", 1, 1e9),
        about("Least provisioned read capacity of each global index."),
    ] = 1.0
    min_gsi_write_units: Annotated[
        float,
        whole("WriteUnits/Second", 1, 1e9),
        about("Least provisioned write capacity of each global index."),
    ] = 1.0
    hottest_key_fraction: Annotated[
        Fraction, about("Share of the traffic that goes to the busiest partition key.")
    ] = 0.0
    hottest_index_key_fraction: Annotated[
        Fraction,
        about("Share of a global index's traffic that goes to its busiest partition key."),
    ] = 0.0
    stream_reads_per_second: Annotated[
        PerSecond,
        about("GetRecords calls on the stream, those of Lambda and replication left out."),
    ] = 0.0
    point_in_time_recovery: Annotated[
        bool, about("Continuous backups are on; an export needs them, and they are then charged.")
    ] = False
    backup_gb: Annotated[Gigabytes, about("On-demand backups kept.")] = 0.0
    monthly_restored_gb: Annotated[MonthlyGigabytes, about("Data restored from backups.")] = 0.0
    monthly_exported_gb: Annotated[
        MonthlyGigabytes, about("Data exported to Amazon S3, in full or in part.")
    ] = 0.0
    monthly_imported_gb: Annotated[
        MonthlyGigabytes, about("Uncompressed data imported from Amazon S3.")
    ] = 0.0
    change_data_capture: Annotated[
        bool, about("Writes are also captured into a Kinesis data stream.")
    ] = False
    partitions_share_reads_and_writes: Annotated[
        bool, about("Assumption: reads and writes use up a partition together.")
    ] = True


class DynamoDBCapacity(Struct, frozen=True):
    """What the table and its indexes need."""

    read_units_per_request: Annotated[
        float, measured("ReadUnits", "Mean read units of one read of the table.")
    ]
    write_units_per_request: Annotated[
        float, measured("WriteUnits", "Mean write units of one write of an item, indexes apart.")
    ]
    mean_read_units: Annotated[
        float, measured("ReadUnits/Second", "Read units the table consumes.")
    ]
    mean_write_units: Annotated[
        float,
        measured("WriteUnits/Second", "Write units the table consumes, local indexes included."),
    ]
    mean_gsi_read_units: Annotated[
        float, measured("ReadUnits/Second", "Read units of all global indexes.")
    ]
    mean_gsi_write_units: Annotated[
        float, measured("WriteUnits/Second", "Write units of all global indexes.")
    ]
    mean_lsi_write_units: Annotated[
        float, measured("WriteUnits/Second", "The local indexes' part of the table's write units.")
    ]
    peak_read_units: Annotated[
        float, measured("ReadUnits/Second", "Read units of the table at the peak.")
    ]
    peak_write_units: Annotated[
        float, measured("WriteUnits/Second", "Write units of the table at the peak.")
    ]
    provisioned_read_units: Annotated[
        float,
        measured(
            "ReadUnits/Second", "Capacity of the table that is billed each hour; 0 on demand."
        ),
    ]
    provisioned_write_units: Annotated[
        float,
        measured(
            "WriteUnits/Second", "Capacity of the table that is billed each hour; 0 on demand."
        ),
    ]
    provisioned_index_read_units: Annotated[
        float,
        measured(
            "ReadUnits/Second", "Capacity of all indexes that is billed each hour; 0 on demand."
        ),
    ]
    provisioned_index_write_units: Annotated[
        float,
        measured(
            "WriteUnits/Second", "Capacity of all indexes that is billed each hour; 0 on demand."
        ),
    ]
    highest_read_units: Annotated[
        float, measured("ReadUnits/Second", "Highest throughput of the table; quotas count it.")
    ]
    highest_write_units: Annotated[
        float, measured("WriteUnits/Second", "Highest throughput of the table; quotas count it.")
    ]
    highest_gsi_read_units: Annotated[
        float, measured("ReadUnits/Second", "Highest throughput of each global index.")
    ]
    highest_gsi_write_units: Annotated[
        float, measured("WriteUnits/Second", "Highest throughput of each global index.")
    ]
    partitions: Annotated[float, measured("1", "Fewest partitions, estimated.")]
    table_storage_gb: Annotated[float, measured("GB", "Billed storage of table and local indexes.")]
    index_storage_gb: Annotated[float, measured("GB", "Billed storage of global indexes.")]


def capacity(w: DynamoDBWorkload, rule: Rules) -> DynamoDBCapacity:
    """Return the throughput, partitions and storage that the demand needs.

    Whole units are provisioned: where auto scaling follows the load, the mean is rounded up once,
    which stands in for the mean of the hourly rounded values. A transaction doubles the units of
    the item, not those of its index entries; `items_per_read` holds for reads of indexes too.
    """
    per_request, mean_read, mean_item_write, mean_lsi, mean_gsi_read, mean_gsi_write = mean_units(
        w, rule
    )
    mean_write = mean_item_write + mean_lsi
    provisioned = w.capacity_mode == "provisioned"
    indexes = np.maximum(1, w.gsi_count)
    table_gb, index_gb = storage_gb(w, rule)
    return DynamoDBCapacity(
        read_units_per_request=per_request[0],
        write_units_per_request=per_request[1],
        mean_read_units=mean_read,
        mean_write_units=mean_write,
        mean_gsi_read_units=mean_gsi_read,
        mean_gsi_write_units=mean_gsi_write,
        mean_lsi_write_units=mean_lsi,
        peak_read_units=mean_read * w.peak_to_mean,
        peak_write_units=mean_write * w.peak_to_mean,
        provisioned_read_units=provisioned * provisioned_units(w, mean_read, w.min_read_units),
        provisioned_write_units=provisioned
        * provisioned_units(
            w, np.where(w.global_table, mean_item_write, mean_write), w.min_write_units
        ),
        highest_read_units=highest_units(w, mean_read, w.min_read_units),
        highest_write_units=highest_units(w, mean_write, w.min_write_units),
        highest_gsi_read_units=highest_units(w, mean_gsi_read / indexes, w.min_gsi_read_units),
        highest_gsi_write_units=highest_units(w, mean_gsi_write / indexes, w.min_gsi_write_units),
        provisioned_index_write_units=provisioned
        * (
            per_index_units(w, mean_gsi_write, w.min_gsi_write_units)
            + np.where(w.global_table, provisioned_units(w, mean_lsi, 0), 0)
        ),
        provisioned_index_read_units=provisioned
        * per_index_units(w, mean_gsi_read, w.min_gsi_read_units),
        partitions=partitions(w, mean_read, mean_write, table_gb, rule),
        table_storage_gb=table_gb,
        index_storage_gb=index_gb,
    )


def read_units_per_request(w: DynamoDBWorkload, rule: Rules) -> Any:
    """Return the mean read units of one read [ReadUnits].

    A read takes one unit for each 4 KB of the sum of its items, half of that where eventually
    consistent. A transaction rounds each item on its own and takes twice the units [3]_.

    Examples
    --------
    AWS's own: an 8 KB item takes 2 units strongly consistent, 1 eventually, 4 in a transaction.

    >>> from types import SimpleNamespace as Row
    >>> rule = Row(read_unit_bytes=4096, eventual_reads_per_unit=2, transactional_factor=2)
    >>> def read(strong, transactional):
    ...     return float(read_units_per_request(Row(
    ...         item_bytes=8192.0, items_per_read=1.0, strongly_consistent_fraction=strong,
    ...         transactional_read_fraction=transactional), rule))
    >>> read(1, 0), read(0, 0), read(0, 1)
    (2.0, 1.0, 4.0)
    """
    strong = billed_units(w.items_per_read * w.item_bytes, rule.read_unit_bytes)
    eventual = strong / rule.eventual_reads_per_unit
    plain = eventual + w.strongly_consistent_fraction * (strong - eventual)
    each_item = billed_units(w.item_bytes, rule.read_unit_bytes)
    transactional = rule.transactional_factor * w.items_per_read * each_item
    return plain + w.transactional_read_fraction * (transactional - plain)


def transactional_writes(w: DynamoDBWorkload, rule: Rules) -> Any:
    """Return what transactions multiply the mean write by: twice the units for their share."""
    return 1 + w.transactional_write_fraction * (rule.transactional_factor - 1)


def ttl_deletes(w: DynamoDBWorkload) -> Any:
    """Return the items that expire in other Regions of a global table [1/s].

    A delete by TTL is free in the Region that makes it; every other replica gets it as a
    replicated write [5]_.
    """
    return np.where(w.global_table, w.replicated_ttl_deletes_per_second, 0)


class MeanUnits(NamedTuple):
    """Units of a read and of a write, and those that are consumed in the mean [Units/Second]."""

    per_request: tuple[Any, Any]
    read: Any
    item_write: Any
    lsi_write: Any
    gsi_read: Any
    gsi_write: Any


def mean_units(w: DynamoDBWorkload, rule: Rules) -> MeanUnits:
    """Return the units of the table, of its local and of its global indexes [Units/Second]."""
    per_read = read_units_per_request(w, rule)
    per_write = billed_units(w.item_bytes, rule.write_unit_bytes) * transactional_writes(w, rule)
    reads = w.reads_per_second * per_read + w.read_units_per_second
    of_each = billed_units(w.items_per_read * gsi_bytes(w), rule.read_unit_bytes)
    index_reads = w.gsi_reads_per_second * of_each / rule.eventual_reads_per_unit
    index_reads = index_reads + w.gsi_read_units_per_second
    item_writes = item_write_units(w, per_write, rule)
    local, in_global = index_write_units(w, rule)
    return MeanUnits((per_read, per_write), reads, item_writes, local, index_reads, in_global)


def item_write_units(w: DynamoDBWorkload, units: Any, rule: Rules) -> Any:
    """Return the write units of the items themselves [WriteUnits/Second].

    A delete takes the units of the item that is deleted; one by TTL is in no transaction [3]_ [5]_.

    Examples
    --------
    AWS's rule: 100 items of 1.5 KB that expire elsewhere are 200 units, beside 100 writes.

    >>> from types import SimpleNamespace as Row
    >>> w = Row(writes_per_second=100, write_units_per_second=0, item_bytes=1536,
    ...         global_table=True, replicated_ttl_deletes_per_second=100)
    >>> float(item_write_units(w, 2, Row(write_unit_bytes=1024)))
    400.0
    """
    deleted = ttl_deletes(w) * billed_units(w.item_bytes, rule.write_unit_bytes)
    return w.writes_per_second * units + w.write_units_per_second + deleted


def index_write_units(w: DynamoDBWorkload, rule: Rules) -> tuple[Any, Any]:
    """Return the write units of all local and of all global indexes [WriteUnits/Second].

    An entry that is deleted with its item is one write, also where a changed key takes two.
    """
    deletes = ttl_deletes(w)
    local = (w.writes_per_second + deletes) * w.lsi_count
    entries = w.writes_per_second * w.gsi_write_fraction
    entries = entries + deletes * np.minimum(1, w.gsi_write_fraction)
    in_global = entries * w.gsi_count * billed_units(gsi_bytes(w), rule.write_unit_bytes)
    return (
        local * billed_units(lsi_bytes(w), rule.write_unit_bytes),
        in_global + w.gsi_write_units_per_second,
    )


def gsi_bytes(w: DynamoDBWorkload) -> Any:
    """Return the mean size of a global index entry [B]; the whole item unless told."""
    return np.where(w.gsi_item_bytes > 0, w.gsi_item_bytes, w.item_bytes)


def lsi_bytes(w: DynamoDBWorkload) -> Any:
    """Return the mean size of a local index entry [B]; the whole item unless told."""
    return np.where(w.lsi_item_bytes > 0, w.lsi_item_bytes, w.item_bytes)


def per_index_units(w: DynamoDBWorkload, mean_units: Any, minimum: Any) -> Any:
    """Return the units of all global indexes, each with an equal part and at least the minimum."""
    each = mean_units / np.maximum(1, w.gsi_count)
    return w.gsi_count * provisioned_units(w, each, minimum)


def partitions(
    w: DynamoDBWorkload, mean_read: Any, mean_write: Any, table_gb: Any, rule: Rules
) -> Any:
    """Estimate the fewest partitions: by highest throughput, or by size at 10 GB each."""
    reads = highest_units(w, mean_read, w.min_read_units) / rule.partition_read_units
    writes = highest_units(w, mean_write, w.min_write_units) / rule.partition_write_units
    together = w.partitions_share_reads_and_writes
    by_throughput = np.where(together, reads + writes, np.maximum(reads, writes))
    needs = {"throughput": by_throughput, "size": table_gb / rule.partition_storage_gb}
    return largest(needs).count


def storage_gb(w: DynamoDBWorkload, rule: Rules) -> tuple[Any, Any]:
    """Return billed storage of table with local indexes, and of global indexes [GB].

    Each item, and each of its entries in an index, carries 100 bytes of overhead; a replicated
    item 48 more.
    """
    item = w.item_bytes + rule.item_overhead_bytes
    item = item + np.where(w.global_table, rule.global_item_overhead_bytes, 0)
    local = w.lsi_count * (lsi_bytes(w) + rule.item_overhead_bytes)
    in_global = w.gsi_count * (gsi_bytes(w) + rule.item_overhead_bytes)
    table = w.storage_gb + w.items * (item + local) / BYTES_PER_GB
    return table, w.items * in_global / BYTES_PER_GB


def charges(w: DynamoDBWorkload, c: DynamoDBCapacity, rule: Rules) -> Iterator[Charge]:
    """Return the metered quantities of a month, in the pricing page's order.

    Writes of a global table are replicated writes; those of its secondary indexes stay ordinary.
    """
    by_class = (w.table_class,)
    seconds = w.hours_per_month * SECONDS_PER_HOUR
    on_demand = (w.capacity_mode == "on-demand") * seconds
    item_writes = c.mean_write_units - c.mean_lsi_write_units
    index_writes = c.mean_gsi_write_units + c.mean_lsi_write_units
    ordinary = np.where(w.global_table, 0, item_writes)
    replicated = np.where(w.global_table, item_writes, 0)
    reads = c.mean_read_units + c.mean_gsi_read_units
    yield Charge("read_request_units", on_demand * reads, by_class)
    yield Charge("write_request_units", on_demand * (ordinary + index_writes), by_class)
    yield Charge("replicated_write_request_units", on_demand * replicated, by_class)

    hours, fixed = w.hours_per_month, np.logical_not(w.autoscaling)
    ordinary = np.where(w.global_table, 0, c.provisioned_write_units)
    replicated = np.where(w.global_table, c.provisioned_write_units, 0)
    reads = c.provisioned_read_units + c.provisioned_index_read_units
    writes = ordinary + c.provisioned_index_write_units
    yield Charge("read_capacity_unit_hours", hours * reads, by_class, peak=fixed)
    yield Charge("write_capacity_unit_hours", hours * writes, by_class, peak=fixed)
    yield Charge("replicated_write_capacity_unit_hours", hours * replicated, by_class, peak=fixed)

    yield Charge("storage", c.table_storage_gb + c.index_storage_gb, by_class)
    recoverable = w.point_in_time_recovery | exports(w)
    yield Charge("point_in_time_recovery_storage", recoverable * c.table_storage_gb)
    yield Charge("backup_storage", w.backup_gb)
    yield Charge("restored_data", w.monthly_restored_gb)
    yield Charge("exported_data", w.monthly_exported_gb)
    yield Charge("imported_data", w.monthly_imported_gb)
    yield Charge("streams_read_requests", w.stream_reads_per_second * seconds)
    item_units = billed_units(w.item_bytes, rule.change_data_capture_unit_bytes)
    changes = w.writes_per_second + ttl_deletes(w)
    captured = changes * item_units + w.write_units_per_second
    yield Charge("change_data_capture_units", w.change_data_capture * captured * seconds)
    yield Charge("replication_transfer", replicated_gb(w, rule), (known_region(w),))
    yield Charge("scaling_alarms", scaling_alarms(w, rule) * (1 + w.gsi_count))


def exports(w: DynamoDBWorkload) -> Flags:
    """Return where data are exported, which needs point-in-time recovery [1]_."""
    return w.monthly_exported_gb > 0


def known_region(w: DynamoDBWorkload) -> Words:
    """Return the Region of the other replicas: that of the table, which is no transfer, if none."""
    region: Any = w.replica_region
    return region.filled(w.region)


def replicated_gb(w: DynamoDBWorkload, rule: Rules) -> Any:
    """Return what a global table sends to its other replicas [GB/month]: the items written here.

    Writes that are given as units are taken as full units. AWS charges the Region that sends [5]_.

    Examples
    --------
    1,000 writes a second of 1 KB for 730 hours are 2,506 GB for each other replica.

    >>> from pricing.rates import WordColumn
    >>> from types import SimpleNamespace as Row
    >>> here = WordColumn(np.array(0), ("us-east-1", "us-west-2"))
    >>> there = WordColumn(np.array(2), ("", "us-east-1", "us-west-2"))
    >>> w = Row(writes_per_second=1000, write_units_per_second=0, item_bytes=1024, replicas=1,
    ...         local_write_fraction=1, global_table=True, region=here, replica_region=there,
    ...         hours_per_month=730)
    >>> round(float(replicated_gb(w, Row(write_unit_bytes=1024))), 1)
    2506.3
    """
    written = w.writes_per_second * w.item_bytes + w.write_units_per_second * rule.write_unit_bytes
    sent = w.local_write_fraction * w.replicas * written * w.hours_per_month * SECONDS_PER_HOUR
    here: Words = w.region
    abroad = between_regions(sent / BYTES_PER_GB, here, known_region(w))
    return np.where(w.global_table, abroad, 0)


def findings(w: DynamoDBWorkload, c: DynamoDBCapacity, rule: Rules) -> Iterator[Finding]:
    """Return the quotas that the table meets [4]_."""
    on_demand, provisioned = w.capacity_mode == "on-demand", w.capacity_mode == "provisioned"
    indexed = w.gsi_count > 0
    yield Finding("item_bytes", w.item_bytes + w.lsi_count * lsi_bytes(w))
    yield Finding("gsi_per_table", w.gsi_count, indexed)
    yield Finding("lsi_per_table", w.lsi_count, w.lsi_count > 0)
    yield Finding("table_read_units", c.highest_read_units)
    yield Finding("table_write_units", c.highest_write_units)
    yield Finding("gsi_read_units", c.highest_gsi_read_units, indexed)
    yield Finding("gsi_write_units", c.highest_gsi_write_units, indexed)
    reads = c.highest_read_units + w.gsi_count * c.highest_gsi_read_units
    writes = c.highest_write_units + w.gsi_count * c.highest_gsi_write_units
    yield Finding("account_read_units", reads, provisioned)
    yield Finding("account_write_units", writes, provisioned)
    reads, writes = busiest_partition_units(w, c)
    yield Finding("partition_read_units", reads)
    yield Finding("partition_write_units", writes)
    together = c.peak_write_units + c.peak_read_units / rule.initial_reads_per_write
    yield Finding("on_demand_initial_write_units", together, on_demand)
    scaled = provisioned & w.autoscaling
    yield Finding("autoscaling_headroom", w.peak_to_mean, scaled, 1 / w.target_utilization)
    yield Finding("query_page_bytes", w.items_per_read * w.item_bytes, w.items_per_read > 1)
    in_transactions = w.transactional_read_fraction > 0
    yield Finding("transaction_items", w.items_per_read, in_transactions)
    yield Finding("transaction_bytes", w.items_per_read * w.item_bytes, in_transactions)
    yield from facts(w, c)


def busiest_partition_units(w: DynamoDBWorkload, c: DynamoDBCapacity) -> tuple[Any, Any]:
    """Return the peak of the busiest partition, of the table or of an index [Units/Second].

    A throttled index throttles the writes of its table.
    """
    busiest = np.maximum(1 / c.partitions, w.hottest_key_fraction)
    each_index = w.peak_to_mean * w.hottest_index_key_fraction / np.maximum(1, w.gsi_count)
    reads = c.mean_gsi_read_units * each_index
    writes = c.mean_gsi_write_units * each_index
    return (
        np.maximum(c.peak_read_units * busiest, reads),
        np.maximum(c.peak_write_units * busiest, writes),
    )


def facts(w: DynamoDBWorkload, c: DynamoDBCapacity) -> Iterator[Finding]:
    """Yield what does not fit together."""
    on_demand = w.capacity_mode == "on-demand"
    exported = exports(w) & np.logical_not(w.point_in_time_recovery)
    yield Finding.met("export_without_recovery", exported, c.table_storage_gb)
    yield Finding.met("index_units_left_out", lacks_index_units(w), w.gsi_count)
    replicated = (w.replica_region != "") | (w.replicated_ttl_deletes_per_second > 0)
    yield Finding.met("replication_left_out", replicated & np.logical_not(w.global_table))
    yield Finding.met("no_headroom", has_no_headroom(w, c))
    yield Finding.met("provisioned_left_out", on_demand & (provisioned_settings(w) > 0))


def lacks_index_units(w: DynamoDBWorkload) -> Flags:
    """Return where writes are given as units, and those of the global indexes are not."""
    in_units = (w.write_units_per_second > 0) & (w.writes_per_second == 0)
    missing = in_units & (w.gsi_count > 0) & (w.gsi_write_units_per_second == 0)
    declared = (w.capacity_mode != "on-demand") & (w.min_gsi_write_units > 1)
    return missing & np.logical_not(declared)


def provisioned_settings(w: DynamoDBWorkload) -> Any:
    """Count the settings that tell only of provisioned capacity [1]."""
    least = (w.min_read_units, w.min_write_units, w.min_gsi_read_units, w.min_gsi_write_units)
    return w.autoscaling + sum(units > 1 for units in least)


def scaled(w: DynamoDBWorkload, rule: Rules) -> dict[str, Scaled]:
    """Return what auto scaling may set: reads and writes of the table, and of each global index."""
    mean, count = mean_units(w, rule), w.gsi_count
    writes = mean.item_write + np.where(w.global_table, 0, mean.lsi_write)
    reads_of_each, writes_of_each = (
        units / np.maximum(1, count) for units in (mean.gsi_read, mean.gsi_write)
    )
    return {
        "table_read_units": scaled_units(w, "min_read_units", mean.read, rule),
        "table_write_units": scaled_units(w, "min_write_units", writes, rule),
        "index_read_units": scaled_units(w, "min_gsi_read_units", reads_of_each, rule, count),
        "index_write_units": scaled_units(w, "min_gsi_write_units", writes_of_each, rule, count),
    }


SERVICE = Service(
    key="dynamodb",
    name="Amazon DynamoDB",
    category="Databases",
    workload=DynamoDBWorkload,
    capacity_type=DynamoDBCapacity,
    capacity=capacity,
    charges=charges,
    findings=findings,
    loads=(
        "reads_per_second",
        "writes_per_second",
        "read_units_per_second",
        "write_units_per_second",
        "peak_to_mean",
        "item_bytes",
        "items_per_read",
        "strongly_consistent_fraction",
        "transactional_read_fraction",
        "transactional_write_fraction",
        "storage_gb",
        "items",
        "gsi_count",
        "gsi_write_fraction",
        "gsi_reads_per_second",
        "gsi_read_units_per_second",
        "gsi_write_units_per_second",
        "lsi_count",
        "replicas",
        "local_write_fraction",
        "replicated_ttl_deletes_per_second",
        "min_read_units",
        "min_write_units",
        "min_gsi_read_units",
        "min_gsi_write_units",
        "stream_reads_per_second",
        "backup_gb",
        "monthly_restored_gb",
        "monthly_exported_gb",
        "monthly_imported_gb",
        "hours_per_month",
    ),
    example=DynamoDBWorkload(
        name="orders",
        region="us-east-1",
        reads_per_second=1000.0,
        writes_per_second=500.0,
        item_bytes=3072.0,
    ),
    exclusive=(
        Exclusive(
            ("reads_per_second", "read_units_per_second"),
            "send the reads, or the units that CloudWatch counts for them",
        ),
        Exclusive(
            ("writes_per_second", "write_units_per_second"),
            "send the writes, or the units that CloudWatch counts for them",
        ),
        Exclusive(
            ("gsi_reads_per_second", "gsi_read_units_per_second"),
            "send the reads of the indexes, or the units that CloudWatch counts for them",
        ),
        Exclusive(
            ("writes_per_second", "gsi_write_fraction", "gsi_write_units_per_second"),
            "send gsi_write_fraction=0 with the units of the indexes, or leave the units out",
        ),
    ),
    compared="capacity_mode",
    swept="peak_to_mean",
    crossing=utilization,
    hourly=Hourly(
        varies=(
            "reads_per_second",
            "writes_per_second",
            "read_units_per_second",
            "write_units_per_second",
            "gsi_reads_per_second",
            "gsi_read_units_per_second",
            "gsi_write_units_per_second",
            "replicated_ttl_deletes_per_second",
            "stream_reads_per_second",
        ),
        modes=MODES,
        scaled=scaled,
        break_even=lambda w, rule: break_even_utilization(w, rule, (w.table_class,)),
    ),
)
