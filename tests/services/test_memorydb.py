"""Worked examples for Amazon MemoryDB, and the rules they do not reach.

Left out: X-MEM-06, and with it every priced case of the peer: its prices of nodes and snapshots are
not those of AWS's list (0.40 USD for db.r6g.large in place of 0.309).
"""

from typing import Any

import pytest

from pricing import engine
from pricing.account import Account
from pricing.model import service
from pricing.services.memorydb import MemoryDBWorkload
from tests.services import examples
from tests.services.bills import over, value

MEMORYDB = service("memorydb")


def bill(**fields: Any) -> engine.Bill:
    """Price a cluster of one shard of db.r6g.large in us-east-1."""
    cluster = {"region": "us-east-1", "node_type": "db.r6g.large", "storage_gb": 1.0}
    return engine.estimate(MEMORYDB, [MemoryDBWorkload(**cluster | fields)])


def snapshot_cost(priced: engine.Bill) -> float:
    """Return what the snapshots of all clusters cost."""
    return sum(
        float(line.cost.sum()) for line in priced.lines if line.rate.name == "snapshot_storage"
    )


@pytest.mark.parametrize("example", examples.load("memorydb"))
def test_example(example: examples.Example) -> None:
    """The figures of AWS's price list come out, in their units."""
    assert examples.found("memorydb", example) == examples.stated(example)


@pytest.mark.parametrize(
    ("fields", "shards", "binding"),
    [
        ({"storage_gb": 0.0}, 1, "least"),
        ({}, 1, "memory"),
        ({"storage_gb": 10.0}, 2, "memory"),
        ({"storage_gb": 10.0, "reserved_memory_fraction": 0.0}, 1, "memory"),
        ({"node_requests_per_second": 1000.0, "reads_per_second": 2500.0}, 3, "requests"),
        ({"reads_per_second": 1000.0, "item_bytes": 100_000.0}, 2, "network"),
        ({"shards": 7.0}, 7, "given"),
        ({"connections": 130_000.0}, 1, "connections"),
        ({"connections": 130_001.0}, 2, "connections"),
        ({"node_type": "db.r6gd.xlarge", "storage_gb": 119.0}, 1, "memory"),
    ],
)
def test_shards_follow_from_the_need_that_takes_the_most(
    fields: dict[str, Any], shards: float, binding: str
) -> None:
    """A node of 13.07 GiB leaves 9.8 to data; it sends 0.75 Gbps, 93.75 MB/s."""
    capacity = bill(**fields).capacity
    assert capacity.shards.tolist() == [shards]
    assert capacity.nodes.tolist() == [2 * shards]
    assert capacity.binding.tolist() == [binding]


def test_a_primary_takes_100_megabytes_of_writes_a_second() -> None:
    """AWS states 100 MB/s for a primary, and 50 MB/s for a shard of Multi-Region."""
    load = {
        "node_type": "db.r7g.16xlarge",
        "writes_per_second": 1000.0,
        "item_bytes": 100_001.0,
        "peak_to_mean": 2.0,
    }
    one, several = bill(**load).capacity, bill(secondary_region="us-west-2", **load).capacity
    assert (one.shards.tolist(), several.shards.tolist()) == ([3], [5])
    assert one.binding.tolist() == ["writes"]


def test_replicas_that_answer_reads_take_them_off_the_primary() -> None:
    """Two nodes of a shard serve 1,000 commands each."""
    load = {"node_requests_per_second": 1000.0, "reads_per_second": 2000.0}
    assert bill(**load).capacity.shards.tolist() == [2]
    assert bill(replica_reads=True, **load).capacity.shards.tolist() == [1]


def test_what_commands_write_is_billed_unless_it_is_given() -> None:
    """1,024 writes a second of 1 KiB are 3.43 GB an hour."""
    load = {"writes_per_second": 1024.0, "item_bytes": 1024.0}
    assert bill(**load).capacity.monthly_written_gb[0] == pytest.approx(730 * 3600 / 1024)
    assert bill(monthly_written_gb=5.0, **load).capacity.monthly_written_gb.tolist() == [5]


def test_the_free_data_written_counts_once_for_the_account() -> None:
    """Two clusters of 6,000 GB written together pay for 2,000 GB."""
    row = MemoryDBWorkload(region="us-east-1", storage_gb=1.0, monthly_written_gb=6000.0)
    priced, account = engine.estimate(MEMORYDB, [row, row]), Account(free_tier=False)
    account.count(priced)
    lines = account.settle(priced).lines
    cost = sum(line.cost.sum() for line in lines if line.rate.name == "data_written")
    assert cost == pytest.approx(80)


def test_multi_region_sends_every_write_to_the_other_region() -> None:
    """The data written is transferred once, at the price from us-east-1 to us-west-2."""
    priced = bill(secondary_region="us-west-2", monthly_written_gb=100.0)
    (sent,) = (line for line in priced.lines if line.rate.name == "multi_region_transfer")
    assert sent.quantity.tolist() == [100]
    assert sent.cost[0] == pytest.approx(2)


def test_clients_in_other_zones_are_billed() -> None:
    """Half of the traffic crosses zones."""
    priced = bill(reads_per_second=1024.0, item_bytes=1024.0, cross_zone_fraction=0.5)
    quantity = {line.rate.name: line.quantity[0] for line in priced.lines}
    assert quantity["zone_transfer"] == pytest.approx(730 * 3600 / 1024 / 2)


@pytest.mark.parametrize(("fraction", "cost"), [(1.0, 0.021 * 6), (0.0, 0.021 * 10)])
def test_snapshots_are_free_up_to_the_data(fraction: float, cost: float) -> None:
    """Of 10 GB of snapshots 4 GB are free, as much as the data; none if none is assumed to be."""
    priced = bill(storage_gb=4.0, backup_gb=10.0, free_backup_fraction=fraction)
    assert snapshot_cost(priced) == pytest.approx(cost)


def test_free_snapshots_count_for_all_clusters_of_a_region() -> None:
    """What one cluster leaves of its free part is free for another in the account."""
    common = {"region": "us-east-1", "storage_gb": 4.0}
    rows = [MemoryDBWorkload(**common, backup_gb=gb) for gb in (0.0, 10.0)]
    priced, account = engine.estimate(MEMORYDB, rows), Account(free_tier=False)
    account.count(priced)
    assert snapshot_cost(account.settle(priced)) == pytest.approx(0.021 * 2)


def test_the_saving_of_valkey_is_the_difference_of_both_bills() -> None:
    """Nodes and data written cost less, the free part considered."""
    load = {"monthly_written_gb": 12_000.0, "shards": 3.0}
    redis, valkey = bill(engine="redis", **load), bill(**load)
    assert value(redis, "valkey_saving") == pytest.approx((redis.cost - valkey.cost)[0])
    assert "valkey_saving" not in over(valkey)


def test_a_replica_in_another_zone_has_the_higher_service_level() -> None:
    """AWS commits to 99.99 percent in several Availability Zones, to 99.5 in one."""
    assert bill().capacity.sla_fraction.tolist() == [0.9999]
    assert bill(replicas_per_shard=0.0).capacity.sla_fraction.tolist() == [0.995]


@pytest.mark.parametrize(
    ("fields", "rule", "expected"),
    [
        ({"shards": 46.0}, "nodes_per_cluster", True),
        ({"shards": 45.0}, "nodes_per_cluster", False),
        ({"shards": 251.0}, "largest_cluster", True),
        ({"shards": 151.0}, "nodes_per_region", True),
        ({"replicas_per_shard": 6.0}, "replicas_per_shard", True),
        ({"shards": 1.0, "storage_gb": 10.0}, "node_memory", True),
        ({"shards": 1.0, "storage_gb": 9.5}, "node_memory", False),
        (
            {"shards": 2.0, "node_requests_per_second": 1000.0, "reads_per_second": 2001.0},
            "node_requests",
            True,
        ),
        (
            {
                "shards": 2.0,
                "node_requests_per_second": 1000.0,
                "reads_per_second": 1500.0,
                "hottest_key_fraction": 0.7,
            },
            "node_requests",
            True,
        ),
        (
            {"shards": 1.0, "reads_per_second": 1000.0, "item_bytes": 100_000.0},
            "node_network",
            True,
        ),
        ({"node_type": "db.r6gd.xlarge", "hot_data_fraction": 0.3}, "hot_data", True),
        ({"hot_data_fraction": 0.3}, "hot_data", False),
        ({"node_type": "db.r6gd.xlarge"}, "hot_data_not_given", True),
        ({"node_type": "db.r6gd.xlarge", "hot_data_fraction": 0.1}, "hot_data_not_given", False),
        ({}, "hot_data_not_given", False),
        ({"replicas_per_shard": 0.0}, "no_replica", True),
        ({"node_type": "db.t4g.small"}, "burstable_node", True),
        (
            {"shards": 1.0, "writes_per_second": 1000.0, "item_bytes": 100_001.0},
            "shard_writes",
            True,
        ),
        (
            {"shards": 1.0, "writes_per_second": 1000.0, "item_bytes": 100_000.0},
            "shard_writes",
            False,
        ),
        ({"shards": 1.0, "connections": 130_001.0}, "connections", True),
        ({"connections": 130_001.0}, "connections", False),
        (
            {"node_type": "db.r6gd.xlarge", "reserved_memory_fraction": 0.1},
            "tiered_memory",
            True,
        ),
        ({"node_type": "db.r6gd.xlarge"}, "tiered_memory", False),
        ({"reserved_memory_fraction": 0.1}, "tiered_memory", False),
        (
            {"node_type": "db.r6gd.xlarge", "secondary_region": "us-west-2"},
            "multi_region_node",
            True,
        ),
        (
            {"node_type": "db.r7g.large", "secondary_region": "us-west-2"},
            "multi_region_node",
            True,
        ),
        (
            {"node_type": "db.r7g.xlarge", "secondary_region": "us-west-2"},
            "multi_region_node",
            False,
        ),
        ({"node_type": "db.r6gd.xlarge"}, "multi_region_node", False),
        ({"engine": "redis", "secondary_region": "us-west-2"}, "multi_region_engine", True),
        ({"secondary_region": "us-west-2"}, "multi_region_engine", False),
        ({"engine": "redis"}, "multi_region_engine", False),
    ],
)
def test_a_limit_is_told_where_it_is_exceeded(
    fields: dict[str, Any], rule: str, expected: bool
) -> None:
    """Quotas and what a planner should know are told beyond their limit, and only there."""
    assert (rule in over(bill(**fields))) is expected


def test_a_break_even_point_is_told_in_commands() -> None:
    """A break-even point tells the mean commands a second, reads and writes together."""
    row = MemoryDBWorkload(
        region="us-east-1", storage_gb=1.0, reads_per_second=3.0, writes_per_second=1.0
    )
    assert MEMORYDB.crossing(row, None) == {"requests_per_second": 4.0}
