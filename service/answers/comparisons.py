"""Comparisons: the alternatives in order of rank, as an answer and as tables."""

import math
from collections.abc import Sequence
from functools import cache, partial
from typing import Annotated, Any, Literal

import msgspec
import numpy as np
from msgspec import UNSET, Struct

from pricing import comparison, engine
from pricing.comparison import Comparison, Crossing, Sweep
from pricing.model import Service, kinds
from pricing.model import service as service_of
from pricing.quantities import about
from pricing.rates import RateCard
from pricing.rounding import money, nullable
from service.answers import owners, sweeps
from service.answers.overlays import OVERLAY, applied
from service.formats.table import Table
from service.requests.comparisons import SweepRequest, values
from service.waiting import each, go_on


class Alternative(Struct, frozen=True):
    """The workload with one combination of the values that vary."""

    rank: Annotated[
        int, about("1 is the cheapest; feasible ones first, unpriced ones last; 0 the baseline.")
    ]
    choices: Annotated[dict[str, str | float | bool], about("The values, by field.")]
    status: Annotated[
        Literal["feasible", "infeasible", "unpriced"],
        about("`infeasible`: a limit is exceeded. `unpriced`: not sold there, or not known."),
    ]
    monthly_cost: Annotated[float | None, about("USD; null if unpriced.")]
    difference_to_cheapest: Annotated[float | None, about("Cost less the cheapest feasible [USD].")]
    difference_to_baseline: Annotated[float | None, about("Cost less the baseline [USD].")]
    ruled_out_by: Annotated[list[str], about("Rules of the findings that are exceeded.")]
    attention: Annotated[
        list[str],
        about("Rules of the findings that need attention before it is chosen; it is feasible."),
    ]
    unpriced: Annotated[list[str], about("Why charges have no price, and where they have.")]


class Turn(Struct, frozen=True, gc=False):
    """Where two alternatives change their order along the sweep."""

    value: Annotated[float, about("Value of the swept field.")]
    cheaper_below: Annotated[int, about("Rank of the alternative that is cheaper below it.")]
    cheaper_above: Annotated[int, about("Rank of the alternative that is cheaper above it.")]
    cost_below: Annotated[float, about("Cost there of the one that is cheaper below [USD].")]
    cost_above: Annotated[float, about("Cost there of the one that is cheaper above [USD].")]
    figures: Annotated[
        dict[str, float | None],
        about("What tells where that is: utilisation, retrieved share or throughput."),
    ]


class Curve(Struct, frozen=True):
    """What one alternative costs along the sweep."""

    rank: int
    costs: Annotated[list[float | None], about("USD at each point; null if unpriced.")]


class SweepAnswer(Struct, frozen=True):
    """The cost curves, and where they cross.

    Turns closer together than a two-thousandth of the range (with many alternatives, a hundredth or
    so) may be missed. Whether an alternative is feasible is told of the workload as it was given.
    """

    field: str
    points: list[float]
    curves: list[Curve]
    break_even_points: Annotated[list[Turn], about("Both cost the same, to one in a million.")]
    steps: Annotated[
        list[Turn], about("One whole unit more turns the order; there is no point of equal cost.")
    ]


class ComparisonAnswer(Struct, frozen=True):
    """Alternatives in their rank, against the workload as it was given."""

    service: str
    baseline: Alternative
    cheapest: Annotated[Alternative | None, about("The cheapest feasible one, if there is one.")]
    alternatives: list[Alternative]
    sweep: SweepAnswer | None
    overlay: OVERLAY = UNSET


def view(service: Service, request: Any, card: RateCard) -> ComparisonAnswer:
    """Compare the alternatives, and return them in order of rank.

    Raises
    ------
    sweeps.TooManyTurnsError
        where there are too many turns to list; nothing was refined.
    """
    compared = comparison.compare(service, request.workload, values(service, request), card)
    return answer(service, request, compared)


def answer(service: Service, request: Any, compared: Comparison) -> ComparisonAnswer:
    """Return the alternatives in order of rank, each with all the rows that it owns."""
    ranked, baseline, order = _ranked(compared, request.workload)
    cheapest = ranked[0] if ranked[0].status == "feasible" else None
    swept = _swept(service, compared, request.sweep, order) if request.sweep else None
    overlay = applied(compared.parts[0].bill.card.overlay)
    return ComparisonAnswer(service.key, baseline, cheapest, ranked, swept, overlay)


def size(service: Service, request: Any) -> float:
    """Estimate the work of a comparison in viewed workloads; see :mod:`service.http.work`."""
    count = 1 + math.prod(map(len, values(service, request).values()))
    points = sweeps.FINEST if request.sweep else 0
    return count * (1 + points * sweeps.SIZE_OF_A_POINT)


def _ranked(compared: Comparison, workload: Any) -> tuple[list[Alternative], Alternative, Any]:
    total, complete = owners.costs(compared.parts, len(compared.choices) + 1)
    costs = np.where(complete, total, np.nan)
    unpriced, infeasible = ~complete, compared.infeasible
    order = np.lexsort((costs[:-1], infeasible[:-1], unpriced[:-1]))
    feasible = costs[:-1][~(unpriced | infeasible)[:-1]]
    least = feasible.min() if feasible.size else np.nan
    to_least, to_baseline = (nullable(money(costs - reference)) for reference in (least, costs[-1]))
    known, exceeded = nullable(costs), owners.exceeded(compared.parts)
    told, notes = owners.attention(compared.parts), owners.unpriced(compared.parts)
    statuses = np.where(
        unpriced, "unpriced", np.where(infeasible, "infeasible", "feasible")
    ).tolist()

    def alternative(place: int, rank: int, choices: dict[str, Any]) -> Alternative:
        return Alternative(
            rank,
            msgspec.to_builtins(choices),
            statuses[place],
            known[place],
            to_least[place],
            to_baseline[place],
            exceeded.get(place, []),
            told.get(place, []),
            notes.get(place, []),
        )

    ranked = [
        alternative(place, rank, compared.choices[place])
        for rank, place in enumerate(each(order.tolist()), start=1)
    ]
    own = {name: getattr(workload, name) for name in compared.choices[0]}
    return ranked, alternative(len(order), 0, own), order


def _swept(service: Service, compared: Comparison, asked: SweepRequest, order: Any) -> SweepAnswer:
    whole = kinds(service.workload)[asked.field].multiple_of == 1
    sweep, grid = sweeps.grids(asked, whole, len(order))
    costs_at = partial(comparison.costs_at, compared, sweep)
    costs = comparison.curves(costs_at, len(order), sweep)
    ranks = np.empty(len(order), dtype=np.intp)
    ranks[order] = np.arange(1, len(order) + 1)
    found = sweeps.crossings(costs_at, len(order), grid)
    turns = list(zip(found, _turns(compared, sweep, found, ranks), strict=True))
    return SweepAnswer(
        asked.field,
        sweep.points.tolist(),
        [Curve(rank, nullable(money(costs[place]))) for rank, place in enumerate(order, start=1)],
        [turn for crossing, turn in turns if crossing.exact],
        [turn for crossing, turn in turns if not crossing.exact],
    )


def _turns(compared: Comparison, sweep: Sweep, found: Sequence[Crossing], ranks: Any) -> list[Turn]:
    """Return the turns, each with the figures of whichever alternative has them."""
    if not found:
        return []
    go_on()
    at = np.array([crossing.value for crossing in found])
    figures: dict[str, Any] = {}
    for side in ("first", "second"):
        rows = np.array([getattr(crossing, side) for crossing in found])
        for part in comparison.parts_at(compared, sweep, rows, at):
            bill = part.bill
            for name, column in bill.service.crossing(bill.workload, bill.capacity).items():
                known = figures.setdefault(name, np.full(len(found), np.nan))
                missing = np.isnan(known[part.owner])
                known[part.owner[missing]] = column[missing]
    listed = {name: nullable(column) for name, column in figures.items()}
    return [
        Turn(
            crossing.value,
            int(ranks[crossing.first]),
            int(ranks[crossing.second]),
            float(money(crossing.first_cost)),
            float(money(crossing.second_cost)),
            {name: column[place] for name, column in listed.items()},
        )
        for place, crossing in enumerate(found)
    ]


def table_of_alternatives(answer: ComparisonAnswer) -> Table:
    """Return one row per alternative, in order of rank, with a column per varied field."""
    listed = answer.alternatives
    return Table(
        "alternatives",
        {
            "rank": [one.rank for one in listed],
            **_choices(answer, [one.rank for one in listed]),
            "status": [one.status for one in listed],
            "monthly_cost": [one.monthly_cost for one in listed],
            "difference_to_cheapest": [one.difference_to_cheapest for one in listed],
            "difference_to_baseline": [one.difference_to_baseline for one in listed],
            "ruled_out_by": ["; ".join(one.ruled_out_by) for one in listed],
            "attention": ["; ".join(one.attention) for one in listed],
            "unpriced": ["; ".join(one.unpriced) for one in listed],
        },
    )


def table_of_curves(answer: ComparisonAnswer) -> Table:
    """Return one row per point of each cost curve; no rows without a sweep."""
    swept = answer.sweep
    points = [
        (curve.rank, value, cost)
        for curve in (swept.curves if swept else ())
        for value, cost in zip(swept.points if swept else (), curve.costs, strict=True)
    ]
    return Table(
        "curves",
        {
            "rank": [rank for rank, _, _ in points],
            **_choices(answer, [rank for rank, _, _ in points]),
            "field": [swept.field if swept else ""] * len(points),
            "value": [value for _, value, _ in points],
            "monthly_cost": [cost for _, _, cost in points],
        },
    )


def table_of_turns(answer: ComparisonAnswer) -> Table:
    """Return one row per turn: the cheaper alternative on either side, and the figures there."""
    found = [
        (kind, turn)
        for kind in ("break_even_points", "steps")
        for turn in (getattr(answer.sweep, kind) if answer.sweep else ())
    ]
    figures = crossing_figures(service_of(answer.service))
    plain = [name for name in Turn.__struct_fields__ if name != "figures"]
    return Table(
        "turns",
        {
            "kind": [kind for kind, _ in found],
            "field": [answer.sweep.field if answer.sweep else ""] * len(found),
            **{name: [getattr(turn, name) for _, turn in found] for name in plain},
            **{
                f"{side}.{name}": cells
                for side in ("cheaper_below", "cheaper_above")
                for name, cells in _choices(
                    answer, [getattr(turn, side) for _, turn in found]
                ).items()
            },
            **{f"figures.{name}": [turn.figures[name] for _, turn in found] for name in figures},
        },
    )


@cache
def crossing_figures(service: Service) -> tuple[str, ...]:
    """Return the names of the figures that a service shows at a crossing."""
    bill = engine.estimate(service, [service.example])
    return tuple(service.crossing(bill.workload, bill.capacity))


def _choices(answer: ComparisonAnswer, ranks: list[int]) -> dict[str, list[Any]]:
    """Return the varied values of the alternatives of these ranks, a column per field."""
    return {
        name: [answer.alternatives[rank - 1].choices[name] for rank in ranks]
        for name in answer.baseline.choices
    }
