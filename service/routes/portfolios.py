"""Portfolios: workloads of mixed services on one bill, for one month or over many."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Annotated, Any, BinaryIO

from litestar.handlers import HTTPRouteHandler
from msgspec import UNSET, Struct, UnsetType

from pricing import portfolio
from pricing.advice import Preferences
from pricing.catalogue import Catalogue
from pricing.model import registry
from pricing.portfolio import Portfolio, PortfolioPart
from pricing.quantities import about
from service import problems, waiting
from service.answers import catalogue, commitments, flat, portfolios, projections
from service.formats import media, readers
from service.formats.media import Dialect
from service.formats.readers import Sheet
from service.http import answering, delivery, receiving, work
from service.http.answering import Answer, Download, Parts, Tables
from service.problems import Violation
from service.requests import batches, bodies, sheets
from service.requests import commitments as commitment_requests
from service.requests import presentation as presentations
from service.requests import projections as projection_requests
from service.requests.presentation import Presentation, Query
from service.requests.sheets import Expected
from service.routes import axes
from service.routes.estimates import VIEWS, batch_size
from service.routes.operation import (
    PLAIN,
    SENT,
    Call,
    Nothing,
    Operation,
    Routes,
    calculating,
    in_batch,
    refusing,
)


class FreeTier(Struct, frozen=True, forbid_unknown_fields=True):
    """What a portfolio asks for beside its workloads, where they come as a sheet."""

    free_tier: Annotated[
        bool | UnsetType,
        about("Sheets sent: take AWS's free allowances off, once for the account."),
    ] = UNSET


QUERY = Query(FreeTier, views=VIEWS, takes_sheets=True)
COMMITMENTS = Query(Nothing, views=("chosen", "offers", "curves", "rates"))


def router(prices: Catalogue) -> Routes:
    """Make the routes of portfolios."""
    handlers = [estimate(prices), project(prices), commit(prices)]
    return Routes("/v1/portfolios", tags=["Portfolios"], route_handlers=handlers)


def _examples() -> list[dict[str, Any]]:
    """Return the example of each service, as a workload of a portfolio."""
    return [
        {"service": service.key} | catalogue.example_fields(service)
        for service in registry().values()
    ]


def estimate(prices: Catalogue) -> HTTPRouteHandler:
    """Route the estimate of a portfolio, from a document or a sheet."""
    operation = Operation(
        "estimate_portfolio",
        "Estimate workloads of mixed services on one bill",
        portfolios.answer_type(),
        body=batches.of_portfolio,
        query=QUERY,
        statuses=SENT,
        example={"workloads": _examples()},
    )

    @calculating("/estimate", operation)
    async def estimate(request: Call) -> Answer | Download | Parts:
        query, presentation = presentations.asked(request, QUERY)
        media_type = bodies.body_type(request.headers, media.READABLE)
        is_sheet = media_type not in media.MEDIA_TYPES
        if query.free_tier is not UNSET and not is_sheet:
            fault = Violation("stands in the body, where that is no sheet", parameter="free_tier")
            raise problems.refused([fault], "not-computable")
        async with receiving.received(request) as body:
            calculate = partial(_estimate_document, request, prices, presentation, body)
            if is_sheet:
                sheet = partial(
                    readers.opened, body, media_type, presentation.sep, presentation.decimal
                )
                calculate = partial(
                    _estimate_sheet, prices, presentation, sheet, bool(query.free_tier)
                )
            return await work.done(request, batch_size(body, presentation), calculate)

    return estimate


def _estimate_document(
    request: Call, prices: Catalogue, presentation: Presentation, body: BinaryIO
) -> Answer | Download | Parts:
    parts, free_tier = _sent_portfolio(request, body)
    with refusing(in_batch):
        counted = portfolio.counted(parts, prices, free_tier=free_tier)
    return _answer(presentation, counted)


def _sent_portfolio(request: Call, body: BinaryIO) -> tuple[list[PortfolioPart], bool]:
    """Return the workloads of a portfolio as columns, and whether it takes the free tier."""
    kind = batches.of_portfolio()
    chunks, asked = bodies.decode_rows(body.read(), request.headers, kind, _mixed_columns)
    return portfolio.concatenated(chunks), asked["free_tier"]


def _mixed_columns(workloads: Sequence[Any]) -> list[PortfolioPart]:
    """Convert the workloads of a portfolio into columns, service by service."""
    waiting.go_on()
    members = batches.members()
    return portfolio.columns(list(map(members.__getitem__, map(type, workloads))), workloads)


def _estimate_sheet(
    prices: Catalogue, presentation: Presentation, opened: Callable[[], Sheet], free_tier: bool
) -> Answer | Download | Parts:
    sheet = opened()
    view = str(presentation.view or "workloads")
    reserved = flat.reserved_names(view, portfolios.portfolio_columns())
    first_days = sheets.first_days(registry(), prices)
    expected = Expected(registry(), first_days, True, bool(presentation.keep_extra), reserved)
    batch = sheets.whole(sheet, expected)
    counted = portfolio.counted(batch.parts, prices, free_tier=free_tier)
    return _answer(presentation, counted, batch.extra, sheet.dialect)


def _answer(
    presentation: Presentation,
    counted: Portfolio,
    extra: Mapping[str, Sequence[Any]] = MappingProxyType({}),
    sent: Dialect = presentations.USUAL,
) -> Answer | Download | Parts:
    """Return a portfolio in its format and view."""
    tables: Tables = {
        "workloads": lambda: map(portfolios.portfolio_workloads, portfolios.rounded(counted)),
        "charges": lambda: map(portfolios.portfolio_charges, portfolios.rounded(counted)),
    }
    wider = answering.with_extra_columns(tables, extra)
    return delivery.many(presentation, partial(portfolios.portfolio, counted), wider, sent)


def project(prices: Catalogue) -> HTTPRouteHandler:
    """Route the projection of a portfolio."""
    operation = Operation(
        "project_portfolio",
        "Project workloads of mixed services on one bill over months",
        projections.Projection,
        body=projection_requests.portfolio_request,
        query=PLAIN,
        statuses=SENT,
        example={
            "workloads": _examples(),
            "start": axes.first_month(prices, *registry().values()),
            "growth": {"storage_gb": {"monthly_ingest": 100}},
        },
        records=axes.RECORDS,
    )

    @calculating("/projection", operation)
    async def project(request: Call) -> Answer:
        _, presentation = presentations.asked(request, PLAIN)
        asked = await receiving.decoded(request, projection_requests.portfolio_request())
        size = projection_requests.size(asked, len(asked.workloads))
        return await work.done(request, size, partial(_project, presentation, prices, asked))

    return project


def _project(presentation: Presentation, prices: Catalogue, asked: Any) -> Answer:
    return axes.projection(
        presentation,
        prices,
        asked,
        _mixed_columns(asked.workloads),
        in_batch,
        free_tier=asked.free_tier,
    )


def commit(prices: Catalogue) -> HTTPRouteHandler:
    """Route the commitments that cost least for a portfolio."""
    operation = Operation(
        "commit_portfolio",
        "Find the reservations and the savings plan that cost least for workloads on one bill",
        commitments.PortfolioCommitments,
        body=commitment_requests.of_portfolio,
        query=COMMITMENTS,
        statuses=SENT,
        example={"workloads": _examples(), "discount_rate": 0.08},
    )

    @calculating("/commitments", operation)
    async def commit(request: Call) -> Answer:
        _, presentation = presentations.asked(request, COMMITMENTS)
        asked = await receiving.decoded(request, commitment_requests.of_portfolio())
        find = partial(_commitments, presentation, prices, asked)
        return await work.done(request, len(asked.workloads), find)

    return commit


def _commitments(presentation: Presentation, prices: Catalogue, asked: Any) -> Answer:
    """Return the commitments of a portfolio in their format and view."""
    parts = _mixed_columns(asked.workloads)
    if found := commitment_requests.faults(parts):
        raise problems.refused(found, "not-computable")
    with refusing(in_batch):
        counted = portfolio.counted(parts, prices, free_tier=asked.free_tier)
    wanted = Preferences(asked.discount_rate, asked.lower_demand_fraction, asked.longest_term_years)
    best = commitments.commitments(counted, wanted)
    tables: Tables = {
        "chosen": lambda: [commitments.table_of_offers("chosen", best.chosen)],
        "offers": lambda: [commitments.table_of_offers("offers", best.offers)],
        "curves": lambda: [commitments.table_of_curves(best.offers)],
        "rates": lambda: [commitments.table_of_rates(best.savings_plan_rates)],
    }
    return answering.answer(presentation, lambda: best, tables)
