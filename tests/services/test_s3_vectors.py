"""AWS's worked examples for Amazon S3 Vectors, and the rules they do not reach.

No example of AWS is left out.
"""

from typing import Any

import pytest

from pricing import engine
from pricing.model import service
from pricing.services.s3_vectors import S3VectorsWorkload
from tests.services import examples
from tests.services.bills import quantities

S3_VECTORS = service("s3_vectors")


def bill(**fields: Any) -> engine.Bill:
    """Price an index of a million vectors of 1,024 dimensions in us-east-1."""
    index = {"region": "us-east-1", "vectors": 1e6, "dimensions": 1024.0}
    return engine.estimate(S3_VECTORS, [S3VectorsWorkload(**index | fields)])


@pytest.mark.parametrize("example", examples.load("s3_vectors"))
def test_example(example: examples.Example) -> None:
    """The figures that AWS or a published report gives come out, in their units."""
    assert examples.found("s3_vectors", example) == examples.stated(example)


def test_other_metadata_is_stored_and_not_processed() -> None:
    """Non-filterable metadata raises what is stored and put, but not what queries process."""
    load = {"monthly_put_vectors": 1e5, "vectors_per_put": 100.0, "monthly_queries": 1e3}
    without = quantities(bill(**load))
    with_it = quantities(bill(**load, other_metadata_bytes=1e4))
    grown = {meter for meter, quantity in with_it.items() if quantity > without[meter]}
    assert grown == {"storage", "put_data"}
    assert set(with_it) - grown == {
        "query_requests",
        "processed_data_first",
        "processed_data_further",
    }


def test_a_query_of_one_index_of_many_processes_that_one() -> None:
    """Ten indexes cost a tenth of the processing of one, but for the dearer first vectors."""
    one, ten = (bill(monthly_queries=1e6, indexes=indexes) for indexes in (1.0, 10.0))
    assert ten.capacity.processed_gb_per_query[0] * 10 == pytest.approx(
        one.capacity.processed_gb_per_query[0]
    )
    assert quantities(ten)["processed_data_first"] == quantities(one)["processed_data_first"]
    assert "processed_data_further" not in quantities(ten)


@pytest.mark.parametrize(("assumed", "requests"), [(True, 3e3), (False, 1e3)])
def test_pages_of_results_are_requests_as_the_assumption_says(
    assumed: bool, requests: float
) -> None:
    """A thousand queries of 250 results are three thousand requests if pages are billed."""
    priced = bill(monthly_queries=1e3, results_per_query=250.0, pages_are_queries=assumed)
    assert quantities(priced)["query_requests"] == requests
