"""Worked examples for OpenSearch Serverless, and the rules they do not reach.

No example of AWS or of a peer is left out: the peers do not price Serverless.
"""

from typing import Any

import numpy as np
import pytest

from pricing import engine
from pricing.model import service
from pricing.services.opensearch_serverless import OpenSearchServerlessWorkload
from tests.services import examples
from tests.services.bills import over, quantities

SERVERLESS = service("opensearch_serverless")
FOUR = {"indexing_ocus": 2.0, "search_ocus": 2.0, "storage_gb": 0.0}


def bill(**fields: Any) -> engine.Bill:
    """Price a collection group in us-east-1 with two OCUs of each use and no data."""
    group = {"region": "us-east-1"} | FOUR
    return engine.estimate(SERVERLESS, [OpenSearchServerlessWorkload(**group | fields)])


@pytest.mark.parametrize("example", examples.load("opensearch_serverless"))
def test_example(example: examples.Example) -> None:
    """The figures that AWS or a published report gives come out, in their units."""
    assert examples.found("opensearch_serverless", example) == examples.stated(example)


@pytest.mark.parametrize(
    ("fields", "ocus", "binding"),
    [
        ({}, 2, "load"),
        ({"minimum_search_ocus": 4.0}, 4, "minimum"),
        ({"generation": "classic", "minimum_search_ocus": 4.0}, 2, "load"),
        ({"generation": "classic", "search_ocus": 0.25}, 1, "minimum"),
        ({"generation": "classic", "search_ocus": 0.25, "redundancy": False}, 0.5, "minimum"),
        ({"generation": "classic", "storage_gb": 600.0}, 10, "hot_storage"),
        ({"generation": "classic", "storage_gb": 600.0, "redundancy": False}, 5, "hot_storage"),
        (
            {"generation": "classic", "storage_gb": 600.0, "standby_holds_hot_data": False},
            5,
            "hot_storage",
        ),
        ({"storage_gb": 600.0}, 2, "load"),
    ],
)
def test_ocus_follow_from_the_largest_need(
    fields: dict[str, Any], ocus: float, binding: str
) -> None:
    """Load, hot data of Classic and the minimum of each generation determine OCUs of search."""
    capacity = bill(**fields).capacity
    assert (capacity.search_ocus.tolist(), capacity.search_binding.tolist()) == ([ocus], [binding])


def test_only_the_hot_part_of_time_series_takes_ocus() -> None:
    """A quarter of 2,400 GB, held twice, takes ten OCUs; a search collection has all of it hot."""
    series = {"generation": "classic", "storage_gb": 2400.0, "hot_fraction": 0.25}
    assert bill(collection_type="time_series", **series).capacity.search_ocus.tolist() == [10]
    assert bill(collection_type="search", **series).capacity.search_ocus.tolist() == [40]


def test_a_price_that_is_not_known_is_that_of_direct_queries() -> None:
    """Frankfurt takes the price of direct queries, unless the assumption is withdrawn."""
    assert quantities(bill(region="eu-central-1")) == {"ocu_hours_as_direct_query": 2920}
    assert bill(region="eu-central-1").cost.tolist() == [pytest.approx(2920 * 0.339)]
    withdrawn = bill(region="eu-central-1", direct_query_price=False)
    assert set(quantities(withdrawn)) == {"indexing_ocu_hours", "search_ocu_hours"}
    assert np.isnan(withdrawn.cost).all()
    known = quantities(bill(region="ap-southeast-2"))
    assert known == {"indexing_ocu_hours": 1460, "ocu_hours_as_direct_query": 1460}


def test_an_idle_minimum_is_told_in_dollars() -> None:
    """Half an OCU of each use that only the minimum of Classic holds costs 175.20 USD."""
    priced = bill(generation="classic", indexing_ocus=0.5, search_ocus=0.5)
    (cost,) = (check.value for check in priced.checks if check.rule == "idle_minimum")
    assert cost.tolist() == [pytest.approx(730 * 0.24)]


@pytest.mark.parametrize(
    ("fields", "rule", "holds"),
    [
        ({"indexing_ocus": 10.5}, "indexing_over_maximum", True),
        ({"indexing_ocus": 10.0}, "indexing_over_maximum", False),
        ({"search_ocus": 6.0, "peak_to_mean": 2.0}, "search_over_maximum", True),
        (
            {"search_ocus": 6.0, "peak_to_mean": 2.0, "maximum_search_ocus": 16.0},
            "search_over_maximum",
            False,
        ),
        ({"maximum_search_ocus": 1712.0}, "maximum_search_ocus", True),
        ({"maximum_indexing_ocus": 1696.0}, "maximum_indexing_ocus", False),
        ({"maximum_indexing_ocus": 24.0}, "capacity_steps", True),
        ({"maximum_indexing_ocus": 96.0, "minimum_search_ocus": 2.0}, "capacity_steps", False),
        ({"collection_type": "time_series"}, "nextgen_time_series", True),
        ({"collection_type": "vector"}, "nextgen_time_series", False),
        ({"generation": "classic", "storage_gb": 10_241.0}, "hot_storage_per_collection", True),
        (
            {"generation": "classic", "storage_gb": 10_241.0, "collections": 2.0},
            "hot_storage_per_collection",
            False,
        ),
        ({"indexes_per_collection": 1001.0}, "indexes_per_collection", True),
        ({"indexes_per_collection": 1000.0}, "indexes_per_collection", False),
        ({"generation": "classic", "redundancy": False}, "no_redundancy", True),
        ({"redundancy": False}, "no_redundancy", False),
        ({"minimum_search_ocus": 4.0}, "idle_minimum", True),
        ({"minimum_search_ocus": 2.0}, "idle_minimum", False),
        ({"generation": "classic", "minimum_search_ocus": 4.0}, "minimums_without_effect", True),
        ({"minimum_search_ocus": 4.0}, "minimums_without_effect", False),
    ],
)
def test_limits_and_advice(fields: dict[str, Any], rule: str, holds: bool) -> None:
    """Each limit of a collection group is told where it is exceeded, and only there."""
    assert (rule in over(bill(**fields))) is holds


def test_a_break_even_point_has_its_ocu_hours() -> None:
    """Four OCUs all month are 2,920 OCU hours."""
    row = OpenSearchServerlessWorkload(region="us-east-1", **FOUR)
    crossed = SERVERLESS.crossing(row, bill().capacity)
    assert crossed["ocu_hours"].tolist() == [2920]
