"""What a service sizes itself keeps its own limits, and never shrinks as the load grows.

Each service that sizes something for a load is listed with what lets it size, the findings that it
answers for, and the units that it returns. Loads are drawn within what AWS sells.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from msgspec import structs

from pricing import engine
from pricing.model import numbers, registry, service
from tests import strategies


@dataclass(frozen=True)
class Sizing:
    """How a service sizes."""

    free: Mapping[str, Any]
    """The fields, and the values with which the service sizes them itself."""
    keeps: frozenset[str] = frozenset()
    """The findings that a configuration of its own never exceeds."""
    most: Mapping[str, float] = field(default_factory=dict)
    """The largest loads, for which AWS sells a configuration."""
    units: tuple[str, ...] = ()
    """The figures of the capacity that never fall as a load rises."""
    given: Mapping[str, Any] = field(default_factory=dict)
    """The fields that fix the kind of units, so that their numbers compare."""


SIZED = {
    "athena": Sizing(
        free={"capacity_mode": "provisioned", "reserved_dpus": 0.0},
        keeps=frozenset({"query_dpus", "queued_queries", "dpu_steps"}),
        units=("reserved_dpus", "needed_dpus"),
    ),
    "keyspaces": Sizing(
        free={"capacity_mode": "provisioned"},
        units=("provisioned_read_units", "provisioned_write_units"),
    ),
    "opensearch": Sizing(
        free={
            "instance_class": "",
            "data_nodes": 0.0,
            "storage_gb_per_node": 0.0,
            "primary_shards": 0.0,
            "master_class": "",
            "warm_nodes": 0.0,
            "dedicated_masters": 3.0,
            "replicas": 2.0,
            "shard_gib": 30.0,
            "storage_type": "gp3",
            "iops_per_node": 0.0,
            "extra_throughput_mibps_per_node": 0.0,
            "data_node_quota": 400.0,
        },
        keeps=frozenset(
            {
                "no_class_suits",
                "data_nodes_in_domain",
                "nodes_of_class",
                "uneven_zones",
                "few_nodes",
                "volume_per_node",
                "volume_unsupported",
                "minimum_storage",
                "shard_size",
                "shards_per_heap",
                "shards_per_node",
                "standby_shard_size",
                "nodes_for_vcpus",
                "nodes_for_memory",
                "nodes_for_vectors",
                "nodes_of_master",
                "shards_of_master",
                "standby_requirements",
                "standby_copies",
                "single_warm_node",
                "warm_storage_addressed",
            }
        ),
        most={
            "source_gb_per_day": 500.0,
            "hot_retention_days": 14.0,
            "long_lived_gb": 1e4,
            "growth_ratio": 2.0,
            "vcpus_per_active_shard": 2.0,
            "active_days": 1.0,
            "required_vcpus": 500.0,
            "required_memory_gib": 5000.0,
            "vectors": 1e8,
            "vector_dimensions": 1000.0,
            "vector_links": 32.0,
            "warm_retention_days": 30.0,
        },
        units=("data_nodes", "warm_nodes", "primary_shards", "minimum_storage_gb"),
        given={"instance_class": "r6g.large.search", "capped_reserve": False},
    ),
    "opensearch_serverless": Sizing(free={}, units=("indexing_ocus", "search_ocus", "ocu_hours")),
    "redshift": Sizing(
        free={"node_type": "", "nodes": 0.0},
        keeps=frozenset(
            {
                "cluster_nodes",
                "too_few_nodes",
                "storage",
                "required_vcpus",
                "required_memory",
                "connections",
                "tables",
                "scaling_of_one_node",
                "dense_compute",
            }
        ),
        most={
            "min_nodes": 16.0,
            "storage_gb": 64 * 131_072.0,
            "required_vcpus": 64 * 12.0,
            "required_memory_gib": 64 * 96.0,
            "connections": 2000.0,
            "tables": 200_000.0,
        },
        units=("nodes", "billed_nodes"),
        given={"node_type": "ra3.xlplus"},
    ),
    "redshift_serverless": Sizing(
        free={"base_rpus": 0.0, "maximum_rpus": 0.0},
        keeps=frozenset({"base_rpus", "rpu_steps", "four_rpus", "storage", "required_memory"}),
        most={"required_memory_gib": 512 * 16.0},
        units=("base_rpus", "rpu_hours", "billed_hours"),
    ),
    "timestream": Sizing(
        free={"tcus": 0.0},
        keeps=frozenset({"tcus_for_queries", "query_tcus"}),
        most={"concurrent_queries": 300.0},
        units=("tcus", "write_units_per_request"),
    ),
    "timestream_influxdb": Sizing(
        free={
            "engine": "influxdb-2",
            "instance_class": "",
            "storage_tier": "",
            "peak_to_mean": 1.0,
        },
        keeps=frozenset({"series", "lines", "queries", "required_vcpus", "required_memory"}),
        most={
            "series": 1e7,
            "lines_per_second": 500_000.0,
            "queries_per_second": 50.0,
            "required_vcpus": 64.0,
            "required_memory_gib": 512.0,
        },
        units=("vcpus", "memory_gib"),
    ),
}
EVERY = pytest.mark.parametrize("key", SIZED)


def within(row: Any, sizing: Sizing, **fields: Any) -> Any:
    """Return a workload that the service is to size, with loads that AWS has an answer for."""
    loads = {name: min(getattr(row, name), most) for name, most in sizing.most.items()}
    return structs.replace(row, **{**loads, **sizing.free, **fields})


@EVERY
@given(data=st.data())
def test_what_is_sized_exceeds_none_of_its_own_limits(key: str, data: st.DataObject) -> None:
    """A configuration that the service chooses for a load bears it, by its own findings."""
    sizing = SIZED[key]
    rows = [within(row, sizing) for row in data.draw(strategies.batches(service(key), most=4))]
    priced = engine.estimate(service(key), rows)
    over = {check.rule for check in priced.checks if (check.applies & check.over).any()}
    assert not over & sizing.keeps


@EVERY
@given(data=st.data())
def test_more_load_never_takes_fewer_units(key: str, data: st.DataObject) -> None:
    """In every load field, more demand never takes fewer units of the same kind."""
    sizing = SIZED[key]
    row = within(data.draw(strategies.workloads(service(key))), sizing, **sizing.given)
    name = data.draw(st.sampled_from([load for load in loads(key) if load not in sizing.free]))
    higher = getattr(row, name) * 2 + 1
    kind = numbers(service(key).workload)[name]
    more = structs.replace(row, **{name: min(higher, sizing.most.get(name, higher), kind.le)})
    assume(strategies.is_said_once(service(key), more))
    priced = engine.estimate(service(key), [row, more])
    for unit in sizing.units:
        less, larger = np.broadcast_to(getattr(priced.capacity, unit), 2).tolist()
        assert larger >= less * (1 - 1e-12), (unit, name)


def loads(key: str) -> tuple[str, ...]:
    """Return the loads of a service, and the needs that size it without being billed."""
    return (
        *service(key).loads,
        *(name for name in SIZED[key].most if name not in service(key).loads),
    )


def test_each_finding_and_unit_is_one_of_its_service() -> None:
    """A finding or a unit that is renamed is renamed here, too."""
    assert set(SIZED) <= set(registry())
    for key, sizing in SIZED.items():
        priced = engine.estimate(service(key), [service(key).example])
        assert sizing.keeps <= {check.rule for check in priced.checks}, key
        assert all(hasattr(priced.capacity, unit) for unit in sizing.units), key
        if sizing.keeps:
            assert sizing.free or sizing.given
