"""AWS's worked examples for DynamoDB Accelerator, and the rules they do not reach."""

from typing import Any

import pytest

from pricing import engine
from pricing.model import service
from pricing.services.dax import DAXWorkload
from tests.services import examples
from tests.services.bills import applying

DAX = service("dax")


def bill(**fields: Any) -> engine.Bill:
    """Price a cluster of dax.r5.large in us-east-1 for items of 1 KB."""
    cluster = {"region": "us-east-1", "node_type": "dax.r5.large", "item_bytes": 1024.0}
    return engine.estimate(DAX, [DAXWorkload(**cluster | fields)])


def exceeded(priced: engine.Bill) -> set[str]:
    """Return the rules that make the cluster infeasible."""
    return {check.rule for check in priced.checks if check.exceeded.any()}


@pytest.mark.parametrize("example", examples.load("dax"))
def test_example(example: examples.Example) -> None:
    """The figures that AWS or a published report gives come out, in their units."""
    assert examples.found("dax", example) == examples.stated(example)


@pytest.mark.parametrize("writes", [0.0, 100.0, 200.0])
@pytest.mark.parametrize("reads", [1e3, 2e5, 3e5, 4e5, 5e5])
def test_as_few_nodes_as_the_load_needs(reads: float, writes: float) -> None:
    """With the nodes that are found the load fits, and with one fewer it does not."""
    load: dict[str, Any] = {"reads_per_second": reads, "writes_per_second": writes}
    load["hit_fraction"] = 1.0
    nodes = float(bill(**load).capacity.nodes[0])
    assert "normalized_requests" not in exceeded(bill(**load))
    if nodes > 3:
        assert "normalized_requests" in exceeded(bill(**load, nodes=nodes - 1))


def test_more_than_eleven_nodes_take_is_said() -> None:
    """A load beyond the largest cluster is sized with eleven nodes, and exceeds the limit."""
    priced = bill(reads_per_second=1e6)
    assert priced.capacity.nodes.tolist() == [11]
    assert exceeded(priced) == {"normalized_requests"}


def test_reads_that_the_cache_takes_do_not_reach_the_table() -> None:
    """Misses and strongly consistent reads reach the table; hits do not."""
    capacity = bill(
        reads_per_second=1000.0, hit_fraction=0.75, strongly_consistent_reads_per_second=10.0
    ).capacity
    assert capacity.table_reads_per_second.tolist() == [260]
    assert capacity.saved_reads_per_second.tolist() == [750]


def test_a_working_set_beyond_a_node_is_told() -> None:
    """Each node holds a copy, so that more nodes do not hold more data."""
    told = [
        check.over.tolist()
        for check in bill(working_set_gb=17.0, nodes=5.0).checks
        if check.rule == "working_set"
    ]
    assert told == [[True]]


def test_few_nodes_are_told() -> None:
    """Less than the three nodes that AWS advises are told."""
    assert "few_nodes" in applying(bill(nodes=2.0))
    assert "few_nodes" not in applying(bill())


def test_the_loss_of_a_node_is_left_out_where_it_is_not_tolerated() -> None:
    """Without it only the reserve of the target utilization counts."""
    load = {"reads_per_second": 70_000.0, "hit_fraction": 1.0, "nodes": 2.0}
    targets = [
        bill(**load, node_loss_tolerated=tolerated).capacity.target_requests.tolist()
        for tolerated in (True, False)
    ]
    assert targets == [[140_000], [pytest.approx(100_000)]]
