"""One service's workload over the hours of a curve, from the query or from a body."""

from functools import partial
from typing import Any

from litestar.handlers import HTTPRouteHandler

from pricing.catalogue import Catalogue
from pricing.model import Service
from service import counting, problems
from service.answers import catalogue, hours
from service.http import answering, receiving, work
from service.http.answering import Answer
from service.requests import hours as hour_requests
from service.requests import presentation as presentations
from service.requests import queries
from service.requests.presentation import Presentation, Query
from service.routes import operation
from service.routes.operation import (
    ASKED,
    SENT,
    Call,
    Nothing,
    Operation,
    calculating,
    reading,
    refusing,
)

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


def tell_sent(service: Service, prices: Catalogue) -> HTTPRouteHandler:
    """Route the hours of a workload in a body."""
    kind = hour_requests.types(service).request
    viewed = Query(Nothing, views=VIEWS)
    operation = Operation(
        f"tell_{service.key}_hours_of_a_workload",
        f"Price one {service.name} workload over the hours of a curve",
        hours.answer_type(service),
        body=lambda: kind,
        query=viewed,
        statuses=SENT,
        example={"workload": catalogue.example_fields(service), "curve": "spike"},
    )

    @calculating("/hours", operation)
    async def tell_sent(request: Call) -> Answer:
        _, presentation = presentations.asked(request, viewed)
        asked = await receiving.decoded(request, kind, LONGEST_CURVE)
        return await _told(request, service, prices, presentation, asked, in_query=False)

    return tell_sent


async def _told(
    request: Call,
    service: Service,
    prices: Catalogue,
    presentation: Presentation,
    asked: Any,
    *,
    in_query: bool,
) -> Answer:
    if found := hour_requests.faults(service, asked):
        named = queries.as_parameters if in_query else list
        raise problems.refused(named(found), "not-computable")
    tell = partial(_tell, presentation, service, prices, asked, in_query=in_query)
    return await work.done(request, hour_requests.size(asked), tell)


def _tell(
    presentation: Presentation, service: Service, prices: Catalogue, asked: Any, *, in_query: bool
) -> Answer:
    with refusing(operation.in_query if in_query else operation.in_workload):
        counting.asked(1)
        told = hours.view(service, asked, prices)
    tables = {view: partial(_table, view, told) for view in VIEWS}
    return answering.answer(presentation, lambda: told, tables)


def _table(view: str, told: Any) -> list[Any]:
    return [hours.table(view, told)]
