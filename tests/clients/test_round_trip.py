"""Five hundred workloads as a sheet: posted, and back priced in the same order."""

import csv
import io
from typing import Any

import openpyxl
import pandas
import pytest
import requests

from tests.clients import questions

COUNT = 500
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ROWS: dict[str, list[dict[str, Any]]] = {
    "kinesis": [
        {
            "name": f"{place:03}",
            "region": ("us-east-1", "eu-west-1", "ap-southeast-2")[place % 3],
            "records_per_second": 10 + 7.25 * (place * 37 % 101),
            "record_bytes": 200 + 13 * (place % 90),
            "retention_hours": None if place % 4 else 168,
        }
        for place in range(COUNT)
    ],
    "rds": [
        {
            "name": f'Datenbank ä {place}; "x", y',
            "region": ("us-east-1", "eu-central-1")[place % 2],
            "instance_class": ("db.r6g.large", "db.r6g.xlarge", "db.m6g.large")[place % 3],
            "deployment": (None, "multi-az")[place % 2],
            "storage_gb": 100 + place,
        }
        for place in range(COUNT)
    ],
}


def batch(api: requests.Session, base: str, service: str) -> list[dict[str, Any]]:
    """Price the rows as JSON, which the sheets must agree with."""
    rows = [{name: cell for name, cell in row.items() if cell is not None} for row in ROWS[service]]
    said = api.post(f"{base}/v1/{service}/estimates?view=workloads", json={"workloads": rows})
    assert said.status_code == 200, said.text
    return list(said.json())


def as_csv(service: str, separator: str, decimal: str, mark: str) -> bytes:
    """Write the rows as a spreadsheet saves them."""
    written = io.StringIO(newline="")
    writer = csv.writer(written, delimiter=separator)
    writer.writerow(ROWS[service][0])
    for row in ROWS[service]:
        cells = (
            str(cell).replace(".", decimal) if isinstance(cell, float) else cell
            for cell in row.values()
        )
        writer.writerow(["" if cell is None else cell for cell in cells])
    return (mark + written.getvalue()).encode()


def as_xlsx(service: str) -> bytes:
    """Write the rows as a workbook."""
    book = openpyxl.Workbook()
    book.active.append(list(ROWS[service][0]))
    for row in ROWS[service]:
        book.active.append(list(row.values()))
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def of_csv(body: bytes, separator: str, decimal: str) -> tuple[list[str], list[list[Any]]]:
    """Read a CSV as pandas does, an id such as 007 as the text that it is."""
    frame = pandas.read_csv(
        io.BytesIO(body), sep=separator, decimal=decimal, dtype={"name": str}, encoding="utf-8-sig"
    )
    listed = frame.astype(object).where(frame.notna(), None)
    return list(frame.columns), listed.to_numpy().tolist()


def of_xlsx(body: bytes) -> tuple[list[Any], list[list[Any]]]:
    """Read the first sheet of a workbook."""
    header, *rows = (
        openpyxl.load_workbook(io.BytesIO(body)).worksheets[0].iter_rows(values_only=True)
    )
    return list(header), list(map(list, rows))


@pytest.mark.parametrize("service", ROWS)
@pytest.mark.parametrize(
    ("separator", "decimal", "mark"), [(",", ".", ""), (";", ",", "\ufeff"), ("\t", ".", "")]
)
def test_a_csv_comes_back_priced(
    base: str, api: requests.Session, service: str, separator: str, decimal: str, mark: str
) -> None:
    """A CSV of 500 workloads comes back as it was spelled, priced as the JSON batch is.

    So does one that Excel saves in German: a byte order mark, semicolons and decimal commas.
    """
    said = api.post(
        f"{base}/v1/{service}/estimates",
        data=as_csv(service, separator, decimal, mark),
        headers={"Content-Type": "text/csv"},
    )
    assert said.status_code == 200, said.text
    assert said.content.startswith(mark.encode())
    header, rows = of_csv(said.content, separator, decimal)
    assert questions.differences(header, rows, batch(api, base, service)) == []


@pytest.mark.parametrize("service", ROWS)
def test_a_workbook_comes_back_priced(base: str, api: requests.Session, service: str) -> None:
    """An XLSX of 500 workloads comes back as XLSX, priced as the JSON batch is."""
    said = api.post(
        f"{base}/v1/{service}/estimates",
        data=as_xlsx(service),
        headers={"Content-Type": XLSX},
    )
    assert said.status_code == 200, said.text
    assert said.headers["Content-Type"].startswith(XLSX)
    header, rows = of_xlsx(said.content)
    assert questions.differences(header, rows, batch(api, base, service)) == []
