"""However many faults a request has, telling them is cheap: few words are looked up, 1,000 told."""

import asyncio
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest
from litestar.testing import TestClient

from pricing import wording
from pricing.model import kinds, registry
from service.answers import catalogue
from service.app import create_app
from service.formats import media
from service.requests import bodies, presentation, queries, violations

Client = TestClient[Any]
APP = create_app()
DOCUMENT = msgspec.to_builtins(APP.openapi_schema.to_schema())
"""The contract, from which the routes are taken."""
LONG = 5
"""Seconds in which each refusal must have come; what was not bounded took minutes."""
MANY = 20_000
RDS = catalogue.example_fields(registry()["rds"])
CSV = {"Content-Type": "text/csv"}
JSON = {"Content-Type": "application/json"}


def addresses(method: str) -> list[str]:
    """Return the address of each route that knows a method."""
    return [
        path.replace("{service}", "s3").replace("{slug}", "not-found")
        for path, operations in DOCUMENT["paths"].items()
        if method in operations
    ]


def example(address: str) -> Any:
    """Return the body that the contract shows of a route."""
    content = DOCUMENT["paths"][address]["post"]["requestBody"]["content"]
    return content["application/json"]["examples"]["first"]["value"]


def refused(client: Client, method: str, address: str, **sent: Any) -> Any:
    """Send what has many faults; give the refusal, which is short and comes soon."""
    since = time.perf_counter()
    response = client.request(method, address, **sent)
    assert time.perf_counter() - since < LONG
    assert 400 <= response.status_code < 500
    assert len(response.content) < 1_000_000
    found = response.json().get("errors", [])
    assert len(found) <= violations.MOST
    assert all(len(msgspec.json.encode(one)) < 2_000 for one in found)
    return response


def suggestions(response: Any) -> int:
    """Count the faults of which what is meant is told."""
    return sum("did you mean" in error["detail"] for error in response.json()["errors"])


UNKNOWN = {f"member_{number}": number for number in range(MANY)}
MISSPELT = [f"db.m5.lrage{number}" for number in range(MANY)]
SPOILT: list[Any] = [UNKNOWN, MISSPELT, [{}] * MANY, [[]] * MANY, "x" * 10**6, {"y" * 10**6: 1}]
"""What may stand in the place of any part of a body; all is wrong everywhere."""


def ways(address: str) -> list[Any]:
    """Return what is put in the place of a part: all for most routes; services take turns."""
    keys = [*registry()]
    key = address.split("/")[2]
    return SPOILT[keys.index(key) % 3 :: 3] if key in keys else SPOILT


def spoilt(body: Any, wrong: list[Any]) -> Iterator[Any]:
    """Return a body with each of its objects and lists replaced, in turn, by what is wrong."""
    yield from wrong
    if isinstance(body, dict):
        yield {**body, **UNKNOWN}
    parts = body.items() if isinstance(body, dict) else enumerate(body[:1])
    for place, part in parts:
        if isinstance(part, dict | list):
            for other in spoilt(part, wrong):
                yield {**body, place: other} if isinstance(body, dict) else [*body, other]


@pytest.mark.parametrize("address", addresses("post"))
def test_a_body_with_very_many_faults_is_soon_refused(client: Client, address: str) -> None:
    """Each part of each body may be spoilt in every way: a thousand faults at most are listed."""
    for body in spoilt(example(address), ways(address)):
        refused(client, "POST", address, json=body)


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(
    "query",
    [
        "&".join(f"parameter_{number}=1" for number in range(90)),
        "&".join(f"parameter_{number}=1" for number in range(400)),
        "&".join(f"%61{number}=1" for number in range(2400)),
        "name=&" * 90,
        "&" * 10_000,
        "x" * 10_000 + "=1",
        "x" * 60_000,
        "region=" + "%F0%9F%98%80" * 1_000,
        "field=" + "charges" * 1_500 + "&format=txt",
    ],
    ids=str.__len__,
)
def test_a_query_with_very_many_faults_is_soon_refused(
    client: Client, method: str, query: str
) -> None:
    """Unknown, empty and endless parameters are refused by every route."""
    for address in addresses(method):
        refused(client, method, f"{address}?{query}", json={} if method == "post" else None)


@pytest.mark.parametrize("key", registry())
def test_a_sheet_with_very_many_faults_is_soon_refused(client: Client, key: str) -> None:
    """Wrong cells, cells without a name and wrong services are listed row by row, up to a limit."""
    names = list(catalogue.example_fields(registry()[key]))
    rows = [
        ",".join([f"wrong_{row}", *[f"w{row}"] * len(names), "nameless"]) for row in range(MANY)
    ]
    routes = {f"/v1/{key}/estimates": "name", "/v1/portfolios/estimate": "service"}
    for address, first in routes.items():
        header = ",".join([first, *(name for name in names if name != "name")])
        response = refused(client, "POST", address, content="\n".join([header, *rows]), headers=CSV)
        found = [error["row"] for error in response.json()["errors"]]
        assert len(found) == violations.MOST
        assert found == sorted(found)


def test_the_same_wrong_word_in_every_row_is_looked_up_once(client: Client) -> None:
    """A misspelt column of ten thousand rows is refused with a suggestion for each fault listed."""
    row = RDS | {"instance_class": "db.m5.lrage"}
    response = refused(client, "POST", "/v1/rds/estimates", json={"workloads": [row] * 10_000})
    assert suggestions(response) == violations.MOST
    assert "did you mean db.m5.large" in response.json()["errors"][-1]["detail"]
    sheet = "\n".join([",".join(row), *[",".join(map(str, row.values()))] * 10_000])
    response = refused(client, "POST", "/v1/rds/estimates", content=sheet, headers=CSV)
    assert suggestions(response) == violations.MOST


def test_few_wrong_words_are_looked_up(client: Client) -> None:
    """Of thousands of wrong words the first ones come with a suggestion, the others without."""
    body = {"workload": RDS, "vary": {"instance_class": MISSPELT[:2000]}}
    response = refused(client, "POST", "/v1/rds/comparison", json=body)
    assert suggestions(response) == wording.FEW
    assert "did you mean db.m5.large" in response.json()["errors"][0]["detail"]
    vary = "instance_class:" + "|".join(f"db.m5.larg{number:02}" for number in range(98))
    query = urlencode(RDS | {"vary": vary})
    response = refused(client, "GET", f"/v1/rds/comparison?{query}")
    assert len(response.json()["errors"]) == 98
    assert suggestions(response) == wording.FEW


@pytest.mark.parametrize("kind", ["json", "msgpack", "csv"])
def test_the_one_bad_row_at_the_end_is_found(client: Client, kind: str) -> None:
    """Ten thousand good rows hide no fault in the last."""
    rows = [RDS] * 9_999 + [RDS | {"instance_class": "db.m5.lrage"}]
    body = {"workloads": rows}
    sheet = "\n".join([",".join(RDS), *(",".join(map(str, row.values())) for row in rows)])
    content = {
        "json": msgspec.json.encode(body),
        "msgpack": msgspec.msgpack.encode(body),
        "csv": sheet.encode(),
    }[kind]
    headers = {"Content-Type": media.FORMATS[kind]}
    response = refused(client, "POST", "/v1/rds/estimates", content=content, headers=headers)
    (found,) = response.json()["errors"]
    place = found["row"] if kind == "csv" else found["pointer"]
    assert place == (10_001 if kind == "csv" else "/workloads/9999/instance_class")
    assert "did you mean db.m5.large" in found["detail"]


def test_growth_of_very_many_fields_is_soon_refused(client: Client) -> None:
    """Keys of growth that are no fields are listed up to a limit, good as their values are."""
    growth = {f"storge_gb{number}": {} for number in range(MANY)}
    body = {"workload": RDS, "start": "2026-01", "growth": growth}
    response = refused(client, "POST", "/v1/rds/projection", json=body)
    assert response.json()["detail"].startswith("more than 1,000 violations")
    assert suggestions(response) == wording.FEW


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(
    "query", [b"name=\xff", b"name=%FF", b"name=%", b"name=50%25%", b"%zz=1", b"\xc3\x28"]
)
def test_a_query_that_is_no_text_is_a_400(method: str, query: bytes) -> None:
    """Raw bytes, wrong UTF-8 and a bare percent sign are refused by every route, not repaired."""
    for address in addresses(method):
        assert asked(method, address, query) == 400
    for address in ("/v1/nope", "/nope", "/problems/nope/nope"):
        assert asked(method, address, query) == 404
    for wrong in {*addresses("get"), *addresses("post")} - {*addresses(method)}:
        assert asked(method, wrong, query) == 405


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("region=us-east-1&name=100%", ["name"]),
        ("name=%FF&a%20b=%zz&consumers=1", ["name", "a b"]),
        ("%zz=1&&name=a", ["%zz"]),
    ],
)
def test_a_parameter_that_is_not_percent_encoded_is_named(
    client: Client, query: str, names: list[str]
) -> None:
    """Each parameter with a bare percent sign or wrong UTF-8 is named, and no other."""
    answer = client.get(f"/v1/kinesis/estimate?{query}")
    errors = answer.json()["errors"]
    assert (answer.status_code, [error["parameter"] for error in errors]) == (400, names)
    assert all("send a percent sign as %25" in error["detail"] for error in errors)


def asked(method: str, address: str, query: bytes) -> int:
    """Return the status of a request whose query has bytes that no client would send."""
    sent: list[Any] = []

    bodies = iter([{"type": "http.request", "body": b"{}"}])

    async def receive() -> Any:
        return next(bodies, None) or await asyncio.Future()

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": method.upper(),
        "path": address,
        "raw_path": address.encode(),
        "query_string": query,
        "headers": [(b"content-type", b"application/json")],
        "scheme": "http",
        "server": ("127.0.0.1", 80),
        "client": ("127.0.0.1", 1),
        "http_version": "1.1",
        "root_path": "",
    }
    asyncio.run(APP(scope, receive, send))
    return int(sent[0]["status"])


def longest(kind: type[Any]) -> dict[str, str]:
    """Return the fields of a query at their longest."""
    given = {}
    for name, field in kinds(kind).items():
        if most := getattr(field, "max_length", None):
            given[name] = "\N{GRINNING FACE}" * most
        elif words := getattr(field, "values", None):
            given[name] = max(map(str, words), key=len)
        else:
            given[name] = "1000000000000000"
    return given


@pytest.mark.parametrize("key", registry())
@pytest.mark.parametrize("asked_for", ["vary", "growth"])
def test_the_longest_query_that_means_something_is_read(
    client: Client, key: str, asked_for: str
) -> None:
    """Every field at its longest, and every byte percent-encoded, is within the limit."""
    service = registry()[key]
    fields = longest(service.workload)
    how = {
        name: "\N{GRINNING FACE}" * 200 if name in ("field", "_") else "locale-proof"
        for name in presentation.Presentation.__struct_encode_fields__
    }
    own = {asked_for: "x" * 1_500, "sweep" if asked_for == "vary" else "start": "x" * 200}
    spelled = {**fields, **how, **own}
    query = "&".join(f"{encoded(name)}={encoded(value)}" for name, value in spelled.items())
    assert len(queries.pairs_of(query.encode())) == len(spelled)
    example = catalogue.example_fields(service)
    good = {
        "vary": ("comparison", service.grown + ":" + "|".join(["1.000000000000000"] * 80)),
        "growth": ("projection", service.grown + ":values:" + "|".join([f"{1:0<11.6f}"] * 120)),
    }
    route, value = good[asked_for]
    sent = example | {asked_for: value}
    sent |= {"start": "2030-01", "months": 120} if asked_for == "growth" else {}
    query = "&".join(f"{name}={encoded(str(value))}" for name, value in sent.items())
    assert client.get(f"/v1/{key}/{route}?{query}").status_code == 200


def encoded(text: str) -> str:
    """Percent-encode every byte."""
    return "".join(f"%{byte:02X}" for byte in text.encode())


@pytest.mark.parametrize("ranges", [2_000, 100_000])
def test_an_endless_accept_header_is_refused(client: Client, ranges: int) -> None:
    """More than anyone accepts is not read: a 406 that says so."""
    for address in ("/livez", "/v1/services", "/v1/nope"):
        response = refused(client, "GET", address, headers={"Accept": "a/b," * ranges + "*/*"})
        if address != "/v1/nope":
            assert response.status_code == 406
            assert "at most 4,096 are read" in response.json()["detail"]


def test_many_ranges_are_read(client: Client) -> None:
    """The last of some hundred ranges counts as the first does."""
    accept = ",".join(f"a/{number}" for number in range(300)) + ",application/msgpack"
    response = client.get("/livez", headers={"Accept": accept})
    assert response.headers["content-type"] == "application/msgpack"


@pytest.mark.parametrize("address", addresses("post"))
def test_bodies_are_not_decoded_on_the_event_loop(
    client: Client, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever reads a body, or tells what is wrong with it, keeps no other request waiting."""
    on_loop = watched(monkeypatch, bodies, "decode_body", "decode_rows", "refused")
    assert client.post(address, json=example(address)).status_code == 200
    refused(client, "POST", address, json=UNKNOWN)
    assert on_loop == [False] * len(on_loop)
    assert on_loop


@pytest.mark.parametrize("key", registry())
@pytest.mark.parametrize("route", ["comparison", "projection"])
def test_lists_of_a_query_are_not_decoded_on_the_event_loop(
    client: Client, key: str, route: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The values that vary or grow are read in a thread."""
    on_loop = watched(monkeypatch, queries, "convert_text")
    service = registry()[key]
    own = {
        "comparison": {"vary": service.compared},
        "projection": {"start": "2030-01", "growth": f"{service.grown}:rate:0.05"},
    }
    sent = catalogue.example_fields(service) | own[route]
    assert client.get(f"/v1/{key}/{route}?{urlencode(sent)}").status_code == 200
    assert on_loop == [False]


def watched(monkeypatch: pytest.MonkeyPatch, module: Any, *names: str) -> list[bool]:
    """Note of each call of some functions whether it is made on the event loop."""
    on_loop: list[bool] = []

    def watch(function: Any) -> Any:
        def called(*given: Any) -> Any:
            try:
                asyncio.get_running_loop()
            except RuntimeError:
                on_loop.append(False)
            else:
                on_loop.append(True)
            return function(*given)

        return called

    for name in names:
        monkeypatch.setattr(module, name, watch(getattr(module, name)))
    return on_loop


CROWDED = {
    "lists for workloads": ("json", b'{"workloads":[' + b"[]," * 3_000_000 + b"[]]}", 400),
    "more values than any request has": (
        "json",
        b'{"workloads":[' + b"1," * 5_000_000 + b"1]}",
        413,
    ),
    "lists in a field": (
        "json",
        b'{"workloads":[{"name":[' + b"[]," * 3_000_000 + b"[]]}]}",
        400,
    ),
    "arrays for workloads": (
        "msgpack",
        b"\x81\xa9workloads\xdd" + (10**7).to_bytes(4, "big") + b"\x90" * 10**7,
        400,
    ),
    "arrays in a field": (
        "msgpack",
        b"\x81\xa9workloads\x91\x81\xa4name\xdd" + (10**7).to_bytes(4, "big") + b"\xc0" * 10**7,
        400,
    ),
}
"""Bodies of some megabytes that hold millions of tiny values."""


@pytest.mark.parametrize("address", ["/v1/kinesis/estimates", "/v1/portfolios/estimate"])
@pytest.mark.parametrize("name", CROWDED)
def test_millions_of_tiny_values_are_not_read_twice(
    client: Client, address: str, name: str
) -> None:
    """A large body that breaks the contract is refused by its first fault, without a tree of it."""
    word, body, status = CROWDED[name]
    started = time.monotonic()
    headers = {"Content-Type": f"application/{word}"}
    answer = client.post(address, content=body, headers=headers)
    assert answer.status_code == status
    assert answer.json()["type"].rpartition("/")[2] in ("invalid-request", "body-too-large")
    assert time.monotonic() - started < 20


def test_bytes_of_messagepack_that_spell_commas_are_not_counted(client: Client) -> None:
    """A valid MessagePack batch with more than four million commas in its texts is priced."""
    workload = {"region": "us-east-1", "records_per_second": 1, "record_bytes": 1}
    count = bodies.MOST_VALUES // 200 + 1
    body = msgspec.msgpack.encode({"workloads": [workload | {"name": "," * 200}] * count})
    assert body.count(b",") > bodies.MOST_VALUES
    assert len(body) <= bodies.MOST_PACKED
    headers = {"Content-Type": "application/msgpack"}
    address = "/v1/kinesis/estimates?layout=columns"
    assert client.post(address, content=body, headers=headers).status_code == 200


def test_the_bytes_of_messagepack_are_limited(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A MessagePack body with more bytes than any batch needs is a 413."""
    monkeypatch.setattr(bodies, "MOST_PACKED", 100)
    headers = {"Content-Type": "application/msgpack"}
    answer = client.post("/v1/kinesis/estimates", content=bytes(101), headers=headers)
    assert answer.status_code == 413
    assert "more than 100 bytes of MessagePack" in answer.json()["detail"]


@pytest.mark.parametrize("word", ["json", "msgpack"])
def test_of_a_large_batch_the_first_faulty_workload_is_described(client: Client, word: str) -> None:
    """Its place in the batch and each of its faults are told, with what to send instead."""
    good = {"region": "us-east-1", "records_per_second": 1, "record_bytes": 1, "name": "x" * 190}
    bad = good | {"region": "us-esat-1", "consumers": -1}
    rows = [*[good] * 7_000, bad, good, bad, *[good] * 2_000]
    encode = {"json": msgspec.json.encode, "msgpack": msgspec.msgpack.encode}[word]
    headers = {"Content-Type": f"application/{word}"}
    answer = client.post(
        "/v1/kinesis/estimates", content=encode({"workloads": rows}), headers=headers
    )
    errors = answer.json()["errors"]
    assert [one["pointer"] for one in errors] == [
        "/workloads/7000/region",
        "/workloads/7000/consumers",
    ]
    assert "did you mean" in errors[0]["detail"]
    assert all("only the first faulty place" in one["detail"] for one in errors)


@pytest.mark.parametrize("route", ["comparison", "projection"])
def test_a_question_about_one_workload_is_short(client: Client, route: str) -> None:
    """A body of more than 4 MiB that asks about one workload is a 413 that names no setting."""
    body = b'{"vary":[' + b"[]," * 2_000_000 + b"[]]}"
    answer = client.post(f"/v1/kinesis/{route}", content=body, headers=JSON)
    assert answer.status_code == 413
    assert "4,194,304 bytes" in answer.json()["detail"]
    assert "MAX_" not in answer.json()["detail"]


def test_few_names_of_a_header_are_looked_up(client: TestClient[Any]) -> None:
    """Of a header of unknown names the first few are compared with those that are known."""
    names = [f"storage_g{place}" for place in range(100)]
    sheet = (",".join(["region", *names]) + "\nus-east-1\n").encode()
    found = client.post(
        "/v1/dynamodb/estimates", content=sheet, headers={"Content-Type": "text/csv"}
    )
    details = [one["detail"] for one in found.json()["errors"] if "is not known" in one["detail"]]
    assert len(details) == 100
    assert sum("did you mean" in one for one in details) <= 20
