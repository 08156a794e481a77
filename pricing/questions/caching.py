"""A database alone, or with a cache before it: ElastiCache, MemoryDB or DAX.

The cache answers the share h of the reads that it may answer; the rest still reach the database.
Each miss loads the item into the cache. With write-through the cache takes each write, too, and
holds what is written whether it is read or not; with write-behind it also writes to the database
later, and what it has not written yet is lost with it [1]_. h is given, or follows from the memory
of the cache by the model of :mod:`pricing.kit.hit_ratio`.

References
----------
.. [1] "Caching strategies", ElastiCache user guide (2026),
   https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Strategies.html
.. [2] "DAX and DynamoDB consistency models", DynamoDB developer guide (2026),
   https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/DAX.consistency.html
"""

from collections.abc import Iterator
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np

from pricing import tables
from pricing.arrays import Flags, Numbers
from pricing.kit import class_choice
from pricing.kit.hit_ratio import hit_fraction
from pricing.kit.instances import VCPUs
from pricing.kit.requests import billed_units
from pricing.model import WorkloadFields
from pricing.quantities import Fraction, Gigabytes, PriceDate, Ratio, about, bounded, whole
from pricing.question import Alternative, PlannedWorkload, Question, RulesOf
from pricing.rates import Rules, WordColumn
from pricing.units import BYTES_PER_GB, BYTES_PER_KB

SERVICES = ("dynamodb", "rds", "aurora", "elasticache", "memorydb", "dax")
DAX_NODES = tuple(name for name in tables.instance_classes("dax") if name.startswith("dax.r5."))
"""The node types of DAX, smallest first, of which AWS publishes the requests that they take."""
MOST_DAX_NODES = 11

Requests = Annotated[float, bounded("1/s", 0, 4e8)]


class CachingNeeds(WorkloadFields, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Needs of one database whose reads a cache may answer."""

    price_date: PriceDate = max(map(tables.newest_day, SERVICES))
    database: Annotated[
        Literal["dynamodb", "rds", "aurora"],
        about("A DynamoDB table, or a PostgreSQL database of RDS Multi-AZ or Aurora."),
    ] = "dynamodb"
    dynamodb_capacity_mode: Annotated[
        Literal["on-demand", "provisioned"], about("How a table's throughput is paid for.")
    ] = "on-demand"
    reads_per_second: Annotated[Requests, about("Mean reads of items.")]
    writes_per_second: Annotated[Requests, about("Mean writes of items.")] = 0.0
    item_bytes: Annotated[float, bounded("B", 1, 2**30), about("Mean size of an item.")]
    storage_gb: Annotated[Gigabytes, about("Data that the database holds.")]
    peak_to_mean: Annotated[Ratio, about("Peak over mean of reads and writes.")] = 1.0
    consistent_fraction: Annotated[
        Fraction, about("Share of the reads that must be consistent, and so pass by the cache.")
    ] = 0.0
    required_vcpus: Annotated[
        VCPUs,
        about(
            "vCPUs that a relational database needs for all reads and writes; a cache takes off"
            " the share of them that do not reach it."
        ),
    ] = 0.0
    pattern: Annotated[
        Literal["cache-aside", "write-through", "write-behind"],
        about("Whether writes go past the cache, through it, or to it first."),
    ] = "cache-aside"
    hit_ratio: Annotated[
        Literal["modelled", "given"],
        about("Whether the hits follow from memory and popularity, or are `hit_fraction`."),
    ] = "modelled"
    hit_fraction: Annotated[
        Fraction, about("Share of the reads that may be cached which the cache answers, if given.")
    ] = 0.9
    working_set_gb: Annotated[
        Gigabytes, about("Data that is ever read; 0 is all that the database holds.")
    ] = 0.0
    cache_gb: Annotated[
        Gigabytes,
        about("Memory of the cache for items; 0 is as much as the pattern would ever put there."),
    ] = 0.0
    zipf_exponent: Annotated[
        float,
        bounded("1", 0, 2),
        about(
            "Assumption: Zipf's exponent of the items' popularity. 0.99 is what the benchmark YCSB"
            " takes; traces of web caches have 0.6 to 0.9."
        ),
    ] = 0.99
    ttl_seconds: Annotated[
        float,
        bounded("s", 0, 1e9),
        about("Time to live of an item in the cache after it was loaded; 0 is without end."),
    ] = 0.0
    flush_seconds: Annotated[
        float,
        bounded("s", 0, 86_400),
        about("How long write-behind keeps a write before the database has it."),
    ] = 1.0
    cross_zone_fraction: Annotated[
        Fraction,
        about(
            "Share of the traffic with ElastiCache or MemoryDB that crosses Availability Zones:"
            " two thirds if clients are spread evenly over three."
        ),
    ] = 0.0
    replicas_per_shard: Annotated[
        float, whole("1", 0, 5), about("Replicas of each primary of the cache.")
    ] = 1.0


class Flow(NamedTuple):
    """What reaches the cache and the database, in the mean [1/s]."""

    hits: Numbers
    """Share of the reads that may be cached which hit [share]."""
    cached_reads: Numbers
    loads: Numbers
    """Misses, of which each loads an item into the cache."""
    cache_writes: Numbers
    database_reads: Numbers


def alternatives(needs: Any, rules: RulesOf) -> Iterator[Alternative]:
    """Yield the database alone, and with each of the caches."""
    memory = cache_gb(needs)
    flow = flow_at(needs, hits(needs, memory))
    alone = flow_at(needs, np.zeros(len(needs.name)))
    unknown = {"unknown_load": (needs.database != "dynamodb") & (needs.required_vcpus == 0)}
    yield Alternative(
        "database_alone",
        databases(alone, needs),
        unknown,
        {
            "database_reads_per_second": alone.database_reads,
            "stale_seconds": np.zeros(len(needs.name)),
            "writes_at_risk": np.zeros(len(needs.name)),
        },
    )
    behind, every = databases(flow, needs), figures(flow, memory, needs)
    for key, cache, lasting in caches(flow, memory, needs, rules("dax")):
        ruled_out = unknown | (missed_by_dax(needs) if cache.service == "dax" else {})
        risk = {"writes_at_risk": np.zeros(len(needs.name))} if lasting else {}
        yield Alternative(key, (*behind, cache), ruled_out, every | risk)


def cache_gb(needs: Any) -> Numbers:
    """Return the memory of the cache for items [GB]: that given, or all that it would ever hold.

    With a time to live it holds what was loaded or written during that time.
    """
    every = kept_gb(needs)
    written = flow_at(needs, hits(needs, every)).cache_writes
    living = written * needs.item_bytes * needs.ttl_seconds / BYTES_PER_GB
    held = np.where(needs.ttl_seconds > 0, np.minimum(every, living), every)
    return np.where(needs.cache_gb > 0, needs.cache_gb, held)


def kept_gb(needs: Any) -> Numbers:
    """Return what a cache without bounds would hold [GB]: what is read, or all that is written."""
    read = np.where(needs.working_set_gb > 0, needs.working_set_gb, needs.storage_gb)
    return np.where(needs.pattern == "cache-aside", read, np.maximum(read, needs.storage_gb))


def hits(needs: Any, memory: Numbers) -> Numbers:
    """Return the share of the reads that hit: that given, or that of the model [share].

    Data that is written and never read takes its share of the memory.
    """
    if not (needs.hit_ratio == "modelled").any():
        given: Numbers = np.minimum(1, needs.hit_fraction)
        return given
    read = np.where(needs.working_set_gb > 0, needs.working_set_gb, needs.storage_gb)
    items = np.maximum(1, read * BYTES_PER_GB / needs.item_bytes)
    held, total = memory, kept_gb(needs)
    room = items * np.minimum(1, held / np.where(total > 0, total, 1))
    reads = needs.reads_per_second * (1 - needs.consistent_fraction)
    ageing = np.where(needs.ttl_seconds > 0, reads * needs.ttl_seconds, np.inf)
    modelled = np.minimum(1, hit_fraction(items, room, needs.zipf_exponent, ageing))
    return np.where(needs.hit_ratio == "given", np.minimum(1, needs.hit_fraction), modelled)


def flow_at(needs: Any, share: Numbers) -> Flow:
    """Return what reaches the cache and the database where a share of the reads hit [1/s]."""
    consistent = needs.reads_per_second * needs.consistent_fraction
    cached = needs.reads_per_second - consistent
    loads = cached * (1 - share)
    through = np.where(needs.pattern == "cache-aside", 0, needs.writes_per_second)
    return Flow(share, cached, loads, loads + through, loads + consistent)


def databases(flow: Flow, needs: Any) -> tuple[PlannedWorkload, ...]:
    """Return the database, whichever it is, with the reads that still reach it."""
    return (
        PlannedWorkload("dynamodb", table(flow, needs), needs.database == "dynamodb"),
        PlannedWorkload("rds", relational(flow, needs), needs.database == "rds"),
        PlannedWorkload("aurora", cluster(flow, needs), needs.database == "aurora"),
    )


def table(flow: Flow, needs: Any) -> dict[str, Any]:
    """Return the DynamoDB table; its consistent reads are its share of the reads that reach it."""
    consistent, reads = needs.reads_per_second * needs.consistent_fraction, flow.database_reads
    share = consistent / np.where(reads > 0, reads, 1)
    return {
        "capacity_mode": needs.dynamodb_capacity_mode,
        "reads_per_second": reads,
        "writes_per_second": needs.writes_per_second,
        "strongly_consistent_fraction": np.minimum(1, share),
        "item_bytes": needs.item_bytes,
        "storage_gb": needs.storage_gb,
        "peak_to_mean": needs.peak_to_mean,
    }


def relational(flow: Flow, needs: Any) -> dict[str, Any]:
    """Return the RDS database in two zones, with the vCPUs for what reaches it."""
    return {
        "deployment": "multi-az",
        "storage_gb": needs.storage_gb,
        "required_vcpus": vcpus(flow, needs),
    }


def cluster(flow: Flow, needs: Any) -> dict[str, Any]:
    """Return the Aurora cluster with a reader, and the I/O of what reaches it."""
    return {
        "readers": 1.0,
        "storage_gb": needs.storage_gb,
        "required_vcpus": vcpus(flow, needs),
        "reads_per_second": flow.database_reads,
        "read_bytes": needs.item_bytes,
        "writes_per_second": needs.writes_per_second,
        "write_bytes": needs.item_bytes,
    }


def vcpus(flow: Flow, needs: Any) -> Numbers:
    """Return the vCPUs for the share of the requests that reach the database [vCPU]."""
    every = needs.reads_per_second + needs.writes_per_second
    reach = (flow.database_reads + needs.writes_per_second) / np.where(every > 0, every, 1)
    return needs.required_vcpus * reach


def caches(
    flow: Flow, memory: Numbers, needs: Any, rule: Rules
) -> Iterator[tuple[str, PlannedWorkload, bool]]:
    """Yield each cache: its key, its workload, and whether writes outlive the loss of a node."""
    common = {
        "storage_gb": memory,
        "reads_per_second": flow.cached_reads,
        "writes_per_second": flow.cache_writes,
        "item_bytes": needs.item_bytes,
        "peak_to_mean": needs.peak_to_mean,
        "cross_zone_fraction": needs.cross_zone_fraction,
    }
    nodes = common | {"replicas_per_shard": needs.replicas_per_shard}
    yield "elasticache_valkey", PlannedWorkload("elasticache", nodes), False
    memcached = common | {"engine": "memcached"}
    yield "elasticache_memcached", PlannedWorkload("elasticache", memcached), False
    serverless = common | {"capacity_mode": "serverless"}
    yield "elasticache_serverless", PlannedWorkload("elasticache", serverless), False
    yield "memorydb", PlannedWorkload("memorydb", nodes), True
    yield "dax", PlannedWorkload("dax", accelerator(flow, memory, needs, rule)), False


def accelerator(flow: Flow, memory: Numbers, needs: Any, rule: Rules) -> dict[str, Any]:
    """Return the DAX cluster, of which each node holds the whole cache."""
    through = np.where(needs.pattern == "cache-aside", 1, 0)
    return {
        "node_type": dax_node(flow, memory, needs, rule),
        "reads_per_second": flow.cached_reads,
        "hit_fraction": flow.hits,
        "strongly_consistent_reads_per_second": needs.reads_per_second - flow.cached_reads,
        "writes_per_second": needs.writes_per_second,
        "write_mode": WordColumn(through, ("write-through", "write-around")),
        "item_bytes": needs.item_bytes,
        "peak_to_mean": needs.peak_to_mean,
        "working_set_gb": memory,
    }


def dax_node(flow: Flow, memory: Numbers, needs: Any, rule: Rules) -> WordColumn:
    """Return the smallest node type that holds the cache and of which eleven bear the load.

    The load counts as in AWS's sizing guide, with a reserve of 30 percent; where no type suffices
    it is the largest.
    """
    every = WordColumn(np.arange(len(DAX_NODES)), DAX_NODES)
    misses = flow.cached_reads - flow.cached_reads * flow.hits
    written = np.where(needs.pattern == "cache-aside", 0, needs.writes_per_second)
    load = rule.hit_load * flow.cached_reads * flow.hits + rule.miss_load * misses
    load = load + rule.write_load * written * rule.advised_nodes
    wanted = load * billed_units(needs.item_bytes, BYTES_PER_KB) * needs.peak_to_mean * 10 / 7
    borne, held = rule.requests_per_second[every] * MOST_DAX_NODES, rule.memory_gib[every]
    suits = class_choice.enough(map(class_choice.with_axis, (wanted, memory)), (borne, held))
    place = np.where(suits.any(axis=-1), suits.argmax(axis=-1), len(DAX_NODES) - 1)
    return WordColumn(place, DAX_NODES)


def missed_by_dax(needs: Any) -> dict[str, Flags]:
    """Return where DAX does not meet the needs."""
    return {
        "dax_database": needs.database != "dynamodb",
        "dax_write_behind": needs.pattern == "write-behind",
    }


def figures(flow: Flow, memory: Numbers, needs: Any) -> dict[str, Numbers]:
    """Return what is to be known of a cache beside its bill.

    Without a time to live, an item of cache-aside stays stale without bound.
    """
    bound = np.where(needs.ttl_seconds > 0, needs.ttl_seconds, np.nan)
    waiting = np.where(needs.pattern == "write-behind", needs.flush_seconds, 0)
    return {
        "hit_fraction": flow.hits,
        "cache_gb": memory,
        "database_reads_per_second": flow.database_reads,
        "saved_reads_per_second": flow.cached_reads - flow.loads,
        "stale_seconds": np.where(needs.pattern == "cache-aside", bound, 0),
        "writes_at_risk": needs.writes_per_second * needs.peak_to_mean * waiting,
    }


QUESTION = Question(
    key="caching",
    name="A cache before a database",
    about="Whether a cache before a database pays, which one, and at which hit ratio.",
    workload=CachingNeeds,
    services=SERVICES,
    alternatives=alternatives,
    example=CachingNeeds(
        name="catalogue",
        region="us-east-1",
        reads_per_second=20_000.0,
        writes_per_second=200.0,
        item_bytes=1000.0,
        storage_gb=200.0,
        cache_gb=20.0,
        hit_ratio="given",
        hit_fraction=0.9,
    ),
    swept="hit_fraction",
    implied={"hit_fraction": ("hit_ratio", "given")},
)
