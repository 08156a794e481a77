"""The data discipline: what the tables must hold, and that a breach is refused by name."""

import fnmatch
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pricing import tables
from pricing.catalogue import Catalogue, packaged
from pricing.errors import TableError
from pricing.model import registry
from pricing.quantities import REGION_CODES
from pricing.rates import compile_table, day_number
from pricing.tables import PriceRow

PAYMENTS = ("no-upfront", "partial-upfront", "all-upfront")
EVERY = pytest.mark.parametrize("key", list(registry()))

US = REGION_CODES.index("us-east-1")

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
[not_covered.extras]
title = "Extras"
matters_when = "Extras."
about = "not known"
reference = "https://aws.amazon.com/"
date = 2025-01-01
above = { storage_gb = 0 }
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


def read(
    folder: Path, csv: str = CSV, toml: str = TOML, classes: str = "", plans: str = ""
) -> tables.Table:
    """Read tables written to a folder."""
    (folder / "test.csv").write_text(csv, "utf-8")
    (folder / "test.toml").write_text(toml, "utf-8")
    (folder / "classes.csv").write_text(classes, "utf-8")
    (folder / "plans.csv").write_text(plans, "utf-8")
    given = {"classes.csv": classes, "plans.csv": plans}
    optional = [folder / name if text else None for name, text in given.items()]
    return tables.read("test", folder / "test.csv", folder / "test.toml", *optional)


def test_a_good_table_is_read(tmp_path: Path) -> None:
    """Rows come in order, with a text for each known Region and a blank where nothing is sold."""
    table = read(tmp_path)
    assert [row.meter for row in table.rows] == ["hours/a", "hours/b", "storage", "storage"]
    prices = dict(zip(REGION_CODES, table.rows[1].prices, strict=True))
    assert (prices["us-east-1"], prices["eu-west-1"], prices["sa-east-1"]) == ("0.3", "", "")
    assert (table.first, table.newest) == (date(2025, 1, 1), date(2025, 1, 1))


LATER = """\
storage,2025-02-01,0,own,0.030,=
storage,2025-02-01,100,own,,=
storage,2025-03-01,0,feed,=,=
storage,2025-03-01,100,feed,,=
storage,2025-04-01,0,own,=,0.04
"""


def test_a_price_that_goes_on_keeps_its_day_and_source(tmp_path: Path) -> None:
    """An ``=`` is the price of the day before, with the day and the source that it has there."""
    own = '[sources.own]\ntitle = "ours"\nreference = "https://aws.amazon.com/"\n'
    table = read(tmp_path, CSV + LATER, TOML + own)
    card = compile_table(table)
    rate = card.rates["storage"]
    for region, expected in {
        "us-east-1": [("01", "feed", 0.023), *[("02", "own", 0.03)] * 3],
        "eu-west-1": [*[("01", "feed", 0.024)] * 3, ("04", "own", 0.04)],
    }.items():
        place = REGION_CODES.index(region)
        for month, (day, source, price) in enumerate(expected, start=1):
            on = np.searchsorted(card.days, day_number(date(2025, month, 1)), side="right")
            index = card.price_index([rate], [np.intp(0)], [np.intp(place)], on)
            read_at = card.read_index(index)
            assert card.first.take(index)[0] == price
            assert card.effective.take(read_at)[0] == day_number(date(2025, int(day), 1))
            assert card.sources.take(read_at)[0] == source
    text = tables.prices_text(table.rows, ["us-east-1", "eu-west-1"])
    assert text.count("=") == LATER.count("=")
    assert tuple(tables.price_rows("test.csv", text)) == table.rows
    with pytest.raises(TableError, match="line 7, column eu-west-1: the day before has no price"):
        read(tmp_path, CSV + LATER.replace("100,own,,=", "200,own,=,="), TOML + own)


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("meter,", "sku,", "line 1, column 1, 'sku': the header must be"),
        ("eu-west-1\n", "eu-wets-1\n", "line 1, column 6: 'eu-wets-1' is an unknown or repeated"),
        ("eu-west-1\n", "us-east-1\n", "line 1, column 6: 'us-east-1' is an unknown or repeated"),
        ("0.1,0.2", "0.1", "line 2: 5 cells, but the header has 6"),
        ("0.1,0.2", "0.1,-0.2", "line 2, column eu-west-1: '-0.2' is not a price"),
        ("0.1,0.2", "0.1,NaN", "line 2, column eu-west-1: 'NaN' is not a price"),
        ("0.1,0.2", "0.1,free", "line 2, column eu-west-1"),
        ("hours/a,2025-01-01", "hours/a,2025-13-01", "line 2, column effective_from"),
        ("storage,2025-01-01,100", "storage,2025-01-01,0", "tier starts must increase"),
        ("storage,2025-01-01,0", "storage,2025-01-01,1", "the first tier must start at 0"),
        ("storage,2025-01-01,100", "storage,2024-01-01,0", "days must be in ascending order"),
        ("hours/b,", "hours,", "its path must name"),
        ("0,feed,0.1", "0,rumour,0.1", "unknown source 'rumour'"),
        ("hours/b,", "rent/b,", "meter rent is in only one"),
        ("hours/b,", "storage,", "the rows of a meter must stand together"),
        ("0.1,0.2", "=,0.2", "line 2, column us-east-1: the day before has no price"),
        ("100,feed", "=,feed", "line 5, column tier_from: '=' is not a price"),
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
        ('["class"]', '["class"]\nsurcharge = true', "hours: a surcharge must be priced_as"),
        ("Extras.", "", "not_covered extras: say what it is"),
        ("above = ", 'words = { a = ["b"] }\nabove = ', "not_covered extras: no workload has"),
        ("above = ", "beyond = ", "beyond"),
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
        ("large,", "small,", "an instance class is listed twice"),
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
    with pytest.raises(TableError, match="step is both a column of the classes and a rule"):
        read(tmp_path, toml=TOML + clash, classes=CLASSES.replace("vcpus", "step"))


PLANS = """\
meter,effective_from,tier_from,source,us-east-1,eu-west-1
reserved_hours/a/1yr/no-upfront,2025-01-01,0,feed,0.06,0.12
reserved_hours/a/3yr/all-upfront,2025-01-01,0,feed,0,
upfront_fee/a/3yr/all-upfront,2025-01-01,0,feed,900,
"""
DESCRIBED = (
    "".join(
        f"""
[plans.{name}]
title = "{title}"
unit = "{unit}"
dimensions = ["class", "term", "payment"]
reference = "https://aws.amazon.com/"
"""
        for name, title, unit in (
            ("reserved_hours", "Reserved hours", "Hours"),
            ("upfront_fee", "Upfront fee", "Reservations"),
        )
    )
    + """
[reservation]
statement = "A reservation covers hours of its class."
reference = "https://aws.amazon.com/"
date = 2025-01-01
grade = "A"
"""
)


def test_prices_of_plans_are_read_when_asked_for(tmp_path: Path) -> None:
    """Plans have meters and prices as services have; the prices are not read with the others."""
    table = read(tmp_path, toml=TOML + DESCRIBED, plans=PLANS)
    assert {row.family for row in table.rows} == {"hours", "storage"}
    plans = compile_table(tables.read_plans(table))
    prices = {
        (name, variant): price
        for name, rate in plans.rates.items()
        for variant, price in zip(rate.variants, rate.first[:, -1, US].tolist(), strict=False)
    }
    assert prices == {
        ("reserved_hours", "a/1yr/no-upfront"): 0.06,
        ("reserved_hours", "a/3yr/all-upfront"): 0,
        ("upfront_fee", "a/3yr/all-upfront"): 900,
    }


def test_the_version_changes_with_a_price_of_a_plan(tmp_path: Path) -> None:
    """Plans are part of the state of the tables, read or not."""
    dear = PLANS.replace("900", "901")
    digests = {read(tmp_path, toml=TOML + DESCRIBED, plans=one).digest for one in (PLANS, dear)}
    assert len(digests) == 2


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("0.06,0.12", "0.06", "line 2: 5 cells, but the header has 6"),
        ("0.06,0.12", "0.06,cheap", "line 2"),
        ("a/1yr/no-upfront", "a/1yr", "its path must name"),
        ("0,feed,900", "0,rumour,900", "unknown source 'rumour'"),
        ("upfront_fee/", "fee/", "meter fee is in only one"),
    ],
)
def test_a_breach_in_the_plans_is_named(tmp_path: Path, old: str, new: str, fault: str) -> None:
    """Prices of plans keep the discipline of prices; a breach names the file of plans."""
    table = read(tmp_path, toml=TOML + DESCRIBED, plans=PLANS.replace(old, new))
    with pytest.raises(TableError, match=rf"plans\.csv.*{fault}"):
        tables.read_plans(table)


def test_plans_and_their_file_come_together(tmp_path: Path) -> None:
    """Plans that are described need a file, and a service without one has no prices of plans."""
    with pytest.raises(TableError, match="plans are described, but there is no file of plans"):
        read(tmp_path, toml=TOML + DESCRIBED)
    with pytest.raises(TableError, match="test has no file of plans"):
        tables.read_plans(read(tmp_path))


def test_prices_of_another_meter_need_one_with_rows(tmp_path: Path) -> None:
    """A meter is priced as one that has prices."""
    other = '[meters.rent]\ntitle = "Rent"\nunit = "Hours"\npriced_as = "lease"\n'
    other += 'reference = "https://aws.amazon.com/"\n'
    with pytest.raises(TableError, match="meter rent: priced_as must name a meter with rows"):
        read(tmp_path, toml=TOML.replace("[rules.step]", other + "[rules.step]"))


@EVERY
def test_every_price_has_a_day_a_source_and_a_unit(key: str) -> None:
    """Days are real and not ahead of the newest source; sources and meters carry https links."""
    table = packaged().table(key)
    for row in table.rows:
        assert date(2020, 1, 1) <= row.effective_from <= table.newest
        assert row.source in table.description.sources
        assert table.description.meters[row.family].unit
        assert any(row.prices), f"{row.meter} is sold nowhere"
    used = {row.source for row in (*table.rows, *table.classes, *plans_of(key))}
    assert used == set(table.description.sources), "a source that no price names"


def plans_of(key: str) -> tuple[PriceRow, ...]:
    """Return the prices of a service's plans, read as loudly as any; none where it has no file."""
    return packaged().plans(key).rows if packaged().table(key).plans else ()


def test_these_services_have_prices_of_plans() -> None:
    """Every file of plans is found; a service whose plans are not known has none."""
    assert {key for key in registry() if plans_of(key)} == {
        *("aurora", "dynamodb", "elasticache", "memorydb"),
        *("opensearch", "rds", "redshift", "redshift_serverless"),
    }


@EVERY
def test_a_plan_takes_the_place_of_what_the_service_sells(key: str) -> None:
    """Its path is that of a price on demand with term and payment; each has hours and its fee."""
    sold = {row.meter for row in packaged().table(key).rows}
    priced: dict[str, set[str]] = {}
    for row in plans_of(key):
        instead, term, payment = row.meter.rsplit("/", 2)
        assert instead.replace("_upfront", "") in sold
        assert term in ("1yr", "3yr")
        assert payment in PAYMENTS
        assert ("_upfront" in row.family) <= (payment != "no-upfront")
        regions = (code for code, price in zip(REGION_CODES, row.prices, strict=True) if price)
        priced.setdefault(row.meter, set()).update(regions)
    for meter, regions in priced.items():
        family, _, path = meter.partition("/")
        if not (meter.endswith("no-upfront") or family.endswith("_upfront")):
            assert priced[f"{family}_upfront/{path}"] == regions, meter


@EVERY
def test_a_plan_that_is_used_all_the_time_costs_less(key: str) -> None:
    """Hours and fee over the term are below the price on demand of today, in every Region."""
    demand = {row.meter: row.prices for row in packaged().table(key).rows}
    plans = {row.meter: row.prices for row in plans_of(key)}
    for meter, prices in plans.items():
        instead, term, _ = meter.rsplit("/", 2)
        if instead not in demand:
            continue
        family, _, path = meter.partition("/")
        fees = plans.get(f"{family}_upfront/{path}", ("0",) * len(REGION_CODES))
        for hourly, fee, usual in zip(prices, fees, demand[instead], strict=True):
            if hourly and usual:
                spread = float(fee) / (int(term[0]) * 8760)
                assert float(hourly) + spread < float(usual), meter


@EVERY
def test_three_years_cost_more_at_their_start_than_one(key: str) -> None:
    """A fee of three years that is not above that of one year is a slip of the source."""
    plans = {row.meter: row.prices for row in plans_of(key) if row.family.endswith("_upfront")}
    for meter, prices in plans.items():
        longer = plans.get(meter.replace("/1yr/", "/3yr/"), ())
        for one, three in zip(prices, longer, strict=False):
            if "/1yr/" in meter and one and three:
                assert float(one) < float(three), meter


@pytest.mark.parametrize(
    ("key", "meter", "region", "price"),
    [
        ("opensearch", "instance_hours/m6g.large.search/1yr/no-upfront", "us-east-1", "0.088"),
        ("redshift", "node_hours/ra3.4xlarge/1yr/no-upfront", "us-east-1", "2.282"),
        ("redshift", "node_hours/rg.xlarge/1yr/no-upfront", "us-east-1", "0.532"),
        ("redshift_serverless", "rpu_hours_upfront/1yr/all-upfront", "us-east-1", "2497"),
        (
            "elasticache",
            "node_hours_upfront/redis/cache.m5.large/1yr/all-upfront",
            "us-east-1",
            "870",
        ),
        ("memorydb", "node_hours/redis/db.r6g.large/3yr/no-upfront", "us-east-1", "0.161"),
        (
            "rds",
            "instance_hours_upfront/mysql/no-license-required/single-az/db.m5.12xlarge/1yr/partial-upfront",
            "af-south-1",
            "15841",
        ),
        (
            "rds",
            "instance_hours_upfront/sqlserver-se/license-included/single-az/db.m5.16xlarge/1yr/all-upfront",
            "ap-southeast-1",
            "136603",
        ),
        (
            "dynamodb",
            "write_capacity_unit_hours_upfront/STANDARD/3yr/partial-upfront",
            "us-east-1",
            "1.8",
        ),
    ],
)
def test_prices_of_plans_are_those_of_the_lists(
    key: str, meter: str, region: str, price: str
) -> None:
    """Samples of the sources that the tables name."""
    found = {row.meter: dict(zip(REGION_CODES, row.prices, strict=True)) for row in plans_of(key)}
    assert found[meter][region] == price


@EVERY
def test_variants_of_usage_types_and_allowances_exist(key: str) -> None:
    """Usage types and free allowances are keyed by variants that the price table has.

    A key of a usage type may be a pattern; no variant has two.
    """
    table = packaged().table(key)
    variants: dict[str, set[str]] = {}
    for row in table.rows:
        variants.setdefault(row.family, set()).add(row.variant)
    for name, meter in table.description.meters.items():
        known = variants[meter.priced_as or name]
        matched = [one for key in meter.usage_types for one in fnmatch.filter(known, key)]
        assert all(fnmatch.filter(known, key) for key in meter.usage_types), name
        assert len(matched) == len(set(matched)), name
        assert set(meter.free_allowance) <= known, name


@EVERY
def test_volume_tiers_count_once_for_the_account(key: str) -> None:
    """A meter with volume tiers names the pool in which an account counts them."""
    card = packaged().card(key)
    tiered = {row.family for row in packaged().table(key).rows if float(row.tier_from)}
    unpooled = {name for name, rate in card.rates.items() if name in tiered and not rate.meter.pool}
    assert not unpooled


def test_what_counts_together_can_be_added_up() -> None:
    """Meters of one pool have the same variants, and what fills a minimum up is in no pool."""
    variants: dict[str, set[tuple[str, ...]]] = {}
    for key in registry():
        for rate in packaged().card(key).rates.values():
            if rate.meter.pool:
                variants.setdefault(rate.meter.pool, set()).add(rate.variants)
            if rate.meter.makes_up:
                assert not rate.meter.pool, rate.name
                assert not rate.meter.free_allowance, rate.name
    assert {len(known) for known in variants.values()} == {1}


@EVERY
def test_no_rule_has_the_name_of_a_quota(key: str) -> None:
    """Formulas read rules and quotas by name from one place."""
    described = packaged().table(key).description
    assert not set(described.rules) & set(described.quotas)


def test_regions_are_sorted_and_distinct() -> None:
    """Region codes are positions in arrays: 36, sorted, each once."""
    assert len(REGION_CODES) == 36
    assert all(a < b for a, b in pairwise(REGION_CODES))


def test_the_catalogue_version_names_day_and_content() -> None:
    """The version starts with the newest price day and changes with any byte."""
    version = packaged().version
    newest = max(packaged().table(key).newest for key in registry())
    assert version.startswith(f"{newest}.")
    assert version != Catalogue({"kinesis": packaged().table("kinesis")}).version


def prices_of(key: str, meter: str) -> dict[date, dict[str, Any]]:
    """Return a meter's prices by day and Region."""
    return {
        row.effective_from: dict(zip(REGION_CODES, row.prices, strict=True))
        for row in packaged().table(key).rows
        if row.meter == meter
    }


def test_the_price_cut_of_november_2024_is_in_the_table() -> None:
    """Before 2024-11-01 on-demand prices are known for us-east-1, not elsewhere."""
    writes = prices_of("dynamodb", "write_request_units/STANDARD")
    before, after = writes[date(2024, 7, 1)], writes[date(2024, 11, 1)]
    assert (before["us-east-1"], after["us-east-1"]) == ("0.00000125", "0.000000625")
    assert before["eu-west-1"] == ""
    assert after["eu-west-1"]
