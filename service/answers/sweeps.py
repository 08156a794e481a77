"""Sweeps: the points at which costs are shown, and where alternatives change their order."""

from itertools import chain
from operator import attrgetter

import numpy as np

from pricing import comparison
from pricing.comparison import CostsAt, Crossing, Sweep
from service.requests.comparisons import SweepRequest
from service.waiting import each

FINEST = 2000
"""Points of the grid on which turns are found, however few points are shown."""
CELLS = 200_000
"""Most alternatives times points that are priced to find the turns."""
MOST_TURNS = 10_000
"""Most turns of a sweep; each is found to the last digit and listed."""
BLOCK = 4096
"""Turns that are refined together."""
SIZE_OF_A_POINT = 0.01
"""Cost of pricing an alternative at a point, relative to viewing it."""


class TooManyTurnsError(Exception):
    """The order of the alternatives turns more often than is listed."""


def grids(asked: SweepRequest, whole: bool, count: int) -> tuple[Sweep, Sweep]:
    """Return the points that are shown, and the finer ones on which turns are found.

    ``whole`` tells whether the field takes whole numbers only. ``count`` are the alternatives.
    """
    space = np.geomspace if asked.scale == "log" else np.linspace
    finer = max(int(asked.points), min(FINEST, CELLS // count))
    shown, grid = (
        comparison.sweep_grid(asked.field, space(asked.start, asked.stop, points), whole)
        for points in (int(asked.points), finer)
    )
    return shown, grid


def crossings(costs_at: CostsAt, count: int, grid: Sweep) -> list[Crossing]:
    """Return where ``count`` alternatives change their order, by value.

    Raises
    ------
    TooManyTurnsError
        where there are too many turns; none is refined.
    """
    found, turns = [], 0
    for some in each(comparison.brackets(grid, comparison.curves(costs_at, count, grid))):
        turns += len(some)
        if turns <= MOST_TURNS:
            found.append(some)
    if turns > MOST_TURNS:
        message = (
            f"the order of {count:,} alternatives turns {turns:,} times, at most"
            f" {MOST_TURNS:,} turns are listed; send a narrower range, or fewer alternatives in"
            " each of several requests"
        )
        raise TooManyTurnsError(message)
    brackets = comparison.Brackets.joined(found)
    blocks = (brackets.rows(slice(start, start + BLOCK)) for start in range(0, turns, BLOCK))
    refined = (comparison.refined(costs_at, grid, block) for block in each(blocks))
    return sorted(chain.from_iterable(refined), key=attrgetter("value"))
