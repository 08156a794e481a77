"""Large work in a process of its own: handed over whole, counted once, and made anew when lost."""

import asyncio
import json
import os
import select
import signal
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from resource import RLIMIT_NOFILE, prlimit
from threading import Thread
from typing import Any

import httpx
import pytest

from service.http import large_work, work
from tests.metrics import sums
from tests.server import PATIENCE, Server, held, serving, wait_until

WORKLOAD = {"region": "us-east-1", "records_per_second": 1000, "record_bytes": 3000}
GET = "/v1/kinesis/estimate?region=us-east-1&records_per_second=1000&record_bytes=3000"
BATCH = "/v1/kinesis/estimates"
PRICES = "/v1/rds/prices?limit=10000"
SMALL = json.dumps({"workloads": [WORKLOAD]}).encode()
LARGE = json.dumps({"workloads": [WORKLOAD] * 2000}).encode()
JSON = {"Content-Type": "application/json"}
LARGE_LINES = ("Content-Type: application/json", f"Content-Length: {len(LARGE)}")
KEPT, CLOSED = None, "close"
"""What an answer says of its connection: one that was handed over ends with its answer."""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A service whose process for large work has an id of its own."""
    with serving() as server:
        yield server


@pytest.fixture
def client(server: Server) -> Iterator[httpx.Client]:
    """A client that keeps its connection."""
    with httpx.Client(base_url=server.base, timeout=PATIENCE) as client:
        yield client


def head(asked: str, *lines: str) -> bytes:
    """Return the head of a request."""
    return "\r\n".join([f"{asked} HTTP/1.1", "Host: localhost", *lines, "", ""]).encode()


def in_chunks(body: bytes) -> Iterator[bytes]:
    """Yield a body some bytes at a time, so that its length is not told."""
    yield from (body[start : start + 10_000] for start in range(0, len(body), 10_000))


def post(body: Any, **headers: str) -> Callable[[httpx.Client], httpx.Response]:
    """Return what posts a body."""
    return lambda client: client.post(BATCH, content=body, headers=JSON | headers)


@pytest.mark.parametrize(
    ("ask", "connection"),
    [
        (lambda client: client.get(GET), KEPT),
        (post(SMALL), KEPT),
        (post(LARGE), CLOSED),
        (post(LARGE, Expect="100-continue"), CLOSED),
        (lambda client: post(in_chunks(LARGE))(client), CLOSED),
        (lambda client: client.get(PRICES), CLOSED),
        (lambda client: client.get("/v1/catalog/changes?since=2026-11-01"), CLOSED),
        (lambda client: client.get("/v1/catalog/changes?since=2026-11-01&service=sqs"), KEPT),
        (lambda client: client.get("/v1/dynamodb/prices.xlsx"), CLOSED),
        (lambda client: client.get("/v1/sqs/template.xlsx"), CLOSED),
        (lambda client: client.get("/v1/sqs/template.csv"), KEPT),
    ],
    ids=[
        "small",
        "small body",
        "large body",
        "large body, continued",
        "chunks",
        "much to do",
        "all prices compared",
        "few prices compared",
        "prices as a workbook",
        "a form as a workbook",
        "a form as CSV",
    ],
)
def test_what_is_large_is_answered_beside_and_counted_once(
    server: Server,
    client: httpx.Client,
    ask: Callable[[httpx.Client], httpx.Response],
    connection: str | None,
) -> None:
    """However a request shows that it is large; the answer is the one that the worker gives."""
    counted = requests_counted(server)
    first, second = ask(client), ask(client)
    assert first.status_code == second.status_code == 200
    assert first.headers.get("connection") == connection
    assert first.content == second.content
    wait_until(lambda: requests_counted(server) - counted == 2)
    ids = [line["request_id"] for line in server.told() if line["event"] == "request"]
    assert ids.count(first.headers["x-request-id"]) == 1
    assert sums(server.measured(), "storecast_requests_in_flight")[()] == 1


def beside(server: Server) -> int:
    """Return the process for large work, which is there soon after its worker."""
    wait_until(lambda: len(server.named("storecast-large")) == 1)
    return server.named("storecast-large")[0]


def requests_counted(server: Server) -> float:
    """Return how many requests under ``/v1`` the metrics count."""
    counted = sums(server.measured(), "storecast_requests_total")
    return sum(count for (_, route, _), count in counted.items() if route.startswith("/v1"))


def test_one_that_is_refused_while_it_comes_can_be_read() -> None:
    """A body that is too large is a 413 that says that it is the last, and the next is answered."""
    with serving(MAX_BODY_MB=1) as server:
        body = bytes(8 * 1024**2)
        with httpx.Client(base_url=server.base, timeout=PATIENCE) as client:
            for sent in (body, in_chunks(body), body):
                refused = post(sent)(client)
                assert (refused.status_code, refused.headers["connection"]) == (413, CLOSED)
                assert client.get(GET).headers.get("connection") is KEPT


def test_the_answer_is_that_of_small_requests(client: httpx.Client) -> None:
    """Each workload of a large batch is answered as it is alone."""
    alone = client.post(BATCH, content=SMALL, headers=JSON).json()["estimates"]
    answered = client.post(BATCH, content=LARGE, headers=JSON).json()["estimates"]
    assert answered == alone * 2000


def test_requests_that_come_together_stay_together(server: Server) -> None:
    """A large request between small ones on one connection is answered in its turn."""
    small, large = head(f"GET {GET}"), head(f"POST {BATCH}", *LARGE_LINES) + LARGE
    read = b""
    with server.connected(small + large + small) as connection:
        while read.count(b"HTTP/1.1 200") < 3 or not read.endswith(b"}"):
            part = connection.recv(65536)
            assert part
            read += part
    heads = [each.split(b"\r\n")[0] for each in read.split(b"HTTP/1.1 ")[1:]]
    assert heads == [b"200 OK"] * 3
    assert read.count(b'"service":"kinesis"') >= 2


@pytest.mark.parametrize("path", ["/v1/nothing", "/v1/kinesis/prices?limit=1"])
def test_what_is_answered_before_its_body_grows_large_stays(server: Server, path: str) -> None:
    """Each request has one answer, though a body without a length turns out to be large later."""
    chunk = b"2710\r\n" + bytes(10_000) + b"\r\n"
    with server.connected(head(f"GET {path}", "Transfer-Encoding: chunked") + chunk) as connection:
        read = connection.recv(65536)
        connection.sendall(chunk * 9 + b"0\r\n\r\n")
        time.sleep(0.2)
        connection.sendall(head("GET /livez"))
        while not read.endswith(b'{"status":"ok"}'):
            part = connection.recv(65536)
            assert part
            read += part
    assert read.count(b"HTTP/1.1 ") == 2


def test_what_follows_a_large_request_costs_no_part_of_its_answer(server: Server) -> None:
    """The large answer is whole for a slow reader, who has asked again before it was read."""
    sent = head(f"POST {BATCH}", *LARGE_LINES) + LARGE
    read = b""
    with server.connected(sent, kept=4096) as connection:
        for _ in range(50):
            time.sleep(0.004)
            connection.sendall(head("GET /livez"))
        while part := connection.recv(65536):
            read += part
    assert read.count(b"HTTP/1.1 ") == 1
    assert read.endswith(b"\r\n0\r\n\r\n")


def test_what_comes_with_a_large_request_is_not_heard(server: Server) -> None:
    """Whatever follows the last chunk is no reason to call the request malformed."""
    sent = head(f"POST {BATCH}", LARGE_LINES[0], "Transfer-Encoding: chunked")
    sent += b"ea60\r\n" + SMALL.ljust(60_000) + b"\r\n0\r\n\r\n"
    sent += head("GET /livez", "Connection: Upgrade", "Upgrade: h2c") + head("GET /livez")
    with server.connected(sent) as connection:
        assert connection.recv(65536).startswith(b"HTTP/1.1 200")


def test_where_there_is_no_room_a_large_request_is_refused_once() -> None:
    """A 503 of the process for large work is all that is told and counted of the request."""
    sent = head(f"POST {BATCH}", *LARGE_LINES)
    with serving(MAX_CONNECTIONS=1) as server, server.connected(sent):
        wait_until(lambda: sums(server.measured(), "storecast_requests_in_flight")[()] == 2)
        with server.connected(sent) as refused:
            assert refused.recv(65536).startswith(b"HTTP/1.1 503")
        time.sleep(0.2)
        counted = sums(server.measured(), "storecast_requests_total")
        assert {key for key in counted if key[0] != "GET"} == {("none", "none", "503")}


def test_little_is_kept_of_what_was_heard() -> None:
    """What stands around the parts of a small body, and is no part of it, holds no memory."""
    sent = head(f"POST {BATCH}", "Transfer-Encoding: chunked")
    with serving() as server, server.connected(sent) as connection:
        before = held(server.process.pid)
        for _ in range(2000):
            connection.sendall(b"1;" + b"a" * 30_000 + b"\r\nx\r\n")
        assert held(server.process.pid) - before < 30 * 1024**2


def test_small_requests_are_answered_while_large_ones_hold_every_place() -> None:
    """As many large requests as may be, which nobody reads, leave the places of small ones."""
    with serving(MAX_CONCURRENT=2, READ_TIMEOUT=PATIENCE) as server:
        sent = head(f"POST {BATCH}", *LARGE_LINES) + LARGE
        unread = [server.connected(sent, kept=4096) for _ in range(2)]
        wait_until(lambda: sums(server.measured(), "storecast_requests_in_flight")[()] == 3)
        with httpx.Client(base_url=server.base, timeout=PATIENCE) as client:
            wait_until(lambda: post(LARGE)(client).status_code == 503)
            assert client.get(GET).status_code == 200
        for connection in unread:
            connection.close()


def test_a_lost_process_is_replaced() -> None:
    """One that is killed amid a request is told of, and the next large request is answered."""
    with serving() as server, httpx.Client(base_url=server.base, timeout=PATIENCE) as client:
        lost = beside(server)
        os.kill(lost, signal.SIGSTOP)
        asking = Thread(target=quietly, args=(server,))
        asking.start()
        time.sleep(0.2)
        os.kill(lost, signal.SIGKILL)
        asking.join()
        assert post(LARGE)(client).status_code == 200
        assert server.named("storecast-large") not in ([], [lost])
        (line,) = server.log()
        assert (line["pid"], line["exit_code"], line["level"]) == (lost, -signal.SIGKILL, "error")
        wait_until(lambda: sums(server.measured(), "storecast_requests_in_flight")[()] == 1)
        assert sums(server.measured(), "storecast_workers_replaced_total")[()] == 1


def test_what_is_lost_with_a_process_is_counted() -> None:
    """The log and the metrics tell how many requests ended with a process that was killed."""
    with serving() as server, server.connected(head(f"POST {BATCH}", *LARGE_LINES)):
        in_flight = "storecast_requests_in_flight"
        wait_until(lambda: sums(server.measured(), in_flight)[()] == 2)
        os.kill(beside(server), signal.SIGKILL)
        wait_until(lambda: bool(server.log()))
        assert server.log()[0]["requests"] == 1
        assert sums(server.measured(), "storecast_requests_lost_total")[()] == 1
        assert sums(server.measured(), in_flight)[()] == 1


def quietly(server: Server) -> None:
    """Ask something large, whatever comes of it."""
    with suppress(httpx.TransportError):
        httpx.post(server.base + BATCH, content=LARGE, headers=JSON, timeout=PATIENCE)


def test_without_its_keeper_the_worker_does_large_work_itself() -> None:
    """Where nobody would fork the process anew, its worker works on; it says so in the log."""
    with serving() as server, httpx.Client(base_url=server.base, timeout=PATIENCE) as client:
        for lost in (*server.named("storecast-keep"), beside(server)):
            os.kill(lost, signal.SIGKILL)
        wait_until(lambda: bool(server.log()))
        answer = post(LARGE)(client)
        assert (answer.status_code, answer.headers.get("connection")) == (200, KEPT)
        assert server.stopped() < 8


def test_none_outlives_a_killed_worker() -> None:
    """The process for large work and its keeper end when their worker is gone."""
    with serving(STOP_NOTICE=0) as server:
        assert beside(server) not in server.named("storecast-keep")
        server.process.kill()
        wait_until(lambda: not server.named("storecast-large") + server.named("storecast-keep"))


def test_a_silent_process_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """The keeper ends a process that stands still; one that ends by itself it does not touch."""
    monkeypatch.setattr(large_work, "SECONDS_OF_SILENCE", 1)
    killed: list[int] = []
    monkeypatch.setattr(os, "kill", lambda pid, _: killed.append(pid))
    beats, beat = os.pipe()
    os.write(beat, b".")
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        large_work._wait_for(7, beats, theirs)
        assert killed == [7]
        os.close(beat)
        large_work._wait_for(8, beats, theirs)
        assert killed == [7]
    os.close(beats)


def test_no_memory_and_no_descriptors_leave_the_work_here() -> None:
    """What cannot be handed over is not: the worker then does it."""
    ours, theirs = large_work.socket.socketpair()
    beside = large_work.Beside(0, ours)
    with ours, theirs:
        assert not beside.take(-1, b"a descriptor that is none", 0.0)
        beside.stop()
        assert not beside.take(0, b"nobody takes any more", 0.0)


def test_a_large_request_waits_for_descriptors() -> None:
    """Where the process for large work may open no more, what it is given is answered later."""
    with serving() as server, ThreadPoolExecutor() as threads:
        process = beside(server)
        usual = prlimit(process, RLIMIT_NOFILE)
        prlimit(process, RLIMIT_NOFILE, (4, usual[1]))
        address = server.base + BATCH
        asked = threads.submit(httpx.post, address, content=LARGE, headers=JSON, timeout=PATIENCE)
        with pytest.raises(TimeoutError):
            asked.result(timeout=0.5)
        prlimit(process, RLIMIT_NOFILE, usual)
        assert asked.result(timeout=PATIENCE).status_code == 200
        (line,) = server.log()
        assert line["event"].endswith("may open no more files; requests wait for it")
        (told,) = [line for line in server.told() if line.get("route") == BATCH]
        assert told["seconds"] > 0.4


def test_a_process_that_stands_still_ends_with_its_worker() -> None:
    """A stop is over in time with all its processes, though one of them does nothing any more."""
    with serving() as server:
        os.kill(beside(server), signal.SIGSTOP)
        server.process.terminate()
        server.process.wait(PATIENCE)
        wait_until(lambda: not server.named("storecast-large") + server.named("storecast-keep"), 2)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_process_without_descriptors_ends_with_its_worker(number: int) -> None:
    """One that can take nothing over sees yet that its worker ends, or is gone."""
    with serving(STOP_NOTICE=0) as server:
        process = beside(server)
        prlimit(process, RLIMIT_NOFILE, (4, prlimit(process, RLIMIT_NOFILE)[1]))
        with server.connected(head(f"POST {BATCH}", *LARGE_LINES) + LARGE):
            wait_until(lambda: bool(server.log()))
            os.kill(server.process.pid, number)
            wait_until(lambda: not server.named("storecast-large") + server.named("storecast-keep"))


def test_small_requests_go_on_while_no_large_one_is_taken_over() -> None:
    """Where the process for large work stands still, its worker does what that has no place for."""
    with serving() as server, ExitStack() as clients:
        process = beside(server)
        os.kill(process, signal.SIGSTOP)
        sent = head(f"POST {BATCH}", *LARGE_LINES) + LARGE
        asked = [clients.enter_context(server.connected(sent)) for _ in range(60)]
        assert any(select.select(asked, [], [], PATIENCE)[0])
        assert server.get(GET) == 200
        assert server.named("storecast-large") == [process]


def test_a_client_that_cannot_be_taken_over_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """One whose request does not fit into memory does not wait for an answer."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    client, connection = socket.socketpair()
    client.settimeout(PATIENCE)
    with ours, theirs, client:
        with connection:
            assert large_work.Beside(0, ours).take(connection.fileno(), b"", 0.0)
        large = large_work.Large.__new__(large_work.Large)
        large._control = theirs
        monkeypatch.setattr(os, "pread", full)
        loop = asyncio.new_event_loop()
        loop.call_soon(large._adopt)
        loop.call_soon(loop.stop)
        loop.run_forever()
        loop.close()
        assert client.recv(1) == b""


def full(*_: object) -> None:
    """Fail as where there is no memory."""
    raise MemoryError


def test_one_that_sends_without_waiting_is_not_told_to_go_on(server: Server) -> None:
    """A large body in chunks is asked for once, though it is heard twice."""
    lines = ("Transfer-Encoding: chunked", "Expect: 100-continue")
    with server.connected(head(f"POST {BATCH}", LARGE_LINES[0], *lines)) as connection:
        assert connection.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"ea60\r\n" + SMALL.ljust(60_000) + b"\r\n")
        time.sleep(0.2)
        connection.sendall(b"0\r\n\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 200")


def test_large_bodies_are_known_by_their_bytes() -> None:
    """The bound of bodies is that of work, for the least bytes of a workload."""
    assert work.LIGHT_BYTES == work.LIGHT_SIZE * work.BYTES_OF_A_WORKLOAD
    assert len(SMALL) < work.LIGHT_BYTES < len(LARGE)
