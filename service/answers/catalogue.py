"""What is there: services, their fields, prices, quotas and rules, each with source and date."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import starmap
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

import msgspec
from msgspec import UNSET, Struct, UnsetType, inspect

from pricing import changes, tables
from pricing.catalogue import Catalogue
from pricing.errors import DateBeforePricesError
from pricing.model import Form, Service, defaults, registry
from pricing.quantities import REGION_CODES, REGIONS, about
from pricing.tables import PriceRow
from service.formats.table import Table, of_records

SIZE_OF_A_ROW = 0.1
"""What reading a price takes, beside viewing a workload."""


class ServiceSummary(Struct, frozen=True):
    """One service in short."""

    key: str
    name: str
    pricing_page: str
    first_price_date: Annotated[date, about("The first day with any known price.")]
    newest_price_date: Annotated[date, about("The day of the newest price.")]
    example: Annotated[str, about("Path and query of a first estimate.")]


class Services(Struct, frozen=True):
    """All services."""

    catalog_version: str
    services: list[ServiceSummary]


class FieldDescription(Struct, frozen=True, omit_defaults=True):
    """One field of a workload: JSON member, query parameter and column under one name."""

    name: str
    meaning: str
    type: Literal["number", "whole number", "boolean", "date", "text", "choice"]
    required: bool
    unit: str | UnsetType = UNSET
    default: float | bool | str | UnsetType = UNSET
    minimum: float | UnsetType = UNSET
    maximum: float | UnsetType = UNSET
    choices: list[str] | UnsetType = UNSET


class RegionName(Struct, frozen=True):
    """A Region by code and name."""

    region: str
    name: str


class NotCoveredEntry(Struct, frozen=True):
    """What AWS may charge beside an estimate, or a product that is another one."""

    name: Annotated[str, about("Estimates list it under `not_covered` by this name.")]
    title: str
    matters_when: Annotated[str, about("When it is on the bill.")]
    about: Annotated[str, about("About how much, with unit and day.")]
    where: Annotated[
        dict[str, list[str]],
        about("Only workloads with one of the words of each field."),
    ]
    above: Annotated[
        dict[str, float], about("Only workloads whose fields are above these numbers.")
    ]
    words: Annotated[
        dict[str, list[str]], about("Words for another product, which the fields do not take.")
    ]
    reference: str
    date: date


class ServiceDescription(Struct, frozen=True):
    """One service in full."""

    key: str
    name: str
    pricing_page: str
    price_dates: Annotated[list[date], about("Days on which some price takes effect.")]
    regions: Annotated[list[RegionName], about("Regions in which the service is sold.")]
    fields: list[FieldDescription]
    example: str
    not_covered: Annotated[list[NotCoveredEntry], about("What no estimate covers.")]


class PriceEntry(Struct, frozen=True, gc=False):
    """One price of one Region and tier."""

    sku_id: str
    sku_meter: str
    region: str
    effective_from: Annotated[date, about("The day of the price list it was read from.")]
    tier_from: Annotated[float, about("Cumulative quantity from which the price counts.")]
    list_unit_price: Annotated[float, about("Price of one unit [USD].")]
    pricing_unit: str
    source: Annotated[str, about("Key into `sources`.")]
    contracted_unit_price: Annotated[
        float | UnsetType | None,
        about("With an overlay: its price of one unit [USD]; null where it has other tiers."),
    ] = UNSET


class SourceEntry(Struct, frozen=True):
    """Where prices were read."""

    title: str
    reference: str


class PriceList(Struct, frozen=True):
    """Prices with their sources."""

    service: str
    total: Annotated[int, about("How many prices there are, on all pages.")]
    next_offset: Annotated[
        int | None, about("The `offset` of the next page; null where none follows.")
    ]
    sources: dict[str, SourceEntry]
    prices: list[PriceEntry]


class QuotaEntry(Struct, frozen=True):
    """One quota: its limit, and the limits of Regions that differ."""

    rule: str
    title: str
    limit: Annotated[float | None, about("Null where it follows from the workload.")]
    unit: str
    severity: Annotated[
        Literal["limit", "advice"], about("Whether exceeding it makes a workload infeasible.")
    ]
    adjustable: bool
    regions: dict[str, float]
    reference: str
    date: date
    grade: Annotated[str, about("A: AWS's own words. B: a dated secondary source.")]


class RuleEntry(Struct, frozen=True):
    """One rule AWS bills or sizes by."""

    rule: str
    statement: str
    value: Annotated[float | None, about("Null where it differs by word; see `values`.")]
    values: dict[str, float]
    unit: str
    reference: str
    date: date
    grade: str


class AssumptionEntry(Struct, frozen=True):
    """What is assumed where AWS is not explicit; the workload field of this name sets it."""

    field: str
    statement: str
    reference: str
    date: date
    grade: Annotated[str, about("C: sources contradict. K: general knowledge only.")]


class QuotaList(Struct, frozen=True):
    """Quotas, rules and assumptions of one service, and what no estimate covers."""

    service: str
    quotas: list[QuotaEntry]
    rules: list[RuleEntry]
    assumptions: list[AssumptionEntry]
    not_covered: list[NotCoveredEntry]


def summaries(catalogue: Catalogue) -> Services:
    """List all services."""
    summed = [_summary(service, catalogue.table(key)) for key, service in registry().items()]
    return Services(catalogue.version, summed)


def _summary(service: Service, table: tables.Table) -> ServiceSummary:
    return ServiceSummary(
        service.key,
        service.name,
        table.description.pricing_page,
        table.first,
        table.newest,
        example(service),
    )


def example(service: Service) -> str:
    """Return path and query of the service's example workload."""
    return f"/v1/{service.key}/estimate?{query(service)}"


def query(form: Form) -> str:
    """Return the query of the example of a service or a question."""
    return urlencode(
        {
            name: str(value).lower() if isinstance(value, bool) else value
            for name, value in example_fields(form).items()
        }
    )


def example_fields(form: Form) -> dict[str, Any]:
    """Return the fields of the example that are no defaults; whole numbers are integers."""
    usual = defaults(form.workload)
    shown = msgspec.to_builtins(form.example)
    return {
        name: int(value) if isinstance(value, float) and value == int(value) else value
        for name, value in shown.items()
        if getattr(form.example, name) != usual[name]
    }


def description(service: Service, table: tables.Table) -> ServiceDescription:
    """Describe one service in full."""
    return ServiceDescription(
        service.key,
        service.name,
        table.description.pricing_page,
        sorted({row.effective_from for row in table.rows}),
        [RegionName(one.region, one.name) for one in REGIONS if one.region in table.regions],
        fields(service),
        example(service),
        not_covered(table),
    )


def fields(form: Form) -> list[FieldDescription]:
    """Describe the fields of a service's workload, or of a question's needs."""
    return fields_of(form.workload)


def fields_of(kind: type[Struct]) -> list[FieldDescription]:
    """Describe the fields of a flat record."""
    info = inspect.type_info(kind)
    return [_field(field) for field in info.fields]  # type: ignore[attr-defined]


def _field(field: Any) -> FieldDescription:
    kind, unit, meaning = field.type, UNSET, ""
    while isinstance(kind, inspect.Metadata):
        extra = kind.extra_json_schema or {}
        unit = extra.get("x-unit", unit)
        meaning = extra.get("description", meaning)
        kind = kind.type
    return FieldDescription(
        name=field.encode_name,
        meaning=meaning,
        type=_type(kind),
        required=field.required,
        unit=unit,
        default=UNSET if field.required else msgspec.to_builtins(field.default),
        minimum=getattr(kind, "ge", UNSET),
        maximum=getattr(kind, "le", UNSET),
        choices=[str(value) for value in getattr(kind, "values", ())] or UNSET,
    )


def _type(kind: Any) -> Any:
    match kind:
        case inspect.FloatType():
            return "whole number" if kind.multiple_of == 1 else "number"
        case inspect.BoolType():
            return "boolean"
        case inspect.DateType():
            return "date"
        case inspect.LiteralType():
            return "choice"
        case _:
            return "text"


def size(query: Any, table: tables.Table, page: float | None = None) -> float:
    """Return the size of a price list in workloads; see :mod:`service.http.work`."""
    rows = sum(_asked(row, query) for row in table.rows)
    most = rows * (1 if query.region else len(REGION_CODES))
    return SIZE_OF_A_ROW * min(most, page or most)


def prices(
    service: Service, query: Any, catalogue: Catalogue, page: float | None = None
) -> PriceList:
    """List list prices, those of the query: one page of them, or all.

    Raises
    ------
    DateBeforePricesError
        where its day lies before the first known price.
    """
    table = catalogue.listed.table(service.key)
    if query.price_date is not None and query.price_date < table.first:
        raise DateBeforePricesError({0: (service.name, table.first)})
    whole_day = query.price_date is not None
    rows = [row for row in table.rows if _asked(row, query)]
    if whole_day:
        newest: dict[str, date] = {}
        for row in rows:
            newest[row.meter] = max(newest.get(row.meter, row.effective_from), row.effective_from)
        rows = [row for row in rows if row.effective_from == newest[row.meter]]
    cells = [
        (row, place)
        for row in rows
        for place, (code, price) in enumerate(zip(REGION_CODES, row.prices, strict=True))
        if price and query.region in (None, code) and (whole_day or place not in row.goes_on)
    ]
    first = int(query.offset)
    stop = len(cells) if page is None else min(first + int(page), len(cells))
    known = changes.by_meter(table.rows)
    read = [
        (changes.origin(known[row.meter], row, place), place) for row, place in cells[first:stop]
    ]
    entries = [_price(service, table, *cell) for cell in read]
    if catalogue.overlay:
        own = changes.by_meter(catalogue.table(service.key).rows)
        entries = [
            _with_contracted(entry, place, query.price_date, known[row.meter], own[row.meter])
            for entry, (row, place) in zip(entries, read, strict=True)
        ]
    used = {entry.source for entry in entries}
    sources = {
        key: SourceEntry(source.title, source.reference)
        for key, source in table.description.sources.items()
        if key in used
    }
    following = stop if stop < len(cells) else None
    return PriceList(service.key, len(cells), following, sources, entries)


def _asked(row: PriceRow, query: Any) -> bool:
    return query.meter in (None, row.meter, row.family) and (
        query.price_date is None or row.effective_from <= query.price_date
    )


def _price(service: Service, table: tables.Table, row: PriceRow, place: int) -> PriceEntry:
    meter = table.description.meters[row.family]
    return PriceEntry(
        f"{service.key}.{row.meter}",
        meter.title,
        REGION_CODES[place],
        row.effective_from,
        float(row.tier_from),
        float(row.prices[place]),
        meter.unit,
        row.source,
    )


def _with_contracted(
    entry: PriceEntry,
    place: int,
    day: date | None,
    listed: Sequence[PriceRow],
    own: Sequence[PriceRow],
) -> PriceEntry:
    """Return a list price with that of an overlay beside it: on a day, or while it is in force.

    ``listed`` and ``own`` are the rows of its meter, at list prices and with the overlay. Where the
    overlay's price changes while the list price stands, the last one counts.
    """
    since = entry.effective_from
    read = (row for row in listed if place not in row.goes_on)
    later = [row.effective_from for row in read if row.effective_from > since]
    until = min(later) - timedelta(days=1) if later else None
    tiers = changes.tiers(changes.in_force(own, day or until), place)
    price = changes.at(tiers, Decimal(repr(entry.tier_from)))
    return msgspec.structs.replace(
        entry, contracted_unit_price=None if price is None else float(price)
    )


def quotas(service: Service, table: tables.Table) -> QuotaList:
    """List quotas, rules and assumptions, and what no estimate covers."""
    described = table.description
    return QuotaList(
        service.key,
        [_entry(QuotaEntry, "rule", name, quota) for name, quota in described.quotas.items()],
        [_entry(RuleEntry, "rule", name, rule) for name, rule in described.rules.items()],
        [
            _entry(AssumptionEntry, "field", name, assumption)
            for name, assumption in described.assumptions.items()
        ],
        not_covered(table),
    )


def not_covered(table: tables.Table) -> list[NotCoveredEntry]:
    """List what no estimate of a service covers; flags stand as ``true`` and ``false``."""
    return [
        NotCoveredEntry(
            name,
            entry.title,
            entry.matters_when,
            entry.about,
            _as_texts(entry.where),
            entry.above,
            _as_texts(entry.words),
            entry.reference,
            entry.date,
        )
        for name, entry in table.description.not_covered.items()
    ]


def _as_texts(words: Mapping[str, tuple[str | bool, ...]]) -> dict[str, list[str]]:
    return {
        field: [word if isinstance(word, str) else str(word).lower() for word in given]
        for field, given in words.items()
    }


def _entry(kind: Any, key: str, name: str, described: Struct) -> Any:
    return kind(**{key: name}, **msgspec.structs.asdict(described))


def table_of_prices(answer: PriceList) -> Table:
    """Return one row for each price, with the title and the address of its source."""
    table = of_records("prices", PriceEntry, answer.prices)
    sources = [answer.sources[entry.source] for entry in answer.prices]
    more = {
        "source_title": [source.title for source in sources],
        "source_reference": [source.reference for source in sources],
    }
    return Table("prices", table.columns | more)


def table_of_quotas(name: str, kind: type[Struct], listed: Sequence[Any]) -> Table:
    """Return one row for each quota, rule, assumption or entry of what is not covered.

    Numbers by word become text, ``word=number``, and so do words by field, ``field=word, word``.
    """
    columns = of_records(name, kind, listed).columns
    for column in {"regions", "values", "where", "above", "words"} & columns.keys():
        columns[column] = ["; ".join(starmap(_paired, cell.items())) for cell in columns[column]]
    return Table(name, columns)


def _paired(word: str, value: Any) -> str:
    return f"{word}={', '.join(value) if isinstance(value, list) else repr(value)}"
