"""What breaks a client of the last release is found; what is only added passes."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from service.components import nodes
from tests.contract.compatibility import breaking
from tests.contract.test_contract import COMMITTED

RELEASED = COMMITTED.with_name("released.json")
ESTIMATE = "/v1/kinesis/estimate"
Change = Callable[[Any], Any]
NEW = {"type": "string", "description": "New."}


def schema(document: Any, name: str) -> Any:
    """Return a schema of a contract."""
    return document["components"]["schemas"][name]


def member(document: Any, name: str, field: str) -> Any:
    """Return a member of a schema."""
    return schema(document, name)["properties"][field]


def parameter(document: Any, name: str) -> Any:
    """Return a shared parameter of a contract."""
    return document["components"]["parameters"][name]


def rename(document: Any, old: str, new: str) -> None:
    """Give a schema of a contract another name."""
    schemas = document["components"]["schemas"]
    schemas[new] = schemas.pop(old)
    for node in nodes(document):
        if node.get("$ref") == f"#/components/schemas/{old}":
            node["$ref"] = f"#/components/schemas/{new}"


BREAKING: dict[str, tuple[Change, str]] = {
    "a path is removed": (lambda d: d["paths"].pop(ESTIMATE), "is gone"),
    "a method is removed": (
        lambda d: d["paths"]["/v1/kinesis/comparison"].pop("post"),
        "POST /v1/kinesis/comparison: is gone",
    ),
    "an operation is renamed": (
        lambda d: d["paths"][ESTIMATE]["get"].update(operationId="x"),
        "is called x",
    ),
    "a format is removed": (
        lambda d: d["paths"][ESTIMATE]["get"]["responses"]["200"]["content"].pop("text/csv"),
        "text/csv: is gone",
    ),
    "a parameter is removed": (
        lambda d: d["paths"][ESTIMATE]["get"]["parameters"].pop(0),
        "?name: is gone",
    ),
    "a parameter becomes required": (
        lambda d: parameter(d, "kinesis_consumers").update(required=True),
        "?consumers: is required now",
    ),
    "a member of an answer is removed": (
        lambda d: schema(d, "KinesisCapacity")["properties"].pop("shards"),
        ".capacity.shards: is gone",
    ),
    "a member of an answer may be missing": (
        lambda d: schema(d, "KinesisCapacity")["required"].remove("shards"),
        ".capacity.shards: is no longer always there",
    ),
    "a member of an answer may be null": (
        lambda d: member(d, "KinesisCapacity", "shards").update(type=["number", "null"]),
        "was number, is null or number",
    ),
    "a member of an answer has another type": (
        lambda d: member(d, "KinesisCapacity", "shards").update(type="string"),
        "was number, is string",
    ),
    "a word of an answer is removed": (
        lambda d: schema(d, "ChargeLine")["properties"]["status"]["x-extensible-enum"].pop(),
        ".status: unpriced is gone",
    ),
    "a field of a workload is removed": (
        lambda d: schema(d, "KinesisFields")["properties"].pop("consumers"),
        ".consumers: is gone",
    ),
    "a field of a workload becomes required": (
        lambda d: schema(d, "KinesisFields")["required"].append("consumers"),
        ".consumers: is required now",
    ),
    "a required parameter is added": (
        lambda d: d["paths"][ESTIMATE]["get"]["parameters"].append(
            {"name": "x", "in": "query", "required": True, "schema": NEW}
        ),
        "?x: is required now",
    ),
    "a word of a workload is removed": (
        lambda d: schema(d, "KinesisCapacityMode")["enum"].pop(),
        "is gone",
    ),
    "an upper bound is narrowed": (
        lambda d: member(d, "KinesisFields", "record_bytes").update(maximum=1000),
        "maximum was 1000000000000000.0, is 1000",
    ),
    "a lower bound is narrowed": (
        lambda d: member(d, "KinesisFields", "record_bytes").update(minimum=2),
        "minimum was 1, is 2",
    ),
    "a list becomes shorter": (
        lambda d: member(d, "KinesisBatch", "workloads").update(maxItems=3),
        "maxItems was",
    ),
    "a number becomes whole": (
        lambda d: member(d, "KinesisFields", "record_bytes").update(multipleOf=1, type="integer"),
        "was number, is integer",
    ),
    "a text gets a pattern": (
        lambda d: parameter(d, "field")["schema"].update(pattern="^x$"),
        "pattern was None, is ^x$",
    ),
}
"""Changes that break a client, each with a part of what is said of it."""
HARMLESS: dict[str, Change] = {
    "nothing": lambda d: None,
    "a path is added": lambda d: d["paths"].update({"/v1/new": d["paths"][ESTIMATE]}),
    "a parameter is added": lambda d: d["paths"][ESTIMATE]["get"]["parameters"].append(
        {"name": "x", "in": "query", "required": False, "schema": NEW}
    ),
    "a member of an answer is added": lambda d: schema(d, "KinesisCapacity")["properties"].update(
        new=NEW
    ),
    "a word of an answer is added": lambda d: member(d, "ChargeLine", "status")[
        "x-extensible-enum"
    ].append("new"),
    "a field of a workload is added": lambda d: schema(d, "KinesisFields")["properties"].update(
        new=NEW
    ),
    "a word of a workload is added": lambda d: schema(d, "KinesisCapacityMode")["enum"].append("x"),
    "a bound is widened": lambda d: member(d, "KinesisFields", "record_bytes").update(
        minimum=0, maximum=1e18
    ),
    "a field is no longer required": lambda d: schema(d, "KinesisFields")["required"].clear(),
    "a component has another name": lambda d: rename(d, "KinesisCapacity", "Shards"),
    "a description is changed": lambda d: member(d, "KinesisCapacity", "shards").update(
        description="Shards."
    ),
}


@pytest.fixture(scope="module")
def kinesis() -> bytes:
    """The contract as it is, of a single service."""
    document = msgspec.json.decode(COMMITTED.read_bytes())
    for path in {*document["paths"]}:
        if not path.startswith("/v1/kinesis/"):
            del document["paths"][path]
    return msgspec.json.encode(document)


def found(document: bytes, change: Change) -> list[str]:
    """Return what is found in a contract after a change."""
    old, new = msgspec.json.decode(document), msgspec.json.decode(document)
    change(new)
    return breaking(old, new)


@pytest.mark.parametrize("name", BREAKING)
def test_what_breaks_clients_is_found(kinesis: bytes, name: str) -> None:
    """A change that breaks clients is named with its place."""
    change, said = BREAKING[name]
    assert any(said in one for one in found(kinesis, change))


@pytest.mark.parametrize("name", HARMLESS)
def test_additions_pass(kinesis: bytes, name: str) -> None:
    """What is added, widened or reworded breaks nobody."""
    assert found(kinesis, HARMLESS[name]) == []


def test_nothing_breaks_clients_of_the_last_release() -> None:
    """The contract takes and answers all that the released one did."""
    released, present = (msgspec.json.decode(one.read_bytes()) for one in (RELEASED, COMMITTED))
    assert breaking(released, present) == []
