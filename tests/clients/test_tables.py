"""Clients that read tables by address: pandas, polars and shillelagh, the driver of Superset."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas
import polars
import pytest
import requests
from shillelagh.backends.apsw.db import connect

from tests.clients import questions
from tests.clients.questions import GROWING, TABLES, WORKLOADS

Rows = tuple[list[str], list[list[Any]]]


def of_pandas(frame: pandas.DataFrame) -> Rows:
    """Return the header and the rows of a frame of pandas."""
    listed = frame.astype(object).where(frame.notna(), None)
    return list(map(str, frame.columns)), listed.to_numpy().tolist()


def of_polars(frame: polars.DataFrame) -> Rows:
    """Return the header and the rows of a frame of polars."""
    return frame.columns, list(map(list, frame.rows()))


READERS: dict[str, tuple[str, Callable[[str], Rows]]] = {
    "pandas.read_csv": (".csv", lambda address: of_pandas(pandas.read_csv(address))),
    "pandas.read_excel": (".xlsx", lambda address: of_pandas(pandas.read_excel(address))),
    "pandas.read_json": (
        ".json",
        lambda address: of_pandas(pandas.read_json(address, dtype=False, precise_float=True)),
    ),
    "polars.read_csv": (".csv", lambda address: of_polars(polars.read_csv(address))),
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("table", TABLES, ids=questions.name)
def test_a_table_reads_by_its_address(
    base: str, api: requests.Session, reader: str, table: tuple[str, str, str, str]
) -> None:
    """Every table, read by nothing but its address, holds what the JSON answer says."""
    suffix, read = READERS[reader]
    header, rows = read(questions.asked(base, table, suffix))
    true = questions.records(api, base, table)
    assert questions.differences(header, rows, true) == []


@pytest.mark.parametrize("suffix", [".csv", ".json"])
def test_superset_queries_a_projection(
    base: str,
    api: requests.Session,
    suffix: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """SQL over an address sums the charges of each month, as the months of the answer have it."""
    monkeypatch.chdir(tmp_path)  # where the driver keeps answers
    table = ("s3", "projection", "charges", GROWING)
    address = questions.asked(base, table, suffix) + ("#$[*]" if suffix == ".json" else "")
    asked = f'SELECT time, SUM(list_cost) FROM "{address}" GROUP BY time ORDER BY time'
    months = questions.records(api, base, ("s3", "projection", "months", GROWING))
    fresh = {"genericjsonapi": {"cache_expiration": 0}}
    rows = connect(":memory:", adapter_kwargs=fresh).cursor().execute(asked).fetchall()
    assert [sum(row[1:]) for row in rows] == pytest.approx([one["monthly_cost"] for one in months])


@pytest.mark.parametrize("service", WORKLOADS)
def test_superset_reads_numbers_and_text(base: str, api: requests.Session, service: str) -> None:
    """SQL selects by the column names of FOCUS; unit prices are numbers, and a text is text."""
    table = (service, "estimate", "charges", WORKLOADS[service])
    asked = f'SELECT SkuId, ListUnitPrice, ListCost FROM "{questions.asked(base, table, ".csv")}"'
    rows = connect(":memory:").cursor().execute(asked).fetchall()
    true = questions.records(api, base, table)
    names = ("SkuId", "ListUnitPrice", "ListCost")
    assert rows == [tuple(record[name] for name in names) for record in true]


def test_a_range_is_answered(base: str, api: requests.Session) -> None:
    """A part of a CSV comes as 206, with the bytes of the whole; polars asks for such."""
    address = questions.asked(base, TABLES[0], ".csv")
    whole = api.get(address).content
    part = api.get(address, headers={"Range": "bytes=10-19", "Accept-Encoding": "identity"})
    assert (part.status_code, part.content) == (206, whole[10:20])
    assert part.headers["Content-Range"] == f"bytes 10-19/{len(whole)}"


def test_pandas_knows_the_types(base: str) -> None:
    """Costs are numbers, completeness is boolean, and a time parses."""
    frame = pandas.read_csv(
        questions.asked(base, ("s3", "projection", "months", GROWING), ".csv"),
        parse_dates=["time"],
    )
    assert str(frame["time"].dtype).endswith("UTC]")
    assert frame["monthly_cost"].dtype == float
    assert frame["complete"].dtype == bool
    assert math.isclose(frame["monthly_cost"].sum(), frame["cumulative_cost"].iloc[-1])
