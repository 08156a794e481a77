"""The contract: committed, served and exported alike, complete, and kept by every answer."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from litestar.testing import TestClient
from msgspec import Struct, UnsetType

from pricing import question
from pricing.model import registry
from service import components, contract
from service.answers import estimates
from service.app import create_app
from service.components import nodes
from service.requests import batches
from tests.contract import examples

Client = TestClient[Any]
ROOT = Path(__file__).parents[2]
COMMITTED = ROOT / "openapi" / "openapi.json"
REQUESTS = ("Workload", "Batch", "Request", "Needs", "NeedsBatch")
"""How the names of what is sent end."""


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """The contract as plain dicts."""
    return create_app().openapi_schema.to_schema()


def resolved(document: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    """Return what a part of the contract refers to, or the part itself."""
    if "$ref" not in part:
        return part
    kind, name = part["$ref"].removeprefix("#/components/").split("/")
    return document["components"][kind][name] | {key: part[key] for key in part if key != "$ref"}


def test_committed_served_and_exported_are_the_same(client: Client, tmp_path: Path) -> None:
    """The file and the route give the same bytes, and litestar's command the same document."""
    exported = tmp_path / "openapi.json"
    command = [sys.executable, "-m", "litestar", "--app", "service.app:create_app"]
    subprocess.run(
        [*command, "schema", "openapi", "--output", exported],
        check=True,
        cwd=ROOT,
        capture_output=True,
    )
    served = client.get("/openapi.json").content
    assert msgspec.json.decode(exported.read_bytes()) == msgspec.json.decode(served)
    assert COMMITTED.read_bytes() == served, "run `make contract` and read the diff"


def test_the_contract_is_built_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients that ask at the same time, and later ones, all get what was built for the first."""
    built, build = [], contract.document

    def counted(app: Any) -> contract.Document:
        built.append(app)
        return build(app)

    monkeypatch.setattr(contract, "document", counted)
    with TestClient(create_app()) as client, ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(client.get, ["/openapi.json"] * 3))
        answers.append(client.get("/openapi.json"))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert len(built) == 1


def test_answers_do_not_depend_on_the_process() -> None:
    """Two processes with other hash seeds give the same contract and the same estimates."""
    code = (
        "import msgspec, sys; from service import contract; from service.app import *;"
        "from service.answers import estimates;"
        "from pricing import engine; from pricing.model import registry;"
        "out = sys.stdout.buffer; out.write(contract.to_bytes(create_app().openapi_schema));"
        "[out.write(msgspec.json.encode(estimates.estimates(engine.estimate(s, [s.example]))))"
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


def test_the_contract_is_small() -> None:
    """Eighteen services would take 2.1 MB of it at most, so that any generator can read it."""
    assert COMMITTED.stat().st_size <= 2_100_000 / 18 * len(registry())


def records(kind: type[Struct] = Struct) -> Iterator[type[Struct]]:
    """Yield every kind of record that the service has."""
    for one in kind.__subclasses__():
        if one.__module__.startswith("service."):
            yield one
        yield from records(one)


@pytest.mark.usefixtures("document")
def test_no_member_that_may_be_left_out_is_required() -> None:
    """A member that is not always told has a default, or the contract would require it."""
    fields = [(one, field) for one in records() for field in msgspec.structs.fields(one)]
    assert len(fields) > 1000
    wrong = [(one, field.name) for one, field in fields if field.required and may_lack(field.type)]
    assert wrong == []


def may_lack(kind: Any) -> bool:
    """Return whether a type admits that nothing is told."""
    return kind is UnsetType or any(map(may_lack, get_args(kind)))


def test_every_reference_resolves(document: dict[str, Any]) -> None:
    """No component is missing and none is left over."""
    text = msgspec.json.encode(document).decode()
    for kind in ("schemas", "parameters", "responses", "headers"):
        refs = {part.split('"')[0] for part in text.split(f'"#/components/{kind}/')[1:]}
        assert refs == set(document["components"][kind])


def test_what_repeats_is_written_once(document: dict[str, Any]) -> None:
    """No long enumeration stands twice, and the fields of a workload are shared parameters."""
    listed = [tuple(node["enum"]) for node in nodes(document) if "enum" in node]
    assert all(listed.count(words) == 1 for words in listed if len(words) > 12)
    for key, service in registry().items():
        for leaf in ("estimate", "comparison", "projection"):
            shown = document["paths"][f"/v1/{key}/{leaf}"]["get"]["parameters"]
            shared = {resolved(document, one)["name"] for one in shown if "$ref" in one}
            assert shared >= set(service.workload.__struct_fields__)


def test_components_are_named_after_fields(document: dict[str, Any]) -> None:
    """A name is what people call the thing; a service's own things have the service before it."""
    components = document["components"]
    assert all(schema["title"] == name for name, schema in components["schemas"].items())
    assert {"Region", "RDSInstanceClass", "S3StorageClass"} <= set(components["schemas"])
    assert {"region", "hours_per_month", "rds_iops", "format"} <= set(components["parameters"])


def test_everything_is_described(document: dict[str, Any]) -> None:
    """Every operation, parameter, header, answer and member says what it is."""
    for name, schema in document["components"]["schemas"].items():
        for part in (schema, *schema.get("allOf", ())):
            for member, described in part.get("properties", {}).items():
                assert described["description"], f"{name}.{member}"
    for operation in (one for methods in document["paths"].values() for one in methods.values()):
        assert operation["summary"]
        assert operation["description"]
        for shown in operation["parameters"]:
            parameter = resolved(document, shown)
            assert parameter["description"], parameter["name"]
            assert {"$ref", "type", "anyOf"} & set(parameter["schema"]), parameter["name"]
        answers = [resolved(document, answer) for answer in operation["responses"].values()]
        for answer in answers:
            headers = answer.get("headers", {}).values()
            assert all(resolved(document, one)["description"] for one in [answer, *headers])
        for described in [*answers, operation.get("requestBody", {})]:
            for media in described.get("content", {}).values():
                shapes = {"type", "anyOf", "allOf", "oneOf"}
                assert shapes & set(resolved(document, media["schema"]))


def test_members_of_a_portfolio_are_told_apart(document: dict[str, Any]) -> None:
    """Each member of the union has the fields of its service's workload, and `service` as tag."""
    schemas = document["components"]["schemas"]
    union = schemas["PortfolioBatch"]["properties"]["workloads"]["items"]
    members = union["discriminator"]["mapping"]
    assert list(members) == list(registry())
    assert [{"$ref": reference} for reference in members.values()] == union["oneOf"]
    for key, reference in members.items():
        *shared, tag = resolved(document, {"$ref": reference})["allOf"]
        workload = registry()[key].workload
        assert shared == schemas[workload.__name__]["allOf"]
        word = {"type": "string", "const": key}
        assert word.items() <= tag["properties"]["service"].items()
        assert [*tag["properties"]] == ["service"]
        fields = [field for part in shared for field in resolved(document, part)["properties"]]
        assert sorted(fields) == sorted(workload.__struct_fields__)


def test_every_answer_is_shown(document: dict[str, Any]) -> None:
    """Each operation has as example what it answers to its own example; none is left over."""
    shown = {
        operation["operationId"]: one["value"]
        for methods in document["paths"].values()
        for operation in methods.values()
        for media in operation["responses"]["200"]["content"].values()
        for one in media.get("examples", {}).values()
    }
    assert shown == examples.answers(create_app()), "run `make contract` and read the diff"
    assert set(contract.EXAMPLES) == set(shown)


def test_answers_may_gain_words(document: dict[str, Any]) -> None:
    """No word of an answer is from a closed list; a request says all the words that it takes."""
    schemas = document["components"]["schemas"]
    bodies = [
        operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
        for methods in document["paths"].values()
        for operation in methods.values()
        if "requestBody" in operation
    ]
    sent = components.reached(bodies, schemas)
    responses = [
        node["$ref"]
        for methods in document["paths"].values()
        for operation in methods.values()
        for media in operation["responses"]["200"]["content"].values()
        for node in nodes(media["schema"])
        if "$ref" in node
    ]
    answered = components.reached(responses, schemas)
    assert not [name for name in answered for node in nodes(schemas[name]) if "enum" in node]
    assert any("enum" in node for name in sent for node in nodes(schemas[name]))
    assert not sent & answered


def test_every_parameter_has_a_name(client: Client, document: dict[str, Any]) -> None:
    """Every parameter is a name in any language; the short one of the cache-buster is taken too."""
    parameters = [
        resolved(document, one)["name"]
        for methods in document["paths"].values()
        for operation in methods.values()
        for one in operation["parameters"]
    ]
    assert "cache_buster" in parameters
    assert all(re.fullmatch("[a-z][a-z0-9_]+", name) for name in parameters)
    asked = "/v1/s3/estimate?region=us-east-1&storage_gb=1"
    answers = [client.get(f"{asked}{more}").content for more in ("", "&_=1", "&cache_buster=2")]
    assert len({*answers}) == 1
    assert client.get(f"{asked}&_=1&cache_buster=2").status_code == 400


def test_a_body_is_no_query(document: dict[str, Any]) -> None:
    """No schema is called after a query string."""
    assert not [name for name in document["components"]["schemas"] if name.endswith("Query")]


def test_no_default_moves_with_the_tables(document: dict[str, Any]) -> None:
    """No day has a default: a client that sends defaults would never see newer prices."""
    days = [node for node in nodes(document) if node.get("format") == "date"]
    assert days
    assert not [day for day in days if "default" in day]


def test_every_route_is_in_the_contract(document: dict[str, Any]) -> None:
    """Each route for clients has an operation; ids are unique and explicit."""
    expected = {
        "/v1/catalog",
        "/v1/catalog/changes",
        "/v1/services",
        "/v1/services/{service}",
        "/problems/{slug}",
        "/livez",
        "/readyz",
        "/v1/portfolios/commitments",
        "/v1/portfolios/estimate",
        "/v1/portfolios/projection",
        "/v1/portfolios/template",
        "/v1/questions",
        *(
            f"/v1/questions/{key}{leaf}"
            for key in question.registry()
            for leaf in ("", "/template")
        ),
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
        *(f"/v1/{key}/hours" for key, service in registry().items() if service.hourly),
    }
    assert set(document["paths"]) == expected
    ids = [op["operationId"] for path in document["paths"].values() for op in path.values()]
    assert len(set(ids)) == len(ids)


def test_requests_are_closed_and_answers_are_open(document: dict[str, Any]) -> None:
    """Requests refuse unknown members; answers may grow."""
    schemas = document["components"]["schemas"]
    for name, schema in schemas.items():
        closed = False in (schema.get("additionalProperties"), schema.get("unevaluatedProperties"))
        assert closed == name.endswith(REQUESTS), name


def test_numbers_carry_bounds_and_units(document: dict[str, Any]) -> None:
    """Each number among an estimate's parameters has bounds and a unit; some have an example."""
    for key in registry():
        shown = document["paths"][f"/v1/{key}/estimate"]["get"]["parameters"]
        parameters = [resolved(document, one) for one in shown]
        for parameter in parameters:
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
        types, batch = estimates.answer_types(service), batches.of_service(service)
        for kind in (batch, types.estimate, types.estimates, service.workload):
            msgspec.json.Decoder(kind)
            msgspec.msgpack.Decoder(kind)


def test_answers_decode_as_the_contract_says(client: Client) -> None:
    """The estimate of each service decodes strictly into the type the contract is made from."""
    for service in registry().values():
        address = client.get("/v1/services").json()["services"]
        example = next(one["example"] for one in address if one["key"] == service.key)
        content = client.get(example).content
        msgspec.json.decode(content, type=estimates.answer_types(service).estimate)
