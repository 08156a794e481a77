"""The catalogue as a whole: how old its prices are, and what changed since a day."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Annotated, Any

from msgspec import UNSET, Struct

from pricing import changes
from pricing.catalogue import Catalogue
from pricing.changes import Change
from pricing.model import registry
from pricing.quantities import REGION_CODES, about
from pricing.tables import PriceRow, Table
from service.answers.catalogue import SIZE_OF_A_ROW
from service.answers.estimates import sku_id
from service.answers.overlays import OVERLAY, applied
from service.formats.table import Table as Sheet
from service.formats.table import of_records


class CatalogSource(Struct, frozen=True):
    """Where prices of a service were read."""

    key: str
    title: str
    reference: str
    prices: Annotated[int, about("Prices in force that were read there.")]


class CatalogService(Struct, frozen=True):
    """The prices of one service."""

    key: str
    name: str
    first_price_date: Annotated[date, about("The first day with any known price.")]
    oldest_price_date: Annotated[date, about("The oldest day of a price that is in force.")]
    newest_price_date: Annotated[date, about("The day of the newest price.")]
    age_days: Annotated[int, about("Days from the newest price to the day that is asked for.")]
    oldest_age_days: Annotated[int, about("Days from the oldest price in force to that day.")]
    meters: Annotated[int, about("Meters with their variants that have prices.")]
    regions: Annotated[int, about("Regions in which it is sold.")]
    prices: Annotated[int, about("Prices in force, tiers included.")]
    sources: list[CatalogSource]


class CatalogSummary(Struct, frozen=True):
    """The state of all prices."""

    catalog_version: str
    services: list[CatalogService]
    overlay: OVERLAY = UNSET


class PriceChange(Struct, frozen=True, gc=False):
    """A list price that is another one than on a day."""

    sku_id: str
    region: str
    tier_from: Annotated[float, about("Cumulative quantity from which the price counts.")]
    effective_from: Annotated[date, about("The day on which the newer price took effect.")]
    old_unit_price: Annotated[float | None, about("USD; null where none was known on the day.")]
    new_unit_price: Annotated[float | None, about("USD; null where none is known any more.")]
    change_percent: Annotated[
        float | None, about("By how much it rose; null where one of both is not known, or was 0.")
    ]


class PriceChanges(Struct, frozen=True):
    """What the newest list prices have that those of a day had not."""

    since: Annotated[date, about("The day, as asked.")]
    total: Annotated[int, about("How many changes there are, on all pages.")]
    next_offset: Annotated[
        int | None, about("The `offset` of the next page; null where none follows.")
    ]
    changes: Annotated[list[PriceChange], about("By service, meter and Region.")]


def summary(catalogue: Catalogue, today: date) -> CatalogSummary:
    """Tell the state of all list prices."""
    listed = [_service(key, catalogue.listed.table(key), today) for key in registry()]
    return CatalogSummary(catalogue.version, listed, applied(catalogue.overlay))


def _service(key: str, table: Table, today: date) -> CatalogService:
    by_meter = changes.by_meter(table.rows)
    read = [one for own in by_meter.values() for one in _read(own)]
    oldest = min(row.effective_from for row, _ in read)
    counts: dict[str, int] = {}
    for row, prices in read:
        counts[row.source] = counts.get(row.source, 0) + prices
    known = table.description.sources
    sources = [
        CatalogSource(one, known[one].title, known[one].reference, count)
        for one, count in counts.items()
    ]
    return CatalogService(
        key,
        registry()[key].name,
        table.first,
        oldest,
        table.newest,
        (today - table.newest).days,
        (today - oldest).days,
        len(by_meter),
        len(table.regions),
        sum(counts.values()),
        sources,
    )


def _read(rows: Sequence[PriceRow]) -> Iterator[tuple[PriceRow, int]]:
    """Yield the rows in which the prices in force of a meter were read, each with how many."""
    for row in changes.in_force(rows):
        own = sum(map(bool, row.prices)) - len(row.goes_on)
        if own:
            yield row, own
        for place in row.goes_on:
            yield changes.origin(rows, row, place), 1


def size(catalogue: Catalogue, services: list[str]) -> float:
    """Return what comparing prices takes in workloads; see :mod:`service.http.work`."""
    rows = sum(len(catalogue.listed.table(key).rows) for key in services)
    return SIZE_OF_A_ROW * rows * len(REGION_CODES)


def since(
    catalogue: Catalogue, day: date, services: list[str], first: int, count: int | None
) -> PriceChanges:
    """List what changed since a day, one page of it, or all."""
    found = [one for key in services for one in _changes(catalogue.listed.table(key), day)]
    stop = len(found) if count is None else min(first + count, len(found))
    following = stop if stop < len(found) else None
    page = [_change(one) for one in found[first:stop]]
    return PriceChanges(day, len(found), following, page)


def _changes(table: Table, day: date) -> Iterator[Change]:
    return changes.between(table.service, table.rows, table.rows, day)


def _change(one: Change) -> PriceChange:
    old, new = (None if text is None else float(text) for text in (one.old, one.new))
    percent = None if one.percent is None else round(one.percent, 6)
    named = sku_id(one.service, one.meter, ""), one.region, float(one.tier_from)
    return PriceChange(*named, one.effective_from, old, new, percent)


def table_of_services(answer: CatalogSummary) -> Sheet:
    """Return one row for each service, with the keys of its sources."""
    sheet = of_records("services", CatalogService, answer.services)
    sources: list[Any] = ["; ".join(one.key for one in own) for own in sheet.columns["sources"]]
    return Sheet(sheet.name, sheet.columns | {"sources": sources})


def table_of_changes(answer: PriceChanges) -> Sheet:
    """Return one row for each change."""
    return of_records("changes", PriceChange, answer.changes)
