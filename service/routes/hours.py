"""One service's workload over the hours of a curve, from the query or from a body."""

from collections.abc import Callable
from functools import partial
from typing import Any

from litestar.handlers import HTTPRouteHandler

from pricing.catalogue import Catalogue
from pricing.model import Service
from service import counting, problems
from service.answers import catalogue, hours
from service.formats import media, readers
from service.formats.media import Dialect
from service.formats.readers import Sheet
from service.formats.table import Table
from service.http import answering, receiving, work
from service.http.answering import Answer
from service.requests import bodies, queries, used
from service.requests import hours as hour_requests
from service.requests import presentation as presentations
from service.requests.presentation import Presentation, Query
from service.routes import operation, rows
from service.routes.operation import (
    ASKED,
    SENT,
    Call,
    Operation,
    calculating,
    reading,
    refusing,
)
from service.routes.rows import Question, RowForm

VIEWS = tuple(hours.RECORDS)
LONGEST_CURVE = 4 * 1024**2
"""Bytes of a body with one workload; the hours of a year need a twentieth of it."""


def tell(service: Service, prices: Catalogue) -> HTTPRouteHandler:
    """Route the hours of a workload in the query."""
    types = hour_requests.types(service)
    curved = Query(types.query, views=VIEWS)
    operation = Operation(
        f"tell_{service.key}_hours",
        f"Price one {service.name} workload over the hours of a curve",
        hours.answer_type(service),
        query=curved,
        statuses=ASKED,
        example=catalogue.example_fields(service) | {"curve": "sine"},
    )

    @reading("/hours", operation)
    async def tell(request: Call) -> Answer:
        query, presentation = presentations.asked(request, curved)
        members = hour_requests.from_query(service, query)
        read = partial(queries.convert_text, members, types.request)
        asked = await work.done(request, 0, read)
        return await _told(request, service, prices, presentation, asked, in_query=True)

    return tell


def hours_form(service: Service, prices: Catalogue) -> RowForm:
    """Return the form of rows that each have a curve of their own."""
    return rows.form(service, prices, hour_requests.types(service).query, curve="spike")


def tell_sent(service: Service, prices: Catalogue) -> HTTPRouteHandler:
    """Route the hours of a workload in a body."""
    kind = hour_requests.types(service).request
    viewed = Query(hour_requests.types(service).sent, views=VIEWS, tables=media.SHEETS)
    told = Query(hour_requests.beside_sheet(), views=VIEWS, tables=media.SHEETS)
    operation = Operation(
        f"tell_{service.key}_hours_of_a_workload",
        f"Price one {service.name} workload over the hours of a curve",
        hours.answer_type(service),
        body=lambda: kind,
        query=told,
        statuses=SENT,
        example={"workload": catalogue.example_fields(service), "curve": "spike"},
    )

    @calculating("/hours", operation)
    async def tell_sent(request: Call) -> Answer:
        query, presentation = presentations.asked_with_fields(request, viewed)
        said = hour_requests.said(query)
        if bodies.sent_sheet(request.headers, media.SHEETS):
            return await _told_sheet(request, service, prices, presentation, said)
        rows.refuse_in_document(said, presentation)
        asked = await receiving.decoded(request, kind, LONGEST_CURVE)
        return await _told(request, service, prices, presentation, asked, in_query=False)

    return tell_sent


async def _told_sheet(
    request: Call,
    service: Service,
    prices: Catalogue,
    presentation: Presentation,
    said: dict[str, Any],
) -> Answer:
    """Answer a sheet: hours of use are the curve of one workload, other rows are workloads."""
    media_type = bodies.body_type(request.headers, media.SHEETS)
    async with receiving.received(request, LONGEST_CURVE) as body:
        opened = partial(readers.opened, body, media_type, presentation.sep, presentation.decimal)
        tell = partial(_tell_sheet, presentation, service, prices, opened, said)
        return await work.done(request, receiving.length(body), tell)


def _tell_sheet(
    presentation: Presentation,
    service: Service,
    prices: Catalogue,
    opened: Callable[[], Sheet],
    said: dict[str, Any],
) -> Answer:
    sheet = opened()
    if not used.is_use(sheet):
        form = hours_form(service, prices)
        question = _rows_told(service, prices, str(presentation.view or VIEWS[0]))
        return rows.answer(presentation, form, prices, question, lambda: sheet, said)
    asked = hour_requests.of_use(service, said, used.loads(sheet))
    _refuse(service, asked, in_query=True)
    return _tell(presentation, service, prices, asked, in_query=True, sent=sheet.dialect)


def _rows_told(service: Service, prices: Catalogue, view: str) -> Question:
    """Return how a row of a sheet is told, apart from the others."""

    def asked(row: Any) -> Any:
        members = hour_requests.from_query(service, row)
        request = queries.convert_text(members, hour_requests.types(service).request)
        _refuse(service, request, in_query=True)
        return request

    def table(request: Any) -> Table:
        with refusing(operation.in_query):
            return hours.table(view, hours.view(service, request, prices))

    return Question(asked, hour_requests.size, table)


def _refuse(service: Service, asked: Any, *, in_query: bool) -> None:
    """Refuse a curve that does not go with its workload."""
    if found := hour_requests.faults(service, asked):
        named = queries.as_parameters if in_query else list
        raise problems.refused(named(found), "not-computable")


async def _told(
    request: Call,
    service: Service,
    prices: Catalogue,
    presentation: Presentation,
    asked: Any,
    *,
    in_query: bool,
) -> Answer:
    _refuse(service, asked, in_query=in_query)
    tell = partial(_tell, presentation, service, prices, asked, in_query=in_query)
    return await work.done(request, hour_requests.size(asked), tell)


def _tell(
    presentation: Presentation,
    service: Service,
    prices: Catalogue,
    asked: Any,
    *,
    in_query: bool,
    sent: Dialect = presentations.USUAL,
) -> Answer:
    with refusing(operation.in_query if in_query else operation.in_workload):
        counting.asked(1)
        told = hours.view(service, asked, prices)
    made = {view: partial(_table, view, told) for view in VIEWS}
    tables = answering.of_overlay(made, prices.overlay)
    return answering.answer(presentation, lambda: told, tables, sent)


def _table(view: str, told: Any) -> list[Any]:
    return [hours.table(view, told)]
