"""Import price lists into the tables: what they say, what it changes, and what is written.

Nothing is written before all files are read, and the new tables are checked as at a start of the
service. Then every file takes the place of the old one; if one cannot, all are as they were.
"""

import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from sys import intern
from typing import NamedTuple

from msgspec.structs import replace

from pricing import changes, tables
from pricing.changes import Change
from pricing.errors import TableError
from pricing.model import registry
from pricing.quantities import REGION_CODES
from pricing.tables import Description, PriceRow, Table
from upkeep.errors import OfferError
from upkeep.files import FEE, Offer, OfferRow
from upkeep.mapping import Mapper, Place, region_of

FOREVER = "Inf"
"""The end of the last tier."""
LISTS = "https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws"
"""Where AWS lists every version of its price lists."""
JOURNAL = ".tables-import"
"""The folder beside the tables that has new files until all of them are in place."""
EVERYWHERE = frozenset(range(len(REGION_CODES)))
"""The places of all Regions."""
Tiers = tuple[tuple[str, str], ...]
"""Starts of tiers, each with its price."""


class Tier(NamedTuple):
    """A row of a price list, as far as it is kept."""

    sku: str
    start: str
    end: str
    price: str


class Cell(NamedTuple):
    """A price of one Region."""

    place: Place
    plan: bool
    """Whether it is one of a reservation."""
    region: str


class LeftOut(NamedTuple):
    """Rows of a price list that are no price of the tables."""

    why: str
    offer: str
    usage_type: str
    operation: str


class Absent(NamedTuple):
    """Prices of a meter that a price list was expected to have."""

    place: Place
    grade: str
    """The grade of the rule by which they were looked for."""
    usage_type: str


@dataclass
class Found:
    """What one price list says."""

    offer: Offer
    prices: dict[Cell, Tiers] = field(default_factory=dict)
    rates: dict[Cell, str] = field(default_factory=dict)
    """What savings plans charge."""
    left_out: dict[LeftOut, int] = field(default_factory=dict)
    """How many rows there are of each kind."""
    rows: int = 0
    services: frozenset[str] = frozenset()
    """The tables that have prices of its offer, as far as they are asked for."""
    regions: set[str] = field(default_factory=set)
    """The Regions that it has products of."""

    def leave_out(self, row: OfferRow, why: str) -> None:
        """Count a row that is no price of the tables."""
        kind = LeftOut(why, row.offer, row.usage_type, row.operation)
        self.left_out[kind] = self.left_out.get(kind, 0) + 1


def found(offer: Offer, mapper: Mapper, services: frozenset[str], folder: Path) -> Found:
    """Read a price list to its end; only prices of the given services are kept.

    A list of all Regions has hundreds of thousands of prices, so little is kept of each.

    Raises
    ------
    OfferError
        where the file is broken, or the tiers of a product do not follow each other.
    """
    own = services.intersection(mapper.services(offer.code))
    said, described = Found(offer, services=own), Described(folder)
    kept: dict[Cell, tuple[Tier, ...]] = {}
    for row in offer.rows:
        said.rows += 1
        region = region_of(row)
        if not row.usage_type:
            said.leave_out(row, f"{row.sku} is no product of the file")
            continue
        if not region:
            said.leave_out(row, f"{row.region or row.location or 'no Region'} is not in the tables")
            continue
        said.regions.add(region)
        places, why_not = mapper.mapped(row, region)
        if why_not:
            said.leave_out(row, why_not)
        for place in places:
            if place.service in services:
                cell, why = _cell(place, row, region, described)
                if why:
                    said.leave_out(row, why)
                elif row.savings_plan:
                    said.rates[cell] = row.price
                else:
                    tier = Tier(row.sku, intern(row.start), intern(row.end), intern(row.price))
                    kept[cell] = (*kept.get(cell, ()), tier)
    if not said.rows:
        raise OfferError(f"{offer.name} has no prices")
    for cell in list(kept):
        _settle(said, cell, kept.pop(cell), described)
    return said


class Described:
    """The tables of a folder, each read on first use."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._tables: dict[str, Table] = {}
        self._words: dict[tuple[str, bool, str], list[set[str]]] = {}
        self._classes: dict[str, frozenset[str]] = {}

    def table(self, service: str) -> Table:
        """Return the own tables of a service."""
        if service not in self._tables:
            self._tables[service] = table = tables.own(service, self._folder)
            self._classes[service] = frozenset(row.name for row in table.classes)
        return self._tables[service]

    def plans(self, service: str) -> tuple[PriceRow, ...]:
        """Return the prices of its plans."""
        table = self.table(service)
        return tables.read_plans(table).rows if table.plans else ()

    def unknown(self, cell: Cell) -> str:
        """Return the first word of a meter that the tables do not have; empty where they have all.

        An instance class that has no specification is such a word.
        """
        family, *words = cell.place.meter.split("/")
        key = cell.place.service, cell.plan, family
        if key not in self._words:
            rows = self.plans(key[0]) if cell.plan else self.table(key[0]).rows
            paths = (row.meter.split("/")[1:] for row in rows if row.family == family)
            self._words[key] = [set(words) for words in zip(*paths, strict=True)]
        known = self._words[key]
        if len(known) != len(words):
            return cell.place.meter
        classes = self._classes[key[0]]
        for word, ours in zip(words, known, strict=True):
            if word not in ours and word not in classes:
                return word
        return ""


def _cell(place: Place, row: OfferRow, region: str, described: Described) -> tuple[Cell, str]:
    """Return the cell of a row, and why the tables have no such cell."""
    reserved = bool(row.term) and not row.savings_plan
    if reserved:
        family, _, variant = place.meter.partition("/")
        family += "_upfront" if row.unit == FEE else ""
        path = [family, *([variant] if variant else []), row.term, row.payment]
        place = Place(place.service, "/".join(path))
    cell = Cell(place, reserved, region)
    unknown = described.unknown(cell)
    return cell, f"the tables do not have {unknown!r}" if unknown else ""


def _settle(said: Found, cell: Cell, kept: Sequence[Tier], described: Described) -> None:
    """Keep the tiers of a cell, if all products with its price agree."""
    skus = dict.fromkeys(tier.sku for tier in kept)
    each = [_tiers(said.offer.name, [tier for tier in kept if tier.sku == sku]) for sku in skus]
    service, meter = cell.place
    if any(tiers != each[0] for tiers in each):
        why = f"{' and '.join(skus)} have different prices in {cell.region}"
        kind = LeftOut(why, said.offer.code, f"{service}.{meter}", "")
        said.left_out[kind] = said.left_out.get(kind, 0) + len(kept)
        return
    family, _, variant = meter.partition("/")
    known = described.table(service).description.meters.get(family)
    free = known is not None and not cell.plan and variant in known.free_allowance
    said.prices[cell] = _without_free_tier(each[0]) if free else each[0]


def _tiers(name: str, kept: list[Tier]) -> Tiers:
    """Return the tiers of a product, which must follow each other to the end."""
    in_order = sorted(kept, key=lambda tier: Decimal(tier.start or 0))
    starts = [tier.start or "0" for tier in in_order]
    ends = [tier.end or FOREVER for tier in in_order]
    if starts[0] != "0" or [*starts[1:], FOREVER] != ends:
        ranges = ", ".join(f"{start} to {end}" for start, end in zip(starts, ends, strict=True))
        raise OfferError(f"{name}: the tiers of {kept[0].sku} are {ranges}")
    return tuple((start, tier.price) for start, tier in zip(starts, in_order, strict=True))


def _without_free_tier(found: Tiers) -> Tiers:
    """Return tiers without a free first one, which the tables have as an allowance."""
    (first, price), *more = found
    if not more or Decimal(price) != 0:
        return found
    return ((first, more[0][1]), *more[1:])


# ---- the tables


@dataclass(frozen=True)
class Outcome:
    """What an import comes to."""

    changes: tuple[Change, ...]
    rates: tuple[Change, ...]
    """Rates of savings plans that are not what the tables derive."""
    left_out: Mapping[LeftOut, int]
    rows: int
    cells: int
    """How many prices of the tables the files have."""
    files: Mapping[str, str]
    """The new text of each file of the tables that changes."""
    absent: Mapping[Absent, frozenset[str]]
    """Prices of the tables that the files do not have, with the Regions that they are of."""
    earlier: int
    """New rows of days after which the tables have later prices, which stay."""


def outcome(
    every: Sequence[Found], folder: Path, mapper: Mapper, *, confirm: bool = False
) -> Outcome:
    """Work out what price lists change in the tables of a folder; nothing is written.

    With ``confirm``, prices that are equal are of the lists' day, too.
    """
    described = Described(folder)
    services = sorted({cell.place.service for said in every for cell in said.prices})
    files: dict[str, str] = {}
    differences: list[Change] = []
    earlier = 0
    for service in services:
        table, lists = described.table(service), []
        for plan, old in ((False, table.rows), (True, described.plans(service))):
            rows = list(old)
            for said in every:
                own = {
                    cell: found
                    for cell, found in said.prices.items()
                    if cell.place.service == service and cell.plan == plan
                }
                merged = _merged(rows, own, said.offer, confirm=confirm)
                lists += [said.offer] if merged != rows else []
                rows = merged
            if rows != list(old):
                name = f"{service}_plans.csv" if plan else f"{service}.csv"
                files[name] = tables.prices_text(rows, _columns(folder / name))
                differences += changes.between(service, old, rows)
                earlier += _earlier(old, rows)
        if lists:
            files[f"{service}.toml"] = _with_sources(folder / f"{service}.toml", lists)
    left_out: dict[LeftOut, int] = {}
    for said in every:
        for kind, count in said.left_out.items():
            left_out[kind] = left_out.get(kind, 0) + count
    return Outcome(
        tuple(differences),
        tuple(change for said in every for change in _rates(said, described)),
        left_out,
        sum(said.rows for said in every),
        sum(len(said.prices) for said in every),
        files,
        _absent(every, described, mapper),
        earlier,
    )


def _earlier(old: Iterable[PriceRow], rows: Sequence[PriceRow]) -> int:
    """Count the rows that are new, and not of the newest day of their meter."""
    own = changes.by_meter(rows)
    newest = {meter: changes.in_force(own[meter])[0].effective_from for meter in own}
    return sum(row.effective_from < newest[row.meter] for row in set(rows) - set(old))


def _absent(
    every: Sequence[Found], described: Described, mapper: Mapper
) -> dict[Absent, frozenset[str]]:
    """Return prices that lists do not have, though of their offer and Regions."""
    known = {(cell.place, cell.region) for said in every for cell in said.prices}
    asked: dict[tuple[str, str], set[str]] = {}
    for said in every:
        for service in said.services:
            asked.setdefault((service, said.offer.code), set()).update(said.regions)
    found: dict[Absent, set[str]] = {}
    for (service, offer), regions in asked.items():
        for place, sold_as, prices in _newest(service, described):
            priced = {one for one in regions if prices[REGION_CODES.index(one)]}
            missing = {one for one in priced if (place, one) not in known}
            for written in mapper.written(sold_as) if missing else ():
                here = {one for one in missing if written.rule.holds_in(one)}
                if here and written.rule.offer == offer:
                    one = Absent(place, written.rule.grade, written.usage_type)
                    found.setdefault(one, set()).update(here)
    return {one: frozenset(where) for one, where in found.items()}


def _newest(service: str, described: Described) -> Iterator[tuple[Place, Place, tuple[str, ...]]]:
    """Yield each meter, that of the product it is sold as, and its newest prices by Region.

    A reservation is sold as the product whose hours it takes the place of.
    """
    for meter, rows in changes.by_meter(described.table(service).rows).items():
        place = Place(service, meter)
        yield place, place, changes.in_force(rows)[0].prices
    for meter, rows in changes.by_meter(described.plans(service)).items():
        family, *variant = meter.split("/")
        used = "/".join([family.removesuffix("_upfront"), *variant[:-2]])
        yield Place(service, meter), Place(service, used), changes.in_force(rows)[0].prices


def _columns(file: Path) -> list[str]:
    return file.read_text("utf-8").partition("\n")[0].split(",")[4:]


def source_of(offer: Offer) -> str:
    """Return the key of a price list among the sources of a table.

    The lists of several Regions that AWS published on a day are one source.
    """
    return f"list-{offer.code}-{offer.day}"


def _with_sources(file: Path, lists: Iterable[Offer]) -> str:
    """Return a description with the price lists among its sources."""
    text = file.read_text("utf-8")
    for offer in lists:
        key = source_of(offer)
        if f"[sources.{key}]" not in text:
            text += (
                f'\n[sources.{key}]\ntitle = "AWS Price List, {offer.code}, {offer.day}"\n'
                f'reference = "{LISTS}/{offer.code}/index.json"\n'
            )
    return text


def _merged(
    rows: list[PriceRow], own: Mapping[Cell, Tiers], offer: Offer, *, confirm: bool
) -> list[PriceRow]:
    """Return the rows of a file with what a price list says of a day."""
    said: dict[str, dict[int, Tiers]] = {}
    for cell, found in own.items():
        regions = said.setdefault(cell.place.meter, {})
        regions[REGION_CODES.index(cell.region)] = found
    known = changes.by_meter(rows)
    merged = {
        meter: _of_meter(meter, known.get(meter, []), said[meter], offer, confirm=confirm)
        if meter in said
        else known[meter]
        for meter in (*known, *(said.keys() - known.keys()))
    }
    in_order = list(known)
    for meter in sorted(said.keys() - known.keys()):
        family = [one.partition("/")[0] for one in in_order]
        last = len(family) - family[::-1].index(meter.partition("/")[0])
        in_order.insert(last, meter)
    return [row for meter in in_order for row in merged[meter]]


def _of_meter(
    meter: str, rows: list[PriceRow], said: Mapping[int, Tiers], offer: Offer, *, confirm: bool
) -> list[PriceRow]:
    """Return the rows of a meter with what a price list says of it on its day.

    Regions that the list does not tell of go on from before. Later days keep what they say, except
    a price that only goes on from before the list's day.
    """
    day, source = offer.day, source_of(offer)
    base = changes.in_force(rows, day)
    was = {place: dict(changes.tiers(base, place)) for place in said}
    again = base[0] if base and base[0].effective_from == day else None
    old = said.keys() if again is None else again.goes_on
    new = {
        place: found
        for place, found in said.items()
        if not _equal(was[place], found) or (confirm and place in old)
    }
    if not new:
        return rows
    days = {since: list(tiers) for since, tiers in groupby(rows, lambda row: row.effective_from)}
    carried = new
    for since, tiers in days.items():
        if since > day:
            going_on = tiers[0].goes_on
            carried = {place: found for place, found in carried.items() if place in going_on}
            days[since] = _with(tiers, carried, tiers[0], going_on)
    first = PriceRow(meter, day, "0", source, ())
    others = EVERYWHERE if again is None else again.goes_on
    days[day] = _with(base, new, first, others - new.keys())
    return [row for since in sorted(days) for row in days[since]]


def _equal(known: Mapping[Decimal, str], found: Tiers) -> bool:
    ours = {start: Decimal(price) for start, price in known.items()}
    theirs: dict[Decimal, Decimal] = {}
    for start, price in found:
        if not theirs or next(reversed(theirs.values())) != Decimal(price):
            theirs[Decimal(start)] = Decimal(price)
    return ours == theirs


def _with(
    rows: Sequence[PriceRow], new: Mapping[int, Tiers], first: PriceRow, go_on: Set[int]
) -> list[PriceRow]:
    """Return the tiers of a day with those of some Regions replaced; some only go on."""
    if not new:
        return list(rows)
    columns = [
        dict(new[place]) if place in new else {row.tier_from: row.prices[place] for row in rows}
        for place in range(len(REGION_CODES))
    ]
    starts = {start for column in columns for start, price in column.items() if price}
    return [_row(start, columns, first, go_on) for start in sorted(starts | {"0"}, key=Decimal)]


def _row(
    start: str, columns: Sequence[Mapping[str, str]], first: PriceRow, go_on: Set[int]
) -> PriceRow:
    prices = tuple(column.get(start, "") for column in columns)
    going_on = frozenset(place for place in go_on if prices[place])
    return replace(first, tier_from=start, prices=prices, goes_on=going_on)


def _rates(said: Found, described: Described) -> Iterator[Change]:
    """Yield the rates of savings plans that are not the share of the price that tables have."""
    for cell, rate in said.rates.items():
        service, meter = cell.place
        table, place = described.table(service), REGION_CODES.index(cell.region)
        price = changes.tiers(changes.in_force(changes.by_meter(table.rows).get(meter, [])), place)
        family, _, variant = meter.partition("/")
        ratio = _ratio(table.description, family, variant)
        if not price or ratio is None:
            yield Change(service, meter, cell.region, "0", said.offer.day, None, rate)
            continue
        ours = Decimal(next(iter(price.values()))) * Decimal(repr(ratio))
        if abs(Decimal(rate) - ours) > ours / 1000 + Decimal("1e-10"):
            yield Change(service, meter, cell.region, "0", said.offer.day, f"{ours:f}", rate)


def _ratio(described: Description, family: str, variant: str) -> float | None:
    """Return the share of the price that savings plans charge; None where the tables have none."""
    words = dict(zip(described.meters[family].dimensions, variant.split("/"), strict=False))
    for rate in described.savings_plan.values():
        if family in rate.meters and all(
            words.get(dimension) in choices for dimension, choices in rate.where.items()
        ):
            return rate.ratio
    return None


# ---- writing


def write(files: Mapping[str, str], folder: Path) -> None:
    """Check new texts of tables, and put them in the place of the old ones, all or none.

    Raises
    ------
    OfferError
        where the new tables break the data discipline, or cannot be written; the old ones stay.
    """
    journal = folder.parent / JOURNAL
    try:
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".tables-") as made:
            staged, new = Path(made) / "tables", Path(made) / "new"
            shutil.copytree(folder, staged)
            new.mkdir()
            for name, text in files.items():
                for place in (staged, new):
                    (place / name).write_text(text, "utf-8")
            check(staged)
            new.rename(journal)
        try:
            finish(folder)
        except BaseException:
            shutil.rmtree(journal, ignore_errors=True)
            raise
    except OSError as error:
        raise OfferError(f"the tables cannot be written: {error}") from error


def finish(folder: Path) -> list[str]:
    """Put the files of an import in place, also of one that was killed before; return their names.

    From when they are checked until all are in place, they are in a folder beside the tables.
    Descriptions come first, so that no table names a source that is not there.
    """
    journal = folder.parent / JOURNAL
    if not journal.is_dir():
        return []
    names = sorted(file.name for file in journal.iterdir())
    _replace(sorted(names, key=lambda name: name.endswith(".csv")), journal, folder)
    shutil.rmtree(journal)
    return names


def check(folder: Path) -> None:
    """Raise an error if the tables of a folder would stop a start of the service."""
    try:
        for service in registry():
            table = tables.load(service, folder)
            if table.plans:
                tables.read_plans(table)
    except TableError as error:
        raise OfferError(f"the tables would be broken, and stay as they were: {error}") from error


def _replace(names: Iterable[str], journal: Path, folder: Path) -> None:
    """Put files in place; after a failure, the old ones are put back."""
    done: dict[Path, bytes] = {}
    made = journal.with_name(f"{JOURNAL}-file")
    try:
        for name in names:
            shutil.copyfile(journal / name, made)
            done[folder / name] = (folder / name).read_bytes()
            made.replace(folder / name)
    except BaseException:
        for path, old in done.items():
            with suppress(OSError):
                path.write_bytes(old)
        raise
    finally:
        made.unlink(missing_ok=True)
