"""What every route has: an operation for the contract, and the way from a handler to HTTP."""

from collections.abc import Awaitable, Callable
from typing import Any

from litestar import Request, Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.types import Empty
from msgspec import Struct

from pricing.errors import DateBeforePricesError
from service import problems
from service.http import access, answering, delivery
from service.http.answering import Answer
from service.problems import ProblemError, Violation
from service.requests import presentation
from service.requests.presentation import Query
from service.requests.projections import whole_month

Call = Request[Any, Any, Any]
Handler = Callable[[Call], Awaitable[Any]]
READ = (400, 406)
"""Error statuses of a request that only chooses a format."""
ASKED = (*READ, 422)
"""Error statuses of a request with a query."""
SENT = (400, 406, 413, 415, 422)
"""Error statuses of a request with a body."""


class Operation(Struct, frozen=True):
    """What the contract says of a handler: kept in its ``opt`` under ``operation``."""

    id: str
    summary: str
    answer: Any
    query: Query
    body: Any = None
    path: dict[str, tuple[str, ...]] = {}
    statuses: tuple[int, ...] = ()
    example: Any = None
    records: tuple[type[Struct], ...] = ()
    """What the answer may be a list of, instead."""


class Nothing(Struct, frozen=True, forbid_unknown_fields=True):
    """No parameters."""


PLAIN = Query(Nothing)
BARE = Query(Nothing, offered=("json", "msgpack"))


def reading(path: str, operation: Operation) -> Callable[[Handler], HTTPRouteHandler]:
    """Route GET, and with it HEAD, to a handler."""

    def route(handler: Handler) -> HTTPRouteHandler:
        async def read(request: Call) -> Response[bytes]:
            access.admit(request)
            return delivery.respond(request, await delivery.worked_out(request, handler))

        return get(path, opt={"operation": operation})(read)

    return route


def calculating(path: str, operation: Operation) -> Callable[[Handler], HTTPRouteHandler]:
    """Route POST to a handler that calculates: it answers 200 and stores nothing."""

    def route(handler: Handler) -> HTTPRouteHandler:
        async def calculate(request: Call) -> Response[Any]:
            access.admit(request)
            return delivery.sent(await handler(request))

        limit = None if operation.query.takes_sheets else Empty
        route = post(
            path, status_code=200, opt={"operation": operation}, request_max_body_size=limit
        )
        return route(calculate)

    return route


def catalogued(request: Call, value: Any, *, kept: bool = True) -> Answer:
    """Answer with a value on a route without parameters, as JSON or MessagePack only."""
    _, how = presentation.asked(request, BARE)
    return answering.answer(how, lambda: value, {}, kept=kept)


def too_early(error: DateBeforePricesError, place: str, *, months: bool = False) -> ProblemError:
    """Return the problem that names each day before the first known price.

    ``place`` is a parameter, or a pointer in which ``{}`` stands for the row.
    """
    details: dict[tuple[str, str], None] = {}
    for row, (service, first) in error.rows.items():
        least = whole_month(first) if months else first
        said = f"the first known {service} price is of {first}; send {least} or later"
        details.setdefault((place.format(row), said), None)
    found = [
        Violation(said, pointer=where)
        if where.startswith("/")
        else Violation(said, parameter=where)
        for where, said in details
    ]
    return ProblemError("date-before-prices", str(error), found[: problems.MOST])
