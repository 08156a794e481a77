"""Health checks for operators: whether the service runs, and whether it is ready."""

from tempfile import TemporaryFile

from litestar.handlers import HTTPRouteHandler
from msgspec import Struct

from service.http import work
from service.http.answering import Answer
from service.problems import ProblemError
from service.routes.operation import BARE, READ, Call, Operation, Routes, catalogued, reading


class Health(Struct, frozen=True):
    """Whether the service runs, or is ready."""

    status: str


def router() -> Routes:
    """Make the routes for operators."""
    return Routes("/", tags=["Operations"], route_handlers=[live(), ready()])


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
        await work.done(request, 0, _write_temporary_file)
        return catalogued(request, Health("ready"), kept=False)

    return ready


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
