"""What every route has: an operation for the contract, and the way from a handler to HTTP."""

from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

from litestar import Request, Response, Router, get, post
from litestar.handlers import HTTPRouteHandler
from msgspec import Struct

from pricing.errors import DateBeforePricesError, GivenTwiceError
from pricing.wording import given_twice, too_early
from service import problems
from service.http import access, answering, delivery
from service.http.answering import Answer
from service.problems import ProblemError, Violation
from service.requests import presentation as presentations
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
    body: Callable[[], type[Struct]] | None = None
    """Makes the type of its body, once."""
    path: dict[str, tuple[str, ...]] = {}
    statuses: tuple[int, ...] = ()
    example: Any = None
    records: tuple[type[Struct], ...] = ()
    """What the answer may be a list of, instead."""


class Routes(Router):
    """The routes of one subject, made anew for each app."""

    def __deepcopy__(self, _: Any) -> "Routes":
        """Return itself: Litestar copies a router, in case several apps have it; these have one."""
        return self


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

        return get(path, opt={"operation": operation, "handler": handler})(read)

    return route


def calculating(path: str, operation: Operation) -> Callable[[Handler], HTTPRouteHandler]:
    """Route POST to a handler that calculates: it answers 200 and stores nothing."""

    def route(handler: Handler) -> HTTPRouteHandler:
        async def calculate(request: Call) -> Response[Any]:
            access.admit(request)
            return await delivery.sent(await handler(request))

        route = post(
            path,
            status_code=200,
            opt={"operation": operation, "handler": handler},
            request_max_body_size=None,  # the handler limits its body itself
        )
        return route(calculate)

    return route


def catalogued(request: Call, value: Any, *, kept: bool = True) -> Answer:
    """Answer with a value on a route without parameters, as JSON or MessagePack only."""
    _, presentation = presentations.asked(request, BARE)
    return answering.answer(presentation, lambda: value, {}, kept=kept)


Place = Callable[[int, str], str]
"""Names the place of a workload's field: a parameter, or a pointer; the workload by its row."""


def in_query(_: int, field: str) -> str:
    """Return the address of a field in a query."""
    return field


def in_workload(_: int, field: str) -> str:
    """Return the pointer to a field of the only workload of a body."""
    return f"/workload/{field}"


def in_batch(row: int, field: str) -> str:
    """Return the pointer to a field of a batch's workload."""
    return f"/workloads/{row}/{field}"


@contextmanager
def refusing(place: Place, *, months: bool = False) -> Iterator[None]:
    """Turn what the engine refuses into a problem that names each place and what to send.

    With ``months``, days are sent as months.
    """
    try:
        yield
    except DateBeforePricesError as error:
        found = _violations(_too_early(error, place, months=months))
        raise ProblemError("date-before-prices", str(error), found[: problems.MOST]) from error
    except GivenTwiceError as error:
        found = _violations(_given_twice(error, place))
        raise problems.refused(found, "not-computable") from error


def _too_early(
    error: DateBeforePricesError, place: Place, *, months: bool
) -> Iterator[tuple[str, str]]:
    """Yield where each day before the first known price stands, and what to send instead."""
    for row, (service, first) in error.rows.items():
        least = whole_month(first) if months else first
        yield place(row, "price_date"), too_early(service, first, least)


def _given_twice(error: GivenTwiceError, place: Place) -> Iterator[tuple[str, str]]:
    """Yield where each of the fields stands that say the same thing, and what to send instead."""
    for row, fields, remedy in error.found:
        for field in fields:
            yield place(row, field), given_twice(field, fields, remedy)


def _violations(found: Iterable[tuple[str, str]]) -> list[Violation]:
    """Return the violations at some places, each once, up to one more than are listed."""
    return [
        Violation(message, pointer=where)
        if where.startswith("/")
        else Violation(message, parameter=where)
        for where, message in islice(dict.fromkeys(found), problems.MOST + 1)
    ]
