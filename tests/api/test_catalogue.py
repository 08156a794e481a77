"""What there is: services, fields, prices, quotas, and the routes for those who run it."""

import csv
import re
from typing import Any

import pytest
from litestar.testing import TestClient
from msgspec import structs

from pricing import coverage, wording
from pricing.catalogue import packaged
from pricing.model import registry
from service.requests import violations
from service.settings import SettingError, Settings, from_environment

Client = TestClient[Any]
READS = [
    "/v1/services",
    *(f"/v1/services/{key}" for key in registry()),
    *(f"/v1/{key}/prices?region=us-east-1" for key in registry()),
    *(f"/v1/{key}/quotas" for key in registry()),
    "/problems/unpriced",
    "/livez",
    "/readyz",
    "/openapi.json",
    "/",
    "/docs",
    "/docs/assets/swagger-ui-bundle.js",
]


@pytest.mark.parametrize("address", READS)
def test_head_is_get_without_its_body(client: Client, address: str) -> None:
    """HEAD answers with the status and headers of GET on every route."""
    got, headed = client.get(address), client.head(address)
    assert got.status_code == headed.status_code == 200
    assert headed.content == b""
    varying = {"date", "x-request-id"}
    assert {k: v for k, v in got.headers.items() if k not in varying} == {
        k: v for k, v in headed.headers.items() if k not in varying
    }


@pytest.mark.parametrize("address", [*READS[:-1], "/v1/dynamodb/estimate", "/v1/s3/prices"])
def test_unknown_parameters_are_refused_everywhere(client: Client, address: str) -> None:
    """A parameter that a route does not know is a mistake, not noise."""
    response = client.get(address.partition("?")[0], params={"nonsense": "1"})
    assert response.status_code == 400
    assert {"detail": "is not known", "parameter": "nonsense"} in response.json()["errors"]


@pytest.mark.parametrize("address", ["/livez", "/readyz"])
def test_what_holds_only_now_is_not_kept(client: Client, address: str) -> None:
    """No cache may call a dead process alive."""
    assert client.get(address).headers["cache-control"] == "no-store"


KEPT = [address for address in READS[:-1] if address not in ("/livez", "/readyz")]


@pytest.mark.parametrize("address", KEPT)
def test_reads_can_be_cached(client: Client, address: str) -> None:
    """Reads carry ETag and Cache-Control; a client that has the answer is told so."""
    first = client.get(address, headers={"Accept-Encoding": "identity"})
    assert first.headers["cache-control"] == "public, max-age=300"
    assert first.headers["vary"] == "Accept, Accept-Encoding"
    for tags in (first.headers["etag"], f'"x", W/{first.headers["etag"]}', "*"):
        again = client.get(address, headers={"If-None-Match": tags})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == first.headers["etag"]
    changed = client.get(address, headers={"If-None-Match": '"other"'})
    assert changed.status_code == 200


def test_every_answer_names_the_catalogue(client: Client) -> None:
    """Catalog-Version is on every response, and is what the list of services says."""
    version = client.get("/v1/services").json()["catalog_version"]
    assert version == packaged().version
    for address in (*READS, "/v1/nope"):
        assert client.get(address).headers["catalog-version"] == version


def test_the_examples_of_the_services_work(client: Client) -> None:
    """Each service shows the address of a first estimate, and it answers."""
    for service in client.get("/v1/services").json()["services"]:
        assert client.get(service["example"]).json()["monthly_cost"] > 0


@pytest.mark.parametrize("key", registry())
def test_fields_are_described(client: Client, key: str) -> None:
    """Each field has its meaning, its type, and a default unless it is required."""
    described = client.get(f"/v1/services/{key}").json()
    fields = {field["name"]: field for field in described["fields"]}
    assert list(fields) == list(registry()[key].workload.__struct_fields__)
    assert all(
        field["meaning"] and field["required"] != ("default" in field) for field in fields.values()
    )
    assert "us-east-1" in fields["region"]["choices"]
    assert fields["hours_per_month"] | {"meaning": ""} == {
        "name": "hours_per_month",
        "meaning": "",
        "type": "number",
        "required": False,
        "unit": "h/month",
        "default": 730,
        "minimum": 1,
        "maximum": 744,
    }
    assert [one["region"] for one in described["regions"]] == list(packaged().table(key).regions)
    assert described["price_dates"] == sorted(described["price_dates"])


def test_prices_are_listed_with_their_sources(client: Client) -> None:
    """Every price has a day, a unit and a source that is resolved in the answer."""
    answer = client.get("/v1/dynamodb/prices?limit=100000").json()
    table = packaged().table("dynamodb")
    assert len(answer["prices"]) == sum(1 for row in table.rows for price in row.prices if price)
    assert {price["source"] for price in answer["prices"]} == set(answer["sources"])


def test_prices_refuse_what_they_do_not_have(client: Client) -> None:
    """A meter there is not and a day before the first price are named, not answered empty."""
    for meter, meant in (("storag", "storage"), ("storage/STANDART", "storage/STANDARD")):
        unknown = client.get("/v1/dynamodb/prices", params={"meter": meter})
        assert unknown.status_code == 422
        (error,) = unknown.json()["errors"]
        assert error["parameter"] == "meter"
        assert f"did you mean {meant}" in error["detail"]
    early = client.get("/v1/dynamodb/prices", params={"price_date": "2020-01-01"})
    assert early.json()["type"] == "/problems/date-before-prices"


def test_prices_come_in_pages(client: Client) -> None:
    """The pages of a document are together the records, which come whole unless told otherwise."""
    asked = "/v1/rds/prices?meter=cpu_credits"
    records = client.get(f"{asked}&view=prices").json()
    pages, offset = [], 0
    while offset is not None:
        page = client.get(f"{asked}&limit=70&offset={offset}").json()
        assert page["total"] == len(records)
        assert {price["source"] for price in page["prices"]} == set(page["sources"])
        pages.append(page["prices"])
        offset = page["next_offset"]
    assert [len(page) for page in pages[:-1]] == [70] * (len(pages) - 1)
    keys = pages[0][0].keys()
    flat = [{key: record[key] for key in keys} for record in records]
    assert [price for page in pages for price in page] == flat
    assert len(client.get(f"{asked}&view=prices&limit=3").json()) == 3
    assert client.get(f"{asked}&offset=100000").json()["prices"] == []
    for wrong in ("limit=0", "limit=1.5", "offset=-1"):
        assert client.get(f"{asked}&{wrong}").status_code == 400


def test_no_list_of_prices_freezes_a_viewer(client: Client) -> None:
    """What a service lists by default is a page of at most 500 kB."""
    for key in registry():
        answer = client.get(f"/v1/{key}/prices")
        assert len(answer.content) < 500_000
        assert len(answer.json()["prices"]) == min(500, answer.json()["total"])


def test_prices_can_be_narrowed(client: Client) -> None:
    """By Region, by meter or variant, and to those in force on a day."""
    asked = {"region": "us-east-1", "meter": "write_request_units", "price_date": "2024-12-01"}
    prices = client.get("/v1/dynamodb/prices", params=asked).json()["prices"]
    assert [(price["sku_id"], price["list_unit_price"]) for price in prices] == [
        ("dynamodb.write_request_units/STANDARD", 6.25e-7),
        ("dynamodb.write_request_units/STANDARD_INFREQUENT_ACCESS", 7.8e-7),
    ]
    one = {"region": "us-east-1", "meter": "write_request_units/STANDARD"}
    days = client.get("/v1/dynamodb/prices", params=one).json()["prices"]
    assert [day["effective_from"] for day in days] == ["2024-07-01", "2024-11-01", "2025-08-28"]


@pytest.mark.parametrize("key", registry())
def test_quotas_are_listed_with_their_references(client: Client, key: str) -> None:
    """Quotas, rules and assumptions come with unit, reference, day and grade."""
    answer = client.get(f"/v1/{key}/quotas").json()
    assert answer["quotas"]
    for kind in ("quotas", "rules", "assumptions"):
        for entry in answer[kind]:
            assert entry["reference"].startswith("https://")
            assert entry["date"]
            assert entry["grade"]


def test_the_docs_load_nothing_from_elsewhere(client: Client) -> None:
    """The page refers only to this server, and all it refers to is there."""
    page = client.get("/docs").text
    assert "http" not in page
    for address in re.findall(r'(?:src|href|url)[=:]\s*"([^"]+)"', page):
        assert client.get(address).status_code == 200, address


def test_settings_come_from_the_environment() -> None:
    """Each setting is read by its name in capitals; the empty text is no setting."""
    assert from_environment({}) == Settings()
    assert from_environment({"PORT": "9000", "HOST": ""}) == Settings(port=9000)
    with pytest.raises(SettingError, match="PORT"):
        from_environment({"PORT": "ninety"})


def test_what_is_not_covered_is_listed_and_named(client: Client) -> None:
    """Services list what estimates leave out; an estimate names what may touch its workload."""
    asked = {"region": "us-east-1", "item_bytes": 1024, "writes_per_second": 1}
    listed = client.get("/v1/services/dynamodb").json()["not_covered"]
    assert client.get("/v1/dynamodb/quotas").json()["not_covered"] == listed
    plain = client.get("/v1/dynamodb/estimate", params=asked).json()
    spread = client.get("/v1/dynamodb/estimate", params={**asked, "global_table": True}).json()
    assert spread["complete"] is True
    assert "replication_transfer" in spread["not_covered"]
    assert "replication_transfer" not in plain["not_covered"]
    assert set(spread["not_covered"]) < {entry["name"] for entry in listed}


def test_every_layout_and_sheet_names_what_is_not_covered(client: Client) -> None:
    """Rows, columns, flat tables and portfolios name the same entries."""
    row = {"region": "us-east-1", "item_bytes": 1024, "global_table": True}
    batch = {"workloads": [row]}
    (one,) = client.post("/v1/dynamodb/estimates", json=batch).json()["estimates"]
    columns = client.post("/v1/dynamodb/estimates?layout=columns", json=batch).json()
    assert columns["not_covered"] == [one["not_covered"]]
    whole = {"workloads": [{"service": "dynamodb", **row}]}
    answer = client.post("/v1/portfolios/estimate", json=whole).json()
    assert answer["estimates"][0]["not_covered"] == one["not_covered"]
    sheet = client.post("/v1/dynamodb/estimates?format=csv", json=batch).text
    (cells,) = csv.DictReader(sheet.splitlines())
    assert cells["not_covered"] == "; ".join(one["not_covered"])


@pytest.mark.parametrize("word", ["db2-se", "DB2-AE"])
def test_a_product_that_is_not_covered_is_named(client: Client, word: str) -> None:
    """An engine of Db2 is called Db2, not taken for another engine."""
    asked = {"region": "us-east-1", "instance_class": "db.r6g.large", "engine": word}
    answer = client.get("/v1/rds/estimate", params={**asked, "storage_gb": 10})
    assert answer.status_code == 400
    (fault,) = answer.json()["errors"]
    assert "Amazon RDS for Db2" in fault["detail"]
    assert "did you mean" not in fault["detail"]


@pytest.mark.parametrize(
    ("service", "said"),
    [("rds", "is priced by the service aurora; send it there"), ("aurora", "did you mean")],
)
def test_a_service_sends_nobody_to_itself(client: Client, service: str, said: str) -> None:
    """RDS sends an engine of Aurora to Aurora, which tells how the engine is spelled."""
    asked = {"region": "us-east-1", "instance_class": "db.r6g.large", "engine": "Aurora-MySQL"}
    answer = client.get(f"/v1/{service}/estimate", params={**asked, "storage_gb": 10})
    (fault,) = answer.json()["errors"]
    assert said in fault["detail"]


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("efs", "Amazon Elastic File System, which is not covered"),
        ("AWS Backup", "AWS Backup, which is not covered"),
        ("quantum-ledger-database", "Amazon QLDB, which is not covered"),
        ("AmazonS3", "did you mean s3?"),
        ("dynamo", "did you mean dynamodb?"),
    ],
)
def test_a_service_that_is_not_covered_is_named(client: Client, word: str, said: str) -> None:
    """Paths, portfolios and sheets call another product by its name, however it is spelled."""
    for path in (f"/v1/{word}/estimate", f"/v1/services/{word}"):
        refused = client.get(path)
        assert refused.status_code == 404
        assert said in refused.json()["detail"]
    body = {"workloads": [{"service": word, "region": "us-east-1"}]}
    (fault,) = client.post("/v1/portfolios/estimate", json=body).json()["errors"]
    assert fault["pointer"] == "/workloads/0/service"
    assert said in fault["detail"]
    sheet, sent = f"service,region\n{word},us-east-1\n", {"content-type": "text/csv"}
    answer = client.post("/v1/portfolios/estimate", content=sheet, headers=sent)
    (fault,) = answer.json()["errors"]
    assert (fault["cell"], said in fault["detail"]) == ("A2", True)


def test_a_product_is_covered_as_soon_as_a_service_has_its_key() -> None:
    """The words of a product lead to the service of its key, if there is one."""
    speller = wording.Speller()
    before = violations.unknown_service("aurora-mysql", ("rds",), speller)
    after = violations.unknown_service("aurora-mysql", ("aurora", "rds"), speller)
    assert "is Amazon Aurora, which is not covered" in before
    assert "did you mean aurora?" in after


def test_a_word_of_another_service_leads_there(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As soon as a service prices a product, the words of the product name that service."""
    listed = packaged().table("rds").description.not_covered["aurora"]
    priced = structs.replace(listed, service="s3")
    monkeypatch.setattr(coverage, "named", lambda *_: priced)
    asked = {"region": "us-east-1", "instance_class": "db.r6g.large", "engine": "aurora"}
    answer = client.get("/v1/rds/estimate", params={**asked, "storage_gb": 10})
    (fault,) = answer.json()["errors"]
    assert fault["detail"] == "'aurora' is priced by the service s3; send it there"
