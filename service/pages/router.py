"""The pages: which address shows which answer. An address says what the API's own query says."""

from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import urlencode

from litestar import Response, get
from litestar.status_codes import HTTP_200_OK

from pricing.catalogue import Catalogue
from pricing.model import Form, registry
from pricing.question import registry as questions
from service.answers import catalogue
from service.http import access, delivery
from service.pages import asking, forms, portfolio, rendering, views
from service.pages.asking import Pairs, Route
from service.problems import ProblemError
from service.requests import queries
from service.routes.operation import Call, Nothing, Routes

TABS = {
    "estimate": "Estimate",
    "comparison": "Alternatives",
    "projection": "Months",
    "hours": "Hours",
}
"""The pages of a service, by the last part of the API's path."""
QUESTION = "question"
MORE: dict[str, list[tuple[str, str]]] = {"projection": [("view", "all")]}
"""What a page asks beside its query."""


def router(prices: Catalogue) -> Routes:
    """Make the pages."""

    @get("/", include_in_schema=False)
    async def index(request: Call) -> Response[bytes]:
        """Show the services and questions that there are."""
        queries.decode_query(request.scope["query_string"], Nothing)
        return await rendering.page(request, "index.html", partial(_listed, request, prices))

    @get("/plan/{key:str}", include_in_schema=False)
    async def estimate(request: Call) -> Response[bytes]:
        return await _planned(request, prices, "estimate")

    @get("/plan/{key:str}/{leaf:str}", include_in_schema=False)
    async def over(request: Call) -> Response[bytes]:
        return await _planned(request, prices, request.path_params["leaf"])

    @get("/plan/questions/{key:str}", include_in_schema=False)
    async def ask(request: Call) -> Response[bytes]:
        key = request.path_params["key"]
        form = questions().get(key)
        return await _shown(request, prices, form, f"/v1/questions/{key}", QUESTION)

    @get("/static/{version:str}/{name:path}", include_in_schema=False)
    async def static(request: Call) -> Response[bytes]:
        return rendering.static(request)

    return Routes("/", route_handlers=[index, estimate, over, ask, static, *portfolio.routes()])


def _listed(request: Call, prices: Catalogue) -> dict[str, Any]:
    """Return the services by category, each entered with its example, and the questions."""
    routes = asking.routes(request.app)
    kinds: dict[str, list[Any]] = {}
    for one in catalogue.summaries(prices).services:
        service = registry()[one.key]
        start = urlencode(forms.start(service, routes[f"/v1/{one.key}/estimate"], {}))
        kinds.setdefault(service.category, []).append((one, forms.subject(service), start))
    asked = [
        (one, urlencode(forms.start(one, routes[f"/v1/questions/{one.key}"], {})))
        for one in questions().values()
    ]
    return {"kinds": kinds, "questions": asked}


async def _planned(request: Call, prices: Catalogue, leaf: str) -> Response[bytes]:
    """Show a page of a service."""
    key = request.path_params["key"]
    return await _shown(request, prices, registry().get(key), f"/v1/{key}/{leaf}", leaf)


async def _shown(
    request: Call, prices: Catalogue, form: Form | None, path: str, leaf: str
) -> Response[bytes]:
    """Show the form of a route and, where anything is asked, the answer or what is wrong."""
    try:
        access.admit(request)
        route = asking.routes(request.app).get(path)
        if form is None or route is None or leaf not in views.VIEWS:
            raise ProblemError("not-found", "there is no such page; the first page lists them")
        query = request.scope["query_string"]
        sent = queries.pairs_of(query) if query else []
    except ProblemError as error:
        return await rendering.refused(request, error)
    pairs = forms.canonical(sent, form)
    if pairs != sent:
        return rendering.moved(request, pairs)
    body, problem = await _told(request, route, [*pairs, *MORE.get(leaf, [])] if pairs else [])
    shown = partial(_context, request, prices, form, route, leaf, pairs, body, problem)
    status = problem.kind.status if problem else HTTP_200_OK
    return await rendering.page(request, f"{leaf}.html", shown, status)


async def _told(request: Call, route: Route, pairs: Pairs) -> tuple[bytes, ProblemError | None]:
    """Return what a route answers, or why it does not; nothing where nothing is asked."""
    try:
        return (await asking.asked(request, route, pairs) if pairs else b""), None
    except ProblemError as error:
        scope: Any = request.scope
        scope["problem"] = error.kind.slug
        return b"", error


def _context(
    request: Call,
    prices: Catalogue,
    form: Form,
    route: Route,
    leaf: str,
    pairs: Pairs,
    body: bytes,
    problem: ProblemError | None,
) -> dict[str, Any]:
    """Return what the page of a form shows."""
    service = registry().get(form.key) if forms.is_service(form) else None
    described = prices.table(service.key).description if service else None
    assumed = tuple(described.assumptions) if described else ()
    found = problem.errors if problem else []
    groups = forms.groups(form, route, pairs, found, assumed)
    query, answer = urlencode(pairs), asking.read(route, body) if body else None
    address = f"{delivery.base(request)}{route.path}"
    further = "".join(f"&{name}={value}" for name, value in MORE.get(leaf, []))
    told = dict(pairs)
    return {
        "problem": problem,
        "answer": answer,
        "form": form,
        "service": service,
        "description": described,
        "leaf": leaf,
        "groups": groups,
        "faults": forms.faults(found, groups),
        "tabs": _tabs(request, form, leaf, pairs) if service else [],
        "asked": forms.asked(form, pairs),
        "query": query,
        "api": f"{route.path[1:]}",
        "sweep": forms.swept(form, dict(pairs)),
        "example": urlencode(forms.start(form, route, {})),
        "address": address,
        "quoted": lambda field: rendering.formula(f"{address}.txt?{query}{further}&field={field}"),
        "day": told.get("price_date", ""),
        "sources": _sources(service, told),
        "not_covered": {one.name: one for one in _not_covered(prices, service)},
        **(views.VIEWS[leaf](form, answer) if body else {}),
    }


def _sources(service: Any, told: Mapping[str, str]) -> str:
    """Return where the dates and sources of the prices of a page are."""
    if service is None:
        return "v1/catalog"
    named = {name: told[name] for name in ("region", "price_date") if name in told}
    return f"v1/{service.key}/prices?{urlencode(named)}"


def _not_covered(prices: Catalogue, service: Any) -> list[Any]:
    return catalogue.not_covered(prices.table(service.key)) if service else []


def _tabs(request: Call, form: Form, leaf: str, pairs: Pairs) -> list[tuple[str, str, bool]]:
    """Return the pages of a service, each entered with the workload of this one."""
    tabs, routes = [], asking.routes(request.app)
    for one, title in TABS.items():
        route = routes.get(f"/v1/{form.key}/{one}")
        if route:
            last = "" if one == "estimate" else f"/{one}"
            start = urlencode(forms.start(form, route, dict(pairs)))
            tabs.append((title, f"plan/{form.key}{last}?{start}", one == leaf))
    return tabs
