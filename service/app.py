"""The one composition root: :func:`create_app` wires routes, problems and the contract."""

import mimetypes
from asyncio import shield, wrap_future
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache, cached_property
from pathlib import Path
from typing import Any, cast

import swagger_ui
from litestar import Litestar, MediaType, Response, Router, get
from litestar.config.cors import CORSConfig
from litestar.datastructures import State
from litestar.exceptions import HTTPException, NotFoundException
from litestar.routes import HTTPRoute
from litestar.types import HTTPReceiveMessage, Message, Receive, Send

from pricing.catalogue import Catalogue, packaged
from pricing.model import registry
from service import access, contract, delivery, problems, spools, wire
from service.presentation import Answer
from service.routes import (
    Call,
    Nothing,
    catalogue_router,
    operations_router,
    portfolio_router,
    routes_for,
)
from service.settings import Settings

EXPOSED = [
    "Accept-Ranges",
    "Catalog-Version",
    "Content-Range",
    "ETag",
    "RateLimit-Limit",
    "RateLimit-Remaining",
    "RateLimit-Reset",
    "Retry-After",
    "X-Request-ID",
]
"""Headers that pages of other origins may see."""
PIECE = 64 * 1024
"""Bytes of a body that are sent together."""
ASSETS = {path.name: path for path in (Path(swagger_ui.__file__).parent / "static").iterdir()}
"""The files of the page that documents the routes, by name."""
DOCS = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Storecast</title>
<link rel="stylesheet" href="/docs/assets/swagger-ui.css">
<link rel="icon" href="/docs/assets/favicon-32x32.png">
</head>
<body>
<div id="docs"></div>
<script src="/docs/assets/swagger-ui-bundle.js"></script>
<script>
SwaggerUIBundle({url: "/openapi.json", dom_id: "#docs", deepLinking: true, validatorUrl: null})
</script>
</body>
</html>
"""


class Storecast(Litestar):
    """The app: every GET also answers HEAD, every response names the catalogue's version."""

    @property
    def openapi_schema(self) -> contract.Document:
        """The contract, for ``/openapi.json`` and for the ``litestar`` command."""
        return contract.document(self)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one connection."""
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        head = scope["method"] == "HEAD"
        scope = {**scope, **access.without_token(scope["path"]), "head": head}
        scope |= _without_suffix(scope["path"])
        if head:
            scope["method"] = "GET"
        finished = self.finished(scope["path"], send, head=head)
        try:
            await super().__call__(scope, self.heard(scope, receive), finished)
        finally:
            self.state.places.leave(scope)

    def heard(self, scope: Any, receive: Receive) -> Receive:
        """Give a request its place when its body is there, and note that its sender has left."""

        async def hear() -> HTTPReceiveMessage:
            message = cast("HTTPReceiveMessage", await receive())
            if message["type"] == "http.disconnect":
                scope["left"] = True
            elif not message.get("more_body") and access.limited(scope):
                self.state.places.take(scope)
            return message

        return hear

    @cached_property
    def methods(self) -> dict[str, frozenset[str]]:
        """The methods of each path, over all its handlers."""
        return {
            route.path: frozenset(map(str, route.methods))
            for route in self.routes
            if isinstance(route, HTTPRoute)
        }

    def finished(self, path: str, send: Send, *, head: bool) -> Send:
        """Complete the headers of a response, and drop its body where only the head is asked for.

        What a browser may see depends on its origin, where the operator names origins. A large body
        is sent in pieces, so that little of it waits for a slow reader in the server's buffers.
        """
        allowed = self.methods.get(path, frozenset())
        vary = b"Accept, Origin" if self.cors_config else b"Accept"
        added = [
            (b"catalog-version", self.state.catalogue.version.encode()),
            (b"x-content-type-options", b"nosniff"),
            (b"vary", vary),
        ]

        async def finish(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [pair for pair in message["headers"] if pair[0].lower() != b"vary"]
                message["headers"] = [_with_allowed(pair, allowed) for pair in headers] + added
            elif head and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            for piece in _pieces(message):
                await send(piece)

        return finish


def _with_allowed(pair: tuple[bytes, bytes], allowed: frozenset[str]) -> tuple[bytes, bytes]:
    """Complete an ``Allow`` header by the methods of all handlers of its path."""
    name, value = pair
    if name.lower() != b"allow":
        return pair
    methods = {*value.decode().replace(" ", "").split(","), *allowed}
    methods |= {"HEAD"} if "GET" in methods else set()
    return name, ", ".join(sorted(methods)).encode()


def _pieces(message: Any) -> Iterator[Any]:
    """Part a message whose body is large."""
    body = message.get("body", b"")
    if len(body) <= PIECE:
        yield message
        return
    rest = memoryview(body)
    while len(rest) > PIECE:
        yield {**message, "body": rest[:PIECE], "more_body": True}
        rest = rest[PIECE:]
    yield {**message, "body": rest}


def _without_suffix(path: str) -> dict[str, str]:
    """Take the format off the end of a path, as ``.csv``."""
    whole, _, suffix = path.rpartition(".")
    if path.startswith("/v1/") and suffix in wire.FORMATS:
        return {"path": whole, "suffix": suffix}
    return {"path": path}


def documentation() -> Router:
    """Serve the contract and a page to try it, with nothing loaded from elsewhere."""
    writer = ThreadPoolExecutor(1)

    @cache
    def written(app: Any) -> Future[Answer]:
        """Write the contract once, in a thread that other work does not need."""
        return writer.submit(_contract, app)

    @get("/openapi.json")
    async def openapi(request: Call) -> Response[bytes]:
        wire.decode_query(request.scope["query_string"], Nothing)
        answer = await shield(wrap_future(written(request.app)))
        return delivery.respond(request, answer)

    @get("/docs")
    async def docs(request: Call) -> Response[bytes]:
        wire.decode_query(request.scope["query_string"], Nothing)
        return delivery.respond(request, Answer(DOCS.encode(), MediaType.HTML))

    @get("/docs/assets/{name:str}")
    async def assets(request: Call) -> Response[bytes]:
        path = ASSETS.get(request.path_params["name"])
        if path is None:
            raise NotFoundException
        kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
        return delivery.respond(request, Answer(path.read_bytes(), kind))

    return Router("/", route_handlers=[openapi, docs, assets])


def _contract(app: Any) -> Answer:
    body = contract.to_bytes(app.openapi_schema)
    return Answer(body, MediaType.JSON, etag=delivery.tag(body))


def _cors(settings: Settings) -> CORSConfig | None:
    """Say which pages of other origins may ask, and what they may see."""
    if not settings.cors_origins:
        return None
    return CORSConfig(
        allow_origins=list(settings.cors_origins),
        allow_methods=["GET", "HEAD", "POST", "OPTIONS"],
        allow_headers=["Authorization", "Content-Type", "If-None-Match", "Range", "X-API-Key"],
        expose_headers=EXPOSED,
    )


def create_app(settings: Settings | None = None, catalogue: Catalogue | None = None) -> Storecast:
    """Make the app; pure, so that it may be called again and again.

    It answers by one catalogue, the packaged one where none is given.
    """
    settings, catalogue = settings or Settings(), catalogue or packaged()
    spools.BUDGET.most = settings.max_spooled_mb * 1024**2
    return Storecast(
        route_handlers=[
            *(routes_for(service, catalogue) for service in registry().values()),
            portfolio_router(catalogue),
            catalogue_router(catalogue),
            operations_router(),
            documentation(),
        ],
        exception_handlers={
            problems.ProblemError: delivery.in_a_cell(problems.on_problem),
            HTTPException: delivery.in_a_cell(problems.on_http_exception),
            Exception: delivery.in_a_cell(problems.on_exception),
        },
        openapi_config=None,
        cors_config=_cors(settings),
        state=State(
            {
                "answers": delivery.Answers(),
                "catalogue": catalogue,
                "places": access.Places(settings.max_concurrent),
                "settings": settings,
            }
        ),
        logging_config=None,
        request_max_body_size=settings.max_body_mb * 1024**2,
    )
