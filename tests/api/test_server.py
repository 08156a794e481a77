"""The running server: what it bears of clients that are slow, silent, too long or gone."""

import http.client
import json
import os
import re
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress

import httptools
import httpx
import pytest

from service.http import work
from service.http.access import Failures
from service.http.server import PatientProtocol
from tests.server import PATIENCE, ROOT, Server, serving, wait_until

GET = "/v1/kinesis/estimate?region=us-east-1&records_per_second=1000&record_bytes=3000"
BATCH = "/v1/kinesis/estimates"
COMPARISON = "/v1/kinesis/comparison"
WORKLOAD = {"region": "us-east-1", "records_per_second": 1000, "record_bytes": 3000}
PRINTS = "import service.__main__ as m; m.serve = m._refusal = lambda *_: ''; m.main()"
"""Starts the service as far as it prints its addresses."""
PLACES = 3
TIMEOUT = 1
LIMITS = {
    "HEADER_TIMEOUT": TIMEOUT,
    "BODY_TIMEOUT": TIMEOUT,
    "READ_TIMEOUT": 2 * TIMEOUT,
    "MIN_BODY_RATE": 100,
    "MAX_HEADER_KB": 16,
    "MAX_CONCURRENT": PLACES,
    "MAX_BODY_MB": 8,
}


def head(path: str, length: int | None, *more: str) -> bytes:
    """Spell the head of a POST of JSON, whose body has a length or comes in chunks."""
    sized = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
    lines = [f"POST {path} HTTP/1.1", "Host: localhost", "Content-Type: application/json", sized]
    return "\r\n".join([*lines, *more, "", ""]).encode()


def everything(client: socket.socket) -> bytes:
    """Read until the server closes the connection, and close it."""
    read = b""
    with client, suppress(ConnectionResetError):
        while part := client.recv(65536):
            read += part
    return read


def told(response: bytes) -> tuple[int, str]:
    """Return the status of a response, and the kind of problem it tells."""
    status = int(response.split()[1])
    return status, json.loads(response.partition(b"\r\n\r\n")[2])["type"].rpartition("/")[2]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server of little patience, whose log must stay empty."""
    with serving(**LIMITS) as server:
        yield server
        assert server.log() == []


def test_a_body_that_is_awaited_takes_no_place(server: Server) -> None:
    """More half-sent bodies than places leave room for others; then each is a 408, and closed."""
    with ExitStack() as clients:
        half = [
            clients.enter_context(server.connected(head(path, 1000) + b"{"))
            for path in [BATCH, COMPARISON] * (2 * PLACES)
        ]
        assert server.get(GET) == 200
        refused = [told(everything(client)) for client in half]
    assert refused == [(408, "request-timeout")] * len(half)


@pytest.mark.parametrize("chunked", [False, True])
def test_an_offer_of_another_protocol_is_declined(server: Server, chunked: bool) -> None:
    """What follows an offer of HTTP/2 or of a web socket is a body, and more requests."""
    body = json.dumps({"workloads": [WORKLOAD]}).encode()
    h2c = ["Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAEAAEAA"]
    socket_offered = ["Connection: Upgrade", "Upgrade: websocket"]
    post = head(BATCH, None if chunked else len(body), *h2c)
    sent = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body) if chunked else body
    get = "\r\n".join([f"GET {GET} HTTP/1.1", "Host: localhost", *socket_offered, "", ""]).encode()
    with server.connected(post + sent[:9]) as client:
        time.sleep(0.1)
        client.sendall(sent[9:] + get + post + sent + b"GET /livez HTTP/1.0\r\n\r\n")
        answers = everything(client)
    assert re.findall(rb"HTTP/1.1 (\d+)", answers) == [b"200"] * 4
    assert answers.count(b'"service":"kinesis"') == 3


def test_one_whose_body_is_there_takes_a_place(server: Server) -> None:
    """Answers that nobody reads hold every place, but not for long: their connections are cut."""
    body = json.dumps({"workloads": [WORKLOAD] * 400}).encode()
    assert len(body) < work.LIGHT_BYTES
    sent = head(BATCH, len(body)) + body
    with ExitStack() as clients:
        for _ in range(2 * PLACES):
            clients.enter_context(server.connected(sent, kept=4096))
        wait_until(lambda: server.get(GET) == 503)
        assert server.get("/livez") == 200
        wait_until(lambda: server.get(GET) == 200)


def test_a_slow_reader_gets_its_answer(server: Server) -> None:
    """One that reads on, if slowly and for longer than a reader may pause, is not cut."""
    body = json.dumps({"workloads": [WORKLOAD] * 1000}).encode()
    read = b""
    with server.connected(head(BATCH, len(body), "Connection: close") + body, 4096) as client:
        started = time.monotonic()
        while part := client.recv(16384):
            read += part
            if time.monotonic() - started < 4 * TIMEOUT:
                time.sleep(0.02)
    assert time.monotonic() - started > 3 * TIMEOUT
    assert read.endswith(b"0\r\n\r\n")


def test_a_slow_body_is_waited_for_while_it_makes_progress(server: Server) -> None:
    """A body at more than the least rate is priced; one that drips is a 408."""
    body = json.dumps({"workloads": [WORKLOAD]}).encode().ljust(1500)
    with server.connected(head(BATCH, len(body), "Connection: close")) as client:
        for start in range(0, len(body), 100):
            client.sendall(body[start : start + 100])
            time.sleep(TIMEOUT / 5)
        assert everything(client).startswith(b"HTTP/1.1 200")
    with server.connected(head(BATCH, len(body))) as client:
        with suppress(OSError):
            for place in range(1000):
                client.sendall(body[place : place + 1])
                client.settimeout(TIMEOUT / 10)
                with suppress(TimeoutError):
                    assert told(client.recv(65536)) == (408, "request-timeout")
                    break
        assert place < 100


@pytest.mark.parametrize(
    ("sent", "drip", "answer"),
    [
        (b"", b"", b""),
        (b"", b"\r\n", b"HTTP/1.1 408"),
        (b"GET /livez HTTP/1.1\r\nHost: localhost\r\n", b"", b"HTTP/1.1 408 Request Timeout"),
        (b"GET /livez HTTP/1.1\r\nHost: localhost\r\n", b"A: b\r\n", b"HTTP/1.1 408"),
        (b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n", b"", b"HTTP/1.1 200"),
        (b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n", b"\r\n", b"HTTP/1.1 200"),
    ],
)
def test_headers_are_not_waited_for_for_ever(
    server: Server, sent: bytes, drip: bytes, answer: bytes
) -> None:
    """Silence, half a head, or a head that drips ends; so does a connection that is idle."""
    started = time.monotonic()
    with server.connected(sent) as client:
        client.settimeout(0.2)
        read, open_still = b"", True
        while open_still:
            assert time.monotonic() - started < PATIENCE
            with suppress(TimeoutError):
                try:
                    if drip:
                        client.sendall(drip)
                    part = client.recv(65536)
                except ConnectionError:
                    part = b""
                read, open_still = read + part, bool(part)
    assert read.startswith(answer)
    assert bool(read) == bool(answer)


LINE = b"a" * 1024
CHUNKED = head(BATCH, None)


@pytest.mark.parametrize(
    "parts",
    [
        [b"GET /livez?", *[LINE] * 2000],
        [b"GET /livez HTTP/1.1\r\nHost: ", *[LINE] * 2000],
        [b"GET /livez HTTP/1.1\r\nHost: localhost\r\n", *[b"A: b\r\n" * 100] * 2000],
        [b"GET /livez HTTP/1.1\r\nHost: localhost\r\nAccept: " + LINE * 17 + b"\r\n\r\n"],
        [CHUNKED, b"1;", *[LINE] * 2000],
        [CHUNKED, b"0\r\nA: ", *[LINE] * 2000],
        [CHUNKED, b"0\r\n", *[b"A: b\r\n" * 100] * 2000],
    ],
    ids=["path", "line", "lines", "whole", "extension", "trailer", "trailers"],
)
def test_the_size_of_a_head_is_limited(server: Server, parts: list[bytes]) -> None:
    """Whatever part of a request but its body does not end is a 431 that can be read."""
    with server.connected() as client:
        with suppress(OSError):
            for part in parts:
                client.sendall(part)
        assert told(everything(client)) == (431, "headers-too-large")


def test_requests_that_come_together_are_not_one_head(server: Server) -> None:
    """All are answered, though they have more bytes than a head may, and the last is not whole."""
    asked = b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with server.connected(asked * 500 + asked[:9]) as client:
        time.sleep(0.2)
        client.sendall(asked[9:].replace(b"1.1", b"1.0"))
        assert everything(client).count(b"HTTP/1.1 200") == 501


def test_a_body_that_is_too_large_is_told_so(server: Server) -> None:
    """Ordinary clients read the 413, whether the length is known or not, also one that closes."""
    size = (LIMITS["MAX_BODY_MB"] + 8) * 1024**2
    json_body = {"Content-Type": "application/json"}
    with httpx.Client(base_url=f"http://127.0.0.1:{server.port}", timeout=PATIENCE) as client:
        for path in (BATCH, COMPARISON):
            for content in (bytes(size), (bytes(1024**2) for _ in range(size // 1024**2))):
                response = client.post(path, content=content, headers=json_body)
                assert response.status_code == 413
                assert response.json()["type"] == "/problems/body-too-large"
    asking = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
    with closing(asking):
        asking.request("POST", BATCH, bytes(size), json_body | {"Connection": "close"})
        assert asking.getresponse().status == 413
    assert server.get(GET) == 200


@pytest.mark.parametrize(
    ("path", "size"), [(BATCH, LIMITS["MAX_BODY_MB"] * 1024**2), (COMPARISON, 4 * 1024**2)]
)
def test_a_body_that_announces_too_much_is_not_waited_for(
    server: Server, path: str, size: int
) -> None:
    """A Content-Length beyond the route's limit is a 413 before any of the body is sent."""
    with server.connected(head(path, size + 1)) as client:
        assert told(everything(client)) == (413, "body-too-large")
    with server.connected(head(path, size)) as client:
        assert told(everything(client)) == (408, "request-timeout")


def test_a_client_that_leaves_leaves_nothing(server: Server) -> None:
    """Clients that go amid a body or an answer keep no place, and are no word in the log."""
    body = json.dumps({"workloads": [WORKLOAD] * 1000}).encode()
    for path in (BATCH, COMPARISON, "/v1/kinesis/projection", "/v1/portfolios/projection"):
        for _ in range(PLACES):
            server.connected(head(path, 1000) + b"{").close()
            server.connected(CHUNKED.replace(BATCH.encode(), path.encode()) + b"1\r\n{\r\n").close()
    for _ in range(2 * PLACES):
        server.connected(head(BATCH, len(body)) + body).close()
        server.connected((head(BATCH, len(body)) + body) * 2).close()
    small_and_large = (GET, "/v1/kinesis/template.xlsx") * PLACES
    wait_until(lambda: all(server.get(path) == 200 for path in small_and_large))
    assert server.log() == []


@pytest.mark.parametrize(
    "host", [b"evil:80\tx", b"evil:x", b"\xff\xfe", b"\xc3\xa4.example", b"a b", b"[::1", b""]
)
@pytest.mark.parametrize("target", [b"/livez", b"/v1/nope?\xff", b"/v1/kinesis/template.xlsx"])
def test_an_odd_host_is_told_as_what_it_is(server: Server, host: bytes, target: bytes) -> None:
    """No host, path or query makes the server fail, and no bad host is called a bad body."""
    sent = b"GET " + target + b" HTTP/1.1\r\nHost: " + host + b"\r\nConnection: close\r\n\r\n"
    response = everything(server.connected(sent))
    assert response.split()[1] in {b"200", b"400", b"404"}
    assert b"malformed-body" not in response
    if host == b"evil:80\tx" and b"\xff" not in target:
        assert told(response) == (400, "invalid-request")
        assert b"Invalid host header" in response


@pytest.mark.parametrize("name", ["%00", "%00%0aERROR%20FAKE", "a" * 300, "..%2f..%2f", "%ff", "."])
def test_an_odd_name_of_a_file_is_not_found(server: Server, name: str) -> None:
    """The page's files are found by name; what is none is a 404 and no line of the log."""
    assert server.get(f"/docs/assets/{name}") == 404
    assert server.get("/docs/assets/swagger-ui.css") == 200


def test_silent_connections_make_room() -> None:
    """With more silent connections than files, others are answered; the log has one line of it."""
    with serving(files=64) as server, ExitStack() as clients:
        for _ in range(200):
            with suppress(OSError):
                clients.enter_context(server.connected())
        for path in ("/livez", GET):
            assert server.get(path) == 200
        (line,) = server.log()
        assert re.match("32 connections are open", line["event"])


def test_a_client_for_whom_there_are_no_descriptors_is_told_so() -> None:
    """Where other files take nearly all, a new one is a 503 with a line, before none is left."""
    with serving() as server:
        pid = server.process.pid
        before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        few = max(map(int, os.listdir(f"/proc/{pid}/fd"))) + 5
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (few, before[1]))
        with server.connected() as refused:
            assert told(everything(refused)) == (503, "overloaded")
        (line,) = server.log()
        assert re.match(r"\d+ files are open", line["event"])
        resource.prlimit(pid, resource.RLIMIT_NOFILE, before)
        wait_until(server.answers)


def test_those_who_still_read_make_no_room() -> None:
    """Whoever has yet to read the end of an answer reads it, though others find no room."""
    pauses = range(100_000, 240_000, 7_000)
    asked = b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with serving(MAX_CONNECTIONS=len(pauses) + 1) as server, ExitStack() as clients:
        with server.connected(asked) as whole:
            start = whole.recv(65536)
            length = (
                start.index(b"\r\n\r\n")
                + 4
                + int(start.lower().split(b"content-length: ")[1].split()[0])
            )
        reading = [clients.enter_context(server.connected(asked, kept=16384)) for _ in pauses]
        left = [length] * len(pauses)
        for place, rest in enumerate(pauses):
            while left[place] > rest:
                left[place] -= len(reading[place].recv(left[place] - rest))
        time.sleep(0.5)
        for _ in range(2 * len(pauses)):
            clients.enter_context(server.connected())
        for place, client in enumerate(reading):
            while left[place] and (part := client.recv(65536)):
                left[place] -= len(part)
        assert not any(left)


def test_connections_at_work_make_no_room() -> None:
    """Where every connection has a request, a new one is a 503 until one of them ends."""
    with serving(MAX_CONNECTIONS=5) as server, ExitStack() as clients:
        half = [clients.enter_context(server.connected(head(BATCH, 1000) + b"{")) for _ in range(5)]
        with server.connected() as refused:
            response = everything(refused)
        assert told(response) == (503, "overloaded")
        assert b"\r\nRetry-After: 2\r\n" in response
        half[0].close()
        wait_until(server.answers)


@pytest.mark.parametrize("workers", [1, 2])
def test_the_server_stops_in_time(workers: int) -> None:
    """Told to stop, it is gone before a container is killed, whatever its clients have begun."""
    with serving(WORKERS=workers) as server, ExitStack() as clients:
        assert server.get(GET) == 200
        half = [
            clients.enter_context(server.connected(head(path, 1000) + b"{"))
            for path in (BATCH, COMPARISON)
        ]
        clients.enter_context(server.connected(b"GET /livez HTTP/1.1\r\nHost: "))
        clients.enter_context(server.connected())
        server.answers()
        assert server.stopped() < 10
        stopped = [everything(client) for client in half]
        assert [told(response) for response in stopped] == [(503, "overloaded")] * 2
        assert all(b"the server is stopping" in response for response in stopped)
        assert all(b"send the request again in 2 seconds" in response for response in stopped)
        assert server.log() == []
        assert server.process.returncode in {0, -signal.SIGTERM}


@pytest.mark.parametrize(
    ("trusted", "last"),
    [("", 401), ("127.0.0.0/8", 401), ("10.1.2.3,*", 401), ("0.0.0.0", 429)],
)
def test_who_is_trusted_may_name_the_client(trusted: str, last: int) -> None:
    """Failed keys are counted by what a proxy says that is trusted, as this machine is by default.

    ``0.0.0.0`` is no client's address, so nobody is trusted.
    """
    with serving(API_KEYS="k", FORWARDED_ALLOW_IPS=trusted) as server:
        asking = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
        with closing(asking):
            for number in range(Failures.MOST + 1):
                asking.request(
                    "GET", "/v1/services", headers={"X-Forwarded-For": f"10.1.1.{number}"}
                )
                answer = asking.getresponse()
                answer.read()
        assert answer.status == last


@pytest.mark.parametrize(
    "setting", [{"HEADER_TIMEOUT": "soon"}, {"TMPDIR": "/no/such"}], ids=["form", "folder"]
)
def test_a_setting_that_does_not_fit_is_named(setting: dict[str, str]) -> None:
    """The server does not start, and says in one line which variable is wrong, as it was set."""
    ran = subprocess.run(
        [sys.executable, "-m", "service"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **setting},
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    assert ran.returncode == 1
    (name, value) = next(iter(setting.items()))
    assert re.fullmatch(rf"[^\n]*{name}[^\n]*{value}[^\n]*\n", ran.stderr.decode())


@pytest.mark.parametrize("setting", ["PORT", "HOST"])
def test_what_cannot_be_served_is_told_before_anything_else(setting: str) -> None:
    """A port that is taken, and a host that is none, are named; no address is promised."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        settings = {"PORT": str(taken.getsockname()[1])}
        settings |= {"HOST": "no.such.host.invalid"} if setting == "HOST" else {}
        ran = subprocess.run(
            [sys.executable, "-m", "service"],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], **settings},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.startswith(f"HOST {settings.get('HOST', '127.0.0.1')} and PORT ")
    assert "cannot be served: " in ran.stderr


@pytest.mark.parametrize(
    ("host", "told"),
    [("::1", "[::1]"), ("::", "[::1]"), ("0.0.0.0", "127.0.0.1"), ("localhost", "localhost")],
)
def test_the_addresses_that_are_printed_can_be_opened(host: str, told: str) -> None:
    """An address of IPv6 stands in brackets, and for all addresses stands that of this machine."""
    ran = subprocess.run(
        [sys.executable, "-c", PRINTS],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HOST": host},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    assert set(re.findall(r" (http://.*?:\d+)/", ran.stdout)) == {f"http://{told}:8000"}


def test_a_request_for_which_there_is_no_memory_is_not_called_malformed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What cannot be taken in is a 503, and bytes that are no HTTP are a 400."""
    refused: list[str] = []
    protocol = PatientProtocol.__new__(PatientProtocol)
    monkeypatch.setattr(PatientProtocol, "_unset_keepalive_if_required", lambda _: None)
    monkeypatch.setattr(PatientProtocol, "refuse", lambda _, slug, __: refused.append(slug))
    for part in (b"GET / HTTP/1.1\r\n\r\n", b"nonsense"):
        protocol.parser = httptools.HttpRequestParser(WithoutMemory())
        protocol._parse(part)
    assert refused == ["overloaded", "invalid-request"]


class WithoutMemory:
    """Takes in what a parser finds, and has no memory for it."""

    def on_url(self, url: bytes) -> None:
        """Take an address."""
        raise MemoryError
