"""The question of RDS or Aurora: what the needs rule out, and how they become workloads."""

from typing import Any

import pytest

from pricing import alternatives, engine
from pricing.catalogue import packaged
from pricing.questions.relational import CLASSES, QUESTION, RelationalNeeds
from service.answers import questions

TODAY = {
    "instance_class": "db.r6g.xlarge",
    "reader_instance_class": "db.r6g.large",
    "readers": 1.0,
    "high_availability": True,
}
"""A Multi-AZ db.r6g.xlarge with a db.r6g.large replica."""


def answer(**fields: Any) -> dict[str, Any]:
    """Return the alternatives for some needs, by key."""
    needs = RelationalNeeds(**{"region": "us-east-1", "storage_gb": 100.0, **fields})
    columns = engine.columns(RelationalNeeds, [needs])
    compared = questions.ranked(alternatives.answered(QUESTION, columns, packaged()))
    (found,) = questions.viewed(compared, packaged())
    return {one.key: one for one in found.alternatives}


def feasible(found: dict[str, Any]) -> set[str]:
    """Return the keys of the alternatives that meet the needs, whether priced or not."""
    return {key for key, one in found.items() if not one.ruled_out_by}


def test_the_load_of_today_costs_what_rds_bills_for_it() -> None:
    """A Multi-AZ db.r6g.xlarge and a replica, both with 100 GB of gp3, cost what they cost today.

    Multi-AZ db.r6g.xlarge 0.90 USD an hour, db.r6g.large 0.225; gp3 0.23 and 0.115 USD per GB.
    """
    found = answer(**TODAY)
    expected = 730 * (0.90 + 0.225) + 100 * (0.23 + 0.115)
    assert found["rds_read_replicas"].monthly_cost == pytest.approx(expected, rel=0.01)
    (planned,) = found["rds_read_replicas"].workloads
    assert planned.workload["deployment"] == "multi-az"
    assert planned.workload["replica_instance_class"] == "db.r6g.large"


def test_readers_rule_out_what_has_none() -> None:
    """Where readers are needed, an instance alone is ruled out, with or without a standby."""
    assert feasible(answer(readers=1.0)) == {*QUESTION.keys} - {"rds_single_az", "rds_multi_az"}


def test_availability_rules_out_one_zone_and_adds_a_reader() -> None:
    """An instance in one zone cannot fail over; a cluster of Aurora has at least one reader."""
    found = answer(high_availability=True)
    assert feasible(found) == {*QUESTION.keys} - {"rds_single_az"}
    (planned,) = found["aurora_provisioned"].workloads
    assert planned.workload["readers"] == 1


@pytest.mark.parametrize(
    ("needs", "left"),
    [
        ({"maximum_failover_seconds": 120.0}, {"rds_multi_az", "rds_multi_az_cluster"}),
        ({"maximum_failover_seconds": 60.0}, {"rds_multi_az_cluster"}),
        ({"required_availability_fraction": 0.9995}, {"rds_multi_az", "rds_multi_az_cluster"}),
        ({"maximum_failover_seconds": 20.0}, set()),
    ],
)
def test_bounds_on_failover_and_availability_rule_out(
    needs: dict[str, float], left: set[str]
) -> None:
    """AWS's typical failover and its service levels decide, also where there is no failover."""
    assert {key for key in feasible(answer(**needs)) if key.startswith("rds")} == left
    (bound,) = needs
    rules = [line.rule for line in answer(**needs)["rds_single_az"].ruled_out_by]
    assert bound in rules


def test_more_iops_than_gp3_includes_take_the_storage_that_has_them() -> None:
    """Below 400 GB gp3 has 3,000 IOPS, so that many more allocate 400 GB; io2 needs no more."""
    for storage_type, gb in (("gp3", 400.0), ("io2", 100.0)):
        found = answer(read_iops=2_000.0, peak_to_mean=3.0, storage_type=storage_type)
        (planned,) = found["rds_single_az"].workloads
        assert planned.workload["storage_gb"] == gb
        assert planned.workload["iops"] == 6_000
        assert found["rds_single_az"].status == "feasible"


def test_more_throughput_than_gp3_includes_is_provisioned() -> None:
    """Throughput above 125 MiB/s allocates 400 GB, which include 500 MiB/s."""
    (planned,) = answer(required_throughput_mibps=300.0)["rds_single_az"].workloads
    assert (planned.workload["storage_gb"], planned.workload["throughput_mibps"]) == (400, 300)
    assert planned.estimate.capacity.provisioned_throughput_mibps == 500


def test_io_is_billed_by_aurora_and_sustained_by_rds() -> None:
    """A mean of 100 reads and 50 writes a second is 394.2 million I/O of a month of 730 hours."""
    found = answer(read_iops=100.0, write_iops=50.0, peak_to_mean=2.0)
    (standard,) = found["aurora_provisioned"].workloads
    assert standard.estimate.capacity.monthly_io_requests == 150 * 730 * 3600
    (optimized,) = found["aurora_io_optimized"].workloads
    assert "aurora.io_requests" not in {line.sku_id for line in optimized.estimate.charges}
    (instance,) = found["rds_single_az"].workloads
    assert instance.workload["required_iops"] == 300


def test_a_given_class_says_how_much_capacity_a_serverless_cluster_takes() -> None:
    """Four vCPUs at 30 percent on average take 5 ACUs, whether by class or by their number."""
    by_class = answer(instance_class="db.r6g.xlarge", mean_cpu_fraction=0.3)
    by_number = answer(required_vcpus=4.0, mean_cpu_fraction=0.3)
    for found in (by_class, by_number):
        (planned,) = found["aurora_serverless"].workloads
        assert planned.estimate.capacity.mean_acu == 5


def test_the_engine_is_that_of_the_needs() -> None:
    """MySQL runs on RDS for MySQL and on Aurora MySQL."""
    found = answer(engine="mysql")
    for key, one in found.items():
        (planned,) = one.workloads
        assert planned.workload["engine"] == ("mysql" if key.startswith("rds") else "aurora-mysql")


def test_classes_are_those_that_both_services_have() -> None:
    """A given class is one that RDS and Aurora have, neither burstable nor of an old generation."""
    assert "db.r6g.large" in CLASSES
    assert not [name for name in CLASSES if name.startswith(("db.t", "db.m", "db.r4", "db.r3"))]
