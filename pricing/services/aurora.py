"""Amazon Aurora: one cluster of PostgreSQL or MySQL, with its readers and secondary clusters.

Sections follow AWS's pricing page [1]_: instances or Aurora capacity units (ACU), storage and I/O,
Global Database, backups, Backtrack, Data API, snapshot export, Extended Support, CPU credits, RDS
Proxy, Database Insights.

References
----------
.. [1] "Amazon Aurora pricing" (2026), https://aws.amazon.com/rds/aurora/pricing/
.. [2] "Amazon Aurora storage", user guide (2026),
   https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Overview.StorageReliability.html
.. [3] "Using Aurora Serverless v2", user guide (2026),
   https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2.html
.. [4] "Serverless advisory" of AWS's agent toolkit (2026-08-20),
   https://github.com/aws/agent-toolkit-for-aws
.. [5] "Quotas and constraints for Amazon Aurora", user guide (2026),
   https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/CHAP_Limits.html
.. [6] "Using Amazon Aurora Global Database", user guide (2026),
   https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-global-database.html
.. [7] "High availability for Amazon Aurora", user guide (2026),
   https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Concepts.AuroraHighAvailability.html
.. [8] "Backtracking an Aurora DB cluster", user guide (2023-06-10),
   https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraMySQL.Managing.Backtrack.html
.. [9] "Amazon Aurora Auto Scaling with Aurora Replicas", user guide (2023-06-15),
   https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Integrating.AutoScaling.html
"""

from collections.abc import Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

import msgspec
import numpy as np
from msgspec import Struct

from pricing import tables
from pricing.arrays import Flags, Numbers, Words
from pricing.kit import (
    autoscaling,
    burstable,
    class_choice,
    cluster_instances,
    cluster_volume,
    database_options,
    instances,
)
from pricing.kit.capacity_units import at_capacity, following, in_steps
from pricing.kit.cluster_instances import (
    Instances,
    are_smaller,
    groups_of,
    has_units,
    instance_findings,
    reader_units,
    readers_of,
    running_hours,
    stop_finding,
)
from pricing.kit.cluster_volume import IORequests, StorageConfiguration
from pricing.kit.instances import Connections, MemoryGiB, VCPUs
from pricing.kit.limits import between, known, whole_below
from pricing.kit.requests import billed_units
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
from pricing.units import BYTES_PER_GB, BYTES_PER_MB, whole_units

CLASSES = tables.instance_classes("aurora")
"""Every instance class with a price anywhere."""
CHOSEN_FROM = tuple(filter(instances.may_be_chosen, CLASSES))
BURSTABLE = tuple(name for name in CLASSES if name.startswith("db.t"))
MYSQL_VERSIONS = ("5.7", "8.0")
POSTGRES_VERSIONS = ("11", "12", "13", "14", "15", "16", "17")
VERSIONS = {"aurora-mysql": MYSQL_VERSIONS, "aurora-postgresql": POSTGRES_VERSIONS}

if TYPE_CHECKING:
    InstanceClass = str
    OtherRegion = str
    EngineVersion = str
else:
    InstanceClass = Literal[("", *CLASSES)]
    OtherRegion = Literal[("", *REGION_CODES)]
    EngineVersion = Literal[("", *MYSQL_VERSIONS, *POSTGRES_VERSIONS)]

ACUs = Annotated[float, bounded("ACU", 0, 256)]
NEEDS = ("required_vcpus", "required_memory_gib", "connections", "required_temporary_gib")
BINDINGS = (*class_choice.OTHER_REASONS, *NEEDS)
"""What decides the instance class: it is given, there is none, the price alone, or a need."""


class AuroraWorkload(WorkloadFields, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Demand on one Aurora cluster, with its readers and the secondary clusters that follow it."""

    price_date: PriceDate = tables.newest_day("aurora")
    engine: Annotated[
        Literal["aurora-postgresql", "aurora-mysql"], about("Engine, as AWS's API names it.")
    ] = "aurora-postgresql"
    engine_version: Annotated[
        EngineVersion,
        about(
            "Major version, which Extended Support is charged for once its standard support has"
            " ended; 5.7 is Aurora MySQL 2, 8.0 is Aurora MySQL 3, and empty is a version with"
            " standard support."
        ),
    ] = ""
    storage_configuration: Annotated[
        StorageConfiguration,
        about("Whether I/O is billed, or instances and storage at a higher price instead."),
    ] = "standard"
    capacity_mode: Annotated[
        Literal["provisioned", "serverless"],
        about("The writer: an instance class, or Serverless v2 capacity in ACUs."),
    ] = "provisioned"
    instance_class: Annotated[
        InstanceClass,
        about(
            "Class of a provisioned writer; empty is the cheapest current one that meets the needs"
            " and is not burstable."
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
    reader_load: Annotated[
        float,
        bounded("1", 0, 1000),
        about(
            "Mean load of all provisioned readers, in readers at full CPU: 1.5 are three readers at"
            " 50 percent. Readers are added to `readers` until they carry it; 0 is not known."
        ),
    ] = 0.0
    reader_target_utilization: Annotated[
        float,
        bounded("share", 0.01, 1),
        about("CPU load of the readers to plan for, which Auto Scaling keeps."),
    ] = 0.7
    reader_autoscaling: Annotated[
        bool,
        about("Whether Auto Scaling adds readers for `reader_load` and removes them again."),
    ] = False
    minimum_acu: Annotated[
        ACUs,
        about("Least capacity of each serverless instance, in steps of 0.5; 0 lets it pause."),
    ] = 0.5
    maximum_acu: Annotated[
        float,
        bounded("ACU", 0, 1024),
        about(
            "Most capacity of each serverless instance, in steps of 0.5; 0 is what AWS advises for"
            " the load, or the most there is where the load is not known."
        ),
    ] = 16.0
    mean_acu: Annotated[
        ACUs,
        about(
            "Mean capacity of each serverless instance while it is not paused; 0 is what CPU load"
            " and connections take, or the least capacity where they are not known."
        ),
    ] = 0.0
    reader_mean_acu: Annotated[
        ACUs, about("Mean capacity of each serverless reader; 0 is that of the writer.")
    ] = 0.0
    readers_follow_writer: Annotated[
        bool,
        about(
            "Whether serverless readers stand in promotion tier 0 or 1, where they are never"
            " smaller than the writer."
        ),
    ] = True
    paused_hours_fraction: Annotated[
        Fraction, about("Share of the hours that serverless instances are paused.")
    ] = 0.0
    storage_gb: Annotated[Gigabytes, about("Data that the cluster volume holds.")]
    monthly_read_io_requests: Annotated[
        MonthlyCount, about("Read I/O: pages that the cache does not hold.")
    ] = 0.0
    monthly_write_io_requests: Annotated[
        MonthlyCount, about("Write I/O: units of 4 KB of the log.")
    ] = 0.0
    reads_per_second: Annotated[
        PerSecond, about("Mean reads of rows; their read I/O is added to the I/O that is given.")
    ] = 0.0
    read_bytes: Annotated[PositiveBytes, about("Mean size of a read.")] = 1024.0
    writes_per_second: Annotated[
        PerSecond, about("Mean writes of rows; their write I/O is added to the I/O given.")
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
        about("Backups kept, automated and manual; as much as the volume holds is free."),
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
    backtrack_window_hours: Annotated[
        float, bounded("h", 0, 1000), about("Hours that Aurora MySQL can be backtracked.")
    ] = 0.0
    change_records_per_hour: Annotated[
        float, bounded("1/h", 0, 1e15), about("Change records that Backtrack keeps.")
    ] = 0.0
    monthly_data_api_requests: Annotated[
        MonthlyCount, about("Requests to the Data API, each billed in units of 32 KB.")
    ] = 0.0
    data_api_request_bytes: Annotated[
        PositiveBytes, about("Mean size of a request to the Data API.")
    ] = 32_768.0
    monthly_snapshot_export_gb: Annotated[
        MonthlyGigabytes, about("Snapshot data exported to S3.")
    ] = 0.0
    running_hours_fraction: Annotated[
        Fraction, about("Share of the month the instances run; storage is billed all the time.")
    ] = 1.0
    proxies: Annotated[float, whole("1", 0, 1000), about("RDS Proxies before the cluster.")] = 0.0
    database_insights: Annotated[
        Literal["standard", "advanced"], about("Mode of Database Insights on all instances.")
    ] = "standard"
    insights_retention_months: Annotated[
        float,
        whole("months", 0, 24),
        about(
            "Months that Database Insights (before, Performance Insights) keeps data in standard"
            " mode; 0 is the seven days that are free. The advanced mode includes 15 months."
        ),
    ] = 0.0
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
    p95_cpu_fraction: Annotated[
        Fraction,
        about("CPU load of `required_vcpus` that is exceeded 5 percent of the time; 0: not known."),
    ] = 0.0
    maximum_cpu_fraction: Annotated[
        Fraction, about("Highest CPU load of `required_vcpus`; 0 is not known.")
    ] = 0.0
    required_memory_gib: Annotated[
        MemoryGiB, about("Memory that the database needs on the writer.")
    ] = 0.0
    working_set_gib: Annotated[
        MemoryGiB, about("Data that is read all the time and should stay in memory.")
    ] = 0.0
    required_temporary_gib: Annotated[
        float,
        bounded("GiB", 0, 1e6),
        about("Local storage for temporary tables and sorts that the load needs."),
    ] = 0.0
    connections: Annotated[
        Connections, about("Connections that clients hold open on the writer.")
    ] = 0.0
    cache_hit_fraction: Annotated[
        Fraction, about("Assumption: share of the pages read that the cache holds.")
    ] = 0.8
    usable_memory_fraction: Annotated[
        float,
        bounded("share", 0.1, 1),
        about("Assumption: share of memory left to the engine."),
    ] = 0.95
    acu_per_vcpu: Annotated[
        float,
        bounded("ACU/vCPU", 0.5, 8),
        about("Assumption: ACUs that carry the load of a vCPU of `required_vcpus`."),
    ] = 4.0


class AuroraCapacity(Struct, frozen=True):
    """What the instances are and can do; what AWS does not publish of a class is null."""

    instance_class: Annotated[
        InstanceClass, about("Class of the writer; empty where it is serverless.")
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
    memory_gib: Annotated[float | None, measured("GiB", "Memory of the writer, likewise.")]
    usable_memory_gib: Annotated[float | None, measured("GiB", "Memory left to the engine.")]
    temporary_storage_gib: Annotated[
        float | None, measured("GiB", "Local storage for temporary tables and sorts.")
    ]
    network_gbps: Annotated[
        float | None, measured("Gbps", "Network bandwidth of the class, sustained.")
    ]
    network_burst_gbps: Annotated[
        float | None, measured("Gbps", "Network bandwidth of the class in bursts.")
    ]
    max_connections: Annotated[
        float | None, measured("1", "Default max_connections of the engine on the writer.")
    ]
    baseline_vcpus: Annotated[
        float | None,
        measured("vCPU", "Load that a burstable class sustains without charge for CPU credits."),
    ]
    cpu_credit_vcpus: Annotated[
        float, measured("vCPU", "Mean load above that, charged as CPU credits while it runs.")
    ]
    mean_acu: Annotated[
        float, measured("ACU", "Mean capacity of a serverless writer; 0 where it is provisioned.")
    ]
    reader_mean_acu: Annotated[
        float, measured("ACU", "Mean capacity of each serverless reader; 0 of others.")
    ]
    typical_acu: Annotated[
        float | None, measured("ACU", "Capacity that the CPU load takes as a rule.")
    ]
    peak_acu: Annotated[float | None, measured("ACU", "Capacity that the load takes at its peak.")]
    advised_minimum_acu: Annotated[
        float | None, measured("ACU", "Least capacity that AWS advises for the load.")
    ]
    advised_maximum_acu: Annotated[
        float | None, measured("ACU", "Most capacity that AWS advises for the load.")
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
    backtrack_records: Annotated[float, measured("1", "Change records that Backtrack keeps.")]
    reader_instance_class: Annotated[
        InstanceClass, about("Class of the readers; empty where there are none or serverless ones.")
    ]
    readable_instances: Annotated[
        float, measured("1", "Instances in the Region that answer reads: the writer and readers.")
    ]
    sla_fraction: Annotated[
        float,
        measured(
            "share",
            "Monthly availability below which AWS gives credits, with a reader in another zone.",
        ),
    ]
    failover_seconds_high: Annotated[
        float, measured("s", "Typical failover, or start of a new writer, at worst.")
    ]


class Resources(NamedTuple):
    """What one instance has for the needs of a load; NaN where AWS does not publish it."""

    vcpus: Numbers
    memory_gib: Numbers
    connections: Numbers
    temporary_gib: Numbers


class Sizing(NamedTuple):
    """ACUs that a load takes, and the range of capacity that AWS advises for it [ACU]."""

    typical: Numbers
    peak: Numbers
    minimum: Numbers
    maximum: Numbers


def capacity(w: AuroraWorkload, rule: Rules) -> AuroraCapacity:
    """Return what each instance has, what the load takes, and where I/O-Optimized breaks even."""
    w, sized = with_readers(w), writer_class(w, rule)
    writer = writer_of(w, sized, rule)
    readers = readers_of(w, w.readers, sized, reader_mean_acus(w, rule))
    has, needed, io = resources(w, writer, rule), acu_sizing(w, rule), io_requests(w, rule)
    own_class = writer.instance_class
    compute = compute_costs(w, (writer, readers), rule)
    alone = w.readers == 0
    return AuroraCapacity(
        instance_class=own_class,  # type: ignore[arg-type]
        binding=decided_by(w, own_class, rule),
        vcpus=has.vcpus,
        memory_gib=memory(w, writer, rule),
        usable_memory_gib=has.memory_gib,
        temporary_storage_gib=has.temporary_gib,
        network_gbps=rule.network_gbps[own_class],
        network_burst_gbps=rule.network_burst_gbps[own_class],
        max_connections=has.connections,
        baseline_vcpus=burstable.baseline_vcpus(own_class, rule),
        cpu_credit_vcpus=burstable.cpu_credit_vcpus(w, own_class, rule),
        mean_acu=writer.units,
        reader_mean_acu=readers.units,
        typical_acu=where_given(needed.typical),
        peak_acu=where_given(needed.peak),
        advised_minimum_acu=where_given(needed.minimum),
        advised_maximum_acu=where_given(needed.maximum),
        monthly_io_requests=io.all,
        break_even_io_requests=cluster_volume.break_even_io_requests(w, *compute, rule),
        io_cost_fraction=cluster_volume.io_cost_fraction(w, io, compute[0], rule),
        backup_gb=cluster_volume.kept_backups(w),
        backtrack_records=w.backtrack_window_hours * w.change_records_per_hour,
        reader_instance_class=readers.instance_class,  # type: ignore[arg-type]
        readable_instances=1 + w.readers,
        sla_fraction=np.where(alone, rule.one_zone_sla_fraction, rule.sla_fraction),
        failover_seconds_high=np.where(alone, rule.restart_seconds, rule.failover_seconds),
    )


def with_readers(w: AuroraWorkload) -> AuroraWorkload:
    """Return the workload with the readers that carry their load, those that are given at least.

    Examples
    --------
    >>> from pricing import engine
    >>> row = AuroraWorkload(region="us-east-1", storage_gb=1.0, readers=1.0, reader_load=1.5)
    >>> with_readers(engine.columns(AuroraWorkload, [row])).readers.tolist()
    [3.0]
    """
    needed = whole_units(w.reader_load / w.reader_target_utilization)
    added = np.where(has_provisioned_readers(w), needed, 0)
    return msgspec.structs.replace(w, readers=np.maximum(w.readers, added))


def has_provisioned_readers(w: AuroraWorkload) -> Flags:
    """Return where readers, if there are any, have an instance class."""
    mode: Words = w.reader_capacity_mode
    return mode.filled(w.capacity_mode) == "provisioned"


def writer_of(w: AuroraWorkload, instance_class: Words, rule: Rules) -> Instances:
    """Return the writer: its class, or its ACUs where it is serverless."""
    serverless = w.capacity_mode == "serverless"
    return Instances.of(1, serverless, instance_class, mean_acus(w, rule))


def writer_class(w: AuroraWorkload, rule: Rules) -> Words:
    """Return the class of a provisioned writer: the one given, or the cheapest that suits."""
    asked: Words = w.instance_class
    return class_choice.filled(asked, lambda: cheapest_class(w, rule))


def cheapest_class(w: AuroraWorkload, rule: Rules) -> WordColumn:
    """Return the cheapest class that meets the needs, or the dearest where none does.

    Only current classes that are not burstable are chosen from, if they have a price in the Region.
    """
    every = class_choice.every_class(CLASSES)
    engine, configuration, region = map(
        class_choice.with_classes, (w.engine, w.storage_configuration, w.region)
    )
    day, share = map(class_choice.with_axis, (w.price_date, w.usable_memory_fraction))
    price = rule.list_price("instance_hours", (engine, configuration, every), day, region)
    has = class_resources(engine, share, every, rule)
    suits = class_choice.enough(map(class_choice.with_axis, needs(w)), has)
    return class_choice.cheapest(every, price, suits, every.isin(CHOSEN_FROM))


def needs(w: AuroraWorkload) -> Resources:
    """Return what the load needs of the writer; 0 where it is not known."""
    return Resources(
        w.required_vcpus, w.required_memory_gib, w.connections, w.required_temporary_gib
    )


def decided_by(w: AuroraWorkload, instance_class: Words, rule: Rules) -> WordColumn:
    """Return what decides the class of the writer: that it is given or none, its price, a need."""
    has = class_resources(w.engine, w.usable_memory_fraction, instance_class, rule)
    given, serverless = w.instance_class != "", w.capacity_mode == "serverless"
    return class_choice.decided_by(given, serverless, NEEDS, needs(w), has)


def class_resources(
    engine: Words, usable_memory_fraction: Numbers, instance_class: Words, rule: Rules
) -> Resources:
    """Return what a class has for the engine; NaN where AWS does not publish it."""
    mysql = engine == "aurora-mysql"
    memory_gib = rule.memory_gib[instance_class] * usable_memory_fraction
    temporary = np.where(
        mysql, rule.mysql_temporary_gib[instance_class], rule.postgres_temporary_gib[instance_class]
    )
    connections = np.where(
        mysql, rule.mysql_connections[instance_class], postgres_connections(memory_gib, rule)
    )
    return Resources(rule.vcpus[instance_class], memory_gib, connections, temporary)


def postgres_connections(memory_gib: Numbers, rule: Rules) -> Numbers:
    """Return the default max_connections of PostgreSQL: usable memory / 9,531,392, at most 5,000.

    Examples
    --------
    >>> from types import SimpleNamespace as Row
    >>> rule = Row(bytes_per_connection=9531392, maximum_connections=5000)
    >>> postgres_connections(np.array([16, 512]), rule).tolist()
    [1802.0, 5000.0]
    """
    given = np.where(known(memory_gib), memory_gib, 0)
    by_memory = whole_below(given * BYTES_PER_GB / rule.bytes_per_connection)
    return np.where(known(memory_gib), np.minimum(by_memory, rule.maximum_connections), np.nan)


def resources(w: AuroraWorkload, writer: Instances, rule: Rules) -> Resources:
    """Return what the writer has: its class, or its maximum of ACUs."""
    most, own = maximum_acus(w, rule), writer.instance_class
    of_class = class_resources(w.engine, w.usable_memory_fraction, own, rule)
    of_acus = Resources(
        most / w.acu_per_vcpu,
        memory(w, writer, rule) * w.usable_memory_fraction,
        acu_connections(w, rule),
        np.nan,
    )
    return Resources._make(
        np.where(writer.serverless, units, fixed)
        for units, fixed in zip(of_acus, of_class, strict=True)
    )


def memory(w: AuroraWorkload, writer: Instances, rule: Rules) -> Numbers:
    """Return the memory of the writer [GiB]: that of its class, or 2 GiB for each ACU [3]_."""
    of_acus = maximum_acus(w, rule) * rule.gib_per_acu
    return np.where(writer.serverless, of_acus, rule.memory_gib[writer.instance_class])


def acu_connections(w: AuroraWorkload, rule: Rules) -> Numbers:
    """Return the default max_connections by the maximum of ACUs [1] [3]_.

    A minimum of at most half an ACU keeps PostgreSQL at 2,000.
    """
    most = maximum_acus(w, rule)
    of_mysql = at_capacity(most, rule.mysql_acu_connections)
    of_postgres = at_capacity(most, rule.postgres_acu_connections)
    small = minimum_acus(w, rule) <= rule.acu_step
    above = small & (of_postgres > rule.small_acu_connections)
    capped = np.where(above, rule.small_acu_connections, of_postgres)
    return np.where(w.engine == "aurora-mysql", of_mysql, capped)


def minimum_acus(w: AuroraWorkload, rule: Rules) -> Numbers:
    """Return the least capacity in whole steps [ACU]."""
    return in_steps(w.minimum_acu, rule.acu_step)


def maximum_acus(w: AuroraWorkload, rule: Rules) -> Numbers:
    """Return the most capacity in whole steps [ACU], not below the least."""
    advised = acu_sizing(w, rule).maximum
    of_load = np.where(advised > 0, np.minimum(advised, rule.maximum_acu), rule.maximum_acu)
    asked = np.where(w.maximum_acu > 0, w.maximum_acu, of_load)
    return np.maximum(minimum_acus(w, rule), in_steps(asked, rule.acu_step))


def acu_sizing(w: AuroraWorkload, rule: Rules) -> Sizing:
    """Return the ACUs that a load takes, and the range that AWS advises for it [4]_.

    Each connection takes memory, which is not given back while it is open.

    Examples
    --------
    AWS's own: four vCPUs of a memory-optimized class at 35 percent (p95) and 72 percent at most
    take 6 ACUs as a rule and 12 at the peak; AWS advises 3.5 to 16.

    >>> from types import SimpleNamespace as Row
    >>> rule = Row(acu_step=0.5, p95_weight_percent=95, maximum_weight_percent=5, gib_per_acu=2,
    ...            mean_of_p95_percent=60, peak_percent=130, typical_percent=150,
    ...            connection_mib=10)
    >>> w = Row(required_vcpus=4, acu_per_vcpu=4, p95_cpu_fraction=0.35,
    ...         maximum_cpu_fraction=0.72, mean_cpu_fraction=0, working_set_gib=0,
    ...         required_memory_gib=0, connections=0)
    >>> [float(part) for part in acu_sizing(w, rule)]
    [6.0, 12.0, 3.5, 16.0]
    """
    usual, highest, mean = cpu_shares(w, rule)
    of_vcpus = w.required_vcpus * w.acu_per_vcpu
    opened = w.connections * rule.connection_mib * BYTES_PER_MB / BYTES_PER_GB / rule.gib_per_acu
    held = np.maximum(w.working_set_gib, w.required_memory_gib) / rule.gib_per_acu + opened
    typical = in_steps(np.maximum(usual * of_vcpus, opened), rule.acu_step)
    peak = in_steps(np.maximum(highest * of_vcpus, held), rule.acu_step)
    least = in_steps(np.maximum(mean * of_vcpus, held), rule.acu_step)
    most = highest_acus(typical, peak, rule)
    least = np.where(peak > 0, np.maximum(rule.acu_step, least), 0)
    return Sizing(typical, peak, least, in_steps(most, rule.acu_step))


def where_given(acus: Numbers) -> Numbers:
    """Return the ACUs that a load takes, and NaN where no load is given [ACU]."""
    return np.where(acus > 0, acus, np.nan)


def cpu_shares(w: AuroraWorkload, rule: Rules) -> tuple[Numbers, Numbers, Numbers]:
    """Return the usual, the highest and the mean CPU load of the vCPUs needed [share] [4]_.

    What is not known is taken from what is: without any, all vCPUs are needed all the time.
    """
    p95, mean = w.p95_cpu_fraction, w.mean_cpu_fraction
    most = np.where(w.maximum_cpu_fraction > 0, w.maximum_cpu_fraction, np.where(p95 > 0, p95, 1))
    weighted = rule.p95_weight_percent / 100 * p95 + rule.maximum_weight_percent / 100 * most
    usual = np.where(p95 > 0, weighted, np.where(mean > 0, mean, 1))
    from_p95 = np.where(p95 > 0, rule.mean_of_p95_percent / 100 * p95, 1)
    return usual, most, np.where(mean > 0, mean, from_p95)


def mean_acus(w: AuroraWorkload, rule: Rules) -> Numbers:
    """Return the mean capacity of the writer while it is not paused [ACU], within its range."""
    asked = np.where(w.mean_acu > 0, w.mean_acu, acu_sizing(w, rule).typical)
    least = np.maximum(rule.acu_step, minimum_acus(w, rule))
    return between(asked, least, maximum_acus(w, rule))


def reader_mean_acus(w: AuroraWorkload, rule: Rules) -> Numbers:
    """Return the mean capacity of each reader [ACU]; in tier 0 or 1 at least the writer's [3]_."""
    least = np.maximum(rule.acu_step, minimum_acus(w, rule))
    return reader_units(w, w.reader_mean_acu, mean_acus(w, rule), least, maximum_acus(w, rule))


def io_requests(w: AuroraWorkload, rule: Rules) -> IORequests:
    """Return the I/O requests of a month; pages are 8 KB of PostgreSQL and 16 KB of MySQL."""
    return cluster_volume.io_requests(w, rule.page_bytes[w.engine], rule)


def awake_fraction(w: AuroraWorkload) -> Numbers:
    """Return the share of the running hours in which serverless instances have capacity [share].

    They pause only where the least capacity is zero, and neither RDS Proxy nor a Global Database
    keeps them awake [3]_.
    """
    kept_awake = (w.minimum_acu > 0) | (w.proxies > 0) | (w.secondary_regions > 0)
    return np.where(kept_awake, 1, 1 - w.paused_hours_fraction)


def acu_hours(w: AuroraWorkload) -> Numbers:
    """Return the hours a month in which serverless instances have capacity [h]."""
    return running_hours(w) * awake_fraction(w)


def compute_costs(
    w: AuroraWorkload, groups: tuple[Instances, ...], rule: Rules
) -> tuple[Numbers, Numbers]:
    """Return the cost of all instances of a month in either configuration [USD]."""
    return cluster_instances.compute_costs(
        w, groups, "acu_hours", rule, (w.engine,), awake_fraction(w)
    )


def charges(w: AuroraWorkload, c: AuroraCapacity, rule: Rules) -> Iterator[Charge]:
    """Yield the metered quantities of a month, in the pricing page's order.

    A stopped cluster is not billed for instances, but for its storage and backups.
    """
    w = with_readers(w)
    writer, readers, secondary = groups(w, c)
    yield from instance_charges("", writer, None, w)
    yield from instance_charges("reader_", readers, None, w)
    yield from cluster_volume.charges(w, io_requests(w, rule))
    yield from secondary_charges(secondary, w)
    yield Charge("backtrack_record_hours", backtracked(w) * c.backtrack_records)
    units = billed_units(w.data_api_request_bytes, rule.data_api_unit_bytes)
    yield Charge("data_api_requests", w.monthly_data_api_requests * units)
    yield Charge("snapshot_export", w.monthly_snapshot_export_gb)
    yield from support_charges((writer, readers), w, rule)
    yield Charge("cpu_credits", running_hours(w) * c.cpu_credit_vcpus)
    yield from companion_charges((writer, readers), w, rule)
    yield Charge("scaling_alarms", scales_readers(w) * rule.reader_scaling_alarms)


def scales_readers(w: AuroraWorkload) -> Flags:
    """Return where Auto Scaling sets the readers [9]_."""
    return has_provisioned_readers(w) & w.reader_autoscaling


def groups(w: AuroraWorkload, c: AuroraCapacity) -> tuple[Instances, Instances, Instances]:
    """Return the writer, the readers, and the instances of secondary clusters that are priced."""
    own, readers = c.instance_class, c.reader_instance_class
    return groups_of(w, own, c.mean_acu, readers, c.reader_mean_acu)


def instance_charges(
    prefix: str, group: Instances, region: Words, w: AuroraWorkload
) -> Iterator[Charge]:
    """Yield the instance hours or the ACU hours of equal instances."""
    hours = np.where(group.serverless, 0, group.count * running_hours(w))
    units = np.where(group.serverless, group.count * group.units * acu_hours(w), 0)
    configuration = w.storage_configuration
    by_class = (w.engine, configuration, group.instance_class)
    yield Charge(f"{prefix}instance_hours", hours, by_class, region)
    yield Charge(f"{prefix}acu_hours", units, (configuration,), region)


def secondary_charges(secondary: Instances, w: AuroraWorkload) -> Iterator[Charge]:
    """Yield instances and storage of the secondary clusters, and what is sent to them [6]_."""
    _, region = cluster_volume.priced_secondaries(w)
    yield from instance_charges("secondary_", secondary, region, w)
    yield from cluster_volume.secondary_charges(w)


def backtracked(w: AuroraWorkload) -> Numbers:
    """Return the hours a month in which Backtrack keeps change records [h]; MySQL only [8]_."""
    return np.where(w.engine == "aurora-mysql", w.hours_per_month, 0)


def provisioned_vcpus(groups: Iterable[Instances], rule: Rules) -> Numbers:
    """Return the vCPUs of all provisioned instances [vCPU]."""
    return sum(
        np.where(group.provisioned, group.count * rule.vcpus[group.instance_class], 0)
        for group in groups
    )


def serverless_acus(groups: Iterable[Instances]) -> Numbers:
    """Return the mean capacity of all serverless instances [ACU]."""
    return sum(np.where(group.serverless, group.count * group.units, 0) for group in groups)


def support_charges(
    groups: tuple[Instances, ...], w: AuroraWorkload, rule: Rules
) -> Iterator[Charge]:
    """Yield Extended Support, by vCPU of provisioned instances and by ACU of serverless ones.

    The price of the latter is not known.
    """
    first, third = in_extended_support(w, rule)
    year = WordColumn(np.where(third, 1, 0), database_options.SUPPORT_YEARS)
    vcpu_hours = provisioned_vcpus(groups, rule) * running_hours(w)
    charged = np.where(first | third, vcpu_hours, 0)
    yield Charge("extended_support", charged, (w.engine_version, year))
    by_acu = WordColumn(np.zeros_like(year.codes), ("serverless",))
    acus = np.where(first | third, serverless_acus(groups) * acu_hours(w), 0)
    yield Charge("serverless_extended_support", acus, (w.engine_version, by_acu))


def in_extended_support(w: AuroraWorkload, rule: Rules) -> tuple[Flags, Flags]:
    """Return where Extended Support is charged: in its first two years, and in its third."""
    return database_options.in_extended_support(w, has_version(w), rule)


def has_version(w: AuroraWorkload) -> Flags:
    """Return where the version given is a version of the engine."""
    return database_options.has_version(w, VERSIONS)


def companion_charges(
    groups: tuple[Instances, ...], w: AuroraWorkload, rule: Rules
) -> Iterator[Charge]:
    """Yield RDS Proxy and Database Insights, by vCPU and by ACU.

    A proxy is billed for at least two vCPUs of each provisioned instance, or for eight ACUs.
    """
    acus, hours = serverless_acus(groups), w.proxies * w.hours_per_month
    yield Charge("proxy", hours * sum(proxy_vcpus(group, rule) for group in groups))
    billed = np.where(acus > 0, np.maximum(rule.minimum_proxy_acus, acus), 0)
    yield Charge("acu_proxy", hours * billed)
    yield from database_options.insights_charges("", provisioned_vcpus(groups, rule), w)
    yield from database_options.insights_charges("acu_", acus, w)


def proxy_vcpus(group: Instances, rule: Rules) -> Numbers:
    """Return the vCPUs that a proxy is billed for before provisioned instances [vCPU]."""
    each = database_options.proxy_vcpus(rule.vcpus[group.instance_class], rule)
    return np.where(group.provisioned, group.count * each, 0)


def findings(w: AuroraWorkload, c: AuroraCapacity, rule: Rules) -> Iterator[Finding]:
    """Yield the limits that apply to the cluster."""
    w = with_readers(w)
    yield from volume_findings(w)
    yield from instance_findings(w)
    yield stop_finding(w)
    most = maximum_acus(w, rule) * rule.gib_per_acu
    smaller = are_smaller(c.reader_instance_class, c.instance_class, most, rule)
    yield Finding.met("smaller_readers", (w.readers > 0) & smaller, w.readers)
    yield from need_findings(w, c, rule)
    yield from burstable_findings(w, c, rule)
    yield from serverless_findings(w, c, rule)
    yield from pause_findings(w, c)
    yield from global_findings(w)
    compute = compute_costs(w, groups(w, c)[:2], rule)
    yield from cluster_volume.configuration_findings(w, io_requests(w, rule), compute, rule)
    yield from option_findings(w, c, rule)
    follows = has_provisioned_readers(w)
    asked = w.reader_autoscaling | (w.reader_load > 0)
    yield Finding.met("reader_load_left_out", asked & np.logical_not(follows))


def volume_findings(w: AuroraWorkload) -> Iterator[Finding]:
    """Yield the limits on the size of the volume, of all versions and of older ones [5]_."""
    yield Finding("storage", w.storage_gb)
    yield Finding("storage_of_older_versions", w.storage_gb)


def need_findings(w: AuroraWorkload, c: AuroraCapacity, rule: Rules) -> Iterator[Finding]:
    """Compare what the load needs of the writer with what it has, where AWS publishes it.

    A serverless writer needs the vCPUs of the highest CPU load, where that is known.
    """
    has = Resources(c.vcpus, c.usable_memory_gib, c.max_connections, c.temporary_storage_gib)
    names = ("required_vcpus", "required_memory", "connections", "temporary_storage")
    share = np.where(c.instance_class == "", cpu_shares(w, rule)[1], 1)
    needed = needs(w)._replace(vcpus=w.required_vcpus * share)
    yield from cluster_instances.need_findings(names, needed, has)
    yield Finding("working_set", w.working_set_gib, w.working_set_gib > 0, c.usable_memory_gib)


def burstable_findings(w: AuroraWorkload, c: AuroraCapacity, rule: Rules) -> Iterator[Finding]:
    """Yield the findings on burstable classes: their load, their use, and large volumes [5]_."""
    own: Words = c.instance_class
    readers: Words = c.reader_instance_class
    burst = own.isin(BURSTABLE) | readers.isin(BURSTABLE)
    yield from burstable.load_findings(w, own, rule)
    yield Finding.met("burstable_class", burst)
    yield Finding("burstable_storage", w.storage_gb, burst)


def serverless_findings(w: AuroraWorkload, c: AuroraCapacity, rule: Rules) -> Iterator[Finding]:
    """Compare the range of capacity with what instances can have, and with what the load takes."""
    own: Words = c.instance_class
    serverless, peak, advised = own == "", c.peak_acu, c.advised_maximum_acu
    least, most = minimum_acus(w, rule), maximum_acus(w, rule)
    yield Finding("maximum_acu", most, serverless)
    yield Finding("acu_of_older_versions", most, serverless)
    yield Finding("peak_acu", peak, serverless & known(peak), most)
    yield Finding("advised_maximum_acu", advised, serverless & known(advised), most)
    yield Finding("least_acu", least_acus(w, rule), serverless & (least > 0), least)
    unknown = (w.mean_acu == 0) & (w.required_vcpus == 0) & (w.connections == 0)
    yield Finding.met("load_not_given", serverless & unknown)


def pause_findings(w: AuroraWorkload, c: AuroraCapacity) -> Iterator[Finding]:
    """Yield the findings on auto-pause: what blocks it, and what it takes to resume [3]_."""
    own: Words = c.instance_class
    serverless, pauses = own == "", w.minimum_acu == 0
    blocked = (w.proxies > 0) | (w.secondary_regions > 0)
    billed = np.logical_not(pauses) & (w.paused_hours_fraction > 0)
    yield Finding.met("pause_blocked", serverless & pauses & blocked)
    yield Finding.met("never_paused", serverless & billed)
    yield Finding.met("resume", serverless & pauses & np.logical_not(blocked))


def least_acus(w: AuroraWorkload, rule: Rules) -> Numbers:
    """Return the least capacity that AWS advises [ACU]: for load, Insights and global clusters."""
    watched = (w.insights_retention_months > 0) | (w.database_insights == "advanced")
    insights = np.where(watched, rule.insights_minimum_acus, rule.acu_step)
    of_global = np.where(w.secondary_regions > 0, rule.global_minimum_acus, rule.acu_step)
    return np.maximum(np.maximum(insights, of_global), acu_sizing(w, rule).minimum)


def global_findings(w: AuroraWorkload) -> Iterator[Finding]:
    """Yield the findings on a Global Database [6]_."""
    several = w.secondary_regions > 0
    yield Finding("secondary_regions", w.secondary_regions, several)
    yield Finding("secondary_instances", w.secondary_instances, several)
    yield from cluster_volume.secondary_findings(w)


def option_findings(w: AuroraWorkload, c: AuroraCapacity, rule: Rules) -> Iterator[Finding]:
    """Yield the findings on Backtrack and on the version."""
    window: Numbers = w.backtrack_window_hours
    serves_readers = (w.readers > 0) & (c.reader_mean_acu > 0)
    yield Finding("backtrack_window", window, window > 0)
    yield Finding.met("backtrack_engine", (window > 0) & (w.engine != "aurora-mysql"))
    given: Words = w.engine_version
    yield Finding.met("version_of_engine", (given != "") & np.logical_not(has_version(w)))
    first, third = in_extended_support(w, rule)
    yield Finding.met("extended_support", first | third)
    yield Finding.met("serverless_support", (first | third) & ((c.mean_acu > 0) | serves_readers))


def load_acus(w: AuroraWorkload, rule: Rules) -> dict[str, Numbers]:
    """Return the mean capacity that the load takes of serverless instances [ACU]; 0 is not known.

    What is measured, `mean_acu`, goes before what CPU load and connections take [4]_.
    """
    asked = np.where(w.mean_acu > 0, w.mean_acu, acu_sizing(w, rule).typical)
    return {"mean_acu": asked, "reader_mean_acu": w.reader_mean_acu}


def scaled(w: AuroraWorkload, rule: Rules) -> dict[str, Scaled]:
    """Return what follows the load: readers that Auto Scaling sets, and serverless capacity [9]_.

    AWS publishes no rate at which serverless capacity rises or falls: it follows at once [3]_.
    """
    bounds = np.maximum(rule.acu_step, minimum_acus(w, rule)), maximum_acus(w, rule)
    serverless = has_units(w)
    advised = partial(advised_range, rule=rule)
    return {
        "readers": scaled_readers(w, rule),
        "acu": following("mean_acu", w.mean_acu, bounds, serverless, advised),
        "reader_acu": following("reader_mean_acu", w.reader_mean_acu, bounds, serverless, advised),
    }


def scaled_readers(w: AuroraWorkload, rule: Rules) -> Scaled:
    """Return what Auto Scaling may do to readers: those that are given always stand [9]_."""
    on, most = scales_readers(w), np.max(w.reader_load, axis=-1, keepdims=True)
    told = has_provisioned_readers(w) & (most > 0)
    policy, load = autoscaling.policy(rule, "reader_"), np.where(told, w.reader_load, 0)
    target, fixed, count = (
        w.reader_target_utilization,
        with_readers(w).readers,
        np.where(told, 1, 0),
    )
    found = Scaled("readers", policy, load, target, w.readers, fixed, count, on & told)
    return found._replace(stands=told & np.logical_not(on), by_the_hour=False)


def advised_range(acus: Numbers, rule: Rules) -> tuple[Numbers, Numbers]:
    """Return the least and the most capacity that AWS advises for the loads of hours [ACU] [4]_.

    The formulas are those of :func:`acu_sizing`, with the hours' own mean, percentile and maximum.

    Parameters
    ----------
    acus : capacity that the load of each hour takes [..., hour] [ACU]
    """
    p95, peak = np.percentile(acus, 95, axis=-1), acus.max(axis=-1)
    weighted = rule.p95_weight_percent / 100 * p95 + rule.maximum_weight_percent / 100 * peak
    typical, peak = in_steps(weighted, rule.acu_step), in_steps(peak, rule.acu_step)
    least = np.maximum(rule.acu_step, in_steps(acus.mean(axis=-1), rule.acu_step))
    return least, in_steps(highest_acus(typical, peak, rule), rule.acu_step)


def highest_acus(typical: Numbers, peak: Numbers, rule: Rules) -> Numbers:
    """Return the most capacity that AWS advises, not in steps [ACU] [4]_."""
    return np.maximum(peak * rule.peak_percent / 100, typical * rule.typical_percent / 100)


MODES: dict[str, dict[str, Any]] = {
    "provisioned": {"capacity_mode": "provisioned", "reader_autoscaling": False},
    "autoscaled-readers": {"capacity_mode": "provisioned", "reader_autoscaling": True},
    "serverless": {"capacity_mode": "serverless", "reader_autoscaling": False},
}
"""The ways to have capacity, by name: the fields of a workload that choose them."""


SERVICE = Service(
    key="aurora",
    name="Amazon Aurora",
    category="Databases",
    billed_as="Amazon Relational Database Service",
    workload=AuroraWorkload,
    capacity_type=AuroraCapacity,
    capacity=capacity,
    charges=charges,
    findings=findings,
    loads=(
        "readers",
        "reader_load",
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
        "backtrack_window_hours",
        "change_records_per_hour",
        "monthly_data_api_requests",
        "monthly_snapshot_export_gb",
        "proxies",
        "insights_retention_months",
        "running_hours_fraction",
        "hours_per_month",
    ),
    example=AuroraWorkload(
        name="shop-cluster",
        region="us-east-1",
        required_vcpus=8.0,
        required_memory_gib=50.0,
        readers=1.0,
        storage_gb=800.0,
        monthly_read_io_requests=900e6,
        monthly_write_io_requests=300e6,
    ),
    compared="storage_configuration",
    swept="monthly_read_io_requests",
    hourly=Hourly(
        varies=("reader_load",),
        modes=MODES,
        means=load_acus,
        scaled=scaled,
        averages=("mean_acu", "reader_mean_acu", "break_even_io_requests", "io_cost_fraction"),
    ),
)
