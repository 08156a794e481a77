"""What holds when clients crowd, lie or dig: nothing is crossed, let in or brought down."""

import asyncio
import socket
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from litestar.testing import TestClient

from service.app import create_app
from service.http.access import Failures
from service.settings import Settings
from tests.server import serving

Client = TestClient[Any]
JSON = {"Content-Type": "application/json"}
ESTIMATE = "/v1/kinesis/estimate?region=us-east-1&records_per_second={}&record_bytes=3000"
FORMATS = ("json", "msgpack", "csv", "xml", "txt", "xlsx")


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """The port of a service that runs as in production."""
    with serving() as server:
        yield server.port


# -- crossed answers -------------------------------------------------------------------------------


def questions(client: int) -> list[httpx.Request]:
    """Make the requests of one client, which no other client sends."""
    made = []
    for turn, word in enumerate(FORMATS):
        rate = client * 100 + turn + 1
        path = ESTIMATE.format(rate).replace("?", f".{word}?")
        made.append(httpx.Request("GET", f"http://127.0.0.1{path}"))
        made.append(httpx.Request("HEAD", f"http://127.0.0.1{path}"))
        made.append(httpx.Request("GET", f"http://127.0.0.1{path}&nonsense={rate}"))
        workload = {"region": "eu-west-1", "records_per_second": rate, "record_bytes": 1}
        body = {"workloads": [workload] * (turn + 1)}
        address = "http://127.0.0.1/v1/kinesis/estimates"
        made.append(httpx.Request("POST", address, json=body))
    return made


async def asked(port: int, clients: int) -> list[list[tuple[int, bytes]]]:
    """Let clients ask at once, each its own questions one after the other."""

    async def one(client: int) -> list[tuple[int, bytes]]:
        async with httpx.AsyncClient(timeout=60) as session:
            answers = []
            for request in questions(client):
                sent = httpx.Request(
                    request.method,
                    request.url.copy_with(port=port),
                    headers=request.headers,
                    content=request.content,
                )
                answer = await session.send(sent)
                answers.append((answer.status_code, answer.content))
            return answers

    return await asyncio.gather(*map(one, range(clients)))


def test_no_client_gets_the_answer_of_another(port: int, client: Client) -> None:
    """Sixty-four clients at once each get what a client alone gets, byte for byte."""
    answers = asyncio.run(asked(port, 64))
    for number, own in enumerate(answers):
        for request, (status, content) in zip(questions(number), own, strict=True):
            alone = client.request(
                request.method,
                request.url.raw_path.decode(),
                content=request.content,
                headers=dict(request.headers),
            )
            assert (status, content) == (alone.status_code, alone.content), request.url


# -- bodies that lie -------------------------------------------------------------------------------

DEEP = 200_000
BOMBS = {
    "nested lists": ("json", b"[" * DEEP + b"]" * DEEP),
    "nested objects": ("json", b'{"workloads":' * DEEP),
    "nested lists in a field": (
        "json",
        b'{"workloads":[{"region":' + b"[" * DEEP + b"]" * DEEP + b"}]}",
    ),
    "a number of a million digits": ("json", b'{"workloads":[{"record_bytes":' + b"9" * 10**6),
    "a huge exponent": ("json", b'{"workloads":[{"record_bytes":1e999999999}]}'),
    "half of a surrogate pair": ("json", b'{"workloads":[{"region":"\\ud800"}]}'),
    "bytes that are not UTF-8": ("json", b'{"workloads":[{"region":"\xff"}]}'),
    "nested arrays": ("msgpack", b"\x91" * DEEP),
    "an array that claims four thousand million items": (
        "msgpack",
        b"\x81\xa9workloads\xdd\xff\xff\xff\xff",
    ),
    "a text that claims four gigabytes": ("msgpack", b"\x81\xa9workloads\xdb\xff\xff\xff\xff"),
    "a map that claims four thousand million members": ("msgpack", b"\xdf\xff\xff\xff\xff"),
    "an extension": ("msgpack", b"\xc9\xff\xff\xff\xff\x01"),
}


@pytest.mark.parametrize("route", ["estimates", "comparison", "projection"])
@pytest.mark.parametrize("bomb", BOMBS)
def test_a_body_that_lies_is_a_bad_request(client: Client, route: str, bomb: str) -> None:
    """Depth, lengths and numbers beyond all reason are a 400, and the service goes on."""
    word, body = BOMBS[bomb]
    headers = {"Content-Type": f"application/{word}"}
    refused = client.post(f"/v1/kinesis/{route}", content=body, headers=headers)
    assert refused.status_code == 400
    assert refused.json()["type"] in ("/problems/malformed-body", "/problems/invalid-request")
    assert len(refused.content) < 10_000
    assert client.get("/livez").status_code == 200


# -- ways in ---------------------------------------------------------------------------------------

WAYS = [
    "/v1/services",
    "//v1/services",
    "/v1//services",
    "/./v1/services",
    "/x/../v1/services",
    "/livez/../v1/services",
    "/docs/assets/../../v1/services",
    "/v1/services/",
    "/v1/services;a",
    "/v1/services%00",
    "/v1%2Fservices",
    "/%76%31/services",
    "/V1/services",
    "/v1/services.csv",
    "/v1/services.json",
    "/token",
    "/token/",
    "/token//v1/services",
    "/token/ /v1/services",
    "/token/%20/v1/services",
    "/token/t1",
    "/token/t1%00/v1/services",
    "/token/t1 /v1/services",
    "/token/T1/v1/services",
    "/token/t/v1/services",
    "/token/t11/v1/services",
    "/token/../v1/services",
    "/token/t1/../../v1/services",
    "/token/t2/token/t1/v1/services",
    "/token/k1/v1/services",
    "/Token/t1/v1/services",
    "//token/t1/v1/services",
    "/v1/token/t1/v1/services",
    "/v1/services?token=t1",
    "/v1/services?api_key=k1",
    "/v1/services?X-API-Key=k1",
]


@pytest.fixture(scope="module")
def closed() -> Iterator[Client]:
    """A client of a service that knows one key and one token, and counts no failed keys."""
    app = create_app(Settings(api_keys=("k1",), sheet_tokens=("t1",)))
    with pytest.MonkeyPatch.context() as patch, TestClient(app) as client:
        patch.setattr(Failures, "MOST", 10_000)
        yield client


@pytest.mark.parametrize("way", WAYS)
def test_no_spelling_of_a_path_lets_a_stranger_in(closed: Client, way: str) -> None:
    """Only the right key or token opens ``/v1``, however a path is spelled."""
    url = httpx.URL("http://testserver").copy_with(raw_path=way.encode())
    answer = closed.get(url)
    assert answer.status_code in (400, 401, 404), way
    assert b"Amazon" not in answer.content


@pytest.mark.parametrize(
    "headers",
    [
        {"X-HTTP-Method-Override": "GET"},
        {"X-Original-URL": "/livez"},
        {"X-Rewrite-URL": "/livez"},
        {"X-Forwarded-For": "127.0.0.1"},
        {"X-API-Key": ""},
        {"X-API-Key": "k1 "},
        {"X-API-Key": "k1,k1"},
        {"X-API-Key": "t1"},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer t1"},
        {"Authorization": "Basic azE6"},
        {"Authorization": "k1"},
        {"Cookie": "X-API-Key=k1"},
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_no_header_but_the_key_lets_a_stranger_in(
    closed: Client, headers: dict[str, str], method: str
) -> None:
    """Headers that proxies and frameworks obey elsewhere open nothing here."""
    path = "/v1/kinesis/estimates" if method == "POST" else "/v1/services"
    assert closed.request(method, path, headers=headers).status_code == 401


def test_an_answer_kept_for_one_who_may_is_none_for_a_stranger(closed: Client) -> None:
    """A HEAD with the key keeps an answer; without the key it stays closed."""
    key = {"X-API-Key": "k1"}
    path = ESTIMATE.format(1)
    etag = closed.head(path, headers=key).headers["etag"]
    assert closed.get(path, headers=key).status_code == 200
    for headers in ({}, {"If-None-Match": etag}, {"Range": "bytes=0-9"}):
        assert closed.get(path, headers=headers).status_code == 401


# -- smuggling -------------------------------------------------------------------------------------

HIDDEN = b"GET /v1/services HTTP/1.1\r\nHost: x\r\n\r\n"
START = b"POST /v1/kinesis/estimates HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
SMUGGLED = {
    "a length and chunks": b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks and a length": b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
    "two lengths": b"Content-Length: 0\r\nContent-Length: 40\r\n\r\n",
    "a list of lengths": b"Content-Length: 0, 40\r\n\r\n",
    "a length with a sign": b"Content-Length: +0\r\n\r\n",
    "a length below zero": b"Content-Length: -1\r\n\r\n",
    "a blank before the colon": b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "an encoding with another": b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "an encoding nobody knows": b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "a folded header": b"Transfer-Encoding:\r\n chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
    "a chunk with a bad size": b"Transfer-Encoding: chunked\r\n\r\n0x0\r\n\r\n",
    "a size beyond all bounds": b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 17 + b"\r\n",
    "lines that end in LF": b"Transfer-Encoding: chunked\n\n0\n\n",
}


@pytest.mark.parametrize("trick", SMUGGLED)
def test_no_request_hides_in_another(port: int, trick: str) -> None:
    """Where a proxy and a server could read the length of a body apart, the request is refused."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(START + SMUGGLED[trick] + HIDDEN)
        connection.shutdown(socket.SHUT_WR)
        said = b"".join(iter(lambda: connection.recv(65536), b""))
    assert said.startswith(b"HTTP/1.1 4")
    assert b"Amazon" not in said, "the hidden request was answered"


def test_services_answer_where_nothing_is_hidden(port: int) -> None:
    """The request that the tricks hide is one that is answered when it is sent openly."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(HIDDEN.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        said = b"".join(iter(lambda: connection.recv(65536), b""))
    assert b"Amazon" in said
