"""Commitments of portfolios over HTTP."""

from typing import Any

import pytest
from litestar.testing import TestClient

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


@pytest.mark.parametrize("view", ["chosen", "offers", "curves", "rates"])
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
