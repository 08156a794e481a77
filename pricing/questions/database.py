"""Which database: every service judged by what it can do, then sized, priced and ranked by cost.

A candidate is ruled out by a need that it cannot meet, as its capabilities state
(:mod:`pricing.capabilities`), or by a limit that its own service finds on the sized workloads. A
quota that AWS raises on request rules nothing out. Those left are ranked by cost. There is no
score: what a candidate meets only in part is told, and decides between equal costs.

The configurations of a candidate have its key; the cheapest that misses no limit stands for it.
Each Region beyond the first costs what the first costs, since the needs do not name it.

How many requests a vCPU serves, and how much a scan reads in a second, AWS does not publish. They
are needs with a default, to be replaced by what was measured.
"""

from collections.abc import Iterator, Mapping
from functools import cache, reduce
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

import numpy as np

from pricing import capabilities, tables
from pricing.arrays import Flags, Numbers
from pricing.capabilities import ANY, NO, PARTLY, SUPPORT, YES, Candidate, Capability
from pricing.kit import rds_storage
from pricing.model import WorkloadFields
from pricing.quantities import (
    Bytes,
    Fraction,
    Gigabytes,
    PerSecond,
    PriceDate,
    Ratio,
    about,
    bounded,
    some_of,
    whole,
)
from pricing.question import Alternative, Bound, Decision, PlannedWorkload, Question, RulesOf
from pricing.rates import Rules, WordColumn
from pricing.units import BYTES_PER_GB, SECONDS_PER_HOUR, SECONDS_PER_MINUTE

DATA_MODELS = (
    "relational",
    "key-value",
    "document",
    "wide-column",
    "graph",
    "time-series",
    "search",
    "in-memory",
    "analytics",
    "warehouse",
    "object",
)
PATTERNS = (
    "key-lookup",
    "range",
    "secondary-index",
    "joins",
    "aggregation",
    "full-text",
    "traversal",
    "ad-hoc",
    "vector",
    "stored-procedures",
)
TRANSACTIONS = ("single-item", "multi-item", "sql")
"""From the least to the most that a transaction spans."""
CONSISTENCIES = ("eventual", "read-after-write", "strong", "strong-multi-region")
"""From the weakest to the strongest."""
ENGINES = (
    "postgres",
    "mysql",
    "mariadb",
    "oracle",
    "sqlserver",
    "mongodb",
    "cassandra",
    "redis",
    "memcached",
    "influxdb",
    "opensearch",
    "gremlin",
)
FLAGS = ("multi_region_writes", "durable", "serverless", "scale_to_zero")
"""The needs that are yes, no, or not known."""
NEEDS = capabilities.Needs(
    words={
        "data_model": DATA_MODELS,
        "query_patterns": PATTERNS,
        "transactions": TRANSACTIONS,
        "consistency": CONSISTENCIES,
        "engine_compatibility": ENGINES,
    },
    flags=(*FLAGS, "open_to_new_customers"),
    least=("latency_ms_p99",),
    most=(
        "regions",
        "transaction_items",
        "availability_fraction",
        "requests_per_second",
        "storage_gb",
    ),
    optional=("open_to_new_customers", "requests_per_second", "storage_gb"),
)
SERVICES = (
    "rds",
    "aurora",
    "dynamodb",
    "dax",
    "keyspaces",
    "documentdb",
    "neptune",
    "elasticache",
    "memorydb",
    "timestream_influxdb",
    "opensearch",
    "opensearch_serverless",
    "redshift",
    "redshift_serverless",
    "athena",
    "s3",
)
RDS_ENGINES = {
    "mysql": "mysql",
    "mariadb": "mariadb",
    "oracle": "oracle-se2",
    "sqlserver": "sqlserver-se",
}
"""The engine of RDS that applications of another keep using; PostgreSQL for all others."""
DEPLOYMENTS = ("single-az", "multi-az")
STORAGE_CONFIGURATIONS = ("standard", "io-optimized")
CACHE_NODES = tuple(f"r7g.{size}" for size in ("large", "2xlarge", "4xlarge", "16xlarge"))
"""The node types that a cluster of ElastiCache or MemoryDB is tried with."""
DAX_NODES = tuple(f"dax.r5.{size}" for size in ("large", "2xlarge", "8xlarge"))
OBJECT_CLASSES = ("STANDARD", "STANDARD_IA", "GLACIER_IR")
"""The storage classes of S3 whose objects are read at once, in three or more zones."""
DPUS_PER_QUERY, VCPUS_PER_DPU = (4, 124), 4
"""The DPUs that a query of Athena's provisioned capacity may have, and the vCPUs of each."""
VCPUS_PER_RPU, LEAST_RPUS, MOST_RPUS = 2, 8, 1024
MOST_REGIONS = 11
LEAST_RDS_GB = 20
"""The smallest storage of an RDS instance, whatever it holds."""

if TYPE_CHECKING:
    DataModel = str
    Transactions = str
    Consistency = str
    Engine = str
    Patterns = str
else:
    Patterns = some_of(PATTERNS)
    DataModel = Literal[(ANY, *DATA_MODELS)]
    Transactions = Literal[(ANY, *TRANSACTIONS)]
    Consistency = Literal[(ANY, *CONSISTENCIES)]
    Engine = Literal[(ANY, *ENGINES)]
YesNoAny = Literal["any", "yes", "no"]


class DatabaseNeeds(WorkloadFields, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is known of a system that keeps data; `any`, 0 or an empty text is not known."""

    price_date: PriceDate = max(map(tables.newest_day, SERVICES))
    data_model: Annotated[DataModel, about("How the application sees its data.")] = ANY
    query_patterns: Annotated[
        Patterns,
        about("What the application asks of the data, as words with blanks between."),
    ] = ""
    transactions: Annotated[
        Transactions, about("The most that one transaction spans: an item, several, or any SQL.")
    ] = ANY
    transaction_items: Annotated[
        float, whole("1", 0, 1e6), about("Items that one transaction changes at most.")
    ] = 0.0
    consistency: Annotated[Consistency, about("What a read sees of the writes before it.")] = ANY
    latency_ms_p99: Annotated[
        float, bounded("ms", 0, 1e6), about("Latency that 99 of 100 reads by key must keep.")
    ] = 0.0
    reads_per_second: Annotated[
        PerSecond, about("Mean reads of items; of a warehouse, its queries.")
    ] = 0.0
    writes_per_second: Annotated[PerSecond, about("Mean writes of items.")] = 0.0
    item_bytes: Annotated[Bytes, about("Size of an item; 0 counts as 1 KiB.")] = 0.0
    storage_gb: Annotated[
        Gigabytes, about("Data kept; 0 is what is written during `retention_hours`.")
    ] = 0.0
    peak_to_mean: Annotated[Ratio, about("Peak over mean of reads and writes.")] = 1.0
    idle_fraction: Annotated[Fraction, about("Share of the hours without any request.")] = 0.0
    retention_hours: Annotated[
        float,
        bounded("h", 0, 1e6),
        about("How long an item is kept before it expires; 0 is for ever."),
    ] = 0.0
    regions: Annotated[
        float, whole("1", 0, MOST_REGIONS), about("AWS Regions that hold the data; 0 is one.")
    ] = 0.0
    multi_region_writes: Annotated[YesNoAny, about("Whether several Regions take writes.")] = "any"
    durable: Annotated[
        YesNoAny,
        about("Whether a confirmed write must outlive the loss of a node; `no`: it may be lost."),
    ] = "any"
    serverless: Annotated[
        YesNoAny, about("Whether there must be no instances to choose; `no`: there must be.")
    ] = "any"
    scale_to_zero: Annotated[
        YesNoAny,
        about("Whether compute must cost nothing while idle; `no`: it must not pause."),
    ] = "any"
    engine_compatibility: Annotated[
        Engine, about("The engine whose protocol the application keeps using.")
    ] = ANY
    availability_fraction: Annotated[
        Fraction, about("Monthly uptime that AWS's service level must commit to.")
    ] = 0.0
    cache_hit_fraction: Annotated[
        Fraction,
        about("Assumption: share of the reads that memory answers, of the database or a cache."),
    ] = 0.8
    hot_fraction: Annotated[
        Fraction, about("Assumption: share of the data that a cache before a database holds.")
    ] = 0.1
    requests_per_vcpu: Annotated[
        float,
        bounded("1/s", 1, 1e6),
        about("Assumption: requests a second that a vCPU of a database instance serves."),
    ] = 500.0
    scanned_fraction: Annotated[
        Fraction, about("Assumption: share of the data that a query of a warehouse reads.")
    ] = 0.01
    scan_gb_per_vcpu_second: Annotated[
        float,
        bounded("GB/s", 0.001, 1000),
        about("Assumption: data in files that a vCPU scans in a second."),
    ] = 0.2
    warehouse_scan_ratio: Annotated[
        Ratio,
        about(
            "Assumption: how many times faster a vCPU of Redshift scans its own sorted columns than"
            " one of Athena scans files."
        ),
    ] = 4.0


class Load(NamedTuple):
    """The load that every candidate is sized for, worked out once."""

    item_bytes: Numbers
    stored_gb: Numbers
    peak_reads: Numbers
    """[1/s]"""
    peak_writes: Numbers
    """[1/s]"""
    seconds: Numbers
    """Seconds of the month."""
    further_regions: Numbers
    strong: Flags
    """Whether reads must see every write before them."""

    def vcpus(self, reads: Numbers, needs: Any) -> Numbers:
        """Return the vCPUs for reads and all writes at the peak [vCPU]."""
        requests: Numbers = reads + self.peak_writes
        return requests / needs.requests_per_vcpu


def load_of(needs: Any) -> Load:
    """Return the load of each row of needs."""
    item_bytes = np.where(needs.item_bytes > 0, np.maximum(1, needs.item_bytes), 1024)
    kept = needs.writes_per_second * needs.retention_hours * SECONDS_PER_HOUR
    stored = np.where(needs.storage_gb > 0, needs.storage_gb, kept * item_bytes / BYTES_PER_GB)
    return Load(
        item_bytes,
        stored,
        needs.reads_per_second * needs.peak_to_mean,
        needs.writes_per_second * needs.peak_to_mean,
        needs.hours_per_month * SECONDS_PER_HOUR,
        np.maximum(0, needs.regions - 1),
        needs.consistency.isin(CONSISTENCIES[1:]),
    )


# -- what candidates can do ------------------------------------------------------------------------


@cache
def candidates() -> Mapping[str, Candidate]:
    """Return every candidate by key, with what it can do."""
    return capabilities.candidates(NEEDS)


def judged(key: str, needs: Any, asked: Mapping[str, Flags]) -> dict[str, Numbers]:
    """Return how far a candidate meets each need [row], by need."""
    every = candidates()[key].capabilities
    return {need: level(need, capability, needs, asked) for need, capability in every.items()}


def level(need: str, capability: Capability, needs: Any, asked: Mapping[str, Flags]) -> Numbers:
    """Return how far a capability meets one need [row]; a need that is not stated is met."""
    if need == "query_patterns":
        words = zip(asked.values(), capability.of_words(PATTERNS), strict=True)
        return reduce(np.maximum, (np.where(where, met, YES) for where, met in words))
    if need in NEEDS.words:
        column = getattr(needs, need)
        return capability.of_words(column.words)[column.codes]
    if need == "open_to_new_customers":
        return np.full(len(needs.name), SUPPORT[capability.support or "no"])
    if need in NEEDS.flags:
        return of_flag(need, getattr(needs, need), SUPPORT[capability.support or "no"])
    value = stated(need, needs)
    return np.where(value > 0, capability.of_numbers(value), YES)


def of_flag(need: str, column: Any, support: int) -> Numbers:
    """Return how far a need of yes, no or any is met [row].

    To be serverless may be unwanted. Where it is not known whether data may be lost, to lose it
    counts as partly met.
    """
    met = np.where(column == "yes", support, YES)
    if need == "serverless":
        return np.where(column == "no", NO - support, met)
    if need == "durable":
        return np.where((column == ANY) & (support == NO), PARTLY, met)
    return met


def stated(need: str, needs: Any) -> Numbers:
    """Return a number that capabilities bound."""
    if need == "requests_per_second":
        return (needs.reads_per_second + needs.writes_per_second) * needs.peak_to_mean
    return load_of(needs).stored_gb if need == "storage_gb" else getattr(needs, need)


def patterns(needs: Any) -> dict[str, Flags]:
    """Return where each query pattern is among those of a row."""
    texts, place = np.unique(needs.query_patterns.astype(str), return_inverse=True)
    sets = [frozenset(text.split()) for text in texts.tolist()]
    return {word: np.array([word in words for words in sets])[place] for word in PATTERNS}


def unknown_kind(needs: Any) -> Flags:
    """Return where nothing is known of what the data is, and so too little for an answer."""
    kinds = ("data_model", "transactions", "engine_compatibility")
    known = [getattr(needs, name) != ANY for name in kinds]
    return np.logical_not(np.logical_or.reduce([*known, needs.query_patterns != ""]))


# -- what candidates are sized to ------------------------------------------------------------------

Configurations = Iterator[tuple[PlannedWorkload, ...]]


def alternatives(needs: Any, rules: RulesOf) -> Iterator[Alternative]:
    """Yield the configurations of every candidate, judged."""
    load, asked, unknown = load_of(needs), patterns(needs), DECISION.undecided(needs)
    made = configurations(needs, load, rules, asked)
    for key in candidates():
        levels = judged(key, needs, asked)
        ruled_out = {need: met == NO for need, met in levels.items()}
        if key == "redshift_serverless":
            ruled_out["rpus"] = rpus_of(needs, load) > MOST_RPUS
        partly = {need: met == PARTLY for need, met in levels.items()}
        possible = ~np.logical_or.reduce([unknown, *ruled_out.values()])
        for workloads in made.get(key, ((),)):
            planned = tuple(
                one._replace(exists=possible & np.asarray(one.exists)) for one in workloads
            )
            yield Alternative(key, planned, ruled_out, partly=partly)


def configurations(
    needs: Any, load: Load, rules: RulesOf, asked: Mapping[str, Flags]
) -> dict[str, Configurations]:
    """Return the configurations of each candidate that has prices."""
    rule = rules("rds")
    index = asked["secondary-index"]
    hit = load.peak_reads * (1 - needs.cache_hit_fraction)
    return {
        "rds": ((one,) for one in instances(needs, load, load.peak_reads, rule)),
        "rds_elasticache": (
            (one, cache)
            for one in instances(needs, load, hit, rule)
            for cache in nodes("elasticache", "cache.", cached(needs, load))
        ),
        "aurora": clusters(needs, load, "provisioned"),
        "aurora_serverless": clusters(needs, load, "serverless"),
        "dynamodb_on_demand": ((one,) for one in tables_of(needs, load, index, "on-demand")),
        "dynamodb_provisioned": ((one,) for one in tables_of(needs, load, index, "provisioned")),
        "dynamodb_dax": accelerated(needs, load, index),
        "keyspaces_on_demand": keyspaces(needs, load, "on-demand"),
        "keyspaces_provisioned": keyspaces(needs, load, "provisioned"),
        "documentdb": documents(needs, load, "provisioned"),
        "documentdb_serverless": documents(needs, load, "serverless"),
        "neptune": graphs(needs, load, "provisioned"),
        "neptune_serverless": graphs(needs, load, "serverless"),
        "elasticache": everywhere(nodes("elasticache", "cache.", memory(needs, load)), load),
        "elasticache_memcached": (
            (one,) for one in nodes("elasticache", "cache.", memcached(needs, load))
        ),
        "elasticache_serverless": everywhere(serverless_cache(needs, load), load),
        "memorydb": everywhere(nodes("memorydb", "db.", memory(needs, load)), load),
        "timestream_influxdb": influxdb(needs, load),
        "opensearch": domain(needs, load),
        "opensearch_serverless": collection(needs, load),
        "redshift": warehouse(needs, load),
        "redshift_serverless": workgroup(needs, load),
        "athena": queries(needs, load),
        "s3": objects(needs, load),
    }


def everywhere(workloads: Iterator[PlannedWorkload], load: Load) -> Configurations:
    """Yield each workload with a copy of it for every further Region."""
    for one in workloads:
        copies = (
            one._replace(exists=load.further_regions >= count) for count in range(1, MOST_REGIONS)
        )
        yield (one, *copies)


def instances(needs: Any, load: Load, reads: Numbers, rule: Rules) -> Iterator[PlannedWorkload]:
    """Yield RDS in one zone and with a standby, for reads at the peak [1/s] and all writes."""
    column = needs.engine_compatibility
    engines = tuple(RDS_ENGINES.get(word, "postgres") for word in column.words)
    misses = np.minimum(reads, load.peak_reads * (1 - needs.cache_hit_fraction))
    engine, gp3 = (
        WordColumn(column.codes, engines),
        WordColumn(np.zeros_like(column.codes), ("gp3",)),
    )
    storage = np.maximum(LEAST_RDS_GB, load.stored_gb)
    iops = np.ceil(misses + load.peak_writes)
    fields = rds_storage.provisioned(engine, gp3, storage, iops, np.zeros(len(iops)), rule) | {
        "engine": engine,
        "required_vcpus": load.vcpus(reads, needs),
        "read_replicas": load.further_regions,
    }
    for deployment in DEPLOYMENTS:
        yield PlannedWorkload("rds", fields | {"deployment": deployment})


def cluster(needs: Any, load: Load) -> dict[str, Any]:
    """Return the fields that Aurora, DocumentDB and Neptune have under one name."""
    return {
        "storage_gb": load.stored_gb,
        "reads_per_second": needs.reads_per_second,
        "read_bytes": load.item_bytes,
        "writes_per_second": needs.writes_per_second,
        "write_bytes": load.item_bytes,
        "required_vcpus": load.vcpus(load.peak_reads, needs),
        "mean_cpu_fraction": 1 / needs.peak_to_mean,
        "cache_hit_fraction": needs.cache_hit_fraction,
        "secondary_regions": load.further_regions,
    }


def with_readers(service: str, fields: dict[str, Any]) -> Configurations:
    """Yield a cluster in both storage configurations, without and with a reader."""
    for configuration in STORAGE_CONFIGURATIONS:
        for readers in (0.0, 1.0):
            own = {"storage_configuration": configuration, "readers": readers}
            yield (PlannedWorkload(service, fields | own),)


def clusters(needs: Any, load: Load, mode: str) -> Configurations:
    """Yield Aurora; serverless instances may pause unless the needs forbid it."""
    engines = tuple(
        "aurora-mysql" if word == "mysql" else "aurora-postgresql"
        for word in needs.engine_compatibility.words
    )
    fields = cluster(needs, load) | {
        "engine": WordColumn(needs.engine_compatibility.codes, engines),
        "capacity_mode": mode,
    }
    if mode == "serverless":
        pauses = (needs.scale_to_zero != "no") & (needs.idle_fraction > 0)
        fields |= {
            "minimum_acu": np.where(pauses | (needs.scale_to_zero == "yes"), 0, 0.5),
            "maximum_acu": 0.0,
            "paused_hours_fraction": np.where(pauses, needs.idle_fraction, 0),
        }
    return with_readers("aurora", fields)


def documents(needs: Any, load: Load, mode: str) -> Configurations:
    """Yield DocumentDB."""
    fields = cluster(needs, load) | {"capacity_mode": mode}
    if mode == "serverless":
        fields["maximum_dcu"] = np.clip(np.ceil(fields["required_vcpus"] * 4), 1, 1024)
    return with_readers("documentdb", fields)


def graphs(needs: Any, load: Load, mode: str) -> Configurations:
    """Yield Neptune."""
    fields = cluster(needs, load) | {"capacity_mode": mode}
    if mode == "serverless":
        fields["maximum_ncu"] = np.clip(np.ceil(fields["required_vcpus"] * 4), 1, 1024)
    return with_readers("neptune", fields)


def tables_of(
    needs: Any, load: Load, index: Flags, mode: str, misses: Numbers = 1.0
) -> Iterator[PlannedWorkload]:
    """Yield a DynamoDB table in both classes, with autoscaling where that may be.

    Every write is part of a transaction where the needs have transactions of several items.
    """
    transactional = needs.transactions.isin(("multi-item", "sql"))
    fields = {
        "capacity_mode": mode,
        "reads_per_second": needs.reads_per_second * misses,
        "writes_per_second": needs.writes_per_second,
        "peak_to_mean": needs.peak_to_mean,
        "item_bytes": load.item_bytes,
        "storage_gb": load.stored_gb,
        "strongly_consistent_fraction": np.where(load.strong, 1, 0),
        "transactional_write_fraction": np.where(transactional, 1, 0),
        "gsi_count": np.where(index, 1, 0),
        "global_table": load.further_regions > 0,
        "replicas": np.maximum(1, load.further_regions),
    }
    for table_class in ("STANDARD", "STANDARD_INFREQUENT_ACCESS"):
        for autoscaling in (False, True) if mode == "provisioned" else (False,):
            own = {"table_class": table_class, "autoscaling": autoscaling}
            yield PlannedWorkload("dynamodb", fields | own)


def accelerated(needs: Any, load: Load, index: Flags) -> Configurations:
    """Yield a DynamoDB table in both modes, with DAX before it."""
    misses = 1 - needs.cache_hit_fraction
    fields = {
        "reads_per_second": needs.reads_per_second,
        "writes_per_second": needs.writes_per_second,
        "hit_fraction": needs.cache_hit_fraction,
        "item_bytes": load.item_bytes,
        "peak_to_mean": needs.peak_to_mean,
        "working_set_gb": load.stored_gb * needs.hot_fraction,
    }
    for mode in ("on-demand", "provisioned"):
        table = next(tables_of(needs, load, index, mode, misses))
        for node in DAX_NODES:
            yield table, PlannedWorkload("dax", fields | {"node_type": node})


def keyspaces(needs: Any, load: Load, mode: str) -> Configurations:
    """Yield a table of Keyspaces, which bills the deletion of rows that expire."""
    fields = {
        "capacity_mode": mode,
        "reads_per_second": needs.reads_per_second,
        "writes_per_second": needs.writes_per_second,
        "peak_to_mean": needs.peak_to_mean,
        "row_bytes": load.item_bytes,
        "storage_gb": load.stored_gb,
        "local_one_fraction": np.where(needs.consistency == "eventual", 1, 0),
        "multi_region": load.further_regions > 0,
        "expired_rows_per_second": np.where(needs.retention_hours > 0, needs.writes_per_second, 0),
    }
    for autoscaling in (False, True) if mode == "provisioned" else (False,):
        table = PlannedWorkload("keyspaces", fields | {"autoscaling": autoscaling})
        yield from everywhere(iter([table]), load)


def memory(needs: Any, load: Load) -> dict[str, Any]:
    """Return a store in memory that holds all the data, with a replica where it must be kept."""
    kept = (needs.durable == "yes") | (needs.availability_fraction > 0)
    return {
        "storage_gb": load.stored_gb,
        "reads_per_second": needs.reads_per_second,
        "writes_per_second": needs.writes_per_second,
        "item_bytes": load.item_bytes,
        "peak_to_mean": needs.peak_to_mean,
        "replicas_per_shard": np.where(kept, 1, 0),
    }


def memcached(needs: Any, load: Load) -> dict[str, Any]:
    """Return a store in memory without replicas."""
    return memory(needs, load) | {"engine": "memcached", "replicas_per_shard": 0.0}


def cached(needs: Any, load: Load) -> dict[str, Any]:
    """Return a cache that holds the hot share of the data and answers its share of the reads."""
    return memory(needs, load) | {
        "storage_gb": load.stored_gb * needs.hot_fraction,
        "writes_per_second": needs.writes_per_second
        + needs.reads_per_second * (1 - needs.cache_hit_fraction),
    }


def nodes(service: str, prefix: str, fields: dict[str, Any]) -> Iterator[PlannedWorkload]:
    """Yield a cluster of each node type that is tried."""
    for node in CACHE_NODES:
        yield PlannedWorkload(service, fields | {"node_type": f"{prefix}{node}"})


def serverless_cache(needs: Any, load: Load) -> Iterator[PlannedWorkload]:
    """Yield ElastiCache Serverless."""
    fields = memory(needs, load) | {"capacity_mode": "serverless", "replicas_per_shard": 0.0}
    yield PlannedWorkload("elasticache", fields)


def influxdb(needs: Any, load: Load) -> Configurations:
    """Yield Timestream for InfluxDB in one zone and with a standby."""
    fields = {
        "storage_gb": np.maximum(LEAST_RDS_GB, load.stored_gb),
        "lines_per_second": needs.writes_per_second,
        "queries_per_second": needs.reads_per_second,
        "peak_to_mean": needs.peak_to_mean,
    }
    for deployment in DEPLOYMENTS:
        yield (PlannedWorkload("timestream_influxdb", fields | {"deployment": deployment}),)


def domain(needs: Any, load: Load) -> Configurations:
    """Yield an OpenSearch domain that holds all the data in hot storage."""
    fields = {
        "source_gb_per_day": 0.0,
        "long_lived_gb": load.stored_gb,
        "required_vcpus": load.vcpus(load.peak_reads, needs),
    }
    yield (PlannedWorkload("opensearch", fields),)


def collection(needs: Any, load: Load) -> Configurations:
    """Yield OpenSearch Serverless, an OCU of which counts as a vCPU."""
    fields = {
        "indexing_ocus": needs.writes_per_second / needs.requests_per_vcpu,
        "search_ocus": needs.reads_per_second / needs.requests_per_vcpu,
        "peak_to_mean": needs.peak_to_mean,
        "storage_gb": load.stored_gb,
    }
    yield (PlannedWorkload("opensearch_serverless", fields),)


def scan_vcpu_seconds(needs: Any, load: Load) -> Numbers:
    """Return the work of a query that scans files [vCPU s]."""
    return load.stored_gb * needs.scanned_fraction / needs.scan_gb_per_vcpu_second


def warehouse_vcpus(needs: Any, load: Load) -> Numbers:
    """Return the vCPUs of Redshift that bear the queries at the peak [vCPU]."""
    work: Numbers = scan_vcpu_seconds(needs, load) / needs.warehouse_scan_ratio
    return load.peak_reads * work


def warehouse(needs: Any, load: Load) -> Configurations:
    """Yield a Redshift cluster, which is paused while it is idle."""
    fields = {
        "storage_gb": load.stored_gb,
        "required_vcpus": warehouse_vcpus(needs, load),
        "running_hours_fraction": 1 - needs.idle_fraction,
    }
    for deployment in DEPLOYMENTS:
        yield (PlannedWorkload("redshift", fields | {"deployment": deployment}),)


def rpus_of(needs: Any, load: Load) -> Numbers:
    """Return the RPUs that bear the queries; each counts as two vCPUs, as it has 16 GiB [RPU]."""
    return np.ceil(warehouse_vcpus(needs, load) / VCPUS_PER_RPU)


def workgroup(needs: Any, load: Load) -> Configurations:
    """Yield Redshift Serverless, active for a minute at least for each query."""
    rpus = rpus_of(needs, load)
    base = np.clip(rpus, LEAST_RPUS, MOST_RPUS)
    work = scan_vcpu_seconds(needs, load) / needs.warehouse_scan_ratio
    seconds = np.maximum(SECONDS_PER_MINUTE, work / (base * VCPUS_PER_RPU))
    active = np.minimum(1 - needs.idle_fraction, needs.reads_per_second * seconds)
    fields = {
        "base_rpus": np.where(rpus > LEAST_RPUS, base, 0),
        "monthly_active_hours": needs.hours_per_month * active,
        "storage_gb": load.stored_gb,
    }
    yield (PlannedWorkload("redshift_serverless", fields),)


def queries(needs: Any, load: Load) -> Configurations:
    """Yield Athena by data scanned and with provisioned capacity, over data in S3.

    A query has the DPUs, of four vCPUs each, that end it within a minute, if so many may be had.
    """
    vcpus = scan_vcpu_seconds(needs, load) / SECONDS_PER_MINUTE
    dpus = np.clip(np.ceil(vcpus / VCPUS_PER_DPU), *DPUS_PER_QUERY)
    fields = {
        "monthly_queries": needs.reads_per_second * load.seconds,
        "scanned_gb_per_query": load.stored_gb * needs.scanned_fraction,
        "peak_to_mean": needs.peak_to_mean,
        "running_hours_fraction": 1 - needs.idle_fraction,
    }
    provisioned = {
        "capacity_mode": "provisioned",
        "dpus_per_query": dpus,
        "query_seconds": vcpus * SECONDS_PER_MINUTE / (dpus * VCPUS_PER_DPU),
    }
    for own in ({"capacity_mode": "per-query"}, provisioned):
        asked = PlannedWorkload("athena", fields | own)
        yield asked, PlannedWorkload("s3", {"storage_gb": load.stored_gb})


def objects(needs: Any, load: Load) -> Configurations:
    """Yield S3 in each storage class whose objects are read at once."""
    fields = {
        "storage_gb": load.stored_gb,
        "object_bytes": load.item_bytes,
        "largest_object_bytes": load.item_bytes,
        "monthly_put_requests": needs.writes_per_second * load.seconds,
        "monthly_get_requests": needs.reads_per_second * load.seconds,
        "peak_reads_per_second": load.peak_reads,
        "peak_writes_per_second": load.peak_writes,
    }
    read = needs.reads_per_second * load.seconds * load.item_bytes / BYTES_PER_GB
    for storage_class in OBJECT_CLASSES:
        own = {
            "storage_class": storage_class,
            "monthly_retrieved_gb": 0.0 if storage_class == "STANDARD" else read,
        }
        yield from everywhere(iter([PlannedWorkload("s3", fields | own)]), load)


DECISION = Decision(
    candidates=candidates,
    unknown_kind=unknown_kind,
    loads=("reads_per_second", "writes_per_second", "storage_gb"),
    words={**NEEDS.words} | dict.fromkeys(FLAGS, ("yes", "no")),
    ordered=("transactions", "consistency"),
    numbers=(
        "latency_ms_p99",
        "regions",
        "transaction_items",
        "availability_fraction",
        "reads_per_second",
        "writes_per_second",
        "item_bytes",
        "storage_gb",
        "peak_to_mean",
        "retention_hours",
    ),
    falling=("latency_ms_p99",),
    stated_by={"requests_per_second": "reads_per_second"},
)
QUESTION = Question(
    key="database",
    name="Choice of a database",
    about="Which service keeps the data of a system, for how much, and what rules the others out.",
    workload=DatabaseNeeds,
    services=SERVICES,
    alternatives=alternatives,
    example=DatabaseNeeds(
        name="orders",
        region="us-east-1",
        data_model="key-value",
        query_patterns="key-lookup",
        latency_ms_p99=10.0,
        reads_per_second=2000.0,
        writes_per_second=500.0,
        item_bytes=1000.0,
        storage_gb=200.0,
        peak_to_mean=3.0,
        durable="yes",
    ),
    swept="reads_per_second",
    bounds=(Bound("availability_fraction", "sla_fraction", most=False),),
    decision=DECISION,
)
