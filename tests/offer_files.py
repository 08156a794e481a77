"""Write price lists as AWS does, from our own tables."""

import csv
import gzip
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from pricing import changes
from pricing.quantities import REGION_CODES, REGIONS
from pricing.tables import Table, read_plans
from upkeep.mapping import Mapper, Place, Written

DISCLAIMER = "This pricing list is for informational purposes only, they say."
LOCATIONS = {info.region: info.name for info in REGIONS}
ON_DEMAND = "JRTCKXETXF"


class Product(NamedTuple):
    """A product of a price list in one Region, with its terms."""

    written: Written
    region: str
    tiers: Mapping[Decimal, str]
    """Prices on demand; empty where it is only reserved."""
    reserved: Mapping[tuple[str, str], tuple[str, str]] = {}
    """The price of an hour and the fee at the start, by term and payment; empty where there is
    none."""

    @property
    def sku(self) -> str:
        """Sixteen letters and digits that name it."""
        named = repr((self.written.rule.offer, self.written[1:], self.region))
        return sha256(named.encode()).hexdigest()[:16].upper()

    @property
    def attributes(self) -> dict[str, str]:
        """What a product says of itself, by the names of JSON."""
        return {
            "servicecode": self.written.rule.offer,
            "location": LOCATIONS[self.region],
            "locationType": "AWS Region",
            "usagetype": self.written.billed(self.region),
            "operation": self.written.operation,
            "regionCode": self.region,
            **self.written.attributes,
        }


def products(
    table: Table, mapper: Mapper, meters: Iterable[str] | None = None, regions: Iterable[str] = ()
) -> Iterator[Product]:
    """Yield the products whose prices some meters of a table have, in all Regions or in some.

    A product that is the price of several meters comes once.
    """
    seen: set[str] = set()
    by_meter = changes.by_meter(table.rows)
    plans: dict[str, dict[str, Any]] = {}
    for meter, plan in changes.by_meter(read_plans(table).rows if table.plans else ()).items():
        plans.setdefault(meter.rpartition("/")[0].rpartition("/")[0], {})[meter] = plan
    for meter in by_meter if meters is None else meters:
        for written in mapper.written(Place(table.service, meter)):
            for region in regions or REGION_CODES:
                place = REGION_CODES.index(region)
                tiers = changes.tiers(changes.in_force(by_meter[meter]), place)
                reserved = dict(_reserved(plans, meter, place))
                product = Product(written, region, tiers, reserved)
                if not written.rule.holds_in(region) or not (tiers or reserved):
                    continue
                if product.sku not in seen:
                    seen.add(product.sku)
                    yield product


def _reserved(plans: Mapping[str, Mapping[str, Any]], meter: str, place: int) -> Iterator[Any]:
    family, slash, variant = meter.partition("/")
    fees = plans.get(f"{family}_upfront{slash}{variant}", {})
    for plan, listed in plans.get(meter, {}).items():
        fee = fees.get(f"{family}_upfront/{plan.partition('/')[2]}", ())
        hourly, upfront = (changes.tiers(changes.in_force(one), place) for one in (listed, fee))
        if hourly or upfront:
            term, payment = plan.split("/")[-2:]
            yield (term, payment), (hourly.get(Decimal(0), ""), upfront.get(Decimal(0), ""))


class Row(NamedTuple):
    """A price of a product."""

    product: Product
    term_code: str
    rate_code: str
    start: str
    end: str
    unit: str
    price: str
    term: str = ""
    payment: str = ""


def rows(product: Product) -> Iterator[Row]:
    """Yield the prices of a product as AWS has them: fees have no range, tiers end at Inf."""
    unit = product.written.rule.units[0]
    starts = [f"{start:f}" for start in product.tiers]
    ends = [*starts[1:], "Inf"]
    for start, end, price in zip(starts, ends, product.tiers.values(), strict=True):
        yield Row(product, ON_DEMAND, f"T{start}", start, end, unit, price)
    for (term, payment), (hourly, upfront) in product.reserved.items():
        code = sha256(f"{term}{payment}".encode()).hexdigest()[:10].upper()
        if hourly:
            yield Row(product, code, "6YS6EN2CT7", "0", "Inf", unit, hourly, term, payment)
        if upfront:
            yield Row(product, code, "2TG2D8R56U", "", "", "Quantity", upfront, term, payment)


def ten_digits(price: str) -> str:
    """Return a price as AWS writes it: plain, with ten digits or as many as it has."""
    number = Decimal(price)
    return f"{max(number, number.quantize(Decimal('1e-10'))):f}" if number else "0.0000000000"


def payments(word: str) -> str:
    """Return ``All Upfront`` of ``all-upfront``."""
    return word.replace("-", " ").title()


COLUMNS = (
    *("SKU", "OfferTermCode", "RateCode", "TermType", "PriceDescription", "EffectiveDate"),
    *("StartingRange", "EndingRange", "Unit", "PricePerUnit", "Currency"),
    *("LeaseContractLength", "PurchaseOption", "OfferingClass"),
    *("Product Family", "serviceCode", "Location", "Location Type", "usageType", "operation"),
    *("Region Code", "serviceName"),
)


def metadata(offer: str, published: str, version: str) -> list[tuple[str, str]]:
    """Return the five lines above the header."""
    return [
        ("FormatVersion", "v1.0"),
        ("Disclaimer", DISCLAIMER),
        ("Publication Date", published),
        ("Version", version),
        ("OfferCode", offer),
    ]


def as_csv(
    offer: str,
    every: Iterable[Product],
    published: str = "2026-11-01T00:00:00Z",
    version: str = "20261101000000",
    currency: str = "USD",
) -> str:
    """Write a price list as CSV: five lines of metadata, then every field quoted."""
    every = list(every)
    further = sorted({name for product in every for name in product.written.attributes})
    text = io.StringIO()
    lines = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    lines.writerows(metadata(offer, published, version))
    lines.writerow([*COLUMNS, *further])
    for product in every:
        for row in rows(product):
            lines.writerow(cells(row, further, currency))
    return text.getvalue()


def cells(row: Row, further: list[str], currency: str) -> list[str]:
    """Return a price in the order of the columns, with further attributes."""
    product, reserved = row.product, bool(row.term)
    attributes = product.attributes
    rate = f"{product.sku}.{row.term_code}.{row.rate_code}"
    return [
        *(product.sku, row.term_code, rate, "Reserved" if reserved else "OnDemand"),
        *("described", "2026-11-01", row.start, row.end, row.unit, ten_digits(row.price)),
        *(currency, row.term, payments(row.payment), "standard" if reserved else ""),
        *("", product.written.rule.offer, attributes["location"], "AWS Region"),
        *(attributes["usagetype"], attributes["operation"], product.region, "A service"),
        *(product.written.attributes.get(name, "") for name in further),
    ]


def as_json(
    offer: str,
    every: Iterable[Product],
    published: str = "2026-11-01T00:00:00Z",
    version: str = "20261101000000",
    currency: str = "USD",
) -> dict[str, Any]:
    """Write a price list as JSON: products, then terms, on demand and reserved."""
    listed: dict[str, Any] = {}
    terms: dict[str, Any] = {"OnDemand": {}, "Reserved": {}}
    for product in every:
        listed[product.sku] = {"sku": product.sku, "attributes": product.attributes}
        for row in rows(product):
            group = terms["Reserved" if row.term else "OnDemand"].setdefault(product.sku, {})
            term = group.setdefault(
                f"{product.sku}.{row.term_code}", {"priceDimensions": {}, "termAttributes": {}}
            )
            dimension = {"unit": row.unit, "pricePerUnit": {currency: ten_digits(row.price)}}
            if row.end:
                dimension |= {"beginRange": row.start, "endRange": row.end}
            term["priceDimensions"][f"{product.sku}.{row.term_code}.{row.rate_code}"] = dimension
            if row.term:
                term["termAttributes"] = {
                    "LeaseContractLength": row.term,
                    "PurchaseOption": payments(row.payment),
                    "OfferingClass": "standard",
                }
    return {
        "formatVersion": "v1.0",
        "disclaimer": DISCLAIMER,
        "offerCode": offer,
        "version": version,
        "publicationDate": published,
        "products": listed,
        "terms": terms,
    }


def written(folder: Path, offer: str, every: Iterable[Product], kind: str = "csv") -> Path:
    """Write a price list into a folder; ``kind`` is csv or json, with .gz if packed."""
    plain, _, packed = kind.partition(".")
    text = as_csv(offer, every) if plain == "csv" else json.dumps(as_json(offer, every))
    file = folder / f"{offer}.{kind}"
    file.write_bytes(gzip.compress(text.encode()) if packed else text.encode())
    return file


def in_order(tiers: Mapping[Decimal, str]) -> bool:
    """Return whether tiers begin at 0 and rise."""
    return next(iter(tiers)) == 0 and all(a < b for a, b in pairwise(tiers))
