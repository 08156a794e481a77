"""Dashboards: what Grafana's own library makes of a projection, and the sample dashboard."""

import json
import re
from typing import Any

import pytest
import requests

from tests.clients import programs

DASHBOARD = json.loads((programs.EXAMPLES / "grafana-infinity.json").read_text("utf-8"))
TARGETS = [
    pytest.param(panel, target, id=panel["title"])
    for panel in DASHBOARD["panels"]
    for target in panel["targets"]
]
TYPES = {"timestamp": "time", "number": "number", "string": "string"}
QUESTION = (
    "region=us-east-1&storage_gb=50000&monthly_put_requests=1000000"
    "&start=2026-01&months=14&growth=storage_gb:ingest:1000"
)


def address(target: dict[str, Any], base: str) -> str:
    """Put the dashboard's variables into the address of a query."""
    values = {one["name"]: one["current"]["value"] for one in DASHBOARD["templating"]["list"]}
    values["base"] = base
    return re.sub(r"\$\{(\w+):raw\}", lambda found: values[found[1]], target["url"])


def answered(target: dict[str, Any], base: str, api: requests.Session) -> list[dict[str, Any]]:
    """Ask as the Infinity plugin does, and keep the columns that it keeps."""
    said = api.get(address(target, base), headers={"Content-Type": "application/json"})
    assert said.status_code == 200, said.text
    columns = {one["selector"]: one["text"] for one in target["columns"]}
    assert all(columns.keys() <= record.keys() for record in said.json())
    return [{text: row[name] for name, text in columns.items()} for row in said.json()]


@pytest.mark.parametrize(("panel", "target"), TARGETS)
def test_each_panel_finds_its_columns(
    base: str, api: requests.Session, panel: dict[str, Any], target: dict[str, Any]
) -> None:
    """Every address of the dashboard answers rows with every column it names, of its type."""
    rows = answered(target, base, api)
    assert rows, "a panel of the sample shows nothing"
    frame = programs.node("frames.cjs", {"records": rows, "transformations": []})
    read = {field["name"]: field["type"] for field in frame}
    for column in target["columns"]:
        if column["type"] == "timestamp":
            assert all(
                re.fullmatch(r"\d{4}-\d\d-01T00:00:00Z", row[column["text"]]) for row in rows
            )
        else:
            assert read[column["text"]] == TYPES[column["type"]]


def test_the_charges_stack_to_the_total(base: str, api: requests.Session) -> None:
    """The panel's own transformation gives a series for each charge; they sum to the cost."""
    costs, charges = (panel for panel in DASHBOARD["panels"] if panel["type"] == "timeseries")
    rows = answered(charges["targets"][0], base, api)
    job = {"records": rows, "transformations": charges["transformations"]}
    time, *series = programs.node("frames.cjs", job)
    totals = answered(costs["targets"][0], base, api)
    assert time["type"] == "time"
    assert {one["type"] for one in series} == {"number"}
    assert {one["name"] for one in series} == {row["charge"] for row in rows}
    stacked = [sum(parts) for parts in zip(*(one["values"] for one in series), strict=True)]
    assert stacked == pytest.approx([row["A month"] for row in totals], abs=1e-6)


def test_the_dashboard_can_be_imported() -> None:
    """It names its plugin as an input, its panels do not overlap, and no address is fixed in it."""
    assert [one["pluginId"] for one in DASHBOARD["__inputs"]] == ["yesoreyeram-infinity-datasource"]
    assert DASHBOARD["id"] is None
    places = [
        (x, y)
        for place in (panel["gridPos"] for panel in DASHBOARD["panels"])
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(places) == len(set(places))
    assert all(x < 24 for x, _ in places)
    urls = [target["url"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
    assert all(url.startswith("${base:raw}/v1/") for url in urls)


@pytest.mark.parametrize("view", ["months", "charges", "years", "milestones"])
@pytest.mark.parametrize("suffix", ["", ".json"])
def test_grafana_reads_every_view_as_it_is(
    base: str, api: requests.Session, view: str, suffix: str
) -> None:
    """A projection's records give a time field typed time, numbers as numbers, nothing nested."""
    said = api.get(f"{base}/v1/s3/projection{suffix}?{QUESTION}&view={view}")
    records = said.json()
    frame = programs.node("frames.cjs", {"records": records, "transformations": []})
    types = {field["name"]: field["type"] for field in frame}
    assert types["time"] == "time"
    assert set(types.values()) <= {"time", "number", "string", "boolean"}
    for name, value in records[0].items():
        numeric = isinstance(value, int | float) and not isinstance(value, bool)
        assert (types[name] == "number") == numeric
