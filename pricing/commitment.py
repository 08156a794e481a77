"""What to commit to: the reservations and savings plans that cost least for a demand.

Demand is an array whose last axis is the hours, [..., hour]; one hour stands for a demand that is
always the same. Prices are per unit and hour. The price of a commitment includes what is paid at
its start, spread over all hours of its term. AWS bills a commitment in every hour, used or not, and
bills on demand what exceeds it [1]_.

The cost is convex and piecewise linear in what is committed, so each optimum is exact: a unit is
worth its commitment where it is used in more than (price / on-demand price) of the hours. Of
several commitments that cost the same, the least is taken.

References
----------
.. [1] "Understanding reserved instance rate blending", AWS Billing user guide (2023),
   https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/con-bill-blended-rates.html
"""

from dataclasses import dataclass

import numpy as np

from pricing.arrays import Numbers, Places
from pricing.units import HOURS_PER_MONTH, HOURS_PER_YEAR, MONTHS_PER_YEAR, whole_units


def hourly_price(upfront: Numbers, hourly: Numbers, years: Numbers) -> Numbers:
    """Return the price of a unit and hour, with the upfront fee spread over the term [USD].

    Examples
    --------
    A write capacity unit of DynamoDB in us-east-1, reserved for a year (prices of 2025-08-28):

    >>> round(float(hourly_price(1.5, 0.000128, 1)), 10)
    0.0002992329
    """
    return upfront / (HOURS_PER_YEAR * years) + hourly


def optimum(demand: Numbers, ratio: Numbers) -> Numbers:
    """Return the commitment that costs least, if a part of a unit can be bought [units].

    It is the (1 - ratio) quantile of the demand.

    Parameters
    ----------
    demand : array [..., hour] [units]
    ratio : array [...] of the price of a committed unit over that of one on demand; it is also the
        share of the hours in which a unit must be used to be worth its commitment

    Examples
    --------
    >>> float(optimum(np.array([1.0, 2.0, 3.0, 4.0]), np.float64(0.6)))
    2.0
    """
    hours = demand.shape[-1]
    place = np.asarray(whole_units(hours * (1 - ratio)) - 1).astype(np.intp)
    place = np.broadcast_to(place, demand.shape[:-1])[..., np.newaxis]
    most = np.take_along_axis(np.sort(demand), np.clip(place, 0, hours - 1), axis=-1)
    return np.where(place < 0, 0, most)[..., 0]


def optimum_in_blocks(demand: Numbers, ratio: Numbers, block: Numbers) -> Numbers:
    """Return the commitment in whole blocks that costs least [units]; see :func:`optimum`.

    The cost is convex, so it is one of the two multiples of the block around the optimum.
    """
    lower = np.floor(optimum(demand, ratio) / block) * block
    upper = lower + block
    dearer = cost(demand, lower, 1, ratio) > cost(demand, upper, 1, ratio)
    return np.where(dearer, upper, lower)


def cost(demand: Numbers, committed: Numbers, on_demand: Numbers, price: Numbers) -> Numbers:
    """Return what a commitment and the demand above it cost over all hours [...] [USD]."""
    return price * committed * demand.shape[-1] + on_demand * above(demand, committed)


def above(demand: Numbers, committed: Numbers) -> Numbers:
    """Return the unit-hours that exceed a commitment [...]."""
    return np.maximum(demand - np.asarray(committed)[..., np.newaxis], 0).sum(axis=-1)


def curve(demand: Numbers, points: Numbers, on_demand: Numbers, price: Numbers) -> Numbers:
    """Return the cost of each of some commitments [..., point] over all hours [USD].

    Parameters
    ----------
    demand : array [..., hour] [units]
    points : array [..., point] [units]
    on_demand, price : arrays [...] [USD per unit and hour]
    """
    dear, cheap = (np.asarray(each)[..., np.newaxis] for each in (on_demand, price))
    return cost(demand[..., np.newaxis, :], points, dear, cheap)


def coverage(demand: Numbers, committed: Numbers) -> Numbers:
    """Return the share of the demand that a commitment covers [...]; 0 without demand."""
    total = demand.sum(axis=-1)
    return (total - above(demand, committed)) / np.where(total > 0, total, 1)


def utilisation(demand: Numbers, committed: Numbers) -> Numbers:
    """Return the share of a commitment that is used [...]; 0 without commitment."""
    used = demand.sum(axis=-1) - above(demand, committed)
    bought = demand.shape[-1] * np.asarray(committed)
    return used / np.where(bought > 0, bought, 1)


def regret(demand: Numbers, committed: Numbers, ratio: Numbers, block: Numbers) -> Numbers:
    """Return what a commitment costs above the best one for a demand [unit-hours on demand]."""
    best = optimum_in_blocks(demand, ratio, block)
    return cost(demand, committed, 1, ratio) - cost(demand, best, 1, ratio)


@dataclass(frozen=True, eq=False)
class Purchases:
    """What to buy over some years, and what everything then costs."""

    yearly: Numbers
    """Units bought for one year at the start of each [year]."""
    throughout: float
    """Units bought at the start for all years."""
    cost: float
    """What is bought, and the demand that nothing covers, over all years [USD]."""


def purchases(
    demand: Numbers,
    on_demand: float,
    block: float,
    *,
    yearly: float = np.inf,
    throughout: float = np.inf,
    existing: Numbers = 0,
) -> Purchases:
    """Return what to buy over some years at the least cost, where the demand grows or shrinks.

    Blocks are nested: the k-th is used where the demand exceeds the k - 1 below it. So each is
    decided by itself: committed throughout, or year by year where that is cheaper than on demand.

    Parameters
    ----------
    demand : array [year, hour] [units]
    on_demand : price of a unit and hour [USD]
    block : the least that is sold, such as 100 capacity units or one instance [units]
    yearly, throughout : prices of a unit and hour that is committed for a year, and for all years;
        infinite where that is not sold [USD]
    existing : array [year] of units that are committed and paid for already

    Notes
    -----
    O(hours log hours + blocks x years), vectorised over the blocks. What exists covers the lowest
    demand of each year, so what is left has nested blocks again.
    """
    years, hours = demand.shape
    covered = np.broadcast_to(existing, years)[:, np.newaxis]
    alone = on_demand * block_hours(np.maximum(0, demand - covered), block)
    for_a_year, for_all = yearly * block * hours, throughout * block * hours * years
    singly = np.minimum(alone, for_a_year)
    kept = for_all < singly.sum(axis=0)
    bought = (for_a_year < alone) & ~kept
    cost = np.where(kept, for_all, singly.sum(axis=0)).sum()
    return Purchases(block * bought.sum(axis=1), float(block * kept.sum()), float(cost))


def block_hours(demand: Numbers, block: float) -> Numbers:
    """Return the unit-hours of each nested block [year, block], up to the highest demand."""
    count = max(1, int(np.ceil(demand.max() / block)))
    edges = block * np.arange(count + 1)
    return np.stack([np.diff(_hours_up_to(np.sort(own), edges)) for own in demand])


def _hours_up_to(ordered: Numbers, edges: Numbers) -> Numbers:
    """Return the unit-hours of a demand in ascending order that lie below each edge [edge]."""
    sums = np.concatenate([[0], np.cumsum(ordered)])
    place = np.searchsorted(ordered, edges)
    return sums[place] + edges * (len(ordered) - place)


@dataclass(frozen=True, eq=False)
class SavingsPlan:
    """What a savings plan can cover, in the order in which AWS applies it: highest saving first.

    A savings plan is an amount of money an hour, counted at the plan's lower rates [1]_.

    References
    ----------
    .. [1] "Understanding how Savings Plans apply to your usage", Savings Plans user guide (2023),
       https://docs.aws.amazon.com/savingsplans/latest/userguide/sp-applying.html
    """

    use: Numbers
    """What each item costs on demand, highest saving first [item, hour] [USD]."""
    ratio: Numbers
    """The plan's rate over the on-demand price [item]."""
    order: Places
    """The place of each item as it was given [item]."""

    @classmethod
    def of(cls, use: Numbers, ratio: Numbers) -> "SavingsPlan":
        """Order what a plan can cover.

        Parameters
        ----------
        use : array [item, hour] of costs on demand [USD]
        ratio : array [item] of the plan's rate over the on-demand price, above 0
        """
        order = np.argsort(ratio, kind="stable")
        return cls(use[order], ratio[order], order)

    @property
    def filled(self) -> Numbers:
        """The commitment that pays for an item and all before it [item, hour] [USD an hour]."""
        return np.cumsum(self.use * self.ratio[:, np.newaxis], axis=0)

    def optimum(self) -> float:
        """Return the commitment that costs least [USD an hour].

        A dollar more of commitment saves, in each hour, the on-demand price over the rate of the
        item that it would pay for; 0 where all is paid for. That falls as the commitment grows, so
        the optimum is the least commitment at which the hours together save less than it costs.
        """
        hours = self.use.shape[-1]
        worth = 1 / self.ratio
        falls = worth - np.append(worth[1:], 0)
        filled = self.filled.ravel()
        order = np.argsort(filled, kind="stable")
        falling = np.cumsum(np.repeat(falls, hours)[order])
        if not len(worth) or worth[0] <= 1:
            return 0.0
        enough = (worth[0] - 1) * hours * (1 - NOISE)
        return float(filled[order][np.searchsorted(falling, enough)])

    def optimum_in_steps(self, step: float) -> float:
        """Return the multiple of a step that costs least [USD an hour]."""
        lower = np.floor(self.optimum() / step) * step
        return float(min((lower, lower + step), key=self.cost))

    def covered(self, commitment: float) -> Numbers:
        """Return what a commitment covers of each item, highest saving first [item, hour].

        It is counted at on-demand prices [USD].
        """
        filled = self.filled
        before = filled - self.use * self.ratio[:, np.newaxis]
        paid = np.minimum(np.maximum(commitment - before, 0), filled - before)
        return paid / self.ratio[:, np.newaxis]

    def cost(self, commitment: float) -> float:
        """Return what a commitment and what it leaves on demand cost over all hours [USD]."""
        left = self.use.sum() - self.covered(commitment).sum()
        return float(commitment * self.use.shape[-1] + left)

    def used(self, commitment: float) -> float:
        """Return the share of a commitment that is used; 0 without commitment."""
        paid = (self.covered(commitment) * self.ratio[:, np.newaxis]).sum()
        return float(paid / (commitment * self.use.shape[-1])) if commitment else 0.0


NOISE = 1e-12
"""Relative error of sums of prices; commitments whose costs differ by less cost the same."""


def monthly_rate(yearly: Numbers) -> Numbers:
    """Return the rate of a month that compounds to a yearly one."""
    return (1 + np.asarray(yearly)) ** (1 / MONTHS_PER_YEAR) - 1


def annuity(yearly: Numbers, months: Numbers) -> Numbers:
    """Return the present value of one dollar at the end of each of some months [USD].

    Examples
    --------
    >>> round(float(annuity(0.08, 12)), 6), float(annuity(0, 12))
    (11.512858, 12.0)
    """
    rate = monthly_rate(yearly)
    discounted = (1 - (1 + rate) ** -np.asarray(months, dtype=float)) / np.where(rate > 0, rate, 1)
    return np.where(rate > 0, discounted, months)


def present_value(upfront: Numbers, hourly: Numbers, yearly: Numbers, months: Numbers) -> Numbers:
    """Return the present value of what is paid at the start and in each hour [USD].

    Parameters
    ----------
    upfront : paid at the start [USD]
    hourly : paid at the end of each month for its 730 hours [USD an hour]
    yearly : discount rate of a year, 0 or more
    months : months of the term
    """
    return upfront + hourly * HOURS_PER_MONTH * annuity(yearly, months)


def payback_month(upfront: Numbers, monthly_saving: Numbers, months: Numbers) -> Numbers:
    """Return the month by whose end savings have made up what was paid at the start.

    ``monthly_saving`` [USD] leaves the upfront fee aside. The month is 0 where nothing is paid at
    the start, and NaN where the term ends before.
    """
    saving = np.asarray(monthly_saving, dtype=float)
    month = whole_units(upfront / np.where(saving > 0, saving, 1))
    return np.where((saving > 0) & (month <= months), month, np.nan)
