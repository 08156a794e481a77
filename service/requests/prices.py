"""Requests for lists of prices: which Region, meter and day."""

from datetime import date
from functools import cache
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from pricing import wording
from pricing.catalogue import packaged
from pricing.model import Service
from pricing.quantities import Region, about
from pricing.tables import Table
from service.problems import Violation

PAGE = 500
"""Prices of a page of a document: more would freeze a viewer. Records cannot tell what is left."""


@cache
def price_query(service: Service) -> type[Struct]:
    """Make the query that filters the prices of a service, and pages them."""
    families = ", ".join(_families(packaged().table(service.key)))
    prefix = service.prefix
    pages: list[Any] = [
        (
            "limit",
            Annotated[
                Annotated[float, Meta(ge=1, le=100_000, multiple_of=1)] | None,
                about(f"At most so many prices; else {PAGE} in a document, all in records."),
            ],
            None,
        ),
        (
            "offset",
            Annotated[
                float,
                Meta(ge=0, le=1e9, multiple_of=1, description="Prices to leave out before them."),
            ],
            0.0,
        ),
    ]
    query = msgspec.defstruct(
        f"{prefix}PriceQuery",
        [
            (
                "region",
                Annotated[Region | None, about("Only prices of this Region.")],
                None,
            ),
            (
                "meter",
                Annotated[
                    Annotated[str, Meta(min_length=1, max_length=200)] | None,
                    about(
                        "Only this meter or, with its path as in `sku_id`, this variant of it."
                        f" Meters: {families}."
                    ),
                ],
                None,
            ),
            (
                "price_date",
                Annotated[date | None, about("Only prices in force on this day.")],
                None,
            ),
            *pages,
        ],
        frozen=True,
        forbid_unknown_fields=True,
    )
    query.__doc__ = f"Which {service.name} prices to list; in pages."
    return query


def _families(table: Table) -> list[str]:
    """List the meters that have prices, without their variants."""
    return list(dict.fromkeys(row.family for row in table.rows))


def price_faults(query: Any, table: Table) -> list[Violation]:
    """List what is wrong with a query for prices beyond the bounds of its fields."""
    families = _families(table)
    known = [*families, *dict.fromkeys(row.meter for row in table.rows)]
    if query.meter is None or query.meter in known:
        return []
    message = f"must be a meter or a variant of one: {', '.join(families)}; got {query.meter!r}"
    return [Violation(message + wording.meant(query.meter, known), parameter="meter")]
