"""The question of search: what a load takes on nodes and on OCUs, and what rules either out."""

from typing import Any

import pytest
from msgspec import structs

from pricing import alternatives, engine
from pricing.catalogue import packaged
from pricing.questions.search import QUESTION, SearchNeeds
from service.answers import questions
from service.requests.comparisons import SweepRequest

DOMAINS = {"domain", "domain_ultrawarm", "domain_standby"}
COLLECTIONS = {"serverless_nextgen", "serverless_classic"}


def answer(**fields: Any) -> dict[str, Any]:
    """Return the alternatives for 10 GB of logs a day that are kept for 30 days, by key."""
    load = {"region": "us-east-1", "source_gb_per_day": 10.0, "retention_days": 30.0}
    columns = engine.columns(SearchNeeds, [SearchNeeds(**{**load, **fields})])
    compared = questions.ranked(alternatives.answered(QUESTION, columns, packaged()))
    (found,) = questions.viewed(compared, packaged())
    return {one.key: one for one in found.alternatives}


def feasible(found: dict[str, Any]) -> set[str]:
    """Return the keys of the alternatives that meet the needs."""
    return {key for key, one in found.items() if not one.ruled_out_by}


def workload(one: Any) -> dict[str, Any]:
    """Return the only workload of an alternative."""
    (planned,) = one.workloads
    fields: dict[str, Any] = planned.workload
    return fields


def capacity(one: Any) -> Any:
    """Return the capacity of the only workload of an alternative."""
    (planned,) = one.workloads
    return planned.estimate.capacity


def rules(one: Any) -> set[str]:
    """Return what rules an alternative out."""
    return {line.rule for line in one.ruled_out_by}


@pytest.mark.parametrize(
    ("needs", "expected"),
    [
        ({}, {"domain", "domain_standby"} | COLLECTIONS),
        ({"hot_days": 7.0}, DOMAINS | COLLECTIONS),
        ({"hot_days": 30.0}, {"domain", "domain_standby"} | COLLECTIONS),
        ({"required_availability_fraction": 0.999}, {"domain", "domain_standby"}),
        ({"required_availability_fraction": 0.9999}, {"domain_standby"}),
        (
            {"required_availability_fraction": 0.9, "high_availability": False},
            {"domain_standby"},
        ),
    ],
)
def test_needs_rule_out_what_cannot_meet_them(needs: dict[str, Any], expected: set[str]) -> None:
    """UltraWarm needs older data; an availability must be one that AWS states."""
    assert feasible(answer(**needs)) == expected


def test_more_data_than_a_collection_holds_is_ruled_out_by_its_limit() -> None:
    """A search collection of Classic is all hot, and holds 10 TiB; logs keep the rest in S3."""
    large = {"source_gb_per_day": 400.0, "hot_days": 7.0}
    assert rules(answer(use="search", **large)["serverless_classic"]) == {
        "hot_storage_per_collection"
    }
    assert not rules(answer(**large)["serverless_classic"])
    assert capacity(answer(**large)["serverless_classic"]).hot_gb == pytest.approx(400 * 7 * 1.1)


def test_a_peak_beyond_the_most_ocus_rules_nextgen_out() -> None:
    """The maximum is raised to the peak, of which AWS allows 1,700 OCUs."""
    load = {"queries_per_second": 1000.0, "vcpu_seconds_per_query": 0.5, "peak_to_mean": 3.0}
    assert workload(answer(**load)["serverless_nextgen"])["maximum_search_ocus"] == 1504
    assert not rules(answer(**load)["serverless_nextgen"])
    load["peak_to_mean"] = 4.0
    assert rules(answer(**load)["serverless_nextgen"]) == {"maximum_search_ocus"}


def test_the_load_is_vcpus_of_a_domain_and_ocus_of_a_collection() -> None:
    """288 GB a day at 300 s take one vCPU, with the replica two; 20 searches of 0.05 s take one."""
    load = {"source_gb_per_day": 288.0, "retention_days": 1.0, "queries_per_second": 20.0}
    found = answer(**load, peak_to_mean=2.0)
    assert workload(found["domain"])["required_vcpus"] == pytest.approx(2 * (2 + 1))
    assert workload(found["domain_standby"])["required_vcpus"] == pytest.approx(2 * (3 + 1))
    classic = workload(found["serverless_classic"])
    assert (classic["indexing_ocus"], classic["search_ocus"]) == pytest.approx((1, 1))


def test_nextgen_rests_outside_the_hours_of_use() -> None:
    """In six of 24 hours it has an OCU for indexing and those that hold the data; then none."""
    found = answer(use="search", source_gb_per_day=0.0, long_lived_gb=240 / 1.1)
    every = capacity(found["serverless_nextgen"])
    assert (every.indexing_ocus, every.search_ocus) == pytest.approx((1, 2))
    part = answer(
        use="search", source_gb_per_day=0.0, long_lived_gb=240 / 1.1, hours_of_use_per_day=6.0
    )
    resting = capacity(part["serverless_nextgen"])
    assert (resting.indexing_ocus, resting.search_ocus) == pytest.approx((0.25, 0.5))
    assert capacity(part["serverless_classic"]).search_ocus == pytest.approx(2 * 2)
    assert workload(part["serverless_nextgen"])["maximum_search_ocus"] == 16


def test_data_alone_may_keep_no_ocu_of_nextgen() -> None:
    """AWS publishes no data for an OCU of NextGen; 0 leaves it to the load."""
    found = answer(use="search", long_lived_gb=5000.0, nextgen_gib_per_ocu=0.0)
    assert capacity(found["serverless_nextgen"]).search_ocus == 1


def test_standby_has_copies_by_three() -> None:
    """One replica becomes two, three become five; none is left with a finding of its own."""
    for replicas, expected in ((0.0, 2), (1.0, 2), (2.0, 2), (3.0, 5)):
        found = answer(replicas=replicas)["domain_standby"]
        assert workload(found)["replicas"] == expected
        assert not rules(found)


def test_older_data_of_ultrawarm_has_one_copy() -> None:
    """Seven days with a replica on data nodes, 23 days once in Amazon S3."""
    found = answer(hot_days=7.0)["domain_ultrawarm"]
    assert (capacity(found).source_gb, capacity(found).warm_storage_gb) == pytest.approx(
        (70, 230 * 1.1)
    )
    (stored,) = (line.value for line in found.figures if line.name == "stored_gb")
    assert stored == pytest.approx((70 * 2 + 230) * 1.1)


def test_one_zone_is_enough_without_high_availability() -> None:
    """A domain then has neither zones nor masters to spare, and Classic has no standby OCUs."""
    found = answer(high_availability=False)
    assert workload(found["domain"])["availability_zones"] == 1
    assert capacity(found["domain"]).dedicated_masters == 0
    assert not workload(found["serverless_classic"])["redundancy"]
    assert found["domain"].monthly_cost < answer()["domain"].monthly_cost


def test_the_order_turns_where_both_cost_the_same() -> None:
    """Each turn of the sweep, sent again as needs, has both alternatives at one cost."""
    columns = engine.columns(SearchNeeds, [QUESTION.example])
    compared = questions.ranked(alternatives.answered(QUESTION, columns, packaged()))
    asked = SweepRequest(field="source_gb_per_day", start=1.0, stop=5000.0, points=40, scale="log")
    turns = questions.swept(compared, asked, packaged()).break_even_points
    assert turns
    for turn in turns:
        if turn.cost_below == turn.cost_above:
            found = {
                key: one.monthly_cost
                for key, one in answer_of(source_gb_per_day=turn.value).items()
            }
            assert found[turn.cheaper_below] == pytest.approx(turn.cost_below, rel=1e-6)
            assert found[turn.cheaper_above] == pytest.approx(turn.cost_above, rel=1e-6)


def test_a_search_that_is_used_seldom_is_cheapest_serverless_and_much_data_on_nodes() -> None:
    """Four hours a day of a small index are NextGen's; 5 TB of logs a day are a domain's."""
    seldom = answer_of(source_gb_per_day=1.0, retention_days=7.0, hours_of_use_per_day=4.0)
    assert next(iter(seldom)) == "serverless_nextgen"
    assert next(iter(answer_of(source_gb_per_day=5000.0))) in DOMAINS


def answer_of(**fields: Any) -> dict[str, Any]:
    """Return the alternatives of the example with some needs changed, by key, cheapest first."""
    columns = engine.columns(SearchNeeds, [structs.replace(QUESTION.example, **fields)])
    compared = questions.ranked(alternatives.answered(QUESTION, columns, packaged()))
    (found,) = questions.viewed(compared, packaged())
    return {one.key: one for one in found.alternatives}


def attention(one: Any) -> set[str]:
    """Return what is told of an alternative."""
    return {line.rule for line in one.attention}


def test_collections_that_keep_all_data_alike_say_so() -> None:
    """Data that is searched seldom costs no less in NextGen, nor in a search collection."""
    logs, search = answer(hot_days=7.0), answer(hot_days=7.0, use="search")
    assert "all_data_hot" in attention(logs["serverless_nextgen"])
    assert "all_data_hot" not in attention(logs["serverless_classic"])
    assert "all_data_hot" in attention(search["serverless_classic"])
    assert "all_data_hot" not in attention(answer()["serverless_nextgen"])


def test_warm_nodes_have_the_class_that_costs_less() -> None:
    """Little warm data is on medium nodes; 365 days of it on large ones, which address more."""
    for days, expected in ((30.0, "medium"), (365.0, "large")):
        found = answer(source_gb_per_day=200.0, retention_days=days, hot_days=7.0)
        chosen = workload(found["domain_ultrawarm"]).get("warm_class", "ultrawarm1.medium.search")
        assert chosen == f"ultrawarm1.{expected}.search"


def test_the_maximum_of_classic_holds_the_data_twice() -> None:
    """4,400 GB of hot data with standby take 74 OCUs for search, of which 80 are allowed."""
    found = answer(use="search", source_gb_per_day=0.0, long_lived_gb=4000.0)["serverless_classic"]
    assert capacity(found).search_ocus == pytest.approx(4400 * 2 / 120)
    assert workload(found)["maximum_search_ocus"] == 80
