"""OpenSearch by nodes or serverless: one search load on a managed domain and on OCUs.

A domain is sized by the service as AWS's guide does it; the load of the needs adds the vCPUs that
it takes at the peak [1]_. A collection has the OCUs that the load takes in the mean, each with
6 GiB of memory and the vCPUs that belong to it [2]_. What indexing a GB and a search take is a
need: AWS publishes none, since they depend on documents, mappings and queries.

References
----------
.. [1] "Sizing Amazon OpenSearch Service domains", developer guide (2026),
   https://docs.aws.amazon.com/opensearch-service/latest/developerguide/sizing-domains.html
.. [2] "Managing capacity limits for Amazon OpenSearch Serverless", developer guide (2026),
   https://docs.aws.amazon.com/opensearch-service/latest/developerguide/serverless-scaling.html
"""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

import numpy as np

from pricing import tables
from pricing.arrays import Flags, Numbers
from pricing.kit.capacity_units import in_steps
from pricing.model import WorkloadFields
from pricing.quantities import Fraction, Gigabytes, PriceDate, Ratio, about, bounded, whole
from pricing.question import Alternative, PlannedWorkload, Question, RulesOf
from pricing.rates import Rules, WordColumn
from pricing.units import HOURS_PER_DAY, SECONDS_PER_HOUR

SERVICES = ("opensearch", "opensearch_serverless")
MOST = 1e6
"""The most vCPUs or OCUs that a workload may ask for; more is ruled out by limits long before."""
GIB_OF_LOG_SHARDS, GIB_OF_SEARCH_SHARDS = 50, 30
"""The sizes that AWS advises at most."""
WARM_NODES = ("ultrawarm1.medium.search", "ultrawarm1.large.search")
"""The classes of warm nodes, of which the cheaper domain counts."""
COPIES_OF_STANDBY = 3
"""Multi-AZ with Standby has a multiple of three copies of each shard."""

VCPUSeconds = Annotated[float, bounded("s", 0, 1e5)]


class SearchNeeds(WorkloadFields, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Needs of one search or log store, whatever runs it."""

    price_date: PriceDate = max(map(tables.newest_day, SERVICES))
    use: Annotated[
        Literal["logs", "search"],
        about("Whether data rolls over by time, or documents are searched as a whole."),
    ] = "logs"
    source_gb_per_day: Annotated[
        float, bounded("GB/day", 0, 1e6), about("Source data that comes in.")
    ]
    retention_days: Annotated[
        float, bounded("day", 0, 10_000), about("How long it can be searched.")
    ] = 7.0
    hot_days: Annotated[
        float,
        bounded("day", 0, 10_000),
        about("Days after which it is searched seldom, and may be slower; 0 is never."),
    ] = 0.0
    long_lived_gb: Annotated[Gigabytes, about("Source data that stays beside it.")] = 0.0
    index_overhead_fraction: Annotated[
        Fraction, about("What an index takes beside its source data.")
    ] = 0.1
    replicas: Annotated[
        float, whole("1", 0, 8), about("Copies of each primary shard of a domain.")
    ] = 1.0
    queries_per_second: Annotated[
        float, bounded("1/s", 0, 1e6), about("Mean searches in the hours of use.")
    ] = 0.0
    hours_of_use_per_day: Annotated[
        float,
        bounded("h/day", 0.01, 24),
        about("Hours of a day in which data comes in or is searched; NextGen rests in the others."),
    ] = 24.0
    peak_to_mean: Annotated[Ratio, about("Peak over mean of the load in the hours of use.")] = 1.0
    vcpu_seconds_per_query: Annotated[
        VCPUSeconds, about("Assumption: vCPU time of a search; measure it on data of your own.")
    ] = 0.05
    vcpu_seconds_per_gb: Annotated[
        VCPUSeconds, about("Assumption: vCPU time to index a GB; measure it on data of your own.")
    ] = 300.0
    vcpus_per_ocu: Annotated[
        float, bounded("vCPU", 0.1, 16), about("Assumption: vCPUs of an OCU of 6 GiB.")
    ] = 1.0
    nextgen_gib_per_ocu: Annotated[
        float,
        bounded("GiB", 0, 1e6),
        about(
            "Assumption: index data for which NextGen keeps an OCU for search in the hours of use,"
            " as Classic collections do; 0 keeps none."
        ),
    ] = 120.0
    nextgen_least_ocus: Annotated[
        float,
        bounded("OCU", 0, 1700),
        about("Assumption: OCUs for indexing, and for search, that NextGen has while in use."),
    ] = 1.0
    high_availability: Annotated[
        bool, about("Whether searches go on while an Availability Zone is down.")
    ] = True
    required_availability_fraction: Annotated[
        Fraction, about("Availability that AWS must state; 0 is any.")
    ] = 0.0


def alternatives(needs: Any, rules: RulesOf) -> Iterator[Alternative]:
    """Yield the domains and the collections of both generations."""
    domain, serverless = rules("opensearch"), rules("opensearch_serverless")
    usual = np.where(needs.high_availability, domain.usual_availability, 0)
    plain = planned_domain(needs)
    yield Alternative(
        "domain", (plain,), missed(needs, usual), domain_figures(needs, needs.replicas)
    )
    for node in WARM_NODES:
        yield warm_domain(plain, node, usual, needs)
    yield standby_domain(plain, domain.standby_availability, needs)
    for generation, fields in (
        ("nextgen", nextgen(needs, serverless)),
        ("classic", classic(needs, serverless)),
    ):
        common = {"generation": generation, "storage_gb": index_gb(needs)}
        planned = PlannedWorkload("opensearch_serverless", fields | common)
        figures = {"stored_gb": index_gb(needs), "peak_vcpus": peak_vcpus(needs, 0)}
        told = {"all_data_hot": (needs.hot_days > 0) & all_hot(generation, needs)}
        ruled_out = missed(needs, 0)
        yield Alternative(f"serverless_{generation}", (planned,), ruled_out, figures, told=told)


def all_hot(generation: str, needs: Any) -> Flags:
    """Return where collections search all data alike: those of NextGen, and for search."""
    return (generation == "nextgen") | (needs.use == "search")


def missed(needs: Any, stated: Numbers) -> dict[str, Flags]:
    """Return where AWS does not state the availability that is needed."""
    return {"stated_availability": needs.required_availability_fraction > stated}


def planned_domain(needs: Any) -> PlannedWorkload:
    """Return a managed domain with all data on data nodes."""
    fields = {
        "source_gb_per_day": needs.source_gb_per_day,
        "hot_retention_days": needs.retention_days,
        "long_lived_gb": needs.long_lived_gb,
        "replicas": needs.replicas,
        "index_overhead_fraction": needs.index_overhead_fraction,
        "shard_gib": np.where(needs.use == "logs", GIB_OF_LOG_SHARDS, GIB_OF_SEARCH_SHARDS),
        "required_vcpus": peak_vcpus(needs, needs.replicas),
        "availability_zones": np.where(needs.high_availability, 3, 1),
        "dedicated_masters": np.where(needs.high_availability, 3, 0),
    }
    return PlannedWorkload("opensearch", fields)


def warm_domain(plain: PlannedWorkload, node: str, stated: Numbers, needs: Any) -> Alternative:
    """Return the domain whose older data is on warm nodes, which ask for dedicated masters."""
    hot = np.minimum(hot_days(needs), needs.retention_days)
    fields = {
        **plain.fields,
        "hot_retention_days": hot,
        "warm_retention_days": needs.retention_days - hot,
        "warm_class": node,
        "dedicated_masters": 3.0,
    }
    nothing = {"nothing_warm": hot == needs.retention_days}
    kept = PlannedWorkload("opensearch", fields)
    ruled_out = missed(needs, stated) | nothing
    return Alternative("domain_ultrawarm", (kept,), ruled_out, warm_figures(needs, hot))


def standby_domain(plain: PlannedWorkload, stated: Numbers, needs: Any) -> Alternative:
    """Return the domain with Multi-AZ with Standby, which has three copies or six."""
    replicas = in_steps(1 + needs.replicas, COPIES_OF_STANDBY) - 1
    fields = {
        **plain.fields,
        "standby": True,
        "replicas": replicas,
        "availability_zones": 3.0,
        "dedicated_masters": 3.0,
        "required_vcpus": peak_vcpus(needs, replicas),
    }
    kept = PlannedWorkload("opensearch", fields)
    figures = domain_figures(needs, replicas)
    return Alternative("domain_standby", (kept,), missed(needs, stated), figures)


def hot_days(needs: Any) -> Numbers:
    """Return the days after which data is searched seldom [day]."""
    return np.where(needs.hot_days > 0, needs.hot_days, np.inf)


def index_gb(needs: Any) -> Numbers:
    """Return the primary shards of all data [GB]."""
    source = needs.source_gb_per_day * needs.retention_days + needs.long_lived_gb
    return source * (1 + needs.index_overhead_fraction)


def indexing_vcpus(needs: Any) -> Numbers:
    """Return the vCPUs that indexing takes in the mean of all hours [vCPU]."""
    return needs.source_gb_per_day * needs.vcpu_seconds_per_gb / (HOURS_PER_DAY * SECONDS_PER_HOUR)


def search_vcpus(needs: Any) -> Numbers:
    """Return the vCPUs that searches take in the mean of all hours [vCPU]."""
    return needs.queries_per_second * needs.vcpu_seconds_per_query * share_of_use(needs)


def share_of_use(needs: Any) -> Numbers:
    """Return the share of the hours in which there is a load [share]."""
    return needs.hours_of_use_per_day / HOURS_PER_DAY


def peak_over_all(needs: Any) -> Numbers:
    """Return the peak over the mean of all hours [ratio]."""
    return np.minimum(MOST, needs.peak_to_mean / share_of_use(needs))


def peak_vcpus(needs: Any, replicas: Numbers) -> Numbers:
    """Return the vCPUs at the peak; each replica is indexed, too [vCPU].

    Examples
    --------
    86.4 GB a day at 100 s are 0.1 vCPU, with a replica twice as much; ten searches of 0.05 s take
    half a vCPU. Twice the load in half of the hours is the double of both peaks.

    >>> from types import SimpleNamespace as Row
    >>> w = Row(source_gb_per_day=86.4, vcpu_seconds_per_gb=100, queries_per_second=10,
    ...         vcpu_seconds_per_query=0.05, hours_of_use_per_day=12, peak_to_mean=2)
    >>> round(float(peak_vcpus(w, 1)), 9)
    1.8
    """
    mean = indexing_vcpus(needs) * (1 + replicas) + search_vcpus(needs)
    return np.minimum(MOST, mean * peak_over_all(needs))


def nextgen(needs: Any, rule: Rules) -> dict[str, Any]:
    """Return the NextGen collection, whose OCUs rest outside the hours of use.

    It has no time series, so that logs are in a search collection, too.
    """
    share, per_ocu = share_of_use(needs), needs.nextgen_gib_per_ocu
    data = np.where(per_ocu > 0, index_gb(needs) / np.where(per_ocu > 0, per_ocu, 1), 0)
    least, held = needs.nextgen_least_ocus, np.maximum(needs.nextgen_least_ocus, data)
    indexing, search = load_ocus(needs)
    peak = peak_over_all(needs)
    return {
        "indexing_ocus": np.minimum(MOST, np.maximum(least * share, indexing)),
        "search_ocus": np.minimum(MOST, np.maximum(held * share, search)),
        "maximum_indexing_ocus": maximum(np.maximum(least, indexing * peak), rule),
        "maximum_search_ocus": maximum(np.maximum(held, search * peak), rule),
    }


def classic(needs: Any, rule: Rules) -> dict[str, Any]:
    """Return the Classic collection: the service adds what hot data and the minimum take."""
    logs, every = needs.use == "logs", index_gb(needs)
    hot = np.where(logs, np.minimum(every, hot_gb(needs)), every)
    indexing, search = load_ocus(needs)
    copies = np.where(needs.high_availability, rule.redundant_copies, 1)
    peak, held = peak_over_all(needs), hot * copies / rule.hot_gib_per_ocu
    return {
        "collection_type": WordColumn(np.where(logs, 1, 0), ("search", "time_series")),
        "redundancy": needs.high_availability,
        "hot_fraction": np.minimum(1, np.where(every > 0, hot / np.where(every > 0, every, 1), 1)),
        "indexing_ocus": np.minimum(MOST, indexing),
        "search_ocus": np.minimum(MOST, search),
        "maximum_indexing_ocus": maximum(indexing * peak, rule),
        "maximum_search_ocus": maximum(np.maximum(search * peak, held), rule),
    }


def hot_gb(needs: Any) -> Numbers:
    """Return the primary shards of data that is searched much [GB]."""
    rolling = needs.source_gb_per_day * np.minimum(hot_days(needs), needs.retention_days)
    return (rolling + needs.long_lived_gb) * (1 + needs.index_overhead_fraction)


def load_ocus(needs: Any) -> tuple[Numbers, Numbers]:
    """Return the OCUs that indexing and searches take in the mean of all hours [OCU]."""
    return indexing_vcpus(needs) / needs.vcpus_per_ocu, search_vcpus(needs) / needs.vcpus_per_ocu


def maximum(peak: Numbers, rule: Rules) -> Numbers:
    """Return the maximum that holds a peak, in the steps that AWS has [OCU].

    Examples
    --------
    >>> from types import SimpleNamespace as Row
    >>> maximum(np.array([0, 3, 17]), Row(large_ocu_step=16)).tolist()
    [16.0, 16.0, 32.0]
    """
    step = rule.large_ocu_step
    return np.minimum(MOST, np.maximum(step, in_steps(peak, step)))


def domain_figures(needs: Any, replicas: Numbers) -> dict[str, Numbers]:
    """Return what a domain holds and takes."""
    return {
        "stored_gb": index_gb(needs) * (1 + replicas),
        "peak_vcpus": peak_vcpus(needs, replicas),
    }


def warm_figures(needs: Any, hot: Numbers) -> dict[str, Numbers]:
    """Return what a domain with UltraWarm holds, where warm data has one copy, and takes."""
    warm = needs.source_gb_per_day * (needs.retention_days - hot)
    single = warm * (1 + needs.index_overhead_fraction)
    figures = domain_figures(needs, needs.replicas)
    return figures | {"stored_gb": (index_gb(needs) - single) * (1 + needs.replicas) + single}


QUESTION = Question(
    key="search",
    name="Search and log analytics",
    about="Whether a search or log store runs on an OpenSearch domain or serverless, for how much.",
    workload=SearchNeeds,
    services=SERVICES,
    alternatives=alternatives,
    example=SearchNeeds(
        name="application-logs",
        region="us-east-1",
        source_gb_per_day=50.0,
        retention_days=30.0,
        hot_days=7.0,
        queries_per_second=5.0,
        peak_to_mean=2.0,
    ),
    swept="source_gb_per_day",
)
