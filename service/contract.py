"""The OpenAPI document, from the operations that the handlers declare and msgspec's schemas.

The document that is served and the committed ``openapi/openapi.json`` are the same bytes; the
``litestar`` command exports the same document with its own indentation.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib.metadata import version
from importlib.resources import files
from typing import Any

import msgspec
from litestar import Litestar
from litestar.openapi.spec import Info, OpenAPI
from litestar.routes import HTTPRoute

from pricing.model import Service, WorkloadFields, registry
from service import components, meanings, problems
from service.formats import media
from service.problems import PROBLEM_JSON, Problem
from service.requests import presentation
from service.routes.operation import Operation

REF = "#/components/schemas/{name}"
RECORDS = {
    "title": "Records",
    "description": "Flat records: of each, a text, a number, a truth or null for each column.",
    "type": "array",
    "items": {
        "type": "object",
        "additionalProperties": True,
    },
}
TEXTUAL: dict[str, Any] = {
    title: {"title": title, "description": description, **kind}
    for title, description, kind in (
        ("CSV", "A header, and a line for each record.", {"type": "string"}),
        (
            "Workbook",
            "A workbook whose first sheet holds the records.",
            {"type": "string", "format": "binary"},
        ),
        ("XML", "`rows`, with a `row` for each record.", {"type": "string"}),
        ("Number", "The number that `field` names.", {"type": "string"}),
        ("Arrow", "A stream of record batches.", {"type": "string", "format": "binary"}),
    )
}
"""The schemas of the formats that are no documents."""
IN_FORMAT = {
    "csv": "CSV",
    "xlsx": "Workbook",
    "xml": "XML",
    "txt": "Number",
    "arrow": "Arrow",
}
"""The schema of each of these formats."""
SENT: dict[str, Any] = {
    word: {"type": "string", "format": "binary", "description": description}
    for word, description in {
        "msgpack": "The same document as in JSON, encoded as MessagePack.",
        "csv": "The header of the template, and a line a workload.",
        "xlsx": "A workbook whose sheet `workloads` (else the first) is as in the template.",
        "arrow": "A stream of record batches with the template's columns.",
    }.items()
}
"""The formats of a body that a client sends as a file; no generator encodes them."""
DESCRIPTION = """Works out the capacity that AWS data services need for a demand, and what it costs.

Send what a workload asks of a service; get the capacity it needs, the bill it makes from dated AWS
list prices [USD, before tax], and the quotas it runs into. GB is 2^30 bytes and a month 730 hours
unless told otherwise. A price that is not known never counts as zero: its charge is `unpriced`.

Answers may gain members and words; `x-extensible-enum` lists the words that there are today. What a
request may say is complete, and what it leaves out has the default named. The examples are true
answers, shortened: each list to its first entry.
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
    },
    "ETag": {
        "description": "Send it as `If-None-Match` to be answered 304.",
        "schema": {"type": "string"},
    },
    "Cache-Control": {
        "description": "How long the answer may be kept.",
        "schema": {"type": "string"},
    },
}
READ_HEADERS = {name: {"$ref": f"#/components/headers/{name}"} for name in HEADERS}
EXAMPLES = msgspec.json.decode(files("service").joinpath("examples.json").read_bytes())
"""Of each operation a true answer, shortened; `make contract` asks for them."""
FEW = 12
"""Words that an open enumeration lists; more are listed elsewhere."""
JSON_TYPES = {str: "string", int: "integer"}
"""The types of what an enumeration lists."""
DEEP = re.compile(rb"\n(?: {6,}| {5}(?=[\]}]))")
"""Finds the line ends within a member of a schema or of an operation: each member is a line."""
POST_HEADERS = {"Catalog-Version": READ_HEADERS["Catalog-Version"]}


@dataclass
class Document(OpenAPI):
    """Litestar's OpenAPI object, whose content is ours."""

    content: dict[str, Any] = field(default_factory=dict)

    def to_schema(self) -> dict[str, Any]:
        """Return the document as plain dicts."""
        return self.content


def document(app: Litestar) -> Document:
    """Build the document of an app."""
    every = list(operations(app))
    kinds = dict.fromkeys(
        kind
        for *_, operation in every
        for kind in (*_answers(operation), *([operation.body()] if operation.body else ()))
    )
    schemas = _schemas([*kinds, Problem]) | {"Records": RECORDS, **TEXTUAL}
    _share_workloads(schemas)
    _describe_varied(schemas)
    sent = components.reached(
        [REF.format(name=one.body().__name__) for *_, one in every if one.body], schemas
    )
    for name in schemas.keys() - sent:
        _open_enumerations(schemas[name])
    _describe_columns(schemas)
    _describe_members(schemas)
    schemas |= dict(_list_of(record) for *_, one in every for record in one.records)
    schemas |= dict(_named_answers(operation) for *_, operation in every)
    paths: dict[str, dict[str, Any]] = {}
    for path, method, tags, operation in every:
        paths.setdefault(path, {})[method] = _operation(operation, path, method, tags)
    components.share_enumerations(schemas, paths)
    parts = {
        "schemas": schemas,
        "parameters": components.shared_parameters(paths),
        "responses": _shared_responses(),
        "headers": HEADERS,
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
        "components": _reachable(paths, parts) | {"securitySchemes": SECURITY},
    }
    return Document(info=Info("Storecast", version("storecast")), servers=[], content=content)


def to_bytes(document: OpenAPI) -> bytes:
    """Encode the document for people who read its diff: a member of a schema is a line.

    One space a level is enough for them; two would be a fifth of the document.
    """
    written = msgspec.json.format(msgspec.json.encode(document.to_schema()), indent=1)
    return DEEP.sub(b"", written)


def _share_workloads(schemas: dict[str, Any]) -> None:
    """Describe the fields of workloads once: those of every service, and a service's own.

    Workloads, alone or in a portfolio, are composed of them. What is composed is closed by
    `unevaluatedProperties`, which knows the members of all parts.
    """
    common = _schemas([WorkloadFields])["WorkloadFields"]
    schemas["WorkloadFields"] = _fields("WorkloadFields", common, common["properties"])
    for service in registry().values():
        name = service.workload.__name__
        workload, member = schemas[name], schemas[f"Portfolio{name}"]
        fields = f"{name.removesuffix('Workload')}Fields"
        own = [field for field in workload["properties"] if field not in common["properties"]]
        schemas[fields] = _fields(fields, workload, own)
        schemas[fields]["description"] += _exclusive(service)
        parts = [{"$ref": REF.format(name=part)} for part in ("WorkloadFields", fields)]
        schemas[name] = _composed(workload, parts)
        tag = _fields(None, member, ["service"])
        tag["properties"]["service"]["description"] = f"The workload is of {service.name}."
        schemas[f"Portfolio{name}"] = _composed(member, [*parts, tag])


def _exclusive(service: Service) -> str:
    """Return a sentence on which numbers of a workload exclude each other."""
    return "".join(
        f" At least one of `{'`, `'.join(fields)}` is 0: {remedy}."
        for fields, remedy in service.exclusive
    )


def _describe_varied(schemas: dict[str, Any]) -> None:
    """Describe the varied fields of a comparison by reference: its workload has the same fields.

    That a word may stand for every value is no part of the schema: few generators can tell a word
    from a list, and an empty list says the same.
    """
    for service in registry().values():
        for name, varied in schemas[f"{service.prefix}VaryRequest"]["properties"].items():
            varied |= varied.pop("anyOf", [{}])[0]
            for node in components.nodes(varied):
                node.pop("description", None)
            varied["description"] = f"Values of `{name}`."


def _open_enumerations(schema: Any) -> None:
    """Describe the words of an answer as those there are today; a later release may add some."""
    for node in components.nodes(schema):
        words = node.pop("enum", None)
        if words and len(words) <= FEW:
            node["x-extensible-enum"] = words


def _describe_columns(schemas: dict[str, Any]) -> None:
    """Describe the lists of an answer in columns by what each of their entries means."""
    for name, schema in schemas.items():
        if name.endswith("Columns"):
            for column in schema["properties"].values():
                if meaning := column.get("items", {}).pop("description", ""):
                    column["description"] = meaning


def _describe_members(schemas: dict[str, Any]) -> None:
    """Describe the members that their types do not describe."""
    for schema in schemas.values():
        for name, member in schema.get("properties", {}).items():
            member.setdefault("description", meanings.MEMBERS.get(name, ""))


def _named_answers(operation: Operation) -> tuple[str, Any]:
    """Return the name and the schema of an operation's answer, which may have several forms.

    What is told apart by its shape is `oneOf`; an empty list of records may be of any kind.
    """
    lists = [_list_of(record)[0] for record in operation.records]
    names = [*lists, *(kind.__name__ for kind in _answers(operation)[len(lists) :])]
    if operation.query.views:
        names.append("Records")
    kinds = [{"$ref": REF.format(name=name)} for name in names]
    if len(kinds) < 2:
        return "", {}
    name = f"{operation.answer.__name__.removesuffix('Answer')}Response"
    described = {"title": name, "description": "The answer, in the form that is asked for."}
    return name, described | {"anyOf" if operation.records else "oneOf": kinds}


def _list_of(record: Any) -> tuple[str, Any]:
    """Return the name and the schema of a list of records; some generators have no nameless one."""
    name = f"{record.__name__}s"
    items = {"$ref": REF.format(name=record.__name__)}
    return name, {"title": name, "description": "A record each.", "type": "array", "items": items}


def _fields(title: str | None, schema: dict[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """Describe an object by some fields of a schema; it may have others."""
    titled = {"title": title, "description": schema["description"]} if title else {}
    return titled | {
        "type": "object",
        "properties": {name: schema["properties"][name] for name in names},
        "required": [name for name in schema["required"] if name in names],
    }


def _composed(schema: dict[str, Any], parts: list[dict[str, Any]]) -> dict[str, Any]:
    """Describe a schema's object, which has the fields of all parts and no others."""
    described = {key: schema[key] for key in ("title", "description", "type")}
    return described | {"allOf": parts, "unevaluatedProperties": False}


def _schemas(kinds: Iterable[Any]) -> dict[str, Any]:
    """Describe types by name, in a way that every generator of clients reads alike.

    A union that is told apart by a member is `oneOf`, words have a type, and numbers a format,
    without which some languages halve their digits. The default of a day is left out: it moves with
    the tables, so no client may keep it.
    """
    _, schemas = msgspec.json.schema_components(kinds, ref_template=REF)
    for node in components.nodes(schemas):
        if "discriminator" in node:
            node["oneOf"] = node.pop("anyOf")
        if "enum" in node:
            node["type"] = JSON_TYPES[type(node["enum"][0])]
            if len(node["enum"]) == 1:
                (node["const"],) = node.pop("enum")
        if node.get("type") == "number":
            node["format"] = "double"
        if node.get("format") == "date":
            node.pop("default", None)
    return schemas


def operations(app: Litestar) -> Iterable[tuple[str, str, list[str], Operation]]:
    """Yield each operation with its path, its method and its tags."""
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
    tags["Questions"] = "Needs in; alternatives out, of any services, ranked by cost."
    tags["Catalogue"] = "What is there."
    tags["Operations"] = "For those who run the service."
    return [{"name": name, "description": text} for name, text in sorted(tags.items())]


def _operation(operation: Operation, path: str, method: str, tags: list[str]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "tags": tags,
        "summary": operation.summary,
        "description": meanings.OPERATIONS[f"{method} {_leaf(path)}"],
        "operationId": operation.id,
    }
    shown = [_path_parameter(name, words) for name, words in operation.path.items()]
    shown += _query_parameters(operation)
    described["parameters"] = shown
    if operation.body:
        content = _body_content(operation, operation.body().__name__)
        described["requestBody"] = {"required": True, "content": content}
    described["responses"] = _responses(operation, path, method)
    return described


def _leaf(path: str) -> str:
    """Return the last part of a path; the key of a question stands for all."""
    *_, parent, leaf = path.split("/")
    return "{question}" if parent == "questions" else leaf


def _path_parameter(name: str, words: tuple[str, ...]) -> dict[str, Any]:
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": "One of those listed.",
        "schema": {"type": "string", "enum": list(words)},
    }


def _query_parameters(operation: Operation) -> list[dict[str, Any]]:
    """Describe the parameters of a route's query: its own fields, and how to answer.

    Where there is a body, the example is the body's.
    """
    kind = presentation.parameters(operation.query)
    schema = _schemas([kind])[kind.__name__]
    example = {} if operation.body else operation.example or {}
    return [
        _query_parameter(name, described, required=name in schema["required"])
        | ({"example": _in_query(example[name])} if name in example else {})
        for name, described in schema["properties"].items()
    ]


def _in_query(value: Any) -> Any:
    """Return an example of a parameter; the members of an object are texts."""
    return {name: str(one) for name, one in value.items()} if isinstance(value, dict) else value


def _query_parameter(name: str, described: dict[str, Any], *, required: bool) -> dict[str, Any]:
    """Describe one parameter. It cannot be empty, so a field's empty text is left out.

    Each member of an object is a parameter of its own.
    """
    schema = dict(described)
    description = schema.pop("description", "")
    if schema.get("default") == "":
        del schema["default"]
    if "" in schema.get("enum", ()):
        schema["enum"] = [word for word in schema["enum"] if word]
    elif schema.get("type") == "string" and not {"format", "enum", "const"} & {*schema}:
        schema["minLength"] = 1
    exploded = {"style": "form", "explode": True} if schema.get("type") == "object" else {}
    return exploded | {
        "name": name,
        "in": "query",
        **({"required": True} if required else {}),
        "description": description,
        "schema": schema,
    }


def _responses(operation: Operation, path: str, method: str) -> dict[str, Any]:
    headers = READ_HEADERS if method == "get" else POST_HEADERS
    more: tuple[int, ...] = (401, 429, 503) if path.startswith("/v1/") else ()
    more += (206, 304, 416) if method == "get" else ()
    answer = {
        "description": "The answer",
        "headers": headers,
        "content": _answer_content(operation),
    }
    shared = {*operation.statuses, *more, 500}
    return {"200": answer} | {
        str(status): {"$ref": f"#/components/responses/{status}"} for status in sorted(shared)
    }


def _shared_responses() -> dict[str, Any]:
    """Describe the responses that are the same on every route, by their status."""
    titles: dict[int, list[str]] = {}
    for kind in problems.KINDS.values():
        titles.setdefault(kind.status, []).append(kind.title)
    refusals = {
        str(status): {
            "description": "; or: ".join(titles[status]),
            "headers": POST_HEADERS,
            "content": {PROBLEM_JSON: {"schema": {"$ref": REF.format(name="Problem")}}},
        }
        for status in titles
    }
    return refusals | {
        "206": {"description": "Of the answer, the bytes that `Range` asks for"},
        "304": {"description": "As the client has it", "headers": READ_HEADERS},
    }


def _answers(operation: Operation) -> tuple[Any, ...]:
    """Return the types that an answer may have: nested, as columns, as flat records."""
    whole = (operation.answer, operation.query.columns)
    return (*operation.records, *(kind for kind in whole if kind))


def _answer_content(operation: Operation) -> dict[str, Any]:
    """Describe an answer in each format, with an example of the usual one."""
    name, _ = _named_answers(operation)
    kinds = [kind.__name__ for kind in _answers(operation)]
    nested = {"$ref": REF.format(name=name or next(iter(kinds), ""))}
    textual = {word: {"$ref": REF.format(name=title)} for word, title in IN_FORMAT.items()}
    schemas = {"json": nested, "msgpack": nested, **textual}
    content: dict[str, Any] = {
        media.FORMATS[word]: {"schema": schemas[word]} for word in operation.query.offered
    }
    if operation.id in EXAMPLES:
        usual = media.FORMATS[operation.query.offered[0]]
        content[usual]["examples"] = {"first": {"value": EXAMPLES[operation.id]}}
    return content


def _body_content(operation: Operation, name: str) -> dict[str, Any]:
    """Describe a body in each format: a document, or the sheets that it may be instead."""
    document = {
        "schema": {"$ref": REF.format(name=name)},
        "examples": {"first": {"value": operation.example}},
    }
    files = ("msgpack", *operation.query.tables)
    return {media.JSON: document} | {media.FORMATS[word]: {"schema": SENT[word]} for word in files}


def _reachable(node: Any, parts: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Keep the components that a part of the document refers to, directly or through others."""
    found: set[tuple[str, str]] = set()
    waiting = [node]
    while waiting:
        for part in components.nodes(waiting.pop()):
            if "$ref" in part:
                kind, name = part["$ref"].split("/")[2:]
                if (kind, name) not in found:
                    found.add((kind, name))
                    waiting.append(parts[kind][name])
    return {
        kind: {name: named[name] for name in sorted(named) if (kind, name) in found}
        for kind, named in parts.items()
    }
