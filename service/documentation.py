"""The contract, and a page to try it."""

import mimetypes
from asyncio import shield, wrap_future
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

from litestar import MediaType, Response, get
from litestar.exceptions import NotFoundException

from service import contract
from service.http import delivery, safety
from service.http.answering import Answer
from service.requests import queries
from service.routes.operation import Call, Nothing, Routes

SWAGGER_UI = Path(str(cast("ModuleSpec", find_spec("swagger_ui")).origin)).parent
"""The package of the page that documents the routes; only its files are needed, so none is run."""
ASSETS = {path.name: path for path in (SWAGGER_UI / "static").iterdir()}
"""The files of that page, by name."""
SCRIPT = """
SwaggerUIBundle({url: "/openapi.json", dom_id: "#docs", deepLinking: true, validatorUrl: null})
"""
DOCS = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Storecast</title>
<link rel="stylesheet" href="/docs/assets/swagger-ui.css">
<link rel="icon" href="/docs/assets/favicon-32x32.png">
</head>
<body>
<div id="docs"></div>
<script src="/docs/assets/swagger-ui-bundle.js"></script>
<script>{SCRIPT}</script>
</body>
</html>
"""


def router() -> Routes:
    """Serve the contract and a page to try it, with nothing loaded from elsewhere."""
    writer = ThreadPoolExecutor(1)

    @cache
    def written(app: Any) -> Future[Answer]:
        """Write the contract once, in a thread that other work does not need."""
        return writer.submit(_contract, app)

    @get("/openapi.json")
    async def openapi(request: Call) -> Response[bytes]:
        queries.decode_query(request.scope["query_string"], Nothing)
        answer = await shield(wrap_future(written(request.app)))
        return delivery.respond(request, answer)

    @get(safety.PAGE)
    async def docs(request: Call) -> Response[bytes]:
        queries.decode_query(request.scope["query_string"], Nothing)
        page = delivery.respond(request, Answer(DOCS.encode(), MediaType.HTML))
        page.headers["Content-Security-Policy"] = safety.page(SCRIPT)
        return page

    @get("/docs/assets/{name:str}")
    async def assets(request: Call) -> Response[bytes]:
        path = ASSETS.get(request.path_params["name"])
        if path is None:
            raise NotFoundException
        kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
        return delivery.respond(request, Answer(path.read_bytes(), kind))

    return Routes("/", route_handlers=[openapi, docs, assets])


def _contract(app: Any) -> Answer:
    body = contract.to_bytes(app.openapi_schema)
    return Answer(body, MediaType.JSON, etag=delivery.tag(body))
