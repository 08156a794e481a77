"""Health checks for operators: whether the service runs, and whether it is ready."""

from functools import partial
from tempfile import TemporaryFile

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from msgspec import Struct

from service.http import metrics, work
from service.http.answering import Answer
from service.problems import ProblemError
from service.requests import queries
from service.routes.operation import (
    BARE,
    READ,
    Call,
    Nothing,
    Operation,
    Routes,
    catalogued,
    reading,
)


class Health(Struct, frozen=True):
    """Whether the service runs, or is ready."""

    status: str


def router() -> Routes:
    """Make the routes for operators."""
    return Routes("/", tags=["Operations"], route_handlers=[live(), ready(), measured()])


def live() -> HTTPRouteHandler:
    """Route the check that the process runs."""
    operation = Operation(
        "live", "Tell whether the process runs", Health, query=BARE, statuses=READ
    )

    @reading("/livez", operation)
    async def live(request: Call) -> Answer:
        return catalogued(request, Health("ok"), kept=False)

    return live


def ready() -> HTTPRouteHandler:
    """Route the check that the service can answer."""
    operation = Operation(
        "ready",
        "Tell whether every table is loaded, and temporary files can be written",
        Health,
        query=BARE,
        statuses=(*READ, 503),
    )

    @reading("/readyz", operation)
    async def ready(request: Call) -> Answer:
        if request.app.state.stopping:
            raise ProblemError("overloaded", "the server is stopping; ask another one")
        await work.done(request, 0, _write_temporary_file)
        return catalogued(request, Health("ready"), kept=False)

    return ready


def measured() -> HTTPRouteHandler:
    """Route the metrics; they are in Prometheus' format, and so no part of the contract."""

    @get("/metrics")
    async def measured(request: Call) -> Response[bytes]:
        queries.decode_query(request.scope["query_string"], Nothing)
        tell = partial(metrics.exposition, request.app.state.catalogue)
        told = await work.done(request, 0, tell)
        headers = {"Content-Type": metrics.MEDIA_TYPE, "Cache-Control": "no-store"}
        return Response(told, headers=headers)

    return measured


def _write_temporary_file() -> None:
    """Write a temporary file, as large bodies and workbooks need.

    Raises
    ------
    ProblemError
        503 where no temporary file can be written.
    """
    try:
        with TemporaryFile() as file:
            file.write(bytes(4096))
            file.flush()
    except OSError as error:
        detail = f"no temporary file can be written: {error.strerror}"
        raise ProblemError("not-ready", detail) from error
