"""A catalogue is a value: several live side by side, and each prices by its own tables."""

import gc
import subprocess
import sys
import weakref
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from pricing import engine, tables
from pricing.catalogue import Catalogue, packaged
from pricing.errors import TableError, UnknownServiceError
from pricing.model import registry, service
from pricing.nearest import why_unpriced
from pricing.rates import compile_table
from service.answers import estimates
from service.app import create_app
from tests.oracle import exactly

S3 = service("s3")
TABLES = Path(tables.__file__).with_name("tables")
DAY = "2025-12-20"
"""The day of the other price list."""


def rewritten(
    folder: Path, key: str, csv: Callable[[str], str], toml: Callable[[str], str]
) -> tables.Table:
    """Read a service's packaged tables with their texts changed."""
    paths = [folder / f"{key}.csv", folder / f"{key}.toml"]
    for path, change in zip(paths, (csv, toml), strict=True):
        path.write_text(change((TABLES / path.name).read_text("utf-8")), "utf-8")
    return tables.read(key, *paths)


def at_twice_the_price(text: str) -> str:
    """Double the newest price of each meter and tier, as another list has it on another day."""
    header, *rows = text.splitlines()
    newest: dict[tuple[str, str], str] = {}
    for row in rows:
        meter, _, tier, _, *prices = row.split(",")
        doubled = [str(2 * Decimal(price)) if price else "" for price in prices]
        newest[meter, tier] = ",".join([meter, DAY, tier, "own", *doubled])
    return "\n".join([header, *newest.values()])


def with_own_source(text: str) -> str:
    """Name the other price list, and a limit that is another there."""
    own = '[sources.own]\ntitle = "Own prices"\nreference = "https://example.com/"\n'
    limit = "limit = 3500"
    assert text.count(limit) == 1
    return text.replace("[meters.", own + "[meters.", 1).replace(limit, "limit = 7000")


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    """The packaged catalogue with another price list for S3."""
    folder = tmp_path_factory.mktemp("tables")
    s3 = rewritten(folder, "s3", at_twice_the_price, with_own_source)
    return Catalogue({key: packaged().table(key) for key in registry()} | {"s3": s3})


SMALL_OBJECTS: dict[str, Any] = {
    "region": "us-east-1",
    "storage_class": "GLACIER",
    "storage_gb": 1000.0,
    "object_bytes": 100_000.0,
}


def test_two_catalogues_price_one_workload_side_by_side(other: Catalogue) -> None:
    """Each bill has the prices, days, sources and findings of the catalogue that priced it."""
    row = S3.workload(**SMALL_OBJECTS)
    answers = [
        estimates.estimates(engine.estimate(S3, [row], one))[0]
        for one in (packaged(), other, packaged())
    ]
    first, second, again = answers
    assert first == again
    assert second.monthly_cost == pytest.approx(2 * first.monthly_cost)
    for one, two in zip(first.charges, second.charges, strict=True):
        assert one.sku_id == two.sku_id
        assert two.list_unit_price == pytest.approx(2 * one.list_unit_price)
        assert (two.effective_from, two.source) == (date.fromisoformat(DAY), "own")
        assert one.source != "own"
    one, two = (
        next(met for met in answer.findings if met.rule == "storage_cost_per_gb")
        for answer in (first, second)
    )
    assert (two.value, two.limit) == pytest.approx((2 * one.value, 2 * one.limit))
    assert packaged().version != other.version


def test_a_finding_of_prices_is_exact_on_an_exact_card() -> None:
    """What a formula asks of prices comes from the card that prices the bill, fractions too."""
    columns = exactly(engine.columns(S3.workload, [S3.workload(**SMALL_OBJECTS)]))
    bill = engine.price(S3, columns, packaged().card("s3", Fraction))
    (check,) = [check for check in bill.checks if check.rule == "storage_cost_per_gb"]
    assert check.limit.tolist() == [Fraction("0.023")]
    assert isinstance(check.value[0], Fraction)


EXAMPLE = {"region": "us-east-1", "storage_gb": 52224, "monthly_put_requests": 1000000}
ROWS = {"workloads": [EXAMPLE]}
MIXED = {"workloads": [{"service": "s3", **EXAMPLE}]}
SHEET = b"region,storage_gb\nus-east-1,52224\n"
MIXED_SHEET = b"service,region,storage_gb\ns3,us-east-1,52224\n"
QUESTIONS: dict[str, dict[str, Any]] = {
    "/v1/services": {},
    "/v1/services/s3": {},
    "/v1/s3/estimate": {"params": EXAMPLE},
    "/v1/s3/estimate?format=csv": {"params": EXAMPLE},
    "/v1/s3/estimates": {"json": ROWS},
    "/v1/s3/estimates?layout=columns": {"json": ROWS},
    "/v1/s3/estimates?format=csv&view=charges": {"json": ROWS},
    "/v1/s3/estimates?format=xlsx": {"content": SHEET},
    "/v1/s3/estimates?format=csv": {"content": SHEET},
    "/v1/s3/comparison": {"params": {**EXAMPLE, "vary": "storage_class"}},
    "/v1/s3/projection": {"params": {**EXAMPLE, "start": "2026-03"}},
    "/v1/s3/prices": {},
    "/v1/s3/quotas": {},
    "/v1/s3/template?format=xlsx": {},
    "/v1/portfolios/estimate": {"json": MIXED},
    "/v1/portfolios/estimate?format=csv": {
        "content": b"service," + SHEET.replace(b"us-", b"s3,us-")
    },
    "/v1/portfolios/projection": {"json": {**MIXED, "start": "2026-03"}},
}


@pytest.fixture(scope="module")
def clients(other: Catalogue) -> Iterator[tuple[Any, Any]]:
    """A client of an app with each catalogue, both in one process."""
    with TestClient(create_app()) as one, TestClient(create_app(catalogue=other)) as two:
        yield one, two


@pytest.mark.parametrize("address", QUESTIONS)
def test_an_app_answers_by_its_own_catalogue(clients: tuple[Any, Any], address: str) -> None:
    """No route reaches past the catalogue of its app: every answer differs, in any form."""
    asked = QUESTIONS[address]
    method = "POST" if asked.keys() & {"json", "content"} else "GET"
    headers = {"Content-Type": "text/csv"} if "content" in asked else {}
    params = {"params": asked["params"]} if "params" in asked else {}
    path, _, query = address.partition("?")
    given = dict(pair.split("=") for pair in query.split("&") if pair)
    sent = {**asked, "params": {**given, **params.get("params", {})}, "headers": headers}
    one, two, again = (client.request(method, path, **sent) for client in (*clients, clients[0]))
    assert (one.status_code, two.status_code) == (200, 200), (one.text, two.text)
    assert one.content != two.content
    assert one.content == again.content
    assert one.headers["catalog-version"] != two.headers["catalog-version"]


def test_a_day_before_the_prices_of_a_catalogue_is_refused(clients: tuple[Any, Any]) -> None:
    """The first day with a price is that of the catalogue, for rows and for sheets alike."""
    early = {**EXAMPLE, "price_date": "2025-12-19"}
    sheet = b"region,storage_gb,price_date\nus-east-1,1,2025-12-19\n"
    for client, status in zip(clients, (200, 422), strict=True):
        asked = [
            client.get("/v1/s3/estimate", params=early),
            client.post("/v1/s3/estimates", json={"workloads": [early]}),
            client.post("/v1/s3/estimates", content=sheet, headers={"Content-Type": "text/csv"}),
        ]
        assert [answer.status_code for answer in asked] == [status] * 3
        assert all((DAY in answer.text) == (status == 422) for answer in asked)


def test_a_service_that_a_catalogue_does_not_have_is_named() -> None:
    """Asking a catalogue for a service that it has no tables of tells which it has."""
    own = Catalogue({"s3": packaged().table("s3")})
    with pytest.raises(UnknownServiceError, match="there is no service 'kinesis'; known: s3"):
        own.card("kinesis")


def test_plans_are_read_once(tmp_path: Path) -> None:
    """A catalogue reads the plans of a service when asked for them, and keeps them."""
    from tests.test_tables import DESCRIBED, PLANS, TOML, read

    own = Catalogue({"test": read(tmp_path, toml=TOML + DESCRIBED, plans=PLANS)})
    assert own.plans("test") is own.plans("test")
    assert len(own.plans("test").rows) == 3


def test_the_services_are_imported_without_reading_prices() -> None:
    """Types know the newest day and the instance classes; no price is parsed for that."""
    code = (
        "from pricing import tables; tables._rows = tables.read = None;"
        "from pricing.model import registry; print(*registry())"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.split() == list(registry())


@pytest.mark.parametrize("key", registry())
def test_types_know_the_newest_day(key: str) -> None:
    """The default of ``price_date`` is the newest day of the packaged prices."""
    newest = packaged().table(key).newest
    assert tables.newest_day(key) == newest
    assert registry()[key].example.price_date == newest  # type: ignore[attr-defined]


@pytest.mark.parametrize("key", [key for key in registry() if packaged().table(key).classes])
def test_types_know_the_instance_classes(key: str) -> None:
    """The classes read alone are those of the table."""
    known = tuple(row.name for row in packaged().table(key).classes)
    assert tables.instance_classes(key) == known


@pytest.mark.parametrize("row", ["hours", "hours,tomorrow", ""])
def test_days_that_cannot_be_read_are_named(
    row: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A list without days is refused with its name, as early as the types are made."""
    (tmp_path / "t.csv").write_text(f"meter,effective_from\n{row}", "utf-8")
    (tmp_path / "t.toml").write_text("", "utf-8")
    monkeypatch.setattr(tables, "_packaged", tmp_path.joinpath)
    with pytest.raises(TableError, match=r"t\.csv: the days of its prices cannot be read"):
        tables.newest_day("t")


def test_a_card_that_nobody_holds_is_gone() -> None:
    """What rates keep for speed lives no longer than they do."""
    card = compile_table(packaged().table("kinesis"))
    rate = card.rates["shard_hours"]
    rate.variant(())
    why_unpriced(rate, (), 0, 0)
    kept = weakref.ref(rate)
    del card, rate
    gc.collect()
    assert kept() is None
