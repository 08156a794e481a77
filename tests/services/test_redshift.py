"""AWS's worked examples for Redshift clusters, and the rules they do not reach.

Left out: G-RS-02 and G-RS-03 (reservations of Redshift Serverless, which no estimate takes),
G-RS-07 and G-RS-08 (Redshift Serverless: tested there). Of the peer's ca_withUsage, the nodes and
Concurrency Scaling of ds2.8xlarge, which AWS no longer offers, and its second tier of backups,
which is 512,000 GB in place of 460,800.
"""

from typing import Any

import numpy as np
import pytest

from pricing import engine
from pricing.model import service
from pricing.services.redshift import RedshiftWorkload
from tests.services import examples
from tests.services.bills import over, value

REDSHIFT = service("redshift")


def bill(**fields: Any) -> engine.Bill:
    """Price four ra3.4xlarge with 1,000 GB in us-east-1."""
    cluster = {
        "region": "us-east-1",
        "node_type": "ra3.4xlarge",
        "nodes": 4.0,
        "storage_gb": 1000.0,
    }
    return engine.estimate(REDSHIFT, [RedshiftWorkload(**cluster | fields)])


def chosen(**needs: Any) -> tuple[str, float, str]:
    """Return node type, number of nodes and what binds where neither is given."""
    capacity = bill(node_type="", nodes=0.0, **needs).capacity
    return capacity.node_type.tolist()[0], float(capacity.nodes[0]), capacity.binding.tolist()[0]


@pytest.mark.parametrize("example", examples.load("redshift"))
def test_example(example: examples.Example) -> None:
    """The figures that AWS or a published report gives come out, in their units."""
    assert examples.found("redshift", example) == examples.stated(example)


@pytest.mark.parametrize(
    ("needs", "expected"),
    [
        ({}, ("ra3.large", 2, "least")),
        ({"required_vcpus": 16.0}, ("rg.xlarge", 4, "vcpus")),
        ({"required_memory_gib": 128.0}, ("rg.xlarge", 4, "memory")),
        ({"storage_gb": 3 * 32768.0}, ("rg.xlarge", 3, "storage")),
        ({"tables": 10_000.0}, ("rg.xlarge", 2, "least")),
        ({"required_vcpus": 16.0, "region": "eu-north-1"}, ("ra3.xlplus", 4, "vcpus")),
    ],
)
def test_the_cheapest_cluster_that_suits_is_chosen(
    needs: dict[str, Any], expected: tuple[str, float, str]
) -> None:
    """Node type and number follow from the needs, at the prices of the Region."""
    assert chosen(**needs) == expected


def test_data_scanned_counts_in_the_choice() -> None:
    """Two rg.xlarge cost more than two ra3.large, until Spectrum of RA3 costs the difference."""
    difference = 2 * 730 * (0.76 - 0.543) / 5 * 1024
    assert chosen(monthly_spectrum_gb=difference * 0.99)[0] == "ra3.large"
    assert chosen(monthly_spectrum_gb=difference * 1.01)[0] == "rg.xlarge"


def test_the_type_is_chosen_for_the_nodes_that_are_given() -> None:
    """Of types whose given number of nodes meets the needs, the cheapest is taken."""
    capacity = bill(node_type="", nodes=3.0, required_vcpus=40.0).capacity
    assert (capacity.node_type.tolist(), capacity.nodes.tolist()) == (["rg.4xlarge"], [3])


def test_where_no_cluster_suits_it_is_said() -> None:
    """More data than any priced cluster holds exceeds the limits of the one that is returned."""
    priced = bill(node_type="", nodes=0.0, storage_gb=2e7)
    assert "cluster_nodes" in over(priced)


def test_the_saving_of_rg_is_what_the_same_cluster_costs_less() -> None:
    """Four ra3.4xlarge cost 13.04 an hour, three rg.4xlarge 9.129, and Spectrum falls away."""
    saved = value(bill(hours_per_month=1.0, monthly_spectrum_gb=1024.0), "rg_saving")
    assert saved == pytest.approx(13.04 - 9.129 + 5)


@pytest.mark.parametrize(
    ("fields", "rule", "told"),
    [
        ({"nodes": 1.0}, "too_few_nodes", True),
        ({"nodes": 2.0}, "too_few_nodes", False),
        ({"nodes": 65.0}, "cluster_nodes", True),
        ({"nodes": 33.0}, "nodes_at_creation", True),
        ({"nodes": 32.0}, "nodes_at_creation", False),
        ({"nodes": 50.0, "clusters_in_region_nodes": 151.0}, "nodes_in_region", True),
        ({"nodes": 50.0, "clusters_in_region_nodes": 150.0}, "nodes_in_region", False),
        ({"nodes": 60.0, "deployment": "multi-az"}, "nodes_in_region", False),
        ({"storage_gb": 4 * 131072.0 + 1}, "storage", True),
        ({"node_type": "ra3.large", "nodes": 1.0, "storage_gb": 1025.0}, "storage", True),
        ({"node_type": "dc2.large", "storage_gb": 641.0}, "storage", True),
        ({"required_vcpus": 49.0}, "required_vcpus", True),
        ({"required_memory_gib": 385.0}, "required_memory", True),
        ({"connections": 2001.0}, "connections", True),
        ({"node_type": "dc2.large", "connections": 501.0}, "connections", True),
        ({"tables": 200_001.0}, "tables", True),
        ({"node_type": "ra3.xlplus", "tables": 20_000.0}, "tables", False),
        ({"node_type": "ra3.xlplus", "nodes": 1.0, "tables": 9901.0}, "tables", True),
        ({"concurrent_queries": 51.0}, "wlm_slots", True),
        ({"nodes": 33.0, "monthly_concurrency_scaling_hours": 1.0}, "scaling_nodes", True),
        ({"nodes": 33.0}, "scaling_nodes", False),
        (
            {"node_type": "ra3.large", "nodes": 1.0, "monthly_concurrency_scaling_hours": 1.0},
            "scaling_of_one_node",
            True,
        ),
        ({"monthly_concurrency_scaling_hours": 1.0}, "scaling_of_one_node", False),
        ({"monthly_concurrency_scaling_hours": 1.0}, "scaling_credits", True),
        ({"node_type": "dc2.8xlarge"}, "dense_compute", True),
        ({}, "dense_compute", False),
        ({"node_type": "dc2.8xlarge", "deployment": "multi-az"}, "multi_az_of_dc2", True),
        ({"deployment": "multi-az"}, "multi_az_of_dc2", False),
        ({"node_type": "rg.4xlarge", "monthly_spectrum_gb": 1.0}, "spectrum_of_rg", True),
        ({"node_type": "rg.4xlarge"}, "spectrum_of_rg", False),
        ({"monthly_spectrum_gb": 1.0}, "spectrum_of_rg", False),
        ({"node_type": "rg.4xlarge"}, "rg_saving", False),
        ({"region": "eu-north-1"}, "rg_saving", False),
        ({"nodes": 1.0, "node_type": "ra3.xlplus"}, "rg_saving", False),
    ],
)
def test_limits_and_advice(fields: dict[str, Any], rule: str, told: bool) -> None:
    """Each limit of a cluster, and each thing a planner should know, is told where it holds."""
    assert (rule in over(bill(**fields))) is told


@pytest.mark.parametrize(
    ("fields", "uptime"),
    [({}, 0.999), ({"nodes": 1.0}, 0.995), ({"deployment": "multi-az"}, 0.9999)],
)
def test_uptime_follows_nodes_and_zones(fields: dict[str, Any], uptime: float) -> None:
    """AWS commits to more with several nodes, and to most in two Availability Zones."""
    assert bill(**fields).capacity.sla_fraction.tolist() == [uptime]


def test_small_spectrum_queries_are_billed_at_least_the_minimum() -> None:
    """A query counts 10 MB, or what is assumed; larger queries count what they scan."""
    queries = {"monthly_spectrum_queries": 1024.0 * 1024}
    assert bill(**queries).capacity.spectrum_tb.tolist() == [10]
    assert bill(**queries, minimum_spectrum_mb=0.0).capacity.spectrum_tb.tolist() == [0]
    assert bill(**queries, monthly_spectrum_gb=20_480.0).capacity.spectrum_tb.tolist() == [20]


def test_snapshots_are_copied_to_another_region_only() -> None:
    """Copies pay storage there and the transfer; without a Region, or in the same, nothing."""
    copies = {"backup_copy_gb": 100.0, "monthly_backup_copy_gb": 10.0}
    priced = bill(backup_copy_region="us-west-2", **copies)
    costs = {line.rate.name: float(line.cost[0]) for line in priced.lines}
    assert costs["backup_copy_storage"] == pytest.approx(100 * 0.023)
    assert costs["backup_copy_transfer"] == pytest.approx(10 * 0.02)
    for region in ("", "us-east-1"):
        assert bill(backup_copy_region=region, **copies).cost == bill().cost


def test_free_backups_are_taken_off() -> None:
    """What is assumed to be free is not billed, and no more than there is."""
    for kept, billed in ((500.0, 300.0), (100.0, 0.0)):
        priced = bill(backup_gb=kept, free_backup_gb=200.0)
        (line,) = (line for line in priced.lines if line.rate.name == "backup_storage")
        assert line.quantity.tolist() == [billed]


def test_dc2_pays_for_no_managed_storage() -> None:
    """DC2 keeps its data on disks that its nodes include."""
    (line,) = (
        line for line in bill(node_type="dc2.large").lines if line.rate.name == "managed_storage"
    )
    assert line.quantity.tolist() == [0]


@pytest.mark.parametrize(("storage_gb", "nodes"), [(1024.0, 1), (1025.0, 2), (8192.0, 2)])
def test_a_single_node_is_taken_only_where_it_holds_the_data(
    storage_gb: float, nodes: float
) -> None:
    """An ra3.large alone holds 1 TB, and 8 TB in a cluster of several."""
    priced = bill(node_type="ra3.large", nodes=0.0, min_nodes=1.0, storage_gb=storage_gb)
    assert priced.capacity.nodes.tolist() == [nodes]
    assert "storage" not in over(priced)


@pytest.mark.parametrize(
    ("node_type", "need", "nodes", "rule"),
    [
        ("ra3.xlplus", {"tables": 9900.0}, 1, "tables"),
        ("ra3.xlplus", {"tables": 9901.0}, 2, "tables"),
        ("ra3.large", {"monthly_concurrency_scaling_hours": 1.0}, 2, "scaling_of_one_node"),
        ("ra3.large", {}, 1, "scaling_of_one_node"),
    ],
)
def test_what_a_single_node_cannot_do_takes_two(
    node_type: str, need: dict[str, float], nodes: float, rule: str
) -> None:
    """More tables than a single node has, or Concurrency Scaling, size a cluster of two."""
    priced = bill(node_type=node_type, nodes=0.0, min_nodes=1.0, storage_gb=100.0, **need)
    assert priced.capacity.nodes.tolist() == [nodes]
    assert rule not in over(priced)


def test_a_type_without_a_price_of_concurrency_scaling_does_not_win_by_it() -> None:
    """In us-east-1 ra3.large and RG have none: beyond the free hours ra3.xlplus is taken."""
    free, paid = ({"monthly_concurrency_scaling_hours": hours} for hours in (30.0, 60.0))
    assert chosen(**free)[0] == "ra3.large"
    assert chosen(**paid)[0] == "ra3.xlplus"
    assert not unpriced(bill(node_type="", nodes=0.0, **paid))


def test_where_every_type_lacks_the_price_it_is_unpriced() -> None:
    """In ap-southeast-4 the cheapest nodes are taken, as without it; the charge has no price."""
    paid = {"region": "ap-southeast-4", "monthly_concurrency_scaling_hours": 60.0}
    assert chosen(**paid)[0] == "ra3.large"
    assert unpriced(bill(node_type="", nodes=0.0, **paid)) == {"concurrency_scaling"}


def test_rg_saves_nothing_that_is_known_where_its_scaling_has_no_price() -> None:
    """RG nodes are said to cost less only while scaling stays within the free credits."""
    assert "rg_saving" in over(bill(monthly_concurrency_scaling_hours=30.0))
    assert "rg_saving" not in over(bill(monthly_concurrency_scaling_hours=60.0))


def unpriced(priced: engine.Bill) -> set[str]:
    """Return the meters of lines without a known cost."""
    return {line.rate.name for line in priced.lines if np.isnan(line.cost).any()}
