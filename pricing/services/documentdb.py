"""Amazon DocumentDB: one cluster, with its readers and secondary clusters, or one elastic cluster.

Sections follow AWS's pricing page [1]_: instances or DocumentDB capacity units (DCU), storage and
I/O, backups, global clusters, CPU credits, Extended Support, elastic clusters.

References
----------
.. [1] "Amazon DocumentDB pricing" (2026), https://aws.amazon.com/documentdb/pricing/
.. [2] "Amazon DocumentDB quotas and limits", developer guide (2026),
   https://docs.aws.amazon.com/documentdb/latest/developerguide/limits.html
.. [3] "How Amazon DocumentDB serverless works", developer guide (2026),
   https://docs.aws.amazon.com/documentdb/latest/developerguide/docdb-serverless-how-it-works.html
.. [4] "Using Amazon DocumentDB elastic clusters", developer guide (2026),
   https://docs.aws.amazon.com/documentdb/latest/developerguide/docdb-using-elastic-clusters.html
.. [5] "Amazon DocumentDB Extended Support", developer guide (2026),
   https://docs.aws.amazon.com/documentdb/latest/developerguide/extended-support.html
.. [6] "Overview of Amazon DocumentDB global clusters", developer guide (2026),
   https://docs.aws.amazon.com/documentdb/latest/developerguide/global-clusters.html
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

import numpy as np
from msgspec import Struct

from pricing import tables
from pricing.arrays import Flags, Numbers, Words
from pricing.kit import burstable, class_choice, cluster_volume
from pricing.kit.capacity_units import at_capacity, following, in_steps
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
from pricing.kit.limits import between, known
from pricing.model import Charge, Finding, Hourly, Scaled, Service, WorkloadFields
from pricing.quantities import (
    REGION_CODES,
    Count,
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
from pricing.units import count_true

CLASSES = tables.instance_classes("documentdb")
"""Every instance class with a price anywhere."""
BURSTABLE = tuple(name for name in CLASSES if name.startswith("db.t"))
NVME = tuple(name for name in CLASSES if name.startswith("db.r6gd."))
"""The classes that cost the same in both storage configurations."""
OLD = tuple(name for name in CLASSES if name.startswith("db.r4."))
SUPPORT_YEARS = ("year-1-2", "year-3")
SHARD_SIZES = (2, 4, 8, 16, 32, 48, 64)
"""The vCPUs that a shard of an elastic cluster may have [4]."""

if TYPE_CHECKING:
    InstanceClass = str
    OtherRegion = str
else:
    InstanceClass = Literal[("", *CLASSES)]
    OtherRegion = Literal[("", *REGION_CODES)]

DCUs = Annotated[float, bounded("DCU", 0, 256)]
NEEDS = (
    "required_vcpus",
    "required_memory_gib",
    "connections",
    "active_connections",
    "cursors",
    "open_transactions",
)
BINDINGS = (*class_choice.OTHER_REASONS, *NEEDS)
"""What decides the instance class: it is given, there is none, the price alone, or a need."""


class DocumentDBWorkload(WorkloadFields, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Demand on one DocumentDB cluster, with its readers and secondary clusters."""

    price_date: PriceDate = tables.newest_day("documentdb")
    cluster_type: Annotated[
        Literal["instance-based", "elastic"],
        about("Instances that share one volume, or an elastic cluster of shards."),
    ] = "instance-based"
    engine_version: Annotated[
        Literal["", "3.6", "4.0", "5.0"],
        about("Engine version; 3.6 is in Extended Support. Empty is the newest."),
    ] = ""
    storage_configuration: Annotated[
        StorageConfiguration,
        about("Whether I/O is billed, or instances and storage at a higher price instead."),
    ] = "standard"
    capacity_mode: Annotated[
        Literal["provisioned", "serverless"],
        about("The writer: an instance class, or serverless capacity in DCUs."),
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
    minimum_dcu: Annotated[
        DCUs, about("Least capacity of each serverless instance, in steps of 0.5; at least 0.5.")
    ] = 0.5
    maximum_dcu: Annotated[
        float,
        bounded("DCU", 1, 1024),
        about("Most capacity of each serverless instance, in steps of 0.5."),
    ] = 16.0
    mean_dcu: Annotated[
        DCUs,
        about(
            "Mean capacity of each serverless instance; 0 is what the CPU load takes, or the least"
            " capacity where that is not known."
        ),
    ] = 0.0
    reader_mean_dcu: Annotated[
        DCUs, about("Mean capacity of each serverless reader; 0 is that of the writer.")
    ] = 0.0
    readers_follow_writer: Annotated[
        bool,
        about(
            "Whether serverless readers stand in promotion tier 0 or 1, where they are never"
            " smaller than the writer."
        ),
    ] = True
    shards: Annotated[float, whole("1", 1, 1000), about("Shards of an elastic cluster.")] = 1.0
    vcpus_per_shard: Annotated[
        float,
        whole("vCPU", 2, 64),
        about("vCPUs of each instance of a shard, rounded up to a size that AWS has."),
    ] = 2.0
    instances_per_shard: Annotated[
        float, whole("1", 1, 1000), about("Instances of each shard, its primary included.")
    ] = 2.0
    storage_gb: Annotated[
        Gigabytes, about("Data of the cluster with its indexes, each document counted once.")
    ]
    monthly_read_io_requests: Annotated[
        MonthlyCount, about("Read I/O: pages that the buffer cache does not hold.")
    ] = 0.0
    monthly_write_io_requests: Annotated[
        MonthlyCount, about("Write I/O: units of 4 KB of the log.")
    ] = 0.0
    reads_per_second: Annotated[
        PerSecond, about("Mean reads of documents; their read I/O is added to that given.")
    ] = 0.0
    read_bytes: Annotated[PositiveBytes, about("Mean size of a read.")] = 1024.0
    writes_per_second: Annotated[
        PerSecond, about("Mean writes; their write I/O is added to the I/O given.")
    ] = 0.0
    write_bytes: Annotated[PositiveBytes, about("Mean log that a write takes.")] = 1024.0
    secondary_regions: Annotated[
        float,
        whole("1", 0, 100),
        about("Secondary clusters of a global cluster, each in a Region of its own."),
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
        about("Backups kept, automated and manual; as much as the cluster holds is free."),
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
        about("Share of the month the instances run; storage is billed all the time."),
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
        MemoryGiB, about("Memory that the indexes and the documents in regular use need.")
    ] = 0.0
    connections: Annotated[
        Connections, about("Connections that clients hold open, on the writer or elastic cluster.")
    ] = 0.0
    active_connections: Annotated[
        Connections, about("Those connections that run a command at one time, on the writer.")
    ] = 0.0
    cursors: Annotated[Count, about("Cursors open at one time, on the writer.")] = 0.0
    open_transactions: Annotated[Count, about("Transactions open at one time, on the writer.")] = (
        0.0
    )
    cache_hit_fraction: Annotated[
        Fraction, about("Assumption: share of the pages read that the buffer cache holds.")
    ] = 0.8
    dcu_per_vcpu: Annotated[
        float,
        bounded("DCU/vCPU", 0.5, 8),
        about("Assumption: DCUs that carry the load of a vCPU of `required_vcpus`."),
    ] = 4.0


class DocumentDBCapacity(Struct, frozen=True):
    """What the instances or shards are and can do; what AWS does not publish is null."""

    instance_class: Annotated[
        InstanceClass, about("Class of the writer; empty where it is serverless, or elastic.")
    ]
    binding: Annotated[
        Literal[BINDINGS],  # type: ignore[valid-type]
        about(
            "What decides the class: it is given, there is none, its price alone, or the need that"
            " it has the least to spare for."
        ),
    ]
    vcpus: Annotated[
        float | None,
        measured("vCPU", "vCPUs of the writer, at its maximum of DCUs, or of all shards."),
    ]
    memory_gib: Annotated[
        float | None, measured("GiB", "Memory of the writer, likewise, or of all shards.")
    ]
    max_connections: Annotated[float | None, measured("1", "Connections that it takes.")]
    max_active_connections: Annotated[
        float | None, measured("1", "Connections that may run a command at one time.")
    ]
    max_cursors: Annotated[float | None, measured("1", "Cursors that may be open at one time.")]
    max_transactions: Annotated[
        float | None, measured("1", "Transactions that may be open at one time.")
    ]
    network_gbps: Annotated[
        float | None, measured("Gbps", "Network bandwidth of the class, sustained.")
    ]
    network_burst_gbps: Annotated[
        float | None, measured("Gbps", "Network bandwidth of the class in bursts.")
    ]
    baseline_vcpus: Annotated[
        float | None,
        measured("vCPU", "Load that a burstable class sustains without charge for CPU credits."),
    ]
    cpu_credit_vcpus: Annotated[
        float, measured("vCPU", "Mean load above that, charged as CPU credits while it runs.")
    ]
    mean_dcu: Annotated[
        float, measured("DCU", "Mean capacity of a serverless writer; 0 where it is provisioned.")
    ]
    reader_mean_dcu: Annotated[
        float, measured("DCU", "Mean capacity of each serverless reader; 0 of others.")
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
    elastic_vcpus: Annotated[
        float, measured("vCPU", "vCPUs of all instances of all shards, which are billed.")
    ]
    sla_fraction: Annotated[
        float,
        measured(
            "share",
            "Monthly availability below which AWS gives credits, with a reader in another zone.",
        ),
    ]


class Resources(NamedTuple):
    """What a writer or an elastic cluster has for a load; NaN where AWS does not publish it."""

    vcpus: Numbers
    memory_gib: Numbers
    connections: Numbers
    active_connections: Numbers
    cursors: Numbers
    transactions: Numbers


def capacity(w: DocumentDBWorkload, rule: Rules) -> DocumentDBCapacity:
    """Return what the instances or shards have, and where I/O-Optimized breaks even."""
    sized = writer_class(w, rule)
    writer = writer_of(w, sized, rule)
    readers = readers_of(w, by_type(w, w.readers, 0), sized, reader_mean_dcus(w, rule))
    has, io = resources(w, writer, rule), io_requests(w, rule)
    own_class = writer.instance_class
    compute = compute_costs(w, (writer, readers), "dcu_hours", rule)
    break_even = cluster_volume.break_even_io_requests(w, *compute, rule)
    io_share = cluster_volume.io_cost_fraction(w, io, compute[0], rule)
    alone = by_type(w, w.readers == 0, w.instances_per_shard == 1)
    return DocumentDBCapacity(
        instance_class=own_class,  # type: ignore[arg-type]
        binding=decided_by(w, own_class, rule),
        vcpus=has.vcpus,
        memory_gib=has.memory_gib,
        max_connections=has.connections,
        max_active_connections=has.active_connections,
        max_cursors=has.cursors,
        max_transactions=has.transactions,
        network_gbps=rule.network_gbps[own_class],
        network_burst_gbps=rule.network_burst_gbps[own_class],
        baseline_vcpus=burstable.baseline_vcpus(own_class, rule),
        cpu_credit_vcpus=burstable.cpu_credit_vcpus(w, own_class, rule),
        mean_dcu=writer.units,
        reader_mean_dcu=readers.units,
        monthly_io_requests=io.all,
        break_even_io_requests=by_type(w, break_even, np.nan),
        io_cost_fraction=by_type(w, io_share, np.nan),
        backup_gb=cluster_volume.kept_backups(w),
        reader_instance_class=readers.instance_class,  # type: ignore[arg-type]
        elastic_vcpus=by_type(w, 0, w.shards * shard_vcpus(w) * w.instances_per_shard),
        sla_fraction=np.where(alone, rule.one_zone_sla_fraction, rule.sla_fraction),
    )


def has_instances(w: DocumentDBWorkload) -> Flags:
    """Return where the cluster is instance-based, and not elastic."""
    return w.cluster_type == "instance-based"


def by_type(w: DocumentDBWorkload, of_instances: Numbers, of_shards: Numbers) -> Numbers:
    """Return a number of an instance-based or of an elastic cluster."""
    return np.where(has_instances(w), of_instances, of_shards)


def is_serverless(w: DocumentDBWorkload) -> Flags:
    """Return where the writer of an instance-based cluster is serverless."""
    return has_instances(w) & (w.capacity_mode == "serverless")


def writer_of(w: DocumentDBWorkload, instance_class: Words, rule: Rules) -> Instances:
    """Return the writer: its class, or its DCUs; an elastic cluster has none."""
    serverless = np.logical_not(has_instances(w)) | is_serverless(w)
    units = by_type(w, mean_dcus(w, rule), 0)
    return Instances.of(by_type(w, 1, 0), serverless, instance_class, units)


def writer_class(w: DocumentDBWorkload, rule: Rules) -> Words:
    """Return the class of a provisioned writer: the one given, or the cheapest that suits."""
    return class_choice.filled(w.instance_class, lambda: cheapest_class(w, rule))


def cheapest_class(w: DocumentDBWorkload, rule: Rules) -> WordColumn:
    """Return the cheapest class that meets the needs, or the dearest where none does.

    Left out are burstable classes, which throttle or cost more under a steady load, and R4.
    """
    every = class_choice.every_class(CLASSES)
    configuration, region = map(class_choice.with_classes, (w.storage_configuration, w.region))
    day = class_choice.with_axis(w.price_date)
    price = rule.list_price("instance_hours", (configuration, every), day, region)
    suits = class_choice.enough(map(class_choice.with_axis, needs(w)), class_resources(every, rule))
    candidates = np.logical_not(every.isin((*BURSTABLE, *OLD)))
    return class_choice.cheapest(every, np.where(candidates, price, np.nan), suits, candidates)


def needs(w: DocumentDBWorkload) -> Resources:
    """Return what the load needs of the writer; 0 where it is not known."""
    return Resources(*(getattr(w, need) for need in NEEDS))


def decided_by(w: DocumentDBWorkload, instance_class: Words, rule: Rules) -> WordColumn:
    """Return what decides the class of the writer: that it is given or none, its price, a need."""
    has = class_resources(instance_class, rule)
    given, none = w.instance_class != "", instance_class == ""
    return class_choice.decided_by(given, none, NEEDS, needs(w), has)


def class_resources(instance_class: Words, rule: Rules) -> Resources:
    """Return what a class has [2]_; NaN where AWS does not publish it."""
    return Resources(
        rule.vcpus[instance_class],
        rule.memory_gib[instance_class],
        rule.class_connections[instance_class],
        rule.class_active_connections[instance_class],
        rule.class_cursors[instance_class],
        rule.class_transactions[instance_class],
    )


def resources(w: DocumentDBWorkload, writer: Instances, rule: Rules) -> Resources:
    """Return what the writer has by its class or its maximum of DCUs, or all shards have."""
    of_class, of_units = class_resources(writer.instance_class, rule), unit_resources(w, rule)
    return Resources._make(
        by_type(w, np.where(writer.serverless, units, fixed), sharded)
        for units, fixed, sharded in zip(of_units, of_class, shard_resources(w, rule), strict=True)
    )


def unit_resources(w: DocumentDBWorkload, rule: Rules) -> Resources:
    """Return what a serverless instance has at its maximum [3]_."""
    most = maximum_dcus(w, rule)
    limits = (
        (rule.small_dcu_active_connections, rule.dcu_active_connections),
        (rule.small_dcu_cursors, rule.dcu_cursors),
        (rule.small_dcu_transactions, rule.dcu_transactions),
    )
    return Resources(
        most / w.dcu_per_vcpu,
        most * rule.gib_per_dcu,
        at_capacity(most, rule.dcu_connections),
        *(limit_at(w, most, *published, rule) for published in limits),
    )


def limit_at(
    w: DocumentDBWorkload,
    units: Numbers,
    small: Mapping[str, Numbers],
    usual: Mapping[str, Numbers],
    rule: Rules,
) -> Numbers:
    """Return a limit of an instance of some DCUs; a minimum of 1 DCU or less keeps it low [2]_."""
    low = minimum_dcus(w, rule) <= 1
    return np.where(low, at_capacity(units, small), at_capacity(units, usual))


def shard_vcpus(w: DocumentDBWorkload) -> Numbers:
    """Return the vCPUs of each instance of a shard: a size that AWS has [vCPU] [4]_.

    Examples
    --------
    >>> from types import SimpleNamespace as Row
    >>> shard_vcpus(Row(vcpus_per_shard=np.array([2, 9, 64]))).tolist()
    [2, 16, 64]
    """
    larger = [w.vcpus_per_shard > size for size in SHARD_SIZES[:-1]]
    return np.array(SHARD_SIZES)[np.sum(larger, axis=0)]


def shard_resources(w: DocumentDBWorkload, rule: Rules) -> Resources:
    """Return what all shards have together, each by its primary [2]_.

    Examples
    --------
    AWS's own: 32 shards of 32 vCPUs take 28,400 connections each, and 300,000 together.

    >>> from types import SimpleNamespace as Row
    >>> rule = Row(gib_per_shard_vcpu=8, shard_connections={"32": 28_400},
    ...            shard_cursors={"32": 1520}, elastic_connections=300_000)
    >>> w = Row(shards=32, vcpus_per_shard=np.array([32]))
    >>> shard_resources(w, rule).connections.tolist()
    [300000.0]
    """
    each, shards = shard_vcpus(w), w.shards
    connections = shards * at_capacity(each, rule.shard_connections)
    cursors = shards * at_capacity(each, rule.shard_cursors)
    return Resources(
        shards * each,
        shards * each * rule.gib_per_shard_vcpu,
        np.minimum(rule.elastic_connections, connections),
        np.nan,
        cursors,
        np.nan,
    )


def minimum_dcus(w: DocumentDBWorkload, rule: Rules) -> Numbers:
    """Return the least capacity in whole steps [DCU], at least one step [3]_."""
    return np.maximum(rule.dcu_step, in_steps(w.minimum_dcu, rule.dcu_step))


def maximum_dcus(w: DocumentDBWorkload, rule: Rules) -> Numbers:
    """Return the most capacity in whole steps [DCU], not below the least."""
    return np.maximum(minimum_dcus(w, rule), in_steps(w.maximum_dcu, rule.dcu_step))


def mean_dcus(w: DocumentDBWorkload, rule: Rules) -> Numbers:
    """Return the mean capacity of the writer [DCU], within its range."""
    return between(asked_dcus(w), minimum_dcus(w, rule), maximum_dcus(w, rule))


def asked_dcus(w: DocumentDBWorkload) -> Numbers:
    """Return the mean capacity that is given, or else what the load takes [DCU]; 0: not known."""
    mean = np.where(w.mean_cpu_fraction > 0, w.mean_cpu_fraction, 1)
    load = w.required_vcpus * mean * w.dcu_per_vcpu
    return np.where(w.mean_dcu > 0, w.mean_dcu, load)


def reader_mean_dcus(w: DocumentDBWorkload, rule: Rules) -> Numbers:
    """Return the mean capacity of each reader [DCU]; in tier 0 or 1 at least the writer's [3]_."""
    least, most = minimum_dcus(w, rule), maximum_dcus(w, rule)
    return reader_units(w, w.reader_mean_dcu, mean_dcus(w, rule), least, most)


def io_requests(w: DocumentDBWorkload, rule: Rules) -> IORequests:
    """Return the I/O requests of a month; an elastic cluster is not billed for any."""
    io = cluster_volume.io_requests(w, rule.page_bytes, rule)
    return IORequests._make(by_type(w, part, 0) for part in io)


def charges(w: DocumentDBWorkload, c: DocumentDBCapacity, rule: Rules) -> Iterator[Charge]:
    """Yield the metered quantities of a month, in the pricing page's order.

    A stopped cluster is not billed for instances, but for its storage and backups.
    """
    writer, readers, secondary = groups(w, c)
    yield from instance_charges("", writer, None, w, rule)
    yield from instance_charges("reader_", readers, None, w, rule)
    yield from cluster_volume.charges(w, io_requests(w, rule), has_instances(w))
    yield from secondary_charges(secondary, w, rule)
    own: Words = c.instance_class
    yield Charge("cpu_credits", running_hours(w) * c.cpu_credit_vcpus, (own,))
    yield Charge("elastic_vcpu_hours", c.elastic_vcpus * running_hours(w))
    size, backups = by_type(w, 0, w.storage_gb), by_type(w, 0, c.backup_gb)
    yield Charge("elastic_storage", size)
    yield Charge("elastic_backup_storage", backups, free=size)


def groups(w: DocumentDBWorkload, c: DocumentDBCapacity) -> tuple[Instances, Instances, Instances]:
    """Return the writer, the readers, and the instances of secondary clusters that are priced."""
    own, readers = c.instance_class, c.reader_instance_class
    return groups_of(w, own, c.mean_dcu, readers, c.reader_mean_dcu, has_instances(w))


def instance_charges(
    prefix: str, group: Instances, region: Words, w: DocumentDBWorkload, rule: Rules
) -> Iterator[Charge]:
    """Yield the hours of equal instances, by class or by DCU.

    In Extended Support the price of a class holds its surcharge, and takes the place of the usual.
    """
    hours, configuration = group.count * running_hours(w), w.storage_configuration
    first, third = in_extended_support(w, rule)
    provisioned = np.where(group.serverless, 0, hours)
    usual = np.where(first | third, 0, provisioned)
    yield Charge(f"{prefix}instance_hours", usual, (configuration, group.instance_class), region)
    years = WordColumn(np.where(third, 1, 0), SUPPORT_YEARS)
    by_class = (years, group.instance_class)
    yield Charge(f"{prefix}extended_support", provisioned - usual, by_class, region)
    units = np.where(group.serverless, group.units * hours, 0)
    yield Charge(f"{prefix}dcu_hours", units, (configuration,), region)


def in_extended_support(w: DocumentDBWorkload, rule: Rules) -> tuple[Flags, Flags]:
    """Return where Extended Support is charged: in its first two years, and in its third [5]_."""
    day: Numbers = w.price_date
    old = has_instances(w) & (w.engine_version == "3.6")
    third = old & (day >= rule.extended_support_third_year)
    return old & (day >= rule.extended_support_first_day) & np.logical_not(third), third


def secondary_charges(secondary: Instances, w: DocumentDBWorkload, rule: Rules) -> Iterator[Charge]:
    """Yield instances and storage of the secondary clusters, and what is sent to them [6]_."""
    _, region = cluster_volume.priced_secondaries(w)
    yield from instance_charges("secondary_", secondary, region, w, rule)
    yield from cluster_volume.secondary_charges(w, has_instances(w))


def findings(w: DocumentDBWorkload, c: DocumentDBCapacity, rule: Rules) -> Iterator[Finding]:
    """Yield the limits that apply to the cluster [2]_."""
    shared = has_instances(w)
    yield Finding("storage", w.storage_gb, shared)
    yield from instance_findings(w, shared)
    yield stop_finding(w)
    most = maximum_dcus(w, rule) * rule.gib_per_dcu
    smaller = are_smaller(c.reader_instance_class, c.instance_class, most, rule)
    yield Finding.met("smaller_readers", shared & (w.readers > 0) & smaller, w.readers)
    names = ("required_vcpus", "required_memory", *NEEDS[2:])
    yield from need_findings(names, needs(w), found(c))
    advised = c.max_connections * rule.advised_connections_fraction
    yield Finding("spare_connections", w.connections, (w.connections > 0) & known(advised), advised)
    yield from class_findings(w, c, rule)
    yield from serverless_findings(w, rule)
    yield from version_findings(w, rule)
    yield from cluster_volume.secondary_findings(w, shared)
    compute = compute_costs(w, groups(w, c)[:2], "dcu_hours", rule)
    io = io_requests(w, rule)
    yield from cluster_volume.configuration_findings(w, io, compute, rule, shared)
    yield from elastic_findings(w, c)
    settings = settings_left_out(w)
    yield Finding.met("settings_left_out", settings > 0, settings)


def found(c: DocumentDBCapacity) -> Resources:
    """Return what the capacity holds for the needs."""
    return Resources(
        c.vcpus,
        c.memory_gib,
        c.max_connections,
        c.max_active_connections,
        c.max_cursors,
        c.max_transactions,
    )


def class_findings(w: DocumentDBWorkload, c: DocumentDBCapacity, rule: Rules) -> Iterator[Finding]:
    """Yield the findings on classes: burstable ones, and those with NVMe storage."""
    own: Words = c.instance_class
    readers: Words = c.reader_instance_class
    yield from burstable.load_findings(w, own, rule)
    yield Finding.met("burstable_class", own.isin(BURSTABLE) | readers.isin(BURSTABLE))
    standard = w.storage_configuration == "standard"
    yield Finding.met("free_io_optimized_class", standard & own.isin(NVME))


def serverless_findings(w: DocumentDBWorkload, rule: Rules) -> Iterator[Finding]:
    """Compare the range of capacity with what instances can have [3]_."""
    serverless = is_serverless(w)
    yield Finding("maximum_dcu", maximum_dcus(w, rule), serverless)
    yield Finding.met("low_minimum_dcu", serverless & (minimum_dcus(w, rule) <= 1))
    unknown = (w.mean_dcu == 0) & (w.required_vcpus == 0)
    yield Finding.met("load_not_given", serverless & unknown)


def version_findings(w: DocumentDBWorkload, rule: Rules) -> Iterator[Finding]:
    """Yield what an engine version does not have, and its Extended Support [5]_."""
    version: Words = w.engine_version
    before = has_instances(w) & version.isin(("3.6", "4.0"))
    optimized = w.storage_configuration == "io-optimized"
    yield Finding.met("version_without_io_optimized", before & optimized)
    yield Finding.met("version_without_serverless", before & (w.capacity_mode == "serverless"))
    first, third = in_extended_support(w, rule)
    yield Finding.met("extended_support", first | third)
    ahead = has_instances(w) & (version == "3.6") & np.logical_not(first | third)
    yield Finding.met("extended_support_ahead", ahead)


def elastic_findings(w: DocumentDBWorkload, c: DocumentDBCapacity) -> Iterator[Finding]:
    """Yield the quotas on elastic clusters [2]_."""
    elastic = np.logical_not(has_instances(w))
    yield Finding("shards", w.shards, elastic)
    yield Finding("instances_per_shard", w.instances_per_shard, elastic)
    yield Finding("elastic_vcpus", c.elastic_vcpus, elastic)
    yield Finding("elastic_storage", w.storage_gb, elastic)
    yield Finding("shard_storage", w.storage_gb / w.shards, elastic)
    alone = elastic & (w.instances_per_shard == 1)
    yield Finding.met("single_instance_shards", alone, w.shards)


def settings_left_out(w: DocumentDBWorkload) -> Numbers:
    """Return how many settings have no effect, because they are the other cluster's [1]."""
    of_instances = count_true(
        w.readers > 0,
        w.secondary_regions > 0,
        w.capacity_mode == "serverless",
        w.instance_class != "",
        w.engine_version == "3.6",
        w.storage_configuration == "io-optimized",
    )
    return by_type(w, count_true(w.shards > 1), of_instances)


def load_units(w: DocumentDBWorkload, rule: Rules) -> dict[str, Numbers]:
    """Return the mean capacity that the load takes of serverless instances [DCU]."""
    return {"mean_dcu": asked_dcus(w), "reader_mean_dcu": w.reader_mean_dcu}


def scaled(w: DocumentDBWorkload, rule: Rules) -> dict[str, Scaled]:
    """Return the serverless capacity, which follows the load."""
    bounds = minimum_dcus(w, rule), maximum_dcus(w, rule)
    serverless = has_instances(w) & has_units(w)
    return {
        "dcu": following("mean_dcu", w.mean_dcu, bounds, serverless),
        "reader_dcu": following("reader_mean_dcu", w.reader_mean_dcu, bounds, serverless),
    }


SERVICE = Service(
    key="documentdb",
    name="Amazon DocumentDB",
    category="Databases",
    billed_as="Amazon DocumentDB (with MongoDB compatibility)",
    workload=DocumentDBWorkload,
    capacity_type=DocumentDBCapacity,
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
        "shards",
        "instances_per_shard",
        "running_hours_fraction",
        "hours_per_month",
    ),
    example=DocumentDBWorkload(
        name="catalogue",
        region="us-east-1",
        storage_configuration="io-optimized",
        required_vcpus=4.0,
        required_memory_gib=30.0,
        readers=1.0,
        storage_gb=300.0,
        monthly_read_io_requests=2e9,
        monthly_write_io_requests=300e6,
    ),
    compared="storage_configuration",
    swept="monthly_read_io_requests",
    hourly=Hourly(
        varies=(),
        modes={mode: {"capacity_mode": mode} for mode in ("provisioned", "serverless")},
        means=load_units,
        scaled=scaled,
        averages=("mean_dcu", "reader_mean_dcu", "break_even_io_requests", "io_cost_fraction"),
    ),
)
