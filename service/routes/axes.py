"""Comparisons and projections of one service's workload, from the query or from a body."""

from collections.abc import Callable
from functools import partial
from typing import Any

from litestar.handlers import HTTPRouteHandler

from pricing.catalogue import Catalogue
from pricing.model import Service
from pricing.portfolio import PortfolioPart
from service import counting, problems
from service.answers import catalogue, comparisons, projections, sweeps
from service.answers.comparisons import ComparisonAnswer
from service.formats import media, readers
from service.formats.table import Table
from service.http import answering, receiving, work
from service.http.answering import Answer
from service.problems import ProblemError, Violation
from service.requests import bodies, queries
from service.requests import comparisons as comparison_requests
from service.requests import presentation as presentations
from service.requests import projections as projection_requests
from service.requests.comparisons import ComparedRows
from service.requests.presentation import Presentation, Query
from service.requests.projections import ProjectedRows
from service.routes import operation, rows
from service.routes.operation import (
    ASKED,
    SENT,
    Call,
    Operation,
    Place,
    calculating,
    reading,
    refusing,
)
from service.routes.rows import RowForm

TABLES: dict[str, Callable[[ComparisonAnswer], Table]] = {
    "alternatives": comparisons.table_of_alternatives,
    "curves": comparisons.table_of_curves,
    "turns": comparisons.table_of_turns,
}
"""The views of a comparison, each as a table."""
VIEWS = tuple(TABLES)
LONGEST_QUESTION = 4 * 1024**2
"""Bytes of a body that asks about one workload, where 10,000 alternatives need a tenth of it, or
about the rows of a sheet."""
PROJECTED = Query(
    ProjectedRows,
    views=tuple(projections.RECORDS),
    tables=media.TABLES,
    offered=presentations.WITH_ARROW,
)
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
    viewed = Query(ComparedRows, views=VIEWS, tables=media.SHEETS)
    example = catalogue.example_fields(service)
    operation = Operation(
        f"compare_{service.key}_alternatives",
        f"Compare alternatives of one {service.name} workload",
        comparisons.ComparisonAnswer,
        body=kind,
        query=viewed,
        statuses=SENT,
        example={"workload": example, "vary": {service.compared: []}},
    )

    @calculating("/comparison", operation)
    async def compare_sent(request: Call) -> Answer:
        query, presentation = presentations.asked(request, viewed)
        if bodies.sent_sheet(request.headers, media.SHEETS):
            form = comparison_form(service, prices)
            question = _rows_compared(service, prices, str(presentation.view or VIEWS[0]))
            return await _answered(request, presentation, form, prices, question, query)
        rows.refuse_in_document(rows.given(query), presentation)
        asked = await receiving.decoded(request, kind(), LONGEST_QUESTION)
        return await _compared(request, service, prices, presentation, asked, in_query=False)

    return compare_sent


def comparison_form(service: Service, prices: Catalogue) -> RowForm:
    """Return the form of rows that are each compared."""
    kind = comparison_requests.query_type(service)
    return rows.form(service, prices, kind, vary=service.compared)


def _rows_compared(service: Service, prices: Catalogue, view: str) -> rows.Question:
    """Return how a row of a sheet is compared."""
    kind = comparison_requests.request_type(service)

    def asked(row: Any) -> Any:
        members = comparison_requests.from_query(service, row)
        return _comparable(service, queries.convert_text(members, kind), in_query=True)

    def table(request: Any) -> Table:
        return TABLES[view](_comparison(service, prices, request, in_query=True))

    return rows.Question(asked, partial(comparisons.size, service), table)


async def _answered(
    request: Call,
    presentation: Presentation,
    form: RowForm,
    prices: Catalogue,
    question: rows.Question,
    query: Any,
) -> Answer:
    """Answer about each row of a sheet that is sent."""
    media_type = bodies.body_type(request.headers, media.TABLES)
    async with receiving.received(request, LONGEST_QUESTION) as body:
        opened = partial(readers.opened, body, media_type, presentation.sep, presentation.decimal)
        given = rows.given(query)
        answer = partial(rows.answer, presentation, form, prices, question, opened, given)
        return await work.done(request, receiving.length(body), answer)


async def _compared(
    request: Call,
    service: Service,
    prices: Catalogue,
    presentation: Presentation,
    asked: Any,
    *,
    in_query: bool,
) -> Answer:
    _comparable(service, asked, in_query=in_query)
    compare = partial(_compare, presentation, service, prices, asked, in_query=in_query)
    return await work.done(request, comparisons.size(service, asked), compare)


def _comparable(service: Service, asked: Any, *, in_query: bool) -> Any:
    """Return a request whose parts go together.

    Raises
    ------
    ProblemError
        422 where they do not.
    """
    named = queries.as_parameters if in_query else list
    if found := comparison_requests.faults(service, asked):
        raise problems.refused(named(found), "not-computable")
    return asked


def _compare(
    presentation: Presentation, service: Service, prices: Catalogue, asked: Any, *, in_query: bool
) -> Answer:
    compared = _comparison(service, prices, asked, in_query=in_query)
    made = {view: partial(_alone, table, compared) for view, table in TABLES.items()}
    tables = answering.of_overlay(made, prices.overlay)
    return answering.answer(presentation, lambda: compared, tables)


def _alone(table: Callable[[Any], Table], compared: ComparisonAnswer) -> list[Table]:
    return [table(compared)]


def _comparison(
    service: Service, prices: Catalogue, asked: Any, *, in_query: bool
) -> ComparisonAnswer:
    """Compare alternatives; what cannot be is named by its place in the request."""
    place = partial(comparison_requests.place, service, asked, in_query=in_query)
    try:
        counting.asked(1)
        with refusing(place):
            return comparisons.view(service, asked, prices.card(service.key))
    except sweeps.TooManyTurnsError as error:
        found = [Violation(str(error), pointer="/sweep")]
        found = queries.as_parameters(found) if in_query else found
        raise ProblemError("not-computable", str(error), found) from error


def project(service: Service, prices: Catalogue) -> HTTPRouteHandler:
    """Route a projection requested by a query."""
    types = projection_requests.types(service)
    grown = Query(types.query, offered=presentations.WITH_ARROW)
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
    types = projection_requests.types(service)
    grows = {service.grown: {"monthly_rate": 0.05}}
    workload = {"workload": catalogue.example_fields(service), "growth": grows}
    operation = Operation(
        f"project_{service.key}_workload",
        f"Project one {service.name} workload over months",
        projections.Projection,
        body=lambda: types.request,
        query=PROJECTED,
        statuses=SENT,
        example=workload | {"start": first_month(prices, service)},
        records=RECORDS,
    )

    @calculating("/projection", operation)
    async def project_sent(request: Call) -> Answer:
        query, presentation = presentations.asked(request, PROJECTED)
        if bodies.sent_sheet(request.headers):
            form = projection_form(service, prices)
            question = _rows_projected(service, prices, str(presentation.view or "months"))
            return await _answered(request, presentation, form, prices, question, query)
        rows.refuse_in_document(rows.given(query), presentation, "view")
        asked = await receiving.decoded(request, types.request, LONGEST_QUESTION)
        return await _projected(request, service, prices, presentation, asked, in_query=False)

    return project_sent


def projection_form(service: Service, prices: Catalogue) -> RowForm:
    """Return the form of rows that are each projected."""
    over = {"start": first_month(prices, service), "growth": f"{service.grown}:rate:0.05"}
    return rows.form(service, prices, projection_requests.types(service).row, **over)


def _rows_projected(service: Service, prices: Catalogue, view: str) -> rows.Question:
    """Return how a row of a sheet is projected, apart from the others."""
    kind = projection_requests.types(service).request

    def asked(row: Any) -> Any:
        members = projection_requests.from_query(service, row) | {"view": view}
        return queries.convert_text(members, kind)

    def table(request: Any) -> Table:
        parts = projection_requests.columns_of(service, request.workload)
        viewed = projected(prices, request, parts, operation.in_query, in_query=True)
        return projections.table_of_records(view, viewed)

    def size(request: Any) -> float:
        return 1 + projection_requests.size(request, 1)

    return rows.Question(asked, size, table)


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
    viewed = projected(prices, asked, parts, place, in_query=in_query, free_tier=free_tier)
    tables = {asked.view: lambda: [projections.table_of_records(asked.view, viewed)]}
    return answering.answer(presentation, lambda: viewed, tables)


def projected(
    prices: Catalogue,
    asked: Any,
    parts: list[PortfolioPart],
    place: Place,
    *,
    in_query: bool,
    free_tier: bool = False,
) -> Any:
    """Return the view of a projection; what cannot be is named by its place in the request."""
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

    counting.asked(count)
    with refusing(placed, months=not asked.fixed_prices):
        return projections.view(asked, wide, prices, free_tier=free_tier)


def first_month(prices: Catalogue, *services: Service) -> str:
    """Return the first month of the example: the prices of all services are known by then."""
    firsts = (prices.table(service.key).first for service in services)
    return max("2026-01", *map(projection_requests.whole_month, firsts))
