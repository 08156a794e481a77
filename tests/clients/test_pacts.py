"""What two consumers rely on, written down as pacts, which the service then keeps.

Each consumer first asks a stand-in that answers just what it relies on; the service has to answer
the same questions likewise.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas
import pytest
import requests
from pact import Pact, Verifier, match


class Spreadsheet:
    """A planning spreadsheet: a number in a cell, a batch priced at once, faults shown."""

    def __init__(self, base: str) -> None:
        self.base = base

    def cell(self, storage_gb: float) -> float:
        """Return what a formula in a cell shows."""
        query = {"region": "us-east-1", "storage_gb": storage_gb, "field": "monthly_cost"}
        said = requests.get(f"{self.base}/v1/s3/estimate.txt", params=query)
        return float(said.text)

    def total(self, workloads: list[dict[str, Any]]) -> float:
        """Return what complete workloads cost together."""
        said = requests.post(f"{self.base}/v1/s3/estimates", json={"workloads": workloads})
        return sum(one["monthly_cost"] for one in said.json()["estimates"] if one["complete"])

    def faults(self, workloads: list[dict[str, Any]]) -> list[tuple[str, str]]:
        """Return where a batch is wrong, and how."""
        said = requests.post(f"{self.base}/v1/s3/estimates", json={"workloads": workloads})
        assert said.headers["Content-Type"] == "application/problem+json"
        return [(error["pointer"], error["detail"]) for error in said.json()["errors"]]


class Dashboard:
    """A dashboard: charges as flat records, and the curve of a comparison."""

    def __init__(self, base: str) -> None:
        self.base = base

    def by_service(self) -> dict[str, float]:
        """Return the billed cost by the service that the bill names."""
        query = {"region": "us-east-1", "storage_gb": 100, "view": "charges"}
        said = requests.get(f"{self.base}/v1/s3/estimate.json", params=query)
        return dict(pandas.DataFrame(said.json()).groupby("ServiceName")["ListCost"].sum())

    def cheapest(self) -> dict[str, Any]:
        """Return the choices of the cheapest alternative."""
        query = {"region": "us-east-1", "storage_gb": 100, "vary": "storage_class:STANDARD|GLACIER"}
        said = requests.get(f"{self.base}/v1/s3/comparison", params=query)
        return dict(said.json()["cheapest"]["choices"])


@pytest.fixture(scope="module")
def pacts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of the pacts; nobody is told that they are verified."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PACT_DO_NOT_TRACK", "true")
        yield tmp_path_factory.mktemp("pacts")


def test_a_spreadsheet_relies_on_little(pacts: Path) -> None:
    """A cell, a batch and its faults need the number, the estimates' totals and the pointers."""
    pact = Pact("planning spreadsheet", "storecast").with_specification("V4")
    question = {"region": "us-east-1", "storage_gb": "100", "field": "monthly_cost"}
    asked = pact.upon_receiving("a formula of a cell").with_request("GET", "/v1/s3/estimate.txt")
    asked.with_query_parameters(question).will_respond_with(200)
    number = {"match": "regex", "regex": r"^\d+(E-?\d+)?$"}
    asked.with_body("23E-1", "text/plain").with_matching_rules(
        {"body": {"$": {"matchers": [number]}}}
    )

    good, bad = ({"region": "us-east-1", "storage_gb": gb} for gb in (100, -1))
    asked = pact.upon_receiving("a batch").with_request("POST", "/v1/s3/estimates")
    asked.with_body({"workloads": [good]}, "application/json").will_respond_with(200)
    estimate = {"monthly_cost": match.decimal(2.3), "complete": match.boolean(True)}
    asked.with_body({"estimates": match.each_like(estimate)}, "application/json")

    asked = pact.upon_receiving("a faulty batch").with_request("POST", "/v1/s3/estimates")
    asked.with_body({"workloads": [bad]}, "application/json").will_respond_with(400)
    fault = {"pointer": "/workloads/0/storage_gb", "detail": match.string("is below 0")}
    asked.with_body({"errors": [fault]}, "application/problem+json")
    with pact.serve() as stand_in:
        sheet = Spreadsheet(str(stand_in.url))
        assert sheet.cell(100) == 2.3
        assert sheet.total([good]) == 2.3
        assert sheet.faults([bad]) == [("/workloads/0/storage_gb", "is below 0")]
    pact.write_file(pacts)


def test_a_dashboard_relies_on_little(pacts: Path) -> None:
    """Charts need FOCUS's names of records, and the choices of the cheapest alternative."""
    pact = Pact("dashboard", "storecast").with_specification("V4")
    query = {"region": "us-east-1", "storage_gb": "100"}
    asked = pact.upon_receiving("charges").with_request("GET", "/v1/s3/estimate.json")
    asked.with_query_parameters(query | {"view": "charges"}).will_respond_with(200)
    record = {"ServiceName": "Amazon Simple Storage Service", "ListCost": match.number(2.3)}
    asked.with_body(match.each_like(record), "application/json")

    varied = query | {"vary": "storage_class:STANDARD|GLACIER"}
    asked = pact.upon_receiving("a comparison").with_request("GET", "/v1/s3/comparison")
    asked.with_query_parameters(varied).will_respond_with(200)
    cheapest = {"choices": {"storage_class": match.string("GLACIER")}}
    asked.with_body({"cheapest": cheapest}, "application/json")
    with pact.serve() as stand_in:
        board = Dashboard(str(stand_in.url))
        assert board.by_service() == {"Amazon Simple Storage Service": 2.3}
        assert board.cheapest() == {"storage_class": "GLACIER"}
    pact.write_file(pacts)


def test_the_service_keeps_both_pacts(pacts: Path, base: str) -> None:
    """The live service answers each question as its consumer relies on."""
    assert {pact.name for pact in pacts.iterdir()} == {
        "dashboard-storecast.json",
        "planning spreadsheet-storecast.json",
    }
    Verifier("storecast", host="127.0.0.1").add_source(pacts).add_transport(url=base).verify()
