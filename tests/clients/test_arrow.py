"""Clients that send and read record batches: pyarrow, polars and DuckDB."""

import io
import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import polars
import pyarrow
import pytest
import requests
from pyarrow import ipc

from tests.server import ROOT

ARROW = {"Content-Type": "application/vnd.apache.arrow.stream"}
TABLES = [
    {"name": "orders", "region": "us-east-1", "item_bytes": 3072, "reads_per_second": 1000.5},
    {"name": "carts", "region": "eu-central-1", "item_bytes": 1024, "reads_per_second": 20.0},
    {"name": "users", "region": "us-east-1", "item_bytes": 500, "price_date": "2025-11-18"},
]
BILL = [
    {"service": "s3", "region": "us-east-1", "storage_gb": 26112.0},
    {"service": "kinesis", "region": "eu-west-1", "records_per_second": 9, "record_bytes": 3000},
]
OVER = "start=2026-01&months=3&growth=storage_gb:rate:0.1"
PAGE = ROOT / "docs" / "scale.md"


def as_stream(reader: Any) -> bytes:
    """Write the batches of a reader as a stream."""
    made = io.BytesIO()
    with ipc.new_stream(made, reader.schema) as writer:
        for batch in reader:
            writer.write_batch(batch)
    return made.getvalue()


def of_pyarrow(rows: list[dict[str, Any]], _: Path) -> bytes:
    """Write rows as pyarrow does."""
    names = dict.fromkeys(name for row in rows for name in row)
    table = pyarrow.table({name: [row.get(name) for row in rows] for name in names})
    return as_stream(table.to_reader())


def of_polars(rows: list[dict[str, Any]], _: Path) -> bytes:
    """Write rows as polars does, the Regions as categories."""
    made = io.BytesIO()
    frame = polars.DataFrame(rows, infer_schema_length=None)
    frame.with_columns(polars.col("region").cast(polars.Categorical)).write_ipc_stream(made)
    return made.getvalue()


def of_duckdb(rows: list[dict[str, Any]], folder: Path) -> bytes:
    """Write rows as DuckDB types them, numbers as decimals."""
    file = folder / "rows.json"
    file.write_text(json.dumps(rows))
    told = duckdb.connect().sql(f"SELECT * FROM read_json('{file}')")
    numbers = [
        f"{name}::DECIMAL(18, 3) AS {name}"
        for name, kind in zip(told.columns, told.types, strict=True)
        if kind in ("DOUBLE", "BIGINT")
    ]
    return as_stream(told.select(f"* REPLACE ({', '.join(numbers)})").to_arrow_reader())


def by_duckdb(body: bytes) -> list[dict[str, Any]]:
    """Read a stream by SQL."""
    told = ipc.open_stream(body).read_all()  # noqa: F841 it is named in the query
    return list(duckdb.sql("SELECT * FROM told").to_arrow_table().to_pylist())


Write = Callable[[list[dict[str, Any]], Path], bytes]
Read = Callable[[bytes], list[dict[str, Any]]]
CLIENTS: dict[str, tuple[Write, Read]] = {
    "pyarrow": (of_pyarrow, lambda body: ipc.open_stream(body).read_all().to_pylist()),
    "polars": (of_polars, lambda body: polars.read_ipc_stream(io.BytesIO(body)).to_dicts()),
    "duckdb": (of_duckdb, by_duckdb),
}
EVERY = pytest.mark.parametrize("client", CLIENTS)


def plain(cell: Any) -> Any:
    """Return a cell as JSON has it."""
    if isinstance(cell, datetime):
        return f"{cell.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return cell.isoformat() if isinstance(cell, date) else cell


@EVERY
@pytest.mark.parametrize(
    ("address", "rows"),
    [
        *((f"dynamodb/estimates?view={view}", TABLES) for view in ("workloads", "charges")),
        *((f"portfolios/estimate?view={view}", BILL) for view in ("workloads", "totals")),
        (f"s3/projection?{OVER}", [{"region": "us-east-1", "storage_gb": 9.5}]),
        *((f"portfolios/projection?{OVER}&view={view}", BILL) for view in ("months", "charges")),
    ],
)
def test_a_client_sends_and_reads_batches(
    base: str,
    api: requests.Session,
    tmp_path: Path,
    client: str,
    address: str,
    rows: list[dict[str, Any]],
) -> None:
    """A batch, a portfolio and a projection are what JSON says of the same rows as a CSV."""
    write, read = CLIENTS[client]
    answer = api.post(f"{base}/v1/{address}", data=write(rows, tmp_path), headers=ARROW)
    assert answer.status_code == 200, answer.text
    told = [{name: plain(cell) for name, cell in row.items()} for row in read(answer.content)]
    names = dict.fromkeys(name for row in rows for name in row)
    lines = [",".join(str(row.get(name, "")) for name in names) for row in rows]
    true = api.post(
        f"{base}/v1/{address}&format=json",
        data="\n".join([",".join(names), *lines]),
        headers={"Content-Type": "text/csv"},
    ).json()
    assert told == true


@EVERY
def test_a_client_is_told_which_rows_are_wrong(
    base: str, api: requests.Session, tmp_path: Path, client: str
) -> None:
    """A problem names the rows as the client counts them, from 0, and nothing is priced."""
    write, _ = CLIENTS[client]
    body = write([TABLES[0], TABLES[1] | {"region": "mars"}], tmp_path)
    for answer in (
        api.post(f"{base}/v1/dynamodb/estimates", data=body, headers=ARROW),
        api.post(
            f"{base}/v1/dynamodb/estimates",
            data=write([TABLES[1] | {"region": "mars", "item_bytes": -1}] * 2, tmp_path),
            headers=ARROW,
        ),
    ):
        assert answer.status_code == 422, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
    places = [(fault["row"], fault["column"]) for fault in answer.json()["errors"]]
    assert places == [(row, name) for row in (0, 1) for name in ("region", "item_bytes")]


@EVERY
def test_a_cut_stream_is_refused(
    base: str, api: requests.Session, tmp_path: Path, client: str
) -> None:
    """What a client writes has an end, without which it is not priced."""
    write, _ = CLIENTS[client]
    body = write(TABLES, tmp_path)[:-8]
    answer = api.post(f"{base}/v1/dynamodb/estimates", data=body, headers=ARROW)
    assert (answer.status_code, "may be cut" in answer.text) == (400, True)


def test_the_programs_of_the_docs_run(
    base: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each program that asks the service prints what the page says it prints."""
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(
        r"^```python\n(.*?)^```\n\n```text\n(.*?)^```", PAGE.read_text("utf-8"), re.DOTALL | re.M
    )
    assert len(blocks) == 2
    for program, shown in blocks:
        exec(program.replace("http://127.0.0.1:8000", base), {})
        assert capsys.readouterr().out.strip() == shown.strip()
