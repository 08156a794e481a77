"""Curves: how a load goes through the hours of a day, a week or a year, as multipliers of its mean.

Hours are the last axis; all others are rows. A curve repeats itself: after its last hour comes its
first. Its mean is 1, and of equal hours each is exactly 1, so that a flat curve changes no digit.
"""

import numpy as np

from pricing.arrays import Numbers
from pricing.units import HOURS_PER_DAY

DAYS_PER_WEEK = 7
HOURS_PER_WEEK = HOURS_PER_DAY * DAYS_PER_WEEK
HOURS_PER_YEAR = HOURS_PER_DAY * 365
LENGTHS = (HOURS_PER_DAY, HOURS_PER_WEEK, HOURS_PER_YEAR)
"""Hours that a curve given hour by hour has: a day, a week or a year."""


def normalised(load: Numbers) -> Numbers:
    """Divide a load by its mean over the hours.

    Parameters
    ----------
    load : array [..., hour], of any unit; not zero in every hour

    Examples
    --------
    >>> normalised(np.array([1.0, 1.0, 4.0])).tolist()
    [0.5, 0.5, 2.0]
    """
    first = load[..., :1]
    return load / (first + (load - first).mean(axis=-1, keepdims=True))


def constant() -> Numbers:
    """Return a day without ups and downs [hour]."""
    return np.ones(HOURS_PER_DAY)


def spike(ratio: Numbers, peak_hours: Numbers, peak_hour: Numbers, days: Numbers) -> Numbers:
    """Return a week that is at its baseline, but for some hours of some days.

    Parameters
    ----------
    ratio : peak over baseline [1]
    peak_hours : how long a peak lasts [h]
    peak_hour : the hour of the day at which it begins [h]
    days : days of the week that have a peak, from the first [d]

    Returns
    -------
    array [..., hour of the week], with the shape of the parameters before it

    Examples
    --------
    Twelve hours of each day at three times the baseline are 1.5 times the mean:

    >>> spike(3.0, 12, 8, 7)[[7, 8, 19, 20]].tolist()
    [0.5, 1.5, 1.5, 0.5]
    """
    ratio, peak_hours, peak_hour, days = (
        np.asarray(one)[..., np.newaxis] for one in (ratio, peak_hours, peak_hour, days)
    )
    since = (np.arange(HOURS_PER_WEEK) - peak_hour) % HOURS_PER_WEEK
    at_peak = (since % HOURS_PER_DAY < peak_hours) & (since // HOURS_PER_DAY < days)
    return normalised(np.where(at_peak, ratio, 1))


def sine(amplitude: Numbers, peak_hour: Numbers) -> Numbers:
    """Return a day that rises and falls as a sine does.

    Parameters
    ----------
    amplitude : the most that an hour is above the mean, over the mean [1]
    peak_hour : the busiest hour of the day [h]

    Returns
    -------
    array [..., hour of the day], with the shape of the parameters before it

    Examples
    --------
    >>> sine(0.5, 14)[[2, 8, 14]].round(12).tolist()
    [0.5, 1.0, 1.5]
    """
    amplitude, peak_hour = (np.asarray(one)[..., np.newaxis] for one in (amplitude, peak_hour))
    turn = 2 * np.pi * (np.arange(HOURS_PER_DAY) - peak_hour) / HOURS_PER_DAY
    return normalised(1 + amplitude * np.cos(turn))


def histogram(levels: Numbers, hours: Numbers) -> Numbers:
    """Return levels of load [level], each for some whole hours [level], one after the other [hour].

    Examples
    --------
    >>> histogram(np.array([1.0, 5.0]), np.array([3, 1])).tolist()
    [0.5, 0.5, 0.5, 2.5]
    """
    return normalised(np.repeat(levels, hours))


def shortened(load: Numbers) -> Numbers:
    """Return a curve [hour], of which one hour stands for all if it has no ups and downs."""
    return load[:1] if (load == 1).all() else load


def repeated(load: Numbers, hours: int) -> Numbers:
    """Return a curve over more hours: begun again until they end, with its mean kept.

    Examples
    --------
    >>> repeated(np.array([0.5, 1.5]), 3).round(3).tolist()
    [0.6, 1.8, 0.6]
    """
    longer = np.resize(load, hours)
    return longer if hours % len(load) == 0 else normalised(longer)


def rises(load: Numbers) -> Numbers:
    """Return the ratio of each hour's load to that of the hour before [..., hour] [1].

    It is infinite where load follows an hour without any, and 1 after no load where there is none.

    Examples
    --------
    >>> rises(np.array([1.0, 1.5, 4.5, 1.0])).round(3).tolist()
    [1.0, 1.5, 3.0, 0.222]
    """
    before = np.roll(load, 1, axis=-1)
    ratios = np.where(load > 0, np.inf, 1.0)
    np.divide(load, before, out=ratios, where=before > 0)
    return ratios
