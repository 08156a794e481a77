"""AWS's worked examples for Amazon ElastiCache, and the rules they do not reach.

F-EC-03 is a test of :mod:`pricing.kit.cache`: it leaves out the memory that connections take of a
Memcached node, with which its load takes a node more.

Left out of the published cost reports: reserved nodes paid all or partly upfront (the peer ignores
the upfront fee: redis_reserved_1yr_all_upfront, redis_reserved_1yr_partial_upfront,
cluster_reserved), and a cluster that is a member of a replication group, which the group pays for.
"""

from typing import Any

import numpy as np
import pytest

from pricing import engine
from pricing.model import service
from pricing.services.elasticache import ElastiCacheWorkload
from tests.services import examples
from tests.services.bills import applying, check, quantities

ELASTICACHE = service("elasticache")
GB = 2.0**30
SECONDS = 730 * 3600


def bill(**fields: Any) -> engine.Bill:
    """Price one cache in us-east-1 with 9 GB of data, which fit one cache.r7g.large."""
    cache = {"region": "us-east-1", "node_type": "cache.r7g.large", "storage_gb": 9.0}
    return engine.estimate(ELASTICACHE, [ElastiCacheWorkload(**{**cache, **fields})])


@pytest.mark.parametrize("example", examples.load("elasticache"))
def test_example(example: examples.Example) -> None:
    """The figures that AWS or a published report gives come out, in their units."""
    assert examples.found("elasticache", example) == examples.stated(example)


@pytest.mark.parametrize(
    ("fields", "shards", "binding"),
    [
        ({"storage_gb": 0.0}, 1, "least"),
        ({"storage_gb": 19.0}, 2, "memory"),
        ({"target_utilization": 0.5}, 2, "memory"),
        ({"reads_per_second": 250e3, "node_requests_per_second": 1e5}, 3, "requests"),
        (
            {"writes_per_second": 50e3, "peak_to_mean": 4.0, "node_requests_per_second": 1e5},
            2,
            "requests",
        ),
        ({"reads_per_second": 234_250.0, "item_bytes": 1000.0}, 2, "network"),
        ({"connections": 65_001.0}, 2, "connections"),
        ({"connections": 65_001.0, "shards": 1.0}, 1, "given"),
        (
            {"writes_per_second": 200.0, "item_bytes": 2.0**20, "durability": "asynchronous"},
            2,
            "durability",
        ),
    ],
)
def test_the_largest_need_binds(fields: dict[str, Any], shards: int, binding: str) -> None:
    """Each load by itself takes the shards that it needs, and is named."""
    capacity = bill(**fields).capacity
    assert capacity.shards == shards
    assert capacity.binding.tolist() == [binding]


def test_replicas_that_are_read_take_reads_off_the_primary() -> None:
    """With two replicas that answer reads, a primary has a third of them."""
    reads = {"reads_per_second": 300e3, "node_requests_per_second": 1e5, "replicas_per_shard": 2.0}
    one, three = bill(**reads, replica_reads=True), bill(**reads)
    assert (one.capacity.shards, three.capacity.shards) == (1, 3)


def test_valkey_costs_a_third_less_than_redis_when_serverless() -> None:
    """D-EC-13: a GB-hour of Valkey in us-east-1 costs 32.8 percent less than one of Redis OSS."""
    valkey, redis = (
        float(np.sum(bill(capacity_mode="serverless", engine=engine).cost))
        for engine in ("valkey", "redis")
    )
    assert 1 - valkey / redis == pytest.approx(0.328, abs=1e-6)


@pytest.mark.parametrize("mode", ["node-based", "serverless"])
def test_the_saving_of_valkey_is_the_difference_of_the_bills(mode: str) -> None:
    """What a finding says Valkey saves is what the same cache costs less with it."""
    load = {"capacity_mode": mode, "reads_per_second": 1000.0, "item_bytes": 2048.0}
    redis, valkey = bill(engine="redis", **load), bill(**load)
    told = float(check(redis, "valkey_saving").value[0])
    assert told == pytest.approx(float(np.sum(redis.cost) - np.sum(valkey.cost)))
    assert "valkey_saving" not in applying(valkey)


def test_data_tiering_adds_the_ssd() -> None:
    """A cache.r6gd.xlarge leaves 99.33 GiB of SSD to data beside its memory."""
    tiered, plain = (
        float(bill(node_type=f"cache.{family}.xlarge").capacity.node_memory_gb[0])
        for family in ("r6gd", "r6g")
    )
    assert tiered - plain == pytest.approx(99.33, abs=0.01)


def test_memcached_has_neither_replicas_nor_backups() -> None:
    """Replicas and backups of Memcached nodes are not billed, and a finding says so."""
    priced = bill(engine="memcached", replicas_per_shard=2.0, backup_gb=5.0)
    assert quantities(priced) == {"node_hours": 730}
    assert check(priced, "settings_left_out").value.tolist() == [2]


def test_a_serverless_cache_of_memcached_has_backups() -> None:
    """Backups of a serverless cache are billed with every engine, less those that are free."""
    priced = bill(engine="memcached", capacity_mode="serverless", backup_gb=5.0, free_backup_gb=2.0)
    assert quantities(priced)["backup_storage"] == 3


def test_part_of_a_node_hour_is_billed_in_full() -> None:
    """Half an hour of a node is billed as an hour."""
    assert quantities(bill(hours_per_month=0.5)) == {"node_hours": 1}


def test_traffic_is_billed_where_it_crosses_zones_or_regions() -> None:
    """Clients pay their share across zones, replicas what is assumed, other Regions all writes."""
    priced = bill(
        reads_per_second=3.0,
        writes_per_second=1.0,
        item_bytes=GB / SECONDS,
        replicas_per_shard=2.0,
        cross_zone_fraction=0.5,
        charged_replication_sides=1.0,
        secondary_region="us-west-2",
    )
    found = quantities(priced)
    assert found["zone_transfer"] == pytest.approx(4 * 0.5 + 2)
    assert found["global_datastore_transfer"] == pytest.approx(1)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"capacity_mode": "serverless", "shards": 2.0, "replicas_per_shard": 1.0}, 2),
        (
            {"capacity_mode": "serverless", "engine_version": "6", "secondary_region": "us-west-2"},
            2,
        ),
        ({"minimum_storage_gb": 1.0, "maximum_storage_gb": 2.0}, 2),
        ({"minimum_ecpus_per_second": 1.0, "maximum_ecpus_per_second": 2.0}, 2),
        ({"engine_version": "6"}, 1),
        ({"engine": "redis", "durability": "synchronous"}, 1),
        ({"capacity_mode": "serverless", "durability": "asynchronous"}, 1),
    ],
)
def test_settings_without_effect_are_counted(fields: dict[str, Any], told: int) -> None:
    """Settings of the other mode or engine change nothing on the bill, and are counted."""
    priced = bill(**fields)
    assert check(priced, "settings_left_out").value.tolist() == [told]


@pytest.mark.parametrize(
    ("fields", "rule", "exceeded"),
    [
        ({"storage_gb": 5001.0}, "serverless_storage", True),
        ({"reads_per_second": 15_000_001.0}, "serverless_ecpus", True),
        ({"reads_per_second": 30_001.0}, "initial_ecpus", False),
        ({"reads_per_second": 60_002.0, "hottest_key_fraction": 0.5}, "hottest_slot_ecpus", True),
        ({"maximum_storage_gb": 8.0}, "storage_maximum", True),
        (
            {"reads_per_second": 1e3, "peak_to_mean": 2.0, "maximum_ecpus_per_second": 1999.0},
            "ecpu_maximum",
            True,
        ),
        ({"connections": 65_001.0}, "connections", True),
    ],
)
def test_limits_of_a_serverless_cache(fields: dict[str, Any], rule: str, exceeded: bool) -> None:
    """What is just above a limit of a serverless cache is told."""
    found = check(bill(capacity_mode="serverless", **fields), rule)
    assert found.over.all()
    assert bool(found.exceeded.any()) is exceeded


def test_a_slot_serves_three_times_the_ecpus_with_reads_from_replicas() -> None:
    """90,000 ECPUs a second of one key are within the limit of a slot if replicas are read."""
    hot = {"capacity_mode": "serverless", "reads_per_second": 90e3, "hottest_key_fraction": 1.0}
    assert check(bill(**hot), "hottest_slot_ecpus").exceeded.all()
    assert not check(bill(**hot, replica_reads=True), "hottest_slot_ecpus").exceeded.any()


def test_a_hot_key_is_served_by_one_primary() -> None:
    """More shards do not help where half of the commands are for one key."""
    priced = bill(
        reads_per_second=300e3,
        node_requests_per_second=100e3,
        hottest_key_fraction=0.5,
        shards=10.0,
    )
    assert check(priced, "node_requests").exceeded.all()


@pytest.mark.parametrize(
    ("fields", "rule", "told"),
    [
        ({"node_type": "cache.t4g.micro"}, "burstable_node", True),
        ({"node_type": "cache.m3.large"}, "previous_generation", True),
        ({"replicas_per_shard": 1.0}, "no_replica", False),
        ({}, "no_replica", True),
        ({"capacity_mode": "serverless", "writes_per_second": 1.0}, "load_not_given", False),
        ({"shards": 2.0}, "cluster_mode", True),
        ({"engine": "redis", "engine_version": "6"}, "extended_support", False),
    ],
)
def test_advice(fields: dict[str, Any], rule: str, told: bool) -> None:
    """What a planner should know is told where it holds, and nowhere else."""
    assert (rule in applying(bill(**fields))) is told


DURABLE = {"durability": "synchronous", "replicas_per_shard": 1.0}


@pytest.mark.parametrize(
    ("fields", "rule", "told"),
    [
        (DURABLE, "durability_unsupported", False),
        (DURABLE | {"node_type": "cache.r6gd.xlarge"}, "durability_unsupported", True),
        (DURABLE | {"replicas_per_shard": 0.0}, "durability_unsupported", True),
        (DURABLE | {"secondary_region": "us-west-2"}, "durability_unsupported", True),
        ({"engine": "redis"} | DURABLE, "durability_unsupported", False),
        (DURABLE, "unconfirmed_writes", False),
        (DURABLE | {"durability": "asynchronous"}, "unconfirmed_writes", True),
        (DURABLE, "durable_write_bytes", True),
        ({"replicas_per_shard": 1.0}, "durable_write_bytes", False),
    ],
)
def test_what_durability_takes_and_may_lose(fields: dict[str, Any], rule: str, told: bool) -> None:
    """Durability has clusters of its own; the limit of its log is told only where there is one."""
    assert (rule in applying(bill(**fields))) is told


def test_a_primary_writes_100_mib_a_second_to_its_log() -> None:
    """101 MiB a second of one shard are too much, whatever the node's network."""
    load = DURABLE | {"shards": 1.0, "item_bytes": 2.0**20}
    found = check(bill(**load, writes_per_second=101.0), "durable_write_bytes")
    assert found.exceeded.all()
    assert not check(bill(**load, writes_per_second=100.0), "durable_write_bytes").exceeded.any()


@pytest.mark.parametrize(
    ("node_type", "reserve", "over"),
    [
        ("cache.r7g.large", 0.25, False),
        ("cache.r7g.large", 0.24, True),
        ("cache.t4g.small", 0.25, True),
        ("cache.t4g.small", 0.3, False),
        ("cache.t4g.medium", 0.25, False),
        ("cache.t4g.micro", 0.3, True),
        ("cache.t4g.micro", 0.5, False),
    ],
)
def test_a_small_node_needs_a_larger_reserve(node_type: str, reserve: float, over: bool) -> None:
    """AWS advises to reserve 25 percent of the memory, 30 on small and 50 on micro nodes."""
    found = check(
        bill(node_type=node_type, reserved_memory_fraction=reserve, storage_gb=0.1),
        "reserved_memory",
    )
    assert bool(found.over.any()) is over


def test_a_break_even_point_is_told_in_commands() -> None:
    """A break-even point tells the mean commands a second, reads and writes together."""
    row = ElastiCacheWorkload(
        region="us-east-1", storage_gb=1.0, reads_per_second=3.0, writes_per_second=1.0
    )
    assert ELASTICACHE.crossing(row, None) == {"requests_per_second": 4.0}
