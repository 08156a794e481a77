"""Amazon Timestream for LiveAnalytics: one table of time series.

Sections follow AWS's pricing page [1]_: writes, memory store, magnetic store, queries. The service
is closed to new customers since June 2025; :mod:`pricing.services.timestream_influxdb` is open.

References
----------
.. [1] "Amazon Timestream pricing", https://aws.amazon.com/timestream/pricing/ (2025-11)
.. [2] "Timestream Compute Unit (TCU)", developer guide (2026),
   https://docs.aws.amazon.com/timestream/latest/developerguide/tcu.html
.. [3] "Metering of writes", developer guide (2026),
   https://docs.aws.amazon.com/timestream/latest/developerguide/metering-and-pricing.writes.html
.. [4] "Timestream for LiveAnalytics quotas", developer guide (2026),
   https://docs.aws.amazon.com/timestream/latest/developerguide/ts-limits.html
"""

from collections.abc import Iterator
from typing import Annotated, Literal

import numpy as np
from msgspec import Struct

from pricing import tables
from pricing.arrays import Numbers
from pricing.kit.requests import billed_units
from pricing.model import Charge, Finding, Service, WorkloadFields
from pricing.quantities import (
    Bytes,
    Count,
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
from pricing.rates import Rules
from pricing.units import BYTES_PER_GB, HOURS_PER_DAY, SECONDS_PER_HOUR, whole_units


class TimestreamWorkload(WorkloadFields, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Demand on one table of Timestream for LiveAnalytics."""

    price_date: PriceDate = tables.newest_day("timestream")
    records_per_second: Annotated[
        PerSecond,
        about("Mean records written; each measure is one, unless records are multi-measure."),
    ]
    record_bytes: Annotated[
        PositiveBytes, about("Mean size of a record: time, dimensions and measures.")
    ]
    records_per_write: Annotated[
        float, whole("1", 1, 10_000), about("Records of one write request.")
    ] = 1.0
    common_bytes: Annotated[
        Bytes, about("Attributes that the records of a request have in common, counted once.")
    ] = 0.0
    memory_retention_hours: Annotated[
        float, bounded("h", 1, 100_000), about("How long records stay in the memory store.")
    ] = 6.0
    magnetic_retention_days: Annotated[
        float,
        bounded("days", 1, 1_000_000),
        about("How long records are kept after their time in the memory store."),
    ] = 365.0
    query_pricing: Annotated[
        Literal["tcu", "scanned"], about("Whether compute units or data scanned are paid for.")
    ] = "tcu"
    concurrent_queries: Annotated[Count, about("Queries that run at once.")] = 0.0
    tcus: Annotated[
        float,
        bounded("TCU", 0, 100_000),
        about("Mean compute units in use while queries run; 0 is as AWS's guide has it."),
    ] = 0.0
    monthly_query_hours: Annotated[
        float, bounded("h/month", 0, 744), about("Hours in which queries run.")
    ] = 0.0
    monthly_query_runs: Annotated[
        MonthlyCount, about("Times that queries begin to run; each is billed for 30 seconds.")
    ] = 0.0
    monthly_scanned_gb: Annotated[
        MonthlyGigabytes, about("Data that queries scan, where that is paid for.")
    ] = 0.0


class TimestreamCapacity(Struct, frozen=True):
    """What the table holds and what its queries take."""

    write_units_per_request: Annotated[float, measured("KiB", "Data billed for one write request.")]
    monthly_ingested_gb: Annotated[float, measured("GB/month", "Data written, rounded as billed.")]
    memory_store_gb: Annotated[float, measured("GB", "Data in the memory store, not rounded.")]
    magnetic_store_gb: Annotated[
        float, measured("GB", "Data in the magnetic store once the first has expired.")
    ]
    tcus: Annotated[float, measured("TCU", "Compute units in use while queries run.")]
    billed_query_hours: Annotated[float, measured("h/month", "Hours of queries that are billed.")]


def capacity(w: TimestreamWorkload, rule: Rules) -> TimestreamCapacity:
    """Return the data written and kept, and the compute units of queries."""
    requests = w.records_per_second / w.records_per_write * w.hours_per_month * SECONDS_PER_HOUR
    units = write_units(w, rule)
    ingested: Numbers = requests * units * rule.write_unit_bytes / BYTES_PER_GB
    tcus: Numbers = np.where(w.tcus > 0, w.tcus, guide_tcus(w, rule))
    return TimestreamCapacity(
        write_units_per_request=units,
        monthly_ingested_gb=ingested,
        memory_store_gb=hourly_gb(w) * w.memory_retention_hours,
        magnetic_store_gb=hourly_gb(w) * w.magnetic_retention_days * HOURS_PER_DAY,
        tcus=tcus,
        billed_query_hours=query_hours(w, rule),
    )


def write_units(w: TimestreamWorkload, rule: Rules) -> Numbers:
    """Return the KiB billed for one write request: all of its records together [3]_.

    Examples
    --------
    Ten records of 200 bytes, with 100 bytes in common, are 2,100 bytes.

    >>> from types import SimpleNamespace as Row
    >>> w = Row(records_per_write=10, record_bytes=200, common_bytes=100)
    >>> float(write_units(w, Row(write_unit_bytes=1024)))
    3.0
    """
    sent = w.records_per_write * w.record_bytes + w.common_bytes
    return billed_units(sent, rule.write_unit_bytes)


def hourly_gb(w: TimestreamWorkload) -> Numbers:
    """Return the data that is stored in an hour, not rounded [GB/h]."""
    each = w.record_bytes + w.common_bytes
    return w.records_per_second * each * SECONDS_PER_HOUR / BYTES_PER_GB


def guide_tcus(w: TimestreamWorkload, rule: Rules) -> Numbers:
    """Return the compute units for the queries at once, by AWS's guide [TCU] [2]_.

    Examples
    --------
    AWS's own: 7, 14 and 21 queries at once take 4, 8 and 12.

    >>> from types import SimpleNamespace as Row
    >>> w = Row(concurrent_queries=np.array([7, 14, 21, 1]))
    >>> guide_tcus(w, Row(guide_queries=7, tcu_step=4)).tolist()
    [4.0, 8.0, 12.0, 4.0]
    """
    groups = whole_units(w.concurrent_queries / rule.guide_queries)
    return np.maximum(1, groups) * rule.tcu_step


def query_hours(w: TimestreamWorkload, rule: Rules) -> Numbers:
    """Return the hours of queries that are billed, at least 30 seconds a run [h] [2]_."""
    least = w.monthly_query_runs * rule.least_query_seconds / SECONDS_PER_HOUR
    return np.maximum(w.monthly_query_hours, least)


def charges(w: TimestreamWorkload, c: TimestreamCapacity, rule: Rules) -> Iterator[Charge]:
    """Yield the metered quantities of a month, in the pricing page's order."""
    by_tcu = w.query_pricing == "tcu"
    yield Charge("ingested_data", c.monthly_ingested_gb)
    yield Charge("memory_store", c.memory_store_gb * w.hours_per_month)
    yield Charge("magnetic_store", c.magnetic_store_gb)
    yield Charge("tcu_hours", np.where(by_tcu, c.tcus * c.billed_query_hours, 0))
    yield Charge("scanned_data", np.where(by_tcu, 0, w.monthly_scanned_gb))


def findings(w: TimestreamWorkload, c: TimestreamCapacity, rule: Rules) -> Iterator[Finding]:
    """Yield the quotas that apply to the table [4]_, and what a planner should know."""
    by_tcu = w.query_pricing == "tcu"
    yield Finding.met("closed", w.record_bytes > 0)
    yield Finding("records_per_write", w.records_per_write)
    yield Finding("record_bytes", w.record_bytes)
    yield Finding("memory_retention_hours", w.memory_retention_hours)
    yield Finding("magnetic_retention_days", w.magnetic_retention_days)
    queried = by_tcu & (c.billed_query_hours > 0)
    yield Finding("query_tcus", c.tcus, queried)
    yield Finding("tcus_for_queries", guide_tcus(w, rule), queried & (w.tcus > 0), c.tcus)
    sent = w.records_per_write * w.record_bytes + w.common_bytes
    rounded = 1 - sent / (c.write_units_per_request * rule.write_unit_bytes)
    mostly = (rounded * 2 > 1) & (w.records_per_second > 0)
    yield Finding.met("small_writes", mostly, rounded)
    yield Finding.met("pricing_of_old_accounts", np.logical_not(by_tcu))


SERVICE = Service(
    key="timestream",
    name="Amazon Timestream for LiveAnalytics",
    category="Databases",
    billed_as="Amazon Timestream",
    workload=TimestreamWorkload,
    capacity_type=TimestreamCapacity,
    capacity=capacity,
    charges=charges,
    findings=findings,
    loads=(
        "records_per_second",
        "record_bytes",
        "common_bytes",
        "memory_retention_hours",
        "magnetic_retention_days",
        "concurrent_queries",
        "monthly_query_hours",
        "monthly_query_runs",
        "monthly_scanned_gb",
        "hours_per_month",
    ),
    example=TimestreamWorkload(
        name="fleet-metrics",
        region="us-east-1",
        records_per_second=10_000.0,
        record_bytes=150.0,
        records_per_write=100.0,
    ),
    compared="query_pricing",
    steady="Writes, storage and queries are billed by the month, whatever its hours are.",
)
