"""Amazon OpenSearch Service: one managed domain.

Sections follow AWS's pricing page [1]_: instance hours of data nodes, dedicated master nodes and
UltraWarm nodes, EBS volumes, managed storage, data transfer.

A domain is sized as AWS's guide does it: the data with its replicas and reserves [2]_, the shards
by their size [3]_, the nodes by the largest need [4]_, the dedicated master nodes by nodes and
shards [5]_. AWS writes GB of volumes that are GiB.

References
----------
.. [1] "Amazon OpenSearch Service pricing" (2026),
   https://aws.amazon.com/opensearch-service/pricing/
.. [2] "Calculating storage requirements", developer guide (2026),
   https://docs.aws.amazon.com/opensearch-service/latest/developerguide/bp-storage.html
.. [3] "Choosing the number of shards", developer guide (2026),
   https://docs.aws.amazon.com/opensearch-service/latest/developerguide/bp-sharding.html
.. [4] "Choosing instance types and testing", developer guide (2026),
   https://docs.aws.amazon.com/opensearch-service/latest/developerguide/bp-instances.html
.. [5] "Dedicated master nodes in Amazon OpenSearch Service", developer guide (2026),
   https://docs.aws.amazon.com/opensearch-service/latest/developerguide/managedomains-dedicatedmasternodes.html
.. [6] "Amazon OpenSearch Service quotas", developer guide (2026),
   https://docs.aws.amazon.com/opensearch-service/latest/developerguide/limits.html
.. [7] "Configuring a multi-AZ domain", developer guide (2026),
   https://docs.aws.amazon.com/opensearch-service/latest/developerguide/managedomains-multiaz.html
.. [8] "UltraWarm storage for Amazon OpenSearch Service", developer guide (2026),
   https://docs.aws.amazon.com/opensearch-service/latest/developerguide/ultrawarm.html
.. [9] "OpenSearch Optimized Instances", developer guide (2026),
   https://docs.aws.amazon.com/opensearch-service/latest/developerguide/or1.html
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from msgspec import Struct, structs

from pricing import tables
from pricing.arrays import Flags, Numbers, Words
from pricing.kit import class_choice
from pricing.kit.instances import MemoryGiB, VCPUs, parsed
from pricing.kit.limits import known, saving
from pricing.kit.nodes import in_every_zone
from pricing.kit.sizing import Need, largest, whole_need
from pricing.model import Charge, Finding, Service, WorkloadFields
from pricing.quantities import (
    Count,
    Fraction,
    Gigabytes,
    MonthlyGigabytes,
    PriceDate,
    Ratio,
    about,
    bounded,
    measured,
    whole,
)
from pricing.rates import Rules, WordColumn
from pricing.units import BYTES_PER_GB, count_true, whole_units

CLASSES = tables.instance_classes("opensearch")
"""Every instance class with a price anywhere."""


def _family(name: str) -> str:
    return name.partition(".")[0]


OPTIMIZED = tuple(name for name in CLASSES if _family(name) in ("or1", "or2", "om2", "oi2"))
"""OpenSearch optimized classes, which also keep the data in managed storage [9]_."""
ULTRAWARM = tuple(name for name in CLASSES if _family(name) == "ultrawarm1")
WARM = (
    *ULTRAWARM,
    *(f"oi2.{size}.search" for size in ("large", "xlarge", "2xlarge", "4xlarge", "8xlarge")),
)
BURSTABLE = tuple(name for name in CLASSES if _family(name) in ("t2", "t3"))
DATA = tuple(name for name in CLASSES if name not in ULTRAWARM)
OLD = ("c4", "i2", "m3", "m4", "r3", "r4", "t2", "t3")
"""Families that AWS no longer advises, or advises only for tests."""
CHOSEN = tuple(name for name in DATA if name not in OPTIMIZED and _family(name) not in OLD)
"""Classes that may be chosen for a load: OpenSearch optimized ones ask for an index's tolerance."""
GRAVITON = tuple(
    name for name in DATA if (found := parsed(name)) and ("g" in found.extras or name in OPTIMIZED)
)
STANDBY_FAMILIES = (
    *("m5", "c5", "r5", "r6g", "c6g", "m6g", "r6gd", "r7g", "c7g", "m7g", "r7gd", "i3"),
    *("or1", "or2", "om2", "oi2"),
)
STANDBY = tuple(name for name in DATA if _family(name) in STANDBY_FAMILIES)
"""Classes with which Multi-AZ with Standby works [7]_."""

NEEDS = ("storage", "shards", "vcpus", "memory", "vectors")
BINDINGS = (*NEEDS, "least", "given")
"""What the number of data nodes follows from."""

if TYPE_CHECKING:
    DataClass = str
    MasterClass = str
    WarmClass = str
else:
    DataClass = Literal[("", *DATA)]
    MasterClass = Literal[("", *DATA)]
    WarmClass = Literal[WARM]


class OpenSearchWorkload(WorkloadFields, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Demand on one managed domain of OpenSearch or Elasticsearch."""

    price_date: PriceDate = tables.newest_day("opensearch")
    engine_generation: Annotated[
        Literal["opensearch_2_17", "older"],
        about("OpenSearch from 2.17, or OpenSearch up to 2.15 and Elasticsearch 7."),
    ] = "opensearch_2_17"
    source_gb_per_day: Annotated[
        float, bounded("GB/day", 0, 1e9), about("Source data of rolling indexes, as it comes in.")
    ]
    hot_retention_days: Annotated[
        float, bounded("day", 0, 100_000), about("How long rolling indexes stay on data nodes.")
    ] = 7.0
    long_lived_gb: Annotated[Gigabytes, about("Source data of indexes that stay.")] = 0.0
    replicas: Annotated[
        float, whole("1", 0, 10), about("Copies of each primary shard on data nodes.")
    ] = 1.0
    index_overhead_fraction: Annotated[
        Fraction, about("What an index takes beside its source data.")
    ] = 0.1
    capped_reserve: Annotated[
        bool,
        about(
            "The service reserves 20 GiB of a node at most; otherwise 20 percent are planned, as"
            " AWS's formula does, which leaves room for the loss of a node."
        ),
    ] = False
    shard_gib: Annotated[
        float, bounded("GiB", 1, 1000), about("Size aimed at: 10 to 30 for search, 30 to 50 logs.")
    ] = 30.0
    growth_ratio: Annotated[
        Ratio, about("Room to grow, for the number of shards: later over present source data.")
    ] = 1.0
    primary_shards: Annotated[
        Count, about("Primary shards on data nodes; 0 is as many as the shard size asks for.")
    ] = 0.0
    active_days: Annotated[
        float,
        bounded("day", 0, 100_000),
        about("Days of rolling indexes that are written or searched much; others are at rest."),
    ] = 1.0
    vcpus_per_active_shard: Annotated[
        float, bounded("vCPU", 0, 64), about("Assumption: vCPUs for each active shard.")
    ] = 1.5
    heavy_load: Annotated[
        bool, about("Aggregations, updates or queries are heavy: vCPUs and memory follow storage.")
    ] = False
    required_vcpus: Annotated[VCPUs, about("vCPUs that the load needs on data nodes.")] = 0.0
    required_memory_gib: Annotated[
        MemoryGiB, about("Memory that the load needs on data nodes.")
    ] = 0.0
    vectors: Annotated[
        float, bounded("1", 0, 1e12), about("Vectors in memory, in HNSW graphs of k-NN indexes.")
    ] = 0.0
    vector_dimensions: Annotated[float, whole("1", 1, 16_000), about("Dimensions of each.")] = 768.0
    vector_links: Annotated[
        float, whole("1", 2, 512), about("The parameter m of HNSW: links of each vector.")
    ] = 16.0
    instance_class: Annotated[
        DataClass,
        about("Class of data nodes; empty is that of the cheapest domain that bears the load."),
    ] = ""
    data_nodes: Annotated[
        float, whole("1", 0, 100_000), about("Data nodes; 0 is as many as the load needs.")
    ] = 0.0
    data_node_quota: Annotated[
        float,
        whole("1", 1, 1002),
        about("Data nodes that the account may have in a domain; AWS raises it on request."),
    ] = 80.0
    availability_zones: Annotated[float, whole("1", 1, 3), about("Zones of the data nodes.")] = 3.0
    standby: Annotated[
        bool, about("Multi-AZ with Standby: the nodes of one of three zones wait.")
    ] = False
    dedicated_masters: Annotated[
        float, whole("1", 0, 5), about("Dedicated master nodes: 3 are advised, 0 is none.")
    ] = 3.0
    master_class: Annotated[
        MasterClass,
        about("Their class; empty is the cheapest with memory for the nodes and shards."),
    ] = ""
    storage_type: Annotated[
        Literal["gp3", "gp2", "io1", "standard"],
        about("Type of EBS volumes; classes with an instance store have none."),
    ] = "gp3"
    storage_gb_per_node: Annotated[
        float, bounded("GB", 0, 100_000), about("Volume of each data node; 0 is what it needs.")
    ] = 0.0
    iops_per_node: Annotated[
        float, bounded("IOPS", 0, 256_000), about("Provisioned IOPS of each io1 volume.")
    ] = 0.0
    extra_throughput_mibps_per_node: Annotated[
        float,
        bounded("MiB/s", 0, 10_000),
        about(
            "Throughput of each gp3 volume beyond what its size includes: 125 MiB/s up to 170 GB,"
            " above 250 for each 3,000 GB begun."
        ),
    ] = 0.0
    warm_retention_days: Annotated[
        float, bounded("day", 0, 100_000), about("How long indexes then stay in UltraWarm.")
    ] = 0.0
    warm_class: Annotated[WarmClass, about("Class of warm nodes.")] = "ultrawarm1.medium.search"
    warm_nodes: Annotated[
        float, whole("1", 0, 100_000), about("Warm nodes; 0 is as many as the warm data needs.")
    ] = 0.0
    cold_retention_days: Annotated[
        float, bounded("day", 0, 100_000), about("How long indexes then stay in cold storage.")
    ] = 0.0
    monthly_internet_out_gb: Annotated[
        MonthlyGigabytes, about("Data transferred out to the internet.")
    ] = 0.0


class OpenSearchCapacity(Struct, frozen=True):
    """What the domain has and needs; what AWS does not publish of a class is null."""

    instance_class: Annotated[DataClass, about("Class of the data nodes.")]
    data_nodes: Annotated[float, measured("1", "Data nodes.")]
    binding: Annotated[
        Literal["storage", "shards", "vcpus", "memory", "vectors", "least", "given"],
        about("What the number of data nodes follows from."),
    ]
    nodes_by_storage: Annotated[
        float | None, measured("Nodes", "What the data on data nodes needs, with its reserves.")
    ]
    nodes_by_shards: Annotated[float | None, measured("Nodes", "What the heap for shards needs.")]
    nodes_by_vcpus: Annotated[float | None, measured("Nodes", "What the vCPUs need.")]
    nodes_by_memory: Annotated[float | None, measured("Nodes", "What the memory needs.")]
    nodes_by_vectors: Annotated[float | None, measured("Nodes", "What vectors in memory need.")]
    source_gb: Annotated[float, measured("GB", "Source data on data nodes.")]
    minimum_storage_gb: Annotated[
        float, measured("GB", "Storage of all data nodes, replicas and reserves included.")
    ]
    storage_gb_per_node: Annotated[
        float | None, measured("GB", "Volume or instance store of a data node, not rounded.")
    ]
    included_throughput_mibps: Annotated[
        float | None, measured("MiB/s", "Throughput that the size of a gp3 volume includes.")
    ]
    primary_shards: Annotated[float, measured("1", "Primary shards on data nodes.")]
    shards: Annotated[float, measured("1", "Primary and replica shards on data nodes.")]
    shards_per_node: Annotated[float, measured("Shards", "Shards on each data node.")]
    shard_gib: Annotated[float, measured("GiB", "Size of a shard.")]
    vcpus: Annotated[float | None, measured("vCPU", "vCPUs of a data node.")]
    memory_gib: Annotated[float | None, measured("GiB", "Memory of a data node.")]
    heap_gib: Annotated[float | None, measured("GiB", "Java heap of a data node.")]
    vector_memory_gib: Annotated[float, measured("GiB", "Memory of all vectors with replicas.")]
    master_class: Annotated[MasterClass, about("Class of dedicated master nodes; empty is none.")]
    dedicated_masters: Annotated[float, measured("1", "Dedicated master nodes.")]
    master_quorum: Annotated[float, measured("1", "Master nodes that must be up.")]
    warm_nodes: Annotated[float, measured("1", "Warm nodes.")]
    warm_storage_gb: Annotated[float, measured("GB", "Primary shards in UltraWarm.")]
    cold_storage_gb: Annotated[float, measured("GB", "Primary shards in cold storage.")]
    managed_storage_gb: Annotated[
        float, measured("GB", "Primary shards that optimized classes keep in managed storage.")
    ]
    availability_fraction: Annotated[
        float | None, measured("share", "Availability that AWS states; null in a single zone.")
    ]


def capacity(w: OpenSearchWorkload, rule: Rules) -> OpenSearchCapacity:
    """Return the nodes that the load needs, what binds, and the data that they keep."""
    data_class = chosen_class(w, rule)
    needed = needed_nodes(w, data_class, rule)
    nodes, binding = nodes_of(w, needed)
    some, shards = np.maximum(1, nodes), shards_of(w)
    master_class = master_class_of(w, nodes, rule)
    managed: Numbers = np.where(data_class.isin(OPTIMIZED), kept_gb(w), 0)
    masters: Numbers = np.broadcast_to(w.dedicated_masters, np.shape(nodes))
    quorum: Numbers = np.where(masters > 0, masters // 2 + 1, 0)
    return OpenSearchCapacity(
        instance_class=data_class,  # type: ignore[arg-type]
        data_nodes=nodes,
        binding=binding,
        **{f"nodes_by_{need}": count for need, count in needed.items()},
        source_gb=source_gb(w),
        minimum_storage_gb=storage_gb(w, data_class, nodes, rule),
        storage_gb_per_node=node_storage_gb(w, data_class, nodes, rule),
        included_throughput_mibps=volume_mibps(w, data_class, nodes, rule),
        primary_shards=primary_shards(w),
        shards=shards,
        shards_per_node=shards / some,
        shard_gib=source_gb(w) * (1 + w.index_overhead_fraction) / primary_shards(w),
        vcpus=rule.vcpus[data_class],
        memory_gib=rule.memory_gib[data_class],
        heap_gib=heap_gib(data_class, rule),
        vector_memory_gib=vector_gib(w, rule),
        master_class=master_class,  # type: ignore[arg-type]
        dedicated_masters=masters,
        master_quorum=quorum,
        warm_nodes=warm_nodes_of(w, rule),
        warm_storage_gb=indexed_gb(w, w.warm_retention_days),
        cold_storage_gb=indexed_gb(w, w.cold_retention_days),
        managed_storage_gb=managed,
        availability_fraction=availability(w, rule),
    )


def availability(w: OpenSearchWorkload, rule: Rules) -> Numbers:
    """Return the availability that AWS states of a Multi-AZ domain [share] [7]_."""
    without = np.where(w.availability_zones > 1, rule.usual_availability, np.nan)
    return np.where(w.standby, rule.standby_availability, without)


def source_gb(w: OpenSearchWorkload) -> Numbers:
    """Return the source data on data nodes [GB] [2]_.

    Examples
    --------
    AWS's own: 200 MiB an hour are 4.7 GiB a day, and 66 GiB in two weeks.

    >>> from types import SimpleNamespace as Row
    >>> w = Row(source_gb_per_day=200 * 24 / 1024, hot_retention_days=14, long_lived_gb=0)
    >>> round(source_gb(w))
    66
    """
    return w.source_gb_per_day * w.hot_retention_days + w.long_lived_gb


def indexed_gb(w: OpenSearchWorkload, days: Numbers) -> Numbers:
    """Return the primary shards of some days of rolling indexes [GB] [8]_."""
    return w.source_gb_per_day * days * (1 + w.index_overhead_fraction)


def kept_gb(w: OpenSearchWorkload) -> Numbers:
    """Return the primary shards on data nodes [GB]."""
    return source_gb(w) * (1 + w.index_overhead_fraction)


def occupied_gb(w: OpenSearchWorkload, rule: Rules) -> Numbers:
    """Return what shards and the reserve of Linux take of data nodes [GB] [2]_."""
    return kept_gb(w) * (1 + w.replicas) / (1 - rule.linux_reserve)


def storage_gb(w: OpenSearchWorkload, data_class: Words, nodes: Numbers, rule: Rules) -> Numbers:
    """Return the minimum storage of all data nodes, with the service's reserve [GB] [2]_.

    Examples
    --------
    AWS's own: 66 GiB with a replica need 191 GiB.

    >>> from types import SimpleNamespace as Row
    >>> w = Row(source_gb_per_day=0, hot_retention_days=0, long_lived_gb=66, replicas=1,
    ...         index_overhead_fraction=0.1, capped_reserve=False)
    >>> rule = Row(linux_reserve=0.05, service_reserve=0.2, service_reserve_gib=20)
    >>> round(float(storage_gb(w, None, 3, rule)))
    191
    """
    taken = occupied_gb(w, rule)
    worst = taken / (1 - rule.service_reserve)
    least = np.minimum(worst, taken + np.maximum(1, nodes) * rule.service_reserve_gib)
    return np.where(w.capped_reserve, least, worst)


def store_gb(data_class: Words, rule: Rules) -> Numbers:
    """Return the instance store of a class, which AWS states in decimal GB [GB]; NaN for none."""
    return rule.instance_store_gb[data_class] * 1000**3 / BYTES_PER_GB


def on_volumes(data_class: Words, rule: Rules) -> Flags:
    """Return where a class keeps data on EBS volumes; others have an instance store [6]_."""
    return known(rule.least_ebs_gb[data_class])


def largest_volume_gb(w: OpenSearchWorkload, data_class: Words, rule: Rules) -> Numbers:
    """Return the largest volume of the type on a class [GB] [6]_; NaN where it has none.

    An io1 volume has the limit of gp2, or of gp3 on classes without gp2.
    """
    gp2, gp3 = rule.most_gp2_gb[data_class], rule.most_gp3_gb[data_class]
    ssd = np.where(w.storage_type == "gp3", gp3, gp2)
    io1 = np.where(known(gp2), gp2, gp3)
    sized = np.where(w.storage_type == "io1", io1, ssd)
    barred = data_class.isin(GRAVITON) | np.logical_not(known(gp2))
    magnetic = np.where(barred, np.nan, np.where(gp2 < rule.magnetic_gb, gp2, rule.magnetic_gb))
    return np.where(w.storage_type == "standard", magnetic, sized)


def disk_gb(w: OpenSearchWorkload, data_class: Words, rule: Rules) -> Numbers:
    """Return the largest storage of a data node [GB]: what is given, a volume, or its store."""
    most = largest_volume_gb(w, data_class, rule)
    given = w.storage_gb_per_node
    volume = np.where((given > 0) & (given <= most), given, most)
    store = store_gb(data_class, rule)
    return np.where(on_volumes(data_class, rule), volume, store)


def node_storage_gb(
    w: OpenSearchWorkload, data_class: Words, nodes: Numbers, rule: Rules
) -> Numbers:
    """Return the volume or the instance store of each data node [GB]."""
    least, store = rule.least_ebs_gb[data_class], store_gb(data_class, rule)
    share = storage_gb(w, data_class, nodes, rule) / np.maximum(1, nodes)
    sized = np.where(share < least, least, share)
    volume = np.where(w.storage_gb_per_node > 0, w.storage_gb_per_node, sized)
    return np.where(on_volumes(data_class, rule), volume, store)


def primary_shards(w: OpenSearchWorkload) -> Numbers:
    """Return the primary shards given, or those that the shard size asks for [1] [3]_.

    Examples
    --------
    AWS's own: 66 GiB in shards of 30 GiB are 3 shards, and 10 if they are to quadruple.

    >>> from types import SimpleNamespace as Row
    >>> w = Row(source_gb_per_day=0, hot_retention_days=0, long_lived_gb=66, primary_shards=0,
    ...         index_overhead_fraction=0.1, shard_gib=30, growth_ratio=np.array([1, 4]))
    >>> primary_shards(w).tolist()
    [3.0, 10.0]
    """
    asked = whole_units(kept_gb(w) * w.growth_ratio / w.shard_gib)
    return np.where(w.primary_shards > 0, w.primary_shards, np.maximum(1, asked))


def shards_of(w: OpenSearchWorkload) -> Numbers:
    """Return the primary and replica shards on data nodes [1]."""
    return primary_shards(w) * (1 + w.replicas)


def active_shards(w: OpenSearchWorkload) -> Numbers:
    """Return the primary shards that are written or searched much [1].

    Examples
    --------
    Of a week of 300 GB a day one day is active, in 11 of 77 shards of 30 GiB.

    >>> from types import SimpleNamespace as Row
    >>> w = Row(source_gb_per_day=300, hot_retention_days=7, long_lived_gb=0, primary_shards=0,
    ...         index_overhead_fraction=0.1, shard_gib=30, growth_ratio=1, active_days=1)
    >>> float(active_shards(w)), float(primary_shards(w))
    (11.0, 77.0)
    """
    days = np.minimum(w.active_days, w.hot_retention_days)
    data = indexed_gb(w, days) + w.long_lived_gb * (1 + w.index_overhead_fraction)
    asked = np.maximum(1, whole_units(data * w.growth_ratio / w.shard_gib))
    return np.minimum(asked, primary_shards(w))


def heap_gib(data_class: Words, rule: Rules) -> Numbers:
    """Return the Java heap of a node: half of its memory, up to 32 GiB [6]_ [GiB].

    Examples
    --------
    AWS's own: an m5.large with 8 GiB has a heap of 4 GiB.

    >>> from types import SimpleNamespace as Row
    >>> from pricing.rates import ByWord
    >>> rule = Row(memory_gib=ByWord(a=8, b=128), heap_share=0.5, most_heap_gib=32)
    >>> heap_gib(WordColumn(np.arange(2), ("a", "b")), rule).tolist()
    [4.0, 32.0]
    """
    half = rule.memory_gib[data_class] * rule.heap_share
    return np.where(half > rule.most_heap_gib, rule.most_heap_gib, half)


def most_shards(w: OpenSearchWorkload, data_class: Words, rule: Rules) -> Numbers:
    """Return the most shards of a node [1] [6]_: by heap from OpenSearch 2.17, but for Standby."""
    by_heap = heap_gib(data_class, rule) / rule.heap_gib_per_thousand * rule.usual_node_shards
    capped = np.where(by_heap > rule.newer_node_shards, rule.newer_node_shards, by_heap)
    newer = (w.engine_generation == "opensearch_2_17") & np.logical_not(w.standby)
    return np.where(newer, capped, rule.usual_node_shards)


def vector_gib(w: OpenSearchWorkload, rule: Rules) -> Numbers:
    """Return the memory of the HNSW graphs, with replicas [GiB].

    Examples
    --------
    AWS's own: a million vectors of 768 dimensions with a replica take 6.56 GiB.

    >>> from types import SimpleNamespace as Row
    >>> w = Row(vectors=1e6, vector_dimensions=768, vector_links=16, replicas=1)
    >>> rule = Row(vector_overhead=1.1, bytes_per_dimension=4, bytes_per_link=8)
    >>> round(vector_gib(w, rule), 2)
    6.56
    """
    each = rule.bytes_per_dimension * w.vector_dimensions + rule.bytes_per_link * w.vector_links
    copies = w.vectors * (1 + w.replicas)
    return rule.vector_overhead * each * copies / BYTES_PER_GB


def needed_vcpus(w: OpenSearchWorkload, rule: Rules) -> Numbers:
    """Return the vCPUs for active shards, a heavy load, or those required [vCPU] [4]_.

    Of Multi-AZ with Standby only the nodes of two of three zones serve [7]_.
    """
    by_shards = active_shards(w) * (1 + w.replicas) * w.vcpus_per_active_shard
    heavy = heavy_storage_gb(w, rule) * rule.heavy_vcpus / rule.heavy_storage_gb
    most = np.maximum(np.maximum(by_shards, heavy), w.required_vcpus)
    return most * np.where(w.standby, rule.standby_zones / (rule.standby_zones - 1), 1)


def heavy_storage_gb(w: OpenSearchWorkload, rule: Rules) -> Numbers:
    """Return the storage that a heavy load's vCPUs and memory follow [GB] [4]_."""
    worst = occupied_gb(w, rule) / (1 - rule.service_reserve)
    return np.where(w.heavy_load, worst, 0)


def needed_nodes(w: OpenSearchWorkload, data_class: Words, rule: Rules) -> dict[str, Numbers]:
    """Return the data nodes that each need takes, not rounded [1]; NaN where not known."""
    heap, memory = heap_gib(data_class, rule), rule.memory_gib[data_class]
    guide, most = heap * rule.shards_per_heap_gib, most_shards(w, data_class, rule)
    heavy = heavy_storage_gb(w, rule) * rule.heavy_memory_gib / rule.heavy_storage_gb
    used = (
        nodes_for_storage(w, disk_gb(w, data_class, rule), rule),
        shards_of(w) / np.where(most < guide, most, guide),
        needed_vcpus(w, rule) / rule.vcpus[data_class],
        np.maximum(heavy, w.required_memory_gib) / memory,
        vector_gib(w, rule) / ((memory - heap) * rule.vector_share),
    )
    return dict(zip(NEEDS, used, strict=True))


def nodes_for_storage(w: OpenSearchWorkload, disk: Numbers, rule: Rules) -> Numbers:
    """Return the data nodes whose storage holds the data, not rounded [1] [2]_.

    Examples
    --------
    950 GiB on nodes of 500 GiB, of which 20 percent or at most 20 GiB are reserved.

    >>> from types import SimpleNamespace as Row
    >>> w = Row(source_gb_per_day=0, hot_retention_days=0, long_lived_gb=902.5, replicas=0,
    ...         index_overhead_fraction=0, capped_reserve=np.array([False, True]))
    >>> rule = Row(linux_reserve=0.05, service_reserve=0.2, service_reserve_gib=20)
    >>> nodes_for_storage(w, 500, rule).round(3).tolist()
    [2.375, 1.979]
    """
    share = disk * rule.service_reserve
    most = np.where(share > rule.service_reserve_gib, rule.service_reserve_gib, share)
    return occupied_gb(w, rule) / (disk - np.where(w.capped_reserve, most, share))


def least_nodes(w: OpenSearchWorkload) -> Numbers:
    """Return the fewest data nodes [1]: for copies, zones and the election of a master [4]_."""
    without = np.where(w.dedicated_masters > 0, 2, 3)
    return np.maximum(np.maximum(1 + w.replicas, zones(w)), without)


def zones(w: OpenSearchWorkload) -> Numbers:
    """Return the Availability Zones of the data nodes: Standby has three [7]_."""
    return np.where(w.standby, 3, w.availability_zones)


def nodes_of(w: OpenSearchWorkload, needed: dict[str, Numbers]) -> Need:
    """Return the data nodes that are given, or else those needed [1], and what binds."""
    count, binding = largest(bounded_needs(needed), least_nodes(w))
    codes = np.where(w.data_nodes > 0, BINDINGS.index("given"), binding.codes)
    return Need(given_or_spread(w, count), WordColumn(codes, BINDINGS))


def given_or_spread(w: OpenSearchWorkload, count: Numbers) -> Numbers:
    """Return the data nodes that are given, or else a count, as many in each zone [1]."""
    return np.where(w.data_nodes > 0, w.data_nodes, in_every_zone(count, zones(w)))


def node_limit(w: OpenSearchWorkload, data_class: Words, rule: Rules) -> Numbers:
    """Return the most nodes of a class in a domain, by the engine [1] [6]_."""
    newer = w.engine_generation == "opensearch_2_17"
    return np.where(newer, rule.newer_nodes[data_class], rule.older_nodes[data_class])


def chosen_class(w: OpenSearchWorkload, rule: Rules) -> WordColumn:
    """Return the class of data nodes: the one given, or that of the cheapest domain that suits."""
    return class_choice.filled(w.instance_class, lambda: cheapest_class(w, rule))


def cheapest_class(w: OpenSearchWorkload, rule: Rules) -> WordColumn:
    """Return the class of the cheapest domain that bears the load, or the dearest class."""
    every, load = class_choice.every_class(CHOSEN), class_choice.for_each_class(w)
    costs, suits = domains(load, every, rule)
    price = rule.list_price("instance_hours", (every,), load.price_date, load.region)
    some = (suits & known(costs) & (every != "")).any(axis=-1, keepdims=True)
    found = class_choice.cheapest(every, np.where(some, costs, price), suits)
    return among_data(found)


def among_data(found: WordColumn) -> WordColumn:
    """Return a column of chosen classes with the words of all classes of data nodes."""
    words = ("", *DATA)
    places = {word: place for place, word in enumerate(words)}
    recode = np.array([places[word] for word in found.words])
    return WordColumn(recode[found.codes], words)


def unsuited(w: OpenSearchWorkload, data_class: Words, rule: Rules) -> Flags:
    """Return where a class was to be chosen, and the one returned does not suit either."""
    _, suits = domains(w, data_class, rule)
    return (w.instance_class == "") & np.logical_not(suits)


def domains(w: OpenSearchWorkload, data_class: Words, rule: Rules) -> tuple[Numbers, Flags]:
    """Return what the nodes of a class and the masters cost [USD], and whether they suffice."""
    needed = needed_nodes(w, data_class, rule)
    needs = whole_need(bounded_needs(needed))
    nodes = given_or_spread(w, np.maximum(needs, least_nodes(w)))
    limit = np.minimum(w.data_node_quota, node_limit(w, data_class, rule))
    enough = np.where(w.data_nodes > 0, needs <= nodes, nodes <= limit)
    possible = np.logical_and.reduce(np.broadcast_arrays(*map(known, needed.values())))
    works = volumes_fit(w, data_class, rule) & (
        np.logical_not(w.standby) | data_class.isin(STANDBY)
    )
    masters = master_price(w, nodes, rule) * w.dedicated_masters * w.hours_per_month
    return nodes_cost(w, data_class, nodes, rule) + masters, enough & possible & works


def volumes_fit(w: OpenSearchWorkload, data_class: Words, rule: Rules) -> Flags:
    """Return where a class has a volume of the size that is given, or none is given."""
    given, most = w.storage_gb_per_node, largest_volume_gb(w, data_class, rule)
    return (given == 0) | (given <= most)


def bounded_needs(needed: dict[str, Numbers]) -> dict[str, Numbers]:
    """Return the needs without those that are not known."""
    return {need: np.where(known(count), count, 0) for need, count in needed.items()}


def nodes_cost(w: OpenSearchWorkload, data_class: Words, nodes: Numbers, rule: Rules) -> Numbers:
    """Return what data nodes and their storage cost [USD a month]; NaN where not known."""
    hours = cost(w, "instance_hours", nodes * w.hours_per_month, rule, data_class)
    parts = storage_quantities(w, data_class, nodes, rule)
    volumes = cost(w, "ebs_storage", parts.pop("ebs_storage"), rule, w.storage_type)
    return hours + volumes + sum(cost(w, meter, part, rule) for meter, part in parts.items())


def cost(
    w: OpenSearchWorkload, meter: str, quantity: Numbers, rule: Rules, *variant: Words | str
) -> Numbers:
    """Return the list price of a quantity [USD]; a quantity of zero costs nothing."""
    price = rule.list_price(meter, variant, w.price_date, w.region)
    return np.where(quantity == 0, 0, quantity * price)


def storage_quantities(
    w: OpenSearchWorkload, data_class: Words, nodes: Numbers, rule: Rules
) -> dict[str, Numbers]:
    """Return the metered storage of data nodes, by meter; no volumes beside an instance store."""
    each = node_storage_gb(w, data_class, nodes, rule)
    volumes = np.where(on_volumes(data_class, rule), nodes, 0)
    io1, gp3 = w.storage_type == "io1", w.storage_type == "gp3"
    paid = w.extra_throughput_mibps_per_node
    return {
        "ebs_storage": volumes * np.where(volumes > 0, each, 0),
        "ebs_iops": np.where(io1, volumes * w.iops_per_node, 0),
        "ebs_throughput": np.where(gp3 & (volumes > 0), volumes * paid, 0),
        "managed_storage": np.where(data_class.isin(OPTIMIZED), kept_gb(w), 0),
    }


def volume_mibps(w: OpenSearchWorkload, data_class: Words, nodes: Numbers, rule: Rules) -> Numbers:
    """Return the throughput that a gp3 volume of a node includes [MiB/s]; NaN where it has none."""
    gp3 = (w.storage_type == "gp3") & on_volumes(data_class, rule)
    size = node_storage_gb(w, data_class, nodes, rule)
    return np.where(gp3, included_mibps(size, rule), np.nan)


def included_mibps(gb: Numbers, rule: Rules) -> Numbers:
    """Return the throughput of a gp3 volume that its size includes [MiB/s].

    Examples
    --------
    150 GB include 125 MiB/s; 180, 3,500 and 4,000 GB include 250 for each 3,000 GB begun.

    >>> from types import SimpleNamespace as Row
    >>> rule = Row(small_volume_gb=170, small_volume_mibps=125, volume_step_gb=3000,
    ...            volume_step_mibps=250)
    >>> included_mibps(np.array([150, 180, 3500, 4000]), rule).tolist()
    [125.0, 250.0, 500.0, 500.0]
    """
    steps = whole_units(np.where(known(gb), gb, 0) / rule.volume_step_gb)
    small = gb <= rule.small_volume_gb
    return np.where(small, rule.small_volume_mibps, steps * rule.volume_step_mibps)


def warm_nodes_of(w: OpenSearchWorkload, rule: Rules) -> Numbers:
    """Return the warm nodes given, or those that address the warm data [1] [8]_."""
    kept = indexed_gb(w, w.warm_retention_days)
    addressed = whole_units(kept / rule.addressable_warm_gb[w.warm_class])
    needed = np.where(kept > 0, np.maximum(rule.least_warm_nodes, addressed), 0)
    spread = np.where(w.standby, in_every_zone(needed, 3), needed)
    return np.where(w.warm_nodes > 0, w.warm_nodes, spread)


def master_fits(
    w: OpenSearchWorkload, memory: Numbers, nodes: Numbers, shards: Numbers, rule: Rules
) -> Flags:
    """Return where masters of a memory manage the nodes and shards [5]_."""
    most_nodes, most = master_limits(w, memory, rule)
    return (nodes <= most_nodes) & (shards <= most)


def master_limits(w: OpenSearchWorkload, memory: Numbers, rule: Rules) -> tuple[Numbers, Numbers]:
    """Return the nodes and shards that a master of a memory manages [1] [5]_; 0 if too small."""
    newer = w.engine_generation == "opensearch_2_17"
    found = (
        np.where(newer, step_of(memory, new), step_of(memory, old))
        for new, old in (
            (rule.master_nodes, rule.older_master_nodes),
            (rule.master_shards, rule.older_master_shards),
        )
    )
    nodes, shards = found
    return nodes, shards


def step_of(memory: Numbers, published: dict[str, float]) -> Numbers:
    """Return the number published for the largest memory that is not above ``memory``; or 0.

    Examples
    --------
    >>> step_of(np.array([1, 8, 20]), {"8": 10, "16": 30}).tolist()
    [0, 10, 30]
    """
    found: Numbers = 0
    for least, number in published.items():
        found = np.where(memory >= int(least), number, found)
    return found


def managed_nodes(w: OpenSearchWorkload, nodes: Numbers, rule: Rules) -> Numbers:
    """Return the data and warm nodes that masters manage [1]."""
    return nodes + warm_nodes_of(w, rule)


def master_price(w: OpenSearchWorkload, nodes: Numbers, rule: Rules) -> Numbers:
    """Return the price of an hour of a master for so many nodes [USD]; that given, or the cheapest.

    A master that is chosen is the cheapest class of a tier of memory, or the dearest class.
    """
    given: Words = w.master_class
    own = rule.list_price("instance_hours", (given,), w.price_date, w.region)
    managed, shards = managed_nodes(w, nodes, rule), shards_of(w)
    tiers = tier_prices(w, rule)
    found = tiers["most"]
    for memory in reversed([tier for tier in tiers if tier != "most"]):
        fits = master_fits(w, int(memory), managed, shards, rule)
        found = np.where(fits, tiers[memory], found)
    priced = np.where(given == "", found, own)
    return np.where(w.dedicated_masters > 0, priced, 0)


def tier_prices(w: OpenSearchWorkload, rule: Rules) -> dict[str, Numbers]:
    """Return the least price of a class for each tier of memory, and the most of all [USD]."""
    day, region = class_choice.with_axis(w.price_date), class_choice.with_classes(w.region)
    every = class_choice.every_class(CHOSEN)
    price = rule.list_price("instance_hours", (every,), day, region)
    sold = np.where(known(price), price, np.inf)
    memory = rule.memory_gib[every]
    tiers = {
        tier: sold[..., memory >= int(tier)].min(axis=-1, initial=np.inf)
        for tier in rule.master_nodes
    }
    return tiers | {"most": np.where(known(price), price, 0).max(axis=-1)}


def master_class_of(w: OpenSearchWorkload, nodes: Numbers, rule: Rules) -> WordColumn:
    """Return the class of masters: none, the one given, or the cheapest that manages the domain."""
    given: Words = w.master_class
    chosen = class_choice.filled(given, lambda: cheapest_master(w, nodes, rule))
    return WordColumn(np.where(w.dedicated_masters > 0, chosen.codes, 0), chosen.words)


def cheapest_master(w: OpenSearchWorkload, nodes: Numbers, rule: Rules) -> WordColumn:
    """Return the cheapest class whose memory suffices for nodes and shards, or the dearest."""
    every, load = class_choice.every_class(CHOSEN), class_choice.for_each_class(w)
    price = rule.list_price("instance_hours", (every,), load.price_date, load.region)
    managed = managed_nodes(load, class_choice.with_axis(nodes), rule)
    suits = master_fits(load, rule.memory_gib[every], managed, shards_of(load), rule)
    found = class_choice.cheapest(every, price, suits)
    return among_data(found)


def charges(w: OpenSearchWorkload, c: OpenSearchCapacity, rule: Rules) -> Iterator[Charge]:
    """Yield the metered quantities of a month, in the pricing page's order.

    Nodes and volumes stay as they are over a day; replication between zones is free.
    """
    data_class: Words = c.instance_class
    master_class: Words = c.master_class
    hours = w.hours_per_month
    yield Charge("instance_hours", c.data_nodes * hours, (data_class,), peak=True)
    yield Charge("master_hours", c.dedicated_masters * hours, (master_class,), peak=True)
    yield Charge("warm_hours", c.warm_nodes * hours, (w.warm_class,), peak=True)
    for meter, quantity in storage_quantities(w, data_class, c.data_nodes, rule).items():
        variant = (w.storage_type,) if meter == "ebs_storage" else ()
        yield Charge(meter, quantity, variant, peak=meter.startswith("ebs"))
    yield Charge("warm_storage", c.warm_storage_gb)
    yield Charge("cold_storage", c.cold_storage_gb)
    yield Charge("internet_out_data", w.monthly_internet_out_gb)


def findings(w: OpenSearchWorkload, c: OpenSearchCapacity, rule: Rules) -> Iterator[Finding]:
    """Yield the quotas and rules that apply to the domain [3]_ [5]_ [6]_ [7]_ [8]_."""
    yield Finding.met("no_class_suits", unsuited(w, c.instance_class, rule))
    yield from node_findings(w, c, rule)
    yield from storage_findings(w, c, rule)
    yield from shard_findings(w, c, rule)
    yield from load_findings(w, c, rule)
    yield from master_findings(w, c, rule)
    yield from standby_findings(w, c)
    yield from warm_findings(w, c, rule)
    yield from saving_findings(w, c, rule)
    unused = settings_without_effect(w, c, rule)
    yield Finding.met("without_effect", unused > 0, unused)


def node_findings(w: OpenSearchWorkload, c: OpenSearchCapacity, rule: Rules) -> Iterator[Finding]:
    """Yield the quotas on data nodes, and how they spread over zones [4]_ [6]_."""
    data_class: Words = c.instance_class
    yield Finding("data_nodes_in_domain", c.data_nodes, True, w.data_node_quota)
    yield Finding("nodes_of_class", c.data_nodes, True, node_limit(w, data_class, rule))
    left = c.data_nodes % zones(w)
    yield Finding.met("uneven_zones", left > 0, left)
    yield Finding.met("one_zone", zones(w) == 1)
    few = c.data_nodes < least_nodes(w)
    yield Finding.met("few_nodes", few, c.data_nodes)
    yield Finding.met("burstable_nodes", data_class.isin(BURSTABLE), c.data_nodes)
    yield Finding.met("no_replicas", (w.replicas == 0) & np.logical_not(data_class.isin(OPTIMIZED)))


def storage_findings(
    w: OpenSearchWorkload, c: OpenSearchCapacity, rule: Rules
) -> Iterator[Finding]:
    """Yield the limits on volumes, and compare what data nodes have with what they need."""
    data_class: Words = c.instance_class
    most: Numbers = largest_volume_gb(w, data_class, rule)
    volume: Numbers = c.storage_gb_per_node
    on_ebs = on_volumes(data_class, rule)
    yield Finding("volume_per_node", volume, on_ebs & known(most), most)
    yield Finding.met("volume_unsupported", on_ebs & np.logical_not(known(most)))
    total = np.where(known(volume), volume * c.data_nodes, 0)
    fixed = (w.storage_gb_per_node > 0) | np.logical_not(on_ebs)
    yield Finding("minimum_storage", c.minimum_storage_gb, fixed & (total > 0), total)
    yield Finding("storage_of_domain", total)
    yield from volume_findings(w, c, on_ebs, rule)


def volume_findings(
    w: OpenSearchWorkload, c: OpenSearchCapacity, on_ebs: Flags, rule: Rules
) -> Iterator[Finding]:
    """Yield the limit on throughput, and what the reserve of sized volumes has to spare [2]_."""
    data_class: Words = c.instance_class
    included: Numbers = c.included_throughput_mibps
    speed = included + w.extra_throughput_mibps_per_node
    yield Finding(
        "volume_throughput", speed, known(speed) & (w.extra_throughput_mibps_per_node > 0)
    )
    spared = c.minimum_storage_gb - storage_gb(capped(w), data_class, c.data_nodes, rule)
    told = on_ebs & (w.storage_gb_per_node == 0) & (spared > 0)
    yield Finding.met("reserve_beyond_cap", told, spared)
    unknown = np.logical_not(on_ebs | known(store_gb(data_class, rule)))
    yield Finding.met("unpublished_store", unknown, c.data_nodes)


def capped(w: OpenSearchWorkload) -> OpenSearchWorkload:
    """Return the workload with the reserve that the service really takes."""
    return structs.replace(w, capped_reserve=np.array(True))


def shard_findings(w: OpenSearchWorkload, c: OpenSearchCapacity, rule: Rules) -> Iterator[Finding]:
    """Yield the limits and the guide on the size and number of shards [3]_ [6]_."""
    data_class: Words = c.instance_class
    some = c.source_gb > 0
    yield Finding("shard_size", c.shard_gib, some)
    small = some & (c.shard_gib < rule.least_shard_gib) & (c.primary_shards > 1)
    yield Finding.met("small_shards", small, c.shard_gib)
    heap: Numbers = c.heap_gib
    per_heap = c.shards_per_node / np.where(known(heap), heap, 1)
    yield Finding("shards_per_heap", per_heap, known(heap))
    limit = most_shards(w, data_class, rule)
    yield Finding("shards_per_node", c.shards_per_node, known(limit), limit)
    yield from standby_shard_findings(w, c)


def standby_shard_findings(w: OpenSearchWorkload, c: OpenSearchCapacity) -> Iterator[Finding]:
    """Yield the limits on shards of Multi-AZ with Standby [6]_ [7]_."""
    data_class: Words = c.instance_class
    usual = np.logical_not(data_class.isin(OPTIMIZED))
    yield Finding("standby_shard_size", c.shard_gib, w.standby & usual)
    yield Finding("standby_shards", c.shards, w.standby)


def load_findings(w: OpenSearchWorkload, c: OpenSearchCapacity, rule: Rules) -> Iterator[Finding]:
    """Compare what the load needs with the data nodes that are given [4]_."""
    needed = needed_nodes(w, c.instance_class, rule)
    for need in ("vcpus", "memory", "vectors"):
        count = needed[need]
        yield Finding(f"nodes_for_{need}", count, known(count) & (count > 0), c.data_nodes)


def master_findings(w: OpenSearchWorkload, c: OpenSearchCapacity, rule: Rules) -> Iterator[Finding]:
    """Yield how many dedicated master nodes there are to be, and what they manage [5]_."""
    masters, master_class = c.dedicated_masters, c.master_class
    yield Finding.met("single_master", masters == 1)
    yield Finding.met("even_masters", (masters > 0) & (masters % 2 == 0), masters)
    yield Finding.met("no_masters", masters == 0, c.data_nodes)
    memory = rule.memory_gib[master_class]
    nodes, shards = master_limits(w, memory, rule)
    some = (masters > 0) & known(memory)
    yield Finding("nodes_of_master", managed_nodes(w, c.data_nodes, rule), some, nodes)
    yield Finding("shards_of_master", c.shards, some, shards)
    intel = np.logical_not(master_class.isin(GRAVITON))  # type: ignore[attr-defined]
    optimized = c.instance_class.isin(OPTIMIZED)  # type: ignore[attr-defined]
    yield Finding.met("optimized_masters", optimized & (masters > 0) & intel)


def standby_findings(w: OpenSearchWorkload, c: OpenSearchCapacity) -> Iterator[Finding]:
    """Yield what Multi-AZ with Standby asks for and the domain lacks [7]_."""
    data_class: Words = c.instance_class
    stored = (w.storage_type == "gp2") | (w.storage_type == "standard")
    wrong = count_true(
        np.logical_not(data_class.isin(STANDBY)),
        stored,
        w.dedicated_masters != 3,
        c.data_nodes % 3 != 0,
        c.warm_nodes % 3 != 0,
    )
    yield Finding.met("standby_requirements", w.standby & (wrong > 0), wrong)
    copies = 1 + w.replicas
    yield Finding.met("standby_copies", w.standby & (copies % 3 != 0), copies)


def warm_findings(w: OpenSearchWorkload, c: OpenSearchCapacity, rule: Rules) -> Iterator[Finding]:
    """Yield what UltraWarm and cold storage ask for [8]_."""
    warm = c.warm_nodes > 0
    data_class: Words = c.instance_class
    yield Finding.met("warm_without_masters", warm & (c.dedicated_masters == 0))
    yield Finding.met("warm_with_burstable", warm & data_class.isin(BURSTABLE))
    addressed = c.warm_nodes * rule.addressable_warm_gb[w.warm_class]
    yield Finding("warm_storage_addressed", c.warm_storage_gb, warm, addressed)
    yield Finding("warm_nodes", c.warm_nodes, warm, node_limit(w, w.warm_class, rule))
    yield Finding.met("single_warm_node", warm & (c.warm_nodes < rule.least_warm_nodes))
    cold = c.cold_storage_gb > 0
    yield Finding.met("cold_without_warm", cold & np.logical_not(warm))
    yield Finding.met("warm_reads", warm, c.warm_storage_gb)
    yield Finding.met("cold_reads", cold, c.cold_storage_gb)


def saving_findings(w: OpenSearchWorkload, c: OpenSearchCapacity, rule: Rules) -> Iterator[Finding]:
    """Yield what gp3 volumes or another class would save [USD a month]."""
    data_class, nodes = c.instance_class, c.data_nodes
    own = nodes_cost(w, data_class, nodes, rule)
    gp3 = structs.replace(w, storage_type=constant(w.storage_type, "gp3"))
    less = saving(own, nodes_cost(gp3, data_class, nodes, rule))
    fits = c.storage_gb_per_node <= rule.most_gp3_gb[data_class]
    yield Finding.met("gp3_saving", (w.storage_type == "gp2") & fits & (less > 0), less)
    other = class_saving(w, c, rule)
    yield Finding.met("class_saving", other > 0, other)


def constant(column: Words, word: str) -> WordColumn:
    """Return a column of the same shape that holds one word."""
    return WordColumn(np.zeros(np.shape(column.codes), dtype=int), (word,))


def class_saving(w: OpenSearchWorkload, c: OpenSearchCapacity, rule: Rules) -> Numbers:
    """Return what the cheapest domain that bears the load costs less [USD a month].

    It has nodes, volumes and masters as the load needs them. A class that was chosen is the
    cheapest already.
    """
    named: Words = w.instance_class
    given = named != ""
    if not given.any():
        return np.zeros(given.shape)
    masters = master_price(w, c.data_nodes, rule) * w.dedicated_masters * w.hours_per_month
    own = nodes_cost(w, c.instance_class, c.data_nodes, rule) + masters
    return np.where(given, saving(own, least_cost(w, rule)), 0)


def least_cost(w: OpenSearchWorkload, rule: Rules) -> Numbers:
    """Return what the cheapest domain that bears the load costs [USD a month]; NaN for none."""
    free = structs.replace(w, data_nodes=np.array(0), storage_gb_per_node=np.array(0))
    every, load = class_choice.every_class(CHOSEN), class_choice.for_each_class(free)
    costs, suits = domains(load, every, rule)
    least = np.where(suits & known(costs) & (every != ""), costs, np.inf).min(axis=-1)
    return np.where(least < np.inf, least, np.nan)


def settings_without_effect(w: OpenSearchWorkload, c: OpenSearchCapacity, rule: Rules) -> Numbers:
    """Return how many settings do nothing for this domain [1]; an instance store has no volumes."""
    none = c.dedicated_masters == 0
    without = np.logical_not(on_volumes(c.instance_class, rule))
    return count_true(
        none & (w.master_class != ""),
        (w.storage_gb_per_node > 0) & without,
        (w.iops_per_node > 0) & (without | (w.storage_type != "io1")),
        (w.extra_throughput_mibps_per_node > 0) & (without | (w.storage_type != "gp3")),
        w.standby & (w.availability_zones < 3),
    )


def crossing(w: OpenSearchWorkload, c: OpenSearchCapacity) -> dict[str, Numbers]:
    """Return the data nodes and the data that they keep."""
    return {"data_nodes": c.data_nodes, "source_gb": c.source_gb}


SERVICE = Service(
    key="opensearch",
    name="Amazon OpenSearch Service",
    category="Analytics",
    workload=OpenSearchWorkload,
    capacity_type=OpenSearchCapacity,
    capacity=capacity,
    charges=charges,
    findings=findings,
    loads=(
        "source_gb_per_day",
        "hot_retention_days",
        "long_lived_gb",
        "replicas",
        "index_overhead_fraction",
        "growth_ratio",
        "vcpus_per_active_shard",
        "required_vcpus",
        "required_memory_gib",
        "vectors",
        "vector_dimensions",
        "vector_links",
        "iops_per_node",
        "extra_throughput_mibps_per_node",
        "warm_retention_days",
        "cold_retention_days",
        "monthly_internet_out_gb",
        "hours_per_month",
    ),
    example=OpenSearchWorkload(
        name="log-search",
        region="us-east-1",
        source_gb_per_day=100.0,
        hot_retention_days=7.0,
    ),
    swept="source_gb_per_day",
    crossing=crossing,
    steady="Its nodes stand all month, sized to the data; only their number is paid for.",
)
