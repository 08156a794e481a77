"""Laws that every question keeps, applied by registration."""

import io
from dataclasses import replace
from datetime import date
from functools import partial
from importlib.resources import files
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar.testing import TestClient
from openpyxl import load_workbook

from pricing import alternatives, comparison, engine, question
from pricing import questions as questions_folder
from pricing.alternatives import Answered
from pricing.catalogue import packaged
from pricing.errors import DateBeforePricesError, QuestionError
from pricing.model import WorkloadFields, numbers
from pricing.model import service as service_of
from pricing.question import Bound, Question, registry
from service.answers import catalogue, questions, sweeps
from tests import strategies

Client = TestClient[Any]
EVERY = pytest.mark.parametrize("question", registry().values(), ids=registry())
KEYS = pytest.mark.parametrize("key", registry())


def answered(question: Question, needs: list[Any]) -> Answered:
    """Answer for some needs, with the packaged prices."""
    return alternatives.answered(question, engine.columns(question.workload, needs), packaged())


def address(key: str) -> str:
    """Return path and query of a question's example."""
    return f"/v1/questions/{key}?{catalogue.query(registry()[key])}"


@EVERY
@given(data=st.data())
def test_an_alternative_costs_what_its_workloads_cost(
    question: Question, data: st.DataObject
) -> None:
    """Each workload, sent to its service as the answer shows it, has the same bill."""
    needs = data.draw(strategies.batches(question, most=3))
    found = answered(question, needs)
    for answer in questions.viewed(questions.ranked(found), packaged()):
        for one in answer.alternatives:
            for planned in one.workloads:
                fields = dict(planned.workload)
                service = service_of(fields.pop("service"))
                row = msgspec.convert(fields, service.workload)
                bill = engine.estimate(service, [row])
                (again,) = questions.estimates.estimates(bill)
                assert again == planned.estimate
            known = sum(planned.estimate.monthly_cost for planned in one.workloads)
            if one.monthly_cost is not None:
                assert one.monthly_cost == pytest.approx(known, abs=1e-6)


@EVERY
@given(data=st.data())
def test_many_needs_are_answered_as_each_alone(question: Question, data: st.DataObject) -> None:
    """A row of needs has the same answer alone as among others."""
    needs = data.draw(strategies.batches(question, least=2, most=4))
    together = questions.viewed(questions.ranked(answered(question, needs)), packaged())
    for row, answer in zip(needs, together, strict=True):
        (alone,) = questions.viewed(questions.ranked(answered(question, [row])), packaged())
        assert alone == answer


@EVERY
def test_needs_in_chunks_are_answered_as_at_once(
    question: Question, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many needs are answered some rows at a time, in their order."""
    columns = engine.columns(question.workload, [question.example] * 3)
    whole = alternatives.answered(question, columns, packaged())
    monkeypatch.setattr(alternatives, "CHUNK", 2)
    parts = list(alternatives.answered_in_chunks(question, columns, packaged()))
    assert [len(part.cost) for part in parts] == [2, 1]
    np.testing.assert_array_equal(np.concatenate([part.cost for part in parts]), whole.cost)


@EVERY
def test_an_early_day_names_the_rows_of_needs(question: Question) -> None:
    """A day before the first prices of a service is refused, and the other rows are not named."""
    early = msgspec.structs.replace(question.example, price_date=date(2001, 1, 1))
    columns = engine.columns(question.workload, [question.example, early])
    with pytest.raises(DateBeforePricesError) as caught:
        alternatives.refuse(question, columns, packaged())
    assert list(caught.value.rows) == [1]
    alternatives.refuse(question, engine.sliced(columns, slice(1)), packaged())


@EVERY
@given(data=st.data())
def test_alternatives_are_ranked_and_reasons_are_named(
    question: Question, data: st.DataObject
) -> None:
    """Feasible ones stand first by cost; what rules one out is named with its reference."""
    needs = data.draw(strategies.batches(question, most=3))
    for answer in questions.viewed(questions.ranked(answered(question, needs)), packaged()):
        listed = answer.alternatives
        if question.decision and answer.ask:
            assert (listed, answer.cheapest, answer.monthly_cost) == ([], None, None)
            continue
        assert {one.key for one in listed} == {*question.keys}
        order = [questions.STATUSES.tolist().index(one.status) for one in listed]
        assert order == sorted(order)
        feasible = [one.monthly_cost for one in listed if one.status == "feasible"]
        assert feasible == sorted(feasible)
        assert answer.cheapest == (listed[0].key if feasible else None)
        for one in listed:
            missed = [line for line in one.ruled_out_by if line.reference.startswith("https://")]
            assert bool(missed) == (one.status == "infeasible") == (one.verdict == "ruled_out")
            assert one.unpriced or one.status != "unpriced"
            assert (one.verdict == "partly") == bool(one.partly and not missed)
            assert one.workloads or question.decision


@EVERY
def test_the_order_of_the_example_turns_where_both_cost_the_same(question: Question) -> None:
    """At each break-even point both alternatives re-price to one cost, and turn there."""
    found = answered(question, [question.example])
    value = getattr(question.example, question.swept)
    stop = min(value * 100, numbers(question.workload)[question.swept].le)
    sweep = comparison.sweep_grid(question.swept, np.geomspace(value / 100, stop, 50), False)
    costs_at = partial(alternatives.costs_at, found, packaged(), question.swept)
    exact = [one for one in sweeps.crossings(costs_at, len(question.keys), sweep) if one.exact]
    assert exact
    for crossing in exact:
        at = np.array([crossing.value * (1 - 1e-4), crossing.value, crossing.value * (1 + 1e-4)])
        below, here, above = (
            costs_at(np.array([crossing.first, crossing.second]), np.array([value, value]))
            for value in at
        )
        assert here == pytest.approx([crossing.first_cost, crossing.second_cost])
        assert here[0] == pytest.approx(here[1], rel=1e-6)
        assert below[0] <= below[1] * (1 + 1e-9)
        assert above[1] <= above[0] * (1 + 1e-9)


@KEYS
@pytest.mark.parametrize("word", ["csv", "xlsx"])
def test_a_template_is_answered_as_the_example(client: Client, key: str, word: str) -> None:
    """The sheet of needs can be sent as it is; its row is answered as the example is."""
    sheet = client.get(f"/v1/questions/{key}/template.{word}")
    headers = {"Content-Type": sheet.headers["content-type"]}
    sent = partial(client.post, content=sheet.content, headers=headers)
    (answer,) = sent(f"/v1/questions/{key}.json").json()["answers"]
    assert answer == client.get(address(key)).json()
    assert (
        sent(f"/v1/questions/{key}.csv").content
        == client.get(address(key).replace("?", ".csv?")).content
    )


@KEYS
def test_an_answer_has_every_format(client: Client, key: str) -> None:
    """The cheapest cost is the same as document, table, workbook and number."""
    asked = address(key)
    cost = client.get(asked).json()["monthly_cost"]
    number = client.get(f"{asked}&format=txt&num=plain").text
    assert float(number) == cost
    (record,) = client.get(f"{asked}&view=answers").json()
    assert record["monthly_cost"] == cost
    sheet = load_workbook(io.BytesIO(client.get(f"{asked}&format=xlsx").content)).worksheets[0]
    header, row = sheet.iter_rows(values_only=True)
    assert dict(zip(header, row, strict=True))["monthly_cost"] == pytest.approx(cost)
    assert client.get(f"{asked}&format=xml").text.count("<row>") == 1


@KEYS
def test_an_answered_sheet_can_be_edited_and_sent_again(client: Client, key: str) -> None:
    """The cheapest stands before the needs, whose numbers are as typed; the answers are ignored."""
    first = client.get(f"{address(key)}&format=xlsx")
    book = load_workbook(io.BytesIO(first.content))
    header, row = book.worksheets[0].iter_rows()
    names = [cell.value for cell in header]
    assert names[:3] == ["name", "group", "region"]
    assert names[3] == "cheapest"
    needs = client.get(f"/v1/questions/{key}/template.csv").text.partition("\n")[0]
    needed = {name.strip('"') for name in needs.strip().split(",")}
    shown = {name: cell.number_format for name, cell in zip(names, row, strict=True)}
    assert {shown[name] for name in needed} == {"General", "yyyy-mm-dd"}
    row[names.index("name")].value = "edited"
    edited = io.BytesIO()
    book.save(edited)
    headers = {"Content-Type": first.headers["content-type"]}
    again = client.post(f"/v1/questions/{key}", content=edited.getvalue(), headers=headers)
    _, answered = load_workbook(io.BytesIO(again.content)).worksheets[0].iter_rows()
    costs = [cells[names.index("monthly_cost")].value for cells in (row, answered)]
    assert costs[0] == costs[1]
    assert answered[0].value == "edited"


@KEYS
def test_an_alternative_is_a_number_of_the_answer_by_its_key(client: Client, key: str) -> None:
    """A cell of a sheet asks for the cost of one alternative by its key."""
    asked = address(key)
    for one in client.get(asked).json()["alternatives"]:
        field = f"alternatives.{one['key']}.monthly_cost"
        answer = client.get(f"{asked}&format=txt&num=plain&field={field}")
        if one["monthly_cost"] is None:
            assert answer.status_code == 422
        else:
            assert float(answer.text) == one["monthly_cost"]


@KEYS
def test_views_of_many_needs_say_whose_they_are(client: Client, key: str) -> None:
    """Alternatives stand by row of needs and rank, with the columns that are passed through."""
    question = registry()[key]
    fields = catalogue.example_fields(question)
    header, row = ",".join([*fields, "team"]), ",".join(map(str, fields.values()))
    sheet = f"{header}\n{row},one\n{row},two\n".replace("True", "true").replace("False", "false")
    answer = client.post(
        f"/v1/questions/{key}.json?view=alternatives&keep_extra=1",
        content=sheet,
        headers={"Content-Type": "text/csv"},
    ).json()
    count = len(question.keys)
    assert [one["needs"] for one in answer] == [0] * count + [1] * count
    assert [one["team"] for one in answer] == ["one"] * count + ["two"] * count


@KEYS
def test_a_sweep_is_of_one_row_at_a_time(client: Client, key: str) -> None:
    """The same sweep in a query and in a body is the same; of two rows it is refused."""
    question = registry()[key]
    fields = catalogue.example_fields(question)
    value = getattr(question.example, question.swept)
    stop = min(value * 4, numbers(question.workload)[question.swept].le)
    sweep = {"field": question.swept, "start": value, "stop": stop, "points": 5}
    asked = f"{address(key)}&sweep={question.swept}:{value}:{stop}:5"
    by_query = client.get(asked).json()
    body = {"needs": [fields], "sweep": sweep}
    assert client.post(f"/v1/questions/{key}", json=body).json() == {"answers": [by_query]}
    assert len(client.get(f"{asked}&view=curves").json()) == 5 * len(question.keys)
    turns = by_query["sweep"]["break_even_points"] + by_query["sweep"]["steps"]
    assert len(client.get(f"{asked}&view=turns").json()) == len(turns)
    refused = client.post(f"/v1/questions/{key}", json=body | {"needs": [fields, fields]})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/sweep"


@KEYS
def test_a_day_before_the_first_prices_is_refused(client: Client, key: str) -> None:
    """Whether asked by query or by body, the field is named with the day to send instead."""
    fields = catalogue.example_fields(registry()[key]) | {"price_date": "2001-01-01"}
    answers = (
        client.get(f"{address(key)}&price_date=2001-01-01"),
        client.post(f"/v1/questions/{key}", json={"needs": [fields]}),
    )
    for answer, place in zip(answers, ("price_date", "/needs/0/price_date"), strict=True):
        assert answer.status_code == 422
        (fault, *_) = answer.json()["errors"]
        assert place in (fault.get("parameter"), fault.get("pointer"))


def test_the_questions_are_listed(client: Client) -> None:
    """Each question stands in the list with its alternatives, fields, facts and an example."""
    listed = client.get("/v1/questions").json()["questions"]
    assert [one["key"] for one in listed] == sorted(registry())
    for one in listed:
        assert client.get(one["example"]).status_code == 200
        assert all(alternative["facts"] for alternative in one["alternatives"])
        assert {field["name"] for field in one["fields"]} >= {"region", "price_date"}


def test_a_wrong_question_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every fault of a record is named with what to mend."""
    one = next(iter(registry().values()))
    wrong = replace(
        one,
        workload=WorkloadFields,
        services=("s4",),
        swept="name",
        bounds=(Bound("size", "size", most=True),),
    )
    monkeypatch.setattr(question, "import_module", lambda _: type("", (), {"QUESTION": wrong}))
    with pytest.raises(QuestionError) as error:
        question._question("other")
    said = str(error.value)
    for fault in ("name it after", "end in Needs", "no price_date", "sweeps", "bound 'size'"):
        assert fault in said
    assert "['s4'] do not exist" in said


def test_alternatives_that_differ_in_subjects_stop_the_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    """A table of facts has a cell for each alternative and subject, or the start stops."""
    one = next(iter(registry().values()))
    text = files(questions_folder).joinpath(f"{one.key}.toml").read_text("utf-8")
    key, subject = one.keys[0], next(iter(one.texts.alternatives[one.keys[0]].facts))
    named = f"alternatives.{key}.facts."
    (tmp_path / f"{one.key}.toml").write_text(text.replace(named + subject, named + "other"))
    monkeypatch.setattr(question, "files", lambda _: tmp_path)
    monkeypatch.setattr(
        question, "import_module", lambda _: type("", (), {"QUESTION": replace(one)})
    )
    with pytest.raises(QuestionError, match="facts of different subjects"):
        question._question(one.key)


def test_wrong_texts_of_a_question_are_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    """A file of texts that breaks the discipline is named, with its fault."""
    one = next(iter(registry().values()))
    (tmp_path / f"{one.key}.toml").write_text("[alternatives.a]\n")
    monkeypatch.setattr(question, "files", lambda _: tmp_path)
    with pytest.raises(QuestionError, match=f"{one.key}.toml: Object missing required"):
        _ = replace(one).texts
