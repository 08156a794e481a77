"""What is behind an answer: what would change it, what to ask first, which needs conflict.

Each is found by answering varied needs, as more rows of the same question. A change is the smallest
of its kind: the next word, or a number found by narrowing a range, in each direction.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import combinations
from typing import Any, NamedTuple

import msgspec
import numpy as np
from msgspec import inspect

from pricing import alternatives, engine
from pricing.alternatives import Answered
from pricing.arrays import Column, Numbers, Places
from pricing.capabilities import ANY
from pricing.catalogue import Catalogue
from pricing.model import kinds
from pricing.question import Decision
from pricing.rates import WordColumn

ASKED = 3
"""How many needs are asked for where too little is known."""
STEPS, STEP = 5, 4.0
"""Numbers are varied by so many steps in each direction, each by this factor."""
SECTIONS, ROUNDS = 30, 4
"""A range is cut into so many sections, so many times."""
FIRST = 0.001
"""Where the steps of a number begin that is not stated."""
DIGITS, DIGITS_OF_SHARES = 4, 6
"""Digits of the numbers that are told; shares near 1 differ in the last ones."""


class Change(NamedTuple):
    """One need changed, and the candidates that this lets in or rules out, by index."""

    need: str
    value: Any
    admits: list[int]
    removes: list[int]


class Turn(NamedTuple):
    """Where another candidate becomes the cheapest along a number of the needs."""

    value: float
    below: int
    above: int
    cost_below: float
    cost_above: float


class Ask(NamedTuple):
    """A need to state first, and the candidates that each answer leaves, by index."""

    need: str
    left: list[tuple[str, list[int]]]


class Step(NamedTuple):
    """A need, a value that it may have instead, and the row of needs that has it."""

    need: str
    value: Any
    row: int = 0


class Range(NamedTuple):
    """A number of the needs; the outcome differs at ``far`` and not at ``near``."""

    need: str
    near: float
    far: float
    admits: bool
    """Whether a candidate is let in there, or else ruled out."""


class Variations:
    """Answers to rows of needs with single needs changed."""

    def __init__(self, base: Answered, catalogue: Catalogue) -> None:
        self._question, self._needs, self._catalogue = base.question, base.needs, catalogue
        self._makers = dict(engine.column_makers(base.question.workload))
        self.kinds = kinds(base.question.workload)

    def stated(self, need: str, row: int = 0) -> Any:
        """Return the value of a need in a row."""
        column = getattr(self._needs, need)
        codes = column.codes if isinstance(column, WordColumn) else column
        return (
            column.words[codes[row]]
            if isinstance(column, WordColumn)
            else codes[row : row + 1].tolist()[0]
        )

    def is_word(self, need: str) -> bool:
        """Return whether a need is one word, and not a text of several."""
        return isinstance(self.kinds[need], inspect.LiteralType)

    def answered(self, steps: Sequence[Step]) -> Answered:
        """Answer for each of the steps."""
        rows = np.array([step.row for step in steps], dtype=int)
        needs = engine.reshape(self._needs, lambda column: column[rows])
        varied = {need: self._column(need, steps) for need in {step.need for step in steps}}
        needs = msgspec.structs.replace(needs, **varied)
        return alternatives.answered(self._question, needs, self._catalogue)

    def _column(self, need: str, steps: Sequence[Step]) -> Column:
        """Return a need with the values of the steps that change it."""
        usual = [self.stated(need, step.row) for step in steps]
        values = [
            step.value if step.need == need else own for step, own in zip(steps, usual, strict=True)
        ]
        return self._makers[need](values)


def _decision(base: Answered) -> Decision:
    """Return how the question of an answer decides."""
    assert base.question.decision
    return base.question.decision


def changes(base: Answered, catalogue: Catalogue) -> list[Change]:
    """Return the smallest change of each need that lets a candidate in or rules one out.

    ``base`` answers for one row of needs.
    """
    tried = Variations(base, catalogue)
    return [*_of_words(base, tried), *_of_numbers(base, tried)]


def _of_words(base: Answered, tried: Variations) -> Iterator[Change]:
    """Yield the changes of needs that are words: the nearest word of each effect.

    A need that was not stated is told where it rules out the cheapest candidate.
    """
    steps = [step for need in _decision(base).words for step in _other_words(base, tried, need)]
    found, (cheapest, _) = tried.answered(steps), _cheapest(base)
    seen: set[tuple[str, bool]] = set()
    for row, step in enumerate(steps):
        admits, removes = _effects(base, found, row)
        new = {
            (step.need, lets_in) for lets_in, places in ((True, admits), (False, removes)) if places
        }
        stated = tried.is_word(step.need) and tried.stated(step.need) != ANY
        telling = bool(new - seen) if stated else bool(admits) or int(cheapest[0]) in removes
        if telling and not found.undecided[row]:
            seen |= new
            yield Change(step.need, step.value, admits, removes)


def _other_words(base: Answered, tried: Variations, need: str) -> list[Step]:
    """Return the other values of a need of words, nearest first."""
    decision, stated = _decision(base), tried.stated(need)
    words = decision.words[need]
    if not tried.is_word(need):
        return [Step(need, _toggled(stated.split(), word, words)) for word in words]
    if len(words) > 2 and need not in decision.ordered:
        return [Step(need, ANY)] if stated != ANY else []
    order = (ANY, *words)
    nearest = sorted(order, key=lambda word: abs(order.index(word) - order.index(stated)))
    return [Step(need, word) for word in nearest if word != stated]


def _toggled(words: Sequence[str], word: str, order: Sequence[str]) -> str:
    """Return a text of words with one of them taken out, or put in.

    Examples
    --------
    >>> _toggled(["joins"], "range", ["range", "joins"])
    'range joins'
    """
    return " ".join(one for one in order if (one in words) != (one == word))


def _effects(base: Answered, found: Answered, row: int) -> tuple[list[int], list[int]]:
    """Return the candidates that a variation lets in, and those that it rules out."""
    before, after = base.infeasible[0], found.infeasible[row]
    admits, removes = np.flatnonzero(before & ~after), np.flatnonzero(after & ~before)
    return admits.tolist(), removes.tolist()


def _of_numbers(base: Answered, tried: Variations) -> Iterator[Change]:
    """Yield the changes of needs that are numbers, each where its effect begins."""
    decision = _decision(base)
    grids = [
        (need, values)
        for need in decision.numbers
        for values in _grids(tried.kinds[need], tried.stated(need), need in decision.falling)
    ]
    steps = [Step(need, value) for need, (_, *grid) in grids for value in grid]
    found = tried.answered(steps)
    ranges: list[Range] = []
    row = 0
    for need, values in grids:
        ranges += _ranges(base, found, need, values, row)
        row += len(values) - 1
    narrowed = [_told(tried.kinds[one.need], one) for one in _narrowed(base, tried, ranges)]
    found = tried.answered([Step(one.need, one.far) for one in narrowed])
    (cheapest, _) = _cheapest(base)
    for place, one in enumerate(narrowed):
        admits, removes = _effects(base, found, place)
        if admits or tried.stated(one.need) or int(cheapest[0]) in removes:
            yield Change(one.need, one.far, admits, removes)


def _grids(kind: Any, stated: float, falling: bool = False) -> Iterator[list[float]]:
    """Yield the values that a number is tried with, upwards and downwards, and first where it is.

    A number that is not stated is tried from its least demanding value on.
    """
    least, most = kind.ge, kind.le
    factors = STEP ** np.arange(1, STEPS + 1)
    if stated > 0:
        tried = [stated * factors, stated / factors]
    elif falling:
        tried, stated = [most / STEP ** np.arange(1, 4 * STEPS)], most
    else:
        tried = [FIRST * STEP ** np.arange(4 * STEPS)]
    for values in tried:
        within = np.clip(values, max(least, 1) if kind.multiple_of == 1 else least, most)
        rounded = np.round(within) if kind.multiple_of == 1 else within
        kept = [value for value in dict.fromkeys(rounded.tolist()) if value not in (0, stated)]
        if kept:
            yield [stated, *kept]


def _ranges(
    base: Answered, found: Answered, need: str, values: Sequence[float], first: int
) -> Iterator[Range]:
    """Yield between which values of a grid a candidate is first let in, and first ruled out."""
    for admits in (True, False):
        effects = [
            bool(_effects(base, found, first + place)[0 if admits else 1])
            for place in range(len(values) - 1)
        ]
        if True in effects:
            place = effects.index(True)
            yield Range(need, values[place], values[place + 1], admits)


def _narrowed(base: Answered, tried: Variations, ranges: Sequence[Range]) -> list[Range]:
    """Cut the ranges into sections, and keep of each the first that has the effect."""
    found = list(ranges)
    for _ in range(ROUNDS):
        grids = [np.linspace(one.near, one.far, SECTIONS + 1).tolist() for one in found]
        steps = [
            Step(one.need, value)
            for one, grid in zip(found, grids, strict=True)
            for value in grid[1:]
        ]
        answered = tried.answered(steps)
        found = [
            _first_section(base, answered, one, grid, place * SECTIONS)
            for place, (one, grid) in enumerate(zip(found, grids, strict=True))
        ]
    return found


def _first_section(
    base: Answered, answered: Answered, one: Range, grid: Sequence[float], first: int
) -> Range:
    """Return the first section of a range at whose end it has its effect."""
    effect = 0 if one.admits else 1
    place = next(
        place for place in range(SECTIONS) if _effects(base, answered, first + place)[effect]
    )
    return one._replace(near=grid[place], far=grid[place + 1])


def _told(kind: Any, one: Range) -> Range:
    """Return a range whose end is told in few digits, away from what is stated."""
    upwards = one.far > one.near
    if kind.multiple_of == 1:
        return one._replace(far=float(np.ceil(one.far) if upwards else np.floor(one.far)))
    digits = DIGITS_OF_SHARES if kind.le == 1 else DIGITS
    scale = 10.0 ** (digits - 1 - np.floor(np.log10(abs(one.far))))
    rounded = float((np.ceil if upwards else np.floor)(one.far * scale) / scale)
    return one._replace(far=float(np.clip(float(f"{rounded:.{digits}g}"), kind.ge, kind.le)))


def turns(base: Answered, catalogue: Catalogue) -> list[Turn]:
    """Return where, below and above the swept number of one row, another candidate is cheapest."""
    tried, field = Variations(base, catalogue), base.question.swept
    stated = tried.stated(field)
    cheapest, _ = _cheapest(base)
    if cheapest[0] < 0 or stated <= 0:
        return []
    found = []
    for values in _grids(tried.kinds[field], stated):
        value = _turn(tried, field, values, int(cheapest[0]))
        if value:
            found.append(value)
    return sorted(found, key=lambda turn: turn.value)


def _turn(tried: Variations, field: str, values: Sequence[float], stays: int) -> Turn | None:
    """Return the first value along a grid at which a candidate is no longer the cheapest."""
    turn = None
    for _ in range(ROUNDS + 1):
        places, costs = _cheapest(tried.answered([Step(field, value) for value in values]))
        other = np.flatnonzero((places != stays) & (places >= 0))
        if not len(other):
            return turn
        far = int(other[0])
        below, above = sorted((far - 1, far), key=values.__getitem__)
        ends = int(places[below]), int(places[above]), costs[below], costs[above]
        turn = Turn(values[far], *ends)
        values = np.linspace(values[far - 1], values[far], SECTIONS + 1).tolist()
    return turn


def _cheapest(answered: Answered) -> tuple[Places, Numbers]:
    """Return of each row the cheapest candidate that misses no limit, or -1; and its cost."""
    known = np.logical_not(answered.infeasible) & np.isfinite(answered.cost)
    costs = np.where(known, answered.cost, np.inf)
    places = np.where(known.any(axis=1), costs.argmin(axis=1), -1)
    return places, costs.min(axis=1)


def asks(base: Answered, catalogue: Catalogue) -> dict[int, list[Ask]]:
    """Return what to state first, by row of needs of which too little is known.

    Those are the needs that leave the fewest candidates, and where only the size of the load is not
    known, its numbers.
    """
    tried, decision = Variations(base, catalogue), _decision(base)
    rows = np.flatnonzero(base.undecided).tolist()
    if not rows:
        return {}
    steps = [
        Step(need, word, row)
        for row in rows
        for need, words in decision.words.items()
        if tried.stated(need, row) in ("", ANY)
        for word in words
    ]
    found: dict[int, dict[str, Ask]] = {row: {} for row in rows}
    for step, ruled_out in zip(steps, tried.answered(steps).infeasible, strict=True):
        ask = found[step.row].setdefault(step.need, Ask(step.need, []))
        ask.left.append((step.value, np.flatnonzero(~ruled_out).tolist()))
    loads = [Ask(need, []) for need in decision.loads]
    unknown = decision.unknown_kind(base.needs)
    every = base.shape[1]
    mean = partial(_mean_left, certain=decision.certain, every=every)
    return {
        row: (sorted(listed.values(), key=mean) if unknown[row] else loads)[:ASKED]
        for row, listed in found.items()
    }


def _mean_left(ask: Ask, certain: Sequence[str], every: int) -> float:
    """Return how many candidates an answer leaves in the mean.

    Of a need that most systems do not have, half of the answers leave every candidate.
    """
    mean = float(np.mean([len(places) for _, places in ask.left]))
    return mean if ask.need in certain else (mean + every) / 2


def conflicts(base: Answered, catalogue: Catalogue) -> dict[int, list[str]]:
    """Return the fewest needs that together rule every candidate out, by row where all are."""
    rows = np.flatnonzero(base.infeasible.all(axis=1) & ~base.undecided).tolist()
    if not rows:
        return {}
    unmet, numbers = _exceeded(base, catalogue, rows)
    return {row: _fewest(_reasons(base, row, unmet, numbers[row])) for row in rows}


def _fewest(reasons: Sequence[set[str]]) -> list[str]:
    """Return the fewest needs of which each set of reasons has one.

    Examples
    --------
    >>> _fewest([{"a", "b"}, {"b", "c"}, {"c", "d"}])
    ['a', 'c']
    """
    needs = sorted(set().union(*reasons))
    every = (some for count in range(1, len(needs) + 1) for some in combinations(needs, count))
    return next(
        (list(some) for some in every if all(found.intersection(some) for found in reasons)), []
    )


def _reasons(
    base: Answered, row: int, unmet: Mapping[tuple[int, int], set[str]], numbers: set[str]
) -> list[set[str]]:
    """Return the needs that rule each candidate out, but of those that always are."""
    causes = [
        _causes(base, row, place) | unmet.get((row, place), set()) for place in range(base.shape[1])
    ]
    return [
        own or numbers for place, own in enumerate(causes) if own or not _closed(base, row, place)
    ]


def _causes(base: Answered, row: int, place: int) -> set[str]:
    """Return the stated needs that a candidate cannot meet."""
    fields, names = base.question.workload.__struct_fields__, _decision(base).stated_by
    missed = {names.get(need, need) for need, where in base.ruled_out.items() if where[row, place]}
    return missed.intersection(fields)


def _closed(base: Answered, row: int, place: int) -> bool:
    """Return whether a candidate without a cause among the needs is ruled out whatever they are."""
    return any(where[row, place] for where in base.ruled_out.values())


def _exceeded(
    base: Answered, catalogue: Catalogue, rows: Sequence[int]
) -> tuple[dict[tuple[int, int], set[str]], dict[int, set[str]]]:
    """Return the numbers without which candidates keep their limits, and all that rows state."""
    tried = Variations(base, catalogue)
    steps = [
        Step(need, max(0.0, tried.kinds[need].ge or 0.0), row)
        for row in rows
        for need in _decision(base).numbers
        if tried.stated(need, row) > 0
    ]
    numbers: dict[int, set[str]] = {row: set() for row in rows}
    unmet: dict[tuple[int, int], set[str]] = {}
    for step, left in zip(steps, tried.answered(steps).infeasible, strict=True):
        numbers[step.row].add(step.need)
        for place in np.flatnonzero(~left & base.infeasible[step.row]).tolist():
            unmet.setdefault((step.row, place), set()).add(step.need)
    return unmet, numbers
