"""Amazon OpenSearch Serverless: one collection group, or Classic collections that share OCUs.

Sections follow AWS's pricing page [1]_: OCU hours for indexing and for search, and of semantic
enrichment, managed storage, data transfer.

References
----------
.. [1] "Amazon OpenSearch Service pricing" (2026),
   https://aws.amazon.com/opensearch-service/pricing/
.. [2] "Managing capacity limits for Amazon OpenSearch Serverless", developer guide (2026),
   https://docs.aws.amazon.com/opensearch-service/latest/developerguide/serverless-scaling.html
.. [3] "What is Amazon OpenSearch Serverless?", developer guide (2026),
   https://docs.aws.amazon.com/opensearch-service/latest/developerguide/serverless-overview.html
.. [4] "Automatic semantic enrichment for Serverless", developer guide (2026),
   https://docs.aws.amazon.com/opensearch-service/latest/developerguide/serverless-semantic-enrichment.html
"""

from collections.abc import Iterator
from typing import Annotated, Literal

import numpy as np
from msgspec import Struct

from pricing import tables
from pricing.arrays import Flags, Numbers, Words
from pricing.kit.limits import known
from pricing.model import Charge, Finding, Hourly, Service, WorkloadFields
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
)
from pricing.rates import Rules, WordColumn
from pricing.units import count_true

OCUs = Annotated[float, bounded("OCU", 0, 1e6)]

BINDINGS = ("load", "hot_storage", "minimum")
"""What the mean number of OCUs follows from."""
FIRST_STEPS = (0, 2, 4, 8)
"""Capacity limits below a multiple of 16 that a collection group may have [2]_."""


class OpenSearchServerlessWorkload(
    WorkloadFields, frozen=True, kw_only=True, forbid_unknown_fields=True
):
    """Demand on one OpenSearch Serverless collection group, or Classic collections sharing OCUs."""

    price_date: PriceDate = tables.newest_day("opensearch_serverless")
    generation: Annotated[
        Literal["nextgen", "classic"],
        about("NextGen collections of 2026, which may scale to zero, or Classic ones."),
    ] = "nextgen"
    collection_type: Annotated[
        Literal["search", "time_series", "vector"], about("Type of all of its collections.")
    ] = "search"
    redundancy: Annotated[
        bool, about("Classic collections have standby OCUs; NextGen is always highly available.")
    ] = True
    indexing_ocus: Annotated[
        OCUs, about("Mean OCUs that indexing needs, over all hours, those that stand by included.")
    ]
    search_ocus: Annotated[
        OCUs, about("Mean OCUs that search needs, over all hours, those that stand by included.")
    ]
    peak_to_mean: Annotated[
        Ratio, about("Peak over mean of both, which is compared with the maximums.")
    ] = 1.0
    minimum_indexing_ocus: Annotated[
        OCUs, about("Minimum capacity for indexing that is set, of NextGen.")
    ] = 0.0
    minimum_search_ocus: Annotated[
        OCUs, about("Minimum capacity for search that is set, of NextGen.")
    ] = 0.0
    maximum_indexing_ocus: Annotated[
        OCUs, about("Maximum capacity for indexing that is set; 0 is the default of AWS.")
    ] = 0.0
    maximum_search_ocus: Annotated[
        OCUs, about("Maximum capacity for search that is set; 0 is the default of AWS.")
    ] = 0.0
    storage_gb: Annotated[Gigabytes, about("Index data in managed storage.")]
    hot_fraction: Annotated[
        Fraction, about("Share of time series that is hot; other collections are all hot.")
    ] = 1.0
    collections: Annotated[
        Count, about("Collections that share the OCUs, each with as much data; 0 counts as 1.")
    ] = 1.0
    indexes_per_collection: Annotated[Count, about("Indexes of a collection.")] = 0.0
    monthly_enriched_tokens: Annotated[
        float,
        bounded("Tokens/month", 0, 1e15),
        about("Tokens of English text that is enriched for semantic search as it is indexed."),
    ] = 0.0
    monthly_internet_out_gb: Annotated[
        MonthlyGigabytes, about("Data transferred out to the internet.")
    ] = 0.0
    direct_query_price: Annotated[
        bool,
        about(
            "Assumption: where no price of Serverless is known, an OCU hour costs what it costs for"
            " direct queries."
        ),
    ] = True
    standby_holds_hot_data: Annotated[
        bool,
        about(
            "Assumption: with redundancy, Classic collections keep hot data twice, so that it takes"
            " twice the OCUs for search."
        ),
    ] = True


class OpenSearchServerlessCapacity(Struct, frozen=True):
    """The OCUs that are billed, and what they follow from."""

    indexing_ocus: Annotated[float, measured("OCU", "Mean OCUs for indexing that are billed.")]
    indexing_binding: Annotated[
        Literal["load", "hot_storage", "minimum"], about("What they follow from.")
    ]
    search_ocus: Annotated[float, measured("OCU", "Mean OCUs for search that are billed.")]
    search_binding: Annotated[
        Literal["load", "hot_storage", "minimum"], about("What they follow from.")
    ]
    minimum_ocus: Annotated[float, measured("OCU", "OCUs that are billed without any load.")]
    ocu_hours: Annotated[float, measured("OCU-Hours/month", "OCU hours billed.")]
    memory_gib: Annotated[float, measured("GiB", "Memory of the mean OCUs.")]
    hot_gb: Annotated[float, measured("GB", "Data in hot storage.")]


def capacity(w: OpenSearchServerlessWorkload, rule: Rules) -> OpenSearchServerlessCapacity:
    """Return the OCUs that load, hot data and minimums need, each use by itself."""
    least_in, least_out = (least(w, own, rule) for own in minimums(w))
    indexing, why_in = billed(w.indexing_ocus, 0, least_in)
    search, why_out = billed(w.search_ocus, hot_ocus(w, rule), least_out)
    return OpenSearchServerlessCapacity(
        indexing_ocus=indexing,
        indexing_binding=why_in,
        search_ocus=search,
        search_binding=why_out,
        minimum_ocus=least_in + least_out,
        ocu_hours=(indexing + search) * w.hours_per_month,
        memory_gib=(indexing + search) * rule.gib_per_ocu,
        hot_gb=hot_gb(w),
    )


def minimums(w: OpenSearchServerlessWorkload) -> tuple[Numbers, Numbers]:
    """Return the minimums that are set for indexing and for search [OCU]."""
    return w.minimum_indexing_ocus, w.minimum_search_ocus


def least(w: OpenSearchServerlessWorkload, own: Numbers, rule: Rules) -> Numbers:
    """Return the OCUs of one use that are billed without load [OCU] [2]_.

    Examples
    --------
    Classic with standby has an OCU for each use, without it half of one; NextGen what is set.

    >>> from types import SimpleNamespace as Row
    >>> w = Row(generation=WordColumn(np.array([0, 0, 1]), ("classic", "nextgen")),
    ...         redundancy=np.array([True, False, True]))
    >>> least(w, 4, Row(classic_minimum_ocus=0.5, redundant_copies=2)).tolist()
    [1.0, 0.5, 4.0]
    """
    smallest = rule.classic_minimum_ocus * zones(w, rule)
    return np.where(w.generation == "classic", smallest, own)


def zones(w: OpenSearchServerlessWorkload, rule: Rules) -> Numbers:
    """Return the Availability Zones in which Classic collections have OCUs [1] [3]_."""
    return np.where(w.redundancy, rule.redundant_copies, 1)


def billed(load: Numbers, hot: Numbers, least_ocus: Numbers) -> tuple[Numbers, Words]:
    """Return the largest of three needs [OCU], and its name.

    Examples
    --------
    >>> ocus, binding = billed(np.array([3.0, 1.0]), np.array([2.0, 0.0]), 2)
    >>> ocus.tolist(), binding.tolist()
    ([3.0, 2.0], ['load', 'minimum'])
    """
    stack = np.stack(np.broadcast_arrays(load, hot, least_ocus), axis=-1)
    return stack.max(axis=-1), WordColumn(stack.argmax(axis=-1), BINDINGS)


def hot_gb(w: OpenSearchServerlessWorkload) -> Numbers:
    """Return the data in hot storage [GB]: all but the older part of time series [3]_."""
    return w.storage_gb * np.where(w.collection_type == "time_series", w.hot_fraction, 1)


def hot_ocus(w: OpenSearchServerlessWorkload, rule: Rules) -> Numbers:
    """Return the OCUs for search that hold the hot data of Classic collections [OCU] [2]_.

    AWS publishes no such number of NextGen.

    Examples
    --------
    240 GB fill two OCUs, and four where the OCUs that stand by hold them, too.

    >>> from types import SimpleNamespace as Row
    >>> word = WordColumn(np.array([0]), ("classic",))
    >>> w = Row(generation=word, collection_type=word, storage_gb=240.0, hot_fraction=1,
    ...         redundancy=True, standby_holds_hot_data=np.array([True, False]))
    >>> hot_ocus(w, Row(hot_gib_per_ocu=120, redundant_copies=2)).tolist()
    [4.0, 2.0]
    """
    copies = np.where(w.standby_holds_hot_data, zones(w, rule), 1)
    return np.where(w.generation == "classic", hot_gb(w) * copies / rule.hot_gib_per_ocu, 0)


def charges(
    w: OpenSearchServerlessWorkload, c: OpenSearchServerlessCapacity, rule: Rules
) -> Iterator[Charge]:
    """Yield the metered quantities of a month, in the pricing page's order [4]_."""
    taken: Numbers = 0
    for meter, ocus in (
        ("indexing_ocu_hours", c.indexing_ocus),
        ("search_ocu_hours", c.search_ocus),
    ):
        hours, other = ocus * w.hours_per_month, assumed(w, meter, rule)
        yield Charge(meter, np.where(other, 0, hours))
        taken = taken + np.where(other, hours, 0)
    yield Charge("ocu_hours_as_direct_query", taken)
    tokens = w.monthly_enriched_tokens
    yield Charge("semantic_ocu_hours", tokens / rule.tokens_per_semantic_ocu_hour)
    yield Charge("managed_storage", w.storage_gb)
    yield Charge("internet_out_data", w.monthly_internet_out_gb)


def assumed(w: OpenSearchServerlessWorkload, meter: str, rule: Rules) -> Flags:
    """Return where a price is not known and that of direct queries is taken instead."""
    price = rule.list_price(meter, (), w.price_date, w.region)
    return w.direct_query_price & np.logical_not(known(price))


def ocu_price(w: OpenSearchServerlessWorkload, meter: str, rule: Rules) -> Numbers:
    """Return the price of an OCU hour that is charged [USD]; NaN where it is not known."""
    own, other = (
        rule.list_price(name, (), w.price_date, w.region)
        for name in (meter, "ocu_hours_as_direct_query")
    )
    return np.where(assumed(w, meter, rule), other, own)


def findings(
    w: OpenSearchServerlessWorkload, c: OpenSearchServerlessCapacity, rule: Rules
) -> Iterator[Finding]:
    """Yield the quotas and rules that apply to the collections [2]_ [3]_."""
    classic, series = w.generation == "classic", w.collection_type == "time_series"
    yield from maximum_findings(w, c, rule)
    off = steps_off(w, rule)
    yield Finding.met("capacity_steps", np.logical_not(classic) & (off > 0), off)
    yield Finding.met("nextgen_time_series", np.logical_not(classic) & series)
    each = c.hot_gb / np.maximum(1, w.collections)
    yield Finding("hot_storage_per_collection", each, classic)
    indexes = w.indexes_per_collection
    yield Finding("indexes_per_collection", indexes, indexes > 0)
    yield Finding.met("no_redundancy", classic & np.logical_not(w.redundancy))
    idle = idle_cost(w, c, rule)
    yield Finding.met("idle_minimum", idle > 0, idle)
    unused = count_true(*(classic & (own > 0) for own in minimums(w)))
    yield Finding.met("minimums_without_effect", unused > 0, unused)


def maximum_findings(
    w: OpenSearchServerlessWorkload, c: OpenSearchServerlessCapacity, rule: Rules
) -> Iterator[Finding]:
    """Compare the OCUs at the peak with the maximums, and these with what AWS allows [2]_."""
    for use, load, ocus, most in (
        ("indexing", w.indexing_ocus, c.indexing_ocus, w.maximum_indexing_ocus),
        ("search", w.search_ocus, c.search_ocus, w.maximum_search_ocus),
    ):
        own = np.where(most > 0, most, rule.default_maximum_ocus)
        peak = np.maximum(ocus, load * w.peak_to_mean)
        yield Finding(f"{use}_over_maximum", peak, True, own)
        yield Finding(f"maximum_{use}_ocus", own, w.generation == "nextgen")


def steps_off(w: OpenSearchServerlessWorkload, rule: Rules) -> Numbers:
    """Return how many of the limits that are set are not in AWS's steps [1] [2]_."""
    limits = (*minimums(w), w.maximum_indexing_ocus, w.maximum_search_ocus)
    return count_true(
        *(
            (limit % rule.large_ocu_step != 0) & np.logical_not(np.isin(limit, FIRST_STEPS))
            for limit in np.broadcast_arrays(*limits)
        )
    )


def idle_cost(
    w: OpenSearchServerlessWorkload, c: OpenSearchServerlessCapacity, rule: Rules
) -> Numbers:
    """Return what OCUs cost that only a minimum holds [USD a month]; NaN where not known."""
    indexing = np.where(c.indexing_binding == "minimum", c.indexing_ocus - w.indexing_ocus, 0)
    needed = np.maximum(w.search_ocus, hot_ocus(w, rule))
    search = np.where(c.search_binding == "minimum", c.search_ocus - needed, 0)
    each = (
        idle * ocu_price(w, meter, rule)
        for meter, idle in (("indexing_ocu_hours", indexing), ("search_ocu_hours", search))
    )
    return sum(each) * w.hours_per_month


def crossing(
    w: OpenSearchServerlessWorkload, c: OpenSearchServerlessCapacity
) -> dict[str, Numbers]:
    """Return the OCU hours that are billed [OCU-Hours/month]."""
    return {"ocu_hours": c.ocu_hours}


SERVICE = Service(
    key="opensearch_serverless",
    name="Amazon OpenSearch Serverless",
    category="Analytics",
    billed_as="Amazon OpenSearch Service",
    workload=OpenSearchServerlessWorkload,
    capacity_type=OpenSearchServerlessCapacity,
    capacity=capacity,
    charges=charges,
    findings=findings,
    loads=(
        "indexing_ocus",
        "search_ocus",
        "minimum_indexing_ocus",
        "minimum_search_ocus",
        "storage_gb",
        "hot_fraction",
        "monthly_enriched_tokens",
        "monthly_internet_out_gb",
        "hours_per_month",
    ),
    example=OpenSearchServerlessWorkload(
        name="product-search",
        region="us-east-1",
        indexing_ocus=1.0,
        search_ocus=2.0,
        storage_gb=0.0,
    ),
    compared="generation",
    crossing=crossing,
    hourly=Hourly(
        varies=("indexing_ocus", "search_ocus"),
        averages=("indexing_ocus", "search_ocus", "ocu_hours", "memory_gib"),
    ),
)
