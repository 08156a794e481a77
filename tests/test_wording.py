"""What is said of wrong values, and how the values that people write are read."""

from datetime import date
from typing import Annotated, Any

import pytest
from msgspec import Meta

from pricing import readings, wording
from pricing.model import service
from pricing.wording import Kind, Speller


def test_only_the_first_few_names_are_looked_up() -> None:
    """Of very many wrong names the first few are told what they may have meant."""
    speller, known = Speller(), ("storage_gb",)
    said = [speller.meant(f"storge_gb{number}", known) for number in range(wording.FEW + 1)]
    assert all(said[:-1])
    assert said[-1] == ""


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (b"abc", "bytes"),
        ({"a": 1}, "an object"),
        ([1], "a list"),
        (float("nan"), "NaN"),
        (float("-inf"), "infinity"),
        (object(), "object"),
        ("x" * 1000, None),
    ],
)
def test_what_was_sent_is_shown_shortly(value: Any, shown: str | None) -> None:
    """Anything that may be sent has a short text."""
    told = wording.shown(value)
    assert told == shown if shown else len(told) <= wording.LONGEST_VALUE


def test_half_of_something_and_ambiguous_days_lead_to_each_sense() -> None:
    """A day in numbers may be meant in two ways, and both are told; what is no text is not read."""
    assert wording.to_send("1/2/2026", Kind(date)).startswith("; send 2026-0")
    assert " or " in wording.to_send("1/2/2026", Kind(date))
    assert wording.to_send(None, Kind(date)) == wording.to_send(True, Kind(date)) == ""


def test_a_month_as_people_write_it_is_told_as_a_month() -> None:
    """A text that is a month by its pattern is sent in that form, and what is none is not read."""
    pattern = Meta(pattern="^[0-9]{4}-[0-9]{2}$", examples=["2026-01"])
    month = Kind(Annotated[str, pattern])
    assert wording.to_send("1/2026", month) == "; send 2026-01"
    assert wording.to_send("soon", month) == ""


def test_a_day_of_a_spreadsheet_is_its_number() -> None:
    """46023 is what a spreadsheet stores for the first day of 2026."""
    assert readings.days("46023") == [date(2026, 1, 1)]


def test_words_of_very_many_parts_are_not_read() -> None:
    """A text of no word, or of very many, names nothing."""
    known = ["GLACIER_IR", "STANDARD"]
    assert readings.word("!?", known) == readings.word("glacier " * 50, known) == ""


def test_a_product_of_another_service_is_sent_there() -> None:
    """A word that is not covered names what it stands for, or the service that prices it."""
    assert "is not covered" in wording.product("engine", "db2-se")
    assert wording.product("engine", 5) == ""
    rds, aurora = service("rds").workload, service("aurora").workload
    sent_there = "'aurora-mysql' is priced by the service aurora; send it there"
    assert wording.product("engine", "aurora-mysql", rds) == sent_there
    assert wording.product("engine", "aurora-mysql", aurora) == ""
