"""The layouts of a long answer: as columns it says what its rows say, in parts it is the whole."""

import asyncio
from datetime import date
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar.testing import TestClient

from pricing import engine
from pricing.catalogue import Catalogue, packaged
from pricing.errors import DateBeforePricesError, GivenTwiceError
from pricing.model import Service, registry
from pricing.model import service as service_of
from service.answers import columns, estimates
from service.formats import documents, media
from service.http.coalescer import Coalescer
from service.requests import bodies
from tests import strategies

EVERY = pytest.mark.parametrize("service", registry().values(), ids=registry())
DYNAMODB, KINESIS = service_of("dynamodb"), service_of("kinesis")
CLICKS = {"region": "us-east-1", "records_per_second": 1000, "record_bytes": 3000}
CARD = packaged().card("kinesis")
POST = "/v1/kinesis/estimates"


def row(answer: dict[str, Any], place: int) -> dict[str, Any]:
    """Read one workload off columns, as the estimate that it is."""

    def at(part: dict[str, Any]) -> dict[str, Any]:
        return {
            name: cells[place] if isinstance(cells, list) else cells for name, cells in part.items()
        }

    basis, capacity, assumptions = (
        at(answer[name]) for name in ("basis", "capacity", "assumptions")
    )
    lines = {
        name: [line for line in map(at, answer[name]) if line["status"] is not None]
        for name in ("findings", "charges")
    }
    for charge in lines["charges"]:
        del charge["meter"]
    parts = {"basis": basis, "capacity": capacity, "assumptions": assumptions, **lines}
    return at({name: answer[name] for name in answer.keys() - parts.keys()}) | parts


@EVERY
@given(data=st.data())
def test_columns_say_what_rows_say(service: Service, data: st.DataObject) -> None:
    """Every estimate can be read off the columns, member by member."""
    bill = engine.estimate(service, data.draw(strategies.batches(service)))
    laid_out = msgspec.to_builtins(columns.columns(bill))
    for place, estimate in enumerate(msgspec.to_builtins(estimates.estimates(bill))):
        assert row(laid_out, place) == estimate


@pytest.mark.parametrize("media_type", media.MEDIA_TYPES)
def test_parts_are_the_whole(media_type: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer encoded in parts is the answer encoded at once, however the parts fall."""
    monkeypatch.setattr(estimates, "PART", 2)
    monkeypatch.setattr(engine, "CELLS", 3)
    long = estimates.batch(KINESIS, engine.columns(KINESIS.workload, [KINESIS.example] * 5), CARD)
    parts = b"".join(documents.in_parts(long, media_type))
    decode = bodies._DECODERS[media_type](type(long.head)).decode
    assert decode(parts) == long.whole
    if media_type == media.JSON:
        assert parts == documents.ENCODERS[media_type](long.whole)


MIXED = [
    CLICKS | {"service": "kinesis"},
    {"service": "s3", "region": "us-east-1", "storage_gb": 26112},
    {"service": "dynamodb", "region": "us-east-1", "item_bytes": 1, "storage_gb": 20},
    {"service": "s3", "region": "eu-west-1", "storage_gb": 1, "name": "Ω"},
    CLICKS | {"service": "kinesis", "group": "web"},
]
WRONG: list[Any] = [
    {"workloads": [*MIXED, MIXED[1] | {"storage_gb": "1"}, {}, 5], "free_tier": 1},
    {"workloads": [*MIXED, {"service": "s4"}]},
    {"workloads": [], "free_tiers": True},
    {"workloads": MIXED[0]},
    {"free_tier": True},
    MIXED,
]


@pytest.mark.parametrize("media_type", media.MEDIA_TYPES)
def test_batches_decoded_in_chunks_are_answered_alike(
    media_type: str, client: TestClient[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """How many workloads are decoded at once shows neither in an answer nor in its faults."""
    kinesis = [CLICKS, CLICKS | {"name": "b"}, CLICKS | {"region": "eu-west-1"}]
    sent = [{"workloads": MIXED, "free_tier": True}, *WRONG]
    asked = [("/v1/portfolios/estimate", body) for body in sent]
    asked += [(POST, {"workloads": kinesis}), (POST, {"workloads": [*kinesis, {}]})]

    def answers() -> list[Any]:
        encode, headers = documents.ENCODERS[media_type], {"Content-Type": media_type}
        given = [client.post(path, content=encode(body), headers=headers) for path, body in asked]
        return [(answer.status_code, answer.content) for answer in given]

    whole = answers()
    assert [status for status, _ in whole] == [200, *[400] * len(WRONG), 200, 400]
    monkeypatch.setattr(bodies, "CHUNK", 2)
    assert answers() == whole


def test_a_body_that_breaks_off_is_no_document(client: TestClient[Any]) -> None:
    """A body that ends too soon, or is wrong within a workload, is refused as a whole is."""
    rows = b'{"workloads":[{"service":"s3","name":"%b"}]}'
    headers = {"Content-Type": media.JSON}
    for body in (rows[:20], rows % b"\xff", rows % b"\\x"):
        answer = client.post("/v1/portfolios/estimate", content=body, headers=headers)
        assert (answer.status_code, answer.json()["type"]) == (400, "/problems/malformed-body")


def test_columns_are_asked_for(client: TestClient[Any]) -> None:
    """``layout=columns`` gives lists in the order of the workloads; a view has none."""
    body = {"workloads": [CLICKS, CLICKS | {"records_per_second": 2000}]}
    answer = client.post(f"{POST}?layout=columns", json=body).json()
    assert answer["monthly_cost"] == [69.642, 139.284]
    (hours, _) = answer["charges"]
    assert (hours["meter"], hours["list_cost"]) == ("shard_hours", [32.85, 65.7])
    refused = client.post(f"{POST}?layout=columns&view=charges", json=body)
    assert (refused.status_code, refused.json()["errors"][0]["parameter"]) == (422, "layout")


@pytest.fixture
def sizes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Note how many workloads are estimated together, each time."""
    noted: list[int] = []
    estimate = engine.estimate

    def counted(service: Service, workloads: Any, catalogue: Catalogue) -> engine.Bill:
        noted.append(len(workloads))
        return estimate(service, workloads, catalogue)

    monkeypatch.setattr(engine, "estimate", counted)
    return noted


def alone(service: Service, workload: Any) -> Any:
    """Estimate one workload by itself."""
    (estimated,) = estimates.estimates(engine.estimate(service, [workload], packaged()))
    return estimated


def test_requests_that_wait_together_are_priced_together(sizes: list[int]) -> None:
    """Estimates asked for at the same moment are one batch, and each gets its own answer."""
    rows = [
        msgspec.structs.replace(KINESIS.example, name=str(number), record_bytes=1000.0 + number)
        for number in range(7)
    ]

    async def ask() -> list[Any]:
        coalescer = Coalescer(KINESIS, packaged())
        left = asyncio.ensure_future(coalescer.estimate(rows[0]))
        asked = [asyncio.ensure_future(coalescer.estimate(row)) for row in rows]
        await asyncio.sleep(0)
        left.cancel()
        return await asyncio.gather(*asked)

    answers = asyncio.run(ask())
    assert sizes == [7]
    assert answers == [alone(KINESIS, row) for row in rows]


def test_what_is_refused_is_answered_alone(sizes: list[int]) -> None:
    """Who asks for what is refused is told why; the others are still priced together."""
    example = DYNAMODB.example
    early = msgspec.structs.replace(example, price_date=date(2000, 1, 1))
    twice = msgspec.structs.replace(example, reads_per_second=1.0, read_units_per_second=1.0)

    async def ask() -> list[Any]:
        coalescer = Coalescer(DYNAMODB, packaged())
        rows = [example, early, example, twice, example]
        return await asyncio.gather(*map(coalescer.estimate, rows), return_exceptions=True)

    first, before, second, double, third = asyncio.run(ask())
    assert sizes == [5, 1, 4, 1, 3]
    assert first == second == third == alone(DYNAMODB, example)
    assert isinstance(before, DateBeforePricesError)
    assert before.rows == {0: (DYNAMODB.name, packaged().table("dynamodb").first)}
    assert isinstance(double, GivenTwiceError)
    assert double.rows == {0}


def test_the_fault_of_one_is_not_that_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where pricing fails for one of those who wait together, only that one is told."""
    estimate = engine.estimate

    def fails(service: Service, workloads: Any, catalogue: Catalogue) -> engine.Bill:
        if any(row.name == "bad" for row in workloads):
            raise ZeroDivisionError
        return estimate(service, workloads, catalogue)

    monkeypatch.setattr(engine, "estimate", fails)
    rows = [msgspec.structs.replace(KINESIS.example, name=name) for name in ("a", "bad", "b")]

    async def ask() -> list[Any]:
        coalescer = Coalescer(KINESIS, packaged())
        return await asyncio.gather(*map(coalescer.estimate, rows), return_exceptions=True)

    first, bad, last = asyncio.run(ask())
    assert (first.name, type(bad), last.name) == ("a", ZeroDivisionError, "b")
