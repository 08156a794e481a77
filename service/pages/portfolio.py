"""The page of a portfolio: rows of a sheet, pasted or in a file, on one bill and over months.

Where the rows fit, they are part of the page's address; so it can be kept and sent.
"""

import csv
import io
from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any, BinaryIO
from urllib.parse import urlencode

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.status_codes import HTTP_200_OK, HTTP_303_SEE_OTHER
from msgspec import Meta, Struct

from pricing.quantities import about
from service.formats import media
from service.formats.spools import spool
from service.http import access, delivery
from service.pages import asking, charts, forms, rendering, uploads
from service.pages.asking import Pairs
from service.problems import ProblemError, Violation
from service.requests import queries
from service.requests.projections import Calendar, FixedPrices, Months
from service.routes.operation import Call

ESTIMATE, PROJECTION = "/v1/portfolios/estimate", "/v1/portfolios/projection"
LONGEST_ADDRESS = 8 * 1024
"""Bytes of a query that browsers and proxies pass on."""
MOST_LISTED = 200
"""Workloads that the page lists; those of more are downloaded."""
MOST_DRAWN = 5_000
"""Workload-months whose charges are asked for, to be drawn by service."""
SHOWN = ("service", "name", "group", "region", "monthly_cost", "worst_finding_status")
"""What the page shows of each workload."""
DOWNLOADS = ("csv", "xlsx")
EXAMPLES = ("dynamodb", "kinesis", "s3")
"""The services of the example."""


class Asked(Struct, frozen=True):
    """What is asked of a portfolio beside its rows."""

    free_tier: Annotated[bool, about("Take AWS's free allowances off, once for the account.")] = (
        False
    )
    start: Annotated[str, about("First month of a projection, as 2026-01; none if empty.")] = ""
    months: Months = 12.0
    growth: Annotated[
        Annotated[str, Meta(max_length=1500)],
        about("How fields grow, as `storage_gb:ingest:100,s3.monthly_put_requests:rate:0.05`."),
    ] = ""
    calendar: Calendar = False
    fixed_prices: FixedPrices = False


def routes() -> list[HTTPRouteHandler]:
    """Make the routes of the page."""

    @get("/plan/portfolio", include_in_schema=False)
    async def shown(request: Call) -> Response[Any]:
        try:
            access.admit(request)
            query = request.scope["query_string"]
            given = queries.pairs_of(query) if query else []
        except ProblemError as error:
            return await rendering.refused(request, error)
        pairs = [(name, value) for name, value in given if value.strip()]
        if pairs != given:
            return rendering.moved(request, pairs)
        with spool() as sheet:
            rows = dict(pairs).get("workloads", "")
            sheet.write(rows.encode())
            said = [pair for pair in pairs if pair[0] != "workloads"]
            return await _page(request, said, sheet, media.FORMATS["csv"], rows)

    @post(
        "/plan/portfolio",
        status_code=HTTP_200_OK,
        include_in_schema=False,
        request_max_body_size=None,  # the form is received within its own limit
    )
    async def posted(request: Call) -> Response[Any]:
        try:
            access.admit(request)
            async with uploads.received(request) as form:
                return await _sent(request, form)
        except ProblemError as error:
            return await rendering.refused(request, error)

    return [shown, posted]


async def _sent(request: Call, form: uploads.Sent) -> Response[Any]:
    """Answer a form: by a file, by an address that holds its rows, or by the page."""
    said = [(name, value.strip()) for name, value in form.pairs if value.strip()]
    word = dict(said).get("download", "")
    said = [pair for pair in said if pair[0] != "download"]
    if word in DOWNLOADS:
        return await _download(request, said, form, word)
    rows = ""
    if not form.is_file:
        rows = form.sheet.read().decode(errors="replace")
        if len(query := urlencode([*said, ("workloads", rows)])) <= LONGEST_ADDRESS:
            headers = {"Location": f"portfolio?{query}", "Cache-Control": "no-store"}
            return Response(b"", status_code=HTTP_303_SEE_OTHER, headers=headers)
    return await _page(request, said, form.sheet, form.media_type, rows)


async def _download(request: Call, said: Pairs, form: uploads.Sent, word: str) -> Response[Any]:
    """Answer with every workload, as the API gives them."""
    route = asking.routes(request.app, "POST")[ESTIMATE]
    answer = await asking.sent(request, route, _of_bill(said), form.sheet, form.media_type, word)
    response = await delivery.sent(answer)
    response.headers["Content-Disposition"] = f'attachment; filename="portfolio.{word}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _of_bill(said: Pairs) -> list[tuple[str, str]]:
    return [pair for pair in said if pair[0] == "free_tier"]


async def _page(
    request: Call, said: Pairs, sheet: BinaryIO, media_type: str, rows: str
) -> Response[Any]:
    """Show the form and, where there are rows, their bill or what is wrong with them."""
    answer, problem = None, None
    if sheet.seek(0, io.SEEK_END):
        try:
            answer = await _answered(request, said, sheet, media_type)
        except ProblemError as error:
            scope: Any = request.scope
            scope["problem"], problem = error.kind.slug, error
    shown = partial(_context, said, rows, answer, problem, await _example(request))
    status = problem.kind.status if problem else HTTP_200_OK
    return await rendering.page(request, "portfolio.html", shown, status)


def _context(
    said: Pairs,
    rows: str,
    answer: dict[str, Any] | None,
    problem: ProblemError | None,
    example: str,
) -> dict[str, Any]:
    """Return what the page shows."""
    found = problem.errors if problem else []
    faults = forms.by_field(found)
    inputs = {
        one.name: forms.field_input(one, dict(said), faults) for one in forms.described(Asked)
    }
    return {
        "inputs": inputs,
        "rows": rows,
        "answer": answer,
        "problem": problem,
        "faults": [_fault(one, inputs) for one in found],
        "example": example,
    }


def _fault(one: Violation, inputs: dict[str, forms.Input]) -> forms.Fault:
    """Return a fault with the input where it stands: one of its own, or that of the rows."""
    named = inputs.get(str(one.parameter or ""))
    if named:
        return forms.Fault(one.detail, named.label, named.key)
    return forms.Fault(one.detail, "Rows", "f-workloads")


async def _answered(request: Call, said: Pairs, sheet: BinaryIO, media_type: str) -> dict[str, Any]:
    """Return the totals of a sheet's workloads, the workloads if they are few, and the months."""
    routes = asking.routes(request.app, "POST")

    async def asked(path: str, view: str, pairs: Pairs) -> list[dict[str, Any]]:
        route = routes[path]
        return await asking.records(request, route, [*pairs, ("view", view)], sheet, media_type)

    own = _of_bill(said)
    totals = await asked(ESTIMATE, "totals", own)
    count = totals[0]["workloads"]
    few = await asked(ESTIMATE, "workloads", own) if count <= MOST_LISTED else []
    told: dict[str, Any] = {
        "whole": totals[0],
        "by": {
            word: [one for one in totals if one["by"] == word and one["key"]]
            for word in ("service", "group", "region", "account")
        },
        "workloads": [{name: one.get(name) for name in SHOWN} for one in few],
        "months": [],
        "milestones": [],
        "chart": None,
    }
    if "start" in dict(said):
        told["months"] = await asked(PROJECTION, "months", said)
        told["milestones"] = await asked(PROJECTION, "milestones", said)
        drawn = count * len(told["months"]) <= MOST_DRAWN
        charges = await asked(PROJECTION, "charges", said) if drawn else []
        told["chart"] = charts.months(_stacked(charges) or _unstacked(told["months"]))
    return told


def _stacked(charges: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what to draw of charges: for each month and service a bar."""
    sums: dict[tuple[str, str], float] = {}
    for one in charges:
        place = str(one["time"])[:7], str(one["service"])
        sums[place] = sums.get(place, 0.0) + (one["list_cost"] or 0.0)
    return [{"month": month, "of": of, "cost": cost} for (month, of), cost in sums.items()]


def _unstacked(months: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {"month": str(one["time"])[:7], "of": "all services", "cost": one["monthly_cost"]}
        for one in months
    ]


async def _example(request: Call) -> str:
    """Return the query of a few workloads, as the template of the API has them."""
    route = asking.routes(request.app)["/v1/portfolios/template"]
    told = await asking.asked(request, route, [("services", ",".join(EXAMPLES))], "csv")
    rows = list(csv.reader(io.StringIO(told.decode())))
    columns = [column for column in zip(*rows, strict=True) if any(column[1:])]
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows(zip(*columns, strict=True))
    start = asking.routes(request.app, "POST")[PROJECTION].operation.example["start"]
    over = {"start": start, "growth": "storage_gb:rate:0.05"}
    return urlencode({"workloads": written.getvalue()} | over)
