"""How findings come out: how near to a limit, how bad, and which is the worst of a workload."""

from typing import Any

import numpy as np

from pricing.arrays import Numbers, Places
from pricing.engine import Checks, aligned

NEAR = 0.8
"""Utilisation of a limit from which a finding is called near."""
MET = ("ok", "near", "attention", "exceeded")
"""How a finding comes out, from good to bad."""


def utilization(value: Any, limit: Any) -> Any:
    """Return value over limit [share], at most the largest float."""
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        return np.minimum(value / limit, np.finfo(np.float64).max)


def severity(over: Any, used: Any, ruling: Any) -> Any:
    """Return the status of findings, as indices of :data:`MET`.

    ``over`` tells whether a limit is exceeded, ``used`` its utilisation [share], and ``ruling``
    whether exceeding it makes a workload infeasible.
    """
    return np.where(over, np.where(ruling, 3, 2), ruling & (used > NEAR))


def worst(met: Checks) -> tuple[Places, Places, Numbers]:
    """Return the severity, the index and the utilisation of each workload's worst finding.

    Of several of the worst status it is the one nearest to its limit, or furthest beyond. A fact
    has no utilisation; it is given where no limit has so bad a status. Where no finding applies
    the severity is -1.
    """
    used = utilization(met.value, met.limit)
    used[met.facts] = np.nan
    ruling = aligned(met.ruling, met.value.ndim)
    every = np.where(met.applies, severity(met.over, used, ruling), -1)
    most = every.max(axis=0)
    place = np.where(every == most, np.nan_to_num(used), -1).argmax(axis=0)
    share = np.where(most >= 0, used[place, np.arange(len(most))], np.nan)
    return most, place, share
