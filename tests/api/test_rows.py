"""Sheets that are compared and projected: each row asks what a query of the route asks."""

import csv
import io
from typing import Any

import pytest
from litestar.testing import TestClient
from openpyxl import load_workbook

from pricing.model import registry
from service.routes import rows

Client = TestClient[Any]
KEYS = pytest.mark.parametrize("key", registry())
CSV = "text/csv"
COMPARISON, PROJECTION = "/v1/s3/comparison", "/v1/s3/projection"
VIEWS = {"comparison": "alternatives", "projection": "months", "hours": "modes"}
LAKES = (
    "name,region,storage_gb,monthly_retrieved_gb\n"
    "cold,us-east-1,10000,0\n"
    "warm,eu-central-1,10000,8000\n"
)
OVER = "start=2026-01&months=3&growth=storage_gb:rate:0.1"


def posted(client: Client, address: str, body: str | bytes, kind: str = CSV) -> Any:
    """Send a sheet."""
    return client.post(address, content=body, headers={"Content-Type": kind})


def records(response: Any) -> list[dict[str, str]]:
    """Read the CSV of an answer."""
    assert response.status_code == 200, response.text
    return list(csv.DictReader(io.StringIO(response.text, newline="")))


def faults(response: Any) -> list[tuple[Any, Any, str]]:
    """Return cell, column or parameter, and detail of each fault."""
    assert response.status_code == 422, response.text
    return [
        (one.get("cell"), one.get("column") or one.get("parameter"), one["detail"])
        for one in response.json()["errors"]
    ]


@KEYS
@pytest.mark.parametrize("purpose", ["comparison", "projection", "hours"])
@pytest.mark.parametrize("word", ["csv", "xlsx"])
def test_a_template_can_be_sent_as_it_is(client: Client, key: str, purpose: str, word: str) -> None:
    """The example row is answered as the query of GET that says the same; each has its purposes."""
    if purpose == "hours" and not registry()[key].hourly:
        refused = client.get(f"/v1/{key}/template.{word}?purpose={purpose}")
        assert refused.status_code == 400
        return
    template = client.get(f"/v1/{key}/template.{word}?purpose={purpose}")
    answer = posted(
        client,
        f"/v1/{key}/{purpose}.json?view={VIEWS[purpose]}",
        template.content,
        template.headers["content-type"],
    )
    assert answer.status_code == 200, answer.text
    text = client.get(f"/v1/{key}/template.csv?purpose={purpose}").text
    (row,) = csv.DictReader(io.StringIO(text, newline=""))
    asked = {name: cell for name, cell in row.items() if cell}
    told = client.get(f"/v1/{key}/{purpose}", params=asked | {"view": VIEWS[purpose]}).json()
    own = {"workload": 0, "name": row["name"]}
    assert answer.json() == [own | one for one in told]


def test_what_the_query_says_counts_for_every_row(client: Client) -> None:
    """A plain sheet of workloads is compared and projected; so is a priced one."""
    priced = posted(client, "/v1/s3/estimates", LAKES).text
    for sheet in (LAKES, priced):
        found = records(posted(client, f"{COMPARISON}?vary=storage_class", sheet))
        assert [row["workload"] for row in found] == ["0"] * 8 + ["1"] * 8
        assert [row["name"] for row in found if row["rank"] == "1"] == ["cold", "warm"]
        months = records(posted(client, f"{PROJECTION}?{OVER}", sheet))
        assert [(row["name"], row["time"][:7]) for row in months] == [
            (name, month)
            for name in ("cold", "warm")
            for month in ("2026-01", "2026-02", "2026-03")
        ]


def test_a_row_may_ask_for_itself(client: Client) -> None:
    """A column goes before the query; what one row lacks is empty in the answer."""
    sheet = (
        "name,region,storage_gb,vary\n"
        "a,us-east-1,1,region:us-east-1|eu-west-1\n"
        "b,us-east-1,1,storage_class:STANDARD\n"
    )
    found = records(posted(client, f"{COMPARISON}?vary=storage_class", sheet))
    assert [(row["name"], row["region"], row["storage_class"]) for row in found] == [
        ("a", "us-east-1", ""),
        ("a", "eu-west-1", ""),
        ("b", "", "STANDARD"),
    ]


def test_each_view_comes_from_a_sheet(client: Client) -> None:
    """Curves and turns, charges, milestones and years are of each row, further columns beside."""
    sheet = LAKES.replace("_gb\n", "_gb,owner\n").replace("0\nwarm", "0,Ann\nwarm")
    sheet = sheet.replace("8000\n", "8000,Bo\n")
    swept = "vary=storage_class:STANDARD|STANDARD_IA&sweep=monthly_retrieved_gb:0:20000:5"
    for address, count in (
        (f"{COMPARISON}?{swept}&view=curves", 20),
        (f"{COMPARISON}?{swept}&view=turns", 2),
        (f"{PROJECTION}?{OVER}&view=years", 2),
    ):
        found = records(posted(client, f"{address}&keep_extra=1", sheet))
        assert len(found) == count
        assert {(row["name"], row["owner"]) for row in found} == {("cold", "Ann"), ("warm", "Bo")}
    found = records(posted(client, f"{PROJECTION}?{OVER}&view=charges&keep_extra=1", sheet))
    assert {(row["name"], row["x_owner"]) for row in found} == {("cold", "Ann"), ("warm", "Bo")}
    growing = OVER.replace("rate:0.1", "rate:3")
    found = records(posted(client, f"{PROJECTION}?{growing}&view=milestones", LAKES))
    assert {(row["workload"], row["name"]) for row in found} == {("0", "cold"), ("1", "warm")}
    book = posted(client, f"{COMPARISON}.xlsx?vary=storage_class", LAKES)
    assert load_workbook(io.BytesIO(book.content))["alternatives"]["A2"].value == 0


def test_faults_stand_at_their_cells(client: Client) -> None:
    """What a row asks wrongly is named by row and column, every fault at once."""
    sheet = (
        "region,storage_gb,vary,sweep\n"
        "us-east-1,1,storage_clas,\n"
        "us-east-1,1,storage_class,storage_gb:5:1\n"
        "us-east-1,1,storage_class:Glacier Instant Retrieval,\n"
    )
    found = faults(posted(client, COMPARISON, sheet))
    assert [(cell, column) for cell, column, _ in found] == [
        ("C2", "vary"),
        ("D3", "sweep"),
        ("C4", "vary"),
    ]
    assert "did you mean storage_class" in found[0][2]
    assert "did you mean GLACIER_IR?" in found[2][2]
    (early,) = faults(posted(client, PROJECTION, "region,storage_gb,start\nus-east-1,1,2001-01\n"))
    assert early[:2] == ("C2", "start")
    (missing,) = faults(posted(client, COMPARISON, "region,storage_gb\nus-east-1,1\n"))
    assert missing[1] == "vary"
    (grown,) = faults(
        posted(client, f"{PROJECTION}?start=2026-01&growth=storage:rate:1", LAKES.split("warm")[0])
    )
    assert grown[1] == "growth"


def test_a_column_that_the_answer_has_itself_is_not_passed_through(client: Client) -> None:
    """What would hide a column of the answer is refused at its cell."""
    (taken,) = faults(
        posted(
            client,
            f"{COMPARISON}?vary=storage_class&keep_extra=1",
            "region,storage_gb,rank\nus-east-1,1,7\n",
        )
    )
    assert (taken[0], "rename the column" in taken[2]) == ("C1", True)
    address = "/v1/portfolios/projection?start=2026-01&view=milestones&keep_extra=1"
    (taken,) = faults(posted(client, address, MIXED.replace("owner", "kind")))
    assert (taken[0], "rename the column" in taken[2]) == ("G1", True)


def test_rows_that_ask_for_too_much_are_refused(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Work has a limit over all rows, and rows have one, before any is worked out."""
    with monkeypatch.context() as patched:
        patched.setattr(rows, "MOST_SIZE", 17)
        (fault,) = faults(posted(client, f"{COMPARISON}?vary=storage_class", LAKES))
    assert "send them in several sheets" in fault[2]
    monkeypatch.setattr(rows, "MOST_ROWS", 1)
    (fault,) = faults(posted(client, f"{COMPARISON}?vary=storage_class", LAKES))
    assert "has more than 1 rows" in fault[2]


def test_a_list_of_faults_ends(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """As many faults as are listed are looked for."""
    monkeypatch.setattr(rows.problems, "MOST", 3)
    sheet = "region,storage_gb,vary\n" + "us-east-1,1,nothing\n" * 9
    assert len(faults(posted(client, COMPARISON, sheet))) == 3


def test_a_document_says_it_itself(client: Client) -> None:
    """What the query says of a sheet is refused where the body is a document."""
    workload = {"region": "us-east-1", "storage_gb": 1}
    compared = {"workload": workload, "vary": {"storage_class": "*"}}
    said = client.post(f"{COMPARISON}?vary=region&sweep=storage_gb:1:2", json=compared)
    assert [fault[1] for fault in faults(said)] == ["vary", "sweep"]
    projected = {"workload": workload, "start": "2026-01"}
    said = client.post(f"{PROJECTION}?start=2026-01&view=years", json=projected)
    assert [fault[1] for fault in faults(said)] == ["start", "view"]
    whole = {"workloads": [{"service": "s3", **workload}], "start": "2026-01"}
    said = client.post("/v1/portfolios/projection?free_tier=1&months=2", json=whole)
    assert [fault[1] for fault in faults(said)] == ["months", "free_tier"]


MIXED = (
    "service,name,region,storage_gb,records_per_second,record_bytes,owner\n"
    "s3,lake,us-east-1,26112,,,Ann\n"
    "kinesis,clicks,us-east-1,,1000,3000,Bo\n"
)


def test_a_mixed_sheet_is_projected_on_one_bill(client: Client) -> None:
    """The sheet of a portfolio gives the months that its document gives, whatever the format."""
    sheet = MIXED.replace(",owner", "").replace(",Ann", "").replace(",Bo", "")
    growth = "s3.storage_gb:ingest:100,records_per_second:rate:0.1"
    address = "/v1/portfolios/projection"
    asked = f"start=2026-01&months=3&free_tier=1&growth={growth}"
    body = {
        "workloads": [
            {"service": "s3", "name": "lake", "region": "us-east-1", "storage_gb": 26112},
            {
                "service": "kinesis",
                "name": "clicks",
                "region": "us-east-1",
                "records_per_second": 1000,
                "record_bytes": 3000,
            },
        ],
        "start": "2026-01",
        "months": 3,
        "free_tier": True,
        "growth": {
            "s3.storage_gb": {"monthly_ingest": 100},
            "records_per_second": {"monthly_rate": 0.1},
        },
    }
    for view in ("months", "charges", "milestones", "years"):
        told = client.post(address, json=body | {"view": view}).json()
        said = posted(client, f"{address}.json?{asked}&view={view}", sheet)
        assert said.json() == told
    months = records(posted(client, f"{address}?{asked}", sheet))
    told = client.post(address, json=body).json()
    assert [float(row["monthly_cost"]) for row in months] == [one["monthly_cost"] for one in told]


def test_a_projection_of_a_mixed_sheet_says_what_it_lacks(client: Client) -> None:
    """The first month is required, further columns go to records of workloads only."""
    address = "/v1/portfolios/projection"
    (missing,) = faults(posted(client, address, MIXED))
    assert missing[1:] == ("start", "is missing; send the first month, such as 2026-01")
    (kept,) = faults(posted(client, f"{address}?start=2026-01&keep_extra=1", MIXED))
    assert kept[1] == "keep_extra"
    found = records(
        posted(client, f"{address}?start=2026-01&months=1&keep_extra=1&view=charges", MIXED)
    )
    assert {(row["name"], row["x_owner"]) for row in found} == {("lake", "Ann"), ("clicks", "Bo")}
