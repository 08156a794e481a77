"""Every operation of the contract, fuzzed in process with all of schemathesis' checks."""

import os
from typing import Any

import msgspec
import schemathesis
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from schemathesis.config import SchemathesisConfig

from pricing.catalogue import packaged
from pricing.model import registry
from service import sheets, templates
from service.app import create_app
from service.sheets import Dialect
from service.wire import FORMATS, MSGPACK


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
    (templates.table(one), templates.workbook(one, "http://x", packaged()))
    for one in registry().values()
]
schemathesis.openapi.media_type(
    FORMATS["csv"],
    st.sampled_from([b"".join(sheets.csv([table], Dialect())) for table, _ in FILLED]),
)
schemathesis.openapi.media_type(FORMATS["xlsx"], st.sampled_from([book for _, book in FILLED]))
LARGE = r"^/v1/(rds/.*|(dynamodb|s3)/(comparison|projection)|portfolios/.*)$"
"""Operations whose every enumerated word (354 instance classes) would be tried one by one: they are
fuzzed, and their smaller twins of Kinesis are covered word by word."""
CONFIG = SchemathesisConfig.from_dict(
    {
        "checks": {"positive_data_acceptance": {"expected-statuses": ["2xx", "422"]}},
        "operations": [
            {"include-path-regex": LARGE, "phases": {"coverage": {"enabled": False}}},
        ],
    }
)


@schemathesis.hook
def before_call(_: Any, case: Any, __: Any) -> None:
    """Leave out the opt-in to answer errors with 200, which the checks rightly take for errors."""
    if case.query and case.query.get("on_error") == "text":
        case.query["on_error"] = "status"


schema = schemathesis.openapi.from_asgi("/openapi.json", create_app(), config=CONFIG)


@schema.parametrize()
@settings(
    max_examples=int(os.environ.get("FUZZ_EXAMPLES", "10")),
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
def test_the_service_keeps_its_contract(case: Any) -> None:
    """Valid requests are answered as documented, invalid ones refused; never a 500."""
    case.call_and_validate()
