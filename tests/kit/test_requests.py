"""Requests in billed units, against AWS's examples."""

import pytest

from pricing.kit.requests import billed_bytes, billed_units

KB = 1024


@pytest.mark.parametrize(
    ("size", "unit", "units"),
    [(1.5 * KB, KB, 2), (40.8 * KB, 4 * KB, 11), (7 * KB, 5 * KB, 2), (1, 64 * KB, 1)],
)
def test_each_request_is_rounded_up(size: float, unit: int, units: int) -> None:
    """A started unit is a whole one."""
    assert float(billed_units(size, unit)) == units
    assert float(billed_bytes(size, unit)) == units * unit


def test_the_mean_of_rounded_sizes_is_not_less_than_the_rounded_mean() -> None:
    """Sizes that vary are billed as much as their mean or more, by less than a unit each."""
    sizes = [1 * KB, 1.2 * KB, 3.9 * KB, 0.1 * KB]
    mean = float(billed_units(sum(sizes) / len(sizes), KB))
    varied = sum(float(billed_units(size, KB)) for size in sizes) / len(sizes)
    assert mean <= varied < mean + 1
