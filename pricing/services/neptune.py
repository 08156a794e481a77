"""Amazon Neptune: one database cluster with its readers and secondary clusters, or one graph.

Sections follow AWS's pricing page [1]_: instances or Neptune capacity units (NCU), storage and I/O,
backups, Global Database, CPU credits, and graphs of Neptune Analytics by memory-optimized units
(m-NCU).

References
----------
.. [1] "Amazon Neptune pricing" (2026), https://aws.amazon.com/neptune/pricing/
.. [2] "Choosing the right Neptune DB instance type", user guide (2026),
   https://docs.aws.amazon.com/neptune/latest/userguide/instance-types.html
.. [3] "Capacity scaling in a Neptune Serverless DB cluster", user guide (2026),
   https://docs.aws.amazon.com/neptune/latest/userguide/neptune-serverless-capacity-scaling.html
.. [4] "Query queuing in Amazon Neptune", user guide (2026),
   https://docs.aws.amazon.com/neptune/latest/userguide/access-graph-queuing.html
.. [5] "Amazon Neptune limits", user guide (2026),
   https://docs.aws.amazon.com/neptune/latest/userguide/limits.html
.. [6] "Setting up an Amazon Neptune global database", user guide (2026),
   https://docs.aws.amazon.com/neptune/latest/userguide/neptune-gdb-setup.html
.. [7] "Fault tolerance for a Neptune DB cluster", user guide (2026),
   https://docs.aws.amazon.com/neptune/latest/userguide/backup-restore-overview-fault-tolerance.html
.. [8] "Stopping a Neptune Analytics graph", user guide (2026),
   https://docs.aws.amazon.com/neptune-analytics/latest/userguide/managing-stopping.html
.. [9] "Additional configuration for Neptune Serverless DB clusters and instances", user guide
   (2026), https://docs.aws.amazon.com/neptune/latest/userguide/neptune-serverless-configuration.html
.. [10] "Amazon Neptune basic operational guidelines", user guide (2026),
   https://docs.aws.amazon.com/neptune/latest/userguide/best-practices-general-basic.html
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

import numpy as np
from msgspec import Struct

from pricing import tables
from pricing.arrays import Flags, Numbers, Words
from pricing.kit import burstable, class_choice, cluster_volume
from pricing.kit.capacity_units import following, in_steps
from pricing.kit.cluster_instances import (
    Instances,
    are_smaller,
    compute_costs,
    groups_of,
    has_units,
    instance_findings,
    need_findings,
    reader_units,
    readers_of,
    running_hours,
    stop_finding,
)
from pricing.kit.cluster_volume import IORequests, StorageConfiguration
from pricing.kit.instances import Connections, MemoryGiB, VCPUs
from pricing.kit.limits import between, known, saving, smaller_known
from pricing.model import Charge, Finding, Hourly, Scaled, Service, WorkloadFields
from pricing.quantities import (
    REGION_CODES,
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
from pricing.units import HOURS_PER_DAY, count_true

CLASSES = tables.instance_classes("neptune")
"""Every instance class with a price anywhere."""
BURSTABLE = tuple(name for name in CLASSES if name.startswith("db.t"))
UNSUPPORTED = tuple(name for name in CLASSES if name.startswith("db.r4."))
"""The classes that engine versions of today do not support [5]."""
GLOBAL = tuple(name for name in CLASSES if name.startswith(("db.r5.", "db.r6g.")))
"""The classes that AWS names for a Global Database [6]."""
NEWER_FAMILIES = ("db.r8g", "db.r7g")
OLDER_FAMILIES = ("db.r4", "db.r5", "db.r5d", "db.r6g", "db.r6gd", "db.r6i", "db.r7i")
"""The families that have the memory of the newer ones at the same size."""
GRAPH_SIZES = (
    *("16", "32", "64", "128", "256", "384", "512", "768", "1024", "2048", "3072", "4096"),
    *("6144", "9216", "12288", "18432", "24576"),
)
"""The sizes of a graph that AWS sells [m-NCU]."""

if TYPE_CHECKING:
    InstanceClass = str
    OtherRegion = str
else:
    InstanceClass = Literal[("", *CLASSES)]
    OtherRegion = Literal[("", *REGION_CODES)]

NCUs = Annotated[float, bounded("NCU", 0, 128)]
NEEDS = (
    "required_vcpus",
    "required_memory_gib",
    "connections",
    "concurrent_queries",
    "working_set_gib",
)
OF_DATABASE = (
    "monthly_read_io_requests",
    "monthly_write_io_requests",
    "reads_per_second",
    "writes_per_second",
    "readers",
    "secondary_regions",
)
"""Numbers that mean nothing of a graph, whose default is 0."""
BINDINGS = (*class_choice.OTHER_REASONS, *NEEDS)
"""What decides the instance class: it is given, there is none, the price alone, or a need."""


class NeptuneWorkload(WorkloadFields, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Demand on one Neptune cluster, with its readers and secondary clusters, or on one graph."""

    price_date: PriceDate = tables.newest_day("neptune")
    product: Annotated[
        Literal["database", "analytics"],
        about("A cluster of Neptune Database, or a graph in memory of Neptune Analytics."),
    ] = "database"
    storage_configuration: Annotated[
        StorageConfiguration,
        about("Whether I/O is billed, or instances and storage at a higher price instead."),
    ] = "standard"
    capacity_mode: Annotated[
        Literal["provisioned", "serverless"],
        about("The writer: an instance class, or Neptune Serverless capacity in NCUs."),
    ] = "provisioned"
    instance_class: Annotated[
        InstanceClass,
        about(
            "Class of a provisioned writer; empty is the cheapest one, burstable and R4 ones apart,"
            " that meets the needs."
        ),
    ] = ""
    readers: Annotated[
        float, whole("1", 0, 1000), about("Readers in the Region, which share the volume.")
    ] = 0.0
    reader_capacity_mode: Annotated[
        Literal["", "provisioned", "serverless"],
        about("Capacity of the readers; empty is that of the writer."),
    ] = ""
    reader_instance_class: Annotated[
        InstanceClass, about("Class of provisioned readers; empty is that of the writer.")
    ] = ""
    minimum_ncu: Annotated[
        NCUs, about("Least capacity of each serverless instance, in steps of 0.5; at least 1.")
    ] = 1.0
    maximum_ncu: Annotated[
        float,
        bounded("NCU", 1, 1024),
        about("Most capacity of each serverless instance, in steps of 0.5."),
    ] = 16.0
    mean_ncu: Annotated[
        NCUs,
        about(
            "Mean capacity of each serverless instance; 0 is what the CPU load takes, or the least"
            " capacity where that is not known."
        ),
    ] = 0.0
    reader_mean_ncu: Annotated[
        NCUs, about("Mean capacity of each serverless reader; 0 is that of the writer.")
    ] = 0.0
    readers_follow_writer: Annotated[
        bool,
        about(
            "Whether serverless readers stand in promotion tier 0 or 1, where they are never"
            " smaller than the writer."
        ),
    ] = True
    storage_gb: Annotated[
        Gigabytes,
        about("Data that the cluster volume holds; of a graph, data that its memory holds."),
    ]
    monthly_read_io_requests: Annotated[
        MonthlyCount, about("Read I/O: pages that the buffer cache does not hold.")
    ] = 0.0
    monthly_write_io_requests: Annotated[
        MonthlyCount, about("Write I/O: units of 4 KB of the log.")
    ] = 0.0
    reads_per_second: Annotated[
        PerSecond,
        about("Mean reads of nodes, edges and properties; their read I/O is added to that given."),
    ] = 0.0
    read_bytes: Annotated[PositiveBytes, about("Mean size of a read.")] = 1024.0
    writes_per_second: Annotated[
        PerSecond, about("Mean writes; their write I/O is added to the I/O given.")
    ] = 0.0
    write_bytes: Annotated[PositiveBytes, about("Mean log that a write takes.")] = 512.0
    secondary_regions: Annotated[
        float,
        whole("1", 0, 100),
        about("Secondary clusters of a Global Database, each in a Region of its own."),
    ] = 0.0
    secondary_region: Annotated[
        OtherRegion,
        about(
            "AWS Region whose prices the secondary clusters have; empty leaves their instances and"
            " storage to workloads of their own."
        ),
    ] = ""
    secondary_instances: Annotated[
        float,
        whole("1", 0, 1000),
        about("Instances of each secondary cluster, as the writer is; 0 is a headless one."),
    ] = 1.0
    monthly_replicated_write_io_requests: Annotated[
        MonthlyCount,
        about("Write I/O replicated to each secondary cluster; 0 is all write I/O."),
    ] = 0.0
    monthly_replicated_gb: Annotated[
        MonthlyGigabytes, about("Data transferred to each secondary cluster.")
    ] = 0.0
    backup_gb: Annotated[
        Gigabytes,
        about(
            "Backups kept, automated and manual; as much as the volume holds is free. Of a graph,"
            " its snapshots."
        ),
    ] = 0.0
    backup_retention_days: Annotated[
        float,
        whole("days", 1, 35),
        about("Days that automated backups are kept; `backup_gb` counts where it is more."),
    ] = 1.0
    daily_changed_gb: Annotated[
        float,
        bounded("GB/day", 0, 1e9),
        about("Data that changes in a day; each day of retention after the first keeps it."),
    ] = 0.0
    running_hours_fraction: Annotated[
        Fraction,
        about(
            "Share of the month the instances run; storage is billed all the time. Of a graph, the"
            " share that it exists, running or stopped."
        ),
    ] = 1.0
    required_vcpus: Annotated[
        VCPUs,
        about("vCPUs that the load needs on the writer, such as those of the instance it has now."),
    ] = 0.0
    mean_cpu_fraction: Annotated[
        Fraction,
        about(
            "Mean CPU load of the writer while it runs, as a share of `required_vcpus`, or of the"
            " vCPUs of the class where that is 0. 0 is not known: they are needed all the time."
        ),
    ] = 0.0
    required_memory_gib: Annotated[
        MemoryGiB, about("Memory that the writer or the graph needs, all of it counted.")
    ] = 0.0
    working_set_gib: Annotated[
        MemoryGiB, about("Part of the graph that is read all the time and should stay in memory.")
    ] = 0.0
    concurrent_queries: Annotated[
        float,
        bounded("1", 0, 1e9),
        about("Queries at one time on the writer: those a second times their mean seconds."),
    ] = 0.0
    connections: Annotated[
        Connections, about("WebSocket connections that clients hold open on the writer.")
    ] = 0.0
    provisioned_m_ncus: Annotated[
        float,
        bounded("m-NCU", 0, 1e6),
        about(
            "Memory of the graph, rounded up to a size that AWS sells; 0 is the smallest that holds"
            " `storage_gb` and `required_memory_gib`."
        ),
    ] = 0.0
    graph_replicas: Annotated[
        float,
        whole("1", 0, 1000),
        about("Replicas of the graph in other Availability Zones, each billed as the graph is."),
    ] = 1.0
    paused_hours_fraction: Annotated[
        Fraction, about("Share of its hours that the graph is stopped, and billed a tenth.")
    ] = 0.0
    cache_hit_fraction: Annotated[
        Fraction, about("Assumption: share of the pages read that the buffer cache holds.")
    ] = 0.8
    page_bytes: Annotated[
        float, bounded("B", 512, 1e6), about("Assumption: page that a read I/O fetches.")
    ] = 16_384.0
    ncu_per_vcpu: Annotated[
        float,
        bounded("NCU/vCPU", 0.5, 8),
        about("Assumption: NCUs that carry the load of a vCPU of `required_vcpus`."),
    ] = 4.0
    equivalent_memory_fraction: Annotated[
        Fraction,
        about(
            "Assumption: share of a provisioned writer's memory that serverless readers which"
            " follow it have at least."
        ),
    ] = 1.0


class NeptuneCapacity(Struct, frozen=True):
    """What the instances or the graph are and can do; what AWS does not publish is null."""

    instance_class: Annotated[
        InstanceClass, about("Class of the writer; empty where it is serverless, or of a graph.")
    ]
    binding: Annotated[
        Literal[BINDINGS],  # type: ignore[valid-type]
        about(
            "What decides the class: it is given, there is none, its price alone, or the need that"
            " it has the least to spare for."
        ),
    ]
    vcpus: Annotated[
        float | None, measured("vCPU", "vCPUs of the writer; of a serverless one at its maximum.")
    ]
    memory_gib: Annotated[
        float | None, measured("GiB", "Memory of the writer, likewise, or of the graph.")
    ]
    buffer_cache_gib: Annotated[
        float | None, measured("GiB", "Part of that memory which caches the graph.")
    ]
    query_threads: Annotated[
        float | None, measured("1", "Queries that the writer runs at one time; others wait.")
    ]
    network_gbps: Annotated[
        float | None, measured("Gbps", "Network bandwidth of the class, sustained.")
    ]
    network_burst_gbps: Annotated[
        float | None, measured("Gbps", "Network bandwidth of the class in bursts.")
    ]
    max_connections: Annotated[
        float | None, measured("1", "WebSocket connections that the writer takes.")
    ]
    baseline_vcpus: Annotated[
        float | None,
        measured("vCPU", "Load that a burstable class sustains without charge for CPU credits."),
    ]
    cpu_credit_vcpus: Annotated[
        float, measured("vCPU", "Mean load above that, charged as CPU credits while it runs.")
    ]
    mean_ncu: Annotated[
        float, measured("NCU", "Mean capacity of a serverless writer; 0 where it is provisioned.")
    ]
    reader_mean_ncu: Annotated[
        float, measured("NCU", "Mean capacity of each serverless reader; 0 of others.")
    ]
    monthly_io_requests: Annotated[
        float, measured("1/month", "Read and write I/O, whether billed or not.")
    ]
    break_even_io_requests: Annotated[
        float | None,
        measured("1/month", "I/O above which I/O-Optimized costs less, at list prices."),
    ]
    io_cost_fraction: Annotated[
        float | None,
        measured("share", "I/O in the cost of compute, storage and I/O, were it standard."),
    ]
    backup_gb: Annotated[float, measured("GB", "Backups kept, with the part that is free.")]
    reader_instance_class: Annotated[
        InstanceClass, about("Class of the readers; empty where there are none or serverless ones.")
    ]
    readable_instances: Annotated[
        float | None,
        measured("1", "Instances in the Region that answer reads: the writer and readers."),
    ]
    m_ncus: Annotated[float, measured("m-NCU", "Size of the graph; 0 of a cluster.")]
    sla_fraction: Annotated[
        float,
        measured(
            "share",
            "Monthly availability below which AWS gives credits, with a reader or a replica in"
            " another zone.",
        ),
    ]
    failover_seconds_high: Annotated[
        float | None, measured("s", "Typical failover, or start of a new writer, at worst.")
    ]


class Resources(NamedTuple):
    """What one instance or graph has for the needs of a load; NaN where AWS does not publish it."""

    vcpus: Numbers
    memory_gib: Numbers
    connections: Numbers
    query_threads: Numbers
    buffer_cache_gib: Numbers


def capacity(w: NeptuneWorkload, rule: Rules) -> NeptuneCapacity:
    """Return what the instances or the graph have, and where I/O-Optimized breaks even."""
    sized = writer_class(w, rule)
    writer = writer_of(w, sized, rule)
    ncus = reader_mean_ncus(w, writer, rule)
    readers = readers_of(w, by_product(w, w.readers, 0), sized, ncus)
    has, io = resources(w, writer, rule), io_requests(w, rule)
    own_class = writer.instance_class
    compute = compute_costs(w, (writer, readers), "ncu_hours", rule)
    break_even = cluster_volume.break_even_io_requests(w, *compute, rule)
    io_share = cluster_volume.io_cost_fraction(w, io, compute[0], rule)
    alone = copies(w) == 0
    failover = np.where(alone, rule.restart_seconds, rule.failover_seconds)
    return NeptuneCapacity(
        instance_class=own_class,  # type: ignore[arg-type]
        binding=decided_by(w, own_class, rule),
        vcpus=has.vcpus,
        memory_gib=has.memory_gib,
        buffer_cache_gib=has.buffer_cache_gib,
        query_threads=has.query_threads,
        network_gbps=rule.network_gbps[own_class],
        network_burst_gbps=rule.network_burst_gbps[own_class],
        max_connections=has.connections,
        baseline_vcpus=burstable.baseline_vcpus(own_class, rule),
        cpu_credit_vcpus=burstable.cpu_credit_vcpus(w, own_class, rule),
        mean_ncu=writer.units,
        reader_mean_ncu=readers.units,
        monthly_io_requests=io.all,
        break_even_io_requests=by_product(w, break_even, np.nan),
        io_cost_fraction=by_product(w, io_share, np.nan),
        backup_gb=by_product(w, cluster_volume.kept_backups(w), w.backup_gb),
        reader_instance_class=readers.instance_class,  # type: ignore[arg-type]
        readable_instances=by_product(w, 1 + w.readers, np.nan),
        m_ncus=by_product(w, 0, m_ncus(w, rule)),
        sla_fraction=np.where(alone, rule.one_zone_sla_fraction, rule.sla_fraction),
        failover_seconds_high=by_product(w, failover, np.nan),
    )


def is_database(w: NeptuneWorkload) -> Flags:
    """Return where the workload is a cluster, and not a graph of Neptune Analytics."""
    return w.product == "database"


def by_product(w: NeptuneWorkload, of_cluster: Numbers, of_graph: Numbers) -> Numbers:
    """Return a number of a cluster or of a graph, as each workload is the one or the other."""
    return np.where(is_database(w), of_cluster, of_graph)


def is_global(w: NeptuneWorkload) -> Flags:
    """Return where a cluster is the primary of a Global Database."""
    return is_database(w) & (w.secondary_regions > 0)


def is_serverless(w: NeptuneWorkload) -> Flags:
    """Return where the writer of a cluster is serverless."""
    return is_database(w) & (w.capacity_mode == "serverless")


def copies(w: NeptuneWorkload) -> Numbers:
    """Return the instances that can take over: readers of a cluster, replicas of a graph [1]."""
    return by_product(w, w.readers, w.graph_replicas)


def writer_of(w: NeptuneWorkload, instance_class: Words, rule: Rules) -> Instances:
    """Return the writer: its class, or its NCUs where it is serverless; a graph has none."""
    serverless = np.logical_not(is_database(w)) | is_serverless(w)
    ncus = by_product(w, mean_ncus(w, rule), 0)
    return Instances.of(by_product(w, 1, 0), serverless, instance_class, ncus)


def writer_class(w: NeptuneWorkload, rule: Rules) -> Words:
    """Return the class of a provisioned writer: the one given, or the cheapest that suits."""
    return class_choice.filled(w.instance_class, lambda: cheapest_class(w, rule))


def cheapest_class(w: NeptuneWorkload, rule: Rules) -> WordColumn:
    """Return the cheapest class that meets the needs, or the dearest where none does.

    Left out are burstable classes, which AWS does not intend for production, those that it no
    longer supports, and for a Global Database those that its requirements do not name [6]_.
    """
    every = class_choice.every_class(CLASSES)
    configuration, region = map(class_choice.with_classes, (w.storage_configuration, w.region))
    day = class_choice.with_axis(w.price_date)
    price = rule.list_price("instance_hours", (configuration, every), day, region)
    suits = class_choice.enough(map(class_choice.with_axis, needs(w)), class_resources(every, rule))
    candidates = np.logical_not(every.isin((*BURSTABLE, *UNSUPPORTED)))
    price = np.where(candidates, price, np.nan)
    candidates = candidates & named_if_global(w, every, suits & known(price))
    return class_choice.cheapest(every, np.where(candidates, price, np.nan), suits, candidates)


def named_if_global(w: NeptuneWorkload, every: WordColumn, suits: Flags) -> Flags:
    """Return the classes that AWS names for a Global Database, or all where none suits [6]_."""
    named = every.isin(GLOBAL)
    possible = is_global(w) & (suits & named).any(axis=-1)
    return named | np.logical_not(class_choice.with_axis(possible))


def needs(w: NeptuneWorkload) -> Resources:
    """Return what the load needs of the writer; 0 where it is not known."""
    return Resources(
        w.required_vcpus,
        w.required_memory_gib,
        w.connections,
        w.concurrent_queries,
        w.working_set_gib,
    )


def decided_by(w: NeptuneWorkload, instance_class: Words, rule: Rules) -> WordColumn:
    """Return what decides the class of the writer: that it is given or none, its price, a need."""
    has = class_resources(instance_class, rule)
    given, none = w.instance_class != "", instance_class == ""
    return class_choice.decided_by(given, none, NEEDS, needs(w), has)


def class_resources(instance_class: Words, rule: Rules) -> Resources:
    """Return what a class has; NaN where AWS does not publish it."""
    connections = rule.websocket_connections[instance_class]
    vcpus, memory_gib = rule.vcpus[instance_class], rule.memory_gib[instance_class]
    return instance_resources(vcpus, memory_gib, connections, rule)


def instance_resources(
    vcpus: Numbers, memory_gib: Numbers, connections: Numbers, rule: Rules
) -> Resources:
    """Return what an instance has: two query threads a vCPU, two thirds of its memory cache [2]_.

    Examples
    --------
    A db.r5.large has two vCPUs and 16 GiB.

    >>> from types import SimpleNamespace as Row
    >>> rule = Row(query_threads_per_vcpu=2, buffer_cache_thirds=2)
    >>> has = instance_resources(2, 16, 2048, rule)
    >>> has.query_threads, round(has.buffer_cache_gib, 2)
    (4, 10.67)
    """
    threads = vcpus * rule.query_threads_per_vcpu
    return Resources(
        vcpus, memory_gib, connections, threads, memory_gib * rule.buffer_cache_thirds / 3
    )


def resources(w: NeptuneWorkload, writer: Instances, rule: Rules) -> Resources:
    """Return what the writer has by its class or its maximum of NCUs, or the graph's memory."""
    most = maximum_ncus(w, rule)
    of_class = class_resources(writer.instance_class, rule)
    of_ncus = instance_resources(
        most / w.ncu_per_vcpu, most * rule.gib_per_ncu, rule.serverless_connections, rule
    )
    of_graph = Resources(np.nan, m_ncus(w, rule) * rule.gib_per_m_ncu, np.nan, np.nan, np.nan)
    return Resources._make(
        by_product(w, np.where(writer.serverless, units, fixed), graph)
        for units, fixed, graph in zip(of_ncus, of_class, of_graph, strict=True)
    )


def minimum_ncus(w: NeptuneWorkload, rule: Rules) -> Numbers:
    """Return the least capacity in whole steps [NCU], at least one NCU [3]_."""
    return np.maximum(rule.smallest_ncus, in_steps(w.minimum_ncu, rule.ncu_step))


def maximum_ncus(w: NeptuneWorkload, rule: Rules) -> Numbers:
    """Return the most capacity in whole steps [NCU], not below the least."""
    return np.maximum(minimum_ncus(w, rule), in_steps(w.maximum_ncu, rule.ncu_step))


def load_ncus(w: NeptuneWorkload) -> Numbers:
    """Return the capacity that the mean CPU load takes [NCU]; 0 where it is not known."""
    mean = np.where(w.mean_cpu_fraction > 0, w.mean_cpu_fraction, 1)
    return w.required_vcpus * mean * w.ncu_per_vcpu


def mean_ncus(w: NeptuneWorkload, rule: Rules) -> Numbers:
    """Return the mean capacity of the writer [NCU], within its range."""
    return between(asked_ncus(w), minimum_ncus(w, rule), maximum_ncus(w, rule))


def asked_ncus(w: NeptuneWorkload) -> Numbers:
    """Return the mean capacity that is given, or else what the load takes [NCU]; 0: not known."""
    return np.where(w.mean_ncu > 0, w.mean_ncu, load_ncus(w))


def reader_mean_ncus(w: NeptuneWorkload, writer: Instances, rule: Rules) -> Numbers:
    """Return the mean capacity of each reader [NCU]; in tier 0 or 1 at least the writer's [9]_."""
    least, most = minimum_ncus(w, rule), maximum_ncus(w, rule)
    units = reader_units(w, w.reader_mean_ncu, mean_ncus(w, rule), least, most)
    return np.maximum(units, reader_floor(w, writer.instance_class, rule))


def reader_floor(w: NeptuneWorkload, instance_class: Words, rule: Rules) -> Numbers:
    """Return the capacity below which no reader that follows a provisioned writer goes [NCU] [9]_.

    AWS estimates what is equivalent to the writer. Here it has a share of the writer's memory, and
    no more than the maximum. It is 0 where the writer is serverless or readers do not follow it.
    """
    memory = rule.memory_gib[instance_class]
    followed = np.where(w.readers_follow_writer & known(memory), memory, 0)
    equivalent = w.equivalent_memory_fraction * followed / rule.gib_per_ncu
    return between(in_steps(equivalent, rule.ncu_step), 0, maximum_ncus(w, rule))


def io_requests(w: NeptuneWorkload, rule: Rules) -> IORequests:
    """Return the I/O requests of a month; a graph in memory has none."""
    io = cluster_volume.io_requests(w, w.page_bytes, rule)
    return IORequests._make(by_product(w, part, 0) for part in io)


def wanted_m_ncus(w: NeptuneWorkload, rule: Rules) -> Numbers:
    """Return the m-NCUs that are asked for, or that hold the data and meet the need [m-NCU]."""
    held = np.maximum(w.storage_gb, w.required_memory_gib) / rule.gib_per_m_ncu
    return np.where(w.provisioned_m_ncus > 0, w.provisioned_m_ncus, held)


def graph_size(w: NeptuneWorkload, rule: Rules) -> WordColumn:
    """Return the smallest size of a graph with the m-NCUs wanted, or the largest of all."""
    wanted = wanted_m_ncus(w, rule)
    larger = [wanted > int(size) for size in GRAPH_SIZES[:-1]]
    return WordColumn(np.sum(larger, axis=0), GRAPH_SIZES)


def m_ncus(w: NeptuneWorkload, rule: Rules) -> Numbers:
    """Return the size of a graph [m-NCU]."""
    sizes = np.array([int(size) for size in GRAPH_SIZES], dtype=np.float64)
    return sizes[graph_size(w, rule).codes]


def charges(w: NeptuneWorkload, c: NeptuneCapacity, rule: Rules) -> Iterator[Charge]:
    """Yield the metered quantities of a month, in the pricing page's order.

    A stopped cluster is not billed for instances, but for its storage and backups.
    """
    writer, readers, secondary = groups(w, c)
    yield from instance_charges("", writer, None, w)
    yield from instance_charges("reader_", readers, None, w)
    yield from cluster_volume.charges(w, io_requests(w, rule), is_database(w))
    yield from secondary_charges(secondary, w)
    yield Charge("cpu_credits", running_hours(w) * c.cpu_credit_vcpus)
    yield from graph_charges(w, rule)


def groups(w: NeptuneWorkload, c: NeptuneCapacity) -> tuple[Instances, Instances, Instances]:
    """Return the writer, the readers, and the instances of secondary clusters that are priced."""
    own, readers = c.instance_class, c.reader_instance_class
    return groups_of(w, own, c.mean_ncu, readers, c.reader_mean_ncu, is_database(w))


def instance_charges(
    prefix: str, group: Instances, region: Words, w: NeptuneWorkload
) -> Iterator[Charge]:
    """Yield the instance hours or the NCU hours of equal instances."""
    hours = group.count * running_hours(w)
    configuration = w.storage_configuration
    by_class = (configuration, group.instance_class)
    provisioned = np.where(group.serverless, 0, hours)
    yield Charge(f"{prefix}instance_hours", provisioned, by_class, region)
    units = np.where(group.serverless, group.units * hours, 0)
    yield Charge(f"{prefix}ncu_hours", units, (configuration,), region)


def secondary_charges(secondary: Instances, w: NeptuneWorkload) -> Iterator[Charge]:
    """Yield instances and storage of the secondary clusters, and what is sent to them [6]_."""
    _, region = cluster_volume.priced_secondaries(w)
    yield from instance_charges("secondary_", secondary, region, w)
    yield from cluster_volume.secondary_charges(w, is_database(w))


def graph_charges(w: NeptuneWorkload, rule: Rules) -> Iterator[Charge]:
    """Yield the hours of a graph with its replicas, running and stopped, and its snapshots [8]_."""
    graphs = by_product(w, 0, 1 + w.graph_replicas)
    hours, size = graphs * running_hours(w), (graph_size(w, rule),)
    yield Charge("graph_hours", hours * (1 - w.paused_hours_fraction), size)
    yield Charge("paused_graph_hours", hours * w.paused_hours_fraction, size)
    yield Charge("graph_snapshots", by_product(w, 0, w.backup_gb))


def findings(w: NeptuneWorkload, c: NeptuneCapacity, rule: Rules) -> Iterator[Finding]:
    """Yield the limits that apply to the cluster or the graph."""
    shared = is_database(w)
    yield Finding("storage", w.storage_gb, shared)
    yield from instance_findings(w, shared)
    yield stop_finding(w, shared)
    yield from reader_findings(w, c, rule)
    names = ("required_vcpus", "required_memory", *NEEDS[2:4], "working_set")
    yield from need_findings(names, needs(w), found(c))
    yield from query_findings(w, c)
    yield from class_findings(w, c, rule)
    yield from serverless_findings(w, rule)
    yield from global_findings(w, c)
    compute = compute_costs(w, groups(w, c)[:2], "ncu_hours", rule)
    io = io_requests(w, rule)
    yield from cluster_volume.configuration_findings(w, io, compute, rule, shared)
    yield from graph_findings(w, rule)
    settings = settings_left_out(w)
    yield Finding.met("settings_left_out", settings > 0, settings)


def reader_findings(w: NeptuneWorkload, c: NeptuneCapacity, rule: Rules) -> Iterator[Finding]:
    """Compare the readers with the writer, whom they follow and whose place they take [10]_."""
    readers: Words = c.reader_instance_class
    some = is_database(w) & (w.readers > 0)
    floor = reader_floor(w, c.instance_class, rule)
    yield Finding.met("reader_floor", some & (readers == "") & (floor > 0), floor)
    most = maximum_ncus(w, rule) * rule.gib_per_ncu
    smaller = are_smaller(readers, c.instance_class, most, rule)
    yield Finding.met("smaller_readers", some & smaller, w.readers)


def found(c: NeptuneCapacity) -> Resources:
    """Return what the capacity holds for the needs."""
    return Resources(c.vcpus, c.memory_gib, c.max_connections, c.query_threads, c.buffer_cache_gib)


def query_findings(w: NeptuneWorkload, c: NeptuneCapacity) -> Iterator[Finding]:
    """Compare the queries that find no thread with the queue of the writer [4]_."""
    threads: Numbers = c.query_threads
    waiting = w.concurrent_queries - threads
    yield Finding("queued_queries", waiting, known(waiting) & (waiting > 0))


def class_findings(w: NeptuneWorkload, c: NeptuneCapacity, rule: Rules) -> Iterator[Finding]:
    """Yield the findings on classes: support, burstable ones, and what newer ones save [2]_."""
    own: Words = c.instance_class
    readers: Words = c.reader_instance_class
    yield Finding.met("unsupported_class", own.isin(UNSUPPORTED) | readers.isin(UNSUPPORTED))
    yield from burstable.load_findings(w, own, rule)
    yield Finding.met("burstable_class", own.isin(BURSTABLE) | readers.isin(BURSTABLE))
    saved = newer_class_saving(w, c, rule)
    yield Finding.met("newer_class", (saved > 0) & np.logical_not(is_global(w)), saved)


def newer_class_saving(w: NeptuneWorkload, c: NeptuneCapacity, rule: Rules) -> Numbers:
    """Return what newer instances of the same sizes cost less [USD a month]; 0 if not known."""
    writer, readers, _ = groups(w, c)
    hourly = sum(group.count * less_when_newer(group, w, rule) for group in (writer, readers))
    return hourly * running_hours(w)


def less_when_newer(group: Instances, w: NeptuneWorkload, rule: Rules) -> Numbers:
    """Return how much less an hour of the newer class costs [USD]; 0 if it costs more."""
    own, *newer = (
        rule.list_price("instance_hours", (w.storage_configuration, word), w.price_date, w.region)
        for word in (
            group.instance_class,
            *(in_family(group.instance_class, family) for family in NEWER_FAMILIES),
        )
    )
    return saving(own, smaller_known(*newer))


def in_family(instance_class: Words, family: str) -> WordColumn:
    """Return the classes of a family that have the sizes of these; empty where it has no such one.

    Examples
    --------
    >>> own = WordColumn(np.array([0, 1, 2]), ("", "db.r5.large", "db.x2g.large"))
    >>> in_family(own, "db.r8g").tolist()
    ['', 'db.r8g.large', '']
    """
    places = {name: place for place, name in enumerate(CLASSES, start=1)}
    parts = (word.rpartition(".") for word in instance_class.words)
    recode = [places.get(f"{family}.{size}", 0) * (own in OLDER_FAMILIES) for own, _, size in parts]
    return WordColumn(np.array(recode)[instance_class.codes], ("", *CLASSES))


def serverless_findings(w: NeptuneWorkload, rule: Rules) -> Iterator[Finding]:
    """Compare the range of capacity with what instances can have, and with the working set [3]_."""
    serverless, cached = is_serverless(w), w.working_set_gib
    yield Finding("maximum_ncu", maximum_ncus(w, rule), serverless)
    yield Finding.met("never_paused", serverless & (w.minimum_ncu < rule.smallest_ncus))
    holding = in_steps(cached * 3 / rule.buffer_cache_thirds / rule.gib_per_ncu, rule.ncu_step)
    yield Finding("least_ncu", holding, serverless & (cached > 0), minimum_ncus(w, rule))
    unknown = (w.mean_ncu == 0) & (w.required_vcpus == 0)
    yield Finding.met("load_not_given", serverless & unknown)


def global_findings(w: NeptuneWorkload, c: NeptuneCapacity) -> Iterator[Finding]:
    """Yield the findings on a Global Database [6]_."""
    own_class: Words = c.instance_class
    several = is_global(w)
    yield Finding("secondary_regions", w.secondary_regions, several)
    yield Finding("secondary_instances", w.secondary_instances, several)
    yield from cluster_volume.secondary_findings(w, several)
    yield Finding.met("global_class", several & np.logical_not(own_class.isin(GLOBAL)))


def graph_findings(w: NeptuneWorkload, rule: Rules) -> Iterator[Finding]:
    """Yield the findings on a graph: its size, its replicas, and what stopping it saves [8]_."""
    graph, wanted = w.product == "analytics", wanted_m_ncus(w, rule)
    yield Finding("graph_m_ncus", wanted, graph)
    yield Finding("approved_m_ncus", m_ncus(w, rule), graph)
    yield Finding("graph_replicas", w.graph_replicas, graph & (w.graph_replicas > 0))
    yield Finding.met("no_graph_replica", graph & (w.graph_replicas == 0))
    hourly, paused = less_when_stopped(w, rule), w.paused_hours_fraction
    priced = graph & known(hourly)
    yield Finding.met("always_running", priced & (paused == 0), hourly * HOURS_PER_DAY)
    yield Finding.met("paused_saving", priced & (paused > 0), hourly * running_hours(w) * paused)


def less_when_stopped(w: NeptuneWorkload, rule: Rules) -> Numbers:
    """Return how much less an hour of a stopped graph with its replicas costs [USD] [8]_."""
    running, stopped = (
        rule.list_price(meter, (graph_size(w, rule),), w.price_date, w.region)
        for meter in ("graph_hours", "paused_graph_hours")
    )
    return (1 + w.graph_replicas) * (running - stopped)


def settings_left_out(w: NeptuneWorkload) -> Numbers:
    """Return how many settings have no effect, because they are the other product's [1]."""
    of_graph = count_true(w.provisioned_m_ncus > 0, w.paused_hours_fraction > 0)
    given = (getattr(w, field) > 0 for field in OF_DATABASE)
    of_database = count_true(
        *given,
        w.instance_class != "",
        w.capacity_mode == "serverless",
        w.storage_configuration == "io-optimized",
    )
    return by_product(w, of_graph, of_database)


def load_units(w: NeptuneWorkload, rule: Rules) -> dict[str, Numbers]:
    """Return the mean capacity that the load takes of serverless instances [NCU]."""
    return {"mean_ncu": asked_ncus(w), "reader_mean_ncu": w.reader_mean_ncu}


def scaled(w: NeptuneWorkload, rule: Rules) -> dict[str, Scaled]:
    """Return the serverless capacity, which follows the load."""
    bounds = minimum_ncus(w, rule), maximum_ncus(w, rule)
    serverless = is_database(w) & has_units(w)
    return {
        "ncu": following("mean_ncu", w.mean_ncu, bounds, serverless),
        "reader_ncu": following("reader_mean_ncu", w.reader_mean_ncu, bounds, serverless),
    }


SERVICE = Service(
    key="neptune",
    name="Amazon Neptune",
    category="Databases",
    workload=NeptuneWorkload,
    capacity_type=NeptuneCapacity,
    capacity=capacity,
    charges=charges,
    findings=findings,
    loads=(
        "readers",
        "monthly_read_io_requests",
        "monthly_write_io_requests",
        "reads_per_second",
        "writes_per_second",
        "secondary_regions",
        "secondary_instances",
        "monthly_replicated_gb",
        "storage_gb",
        "backup_gb",
        "backup_retention_days",
        "daily_changed_gb",
        "graph_replicas",
        "running_hours_fraction",
        "hours_per_month",
    ),
    example=NeptuneWorkload(
        name="knowledge-graph",
        region="us-east-1",
        storage_configuration="io-optimized",
        required_vcpus=8.0,
        working_set_gib=40.0,
        readers=1.0,
        storage_gb=500.0,
        monthly_read_io_requests=4e9,
        monthly_write_io_requests=500e6,
    ),
    compared="storage_configuration",
    swept="monthly_read_io_requests",
    hourly=Hourly(
        varies=(),
        modes={mode: {"capacity_mode": mode} for mode in ("provisioned", "serverless")},
        means=load_units,
        scaled=scaled,
        averages=("mean_ncu", "reader_mean_ncu", "break_even_io_requests", "io_cost_fraction"),
    ),
)
