"""The alternatives of a question, priced for every row of needs.

All workloads of one service are priced together, whatever alternative and whatever needs own them.
Rows of needs are axis 0, alternatives axis 1. Each workload is priced by itself: the volume tiers
of an account are not shared between the workloads of an alternative.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, partial
from typing import Any

import msgspec
import numpy as np

from pricing import engine
from pricing.arrays import Column, Flags, Numbers, Places
from pricing.catalogue import Catalogue
from pricing.comparison import Owned
from pricing.engine import Checks, Maker
from pricing.model import Service, WorkloadFields, fields_of
from pricing.model import service as service_of
from pricing.question import Alternative, Bound, PlannedWorkload, Question
from pricing.rates import WordColumn

CHUNK = 250
"""Rows of needs whose alternatives are priced together."""
COMMON = (*WorkloadFields.__struct_fields__, "price_date")
"""The fields that every workload of an alternative takes from its needs."""


@dataclass(frozen=True, eq=False)
class Answered:
    """The alternatives of rows of needs, and the bills of their workloads.

    ``owner`` of a part is the row of the needs times the number of alternatives, plus the index of
    the alternative.
    """

    question: Question
    needs: Any
    """The rows as one record of needs that holds arrays."""
    parts: Sequence[Owned]
    ruled_out: Mapping[str, Flags]
    """Where the question itself rules an alternative out, by limit [row, alternative]."""
    partly: Mapping[str, Flags]
    """Where an alternative meets a need only in part, by need [row, alternative]."""
    told: Mapping[str, Flags]
    """Where something is to be told of an alternative, by limit [row, alternative]."""
    figures: Mapping[str, Numbers]
    """The figures of the question [row, alternative]; NaN where an alternative has none."""

    @property
    def shape(self) -> tuple[int, int]:
        """Rows of needs and alternatives."""
        return len(self.needs.name), len(self.question.keys)

    @cached_property
    def infeasible(self) -> Flags:
        """Where a limit rules an alternative out [row, alternative]."""
        exceeded = exceeded_by(self.question, self.parts, self.shape)
        return np.logical_or.reduce([exceeded, *self.ruled_out.values()])

    @cached_property
    def to_raise(self) -> Flags:
        """Where AWS would have to raise a quota, which rules nothing out [row, alternative]."""
        exceeded = np.zeros(self.shape, dtype=bool)
        for part in self.parts:
            np.logical_or.at(exceeded.ravel(), part.owner, part.bill.checks.exceeded.any(axis=0))
        return exceeded & ~exceeded_by(self.question, self.parts, self.shape)

    @cached_property
    def exists(self) -> Flags:
        """Where an alternative has a workload [row, alternative]."""
        return _existing(self.parts, self.shape)

    @cached_property
    def cost(self) -> Numbers:
        """Costs [row, alternative] [USD a month]; NaN where unpriced, or without a workload."""
        return np.where(self.exists, _summed(self.parts, self.shape), np.nan)

    @cached_property
    def undecided(self) -> Flags:
        """Where too little is known of the needs for an answer [row]."""
        decision, none = self.question.decision, np.zeros(self.shape[0], dtype=bool)
        return decision.undecided(self.needs) if decision else none


@dataclass(frozen=True, eq=False)
class _Planned:
    """What a question plans for rows of needs: configurations, each of one alternative."""

    configurations: Sequence[Alternative]
    owners: Places
    """The index of the alternative that owns each configuration."""

    def missed(self, name: str, wanted: Flags, count: int) -> Flags:
        """Return where ``ruled_out``, ``partly`` or ``told`` hold, by name [row, alternative].

        What the configurations of an alternative have in common is looked at once.
        """
        found: dict[str, Flags] = {}
        for owner in range(count):
            own = np.flatnonzero(self.owners == owner).tolist()
            alike = {
                id(said): said
                for said in (getattr(self.configurations[place], name) for place in own)
            }
            for said in alike.values():
                places = [
                    place for place in own if getattr(self.configurations[place], name) is said
                ]
                chosen = wanted[:, places].any(axis=1)
                for need, where in said.items():
                    known = found.setdefault(need, np.zeros((len(wanted), count), dtype=bool))
                    known[:, owner] |= where & chosen
        return found


def answered(
    question: Question, needs: Any, catalogue: Catalogue, wanted: Flags | None = None
) -> Answered:
    """Price every alternative of every row of needs; see :func:`refuse`.

    ``wanted`` may say of which alternatives the bill is wanted [row, alternative].
    """
    planned, shape = _planned(question, needs, catalogue), (len(needs.name), len(question.keys))
    chosen = (
        np.ones(shape, dtype=bool)[:, planned.owners]
        if wanted is None
        else wanted[:, planned.owners]
    )
    if len(planned.owners) > len(question.keys):
        chosen = _best(question, needs, planned, chosen, catalogue)
    parts = [
        Owned(part.bill, _of_alternatives(part.owner, planned, shape[1]))
        for part in _priced(question, needs, planned, chosen, catalogue)
    ]
    return Answered(
        question,
        needs,
        parts,
        _ruled_out(question, needs, planned, chosen, parts),
        planned.missed("partly", chosen, shape[1]),
        planned.missed("told", chosen, shape[1]),
        _figures(question, needs, planned),
    )


def _of_alternatives(owner: Places, planned: _Planned, count: int) -> Places:
    """Return the owners among alternatives of what configurations own."""
    row, place = np.divmod(owner, len(planned.configurations))
    return row * count + planned.owners[place]


def _best(
    question: Question, needs: Any, planned: _Planned, wanted: Flags, catalogue: Catalogue
) -> Flags:
    """Return the configuration of each alternative that stands for it [row, configuration].

    It is the cheapest of those that miss no limit, else the cheapest of those that do. One whose
    price is not known comes after them, and one that does not exist comes last.
    """
    parts = _priced(question, needs, planned, wanted, catalogue)
    cost, exists = _summed(parts, wanted.shape), _existing(parts, wanted.shape)
    misses = exceeded_by(question, parts, wanted.shape) | _beyond_bounds(
        question, needs, parts, wanted.shape
    )
    for place, one in enumerate(planned.configurations):
        for where in one.ruled_out.values():
            misses[:, place] |= where
    best = np.zeros(wanted.shape, dtype=bool)
    for owner in range(len(question.keys)):
        own = np.flatnonzero(planned.owners == owner)
        unknown = np.isnan(cost[:, own])
        order = np.lexsort((cost[:, own], misses[:, own], unknown, ~exists[:, own]), axis=-1)
        best[np.arange(len(best)), own[order[:, 0]]] = True
    return best & wanted


def _existing(parts: Sequence[Owned], shape: tuple[int, ...]) -> Flags:
    """Return which owners have a workload."""
    found = np.zeros(shape, dtype=bool)
    for part in parts:
        found.ravel()[part.owner] = True
    return found


def exceeded_by(question: Question, parts: Sequence[Owned], shape: tuple[int, ...]) -> Flags:
    """Return which owners exceed a limit of their services that rules them out.

    Where candidates are judged, a quota that AWS raises on request rules none out.
    """
    found = np.zeros(shape, dtype=bool)
    for part in parts:
        checks = part.bill.checks
        exceeded = checks.exceeded[ruling(question, checks)].any(axis=0)
        np.logical_or.at(found.ravel(), part.owner, exceeded)
    return found


def ruling(question: Question, checks: Checks) -> Flags:
    """Return which findings rule an alternative out when exceeded [finding]."""
    judged = question.decision is not None
    return np.array([not (judged and quota.adjustable) for quota in checks.quotas], dtype=bool)


def answered_in_chunks(question: Question, needs: Any, catalogue: Catalogue) -> Iterator[Answered]:
    """Yield the alternatives of consecutive chunks of needs; call :func:`refuse` first."""
    for start in range(0, len(needs.name), CHUNK):
        yield answered(question, engine.sliced(needs, slice(start, start + CHUNK)), catalogue)


def refuse(question: Question, needs: Any, catalogue: Catalogue) -> None:
    """Raise an error if needs ask for a day too early, or say something twice.

    Raises
    ------
    DateBeforePricesError
        if a ``price_date`` is before the first known price of a service of the question.
    GivenTwiceError
        if needs give numbers that exclude each other.
    """
    for key in question.services:
        engine.refuse_early(service_of(key), needs.price_date, catalogue.card(key))
    engine.refuse_given_twice(question, needs)


def costs_at(
    base: Answered, catalogue: Catalogue, field: str, places: Places, values: Numbers
) -> Numbers:
    """Return the costs of alternatives with one number of the needs varied [USD a month].

    ``places`` hold the row of the needs times the number of alternatives, plus the index of the
    alternative.
    """
    question, (_, count) = base.question, base.shape
    row, place = np.divmod(places, count)
    (rows, varied), index = _distinct(np.stack([row, values], axis=1))
    needs = engine.reshape(base.needs, lambda column: column[rows.astype(int)])
    needs = msgspec.structs.replace(needs, **{field: varied}, **_implied(question, needs, field))
    engine.refuse_given_twice(question, needs)
    wanted = np.zeros((len(varied), count), dtype=bool)
    wanted[index, place] = True
    costs: Numbers = answered(question, needs, catalogue, wanted).cost
    return costs[index, place]


def _distinct(pairs: Numbers) -> tuple[Numbers, Places]:
    """Return the distinct pairs as two columns, and the index of each pair among them."""
    distinct, index = np.unique(pairs, axis=0, return_inverse=True)
    return distinct.T, index.ravel()


def _implied(question: Question, needs: Any, swept: str) -> dict[str, WordColumn]:
    """Return the need that gives a swept number an effect, with the word that does."""
    if swept not in question.implied:
        return {}
    name, word = question.implied[swept]
    column = getattr(needs, name)
    return {name: WordColumn(np.full_like(column.codes, column.words.index(word)), column.words)}


def _summed(parts: Sequence[Owned], shape: tuple[int, int]) -> Numbers:
    costs = (np.bincount(part.owner, part.bill.cost, shape[0] * shape[1]) for part in parts)
    return sum(costs, np.zeros(shape[0] * shape[1])).reshape(shape)


def _planned(question: Question, needs: Any, catalogue: Catalogue) -> _Planned:
    made = list(question.alternatives(needs, lambda key: catalogue.card(key).rules))
    return _Planned(made, np.array([question.keys.index(one.key) for one in made]))


def _priced(
    question: Question, needs: Any, planned: _Planned, wanted: Flags, catalogue: Catalogue
) -> list[Owned]:
    """Price the workloads of configurations that are wanted [row, configuration], by service."""
    parts, count = [], len(planned.configurations)
    some: dict[str, list[tuple[PlannedWorkload, Places]]] = {key: [] for key in question.services}
    owners: dict[str, list[Places]] = {key: [] for key in question.services}
    for place, configuration in enumerate(planned.configurations):
        for workload in configuration.workloads:
            rows = np.flatnonzero(wanted[:, place] & workload.exists)
            if len(rows):
                some[workload.service].append((workload, rows))
                owners[workload.service].append(rows * count + place)
    for key, workloads in some.items():
        if workloads:
            columns = _columns(service_of(key), workloads, needs)
            bill = engine.price(service_of(key), columns, catalogue.card(key))
            parts.append(Owned(bill, np.concatenate(owners[key])))
    return parts


def _columns(
    service: Service, planned: Sequence[tuple[PlannedWorkload, Places]], needs: Any
) -> Any:
    """Return planned workloads as columns, each for some rows of the needs."""
    rows = np.concatenate([places for _, places in planned])
    given = {name for workload, _ in planned for name in workload.fields}
    columns = {}
    for name, (usual, maker) in _usual(service).items():
        if name in given:
            columns[name] = _gathered(name, usual, maker, planned, len(needs.name))
        elif name in COMMON:
            columns[name] = engine.reshaped(getattr(needs, name), lambda values: values[rows])
        else:
            columns[name] = engine.reshaped(
                usual, lambda values: np.broadcast_to(values, rows.shape)
            )
    return service.workload(**columns)


@cache
def _usual(service: Service) -> dict[str, tuple[Column, Maker]]:
    """Return the default of each field as a column of one row, and what makes its columns."""
    fields = fields_of(service.workload)
    makers = engine.column_makers(service.workload)
    return {
        name: (None if field.required else maker([field.default]), maker)
        for field, (name, maker) in zip(fields, makers, strict=True)
    }


def _gathered(
    name: str,
    usual: Column,
    maker: Maker,
    planned: Sequence[tuple[PlannedWorkload, Places]],
    count: int,
) -> Column:
    """Return one field of planned workloads as a column, for the rows of each."""

    def of_rows(values: Any, rows: Places) -> Any:
        return np.broadcast_to(values, (count,))[rows]

    parts = [
        engine.reshaped(
            _column(workload.fields[name], maker) if name in workload.fields else usual,
            partial(of_rows, rows=rows),
        )
        for workload, rows in planned
    ]
    return engine.joined_column(parts)


def _column(value: Any, maker: Maker) -> Column:
    """Return a value as a column of its field: one value, numbers, or words."""
    if isinstance(value, WordColumn):
        made: Column = maker(value.words)
        return WordColumn(made.codes[value.codes], made.words)
    return value if isinstance(value, np.ndarray) else maker([value])


def _ruled_out(
    question: Question, needs: Any, planned: _Planned, wanted: Flags, parts: Sequence[Owned]
) -> dict[str, Flags]:
    """Return where the question rules alternatives out, by limit [row, alternative]."""
    shape = len(needs.name), len(question.keys)
    found = {limit: np.zeros(shape, dtype=bool) for limit in question.texts.limits}
    found |= planned.missed("ruled_out", wanted, shape[1])
    for bound in question.bounds:
        found[bound.need] = found[bound.need] | _missed(bound, needs, parts, shape)
    return found


def _figures(question: Question, needs: Any, planned: _Planned) -> dict[str, Numbers]:
    """Return the figures of the alternatives [row, alternative]."""
    unknown = np.full(len(needs.name), np.nan)
    _, firsts = np.unique(planned.owners, return_index=True)
    figures = [planned.configurations[place].figures for place in firsts.tolist()]
    return {
        name: np.stack(
            [np.broadcast_to(one.get(name, unknown), unknown.shape) for one in figures], axis=1
        )
        for name in question.texts.figures
    }


def _beyond_bounds(
    question: Question, needs: Any, parts: Sequence[Owned], shape: tuple[int, ...]
) -> Flags:
    """Return which owners miss a bound of the needs."""
    missed = (_missed(bound, needs, parts, shape) for bound in question.bounds)
    return np.logical_or.reduce([np.zeros(shape, dtype=bool), *missed])


def _missed(bound: Bound, needs: Any, parts: Sequence[Owned], shape: tuple[int, ...]) -> Flags:
    """Return which owners miss a bound; a figure that is not known misses it."""
    found = np.zeros(shape, dtype=bool)
    for part in parts:
        if bound.figure in part.bill.capacity.__struct_fields__:
            need = getattr(needs, bound.need)[part.owner // shape[1]]
            figure = getattr(part.bill.capacity, bound.figure)
            met = figure <= need if bound.most else figure >= need
            np.logical_or.at(found.ravel(), part.owner, (need > 0) & np.logical_not(met))
    return found
