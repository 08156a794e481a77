"""Reservations of Arrow batches: those that the advice on each row by itself finds best."""

import pickle
from functools import partial
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pricing import advice, arrow, engine, offers, reserved
from pricing.advice import Preferences
from pricing.catalogue import packaged
from pricing.model import Service, registry
from tests import strategies
from tests.test_arrow import typed

EVERY = pytest.mark.parametrize("service", registry().values(), ids=registry())


def advised(one: Service, row: Any) -> float:
    """Return what the best reservations save for a row alone, each cell by itself [USD a month]."""
    uses = offers.counted([engine.estimate(one, [row])])
    sold = offers.reservations(uses, packaged())
    best = advice.best_reservations(uses, sold, uses.demand, Preferences())
    most = [0.0] * len(uses.cells)
    for offer, saving in zip(sold, best.saving.tolist(), strict=True):
        most[offer.cell] = max(most[offer.cell], saving if saving == saving else 0.0)
    return sum(most)


@EVERY
@settings(max_examples=3)
@given(data=st.data())
def test_rows_save_what_the_advice_says(service: Service, data: st.DataObject) -> None:
    """Each row saves what the exact optimum of its use saves, and costs what it is estimated at."""
    rows = data.draw(strategies.batches(service))
    batch = typed(service, rows)
    (found,) = reserved.reservations(service.key, [batch])
    (estimates,) = arrow.estimates(service.key, [batch])
    assert found.schema == reserved.SCHEMA
    for name in ("name", "region", "monthly_cost", "complete"):
        assert found[name].to_pylist() == estimates[name].to_pylist()
    for row, shown in zip(rows, found.to_pylist(), strict=True):
        expected = advised(service, row)
        assert shown["monthly_saving"] == pytest.approx(expected, rel=1e-9, abs=2e-6)
        listed = [one["monthly_saving"] for one in shown["reservations"]]
        assert sum(listed) == pytest.approx(expected, rel=1e-9, abs=1e-5)


def test_capacity_is_reserved_in_blocks() -> None:
    """DynamoDB sells reserved capacity by the hundred units, so nobody reserves for a few."""
    rows = {"region": ["us-east-1"] * 2, "item_bytes": [100.0] * 2}
    rows |= {"capacity_mode": ["provisioned"] * 2, "reads_per_second": [20_050.0, 10.0]}
    (found,) = reserved.reservations("dynamodb", [pa.RecordBatch.from_pydict(rows)])
    many, few = found.to_pylist()
    assert [one["committed"] % 100 for one in many["reservations"]] == [0]
    assert many["monthly_saving"] > 0
    assert (few["reservations"], few["monthly_saving"]) == ([], 0.0)


def test_terms_may_be_limited_and_faulty_rows_are_refused() -> None:
    """No term is longer than asked for; a refused row has its place; the map can be sent."""
    rows = {"region": ["us-east-1", "mars"], "instance_class": ["db.r6g.large"] * 2}
    batch = pa.RecordBatch.from_pydict(rows | {"storage_gb": [100.0] * 2})
    saved = {}
    for years in (1, 3):
        work = partial(reserved.reservations, "rds", longest_years=years)
        good, bad = next(pickle.loads(pickle.dumps(work))([batch])).to_pylist()
        assert {one["years"] for one in good["reservations"]} == {years}
        assert bad["reservations"] is bad["monthly_saving"] is None
        assert [one["field"] for one in bad["violations"]] == ["region"]
        saved[years] = good["monthly_saving"]
    assert saved[3] > saved[1] > 0
