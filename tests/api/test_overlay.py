"""An overlay of ten percent, in every format and every kind of answer."""

import csv
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import openpyxl
import pytest
from litestar.testing import TestClient

from service.app import create_app
from service.settings import Settings

TERMS = 'name = "acme"\nversion = "7"\ncurrency = "EUR"\nrate = 0.8\n'
ASKED = "region=us-east-1&reads_per_second=1000&writes_per_second=500&item_bytes=3072"
ROW = {"region": "us-east-1", "reads_per_second": 1000, "writes_per_second": 500}
ROW |= {"item_bytes": 3072}
LIST, OURS, SHOWN = 2628.0, 2365.2, 1892.16
"""What the workload costs at list prices, with ten percent off [USD], and in euros."""
Client = TestClient[Any]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An overlay of ten percent off every price, shown in euros."""
    folder = tmp_path_factory.mktemp("overlay")
    (folder / "overlay.toml").write_text(TERMS)
    (folder / "discounts.csv").write_text("service,meter,effective_from,percent\n*,,,10\n")
    return folder


@pytest.fixture(scope="module")
def acme(folder: Path) -> Iterator[Client]:
    """A client of the app under the overlay."""
    settings = Settings(storecast_price_overlay=str(folder))
    with TestClient(create_app(settings)) as client:
        yield client


def test_an_estimate_has_both_costs(acme: Client) -> None:
    """Lines and totals have the list cost, the contracted cost, and the name of the overlay."""
    answer = acme.get(f"/v1/dynamodb/estimate?{ASKED}")
    assert answer.headers["price-overlay"] == "acme 7; cost-basis=contracted"
    assert answer.headers["catalog-version"].endswith("+acme.7")
    found = answer.json()
    assert (found["monthly_cost"], found["list_monthly_cost"]) == (OURS, LIST)
    assert found["overlay"] == {
        "name": "acme",
        "version": "7",
        "cost_basis": "contracted",
        "currency": "EUR",
        "rate": 0.8,
        "monthly_cost": SHOWN,
    }
    for charge in found["charges"]:
        assert charge["contracted_cost"] == pytest.approx(0.9 * charge["list_cost"])
        price = charge["contracted_unit_price"]
        assert price == pytest.approx(0.9 * charge["list_unit_price"])
        assert charge["overlay"] == "acme 7"
        assert "effective_cost" not in charge
    assert sum(charge["list_cost"] for charge in found["charges"]) == LIST
    assert found["charges"][0]["source"] in acme.get("/v1/dynamodb/prices").json()["sources"]


def test_without_an_overlay_no_answer_speaks_of_one(client: Client) -> None:
    """List prices are told as before: no further member, column or header."""
    answer = client.get(f"/v1/dynamodb/estimate?{ASKED}")
    assert "price-overlay" not in answer.headers
    found = answer.json()
    assert not {"overlay", "list_monthly_cost"} & found.keys()
    assert not {"overlay", "contracted_cost"} & found["charges"][0].keys()
    for view in ("workloads", "charges", "totals"):
        header = client.get(f"/v1/dynamodb/estimate.csv?{ASKED}&view={view}").text.split("\n")[0]
        assert "overlay" not in header.lower()


def cells(answer: Any) -> dict[str, str]:
    """Return the only row of a CSV."""
    (row,) = csv.DictReader(io.StringIO(answer.text))
    return row


def test_every_format_shows_the_overlay(acme: Client) -> None:
    """CSV, XLSX, XML, MessagePack and the bare number say the contracted cost."""
    row = cells(acme.get(f"/v1/dynamodb/estimate.csv?{ASKED}"))
    assert (float(row["monthly_cost"]), float(row["list_monthly_cost"])) == (OURS, LIST)
    assert (row["presented_currency"], float(row["presented_monthly_cost"])) == ("EUR", SHOWN)
    assert (row["cost_basis"], row["overlay"]) == ("contracted", "acme 7")
    own = "charges.read_request_units."
    assert float(row[f"{own}contracted_cost"]) == pytest.approx(0.9 * float(row[f"{own}list_cost"]))
    book = acme.get(f"/v1/dynamodb/estimate.xlsx?{ASKED}").content
    sheets = openpyxl.load_workbook(io.BytesIO(book))
    assert "acme 7" in [cell.value for cells in sheets["workloads"].rows for cell in cells]
    assert "acme 7" in [cell.value for cells in sheets["summary"].rows for cell in cells]
    assert "acme 7" in acme.get(f"/v1/dynamodb/estimate.xml?{ASKED}").text
    packed = acme.get(f"/v1/dynamodb/estimate.msgpack?{ASKED}").content
    assert msgspec.msgpack.decode(packed)["list_monthly_cost"] == LIST
    number = acme.get(f"/v1/dynamodb/estimate.txt?{ASKED}&num=plain").text
    assert float(number) == OURS
    figure = "charges.read_request_units.contracted_cost"
    one = float(acme.get(f"/v1/dynamodb/estimate.txt?{ASKED}&num=plain&field={figure}").text)
    assert one == float(row[figure])


def test_focus_has_list_contracted_and_billing_currency(acme: Client) -> None:
    """Costs stand in the billing currency, prices in both, and the list is beside them."""
    answer = acme.get(f"/v1/dynamodb/estimate.csv?{ASKED}&view=charges")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    for row in rows:
        listed, price = float(row["ListCost"]), float(row["ListUnitPrice"])
        for name in ("BilledCost", "ContractedCost", "EffectiveCost"):
            assert float(row[name]) == pytest.approx(0.9 * listed, rel=1e-6)
        assert float(row["ContractedUnitPrice"]) == pytest.approx(0.9 * price)
        assert float(row["PricingCurrencyListUnitPrice"]) == pytest.approx(price / 0.8)
        assert float(row["PricingCurrencyContractedUnitPrice"]) == pytest.approx(0.9 * price / 0.8)
        assert (row["BillingCurrency"], row["PricingCurrency"]) == ("EUR", "USD")
        assert row["x_Overlay"] == "acme 7"
    assert sum(float(row["ContractedCost"]) for row in rows) == pytest.approx(SHOWN)
    effective = sum(float(row["PricingCurrencyEffectiveCost"]) for row in rows)
    assert effective == pytest.approx(OURS)


def test_columns_and_rows_say_the_same(acme: Client) -> None:
    """A batch laid out as columns has both totals and both prices of each charge."""
    body = {"workloads": [ROW, {**ROW, "reads_per_second": 7}]}
    rows = acme.post("/v1/dynamodb/estimates", json=body).json()["estimates"]
    columns = acme.post("/v1/dynamodb/estimates?layout=columns", json=body).json()
    for name in ("monthly_cost", "list_monthly_cost"):
        assert columns[name] == [row[name] for row in rows]
    assert columns["overlay"]["name"] == "acme"
    for place, charge in enumerate(columns["charges"]):
        for name in ("contracted_cost", "contracted_unit_price", "list_cost"):
            assert charge[name] == [row["charges"][place][name] for row in rows]


def test_a_portfolio_has_both_totals(acme: Client, client: Client) -> None:
    """The bill, its parts and its sheets have the list cost that it has without the overlay."""
    rows = [{"service": "dynamodb", **ROW}, {"service": "s3", "region": "us-east-1"}]
    rows[1] |= {"storage_gb": 70_000, "group": "archive"}
    body = {"workloads": rows, "free_tier": True}
    ours, plain = (
        some.post("/v1/portfolios/estimate", json=body).json() for some in (acme, client)
    )
    assert ours["list_monthly_cost"] == plain["monthly_cost"]
    assert ours["monthly_cost"] == pytest.approx(0.9 * plain["monthly_cost"], abs=1e-5)
    assert ours["overlay"]["monthly_cost"] == pytest.approx(0.8 * ours["monthly_cost"], abs=1e-5)
    for by in ("by_service", "by_region", "by_group"):
        costs = [total["list_monthly_cost"] for total in ours[by]]
        assert costs == [total["monthly_cost"] for total in plain[by]]
    sheet = acme.post("/v1/portfolios/estimate?format=csv&view=totals", json=body).text
    total = next(csv.DictReader(io.StringIO(sheet)))
    assert float(total["list_monthly_cost"]) == plain["monthly_cost"]
    assert (total["cost_basis"], total["overlay"]) == ("contracted", "acme 7")


def test_bought_commitments_come_on_top(acme: Client) -> None:
    """What stays on demand is billed at contracted prices, fees at those of the commitment."""
    row = {"service": "dynamodb", **ROW, "capacity_mode": "provisioned"}
    owned = {"kind": "database_savings_plan", "committed": 0.5}
    body = {"workloads": [row], "commitments": [owned]}
    answer = acme.post("/v1/portfolios/estimate", json=body)
    assert answer.status_code == 200, answer.text
    for charge in answer.json()["estimates"][0]["charges"]:
        assert charge["contracted_cost"] == pytest.approx(0.9 * charge["list_cost"], rel=1e-6)
        assert charge["effective_cost"] <= charge["contracted_cost"]
    sheet = acme.post("/v1/portfolios/estimate?format=csv&view=charges", json=body).text
    rows = list(csv.DictReader(io.StringIO(sheet)))
    assert {row["BillingCurrency"] for row in rows} == {"EUR"}
    (fee,) = (row for row in rows if row["ChargeCategory"] == "Purchase")
    assert float(fee["BilledCost"]) == pytest.approx(0.5 * 730 * 0.8)


@pytest.mark.parametrize(
    "path",
    [
        f"/v1/dynamodb/comparison?{ASKED}&vary=table_class",
        f"/v1/dynamodb/projection?{ASKED}&start=2026-01&months=3&view=all",
        f"/v1/dynamodb/hours?{ASKED}",
    ],
)
def test_further_answers_name_the_overlay(acme: Client, path: str) -> None:
    """Comparisons, projections and hours say whose prices they have, in the body too."""
    answer = acme.get(path)
    assert answer.status_code == 200, answer.text
    assert '"overlay":{"name":"acme","version":"7"' in answer.text


def test_a_projection_has_both_costs_by_charge(acme: Client) -> None:
    """A charge of a month has list and contracted cost; its month is contracted."""
    asked = f"{ASKED}&start=2026-01&months=1&view=charges"
    charges = acme.get(f"/v1/dynamodb/projection?{asked}").json()
    assert sum(charge["list_cost"] for charge in charges) == LIST
    assert sum(charge["contracted_cost"] for charge in charges) == pytest.approx(OURS)
    header = acme.get(f"/v1/dynamodb/projection.csv?{asked}").text.split("\r\n")[0]
    assert "contracted_cost" in header


NEEDS = "region=us-east-1&reads_per_second=1000&item_bytes=3000&storage_gb=100"
SHEETS = [
    f"/v1/dynamodb/comparison.csv?{ASKED}&vary=table_class&sweep=item_bytes:1:9000&view={view}"
    for view in ("alternatives", "curves", "turns")
]
SHEETS += [
    f"/v1/dynamodb/projection.csv?{ASKED}&start=2026-01&months=3&view={view}"
    for view in ("months", "charges", "years")
]
SHEETS += [
    f"/v1/dynamodb/hours.csv?{ASKED}&view=modes",
    f"/v1/questions/caching.csv?{NEEDS}&view=answers",
    f"/v1/questions/caching.csv?{NEEDS}&view=alternatives",
    f"/v1/portfolios/commitments.csv?service=dynamodb&{ASKED}&capacity_mode=provisioned",
]


@pytest.mark.parametrize("path", SHEETS)
def test_every_sheet_with_costs_names_the_overlay(acme: Client, client: Client, path: str) -> None:
    """A sheet says in columns whose prices its costs are by; without an overlay it does not."""
    ours, plain = (some.get(path) for some in (acme, client))
    assert ours.status_code == plain.status_code == 200, ours.text
    rows = list(csv.DictReader(io.StringIO(ours.text)))
    assert {row["overlay"] for row in rows} <= {"acme 7"}
    assert "overlay" in ours.text.split("\r\n")[0]
    assert "overlay" not in plain.text.split("\r\n")[0]


def test_months_and_years_have_both_totals(acme: Client, client: Client) -> None:
    """A month has the list cost that it has without the overlay, in documents and sheets."""
    asked = f"{ASKED}&start=2026-01&months=14"
    for view in ("months", "years"):
        path = f"/v1/dynamodb/projection?{asked}&view={view}"
        word = view.removesuffix("s") + "ly_cost"
        for ours, plain in zip(acme.get(path).json(), client.get(path).json(), strict=True):
            assert ours[f"list_{word}"] == plain[word]
            assert ours[word] == pytest.approx(0.9 * plain[word])
            assert (ours["cost_basis"], ours["overlay"]) == ("contracted", "acme 7")


def test_an_answer_to_a_question_names_the_overlay(acme: Client) -> None:
    """Its ranks are by contracted costs, and it says so, with the cost in the own currency."""
    found = acme.get(f"/v1/questions/caching?{NEEDS}").json()
    assert found["overlay"]["name"] == "acme"
    assert found["overlay"]["monthly_cost"] == pytest.approx(0.8 * found["monthly_cost"])
    sheet = acme.get(f"/v1/questions/caching.csv?{NEEDS}").text
    sent = {"content-type": "text/csv", "accept": "text/csv"}
    again = acme.post("/v1/questions/caching", content=sheet, headers=sent)
    assert again.text == sheet


PAGES = [
    f"/plan/dynamodb?{ASKED}",
    f"/plan/dynamodb/comparison?{ASKED}&vary=table_class",
    f"/plan/dynamodb/projection?{ASKED}&start=2026-01&months=3",
    f"/plan/dynamodb/hours?{ASKED}",
    f"/plan/questions/caching?{NEEDS}",
    "/plan/portfolio?workloads=service,region,storage_gb%0As3,us-east-1,1000&start=2026-01",
]


@pytest.mark.parametrize("path", PAGES)
def test_a_page_says_whose_prices_it_shows(acme: Client, client: Client, path: str) -> None:
    """Under an overlay no page calls its costs list prices, and the total names the overlay."""
    ours, plain = (some.get(path).text for some in (acme, client))
    assert "By the prices of acme 7" in ours
    assert " EUR.</p>" in ours
    assert "AWS list prices in USD" not in ours
    assert "AWS list prices in USD, without taxes and discounts" in plain
    assert "acme" not in plain


def test_charges_of_a_page_add_up_to_its_total(acme: Client) -> None:
    """Charges are shown at contracted prices, with the list cost beside, and charts follow them."""
    page = acme.get(f"/plan/dynamodb?{ASKED}").text
    assert f'<data value="{OURS}">' in page
    assert f'<data value="{LIST}">$2,628.00</data> at list prices; 1,892.16 EUR.' in page
    answer = acme.get(f"/v1/dynamodb/estimate?{ASKED}").json()
    for charge in answer["charges"]:
        for name in ("contracted_unit_price", "contracted_cost", "list_cost"):
            assert f'<data value="{charge[name]}">' in page
    drawn = acme.get(PAGES[2]).text.partition('<script type="application/json">')[2]
    spec = json.loads(drawn.partition("</script>")[0])
    cost = sum(one["cost"] for one in spec["data"]["values"])
    assert cost == pytest.approx(3 * OURS)


def test_advice_follows_contracted_prices(acme: Client, client: Client) -> None:
    """What to commit to is weighed against contracted prices on demand."""
    body = {"workloads": [{"service": "dynamodb", **ROW}]}
    ours, plain = (
        some.post("/v1/portfolios/commitments", json=body).json() for some in (acme, client)
    )
    assert ours["overlay"]["name"] == "acme"
    assert ours["monthly_cost"] == pytest.approx(0.9 * plain["monthly_cost"])


def test_a_priced_sheet_can_be_sent_again(acme: Client) -> None:
    """The columns of the overlay are passed over when its own sheet comes back."""
    first = acme.get(f"/v1/dynamodb/estimate.csv?{ASKED}").text
    headers = {"content-type": "text/csv", "accept": "text/csv"}
    again = acme.post("/v1/dynamodb/estimates", content=first, headers=headers)
    assert again.status_code == 200, again.text
    assert again.text == first
    compared = acme.post("/v1/dynamodb/comparison?vary=table_class", content=first, headers=headers)
    assert compared.status_code == 200, compared.text


def test_prices_are_listed_with_contracted_ones(acme: Client, client: Client) -> None:
    """The list stays AWS's, with the overlay's price beside each."""
    path = "/v1/s3/prices?region=us-east-1&meter=storage"
    ours, plain = acme.get(path).json()["prices"], client.get(path).json()["prices"]
    assert [{k: v for k, v in one.items() if k != "contracted_unit_price"} for one in ours] == plain
    for one in ours:
        assert one["contracted_unit_price"] == pytest.approx(0.9 * one["list_unit_price"])


def test_contracted_prices_are_those_of_the_day(tmp_path: Path) -> None:
    """A discount from a day on shows beside a list price of before, on that day and after it."""
    (tmp_path / "overlay.toml").write_text(TERMS)
    dated = "service,meter,effective_from,percent\ns3,,2025-12-31,50\n"
    (tmp_path / "discounts.csv").write_text(dated)
    settings = Settings(storecast_price_overlay=str(tmp_path))
    path = "/v1/s3/prices?region=us-east-1&meter=storage/STANDARD_IA"
    with TestClient(create_app(settings)) as acme:
        for more, expected in {
            "": 0.5,
            "&price_date=2025-12-30": 1,
            "&price_date=2026-01-01": 0.5,
        }.items():
            for one in acme.get(path + more).json()["prices"]:
                assert one["contracted_unit_price"] == expected * one["list_unit_price"]


def test_a_bad_overlay_stops_the_start(tmp_path: Path) -> None:
    """The service ends at once and says which file, line and column is wrong."""
    (tmp_path / "overlay.toml").write_text(TERMS)
    (tmp_path / "discounts.csv").write_text("service,meter,effective_from,percent\ns3,,,ten\n")
    environment = {"STORECAST_PRICE_OVERLAY": str(tmp_path)}
    command = [sys.executable, "-m", "service"]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    said = (
        f"STORECAST_PRICE_OVERLAY {tmp_path} cannot be used: discounts.csv, line 2, column percent"
    )
    assert ended.stderr.startswith(said)
    assert "Traceback" not in ended.stderr


def test_the_contract_describes_what_an_overlay_adds(client: Client) -> None:
    """Members of an overlay are optional and described."""
    schemas = json.loads(client.get("/openapi.json").text)["components"]["schemas"]
    assert "overlay" in schemas["DynamoDBEstimate"]["properties"]
    assert "overlay" not in schemas["DynamoDBEstimate"]["required"]
    for member in schemas["AppliedOverlay"]["properties"].values():
        assert member.get("description")
