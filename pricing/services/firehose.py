"""Amazon Data Firehose: one stream.

Sections follow AWS's pricing page [1]_: ingestion by source, Apache Iceberg tables, format
conversion, decompression, delivery into a VPC, dynamic partitioning.

References
----------
.. [1] "Amazon Data Firehose pricing", https://aws.amazon.com/firehose/pricing/ (2026)
.. [2] "Amazon Data Firehose quota", developer guide (2025),
   https://docs.aws.amazon.com/firehose/latest/dev/limits.html
.. [3] "Understand buffering hints", developer guide (2026),
   https://docs.aws.amazon.com/firehose/latest/dev/buffering-hints.html
"""

from collections.abc import Iterator
from typing import Annotated, Literal

import numpy as np
from msgspec import Struct

from pricing import tables
from pricing.arrays import Flags, Numbers, Words
from pricing.kit.limits import saving
from pricing.kit.requests import billed_bytes
from pricing.kit.sizing import largest
from pricing.model import Charge, Finding, Hourly, Service, WorkloadFields
from pricing.quantities import (
    Bytes,
    Count,
    Fraction,
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
from pricing.units import BYTES_PER_GB, BYTES_PER_MB, SECONDS_PER_HOUR, count_true


class FirehoseWorkload(WorkloadFields, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Demand on one Firehose stream."""

    price_date: PriceDate = tables.newest_day("firehose")
    source: Annotated[
        Literal["direct-put", "kinesis", "msk", "vended-logs", "database"],
        about("Where records come from; `database` is change data for Apache Iceberg tables."),
    ] = "direct-put"
    destination: Annotated[
        Literal["s3", "iceberg", "redshift", "opensearch", "splunk", "http"],
        about("Where data is delivered; only Apache Iceberg tables have a price of their own."),
    ] = "s3"
    processing: Annotated[
        Literal["batch", "event-by-event"],
        about("Whether records for Apache Iceberg tables are routed or changed one by one."),
    ] = "batch"
    records_per_second: Annotated[PerSecond, about("Mean records produced.")]
    record_bytes: Annotated[PositiveBytes, about("Mean record size.")]
    largest_record_bytes: Annotated[
        Bytes, about("Size of the largest record; 0 means none is larger than the mean.")
    ] = 0.0
    records_per_record: Annotated[
        float,
        whole("1", 1, 10_000),
        about("Records that the producer packs into one Firehose record, which is billed as one."),
    ] = 1.0
    records_per_request: Annotated[
        float, whole("1", 1, 500), about("Firehose records put by one request.")
    ] = 1.0
    peak_to_mean: Annotated[Ratio, about("Peak over mean of the records.")] = 1.0
    delivered_ratio: Annotated[
        float,
        bounded("ratio", 0, 100),
        about("Data delivered over data ingested, after transformation and compression."),
    ] = 1.0
    format_conversion: Annotated[bool, about("Records are converted to Parquet or ORC.")] = False
    decompressed_ratio: Annotated[
        float,
        bounded("ratio", 0, 100),
        about("Data decompressed, of CloudWatch Logs, over data ingested; 0 is none."),
    ] = 0.0
    vpc_availability_zones: Annotated[
        float, whole("1", 0, 6), about("Availability Zones of a destination in a VPC; 0 is none.")
    ] = 0.0
    vpc_hours_fraction: Annotated[
        Fraction, about("Share of the hours in which data is delivered into the VPC.")
    ] = 1.0
    active_partitions: Annotated[
        Count, about("Partitions that are active at once, of dynamic partitioning; 0 is off.")
    ] = 0.0
    monthly_partition_objects: Annotated[
        float,
        bounded("1/month", 0, 1e15),
        about("Objects that dynamic partitioning delivers; 0 follows from the buffer."),
    ] = 0.0
    monthly_jq_hours: Annotated[
        float, bounded("h/month", 0, 1e9), about("JQ processing hours of dynamic partitioning.")
    ] = 0.0
    buffer_mib: Annotated[
        float, bounded("MiB", 1, 128), about("Buffer size: a full buffer is delivered.")
    ] = 5.0
    buffer_seconds: Annotated[
        float, bounded("s", 1, 900), about("Buffer interval: after it a buffer is delivered.")
    ] = 300.0
    iceberg_rounds_records: Annotated[
        bool, about("Assumption: data to Apache Iceberg tables is rounded up to 5 KB a record.")
    ] = False


class FirehoseCapacity(Struct, frozen=True):
    """What the stream ingests and delivers."""

    streams: Annotated[
        float, measured("1", "Streams that the peak needs at the quotas of a new one.")
    ]
    binding: Annotated[
        Literal["put_bytes", "put_records", "put_requests", "one_stream"],
        about("Which quota the number of streams follows from."),
    ]
    peak_put_bytes: Annotated[float, measured("Bytes/Second", "Data put at the peak.")]
    monthly_ingested_gb: Annotated[float, measured("GB/month", "Data ingested, not rounded.")]
    monthly_billed_gb: Annotated[
        float, measured("GB/month", "Data ingested as it is billed: rounded, or as delivered.")
    ]
    monthly_delivered_gb: Annotated[float, measured("GB/month", "Data delivered.")]
    rounding_ratio: Annotated[
        float, measured("Ratio", "Data with records rounded up, over data ingested.")
    ]
    monthly_objects: Annotated[
        float, measured("Objects/month", "Objects that the buffer delivers.")
    ]
    delivery_seconds: Annotated[
        float, measured("s", "Longest time that a record waits in the buffer.")
    ]


def capacity(w: FirehoseWorkload, rule: Rules) -> FirehoseCapacity:
    """Return what is ingested, billed and delivered, and the streams that the peak needs."""
    streams, binding = largest(needed_streams(w, rule), 1, "one_stream")
    seconds = w.hours_per_month * SECONDS_PER_HOUR
    ingested = w.records_per_second * w.record_bytes * seconds / BYTES_PER_GB
    rounded = ingested * rounding_ratio(w, rule)
    return FirehoseCapacity(
        streams=streams,
        binding=binding,
        peak_put_bytes=peak_puts(w)["put_bytes"],
        monthly_ingested_gb=ingested,
        monthly_billed_gb=billed_gb(w, ingested, rounded),
        monthly_delivered_gb=ingested * w.delivered_ratio,
        rounding_ratio=rounding_ratio(w, rule),
        monthly_objects=objects_per_second(w) * seconds,
        delivery_seconds=1 / np.maximum(deliveries_per_second(w), 1 / w.buffer_seconds),
    )


def peak_puts(w: FirehoseWorkload) -> dict[str, Numbers]:
    """Return the bytes, records and requests put at the peak, by quota [1/s] [2]_."""
    records = w.records_per_second * w.peak_to_mean / w.records_per_record
    return {
        "put_bytes": records * firehose_record_bytes(w),
        "put_records": records,
        "put_requests": records / w.records_per_request,
    }


def needed_streams(w: FirehoseWorkload, rule: Rules) -> dict[str, Numbers]:
    """Return the streams that direct puts need at the peak, by the Region's quotas [1] [2]_."""
    region: Words = w.region
    direct = w.source == "direct-put"
    return {
        name: np.where(direct, rate / getattr(rule, name)[region.codes], 0)
        for name, rate in peak_puts(w).items()
    }


def firehose_record_bytes(w: FirehoseWorkload) -> Numbers:
    """Return the size of one Firehose record, which may hold several of the producer's [B]."""
    return w.record_bytes * w.records_per_record


def rounding_ratio(w: FirehoseWorkload, rule: Rules) -> Numbers:
    """Return the data with records rounded up, over the data ingested [ratio].

    Records put directly or read from a Kinesis stream are rounded up to 5 KB each, however they are
    put. Records of Amazon MSK and vended logs are not [1]_.

    Examples
    --------
    AWS's own: 1,000 records make 5 MiB, and are billed as 9.766 MiB.

    >>> from types import SimpleNamespace as Row
    >>> w = Row(record_bytes=5242.88, records_per_record=1, source="direct-put",
    ...         destination="s3", iceberg_rounds_records=False)
    >>> round(float(rounding_ratio(w, Row(rounding_bytes=5120))) * 5, 3)
    9.766
    """
    exempt = (w.destination == "iceberg") & np.logical_not(w.iceberg_rounds_records)
    return np.where(exempt, 1, rounding_of_source(w, rule))


def rounding_of_source(w: FirehoseWorkload, rule: Rules) -> Numbers:
    """Return the same ratio, whatever the destination [ratio]."""
    size = firehose_record_bytes(w)
    rounds = (w.source == "direct-put") | (w.source == "kinesis")
    return np.where(rounds, billed_bytes(size, rule.rounding_bytes), size) / size


def billed_gb(w: FirehoseWorkload, ingested: Numbers, rounded: Numbers) -> Numbers:
    """Return the data that is billed: rounded up, or as it is delivered if that is larger [1]_."""
    by_larger = (w.source == "msk") | (w.destination == "iceberg")
    return np.where(by_larger, np.maximum(rounded, ingested * w.delivered_ratio), rounded)


def converts(w: FirehoseWorkload) -> Flags:
    """Return where records are converted, which only a delivery to Amazon S3 has [1]_."""
    return (w.destination == "s3") & w.format_conversion


def deliveries_per_second(w: FirehoseWorkload) -> Numbers:
    """Return how often a buffer is full, of each partition if there are any [1/s] [3]_."""
    bytes_in = w.records_per_second * w.record_bytes / np.maximum(1, w.active_partitions)
    return bytes_in / (w.buffer_mib * BYTES_PER_MB)


def objects_per_second(w: FirehoseWorkload) -> Numbers:
    """Return the objects delivered: a buffer is delivered when it is full, or its time is over.

    Examples
    --------
    1 MiB a second in buffers of 5 MiB is an object in five seconds, and in 300 with a little data.

    >>> from types import SimpleNamespace as Row
    >>> w = Row(records_per_second=1, record_bytes=2**20, active_partitions=0, buffer_mib=5,
    ...         buffer_seconds=300)
    >>> float(objects_per_second(w)), 300 * float(objects_per_second(Row(**w.__dict__ |
    ...                                                                {"record_bytes": 1})))
    (0.2, 1.0)
    """
    each = np.maximum(deliveries_per_second(w), 1 / w.buffer_seconds)
    some = w.records_per_second > 0
    return np.where(some, each * np.maximum(1, w.active_partitions), 0)


def charges(w: FirehoseWorkload, c: FirehoseCapacity, rule: Rules) -> Iterator[Charge]:
    """Yield the metered quantities of a month, in the pricing page's order.

    Format conversion is billed by the data as it is rounded. A VPC is billed for each hour and
    Availability Zone in which data is delivered.
    """
    iceberg = w.destination == "iceberg"
    others = np.logical_not(iceberg)
    yield Charge("ingested_data", others * c.monthly_billed_gb, (w.source,))
    yield Charge("iceberg_data", iceberg * c.monthly_billed_gb, (w.source, w.processing))
    to_s3 = w.destination == "s3"
    rounded = c.monthly_ingested_gb * c.rounding_ratio
    yield Charge("converted_data", converts(w) * rounded)
    yield Charge("decompressed_data", c.monthly_ingested_gb * w.decompressed_ratio)
    in_vpc = w.vpc_availability_zones > 0
    yield Charge("vpc_data", in_vpc * c.monthly_delivered_gb)
    hours = w.hours_per_month * w.vpc_hours_fraction
    yield Charge("vpc_hours", w.vpc_availability_zones * hours)
    partitioned = to_s3 & (w.active_partitions > 0)
    stated = w.monthly_partition_objects > 0
    yield Charge("partitioned_data", partitioned * c.monthly_delivered_gb)
    objects = np.where(stated, w.monthly_partition_objects, c.monthly_objects)
    yield Charge("partitioned_objects", partitioned * objects)
    yield Charge("jq_hours", partitioned * w.monthly_jq_hours)


def findings(w: FirehoseWorkload, c: FirehoseCapacity, rule: Rules) -> Iterator[Finding]:
    """Yield the quotas that apply to the stream [2]_ [3]_."""
    direct, from_msk = w.source == "direct-put", w.source == "msk"
    largest_bytes = np.maximum(firehose_record_bytes(w), w.largest_record_bytes)
    yield Finding("record_bytes", largest_bytes, direct | (w.source == "kinesis"))
    yield Finding("msk_record_bytes", largest_bytes, from_msk)
    together = firehose_record_bytes(w) * w.records_per_request
    yield Finding("request_bytes", together, direct & (w.records_per_request > 1))
    updating = (w.destination == "iceberg") & (w.processing == "event-by-event")
    for name, rate in peak_puts(w).items():
        yield Finding(name, rate, direct & np.logical_not(updating))
    yield Finding("iceberg_put_bytes", c.peak_put_bytes, direct & updating)
    partitioned = (w.destination == "s3") & (w.active_partitions > 0)
    yield Finding("active_partitions", w.active_partitions, partitioned)
    of_partition = c.peak_put_bytes / np.maximum(1, w.active_partitions)
    yield Finding("partition_bytes", of_partition, partitioned)
    yield Finding.met(
        "partition_buffer", partitioned & (w.buffer_mib < rule.least_partition_buffer_mib)
    )
    yield Finding("rounding_ratio", c.rounding_ratio, c.rounding_ratio > 1)
    saved = packing_saving(w, c, rule)
    yield Finding.met("packing_saving", saved > 0, saved)
    more = table_rounding_cost(w, c, rule)
    yield Finding.met("table_rounding", more > 0, more)
    delivered = c.monthly_delivered_gb * BYTES_PER_GB
    small = (w.destination == "s3") & (delivered < c.monthly_objects * BYTES_PER_MB)
    yield Finding.met("small_objects", small, c.monthly_objects)
    unused = settings_without_effect(w)
    yield Finding.met("without_effect", unused > 0, unused)


def packing_saving(w: FirehoseWorkload, c: FirehoseCapacity, rule: Rules) -> Numbers:
    """Return what records packed to fill 5 KB, or a multiple of it, cost less [USD a month] [1]_.

    The tiers are those of this stream alone.
    """
    ingested = c.monthly_ingested_gb
    rounded = ingested * c.rounding_ratio
    return saving(*(data_cost(w, ingested, size, rule) for size in (rounded, ingested)))


def table_rounding_cost(w: FirehoseWorkload, c: FirehoseCapacity, rule: Rules) -> Numbers:
    """Return what tables would cost more if AWS rounded, where none is assumed [USD a month]."""
    ingested = c.monthly_ingested_gb
    assumed = (w.destination == "iceberg") & np.logical_not(w.iceberg_rounds_records)
    sizes = (ingested * rounding_of_source(w, rule), ingested)
    return np.where(assumed, saving(*(data_cost(w, ingested, size, rule) for size in sizes)), 0)


def data_cost(w: FirehoseWorkload, ingested: Numbers, rounded: Numbers, rule: Rules) -> Numbers:
    """Return what data costs as it is ingested, with its conversion [USD a month] [1]_.

    Parameters
    ----------
    rounded : the data with records rounded up [GB]
    """
    billed, day, region = billed_gb(w, ingested, rounded), w.price_date, w.region
    to_others = rule.list_cost("ingested_data", billed, (w.source,), day, region)
    to_tables = rule.list_cost("iceberg_data", billed, (w.source, w.processing), day, region)
    converted = rule.list_cost("converted_data", converts(w) * rounded, (), day, region)
    return np.where(w.destination == "iceberg", to_tables, to_others) + converted


def settings_without_effect(w: FirehoseWorkload) -> Numbers:
    """Return how many settings belong to another destination."""
    elsewhere = w.destination != "s3"
    return count_true(
        (w.destination != "iceberg") & (w.processing == "event-by-event"),
        elsewhere & w.format_conversion,
        elsewhere & (w.active_partitions > 0),
    )


SERVICE = Service(
    key="firehose",
    name="Amazon Data Firehose",
    category="Analytics",
    billed_as="Amazon Kinesis Firehose",
    workload=FirehoseWorkload,
    capacity_type=FirehoseCapacity,
    capacity=capacity,
    charges=charges,
    findings=findings,
    loads=(
        "records_per_second",
        "record_bytes",
        "delivered_ratio",
        "decompressed_ratio",
        "vpc_availability_zones",
        "vpc_hours_fraction",
        "monthly_jq_hours",
        "hours_per_month",
    ),
    example=FirehoseWorkload(
        name="click-archive", region="us-east-1", records_per_second=1000.0, record_bytes=3000.0
    ),
    compared="source",
    swept="records_per_record",
    hourly=Hourly(varies=("records_per_second",)),
)
