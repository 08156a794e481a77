"""Every example of the README, run as it is written."""

import os
import re
import shlex
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from litestar.testing import TestClient

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
BLOCKS = re.findall(
    r"```console\n(\$ .*?)```\n(?:[^`]*```(json|text)\n(.*?)```)?", README, flags=re.DOTALL
)
EXAMPLES = [(block[2:], shown) for block, kind, shown in BLOCKS if kind == "json"]
SESSIONS = [(block, shown) for block, kind, shown in BLOCKS if kind == "text"]


@pytest.mark.parametrize(("command", "shown"), EXAMPLES)
def test_the_readme_shows_what_the_service_answers(
    client: TestClient[Any], command: str, shown: str
) -> None:
    """Each figure that the README shows is in the answer to its command."""
    words = shlex.split(command)
    address = next(word for word in words if word.startswith("http")).partition(":8000")[2]
    if "-d" in words:
        kind = words[words.index("-H") + 1].partition(": ")[2]
        body = words[words.index("-d") + 1]
        response = client.post(address, content=body, headers={"Content-Type": kind})
    else:
        response = client.get(address)
    assert response.status_code == 200
    assert shown, "an example without its answer"
    assert holds(response.json(), msgspec.json.decode(shown))


def test_every_example_shows_its_answer() -> None:
    """Each command that asks the service is run by a test here."""
    asking = [block for block, *_ in BLOCKS if "curl" in block]
    assert len(asking) == len(EXAMPLES) + len(SESSIONS)


@pytest.fixture(scope="module")
def port() -> Iterator[str]:
    """The port of a service that runs as the README starts it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    command = [sys.executable, "-m", "service"]
    environment = os.environ | {"PORT": port}
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout
        list(iter(server.stdout.readline, f"Docs: http://127.0.0.1:{port}/docs\n"))
        yield port
        server.terminate()


@pytest.mark.parametrize(("block", "shown"), SESSIONS)
def test_the_readmes_sessions_run_in_a_shell(
    port: str, tmp_path: Path, block: str, shown: str
) -> None:
    """Commands typed as they stand print what is shown."""
    script = block.replace("$ ", "", 1).replace("\n$ ", "\n").replace(":8000", f":{port}")
    script = script.replace("curl ", "curl --fail-with-body --retry-connrefused --retry 20 ", 1)
    ran = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (ran.returncode, ran.stdout.rstrip()) == (0, shown.rstrip()), ran.stderr


def holds(answer: Any, shown: Any) -> bool:
    """Tell whether an answer holds all that is shown of it; lists may hold more."""
    if isinstance(shown, dict):
        return all(holds(answer[name], part) for name, part in shown.items())
    if isinstance(shown, list):
        return all(any(holds(item, part) for item in answer) for part in shown)
    return bool(answer == shown)


def test_every_route_of_the_readme_exists(client: TestClient[Any]) -> None:
    """The route tree of the README is the contract's, and the other way round."""
    listed = set(re.findall(r"^(?:GET |POST) +(/\S+?)(?:\?\S*)? ", README, flags=re.MULTILINE))
    listed |= {"/readyz"}
    paths = client.get("/openapi.json").json()["paths"]
    keys = [one["key"] for one in client.get("/v1/services").json()["services"]]
    general = {re.sub(rf"/v1/({'|'.join(keys)})/", "/v1/{service}/", path) for path in paths}
    assert listed - {"/openapi.json"} == general
