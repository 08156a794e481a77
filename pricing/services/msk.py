"""Amazon Managed Streaming for Apache Kafka: one MSK cluster.

Sections follow AWS's pricing page [1]_: Standard and Express brokers, MSK Serverless, MSK Connect,
MSK Replicator, data transfer.

A cluster of brokers is sized at the peak. An Express broker has published limits of ingress and
egress [2]_. For a Standard broker AWS's sizing tool takes what its volume and its network bear,
divided by the I/O that a byte of ingress causes: replication, lagging consumers, rebalancing, and
the loss of an Availability Zone [3]_. AWS writes MBps; the tool says that it means MiB/s.

References
----------
.. [1] "Amazon MSK pricing", https://aws.amazon.com/msk/pricing/ (2025-11)
.. [2] "Amazon MSK quota", developer guide (2026),
   https://docs.aws.amazon.com/msk/latest/developerguide/limits.html
.. [3] "managing-amazon-msk", ``msk_sizing.py``, a tool of AWS (2026-08-20),
   https://github.com/aws/agent-toolkit-for-aws
.. [4] "Best practices for Standard brokers", developer guide (2026),
   https://docs.aws.amazon.com/msk/latest/developerguide/bestpractices.html
.. [5] "Tiered storage for Standard brokers", developer guide (2026),
   https://docs.aws.amazon.com/msk/latest/developerguide/msk-tiered-storage.html
.. [6] "Best practices for right-sizing your Apache Kafka clusters", AWS Big Data Blog (2022-03),
   https://aws.amazon.com/blogs/big-data/best-practices-for-right-sizing-your-apache-kafka-clusters-to-optimize-performance-and-cost/
.. [7] "Custom MSK Express broker configurations", developer guide (2026),
   https://docs.aws.amazon.com/msk/latest/developerguide/msk-configuration-express-read-write.html
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from msgspec import Struct, structs

from pricing import tables
from pricing.arrays import Flags, Numbers, Words
from pricing.kit import class_choice
from pricing.kit.instances import Connections
from pricing.kit.limits import known, saving
from pricing.kit.nodes import in_every_zone
from pricing.kit.sizing import Need, largest
from pricing.kit.transfer import between_regions
from pricing.model import Charge, Finding, Hourly, Service, WorkloadFields
from pricing.quantities import (
    REGION_CODES,
    Bytes,
    Count,
    Fraction,
    MonthlyGigabytes,
    PerSecond,
    PositiveBytes,
    PriceDate,
    Ratio,
    about,
    bounded,
    measured,
    whole,
)
from pricing.rates import Rules, WordColumn
from pricing.units import (
    BYTES_PER_GB,
    BYTES_PER_MB,
    BYTES_PER_MEGABIT,
    SECONDS_PER_HOUR,
    count_true,
    whole_units,
)

CLASSES = tables.instance_classes("msk")
"""Every broker size with a price anywhere."""
EXPRESS = tuple(name for name in CLASSES if name.startswith("express."))
STANDARD = tuple(name for name in CLASSES if name.startswith("kafka."))
BURSTABLE = tuple(name for name in CLASSES if name.startswith("kafka.t"))
GRAVITON = {name: name.replace(".m5.", ".m7g.") for name in CLASSES if ".m5." in name}
GOVCLOUD = tuple(code for code in REGION_CODES if code.startswith("us-gov-"))

NEEDS = ("ingress", "egress", "partitions", "storage", "connections")
BINDINGS = (*NEEDS, "zones", "given", "none")
"""What the number of brokers follows from."""

if TYPE_CHECKING:
    BrokerClass = str
    OtherRegion = str
else:
    BrokerClass = Literal[("", *CLASSES)]
    OtherRegion = Literal[("", *REGION_CODES)]


class MSKWorkload(WorkloadFields, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Demand on one Amazon MSK cluster, with its connectors and Replicators."""

    price_date: PriceDate = tables.newest_day("msk")
    cluster_type: Annotated[
        Literal["standard", "express", "serverless"],
        about("Standard or Express brokers of a provisioned cluster, or MSK Serverless."),
    ] = "standard"
    broker_class: Annotated[
        BrokerClass,
        about(
            "Size of each broker; empty is that of the cheapest cluster, T3 apart, that bears the"
            " load. A size of the other broker type counts as empty."
        ),
    ] = ""
    brokers: Annotated[
        float,
        whole("1", 0, 1_000_000),
        about("Brokers of the cluster; 0 is as many as the load needs."),
    ] = 0.0
    availability_zones: Annotated[
        float, whole("1", 2, 3), about("Availability Zones of Standard brokers; Express has three.")
    ] = 3.0
    metadata_mode: Annotated[
        Literal["kraft", "zookeeper"], about("What keeps the metadata of a provisioned cluster.")
    ] = "kraft"
    records_per_second: Annotated[PerSecond, about("Mean records that producers write.")]
    record_bytes: Annotated[
        PositiveBytes, about("Mean record size as it is sent and stored, after compression.")
    ]
    largest_record_bytes: Annotated[
        Bytes, about("Size of the largest record; 0 means none is larger than the mean.")
    ] = 0.0
    peak_to_mean: Annotated[
        Ratio, about("Peak over mean of the records; brokers are sized to the peak.")
    ] = 1.0
    consumers: Annotated[Count, about("Consumer groups, each reading every record.")] = 1.0
    partitions: Annotated[
        Count,
        about(
            "Partitions of all topics, without replicas; 0 is as many as the throughput of a"
            " partition asks for. Standard brokers have no such limit, and take that of Express."
        ),
    ] = 0.0
    compacted_partitions: Annotated[
        Count, about("Those partitions that are of compacted topics.")
    ] = 0.0
    hottest_key_fraction: Annotated[
        Fraction, about("Share of the records with the busiest key; a key stays in one partition.")
    ] = 0.0
    replication_factor: Annotated[
        float, whole("1", 1, 6), about("Copies of each record on Standard brokers; Express has 3.")
    ] = 3.0
    min_insync_replicas: Annotated[
        float,
        whole("1", 1, 6),
        about("Copies that must be in sync for a write to succeed; Express has 2."),
    ] = 2.0
    retention_hours: Annotated[
        float,
        bounded("h", 1 / 60, 1_000_000),
        about("How long records are kept; 7 days by default."),
    ] = 168.0
    outage_hours: Annotated[
        float, bounded("h", 0, 1_000_000), about("How long consumers may be away, for the backlog.")
    ] = 0.0
    tiered_storage: Annotated[
        bool,
        about("Standard brokers also have low-cost storage, for records that leave their volumes."),
    ] = False
    local_retention_hours: Annotated[
        float,
        bounded("h", 0, 1_000_000),
        about("How long records also stay in the brokers' storage, of tiered storage."),
    ] = 24.0
    monthly_tiered_read_gb: Annotated[
        MonthlyGigabytes, about("Data read back from tiered storage.")
    ] = 0.0
    storage_gb_per_broker: Annotated[
        float,
        bounded("GB", 0, 1_000_000),
        about("Volume of each Standard broker; 0 is as large as the records need."),
    ] = 0.0
    target_storage_utilization: Annotated[
        float, bounded("share", 0.01, 1), about("Share of a volume that records may fill.")
    ] = 0.85
    provisioned_throughput_mibps: Annotated[
        float,
        bounded("MiB/s", 0, 1000),
        about("Provisioned storage throughput of each Standard broker; 0 is none."),
    ] = 0.0
    target_utilization: Annotated[
        float,
        bounded("share", 0.01, 1),
        about(
            "Share of a broker's ingress, egress and connections to plan for; AWS's sizing tool"
            " has 0.5 of Standard and 0.75 of Express brokers."
        ),
    ] = 1.0
    iam_authentication: Annotated[
        bool, about("Clients use IAM access control, for which a broker limits connections.")
    ] = False
    connections: Annotated[
        Connections, about("Connections that clients hold open, to all brokers together.")
    ] = 0.0
    new_connections_per_second: Annotated[PerSecond, about("Connections opened at the peak.")] = 0.0
    requests_per_second: Annotated[
        PerSecond, about("Requests at the peak, for a quota of Serverless; 0 is not known.")
    ] = 0.0
    cross_zone_fraction: Annotated[
        Fraction,
        about(
            "Share of the clients' traffic that crosses Availability Zones: two thirds if clients"
            " are spread evenly over three."
        ),
    ] = 0.0
    rack_aware_consumers: Annotated[
        bool, about("Consumers read from a replica in their own Availability Zone, if it has one.")
    ] = False
    private_connectivity_schemes: Annotated[
        float,
        whole("1", 0, 3),
        about("Authentication schemes with multi-VPC private connectivity; 0 is none."),
    ] = 0.0
    monthly_private_connectivity_gb: Annotated[
        MonthlyGigabytes, about("Data through multi-VPC private connectivity.")
    ] = 0.0
    connect_workers: Annotated[Count, about("Mean workers of MSK Connect, of all connectors.")] = (
        0.0
    )
    mcus_per_worker: Annotated[
        float, whole("1", 1, 8), about("MSK Connect Units of a worker: 1, 2, 4 or 8.")
    ] = 1.0
    replicators: Annotated[Count, about("MSK Replicators that copy from this cluster.")] = 0.0
    monthly_replicated_gb: Annotated[MonthlyGigabytes, about("Data that the Replicators copy.")] = (
        0.0
    )
    secondary_region: Annotated[
        OtherRegion, about("AWS Region to which Replicators copy; empty is the cluster's own.")
    ] = ""
    monthly_internet_out_gb: Annotated[
        MonthlyGigabytes, about("Data sent to consumers over the internet.")
    ] = 0.0
    tiered_storage_holds_local_data: Annotated[
        bool,
        about("Assumption: tiered storage is billed for records that brokers hold too."),
    ] = True
    billed_storage_copies: Annotated[
        float,
        whole("1", 1, 3),
        about("Assumption: copies of each record that Express and Serverless storage is billed."),
    ] = 1.0
    included_throughput_mibps: Annotated[
        float,
        bounded("MiB/s", 0, 250),
        about("Assumption: provisioned storage throughput of a broker that is not charged."),
    ] = 0.0
    serverless_zone_transfer: Annotated[
        bool,
        about("Assumption: clients of Serverless pay for traffic between Availability Zones."),
    ] = False


class MSKCapacity(Struct, frozen=True):
    """What the cluster has and needs; what AWS does not publish of a broker size is null."""

    broker_class: Annotated[BrokerClass, about("Size of each broker; none of Serverless.")]
    brokers: Annotated[float, measured("1", "Brokers of the cluster; none of Serverless.")]
    binding: Annotated[
        Literal[
            "ingress", "egress", "partitions", "storage", "connections", "zones", "given", "none"
        ],
        about("What the number of brokers follows from."),
    ]
    brokers_by_ingress: Annotated[
        float,
        measured("Brokers", "What the data written needs: volumes of Standard brokers bear it."),
    ]
    brokers_by_egress: Annotated[
        float,
        measured("Brokers", "What the data sent needs, replication of Standard brokers included."),
    ]
    brokers_by_partitions: Annotated[
        float, measured("Brokers", "What the partitions with their replicas need.")
    ]
    brokers_by_storage: Annotated[
        float, measured("Brokers", "What the records kept need, of Standard brokers.")
    ]
    brokers_by_connections: Annotated[
        float, measured("Brokers", "What the connections need, with IAM access control.")
    ]
    vcpus: Annotated[float | None, measured("vCPU", "vCPUs of a broker.")]
    memory_gib: Annotated[float | None, measured("GiB", "Memory of a broker.")]
    network_gbps: Annotated[
        float | None, measured("Gbps", "Network of a Standard broker, sustained.")
    ]
    broker_ingress_bytes: Annotated[
        float | None, measured("Bytes/Second", "What producers may write to a broker.")
    ]
    broker_egress_bytes: Annotated[
        float | None, measured("Bytes/Second", "What all consumers may read from a broker.")
    ]
    partitions: Annotated[float, measured("1", "Partitions without replicas.")]
    partitions_per_broker: Annotated[
        float, measured("Partitions", "Partitions with replicas, on each broker.")
    ]
    peak_write_bytes: Annotated[float, measured("Bytes/Second", "Bytes written at the peak.")]
    peak_read_bytes: Annotated[
        float, measured("Bytes/Second", "Bytes read at the peak, by all consumers.")
    ]
    monthly_ingested_gb: Annotated[float, measured("GB/month", "Data that producers write.")]
    monthly_read_gb: Annotated[float, measured("GB/month", "Data that consumers read.")]
    retained_gb: Annotated[float, measured("GB", "Records in the cluster, each counted once.")]
    storage_gb_per_broker: Annotated[
        float, measured("GB", "Volume of each Standard broker, not rounded.")
    ]
    broker_storage_gb: Annotated[float, measured("GB", "Volumes of all Standard brokers.")]
    tiered_storage_gb: Annotated[float, measured("GB", "Records in tiered storage.")]
    monthly_cross_zone_gb: Annotated[
        float, measured("GB/month", "Clients' traffic that crosses Availability Zones.")
    ]


def capacity(w: MSKWorkload, rule: Rules) -> MSKCapacity:
    """Return the brokers that the load needs, what binds, and the data that they keep."""
    broker_class = chosen_class(w, rule)
    none = broker_class == ""
    needed = needed_brokers(w, broker_class, rule)
    brokers, binding = brokers_of(w, broker_class, needed, rule)
    storage = broker_storage_gb(w, broker_class, brokers, rule)
    partitions, some = partitions_of(w, rule), np.maximum(1, brokers)
    mean_in = w.records_per_second * w.record_bytes
    replicated = partitions * copies(w, broker_class, rule) / some
    volume: Numbers = storage / some
    held: Numbers = np.where(none, 0, replicated)
    return MSKCapacity(
        broker_class=broker_class,  # type: ignore[arg-type]
        brokers=brokers,
        binding=binding,
        **{f"brokers_by_{need}": count for need, count in needed.items()},
        vcpus=rule.vcpus[broker_class],
        memory_gib=rule.memory_gib[broker_class],
        network_gbps=rule.network_gbps[broker_class],
        broker_ingress_bytes=ingress_bytes(w, broker_class, rule),
        broker_egress_bytes=client_egress_bytes(w, broker_class, rule),
        partitions=partitions,
        partitions_per_broker=held,
        peak_write_bytes=peak_in(w),
        peak_read_bytes=peak_in(w) * w.consumers,
        monthly_ingested_gb=mean_in * seconds(w) / BYTES_PER_GB,
        monthly_read_gb=mean_in * w.consumers * seconds(w) / BYTES_PER_GB,
        retained_gb=kept_gb(w, w.retention_hours),
        storage_gb_per_broker=volume,
        broker_storage_gb=storage,
        tiered_storage_gb=tiered_gb(w, broker_class),
        monthly_cross_zone_gb=crossing_zones(w, w.cross_zone_fraction, w.cluster_type),
    )


def seconds(w: MSKWorkload) -> Numbers:
    """Return the seconds of the month [s/month]."""
    return w.hours_per_month * SECONDS_PER_HOUR


def peak_in(w: MSKWorkload) -> Numbers:
    """Return what producers write at the peak [Bytes/s]."""
    return w.records_per_second * w.record_bytes * w.peak_to_mean


def kept_gb(w: MSKWorkload, hours: Numbers) -> Numbers:
    """Return the records of some hours, each counted once [GB].

    Examples
    --------
    AWS's own: 7 days at 1 MiB/s are about 590 GB.

    >>> from types import SimpleNamespace as Row
    >>> round(kept_gb(Row(records_per_second=1024, record_bytes=1024), 168))
    591
    """
    return w.records_per_second * w.record_bytes * hours * SECONDS_PER_HOUR / BYTES_PER_GB


def zones(w: MSKWorkload, broker_class: Words, rule: Rules) -> Numbers:
    """Return the Availability Zones of the brokers: Express has three [2]_."""
    return np.where(broker_class.isin(EXPRESS), rule.express_zones, w.availability_zones)


def copies(w: MSKWorkload, broker_class: Words, rule: Rules) -> Numbers:
    """Return the replicas of each partition: Express has three [2]_."""
    return np.where(broker_class.isin(EXPRESS), rule.express_replicas, w.replication_factor)


def partitions_of(w: MSKWorkload, rule: Rules) -> Numbers:
    """Return the partitions that are given, or as many as the peak needs, at least one [1]."""
    return partitions_on(w, w.cluster_type == "serverless", rule)


def partitions_on(w: MSKWorkload, serverless: Flags, rule: Rules) -> Numbers:
    """Return the partitions of a Serverless or else a provisioned cluster [1] [2]_.

    Examples
    --------
    20 MB/s with two consumers: Serverless gives out 10 MB/s a partition, Express takes in 15.

    >>> from types import SimpleNamespace as Row
    >>> w = Row(records_per_second=20, record_bytes=2**20, peak_to_mean=1, consumers=2,
    ...         partitions=0)
    >>> rule = Row(serverless_partition_ingress=5, serverless_partition_egress=10,
    ...            express_partition_ingress=15)
    >>> partitions_on(w, np.array([True, False]), rule).tolist()
    [4.0, 2.0]
    """
    peak = peak_in(w) / BYTES_PER_MB
    out = peak * w.consumers / rule.serverless_partition_egress
    of_serverless = np.maximum(peak / rule.serverless_partition_ingress, out)
    needed = np.where(serverless, of_serverless, peak / rule.express_partition_ingress)
    return np.where(w.partitions > 0, w.partitions, np.maximum(1, whole_units(needed)))


def tiered(w: MSKWorkload, broker_class: Words) -> Flags:
    """Return where Standard brokers have tiered storage."""
    return w.tiered_storage & broker_class.isin(STANDARD)


def tiered_gb(w: MSKWorkload, broker_class: Words) -> Numbers:
    """Return what is in tiered storage, one copy [5]_ [GB].

    A record is copied there as soon as its segment is closed, and stays until it expires.
    """
    local = np.minimum(w.local_retention_hours, w.retention_hours)
    hours = w.retention_hours - np.where(w.tiered_storage_holds_local_data, 0, local)
    return np.where(tiered(w, broker_class), kept_gb(w, hours), 0)


def needed_storage_gb(w: MSKWorkload, broker_class: Words) -> Numbers:
    """Return what the volumes of Standard brokers need together [GB]: each copy, and a reserve.

    Examples
    --------
    100 GB in three copies, of which a volume may be 75 percent full.

    >>> from types import SimpleNamespace as Row
    >>> w = Row(records_per_second=1, record_bytes=2**30 / 36, retention_hours=1, consumers=1,
    ...         tiered_storage=False, local_retention_hours=1, replication_factor=3,
    ...         target_storage_utilization=0.75)
    >>> standard = WordColumn(np.array([0]), ("kafka.m5.large",))
    >>> needed_storage_gb(w, standard).tolist()
    [400.0]
    """
    local = np.minimum(w.local_retention_hours, w.retention_hours)
    hours = np.where(tiered(w, broker_class), local, w.retention_hours)
    full = kept_gb(w, hours) * w.replication_factor / w.target_storage_utilization
    return np.where(broker_class.isin(STANDARD), full, 0)


def broker_storage_gb(
    w: MSKWorkload, broker_class: Words, brokers: Numbers, rule: Rules
) -> Numbers:
    """Return the volumes of all Standard brokers [GB]: those given, or as large as needed."""
    least = np.maximum(needed_storage_gb(w, broker_class), brokers * rule.least_storage_gb)
    given = w.storage_gb_per_broker > 0
    total = np.where(given, brokers * w.storage_gb_per_broker, least)
    return np.where(broker_class.isin(STANDARD), total, 0)


def throughput_mibps(w: MSKWorkload, broker_class: Words, rule: Rules) -> Numbers:
    """Return the provisioned storage throughput of a broker [MiB/s]: 0 where none is possible."""
    possible = known(rule.most_storage_mibps[broker_class])
    return np.where(possible, w.provisioned_throughput_mibps, 0)


def storage_bytes(w: MSKWorkload, broker_class: Words, rule: Rules) -> Numbers:
    """Return what the volume of a Standard broker bears [Bytes/s] [4]_.

    That is the lower of its storage throughput and its network to Amazon EBS.
    """
    asked = throughput_mibps(w, broker_class, rule)
    most = rule.most_storage_mibps[broker_class]
    lowered = np.where(asked > most, most, asked)
    volume = np.where(asked > 0, lowered, rule.default_storage_mibps) * BYTES_PER_MB
    instance = rule.ebs_mbps[broker_class] * BYTES_PER_MEGABIT
    return np.where(volume > instance, instance, volume)


def network_bytes(broker_class: Words, rule: Rules) -> Numbers:
    """Return the network of a Standard broker, sustained [Bytes/s]."""
    return rule.network_gbps[broker_class] * 1000 * BYTES_PER_MEGABIT


def storage_ratio(w: MSKWorkload, rule: Rules) -> Numbers:
    """Return the storage I/O of a Standard cluster for each byte of ingress [3]_ [ratio]."""
    return rule.storage_io_ratio + np.where(w.tiered_storage, rule.tiered_io_ratio, 0)


def network_ratio(w: MSKWorkload, rule: Rules) -> Numbers:
    """Return the network I/O of a Standard cluster for each byte of ingress [3]_ [ratio].

    Each consumer reads every byte, and more from each broker while a zone is lost.

    Examples
    --------
    Two consumers in three Availability Zones, with tiered storage.

    >>> from types import SimpleNamespace as Row
    >>> w = Row(consumers=2, availability_zones=3, tiered_storage=True)
    >>> round(float(network_ratio(w, Row(network_io_ratio=5.7, tiered_io_ratio=1.5))), 9)
    10.2
    """
    lost = w.availability_zones / (w.availability_zones - 1)
    moved = np.where(w.tiered_storage, rule.tiered_io_ratio, 0)
    return w.consumers * lost + rule.network_io_ratio + moved


def ingress_bytes(w: MSKWorkload, broker_class: Words, rule: Rules) -> Numbers:
    """Return what producers may write to a broker [Bytes/s] [2]_ [3]_.

    Examples
    --------
    AWS's own: an m7g.16xlarge takes 500 MBps as Express, and 153.8 as Standard broker.

    >>> from types import SimpleNamespace as Row
    >>> from pricing.rates import ByWord
    >>> w = Row(provisioned_throughput_mibps=1000, tiered_storage=False)
    >>> rule = Row(ingress_mbps=ByWord({"express.m7g.16xlarge": 500}), storage_io_ratio=6.5,
    ...            ebs_mbps=ByWord({"kafka.m7g.16xlarge": 20000}), default_storage_mibps=250,
    ...            most_storage_mibps=ByWord({"kafka.m7g.16xlarge": 1000}), tiered_io_ratio=1.5)
    >>> sizes = WordColumn(np.arange(2), ("express.m7g.16xlarge", "kafka.m7g.16xlarge"))
    >>> (ingress_bytes(w, sizes, rule) / 2**20).round(1).tolist()
    [500.0, 153.8]
    """
    express = rule.ingress_mbps[broker_class] * BYTES_PER_MB
    standard = storage_bytes(w, broker_class, rule) / storage_ratio(w, rule)
    return np.where(broker_class.isin(EXPRESS), express, standard)


def client_egress_bytes(w: MSKWorkload, broker_class: Words, rule: Rules) -> Numbers:
    """Return what consumers may read from a broker [Bytes/s]: of Standard, its network's share."""
    express = rule.egress_mbps[broker_class] * BYTES_PER_MB
    standard = network_bytes(broker_class, rule) * w.consumers / network_ratio(w, rule)
    return np.where(broker_class.isin(EXPRESS), express, standard)


def needed_brokers(w: MSKWorkload, broker_class: Words, rule: Rules) -> dict[str, Numbers]:
    """Return the brokers that each load needs at the peak, not rounded [1]; 0 of Serverless."""
    ingress = peak_in(w) / ingress_bytes(w, broker_class, rule)
    held = partitions_of(w, rule) * copies(w, broker_class, rule)
    used = (
        ingress / w.target_utilization,
        brokers_by_egress(w, broker_class, rule) / w.target_utilization,
        held / rule.partitions[broker_class],
        needed_storage_gb(w, broker_class) / largest_volume_gb(w, rule),
        iam_connections(w) / rule.iam_connections / w.target_utilization,
    )
    some = broker_class != ""
    return {need: np.where(some, count, 0) for need, count in zip(NEEDS, used, strict=True)}


def largest_volume_gb(w: MSKWorkload, rule: Rules) -> Numbers:
    """Return the volume of a broker that is given, or the largest that there is [GB] [2]_."""
    given = w.storage_gb_per_broker
    return np.where(given > 0, given, rule.storage_per_broker)


def iam_connections(w: MSKWorkload) -> Numbers:
    """Return the connections that the quota on IAM access control counts [1]."""
    return np.where(w.iam_authentication, w.connections, 0)


def brokers_by_egress(w: MSKWorkload, broker_class: Words, rule: Rules) -> Numbers:
    """Return the brokers whose egress or network is used in full at the peak, not rounded [1]."""
    express = w.consumers / (rule.egress_mbps[broker_class] * BYTES_PER_MB)
    standard = network_ratio(w, rule) / network_bytes(broker_class, rule)
    return peak_in(w) * np.where(broker_class.isin(EXPRESS), express, standard)


def sized(w: MSKWorkload, broker_class: Words, needed: dict[str, Numbers], rule: Rules) -> Need:
    """Return the brokers that the largest need takes, as many in each zone [1], and that need.

    Examples
    --------
    AWS's own: 100 MBps for five consumer groups are 500 MBps of egress. An express.m7g.2xlarge
    gives out 125: four brokers become six.

    >>> from types import SimpleNamespace as Row
    >>> needed = dict(zip(NEEDS, (1.6, 4.0, 0.1, 0.0, 0.0)))
    >>> size = WordColumn(np.array([0]), ("express.m7g.2xlarge",))
    >>> rule = Row(express_zones=3, express_replicas=3)
    >>> count, binding = sized(Row(availability_zones=3, replication_factor=3), size, needed, rule)
    >>> count.tolist(), binding.tolist()
    ([6.0], ['egress'])
    """
    in_zones = zones(w, broker_class, rule)
    least = np.maximum(in_zones, copies(w, broker_class, rule))
    count, binding = largest(needed, least, "zones")
    return Need(in_every_zone(count, in_zones), binding)


def brokers_of(
    w: MSKWorkload, broker_class: Words, needed: dict[str, Numbers], rule: Rules
) -> Need:
    """Return the brokers that are given, or else those needed [1], and what binds."""
    count, binding = sized(w, broker_class, needed, rule)
    none, given = broker_class == "", w.brokers > 0
    own = np.where(given, BINDINGS.index("given"), binding.codes)
    codes = np.where(none, BINDINGS.index("none"), own)
    brokers = np.where(none, 0, np.where(given, w.brokers, count))
    return Need(brokers, WordColumn(codes, BINDINGS))


def chosen_class(w: MSKWorkload, rule: Rules) -> WordColumn:
    """Return the size of each broker: the one given, or that of the cheapest cluster that suits.

    Where none suits, it is the dearest size, as :mod:`pricing.kit.class_choice` has it.
    """
    asked: Words = w.broker_class
    express, none = w.cluster_type == "express", w.cluster_type == "serverless"
    own = np.where(express, asked.isin(EXPRESS), asked.isin(STANDARD))
    given = WordColumn(np.where(own, asked.codes, 0), asked.words)
    sold = class_choice.filled(given, lambda: cheapest_class(w, rule))
    return WordColumn(np.where(none, 0, sold.codes), sold.words)


def cheapest_class(w: MSKWorkload, rule: Rules) -> WordColumn:
    """Return the size of the cheapest cluster that bears the load, or the dearest size.

    Where no size of the type has a price, it is the smallest that bears the load.
    """
    every = class_choice.every_class(CLASSES)
    costs, suits = clusters(w, w.brokers, rule)
    express = class_choice.with_axis(w.cluster_type == "express")
    of_type = np.where(express, every.isin(EXPRESS), every.isin(STANDARD))
    may_be = of_type & np.logical_not(every.isin(BURSTABLE))
    day, region = class_choice.with_axis(w.price_date), class_choice.with_classes(w.region)
    price = rule.list_price("broker_hours", (every,), day, region)
    some = (suits & may_be & known(costs)).any(axis=-1, keepdims=True)
    return class_choice.cheapest(every, np.where(some, costs, price), suits, may_be)


def clusters(w: MSKWorkload, given: Numbers, rule: Rules) -> tuple[Numbers, Flags]:
    """Return what a cluster of each size costs [USD a month], and whether it bears the load.

    T3, which AWS does not advise for production, and a size without a price cost NaN.

    Parameters
    ----------
    given : brokers that are given [1], which bear the load in whatever zones they stand; 0 is as
        many as the load and the zones need
    """
    every, load = class_choice.every_class(CLASSES), class_choice.for_each_class(w)
    needed, own = needed_brokers(load, every, rule), class_choice.with_axis(given)
    count, _ = sized(load, every, needed, rule)
    brokers = np.where(own > 0, own, count)
    costs = provisioned_cost(load, every, brokers, rule)
    enough = np.where(own > 0, largest(needed).count <= own, count <= most_brokers(load, rule))
    asked = (load.provisioned_throughput_mibps > 0) & every.isin(STANDARD)
    possible = np.logical_not(asked) | known(rule.most_storage_mibps[every])
    return np.where(every.isin(BURSTABLE), np.nan, costs), enough & possible


def most_brokers(w: MSKWorkload, rule: Rules) -> Numbers:
    """Return the most brokers of a cluster, by what keeps its metadata [2]_ [1]."""
    zookeeper = w.metadata_mode == "zookeeper"
    return np.where(zookeeper, rule.zookeeper_brokers, rule.brokers_per_cluster)


def provisioned_quantities(
    w: MSKWorkload, broker_class: Words, brokers: Numbers, rule: Rules
) -> dict[str, Numbers]:
    """Return the metered quantities of brokers and their storage, by meter."""
    express, ingested = broker_class.isin(EXPRESS), kept_gb(w, w.hours_per_month)
    charged = throughput_mibps(w, broker_class, rule) - w.included_throughput_mibps
    kept = kept_gb(w, w.retention_hours) * w.billed_storage_copies
    return {
        "broker_hours": brokers * w.hours_per_month,
        "broker_storage": broker_storage_gb(w, broker_class, brokers, rule),
        "storage_throughput": brokers * np.maximum(0, charged),
        "tiered_storage": tiered_gb(w, broker_class),
        "tiered_retrieval": np.where(tiered(w, broker_class), w.monthly_tiered_read_gb, 0),
        "express_data_in": np.where(express, ingested, 0),
        "express_storage": np.where(express, kept, 0),
    }


def serverless_quantities(w: MSKWorkload, rule: Rules) -> dict[str, Numbers]:
    """Return the metered quantities of a Serverless cluster, by meter."""
    ingested = kept_gb(w, w.hours_per_month)
    partitions = partitions_on(w, np.array(True), rule)
    return {
        "serverless_cluster_hours": w.hours_per_month,
        "serverless_partition_hours": partitions * w.hours_per_month,
        "serverless_data_in": ingested,
        "serverless_data_out": ingested * w.consumers,
        "serverless_storage": kept_gb(w, w.retention_hours) * w.billed_storage_copies,
    }


def provisioned_cost(w: MSKWorkload, broker_class: Words, brokers: Numbers, rule: Rules) -> Numbers:
    """Return what brokers and their storage cost [USD a month]; NaN where not known."""
    parts = provisioned_quantities(w, broker_class, brokers, rule)
    hours = cost(w, "broker_hours", parts.pop("broker_hours"), rule, broker_class)
    return hours + sum(cost(w, meter, quantity, rule) for meter, quantity in parts.items())


def serverless_cost(w: MSKWorkload, rule: Rules) -> Numbers:
    """Return what a Serverless cluster costs [USD a month]; NaN where not known."""
    parts = serverless_quantities(w, rule).items()
    return sum(cost(w, meter, quantity, rule) for meter, quantity in parts)


def cost(w: MSKWorkload, meter: str, quantity: Numbers, rule: Rules, *variant: Words) -> Numbers:
    """Return the list price of a quantity [USD]; a quantity of zero costs nothing."""
    price = rule.list_price(meter, variant, w.price_date, w.region)
    return np.where(quantity == 0, 0, quantity * price)


def crossing_zones(w: MSKWorkload, fraction: Numbers, kind: Words | str) -> Numbers:
    """Return the clients' traffic that crosses Availability Zones, and is charged [GB/month].

    Replication among brokers is free [1]_, and so is all traffic of Serverless within its Region,
    unless it is assumed not to be.

    Parameters
    ----------
    kind : the type of the cluster

    Examples
    --------
    1,000 GB for two consumers, spread over three zones: 2,000 GB cross, or 667 if consumers are
    rack-aware.

    >>> from types import SimpleNamespace as Row
    >>> w = Row(records_per_second=1, record_bytes=1000 * 2**30 / 3600, hours_per_month=1,
    ...         consumers=2, rack_aware_consumers=np.array([False, True]), replication_factor=3,
    ...         availability_zones=3, serverless_zone_transfer=False)
    >>> crossing_zones(w, 2 / 3, "standard").round().tolist()
    [2000.0, 667.0]
    """
    crossing = fraction + w.consumers * read_afar(w, fraction, kind)
    free = (kind == "serverless") & np.logical_not(w.serverless_zone_transfer)
    return np.where(free, 0, kept_gb(w, w.hours_per_month) * crossing)


def read_afar(w: MSKWorkload, fraction: Numbers, kind: Words | str) -> Numbers:
    """Return the share of what a consumer reads that crosses Availability Zones [ratio].

    A rack-aware consumer reads from a replica in its own zone, and from another zone where its own
    has none. Only Standard brokers may have fewer replicas than zones.

    Examples
    --------
    One to three replicas in three zones.

    >>> from types import SimpleNamespace as Row
    >>> w = Row(replication_factor=np.arange(1, 4), availability_zones=3, rack_aware_consumers=True)
    >>> read_afar(w, 0.5, "standard").round(2).tolist(), float(read_afar(w, 0.5, "express")[0])
    ([0.5, 0.33, 0.0], 0.0)
    """
    elsewhere = np.maximum(0, 1 - w.replication_factor / w.availability_zones)
    without = np.where(kind == "standard", elsewhere, 0)
    return np.where(w.rack_aware_consumers, np.minimum(fraction, without), fraction)


def charges(w: MSKWorkload, c: MSKCapacity, rule: Rules) -> Iterator[Charge]:
    """Yield the metered quantities of a month, in the pricing page's order.

    Brokers are billed by the second, and data by the byte. Brokers and what is provisioned for each
    stay as they are over a day. A Replicator is billed in the Region to which it copies.
    """
    broker_class: Words = c.broker_class
    provisioned, volumes = broker_class != "", w.storage_gb_per_broker > 0
    fixed = {
        "broker_hours": provisioned,
        "storage_throughput": provisioned,
        "broker_storage": volumes,
    }
    for meter, quantity in provisioned_quantities(w, broker_class, c.brokers, rule).items():
        variant = (broker_class,) if meter == "broker_hours" else ()
        yield Charge(meter, quantity, variant, peak=fixed.get(meter, False))
    yield Charge("private_connectivity_hours", schemes(w) * w.hours_per_month)
    private = np.where(provisioned, w.monthly_private_connectivity_gb, 0)
    yield Charge("private_connectivity_data", private)
    for meter, quantity in serverless_quantities(w, rule).items():
        yield Charge(meter, np.where(provisioned, 0, quantity))

    yield Charge("connect_hours", w.connect_workers * w.mcus_per_worker * w.hours_per_month)
    secondary: Words = w.secondary_region
    target = secondary.filled(w.region)
    yield Charge("replicator_hours", w.replicators * w.hours_per_month, (), target)
    yield Charge("replicator_data", w.monthly_replicated_gb, (), target)
    moved = between_regions(w.monthly_replicated_gb, w.region, target)  # type: ignore[arg-type]
    yield Charge("replicator_transfer", moved, (target,))
    yield Charge("zone_transfer", c.monthly_cross_zone_gb * rule.zone_transfer_sides)
    yield Charge("internet_out_data", w.monthly_internet_out_gb)


def schemes(w: MSKWorkload) -> Numbers:
    """Return the authentication schemes with private connectivity [1]: Serverless has none."""
    return np.where(w.cluster_type == "serverless", 0, w.private_connectivity_schemes)


def findings(w: MSKWorkload, c: MSKCapacity, rule: Rules) -> Iterator[Finding]:
    """Yield the quotas and rules that apply to the cluster [2]_ [4]_ [5]_."""
    yield from broker_findings(w, c, rule)
    yield from load_findings(w, c, rule)
    yield from record_findings(w, rule)
    yield from partition_findings(w, c, rule)
    yield from storage_findings(w, c, rule)
    yield from tiered_findings(w, c, rule)
    yield from serverless_findings(w, c)
    yield from availability_findings(w, c, rule)
    yield from companion_findings(w)
    yield from saving_findings(w, c, rule)
    yield from transfer_findings(w, c, rule)
    unused = settings_without_effect(w)
    yield Finding.met("without_effect", unused > 0, unused)


def broker_findings(w: MSKWorkload, c: MSKCapacity, rule: Rules) -> Iterator[Finding]:
    """Yield the quotas on the number of brokers and on their connections [2]_."""
    broker_class: Words = c.broker_class
    provisioned, zookeeper = broker_class != "", w.metadata_mode == "zookeeper"
    yield Finding("brokers_per_cluster", c.brokers, provisioned & np.logical_not(zookeeper))
    yield Finding("zookeeper_brokers", c.brokers, provisioned & zookeeper)
    yield Finding("brokers_in_region", c.brokers, provisioned)
    left = c.brokers % zones(w, broker_class, rule)
    yield Finding.met("uneven_zones", provisioned & (left > 0), left)
    yield Finding.met("burstable_broker", broker_class.isin(BURSTABLE), c.brokers)
    yield from connection_findings(w, c, rule)


def connection_findings(w: MSKWorkload, c: MSKCapacity, rule: Rules) -> Iterator[Finding]:
    """Yield the quotas on connections of a broker with IAM access control [2]_."""
    broker_class: Words = c.broker_class
    each, iam = np.maximum(1, c.brokers), (broker_class != "") & w.iam_authentication
    yield Finding("iam_connections", w.connections / each, iam & (w.connections > 0))
    opened, t3 = w.new_connections_per_second / each, broker_class.isin(BURSTABLE)
    limit = np.where(t3, rule.burstable_new_connections, rule.usual_new_connections)
    yield Finding("new_iam_connections", opened, iam & (opened > 0), limit)


def load_findings(w: MSKWorkload, c: MSKCapacity, rule: Rules) -> Iterator[Finding]:
    """Compare the load on a broker with what it bears [2]_ [3]_ [6]_.

    What AWS calls safe is compared with the peak. The sustained limits of a volume and of a network
    are compared with the mean, because small sizes burst.
    """
    broker_class: Words = c.broker_class
    each = np.maximum(1, c.brokers) * BYTES_PER_MB
    written, read = c.peak_write_bytes / each, c.peak_read_bytes / each
    safe_in = ingress_bytes(w, broker_class, rule) / BYTES_PER_MB
    safe_out = client_egress_bytes(w, broker_class, rule) / BYTES_PER_MB
    yield Finding("broker_ingress", written, broker_class != "", safe_in)
    yield Finding("broker_egress", read, (broker_class != "") & (w.consumers > 0), safe_out)
    yield from throttle_findings(broker_class, written, read, rule)
    yield from sustained_findings(w, broker_class, written / w.peak_to_mean, rule)


def sustained_findings(
    w: MSKWorkload, broker_class: Words, written: Numbers, rule: Rules
) -> Iterator[Finding]:
    """Compare what a Standard broker stores and sends with its volume and network [MiB/s] [6]_."""
    standard = broker_class.isin(STANDARD)
    stored, sent = (written * ratio for ratio in broker_io(w))
    volume = storage_bytes(w, broker_class, rule) / BYTES_PER_MB
    yield Finding("volume_throughput", stored, standard, volume)
    network = network_bytes(broker_class, rule) / BYTES_PER_MB
    yield Finding("broker_network", sent, standard, network)


def throttle_findings(
    broker_class: Words, written: Numbers, read: Numbers, rule: Rules
) -> Iterator[Finding]:
    """Compare what goes through an Express broker with what throttles it [MiB/s] [2]_."""
    express = broker_class.isin(EXPRESS)
    yield Finding("express_ingress", written, express, rule.most_ingress_mbps[broker_class])
    yield Finding("express_egress", read, express, rule.most_egress_mbps[broker_class])


def broker_io(w: MSKWorkload) -> tuple[Numbers, Numbers]:
    """Return what a Standard broker stores and sends for each byte written to it [6]_ [ratio].

    Examples
    --------
    With three replicas and four consumers a broker stores 3 bytes, and sends 6. So nine brokers
    with a network of 640 MB/s, used to 80 percent, take 768 MB/s. Their volumes of 288 MB/s, used
    as much, take 691.2 MB/s, which is less and binds.

    >>> from types import SimpleNamespace as Row
    >>> stored, sent = broker_io(Row(replication_factor=3, consumers=4))
    >>> stored, sent, 9 * 640 * 0.8 / sent, round(9 * 288 * 0.8 / stored, 1)
    (3, 6, 768.0, 691.2)
    """
    return w.replication_factor, w.consumers + w.replication_factor - 1


def partition_findings(w: MSKWorkload, c: MSKCapacity, rule: Rules) -> Iterator[Finding]:
    """Yield the limits on partitions, with replicas, and on what goes through one [2]_ [4]_."""
    broker_class: Words = c.broker_class
    express, serverless = broker_class.isin(EXPRESS), broker_class == ""
    advised, most = rule.partitions[broker_class], rule.most_partitions[broker_class]
    held = c.partitions_per_broker
    yield Finding("partitions_per_broker", held, np.logical_not(serverless), advised)
    yield Finding("updatable_partitions", held, broker_class.isin(STANDARD), most)
    yield Finding("express_partitions", held, express, most)
    share = np.maximum(1 / c.partitions, w.hottest_key_fraction) / BYTES_PER_MB
    written, read = c.peak_write_bytes * share, c.peak_read_bytes * share
    yield Finding("express_partition_ingress", written, express)
    yield Finding("serverless_partition_ingress", written, serverless)
    yield Finding("serverless_partition_egress", read, serverless)


def largest_record(w: MSKWorkload) -> Numbers:
    """Return the size of the largest record [B]."""
    return np.maximum(w.record_bytes, w.largest_record_bytes)


def record_findings(w: MSKWorkload, rule: Rules) -> Iterator[Finding]:
    """Compare the largest record with a setting of brokers, and with quotas [2]_ [7]_."""
    size, serverless = largest_record(w), w.cluster_type == "serverless"
    yield Finding("broker_record_bytes", size, np.logical_not(serverless))
    yield Finding("serverless_record_bytes", size, serverless)
    own, target = w.region, w.secondary_region
    within = target.filled(own).codes == own.codes  # type: ignore[attr-defined]
    most = np.where(within, rule.same_region_record_bytes, rule.cross_region_record_bytes)
    copied = (w.replicators > 0) | (w.monthly_replicated_gb > 0)
    yield Finding("replicator_record_bytes", size, copied, most)


def storage_findings(w: MSKWorkload, c: MSKCapacity, rule: Rules) -> Iterator[Finding]:
    """Yield the limits on volumes, and compare retention with an outage."""
    broker_class: Words = c.broker_class
    standard = broker_class.isin(STANDARD)
    yield Finding("storage_per_broker", c.storage_gb_per_broker, standard)
    given = standard & (w.storage_gb_per_broker > 0)
    data = needed_storage_gb(w, broker_class) * w.target_storage_utilization
    used = data / np.where(c.broker_storage_gb > 0, c.broker_storage_gb, 1)
    yield Finding("storage_used", used, given)
    yield Finding("storage_full", used, given)
    yield Finding("backlog_hours", w.outage_hours, w.outage_hours > 0, w.retention_hours)
    yield from throughput_findings(w, c, rule)


def throughput_findings(w: MSKWorkload, c: MSKCapacity, rule: Rules) -> Iterator[Finding]:
    """Yield the limits on the throughput of volumes, and where more of it takes fewer brokers."""
    broker_class: Words = c.broker_class
    standard, most = broker_class.isin(STANDARD), rule.most_storage_mibps[broker_class]
    asked, possible = standard & (w.provisioned_throughput_mibps > 0), known(most)
    provisioned = w.provisioned_throughput_mibps
    yield Finding("provisioned_throughput", provisioned, asked & possible, most)
    yield Finding.met("throughput_unsupported", asked & np.logical_not(possible), provisioned)
    less = asked & (provisioned < rule.default_storage_mibps)
    yield Finding.met("least_throughput", less, provisioned)
    binds = standard & np.logical_not(asked) & possible & (c.binding == "ingress")
    yield Finding.met("volume_binds", binds, c.brokers)


def tiered_findings(w: MSKWorkload, c: MSKCapacity, rule: Rules) -> Iterator[Finding]:
    """Yield what tiered storage asks for, and what it would save [5]_ [USD a month]."""
    broker_class, region = c.broker_class, w.region
    moves = tiered(w, broker_class)
    barred = broker_class.isin(BURSTABLE) | region.isin(GOVCLOUD) | (w.compacted_partitions > 0)  # type: ignore[attr-defined]
    brief = w.retention_hours < rule.least_tiered_hours
    late = w.local_retention_hours >= w.retention_hours
    yield Finding.met("tiered_unsupported", moves & barred)
    yield Finding.met("tiered_retention", moves & brief, w.retention_hours)
    yield Finding.met("local_retention", moves & late, w.local_retention_hours)
    yield Finding.met("tiered_reads_left_out", moves & (w.monthly_tiered_read_gb == 0))
    possible = np.logical_not(barred | brief | late | moves | (w.storage_gb_per_broker > 0))
    saved = tiered_saving(w, c, rule)
    yield Finding.met("tiered_saving", possible & (saved > 0), saved)


def tiered_saving(w: MSKWorkload, c: MSKCapacity, rule: Rules) -> Numbers:
    """Return what the same retention costs less with tiered storage [USD a month] [5]_."""
    with_tiers = structs.replace(w, tiered_storage=np.array(True))
    rows = (w, with_tiers)
    return saving(*(provisioned_cost(row, c.broker_class, c.brokers, rule) for row in rows))


def serverless_findings(w: MSKWorkload, c: MSKCapacity) -> Iterator[Finding]:
    """Yield the quotas of a Serverless cluster [2]_."""
    serverless = w.cluster_type == "serverless"
    yield Finding("serverless_ingress", c.peak_write_bytes / BYTES_PER_MB, serverless)
    yield Finding("serverless_egress", c.peak_read_bytes / BYTES_PER_MB, serverless)
    yield Finding("serverless_consumers", w.consumers, serverless)
    yield from serverless_client_findings(w, serverless)
    plain = np.maximum(0, c.partitions - w.compacted_partitions)
    yield Finding("serverless_partitions", plain, serverless)
    compacted = w.compacted_partitions
    yield Finding("serverless_compacted_partitions", compacted, serverless & (compacted > 0))


def serverless_client_findings(w: MSKWorkload, serverless: Flags) -> Iterator[Finding]:
    """Yield the quotas on the connections and requests of a Serverless cluster [2]_."""
    yield Finding("serverless_connections", w.connections, serverless & (w.connections > 0))
    opened = w.new_connections_per_second
    yield Finding("serverless_new_connections", opened, serverless & (opened > 0))
    asked = w.requests_per_second
    yield Finding("serverless_requests", asked, serverless & (asked > 0))


def availability_findings(w: MSKWorkload, c: MSKCapacity, rule: Rules) -> Iterator[Finding]:
    """Yield what Standard brokers need to keep data, and to take writes, in an outage [4]_."""
    standard = c.broker_class.isin(STANDARD)  # type: ignore[attr-defined]
    replicas, least = w.replication_factor, w.min_insync_replicas
    yield Finding("replication_factor", replicas, standard, np.maximum(1, c.brokers))
    yield Finding.met("few_replicas", standard & (replicas < rule.advised_replicas), replicas)
    yield Finding(
        "min_insync_replicas", least, standard & (replicas > 1), np.maximum(1, replicas - 1)
    )
    left = replicas - whole_units(replicas / w.availability_zones)
    yield Finding.met("zone_outage", standard & (left < least), left)
    few = standard & (w.availability_zones < rule.advised_zones)
    yield Finding.met("two_zones", few, w.availability_zones)


def companion_findings(w: MSKWorkload) -> Iterator[Finding]:
    """Yield the quotas on connectors and Replicators [2]_."""
    yield Finding("connect_workers", w.connect_workers, w.connect_workers > 0)
    yield Finding("replicators", w.replicators, w.replicators > 0)
    copied = w.monthly_replicated_gb / seconds(w) * w.peak_to_mean
    yield Finding("replicator_ingress", copied / np.maximum(1, w.replicators), copied > 0)


def saving_findings(w: MSKWorkload, c: MSKCapacity, rule: Rules) -> Iterator[Finding]:
    """Yield what another type of cluster, or a newer size, would save [USD a month]."""
    own = cluster_cost(w, c, rule)
    for kind, other in other_costs(w, rule).items():
        saved = saving(own, other)
        yield Finding.met(f"{kind}_saving", (w.cluster_type != kind) & (saved > 0), saved)
    saved, bears = graviton_saving(w, c, rule)
    yield Finding.met("graviton_saving", bears & (saved > 0), saved)


def graviton_saving(w: MSKWorkload, c: MSKCapacity, rule: Rules) -> tuple[Numbers, Flags]:
    """Return what as many M7g brokers cost less [USD a month], and whether they bear the load.

    An m7g.large has a slower network to Amazon EBS than an m5.large.
    """
    size: Words = c.broker_class
    newer = WordColumn(size.codes, tuple(GRAVITON.get(word, "") for word in size.words))
    hours = c.brokers * w.hours_per_month
    costs = (cost(w, "broker_hours", hours, rule, each) for each in (size, newer))
    return saving(*costs), largest(needed_brokers(w, newer, rule)).count <= c.brokers


def cluster_cost(w: MSKWorkload, c: MSKCapacity, rule: Rules) -> Numbers:
    """Return what the cluster and its clients' traffic between zones cost [USD a month]."""
    broker_class: Words = c.broker_class
    serverless = broker_class == ""
    brokers = provisioned_cost(w, broker_class, c.brokers, rule)
    alone = np.where(serverless, serverless_cost(w, rule), brokers)
    return alone + zone_cost(w, w.cluster_type, rule)


def other_costs(w: MSKWorkload, rule: Rules) -> dict[str, Numbers]:
    """Return what the cheapest cluster of each type costs [USD a month]; NaN where none suits."""
    every = class_choice.every_class(CLASSES)
    costs, suits = clusters(w, np.array(0), rule)
    found = {}
    for kind, sizes in (("standard", STANDARD), ("express", EXPRESS)):
        priced = np.where(suits & every.isin(sizes) & known(costs), costs, np.inf).min(axis=-1)
        found[kind] = np.where(priced < np.inf, priced, np.nan) + zone_cost(w, kind, rule)
    serverless = serverless_cost(w, rule) + zone_cost(w, "serverless", rule)
    return found | {"serverless": np.where(fits_serverless(w, rule), serverless, np.nan)}


def fits_serverless(w: MSKWorkload, rule: Rules) -> Flags:
    """Return where a Serverless cluster takes the load, within its quotas [2]_."""
    throughput, most = peak_in(w) / BYTES_PER_MB, partitions_on(w, np.array(True), rule)
    hottest = throughput * np.maximum(1 / most, w.hottest_key_fraction)
    quotas = (
        (throughput, rule.serverless_ingress),
        (throughput * w.consumers, rule.serverless_egress),
        (hottest, rule.serverless_partition_ingress),
        (hottest * w.consumers, rule.serverless_partition_egress),
        (np.maximum(0, most - w.compacted_partitions), rule.serverless_partitions),
    )
    within = np.logical_and.reduce(np.broadcast_arrays(*(used <= limit for used, limit in quotas)))
    return within & fits_clients(w, rule)


def fits_clients(w: MSKWorkload, rule: Rules) -> Flags:
    """Return where the clients' demand is within the quotas of Serverless [2]_."""
    quotas = (
        (largest_record(w), rule.serverless_record_bytes),
        (w.consumers, rule.serverless_consumers),
        (w.compacted_partitions, rule.serverless_compacted_partitions),
        (w.connections, rule.serverless_connections),
        (w.new_connections_per_second, rule.serverless_new_connections),
        (w.requests_per_second, rule.serverless_requests),
    )
    return np.logical_and.reduce(np.broadcast_arrays(*(used <= limit for used, limit in quotas)))


def zone_cost(w: MSKWorkload, kind: Words | str, rule: Rules) -> Numbers:
    """Return what clients' traffic between Availability Zones costs [USD a month]."""
    moved = crossing_zones(w, w.cross_zone_fraction, kind) * rule.zone_transfer_sides
    return cost(w, "zone_transfer", moved, rule)


def transfer_findings(w: MSKWorkload, c: MSKCapacity, rule: Rules) -> Iterator[Finding]:
    """Yield what traffic between Availability Zones is left out, or could be saved [USD a month].

    The amount is not known where AWS's price between zones is not.
    """
    in_zones = zones(w, c.broker_class, rule)
    spread = crossing_zones(w, (in_zones - 1) / in_zones, w.cluster_type) * rule.zone_transfer_sides
    provisioned = w.cluster_type != "serverless"
    left_out = provisioned & (w.cross_zone_fraction == 0) & (w.records_per_second > 0)
    yield Finding.met("zone_transfer_left_out", left_out, cost(w, "zone_transfer", spread, rule))
    aware = structs.replace(w, rack_aware_consumers=np.array(True))
    saved = saving(*(zone_cost(row, w.cluster_type, rule) for row in (w, aware)))
    yield Finding.met("rack_awareness_saving", saved > 0, saved)


def settings_without_effect(w: MSKWorkload) -> Numbers:
    """Return how many settings have no effect on a cluster of this type [1]."""
    express, serverless = w.cluster_type == "express", w.cluster_type == "serverless"
    others, asked = express | serverless, w.broker_class
    tiers, volumes = w.tiered_storage, w.storage_gb_per_broker > 0
    of_standard = count_true(tiers, volumes, w.provisioned_throughput_mibps > 0)
    of_brokers = count_true(w.brokers > 0, w.private_connectivity_schemes > 0)
    foreign = np.where(express, asked.isin(STANDARD), asked.isin(EXPRESS))  # type: ignore[attr-defined]
    named = np.where(serverless, asked != "", foreign)
    read = (w.monthly_tiered_read_gb > 0) & (others | np.logical_not(tiers))
    copied = (w.monthly_replicated_gb > 0) & (w.replicators == 0)
    unused = np.where(others, of_standard, 0) + np.where(serverless, of_brokers, 0)
    return unused + count_true(named, read, copied)


def crossing(w: MSKWorkload, c: MSKCapacity) -> dict[str, Numbers]:
    """Return the mean throughput in and out [Bytes/Second]."""
    return {
        "write_bytes_per_second": c.peak_write_bytes / w.peak_to_mean,
        "read_bytes_per_second": c.peak_read_bytes / w.peak_to_mean,
    }


SERVICE = Service(
    key="msk",
    name="Amazon Managed Streaming for Apache Kafka",
    category="Analytics",
    workload=MSKWorkload,
    capacity_type=MSKCapacity,
    capacity=capacity,
    charges=charges,
    findings=findings,
    loads=(
        "records_per_second",
        "record_bytes",
        "peak_to_mean",
        "consumers",
        "retention_hours",
        "local_retention_hours",
        "monthly_tiered_read_gb",
        "connections",
        "cross_zone_fraction",
        "private_connectivity_schemes",
        "monthly_private_connectivity_gb",
        "connect_workers",
        "mcus_per_worker",
        "replicators",
        "monthly_replicated_gb",
        "monthly_internet_out_gb",
        "billed_storage_copies",
        "hours_per_month",
    ),
    example=MSKWorkload(
        name="events",
        region="us-east-1",
        records_per_second=10_000.0,
        record_bytes=1000.0,
        consumers=2.0,
        partitions=60.0,
    ),
    compared="cluster_type",
    swept="records_per_second",
    crossing=crossing,
    hourly=Hourly(varies=(), peaks=("peak_to_mean",)),
)
