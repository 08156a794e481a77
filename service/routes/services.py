"""The routes of one service, derived from the registry; its lists and its sheet to fill in."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Annotated, Any, Literal

from litestar.handlers import HTTPRouteHandler
from msgspec import UNSET, Struct, structs

from pricing.catalogue import Catalogue
from pricing.model import Form, Service
from pricing.quantities import about
from service import problems
from service.answers import catalogue, forms
from service.formats import media
from service.formats.table import Table
from service.http import answering, delivery, work
from service.http.answering import Answer, Tables
from service.requests import presentation as presentations
from service.requests import prices as price_requests
from service.requests.presentation import Presentation, Query
from service.routes import axes, estimates, hours
from service.routes.operation import (
    ASKED,
    Call,
    Nothing,
    Operation,
    Routes,
    in_query,
    reading,
    refusing,
)


class Purpose(Struct, frozen=True, forbid_unknown_fields=True):
    """What a sheet to fill in is for."""

    purpose: Annotated[
        Literal["estimates", "comparison", "projection"],
        about("What the sheet is for: it has a column for all that each row may say there."),
    ] = "estimates"


class PurposeWithHours(Struct, frozen=True, forbid_unknown_fields=True):
    """What a sheet to fill in is for, of a service whose load may follow a curve."""

    purpose: Annotated[
        Literal["estimates", "comparison", "projection", "hours"],
        about("What the sheet is for: it has a column for all that each row may say there."),
    ] = "estimates"


TEMPLATE = Query(Purpose, offered=media.SHEETS)
TEMPLATE_WITH_HOURS = Query(PurposeWithHours, offered=media.SHEETS)
QUOTAS = Query(Nothing, views=("quotas", "rules", "assumptions", "not_covered"))


def router(service: Service, prices: Catalogue) -> Routes:
    """Make the routes of one service."""
    over_hours = (hours.tell, hours.tell_sent) if service.hourly else ()
    handlers = [
        make(service, prices)
        for make in (
            estimates.estimate,
            estimates.estimate_batch,
            axes.compare,
            axes.compare_sent,
            axes.project,
            axes.project_sent,
            *over_hours,
            list_prices,
            list_quotas,
            template,
        )
    ]
    return Routes(f"/v1/{service.key}", tags=[service.name], route_handlers=handlers)


def list_prices(service: Service, prices: Catalogue) -> HTTPRouteHandler:
    """Route the list of a service's prices; a long one is made once for all who ask for it."""
    narrowed = Query(price_requests.price_query(service), views=("prices",))
    price_lists = delivery.Once()
    operation = Operation(
        f"list_{service.key}_prices",
        f"List the {service.name} prices with their sources",
        catalogue.PriceList,
        query=narrowed,
        statuses=ASKED,
    )

    @reading("/prices", operation)
    async def list_prices(request: Call) -> Answer:
        query, presentation = presentations.asked(request, narrowed)
        table = prices.listed.table(service.key)
        if found := price_requests.price_faults(query, table):
            raise problems.refused(found, "not-computable")
        page = query.limit or (None if presentations.is_flat(presentation) else price_requests.PAGE)
        size = work.size_as(presentation.format, catalogue.size(query, table, page))
        made = partial(_prices, service, prices, query, page, presentation)
        listed = partial(work.done, request, size, made)
        if size <= work.LIGHT_SIZE:
            return await listed()
        named = repr((query, structs.replace(presentation, cache_buster=UNSET)))
        return await price_lists.answer(named, listed)

    return list_prices


def _prices(
    service: Service,
    prices: Catalogue,
    query: Any,
    page: float | None,
    presentation: Presentation,
) -> Answer:
    with refusing(in_query):
        listed = catalogue.prices(service, query, prices, page)
    tables: Tables = {"prices": lambda: [catalogue.table_of_prices(listed)]}
    answer = answering.answer(presentation, lambda: listed, tables)
    return structs.replace(answer, etag=delivery.tag(answer.body))


def list_quotas(service: Service, prices: Catalogue) -> HTTPRouteHandler:
    """Route the list of a service's quotas, rules, assumptions and what is not covered."""
    operation = Operation(
        f"list_{service.key}_quotas",
        f"List the {service.name} quotas, rules, assumptions and what is not covered, with sources",
        catalogue.QuotaList,
        query=QUOTAS,
        statuses=ASKED,
    )

    @reading("/quotas", operation)
    async def list_quotas(request: Call) -> Answer:
        _, presentation = presentations.asked(request, QUOTAS)
        listed = catalogue.quotas(service, prices.table(service.key))
        return answering.answer(presentation, lambda: listed, _quota_tables(listed))

    return list_quotas


def _quota_tables(listed: catalogue.QuotaList) -> Tables:
    """Return a table for each: quotas, rules, assumptions and what is not covered."""
    kinds: Sequence[Any] = (
        catalogue.QuotaEntry,
        catalogue.RuleEntry,
        catalogue.AssumptionEntry,
        catalogue.NotCoveredEntry,
    )

    def made(name: str, kind: Any) -> list[Table]:
        return [catalogue.table_of_quotas(name, kind, getattr(listed, name))]

    return {name: partial(made, name, kind) for name, kind in zip(QUOTAS.views, kinds, strict=True)}


def template(service: Service, prices: Catalogue) -> HTTPRouteHandler:
    """Route the sheet to fill in."""
    filled_in: dict[str, Callable[[], Form]] = {
        "estimates": lambda: service,
        "comparison": partial(axes.comparison_form, service, prices),
        "projection": partial(axes.projection_form, service, prices),
        "hours": partial(hours.hours_form, service, prices),
    }
    asking = TEMPLATE_WITH_HOURS if service.hourly else TEMPLATE
    operation = Operation(
        f"get_{service.key}_template",
        f"Give a sheet of {service.name} workloads to fill in, with an example",
        None,
        query=asking,
        statuses=ASKED,
    )

    @reading("/template", operation)
    async def template(request: Call) -> Answer:
        query, presentation = presentations.asked(request, asking)
        form = filled_in[query.purpose]()
        if presentation.format == "xlsx":
            make = partial(forms.plain_workbook, form, "workloads", prices.table(service.key).first)
            if query.purpose == "estimates":
                make = partial(forms.workbook, service, delivery.base(request), prices)
            made = await work.done(request, forms.SIZE, make)
            return Answer(made, media.FORMATS["xlsx"])
        table = forms.table(form)
        return answering.answer(presentation, lambda: None, {table.name: lambda: [table]})

    return template
