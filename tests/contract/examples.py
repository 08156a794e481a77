"""True answers for the contract: each operation is asked its own example."""

from typing import Any
from urllib.parse import urlencode

from litestar.testing import TestClient

from service import contract
from service.app import Storecast
from service.formats.media import FORMATS

EXAMPLES = contract.files("service").joinpath("examples.json")
"""The file of the answers that the contract shows."""
NARROW = {"prices": {"limit": 1}, "projection": {"months": 1}}
"""What keeps an answer short, by the last part of its path."""


def answers(app: Storecast) -> dict[str, Any]:
    """Return the answer to each operation's example, shortened, by the operation's id."""
    with TestClient(app) as client:
        return {
            operation.id: answered(client, path, method, operation)
            for path, method, _, operation in contract.operations(app)
        }


def answered(client: Any, path: str, method: str, operation: Any) -> Any:
    """Ask an operation its example, and return what it answers, shortened."""
    for name, words in operation.path.items():
        path = path.replace(f"{{{name}}}", words[0])
    narrow = NARROW.get(path.rpartition("/")[2], {})
    if method == "post":
        response = client.post(
            path, json=operation.example | (narrow if "months" in narrow else {})
        )
    else:
        response = client.get(f"{path}?{urlencode(exploded(operation.example or {}) | narrow)}")
    assert response.status_code == 200, (path, response.text)
    if operation.query.offered[0] == "csv":
        return response.text
    assert response.headers["content-type"] == FORMATS["json"]
    return shortened(response.json())


def exploded(example: dict[str, Any]) -> dict[str, Any]:
    """Return parameters, of which each member of an object is one of its own."""
    return {
        name: value
        for parameter, whole in example.items()
        for name, value in (whole if isinstance(whole, dict) else {parameter: whole}).items()
    }


def shortened(value: Any) -> Any:
    """Return a value whose lists have one entry only: the first, or the first required field.

    A field with a `default` would look like a schema to linters.
    """
    if isinstance(value, list):
        plain = [one for one in value if not (isinstance(one, dict) and "default" in one)]
        return [shortened(one) for one in plain[:1]]
    if isinstance(value, dict):
        return {name: shortened(one) for name, one in value.items()}
    return value
