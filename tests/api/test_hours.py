"""The hours of a workload over HTTP."""

import csv
from datetime import date, datetime, timedelta
from io import BytesIO, StringIO
from typing import Any

import msgspec
import pytest
from litestar.testing import TestClient
from openpyxl import Workbook

from pricing.model import registry
from service import problems
from service.answers import catalogue
from tests.api.test_axes import errors

Client = TestClient[Any]
ORDERS = {"region": "us-east-1", "item_bytes": 1000, "writes_per_second": 1000}
OFFICE = {
    "curve": "spike",
    "curve_peak_ratio": 5,
    "curve_peak_hours": 10,
    "curve_peak_hour": 8,
    "curve_days": 5,
}
CURVED = [one for one in registry().values() if one.hourly]


@pytest.mark.parametrize("service", CURVED, ids=[one.key for one in CURVED])
def test_a_flat_curve_has_the_bytes_of_the_estimate(client: Client, service: Any) -> None:
    """Without ups and downs the estimate is the one that there is, idle or not, byte by byte."""
    example = catalogue.example_fields(service)
    fields = msgspec.structs.fields(service.workload)
    idle = {field.name: example[field.name] for field in fields if field.required}
    for asked in (example, idle):
        told = client.get(f"/v1/{service.key}/hours", params=asked)
        estimate = client.get(f"/v1/{service.key}/estimate", params=asked)
        assert told.status_code == 200, told.text
        assert b'"estimate":' + estimate.content in told.content
        assert {hour["load"] for hour in told.json()["hours"]} == {1.0}


def test_modes_are_ranked_by_their_cost(client: Client) -> None:
    """On demand, at the peak and scaled: each has its cost, and its distance to the cheapest."""
    told = client.get("/v1/dynamodb/hours", params=ORDERS | OFFICE).json()
    modes = {one["mode"]: one for one in told["modes"]}
    assert modes["on-demand"]["monthly_cost"] == told["estimate"]["monthly_cost"]
    assert modes["autoscaled"]["difference_to_cheapest"] == 0
    for mode in modes.values():
        distance = mode["monthly_cost"] - modes["autoscaled"]["monthly_cost"]
        assert mode["difference_to_cheapest"] == pytest.approx(distance)
    assert [round(one["utilization"], 6) for one in told["break_even"]] == [0.288889] * 2
    (writes,) = (one for one in told["scaled"] if one["capacity"] == "table_write_units")
    hours = [one for one in told["hours"] if one["capacity"] == "table_write_units"]
    assert len(hours) == told["curve"]["hours"] == 168
    assert sum(one["autoscaled"] for one in hours) / 168 == pytest.approx(writes["mean_autoscaled"])
    assert writes["decreases_per_day"] == pytest.approx(5 / 7)


def test_get_and_post_tell_alike(client: Client) -> None:
    """The query string is another spelling of the body, lists too."""
    levels: dict[str, Any] = {
        "curve": "histogram",
        "curve_multipliers": [1, 2.5],
        "curve_hours": [20, 4],
    }
    for given in (OFFICE, levels, {"curve": "sine", "curve_amplitude": 0.9}, {}):
        text = {
            name: "|".join(map(str, value)) if isinstance(value, list) else value
            for name, value in given.items()
        }
        got = client.get("/v1/dynamodb/hours", params=ORDERS | text)
        sent = client.post("/v1/dynamodb/hours", json={"workload": ORDERS, **given})
        assert got.status_code == 200, got.text
        assert got.json() == sent.json()


def test_levels_and_hours_of_a_day_are_the_same_load(client: Client) -> None:
    """A histogram is its hours one after the other; the unit of the load does not matter."""
    day = [3] * 20 + [7.5] * 4
    asked = {"workload": ORDERS, "curve": "hours", "curve_multipliers": day}
    listed = client.post("/v1/dynamodb/hours", json=asked).json()
    levels = asked | {"curve": "histogram", "curve_multipliers": [1, 2.5], "curve_hours": [20, 4]}
    told = client.post("/v1/dynamodb/hours", json=levels).json()
    assert told["curve"]["peak_to_mean"] == pytest.approx(listed["curve"]["peak_to_mean"])
    assert told["modes"] == listed["modes"]


def test_a_year_hour_by_hour(client: Client) -> None:
    """8,760 loads are a year; an hour without any has no rise after it that could be told."""
    year = [0.0] + [1.0] * 8759
    asked = {"workload": ORDERS, "curve": "hours", "curve_multipliers": year}
    told = client.post("/v1/dynamodb/hours?view=hours", json=asked).json()
    assert len(told) == 2 * 8760
    assert (told[-1]["day"], told[-1]["hour_of_day"]) == (364, 23)
    assert client.post("/v1/dynamodb/hours", json=asked).json()["curve"]["largest_rise"] is None


def test_each_view_is_flat(client: Client) -> None:
    """Hours, modes and kinds of capacity are records of their own, also as a sheet."""
    address = "/v1/keyspaces/hours"
    asked = {"region": "us-east-1", "row_bytes": 100, "writes_per_second": 10, "curve": "sine"}
    for view, count in (("hours", 48), ("modes", 3), ("scaled", 2)):
        text = client.get(f"{address}.csv", params=asked | {"view": view}).text
        assert len(list(csv.DictReader(StringIO(text)))) == count
    bare = client.get("/v1/memorydb/hours", params={**_example("memorydb"), "view": "hours"}).json()
    assert {(one["capacity"], one["used"]) for one in bare} == {("", None)}


def _example(key: str) -> dict[str, Any]:
    return catalogue.example_fields(registry()[key])


def test_a_mode_without_a_price_has_no_cost(client: Client) -> None:
    """Where a charge of a mode is unpriced, its cost is null, not zero."""
    table = ORDERS | {"region": "ap-south-2", "change_data_capture": True}
    told = client.get("/v1/dynamodb/hours", params=table).json()
    assert told["estimate"]["complete"] is False
    assert {one["monthly_cost"] for one in told["modes"]} == {None}
    assert {one["difference_to_cheapest"] for one in told["modes"]} == {None}


@pytest.mark.parametrize(
    ("change", "places"),
    [
        ({"curve": "hours"}, ["/curve_multipliers"]),
        ({"curve": "hours", "curve_multipliers": [1] * 25}, ["/curve_multipliers"]),
        ({"curve": "hours", "curve_multipliers": [0] * 24}, ["/curve_multipliers"]),
        ({"curve": "histogram"}, ["/curve_multipliers"]),
        ({"curve": "histogram", "curve_multipliers": [1, 2]}, ["/curve_hours"]),
        (
            {"curve": "histogram", "curve_multipliers": [1, 2], "curve_hours": [8000, 800]},
            ["/curve_hours"],
        ),
        (
            {"curve_days": 3, "curve_amplitude": 0.1, "curve_hours": [1]},
            ["/curve_days", "/curve_amplitude", "/curve_hours"],
        ),
        ({"curve": "daily"}, ["/curve"]),
        ({"curve": "spike", "curve_peak_hours": 25}, ["/curve_peak_hours"]),
        ({"workload": ORDERS | {"writes_per_second": 8e8}, "curve": "sine"}, ["/curve"]),
        ({"workload": ORDERS | {"price_date": "2001-01-01"}}, ["/workload/price_date"]),
        (
            {"workload": ORDERS | {"write_units_per_second": 1}},
            ["/workload/writes_per_second", "/workload/write_units_per_second"],
        ),
    ],
)
def test_curves_that_mean_nothing_are_refused(
    client: Client, change: dict[str, Any], places: list[str]
) -> None:
    """Each fault of a curve is named where it stands, with what to send instead."""
    response = client.post("/v1/dynamodb/hours", json={"workload": ORDERS} | change)
    assert [place for place, _ in errors(response)] == places
    assert all(detail for _, detail in errors(response))


def test_a_faulty_query_names_its_parameters(client: Client) -> None:
    """Lists that are no numbers, and parameters of another kind of curve."""
    for extra, parameter in (
        ({"curve": "hours", "curve_multipliers": "1|e"}, "curve_multipliers"),
        ({"curve": "hours", "curve_multipliers": "a"}, "curve_multipliers"),
        ({"curve": "sine", "curve_days": 3}, "curve_days"),
        ({"curve": "hours"}, "curve_multipliers"),
        ({"price_date": "2001-01-01"}, "price_date"),
    ):
        response = client.get("/v1/dynamodb/hours", params=ORDERS | extra)
        assert [place for place, _ in errors(response)] == [parameter]


def test_what_has_no_hours_has_no_route(client: Client) -> None:
    """A bucket is asked for its month."""
    assert client.get("/v1/s3/hours").status_code == 404


def test_each_mode_has_its_best_commitment(client: TestClient[Any]) -> None:
    """What a mode saves is the best for its own hours; other months than of 730 hours have none."""
    asked = {"region": "us-east-1", "item_bytes": 1000, "writes_per_second": 1000}
    body = {"workload": asked, "curve": "spike", "curve_peak_ratio": 5, "curve_peak_hours": 10}
    modes = client.post("/v1/dynamodb/hours", json=body).json()["modes"]
    assert all(0 < one["committed_monthly_cost"] < one["monthly_cost"] for one in modes)
    flat = client.post("/v1/dynamodb/hours", json={"workload": asked}).json()["modes"]
    provisioned = asked | {"service": "dynamodb", "capacity_mode": "provisioned"}
    best = client.post("/v1/portfolios/commitments", json={"workloads": [provisioned]}).json()
    assert flat[1]["committed_monthly_cost"] == best["committed_monthly_cost"]
    other = {"workload": asked | {"hours_per_month": 744}}
    months = client.post("/v1/dynamodb/hours", json=other).json()["modes"]
    assert {one["committed_monthly_cost"] for one in months} == {None}


FIRST = datetime(2026, 1, 5, 5)
"""A Monday, five hours after midnight."""
DAY = [(FIRST + timedelta(hours=hour), 100.0 + hour % 7) for hour in range(24)]
CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def use(rows: Any = DAY, *, header: str = "time,load", spelt: str = "%Y-%m-%dT%H:%M") -> str:
    """Return hours of use as a CSV."""
    sep = ";" if ";" in header else ","
    lines = [f"{moment:{spelt}}{sep}{load}" for moment, load in rows]
    return "\n".join([header, *lines])


def posted(client: Client, body: Any, kind: str = CSV, **asked: Any) -> Any:
    """Send a sheet about the hours of the orders."""
    path = "/v1/dynamodb/hours"
    return client.post(path, params=ORDERS | asked, content=body, headers={"Content-Type": kind})


def test_hours_of_use_are_the_curve(client: Client) -> None:
    """A sheet of times and loads is the list of its loads, from midnight on, in any spelling."""
    loads = [load for _, load in DAY]
    listed = {"curve": "hours", "curve_multipliers": loads[-5:] + loads[:-5]}
    told = client.post("/v1/dynamodb/hours", json={"workload": ORDERS, **listed}).json()
    for body in (
        use(),
        use(header="time,ConsumedWriteCapacityUnits", spelt="%Y-%m-%d %H:%M:%S"),
        use(header="time;load").replace(".0", ",0"),
    ):
        assert posted(client, body, format="json").json() == told
    (first, *_) = csv.DictReader(StringIO(posted(client, use()).text))
    assert first["hour_of_day"] == "0"
    assert float(first["load"]) == told["hours"][0]["load"]
    modes = posted(client, use(header="time;load"), view="modes").text
    assert modes.splitlines()[0].count(";") == 3


def test_hours_of_use_in_a_workbook(client: Client) -> None:
    """A workbook's times are read as a CSV's are; a day alone is its midnight."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["time", "load"])
    midnight = [(one - timedelta(hours=5), load) for one, load in DAY]
    sheet.append([date(2026, 1, 5), midnight[0][1]])
    for row in midnight[1:]:
        sheet.append(row)
    file = BytesIO()
    book.save(file)
    told = posted(client, file.getvalue(), XLSX, format="json").json()
    assert told == posted(client, use(midnight), format="json").json()


def test_a_year_of_use(client: Client) -> None:
    """8,760 rows are a year, and a leap day more is refused."""
    year = [(datetime(2024, 1, 1) + timedelta(hours=hour), 1 + hour % 24) for hour in range(8784)]
    told = posted(client, use(year[:8760]), view="hours", format="json").json()
    assert len(told) == 2 * 8760
    ((_, message),) = errors_of_sheet(posted(client, use(year)))
    assert message == "must have 24, 168 or 8,760 rows, one for each hour; got more"


def errors_of_sheet(response: Any) -> list[tuple[str, str]]:
    """Return the cell, or the column, and the message of each fault."""
    assert response.status_code == 422, response.text
    return [
        (one.get("cell", one.get("column", "")), one["detail"].partition(": ")[2])
        for one in response.json()["errors"]
    ]


def test_gaps_and_repeated_hours_stand_at_their_rows(client: Client) -> None:
    """Every row that does not follow the one before, or holds no time or load, is named."""
    lines = use().splitlines()
    lines[5], lines[9] = lines[4], "noon,much"
    lines[15] = lines[15].replace("104.0", "-1")
    lines[18] = lines[18].replace(",", "Z,")
    lines[20], lines[21] = lines[21], lines[20]
    cells = [cell for cell, _ in errors_of_sheet(posted(client, "\n".join(lines)))]
    assert cells == ["A6", "A7", "A10", "B10", "A11", "A19", "A20", "A21", "A22", "A23"]
    messages = dict(errors_of_sheet(posted(client, "\n".join(lines))))
    assert messages["A6"].endswith("2026-01-05T08:00; repeats it")
    assert messages["A7"].endswith("2026-01-05T08:00; has a gap before it")
    assert messages["A22"].endswith("is not after it")
    assert messages["A10"].endswith("got 'noon'")


@pytest.mark.parametrize(
    ("body", "cells"),
    [
        (use(DAY[:23]), ["A1"]),
        (use([(moment, 0) for moment, _ in DAY]), ["B1"]),
        ("time,load,more\n", ["C1"]),
        ("time,one,two\n", ["B1", "C1"]),
        ("time\n2026-01-05T00:00", ["load"]),
        ("time,load\n,1", ["A2"]),
    ],
)
def test_sheets_that_are_no_hours(client: Client, body: str, cells: list[str]) -> None:
    """A sheet of other columns, of too few rows, or without any load is refused."""
    assert [cell for cell, _ in errors_of_sheet(posted(client, body))] == cells


def test_reading_ends_after_as_many_faults_as_are_listed(client: Client) -> None:
    """A sheet that is no hours at all has no endless list of faults."""
    found = errors_of_sheet(posted(client, "time,load\n" + "noon,1\n" * 5000))
    assert [cell for cell, _ in found] == [f"A{row + 2}" for row in range(problems.MOST)]


def test_the_query_says_the_workload_of_the_hours(client: Client) -> None:
    """Beside hours of use stands the workload, and no other curve; beside a document, nothing."""
    path, headers = "/v1/dynamodb/hours", {"Content-Type": CSV}
    lacking = client.post(path, params={"region": "us-east-1"}, content=use(), headers=headers)
    assert [error["parameter"] for error in lacking.json()["errors"]] == ["item_bytes"]
    twice = posted(client, use(), curve="sine", curve_amplitude=0.1)
    names = [error["parameter"] for error in twice.json()["errors"]]
    assert sorted(names) == ["curve", "curve_amplitude"]
    above = posted(client, use(), writes_per_second=9.9e8)
    assert [error["parameter"] for error in above.json()["errors"]] == ["curve"]
    sent = client.post(path, params=ORDERS, json={"workload": ORDERS})
    assert {error["parameter"] for error in sent.json()["errors"]} == {*ORDERS}


def test_rows_of_a_sheet_have_their_curves(client: Client) -> None:
    """A row says what a query says; where a column is missing, the query says it for all rows."""
    sheet = "name,item_bytes,writes_per_second,curve\na,1000,1000,\nb,1000,1000,sine\n"
    path = "/v1/dynamodb/hours"
    asked = {"region": "us-east-1", "view": "modes", "format": "json"}
    found = client.post(path, params=asked, content=sheet, headers={"Content-Type": CSV}).json()
    for name, kind in (("a", "constant"), ("b", "sine")):
        told = client.get(path, params=ORDERS | {"curve": kind, "view": "modes"}).json()
        own = {"workload": "ab".index(name), "name": name}
        assert [one for one in found if one["name"] == name] == [own | one for one in told]
    bad = sheet.replace(",sine", ",hours").replace("1000,\n", "1000,spikes\n")
    refused = client.post(path, params=asked, content=bad, headers={"Content-Type": CSV})
    assert [cell for cell, _ in errors_of_sheet(refused)] == ["D2"]
    bad = bad.replace("spikes", "")
    refused = client.post(path, params=asked, content=bad, headers={"Content-Type": CSV})
    assert [cell for cell, _ in errors_of_sheet(refused)] == ["curve_multipliers"]


@pytest.mark.parametrize(("key", "minutes"), [("dynamodb", 30), ("keyspaces", 30), ("kinesis", 15)])
def test_on_demand_follows_a_load_that_doubles(client: Client, key: str, minutes: float) -> None:
    """A rise beyond twice the load before is told with its hours, and AWS's minutes."""
    asked = catalogue.example_fields(registry()[key]) | OFFICE
    (line,) = client.get(f"/v1/{key}/hours", params=asked).json()["on_demand"]
    assert (line["value"], line["limit"], line["minutes"]) == (pytest.approx(5), 2, minutes)
    assert (line["status"], line["grade"]) == ("attention", "A")
    assert line["hours"] == [8, 32, 56, 80, 104]
    gentle = client.get(f"/v1/{key}/hours", params=asked | {"curve_peak_ratio": 2}).json()
    assert [(one["status"], one["hours"]) for one in gentle["on_demand"]] == [("ok", [])]


def test_what_has_no_requests_on_demand_has_no_such_rule(client: Client) -> None:
    """A cluster of DAX does not follow a load."""
    told = client.get("/v1/dax/hours", params=_example("dax")).json()
    assert told["on_demand"] == []
