"""Worked examples for Amazon DocumentDB, and the rules they do not reach.

Left out: D-DOC-03 (the ten minutes that an instance is billed at least, listed under what is not
covered). AWS's two numbered examples of serverless are on a page of which only the head is public.
"""

from datetime import date
from typing import Any

import msgspec
import numpy as np
import pytest

from pricing import comparison, engine
from pricing.catalogue import packaged
from pricing.model import service
from pricing.services.documentdb import DocumentDBWorkload
from tests.services import examples
from tests.services.bills import quantities, told
from tests.sweeps import crossings

DOCUMENTDB = service("documentdb")


def bill(**fields: Any) -> engine.Bill:
    """Return the bill of one cluster of 100 GB in us-east-1."""
    cluster = {"region": "us-east-1", "storage_gb": 100.0}
    if fields.get("cluster_type") != "elastic":
        cluster["instance_class"] = "db.r6g.large"
    return engine.estimate(DOCUMENTDB, [DocumentDBWorkload(**{**cluster, **fields})])


@pytest.mark.parametrize("example", examples.load("documentdb"))
def test_example(example: examples.Example) -> None:
    """The figures that AWS or a published report gives come out, in their units."""
    assert examples.found("documentdb", example) == examples.stated(example)


@pytest.mark.parametrize(
    ("needs", "instance_class", "binding"),
    [
        ({}, "db.r6g.large", "price"),
        ({"required_vcpus": 8.0}, "db.r6g.2xlarge", "required_vcpus"),
        ({"required_memory_gib": 17.0}, "db.r6g.xlarge", "required_memory_gib"),
        ({"connections": 3401.0}, "db.r6g.xlarge", "connections"),
        ({"active_connections": 1101.0}, "db.r6g.xlarge", "active_connections"),
        ({"cursors": 451.0}, "db.r6g.4xlarge", "cursors"),
        ({"open_transactions": 201.0}, "db.r6g.xlarge", "open_transactions"),
    ],
)
def test_the_cheapest_class_that_meets_the_needs(
    needs: dict[str, float], instance_class: str, binding: str
) -> None:
    """Vcpus, memory, connections, cursors and transactions choose the class, and one binds."""
    capacity = bill(instance_class="", **needs).capacity
    assert capacity.instance_class.tolist() == [instance_class]
    assert capacity.binding.tolist() == [binding]


def test_limits_follow_from_the_most_dcus_and_the_minimum() -> None:
    """32 DCU have 64 GiB; a minimum of 1 DCU or less keeps cursors at 132 in place of 384."""
    low = bill(capacity_mode="serverless", minimum_dcu=1.0, maximum_dcu=32.0).capacity
    high = bill(capacity_mode="serverless", minimum_dcu=2.0, maximum_dcu=32.0).capacity
    assert (low.memory_gib[0], low.vcpus[0], low.max_connections[0]) == (64, 8, 16_000)
    assert (low.max_cursors[0], high.max_cursors[0]) == (132, 384)
    assert (low.max_transactions[0], high.max_transactions[0]) == (264, 768)
    assert (low.max_active_connections[0], high.max_active_connections[0]) == (1550, 4500)


def test_serverless_capacity_follows_the_load_within_its_range() -> None:
    """Two vCPUs at half load take 4 DCU; a reader in tier 0 or 1 is not smaller."""
    load = {"capacity_mode": "serverless", "required_vcpus": 2.0, "mean_cpu_fraction": 0.5}
    assert bill(**load).capacity.mean_dcu.tolist() == [4]
    assert bill(maximum_dcu=2.0, **load).capacity.mean_dcu.tolist() == [2]
    reader = {"readers": 1.0, "reader_mean_dcu": 1.0}
    assert bill(**load, **reader).capacity.reader_mean_dcu.tolist() == [4]
    alone = bill(readers_follow_writer=False, **load, **reader)
    assert alone.capacity.reader_mean_dcu.tolist() == [1]


def test_readers_have_a_mode_and_a_class_of_their_own() -> None:
    """A provisioned writer may have serverless readers, or readers of another class."""
    found = quantities(bill(readers=2.0, reader_capacity_mode="serverless"))
    assert found["reader_dcu_hours"] == 730
    other = bill(readers=2.0, reader_instance_class="db.r5.large").capacity
    assert other.reader_instance_class.tolist() == ["db.r5.large"]


CLUSTERS = [
    {"instance_class": "db.r6g.2xlarge", "storage_gb": 800.0, "readers": 1.0},
    {"capacity_mode": "serverless", "mean_dcu": 6.0, "storage_gb": 1000.0},
]


@pytest.mark.parametrize("fields", CLUSTERS)
def test_the_sweep_over_io_finds_the_break_even_of_io_optimized(fields: dict[str, Any]) -> None:
    """The crossing is the break-even in dollars, and both configurations re-price to one cost."""
    row = DocumentDBWorkload(region="us-east-1", **fields)
    configurations = {"storage_configuration": ["standard", "io-optimized"]}
    card = packaged().card("documentdb")
    compared = comparison.compare(DOCUMENTDB, row, configurations, card)
    sweep = comparison.sweep_grid("monthly_read_io_requests", np.linspace(0, 5e9, 41), False)
    (found,) = crossings(compared, sweep)
    (break_even,) = engine.estimate(DOCUMENTDB, [row]).capacity.break_even_io_requests
    assert found.exact
    assert found.value == pytest.approx(break_even, rel=1e-6)
    at = msgspec.structs.replace(row, monthly_read_io_requests=found.value)
    both = [
        msgspec.structs.replace(at, storage_configuration=c) for c in ("standard", "io-optimized")
    ]
    standard, optimized = engine.estimate(DOCUMENTDB, both).cost
    assert standard == pytest.approx(optimized, rel=1e-6)


@pytest.mark.parametrize("storage_gb", [0.0, 1e5])
def test_io_breaks_even_at_a_tenth_of_compute_and_twice_the_storage(storage_gb: float) -> None:
    """I/O-Optimized charges 10 percent more for instances and three times the storage."""
    priced = bill(instance_class="db.r6g.2xlarge", storage_gb=storage_gb)
    (requests,) = priced.capacity.break_even_io_requests
    compute = quantities(priced)["instance_hours"] * 1.0526
    assert requests * 2e-7 == pytest.approx(0.1 * compute + 0.2 * storage_gb, rel=2e-3)


def test_the_saving_of_the_other_configuration_is_told_in_dollars() -> None:
    """Both findings name the difference of the two bills, and neither is told at the cheaper."""
    for io, dearer, rule in (
        (5e9, "standard", "io_optimized_cheaper"),
        (1e6, "io-optimized", "standard_cheaper"),
    ):
        pair = {
            name: bill(monthly_read_io_requests=io, storage_configuration=name)
            for name in ("standard", "io-optimized")
        }
        (cheaper,) = set(pair) - {dearer}
        saved = (pair[dearer].cost - pair[cheaper].cost)[0]
        assert told(pair[dearer])[rule] == pytest.approx(saved)
        assert not {"io_optimized_cheaper", "standard_cheaper"} & set(told(pair[cheaper]))


def test_extended_support_takes_the_place_of_the_usual_price() -> None:
    """A db.r5.large of version 3.6 costs 1.8 times as much, and 2.6 times in the third year."""
    support = {"engine_version": "3.6", "instance_class": "db.r5.large", "storage_gb": 0.0}
    days = (date(2026, 3, 30), date(2026, 3, 31), date(2028, 3, 31))
    bills = [bill(price_date=day, readers=1.0, **support) for day in days]
    costs = [priced.cost[0] for priced in bills]
    assert costs == [pytest.approx(2 * 730 * price) for price in (0.277, 0.4986, 0.7202)]
    assert ["extended_support" in told(priced) for priced in bills] == [False, True, True]
    assert ["extended_support_ahead" in told(priced) for priced in bills] == [True, False, False]


def test_a_global_cluster_bills_replicated_writes_and_its_secondaries() -> None:
    """Two secondary clusters of an instance each, priced in us-west-2."""
    found = quantities(
        bill(
            secondary_regions=2.0,
            secondary_region="us-west-2",
            monthly_write_io_requests=1000.0,
            monthly_replicated_gb=5.0,
        )
    )
    assert found["replicated_write_io_requests"] == 2000
    assert found["secondary_instance_hours"] == 1460
    assert found["secondary_storage"] == 200
    assert found["replication_transfer"] == 10


def test_an_elastic_cluster_has_no_volume_and_no_instances() -> None:
    """Shards are billed by vCPU, storage and backups; I/O is not."""
    priced = bill(
        cluster_type="elastic",
        shards=2.0,
        vcpus_per_shard=3.0,
        reads_per_second=1000.0,
        backup_gb=150.0,
        secondary_regions=1.0,
        secondary_region="us-west-2",
    )
    found = quantities(priced)
    assert found.pop("elastic_vcpu_hours") == 2 * 4 * 2 * 730
    assert found.pop("elastic_storage") == 100
    assert found.pop("elastic_backup_storage") == 150
    assert found == {}
    expected = 16 * 730 * 0.132 + 100 * 0.30 + 50 * 0.021
    assert priced.cost[0] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("fields", "rule", "expected"),
    [
        ({"storage_gb": 131_073.0}, "storage", True),
        ({"storage_gb": 131_072.0}, "storage", False),
        ({"readers": 16.0}, "readers", True),
        ({"readers": 40.0}, "db_instances", True),
        ({}, "no_reader", True),
        ({"readers": 1.0}, "no_reader", False),
        ({"readers": 1.0}, "replica_lag", True),
        ({"running_hours_fraction": 0.5}, "stopped_days", True),
        ({"required_vcpus": 3.0}, "required_vcpus", True),
        ({"required_memory_gib": 17.0}, "required_memory", True),
        ({"connections": 3401.0}, "connections", True),
        ({"connections": 2381.0}, "spare_connections", True),
        ({"connections": 2380.0}, "spare_connections", False),
        ({"active_connections": 1101.0}, "active_connections", True),
        ({"cursors": 451.0}, "cursors", True),
        ({"open_transactions": 201.0}, "open_transactions", True),
        ({"instance_class": "db.r4.large", "open_transactions": 1.0}, "unpublished_limits", True),
        ({"instance_class": "db.t3.medium", "required_vcpus": 1.0}, "sustained_vcpus", True),
        ({"instance_class": "db.t3.medium"}, "burstable_class", True),
        ({"readers": 1.0, "reader_instance_class": "db.t3.medium"}, "burstable_class", True),
        ({"readers": 1.0, "reader_instance_class": "db.t3.medium"}, "smaller_readers", True),
        ({"readers": 1.0}, "smaller_readers", False),
        ({"cluster_type": "elastic", "readers": 1.0}, "smaller_readers", False),
        ({"instance_class": "db.r6gd.xlarge"}, "free_io_optimized_class", True),
        ({"capacity_mode": "serverless", "maximum_dcu": 257.0}, "maximum_dcu", True),
        ({"capacity_mode": "serverless"}, "low_minimum_dcu", True),
        ({"capacity_mode": "serverless", "minimum_dcu": 1.5}, "low_minimum_dcu", False),
        ({"capacity_mode": "serverless"}, "load_not_given", True),
        (
            {"engine_version": "4.0", "storage_configuration": "io-optimized"},
            "version_without_io_optimized",
            True,
        ),
        (
            {"engine_version": "4.0", "capacity_mode": "serverless"},
            "version_without_serverless",
            True,
        ),
        ({"secondary_regions": 1.0}, "secondary_not_priced", True),
        (
            {"secondary_regions": 1.0, "secondary_region": "us-east-1"},
            "secondary_in_own_region",
            True,
        ),
        ({"cluster_type": "elastic", "shards": 33.0}, "shards", True),
        ({"cluster_type": "elastic", "instances_per_shard": 17.0}, "instances_per_shard", True),
        (
            {"cluster_type": "elastic", "shards": 9.0, "vcpus_per_shard": 64.0},
            "elastic_vcpus",
            True,
        ),
        ({"cluster_type": "elastic", "storage_gb": 5e6}, "elastic_storage", True),
        ({"cluster_type": "elastic", "storage_gb": 131_073.0}, "shard_storage", True),
        ({"cluster_type": "elastic", "instances_per_shard": 1.0}, "single_instance_shards", True),
        ({"cluster_type": "elastic", "readers": 1.0}, "settings_left_out", True),
        ({"shards": 2.0}, "settings_left_out", True),
        (
            {"cluster_type": "elastic", "storage_configuration": "io-optimized"},
            "settings_left_out",
            True,
        ),
        ({"cluster_type": "elastic", "secondary_regions": 1.0}, "secondary_not_priced", False),
    ],
)
def test_a_limit_is_told_where_it_is_exceeded(
    fields: dict[str, Any], rule: str, expected: bool
) -> None:
    """Quotas and what a planner should know are told beyond their limit, and only there."""
    assert (rule in told(bill(**fields))) is expected


def test_a_reader_or_a_second_instance_raises_the_service_level() -> None:
    """AWS commits to 99.99 percent in several Availability Zones, to 99.9 in one."""
    assert bill().capacity.sla_fraction.tolist() == [0.999]
    assert bill(readers=1.0).capacity.sla_fraction.tolist() == [0.9999]
    assert bill(cluster_type="elastic").capacity.sla_fraction.tolist() == [0.9999]
