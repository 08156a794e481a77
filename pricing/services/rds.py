"""Amazon RDS: one DB instance or Multi-AZ DB cluster, with its read replicas.

Sections follow AWS's pricing page [1]_: instances, storage and provisioned IOPS, backups and their
copies, Extended Support, CPU credits, RDS Proxy, Database Insights.

References
----------
.. [1] "Amazon RDS pricing", https://aws.amazon.com/rds/pricing/
.. [2] "Amazon RDS DB instance storage", user guide (2023 and 2026),
   https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html
.. [3] "CreateDBInstance", API reference (2026),
   https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html
.. [4] "Quotas and constraints for Amazon RDS", user guide (2026),
   https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Limits.html
.. [5] "Amazon RDS service level agreement" (2024-01-22), https://aws.amazon.com/rds/sla/
.. [6] "Editions and supported features of SQL Server 2022" (2022-10-13),
   https://learn.microsoft.com/sql/sql-server/editions-and-components-of-sql-server-2022
.. [7] "Standard Edition 2: testing the 16 thread limitation" (2016-02-26),
   https://www.dbi-services.com/blog/standard-edition-2-testing-the-16-thread-limitation/
.. [8] "Amazon RDS instance types", burstable classes (2026),
   https://aws.amazon.com/rds/instance-types/
.. [9] "Amazon RDS Extended Support charges", user guide (2026),
   https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/extended-support-charges.html
.. [10] "Amazon RDS Proxy pricing" (2026), https://aws.amazon.com/rds/proxy/pricing/
.. [11] "Considerations for Database Insights for Amazon RDS", user guide (2026),
   https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_DatabaseInsights.Considerations.html
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

import numpy as np
from msgspec import Struct, structs

from pricing import tables
from pricing.arrays import Flags, Numbers, Words
from pricing.kit import burstable, class_choice, database_options, ebs, instances
from pricing.kit.ebs import Bandwidth, Burst, striped
from pricing.kit.instances import Connections, MemoryGiB, VCPUs
from pricing.kit.limits import between, known, limited_by, smaller, smaller_known, whole_below
from pricing.kit.transfer import between_regions
from pricing.model import Charge, Finding, Service, WorkloadFields
from pricing.quantities import (
    REGION_CODES,
    Fraction,
    Gigabytes,
    MonthlyCount,
    MonthlyGigabytes,
    PriceDate,
    about,
    bounded,
    measured,
    whole,
)
from pricing.rates import Rules, WordColumn
from pricing.units import BYTES_PER_GB, HOURS_PER_DAY, whole_units

CLASSES = tables.instance_classes("rds")
"""Every instance class with a price anywhere."""
BURSTABLE = tuple(name for name in CLASSES if name.startswith("db.t"))
CHOSEN_FROM = tuple(filter(instances.may_be_chosen, CLASSES))

MYSQL_VERSIONS = ("5.7", "8.0", "8.4")
POSTGRES_VERSIONS = ("11", "12", "13", "14", "15", "16", "17")
VERSIONS = {"mysql": MYSQL_VERSIONS, "postgres": POSTGRES_VERSIONS}
"""Major versions for which AWS has announced the dates of Extended Support, by engine."""

if TYPE_CHECKING:
    InstanceClass = str
    OtherRegion = str
    EngineVersion = str
else:
    InstanceClass = Literal[("", *CLASSES)]
    OtherRegion = Literal[("", *REGION_CODES)]
    EngineVersion = Literal[("", *MYSQL_VERSIONS, *POSTGRES_VERSIONS)]

LICENSES = ("no-license-required", "license-included", "bring-your-own-license")
STORAGE_DEPLOYMENTS = ("single-az", "multi-az", "multi-az-sql-server-mirror", "multi-az-cluster")
"""Deployments by which storage is priced; Multi-AZ storage of SQL Server has its own prices."""
ZONE_LOSS = (
    "restore-from-backup",
    "failover",
    "failover-and-one-reader",
    "promote-replica-or-restore",
)
"""What remains when the Availability Zone of the writer is lost."""
NEEDS = (
    "required_vcpus",
    "required_memory_gib",
    "required_iops",
    "required_throughput_mibps",
    "connections",
)
BINDINGS = ("given", "price", *NEEDS)
"""What decides the instance class: it is given, the price alone, or a need."""
STANDBY = ("none", "synchronous", "semisynchronous")
REPLICATION = ("none", "asynchronous")


class RDSWorkload(WorkloadFields, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Demand on one RDS DB instance or Multi-AZ DB cluster, with its read replicas."""

    price_date: PriceDate = tables.newest_day("rds")
    engine: Annotated[
        Literal[
            "postgres",
            "mysql",
            "mariadb",
            "oracle-ee",
            "oracle-se2",
            "sqlserver-ex",
            "sqlserver-web",
            "sqlserver-se",
            "sqlserver-ee",
        ],
        about("Database engine and edition."),
    ] = "postgres"
    engine_version: Annotated[
        EngineVersion,
        about(
            "Major version of MySQL or PostgreSQL, which Extended Support is charged for once its"
            " standard support has ended; empty is a version with standard support."
        ),
    ] = ""
    license_model: Annotated[
        Literal["", "license-included", "bring-your-own-license"],
        about(
            "Licence of a commercial engine; empty is the usual one: your own for Oracle EE,"
            " included for Oracle SE2 and SQL Server."
        ),
    ] = ""
    instance_class: Annotated[
        InstanceClass,
        about(
            "DB instance class; empty is the cheapest current one that meets the needs and is not"
            " burstable."
        ),
    ] = ""
    deployment: Annotated[
        Literal["single-az", "multi-az", "multi-az-cluster"],
        about("One instance, one with a standby, or a writer with two readable standbys."),
    ] = "single-az"
    instances: Annotated[
        float,
        whole("1", 0, 1),
        about("1; 0 prices what is left of a deleted instance: its backups, none of them free."),
    ] = 1.0
    storage_type: Annotated[
        Literal["gp2", "gp3", "io1", "io2", "standard"],
        about("EBS storage type; gp3 is what AWS takes by default, standard is magnetic."),
    ] = "gp3"
    storage_gb: Annotated[
        Gigabytes,
        about("Allocated storage of each instance; whole GiB, at least the least of the type."),
    ]
    iops: Annotated[
        float,
        whole("IOPS", 0, 1e9),
        about("IOPS to provision on gp3, io1 or io2; 0 is the least that the storage can have."),
    ] = 0.0
    throughput_mibps: Annotated[
        float,
        whole("MiB/s", 0, 1e9),
        about("Throughput to provision on gp3; 0 is what the storage includes."),
    ] = 0.0
    read_replicas: Annotated[
        float,
        whole("1", 0, 1000),
        about("Read replicas, each with the storage of the source; they follow asynchronously."),
    ] = 0.0
    replica_instance_class: Annotated[
        InstanceClass, about("DB instance class of each replica; empty is that of the source.")
    ] = ""
    replica_deployment: Annotated[
        Literal["single-az", "multi-az"], about("Whether each replica has a standby of its own.")
    ] = "single-az"
    replica_region: Annotated[
        OtherRegion, about("AWS Region of the read replicas; empty is that of the source.")
    ] = ""
    monthly_replicated_gb: Annotated[
        MonthlyGigabytes,
        about("Changes sent to each read replica; charged when it is in another Region."),
    ] = 0.0
    backup_gb: Annotated[
        Gigabytes,
        about("Backups kept, automated and manual; as much as the provisioned storage is free."),
    ] = 0.0
    backup_copy_region: Annotated[
        OtherRegion,
        about("AWS Region of copied backups; empty is that of the read replicas."),
    ] = ""
    backup_copy_gb: Annotated[
        Gigabytes, about("Copies of backups kept in `backup_copy_region`.")
    ] = 0.0
    monthly_backup_copy_gb: Annotated[
        MonthlyGigabytes,
        about("Backups copied there: the first copy is full, later ones incremental."),
    ] = 0.0
    monthly_snapshot_export_gb: Annotated[
        MonthlyGigabytes, about("Snapshot data exported to S3.")
    ] = 0.0
    monthly_io_requests: Annotated[
        MonthlyCount, about("I/O requests; billed on magnetic storage only.")
    ] = 0.0
    running_hours_fraction: Annotated[
        Fraction, about("Share of the month the instances run; storage is billed all the time.")
    ] = 1.0
    proxies: Annotated[
        float, whole("1", 0, 1000), about("RDS Proxies before the instance or the cluster.")
    ] = 0.0
    database_insights: Annotated[
        Literal["standard", "advanced"],
        about("Mode of Database Insights on the instance and its standbys."),
    ] = "standard"
    insights_retention_months: Annotated[
        float,
        whole("months", 0, 24),
        about(
            "Months that Database Insights (before, Performance Insights) keeps data in standard"
            " mode; 0 is the seven days that are free. The advanced mode includes 15 months."
        ),
    ] = 0.0
    required_vcpus: Annotated[VCPUs, about("vCPUs that the load needs on the writer.")] = 0.0
    mean_cpu_fraction: Annotated[
        Fraction,
        about(
            "Mean CPU load of the writer while it runs, as a share of `required_vcpus`, or of the"
            " vCPUs of the class where that is 0. Above the baseline of a burstable class it takes"
            " CPU credits. 0 is not known: `required_vcpus` are then needed all the time."
        ),
    ] = 0.0
    required_memory_gib: Annotated[
        MemoryGiB, about("Memory that the database needs on the writer.")
    ] = 0.0
    required_iops: Annotated[
        float, bounded("IOPS", 0, 1e9), about("Sustained IOPS that the load needs on the writer.")
    ] = 0.0
    required_throughput_mibps: Annotated[
        float,
        bounded("MiB/s", 0, 1e9),
        about("Sustained throughput that the load needs on the writer."),
    ] = 0.0
    connections: Annotated[
        Connections, about("Connections that clients hold open on the writer.")
    ] = 0.0
    usable_memory_fraction: Annotated[
        float,
        bounded("share", 0.1, 1),
        about("Assumption: share of the memory left to the database, before the fixed reserve."),
    ] = 0.98
    reserved_memory_gib: Annotated[
        float,
        bounded("GiB", 0, 1000),
        about("Assumption: memory that the operating system and RDS take on every class."),
    ] = 0.2
    mysql_maximum_connections: Annotated[
        float,
        whole("1", 1, 100_000),
        about("Assumption: the most that the default max_connections of MySQL grows to."),
    ] = 16_000.0
    sqlserver_connections: Annotated[
        float, whole("1", 1, 1e6), about("Assumption: user connections of SQL Server.")
    ] = 32_767.0
    sqlserver_maximum_read_replicas: Annotated[
        float, whole("1", 1, 1000), about("Assumption: read replicas of SQL Server Enterprise.")
    ] = 5.0


class RDSCapacity(Struct, frozen=True):
    """What is provisioned and what it can do; what AWS does not publish of a class is null."""

    instance_class: Annotated[InstanceClass, about("DB instance class: as given, or as chosen.")]
    binding: Annotated[
        Literal[BINDINGS],  # type: ignore[valid-type]
        about(
            "What decides the class: it is given, its price alone, or the need that it has the"
            " least to spare for."
        ),
    ]
    license_model: Annotated[
        Literal["no-license-required", "license-included", "bring-your-own-license"],
        about("The licence that is priced."),
    ]
    allocated_storage_gb: Annotated[float, measured("GB", "Storage allocated to each instance.")]
    volumes: Annotated[float, measured("1", "EBS volumes the storage is striped over.")]
    provisioned_iops: Annotated[float, measured("IOPS", "IOPS that the storage sustains.")]
    billed_iops: Annotated[float, measured("IOPS", "IOPS that are billed beside the storage.")]
    provisioned_throughput_mibps: Annotated[
        float | None, measured("MiB/s", "Throughput that the storage sustains.")
    ]
    billed_throughput_mibps: Annotated[
        float, measured("MiB/s", "Throughput that is billed beside the storage.")
    ]
    volume_burst_iops: Annotated[float, measured("IOPS", "IOPS that the storage bursts to.")]
    volume_burst_throughput_mibps: Annotated[
        float | None, measured("MiB/s", "Throughput that the storage bursts to.")
    ]
    volume_burst_seconds: Annotated[
        float, measured("s", "How long a full gp2 burst lasts; 0 without burst.")
    ]
    volume_refill_seconds: Annotated[
        float, measured("s", "How long the gp2 burst credits take to refill.")
    ]
    vcpus: Annotated[float | None, measured("vCPU", "vCPUs of the instance class.")]
    baseline_vcpus: Annotated[
        float | None,
        measured("vCPU", "Load that a burstable class sustains without charge for CPU credits."),
    ]
    cpu_credit_vcpus: Annotated[
        float, measured("vCPU", "Mean load above that, charged as CPU credits while it runs.")
    ]
    memory_gib: Annotated[float | None, measured("GiB", "Memory of the instance class.")]
    usable_memory_gib: Annotated[float | None, measured("GiB", "Memory left to the database.")]
    network_gbps: Annotated[
        float | None, measured("Gbps", "Network bandwidth of the class, sustained.")
    ]
    network_burst_gbps: Annotated[
        float | None, measured("Gbps", "Network bandwidth of the class in bursts.")
    ]
    instance_iops: Annotated[float | None, measured("IOPS", "EBS IOPS that the class sustains.")]
    instance_burst_iops: Annotated[
        float | None, measured("IOPS", "EBS IOPS of the class, 30 minutes a day.")
    ]
    instance_throughput_mibps: Annotated[
        float | None, measured("MiB/s", "EBS throughput that the class sustains.")
    ]
    instance_burst_throughput_mibps: Annotated[
        float | None, measured("MiB/s", "EBS throughput of the class, 30 minutes a day.")
    ]
    usable_iops: Annotated[
        float | None, measured("IOPS", "The smaller of what volume and instance sustain.")
    ]
    iops_limited_by: Annotated[
        Literal["volume", "instance", "unknown"], about("Which of the two that is.")
    ]
    usable_burst_iops: Annotated[
        float | None, measured("IOPS", "The smaller of what volume and instance burst to.")
    ]
    usable_throughput_mibps: Annotated[
        float | None, measured("MiB/s", "The smaller of what volume and instance sustain.")
    ]
    throughput_limited_by: Annotated[
        Literal["volume", "instance", "unknown"], about("Which of the two that is.")
    ]
    usable_burst_throughput_mibps: Annotated[
        float | None, measured("MiB/s", "The smaller of what volume and instance burst to.")
    ]
    max_connections: Annotated[
        float | None, measured("1", "Default max_connections of the engine on this class.")
    ]
    readable_instances: Annotated[
        float, measured("1", "Instances that answer reads: writer, readable standbys and replicas.")
    ]
    read_vcpus: Annotated[float | None, measured("vCPU", "vCPUs of all readable instances.")]
    read_memory_gib: Annotated[
        float | None, measured("GiB", "Usable memory of all readable instances.")
    ]
    read_iops: Annotated[float | None, measured("IOPS", "Usable IOPS of all readable instances.")]
    read_throughput_mibps: Annotated[
        float | None, measured("MiB/s", "Usable throughput of all readable instances.")
    ]
    read_connections: Annotated[
        float | None, measured("1", "Connections to all readable instances.")
    ]
    sla_fraction: Annotated[
        float, measured("share", "Monthly availability below which AWS gives credits.")
    ]
    failover_seconds_low: Annotated[float | None, measured("s", "Typical failover, at best.")]
    failover_seconds_high: Annotated[float | None, measured("s", "Typical failover, at worst.")]
    recovery_point_seconds: Annotated[
        float, measured("s", "Writes that may be lost with the writer, in time.")
    ]
    after_zone_loss: Annotated[
        Literal[
            "restore-from-backup",
            "failover",
            "failover-and-one-reader",
            "promote-replica-or-restore",
        ],
        about(
            "What is left when the writer's Availability Zone is lost. A replica that stands in"
            " another can be promoted by hand; the writes it lags behind are lost."
        ),
    ]
    standby_replication: Annotated[
        Literal["none", "synchronous", "semisynchronous"], about("How standbys follow the writer.")
    ]
    replica_replication: Annotated[
        Literal["none", "asynchronous"],
        about("How read replicas follow: asynchronous ones lag, by no stated bound."),
    ]


class Volume(NamedTuple):
    """The provisioned storage of one instance [GB, 1, IOPS, IOPS, MiB/s, MiB/s]."""

    gb: Numbers
    volumes: Numbers
    iops: Numbers
    billed_iops: Numbers
    throughput: Numbers
    billed_throughput: Numbers


class Usable(NamedTuple):
    """The usable resources of one instance with its volume; NaN where AWS does not publish them."""

    vcpus: Numbers
    memory_gib: Numbers
    iops: Numbers
    throughput: Numbers
    connections: Numbers


def capacity(w: RDSWorkload, rule: Rules) -> RDSCapacity:
    """Return what is provisioned, how much of it is usable, and how available it is.

    A request below AWS's minimum is raised to it. A request above the maximum is lowered to it, and
    a finding reports it.
    """
    asked, w = w.instance_class, with_class(w, instance_class(w, rule))
    volume = provisioned_volume(w, rule)
    burst = volume_burst(w, volume, rule)
    writer = usable(w, w.instance_class, volume, rule)
    replica = usable(w, replica_class(w), volume, rule)
    instance = ebs.of_instance(w.instance_class, rule)
    instance_burst = ebs.burst_of_instance(w.instance_class, rule)
    readers = 1 + rule.readable_standbys[w.deployment]
    reads = Usable._make(
        readers * own + np.where(w.read_replicas > 0, w.read_replicas * others, 0)
        for own, others in zip(writer, replica, strict=True)
    )
    standby, zone_loss = availability(w)
    return RDSCapacity(
        instance_class=w.instance_class,
        binding=decided_by(w, asked, rule),
        license_model=licenses(w),
        allocated_storage_gb=volume.gb,
        volumes=volume.volumes,
        provisioned_iops=volume.iops,
        billed_iops=volume.billed_iops,
        provisioned_throughput_mibps=volume.throughput,
        billed_throughput_mibps=volume.billed_throughput,
        volume_burst_iops=burst.iops,
        volume_burst_throughput_mibps=burst.throughput,
        volume_burst_seconds=burst.seconds,
        volume_refill_seconds=burst.refill_seconds,
        vcpus=writer.vcpus,
        baseline_vcpus=burstable.baseline_vcpus(w.instance_class, rule),
        cpu_credit_vcpus=burstable.cpu_credit_vcpus(w, w.instance_class, rule),
        memory_gib=rule.memory_gib[w.instance_class],
        usable_memory_gib=writer.memory_gib,
        network_gbps=rule.network_gbps[w.instance_class],
        network_burst_gbps=rule.network_burst_gbps[w.instance_class],
        instance_iops=instance.iops,
        instance_burst_iops=instance_burst.iops,
        instance_throughput_mibps=instance.throughput,
        instance_burst_throughput_mibps=instance_burst.throughput,
        usable_iops=writer.iops,
        iops_limited_by=limited_by({"volume": volume.iops, "instance": instance.iops}),
        usable_burst_iops=smaller(burst.iops, instance_burst.iops),
        usable_throughput_mibps=writer.throughput,
        throughput_limited_by=limited_by(
            {"volume": volume.throughput, "instance": instance.throughput}
        ),
        usable_burst_throughput_mibps=smaller(burst.throughput, instance_burst.throughput),
        max_connections=writer.connections,
        readable_instances=readers + w.read_replicas,
        read_vcpus=reads.vcpus,
        read_memory_gib=reads.memory_gib,
        read_iops=reads.iops,
        read_throughput_mibps=reads.throughput,
        read_connections=reads.connections,
        sla_fraction=rule.sla_fraction[w.deployment],
        failover_seconds_low=rule.failover_seconds_low[w.deployment],
        failover_seconds_high=rule.failover_seconds_high[w.deployment],
        recovery_point_seconds=rule.recovery_point_seconds[w.deployment],
        after_zone_loss=zone_loss,
        standby_replication=standby,
        replica_replication=WordColumn(  # type: ignore[arg-type]
            np.where(w.read_replicas > 0, 1, 0), REPLICATION
        ),
    )


def with_class(w: RDSWorkload, chosen: Words) -> RDSWorkload:
    """Return the workload with the class of its instance, given or chosen."""
    return structs.replace(w, instance_class=chosen)


def instance_class(w: RDSWorkload, rule: Rules) -> Words:
    """Return the class of the instance: the one given, or the cheapest that meets the needs."""
    asked: Words = w.instance_class
    return class_choice.filled(asked, lambda: cheapest_class(w, rule))


def cheapest_class(w: RDSWorkload, rule: Rules) -> WordColumn:
    """Return the cheapest class that meets the needs, or the dearest where none does.

    Only current classes that are not burstable are chosen from, if they have a price in the Region
    for the engine, its licence and the deployment.
    """
    every, each = class_choice.every_class(CLASSES), class_choice.for_each_class(w)
    variant = (each.engine, licenses(each), each.deployment, every)
    price = rule.list_price("instance_hours", variant, each.price_date, each.region)
    suits = class_choice.enough(needs(each), of_class(each, every, rule))
    return class_choice.cheapest(every, price, suits, every.isin(CHOSEN_FROM))


def needs(w: RDSWorkload) -> Usable:
    """Return what the load needs of the instance; 0 where it is not known."""
    return Usable(
        w.required_vcpus,
        w.required_memory_gib,
        w.required_iops,
        w.required_throughput_mibps,
        w.connections,
    )


def of_class(w: RDSWorkload, instance_class: Words, rule: Rules) -> Usable:
    """Return what a class has for the needs, whatever the volume; vCPUs as the edition uses them.

    NaN where AWS does not publish it.
    """
    memory_gib = usable_memory(w, instance_class, rule)
    instance = ebs.of_instance(instance_class, rule)
    return Usable(
        smaller_known(rule.vcpus[instance_class], edition_vcpus(w, rule)),
        memory_gib,
        instance.iops,
        instance.throughput,
        max_connections(w, memory_gib, rule),
    )


def decided_by(w: RDSWorkload, asked: Words, rule: Rules) -> WordColumn:
    """Return what decides the class: that it is given, its price, or a need."""
    has = of_class(w, w.instance_class, rule)
    return class_choice.decided_by(asked != "", False, NEEDS, needs(w), has)


def sql_server(w: RDSWorkload) -> Flags:
    """Return where the engine is an edition of SQL Server."""
    express, web = w.engine == "sqlserver-ex", w.engine == "sqlserver-web"
    return express | web | (w.engine == "sqlserver-se") | (w.engine == "sqlserver-ee")


def licenses(w: RDSWorkload) -> Words:
    """Return the licence that is priced: the one asked for, or the engine's default."""
    free = (w.engine == "postgres") | (w.engine == "mysql") | (w.engine == "mariadb")
    own = w.engine == "oracle-ee"
    usual = np.where(free, 0, np.where(own, 2, 1))
    asked: Words = w.license_model
    return asked.filled(WordColumn(usual, LICENSES))


def replica_class(w: RDSWorkload) -> Words:
    """Return the class of the replicas: their own, or the source's."""
    own: Words = w.replica_instance_class
    return own.filled(w.instance_class)


def storage_deployment(w: RDSWorkload, deployment: Words) -> WordColumn:
    """Return the deployment by which storage is priced."""
    standby = np.where(sql_server(w), 2, 1)
    others = np.where(deployment == "multi-az-cluster", 3, 0)
    return WordColumn(np.where(deployment == "multi-az", standby, others), STORAGE_DEPLOYMENTS)


def provisioned_volume(w: RDSWorkload, rule: Rules) -> Volume:
    """Return the storage of each instance: whole GiB, IOPS and throughput, and what is billed.

    gp3 bills only IOPS and throughput above those included in its size. io1 and io2 bill all IOPS.
    gp2 and magnetic storage bill neither [2]_.
    """
    gb = np.maximum(least_storage(w, rule), whole_units(w.storage_gb))
    least, most = iops_range(w, gb, rule)
    iops = between(w.iops, least, most)
    throughput = volume_throughput(w, gb, iops, rule)
    gp3, included = w.storage_type == "gp3", gp3_included(w, gb, rule)
    all_billed = np.where(ebs.provisioned(w.storage_type), iops, 0)
    billed_iops = np.where(gp3, iops - included.iops, all_billed)
    billed_throughput = np.where(gp3, throughput - included.throughput, 0)
    return Volume(gb, stripes(w, gb, rule), iops, billed_iops, throughput, billed_throughput)


def least_storage(w: RDSWorkload, rule: Rules) -> Numbers:
    """Return the minimum storage for engine and type [GB] [3]_."""
    magnetic = w.storage_type == "standard"
    by_type = rule.minimum_storage_gb[w.storage_type]
    return np.where(magnetic, rule.minimum_magnetic_gb[w.engine], by_type)


def most_storage(w: RDSWorkload, rule: Rules) -> Numbers:
    """Return the maximum storage for engine and type [GB] [2]_ [3]_."""
    magnetic, io2 = w.storage_type == "standard", w.storage_type == "io2"
    by_engine = rule.maximum_storage_gb[w.engine]
    of_ssd = np.where(io2, rule.io2_maximum_storage_gb, by_engine)
    return np.where(magnetic, rule.maximum_magnetic_gb[w.engine], of_ssd)


def is_striped(w: RDSWorkload, gb: Numbers, rule: Rules) -> Flags:
    """Return where storage of this size [GB] is striped over four volumes [2]_.

    Storage of SQL Server and magnetic storage are never striped.
    """
    return (gb >= rule.striping_threshold_gb[w.engine]) & (w.storage_type != "standard")


def stripes(w: RDSWorkload, gb: Numbers, rule: Rules) -> Numbers:
    """Return the number of volumes that storage of this size [GB] is striped over [1]."""
    return np.where(is_striped(w, gb, rule), rule.striped_volumes, 1)


def gp3_included(w: RDSWorkload, gb: Numbers, rule: Rules) -> Bandwidth:
    """Return the bandwidth included in gp3 of this size [GB]: that of each volume, summed [2]_.

    Examples
    --------
    AWS's own: PostgreSQL has 3,000 IOPS and 125 MiB/s with 200 GiB, 12,000 and 500 with 400 GiB.

    >>> from types import SimpleNamespace as Row
    >>> rule = Row(striping_threshold_gb={"postgres": 400}, striped_volumes=4,
    ...            gp3_included_iops=3000, gp3_included_throughput_mibps=125)
    >>> w = Row(engine="postgres", storage_type="gp3")
    >>> [part.tolist() for part in gp3_included(w, np.array([200, 400]), rule)]
    [[3000, 12000], [125, 500]]
    """
    volumes = stripes(w, gb, rule)
    iops, throughput = rule.gp3_included_iops, rule.gp3_included_throughput_mibps
    return Bandwidth(volumes * iops, volumes * throughput)


def gp3_provisionable(w: RDSWorkload, gb: Numbers, rule: Rules) -> Flags:
    """Return where gp3 can have more than it includes: striped, or any SQL Server [2]_."""
    return (w.storage_type == "gp3") & (is_striped(w, gb, rule) | sql_server(w))


def iops_range(w: RDSWorkload, gb: Numbers, rule: Rules) -> tuple[Numbers, Numbers]:
    """Return the minimum and maximum IOPS for a size [GB], by number and by ratio to the size.

    IOPS of gp2, of magnetic storage, and of gp3 below the striping threshold are not provisionable:
    minimum and maximum are what the size includes.
    """
    least, most = iops_limits(w, gb, rule)
    by_ratio = gb * rule.maximum_iops_per_gb[w.storage_type]
    adjustable = gp3_provisionable(w, gb, rule) | ebs.provisioned(w.storage_type)
    most = np.where(adjustable, np.maximum(least, np.minimum(most, by_ratio)), least)
    return least, most


def iops_limits(w: RDSWorkload, gb: Numbers, rule: Rules) -> tuple[Numbers, Numbers]:
    """Return the minimum and maximum IOPS for a type and size [GB], by number alone."""
    gp2, gp3, io1 = w.storage_type == "gp2", w.storage_type == "gp3", w.storage_type == "io1"
    of_gp2 = striped(lambda each: ebs.gp2_iops(each, rule), stripes(w, gb, rule), gb)
    fixed = np.where(gp2, of_gp2, rule.magnetic_iops)
    provisioned = ebs.provisioned(w.storage_type)
    most_io = np.where(io1, rule.io1_maximum_iops[w.engine], rule.io2_maximum_iops)
    by_size = whole_units(gb * rule.minimum_iops_per_gb[w.engine])
    least_io = np.maximum(rule.minimum_iops[w.storage_type], by_size)
    least_gp3, most_gp3 = gp3_iops_limits(w, gb, rule)
    least = np.where(gp3, least_gp3, np.where(provisioned, least_io, fixed))
    return least, np.where(gp3, most_gp3, np.where(provisioned, most_io, fixed))


def gp3_iops_limits(w: RDSWorkload, gb: Numbers, rule: Rules) -> tuple[Numbers, Numbers]:
    """Return the minimum and maximum IOPS of gp3 of a size [GB], by number alone [2]_."""
    included = gp3_included(w, gb, rule).iops
    least = np.maximum(included, whole_units(gb * rule.gp3_minimum_iops_per_gb[w.engine]))
    provisionable = gp3_provisionable(w, gb, rule)
    return least, np.where(provisionable, rule.gp3_maximum_iops[w.engine], included)


def volume_throughput(w: RDSWorkload, gb: Numbers, iops: Numbers, rule: Rules) -> Numbers:
    """Return the sustained throughput [MiB/s]; NaN for magnetic storage (not published)."""
    gp2, gp3, io1 = w.storage_type == "gp2", w.storage_type == "gp3", w.storage_type == "io1"
    volumes = stripes(w, gb, rule)
    of_gp2 = striped(lambda each: ebs.gp2_throughput(each, rule), volumes, iops)
    of_io1 = striped(lambda each: ebs.io1_throughput(each, rule), volumes, iops)
    of_io = np.where(io1, of_io1, ebs.io2_throughput(iops, rule))
    others = np.where(ebs.provisioned(w.storage_type), of_io, np.nan)
    return np.where(gp3, gp3_throughput(w, gb, iops, rule), np.where(gp2, of_gp2, others))


def gp3_throughput(w: RDSWorkload, gb: Numbers, iops: Numbers, rule: Rules) -> Numbers:
    """Return the throughput of gp3: as asked, within its range and its ratio to IOPS [MiB/s].

    MySQL and MariaDB have at least one MiB/s for each 64 IOPS, which matters above 32,000 IOPS.
    """
    least = gp3_least_throughput(w, gb, iops, rule)
    most = np.minimum(gp3_most_throughput(w, gb, rule), iops * rule.gp3_throughput_per_iops)
    return between(w.throughput_mibps, least, most)


def gp3_least_throughput(w: RDSWorkload, gb: Numbers, iops: Numbers, rule: Rules) -> Numbers:
    """Return the minimum throughput [MiB/s] of gp3 of a size [GB] with these IOPS."""
    included = gp3_included(w, gb, rule).throughput
    for_iops = iops / rule.gp3_iops_per_throughput[w.engine]
    return whole_units(np.where(for_iops > included, for_iops, included))


def gp3_most_throughput(w: RDSWorkload, gb: Numbers, rule: Rules) -> Numbers:
    """Return the maximum throughput [MiB/s] of gp3 of a size [GB]."""
    included = gp3_included(w, gb, rule).throughput
    provisionable = gp3_provisionable(w, gb, rule)
    return np.where(provisionable, rule.gp3_maximum_throughput_mibps[w.engine], included)


def volume_burst(w: RDSWorkload, volume: Volume, rule: Rules) -> Burst:
    """Return the burst of gp2; other types have what they sustain, for 0 s."""
    volumes = volume.volumes
    each = ebs.gp2_burst(volume.gb / volumes, volume.iops / volumes, rule)
    bursts = (w.storage_type == "gp2") & (each.seconds > 0)
    return Burst(
        np.where(bursts, volumes * each.iops, volume.iops),
        np.where(bursts, volumes * each.throughput, volume.throughput),
        np.where(bursts, each.seconds, 0),
        np.where(bursts, each.refill_seconds, 0),
    )


def usable(w: RDSWorkload, instance_class: Words, volume: Volume, rule: Rules) -> Usable:
    """Return the sustained resources that an instance of a class has with its volume."""
    memory_gib = usable_memory(w, instance_class, rule)
    instance = ebs.of_instance(instance_class, rule)
    return Usable(
        rule.vcpus[instance_class],
        memory_gib,
        smaller(volume.iops, instance.iops),
        smaller(volume.throughput, instance.throughput),
        max_connections(w, memory_gib, rule),
    )


def usable_memory(w: RDSWorkload, instance_class: Words, rule: Rules) -> Numbers:
    """Return the memory left to the database [GiB]: a share minus a reserve of at most half of it.

    Examples
    --------
    The default max_connections of MySQL is one for each 12,582,880 bytes. Observed in 2015: 66 on
    1 GiB and 150 on 2 GiB. AWS says "around 1,300" on 16 GiB.

    >>> from types import SimpleNamespace as Row
    >>> w = Row(usable_memory_fraction=0.98, reserved_memory_gib=0.2)
    >>> sizes = np.array([1, 2, 16, 0.25])
    >>> left = usable_memory(w, slice(None), Row(memory_gib=sizes))
    >>> left.round(4).tolist(), np.floor(left * 2**30 / 12582880).tolist()
    ([0.78, 1.76, 15.48, 0.1225], [66.0, 150.0, 1320.0, 10.0])
    """
    share = rule.memory_gib[instance_class] * w.usable_memory_fraction
    return np.maximum(share - w.reserved_memory_gib, share / 2)


def max_connections(w: RDSWorkload, memory_gib: Numbers, rule: Rules) -> Numbers:
    """Return the engine's default max_connections [1]: usable memory / its divisor [4]_.

    Parameters
    ----------
    memory_gib : memory left to the database [GiB]

    Examples
    --------
    AWS's own: the nominal 16 GiB would give MySQL 1,365; the memory left gives "around 1,300".

    >>> from types import SimpleNamespace as Row
    >>> rule = Row(bytes_per_connection={"mysql": 12582880}, maximum_connections={"mysql": np.nan},
    ...            minimum_connections={"mysql": np.nan})
    >>> w = Row(engine="mysql", mysql_maximum_connections=16000, sqlserver_connections=32767)
    >>> int(max_connections(w, 16, rule)), int(max_connections(w, 15.48, rule))
    (1365, 1320)
    """
    fixed = sql_server(w)
    divisor = np.where(fixed, 1, rule.bytes_per_connection[w.engine])
    by_memory = whole_below(memory_gib * BYTES_PER_GB / divisor)
    by_engine = rule.maximum_connections[w.engine]
    most = np.where(w.engine == "mysql", w.mysql_maximum_connections, by_engine)
    within = between(by_memory, rule.minimum_connections[w.engine], most)
    return np.where(fixed, w.sqlserver_connections, within)


def in_extended_support(w: RDSWorkload, rule: Rules) -> tuple[Flags, Flags]:
    """Return where Extended Support is charged: in its first two years, and in its third."""
    return database_options.in_extended_support(w, has_version(w), rule)


def has_version(w: RDSWorkload) -> Flags:
    """Return where the version given is a version of the engine."""
    return database_options.has_version(w, VERSIONS)


def regions(w: RDSWorkload) -> tuple[Words, Words]:
    """Return the Regions of the read replicas and of copied backups."""
    replicas: Words = w.replica_region
    copies: Words = w.backup_copy_region
    of_replicas = replicas.filled(w.region)
    return of_replicas, copies.filled(of_replicas)


def availability(w: RDSWorkload) -> tuple[Words, Words]:
    """Return how standbys replicate, and what remains if the writer's zone is lost."""
    place = np.where(w.deployment == "multi-az", 1, 0) + 2 * (w.deployment == "multi-az-cluster")
    promoted = (place == 0) & (w.read_replicas > 0)
    left = np.where(promoted, ZONE_LOSS.index("promote-replica-or-restore"), place)
    return WordColumn(place, STANDBY), WordColumn(left, ZONE_LOSS)


def charges(w: RDSWorkload, c: RDSCapacity, rule: Rules) -> Iterator[Charge]:
    """Yield the metered quantities of a month, in the pricing page's order.

    A stopped instance is not billed, but its storage, IOPS and backups are. The price of a Multi-AZ
    deployment covers all its instances and copies, so quantities are those of one instance.
    """
    w = with_class(w, c.instance_class)
    own = (w.deployment, w.instance_class)
    others = (w.replica_deployment, replica_class(w))
    yield from instance_charges("", w.instances, own, None, w, c)
    replicas, abroad = w.instances * w.read_replicas, regions(w)[0]
    yield from instance_charges("replica_", replicas, others, abroad, w, c)
    magnetic = w.storage_type == "standard"
    yield Charge("io_requests", w.instances * magnetic * w.monthly_io_requests)
    yield from backup_charges(w, c)
    yield from transfer_charges(w)
    yield from support_charges("", w.instances, own, None, w, rule)
    yield from support_charges("replica_", replicas, others, abroad, w, rule)
    yield Charge("cpu_credits", running_hours(w) * w.instances * c.cpu_credit_vcpus, (w.engine,))
    yield from companion_charges(w, c, rule)


def running_hours(w: RDSWorkload) -> Numbers:
    """Return the hours a month in which the instances run [h]."""
    return w.hours_per_month * w.running_hours_fraction


def instance_charges(
    prefix: str,
    count: Numbers,
    what: tuple[Words, Words],
    region: Words,
    w: RDSWorkload,
    c: RDSCapacity,
) -> Iterator[Charge]:
    """Yield instance hours, storage, IOPS and throughput of ``count`` equal deployments.

    ``what`` holds their deployment and instance class.
    """
    deployment, instance_class = what
    stored = storage_deployment(w, deployment)
    by_class = (w.engine, c.license_model, deployment, instance_class)
    by_type = (w.storage_type, stored)
    throughput = count * c.billed_throughput_mibps
    yield Charge(f"{prefix}instance_hours", count * running_hours(w), by_class, region)
    yield Charge(f"{prefix}storage", count * c.allocated_storage_gb, by_type, region)
    yield Charge(f"{prefix}provisioned_iops", count * c.billed_iops, by_type, region)
    yield Charge(f"{prefix}provisioned_throughput", throughput, (stored,), region)


def backup_charges(w: RDSWorkload, c: RDSCapacity) -> Iterator[Charge]:
    """Yield the backups in each Region, and how much of them is free.

    The free amount is the storage provisioned in the Region, including that of replicas there, as
    if the workload were the only one.
    """
    region: Words = w.region
    replicas, copies = regions(w)
    copied, abroad = copies.codes != region.codes, replicas.codes != region.codes
    own_gb = w.instances * c.allocated_storage_gb
    replica_gb = own_gb * w.read_replicas
    with_replicas = copied & (copies.codes == replicas.codes)
    kept_gb = w.backup_gb + np.where(copied, 0, w.backup_copy_gb)
    yield Charge("backup_storage", kept_gb, free=own_gb + np.where(abroad, 0, replica_gb))
    copy_gb, free_gb = np.where(copied, w.backup_copy_gb, 0), np.where(with_replicas, replica_gb, 0)
    yield Charge("backup_copy_storage", copy_gb, region=copies, free=free_gb)
    yield Charge("snapshot_export", w.monthly_snapshot_export_gb)


def transfer_charges(w: RDSWorkload) -> Iterator[Charge]:
    """Yield data sent out of the Region: copied backups, and changes for replicas elsewhere."""
    region: Words = w.region
    replicas, copies = regions(w)
    sent_gb = between_regions(w.monthly_backup_copy_gb, region, copies)
    yield Charge("backup_copy_transfer", sent_gb, (copies,))
    changes_gb = w.instances * w.read_replicas * w.monthly_replicated_gb
    sent_gb = between_regions(changes_gb, region, replicas)
    yield Charge("replication_transfer", sent_gb, (replicas,))


def support_charges(
    prefix: str,
    count: Numbers,
    what: tuple[Words, Words],
    region: Words,
    w: RDSWorkload,
    rule: Rules,
) -> Iterator[Charge]:
    """Yield Extended Support, which is billed by vCPU, including those of standbys [9]_.

    ``what`` holds deployment and instance class of ``count`` equal deployments.
    """
    deployment, instance_class = what
    vcpus = count * rule.instances_of_deployment[deployment] * rule.vcpus[instance_class]
    for year, charged in enumerate(in_extended_support(w, rule)):
        hours = np.where(charged, running_hours(w), 0)
        at = (database_options.support_year(instance_class, year),)
        yield Charge(f"{prefix}extended_support", vcpus * hours, at, region)


def companion_charges(w: RDSWorkload, c: RDSCapacity, rule: Rules) -> Iterator[Charge]:
    """Yield RDS Proxy and Database Insights, billed by vCPU even while instances are stopped.

    A proxy is billed for all instances that answer [10]_. Insights also cover standbys [11]_.
    """
    vcpus: Numbers = c.vcpus
    each = database_options.proxy_vcpus(vcpus, rule)
    before = w.instances * (1 + rule.readable_standbys[w.deployment]) * each
    yield Charge("proxy", w.proxies * before * w.hours_per_month)
    watched = w.instances * rule.instances_of_deployment[w.deployment] * vcpus
    yield from database_options.insights_charges("", watched, w)


def findings(w: RDSWorkload, c: RDSCapacity, rule: Rules) -> Iterator[Finding]:
    """Yield the limits that apply to the instance and its storage."""
    w = with_class(w, c.instance_class)
    yield from size_findings(w, c, rule)
    yield from iops_findings(w, c, rule)
    yield from throughput_findings(w, c, rule)
    yield from beyond_findings(w, c, rule)
    yield from replica_findings(w, rule)
    yield from instance_findings(w)
    yield from burstable.load_findings(w, w.instance_class, rule)
    own: Words = w.instance_class
    yield Finding.met("burstable_class", own.isin(BURSTABLE))
    yield from version_findings(w, rule)
    yield from edition_findings(w, c, rule)
    yield from instances.needs_met(
        w,
        vcpus=smaller_known(c.vcpus, edition_vcpus(w, rule)),
        memory_gib=c.usable_memory_gib,
        connections=c.max_connections,
    )
    yield from ebs.needs_met(
        Bandwidth(w.required_iops, w.required_throughput_mibps),
        Bandwidth(c.provisioned_iops, c.provisioned_throughput_mibps),
        Bandwidth(c.instance_iops, c.instance_throughput_mibps),
    )


def size_findings(w: RDSWorkload, c: RDSCapacity, rule: Rules) -> Iterator[Finding]:
    """Yield the limits on the size of storage [2]_ [3]_, and the end of magnetic storage."""
    yield Finding("storage", c.allocated_storage_gb, limit=most_storage(w, rule))
    least = least_storage(w, rule)
    raised = (w.storage_gb > 0) & (least > w.storage_gb)
    yield Finding("least_storage", least, raised, w.storage_gb)
    day: Numbers = w.price_date
    magnetic = w.storage_type == "standard"
    yield Finding.met("magnetic_storage", magnetic & (day > rule.magnetic_last_day))


def iops_findings(w: RDSWorkload, c: RDSCapacity, rule: Rules) -> Iterator[Finding]:
    """Yield the limits on IOPS, by number and by ratio to the size [2]_ [3]_.

    IOPS that the storage has by default are not compared with a limit.
    """
    gb, asked, gp3 = c.allocated_storage_gb, w.iops > 0, w.storage_type == "gp3"
    provisioned = ebs.provisioned(w.storage_type)
    least, most = iops_limits(w, gb, rule)
    included = np.where(gp3, gp3_included(w, gb, rule).iops, np.where(provisioned, 0, most))
    yield Finding("volume_iops", w.iops, w.iops > included, most)
    adjustable = asked & (gp3_provisionable(w, gb, rule) | provisioned)
    per_gb = rule.maximum_iops_per_gb[w.storage_type]
    yield Finding("iops_per_gb", w.iops / gb, adjustable, per_gb)
    enough = np.where(asked, w.iops, included)
    raised = (gp3 | (asked & provisioned)) & (least > enough)
    yield Finding("least_iops", least, raised, enough)


def throughput_findings(w: RDSWorkload, c: RDSCapacity, rule: Rules) -> Iterator[Finding]:
    """Yield the limits on throughput, by number and by ratio to the IOPS [2]_."""
    gb, asked, gp3 = c.allocated_storage_gb, w.throughput_mibps > 0, w.storage_type == "gp3"
    most = np.where(gp3, gp3_most_throughput(w, gb, rule), c.provisioned_throughput_mibps)
    included = np.where(gp3, gp3_included(w, gb, rule).throughput, most)
    beyond = w.throughput_mibps > included
    yield Finding("volume_throughput", w.throughput_mibps, beyond & known(most), most)
    per_iops = w.throughput_mibps / c.provisioned_iops
    ratio = asked & gp3_provisionable(w, gb, rule)
    yield Finding("throughput_per_iops", per_iops, ratio, rule.gp3_throughput_per_iops)
    least = gp3_least_throughput(w, gb, c.provisioned_iops, rule)
    enough = np.where(asked, w.throughput_mibps, included)
    yield Finding("least_throughput", np.where(gp3, least, 0), gp3 & (least > enough), enough)


def beyond_findings(w: RDSWorkload, c: RDSCapacity, rule: Rules) -> Iterator[Finding]:
    """Compare bandwidth billed on top of storage with what each instance class sustains.

    Replicas have the storage of the source, which a smaller class of their own may not sustain.
    """
    volume = Bandwidth(c.provisioned_iops, c.provisioned_throughput_mibps)
    billed = Bandwidth(c.billed_iops, c.billed_throughput_mibps)
    own: Words = w.instance_class
    others = replica_class(w)
    apart = (w.read_replicas > 0) & (others.codes != own.codes)
    yield from ebs.beyond_instance("", True, volume, billed, ebs.of_instance(own, rule))
    instance = ebs.of_instance(others, rule)
    yield from ebs.beyond_instance("replica_", apart, volume, billed, instance)


def replica_findings(w: RDSWorkload, rule: Rules) -> Iterator[Finding]:
    """Yield the findings on read replicas: their number, editions without any, and lag."""
    replicas, most = w.read_replicas, most_replicas(w, rule)
    yield Finding("read_replicas", replicas, (replicas > 0) & (most > 0), most)
    yield Finding.met("replicas_of_edition", (replicas > 0) & (most == 0), replicas)
    yield Finding.met("replica_lag", replicas > 0, replicas)


def instance_findings(w: RDSWorkload) -> Iterator[Finding]:
    """Yield the findings on instances: the account's quota, and what can be stopped."""
    count = np.where(w.deployment == "multi-az-cluster", 3, 1) + w.read_replicas
    yield Finding("db_instances", w.instances * count)
    alone = (w.instances > 0) & (w.deployment == "single-az")
    yield Finding.met("one_zone", alone, w.instances)
    mirrored = sql_server(w) & (w.deployment == "multi-az")
    together = count + np.where(mirrored, 1, 0)
    stopped = w.running_hours_fraction < 1
    yield Finding("stopped_instances", together, stopped & (together > 1))
    days = (w.hours_per_month - running_hours(w)) / HOURS_PER_DAY
    yield Finding("stopped_days", days, stopped)


def version_findings(w: RDSWorkload, rule: Rules) -> Iterator[Finding]:
    """Yield the findings on the version, and proxies of an engine that has none."""
    yield Finding.met(
        "version_of_engine", (w.engine_version != "") & np.logical_not(has_version(w))
    )
    early, late = in_extended_support(w, rule)
    yield Finding.met("extended_support", early | late)
    oracle = (w.engine == "oracle-ee") | (w.engine == "oracle-se2")
    yield Finding.met("proxies_of_engine", oracle & (w.proxies > 0), w.proxies)


def edition_findings(w: RDSWorkload, c: RDSCapacity, rule: Rules) -> Iterator[Finding]:
    """Compare vCPUs and memory of the class with what the edition can use [6]_ [7]_."""
    most = edition_vcpus(w, rule)
    yield Finding("vcpus_of_edition", c.vcpus, c.vcpus > most, most)
    buffer = rule.edition_memory_gib[w.engine]
    yield Finding("memory_of_edition", c.usable_memory_gib, c.usable_memory_gib > buffer, buffer)


def edition_vcpus(w: RDSWorkload, rule: Rules) -> Numbers:
    """Return the most vCPUs an edition can use, two per core; NaN if not limited [6]_ [7]_."""
    of_sql_server = rule.edition_cores[w.engine] * rule.vcpus_per_core
    return np.where(w.engine == "oracle-se2", rule.oracle_se2_threads, of_sql_server)


def most_replicas(w: RDSWorkload, rule: Rules) -> Numbers:
    """Return the most read replicas that a source of this engine can have [1]."""
    assumed = w.engine == "sqlserver-ee"
    by_engine = rule.maximum_read_replicas[w.engine]
    return np.where(assumed, w.sqlserver_maximum_read_replicas, by_engine)


SERVICE = Service(
    key="rds",
    name="Amazon RDS",
    category="Databases",
    billed_as="Amazon Relational Database Service",
    workload=RDSWorkload,
    capacity_type=RDSCapacity,
    capacity=capacity,
    charges=charges,
    findings=findings,
    loads=(
        "storage_gb",
        "read_replicas",
        "iops",
        "throughput_mibps",
        "backup_gb",
        "monthly_io_requests",
        "monthly_replicated_gb",
        "backup_copy_gb",
        "monthly_backup_copy_gb",
        "monthly_snapshot_export_gb",
        "proxies",
        "insights_retention_months",
        "mean_cpu_fraction",
        "running_hours_fraction",
        "hours_per_month",
    ),
    example=RDSWorkload(
        name="shop",
        region="us-east-1",
        instance_class="db.r6g.xlarge",
        deployment="multi-az",
        storage_gb=500.0,
        iops=14_000.0,
        read_replicas=1.0,
    ),
    compared="engine",
    steady="Its instances stand all month; requests and I/O count by the month.",
)
