"""Large work: bounded before it begins, apart from small work, made once, and ended in time."""

import asyncio
from itertools import count
from threading import BoundedSemaphore, Event
from typing import Any

import pytest
from litestar.testing import TestClient

from pricing.catalogue import packaged
from pricing.model import service
from service import waiting
from service.answers import catalogue, comparisons, sweeps
from service.answers.comparisons import Curve, SweepAnswer
from service.answers.projections import Projection, YearRecord
from service.app import create_app
from service.formats import documents, media, spools
from service.http import delivery, work
from service.problems import RETRY_AFTER, ProblemError
from service.requests import comparisons as comparison_requests
from service.requests import prices

Client = TestClient[Any]
CLICKS = {"region": "us-east-1", "records_per_second": 1000, "record_bytes": 3000}
SMALL = "/v1/kinesis/comparison?region=us-east-1&records_per_second=1000&record_bytes=3000"
SMALL += "&vary=capacity_mode"
ORDERS = "/v1/dynamodb/comparison?region=us-east-1&item_bytes=100"
ORDERS += "&vary=writes_per_second:1000|1001|1002,reads_per_second:20000|19980|19960"
ORDERS += "&sweep=item_bytes:1:400000:100"


class Leaving:
    """A request whose client leaves when its work has begun."""

    def __init__(self) -> None:
        self.begun = Event()
        self.scope: dict[str, Any] = {}

    async def receive(self) -> dict[str, str]:
        """Return what a server gives then."""
        await asyncio.to_thread(self.begun.wait)
        return {"type": "http.disconnect"}


def test_turns_are_bounded_before_any_is_refined(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More turns than are listed are refused, with their number, the bound and what to send."""
    found = client.get(ORDERS).json()["sweep"]
    number = len(found["break_even_points"]) + len(found["steps"])
    assert number > 1
    monkeypatch.setattr(sweeps, "MOST_TURNS", number)
    assert client.get(ORDERS).status_code == 200
    monkeypatch.setattr(sweeps, "MOST_TURNS", number - 1)
    monkeypatch.setattr("pricing.comparison.refined", None)
    refused = client.get(ORDERS)
    assert refused.status_code == 422
    (fault,) = refused.json()["errors"]
    assert fault["parameter"] == "sweep"
    for said in (f"turns {number} times", f"at most {number - 1} turns", "fewer alternatives"):
        assert said in fault["detail"]


def test_as_many_alternatives_as_are_promised_are_compared(client: Client) -> None:
    """Ten thousand alternatives are ranked by what they cost, in a rising order."""
    vary = {"records_per_second": list(range(1, 10_001))}
    answer = client.post("/v1/kinesis/comparison", json={"workload": CLICKS, "vary": vary})
    costs = [one["monthly_cost"] for one in answer.json()["alternatives"]]
    assert len(costs) == comparison_requests.MOST_ALTERNATIVES
    assert costs == sorted(costs)


@pytest.mark.parametrize("size", [0, work.LIGHT_SIZE + 1])
def test_work_ends_when_its_client_has_left(size: float) -> None:
    """A loop that would never end stops, in a small place as in a large one."""
    request, ended = Leaving(), Event()

    def endless() -> None:
        try:
            for _ in waiting.each(count()):
                request.begun.set()
        finally:
            ended.set()

    with pytest.raises(ProblemError, match="has left"):
        asyncio.run(work.done(request, size, endless))  # type: ignore[arg-type]
    assert ended.wait(30)


def test_large_work_is_turned_away_where_too_much_waits(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is a 503 that says when to try again, while a small comparison is answered."""
    busy, places = Event(), work.Places(1, 0)
    monkeypatch.setattr(work, "HEAVY", places)

    async def occupy() -> asyncio.Future[bool]:
        return places.start(busy.wait)

    with TestClient(create_app()) as own, own.portal() as portal:
        portal.call(occupy)
        try:
            refused = own.get("/v1/rds/prices.csv")
            assert (refused.status_code, refused.headers["Retry-After"]) == (503, str(RETRY_AFTER))
            assert own.get(SMALL).status_code == 200
        finally:
            busy.set()


def test_a_thread_that_cannot_be_started_is_a_503_and_takes_no_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """However often that happens, work is done as soon as there are threads again."""
    places = work.Places(1, 0)

    async def twice() -> str:
        with monkeypatch.context() as without:
            without.setattr("threading.Thread.start", _fail)
            with pytest.raises(ProblemError, match="no thread"):
                places.start(str)
        return await places.start(lambda: "done")

    assert asyncio.run(twice()) == "done"


def _fail(_: Any) -> None:
    raise RuntimeError("can't start new thread")


def test_a_price_list_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole list, a byte of it and its answer to HEAD come of one making, in each format."""
    made: list[str] = []
    listed = catalogue.prices

    def counted(*asked: Any) -> Any:
        made.append(asked[0].key)
        return listed(*asked)

    monkeypatch.setattr(catalogue, "prices", counted)
    with TestClient(create_app()) as own:
        own.headers["Accept-Encoding"] = "identity"
        whole = own.get("/v1/rds/prices.csv")
        assert own.get("/v1/rds/prices.csv").content == whole.content
        assert own.head("/v1/rds/prices.csv").headers["ETag"] == whole.headers["ETag"]
        for busting in ("", "?_=1"):
            part = own.get(f"/v1/rds/prices.csv{busting}", headers={"Range": "bytes=0-0"})
            assert (part.status_code, part.content) == (206, whole.content[:1])
    assert made == ["rds"]
    assert len(whole.content) == int(whole.headers["Content-Length"])


@pytest.mark.parametrize("media_type", media.MEDIA_TYPES)
def test_pieces_are_the_bytes_of_the_whole(media_type: str) -> None:
    """Long lists, at the top, in a Struct or in its items, are encoded as in a single call."""
    curves = [Curve(rank, [2.5, None] * 400) for rank in range(20)]
    years = [YearRecord("2026", 2026, 2, 3.5, True, 1, 0)] * 70_001
    values: list[Any] = [years[:15], years, curves, SweepAnswer("f", [1.5] * 1000, curves, [], [])]
    for value in (*values, [], {}, Projection([], [], [], years[:1201])):
        assert b"".join(documents.pieces(value, media_type)) == documents.ENCODERS[media_type](
            value
        )


@pytest.mark.parametrize("media_type", media.MEDIA_TYPES)
def test_records_are_the_bytes_of_the_whole(media_type: str) -> None:
    """Records that come some at a time, or none at all, are one list."""
    for chunks in ([], [[1]], [[1] * 10, [2] * 6], [[3] * 500] * 132):
        whole = documents.ENCODERS[media_type]([item for chunk in chunks for item in chunk])
        assert b"".join(documents.records(chunks, media_type)) == whole


def test_a_large_body_of_a_comparison_is_read_from_a_file(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Blanks that make it too large for memory change nothing of the answer."""
    body = documents.ENCODERS[media.JSON]({"workload": CLICKS, "vary": {"capacity_mode": "*"}})
    headers = {"Content-Type": media.JSON}
    small = client.post("/v1/kinesis/comparison", content=body, headers=headers)
    monkeypatch.setattr(spools, "SPOOLED", 1000)
    large = client.post("/v1/kinesis/comparison", content=body + b" " * 2000, headers=headers)
    assert (small.status_code, small.content) == (200, large.content)


def test_the_size_of_work_is_known_before_it_begins() -> None:
    """What a dashboard asks for is small; all there is to compare, or to list, is large."""
    kinesis, rds = service("kinesis"), service("rds")
    request = comparison_requests.request_type(kinesis)
    vary = request.__annotations__["vary"]
    few = request(kinesis.example, vary(capacity_mode="*"))
    many = request(kinesis.example, vary(records_per_second=[float(n) for n in range(1, 5000)]))
    assert comparisons.size(kinesis, few) <= work.LIGHT_SIZE < comparisons.size(kinesis, many)
    query = prices.price_query(rds)
    narrow, whole = query(region="us-east-1", meter="storage"), query()
    table = packaged().table(rds.key)
    assert catalogue.size(narrow, table) <= work.LIGHT_SIZE < catalogue.size(whole, table)


def test_answers_beyond_those_that_are_sent_live_are_the_same(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An answer is the same bytes whether it is worked out as it is sent or written to a file."""
    body = {"workloads": [CLICKS | {"name": str(number)} for number in range(1200)]}
    plain = {"Accept-Encoding": "identity"}
    live = client.post("/v1/kinesis/estimates", json=body, headers=plain)
    monkeypatch.setattr(delivery, "LIVE", BoundedSemaphore(1))
    assert delivery.LIVE.acquire(blocking=False)
    written = client.post("/v1/kinesis/estimates", json=body, headers=plain)
    assert "content-length" in written.headers
    assert "content-length" not in live.headers
    assert written.content == live.content
    delivery.LIVE.release()
    last = client.post("/v1/kinesis/estimates", json=body, headers=plain)
    assert "content-length" not in last.headers
    assert delivery.LIVE.acquire(timeout=10), "a permit came back with the end of its answer"


@pytest.mark.parametrize("encoding", ["identity", "gzip, zstd"])
@pytest.mark.parametrize("fault", [MemoryError(), RuntimeError("can't start new thread")])
def test_what_fails_before_the_first_part_is_a_problem(
    client: Client, monkeypatch: pytest.MonkeyPatch, fault: Exception, encoding: str
) -> None:
    """A long answer begins when its first part is there: what has no room until then is a 503."""

    def refuse(*_: Any) -> Any:
        raise fault

    if isinstance(fault, MemoryError):
        monkeypatch.setitem(documents.ENCODERS, media.JSON, refuse)
    else:
        monkeypatch.setattr(work.PARTS._threads, "submit", refuse)
    accepted = {"Accept-Encoding": encoding}
    body = {"workloads": [CLICKS] * 3000}
    response = client.post("/v1/kinesis/estimates", json=body, headers=accepted)
    assert (response.status_code, response.json()["type"]) == (503, "/problems/overloaded")
