"""Amazon RDS: one DB instance or Multi-AZ DB cluster, with its read replicas.

Sections follow AWS's pricing page [1]_: instances, storage and provisioned IOPS, backups.

References
----------
.. [1] "Amazon RDS pricing", https://aws.amazon.com/rds/pricing/
.. [2] "Amazon RDS DB instance storage", user guide (2023 and 2026),
   https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html
.. [3] "CreateDBInstance", API reference (2026),
   https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html
.. [4] "Amazon EBS General Purpose SSD volumes",
   https://docs.aws.amazon.com/ebs/latest/userguide/general-purpose.html
.. [5] "Amazon EBS Provisioned IOPS SSD volumes",
   https://docs.aws.amazon.com/ebs/latest/userguide/provisioned-iops.html
.. [6] "Quotas and constraints for Amazon RDS", user guide (2026),
   https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Limits.html
.. [7] "Amazon RDS service level agreement" (2024-01-22), https://aws.amazon.com/rds/sla/
.. [8] "Editions and supported features of SQL Server 2022" (2022-10-13),
   https://learn.microsoft.com/sql/sql-server/editions-and-components-of-sql-server-2022
.. [9] "Standard Edition 2: testing the 16 thread limitation" (2016-02-26),
   https://www.dbi-services.com/blog/standard-edition-2-testing-the-16-thread-limitation/
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

import numpy as np
from msgspec import Struct

from pricing import tables
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
from pricing.units import BYTES_PER_GB, BYTES_PER_MB, BYTES_PER_MEGABIT, count_true, whole_units

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
LIMITED_BY = ("volume", "instance", "unknown")
"""What the usable IOPS or throughput follow from; of equals the volume is named."""
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
    required_vcpus: Annotated[
        float, bounded("vCPU", 0, 1e6), about("vCPUs that the load needs on the writer.")
    ] = 0.0
    required_memory_gib: Annotated[
        float, bounded("GiB", 0, 1e6), about("Memory that the database needs on the writer.")
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
        float, whole("1", 0, 1e9), about("Connections that clients hold open on the writer.")
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

    gb: Any
    volumes: Any
    iops: Any
    billed_iops: Any
    throughput: Any
    billed_throughput: Any


class Instance(NamedTuple):
    """What one instance can do with its volume; NaN where AWS does not publish it."""

    vcpus: Any
    usable_memory_gib: Any
    iops: Any
    throughput: Any
    connections: Any


def capacity(w: RDSWorkload, rule: Rules) -> RDSCapacity:
    """Work out what is provisioned, what of it can be used, and how available it is.

    What is asked below the least that AWS takes is raised to it; what is asked above the most that
    can be provisioned is cut to it, and found.
    """
    volume = provisioned_volume(w, rule)
    burst_iops, burst_throughput, burst_seconds, refill_seconds = volume_burst(w, volume, rule)
    instance = w.instance_class
    writer = usable(w, instance, volume, rule)
    replica = usable(w, replica_class(w), volume, rule)
    instance_throughput = mibps(rule.ebs_mbps[instance])
    instance_burst_throughput = mibps(rule.ebs_burst_mbps[instance])
    readers = 1 + rule.readable_standbys[w.deployment]
    reads = [
        readers * own + np.where(w.read_replicas > 0, w.read_replicas * others, 0)
        for own, others in zip(writer, replica, strict=True)
    ]
    standby, zone_loss = availability(w)
    return RDSCapacity(
        license_model=licenses(w),
        allocated_storage_gb=volume.gb,
        volumes=volume.volumes,
        provisioned_iops=volume.iops,
        billed_iops=volume.billed_iops,
        provisioned_throughput_mibps=volume.throughput,
        billed_throughput_mibps=volume.billed_throughput,
        volume_burst_iops=burst_iops,
        volume_burst_throughput_mibps=burst_throughput,
        volume_burst_seconds=burst_seconds,
        volume_refill_seconds=refill_seconds,
        vcpus=writer.vcpus,
        memory_gib=rule.memory_gib[instance],
        usable_memory_gib=writer.usable_memory_gib,
        network_gbps=rule.network_gbps[instance],
        network_burst_gbps=rule.network_burst_gbps[instance],
        instance_iops=rule.ebs_iops[instance],
        instance_burst_iops=rule.ebs_burst_iops[instance],
        instance_throughput_mibps=instance_throughput,
        instance_burst_throughput_mibps=instance_burst_throughput,
        usable_iops=writer.iops,
        iops_limited_by=limited_by(volume.iops, rule.ebs_iops[instance]),
        usable_burst_iops=smaller(burst_iops, rule.ebs_burst_iops[instance]),
        usable_throughput_mibps=writer.throughput,
        throughput_limited_by=limited_by(volume.throughput, instance_throughput),
        usable_burst_throughput_mibps=smaller(burst_throughput, instance_burst_throughput),
        max_connections=writer.connections,
        readable_instances=readers + w.read_replicas,
        read_vcpus=reads[0],
        read_memory_gib=reads[1],
        read_iops=reads[2],
        read_throughput_mibps=reads[3],
        read_connections=reads[4],
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


def sql_server(w: RDSWorkload) -> Any:
    """Tell where the engine is an edition of SQL Server [bool array]."""
    express, web = w.engine == "sqlserver-ex", w.engine == "sqlserver-web"
    return express | web | (w.engine == "sqlserver-se") | (w.engine == "sqlserver-ee")


def licenses(w: RDSWorkload) -> Any:
    """Give the licence that is priced: the one asked for, or the engine's usual one."""
    free = (w.engine == "postgres") | (w.engine == "mysql") | (w.engine == "mariadb")
    own = w.engine == "oracle-ee"
    usual = np.where(free, 0, np.where(own, 2, 1))
    asked: Any = w.license_model
    return asked.filled(Choice(usual, LICENSES))


def replica_class(w: RDSWorkload) -> Any:
    """Give the class of the replicas: their own, or that of the source."""
    own: Any = w.replica_instance_class
    return own.filled(w.instance_class)


def storage_deployment(w: RDSWorkload, deployment: Any) -> Choice:
    """Give the deployment that storage is priced by."""
    standby = np.where(sql_server(w), 2, 1)
    others = np.where(deployment == "multi-az-cluster", 3, 0)
    return Choice(np.where(deployment == "multi-az", standby, others), STORAGE_DEPLOYMENTS)


def provisioned_volume(w: RDSWorkload, rule: Rules) -> Volume:
    """Give the storage of each instance: whole GiB, IOPS and throughput, and what of it is billed.

    gp3 bills only what is above what its size includes; io1 and io2 bill all IOPS; gp2 and
    magnetic have what their size gives them [2]_.
    """
    gb = np.maximum(least_storage(w, rule), whole_units(w.storage_gb))
    volumes = np.where(striped(w, gb, rule), rule.striped_volumes, 1)
    included_iops, _ = gp3_included(w, gb, rule)
    least, most = iops_range(w, gb, rule)
    iops = np.minimum(np.maximum(least, w.iops), most)
    throughput, billed_throughput = volume_throughput(w, gb, volumes, iops, rule)
    gp3 = w.storage_type == "gp3"
    all_billed = (w.storage_type == "io1") | (w.storage_type == "io2")
    billed = np.where(gp3, iops - included_iops, np.where(all_billed, iops, 0))
    return Volume(gb, volumes, iops, billed, throughput, billed_throughput)


def least_storage(w: RDSWorkload, rule: Rules) -> Any:
    """Give the least storage of engine and type [GB] [3]_."""
    magnetic = w.storage_type == "standard"
    by_type = rule.minimum_storage_gb[w.storage_type]
    return np.where(magnetic, rule.minimum_magnetic_gb[w.engine], by_type)


def most_storage(w: RDSWorkload, rule: Rules) -> Any:
    """Give the most storage of engine and type [GB] [2]_ [3]_."""
    magnetic, io2 = w.storage_type == "standard", w.storage_type == "io2"
    by_engine = rule.maximum_storage_gb[w.engine]
    of_ssd = np.where(io2, rule.io2_maximum_storage_gb, by_engine)
    return np.where(magnetic, rule.maximum_magnetic_gb[w.engine], of_ssd)


def striped(w: RDSWorkload, gb: Any, rule: Rules) -> Any:
    """Tell where storage of this size stands on four volumes; never for SQL Server or magnetic."""
    return (gb >= rule.striping_threshold_gb[w.engine]) & (w.storage_type != "standard")


def gp3_included(w: RDSWorkload, gb: Any, rule: Rules) -> tuple[Any, Any]:
    """Give the IOPS and the throughput that gp3 of this size includes [IOPS, MiB/s].

    Examples
    --------
    AWS's own: PostgreSQL of 200 GiB has 3,000 and 125, of 400 GiB 12,000 and 500.

    >>> from types import SimpleNamespace as Row
    >>> rule = Row(striping_threshold_gb={"postgres": 400},
    ...            gp3_included_iops=3000, gp3_striped_included_iops=12000,
    ...            gp3_included_throughput_mibps=125, gp3_striped_included_throughput_mibps=500)
    >>> w = Row(engine="postgres", storage_type="gp3")
    >>> [part.tolist() for part in gp3_included(w, np.array([200, 400]), rule)]
    [[3000, 12000], [125, 500]]
    """
    wide = striped(w, gb, rule)
    return (
        np.where(wide, rule.gp3_striped_included_iops, rule.gp3_included_iops),
        np.where(
            wide, rule.gp3_striped_included_throughput_mibps, rule.gp3_included_throughput_mibps
        ),
    )


def gp3_provisionable(w: RDSWorkload, gb: Any, rule: Rules) -> Any:
    """Tell where gp3 can have more than it includes: striped, or SQL Server at any size [bool]."""
    return (w.storage_type == "gp3") & (striped(w, gb, rule) | sql_server(w))


def iops_range(w: RDSWorkload, gb: Any, rule: Rules) -> tuple[Any, Any]:
    """Give the least and the most IOPS of storage of this type and size, ratio to size included.

    On gp2, magnetic and gp3 below the striping threshold nothing is provisionable: both are what
    the size gives.
    """
    least, most = iops_limits(w, gb, rule)
    by_ratio = gb * rule.maximum_iops_per_gb[w.storage_type]
    adjustable = gp3_provisionable(w, gb, rule) | provisioned_type(w)
    most = np.where(adjustable, np.maximum(least, np.minimum(most, by_ratio)), least)
    return least, most


def provisioned_type(w: RDSWorkload) -> Any:
    """Tell where the storage is of a provisioned IOPS type [bool array]."""
    return (w.storage_type == "io1") | (w.storage_type == "io2")


def iops_limits(w: RDSWorkload, gb: Any, rule: Rules) -> tuple[Any, Any]:
    """Give the least and the most IOPS of storage of this type and size, by count alone."""
    gp2, gp3, io1 = w.storage_type == "gp2", w.storage_type == "gp3", w.storage_type == "io1"
    fixed = np.where(gp2, gp2_iops(w, gb, rule), rule.magnetic_iops)
    provisionable = gp3_provisionable(w, gb, rule)
    included, _ = gp3_included(w, gb, rule)
    of_gp3 = np.maximum(included, whole_units(gb * rule.gp3_minimum_iops_per_gb[w.engine]))
    by_size = whole_units(gb * rule.minimum_iops_per_gb[w.engine])
    of_io = np.maximum(rule.minimum_iops[w.storage_type], by_size)
    least = np.where(gp3, of_gp3, np.where(provisioned_type(w), of_io, fixed))
    most_gp3 = np.where(provisionable, rule.gp3_maximum_iops[w.engine], included)
    most_io = np.where(io1, rule.io1_maximum_iops[w.engine], rule.io2_maximum_iops)
    return least, np.where(gp3, most_gp3, np.where(provisioned_type(w), most_io, fixed))


def gp2_iops(w: RDSWorkload, gb: Any, rule: Rules) -> Any:
    """Give the baseline IOPS of gp2: 3 for each GiB, at least 100, at most 16,000 a volume.

    Examples
    --------
    AWS's own, SQL Server (one volume): 300, 3,000 and 16,000 IOPS for 100, 1,000 and 5,334 GiB.

    >>> from types import SimpleNamespace as Row
    >>> rule = Row(striping_threshold_gb={"sqlserver-se": np.nan}, striped_volumes=4,
    ...            gp2_iops_per_gb=3, gp2_minimum_iops=100, gp2_maximum_iops=16000)
    >>> w = Row(engine="sqlserver-se", storage_type="gp2")
    >>> gp2_iops(w, np.array([100, 1000, 5334]), rule).tolist()
    [300, 3000, 16000]
    """
    volumes = np.where(striped(w, gb, rule), rule.striped_volumes, 1)
    at_least = np.maximum(rule.gp2_minimum_iops, gb * rule.gp2_iops_per_gb)
    return np.minimum(at_least, rule.gp2_maximum_iops * volumes)


def volume_throughput(
    w: RDSWorkload, gb: Any, volumes: Any, iops: Any, rule: Rules
) -> tuple[Any, Any]:
    """Give the sustained throughput of the storage, and what of it is billed [MiB/s].

    That of magnetic storage is not published: NaN.
    """
    gp2, gp3, io1 = w.storage_type == "gp2", w.storage_type == "gp3", w.storage_type == "io1"
    _, included = gp3_included(w, gb, rule)
    of_gp3 = np.where(gp3, gp3_throughput(w, gb, iops, rule), 0)
    of_gp2 = np.minimum(
        rule.gp2_throughput_mibps * volumes, iops * rule.large_io_bytes / BYTES_PER_MB
    )
    of_io2 = np.minimum(rule.io2_maximum_throughput_mibps, iops * rule.io2_throughput_per_iops)
    of_io = np.where(io1, volumes * io1_throughput(iops / volumes, rule), of_io2)
    others = np.where(provisioned_type(w), of_io, np.nan)
    throughput = np.where(gp3, of_gp3, np.where(gp2, of_gp2, others))
    return throughput, np.where(gp3, of_gp3 - included, 0)


def gp3_throughput(w: RDSWorkload, gb: Any, iops: Any, rule: Rules) -> Any:
    """Give the throughput of gp3: what is asked, within its range and its ratio to IOPS [MiB/s].

    MySQL and MariaDB have at least one MiB/s for each 64 IOPS; it binds above 32,000 IOPS.
    """
    least = gp3_least_throughput(w, gb, iops, rule)
    most = np.minimum(gp3_most_throughput(w, gb, rule), iops * rule.gp3_throughput_per_iops)
    return np.minimum(np.maximum(least, w.throughput_mibps), np.maximum(least, most))


def gp3_least_throughput(w: RDSWorkload, gb: Any, iops: Any, rule: Rules) -> Any:
    """Give the least throughput of gp3 with these IOPS [MiB/s]."""
    _, included = gp3_included(w, gb, rule)
    for_iops = iops / rule.gp3_iops_per_throughput[w.engine]
    return whole_units(np.where(for_iops > included, for_iops, included))


def gp3_most_throughput(w: RDSWorkload, gb: Any, rule: Rules) -> Any:
    """Give the most throughput that gp3 of this size can have [MiB/s]."""
    _, included = gp3_included(w, gb, rule)
    provisionable = gp3_provisionable(w, gb, rule)
    return np.where(provisionable, rule.gp3_maximum_throughput_mibps[w.engine], included)


def io1_throughput(iops: Any, rule: Rules) -> Any:
    """Give the throughput of one io1 volume [MiB/s].

    500 MiB/s at 256 KiB an operation up to 32,000 IOPS; above, 16 KiB an operation up to
    1,000 MiB/s [5]_.

    Examples
    --------
    >>> from types import SimpleNamespace as Row
    >>> rule = Row(io1_throughput_mibps=500, io1_high_throughput_mibps=1000,
    ...            large_io_bytes=262144, small_io_bytes=16384)
    >>> [float(io1_throughput(iops, rule)) for iops in (1000, 2000, 32000, 64000)]
    [250.0, 500.0, 500.0, 1000.0]
    """
    large = np.minimum(rule.io1_throughput_mibps, iops * rule.large_io_bytes / BYTES_PER_MB)
    small = np.minimum(rule.io1_high_throughput_mibps, iops * rule.small_io_bytes / BYTES_PER_MB)
    return np.maximum(large, small)


def volume_burst(w: RDSWorkload, volume: Volume, rule: Rules) -> tuple[Any, Any, Any, Any]:
    """Give what gp2 bursts to and for how long: IOPS, MiB/s, seconds, and seconds to refill [4]_.

    Other types do not burst: what they sustain, and 0 seconds.
    """
    most = rule.gp2_burst_iops * volume.volumes
    bursts = (w.storage_type == "gp2") & (volume.iops < most)
    small = volume.gb / volume.volumes <= rule.gp2_small_gb
    each = np.where(small, rule.gp2_small_throughput_mibps, rule.gp2_throughput_mibps)
    credit = rule.gp2_credits * volume.volumes
    return (
        np.where(bursts, most, volume.iops),
        np.where(bursts, each * volume.volumes, volume.throughput),
        np.where(bursts, credit / np.where(bursts, most - volume.iops, 1), 0),
        np.where(bursts, credit / volume.iops, 0),
    )


def mibps(megabits_per_second: Any) -> Any:
    """Turn a bandwidth [Mbps] into a throughput [MiB/s]."""
    return megabits_per_second * BYTES_PER_MEGABIT / BYTES_PER_MB


def smaller(volume: Any, instance: Any) -> Any:
    """Give the smaller of what volume and instance sustain; NaN where either is not known."""
    known = (volume == volume) & (instance == instance)
    return np.where(known, np.where(instance < volume, instance, volume), np.nan)


def smaller_known(volume: Any, instance: Any) -> Any:
    """Give the smaller of what volume and instance sustain, the one where the other is not known.

    Examples
    --------
    >>> smaller_known(np.array([3, 3, np.nan]), np.array([2, np.nan, 2])).tolist()
    [2.0, 3.0, 2.0]
    """
    either = np.where(volume == volume, volume, instance)
    return np.where(instance < either, instance, either)


def limited_by(volume: Any, instance: Any) -> Any:
    """Name the smaller of what volume and instance sustain."""
    known = (volume == volume) & (instance == instance)
    by = np.where(instance < volume, LIMITED_BY.index("instance"), LIMITED_BY.index("volume"))
    return Choice(np.where(known, by, LIMITED_BY.index("unknown")), LIMITED_BY)


def usable(w: RDSWorkload, instance_class: Any, volume: Volume, rule: Rules) -> Instance:
    """Give what an instance of a class can do with its volume, sustained."""
    memory_gib = rule.memory_gib[instance_class] * w.usable_memory_fraction
    return Instance(
        rule.vcpus[instance_class],
        memory_gib,
        smaller(volume.iops, rule.ebs_iops[instance_class]),
        smaller(volume.throughput, mibps(rule.ebs_mbps[instance_class])),
        max_connections(w, memory_gib, rule),
    )


def max_connections(w: RDSWorkload, memory_gib: Any, rule: Rules) -> Any:
    """Give the default max_connections of the engine: usable memory over its divisor [6]_.

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
    most = np.where(
        w.engine == "mysql", w.mysql_maximum_connections, rule.maximum_connections[w.engine]
    )
    least = rule.minimum_connections[w.engine]
    within = np.where(by_memory > most, most, np.where(by_memory < least, least, by_memory))
    return np.where(fixed, w.sqlserver_connections, within)


def availability(w: RDSWorkload) -> tuple[Any, Any]:
    """Name how standbys follow, and what is left when the writer's Availability Zone is lost."""
    place = np.where(w.deployment == "multi-az", 1, 0) + 2 * (w.deployment == "multi-az-cluster")
    promoted = (place == 0) & (w.read_replicas > 0)
    left = np.where(promoted, ZONE_LOSS.index("promote-replica-or-restore"), place)
    return Choice(place, STANDBY), Choice(left, ZONE_LOSS)


def charges(w: RDSWorkload, c: RDSCapacity, rule: Rules) -> Iterator[Charge]:
    """Give the metered quantities of a month, in the pricing page's order.

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
    """Give the limits that the instance and its storage meet."""
    yield from storage_findings(w, c, rule)
    yield from beyond_findings(w, c, rule)
    replicated, most = w.read_replicas > 0, most_replicas(w, rule)
    yield Finding("read_replicas", w.read_replicas, replicated & (most > 0), most)
    yield Finding("replicas_of_edition", 1 + w.read_replicas, replicated & (most == 0))
    yield Finding("replica_lag", 1 + w.read_replicas, replicated)
    cluster = w.deployment == "multi-az-cluster"
    instances = np.where(cluster, 3, 1) + w.read_replicas
    yield Finding("db_instances", instances)
    mirrored = sql_server(w) & (w.deployment == "multi-az")
    together = instances + np.where(mirrored, 1, 0)
    yield Finding("stopped_instances", together, w.running_hours_fraction < 1)
    edition: Any = edition_vcpus(w, rule)
    vcpus: Any = c.vcpus
    yield Finding("vcpus_of_edition", vcpus, edition == edition, edition)
    buffer: Any = rule.edition_memory_gib[w.engine]
    yield Finding("memory_of_edition", c.usable_memory_gib, buffer == buffer, buffer)
    for name, needed, limit in (
        ("required_vcpus", w.required_vcpus, np.where(edition < vcpus, edition, vcpus)),
        ("required_memory", w.required_memory_gib, c.usable_memory_gib),
        ("connections", w.connections, c.max_connections),
    ):
        yield Finding(name, needed, needed > 0, limit)
    yield from transfer_findings(w, c)


def transfer_findings(w: RDSWorkload, c: RDSCapacity) -> Iterator[Finding]:
    """Compare the IOPS and the throughput needed with what volume and instance sustain.

    Where AWS does not publish one of the two, the other is still an upper bound: what is needed
    beyond it is not there. Within it nobody can tell, which is a finding too.
    """
    iops: Any = (w.required_iops, c.provisioned_iops, c.instance_iops)
    throughput: Any = (
        w.required_throughput_mibps,
        c.provisioned_throughput_mibps,
        c.instance_throughput_mibps,
    )
    for name, (needed, volume, instance) in (("iops", iops), ("throughput", throughput)):
        unknown = count_true(volume != volume, instance != instance)
        limit = smaller_known(volume, instance)
        beyond = needed > limit
        told = (unknown == 0) | beyond
        yield Finding(f"required_{name}", needed, (needed > 0) & told, limit)
        yield Finding(f"unpublished_{name}", 1 + unknown, (needed > 0) & np.logical_not(told))


def storage_findings(w: RDSWorkload, c: RDSCapacity, rule: Rules) -> Iterator[Finding]:
    """Give the limits that storage meets, by count and by ratio [2]_ [3]_."""
    gb, asked, wanted = c.allocated_storage_gb, w.iops > 0, w.throughput_mibps > 0
    gp3 = w.storage_type == "gp3"
    yield Finding("storage", gb, limit=most_storage(w, rule))
    least_gb = least_storage(w, rule)
    raised = (w.storage_gb > 0) & (least_gb > w.storage_gb)
    yield Finding("least_storage", least_gb, raised, w.storage_gb)
    day = np.asarray(w.price_date, dtype=np.float64)
    yield Finding("magnetic_storage", day, w.storage_type == "standard")

    least, most = iops_limits(w, gb, rule)
    adjustable = gp3_provisionable(w, gb, rule) | provisioned_type(w)
    yield Finding("volume_iops", w.iops, asked, most)
    per_gb = rule.maximum_iops_per_gb[w.storage_type]
    yield Finding("iops_per_gb", w.iops / gb, asked & adjustable, per_gb)
    enough = np.where(gp3, np.maximum(w.iops, gp3_included(w, gb, rule)[0]), w.iops)
    raised = (gp3 | (asked & provisioned_type(w))) & (least > enough)
    yield Finding("least_iops", least, raised, enough)

    most = np.where(gp3, gp3_most_throughput(w, gb, rule), c.provisioned_throughput_mibps)
    yield Finding("volume_throughput", w.throughput_mibps, wanted & (most == most), most)
    per_iops = w.throughput_mibps / c.provisioned_iops
    ratio = wanted & gp3_provisionable(w, gb, rule)
    yield Finding("throughput_per_iops", per_iops, ratio, rule.gp3_throughput_per_iops)
    least = gp3_least_throughput(w, gb, c.provisioned_iops, rule)
    enough = np.maximum(w.throughput_mibps, gp3_included(w, gb, rule)[1])
    yield Finding("least_throughput", np.where(gp3, least, 0), gp3 & (least > enough), enough)


def beyond_findings(w: RDSWorkload, c: RDSCapacity, rule: Rules) -> Iterator[Finding]:
    """Compare what is billed beside the storage with what the class of each instance sustains.

    Replicas have the storage of the source: a smaller class of their own may not sustain it.
    """
    iops, throughput = c.provisioned_iops, c.provisioned_throughput_mibps
    others: Any = replica_class(w)
    own: Any = w.instance_class
    apart = (w.read_replicas > 0) & (others.codes != own.codes)
    for prefix, applies, instance in (("", True, own), ("replica_", apart, others)):
        limit = rule.ebs_iops[instance]
        paid = applies & (c.billed_iops > 0) & (limit == limit)
        yield Finding(f"{prefix}iops_beyond_instance", iops, paid, limit)
        limit = mibps(rule.ebs_mbps[instance])
        paid = applies & (c.billed_throughput_mibps > 0) & (limit == limit)
        sustained = np.where(paid, throughput, 0)  # type: ignore[arg-type]
        yield Finding(f"{prefix}throughput_beyond_instance", sustained, paid, limit)


def edition_vcpus(w: RDSWorkload, rule: Rules) -> Any:
    """Give the most vCPUs that an edition uses, two for each core [8]_ [9]_; NaN if all."""
    of_sql_server = rule.edition_cores[w.engine] * rule.vcpus_per_core
    return np.where(w.engine == "oracle-se2", rule.oracle_se2_threads, of_sql_server)


def most_replicas(w: RDSWorkload, rule: Rules) -> Any:
    """Give the most read replicas of a source of this engine."""
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
