"""The question of a cache before a database: what it takes off, what it costs, what it risks."""

from typing import Any

import numpy as np
import pytest

from pricing import alternatives, engine
from pricing.catalogue import packaged
from pricing.kit.hit_ratio import hit_fraction
from pricing.model import service
from pricing.questions.caching import QUESTION, CachingNeeds
from service.answers import questions
from service.requests.comparisons import SweepRequest


def answer(**fields: Any) -> dict[str, Any]:
    """Return the alternatives for 1,000 reads and 100 writes a second of 1 KB, by key."""
    load = {
        "region": "us-east-1",
        "reads_per_second": 1000.0,
        "writes_per_second": 100.0,
        "item_bytes": 1000.0,
        "storage_gb": 10.0,
    }
    columns = engine.columns(CachingNeeds, [CachingNeeds(**{**load, **fields})])
    compared = questions.ranked(alternatives.answered(QUESTION, columns, packaged()))
    (found,) = questions.viewed(compared, packaged())
    return {one.key: one for one in found.alternatives}


def given(share: float, **fields: Any) -> dict[str, Any]:
    """Return the alternatives where a share of the reads hit."""
    return answer(hit_ratio="given", hit_fraction=share, **fields)


def figure(one: Any, name: str) -> float | None:
    """Return a figure of an alternative."""
    (line,) = (line for line in one.figures if line.name == name)
    value: float | None = line.value
    return value


def workload(one: Any, key: str) -> dict[str, Any]:
    """Return the workload of a service in an alternative."""
    (planned,) = (part for part in one.workloads if part.workload["service"] == key)
    fields: dict[str, Any] = planned.workload
    return fields


def test_the_table_serves_what_the_cache_misses() -> None:
    """Of 1,000 reads a tenth must be consistent; the cache answers 80 percent of the others."""
    found = given(0.8, consistent_fraction=0.1)
    reads = workload(found["elasticache_valkey"], "dynamodb")["reads_per_second"]
    assert reads == pytest.approx(100 + 900 * 0.2)
    assert figure(found["dax"], "saved_reads_per_second") == pytest.approx(720)
    assert workload(found["database_alone"], "dynamodb")["reads_per_second"] == 1000


def test_an_alternative_is_its_database_and_its_cache() -> None:
    """The table at the misses and the cache, each by its own service, are the whole cost."""
    found = given(0.75, cache_gb=5.0)["elasticache_serverless"]
    common = {"region": "us-east-1", "item_bytes": 1000.0}
    table = service("dynamodb").workload(
        reads_per_second=250.0, writes_per_second=100.0, storage_gb=10.0, **common
    )
    cache = service("elasticache").workload(
        capacity_mode="serverless",
        reads_per_second=1000.0,
        writes_per_second=250.0,
        storage_gb=5.0,
        **common,
    )
    expected = sum(
        engine.estimate(service(key), [row]).cost[0]
        for key, row in (("dynamodb", table), ("elasticache", cache))
    )
    assert found.monthly_cost == pytest.approx(expected, abs=0.01)


def test_write_through_adds_writes_and_memory() -> None:
    """The cache takes each write, and holds all data, not only what is read."""
    aside = given(0.5, working_set_gb=2.0)["elasticache_valkey"]
    through = given(0.5, working_set_gb=2.0, pattern="write-through")["elasticache_valkey"]
    assert workload(aside, "elasticache")["writes_per_second"] == 500
    assert workload(through, "elasticache")["writes_per_second"] == 600
    assert figure(aside, "cache_gb") == 2
    assert figure(through, "cache_gb") == 10


def test_write_behind_risks_what_it_has_not_written() -> None:
    """100 writes a second for 5 seconds are at risk, but not in MemoryDB; DAX has no such mode."""
    found = given(0.5, pattern="write-behind", flush_seconds=5.0)
    assert figure(found["elasticache_valkey"], "writes_at_risk") == 500
    assert figure(found["memorydb"], "writes_at_risk") == 0
    assert {line.rule for line in found["dax"].ruled_out_by} == {"dax_write_behind"}


def test_a_time_to_live_bounds_how_stale_an_item_gets() -> None:
    """Cache-aside is stale up to the time to live, without one without bound; others are not."""
    assert figure(answer(ttl_seconds=60.0)["dax"], "stale_seconds") == 60
    assert figure(answer()["dax"], "stale_seconds") is None
    assert figure(answer(pattern="write-through")["dax"], "stale_seconds") == 0


@pytest.mark.parametrize(
    ("fields", "room", "loads"),
    [
        ({"cache_gb": 1.0}, 0.1, np.inf),
        ({"cache_gb": 1.0, "ttl_seconds": 600.0}, 0.1, 600_000.0),
        ({"cache_gb": 1.0, "working_set_gb": 2.0}, 0.5, np.inf),
        ({"cache_gb": 1.0, "working_set_gb": 2.0, "pattern": "write-through"}, 0.1, np.inf),
    ],
)
def test_the_hit_ratio_follows_from_memory_and_popularity(
    fields: dict[str, Any], room: float, loads: float
) -> None:
    """The model has the share of the items that fit; unread data takes its share of the memory."""
    read = fields.get("working_set_gb", 10.0)
    items = np.array([read * 2**30 / 1000])
    expected = hit_fraction(items, items * room, np.array([0.99]), np.array([loads]))
    assert figure(answer(**fields)["dax"], "hit_fraction") == pytest.approx(expected[0])


def test_a_relational_database_shrinks_by_what_the_cache_answers() -> None:
    """90 percent of 1,000 reads off, 200 of 1,100 requests are left of eight vCPUs."""
    for database in ("rds", "aurora"):
        found = given(0.9, database=database, required_vcpus=8.0)
        assert workload(found["database_alone"], database)["required_vcpus"] == 8
        left = workload(found["elasticache_valkey"], database)["required_vcpus"]
        assert left == pytest.approx(8 * 200 / 1100)
        assert {line.rule for line in found["dax"].ruled_out_by} == {"dax_database"}


@pytest.mark.parametrize(
    ("fields", "node_type"),
    [
        ({"cache_gb": 10.0}, "dax.r5.large"),
        ({"cache_gb": 17.0}, "dax.r5.xlarge"),
        ({"cache_gb": 10.0, "reads_per_second": 900_000.0}, "dax.r5.2xlarge"),
        ({"cache_gb": 1e6}, "dax.r5.24xlarge"),
    ],
)
def test_dax_has_the_smallest_node_that_holds_the_cache_and_bears_the_load(
    fields: dict[str, Any], node_type: str
) -> None:
    """Each node holds all of the cache; eleven nodes take 900,000 reads at a tenth of misses."""
    assert workload(given(0.9, **fields)["dax"], "dax")["node_type"] == node_type


@pytest.mark.parametrize("pattern", ["cache-aside", "write-through", "write-behind"])
def test_a_cache_holds_what_lives_in_it(pattern: str) -> None:
    """With a time to live of a minute it holds a minute of loads and writes, and hits as often."""
    sized = answer(ttl_seconds=60.0, pattern=pattern)["elasticache_valkey"]
    memory = figure(sized, "cache_gb")
    written = workload(sized, "elasticache")["writes_per_second"]
    assert memory == pytest.approx(written * 60 * 1000 / 2**30, rel=1e-6)
    whole = answer(ttl_seconds=60.0, pattern=pattern, cache_gb=10.0)["elasticache_valkey"]
    assert figure(sized, "hit_fraction") == pytest.approx(figure(whole, "hit_fraction"), abs=0.02)


def test_a_relational_load_must_be_known() -> None:
    """Without the vCPUs of the load every alternative says what to send."""
    for one in answer(database="rds").values():
        assert "unknown_load" in {line.rule for line in one.ruled_out_by}


def test_traffic_across_zones_is_charged_where_it_is_given() -> None:
    """Half of the traffic of a cache of nodes crosses zones at 0.01 USD a GB."""
    plain, spread = given(0.5), given(0.5, cross_zone_fraction=0.5)
    traffic = (1000 + 500) * 1000 * 730 * 3600 / 2**30
    added = spread["elasticache_valkey"].monthly_cost - plain["elasticache_valkey"].monthly_cost
    assert added == pytest.approx(traffic * 0.5 * 0.01, rel=1e-3)


def test_a_sweep_of_hits_takes_them_as_given() -> None:
    """A hit ratio that is swept has an effect, even where it would be modelled."""
    needs = CachingNeeds(
        region="us-east-1", reads_per_second=20_000.0, item_bytes=1000.0, storage_gb=20.0
    )
    columns = engine.columns(CachingNeeds, [needs])
    compared = questions.ranked(alternatives.answered(QUESTION, columns, packaged()))
    asked = SweepRequest(field="hit_fraction", start=0.0, stop=1.0, points=11)
    found = questions.swept(compared, asked, packaged())
    (curve,) = (one.costs for one in found.curves if one.key == "elasticache_valkey")
    assert curve == sorted(curve, reverse=True)
    pays = {turn.cheaper_above for turn in found.break_even_points}
    assert "dax" in pays
