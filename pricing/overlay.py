"""Overlays: an operator's own prices and discounts, laid over the list prices of a catalogue.

An overlay is a folder. ``overlay.toml`` names it and its version, and may name a currency that
presents costs. ``discounts.csv`` takes percentages off list prices: a row for each service, or for
each meter by the start of its path; the longest start counts, and ``*`` is every service.
``<service>.csv`` holds own prices in the format of the tables. They take the place of list prices
in the Regions that have a cell, from their day on; a blank day is every day. Where a meter has own
prices, no percentage is taken off.

Prices of plans, such as reservations, stay list prices. The rate of a savings plan is a share of
the price on demand, so it follows that price.
"""

import csv
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from importlib.resources.abc import Traversable
from itertools import groupby
from typing import Annotated, Any, NamedTuple

import msgspec
import tomli
from msgspec import Meta, Struct, field
from msgspec.structs import replace

from pricing import tables
from pricing.catalogue import Catalogue
from pricing.errors import TableError
from pricing.quantities import REGION_CODES
from pricing.rates import Overlay
from pricing.tables import PriceRow, Source, Table

TERMS = "overlay.toml"
DISCOUNTS = "discounts.csv"
COLUMNS = ["service", "meter", "effective_from", "percent"]
"""The header of the file of discounts."""
EVERY = "*"
"""Stands for every service in the file of discounts."""
PERCENT = re.compile(r"[0-9]+(\.[0-9]+)?")
TABLE = re.compile(r"\s*\[([^\[\]]+)\]")
"""Matches the line of a TOML file that begins a table."""
KEY = re.compile(r"""\s*([\w.'"-]+)\s*=""")
"""Matches the line of a TOML file that sets a key."""
Word = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=40)]


class Terms(Struct, frozen=True, forbid_unknown_fields=True):
    """The whole TOML file of an overlay."""

    name: Word
    version: Word
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$")] = "USD"
    rate: Annotated[float, Meta(gt=0, lt=1e9)] = 1.0
    """Units of the currency for one USD."""
    sources: dict[str, Source] = field(default_factory=dict)


class Discount(NamedTuple):
    """A percentage off list prices, from a day on."""

    service: str
    meter: str
    """The start of the paths that it applies to; all, where it is empty."""
    since: date
    factor: Decimal
    """What is left of a list price."""

    def applies(self, service: str, meter: str) -> bool:
        """Return whether it applies to a meter of a service."""
        own = self.service in (EVERY, service)
        return own and (not self.meter or f"{meter}/".startswith(f"{self.meter}/"))


def laid_over(catalogue: Catalogue, folder: Traversable) -> Catalogue:
    """Return the catalogue with the prices of an overlay, which knows its list prices.

    Raises
    ------
    TableError
        if a file breaks the discipline; names the file, the line and the column.
    """
    files = {file.name: file for file in _files(folder)}
    terms = _terms(files.pop(TERMS, folder.joinpath(TERMS)))
    content = hashlib.sha256()
    for name in sorted(files):
        content.update(name.encode() + _bytes(files[name]))
    discounts = _discounts(files.pop(DISCOUNTS, None), catalogue)
    own = {name: _own(file, terms, catalogue) for name, file in files.items()}
    laid = {
        key: _laid_over(
            catalogue.table(key), own.get(f"{key}.csv", []), discounts, terms, content.hexdigest()
        )
        for key in catalogue.keys
    }
    overlay = Overlay(terms.name, terms.version, terms.currency, terms.rate)
    return Catalogue(laid, overlay, catalogue)


def _files(folder: Traversable) -> Iterator[Traversable]:
    """Yield the files that say something; other kinds of files may lie beside them."""
    if not folder.is_dir():
        raise TableError(f"{folder} is not a folder")
    for file in folder.iterdir():
        if file.name.lower().endswith((".csv", ".toml")) and not file.name.startswith("."):
            yield file


def _terms(file: Traversable) -> Terms:
    if not file.is_file():
        raise TableError(f"{file.name} is missing")
    text = _text(file)
    try:
        told = tomli.loads(text)
        terms = msgspec.convert(told, Terms)
    except tomli.TOMLDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise TableError(f"{file.name}, {where}: {error.msg}") from error
    except msgspec.ValidationError as error:
        keys, fault = _named(str(error), told)
        raise TableError(f"{file.name}, {_place(text, keys)}: {fault}") from error
    if (terms.currency == "USD") != (terms.rate == 1):
        place = _place(text, ("currency" if "currency" in told else "rate",))
        raise TableError(
            f"{file.name}, {place}: give a currency together with its rate for one USD"
        )
    return terms


def _named(fault: str, told: Mapping[str, Any]) -> tuple[tuple[str, ...], str]:
    """Return the keys that a fault names, and what it says of them."""
    said, _, path = fault.partition(" - at ")
    keys = [key or "..." for key in re.findall(r"\.(\w+)|\[\.\.\.\]", path)]
    if "..." in keys:
        source = next(key for key, one in told["sources"].items() if not _is_source(one))
        keys[keys.index("...")] = source
    return (*keys, *re.findall("unknown field `(.+)`", said)), said


def _is_source(told: Any) -> bool:
    try:
        msgspec.convert(told, Source)
    except msgspec.ValidationError:
        return False
    return True


def _place(text: str, keys: Sequence[str]) -> str:
    """Return where a TOML file sets what keys name, or else the table that it belongs in."""
    places: dict[tuple[str, ...], tuple[int, int]] = {(): (1, 1)}
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := TABLE.match(line):
            table = tuple(map(_bare, header[1].split(".")))
            places.setdefault(table, (number, header.start(1) + 1))
        elif key := KEY.match(line):
            names = (*table, *map(_bare, key[1].split(".")))
            places.setdefault(names, (number, key.start(1) + 1))
    nearest = (tuple(keys[:end]) for end in range(len(keys), -1, -1))
    return "line {}, column {}".format(*next(places[key] for key in nearest if key in places))


def _bare(key: str) -> str:
    return key.strip().strip("\"'")


def _bytes(file: Traversable) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise TableError(f"{file.name} cannot be read: {error.strerror}") from error


def _text(file: Traversable) -> str:
    told = _bytes(file)
    try:
        return told.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line, column = (
            told.count(b"\n", 0, error.start) + 1,
            error.start - told.rfind(b"\n", 0, error.start),
        )
        where = f"line {line}, column {column}"
        raise TableError(f"{file.name}, {where}: {error.reason}, so it is not UTF-8") from error


def _discounts(file: Traversable | None, catalogue: Catalogue) -> list[Discount]:
    if file is None:
        return []
    lines = csv.reader(_text(file).splitlines())
    if (header := next(lines, [])) != COLUMNS:
        column = tables.misnamed(header, COLUMNS)
        raise TableError(f"{file.name}, line 1, {column}: the header must be {','.join(COLUMNS)}")
    found: dict[tuple[str, str, date], Discount] = {}
    for row, line in enumerate(lines, start=2):
        try:
            one = _discount(line, catalogue)
        except ValueError as error:
            raise TableError(f"{file.name}, line {row}{error}") from error
        if found.setdefault(one[:3], one) is not one:
            raise TableError(f"{file.name}, line {row}, column meter: it stands there already")
    return list(found.values())


def _discount(line: list[str], catalogue: Catalogue) -> Discount:
    """Read a row of the file of discounts."""
    if len(line) != len(COLUMNS):
        raise ValueError(f": {len(line)} cells, but the header has {len(COLUMNS)}")
    service, meter, day, percent = line
    if service != EVERY and service not in catalogue.keys:
        raise ValueError(f", column service: there is no service {service!r}")
    services = catalogue.keys if service == EVERY else (service,)
    one = Discount(service, meter, tables.day(day, undated=True), _factor(percent))
    if not any(
        one.applies(key, row.meter) for key in services for row in catalogue.table(key).rows
    ):
        raise ValueError(f", column meter: {_why_no_price(catalogue, services, meter)}")
    return one


def _factor(percent: str) -> Decimal:
    """Return what a percentage leaves of a price."""
    if not PERCENT.fullmatch(percent) or Decimal(percent) > 100:
        raise ValueError(f", column percent: {percent!r} is not a number from 0 to 100")
    return 1 - Decimal(percent) / 100


def _why_no_price(catalogue: Catalogue, services: Iterable[str], meter: str) -> str:
    """Return why a meter has no prices of its own."""
    for key in services:
        known = catalogue.table(key).description.meters.get(meter.partition("/")[0])
        if known and known.priced_as:
            return f"{meter} is priced as {known.priced_as}, so give that"
    return f"{meter!r} is no meter with prices"


def _own(file: Traversable, terms: Terms, catalogue: Catalogue) -> list[PriceRow]:
    """Read the own prices of a service."""
    key = file.name.removesuffix(".csv")
    if key not in catalogue.keys:
        known = ", ".join(catalogue.keys)
        raise TableError(
            f"{file.name} is no file of an overlay: there are {TERMS}, {DISCOUNTS}"
            f" and one for each service: {known}"
        )
    rows = list(tables.price_rows(file.name, _text(file), undated=True))
    meters = {row.meter for row in catalogue.table(key).rows}
    for line, row in enumerate(rows, start=2):
        if row.meter not in meters:
            why = _why_no_price(catalogue, [key], row.meter)
            raise TableError(f"{file.name}, line {line}, column meter: {why}")
        if row.source not in terms.sources:
            raise TableError(
                f"{file.name}, line {line}, column source: {row.source!r} is not in {TERMS}"
            )
    for line, fault in _faults(rows):
        raise TableError(f"{file.name}, line {line}, {fault}")
    return rows


def _faults(rows: list[PriceRow]) -> Iterator[tuple[int, str]]:
    """Yield what is wrong with own prices beside each other, with the line where it begins."""
    line, seen = 2, set()
    for meter, group in groupby(rows, _meter):
        own = list(group)
        if meter in seen:
            yield line, f"column meter: the rows of {meter} must stand together"
        seen.add(meter)
        for fault in tables.disorder(meter, own):
            yield line, f"columns effective_from and tier_from: {fault}"
        for fault in _without_first_tier(own):
            yield line, fault
        line += len(own)


def _meter(row: PriceRow) -> str:
    return row.meter


def _without_first_tier(rows: list[PriceRow]) -> Iterator[str]:
    """Yield the cells that have a price in a further tier only."""
    for (meter, day), tiers in groupby(rows, lambda row: (row.meter, row.effective_from)):
        first, *further = tiers
        for place, code in enumerate(REGION_CODES):
            if not first.prices[place] and any(row.prices[place] for row in further):
                yield f"column {code}: {meter} of {day} has no price in the first tier"


def _laid_over(
    table: Table, own: list[PriceRow], discounts: list[Discount], terms: Terms, digest: str
) -> Table:
    """Return a table with own prices and discounts in the place of list prices."""
    by_meter = {meter: list(rows) for meter, rows in groupby(own, _meter)}
    rows = [
        row
        for meter, listed in groupby(table.rows, _meter)
        for row in _merged(
            list(listed),
            by_meter.get(meter, []),
            [one for one in discounts if one.applies(table.service, meter)],
        )
    ]
    described = replace(table.description, sources=table.description.sources | terms.sources)
    return replace(table, description=described, rows=tuple(rows), digest=table.digest + digest)


def _merged(
    listed: list[PriceRow], own: list[PriceRow], discounts: list[Discount]
) -> Sequence[PriceRow]:
    """Return the rows of a meter, day by day, with what an overlay says of it."""
    if not own and not discounts:
        return listed
    first = listed[0].effective_from
    days = {row.effective_from for row in (*listed, *own)} | {one.since for one in discounts}
    later = {day for day in days if day > first or (day > date.min and own)}
    return [
        row
        for day in sorted(later | {first})
        for row in _of_day(day, _newest(listed, day), own, _factor_on(day, discounts))
    ]


def _newest(rows: Sequence[PriceRow], day: date) -> list[PriceRow]:
    """Return the tiers that are in force on a day."""
    until = [row for row in rows if row.effective_from <= day]
    return [row for row in until if row.effective_from == until[-1].effective_from]


def _factor_on(day: date, discounts: Sequence[Discount]) -> Decimal:
    """Return what is left of a list price on a day, by the discount that names it most closely."""
    in_force = [one for one in discounts if one.since <= day]
    if not in_force:
        return Decimal(1)
    closest = max(in_force, key=lambda one: (one.service != EVERY, len(one.meter), one.since))
    return closest.factor


Tiers = Mapping[str, str]
"""Prices of one Region by tier start."""


def _of_day(
    day: date, listed: Sequence[PriceRow], own: Sequence[PriceRow], factor: Decimal
) -> Iterator[PriceRow]:
    """Yield the tiers of one day, of which each Region has its own or the list's."""
    meter = (*listed, *own)[0].meter
    columns = [
        _own_tiers(own, place, day)
        or {row.tier_from: _reduced(row.prices[place], factor) for row in listed}
        for place in range(len(REGION_CODES))
    ]
    source = (*listed, *own)[0].source
    for start in sorted({start for tiers in columns for start in tiers}, key=Decimal):
        prices = tuple(tiers.get(start, "") for tiers in columns)
        yield PriceRow(meter, day, start, source, prices)


def _own_tiers(own: Sequence[PriceRow], place: int, day: date) -> Tiers:
    """Return the own prices of one Region that are in force on a day."""
    with_price = [row for row in own if row.prices[place]]
    return {row.tier_from: row.prices[place] for row in _newest(with_price, day)}


def _reduced(price: str, factor: Decimal) -> str:
    return f"{Decimal(price) * factor:f}" if price and factor != 1 else price
