"""What an operator sees of the running server: its log, its metrics, and how it ends."""

import json
import os
import re
import signal
import socket
import threading
import time
import urllib.request
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from pricing.model import registry
from service.app import create_app
from service.http import metrics
from service.settings import Settings
from tests.metrics import sums
from tests.server import ROOT, Server, command, serving, wait_until

GET = "/v1/kinesis/estimate?region=us-east-1&records_per_second=1000&record_bytes=3000"
BATCH = "/v1/kinesis/estimates"
WORKLOAD = {"region": "us-east-1", "records_per_second": 1000, "record_bytes": 3000}
UNPRICED = {
    "region": "ap-south-2",
    "reads_per_second": 1,
    "writes_per_second": 1,
    "item_bytes": 100,
    "storage_gb": 1,
    "change_data_capture": True,
}
TOKEN = "5ecret-token"
KEY = "5ecret-key"


def asked(server: Server, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
    """Ask, and return the status and the headers."""
    data = None if body is None else json.dumps(body).encode()
    headers |= {"Content-Type": "application/json"} if data else {}
    request = urllib.request.Request(server.base + path, data, headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            response.read()
            return response.status, response.headers
    except urllib.error.HTTPError as error:
        return error.code, error.headers


def requests_told(server: Server) -> list[dict[str, Any]]:
    """Return the lines of requests under ``/v1``, and of those that have no route."""
    own = ("/readyz", "/livez", "/metrics")
    return [
        line for line in server.told() if line["event"] == "request" and line["route"] not in own
    ]


def test_each_request_is_a_line_without_what_was_asked() -> None:
    """A line has id, route, status, duration and rows; queries, keys and tokens are nowhere."""
    with serving(API_KEYS=KEY, SHEET_TOKENS=TOKEN) as server:
        status, headers = asked(server, f"{GET}&name=5ecret-plan", **{"X-API-Key": KEY})
        assert (status, len(headers["X-Request-ID"])) == (200, 32)
        own = {"X-API-Key": KEY, "X-Request-ID": "trace-1"}
        assert asked(server, BATCH, {"workloads": [WORKLOAD] * 3}, **own)[1]["X-Request-ID"] == (
            "trace-1"
        )
        assert asked(server, f"/token/{TOKEN}{GET}")[0] == 200
        status, headers = asked(server, GET, **{"X-API-Key": "5ecret-guess", "X-Request-ID": "a b"})
        assert (status, len(headers["X-Request-ID"])) == (401, 32)
        assert asked(server, f"/v1/nope/{TOKEN}")[0] == 404
        wait_until(lambda: len(requests_told(server)) == 5)
        told = requests_told(server)
        assert "5ecret" not in server.written()
    shown = [(line["route"], line["status"], line["rows"], line["level"]) for line in told]
    assert shown == [
        ("/v1/kinesis/estimate", 200, 1, "info"),
        (BATCH, 200, 3, "info"),
        ("/v1/kinesis/estimate", 200, 1, "info"),
        ("/v1/kinesis/estimate", 401, 0, "warning"),
        ("none", 404, 0, "info"),
    ]
    assert told[1]["request_id"] == "trace-1"
    assert told[3]["problem"] == "not-authorized"
    assert all(0 < line["seconds"] < 30 and line["bytes"] > 0 for line in told)
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", line["time"]) for line in told)


def test_what_is_refused_before_it_is_a_request_is_a_line_too() -> None:
    """Heads that are no HTTP, too large or too slow, and bodies that stop, are told of once.

    Pages of other origins that may ask can read why; the line has the time and bytes of it all.
    """
    origin = "https://dashboard.example"
    limits = {"MAX_HEADER_KB": 1, "HEADER_TIMEOUT": 0.5, "BODY_TIMEOUT": 0.5}
    lines = b" HTTP/1.1\r\nHost: a\r\nOrigin: " + origin.encode() + b"\r\n"
    sent = [
        (400, b"no http\r\n\r\n"),
        (408, b"GET / HT"),
        (431, b"GET /" + lines + b"A: " + b"a" * 2000),
        (
            408,
            b"POST " + BATCH.encode() + lines + b"Content-Length: 9\r\n"
            b"Content-Type: application/json\r\n\r\n{",
        ),
    ]
    sizes = []
    with serving(**limits, CORS_ORIGINS=origin) as server:
        for status, head in sent:
            with server.connected(head) as client:
                answer = client.recv(65536)
            assert int(answer.split()[1]) == status
            assert b"\r\nX-Request-ID: " in answer
            assert b"\r\ncatalog-version: " in answer
            assert b"\r\nx-content-type-options: nosniff\r\n" in answer
            allowed = f"\r\naccess-control-allow-origin: {origin}\r\n".encode() in answer
            assert allowed == (lines in head)
            sizes.append(len(answer.partition(b"\r\n\r\n")[2]))
        wait_until(lambda: len(requests_told(server)) == 4)
        told = requests_told(server)
        assert [line["status"] for line in told] == [status for status, _ in sent]
        assert [line["bytes"] for line in told] == sizes
        assert [line["seconds"] > 0.4 for line in told] == [line["status"] == 408 for line in told]
        counted = sums(server.measured(), "storecast_requests_total")
        assert counted["none", "none", "400"] == counted["none", "none", "431"] == 1
        assert counted["none", "none", "408"] == counted["POST", BATCH, "408"] == 1


def test_a_request_keeps_its_id_where_it_is_refused_at_once() -> None:
    """One whose body is no body from its first byte has the id that it gave, as its line has."""
    lines = ["X-Request-ID: mine", "Host: a", "Transfer-Encoding: chunked", "", "no length"]
    with serving() as server:
        with server.connected(
            f"POST {BATCH} HTTP/1.1\r\n".encode() + "\r\n".join(lines).encode()
        ) as one:
            assert b"\r\nX-Request-ID: mine\r\n" in one.recv(65536)
        wait_until(lambda: bool(requests_told(server)))
        assert [(line["request_id"], line["status"]) for line in requests_told(server)] == [
            ("mine", 400)
        ]


def test_a_client_that_leaves_amid_large_work_is_no_failure() -> None:
    """Its line and the metrics have 499, and no problem: nobody was refused."""
    body = json.dumps({"workloads": [WORKLOAD] * 50_000}).encode()
    lines = [f"POST {BATCH} HTTP/1.1", "Host: a", "Content-Type: application/json"]
    head = "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode()
    with serving() as server:
        server.connected(head + body).close()
        wait_until(lambda: bool(requests_told(server)))
        (line,) = requests_told(server)
        assert (line["status"], line.get("problem")) == (499, None)
        assert sums(server.measured(), "storecast_requests_total")["POST", BATCH, "499"] == 1


def test_a_lost_worker_is_told_of_and_the_sums_of_all_workers_go_on() -> None:
    """Any worker tells of all; a killed one is replaced, and nothing is forgotten."""
    with serving(WORKERS=2) as server:
        for _ in range(20):
            assert asked(server, GET)[0] == 200
        before = sums(server.measured(), "storecast_requests_total")
        assert before["GET", "/v1/kinesis/estimate", "200"] == 20
        lost = server.workers()[0]
        os.kill(lost, signal.SIGKILL)
        wait_until(lambda: any(line.get("pid") == lost for line in server.log()))
        wait_until(lambda: replaced(server) >= 1)
        for _ in range(10):
            assert asked(server, GET)[0] == 200
        text = server.measured()
        assert sums(text, "storecast_requests_total")["GET", "/v1/kinesis/estimate", "200"] == 30
        assert sums(text, "storecast_workloads_total")[()] == 30
        assert sums(text, "storecast_requests_in_flight")[()] == 1


def replaced(server: Server) -> float:
    """Return how many workers took the place of another."""
    with suppress(OSError):
        return sums(server.measured(), "storecast_workers_replaced_total")[()]
    return 0


def test_workers_end_with_a_parent_that_is_killed() -> None:
    """No worker outlives the process that started it."""
    with serving(WORKERS=2, STOP_NOTICE=0) as server:
        orphans = server.workers()
        assert len(orphans) == 2
        server.process.kill()
        wait_until(lambda: not any(map(command, orphans)))


@pytest.mark.parametrize("workers", [1, 2])
def test_a_stop_is_announced_before_the_listener_closes(workers: int) -> None:
    """After the signal /readyz is a 503 while other requests are answered, for a moment."""
    with serving(WORKERS=workers, STOP_NOTICE=2) as server:
        server.process.terminate()
        wait_until(lambda: asked(server, "/readyz")[0] == 503)
        assert asked(server, GET)[0] == 200
        assert server.stopped() < 9


def test_no_connection_waits_for_workers_that_stop() -> None:
    """Once workers no longer listen, nothing does: a client is refused, and not left waiting."""
    with serving(WORKERS=2, STOP_NOTICE=0) as server:
        half = b"POST /v1/kinesis/estimates HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n"
        with ExitStack() as clients:
            for _ in range(20):
                clients.enter_context(server.connected(half))
            time.sleep(0.5)
            server.process.terminate()
            wait_until(lambda: refuses(server))
            assert server.process.poll() is None


def refuses(server: Server) -> bool:
    """Return whether nobody listens."""
    try:
        socket.create_connection(("127.0.0.1", server.port)).close()
    except ConnectionRefusedError:
        return True
    return False


def test_a_silent_worker_does_not_delay_the_stop() -> None:
    """A worker that stands still is cut when its time is over, as others are."""
    with serving(WORKERS=2) as server:
        workers = server.workers()
        os.kill(workers[0], signal.SIGSTOP)
        time.sleep(1)
        assert server.stopped() < 10
        assert not any(map(command, workers))


@pytest.mark.parametrize("workers", [1, 2])
def test_a_second_signal_ends_the_notice(workers: int) -> None:
    """A service that is told twice ends at once."""
    with serving(WORKERS=workers, STOP_NOTICE=5) as server:
        server.process.terminate()
        wait_until(lambda: asked(server, "/readyz")[0] == 503)
        assert server.stopped() < 4


def test_long_work_does_not_outlast_the_stop() -> None:
    """Large work that is under way when the signal comes is over, or cut, within the time."""
    body = {"workloads": [WORKLOAD | {"name": str(row)} for row in range(60_000)]}
    with serving() as server, ExitStack() as threads:
        for _ in range(3):
            long = threading.Thread(target=quietly, args=(server, f"{BATCH}?format=xlsx", body))
            long.start()
            threads.callback(long.join)
        time.sleep(1.5)
        assert server.stopped() < 9


def quietly(server: Server, path: str, body: Any) -> None:
    """Ask, whatever comes of it."""
    with suppress(OSError):
        asked(server, path, body)


def test_the_log_has_a_level() -> None:
    """With ``LOG_LEVEL=warning`` only refusals of what may be sound are lines."""
    with serving(LOG_LEVEL="warning", API_KEYS=KEY) as server:
        for path, status in ((GET, 200), (f"{GET}&x=1", 400), ("/v1/nope", 404)):
            assert asked(server, path, **{"X-API-Key": KEY})[0] == status
        assert asked(server, GET)[0] == 401
        wait_until(lambda: bool(server.told()))
        assert [line["status"] for line in server.told()] == [401]


def test_unpriced_charges_and_the_age_of_prices_are_measured() -> None:
    """A charge without a price is counted, as are its rows; each service has an age in days."""
    with TestClient(create_app()) as client:
        before = client.get("/metrics").text
        unpriced = client.post("/v1/dynamodb/estimates", json={"workloads": [UNPRICED]})
        assert unpriced.json()["estimates"][0]["complete"] is False
        after = client.get("/metrics")
    assert after.headers["content-type"] == metrics.MEDIA_TYPE
    name = "storecast_unpriced_charges_total"
    assert sums(after.text, name)[()] > sums(before, name)[()]
    ages = sums(after.text, "storecast_catalogue_age_days")
    assert {key for (key,) in ages} == set(registry())


def test_what_is_kept_is_measured() -> None:
    """A price list is looked for each time, and an answer to HEAD by the GET after it."""
    with TestClient(create_app()) as client:
        before = sums(client.get("/metrics").text, "storecast_cache_lookups_total")
        for ask in (client.get, client.get, client.head, client.get):
            assert ask("/v1/rds/prices.csv").status_code == 200
        after = sums(client.get("/metrics").text, "storecast_cache_lookups_total")
    found = {labels: after[labels] - before.get(labels, 0) for labels in after}
    assert found == {
        ("price-lists", "no"): 1,
        ("price-lists", "yes"): 2,
        ("head", "no"): 1,
        ("head", "yes"): 1,
    }


def test_the_examples_ask_for_metrics_that_exist() -> None:
    """Alert rules and dashboard name no metric but those of the service."""
    pages = (ROOT / "docs" / "monitoring").iterdir()
    asked_for = {name for page in pages for name in re.findall(r"storecast_\w+", page.read_text())}
    with TestClient(create_app()) as client:
        told = set(re.findall(r"^# TYPE (\S+)", client.get("/metrics").text, re.MULTILINE))
    told |= {f"{name}_bucket" for name in told}
    assert asked_for
    assert asked_for <= told


def test_every_answer_has_the_safe_headers() -> None:
    """Pages, answers and problems cannot be framed or sniffed, and tell no address onwards."""
    with TestClient(create_app(Settings())) as client:
        for path in (
            "/",
            "/plan/s3",
            "/docs",
            "/docs/assets/swagger-ui.css",
            GET,
            "/v1/nope",
            "/metrics",
        ):
            headers = client.get(path).headers
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["x-frame-options"] == "DENY"
            assert headers["referrer-policy"] == "no-referrer"
            assert "frame-ancestors 'none'" in headers["content-security-policy"]
        page = client.get("/docs")
        assert "script-src 'self' 'sha256-" in page.headers["content-security-policy"]


def test_workers_that_start_without_room_take_no_other_folder(tmp_path: Path) -> None:
    """They are not ready until their own folder may be written to; small requests are answered."""
    with serving(WORKERS=2, TMPDIR=tmp_path) as server:
        before = server.workers()
        tmp_path.chmod(0o500)
        for worker in before:
            os.kill(worker, signal.SIGKILL)
        wait_until(lambda: len(set(server.workers()) - {*before}) == 2)
        assert (server.get("/readyz"), server.get(GET)) == (503, 200)
        tmp_path.chmod(0o700)
        assert server.get("/readyz") == 200
