"""Bad input gets a clear problem: what, where, why and what to send; never a 500."""

from typing import Any

import msgspec
import pytest
from litestar import get
from litestar.testing import TestClient

from pricing.model import registry
from service import problems
from service.app import create_app
from service.requests import violations
from service.settings import Settings

Client = TestClient[Any]
GET = "/v1/kinesis/estimate"
POST = "/v1/kinesis/estimates"
GOOD = {"region": "us-east-1", "records_per_second": 1, "record_bytes": 100}


def errors(response: Any) -> list[tuple[str, str]]:
    """Return place and detail of each violation."""
    return [
        (error.get("pointer", error.get("parameter", "")), error["detail"])
        for error in response.json()["errors"]
    ]


def post(client: Client, *rows: Any, **more: Any) -> Any:
    """Send rows as JSON."""
    return client.post(POST, json={"workloads": list(rows), **more})


@pytest.mark.parametrize(
    ("query", "place", "detail"),
    [
        ("recods_per_second=1", "recods_per_second", "did you mean records_per_second"),
        ("nonsense=1", "nonsense", "is not known"),
        ("region=us-esat-1", "region", "did you mean us-west-1 or us-east-1?"),
        ("region=", "region", "has no value"),
        ("region", "region", "has no value"),
        ("record_bytes=1&record_bytes=2", "record_bytes", "more than once"),
        ("record_bytes=1,5", "record_bytes", "must be a number from 1 to"),
        ("record_bytes=nan", "record_bytes", "must be a number from 1 to"),
        ("record_bytes=inf", "record_bytes", "must be a number from 1 to"),
        ("record_bytes=-1", "record_bytes", "[B]; got '-1'"),
        ("record_bytes=null", "record_bytes", "must be a number"),
        ("consumers=1.5", "consumers", "must be a whole number from 0 to"),
        ("price_date=46023", "price_date", "must be a day such as"),
        ("price_date=2025-02-30", "price_date", "must be a day such as"),
        ("advantage_rounds_records=maybe", "advantage_rounds_records", "must be true or false"),
        ("name=" + "x" * 201, "name", "text of at most 200 characters"),
        ("=1", "", "is not known"),
    ],
)
def test_a_bad_parameter_is_named(client: Client, query: str, place: str, detail: str) -> None:
    """Unknown, repeated, empty and malformed parameters are refused with what to send."""
    kept = {name: value for name, value in GOOD.items() if f"{name}" not in query.split("=")[0]}
    rest = "&".join(f"{name}={value}" for name, value in kept.items())
    response = client.get(f"{GET}?{query}&{rest}")
    assert response.status_code == 400
    found = dict(errors(response))
    assert set(found) == {place}
    assert detail in found[place]


def test_every_violation_of_a_query_is_listed(client: Client) -> None:
    """Four faults in one address give four violations."""
    response = client.get(f"{GET}?region=mars&typo=1&record_bytes=x&record_bytes=y")
    places = [place for place, _ in errors(response)]
    assert places == ["record_bytes", "typo", "region", "records_per_second"]


def test_a_query_that_is_not_utf8_is_refused(client: Client) -> None:
    """%FF is not UTF-8: refused, not priced under another name."""
    response = client.get(f"{GET}?region=us-east-1&name=%FF")
    assert response.status_code == 400
    ((place, detail),) = errors(response)
    assert place == "name"
    assert "UTF-8" in detail


@pytest.mark.parametrize(
    ("field", "value", "detail"),
    [
        ("records_per_second", "10", "must be a number from 0 to 1,000,000,000 [1/s]; got '10'"),
        ("records_per_second", None, "got null"),
        ("records_per_second", True, "got true"),
        ("records_per_second", 10**30, "must be a number"),
        ("records_per_second", [1], "got a list"),
        ("records_per_second", {"a": 1}, "got an object"),
        ("advantage_rounds_records", 1, "must be true or false; got 1"),
        ("advantage_rounds_records", "true", "must be true or false"),
        ("consumers", 3.5, "must be a whole number"),
        ("region", "US-EAST-1", "must be one of"),
        ("name", 5, "text of at most 200 characters; got 5"),
    ],
)
def test_bodies_are_strict(client: Client, field: str, value: Any, detail: str) -> None:
    """JSON says what it means: "10" is no number and 1 is not true."""
    response = post(client, GOOD | {field: value})
    assert response.status_code == 400
    ((place, text),) = errors(response)
    assert place == f"/workloads/0/{field}"
    assert detail in text


@pytest.mark.parametrize("whole", [3, 3.0])
def test_whole_numbers_may_be_written_with_a_point(client: Client, whole: float) -> None:
    """3 and 3.0 are the same whole number, as JSON Schema has it."""
    assert post(client, GOOD | {"consumers": whole}).status_code == 200


def test_every_violation_of_a_body_is_listed(client: Client) -> None:
    """Faults of all rows come at once, each with its pointer, escaped as RFC 6901 asks."""
    response = post(client, GOOD | {"a/b~c": 1}, 7, {"region": "us-east-1"}, extra=1)
    places = [place for place, _ in errors(response)]
    assert places == [
        "/extra",
        "/workloads/0/a~1b~0c",
        "/workloads/1",
        "/workloads/2/records_per_second",
        "/workloads/2/record_bytes",
    ]


def test_a_batch_refuses_query_parameters(client: Client) -> None:
    """A parameter beside a body would be swallowed: it is refused."""
    response = client.post(f"{POST}?region=eu-west-1", json={"workloads": [GOOD]})
    assert errors(response) == [("region", "is not known")]


def test_more_than_one_accept_header_counts_together(client: Client) -> None:
    """Accept headers add up, as HTTP has it."""
    headers = [("Accept", "text/html"), ("Accept", "application/msgpack")]
    response = client.get(GET, params=GOOD, headers=headers)
    assert response.headers["content-type"] == "application/msgpack"


def test_of_more_violations_than_anyone_reads_the_first_are_listed(client: Client) -> None:
    """Of more than a thousand the first thousand are listed, and the detail says so."""
    response = post(client, *[{}] * 1000)
    said = "more than 1,000 violations; nothing was priced; the first 1,000 are listed"
    assert response.json()["detail"] == said
    assert len(errors(response)) == violations.MOST


@pytest.mark.parametrize(
    ("body", "place", "detail"),
    [
        ({"workloads": []}, "/workloads", "must have 1 to 100,000 items; got 0"),
        ({}, "/workloads", "is missing; send a list"),
        ({"workloads": 1}, "/workloads", "must be a list; got 1"),
        ([], "", "must be an object; got a list"),
    ],
)
def test_the_batch_itself_is_checked(client: Client, body: Any, place: str, detail: str) -> None:
    """A body of another shape is named by the pointer to what is wrong."""
    assert errors(client.post(POST, json=body)) == [(place, detail)]


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\xff", b'{"workloads": [{"record_bytes": NaN}]}', b'"\xc3\x28"', b"[" * 5000],
)
def test_what_is_not_json_is_a_400(client: Client, body: bytes) -> None:
    """Empty, cut off, invalid UTF-8, NaN and endless nesting are refused as malformed."""
    response = client.post(POST, content=body, headers={"Content-Type": "application/json"})
    assert (response.status_code, response.json()["type"]) == (400, "/problems/malformed-body")


def test_nan_in_messagepack_is_a_400(client: Client) -> None:
    """MessagePack can hold NaN and infinity; a workload cannot."""
    for value in (float("nan"), float("inf")):
        body = msgspec.msgpack.encode({"workloads": [GOOD | {"record_bytes": value}]})
        headers = {"Content-Type": "application/msgpack"}
        response = client.post(POST, content=body, headers=headers)
        assert response.status_code == 400
        assert errors(response)[0][0] == "/workloads/0/record_bytes"


@pytest.mark.parametrize("body", [b"\xc1", b"\x81", b"\x81\xa1\xff\x00"])
def test_what_is_not_messagepack_is_a_400(client: Client, body: bytes) -> None:
    """Bytes that MessagePack does not have are refused as malformed, never a 500."""
    headers = {"Content-Type": "application/msgpack"}
    response = client.post(POST, content=body, headers=headers)
    assert response.status_code == 400


def test_messagepack_values_that_json_has_not(client: Client) -> None:
    """Bytes and numbers as keys are refused in words."""
    for row in (GOOD | {"name": b"x"}, {1: 2}):
        body = msgspec.msgpack.encode({"workloads": [row]})
        headers = {"Content-Type": "application/msgpack"}
        assert client.post(POST, content=body, headers=headers).status_code == 400


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": ""},
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/json; charset=latin-1"},
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
    ],
)
def test_other_content_types_are_a_415(client: Client, headers: dict[str, str]) -> None:
    """A body in a format the route does not read is refused before it is read."""
    response = client.post(POST, content=b"{}", headers=headers)
    assert (response.status_code, response.json()["status"]) == (415, 415)


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("*/*", "application/json"),
        ("application/*", "application/json"),
        ("application/msgpack", "application/msgpack"),
        ("application/x-msgpack", "application/msgpack"),
        ("application/json;q=0.5, application/msgpack", "application/msgpack"),
        ("text/html, */*;q=0.1", "application/json"),
        ("application/json;q=x, application/msgpack;q=0.1", "application/msgpack"),
        ("application/json;q=nan, application/msgpack;q=0.1", "application/msgpack"),
        ("application/json;version=1", "application/json"),
    ],
)
def test_accept_chooses_the_format(client: Client, accept: str, chosen: str) -> None:
    """The most specific range counts, then its weight."""
    response = client.get(GET, params=GOOD, headers={"Accept": accept})
    assert response.headers["content-type"] == chosen


@pytest.mark.parametrize("accept", ["text/html", "application/json;q=0", "image/*"])
@pytest.mark.parametrize("address", [GET, "/v1/services", "/livez"])
def test_formats_not_on_offer_are_a_406(client: Client, accept: str, address: str) -> None:
    """An Accept header that rules out every format is told what there is."""
    params = GOOD if address == GET else {}
    response = client.get(address, params=params, headers={"Accept": accept})
    assert response.status_code == 406
    assert "application/msgpack" in response.json()["detail"]


@pytest.mark.parametrize(
    ("method", "address", "status"),
    [
        ("GET", "/v1/nope", 404),
        ("GET", "/v1/services/nope", 404),
        ("GET", "/problems/nope", 404),
        ("GET", "/schema", 404),
        ("GET", "/docs/assets/nope.js", 404),
        ("PUT", GET, 405),
        ("GET", POST, 405),
        ("POST", POST, 415),
    ],
)
def test_every_refusal_is_a_problem(client: Client, method: str, address: str, status: int) -> None:
    """404, 405 and 415 are problem documents that link to what they mean."""
    response = client.request(method, address)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["catalog-version"]
    problem = response.json()
    assert problem["status"] == status
    assert client.get(problem["type"]).json()["status"] == status


def test_a_405_says_what_is_allowed(client: Client) -> None:
    """GET implies HEAD, and Allow says so."""
    assert client.delete(GET).headers["allow"] == "GET, HEAD, OPTIONS"
    assert client.options(GET).headers["allow"] == "GET, HEAD, OPTIONS"
    assert client.get(POST).headers["allow"] == "OPTIONS, POST"


def test_a_body_too_large_is_a_413() -> None:
    """The operator's limit is kept."""
    with TestClient(create_app(Settings(max_body_mb=1))) as small:
        response = small.post(
            POST, content=b" " * 2**21, headers={"Content-Type": "application/json"}
        )
    assert (response.status_code, response.json()["type"]) == (413, "/problems/body-too-large")


def test_a_mistake_of_ours_is_a_500_without_its_inside(caplog: pytest.LogCaptureFixture) -> None:
    """An unexpected error is a problem document; its text goes to the log, not to the client."""

    @get("/broken")
    async def broken() -> None:
        raise RuntimeError("secret")

    app = create_app()
    app.register(broken)
    with TestClient(app, raise_server_exceptions=False) as client:
        response = client.get("/broken")
    assert (response.status_code, response.json()["type"]) == (500, "/problems/internal-error")
    assert "secret" not in response.text
    assert "secret" in caplog.text
    (line,) = [vars(record) for record in caplog.records if record.message == "a request failed"]
    assert line["request_id"] == response.headers["x-request-id"]
    assert (line["method"], line["route"]) == ("GET", "/broken")


def test_every_kind_of_problem_is_explained(client: Client) -> None:
    """Each kind has a page with its meaning and its remedy."""
    for slug, kind in problems.KINDS.items():
        page = client.get(f"/problems/{slug}").json()
        assert (page["title"], page["remedy"]) == (kind.title, kind.remedy)


@pytest.mark.parametrize("key", registry())
def test_a_missing_workload_names_what_it_needs(client: Client, key: str) -> None:
    """An estimate without parameters lists each that is required, and only those."""
    workload = registry()[key].workload
    needed = {field.name for field in msgspec.structs.fields(workload) if field.required}
    assert {place for place, _ in errors(client.get(f"/v1/{key}/estimate"))} == needed
