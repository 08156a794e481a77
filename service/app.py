"""The one composition root: :func:`create_app` wires routes, problems and the contract."""

from asyncio import CancelledError
from collections.abc import Iterable, Iterator
from functools import cache, cached_property
from pathlib import Path
from typing import Any, cast

from litestar import Litestar
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.routes import HTTPRoute
from litestar.types import HTTPReceiveMessage, Message, Receive, Send

from pricing.catalogue import Catalogue, packaged
from pricing.model import registry
from pricing.overlay import laid_over
from service import contract, documentation, problems
from service.answers import overlays
from service.formats import media, spools
from service.http import access, compression, delivery, safety
from service.http.safety import Headers
from service.http.seen import LEFT, Seen
from service.pages import router as pages
from service.routes import catalogue as catalogue_routes
from service.routes import operations, portfolios, questions, services
from service.settings import Settings

PIECE = 64 * 1024
"""Bytes of a body that are sent together."""


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
        request, head = Seen(scope), scope["method"] == "HEAD"
        scope = {**scope, **access.without_token(scope["path"]), "head": head}
        scope |= _without_suffix(scope["path"])
        if head:
            scope["method"] = "GET"
        finished = self.finished(scope, request, send)
        try:
            await super().__call__(
                scope, self.heard(scope, receive), compression.compressed(scope, finished)
            )
        except CancelledError:
            request.scope.setdefault("refused", "overloaded")  # the server stops
            raise
        finally:
            self.state.places.leave(scope)
            request.ended(scope)

    def heard(self, scope: Any, receive: Receive) -> Receive:
        """Count a request once its body is there, and note when its client has left."""

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

    @cached_property
    def _always(self) -> Headers:
        return always(self.state.catalogue, self.state.settings)

    def finished(self, scope: Any, request: Seen, send: Send) -> Send:
        """Complete the headers of a response, and drop its body where only the head is asked for.

        What a browser may see depends on its origin, where the operator names origins. A large body
        is sent in pieces, so that little of it waits for a slow reader in the server's buffers.
        """
        path = scope["path"]
        added = (*self._always, (b"x-request-id", request.id.encode()), *safety.headers(path))

        async def finish(message: Message) -> None:
            if message["type"] == "http.response.start":
                request.status = LEFT if scope.get("left") else message["status"]
                told = [
                    (name, self._allowed(path, value)) if name == b"allow" else (name, value)
                    for name, value in message["headers"]
                    if name != b"vary"
                ]
                message["headers"] = [*told, *added]
            elif scope["head"] and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            for piece in _pieces(message):
                request.bytes += len(piece.get("body", b""))
                await send(piece)

        return finish

    def _allowed(self, path: str, told: bytes) -> bytes:
        """Complete an ``Allow`` header by the methods of all handlers of its path."""
        methods = {*told.decode().replace(" ", "").split(","), *self.methods.get(path, ())}
        methods |= {"HEAD"} if "GET" in methods else set()
        return ", ".join(sorted(methods)).encode()


def always(catalogue: Catalogue, settings: Settings) -> Headers:
    """Return the headers that every answer has: by which prices it is, and what it depends on."""
    vary = b"Accept, Accept-Encoding" + (b", Origin" if settings.cors_origins else b"")
    told = ((b"catalog-version", catalogue.version.encode()), (b"vary", vary))
    if catalogue.overlay is None:
        return told
    named = f"{overlays.named(catalogue.overlay)}; cost-basis=contracted"
    return (*told, (b"price-overlay", named.encode()))


def _pieces(message: Any) -> Iterable[Any]:
    """Part a message whose body is large."""
    body = message.get("body", b"")
    return (message,) if len(body) <= PIECE else _parted(message, memoryview(body))


def _parted(message: Any, rest: memoryview) -> Iterator[Any]:
    while len(rest) > PIECE:
        yield {**message, "body": rest[:PIECE], "more_body": True}
        rest = rest[PIECE:]
    yield {**message, "body": rest}


def _without_suffix(path: str) -> dict[str, str]:
    """Take the format off the end of a path, as ``.csv``."""
    whole, _, suffix = path.rpartition(".")
    if path.startswith("/v1/") and suffix in media.FORMATS:
        return {"path": whole, "suffix": suffix}
    return {"path": path}


@cache
def prices_of(folder: str, price_age: int = 0) -> Catalogue:
    """Return the packaged catalogue, under the overlay in a folder where one is named.

    Answers tell of prices that are older than ``price_age`` [days]; 0 is any.

    Raises
    ------
    TableError
        naming the file of the overlay, the line, the column and the fault.
    """
    catalogue = laid_over(packaged(), Path(folder)) if folder else packaged()
    return catalogue.telling_age(price_age) if price_age else catalogue


def create_app(settings: Settings | None = None, catalogue: Catalogue | None = None) -> Storecast:
    """Make the app; pure, so that it may be called again and again.

    It answers by one catalogue. Where none is given, it is the packaged one, under the overlay of
    the settings.
    """
    settings = settings or Settings()
    catalogue = catalogue or prices_of(settings.storecast_price_overlay, settings.price_age_days)
    spools.BUDGET.most = settings.max_spooled_mb * 1024**2
    return Storecast(
        route_handlers=[
            *(services.router(service, catalogue) for service in registry().values()),
            portfolios.router(catalogue),
            questions.router(catalogue),
            catalogue_routes.router(catalogue),
            operations.router(),
            documentation.router(),
            pages.router(catalogue),
        ],
        exception_handlers={
            problems.ProblemError: delivery.as_text_if_asked(problems.on_problem),
            HTTPException: delivery.as_text_if_asked(problems.on_http_exception),
            Exception: delivery.as_text_if_asked(problems.on_exception),
        },
        openapi_config=None,
        cors_config=safety.cors(settings.cors_origins),
        state=State(
            {
                "answers": delivery.Answers(),
                "catalogue": catalogue,
                "failures": access.Failures(),
                "places": access.Places(settings.max_concurrent),
                "settings": settings,
                "stopping": False,
            }
        ),
        logging_config=None,
        request_max_body_size=settings.max_body_mb * 1024**2,
    )
