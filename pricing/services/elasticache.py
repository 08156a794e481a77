"""Amazon ElastiCache: one cache, node-based or serverless, of Valkey, Redis OSS or Memcached.

Sections follow AWS's pricing page [1]_: nodes, serverless storage and ElastiCache Processing Units,
backups, Extended Support, durability, data transfer.

References
----------
.. [1] "Amazon ElastiCache pricing", https://aws.amazon.com/elasticache/pricing/
.. [2] "Choosing your node size", ElastiCache user guide (2023-05-22),
   https://docs.aws.amazon.com/AmazonElastiCache/latest/red-ug/nodes-select-size.html
.. [3] "Engine specific parameters", ElastiCache user guide (2026),
   https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/ParameterGroups.Engine.html
.. [4] "Quotas for ElastiCache", ElastiCache user guide (2026),
   https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/quota-limits.html
.. [5] "Amazon ElastiCache Extended Support charges", ElastiCache user guide (2026),
   https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/extended-support-charges.html
.. [6] "Auto Scaling Valkey and Redis OSS clusters", ElastiCache user guide (2026),
   https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/AutoScaling.html
.. [7] "Durability in ElastiCache", user guide (2026),
   https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/durability.html
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
import numpy as np
from msgspec import Struct

from pricing import tables
from pricing.arrays import Flags, Numbers, Words
from pricing.kit import autoscaling
from pricing.kit.cache import (
    busiest_node_findings,
    busiest_share,
    cluster_findings,
    left_for_data,
    less_with_valkey,
    monthly_gb,
    primary_requests,
    readers,
    shards_for_connections,
    shards_for_memory,
    shards_for_requests,
    shards_of,
    sustained_bytes,
    tiering_findings,
)
from pricing.kit.instances import Connections
from pricing.kit.limits import known
from pricing.kit.nodes import in_shards
from pricing.kit.sizing import largest
from pricing.kit.transfer import between_regions
from pricing.model import Charge, Finding, Hourly, Policy, Scaled, Service, WorkloadFields
from pricing.quantities import (
    REGION_CODES,
    Bytes,
    Fraction,
    Gigabytes,
    PerSecond,
    PriceDate,
    Ratio,
    about,
    bounded,
    measured,
    whole,
)
from pricing.rates import Rules
from pricing.units import (
    BYTES_PER_GB,
    BYTES_PER_KB,
    BYTES_PER_MB,
    SECONDS_PER_HOUR,
    count_true,
    whole_units,
)

NODE_TYPES = tables.instance_classes("elasticache")
"""Every node type with a price anywhere."""
BURSTABLE = tuple(name for name in NODE_TYPES if name.startswith("cache.t"))
PREVIOUS_GENERATION = tuple(
    name
    for name in NODE_TYPES
    if name.startswith(("cache.c1", "cache.m1", "cache.m2", "cache.m3", "cache.r3", "cache.t1"))
)
SCALED_FAMILIES = ("c7gn", "m5", "m6g", "m7g", "r5", "r6g", "r6gd", "r7g")
SCALED_SIZES = ("large", "xlarge", "2xlarge")
SCALABLE = tuple(
    name
    for name in NODE_TYPES
    if name.split(".")[1] in SCALED_FAMILIES and name.split(".")[2] in SCALED_SIZES
)
"""Node types that Auto Scaling takes [6]_."""
DURABLE_FAMILIES = ("r8g", "r7g", "r6g", "m8g", "m7g", "m6g", "c8gn", "c7gn")
DURABLE = tuple(name for name in NODE_TYPES if name.split(".")[1] in DURABLE_FAMILIES)
"""Node types that keep writes durably [7]_."""
SMALL = tuple(name for name in BURSTABLE if name.endswith(".small"))
MICRO = tuple(name for name in BURSTABLE if name.endswith(".micro"))

if TYPE_CHECKING:
    NodeType = str
    OtherRegion = str
else:
    NodeType = Literal[NODE_TYPES]
    OtherRegion = Literal[("", *REGION_CODES)]


class ElastiCacheWorkload(WorkloadFields, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Demand on one ElastiCache cache in one Region."""

    price_date: PriceDate = tables.newest_day("elasticache")
    engine: Annotated[Literal["valkey", "redis", "memcached"], about("Cache engine.")] = "valkey"
    engine_version: Annotated[
        Literal["", "4", "5", "6"],
        about(
            "Major version of Redis OSS, which Extended Support is charged for once its standard"
            " support has ended; empty is a version with standard support."
        ),
    ] = ""
    capacity_mode: Annotated[
        Literal["node-based", "serverless"], about("Whether nodes or what is used is paid for.")
    ] = "node-based"
    node_type: Annotated[
        NodeType,
        about("Assumption: type of each node; has no effect on a serverless cache."),
    ] = "cache.r7g.large"
    storage_gb: Annotated[
        Gigabytes, about("Data kept in the cache with keys and overhead, counted once.")
    ]
    shards: Annotated[
        float,
        whole("1", 0, 1_000_000),
        about("Shards of the cluster, or nodes of Memcached; 0 is as many as the load needs."),
    ] = 0.0
    replicas_per_shard: Annotated[
        float, whole("1", 0, 1000), about("Replicas of each primary; Memcached has none.")
    ] = 0.0
    replica_reads: Annotated[bool, about("Whether clients also read from replicas.")] = False
    durability: Annotated[
        Literal["none", "asynchronous", "synchronous"],
        about(
            "Whether Valkey 9 or later keeps writes in a log over Availability Zones: after they"
            " are answered, which costs nothing more, or before, which does."
        ),
    ] = "none"
    autoscaling_dimension: Annotated[
        Literal["", "shards", "replicas"],
        about(
            "What Auto Scaling adds as the commands need it, and takes away again: shards, of which"
            " `shards` are the least, or replicas of `shards` that are given, of which"
            " `replicas_per_shard` are the least. It needs `node_requests_per_second`."
        ),
    ] = ""
    reads_per_second: Annotated[PerSecond, about("Mean commands that read an item.")] = 0.0
    writes_per_second: Annotated[PerSecond, about("Mean commands that write an item.")] = 0.0
    item_bytes: Annotated[Bytes, about("Mean data that a command transfers.")] = 0.0
    peak_to_mean: Annotated[
        Ratio, about("Peak over mean of the commands; nodes are sized to the peak.")
    ] = 1.0
    vcpu_time_ratio: Annotated[
        Ratio, about("vCPU time of a command over that of a simple GET or SET (serverless).")
    ] = 1.0
    hottest_key_fraction: Annotated[
        Fraction, about("Share of the commands on the busiest key; a key stays in one slot.")
    ] = 0.0
    connections: Annotated[
        Connections, about("Connections that clients hold open, to all nodes together.")
    ] = 0.0
    node_requests_per_second: Annotated[
        PerSecond,
        about("Commands a second that a node was measured to serve; 0 is not known."),
    ] = 0.0
    target_utilization: Annotated[
        float, bounded("share", 0.01, 1), about("Share of a node's limits to plan for.")
    ] = 1.0
    reserved_memory_fraction: Annotated[
        float,
        bounded("share", 0, 0.9),
        about("Share of a node's memory kept for backups and replication (not Memcached)."),
    ] = 0.25
    hot_data_fraction: Annotated[
        Fraction,
        about("Share of the data that is in regular use, for data tiering; 0 is not known."),
    ] = 0.0
    minimum_storage_gb: Annotated[
        float, bounded("GB", 0, 5000), about("Minimum storage set for a serverless cache.")
    ] = 0.0
    maximum_storage_gb: Annotated[
        float, bounded("GB", 0, 5000), about("Maximum storage set for it; 0 is none.")
    ] = 0.0
    minimum_ecpus_per_second: Annotated[
        float, bounded("1/s", 0, 15_000_000), about("Minimum ECPUs a second set for it.")
    ] = 0.0
    maximum_ecpus_per_second: Annotated[
        float, bounded("1/s", 0, 15_000_000), about("Maximum ECPUs a second set for it; 0 is none.")
    ] = 0.0
    backup_gb: Annotated[Gigabytes, about("Backups kept, automatic and manual.")] = 0.0
    free_backup_gb: Annotated[
        Gigabytes, about("Assumption: backups of the cluster that are free.")
    ] = 0.0
    cross_zone_fraction: Annotated[
        Fraction, about("Share of the clients' traffic that crosses Availability Zones.")
    ] = 0.0
    charged_replication_sides: Annotated[
        float,
        whole("1", 0, 2),
        about(
            "Assumption: how many times data replicated to another Availability Zone is charged."
        ),
    ] = 0.0
    secondary_region: Annotated[
        OtherRegion,
        about("AWS Region to which a Global Datastore sends every write; empty is none."),
    ] = ""


class ElastiCacheCapacity(Struct, frozen=True):
    """What the cache has and can do; what AWS does not publish of a node type is null."""

    shards: Annotated[
        float, measured("1", "Shards, or nodes of Memcached; none of a serverless cache.")
    ]
    nodes: Annotated[float, measured("1", "Nodes of the cluster, replicas included.")]
    binding: Annotated[
        Literal["memory", "requests", "network", "connections", "durability", "least", "given"],
        about("What the number of shards follows from."),
    ]
    shards_by_memory: Annotated[float, measured("Shards", "What the data needs.")]
    shards_by_requests: Annotated[
        float, measured("Shards", "What the commands need, if `node_requests_per_second` is given.")
    ]
    shards_by_network: Annotated[
        float, measured("Shards", "What the transferred data needs, at the sustained bandwidth.")
    ]
    shards_by_connections: Annotated[float, measured("Shards", "What the connections need.")]
    shards_by_durability: Annotated[
        float, measured("Shards", "What the log of a durable cluster needs for its writes.")
    ]
    node_memory_gb: Annotated[
        float, measured("GB", "What a node leaves to data, SSD of data tiering included.")
    ]
    cluster_memory_gb: Annotated[
        float, measured("GB", "What all shards leave to data, each counted once.")
    ]
    memory_used_fraction: Annotated[float, measured("share", "Share of that the data fills.")]
    vcpus: Annotated[float | None, measured("vCPU", "vCPUs of a node.")]
    full_thread_fraction: Annotated[
        float | None,
        measured(
            "share",
            "CPU use of a node at which the one thread that runs commands is full;"
            " null for Memcached, which has many.",
        ),
    ]
    network_gbps: Annotated[float | None, measured("Gbps", "Network of a node, sustained.")]
    network_burst_gbps: Annotated[float | None, measured("Gbps", "Network of a node in bursts.")]
    max_connections: Annotated[float, measured("1", "Connections that the cache accepts.")]
    peak_traffic_bytes: Annotated[
        float, measured("Bytes/Second", "Data between clients and cache at the peak.")
    ]
    monthly_traffic_gb: Annotated[float, measured("GB/month", "Data between clients and cache.")]
    ecpus_per_request: Annotated[
        float, measured("ECPU", "ElastiCache Processing Units of a command.")
    ]
    ecpus_per_second: Annotated[float, measured("ECPU/Second", "Mean ECPUs that are used.")]
    billed_ecpus_per_second: Annotated[
        float, measured("ECPU/Second", "Mean ECPUs that are billed; none of nodes.")
    ]
    billed_storage_gb: Annotated[
        float, measured("GB", "Serverless storage that is billed; none of nodes.")
    ]


def capacity(w: ElastiCacheWorkload, rule: Rules) -> ElastiCacheCapacity:
    """Return the nodes of the cluster and what they can do, or what a serverless cache bills.

    A serverless cache has neither shards nor nodes to count; what its load would need is told.
    """
    w, nodes_used = with_replicas(w, rule), w.capacity_mode == "node-based"
    needed = needed_shards(w, rule)
    count, binding = shards_of(w, needed, scales(w, "shards"))
    shards: Numbers = np.where(nodes_used, count, 0)
    nodes = in_shards(shards, replicas(w))
    memory = node_memory(w, rule)
    commands = w.reads_per_second + w.writes_per_second
    each, used = ecpus_per_request(w), ecpus_per_second(w)
    held = nodes * rule.max_connections[w.node_type]
    filled: Numbers = np.where(nodes_used, w.storage_gb / (count * memory), 0)
    connections: Numbers = np.where(nodes_used, held, rule.serverless_connections)
    ecpus: Numbers = np.where(nodes_used, 0, np.maximum(used, w.minimum_ecpus_per_second))
    billed_gb: Numbers = np.where(nodes_used, 0, billed_storage(w, rule))
    return ElastiCacheCapacity(
        shards=shards,
        nodes=nodes,
        binding=binding,
        shards_by_memory=needed["memory"],
        shards_by_requests=needed["requests"],
        shards_by_network=needed["network"],
        shards_by_connections=needed["connections"],
        shards_by_durability=needed["durability"],
        node_memory_gb=memory,
        cluster_memory_gb=shards * memory,
        memory_used_fraction=filled,
        vcpus=rule.vcpus[w.node_type],
        full_thread_fraction=full_thread(w, rule),
        network_gbps=rule.network_gbps[w.node_type],
        network_burst_gbps=rule.network_burst_gbps[w.node_type],
        max_connections=connections,
        peak_traffic_bytes=commands * w.item_bytes * w.peak_to_mean,
        monthly_traffic_gb=monthly_gb(w, commands),
        ecpus_per_request=each,
        ecpus_per_second=used,
        billed_ecpus_per_second=ecpus,
        billed_storage_gb=billed_gb,
    )


def replicas(w: ElastiCacheWorkload) -> Numbers:
    """Return the replicas of each shard [1]: Memcached has none."""
    return np.where(w.engine == "memcached", 0, w.replicas_per_shard)


def scales(w: ElastiCacheWorkload, what: str) -> Flags:
    """Return where Auto Scaling can set shards or replicas by the commands [6]_.

    What a node serves must be known. Replicas must answer reads, and their shards be given.
    """
    asked = replicated(w) & (w.autoscaling_dimension == what) & (w.node_requests_per_second > 0)
    return asked if what == "shards" else asked & w.replica_reads & (w.shards > 0)


def autoscaled(w: ElastiCacheWorkload) -> Flags:
    """Return where Auto Scaling sets shards or replicas."""
    return scales(w, "shards") | scales(w, "replicas")


def with_replicas(w: ElastiCacheWorkload, rule: Rules) -> ElastiCacheWorkload:
    """Return the workload with the replicas that Auto Scaling adds for its load."""
    added = np.where(scales(w, "replicas"), needed_replicas(w, rule), 0)
    most = np.maximum(w.replicas_per_shard, added)
    return msgspec.structs.replace(w, replicas_per_shard=most)


def needed_replicas(w: ElastiCacheWorkload, rule: Rules) -> Numbers:
    """Return the replicas with which each node of given shards serves its part of the commands [1].

    They are at most those that a shard can have, and none where a node's commands are not known.

    Examples
    --------
    Two shards with 1,000 writes a second, planned for half of 10,000 commands a node: 9,000 are
    left to the reads, which 27,000 fill three times.

    >>> from types import SimpleNamespace as Row
    >>> w = Row(reads_per_second=27_000, writes_per_second=1000, peak_to_mean=1, replica_reads=True,
    ...         shards=2, node_requests_per_second=10_000, target_utilization=0.5)
    >>> float(needed_replicas(w, Row(most_replicas=5)))
    2.0
    """
    served = w.node_requests_per_second * w.target_utilization * w.shards
    left = served - w.writes_per_second * w.peak_to_mean
    nodes = w.reads_per_second * w.peak_to_mean / np.where(left > 0, left, 1)
    replicas = np.maximum(0, np.minimum(whole_units(nodes) - 1, rule.most_replicas))
    return np.where(served > 0, np.where(left > 0, replicas, rule.most_replicas), 0)


def seconds(w: ElastiCacheWorkload) -> Numbers:
    """Return the seconds of the month [s/month]."""
    return w.hours_per_month * SECONDS_PER_HOUR


def node_memory(w: ElastiCacheWorkload, rule: Rules) -> Numbers:
    """Return what a node leaves to data [GB]: maxmemory less its reserve, and SSD [2]_ [3]_.

    Memcached has a limit of its own, of which connections take a part. Where AWS's page has none,
    or a slip of the pen, it is maxmemory.

    Examples
    --------
    AWS's own: a Memcached cache.m5.large has 6,537 MB less 100 MB, which is 6,437 MB.

    >>> from types import SimpleNamespace as Row
    >>> rule = Row(maxmemory_bytes={"m5": 6854542746}, memcached_megabytes={"m5": 6537},
    ...            ssd_gib={"m5": np.nan}, memcached_overhead_bytes=100 * 2**20)
    >>> w = Row(engine="memcached", node_type="m5", reserved_memory_fraction=0.25)
    >>> float(node_memory(w, rule) * 1024)
    6437.0
    """
    maxmemory, ssd = rule.maxmemory_bytes[w.node_type], rule.ssd_gib[w.node_type]
    items = rule.memcached_megabytes[w.node_type] * BYTES_PER_MB
    memcached = np.where(known(items), items, maxmemory) - rule.memcached_overhead_bytes
    others = left_for_data(maxmemory, w.reserved_memory_fraction)
    in_memory = np.where(w.engine == "memcached", memcached, others) / BYTES_PER_GB
    return in_memory + np.where(known(ssd), ssd, 0)


def full_thread(w: ElastiCacheWorkload, rule: Rules) -> Numbers:
    """Return the CPU use of a node at which the thread that runs commands is full [2]_ [share].

    Examples
    --------
    AWS's own: 20 percent of four vCPUs are 80 percent of the thread, which 25 percent fill.

    >>> from types import SimpleNamespace as Row
    >>> w = Row(engine="redis", node_type="m4")
    >>> float(full_thread(w, Row(vcpus={"m4": 4})))
    0.25
    """
    return np.where(w.engine == "memcached", np.nan, 1 / rule.vcpus[w.node_type])


def needed_shards(w: ElastiCacheWorkload, rule: Rules) -> dict[str, Numbers]:
    """Return the shards that each load needs at the peak, not rounded [1]."""
    utilization, accepted = w.target_utilization, rule.max_connections[w.node_type]
    return {
        "memory": shards_for_memory(w.storage_gb, node_memory(w, rule), utilization),
        "requests": shards_for_requests(w, replicas(w)),
        "network": primary_bytes(w) / (sustained_bytes(w, rule) * utilization),
        "connections": shards_for_connections(w, accepted, replicas(w)),
        "durability": durable_bytes(w) / (rule.durable_write_bytes * utilization),
    }


def durable(w: ElastiCacheWorkload) -> Flags:
    """Return where writes are kept in a log over Availability Zones: nodes of Valkey [7]_."""
    return replicated(w) & (w.engine == "valkey") & (w.durability != "none")


def durable_bytes(w: ElastiCacheWorkload) -> Numbers:
    """Return what all primaries write to their log at the peak [Bytes/s]."""
    return np.where(durable(w), w.writes_per_second * w.item_bytes * w.peak_to_mean, 0)


def primary_bytes(w: ElastiCacheWorkload) -> Numbers:
    """Return what all primaries send or receive at the peak, whichever is more [Bytes/s].

    A primary sends each write to every replica.
    """
    sent = w.reads_per_second / readers(w, replicas(w)) + w.writes_per_second * replicas(w)
    return np.maximum(sent, w.writes_per_second) * w.item_bytes * w.peak_to_mean


def ecpus_per_request(w: ElastiCacheWorkload) -> Numbers:
    """Return the ElastiCache Processing Units of a command [1]_ [ECPU].

    They are the largest of 1, the KB transferred, and the vCPU time relative to a simple command.

    Examples
    --------
    AWS's own: a GET of 3.2 KB, and an HMGET of 2 KB that takes three times the vCPU time.

    >>> from types import SimpleNamespace as Row
    >>> w = Row(item_bytes=np.array([3.2, 2]) * 1024, vcpu_time_ratio=np.array([1, 3]))
    >>> ecpus_per_request(w).tolist()
    [3.2, 3.0]
    """
    return np.maximum(w.vcpu_time_ratio, w.item_bytes / BYTES_PER_KB)


def ecpus_per_second(w: ElastiCacheWorkload) -> Numbers:
    """Return the mean ElastiCache Processing Units that are used [ECPU/s]."""
    return (w.reads_per_second + w.writes_per_second) * ecpus_per_request(w)


def billed_storage(w: ElastiCacheWorkload, rule: Rules) -> Numbers:
    """Return the serverless storage that is billed: at least the engine's and the set minimum [GB].

    Examples
    --------
    An empty cache of Redis OSS is billed 1 GB.

    >>> from types import SimpleNamespace as Row
    >>> w = Row(engine="redis", storage_gb=0, minimum_storage_gb=0)
    >>> float(billed_storage(w, Row(serverless_minimum_gb={"redis": 1})))
    1.0
    """
    least = np.maximum(w.minimum_storage_gb, rule.serverless_minimum_gb[w.engine])
    return np.maximum(w.storage_gb, least)


def charges(w: ElastiCacheWorkload, c: ElastiCacheCapacity, rule: Rules) -> Iterator[Charge]:
    """Yield the metered quantities of a month, in the pricing page's order.

    A node-hour that is only partly used is charged in full.
    """
    w, scaled = with_replicas(w, rule), autoscaled(w)
    fixed, by_engine = (w.capacity_mode == "node-based") & np.logical_not(scaled), (w.engine,)
    node = (w.engine, w.node_type)
    node_hours = c.nodes * whole_units(w.hours_per_month)
    yield Charge("node_hours", node_hours, node, peak=fixed)
    yield Charge("serverless_storage", c.billed_storage_gb * w.hours_per_month, by_engine)
    yield Charge("ecpus", c.billed_ecpus_per_second * seconds(w), by_engine)
    kept = np.maximum(0, w.backup_gb - w.free_backup_gb)
    yield Charge("backup_storage", np.where(backed_up(w), kept, 0))
    premium = extended_support_premium(w, rule)
    yield Charge("extended_support", node_hours * premium, node, peak=fixed)
    synchronous = durable(w) & (w.durability == "synchronous")
    added = np.where(synchronous, rule.synchronous_durability_premium, 0)
    yield Charge("synchronous_durability", node_hours * added, node, peak=fixed)
    yield Charge("zone_transfer", crossing_zones(w, c))
    secondary: Words = w.secondary_region
    target = secondary.filled(w.region)
    sent = between_regions(monthly_gb(w, w.writes_per_second), w.region, target)  # type: ignore[arg-type]
    yield Charge("global_datastore_transfer", np.where(replicated(w), sent, 0), (target,))
    yield Charge("scaling_alarms", scaled * rule.scaling_alarms)


def backed_up(w: ElastiCacheWorkload) -> Flags:
    """Return where a cache can have backups: nodes of Memcached have none."""
    return (w.engine != "memcached") | (w.capacity_mode == "serverless")


def replicated(w: ElastiCacheWorkload) -> Flags:
    """Return where a cache can have replicas: nodes of Valkey and Redis OSS."""
    return (w.engine != "memcached") & (w.capacity_mode == "node-based")


def crossing_zones(w: ElastiCacheWorkload, c: ElastiCacheCapacity) -> Numbers:
    """Return the data charged for crossing Availability Zones [GB].

    Only the clients' side is charged. Replicas count only as far as it is assumed.
    """
    sides = replicas(w) * w.charged_replication_sides
    followed = np.where(replicated(w), monthly_gb(w, w.writes_per_second) * sides, 0)
    return c.monthly_traffic_gb * w.cross_zone_fraction + followed


def extended_support_premium(w: ElastiCacheWorkload, rule: Rules) -> Numbers:
    """Return what Extended Support adds to the on-demand price of a node [5]_ [share].

    Examples
    --------
    AWS's own: 80 percent in the first two years, from 2026-02-01 (day 20,485) for Redis OSS 5.

    >>> from types import SimpleNamespace as Row
    >>> rule = Row(extended_support_first_day={"5": 20485}, extended_support_premium=0.8,
    ...            extended_support_third_year={"5": 21215},
    ...            extended_support_third_year_premium=1.6)
    >>> w = Row(engine="redis", engine_version="5", price_date=np.array([20484, 20485, 21215]))
    >>> extended_support_premium(w, rule).tolist()
    [0.0, 0.8, 1.6]
    """
    day: Numbers = w.price_date
    version, of_redis = w.engine_version, w.engine == "redis"
    early = of_redis & (day >= rule.extended_support_first_day[version])
    late = of_redis & (day >= rule.extended_support_third_year[version])
    premium = np.where(early, rule.extended_support_premium, 0)
    return np.where(late, rule.extended_support_third_year_premium, premium)


def findings(w: ElastiCacheWorkload, c: ElastiCacheCapacity, rule: Rules) -> Iterator[Finding]:
    """Yield the quotas and rules that apply to the cache [4]_."""
    w = with_replicas(w, rule)
    yield from node_findings(w, c, rule)
    yield from memory_findings(w, c, rule)
    yield from serverless_findings(w, c, rule)
    yield from setting_findings(w, c)
    yield from advice_findings(w, c, rule)
    yield from scaling_findings(w)
    yield from durability_findings(w, c, rule)


def node_findings(w: ElastiCacheWorkload, c: ElastiCacheCapacity, rule: Rules) -> Iterator[Finding]:
    """Yield the limits on nodes, connections, commands and bandwidth [3]_ [4]_."""
    nodes_used, memcached = w.capacity_mode == "node-based", w.engine == "memcached"
    yield from cluster_findings(c.shards, replicas(w), replicated(w))
    yield Finding("memcached_nodes", c.nodes, nodes_used & memcached)
    yield Finding("connections", w.connections, w.connections > 0, c.max_connections)
    requests, sent = primary_requests(w, replicas(w)), primary_bytes(w)
    yield from busiest_node_findings(w, rule, requests, sent, nodes_used, c.shards)


def memory_findings(
    w: ElastiCacheWorkload, c: ElastiCacheCapacity, rule: Rules
) -> Iterator[Finding]:
    """Yield the limits on memory: what data may fill, and what AWS advises to keep free [2]_."""
    nodes_used = w.capacity_mode == "node-based"
    held = w.storage_gb / np.maximum(1, c.shards)
    yield Finding("node_memory", held, nodes_used, c.node_memory_gb)
    ssd = known(rule.ssd_gib[w.node_type])
    maxmemory = rule.maxmemory_bytes[w.node_type] / BYTES_PER_GB
    saved = replicated(w) & np.logical_not(ssd) & (w.backup_gb > 0) & (w.writes_per_second > 0)
    yield Finding("memory_of_backups", held * 2, saved, maxmemory)
    reserve = advised_reserve(w, rule)
    left = np.maximum(0, 1 - w.reserved_memory_fraction)
    yield Finding("reserved_memory", left, replicated(w), 1 - reserve)
    yield from tiering_findings(w, nodes_used & ssd)


def advised_reserve(w: ElastiCacheWorkload, rule: Rules) -> Numbers:
    """Return the share of a node's memory that AWS advises to reserve [2]_."""
    node: Words = w.node_type
    small = np.where(node.isin(SMALL), rule.small_reserve, rule.usual_reserve)
    return np.where(node.isin(MICRO), rule.micro_reserve, small)


def serverless_findings(
    w: ElastiCacheWorkload, c: ElastiCacheCapacity, rule: Rules
) -> Iterator[Finding]:
    """Yield the limits of a serverless cache and of its hash slots."""
    serverless, used = w.capacity_mode == "serverless", c.ecpus_per_second
    peak = used * w.peak_to_mean
    yield Finding("serverless_storage", w.storage_gb, serverless)
    yield Finding("serverless_ecpus", peak, serverless)
    yield Finding("initial_ecpus", peak, serverless & (peak > w.minimum_ecpus_per_second))
    of_slot = np.where(w.replica_reads, rule.slot_ecpus_of_replicas, rule.slot_ecpus)
    hot = w.hottest_key_fraction > 0
    yield Finding("hottest_slot_ecpus", peak * w.hottest_key_fraction, serverless & hot, of_slot)


def setting_findings(w: ElastiCacheWorkload, c: ElastiCacheCapacity) -> Iterator[Finding]:
    """Compare a serverless cache with its maximums, and tell what its minimums bill."""
    serverless, used = w.capacity_mode == "serverless", c.ecpus_per_second
    most_gb, most = w.maximum_storage_gb, w.maximum_ecpus_per_second
    yield Finding("storage_maximum", w.storage_gb, serverless & (most_gb > 0), most_gb)
    yield Finding("ecpu_maximum", used * w.peak_to_mean, serverless & (most > 0), most)
    floor = serverless & (c.billed_storage_gb > w.storage_gb)
    yield Finding.met("storage_minimum", floor, c.billed_storage_gb)
    scaled = serverless & (w.minimum_ecpus_per_second > used)
    yield Finding.met("ecpu_minimum", scaled, w.minimum_ecpus_per_second)
    yield Finding.met("load_not_given", serverless & (used == 0))


def advice_findings(
    w: ElastiCacheWorkload, c: ElastiCacheCapacity, rule: Rules
) -> Iterator[Finding]:
    """Yield what a planner should know: failover, generations, the saving of Valkey."""
    node: Words = w.node_type
    nodes_used = w.capacity_mode == "node-based"
    yield Finding.met("no_replica", nodes_used & (replicas(w) == 0))
    yield Finding.met("cluster_mode", replicated(w) & (c.shards > 1), c.shards)
    yield Finding.met("burstable_node", nodes_used & node.isin(BURSTABLE))
    yield Finding.met("previous_generation", nodes_used & node.isin(PREVIOUS_GENERATION))
    charged = replicated(w) & (extended_support_premium(w, rule) > 0)
    yield Finding.met("extended_support", charged)
    saved = valkey_saving(w, c, rule)
    yield Finding.met("valkey_saving", (w.engine == "redis") & (saved > 0), saved)
    settings = settings_left_out(w)
    yield Finding.met("settings_left_out", settings > 0, settings)


def scaling_findings(w: ElastiCacheWorkload) -> Iterator[Finding]:
    """Yield what Auto Scaling does not take: node types, Global Datastores, targets [6]_."""
    node: Words = w.node_type
    scaled = autoscaled(w)
    taken = node.isin(SCALABLE) & (w.secondary_region == "")
    yield Finding.met("autoscaling_unsupported", scaled & np.logical_not(taken))
    yield Finding("autoscaling_target", w.target_utilization, scaled)


def durability_findings(
    w: ElastiCacheWorkload, c: ElastiCacheCapacity, rule: Rules
) -> Iterator[Finding]:
    """Yield what durability takes: its clusters, their writes, and what it may still lose [7]_."""
    node: Words = w.node_type
    taken = node.isin(DURABLE) & (replicas(w) > 0) & (w.secondary_region == "")
    yield Finding.met("durability_unsupported", durable(w) & np.logical_not(taken))
    busiest = durable_bytes(w) * busiest_share(w, c.shards)
    yield Finding("durable_write_bytes", busiest, durable(w))
    late = durable(w) & (w.durability == "asynchronous")
    yield Finding.met("unconfirmed_writes", late, rule.unconfirmed_seconds)


def valkey_saving(w: ElastiCacheWorkload, c: ElastiCacheCapacity, rule: Rules) -> Numbers:
    """Return what the same cache costs less with Valkey [USD a month]; NaN where not known."""
    node: Words = w.node_type
    node_hours = c.nodes * whole_units(w.hours_per_month)
    nodes = less_with_valkey(w, rule, "node_hours", node_hours, node)
    stored, used = c.billed_storage_gb * w.hours_per_month, c.billed_ecpus_per_second * seconds(w)
    storage = less_with_valkey(w, rule, "serverless_storage", stored)
    serverless = storage + less_with_valkey(w, rule, "ecpus", used)
    return np.where(w.capacity_mode == "serverless", serverless, nodes)


def settings_left_out(w: ElastiCacheWorkload) -> Numbers:
    """Return how many settings have no effect on a cache of this mode and engine [1]."""
    serverless, copied = w.capacity_mode == "serverless", replicated(w)
    version = (w.engine_version != "") & np.logical_not(copied & (w.engine == "redis"))
    backups = np.logical_not(backed_up(w)) & (w.backup_gb > 0)
    of_shards = count_true(w.replicas_per_shard > 0, w.secondary_region != "")
    least, most = w.minimum_ecpus_per_second > 0, w.maximum_ecpus_per_second > 0
    of_serverless = count_true(w.minimum_storage_gb > 0, w.maximum_storage_gb > 0, least, most)
    without_effect = np.where(copied, 0, of_shards) + np.where(serverless, 0, of_serverless)
    unscaled = (w.autoscaling_dimension != "") & np.logical_not(autoscaled(w))
    kept = (w.durability != "none") & np.logical_not(durable(w))
    given = serverless & (w.shards > 0)
    return without_effect + count_true(given, version, backups, unscaled, kept)


def crossing(w: ElastiCacheWorkload, c: ElastiCacheCapacity) -> dict[str, Numbers]:
    """Return the mean commands [1/s]."""
    return {"requests_per_second": w.reads_per_second + w.writes_per_second}


def scaled(w: ElastiCacheWorkload, rule: Rules) -> dict[str, Scaled]:
    """Return what Auto Scaling may set: shards, or the replicas of each given shard [6]_."""
    policy = autoscaling.policy(rule)
    known_node = replicated(w) & (w.node_requests_per_second > 0)
    return {
        "shards": scaled_shards(w, policy, known_node, rule),
        "replicas": scaled_replicas(w, policy, known_node, rule),
    }


def scaled_shards(w: ElastiCacheWorkload, policy: Policy, known_node: Flags, rule: Rules) -> Scaled:
    """Return what Auto Scaling may do to shards, which the commands fill."""
    needed, on = needed_shards(w, rule), scales(w, "shards")
    others = {name: shards for name, shards in needed.items() if name != "requests"}
    minimum = np.maximum(largest(others).count, np.where(on, w.shards, 0))
    used, target = needed["requests"] * w.target_utilization, w.target_utilization
    count = known_node & (on | (w.shards == 0))
    fixed = largest(needed).count
    return Scaled("shards", policy, used, target, minimum, fixed, np.where(count, 1, 0), on)


def scaled_replicas(
    w: ElastiCacheWorkload, policy: Policy, known_node: Flags, rule: Rules
) -> Scaled:
    """Return what Auto Scaling may do to the replicas of each shard: one at least at a time."""
    on, target, least = scales(w, "replicas"), w.target_utilization, w.replicas_per_shard
    needed, policy = needed_replicas(w, rule), policy._replace(scale_out_step=0)
    fixed, count = np.maximum(least, needed), np.where(known_node & w.replica_reads, w.shards, 0)
    field, used = "replicas_per_shard", needed * target
    return Scaled(field, policy, used, target, least, fixed, count, on)


MODES: dict[str, dict[str, str]] = {
    "node-based": {"capacity_mode": "node-based", "autoscaling_dimension": ""},
    "autoscaled-shards": {"capacity_mode": "node-based", "autoscaling_dimension": "shards"},
    "autoscaled-replicas": {"capacity_mode": "node-based", "autoscaling_dimension": "replicas"},
    "serverless": {"capacity_mode": "serverless", "autoscaling_dimension": ""},
}
"""The ways to pay for a cache, by name: the fields of a workload that choose them."""

SERVICE = Service(
    key="elasticache",
    name="Amazon ElastiCache",
    category="Databases",
    workload=ElastiCacheWorkload,
    capacity_type=ElastiCacheCapacity,
    capacity=capacity,
    charges=charges,
    findings=findings,
    loads=(
        "storage_gb",
        "reads_per_second",
        "writes_per_second",
        "item_bytes",
        "peak_to_mean",
        "vcpu_time_ratio",
        "connections",
        "minimum_storage_gb",
        "minimum_ecpus_per_second",
        "backup_gb",
        "cross_zone_fraction",
        "charged_replication_sides",
        "hours_per_month",
    ),
    example=ElastiCacheWorkload(
        name="sessions",
        region="us-east-1",
        node_type="cache.t3.medium",
        replicas_per_shard=1.0,
        storage_gb=1.0,
        reads_per_second=2000.0,
        writes_per_second=200.0,
        item_bytes=1000.0,
    ),
    compared="capacity_mode",
    swept="reads_per_second",
    crossing=crossing,
    hourly=Hourly(varies=("reads_per_second", "writes_per_second"), modes=MODES, scaled=scaled),
)
