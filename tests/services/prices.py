"""Rate cards at prices of another day: an example is tested at the prices it states."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from pricing.catalogue import packaged
from pricing.quantities import REGION_CODES
from pricing.rates import RateCard, compile_table
from pricing.tables import PriceRow

Tiers = Sequence[tuple[float, str]]
"""Tier starts [units] and prices [USD per unit, as decimal text]."""


def card_at(service: str, prices: Mapping[str, Tiers], number: Any = float) -> RateCard:
    """Compile a service's table with these prices, in every Region, and no others.

    ``prices`` is keyed by meter path; every other meter has no price, so that an example which
    leans on one comes out unpriced and not at today's price. One row stands for all their variants.
    """
    table = packaged().table(service)
    own = {family(meter) for meter in prices}
    others = {row.family: row.meter for row in table.rows if row.family not in own}
    rows = [
        PriceRow(meter, table.first, str(start), table.rows[0].source, (price,) * len(REGION_CODES))
        for meter in sorted([*others.values(), *prices], key=family)
        for start, price in prices.get(meter, [(0, "")])
    ]
    return compile_table(msgspec.structs.replace(table, rows=tuple(rows)), number)


def family(meter: str) -> str:
    """Return the meter of a path, without its variant."""
    return meter.partition("/")[0]
