"""Comparisons and projections of one service's workload, from the query or from a body."""

from functools import partial
from typing import Any

from litestar.handlers import HTTPRouteHandler

from pricing.catalogue import Catalogue
from pricing.model import Service
from pricing.portfolio import PortfolioPart
from service import problems
from service.answers import catalogue, comparisons, projections, sweeps
from service.http import answering, receiving, work
from service.http.answering import Answer
from service.problems import ProblemError, Violation
from service.requests import comparisons as comparison_requests
from service.requests import presentation as presentations
from service.requests import projections as projection_requests
from service.requests import queries
from service.requests.presentation import Presentation, Query
from service.routes import operation
from service.routes.operation import (
    ASKED,
    PLAIN,
    SENT,
    Call,
    Nothing,
    Operation,
    Place,
    calculating,
    reading,
    refusing,
)

VIEWS = ("alternatives", "curves", "turns")
LONGEST_QUESTION = 4 * 1024**2
"""Bytes of a body that asks about one workload; 10,000 alternatives need a tenth of it."""
RECORDS = tuple(projections.RECORDS.values())


def compare(service: Service, prices: Catalogue) -> HTTPRouteHandler:
    """Route a comparison requested by a query."""
    varied = Query(comparison_requests.query_type(service), views=VIEWS)
    operation = Operation(
        f"compare_{service.key}",
        f"Compare alternatives of one {service.name} workload",
        comparisons.ComparisonAnswer,
        query=varied,
        statuses=ASKED,
        example=catalogue.example_fields(service) | {"vary": service.compared},
    )

    @reading("/comparison", operation)
    async def compare(request: Call) -> Answer:
        query, presentation = presentations.asked(request, varied)
        members = comparison_requests.from_query(service, query)
        asked = await _converted(request, members, comparison_requests.request_type(service))
        return await _compared(request, service, prices, presentation, asked, in_query=True)

    return compare


async def _converted(request: Call, members: Any, kind: Any) -> Any:
    """Return what the members of a query ask for, read in a thread."""
    return await work.done(request, 0, partial(queries.convert_text, members, kind))


def compare_sent(service: Service, prices: Catalogue) -> HTTPRouteHandler:
    """Route a comparison requested by a body."""
    kind = partial(comparison_requests.request_type, service)
    viewed = Query(Nothing, views=VIEWS)
    example = catalogue.example_fields(service)
    operation = Operation(
        f"compare_{service.key}_alternatives",
        f"Compare alternatives of one {service.name} workload",
        comparisons.ComparisonAnswer,
        body=kind,
        query=viewed,
        statuses=SENT,
        example={"workload": example, "vary": {service.compared: "*"}},
    )

    @calculating("/comparison", operation)
    async def compare_sent(request: Call) -> Answer:
        _, presentation = presentations.asked(request, viewed)
        asked = await receiving.decoded(request, kind(), LONGEST_QUESTION)
        return await _compared(request, service, prices, presentation, asked, in_query=False)

    return compare_sent


async def _compared(
    request: Call,
    service: Service,
    prices: Catalogue,
    presentation: Presentation,
    asked: Any,
    *,
    in_query: bool,
) -> Answer:
    named = queries.as_parameters if in_query else list
    if found := comparison_requests.faults(service, asked):
        raise problems.refused(named(found), "not-computable")
    compare = partial(_compare, presentation, service, prices, asked, in_query=in_query)
    return await work.done(request, comparisons.size(service, asked), compare)


def _compare(
    presentation: Presentation, service: Service, prices: Catalogue, asked: Any, *, in_query: bool
) -> Answer:
    place = partial(comparison_requests.place, service, asked, in_query=in_query)
    try:
        with refusing(place):
            compared = comparisons.view(service, asked, prices.card(service.key))
    except sweeps.TooManyTurnsError as error:
        found = [Violation(str(error), pointer="/sweep")]
        found = queries.as_parameters(found) if in_query else found
        raise ProblemError("not-computable", str(error), found) from error
    tables = {
        "alternatives": lambda: [comparisons.table_of_alternatives(compared)],
        "curves": lambda: [comparisons.table_of_curves(compared)],
        "turns": lambda: [comparisons.table_of_turns(compared)],
    }
    return answering.answer(presentation, lambda: compared, tables)


def project(service: Service, prices: Catalogue) -> HTTPRouteHandler:
    """Route a projection requested by a query."""
    types = projection_requests.types(service)
    grown = Query(types.query)
    over = {"start": first_month(prices, service), "growth": f"{service.grown}:rate:0.05"}
    operation = Operation(
        f"project_{service.key}",
        f"Project one {service.name} workload over months",
        projections.Projection,
        query=grown,
        statuses=ASKED,
        example=catalogue.example_fields(service) | over,
        records=RECORDS,
    )

    @reading("/projection", operation)
    async def project(request: Call) -> Answer:
        query, presentation = presentations.asked(request, grown)
        members = projection_requests.from_query(service, query)
        asked = await _converted(request, members, types.request)
        return await _projected(request, service, prices, presentation, asked, in_query=True)

    return project


def project_sent(service: Service, prices: Catalogue) -> HTTPRouteHandler:
    """Route a projection requested by a body."""
    kind = projection_requests.types(service).request
    grows = {service.grown: {"monthly_rate": 0.05}}
    workload = {"workload": catalogue.example_fields(service), "growth": grows}
    operation = Operation(
        f"project_{service.key}_workload",
        f"Project one {service.name} workload over months",
        projections.Projection,
        body=lambda: kind,
        query=PLAIN,
        statuses=SENT,
        example=workload | {"start": first_month(prices, service)},
        records=RECORDS,
    )

    @calculating("/projection", operation)
    async def project_sent(request: Call) -> Answer:
        _, presentation = presentations.asked(request, PLAIN)
        asked = await receiving.decoded(request, kind, LONGEST_QUESTION)
        return await _projected(request, service, prices, presentation, asked, in_query=False)

    return project_sent


async def _projected(
    request: Call,
    service: Service,
    prices: Catalogue,
    presentation: Presentation,
    asked: Any,
    *,
    in_query: bool,
) -> Answer:
    parts = projection_requests.columns_of(service, asked.workload)
    place = operation.in_query if in_query else operation.in_workload
    project = partial(projection, presentation, prices, asked, parts, place, in_query=in_query)
    return await work.done(request, projection_requests.size(asked, 1), project)


def projection(
    presentation: Presentation,
    prices: Catalogue,
    asked: Any,
    parts: list[PortfolioPart],
    place: Place,
    *,
    in_query: bool = False,
    free_tier: bool = False,
) -> Answer:
    """Project columns over the requested months; ``place`` names the fields of workloads."""
    named = queries.as_parameters if in_query else list
    services = [part.service for part in parts]
    count = sum(len(part.rows) for part in parts)
    if found := projection_requests.faults(asked, services, count):
        raise problems.refused(named(found), "not-computable")
    wide = projection_requests.widened(asked, parts)
    if found := projection_requests.out_of_bounds(asked, wide):
        raise problems.refused(named(found), "not-computable")

    def placed(row: int, field: str) -> str:
        """Return the address of a field; without fixed prices, days follow from the first month."""
        if field == "price_date" and not asked.fixed_prices:
            return "start" if in_query else "/start"
        return place(row, field)

    with refusing(placed, months=not asked.fixed_prices):
        projected = projections.view(asked, wide, prices, free_tier=free_tier)
    tables = {asked.view: lambda: [projections.table_of_records(asked.view, projected)]}
    return answering.answer(presentation, lambda: projected, tables)


def first_month(prices: Catalogue, *services: Service) -> str:
    """Return the first month of the example: the prices of all services are known by then."""
    firsts = (prices.table(service.key).first for service in services)
    return max("2026-01", *map(projection_requests.whole_month, firsts))
