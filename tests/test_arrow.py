"""Arrow batches in and out: the engine's numbers, and the violations that the routes tell."""

import pickle
from functools import partial
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar.testing import TestClient
from msgspec import inspect

from pricing import arrow, engine
from pricing.errors import ColumnError, UnknownServiceError
from pricing.model import Service, kinds, registry
from service.answers import flat
from tests import strategies

EVERY = pytest.mark.parametrize("service", registry().values(), ids=registry())


def table(rows: list[Any]) -> Any:
    """Return workloads, or objects of some of their fields, as a record batch."""
    return pa.RecordBatch.from_pylist([msgspec.to_builtins(row, builtin_types=[]) for row in rows])


def typed(service: Service, rows: list[Any]) -> Any:
    """Return workloads as a record batch of the types of their fields."""
    types = {
        inspect.FloatType: pa.float64(),
        inspect.BoolType: pa.bool_(),
        inspect.DateType: pa.date32(),
        inspect.LiteralType: pa.dictionary(pa.int32(), pa.string()),
        inspect.StrType: pa.string(),
    }
    return pa.record_batch(
        {
            name: pa.array([getattr(row, name) for row in rows], types[type(kind)])
            for name, kind in kinds(service.workload).items()
        }
    )


def estimated(service: Service, *batches: Any) -> list[dict[str, Any]]:
    """Return the estimates of batches, row by row."""
    return [row for batch in arrow.estimates(service.key, batches) for row in batch.to_pylist()]


@EVERY
@given(data=st.data())
def test_rows_are_those_of_the_engine(service: Service, data: st.DataObject) -> None:
    """Costs, capacity and the worst finding of a batch are those of the same workloads as rows."""
    rows = data.draw(strategies.batches(service))
    told = flat.workloads(engine.estimate(service, rows)).columns
    batch = next(arrow.estimates(service.key, [typed(service, rows)]))
    assert batch.schema == arrow.schema(service.key)
    assert batch["violations"].to_pylist() == [[]] * len(rows)
    for name in batch.schema.names[:-1]:
        assert batch[name].to_pylist() == told[name], name


@EVERY
def test_partitions_and_texts_make_no_difference(service: Service) -> None:
    """The same rows in one batch, one by one, as texts or with nulls have the same estimates."""
    usual = strategies.described(service)
    full = typed(service, [service.example] * 3)
    whole = estimated(service, full)
    assert estimated(service, *(full.slice(row, 1) for row in range(3))) == whole
    texts = {
        name: pa.array(
            [
                str(value).lower()
                if value in (True, False) and value is not None and isinstance(value, bool)
                else str(value)
                for value in full[name].to_pylist()
            ]
        )
        for name in full.schema.names
    }
    assert estimated(service, pa.record_batch(texts)) == whole
    nulls = {
        field.name: pa.nulls(3)
        if not field.required and getattr(service.example, field.name) == field.default
        else full[field.name]
        for field in usual
    }
    assert estimated(service, pa.record_batch(nulls)) == whole


def faulty(service: Service) -> list[dict[str, Any]]:
    """Return workloads each with faults of a kind, every other one without any."""
    example = msgspec.to_builtins(service.example)
    good = {name: value for name, value in example.items() if value != ""} | {"price_date": None}
    known = kinds(service.workload)
    numbers = [name for name, kind in known.items() if isinstance(kind, inspect.FloatType)]
    whole = [name for name in numbers if known[name].multiple_of == 1]
    words = [name for name, kind in known.items() if isinstance(kind, inspect.LiteralType)]
    broken: list[dict[str, Any]] = [{name: -1.0} for name in numbers]
    broken += [{name: known[name].ge + 0.5} for name in whole]
    broken += [{name: float(known[name].le * 2)} for name in numbers]
    broken += [{name: "mars"} for name in words]
    broken += [{numbers[0]: -1.0, "region": "Frankfurt", "name": "x" * 201}, {"region": None}]
    broken += [{"price_date": "1999-01-01"}, {"price_date": "1.2.2026"}]
    broken += [dict.fromkeys(fields, 1.0) for fields, _ in service.exclusive]
    rows = [row for fault in broken for row in (good, good | fault)]
    return [{name: value for name, value in row.items() if value is not None} for row in rows]


@EVERY
def test_faulty_rows_are_refused_as_by_the_routes(service: Service, client: TestClient) -> None:
    """Exactly the rows that the route refuses are refused, with its violations; others are not."""
    rows = faulty(service)
    names = dict.fromkeys(name for row in rows for name in row)
    batch = pa.record_batch({name: pa.array([row.get(name) for row in rows]) for name in names})
    found = estimated(service, batch)
    assert len(found) == len(rows)
    refused = 0
    for row, estimate in zip(rows, found, strict=True):
        answer = client.post(f"/v1/{service.key}/estimates", json={"workloads": [row]})
        told = answer.json().get("errors", []) if answer.status_code >= 400 else []
        shown = [
            {"field": one["pointer"].removeprefix("/workloads/0/"), "detail": one["detail"]}
            for one in told
        ]
        assert estimate["violations"] == shown
        assert (estimate["monthly_cost"] is None) == bool(shown)
        refused += bool(shown)
    assert 0 < refused < len(rows)


def test_the_map_can_be_sent_to_other_processes() -> None:
    """The function with its service can be pickled, and gives the same."""
    example = typed(registry()["kinesis"], [registry()["kinesis"].example])
    sent = pickle.loads(pickle.dumps(partial(arrow.estimates, "kinesis")))
    assert next(sent([example])).equals(next(arrow.estimates("kinesis", [example])))


def test_columns_that_are_no_fields_are_refused() -> None:
    """A misspelt or repeated column is refused as a whole with what is near, not left out."""
    twice = pa.RecordBatch.from_arrays([pa.array(["us-east-1"])] * 2, ["region", "region"])
    with pytest.raises(ColumnError, match="region stands twice"):
        next(arrow.estimates("kinesis", [twice]))
    with pytest.raises(ColumnError, match="did you mean record_bytes"):
        next(arrow.estimates("kinesis", [pa.record_batch({"record_byte": [1.0]})]))
    with pytest.raises(UnknownServiceError):
        next(arrow.estimates("kinesi", []))


@pytest.mark.parametrize(
    ("field", "values", "wrong"),
    [
        ("records_per_second", pa.array([5, None, 7], pa.int8()), [1]),
        ("records_per_second", pa.array([True, False, None]), [0, 1, 2]),
        ("records_per_second", pa.array([float("nan"), 1.0, float("inf")]), [0, 2]),
        ("records_per_second", pa.array(["1,5", "1.5e2", ""]), [0, 2]),
        ("records_per_second", pa.array([[1.0], None, []]), [0, 1, 2]),
        ("records_per_second", pa.array([10, 5, 2]).cast(pa.decimal128(21, 1)), []),
        ("capacity_mode", pa.array([1, None, 2]), [0, 2]),
        ("capacity_mode", pa.array(["provisioned", "x", None]).dictionary_encode(), [1]),
        ("price_date", pa.array([0, 1, None]), [0, 1]),
        ("price_date", pa.array(["20260101", "2026-02-30", "2026-01-01"]), [0, 1]),
        (
            "price_date",
            pa.array([20000 * 86400, 20000 * 86400 + 1, None], pa.timestamp("s")),
            [0, 1],
        ),
        ("name", pa.array([1, None, 2]), [0, 2]),
        ("group", pa.array(["a", None, "b"], pa.large_string()), []),
        ("group", pa.array(["a", None, "b"]).dictionary_encode(), []),
    ],
)
def test_a_column_of_another_type_is_read_or_refused(
    field: str, values: Any, wrong: list[int]
) -> None:
    """Numbers of any width and texts are read; what does not fit, or lacks, is refused by row."""
    example = typed(registry()["kinesis"], [registry()["kinesis"].example] * 3)
    columns = {name: example[name] for name in example.schema.names} | {field: values}
    found = estimated(registry()["kinesis"], pa.record_batch(columns))
    refused = [place for place, row in enumerate(found) if row["violations"]]
    assert refused == wrong
    assert all({one["field"] for one in found[place]["violations"]} == {field} for place in wrong)
    assert all(found[place]["monthly_cost"] is None for place in wrong)


TEXTS = pa.Array.from_buffers(
    pa.string(),
    3,
    [None, pa.py_buffer(np.array([0, 9, 10, 11], np.int32)), pa.py_buffer(b"us-east-1\xff5")],
)
"""A Region, a byte that is no UTF-8, and a number."""
ODD = {
    "bytes": TEXTS,
    "words with such bytes": pa.DictionaryArray.from_arrays(pa.array([0, 1, 2]), TEXTS),
    "views": pa.array(["us-east-1", "5", None], pa.string_view()),
    "words that are views": pa.DictionaryArray.from_arrays(
        pa.array([0, 1, None], pa.uint32()), pa.array(["us-east-1", "5"], pa.string_view())
    ),
    "words with a null": pa.DictionaryArray.from_arrays(
        pa.array([0, 1, None]), pa.array(["us-east-1", None])
    ),
    "views of bytes": pa.array([b"us-east-1", b"5", None], pa.binary_view()),
    "runs": pa.RunEndEncodedArray.from_arrays(pa.array([1, 3]), pa.array(["us-east-1", "5"])),
    "an extension": pa.ExtensionArray.from_storage(pa.json_(), pa.array(["us-east-1", "5", None])),
    "days of no calendar": pa.array([10**9, -(10**9), None], pa.int32()).cast(pa.date32()),
    "moments of no calendar": pa.array([10**17, 1, None], pa.timestamp("s")),
    "nanoseconds": pa.array([1, 86400 * 10**9, None], pa.timestamp("ns")),
    "times": pa.array([1, 2, None], pa.time64("ns")),
    "durations": pa.array([2**62, 2, None], pa.duration("s")),
    "intervals": pa.array([(1, 2, 3), None, None], pa.month_day_nano_interval()),
    "objects": pa.array([{"a": 1}, {}, None]),
}


@pytest.mark.parametrize("values", ODD.values(), ids=ODD)
def test_no_column_stops_the_map(values: Any) -> None:
    """Whatever type a column has, each of its rows is priced, or refused for this field."""
    service = registry()["dynamodb"]
    example = typed(service, [service.example] * 3)
    for place, name in enumerate(example.schema.names):
        found = estimated(service, example.set_column(place, name, values))
        assert len(found) == 3
        for row in found:
            assert not row["violations"] or name in {one["field"] for one in row["violations"]}
            assert (row["monthly_cost"] is None) == bool(row["violations"])


@pytest.mark.parametrize("odd", ["views", "words that are views", "words with a null", "runs"])
def test_a_text_is_the_same_in_every_type(odd: str) -> None:
    """Views, runs and words with a null are read as the same plain texts are."""
    kinesis = registry()["kinesis"]
    example = typed(kinesis, [kinesis.example] * 3)
    for name in ("name", "region", "records_per_second", "price_date"):
        place = example.schema.names.index(name)
        plain = pa.array(ODD[odd].to_pylist(), pa.string())
        one, other = (
            estimated(kinesis, example.set_column(place, name, column))
            for column in (ODD[odd], plain)
        )
        assert one == other


def test_bytes_that_are_no_text_are_shown_as_such() -> None:
    """A name with a byte that is no UTF-8 has U+FFFD in its place, and its row is priced."""
    kinesis = registry()["kinesis"]
    example = typed(kinesis, [kinesis.example] * 3)
    found = estimated(
        kinesis, example.set_column(example.schema.names.index("name"), "name", TEXTS)
    )
    assert [row["name"] for row in found] == ["us-east-1", "\N{REPLACEMENT CHARACTER}", "5"]
    assert all(row["monthly_cost"] is not None for row in found)


def test_what_lacks_or_is_given_twice_is_refused_by_row() -> None:
    """A required column that is not there is told of each row, as is each of two such numbers."""
    keyspaces = registry()["keyspaces"]
    (lacking,) = estimated(keyspaces, pa.record_batch({"row_bytes": [1000.0]}))
    assert [one["field"] for one in lacking["violations"]] == ["region"]
    ((fields, _), *_) = keyspaces.exclusive
    both = msgspec.structs.replace(keyspaces.example, **dict.fromkeys(fields, 1.0))
    one, two = estimated(keyspaces, typed(keyspaces, [keyspaces.example, both]))
    assert one["violations"] == []
    assert {found["field"] for found in two["violations"]} == {*fields}


@EVERY
def test_no_rows_give_no_rows(service: Service) -> None:
    """A batch without rows, or of refused ones only, has the columns and words of every other."""
    batch = typed(service, [service.example])
    (usual,) = arrow.estimates(service.key, [batch])
    (found,) = arrow.estimates(service.key, [batch.slice(0, 0)])
    assert (found.num_rows, found.schema) == (0, arrow.schema(service.key))
    assert found["region"].dictionary == usual["region"].dictionary
    mars = batch.set_column(batch.schema.names.index("region"), "region", pa.array(["mars"]))
    (refused,) = arrow.estimates(service.key, [mars])
    assert refused["monthly_cost"].to_pylist() == [None]
