"""Prices by tier, day, variant and Region, against sums worked out by hand."""

import re
from datetime import date
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from pricing.catalogue import packaged
from pricing.nearest import why_unpriced
from pricing.quantities import REGION_CODES
from pricing.rates import RateCard, WordColumn, compile_table, day_number
from tests.test_tables import CSV, TOML, read

CHANGED = (
    CSV.replace("hours/b", "hours/c")
    + "storage,2025-06-01,0,feed,0.02,\nstorage,2025-06-01,50,feed,0.01,\n"
)
US, EU, SA = (REGION_CODES.index(code) for code in ("us-east-1", "eu-west-1", "sa-east-1"))


@pytest.fixture
def card(tmp_path: Path) -> RateCard:
    """A card with two variants, two tiers and a price change."""
    return compile_table(read(tmp_path, CHANGED))


@pytest.mark.parametrize(
    ("quantity", "day", "region", "cost"),
    [
        (0, 1, US, 0),
        (100, 1, US, 2.3),
        (101, 1, US, 2.322),
        (300, 1, EU, 2.4 + 200 * 0.023),
        (0, 1, SA, 0),
        (60, 2, US, 1.1),
    ],
)
def test_tiers_are_graduated(
    card: RateCard, quantity: float, day: int, region: int, cost: float
) -> None:
    """Each unit is priced in its own tier; a zero quantity costs nothing even where not sold."""
    rate = card.rates["storage"]
    unit_price, total = rate.price(np.array([float(quantity)]), np.intp(0), day, np.array([region]))
    assert total == pytest.approx(cost)
    if quantity:
        assert unit_price * quantity == pytest.approx(cost)


def test_tiers_are_exact_on_fractions(tmp_path: Path) -> None:
    """The same sum over fractions is the exact decimal."""
    rate = compile_table(read(tmp_path, CHANGED), Fraction).rates["storage"]
    quantity = np.array([Fraction(301)], dtype=object)
    _, cost = rate.price(quantity, np.intp(0), 1, np.array([US]))
    assert cost[0] == Fraction("2.3") + 201 * Fraction("0.022")


def test_what_is_not_sold_or_not_yet_known_has_no_price(card: RateCard) -> None:
    """A blank, a day before the first row, and a variant there is not are NaN, never zero."""
    quantity = np.ones(1)
    for rate, variant, day, region in [
        (card.rates["storage"], 0, 1, SA),
        (card.rates["storage"], 0, 2, EU),
        (card.rates["storage"], 0, 0, US),
        (card.rates["hours"], 2, 1, US),
    ]:
        _, cost = rate.price(quantity, np.intp(variant), day, np.array([region]))
        assert np.isnan(cost).all()


def test_a_variant_is_found_by_its_words(card: RateCard) -> None:
    """A column of words names each row's variant, and one past the last where there is none."""
    words = WordColumn(np.array([2, 0, 1]), ("a", "b", "c"))
    assert card.rates["hours"].variant((words,)).tolist() == [1, 0, 2]
    fewer = WordColumn(np.array([1, 0]), ("a", "b"))
    assert card.rates["hours"].variant((fewer,)).tolist() == [2, 0]


def test_a_variant_withdrawn_everywhere_names_the_nearest(tmp_path: Path) -> None:
    """A variant that no Region sells any more points to those that are sold."""
    withdrawn = CSV.replace("hours/b", "hours/a,2025-06-01,0,feed,,\nhours/b")
    rate = compile_table(read(tmp_path, withdrawn)).rates["hours"]
    assert why_unpriced(rate, ("a",), 2, US).endswith("the nearest there: b")


def test_a_word_outside_its_column_is_never_met() -> None:
    """Comparing with an unknown word is false everywhere, and not equal everywhere."""
    words = WordColumn(np.array([0, 1]), ("a", "b"))
    assert (words == "x").tolist() == [False, False]
    assert (words != "a").tolist() == [False, True]
    assert words.tolist() == ["a", "b"]


@pytest.mark.parametrize(
    ("meter", "parts", "day", "region", "text"),
    [
        ("storage", (), 0, "us-east-1", "no price is known in us-east-1 before 2025-01-01"),
        (
            "storage",
            (),
            2,
            "eu-west-1",
            "no price is known in eu-west-1; one is known in: us-east-1",
        ),
        ("hours", ("b",), 1, "us-east-1", "the nearest there: a, c"),
        (
            "hours",
            ("c",),
            1,
            "sa-east-1",
            "no price is known in sa-east-1; one is known in: us-east-1",
        ),
        ("hours", ("b",), 1, "sa-east-1", r"Hours \(b\): no price is known in sa-east-1$"),
    ],
)
def test_an_unpriced_line_says_why(
    card: RateCard, meter: str, parts: tuple[str, ...], day: int, region: str, text: str
) -> None:
    """The first known day, the Regions that sell it, or the nearest variants sold are named."""
    why = why_unpriced(card.rates[meter], parts, day, REGION_CODES.index(region))
    assert re.search(text, why), why


POSTGRES = "postgres/no-license-required/single-az"


@pytest.mark.parametrize(
    ("meter", "asked", "region", "nearest"),
    [
        (
            "instance_hours",
            f"{POSTGRES}/db.r8g.4xlarge",
            "eu-west-1",
            ["r7g.4xlarge", "r7i.4xlarge", "r6g.4xlarge"],
        ),
        ("instance_hours", f"{POSTGRES}/db.m9g.2xlarge", "us-east-1", ["m8g.2xl", "m8gd.2xl"]),
        ("instance_hours", f"{POSTGRES}/db.r7g.large", "af-south-1", ["r6g.large", "r6i.large"]),
        ("storage", "gp2/multi-az-cluster", "us-east-1", ["gp3/multi", "io1/multi", "io2/multi"]),
        ("storage", "gp2/nowhere", "us-east-1", []),
        ("provisioned_throughput", "nowhere", "us-east-1", []),
    ],
)
def test_the_nearest_are_of_the_same_size_and_then_of_the_closest_generation(
    meter: str, asked: str, region: str, nearest: list[str]
) -> None:
    """Same size first, then family and generation; storage of another deployment is no way out."""
    rate = packaged().card("rds").rates[meter]
    place = REGION_CODES.index(region)
    why = why_unpriced(rate, tuple(asked.split("/")), len(rate.days), place)
    _, _, names = why.partition("the nearest there: ")
    found = names.split(", ") if names else []
    assert len(found) >= len(nearest)
    assert bool(found) == bool(nearest)
    assert all(name in one for name, one in zip(nearest, found, strict=False)), why


def test_the_reason_leaves_out_what_the_title_adds() -> None:
    """A single-az instance is not told what a Multi-AZ price covers."""
    why = why_unpriced(packaged().card("rds").rates["instance_hours"], ("no",) * 4, 1, US)
    assert why.startswith("DB instance hours (no/no/no/no): no price is known in us-east-1")
    assert "Multi-AZ" not in why


def test_quotas_differ_by_region(card: RateCard) -> None:
    """A quota with Regions of its own is an array over all Regions."""
    assert card.limits["most"][[US, EU]].tolist() == [20, 10]
    assert card.rules.step == 4


def test_rules_differ_by_word(tmp_path: Path) -> None:
    """A rule with values picks one for each row of a column; a word without one is NaN."""
    toml = TOML.replace("value = 4\n", "values = { a = 4, b = 8 }\n")
    rules = compile_table(read(tmp_path, toml=toml)).rules
    picked = rules.step[WordColumn(np.array([1, 0, 2]), ("a", "b", "c"))]
    np.testing.assert_array_equal(picked, [8, 4, np.nan])


def test_a_rule_there_is_not_is_named(card: RateCard) -> None:
    """A formula that asks for an unknown rule fails with its name."""
    with pytest.raises(AttributeError, match="no rule 'nope'"):
        _ = card.rules.nope


def test_usage_types_carry_the_prefix_of_the_region(tmp_path: Path) -> None:
    """us-east-1 has one where its bills do, eu-west-1 EU; an unknown one leaves the type out."""
    toml = TOML.replace('title = "Storage"', 'title = "Storage"\nusage_types = { "" = "Bytes" }')
    card = compile_table(read(tmp_path, toml=toml))
    new_zealand = REGION_CODES.index("ap-southeast-6")
    places = np.array([US, EU, new_zealand])
    storage = np.full(3, card.rates["storage"].first_index)
    assert card.usage_types(storage, places) == ["Bytes", "EU-Bytes", ""]
    card = compile_table(read(tmp_path, toml=toml.replace('"Bytes" }', '"USE1-Bytes" }')))
    assert card.usage_types(storage[:2], places[:2]) == ["USE1-Bytes", "EU-Bytes"]


def test_days_count_from_1970() -> None:
    """Days are counted as numpy counts them."""
    assert day_number(date(1970, 1, 2)) == 1
