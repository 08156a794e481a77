"""``python -m tests.golden``: writes the digests of some answers, which every process must give.

A digest changes with a price, a rule, a field or a format; read which ones do.
"""

import hashlib
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from litestar.testing import TestClient

from pricing.model import registry
from service.answers import catalogue
from service.app import create_app

DIGESTS = Path(__file__).with_name("golden.json")
EXAMPLES = [
    {"service": service.key} | catalogue.example_fields(service) for service in registry().values()
]
FORMATS = ("json", "msgpack", "csv", "xml")
CALCULATED = {
    f"/v1/portfolios/{what}": {"workloads": EXAMPLES} | more
    for what, more in (
        ("estimate", {"free_tier": True}),
        ("projection", {"start": "2026-11", "growth": {"storage_gb": {"monthly_rate": 0.05}}}),
        ("commitments", {}),
    )
}
Ask = Callable[[str, str, Any], bytes]
"""Asks by a method and a path, with a body or none, and returns the bytes of the answer."""


def questions() -> list[tuple[str, str, Any]]:
    """Return what is asked: each service's example in every format, and all of them as one bill."""
    read = [catalogue.example(service) for service in registry().values()]
    asked = [
        ("GET", address.replace("/estimate?", f"/estimate.{word}?"), None)
        for address in read
        for word in FORMATS
    ]
    return asked + [("POST", path, body) for path, body in CALCULATED.items()]


def digests(ask: Ask) -> dict[str, str]:
    """Return the digest of each answer by what was asked."""
    return {
        f"{method} {path}": hashlib.sha256(ask(method, path, body)).hexdigest()[:16]
        for method, path, body in questions()
    }


def main() -> None:
    """Write the digests."""
    with TestClient(create_app()) as client:
        found = digests(partial(answered, client))
    DIGESTS.write_text(json.dumps(found, indent=1) + "\n", "utf-8")


def answered(client: Any, method: str, path: str, body: Any) -> bytes:
    """Ask a client, and return the bytes of an answer that must be there."""
    response = client.request(method, path, json=body)
    assert response.status_code == 200, (path, response.text[:500])
    return bytes(response.content)


if __name__ == "__main__":
    main()
