"""The question of warehouses: what a query takes of each, and what rules one out."""

from typing import Any

import pytest
from msgspec import structs

from pricing import alternatives, engine
from pricing.catalogue import packaged
from pricing.questions.warehouse import QUESTION, WarehouseNeeds
from service.answers import questions
from service.requests.comparisons import SweepRequest


def answer(**fields: Any) -> dict[str, Any]:
    """Return the alternatives for 1,000 queries a day of 4 GB, over 1 TB, by key."""
    load = {
        "region": "us-east-1",
        "storage_gb": 1000.0,
        "queries_per_day": 1000.0,
        "scanned_gb_per_query": 4.0,
    }
    columns = engine.columns(WarehouseNeeds, [WarehouseNeeds(**{**load, **fields})])
    compared = questions.ranked(alternatives.answered(QUESTION, columns, packaged()))
    (found,) = questions.viewed(compared, packaged())
    return {one.key: one for one in found.alternatives}


def part(one: Any, key: str) -> Any:
    """Return the workload of a service in an alternative, with its estimate."""
    (planned,) = (part for part in one.workloads if part.workload["service"] == key)
    return planned


def rules(one: Any) -> set[str]:
    """Return what rules an alternative out."""
    return {line.rule for line in one.ruled_out_by}


def test_a_cluster_has_the_vcpus_of_the_peak_and_a_workgroup_those_of_a_query() -> None:
    """4 GB at 10 s a GB in 5 s take 8 vCPUs; 17,280 a day are one at once, at the peak 4."""
    load = {"queries_per_day": 17_280.0, "query_seconds": 5.0, "peak_to_mean": 4.0}
    found = answer(**load)
    assert part(found["redshift"], "redshift").workload["required_vcpus"] == pytest.approx(32)
    serverless = part(found["redshift_serverless"], "redshift_serverless")
    assert serverless.estimate.capacity.base_rpus == 4
    assert serverless.estimate.capacity.rpu_hours == pytest.approx(4 * 730)
    twice = answer(**{**load, "queries_per_day": 34_560.0})["redshift_serverless"]
    assert part(twice, "redshift_serverless").estimate.capacity.mean_rpus == pytest.approx(8)


def test_queries_one_by_one_are_billed_a_minute_each() -> None:
    """Ten queries of 5 seconds a day wake the workgroup for ten minutes."""
    found = answer(queries_per_day=10.0, query_seconds=5.0)["redshift_serverless"]
    capacity = part(found, "redshift_serverless").estimate.capacity
    assert capacity.billed_hours == pytest.approx(730 / 24 * 10 / 60)


def test_a_paused_cluster_pays_for_its_hours_of_use() -> None:
    """Eight hours on five of seven days are 23.8 percent of the month; data is always billed."""
    found = answer(hours_of_use_per_day=8.0, days_of_use_per_week=5.0)
    share = 8 / 24 * 5 / 7
    data = 1000 * 0.024
    always, paused = found["redshift"].monthly_cost, found["redshift_paused"].monthly_cost
    assert paused == pytest.approx((always - data) * share + data)


def test_a_cluster_that_is_used_in_every_hour_is_never_paused() -> None:
    """The alternative is ruled out by the need, and has the cost of the cluster that runs."""
    found = answer()
    assert rules(found["redshift_paused"]) == {"never_paused"}
    assert found["redshift_paused"].monthly_cost == found["redshift"].monthly_cost
    assert not rules(answer(hours_of_use_per_day=23.0)["redshift_paused"])


def test_athena_pays_for_the_scan_and_for_data_in_s3() -> None:
    """A query of 4 GB is 4 / 1024 TB at 5 USD; a TB of data stands in S3 Standard at 0.023 USD."""
    found = answer()["athena_per_query"]
    queries = 1000 * 730 / 24
    scans = queries * 4 / 1024 * 5
    requests = queries * 4 * 16 * 0.4e-6
    assert part(found, "athena").estimate.monthly_cost == pytest.approx(scans)
    assert found.monthly_cost == pytest.approx(scans + 1000 * 0.023 + requests)


def test_a_query_that_must_be_fast_takes_more_dpus_than_the_guide_has() -> None:
    """50 vCPUs are 12.5 DPUs of four vCPUs, in steps of four 16; few are left to AWS's guide."""
    found = answer(scanned_gb_per_query=50.0)["athena_provisioned"]
    assert part(found, "athena").workload["dpus_per_query"] == 16
    assert part(found, "athena").estimate.capacity.reserved_dpus == 16
    assert part(answer()["athena_provisioned"], "athena").workload.get("dpus_per_query", 0) == 0


def test_a_query_beyond_124_dpus_is_ruled_out() -> None:
    """5,000 GB in ten seconds are more than Athena gives to one query."""
    assert "athena_query_dpus" in rules(answer(scanned_gb_per_query=5000.0)["athena_provisioned"])
    assert not rules(answer(scanned_gb_per_query=490.0)["athena_provisioned"])


def test_limits_of_a_service_rule_its_alternative_out() -> None:
    """2,001 connections are more than Redshift has; Athena has none to count."""
    found = answer(connections=2001.0)
    assert "connections" in rules(found["redshift"])
    assert "connections" in rules(found["redshift_serverless"])
    assert not rules(found["athena_per_query"])


def test_without_queries_only_data_and_running_nodes_are_billed() -> None:
    """Athena and the workgroup cost what their data costs."""
    found = answer(queries_per_day=0.0)
    assert found["athena_per_query"].monthly_cost == pytest.approx(1000 * 0.023)
    assert found["redshift_serverless"].monthly_cost == pytest.approx(1000 * 0.024)
    assert found["redshift"].monthly_cost > 700


def test_the_order_turns_where_both_cost_the_same() -> None:
    """Each turn of the sweep, sent again as needs, has both alternatives at one cost."""
    columns = engine.columns(WarehouseNeeds, [QUESTION.example])
    compared = questions.ranked(alternatives.answered(QUESTION, columns, packaged()))
    asked = SweepRequest(field="queries_per_day", start=4.0, stop=40_000.0, points=40, scale="log")
    turns = questions.swept(compared, asked, packaged()).break_even_points
    assert {turn.cheaper_below for turn in turns} >= {"athena_per_query"}
    for turn in turns:
        needs = structs.asdict(structs.replace(QUESTION.example, queries_per_day=turn.value))
        found = answer(**needs)
        for key, cost in (
            (turn.cheaper_below, turn.cost_below),
            (turn.cheaper_above, turn.cost_above),
        ):
            assert found[key].monthly_cost == pytest.approx(cost, rel=1e-6)


def test_what_a_planner_would_be_surprised_by_is_told() -> None:
    """Athena by scan keeps no time; a scan larger than what is stored is told of all."""
    found = answer(storage_gb=1.0, scanned_gb_per_query=2.0)
    told = {key: {line.rule for line in one.attention} for key, one in found.items()}
    assert all("scan_above_storage" in rules_told for rules_told in told.values())
    assert {key for key, one in told.items() if "time_not_promised" in one} == {"athena_per_query"}
    idle = answer(queries_per_day=0.0)["athena_per_query"]
    assert "time_not_promised" not in {line.rule for line in idle.attention}
