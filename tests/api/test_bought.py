"""Portfolios with commitments that are bought already, over HTTP."""

from typing import Any

import pytest
from litestar.testing import TestClient

from tests.api.test_commitments import LAKE, TABLE

Client = TestClient[Any]
PATH = "/v1/portfolios/estimate"
BEST = "/v1/portfolios/commitments"
WRITES = {
    "kind": "reservation",
    "sku_id": "dynamodb.write_capacity_unit_hours/STANDARD",
    "region": "us-east-1",
    "term_years": 1,
    "payment": "partial-upfront",
    "committed": 2500,
}
PLAN = {"kind": "database_savings_plan", "committed": 0.1}
BOUGHT = {"workloads": [TABLE, TABLE | {"group": "g"}, LAKE], "commitments": [WRITES, PLAN]}


def answer(client: Client, body: Any, path: str = PATH) -> Any:
    """Return what is answered to a body."""
    response = client.post(path, json=body)
    assert response.status_code == 200, response.text
    return response.json()


def test_without_commitments_nothing_changes(client: Client) -> None:
    """An empty list gives the bytes of a portfolio without one, in every view."""
    body = {"workloads": BOUGHT["workloads"]}
    for path in (PATH, f"{PATH}?view=charges&format=csv", f"{PATH}?format=csv"):
        none, empty = (client.post(path, json=body | more) for more in ({}, {"commitments": []}))
        assert none.content == empty.content
        assert b"effective_cost" not in none.content
    assert answer(client, body, f"{PATH}?view=commitments") == []


def test_charges_keep_their_list_cost(client: Client) -> None:
    """A bill tells both costs of each charge; they add up to those of the whole."""
    found = answer(client, BOUGHT)
    plain = answer(client, {"workloads": BOUGHT["workloads"]})
    assert found["monthly_cost"] == plain["monthly_cost"] == 1066.9
    charges = [charge for one in found["estimates"] for charge in one["charges"]]
    assert all(charge["contracted_cost"] == charge["list_cost"] for charge in charges)
    writes = [one["effective_cost"] for one in charges if "write" in one["sku_id"]]
    assert writes == [218.44, 218.44]
    used = sum(charge["effective_cost"] for charge in charges)
    for by in ("by_service", "by_region", "by_group"):
        assert sum(one["effective_monthly_cost"] for one in found[by]) == pytest.approx(used)
    reserved, plan = found["commitments"]
    assert (reserved["upfront_cost"], reserved["monthly_billed_cost"]) == (3750, 233.6)
    assert (reserved["monthly_unused_cost"], reserved["utilisation"]) == (109.22, 0.8)
    assert (plan["monthly_billed_cost"], plan["monthly_unused_cost"]) == (73, 0)
    assert found["effective_monthly_cost"] == pytest.approx(used + 109.22)
    assert found["complete"] is True


def test_what_is_billed_over_the_term_is_the_effective_cost(client: Client) -> None:
    """Twelve months of charges, with the fee that is billed once, have both costs alike."""
    rows = answer(client, BOUGHT, f"{PATH}?view=charges")

    def over_a_year(column: str) -> float:
        return sum(
            row[column] * (1 if row["ChargeFrequency"] == "One-Time" else 12) for row in rows
        )

    assert over_a_year("BilledCost") == pytest.approx(over_a_year("EffectiveCost"), abs=1e-4)
    own = [row for row in rows if row["x_Workload"] is None]
    assert [row["ChargeCategory"] for row in own] == ["Purchase", "Purchase", "Usage", "Purchase"]
    assert [row["CommitmentDiscountStatus"] for row in own] == [None, None, "Unused", None]
    assert [row["CommitmentDiscountId"] for row in own] == ["0", "0", "0", "1"]
    assert {row["BillingPeriodStart"] for row in own} == {"2026-01-01T00:00:00Z"}
    names = [name for name in rows[0] if not name.startswith("x_")]
    assert names == sorted(names)


@pytest.mark.parametrize("word", ["csv", "xlsx", "xml", "msgpack"])
@pytest.mark.parametrize("view", ["charges", "commitments", "workloads", "totals"])
def test_every_view_in_every_format(client: Client, view: str, word: str) -> None:
    """Each view is a table in each format."""
    assert client.post(f"{PATH}?view={view}&format={word}", json=BOUGHT).status_code == 200


def test_a_reservation_without_a_price_leaves_the_bill_incomplete(client: Client) -> None:
    """What has no known price is null, and the bill says that it is a lower bound."""
    node = {"service": "elasticache", "region": "us-east-1", "node_type": "cache.t3.medium"}
    sku = {"sku_id": "elasticache.node_hours/valkey/cache.t3.medium", "payment": "no-upfront"}
    body = {
        "workloads": [node | {"storage_gb": 1, "reads_per_second": 10}],
        "commitments": [WRITES | sku | {"committed": 1}],
    }
    found = answer(client, body)
    assert found["complete"] is False
    assert found["estimates"][0]["charges"][0]["effective_cost"] is None
    assert found["commitments"][0]["monthly_billed_cost"] is None
    assert answer(client, body, BEST)["complete"] is False
    assert "unpriced" in client.post(f"{PATH}?view=charges&format=csv", json=body).text


def test_what_aws_does_not_sell_is_refused(client: Client) -> None:
    """Each commitment that is not sold is named at once, with what may be meant."""
    wrong = [
        WRITES | {"sku_id": "dynamodb.write_capacity_units/STANDARD"},
        WRITES | {"sku_id": "dynamodb.write_capacity_unit_hours/STANDAR"},
        WRITES | {"sku_id": "dynamodb.write_capacity_unit_hours/STANDARD_INFREQUENT_ACCESS"},
        WRITES | {"payment": "no-upfront"},
    ]
    for path in (PATH, BEST):
        response = client.post(path, json={"workloads": [TABLE], "commitments": wrong})
        assert response.status_code == 422
        assert [one["pointer"] for one in response.json()["errors"]] == [
            "/commitments/0/sku_id",
            "/commitments/1/sku_id",
            "/commitments/2/sku_id",
            "/commitments/3/payment",
        ]
    months = BOUGHT | {"workloads": [TABLE | {"hours_per_month": 744}]}
    response = client.post(PATH, json=months)
    assert response.json()["errors"][0]["pointer"] == "/workloads/0/hours_per_month"


def test_what_breaks_the_contract_is_named(client: Client) -> None:
    """Every member of a commitment that does not fit is named, and each kind that is not known."""
    wrong = [
        WRITES | {"sku_id": 3, "region": "x", "term_years": 2, "committed": 0},
        {"kind": "plan", "committed": 1},
        {"kind": "database_savings_plan"},
    ]
    response = client.post(PATH, json={"workloads": [TABLE], "commitments": wrong})
    assert response.status_code == 400
    assert [one["pointer"] for one in response.json()["errors"]] == [
        "/commitments/0/sku_id",
        "/commitments/0/region",
        "/commitments/0/term_years",
        "/commitments/0/committed",
        "/commitments/1/kind",
        "/commitments/2/committed",
    ]


def test_only_what_is_missing_is_bought(client: Client) -> None:
    """With 600 of 1,000 write units reserved, 400 are advised; with all, none."""
    for owned, missing in ((600, [400]), (1000, [])):
        body = {"workloads": [TABLE], "commitments": [WRITES | {"committed": owned}]}
        found = answer(client, body, BEST)
        chosen = [one["committed"] for one in found["chosen"] if "write" in one["sku_id"]]
        assert chosen == missing
        assert found["commitments"][0]["utilisation"] == 1
        bill = answer(client, body)
        assert found["monthly_cost"] == bill["effective_monthly_cost"]


def test_what_is_advised_is_what_it_then_costs(client: Client) -> None:
    """A bill with the commitments that were advised costs what the advice said."""
    body = {"workloads": [TABLE, TABLE | {"capacity_mode": "on-demand"}]}
    found = answer(client, body, BEST)
    members = {"reservation": tuple(WRITES), "database_savings_plan": tuple(PLAN)}
    bought = [{name: one[name] for name in members[one["kind"]]} for one in found["chosen"]]
    bill = answer(client, body | {"commitments": bought})
    assert bill["effective_monthly_cost"] == pytest.approx(found["committed_monthly_cost"])
    again = answer(client, body | {"commitments": bought}, BEST)
    assert (again["monthly_saving"], again["chosen"]) == (0, [])
