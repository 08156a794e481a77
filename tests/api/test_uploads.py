"""Workloads as sheets: CSV and XLSX in, priced in their order, faults by row and column."""

import asyncio
import csv
import io
import tempfile
import zipfile
from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

import msgspec
import pytest
from litestar.testing import TestClient
from python_calamine import CalamineWorkbook
from xlsxwriter import Workbook

from pricing.model import registry
from service.app import create_app
from service.formats import spools
from service.requests import sheets
from service.settings import Settings

Client = TestClient[Any]
POST = "/v1/kinesis/estimates"
PORTFOLIO = "/v1/portfolios/estimate"
CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HEADER = "name,region,records_per_second,record_bytes"
GOOD = f"{HEADER}\r\na,us-east-1,1000,3000\r\nb,eu-west-1,1000,3000\r\n"


def send(client: Client, body: str | bytes, query: str = "", **headers: str) -> Any:
    """Send a CSV, or what claims to be one."""
    headers = {"Content-Type": CSV} | headers
    return client.post(f"{POST}{query}", content=body, headers=headers)


def records(response: Any, **dialect: Any) -> list[dict[str, str]]:
    """Read the CSV of an answer."""
    assert response.status_code == 200, response.text
    text = response.content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline=""), **dialect))


def workbook(rows: Sequence[Sequence[Any]]) -> bytes:
    """Make a workbook of one sheet."""
    made = io.BytesIO()
    with Workbook(made, {"default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet()
        for row, cells in enumerate(rows):
            sheet.write_row(row, 0, cells)
    return made.getvalue()


def faults(response: Any) -> list[tuple[Any, Any, Any]]:
    """Return row, column and cell of each fault of a sheet."""
    assert response.status_code == 422, response.text
    assert response.json()["type"] == "/problems/invalid-sheet"
    return [
        (fault.get("row"), fault.get("column"), fault.get("cell"))
        for fault in response.json()["errors"]
    ]


def test_a_csv_comes_back_priced_in_its_order(client: Client) -> None:
    """The answer is CSV where nothing else is asked for, and costs what JSON says it costs."""
    response = send(client, GOOD)
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    priced = records(response)
    assert [(row["name"], row["region"]) for row in priced] == [
        ("a", "us-east-1"),
        ("b", "eu-west-1"),
    ]
    nested = send(client, GOOD, "?format=json").json()["estimates"]
    assert [float(row["monthly_cost"]) for row in priced] == [
        estimate["monthly_cost"] for estimate in nested
    ]
    assert send(client, GOOD, Accept="application/json").json()["estimates"] == nested


def test_a_workbook_comes_back_as_a_workbook(client: Client) -> None:
    """Days, whole numbers as names, booleans and gaps are read as the sheet shows them."""
    rows = [
        ["name", "region", "records_per_second", "record_bytes", "price_date", "note"],
        [1, "us-east-1", 1000, 3000, date(2025, 11, 18), datetime(2026, 1, 2, 3)],
        [None] * 6,
        ["001", "us-east-1", "1000", 3000.0, "2025-11-18", time(3)],
    ]
    response = client.post(
        f"{POST}?keep_extra=1", content=workbook(rows), headers={"Content-Type": XLSX}
    )
    assert response.headers["content-type"] == XLSX
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(response.content)).get_sheet_by_index(0)
    header, *priced = sheet.to_python()
    shown = [dict(zip(header, row, strict=True)) for row in priced]
    assert [row["name"] for row in shown] == ["1", "001"]
    assert [row["monthly_cost"] for row in shown] == [69.642, 69.642]
    assert [row["note"] for row in shown] == [datetime(2026, 1, 2, 3), "03:00:00"]


def test_excels_csv_is_read_and_answered_in_kind(client: Client) -> None:
    """A byte order mark, semicolons and decimal commas come in, and go out the same way."""
    body = "\ufeffname;region;records_per_second;record_bytes\r\nÄ;us-east-1;1000,5;3000\r\n"
    response = send(client, body.encode())
    assert response.content.startswith(b"\xef\xbb\xbf")
    (row,) = records(response, delimiter=";")
    assert (row["name"], row["records_per_second"]) == ("Ä", "1000,5")
    tabbed = send(client, body.encode(), "?sep=tab&bom=0")
    assert records(tabbed, delimiter="\t") == [row]
    assert tabbed.content.startswith(b'"name"')
    (plain,) = records(send(client, body.encode(), "?sep=,"))
    assert plain["records_per_second"] == "1000.5"


def test_a_point_in_a_sheet_of_commas_is_not_guessed(client: Client) -> None:
    """1.234 may be a thousand or one: refused, unless the decimal mark is said."""
    body = "region;records_per_second;record_bytes\r\nus-east-1;1.234;1\r\n"
    response = send(client, body)
    assert faults(response) == [(2, "records_per_second", "B2")]
    assert "decimal commas" in response.json()["errors"][0]["detail"]
    (row,) = records(send(client, body, "?decimal=."), delimiter=";")
    assert row["records_per_second"] == "1.234"


def test_blank_rows_and_empty_cells(client: Client) -> None:
    """A blank row is passed over, an empty cell is the default, tabs may separate."""
    body = "\n\nregion\trecords_per_second\trecord_bytes\tconsumers\n\t\t\t\nus-east-1\t1\t1\t\n\n"
    (row,) = records(send(client, body), delimiter="\t")
    assert row["consumers"] == "1.0"


def test_unknown_columns_are_named_or_passed_through(client: Client) -> None:
    """An unknown column is a fault that names it; `keep_extra` passes it through as it came."""
    body = f"{HEADER},Owner,Status,recordbytes\r\na,us-east-1,1000,3000,=Ann,7,x\r\n"
    response = send(client, body)
    assert faults(response) == [
        (1, "Owner", "E1"),
        (1, "Status", "F1"),
        (1, "recordbytes", "G1"),
    ]
    assert "did you mean record_bytes" in response.json()["errors"][2]["detail"]
    (row,) = records(send(client, body, "?keep_extra=true"))
    assert (row["Owner"], row["Status"], row["recordbytes"]) == ("'=Ann", "7", "x")
    for row in records(send(client, body.replace("Status", "SkuId"), "?keep_extra=1&view=charges")):
        assert (row["x_Owner"], row["x_SkuId"]) == ("'=Ann", "7")
        assert row["SkuId"].startswith("kinesis.")


def test_a_column_that_charges_have_themselves_is_not_passed_through(client: Client) -> None:
    """What a column of charges would hide is refused with the cure, in portfolios too."""
    body = f"{HEADER},Status\r\na,us-east-1,1000,3000,7\r\n"
    response = send(client, body, "?keep_extra=1&view=charges")
    assert faults(response) == [(1, "Status", "E1")]
    assert "rename the column" in response.json()["errors"][0]["detail"]
    mixed = f"service,{body}".replace("\na,", "\nkinesis,a,")
    address = f"{PORTFOLIO}?keep_extra=1&view=charges"
    response = client.post(address, content=mixed, headers={"Content-Type": CSV})
    assert faults(response) == [(1, "Status", "F1")]


@pytest.mark.parametrize(
    ("cell", "passed"),
    [
        ("-3.5", -3.5),
        ("-1e-07", -1e-07),
        ("12", 12),
        ("", None),
        ("001", "001"),
        ("1E5", "1E5"),
        ("+49", "+49"),
        ("1234567890123456", "1234567890123456"),
        ("-", "-"),
        ("1,5", "1,5"),
    ],
)
def test_numbers_pass_through_as_numbers(client: Client, cell: str, passed: Any) -> None:
    """A number is one in every format, also where commas are decimal; ids and text stay text."""
    body = f'{HEADER},delta\r\na,us-east-1,1000,3000,"{cell}"\r\n'
    (record,) = send(client, body, "?keep_extra=1&format=json&view=workloads").json()
    assert (record["delta"], type(record["delta"])) == (passed, type(passed))
    if isinstance(passed, int | float):
        bare = cell.replace(".", ",").encode()
        body = f"{HEADER},delta\r\na,us-east-1,1000,3000,{cell}\r\n".replace(",", ";")
        answer = send(client, body.replace(".", ","), "?keep_extra=1")
        assert answer.content.endswith(b";" + bare + b"\r\n")


def test_text_of_a_workbook_passes_through_as_text(client: Client) -> None:
    """A workbook tells text from numbers, and so does what comes back."""
    rows = [[*HEADER.split(","), "text", "delta"], ["a", "us-east-1", 1000, 3000, "-3.5", -3.5]]
    content = workbook(rows)
    answer = client.post(
        f"{POST}?keep_extra=1&format=csv", content=content, headers={"Content-Type": XLSX}
    )
    assert answer.content.endswith(b',"\'-3.5",-3.5\r\n')


@pytest.mark.parametrize(
    "query", ["?format=json", "?format=msgpack", "?layout=columns&format=json"]
)
def test_nested_answers_have_no_place_for_more_columns(client: Client, query: str) -> None:
    """`keep_extra` is refused where the columns would be lost."""
    response = send(client, f"{HEADER},x\r\na,us-east-1,1,1,1\r\n", f"{query}&keep_extra=1")
    assert [fault["parameter"] for fault in response.json()["errors"]] == ["keep_extra"]


@pytest.mark.parametrize(
    ("body", "query"),
    [
        ('region;records_per_second;record_bytes;"a,b,c,d,e"\r\nus-east-1;1;1;\r\n', ""),
        (" \r\n\r\nregion;records_per_second;record_bytes\r\nus-east-1;1;1\r\n", ""),
        ("sep=;\r\nregion;records_per_second;record_bytes\r\nus-east-1;1;1\r\n", ""),
        ("\ufeffSEP=;\r\nregion;records_per_second;record_bytes\r\nus-east-1;1;1\r\n", ""),
        ("region;records_per_second;record_bytes;a,b,c,d\r\nus-east-1;1;1;\r\n", "&sep=;"),
    ],
)
def test_the_separator_is_found(client: Client, body: str, query: str) -> None:
    """Quoted marks and blank rows do not count; Excel's `sep=` line and the parameter rule."""
    response = send(client, body.encode(), f"?keep_extra=1{query}")
    (row,) = records(response, delimiter=";")
    assert row["monthly_cost"].count(",") == 1


def test_a_line_that_names_the_separator_is_no_row(client: Client) -> None:
    """Rows count as Excel shows them, which hides its own first line."""
    body = "sep=|\r\nregion|records_per_second|record_bytes\r\nus-east-1|x|1\r\n"
    assert faults(send(client, body)) == [(2, "records_per_second", "B2")]


@pytest.mark.parametrize(
    ("cell", "query", "said"),
    [
        ('"1,000"', "", "send decimal=,"),
        ("1.000", "?decimal=,", "got '1.000'; if its points are decimal, send decimal=."),
        ('"1,000,5"', "?decimal=,", "got '1,000,5'"),
        ("46023", "", "format the column as yyyy-mm-dd"),
    ],
)
def test_a_cell_in_another_spelling_is_quoted_with_its_cure(
    client: Client, cell: str, query: str, said: str
) -> None:
    """A fault of a sheet shows the cell as it came and proposes no formula."""
    name = "price_date" if cell == "46023" else "retention_hours"
    body = f"{HEADER},{name}\r\na,us-east-1,1,1,{cell}\r\n"
    response = send(client, body, query)
    assert faults(response) == [(2, name, "E2")]
    detail = response.json()["errors"][0]["detail"]
    assert said in detail
    assert "SUBSTITUTE" not in detail


def test_a_header_may_be_announced(client: Client) -> None:
    """RFC 4180's own parameter of text/csv is taken, one that says there is no header is not."""
    for header, status in (("present", 200), ("absent", 415)):
        kind = f"text/csv; charset=UTF-8; header={header}"
        assert send(client, GOOD, **{"Content-Type": kind}).status_code == status


def test_every_fault_is_named_by_row_and_column(client: Client) -> None:
    """Missing, malformed, out of bounds, misspelled and too early; row numbers as in the sheet."""
    body = (
        f"{HEADER},price_date,advantage_rounds_records\r\n"
        ",us-east-1,,3000,,\r\n"
        "\r\n"
        ",us-esat-1,x,-1,46023,maybe\r\n"
        ",us-east-1,1,1,2001-01-01,\r\n"
        ",us-east-1,1,1,,true,9,\r\n"
    )
    response = send(client, body)
    assert faults(response) == [
        (2, "records_per_second", "C2"),
        (4, "region", "B4"),
        (4, "price_date", "E4"),
        (4, "records_per_second", "C4"),
        (4, "record_bytes", "D4"),
        (4, "advantage_rounds_records", "F4"),
        (5, "price_date", "E5"),
        (6, None, "G6"),
    ]
    details = [fault["detail"] for fault in response.json()["errors"]]
    assert details[0].startswith("row 2, column records_per_second (C2): is missing; send a number")
    assert "did you mean us-west-1 or us-east-1?" in details[1]
    assert "format the column as yyyy-mm-dd" in details[2]
    assert "send 2025-11-18 or later" in details[6]


@pytest.mark.parametrize(
    ("body", "column"),
    [
        ("region,records_per_second\r\nus-east-1,1\r\n", "record_bytes"),
        ("region,region\r\nus-east-1,1\r\n", "region"),
        (f"{HEADER}\r\n", None),
        ("", None),
        ("\r\n\r\n", None),
    ],
)
def test_a_sheet_without_a_whole_header_or_rows_is_refused(
    client: Client, body: str, column: str | None
) -> None:
    """A missing or repeated column is a fault of the header; a sheet without rows is one too."""
    found = faults(send(client, body))
    assert column in [fault[1] for fault in found]
    if column == "region":
        assert found[0][2] == "B1"


def test_an_early_day_is_a_fault_of_its_row(client: Client) -> None:
    """A day before the first price is named by row, also where all else is right."""
    body = f"{HEADER},price_date\r\na,us-east-1,1,1,\r\na,us-east-1,1,1,2001-01-01\r\n"
    assert faults(send(client, body)) == [(3, "price_date", "E3")]


def test_a_row_that_ends_early_lacks_its_last_cells(client: Client) -> None:
    """What a short row leaves out is its default, or missing where there is none."""
    assert faults(send(client, f"{HEADER}\r\na,us-east-1,1\r\n")) == [(2, "record_bytes", "D2")]
    short = "region,records_per_second,record_bytes,name\r\nus-east-1,1,1\r\n"
    assert [row["name"] for row in records(send(client, short))] == [""]


def test_faults_after_many_rows_void_what_was_priced(client: Client) -> None:
    """Nothing is sent before the last row was read; past a thousand faults, reading ends."""
    row = "a,us-east-1,1000,3000\r\n"
    rows = row * (2 * sheets.CHUNK)
    bad = send(client, f"{HEADER}\r\n{rows}a,us-east-1,1000,x\r\n")
    assert faults(bad) == [(2 * sheets.CHUNK + 2, "record_bytes", f"D{2 * sheets.CHUNK + 2}")]
    priced = records(send(client, f"{HEADER}\r\n{rows}", "?view=charges"))
    assert [int(one["x_Workload"]) for one in priced[::2]] == list(range(2 * sheets.CHUNK))
    worse = send(client, f"{HEADER}\r\n" + "a,mars,1,1\r\n" * (3 * sheets.CHUNK))
    assert len(faults(worse)) == 1000
    assert worse.json()["detail"].startswith("more than 1,000 violations")


@pytest.mark.parametrize(
    ("body", "kind", "said"),
    [
        (GOOD.encode("utf-16"), CSV, "save it as CSV UTF-8"),
        (f"{HEADER}\r\nÄ,".encode("latin-1"), CSV, "not UTF-8 after row"),
        (f'{HEADER}\r\n"{"x" * 200_000}"'.encode(), CSV, "row 2 is not CSV: field larger"),
        (b"region," + b"x" * 2**20, CSV, "row 1 is not CSV: it has 1,048,576 bytes or more"),
        (f"{HEADER}\r\n".encode() + b'"a\n",' * 2**18, CSV, "row 2 is not CSV: it has 1,048,576"),
        (b"region", XLSX, "not a workbook"),
        (b"", XLSX, "not a workbook"),
    ],
)
def test_what_is_no_sheet_is_a_400(client: Client, body: bytes, kind: str, said: str) -> None:
    """Another encoding, a cell without an end and a file that is no workbook are told apart."""
    response = send(client, body, **{"Content-Type": kind})
    assert (response.status_code, response.json()["type"]) == (400, "/problems/malformed-body")
    assert said in response.json()["detail"]


def test_a_zip_that_is_no_workbook_is_refused(client: Client) -> None:
    """An archive of something else is a 400."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("a.txt", "a" * 1000)
    response = send(client, made.getvalue(), **{"Content-Type": XLSX})
    assert response.status_code == 400, response.text


def test_too_many_rows_go_from_csv_to_csv_only(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What needs all rows at once takes as many as a batch of JSON."""
    monkeypatch.setattr(sheets, "MOST_WORKLOADS", 1)
    refused = send(client, GOOD, "?format=json")
    assert faults(refused) == [(None, None, None)]
    assert len(records(send(client, GOOD))) == 2


@pytest.mark.parametrize(("formula", "value"), [("=1/0", "#DIV/0!"), ("=24*7", "")])
def test_no_default_stands_in_for_a_formula(client: Client, formula: str, value: str) -> None:
    """A formula that failed, or that no spreadsheet has worked out, is a fault of its cell."""
    made = io.BytesIO()
    with Workbook(made) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["region", "records_per_second", "record_bytes", "retention_hours"])
        sheet.write_row(1, 0, ["us-east-1", 1000, 3000])
        sheet.write_formula(1, 3, formula, None, value)
    response = send(client, made.getvalue(), **{"Content-Type": XLSX})
    assert faults(response) == [(2, "retention_hours", "D2")]
    assert (value or formula) in response.text


def test_a_workbook_with_a_cell_far_out_is_refused(client: Client) -> None:
    """One cell in the last corner would make billions of empty ones."""
    made = io.BytesIO()
    with Workbook(made) as book:
        book.add_worksheet().write_number(1048575, 16383, 1)
    assert send(client, made.getvalue(), **{"Content-Type": XLSX}).status_code == 413


def test_sheets_have_a_limit_of_their_own() -> None:
    """A sheet may be larger than another body, and a larger one is told which setting limits it."""
    with TestClient(create_app(Settings(max_body_mb=1, max_upload_mb=2))) as small:
        row = "a,us-east-1,1000,3000\r\n"
        body = f"{HEADER}\r\n" + row * (2**20 // len(row))
        assert len(records(send(small, body))) == 2**20 // len(row)
        refused = send(small, body * 2)
        too_large = small.post(POST, content=body, headers={"Content-Type": "application/json"})
    for response, setting in ((refused, "MAX_UPLOAD_MB"), (too_large, "MAX_BODY_MB")):
        assert response.status_code == 413
        assert response.json()["detail"].endswith(f"have the operator raise {setting}")


def test_a_body_that_breaks_off_is_no_mistake_of_ours(caplog: pytest.LogCaptureFixture) -> None:
    """A client that goes away while it sends is refused, and nothing goes to the log."""
    messages = iter(
        [
            {"type": "http.request", "body": b"name,", "more_body": True},
            {"type": "http.disconnect"},
        ]
    )
    answered: list[Any] = []

    async def receive() -> Any:
        return next(messages)

    async def send(message: Any) -> None:
        answered.append(message)

    scope = {
        "type": "http",
        "http_version": "1.1",
        "scheme": "http",
        "method": "POST",
        "path": POST,
        "raw_path": POST.encode(),
        "query_string": b"",
        "headers": [(b"content-type", CSV.encode()), (b"host", b"testserver")],
    }
    asyncio.run(create_app()(scope, receive, send))
    assert answered[0]["status"] == 400
    assert not caplog.records


def test_a_large_answer_is_sent_from_a_file(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What outgrows memory is the same answer."""
    made: list[Any] = []

    def spool(*_: Any, **__: Any) -> Any:
        made.append(file())
        return made[-1]

    expected, file = send(client, GOOD).content, tempfile.TemporaryFile
    monkeypatch.setattr(spools, "SPOOLED", 1)
    monkeypatch.setattr(tempfile, "TemporaryFile", spool)
    assert send(client, GOOD).content == expected
    assert len(made) == 2
    assert all(file.closed for file in made)


def test_parameters_for_sheets_mean_nothing_elsewhere(client: Client) -> None:
    """Passing columns through, and a free tier in the address, are refused beside JSON."""
    for address, name in (
        (POST, "keep_extra"),
        (PORTFOLIO, "keep_extra"),
        (PORTFOLIO, "free_tier"),
    ):
        response = client.post(f"{address}?{name}=true", json={"workloads": []})
        assert [fault["parameter"] for fault in response.json()["errors"]] == [name]


MIXED = (
    "service,name,region,storage_gb,records_per_second,record_bytes\r\n"
    "s3,lake,us-east-1,26112,,\r\n"
    "kinesis,clicks,us-east-1,,1000,3000\r\n"
    "s3,lake,us-east-1,26112,,\r\n"
)


def test_a_portfolio_may_be_one_sheet(client: Client) -> None:
    """Mixed rows share their bill and come back in order, with the columns of all services."""
    response = client.post(PORTFOLIO, content=MIXED, headers={"Content-Type": CSV})
    priced = records(response)
    assert [(row["service"], float(row["monthly_cost"])) for row in priced] == [
        ("s3", 600.064),
        ("kinesis", 69.642),
        ("s3", 600.064),
    ]
    assert (priced[0]["records_per_second"], priced[1]["records_per_second"]) == ("", "1000.0")
    json = client.post(f"{PORTFOLIO}?format=json", content=MIXED, headers={"Content-Type": CSV})
    assert json.json()["monthly_cost"] == 1269.77


def test_a_mixed_sheet_may_ask_for_the_free_tier(client: Client) -> None:
    """25 GB of DynamoDB are free for the account, shared by two tables of 20."""
    row = "dynamodb,us-east-1,20,1\r\n"
    body = f"service,region,storage_gb,item_bytes\r\n{row}{row}"
    for query, cost in (("", 5.0), ("?free_tier=1", 1.875)):
        response = client.post(PORTFOLIO + query, content=body, headers={"Content-Type": CSV})
        assert [float(one["monthly_cost"]) for one in records(response)] == [cost] * 2


def test_a_mixed_sheet_names_what_a_row_must_not_say(client: Client) -> None:
    """A word that is no service, and a cell of another service's field, are faults of their row."""
    body = MIXED + "s4,,us-east-1,1,,\r\nkinesis,,us-east-1,5,1,1\r\n,,us-east-1,,,\r\n"
    response = client.post(PORTFOLIO, content=body, headers={"Content-Type": CSV})
    assert faults(response) == [
        (5, "service", "A5"),
        (6, "storage_gb", "D6"),
        (7, "service", "A7"),
    ]
    lacking = "service,region,storage_gb\r\nkinesis,us-east-1,\r\n"
    response = client.post(PORTFOLIO, content=lacking, headers={"Content-Type": CSV})
    assert faults(response) == [(2, "records_per_second", None), (2, "record_bytes", None)]
    headless = client.post(PORTFOLIO, content=GOOD, headers={"Content-Type": CSV})
    assert faults(headless) == [(1, "service", None)]


@pytest.mark.parametrize("key", registry())
def test_an_answer_can_be_sent_again(client: Client, key: str) -> None:
    """A priced sheet is priced anew, whether its costs are still there or not, edited or not."""
    service = registry()[key]
    body = {"workloads": [service.example]}
    once = client.post(
        f"/v1/{key}/estimates.csv",
        content=msgspec.json.encode(body),
        headers={"Content-Type": "application/json"},
    )
    (row,) = records(once)
    own = {name: row[name] for name in service.workload.__struct_fields__}
    wrong = {name: cell if name in own else "7.25" for name, cell in row.items()}
    for sheet, query in ((row, ""), (row, "?keep_extra=1"), (own, ""), (wrong, "")):
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, sheet)
        writer.writeheader()
        writer.writerow(sheet)
        address = f"/v1/{key}/estimates{query}"
        again = client.post(address, content=text.getvalue(), headers={"Content-Type": CSV})
        assert again.content == once.content
