"""The OpenAPI document, from the operations that the handlers declare and msgspec's schemas.

The document that is served, the one the ``litestar`` command exports and the committed
``openapi/openapi.json`` are the same bytes.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from typing import Any

import msgspec
from litestar import Litestar
from litestar.openapi.spec import Info, OpenAPI
from litestar.routes import HTTPRoute
from msgspec import Struct

from pricing.model import registry
from service import presentation, problems, wire
from service.problems import PROBLEM_JSON, Problem
from service.projections import Projection
from service.routes import Operation

REF = "#/components/schemas/{name}"
RECORD = {
    "type": "object",
    "additionalProperties": {"type": ["string", "number", "boolean", "null"]},
}
"""A flat record: a cell for each column."""
TEXTUAL: dict[str, Any] = {
    "csv": {"type": "string", "description": "A header, and a line for each record."},
    "xlsx": {"type": "string", "format": "binary", "description": "A workbook of one sheet."},
    "xml": {"type": "string", "description": "`rows`, with a `row` for each record."},
    "txt": {"type": "string", "description": "The number that `field` names."},
}
"""The formats that are no documents of a schema."""
SENT: dict[str, Any] = {
    "csv": {"type": "string", "description": "The header of the template, and a line a workload."},
    "xlsx": {"type": "string", "format": "binary", "description": "The template's first sheet."},
}
"""The formats of a sheet of workloads."""
DESCRIPTION = """Cost and capacity of the AWS data and storage layer, from demand.

Send what a workload asks of a service; get the capacity it needs, the bill it makes from dated AWS
list prices [USD, before tax], and the quotas it meets. GB is 2^30 bytes and a month 730 hours
unless told otherwise. An unknown price is never zero: the charge is `unpriced`.
"""
SECURITY = {
    "ApiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    "Bearer": {"type": "http", "scheme": "bearer"},
}
"""How a client says who it is, where the operator asks for it."""
HEADERS = {
    "Catalog-Version": {
        "description": "State of all tables; the same version and release give the same answers.",
        "schema": {"type": "string"},
    }
}
READ_HEADERS = {
    **HEADERS,
    "ETag": {
        "description": "Send it as `If-None-Match` to be answered 304.",
        "schema": {"type": "string"},
    },
    "Cache-Control": {
        "description": "How long the answer may be kept.",
        "schema": {"type": "string"},
    },
}


@dataclass
class Document(OpenAPI):
    """Litestar's OpenAPI object, whose content is ours."""

    content: dict[str, Any] = field(default_factory=dict)

    def to_schema(self) -> dict[str, Any]:
        """Give the document as plain dicts."""
        return self.content


def document(app: Litestar) -> Document:
    """Build the document of an app."""
    operations = list(_operations(app))
    kinds = dict.fromkeys(
        kind
        for _, _, _, operation in operations
        for kind in (*_answers(operation), operation.body)
        if kind is not None
    )
    _, schemas = msgspec.json.schema_components([*kinds, Problem], ref_template=REF)
    paths: dict[str, dict[str, Any]] = {}
    for path, method, tags, operation in operations:
        paths.setdefault(path, {})[method] = _operation(operation, path, method, tags)
    components = {
        "schemas": schemas,
        "parameters": _common_parameters(),
        "responses": _refusals(),
    }
    content = {
        "openapi": "3.1.0",
        "info": {
            "title": "Storecast",
            "version": version("storecast"),
            "description": DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
            "contact": {"name": "The Storecast developers"},
        },
        "servers": [{"url": "/"}],
        "security": [{}, *({name: []} for name in SECURITY)],
        "tags": _tags(),
        "paths": paths,
        "components": _reachable(paths, components) | {"securitySchemes": SECURITY},
    }
    return Document(info=Info("Storecast", version("storecast")), servers=[], content=content)


def to_bytes(document: OpenAPI) -> bytes:
    """Encode the document as the ``litestar`` command does."""
    return msgspec.json.format(msgspec.json.encode(document.to_schema()), indent=4)


def _operations(app: Litestar) -> Iterable[tuple[str, str, list[str], Operation]]:
    for route in sorted(app.routes, key=lambda route: route.path_format):
        if isinstance(route, HTTPRoute):
            for method, (handler, _) in sorted(route.route_handler_map.items()):
                if operation := handler.opt.get("operation"):
                    tags = sorted(handler.resolve_tags() or ())
                    yield route.path_format, method.lower(), tags, operation


def _tags() -> list[dict[str, str]]:
    tags = {
        service.name: f"Estimates, prices and quotas of {service.name}."
        for service in registry().values()
    }
    tags["Portfolios"] = "Workloads of mixed services on one bill."
    tags["Catalogue"] = "What is there."
    tags["Operations"] = "For those who run the service."
    return [{"name": name, "description": text} for name, text in sorted(tags.items())]


def _operation(operation: Operation, path: str, method: str, tags: list[str]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "tags": tags,
        "summary": operation.summary,
        "operationId": operation.id,
    }
    shown = [_path_parameter(name, words) for name, words in operation.path.items()]
    shown += _query_parameters(operation)
    described["parameters"] = shown
    if operation.body is not None:
        described["requestBody"] = {
            "required": True,
            "content": _content(operation.body, operation.example) | _sheets(operation),
        }
    described["responses"] = _responses(operation, path, method)
    return described


def _path_parameter(name: str, words: tuple[str, ...]) -> dict[str, Any]:
    return {
        "name": name,
        "in": "path",
        "required": True,
        "schema": {"type": "string", "enum": list(words)},
    }


def _query_parameters(operation: Operation) -> list[dict[str, Any]]:
    """Describe a route's own parameters; those that are alike on every route stand once."""
    common = _common_parameters()
    return [
        {"$ref": f"#/components/parameters/{parameter['name']}"}
        if parameter == common.get(parameter["name"])
        else parameter
        for parameter in _parameters(presentation.parameters(operation.query), operation.example)
    ]


@cache
def _common_parameters() -> dict[str, Any]:
    """Describe the parameters that say how to answer."""
    listed = _parameters(presentation.Presentation, None)
    return {parameter["name"]: parameter for parameter in listed}


def _parameters(kind: type[Struct], example: Any) -> list[dict[str, Any]]:
    """Describe the members of a Struct as parameters of a query."""
    _, schemas = msgspec.json.schema_components([kind], ref_template=REF)
    schema = schemas[kind.__name__]
    shown = []
    for name, described in schema.get("properties", {}).items():
        parameter = {
            "name": name,
            "in": "query",
            "required": name in schema.get("required", ()),
            "description": described.get("description", ""),
            "schema": _query_schema(described),
        }
        if name in (example or {}):
            parameter["example"] = example[name]
        shown.append(parameter)
    return shown


def _query_schema(described: dict[str, Any]) -> dict[str, Any]:
    """Give a field's schema as a parameter has it: empty text is no value there."""
    schema = {key: value for key, value in described.items() if key != "description"}
    if schema.get("default") == "":
        del schema["default"]
    if "" in schema.get("enum", ()):
        schema["enum"] = [word for word in schema["enum"] if word]
    elif schema.get("type") == "string" and "format" not in schema:
        schema["minLength"] = 1
    return schema


def _responses(operation: Operation, path: str, method: str) -> dict[str, Any]:
    headers = READ_HEADERS if method == "get" else HEADERS
    more: tuple[int, ...] = (401, 503) if path.startswith("/v1/") else ()
    more += (416,) if method == "get" else ()
    responses: dict[str, Any] = {
        "200": {
            "description": "The answer",
            "headers": headers,
            "content": _answer_content(operation),
        }
    }
    if method == "get":
        responses["206"] = {"description": "Of the answer, the bytes that `Range` asks for"}
        responses["304"] = {"description": "As the client has it", "headers": headers}
    for status in sorted({*operation.statuses, *more, 500}):
        responses[str(status)] = {"$ref": f"#/components/responses/{status}"}
    return responses


def _refusals() -> dict[str, Any]:
    """Describe the problems of each status, once for all operations."""
    titles: dict[int, list[str]] = {}
    for kind in problems.KINDS.values():
        titles.setdefault(kind.status, []).append(kind.title)
    return {
        str(status): {
            "description": "; or: ".join(titles[status]),
            "headers": HEADERS,
            "content": {PROBLEM_JSON: {"schema": {"$ref": REF.format(name="Problem")}}},
        }
        for status in titles
    }


def _answers(operation: Operation) -> tuple[Any, ...]:
    """Give the types of an answer: one, or the records it may be a list of, or all of them."""
    if isinstance(operation.answer, tuple):
        return (*operation.answer, Projection)
    return tuple(kind for kind in (operation.answer, operation.query.columns) if kind)


def _answer_content(operation: Operation) -> dict[str, Any]:
    """Describe an answer in each format: nested or, where a view is asked for, as flat records."""
    kinds: list[Any] = [{"$ref": REF.format(name=kind.__name__)} for kind in _answers(operation)]
    if isinstance(operation.answer, tuple):
        *records, every = kinds
        kinds = [*({"type": "array", "items": record} for record in records), every]
    if operation.query.views:
        kinds.append({"type": "array", "items": RECORD})
    nested = kinds[0] if len(kinds) == 1 else {"anyOf": kinds}
    schemas = dict.fromkeys(("json", "msgpack"), nested) | TEXTUAL
    return {wire.FORMATS[word]: {"schema": schemas[word]} for word in operation.query.offered}


def _content(kind: Any, example: Any = None) -> dict[str, Any]:
    media: dict[str, Any] = {"schema": {"$ref": REF.format(name=kind.__name__)}}
    if example is not None:
        media["examples"] = {"first": {"value": example}}
    return dict.fromkeys(wire.MEDIA_TYPES, media)


def _sheets(operation: Operation) -> dict[str, Any]:
    """Describe the sheets that a body may be instead."""
    words = wire.SHEETS if operation.query.takes_sheets else ()
    return {wire.FORMATS[word]: {"schema": SENT[word]} for word in words}


def _reachable(node: Any, components: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Keep the components that a part of the document refers to, directly or through others."""
    found: set[tuple[str, str]] = set()
    waiting = [node]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            if "$ref" in part:
                kind, name = part["$ref"].split("/")[2:]
                if (kind, name) not in found:
                    found.add((kind, name))
                    waiting.append(components[kind][name])
            waiting.extend(part.values())
        elif isinstance(part, list):
            waiting.extend(part)
    return {
        kind: {name: named[name] for name in sorted(named) if (kind, name) in found}
        for kind, named in components.items()
    }
