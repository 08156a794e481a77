"""Amazon S3 Vectors: the vector indexes of one vector bucket.

Sections follow AWS's pricing page [1]_: storage, data put, requests, and queries with the data that
they process and return. AWS names no price for deleting vectors.

References
----------
.. [1] "Amazon S3 pricing", S3 Vectors (2025-12 and 2026-09), https://aws.amazon.com/s3/pricing/
.. [2] "Limitations and restrictions", S3 Vectors, user guide (2026),
   https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-vectors-limitations.html
.. [3] "S3 Vectors best practices", user guide (2026),
   https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-vectors-best-practices.html
.. [4] "Amazon S3 Vectors now supports up to 10,000 similarity search results per query"
   (2026-06-16),
   https://aws.amazon.com/about-aws/whats-new/2026/06/s3-vectors-supports-10000-search-results-per-query
"""

from collections.abc import Iterator
from typing import Annotated

import numpy as np
from msgspec import Struct

from pricing import tables
from pricing.arrays import Numbers
from pricing.model import Charge, Finding, Service, WorkloadFields
from pricing.quantities import (
    MonthlyCount,
    MonthlyGigabytes,
    PerSecond,
    PriceDate,
    about,
    bounded,
    measured,
    whole,
)
from pricing.rates import Rules
from pricing.units import BYTES_PER_GB, whole_units

MetadataBytes = Annotated[float, bounded("B", 0, 1_048_576)]


class S3VectorsWorkload(WorkloadFields, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Demand on the vector indexes of one S3 vector bucket."""

    price_date: PriceDate = tables.newest_day("s3_vectors")
    vectors: Annotated[
        float, bounded("1", 0, 1e15), about("Mean number of vectors stored, in all indexes.")
    ]
    dimensions: Annotated[
        float, whole("1", 1, 4096), about("Dimensions of a vector, of four bytes each.")
    ]
    indexes: Annotated[
        float,
        whole("1", 1, 1e9),
        about("Indexes that share the vectors evenly; a query searches one of them."),
    ] = 1.0
    key_bytes: Annotated[
        float, bounded("B", 1, 1024), about("Mean length of a vector's key, a byte a character.")
    ] = 36.0
    filterable_metadata_bytes: Annotated[
        MetadataBytes, about("Mean metadata of a vector by which queries can filter.")
    ] = 0.0
    other_metadata_bytes: Annotated[
        MetadataBytes,
        about("Mean non-filterable metadata of a vector: stored, and never processed by a query."),
    ] = 0.0
    monthly_put_vectors: Annotated[
        MonthlyCount, about("Vectors put, whether they are new or replace others.")
    ] = 0.0
    vectors_per_put: Annotated[
        float, whole("1", 1, 500), about("Vectors of one PUT, which is billed as 128 KB at least.")
    ] = 1.0
    monthly_get_requests: Annotated[MonthlyCount, about("GetVectors and ListVectors requests.")] = (
        0.0
    )
    monthly_queries: Annotated[MonthlyCount, about("Queries, each of one index.")] = 0.0
    results_per_query: Annotated[
        float, whole("1", 1, 10_000), about("Vectors that a query returns.")
    ] = 10.0
    results_with_metadata: Annotated[
        bool, about("Results have the metadata of their vectors, beside their keys.")
    ] = False
    peak_written_vectors_per_second: Annotated[
        PerSecond, about("Vectors put and deleted at the peak, in all indexes; 0 is not known.")
    ] = 0.0
    peak_queries_per_second: Annotated[
        PerSecond, about("Queries at the peak, of all indexes; 0 is not known.")
    ] = 0.0
    monthly_internet_out_gb: Annotated[
        MonthlyGigabytes, about("Data transferred out to the internet.")
    ] = 0.0
    pages_are_queries: Annotated[
        bool, about("Assumption: each page of a query's results is billed as a query request.")
    ] = True


class S3VectorsCapacity(Struct, frozen=True):
    """What the vectors amount to, and what a query reads of them."""

    vectors_per_index: Annotated[float, measured("Vectors", "Vectors that a query searches.")]
    stored_bytes_per_vector: Annotated[
        float, measured("B", "Logical size of a vector: its data, metadata and key.")
    ]
    processed_bytes_per_vector: Annotated[
        float, measured("B", "What a query processes of a vector: all but other metadata.")
    ]
    storage_gb: Annotated[float, measured("GB", "Logical storage of all indexes.")]
    put_bytes: Annotated[float, measured("B", "Logical size of the vectors of one PUT.")]
    monthly_put_gb: Annotated[float, measured("GB/month", "Logical size of all vectors put.")]
    monthly_billed_put_gb: Annotated[
        float, measured("GB/month", "The same as billed: 128 KB for each PUT at least.")
    ]
    monthly_query_requests: Annotated[
        float, measured("Requests/month", "Requests that queries are billed as.")
    ]
    processed_gb_per_query: Annotated[
        float, measured("GB", "Data that a query is billed for: its whole index.")
    ]
    returned_bytes_per_query: Annotated[
        float, measured("B", "Data that a query returns, by AWS's minimum for a result.")
    ]


def capacity(w: S3VectorsWorkload, rule: Rules) -> S3VectorsCapacity:
    """Return the sizes of vectors, puts, queries and results."""
    processed = w.dimensions * rule.dimension_bytes + w.filterable_metadata_bytes + w.key_bytes
    stored = processed + w.other_metadata_bytes
    put_bytes = stored * w.vectors_per_put
    puts = w.monthly_put_vectors / w.vectors_per_put
    vectors_per_index = w.vectors / w.indexes
    return S3VectorsCapacity(
        vectors_per_index=vectors_per_index,
        stored_bytes_per_vector=stored,
        processed_bytes_per_vector=processed,
        storage_gb=w.vectors * stored / BYTES_PER_GB,
        put_bytes=put_bytes,
        monthly_put_gb=w.monthly_put_vectors * stored / BYTES_PER_GB,
        monthly_billed_put_gb=puts * np.maximum(put_bytes, rule.least_put_bytes) / BYTES_PER_GB,
        monthly_query_requests=w.monthly_queries * requests_per_query(w, rule),
        processed_gb_per_query=vectors_per_index * processed / BYTES_PER_GB,
        returned_bytes_per_query=w.results_per_query * result_bytes(w, rule),
    )


def requests_per_query(w: S3VectorsWorkload, rule: Rules) -> Numbers:
    """Return the requests that a query is billed as: one for each page of its results [4]_.

    Examples
    --------
    >>> from types import SimpleNamespace as Row
    >>> w = Row(results_per_query=np.array([100, 101, 101]),
    ...         pages_are_queries=np.array([True, True, False]))
    >>> requests_per_query(w, Row(results_per_page=100)).tolist()
    [1.0, 2.0, 1.0]
    """
    pages = whole_units(w.results_per_query / rule.results_per_page)
    return np.where(w.pages_are_queries, pages, 1)


def result_bytes(w: S3VectorsWorkload, rule: Rules) -> Numbers:
    """Return the size of one result as it is billed [B]: its key, and its metadata if asked for."""
    metadata = w.filterable_metadata_bytes + w.other_metadata_bytes
    size = w.key_bytes + np.where(w.results_with_metadata, metadata, 0)
    return np.maximum(size, rule.least_result_bytes)


def processed_vectors(vectors: Numbers, rule: Rules) -> tuple[Numbers, Numbers, Numbers]:
    """Return the vectors that a query processes at each of the three prices [1]_.

    Parameters
    ----------
    vectors : those of the index

    Examples
    --------
    AWS's own: of 250,000 vectors, 100,000 have the first price and 150,000 the second.

    >>> from types import SimpleNamespace as Row
    >>> rule = Row(first_vectors=100_000, large_index_vectors=10_000_000)
    >>> [part.tolist() for part in processed_vectors(np.array([250_000, 12_000_000]), rule)]
    [[100000, 100000], [150000, 9900000], [0, 2000000]]
    """
    first = np.minimum(vectors, rule.first_vectors)
    within = np.minimum(vectors, rule.large_index_vectors)
    return first, within - first, vectors - within


def charges(w: S3VectorsWorkload, c: S3VectorsCapacity, rule: Rules) -> Iterator[Charge]:
    """Yield the metered quantities of a month, in the pricing page's order."""
    yield Charge("storage", c.storage_gb)
    yield Charge("put_data", c.monthly_billed_put_gb)
    yield Charge("get_requests", w.monthly_get_requests)
    yield Charge("query_requests", c.monthly_query_requests)
    gb_per_vector = w.monthly_queries * c.processed_bytes_per_vector / BYTES_PER_GB
    first, further, beyond = processed_vectors(c.vectors_per_index, rule)
    yield Charge("processed_data_first", first * gb_per_vector)
    yield Charge("processed_data_further", further * gb_per_vector)
    yield Charge("processed_data_beyond", beyond * gb_per_vector)
    returned = np.maximum(0, c.returned_bytes_per_query - rule.free_returned_bytes)
    yield Charge("returned_data", w.monthly_queries * returned / BYTES_PER_GB)
    yield Charge("internet_out_data", w.monthly_internet_out_gb)


def findings(w: S3VectorsWorkload, c: S3VectorsCapacity, rule: Rules) -> Iterator[Finding]:
    """Yield the quotas that apply to the indexes and their vectors [2]_ [3]_."""
    yield Finding("vectors_per_index", c.vectors_per_index)
    yield Finding("indexes", w.indexes)
    filterable, metadata = (
        w.filterable_metadata_bytes,
        w.filterable_metadata_bytes + w.other_metadata_bytes,
    )
    yield Finding("filterable_metadata_bytes", filterable, filterable > 0)
    yield Finding("metadata_bytes", metadata, metadata > 0)
    puts = w.monthly_put_vectors > 0
    yield Finding("put_bytes", c.put_bytes, puts)
    yield Finding("least_put_bytes_per_put", rule.least_put_bytes, puts, c.put_bytes)
    written = w.peak_written_vectors_per_second / w.indexes
    yield Finding("written_vectors_per_second", written, written > 0)
    yield Finding("write_requests_per_second", written / w.vectors_per_put, written > 0)
    queries = w.peak_queries_per_second / w.indexes
    yield Finding("queries_per_second", queries, queries > 0)


SERVICE = Service(
    key="s3_vectors",
    name="Amazon S3 Vectors",
    category="Storage",
    billed_as="Amazon Simple Storage Service",
    workload=S3VectorsWorkload,
    capacity_type=S3VectorsCapacity,
    capacity=capacity,
    charges=charges,
    findings=findings,
    loads=(
        "vectors",
        "dimensions",
        "key_bytes",
        "filterable_metadata_bytes",
        "other_metadata_bytes",
        "monthly_put_vectors",
        "monthly_get_requests",
        "monthly_queries",
        "results_per_query",
        "monthly_internet_out_gb",
    ),
    example=S3VectorsWorkload(
        name="passages",
        region="us-east-1",
        vectors=10_000_000.0,
        dimensions=1024.0,
        indexes=40.0,
        filterable_metadata_bytes=1024.0,
        other_metadata_bytes=1024.0,
        monthly_put_vectors=1_500_000.0,
        vectors_per_put=500.0,
        monthly_queries=1_000_000.0,
    ),
    steady="Storage, vectors put and queries are billed by the month, whatever its hours are.",
)
