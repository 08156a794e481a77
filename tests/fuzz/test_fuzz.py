"""A short fuzz: what `make fuzz` does by coverage for a million cases, here by chance for a few."""

import random

import pytest

from tests.fuzz import __main__ as fuzz
from tests.fuzz import targets

CASES = 150


@pytest.mark.parametrize("name", targets.TARGETS)
def test_whatever_is_read_is_a_value_or_refused(name: str) -> None:
    """The examples are read, and what chance makes of them is read or refused."""
    seeds, words, draw = targets.seeds(name), targets.words(), random.Random(name)
    for _ in range(CASES):
        case = bytearray(draw.choice(seeds))
        for _ in range(draw.randint(0, 4)):
            place = draw.randrange(len(case))
            case[place : place + draw.choice((0, 1, 8))] = draw.choice(
                (draw.randbytes(2), draw.choice(words), draw.choice(seeds)[:40])
            )
        targets.TARGETS[name](bytes(case))


@pytest.mark.parametrize("name", targets.TARGETS)
def test_no_example_is_cut_short(name: str) -> None:
    """What a target reads first is within the length of a case, so that it is read whole."""
    assert max(map(len, targets.seeds(name))) <= fuzz.LONGEST
