"""Every operation of the contract, fuzzed in process with all of schemathesis' checks.

`make test` is short: it fuzzes each kind of operation thoroughly for one service, the kinds spread
over the services, and lightly for the others. `make fuzz` is thorough for all.
"""

import os
from copy import deepcopy
from typing import Any

import msgspec
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from schemathesis.config import SchemathesisConfig

from pricing.catalogue import packaged
from pricing.model import registry
from service.answers import forms, sweeps
from service.app import create_app
from service.components import nodes
from service.formats import arrow, writers
from service.formats.media import ARROW, FORMATS, JSON, MSGPACK, Dialect

LONG = int(os.environ.get("FUZZ_EXAMPLES", "0"))
"""Examples of each operation in a long run; 0 is a short one."""
WORDS = 4
"""Words of an enumeration that a short run tries."""


@schemathesis.deserializer(MSGPACK)
def _decode(_: Any, response: Any) -> Any:
    return msgspec.msgpack.decode(response.content)


@schemathesis.serializer(MSGPACK)
def _encode(_: Any, value: Any) -> bytes:
    try:
        return msgspec.msgpack.encode(value)
    except (OverflowError, TypeError):
        return b"\xc1"  # a byte that MessagePack does not have


FILLED = [
    (forms.table(one), forms.workbook(one, "http://x", packaged())) for one in registry().values()
]
schemathesis.openapi.media_type(
    FORMATS["csv"],
    st.sampled_from([b"".join(writers.csv([table], Dialect())) for table, _ in FILLED]),
)
schemathesis.openapi.media_type(
    ARROW, st.sampled_from([b"".join(arrow.written([table])) for table, _ in FILLED])
)
schemathesis.openapi.media_type(FORMATS["xlsx"], st.sampled_from([book for _, book in FILLED]))


def parted(document: dict[str, Any]) -> tuple[list[str], list[str]]:
    """Return the ids of the operations that are fuzzed thoroughly, and of those that are lightly.

    Operations that differ only in their service are of one kind. Each kind is fuzzed thoroughly for
    one service, and the kinds take turns. Those of portfolios hold the fields of every service.
    """
    kinds: dict[str, list[str]] = {}
    for path, methods in document["paths"].items():
        *_, parent, leaf = path.split("/")
        for method, operation in methods.items():
            kind = f"{method} {leaf}" if parent in registry() else path
            kinds.setdefault(kind, []).append(operation["operationId"])
    portfolios = [one for path in kinds if "/portfolios/" in path for one in kinds[path]]
    one_each = {same[turn % len(same)] for turn, same in enumerate(kinds.values())}
    thorough = sorted(one_each - {*portfolios})
    return thorough, sorted({one for same in kinds.values() for one in same} - {*thorough})


def shortened(document: dict[str, Any]) -> dict[str, Any]:
    """Return a contract to fuzz: MessagePack as JSON, and in a short run a few words of many."""
    for node in nodes(document):
        if JSON in node.get("requestBody", {}).get("content", {}):
            content = node["requestBody"]["content"]
            content[MSGPACK] = content[JSON]
        if not LONG and len(words := node.get("enum", ())) > WORDS:
            node["enum"] = words[:: len(words) // WORDS]
    return document


@schemathesis.hook
def before_call(_: Any, case: Any, __: Any) -> None:
    """Leave out the opt-in to answer errors with 200, which the checks rightly take for errors."""
    if case.query and case.query.get("on_error") == "text":
        case.query["on_error"] = "status"


app = create_app()
DOCUMENT = shortened(deepcopy(app.openapi_schema.to_schema()))
THOROUGHLY, LIGHTLY = parted(DOCUMENT)


def covered(operation_id: str) -> bool:
    """Return whether a short run tries each value of each parameter.

    It does not for comparisons: to make the texts of their sweeps alone takes a minute.
    """
    return operation_id in THOROUGHLY and not operation_id.startswith("compare_")


def config(operation_id: str) -> SchemathesisConfig:
    """Return the settings of a run of one operation."""
    return SchemathesisConfig.from_dict(
        {
            "request-timeout": 60,
            "checks": {"positive_data_acceptance": {"expected-statuses": ["2xx", "422"]}},
            "phases": {"coverage": {"enabled": bool(LONG) or covered(operation_id)}},
            "operations": [{"exclude-operation-id": operation_id, "enabled": False}],
        }
    )


@pytest.fixture
def contract(request: pytest.FixtureRequest) -> Any:
    """Return the contract of the path of one operation.

    Cases are made when the operation is tested, so that a worker makes those of its own only.
    """
    paths = {
        path: methods
        for path, methods in DOCUMENT["paths"].items()
        if request.param in [operation["operationId"] for operation in methods.values()]
    }
    loaded = schemathesis.openapi.from_dict(
        DOCUMENT | {"paths": paths}, config=config(request.param)
    )
    loaded.app = app
    return loaded


@pytest.fixture(autouse=True)
def coarse_sweeps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look for turns of a sweep on a coarse grid in a short run."""
    if not LONG:
        monkeypatch.setattr(sweeps, "CELLS", 2_000)


schema = schemathesis.pytest.from_fixture("contract")


def fuzzed(examples: int) -> settings:
    """Return the settings of a run with some examples of each operation."""
    return settings(
        max_examples=LONG or examples,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )


@pytest.mark.parametrize("contract", THOROUGHLY, indirect=True)
@schema.parametrize()
@fuzzed(10)
def test_the_service_keeps_its_contract(case: Any) -> None:
    """Valid requests are answered as documented, invalid ones refused; never a 500."""
    case.call_and_validate()


@pytest.mark.parametrize("contract", LIGHTLY, indirect=True)
@schema.parametrize()
@fuzzed(3)
def test_the_other_services_keep_it_too(case: Any) -> None:
    """A few requests of every other operation are answered or refused likewise."""
    case.call_and_validate()
