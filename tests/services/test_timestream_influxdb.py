"""AWS's sizing guide for Timestream for InfluxDB, and the rules it does not reach.

No peer prices Timestream.
"""

from typing import Any

import pytest

from pricing import engine
from pricing.model import service
from pricing.services.timestream_influxdb import TimestreamInfluxDBWorkload
from tests.services import examples
from tests.services.bills import over

INFLUXDB = service("timestream_influxdb")


def bill(**fields: Any) -> engine.Bill:
    """Price an instance with 500 GB in us-east-1."""
    instance = {"region": "us-east-1", "storage_gb": 500.0}
    return engine.estimate(INFLUXDB, [TimestreamInfluxDBWorkload(**instance | fields)])


@pytest.mark.parametrize("example", examples.load("timestream_influxdb"))
def test_example(example: examples.Example) -> None:
    """The class that AWS's guide has for a load is chosen."""
    assert examples.found("timestream_influxdb", example) == examples.stated(example)


@pytest.mark.parametrize(
    ("load", "instance_class", "tier"),
    [
        ({}, "db.influx.large", "3k"),
        ({"series": 100_001.0}, "db.influx.2xlarge", "3k"),
        ({"lines_per_second": 100_000.0, "peak_to_mean": 2.0}, "db.influx.4xlarge", "3k"),
        ({"queries_per_second": 26.0}, "db.influx.4xlarge", "12k"),
        ({"series": 6e6}, "db.influx.8xlarge", "12k"),
        ({"queries_per_second": 1000.0}, "db.influx.12xlarge", "12k"),
        ({"required_vcpus": 90.0}, "db.influx.24xlarge", "3k"),
        ({"required_memory_gib": 300.0}, "db.influx.12xlarge", "3k"),
        ({"required_memory_gib": 3000.0}, "db.influx.24xlarge", "3k"),
        ({"instance_class": "db.influx.medium", "storage_tier": "16k"}, "db.influx.medium", "16k"),
    ],
)
def test_class_and_storage_follow_the_guide_and_the_needs(
    load: dict[str, Any], instance_class: str, tier: str
) -> None:
    """The first row of the guide that bears the load is taken, or a class that meets the needs."""
    capacity = bill(**load).capacity
    assert capacity.instance_class.tolist() == [instance_class]
    assert capacity.storage_tier.tolist() == [tier]


def test_a_standby_doubles_instance_and_storage() -> None:
    """A db.influx.large with 500 GB, alone and with a standby."""
    alone = bill(instance_class="db.influx.large").cost[0]
    pair = bill(instance_class="db.influx.large", deployment="multi-az").cost[0]
    assert alone == pytest.approx(730 * 0.239 + 500 * 0.10)
    assert pair == pytest.approx(730 * 0.478 + 500 * 0.20)


@pytest.mark.parametrize(
    ("load", "instance_class"),
    [
        ({}, "db.influx.medium"),
        ({"series": 1e7}, "db.influx.medium"),
        ({"lines_per_second": 35_001.0}, "db.influx.large"),
        ({"lines_per_second": 60_000.0, "peak_to_mean": 2.0}, "db.influx.xlarge"),
        ({"queries_per_second": 426.0}, "db.influx.8xlarge"),
        ({"queries_per_second": 1000.0}, "db.influx.24xlarge"),
        ({"required_vcpus": 5.0}, "db.influx.2xlarge"),
        ({"instance_class": "db.influx.4xlarge"}, "db.influx.4xlarge"),
    ],
)
def test_nodes_of_influxdb_3_have_a_guide_of_their_own(
    load: dict[str, Any], instance_class: str
) -> None:
    """The smallest class that bears lines and queries is taken, whatever the series."""
    capacity = bill(engine="influxdb-3-core", **load).capacity
    assert capacity.instance_class.tolist() == [instance_class]
    assert capacity.storage_tier.tolist() == [""]


def test_a_cluster_pays_nodes_and_what_it_stores() -> None:
    """Two clusters of three db.influx.large, each with 500 GB, wherever their nodes stand."""
    cluster = {"engine": "influxdb-3-enterprise", "instance_class": "db.influx.large"}
    priced = bill(**cluster, nodes=3.0, instances=2.0, deployment="multi-az", storage_tier="12k")
    assert priced.cost[0] == pytest.approx(2 * (3 * 730 * 0.264 + 500 * 0.023))
    assert priced.capacity.guide_lines.tolist() == [100_000]
    assert priced.capacity.storage_gb.tolist() == [500]


def test_faster_storage_has_a_least_size() -> None:
    """100 GB with 12,000 IOPS are billed as 400."""
    priced = bill(storage_gb=100.0, storage_tier="12k")
    assert priced.capacity.storage_gb.tolist() == [400]
    assert "raised_storage" in over(priced)
    assert "raised_storage" not in over(bill(storage_gb=400.0, storage_tier="12k"))


@pytest.mark.parametrize(
    ("fields", "rule", "expected"),
    [
        ({"instance_class": "db.influx.large", "series": 100_001.0}, "series", True),
        ({"instance_class": "db.influx.large", "series": 100_000.0}, "series", False),
        ({"lines_per_second": 1e6}, "lines", True),
        ({"queries_per_second": 101.0}, "queries", True),
        ({"instance_class": "db.influx.xlarge", "series": 1.0}, "unpublished_load", True),
        ({"instance_class": "db.influx.xlarge"}, "unpublished_load", False),
        ({"instance_class": "db.influx.large", "required_vcpus": 3.0}, "required_vcpus", True),
        (
            {"instance_class": "db.influx.large", "required_memory_gib": 17.0},
            "required_memory",
            True,
        ),
        ({"storage_gb": 16_385.0}, "storage", True),
        ({"instances": 41.0}, "instances_in_region", True),
        ({}, "one_zone", True),
        ({"deployment": "multi-az"}, "one_zone", False),
        ({"engine": "influxdb-3-core"}, "one_zone", True),
        ({"engine": "influxdb-3-enterprise", "nodes": 3.0}, "one_zone", False),
        ({"engine": "influxdb-3-core", "nodes": 2.0}, "cluster_nodes", True),
        ({"engine": "influxdb-3-enterprise", "nodes": 15.0}, "cluster_nodes", False),
        ({"engine": "influxdb-3-enterprise", "nodes": 16.0}, "cluster_nodes", True),
        ({"nodes": 2.0}, "cluster_nodes", True),
        ({"engine": "influxdb-3-core"}, "recent_data_only", True),
        ({"engine": "influxdb-3-enterprise"}, "recent_data_only", False),
        ({"engine": "influxdb-3-core", "storage_gb": 1e6}, "storage", False),
        ({"engine": "influxdb-3-core", "lines_per_second": 230_001.0}, "lines", True),
        ({"engine": "influxdb-3-core", "series": 1e9}, "unpublished_load", False),
        ({"engine": "influxdb-3-core", "storage_tier": "12k"}, "settings_left_out", True),
        ({"engine": "influxdb-3-core"}, "settings_left_out", False),
        ({"storage_tier": "12k"}, "settings_left_out", False),
    ],
)
def test_a_limit_is_told_where_it_is_exceeded(
    fields: dict[str, Any], rule: str, expected: bool
) -> None:
    """Quotas and what a planner should know are told beyond their limit, and only there."""
    assert (rule in over(bill(**fields))) is expected
