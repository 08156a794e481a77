"""Sizes and limits: which need or limit binds, and what is not known."""

from fractions import Fraction

import numpy as np
import pytest

from pricing.kit import limits, nodes
from pricing.kit.sizing import largest


@pytest.mark.parametrize(
    ("needs", "least", "count", "binding"),
    [
        ({"ingress": 45 / 15.6, "egress": 90 / 31.2}, 1, 3, "ingress"),
        ({"memory": 35 / 3.22}, 1, 11, "memory"),
        ({"memory": 35 / 12.3}, 1, 3, "memory"),
        ({"ingress": 0.2, "egress": 0.4}, 3, 3, "least"),
        ({"ingress": 2.0, "egress": 3.0}, 3, 3, "egress"),
    ],
    ids=["F-MSK-01", "F-EC-03", "F-EC-05", "least", "equal"],
)
def test_the_largest_need_binds(
    needs: dict[str, float], least: int, count: int, binding: str
) -> None:
    """AWS's brokers and cache nodes follow the largest need, and never fall below the least."""
    need = largest({name: np.array([units]) for name, units in needs.items()}, least)
    assert need.count.tolist() == [count]
    assert need.binding.tolist() == [binding]


def test_needs_of_other_shapes_and_exact_numbers() -> None:
    """Needs broadcast over further axes, and fractions stay exact."""
    wide = largest({"one": np.ones((2, 1)), "two": np.array([0.5, 1.5])})
    assert wide.count.tolist() == [[1, 2], [1, 2]]
    assert wide.binding.tolist() == [["one", "two"], ["one", "two"]]
    exact = largest({"one": np.array([Fraction(3, 10) * 10], dtype=object)})
    assert exact.count.tolist() == [3]


def test_an_unknown_limit_names_nothing() -> None:
    """Of several limits the first smallest is named, and none where one is not known."""
    found = limits.limited_by(
        {"a": np.array([1.0, 2.0, 1.0]), "b": np.array([1.0, 1.0, np.nan]), "c": np.array(3.0)}
    )
    assert found.tolist() == ["a", "b", "unknown"]


def test_the_least_holds_against_the_most() -> None:
    """A range whose least is above its most gives the least; an unknown bound does not bind."""
    assert limits.between(np.array([1, 9]), 5, 3).tolist() == [5, 5]
    assert limits.between(np.array([1.0, 9.0]), np.nan, np.nan).tolist() == [1, 9]


@pytest.mark.parametrize(("count", "target"), [(1, 100), (3, 150), (11, 110)])
def test_a_cluster_survives_the_loss_of_a_node(count: int, target: float) -> None:
    """The load grows by n / (n - 1), as in AWS's sizing guide; one node has none to lose."""
    assert float(nodes.target_load(100, 1, count)) == pytest.approx(target)


def test_every_zone_has_as_many_nodes() -> None:
    """Nodes are rounded up to a multiple of the zones, and a multiple stays as it is."""
    assert nodes.in_every_zone(np.array([1, 3, 4]), 3).tolist() == [3, 3, 6]
