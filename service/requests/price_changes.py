"""Requests for how old the catalogue is, and for what changed in it since a day."""

from datetime import date
from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta, Struct

from pricing.model import registry
from pricing.quantities import about

if TYPE_CHECKING:
    Key = str
else:
    Key = Literal[tuple(registry())]


class CatalogQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """On which day the catalogue is asked for."""

    on: Annotated[date | None, about("The day on which ages are told; the default is today.")] = (
        None
    )


class ChangesQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """Which changes are asked for."""

    since: Annotated[date, about("Changes from the prices of this day to the newest known.")]
    service: Annotated[Key | None, about("Only those of this service.")] = None
    limit: Annotated[
        Annotated[float, Meta(ge=1, le=100_000, multiple_of=1)] | None,
        about("At most so many changes; else 500 in a document, all in records."),
    ] = None
    offset: Annotated[
        float, Meta(ge=0, le=1e9, multiple_of=1, description="Changes to leave out before them.")
    ] = 0.0
