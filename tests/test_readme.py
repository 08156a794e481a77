"""Every example of the README, run as it is written."""

import re
import shlex
from pathlib import Path
from typing import Any

import msgspec
import pytest
from litestar.testing import TestClient

README = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
EXAMPLES = re.findall(
    r"```console\n\$ (curl .*?)```\n(?:[^`]*```json\n(.*?)```)?", README, flags=re.DOTALL
)


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
