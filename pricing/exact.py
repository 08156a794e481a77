"""Exact sums of floats, which depend neither on the order of addition nor on who added what.

Each value is cut into parts that are whole multiples of 2^(20 x place), fewer than 2^20 of them.
Parts of a place are added in a float, which is exact for as many as 2^33 values of a key.
"""

from collections.abc import Iterator, Mapping
from functools import cached_property

import numpy as np

from pricing.arrays import Numbers, Places

BITS = 20
"""Bits of a part."""
LEAST = float(np.finfo(np.float64).smallest_subnormal)
"""The smallest float, of which every other is a multiple."""
LAST = -54
"""The place of the smallest float."""


class Sums:
    """The exact sum of the values of each key; keys are positions from 0.

    Examples
    --------
    >>> Sums(2).plus(np.array([0, 0, 0, 1]), np.array([1e16, 1.0, -1e16, 0.1])).value.tolist()
    [1.0, 0.1]
    """

    def __init__(self, keys: int, places: Mapping[int, Numbers] | None = None) -> None:
        self.keys = keys
        self._places = places or {}
        """The sum of the parts of each place [key]."""

    @cached_property
    def value(self) -> Numbers:
        """The sum of each key, rounded to a float."""
        return sum((self._places[place] for place in sorted(self._places)), np.zeros(self.keys))

    def plus(self, key: Places, values: Numbers) -> "Sums":
        """Return the sums with values added, each to that of its key."""
        added = {place: np.bincount(key, part, self.keys) for place, part in parts(values)}
        return self + Sums(self.keys, added)

    def spread(self, key: Places, keys: int) -> "Sums":
        """Return the same sums under other keys, of which there may be more."""
        wide = {place: np.zeros(keys) for place in self._places}
        for place, sums in self._places.items():
            wide[place][key] = sums
        return Sums(keys, wide)

    def __add__(self, other: "Sums") -> "Sums":
        """Return the sums of both, whose keys are the same."""
        both = {
            place: self._places.get(place, 0.0) + other._places.get(place, 0.0)
            for place in self._places.keys() | other._places.keys()
        }
        return Sums(self.keys, both)


def parts(values: Numbers) -> Iterator[tuple[int, Numbers]]:
    """Yield the parts of values from the largest place, which together are the values.

    Examples
    --------
    >>> [(place, part.tolist()) for place, part in parts(np.array([2.5, 0.0, 2.0**20]))]
    [(1, [0.0, 0.0, 1048576.0]), (0, [2.0, 0.0, 0.0]), (-1, [0.5, 0.0, 0.0])]
    >>> [(place, part.tolist()) for place, part in parts(np.array([LEAST]))]
    [(-54, [5e-324])]
    """
    exponent = int(np.frexp(np.abs(values).max(initial=0.0))[1])
    for place in range((exponent - 1) // BITS, LAST - 1, -1):
        if not values.any():
            return
        unit = max(2.0 ** (BITS * place), LEAST)
        part = np.trunc(values / unit) * unit
        yield place, part
        values = values - part
