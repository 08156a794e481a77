"""The page of a portfolio: rows of a sheet, pasted or in a file, on one bill and over months.

Where the rows fit, they are part of the page's address; so it can be kept and sent.
"""

import csv
import io
from collections.abc import Sequence
from datetime import date
from functools import partial
from typing import Annotated, Any, BinaryIO
from urllib.parse import urlencode

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.status_codes import HTTP_200_OK, HTTP_303_SEE_OTHER
from msgspec import Meta, Struct, structs

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
DOWNLOADS = ("json", "csv", "xlsx", "txt")
"""The formats in which the API's answer is given; ``txt`` is one number of it, a ``field``."""
OF_MONTHS = ("months", "milestones", "years")
"""The views of a projection that a portfolio is asked for; others are of its bill."""
LINKED = 50_000
"""Bytes of the addresses of numbers on a page; where they would be more, only totals have one."""
LONGEST_QUOTED = 2000
"""Characters of an address within a formula: Excel asks for no longer one."""
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
        about(
            "A number, such as `storage_gb`, grows wherever it is a field;"
            " `s3.storage_gb` is that of one service."
        ),
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
        pairs = _plain(given, _newest(request))
        if pairs != given:
            return rendering.moved(request, pairs)
        with spool() as sheet:
            rows = dict(pairs).get("workloads", "")
            sheet.write(rows.encode())
            sheet.seek(0)
            said = [pair for pair in pairs if pair[0] != "workloads"]
            sent = uploads.Sent(said, sheet, media.FORMATS["csv"], is_file=False)
            try:
                given_back = await _given_back(request, sent)
            except ProblemError as error:
                return await rendering.refused(request, error)
            return given_back or await _page(request, sent, rows)

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
    sent = structs.replace(form, pairs=_plain(form.pairs))
    if given_back := await _given_back(request, sent):
        return given_back
    rows = "" if form.is_file else form.sheet.read().decode(errors="replace")
    if query := _address(sent, _dated(rows, _newest(request))):
        headers = {"Location": f"portfolio?{query}", "Cache-Control": "no-store"}
        return Response(b"", status_code=HTTP_303_SEE_OTHER, headers=headers)
    return await _page(request, sent, rows)


def _plain(pairs: Pairs, day: date | None = None) -> list[tuple[str, str]]:
    """Return what is given as a query spells it: without what is empty, and parts composed.

    With a ``day``, it is that of the prices of rows that have none.
    """
    told = [(name, value) for name, value in pairs if value.strip()]
    plain = [
        (name, _dated(value, day) if day and name == "workloads" else value)
        for name, value in told
        if not name.startswith("growth.")
    ]
    return [*plain, *forms.composed(told)]


def _newest(request: Call) -> date:
    """Return the day of the newest prices, which rows have that give none."""
    newest: date = request.app.state.catalogue.listed.newest
    return newest


def _dated(rows: str, day: date) -> str:
    r"""Return a table with the day of its prices, so that its address says the same in a year.

    What has the column, or is no table of as many cells in every row, stays as it is.

    Examples
    --------
    >>> _dated("service\tregion\ns3\tus-east-1\n", date(2026, 1, 1))
    'service\tregion\tprice_date\ns3\tus-east-1\t2026-01-01\n'
    """
    mark = next((one for one in "\t;" if one in rows.partition("\n")[0]), ",")
    try:
        header, *table = filter(None, csv.reader(io.StringIO(rows), delimiter=mark))
    except (csv.Error, ValueError):
        return rows
    names = {name.strip().casefold() for name in header}
    if "service" not in names or "price_date" in names:
        return rows
    if any(len(row) != len(header) for row in table):
        return rows
    written = io.StringIO()
    lines = csv.writer(written, delimiter=mark, lineterminator="\n")
    lines.writerows([[*header, "price_date"], *([*row, day.isoformat()] for row in table)])
    return written.getvalue()


def _address(sent: uploads.Sent, rows: str) -> str:
    """Return the query of a page with its rows; nothing where they come from a file or are long."""
    query = urlencode([*sent.pairs, ("workloads", rows)])
    return query if rows and not sent.is_file and len(query) <= LONGEST_ADDRESS else ""


async def _given_back(request: Call, sent: uploads.Sent) -> Response[Any] | None:
    """Answer with what the API gives where a ``download`` is asked for, as ``months.csv``."""
    asked = dict(sent.pairs)
    view, _, word = asked.pop("download", "").rpartition(".")
    if word not in DOWNLOADS:
        return None
    path = PROJECTION if view in OF_MONTHS else ESTIMATE
    own = {name: value for name, value in asked.items() if name in (*_parameters(path), "field")}
    of_view = [("view", view)] if view and word != "txt" else []
    route = asking.routes(request.app, "POST")[path]
    answer = await asking.sent(
        request, route, [*own.items(), *of_view], sent.sheet, sent.media_type, word
    )
    response = await delivery.sent(answer)
    if word != "txt":
        name = f"{view or 'portfolio'}.{word}"
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _parameters(path: str) -> tuple[str, ...]:
    """Return which of the page's parameters a route takes."""
    return ("free_tier",) if path == ESTIMATE else Asked.__struct_fields__


def _of_bill(said: Pairs) -> list[tuple[str, str]]:
    return [pair for pair in said if pair[0] == "free_tier"]


async def _page(request: Call, sent: uploads.Sent, rows: str) -> Response[Any]:
    """Show the form and, where there are rows, their bill or what is wrong with them."""
    answer, problem = None, None
    if sent.sheet.seek(0, io.SEEK_END):
        try:
            answer = await _answered(request, sent.pairs, sent.sheet, sent.media_type)
        except ProblemError as error:
            scope: Any = request.scope
            scope["problem"], problem = error.kind.slug, error
    query, base = _address(sent, rows), delivery.base(request)
    shown = partial(_context, sent.pairs, rows, answer, problem, await _example(request))
    links = partial(_links, query, base, sent)
    status = problem.kind.status if problem else HTTP_200_OK
    return await rendering.page(request, "portfolio.html", lambda: shown() | links(), status)


def _links(query: str, base: str, sent: uploads.Sent) -> dict[str, Any]:
    """Return where a page's numbers are, if its address holds the rows, and how to ask by hand."""
    number = f"{base}/plan/portfolio?{query}&download=txt&field=monthly_cost"
    said = "".join(f"?{name}={value}" for name, value in _of_bill(sent.pairs))
    name = "xlsx" if sent.media_type == media.FORMATS["xlsx"] else "csv"
    return {
        "query": query,
        "linked": lambda numbers: query if len(query) * numbers <= LINKED else "",
        "quotes": rendering.formula(number) if query and len(number) <= LONGEST_QUOTED else "",
        "curl": f"curl -s -H 'Content-Type: {sent.media_type}' --data-binary @workloads.{name}"
        f" '{base}{ESTIMATE}{said}'",
    }


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
    by = {
        word: [one for one in totals if one["by"] == word]
        for word in ("service", "group", "region", "account")
    }
    told: dict[str, Any] = {
        "whole": totals[0],
        "by": {word: some if any(one["key"] for one in some) else [] for word, some in by.items()},
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
        sums[place] = sums.get(place, 0.0) + (one.get("contracted_cost", one["list_cost"]) or 0.0)
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
