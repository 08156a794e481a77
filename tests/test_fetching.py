"""Price lists are fetched by AWS's index of Regions, here from a server of the test's own."""

import json
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from pricing import tables
from tests import offer_files
from upkeep import fetching, files, mapping
from upkeep.errors import OfferError

OFFER, PLANS = "AmazonKinesis", "AWSDatabaseSavingsPlans"
REGIONS = ("eu-west-1", "us-east-1")


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder without a word."""

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing."""


@pytest.fixture
def host(tmp_path: Path) -> Iterator[str]:
    """A server of one offer, whose index is an object, and one plan, whose index is a list."""
    rules = mapping.rules()
    offers, plans = (tmp_path / f"{kind}/v1.0/aws" for kind in ("offers", "savingsPlan"))
    index: dict[str, Any] = {}
    for region in REGIONS:
        own = offer_files.products(tables.own("kinesis"), rules, regions=[region])
        path = f"/offers/v1.0/aws/{OFFER}/1/{region}/index.json"
        file = tmp_path / path[1:]
        file.parent.mkdir(parents=True)
        file.write_text(json.dumps(offer_files.as_json(OFFER, own)))
        index[region] = {"regionCode": region, "currentVersionUrl": path}
    listed = [{"regionCode": "us-east-1", "versionUrl": f"/savingsPlan/v1.0/aws/{PLANS}/plan.csv"}]
    for root, offer, regions in ((offers, OFFER, index), (plans, PLANS, listed)):
        current = root / offer / "current"
        current.mkdir(parents=True)
        (current / "region_index.json").write_text(json.dumps({"regions": regions}))
    (plans / PLANS / "plan.csv").write_text("FormatVersion,v1.0\n")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path)))
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_each_region_of_an_offer_is_fetched(host: str) -> None:
    """Without a Region all lists of the index come, with one only its own; then they are gone."""
    with fetching.fetched([OFFER], [], host) as every:
        assert len(every) == len(REGIONS)
        for file, region in zip(every, REGIONS, strict=True):
            with files.opened(file, frozenset(), lambda position: None) as offer:
                assert {row.region for row in offer.rows} == {region}
    assert not any(file.exists() for file in every)
    with fetching.fetched([OFFER, PLANS], ["us-east-1"], host) as some:
        assert [file.name for file in some] == [f"0-{OFFER}-index.json", f"1-{PLANS}-plan.csv"]


def test_what_cannot_be_fetched_is_told(host: str) -> None:
    """An unknown offer, an unknown Region and a silent host are refused by name."""
    for offers, regions, at, fault in (
        (["AmazonNothing"], [], host, "AmazonNothing/current/region_index.json cannot be fetched"),
        ([OFFER], ["cn-north-1"], host, r"AmazonKinesis has no list of \['cn-north-1'\]"),
        ([OFFER], [], "http://127.0.0.1:1", "cannot be fetched"),
    ):
        with pytest.raises(OfferError, match=fault), fetching.fetched(offers, regions, at):
            raise AssertionError


@pytest.mark.parametrize(
    "told",
    ["<html>Sign in</html>", "{}", '{"regions": 5}', '{"regions": [5]}', '{"regions": [{}]}'],
)
def test_an_index_that_is_none_is_refused(host: str, tmp_path: Path, told: str) -> None:
    """What a proxy answers in the place of the index ends with its name, not with a trace."""
    (tmp_path / f"offers/v1.0/aws/{OFFER}/current/region_index.json").write_text(told)
    with (
        pytest.raises(OfferError, match="AmazonKinesis's index of Regions is none"),
        fetching.fetched([OFFER], [], host),
    ):
        raise AssertionError


def test_a_list_that_ends_early_is_refused(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A CSV that is cut between two lines looks whole, so the length that was promised counts."""
    kept = Quiet.copyfile

    def copied(self: Quiet, source: Any, outputfile: Any) -> None:
        if self.path.endswith("plan.csv"):
            outputfile.write(source.read()[:9])
        else:
            kept(self, source, outputfile)

    monkeypatch.setattr(Quiet, "copyfile", copied)
    with (
        pytest.raises(OfferError, match=r"plan\.csv ends after 9 of 19 bytes"),
        fetching.fetched([PLANS], [], host),
    ):
        raise AssertionError


def test_nothing_is_fetched_unless_it_is_asked_for() -> None:
    """Without offers there is no request, whatever the host is."""
    with fetching.fetched([], ["us-east-1"], "http://127.0.0.1:1") as nothing:
        assert nothing == []
