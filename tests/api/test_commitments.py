"""Commitments of portfolios over HTTP."""

from typing import Any

import pytest
from litestar.testing import TestClient

from pricing.model import registry
from service.answers import catalogue

Client = TestClient[Any]
PATH = "/v1/portfolios/commitments"
TABLE = {
    "service": "dynamodb",
    "region": "us-east-1",
    "item_bytes": 1024,
    "reads_per_second": 1000,
    "writes_per_second": 1000,
    "capacity_mode": "provisioned",
}
LAKE = {"service": "s3", "region": "us-east-1", "storage_gb": 1000}


def answer(client: Client, *workloads: Any, **asked: Any) -> dict[str, Any]:
    """Return the commitments for workloads."""
    response = client.post(PATH, json={"workloads": workloads} | asked)
    assert response.status_code == 200, response.text
    return response.json()


def test_the_bill_with_and_without_commitments(client: Client) -> None:
    """What is bought saves the difference of the two bills; the first is that of the estimate."""
    found = answer(client, TABLE, LAKE)
    sent = {"workloads": [TABLE, LAKE]}
    estimate = client.post("/v1/portfolios/estimate", json=sent).json()
    assert found["monthly_cost"] == estimate["monthly_cost"]
    saving = found["monthly_cost"] - found["committed_monthly_cost"]
    assert found["monthly_saving"] == pytest.approx(saving)
    assert [one["term_years"] for one in found["chosen"]] == [3, 3]
    saved = sum(one["monthly_saving"] for one in found["chosen"])
    assert found["monthly_saving"] == pytest.approx(saved)
    assert found["upfront_cost"] == sum(one["upfront_cost"] for one in found["chosen"]) == 1980


def test_an_offer_tells_all_of_its_figures(client: Client) -> None:
    """1,000 write units for a year cost 218.44 USD a month in all, and pay back in the fourth."""
    found = answer(client, TABLE, discount_rate=0.08)
    (offer,) = (
        one
        for one in found["offers"]
        if one["sku_id"] == "dynamodb.write_capacity_unit_hours/STANDARD" and one["term_years"] == 1
    )
    curve = offer.pop("curve")
    here = curve["committed"].index(1000)
    assert curve["monthly_costs"][here] == offer["monthly_cost"] == 218.44
    assert (offer["committed"], offer["committed_unit"]) == (1000, "WriteCapacityUnit")
    assert (offer["upfront_cost"], offer["payback_month"]) == (1500, 4)
    assert (offer["coverage"], offer["utilisation"]) == (1, 1)
    assert offer["break_even_utilisation"] == pytest.approx(0.460358, abs=5e-7)
    assert offer["net_present_value"] == pytest.approx(1000 * (5.462851 - 2.575761), abs=1e-3)
    assert offer["monthly_regret"] == pytest.approx(200 * 0.0002992329 * 730, abs=1e-4)


def test_a_savings_plan_covers_what_reservations_leave(client: Client) -> None:
    """A table on demand is covered by a plan, beside the reservations of the provisioned one."""
    found = answer(client, TABLE, TABLE | {"capacity_mode": "on-demand"})
    assert [one["kind"] for one in found["chosen"]] == ["reservation"] * 2 + [
        "database_savings_plan"
    ]
    rates = {one["sku_id"]: one["ratio"] for one in found["savings_plan_rates"]}
    assert rates["dynamodb.write_request_units/STANDARD"] == 0.82


def test_what_has_no_price_is_unpriced(client: Client) -> None:
    """An offer whose price is not known has no figures; it is listed all the same."""
    node = {"service": "elasticache", "region": "us-east-1", "node_type": "cache.t3.medium"}
    found = answer(client, node | {"storage_gb": 1, "reads_per_second": 10})
    assert {one["status"] for one in found["offers"]} == {"unpriced"}
    assert {one["committed"] for one in found["offers"]} == {None}
    assert found["offers"][0]["curve"] == {"committed": [], "monthly_costs": []}
    assert found["chosen"] == []


def test_nothing_to_commit_to(client: Client) -> None:
    """Storage has no commitment: the bill stays, and no list has members."""
    found = answer(client, LAKE)
    assert found["monthly_cost"] == found["committed_monthly_cost"] == 23
    assert found["chosen"] == found["offers"] == found["savings_plan_rates"] == []


def test_a_shorter_term_is_chosen_when_asked_for(client: Client) -> None:
    """Terms above the longest are listed, but not chosen."""
    found = answer(client, TABLE, longest_term_years=1)
    assert {one["term_years"] for one in found["chosen"]} == {1}
    assert {one["term_years"] for one in found["offers"]} == {1, 3}


@pytest.mark.parametrize("view", ["chosen", "offers", "curves", "rates", "schedule"])
@pytest.mark.parametrize("row", [TABLE, LAKE])
def test_every_view_in_every_format(client: Client, view: str, row: Any) -> None:
    """Each view is a table in each format, with the same columns whatever is in it."""
    sent = {"workloads": [row]}
    lines = client.post(f"{PATH}?view={view}&format=csv", json=sent).text.splitlines()
    rows = client.post(f"{PATH}?view={view}", json=sent).json()
    assert len(lines) == len(rows) + 1
    for word in ("xlsx", "xml", "msgpack"):
        assert client.post(f"{PATH}?view={view}&format={word}", json=sent).status_code == 200
    usual = client.post(f"{PATH}?view={view}&format=csv", json={"workloads": [TABLE]})
    assert lines[0] == usual.text.splitlines()[0]


def test_one_number(client: Client) -> None:
    """A saving can be asked for as one bare number."""
    sent = {"workloads": [TABLE]}
    path = f"{PATH}?format=txt&num=plain&field=monthly_saving"
    assert client.post(path, json=sent).text == "401.98"


def test_months_of_other_hours_are_refused(client: Client) -> None:
    """A commitment is billed in every hour of a year, so each other month is named at once."""
    rows = [TABLE | {"hours_per_month": 744}, LAKE, LAKE | {"hours_per_month": 720}]
    response = client.post(PATH, json={"workloads": rows})
    assert response.status_code == 422
    assert [error["pointer"] for error in response.json()["errors"]] == [
        "/workloads/0/hours_per_month",
        "/workloads/2/hours_per_month",
    ]


def test_preferences_have_bounds(client: Client) -> None:
    """A rate below zero, a share above one and a term of four years are all named."""
    asked = {"discount_rate": -1, "lower_demand_fraction": 2, "longest_term_years": 4}
    response = client.post(PATH, json={"workloads": [TABLE]} | asked)
    assert response.status_code == 400
    assert [error["pointer"] for error in response.json()["errors"]] == [f"/{key}" for key in asked]


OFFICE = {
    "curve": "spike",
    "curve_peak_ratio": 5,
    "curve_peak_hours": 10,
    "curve_peak_hour": 8,
    "curve_days": 5,
}
SCALED = TABLE | {"autoscaling": True}


def test_a_curve_is_that_of_the_hours(client: Client) -> None:
    """Over a curve the bill, and what is left of it, are those that the hours tell."""
    found = answer(client, SCALED, LAKE, curves=[OFFICE])
    table = {name: value for name, value in SCALED.items() if name != "service"}
    told = client.post("/v1/dynamodb/hours", json={"workload": table, **OFFICE}).json()
    (scaled,) = (one for one in told["modes"] if one["mode"] == "autoscaled")
    lake = client.post("/v1/portfolios/estimate", json={"workloads": [LAKE]}).json()
    assert found["monthly_cost"] == pytest.approx(scaled["monthly_cost"] + lake["monthly_cost"])
    assert found["monthly_saving"] == pytest.approx(
        scaled["monthly_cost"] - scaled["committed_monthly_cost"]
    )


def test_each_group_has_its_curve(client: Client) -> None:
    """Two tables whose peaks are apart need less than twice as much together."""
    day = {"group": "day", "curve": "spike", "curve_peak_ratio": 9, "curve_peak_hour": 8}
    night = day | {"group": "night", "curve_peak_hour": 20}
    rows = [SCALED | {"group": "day"}, SCALED | {"group": "night"}]
    apart = answer(client, *rows, curves=[day, night])
    same = answer(client, *rows, curves=[day | {"group": ""}])
    assert apart["monthly_cost"] == pytest.approx(same["monthly_cost"])
    assert apart["monthly_saving"] > same["monthly_saving"]
    week = {"group": "night", "curve": "hours", "curve_multipliers": [1] * 84 + [2] * 84}
    assert answer(client, *rows, curves=[day, week])["monthly_saving"] > 0


def test_a_flat_curve_changes_nothing(client: Client) -> None:
    """Hours without ups and downs have the answer that there is without hours."""
    plain = answer(client, TABLE, LAKE)
    assert answer(client, TABLE, LAKE, curves=[{"curve": "constant"}]) == plain


def test_free_allowances_are_taken_off_each_hour(client: Client) -> None:
    """What is free is not worth a commitment, over the hours as without them."""
    small = TABLE | {"reads_per_second": 10, "writes_per_second": 10}
    plain = answer(client, small, free_tier=True)
    curved = answer(client, small, free_tier=True, curves=[{"curve": "constant"}])
    assert curved["monthly_saving"] == plain["monthly_saving"] == 0


def test_one_workload_in_the_query(client: Client) -> None:
    """The query of a service asks what a portfolio of one workload asks."""
    growth = {"writes_per_second": {"monthly_rate": 0.02}}
    sent = answer(client, SCALED, curves=[OFFICE], start="2026-01", growth=growth)
    asked = SCALED | OFFICE | {"start": "2026-01", "growth": "writes_per_second:rate:0.02"}
    got = client.get(PATH, params=asked)
    assert got.json() == sent
    plain = client.get(PATH, params=SCALED)
    assert plain.json() == answer(client, SCALED)
    views = client.get(PATH, params=SCALED | {"view": "chosen", "format": "csv"}).text
    assert len(views.splitlines()) == 1 + len(plain.json()["chosen"])


def test_the_query_names_a_service(client: Client) -> None:
    """Without a service, or with one that is not known, nothing else can be read."""
    for word in ({}, {"service": "dynamo"}):
        response = client.get(PATH, params={"region": "us-east-1"} | word)
        assert response.status_code == 400
        assert [one["parameter"] for one in response.json()["errors"]] == ["service"]


def test_a_service_without_hours_has_no_curve_in_its_query(client: Client) -> None:
    """An instance is reserved whatever its hours are: a curve is an unknown parameter there."""
    example = catalogue.example_fields(registry()["rds"])
    asked = example | {"service": "rds", "instance_class": "db.m7g.large"}
    assert client.get(PATH, params=asked).json()["monthly_saving"] > 0
    refused = client.get(PATH, params=asked | {"curve": "sine"})
    assert refused.status_code == 422
    assert [one["parameter"] for one in refused.json()["errors"]] == ["curve"]


@pytest.mark.parametrize(
    ("change", "parameters"),
    [
        ({"curve": "hours", "curve_multipliers": "1|2"}, ["curve_multipliers"]),
        ({"curve": "hours", "curve_multipliers": "1|e"}, ["curve_multipliers"]),
        ({"growth": "writes_per_second:rate:0.1"}, ["growth"]),
        ({"start": "2026-01", "growth": "nothing:rate:0.1"}, ["growth"]),
        ({"start": "2026-01", "growth": "writes_per_second:rate:9"}, ["growth"]),
        ({"hours_per_month": 700}, ["hours_per_month"]),
        ({"item_bytes": "much", "lookups": 3}, ["lookups", "item_bytes"]),
        ({"price_date": "2001-01-01"}, ["price_date"]),
        ({"writes_per_second": 8e8, "curve": "sine"}, ["curve"]),
    ],
)
def test_a_faulty_query_names_its_parameters(
    client: Client, change: dict[str, Any], parameters: list[str]
) -> None:
    """What one parameter says, or what it leads to, is told under its name."""
    response = client.get(PATH, params=TABLE | change)
    assert response.status_code == 422, response.text
    assert [error["parameter"] for error in response.json()["errors"]] == parameters


def test_what_is_wrong_with_curves_and_months(client: Client) -> None:
    """Each fault beside the workloads is named at once, where it stands."""
    curves = [OFFICE | {"group": "x"}, OFFICE, OFFICE, {"group": "", "curve": "hours"}]
    plan = {"kind": "database_savings_plan", "committed": 1, "ends": "2027-01"}
    asked = {"curves": curves, "growth": {"writes_per_second": {}}, "commitments": [plan]}
    response = client.post(PATH, json={"workloads": [TABLE]} | asked)
    assert response.status_code == 422
    assert [error["pointer"] for error in response.json()["errors"]] == [
        "/commitments/0/ends",
        "/curves/0/group",
        "/curves/2/group",
        "/curves/3/curve_multipliers",
        "/curves/3/group",
        "/growth",
    ]


def test_too_many_hours_are_refused(client: Client) -> None:
    """A year of hours for each of 500 workloads is too much for one answer."""
    year = {"curve": "hours", "curve_multipliers": [1, 2] * 4380}
    for asked, pointer in (
        ({"curves": [year]}, "/curves"),
        ({"start": "2026-01", "workloads": [TABLE] * 112_000}, None),
    ):
        sent = {"workloads": [TABLE] * 500} | asked
        response = client.post(PATH, json=sent)
        assert response.status_code in (400, 422)
        assert pointer in (None, response.json()["errors"][0]["pointer"])


def test_a_schedule_follows_the_growth(client: Client) -> None:
    """As the demand grows, what is used in all years is bought for three, the rest for a year."""
    growth = {"writes_per_second": {"monthly_rate": 0.05}}
    found = answer(client, TABLE, start="2026-04", growth=growth)["schedule"]
    assert (found["start"], found["years"]) == ("2026-04", 3)
    assert found["saving"] == pytest.approx(found["on_demand_cost"] - found["cost"])
    writes = [one for one in found["purchases"] if "write" in (one["sku_id"] or "")]
    assert [(one["month"], one["term_years"]) for one in writes] == [("2026-04", 3), ("2028-04", 1)]
    assert writes[0]["committed"] > 1000
    assert writes[0]["upfront_cost"] == writes[0]["committed"] * 1.8
    flat = answer(client, TABLE, start="2026-04")["schedule"]
    assert flat["saving"] == pytest.approx(36 * answer(client, TABLE)["monthly_saving"])
    shorter = answer(client, TABLE, start="2026-04", growth=growth, longest_term_years=2)
    assert {one["term_years"] for one in shorter["schedule"]["purchases"]} == {1}
    mode = {"capacity_mode": "on-demand"}
    plans = answer(client, TABLE | mode, start="2026-04", growth=growth)["schedule"]["purchases"]
    assert [one["kind"] for one in plans] == ["database_savings_plan"] * 3


def test_a_schedule_of_nothing_that_is_covered(client: Client) -> None:
    """Storage has nothing to buy in any year, also beside a savings plan that ends."""
    plan = {"kind": "database_savings_plan", "committed": 1, "ends": "2027-03"}
    for asked in ({}, {"commitments": [plan]}, {"curves": [OFFICE]}):
        found = answer(client, LAKE, start="2026-01", **asked)["schedule"]
        assert (found["cost"], found["saving"], found["purchases"]) == (0, 0, [])


def test_what_is_bought_ends_in_a_schedule(client: Client) -> None:
    """A reservation that ends is bought again when it is over; one that is over is not counted."""
    bought = {
        "kind": "reservation",
        "sku_id": "dynamodb.write_capacity_unit_hours/STANDARD",
        "region": "us-east-1",
        "term_years": 3,
        "payment": "partial-upfront",
        "committed": 1000,
    }
    asked = {"start": "2026-01", "longest_term_years": 2}
    open_ended = answer(client, TABLE, commitments=[bought], **asked)
    writes = [
        one for one in open_ended["schedule"]["purchases"] if "write" in (one["sku_id"] or "")
    ]
    assert writes == []
    ending = answer(client, TABLE, commitments=[bought | {"ends": "2027-01"}], **asked)
    (again,) = (one for one in ending["schedule"]["purchases"] if "write" in (one["sku_id"] or ""))
    assert (again["month"], again["committed"]) == ("2027-01", 1000)
    over = answer(client, TABLE, commitments=[bought | {"ends": "2026-01"}], **asked)
    assert over["monthly_cost"] == answer(client, TABLE)["monthly_cost"]


def test_what_was_paid_may_differ_from_the_list(client: Client) -> None:
    """A reservation at prices of its own is billed at these, and covers the same."""
    bought = {
        "kind": "reservation",
        "sku_id": "dynamodb.write_capacity_unit_hours/STANDARD",
        "region": "us-east-1",
        "term_years": 1,
        "payment": "partial-upfront",
        "committed": 1000,
    }
    own = bought | {"upfront_price": 0.876, "hourly_price": 0.0001}
    (line,) = answer(client, TABLE, commitments=[own])["commitments"]
    assert (line["upfront_cost"], line["monthly_billed_cost"]) == (876, 73)
    assert line["monthly_effective_cost"] == 146
    (listed,) = answer(client, TABLE, commitments=[bought])["commitments"]
    assert (listed["upfront_cost"], listed["utilisation"]) == (1500, line["utilisation"])
