"""What a page asks: the query of its address, of the handler that answers the API.

A page is a client of the API within the process. So it shows nothing that the API does not say.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any
from urllib.parse import urlencode

import msgspec
from litestar import Litestar, Request
from litestar.routes import HTTPRoute
from msgspec import Struct

from service.http.answering import Answer, Download, Parts
from service.routes.operation import Call, Handler, Operation

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


async def answered(request: Call, route: Route, pairs: Pairs) -> Any:
    """Ask a route, and return its answer as the type that the contract names.

    Raises
    ------
    ProblemError
        as the route does.
    """
    scope: Any = {
        **request.scope,
        "path": route.path,
        "suffix": "json",
        "query_string": urlencode(pairs).encode(),
    }
    answer: Answer = await route.handler(Request(scope, request.receive, request.send))
    return msgspec.json.decode(answer.body, type=route.operation.answer)


async def posted(
    request: Call, route: Route, pairs: Pairs, body: bytes, media_type: str, word: str
) -> bytes:
    """Send a body to a route, and return its answer in a format.

    Raises
    ------
    ProblemError
        as the route does.
    """
    kept = [pair for pair in request.scope["headers"] if not pair[0].startswith(b"content-")]
    told = {b"content-type": media_type.encode(), b"content-length": str(len(body)).encode()}
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Any:
        return waiting.pop() if waiting else await request.receive()

    scope: Any = {
        **request.scope,
        "path": route.path,
        "suffix": word,
        "query_string": urlencode(pairs).encode(),
        "headers": [*kept, *told.items()],
        "state": {},
    }
    answer: Answer | Download | Parts = await route.handler(Request(scope, receive, request.send))
    if isinstance(answer, Download):
        with answer.file as file:
            return file.read()
    return b"".join(answer.parts) if isinstance(answer, Parts) else answer.body
