"""Worked examples for Amazon OpenSearch Service, and the rules they do not reach.

All examples of AWS are data. The peer bills the volume of one data node for all of them, except the
throughput of gp3: its cases are here with volumes for each node, as AWS bills them. Its cases of
both resources are the same. AWS writes 58 GiB for 20 GiB of primary shards with a replica; its own
formula gives 52.6 GiB for them, and 57.9 GiB for 20 GiB of source data.
"""

from typing import Any

import numpy as np
import pytest

from pricing import engine
from pricing.model import service
from pricing.services.opensearch import (
    BURSTABLE,
    CHOSEN,
    OPTIMIZED,
    OpenSearchWorkload,
)
from tests.services import examples
from tests.services.bills import over, quantities, value

OPENSEARCH = service("opensearch")


def bill(**fields: Any) -> engine.Bill:
    """Price a domain in us-east-1 that takes 100 GB a day."""
    domain = {"region": "us-east-1", "source_gb_per_day": 100.0}
    return engine.estimate(OPENSEARCH, [OpenSearchWorkload(**domain | fields)])


def given(**fields: Any) -> engine.Bill:
    """Price a domain of six m6g.large with 500 GB each, which takes 100 GB a day."""
    nodes = {"instance_class": "m6g.large.search", "data_nodes": 6.0, "storage_gb_per_node": 500.0}
    return bill(**nodes | fields)


@pytest.mark.parametrize("example", examples.load("opensearch"))
def test_example(example: examples.Example) -> None:
    """The figures that AWS or a published report gives come out, in their units."""
    assert examples.found("opensearch", example) == examples.stated(example)


@pytest.mark.parametrize(
    ("fields", "nodes", "binding"),
    [
        ({}, 6, "vcpus"),
        ({"vcpus_per_active_shard": 0.0}, 3, "least"),
        ({"vcpus_per_active_shard": 0.0, "source_gb_per_day": 400.0}, 9, "storage"),
        ({"vcpus_per_active_shard": 0.0, "storage_gb_per_node": 200.0}, 12, "storage"),
        ({"required_vcpus": 20.0}, 12, "vcpus"),
        ({"required_vcpus": 20.0, "standby": True}, 15, "vcpus"),
        ({"required_memory_gib": 100.0}, 15, "memory"),
        ({"primary_shards": 500.0, "active_days": 0.0}, 12, "shards"),
        ({"vectors": 4e6}, 15, "vectors"),
        ({"data_nodes": 4.0}, 4, "given"),
        ({"replicas": 4.0, "vcpus_per_active_shard": 0.0, "availability_zones": 1.0}, 5, "storage"),
    ],
)
def test_data_nodes_follow_from_the_largest_need(
    fields: dict[str, Any], nodes: float, binding: str
) -> None:
    """Each need determines the m6g.large nodes in turn, as many in each zone."""
    capacity = bill(instance_class="m6g.large.search", **fields).capacity
    assert (capacity.data_nodes.tolist(), capacity.binding.tolist()) == ([nodes], [binding])


def test_the_chosen_domain_is_the_cheapest_that_suits() -> None:
    """No class that may be chosen costs less, unless one of its findings is exceeded."""
    chosen = bill(source_gb_per_day=1000.0)
    limits = {"data_nodes_in_domain", "nodes_of_class", "minimum_storage", "volume_unsupported"}
    assert not over(chosen) & (limits | {"volume_per_node", "shards_per_heap"})
    rows = [
        OpenSearchWorkload(region="us-east-1", source_gb_per_day=1000.0, instance_class=name)
        for name in CHOSEN
    ]
    every = engine.estimate(OPENSEARCH, rows)
    beyond = [check.applies & check.over for check in every.checks if check.rule in limits]
    suits = np.logical_not(np.logical_or.reduce(beyond))
    assert chosen.cost[0] == pytest.approx(np.min(every.cost[suits]))


def test_a_domain_is_chosen_within_the_quota_of_nodes() -> None:
    """50 TB a day take few large nodes; where the account may have ten, none suffices."""
    large = bill(source_gb_per_day=20_000.0)
    assert large.capacity.data_nodes[0] <= 80
    assert not over(large) & {"data_nodes_in_domain", "minimum_storage", "nodes_for_vcpus"}
    assert "data_nodes_in_domain" in over(bill(source_gb_per_day=20_000.0, data_node_quota=3.0))


def test_given_nodes_take_a_class_that_holds_the_data() -> None:
    """Three nodes for 1 TB a day take a class with volumes of 6 TB and more."""
    priced = bill(source_gb_per_day=1000.0, data_nodes=3.0)
    assert priced.capacity.data_nodes.tolist() == [3]
    assert not over(priced) & {"minimum_storage", "volume_per_node", "nodes_for_vcpus"}


def test_a_domain_with_standby_takes_a_class_that_works_with_it() -> None:
    """Class, nodes, copies and masters of a sized domain meet what Standby asks for."""
    priced = bill(standby=True, replicas=2.0)
    assert "standby_requirements" not in over(priced)
    assert priced.capacity.availability_fraction.tolist() == [0.9999]
    assert np.isnan(bill(availability_zones=1.0).capacity.availability_fraction).all()


def test_instance_stores_have_no_volumes() -> None:
    """An i4i.large has 468 GB, which are 435.9 GiB, and pays for no volume."""
    priced = bill(instance_class="i4i.large.search", data_nodes=9.0)
    assert priced.capacity.storage_gb_per_node.tolist() == [pytest.approx(468e9 / 2**30)]
    assert set(quantities(priced)) == {"instance_hours", "master_hours"}
    assert "volume_unsupported" not in over(priced)


def test_optimized_classes_pay_managed_storage_of_primaries() -> None:
    """Seven days of 100 GB with 10 percent overhead are 770 GB beside the volumes."""
    priced = bill(instance_class="or1.large.search", replicas=0.0)
    assert quantities(priced)["managed_storage"] == pytest.approx(770)
    assert "no_replicas" not in over(priced)
    assert bill(instance_class="m7g.large.search").capacity.managed_storage_gb.tolist() == [0]
    assert not set(OPTIMIZED) & set(CHOSEN)


@pytest.mark.parametrize(
    ("setting", "lost"),
    [
        ({"storage_gb_per_node": 500.0}, 1),
        ({"storage_type": "io1", "iops_per_node": 1000.0}, 1),
        ({"extra_throughput_mibps_per_node": 100.0}, 1),
        ({"storage_gb_per_node": 500.0, "extra_throughput_mibps_per_node": 100.0}, 2),
    ],
)
def test_settings_of_volumes_are_not_lost_in_silence(setting: dict[str, Any], lost: float) -> None:
    """An instance store has no volumes: each of their settings counts as one without effect."""
    priced = bill(instance_class="i3.large.search", **setting)
    assert value(priced, "without_effect") == lost


def test_little_warm_data_takes_two_nodes() -> None:
    """A domain with UltraWarm has two warm nodes at least, and none without warm data."""
    assert bill(warm_retention_days=1.0).capacity.warm_nodes.tolist() == [2]
    assert bill().capacity.warm_nodes.tolist() == [0]


def test_warm_and_cold_data_are_billed_once_for_primaries() -> None:
    """Thirty days are 3,300 GB of UltraWarm on three nodes; sixty more are 6,600 GB cold."""
    priced = bill(warm_retention_days=30.0, cold_retention_days=60.0)
    found = quantities(priced)
    assert (found["warm_storage"], found["cold_storage"]) == (
        pytest.approx(3300),
        pytest.approx(6600),
    )
    assert found["warm_hours"] == 3 * 730
    assert bill(warm_retention_days=50.0, standby=True).capacity.warm_nodes.tolist() == [6]


@pytest.mark.parametrize(
    ("fields", "master"),
    [
        ({"data_nodes": 10.0, "engine_generation": "older"}, 8),
        ({"data_nodes": 11.0, "engine_generation": "older"}, 16),
        ({"data_nodes": 31.0}, 16),
        ({"data_nodes": 61.0}, 32),
        ({"data_nodes": 10.0, "primary_shards": 7600.0}, 16),
    ],
)
def test_masters_have_memory_for_nodes_and_shards(fields: dict[str, Any], master: float) -> None:
    """The cheapest master has at least the memory that AWS's table of its engine asks for."""
    priced = bill(instance_class="m6g.large.search", **fields)
    assert not over(priced) & {"nodes_of_master", "shards_of_master"}
    chosen = str(priced.capacity.master_class.tolist()[0])
    (memory,) = bill(instance_class=chosen).capacity.memory_gib.tolist()
    assert memory == master


def test_the_reserve_of_the_service_may_be_capped() -> None:
    """Of six volumes the service reserves 120 GiB and not the 20 percent of AWS's formula."""
    sized = {"instance_class": "m6g.large.search"}
    worst, least = bill(**sized), bill(capped_reserve=True, **sized)
    taken = 700 * 1.1 * 2 / 0.95
    assert worst.capacity.minimum_storage_gb.tolist() == [pytest.approx(taken / 0.8)]
    assert least.capacity.minimum_storage_gb.tolist() == [pytest.approx(taken + 120)]
    assert value(worst, "reserve_beyond_cap") == pytest.approx(taken / 0.8 - taken - 120)
    assert "reserve_beyond_cap" not in over(least)


def test_savings_are_told_in_dollars() -> None:
    """Gp3 saves 0.013 USD a GB over gp2, and a domain that is too large the rest."""
    priced = given(storage_type="gp2")
    assert value(priced, "gp3_saving") == pytest.approx(3000 * (0.135 - 0.122))
    large = given(data_nodes=30.0)
    assert value(large, "class_saving") == pytest.approx(float(large.cost[0] - bill().cost[0]))
    assert "class_saving" not in over(bill())


@pytest.mark.parametrize(
    ("fields", "rule", "holds"),
    [
        ({"data_nodes": 81.0}, "data_nodes_in_domain", True),
        ({"data_nodes": 81.0, "data_node_quota": 200.0}, "data_nodes_in_domain", False),
        ({"data_nodes": 201.0, "engine_generation": "older"}, "nodes_of_class", True),
        ({"data_nodes": 201.0}, "nodes_of_class", False),
        ({"data_nodes": 7.0}, "uneven_zones", True),
        ({"data_nodes": 6.0}, "uneven_zones", False),
        ({"data_nodes": 2.0}, "few_nodes", True),
        ({"data_nodes": 3.0}, "few_nodes", False),
        ({"instance_class": BURSTABLE[-1]}, "burstable_nodes", True),
        ({}, "burstable_nodes", False),
        ({"replicas": 0.0}, "no_replicas", True),
        ({}, "no_replicas", False),
        ({"storage_gb_per_node": 1025.0}, "volume_per_node", True),
        ({"storage_gb_per_node": 1024.0}, "volume_per_node", False),
        ({"storage_gb_per_node": 513.0, "storage_type": "gp2"}, "volume_per_node", True),
        ({"storage_gb_per_node": 513.0, "storage_type": "io1"}, "volume_per_node", True),
        ({"storage_type": "standard"}, "volume_unsupported", True),
        ({}, "volume_unsupported", False),
        ({"storage_gb_per_node": 300.0}, "minimum_storage", True),
        ({}, "minimum_storage", False),
        (
            {"instance_class": "r7g.16xlarge.search", "data_nodes": 86.0}
            | {"storage_gb_per_node": 36_864.0},
            "storage_of_domain",
            True,
        ),
        ({}, "storage_of_domain", False),
        ({"instance_class": "oi2.16xlarge.search"}, "unpublished_store", True),
        ({"instance_class": "oi2.16xlarge.search"}, "volume_unsupported", False),
        ({"instance_class": "oi2.large.search"}, "unpublished_store", False),
        ({"extra_throughput_mibps_per_node": 1751.0}, "volume_throughput", True),
        ({"extra_throughput_mibps_per_node": 1750.0}, "volume_throughput", False),
        ({"shard_gib": 60.0}, "shard_size", True),
        ({"shard_gib": 50.0}, "shard_size", False),
        ({"shard_gib": 9.0}, "small_shards", True),
        ({"shard_gib": 11.0}, "small_shards", False),
        ({"primary_shards": 301.0}, "shards_per_heap", True),
        ({"primary_shards": 300.0}, "shards_per_heap", False),
        ({"primary_shards": 751.0}, "shards_per_node", True),
        ({"primary_shards": 750.0}, "shards_per_node", False),
        ({"primary_shards": 3001.0, "engine_generation": "older"}, "shards_per_node", True),
        ({"primary_shards": 3000.0, "standby": True}, "shards_per_node", False),
        ({"shard_gib": 70.0, "standby": True}, "standby_shard_size", True),
        ({"shard_gib": 70.0}, "standby_shard_size", False),
        ({"primary_shards": 37_501.0, "standby": True}, "standby_shards", True),
        ({"primary_shards": 37_500.0, "standby": True}, "standby_shards", False),
        ({"required_vcpus": 13.0}, "nodes_for_vcpus", True),
        ({"required_vcpus": 12.0}, "nodes_for_vcpus", False),
        ({"required_memory_gib": 49.0}, "nodes_for_memory", True),
        ({"required_memory_gib": 48.0}, "nodes_for_memory", False),
        ({"vectors": 2e6}, "nodes_for_vectors", True),
        ({"vectors": 1e6}, "nodes_for_vectors", False),
        ({"dedicated_masters": 1.0}, "single_master", True),
        ({}, "single_master", False),
        ({"dedicated_masters": 4.0}, "even_masters", True),
        ({"dedicated_masters": 5.0}, "even_masters", False),
        ({"dedicated_masters": 0.0}, "no_masters", True),
        ({}, "no_masters", False),
        (
            {"master_class": "m6g.large.search", "data_nodes": 31.0},
            "nodes_of_master",
            True,
        ),
        ({"master_class": "m6g.large.search", "data_nodes": 30.0}, "nodes_of_master", False),
        (
            {"instance_class": "or1.large.search", "master_class": "m5.large.search"},
            "optimized_masters",
            True,
        ),
        (
            {"instance_class": "or1.large.search", "master_class": "m6g.large.search"},
            "optimized_masters",
            False,
        ),
        ({"standby": True}, "standby_copies", True),
        ({"standby": True, "replicas": 2.0}, "standby_copies", False),
        ({"replicas": 1.0}, "standby_copies", False),
        ({"standby": True, "dedicated_masters": 5.0}, "standby_requirements", True),
        ({"warm_nodes": 1.0}, "single_warm_node", True),
        ({"warm_nodes": 2.0}, "single_warm_node", False),
        ({"instance_class": "", "storage_gb_per_node": 50_000.0}, "no_class_suits", True),
        ({"instance_class": "", "data_nodes": 1.0}, "no_class_suits", True),
        ({"instance_class": ""}, "no_class_suits", False),
        ({"storage_gb_per_node": 50_000.0}, "no_class_suits", False),
        ({"standby": True, "replicas": 2.0}, "standby_requirements", False),
        ({"standby": True, "replicas": 2.0, "storage_type": "gp2"}, "standby_requirements", True),
        ({"dedicated_masters": 0.0, "warm_nodes": 2.0}, "warm_without_masters", True),
        ({"warm_nodes": 2.0}, "warm_without_masters", False),
        (
            {"instance_class": BURSTABLE[-1], "warm_nodes": 2.0},
            "warm_with_burstable",
            True,
        ),
        ({"warm_nodes": 2.0, "warm_retention_days": 28.0}, "warm_storage_addressed", True),
        ({"warm_nodes": 2.0, "warm_retention_days": 27.0}, "warm_storage_addressed", False),
        ({"warm_nodes": 751.0}, "warm_nodes", True),
        ({"warm_nodes": 151.0, "engine_generation": "older"}, "warm_nodes", True),
        ({"warm_nodes": 750.0}, "warm_nodes", False),
        ({"cold_retention_days": 1.0}, "cold_without_warm", True),
        ({"cold_retention_days": 1.0}, "cold_reads", True),
        ({"warm_retention_days": 1.0}, "cold_reads", False),
        ({"warm_retention_days": 1.0}, "warm_reads", True),
        ({}, "warm_reads", False),
        ({"cold_retention_days": 1.0, "warm_nodes": 2.0}, "cold_without_warm", False),
        ({"instance_class": "i3.large.search"}, "without_effect", True),
        (
            {"instance_class": "i3.large.search", "storage_gb_per_node": 0.0},
            "without_effect",
            False,
        ),
        ({"iops_per_node": 1000.0}, "without_effect", True),
        ({"iops_per_node": 1000.0, "storage_type": "io1"}, "without_effect", False),
        (
            {"extra_throughput_mibps_per_node": 1.0, "storage_type": "gp2"},
            "without_effect",
            True,
        ),
        ({"standby": True, "availability_zones": 2.0}, "without_effect", True),
        (
            {"dedicated_masters": 0.0, "master_class": "m6g.large.search"},
            "without_effect",
            True,
        ),
    ],
)
def test_limits_and_advice(fields: dict[str, Any], rule: str, holds: bool) -> None:
    """Each limit of a domain is told where it is exceeded, and only there."""
    assert (rule in over(given(**fields))) is holds


def test_a_break_even_point_has_its_nodes_and_data() -> None:
    """Six nodes keep 700 GB of source data."""
    row = OpenSearchWorkload(region="us-east-1", source_gb_per_day=100.0)
    crossed = OPENSEARCH.crossing(row, given().capacity)
    assert {name: column.tolist() for name, column in crossed.items()} == {
        "data_nodes": [6],
        "source_gb": [700],
    }


OWN = {
    "data_nodes_in_domain",
    "nodes_of_class",
    "few_nodes",
    "uneven_zones",
    "minimum_storage",
    "volume_per_node",
    "volume_unsupported",
    "shards_per_heap",
    "shards_per_node",
    "nodes_for_vcpus",
    "nodes_for_memory",
    "nodes_for_vectors",
    "nodes_of_master",
    "shards_of_master",
    "standby_requirements",
    "standby_copies",
    "no_class_suits",
}


@pytest.mark.parametrize("storage_type", ["gp3", "gp2", "io1", "standard"])
@pytest.mark.parametrize("size", [0.0, 90.0, 5000.0])
@pytest.mark.parametrize("standby", [False, True])
def test_a_sized_domain_exceeds_none_of_its_findings(
    storage_type: str, size: float, standby: bool
) -> None:
    """From 0.1 GB to 1 TB a day a class is chosen and sized within every limit, if any can be."""
    rows = [
        OpenSearchWorkload(
            region="us-east-1",
            source_gb_per_day=10.0**power,
            storage_type=storage_type,  # type: ignore[arg-type]
            storage_gb_per_node=size,
            vectors=10.0 ** (power + 4),
            standby=standby,
            replicas=2.0,
            data_node_quota=400.0,
        )
        for power in range(-1, 4)
    ]
    priced = engine.estimate(OPENSEARCH, rows)
    over = {check.rule for check in priced.checks if (check.applies & check.over).any()}
    if storage_type in ("gp3", "io1"):
        assert not over & OWN
    assert (np.diff(priced.cost) >= 0).all()
