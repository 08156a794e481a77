"""Amazon Redshift: one provisioned cluster.

Sections follow AWS's pricing page [1]_: nodes on demand, managed storage, Concurrency Scaling,
Redshift Spectrum, backup storage, data transfer.

References
----------
.. [1] "Amazon Redshift pricing", https://aws.amazon.com/redshift/pricing/ (2026)
.. [2] "Amazon Redshift provisioned clusters", management guide (2026),
   https://docs.aws.amazon.com/redshift/latest/mgmt/working-with-clusters.html
.. [3] "Quotas and limits in Amazon Redshift", management guide (2026),
   https://docs.aws.amazon.com/redshift/latest/mgmt/amazon-redshift-limits.html
.. [4] "Concurrency scaling", database developer guide (2026),
   https://docs.aws.amazon.com/redshift/latest/dg/concurrency-scaling.html
.. [5] "Multi-AZ deployment", management guide (2026),
   https://docs.aws.amazon.com/redshift/latest/mgmt/managing-cluster-multi-az.html
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

import numpy as np
from msgspec import Struct

from pricing import tables
from pricing.arrays import Flags, Numbers, Words
from pricing.kit import class_choice
from pricing.kit.instances import Connections, MemoryGiB, VCPUs, needs_met
from pricing.kit.limits import known
from pricing.kit.sizing import Need, largest
from pricing.kit.transfer import between_regions
from pricing.model import Charge, Finding, Service, WorkloadFields
from pricing.quantities import (
    REGION_CODES,
    Count,
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
from pricing.units import BYTES_PER_GB, BYTES_PER_MB, HOURS_PER_DAY, SECONDS_PER_HOUR, count_true

NODE_TYPES = tables.instance_classes("redshift")
DC2 = tuple(name for name in NODE_TYPES if name.startswith("dc2."))
RA3 = tuple(name for name in NODE_TYPES if name.startswith("ra3."))
RG = tuple(name for name in NODE_TYPES if name.startswith("rg."))
RG_OF = {
    "ra3.large": "rg.large",
    "ra3.xlplus": "rg.xlarge",
    "ra3.4xlarge": "rg.4xlarge",
    "ra3.16xlarge": "rg.12xlarge",
}
"""The RG node type that takes the place of an RA3 node type."""
MEGABYTES_PER_GB = BYTES_PER_GB // BYTES_PER_MB

if TYPE_CHECKING:
    NodeType = str
    OtherRegion = str
else:
    NodeType = Literal[("", *NODE_TYPES)]
    OtherRegion = Literal[("", *REGION_CODES)]

GIVEN = "given"
"""The name of what binds where the number of nodes is given."""


class RedshiftWorkload(WorkloadFields, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Demand on one Redshift provisioned cluster."""

    price_date: PriceDate = tables.newest_day("redshift")
    node_type: Annotated[
        NodeType,
        about(
            "Type of all nodes; empty is the RG or RA3 type whose cluster costs least and meets the"
            " needs."
        ),
    ] = ""
    nodes: Annotated[
        float,
        whole("1", 0, 1000),
        about("Compute nodes, in each Availability Zone; 0 takes as many as needed."),
    ] = 0.0
    min_nodes: Annotated[
        float, whole("1", 1, 128), about("Least nodes, if they follow from the needs.")
    ] = 2.0
    deployment: Annotated[
        Literal["single-az", "multi-az"],
        about("Multi-AZ has as many nodes in a second Availability Zone, and pays for both."),
    ] = "single-az"
    storage_gb: Annotated[
        Gigabytes, about("Compressed data of the cluster; managed storage of RG and RA3 nodes.")
    ]
    running_hours_fraction: Annotated[
        Fraction,
        about("Share of the month the cluster is not paused; storage is billed all the time."),
    ] = 1.0
    monthly_concurrency_scaling_hours: Annotated[
        float,
        bounded("h/month", 0, 10_000),
        about("Hours in which Concurrency Scaling clusters run queries, over all such clusters."),
    ] = 0.0
    monthly_spectrum_gb: Annotated[
        MonthlyGigabytes,
        about("Data that queries of Redshift Spectrum scan in Amazon S3; RG nodes scan it free."),
    ] = 0.0
    monthly_spectrum_queries: Annotated[
        MonthlyCount, about("Queries of Redshift Spectrum; 0 is not known.")
    ] = 0.0
    backup_gb: Annotated[
        Gigabytes, about("Manual snapshots kept, as the unique blocks of all of them together.")
    ] = 0.0
    free_backup_gb: Annotated[Gigabytes, about("Assumption: part of `backup_gb` that is free.")] = (
        0.0
    )
    backup_copy_region: Annotated[
        OtherRegion, about("AWS Region to which snapshots are copied; empty is none.")
    ] = ""
    backup_copy_gb: Annotated[
        Gigabytes, about("Copies of snapshots kept in `backup_copy_region`.")
    ] = 0.0
    monthly_backup_copy_gb: Annotated[
        MonthlyGigabytes, about("Snapshot data copied there; after the first only what changed.")
    ] = 0.0
    monthly_internet_out_gb: Annotated[
        MonthlyGigabytes, about("Data transferred out to the internet.")
    ] = 0.0
    required_vcpus: Annotated[VCPUs, about("vCPUs that the load needs, over all nodes.")] = 0.0
    required_memory_gib: Annotated[
        MemoryGiB, about("Memory that the load needs, over all nodes.")
    ] = 0.0
    connections: Annotated[Connections, about("Connections that clients hold open.")] = 0.0
    tables: Annotated[
        Count, about("Tables of the cluster, temporary ones and materialized views included.")
    ] = 0.0
    concurrent_queries: Annotated[
        Count, about("Queries that run at once on the main cluster; 0 is not known.")
    ] = 0.0
    clusters_in_region_nodes: Annotated[
        Count, about("Nodes of the account's other clusters in the Region.")
    ] = 0.0
    minimum_spectrum_mb: Annotated[
        float,
        bounded("MB", 0, 1000),
        about("Assumption: least data that a query of Redshift Spectrum is billed for."),
    ] = 10.0


class RedshiftCapacity(Struct, frozen=True):
    """What the cluster has and can do."""

    node_type: Annotated[NodeType, about("Type of all nodes.")]
    nodes: Annotated[float, measured("1", "Compute nodes in each Availability Zone.")]
    billed_nodes: Annotated[float, measured("1", "Compute nodes over all Availability Zones.")]
    binding: Annotated[
        Literal["storage", "vcpus", "memory", "least", "given"],
        about("What the number of nodes follows from."),
    ]
    vcpus: Annotated[float, measured("vCPU", "vCPUs of the nodes of an Availability Zone.")]
    memory_gib: Annotated[float, measured("GiB", "Memory of the nodes of an Availability Zone.")]
    storage_limit_gb: Annotated[float, measured("GB", "Data that the nodes hold at most.")]
    max_connections: Annotated[float, measured("1", "Connections that the cluster accepts.")]
    running_hours: Annotated[float, measured("h/month", "Hours in which nodes are billed.")]
    free_scaling_hours: Annotated[
        float, measured("h/month", "Hours of Concurrency Scaling that credits pay for.")
    ]
    billed_scaling_hours: Annotated[
        float, measured("h/month", "Hours of Concurrency Scaling that are billed.")
    ]
    spectrum_tb: Annotated[
        float, measured("TB/month", "Data that Redshift Spectrum bills; none of RG nodes.")
    ]
    sla_fraction: Annotated[
        float, measured("share", "Monthly uptime that AWS commits to, with credits below it.")
    ]


class Cluster(NamedTuple):
    """Equal nodes, of one node type; either may have a last axis for the node types."""

    node_type: WordColumn
    nodes: Numbers
    """In each Availability Zone [1]."""


class Needs(NamedTuple):
    """What decides a cluster, and what its cost depends on; arrays that broadcast."""

    storage_gb: Numbers
    vcpus: Numbers
    memory_gib: Numbers
    least: Numbers
    nodes: Numbers
    """Those given; 0 where they follow from the needs [1]."""
    zones: Numbers
    hours: Numbers
    """In which the nodes are billed [h]."""
    scaling_seconds: Numbers
    """Of Concurrency Scaling that are billed [s]."""
    spectrum_tb: Numbers
    day: Numbers
    region: Words
    tables: Numbers


def capacity(w: RedshiftWorkload, rule: Rules) -> RedshiftCapacity:
    """Return the nodes of the cluster, what they can do, and what is billed beside them."""
    needs = needs_of(w, rule)
    node_type = chosen_type(w, needs, rule)
    nodes, binding = node_count(needs, node_type, rule)
    scanned: Numbers = np.where(node_type.isin(RG), 0, needs.spectrum_tb)
    return RedshiftCapacity(
        node_type=node_type,  # type: ignore[arg-type]
        nodes=nodes,
        billed_nodes=nodes * needs.zones,
        binding=binding,
        vcpus=nodes * rule.vcpus[node_type],
        memory_gib=nodes * rule.memory_gib[node_type],
        storage_limit_gb=nodes * node_storage(Cluster(node_type, nodes), rule),
        max_connections=rule.max_connections[node_type],
        running_hours=needs.hours,
        free_scaling_hours=np.minimum(scaling_credit(w), w.monthly_concurrency_scaling_hours),
        billed_scaling_hours=billed_scaling_hours(w),
        spectrum_tb=scanned,
        sla_fraction=sla_fraction(w, nodes, rule),
    )


def running_hours(w: RedshiftWorkload) -> Numbers:
    """Return the hours a month in which the cluster is not paused [h]."""
    return w.hours_per_month * w.running_hours_fraction


def scaling_credit(w: RedshiftWorkload) -> Numbers:
    """Return the hours of Concurrency Scaling that are free: one for each day that it runs [h]."""
    return running_hours(w) / HOURS_PER_DAY


def billed_scaling_hours(w: RedshiftWorkload) -> Numbers:
    """Return the hours of Concurrency Scaling beyond the credits [h].

    Examples
    --------
    A cluster that runs 30 days has 30 hours free.

    >>> from types import SimpleNamespace as Row
    >>> w = Row(hours_per_month=720, running_hours_fraction=1,
    ...         monthly_concurrency_scaling_hours=np.array([20, 50]))
    >>> billed_scaling_hours(w).tolist()
    [0.0, 20.0]
    """
    return np.maximum(0, w.monthly_concurrency_scaling_hours - scaling_credit(w))


def spectrum_terabytes(w: RedshiftWorkload, rule: Rules) -> Numbers:
    """Return the data that Redshift Spectrum would bill [TB]: each query at least the minimum."""
    least = w.monthly_spectrum_queries * w.minimum_spectrum_mb / MEGABYTES_PER_GB
    return np.maximum(w.monthly_spectrum_gb, least) / rule.gb_per_tb


def needs_of(w: RedshiftWorkload, rule: Rules) -> Needs:
    """Return what decides the cluster, and what its cost depends on.

    A single node has no Concurrency Scaling [4]_.
    """
    least = np.where(w.monthly_concurrency_scaling_hours > 0, 2, 1)
    needed = np.maximum(w.min_nodes, least)
    load = (w.storage_gb, w.required_vcpus, w.required_memory_gib, needed, w.nodes)
    zones = np.where(w.deployment == "multi-az", rule.multi_az_zones, 1)
    seconds = billed_scaling_hours(w) * SECONDS_PER_HOUR
    scanned = spectrum_terabytes(w, rule)
    hours, day = running_hours(w), w.price_date
    return Needs(*load, zones, hours, seconds, scanned, day, w.region, w.tables)


def node_count(needs: Needs, node_type: WordColumn, rule: Rules) -> Need:
    """Return the nodes that are given, or else those that the needs take [1], and what binds.

    A cluster of a single node holds less data and fewer tables than one of several, so that either
    may take two.

    Examples
    --------
    AWS's own: a node of ra3.4xlarge holds 128 TB.

    >>> from types import SimpleNamespace as Row
    >>> one = {"ra3.4xlarge": 1}
    >>> rule = Row(node_storage_gb={"ra3.4xlarge": 131072}, vcpus={"ra3.4xlarge": 12},
    ...            memory_gib={"ra3.4xlarge": 96}, least_nodes={"ra3.4xlarge": 2},
    ...            single_node_storage_gb={"ra3.4xlarge": np.nan},
    ...            single_node_tables={"ra3.4xlarge": np.nan})
    >>> needs = Needs(np.array([1, 300 * 1024]), 0, 0, 2, np.array(0), 1, 0, 0, 0, 0, "", 0)
    >>> count, binding = node_count(needs, "ra3.4xlarge", rule)
    >>> count.tolist(), binding.tolist()
    ([2.0, 3.0], ['least', 'storage'])
    """
    each = {
        "storage": needs.storage_gb / for_type(rule.node_storage_gb, node_type),
        "vcpus": needs.vcpus / for_type(rule.vcpus, node_type),
        "memory": needs.memory_gib / for_type(rule.memory_gib, node_type),
    }
    least = np.maximum(for_type(rule.least_nodes, node_type), needs.least)
    need = largest(each, np.maximum(least, np.where(several(needs, node_type, rule), 2, 1)))
    given, words = needs.nodes > 0, need.binding.words
    codes = np.where(given, len(words), need.binding.codes)
    return Need(np.where(given, needs.nodes, need.count), WordColumn(codes, (*words, GIVEN)))


def several(needs: Needs, node_type: WordColumn, rule: Rules) -> Flags:
    """Return where data or tables are more than a single node has."""
    alone = for_type(rule.single_node_storage_gb, node_type)
    few = for_type(rule.single_node_tables, node_type)
    return (needs.storage_gb > alone) | (needs.tables > few)


def for_type(column: Any, node_type: WordColumn) -> Numbers:
    """Return what a node type has; 1 where there is no node type, which is never chosen."""
    has = column[node_type]
    return np.where(known(has), has, 1)


def chosen_type(w: RedshiftWorkload, needs: Needs, rule: Rules) -> WordColumn:
    """Return the node type that is given, or else that of the cheapest cluster that suits.

    DC2, which AWS does not recommend for data that grows, is chosen only by its name. Where no
    cluster suits, the dearest is returned, and findings say so.
    """
    every = class_choice.every_class(NODE_TYPES)
    regions = class_choice.with_classes(needs.region)
    numbers = map(class_choice.with_axis, needs._replace(region=np.array(0)))
    over = Needs._make(numbers)._replace(region=regions)
    cluster = Cluster(every, node_count(over, every, rule).count)
    candidates = np.logical_not(every.isin(DC2))
    suits = enough(w, over, cluster, rule) & candidates
    cost = choice_cost(over, cluster, suits, rule)
    cheapest = class_choice.cheapest(every, cost, suits, candidates)
    own: Words = w.node_type
    chosen: WordColumn = own.filled(cheapest)
    return chosen


def enough(w: RedshiftWorkload, needs: Needs, cluster: Cluster, rule: Rules) -> Flags:
    """Return where each cluster may have its number of nodes and holds what it is to hold."""
    node_type, nodes = cluster
    needed = node_count(needs._replace(nodes=0 * needs.nodes), node_type, rule).count
    size = (nodes >= needed) & (nodes <= for_type(rule.most_nodes, node_type))
    of_cluster = map(class_choice.with_axis, (w.connections, w.tables))
    has = (rule.max_connections[node_type], most_tables(cluster, rule))
    return size & class_choice.enough(of_cluster, has)


def choice_cost(needs: Needs, cluster: Cluster, suits: Flags, rule: Rules) -> Numbers:
    """Return the costs by which a node type is chosen [USD a month].

    A node type without a price of Concurrency Scaling is chosen only where every one that suits
    lacks it; then they are compared without it.
    """
    cost = cluster_cost(needs, cluster, rule)
    without = cluster_cost(needs._replace(scaling_seconds=np.array(0)), cluster, rule)
    some = (suits & known(cost)).any(axis=-1, keepdims=True)
    return np.where(some, cost, without)


def cluster_cost(needs: Needs, cluster: Cluster, rule: Rules) -> Numbers:
    """Return what depends on the node type: nodes, Concurrency Scaling and Spectrum [USD a month].

    NaN where a price of the node type is not known.
    """
    node_type, nodes = cluster
    day, region = needs.day, needs.region
    hourly = rule.list_price("node_hours", (node_type,), day, region)
    second = rule.list_price("concurrency_scaling", (node_type,), day, region)
    scaling = np.where(needs.scaling_seconds > 0, needs.scaling_seconds * second, 0)
    scanned = np.where(node_type.isin(RG), 0, needs.spectrum_tb)
    spectrum = scanned * rule.list_price("spectrum_scanned", (), day, region)
    return nodes * (needs.zones * needs.hours * hourly + scaling) + spectrum


def of_nodes(multi: Any, single: Any, cluster: Cluster) -> Numbers:
    """Return what a node type has in a cluster of several nodes, or of a single one."""
    alone = single[cluster.node_type]
    return np.where((cluster.nodes == 1) & known(alone), alone, for_type(multi, cluster.node_type))


def node_storage(cluster: Cluster, rule: Rules) -> Numbers:
    """Return the data that a node holds at most [GB] [2]_."""
    return of_nodes(rule.node_storage_gb, rule.single_node_storage_gb, cluster)


def most_tables(cluster: Cluster, rule: Rules) -> Numbers:
    """Return the tables that the cluster has at most [1] [3]_."""
    return of_nodes(rule.max_tables, rule.single_node_tables, cluster)


def sla_fraction(w: RedshiftWorkload, nodes: Numbers, rule: Rules) -> Numbers:
    """Return the monthly uptime that AWS commits to [share]."""
    one_zone = np.where(nodes > 1, rule.sla_fraction, rule.single_node_sla_fraction)
    return np.where(w.deployment == "multi-az", rule.multi_az_sla_fraction, one_zone)


def charges(w: RedshiftWorkload, c: RedshiftCapacity, rule: Rules) -> Iterator[Charge]:
    """Yield the metered quantities of a month, in the pricing page's order.

    A paused cluster is billed for its storage only.
    """
    node_type: Words = c.node_type
    local = node_type.isin(DC2)
    yield Charge("node_hours", c.billed_nodes * c.running_hours, (node_type,))
    yield Charge("managed_storage", np.where(local, 0, w.storage_gb))
    seconds = c.billed_scaling_hours * SECONDS_PER_HOUR
    yield Charge("concurrency_scaling", c.nodes * seconds, (node_type,))
    yield Charge("spectrum_scanned", c.spectrum_tb)
    yield Charge("backup_storage", np.maximum(0, w.backup_gb - w.free_backup_gb))
    region: Words = w.region
    copies: Words = w.backup_copy_region
    target: Words = copies.filled(region)
    kept = between_regions(w.backup_copy_gb, region, target)
    yield Charge("backup_copy_storage", kept, region=target)
    copied = between_regions(w.monthly_backup_copy_gb, region, target)
    yield Charge("backup_copy_transfer", copied, (target,))
    yield Charge("internet_out_data", w.monthly_internet_out_gb)


def findings(w: RedshiftWorkload, c: RedshiftCapacity, rule: Rules) -> Iterator[Finding]:
    """Yield the quotas and rules that apply to the cluster [2]_ [3]_ [4]_ [5]_."""
    yield from node_findings(w, c, rule)
    yield from needs_met(w, vcpus=c.vcpus, memory_gib=c.memory_gib, connections=c.max_connections)
    cluster = Cluster(c.node_type, c.nodes)  # type: ignore[arg-type]
    yield Finding("tables", w.tables, w.tables > 0, most_tables(cluster, rule))
    yield Finding("wlm_slots", w.concurrent_queries, w.concurrent_queries > 0)
    yield from scaling_findings(w, c)
    yield from advice_findings(w, c, rule)


def node_findings(w: RedshiftWorkload, c: RedshiftCapacity, rule: Rules) -> Iterator[Finding]:
    """Yield the limits on the number of nodes and on the data of each."""
    node_type: Words = c.node_type
    yield Finding("cluster_nodes", c.nodes, True, rule.most_nodes[node_type])
    yield Finding("nodes_at_creation", c.nodes, True, rule.created_nodes[node_type])
    yield Finding.met("too_few_nodes", c.nodes < rule.least_nodes[node_type], c.nodes)
    yield Finding("nodes_in_region", c.billed_nodes + w.clusters_in_region_nodes)
    yield Finding("storage", w.storage_gb, w.storage_gb > 0, c.storage_limit_gb)


def scaling_findings(w: RedshiftWorkload, c: RedshiftCapacity) -> Iterator[Finding]:
    """Yield the limits of Concurrency Scaling [4]_."""
    scaled = w.monthly_concurrency_scaling_hours > 0
    yield Finding("scaling_nodes", c.nodes, scaled)
    yield Finding.met("scaling_of_one_node", scaled & (c.nodes == 1))
    yield Finding.met("scaling_credits", scaled, c.free_scaling_hours)


def advice_findings(w: RedshiftWorkload, c: RedshiftCapacity, rule: Rules) -> Iterator[Finding]:
    """Yield what a planner should know: availability, older node types, what RG nodes save."""
    node_type: Words = c.node_type
    yield Finding.met("single_node", c.nodes == 1)
    yield Finding.met("dense_compute", node_type.isin(DC2), c.billed_nodes)
    multi_az = w.deployment == "multi-az"
    yield Finding.met("one_zone", np.logical_not(multi_az))
    yield Finding.met("multi_az_of_dc2", multi_az & node_type.isin(DC2))
    spectrum = count_true(w.monthly_spectrum_gb > 0, w.monthly_spectrum_queries > 0)
    yield Finding.met("spectrum_of_rg", node_type.isin(RG) & (spectrum > 0))
    saved = rg_saving(w, c, rule)
    yield Finding.met("rg_saving", saved > 0, saved)


def rg_saving(w: RedshiftWorkload, c: RedshiftCapacity, rule: Rules) -> Numbers:
    """Return what RG nodes with as many vCPUs and as much memory cost less [USD a month].

    NaN of other nodes than RA3, and where RG nodes have no price.
    """
    own: Words = c.node_type
    words = [own.words.index(RG_OF.get(word, word)) for word in own.words]
    other = WordColumn(np.array(words)[own.codes], own.words)
    needs = needs_of(w, rule)
    as_much = needs._replace(vcpus=c.vcpus, memory_gib=c.memory_gib, nodes=0 * needs.nodes)
    nodes = node_count(as_much, other, rule).count
    less = cluster_cost(needs, Cluster(own, c.nodes), rule) - cluster_cost(
        needs, Cluster(other, nodes), rule
    )
    return np.where(own.isin(RA3), less, np.nan)


def crossing(w: RedshiftWorkload, c: RedshiftCapacity) -> dict[str, Numbers]:
    """Return the nodes that are billed [1]."""
    return {"billed_nodes": c.billed_nodes}


SERVICE = Service(
    key="redshift",
    name="Amazon Redshift",
    category="Databases",
    workload=RedshiftWorkload,
    capacity_type=RedshiftCapacity,
    capacity=capacity,
    charges=charges,
    findings=findings,
    loads=(
        "storage_gb",
        "min_nodes",
        "running_hours_fraction",
        "monthly_concurrency_scaling_hours",
        "monthly_spectrum_gb",
        "monthly_spectrum_queries",
        "backup_gb",
        "backup_copy_gb",
        "monthly_backup_copy_gb",
        "monthly_internet_out_gb",
        "required_vcpus",
        "required_memory_gib",
        "minimum_spectrum_mb",
        "hours_per_month",
    ),
    example=RedshiftWorkload(
        name="sales-warehouse",
        region="us-east-1",
        node_type="ra3.xlplus",
        storage_gb=2000.0,
        required_vcpus=16.0,
        monthly_spectrum_gb=1000.0,
        backup_gb=500.0,
    ),
    compared="node_type",
    swept="storage_gb",
    crossing=crossing,
    steady=(
        "Its nodes stand while they run; what follows a load, concurrency scaling"
        " and Spectrum, is given by the month."
    ),
)
