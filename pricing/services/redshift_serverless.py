"""Amazon Redshift Serverless: one workgroup with its namespace.

Sections follow AWS's pricing page [1]_: RPU hours, managed storage, backup storage, data transfer.
Storage, backups and transfer have the prices of Redshift clusters.

References
----------
.. [1] "Amazon Redshift pricing", https://aws.amazon.com/redshift/pricing/ (2026)
.. [2] "Billing for Amazon Redshift Serverless", management guide (2026),
   https://docs.aws.amazon.com/redshift/latest/mgmt/serverless-billing.html
.. [3] "Compute capacity for Amazon Redshift Serverless", management guide (2026),
   https://docs.aws.amazon.com/redshift/latest/mgmt/serverless-capacity.html
.. [4] "Quotas and limits in Amazon Redshift", management guide (2026),
   https://docs.aws.amazon.com/redshift/latest/mgmt/amazon-redshift-limits.html
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from msgspec import Struct

from pricing import tables
from pricing.arrays import Numbers, Words
from pricing.kit.capacity_units import in_steps
from pricing.kit.instances import Connections, MemoryGiB
from pricing.kit.limits import known
from pricing.kit.sizing import Need, largest
from pricing.kit.transfer import between_regions
from pricing.model import Charge, Finding, Service, WorkloadFields
from pricing.quantities import (
    REGION_CODES,
    Count,
    Gigabytes,
    MonthlyCount,
    MonthlyGigabytes,
    PriceDate,
    Ratio,
    about,
    bounded,
    measured,
    whole,
)
from pricing.rates import Rules, WordColumn
from pricing.units import SECONDS_PER_HOUR

FOUR_RPUS = (
    "ap-northeast-1",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "eu-north-1",
    "eu-west-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
)
"""Regions in which a base capacity of 4 RPUs is offered [3]_."""
GIVEN = "given"
"""The name of what binds where the base capacity is given."""

if TYPE_CHECKING:
    OtherRegion = str
else:
    OtherRegion = Literal[("", *REGION_CODES)]


class RedshiftServerlessWorkload(
    WorkloadFields, frozen=True, kw_only=True, forbid_unknown_fields=True
):
    """Demand on one Redshift Serverless workgroup."""

    price_date: PriceDate = tables.newest_day("redshift_serverless")
    base_rpus: Annotated[
        float,
        whole("RPU", 0, 1024),
        about("Base capacity; 0 is the least that holds the data and the memory needed."),
    ] = 128.0
    maximum_rpus: Annotated[
        float, whole("RPU", 0, 100_000), about("Max capacity that is set; 0 is none.")
    ] = 0.0
    monthly_active_hours: Annotated[
        float,
        bounded("h/month", 0, 744),
        about("Hours in which queries run, those of isolated queries apart."),
    ] = 0.0
    mean_scale_ratio: Annotated[
        Ratio, about("Mean RPUs in these hours over base capacity; load scales the workgroup up.")
    ] = 1.0
    monthly_isolated_queries: Annotated[
        MonthlyCount,
        about("Queries that run while nothing else does, such as health checks of connections."),
    ] = 0.0
    isolated_query_seconds: Annotated[
        float,
        bounded("s", 0, 86_399),
        about("Mean run time of an isolated query; each is billed 60 seconds at least."),
    ] = 0.0
    storage_gb: Annotated[Gigabytes, about("Compressed data in managed storage.")]
    backup_gb: Annotated[
        Gigabytes,
        about("Manual snapshots kept, as unique blocks; recovery points of 24 hours are free."),
    ] = 0.0
    backup_copy_region: Annotated[
        OtherRegion, about("AWS Region to which snapshots are copied; empty is none.")
    ] = ""
    backup_copy_gb: Annotated[
        Gigabytes, about("Copies of snapshots kept in `backup_copy_region`.")
    ] = 0.0
    monthly_backup_copy_gb: Annotated[
        MonthlyGigabytes, about("Snapshot data copied there; after the first only what changed.")
    ] = 0.0
    monthly_internet_out_gb: Annotated[
        MonthlyGigabytes, about("Data transferred out to the internet.")
    ] = 0.0
    required_memory_gib: Annotated[
        MemoryGiB, about("Memory that the load needs at base capacity.")
    ] = 0.0
    connections: Annotated[Connections, about("Connections that clients hold open.")] = 0.0
    tables: Annotated[Count, about("Tables of the namespace.")] = 0.0
    other_base_rpus: Annotated[
        Count, about("Base capacity of the account's other workgroups in the Region [RPU].")
    ] = 0.0


class RedshiftServerlessCapacity(Struct, frozen=True):
    """What the workgroup has, and what of it is billed."""

    base_rpus: Annotated[float, measured("RPU", "Base capacity, in the steps that AWS has.")]
    binding: Annotated[
        Literal["storage", "memory", "least", "given"],
        about("What the base capacity follows from."),
    ]
    memory_gib: Annotated[float, measured("GiB", "Memory of the base capacity.")]
    mean_rpus: Annotated[float, measured("RPU", "Mean capacity while queries run.")]
    used_hours: Annotated[float, measured("h/month", "Hours in which queries run.")]
    billed_hours: Annotated[
        float, measured("h/month", "Hours billed: isolated queries count 60 seconds at least.")
    ]
    rpu_hours: Annotated[float, measured("RPU-Hours/month", "RPU hours billed.")]
    storage_limit_gb: Annotated[
        float | None,
        measured("GB", "Data that this base capacity holds; null where it has no limit."),
    ]
    sla_fraction: Annotated[
        float, measured("share", "Monthly uptime that AWS commits to, with credits below it.")
    ]


def capacity(w: RedshiftServerlessWorkload, rule: Rules) -> RedshiftServerlessCapacity:
    """Return the base capacity, and the hours and RPU hours that are billed."""
    base, binding = base_capacity(w, rule)
    mean = capped(w, base * w.mean_scale_ratio)
    isolated = isolated_hours(w, rule)
    active = np.minimum(w.hours_per_month, w.monthly_active_hours)
    alone = np.minimum(w.hours_per_month - active, isolated)
    used = w.monthly_isolated_queries * w.isolated_query_seconds / SECONDS_PER_HOUR
    limit: Numbers = storage_limit(base, rule)
    return RedshiftServerlessCapacity(
        base_rpus=base,
        binding=binding,
        memory_gib=base * rule.gib_per_rpu,
        mean_rpus=mean,
        used_hours=np.minimum(w.hours_per_month, active + used),
        billed_hours=active + alone,
        rpu_hours=active * mean + alone * capped(w, base),
        storage_limit_gb=limit,
        sla_fraction=np.broadcast_to(rule.sla_fraction, np.shape(base)),  # type: ignore[arg-type]
    )


def base_capacity(w: RedshiftServerlessWorkload, rule: Rules) -> Need:
    """Return the base capacity that is given, or else the least that suffices [RPU] [3]_.

    Examples
    --------
    AWS's own: more than 128 TB need at least 32 RPUs, and more than 32 TB at least 8.

    >>> from types import SimpleNamespace as Row
    >>> rule = Row(small_base_rpus=4, usual_base_rpus=8, large_base_rpus=32, gib_per_rpu=16,
    ...            small_base_storage_gb=32768, usual_base_storage_gb=131072, rpu_step=8,
    ...            large_rpu_step=32, largest_usual_base_rpus=512)
    >>> region = WordColumn(np.zeros(3, dtype=int), ("us-east-1",))
    >>> w = Row(base_rpus=0, required_memory_gib=0, region=region,
    ...         storage_gb=np.array([1, 33 * 1024, 129 * 1024]))
    >>> base_capacity(w, rule).count.tolist()
    [4.0, 8.0, 32.0]
    """
    region: Words = w.region
    least = np.where(region.isin(FOUR_RPUS), rule.small_base_rpus, rule.usual_base_rpus)
    each = {
        "storage": rpus_for_storage(w.storage_gb, rule),
        "memory": w.required_memory_gib / rule.gib_per_rpu,
    }
    need = largest(each, least)
    given, words = w.base_rpus > 0, need.binding.words
    codes = np.where(given, len(words), need.binding.codes)
    stepped = in_base_steps(np.where(given, w.base_rpus, need.count), rule)
    return Need(stepped, WordColumn(codes, (*words, GIVEN)))


def rpus_for_storage(storage_gb: Numbers, rule: Rules) -> Numbers:
    """Return the least base capacity that holds the data [RPU] [3]_; none where there is none."""
    above = np.where(
        storage_gb > rule.usual_base_storage_gb, rule.large_base_rpus, rule.usual_base_rpus
    )
    small = np.where(storage_gb > 0, rule.small_base_rpus, 0)
    return np.where(storage_gb > rule.small_base_storage_gb, above, small)


def in_base_steps(rpus: Numbers, rule: Rules) -> Numbers:
    """Round base capacity up to 4 RPUs, whole steps of 8 up to 512, or of 32 above [RPU] [3]_.

    Examples
    --------
    >>> from types import SimpleNamespace as Row
    >>> rule = Row(small_base_rpus=4, rpu_step=8, large_rpu_step=32, largest_usual_base_rpus=512)
    >>> in_base_steps(np.array([1, 5, 500, 513]), rule).tolist()
    [4.0, 8.0, 504.0, 544.0]
    """
    step = np.where(rpus > rule.largest_usual_base_rpus, rule.large_rpu_step, rule.rpu_step)
    stepped = in_steps(rpus, step)
    return np.where(rpus <= rule.small_base_rpus, rule.small_base_rpus, stepped)


def capped(w: RedshiftServerlessWorkload, rpus: Numbers) -> Numbers:
    """Return capacity, lowered to the max capacity where one is set [RPU]."""
    return np.where((w.maximum_rpus > 0) & (rpus > w.maximum_rpus), w.maximum_rpus, rpus)


def isolated_hours(w: RedshiftServerlessWorkload, rule: Rules) -> Numbers:
    """Return the hours that isolated queries are billed: each at least a minute [h] [2]_.

    Examples
    --------
    60 queries of 10 seconds are an hour.

    >>> from types import SimpleNamespace as Row
    >>> w = Row(monthly_isolated_queries=60, isolated_query_seconds=10)
    >>> float(isolated_hours(w, Row(minimum_seconds=60)))
    1.0
    """
    seconds = np.maximum(rule.minimum_seconds, w.isolated_query_seconds)
    return w.monthly_isolated_queries * seconds / SECONDS_PER_HOUR


def storage_limit(base: Numbers, rule: Rules) -> Numbers:
    """Return the data that a base capacity holds [GB] [3]_; NaN where it has no limit."""
    usual = np.where(base < rule.large_base_rpus, rule.usual_base_storage_gb, np.nan)
    return np.where(base <= rule.small_base_rpus, rule.small_base_storage_gb, usual)


def charges(
    w: RedshiftServerlessWorkload, c: RedshiftServerlessCapacity, rule: Rules
) -> Iterator[Charge]:
    """Yield the metered quantities of a month, in the pricing page's order."""
    yield Charge("rpu_hours", c.rpu_hours)
    yield Charge("managed_storage", w.storage_gb)
    yield Charge("backup_storage", w.backup_gb)
    region: Words = w.region
    copies: Words = w.backup_copy_region
    target: Words = copies.filled(region)
    kept = between_regions(w.backup_copy_gb, region, target)
    yield Charge("backup_copy_storage", kept, region=target)
    copied = between_regions(w.monthly_backup_copy_gb, region, target)
    yield Charge("backup_copy_transfer", copied, (target,))
    yield Charge("internet_out_data", w.monthly_internet_out_gb)


def findings(
    w: RedshiftServerlessWorkload, c: RedshiftServerlessCapacity, rule: Rules
) -> Iterator[Finding]:
    """Yield the quotas and rules that apply to the workgroup [2]_ [3]_ [4]_."""
    region: Words = w.region
    yield Finding("base_rpus", c.base_rpus)
    yield Finding.met("rpu_steps", (w.base_rpus > 0) & (c.base_rpus > w.base_rpus), c.base_rpus)
    small = c.base_rpus <= rule.small_base_rpus
    yield Finding.met("four_rpus", small & np.logical_not(region.isin(FOUR_RPUS)))
    yield Finding("base_rpus_in_region", c.base_rpus + w.other_base_rpus)
    limit = c.storage_limit_gb
    yield Finding("storage", w.storage_gb, known(limit) & (w.storage_gb > 0), limit)
    yield Finding("required_memory", w.required_memory_gib, w.required_memory_gib > 0, c.memory_gib)
    yield Finding("connections", w.connections, w.connections > 0)
    yield Finding("tables", w.tables, w.tables > 0)
    yield from maximum_findings(w, c)
    yield from billing_findings(w, c, rule)


def maximum_findings(
    w: RedshiftServerlessWorkload, c: RedshiftServerlessCapacity
) -> Iterator[Finding]:
    """Compare base and mean capacity with the max capacity that is set."""
    capacity_set = w.maximum_rpus > 0
    yield Finding("maximum_rpus", w.maximum_rpus, capacity_set)
    yield Finding("base_over_maximum", c.base_rpus, capacity_set, w.maximum_rpus)
    mean = c.base_rpus * w.mean_scale_ratio
    yield Finding("mean_over_maximum", mean, capacity_set, w.maximum_rpus)


def billing_findings(
    w: RedshiftServerlessWorkload, c: RedshiftServerlessCapacity, rule: Rules
) -> Iterator[Finding]:
    """Tell what the minimum of 60 seconds costs, and where the workgroup is never idle."""
    price = rule.list_price("rpu_hours", (), w.price_date, w.region)
    idle = np.maximum(0, c.billed_hours - c.used_hours)
    cost = idle * capped(w, c.base_rpus) * price
    yield Finding.met("minimum_charge", cost > 0, cost)
    asked = w.monthly_active_hours + isolated_hours(w, rule)
    yield Finding.met("never_idle", asked >= w.hours_per_month, c.billed_hours)


def crossing(w: RedshiftServerlessWorkload, c: RedshiftServerlessCapacity) -> dict[str, Numbers]:
    """Return the RPU hours that are billed [RPU-Hours/month]."""
    return {"rpu_hours": c.rpu_hours}


SERVICE = Service(
    key="redshift_serverless",
    name="Amazon Redshift Serverless",
    category="Databases",
    billed_as="Amazon Redshift",
    workload=RedshiftServerlessWorkload,
    capacity_type=RedshiftServerlessCapacity,
    capacity=capacity,
    charges=charges,
    findings=findings,
    loads=(
        "monthly_active_hours",
        "mean_scale_ratio",
        "monthly_isolated_queries",
        "isolated_query_seconds",
        "storage_gb",
        "backup_gb",
        "backup_copy_gb",
        "monthly_backup_copy_gb",
        "monthly_internet_out_gb",
        "required_memory_gib",
        "hours_per_month",
    ),
    example=RedshiftServerlessWorkload(
        name="ad-hoc-analytics",
        region="us-east-1",
        base_rpus=32.0,
        monthly_active_hours=120.0,
        mean_scale_ratio=1.25,
        monthly_isolated_queries=500.0,
        isolated_query_seconds=10.0,
        storage_gb=1000.0,
    ),
    crossing=crossing,
    steady="It is billed for the seconds in which queries run, which are given by the month.",
)
