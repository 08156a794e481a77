"""The regression guard: ratios of the bench on small inputs, against about three times today's.

Each is the best of some runs in turn with its reference, so that a busy machine does not fail it.
"""

import asyncio
from itertools import count
from typing import Any

import msgspec
import pytest

from pricing import engine, portfolio
from pricing.catalogue import packaged
from pricing.model import registry
from service.answers import columns, estimates, portfolios
from service.app import create_app
from service.formats import documents, media
from service.requests import batches
from tests.bench import measures, workloads
from tests.bench.bare import app as bare_app
from tests.bench.measures import DYNAMODB
from tests.copies import ROOT


def test_the_engine_stays_near_a_copy_of_its_columns() -> None:
    """Row 2: pricing every field of 100,000 workloads is some copies of their columns."""
    assert min(measures.engine_alone(3, count=100_000)) <= 10


def test_months_stay_near_rows() -> None:
    """Row 5: a month of a workload costs no more than some rows in bulk."""
    assert min(measures.months(3, count=1_000)) <= 3


@pytest.mark.parametrize(("laid_out", "most"), [(False, 5.0), (True, 3.5)])
def test_a_batch_stays_near_its_own_bytes(laid_out: bool, most: float) -> None:
    """Rows 3 and 4: a batch in rows, or columns, is some times msgspec's work on its bytes."""
    body = workloads.request_of(2_000)
    types, card = estimates.answer_types(DYNAMODB), packaged().card(DYNAMODB.key)
    encode = documents.ENCODERS[media.JSON]
    decode = msgspec.json.Decoder(batches.of_service(DYNAMODB)).decode

    def answer() -> bytes:
        rows = engine.columns(DYNAMODB.workload, decode(body).workloads)
        if laid_out:
            return encode(columns.columns(engine.price(DYNAMODB, rows, card)))
        return b"".join(documents.in_parts(estimates.batch(DYNAMODB, rows, card), media.JSON))

    rows = types.estimates(estimates.estimates(engine.estimate(DYNAMODB, decode(body).workloads)))
    ratios = measures.interleaved(answer, lambda: (decode(body), encode(rows)), 5)
    assert min(ratios) <= most


def test_a_single_estimate_stays_near_a_bare_handler() -> None:
    """Row 1: of 64 that wait together, each takes some times what a handler of a constant takes."""
    app, bare = create_app(), bare_app()
    numbers = count(1)

    async def answered(app: Any, path: str, query: str) -> None:
        scope = {"type": "http", "method": "GET", "path": path, "query_string": query.encode()}
        scope |= {"headers": [(b"host", b"localhost")], "scheme": "http", "root_path": ""}
        scope |= {"asgi": {"version": "3.0"}, "http_version": "1.1", "client": None}
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        await app(scope, None, send)
        assert sent[0]["status"] == 200

    async def together(app: Any, path: str) -> None:
        address, _, query = path.partition("?")
        for _ in range(5):
            asked = (answered(app, address, query.format(next(numbers))) for _ in range(64))
            await asyncio.gather(*asked)

    ratios = measures.interleaved(
        lambda: asyncio.run(together(app, measures.GET)),
        lambda: asyncio.run(together(bare, "/bare")),
        5,
    )
    assert min(ratios) <= 9


def test_a_portfolio_grows_with_its_rows() -> None:
    """Row 8: four times the rows take four times as long, not sixteen times."""

    def answer(rows: int) -> None:
        kind, members = batches.of_portfolio(), batches.members()
        asked = msgspec.json.decode(measures.portfolio_of(rows), type=kind).workloads
        services = [members[type(row)] for row in asked]
        parts = portfolio.columns(services, asked)
        long = portfolios.portfolio(portfolio.counted(parts, packaged(), free_tier=False))
        for _ in documents.in_parts(long, media.JSON):
            pass

    ratios = measures.interleaved(lambda: answer(4_000), lambda: answer(1_000), 3)
    assert min(ratios) <= 8


def test_the_contract_is_small() -> None:
    """Row 10a: eighteen services would have a contract of 2.1 MB at most."""
    contract = ROOT / "openapi" / "openapi.json"
    assert contract.stat().st_size / len(registry()) <= 2_100_000 / 18


def test_workloads_of_the_bench_are_always_the_same() -> None:
    """The seed is fixed, and each of the four services has its share of a mixed portfolio."""
    assert workloads.mixed(8) == workloads.mixed(8)
    assert {row["service"] for row in workloads.mixed(8)} == set(workloads.MIXED)
