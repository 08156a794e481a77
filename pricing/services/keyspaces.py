"""Amazon Keyspaces (for Apache Cassandra): one table in one Region.

Sections follow AWS's pricing page [1]_: read and write throughput, storage, Time to Live,
streams of changes, point-in-time recovery. Each Region of a multi-Region table is a row.

References
----------
.. [1] "Amazon Keyspaces pricing", https://aws.amazon.com/keyspaces/pricing/
.. [2] "Estimate row size in Amazon Keyspaces", developer guide (2026),
   https://docs.aws.amazon.com/keyspaces/latest/devguide/calculating-row-size.html
.. [3] "Estimate capacity throughput requirements for static data", developer guide (2026),
   https://docs.aws.amazon.com/keyspaces/latest/devguide/static-columns-metering.html
.. [4] "Estimate and provision capacity for a multi-Region table", developer guide (2026),
   https://docs.aws.amazon.com/keyspaces/latest/devguide/tables-multi-region-capacity.html
.. [5] "Expire data with Time to Live", developer guide (2026),
   https://docs.aws.amazon.com/keyspaces/latest/devguide/TTL.html
.. [6] "Quotas for Amazon Keyspaces", developer guide (2026),
   https://docs.aws.amazon.com/keyspaces/latest/devguide/quotas.html
"""

from collections.abc import Iterator
from typing import Annotated, Literal

import numpy as np
from msgspec import Struct

from pricing import tables
from pricing.arrays import Numbers
from pricing.kit.instances import Connections
from pricing.kit.requests import billed_units
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
from pricing.model import Charge, Exclusive, Finding, Hourly, Scaled, Service, WorkloadFields
from pricing.quantities import (
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
from pricing.units import BYTES_PER_GB, HOURS_PER_DAY, SECONDS_PER_HOUR, count_true, whole_units

ReadUnits = Annotated[float, bounded("ReadUnits/Second", 0, 1e9)]
WriteUnits = Annotated[float, bounded("WriteUnits/Second", 0, 1e9)]
GOVERNMENT = ("us-gov-east-1", "us-gov-west-1")


class KeyspacesWorkload(WorkloadFields, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Demand on one Amazon Keyspaces table in one Region."""

    price_date: PriceDate = tables.newest_day("keyspaces")
    capacity_mode: Annotated[
        Literal["on-demand", "provisioned"], about("How throughput is paid for.")
    ] = "on-demand"
    reads_per_second: Annotated[PerSecond, about("Mean reads: of a row, or of a page.")] = 0.0
    writes_per_second: Annotated[PerSecond, about("Mean writes of rows in this Region.")] = 0.0
    read_units_per_second: Annotated[
        ReadUnits,
        about("Mean read units the table consumes, as in CloudWatch; instead of reads."),
    ] = 0.0
    write_units_per_second: Annotated[
        WriteUnits,
        about("Mean write units the table consumes, as in CloudWatch; instead of writes."),
    ] = 0.0
    peak_to_mean: Annotated[
        Ratio, about("Peak over mean of all traffic; provisioned capacity is sized to the peak.")
    ] = 1.0
    row_bytes: Annotated[
        PositiveBytes,
        about("Mean encoded size of a row, without the metadata that only storage counts."),
    ]
    rows_per_read: Annotated[
        float,
        whole("1", 1, 1e9),
        about("Rows one read goes through: a page sums their sizes, then rounds once."),
    ] = 1.0
    local_one_fraction: Annotated[
        Fraction, about("Share of the reads with LOCAL_ONE; the others have LOCAL_QUORUM.")
    ] = 0.0
    static_write_fraction: Annotated[
        Fraction, about("Share of the writes that write static columns, too.")
    ] = 0.0
    static_bytes: Annotated[
        Bytes, about("Encoded size of the static data of a logical partition.")
    ] = 0.0
    static_partitions: Annotated[
        float, whole("1", 0, 1e15), about("Logical partitions that have static data.")
    ] = 0.0
    multi_region: Annotated[
        bool, about("The table has replicas in other Regions; send one row per Region.")
    ] = False
    remote_writes_per_second: Annotated[
        PerSecond,
        about("Mean writes in the other Regions of a multi-Region table, repeated in this one."),
    ] = 0.0
    storage_gb: Annotated[
        Gigabytes, about("Stored data as billed, metadata included; adds to that of `rows`.")
    ] = 0.0
    rows: Annotated[
        float, whole("1", 0, 1e15), about("Rows stored; each adds its size and AWS's metadata.")
    ] = 0.0
    expired_rows_per_second: Annotated[
        PerSecond, about("Mean rows that Time to Live (TTL) deletes or updates.")
    ] = 0.0
    stream_reads_per_second: Annotated[
        PerSecond,
        about("GetRecords calls on the table's change data capture (CDC) stream, by all readers."),
    ] = 0.0
    point_in_time_recovery: Annotated[bool, about("Continuous backups are on.")] = False
    monthly_restored_gb: Annotated[MonthlyGigabytes, about("Data restored from backups.")] = 0.0
    autoscaling: Annotated[
        bool, about("Provisioned capacity follows the load instead of standing at the peak.")
    ] = False
    target_utilization: Annotated[
        float,
        bounded("share", 0.2, 0.9),
        about("Utilisation that auto scaling keeps; AWS allows 20 to 90 percent."),
    ] = 0.7
    min_read_units: Annotated[
        float, whole("ReadUnits/Second", 1, 1e9), about("Least provisioned read capacity.")
    ] = 1.0
    min_write_units: Annotated[
        float, whole("WriteUnits/Second", 1, 1e9), about("Least provisioned write capacity.")
    ] = 1.0
    previous_peak_read_units: Annotated[
        ReadUnits, about("Highest read throughput that the on-demand table reached before.")
    ] = 0.0
    previous_peak_write_units: Annotated[
        WriteUnits, about("Highest write throughput that the on-demand table reached before.")
    ] = 0.0
    hottest_key_fraction: Annotated[
        Fraction, about("Share of the traffic that goes to the busiest partition.")
    ] = 0.0
    connections: Annotated[
        Connections, about("Connections that clients hold open; 0 is not known.")
    ] = 0.0
    columns_per_write: Annotated[
        Count, about("Regular columns that one statement writes; 0 is not known.")
    ] = 0.0


class KeyspacesCapacity(Struct, frozen=True):
    """What the table needs in its Region."""

    read_units_per_request: Annotated[float, measured("ReadUnits", "Mean read units of one read.")]
    write_units_per_request: Annotated[
        float, measured("WriteUnits", "Mean write units of one write.")
    ]
    mean_read_units: Annotated[
        float, measured("ReadUnits/Second", "Read units the table consumes.")
    ]
    mean_write_units: Annotated[
        float, measured("WriteUnits/Second", "Write units consumed, writes of all Regions.")
    ]
    peak_read_units: Annotated[float, measured("ReadUnits/Second", "Read units at the peak.")]
    peak_write_units: Annotated[float, measured("WriteUnits/Second", "Write units at the peak.")]
    provisioned_read_units: Annotated[
        float, measured("ReadUnits/Second", "Capacity billed each hour; 0 on demand.")
    ]
    provisioned_write_units: Annotated[
        float, measured("WriteUnits/Second", "Capacity billed each hour; 0 on demand.")
    ]
    highest_read_units: Annotated[
        float, measured("ReadUnits/Second", "Highest throughput; quotas count it.")
    ]
    highest_write_units: Annotated[
        float, measured("WriteUnits/Second", "Highest throughput; quotas count it.")
    ]
    needed_connections: Annotated[
        float, measured("1", "Fewest connections that take the queries of the peak.")
    ]
    table_storage_gb: Annotated[float, measured("GB", "Billed storage of the table.")]
    sla_fraction: Annotated[
        float, measured("share", "Monthly availability below which AWS gives credits.")
    ]


def capacity(w: KeyspacesWorkload, rule: Rules) -> KeyspacesCapacity:
    """Return the throughput and storage that the demand needs."""
    per_read, per_write = read_units(w, rule), write_units(w, rule)
    read, write = mean_units(w, rule)
    provisioned = w.capacity_mode == "provisioned"
    queries = (w.reads_per_second + w.writes_per_second) * w.peak_to_mean
    return KeyspacesCapacity(
        read_units_per_request=per_read,
        write_units_per_request=per_write,
        mean_read_units=read,
        mean_write_units=write,
        peak_read_units=read * w.peak_to_mean,
        peak_write_units=write * w.peak_to_mean,
        provisioned_read_units=provisioned * provisioned_units(w, read, w.min_read_units),
        provisioned_write_units=provisioned * provisioned_units(w, write, w.min_write_units),
        highest_read_units=highest_units(w, read, w.min_read_units),
        highest_write_units=highest_units(w, write, w.min_write_units),
        needed_connections=whole_units(queries / rule.connection_queries),
        table_storage_gb=storage_gb(w, rule),
        sla_fraction=np.where(w.multi_region, rule.multi_region_sla_fraction, rule.sla_fraction),
    )


def mean_units(w: KeyspacesWorkload, rule: Rules) -> tuple[Numbers, Numbers]:
    """Return the read and the write units that are consumed in the mean [Units/Second]."""
    read = w.reads_per_second * read_units(w, rule) + w.read_units_per_second
    return read, all_writes(w) * write_units(w, rule) + w.write_units_per_second


def read_units(w: KeyspacesWorkload, rule: Rules) -> Numbers:
    """Return the mean read units of one read: one for each 4 KB, half with LOCAL_ONE [1]_.

    Examples
    --------
    AWS's own: a row of 8 KB takes 2 units with LOCAL_QUORUM and 1 with LOCAL_ONE.

    >>> from types import SimpleNamespace as Row
    >>> w = Row(row_bytes=8192.0, rows_per_read=1, local_one_fraction=np.array([0, 1]))
    >>> read_units(w, Row(read_unit_bytes=4096, local_one_reads_per_unit=2)).tolist()
    [2.0, 1.0]
    """
    quorum = billed_units(w.rows_per_read * w.row_bytes, rule.read_unit_bytes)
    return quorum + w.local_one_fraction * (quorum / rule.local_one_reads_per_unit - quorum)


def write_units(w: KeyspacesWorkload, rule: Rules) -> Numbers:
    """Return the mean write units of one write: one for each KB [1]_.

    A write of static and other columns takes twice the units of both [3]_.

    Examples
    --------
    AWS's own: 25.5 KB with 1.5 KB of static data take 56 units.

    >>> from types import SimpleNamespace as Row
    >>> w = Row(row_bytes=25.5 * 1024, static_bytes=1536, static_write_fraction=1)
    >>> float(write_units(w, Row(write_unit_bytes=1024, static_write_factor=2)))
    56.0
    """
    row = billed_units(w.row_bytes, rule.write_unit_bytes)
    static = billed_units(w.static_bytes, rule.write_unit_bytes)
    mixed = rule.static_write_factor * (row + static)
    return row + w.static_write_fraction * (mixed - row)


def all_writes(w: KeyspacesWorkload) -> Numbers:
    """Return the writes that the Region makes: its own, and those of the others [1/s] [4]_."""
    return w.writes_per_second + np.where(w.multi_region, w.remote_writes_per_second, 0)


def storage_gb(w: KeyspacesWorkload, rule: Rules) -> Numbers:
    """Return billed storage: each row and each partition's static data have metadata [GB] [2]_."""
    rows = w.rows * (w.row_bytes + rule.row_metadata_bytes)
    static = w.static_partitions * (w.static_bytes + rule.static_metadata_bytes)
    return w.storage_gb + (rows + static) / BYTES_PER_GB


def charges(w: KeyspacesWorkload, c: KeyspacesCapacity, rule: Rules) -> Iterator[Charge]:
    """Yield the metered quantities of a month, in the pricing page's order."""
    seconds = w.hours_per_month * SECONDS_PER_HOUR
    on_demand = (w.capacity_mode == "on-demand") * seconds
    yield Charge("read_request_units", on_demand * c.mean_read_units)
    yield Charge("write_request_units", on_demand * c.mean_write_units)
    hours, fixed = w.hours_per_month, np.logical_not(w.autoscaling)
    yield Charge("read_capacity_unit_hours", hours * c.provisioned_read_units, peak=fixed)
    yield Charge("write_capacity_unit_hours", hours * c.provisioned_write_units, peak=fixed)
    yield Charge("storage", c.table_storage_gb)
    each = billed_units(w.row_bytes, rule.ttl_unit_bytes)
    yield Charge("ttl_deletes", w.expired_rows_per_second * each * seconds)
    yield Charge("stream_read_requests", w.stream_reads_per_second * seconds)
    recoverable = w.point_in_time_recovery * c.table_storage_gb
    yield Charge("point_in_time_recovery_storage", recoverable)
    yield Charge("restored_data", w.monthly_restored_gb)
    yield Charge("scaling_alarms", scaling_alarms(w, rule))


def findings(w: KeyspacesWorkload, c: KeyspacesCapacity, rule: Rules) -> Iterator[Finding]:
    """Yield the quotas that the table meets [6]_."""
    on_demand, provisioned = w.capacity_mode == "on-demand", w.capacity_mode == "provisioned"
    yield Finding("row_bytes", w.row_bytes)
    yield Finding("static_bytes", w.static_bytes, w.static_bytes > 0)
    yield Finding("table_read_units", c.highest_read_units)
    yield Finding("table_write_units", c.highest_write_units)
    yield Finding("account_read_units", c.highest_read_units, provisioned)
    yield Finding("account_write_units", c.highest_write_units, provisioned)
    hot = w.hottest_key_fraction > 0
    yield Finding("partition_read_units", c.peak_read_units * w.hottest_key_fraction, hot)
    yield Finding("partition_write_units", c.peak_write_units * w.hottest_key_fraction, hot)
    reads = at_once(w.previous_peak_read_units, rule.initial_read_units, rule)
    writes = at_once(w.previous_peak_write_units, rule.initial_write_units, rule)
    yield Finding("on_demand_read_units", c.peak_read_units, on_demand, reads)
    yield Finding("on_demand_write_units", c.peak_write_units, on_demand, writes)
    scaled = provisioned & w.autoscaling
    yield Finding("autoscaling_headroom", w.peak_to_mean, scaled, 1 / w.target_utilization)
    queries = (w.reads_per_second + w.writes_per_second) * w.peak_to_mean
    opened = w.connections > 0
    yield Finding("connection_queries", queries, opened, w.connections * rule.connection_queries)
    expiring = w.expired_rows_per_second > 0
    columns = np.where(expiring, rule.ttl_statement_columns, rule.statement_columns)
    yield Finding("columns_per_write", w.columns_per_write, w.columns_per_write > 0, columns)
    yield Finding("restored_in_a_day", c.table_storage_gb, w.point_in_time_recovery)
    yield Finding.met("no_headroom", has_no_headroom(w, c))
    yield from facts(w, c, rule)


def at_once(previous: Numbers, initial: Numbers, rule: Rules) -> Numbers:
    """Return what an on-demand table serves at once: double its previous peak [Units/Second].

    Examples
    --------
    AWS's own: after a peak of 10,000 reads a second 20,000, and of a new table 12,000.

    >>> from types import SimpleNamespace as Row
    >>> at_once(np.array([10_000, 0]), 12_000, Row(on_demand_growth=2)).tolist()
    [20000, 12000]
    """
    return np.maximum(initial, previous * rule.on_demand_growth)


def facts(w: KeyspacesWorkload, c: KeyspacesCapacity, rule: Rules) -> Iterator[Finding]:
    """Yield what a planner should know, and what does not fit together."""
    provisioned = w.capacity_mode == "provisioned"
    by_hand = w.multi_region & provisioned & np.logical_not(w.autoscaling)
    yield Finding.met("multi_region_without_autoscaling", by_hand)
    yield Finding.met("multi_region_unsupported", w.multi_region & w.region.isin(GOVERNMENT))  # type: ignore[attr-defined]
    kept = expired_gb(w, rule)
    yield Finding.met("expired_storage", kept > 0, kept)
    saved = cheaper_mode_saving(w, c, rule)
    yield Finding.met("cheaper_mode", saved > 0, saved)
    alone = (w.remote_writes_per_second > 0) & np.logical_not(w.multi_region)
    least = count_true(w.autoscaling, w.min_read_units > 1, w.min_write_units > 1)
    unused = count_true(alone) + np.where(provisioned, 0, least)
    yield Finding.met("settings_left_out", unused > 0, unused)


def expired_gb(w: KeyspacesWorkload, rule: Rules) -> Numbers:
    """Return the expired rows that may still be stored and charged [GB] [5]_."""
    expiring = w.expired_rows_per_second * (w.row_bytes + rule.row_metadata_bytes)
    return expiring * rule.expired_days * HOURS_PER_DAY * SECONDS_PER_HOUR / BYTES_PER_GB


def cheaper_mode_saving(w: KeyspacesWorkload, c: KeyspacesCapacity, rule: Rules) -> Numbers:
    """Return what the other capacity mode costs less [USD a month]; NaN where not known."""
    read = provisioned_units(w, c.mean_read_units, w.min_read_units)
    write = provisioned_units(w, c.mean_write_units, w.min_write_units)
    hourly = read * price(w, rule, "read_capacity_unit_hours")
    hourly = hourly + write * price(w, rule, "write_capacity_unit_hours")
    asked = c.mean_read_units * price(w, rule, "read_request_units")
    asked = asked + c.mean_write_units * price(w, rule, "write_request_units")
    dearer = asked * SECONDS_PER_HOUR - hourly
    return np.where(w.capacity_mode == "on-demand", dearer, -dearer) * w.hours_per_month


def price(w: KeyspacesWorkload, rule: Rules, meter: str) -> Numbers:
    """Return the list price of a meter [USD per unit]."""
    return rule.list_price(meter, (), w.price_date, w.region)


def scaled(w: KeyspacesWorkload, rule: Rules) -> dict[str, Scaled]:
    """Return what auto scaling may set: reads and writes of the table."""
    read, write = mean_units(w, rule)
    return {
        "table_read_units": scaled_units(w, "min_read_units", read, rule),
        "table_write_units": scaled_units(w, "min_write_units", write, rule),
    }


SERVICE = Service(
    key="keyspaces",
    name="Amazon Keyspaces",
    category="Databases",
    billed_as="Amazon Keyspaces (for Apache Cassandra)",
    workload=KeyspacesWorkload,
    capacity_type=KeyspacesCapacity,
    capacity=capacity,
    charges=charges,
    findings=findings,
    loads=(
        "reads_per_second",
        "writes_per_second",
        "read_units_per_second",
        "write_units_per_second",
        "remote_writes_per_second",
        "peak_to_mean",
        "row_bytes",
        "rows_per_read",
        "static_write_fraction",
        "static_bytes",
        "static_partitions",
        "storage_gb",
        "rows",
        "expired_rows_per_second",
        "stream_reads_per_second",
        "monthly_restored_gb",
        "min_read_units",
        "min_write_units",
        "hours_per_month",
    ),
    example=KeyspacesWorkload(
        name="device-events",
        region="us-east-1",
        reads_per_second=2000.0,
        writes_per_second=800.0,
        row_bytes=1000.0,
        storage_gb=500.0,
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
            "remote_writes_per_second",
            "expired_rows_per_second",
            "stream_reads_per_second",
        ),
        modes=MODES,
        scaled=scaled,
        break_even=lambda w, rule: break_even_utilization(w, rule, ()),
    ),
)
