"""The data discipline: what the tables must hold, and that a breach is refused by name."""

from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from pricing import tables
from pricing.errors import TableError
from pricing.model import registry
from pricing.quantities import REGION_CODES
from pricing.rates import rate_card

EVERY = pytest.mark.parametrize("key", list(registry()))

CSV = """\
meter,effective_from,tier_from,source,us-east-1,eu-west-1
hours/a,2025-01-01,0,feed,0.1,0.2
hours/b,2025-01-01,0,feed,0.3,
storage,2025-01-01,0,feed,0.023,0.024
storage,2025-01-01,100,feed,0.022,0.023
"""
TOML = """\
title = "Amazon Test"
pricing_page = "https://aws.amazon.com/"
[sources.feed]
title = "a feed"
reference = "https://aws.amazon.com/"
[meters.hours]
title = "Hours"
unit = "Hours"
dimensions = ["class"]
reference = "https://aws.amazon.com/"
[meters.storage]
title = "Storage"
unit = "GB-Months"
reference = "https://aws.amazon.com/"
[rules.step]
value = 4
unit = "Bytes"
statement = "Steps of four."
reference = "https://aws.amazon.com/"
date = 2025-01-01
grade = "A"
[quotas.most]
title = "Most"
limit = 10
regions = { us-east-1 = 20 }
unit = "Things"
severity = "limit"
adjustable = true
reference = "https://aws.amazon.com/"
date = 2025-01-01
grade = "A"
"""


def read(folder: Path, csv: str = CSV, toml: str = TOML, classes: str = "") -> tables.Table:
    """Read tables written to a folder."""
    (folder / "test.csv").write_text(csv, "utf-8")
    (folder / "test.toml").write_text(toml, "utf-8")
    (folder / "classes.csv").write_text(classes, "utf-8")
    instance_classes = folder / "classes.csv" if classes else None
    return tables.read("test", folder / "test.csv", folder / "test.toml", instance_classes)


def test_a_good_table_is_read(tmp_path: Path) -> None:
    """Rows come in order, with a text for each known Region and a blank where nothing is sold."""
    table = read(tmp_path)
    assert [row.meter for row in table.rows] == ["hours/a", "hours/b", "storage", "storage"]
    prices = dict(zip(REGION_CODES, table.rows[1].prices, strict=True))
    assert (prices["us-east-1"], prices["eu-west-1"], prices["sa-east-1"]) == ("0.3", "", "")
    assert (table.first, table.newest) == (date(2025, 1, 1), date(2025, 1, 1))


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("meter,", "sku,", "the header must be"),
        ("eu-west-1\n", "eu-wets-1\n", "unknown or repeated Regions"),
        ("eu-west-1\n", "us-east-1\n", "unknown or repeated Regions"),
        ("0.1,0.2", "0.1", "line 2: 5 cells, the header has 6"),
        ("0.1,0.2", "0.1,-0.2", "line 2: '-0.2' is not a price"),
        ("0.1,0.2", "0.1,NaN", "line 2: 'NaN' is not a price"),
        ("0.1,0.2", "0.1,free", "line 2"),
        ("hours/a,2025-01-01", "hours/a,2025-13-01", "line 2"),
        ("storage,2025-01-01,100", "storage,2025-01-01,0", "tier starts must rise"),
        ("storage,2025-01-01,0", "storage,2025-01-01,1", "the first tier must start at 0"),
        ("storage,2025-01-01,100", "storage,2024-01-01,0", "days must rise"),
        ("hours/b,", "hours,", "its path must name"),
        ("0,feed,0.1", "0,rumour,0.1", "unknown source 'rumour'"),
        ("hours/b,", "rent/b,", "meter rent is in only one"),
        ("hours/b,", "storage,", "the rows of a meter must stand together"),
    ],
)
def test_a_breach_in_the_prices_is_named(tmp_path: Path, old: str, new: str, fault: str) -> None:
    """Each breach of the price table is refused with the file, the place and the fault."""
    csv = CSV.replace(old, new, 1)
    if "together" in fault:
        csv = CSV + "hours/a,2026-01-01,0,feed,0.1,0.2\n"
    with pytest.raises(TableError, match=rf"test\.csv.*{fault}"):
        read(tmp_path, csv=csv)


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('reference = "https://aws.amazon.com/"', 'reference = "aws.amazon.com"', "reference"),
        ("value = 4\n", "", "rule step: give either value or values"),
        ("us-east-1 = 20", "us-esat-1 = 20", "unknown Regions"),
        ('grade = "A"', 'grade = "K"', "grade"),
        ('unit = "Bytes"', 'units = "Bytes"', "unit"),
        ("value = 4\n", "value = \n", "test.toml"),
        ('["class"]', '["class"]\nfixed = ["size"]', "hours: fixed must name"),
    ],
)
def test_a_breach_in_the_description_is_named(
    tmp_path: Path, old: str, new: str, fault: str
) -> None:
    """Each breach of the description is refused; a rule of grade K is not a rule."""
    with pytest.raises(TableError, match=fault):
        read(tmp_path, toml=TOML.replace(old, new, 1))


CLASSES = "instance_class,source,vcpus\nsmall,feed,2\nlarge,feed,4\n"
COLUMN = """
[classes.vcpus]
title = "vCPUs"
unit = "vCPU"
reference = "https://aws.amazon.com/"
date = 2025-01-01
grade = "A"
"""


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("instance_class,", "class,", "the header must be instance_class"),
        ("feed,2", "feed,0", "'0' is not above zero"),
        ("feed,2", "feed", "line 2"),
        ("large,", "small,", "an instance class stands twice"),
        ("vcpus", "cores", "column cores of the classes is in only one"),
    ],
)
def test_a_breach_in_the_classes_is_named(tmp_path: Path, old: str, new: str, fault: str) -> None:
    """Instance classes are unique, and what is known of them is above zero and described."""
    read(tmp_path, toml=TOML + COLUMN, classes=CLASSES)
    with pytest.raises(TableError, match=fault):
        read(tmp_path, toml=TOML + COLUMN, classes=CLASSES.replace(old, new, 1))


def test_a_column_of_the_classes_has_a_name_of_its_own(tmp_path: Path) -> None:
    """A column, a rule and a quota are read by name from one place."""
    clash = COLUMN.replace("classes.vcpus", "classes.step")
    with pytest.raises(TableError, match="step is a column of the classes and a rule or quota"):
        read(tmp_path, toml=TOML + clash, classes=CLASSES.replace("vcpus", "step"))


def test_prices_of_another_meter_need_one_with_rows(tmp_path: Path) -> None:
    """A meter is priced as one that has prices."""
    other = '[meters.rent]\ntitle = "Rent"\nunit = "Hours"\npriced_as = "lease"\n'
    other += 'reference = "https://aws.amazon.com/"\n'
    with pytest.raises(TableError, match="meter rent: priced_as must name a meter with rows"):
        read(tmp_path, toml=TOML.replace("[rules.step]", other + "[rules.step]"))


@EVERY
def test_every_price_has_a_day_a_source_and_a_unit(key: str) -> None:
    """Days are real and not ahead of the newest source; sources and meters carry https links."""
    table = tables.load(key)
    for row in table.rows:
        assert date(2020, 1, 1) <= row.effective_from <= table.newest
        assert row.source in table.description.sources
        assert table.description.meters[row.family].unit
        assert any(row.prices), f"{row.meter} is sold nowhere"
    used = {row.source for row in table.rows} | {row.source for row in table.classes}
    assert used == set(table.description.sources), "a source that no price names"


@EVERY
def test_variants_of_usage_types_and_allowances_exist(key: str) -> None:
    """Usage types and free allowances are keyed by variants that the price table has."""
    table = tables.load(key)
    variants: dict[str, set[str]] = {}
    for row in table.rows:
        variants.setdefault(row.family, set()).add(row.variant)
    for name, meter in table.description.meters.items():
        known = variants[meter.priced_as or name]
        assert set(meter.usage_types) <= known, name
        assert set(meter.free_allowance) <= known, name


def test_what_counts_together_can_be_added_up() -> None:
    """Meters of one pool have the same variants, and what fills a minimum up is in no pool."""
    variants: dict[str, set[tuple[str, ...]]] = {}
    for key in registry():
        for rate in rate_card(key).rates.values():
            if rate.meter.pool:
                variants.setdefault(rate.meter.pool, set()).add(rate.variants)
            if rate.meter.makes_up:
                assert not rate.meter.pool, rate.name
                assert not rate.meter.free_allowance, rate.name
    assert {len(known) for known in variants.values()} == {1}


@EVERY
def test_no_rule_has_the_name_of_a_quota(key: str) -> None:
    """Formulas read rules and quotas by name from one place."""
    described = tables.load(key).description
    assert not set(described.rules) & set(described.quotas)


def test_regions_are_sorted_and_distinct() -> None:
    """Region codes are positions in arrays: 36, sorted, each once."""
    assert len(REGION_CODES) == 36
    assert all(a < b for a, b in pairwise(REGION_CODES))


def test_the_catalogue_version_names_day_and_content() -> None:
    """The version starts with the newest price day and changes with any byte."""
    version = tables.catalog_version(tuple(registry()))
    newest = max(tables.load(key).newest for key in registry())
    assert version.startswith(f"{newest}.")
    assert version != tables.catalog_version(("kinesis",))


def prices_of(key: str, meter: str) -> dict[date, dict[str, Any]]:
    """Give a meter's prices by day and Region."""
    return {
        row.effective_from: dict(zip(REGION_CODES, row.prices, strict=True))
        for row in tables.load(key).rows
        if row.meter == meter
    }


def test_the_price_cut_of_november_2024_is_in_the_table() -> None:
    """Before 2024-11-01 on-demand prices are known for us-east-1, not elsewhere."""
    writes = prices_of("dynamodb", "write_request_units/STANDARD")
    before, after = writes[date(2024, 7, 1)], writes[date(2024, 11, 1)]
    assert (before["us-east-1"], after["us-east-1"]) == ("0.00000125", "0.000000625")
    assert before["eu-west-1"] == ""
    assert after["eu-west-1"]
