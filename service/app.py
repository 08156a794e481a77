"""The one composition root: :func:`create_app` wires routes, problems and the contract."""

from functools import cached_property, partial
from pathlib import Path
from typing import Any

import swagger_ui
from litestar import Litestar, MediaType, Response, Router, get
from litestar.config.cors import CORSConfig
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.routes import HTTPRoute
from litestar.static_files import create_static_files_router
from litestar.types import Message, Send

from pricing.model import registry
from service import access, catalogue, contract, delivery, problems, wire, work
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

    in_flight = 0
    """Requests that are being answered."""

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
        self.in_flight += 1
        try:
            await super().__call__(scope, receive, self.finished(scope["path"], send, head=head))
        finally:
            self.in_flight -= 1

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

        What a browser may see depends on its origin, where the operator names origins.
        """
        allowed = self.methods.get(path, frozenset())
        vary = b"Accept, Origin" if self.cors_config else b"Accept"
        added = [
            (b"catalog-version", catalogue.version().encode()),
            (b"x-content-type-options", b"nosniff"),
            (b"vary", vary),
        ]

        async def finish(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [pair for pair in message["headers"] if pair[0].lower() != b"vary"]
                message["headers"] = [_with_allowed(pair, allowed) for pair in headers] + added
            elif head and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        return finish


def _with_allowed(pair: tuple[bytes, bytes], allowed: frozenset[str]) -> tuple[bytes, bytes]:
    """Complete an ``Allow`` header by the methods of all handlers of its path."""
    name, value = pair
    if name.lower() != b"allow":
        return pair
    methods = {*value.decode().replace(" ", "").split(","), *allowed}
    methods |= {"HEAD"} if "GET" in methods else set()
    return name, ", ".join(sorted(methods)).encode()


def _without_suffix(path: str) -> dict[str, str]:
    """Take the format off the end of a path, as ``.csv``."""
    whole, _, suffix = path.rpartition(".")
    if path.startswith("/v1/") and suffix in wire.FORMATS:
        return {"path": whole, "suffix": suffix}
    return {"path": path}


def documentation() -> Router:
    """Serve the contract and a page to try it, with nothing loaded from elsewhere."""
    served: dict[str, bytes] = {}

    @get("/openapi.json")
    async def openapi(request: Call) -> Response[bytes]:
        wire.decode_query(request.scope["query_string"], Nothing)
        if not served:
            write = partial(_contract, request.app)
            served["contract"] = await work.done(request, 0, write)
        return delivery.respond(request, Answer(served["contract"], MediaType.JSON))

    @get("/docs")
    async def docs(request: Call) -> Response[bytes]:
        wire.decode_query(request.scope["query_string"], Nothing)
        return delivery.respond(request, Answer(DOCS.encode(), MediaType.HTML))

    assets = create_static_files_router(
        "/docs/assets", [Path(swagger_ui.__file__).parent / "static"], include_in_schema=False
    )
    return Router("/", route_handlers=[openapi, docs, assets])


def _contract(app: Any) -> bytes:
    return contract.to_bytes(app.openapi_schema)


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


def create_app(settings: Settings | None = None) -> Storecast:
    """Make the app; pure, so that it may be called again and again."""
    settings = settings or Settings()
    catalogue.version()
    return Storecast(
        route_handlers=[
            *(routes_for(service) for service in registry().values()),
            portfolio_router(),
            catalogue_router(),
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
        state=State({"answers": delivery.Answers(), "settings": settings}),
        logging_config=None,
        request_max_body_size=settings.max_body_mb * 1024**2,
    )
