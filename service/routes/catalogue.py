"""The catalogue: the services, each service, and the kinds of problems."""

from litestar.handlers import HTTPRouteHandler

from pricing.catalogue import Catalogue
from pricing.errors import UnknownServiceError
from pricing.model import registry
from pricing.model import service as service_of
from service import problems
from service.answers import catalogue
from service.http.answering import Answer
from service.problems import ProblemError
from service.routes.operation import BARE, READ, Call, Operation, Routes, catalogued, reading


def router(prices: Catalogue) -> Routes:
    """Make the routes of the catalogue."""
    handlers = [list_services(prices), describe_service(prices), describe_problem()]
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
