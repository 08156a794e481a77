"""Routes, derived from the registry: a router of closures for each service."""

import hashlib
from collections.abc import Callable
from datetime import date
from functools import cache
from typing import Any

from litestar import Request, Response, Router, get, post
from litestar.concurrency import sync_to_thread
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from msgspec import Struct

from pricing import engine, portfolio
from pricing.errors import DateBeforePricesError, UnknownServiceError
from pricing.model import Service, registry
from pricing.model import service as service_of
from pricing.portfolio import Columns
from service import catalogue, comparisons, problems, projections, views, violations, wire
from service.problems import ProblemError, Violation
from service.together import Together

Call = Request[Any, Any, Any]
Handler = Callable[..., Any]
CACHE_CONTROL = "public, max-age=300"


class Operation(Struct, frozen=True):
    """What the contract says of a handler: kept in its ``opt`` under ``operation``."""

    id: str
    summary: str
    answer: Any
    body: Any = None
    query: Any = None
    path: dict[str, tuple[str, ...]] = {}
    statuses: tuple[int, ...] = ()
    example: Any = None


class Status(Struct, frozen=True):
    """Whether the service runs, or is ready."""

    status: str


def reading(path: str, operation: Operation) -> Callable[[Handler], HTTPRouteHandler]:
    """Route GET to a handler; HEAD follows from it."""
    return get(path, opt={"operation": operation})


def calculating(path: str, operation: Operation) -> Callable[[Handler], HTTPRouteHandler]:
    """Route POST of a calculation, which answers 200 and keeps nothing, to a handler."""
    return post(path, status_code=200, opt={"operation": operation})


def answer(request: Call, value: Any) -> Response[bytes]:
    """Encode an answer in the format asked for."""
    media_type = wire.negotiate(accepted(request))
    return answer_bytes(request, wire.ENCODERS[media_type](value), media_type)


def accepted(request: Call) -> str:
    """Give what the request accepts, over all its ``Accept`` headers."""
    return ", ".join(request.headers.getall("accept", []))


def answer_bytes(request: Call, body: bytes, media_type: str) -> Response[bytes]:
    """Answer with bytes; reads carry ``ETag`` and ``Cache-Control``."""
    if request.method == "POST":
        return Response(body, media_type=media_type, headers={"Vary": "Accept"})
    etag = f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
    headers = {"ETag": etag, "Cache-Control": CACHE_CONTROL, "Vary": "Accept"}
    if _matches(request.headers.get("if-none-match", ""), etag):
        return Response(b"", status_code=304, headers=headers, media_type=media_type)
    return Response(body, media_type=media_type, headers=headers)


def _matches(if_none_match: str, etag: str) -> bool:
    known = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
    return etag in known or "*" in known


def routes_for(service: Service) -> Router:
    """Make the routes of one service."""
    types = views.answer_types(service)
    title = service.name
    together = Together(service)

    @reading(
        "/estimate",
        Operation(
            f"estimate_{service.key}",
            f"Estimate one {title} workload",
            types.estimate,
            query=service.workload,
            statuses=(400, 406, 422),
            example=catalogue.example_fields(service),
        ),
    )
    async def estimate(request: Call) -> Response[bytes]:
        wire.negotiate(accepted(request))
        workload = wire.decode_query(request.scope["query_string"], service.workload)
        try:
            estimated = await together.estimate(workload)
        except DateBeforePricesError as error:
            raise too_early(error, "price_date") from error
        if not estimated.complete:
            raise unpriced(estimated)
        return answer(request, estimated)

    @calculating(
        "/estimates",
        Operation(
            f"estimate_{service.key}_batch",
            f"Estimate many {title} workloads as independent alternatives",
            types.estimates,
            body=types.batch,
            statuses=(400, 406, 413, 415, 422),
            example={"workloads": [catalogue.example_fields(service)]},
        ),
    )
    async def estimates(request: Call) -> Response[bytes]:
        wire.negotiate(accepted(request))
        refuse_parameters(request)
        body = await request.body()
        return await sync_to_thread(_estimate_batch, request, service, body)

    @reading(
        "/prices",
        Operation(
            f"list_{service.key}_prices",
            f"List the {title} prices with their sources",
            catalogue.PriceList,
            query=catalogue.price_query(service),
            statuses=(400, 406, 422),
        ),
    )
    async def prices(request: Call) -> Response[bytes]:
        query = wire.decode_query(request.scope["query_string"], catalogue.price_query(service))
        try:
            return answer(request, catalogue.prices(service, query))
        except DateBeforePricesError as error:
            raise too_early(error, "price_date") from error

    @reading(
        "/quotas",
        Operation(
            f"list_{service.key}_quotas",
            f"List the {title} quotas, rules and assumptions with their sources",
            catalogue.QuotaList,
            query=Nothing,
            statuses=(400, 406),
        ),
    )
    async def quotas(request: Call) -> Response[bytes]:
        refuse_parameters(request)
        return answer(request, catalogue.quotas(service))

    axes = [*comparison_routes(service), *projection_routes(service)]
    handlers = [estimate, estimates, *axes, prices, quotas]
    return Router(f"/v1/{service.key}", tags=[title], route_handlers=handlers)


def comparison_routes(service: Service) -> list[HTTPRouteHandler]:
    """Make the routes that compare alternatives of one service's workload."""
    types = comparisons.types(service)
    example = catalogue.example_fields(service)
    field = next(
        name
        for name in service.workload.__struct_fields__
        if name.endswith(("mode", "class", "engine"))
    )

    @reading(
        "/comparison",
        Operation(
            f"compare_{service.key}",
            f"Compare alternatives of one {service.name} workload",
            comparisons.ComparisonAnswer,
            query=types.query,
            statuses=(400, 406, 422),
            example=example | {"vary": field},
        ),
    )
    async def compare(request: Call) -> Response[bytes]:
        wire.negotiate(accepted(request))
        query = wire.decode_query(request.scope["query_string"], types.query)
        workload, vary, sweep = comparisons.from_query(service, query)
        asked = {"workload": workload, "vary": vary, "sweep": sweep}
        asked = wire.convert_text(asked, types.request)
        return await sync_to_thread(_compare, request, service, asked, in_query=True)

    @calculating(
        "/comparison",
        Operation(
            f"compare_{service.key}_alternatives",
            f"Compare alternatives of one {service.name} workload",
            comparisons.ComparisonAnswer,
            body=types.request,
            statuses=(400, 406, 413, 415, 422),
            example={"workload": example, "vary": {field: "*"}},
        ),
    )
    async def compare_body(request: Call) -> Response[bytes]:
        wire.negotiate(accepted(request))
        refuse_parameters(request)
        asked = wire.decode_body(await request.body(), request.headers, types.request)
        return await sync_to_thread(_compare, request, service, asked, in_query=False)

    return [compare, compare_body]


def projection_routes(service: Service) -> list[HTTPRouteHandler]:
    """Make the routes that project one service's workload over months."""
    types = projections.types(service)
    example = catalogue.example_fields(service)
    field = next(name for name in service.loads if name in example)
    grows = {field: {"monthly_rate": 0.05}}

    @reading(
        "/projection",
        Operation(
            f"project_{service.key}",
            f"Project one {service.name} workload over months",
            projections.VIEWS,
            query=types.query,
            statuses=(400, 406, 422),
            example=example | {"start": "2026-01", "growth": f"{field}:rate:0.05"},
        ),
    )
    async def project(request: Call) -> Response[bytes]:
        wire.negotiate(accepted(request))
        query = wire.decode_query(request.scope["query_string"], types.query)
        asked = wire.convert_text(projections.from_query(service, query), types.request)
        parts = projections.columns_of(service, asked.workload)
        return await sync_to_thread(_project, request, asked, parts, in_query=True)

    @calculating(
        "/projection",
        Operation(
            f"project_{service.key}_workload",
            f"Project one {service.name} workload over months",
            projections.VIEWS,
            body=types.request,
            statuses=(400, 406, 413, 415, 422),
            example={"workload": example, "start": "2026-01", "growth": grows},
        ),
    )
    async def project_body(request: Call) -> Response[bytes]:
        wire.negotiate(accepted(request))
        refuse_parameters(request)
        asked = wire.decode_body(await request.body(), request.headers, types.request)
        parts = projections.columns_of(service, asked.workload)
        return await sync_to_thread(_project, request, asked, parts, in_query=False)

    return [project, project_body]


def whole_month(day: date) -> str:
    """Give the first month that begins on the day or after it."""
    later = day.month + (day.day > 1)
    return f"{day.year + (later > 12)}-{(later - 1) % 12 + 1:02}"


def _project(
    request: Call,
    asked: Any,
    parts: list[Columns],
    *,
    in_query: bool,
    free_tier: bool = False,
    pointer: str = "/workload/price_date",
) -> Response[bytes]:
    named = wire.as_parameters if in_query else list
    services = [part.service for part in parts]
    if found := projections.faults(asked, services, sum(len(part.rows) for part in parts)):
        raise wire.refused(named(found), "not-computable")
    wide = projections.widened(asked, parts)
    if found := projections.out_of_bounds(asked, wide):
        raise wire.refused(named(found), "not-computable")
    try:
        return answer(request, projections.view(asked, wide, free_tier=free_tier))
    except DateBeforePricesError as error:
        if asked.fixed_prices:
            raise too_early(error, "price_date" if in_query else pointer) from error
        raise too_early(error, "start" if in_query else "/start", months=True) from error


def _compare(request: Call, service: Service, asked: Any, *, in_query: bool) -> Response[bytes]:
    if found := comparisons.faults(service, asked):
        raise wire.refused(wire.as_parameters(found) if in_query else found, "not-computable")
    try:
        return answer(request, comparisons.view(service, asked))
    except DateBeforePricesError as error:
        varied = comparisons.values(service, asked).get("price_date")
        names = ("vary", "/vary/price_date") if varied else ("price_date", "/workload/price_date")
        raise too_early(error, names[not in_query]) from error


def _estimate_batch(request: Call, service: Service, body: bytes) -> Response[bytes]:
    types = views.answer_types(service)
    batch = wire.decode_body(body, request.headers, types.batch)
    try:
        bill = engine.estimate(service, batch.workloads)
    except DateBeforePricesError as error:
        raise too_early(error, "/workloads/{}/price_date") from error
    return answer(request, types.estimates(views.estimates(bill)))


class Nothing(Struct, frozen=True, forbid_unknown_fields=True):
    """No parameters."""


def refuse_parameters(request: Call) -> None:
    """Refuse any query parameter."""
    if query := request.scope["query_string"]:
        wire.decode_query(query, Nothing)


def too_early(error: DateBeforePricesError, place: str, *, months: bool = False) -> ProblemError:
    """Refuse days before the first known price, naming each place and the first day.

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
    return ProblemError("date-before-prices", str(error), found[: violations.MOST])


def unpriced(estimate: Any) -> ProblemError:
    """Refuse a single estimate without a total, naming each charge that has no price."""
    found = [Violation(f"{line.sku_id}: {line.note}") for line in views.unpriced_charges(estimate)]
    return ProblemError("unpriced", "a price is not known, and an unknown price is not zero", found)


@cache
def portfolio_router() -> Router:
    """Make the routes of portfolios: workloads of mixed services on one bill."""
    types = views.portfolio_types()
    examples = [
        {"service": service.key} | catalogue.example_fields(service)
        for service in registry().values()
    ]

    @calculating(
        "/estimate",
        Operation(
            "estimate_portfolio",
            "Estimate workloads of mixed services on one bill",
            types.answer,
            body=types.batch,
            statuses=(400, 406, 413, 415, 422),
            example={"workloads": examples},
        ),
    )
    async def estimate(request: Call) -> Response[bytes]:
        wire.negotiate(accepted(request))
        refuse_parameters(request)
        body = await request.body()
        return await sync_to_thread(_estimate_portfolio, request, body)

    projected = projections.portfolio_request()

    @calculating(
        "/projection",
        Operation(
            "project_portfolio",
            "Project workloads of mixed services on one bill over months",
            projections.VIEWS,
            body=projected,
            statuses=(400, 406, 413, 415, 422),
            example={
                "workloads": examples,
                "start": "2026-01",
                "growth": {"storage_gb": {"monthly_ingest": 100}},
            },
        ),
    )
    async def project(request: Call) -> Response[bytes]:
        wire.negotiate(accepted(request))
        refuse_parameters(request)
        body = await request.body()
        return await sync_to_thread(_project_portfolio, request, body)

    return Router("/v1/portfolios", tags=["Portfolios"], route_handlers=[estimate, project])


def _project_portfolio(request: Call, body: bytes) -> Response[bytes]:
    asked = wire.decode_body(body, request.headers, projections.portfolio_request())
    members = views.portfolio_types().members
    services = list(map(members.__getitem__, map(type, asked.workloads)))
    parts = portfolio.columns(services, asked.workloads)
    return _project(
        request,
        asked,
        parts,
        in_query=False,
        free_tier=asked.free_tier,
        pointer="/workloads/{}/price_date",
    )


def _estimate_portfolio(request: Call, body: bytes) -> Response[bytes]:
    types = views.portfolio_types()
    asked = wire.decode_body(body, request.headers, types.batch)
    services = list(map(types.members.__getitem__, map(type, asked.workloads)))
    try:
        parts = portfolio.estimate(services, asked.workloads, free_tier=asked.free_tier)
    except DateBeforePricesError as error:
        raise too_early(error, "/workloads/{}/price_date") from error
    return answer(request, views.portfolio(parts, free_tier=asked.free_tier))


@cache
def catalogue_router() -> Router:
    """Make the routes that tell what there is."""

    @reading(
        "/v1/services",
        Operation(
            "list_services",
            "List the services",
            catalogue.Services,
            query=Nothing,
            statuses=(400, 406),
        ),
    )
    async def services(request: Call) -> Response[bytes]:
        refuse_parameters(request)
        return answer(request, catalogue.summaries())

    @reading(
        "/v1/services/{service:str}",
        Operation(
            "describe_service",
            "Describe one service: its fields with unit and bounds, Regions and price dates",
            catalogue.ServiceDescription,
            query=Nothing,
            path={"service": tuple(registry())},
            statuses=(400, 404, 406),
        ),
    )
    async def one_service(request: Call, service: FromPath[str]) -> Response[bytes]:
        refuse_parameters(request)
        try:
            return answer(request, catalogue.description(service_of(service)))
        except UnknownServiceError as error:
            raise ProblemError("not-found", str(error)) from error

    @reading(
        "/problems/{slug:str}",
        Operation(
            "describe_problem",
            "Tell what a kind of problem means and how to mend it",
            problems.Kind,
            query=Nothing,
            path={"slug": tuple(problems.KINDS)},
            statuses=(400, 404, 406),
        ),
    )
    async def problem(request: Call, slug: FromPath[str]) -> Response[bytes]:
        refuse_parameters(request)
        if slug not in problems.KINDS:
            known = ", ".join(problems.KINDS)
            raise ProblemError("not-found", f"there is no problem {slug!r}; known: {known}")
        return answer(request, problems.KINDS[slug])

    return Router("/", tags=["Catalogue"], route_handlers=[services, one_service, problem])


def now(request: Call, value: Any) -> Response[bytes]:
    """Answer what holds only at this moment and must not be kept."""
    refuse_parameters(request)
    media_type = wire.negotiate(accepted(request))
    headers = {"Cache-Control": "no-store"}
    return Response(wire.ENCODERS[media_type](value), media_type=media_type, headers=headers)


@cache
def operations_router() -> Router:
    """Make the routes for those who run the service."""
    statuses = (400, 406)

    @reading(
        "/livez",
        Operation(
            "live", "Tell whether the process runs", Status, query=Nothing, statuses=statuses
        ),
    )
    async def live(request: Call) -> Response[bytes]:
        return now(request, Status("ok"))

    @reading(
        "/readyz",
        Operation(
            "ready", "Tell whether every table is loaded", Status, query=Nothing, statuses=statuses
        ),
    )
    async def ready(request: Call) -> Response[bytes]:
        catalogue.version()
        return now(request, Status("ready"))

    return Router("/", tags=["Operations"], route_handlers=[live, ready])
