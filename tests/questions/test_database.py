"""The choice of a database: AWS's decision guides and planners' matrix as data, and its laws."""

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
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
    for first, second in case.get("before", []):
        assert by_key[first].rank < by_key[second].rank
    for key in case.get("priced", []):
        assert by_key[key].monthly_cost > 0
    if "conflict" in case:
        assert found.conflict == case["conflict"]
    if "workload" in case:
        sent = [one.workload for one in found.alternatives[0].workloads]
        assert any(case["workload"].items() <= one.items() for one in sent), sent


STATED = {
    "query_patterns": "",
    "transactions": "any",
    "consistency": "any",
    "engine_compatibility": "any",
    "multi_region_writes": "any",
    "durable": "any",
    "serverless": "any",
    "scale_to_zero": "any",
    "latency_ms_p99": 0.0,
    "regions": 0.0,
    "transaction_items": 0.0,
    "availability_fraction": 0.0,
    "writes_per_second": 0.0,
    "peak_to_mean": 1.0,
    "retention_hours": 0.0,
}
"""Each need beside the kind and the load, and what it is where it is not stated."""


def needs_of(data: st.DataObject) -> DatabaseNeeds:
    """Draw needs that leave candidates more often than not: a kind, a load, and some others."""
    drawn = data.draw(strategies.workloads(QUESTION))
    names = data.draw(st.lists(st.sampled_from(sorted(STATED)), unique=True, max_size=3))
    return DatabaseNeeds(
        region="us-east-1",
        data_model=data.draw(st.sampled_from(database.DATA_MODELS)),
        reads_per_second=data.draw(st.sampled_from([0.01, 10.0, 5000.0])),
        storage_gb=data.draw(st.sampled_from([1.0, 500.0])),
        **{name: getattr(drawn, name) for name in names},
    )


def left_by(needs: DatabaseNeeds) -> set[str]:
    """Return the candidates that needs leave."""
    (row,) = answered(needs).infeasible
    return {key for key, out in zip(QUESTION.keys, row, strict=True) if not out}


@settings(max_examples=50)
@given(data=st.data(), name=st.sampled_from(sorted(STATED)))
def test_a_need_taken_out_rules_no_candidate_out(data: st.DataObject, name: str) -> None:
    """What is left with a need is left without it; so a need put in lets no candidate in."""
    needs = needs_of(data)
    assert left_by(structs.replace(needs, **{name: STATED[name]})) >= left_by(needs)


@settings(max_examples=50)
@given(data=st.data())
def test_the_order_of_services_does_not_matter(data: st.DataObject) -> None:
    """The same verdicts and costs follow from services and candidates in another order."""
    needs = engine.columns(DatabaseNeeds, [needs_of(data)])
    turned = dict(reversed(database.candidates().items()))
    other = replace(
        QUESTION,
        services=QUESTION.services[::-1],
        decision=replace(database.DECISION, candidates=lambda: turned),
    )
    first, second = (alternatives.answered(one, needs, packaged()) for one in (QUESTION, other))
    assert other.keys == QUESTION.keys[::-1]
    np.testing.assert_array_equal(first.infeasible, second.infeasible[:, ::-1])
    np.testing.assert_allclose(first.cost, second.cost[:, ::-1], rtol=1e-12)


@settings(max_examples=30)
@given(data=st.data())
def test_the_cheapest_costs_the_same_by_its_own_route(data: st.DataObject) -> None:
    """Each workload of the cheapest, decoded strictly by its service, has the same bill."""
    compared = questions.ranked(answered(needs_of(data)))
    (found,) = questions.viewed(compared, packaged())
    for one in found.alternatives[:1] if found.cheapest else ():
        for planned in one.workloads:
            fields = dict(planned.workload)
            service = model.service(fields.pop("service"))
            bill = engine.estimate(service, [msgspec.convert(fields, service.workload)])
            (again,) = questions.estimates.estimates(bill)
            assert again == planned.estimate


def test_every_region_costs_what_the_first_costs() -> None:
    """A second Region doubles the bill of each candidate, and the answer says what is left out."""
    needs = {
        "data_model": "key-value",
        "durable": "yes",
        "reads_per_second": 100.0,
        "storage_gb": 9.0,
    }
    one, two = (answer(**needs, regions=regions).alternatives for regions in (1.0, 2.0))
    costs = {found.key: found.monthly_cost for found in one if found.monthly_cost}
    for found in two:
        if found.monthly_cost and found.key != "memorydb":
            assert found.monthly_cost == pytest.approx(2 * costs[found.key], rel=0.01)
            assert "transfer_left_out" in {line.rule for line in found.attention}


def test_strong_reads_cost_twice_as_much_on_dynamodb() -> None:
    """A strongly consistent read takes one unit for 4 KB, an eventually consistent one half."""
    needs = {"data_model": "key-value", "reads_per_second": 1000.0, "item_bytes": 4096.0}
    costs = [
        next(
            one.monthly_cost
            for one in answer(**needs, consistency=consistency).alternatives
            if one.key == "dynamodb_on_demand"
        )
        for consistency in ("eventual", "strong")
    ]
    assert costs[1] == 2 * costs[0]


def test_nothing_known_is_answered_by_three_needs_to_state() -> None:
    """Those are the needs whose answers leave the fewest candidates, the data's kind first."""
    found = answer()
    assert (found.alternatives, found.cheapest, found.monthly_cost) == ([], None, None)
    assert len(found.ask) == decision.ASKED
    assert found.ask[0].need == "data_model"
    for ask in found.ask:
        for choice in ask.choices:
            stated = {ask.need: choice.word, "storage_gb": 1.0}
            if ask.need in ("data_model", "query_patterns"):
                assert {*choice.candidates} >= left_by(DatabaseNeeds(region="us-east-1", **stated))


def test_a_kind_without_a_load_is_asked_for_its_size() -> None:
    """Unknown is not zero: without reads, writes or storage there is no bill to compare."""
    assert [one.need for one in answer(data_model="graph").ask] == [*QUESTION.decision.loads]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("needs", "conflict"),
    [
        (
            {"engine_compatibility": "oracle", "serverless": "yes"},
            {"engine_compatibility", "serverless"},
        ),
        ({"data_model": "graph", "latency_ms_p99": 1.0}, {"data_model", "latency_ms_p99"}),
        ({"data_model": "object", "transactions": "sql"}, {"data_model", "transactions"}),
    ],
)
def test_contradictory_needs_are_named(needs: dict[str, Any], conflict: set[str]) -> None:
    """All candidates are out; without either of the named needs some would be left."""
    load = {"reads_per_second": 10.0, "storage_gb": 10.0}
    found = answer(**needs, **load)
    assert (found.cheapest, {*found.conflict}) == (None, conflict)
    assert {one.verdict for one in found.alternatives} == {"ruled_out"}
    for name in found.conflict:
        rest = {key: value for key, value in needs.items() if key != name}
        assert left_by(DatabaseNeeds(region="us-east-1", **rest, **load))


def test_a_number_that_only_quotas_miss_conflicts_too() -> None:
    """A candidate left by its capabilities falls by its own limits, and the number is blamed."""
    found = answer(engine_compatibility="cassandra", item_bytes=2e6, reads_per_second=1.0)
    assert found.conflict == ["engine_compatibility", "item_bytes"]


def test_numbers_that_only_together_are_too_much_conflict() -> None:
    """Where no single number rules a candidate out, one of all that are stated is named."""
    load = {"item_bytes": 1e13, "storage_gb": 1e7, "reads_per_second": 1.0}
    needs = {"data_model": "document", "multi_region_writes": "yes"}
    found = answer(**needs, **load).conflict
    assert {*found} <= {*needs, *load}
    assert {*found} & {*load}


@settings(max_examples=8)
@given(data=st.data())
def test_what_would_change_does_change(data: st.DataObject) -> None:
    """Each change, made, lets in and rules out the candidates that it names, and no fewer."""
    needs = needs_of(data)
    base, keys = left_by(needs), QUESTION.keys
    for change in decision.changes(answered(needs), packaged()):
        left = left_by(structs.replace(needs, **{change.need: change.value}))
        assert left - base == {keys[place] for place in change.admits}
        assert base - left == {keys[place] for place in change.removes}


def test_the_least_change_of_a_number_is_the_limit_itself() -> None:
    """DynamoDB is out from the first byte beyond 400 KB on, as its own finding has it."""
    needs = {
        "data_model": "key-value",
        "durable": "yes",
        "reads_per_second": 10.0,
        "item_bytes": 1000.0,
    }
    changes = decisions.would_change(
        answered(DatabaseNeeds(region="us-east-1", **needs)), packaged()
    )
    (found,) = [
        one
        for one in changes.needs
        if "dynamodb_on_demand" in one.removes and one.need == "item_bytes"
    ]
    assert found.number is not None
    assert 400 * 1024 < found.number <= 400 * 1024 * 1.001


def test_the_cheapest_turns_where_it_says() -> None:
    """Just below the turn one candidate is the cheapest, and from it on the other."""
    needs = QUESTION.example
    found = decisions.would_change(answered(needs), packaged()).order
    assert found
    for turn in found:
        for factor, key in ((1 - 1e-3, turn.cheapest_below), (1 + 1e-3, turn.cheapest_above)):
            at = structs.replace(needs, reads_per_second=turn.value * factor)
            (row,) = questions.ranked(answered(at)).cheapest
            assert row == key


@pytest.mark.parametrize(
    "needs",
    [
        {"data_model": "graph", "storage_gb": 10.0},
        {"data_model": "graph", "latency_ms_p99": 1.0, "reads_per_second": 1.0},
    ],
    ids=["without reads", "without a candidate"],
)
def test_there_is_no_turn_without_reads_or_candidates(needs: dict[str, Any]) -> None:
    """Where nothing is read, or nothing is left, no rate of reads turns the order."""
    found = decisions.would_change(answered(DatabaseNeeds(region="us-east-1", **needs)), packaged())
    assert found.order == []


def test_a_service_with_candidates_is_priced() -> None:
    """What has candidates is a service of the question, but for the one that is closed."""
    for key, one in capabilities.descriptions().items():
        if one.candidates and key in model.registry() and key != "timestream":
            assert key in QUESTION.services


def test_each_statement_of_a_capability_has_its_source() -> None:
    """Each is a sentence with an address of AWS's, a day that has come, and a grade."""
    for candidate in database.candidates().values():
        for one in candidate.capabilities.values():
            assert one.statement.endswith(".")
            assert one.reference.startswith("https://")
            assert "aws" in one.reference or "amazon" in one.reference
            assert one.date <= database.DatabaseNeeds(region="us-east-1").price_date.today()


FILE = """
[candidates.one]
title = "One"
"""
NOT_ONE = """
[not_a_database]
statement = "No."
reference = "https://aws.amazon.com"
date = 2026-01-01
grade = "A"
"""
WRONG = {
    "not_a_database = 1": "Expected .object",
    NOT_ONE + FILE: "either candidates",
    FILE: "data_model is missing; add it",
}


@pytest.mark.parametrize(("text", "fault"), WRONG.items(), ids=WRONG.values())
def test_a_wrong_file_of_capabilities_is_named(tmp_path: Path, text: str, fault: str) -> None:
    """The loud reader names the file and what to mend."""
    (tmp_path / "one_capabilities.toml").write_text(text, "utf-8")
    with pytest.raises(TableError, match=f"one_capabilities.toml: .*{fault}"):
        capabilities.candidates(NEEDS, tmp_path)


@pytest.mark.parametrize(
    ("need", "wrong", "fault"),
    [
        ("colour", {}, "colour is no need of the question; take it out"),
        ("data_model", {"yes": ("cubes",)}, "has the words .'cubes'.*which the need has not"),
        ("durable", {}, "durable has no support; say yes, partly or no"),
        ("latency_ms_p99", {"most": 1.0}, "latency_ms_p99 has no least; add the number"),
        ("regions", {"least": 1.0}, "regions has no most; add the number"),
    ],
)
def test_a_wrong_capability_is_named(need: str, wrong: dict[str, Any], fault: str) -> None:
    """A need that the question has not, a word that a need has not, and a missing number."""
    usual = next(iter(database.candidates().values())).capabilities["durable"]
    bare = structs.replace(usual, support=None, **wrong)
    with pytest.raises(AssertionError, match=fault):
        raise AssertionError("; ".join(NEEDS.faults({need: bare})))
