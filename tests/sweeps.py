"""Crossings of a comparison, as the service finds them."""

from functools import partial

from pricing import comparison
from pricing.comparison import Comparison, Crossing, Sweep
from service.answers import sweeps


def crossings(compared: Comparison, sweep: Sweep) -> list[Crossing]:
    """Return where the alternatives change their order between points of the sweep."""
    costs_at = partial(comparison.costs_at, compared, sweep)
    return sweeps.crossings(costs_at, len(compared.choices), sweep)
