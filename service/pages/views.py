"""What a page shows of an answer beside the answer itself: order, places, and charts."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from msgspec import UNSET

from pricing.model import Form
from service.pages import charts, forms
from service.pages.forms import label

SEVERITIES = {
    "exceeded": "Exceeded",
    "attention": "Needs attention",
    "near": "Near the limit",
    "ok": "Within the limit",
}
"""The findings, from bad to good."""
MOST_LISTED = 100
"""Rows of a table of a page; longer ones are downloaded."""


def estimate(form: Form, answer: Any) -> dict[str, Any]:
    """Return how to show an estimate."""
    meters = Counter(map(_meter, answer.charges))
    costs = [paid(line) or 0 for line in answer.charges]
    capacity = forms.described(answer.capacity.__class__)
    figures = [(one, getattr(answer.capacity, one.name)) for one in capacity]
    limits = [
        one for one in answer.findings if one.utilization is not None and one.status != "attention"
    ]
    return {
        "figures": {
            "needed": [(one, value) for one, value in figures if value != 0],
            "zero": [(one, value) for one, value in figures if value == 0],
        },
        "binding": max(limits, key=lambda one: one.utilization, default=None),
        "findings": {
            title: [one for one in answer.findings if one.status == status]
            for status, title in SEVERITIES.items()
        },
        "charges": [
            (line, _meter(line) if meters[_meter(line)] == 1 else "", _over(cost, sum(costs)))
            for line, cost in zip(answer.charges, costs, strict=True)
        ],
        "assumed": [
            (one, getattr(answer.assumptions, one.name))
            for one in forms.described(answer.assumptions.__class__)
        ],
    }


def paid(line: Any) -> float | None:
    """Return what a charge costs: at the prices of an overlay, if there is one."""
    cost = line.list_cost if line.contracted_cost is UNSET else line.contracted_cost
    return None if cost is None else float(cost)


def _meter(line: Any) -> str:
    """Return the meter of a charge, by which the API finds its figures."""
    return str(line.sku_id).partition(".")[2].partition("/")[0]


def _over(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def comparison(form: Form, answer: Any) -> dict[str, Any]:
    """Return how to show a comparison."""
    listed = answer.alternatives[:MOST_LISTED]
    return {
        "rows": _ranked(listed, _choice),
        "more": len(answer.alternatives) - len(listed),
    } | _swept(form, answer.sweep, {one.rank: _choice(one) for one in answer.alternatives}, "rank")


def _choice(one: Any) -> str:
    """Name an alternative by its values."""
    return ", ".join(_word(value) for value in one.choices.values())


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,.15g}" if isinstance(value, float | int) else str(value)


def _ranked(alternatives: Sequence[Any], named: Callable[[Any], str]) -> list[tuple[Any, ...]]:
    """Return each alternative with its name, and its cost over the dearest."""
    most = max((one.monthly_cost or 0 for one in alternatives), default=0)
    return [(one, named(one), _over(one.monthly_cost or 0, most)) for one in alternatives]


def _swept(form: Form, swept: Any, names: Mapping[Any, str], key: str) -> dict[str, Any]:
    """Return the turns of a sweep, and its chart; names are those of the alternatives."""
    if swept is None:
        return {"turns": [], "chart": None, "swept": None}
    (unit,) = [one.unit for one in forms.described(form.workload) if one.name == swept.field]
    title = label(swept.field) + (f" [{unit}]" if unit else "")
    shown = list(islice(swept.curves, charts.MOST_CURVES))
    turns = [
        (kind, place, one, names[one.cheaper_below], names[one.cheaper_above])
        for kind, listed in (("break-even", swept.break_even_points), ("step", swept.steps))
        for place, one in enumerate(listed)
    ]
    values = [
        {"at": at, "cost": cost, "alternative": names[getattr(curve, key)]}
        for curve in shown
        for at, cost in zip(swept.points, curve.costs, strict=True)
    ]
    keys = {getattr(curve, key) for curve in shown}
    points = [
        {"at": one.value, "cost": one.cost_below}
        for one in swept.break_even_points
        if {one.cheaper_below, one.cheaper_above} <= keys
    ]
    step = max(1, len(swept.points) // 10)
    table = {
        "names": [names[getattr(curve, key)] for curve in shown],
        "rows": [
            (at, [curve.costs[place] for curve in shown])
            for place, at in enumerate(swept.points)
            if place % step == 0 or place == len(swept.points) - 1
        ],
    }
    return {
        "turns": turns[:MOST_LISTED],
        "chart": charts.curves(values, title, points),
        "swept": {"title": title, "field": swept.field, **table},
    }


def projection(form: Form, answer: Any) -> dict[str, Any]:
    """Return how to show a projection: its chart is by charge."""
    return {
        "chart": charts.months(
            {"month": one.time[:7], "of": one.sku_meter, "cost": paid(one)}
            for one in answer.charges
            if paid(one)
        )
    }


def hours(form: Form, answer: Any) -> dict[str, Any]:
    """Return how to show the hours of a curve: a chart for each kind of capacity, of one week."""
    shown = [one for one in answer.hours if one.hour < charts.MOST_HOURS]
    drawn = []
    for kind in dict.fromkeys(one.capacity for one in shown):
        own = [one for one in shown if one.capacity == kind]
        series = {"used": "used", "provisioned": "without scaling", "autoscaled": "scaled"}
        values = [
            {"hour": one.hour, "of": title, "units": getattr(one, name)}
            for one in own
            for name, title in (series if kind else {"load": "load"}).items()
        ]
        title = f"{label(kind)} a second" if kind else "Load over the mean"
        drawn.append((label(kind) if kind else "", charts.hours(values, title)))
    return {"charts": drawn, "rows": shown[:MOST_LISTED]}


def question(form: Form, answer: Any) -> dict[str, Any]:
    """Return how to show the answer to a question."""
    names = {one.key: one.title for one in answer.alternatives}
    return {
        "rows": _ranked(answer.alternatives, lambda one: str(one.title)),
        "names": names,
        "decided": hasattr(answer, "would_change"),
        "sent": _sent,
    } | _swept(form, answer.sweep, names, "key")


def _sent(workload: Mapping[str, Any]) -> str:
    """Return the query of a workload that an alternative consists of."""
    return urlencode(forms.texts({k: v for k, v in workload.items() if k != "service"}))


VIEWS: dict[str, Callable[[Form, Any], dict[str, Any]]] = {
    "estimate": estimate,
    "comparison": comparison,
    "projection": projection,
    "hours": hours,
    "question": question,
}
"""How to show the answer of each kind of route."""
