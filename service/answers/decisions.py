"""What is behind an answer: what would change it, what to ask first, which needs conflict."""

from collections.abc import Sequence
from typing import Annotated, Any

from msgspec import Struct, structs

from pricing import decision
from pricing.alternatives import Answered
from pricing.catalogue import Catalogue
from pricing.quantities import about
from pricing.question import Question
from pricing.rounding import money
from service.answers import catalogue as descriptions
from service.formats.table import Table


class Choice(Struct, frozen=True):
    """An answer to a need, and what it leaves."""

    word: str
    candidates: Annotated[list[str], about("Keys of the candidates that it leaves.")]


class NeedToState(Struct, frozen=True):
    """A need to state before an answer can be given."""

    need: str
    meaning: str
    choices: Annotated[list[Choice], about("What it may be; of a number none.")]


class NeedChange(Struct, frozen=True):
    """The smallest change of one need that lets a candidate in, or rules one out."""

    need: str
    word: Annotated[str | None, about("What the need would be; null of a number.")]
    number: Annotated[float | None, about("What the number would be; null of a word.")]
    admits: Annotated[list[str], about("Keys of the candidates that it lets in.")]
    removes: Annotated[list[str], about("Keys of the candidates that it rules out.")]


class CheapestTurn(Struct, frozen=True):
    """Where another candidate becomes the cheapest, along one number of the needs."""

    field: str
    value: float
    cheapest_below: str
    cheapest_above: str
    cost_below: Annotated[float, about("Cost of the cheapest just below [USD].")]
    cost_above: Annotated[float, about("Cost of the cheapest just above [USD].")]


class WouldChange(Struct, frozen=True):
    """What would change the answer to one row of needs."""

    needs: list[NeedChange]
    order: list[CheapestTurn]


def would_change(answered: Answered, catalogue: Catalogue) -> WouldChange:
    """Return what would change the answer to the only row of needs."""
    keys, swept = answered.question.keys, answered.question.swept
    if answered.undecided[0]:
        return WouldChange([], [])
    changes = [
        NeedChange(
            one.need,
            one.value if isinstance(one.value, str) else None,
            None if isinstance(one.value, str) else one.value,
            [keys[place] for place in one.admits],
            [keys[place] for place in one.removes],
        )
        for one in decision.changes(answered, catalogue)
    ]
    turns = [
        CheapestTurn(
            swept,
            one.value,
            keys[one.below],
            keys[one.above],
            float(money(one.cost_below)),
            float(money(one.cost_above)),
        )
        for one in decision.turns(answered, catalogue)
    ]
    return WouldChange(changes, turns)


def explained(
    answers: Sequence[Any], answered: Answered, catalogue: Catalogue, *, alone: bool
) -> list[Any]:
    """Return answers with what to state first, which needs conflict, and what would change one."""
    question = answered.question
    asks, conflicts = decision.asks(answered, catalogue), decision.conflicts(answered, catalogue)
    return [
        structs.replace(
            answer,
            ask=[_to_state(question, ask) for ask in asks.get(row, [])],
            conflict=conflicts.get(row, []),
            would_change=would_change(answered, catalogue) if alone else None,
        )
        for row, answer in enumerate(answers)
    ]


def columns(answered: Answered, catalogue: Catalogue) -> dict[str, list[str]]:
    """Return the needs to state first and those that conflict, as columns of a sheet."""
    asks, conflicts = decision.asks(answered, catalogue), decision.conflicts(answered, catalogue)
    rows = range(len(answered.needs.name))
    return {
        "ask": ["; ".join(ask.need for ask in asks.get(row, [])) for row in rows],
        "conflict": ["; ".join(conflicts.get(row, [])) for row in rows],
    }


def _to_state(question: Question, ask: decision.Ask) -> NeedToState:
    meanings = {field.name: field.meaning for field in descriptions.fields(question)}
    choices = [
        Choice(word, [question.keys[place] for place in places]) for word, places in ask.left
    ]
    return NeedToState(ask.need, meanings[ask.need], choices)


def table_of_changes(found: WouldChange | None) -> Table:
    """Return one row for each change of a need; no rows where none was looked for."""
    names = NeedChange.__struct_fields__
    rows = [structs.astuple(one) for one in (found.needs if found else ())]
    columns = {name: [row[place] for row in rows] for place, name in enumerate(names)}
    for name in ("admits", "removes"):
        columns[name] = ["; ".join(keys) for keys in columns[name]]
    return Table("changes", columns)
