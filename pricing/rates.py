"""Price tables compiled for arithmetic: a price is one gather, a tiered cost one sum.

The only place that knows of tiers. Tiers are graduated, as AWS's: each unit is priced in its own
tier [1]_, and a tier starts at a cumulative quantity (AWS's ``BeginRange``).

References
----------
.. [1] "Amazon S3 FAQs, Billing", https://aws.amazon.com/s3/faqs/ (read 2019 and 2026).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from functools import cache, cached_property
from itertools import groupby
from types import SimpleNamespace
from typing import Any

import msgspec
import numpy as np

from pricing.arrays import Numbers, Places, Words
from pricing.quantities import REGION_CODES, REGIONS
from pricing.tables import Meter, PriceRow, Quota, Table

Number = Callable[[Any], Any]
"""``float`` for the engine, ``Fraction`` for the exact oracle."""


@dataclass(frozen=True)
class Choice:
    """A column of words, kept as codes: ``column == "on-demand"`` is one integer comparison.

    ``codes`` is an integer array of any shape, ``words`` the words it points into.
    """

    codes: Any
    words: tuple[str, ...]

    def __eq__(self, word: object) -> Any:
        """Tell where the column holds ``word`` [bool array]."""
        return self.codes == (self.words.index(word) if word in self.words else -1)

    __hash__ = None  # type: ignore[assignment]

    def __ne__(self, word: object) -> Any:
        """Tell where the column does not hold ``word`` [bool array]."""
        return np.logical_not(self == word)

    def filled(self, other: "Choice") -> "Choice":
        """Give this column with the words of ``other`` where it is empty.

        Examples
        --------
        >>> own, usual = Choice(np.array([0, 1]), ("", "b")), Choice(np.array([0, 0]), ("a", "b"))
        >>> own.filled(usual).tolist()
        ['a', 'b']
        """
        recode = np.array([other.words.index(word) if word else 0 for word in self.words])
        return Choice(np.where(self == "", other.codes, recode[self.codes]), other.words)

    def tolist(self) -> Any:
        """Give the words themselves, nested as the shape is."""
        return np.array(self.words, dtype=object)[self.codes].tolist()


class ByWord(dict[str, Any]):
    """Numbers by word; a :class:`Choice` column picks one for each row."""

    def __getitem__(self, column: Any) -> Any:
        """Give each row the number of its word [array]; words without a number are NaN."""
        return np.array([self.get(word, np.nan) for word in column.words])[column.codes]


@dataclass(frozen=True, eq=False)
class Rate:
    """One meter with its variants, compiled.

    Axes: v, variant and last "no such variant"; d, day and first "before any price"; r, Region;
    t, tier. A price that is not known is NaN.
    """

    name: str
    place: int
    """Place of the first variant among those of the whole card."""
    meter: Meter
    variants: tuple[str, ...]
    days: Any
    """Days on which some price of the card takes effect [d], as days since 1970."""
    effective: Any
    """The day from which the price in force on day d stands [v, d]."""
    sources: Any
    """Key of the source it was read from [v, d]."""
    starts: Any
    """Quantity from which a tier counts, the first left out [v, d, t] [units]."""
    first: Any
    """Price of the first tier [v, d, r] [USD per unit]."""
    steps: Any
    """Change of price at each further tier [v, d, r, t] [USD per unit]."""

    def variant(self, by: tuple[Choice, ...]) -> Any:
        """Find the variant that a row's choices name, the last one where there is none."""
        if not by:
            return np.intp(0)
        return self._lookups(tuple(choice.words for choice in by))[
            tuple(choice.codes for choice in by)
        ]

    @cached_property
    def _lookups(self) -> Callable[[tuple[tuple[str, ...], ...]], Places]:
        """:meth:`_lookup`, which keeps what it found for as long as the rate lives."""
        return cache(self._lookup)

    def _lookup(self, words: tuple[tuple[str, ...], ...]) -> Any:
        lookup = np.full([len(choices) for choices in words], len(self.variants), dtype=np.intp)
        places = [{word: place for place, word in enumerate(choices)} for choices in words]
        for index, variant in enumerate(self.variants):
            parts = variant.split("/")
            if all(part in place for part, place in zip(parts, places, strict=True)):
                lookup[tuple(map(dict.__getitem__, places, parts))] = index
        return lookup

    def price(self, quantity: Any, variant: Any, day: Any, region: Any) -> tuple[Any, Any]:
        """Price a quantity, tier by tier.

        Parameters
        ----------
        quantity : array, any shape [units]
        variant, day, region : integer arrays that broadcast with it [positions]

        Returns
        -------
        unit_price, cost : arrays of that shape [USD per unit, USD]
            the mean price over the tiers reached, and the cost; NaN where no price is known and
            the quantity is not zero. A quantity of zero costs zero at any price.

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


class Rules(SimpleNamespace):
    """The rules and quotas of a service by name [each in its own unit].

    A rule is one number, or a :class:`ByWord` to pick from with a column, as in
    ``rule.minimum_days[w.storage_class]``; so are the columns of the instance classes. A quota that
    differs by Region is an array over them. They are bound to the card whose table holds them, so
    that a formula may ask for its list prices.
    """

    def __init__(self, rates: Mapping[str, "Rate"], **numbers: Any) -> None:
        super().__init__(**numbers, _rates=rates)

    def list_price(self, meter: str, by: tuple[Words, ...], day: Places, region: Words) -> Numbers:
        """Return the price of a meter's first tier [USD per unit]; NaN where it is not known.

        Parameters
        ----------
        by : the choices that name the variant, in the order of the meter's dimensions
        day : array [days since 1970]
        """
        rate = self._rates[meter]
        on = np.searchsorted(rate.days, day, side="right")
        return rate.first[rate.variant(by), on, region.codes]

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"the table has no rule {name!r}")


@dataclass(frozen=True, eq=False)
class RateCard:
    """One service's tables, compiled: all rates, one after the other on one axis of variants, v."""

    table: Table
    rates: dict[str, Rate]
    rules: Rules
    limits: dict[str, Any]
    """Quota limits by name: one number, or an array over the Regions; none if worked out."""
    days: Any
    """Days on which some price takes effect [d], as days since 1970."""
    first: Any
    """Price of the first tier [v, d, r] [USD per unit]."""
    effective: Any
    """The day from which the price in force on day d stands [v, d]."""
    sources: Any
    """Key of the source it was read from [v, d]."""

    def place(self, rates: Any, variants: Any, regions: Any, day: Any) -> Any:
        """Find the place of prices in ``first``, laid out flat [line, ...].

        Parameters
        ----------
        rates, variants, regions : for each line its rate and the positions of variant and Region
        day : positions on the axis of days
        """
        _, days, width = self.first.shape
        starts = [
            (rate.place + variant) * (days * width) + region
            for rate, variant, region in zip(rates, variants, regions, strict=True)
        ]
        return np.array(starts) + day * width

    @cached_property
    def first_day(self) -> int:
        """The first day with any price, as days since 1970."""
        return day_number(self.table.first)

    @cached_property
    def variants(self) -> Any:
        """What a variant adds to the name of its meter, as ``/STANDARD`` [v]."""
        return np.array([f"/{variant}" if variant else "" for _, variant in self._named], object)

    @cached_property
    def usage_types(self) -> Any:
        """Usage types as a bill spells them, "" where not known [v, r]."""
        known = [meter.usage_types.get(variant, "") for meter, variant in self._named]
        return np.array(
            [
                [_prefixed(name, info.usage_type_prefix, info.region) for info in REGIONS]
                for name in known
            ],
            dtype=object,
        )

    @property
    def _named(self) -> list[tuple[Meter, str]]:
        own = [rate for rate in self.rates.values() if not rate.meter.priced_as]
        return [(rate.meter, variant) for rate in own for variant in (*rate.variants, "\0")]


def _prefixed(usage_type: str, prefix: str, region: str) -> str:
    """``EU-Storage-ShardHour`` in eu-west-1; us-east-1 has no prefix; "" where it is not known."""
    if not usage_type or region == "us-east-1":
        return usage_type
    return f"{prefix}-{usage_type}" if prefix else ""


EPOCH = date(1970, 1, 1).toordinal()


def day_number(day: date) -> int:
    """Days since 1970-01-01, as numpy counts them."""
    return day.toordinal() - EPOCH


def compile_table(table: Table, number: Number = float) -> RateCard:
    """Compile a table; ``number`` makes its numbers from decimal text."""
    described = table.description
    days = sorted({row.effective_from for row in table.rows})
    own: list[Rate] = []
    for family, rows in groupby(sorted(table.rows, key=_family), key=_family):
        place = own[-1].place + len(own[-1].first) if own else 0
        own.append(_rate(family, place, described.meters[family], list(rows), days, number))
    rates = {rate.name: rate for rate in own}
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
        np.concatenate([rate.first for rate in own]),
        np.concatenate([rate.effective for rate in own]),
        np.concatenate([rate.sources for rate in own]),
    )


def _family(row: PriceRow) -> str:
    return row.family


def _priced_as(rate: Rate, name: str, meter: Meter) -> Rate:
    """Give a meter the prices of another, and what a bill calls them."""
    billed = {"usage_types": rate.meter.usage_types, "operation": rate.meter.operation}
    return replace(rate, name=name, meter=msgspec.structs.replace(meter, **billed))


def _classes(table: Table, number: Number) -> dict[str, ByWord]:
    """Turn each column of the instance classes into numbers by class."""
    return {
        column: ByWord(
            {row.name: number(row.known[column]) for row in table.classes if column in row.known}
        )
        for column in table.description.classes
    }


def _limit(quota: Quota, number: Number) -> Any:
    if not quota.regions:
        return number(quota.limit)
    return np.array([number(quota.regions.get(code, quota.limit)) for code in REGION_CODES])


def _rate(
    name: str, place: int, meter: Meter, rows: list[PriceRow], days: list[date], number: Number
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
    for v, group in enumerate(by_variant.values()):
        for effective_from, tier_rows in groupby(group, lambda row: row.effective_from):
            since = slice(days.index(effective_from) + 1, None)
            low, *higher = tier_rows
            prices = _numbers(low, number)
            first[v, since] = prices
            effective[v, since] = day_number(effective_from)
            sources[v, since] = low.source
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
        place,
        meter,
        tuple(by_variant),
        np.array([day_number(day) for day in days]),
        effective,
        sources,
        starts,
        first,
        steps,
    )


def _tiers(rows: list[PriceRow]) -> int:
    return max(len(list(tier)) for _, tier in groupby(rows, lambda row: row.effective_from))


def _numbers(row: PriceRow, number: Number) -> Any:
    return np.array([number(text) if text else np.nan for text in row.prices])
