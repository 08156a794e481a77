"""Rate cards at the prices of another day or page, for examples that bring their own."""

from itertools import groupby

import msgspec

from pricing import tables
from pricing.quantities import REGION_CODES
from pricing.rates import RateCard, compile_table


def card_at(service: str, prices: dict[str, list[tuple[float, str]]]) -> RateCard:
    """Compile the service's table with some meters at other prices.

    ``prices`` gives for a meter (with its variant) its tiers as (start, price in every Region).
    """
    table = tables.load(service)
    rows = []
    for meter, group in groupby(table.rows, lambda row: row.meter):
        kept = list(group)
        if meter in prices:
            kept = [
                msgspec.structs.replace(
                    kept[0], tier_from=str(start), prices=(price,) * len(REGION_CODES)
                )
                for start, price in prices[meter]
            ]
        rows += kept
    assert set(prices) <= {row.meter for row in rows}, "a meter of the example is not in the table"
    return compile_table(msgspec.structs.replace(table, rows=tuple(rows)))
