"""Amazon DynamoDB Accelerator: one DAX cluster in front of a table.

AWS charges node hours and, of T3 nodes, CPU credits [1]_. The cluster is sized as AWS's guide does
[2]_: reads that hit, reads that miss and writes load it by weight.

References
----------
.. [1] "Amazon DynamoDB pricing", https://aws.amazon.com/dynamodb/pricing/ (2026)
.. [2] "DAX cluster sizing guide", developer guide (2026),
   https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/DAX.sizing-guide.html
.. [3] "Service, account, and table quotas in Amazon DynamoDB", developer guide (2026),
   https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from msgspec import Struct

from pricing import tables
from pricing.arrays import Numbers
from pricing.kit.limits import known
from pricing.kit.nodes import target_load
from pricing.kit.requests import billed_units
from pricing.model import Charge, Finding, Hourly, Service, WorkloadFields
from pricing.quantities import (
    Count,
    Fraction,
    Gigabytes,
    PerSecond,
    PositiveBytes,
    PriceDate,
    Ratio,
    about,
    bounded,
    measured,
    whole,
)
from pricing.rates import Rules
from pricing.units import BYTES_PER_KB, whole_units

NODE_TYPES = tables.instance_classes("dax")
MOST_NODES = 11
"""One primary and ten replicas."""

if TYPE_CHECKING:
    NodeType = str
else:
    NodeType = Literal[NODE_TYPES]


class DAXWorkload(WorkloadFields, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Demand on one DAX cluster."""

    price_date: PriceDate = tables.newest_day("dax")
    node_type: Annotated[NodeType, about("Type of all nodes of the cluster.")]
    nodes: Annotated[
        float, whole("1", 0, MOST_NODES), about("Nodes of the cluster; 0 takes as many as needed.")
    ] = 0.0
    min_nodes: Annotated[
        float, whole("1", 1, MOST_NODES), about("Least nodes, if they follow from the load.")
    ] = 3.0
    reads_per_second: Annotated[
        PerSecond, about("Mean eventually consistent reads of items, through the cluster.")
    ] = 0.0
    hit_fraction: Annotated[
        Fraction, about("Share of these reads that find the item in the cache.")
    ] = 0.9
    strongly_consistent_reads_per_second: Annotated[
        PerSecond, about("Mean strongly consistent reads, which pass by the cache to the table.")
    ] = 0.0
    writes_per_second: Annotated[PerSecond, about("Mean writes of items.")] = 0.0
    write_mode: Annotated[
        Literal["write-through", "write-around"],
        about("Whether writes go through the cluster, or past it to the table."),
    ] = "write-through"
    item_bytes: Annotated[PositiveBytes, about("Mean item size.")]
    peak_to_mean: Annotated[
        Ratio, about("Peak over mean of reads and writes; nodes are sized to the peak.")
    ] = 1.0
    working_set_gb: Annotated[
        Gigabytes, about("Data that is to stay in the cache; 0 is not known.")
    ] = 0.0
    target_utilization: Annotated[
        float, bounded("share", 0.01, 1), about("Share of the nodes' requests to plan for.")
    ] = 0.7
    node_loss_tolerated: Annotated[
        bool, about("Whether the other nodes must bear the load when one is lost.")
    ] = True
    monthly_cpu_credit_hours: Annotated[
        float, bounded("h/month", 0, 1e9), about("vCPU hours of T3 nodes above their baseline.")
    ] = 0.0
    clusters_in_region_nodes: Annotated[
        Count, about("Nodes of the account's other clusters in the Region.")
    ] = 0.0
    cache_memory_fraction: Annotated[
        float,
        bounded("share", 0.01, 1),
        about("Assumption: share of a node's memory that the item cache may use."),
    ] = 1.0


class DAXCapacity(Struct, frozen=True):
    """What the cluster needs."""

    nodes: Annotated[float, measured("1", "Nodes of the cluster.")]
    normalized_requests: Annotated[
        float, measured("Requests/Second", "Load at the peak in normalized requests.")
    ]
    target_requests: Annotated[
        float, measured("Requests/Second", "That load with the reserve and the loss of a node.")
    ]
    cluster_requests: Annotated[
        float | None,
        measured("Requests/Second", "What the nodes take; not known for some node types."),
    ]
    cache_gb: Annotated[
        float, measured("GB", "Memory for the cache, of which each node holds a copy.")
    ]
    table_reads_per_second: Annotated[
        float, measured("Reads/Second", "Mean reads that still reach the table.")
    ]
    saved_reads_per_second: Annotated[
        float, measured("Reads/Second", "Mean reads that the cache takes off the table.")
    ]


def capacity(w: DAXWorkload, rule: Rules) -> DAXCapacity:
    """Return the nodes of the cluster, its load, and what is left to the table."""
    nodes: Numbers = np.where(w.nodes > 0, w.nodes, needed_nodes(w, rule))
    misses = w.reads_per_second * (1 - w.hit_fraction)
    return DAXCapacity(
        nodes=nodes,
        normalized_requests=normalized_requests(w, nodes, rule),
        target_requests=target_requests(w, nodes, rule),
        cluster_requests=nodes * rule.requests_per_second[w.node_type],
        cache_gb=rule.memory_gib[w.node_type] * w.cache_memory_fraction,
        table_reads_per_second=misses + w.strongly_consistent_reads_per_second,
        saved_reads_per_second=w.reads_per_second * w.hit_fraction,
    )


def needed_nodes(w: DAXWorkload, rule: Rules) -> Numbers:
    """Return the fewest nodes, from the least to eleven, that take the load [1] [2]_.

    The load grows with the nodes, because each does every write. Where no number of nodes takes it,
    or none is published, the least are returned or the most, and a finding says so.
    """
    published = rule.requests_per_second[w.node_type]
    nodes = np.where(known(published), MOST_NODES, w.min_nodes)
    for fewer in range(MOST_NODES - 1, 0, -1):
        enough = target_requests(w, fewer, rule) <= fewer * published
        nodes = np.where(enough & (fewer >= w.min_nodes), fewer, nodes)
    return nodes


def target_requests(w: DAXWorkload, nodes: Numbers, rule: Rules) -> Numbers:
    """Return the load to size for: with the reserve, and for the loss of a node [1/s] [2]_."""
    load = normalized_requests(w, nodes, rule)
    without_loss = np.where(w.node_loss_tolerated, nodes, 1)
    return target_load(load, w.target_utilization, without_loss)


def normalized_requests(w: DAXWorkload, nodes: Numbers, rule: Rules) -> Numbers:
    """Return the load at the peak in normalized requests [1/s] [2]_.

    Parameters
    ----------
    nodes : nodes of the cluster [1], each of which does every write

    Examples
    --------
    50,000 hits, 1,000 misses and 1,000 writes a second of 1 KB on three nodes.

    >>> from types import SimpleNamespace as Row
    >>> w = Row(reads_per_second=51_000, hit_fraction=50/51, writes_per_second=1000,
    ...         item_bytes=1024, peak_to_mean=1, write_mode="write-through")
    >>> round(float(normalized_requests(w, 3, Row(hit_load=1, miss_load=10, write_load=25))))
    135000
    """
    kilobytes = billed_units(w.item_bytes, BYTES_PER_KB)
    through = np.where(w.write_mode == "write-through", w.writes_per_second, 0)
    hits = w.reads_per_second * w.hit_fraction
    misses = w.reads_per_second - hits
    load = rule.hit_load * hits + rule.miss_load * misses + rule.write_load * through * nodes
    return load * kilobytes * w.peak_to_mean


def charges(w: DAXWorkload, c: DAXCapacity, rule: Rules) -> Iterator[Charge]:
    """Yield the metered quantities of a month; a partial node hour is billed as a full one."""
    node_hours = c.nodes * whole_units(w.hours_per_month)
    yield Charge("node_hours", node_hours, (w.node_type,), peak=True)
    yield Charge("cpu_credits", w.monthly_cpu_credit_hours)


def findings(w: DAXWorkload, c: DAXCapacity, rule: Rules) -> Iterator[Finding]:
    """Yield the quotas that apply to the cluster [2]_ [3]_."""
    published = rule.requests_per_second[w.node_type]
    loaded = c.normalized_requests > 0
    yield Finding("nodes", c.nodes)
    yield Finding("nodes_in_region", c.nodes + w.clusters_in_region_nodes)
    told = loaded & known(published)
    yield Finding("normalized_requests", c.target_requests, told, c.cluster_requests)
    yield Finding.met("unpublished_requests", np.logical_not(known(published)), c.nodes)
    kilobytes = billed_units(w.item_bytes, BYTES_PER_KB)
    written = w.writes_per_second * w.peak_to_mean * kilobytes
    through = (w.write_mode == "write-through") & (w.writes_per_second > 0)
    yield Finding("written_kilobytes", written, through)
    around = (w.write_mode == "write-around") & (w.writes_per_second > 0)
    yield Finding.met("write_around", around)
    yield Finding("working_set", w.working_set_gb, w.working_set_gb > 0, c.cache_gb)
    yield Finding.met("few_nodes", c.nodes < rule.advised_nodes, c.nodes)


def crossing(w: DAXWorkload, c: DAXCapacity) -> dict[str, Numbers]:
    """Return the reads that the cache takes off the table [Reads/Second]."""
    return {"saved_reads_per_second": c.saved_reads_per_second}


SERVICE = Service(
    key="dax",
    name="Amazon DynamoDB Accelerator",
    category="Databases",
    billed_as="Amazon DynamoDB Accelerator (DAX)",
    workload=DAXWorkload,
    capacity_type=DAXCapacity,
    capacity=capacity,
    charges=charges,
    findings=findings,
    loads=(
        "reads_per_second",
        "writes_per_second",
        "item_bytes",
        "peak_to_mean",
        "min_nodes",
        "strongly_consistent_reads_per_second",
        "monthly_cpu_credit_hours",
        "hours_per_month",
    ),
    example=DAXWorkload(
        name="product-cache",
        region="us-east-1",
        node_type="dax.r5.large",
        reads_per_second=100_000.0,
        hit_fraction=0.95,
        writes_per_second=200.0,
        item_bytes=1000.0,
    ),
    compared="node_type",
    swept="reads_per_second",
    crossing=crossing,
    hourly=Hourly(
        varies=(
            "reads_per_second",
            "strongly_consistent_reads_per_second",
            "writes_per_second",
        )
    ),
)
