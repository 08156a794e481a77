"""The choice of an instance class: the cheapest that meets what a load needs, and what decides it.

Functions add a last axis for the classes, so that every row is compared with every class at once.
"""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from msgspec import structs

from pricing.arrays import Flags, Numbers, Places, Words
from pricing.kit.limits import known
from pricing.rates import WordColumn
from pricing.units import CEIL_TOLERANCE

OTHER_REASONS = ("given", "none", "price")
"""What decides a class beside a need: it is given, the cluster has none, or its price alone."""


def every_class(classes: tuple[str, ...]) -> WordColumn:
    """Return a column of all classes, the first of which is no class."""
    return WordColumn(np.arange(len(classes) + 1), ("", *classes))


def with_axis(numbers: Numbers) -> Numbers:
    """Return numbers with a last axis for the classes."""
    return np.asarray(numbers)[..., np.newaxis]


def with_classes(words: Words) -> WordColumn:
    """Return a column of words with a last axis for the classes."""
    return WordColumn(with_axis(words.codes), words.words)


def for_each_class(w: Any) -> Any:
    """Return a workload whose columns have a last axis for the classes."""
    columns = structs.asdict(w)
    return type(w)(
        **{
            name: with_classes(column) if isinstance(column, WordColumn) else with_axis(column)
            for name, column in columns.items()
        }
    )


def filled(asked: Words, choose: Callable[[], WordColumn]) -> WordColumn:
    """Return the classes that are given, and those that ``choose`` returns where none is.

    Nothing is chosen where every row has a class, because that takes the most time of an estimate.
    """
    given: WordColumn = asked
    return given.filled(choose()) if (given == "").any() else given


def enough(needed: Iterable[Numbers], has: Iterable[Numbers]) -> Flags:
    """Return where every need is met; one of zero is, and one without a known limit is not.

    Examples
    --------
    >>> enough([np.array([0, 2, 2])], [np.array([np.nan, np.nan, 4])]).tolist()
    [True, False, True]
    """
    met = [(need == 0) | (need <= own) for need, own in zip(needed, has, strict=True)]
    return np.logical_and.reduce(np.broadcast_arrays(*met))


def cheapest(
    every: WordColumn, prices: Numbers, suits: Flags, candidates: Flags = True
) -> WordColumn:
    """Return the cheapest class that suits, or the dearest where none does.

    Of several that cost the same it is the first, however their costs were rounded. Where none is
    sold at all, it is the first that suits, so that the answer names a class for which no price is
    known.

    Parameters
    ----------
    every : a column of all classes, as :func:`every_class` returns it
    prices : price of each [..., class] [USD]; NaN where it is not sold
    suits : where a class meets the needs [..., class]
    candidates : the classes that may be chosen [..., class]

    Examples
    --------
    >>> every = every_class(("small", "large"))
    >>> prices, suits = np.array([np.nan, 1.0, 2.0]), np.array([[0, 0, 1], [0, 1, 1], [0, 0, 0]])
    >>> cheapest(every, prices, suits == 1).tolist()
    ['large', 'small', 'large']
    >>> cheapest(every, np.full(3, np.nan), suits == 1).tolist()
    ['large', 'small', 'small']
    >>> cheapest(every, np.array([np.nan, 0.1 + 0.2, 0.3]), suits[1:2] == 1).tolist()
    ['small']
    """
    may_be = (every != "") & candidates
    sold, suits = may_be & known(prices), may_be & suits
    first = np.where(suits.any(axis=-1), suits.argmax(axis=-1), may_be.argmax(axis=-1))
    dearest = _first_least(np.where(sold, -prices, 1))
    least = _first_least(np.where(suits & sold, prices, np.inf))
    of_sold = np.where((suits & sold).any(axis=-1), least, dearest)
    return WordColumn(np.where(sold.any(axis=-1), of_sold, first), every.words)


def _first_least(costs: Numbers) -> Places:
    """Return where the least of each row first stands, but for the noise of floats."""
    least = costs.min(axis=-1, keepdims=True)
    return (costs <= least + np.abs(least) * CEIL_TOLERANCE).argmax(axis=-1)


def decided_by(
    given: Flags,
    none: Flags,
    names: tuple[str, ...],
    needs: Iterable[Numbers],
    has: Iterable[Numbers],
) -> WordColumn:
    """Return what decides the class: :data:`OTHER_REASONS`, or the tightest need.

    Parameters
    ----------
    given : where the class is given
    none : where the cluster has no class
    names, needs : what the load needs, by name; 0 where it is not known
    has : what the class has for each need; NaN if not known

    Examples
    --------
    >>> vcpus, memory = np.array([2, 0, 2]), np.array([12, 0, 16])
    >>> given = np.array([False, False, True])
    >>> decided_by(given, False, ("vcpus", "memory"), (vcpus, memory), (4, 16)).tolist()
    ['memory', 'price', 'given']
    """
    shares = [need / own for need, own in zip(needs, has, strict=True)]
    stack = np.stack(np.broadcast_arrays(*shares), axis=-1)
    used = np.where(known(stack), stack, 0)
    price = OTHER_REASONS.index("price")
    tightest = np.where(used.max(axis=-1) > 0, price + 1 + used.argmax(axis=-1), price)
    own = np.where(given, OTHER_REASONS.index("given"), tightest)
    place = np.where(none, OTHER_REASONS.index("none"), own)
    return WordColumn(place, (*OTHER_REASONS, *names))
