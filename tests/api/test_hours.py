"""The hours of a workload over HTTP."""

import csv
from io import StringIO
from typing import Any

import msgspec
import pytest
from litestar.testing import TestClient

from pricing.model import registry
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
