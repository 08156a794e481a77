"""One number of an answer, found by its name.

A name is a path: ``capacity.shards``, ``charges.shard_hours.list_cost``,
``findings.shard_in_bytes.utilization``, ``alternatives.0.monthly_cost``. Findings, quotas and rules
go by their rule, charges by their meter, totals and the alternatives of a question by their key,
other lists by place from 0.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any

import msgspec
from msgspec import UNSET, Struct

from pricing import wording
from pricing.catalogue import packaged
from pricing.rounding import money
from service.answers.catalogue import NotCoveredEntry, QuotaEntry, RuleEntry
from service.answers.estimates import EstimateHead, FindingLine
from service.answers.portfolios import PortfolioTotal
from service.answers.questions import AnsweredAlternative
from service.problems import ProblemError, Violation

KEYS: dict[Any, str] = {
    FindingLine: "rule",
    QuotaEntry: "rule",
    RuleEntry: "rule",
    NotCoveredEntry: "name",
    PortfolioTotal: "key",
    AnsweredAlternative: "key",
}
"""What names the items of a list, where it is not their place."""
MOST_NAMES = 500
"""Names among which a refusal looks for what was meant."""


def figure(answer: Any, field: str) -> int | float:
    """Return a number of an answer.

    Raises
    ------
    ProblemError
        422 where there is no such number, naming what there is, or where it is not known.
    """
    node, rest = answer, field
    while rest:
        members = _members(node)
        fitting = (name for name in members if f"{rest}.".startswith(f"{name}."))
        name = max(fitting, key=len, default="")
        if not name:
            raise _unknown(answer, field)
        if members.get("complete") is False and name.endswith("_cost"):
            raise ProblemError("unpriced", f"{field} is not known: a charge in it has no price")
        node, rest = members[name], rest[len(name) + 1 :]
    if node is None:
        raise ProblemError("unpriced", f"{field} is not known: a charge in it has no price")
    if isinstance(node, bool) or not isinstance(node, int | float):
        raise _unknown(answer, field)
    return node


def _members(node: Any) -> dict[str, Any]:
    """Return the members of a part of an answer, by name."""
    if isinstance(node, EstimateHead):
        return msgspec.structs.asdict(node) | {"charges": _by_meter(node)}
    if isinstance(node, FindingLine):
        return {
            name: part for name, part in msgspec.structs.asdict(node).items() if part is not None
        }
    if isinstance(node, Struct):
        return msgspec.structs.asdict(node)
    if isinstance(node, list):
        return {_name(item) or str(place): item for place, item in enumerate(node)}
    return node if isinstance(node, dict) else {}


def _name(item: Any) -> str:
    """Return what names an item of a list; nothing where its place does."""
    return next((getattr(item, name) for kind, name in KEYS.items() if isinstance(item, kind)), "")


def _by_meter(estimate: Any) -> dict[str, dict[str, Any]]:
    """Return the cost of each meter of a service; it is missing where the meter is not used."""
    service = estimate.__struct_config__.tag
    meters = packaged().table(service).description.meters
    lines: dict[str, list[Any]] = {meter: [] for meter in meters}
    for line in estimate.charges:
        lines[line.sku_id.removeprefix(f"{service}.").partition("/")[0]].append(line)
    return {meter: _together(own) for meter, own in lines.items()}


def _together(lines: list[Any]) -> dict[str, Any]:
    """Add up the lines of one meter; their price has a meaning where they are one."""
    costs = {
        name: [getattr(line, name) for line in lines] for name in ("list_cost", "contracted_cost")
    }
    return {
        "consumed_quantity": sum(line.consumed_quantity for line in lines),
        "pricing_quantity": sum(line.pricing_quantity for line in lines),
        **{
            name: None if None in listed else float(money(sum(listed)))
            for name, listed in costs.items()
            if UNSET not in listed
        },
        **{
            name: getattr(line, name)
            for name in ("list_unit_price", "contracted_unit_price")
            for line in (lines if len(lines) == 1 else ())
            if getattr(line, name) is not UNSET
        },
    }


def _unknown(answer: Any, field: str) -> ProblemError:
    """Refuse a name, with those that are near or, where none is, those that there are."""
    names = list(islice(_names(answer, ""), MOST_NAMES))
    near = wording.meant(field, names)
    there = "; there are " + ", ".join(names) if names else ""
    message = f"{field!r} is not a number of the answer{near or there}"
    return ProblemError("not-computable", message, [Violation(message, parameter="field")])


def _names(node: Any, name: str) -> Iterator[str]:
    """Yield the name of every number in a part of an answer."""
    if isinstance(node, int | float) and not isinstance(node, bool):
        yield name
    for member, part in _members(node).items():
        yield from _names(part, f"{name}.{member}" if name else member)
