"""Charts as Vega-Lite specifications; the page's script gives them their colours.

Each stands beside a table with the same numbers.
"""

from collections.abc import Iterable
from typing import Any

MOST_CURVES = 8
"""Curves of a chart that can be told apart."""
MOST_HOURS = 24 * 7
"""Hours of a chart: a week; a longer curve is shown by its first week."""
SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
NUMBERS = {
    "labelExpr": "abs(datum.value) < 1e6 ? format(datum.value, ',') : format(datum.value, '~s')"
}
DOLLARS = {"format": "$,.2~f", "title": "USD a month"}


def _chart(values: Iterable[dict[str, Any]], **rest: Any) -> dict[str, Any]:
    return {
        "$schema": SCHEMA,
        "width": "container",
        "height": 280,
        "data": {"values": list(values)},
        **rest,
    }


def curves(values: Iterable[dict[str, Any]], title: str, points: Iterable[Any]) -> dict[str, Any]:
    """Draw what alternatives cost along a number, with the points at which their order changes.

    ``values`` have `at`, `cost` and `alternative`; ``points`` have `at` and `cost`.
    """
    across = {
        "field": "at",
        "type": "quantitative",
        "title": title,
        "axis": NUMBERS,
        "scale": {"nice": False},
    }
    dollars = {"field": "cost", "type": "quantitative", "axis": DOLLARS}
    name = {"field": "alternative", "type": "nominal", "title": None, "sort": None}
    lines: dict[str, Any] = {
        "mark": {"type": "line", "strokeWidth": 2},
        "encoding": {
            "x": across,
            "y": dollars,
            "color": name,
            "strokeDash": name,
        },
    }
    found = list(points)
    turns: dict[str, Any] = {
        "data": {"values": found},
        "mark": {"type": "point", "filled": True, "size": 70},
        "encoding": {
            "x": across,
            "y": dollars,
            "tooltip": [
                {"field": "at", "format": ",.6~g", "title": title},
                {"field": "cost", "format": "$,.2f", "title": "USD a month"},
            ],
        },
    }
    return _chart(values, layer=[lines, turns] if found else [lines])


def months(values: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Draw the cost of each month, by what it is of.

    ``values`` have `month`, `of` and `cost`.
    """
    encoding = {
        "x": {
            "field": "month",
            "type": "ordinal",
            "title": None,
            "axis": {"labelAngle": -45, "labelOverlap": True},
        },
        "y": {"field": "cost", "type": "quantitative", "aggregate": "sum", "axis": DOLLARS},
        "color": {"field": "of", "type": "nominal", "title": None, "sort": None},
        "tooltip": [
            {"field": "month", "title": "Month"},
            {"field": "of", "title": "Of"},
            {"field": "cost", "aggregate": "sum", "format": "$,.2f", "title": "USD"},
        ],
    }
    return _chart(values, mark={"type": "bar"}, encoding=encoding)


def hours(values: Iterable[dict[str, Any]], title: str) -> dict[str, Any]:
    """Draw what a load asks for hour by hour, and what stands for it.

    ``values`` have `hour`, `of` and `units`.
    """
    encoding = {
        "x": {
            "field": "hour",
            "type": "quantitative",
            "title": "Hour",
            "axis": {"format": "d"},
            "scale": {"nice": False},
        },
        "y": {"field": "units", "type": "quantitative", "title": title, "axis": NUMBERS},
        "color": {"field": "of", "type": "nominal", "title": None, "sort": None},
        "strokeDash": {"field": "of", "type": "nominal", "title": None, "sort": None},
    }
    mark = {"type": "line", "interpolate": "step-after", "strokeWidth": 2}
    return _chart(values, mark=mark, encoding=encoding)
