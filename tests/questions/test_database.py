"""The choice of a database: AWS's decision guides and planners' matrix as data, and its laws."""

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from pricing import alternatives, capabilities, decision, engine, model
from pricing.alternatives import Answered
from pricing.catalogue import packaged
from pricing.errors import TableError
from pricing.questions import database
from pricing.questions.database import NEEDS, QUESTION, DatabaseNeeds
from service.answers import decisions, questions
from tests import strategies

CASES = tomllib.loads(Path(__file__).with_name("database_cases.toml").read_text("utf-8"))["case"]


def answered(*needs: DatabaseNeeds) -> Answered:
    """Answer for rows of needs."""
    return alternatives.answered(QUESTION, engine.columns(DatabaseNeeds, needs), packaged())


def answer(**needs: Any) -> Any:
    """View the answer to one row of needs in us-east-1."""
    compared = questions.ranked(answered(DatabaseNeeds(region="us-east-1", **needs)))
    (found,) = questions.viewed(compared, packaged())
    return found


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_system_gets_the_verdicts_that_are_expected(case: dict[str, Any]) -> None:
    """The cheapest, those left, and those ruled out with the reason are as the case says."""
    found = answer(**case["needs"])
    by_key = {one.key: one for one in found.alternatives}
    left = {key for key, one in by_key.items() if one.verdict != "ruled_out"}
    assert found.cheapest in case.get("first", [found.cheapest])
    assert left >= {*case.get("left", [])}
    assert left == {*case.get("only", left)}
    for key, reason in case.get("out", {}).items():
        assert by_key[key].verdict == "ruled_out"
        reasons = {line.rule: line.reference for line in by_key[key].ruled_out_by}
        assert reasons.get(reason, "").startswith("https://"), reasons
    for key, reason in case.get("partly", {}).items():
        assert reason in {line.rule for line in by_key[key].partly}
    for cheaper, dearer in case.get("cheaper", []):
        assert by_key[cheaper].monthly_cost < by_key[dearer].monthly_cost
