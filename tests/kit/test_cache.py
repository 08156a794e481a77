"""What clusters of memory share: the reserve, the shards for the data, and the quotas on nodes."""

from math import ceil

import numpy as np
import pytest

from pricing.kit.cache import cluster_findings, left_for_data, shards_for_memory


@pytest.mark.parametrize(("node_gb", "nodes"), [(3.22, 11), (12.3, 3), (14.28, 3)])
def test_35_gb_take_the_nodes_of_the_guide(node_gb: float, nodes: int) -> None:
    """AWS's guide holds 35 GB on 11 nodes of 3.22 GB, or on three of 12.3 or 14.28 GB."""
    assert ceil(shards_for_memory(35, node_gb, 1)) == nodes


def test_a_larger_reserve_takes_more_shards() -> None:
    """Half of the memory in reserve takes twice the shards that no reserve takes."""
    whole, half = (shards_for_memory(100, left_for_data(10, part), 1) for part in (0, 0.5))
    assert half == 2 * whole


def test_a_margin_takes_more_shards() -> None:
    """Shards filled to 80 percent hold 80 percent of the data."""
    assert shards_for_memory(80, 10, 0.8) == pytest.approx(10)


def test_the_largest_cluster_has_500_nodes() -> None:
    """AWS's example of 83 shards with five replicas has 498 nodes, which all quotas compare."""
    found = list(cluster_findings(np.array([83]), np.array([5]), np.array([True])))
    assert {finding.rule: finding.value.tolist() for finding in found} == {
        "nodes_per_cluster": [498],
        "largest_cluster": [498],
        "nodes_per_region": [498],
        "replicas_per_shard": [5],
    }
