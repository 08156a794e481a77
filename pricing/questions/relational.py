"""RDS or Aurora: one relational load on each deployment of both.

The alternatives are those of AWS's own guides: a DB instance in one Availability Zone, one with a
standby, a Multi-AZ DB cluster, an instance with read replicas, and an Aurora cluster in both
capacity modes and both storage configurations. Each has the cheapest instance class that meets the
needs, unless a class is given.

I/O is stated once, as the requests that reach the storage. On RDS they need IOPS; on Aurora each is
billed in the standard configuration [1]_.

References
----------
.. [1] "Amazon Aurora pricing" (2026), https://aws.amazon.com/rds/aurora/pricing/
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np

from pricing import tables
from pricing.arrays import Flags, Numbers, Words
from pricing.kit import rds_storage
from pricing.kit.instances import Connections, MemoryGiB, VCPUs, may_be_chosen
from pricing.model import WorkloadFields
from pricing.quantities import (
    Fraction,
    Gigabytes,
    MonthlyGigabytes,
    PriceDate,
    Ratio,
    about,
    bounded,
    whole,
)
from pricing.question import Alternative, Bound, PlannedWorkload, Question, RulesOf
from pricing.rates import Rules, WordColumn
from pricing.units import SECONDS_PER_HOUR

SERVICES = ("rds", "aurora")
OF_AURORA = frozenset(tables.instance_classes("aurora"))
CLASSES = tuple(
    name for name in tables.instance_classes("rds") if name in OF_AURORA and may_be_chosen(name)
)
"""Current instance classes that both services have."""
VERSIONS = ("5.7", "8.0", "11", "12", "13", "14", "15", "16", "17")
"""Major versions that both services have."""
SHARED = (
    "engine_version",
    "instance_class",
    "required_memory_gib",
    "connections",
    "mean_cpu_fraction",
    "backup_gb",
    "monthly_snapshot_export_gb",
    "proxies",
    "database_insights",
)
"""Fields that both services have under one name."""
ENGINES = {"postgres": "aurora-postgresql", "mysql": "aurora-mysql"}
"""The engine of Aurora that is compatible with an engine of RDS."""
CLUSTER = WordColumn(np.intp(0), ("multi-az-cluster",))
AURORA = (
    ("aurora_provisioned", "provisioned", "standard"),
    ("aurora_io_optimized", "provisioned", "io-optimized"),
    ("aurora_serverless", "serverless", "standard"),
    ("aurora_serverless_io_optimized", "serverless", "io-optimized"),
)
"""The clusters of Aurora: key, capacity mode and storage configuration."""
NOTHING: Mapping[str, Flags] = MappingProxyType({})
IOPS = Annotated[float, bounded("IOPS", 0, 1e6)]
MOST_IOPS = 1e9
"""The most that a workload may ask for; more is ruled out by limits long before."""

if TYPE_CHECKING:
    InstanceClass = str
    EngineVersion = str
else:
    InstanceClass = Literal[("", *CLASSES)]
    EngineVersion = Literal[("", *VERSIONS)]


class RelationalNeeds(WorkloadFields, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Needs of one relational database, whichever service runs it."""

    price_date: PriceDate = max(map(tables.newest_day, SERVICES))
    engine: Annotated[Literal["postgres", "mysql"], about("Database engine.")] = "postgres"
    engine_version: Annotated[
        EngineVersion,
        about(
            "Major version, which Extended Support is charged for once its standard support has"
            " ended; empty is a version with standard support."
        ),
    ] = ""
    storage_gb: Annotated[Gigabytes, about("Data that the database holds.")]
    required_vcpus: Annotated[
        VCPUs, about("vCPUs that the load needs on the writer; 0 is those of `instance_class`.")
    ] = 0.0
    required_memory_gib: Annotated[
        MemoryGiB, about("Memory that the database needs on the writer, beside its reserve.")
    ] = 0.0
    connections: Annotated[
        Connections, about("Connections that clients hold open on the writer.")
    ] = 0.0
    instance_class: Annotated[
        InstanceClass,
        about(
            "Class of every provisioned writer, such as that of today; empty is the cheapest"
            " current one that meets the needs and is not burstable."
        ),
    ] = ""
    readers: Annotated[
        float, whole("1", 0, 15), about("Instances beside the writer that answer reads.")
    ] = 0.0
    reader_instance_class: Annotated[
        InstanceClass, about("Class of each such instance; empty is that of the writer.")
    ] = ""
    high_availability: Annotated[
        bool, about("Whether the database must fail over by itself when its zone is lost.")
    ] = False
    maximum_failover_seconds: Annotated[
        float,
        bounded("s", 0, 1e6),
        about("Longest failover, at worst, that the application bears; 0 is any, or none at all."),
    ] = 0.0
    required_availability_fraction: Annotated[
        Fraction, about("Monthly availability that AWS's service level must commit to; 0 is any.")
    ] = 0.0
    mean_cpu_fraction: Annotated[
        Fraction,
        about("Mean CPU load of the vCPUs needed; 0 is not known: they are needed all the time."),
    ] = 0.0
    p95_cpu_fraction: Annotated[
        Fraction, about("CPU load of them that is exceeded 5 percent of the time; 0: not known.")
    ] = 0.0
    maximum_cpu_fraction: Annotated[
        Fraction, about("Highest CPU load of them; 0 is not known.")
    ] = 0.0
    minimum_acu: Annotated[
        float,
        bounded("ACU", 0, 256),
        about("Least capacity of serverless instances, in steps of 0.5; 0 lets them pause."),
    ] = 0.5
    maximum_acu: Annotated[
        float,
        bounded("ACU", 0, 256),
        about("Most capacity of serverless instances; 0 is what AWS advises for the load."),
    ] = 0.0
    mean_acu: Annotated[
        float,
        bounded("ACU", 0, 256),
        about("Mean capacity of serverless instances; 0 is what the CPU load takes."),
    ] = 0.0
    read_iops: Annotated[
        IOPS, about("Mean read requests that reach the storage, past the cache.")
    ] = 0.0
    write_iops: Annotated[IOPS, about("Mean write requests that reach the storage.")] = 0.0
    peak_to_mean: Annotated[
        Ratio, about("Peak over mean of these requests, which RDS must sustain.")
    ] = 1.0
    required_throughput_mibps: Annotated[
        float,
        bounded("MiB/s", 0, 1e6),
        about("Sustained throughput that the load needs of the storage of RDS."),
    ] = 0.0
    storage_type: Annotated[Literal["gp3", "io1", "io2"], about("EBS storage type of RDS.")] = "gp3"
    backup_gb: Annotated[Gigabytes, about("Backups kept, automated and manual.")] = 0.0
    monthly_snapshot_export_gb: Annotated[
        MonthlyGigabytes, about("Snapshot data exported to S3.")
    ] = 0.0
    proxies: Annotated[float, whole("1", 0, 1000), about("RDS Proxies before the database.")] = 0.0
    database_insights: Annotated[
        Literal["standard", "advanced"], about("Mode of Database Insights.")
    ] = "standard"


def alternatives(needs: Any, rules: RulesOf) -> Iterator[Alternative]:
    """Yield the deployments of RDS, and then the clusters of Aurora."""
    yield from rds_alternatives(needs, rules("rds"))
    yield from aurora_alternatives(needs, rules("rds"))


def rds_alternatives(needs: Any, rule: Rules) -> Iterator[Alternative]:
    """Yield RDS in one zone, with a standby, as a cluster, and with read replicas."""
    readers, none = needs.readers, np.zeros(len(needs.readers))
    no_reader = {"readers": readers > 0}
    no_standby = {"high_availability": needs.high_availability}
    beyond_standbys = np.maximum(0, readers - rule.readable_standbys[CLUSTER])
    replicated = WordColumn(np.where(needs.high_availability, 1, 0), ("single-az", "multi-az"))
    yield of_rds("rds_single_az", "single-az", none, needs, rule, no_reader | no_standby)
    yield of_rds("rds_multi_az", "multi-az", none, needs, rule, no_reader)
    yield of_rds("rds_multi_az_cluster", "multi-az-cluster", beyond_standbys, needs, rule)
    yield of_rds("rds_read_replicas", replicated, np.maximum(1, readers), needs, rule)


def of_rds(
    key: str,
    deployment: str | Words,
    replicas: Numbers,
    needs: Any,
    rule: Rules,
    ruled_out: Mapping[str, Flags] = NOTHING,
) -> Alternative:
    """Return a deployment of RDS with some read replicas, whose storage has the IOPS needed."""
    peak = np.ceil((needs.read_iops + needs.write_iops) * needs.peak_to_mean)
    iops = np.minimum(MOST_IOPS, peak)
    storage = rds_storage.provisioned(
        needs.engine,
        needs.storage_type,
        needs.storage_gb,
        iops,
        needs.required_throughput_mibps,
        rule,
    )
    fields = common(needs, rule) | {
        "engine": needs.engine,
        "deployment": deployment,
        "read_replicas": replicas,
        "replica_instance_class": needs.reader_instance_class,
    }
    return Alternative(key, (PlannedWorkload("rds", fields | storage),), ruled_out)


def aurora_alternatives(needs: Any, rule: Rules) -> Iterator[Alternative]:
    """Yield Aurora provisioned and serverless, each in both storage configurations.

    A cluster that must fail over by itself has at least one reader.
    """
    seconds = needs.hours_per_month * SECONDS_PER_HOUR
    fields = common(needs, rule) | {
        "engine": WordColumn(
            needs.engine.codes, tuple(ENGINES[engine] for engine in needs.engine.words)
        ),
        "storage_gb": needs.storage_gb,
        "readers": np.maximum(needs.readers, needs.high_availability),
        "reader_instance_class": needs.reader_instance_class,
        "monthly_read_io_requests": needs.read_iops * seconds,
        "monthly_write_io_requests": needs.write_iops * seconds,
        "p95_cpu_fraction": needs.p95_cpu_fraction,
        "maximum_cpu_fraction": needs.maximum_cpu_fraction,
        "minimum_acu": needs.minimum_acu,
        "maximum_acu": needs.maximum_acu,
        "mean_acu": needs.mean_acu,
    }
    for key, mode, configuration in AURORA:
        own = {"capacity_mode": mode, "storage_configuration": configuration}
        yield Alternative(key, (PlannedWorkload("aurora", fields | own),))


def common(needs: Any, rule: Rules) -> dict[str, Any]:
    """Return the fields that both services have under one name.

    A class that is given says how many vCPUs the load needs, where that is not stated.
    """
    of_class = np.nan_to_num(rule.vcpus[needs.instance_class])
    vcpus = np.where(needs.required_vcpus > 0, needs.required_vcpus, of_class)
    return {name: getattr(needs, name) for name in SHARED} | {"required_vcpus": vcpus}


QUESTION = Question(
    key="relational",
    name="Relational database",
    about="Which deployment of RDS or Aurora meets a relational load, and for how much.",
    workload=RelationalNeeds,
    services=SERVICES,
    alternatives=alternatives,
    example=RelationalNeeds(
        name="orders",
        region="us-east-1",
        storage_gb=100.0,
        instance_class="db.r6g.xlarge",
        readers=1.0,
        reader_instance_class="db.r6g.large",
        high_availability=True,
        mean_cpu_fraction=0.3,
        read_iops=400.0,
        write_iops=200.0,
        peak_to_mean=3.0,
    ),
    swept="read_iops",
    bounds=(
        Bound("maximum_failover_seconds", "failover_seconds_high", most=True),
        Bound("required_availability_fraction", "sla_fraction", most=False),
    ),
)
