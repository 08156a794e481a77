"""Price tables compiled for arithmetic: looking up a price is one gather, a tiered cost one sum.

Only this module knows how tiers work. Like AWS's, they are graduated: each unit is priced in its
own tier [1]_, and a tier starts at a cumulative quantity (AWS's ``BeginRange``).

References
----------
.. [1] "Amazon S3 FAQs, Billing", https://aws.amazon.com/s3/faqs/ (read 2019 and 2026).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from functools import cache, cached_property
from itertools import groupby
from types import SimpleNamespace
from typing import Any

import msgspec
import numpy as np
from msgspec import Struct

from pricing.arrays import Flags, Numbers, Places, Words
from pricing.quantities import REGION_CODES, REGIONS, RegionInfo
from pricing.tables import Meter, PriceRow, Quota, Table

Number = Callable[[Any], Any]
"""``float`` for the engine, ``Fraction`` for the exact oracle."""
UNKNOWN = "\0"
"""Stands for a variant that has no price anywhere."""


class Overlay(Struct, frozen=True):
    """Whose prices stand in the place of list prices, and the currency that shows them.

    A cost in USD times ``rate`` is a cost in ``currency``; both only present what is computed.
    """

    name: str
    version: str
    currency: str = "USD"
    rate: float = 1.0


@dataclass(frozen=True)
class WordColumn:
    """A column of words, stored as codes: ``column == "on-demand"`` compares integers.

    ``codes`` is an array of any shape that indexes into ``words``.
    """

    codes: Places
    words: tuple[str, ...]

    def __eq__(self, word: object) -> Flags:
        """Return where the column holds ``word``."""
        return self.codes == (self.words.index(word) if word in self.words else -1)

    __hash__ = None  # type: ignore[assignment]

    def __ne__(self, word: object) -> Flags:
        """Return where the column does not hold ``word``."""
        return np.logical_not(self == word)

    def isin(self, words: Iterable[object]) -> Flags:
        """Return where the column holds one of some words."""
        asked = frozenset(words)
        return np.array([word in asked for word in self.words])[self.codes]

    def filled(self, other: "WordColumn") -> "WordColumn":
        """Return this column with the words of ``other`` where it is empty.

        Examples
        --------
        >>> own = WordColumn(np.array([0, 1]), ("", "b"))
        >>> usual = WordColumn(np.array([0, 0]), ("a", "b"))
        >>> own.filled(usual).tolist()
        ['a', 'b']
        """
        places = {word: place for place, word in enumerate(other.words)}
        recode = np.array([places[word] if word else 0 for word in self.words])
        return WordColumn(np.where(self == "", other.codes, recode[self.codes]), other.words)

    def tolist(self) -> Any:
        """Return the words as lists, nested like the shape."""
        return np.array(self.words, dtype=object)[self.codes].tolist()


class ByWord(dict[str, Any]):
    """Numbers by word; index it with a :class:`WordColumn` to get a number for each row."""

    def __getitem__(self, column: Words) -> Numbers:
        """Return the number of each row's word; NaN for words without a number."""
        return self._columns(column.words)[column.codes]

    @cached_property
    def _columns(self) -> Callable[[tuple[str, ...]], Numbers]:
        """The numbers of some words, with a cache that lives as long as they do."""
        return cache(lambda words: np.array([self.get(word, np.nan) for word in words]))


@dataclass(frozen=True, eq=False)
class Rate:
    """One meter with its variants, compiled.

    Axes: v, variants, the last of which is "no such variant"; d, days, the first of which is
    "before any price"; r, Regions; t, tiers. A price that is not known is NaN.
    """

    name: str
    first_index: int
    """Index of its first variant among the variants of the whole card."""
    meter: Meter
    variants: tuple[str, ...]
    days: Places
    """Days on which a price of the card takes effect [d] [days since 1970]."""
    effective: Places
    """The day on which the price in force on day d took effect [v, d] [days since 1970]."""
    sources: Words
    """Key of the source of that price [v, d]."""
    read_on: Places
    """The place on the axis of days at which the price in force on day d was read [v, d, r]: an
    earlier one for a price that only goes on."""
    starts: Numbers
    """Quantity at which each tier after the first starts [v, d, t] [units]."""
    first: Numbers
    """Price of the first tier [v, d, r] [USD per unit]."""
    steps: Numbers
    """Change in price at the start of each tier after the first [v, d, r, t] [USD per unit]."""
    listed: "Rate | None" = None
    """The list prices, with the same axes, where an overlay gives these."""

    def variant(self, words: tuple[WordColumn, ...]) -> Places:
        """Return the position of the variant that each row names; the last if there is none."""
        if not words:
            return np.intp(0)
        return self._lookups(tuple(column.words for column in words))[
            tuple(column.codes for column in words)
        ]

    @cached_property
    def _lookups(self) -> Callable[[tuple[tuple[str, ...], ...]], Places]:
        """:meth:`_lookup` with a cache that lives as long as the rate."""
        return cache(self._lookup)

    def _lookup(self, words: tuple[tuple[str, ...], ...]) -> Places:
        lookup = np.full([len(choices) for choices in words], len(self.variants), dtype=np.intp)
        codes = [{word: code for code, word in enumerate(choices)} for choices in words]
        for index, variant in enumerate(self.variants):
            parts = variant.split("/")
            if all(part in known for part, known in zip(parts, codes, strict=True)):
                lookup[tuple(map(dict.__getitem__, codes, parts))] = index
        return lookup

    def price(
        self, quantity: Numbers, variant: Places, day: Places, region: Places
    ) -> tuple[Numbers, Numbers]:
        """Price a quantity, tier by tier.

        Parameters
        ----------
        quantity : array, any shape [units]
        variant, day, region : integer arrays that broadcast with it [positions]

        Returns
        -------
        unit_price, cost : arrays of that shape [USD per unit, USD]
            The unit price is the mean over the tiers reached, NaN where it is not known. A quantity
            of zero costs zero, whether its price is known or not.

        Notes
        -----
        cost = quantity x first + sum over t of max(quantity - start_t, 0) x step_t.
        """
        unit_price = self.first[variant, day, region]
        cost = quantity * unit_price
        if self.steps.shape[-1]:
            over = np.maximum(quantity[..., np.newaxis] - self.starts[variant, day], 0)
            cost = cost + (over * self.steps[variant, day, region]).sum(axis=-1)
            tiered = over[..., 0] > 0
            unit_price = np.where(tiered, cost / np.where(tiered, quantity, 1), unit_price)
        return unit_price, np.where(quantity == 0, 0, cost)

    @cached_property
    def paths(self) -> Words:
        """The words that name each variant [v, dimension]."""
        return np.array([variant.split("/") for variant in self.variants])

    @cached_property
    def coded(self) -> tuple[dict[str, int], Places]:
        """A code for each word of the paths, and the paths as codes, which compare fast."""
        words, codes = np.unique(self.paths, return_inverse=True)
        by_word = {str(word): code for code, word in enumerate(words)}
        return by_word, codes.reshape(self.paths.shape)


class Rules(SimpleNamespace):
    """The rules and quotas of a service by name [each in its own unit].

    A rule is one number, or a :class:`ByWord` that is indexed with a column, as in
    ``rule.minimum_days[w.storage_class]``. The specifications of instance classes are also
    :class:`ByWord`. A quota that differs by Region is an array over the Regions. Rules belong to a
    card, so a formula can ask for that card's list prices.
    """

    def __init__(self, rates: Mapping[str, "Rate"], **numbers: Any) -> None:
        super().__init__(**numbers, _rates=rates)

    def list_price(
        self, meter: str, variant: tuple[Words, ...], day: Places, region: Words
    ) -> Numbers:
        """Return the price of a meter's first tier [USD per unit]; NaN where it is not known.

        Parameters
        ----------
        variant : the words that name the variant, in the order of the meter's dimensions
        day : array [days since 1970]
        """
        rate = self._rates[meter]
        on = np.searchsorted(rate.days, day, side="right")
        return rate.first[rate.variant(variant), on, region.codes]

    def list_cost(
        self,
        meter: str,
        quantity: Numbers,
        variant: tuple[Words, ...],
        day: Places,
        region: Words,
    ) -> Numbers:
        """Return what a quantity of a meter costs by itself, all tiers considered [USD].

        It is NaN where a price is not known; see :meth:`list_price` for the parameters.
        """
        rate = self._rates[meter]
        on = np.searchsorted(rate.days, day, side="right")
        return rate.price(quantity, rate.variant(variant), on, region.codes)[1]

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"the table has no rule {name!r}")


@dataclass(frozen=True, eq=False)
class RateCard:
    """One service's tables, compiled: all rates, concatenated along the axis of variants, v."""

    table: Table
    rates: dict[str, Rate]
    rules: Rules
    limits: dict[str, Numbers]
    """Quota limits by name, each one number or an array over the Regions. Limits that a service
    module computes are left out."""
    days: Places
    """Days on which a price takes effect [d] [days since 1970]."""
    first: Numbers
    """Price of the first tier [v, d, r] [USD per unit]."""
    effective: Places
    """The day on which the price in force on day d took effect [v, d] [days since 1970]."""
    sources: Words
    """Key of the source of that price [v, d]."""
    read_on: Places
    """The place on the axis of days at which the price in force on day d was read [v, d, r]."""
    overlay: Overlay | None = None
    """The overlay that gives these prices; None where they are list prices."""
    listed: "RateCard | None" = None
    """The card of list prices under an overlay, with the same axes."""
    price_age: int = 0
    """The age above which prices are told to be old [days]; 0 is any."""
    newest: date = date.max
    """The day of the newest list price of the whole catalogue; later days have these prices."""

    def price_index(
        self,
        rates: Sequence[Rate],
        variants: Sequence[Places],
        regions: Sequence[Places],
        day: Places,
    ) -> Places:
        """Return the index of each price in the flattened ``first`` [line, ...].

        Parameters
        ----------
        rates, variants, regions : each line's rate, and its positions of variant and Region
        day : positions on the axis of days
        """
        _, days, width = self.first.shape
        starts = [
            (rate.first_index + variant) * (days * width) + region
            for rate, variant, region in zip(rates, variants, regions, strict=True)
        ]
        return np.stack(np.broadcast_arrays(*starts)) + day * width

    def read_index(self, price_index: Places) -> Places:
        """Return the index of each price in the flattened ``effective`` and ``sources``."""
        _, days, width = self.first.shape
        return price_index // (days * width) * days + self.read_on.take(price_index)

    @cached_property
    def first_day(self) -> int:
        """The first day with any price [days since 1970]."""
        return day_number(self.table.first)

    @cached_property
    def variants(self) -> Words:
        """The suffix that a variant adds to the name of its meter, such as ``/STANDARD`` [v]."""
        return np.array([f"/{variant}" if variant else "" for _, variant in self._named], object)

    def usage_types(self, variants: Places, regions: Places, surcharge: str = "") -> list[str]:
        """Return the usage types of some charges as in a bill, "" where not known.

        Those of a ``surcharge`` follow from what it comes on top of. There are many thousands of
        usage types, of which few are asked for: only these are spelled, once.
        """
        names, spelled = self._billed_as(surcharge)
        found: list[Any] = spelled[variants, regions].tolist()
        if None in found:
            for variant, region in set(zip(variants.tolist(), regions.tolist(), strict=True)):
                spelled[variant, region] = _prefixed(names[variant], REGIONS[region])
            found = spelled[variants, regions].tolist()
        return found

    def _billed_as(self, surcharge: str) -> tuple[list[str], Words]:
        """Return the usage types of all variants, and the spelled ones [v, r]; None where not yet.

        The former are without a Region's prefix, and "" where not known.
        """
        if surcharge not in self._spelled:
            over = self.rates[surcharge].meter if surcharge else None
            names = [
                "" if variant == UNKNOWN else (over or meter).usage_type(variant)
                for meter, variant in self._named
            ]
            self._spelled[surcharge] = names, np.full((len(names), len(REGIONS)), None)
        return self._spelled[surcharge]

    @cached_property
    def _spelled(self) -> dict[str, tuple[list[str], Words]]:
        """What :meth:`_billed_as` has returned, by surcharge."""
        return {}

    @property
    def _named(self) -> list[tuple[Meter, str]]:
        own = [rate for rate in self.rates.values() if not rate.meter.priced_as]
        return [(rate.meter, variant) for rate in own for variant in (*rate.variants, UNKNOWN)]


def _prefixed(usage_type: str, region: RegionInfo) -> str:
    """Return a usage type with its Region's prefix, such as ``EU-Storage-ShardHour``.

    In us-east-1 few services have one. The result is "" where the usage type or the prefix is not
    known.
    """
    if not usage_type or region.region == "us-east-1":
        return usage_type
    prefix = region.usage_type_prefix
    return f"{prefix}-{usage_type.removeprefix('USE1-')}" if prefix else ""


STACKS = ("first", "effective", "sources", "read_on")
"""The arrays that a card has of all its rates, along the axis of variants."""
EPOCH = date(1970, 1, 1).toordinal()


def day_number(day: date) -> int:
    """Return the days since 1970-01-01, as in numpy."""
    return day.toordinal() - EPOCH


def laid_over(table: Table, listed: Table, overlay: Overlay, number: Number) -> RateCard:
    """Compile a table that an overlay has made of list prices, with the card of these."""
    own = compile_table(table, number, _days(listed))
    card = compile_table(listed, number, _days(table))
    rates = {name: replace(rate, listed=card.rates[name]) for name, rate in own.rates.items()}
    return replace(own, rates=rates, overlay=overlay, listed=card)


def _days(table: Table) -> set[date]:
    return {row.effective_from for row in table.rows}


def compile_table(
    table: Table, number: Number = float, further: Set[date] = frozenset()
) -> RateCard:
    """Compile a table; ``number`` makes its numbers from decimal text.

    ``further`` are days of the card on which no price of this table takes effect.
    """
    described = table.description
    days = sorted(_days(table) | further)
    own: list[Rate] = []
    for family, rows in groupby(sorted(table.rows, key=_family), key=_family):
        start = own[-1].first_index + len(own[-1].first) if own else 0
        own.append(_rate(family, start, described.meters[family], list(rows), days, number))
    stacks: Any = {name: np.concatenate([getattr(rate, name) for rate in own]) for name in STACKS}
    rates = {rate.name: _of_card(rate, stacks) for rate in own}
    rates |= {
        family: _priced_as(rates[meter.priced_as], family, meter)
        for family, meter in described.meters.items()
        if meter.priced_as
    }
    limits = {
        name: _limit(quota, number)
        for name, quota in described.quotas.items()
        if quota.limit is not None
    }
    rules = {
        name: ByWord({word: number(value) for word, value in rule.values.items()})
        if rule.values
        else number(rule.value)
        for name, rule in described.rules.items()
    }
    return RateCard(
        table,
        rates,
        Rules(rates, **rules, **limits, **_classes(table, number)),
        limits,
        own[0].days,
        **stacks,
    )


def _of_card(rate: Rate, stacks: Mapping[str, Any]) -> Rate:
    """Return a rate that shares the arrays of its card, which has them of all its rates."""
    own = slice(rate.first_index, rate.first_index + len(rate.first))
    return replace(rate, **{name: stack[own] for name, stack in stacks.items()})


def _family(row: PriceRow) -> str:
    return row.family


def _priced_as(rate: Rate, name: str, meter: Meter) -> Rate:
    """Return a rate for a meter that has the prices, and the names in a bill, of another.

    A surcharge has usage types of its own: a bill has it beside what it comes on top of.
    """
    own = meter if meter.surcharge else rate.meter
    billed = {"usage_types": own.usage_types, "operation": rate.meter.operation}
    return replace(rate, name=name, meter=msgspec.structs.replace(meter, **billed))


def _classes(table: Table, number: Number) -> dict[str, ByWord]:
    """Return each column of the instance classes as numbers by class."""
    return {
        column: ByWord(
            {row.name: number(row.known[column]) for row in table.classes if column in row.known}
        )
        for column in table.description.classes
    }


def _limit(quota: Quota, number: Number) -> Numbers:
    if not quota.regions:
        return number(quota.limit)
    return np.array([number(quota.regions.get(code, quota.limit)) for code in REGION_CODES])


def _rate(
    name: str,
    first_index: int,
    meter: Meter,
    rows: list[PriceRow],
    days: list[date],
    number: Number,
) -> Rate:
    by_variant = {variant: list(group) for variant, group in groupby(rows, lambda r: r.variant)}
    tiers = max(_tiers(group) for group in by_variant.values())
    shape = (len(by_variant) + 1, len(days) + 1)
    kind = object if number is Fraction else float
    first = np.full((*shape, len(REGION_CODES)), np.nan, dtype=kind)
    steps = np.full((*shape, len(REGION_CODES), tiers - 1), number(0), dtype=kind)
    starts = np.full((*shape, tiers - 1), number(0), dtype=kind)
    effective = np.full(shape, day_number(days[0]))
    sources = np.full(shape, "", dtype=object)
    every_day = np.arange(shape[1], dtype=np.int32)[:, np.newaxis]
    read_on = np.broadcast_to(every_day, (*shape, len(REGION_CODES))).copy()
    for v, group in enumerate(by_variant.values()):
        for effective_from, tier_rows in groupby(group, lambda row: row.effective_from):
            since = slice(days.index(effective_from) + 1, None)
            low, *higher = tier_rows
            prices = _numbers(low, number)
            first[v, since] = prices
            effective[v, since] = day_number(effective_from)
            sources[v, since] = low.source
            going_on = sorted(low.goes_on)
            read_on[v, since] = every_day[since]
            read_on[v, since][:, going_on] = read_on[v, since.start - 1, going_on]
            steps[v, since], starts[v, since] = number(0), number(0)
            for t, row in enumerate(higher):
                above = np.array(
                    [p if p == p else q for p, q in zip(_numbers(row, number), prices, strict=True)]
                )
                starts[v, since, t] = number(row.tier_from)
                steps[v, since, :, t] = above - prices
                prices = above
    return Rate(
        name,
        first_index,
        meter,
        tuple(by_variant),
        np.array([day_number(day) for day in days]),
        effective,
        sources,
        read_on,
        starts,
        first,
        steps,
    )


def _tiers(rows: list[PriceRow]) -> int:
    return max(len(list(tier)) for _, tier in groupby(rows, lambda row: row.effective_from))


def _numbers(row: PriceRow, number: Number) -> Numbers:
    return np.array([number(text) if text else np.nan for text in row.prices])
