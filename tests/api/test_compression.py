"""Answers compressed where the client accepts it: the same bytes, once, each with its own tag."""

import gzip
from typing import Any

import pytest
import zstandard
from litestar.testing import TestClient

from service.http import compression

Client = TestClient[Any]
LONG = "/v1/kinesis/quotas"
SHORT = "/v1/kinesis/estimate.txt?region=us-east-1&records_per_second=1000&record_bytes=3000"
BATCH = {
    "workloads": [{"region": "us-east-1", "records_per_second": 1, "record_bytes": 1}] * 2000,
}


def unpacked(encoding: str, sent: bytes) -> bytes:
    """Return the bytes that were compressed."""
    if encoding == "gzip":
        return gzip.decompress(sent)
    return zstandard.ZstdDecompressor().decompressobj().decompress(sent)


def received(client: Client, method: str, address: str, accepted: str, **more: Any) -> Any:
    """Return a response and its body as it was sent."""
    headers = {"Accept-Encoding": accepted} | more.pop("headers", {})
    with client.stream(method, address, headers=headers, **more) as response:
        return response, b"".join(response.iter_raw())


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip;q=1.0, zstd;q=0.5", "gzip"),
        ("gzip", "gzip"),
        ("*", "zstd"),
        ("zstd;q=0, *", "gzip"),
        ("identity", None),
        ("br", None),
        ("", None),
        ("gzip;q=0", None),
        ("gzip;q=x", None),
        ("gzip," * 2000, None),
    ],
)
def test_the_client_chooses(client: Client, accepted: str, encoding: str | None) -> None:
    """The encoding is one that the client accepts, and unpacks to the plain bytes."""
    _, plain = received(client, "GET", LONG, "identity")
    response, sent = received(client, "GET", LONG, accepted)
    assert response.headers.get("content-encoding") == encoding
    assert (unpacked(encoding, sent) if encoding else sent) == plain
    assert int(response.headers["content-length"]) == len(sent)
    assert "Accept-Encoding" in response.headers["vary"]


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_each_encoding_has_its_own_tag(client: Client, encoding: str) -> None:
    """A tag tells the bytes that were sent, HEAD tells the same, and each tag is a 304."""
    plain = client.get(LONG, headers={"Accept-Encoding": "identity"})
    packed = client.get(LONG, headers={"Accept-Encoding": encoding})
    tags = [one.headers["etag"] for one in (plain, packed)]
    assert tags[1] == f'{tags[0][:-1]}-{encoding}"'
    head, nothing = received(client, "HEAD", LONG, encoding)
    assert not nothing
    assert {*head.headers.items()} >= {
        (name, packed.headers[name]) for name in ("etag", "content-length", "content-encoding")
    }
    for tag in (*tags, f"W/{tags[1]}"):
        known = client.get(LONG, headers={"Accept-Encoding": encoding, "If-None-Match": tag})
        assert (known.status_code, known.content) == (304, b"")
        assert known.headers["etag"] == tag.removeprefix("W/")
    other = f'{tags[0][:-1]}-br"'
    assert client.get(LONG, headers={"If-None-Match": other}).status_code == 200


def test_long_answers_are_compressed_as_they_are_sent(client: Client) -> None:
    """A batch whose length is not known beforehand unpacks to the plain answer, in every format."""
    for suffix in ("", ".csv"):
        address = f"/v1/kinesis/estimates{suffix}"
        _, plain = received(client, "POST", address, "identity", json=BATCH)
        response, sent = received(client, "POST", address, "gzip", json=BATCH)
        assert response.headers["content-encoding"] == "gzip"
        assert gzip.decompress(sent) == plain
        assert len(sent) < len(plain) / 10


@pytest.mark.parametrize(
    ("address", "headers"),
    [
        (SHORT, {}),
        ("/v1/kinesis/template.xlsx", {}),
        ("/docs/assets/favicon-32x32.png", {}),
        (LONG, {"Range": "bytes=0-9"}),
        ("/v1/kinesis/estimate", {}),
    ],
)
def test_what_is_left_as_it_is(client: Client, address: str, headers: dict[str, str]) -> None:
    """Short answers, what is compressed by itself, and ranges are sent plainly."""
    response, _ = received(client, "GET", address, "gzip", headers=headers)
    assert response.headers.get("content-encoding") is None
    assert not response.headers.get("etag", "").endswith('gzip"')


def test_the_contract_is_compressed(client: Client) -> None:
    """The contract takes an eighth of its length on its way."""
    response, sent = received(client, "GET", "/openapi.json", "gzip")
    assert len(sent) < len(gzip.decompress(sent)) / 8
    assert response.headers["content-type"] == "application/json"


@pytest.mark.parametrize("error", compression.NO_MEMORY)
@pytest.mark.parametrize("address", [LONG, "/v1/kinesis/estimates"])
def test_what_cannot_be_compressed_is_sent_plain(
    client: Client, monkeypatch: pytest.MonkeyPatch, error: type[Exception], address: str
) -> None:
    """A compressor that finds no memory costs no answer, whole or in parts."""

    class Failing:
        def compress(self, data: bytes) -> bytes:
            raise error

    monkeypatch.setitem(compression.ENCODINGS, "zstd", Failing)
    sent = ("POST", {"json": BATCH}) if address != LONG else ("GET", {})
    response, plain = received(client, sent[0], address, "zstd", **sent[1])
    assert "content-encoding" not in response.headers
    assert plain == received(client, sent[0], address, "identity", **sent[1])[1]
