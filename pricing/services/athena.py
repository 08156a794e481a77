"""Amazon Athena: the queries of one workgroup.

Sections follow AWS's pricing page [1]_: SQL queries by data scanned, SQL queries with provisioned
capacity, Apache Spark.

References
----------
.. [1] "Amazon Athena pricing", https://aws.amazon.com/athena/pricing/ (2026)
.. [2] "Manage query processing capacity", Athena user guide (2026),
   https://docs.aws.amazon.com/athena/latest/ug/capacity-management.html
.. [3] "Determine capacity requirements", Athena user guide (2026),
   https://docs.aws.amazon.com/athena/latest/ug/capacity-management-requirements.html
.. [4] "Amazon Athena endpoints and quotas", AWS general reference (2026),
   https://docs.aws.amazon.com/general/latest/gr/athena.html
.. [5] "Reuse query results in Athena", Athena user guide (2026),
   https://docs.aws.amazon.com/athena/latest/ug/reusing-query-results.html
"""

from collections.abc import Iterator
from typing import Annotated, Literal

import numpy as np
from msgspec import Struct

from pricing import tables
from pricing.arrays import Flags, Numbers, Words
from pricing.kit.capacity_units import in_steps
from pricing.kit.limits import known
from pricing.kit.requests import billed_units
from pricing.model import Charge, Exclusive, Finding, Service, WorkloadFields
from pricing.quantities import (
    Count,
    Fraction,
    Gigabytes,
    MonthlyCount,
    PriceDate,
    Ratio,
    about,
    bounded,
    measured,
    whole,
)
from pricing.rates import Rules
from pricing.units import BYTES_PER_GB, BYTES_PER_MB, SECONDS_PER_HOUR, SECONDS_PER_MINUTE

MEGABYTES_PER_GB = BYTES_PER_GB // BYTES_PER_MB
WITHOUT_RESERVATIONS = ("ap-southeast-6", "il-central-1", "me-central-1", "me-south-1")
"""Regions that have no capacity reservations [2]_."""


class AthenaWorkload(WorkloadFields, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Demand on one Athena workgroup."""

    price_date: PriceDate = tables.newest_day("athena")
    capacity_mode: Annotated[
        Literal["per-query", "provisioned"],
        about("Whether the data scanned is paid for, or the DPUs of a capacity reservation."),
    ] = "per-query"
    monthly_queries: Annotated[
        MonthlyCount, about("SELECT, CTAS and INSERT INTO queries; DDL statements are free.")
    ]
    scanned_gb_per_query: Annotated[
        Gigabytes,
        about("Mean data that a query reads from Amazon S3; 0 follows from `table_gb`."),
    ] = 0.0
    table_gb: Annotated[
        Gigabytes, about("Uncompressed size of the tables that a query names, with all columns.")
    ] = 0.0
    columns_fraction: Annotated[
        Fraction,
        about("Share of it in the columns that a query reads; 1 of text, less of Parquet or ORC."),
    ] = 1.0
    partitions_fraction: Annotated[
        Fraction, about("Share of it in the partitions that a query reads; 1 without partitions.")
    ] = 1.0
    compression_ratio: Annotated[
        Ratio, about("Uncompressed size over size in Amazon S3; 1 without compression.")
    ] = 1.0
    failed_fraction: Annotated[
        Fraction, about("Share of the queries that fail, which are free when paid by query.")
    ] = 0.0
    reused_fraction: Annotated[
        Fraction, about("Share of the queries answered by a stored result, which scan nothing.")
    ] = 0.0
    query_seconds: Annotated[
        float, bounded("s", 0, 86_400), about("Mean run time of a query; 0 is not known.")
    ] = 0.0
    peak_to_mean: Annotated[
        Ratio, about("Peak over mean of the queries; those at once follow it.")
    ] = 1.0
    concurrent_queries: Annotated[
        Count,
        about("Queries at once at the peak; 0 follows from their number and `query_seconds`."),
    ] = 0.0
    reserved_dpus: Annotated[
        float,
        whole("DPU", 0, 100_000),
        about("DPUs of the capacity reservation; 0 is as many as the queries at once need."),
    ] = 0.0
    dpus_per_query: Annotated[
        float,
        whole("DPU", 0, 124),
        about("DPUs that a query takes in a reservation; 0 is as AWS's guide has it."),
    ] = 0.0
    running_hours_fraction: Annotated[
        Fraction, about("Share of the month in which the capacity is reserved and queries run.")
    ] = 1.0
    other_reserved_dpus: Annotated[
        Count, about("DPUs of the account's other reservations in the Region.")
    ] = 0.0
    monthly_spark_dpu_hours: Annotated[
        float,
        bounded("h/month", 0, 1e9),
        about("DPU hours of Apache Spark, drivers included."),
    ] = 0.0


class AthenaCapacity(Struct, frozen=True):
    """What the queries scan, and the DPUs they need."""

    scanned_gb_per_query: Annotated[float, measured("GB", "Data that a query reads.")]
    billed_mb_per_query: Annotated[
        float, measured("MB", "Data that a query is billed for: whole MB, at least 10.")
    ]
    billed_queries: Annotated[
        float, measured("Queries/month", "Queries that read data and do not fail.")
    ]
    scanned_tb: Annotated[
        float, measured("TB/month", "Data billed, or that it would be if paid by query.")
    ]
    concurrent_queries: Annotated[
        float, measured("Queries", "Queries at once at the peak; 0 if not known.")
    ]
    needed_dpus: Annotated[
        float, measured("DPU", "DPUs that these queries need in a reservation, at least 4.")
    ]
    reserved_dpus: Annotated[
        float, measured("DPU", "DPUs of the reservation; none if paid by query.")
    ]
    queries_at_once: Annotated[
        float, measured("Queries", "Queries that run at once in the reservation.")
    ]
    break_even_queries: Annotated[
        float | None,
        measured(
            "Queries/month",
            "Queries a month above which the reservation, that given or else the least, costs less"
            " than paying by query; null where it never does, and where a price is not known.",
        ),
    ]


def capacity(w: AthenaWorkload, rule: Rules) -> AthenaCapacity:
    """Return the data billed in a month, and the DPUs of the reservation that the load needs."""
    billed, at_once = billed_queries(w), concurrent_queries(w, w.monthly_queries)
    reserved: Numbers = np.where(w.capacity_mode == "provisioned", reservation(w, at_once, rule), 0)
    return AthenaCapacity(
        scanned_gb_per_query=scanned_gb(w),
        billed_mb_per_query=billed_megabytes(w, rule),
        billed_queries=billed,
        scanned_tb=billed * terabytes_per_query(w, rule),
        concurrent_queries=at_once,
        needed_dpus=needed_dpus(w, at_once, rule),
        reserved_dpus=reserved,
        queries_at_once=reserved / query_dpus(w, at_once, rule),
        break_even_queries=break_even_queries(w, rule),
    )


def scanned_gb(w: AthenaWorkload) -> Numbers:
    """Return the data that a query reads [GB] [1]_.

    Examples
    --------
    AWS's own: a table of 3 TB is compressed to a third; in Parquet, a query of one column of four
    reads a quarter of that.

    >>> from types import SimpleNamespace as Row
    >>> w = Row(scanned_gb_per_query=0, table_gb=3, columns_fraction=np.array([1, 1, 0.25]),
    ...         partitions_fraction=1, compression_ratio=np.array([1, 3, 3]))
    >>> scanned_gb(w).tolist()
    [3.0, 1.0, 0.25]
    """
    read = w.table_gb * w.columns_fraction * w.partitions_fraction / w.compression_ratio
    return np.where(w.scanned_gb_per_query > 0, w.scanned_gb_per_query, read)


def billed_megabytes(w: AthenaWorkload, rule: Rules) -> Numbers:
    """Return the data that a query is billed for: whole MB, at least ten [MB] [1]_.

    Examples
    --------
    >>> from types import SimpleNamespace as Row
    >>> w = Row(scanned_gb_per_query=np.array([0.001, 0.0105]), table_gb=0, columns_fraction=1,
    ...         partitions_fraction=1, compression_ratio=1)
    >>> billed_megabytes(w, Row(minimum_scanned_mb=10)).tolist()
    [10.0, 11.0]
    """
    return np.maximum(
        rule.minimum_scanned_mb, billed_units(scanned_gb(w) * BYTES_PER_GB, BYTES_PER_MB)
    )


def terabytes_per_query(w: AthenaWorkload, rule: Rules) -> Numbers:
    """Return the data that a query is billed for [TB]."""
    return billed_megabytes(w, rule) / (MEGABYTES_PER_GB * rule.gb_per_tb)


def billed_queries(w: AthenaWorkload) -> Numbers:
    """Return the queries of a month that are billed: failed and reused ones are not [1]_ [5]_."""
    return w.monthly_queries * (1 - w.reused_fraction) * (1 - w.failed_fraction)


def running_hours(w: AthenaWorkload) -> Numbers:
    """Return the hours a month in which the capacity is reserved and queries run [h]."""
    return w.hours_per_month * w.running_hours_fraction


def concurrent_queries(w: AthenaWorkload, monthly: Numbers) -> Numbers:
    """Return the queries at once at the peak [1]: those given, or else the mean times the peak.

    Examples
    --------
    An hour with 720 queries of 10 seconds has two at once.

    >>> from types import SimpleNamespace as Row
    >>> w = Row(reused_fraction=0, query_seconds=10, peak_to_mean=1, concurrent_queries=0,
    ...         hours_per_month=2, running_hours_fraction=0.5)
    >>> float(concurrent_queries(w, 720))
    2.0
    """
    running = queries_per_second(w, monthly) * w.query_seconds
    return np.where(w.concurrent_queries > 0, w.concurrent_queries, running)


def queries_per_second(w: AthenaWorkload, monthly: Numbers) -> Numbers:
    """Return the queries that run, at the peak [1/s]."""
    seconds = running_hours(w) * SECONDS_PER_HOUR
    run = monthly * (1 - w.reused_fraction) * w.peak_to_mean
    return np.where(seconds > 0, run / np.where(seconds > 0, seconds, 1), 0)


def query_dpus(w: AthenaWorkload, at_once: Numbers, rule: Rules) -> Numbers:
    """Return the DPUs that a query takes: those given, or else by AWS's guide [DPU] [3]_.

    The guide has 40 DPUs for 10 queries at once, 96 for 20, and 240 for 30 or more. A query takes
    the share that it has in the smallest of these that holds all queries.

    Examples
    --------
    >>> from types import SimpleNamespace as Row
    >>> rule = Row(guide_dpus={"10": 40, "20": 96, "30": 240}, dpu_step=4)
    >>> query_dpus(Row(dpus_per_query=0), np.array([1, 10, 20, 30, 60]), rule).tolist()
    [4.0, 4.0, 4.8, 8.0, 8.0]
    """
    guide = list(rule.guide_dpus.items())
    share = np.full(np.shape(at_once), np.nan)
    for queries, dpus in reversed(guide):
        holds = (at_once <= int(queries)) | (queries == guide[-1][0])
        share = np.where(holds, dpus / int(queries), share)
    return np.where(w.dpus_per_query > 0, in_steps(w.dpus_per_query, rule.dpu_step), share)


def needed_dpus(w: AthenaWorkload, at_once: Numbers, rule: Rules) -> Numbers:
    """Return the DPUs that the queries at once need: whole steps of four, for one at least [DPU].

    Examples
    --------
    A query with 12 DPUs takes them even if there is one in some hours only.

    >>> from types import SimpleNamespace as Row
    >>> rule = Row(guide_dpus={"10": 40}, dpu_step=4)
    >>> w = Row(dpus_per_query=np.array([0, 0, 12]))
    >>> needed_dpus(w, np.array([0, 1.5, 0.1]), rule).tolist()
    [4.0, 8.0, 12.0]
    """
    return in_steps(np.maximum(1, at_once) * query_dpus(w, at_once, rule), rule.dpu_step)


def reservation(w: AthenaWorkload, at_once: Numbers, rule: Rules) -> Numbers:
    """Return the DPUs of a reservation: those given in whole steps, or else those needed [DPU]."""
    given = w.reserved_dpus > 0
    return np.where(given, in_steps(w.reserved_dpus, rule.dpu_step), needed_dpus(w, at_once, rule))


def cost_by_query(w: AthenaWorkload, rule: Rules) -> Numbers:
    """Return what a query costs when paid by query [USD]; NaN where the price is not known."""
    price = rule.list_price("data_scanned", (), w.price_date, w.region)
    return terabytes_per_query(w, rule) * price


def cost_of(w: AthenaWorkload, dpus: Numbers, rule: Rules) -> Numbers:
    """Return what a reservation costs in a month [USD]; NaN where the price is not known."""
    return dpus * running_hours(w) * rule.list_price("dpu_hours", (), w.price_date, w.region)


def break_even_queries(w: AthenaWorkload, rule: Rules) -> Numbers:
    """Return the queries above which a reservation costs less than paying by query [1/month].

    The reservation is that given, or else the least. Where the queries at that number need more,
    it never pays: the DPUs that a further query needs cost more than what it scans.

    Examples
    --------
    24 DPUs for an hour cost 7.20 USD, as much as 1.44 TB, or 1.44 queries of 1 TB. The least of 4
    DPUs costs as much as 0.24 queries, unless these take so long that 4 DPUs do not run them.

    >>> from types import SimpleNamespace as Row
    >>> w = Row(scanned_gb_per_query=1024, table_gb=0, columns_fraction=1, partitions_fraction=1,
    ...         compression_ratio=1, reused_fraction=0, failed_fraction=0, concurrent_queries=0,
    ...         reserved_dpus=np.array([24, 0, 0]), query_seconds=np.array([0, 0, 18_000]),
    ...         hours_per_month=1, running_hours_fraction=1, price_date=0, region="",
    ...         peak_to_mean=1, dpus_per_query=0)
    >>> rule = Row(minimum_scanned_mb=10, gb_per_tb=1024, dpu_step=4, guide_dpus={"10": 40},
    ...            list_price=lambda meter, *_: {"data_scanned": 5, "dpu_hours": 0.3}[meter])
    >>> break_even_queries(w, rule).round(9).tolist()
    [1.44, 0.24, nan]
    """
    billed = (1 - w.reused_fraction) * (1 - w.failed_fraction)
    each = np.where(billed > 0, billed, np.nan) * cost_by_query(w, rule)
    least = reservation(w, concurrent_queries(w, 0), rule)
    queries = cost_of(w, least, rule) / each
    some = np.where(known(queries), queries, 0)
    enough = reservation(w, concurrent_queries(w, some), rule) <= least
    return np.where(enough, queries, np.nan)


def charges(w: AthenaWorkload, c: AthenaCapacity, rule: Rules) -> Iterator[Charge]:
    """Yield the metered quantities of a month, in the pricing page's order."""
    provisioned = w.capacity_mode == "provisioned"
    yield Charge("data_scanned", np.where(provisioned, 0, c.scanned_tb))
    yield Charge("dpu_hours", c.reserved_dpus * running_hours(w), peak=provisioned)
    yield Charge("spark_dpu_hours", w.monthly_spark_dpu_hours)


def findings(w: AthenaWorkload, c: AthenaCapacity, rule: Rules) -> Iterator[Finding]:
    """Yield the quotas that apply to the workgroup [2]_ [4]_, and what a planner should know."""
    provisioned = w.capacity_mode == "provisioned"
    by_query = np.logical_not(provisioned)
    at_once = c.concurrent_queries
    yield Finding("active_dml_queries", at_once, by_query & (at_once > 0))
    yield Finding(
        "queries_per_second", queries_per_second(w, w.monthly_queries), w.monthly_queries > 0
    )
    yield Finding("query_minutes", w.query_seconds / SECONDS_PER_MINUTE, w.query_seconds > 0)
    yield Finding("provisioned_dpus", c.reserved_dpus + w.other_reserved_dpus, provisioned)
    limit = np.where(provisioned, c.reserved_dpus, np.inf)
    yield Finding("query_dpus", query_dpus(w, at_once, rule), provisioned, limit)
    room = np.where(provisioned, c.queries_at_once, np.inf)
    yield Finding("queued_queries", at_once, provisioned & (at_once > 0), room)
    rounded = (w.reserved_dpus > 0) & (c.reserved_dpus > w.reserved_dpus)
    yield Finding.met("dpu_steps", provisioned & rounded, c.reserved_dpus)
    region: Words = w.region
    absent = region.isin(WITHOUT_RESERVATIONS)
    yield Finding.met("without_reservations", provisioned & absent)
    small = c.scanned_gb_per_query * MEGABYTES_PER_GB < rule.minimum_scanned_mb
    yield Finding.met("small_queries", by_query & small & (c.billed_queries > 0), c.billed_queries)
    whole_table = (w.table_gb > 0) & (w.scanned_gb_per_query == 0) & reads_all(w)
    yield Finding.met("whole_tables", by_query & whole_table, c.billed_queries)
    yield from mode_findings(w, c, rule)


def reads_all(w: AthenaWorkload) -> Flags:
    """Return where queries read all columns and partitions, and nothing is compressed."""
    return (w.columns_fraction == 1) & (w.partitions_fraction == 1) & (w.compression_ratio == 1)


def mode_findings(w: AthenaWorkload, c: AthenaCapacity, rule: Rules) -> Iterator[Finding]:
    """Tell where the other capacity mode costs less, at list prices.

    A reservation is compared only where the DPUs that it takes are known.
    """
    provisioned = w.capacity_mode == "provisioned"
    sized = (w.reserved_dpus > 0) | (c.concurrent_queries > 0)
    dpus = reservation(w, c.concurrent_queries, rule)
    more = c.billed_queries * cost_by_query(w, rule) - cost_of(w, dpus, rule)
    told = known(more) & sized & (c.billed_queries > 0)
    yield Finding.met("provisioned_cheaper", np.logical_not(provisioned) & told & (more > 0), more)
    yield Finding.met("per_query_cheaper", provisioned & told & (more < 0), -more)


def crossing(w: AthenaWorkload, c: AthenaCapacity) -> dict[str, Numbers]:
    """Return the data that is billed, or would be if paid by query [TB/month]."""
    return {"scanned_tb": c.scanned_tb}


SERVICE = Service(
    key="athena",
    name="Amazon Athena",
    category="Analytics",
    workload=AthenaWorkload,
    capacity_type=AthenaCapacity,
    capacity=capacity,
    charges=charges,
    findings=findings,
    loads=(
        "monthly_queries",
        "scanned_gb_per_query",
        "table_gb",
        "columns_fraction",
        "partitions_fraction",
        "query_seconds",
        "peak_to_mean",
        "monthly_spark_dpu_hours",
    ),
    example=AthenaWorkload(
        name="access-log-queries",
        region="us-east-1",
        monthly_queries=20_000.0,
        table_gb=400.0,
        columns_fraction=0.2,
        partitions_fraction=0.25,
        compression_ratio=4.0,
        reserved_dpus=8.0,
    ),
    compared="capacity_mode",
    swept="monthly_queries",
    exclusive=(
        Exclusive(
            ("scanned_gb_per_query", "table_gb"),
            "send the data that a query reads, or the size of its tables",
        ),
    ),
    crossing=crossing,
    steady="Queries are billed one by one, and reserved capacity stands while it runs.",
)
