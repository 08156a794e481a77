"""The same question has the same answer, byte for byte, whoever is asked, and when."""

import json
from typing import Any

import httpx
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar.testing import TestClient

from tests import golden
from tests.server import serving

EXPECTED = json.loads(golden.DIGESTS.read_text("utf-8"))
Client = TestClient[Any]
ESTIMATES = "/v1/dynamodb/estimates"
ROWS = [
    {
        "name": str(row),
        "region": ("us-east-1", "eu-central-1", "sa-east-1")[row % 3],
        "reads_per_second": 1000 / (row + 3),
        "writes_per_second": row / 7,
        "item_bytes": 100 + row,
        "storage_gb": 1000 / (row + 1),
    }
    for row in range(12)
]


def test_answers_are_the_golden_ones(client: Client) -> None:
    """Each digest is as it was; run ``make contract`` where an answer was meant to change."""
    found = golden.digests(lambda *asked: golden.answered(client, *asked))
    assert found == EXPECTED


@pytest.mark.parametrize("seed", [1, 2])
def test_every_process_gives_the_same_bytes(seed: int) -> None:
    """Two workers, started anew with another order of hashes, answer as this process does."""
    with serving(WORKERS=2, PYTHONHASHSEED=seed) as server:

        def ask(method: str, path: str, body: Any) -> bytes:
            """Ask on a connection of its own, which either worker may take."""
            with httpx.Client(base_url=server.base, timeout=60) as own:
                return golden.answered(own, method, path, body)

        assert golden.digests(ask) == EXPECTED


@given(order=st.permutations(range(len(ROWS))))
def test_an_answer_does_not_depend_on_the_order_of_rows(client: Client, order: list[int]) -> None:
    """Each estimate has the same bytes at any place, and so have the sums of a portfolio."""
    mixed = [ROWS[row] for row in order]
    straight = _estimates(client, ROWS)
    assert _estimates(client, mixed) == [straight[row] for row in order]
    assert _bill(client, mixed) == _bill(client, ROWS)


def _estimates(client: Client, rows: list[dict[str, Any]]) -> list[bytes]:
    """Return the bytes of each estimate."""
    answer = client.post(ESTIMATES, json={"workloads": rows}).content
    return list(
        map(bytes, msgspec.json.decode(answer, type=dict[str, list[msgspec.Raw]])["estimates"])
    )


def _bill(client: Client, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the sums of a portfolio."""
    workloads = [{"service": "dynamodb"} | row for row in rows]
    answer = client.post("/v1/portfolios/estimate", json={"workloads": workloads}).json()
    del answer["estimates"]
    return answer
