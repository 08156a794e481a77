"""Projections of Arrow batches: the months that the engine prices, and rows that leave bounds."""

import pickle
from datetime import date
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pricing import arrow, engine, monthly, projection, rounding
from pricing.catalogue import packaged
from pricing.errors import ColumnError, DateBeforePricesError
from pricing.model import Service, registry, service
from pricing.projection import Growth, Span
from tests import strategies
from tests.test_arrow import typed

EVERY = pytest.mark.parametrize("service", registry().values(), ids=registry())
SPAN = Span(date(2026, 11, 1), 5, calendar=True, fixed_prices=False)


def projected(key: str, *batches: Any, **asked: Any) -> list[dict[str, Any]]:
    """Return the projections of batches, row by row."""
    asked = {"span": SPAN} | asked
    return [
        row for batch in monthly.projections(key, batches, **asked) for row in batch.to_pylist()
    ]


@EVERY
@settings(max_examples=3)
@given(data=st.data())
def test_months_are_those_of_the_engine(service: Service, data: st.DataObject) -> None:
    """Cost and completeness of each month are those of the same columns over months."""
    rows = data.draw(strategies.batches(service))
    span = Span(date(2026, 11, 1), 3, calendar=True, fixed_prices=True)
    columns = engine.columns(service.workload, rows)
    card = packaged().card(service.key)
    bill = engine.price(service, projection.widened(columns, {}, span), card)
    costs, complete = rounding.totals(bill)
    found = projected(service.key, typed(service, rows), span=span)
    shown = [[month["monthly_cost"] for month in row["months"]] for row in found]
    assert shown == np.broadcast_to(costs, (len(rows), 3)).tolist()
    assert [row["total_cost"] for row in found] == [
        pytest.approx(sum(month), rel=1e-12, abs=1e-6) for month in shown
    ]
    whole = np.broadcast_to(complete, (len(rows), 3)).all(axis=1)
    assert [row["complete"] for row in found] == whole.tolist()


def test_the_first_month_is_the_estimate() -> None:
    """Without growth each month of an estimate's price date has its cost and its worst finding."""
    dynamodb = service("dynamodb")
    batch = typed(dynamodb, [dynamodb.example])
    span = Span(date(2026, 11, 1), 2, calendar=False, fixed_prices=True)
    (estimate,) = next(arrow.estimates("dynamodb", [batch])).to_pylist()
    (row,) = projected("dynamodb", batch, span=span)
    for month in row["months"]:
        assert month["monthly_cost"] == estimate["monthly_cost"]
        assert month["worst_finding_status"] == estimate["worst_finding_status"]
    assert [str(month["month"]) for month in row["months"]] == ["2026-11-01", "2026-12-01"]


def test_growth_is_told_month_by_month_until_a_limit() -> None:
    """Reads that double exceed the quota of a table from the month that the engine says."""
    rows = {"region": ["us-east-1"] * 2, "item_bytes": [1024.0] * 2, "reads_per_second": [9e3, 1.0]}
    growths = {"reads_per_second": Growth(rate=1.0)}
    many, few = projected("dynamodb", pa.RecordBatch.from_pydict(rows), growths=growths)
    states = [month["worst_finding_status"] for month in many["months"]]
    assert many["exceeded_from"] == many["months"][states.index("exceeded")]["month"]
    assert states.index("exceeded") > 0
    assert few["exceeded_from"] is None


def test_rows_that_leave_bounds_are_refused_with_the_month() -> None:
    """A row whose growth leaves a field's bounds, if only to -1, says when; it stops no other."""
    rows = {
        "region": ["us-east-1", "us-east-1", "mars"],
        "item_bytes": [1024.0] * 3,
        "gsi_count": [1.0, 4.0, 1.0],
    }
    growths = {"gsi_count": Growth(step=-2.5), "item_bytes": Growth(step=0.25)}
    lower, more, mars = projected("dynamodb", pa.RecordBatch.from_pydict(rows), growths=growths)
    assert [one["field"] for one in lower["violations"]] == ["gsi_count"]
    assert lower["violations"][0]["detail"].startswith("leaves its bounds in 2026-12; must stay")
    assert lower["months"] is lower["total_cost"] is None
    assert more["violations"][0]["detail"].startswith("leaves its bounds in 2027-01")
    assert [one["field"] for one in mars["violations"]] == ["region"]


def test_a_field_that_is_not_given_grows_from_its_default() -> None:
    """Growth of a column that a batch does not have holds for all its rows."""
    rows = pa.RecordBatch.from_pydict({"region": ["us-east-1"] * 2, "item_bytes": [1024.0] * 2})
    one, other = projected("dynamodb", rows, growths={"storage_gb": Growth(step=100.0)})
    assert one["months"] == other["months"]
    costs = [month["monthly_cost"] for month in one["months"]]
    assert costs == sorted(costs)
    assert costs[0] < costs[-1]


def test_what_is_asked_is_checked() -> None:
    """Only numbers grow, no month is before the first price, and the map can be sent elsewhere."""
    kinesis = service("kinesis")
    batch = typed(kinesis, [kinesis.example])
    with pytest.raises(ColumnError, match="did you mean record_bytes"):
        projected("kinesis", batch, growths={"record_byte": Growth(rate=1)})
    early = Span(date(1999, 1, 1), 2, calendar=False, fixed_prices=False)
    with pytest.raises(DateBeforePricesError):
        projected("kinesis", batch, span=early)
    work = partial(monthly.projections, "kinesis", span=SPAN)
    (found,) = pickle.loads(pickle.dumps(work))([batch])
    assert found.schema == monthly.SCHEMA
    assert found.equals(next(work([batch])))
    assert next(work([batch.slice(0, 0)])).num_rows == 0
