"""Amazon Timestream for InfluxDB: one InfluxDB 2 instance, or one cluster of InfluxDB 3.

Sections follow AWS's pricing page [1]_: instances and storage of InfluxDB 2, nodes and object
storage of InfluxDB 3.

References
----------
.. [1] "Amazon Timestream pricing", https://aws.amazon.com/timestream/pricing/ (2025-11)
.. [2] "Instance classes of Timestream for InfluxDB", developer guide (2026),
   https://docs.aws.amazon.com/timestream/latest/developerguide/timestream-for-influx-dbi-classes.html
.. [3] "Timestream for InfluxDB 3 workload analysis and best practices" (2026-04-29),
   https://aws.amazon.com/blogs/database/timestream-for-influxdb-3-workload-analysis-and-best-practices/
.. [4] "Amazon Timestream for InfluxDB 3", developer guide (2026),
   https://docs.aws.amazon.com/timestream/latest/developerguide/influxdb3.html
"""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from msgspec import Struct

from pricing import tables
from pricing.arrays import Flags, Numbers, Places, Words
from pricing.kit import class_choice
from pricing.kit.instances import MemoryGiB, VCPUs
from pricing.kit.limits import known
from pricing.model import Charge, Finding, Service, WorkloadFields
from pricing.quantities import Count, Gigabytes, PerSecond, PriceDate, Ratio, about, measured, whole
from pricing.rates import Rules, WordColumn
from pricing.units import count_true

CLASSES = tables.instance_classes("timestream_influxdb")
"""Every instance class with a price anywhere, smallest first."""
GUIDE = (
    ("db.influx.large", "3k"),
    ("db.influx.2xlarge", "3k"),
    ("db.influx.4xlarge", "3k"),
    ("db.influx.4xlarge", "12k"),
    ("db.influx.8xlarge", "12k"),
    ("db.influx.12xlarge", "12k"),
)
"""Instance classes and storage tiers for which AWS publishes the load that they bear [2]_."""

if TYPE_CHECKING:
    InstanceClass = str
else:
    InstanceClass = Literal[("", *CLASSES)]

Tier = Literal["", "3k", "12k", "16k"]
TIERS = ("", "3k", "12k", "16k")


class TimestreamInfluxDBWorkload(
    WorkloadFields, frozen=True, kw_only=True, forbid_unknown_fields=True
):
    """Demand on one instance or cluster of Timestream for InfluxDB."""

    price_date: PriceDate = tables.newest_day("timestream_influxdb")
    engine: Annotated[
        Literal["influxdb-2", "influxdb-3-core", "influxdb-3-enterprise"],
        about("Version and edition; InfluxDB 3 keeps its data in object storage."),
    ] = "influxdb-2"
    instance_class: Annotated[
        InstanceClass,
        about("Class of the instance; empty is the smallest that bears the load by AWS's guide."),
    ] = ""
    deployment: Annotated[
        Literal["single-az", "multi-az"],
        about("Multi-AZ has a standby in another Availability Zone, which cannot be read."),
    ] = "single-az"
    instances: Annotated[
        float, whole("1", 1, 1000), about("Equal instances, each with a standby if Multi-AZ.")
    ] = 1.0
    nodes: Annotated[
        float,
        whole("1", 1, 1000),
        about("Nodes of each cluster of InfluxDB 3 Enterprise, its compactor included."),
    ] = 1.0
    storage_tier: Annotated[
        Literal["", "3k", "12k", "16k"],
        about("Storage with 3,000, 12,000 or 16,000 IOPS; empty is that of AWS's guide."),
    ] = ""
    storage_gb: Annotated[
        Gigabytes, about("Storage of each instance, or object storage of each cluster.")
    ]
    series: Annotated[Count, about("Series of each instance: combinations of its tags.")] = 0.0
    lines_per_second: Annotated[
        PerSecond,
        about(
            "Mean lines written to each instance, or a cluster's busiest node, in batches of 5,000."
        ),
    ] = 0.0
    queries_per_second: Annotated[
        PerSecond, about("Mean moderate queries of each instance, or of a cluster's busiest node.")
    ] = 0.0
    peak_to_mean: Annotated[Ratio, about("Peak over mean of lines and queries.")] = 1.0
    required_vcpus: Annotated[VCPUs, about("vCPUs that the load needs.")] = 0.0
    required_memory_gib: Annotated[MemoryGiB, about("Memory that the load needs.")] = 0.0


class TimestreamInfluxDBCapacity(Struct, frozen=True):
    """What the instance is and has; what AWS does not publish is null."""

    instance_class: Annotated[InstanceClass, about("Class of the instance.")]
    storage_tier: Annotated[Tier, about("Tier of its storage; empty of InfluxDB 3.")]
    storage_gb: Annotated[float, measured("GB", "Storage of each instance that is billed.")]
    vcpus: Annotated[float, measured("vCPU", "vCPUs of the class.")]
    memory_gib: Annotated[float, measured("GiB", "Memory of the class.")]
    network_burst_gbps: Annotated[float, measured("Gbps", "Network bandwidth at most.")]
    guide_series: Annotated[
        float | None, measured("Series", "Series by AWS's guide for class and tier.")
    ]
    guide_lines: Annotated[
        float | None, measured("Lines/Second", "Lines by AWS's guide for class and tier.")
    ]
    guide_queries: Annotated[
        float | None, measured("Queries/Second", "Queries by AWS's guide for class and tier.")
    ]


def capacity(w: TimestreamInfluxDBWorkload, rule: Rules) -> TimestreamInfluxDBCapacity:
    """Return the class and the storage of the instance, and the load that they bear."""
    row, cluster = guide_row(w, rule), clustered(w)
    own, tier = instance_class(w, row, rule), storage_tier(w, row)
    series, lines, queries = (at_guide(own, tier, limits) for limits in guides(rule))
    least: Numbers = np.where(cluster, 0, rule.least_storage_gb[tier])
    return TimestreamInfluxDBCapacity(
        instance_class=own,  # type: ignore[arg-type]
        storage_tier=tier,  # type: ignore[arg-type]
        storage_gb=np.maximum(w.storage_gb, least),
        vcpus=rule.vcpus[own],
        memory_gib=rule.memory_gib[own],
        network_burst_gbps=rule.network_burst_gbps[own],
        guide_series=series,
        guide_lines=np.where(cluster, rule.cluster_lines[own], lines),
        guide_queries=np.where(cluster, rule.cluster_queries[own], queries),
    )


def clustered(w: TimestreamInfluxDBWorkload) -> Flags:
    """Return where InfluxDB is version 3: nodes beside an object storage [4]_."""
    return w.engine != "influxdb-2"


def loads(w: TimestreamInfluxDBWorkload) -> tuple[Numbers, Numbers, Numbers]:
    """Return the series, and the lines and queries a second at the peak."""
    return w.series, w.lines_per_second * w.peak_to_mean, w.queries_per_second * w.peak_to_mean


def guides(rule: Rules) -> tuple[list[Numbers], ...]:
    """Return AWS's guide by row of it: series, lines and queries [2]_."""
    keys = list(map("/".join, GUIDE))
    of_load = rule.guide_series, rule.guide_lines, rule.guide_queries
    return tuple([guide.get(key) for key in keys] for guide in of_load)


def guide_row(w: TimestreamInfluxDBWorkload, rule: Rules) -> Places:
    """Return the first row of AWS's guide that bears the load, or the last."""
    series, lines, queries = loads(w)
    beyond = [
        (series > most) | (lines > most_lines) | (queries > most_queries)
        for most, most_lines, most_queries in zip(*guides(rule), strict=True)
    ]
    row = np.zeros(np.shape(beyond[0]), dtype=np.intp)
    for place, over in enumerate(beyond[:-1]):
        row = np.where((row == place) & over, place + 1, row)
    return row


def instance_class(w: TimestreamInfluxDBWorkload, row: Places, rule: Rules) -> WordColumn:
    """Return the class: the one given, or the smallest that the guides and the needs ask for."""
    every = class_choice.every_class(CLASSES)
    by_guide = np.array([every.words.index(name) for name, _ in GUIDE])[row]
    _, lines, queries = loads(w)
    guide = rule.cluster_lines[every], rule.cluster_queries[every]
    by_guide = np.where(clustered(w), smallest(every, (lines, queries), guide), by_guide)
    needed, has = (w.required_vcpus, w.required_memory_gib), (rule.vcpus, rule.memory_gib)
    by_needs = smallest(every, needed, [own[every] for own in has])
    chosen = WordColumn(np.maximum(by_guide, by_needs), every.words)
    return class_choice.filled(w.instance_class, lambda: chosen)


def smallest(every: WordColumn, needed: Iterable[Numbers], has: Iterable[Numbers]) -> Places:
    """Return the first class that has what is needed, or the last."""
    enough = class_choice.enough(map(class_choice.with_axis, needed), has) & (every != "")
    return np.where(enough.any(axis=-1), enough.argmax(axis=-1), len(every.words) - 1)


def storage_tier(w: TimestreamInfluxDBWorkload, row: Places) -> WordColumn:
    """Return the tier of the storage: the one given, or that of the guide; none of InfluxDB 3."""
    asked: Words = w.storage_tier
    by_guide = np.array([TIERS.index(tier) for _, tier in GUIDE])[row]
    given = np.array([TIERS.index(word) for word in asked.words])[asked.codes]
    own = np.where(given > 0, given, by_guide)
    return WordColumn(np.where(clustered(w), 0, own), TIERS)


def at_guide(own: Words, tier: Words, limits: list[Numbers]) -> Numbers:
    """Return what AWS's guide says of a class with a tier; NaN where it has no such row."""
    found = np.full(np.shape(own.codes), np.nan)
    for (name, words), limit in zip(GUIDE, limits, strict=True):
        found = np.where((own == name) & (tier == words), limit, found)
    return found


def charges(
    w: TimestreamInfluxDBWorkload, c: TimestreamInfluxDBCapacity, rule: Rules
) -> Iterator[Charge]:
    """Yield the metered quantities of a month, in the pricing page's order."""
    cluster = clustered(w)
    hours, stored = w.instances * w.hours_per_month, w.instances * c.storage_gb
    yield Charge("instance_hours", np.where(cluster, 0, hours), (w.deployment, c.instance_class))
    yield Charge("storage", np.where(cluster, 0, stored), (w.deployment, c.storage_tier))
    yield Charge("node_hours", cluster * hours * w.nodes, (c.instance_class,))
    yield Charge("object_storage", cluster * stored)


def findings(
    w: TimestreamInfluxDBWorkload, c: TimestreamInfluxDBCapacity, rule: Rules
) -> Iterator[Finding]:
    """Yield what the instance bears by AWS's guides [2]_ [3]_, and its limits."""
    cluster, standby = clustered(w), w.deployment == "multi-az"
    published = c.guide_series, c.guide_lines, c.guide_queries
    for name, load, limit in zip(("series", "lines", "queries"), loads(w), published, strict=True):
        yield Finding(name, load, (load > 0) & known(limit), limit)
    series, lines, queries = loads(w)
    loaded: Flags = (series > 0) | (lines > 0) | (queries > 0)
    yield Finding.met("unpublished_load", loaded & np.logical_not(known(c.guide_lines)))
    yield Finding("required_vcpus", w.required_vcpus, w.required_vcpus > 0, c.vcpus)
    yield Finding("required_memory", w.required_memory_gib, w.required_memory_gib > 0, c.memory_gib)
    yield Finding("storage", c.storage_gb, np.logical_not(cluster))
    yield Finding.met("raised_storage", c.storage_gb > w.storage_gb, c.storage_gb)
    yield Finding("instances_in_region", w.instances)
    yield Finding.met("one_zone", np.where(cluster, w.nodes < 2, np.logical_not(standby)))
    yield Finding("cluster_nodes", w.nodes, cluster | (w.nodes > 1), rule.most_nodes[w.engine])
    yield Finding.met("recent_data_only", w.engine == "influxdb-3-core")
    unused = count_true(standby, w.storage_tier != "", w.series > 0) * cluster
    yield Finding.met("settings_left_out", unused > 0, unused)


SERVICE = Service(
    key="timestream_influxdb",
    name="Amazon Timestream for InfluxDB",
    category="Databases",
    billed_as="Amazon Timestream",
    workload=TimestreamInfluxDBWorkload,
    capacity_type=TimestreamInfluxDBCapacity,
    capacity=capacity,
    charges=charges,
    findings=findings,
    loads=("instances", "nodes", "storage_gb", "hours_per_month"),
    example=TimestreamInfluxDBWorkload(
        name="telemetry",
        region="us-east-1",
        deployment="multi-az",
        storage_gb=400.0,
        series=500_000.0,
        lines_per_second=60_000.0,
        queries_per_second=5.0,
        peak_to_mean=2.0,
    ),
    compared="deployment",
    steady="Its instances stand all month.",
)
