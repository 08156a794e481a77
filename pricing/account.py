"""What AWS counts over a whole account: volume tiers, free allowances and minimums.

An account counts bills, and then settles them. It keeps only sums, each under a key that names its
cell: (variant, Region, further axes), or (Region, further axes). Only cells that occur are kept. An
account is keys and arrays: it can be pickled, and accounts that counted different workloads can be
merged.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import copy
from dataclasses import replace
from typing import Any

import numpy as np

from pricing.arrays import Numbers, Places
from pricing.engine import Bill, Line, Lines
from pricing.quantities import REGION_CODES
from pricing.rates import Rate

At = tuple[str, int]
"""Where a line is found: the key of its service, and its place among the service's lines."""


class Account:
    """Usage that AWS meters per account: first :meth:`count` every bill, then :meth:`settle` each.

    Bills may come in chunks of any size. Sums are kept per line, and so added up in one order,
    whatever the chunks.
    """

    def __init__(self, *, free_tier: bool) -> None:
        self.free_tier = free_tier
        self._pools: dict[str, Pool] = {}
        self._minimums: dict[At, Minimum] = {}

    def count(self, bill: Bill) -> None:
        """Add a bill up."""
        lines = list(bill.lines)
        for place, name in self._pooled(bill).items():
            pool = self._pools.setdefault(name, Pool(self.free_tier, lines[place]))
            pool.count((bill.service.key, place), lines[place])
        for place, line in _minimums(lines):
            minimum = self._minimums.setdefault((bill.service.key, place), Minimum())
            minimum.count(line, made_up(line, lines))

    def settle(self, bill: Bill) -> Bill:
        """Give each row of a bill its share of what was counted."""
        pooled = self._pooled(bill)
        if not pooled and not any(rate.meter.makes_up for rate in bill.lines.rates):
            return bill
        lines = list(bill.lines)
        settled = list(lines)
        for place, name in pooled.items():
            settled[place] = self._pools[name].settle((bill.service.key, place), lines[place])
        for place, line in _minimums(lines):
            minimum = self._minimums[bill.service.key, place]
            settled[place] = minimum.settle(line, made_up(line, lines))
        return replace(bill, lines=Lines.of(settled))

    def _pooled(self, bill: Bill) -> dict[int, str]:
        """Give the lines of a bill that count together with others, and the names of their pools.

        Lines of a meter that has no pool by name are one of their own.
        """
        rates, free = bill.lines.rates, bill.lines.free
        provisioned = {rate.name for rate, some in zip(rates, free, strict=True) if np.ndim(some)}
        return {
            place: rate.meter.pool or f"{bill.service.key}.{rate.name}"
            for place, rate in enumerate(rates)
            if rate.meter.pool
            or rate.name in provisioned
            or (self.free_tier and rate.meter.free_allowance)
        }


def merge(one: Account, other: Account) -> Account:
    """Return the account that counted what two accounts did, as of two parts of its workloads.

    Sums of floats depend on the order: the bytes are the same for the same parts only.
    """
    merged = Account(free_tier=one.free_tier)
    merged._pools = _united(one._pools, other._pools, Pool.merged)
    merged._minimums = _united(one._minimums, other._minimums, Minimum.merged)
    return merged


def _united(one: dict[Any, Any], other: dict[Any, Any], merged: Callable[[Any, Any], Any]) -> Any:
    both = {key: merged(one[key], other[key]) for key in one if key in other}
    return one | other | both


QUANTITY, FREE, ALLOWANCE = range(3)
"""The sums of a pool's line [units]; the allowance is that of the cell, and no sum."""


class Pool:
    """Lines that share tiers, an allowance, or what comes free with what is provisioned.

    The free part is a share that depends only on the sums. It can therefore be taken off rows
    (``place`` holds the place of each row's cell) or off the sums themselves (``place = ...``).
    """

    def __init__(self, free_tier: bool, first: Line) -> None:
        self.free_tier, self.meter = free_tier, first.rate.meter
        self.allows = False
        self.further = math.prod(first.quantity.shape[1:])
        """Cells of the axes beyond the workload's."""
        self.keys: Places = np.empty(0, dtype=np.int64)
        self.sums: dict[At, Numbers] = {}
        """For each line what it comes to in each cell [sum, key]."""

    def count(self, at: At, line: Line) -> None:
        """Add the rows of a line up."""
        key = keys(line).ravel()
        self._widen(np.union1d(self.keys, key))
        sums = self.sums.setdefault(at, np.zeros((3, len(self.keys))))
        place = np.searchsorted(self.keys, key)
        np.add.at(sums[QUANTITY], place, np.ravel(line.quantity))
        np.add.at(sums[FREE], place, np.ravel(line.free))
        if line.rate.meter.free_allowance:
            self.allows = True
            sums[ALLOWANCE] = allowances(line.rate)[self._variants]

    def settle(self, at: At, line: Line) -> Line:
        """Take what is free off a line, and price what is left in the pool's tiers.

        Each row pays the pool's mean price: the cost of the pool times its share of the quantity.
        """
        key = keys(line)
        place = np.searchsorted(self.keys, key)
        left = self._left(at, line.quantity, place)
        pool = left
        if line.rate.meter.pool:
            pool = sum(self._left(own, sums[QUANTITY], ...) for own, sums in self.sums.items())
            pool = pool[place]
        return repriced(line, left, pool, key)

    def merged(self, other: "Pool") -> "Pool":
        """Return the pool that counted what both did."""
        pool = copy(self)
        pool.allows, pool.keys = self.allows or other.allows, np.union1d(self.keys, other.keys)
        mine, theirs = (
            {at: spread(sums, part.keys, pool.keys) for at, sums in part.sums.items()}
            for part in (self, other)
        )
        pool.sums = _united(mine, theirs, _added)
        return pool

    def _widen(self, union: Places) -> None:
        """Make room for further cells."""
        if len(union) > len(self.keys):
            self.sums = {at: spread(sums, self.keys, union) for at, sums in self.sums.items()}
            self.keys = union

    @property
    def _variants(self) -> Places:
        return self.keys // (self.further * len(REGION_CODES))

    @property
    def _regions(self) -> Places:
        return self.keys // self.further % len(REGION_CODES)

    @property
    def _provisioned(self) -> Numbers:
        """What is free over all lines [key] [units]."""
        return sum(sums[FREE] for sums in self.sums.values())

    def _left(self, at: At, quantity: Numbers, place: Any) -> Numbers:
        """Take all that is free off quantities of a line."""
        left = self._reduced(quantity, place)
        if self.free_tier and self.allows:
            return self._without_allowance(at, left, place)
        return left

    def _reduced(self, quantity: Numbers, place: Any) -> Numbers:
        """Take what is provisioned in each Region and variant off the quantities in it."""
        if not self._provisioned.any():
            return quantity
        total = sum(sums[QUANTITY] for sums in self.sums.values())
        return reduced(quantity, total[place], self._provisioned[place])

    def _without_allowance(self, at: At, quantity: Numbers, place: Any) -> Numbers:
        """Take the free allowance of the account, or of each Region, off quantities."""
        excluded = np.isin(REGION_CODES, self.meter.allowance_excludes)
        inside = ~excluded[self._regions]
        given = self.sums[at][ALLOWANCE] * inside
        total = sum(self._reduced(sums[QUANTITY], ...) * inside for sums in self.sums.values())
        if self.meter.allowance_scope == "account":
            total = self._over_regions(total)
        part = quantity * inside[place]
        return quantity - part + reduced(part, total[place], given[place])

    def _over_regions(self, sums: Numbers) -> Numbers:
        """Add sums up over the Regions [key]."""
        variants, variant = np.unique(self._variants, return_inverse=True)
        others, other = np.unique(self.keys % self.further, return_inverse=True)
        table = np.zeros((len(variants), len(REGION_CODES), len(others)))
        table[variant, self._regions, other] = sums
        return table.sum(axis=1)[variant, other]


def _added(one: Numbers, other: Numbers) -> Numbers:
    """Add the sums of one line in two pools of the same cells."""
    both = one + other
    both[ALLOWANCE] = np.maximum(one[ALLOWANCE], other[ALLOWANCE])
    return both


LARGEST, USED, MEMBERS = range(3)
"""The sums of a minimum [units, units, rows]; the largest is no sum."""


class Minimum:
    """What counts towards an account's minimum, in each (Region, further axes) [units].

    A row alone makes up max(0, minimum - used), so that the largest sum of both in a Region is the
    minimum, or more than it where there is no shortfall.
    """

    def __init__(self) -> None:
        self.keys: Places = np.empty(0, dtype=np.int64)
        self.sums: Numbers = np.zeros((3, 0))

    def count(self, line: Line, used: Numbers) -> None:
        """Add rows up that use so much of what the line makes up for [units]."""
        key, member = apart(line.region).ravel(), is_member(line).ravel()
        union = np.union1d(self.keys, key)
        self.keys, self.sums = union, spread(self.sums, self.keys, union)
        place = np.searchsorted(union, key)
        most = np.where(member, np.ravel(line.quantity + used), 0)
        np.maximum.at(self.sums[LARGEST], place, most)
        np.add.at(self.sums[USED], place, np.where(member, used.ravel(), 0))
        np.add.at(self.sums[MEMBERS], place, member.astype(np.float64))

    def settle(self, line: Line, used: Numbers) -> Line:
        """Give each row its part of what its Region falls short of the minimum, by what it uses."""
        key = apart(line.region)
        largest, total, members = self.sums[:, np.searchsorted(self.keys, key)]
        missing = np.maximum(0, largest - total)
        alone = 1 / np.maximum(1, members)
        share = np.where(total > 0, used / np.where(total > 0, total, 1), alone)
        quantity = np.where(is_member(line), missing * share, 0)
        return repriced(replace(line, quantity=quantity), quantity, quantity, key)

    def merged(self, other: "Minimum") -> "Minimum":
        """Return the minimum that counted what both did."""
        minimum = Minimum()
        minimum.keys = np.union1d(self.keys, other.keys)
        mine, theirs = (spread(part.sums, part.keys, minimum.keys) for part in (self, other))
        minimum.sums = mine + theirs
        minimum.sums[LARGEST] = np.maximum(mine[LARGEST], theirs[LARGEST])
        return minimum


def keys(line: Line) -> Places:
    """Return for each row the key of its cell (variant, Region, further axes)."""
    return apart(line.variant * len(REGION_CODES) + line.region)


def apart(key: Places) -> Places:
    """Tell keys apart along every axis but the first, which is that of the workloads.

    Examples
    --------
    >>> apart(np.array([[0, 0], [7, 7]])).tolist()
    [[0, 1], [14, 15]]
    """
    further = key.shape[1:]
    return key * math.prod(further) + np.arange(math.prod(further)).reshape(further)


def spread(sums: Numbers, keys: Places, onto: Places) -> Numbers:
    """Lay sums [sum, key] out over more keys; both are sorted."""
    wide = np.zeros((len(sums), len(onto)))
    wide[:, np.searchsorted(onto, keys)] = sums
    return wide


def summed(line: Line, amounts: Numbers) -> Numbers:
    """Add amounts up over all rows of a variant and Region, each further axis apart.

    Returns
    -------
    array of the line's shape: the sum that each of its rows belongs to
    """
    _, place = np.unique(keys(line), return_inverse=True)
    return np.bincount(place.ravel(), np.ravel(amounts))[place.reshape(line.quantity.shape)]


def repriced(line: Line, billable: Any, pool: Any, key: Any) -> Line:
    """Price a line's billable quantity as its share of a pool's; ``key`` names the pool."""
    unit_price, cost = line.rate.price(pool, line.variant, line.day, line.region)
    share = billable / np.where(pool > 0, pool, 1)
    cost = np.where(billable > 0, cost * share, 0)
    return replace(line, billable=billable, unit_price=unit_price, cost=cost, pool=key)


def reduced(quantity: Any, total: Any, free: Any) -> Any:
    """Take what is free of a total off a quantity, by its share [units]."""
    return quantity * np.maximum(0, total - free) / np.where(total > 0, total, 1)


def allowances(rate: Rate) -> Any:
    """Give the free allowance of each variant of a meter, 0 where there is none [units]."""
    given = rate.meter.free_allowance
    return np.array([given.get(variant, 0) for variant in (*rate.variants, "\0")])


def _minimums(lines: Sequence[Line]) -> Iterator[tuple[int, Line]]:
    """Give the lines that make up an account's minimum, with their places."""
    return ((place, line) for place, line in enumerate(lines) if line.rate.meter.makes_up)


def made_up(line: Line, lines: Iterable[Line]) -> Any:
    """Give what each row uses of the charges that count towards a minimum [units]."""
    return sum(
        np.where(same_variant(other, line), other.quantity, 0)
        for other in lines
        if other.rate.name in line.rate.meter.makes_up
    )


def same_variant(line: Line, other: Line) -> Any:
    """Tell where two lines are of variants of one name [bool array]."""
    names, others = (np.array([*one.rate.variants, "\0"]) for one in (line, other))
    return names[line.variant] == others[other.variant]


def is_member(line: Line) -> Any:
    """Tell where a line's meter has such a variant at all [bool array]."""
    return line.variant < len(line.rate.variants)
