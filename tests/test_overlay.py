"""Own prices and discounts over list prices."""

import re
from collections.abc import Callable
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pricing import engine, overlay, portfolio, rounding
from pricing.catalogue import Catalogue, packaged
from pricing.errors import TableError
from pricing.model import Service, registry, service

TERMS = """
name = "acme"
version = "2026.1"
currency = "EUR"
rate = 0.9
[sources.contract]
title = "Contract of 2026"
reference = "https://costs.example/contract"
"""
NAMED = 'name = "a"\nversion = "1"'
SOURCED = f"{NAMED}\n\n [sources.x]"
OTHER = TERMS + "[sources.x]\ntitle = 1\n"
DISCOUNTS = "service,meter,effective_from,percent\n"
PRICES = "meter,effective_from,tier_from,source,us-east-1\n"
S3 = service("s3")
Laid = Callable[..., Catalogue]


@pytest.fixture
def laid(tmp_path: Path) -> Laid:
    """Lay files over the packaged catalogue: discounts, own prices of S3, terms."""

    def lay(discounts: str = "", s3: str = "", terms: str = TERMS, **others: str) -> Catalogue:
        texts = {
            "overlay.toml": terms,
            "discounts.csv": discounts and DISCOUNTS + discounts,
            "s3.csv": s3 and PRICES + s3,
        }
        for name, text in (texts | {f"{name}.csv": text for name, text in others.items()}).items():
            if text:
                (tmp_path / name).write_text(text)
        return overlay.laid_over(packaged(), tmp_path)

    return lay


def priced(catalogue: Catalogue, **fields: Any) -> Any:
    """Return the contracted and the list cost of an S3 bucket by meter."""
    row = S3.workload(region="us-east-1", **fields)
    lines = engine.estimate(S3, [row], catalogue).lines
    assert lines.list_cost is not None
    own: dict[str, float] = {}
    listed: dict[str, float] = {}
    for rate, cost, at_list in zip(lines.rates, lines.cost, lines.list_cost, strict=True):
        own[rate.name] = own.get(rate.name, 0) + cost[0]
        listed[rate.name] = listed.get(rate.name, 0) + at_list[0]
    return own, listed


def test_a_discount_takes_its_share_off_every_service(laid: Laid) -> None:
    """Ten percent off all: contracted is nine tenths, and the list is the packaged cost exactly."""
    catalogue = laid("*,,,10\n")
    for one in registry().values():
        bill = engine.estimate(one, [one.example], catalogue)
        plain = engine.estimate(one, [one.example])
        assert np.array_equal(bill.lines.list_cost, plain.lines.cost, equal_nan=True)
        np.testing.assert_allclose(bill.lines.cost, 0.9 * plain.lines.cost, rtol=1e-12)
        assert rounding.list_totals(bill) == pytest.approx(rounding.totals(plain)[0])
        assert rounding.list_totals(plain) is None


@pytest.mark.parametrize("free_tier", [False, True])
def test_shares_of_a_pool_have_a_list_cost(laid: Laid, free_tier: bool) -> None:
    """What an account counts together is settled at both prices, whatever is free."""
    catalogue = laid("*,,,25\n")
    rows = [S3.workload(region="us-east-1", storage_gb=size) for size in (40_000, 80_000, 7)]
    rows += [service("kinesis").example]
    services = [S3, S3, S3, service("kinesis")]
    ours = portfolio.estimate(services, rows, catalogue, free_tier=free_tier)
    theirs = portfolio.estimate(services, rows, free_tier=free_tier)
    for own, plain in zip(ours, theirs, strict=True):
        assert np.array_equal(own.bill.lines.list_cost, plain.bill.lines.cost, equal_nan=True)
        np.testing.assert_allclose(own.bill.lines.cost, 0.75 * plain.bill.lines.cost, rtol=1e-12)


def test_the_longest_path_of_its_service_counts(laid: Laid) -> None:
    """A meter's own discount counts, not that of its service, nor that of every service."""
    catalogue = laid("*,,,10\ns3,,,20\ns3,storage,,30\ns3,storage/STANDARD,,50\n")
    own, listed = priced(catalogue, storage_gb=100, monthly_get_requests=1e6)
    assert own["storage"] == pytest.approx(0.5 * listed["storage"], rel=1e-12)
    assert own["get_requests"] == pytest.approx(0.8 * listed["get_requests"], rel=1e-12)
    ia, ia_listed = priced(catalogue, storage_gb=100, storage_class="STANDARD_IA")
    assert ia["storage"] == pytest.approx(0.7 * ia_listed["storage"], rel=1e-12)
    kinesis = engine.estimate(service("kinesis"), [service("kinesis").example], catalogue)
    assert kinesis.cost[0] == pytest.approx(0.9 * sum(kinesis.lines.list_cost)[0], rel=1e-12)


def test_a_discount_holds_from_its_day_on(laid: Laid) -> None:
    """Before the day of a discount the list price counts, from then on what is left of it."""
    catalogue = laid("s3,,2025-12-10,40\ns3,,2025-12-20,50\n")
    for day, left in (("2025-12-05", 1.0), ("2025-12-10", 0.6), ("2026-01-02", 0.5)):
        own, listed = priced(catalogue, storage_gb=100, price_date=date.fromisoformat(day))
        assert own["storage"] == pytest.approx(left * listed["storage"], rel=1e-12)


def test_own_prices_have_their_own_tiers_in_their_region_only(laid: Laid) -> None:
    """Own prices stand in the place of the list in us-east-1, with no percentage taken off."""
    tiers = "storage/STANDARD,,0,contract,0.02\nstorage/STANDARD,,1000,contract,0.01\n"
    catalogue = laid("*,,,10\n", tiers)
    own, listed = priced(catalogue, storage_gb=3000)
    assert own["storage"] == pytest.approx(1000 * 0.02 + 2000 * 0.01, rel=1e-12)
    assert listed["storage"] == pytest.approx(3000 * 0.023, rel=1e-12)
    row = S3.workload(region="eu-west-1", storage_gb=100_000)
    there, plain = engine.estimate(S3, [row], catalogue), engine.estimate(S3, [row])
    assert there.cost[0] == pytest.approx(0.9 * plain.cost[0], rel=1e-12)
    assert there.lines.list_cost is not None
    assert sum(there.lines.list_cost)[0] == plain.cost[0]


def test_own_prices_hold_until_the_next_ones(laid: Laid) -> None:
    """A later list price does not change an own price; a later own price does."""
    first = "storage/STANDARD,2020-01-01,0,contract,0.02\n"
    catalogue = laid("", first + "storage/STANDARD,2027-01-01,0,contract,0.03\n")
    for day, price in (("2020-01-02", 0.02), ("2026-06-01", 0.02), ("2027-01-01", 0.03)):
        own, _ = priced(catalogue, storage_gb=1, price_date=date.fromisoformat(day))
        assert own["storage"] == price
    early = S3.workload(region="us-east-1", storage_gb=1, price_date=date(2020, 1, 2))
    bill = engine.estimate(S3, [early], catalogue)
    assert np.isnan(bill.lines.list_cost).any(), "the list price of that day is not known"
    assert bill.cost[0] == 0.02


def test_an_overlay_is_exact(laid: Laid) -> None:
    """Percentages are taken off decimals, so the card of fractions has them exactly."""
    card = laid("*,,,12.5\n").card("s3", Fraction)
    assert card.listed is not None
    rate = card.rates["storage"]
    assert rate.listed is card.listed.rates["storage"]
    prices, listed = rate.first[0, -1], rate.listed.first[0, -1]
    assert all(a == b * Fraction(7, 8) for a, b in zip(prices, listed, strict=True) if b == b)


def test_the_version_names_the_overlay(laid: Laid) -> None:
    """The name and version are in the catalogue's, whose digest follows from every file."""
    catalogue = laid("*,,,10\n")
    assert catalogue.version.endswith("+acme.2026.1")
    assert catalogue.listed is packaged()
    assert laid("*,,,11\n").version != catalogue.version


def test_the_overlay_of_the_docs_is_one(tmp_path: Path) -> None:
    """The files that the page on prices shows are read as they stand."""
    page = (Path(__file__).parents[1] / "docs" / "prices.md").read_text("utf-8")
    terms, discounts, prices = re.findall(r"^```(?:toml|csv)\n(.*?)^```", page, re.M | re.S)
    for name, text in (("overlay.toml", terms), ("discounts.csv", discounts), ("s3.csv", prices)):
        (tmp_path / name).write_text(text)
    catalogue = overlay.laid_over(packaged(), tmp_path)
    assert catalogue.overlay is not None
    assert (catalogue.overlay.name, catalogue.overlay.rate) == ("acme", 0.92)
    own, _ = priced(catalogue, storage_gb=1000)
    assert own["storage"] == pytest.approx(21, rel=1e-12)


def test_files_of_other_kinds_may_lie_beside(tmp_path: Path, laid: Laid) -> None:
    """A text for people and hidden files, such as a mounted secret's, are passed over."""
    (tmp_path / "README.md").write_text("ours")
    (tmp_path / "..data.csv").write_text("ours")
    assert laid().overlay is not None


STORAGE = "storage/STANDARD,,0,contract,"


@pytest.mark.parametrize(
    ("files", "fault"),
    [
        ({"terms": "name = 1"}, "overlay.toml, line 1, column 1: Expected `str`"),
        ({"terms": "name = "}, "overlay.toml, line 1, column 8: Invalid value"),
        ({"terms": f"{NAMED}\n rats = 2"}, "overlay.toml, line 3, column 2: .*`rats`"),
        ({"terms": "name = 'a'"}, "overlay.toml, line 1, column 1: .*`version`"),
        ({"terms": f"{NAMED}\nsources = 5"}, "overlay.toml, line 3, column 1: .*`object`"),
        ({"terms": f"{SOURCED}\ntitle = 1"}, "overlay.toml, line 5, column 1: Expected `str`"),
        ({"terms": f"{SOURCED}\ntitle = 'b'"}, "overlay.toml, line 4, column 3: .*`reference`"),
        ({"terms": OTHER}, "overlay.toml, line 10, column 1: Expected `str`"),
        ({"terms": f"{NAMED}\nsources.x = 5"}, "overlay.toml, line 3, column 1: .*`object`"),
        (
            {"terms": f"{NAMED}\ncurrency = 'EUR'"},
            "overlay.toml, line 3, column 1: give a currency",
        ),
        ({"terms": f"{NAMED}\nrate = 2.0"}, "overlay.toml, line 3, column 1: give a currency"),
        ({"discounts": "x\n"}, "discounts.csv, line 2: 1 cells, but the header has 4"),
        ({"discounts": "efs,,,10\n"}, "discounts.csv, line 2, column service: .*'efs'"),
        ({"discounts": "s3,rent,,10\n"}, "discounts.csv, line 2, column meter: 'rent' is no meter"),
        (
            {"discounts": "rds,replica_storage,,10\n"},
            "discounts.csv, line 2, column meter: replica_storage is priced as storage",
        ),
        ({"discounts": "s3,,May,10\n"}, "discounts.csv, line 2, column effective_from: .*May"),
        ({"discounts": "*,,,10\ns3,,,101\n"}, "discounts.csv, line 3, column percent: '101'"),
        ({"discounts": "s3,,,10%\n"}, "discounts.csv, line 2, column percent: '10%'"),
        ({"discounts": "s3,,,1\ns3,,,2\n"}, "discounts.csv, line 3, column meter: .*already"),
        ({"s3": STORAGE + "free\n"}, "s3.csv, line 2, column us-east-1: 'free' is not a price"),
        ({"s3": STORAGE + "1e999\n"}, "s3.csv, line 2, column us-east-1: '1e999' is not a price"),
        ({"s3": "storage/STANDARD,,,contract,1\n"}, "s3.csv, line 2, column tier_from: 'no tier"),
        ({"s3": "storage/GOLD,,0,contract,1\n"}, "s3.csv, line 2, column meter: 'storage/GOLD'"),
        ({"s3": "storage/STANDARD,,0,x,1\n"}, "s3.csv, line 2, column source: 'x' is not in"),
        (
            {"s3": "storage/STANDARD,,5,contract,1\n"},
            "s3.csv, line 2, columns .*tier_from: .*must start at 0",
        ),
        (
            {"s3": f"{STORAGE}\nstorage/STANDARD,,9,contract,1\n"},
            "s3.csv, line 2, column us-east-1: .* has no price in the first tier",
        ),
        (
            {"s3": f"{STORAGE}1\nlist_requests,,0,contract,1\n{STORAGE}1\n"},
            "s3.csv, line 4, column meter: the rows of storage/STANDARD must stand together",
        ),
        ({"s4": PRICES}, "s4.csv is no file of an overlay"),
        ({"rds": "meter,day\n"}, "rds.csv, line 1, column 2, 'day': the header must be"),
        ({"rds": PRICES.replace("-1", "-9")}, "rds.csv, line 1, column 5: 'us-east-9' is an"),
        ({"s3": "x" * 3}, "s3.csv, line 2: 1 cells"),
    ],
)
def test_a_bad_overlay_names_file_line_and_column(
    laid: Laid, files: dict[str, str], fault: str
) -> None:
    """Each fault is told with the place where it is."""
    with pytest.raises(TableError, match=f"^{fault}"):
        laid(**files)


def test_a_folder_must_be_one_with_terms(tmp_path: Path) -> None:
    """A path that is no folder, one without terms, and a file that is no text are refused."""
    with pytest.raises(TableError, match="nowhere is not a folder"):
        overlay.laid_over(packaged(), tmp_path / "nowhere")
    with pytest.raises(TableError, match=r"overlay\.toml is missing"):
        overlay.laid_over(packaged(), tmp_path)
    (tmp_path / "overlay.toml").write_text(TERMS)
    (tmp_path / "discounts.csv").write_text("service\n")
    with pytest.raises(TableError, match=r"discounts\.csv, line 1, column 2: the header must be"):
        overlay.laid_over(packaged(), tmp_path)
    (tmp_path / "discounts.csv").write_bytes(b"\xff\xfe")
    with pytest.raises(TableError, match=r"discounts\.csv, line 1, column 1: .* not UTF-8"):
        overlay.laid_over(packaged(), tmp_path)
    (tmp_path / "discounts.csv").write_bytes(b"service,meter\n*,\xe9")
    with pytest.raises(TableError, match=r"discounts\.csv, line 2, column 3: .* not UTF-8"):
        overlay.laid_over(packaged(), tmp_path)


def test_what_cannot_be_read_or_has_a_name_in_capitals_is_refused(
    tmp_path: Path, laid: Laid
) -> None:
    """A folder in the place of a file, and a file that would be passed over without a word."""
    laid()
    (tmp_path / "s3.csv").mkdir()
    with pytest.raises(TableError, match=r"^s3\.csv cannot be read: Is a directory"):
        overlay.laid_over(packaged(), tmp_path)
    (tmp_path / "s3.csv").rmdir()
    (tmp_path / "S3.CSV").write_text(PRICES)
    with pytest.raises(TableError, match=r"^S3\.CSV is no file of an overlay"):
        overlay.laid_over(packaged(), tmp_path)


@pytest.mark.parametrize("one", registry().values(), ids=registry())
def test_an_overlay_that_says_nothing_changes_nothing(laid: Laid, one: Service) -> None:
    """Without discounts and own prices both costs are the list costs, to the last bit."""
    bill = engine.estimate(one, [one.example], laid())
    plain = engine.estimate(one, [one.example]).lines.cost
    assert np.array_equal(bill.lines.cost, plain, equal_nan=True)
    assert np.array_equal(bill.lines.list_cost, plain, equal_nan=True)
