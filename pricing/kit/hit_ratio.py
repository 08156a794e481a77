"""How often a cache has what is read: Zipf's popularity, and Che's approximation of LRU.

The n-th most popular of N items is read in proportion to 1 / n^s [1]_. A cache that evicts what was
read longest ago keeps an item that was read within a characteristic time T, which is the same for
all items: with it the items that are kept fill the cache [2]_. An item with a time to live (TTL) is
also read again from the database when its time has passed since it was loaded. The reads of an item
are taken to be independent, so that the share of its reads that hit is the share of the time in
which it is kept.

References
----------
.. [1] L. Breslau and others, "Web caching and Zipf-like distributions", INFOCOM (1999),
   https://pages.cs.wisc.edu/~cao/papers/zipf-implications.html
.. [2] H. Che, Y. Tung, Z. Wang, "Hierarchical Web caching systems: modeling, design and
   experimental results", IEEE Journal on Selected Areas in Communications 20 (2002)
"""

from typing import NamedTuple

import numpy as np

from pricing.arrays import Numbers

EXACT_RANKS, BINS = 32, 96
"""The most popular items are counted one by one, the others in bins of rising width."""
STEPS = 64
"""Halvings of the interval in which the characteristic time is sought."""
LARGEST_LOG_TIME = 80
"""Natural logarithm of the longest characteristic time [reads], beyond any cache."""


class Popularity(NamedTuple):
    """Groups of items that are read alike [..., group]."""

    items: Numbers
    """Items of the group [1]."""
    share: Numbers
    """Share of all reads that go to one of them [share]."""


def zipf(items: Numbers, exponent: Numbers) -> Popularity:
    """Return the popularity of some number of items by Zipf's law [1]_.

    Parameters
    ----------
    items : items that are read, at least one [1]
    exponent : Zipf's exponent; 0 is the same for all

    Examples
    --------
    Of two items with the exponent 1, the first is read twice as often.

    >>> found = zipf(np.array([2]), np.array([1]))
    >>> found.share[0, :2].round(3).tolist(), float((found.items * found.share).sum())
    ([0.667, 0.333], 1.0)
    """
    count, power = with_groups(items), with_groups(exponent)
    ranks = np.arange(1, EXACT_RANKS + 1)
    first = np.clip(count - ranks + 1, 0, 1)
    width, each = binned(count, power)
    weights = np.concatenate([np.broadcast_to(ranks**-power, first.shape), each], axis=-1)
    members = np.concatenate([first, width], axis=-1)
    return Popularity(members, weights / (members * weights).sum(axis=-1, keepdims=True))


def with_groups(numbers: Numbers) -> Numbers:
    """Return numbers with a last axis for the groups of items."""
    return np.asarray(numbers, dtype=np.float64)[..., np.newaxis]


def binned(count: Numbers, power: Numbers) -> tuple[Numbers, Numbers]:
    """Return the items of each bin of the less popular ones, and their mean weight."""
    start = np.minimum(count, EXACT_RANKS) + 1 / 2
    edges = start * ((count + 1 / 2) / start) ** np.linspace(0, 1, BINS + 1)
    width = np.diff(edges, axis=-1)
    weight = integral(edges[..., :-1], edges[..., 1:], power)
    return width, weight / np.where(width > 0, width, 1)


def integral(start: Numbers, end: Numbers, power: Numbers) -> Numbers:
    """Return the integral of x^-power between two places, of which the first is above zero.

    Examples
    --------
    >>> integral(np.array([1, 1]), np.array([2, np.e]), np.array([0, 1])).round(9).tolist()
    [1.0, 1.0]
    """
    rest, ratio = 1 - power, np.log(end / start)
    near_one = np.abs(rest * ratio) * 10**9 < 1
    grown = np.expm1(rest * ratio) / np.where(near_one, 1, rest)
    return start**rest * np.where(near_one, ratio, grown)


def kept(popular: Popularity, time: Numbers, loads: Numbers) -> Numbers:
    """Return the share of the time in which an item is kept [..., group], and of its hits.

    Parameters
    ----------
    time : characteristic time of the cache [reads]
    loads : reads during the time to live [reads]; infinite without one
    """
    by_memory = -np.expm1(-popular.share * time)
    endless = np.isinf(loads)
    during = popular.share * np.where(endless, 0, loads)
    by_age = np.where(endless, 1, during / (1 + during))
    return np.minimum(by_memory, by_age)


def hit_fraction(items: Numbers, room: Numbers, exponent: Numbers, loads: Numbers) -> Numbers:
    """Return the share of reads that an LRU cache answers [share] [2]_.

    Parameters
    ----------
    items : items that are read, at least one [1]
    room : items that the cache has room for [1]
    exponent : Zipf's exponent of their popularity
    loads : reads during the time to live of an item [reads]; infinite without one

    Examples
    --------
    A cache with room for all items has them all. Half of the items that are read alike are half of
    the hits. Without reads during the time to live there are none.

    >>> items, room = np.array([1000, 1000, 1000]), np.array([1000, 500, 500])
    >>> loads = np.array([np.inf, np.inf, 0])
    >>> hit_fraction(items, room, np.array([1, 0, 1]), loads).round(6).tolist()
    [1.0, 0.5, 0.0]
    """
    popular, age = zipf(items, exponent), with_groups(loads)
    time = characteristic_time(popular, with_groups(room), age)
    hits = popular.items * popular.share * kept(popular, time, age)
    return hits.sum(axis=-1)


def characteristic_time(popular: Popularity, room: Numbers, loads: Numbers) -> Numbers:
    """Return the time for which a cache keeps what is not read again [reads] [2]_.

    It is the longest with which the items that are kept fit into the cache.
    """
    low = np.full(room.shape, -LARGEST_LOG_TIME, dtype=np.float64)
    high = -low
    for _ in range(STEPS):
        middle = (low + high) / 2
        filled = popular.items * kept(popular, np.exp(middle), loads)
        fits = filled.sum(axis=-1, keepdims=True) <= room
        low, high = np.where(fits, middle, low), np.where(fits, high, middle)
    return np.exp(low)
