"""What in a new contract would break a client that was made from an old one.

Both documents are walked side by side, references resolved, so that it does not matter how their
components are called. CONTRIBUTING.md says in words what counts as breaking.
"""

from collections.abc import Iterator
from itertools import chain
from typing import Any

BOUNDS = {
    "minimum": max,
    "minLength": max,
    "minItems": max,
    "maximum": min,
    "maxLength": min,
    "maxItems": min,
}
"""The bounds of a schema, each with the function that picks the narrower of two."""
WIDEST = {max: float("-inf"), min: float("inf")}
Found = Iterator[str]


class Contract:
    """A contract whose references are resolved."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document

    def whole(self, part: dict[str, Any]) -> dict[str, Any]:
        """Return a part of the document, or what it refers to; what it is composed of, as one."""
        while "$ref" in part:
            _, *path = part["$ref"].split("/")
            part = {name: value for name, value in part.items() if name != "$ref"} | _at(
                self.document, path
            )
        for one in part.get("allOf", ()):
            own = self.whole(one)
            part = part | {
                "properties": part.get("properties", {}) | own.get("properties", {}),
                "required": [*part.get("required", []), *own.get("required", [])],
            }
        return part


def _at(node: Any, path: list[str]) -> Any:
    for name in path:
        node = node[name]
    return node


def breaking(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """List what in a new contract breaks a client of the old one, each with its place."""
    walk = _Walk(Contract(old), Contract(new))
    return list(dict.fromkeys(walk.paths()))


class _Walk:
    """Both contracts, and the pairs of schemas that were compared already."""

    def __init__(self, old: Contract, new: Contract) -> None:
        self.old, self.new = old, new
        self.seen: set[tuple[bool, str, str]] = set()

    def paths(self) -> Found:
        """Compare each operation of the old contract."""
        for path, methods in self.old.document["paths"].items():
            for method, operation in methods.items():
                where = f"{method.upper()} {path}"
                now = self.new.document["paths"].get(path, {}).get(method)
                if now is None:
                    yield f"{where}: is gone"
                else:
                    yield from self._operation(where, operation, now)

    def _operation(self, where: str, old: dict[str, Any], new: dict[str, Any]) -> Found:
        if old["operationId"] != new["operationId"]:
            yield f"{where}: is called {new['operationId']}, was {old['operationId']}"
        yield from self._parameters(where, old, new)
        yield from self._content(f"{where} body", old, new, "requestBody", sent=True)
        for status, response in old["responses"].items():
            if status in new["responses"]:
                was, now = (
                    {"": contract.whole(one)}
                    for contract, one in (
                        (self.old, response),
                        (self.new, new["responses"][status]),
                    )
                )
                yield from self._content(f"{where} {status}", was, now, "", sent=False)
            elif status < "300":
                yield f"{where} {status}: is gone"

    def _parameters(self, where: str, old: dict[str, Any], new: dict[str, Any]) -> Found:
        was, now = (
            {one["name"]: one for one in map(contract.whole, operation["parameters"])}
            for contract, operation in ((self.old, old), (self.new, new))
        )
        for name, parameter in now.items():
            if parameter.get("required") and not was.get(name, {}).get("required"):
                yield f"{where} ?{name}: is required now"
        for name, parameter in was.items():
            if name not in now:
                yield f"{where} ?{name}: is gone"
            else:
                schemas = parameter["schema"], now[name]["schema"]
                yield from self.schema(f"{where} ?{name}", *schemas, sent=True)

    def _content(self, where: str, old: Any, new: Any, key: str, *, sent: bool) -> Found:
        if sent and key in new and key not in old:
            yield f"{where}: is required now"
        was, now = (one.get(key, {}).get("content", {}) for one in (old, new))
        for media, content in was.items():
            if media not in now:
                yield f"{where} {media}: is gone"
            else:
                schemas = content["schema"], now[media]["schema"]
                yield from self.schema(where, *schemas, sent=sent)

    def schema(self, where: str, old: Any, new: Any, *, sent: bool) -> Found:
        """Compare a schema of what is sent, or of what is answered."""
        pair = (sent, *(str(one.get("$ref", id(one))) for one in (old, new)))
        if pair in self.seen:
            return
        self.seen.add(pair)
        old, new = self.old.whole(old), self.new.whole(new)
        yield from _types(where, old, new, sent=sent)
        yield from _words(where, old, new, sent=sent)
        if sent:
            yield from _bounds(where, old, new)
        yield from self._members(where, old, new, sent=sent)
        yield from self._parts(where, old, new, sent=sent)

    def _members(self, where: str, old: Any, new: Any, *, sent: bool) -> Found:
        was, now = (one.get("properties", {}) for one in (old, new))
        for name, member in was.items():
            if name not in now:
                yield f"{where}.{name}: is gone"
            else:
                yield from self.schema(f"{where}.{name}", member, now[name], sent=sent)
        given, needed = (set(one.get("required", ())) for one in (old, new))
        for name in sorted(needed - given if sent else given - needed):
            if sent or name in now:
                yield f"{where}.{name}: is {'required now' if sent else 'no longer always there'}"

    def _parts(self, where: str, old: Any, new: Any, *, sent: bool) -> Found:
        for key in ("items", "additionalProperties"):
            was, now = old.get(key), new.get(key)
            if isinstance(was, dict) and isinstance(now, dict):
                yield from self.schema(f"{where}[]", was, now, sent=sent)
        was, now = (
            {_name(one): one for one in chain(side.get("anyOf", ()), side.get("oneOf", ()))}
            for side in (old, new)
        )
        for name, form in was.items():
            if name in now:
                yield from self.schema(where, form, now[name], sent=sent)
            elif sent or not now:
                yield f"{where}: no longer takes {name}" if sent else f"{where}: has no forms now"


def _name(form: dict[str, Any]) -> str:
    """Return what tells a form of a union from the others."""
    inner = form.get("items", {}) if form.get("type") == "array" else form
    return str(inner.get("$ref") or inner.get("const") or form.get("type"))


def _kinds(schema: dict[str, Any]) -> set[str]:
    """Return the types that a schema says it may have; none where it says nothing."""
    said = schema.get("type", [])
    forms = chain(schema.get("anyOf", ()), schema.get("oneOf", ()))
    return {*([said] if isinstance(said, str) else said)} | {
        form["type"] for form in forms if isinstance(form.get("type"), str)
    }


def _types(where: str, old: Any, new: Any, *, sent: bool) -> Found:
    was, now = _kinds(old), _kinds(new)
    if "number" in (now if sent else was):
        (was if sent else now).discard("integer")
    lost = was - now if sent else now - was
    if was and now and lost:
        yield f"{where}: was {' or '.join(sorted(was))}, is {' or '.join(sorted(now))}"


def _words(where: str, old: Any, new: Any, *, sent: bool) -> Found:
    """Compare words. One that a client may send is kept; so is one that it may be answered.

    New words of an answer break only clients that were told that there are no others.
    """
    was, now = (_listed(one) for one in (old, new))
    if was is not None and now is not None:
        for word in sorted(was - now):
            yield f"{where}: {word} is gone"
    if sent and was is None and now is not None:
        yield f"{where}: takes some words only now"
    if not sent and "x-extensible-enum" not in old and was is not None:
        for word in sorted((now or {"another word"}) - was):
            yield f"{where}: {word} is new in a closed list"


def _listed(schema: dict[str, Any]) -> set[str] | None:
    words = schema.get("enum") or schema.get("x-extensible-enum")
    if words is None and "const" in schema:
        words = [schema["const"]]
    return None if words is None else {*map(str, words)}


def _bounds(where: str, old: Any, new: Any) -> Found:
    """Compare what limits a value that a client sends."""
    for name, narrower in BOUNDS.items():
        was, now = (one.get(name, WIDEST[narrower]) for one in (old, new))
        if now != was and narrower(was, now) == now:
            yield f"{where}: {name} was {was}, is {now}"
    for name in ("pattern", "multipleOf", "format"):
        if new.get(name) not in (None, old.get(name)):
            yield f"{where}: {name} was {old.get(name)}, is {new[name]}"
