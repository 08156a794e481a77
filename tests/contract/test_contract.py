"""The contract: committed, served and exported alike, complete, and kept by every answer."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from litestar.testing import TestClient

from pricing.model import registry
from service import contract, views
from service.app import create_app

Client = TestClient[Any]
ROOT = Path(__file__).parents[2]
COMMITTED = ROOT / "openapi" / "openapi.json"


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """The contract as plain dicts."""
    return create_app().openapi_schema.to_schema()


def test_committed_served_and_exported_are_the_same_bytes(client: Client, tmp_path: Path) -> None:
    """`make contract` was run: the file, the route and the command give one document."""
    exported = tmp_path / "openapi.json"
    command = [sys.executable, "-m", "litestar", "--app", "service.app:create_app"]
    subprocess.run(
        [*command, "schema", "openapi", "--output", exported],
        check=True,
        cwd=ROOT,
        capture_output=True,
    )
    served = client.get("/openapi.json").content
    assert exported.read_bytes() == served
    assert COMMITTED.read_bytes() == served, "run `make contract` and read the diff"


def test_answers_do_not_depend_on_the_process() -> None:
    """Two processes with other hash seeds give the same contract and the same estimates."""
    code = (
        "import msgspec, sys; from service import contract, views; from service.app import *;"
        "from pricing import engine; from pricing.model import registry;"
        "out = sys.stdout.buffer; out.write(contract.to_bytes(create_app().openapi_schema));"
        "[out.write(msgspec.json.encode(views.estimates(engine.estimate(s, [s.example]))))"
        " for s in registry().values()]"
    )
    first, second = (
        subprocess.run(
            [sys.executable, "-c", code],
            check=True,
            cwd=ROOT,
            capture_output=True,
            env=os.environ | {"PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    )
    assert first
    assert first == second


def test_the_factory_is_pure() -> None:
    """A second app has the same contract as the first."""
    first, second = (contract.to_bytes(create_app().openapi_schema) for _ in range(2))
    assert first == second


def test_every_reference_resolves(document: dict[str, Any]) -> None:
    """No schema is missing and none is left over."""
    text = msgspec.json.encode(document).decode()
    for kind in ("schemas", "parameters", "responses"):
        refs = {part.split('"')[0] for part in text.split(f'"#/components/{kind}/')[1:]}
        assert refs == set(document["components"][kind])


def test_every_route_is_in_the_contract(document: dict[str, Any]) -> None:
    """Each route for clients has an operation; ids are unique and explicit."""
    expected = {
        "/v1/services",
        "/v1/services/{service}",
        "/problems/{slug}",
        "/livez",
        "/readyz",
        "/v1/portfolios/estimate",
        "/v1/portfolios/projection",
        *(
            f"/v1/{key}/{leaf}"
            for key in registry()
            for leaf in (
                "estimate",
                "estimates",
                "comparison",
                "projection",
                "prices",
                "quotas",
                "template",
            )
        ),
    }
    assert set(document["paths"]) == expected
    ids = [op["operationId"] for path in document["paths"].values() for op in path.values()]
    assert len(set(ids)) == len(ids)


def test_requests_are_closed_and_answers_are_open(document: dict[str, Any]) -> None:
    """Requests refuse unknown members; answers may grow."""
    schemas = document["components"]["schemas"]
    for name, schema in schemas.items():
        closed = schema.get("additionalProperties") is False
        assert closed == name.endswith(("Workload", "Batch", "Query", "Nothing")), name


def test_numbers_carry_bounds_and_units(document: dict[str, Any]) -> None:
    """Each query parameter of an estimate says what it means; numbers have bounds and a unit."""
    for key in registry():
        parameters = document["paths"][f"/v1/{key}/estimate"]["get"]["parameters"]
        for shown in parameters:
            name = shown.get("$ref", "").removeprefix("#/components/parameters/")
            parameter = document["components"]["parameters"][name] if name else shown
            assert parameter["description"], parameter["name"]
            if parameter["schema"].get("type") == "number":
                assert {"minimum", "maximum", "x-unit"} <= set(parameter["schema"])
        assert any("example" in parameter for parameter in parameters)


def test_errors_are_problems(document: dict[str, Any]) -> None:
    """Every response that is not a success is a problem document."""
    for path in document["paths"].values():
        for operation in path.values():
            assert {"200", "500"} <= set(operation["responses"])
            for status, response in operation["responses"].items():
                if status >= "400":
                    name = response["$ref"].removeprefix("#/components/responses/")
                    refusal = document["components"]["responses"][name]
                    assert name == status
                    assert list(refusal["content"]) == ["application/problem+json"]


def test_every_type_builds_a_decoder() -> None:
    """A bad annotation shows here, not at the first request."""
    for service in registry().values():
        types = views.answer_types(service)
        for kind in (types.batch, types.estimate, types.estimates, service.workload):
            msgspec.json.Decoder(kind)
            msgspec.msgpack.Decoder(kind)


def test_answers_decode_as_the_contract_says(client: Client) -> None:
    """The estimate of each service decodes strictly into the type the contract is made from."""
    for service in registry().values():
        address = client.get("/v1/services").json()["services"]
        example = next(one["example"] for one in address if one["key"] == service.key)
        content = client.get(example).content
        msgspec.json.decode(content, type=views.answer_types(service).estimate)
