"""Routes, derived from the registry: a router of closures for each service."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, partial
from io import SEEK_END
from tempfile import TemporaryFile
from types import MappingProxyType
from typing import Annotated, Any, BinaryIO

from litestar import Request, Response, Router, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.types import Empty
from msgspec import UNSET, Struct, UnsetType, structs

from pricing import engine, portfolio
from pricing.catalogue import Catalogue
from pricing.engine import Bill
from pricing.errors import DateBeforePricesError, UnknownServiceError
from pricing.model import Service, registry
from pricing.model import service as service_of
from pricing.portfolio import Columns, Portfolio
from pricing.quantities import about
from service import (
    access,
    catalogue,
    columns,
    comparisons,
    delivery,
    flat,
    presentation,
    problems,
    projections,
    sheets,
    templates,
    uploads,
    views,
    violations,
    wire,
    work,
)
from service.flat import Table
from service.presentation import Answer, Download, Parts, Presentation, Query, Tables
from service.problems import ProblemError, Violation
from service.sheets import Dialect
from service.together import Together
from service.uploads import Expected, Sheet

Call = Request[Any, Any, Any]
Handler = Callable[[Call], Awaitable[Any]]


class Operation(Struct, frozen=True):
    """What the contract says of a handler: kept in its ``opt`` under ``operation``."""

    id: str
    summary: str
    answer: Any
    query: Query
    body: Any = None
    path: dict[str, tuple[str, ...]] = {}
    statuses: tuple[int, ...] = ()
    example: Any = None


class Status(Struct, frozen=True):
    """Whether the service runs, or is ready."""

    status: str


class Nothing(Struct, frozen=True, forbid_unknown_fields=True):
    """No parameters."""


class FreeTier(Struct, frozen=True, forbid_unknown_fields=True):
    """What a portfolio asks for beside its workloads, where they come as a sheet."""

    free_tier: Annotated[
        bool | UnsetType,
        about("Sheets sent: take AWS's free allowances off, once for the account."),
    ] = UNSET


PLAIN = Query(Nothing)
BARE = Query(Nothing, offered=("json", "msgpack"))
TEMPLATE = Query(Nothing, offered=wire.SHEETS)
SIZE_IN_WORKBOOK = 10
"""What writing a row into a workbook takes, beside viewing it."""
TEMPLATE_SIZE = 100
QUOTAS = Query(Nothing, views=("quotas", "rules", "assumptions", "not_covered"))


def reading(path: str, operation: Operation) -> Callable[[Handler], HTTPRouteHandler]:
    """Route GET to a handler; HEAD follows from it."""

    def route(handler: Handler) -> HTTPRouteHandler:
        async def read(request: Call) -> Response[bytes]:
            access.admit(request)
            return delivery.respond(request, await delivery.worked_out(request, handler))

        return get(path, opt={"operation": operation})(read)

    return route


def calculating(path: str, operation: Operation) -> Callable[[Handler], HTTPRouteHandler]:
    """Route POST of a calculation, which answers 200 and keeps nothing, to a handler."""

    def route(handler: Handler) -> HTTPRouteHandler:
        async def calculate(request: Call) -> Response[Any]:
            access.admit(request)
            return delivery.sent(await handler(request))

        limit = None if operation.query.takes_sheets else Empty
        route = post(
            path, status_code=200, opt={"operation": operation}, request_max_body_size=limit
        )
        return route(calculate)

    return route


def catalogued(request: Call, value: Any, *, kept: bool = True) -> Answer:
    """Answer with what has no other form than JSON and MessagePack, and takes no parameters."""
    _, how = presentation.asked(request, BARE)
    return presentation.answer(how, lambda: value, {}, kept=kept)


def routes_for(service: Service, prices: Catalogue) -> Router:
    """Make the routes of one service."""
    types = views.answer_types(service)
    title = service.name
    together = Together(service, prices)
    one = Query(service.workload, views=("workloads", "charges"))
    many = Query(Nothing, views=one.views, columns=columns.types(service).answer, takes_sheets=True)
    narrowed = Query(catalogue.price_query(service), views=("prices",))
    price_lists = delivery.Once()

    @reading(
        "/estimate",
        Operation(
            f"estimate_{service.key}",
            f"Estimate one {title} workload",
            types.estimate,
            query=one,
            statuses=(400, 406, 422),
            example=catalogue.example_fields(service),
        ),
    )
    async def estimate(request: Call) -> Answer:
        workload, how = presentation.asked(request, one)
        try:
            estimated = await together.estimate(workload)
        except DateBeforePricesError as error:
            raise too_early(error, "price_date") from error
        if not estimated.complete:
            raise unpriced(estimated)
        tables = estimate_tables(lambda: [engine.estimate(service, [workload], prices)])
        return presentation.answer(how, lambda: estimated, tables)

    @calculating(
        "/estimates",
        Operation(
            f"estimate_{service.key}_batch",
            f"Estimate many {title} workloads as independent alternatives",
            types.estimates,
            body=types.batch,
            query=many,
            statuses=(400, 406, 413, 415, 422),
            example={"workloads": [catalogue.example_fields(service)]},
        ),
    )
    async def estimates(request: Call) -> Answer | Download | Parts:
        _, how = presentation.asked(request, many)
        media_type = wire.body_type(request.headers, wire.READABLE)
        async with uploads.received(request) as body:
            calculate = partial(_estimate_batch, request, service, prices, how, body)
            if media_type not in wire.MEDIA_TYPES:
                sheet = partial(uploads.opened, body, media_type, how)
                calculate = partial(_estimate_sheet, service, prices, how, sheet)
            return await work.done(request, batch_size(body, how), calculate)

    @reading(
        "/prices",
        Operation(
            f"list_{service.key}_prices",
            f"List the {title} prices with their sources",
            catalogue.PriceList,
            query=narrowed,
            statuses=(400, 406, 422),
        ),
    )
    async def list_prices(request: Call) -> Answer:
        query, how = presentation.asked(request, narrowed)
        table = prices.table(service.key)
        if found := catalogue.price_faults(query, table):
            raise wire.refused(found, "not-computable")
        size = catalogue.size(query, table)
        listed = partial(work.done, request, size, partial(_prices, service, prices, query, how))
        if size <= work.LIGHT_SIZE:
            return await listed()
        named = repr((query, structs.replace(how, cache_buster=UNSET)))
        return await price_lists.answer(named, listed)

    @reading(
        "/quotas",
        Operation(
            f"list_{service.key}_quotas",
            f"List the {title} quotas, rules, assumptions and what is not covered, with sources",
            catalogue.QuotaList,
            query=QUOTAS,
            statuses=(400, 406, 422),
        ),
    )
    async def quotas(request: Call) -> Answer:
        _, how = presentation.asked(request, QUOTAS)
        listed = catalogue.quotas(service, prices.table(service.key))
        return presentation.answer(how, lambda: listed, quota_tables(listed))

    @reading(
        "/template",
        Operation(
            f"get_{service.key}_template",
            f"Give a sheet of {title} workloads to fill in, with an example",
            None,
            query=TEMPLATE,
            statuses=(400, 406, 422),
        ),
    )
    async def template(request: Call) -> Answer:
        _, how = presentation.asked(request, TEMPLATE)
        if how.format == "xlsx":
            make = partial(templates.workbook, service, delivery.base(request), prices)
            made = await work.done(request, TEMPLATE_SIZE, make)
            return Answer(made, wire.FORMATS["xlsx"])
        table = templates.table(service)
        return presentation.answer(how, lambda: None, {table.name: lambda: [table]})

    axes = [*comparison_routes(service, prices), *projection_routes(service, prices)]
    handlers = [estimate, estimates, *axes, list_prices, quotas, template]
    return Router(f"/v1/{service.key}", tags=[title], route_handlers=handlers)


def comparison_routes(service: Service, prices: Catalogue) -> list[HTTPRouteHandler]:
    """Make the routes that compare alternatives of one service's workload."""
    types = comparisons.types(service)
    example = catalogue.example_fields(service)
    varied = Query(types.query, views=("alternatives", "curves", "turns"))
    viewed = Query(Nothing, views=varied.views)

    @reading(
        "/comparison",
        Operation(
            f"compare_{service.key}",
            f"Compare alternatives of one {service.name} workload",
            comparisons.ComparisonAnswer,
            query=varied,
            statuses=(400, 406, 422),
            example=example | {"vary": service.compared},
        ),
    )
    async def compare(request: Call) -> Answer:
        query, how = presentation.asked(request, varied)
        members = comparisons.from_query(service, query)
        read = partial(wire.convert_text, members, types.request)
        return await compared(request, how, await work.done(request, 0, read), in_query=True)

    @calculating(
        "/comparison",
        Operation(
            f"compare_{service.key}_alternatives",
            f"Compare alternatives of one {service.name} workload",
            comparisons.ComparisonAnswer,
            body=types.request,
            query=viewed,
            statuses=(400, 406, 413, 415, 422),
            example={"workload": example, "vary": {service.compared: "*"}},
        ),
    )
    async def compare_body(request: Call) -> Answer:
        _, how = presentation.asked(request, viewed)
        asked = await decoded(request, types.request)
        return await compared(request, how, asked, in_query=False)

    async def compared(request: Call, how: Presentation, asked: Any, *, in_query: bool) -> Answer:
        named = wire.as_parameters if in_query else list
        if found := comparisons.faults(service, asked):
            raise wire.refused(named(found), "not-computable")
        compare = partial(_compare, how, service, prices, asked, in_query=in_query)
        return await work.done(request, comparisons.size(service, asked), compare)

    return [compare, compare_body]


def projection_routes(service: Service, prices: Catalogue) -> list[HTTPRouteHandler]:
    """Make the routes that project one service's workload over months."""
    types = projections.types(service)
    example = catalogue.example_fields(service)
    grows = {service.grown: {"monthly_rate": 0.05}}
    grown = Query(types.query)
    over = {"start": first_month(prices, service)}

    @reading(
        "/projection",
        Operation(
            f"project_{service.key}",
            f"Project one {service.name} workload over months",
            tuple(projections.RECORDS.values()),
            query=grown,
            statuses=(400, 406, 422),
            example=example | over | {"growth": f"{service.grown}:rate:0.05"},
        ),
    )
    async def project(request: Call) -> Answer:
        query, how = presentation.asked(request, grown)
        members = projections.from_query(service, query)
        read = partial(wire.convert_text, members, types.request)
        return await projected(request, how, await work.done(request, 0, read), in_query=True)

    @calculating(
        "/projection",
        Operation(
            f"project_{service.key}_workload",
            f"Project one {service.name} workload over months",
            tuple(projections.RECORDS.values()),
            body=types.request,
            query=PLAIN,
            statuses=(400, 406, 413, 415, 422),
            example={"workload": example, "growth": grows} | over,
        ),
    )
    async def project_body(request: Call) -> Answer:
        _, how = presentation.asked(request, PLAIN)
        asked = await decoded(request, types.request)
        return await projected(request, how, asked, in_query=False)

    async def projected(request: Call, how: Presentation, asked: Any, *, in_query: bool) -> Answer:
        parts = projections.columns_of(service, asked.workload)
        project = partial(_project, how, prices, asked, parts, in_query=in_query)
        return await work.done(request, projections.size(asked, 1), project)

    return [project, project_body]


def first_month(prices: Catalogue, *services: Service) -> str:
    """Return the month in which the example of a projection starts: prices of all are known."""
    firsts = (prices.table(service.key).first for service in services)
    return max("2026-01", *map(projections.whole_month, firsts))


async def decoded(request: Call, kind: Any) -> Any:
    """Receive a body, and read it in a thread."""
    wire.body_type(request.headers)
    async with uploads.received(request) as body:
        read = partial(_read, body, request, kind)
        return await work.done(request, length(body) / work.BYTES_OF_A_WORKLOAD, read)


def _read(body: BinaryIO, request: Call, kind: Any) -> Any:
    return wire.decode_body(body.read(), request.headers, kind)


def length(body: BinaryIO) -> int:
    """Count the bytes of a body that is yet to be read."""
    count = body.seek(0, SEEK_END)
    body.seek(0)
    return count


def batch_size(body: BinaryIO, how: Presentation) -> float:
    """Give about how many viewed workloads a batch is worth; see :mod:`service.work`."""
    workloads = length(body) / work.BYTES_OF_A_WORKLOAD
    return workloads * (SIZE_IN_WORKBOOK if how.format == "xlsx" else 1)


def _prices(service: Service, prices: Catalogue, query: Any, how: Presentation) -> Answer:
    try:
        listed = catalogue.prices(service, query, prices.table(service.key))
    except DateBeforePricesError as error:
        raise too_early(error, "price_date") from error
    tables: Tables = {"prices": lambda: [flat.prices(listed)]}
    answer = presentation.answer(how, lambda: listed, tables)
    return structs.replace(answer, etag=delivery.tag(answer.body))


def _project(
    how: Presentation,
    prices: Catalogue,
    asked: Any,
    parts: list[Columns],
    *,
    in_query: bool = False,
    free_tier: bool = False,
    pointer: str = "/workload/price_date",
) -> Answer:
    named = wire.as_parameters if in_query else list
    services = [part.service for part in parts]
    if found := projections.faults(asked, services, sum(len(part.rows) for part in parts)):
        raise wire.refused(named(found), "not-computable")
    wide = projections.widened(asked, parts)
    if found := projections.out_of_bounds(asked, wide):
        raise wire.refused(named(found), "not-computable")
    try:
        projected = projections.view(asked, wide, prices, free_tier=free_tier)
    except DateBeforePricesError as error:
        if asked.fixed_prices:
            raise too_early(error, "price_date" if in_query else pointer) from error
        raise too_early(error, "start" if in_query else "/start", months=True) from error
    tables = {asked.view: lambda: [flat.projected(asked.view, projected)]}
    return presentation.answer(how, lambda: projected, tables)


def _compare(
    how: Presentation, service: Service, prices: Catalogue, asked: Any, *, in_query: bool
) -> Answer:
    try:
        compared = comparisons.view(service, asked, prices.card(service.key))
    except comparisons.TooManyTurnsError as error:
        found = [Violation(str(error), pointer="/sweep")]
        found = wire.as_parameters(found) if in_query else found
        raise ProblemError("not-computable", str(error), found) from error
    except DateBeforePricesError as error:
        varied = comparisons.values(service, asked).get("price_date")
        names = ("vary", "/vary/price_date") if varied else ("price_date", "/workload/price_date")
        raise too_early(error, names[not in_query]) from error
    tables = {
        "alternatives": lambda: [flat.alternatives(compared)],
        "curves": lambda: [flat.curves(compared)],
        "turns": lambda: [flat.turns(compared)],
    }
    return presentation.answer(how, lambda: compared, tables)


def estimate_tables(billed: Callable[[], Iterable[Bill]], first: int = 0) -> Tables:
    """Give the tables of a batch whose bill comes in parts.

    ``first`` is the place of the first workload.
    """

    def charges() -> Iterator[Table]:
        done = first
        for bill in billed():
            count = len(bill.workload.name)
            yield flat.charges(bill, range(done, done + count))
            done += count

    return {"workloads": lambda: map(flat.workloads, billed()), "charges": charges}


def quota_tables(listed: catalogue.QuotaList) -> Tables:
    """Give the tables of a service's quotas."""
    kinds: Sequence[Any] = (
        catalogue.QuotaEntry,
        catalogue.RuleEntry,
        catalogue.AssumptionEntry,
        catalogue.NotCoveredEntry,
    )

    def made(name: str, kind: Any) -> list[Table]:
        return [flat.quotas(name, kind, getattr(listed, name))]

    return {name: partial(made, name, kind) for name, kind in zip(QUOTAS.views, kinds, strict=True)}


def _estimate_sheet(
    service: Service, prices: Catalogue, how: Presentation, opened: Callable[[], Sheet]
) -> Answer | Download | Parts:
    """Price a sheet; from CSV to CSV some rows at a time, so that memory does not grow with it."""
    sheet = opened()
    taken = flat.taken(str(how.view or "workloads"), flat.columns_of(service))
    expected = Expected({service.key: service}, prices, False, bool(how.keep_extra), taken)
    if how.format == "csv":
        priced = _priced_csv(sheet, expected, how)
        return delivery.downloaded(priced, wire.FORMATS["csv"])
    batch = uploads.whole(sheet, expected)
    (part,) = batch.parts
    return batch_answer(how, part, prices, _tables(batch, prices, 0), sheet.dialect)


def batch_answer(
    how: Presentation,
    part: Columns,
    prices: Catalogue,
    tables: Tables,
    sent: Dialect = presentation.USUAL,
) -> Answer | Download | Parts:
    """Give a batch in its format, view and layout."""
    if how.layout == "columns":
        return presentation.answer(how, lambda: columns.columns(portfolio.priced(part, prices)), {})
    viewed = partial(views.batch, part.service, part.workload, prices.card(part.service.key))
    return delivery.many(how, viewed, tables, sent)


def _tables(batch: uploads.Batch, prices: Catalogue, first: int) -> Tables:
    """Give the tables of one service's rows, the first of which has this place in the sheet."""
    (part,) = batch.parts
    return beside(estimate_tables(partial(bills, part, prices), first), batch.extra, first)


def bills(part: Columns, prices: Catalogue) -> Iterator[Bill]:
    """Price workloads as independent alternatives, some rows at a time."""
    return engine.parts(part.service, part.workload, prices.card(part.service.key))


def beside(tables: Tables, extra: Mapping[str, Sequence[Any]], first: int = 0) -> Tables:
    """Add the columns of a sheet that are passed through to tables that are yet to be made."""

    def wider(made: Callable[[], Iterable[Table]]) -> Iterable[Table]:
        return flat.beside(made(), extra, first)

    return {name: partial(wider, made) for name, made in tables.items()}


def _priced_csv(sheet: Sheet, expected: Expected, how: Presentation) -> Iterator[bytes]:
    """Price a sheet, some rows at a time."""
    return sheets.csv(_priced_rows(sheet, expected, how), presentation.dialect(how, sheet.dialect))


def _priced_rows(sheet: Sheet, expected: Expected, how: Presentation) -> Iterator[Table]:
    done = 0
    for batch in work.each(uploads.batches(sheet, expected)):
        yield from _tables(batch, expected.catalogue, done)[how.view or "workloads"]()
        done += len(batch.parts[0].rows)


def _estimate_batch(
    request: Call, service: Service, prices: Catalogue, how: Presentation, body: BinaryIO
) -> Answer | Download | Parts:
    part = _sent_batch(request, service, body)
    try:
        portfolio.refuse_early([part], prices)
    except DateBeforePricesError as error:
        raise too_early(error, "/workloads/{}/price_date") from error
    return batch_answer(how, part, prices, estimate_tables(partial(bills, part, prices)))


def _sent_batch(request: Call, service: Service, body: BinaryIO) -> Columns:
    """Read a batch as columns."""

    def made(workloads: list[Any]) -> list[Columns]:
        work.go_on()
        return portfolio.columns([service] * len(workloads), workloads)

    kind = views.answer_types(service).batch
    chunks, _ = wire.decode_rows(body.read(), request.headers, kind, made)
    (part,) = portfolio.end_to_end(chunks)
    return part


def too_early(error: DateBeforePricesError, place: str, *, months: bool = False) -> ProblemError:
    """Refuse days before the first known price, naming each place and the first day.

    ``place`` is a parameter, or a pointer in which ``{}`` stands for the row.
    """
    details: dict[tuple[str, str], None] = {}
    for row, (service, first) in error.rows.items():
        least = projections.whole_month(first) if months else first
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


def portfolio_router(prices: Catalogue) -> Router:
    """Make the routes of portfolios: workloads of mixed services on one bill."""
    types = views.portfolio_types()
    examples = [
        {"service": service.key} | catalogue.example_fields(service)
        for service in registry().values()
    ]
    many = Query(FreeTier, views=("workloads", "charges"), takes_sheets=True)

    @calculating(
        "/estimate",
        Operation(
            "estimate_portfolio",
            "Estimate workloads of mixed services on one bill",
            types.answer,
            body=types.batch,
            query=many,
            statuses=(400, 406, 413, 415, 422),
            example={"workloads": examples},
        ),
    )
    async def estimate(request: Call) -> Answer | Download | Parts:
        query, how = presentation.asked(request, many)
        media_type = wire.body_type(request.headers, wire.READABLE)
        is_sheet = media_type not in wire.MEDIA_TYPES
        if query.free_tier is not UNSET and not is_sheet:
            fault = Violation("stands in the body, where that is no sheet", parameter="free_tier")
            raise wire.refused([fault], "not-computable")
        async with uploads.received(request) as body:
            calculate = partial(_estimate_portfolio, request, prices, how, body)
            if is_sheet:
                sheet = partial(uploads.opened, body, media_type, how)
                calculate = partial(
                    _estimate_mixed_sheet, prices, how, sheet, bool(query.free_tier)
                )
            return await work.done(request, batch_size(body, how), calculate)

    projected = projections.portfolio_request()

    @calculating(
        "/projection",
        Operation(
            "project_portfolio",
            "Project workloads of mixed services on one bill over months",
            tuple(projections.RECORDS.values()),
            body=projected,
            query=PLAIN,
            statuses=(400, 406, 413, 415, 422),
            example={
                "workloads": examples,
                "start": first_month(prices, *registry().values()),
                "growth": {"storage_gb": {"monthly_ingest": 100}},
            },
        ),
    )
    async def project(request: Call) -> Answer:
        _, how = presentation.asked(request, PLAIN)
        asked = await decoded(request, projected)
        size = projections.size(asked, len(asked.workloads))
        return await work.done(request, size, partial(_project_portfolio, how, prices, asked))

    return Router("/v1/portfolios", tags=["Portfolios"], route_handlers=[estimate, project])


def _project_portfolio(how: Presentation, prices: Catalogue, asked: Any) -> Answer:
    return _project(
        how,
        prices,
        asked,
        mixed_columns(asked.workloads),
        free_tier=asked.free_tier,
        pointer="/workloads/{}/price_date",
    )


def _estimate_portfolio(
    request: Call, prices: Catalogue, how: Presentation, body: BinaryIO
) -> Answer | Download | Parts:
    parts, free_tier = _sent_portfolio(request, body)
    try:
        counted = portfolio.counted(parts, prices, free_tier=free_tier)
    except DateBeforePricesError as error:
        raise too_early(error, "/workloads/{}/price_date") from error
    return portfolio_answer(how, counted)


def _sent_portfolio(request: Call, body: BinaryIO) -> tuple[list[Columns], bool]:
    """Read a portfolio: its workloads as columns, and whether it takes the free tier."""
    kind = views.portfolio_types().batch
    chunks, asked = wire.decode_rows(body.read(), request.headers, kind, mixed_columns)
    return portfolio.end_to_end(chunks), asked["free_tier"]


def mixed_columns(workloads: Sequence[Any]) -> list[Columns]:
    """Turn the workloads of a portfolio into columns, service by service."""
    work.go_on()
    members = views.portfolio_types().members
    return portfolio.columns(list(map(members.__getitem__, map(type, workloads))), workloads)


def _estimate_mixed_sheet(
    prices: Catalogue, how: Presentation, opened: Callable[[], Sheet], free_tier: bool
) -> Answer | Download | Parts:
    sheet = opened()
    taken = flat.taken(str(how.view or "workloads"), flat.portfolio_columns())
    expected = Expected(registry(), prices, True, bool(how.keep_extra), taken)
    batch = uploads.whole(sheet, expected)
    counted = portfolio.counted(batch.parts, prices, free_tier=free_tier)
    return portfolio_answer(how, counted, batch.extra, sheet.dialect)


def portfolio_answer(
    how: Presentation,
    counted: Portfolio,
    extra: Mapping[str, Sequence[Any]] = MappingProxyType({}),
    sent: Dialect = presentation.USUAL,
) -> Answer | Download | Parts:
    """Give a portfolio in its format and view."""
    tables: Tables = {
        "workloads": lambda: map(flat.portfolio_workloads, views.rounded(counted)),
        "charges": lambda: map(flat.portfolio_charges, views.rounded(counted)),
    }
    return delivery.many(how, partial(views.portfolio, counted), beside(tables, extra), sent)


def catalogue_router(prices: Catalogue) -> Router:
    """Make the routes that tell what there is."""

    @reading(
        "/v1/services",
        Operation(
            "list_services",
            "List the services",
            catalogue.Services,
            query=BARE,
            statuses=(400, 406),
        ),
    )
    async def services(request: Call) -> Answer:
        return catalogued(request, catalogue.summaries(prices))

    @reading(
        "/v1/services/{service:str}",
        Operation(
            "describe_service",
            "Describe one service: its fields with unit and bounds, Regions and price dates",
            catalogue.ServiceDescription,
            query=BARE,
            path={"service": tuple(registry())},
            statuses=(400, 404, 406),
        ),
    )
    async def one_service(request: Call) -> Answer:
        try:
            service = service_of(request.path_params["service"])
        except UnknownServiceError as error:
            raise ProblemError("not-found", str(error)) from error
        described = catalogue.description(service, prices.table(service.key))
        return catalogued(request, described)

    @reading(
        "/problems/{slug:str}",
        Operation(
            "describe_problem",
            "Tell what a kind of problem means and how to mend it",
            problems.Kind,
            query=BARE,
            path={"slug": tuple(problems.KINDS)},
            statuses=(400, 404, 406),
        ),
    )
    async def problem(request: Call) -> Answer:
        slug = request.path_params["slug"]
        if slug not in problems.KINDS:
            known = ", ".join(problems.KINDS)
            raise ProblemError("not-found", f"there is no problem {slug!r}; known: {known}")
        return catalogued(request, problems.KINDS[slug])

    return Router("/", tags=["Catalogue"], route_handlers=[services, one_service, problem])


@cache
def operations_router() -> Router:
    """Make the routes for those who run the service."""
    statuses = (400, 406)

    @reading(
        "/livez",
        Operation("live", "Tell whether the process runs", Status, query=BARE, statuses=statuses),
    )
    async def live(request: Call) -> Answer:
        return catalogued(request, Status("ok"), kept=False)

    @reading(
        "/readyz",
        Operation(
            "ready",
            "Tell whether every table is loaded, and temporary files can be written",
            Status,
            query=BARE,
            statuses=(*statuses, 503),
        ),
    )
    async def ready(request: Call) -> Answer:
        await work.done(request, 0, _write_temporary_file)
        return catalogued(request, Status("ready"), kept=False)

    return Router("/", tags=["Operations"], route_handlers=[live, ready])


def _write_temporary_file() -> None:
    """Try what large bodies and workbooks need.

    Raises
    ------
    ProblemError
        503 where no temporary file can be written.
    """
    try:
        with TemporaryFile() as file:
            file.write(bytes(4096))
            file.flush()
    except OSError as error:
        detail = f"no temporary file can be written: {error.strerror}"
        raise ProblemError("not-ready", detail) from error
