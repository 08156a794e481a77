"""Explain why something has no price, and list the nearest things that have one."""

from functools import lru_cache
from weakref import ref

import numpy as np

from pricing.kit.instances import unlikeness
from pricing.quantities import REGION_CODES
from pricing.rates import Rate

MOST_NAMED = 5
"""The most variants listed as nearest."""


def why_unpriced(rate: Rate, parts: tuple[str, ...], day: int, region: int) -> str:
    """Return why there is no price, with the nearest Regions and variants that have one.

    Parameters
    ----------
    rate : the meter
    parts : the words that name the variant, in the order of the meter's dimensions
    day, region : positions on those axes
    """
    return _why_unpriced(ref(rate), parts, day, region)


@lru_cache(maxsize=4096)
def _why_unpriced(weakly: "ref[Rate]", parts: tuple[str, ...], day: int, region: int) -> str:
    """Do as :func:`why_unpriced`; the weak reference lets the cache outlive a rate."""
    rate = weakly()
    assert rate is not None
    asked, where = "/".join(parts), REGION_CODES[region]
    title = rate.meter.title.partition(";")[0]
    what = f"{title} ({asked})" if asked else title
    since = _known_since(rate, asked, day, region)
    if since:
        return f"{what}: no price is known in {where} before {since}"
    near = {
        "one is known in": _regions(rate, asked, day, where),
        "the nearest there": _variants(rate, parts, day, region),
    }
    hints = (f"; {hint}: {', '.join(names)}" for hint, names in near.items() if names)
    return f"{what}: no price is known in {where}" + "".join(hints)


def _known_since(rate: Rate, asked: str, day: int, region: int) -> str:
    """Return the first later day on which a variant has a price in a Region, or ""."""
    if asked not in rate.variants:
        return ""
    later = rate.first[rate.variants.index(asked), day:, region]
    known = later == later
    if not known.any():
        return ""
    since = rate.days[day + int(known.argmax()) - 1]
    return str(np.datetime64(int(since), "D"))


def _regions(rate: Rate, asked: str, day: int, where: str) -> list[str]:
    """Return the Regions in which a variant has a price, those with the same prefix first."""
    if asked not in rate.variants:
        return []
    prices = rate.first[rate.variants.index(asked), day]
    regions = [code for code, price in zip(REGION_CODES, prices, strict=True) if price == price]
    return sorted(regions, key=lambda code: not code.startswith(where.partition("-")[0]))


def _variants(rate: Rate, parts: tuple[str, ...], day: int, region: int) -> list[str]:
    """Return up to :data:`MOST_NAMED` variants with a price in the Region, the nearest first.

    They differ in as few parts as possible, never in a fixed dimension. Variants that differ in a
    later part come first, then those with the most similar words.
    """
    prices = rate.first[:-1, day, region]
    known = np.flatnonzero(prices == prices)
    if not parts or not known.size:
        return []
    numbers, coded = rate.coded
    differing = coded[known] != [numbers.get(part, -1) for part in parts]
    fixed = np.isin(rate.meter.dimensions, rate.meter.fixed)
    fit = np.flatnonzero(~differing[:, fixed].any(axis=1))
    count = differing[fit].sum(axis=1)
    near = rate.paths[known[fit[count == count.min(initial=len(parts))]]].tolist()
    near.sort(key=lambda path: list(map(unlikeness, path, parts)))
    return ["/".join(path) for path in near[:MOST_NAMED]]
