"""Priced sheets as planners use them: read, totalled, printed, edited and sent again."""

import csv
import io
from typing import Any

import pytest
from litestar.testing import TestClient
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from pricing.model import registry
from service.answers import catalogue
from service.formats import writers

Client = TestClient[Any]
POST = "/v1/kinesis/estimates"
PORTFOLIO = "/v1/portfolios/estimate"
CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HEADER = ["name", "group", "region", "records_per_second", "record_bytes"]
ROWS = [
    ["a", "shop", "us-east-1", 1000, 3000],
    ["b", "lake", "eu-west-1", 1000, 3000],
    ["c", "shop", "us-east-1", 2000.5, 3000],
]
LEADING = [
    *("name", "group", "region", "monthly_cost", "complete"),
    *("worst_finding_status", "worst_finding", "worst_finding_utilization"),
]


def as_csv(rows: list[list[Any]]) -> str:
    """Write rows as CSV."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue()


def as_xlsx(**sheets: list[list[Any]]) -> bytes:
    """Write sheets of rows as a workbook."""
    book, made = Workbook(), io.BytesIO()
    book.remove(book["Sheet"])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(made)
    return made.getvalue()


def posted(client: Client, body: bytes | str, kind: str = CSV, address: str = POST) -> Any:
    """Send a sheet that is in order."""
    response = client.post(address, content=body, headers={"Content-Type": kind})
    assert response.status_code == 200, response.text
    return response


def named(response: Any) -> list[dict[str, Any]]:
    """Read the rows of a CSV by the names of its columns."""
    return list(csv.DictReader(io.StringIO(response.text, newline="")))


def columns(sheet: Worksheet) -> dict[Any, Any]:
    """Return the cell below each name of a header."""
    return {cell.value: sheet.cell(2, cell.column) for cell in sheet[1]}


@pytest.mark.parametrize("key", registry())
def test_what_a_planner_looks_for_stands_first(client: Client, key: str) -> None:
    """Total, status and worst finding follow the labels; then what is required; then the rest."""
    fields = client.get(f"/v1/services/{key}").json()["fields"]
    required = [field["name"] for field in fields if field["required"]]
    others = [field["name"] for field in fields if not field["required"]]
    example = client.get(f"/v1/services/{key}").json()["example"]
    path, _, query = example.partition("?")
    header = list(next(csv.reader([client.get(f"{path}.csv?{query}").text.partition("\r")[0]])))
    inputs = [name for name in (*required, *others) if name not in LEADING]
    assert header[: len(LEADING) + len(inputs)] == LEADING + inputs
    rest = [name.partition(".")[0] for name in header[len(LEADING) + len(inputs) :]]
    assert list(dict.fromkeys(rest)) == ["capacity", "charges", "unpriced", "not_covered"]


PRICED = "/v1/kinesis/estimate.xlsx?region=us-east-1&records_per_second=1&record_bytes=1"


def test_a_priced_workbook_reads_well(client: Client) -> None:
    """Sections have colours, names stay in view, money has cents, shares percent, days ISO."""
    book = load_workbook(io.BytesIO(posted(client, as_xlsx(x=[HEADER, *ROWS]), XLSX).content))
    sheet = book["workloads"]
    fills = {cell.value: cell.fill.fgColor.rgb[2:].lower() for cell in sheet[1]}
    for name, section in {
        "group": "label",
        "monthly_cost": "total",
        "record_bytes": "required",
        "retention_hours": "input",
        "capacity.shards": "capacity",
        "charges.shard_hours.list_cost": "charge",
        "not_covered": "remark",
    }.items():
        assert fills[name] == writers.FILLS[section][1:]
    shown = {name: cell.number_format for name, cell in columns(sheet).items()}
    assert shown["monthly_cost"] == shown["charges.shard_hours.list_cost"] == "#,##0.00"
    assert shown["worst_finding_utilization"] == "0.0%"
    assert shown["capacity.shards"] == "#,##0"
    for name in ("record_bytes", "records_per_second", "target_utilization"):
        assert shown[name] == "General"  # a CSV that is saved from it has the number as it is
    assert shown["price_date"] == "yyyy-mm-dd"
    assert columns(sheet)["monthly_cost"].value == 69.642
    assert sheet.freeze_panes == "B2"
    charges = load_workbook(io.BytesIO(client.get(f"{PRICED}&view=charges").content)).active
    shown = {name: cell.number_format for name, cell in columns(charges).items()}
    assert shown["ListCost"] == "#,##0.00"
    assert shown["ListUnitPrice"] == "#,##0.00##########"


def test_differences_of_alternatives_are_dollars(client: Client) -> None:
    """What an alternative costs more or less has cents, as the cost has."""
    asked = "region=us-east-1&storage_gb=10000&vary=storage_class:STANDARD|STANDARD_IA"
    book = load_workbook(io.BytesIO(client.get(f"/v1/s3/comparison.xlsx?{asked}").content))
    shown = {name: cell.number_format for name, cell in columns(book.active).items()}
    for name in ("monthly_cost", "difference_to_cheapest", "difference_to_baseline"):
        assert shown[name] == "#,##0.00"


def test_a_priced_workbook_prints_on_pages_that_can_be_read(client: Client) -> None:
    """It is printed across, one page wide, with its header, as far as what is required."""
    book = load_workbook(io.BytesIO(posted(client, as_xlsx(x=[HEADER, *ROWS]), XLSX).content))
    for sheet, last in ((book["workloads"], "J4"), (book["summary"], "F7")):
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.page_setup.fitToWidth in (None, 1)
        assert sheet.page_setup.fitToHeight == 0
        assert sheet.print_title_rows == "$1:$1"
        assert sheet.print_area.replace("$", "").endswith(f"A1:{last}")


def test_the_summary_is_the_view_of_totals(client: Client) -> None:
    """A workbook sums up its workloads; CSV, JSON and the answer to JSON say the same."""
    sheet = as_xlsx(x=[HEADER, *ROWS])
    book = load_workbook(io.BytesIO(posted(client, sheet, XLSX).content))
    assert book.sheetnames == ["workloads", "summary"]
    header, *rows = book["summary"].iter_rows(values_only=True)
    said = [dict(zip(header, row, strict=True)) for row in rows]
    told = posted(client, sheet, XLSX, f"{POST}.json?view=totals").json()
    assert [{**row, "key": row["key"] or ""} for row in said] == told
    assert [(one["by"], one["key"], one["workloads"]) for one in told] == [
        ("all", "", 3),
        ("service", "kinesis", 3),
        ("region", "eu-west-1", 1),
        ("region", "us-east-1", 2),
        ("group", "lake", 1),
        ("group", "shop", 2),
    ]
    priced = named(posted(client, as_csv([HEADER, *ROWS])))
    assert told[0]["monthly_cost"] == pytest.approx(
        sum(float(row["monthly_cost"]) for row in priced), abs=1e-9
    )
    assert all(one["yearly_cost"] == pytest.approx(12 * one["monthly_cost"]) for one in told)
    assert [
        (one["key"], float(one["yearly_cost"]))
        for one in named(posted(client, as_csv([HEADER, *ROWS]), CSV, f"{POST}?view=totals"))
    ] == [(one["key"], one["yearly_cost"]) for one in told]


def test_totals_of_a_portfolio_are_those_of_its_answer(client: Client) -> None:
    """Each service, Region and group costs what the nested answer says; so does all of it."""
    workloads = [
        {"service": key, "group": "ab"[place % 2]} | catalogue.example_fields(service)
        for place, (key, service) in enumerate(registry().items())
    ]
    nested = client.post(PORTFOLIO, json={"workloads": workloads}).json()
    told = client.post(f"{PORTFOLIO}?view=totals", json={"workloads": workloads}).json()
    assert told[0]["monthly_cost"] == pytest.approx(nested["monthly_cost"], abs=1e-6)
    for label in ("service", "region", "group"):
        expected = [(one["key"], one["monthly_cost"]) for one in nested[f"by_{label}"]]
        assert [(t["key"], t["monthly_cost"]) for t in told if t["by"] == label] == expected


def test_a_total_without_a_price_is_not_whole(client: Client) -> None:
    """What is not known adds nothing to a total, and leaves it incomplete."""
    row = {"region": "ap-south-2", "item_bytes": 1, "writes_per_second": 1}
    rows = [row | {"change_data_capture": True}, row | {"group": "known"}]
    told = client.post("/v1/dynamodb/estimates?view=totals", json={"workloads": rows}).json()
    assert {one["key"]: one["complete"] for one in told if one["by"] == "group"} == {
        "": False,
        "known": True,
    }
    assert not told[0]["complete"]


def test_totals_have_no_further_columns(client: Client) -> None:
    """A total is of many rows, so no column of one passes through."""
    refused = client.post(
        f"{POST}?keep_extra=1&view=totals",
        content=as_csv([HEADER, *ROWS]),
        headers={"Content-Type": CSV},
    )
    assert [fault["parameter"] for fault in refused.json()["errors"]] == ["keep_extra"]


def test_a_portfolio_has_the_columns_of_its_services(client: Client) -> None:
    """A sheet of two services has none of a third, in whatever order its rows stand."""
    mixed = [
        ["service", "region", "storage_gb", "records_per_second", "record_bytes"],
        ["s3", "us-east-1", 52224, "", ""],
        ["kinesis", "us-east-1", "", 1000, 3000],
    ]
    header = posted(client, as_csv(mixed), CSV, PORTFOLIO).text.partition("\r")[0]
    names = next(csv.reader([header]))
    assert names[:9] == ["service", *LEADING]
    assert {"storage_class", "retention_hours"} <= {*names}
    assert not {"engine", "item_bytes"} & {*names}


@pytest.mark.parametrize("word", ["csv", "xlsx"])
def test_an_edited_portfolio_is_priced_again(client: Client, word: str) -> None:
    """A priced sheet of two services comes back with its new price when a number is changed."""
    mixed = [
        ["service", "region", "storage_gb", "records_per_second", "record_bytes"],
        ["s3", "us-east-1", 1000, None, None],
        ["kinesis", "us-east-1", None, 1000, 3000],
    ]
    if word == "csv":
        once = posted(client, as_csv(mixed), CSV, PORTFOLIO)
        edited = once.text.replace(",1000.0,", ",2000.0,", 1)
        again = named(posted(client, edited, CSV, PORTFOLIO))
        costs = [float(row["monthly_cost"]) for row in again]
    else:
        once = posted(client, as_xlsx(any=mixed), XLSX, PORTFOLIO)
        book, made = load_workbook(io.BytesIO(once.content)), io.BytesIO()
        columns(book["workloads"])["storage_gb"].value = 2000
        book.save(made)
        again = load_workbook(io.BytesIO(posted(client, made.getvalue(), XLSX, PORTFOLIO).content))
        cost = columns(again["workloads"])["monthly_cost"].column
        costs = [again["workloads"].cell(row, cost).value for row in (2, 3)]
    assert costs == [pytest.approx(2000 * 0.023), 69.642]


@pytest.mark.parametrize("name", ["workloads", "Workloads"])
def test_own_sheets_may_stand_beside(client: Client, name: str) -> None:
    """The sheet that is called `workloads` is read, wherever it stands."""
    sheets = {"Notes": [["What we assume"]], name: [HEADER, *ROWS], "Last": [["x"]]}
    book = load_workbook(io.BytesIO(posted(client, as_xlsx(**sheets), XLSX).content))
    assert columns(book["workloads"])["monthly_cost"].value == 69.642


def test_faults_of_header_and_rows_are_told_together(client: Client) -> None:
    """A column that is not known does not hide what is wrong in the rows."""
    sheet = "name,region,records_per_second,record_bytes,notes\na,us-east-1,1M,1,2\n"
    refused = client.post(POST, content=sheet, headers={"Content-Type": CSV})
    assert [one["cell"] for one in refused.json()["errors"]] == ["E1", "C2"]


@pytest.mark.parametrize("titles", [[["Plan 2027"]], [["Plan 2027"], [], ["of", "us", "all"]]])
def test_titles_may_stand_above_the_header(client: Client, titles: list[list[Any]]) -> None:
    """The header is the row that names fields; a fault below is where the sheet shows it."""
    plain = named(posted(client, as_csv([HEADER, *ROWS])))
    rows = [*titles, HEADER, *ROWS]
    assert named(posted(client, as_csv(rows))) == plain
    semicolons = as_csv(rows).replace(",", ";").replace("2000.5", "2000,5")
    priced = posted(client, semicolons).text.splitlines()
    assert priced[1].startswith('"a";"shop";"us-east-1";69,642;')
    book = load_workbook(io.BytesIO(posted(client, as_xlsx(x=rows), XLSX).content))
    assert columns(book["workloads"])["monthly_cost"].value == 69.642
    wrong = client.post(
        POST,
        content=as_xlsx(x=[*rows, ["d", "", "us-east-1", "many", 1]]),
        headers={"Content-Type": XLSX},
    )
    assert [fault["cell"] for fault in wrong.json()["errors"]] == [f"D{len(rows) + 1}"]


def test_a_padded_row_is_refused(client: Client) -> None:
    """A number with a comma that is not quoted moves the others, and the row is a cell too long."""
    header = "name,region,storage_gb,monthly_put_requests,monthly_get_requests,object_bytes"
    for row, cell in (("a,us-east-1,52,224,1000,,", "G2"), ("a,us-east-1,1,2,3,4,5", "G2")):
        refused = client.post(
            "/v1/s3/estimates", content=f"{header}\n{row}\n", headers={"Content-Type": CSV}
        )
        assert refused.status_code == 422
        (fault,) = refused.json()["errors"]
        assert (fault["row"], fault["cell"]) == (2, cell)
    padded = f"{header},,\na,us-east-1,1,2,3,4,,\n"
    posted(client, padded, CSV, "/v1/s3/estimates")
