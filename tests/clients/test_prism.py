"""Prism answers as the contract says, and finds that the service does so too."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.clients import programs
from tests.clients.programs import CONTRACT, MODULES

CONTENT = json.loads(CONTRACT.read_text("utf-8"))
METHODS = ("get", "post")


def parameters(operation: Any) -> Iterator[Any]:
    """Yield the parameters of an operation, those that it shares too."""
    for one in operation.get("parameters", ()):
        name = one.get("$ref", "").rpartition("/")[2]
        yield CONTENT["components"]["parameters"][name] if name else one


def first_word(schema: Any) -> str:
    """Return the first word of an enumeration, which may be a shared one."""
    name = schema.get("$ref", "").rpartition("/")[2]
    return str((CONTENT["components"]["schemas"][name] if name else schema)["enum"][0])


def example(content: Any) -> Any:
    """Return the example of a JSON document, else of a sheet."""
    (found,) = (one["examples"]["first"]["value"] for one in content.values() if "examples" in one)
    return found


def asked(path: str, method: str, operation: Any) -> tuple[str, str, dict[str, Any]]:
    """Return the request that the contract shows of an operation."""
    shown: dict[str, Any] = {}
    for one in parameters(operation):
        if "example" in one:
            exploded = one["schema"].get("type") == "object"
            shown |= one["example"] if exploded else {one["name"]: one["example"]}
    query = {name: str(value).lower() if value is True else value for name, value in shown.items()}
    for one in parameters(operation):
        if one["in"] == "path":
            path = path.replace(f"{{{one['name']}}}", first_word(one["schema"]))
    body = operation.get("requestBody")
    return method, path, {"params": query} | ({"json": example(body["content"])} if body else {})


SHOWN = {
    operation["operationId"]: (
        asked(path, method, operation),
        example(operation["responses"]["200"]["content"]),
    )
    for path, methods in CONTENT["paths"].items()
    for method, operation in methods.items()
    if method in METHODS
}
"""What is asked of each operation and what it answers, as the contract shows it."""


@contextmanager
def prism(folder: Path, *command: str | Path) -> Iterator[str]:
    """Run Prism on a free port, and yield its base address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    base, log = f"http://127.0.0.1:{port}", folder / "prism.log"
    every = [MODULES / "prism", *command, "--port", port, "--errors", "--verboseLevel", "error"]
    with programs.started([str(part) for part in every], log):
        for _ in range(int(10 * programs.PATIENCE)):
            with socket.socket() as there:
                if there.connect_ex(("127.0.0.1", int(port))) == 0:
                    break
            time.sleep(0.1)
        yield base


@pytest.fixture(scope="module")
def mock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A service that Prism makes up from the contract."""
    with prism(tmp_path_factory.mktemp("mock"), "mock", CONTRACT) as address:
        yield address


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory, base: str) -> Iterator[str]:
    """The service behind Prism, which answers 5xx where one of them breaks the contract."""
    with prism(tmp_path_factory.mktemp("proxy"), "proxy", CONTRACT, base) as address:
        yield address


@pytest.mark.parametrize("name", SHOWN)
def test_the_mock_answers_the_example(mock: str, name: str, api: requests.Session) -> None:
    """A client that is built before the service is there gets the true answer, shortened."""
    (method, path, sent), shown = SHOWN[name]
    said = api.request(method, mock + path, **sent)
    assert said.status_code == 200, said.text
    assert (said.text if isinstance(shown, str) else said.json()) == shown


@pytest.mark.parametrize("name", SHOWN)
def test_the_service_keeps_the_contract(proxy: str, name: str, api: requests.Session) -> None:
    """Neither the request that the contract shows nor the answer to it breaks the contract."""
    (method, path, sent), _ = SHOWN[name]
    said = api.request(method, proxy + path, **sent)
    assert said.status_code == 200, said.text


def test_the_proxy_finds_what_breaks_the_contract(proxy: str, api: requests.Session) -> None:
    """A request without what is required does not pass."""
    said = api.get(f"{proxy}/v1/s3/estimate")
    assert said.status_code == 422, said.text
    assert "stoplight" in said.json()["type"]
