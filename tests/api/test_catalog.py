"""The catalogue over HTTP: how old its prices are, what changed, and what answers tell of that."""

import csv
import shutil
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient
from msgspec.structs import replace

from pricing import changes, tables
from pricing.catalogue import of_folder, packaged
from pricing.model import registry
from pricing.quantities import REGION_CODES
from service.answers import price_changes
from service.app import create_app
from service.http import metrics
from service.settings import Settings

Client = TestClient[Any]
DAY = date(2026, 11, 20)
S3 = list(registry()).index("s3")
ASKED = {"region": "us-east-1", "reads_per_second": 1000, "item_bytes": 3072}


def test_the_catalogue_tells_its_dates_sources_and_counts(client: Client) -> None:
    """Each service has the days of its prices, their number, sources and age on the day."""
    answer = client.get("/v1/catalog")
    told = answer.json()
    assert told["catalog_version"] == packaged().version
    assert [one["key"] for one in told["services"]] == list(registry())
    for one in told["services"]:
        table = packaged().table(one["key"])
        assert one["newest_price_date"] == table.newest.isoformat()
        assert one["oldest_price_date"] <= one["newest_price_date"]
        assert one["age_days"] == (metrics.today() - table.newest).days <= one["oldest_age_days"]
        assert one["regions"] == len(table.regions)
        assert one["prices"] == sum(source["prices"] for source in one["sources"])
        assert {source["key"] for source in one["sources"]} <= table.description.sources.keys()
    assert "etag" not in answer.headers, "tomorrow it is another one"
    on = client.get("/v1/catalog", params={"on": "2027-01-01"}).json()["services"][0]
    assert on["age_days"] == (date(2027, 1, 1) - packaged().table(on["key"]).newest).days
    rows = list(csv.DictReader(client.get("/v1/catalog.csv").text.splitlines()))
    assert [row["key"] for row in rows] == list(registry())


def test_changes_since_a_day_are_those_of_the_price_cut(client: Client) -> None:
    """The halving of DynamoDB's on-demand prices in November 2024 is listed, in every format."""
    asked = {"since": "2024-10-31", "service": "dynamodb"}
    told = client.get("/v1/catalog/changes", params=asked).json()
    halved = [one for one in told["changes"] if one["region"] == "us-east-1"]
    reads = next(one for one in halved if one["sku_id"] == "dynamodb.read_request_units/STANDARD")
    assert (reads["old_unit_price"], reads["new_unit_price"]) == (2.5e-7, 1.25e-7)
    assert reads["change_percent"] == -50
    sheet = client.get("/v1/catalog/changes.csv", params=asked).text
    assert len(list(csv.DictReader(sheet.splitlines()))) == told["total"]
    page = client.get("/v1/catalog/changes", params={**asked, "limit": 2, "offset": 1}).json()
    assert (page["changes"], page["next_offset"]) == (told["changes"][1:3], 3)


def test_nothing_changes_after_the_newest_prices(client: Client) -> None:
    """From the newest day on there is no change, of one service and of all."""
    newest = max(packaged().table(key).newest for key in registry())
    told = client.get("/v1/catalog/changes", params={"since": newest.isoformat()}).json()
    assert (told["total"], told["next_offset"], told["changes"]) == (0, None, [])
    for wrong in ({}, {"since": "soon"}, {"since": "2026-01-01", "service": "efs"}):
        assert client.get("/v1/catalog/changes", params=wrong).status_code == 400


def found(client: Client, **asked: Any) -> dict[str, Any]:
    """Return the findings of an estimate by rule."""
    answer = client.get("/v1/dynamodb/estimate", params={**ASKED, **asked})
    assert answer.status_code == 200, answer.text
    return {one["rule"]: one for one in answer.json()["findings"]}


def test_a_price_date_after_the_newest_prices_is_told(client: Client) -> None:
    """Later days get the newest known prices, and say by how many days they are later."""
    assert "newest_known_prices" not in found(client)
    newest = packaged().newest
    assert "newest_known_prices" not in found(client, price_date=newest.isoformat())
    asked = (newest + timedelta(10)).isoformat()
    later = found(client, price_date=asked)["newest_known_prices"]
    assert (later["status"], later["value"]) == ("attention", None)
    assert later["note"] == "Days after the newest prices: 10"


@pytest.mark.parametrize(("limit", "told"), [(0, False), (99, True), (100, False)])
def test_prices_above_a_set_age_are_told(limit: int, told: bool) -> None:
    """The age is that of the oldest price of the answer on the price date, whatever today is."""
    with TestClient(create_app(Settings(price_age_days=limit))) as client:
        aged = found(client, price_date="2025-12-06")
        assert ("price_age" in aged) == told
        if told:
            one = aged["price_age"]
            assert (one["value"], one["limit"], one["status"]) == (100, 99, "attention")
            version = client.get("/v1/catalog").json()["catalog_version"]
            assert version.endswith("+age-99")


def test_answers_without_findings_count_the_workloads_that_have_them() -> None:
    """Months, years and advice tell of prices that are the newest known, or above a set age."""
    newest = packaged().newest
    with TestClient(create_app(Settings(price_age_days=99))) as client:
        asked = {**ASKED, "start": f"{newest:%Y-%m}", "months": 14, "view": "all"}
        told = client.get("/v1/dynamodb/projection", params=asked).json()
        counted = [(one["newest_known_prices"], one["price_age"]) for one in told["months"]]
        assert counted == [(0, 1)] + [(1, 1)] * 13
        assert told["years"][-1]["newest_known_prices"] == told["years"][-1]["price_age"] == 1
        of_commitments = {**ASKED, "service": "dynamodb"}
        for day, counts in ((newest, (0, 1)), (newest + timedelta(1), (1, 1))):
            asked = of_commitments | {"price_date": day.isoformat()}
            advice = client.get("/v1/portfolios/commitments", params=asked).json()
            assert (advice["newest_known_prices"], advice["price_age"]) == counts


def test_a_price_that_goes_on_is_dated_where_it_was_read(tmp_path: Path) -> None:
    """After a list of one Region, answers of others keep the day and the source of their price."""
    folder = Path(shutil.copytree(str(tables.TABLES), tmp_path / "tables"))
    own = tables.own("s3", folder)
    *_, newest = changes.by_meter(own.rows)["storage/STANDARD_IA"]
    place = REGION_CODES.index("us-east-1")
    prices = list(newest.prices)
    prices[place] = "0.02"
    going_on = frozenset(at for at, price in enumerate(prices) if price and at != place)
    row = replace(
        newest, effective_from=DAY, source="page-2026", prices=tuple(prices), goes_on=going_on
    )
    at = own.rows.index(newest) + 1
    text = tables.prices_text([*own.rows[:at], row, *own.rows[at:]], [])
    (folder / "s3.csv").write_text(text)
    asked = {"storage_gb": 1, "storage_class": "STANDARD_IA", "price_date": DAY.isoformat()}
    with TestClient(create_app(catalogue=of_folder(folder))) as client:
        dated = [
            client.get("/v1/s3/estimate", params=asked | {"region": region}).json()["charges"][0]
            for region in ("us-east-1", "eu-west-1")
        ]
        listed = [
            client.get("/v1/s3/prices", params=more | {"meter": "storage/STANDARD_IA"}).json()[
                "prices"
            ]
            for more in ({}, {"price_date": DAY.isoformat()})
        ]
        sources = next(
            one for one in client.get("/v1/catalog").json()["services"] if one["key"] == "s3"
        )["sources"]
    read = newest.effective_from.isoformat()
    assert [one["effective_from"] for one in dated] == [DAY.isoformat(), read]
    assert [one["source"] for one in dated] == ["page-2026", newest.source]
    known = len(list(filter(None, newest.prices)))
    assert [len(one) for one in listed] == [known + 1, known]
    told = {one["region"]: one["effective_from"] for one in listed[1]}
    assert (told["us-east-1"], told["eu-west-1"]) == (DAY.isoformat(), read)
    plain = {
        one.key: one.prices for one in price_changes.summary(packaged(), DAY).services[S3].sources
    }
    counts = {one["key"]: one["prices"] for one in sources}
    assert counts["page-2026"] == plain.get("page-2026", 0) + 1
    assert sum(counts.values()) == sum(plain.values())
