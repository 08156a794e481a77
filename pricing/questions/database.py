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

from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial, reduce
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

import numpy as np

from pricing import capabilities, tables
from pricing.arrays import Flags, Numbers
from pricing.capabilities import ANY, NO, PARTLY, SUPPORT, YES, Candidate, Capability, Exclusion
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
from pricing.rates import WordColumn
from pricing.units import BYTES_PER_GB, HOURS_PER_DAY, SECONDS_PER_HOUR, SECONDS_PER_MINUTE

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
CACHE_NODES = ("t4g.small", "t4g.medium", "r7g.large", "r7g.xlarge", "r7g.4xlarge", "r7g.16xlarge")
"""The node types that a cluster of ElastiCache or MemoryDB is tried with."""
SMALL_MEMORYDB_NODES = ("db.t4g.small", "db.t4g.medium", "db.r7g.large")
"""The node types that clusters over several Regions do not have."""
BURSTABLE, VCPUS_OF_BURSTABLE, LEAST_BASELINE = ("micro", "small", "medium"), 2, 0.1
"""The burstable classes that RDS is tried with, the vCPUs of each, and their least baseline."""
VCPUS_OF_A_READER, MOST_READERS = 8, 15
UNITS_PER_VCPU, MOST_UNITS = 4, 1024
"""Capacity units of serverless instances that count as a vCPU, and the most there may be."""
HITS = 0.99
"""The reads that hit a cache of all the data, so that 99 of 100 have its latency."""
HOT_DAYS = 3
"""Days that an index stays hot where older ones may be warm."""
DAX_NODES = tuple(f"dax.r5.{size}" for size in ("large", "2xlarge", "8xlarge"))
OBJECT_CLASSES = ("STANDARD", "STANDARD_IA", "GLACIER_IR")
"""The storage classes of S3 whose objects are read at once, in three or more zones."""
DPUS_PER_QUERY, VCPUS_PER_DPU = (4, 124), 4
"""The DPUs that a query of Athena's provisioned capacity may have, and the vCPUs of each."""
VCPUS_PER_RPU = 2
MOST_REGIONS = 11
LEAST_ALLOCATED_GB = 20
"""The smallest storage of an instance of RDS or InfluxDB, whatever it holds."""

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


class System(NamedTuple):
    """What every candidate is sized for, worked out once for all rows of needs."""

    needs: Any
    rules: RulesOf
    asked: Mapping[str, Flags]
    """Where each query pattern is asked for."""
    item_bytes: Numbers
    stored_gb: Numbers
    peak_reads: Numbers
    """[1/s]"""
    peak_writes: Numbers
    """[1/s]"""
    regions: Numbers
    """Regions that hold the data; what takes writes in several of them has two at least."""
    strong: Flags
    """Whether a read must see every write before it."""

    @property
    def seconds(self) -> Numbers:
        """Seconds of the month."""
        return self.needs.hours_per_month * SECONDS_PER_HOUR

    @property
    def write_vcpus(self) -> Numbers:
        """VCPUs of a database instance for all writes at the peak."""
        return self.peak_writes / self.needs.requests_per_vcpu

    @property
    def read_vcpus(self) -> Numbers:
        """VCPUs of a database instance for all reads at the peak."""
        return self.peak_reads / self.needs.requests_per_vcpu

    @property
    def scan_vcpu_seconds(self) -> Numbers:
        """Work of a query that scans files [vCPU s]."""
        scanned: Numbers = self.stored_gb * self.needs.scanned_fraction
        return scanned / self.needs.scan_gb_per_vcpu_second

    @property
    def running(self) -> Numbers:
        """Share of the hours in which what pauses by itself runs."""
        return np.where(self.needs.scale_to_zero == "no", 1, 1 - self.needs.idle_fraction)


def system_of(needs: Any, rules: RulesOf) -> System:
    """Return the system that each row of needs describes."""
    item_bytes = np.where(needs.item_bytes > 0, np.maximum(1, needs.item_bytes), 1024)
    kept = needs.writes_per_second * needs.retention_hours * SECONDS_PER_HOUR
    several = (needs.multi_region_writes == "yes") | (needs.consistency == CONSISTENCIES[-1])
    return System(
        needs,
        rules,
        patterns(needs),
        item_bytes,
        np.where(needs.storage_gb > 0, needs.storage_gb, kept * item_bytes / BYTES_PER_GB),
        needs.reads_per_second * needs.peak_to_mean,
        needs.writes_per_second * needs.peak_to_mean,
        np.where(needs.regions > 0, needs.regions, np.where(several, 2, 1)),
        needs.consistency.isin(CONSISTENCIES[1:]),
    )


# -- what candidates can do ------------------------------------------------------------------------


@cache
def candidates() -> Mapping[str, Candidate]:
    """Return every candidate by key, with what it can do."""
    return capabilities.candidates(NEEDS)


def judged(key: str, system: System) -> dict[str, Numbers]:
    """Return how far a candidate meets each need [row], by need."""
    candidate = candidates()[key]
    levels = {
        need: level(need, capability, system) for need, capability in candidate.capabilities.items()
    }
    for one in candidate.exclusions:
        levels[one.need] = np.where(excludes(one, system), NO, levels[one.need])
    return levels


def level(need: str, capability: Capability, system: System) -> Numbers:
    """Return how far a capability meets one need [row]; a need that is not stated is met."""
    needs = system.needs
    if need == "query_patterns":
        words = zip(system.asked.values(), capability.of_words(PATTERNS), strict=True)
        return reduce(np.maximum, (np.where(where, met, YES) for where, met in words))
    if need in NEEDS.words:
        column = getattr(needs, need)
        return capability.of_words(column.words)[column.codes]
    if need == "open_to_new_customers":
        return np.full(len(needs.name), SUPPORT[capability.support or "no"])
    if need in NEEDS.flags:
        return of_flag(need, getattr(needs, need), SUPPORT[capability.support or "no"])
    value = stated(need, system)
    met = np.where(value > 0, capability.of_numbers(value), YES)
    return of_service_level(met, needs) if need == "availability_fraction" else met


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


def of_service_level(met: Numbers, needs: Any) -> Numbers:
    """Return how far a service level is met [row]; what is met in part takes several Regions."""
    alone = (needs.regions > 0) & (needs.regions < 2)
    return np.where(met == PARTLY, np.where(alone, NO, YES), met)


def stated(need: str, system: System) -> Numbers:
    """Return a number that capabilities bound."""
    if need == "requests_per_second":
        return system.peak_reads + system.peak_writes
    return system.stored_gb if need == "storage_gb" else getattr(system.needs, need)


def excludes(one: Exclusion, system: System) -> Flags:
    """Return where needs exclude each other [row]; a number that is not stated excludes nothing."""
    needs = system.needs
    numbers = [getattr(needs, name) > value for name, value in one.above.items()]
    for name, value in one.below.items():
        numbers += [getattr(needs, name) > 0, getattr(needs, name) < value]
    return np.logical_and.reduce([asked_together(one, system), *numbers])


def asked_together(one: Exclusion, system: System) -> Flags:
    """Return where the words that exclude each other are all asked for [row]."""
    found = []
    for need, words in one.words.items():
        if need == "query_patterns":
            found.append(np.logical_or.reduce([system.asked[word] for word in words]))
        else:
            found.append(getattr(system.needs, need).isin(words))
    return np.logical_and.reduce(found)


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


def regions_of(key: str, system: System) -> Numbers:
    """Return the Regions of a candidate: more than one where it meets a need only so [row]."""
    candidate, needs, regions = candidates()[key], system.needs, system.regions
    service_level = candidate.capabilities["availability_fraction"]
    one_region = service_level.of_numbers(needs.availability_fraction) == YES
    regions = np.where(
        one_region | (needs.availability_fraction == 0), regions, np.maximum(2, regions)
    )
    for one in candidate.exclusions:
        least = one.below.get("regions", 0)
        implied = asked_together(one, system) & (needs.regions == 0)
        regions = np.where(implied, np.maximum(least, regions), regions)
    return regions


# -- what candidates are sized to ------------------------------------------------------------------

Workloads = tuple[PlannedWorkload, ...]
Configurations = Iterator[Workloads]


def alternatives(needs: Any, rules: RulesOf) -> Iterator[Alternative]:
    """Yield the configurations of every candidate, judged."""
    system, unknown = system_of(needs, rules), DECISION.undecided(needs)
    for key in candidates():
        levels = judged(key, system)
        ruled_out = {need: met == NO for need, met in levels.items()}
        partly = {need: met == PARTLY for need, met in levels.items()}
        possible = ~np.logical_or.reduce([unknown, *ruled_out.values()])
        own = system._replace(regions=regions_of(key, system))
        left_out = told(key, own, possible)
        for workloads in CONFIGURATIONS[key](own):
            planned = tuple(everywhere(workloads, own, possible))
            yield Alternative(key, planned, ruled_out, partly=partly, told=left_out)


def everywhere(workloads: Workloads, system: System, possible: Flags) -> Iterator[PlannedWorkload]:
    """Yield workloads where they are possible, and a copy of each for every further Region."""
    for one in workloads:
        exists = possible & np.asarray(one.exists)
        yield one._replace(exists=exists)
        for count in range(1, int(system.regions.max(initial=1))):
            yield one._replace(exists=exists & (system.regions > count))


def told(key: str, system: System, possible: Flags) -> dict[str, Flags]:
    """Return where an answer has to say what its price leaves out, by limit of the texts."""
    loaded = key in ("athena", "redshift", "redshift_serverless")
    return {
        "transfer_left_out": possible & (system.regions > 1),
        "loading_left_out": possible & loaded & (system.needs.writes_per_second > 0),
    }


def nothing(system: System) -> Configurations:
    """Yield the configuration of a candidate without prices."""
    yield ()


def instances(system: System) -> Configurations:
    """Yield RDS in one zone and with a standby: alone, with read replicas, and burstable."""
    for deployment in DEPLOYMENTS:
        for replicas in (0, spread(system)):
            yield (instance(system, deployment, replicas),)
        for size in BURSTABLE:
            yield (burstable(instance(system, deployment, 0), f"db.t4g.{size}", system),)


def spread(system: System) -> Numbers:
    """Return as many readers as leave each a few vCPUs of the reads [1]."""
    return np.clip(np.ceil(system.read_vcpus / VCPUS_OF_A_READER), 1, MOST_READERS)


def vcpus_with(system: System, readers: Numbers) -> Numbers:
    """Return the vCPUs of each instance: writes go to one, reads to all if they may be stale."""
    shared = system.read_vcpus / (1 + readers)
    return system.write_vcpus + np.where(system.strong, system.read_vcpus, shared)


def instance(
    system: System, deployment: str, replicas: Numbers, hits: Numbers = 0
) -> PlannedWorkload:
    """Return RDS with some replicas; ``hits`` is the share of the reads that a cache answers.

    An instance in one zone does not keep each write when the zone is lost.
    """
    needs, column = system.needs, system.needs.engine_compatibility
    engines = tuple(RDS_ENGINES.get(word, "postgres") for word in column.words)
    engine = WordColumn(column.codes, engines)
    gp3 = WordColumn(np.zeros_like(column.codes), ("gp3",))
    misses = system.peak_reads * (1 - np.maximum(needs.cache_hit_fraction, hits))
    iops = np.ceil(misses + system.peak_writes)
    storage = np.maximum(LEAST_ALLOCATED_GB, system.stored_gb)
    fields = rds_storage.provisioned(
        engine, gp3, storage, iops, np.zeros(len(iops)), system.rules("rds")
    )
    left = system._replace(peak_reads=system.peak_reads * (1 - hits))
    own = {
        "engine": engine,
        "deployment": deployment,
        "required_vcpus": vcpus_with(left, replicas),
        "read_replicas": replicas,
    }
    kept = (deployment == "multi-az") | (needs.durable != "yes")
    return PlannedWorkload("rds", fields | own, kept)


def burstable(planned: PlannedWorkload, name: str, system: System) -> PlannedWorkload:
    """Return a database on a burstable class, where its load is below the baseline in the mean."""
    needs = system.needs
    mean = (needs.reads_per_second + needs.writes_per_second) / needs.requests_per_vcpu
    own = {"instance_class": name, "mean_cpu_fraction": np.minimum(1, mean / VCPUS_OF_BURSTABLE)}
    bears = system.read_vcpus + system.write_vcpus <= VCPUS_OF_BURSTABLE
    bears &= mean <= VCPUS_OF_BURSTABLE * LEAST_BASELINE
    return planned._replace(fields={**planned.fields, **own}, exists=planned.exists & bears)


def cluster(
    service: str, fields: dict[str, Any], system: System, classes: tuple[str, ...] = ()
) -> Configurations:
    """Yield a cluster in both storage configurations, alone and with readers, and burstable."""
    needs = system.needs
    common = {
        "storage_gb": system.stored_gb,
        "reads_per_second": needs.reads_per_second,
        "read_bytes": system.item_bytes,
        "writes_per_second": needs.writes_per_second,
        "write_bytes": system.item_bytes,
        "mean_cpu_fraction": 1 / needs.peak_to_mean,
        "cache_hit_fraction": needs.cache_hit_fraction,
        "secondary_regions": system.regions - 1,
    }
    for configuration in STORAGE_CONFIGURATIONS:
        for readers in (0, 1, spread(system)):
            own = {
                "storage_configuration": configuration,
                "readers": readers,
                "required_vcpus": vcpus_with(system, readers),
            }
            planned = PlannedWorkload(service, common | fields | own)
            yield (planned,)
            for name in classes if np.ndim(readers) == 0 else ():
                yield (burstable(planned, name, system),)


def aurora(system: System) -> Configurations:
    """Yield Aurora with provisioned instances."""
    return cluster("aurora", aurora_engine(system), system, ("db.t4g.medium",))


def aurora_engine(system: System) -> dict[str, Any]:
    """Return the engine of Aurora."""
    column = system.needs.engine_compatibility
    words = ("aurora-mysql" if word == "mysql" else "aurora-postgresql" for word in column.words)
    return {"engine": WordColumn(column.codes, tuple(words))}


def aurora_serverless(system: System) -> Configurations:
    """Yield Aurora Serverless v2, which pauses while it is idle unless that is forbidden."""
    pauses = (system.running < 1) | (system.needs.scale_to_zero == "yes")
    fields = {
        "capacity_mode": "serverless",
        "minimum_acu": np.where(pauses, 0, 0.5),
        "maximum_acu": 0.0,
        "paused_hours_fraction": 1 - system.running,
    }
    return cluster("aurora", aurora_engine(system) | fields, system)


def documentdb(system: System) -> Configurations:
    """Yield DocumentDB with provisioned instances."""
    return cluster("documentdb", {}, system, ("db.t4g.medium",))


def neptune(system: System) -> Configurations:
    """Yield Neptune with provisioned instances."""
    return cluster("neptune", {}, system, ("db.t4g.medium",))


def serverless(service: str, unit: str, system: System) -> Configurations:
    """Yield a serverless cluster of DocumentDB or Neptune, four units of which are a vCPU."""
    most = np.ceil((system.read_vcpus + system.write_vcpus) * UNITS_PER_VCPU)
    fields = {"capacity_mode": "serverless", f"maximum_{unit}": np.clip(most, 1, MOST_UNITS)}
    return cluster(service, fields, system)


def table(system: System, mode: str, misses: Numbers = 1) -> Iterator[PlannedWorkload]:
    """Yield a DynamoDB table in both classes, with autoscaling where that may be.

    Every write is part of a transaction where the needs have transactions of several items.
    """
    needs = system.needs
    fields = {
        "capacity_mode": mode,
        "reads_per_second": needs.reads_per_second * misses,
        "writes_per_second": needs.writes_per_second,
        "peak_to_mean": needs.peak_to_mean,
        "item_bytes": system.item_bytes,
        "storage_gb": system.stored_gb,
        "strongly_consistent_fraction": np.where(system.strong, 1, 0),
        "transactional_write_fraction": np.where(
            needs.transactions.isin(("multi-item", "sql")), 1, 0
        ),
        "gsi_count": np.where(system.asked["secondary-index"], 1, 0),
        "global_table": system.regions > 1,
    }
    for table_class in ("STANDARD", "STANDARD_INFREQUENT_ACCESS"):
        for autoscaling in (False, True) if mode == "provisioned" else (False,):
            own = {"table_class": table_class, "autoscaling": autoscaling}
            yield PlannedWorkload("dynamodb", fields | own)


def dynamodb(mode: str, system: System) -> Configurations:
    """Yield a DynamoDB table in one capacity mode."""
    return ((one,) for one in table(system, mode))


def cache_hits(key: str, base: str, system: System) -> Numbers:
    """Return the share of the reads that a cache before a database answers [row].

    Where the latency asked for is less than the database has, the cache holds all the data, so that
    99 of 100 reads hit. Elsewhere no read is taken off the database: whether that pays depends on
    what hits, which the question `caching` asks.
    """
    needs = system.needs
    within = candidates()[base].capabilities["latency_ms_p99"].of_numbers(needs.latency_ms_p99)
    return np.where((needs.latency_ms_p99 > 0) & (within != YES), HITS, 0)


def accelerated(system: System) -> Configurations:
    """Yield a DynamoDB table in both modes, with DAX before it."""
    needs, hits = system.needs, cache_hits("dynamodb_dax", "dynamodb_on_demand", system)
    fields = {
        "reads_per_second": needs.reads_per_second,
        "writes_per_second": needs.writes_per_second,
        "hit_fraction": hits,
        "item_bytes": system.item_bytes,
        "peak_to_mean": needs.peak_to_mean,
        "working_set_gb": np.where(hits > 0, system.stored_gb, 0),
    }
    for mode in ("on-demand", "provisioned"):
        before = next(table(system, mode, 1 - hits))
        for node in DAX_NODES:
            yield before, PlannedWorkload("dax", fields | {"node_type": node})


def keyspaces(mode: str, system: System) -> Configurations:
    """Yield a table of Keyspaces, which bills the deletion of rows that expire."""
    needs = system.needs
    fields = {
        "capacity_mode": mode,
        "reads_per_second": needs.reads_per_second,
        "writes_per_second": needs.writes_per_second,
        "peak_to_mean": needs.peak_to_mean,
        "row_bytes": system.item_bytes,
        "storage_gb": system.stored_gb,
        "local_one_fraction": np.where(system.strong, 0, 1),
        "multi_region": system.regions > 1,
        "expired_rows_per_second": np.where(needs.retention_hours > 0, needs.writes_per_second, 0),
    }
    for autoscaling in (False, True) if mode == "provisioned" else (False,):
        yield (PlannedWorkload("keyspaces", fields | {"autoscaling": autoscaling}),)


def memory(system: System) -> dict[str, Any]:
    """Return a store in memory that holds all the data, with a replica where it must be kept."""
    needs = system.needs
    kept = (needs.durable == "yes") | (needs.availability_fraction > 0)
    return {
        "storage_gb": system.stored_gb,
        "reads_per_second": needs.reads_per_second,
        "writes_per_second": needs.writes_per_second,
        "item_bytes": system.item_bytes,
        "peak_to_mean": needs.peak_to_mean,
        "replicas_per_shard": np.where(kept, 1, 0),
    }


def nodes(service: str, prefix: str, fields: dict[str, Any]) -> Iterator[PlannedWorkload]:
    """Yield a cluster of each node type that is tried."""
    for node in CACHE_NODES:
        yield PlannedWorkload(service, fields | {"node_type": f"{prefix}.{node}"})


def elasticache(system: System) -> Configurations:
    """Yield Valkey on nodes of ElastiCache, with synchronous writes where data must be kept."""
    kept = np.asarray(system.needs.durable == "yes")
    durability = WordColumn(kept.astype(np.intp), ("none", "synchronous"))
    fields = memory(system) | {"durability": durability}
    return ((one,) for one in nodes("elasticache", "cache", fields))


def memcached(system: System) -> Configurations:
    """Yield Memcached on nodes of ElastiCache, which has no replicas."""
    fields = memory(system) | {"engine": "memcached", "replicas_per_shard": 0.0}
    return ((one,) for one in nodes("elasticache", "cache", fields))


def elasticache_serverless(system: System) -> Configurations:
    """Yield ElastiCache Serverless."""
    fields = memory(system) | {"capacity_mode": "serverless", "replicas_per_shard": 0.0}
    yield (PlannedWorkload("elasticache", fields),)


def memorydb(system: System) -> Configurations:
    """Yield MemoryDB, whose clusters over several Regions have larger nodes."""
    for one in nodes("memorydb", "db", memory(system)):
        small = one.fields["node_type"] in SMALL_MEMORYDB_NODES
        yield (one._replace(exists=(system.regions < 2) | (not small)),)


def cached_instances(system: System) -> Configurations:
    """Yield RDS in both deployments, with a cache of ElastiCache before it."""
    hits = cache_hits("rds_elasticache", "rds", system)
    misses = system.needs.reads_per_second * (1 - hits)
    fields = memory(system) | {
        "storage_gb": np.where(
            hits > 0, system.stored_gb, system.stored_gb * system.needs.hot_fraction
        ),
        "writes_per_second": system.needs.writes_per_second + misses,
        "replicas_per_shard": 1.0,
    }
    for deployment in DEPLOYMENTS:
        database = instance(system, deployment, 0, hits)
        for store in nodes("elasticache", "cache", fields):
            yield database, store


def influxdb(system: System) -> Configurations:
    """Yield Timestream for InfluxDB in one zone and with a standby, which keeps every write."""
    needs = system.needs
    fields = {
        "storage_gb": np.maximum(LEAST_ALLOCATED_GB, system.stored_gb),
        "lines_per_second": needs.writes_per_second,
        "queries_per_second": needs.reads_per_second,
        "peak_to_mean": needs.peak_to_mean,
    }
    for deployment in DEPLOYMENTS:
        kept = (deployment == "multi-az") | (needs.durable != "yes")
        own = fields | {"deployment": deployment}
        yield (PlannedWorkload("timestream_influxdb", own, kept),)


def opensearch(system: System) -> Configurations:
    """Yield an OpenSearch domain, plain and with a standby, all hot and with older data warm.

    What is written and expires is an index for each day; what stays is one that grows.
    """
    needs = system.needs
    days = needs.retention_hours / HOURS_PER_DAY
    rolls = (needs.writes_per_second > 0) & (days > 0)
    written = needs.writes_per_second * system.item_bytes * SECONDS_PER_HOUR * HOURS_PER_DAY
    common = {
        "source_gb_per_day": np.where(rolls, written / BYTES_PER_GB, 0),
        "long_lived_gb": np.where(rolls, 0, system.stored_gb),
        "required_vcpus": system.read_vcpus + system.write_vcpus,
    }
    hot = np.where(rolls, np.minimum(days, HOT_DAYS), 0)
    for standby in (False, True):
        own = common | {"standby": standby, "replicas": 2.0 if standby else 1.0}
        yield (
            PlannedWorkload("opensearch", own | {"hot_retention_days": np.where(rolls, days, 0)}),
        )
        warm = {"hot_retention_days": hot, "warm_retention_days": np.maximum(0, days - hot)}
        yield (PlannedWorkload("opensearch", own | warm, rolls & (days > hot)),)


def opensearch_serverless(system: System) -> Configurations:
    """Yield OpenSearch Serverless, an OCU of which counts as a vCPU and holds some hot data."""
    needs = system.needs
    held = system.stored_gb / system.rules("opensearch_serverless").hot_gib_per_ocu
    fields = {
        "indexing_ocus": needs.writes_per_second / needs.requests_per_vcpu,
        "search_ocus": np.maximum(held, needs.reads_per_second / needs.requests_per_vcpu),
        "peak_to_mean": needs.peak_to_mean,
        "storage_gb": system.stored_gb,
    }
    yield (PlannedWorkload("opensearch_serverless", fields),)


def redshift(system: System) -> Configurations:
    """Yield a Redshift cluster, which runs all the time, since it does not pause by itself."""
    work = system.scan_vcpu_seconds / system.needs.warehouse_scan_ratio
    fields = {"storage_gb": system.stored_gb, "required_vcpus": system.peak_reads * work}
    for deployment in DEPLOYMENTS:
        yield (PlannedWorkload("redshift", fields | {"deployment": deployment}),)


def redshift_serverless(system: System) -> Configurations:
    """Yield Redshift Serverless with the least base capacity that bears the queries at the peak.

    An RPU, of 16 GiB, counts as two vCPUs. A query is billed for a minute at least.
    """
    needs, rule = system.needs, system.rules("redshift_serverless")
    work = system.scan_vcpu_seconds / needs.warehouse_scan_ratio
    rpus = np.ceil(system.peak_reads * work / VCPUS_PER_RPU)
    seconds = np.maximum(
        SECONDS_PER_MINUTE, work / (np.maximum(rule.usual_base_rpus, rpus) * VCPUS_PER_RPU)
    )
    active = np.minimum(system.running, needs.reads_per_second * seconds)
    fields = {
        "base_rpus": 0.0,
        "required_memory_gib": rpus * rule.gib_per_rpu,
        "monthly_active_hours": needs.hours_per_month * active,
        "storage_gb": system.stored_gb,
    }
    yield (PlannedWorkload("redshift_serverless", fields),)


def athena(system: System) -> Configurations:
    """Yield Athena by data scanned and with provisioned capacity, over data in S3.

    A query has the DPUs, of four vCPUs each, that end it within a minute, if so many may be had.
    """
    needs = system.needs
    vcpus = system.scan_vcpu_seconds / SECONDS_PER_MINUTE
    dpus = np.clip(np.ceil(vcpus / VCPUS_PER_DPU), *DPUS_PER_QUERY)
    fields = {
        "monthly_queries": needs.reads_per_second * system.seconds,
        "scanned_gb_per_query": system.stored_gb * needs.scanned_fraction,
        "peak_to_mean": needs.peak_to_mean,
    }
    provisioned = {
        "capacity_mode": "provisioned",
        "dpus_per_query": dpus,
        "query_seconds": vcpus * SECONDS_PER_MINUTE / (dpus * VCPUS_PER_DPU),
    }
    for own in ({"capacity_mode": "per-query"}, provisioned):
        data = PlannedWorkload("s3", {"storage_gb": system.stored_gb})
        yield PlannedWorkload("athena", fields | own), data


def s3(system: System) -> Configurations:
    """Yield S3 in each storage class whose objects are read at once."""
    needs, size = system.needs, system.item_bytes
    fields = {
        "storage_gb": system.stored_gb,
        "object_bytes": size,
        "largest_object_bytes": size,
        "monthly_put_requests": needs.writes_per_second * system.seconds,
        "monthly_get_requests": needs.reads_per_second * system.seconds,
        "peak_reads_per_second": system.peak_reads,
        "peak_writes_per_second": system.peak_writes,
    }
    read = needs.reads_per_second * system.seconds * size / BYTES_PER_GB
    for storage_class in OBJECT_CLASSES:
        retrieved = 0.0 if storage_class == "STANDARD" else read
        own = {"storage_class": storage_class, "monthly_retrieved_gb": retrieved}
        yield (PlannedWorkload("s3", fields | own),)


CONFIGURATIONS: Mapping[str, Callable[[System], Configurations]] = {
    "athena": athena,
    "aurora": aurora,
    "aurora_dsql": nothing,
    "aurora_serverless": aurora_serverless,
    "documentdb": documentdb,
    "documentdb_serverless": partial(serverless, "documentdb", "dcu"),
    "dynamodb_dax": accelerated,
    "dynamodb_on_demand": partial(dynamodb, "on-demand"),
    "dynamodb_provisioned": partial(dynamodb, "provisioned"),
    "elasticache": elasticache,
    "elasticache_memcached": memcached,
    "elasticache_serverless": elasticache_serverless,
    "keyspaces_on_demand": partial(keyspaces, "on-demand"),
    "keyspaces_provisioned": partial(keyspaces, "provisioned"),
    "memorydb": memorydb,
    "neptune": neptune,
    "neptune_serverless": partial(serverless, "neptune", "ncu"),
    "opensearch": opensearch,
    "opensearch_serverless": opensearch_serverless,
    "rds": instances,
    "rds_elasticache": cached_instances,
    "redshift": redshift,
    "redshift_serverless": redshift_serverless,
    "s3": s3,
    "timestream": nothing,
    "timestream_influxdb": influxdb,
}
"""What each candidate is sized to."""
DECISION = Decision(
    candidates=candidates,
    unknown_kind=unknown_kind,
    loads=("reads_per_second", "writes_per_second", "storage_gb"),
    words={**NEEDS.words} | dict.fromkeys(FLAGS, ("yes", "no")),
    certain=("data_model", "query_patterns"),
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
    bounds=tuple(
        Bound("availability_fraction", figure, most=False)
        for figure in ("sla_fraction", "availability_fraction", "sla_availability")
    ),
    decision=DECISION,
)
