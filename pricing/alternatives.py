"""The alternatives of a question, priced for every row of needs.

All workloads of one service are priced together, whatever alternative and whatever needs own them.
Rows of needs are axis 0, alternatives axis 1. Each workload is priced by itself: the volume tiers
of an account are not shared between the workloads of an alternative.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import msgspec
import numpy as np

from pricing import engine
from pricing.arrays import Column, Flags, Numbers, Places
from pricing.catalogue import Catalogue
from pricing.comparison import Owned
from pricing.model import Service, WorkloadFields, fields_of
from pricing.model import service as service_of
from pricing.question import Alternative, Bound, PlannedWorkload, Question
from pricing.rates import WordColumn

CHUNK = 100
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
    figures: Mapping[str, Numbers]
    """The figures of the question [row, alternative]; NaN where an alternative has none."""

    @property
    def shape(self) -> tuple[int, int]:
        """Rows of needs and alternatives."""
        return len(self.needs.name), len(self.question.keys)

    @cached_property
    def infeasible(self) -> Flags:
        """Where a limit rules an alternative out [row, alternative]."""
        exceeded = np.zeros(self.shape, dtype=bool)
        for part in self.parts:
            np.logical_or.at(exceeded.ravel(), part.owner, part.bill.checks.exceeded.any(axis=0))
        return np.logical_or.reduce([exceeded, *self.ruled_out.values()])


def answered(question: Question, needs: Any, catalogue: Catalogue) -> Answered:
    """Price every alternative of every row of needs; see :func:`refuse`."""
    planned = _planned(question, needs, catalogue)
    every = np.ones((len(needs.name), len(planned)), dtype=bool)
    parts = _priced(question, needs, planned, every, catalogue)
    ruled_out = _ruled_out(question, needs, planned, parts)
    return Answered(question, needs, parts, ruled_out, _figures(question, needs, planned))


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
    answered: Answered, catalogue: Catalogue, field: str, places: Places, values: Numbers
) -> Numbers:
    """Return the costs of alternatives with one number of the needs varied [USD a month].

    ``places`` hold the row of the needs times the number of alternatives, plus the index of the
    alternative.
    """
    question, (_, count) = answered.question, answered.shape
    row, place = np.divmod(places, count)
    needs = engine.reshape(answered.needs, lambda column: column[row])
    needs = msgspec.structs.replace(needs, **{field: values}, **_implied(question, needs, field))
    engine.refuse_given_twice(question, needs)
    wanted = np.arange(count) == place[:, np.newaxis]
    planned = _planned(question, needs, catalogue)
    parts = _priced(question, needs, planned, wanted, catalogue)
    cost: Numbers = _summed(parts, wanted.shape)[np.arange(len(places)), place]
    return cost


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


def _planned(question: Question, needs: Any, catalogue: Catalogue) -> list[Alternative]:
    return list(question.alternatives(needs, lambda key: catalogue.card(key).rules))


def _priced(
    question: Question,
    needs: Any,
    planned: Sequence[Alternative],
    wanted: Flags,
    catalogue: Catalogue,
) -> list[Owned]:
    """Price the workloads of the alternatives that are wanted [row, alternative], by service."""
    parts = []
    for key in question.services:
        service, rows, owners = service_of(key), [], []
        for place, alternative in enumerate(planned):
            for workload in alternative.workloads:
                exists = np.flatnonzero(wanted[:, place] & workload.exists)
                if workload.service == key and len(exists):
                    rows.append(_columns(service, workload, needs, exists))
                    owners.append(exists * len(planned) + place)
        if rows:
            columns = engine.concatenated(rows)
            bill = engine.price(service, columns, catalogue.card(key))
            parts.append(Owned(bill, np.concatenate(owners)))
    return parts


def _columns(service: Service, workload: PlannedWorkload, needs: Any, rows: Places) -> Any:
    """Return a planned workload as columns, for some rows of the needs."""
    given = {name: getattr(needs, name) for name in COMMON} | dict(workload.fields)
    shape, columns = (len(needs.name),), {}
    for field, (name, maker) in zip(
        fields_of(service.workload),
        engine.column_makers(service.workload),
        strict=True,
    ):
        column = _column(given.get(name, field.default), maker)
        columns[name] = engine.reshaped(column, lambda values: np.broadcast_to(values, shape)[rows])
    return service.workload(**columns)


def _column(value: Any, maker: Callable[[Sequence[Any]], Column]) -> Column:
    """Return a value as a column of its field: one value, numbers, or words."""
    if isinstance(value, WordColumn):
        made: Column = maker(value.words)
        return WordColumn(made.codes[value.codes], made.words)
    return value if isinstance(value, np.ndarray) else maker([value])


def _ruled_out(
    question: Question, needs: Any, planned: Sequence[Alternative], parts: Sequence[Owned]
) -> dict[str, Flags]:
    """Return where the question rules alternatives out, by limit [row, alternative]."""
    shape = len(needs.name), len(planned)
    found = {limit: np.zeros(shape, dtype=bool) for limit in question.texts.limits}
    for place, alternative in enumerate(planned):
        for limit, where in alternative.ruled_out.items():
            found[limit][:, place] |= where
    for bound in question.bounds:
        for part in parts:
            missed = _missed(bound, needs, part, shape[1])
            np.logical_or.at(found[bound.need].ravel(), part.owner, missed)
    return found


def _figures(question: Question, needs: Any, planned: Sequence[Alternative]) -> dict[str, Numbers]:
    """Return the figures of the alternatives [row, alternative]."""
    unknown = np.full(len(needs.name), np.nan)
    return {
        name: np.stack(
            [np.broadcast_to(one.figures.get(name, unknown), unknown.shape) for one in planned],
            axis=1,
        )
        for name in question.texts.figures
    }


def _missed(bound: Bound, needs: Any, part: Owned, count: int) -> Flags:
    """Return which workloads miss a bound; a figure that is not known misses it."""
    need = getattr(needs, bound.need)[part.owner // count]
    figure = getattr(part.bill.capacity, bound.figure)
    met = figure <= need if bound.most else figure >= need
    return (need > 0) & np.logical_not(met)
