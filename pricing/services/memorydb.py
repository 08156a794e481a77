"""Amazon MemoryDB: one cluster in one Region.

Sections follow AWS's pricing page [1]_: nodes, data written, snapshots, MemoryDB Multi-Region.

A cluster keeps its data in memory, and each write in a transaction log of several Availability
Zones before it is confirmed [2]_. A lost node takes no data with it. Without a replica its shard is
away until the node is replaced.

References
----------
.. [1] "Amazon MemoryDB pricing", https://aws.amazon.com/memorydb/pricing/
.. [2] "What is MemoryDB", developer guide (2026),
   https://docs.aws.amazon.com/memorydb/latest/devguide/what-is-memorydb.html
.. [3] "Quotas", MemoryDB developer guide (2026),
   https://docs.aws.amazon.com/memorydb/latest/devguide/quota-limits.html
.. [4] "Data tiering", MemoryDB developer guide (2026),
   https://docs.aws.amazon.com/memorydb/latest/devguide/data-tiering.html
.. [5] "MemoryDB Multi-Region: prerequisites and limitations", developer guide (2026),
   https://docs.aws.amazon.com/memorydb/latest/devguide/multi-region.prereq.html
.. [6] "Understanding MemoryDB replication", developer guide (2026),
   https://docs.aws.amazon.com/memorydb/latest/devguide/replication.html
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from msgspec import Struct

from pricing import tables
from pricing.arrays import Flags, Numbers, Words
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
from pricing.kit.transfer import between_regions
from pricing.model import Charge, Finding, Hourly, Service, WorkloadFields
from pricing.quantities import (
    REGION_CODES,
    Bytes,
    Fraction,
    Gigabytes,
    MonthlyGigabytes,
    PerSecond,
    PriceDate,
    Ratio,
    about,
    bounded,
    measured,
    whole,
)
from pricing.rates import Rules
from pricing.units import BYTES_PER_GB, whole_units

NODE_TYPES = tables.instance_classes("memorydb")
"""Every node type with a price anywhere."""
BURSTABLE = tuple(name for name in NODE_TYPES if name.startswith("db.t"))
MULTI_REGION = tuple(
    name for name in NODE_TYPES if name.startswith("db.r7g.") and name != "db.r7g.large"
)
"""The node types of MemoryDB Multi-Region: R7g of xlarge and above [5]_."""

if TYPE_CHECKING:
    NodeType = str
    OtherRegion = str
else:
    NodeType = Literal[NODE_TYPES]
    OtherRegion = Literal[("", *REGION_CODES)]


class MemoryDBWorkload(WorkloadFields, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Demand on one MemoryDB cluster in one Region."""

    price_date: PriceDate = tables.newest_day("memorydb")
    engine: Annotated[Literal["valkey", "redis"], about("Engine of the cluster.")] = "valkey"
    node_type: Annotated[NodeType, about("Assumption: type of each node.")] = "db.r7g.large"
    storage_gb: Annotated[
        Gigabytes, about("Data kept in the cluster with keys and overhead, counted once.")
    ]
    shards: Annotated[
        float,
        whole("1", 0, 1_000_000),
        about("Shards of the cluster; 0 is as many as the load needs."),
    ] = 0.0
    replicas_per_shard: Annotated[
        float, whole("1", 0, 1000), about("Replicas of each primary.")
    ] = 1.0
    replica_reads: Annotated[bool, about("Whether clients also read from replicas.")] = False
    reads_per_second: Annotated[PerSecond, about("Mean commands that read an item.")] = 0.0
    writes_per_second: Annotated[PerSecond, about("Mean commands that write an item.")] = 0.0
    item_bytes: Annotated[Bytes, about("Mean data that a command transfers.")] = 0.0
    monthly_written_gb: Annotated[
        MonthlyGigabytes,
        about("Data written, keys included; 0 follows from `writes_per_second` and `item_bytes`."),
    ] = 0.0
    peak_to_mean: Annotated[
        Ratio, about("Peak over mean of the commands; nodes are sized to the peak.")
    ] = 1.0
    hottest_key_fraction: Annotated[
        Fraction, about("Share of the commands on the busiest key; a key stays in one shard.")
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
        about("Assumption: share of a node's memory kept for snapshots and replication."),
    ] = 0.25
    hot_data_fraction: Annotated[
        Fraction,
        about("Share of the data that is in regular use, for data tiering; 0 is not known."),
    ] = 0.0
    backup_gb: Annotated[Gigabytes, about("Snapshots kept, automatic and manual.")] = 0.0
    free_backup_fraction: Annotated[
        float,
        bounded("share", 0, 100),
        about("Assumption: snapshots that are free, as a share of the data kept."),
    ] = 1.0
    cross_zone_fraction: Annotated[
        Fraction, about("Share of the clients' traffic that crosses Availability Zones.")
    ] = 0.0
    secondary_region: Annotated[
        OtherRegion,
        about("AWS Region to which MemoryDB Multi-Region sends every write; empty is none."),
    ] = ""


class MemoryDBCapacity(Struct, frozen=True):
    """What the cluster has and can do; what AWS does not publish of a node type is null."""

    shards: Annotated[float, measured("1", "Shards of the cluster.")]
    nodes: Annotated[float, measured("1", "Nodes of the cluster, replicas included.")]
    binding: Annotated[
        Literal["memory", "requests", "network", "writes", "connections", "least", "given"],
        about("What the number of shards follows from."),
    ]
    shards_by_memory: Annotated[float, measured("Shards", "What the data needs.")]
    shards_by_requests: Annotated[
        float, measured("Shards", "What the commands need, if `node_requests_per_second` is given.")
    ]
    shards_by_network: Annotated[
        float, measured("Shards", "What the transferred data needs, at the sustained bandwidth.")
    ]
    shards_by_writes: Annotated[
        float, measured("Shards", "What the data written needs, at what AWS states for a primary.")
    ]
    shards_by_connections: Annotated[float, measured("Shards", "What the connections need.")]
    node_memory_gb: Annotated[
        float, measured("GB", "What a node leaves to data, SSD of data tiering included.")
    ]
    cluster_memory_gb: Annotated[
        float, measured("GB", "What all shards leave to data, each counted once.")
    ]
    memory_used_fraction: Annotated[float, measured("share", "Share of that the data fills.")]
    vcpus: Annotated[float | None, measured("vCPU", "vCPUs of a node.")]
    network_gbps: Annotated[float | None, measured("Gbps", "Network of a node, sustained.")]
    network_burst_gbps: Annotated[float | None, measured("Gbps", "Network of a node in bursts.")]
    max_connections: Annotated[float, measured("1", "Connections that the cluster accepts.")]
    monthly_traffic_gb: Annotated[float, measured("GB/month", "Data between clients and cluster.")]
    monthly_written_gb: Annotated[float, measured("GB/month", "Data written, which is billed.")]
    sla_fraction: Annotated[
        float,
        measured("share", "Monthly availability below which AWS gives credits."),
    ]


def capacity(w: MemoryDBWorkload, rule: Rules) -> MemoryDBCapacity:
    """Return the nodes of the cluster, what they can do, and the data written."""
    needed = needed_shards(w, rule)
    shards, binding = shards_of(w, needed)
    memory = node_memory(w, rule)
    several = w.replicas_per_shard > 0
    nodes = in_shards(shards, w.replicas_per_shard)
    return MemoryDBCapacity(
        shards=shards,
        nodes=nodes,
        binding=binding,
        **{f"shards_by_{need}": count for need, count in needed.items()},
        node_memory_gb=memory,
        cluster_memory_gb=shards * memory,
        memory_used_fraction=w.storage_gb / (shards * memory),
        vcpus=rule.vcpus[w.node_type],
        network_gbps=rule.network_gbps[w.node_type],
        network_burst_gbps=rule.network_burst_gbps[w.node_type],
        max_connections=nodes * rule.max_connections,
        monthly_traffic_gb=monthly_gb(w, w.reads_per_second + w.writes_per_second),
        monthly_written_gb=written_gb(w),
        sla_fraction=np.where(several, rule.sla_fraction, rule.one_zone_sla_fraction),
    )


def node_memory(w: MemoryDBWorkload, rule: Rules) -> Numbers:
    """Return what a node leaves to data [GB]: maxmemory less its reserve, and SSD [4]_.

    Examples
    --------
    An xlarge node of 26.32 GiB with a quarter in reserve, and 99.33 GiB of SSD.

    >>> from types import SimpleNamespace as Row
    >>> rule = Row(maxmemory_bytes={"r6gd": 28_261_849_702}, ssd_gib={"r6gd": 99.33})
    >>> w = Row(node_type="r6gd", reserved_memory_fraction=0.25)
    >>> round(float(node_memory(w, rule)), 2)
    119.07
    """
    memory = left_for_data(rule.maxmemory_bytes[w.node_type], w.reserved_memory_fraction)
    ssd = rule.ssd_gib[w.node_type]
    return memory / BYTES_PER_GB + np.where(known(ssd), ssd, 0)


def needed_shards(w: MemoryDBWorkload, rule: Rules) -> dict[str, Numbers]:
    """Return the shards that each load needs at the peak, not rounded [1]."""
    bandwidth = sustained_bytes(w, rule) * w.target_utilization
    return {
        "memory": shards_for_memory(w.storage_gb, node_memory(w, rule), w.target_utilization),
        "requests": shards_for_requests(w, w.replicas_per_shard),
        "network": primary_bytes(w) / bandwidth,
        "writes": written_bytes(w) / (primary_write_bytes(w, rule) * w.target_utilization),
        "connections": shards_for_connections(w, rule.max_connections, w.replicas_per_shard),
    }


def written_bytes(w: MemoryDBWorkload) -> Numbers:
    """Return what the commands write at the peak [Bytes/s]."""
    return w.writes_per_second * w.item_bytes * w.peak_to_mean


def primary_write_bytes(w: MemoryDBWorkload, rule: Rules) -> Numbers:
    """Return what a primary sustains of data written [Bytes/s] [6]_; less in Multi-Region [5]_."""
    one_region = w.secondary_region == ""
    return np.where(one_region, rule.primary_write_bytes, rule.multi_region_write_bytes)


def primary_bytes(w: MemoryDBWorkload) -> Numbers:
    """Return what all primaries send at the peak [Bytes/s] [2]_.

    A primary sends each write to the transaction log once, from which the replicas read it.
    """
    sent = w.reads_per_second / readers(w, w.replicas_per_shard) + w.writes_per_second
    return sent * w.item_bytes * w.peak_to_mean


def written_gb(w: MemoryDBWorkload) -> Numbers:
    """Return the data written in a month [GB]: that given, or that of the commands [1]_."""
    given = w.monthly_written_gb
    return np.where(given > 0, given, monthly_gb(w, w.writes_per_second))


def charges(w: MemoryDBWorkload, c: MemoryDBCapacity, rule: Rules) -> Iterator[Charge]:
    """Yield the metered quantities of a month, in the pricing page's order.

    A node-hour that is only partly used is charged in full.
    """
    node_hours = c.nodes * whole_units(w.hours_per_month)
    yield Charge("node_hours", node_hours, (w.engine, w.node_type), peak=True)
    yield Charge("data_written", c.monthly_written_gb, (w.engine,))
    free = w.storage_gb * w.free_backup_fraction
    yield Charge("snapshot_storage", w.backup_gb, free=free)
    yield Charge("zone_transfer", c.monthly_traffic_gb * w.cross_zone_fraction)
    own: Words = w.region
    secondary: Words = w.secondary_region
    target = secondary.filled(own)
    sent = between_regions(c.monthly_written_gb, own, target)
    yield Charge("multi_region_transfer", sent, (target,))


def findings(w: MemoryDBWorkload, c: MemoryDBCapacity, rule: Rules) -> Iterator[Finding]:
    """Yield the quotas and rules that apply to the cluster [3]_, and what Valkey saves."""
    node: Words = w.node_type
    every: Flags = np.ones(np.shape(c.shards), dtype=bool)
    tiered = known(rule.ssd_gib[node])
    yield from cluster_findings(c.shards, w.replicas_per_shard, every)
    requests = primary_requests(w, w.replicas_per_shard)
    yield from busiest_node_findings(w, rule, requests, primary_bytes(w), every, c.shards)
    written = written_bytes(w) * busiest_share(w, c.shards)
    yield Finding("shard_writes", written, written > 0, primary_write_bytes(w, rule))
    yield Finding("connections", w.connections, w.connections > 0, c.max_connections)
    yield Finding("node_memory", w.storage_gb / c.shards, every, c.node_memory_gb)
    left = 1 - w.reserved_memory_fraction
    yield Finding("tiered_memory", left, tiered, 1 - rule.tiered_reserve)
    yield from tiering_findings(w, tiered)
    yield Finding.met("no_replica", w.replicas_per_shard == 0, c.shards)
    yield Finding.met("burstable_node", node.isin(BURSTABLE))
    several_regions = w.secondary_region != ""
    other_type = np.logical_not(node.isin(MULTI_REGION))
    yield Finding.met("multi_region_node", several_regions & other_type)
    yield Finding.met("multi_region_engine", several_regions & (w.engine == "redis"))
    saved = valkey_saving(w, c, rule)
    yield Finding.met("valkey_saving", (w.engine == "redis") & (saved > 0), saved)


def valkey_saving(w: MemoryDBWorkload, c: MemoryDBCapacity, rule: Rules) -> Numbers:
    """Return what the same cluster costs less with Valkey [USD a month]; NaN where not known."""
    node_hours = c.nodes * whole_units(w.hours_per_month)
    nodes = less_with_valkey(w, rule, "node_hours", node_hours, w.node_type)
    return nodes + less_with_valkey(w, rule, "data_written", c.monthly_written_gb)


def crossing(w: MemoryDBWorkload, c: MemoryDBCapacity) -> dict[str, Numbers]:
    """Return the mean commands [1/s]."""
    return {"requests_per_second": w.reads_per_second + w.writes_per_second}


SERVICE = Service(
    key="memorydb",
    name="Amazon MemoryDB",
    category="Databases",
    workload=MemoryDBWorkload,
    capacity_type=MemoryDBCapacity,
    capacity=capacity,
    charges=charges,
    findings=findings,
    loads=(
        "writes_per_second",
        "reads_per_second",
        "item_bytes",
        "monthly_written_gb",
        "peak_to_mean",
        "connections",
        "backup_gb",
        "cross_zone_fraction",
        "hours_per_month",
    ),
    example=MemoryDBWorkload(
        name="carts",
        region="us-east-1",
        node_type="db.r6g.large",
        storage_gb=30.0,
        reads_per_second=20_000.0,
        writes_per_second=4000.0,
        item_bytes=1000.0,
    ),
    compared="engine",
    swept="writes_per_second",
    crossing=crossing,
    hourly=Hourly(varies=("reads_per_second", "writes_per_second")),
)
