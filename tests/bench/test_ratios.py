"""The regression guard: ratios of the bench on small inputs, against twice their targets and more.

Each is the best of some runs in turn with its reference, so that a busy machine cannot fail it.
"""

import msgspec
import pytest

from pricing import engine
from pricing.rates import rate_card
from service import columns, views, wire
from tests.bench import measures, workloads
from tests.bench.measures import DYNAMODB


def test_the_engine_stays_near_a_copy_of_its_columns() -> None:
    """Row 2: pricing every field of 100,000 workloads is some copies of their columns."""
    assert min(measures.engine_alone(3, count=100_000)) <= 30


def test_months_stay_near_rows() -> None:
    """Row 5: a month of a workload costs no more than some rows in bulk."""
    assert min(measures.months(3, count=1_000)) <= 2.4


@pytest.mark.parametrize(("laid_out", "most"), [(False, 8.0), (True, 4.0)])
def test_a_batch_stays_near_its_own_bytes(laid_out: bool, most: float) -> None:
    """Rows 3 and 4: a batch in rows, or columns, is some times msgspec's work on its bytes."""
    body = measures.request_of(2_000)
    types = views.answer_types(DYNAMODB)
    encode = wire.ENCODERS[wire.JSON]
    decode = msgspec.json.Decoder(types.batch).decode

    def answer() -> bytes:
        rows = engine.columns(DYNAMODB.workload, decode(body).workloads)
        if laid_out:
            return encode(columns.columns(engine.price(DYNAMODB, rows, rate_card(DYNAMODB.key))))
        return b"".join(wire.in_parts(views.batch(DYNAMODB, rows), wire.JSON))

    rows = types.estimates(views.estimates(engine.estimate(DYNAMODB, decode(body).workloads)))
    ratios = measures.interleaved(answer, lambda: (decode(body), encode(rows)), 5)
    assert min(ratios) <= most


def test_workloads_of_the_bench_are_always_the_same() -> None:
    """The seed is fixed, and every service has its share of a mixed portfolio."""
    assert workloads.mixed(8) == workloads.mixed(8)
    assert {row["service"] for row in workloads.mixed(8)} == set(workloads.MIXED)
