"""The model of an LRU cache, against caches that are simulated read by read."""

from collections import OrderedDict

import numpy as np
import pytest

from pricing.kit.hit_ratio import hit_fraction, zipf

READS = 120_000


def simulated(items: int, room: int, exponent: float, lifetime: float, seed: int = 7) -> float:
    """Return the share of reads that an LRU cache answers, once it is warm.

    ``lifetime`` is the time to live of an item after it was loaded [reads].
    """
    chance = np.random.default_rng(seed)
    weights = np.arange(1, items + 1) ** -exponent
    reads = chance.choice(items, READS, p=weights / weights.sum())
    cache: OrderedDict[int, int] = OrderedDict()
    hits = 0
    for now, item in enumerate(reads.tolist()):
        loaded = cache.get(item)
        fresh = loaded is not None and now - loaded < lifetime
        hits += fresh and now >= READS // 2
        cache[item] = loaded if fresh and loaded is not None else now
        cache.move_to_end(item)
        if len(cache) > room:
            cache.popitem(last=False)
    return hits / (READS - READS // 2)


@pytest.mark.parametrize("exponent", [0.6, 0.8, 1.0, 1.2])
@pytest.mark.parametrize("room", [50, 500, 2000])
def test_an_lru_cache_hits_as_often_as_the_model_says(exponent: float, room: int) -> None:
    """Within one percentage point of a simulated cache, for Zipf exponents of 0.6 to 1.2."""
    (modelled,) = hit_fraction(
        np.array([5000]), np.array([room]), np.array([exponent]), np.array([np.inf])
    )
    assert modelled == pytest.approx(simulated(5000, room, exponent, np.inf), abs=0.01)


@pytest.mark.parametrize(("room", "lifetime"), [(5000, 3000.0), (5000, 30_000.0), (500, 20_000.0)])
def test_a_time_to_live_takes_hits_away_as_the_model_says(room: int, lifetime: float) -> None:
    """Within two percentage points of a simulated cache whose items expire."""
    (modelled,) = hit_fraction(
        np.array([5000]), np.array([room]), np.array([1.0]), np.array([lifetime])
    )
    assert modelled == pytest.approx(simulated(5000, room, 1.0, lifetime), abs=0.02)


@pytest.mark.parametrize("exponent", [0.6, 1.0, 1.2])
def test_bins_of_ranks_are_as_good_as_each_rank(exponent: float) -> None:
    """The share of the first tenth of a million items is that of the exact sum."""
    popular = zipf(np.array([1_000_000]), np.array([exponent]))
    ranks = np.arange(1, 1_000_001) ** -exponent
    order = np.cumsum(popular.items[0])
    below = order <= 100_000
    share = (popular.items * popular.share)[0][below].sum()
    exact = ranks[: int(order[below][-1])].sum() / ranks.sum()
    assert share == pytest.approx(exact, abs=2e-4)


def test_more_memory_never_lowers_the_hits() -> None:
    """The hits rise with the room of the cache, to one where it holds all items."""
    room = np.array([0, 1, 10, 1e3, 1e6, 1e9])
    found = hit_fraction(np.full(6, 1e9), room, np.full(6, 0.99), np.full(6, np.inf))
    assert (np.diff(found) > 0).all()
    assert found[-1] == pytest.approx(1)
    assert found[0] == pytest.approx(0, abs=1e-9)
