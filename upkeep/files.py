"""Read AWS's price lists row by row: offer files and Savings Plans files, CSV and JSON, gzip too.

Columns are taken by name, since each service has its own. CSV and JSON spell the names differently;
:func:`plain` makes them one. A row is read as it stands; what it means is told by
:mod:`upkeep.mapping`.

References
----------
.. [1] "Reading an offer file", AWS Billing user guide (2025),
   https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/reading-an-offer.html
"""

import csv
import gzip
import io
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, TextIO, cast

from pricing.tables import PRICE
from upkeep.errors import OfferError

CURRENCY = "USD"
"""The currency of the tables."""
METADATA_LINES = 20
"""Lines before the header in which it is looked for; AWS writes five."""
GZIP = b"\x1f\x8b"
FEE = "Quantity"
"""The unit of a fee that is paid at the start."""
Told = Callable[[int], None]
"""Is told how many bytes of a file have been read."""


class OfferRow(NamedTuple):
    """One price of an offer file, or one rate of a Savings Plans file."""

    place: str
    """Where it stands: the line of a CSV, the rate code of a JSON file."""
    offer: str
    """Code of the service whose product it is, as AWS writes it."""
    sku: str
    usage_type: str
    operation: str
    region: str
    """Code of its Region; empty where it has none."""
    location: str
    attributes: Mapping[str, str]
    """What else is asked of a product, by plain name."""
    unit: str
    start: str
    """Where its tier starts; empty of a fee."""
    end: str
    price: str
    term: str = ""
    """How long a reservation or a savings plan is for, such as ``1yr``; empty on demand."""
    payment: str = ""
    """How it is paid, such as ``no-upfront``."""
    savings_plan: bool = False


@dataclass(frozen=True)
class Offer:
    """What a file says of itself, and its rows."""

    name: str
    code: str
    version: str
    day: date
    """The day on which AWS published it."""
    rows: Iterable[OfferRow] = field(repr=False)


def plain(name: str) -> str:
    """Return a name of a column or an attribute without case and signs.

    Examples
    --------
    >>> [plain(name) for name in ("Region Code", "regionCode", "region_code")]
    ['regioncode', 'regioncode', 'regioncode']
    """
    return re.sub(r"[^a-z0-9]", "", name.lower())


@contextmanager
def opened(path: Path, asked: frozenset[str], told: Told) -> Iterator[Offer]:
    """Open a price list; ``asked`` are the plain names of attributes that rules ask for.

    Raises
    ------
    OfferError
        where it is no price list, or its prices are in another currency.
    """
    with ExitStack() as stack:

        def again() -> BinaryIO:
            """Open the file from its start; a JSON file is read several times."""
            counted = stack.enter_context(_Counted(path.open("rb", buffering=0), told))
            if counted.peek(len(GZIP))[: len(GZIP)] != GZIP:
                return counted
            return cast("BinaryIO", stack.enter_context(gzip.GzipFile(fileobj=counted)))

        try:
            yield _offer(path.name, again, stack, asked)
        except (csv.Error, UnicodeDecodeError, EOFError, OSError, zlib.error) as error:
            raise OfferError(f"{path.name} cannot be read: {error}") from error


class _Counted(io.BufferedReader):
    """A file that tells how far it has been read."""

    def __init__(self, raw: Any, told: Told) -> None:
        super().__init__(raw, 2**18)
        self._told = told

    def read(self, size: int | None = -1, /) -> bytes:
        """Read, and tell the position."""
        got = super().read(size)
        self._told(self.tell())
        return got

    def readinto(self, buffer: Any, /) -> int:
        """Read into a buffer, and tell the position."""
        got = super().readinto(buffer)
        self._told(self.tell())
        return got

    def read1(self, size: int = -1, /) -> bytes:
        """Read what is there, and tell the position."""
        got = super().read1(size)
        self._told(self.tell())
        return got


def _offer(
    name: str, again: Callable[[], BinaryIO], stack: ExitStack, asked: frozenset[str]
) -> Offer:
    """Tell CSV from JSON by the first signs."""
    start = again().read(64).lstrip(b"\xef\xbb\xbf \r\n\t")
    if start.startswith(b"{"):
        return _json(name, again, asked)
    if start.startswith((b'"FormatVersion"', b"FormatVersion")):
        text = io.TextIOWrapper(again(), "utf-8-sig", newline="")
        return _csv(name, stack.enter_context(text), asked)
    raise OfferError(f"{name} is no price list: it begins with {start[:20]!r}")


def _published(name: str, text: str) -> date:
    """Read the day of a list; one of tomorrow may be of a place where it is tomorrow already."""
    try:
        day = datetime.fromisoformat(text).date()
    except ValueError as error:
        raise OfferError(f"{name}: its publication date {text!r} is no date") from error
    if day > datetime.now(UTC).date() + timedelta(days=1):
        raise OfferError(f"{name}: its publication date {text!r} is yet to come")
    return day


def price(name: str, place: str, text: str) -> str:
    """Return a price as the tables spell it, without zeros at its end."""
    if not PRICE.fullmatch(text):
        raise OfferError(f"{name}, {place}: {text!r} is not a price")
    if "." not in text or "e" in text.lower():
        return text
    return text.rstrip("0").rstrip(".")


def _range(name: str, place: str, text: str) -> str:
    """Return where a tier starts or ends; a fee has no range."""
    if text not in ("", "Inf") and not PRICE.fullmatch(text):
        raise OfferError(f"{name}, {place}: {text!r} is not the start or the end of a tier")
    return text


def _payment(text: str) -> str:
    return text.strip().lower().replace(" ", "-")


# ---- CSV

NEEDED = ("sku", "usagetype", "operation", "unit", "priceperunit", "currency")
OF_A_PLAN = ("sku", "unit", "discountedrate", "currency", "discountedusagetype")


def _csv(name: str, text: TextIO, asked: frozenset[str]) -> Offer:
    lines = csv.reader(text, strict=True)
    said: dict[str, str] = {}
    for line in lines:
        if "sku" in map(plain, line):
            break
        if lines.line_num > METADATA_LINES:
            raise OfferError(f"{name}: no line of its first {METADATA_LINES} is a header")
        if len(line) > 1:
            said[plain(line[0])] = ",".join(line[1:])
    else:
        raise OfferError(f"{name} has no header")
    columns = {plain(column): index for index, column in enumerate(line)}
    reading = _plan_rows if "discountedrate" in columns else _csv_rows
    needed = OF_A_PLAN if reading is _plan_rows else NEEDED
    if missing := [column for column in needed if column not in columns]:
        raise OfferError(f"{name}: its header has no {', '.join(missing)}")
    code = said.get("offercode", "")
    day = _published(name, said.get("publicationdate", ""))
    rows = reading(name, code, lines, columns, asked)
    return Offer(name, code, said.get("version", ""), day, rows)


def _cells(name: str, lines: Any, columns: Mapping[str, int]) -> Iterator[tuple[str, list[str]]]:
    for line in lines:
        place = f"line {lines.line_num}"
        if len(line) != len(columns):
            found = f"{len(line)} cells, but the header has {len(columns)}"
            raise OfferError(f"{name}, {place}: {found}")
        yield place, line


def _in_our_currency(name: str, place: str, currency: str) -> None:
    if currency != CURRENCY:
        given = currency or "no currency"
        raise OfferError(f"{name}, {place}: prices in {given}; the tables are in {CURRENCY}")


def _csv_rows(
    name: str, code: str, lines: Any, columns: Mapping[str, int], asked: frozenset[str]
) -> Iterator[OfferRow]:
    at = columns.get
    blank = len(columns)

    def place_of(*names: str) -> int:
        return next((columns[one] for one in names if one in columns), blank)

    service, region = place_of("servicecode"), place_of("regioncode", "fromregioncode")
    location = place_of("location", "fromlocation")
    start, end = place_of("startingrange"), place_of("endingrange")
    lease, payment = place_of("leasecontractlength"), place_of("purchaseoption")
    further = {one: index for one in asked if (index := at(one)) is not None}
    sku, usage_type, operation, unit, amount, currency = (columns[one] for one in NEEDED)
    for place, line in _cells(name, lines, columns):
        cells = [*line, ""]
        _in_our_currency(name, place, cells[currency])
        yield OfferRow(
            place,
            cells[service] or code,
            cells[sku],
            cells[usage_type],
            cells[operation],
            cells[region],
            cells[location],
            {one: cells[index] for one, index in further.items()},
            cells[unit],
            _range(name, place, cells[start]),
            _range(name, place, cells[end]),
            price(name, place, cells[amount]),
            cells[lease],
            _payment(cells[payment]),
        )


def _plan_rows(
    name: str, code: str, lines: Any, columns: Mapping[str, int], asked: frozenset[str]
) -> Iterator[OfferRow]:
    """Read the rates of savings plans, which name what they discount."""
    for place, line in _cells(name, lines, columns):
        cells = dict(zip(columns, line, strict=True))
        _in_our_currency(name, place, cells["currency"])
        yield OfferRow(
            place,
            cells.get("discountedservicecode", ""),
            cells.get("discountedsku", ""),
            cells["discountedusagetype"],
            cells.get("discountedoperation", ""),
            cells.get("discountedregioncode", ""),
            "",
            {},
            cells["unit"],
            "0",
            "Inf",
            price(name, place, cells["discountedrate"]),
            _years(cells.get("leasecontractlength", ""), cells.get("leasecontractlengthunit", "")),
            _payment(cells.get("purchaseoption", "")),
            savings_plan=True,
        )


def _years(length: str, unit: str) -> str:
    return f"{length}yr" if plain(unit).startswith(("year", "yr")) else length


# ---- JSON


def _json(name: str, again: Callable[[], BinaryIO], asked: frozenset[str]) -> Offer:
    ijson = _ijson()
    said: dict[str, str] = {}
    with _told(name, ijson):
        for prefix, kind, value in ijson.parse(again(), use_float=False):
            if kind == "string" and "." not in prefix:
                said[plain(prefix)] = value
            elif prefix in ("products", "terms") and kind.startswith("start"):
                break
    day = _published(name, said.get("publicationdate", ""))
    code = said.get("offercode", "")
    rows = _json_rows(name, code, again, asked)
    return Offer(name, code, said.get("version", ""), day, rows)


def _ijson() -> Any:
    try:
        import ijson
    except ImportError as error:
        raise OfferError("JSON needs the package ijson: pip install storecast[import]") from error
    return ijson


@contextmanager
def _told(name: str, ijson: Any) -> Iterator[None]:
    try:
        yield
    except ijson.JSONError as error:
        raise OfferError(f"{name} is broken JSON: {error}") from error


class _Product(NamedTuple):
    """What terms need of a product."""

    offer: str
    usage_type: str
    operation: str
    region: str
    location: str
    attributes: Mapping[str, str]


NO_PRODUCT = _Product("", "", "", "", "", {})
"""Stands for the product of terms that have none in their file."""


def _json_rows(
    name: str, code: str, again: Callable[[], BinaryIO], asked: frozenset[str]
) -> Iterator[OfferRow]:
    """Read the products, then the terms; only products stay in memory."""
    ijson = _ijson()
    with _told(name, ijson):
        products = {
            sku: _product(code, _member(name, sku, product, "attributes"), asked)
            for sku, product in ijson.kvitems(again(), "products")
        }
        if not products:
            yield from _json_plans(name, ijson, again)
        for group in ("OnDemand", "Reserved"):
            for sku, terms in ijson.kvitems(again(), f"terms.{group}"):
                yield from _json_terms(name, sku, products.get(sku), terms)


def _object(name: str, place: str, value: Any) -> Mapping[str, Any]:
    """Return a JSON object, or refuse what is none."""
    if not isinstance(value, Mapping):
        raise OfferError(f"{name}, {place}: {str(value)[:40]!r} is no object")
    return value


def _member(name: str, place: str, value: Any, member: str) -> Mapping[str, Any]:
    """Return a member of an object, which must be an object itself; an empty one if missing."""
    return _object(name, place, _object(name, place, value).get(member, {}))


def _said(name: str, place: str, value: Mapping[str, Any], member: str, default: str = "") -> str:
    """Return a member of an object, which must be text; the default if missing."""
    text = value.get(member, default)
    if not isinstance(text, str):
        raise OfferError(f"{name}, {place}: {member} is {str(text)[:40]!r}, which is no text")
    return text


def _product(code: str, attributes: Mapping[str, str], asked: frozenset[str]) -> _Product:
    known = {plain(key): str(value) for key, value in attributes.items()}
    return _Product(
        known.get("servicecode") or code,
        known.get("usagetype", ""),
        known.get("operation", ""),
        known.get("regioncode") or known.get("fromregioncode", ""),
        known.get("location") or known.get("fromlocation", ""),
        {one: known[one] for one in asked if one in known},
    )


def _json_terms(
    name: str, sku: str, product: _Product | None, terms: Mapping[str, Any]
) -> Iterator[OfferRow]:
    """Read the terms of a product; a reservation is known by its length, not by its group."""
    for code in _object(name, sku, terms):
        term = _member(name, sku, terms, code)
        lease = _member(name, code, term, "termAttributes")
        dimensions = _member(name, code, term, "priceDimensions")
        for rate_code in dimensions:
            found = product or NO_PRODUCT
            dimension = _member(name, code, dimensions, rate_code)
            amounts = _member(name, rate_code, dimension, "pricePerUnit")
            if CURRENCY not in amounts:
                currencies = ", ".join(amounts) or "no currency"
                raise OfferError(
                    f"{name}, {rate_code}: prices in {currencies}; the tables are in {CURRENCY}"
                )
            yield OfferRow(
                rate_code,
                found.offer,
                sku,
                *found[1:5],
                found.attributes,
                str(dimension.get("unit", "")),
                _range(name, rate_code, str(dimension.get("beginRange", ""))),
                _range(name, rate_code, str(dimension.get("endRange", ""))),
                price(name, rate_code, str(amounts[CURRENCY])),
                _said(name, rate_code, lease, "LeaseContractLength"),
                _payment(_said(name, rate_code, lease, "PurchaseOption")),
            )


def _json_plans(name: str, ijson: Any, again: Callable[[], BinaryIO]) -> Iterator[OfferRow]:
    """Read the rates of savings plans, which stand in a list."""
    for term in ijson.items(again(), "terms.savingsPlan.item", use_float=False):
        length = _member(name, "a savings plan", term, "leaseContractLength")
        term_length = _years(
            str(length.get("duration", "")), _said(name, "a savings plan", length, "unit")
        )
        payment = _payment(_said(name, "a savings plan", term, "purchaseOption", "no-upfront"))
        rates = term.get("rates", [])
        if not isinstance(rates, list):
            raise OfferError(f"{name}, a savings plan: {str(rates)[:40]!r} is no list of rates")
        for rate in rates:
            amount = _member(name, "a rate", rate, "discountedRate")
            place = str(rate.get("rateCode", ""))
            _in_our_currency(name, place, _said(name, place, amount, "currency"))
            yield OfferRow(
                place,
                _said(name, place, rate, "discountedServiceCode"),
                _said(name, place, rate, "discountedSku"),
                _said(name, place, rate, "discountedUsageType"),
                _said(name, place, rate, "discountedOperation"),
                _said(name, place, rate, "discountedRegionCode"),
                "",
                {},
                _said(name, place, rate, "unit"),
                "0",
                "Inf",
                price(name, place, str(amount.get("price", ""))),
                term_length,
                payment,
                savings_plan=True,
            )
