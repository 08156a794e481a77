"""Arrow streams over HTTP: they say what a CSV says, with types, and hostile ones are refused."""

import csv
import io
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st
from litestar.testing import TestClient
from pyarrow import ipc

from pricing.model import Service, kinds, registry
from service.answers import flat, projections
from service.app import create_app
from service.formats import arrow, media, spools, writers
from service.formats.media import ARROW, Dialect
from service.formats.table import Table
from service.requests import sheets
from service.settings import Settings
from tests import strategies
from tests.api.test_bought import BOUGHT
from tests.test_arrow import faulty, typed

Client = TestClient[Any]
ROOT = Path(__file__).parents[2]
EVERY = pytest.mark.parametrize("service", registry().values(), ids=registry())
POST = "/v1/kinesis/estimates"
PORTFOLIO = "/v1/portfolios/estimate"
OVER = "start=2026-04&months=3"
ROWS: dict[str, list[Any]] = {
    "name": ["a", "b", "c"],
    "region": ["us-east-1", "eu-west-1", "us-east-1"],
    "records_per_second": [1000, 200, 7],
    "record_bytes": [3000, 500, 1],
}
VIEWS = ("workloads", "charges", "totals")
PLAINLY = {"Accept-Encoding": "identity"}


def stream(batch: Any, **options: Any) -> bytes:
    """Return a batch as a stream."""
    made = io.BytesIO()
    with ipc.new_stream(made, batch.schema, options=ipc.IpcWriteOptions(**options)) as writer:
        writer.write_batch(batch)
    return made.getvalue()


STREAMS = pa.record_batch(ROWS)
GOOD = stream(STREAMS)


def posted(client: Client, address: str, body: bytes, kind: str = ARROW, **headers: str) -> Any:
    """Send a body of some media type."""
    return client.post(address, content=body, headers={"Content-Type": kind, **headers})


def read(response: Any) -> Any:
    """Read the stream of an answer."""
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == ARROW
    assert response.content.endswith(arrow.END)
    with ipc.open_stream(response.content) as reader:
        table = reader.read_all()
    table.validate(full=True)
    return table


def as_csv(table: Any) -> bytes:
    """Write a table of Arrow as the service writes its own."""
    cells = {name: table[name].to_pylist() for name in table.schema.names}
    return b"".join(writers.csv([Table("", cells)], Dialect()))


def refused(response: Any, status: int) -> list[dict[str, Any]]:
    """Return the violations of a problem."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    return list(response.json().get("errors", []))


def in_words(rows: list[dict[str, Any]]) -> bytes:
    """Write rows of some fields as a CSV."""
    text = io.StringIO(newline="")
    sheet = csv.DictWriter(text, list(dict.fromkeys(name for row in rows for name in row)))
    sheet.writeheader()
    sheet.writerows(rows)
    return text.getvalue().encode()


# ---- what it says


@EVERY
@pytest.mark.parametrize(
    "address",
    [
        *(f"estimates?view={view}" for view in VIEWS),
        *(f"projection?{OVER}&view={view}" for view in projections.RECORDS),
    ],
)
def test_every_service_says_what_a_csv_says(client: Client, service: Service, address: str) -> None:
    """The CSV of what Arrow answers to Arrow is, byte for byte, what CSV is answered to CSV."""
    example = typed(service, [service.example])
    path = f"/v1/{service.key}/{address}"
    told = posted(client, path, as_csv(example), "text/csv")
    assert told.headers["content-type"].startswith("text/csv")
    assert as_csv(read(posted(client, path, stream(example)))) == told.content
    over = address.replace("?", ".arrow?")
    assert as_csv(
        read(posted(client, f"/v1/{service.key}/{over}", as_csv(example), "text/csv"))
    ) == (told.content)


@pytest.mark.parametrize(
    "address",
    [
        *(f"estimate?view={view}" for view in (*VIEWS, "commitments")),
        *(f"projection?{OVER}&free_tier=1&view={view}" for view in projections.RECORDS),
    ],
)
def test_a_portfolio_says_what_a_csv_says(client: Client, address: str) -> None:
    """One bill of the examples of all services is the same bill in both formats."""
    table = pa.concat_tables(
        [
            pa.table([pa.array([key]), *typed(one, [one.example])], ["service", *names(one)])
            for key, one in registry().items()
        ],
        promote_options="default",
    ).combine_chunks()
    (batch,) = table.to_batches()
    path = f"/v1/portfolios/{address}"
    told = posted(client, path, as_csv(table), "text/csv")
    assert as_csv(read(posted(client, path, stream(batch)))) == told.content


def test_own_prices_and_commitments_are_told_alike(client: Client, tmp_path: Path) -> None:
    """The columns that there are with an overlay, or with commitments, have their types too."""
    terms = 'name = "a"\nversion = "1"\ncurrency = "EUR"\nrate = 0.8\n'
    (tmp_path / "overlay.toml").write_text(terms)
    (tmp_path / "discounts.csv").write_text("service,meter,effective_from,percent\n*,,,10\n")
    body = msgspec.json.encode(BOUGHT)
    with TestClient(create_app(Settings(storecast_price_overlay=str(tmp_path)))) as overlaid:
        for own in (client, overlaid):
            for view in (*VIEWS, "commitments"):
                told, found = (
                    posted(own, f"{PORTFOLIO}.{word}?view={view}", body, "application/json")
                    for word in ("csv", "arrow")
                )
                table = read(found)
                assert as_csv(table) == told.content
                costs = [name for name in table.schema.names if name.lower().endswith("cost")]
                assert {table.schema.field(name).type for name in costs} == {pa.float64()}


def names(service: Service) -> list[str]:
    """Return the names of the fields of a service."""
    return list(kinds(service.workload))


@EVERY
@settings(max_examples=3)
@given(data=st.data())
def test_columns_are_read_and_written_as_they_are(
    client: Client, service: Service, data: st.DataObject
) -> None:
    """Typed columns give what the same workloads give in JSON, in columns or as a CSV."""
    drawn = data.draw(strategies.batches(service))
    trimmed = [{name: getattr(one, name).strip() for name in ("name", "group")} for one in drawn]
    rows = [msgspec.structs.replace(one, **own) for one, own in zip(drawn, trimmed, strict=True)]
    path = f"/v1/{service.key}/estimates"
    listed = msgspec.to_builtins(rows)
    body = msgspec.json.encode({"workloads": listed})
    told = posted(client, f"{path}.csv", body, "application/json").content
    sent = stream(typed(service, rows))
    assert posted(client, f"{path}.csv", sent).content == told
    assert as_csv(read(posted(client, path, sent))) == told


@EVERY
def test_types_follow_from_the_service_alone(client: Client, service: Service) -> None:
    """A number is float64, a day date32, a truth bool and a word a dictionary of all the words."""
    bare = [{one.name: getattr(service.example, one.name) for one in required(service)}]
    path = f"/v1/{service.key}/estimates"
    table = read(posted(client, path, stream(typed(service, [service.example] * 2))))
    other = read(posted(client, f"{path}.arrow", in_words(bare), "text/csv"))
    assert table.schema == other.schema
    arrow_types = {
        msgspec.inspect.FloatType: pa.float64(),
        msgspec.inspect.BoolType: pa.bool_(),
        msgspec.inspect.DateType: pa.date32(),
        msgspec.inspect.LiteralType: pa.dictionary(pa.int16(), pa.string()),
        msgspec.inspect.StrType: pa.string(),
    }
    for name, kind in kinds(service.workload).items():
        assert table.schema.field(name).type == arrow_types[type(kind)], name
        if isinstance(kind, msgspec.inspect.LiteralType):
            words = table[name].chunk(0).dictionary.to_pylist()
            assert words == other[name].chunk(0).dictionary.to_pylist() == list(kind.values)
    for name in flat.columns_of(service):
        if name.startswith("charges.") or name == "monthly_cost":
            assert table.schema.field(name).type == pa.float64()
    assert table.schema.field("complete").type == pa.bool_()


def required(service: Service) -> list[Any]:
    """Return the fields of a service without a default."""
    return [field for field in msgspec.structs.fields(service.workload) if field.required]


def test_an_answer_can_be_sent_again(client: Client) -> None:
    """Of a priced stream its answers are passed over and worked out anew."""
    first = posted(client, POST, GOOD)
    again = posted(client, POST, first.content)
    assert again.content == first.content


@pytest.mark.parametrize(
    "change",
    [
        lambda column: column.cast(pa.large_string()),
        lambda column: column.cast(pa.string_view()),
        lambda column: column.dictionary_encode(),
        lambda column: pa.DictionaryArray.from_arrays(
            pa.array([0, 1, 0], pa.uint32()), pa.array(["us-east-1", "eu-west-1"], pa.string_view())
        ),
        lambda column: pa.DictionaryArray.from_arrays(
            pa.array([1, 2, 1], pa.int8()), pa.array([None, "us-east-1", "eu-west-1"])
        ),
    ],
)
def test_texts_have_many_types(client: Client, change: Callable[[Any], Any]) -> None:
    """Large texts, views and dictionaries, as polars and DuckDB write them, are texts."""
    batch = STREAMS.set_column(1, "region", change(STREAMS["region"]))
    assert posted(client, POST, stream(batch)).content == posted(client, POST, GOOD).content


@pytest.mark.parametrize(
    "cells",
    [
        pa.array([1000, 200, 7], pa.int16()),
        pa.array([1000, 200, 7], pa.uint64()),
        pa.array([1000, 200, 7], pa.float32()),
        pa.array(np.array([1000, 200, 7], np.float16)),
        pa.array([Decimal(1000), Decimal(200), Decimal(7)]),
        pa.array([1000, 200, 7], pa.float64()).dictionary_encode(),
        pa.array(["1000", "200", "7"]),
    ],
    ids=lambda cells: str(cells.type),
)
def test_numbers_have_many_types(client: Client, cells: Any) -> None:
    """Whole, short, decimal and written numbers are numbers."""
    batch = STREAMS.set_column(2, "records_per_second", cells)
    assert posted(client, POST, stream(batch)).content == posted(client, POST, GOOD).content


DAY = date(2025, 11, 18)


@pytest.mark.parametrize(
    "kind",
    [
        pa.date32(),
        pa.date64(),
        *(pa.timestamp(unit) for unit in ("s", "ms", "us", "ns")),
        pa.timestamp("us", "UTC"),
        pa.timestamp("us", "no/where"),
        pa.string(),
    ],
    ids=str,
)
def test_days_have_many_types(client: Client, kind: Any) -> None:
    """Days, and moments at midnight as pandas keeps days, are days; a null is the default."""
    days = pa.array([DAY, None, DAY], pa.date32()).cast(pa.timestamp("us")).cast(pa.date32())
    if pa.types.is_string(kind):
        column = days.cast(kind)
    elif pa.types.is_timestamp(kind):
        column = days.cast(pa.timestamp(kind.unit)).cast(kind)
    else:
        column = days.cast(kind)
    told = read(posted(client, POST, stream(STREAMS.append_column("price_date", column))))
    assert told["price_date"].to_pylist()[0] == DAY
    late = pa.array([datetime(2026, 1, 1, 12)] * 3, pa.timestamp("us"))
    found = refused(posted(client, POST, stream(STREAMS.append_column("price_date", late))), 422)
    assert [(one["row"], one["column"]) for one in found] == [
        (row, "price_date") for row in range(3)
    ]


def test_columns_are_passed_through_with_their_types(client: Client) -> None:
    """What came as Arrow has its type in Arrow; what came as text is text; a CSV is as ever."""
    kept = {
        "team": pa.array(["x", None, "=z"]),
        "id": pa.array([1, 2**60, None]),
        "hash": pa.array([2**64 - 1, None, 0], pa.uint64()),
        "weight": pa.array([0.5, None, 2.0], pa.float32()),
        "live": pa.array([True, False, None]),
        "since": pa.array([DAY, None, DAY]),
        "seen": pa.array([datetime(2026, 1, 1), datetime(2026, 1, 1, 2, 3), None]),
    }
    batch = STREAMS
    for name, column in kept.items():
        batch = batch.append_column(name, column)
    told = read(posted(client, f"{POST}?keep_extra=1", stream(batch)))
    moments = [datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, 2, 3, tzinfo=UTC), None]
    expected = kept | {"hash": pa.array([str(2**64 - 1), None, "0"])}
    for name, column in expected.items():
        assert told[name].to_pylist() == (moments if name == "seen" else column.to_pylist()), name
    types = [told.schema.field(name).type for name in kept]
    assert types == [
        *(pa.string(), pa.int64(), pa.string(), pa.float64(), pa.bool_(), pa.date32()),
        pa.timestamp("us", "UTC"),
    ]
    charges = read(posted(client, f"{POST}?keep_extra=1&view=charges", stream(batch)))
    assert charges["x_id"].type == pa.int64()
    text = posted(client, f"{POST}.csv?keep_extra=1", stream(batch)).text
    back = read(posted(client, f"{POST}.arrow?keep_extra=1", text.encode(), "text/csv"))
    assert back["id"].to_pylist() == ["1", str(2**60), None]
    assert back["live"].to_pylist() == ["true", "false", None]


def test_a_stream_of_any_length_is_answered_in_parts(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows come in batches of any size and go out some at a time; other formats have a limit."""
    whole = read(posted(client, POST, GOOD))
    monkeypatch.setattr(sheets.batches, "__defaults__", (2,))
    monkeypatch.setattr(sheets, "MOST_WORKLOADS", 2)
    monkeypatch.setattr(arrow, "TOGETHER", 2)
    made = io.BytesIO()
    with ipc.new_stream(made, STREAMS.schema) as writer:
        for some in (STREAMS.slice(0, 0), STREAMS.slice(0, 1), STREAMS, STREAMS.slice(1)):
            writer.write_batch(some)
    parts = read(posted(client, POST, made.getvalue()))
    assert [len(part) for part in parts["name"].chunks] == [2, 2, 2]
    rows = whole.to_pylist()
    assert parts.to_pylist() == [rows[0], *rows, *rows[1:]]
    (found,) = refused(posted(client, f"{POST}.json", made.getvalue()), 422)
    assert "more than 2 rows are answered only in CSV or Arrow" in found["detail"]


def test_a_large_stream_is_read_from_the_disk(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What went to the disk is mapped, so that it takes no memory, and says the same."""
    expected = posted(client, POST, GOOD).content
    for module in (arrow, spools):
        monkeypatch.setattr(module, "SPOOLED", 0)
    assert posted(client, POST, GOOD).content == expected


# ---- how it is asked for


def test_arrow_is_asked_for_as_any_format(client: Client) -> None:
    """A suffix, a parameter and a header give the same bytes, by GET as well as by POST."""
    asked = f"/v1/kinesis/projection?{OVER}&region=us-east-1&records_per_second=9&record_bytes=9"
    suffixed = asked.replace("?", ".arrow?")
    table = read(client.get(suffixed))
    assert table.num_rows == 3
    assert client.get(f"{asked}&format=arrow").content == client.get(suffixed).content
    assert client.get(asked, headers={"Accept": ARROW}).content == client.get(suffixed).content
    assert client.head(suffixed).headers["content-length"]
    body = msgspec.json.encode({"workloads": STREAMS.to_pylist()})
    ways = [
        posted(client, f"{POST}.arrow", body, "application/json"),
        posted(client, f"{POST}?format=arrow", body, "application/json"),
        posted(client, POST, body, "application/json", Accept=ARROW),
    ]
    assert {way.content for way in ways} == {posted(client, POST, GOOD).content}
    assert posted(client, POST, GOOD, Accept="application/json").json()["estimates"]


def test_other_routes_say_what_they_offer(client: Client) -> None:
    """Prices and comparisons are not made of record batches: 406 and 415 list what there is."""
    assert "text/csv" in client.get("/v1/kinesis/prices.arrow").json()["detail"]
    refused(client.get("/v1/kinesis/prices.arrow"), 406)
    refused(posted(client, "/v1/kinesis/comparison", GOOD), 415)
    refused(posted(client, "/v1/questions/relational", GOOD), 415)
    refused(posted(client, f"{POST}?header=0", GOOD), 422)


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_an_answer_is_compressed_once(client: Client, encoding: str) -> None:
    """HTTP compresses where the client accepts it; the buffers within never are."""
    plain = posted(client, POST, GOOD, **PLAINLY)
    packed = posted(client, POST, GOOD, **{"Accept-Encoding": encoding})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == encoding
    assert packed.content == plain.content
    messages = list(ipc.MessageReader.open_stream(plain.content))
    assert not any(
        arrow._is_compressed(memoryview(one.metadata)) for one in messages if one.type != "schema"
    )


def test_a_cut_answer_is_recognised(client: Client) -> None:
    """Of no part of an answer a reader comes to its end: it fails, or the marker is not there."""
    whole = posted(client, POST, GOOD).content
    source = pa.BufferReader(whole)
    between = [source.tell() for _ in ipc.MessageReader.open_stream(source)]
    for cut in {*between, *range(1, len(whole), 97)}:
        found = refused(posted(client, POST, whole[:cut]), 400)
        assert not found
    assert len(between) > 3


def test_without_the_library_the_service_says_what_to_install(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """406 and 415 name the extra; a client that takes other formats too gets one of them."""
    monkeypatch.setattr(media, "find_spec", lambda _: None)
    asked = f"/v1/kinesis/projection?{OVER}&region=us-east-1&records_per_second=8&record_bytes=9"
    for response in (
        client.get(asked.replace("?", ".arrow?")),
        client.get(f"{asked}&format=arrow"),
        client.get(asked, headers={"Accept": ARROW}),
    ):
        refused(response, 406)
        assert "pip install 'storecast[arrow]'" in response.json()["detail"]
        assert f"on offer: application/json, {media.MSGPACK}" in response.json()["detail"]
    for path in (POST, PORTFOLIO, f"/v1/portfolios/projection?{OVER}", "/v1/kinesis/projection"):
        response = posted(client, path, GOOD)
        refused(response, 415)
        assert "pip install 'storecast[arrow]'" in response.json()["detail"], path
    either = client.get(asked, headers={"Accept": f"{ARROW}, text/csv;q=0.5"})
    assert either.headers["content-type"].startswith("text/csv")


def test_the_library_is_loaded_when_it_is_needed() -> None:
    """To start, and to answer in other formats, takes neither its time nor its memory."""
    code = (
        "import sys; import service.__main__; from litestar.testing import TestClient;"
        "from service.app import create_app; client = TestClient(create_app());"
        f"rows = {ROWS!r}; rows = [dict(zip(rows, one)) for one in zip(*rows.values())];"
        f"answer = client.post('{POST}.csv', json={{'workloads': rows}});"
        "assert answer.status_code == 200, answer.text;"
        "assert 'pyarrow' not in sys.modules;"
        f"assert client.post('{POST}.arrow', json={{'workloads': rows}}).status_code == 200;"
        "assert 'pyarrow' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


# ---- what is refused


@EVERY
def test_faults_are_those_of_a_csv(client: Client, service: Service) -> None:
    """The rows and columns that a CSV is refused for are those that a stream is refused for."""
    rows = faulty(service)
    named = dict.fromkeys(name for row in rows for name in row)
    texts = {name: [as_text(row.get(name)) for row in rows] for name in named}
    batch = pa.record_batch({name: pa.array(cells, pa.string()) for name, cells in texts.items()})
    path = f"/v1/{service.key}/estimates"
    told = refused(posted(client, path, in_words([*map(dict, zipped(texts))]), "text/csv"), 422)
    found = refused(posted(client, path, stream(batch)), 422)
    assert len(found) > 10
    assert [(one["row"] + 2, one["column"]) for one in found] == [
        (one["row"], one["column"]) for one in told
    ]
    details = [one["detail"].partition(": ")[2] for one in found]
    assert details == [one["detail"].partition(": ")[2] for one in told]


def as_text(value: Any) -> str | None:
    """Spell a value as a CSV does."""
    return None if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def zipped(columns: dict[str, list[Any]]) -> Any:
    """Yield rows."""
    for cells in zip(*columns.values(), strict=True):
        yield zip(columns, cells, strict=True)


def test_a_fault_names_its_row_and_column(client: Client) -> None:
    """Rows count from 0, as in a frame; a header has no row; a row of nulls keeps its place."""
    batch = pa.record_batch(
        {
            "region": ["us-east-1", "mars", None],
            "records_per_second": [1.0, float("nan"), None],
            "record_bytes": [1, -1, None],
            "recrods": [1, 2, 3],
        }
    )
    found = refused(posted(client, POST, stream(batch)), 422)
    assert [(one.get("row"), one.get("column")) for one in found] == [
        (None, "recrods"),
        *((1, name) for name in ("region", "records_per_second", "record_bytes")),
        *((2, name) for name in ("region", "records_per_second", "record_bytes")),
    ]
    assert found[0]["detail"].startswith("column recrods: is not known")
    assert found[1]["detail"].startswith("row 1 (the first is 0), column region: must be one of")
    assert not any("cell" in one for one in found)
    twice = pa.record_batch([*STREAMS.columns, STREAMS["name"]], [*STREAMS.schema.names, "name"])
    (one,) = refused(posted(client, POST, stream(twice)), 422)
    assert "more than once" in one["detail"]
    (one,) = refused(posted(client, POST, stream(STREAMS.drop_columns(["region"]))), 422)
    assert (one["column"], "row" in one) == ("region", False)
    (one,) = refused(posted(client, POST, stream(STREAMS.slice(0, 0))), 422)
    assert "no rows" in one["detail"]


def test_a_portfolio_names_the_service_that_is_meant(client: Client) -> None:
    """A row of another service, or with another's field, is refused by its row and column."""
    batch = STREAMS.append_column("service", pa.array(["kinesis", "kineses", "kinesis"]))
    batch = batch.append_column("storage_gb", pa.array([None, None, 1.0]))
    found = refused(posted(client, PORTFOLIO, stream(batch)), 422)
    assert [(one["row"], one["column"]) for one in found] == [(1, "service"), (2, "storage_gb")]


def nested(depth: int) -> Any:
    """Return a column of lists in lists."""
    kind: Any = pa.int64()
    for _ in range(depth):
        kind = pa.list_(kind)
    return pa.array([None] * 3, kind)


def of_type(kind: Any) -> bytes:
    """Return a stream without a batch, whose only column is of a type."""
    made = io.BytesIO()
    ipc.new_stream(made, pa.schema([("x", kind)])).close()
    return made.getvalue()


def shared_view(size: int, rows: int) -> Any:
    """Return views that all show the same long text."""
    views = np.array([[size, 0x61616161, 0, 0]] * rows, np.int32)
    data = pa.py_buffer(b"a" * size)
    return pa.Array.from_buffers(pa.string_view(), rows, [None, pa.py_buffer(views), data])


def wide_dictionary(size: int, rows: int) -> Any:
    """Return a dictionary of one long text, in every row."""
    return pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int8()), pa.array(["a" * size]))


def named(cells: Any) -> bytes:
    """Return streams with a column of names."""
    rows = len(cells)
    columns = {name: pa.array(ROWS[name][:1] * rows) for name in list(ROWS)[1:]}
    return stream(pa.record_batch(columns | {"name": cells}))


def buffers(*parts: bytes | list[int] | None) -> list[Any]:
    """Return buffers of bytes, or of whole numbers of four bytes."""
    return [
        None
        if part is None
        else pa.py_buffer(np.array(part, np.int32) if type(part) is list else part)
        for part in parts
    ]


UNSOUND = {
    "text": pa.Array.from_buffers(pa.string(), 1, buffers(None, [0, 2], b"\xff\xfe")),
    "offset": pa.Array.from_buffers(pa.string(), 2, buffers(None, [0, 2**20, 4], b"abcd")),
    "place": pa.DictionaryArray.from_arrays(pa.array([7]), pa.array(["x"]), safe=False),
    "view": pa.Array.from_buffers(pa.string_view(), 1, buffers(None, [40, 0, 0, 2**30], b"abcd")),
    "view's text": pa.Array.from_buffers(
        pa.string_view(), 1, buffers(None, [40, 0, 9, 0], b"abcd")
    ),
    "size of a view": pa.Array.from_buffers(pa.string_view(), 1, buffers(None, [-4, 0, 0, 0])),
}
"""Columns that point where nothing is, or whose texts are none."""


HOSTILE: dict[str, tuple[Callable[[], bytes], int, str]] = {
    "nothing": (lambda: b"", 400, "it is empty"),
    "a file": (lambda: b"ARROW1\0\0" + GOOD, 400, "it is an Arrow file"),
    "text": (lambda: b"name,region\na,b\n", 400, "not application/vnd.apache.arrow.stream"),
    "no end": (lambda: GOOD[:-8], 400, "without the marker of its end"),
    "two streams": (lambda: GOOD * 2, 400, "more bytes stand behind its end"),
    "a long message": (lambda: GOOD[:4] + b"\xff\xff\xff\x7f" + GOOD[8:], 400, "2147483647"),
    "a negative message": (lambda: GOOD[:4] + b"\xff\xff\xff\x80" + GOOD[8:], 400, "it"),
    "zstd": (lambda: stream(STREAMS, compression="zstd"), 400, "its buffers are compressed"),
    "lz4": (lambda: stream(STREAMS, compression="lz4"), 400, "its buffers are compressed"),
    "a packed dictionary": (
        lambda: stream(
            pa.record_batch({"region": pa.array(["x" * 99] * 3).dictionary_encode()}),
            compression="zstd",
        ),
        400,
        "its buffers are compressed",
    ),
    "lists": (lambda: stream(STREAMS.append_column("x", nested(1))), 422, "holds list"),
    "deep lists": (lambda: stream(STREAMS.append_column("x", nested(60))), 422, "holds list"),
    "deeper lists": (lambda: of_type(nested(100).type), 422, "holds list"),
    "the deepest lists": (lambda: of_type(nested(500).type), 400, "not application"),
    "lists of a known name": (
        lambda: stream(pa.record_batch([nested(1), STREAMS["name"]], ["name", "name"])),
        422,
        "holds list",
    ),
    "bytes": (lambda: stream(STREAMS.append_column("x", pa.array([b""] * 3))), 422, "holds bin"),
    "runs": (
        lambda: stream(
            STREAMS.append_column("x", pa.RunEndEncodedArray.from_arrays([3], pa.array([1])))
        ),
        422,
        "holds run",
    ),
    "many columns": (
        lambda: stream(pa.record_batch({f"x{n}": [1] for n in range(1_001)})),
        422,
        "1,001 columns",
    ),
    "rows of nothing": (
        lambda: stream(pa.record_batch([pa.nulls(arrow.MOST_ROWS + 1)], ["region"])),
        422,
        "is missing in the header",
    ),
    "rows without a bit": (
        lambda: stream(pa.record_batch([pa.nulls(arrow.MOST_ROWS + 1)] * 3, list(ROWS)[1:])),
        413,
        "at most 20,000,000 rows",
    ),
    "a text for many": (lambda: named(wide_dictionary(2**20, 5000)), 413, "texts of 5,000 rows"),
    "a view for many": (lambda: named(shared_view(2**20, 5000)), 413, "texts of 5,000 rows"),
    "a wide dictionary": (
        lambda: named(
            pa.DictionaryArray.from_arrays(pa.array([0] * 3, pa.int8()), shared_view(2**20, 127))
        ),
        413,
        "texts of a dictionary",
    ),
    "no day": (
        lambda: stream(STREAMS.append_column("price_date", pa.array([2**30] * 3, pa.date32()))),
        422,
        "column price_date",
    ),
    "no moment": (
        lambda: stream(
            STREAMS.append_column("price_date", pa.array([2**62] * 3, pa.timestamp("s")))
        ),
        422,
        "column price_date",
    ),
    **{
        f"an unsound {name}": (partial(named, column), 400, "not application")
        for name, column in UNSOUND.items()
    },
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_streams_are_refused(client: Client, name: str) -> None:
    """What is cut, packed, unsound or makes much of little is a problem that says so."""
    body, status, said = HOSTILE[name]
    response = posted(client, POST, body())
    refused(response, status)
    assert said in response.text


def test_batches_do_not_look_up_without_end(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many small batches that share a large dictionary are refused after so many bytes."""
    monkeypatch.setattr(arrow, "MOST_LOOKED_UP", 50_000)
    batch = pa.record_batch({**ROWS, "name": wide_dictionary(10_000, 3)})
    made = io.BytesIO()
    with ipc.new_stream(made, batch.schema) as writer:
        for _ in range(9):
            writer.write_batch(batch)
    response = posted(client, POST, made.getvalue())
    refused(response, 413)
    assert "all batches with their dictionaries" in response.text


def test_a_body_may_be_too_large() -> None:
    """The limit of sheets holds, told before the body is read and as it arrives."""
    with TestClient(create_app(Settings(max_upload_mb=1))) as small:
        body = named(pa.array(["x" * 100] * 20_000))
        refused(posted(small, POST, body), 413)
        refused(posted(small, POST, (body for _ in range(1))), 413)  # type: ignore[arg-type]
        refused(posted(small, POST, body, **{"Content-Encoding": "zstd"}), 415)
        packed = zstandard.compress(body)
        refused(posted(small, POST, packed, **{"Content-Encoding": "zstd"}), 415)


def test_a_lack_of_memory_is_no_fault_of_the_stream(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the library finds no memory, the server is busy: 503, and not 400."""

    def failing(_: Any) -> None:
        raise pa.ArrowMemoryError("malloc of size 9 failed")

    monkeypatch.setattr(arrow.ipc, "open_stream", failing)
    refused(posted(client, POST, GOOD), 503)


@pytest.mark.parametrize("seed", range(4))
def test_broken_bytes_break_nothing(client: Client, seed: int) -> None:
    """A stream with any of its bytes changed is answered or refused, and nothing fails."""
    chance = np.random.default_rng(seed)
    batch = pa.record_batch(
        {
            **ROWS,
            "region": pa.array(ROWS["region"]).dictionary_encode(),
            "name": pa.array(["x" * 20, "y", None], pa.string_view()),
            "price_date": pa.array([DAY, None, DAY]),
        }
    )
    whole = stream(batch)
    ask = partial(posted, client, POST)
    assert ask(whole).status_code == 200
    statuses = set()
    for _ in range(250):
        body = bytearray(whole)
        for place in chance.integers(len(body), size=chance.integers(1, 4)):
            body[place] = chance.choice([0, 1, 2, 127, 128, 255, body[place] ^ 16])
        statuses.add(ask(bytes(body)).status_code)
    assert statuses <= {200, 400, 413, 422}
