"""Amazon Kinesis Data Streams: one data stream.

Sections follow AWS's pricing page [1]_: shard hours and PUT payload units, on-demand throughput,
enhanced fan-out, retention.

References
----------
.. [1] "Amazon Kinesis Data Streams pricing", https://aws.amazon.com/kinesis/data-streams/pricing/
.. [2] "Quotas and limits", developer guide (2026),
   https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html
.. [3] "Amazon Kinesis Data Streams FAQs" (2025-11), https://aws.amazon.com/kinesis/data-streams/faqs/
"""

from collections.abc import Iterator
from typing import Annotated, Literal

import numpy as np
from msgspec import Struct

from pricing import tables
from pricing.arrays import Numbers
from pricing.kit.requests import billed_bytes, billed_units
from pricing.kit.sizing import largest
from pricing.model import Charge, Finding, Hourly, Service, WorkloadFields
from pricing.quantities import (
    Bytes,
    Count,
    Fraction,
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


class KinesisWorkload(WorkloadFields, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Demand on one Kinesis data stream."""

    price_date: PriceDate = tables.newest_day("kinesis")
    capacity_mode: Annotated[
        Literal["provisioned", "on-demand", "on-demand-advantage"],
        about("How throughput is paid for; Advantage is a setting of the account in a Region."),
    ] = "provisioned"
    records_per_second: Annotated[PerSecond, about("Mean records put into the stream.")]
    record_bytes: Annotated[PositiveBytes, about("Mean record size, partition key included.")]
    largest_record_bytes: Annotated[
        Bytes, about("Size of the largest record; 0 means none is larger than the mean.")
    ] = 0.0
    peak_to_mean: Annotated[
        Ratio, about("Peak over mean of the records; shards are sized to the peak.")
    ] = 1.0
    consumers: Annotated[
        Count, about("Consumers that share the shards' throughput, each reading every record.")
    ] = 1.0
    enhanced_fan_out_consumers: Annotated[
        Count,
        about("Registered consumers with throughput of their own, each reading every record."),
    ] = 0.0
    retention_hours: Annotated[
        float, whole("h", 24, 8760), about("How long records are kept; the first 24 are included.")
    ] = 24.0
    monthly_long_term_read_gb: Annotated[
        MonthlyGigabytes, about("Data read back that is older than 7 days.")
    ] = 0.0
    min_shards: Annotated[
        float, whole("1", 1, 1e9), about("Least number of shards (provisioned mode).")
    ] = 1.0
    target_utilization: Annotated[
        float, bounded("share", 0.01, 1), about("Share of a shard's limits to plan for.")
    ] = 1.0
    hottest_shard_ratio: Annotated[
        Ratio, about("Load of the busiest shard over the mean shard; 1 is an even spread.")
    ] = 1.0
    hottest_key_fraction: Annotated[
        Fraction,
        about("Share of the records with the busiest partition key; a key stays in one shard."),
    ] = 0.0
    advantage_rounds_records: Annotated[
        bool, about("Assumption: On-demand Advantage rounds each record up to 1 KB.")
    ] = True


class KinesisCapacity(Struct, frozen=True):
    """What the stream needs."""

    shards: Annotated[
        float, measured("1", "Shards the peak needs; billed in provisioned mode only.")
    ]
    binding: Annotated[
        Literal["bytes_in", "records_in", "bytes_out", "min_shards"],
        about("What the number of shards follows from."),
    ]
    shards_by_bytes_in: Annotated[float, measured("Shards", "What the bytes put in need.")]
    shards_by_records_in: Annotated[float, measured("Shards", "What the records put in need.")]
    shards_by_bytes_out: Annotated[
        float, measured("Shards", "What the consumers that share throughput need.")
    ]
    peak_write_bytes: Annotated[float, measured("Bytes/Second", "Bytes put in at the peak.")]
    peak_read_bytes: Annotated[
        float, measured("Bytes/Second", "Bytes given out at the peak, enhanced fan-out included.")
    ]
    payload_units_per_record: Annotated[
        float, measured("PutPayloadUnits", "PUT payload units of one record.")
    ]
    monthly_ingested_gb: Annotated[float, measured("GB/month", "Data put in, not rounded.")]
    retained_gb: Annotated[float, measured("GB", "Data in the stream at any time.")]


def capacity(w: KinesisWorkload, rule: Rules) -> KinesisCapacity:
    """Return the shards that the peak needs, and which limit of a shard binds.

    The shards are those of provisioned mode. The on-demand modes do not bill shards; there the
    number tells how far the stream would have to scale. It follows from the largest of bytes in,
    records in, and bytes out to the consumers that share throughput [2]_. Bytes are not rounded, as
    in AWS's calculator. The rule of thumb in the developer guide first rounds the mean up to 1 KB.
    """
    needed = needed_shards(w, rule)
    least = np.where(w.capacity_mode == "provisioned", w.min_shards, 1)
    shards, binding = largest(needed, least, "min_shards")
    bytes_in = w.records_per_second * w.record_bytes
    return KinesisCapacity(
        shards=shards,
        binding=binding,
        shards_by_bytes_in=needed["bytes_in"],
        shards_by_records_in=needed["records_in"],
        shards_by_bytes_out=needed["bytes_out"],
        peak_write_bytes=bytes_in * w.peak_to_mean,
        peak_read_bytes=bytes_in * w.peak_to_mean * (w.consumers + w.enhanced_fan_out_consumers),
        payload_units_per_record=billed_units(w.record_bytes, rule.put_payload_unit_bytes),
        monthly_ingested_gb=bytes_in * w.hours_per_month * SECONDS_PER_HOUR / BYTES_PER_GB,
        retained_gb=bytes_in * w.retention_hours * SECONDS_PER_HOUR / BYTES_PER_GB,
    )


def needed_shards(w: KinesisWorkload, rule: Rules) -> dict[str, Numbers]:
    """Return the shards that each load needs at the peak, not rounded [1].

    Examples
    --------
    AWS's calculator: 10,000 records a second of 0.5 KB for 2 consumers. The records bind.

    >>> from types import SimpleNamespace as Row
    >>> rule = Row(shard_in_bytes=2**20, shard_in_records=1000, shard_out_bytes=2**21)
    >>> w = Row(records_per_second=10000, record_bytes=512, consumers=2,
    ...         peak_to_mean=1, hottest_shard_ratio=1, target_utilization=1)
    >>> {load: round(shards, 2) for load, shards in needed_shards(w, rule).items()}
    {'bytes_in': 4.88, 'records_in': 10.0, 'bytes_out': 4.88}
    """
    records = w.records_per_second * w.peak_to_mean * w.hottest_shard_ratio / w.target_utilization
    bytes_in = records * w.record_bytes
    return {
        "bytes_in": bytes_in / rule.shard_in_bytes,
        "records_in": records / rule.shard_in_records,
        "bytes_out": bytes_in * w.consumers / rule.shard_out_bytes,
    }


def charges(w: KinesisWorkload, c: KinesisCapacity, rule: Rules) -> Iterator[Charge]:
    """Yield the metered quantities of a month, in the pricing page's order.

    On-demand Advantage charges the shortfall to its minimum as if the stream were the only one in
    its account and Region.
    """
    provisioned, on_demand = w.capacity_mode == "provisioned", w.capacity_mode == "on-demand"
    advantage = w.capacity_mode == "on-demand-advantage"
    by_mode = (w.capacity_mode,)
    hours = w.hours_per_month
    seconds = hours * SECONDS_PER_HOUR
    payload_units = w.records_per_second * c.payload_units_per_record * seconds
    yield Charge("shard_hours", provisioned * c.shards * hours, peak=provisioned)
    yield Charge("put_payload_units", provisioned * payload_units)
    yield Charge("stream_hours", on_demand * hours)

    record_bytes = np.where(
        on_demand | (advantage & w.advantage_rounds_records),
        billed_bytes(w.record_bytes, rule.on_demand_rounding_bytes),
        w.record_bytes,
    )
    metered = np.logical_not(provisioned)
    ingested = metered * w.records_per_second * record_bytes * seconds / BYTES_PER_GB
    shared = c.monthly_ingested_gb * w.consumers + w.monthly_long_term_read_gb
    fan_out = c.monthly_ingested_gb * w.enhanced_fan_out_consumers
    minimum = rule.advantage_minimum_bytes * seconds / BYTES_PER_GB
    yield Charge("data_ingested", ingested, by_mode)
    yield Charge("ingestion_shortfall", advantage * np.maximum(0, minimum - ingested), by_mode)
    yield Charge("data_retrieved", metered * shared, by_mode)
    yield Charge(
        "retrieval_shortfall", advantage * np.maximum(0, minimum - shared - fan_out), by_mode
    )

    fan_out_hours = c.shards * w.enhanced_fan_out_consumers * hours
    yield Charge("enhanced_fan_out_shard_hours", provisioned * fan_out_hours, peak=provisioned)
    yield Charge("enhanced_fan_out_data", fan_out, by_mode)

    extended_gb, long_term_gb = retained_beyond_included(w, rule)
    extended = w.retention_hours > rule.included_retention_hours
    extended_hours = provisioned * extended * c.shards * hours
    yield Charge("extended_retention_shard_hours", extended_hours, peak=provisioned)
    yield Charge("extended_retention_storage", metered * extended_gb, by_mode)
    yield Charge("long_term_retention_storage", long_term_gb, by_mode)
    yield Charge("long_term_data_retrieved", provisioned * w.monthly_long_term_read_gb)


def retained_beyond_included(w: KinesisWorkload, rule: Rules) -> tuple[Numbers, Numbers]:
    """Return the data kept between 24 hours and 7 days, and for more than 7 days [GB]."""
    gb_per_hour = w.records_per_second * w.record_bytes * SECONDS_PER_HOUR / BYTES_PER_GB
    extended = np.minimum(w.retention_hours, rule.extended_retention_hours)
    return (
        gb_per_hour * (extended - rule.included_retention_hours),
        gb_per_hour * (w.retention_hours - extended),
    )


def findings(w: KinesisWorkload, c: KinesisCapacity, rule: Rules) -> Iterator[Finding]:
    """Yield the quotas that apply to the stream [2]_ [3]_."""
    provisioned = w.capacity_mode == "provisioned"
    advantage = w.capacity_mode == "on-demand-advantage"
    metered = np.logical_not(provisioned)
    fanned_out = w.enhanced_fan_out_consumers > 0
    yield Finding("shards_per_stream", c.shards, provisioned)
    records = busiest_shard_records(w, c)
    told = provisioned | (w.hottest_key_fraction > 0)
    yield Finding("shard_in_bytes", records * w.record_bytes, told)
    yield Finding("shard_in_records", records, told)
    yield Finding("shard_out_bytes", records * w.record_bytes * w.consumers, told)
    yield Finding("shard_out_records", records * w.consumers, told)
    largest_bytes = np.maximum(w.record_bytes, w.largest_record_bytes)
    yield Finding("record_bytes", largest_bytes)
    yield Finding("default_record_bytes", largest_bytes)
    yield Finding("shared_consumers", w.consumers, w.consumers > 0)
    consumers = w.enhanced_fan_out_consumers
    yield Finding("enhanced_fan_out_consumers", consumers, fanned_out & np.logical_not(advantage))
    yield Finding("enhanced_fan_out_consumers_advantage", consumers, fanned_out & advantage)
    yield Finding("on_demand_write_bytes", c.peak_write_bytes, metered)
    yield Finding("on_demand_read_bytes", c.peak_read_bytes, metered)
    yield Finding("on_demand_initial_write_bytes", c.peak_write_bytes, metered)
    yield Finding("on_demand_initial_read_bytes", c.peak_read_bytes, metered)
    late = provisioned & (w.retention_hours > rule.extended_retention_hours)
    yield Finding.met("long_term_reads_left_out", late & (w.monthly_long_term_read_gb == 0))
    settings = provisioned_settings(w)
    yield Finding.met("provisioned_left_out", metered & (settings > 0), settings)


def busiest_shard_records(w: KinesisWorkload, c: KinesisCapacity) -> Numbers:
    """Return the records put into the busiest shard at the peak [1/s].

    A partition key maps to one shard, however many there are [2]_. On demand AWS spreads the keys,
    and only that of the busiest key is known.

    Examples
    --------
    A producer with one key: 1,500 records a second are in one shard, also after a split.

    >>> from types import SimpleNamespace as Row
    >>> w = Row(records_per_second=1500, peak_to_mean=1, hottest_shard_ratio=1,
    ...         hottest_key_fraction=1, capacity_mode="provisioned")
    >>> [float(busiest_shard_records(w, Row(shards=shards))) for shards in (2, 4)]
    [1500.0, 1500.0]
    """
    records = w.records_per_second * w.peak_to_mean
    of_shard = np.where(w.capacity_mode == "provisioned", records * w.hottest_shard_ratio, 0)
    return np.maximum(of_shard / c.shards, records * w.hottest_key_fraction)


def provisioned_settings(w: KinesisWorkload) -> Numbers:
    """Return how many settings of the shards are made, which tell only in provisioned mode [1]."""
    uneven, spare = w.hottest_shard_ratio > 1, w.target_utilization < 1
    return 0 + uneven + spare + (w.min_shards > 1)


def crossing(w: KinesisWorkload, c: KinesisCapacity) -> dict[str, Numbers]:
    """Return the mean throughput in and out [Bytes/Second]."""
    return {
        "write_bytes_per_second": c.peak_write_bytes / w.peak_to_mean,
        "read_bytes_per_second": c.peak_read_bytes / w.peak_to_mean,
    }


SERVICE = Service(
    key="kinesis",
    name="Amazon Kinesis Data Streams",
    category="Analytics",
    billed_as="Amazon Kinesis",
    workload=KinesisWorkload,
    capacity_type=KinesisCapacity,
    capacity=capacity,
    charges=charges,
    findings=findings,
    loads=(
        "records_per_second",
        "record_bytes",
        "peak_to_mean",
        "consumers",
        "enhanced_fan_out_consumers",
        "retention_hours",
        "monthly_long_term_read_gb",
        "min_shards",
        "hottest_shard_ratio",
        "hours_per_month",
    ),
    example=KinesisWorkload(
        name="clicks", region="us-east-1", records_per_second=1000.0, record_bytes=3000.0
    ),
    compared="capacity_mode",
    swept="records_per_second",
    crossing=crossing,
    hourly=Hourly(
        varies=("records_per_second",),
        modes={
            mode: {"capacity_mode": mode}
            for mode in ("on-demand", "on-demand-advantage", "provisioned")
        },
    ),
)
