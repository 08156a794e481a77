"""Portfolios: workloads of mixed services on one bill, for one month or over many."""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import islice
from typing import Annotated, Any, BinaryIO

from litestar.handlers import HTTPRouteHandler
from msgspec import UNSET, Meta, Struct, UnsetType

from pricing import portfolio, wording
from pricing.advice import Preferences
from pricing.catalogue import Catalogue
from pricing.model import Service, registry
from pricing.portfolio import Portfolio, PortfolioPart
from pricing.quantities import about
from service import counting, problems, waiting
from service.answers import bought, catalogue, commitments, flat, forms, portfolios, projections
from service.formats import media, readers
from service.formats.media import Dialect
from service.formats.readers import Sheet
from service.formats.table import NO_COLUMNS, Table
from service.http import answering, delivery, receiving, work
from service.http.answering import Answer, Download, Parts, Tables
from service.problems import Violation
from service.requests import batches, bodies, queries, sheets, violations
from service.requests import bought as bought_requests
from service.requests import commitments as commitment_requests
from service.requests import presentation as presentations
from service.requests import projections as projection_requests
from service.requests.presentation import TOTALS, Presentation, Query
from service.requests.projections import ProjectedRows
from service.requests.sheets import Expected
from service.routes import axes, operation, rows
from service.routes.estimates import VIEWS, batch_size
from service.routes.operation import (
    ASKED,
    SENT,
    Call,
    Nothing,
    Operation,
    Routes,
    calculating,
    in_batch,
    reading,
    refusing,
)


class FreeTier(Struct, frozen=True, forbid_unknown_fields=True):
    """What a portfolio asks for beside its workloads, where they come as a sheet."""

    free_tier: Annotated[
        bool | UnsetType,
        about("Sheets sent: take AWS's free allowances off, once for the account."),
    ] = UNSET


class Services(Struct, frozen=True, forbid_unknown_fields=True):
    """The services of a sheet to fill in."""

    services: Annotated[
        Annotated[str, Meta(max_length=500)] | UnsetType,
        about("Services to fill in, as `kinesis,s3`: the sheet has their columns only; else all."),
    ] = UNSET


TEMPLATE = Query(Services, offered=media.SHEETS)


class Projected(ProjectedRows, frozen=True, forbid_unknown_fields=True):
    """What is asked about the workloads of a sheet."""

    free_tier: Annotated[
        bool | UnsetType,
        about("Sheets sent: take AWS's free allowances off, once for the account."),
    ] = UNSET


PROJECTED = Query(
    Projected,
    views=tuple(projections.RECORDS),
    tables=media.TABLES,
    offered=presentations.WITH_ARROW,
)
QUERY = Query(
    FreeTier,
    views=(*VIEWS, "commitments"),
    tables=media.TABLES,
    offered=presentations.WITH_ARROW,
)
COMMITMENTS = Query(Nothing, views=("chosen", "offers", "curves", "rates", "schedule"))


def router(prices: Catalogue) -> Routes:
    """Make the routes of portfolios."""
    making = (estimate, project, commit, commit_workload, template)
    handlers = [make(prices) for make in making]
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
        media_type = bodies.body_type(request.headers, media.TABLES)
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
    parts, asked = _sent_portfolio(request, body)
    free_tier, given = asked["free_tier"], asked["commitments"]
    return _answer(presentation, _counted(parts, prices, given, free_tier=free_tier))


def _sent_portfolio(request: Call, body: BinaryIO) -> tuple[list[PortfolioPart], dict[str, Any]]:
    """Return the workloads of a portfolio as columns, and what else is asked."""
    kind = batches.of_portfolio()
    chunks, asked = bodies.decode_rows(body.read(), request.headers, kind, _mixed_columns)
    return portfolio.concatenated(chunks), asked


def _counted(
    parts: Sequence[PortfolioPart],
    prices: Catalogue,
    given: bought_requests.Given,
    *,
    free_tier: bool,
) -> Portfolio:
    """Count workloads on one bill, with the commitments that are bought already.

    Raises
    ------
    ProblemError
        422 where AWS does not sell one, or where there are some, and a workload's month is not the
        twelfth of a year.
    """
    found = list(bought_requests.faults(given, prices))
    if given:
        found += islice(commitment_requests.month_faults(parts), problems.MOST + 1)
    if found:
        raise problems.refused(found, "not-computable")
    with refusing(in_batch):
        counted = portfolio.counted(parts, prices, free_tier=free_tier)
    owned = bought_requests.read(given, prices)
    return portfolio.with_commitments(counted, owned) if owned else counted


def _mixed_columns(workloads: Sequence[Any]) -> list[PortfolioPart]:
    """Convert the workloads of a portfolio into columns, service by service."""
    waiting.go_on()
    members = batches.members()
    return portfolio.columns(list(map(members.__getitem__, map(type, workloads))), workloads)


def _estimate_sheet(
    prices: Catalogue, presentation: Presentation, opened: Callable[[], Sheet], free_tier: bool
) -> Answer | Download | Parts:
    sheet = opened()
    batch = sheets.whole(sheet, _expected(prices, presentation))
    counted = portfolio.counted(batch.parts, prices, free_tier=free_tier)
    return _answer(presentation, counted, batch.extra, sheet.dialect)


def _answer(
    presentation: Presentation,
    counted: Portfolio,
    extra: Table = NO_COLUMNS,
    sent: Dialect = presentations.USUAL,
) -> Answer | Download | Parts:
    """Return a portfolio in its format and view."""
    counting.asked(counted.count)
    tables: Tables = {
        "workloads": lambda: portfolios.portfolio_workloads(counted),
        "charges": lambda: portfolios.portfolio_charges(counted),
        TOTALS: lambda: [portfolios.portfolio_totals(counted)],
        "commitments": lambda: [bought.table(counted)],
    }
    wider = answering.with_extra_columns(tables, extra)
    return delivery.many(presentation, partial(portfolios.portfolio, counted), wider, sent)


def template(prices: Catalogue) -> HTTPRouteHandler:
    """Route the sheet to fill in."""
    operation = Operation(
        "get_portfolio_template",
        "Give a sheet of workloads of several services to fill in, with an example of each",
        None,
        query=TEMPLATE,
        statuses=ASKED,
        example={"services": "kinesis,s3"},
    )

    @reading("/template", operation)
    async def template(request: Call) -> Answer:
        query, presentation = presentations.asked(request, TEMPLATE)
        services = _named(query.services) if query.services else list(registry().values())
        if presentation.format == "xlsx":
            first = min(prices.table(one.key).first for one in services)
            make = partial(forms.mixed_workbook, services, first)
            return Answer(await work.done(request, forms.SIZE, make), media.FORMATS["xlsx"])
        table = forms.mixed_table(services)
        return answering.answer(presentation, lambda: None, {table.name: lambda: [table]})

    return template


def _named(text: str) -> list[Service]:
    """Return the services that a text names, each once.

    Raises
    ------
    ProblemError
        422 where it names one that is not known.
    """
    keys = dict.fromkeys(word.strip() for word in text.split(","))
    speller, known = wording.Speller(), tuple(registry())
    found = [
        Violation(violations.unknown_service(key, known, speller), parameter="services")
        for key in keys
        if key not in known
    ]
    if found:
        raise problems.refused(found, "not-computable")
    return [registry()[key] for key in keys]


def project(prices: Catalogue) -> HTTPRouteHandler:
    """Route the projection of a portfolio."""
    operation = Operation(
        "project_portfolio",
        "Project workloads of mixed services on one bill over months",
        projections.Projection,
        body=projection_requests.portfolio_request,
        query=PROJECTED,
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
        query, presentation = presentations.asked(request, PROJECTED)
        if bodies.sent_sheet(request.headers):
            media_type = bodies.body_type(request.headers, media.TABLES)
            over = _asked_of_sheet(query, presentation)
            async with receiving.received(request) as body:
                sheet = partial(
                    readers.opened, body, media_type, presentation.sep, presentation.decimal
                )
                project = partial(
                    _project_sheet, prices, presentation, sheet, over, bool(query.free_tier)
                )
                size = batch_size(body, presentation) * over.months
                return await work.done(request, size, project)
        rows.refuse_in_document(rows.given(query), presentation, "view")
        asked = await receiving.decoded(request, projection_requests.portfolio_request())
        size = projection_requests.size(asked, len(asked.workloads))
        return await work.done(request, size, partial(_project, presentation, prices, asked))

    return project


def _asked_of_sheet(query: Any, presentation: Presentation) -> Any:
    """Return what a query asks about the workloads of a sheet.

    Raises
    ------
    ProblemError
        422 where it does not say from which month on, or passes columns to records of all rows.
    """
    members = rows.given(query)
    members.pop("free_tier", None)
    view = str(presentation.view or "months")
    if presentation.keep_extra and view in ("months", "years"):
        message = "has no place in records of all workloads; leave it out, or ask for another view"
        raise problems.refused([Violation(message, parameter="keep_extra")], "not-computable")
    if not query.start:
        message = "is missing; send the first month, such as 2026-01"
        raise problems.refused([Violation(message, parameter="start")], "not-computable")
    members |= {"growth": projection_requests.growth(query.growth or ""), "view": view}
    return queries.convert_text(members, projection_requests.span_request())


def _project_sheet(
    prices: Catalogue,
    presentation: Presentation,
    opened: Callable[[], Sheet],
    over: Any,
    free_tier: bool,
) -> Answer:
    """Project the workloads of a sheet, on one bill."""
    sheet = opened()
    batch = sheets.whole(sheet, _expected(prices, presentation))
    viewed = axes.projected(
        prices, over, batch.parts, operation.in_query, in_query=True, free_tier=free_tier
    )
    table = rows.with_extra_columns(projections.table_of_records(over.view, viewed), batch)
    tables: Tables = {over.view: lambda: [table]}
    return answering.answer(presentation, lambda: viewed, tables, sheet.dialect)


def _expected(prices: Catalogue, presentation: Presentation) -> Expected:
    """Return what a sheet of workloads of several services may hold."""
    keeps = bool(presentation.keep_extra)
    own = frozenset(portfolios.portfolio_columns(catalogue=prices))
    reserved = flat.reserved_names(presentation.view, prices)
    first_days = sheets.first_days(registry(), prices)
    return Expected(registry(), first_days, True, keeps, own, reserved=reserved)


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
        example={"workloads": _examples(), "discount_rate": 0.08, "curves": [{"curve": "sine"}]},
    )

    @calculating("/commitments", operation)
    async def commit(request: Call) -> Answer:
        _, presentation = presentations.asked(request, COMMITMENTS)
        asked = await receiving.decoded(request, commitment_requests.of_portfolio())
        find = partial(_commitments, presentation, prices, asked)
        return await work.done(request, commitment_requests.size(asked), find)

    return commit


def commit_workload(prices: Catalogue) -> HTTPRouteHandler:
    """Route the commitments that cost least for one workload, in the query."""
    described = {key: prices.table(key).description for key in registry()}
    service = next(one for one in registry().values() if one.hourly and described[one.key].plans)
    operation = Operation(
        "commit_workload",
        "Find the reservations and the savings plan that cost least for one workload",
        commitments.PortfolioCommitments,
        query=Query(commitment_requests.of_workload(), views=COMMITMENTS.views),
        statuses=ASKED,
        example={"service": service.key, "workload": catalogue.example_fields(service)},
    )

    @reading("/commitments", operation)
    async def commit_workload(request: Call) -> Answer:
        asked = commitment_requests.service_of(queries.pairs_of(request.scope["query_string"]))
        query = Query(commitment_requests.query_type(asked), views=COMMITMENTS.views)
        said, presentation = presentations.asked_with_fields(request, query)
        members = commitment_requests.from_query(asked, said)
        wanted = await work.done(request, 0, partial(commitment_requests.converted, members))
        find = partial(_commitments, presentation, prices, wanted, in_query=True)
        return await work.done(request, commitment_requests.size(wanted), find)

    return commit_workload


def _commitments(
    presentation: Presentation, prices: Catalogue, asked: Any, *, in_query: bool = False
) -> Answer:
    """Return the commitments of a portfolio in their format and view."""
    parts = _mixed_columns(asked.workloads)
    given, starts = asked.commitments, asked.start is not UNSET
    found = list(bought_requests.faults(given, prices, end=starts))
    found += commitment_requests.faults(asked, parts)
    if found:
        named = commitment_requests.as_parameters(found) if in_query else found
        raise problems.refused(named, "not-computable")
    wanted = Preferences(asked.discount_rate, asked.lower_demand_fraction, asked.longest_term_years)
    with refusing(operation.in_query if in_query else in_batch):
        parts = commitment_requests.loaded(asked, parts) if asked.curves else parts
        counted = portfolio.counted(parts, prices, free_tier=asked.free_tier)
    counting.asked(counted.count)
    schedule: commitments.CommitmentSchedule | UnsetType = UNSET
    if starts:
        schedule = _schedule(parts, prices, asked, wanted)
        given = bought_requests.in_force(given, asked.start)
    owned = bought_requests.read(given, prices)
    counted = portfolio.with_commitments(counted, owned) if owned else counted
    best = commitments.commitments(counted, wanted, schedule)
    tables: Tables = {
        "chosen": lambda: [commitments.table_of_offers("chosen", best.chosen)],
        "offers": lambda: [commitments.table_of_offers("offers", best.offers)],
        "curves": lambda: [commitments.table_of_curves(best.offers)],
        "rates": lambda: [commitments.table_of_rates(best.savings_plan_rates)],
        "schedule": lambda: [commitments.table_of_schedule(best.schedule)],
    }
    tables = answering.of_overlay(tables, prices.overlay)
    return answering.answer(presentation, lambda: best, tables)


def _schedule(
    parts: Sequence[PortfolioPart], prices: Catalogue, asked: Any, wanted: Preferences
) -> commitments.CommitmentSchedule:
    """Return what to buy in each year, beside what is bought already and in force."""
    months = commitment_requests.months(asked)
    in_force = (bought_requests.in_force(asked.commitments, month) for month in months)
    owned = [bought_requests.read(given, prices) for given in in_force]
    wide = commitment_requests.over_years(asked, parts)
    uses = portfolio.used(wide, prices, free_tier=asked.free_tier)
    return commitments.scheduled(months, uses, owned, prices, wanted)
