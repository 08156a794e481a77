"""Questions: needs in; alternatives out, ranked, priced, or ruled out with the reason."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from functools import partial
from typing import Any

from litestar.handlers import HTTPRouteHandler
from msgspec import structs

from pricing import alternatives, engine
from pricing.catalogue import Catalogue
from pricing.question import Question, registry
from service import counting, problems
from service.answers import catalogue, decisions, forms, questions, sweeps
from service.answers.questions import NeedsSweep, Ranked
from service.formats import media, readers
from service.formats.media import Dialect
from service.formats.readers import Sheet
from service.formats.table import NO_COLUMNS, Table
from service.http import answering, delivery, receiving, work
from service.http.answering import Answer, Download, Parts, Tables
from service.problems import ProblemError, Violation
from service.requests import bodies, queries, sheets
from service.requests import presentation as presentations
from service.requests import questions as question_requests
from service.requests.presentation import Presentation, Query
from service.requests.sheets import Expected
from service.routes import operation
from service.routes.operation import (
    ASKED,
    BARE,
    READ,
    SENT,
    Call,
    Nothing,
    Operation,
    Place,
    Routes,
    calculating,
    catalogued,
    reading,
    refusing,
)
from service.waiting import each

VIEWS = ("answers", "alternatives", "curves", "turns")
TEMPLATE = Query(Nothing, offered=media.SHEETS)
LONGEST_NEEDS = 16 * 1024**2
"""Bytes of a body; 10,000 rows of needs take fewer."""
SIZE_OF_CHANGES = 7_000
"""Cost of working out what would change an answer, relative to viewing a workload."""
SIZE_OF_A_BYTE = 0.01
"""Cost of what stands in a byte of needs, relative to viewing a workload."""


def views(question: Question) -> tuple[str, ...]:
    """Return the views of a question's answers."""
    return (*VIEWS, "changes") if question.decision else VIEWS


def router(prices: Catalogue) -> Routes:
    """Make the routes of the questions."""
    made = (ask, ask_many, template)
    handlers = [make(question, prices) for question in registry().values() for make in made]
    return Routes("/v1/questions", tags=["Questions"], route_handlers=[list_questions(), *handlers])


def list_questions() -> HTTPRouteHandler:
    """Route the list of questions."""
    operation = Operation(
        "list_questions",
        "List the questions: what they answer, their alternatives and the fields of their needs",
        questions.Questions,
        query=BARE,
        statuses=READ,
    )

    @reading("/", operation)
    async def list_questions(request: Call) -> Answer:
        listed = [questions.described(question) for question in registry().values()]
        return catalogued(request, questions.Questions(listed))

    return list_questions


def ask(question: Question, prices: Catalogue) -> HTTPRouteHandler:
    """Route a question about needs in the query."""
    types = question_requests.types(question)
    query = Query(types.query, views=views(question))
    operation = Operation(
        f"ask_{question.key}",
        question.about,
        questions.answer_types(question).answer,
        query=query,
        statuses=ASKED,
        example=catalogue.example_fields(question),
    )

    @reading(f"/{question.key}", operation)
    async def ask(request: Call) -> Answer:
        asked, presentation = presentations.asked(request, query)
        members = question_requests.from_query(question, asked)
        converted = partial(queries.convert_text, members, types.request)
        sent = await work.done(request, 0, converted)
        if found := question_requests.faults(question, sent):
            raise problems.refused(queries.as_parameters(found), "not-computable")
        answer = partial(_answer_one, presentation, question, prices, sent)
        return await work.done(request, _size(question, sent), answer)

    return ask


def _size(question: Question, asked: Any) -> float:
    """Estimate the work of a question in viewed workloads; see :mod:`service.http.work`."""
    points = sweeps.FINEST if asked.sweep else 0
    changes = SIZE_OF_CHANGES if question.decision and len(asked.needs) == 1 else 0
    return len(asked.needs) * len(question.keys) * (1 + points * sweeps.SIZE_OF_A_POINT) + changes


def _answer_one(
    presentation: Presentation, question: Question, prices: Catalogue, asked: Any
) -> Answer:
    """Answer for one row of needs, with a sweep if one is asked for."""
    needs = engine.columns(question.workload, asked.needs)
    with refusing(operation.in_query):
        alternatives.refuse(question, needs, prices)
    counting.asked(1)
    compared = questions.ranked(alternatives.answered(question, needs, prices))
    swept = _swept(compared, asked, prices, operation.in_query, "sweep")

    explained = not presentation.field or presentation.field.startswith("would_change")
    return answering.answer(
        presentation,
        lambda: _answered(compared, prices, swept, explained=explained),
        _tables(question, prices, lambda: iter([compared]), swept),
    )


def _answered(
    compared: Ranked, prices: Catalogue, swept: NeedsSweep | None, *, explained: bool = True
) -> Any:
    """View the answer to the only row of needs, with what would change it unless not needed."""
    (answer,) = questions.viewed(compared, prices, alone=explained)
    return structs.replace(answer, sweep=swept)


def _swept(
    compared: Ranked, asked: Any, prices: Catalogue, place: Place, where: str
) -> NeedsSweep | None:
    """Return the sweep that is asked for; ``where`` is its place in the request."""
    if not asked.sweep:
        return None
    try:
        with refusing(place):
            return questions.swept(compared, asked.sweep, prices)
    except sweeps.TooManyTurnsError as error:
        fault = (
            Violation(str(error), pointer=where)
            if where.startswith("/")
            else Violation(str(error), parameter=where)
        )
        raise ProblemError("not-computable", str(error), [fault]) from error


def _tables(
    question: Question,
    prices: Catalogue,
    compared: Callable[[], Iterator[Ranked]],
    swept: NeedsSweep | None = None,
    rows: int = 1,
) -> Tables:
    """Return the tables of answers to rows of needs that come in parts."""

    def alternatives() -> Iterator[Table]:
        first = 0
        for part in compared():
            yield questions.table_of_alternatives(part, first)
            first += len(part.order)

    def changes() -> list[Table]:
        found = None
        if rows == 1:
            found = decisions.would_change(next(compared()).answered, prices)
        return [decisions.table_of_changes(found)]

    tables: dict[str, Callable[[], Iterable[Table]]] = {
        "answers": lambda: map(partial(questions.table_of_answers, prices=prices), compared()),
        "alternatives": alternatives,
        "curves": lambda: [questions.table_of_curves(swept)],
        "turns": lambda: [questions.table_of_turns(swept)],
        "changes": changes,
    }
    return answering.of_overlay({name: tables[name] for name in views(question)}, prices.overlay)


def ask_many(question: Question, prices: Catalogue) -> HTTPRouteHandler:
    """Route a question about many rows of needs, from a document or a sheet."""
    kind = question_requests.types(question).request
    query = Query(Nothing, views=views(question), tables=media.SHEETS)
    operation = Operation(
        f"ask_{question.key}_of_many",
        f"{question.about.removesuffix('.')}, for many rows of needs.",
        questions.answer_types(question).answers,
        body=lambda: kind,
        query=query,
        statuses=SENT,
        example={"needs": [catalogue.example_fields(question)]},
    )

    @calculating(f"/{question.key}", operation)
    async def ask_many(request: Call) -> Answer | Download | Parts:
        _, presentation = presentations.asked(request, query)
        media_type = bodies.body_type(request.headers, media.SHEETS)
        if media_type not in media.MEDIA_TYPES:
            async with receiving.received(request) as body:
                sheet = partial(
                    readers.opened, body, media_type, presentation.sep, presentation.decimal
                )
                answer = partial(_answer_sheet, presentation, question, prices, sheet)
                size = receiving.length(body) * SIZE_OF_A_BYTE * len(question.keys)
                return await work.done(request, size, answer)
        asked = await receiving.decoded(request, kind, LONGEST_NEEDS)
        if found := question_requests.faults(question, asked):
            raise problems.refused(found, "not-computable")
        answer = partial(_answer_document, presentation, question, prices, asked)
        return await work.done(request, _size(question, asked), answer)

    return ask_many


def _answer_document(
    presentation: Presentation, question: Question, prices: Catalogue, asked: Any
) -> Answer | Download | Parts:
    """Answer for the rows of a document, the only one of them swept if that is asked for."""
    needs = engine.columns(question.workload, asked.needs)
    with refusing(_in_needs):
        alternatives.refuse(question, needs, prices)
    if not asked.sweep:
        return _answer_many(presentation, question, prices, needs)
    counting.asked(1)
    compared = questions.ranked(alternatives.answered(question, needs, prices))
    swept = _swept(compared, asked, prices, _in_needs, "/sweep")
    answers = questions.answer_types(question).answers
    return answering.answer(
        presentation,
        lambda: answers([_answered(compared, prices, swept)]),
        _tables(question, prices, lambda: iter([compared]), swept),
    )


def _in_needs(row: int, field: str) -> str:
    """Return the pointer to a field of a row of needs."""
    return f"/needs/{row}/{field}"


def _answer_sheet(
    presentation: Presentation,
    question: Question,
    prices: Catalogue,
    opened: Callable[[], Sheet],
) -> Answer | Download | Parts:
    """Answer for the rows of a sheet, with the columns that are passed through."""
    sheet = opened()
    answered = frozenset(questions.columns_of(question))
    first_days = {question.key: first_day(question, prices)}
    keeps = bool(presentation.keep_extra)
    expected = Expected({question.key: question}, first_days, False, keeps, answered)
    batch = sheets.whole(sheet, expected, question_requests.MOST_NEEDS)
    (part,) = batch.parts
    return _answer_many(presentation, question, prices, part.workload, batch.extra, sheet.dialect)


def first_day(question: Question, prices: Catalogue) -> date:
    """Return the first day on which every service of a question has a known price."""
    return max(prices.table(key).first for key in question.services)


def _answer_many(
    presentation: Presentation,
    question: Question,
    prices: Catalogue,
    needs: Any,
    extra: Table = NO_COLUMNS,
    sent: Dialect = presentations.USUAL,
) -> Answer | Download | Parts:
    """Return the answers to rows of needs in their format and view."""
    counting.asked(len(needs.name))

    def compared() -> Iterator[Ranked]:
        answered = alternatives.answered_in_chunks(question, needs, prices)
        return map(questions.ranked, each(answered))

    made = _tables(question, prices, compared, rows=len(needs.name))
    tables = answering.with_extra_columns(made, extra)
    viewed = partial(questions.answers, question, needs, prices)
    return delivery.many(presentation, viewed, tables, sent)


def template(question: Question, prices: Catalogue) -> HTTPRouteHandler:
    """Route the sheet of needs to fill in."""
    operation = Operation(
        f"get_{question.key}_template",
        f"Give a sheet of needs to fill in, with an example: {question.name}",
        None,
        query=TEMPLATE,
        statuses=ASKED,
    )

    @reading(f"/{question.key}/template", operation)
    async def template(request: Call) -> Answer:
        _, presentation = presentations.asked(request, TEMPLATE)
        if presentation.format == "xlsx":
            make = partial(forms.plain_workbook, question, "needs", first_day(question, prices))
            return Answer(await work.done(request, forms.SIZE, make), media.FORMATS["xlsx"])
        table = forms.table(question, "needs")
        return answering.answer(presentation, lambda: None, {table.name: lambda: [table]})

    return template
