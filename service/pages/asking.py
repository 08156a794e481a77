"""What a page asks: the query of its address, of the handler that answers the API.

A page is a client of the API within the process. So it shows nothing that the API does not say.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any, BinaryIO
from urllib.parse import urlencode

import msgspec
from litestar import Litestar, Request
from litestar.routes import HTTPRoute
from msgspec import Struct

from service.http import receiving
from service.http.answering import Answer, Download, Parts
from service.routes.operation import Call, Handler, Operation

PART = 64 * 1024
"""Bytes of a body that are passed on together."""
Pairs = Sequence[tuple[str, str]]
"""The parameters of a query, in their order."""


class Route(Struct, frozen=True):
    """A route of the API."""

    path: str
    operation: Operation
    handler: Handler


@cache
def routes(app: Litestar, method: str = "GET") -> dict[str, Route]:
    """Return the routes of the API that take a method, by path."""
    found = {}
    for route in app.routes:
        if isinstance(route, HTTPRoute) and method in route.route_handler_map:
            opt = route.route_handler_map[method][0].opt  # type: ignore[index]
            if "handler" in opt:
                found[route.path] = Route(route.path, opt["operation"], opt["handler"])
    return found


async def asked(request: Call, route: Route, pairs: Pairs, word: str = "json") -> bytes:
    """Ask a route, and return its answer in a format.

    Raises
    ------
    ProblemError
        as the route does.
    """
    scope = _scope(request, route, pairs, word)
    answer: Answer = await route.handler(Request(scope, request.receive, request.send))
    return answer.body


def _scope(request: Call, route: Route, pairs: Pairs, word: str) -> Any:
    """Return the scope of a page's request, turned to a route of the API."""
    query = urlencode(pairs).encode()
    return {**request.scope, "path": route.path, "suffix": word, "query_string": query}


def read(route: Route, body: bytes) -> Any:
    """Return an answer in JSON as the type that the contract names."""
    return msgspec.json.decode(body, type=route.operation.answer)


async def sent(
    request: Call, route: Route, pairs: Pairs, body: BinaryIO, media_type: str, word: str
) -> Answer | Download | Parts:
    """Send a body to a route, and return its answer in a format.

    Raises
    ------
    ProblemError
        as the route does.
    """
    size = receiving.length(body)
    kept = [pair for pair in request.scope["headers"] if not pair[0].startswith(b"content-")]
    told = {b"content-type": media_type.encode(), b"content-length": str(size).encode()}

    async def receive() -> Any:
        if body.tell() == size:
            return await request.receive()
        part = body.read(PART)
        return {"type": "http.request", "body": part, "more_body": body.tell() < size}

    scope = _scope(request, route, pairs, word) | {"headers": [*kept, *told.items()], "state": {}}
    answer: Answer | Download | Parts = await route.handler(Request(scope, receive, request.send))
    return answer


async def records(
    request: Call, route: Route, pairs: Pairs, body: BinaryIO, media_type: str
) -> list[dict[str, Any]]:
    """Send a body to a route, and return the flat records that it answers with.

    Raises
    ------
    ProblemError
        as the route does.
    """
    answer = await sent(request, route, pairs, body, media_type, "json")
    if isinstance(answer, Download):
        with answer.file as file:
            told = file.read()
    else:
        told = b"".join(answer.parts) if isinstance(answer, Parts) else answer.body
    listed: list[dict[str, Any]] = msgspec.json.decode(told)
    return listed
