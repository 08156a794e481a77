"""Read the dated tables of a service and reject any that break the data discipline.

``tables/<service>.csv`` holds prices [USD per unit of the meter]: one row per (meter, day it takes
effect, tier start), one column per Region. A blank means "not known there". An ``=`` means that the
price goes on from the meter's day before: it keeps the day and the source that it has there.

``tables/<service>.toml`` describes each meter, rule and quota, with its unit, day and reference.

``tables/<service>_classes.csv`` is optional and holds the specifications of instance classes. A
blank means "not known", never zero.

``tables/<service>_plans.csv`` is optional and holds prices of plans, such as reservations. It is
read only when they are asked for. The hours of a plan have the meter and the variant of what they
take the place of, with term and payment added to the path; the fee that is paid at the start has
the same path under ``<meter>_upfront``.

Tables that several services share belong to no service. A service ``uses`` their rules, and prices
its own meters as theirs by ``priced_as``.
"""

import csv
import hashlib
import re
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from fnmatch import fnmatchcase
from functools import cache, cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import dropwhile, groupby, pairwise, takewhile, zip_longest
from operator import itemgetter
from typing import Annotated, Literal

import msgspec
import tomli
from msgspec import Meta, Struct, field
from msgspec.structs import replace

from pricing.errors import TableError
from pricing.quantities import REGION_CODES

Https = Annotated[str, Meta(pattern=r"^https://\S+$")]
Grade = Literal["A", "B", "C", "K"]
"""A: AWS's own words. B: a dated secondary source. C: sources contradict. K: general knowledge."""


TABLES = files("pricing").joinpath("tables")
PRICES = "prices"
"""The table without a service that says what is told of the prices of each."""
COLUMNS = ["meter", "effective_from", "tier_from", "source"]
"""The header of a table of prices, before its Regions."""
PRICE = re.compile(r"[0-9]{1,20}(\.[0-9]+)?([Ee]-?[0-9]{1,2})?")
"""Matches a price as the tables spell it."""
GOES_ON = "="
"""The cell of a price that goes on from the day before."""
PRICED_BY_ANOTHER = re.compile(r'^priced_as = "(\w+)\.(\w+)"$', re.MULTILINE)
"""Matches a meter that another table prices: the names of that table and its meter."""


class Source(Struct, frozen=True, forbid_unknown_fields=True):
    """Where a price was read."""

    title: str
    reference: Https


class Meter(Struct, frozen=True, forbid_unknown_fields=True):
    """One metered quantity, in AWS's words.

    ``dimensions`` name what a variant of the meter depends on, in the order of its path.
    ``free_allowance`` [units a month] is indexed by variant, ``usage_types`` by patterns of
    variants: see :meth:`usage_type`.
    """

    title: str
    unit: str
    reference: Https
    operation: str = ""
    dimensions: tuple[str, ...] = ()
    fixed: tuple[str, ...] = ()
    """Dimensions the user cannot vary freely; variants that differ in them are never suggested."""
    usage_types: dict[str, str] = field(default_factory=dict)
    free_allowance: dict[str, float] = field(default_factory=dict)
    allowance_scope: Literal["region", "account"] = "region"
    """Whether there is a free allowance for each Region, or one for all."""
    allowance_excludes: tuple[str, ...] = ()
    """Regions to whose usage the free allowance does not apply."""
    allowance_pool: str = ""
    """The meters, across services, that share one free allowance. Each has its own tiers."""
    allowance_fills_tiers: bool = False
    """Whether free units count towards the volume tiers, as AWS counts them for Amazon SQS."""
    pool: str = ""
    """The pool, across services, whose total in a Region decides an account's volume tiers."""
    makes_up: tuple[str, ...] = ()
    """Meters, of the same variant, whose shortfall to an account's minimum this one charges."""
    priced_as: str = ""
    """The meter whose prices this one has; it then has no rows of its own in the CSV.

    ``<table>.<meter>`` names a meter of another table. Everything except title and reference is
    then taken from there.
    """
    surcharge: bool = False
    """Whether it comes on top of that meter's price, so that no reservation or plan covers it.

    Bills have it beside that meter, so its usage types are its own.
    """

    def usage_type(self, variant: str) -> str:
        """Return the usage type of a variant in a bill of us-east-1; "" where not known.

        In it, ``{class}`` stands for the last word of the variant, ``{type}`` for what follows its
        first point, and ``{short}`` for the word as bills of RDS shorten it.

        Examples
        --------
        >>> known = {"*/multi-az/*": "Multi-AZUsage:{short}"}
        >>> Meter("Hours", "Hours", "https://x", usage_types=known).usage_type(
        ...     "mysql/multi-az/db.r5.2xlarge"
        ... )
        'Multi-AZUsage:db.r5.2xl'
        """
        word = variant.rpartition("/")[2]
        spelled = {"class": word, "type": word.partition(".")[2]}
        spelled["short"] = word.replace("xlarge", "xl")
        matching = (name for key, name in self.usage_types.items() if fnmatchcase(variant, key))
        return next(matching, "").format_map(spelled)


class Rule(Struct, frozen=True, forbid_unknown_fields=True):
    """A number by which AWS bills or sizes: one ``value``, or ``values`` by word (class, mode)."""

    unit: str
    statement: str
    reference: Https
    date: date
    grade: Literal["A", "B"]
    value: float | None = None
    values: dict[str, float] = field(default_factory=dict)


class Quota(Struct, frozen=True, forbid_unknown_fields=True):
    """A limit that applies to a workload; without ``limit`` the service module computes it."""

    title: str
    unit: str
    severity: Literal["limit", "advice"]
    adjustable: bool
    reference: Https
    date: date
    grade: Literal["A", "B"]
    limit: float | None = None
    regions: dict[str, float] = field(default_factory=dict)


class Assumption(Struct, frozen=True, forbid_unknown_fields=True):
    """Something AWS does not state firmly; the workload field of the same name sets it."""

    statement: str
    reference: Https
    date: date
    grade: Grade


class NotCovered(Struct, frozen=True, forbid_unknown_fields=True):
    """What AWS may charge beside an estimate, or a product that is another one.

    It may touch a workload that has one of the words of each field in ``where``, and numbers above
    those in ``above``. ``words`` are those that are typed for a product that no field names; no
    workload has them.
    """

    title: str
    matters_when: str
    about: str
    reference: Https
    date: date
    where: dict[str, tuple[str | bool, ...]] = field(default_factory=dict)
    above: dict[str, float] = field(default_factory=dict)
    words: dict[str, tuple[str, ...]] = field(default_factory=dict)
    service: str = ""
    """The key of the service that covers it, where there is such a service."""


class Specification(Struct, frozen=True, forbid_unknown_fields=True):
    """One column of the table of instance classes."""

    title: str
    unit: str
    reference: Https
    date: date
    grade: Literal["A", "B"]


class CountsAs(Struct, frozen=True, forbid_unknown_fields=True):
    """What the reservations that cover a word are called, and how many of them one unit takes."""

    word: str
    units: Annotated[float, Meta(gt=0)]


class Reservation(Struct, frozen=True, forbid_unknown_fields=True):
    """How the reservations of a service are sold, and what they cover.

    ``counts_as`` is indexed by a word of a meter's path, such as a storage configuration whose
    instances are covered by the reservations of another one.
    """

    statement: str
    reference: Https
    date: date
    grade: Grade
    block: Annotated[float, Meta(gt=0)] = 1.0
    """The least that is sold [units]."""
    where: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """The words, by dimension, that are sold; all words of a dimension that is not named."""
    size_flexible: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Where a reservation covers other sizes of its family, in normalised units."""
    counts_as: dict[str, CountsAs] = field(default_factory=dict)


class SavingsRate(Struct, frozen=True, forbid_unknown_fields=True):
    """The rate of Database Savings Plans for some meters, as a share of their price on demand.

    It was read in ``regions``, of the instances of ``families`` where these are named. Elsewhere it
    is derived, because it was the same wherever it was read. Without ``ratio``, AWS sells the plan
    but its rate is not known.
    """

    meters: tuple[str, ...]
    statement: str
    reference: Https
    date: date
    grade: Grade
    ratio: Annotated[float, Meta(gt=0, lt=1)] | None = None
    where: dict[str, tuple[str, ...]] = field(default_factory=dict)
    generation: int = 0
    """The first generation of instances that is covered."""
    regions: tuple[str, ...] = ()
    families: tuple[str, ...] = ()

    def derived(self, region: str, family: str) -> bool:
        """Return whether the rate was not read there, but follows from others."""
        return region not in self.regions or bool(self.families and family not in self.families)


class Description(Struct, frozen=True, forbid_unknown_fields=True):
    """The whole TOML file of a service."""

    title: str
    pricing_page: Https
    uses: tuple[str, ...] = ()
    """Shared tables whose rules are added to these."""
    sources: dict[str, Source] = field(default_factory=dict)
    meters: dict[str, Meter] = field(default_factory=dict)
    rules: dict[str, Rule] = field(default_factory=dict)
    quotas: dict[str, Quota] = field(default_factory=dict)
    assumptions: dict[str, Assumption] = field(default_factory=dict)
    not_covered: dict[str, NotCovered] = field(default_factory=dict)
    classes: dict[str, Specification] = field(default_factory=dict)
    plans: dict[str, Meter] = field(default_factory=dict)
    """The meters of the file of plans."""
    reservation: Reservation | None = None
    savings_plan: dict[str, SavingsRate] = field(default_factory=dict)


class PriceRow(Struct, frozen=True):
    """One row of a price table; ``prices`` are decimal texts in the order of ``REGION_CODES``."""

    meter: str
    effective_from: date
    tier_from: str
    source: str
    prices: tuple[str, ...]
    goes_on: frozenset[int] = frozenset()
    """The places of prices that only go on from the meter's day before."""

    @property
    def family(self) -> str:
        """The meter without its variant: ``storage`` of ``storage/STANDARD``."""
        return self.meter.partition("/")[0]

    @property
    def variant(self) -> str:
        """What follows the family: ``STANDARD`` of ``storage/STANDARD``."""
        return self.meter.partition("/")[2]


class ClassRow(Struct, frozen=True):
    """One instance class; ``known`` holds decimal texts by column, without unknown ones."""

    name: str
    source: str
    known: dict[str, str]


class Table(Struct, frozen=True, dict=True):
    """Everything known about one service's prices, rules, quotas and instance classes."""

    service: str
    description: Description
    rows: tuple[PriceRow, ...]
    digest: str
    """Digest of every byte of the files, including the plans."""
    classes: tuple[ClassRow, ...] = ()
    plans: Traversable | None = None
    """The file of plans, not read yet."""
    lent: frozenset[str] = frozenset()
    """The meters that another table prices."""

    @cached_property
    def first(self) -> date:
        """The first day with a known price of the service's own."""
        return min(row.effective_from for row in self.rows if row.family not in self.lent)

    @cached_property
    def newest(self) -> date:
        """The day of the newest price."""
        return max(row.effective_from for row in self.rows)

    @cached_property
    def regions(self) -> tuple[str, ...]:
        """The Regions in which the service is sold: those with any known price of its own."""
        own = (row.prices for row in self.rows if row.family not in self.lent)
        columns = zip(*own, strict=True)
        return tuple(
            code for code, prices in zip(REGION_CODES, columns, strict=True) if any(prices)
        )


def _packaged(name: str) -> Traversable:
    return TABLES.joinpath(name)


def load(service: str, folder: Traversable = TABLES) -> Table:
    """Read and check the tables of a service, which are the packaged ones by default.

    Raises
    ------
    TableError
        if a file breaks the data discipline; names the file, the row and the fault.
    """
    return _with_prices(_with_rules(own(service, folder), folder), folder)


def own(name: str, folder: Traversable = TABLES) -> Table:
    """Read and check tables without what they take from others; packaged ones once."""
    return _packaged_own(name) if folder is TABLES else _own(name, folder)


@cache
def _packaged_own(name: str) -> Table:
    return _own(name, TABLES)


def _own(name: str, folder: Traversable) -> Table:
    classes, plans = folder.joinpath(f"{name}_classes.csv"), folder.joinpath(f"{name}_plans.csv")
    return _read(
        name,
        folder.joinpath(f"{name}.csv"),
        folder.joinpath(f"{name}.toml"),
        classes if classes.is_file() else None,
        plans if plans.is_file() else None,
    )


def newest_day(service: str) -> date:
    """Return the day of the newest packaged price, without reading any price.

    Raises
    ------
    TableError
        if the days are not dates; names the file.
    """
    lent = PRICED_BY_ANOTHER.findall(_packaged(f"{service}.toml").read_text("utf-8"))
    return max(_newest(service), *(_newest(table, family) for table, family in lent), date.min)


@cache
def _newest(name: str, family: str = "") -> date:
    """Return the newest day in a file of prices, or of one meter in it."""
    lines = _packaged(f"{name}.csv").read_text("utf-8").splitlines()[1:]
    starts = (f"{family},", f"{family}/") if family else ""
    own = [line for line in lines if line.startswith(starts)]
    try:
        return date.fromisoformat(max(line.split(",", 2)[1] for line in own))
    except (IndexError, ValueError) as error:
        raise TableError(f"{name}.csv: the days of its prices cannot be read: {error}") from error


def prices_text(rows: Sequence[PriceRow], regions: Sequence[str]) -> str:
    """Return rows as the text of a file; ``regions`` are its columns beside those of known prices.

    Reading it gives the same rows.
    """
    told = set(regions) | {
        code for row in rows for code, price in zip(REGION_CODES, row.prices, strict=True) if price
    }
    places = [place for place, code in enumerate(REGION_CODES) if code in told]
    lines = [
        ["meter", "effective_from", "tier_from", "source", *(REGION_CODES[at] for at in places)]
    ]
    for row in rows:
        named = [row.meter, row.effective_from.isoformat(), row.tier_from, row.source]
        cells = (GOES_ON if at in row.goes_on else row.prices[at] for at in places)
        lines.append([*named, *cells])
    return "".join(f"{','.join(line)}\n" for line in lines)


def instance_classes(service: str) -> tuple[str, ...]:
    """Return the packaged instance classes of a service, by name alone.

    :func:`load` checks the file.
    """
    lines = _packaged(f"{service}_classes.csv").read_text("utf-8").splitlines()[1:]
    return tuple(line.partition(",")[0] for line in lines)


def read(
    service: str,
    prices: Traversable,
    description: Traversable,
    classes: Traversable | None = None,
    plans: Traversable | None = None,
) -> Table:
    """Read and check one service's files; see :func:`load`. Plans only enter the digest."""
    table = _read(service, prices, description, classes, plans)
    return _with_prices(_with_rules(table, TABLES), TABLES)


def _read(
    service: str,
    prices: Traversable,
    description: Traversable,
    classes: Traversable | None,
    plans: Traversable | None,
) -> Table:
    """Read and check files without what they take from other tables."""
    price_bytes = prices.read_bytes() if prices.is_file() else b""
    description_bytes = description.read_bytes()
    class_bytes = classes.read_bytes() if classes else b""
    plan_bytes = plans.read_bytes() if plans else b""
    try:
        described = msgspec.convert(
            tomli.loads(description_bytes.decode()), Description, strict=True
        )
    except (msgspec.ValidationError, tomli.TOMLDecodeError) as error:
        raise TableError(f"{description.name}: {error}") from error
    rows = tuple(price_rows(prices.name, price_bytes.decode())) if price_bytes else ()
    content = price_bytes + description_bytes + class_bytes + plan_bytes
    digest = hashlib.sha256(content).hexdigest()
    class_rows = tuple(_class_rows(classes.name, class_bytes.decode())) if classes else ()
    table = Table(service, described, rows, digest, class_rows, plans)
    check(table, prices.name)
    return table


def check(table: Table, name: str) -> None:
    """Raise an error if a table breaks the data discipline; ``name`` is that of its file."""
    for fault in _faults(table):
        raise TableError(f"{name}: {fault}")


def _with_rules(table: Table, folder: Traversable) -> Table:
    """Return a table with the rules of the shared tables it uses, and what is told of prices."""
    rules = dict(table.description.rules)
    prices = own(PRICES, folder)
    digest = table.digest + prices.digest
    for name in table.description.uses:
        shared = _shared(table, name, folder)
        if repeated := sorted(set(rules) & set(shared.description.rules)):
            raise TableError(f"{table.service}.toml: {name}.toml also has the rules {repeated}")
        rules |= shared.description.rules
        digest += shared.digest
    quotas = table.description.quotas | prices.description.quotas
    described = replace(table.description, rules=rules, quotas=quotas)
    return replace(table, description=described, digest=digest)


def _with_prices(table: Table, folder: Traversable) -> Table:
    """Return a table with rows for the meters that another table prices.

    Rows are in the order of the meters.
    """
    meters, sources = dict(table.description.meters), dict(table.description.sources)
    rows, digest = list(table.rows), table.digest
    lent_meters: set[str] = set()
    for family, meter in table.description.meters.items():
        name, dot, theirs = meter.priced_as.partition(".")
        if dot:
            shared = _shared(table, name, folder)
            meters[family] = _lent(table, family, shared.description.meters.get(theirs))
            lent = [row for row in shared.rows if row.family == theirs]
            rows += [replace(row, meter=family + row.meter[len(theirs) :]) for row in lent]
            sources |= {row.source: shared.description.sources[row.source] for row in lent}
            digest += shared.digest
            lent_meters.add(family)
    order = {family: index for index, family in enumerate(meters)}
    described = replace(table.description, meters=meters, sources=sources)
    in_order = tuple(sorted(rows, key=lambda row: order[row.family]))
    return replace(
        table,
        description=described,
        rows=in_order,
        digest=digest,
        lent=frozenset(lent_meters),
    )


def _lent(table: Table, family: str, meter: Meter | None) -> Meter:
    """Return another table's meter under this table's title and reference."""
    own = table.description.meters[family]
    if meter is None or meter.priced_as or meter.unit != own.unit:
        raise TableError(
            f"{table.service}.toml: meter {family}: "
            f"{own.priced_as} must be a meter in {own.unit} with rows"
        )
    return replace(meter, title=own.title, reference=own.reference)


def _shared(table: Table, name: str, folder: Traversable) -> Table:
    """Return another table by name, without what it takes from others in turn."""
    if not folder.joinpath(f"{name}.toml").is_file():
        raise TableError(f"{table.service}.toml: there is no table {name!r}")
    return own(name, folder)


def read_plans(table: Table) -> Table:
    """Read and check the prices of a service's plans, which have meters of their own.

    Returns
    -------
    a table of prices whose meters are those under ``plans`` in the description

    Raises
    ------
    TableError
        if a file breaks the data discipline; names the file, the row and the fault.
    """
    if table.plans is None:
        raise TableError(f"{table.service} has no file of plans")
    rows = tuple(price_rows(table.plans.name, table.plans.read_text("utf-8")))
    described = msgspec.structs.replace(
        table.description, meters=table.description.plans, savings_plan={}
    )
    plans = msgspec.structs.replace(table, description=described, rows=rows)
    check(plans, table.plans.name)
    return plans


def price_rows(name: str, text: str, *, undated: bool = False) -> Iterator[PriceRow]:
    """Yield the rows of a price table.

    Where they may be ``undated``, a blank day is the earliest one that there is.

    Raises
    ------
    TableError
        naming the file, the line and the column.
    """
    lines = csv.reader(text.splitlines())
    header = next(lines, [])
    regions = header[4:]
    if header[:4] != COLUMNS or not regions:
        column = misnamed(header[:4], COLUMNS)
        raise TableError(
            f"{name}, line 1, {column}: the header must be {','.join(COLUMNS)},<Regions>"
        )
    for index, code in enumerate(regions):
        if code not in REGION_CODES or code in regions[:index]:
            place = f"line 1, column {len(COLUMNS) + index + 1}"
            raise TableError(f"{name}, {place}: {code!r} is an unknown or repeated Region")
    columns = {code: index for index, code in enumerate(regions)}
    rows: list[PriceRow] = []
    in_order = itemgetter(*(columns.get(code, len(regions)) for code in REGION_CODES))
    for row, line in enumerate(lines, start=2):
        try:
            if len(line) != len(header):
                raise ValueError(f": {len(line)} cells, but the header has {len(header)}")
            cells = [*line[4:], ""]
            told = {line[2], *cells} - {"", GOES_ON}
            if not all(map(PRICE.fullmatch, told)) or line[2] in ("", GOES_ON):
                raise ValueError(_not_a_price(header, line))
            since = day(line[1], undated=undated)
            made = PriceRow(line[0], since, line[2], line[3], in_order(cells))
            rows.append(_going_on(made, rows) if GOES_ON in cells else made)
            yield rows[-1]
        except ValueError as error:
            raise TableError(f"{name}, line {row}{error}") from error


def misnamed(header: Sequence[str], expected: Sequence[str]) -> str:
    """Return the first column of a header that is not as expected.

    Examples
    --------
    >>> misnamed(["meter", "day"], ["meter", "effective_from"])
    "column 2, 'day'"
    >>> misnamed([], ["meter"]), misnamed(["meter", "cost"], ["meter"])
    ('column 1', "column 2, 'cost'")
    """
    pairs = zip_longest(header, expected)
    number = next((at for at, (own, other) in enumerate(pairs) if own != other), len(expected))
    return f"column {number + 1}" + (f", {header[number]!r}" if number < len(header) else "")


def _going_on(row: PriceRow, rows: Sequence[PriceRow]) -> PriceRow:
    """Return a row with the prices that go on from the meter's day before."""
    own = takewhile(lambda other: other.meter == row.meter, reversed(rows))
    earlier = dropwhile(lambda other: other.effective_from == row.effective_from, own)
    _, before = next(groupby(earlier, lambda other: other.effective_from), (None, ()))
    named = (other.prices for other in before if other.tier_from == row.tier_from)
    prices = next(named, row.prices)
    places = [place for place, price in enumerate(row.prices) if price == GOES_ON]
    for place in places:
        if prices[place] in ("", GOES_ON):
            code = REGION_CODES[place]
            raise ValueError(f", column {code}: the day before has no price that could go on")
    told = tuple(prices[place] if place in places else own for place, own in enumerate(row.prices))
    return replace(row, prices=told, goes_on=frozenset(places))


def _not_a_price(header: list[str], line: list[str]) -> str:
    """Return which cell of a line is no price."""
    column, cell = next(
        (column, cell)
        for column, cell in zip(header[2:], line[2:], strict=True)
        if column != "source"
        and not PRICE.fullmatch(cell)
        and (cell not in ("", GOES_ON) or column == "tier_from")
    )
    return f", column {column}: {cell or 'no tier start'!r} is not a price"


def day(text: str, *, undated: bool = False) -> date:
    """Read a day; a blank one is the earliest that there is, where it may be ``undated``."""
    try:
        return date.fromisoformat(text) if text or not undated else date.min
    except ValueError as error:
        raise ValueError(f", column effective_from: {error}") from error


def _class_rows(name: str, text: str) -> Iterator[ClassRow]:
    lines = csv.reader(text.splitlines())
    header = next(lines, [])
    if header[:2] != ["instance_class", "source"]:
        raise TableError(f"{name}: the header must be instance_class,source,<columns>")
    for row, line in enumerate(lines, start=2):
        try:
            cells = dict(zip(header, line, strict=True))
            class_name, source = cells.pop("instance_class"), cells.pop("source")
            known = {column: cell for column, cell in cells.items() if cell}
            for number in known.values():
                if not Decimal(number).is_finite() or Decimal(number) <= 0:
                    raise ValueError(f"{number!r} is not above zero; leave a blank if not known")
            yield ClassRow(class_name, source, known)
        except (ValueError, InvalidOperation) as error:
            raise TableError(f"{name}, line {row}: {error}") from error


def _faults(table: Table) -> Iterator[str]:
    """Yield every breach of the data discipline, in words."""
    described = table.description
    by_meter = lambda row: row.meter  # noqa: E731
    meters = [meter for meter, _ in groupby(table.rows, by_meter)]
    if len(set(meters)) < len(meters):
        yield "the rows of a meter must stand together"
    families = {row.family for row in table.rows}
    with_rows = {family for family, meter in described.meters.items() if not meter.priced_as}
    for family in sorted(families ^ with_rows):
        yield f"meter {family} is in only one of the CSV and the TOML"
    for family, meter in described.meters.items():
        if not set(meter.fixed) <= set(meter.dimensions):
            yield f"meter {family}: fixed must name only dimensions of the meter"
        if meter.surcharge and not meter.priced_as:
            yield f"meter {family}: a surcharge must be priced_as what it comes on top of"
    for family in sorted(set(described.meters) - with_rows):
        priced_as = described.meters[family].priced_as
        if "." not in priced_as and priced_as not in with_rows:
            yield f"meter {family}: priced_as must name a meter with rows"
    for row in table.rows:
        if row.source not in described.sources:
            yield f"{row.meter}: unknown source {row.source!r}"
        depth = len(row.variant.split("/")) if row.variant else 0
        if row.family in described.meters and depth != len(described.meters[row.family].dimensions):
            yield f"{row.meter}: its path must name {described.meters[row.family].dimensions}"
    for meter, rows in groupby(table.rows, by_meter):
        yield from disorder(meter, list(rows))
    yield from _class_faults(table)
    yield from _offer_faults(described)
    if described.plans and not table.plans:
        yield "plans are described, but there is no file of plans"
    for name, rule in described.rules.items():
        if (rule.value is None) == (not rule.values):
            yield f"rule {name}: give either value or values"
    for quota in described.quotas.values():
        if unknown := sorted(set(quota.regions) - set(REGION_CODES)):
            yield f"quota {quota.title!r}: unknown Regions {unknown}"
    for name, entry in described.not_covered.items():
        if entry.words and (entry.where or entry.above):
            yield f"not_covered {name}: no workload has its words, so give no where and no above"
        if not all((entry.title, entry.matters_when, entry.about)):
            yield f"not_covered {name}: say what it is, when it matters and about how much it is"


def _offer_faults(described: Description) -> Iterator[str]:
    """Yield what is wrong with what is said of reservations and savings plans."""
    if bool(described.plans) != bool(described.reservation):
        yield "plans and reservation must be described together"
    for name, rate in described.savings_plan.items():
        if strange := set(rate.meters) - set(described.meters):
            yield f"savings_plan {name}: unknown meters {sorted(strange)}"
        elif any(
            not set(rate.where) <= set(described.meters[meter].dimensions) for meter in rate.meters
        ):
            yield f"savings_plan {name}: where must name dimensions of its meters"
        if unknown := sorted(set(rate.regions) - set(REGION_CODES)):
            yield f"savings_plan {name}: unknown Regions {unknown}"


def _class_faults(table: Table) -> Iterator[str]:
    described = table.description
    names = [row.name for row in table.classes]
    if len(set(names)) < len(names):
        yield "an instance class is listed twice"
    columns = {column for row in table.classes for column in row.known}
    for column in sorted(columns ^ set(described.classes)):
        yield f"column {column} of the classes is in only one of the CSV and the TOML"
    for column in sorted(set(described.classes) & (set(described.rules) | set(described.quotas))):
        yield f"{column} is both a column of the classes and a rule or quota"
    for row in table.classes:
        if row.source not in described.sources:
            yield f"{row.name}: unknown source {row.source!r}"


def disorder(meter: str, rows: list[PriceRow]) -> Iterator[str]:
    """Yield what is wrong with the order of the days and tiers of a meter."""
    for day, tiers in groupby(rows, lambda row: row.effective_from):
        starts = [Decimal(row.tier_from) for row in tiers]
        if starts[0] != 0:
            yield f"{meter} of {day}: the first tier must start at 0"
        if any(b <= a for a, b in pairwise(starts)):
            yield f"{meter} of {day}: tier starts must increase"
    if any(b.effective_from < a.effective_from for a, b in pairwise(rows)):
        yield f"{meter}: days must be in ascending order"
