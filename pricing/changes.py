"""What differs between prices: of two catalogues, or of two days of one.

Prices are compared tier by tier, by the text of their decimals, for each meter and Region.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import NamedTuple

from pricing.quantities import REGION_CODES
from pricing.tables import PriceRow


class Change(NamedTuple):
    """A price that is another one, new, or no longer known."""

    service: str
    meter: str
    region: str
    tier_from: str
    effective_from: date
    """The day on which the newer price took effect."""
    old: str | None
    new: str | None

    @property
    def percent(self) -> float | None:
        """By how much the price rose; None where one of both is not known, or the old one is 0."""
        if self.old is None or self.new is None or not Decimal(self.old):
            return None
        return float(100 * (Decimal(self.new) / Decimal(self.old) - 1))


Tiers = Mapping[Decimal, str]
"""Prices of a Region by the start of their tier."""


def between(
    service: str,
    before: Iterable[PriceRow],
    after: Iterable[PriceRow],
    since: date | None = None,
) -> Iterator[Change]:
    """Yield the differences between prices in force: those of ``before`` and of ``after``.

    The newest prices count, or, with ``since``, those that ``before`` has on that day.
    """
    old, new = by_meter(before), by_meter(after)
    for meter in dict.fromkeys((*old, *new)):
        was = in_force(old.get(meter, []), since)
        now = in_force(new.get(meter, []))
        if was != now:
            yield from _of_meter(service, meter, was, now)


def by_meter(rows: Iterable[PriceRow]) -> dict[str, list[PriceRow]]:
    """Return the rows of each meter, in their order."""
    found: dict[str, list[PriceRow]] = {}
    for row in rows:
        found.setdefault(row.meter, []).append(row)
    return found


def in_force(rows: Sequence[PriceRow], day: date | None = None) -> list[PriceRow]:
    """Return the tiers of a meter that are in force on a day, or the newest."""
    until = [row for row in rows if day is None or row.effective_from <= day]
    days = [list(tiers) for _, tiers in groupby(until, lambda row: row.effective_from)]
    return days[-1] if days else []


def origin(rows: Sequence[PriceRow], row: PriceRow, place: int) -> PriceRow:
    """Return the row in which a price was read: an earlier one where it only goes on.

    ``rows`` are those of its meter.
    """
    while place in row.goes_on:
        earlier = [one for one in rows if one.effective_from < row.effective_from]
        row = next(one for one in in_force(earlier) if one.tier_from == row.tier_from)
    return row


def tiers(rows: Sequence[PriceRow], place: int) -> Tiers:
    """Return the tiers of one Region, without those that go on at the same price."""
    found: dict[Decimal, str] = {}
    for row in rows:
        price = row.prices[place]
        last = next(reversed(found.values()), "")
        if price and (not last or Decimal(price) != Decimal(last)):
            found[Decimal(row.tier_from)] = price
    return found


def _of_meter(
    service: str, meter: str, was: Sequence[PriceRow], now: Sequence[PriceRow]
) -> Iterator[Change]:
    day = (now or was)[0].effective_from
    for place, region in enumerate(REGION_CODES):
        old, new = tiers(was, place), tiers(now, place)
        for start in sorted({*old, *new}):
            before, after = at(old, start), at(new, start)
            if not same(before, after):
                yield Change(service, meter, region, f"{start:f}", day, before, after)


def at(found: Tiers, start: Decimal) -> str | None:
    """Return the price of the tier that a quantity is in; None where no price is known."""
    below = [price for begins, price in found.items() if begins <= start]
    return below[-1] if below else None


def same(one: str | None, other: str | None) -> bool:
    """Return whether two prices are the same number, however they are spelled."""
    if one is None or other is None:
        return one is other
    return Decimal(one) == Decimal(other)
