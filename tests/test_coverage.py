"""What estimates leave out is listed, and named for the workloads that it may touch."""

import re
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from pricing import coverage, engine
from pricing.catalogue import packaged
from pricing.errors import TableError
from pricing.model import Service, registry
from pricing.tables import NotCovered
from tests import strategies

EVERY = pytest.mark.parametrize("service", registry().values(), ids=registry())
DYNAMODB = registry()["dynamodb"]


def entry(**conditions: Any) -> NotCovered:
    """Return an entry with conditions."""
    page = "https://aws.amazon.com/"
    return NotCovered("What", "When.", "not known", page, date(2026, 1, 1), **conditions)


def listed(service: Service) -> coverage.Entries:
    """Return the packaged list of a service."""
    return packaged().table(service.key).description.not_covered


def touches(entry: NotCovered, row: Any) -> bool:
    """Return, by one row's own words and numbers, whether an entry may touch it."""
    return (
        not entry.words
        and all(getattr(row, field) in words for field, words in entry.where.items())
        and all(getattr(row, field) > bound for field, bound in entry.above.items())
    )


@EVERY
@given(data=st.data())
def test_each_row_has_the_entries_whose_conditions_it_meets(
    service: Service, data: st.DataObject
) -> None:
    """The entries of a batch are those that each of its rows meets by itself, in their order."""
    rows = data.draw(strategies.batches(service))
    entries = listed(service)
    expected = [[name for name, entry in entries.items() if touches(entry, row)] for row in rows]
    assert coverage.touching(entries, engine.columns(service.workload, rows)) == expected


@EVERY
def test_amounts_have_a_day(service: Service) -> None:
    """Whoever names an amount says of which day it is, or that the day is not known."""
    amount, day = re.compile(r"[$][0-9]|[0-9] USD"), re.compile(r"[0-9]{4}-[0-9]{2}|day not known")
    amounts = [entry.about for entry in listed(service).values() if amount.search(entry.about)]
    assert [about for about in amounts if not day.search(about)] == []


@EVERY
def test_further_axes_keep_their_entries(service: Service) -> None:
    """Columns over workloads and months give each month the entries of its workload."""
    columns = engine.columns(service.workload, [service.example] * 2)
    months = engine.reshape(columns, lambda column: np.repeat(column[:, np.newaxis], 3, axis=1))
    once = coverage.touching(listed(service), columns)
    assert coverage.touching(listed(service), months) == [[row] * 3 for row in once]


@EVERY
def test_something_may_touch_every_workload(service: Service) -> None:
    """No service claims that its bills cover everything."""
    (names,) = coverage.touching(
        listed(service), engine.columns(service.workload, [service.example])
    )
    assert names


@pytest.mark.parametrize(
    ("conditions", "fault"),
    [
        ({"where": {"engine": ("mysql",)}}, r"where: engine takes no \['mysql'\]"),
        ({"where": {"capacity_mode": ("spot",)}}, r"where: capacity_mode takes no \['spot'\]"),
        ({"where": {"storage_gb": ("1",)}}, r"where: storage_gb takes no \['1'\]"),
        ({"above": {"size_gb": 0.0}}, "above: size_gb is no number of the workload"),
        ({"above": {"capacity_mode": 0.0}}, "above: capacity_mode is no number of the workload"),
        ({"words": {"storage_gb": ("1",)}}, "words: storage_gb takes no words"),
        ({"words": {"capacity_mode": ("provisioned",)}}, "words: capacity_mode takes"),
    ],
)
def test_an_entry_of_unknown_fields_or_words_is_refused(
    conditions: dict[str, Any], fault: str
) -> None:
    """An entry names fields that the workload has, words that they take, or words they do not."""
    table = packaged().table("dynamodb")
    described = structs.replace(table.description, not_covered={"odd": entry(**conditions)})
    with pytest.raises(TableError, match=rf"dynamodb\.toml: not_covered odd: {fault}"):
        coverage.check(structs.replace(table, description=described), DYNAMODB.workload)


def test_a_service_without_a_list_is_refused() -> None:
    """A service that lists nothing has not been thought through."""
    table = packaged().table("dynamodb")
    described = structs.replace(table.description, not_covered={})
    with pytest.raises(TableError, match="list under not_covered what estimates leave out"):
        coverage.check(structs.replace(table, description=described), DYNAMODB.workload)


def test_a_word_of_another_product_is_named() -> None:
    """Aurora is named as such; a word of no product is not."""
    entries = listed(registry()["rds"])
    aurora = coverage.named(entries, "engine", "aurora-postgresql")
    assert aurora is not None
    assert "Aurora" in aurora.title
    assert coverage.named(entries, "engine", "postgress") is None
    assert coverage.named(entries, "region", "aurora") is None
