"""Comparisons on the wire: what may vary, what is swept, and the alternatives in their rank."""

import math
from collections.abc import Sequence
from functools import cache
from types import GenericAlias
from typing import Annotated, Any, Literal, Union

import msgspec
import numpy as np
from msgspec import UNSET, Meta, Struct, UnsetType, inspect

from pricing import comparison
from pricing.comparison import Comparison, Crossing, Sweep
from pricing.model import Service, kinds, numbers, undescribed
from pricing.quantities import Label, about
from pricing.rates import RateCard
from service.problems import Violation
from service.views import estimates, money, nullable, unpriced_charges
from service.wire import once

MOST_ALTERNATIVES = 10_000
MOST_SWEPT = 100
"""Alternatives that may be swept: any two of them can have a break-even point."""
LABELS = ("name", "group")
FINEST = 2000
"""Points between which turns are told apart, whatever number of points is shown."""
CELLS = 200_000
"""Alternatives times points that are priced to find the turns."""


class SweepQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """One number of the workload, varied over a range."""

    field: Annotated[Label, about("A number of the workload.")]
    start: Annotated[float, Meta(ge=0, le=1e15, description="First value [the field's unit].")]
    stop: Annotated[float, Meta(ge=0, le=1e15, description="Last value [the field's unit].")]
    points: Annotated[
        float, Meta(ge=2, le=1000, multiple_of=1, description="Points of the cost curves.")
    ] = 50.0
    scale: Annotated[Literal["linear", "log"], about("How the points are spaced.")] = "linear"


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
    unpriced: Annotated[list[str], about("Why charges have no price, and where they have.")]


class Turn(Struct, frozen=True):
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


class Types(Struct, frozen=True):
    """The wire types of one service's comparisons."""

    request: type[Struct]
    query: type[Struct]


@cache
def types(service: Service) -> Types:
    """Make the wire types of a service's comparisons, once."""
    prefix = service.prefix
    fields = [
        field for field in msgspec.structs.fields(service.workload) if field.name not in LABELS
    ]
    vary = msgspec.defstruct(
        f"{prefix}VaryQuery",
        [(field.name, _varying(field.type), UNSET) for field in fields],
        frozen=True,
        forbid_unknown_fields=True,
    )
    vary.__doc__ = "Values to take, by field; `*` means every value."
    request = msgspec.defstruct(
        f"{prefix}ComparisonQuery",
        [
            ("workload", service.workload),
            ("vary", vary),
            ("sweep", Union[SweepQuery, None], None),  # noqa: UP007
        ],
        frozen=True,
        forbid_unknown_fields=True,
    )
    request.__doc__ = f"One {service.name} workload under alternatives."
    varied = Annotated[
        str,
        Meta(
            min_length=1,
            max_length=1500,
            pattern=r"^[a-z_]+(:[^,|]+(\|[^,|]+)*)?(,[a-z_]+(:[^,|]+(\|[^,|]+)*)?)*$",
            description="Fields to vary, as `capacity_mode,region:us-east-1|eu-west-1`;"
            " without values every one is taken.",
        ),
    ]
    swept = Annotated[
        str,
        Meta(
            max_length=200,
            pattern=r"^([a-z_]+:[0-9.eE+-]+:[0-9.eE+-]+(:[0-9]+(:(linear|log))?)?)?$",
            description="A number to sweep, as `field:start:stop`, `…:points` and `…:log`, with at"
            f" most 100 alternatives.{_worth_sweeping(service)}",
        ),
    ]
    query = msgspec.defstruct(
        f"{prefix}ComparisonParametersQuery",
        [("vary", varied), ("sweep", swept, "")],
        bases=(service.workload,),
        frozen=True,
        kw_only=True,
        forbid_unknown_fields=True,
    )
    return Types(request, query)


def _worth_sweeping(service: Service) -> str:
    """Say which number changes the order of the alternatives that the example compares."""
    if not service.swept:
        return ""
    return f" The values of `{service.compared}` change their order along `{service.swept}`."


def _varying(kind: Any) -> Any:
    values: Any = GenericAlias(list, kind)
    some: Any = Annotated[values, Meta(min_length=1, max_length=MOST_ALTERNATIVES)]
    if isinstance(undescribed(inspect.type_info(kind)), inspect.LiteralType | inspect.BoolType):
        return Union[some, Literal["*"], UnsetType]  # noqa: UP007
    return Union[some, UnsetType]  # noqa: UP007


def from_query(service: Service, query: Any) -> dict[str, Any]:
    """Turn query parameters into the members of a request, values still as text."""
    workload = {name: getattr(query, name) for name in service.workload.__struct_fields__}
    vary: dict[str, Any] = {}
    for part in query.vary.split(","):
        name, _, values = part.partition(":")
        once(vary, name, "*" if values in ("", "*") else values.split("|"), "vary")
    sweep = None
    if query.sweep:
        names = ("field", "start", "stop", "points", "scale")
        sweep = dict(zip(names, query.sweep.split(":"), strict=False))
    return {"workload": msgspec.to_builtins(workload), "vary": vary, "sweep": sweep}


def faults(service: Service, request: Any) -> list[Violation]:
    """List what is wrong with a request beyond the bounds of its fields."""
    found = []
    vary = values(service, request)
    if not vary:
        found.append(Violation("is empty; name a field to vary", pointer="/vary"))
    count = math.prod(len(taken) for taken in vary.values())
    most = MOST_SWEPT if request.sweep else MOST_ALTERNATIVES
    if count > most:
        said = f"gives {count:,} alternatives; at most {most:,} can be compared"
        found.append(Violation(said + (" in a sweep" if request.sweep else ""), pointer="/vary"))
    if request.sweep:
        found += _sweep_faults(service, request.sweep, vary)
    return found


def _sweep_faults(service: Service, sweep: SweepQuery, vary: Any) -> list[Violation]:
    bounded = numbers(service.workload)
    if sweep.field not in bounded:
        known = ", ".join(bounded)
        return [
            Violation(f"is not a number of the workload; one of {known}", pointer="/sweep/field")
        ]
    found = []
    if sweep.field in vary:
        found.append(Violation("varies already; sweep another field", pointer="/sweep/field"))
    bounds: Any = bounded[sweep.field]
    for end in ("start", "stop"):
        if not bounds.ge <= getattr(sweep, end) <= bounds.le:
            said = f"must be from {bounds.ge:,.15g} to {bounds.le:,.15g}, as {sweep.field}"
            found.append(Violation(said, pointer=f"/sweep/{end}"))
    if bounds.multiple_of == 1 and (sweep.start % 1 or sweep.stop % 1):
        found.append(Violation("must have whole ends, as its field has", pointer="/sweep/start"))
    if sweep.stop <= sweep.start:
        found.append(Violation("must be above start", pointer="/sweep/stop"))
    if sweep.scale == "log" and sweep.start <= 0:
        found.append(Violation("must be above 0 on a log scale", pointer="/sweep/start"))
    return found


def values(service: Service, request: Any) -> dict[str, list[Any]]:
    """Give the values to take, by field; `*` is every value, and none is taken twice."""
    known = kinds(service.workload)
    taken = {}
    for name in request.vary.__struct_fields__:
        asked = getattr(request.vary, name)
        if asked == "*":
            kind = known[name]
            every = kind.values if isinstance(kind, inspect.LiteralType) else (False, True)
            taken[name] = [value for value in every if value != ""]
        elif asked is not UNSET:
            taken[name] = list(dict.fromkeys(asked))
    return taken


def view(service: Service, request: Any, card: RateCard) -> ComparisonAnswer:
    """Compare, and view the alternatives in their rank."""
    compared = comparison.compare(service, request.workload, values(service, request), card)
    return answer(service, request, compared)


def answer(service: Service, request: Any, compared: Comparison) -> ComparisonAnswer:
    """View alternatives in their rank, each with all the rows that it owns."""
    ranked, baseline, order = _ranked(compared, request.workload)
    cheapest = ranked[0] if ranked[0].status == "feasible" else None
    swept = _swept(service, compared, request.sweep, order) if request.sweep else None
    return ComparisonAnswer(service.key, baseline, cheapest, ranked, swept)


def _ranked(compared: Comparison, workload: Any) -> tuple[list[Alternative], Alternative, Any]:
    viewed = _viewed(compared)
    costs = np.array(list(map(_cost, viewed)))
    unpriced, infeasible = np.isnan(costs), compared.infeasible
    order = np.lexsort((costs[:-1], infeasible[:-1], unpriced[:-1]))
    feasible = costs[:-1][~(unpriced | infeasible)[:-1]]
    least = feasible.min() if feasible.size else np.nan
    to_least, to_baseline = (nullable(money(costs - reference)) for reference in (least, costs[-1]))
    known = nullable(costs)

    def alternative(place: int, rank: int, choices: dict[str, Any]) -> Alternative:
        return Alternative(
            rank,
            msgspec.to_builtins(choices),
            "unpriced" if unpriced[place] else "infeasible" if infeasible[place] else "feasible",
            known[place],
            to_least[place],
            to_baseline[place],
            [
                found.rule
                for one in viewed[place]
                for found in one.findings
                if found.status == "exceeded"
            ],
            [line.note for one in viewed[place] for line in unpriced_charges(one)],
        )

    ranked = [
        alternative(place, rank, compared.choices[place])
        for rank, place in enumerate(order.tolist(), start=1)
    ]
    own = {name: getattr(workload, name) for name in compared.choices[0]}
    return ranked, alternative(len(order), 0, own), order


def _viewed(compared: Comparison) -> list[list[Any]]:
    """View the rows that each alternative owns, and last those of the baseline."""
    viewed: list[list[Any]] = [[] for _ in range(len(compared.choices) + 1)]
    for part in compared.parts:
        for place, estimate in zip(part.owner.tolist(), estimates(part.bill), strict=True):
            viewed[place].append(estimate)
    return viewed


def _cost(owned: Sequence[Any]) -> float:
    """Add up what an alternative's rows cost [USD]; NaN where a charge has no price."""
    return sum(one.monthly_cost if one.complete else np.nan for one in owned)


def _swept(service: Service, compared: Comparison, asked: SweepQuery, order: Any) -> SweepAnswer:
    space = np.geomspace if asked.scale == "log" else np.linspace
    whole = kinds(service.workload)[asked.field].multiple_of == 1
    sweep = comparison.sweep_grid(
        asked.field, space(asked.start, asked.stop, int(asked.points)), whole
    )
    costs = comparison.curves(compared, sweep)
    finer = max(int(asked.points), min(FINEST, CELLS // len(order)))
    grid = comparison.sweep_grid(asked.field, space(asked.start, asked.stop, finer), whole)
    ranks = np.empty(len(order), dtype=np.intp)
    ranks[order] = np.arange(1, len(order) + 1)
    found = comparison.crossings(compared, grid, comparison.curves(compared, grid))
    found.sort(key=lambda crossing: crossing.value)
    turns = list(zip(found, _turns(compared, sweep, found, ranks), strict=True))
    return SweepAnswer(
        asked.field,
        sweep.points.tolist(),
        [Curve(rank, nullable(money(costs[place]))) for rank, place in enumerate(order, start=1)],
        [turn for crossing, turn in turns if crossing.exact],
        [turn for crossing, turn in turns if not crossing.exact],
    )


def _turns(compared: Comparison, sweep: Sweep, found: Sequence[Crossing], ranks: Any) -> list[Turn]:
    """View crossings, each with the figures of whichever alternative has them."""
    if not found:
        return []
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
