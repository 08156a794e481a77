"""The catalogue: the services, each service, and the kinds of problems."""

from litestar.handlers import HTTPRouteHandler

from pricing.catalogue import Catalogue
from pricing.errors import UnknownServiceError
from pricing.model import registry
from pricing.model import service as service_of
from service import problems
from service.answers import catalogue, price_changes
from service.http import answering, metrics, work
from service.http.answering import Answer, Tables
from service.problems import ProblemError
from service.requests import presentation as presentations
from service.requests.presentation import Query
from service.requests.price_changes import CatalogQuery, ChangesQuery
from service.requests.prices import PAGE
from service.routes.operation import (
    ASKED,
    BARE,
    READ,
    Call,
    Operation,
    Routes,
    catalogued,
    reading,
)

CATALOG = Query(CatalogQuery, views=("services",))
CHANGES = Query(ChangesQuery, views=("changes",))


def router(prices: Catalogue) -> Routes:
    """Make the routes of the catalogue."""
    handlers = [
        list_services(prices),
        describe_service(prices),
        describe_problem(),
        describe_catalog(prices),
        list_price_changes(prices),
    ]
    return Routes("/", tags=["Catalogue"], route_handlers=handlers)


def list_services(prices: Catalogue) -> HTTPRouteHandler:
    """Route the list of services."""
    operation = Operation(
        "list_services", "List the services", catalogue.Services, query=BARE, statuses=READ
    )

    @reading("/v1/services", operation)
    async def list_services(request: Call) -> Answer:
        return catalogued(request, catalogue.summaries(prices))

    return list_services


def describe_service(prices: Catalogue) -> HTTPRouteHandler:
    """Route the description of one service."""
    operation = Operation(
        "describe_service",
        "Describe one service: its fields with unit and bounds, Regions and price dates",
        catalogue.ServiceDescription,
        query=BARE,
        path={"service": tuple(registry())},
        statuses=(400, 404, 406),
    )

    @reading("/v1/services/{service:str}", operation)
    async def describe_service(request: Call) -> Answer:
        try:
            service = service_of(request.path_params["service"])
        except UnknownServiceError as error:
            raise ProblemError("not-found", str(error)) from error
        described = catalogue.description(service, prices.table(service.key))
        return catalogued(request, described)

    return describe_service


def describe_catalog(prices: Catalogue) -> HTTPRouteHandler:
    """Route the state of all prices; their age follows from the day of asking."""
    operation = Operation(
        "describe_catalog",
        "Tell the version of the catalogue, and how old each service's prices are",
        price_changes.CatalogSummary,
        query=CATALOG,
        statuses=ASKED,
        example={"on": "2026-11-27"},
    )

    @reading("/v1/catalog", operation)
    async def describe_catalog(request: Call) -> Answer:
        query, presentation = presentations.asked(request, CATALOG)
        told = price_changes.summary(prices, query.on or metrics.today())
        tables: Tables = {"services": lambda: [price_changes.table_of_services(told)]}
        return answering.answer(presentation, lambda: told, tables, kept=False)

    return describe_catalog


def list_price_changes(prices: Catalogue) -> HTTPRouteHandler:
    """Route what changed in the list prices since a day."""
    operation = Operation(
        "list_price_changes",
        "List the list prices that have changed since a day",
        price_changes.PriceChanges,
        query=CHANGES,
        statuses=ASKED,
        example={"since": "2024-10-31", "service": "dynamodb", "limit": 1},
    )

    @reading("/v1/catalog/changes", operation)
    async def list_price_changes(request: Call) -> Answer:
        query, presentation = presentations.asked(request, CHANGES)
        services = [query.service] if query.service else list(registry())
        page = query.limit or (None if presentations.is_flat(presentation) else PAGE)
        count = None if page is None else int(page)
        size = work.size_as(presentation.format, price_changes.size(prices, services))

        def answered() -> Answer:
            told = price_changes.since(prices, query.since, services, int(query.offset), count)
            tables: Tables = {"changes": lambda: [price_changes.table_of_changes(told)]}
            return answering.answer(presentation, lambda: told, tables)

        return await work.done(request, size, answered)

    return list_price_changes


def describe_problem() -> HTTPRouteHandler:
    """Route the description of a kind of problem."""
    operation = Operation(
        "describe_problem",
        "Tell what a kind of problem means and how to mend it",
        problems.ProblemKind,
        query=BARE,
        path={"slug": tuple(problems.KINDS)},
        statuses=(400, 404, 406),
    )

    @reading("/problems/{slug:str}", operation)
    async def describe_problem(request: Call) -> Answer:
        slug = request.path_params["slug"]
        if slug not in problems.KINDS:
            known = ", ".join(problems.KINDS)
            raise ProblemError("not-found", f"there is no problem {slug!r}; known: {known}")
        return catalogued(request, problems.KINDS[slug])

    return describe_problem
