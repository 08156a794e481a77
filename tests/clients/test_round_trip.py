"""Five hundred workloads as a sheet: posted, and back priced in the same order."""

import csv
import io
from typing import Any

import openpyxl
import pandas
import pytest
import requests

from tests.clients import programs, questions
from tests.clients.programs import Office
from tests.clients.questions import WORKLOADS

COUNT = 500
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV_OPTIONS = "44,34,76,1,,1033,false,true"
"""How LibreOffice saves a CSV: commas, quotes, UTF-8, numbers as they are shown in en-US."""
DIALECTS = {
    "international": (",", ".", ""),
    "german excel": (";", ",", "\ufeff"),
    "tab": ("\t", ".", ""),
}
"""What separates cells, the decimal mark, and the byte order mark."""
KINESIS = [
    {
        "name": f"{place:03}",
        "region": ("us-east-1", "eu-west-1", "ap-southeast-2")[place % 3],
        "records_per_second": 10 + 7.25 * (place * 37 % 101),
        "record_bytes": 200 + 13 * (place % 90),
        "retention_hours": None if place % 4 else 168,
    }
    for place in range(COUNT)
]
RDS = [
    {
        "name": f'Datenbank ä {place}; "x", y',
        "region": ("us-east-1", "eu-central-1")[place % 2],
        "instance_class": ("db.r6g.large", "db.r6g.xlarge", "db.m6g.large")[place % 3],
        "deployment": (None, "multi-az")[place % 2],
        "storage_gb": 100 + place,
    }
    for place in range(COUNT)
]
MIXED = [
    {
        "service": "kinesis" if place % 2 else "s3",
        "name": f"{place:03}",
        "group": ("lake", "shop", None)[place % 3],
        "region": "us-east-1",
        "records_per_second": 100 + place if place % 2 else None,
        "record_bytes": 1000 if place % 2 else None,
        "storage_gb": None if place % 2 else 200.5 * place,
    }
    for place in range(COUNT)
]
SHEETS: dict[str, list[dict[str, Any]]] = {
    "/v1/kinesis/estimates": KINESIS,
    "/v1/rds/estimates": RDS,
    "/v1/portfolios/estimate": MIXED,
}


def priced(
    api: requests.Session, base: str, route: str, sent: list[dict[str, Any]] | None = None
) -> list[dict[str, Any]]:
    """Price the rows of a sheet as JSON, which the sheets must agree with."""
    rows = [
        {name: cell for name, cell in row.items() if cell is not None}
        for row in sent or SHEETS[route]
    ]
    said = api.post(f"{base}{route}?view=workloads", json={"workloads": rows})
    assert said.status_code == 200, said.text
    return list(said.json())


def posted(
    api: requests.Session, address: str, sheet: bytes, kind: str, answered: str = ""
) -> bytes:
    """Post a sheet, and give the one that comes back, in the same format if no other is said."""
    said = api.post(address, data=sheet, headers={"Content-Type": kind})
    assert said.status_code == 200, said.text
    assert said.headers["Content-Type"].startswith(answered or kind)
    return said.content


def as_csv(rows: list[dict[str, Any]], separator: str, decimal: str, mark: str) -> bytes:
    """Write rows as a spreadsheet saves them."""
    written = io.StringIO(newline="")
    writer = csv.writer(written, delimiter=separator)
    writer.writerow(rows[0])
    for row in rows:
        cells = (
            str(cell).replace(".", decimal) if isinstance(cell, float) else cell
            for cell in row.values()
        )
        writer.writerow(["" if cell is None else cell for cell in cells])
    return (mark + written.getvalue()).encode()


def as_xlsx(rows: list[dict[str, Any]]) -> bytes:
    """Write rows as a workbook."""
    book = openpyxl.Workbook()
    book.active.append(list(rows[0]))
    for row in rows:
        book.active.append(list(row.values()))
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def of_csv(body: bytes, separator: str, decimal: str) -> tuple[list[str], list[list[Any]]]:
    """Read a CSV as pandas does, an id such as 007 as the text that it is."""
    frame = pandas.read_csv(
        io.BytesIO(body),
        sep=separator,
        decimal=decimal,
        dtype={"name": str},
        encoding="utf-8-sig",
        low_memory=False,
    )
    listed = frame.astype(object).where(frame.notna(), None)
    return list(frame.columns), listed.to_numpy().tolist()


def of_xlsx(body: bytes) -> tuple[list[Any], list[list[Any]]]:
    """Read the first sheet of a workbook."""
    book = openpyxl.load_workbook(io.BytesIO(body))
    header, *rows = book.worksheets[0].iter_rows(values_only=True)
    return list(header), list(map(list, rows))


@pytest.mark.parametrize("route", SHEETS)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_csv_comes_back_priced(
    base: str, api: requests.Session, route: str, dialect: str
) -> None:
    """A CSV of 500 workloads comes back as it was spelled, priced as the JSON batch is."""
    separator, decimal, mark = DIALECTS[dialect]
    sheet = as_csv(SHEETS[route], separator, decimal, mark)
    body = posted(api, f"{base}{route}", sheet, "text/csv")
    assert body.startswith(mark.encode())
    header, rows = of_csv(body, separator, decimal)
    assert questions.differences(header, rows, priced(api, base, route)) == []


@pytest.mark.parametrize("route", SHEETS)
def test_a_workbook_comes_back_priced(base: str, api: requests.Session, route: str) -> None:
    """An XLSX of 500 workloads comes back as XLSX, priced as the JSON batch is."""
    header, rows = of_xlsx(posted(api, f"{base}{route}", as_xlsx(SHEETS[route]), XLSX))
    assert questions.differences(header, rows, priced(api, base, route)) == []


@pytest.mark.parametrize("route", SHEETS)
@pytest.mark.parametrize("kind", [programs.CSV, programs.XLSX])
def test_what_calc_saves_comes_back_priced(
    office: Office, base: str, api: requests.Session, route: str, kind: str
) -> None:
    """500 workloads that LibreOffice saved in German, as CSV or XLSX, are priced as JSON is."""
    path = office.folder / "sheet.xlsx"
    path.write_bytes(as_xlsx(SHEETS[route]))
    options = "59,34,76,1,,1031,false,true" if kind == programs.CSV else ""
    sheet = office.saved(path, kind, "de-DE", options)
    if kind == programs.CSV:
        header, rows = of_csv(posted(api, f"{base}{route}", sheet, "text/csv"), ";", ",")
    else:
        header, rows = of_xlsx(posted(api, f"{base}{route}", sheet, XLSX))
    assert questions.differences(header, rows, priced(api, base, route)) == []


@pytest.mark.parametrize("service", WORKLOADS)
def test_a_template_can_be_sent_as_it_comes(
    office: Office, base: str, api: requests.Session, service: str
) -> None:
    """The example row of a template is priced: as CSV, as XLSX, and as Calc saves the XLSX anew."""
    address = f"{base}/v1/{service}/estimates"
    template = f"{base}/v1/{service}/template"
    book = office.folder / "template.xlsx"
    book.write_bytes(api.get(f"{template}.xlsx").content)
    csv_body = posted(api, address, api.get(f"{template}.csv").content, "text/csv")
    sheets = [
        of_csv(csv_body, ",", "."),
        of_xlsx(posted(api, address, book.read_bytes(), XLSX)),
        of_xlsx(posted(api, address, office.saved(book, programs.XLSX, "de-DE"), XLSX)),
    ]
    costs = [[row[header.index("monthly_cost")] for row in rows] for header, rows in sheets]
    assert costs[0] == costs[1] == costs[2]
    assert len(costs[0]) == 1
    assert costs[0][0] > 0


TEMPLATES = {
    "/v1/kinesis/estimates": ("/v1/kinesis/template.xlsx", "records_per_second"),
    "/v1/rds/estimates": ("/v1/rds/template.xlsx", "storage_gb"),
    "/v1/portfolios/estimate": (
        "/v1/portfolios/template.xlsx?services=kinesis,s3",
        "records_per_second",
    ),
}
"""The template of each route, and the column that a planner edits once it is priced."""


@pytest.mark.parametrize("route", TEMPLATES)
@pytest.mark.parametrize("kind", [programs.XLSX, programs.CSV])
def test_five_hundred_rows_go_round(
    office: Office, base: str, api: requests.Session, route: str, kind: str
) -> None:
    """A template filled in with LibreOffice is priced; edited there and sent again, it is anew."""
    template, edited = TEMPLATES[route]
    media_type, options = (XLSX, "") if kind == programs.XLSX else ("text/csv", CSV_OPTIONS)
    first = SHEETS[route]
    columns = {name: [row[name] for row in first] for name in first[0]}
    book = api.get(f"{base}{template}").content
    sheet = office.filled(book, kind, options, columns, anew=True)
    once = posted(api, f"{base}{route}?format=xlsx", sheet, media_type, XLSX)
    assert questions.differences(*of_xlsx(once), priced(api, base, route, first)) == []
    second = [
        row | {edited: row[edited] and 2 * row[edited], "name": f"{row['name']}, edited"}
        for row in first
    ]
    columns = {name: [row[name] for row in second] for name in (edited, "name")}
    sheet = office.filled(once, kind, options, columns, anew=False)
    again = posted(api, f"{base}{route}?format=xlsx", sheet, media_type, XLSX)
    assert questions.differences(*of_xlsx(again), priced(api, base, route, second)) == []


def test_a_refused_sheet_says_where(base: str, api: requests.Session) -> None:
    """A wrong cell is named as the sheet shows it, by its row and its column."""
    rows = [dict(row) for row in KINESIS]
    rows[6]["records_per_second"] = "many"
    for sheet, kind in ((as_csv(rows, ",", ".", ""), "text/csv"), (as_xlsx(rows), XLSX)):
        said = api.post(f"{base}/v1/kinesis/estimates", data=sheet, headers={"Content-Type": kind})
        assert said.status_code == 422
        assert "C8" in said.text
        assert "records_per_second" in said.text


@pytest.mark.parametrize(("formula", "kept"), [("=1/0", True), ("=24*7", False)])
def test_no_default_stands_in_for_a_formula(
    office: Office, base: str, api: requests.Session, formula: str, *, kept: bool
) -> None:
    """A cell whose formula failed, or whose value no spreadsheet worked out, is refused by name."""
    rows = [KINESIS[0] | {"retention_hours": formula}]
    sheet = as_xlsx(rows)
    if kept:
        path = office.folder / "formula.xlsx"
        path.write_bytes(sheet)
        sheet = office.saved(path, programs.XLSX, "en-US")
    said = api.post(f"{base}/v1/kinesis/estimates", data=sheet, headers={"Content-Type": XLSX})
    assert said.status_code == 422
    assert "E2" in said.text


def test_the_value_of_a_formula_counts(office: Office, base: str, api: requests.Session) -> None:
    """A formula that a spreadsheet has worked out is read as its value."""
    path = office.folder / "formula.xlsx"
    path.write_bytes(as_xlsx([KINESIS[0] | {"retention_hours": "=24*7"}]))
    sheet = office.saved(path, programs.XLSX, "en-US")
    header, (row,) = of_xlsx(posted(api, f"{base}/v1/kinesis/estimates", sheet, XLSX))
    assert row[header.index("retention_hours")] == 168
