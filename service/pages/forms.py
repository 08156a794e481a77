"""The form of a page: the fields of a query, in groups, with what is given and what is wrong.

A form says more than a query: its empty inputs mean defaults, and what a query spells in one text,
such as ``vary``, has an input for each part. :func:`canonical` makes the one from the other.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import zip_longest
from typing import Any

from msgspec import Struct

from pricing.model import Form, Service, defaults
from pricing.quantities import REGIONS
from service.answers import catalogue
from service.answers.catalogue import FieldDescription
from service.pages.asking import Pairs, Route
from service.problems import Violation
from service.requests.presentation import Presentation

UPPER = "ACU API CPU DPU EBS ECPU GB GIB GSI ID IA IO IOPS LSI MB OCU PUT RPU SDK SSE TTL VCPU WAL"
LETTERS = {word.lower(): word for word in UPPER.split()} | {
    **{f"{word.lower()}s": f"{word}s" for word in ("ACU", "DPU", "OCU", "RPU", "VCPU")},
    "gib": "GiB",
    "vcpus": "vCPUs",
}
"""How labels spell words of names that are no plain words."""
NUMBERS = ("number", "whole number")
POINTS = "50"
"""Points of a sweep where nobody has said how many."""
FEW = 12
"""Values that are compared along a sweep where nobody has said which."""
WIDE = 4
"""How far a sweep goes by itself, over the value that is given."""


class Part(Struct, frozen=True):
    """An input for a part of a text that a query spells."""

    name: str
    label: str
    value: str = ""
    choices: dict[str, str] = {}
    """The words, each with its label; empty where anything may be typed."""
    hint: str = ""


class Input(Struct, frozen=True):
    """One field of a form."""

    field: FieldDescription
    label: str
    value: str
    errors: list[str]
    rows: list[list[Part]] = []
    """What stands in place of one input, where a query spells several values in a text."""

    @property
    def key(self) -> str:
        """The id of its first input."""
        return f"f-{self.field.name}"


class Group(Struct, frozen=True):
    """Fields that belong together."""

    title: str
    inputs: list[Input]
    open: bool


class Fault(Struct, frozen=True):
    """One thing that is wrong, and the input where it stands, if there is one."""

    detail: str
    label: str = ""
    key: str = ""


class Composed(Struct, frozen=True):
    """How a text of a query has parts, rows of them separated by commas."""

    parts: tuple[str, ...]
    many: bool
    """Whether there may be several rows."""


COMPOSED = {
    "vary": Composed(("field", "values"), many=True),
    "sweep": Composed(("field", "start", "stop", "points", "scale"), many=False),
    "growth": Composed(("field", "kind", "value"), many=True),
}
KINDS = {
    "rate": "by a share a month",
    "step": "by an amount a month",
    "ingest": "by what comes in a month",
    "expires": "expiring after months",
    "values": "to values: 1|2|3",
    "seasonality": "by seasons: 1|1.2|…",
}
SCALES = {"": "even steps", "log": "even ratios"}
REGION_NAMES = {one.region: one.name for one in REGIONS}
TITLES = {
    "comparison": "What to compare",
    "projection": "Over which months",
    "hours": "Over which hours",
    "questions": "Along which number",
}
"""The title of a route's own fields."""
LABELLING = ("price_date", "hours_per_month", "name", "group")
"""The fields that are given least often."""
ANSWERING = {*Presentation.__struct_fields__, "_"}
"""Parameters that say how to answer, which a page does itself."""


described = cache(catalogue.fields_of)
"""Returns the fields of a flat record; to ask for them takes a millisecond."""


def canonical(pairs: Pairs, form: Form) -> list[tuple[str, str]]:
    """Return the query of the API that the inputs of a form say; the day of prices is part of it.

    A number that is swept without ends is swept about its value.

    Examples
    --------
    >>> from pricing.model import service
    >>> sent = [("region", "us-east-1"), ("name", ""), ("price_date", "2026-01-01")]
    >>> sent += [("vary.field", "region"), ("vary.values", "")]
    >>> canonical(sent, service("s3"))
    [('region', 'us-east-1'), ('price_date', '2026-01-01'), ('vary', 'region')]
    """
    stripped = [(name, value.strip()) for name, value in pairs]
    found = [
        (name, value)
        for name, value in stripped
        if value and "." not in name and name not in ANSWERING
    ]
    for name, text in composed(stripped):
        found.append((name, around(form, text, dict(found)) if name == "sweep" else text))
    if found and "price_date" not in dict(found):
        (day,) = [one.default for one in described(form.workload) if one.name == "price_date"]
        found.append(("price_date", str(day)))
    return found


def composed(pairs: Pairs) -> Iterator[tuple[str, str]]:
    """Yield what inputs of parts say, as a query spells it.

    Examples
    --------
    >>> parts = [("growth.field", "storage_gb"), ("growth.kind", "rate"), ("growth.value", "0.05")]
    >>> list(composed(parts))
    [('growth', 'storage_gb:rate:0.05')]
    """
    for name, one in COMPOSED.items():
        columns = [[value for key, value in pairs if key == f"{name}.{part}"] for part in one.parts]
        rows = zip_longest(*columns, fillvalue="")
        if text := ",".join(filter(None, (_composed(name, row) for row in rows))):
            yield name, text


def _composed(name: str, row: Sequence[str]) -> str:
    """Return a row of parts as a query spells it; empty where its field is, or nothing grows."""
    field, *rest = row
    if not field or (name == "growth" and not rest[-1]):
        return ""
    if name == "vary":
        values = "|".join(filter(None, re.split(r"[|,;\s]+", rest[0])))
        return f"{field}:{values}" if values else field
    filled = list(rest)
    if name == "sweep" and filled[-1] and not filled[2]:
        filled[2] = POINTS
    while filled and not filled[-1]:
        filled.pop()
    return ":".join([field, *filled])


def groups(
    form: Form, route: Route, pairs: Pairs, found: Sequence[Violation], assumed: Sequence[str]
) -> list[Group]:
    """Return the fields of a route's query in groups; ``assumed`` are those AWS does not state.

    The first group holds what the route asks beside the workload, or the needs; the next what is
    required, and what the example sets.
    """
    given, faults = dict(pairs), by_field(found)
    known = {one.name: one for one in described(route.operation.query.kind)}
    names, usual = form.workload.__struct_fields__, defaults(form.workload)
    own = [name for name in known if name not in (*names, "view")]
    loads = getattr(form, "loads", names)
    later = [name for name in LABELLING if name in names]
    first = [
        name
        for name in names
        if name not in (*later, *assumed)
        and (known[name].required or getattr(form.example, name) != usual[name])
    ]
    rest = [name for name in names if name not in (*first, *later, *assumed)]
    leaf = route.path.split("/")[-2 if "/questions/" in route.path else -1]

    def group(title: str, some: Iterable[str], *, shown: bool = False) -> Group:
        listed = list(some)
        inputs = [field_input(known[name], given, faults, form) for name in listed]
        folded = LABELLING if listed == later else ()
        opened = shown or any(
            name in faults or (name in given and name not in folded) for name in listed
        )
        return Group(title, inputs, opened)

    made = (
        group(TITLES.get(leaf, ""), own, shown=leaf != "questions"),
        group("Workload" if is_service(form) else "Needs", first, shown=True),
        group(
            "More load" if is_service(form) else "More needs",
            [name for name in rest if name in loads],
        ),
        group("Set-up", [name for name in rest if name not in loads]),
        group("What AWS does not state firmly", assumed),
        group("Day, hours and labels", later),
    )
    return [one for one in made if one.inputs]


def by_field(found: Sequence[Violation]) -> dict[str, list[str]]:
    """Return what is wrong with each field."""
    faults: dict[str, list[str]] = {}
    for one in found:
        faults.setdefault(str(one.parameter or ""), []).append(one.detail)
    return faults


def faults(found: Sequence[Violation], shown: Sequence[Group]) -> list[Fault]:
    """Return the violations, each with the input at which it stands."""
    places = {one.field.name: one for group in shown for one in group.inputs}

    def fault(one: Violation) -> Fault:
        place = places.get(str(one.parameter or ""))
        if place is None:
            return Fault(one.detail, str(one.parameter or ""))
        return Fault(one.detail, place.label, place.key)

    return list(map(fault, found))


def field_input(
    field: FieldDescription,
    given: Mapping[str, str],
    faults: Mapping[str, list[str]],
    form: Form | None = None,
) -> Input:
    """Return the input of a field; what a query composes has an input a part.

    Without a form, the field of a part may be any.
    """
    value = given.get(field.name, "")
    if field.name == "price_date" and not given:
        value = str(field.default)
    rows = list(_rows(form, field.name, value)) if field.name in COMPOSED else []
    return Input(field, label(field.name), value, faults.get(field.name, []), rows)


def label(name: str) -> str:
    """Return the name of a field as people write it.

    Examples
    --------
    >>> label("reads_per_second"), label("storage_gb"), label("s3.gsi_count")
    ('Reads per second', 'Storage GB', 'S3 GSI count')
    """
    words = [LETTERS.get(word, word) for word in re.split("[_.]", name)]
    first = words[0] if words[0] in LETTERS.values() else words[0].capitalize()
    return " ".join([first, *words[1:]])


def _rows(form: Form | None, name: str, text: str) -> Iterator[list[Part]]:
    """Yield the rows of parts of a text, and an empty one where another may follow."""
    composed = COMPOSED[name]
    written = [_split(name, row) for row in text.split(",") if row]
    if composed.many or not written:
        written.append([])
    choices = (_choices(form, name) if form else {}) | {"kind": KINDS, "scale": SCALES}
    for row in written:
        filled = dict(zip(composed.parts, row, strict=False))
        yield [
            Part(
                f"{name}.{part}",
                LABELS[name][place],
                filled.get(part, ""),
                choices.get(part, {}),
                HINTS.get(f"{name}.{part}", ""),
            )
            for place, part in enumerate(composed.parts)
        ]


LABELS = {
    "vary": ("Field", "Values"),
    "sweep": ("Number", "From", "To", "Points", "Scale"),
    "growth": ("Number", "How", "By"),
}
HINTS = {
    "vary.values": "one after the other; empty means all",
    "sweep.points": POINTS,
    "growth.field": "storage_gb",
    "growth.value": "0.05",
}


def _split(name: str, row: str) -> list[str]:
    field, _, rest = row.partition(":")
    return [field, rest.replace("|", " ")] if name == "vary" else [field, *rest.split(":")]


def _choices(form: Form, name: str) -> dict[str, dict[str, str]]:
    """Return the words of the parts that take some only."""
    known = described(form.workload)
    if name == "vary":
        some = [one for one in known if one.name not in ("name", "group")]
    else:
        some = [one for one in known if one.type in NUMBERS]
    fields = {one.name: label(one.name) for one in some}
    fields = {"": "none"} | fields
    return {"field": fields}


def start(form: Form, route: Route, given: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the query with which a page is entered: a workload, and what its route needs beside.

    Without a workload, that is the example.
    """
    names = form.workload.__struct_fields__
    example = texts(route.operation.example)
    workload = {name: value for name, value in given.items() if name in names}
    workload = workload or {name: value for name, value in example.items() if name in names}
    own = {name: value for name, value in example.items() if name not in names}
    if "vary" in own and (sweep := swept(form, workload)):
        own["sweep"] = sweep
    return list((workload | own).items())


def texts(fields: Mapping[str, Any]) -> dict[str, str]:
    """Return fields as a query spells them."""
    return {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in fields.items()
    }


def swept(form: Form, workload: Mapping[str, str]) -> str:
    """Return a sweep about what is given; none where the curves would be too many."""
    known = {one.name: one for one in described(form.workload)}
    fields = [getattr(form, "swept", ""), getattr(form, "grown", "") if is_service(form) else ""]
    if is_service(form) and len(known[form.compared].choices or ()) > FEW:  # type: ignore[attr-defined]
        return ""
    ranges = (around(form, name, workload) for name in filter(None, fields))
    return next((text for text in ranges if ":" in text), "")


def around(form: Form, text: str, workload: Mapping[str, str]) -> str:
    """Return a sweep with ends about the value that is given, where it has none.

    Examples
    --------
    >>> from pricing.model import service
    >>> around(service("s3"), "storage_gb", {"storage_gb": "100"})
    'storage_gb:0:400'
    """
    field = next((one for one in described(form.workload) if one.name == text), None)
    if field is None or field.type not in NUMBERS:
        return text
    low, most = float(field.minimum or 0), float(field.maximum or 0)
    value = _number(workload.get(text, "")) or _number(str(field.default or ""))
    high = most if most <= 1 else min(most, value * WIDE)
    if field.type == "whole number":
        high = round(high)
    return f"{text}:{low:.15g}:{high:.15g}" if high > low else text


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def is_service(form: Form) -> bool:
    """Return whether a form is that of a service's workload, and of no question."""
    return isinstance(form, Service)


def subject(form: Form) -> str:
    """Return what one workload of a service is."""
    said = (form.workload.__doc__ or "").partition("\n")[0]
    return re.sub("^Demand on ", "", said).rstrip(".")


def asked(form: Form, pairs: Pairs) -> list[tuple[str, str, str]]:
    """Return what is asked, by label, with its unit."""
    units = {one.name: one.unit or "" for one in described(form.workload)}
    return [(label(name), value, units.get(name, "")) for name, value in pairs]
