"""Worked examples for Amazon MSK, and the rules they do not reach.

Left out as data: G-MSK-01 and G-MSK-02 (nine brokers whose volumes and network are given as 288 and
640 MB/s, which are not those of a broker size: both figures are a doctest of ``broker_io``), and
G-MSK-03 and G-MSK-07 (grade C, without a Region or a record: tests below). The peer counts brokers
in two Availability Zones, and bills them alone; the last of its cases gives the size to which a
volume has grown.
"""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from pricing import engine
from pricing.model import service
from pricing.services.msk import BURSTABLE, EXPRESS, STANDARD, MSKWorkload
from pricing.units import BYTES_PER_MB
from tests.services import examples
from tests.services.bills import over, quantities, value

MSK = service("msk")
MIB = float(BYTES_PER_MB)


def bill(**fields: Any) -> engine.Bill:
    """Price a cluster in us-east-1 that takes a record of 1 MiB a second."""
    cluster = {"region": "us-east-1", "records_per_second": 1.0, "record_bytes": MIB}
    return engine.estimate(MSK, [MSKWorkload(**cluster | fields)])


@pytest.mark.parametrize("example", examples.load("msk"))
def test_example(example: examples.Example) -> None:
    """The figures that AWS or a published report gives come out, in their units."""
    assert examples.found("msk", example) == examples.stated(example)


@pytest.mark.parametrize(
    ("fields", "brokers", "binding"),
    [
        (
            {
                "cluster_type": "express",
                "broker_class": "express.m7g.4xlarge",
                "records_per_second": 400.0,
            },
            6,
            "ingress",
        ),
        ({"broker_class": "kafka.m5.2xlarge", "partitions": 3000.0}, 6, "partitions"),
        ({"broker_class": "kafka.m7g.large"}, 3, "zones"),
        (
            {"broker_class": "kafka.m7g.large", "storage_gb_per_broker": 100.0},
            21,
            "storage",
        ),
        (
            {"broker_class": "kafka.m7g.large", "iam_authentication": True, "connections": 9001.0},
            6,
            "connections",
        ),
        ({"broker_class": "kafka.m7g.large", "brokers": 9.0}, 9, "given"),
        ({"cluster_type": "serverless"}, 0, "none"),
    ],
)
def test_brokers_follow_from_the_need_that_takes_the_most(
    fields: dict[str, Any], brokers: float, binding: str
) -> None:
    """400 MiB/s over 124.9 are four, 9,000 replicas over 2,000 five; each zone has as many.

    A MiB a second for a week is 591 GiB, of which three copies fill 85 percent of 2,086 GiB.
    """
    capacity = bill(**fields).capacity
    assert capacity.brokers.tolist() == [brokers]
    assert capacity.binding.tolist() == [binding]


def test_the_cheapest_size_that_bears_the_load_is_taken() -> None:
    """No other size of the type costs less and meets every need."""
    load = {"records_per_second": 60.0, "consumers": 3.0, "partitions": 4000.0}
    for kind in ("standard", "express"):
        chosen = bill(cluster_type=kind, **load)
        costs = [bill(cluster_type=kind, broker_class=name, **load).cost[0] for name in sizes(kind)]
        assert chosen.cost[0] == pytest.approx(min(costs))


@pytest.mark.parametrize("zones", [2.0, 3.0])
def test_a_size_is_chosen_for_the_brokers_that_are_given(zones: float) -> None:
    """Two brokers take the size that the load asks for, though three replicas have no room."""
    given = bill(brokers=2.0, availability_zones=zones)
    costs = [
        bill(brokers=2.0, availability_zones=zones, broker_class=name).cost[0]
        for name in sizes("standard")
    ]
    assert given.cost[0] == pytest.approx(min(costs))
    assert "replication_factor" in over(given)


def test_a_size_that_no_number_of_brokers_helps_is_the_dearest() -> None:
    """Two brokers cannot take 1,000 MiB/s, whatever their size."""
    given = bill(brokers=2.0, records_per_second=1000.0, retention_hours=1.0)
    assert given.capacity.broker_class.tolist() == ["kafka.m5.24xlarge"]


@pytest.mark.parametrize("metadata", ["kraft", "zookeeper"])
def test_a_size_is_chosen_whose_brokers_the_metadata_allows(metadata: str) -> None:
    """500 MiB/s take more than 30 of the cheapest brokers, so ZooKeeper needs larger ones."""
    load = {"records_per_second": 500.0, "retention_hours": 1.0, "metadata_mode": metadata}
    priced = bill(**load)
    assert (priced.capacity.brokers[0] > 30) == (metadata == "kraft")
    assert not over(priced) & {"zookeeper_brokers", "brokers_per_cluster"}


def sizes(kind: str) -> list[str]:
    """Return the broker sizes of a type, T3 apart."""
    every = EXPRESS if kind == "express" else STANDARD
    return [name for name in every if name not in BURSTABLE]


def test_a_region_without_brokers_of_the_type_is_unpriced() -> None:
    """Express brokers are not listed in af-south-1; the usual size is sized and has no price."""
    priced = bill(region="af-south-1", cluster_type="express")
    assert priced.capacity.broker_class.tolist() == ["express.m7g.large"]
    assert np.isnan(priced.lines.cost).any()


def test_serverless_bills_cluster_partitions_data_and_storage() -> None:
    """A MiB a second for two consumers, kept for a day, in three partitions, in us-east-1."""
    priced = bill(cluster_type="serverless", consumers=2.0, partitions=3.0, retention_hours=24.0)
    ingested = 730 * 3600 / 1024
    kept = 24 * 3600 / 1024
    expected = 730 * (0.75 + 3 * 0.0015) + ingested * (0.10 + 2 * 0.05) + kept * 0.10
    assert priced.cost[0] == pytest.approx(expected)


def test_express_bills_data_written_and_one_copy_kept() -> None:
    """A MiB a second, kept for a day."""
    found = quantities(bill(cluster_type="express", retention_hours=24.0))
    assert found["express_data_in"] == pytest.approx(730 * 3600 / 1024)
    assert found["express_storage"] == pytest.approx(24 * 3600 / 1024)
    assert "broker_storage" not in found


def test_tiered_storage_takes_what_leaves_the_volumes() -> None:
    """Volumes keep three copies of the local hours, low-cost storage one of all; its reads cost."""
    tiers = {"tiered_storage": True, "local_retention_hours": 12.0, "monthly_tiered_read_gb": 5.0}
    found = quantities(bill(broker_class="kafka.m7g.large", retention_hours=240.0, **tiers))
    hour = 3600 / 1024
    assert found["broker_storage"] == pytest.approx(12 * hour * 3 / 0.85)
    assert found["tiered_storage"] == pytest.approx(240 * hour)
    assert found["tiered_retrieval"] == 5
    moved = bill(
        broker_class="kafka.m7g.large",
        retention_hours=240.0,
        tiered_storage_holds_local_data=False,
        **tiers,
    )
    assert quantities(moved)["tiered_storage"] == pytest.approx(228 * hour)


def test_what_surrounds_the_cluster_is_billed() -> None:
    """Private connectivity, connectors, Replicators to another Region, zones and the internet."""
    found = quantities(
        bill(
            private_connectivity_schemes=2.0,
            monthly_private_connectivity_gb=10.0,
            connect_workers=3.0,
            mcus_per_worker=2.0,
            replicators=1.0,
            monthly_replicated_gb=100.0,
            secondary_region="us-west-2",
            cross_zone_fraction=0.5,
            monthly_internet_out_gb=7.0,
        )
    )
    assert found["private_connectivity_hours"] == 1460
    assert found["private_connectivity_data"] == 10
    assert found["connect_hours"] == 6 * 730
    assert found["replicator_hours"] == 730
    assert found["replicator_data"] == found["replicator_transfer"] == 100
    assert found["zone_transfer"] == pytest.approx(2 * 730 * 3600 / 1024 * 2 * 0.5)
    assert found["internet_out_data"] == 7


@pytest.mark.parametrize(
    ("replicas", "read"), [(1.0, Fraction(1, 2)), (2.0, Fraction(1, 3)), (3.0, Fraction(0))]
)
def test_rack_aware_consumers_read_afar_where_their_zone_has_no_replica(
    replicas: float, read: Fraction
) -> None:
    """One replica in three zones spares nothing of a half, two leave a third, and three none."""
    spread = {"cross_zone_fraction": 0.5, "replication_factor": replicas}
    found = quantities(bill(rack_aware_consumers=True, **spread))
    assert found["zone_transfer"] == pytest.approx(2 * 730 * 3600 / 1024 * (0.5 + float(read)))
    assert ("rack_awareness_saving" in over(bill(**spread))) == (replicas > 1)
    express = quantities(bill(rack_aware_consumers=True, cluster_type="express", **spread))
    assert express["zone_transfer"] == pytest.approx(2 * 730 * 3600 / 1024 * 0.5)


def test_provisioned_throughput_is_billed_where_a_size_may_have_it() -> None:
    """Six brokers of 300 MiB/s; m7g.large may not have any."""
    asked = {"brokers": 6.0, "provisioned_throughput_mibps": 300.0}
    found = bill(broker_class="kafka.m7g.2xlarge", **asked)
    assert quantities(found)["storage_throughput"] == 1800
    small = bill(broker_class="kafka.m7g.large", **asked)
    assert "storage_throughput" not in quantities(small)
    assert "throughput_unsupported" in over(small)


@pytest.mark.parametrize(
    ("fields", "rule", "expected"),
    [
        ({"brokers": 61.0}, "brokers_per_cluster", True),
        ({"brokers": 60.0}, "brokers_per_cluster", False),
        ({"brokers": 31.0, "metadata_mode": "zookeeper"}, "zookeeper_brokers", True),
        ({"brokers": 93.0}, "brokers_in_region", True),
        ({"brokers": 4.0}, "uneven_zones", True),
        ({"brokers": 4.0, "availability_zones": 2.0}, "uneven_zones", False),
        ({"broker_class": "kafka.t3.small"}, "burstable_broker", True),
        (
            {"brokers": 3.0, "iam_authentication": True, "connections": 9001.0},
            "iam_connections",
            True,
        ),
        (
            {"brokers": 3.0, "iam_authentication": True, "new_connections_per_second": 301.0},
            "new_iam_connections",
            True,
        ),
        (
            {
                "broker_class": "kafka.t3.small",
                "brokers": 3.0,
                "iam_authentication": True,
                "new_connections_per_second": 13.0,
            },
            "new_iam_connections",
            True,
        ),
        (
            {
                "cluster_type": "express",
                "broker_class": "express.m7g.large",
                "brokers": 3.0,
                "records_per_second": 71.0,
            },
            "express_ingress",
            True,
        ),
        (
            {
                "cluster_type": "express",
                "broker_class": "express.m7g.large",
                "brokers": 3.0,
                "records_per_second": 60.0,
            },
            "broker_ingress",
            True,
        ),
        (
            {
                "cluster_type": "express",
                "broker_class": "express.m7g.large",
                "brokers": 3.0,
                "records_per_second": 40.0,
                "consumers": 5.0,
            },
            "express_egress",
            True,
        ),
        (
            {"broker_class": "kafka.m7g.large", "brokers": 3.0, "records_per_second": 80.0},
            "volume_throughput",
            True,
        ),
        (
            {
                "broker_class": "kafka.m7g.large",
                "brokers": 3.0,
                "records_per_second": 60.0,
                "consumers": 10.0,
            },
            "broker_network",
            True,
        ),
        (
            {"broker_class": "kafka.m7g.large", "brokers": 3.0, "partitions": 1001.0},
            "partitions_per_broker",
            True,
        ),
        (
            {"broker_class": "kafka.m7g.large", "brokers": 3.0, "partitions": 1501.0},
            "updatable_partitions",
            True,
        ),
        (
            {
                "cluster_type": "express",
                "broker_class": "express.m7g.large",
                "brokers": 3.0,
                "partitions": 1501.0,
            },
            "express_partitions",
            True,
        ),
        (
            {
                "cluster_type": "express",
                "records_per_second": 20.0,
                "hottest_key_fraction": 1.0,
            },
            "express_partition_ingress",
            True,
        ),
        (
            {
                "cluster_type": "serverless",
                "records_per_second": 6.0,
                "hottest_key_fraction": 1.0,
            },
            "serverless_partition_ingress",
            True,
        ),
        (
            {
                "cluster_type": "serverless",
                "records_per_second": 4.0,
                "consumers": 3.0,
                "hottest_key_fraction": 1.0,
            },
            "serverless_partition_egress",
            True,
        ),
        ({"brokers": 3.0, "storage_gb_per_broker": 16385.0}, "storage_per_broker", True),
        ({"brokers": 3.0, "storage_gb_per_broker": 600.0}, "storage_used", True),
        ({"brokers": 3.0, "storage_gb_per_broker": 590.0}, "storage_full", True),
        (
            {
                "broker_class": "kafka.m7g.2xlarge",
                "provisioned_throughput_mibps": 313.0,
            },
            "provisioned_throughput",
            True,
        ),
        (
            {
                "broker_class": "kafka.m7g.2xlarge",
                "provisioned_throughput_mibps": 249.0,
            },
            "least_throughput",
            True,
        ),
        (
            {
                "broker_class": "kafka.m7g.8xlarge",
                "records_per_second": 500.0,
                "retention_hours": 1.0,
            },
            "volume_binds",
            True,
        ),
        ({"outage_hours": 169.0}, "backlog_hours", True),
        ({"outage_hours": 168.0}, "backlog_hours", False),
        ({"tiered_storage": True, "region": "us-gov-west-1"}, "tiered_unsupported", True),
        ({"tiered_storage": True, "compacted_partitions": 1.0}, "tiered_unsupported", True),
        (
            {"tiered_storage": True, "broker_class": "kafka.t3.small"},
            "tiered_unsupported",
            True,
        ),
        ({"tiered_storage": True, "retention_hours": 71.0}, "tiered_retention", True),
        ({"tiered_storage": True}, "tiered_reads_left_out", True),
        ({"tiered_storage": True, "monthly_tiered_read_gb": 1.0}, "tiered_reads_left_out", False),
        ({}, "tiered_reads_left_out", False),
        ({"tiered_storage": True, "local_retention_hours": 168.0}, "local_retention", True),
        ({"retention_hours": 720.0, "records_per_second": 5.0}, "tiered_saving", True),
        ({"cluster_type": "serverless", "records_per_second": 201.0}, "serverless_ingress", True),
        (
            {"cluster_type": "serverless", "records_per_second": 101.0, "consumers": 4.0},
            "serverless_egress",
            True,
        ),
        ({"cluster_type": "serverless", "partitions": 2401.0}, "serverless_partitions", True),
        (
            {
                "cluster_type": "serverless",
                "partitions": 200.0,
                "compacted_partitions": 121.0,
            },
            "serverless_compacted_partitions",
            True,
        ),
        ({"cluster_type": "serverless", "connections": 3001.0}, "serverless_connections", True),
        (
            {"cluster_type": "serverless", "new_connections_per_second": 101.0},
            "serverless_new_connections",
            True,
        ),
        (
            {"cluster_type": "serverless", "requests_per_second": 15001.0},
            "serverless_requests",
            True,
        ),
        (
            {"cluster_type": "serverless", "record_bytes": 8 * MIB + 1},
            "serverless_record_bytes",
            True,
        ),
        (
            {"cluster_type": "serverless", "largest_record_bytes": 8 * MIB + 1},
            "serverless_record_bytes",
            True,
        ),
        ({"largest_record_bytes": 1_048_588.0}, "broker_record_bytes", False),
        ({"largest_record_bytes": 1_048_589.0}, "broker_record_bytes", True),
        ({"record_bytes": 2 * MIB, "cluster_type": "express"}, "broker_record_bytes", True),
        ({"record_bytes": 2 * MIB, "cluster_type": "serverless"}, "broker_record_bytes", False),
        (
            {"largest_record_bytes": 11 * MIB, "replicators": 1.0, "secondary_region": "eu-west-1"},
            "replicator_record_bytes",
            True,
        ),
        (
            {"largest_record_bytes": 20 * MIB, "replicators": 1.0, "secondary_region": "us-east-1"},
            "replicator_record_bytes",
            False,
        ),
        ({"largest_record_bytes": 21 * MIB}, "replicator_record_bytes", False),
        ({"cluster_type": "serverless", "consumers": 501.0}, "serverless_consumers", True),
        ({"brokers": 3.0, "replication_factor": 4.0}, "replication_factor", True),
        ({"replication_factor": 2.0, "min_insync_replicas": 1.0}, "few_replicas", True),
        ({"min_insync_replicas": 3.0}, "min_insync_replicas", True),
        ({"availability_zones": 2.0}, "zone_outage", True),
        ({"availability_zones": 3.0}, "zone_outage", False),
        ({"availability_zones": 2.0}, "two_zones", True),
        ({"connect_workers": 61.0}, "connect_workers", True),
        ({"replicators": 16.0}, "replicators", True),
        ({"replicators": 1.0, "monthly_replicated_gb": 3e6}, "replicator_ingress", True),
        ({"cluster_type": "serverless"}, "standard_saving", True),
        ({"broker_class": "kafka.m5.large"}, "graviton_saving", True),
        ({"cross_zone_fraction": 0.0}, "zone_transfer_left_out", True),
        ({"cross_zone_fraction": 0.5}, "rack_awareness_saving", True),
        (
            {"cross_zone_fraction": 0.5, "rack_aware_consumers": True},
            "rack_awareness_saving",
            False,
        ),
        ({"cluster_type": "serverless", "brokers": 3.0}, "without_effect", True),
        ({"cluster_type": "express", "tiered_storage": True}, "without_effect", True),
        ({"cluster_type": "express", "broker_class": "kafka.m5.large"}, "without_effect", True),
        ({"monthly_replicated_gb": 1.0}, "without_effect", True),
    ],
)
def test_a_limit_is_told_where_it_is_exceeded(
    fields: dict[str, Any], rule: str, expected: bool
) -> None:
    """Quotas and what a planner should know are told beyond their limit, and only there."""
    assert (rule in over(bill(**fields))) is expected


@pytest.mark.parametrize("kind", ["standard", "express", "serverless"])
def test_the_saving_of_another_type_is_the_difference_of_the_bills(kind: str) -> None:
    """The cluster of the other type costs as much less as is told."""
    load = {"records_per_second": 0.05, "consumers": 1.0, "partitions": 10.0}
    others = {"standard", "express", "serverless"} - {kind}
    own = bill(cluster_type=kind, **load)
    for other in others:
        saved = float((own.cost - bill(cluster_type=other, **load).cost)[0])
        if saved > 0:
            assert value(own, f"{other}_saving") == pytest.approx(saved)
        else:
            assert f"{other}_saving" not in over(own)


@pytest.mark.parametrize(
    "beyond",
    [
        {"record_bytes": 8 * MIB + 1, "records_per_second": 0.001},
        {"largest_record_bytes": 8 * MIB + 1},
        {"consumers": 501.0},
        {"compacted_partitions": 121.0, "partitions": 130.0},
        {"partitions": 2401.0},
        {"connections": 3001.0},
        {"new_connections_per_second": 101.0},
        {"requests_per_second": 15001.0},
        {"hottest_key_fraction": 1.0, "peak_to_mean": 501.0},
        {"hottest_key_fraction": 1.0, "peak_to_mean": 400.0, "consumers": 3.0},
        {"peak_to_mean": 20_001.0, "partitions": 2400.0},
        {"peak_to_mean": 10_000.0, "partitions": 2400.0, "consumers": 5.0},
    ],
)
def test_serverless_saves_nothing_beyond_a_quota_of_it(beyond: dict[str, float]) -> None:
    """Three kafka.m5.24xlarge cost 22,000 USD, which Serverless saves while it takes the load."""
    dear = {"broker_class": "kafka.m5.24xlarge", "brokers": 3.0, "records_per_second": 0.01}
    own, other = bill(**dear | beyond), bill(**dear | beyond, cluster_type="serverless")
    assert other.cost[0] < own.cost[0]
    assert "serverless_saving" in over(bill(**dear))
    assert "serverless_saving" not in over(own)


def test_fewer_dollars_for_brokers_that_are_too_slow_are_no_saving() -> None:
    """42 kafka.m5.large take 500 MiB/s; as many kafka.m7g.large, with 630 Mbps to EBS, do not."""
    load = {"records_per_second": 500.0, "retention_hours": 1.0}
    sized, spare = (bill(broker_class="kafka.m5.large", brokers=n, **load) for n in (42.0, 45.0))
    assert "graviton_saving" not in over(sized)
    assert "graviton_saving" in over(spare)


def test_tiered_saving_and_graviton_saving_are_differences_of_bills() -> None:
    """Both findings say how much the same cluster costs less."""
    load = {"broker_class": "kafka.m5.large", "brokers": 6.0, "retention_hours": 720.0}
    own = bill(**load)
    tiered = bill(**load, tiered_storage=True)
    assert value(own, "tiered_saving") == pytest.approx((own.cost - tiered.cost)[0])
    newer = bill(**{**load, "broker_class": "kafka.m7g.large"})
    assert value(own, "graviton_saving") == pytest.approx((own.cost - newer.cost)[0])


def test_a_key_that_is_busy_binds_one_partition() -> None:
    """Serverless partitions are as many as 5 MiB/s in or 10 out ask for, at least one."""
    capacity = bill(cluster_type="serverless", records_per_second=20.0, consumers=4.0).capacity
    assert capacity.partitions.tolist() == [8]
    assert np.isnan(capacity.vcpus).all()
