"""Amazon RDS: one DB instance or Multi-AZ DB cluster, with its read replicas.

Sections follow AWS's pricing page [1]_: instances, storage and provisioned IOPS, backups.

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
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

import numpy as np
from msgspec import Struct

from pricing import tables
from pricing.arrays import Flags, Numbers, Words
from pricing.kit import ebs, instances
from pricing.kit.ebs import Bandwidth, Burst, striped
from pricing.kit.instances import Connections, MemoryGiB, VCPUs
from pricing.kit.limits import between, known, limited_by, smaller, smaller_known
from pricing.model import Charge, Finding, Service, WorkloadFields
from pricing.quantities import (
    Day,
    Fraction,
    Gigabytes,
    MonthlyCount,
    about,
    bounded,
    measured,
    whole,
)
from pricing.rates import Choice, Rules
from pricing.units import BYTES_PER_GB, whole_units

CLASSES = tables.instance_classes("rds")
"""Every instance class with a price anywhere."""

if TYPE_CHECKING:
    InstanceClass = str
    ReplicaClass = str
else:
    InstanceClass = Literal[CLASSES]
    ReplicaClass = Literal[("", *CLASSES)]

LICENSES = ("no-license-required", "license-included", "bring-your-own-license")
STORAGE_DEPLOYMENTS = ("single-az", "multi-az", "multi-az-sql-server-mirror", "multi-az-cluster")
"""Deployments as storage is priced by them; SQL Server's Multi-AZ storage has prices of its own."""
ZONE_LOSS = (
    "restore-from-backup",
    "failover",
    "failover-and-one-reader",
    "promote-replica-or-restore",
)
"""What is left when the Availability Zone of the writer is lost."""
STANDBY = ("none", "synchronous", "semisynchronous")
REPLICATION = ("none", "asynchronous")


class RDSWorkload(WorkloadFields, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Demand on one RDS DB instance or Multi-AZ DB cluster, with its read replicas."""

    price_date: Annotated[
        Day, about("Prices in force on this day; the default is the newest known.")
    ] = tables.newest_day("rds")
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
    license_model: Annotated[
        Literal["", "license-included", "bring-your-own-license"],
        about(
            "Licence of a commercial engine; empty is the usual one: your own for Oracle EE,"
            " included for Oracle SE2 and SQL Server."
        ),
    ] = ""
    instance_class: Annotated[InstanceClass, about("DB instance class.")]
    deployment: Annotated[
        Literal["single-az", "multi-az", "multi-az-cluster"],
        about("One instance, one with a standby, or a writer with two readable standbys."),
    ] = "single-az"
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
        ReplicaClass, about("DB instance class of each replica; empty is that of the source.")
    ] = ""
    replica_deployment: Annotated[
        Literal["single-az", "multi-az"], about("Whether each replica has a standby of its own.")
    ] = "single-az"
    backup_gb: Annotated[
        Gigabytes,
        about("Backups kept, automated and manual; as much as the provisioned storage is free."),
    ] = 0.0
    monthly_io_requests: Annotated[
        MonthlyCount, about("I/O requests; billed on magnetic storage only.")
    ] = 0.0
    running_hours_fraction: Annotated[
        Fraction, about("Share of the month the instances run; storage is billed all the time.")
    ] = 1.0
    required_vcpus: Annotated[VCPUs, about("vCPUs that the load needs on the writer.")] = 0.0
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
        about("Assumption: share of the memory left to the database."),
    ] = 0.95
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
    """The storage of one instance, as it is provisioned."""

    gb: Numbers
    volumes: Numbers
    iops: Numbers
    billed_iops: Numbers
    throughput: Numbers
    billed_throughput: Numbers


class Usable(NamedTuple):
    """What one instance can do with its volume; NaN where AWS does not publish it."""

    vcpus: Numbers
    memory_gib: Numbers
    iops: Numbers
    throughput: Numbers
    connections: Numbers


def capacity(w: RDSWorkload, rule: Rules) -> RDSCapacity:
    """Work out what is provisioned, what of it can be used, and how available it is.

    What is asked below the least that AWS takes is raised to it; what is asked above the most that
    can be provisioned is cut to it, and found.
    """
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
        replica_replication=Choice(  # type: ignore[arg-type]
            np.where(w.read_replicas > 0, 1, 0), REPLICATION
        ),
    )


def sql_server(w: RDSWorkload) -> Flags:
    """Return where the engine is an edition of SQL Server [bool]."""
    express, web = w.engine == "sqlserver-ex", w.engine == "sqlserver-web"
    return express | web | (w.engine == "sqlserver-se") | (w.engine == "sqlserver-ee")


def licenses(w: RDSWorkload) -> Words:
    """Return the licence that is priced: the one asked for, or the engine's usual one."""
    free = (w.engine == "postgres") | (w.engine == "mysql") | (w.engine == "mariadb")
    own = w.engine == "oracle-ee"
    usual = np.where(free, 0, np.where(own, 2, 1))
    asked: Words = w.license_model
    return asked.filled(Choice(usual, LICENSES))


def replica_class(w: RDSWorkload) -> Words:
    """Return the class of the replicas: their own, or that of the source."""
    own: Words = w.replica_instance_class
    return own.filled(w.instance_class)


def storage_deployment(w: RDSWorkload, deployment: Words) -> Choice:
    """Return the deployment that storage is priced by."""
    standby = np.where(sql_server(w), 2, 1)
    others = np.where(deployment == "multi-az-cluster", 3, 0)
    return Choice(np.where(deployment == "multi-az", standby, others), STORAGE_DEPLOYMENTS)


def provisioned_volume(w: RDSWorkload, rule: Rules) -> Volume:
    """Return the storage of each instance: whole GiB, IOPS and throughput, and what is billed.

    gp3 bills only what is above what its size includes; io1 and io2 bill all IOPS; gp2 and
    magnetic have what their size gives them [2]_.
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
    """Return the least storage of engine and type [GB] [3]_."""
    magnetic = w.storage_type == "standard"
    by_type = rule.minimum_storage_gb[w.storage_type]
    return np.where(magnetic, rule.minimum_magnetic_gb[w.engine], by_type)


def most_storage(w: RDSWorkload, rule: Rules) -> Numbers:
    """Return the most storage of engine and type [GB] [2]_ [3]_."""
    magnetic, io2 = w.storage_type == "standard", w.storage_type == "io2"
    by_engine = rule.maximum_storage_gb[w.engine]
    of_ssd = np.where(io2, rule.io2_maximum_storage_gb, by_engine)
    return np.where(magnetic, rule.maximum_magnetic_gb[w.engine], of_ssd)


def is_striped(w: RDSWorkload, gb: Numbers, rule: Rules) -> Flags:
    """Return where storage of this size stands on four volumes; never for SQL Server [bool] [2]_.

    Magnetic storage is never striped.
    """
    return (gb >= rule.striping_threshold_gb[w.engine]) & (w.storage_type != "standard")


def stripes(w: RDSWorkload, gb: Numbers, rule: Rules) -> Numbers:
    """Return the volumes that storage of this size [GB] stands on [1]."""
    return np.where(is_striped(w, gb, rule), rule.striped_volumes, 1)


def gp3_included(w: RDSWorkload, gb: Numbers, rule: Rules) -> Bandwidth:
    """Return what gp3 of this size [GB] includes: what each of its volumes does [2]_.

    Examples
    --------
    AWS's own: PostgreSQL of 200 GiB has 3,000 IOPS and 125 MiB/s, of 400 GiB 12,000 and 500.

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
    """Return where gp3 can have more than it includes: striped, or any SQL Server [bool] [2]_."""
    return (w.storage_type == "gp3") & (is_striped(w, gb, rule) | sql_server(w))


def iops_range(w: RDSWorkload, gb: Numbers, rule: Rules) -> tuple[Numbers, Numbers]:
    """Return the least and the most IOPS of storage of this size [GB], by count and by ratio.

    On gp2, magnetic and gp3 below the striping threshold nothing is provisionable: both are what
    the size gives.
    """
    least, most = iops_limits(w, gb, rule)
    by_ratio = gb * rule.maximum_iops_per_gb[w.storage_type]
    adjustable = gp3_provisionable(w, gb, rule) | ebs.provisioned(w.storage_type)
    most = np.where(adjustable, np.maximum(least, np.minimum(most, by_ratio)), least)
    return least, most


def iops_limits(w: RDSWorkload, gb: Numbers, rule: Rules) -> tuple[Numbers, Numbers]:
    """Return the least and the most IOPS of storage of this type and size [GB], by count alone."""
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
    """Return the least and the most IOPS of gp3 of this size [GB], by count alone [2]_."""
    included = gp3_included(w, gb, rule).iops
    least = np.maximum(included, whole_units(gb * rule.gp3_minimum_iops_per_gb[w.engine]))
    provisionable = gp3_provisionable(w, gb, rule)
    return least, np.where(provisionable, rule.gp3_maximum_iops[w.engine], included)


def volume_throughput(w: RDSWorkload, gb: Numbers, iops: Numbers, rule: Rules) -> Numbers:
    """Return what the storage sustains [MiB/s]; that of magnetic storage is not published: NaN."""
    gp2, gp3, io1 = w.storage_type == "gp2", w.storage_type == "gp3", w.storage_type == "io1"
    volumes = stripes(w, gb, rule)
    of_gp2 = striped(lambda each: ebs.gp2_throughput(each, rule), volumes, iops)
    of_io1 = striped(lambda each: ebs.io1_throughput(each, rule), volumes, iops)
    of_io = np.where(io1, of_io1, ebs.io2_throughput(iops, rule))
    others = np.where(ebs.provisioned(w.storage_type), of_io, np.nan)
    return np.where(gp3, gp3_throughput(w, gb, iops, rule), np.where(gp2, of_gp2, others))


def gp3_throughput(w: RDSWorkload, gb: Numbers, iops: Numbers, rule: Rules) -> Numbers:
    """Return the throughput of gp3: what is asked, within its range and its ratio to IOPS [MiB/s].

    MySQL and MariaDB have at least one MiB/s for each 64 IOPS; it binds above 32,000 IOPS.
    """
    least = gp3_least_throughput(w, gb, iops, rule)
    most = np.minimum(gp3_most_throughput(w, gb, rule), iops * rule.gp3_throughput_per_iops)
    return between(w.throughput_mibps, least, most)


def gp3_least_throughput(w: RDSWorkload, gb: Numbers, iops: Numbers, rule: Rules) -> Numbers:
    """Return the least throughput of gp3 with these IOPS [MiB/s]."""
    included = gp3_included(w, gb, rule).throughput
    for_iops = iops / rule.gp3_iops_per_throughput[w.engine]
    return whole_units(np.where(for_iops > included, for_iops, included))


def gp3_most_throughput(w: RDSWorkload, gb: Numbers, rule: Rules) -> Numbers:
    """Return the most throughput that gp3 of this size [GB] can have [MiB/s]."""
    included = gp3_included(w, gb, rule).throughput
    provisionable = gp3_provisionable(w, gb, rule)
    return np.where(provisionable, rule.gp3_maximum_throughput_mibps[w.engine], included)


def volume_burst(w: RDSWorkload, volume: Volume, rule: Rules) -> Burst:
    """Return what gp2 bursts to and for how long; other types only what they sustain, for 0 s."""
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
    """Return what an instance of a class can do with its volume, sustained."""
    memory_gib = rule.memory_gib[instance_class] * w.usable_memory_fraction
    instance = ebs.of_instance(instance_class, rule)
    return Usable(
        rule.vcpus[instance_class],
        memory_gib,
        smaller(volume.iops, instance.iops),
        smaller(volume.throughput, instance.throughput),
        max_connections(w, memory_gib, rule),
    )


def max_connections(w: RDSWorkload, memory_gib: Numbers, rule: Rules) -> Numbers:
    """Return the default max_connections of the engine: usable memory over its divisor [4]_.

    Parameters
    ----------
    memory_gib : memory left to the database [GiB]

    Examples
    --------
    AWS's own: MySQL on 16 GiB has "around 1,300"; the nominal memory would give 1,365.

    >>> from types import SimpleNamespace as Row
    >>> rule = Row(bytes_per_connection={"mysql": 12582880}, maximum_connections={"mysql": np.nan},
    ...            minimum_connections={"mysql": np.nan})
    >>> w = Row(engine="mysql", mysql_maximum_connections=16000, sqlserver_connections=32767)
    >>> int(max_connections(w, 16 * 0.95, rule)), int(max_connections(w, 16, rule))
    (1297, 1365)
    """
    fixed = sql_server(w)
    divisor = np.where(fixed, 1, rule.bytes_per_connection[w.engine])
    by_memory = np.floor(memory_gib * BYTES_PER_GB / divisor)
    by_engine = rule.maximum_connections[w.engine]
    most = np.where(w.engine == "mysql", w.mysql_maximum_connections, by_engine)
    within = between(by_memory, rule.minimum_connections[w.engine], most)
    return np.where(fixed, w.sqlserver_connections, within)


def availability(w: RDSWorkload) -> tuple[Words, Words]:
    """Name how standbys follow, and what is left when the writer's Availability Zone is lost."""
    place = np.where(w.deployment == "multi-az", 1, 0) + 2 * (w.deployment == "multi-az-cluster")
    promoted = (place == 0) & (w.read_replicas > 0)
    left = np.where(promoted, ZONE_LOSS.index("promote-replica-or-restore"), place)
    return Choice(place, STANDBY), Choice(left, ZONE_LOSS)


def charges(w: RDSWorkload, c: RDSCapacity, rule: Rules) -> Iterator[Charge]:
    """Yield the metered quantities of a month, in the pricing page's order.

    A stopped instance is not billed; its storage, IOPS and backups are. Prices of a Multi-AZ
    deployment cover all its instances and copies, so quantities are those of one. Backups are
    free up to the storage provisioned, replicas included, as if the workload were alone in its
    Region.
    """
    hours = w.hours_per_month * w.running_hours_fraction
    own, others = w.deployment, w.replica_deployment
    for prefix, count, deployment, instance_class in (
        ("", 1, own, w.instance_class),
        ("replica_", w.read_replicas, others, replica_class(w)),
    ):
        by_class = (w.engine, c.license_model, deployment, instance_class)
        stored = storage_deployment(w, deployment)
        by_type = (w.storage_type, stored)
        throughput = count * c.billed_throughput_mibps
        yield Charge(f"{prefix}instance_hours", count * hours, by_class)
        yield Charge(f"{prefix}storage", count * c.allocated_storage_gb, by_type)
        yield Charge(f"{prefix}provisioned_iops", count * c.billed_iops, by_type)
        yield Charge(f"{prefix}provisioned_throughput", throughput, (stored,))
    yield Charge("io_requests", (w.storage_type == "standard") * w.monthly_io_requests)
    free_gb = c.allocated_storage_gb * (1 + w.read_replicas)
    yield Charge("backup_storage", w.backup_gb, free=free_gb)


def findings(w: RDSWorkload, c: RDSCapacity, rule: Rules) -> Iterator[Finding]:
    """Yield the limits that the instance and its storage meet."""
    yield from size_findings(w, c, rule)
    yield from iops_findings(w, c, rule)
    yield from throughput_findings(w, c, rule)
    yield from beyond_findings(w, c, rule)
    yield from replica_findings(w, rule)
    yield from instance_findings(w)
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
    """Yield the limits that the size of the storage meets [2]_ [3]_, and whether it is magnetic."""
    yield Finding("storage", c.allocated_storage_gb, limit=most_storage(w, rule))
    least = least_storage(w, rule)
    raised = (w.storage_gb > 0) & (least > w.storage_gb)
    yield Finding("least_storage", least, raised, w.storage_gb)
    day: Numbers = w.price_date
    magnetic = w.storage_type == "standard"
    yield Finding.met("magnetic_storage", magnetic & (day > rule.magnetic_last_day))


def iops_findings(w: RDSWorkload, c: RDSCapacity, rule: Rules) -> Iterator[Finding]:
    """Yield the limits that IOPS meet, by count and by ratio to the size [2]_ [3]_."""
    gb, asked, gp3 = c.allocated_storage_gb, w.iops > 0, w.storage_type == "gp3"
    provisioned = ebs.provisioned(w.storage_type)
    least, most = iops_limits(w, gb, rule)
    yield Finding("volume_iops", w.iops, asked, most)
    adjustable = asked & (gp3_provisionable(w, gb, rule) | provisioned)
    per_gb = rule.maximum_iops_per_gb[w.storage_type]
    yield Finding("iops_per_gb", w.iops / gb, adjustable, per_gb)
    enough = np.where(gp3, np.maximum(w.iops, gp3_included(w, gb, rule).iops), w.iops)
    raised = (gp3 | (asked & provisioned)) & (least > enough)
    yield Finding("least_iops", least, raised, enough)


def throughput_findings(w: RDSWorkload, c: RDSCapacity, rule: Rules) -> Iterator[Finding]:
    """Yield the limits that throughput meets, by count and by ratio to the IOPS [2]_."""
    gb, asked, gp3 = c.allocated_storage_gb, w.throughput_mibps > 0, w.storage_type == "gp3"
    most = np.where(gp3, gp3_most_throughput(w, gb, rule), c.provisioned_throughput_mibps)
    yield Finding("volume_throughput", w.throughput_mibps, asked & known(most), most)
    per_iops = w.throughput_mibps / c.provisioned_iops
    ratio = asked & gp3_provisionable(w, gb, rule)
    yield Finding("throughput_per_iops", per_iops, ratio, rule.gp3_throughput_per_iops)
    least = gp3_least_throughput(w, gb, c.provisioned_iops, rule)
    enough = np.maximum(w.throughput_mibps, gp3_included(w, gb, rule).throughput)
    yield Finding("least_throughput", np.where(gp3, least, 0), gp3 & (least > enough), enough)


def beyond_findings(w: RDSWorkload, c: RDSCapacity, rule: Rules) -> Iterator[Finding]:
    """Compare what is billed beside the storage with what the class of each instance sustains.

    Replicas have the storage of the source: a smaller class of their own may not sustain it.
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
    """Yield what read replicas meet: their number, editions without any, and their lag."""
    replicas, most = w.read_replicas, most_replicas(w, rule)
    yield Finding("read_replicas", replicas, (replicas > 0) & (most > 0), most)
    yield Finding.met("replicas_of_edition", (replicas > 0) & (most == 0), replicas)
    yield Finding.met("replica_lag", replicas > 0, replicas)


def instance_findings(w: RDSWorkload) -> Iterator[Finding]:
    """Yield what the number of instances meets: the account's quota, and what can be stopped."""
    count = np.where(w.deployment == "multi-az-cluster", 3, 1) + w.read_replicas
    yield Finding("db_instances", count)
    mirrored = sql_server(w) & (w.deployment == "multi-az")
    together = count + np.where(mirrored, 1, 0)
    yield Finding("stopped_instances", together, w.running_hours_fraction < 1)


def edition_findings(w: RDSWorkload, c: RDSCapacity, rule: Rules) -> Iterator[Finding]:
    """Compare vCPUs and memory of the class with what the edition uses [6]_ [7]_."""
    most = edition_vcpus(w, rule)
    yield Finding("vcpus_of_edition", c.vcpus, known(most), most)
    buffer = rule.edition_memory_gib[w.engine]
    yield Finding("memory_of_edition", c.usable_memory_gib, known(buffer), buffer)


def edition_vcpus(w: RDSWorkload, rule: Rules) -> Numbers:
    """Return the most vCPUs that an edition uses, two for each core [6]_ [7]_; NaN if all."""
    of_sql_server = rule.edition_cores[w.engine] * rule.vcpus_per_core
    return np.where(w.engine == "oracle-se2", rule.oracle_se2_threads, of_sql_server)


def most_replicas(w: RDSWorkload, rule: Rules) -> Numbers:
    """Return the most read replicas of a source of this engine [1]."""
    assumed = w.engine == "sqlserver-ee"
    by_engine = rule.maximum_read_replicas[w.engine]
    return np.where(assumed, w.sqlserver_maximum_read_replicas, by_engine)


SERVICE = Service(
    key="rds",
    name="Amazon RDS",
    category="Databases",
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
)
