"""Where the time of a single estimate and of a batch goes, hop by hop."""

import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import msgspec

from pricing import engine
from pricing.catalogue import packaged
from service.answers import estimates
from service.formats import documents, media
from service.requests import batches, queries
from tests.bench import workloads
from tests.bench.measures import CONNECTIONS, DYNAMODB, GET

REPEATS = 20


def best(run: Callable[[], Any]) -> tuple[Any, float]:
    """Return what a run gives, and the least time of some [s]."""
    least = float("inf")
    for _ in range(REPEATS):
        start = time.perf_counter()
        given = run()
        least = min(least, time.perf_counter() - start)
    return given, least


def hops(rows: list[Any]) -> Iterator[tuple[str, float]]:
    """Time each hop from rows to bytes."""
    card, types = packaged().card(DYNAMODB.key), estimates.answer_types(DYNAMODB)
    columns, spent = best(lambda: engine.columns(DYNAMODB.workload, rows))
    yield "engine: rows to columns", spent
    bill, spent = best(lambda: engine.price(DYNAMODB, columns, card))
    yield "engine: capacity, charges, findings, prices", spent
    viewed, spent = best(lambda: estimates.estimates(bill))
    yield "answers: columns to estimates", spent
    encode = documents.ENCODERS[media.JSON]
    _, spent = best(lambda: encode(types.estimates(viewed)))
    yield "formats: encode", spent


def single() -> list[tuple[str, float]]:
    """Time the hops of one of as many estimates as wait together."""
    query = urlsplit(GET.format(1)).query.encode()
    workload, spent = best(lambda: queries.decode_query(query, DYNAMODB.workload))
    each = [(hop, spent / CONNECTIONS) for hop, spent in hops([workload] * CONNECTIONS)]
    return [("requests: decode", spent), *each]


def batch(count: int = 10_000) -> list[tuple[str, float]]:
    """Time the hops of a batch."""
    body = workloads.request_of(count)
    kind = batches.of_service(DYNAMODB)
    decoded, spent = best(lambda: msgspec.json.decode(body, type=kind))
    return [("requests: decode", spent), *hops(decoded.workloads)]


def tables() -> Iterator[str]:
    """Write both profiles as shares of the sum of their hops."""
    for name, spent in (
        (f"One estimate of {CONNECTIONS} that wait together (row 1)", single()),
        ("A batch of 10,000 (row 3)", batch()),
    ):
        total = sum(each for _, each in spent)
        yield f"{name}; the framework, HTTP and the socket come on top:"
        yield ""
        yield "| hop | share |"
        yield "| --- | --- |"
        yield from (f"| {hop} | {each / total:.0%} |" for hop, each in spent)
        yield ""
