"""Answers to questions: the alternatives of each row of needs in order of rank, and as tables."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from itertools import chain
from types import GenericAlias
from typing import Annotated, Any, Literal, Union

import msgspec
import numpy as np
from msgspec import UNSET, Struct

from pricing import alternatives, comparison, engine
from pricing.alternatives import Answered
from pricing.arrays import Flags, Numbers, Places
from pricing.catalogue import Catalogue, packaged
from pricing.comparison import Owned
from pricing.model import Service, defaults, kinds
from pricing.model import service as service_of
from pricing.quantities import Label, about
from pricing.question import Question
from pricing.rounding import days, money, nullable
from service.answers import catalogue, decisions, estimates, flat, owners, sweeps
from service.answers.catalogue import FieldDescription
from service.answers.decisions import NeedToState, WouldChange
from service.answers.estimates import FindingLine
from service.answers.overlays import OVERLAY, applied
from service.answers.owners import Texts
from service.formats.documents import ListAnswer
from service.formats.table import Table
from service.requests.comparisons import SweepRequest
from service.waiting import each

STATUSES = np.array(["feasible", "unpriced", "infeasible"], dtype=object)
SIZES = ("instance_class", "node_type", "shards", "nodes", "data_nodes", "base_rpus")
"""The fields of capacities that say what a workload is sized to."""
VERDICTS = np.array(["fits", "partly", "ruled_out"], dtype=object)


class FactLine(Struct, frozen=True):
    """What AWS states of an alternative."""

    subject: str
    statement: str
    reference: str
    grade: Annotated[str, about("A: AWS's own words. B: a dated secondary source.")]


class AlternativeDescription(Struct, frozen=True):
    """One alternative of a question, whatever the needs."""

    key: str
    title: str
    facts: list[FactLine]


class QuestionDescription(Struct, frozen=True):
    """One question in full."""

    key: str
    name: str
    about: str
    services: Annotated[list[str], about("The services of its alternatives.")]
    alternatives: list[AlternativeDescription]
    fields: Annotated[list[FieldDescription], about("The fields of its needs.")]
    example: Annotated[str, about("Path and query of an example.")]


class Questions(Struct, frozen=True):
    """The questions there are."""

    questions: list[QuestionDescription]


class FigureLine(Struct, frozen=True, gc=False):
    """A number of an alternative beside its bill."""

    name: str
    title: str
    value: Annotated[float | None, about("Null where it is not known, or not bounded.")]
    unit: str


class AnsweredAlternative(Struct, frozen=True):
    """One way to meet the needs; its workloads follow."""

    rank: Annotated[int, about("1 is the cheapest; feasible ones first, infeasible ones last.")]
    key: str
    title: str
    status: Annotated[
        Literal["feasible", "unpriced", "infeasible"],
        about("`infeasible`: a limit or a need is missed. `unpriced`: a price is not known."),
    ]
    verdict: Annotated[
        Literal["fits", "partly", "ruled_out"],
        about("Whether it meets the needs. `partly`: as far as `partly` says, at most."),
    ]
    monthly_cost: Annotated[float | None, about("USD; null if unpriced.")]
    difference_to_cheapest: Annotated[float | None, about("Cost less the cheapest feasible [USD].")]
    binding: Annotated[
        FindingLine | None, about("The limit of its workloads that it comes nearest to.")
    ]
    ruled_out_by: Annotated[list[FindingLine], about("The needs and limits that it misses.")]
    partly: Annotated[list[FindingLine], about("The needs that it meets only in part.")]
    attention: Annotated[
        list[FindingLine],
        about("What needs attention before it is chosen, each finding once; it is feasible."),
    ]
    unpriced: Annotated[list[str], about("Why charges have no price, and where they have.")]
    figures: Annotated[list[FigureLine], about("What the question works out beside the bill.")]
    facts: list[FactLine]


class CostCurve(Struct, frozen=True):
    """What one alternative costs along a sweep."""

    key: str
    costs: Annotated[list[float | None], about("USD at each point; null if unpriced.")]


class OrderTurn(Struct, frozen=True, gc=False):
    """Where two alternatives change their order along a sweep."""

    value: Annotated[float, about("Value of the swept field.")]
    cheaper_below: Annotated[str, about("Key of the alternative that is cheaper below it.")]
    cheaper_above: Annotated[str, about("Key of the alternative that is cheaper above it.")]
    cost_below: Annotated[float, about("Cost there of the one that is cheaper below [USD].")]
    cost_above: Annotated[float, about("Cost there of the one that is cheaper above [USD].")]


class NeedsSweep(Struct, frozen=True):
    """The cost of each alternative along one number of the needs, and where the order changes.

    Whether an alternative is feasible is told of the needs as they were given. One that they rule
    out has a curve, and takes part in no turn.
    """

    field: str
    points: list[float]
    curves: list[CostCurve]
    break_even_points: Annotated[list[OrderTurn], about("Both cost the same, to one in a million.")]
    steps: Annotated[
        list[OrderTurn],
        about("The order changes at once: a larger class, or one more whole unit."),
    ]


class AnswerTypes(Struct, frozen=True):
    """The wire types made for one question."""

    planned: type[Struct]
    alternative: type[Struct]
    answer: type[Struct]
    answers: type[Struct]


@cache
def answer_types(question: Question) -> AnswerTypes:
    """Make the wire types of a question's answers, once."""
    prefix = question.prefix
    kind: Any = Union[  # noqa: UP007
        tuple(estimates.answer_types(service_of(key)).estimate for key in question.services)
    ]
    sent = Annotated[
        dict[str, str | float | bool],
        about("Its fields that are no defaults; a portfolio takes it as it is."),
    ]
    planned = msgspec.defstruct(
        f"{prefix}Planned", [("workload", sent), ("estimate", kind)], frozen=True
    )
    planned.__doc__ = "A workload of an alternative, and its estimate."
    alternative = msgspec.defstruct(
        f"{prefix}Alternative",
        [("workloads", GenericAlias(list, planned))],
        bases=(AnsweredAlternative,),
        frozen=True,
    )
    alternative.__doc__ = "One way to meet the needs, with its workloads."
    decided: list[Any] = [
        ("ask", Annotated[list[NeedToState], about("What to state first; else nothing.")], []),
        (
            "conflict",
            Annotated[list[str], about("The fewest needs that rule all out together.")],
            [],
        ),
        (
            "would_change",
            Annotated[WouldChange | None, about("Of one row of needs only; else null.")],
            None,
        ),
    ]
    answer = msgspec.defstruct(
        f"{prefix}Answer",
        [
            ("name", Label),
            ("group", Label),
            ("cheapest", Annotated[str | None, about("Key of the cheapest feasible one.")]),
            ("monthly_cost", Annotated[float | None, about("Cost of the cheapest [USD].")]),
            ("alternatives", GenericAlias(list, alternative)),
            ("sweep", NeedsSweep | None),
            *(decided if question.decision else ()),
            ("overlay", OVERLAY, UNSET),
        ],
        frozen=True,
    )
    answer.__doc__ = f"{question.about}"
    answers = msgspec.defstruct(
        f"{prefix}Answers", [("answers", GenericAlias(list, answer))], frozen=True
    )
    answers.__doc__ = "An answer for each row of needs, in their order."
    return AnswerTypes(planned, alternative, answer, answers)


def described(question: Question) -> QuestionDescription:
    """Describe a question in full."""
    return QuestionDescription(
        question.key,
        question.name,
        question.about,
        list(question.services),
        [
            AlternativeDescription(key, text.title, facts(question, key))
            for key, text in question.texts.alternatives.items()
        ],
        catalogue.fields(question),
        f"/v1/questions/{question.key}?{catalogue.query(question)}",
    )


def facts(question: Question, key: str) -> list[FactLine]:
    """Return what AWS states of an alternative."""
    return [
        FactLine(subject, fact.statement, fact.reference, fact.grade)
        for subject, fact in question.texts.alternatives[key].facts.items()
    ]


@dataclass(frozen=True, eq=False)
class Ranked:
    """The alternatives of some rows of needs, compared; arrays are [row, alternative]."""

    answered: Answered
    total: Numbers
    """Sum of the priced lines [USD]."""
    complete: Flags
    status: Any
    verdict: Any
    order: Any
    """Index of the alternative of each rank."""
    missed: Texts
    """The needs and limits that alternatives miss, by owner."""
    partly: Texts
    """The needs that alternatives meet only in part, by owner."""
    attention: Texts
    """The rules of workloads that need attention, by owner."""
    unpriced: Texts
    """Why charges have no price, by owner."""

    @property
    def cost(self) -> Numbers:
        """Cost of each alternative [USD]; NaN where a charge is unpriced."""
        return np.where(self.complete, self.total, np.nan)

    @property
    def least(self) -> Numbers:
        """Cost of the cheapest feasible alternative of each row [USD]; NaN where there is none."""
        decided = ~self.answered.undecided[:, np.newaxis]
        feasible = np.where(decided & (self.status == "feasible"), self.total, np.inf).min(axis=1)
        return np.where(np.isinf(feasible), np.nan, feasible)

    @property
    def cheapest(self) -> list[str | None]:
        """Key of the cheapest feasible alternative of each row; None where there is none."""
        keys = self.answered.question.keys
        known = (self.least == self.least).tolist()
        firsts = self.order[:, 0].tolist()
        return [
            keys[place] if feasible else None for place, feasible in zip(firsts, known, strict=True)
        ]


def ranked(answered: Answered) -> Ranked:
    """Compare the alternatives of each row."""
    parts, judged = answered.parts, answered.question.decision is not None
    total, complete = owners.costs(parts, math.prod(answered.shape))
    total, complete = total.reshape(answered.shape), complete.reshape(answered.shape)
    complete &= answered.exists
    exceeded = owners.exceeded(parts, but_adjustable=judged)
    missed = owners.joined(_named(answered.ruled_out), exceeded)
    partly = owners.joined(_named(answered.partly), owners.to_raise(parts) if judged else {})
    place = np.where(answered.infeasible, 2, np.where(complete, 0, 1))
    reservations = np.sum([answered.to_raise, *answered.partly.values()], axis=0)
    verdict = np.where(answered.infeasible, 2, np.where(reservations > 0, 1, 0))
    return Ranked(
        answered,
        money(total),
        complete,
        STATUSES[place],
        VERDICTS[verdict],
        np.lexsort((reservations, total, place), axis=-1),
        missed,
        partly,
        owners.joined(_named(answered.told), owners.attention(parts)),
        owners.joined(owners.unpriced(parts), _without_workloads(answered)),
    )


def _named(found: Mapping[str, Flags]) -> Texts:
    """Return the names of what holds for each owner."""
    names: Texts = {}
    for name, where in found.items():
        for owner in np.flatnonzero(where).tolist():
            names.setdefault(owner, []).append(name)
    return names


def _without_workloads(answered: Answered) -> Texts:
    """Return why alternatives that the needs leave have no price: there is no table of theirs."""
    texts, keys = answered.question.texts.alternatives, answered.question.keys
    left = ~answered.exists & ~answered.infeasible & ~answered.undecided[:, np.newaxis]
    return {
        owner: [f"Storecast has no prices of {texts[keys[owner % len(keys)]].title}"]
        for owner in np.flatnonzero(left).tolist()
    }


def answers(question: Question, needs: Any, prices: Catalogue) -> ListAnswer:
    """View the answers to rows of needs, priced as they are viewed."""

    def parts() -> Iterator[list[Any]]:
        answered = alternatives.answered_in_chunks(question, needs, prices)
        alone = len(needs.name) == 1
        return (viewed(ranked(part), prices, alone=alone) for part in answered)

    return ListAnswer(answer_types(question).answers([]), len(needs.name), parts)


def viewed(compared: Ranked, prices: Catalogue, *, alone: bool = False) -> list[Any]:
    """View the answers to some rows of needs; ``alone`` says that it is the only row asked for."""
    answered = compared.answered
    question, needs = answered.question, answered.needs
    types, owned = answer_types(question), _owned(answered)
    difference = nullable(money(compared.cost - compared.least[:, np.newaxis]))
    cost, inputs = nullable(compared.cost), flat.inputs(question.workload, needs)

    def stated(row: int) -> dict[str, Any]:
        return {name: column[row] for name, column in inputs.items()}

    def alternative(row: int, rank: int, place: int) -> Any:
        key, owner = question.keys[place], row * len(question.keys) + place
        own = owned.get(owner, [])
        exceeded = [line for line in _findings(own) if line.status == "exceeded"]
        return types.alternative(
            rank,
            key,
            question.texts.alternatives[key].title,
            compared.status[row, place],
            compared.verdict[row, place],
            cost[row][place],
            difference[row][place],
            _binding(own),
            [
                *_reasons(question, key, compared.missed.get(owner, []), "exceeded", stated(row)),
                *(line for line in exceeded if not (question.decision and line.adjustable)),
            ],
            [
                *_reasons(question, key, compared.partly.get(owner, []), "attention", stated(row)),
                *(line for line in exceeded if question.decision and line.adjustable),
            ],
            [
                *_reasons(question, key, _told(answered, row, place), "attention", {}),
                *{line.title: line for line in _findings(own) if _is_told(line)}.values(),
            ],
            compared.unpriced.get(owner, []),
            _figures(answered, row, place),
            [] if question.decision else facts(question, key),
            own,
        )

    labels = zip(
        needs.name.tolist(),
        needs.group.tolist(),
        compared.cheapest,
        nullable(compared.least),
        strict=True,
    )
    undecided = answered.undecided
    listed = [
        types.answer(
            *head,
            [
                alternative(row, rank, place)
                for rank, place in enumerate(compared.order[row].tolist(), start=1)
                if not undecided[row]
            ],
            None,
            overlay=applied(prices.overlay, head[-1]),
        )
        for row, head in enumerate(each(labels))
    ]
    if not question.decision:
        return listed
    return decisions.explained(listed, answered, prices, alone=alone)


def _figures(answered: Answered, row: int, place: int) -> list[FigureLine]:
    """Return the figures of one alternative."""
    texts = answered.question.texts.figures
    return [
        FigureLine(name, text.title, nullable(answered.figures[name][row, [place]])[0], text.unit)
        for name, text in texts.items()
    ]


def _owned(answered: Answered) -> dict[int, list[Any]]:
    """Return the workloads of each alternative with their estimates, by owner."""
    planned = answer_types(answered.question).planned
    found: dict[int, list[Any]] = {}
    for part in answered.parts:
        sent = _as_sent(part.bill.service, part.bill.workload)
        for owner, fields, estimate in zip(
            part.owner.tolist(), sent, estimates.estimates(part.bill), strict=True
        ):
            found.setdefault(owner, []).append(planned(fields, estimate))
    return found


def _as_sent(service: Service, workload: Any) -> Iterator[dict[str, Any]]:
    """Yield workloads as a portfolio takes them, without defaults."""
    columns = estimates.listed(service.workload, workload, len(workload.name))
    columns["price_date"] = [day.isoformat() for day in days(workload.price_date)]
    usual = defaults(service.workload)
    for row in zip(*columns.values(), strict=True):
        fields = {
            name: value for name, value in zip(columns, row, strict=True) if value != usual[name]
        }
        yield {"service": service.key} | fields


def _findings(workloads: Sequence[Any]) -> Iterator[Any]:
    """Yield the findings of all workloads of an alternative."""
    return chain.from_iterable(one.estimate.findings for one in workloads)


def _is_told(line: FindingLine) -> bool:
    return line.status == "attention"


def _binding(workloads: Sequence[Any]) -> FindingLine | None:
    """Return the limit that workloads come nearest to, or exceed most."""
    limits = [
        line for line in _findings(workloads) if line.utilization is not None and not _is_told(line)
    ]
    return max(limits, key=lambda line: line.utilization, default=None)


def _told(answered: Answered, row: int, place: int) -> list[str]:
    """Return what the question itself has to tell of an alternative."""
    return [name for name, where in answered.told.items() if where[row, place]]


def _reasons(
    question: Question, key: str, names: Sequence[str], status: str, stated: Mapping[str, Any]
) -> Iterator[FindingLine]:
    """Yield why needs are not met: by a fact of the alternative, or a limit of the question."""
    facts, limits = question.texts.alternatives[key].facts, question.texts.limits
    for name in names:
        note = f"{name} is {stated[name]}" if name in stated else ""
        if name in facts:
            yield _reason(name, facts[name].statement, facts[name].reference, status, note)
        elif name in limits:
            yield _reason(name, limits[name].title, limits[name].reference, status, note)


def _reason(name: str, title: str, reference: str, status: str, note: str) -> FindingLine:
    return FindingLine(
        rule=name,
        title=title,
        value=None,
        limit=None,
        unit="",
        headroom=None,
        utilization=None,
        status=status,  # type: ignore[arg-type]
        adjustable=False,
        reference=reference,
        note=note,
    )


def swept(compared: Ranked, asked: SweepRequest, prices: Catalogue) -> NeedsSweep:
    """Sweep a number of one row of needs.

    Raises
    ------
    sweeps.TooManyTurnsError
        where there are too many turns to list; nothing was refined.
    """
    answered = compared.answered
    question = answered.question
    whole = kinds(question.workload)[asked.field].multiple_of == 1
    count = len(question.keys)
    sweep, grid = sweeps.grids(asked, whole, count)
    costs_at = partial(alternatives.costs_at, answered, prices, asked.field)
    costs = nullable(money(comparison.curves(costs_at, count, sweep)))
    ruled_out = np.zeros(count, dtype=bool)
    for where in answered.ruled_out.values():
        ruled_out |= where[0]
    found = [
        one
        for one in sweeps.crossings(costs_at, count, grid)
        if not (ruled_out[one.first] or ruled_out[one.second])
    ]
    turns = [
        OrderTurn(
            crossing.value,
            question.keys[crossing.first],
            question.keys[crossing.second],
            float(money(crossing.first_cost)),
            float(money(crossing.second_cost)),
        )
        for crossing in found
    ]
    exact = [crossing.exact for crossing in found]
    return NeedsSweep(
        asked.field,
        sweep.points.tolist(),
        [CostCurve(question.keys[place], costs[place]) for place in compared.order[0].tolist()],
        [turn for turn, is_exact in zip(turns, exact, strict=True) if is_exact],
        [turn for turn, is_exact in zip(turns, exact, strict=True) if not is_exact],
    )


def table_of_answers(compared: Ranked, prices: Catalogue) -> Table:
    """Return one row for each row of needs: the cheapest, the needs, and every alternative."""
    answered, keys = compared.answered, compared.answered.question.keys
    cost, count = nullable(compared.cost), len(keys)
    columns = flat.inputs(answered.question.workload, answered.needs) | {
        "cheapest": compared.cheapest,
        "monthly_cost": nullable(compared.least),
    }
    if answered.question.decision:
        columns |= decisions.columns(answered, prices)
        columns["configuration"] = _configurations(compared)
    for place, key in enumerate(keys):
        owners = range(place, len(cost) * count, count)
        columns |= {
            f"{key}.monthly_cost": [row[place] for row in cost],
            f"{key}.status": compared.status[:, place].tolist(),
            f"{key}.ruled_out_by": ["; ".join(compared.missed.get(owner, ())) for owner in owners],
            f"{key}.attention": ["; ".join(compared.attention.get(owner, ())) for owner in owners],
        }
        if answered.question.decision:
            partly = ["; ".join(compared.partly.get(owner, ())) for owner in owners]
            columns[f"{key}.partly"] = partly
            columns[f"{key}.verdict"] = compared.verdict[:, place].tolist()
    return flat.sectioned("answers", columns, [answered.question.workload])


def _configurations(compared: Ranked) -> list[str]:
    """Return in words what the cheapest alternative of each row consists of."""
    answered = compared.answered
    firsts = np.arange(answered.shape[0]) * answered.shape[1] + compared.order[:, 0]
    firsts = firsts[[key is not None for key in compared.cheapest]]
    texts: dict[int, list[str]] = {}
    for part in answered.parts:
        rows = np.flatnonzero(np.isin(part.owner, firsts))
        owners_of = (part.owner[rows] // answered.shape[1]).tolist()
        for row, text in zip(owners_of, _in_words(part, rows), strict=True):
            texts.setdefault(row, []).append(text)
    return ["; ".join(texts.get(row, ())) for row in range(answered.shape[0])]


def _in_words(part: Owned, rows: Places) -> Iterator[str]:
    """Yield what some workloads of a part are: words that are no defaults, classes and numbers."""
    bill = part.bill
    some = engine.reshape(bill.workload, lambda column: column[rows])
    capacity = engine.reshape(
        bill.capacity, lambda column: np.broadcast_to(column, part.owner.shape)[rows]
    )
    sizes = estimates.listed(bill.service.capacity_type, capacity, len(rows))
    sizes = {name: sizes[name] for name in SIZES if name in sizes}
    for place, fields in enumerate(_as_sent(bill.service, some)):
        words = {name: one for name, one in fields.items() if isinstance(one, str | bool)}
        words |= {name: column[place] for name, column in sizes.items()}
        told = (f"{name} {one}" for name, one in words.items() if name not in alternatives.COMMON)
        yield ", ".join(told).removeprefix("service ")


@cache
def columns_of(question: Question) -> tuple[str, ...]:
    """Return the names of the columns of the tables of answers and of alternatives."""
    needs = engine.columns(question.workload, [question.example])
    compared = ranked(alternatives.answered(question, needs, packaged()))
    tables = (table_of_answers(compared, packaged()), table_of_alternatives(compared, 0))
    names = (name for table in tables for name in table.columns)
    return tuple(dict.fromkeys((*names, *flat.OF_OVERLAY)))


def table_of_alternatives(compared: Ranked, first: int) -> Table:
    """Return one row for each alternative, by row of needs and rank; ``first`` is the first row."""
    answered, question = compared.answered, compared.answered.question
    rows = len(compared.order)
    places = compared.order.ravel()
    at = np.repeat(np.arange(rows), len(question.keys)), places
    owners = (at[0] * len(question.keys) + places).tolist()
    keys = [question.keys[place] for place in places.tolist()]
    difference = compared.cost - compared.least[:, np.newaxis]
    texts = question.texts.alternatives
    subjects = next(iter(texts.values())).facts

    def labels(column: Any) -> list[Any]:
        listed: list[Any] = column[at[0]].tolist()
        return listed

    return Table(
        "alternatives",
        {
            "needs": (at[0] + first).tolist(),
            "name": labels(answered.needs.name),
            "group": labels(answered.needs.group),
            "rank": list(chain.from_iterable([range(1, len(question.keys) + 1)] * rows)),
            "key": keys,
            "title": [texts[key].title for key in keys],
            "status": compared.status[at].tolist(),
            "monthly_cost": nullable(compared.cost[at]),
            "difference_to_cheapest": nullable(money(difference[at])),
            "ruled_out_by": ["; ".join(compared.missed.get(owner, ())) for owner in owners],
            "attention": ["; ".join(compared.attention.get(owner, ())) for owner in owners],
            "unpriced": ["; ".join(compared.unpriced.get(owner, ())) for owner in owners],
            **{
                f"figures.{name}": nullable(answered.figures[name][at])
                for name in question.texts.figures
            },
            "verdict": compared.verdict[at].tolist(),
            "partly": ["; ".join(compared.partly.get(owner, ())) for owner in owners],
            **{
                f"facts.{subject}": [texts[key].facts[subject].statement for key in keys]
                for subject in (() if question.decision else subjects)
            },
        },
    )


def table_of_curves(found: NeedsSweep | None) -> Table:
    """Return one row for each point of each cost curve; no rows without a sweep."""
    points: list[tuple[Any, ...]] = []
    if found:
        points = [
            (curve.key, found.field, value, cost)
            for curve in found.curves
            for value, cost in zip(found.points, curve.costs, strict=True)
        ]
    names = ("key", "field", "value", "monthly_cost")
    columns = {name: [row[place] for row in points] for place, name in enumerate(names)}
    return Table("curves", columns)


def table_of_turns(found: NeedsSweep | None) -> Table:
    """Return one row for each turn: where it is, and which alternative is cheaper on each side."""
    turns = [
        (kind, found.field if found else "", turn)
        for kind in ("break_even_points", "steps")
        for turn in (getattr(found, kind) if found else ())
    ]
    own = {
        name: [getattr(turn, name) for _, _, turn in turns] for name in OrderTurn.__struct_fields__
    }
    return Table(
        "turns",
        {"kind": [kind for kind, _, _ in turns], "field": [field for _, field, _ in turns], **own},
    )
