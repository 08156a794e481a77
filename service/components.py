"""What the contract would say many times, said once: parameters and enumerations.

A part that stands more than once moves to the document's components, and a reference takes its
place. Components have the names that people would choose: those of the fields they describe.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import takewhile
from typing import Any

import msgspec

PARAMETER = "#/components/parameters/{}"
SCHEMA = "#/components/schemas/{}"
WORD = re.compile("[A-Z][A-Z0-9]+(?![a-z])|[A-Z][a-z0-9]*")
"""A word of a name such as ``DynamoDBWorkload``."""


def shared_parameters(paths: dict[str, Any]) -> dict[str, Any]:
    """Replace the parameters that stand more than once by references, and return them by name.

    A parameter of several services is called what it is called in the query; one of a single
    service has the service before it, as ``rds_iops``. Of several that services share, the less
    frequent have one of them before them, too.
    """
    places: dict[bytes, list[tuple[str, dict[str, Any]]]] = defaultdict(list)
    for path, parameter in _parameters(paths):
        owner = path.split("/")[2] if path.startswith("/v1/") else ""
        places[msgspec.json.encode(parameter)].append((owner, parameter))
    components: dict[str, Any] = {}
    for same in sorted(places.values(), key=len, reverse=True):
        owners, parameter = sorted({owner for owner, _ in same}), dict(same[0][1])
        names = [f"{owner}_{parameter['name']}" for owner in owners if owner]
        if len(names) != 1:
            names.insert(0, parameter["name"])
        name = next((one for one in names if one not in components), "")
        if len(same) > 1 and name:
            components[name] = parameter
            for _, repeated in same:
                repeated.clear()
                repeated["$ref"] = PARAMETER.format(name)
    return components


def share_enumerations(schemas: dict[str, Any], paths: dict[str, Any]) -> None:
    """Replace the enumerations that stand more than once by references to schemas of their own.

    An enumeration is called after the first field that has it. Before that stand the words with
    which the names of all schemas that hold it begin: ``RDSInstanceClass`` belongs to schemas of
    RDS only, ``Region`` to those of every service. Of two that would have the same name, the more
    frequent is shared and the other stays where it is.
    """
    places: dict[tuple[str, ...], list[tuple[str, str, dict[str, Any]]]] = defaultdict(list)
    for holder, field, described in [*_properties(schemas), *_queried(paths)]:
        for schema in nodes(described):
            if "enum" in schema and schema["type"] == "string":
                words = tuple(word for word in schema["enum"] if word)
                places[words].append((holder, field, schema))
    for words, same in sorted(places.items(), key=lambda place: len(place[1]), reverse=True):
        name = _named(same[0][1], [holder for holder, _, _ in same if holder])
        if len(same) > 1 and name not in schemas:
            schemas[name] = {"title": name, "type": "string", "enum": list(words)}
            for _, _, schema in same:
                _refer(schema, SCHEMA.format(name))


def _parameters(paths: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each parameter of the operations, after its path."""
    for path, methods in paths.items():
        for operation in methods.values():
            for parameter in operation["parameters"]:
                yield path, parameter


def _properties(schemas: dict[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """Yield each property of the schemas: the schema's name, its own name, and its schema."""
    for holder, schema in schemas.items():
        for field, described in schema.get("properties", {}).items():
            yield holder, field, described


def _queried(paths: dict[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """Yield each parameter likewise; no schema holds it."""
    return (("", one["name"], one["schema"]) for _, one in _parameters(paths))


def nodes(part: Any) -> Iterator[dict[str, Any]]:
    """Yield the objects of a part of the document, those first that hold others."""
    if isinstance(part, dict):
        yield part
        for value in part.values():
            yield from nodes(value)
    elif isinstance(part, list):
        for value in part:
            yield from nodes(value)


def reached(references: Iterable[str], schemas: dict[str, Any]) -> set[str]:
    """Return the names of the schemas that are referred to, directly or through others."""
    found: set[str] = set()
    waiting = [*references]
    while waiting:
        name = waiting.pop().rpartition("/")[2]
        if name not in found:
            found.add(name)
            waiting += [node["$ref"] for node in nodes(schemas[name]) if "$ref" in node]
    return found


def _refer(schema: dict[str, Any], reference: str) -> None:
    """Let a schema refer to its enumeration; the empty text stays beside it."""
    blank = "" in schema.pop("enum")
    schema.pop("type", None)
    if blank:
        schema["anyOf"] = [{"$ref": reference}, {"type": "string", "const": ""}]
    else:
        schema["$ref"] = reference


def _named(field: str, holders: list[str]) -> str:
    """Return the name of the enumeration of a field, after the schemas that hold it.

    Examples
    --------
    >>> _named("instance_class", ["RDSFields", "RDSVaryRequest"])
    'RDSInstanceClass'
    >>> _named("region", ["RDSFields", "S3Fields", "S3VaryRequest"])
    'Region'
    """
    words = map(WORD.findall, holders)
    alike = takewhile(lambda same: len({*same}) == 1, zip(*words, strict=False))
    return "".join([*(same[0] for same in alike), *map(str.capitalize, field.split("_"))])
