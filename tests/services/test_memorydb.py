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

MEMORYDB = service("memorydb")


def bill(**fields: Any) -> engine.Bill:
    """Price a cluster of one shard of db.r6g.large in us-east-1."""
    cluster = {"region": "us-east-1", "node_type": "db.r6g.large", "storage_gb": 1.0}
    return engine.estimate(MEMORYDB, [MemoryDBWorkload(**cluster | fields)])


def told(priced: engine.Bill) -> set[str]:
    """Return the rules that apply and are not within their limit."""
    return {check.rule for check in priced.checks if (check.applies & check.over).any()}


def value(priced: engine.Bill, rule: str) -> float:
    """Return the value that a rule compares."""
    (found,) = (check.value for check in priced.checks if check.rule == rule)
    return float(found[0])


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


def test_snapshots_and_clients_in_other_zones_are_billed() -> None:
    """10 GB of snapshots, of which 4 are free, and half of the traffic across zones."""
    priced = bill(
        backup_gb=10.0,
        free_backup_gb=4.0,
        reads_per_second=1024.0,
        item_bytes=1024.0,
        cross_zone_fraction=0.5,
    )
    quantity = {line.rate.name: line.quantity[0] for line in priced.lines}
    assert quantity["snapshot_storage"] == 6
    assert quantity["zone_transfer"] == pytest.approx(730 * 3600 / 1024 / 2)


def test_the_saving_of_valkey_is_the_difference_of_both_bills() -> None:
    """Nodes and data written cost less, the free part considered."""
    load = {"monthly_written_gb": 12_000.0, "shards": 3.0}
    redis, valkey = bill(engine="redis", **load), bill(**load)
    assert value(redis, "valkey_saving") == pytest.approx((redis.cost - valkey.cost)[0])
    assert "valkey_saving" not in told(valkey)


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
        ({"replicas_per_shard": 0.0}, "no_replica", True),
        ({"node_type": "db.t4g.small"}, "burstable_node", True),
        (
            {"node_type": "db.r6gd.xlarge", "secondary_region": "us-west-2"},
            "tiered_multi_region",
            True,
        ),
        ({"secondary_region": "us-west-2"}, "tiered_multi_region", False),
    ],
)
def test_a_limit_is_told_where_it_is_exceeded(
    fields: dict[str, Any], rule: str, expected: bool
) -> None:
    """Quotas and what a planner should know are told beyond their limit, and only there."""
    assert (rule in told(bill(**fields))) is expected
