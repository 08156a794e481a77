"""Who may ask, from where, and how many at once."""

import errno
import io
import os
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from litestar.testing import TestClient

from service.answers import estimates
from service.app import create_app
from service.http.access import Failures
from service.http.answering import Answer
from service.http.delivery import ENTRY, Answers
from service.problems import ProblemError
from service.routes import operations
from service.settings import SettingError, Settings, from_environment

Client = TestClient[Any]
GET = "/v1/kinesis/estimate?region=us-east-1&records_per_second=1000&record_bytes=3000"
PAGE = "https://boards.example"
CLOSED = Settings(api_keys=("k1", "k2"), sheet_tokens=("t1",))


@contextmanager
def client_of(settings: Settings) -> Iterator[Client]:
    """Serve with settings of one's own."""
    with TestClient(create_app(settings)) as client:
        yield client


def test_everyone_may_ask_where_no_key_is_set(client: Client) -> None:
    """Without keys the service is open, also under a token's path, and anyone may cache it."""
    for address in (GET, f"/token/t1{GET}"):
        assert client.get(address).headers["cache-control"] == "public, max-age=300"
    assert client.get("/token/t1").status_code == 404


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"X-API-Key": "k1"}, 200),
        ({"Authorization": "Bearer k2"}, 200),
        ({"Authorization": "bearer k2"}, 200),
        ({"Authorization": "Basic k2"}, 401),
        ({"X-API-Key": "k3"}, 401),
        ({"X-API-Key": "t1"}, 401),
        ({"X-API-Key": "ä"}, 401),
        ({}, 401),
    ],
)
def test_a_key_in_a_header_lets_in(headers: dict[str, str], status: int) -> None:
    """Either header will do; a 401 is a problem that says how to ask."""
    with client_of(CLOSED) as closed:
        sent = [(name, value.encode()) for name, value in headers.items()]
        response = closed.get(GET, headers=sent)
        assert response.status_code == status
        if status == 200:
            assert response.headers["cache-control"] == "private, max-age=300"
        else:
            assert response.json()["type"] == "/problems/not-authorized"
            assert "send it as X-API-Key or Authorization: Bearer" in response.json()["detail"]
            assert response.headers["www-authenticate"] == "Bearer"
        assert closed.get(f"{GET}&api_key=k1").status_code == 401
        assert closed.get("/livez").status_code == closed.get("/openapi.json").status_code == 200


def test_failed_keys_are_bounded() -> None:
    """Beyond so many within a minute an address gets a 429; a known key is let in all the same."""
    with client_of(CLOSED) as closed:
        statuses = [closed.get(GET, headers={"X-API-Key": "k3"}).status_code for _ in range(70)]
        assert statuses == [401] * Failures.MOST + [429] * (70 - Failures.MOST)
        refused = closed.get(f"/token/t2{GET}")
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "60")
        assert refused.json()["type"] == "/problems/too-many-failures"
        assert closed.get(GET, headers={"X-API-Key": "k1"}).status_code == 200


def test_failed_keys_are_forgotten() -> None:
    """After a minute an address may fail again; no more addresses are kept than may be."""
    now = 0.0
    failures = Failures(lambda: now)
    for _ in range(Failures.MOST):
        failures.count("a")
    with pytest.raises(ProblemError):
        failures.count("a")
    now = 60.0
    failures.count("a")
    for number in range(2 * Failures.MOST_ADDRESSES):
        failures.count(str(number))
    assert len(failures._counted) == Failures.MOST_ADDRESSES


def test_a_sheet_reads_by_a_token_in_its_path() -> None:
    """A token reads and does nothing else; templates ask under it; errors do not show it."""
    with client_of(CLOSED) as closed:
        assert closed.get(f"/token/t1{GET}").json()["monthly_cost"] == 69.642
        assert closed.head(f"/token/t1{GET}").status_code == 200
        assert closed.get(f"/token/t2{GET}").status_code == 401
        assert closed.get(f"/token/{GET}").status_code == 401
        body = {"workloads": []}
        assert closed.post("/token/t1/v1/kinesis/estimates", json=body).status_code == 401
        shown = closed.get(f"/token/t1{GET.replace('?', '.txt?')}&field=x&on_error=text").text
        refused = closed.get("/token/t1/v1/nope").text
        assert "t1" not in shown + refused
        assert b"/token/t1" in _unpacked(closed.get("/token/t1/v1/kinesis/template.xlsx").content)


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/token/secret", "/token/<token>"),
        ("/token/secret.csv", "/token/<token>"),
        ("/token/%0Asecret", "/token/<token>"),
        ("/%74oken/secret", "/token/<token>"),
        ("/token/secret/nope", "/nope"),
        ("/token/secret/token/secret/v1/nope", "/token/<token>/v1/nope"),
        ("/token//secret/v1/nope", "/token/<token>/v1/nope"),
        ("//token/secret/v1/nope", "//token/<token>/v1/nope"),
        ("/Token/secret/v1/nope.csv", "/Token/<token>/v1/nope.csv"),
        ("/v1/token/secret/kinesis", "/v1/token/<token>"),
    ],
)
def test_a_path_that_is_not_found_shows_no_token(path: str, told: str) -> None:
    """A problem leaves out what stands after ``token`` in the path that it repeats."""
    url = httpx.URL("http://testserver").copy_with(raw_path=path.encode())
    with client_of(Settings(sheet_tokens=("secret",))) as closed:
        for method in ("GET", "POST", "DELETE", "OPTIONS"):
            refused = closed.request(method, url)
            assert refused.status_code == 404
            assert "secret" not in f"{refused.headers}{refused.text}"
            assert refused.json()["detail"].startswith(f"{method} {told}: Not Found.")


def _unpacked(content: bytes) -> bytes:
    """Return the texts of a workbook."""
    return zipfile.ZipFile(io.BytesIO(content)).read("xl/sharedStrings.xml")


def test_pages_of_configured_origins_may_ask() -> None:
    """Preflight allows the headers that clients send; answers and errors show theirs."""
    with client_of(Settings(cors_origins=(PAGE,))) as open_to_page:
        asked = {
            "Origin": PAGE,
            "Access-Control-Request-Method": "GET",
            "Access-Control-Request-Headers": "authorization, x-api-key, if-none-match",
        }
        preflight = open_to_page.options(GET, headers=asked)
        assert preflight.status_code == 204
        assert preflight.headers["access-control-allow-origin"] == PAGE
        for address, status in ((GET, 200), ("/v1/kinesis/estimate", 400), ("/v1/nope", 404)):
            response = open_to_page.get(address, headers={"Origin": PAGE})
            assert response.status_code == status
            assert response.headers["access-control-allow-origin"] == PAGE
            assert {"ETag", "Retry-After"} <= {
                *response.headers["access-control-expose-headers"].split(", ")
            }
            assert response.headers["vary"] == "Accept, Accept-Encoding, Origin"
        other = open_to_page.get(GET, headers={"Origin": "https://other.example"})
        assert "access-control-allow-origin" not in other.headers


def test_a_busy_server_says_when_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """One request more than allowed is a 503 with whole seconds; the first is still answered."""
    entered, go_on = threading.Event(), threading.Event()
    view = estimates.estimates

    def slow(bill: Any) -> Any:
        entered.set()
        assert go_on.wait(10)
        return view(bill)

    body = {"workloads": [{"region": "us-east-1", "records_per_second": 1, "record_bytes": 1}]}
    with client_of(Settings(max_concurrent=1)) as busy:
        monkeypatch.setattr(estimates, "estimates", slow)
        answers: list[Any] = []
        first = threading.Thread(
            target=lambda: answers.append(busy.post("/v1/kinesis/estimates", json=body))
        )
        first.start()
        assert entered.wait(10)
        refused = busy.get(GET)
        assert busy.get("/livez").status_code == 200
        go_on.set()
        first.join()
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "2")
        assert "try again in 2 seconds" in refused.json()["detail"]
        assert refused.json()["type"] == "/problems/overloaded"
        assert answers[0].status_code == busy.get(GET).status_code == 200


def test_a_head_and_the_get_after_it_are_worked_out_once(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second is answered from what the first has made; a cache-buster asks anew."""
    made: list[Any] = []
    view = estimates.estimates

    def counted(bill: Any) -> Any:
        made.append(bill)
        return view(bill)

    monkeypatch.setattr(estimates, "estimates", counted)
    address = f"{GET}&name=once"
    assert client.head(address).headers["etag"] == client.get(address).headers["etag"]
    assert len(made) == 1
    assert client.get(f"{address}&_=2").content == client.get(address).content
    assert len(made) == 2


def test_kept_answers_have_a_limit() -> None:
    """The oldest make room; one asked for again is the newest; one too large is not kept."""
    answers = Answers(most=2 * (ENTRY + 6))
    for key in "abc":
        answers.keep(key, Answer(b"12345", "text/plain"))
        answers.keep(key, Answer(b"12345", "text/plain"))
    assert answers.get("a") is None
    assert answers.get("b")
    answers.keep("d", Answer(b"12345", "text/plain"))
    assert answers.get("c") is None
    assert answers.get("b")
    answers.keep("e", Answer(bytes(2 * ENTRY), "text/plain"))
    assert answers.get("e") is None
    assert answers.get("d")


def test_keys_of_kept_answers_count() -> None:
    """What is asked for takes room too, be it many short questions or a few long ones."""
    answers = Answers(most=100 * ENTRY)
    for number in range(1000):
        answers.keep((str(number), None), Answer(b"", "text/plain"))
    assert 90 < len(answers) < 100
    for number in range(1000):
        answers.keep((str(number), b"a" * 10 * ENTRY), Answer(b"", "text/plain"))
    assert len(answers) == 9
    answers.keep(("a" * 100 * ENTRY,), Answer(b"", "text/plain"))
    assert len(answers) == 9


def test_lists_stand_between_commas_in_the_environment() -> None:
    """Origins, keys and tokens are lists; an empty part is refused."""
    settings = from_environment({"CORS_ORIGINS": f"{PAGE}, *", "API_KEYS": "a"})
    assert (settings.cors_origins, settings.api_keys) == ((PAGE, "*"), ("a",))
    with pytest.raises(SettingError, match="SHEET_TOKENS"):
        from_environment({"SHEET_TOKENS": "a,,b"})


def refusal(variable: str, value: str) -> str:
    """Return what is said of a setting that does not fit."""
    with pytest.raises(SettingError) as refused:
        from_environment({variable: value})
    return str(refused.value)


@pytest.mark.parametrize(
    "origin",
    [
        PAGE,
        "http://127.0.0.1:9000",
        "http://[::1]:9000",
        "https://*.boards.example",
        "http://boards.example:443",
        "moz-extension://0b5c3f0e",
        "null",
        "*",
    ],
)
def test_an_origin_is_taken_as_a_browser_sends_it(origin: str) -> None:
    """Schemes, ports, addresses of IPv6, files and wildcards are origins."""
    assert from_environment({"CORS_ORIGINS": origin}).cors_origins == (origin,)


@pytest.mark.parametrize(
    "value",
    [
        "boards.example",
        "boards.example:9000",
        f"{PAGE}/",
        f"{PAGE}/costs",
        f"{PAGE}:443",
        "http://boards.example:80",
        "https://Boards.example",
        "https://b\u00fccher.example",
        "https://boards .example",
        "a,,b",
        f"{PAGE},",
    ],
)
def test_an_origin_that_no_browser_sends_stops_the_start(value: str) -> None:
    """What would let no page in is shown as it was written, with what to write instead."""
    said = refusal("CORS_ORIGINS", value)
    assert said.startswith("CORS_ORIGINS must be origins as browsers send them, such as https://")
    assert said.endswith(f"; got {value!r}")


def test_proxies_are_addresses_and_networks() -> None:
    """Machines and networks of either version may be trusted, and any."""
    told = "10.1.2.3, 10.0.0.0/8, ::1, fd00::/8, *"
    assert from_environment({"FORWARDED_ALLOW_IPS": told}).forwarded_allow_ips == tuple(
        told.split(", ")
    )


@pytest.mark.parametrize(
    "value",
    ["notanip", "10.0.0.1/8", "10.0.0.256", "10.0.0.1:80", "proxy.example", "[::1]", "::1,"],
)
def test_a_proxy_that_no_client_can_be_stops_the_start(value: str) -> None:
    """What would be trusted by nobody's address is shown, with what to write instead."""
    said = refusal("FORWARDED_ALLOW_IPS", value)
    assert said.startswith("FORWARDED_ALLOW_IPS must be addresses such as 10.1.2.3, or networks")
    assert said.endswith(f"; got {value!r}")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PORT", "0"),
        ("PORT", "http"),
        ("WORKERS", "0"),
        ("MAX_CONCURRENT", "1.5"),
        ("HEADER_TIMEOUT", "0"),
        ("READ_TIMEOUT", "nan"),
        ("PUBLIC_URL", "costs.example"),
        ("PUBLIC_URL", "https://costs.example/"),
        ("API_KEYS", "secret,"),
        ("API_KEYS", "s\u00e9cret"),
        ("API_KEYS", "secret key"),
        ("SHEET_TOKENS", "secret/token"),
        ("SHEET_TOKENS", "secret?"),
    ],
)
def test_a_setting_that_does_not_fit_is_named(variable: str, value: str) -> None:
    """The error has the name of the variable, and not its value where that is a secret.

    Keys that no header can hold, and tokens that no path can, would let nobody in.
    """
    said = refusal(variable, value)
    assert said.startswith(f"{variable} must be ")
    assert "secret" not in said
    assert from_environment({variable: ""}) == Settings()


def test_without_room_for_files_the_service_is_not_ready(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk is a 503 of readiness that tells why; the process lives, and recovers."""

    def full() -> Any:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(operations, "TemporaryFile", full)
        refused = client.get("/readyz")
        assert (refused.status_code, refused.json()["type"]) == (503, "/problems/not-ready")
        assert "No space left on device" in refused.json()["detail"]
        assert client.get("/livez").status_code == 200
    assert client.get("/readyz").status_code == 200
