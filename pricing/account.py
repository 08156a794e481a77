"""What AWS counts over a whole account: volume tiers, free allowances and minimums.

An account first counts every bill, then settles each. It keeps only sums. The key of a sum names
its cell: (variant, Region, further axes) or (Region, further axes). Only cells that occur are kept.
An account consists of keys and arrays, so it can be pickled, and accounts that counted different
workloads can be merged. Sums are exact (:mod:`pricing.exact`): what is settled does not depend on
the order of the workloads, nor on which account counted them.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import copy
from dataclasses import replace
from operator import add
from typing import Any

import numpy as np

from pricing.arrays import Flags, Numbers, Places
from pricing.engine import Bill, Line, Lines
from pricing.exact import Sums
from pricing.quantities import REGION_CODES
from pricing.rates import UNKNOWN, Rate

At = tuple[str, int]
"""Identifies a line: the key of its service, and its index among the service's lines."""


class Account:
    """Usage that AWS meters per account: first :meth:`count` every bill, then :meth:`settle` each.

    Bills may come in chunks of any size and in any order.
    """

    def __init__(self, *, free_tier: bool) -> None:
        self.free_tier = free_tier
        self._pools: dict[str, Pool] = {}
        self._minimums: dict[At, Minimum] = {}

    def count(self, bill: Bill) -> None:
        """Add a bill to the sums."""
        lines = list(bill.lines)
        for index, name in self._pooled(bill).items():
            pool = self._pools.setdefault(name, Pool(self.free_tier, lines[index]))
            pool.count((bill.service.key, index), lines[index])
        for index, line in _minimums(lines):
            minimum = self._minimums.setdefault((bill.service.key, index), Minimum())
            minimum.count(line, usage_towards_minimum(line, lines))

    def settle(self, bill: Bill) -> Bill:
        """Return the bill with each row charged its share of what was counted."""
        pooled = self._pooled(bill)
        if not pooled and not any(rate.meter.makes_up for rate in bill.lines.rates):
            return bill
        lines = list(bill.lines)
        settled = list(lines)
        for index, name in pooled.items():
            settled[index] = self._pools[name].settle((bill.service.key, index), lines[index])
        for index, line in _minimums(lines):
            minimum = self._minimums[bill.service.key, index]
            settled[index] = minimum.settle(line, usage_towards_minimum(line, lines))
        return replace(bill, lines=Lines.of(settled))

    def _pooled(self, bill: Bill) -> dict[int, str]:
        """Return the pooled lines of a bill: each line's index and the name of its pool.

        A line whose meter names no pool has a pool of its own.
        """
        rates, free = bill.lines.rates, bill.lines.free
        provisioned = {rate.name for rate, given in zip(rates, free, strict=True) if np.ndim(given)}
        return {
            index: (self.free_tier and rate.meter.allowance_pool)
            or rate.meter.pool
            or f"{bill.service.key}.{rate.name}"
            for index, rate in enumerate(rates)
            if rate.meter.pool
            or rate.name in provisioned
            or (self.free_tier and rate.meter.free_allowance)
        }


def merge(one: Account, other: Account) -> Account:
    """Return one account from two that counted different workloads: that of all of them."""
    merged = Account(free_tier=one.free_tier)
    merged._pools = _united(one._pools, other._pools, Pool.merged)
    merged._minimums = _united(one._minimums, other._minimums, Minimum.merged)
    return merged


def _united(one: dict[Any, Any], other: dict[Any, Any], merged: Callable[[Any, Any], Any]) -> Any:
    both = {key: merged(one[key], other[key]) for key in one if key in other}
    return one | other | both


class Pool:
    """Lines that share tiers, an allowance, or units that come free with provisioned ones.

    The free part is a fraction that depends only on the sums. It can therefore be taken off rows
    (``cell`` holds the index of each row's cell) or off the sums themselves (``cell = ...``).
    """

    def __init__(self, free_tier: bool, first: Line) -> None:
        self.free_tier, self.meter = free_tier, first.rate.meter
        self.allows = False
        self.further = math.prod(first.quantity.shape[1:])
        """Number of cells on the axes after the workload's."""
        self.keys: Places = np.empty(0, dtype=np.int64)
        self.used: dict[At, Sums] = {}
        """For each line its quantity in each cell [key] [units]."""
        self.free: dict[At, Sums] = {}
        """For each line what comes free with its quantity in each cell [key] [units]."""
        self.allowances: dict[At, Numbers] = {}
        """For each line that has one its allowance in each cell [key] [units]."""
        self.tiers: dict[At, str] = {}
        """For each line the pool whose total decides its tiers."""

    def count(self, at: At, line: Line) -> None:
        """Add the rows of a line to the sums."""
        key = keys(line).ravel()
        self.tiers[at] = line.rate.meter.pool
        self._widen(np.union1d(self.keys, key))
        cell = np.searchsorted(self.keys, key)
        for sums, amounts in ((self.used, line.quantity), (self.free, line.free)):
            known = sums.get(at, Sums(len(self.keys)))
            sums[at] = known.plus(cell, np.ravel(amounts))
        if line.rate.meter.free_allowance:
            self.allows = True
            self.allowances[at] = allowances(line.rate)[self._variants]

    def settle(self, at: At, line: Line) -> Line:
        """Take the free units off a line, and price the rest in the pool's tiers.

        Each row pays the pool's mean price: its share of the quantity times the pool's cost.
        """
        key = keys(line)
        cell = np.searchsorted(self.keys, key)
        left = self._left(at, line.quantity, cell)
        if not line.rate.meter.pool:
            return repriced(line, left, left, key)
        members = [own for own in sorted(self.tiers) if self.tiers[own] == line.rate.meter.pool]
        used = sum(self.used[own].value for own in members)
        pool = sum(self._left(own, self.used[own].value, ...) for own in members)
        filled = (used - pool)[cell] if line.rate.meter.allowance_fills_tiers else 0
        return repriced(line, left, pool[cell], key, filled)

    def merged(self, other: "Pool") -> "Pool":
        """Return one pool from two that counted different rows."""
        pool, theirs = copy(self), copy(other)
        union = np.union1d(self.keys, other.keys)
        pool._widen(union)
        theirs._widen(union)
        pool.allows = self.allows or other.allows
        pool.used = _united(pool.used, theirs.used, add)
        pool.free = _united(pool.free, theirs.free, add)
        pool.allowances = _united(pool.allowances, theirs.allowances, np.maximum)
        pool.tiers = self.tiers | other.tiers
        return pool

    def _widen(self, union: Places) -> None:
        """Add empty cells for new keys."""
        if len(union) == len(self.keys):
            return
        place, count = np.searchsorted(union, self.keys), len(union)
        self.used, self.free = (
            {at: one.spread(place, count) for at, one in sums.items()}
            for sums in (self.used, self.free)
        )
        self.allowances = {at: spread(one, self.keys, union) for at, one in self.allowances.items()}
        self.keys = union

    @property
    def _variants(self) -> Places:
        return self.keys // (self.further * len(REGION_CODES))

    @property
    def _regions(self) -> Places:
        return self.keys // self.further % len(REGION_CODES)

    @property
    def _provisioned(self) -> Numbers:
        """The free units of each cell, over all lines [key] [units]."""
        return sum(self.free[at].value for at in sorted(self.free))

    def _left(self, at: At, quantity: Numbers, cell: Places) -> Numbers:
        """Take all free units off quantities of a line."""
        left = self._reduced(quantity, cell)
        if self.free_tier and self.allows:
            return self._without_allowance(at, left, cell)
        return left

    def _reduced(self, quantity: Numbers, cell: Places) -> Numbers:
        """Reduce quantities by the units that come free in their cells."""
        if not self._provisioned.any():
            return quantity
        total = sum(self.used[at].value for at in sorted(self.used))
        return reduced(quantity, total[cell], self._provisioned[cell])

    def _without_allowance(self, at: At, quantity: Numbers, cell: Places) -> Numbers:
        """Take the free allowance of the account, or of each Region, off quantities."""
        excluded = np.isin(REGION_CODES, self.meter.allowance_excludes)
        inside = ~excluded[self._regions]
        given = self.allowances.get(at, 0) * inside
        used = (self.used[own].value for own in sorted(self.used))
        total = sum(self._reduced(one, ...) * inside for one in used)
        if self.meter.allowance_scope == "account":
            total = self._over_regions(total)
        part = quantity * inside[cell]
        return quantity - part + reduced(part, total[cell], given[cell])

    def _over_regions(self, sums: Numbers) -> Numbers:
        """Total the sums over all Regions [key]."""
        variants, variant = np.unique(self._variants, return_inverse=True)
        others, other = np.unique(self.keys % self.further, return_inverse=True)
        table = np.zeros((len(variants), len(REGION_CODES), len(others)))
        table[variant, self._regions, other] = sums
        return table.sum(axis=1)[variant, other]


class Minimum:
    """Usage that counts towards an account's minimum, for each (Region, further axes) [units].

    Priced alone, a row is charged a shortfall of max(0, minimum - used). The largest shortfall plus
    usage in a Region is therefore the minimum, or more where there is no shortfall.
    """

    def __init__(self) -> None:
        self.keys: Places = np.empty(0, dtype=np.int64)
        self.largest: Numbers = np.zeros(0)
        """The most that a row has alone, its shortfall and usage [key] [units]."""
        self.used = Sums(0)
        self.members: Numbers = np.zeros(0)
        """How many rows there are [key]."""

    def count(self, line: Line, used: Numbers) -> None:
        """Add the rows of a line; ``used`` is what counts towards its minimum [units]."""
        key, member = apart(line.region).ravel(), is_member(line).ravel()
        self._widen(np.union1d(self.keys, key))
        cell = np.searchsorted(self.keys, key)
        most = np.where(member, np.ravel(line.quantity + used), 0)
        np.maximum.at(self.largest, cell, most)
        self.used = self.used.plus(cell, np.where(member, used.ravel(), 0))
        self.members += np.bincount(cell, member, len(self.keys))

    def settle(self, line: Line, used: Numbers) -> Line:
        """Share the Region's shortfall among its rows, in proportion to their usage."""
        key = apart(line.region)
        cell = np.searchsorted(self.keys, key)
        largest, total, members = (
            amounts[cell] for amounts in (self.largest, self.used.value, self.members)
        )
        missing = np.maximum(0, largest - total)
        alone = 1 / np.maximum(1, members)
        share = np.where(total > 0, used / np.where(total > 0, total, 1), alone)
        quantity = np.where(is_member(line), missing * share, 0)
        return repriced(replace(line, quantity=quantity), quantity, quantity, key)

    def merged(self, other: "Minimum") -> "Minimum":
        """Return one minimum from two that counted different rows."""
        mine, theirs = copy(self), copy(other)
        union = np.union1d(self.keys, other.keys)
        mine._widen(union)
        theirs._widen(union)
        mine.largest = np.maximum(mine.largest, theirs.largest)
        mine.used, mine.members = mine.used + theirs.used, mine.members + theirs.members
        return mine

    def _widen(self, union: Places) -> None:
        """Add empty cells for new keys."""
        self.used = self.used.spread(np.searchsorted(union, self.keys), len(union))
        self.largest, self.members = (
            spread(amounts, self.keys, union) for amounts in (self.largest, self.members)
        )
        self.keys = union


def keys(line: Line) -> Places:
    """Return the key of each row's cell (variant, Region, further axes)."""
    return apart(line.variant * len(REGION_CODES) + line.region)


def apart(key: Places) -> Places:
    """Make keys distinct along every axis but the first, the axis of workloads.

    Examples
    --------
    >>> apart(np.array([[0, 0], [7, 7]])).tolist()
    [[0, 1], [14, 15]]
    """
    further = key.shape[1:]
    return key * math.prod(further) + np.arange(math.prod(further)).reshape(further)


def spread(amounts: Numbers, keys: Places, onto: Places) -> Numbers:
    """Copy amounts [key] to a longer list of keys, 0 for the others; both lists are sorted."""
    wide = np.zeros(len(onto))
    wide[np.searchsorted(onto, keys)] = amounts
    return wide


def summed(line: Line, amounts: Numbers) -> Numbers:
    """Total amounts over all rows of a variant and Region, separately along further axes.

    Returns
    -------
    array of the line's shape: the total that each row belongs to
    """
    _, cell = np.unique(keys(line), return_inverse=True)
    return np.bincount(cell.ravel(), np.ravel(amounts))[cell.reshape(line.quantity.shape)]


def repriced(
    line: Line, billable: Numbers, pool: Numbers, key: Places, filled: Numbers = 0
) -> Line:
    """Price a line's billable quantity as a share of its pool's; ``key`` names the pool.

    ``filled`` are free units that have filled the lowest tiers before the pool [units].
    """
    unit_price, cost = share(line, line.rate, billable, pool, filled)
    own = replace(line, billable=billable, unit_price=unit_price, cost=cost, pool=key)
    if line.rate.listed is None:
        return own
    unit_price, cost = share(line, line.rate.listed, billable, pool, filled)
    return replace(own, list_unit_price=unit_price, list_cost=cost)


def share(
    line: Line, rate: Rate, billable: Numbers, pool: Numbers, filled: Numbers
) -> tuple[Numbers, Numbers]:
    """Return a pool's mean unit price, and the cost of a line's share of it."""

    def tiered(quantity: Numbers) -> tuple[Numbers, Numbers]:
        return rate.price(quantity, line.variant, line.day, line.region)

    unit_price, cost = tiered(pool)
    if np.any(filled):
        cost = tiered(pool + filled)[1] - tiered(filled)[1]
        unit_price = np.where(pool > 0, cost / np.where(pool > 0, pool, 1), unit_price)
    part = billable / np.where(pool > 0, pool, 1)
    return unit_price, np.where(billable > 0, cost * part, 0)


def reduced(quantity: Numbers, total: Numbers, free: Numbers) -> Numbers:
    """Reduce a quantity by its proportional share of what is free in a total [units]."""
    return quantity * np.maximum(0, total - free) / np.where(total > 0, total, 1)


def allowances(rate: Rate) -> Numbers:
    """Return the free allowance of each variant of a meter, 0 where there is none [units]."""
    given = rate.meter.free_allowance
    return np.array([given.get(variant, 0) for variant in (*rate.variants, UNKNOWN)])


def _minimums(lines: Sequence[Line]) -> Iterator[tuple[int, Line]]:
    """Yield the lines that charge a shortfall to an account's minimum, with their indices."""
    return ((index, line) for index, line in enumerate(lines) if line.rate.meter.makes_up)


def usage_towards_minimum(line: Line, lines: Iterable[Line]) -> Numbers:
    """Return each row's usage of the meters that count towards a line's minimum [units]."""
    return sum(
        np.where(same_variant(other, line), other.quantity, 0)
        for other in lines
        if other.rate.name in line.rate.meter.makes_up
    )


def same_variant(line: Line, other: Line) -> Flags:
    """Return where two lines have variants of the same name."""
    names, others = (np.array([*one.rate.variants, UNKNOWN]) for one in (line, other))
    return names[line.variant] == others[other.variant]


def is_member(line: Line) -> Flags:
    """Return where the variant that a line asks for exists."""
    return line.variant < len(line.rate.variants)
