"""Chromium: fetches across origins, and the page that draws a projection."""

import os
import re
from collections import defaultdict
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import requests

from tests.clients import programs

QUESTION = "/v1/kinesis/estimate?region=us-east-1&records_per_second=1000&record_bytes=3000"
PROJECTION = (
    "region=us-east-1&storage_gb=50000&monthly_put_requests=20000000"
    "&start=2026-01&months=14&growth=storage_gb:ingest:1000,monthly_put_requests:rate:0.1"
)
PICTURE = programs.EXAMPLES / "vega-lite.png"


def fetched(page: str, *calls: dict[str, Any]) -> list[dict[str, Any]]:
    """Fetch from within the sample page of an origin."""
    told = programs.browser("fetch", f"{page}/README.md", calls=calls)
    assert told["errors"] == []
    return list(told["outcome"])


def test_a_page_of_a_configured_origin_reads_answers(base: str, pages: str) -> None:
    """A plain fetch gives the answer, with the headers that a page may want exposed."""
    (told,) = fetched(pages, {"url": base + QUESTION})
    assert told["status"] == 200
    assert '"monthly_cost":69.642' in told["body"]
    assert {"etag", "catalog-version"} <= told["headers"].keys()


@pytest.mark.parametrize("header", ["Authorization", "X-API-Key", "If-None-Match"])
def test_headers_pass_the_preflight(base: str, pages: str, header: str) -> None:
    """A fetch with a header that needs a preflight is let through."""
    value = "Bearer of-nothing" if header == "Authorization" else '"of-nothing"'
    (told,) = fetched(pages, {"url": base + QUESTION, "headers": {header: value}})
    assert told["status"] == 200


def test_a_page_may_ask_whether_an_answer_changed(base: str, pages: str) -> None:
    """The exposed ETag, sent back, gives a 304 that the page sees."""
    (first,) = fetched(pages, {"url": base + QUESTION})
    asked = {"If-None-Match": first["headers"]["etag"]}
    (second,) = fetched(pages, {"url": base + QUESTION, "headers": asked})
    assert (second["status"], second["body"]) == (304, "")


def test_a_page_posts_workloads(base: str, pages: str) -> None:
    """A JSON body across origins, which needs a preflight of its own, is priced."""
    body = '{"workloads": [{"region": "us-east-1", "storage_gb": 50000}]}'
    call = {"method": "POST", "body": body, "headers": {"Content-Type": "application/json"}}
    (told,) = fetched(pages, {"url": f"{base}/v1/s3/estimates", **call})
    assert told["status"] == 200
    assert '"monthly_cost":1150.0' in told["body"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/kinesis/estimate?regoin=us-east-1", 400),
        ("/v1/kinesis/nothing", 404),
        (f"{QUESTION}&price_date=2020-01-01", 422),
    ],
)
def test_a_page_sees_why_it_was_refused(base: str, pages: str, path: str, status: int) -> None:
    """Problems carry the headers too, so the page reads them instead of a network error."""
    (told,) = fetched(pages, {"url": base + path})
    assert told["status"] == status
    assert told["headers"]["content-type"] == "application/problem+json"
    assert '"title"' in told["body"]


def test_another_origin_is_refused(base: str, stranger: str) -> None:
    """A page of an origin that is not configured reads neither answers nor problems."""
    calls = [
        {"url": base + QUESTION},
        {"url": base + QUESTION, "headers": {"X-API-Key": "of-nothing"}},
        {"url": f"{base}/v1/kinesis/nothing"},
    ]
    for told in fetched(stranger, *calls):
        assert told == {"error": "TypeError: Failed to fetch"}


def drawn(pages: str, base: str, **parts: Any) -> dict[str, Any]:
    """Open the page that draws a projection, and tell what it drew."""
    screenshot = parts.pop("screenshot", "")
    page = f"{pages}/vega-lite.html?{urlencode({'base': base} | parts)}"
    told = programs.browser("draw", page, screenshot=screenshot)
    assert told["errors"] == []
    return dict(told["outcome"])


def costs(marks: list[dict[str, Any]]) -> dict[tuple[str, str], float]:
    """Read month, charge and dollars from the words of drawn marks, as a screen reader does."""
    found = {}
    for mark in marks:
        words = dict(part.split(": ", 1) for part in mark["words"].split("; "))
        dollars = words.get("USD") or words["Total USD"]
        place = (words["Month"], words.get("Charge", "Total"))
        found[place] = float(dollars.replace("$", "").replace(",", ""))
    return found


def expected(records: list[dict[str, Any]]) -> dict[tuple[str, str], float]:
    """Return the dollars that each mark must show, to the cent."""
    found: defaultdict[tuple[str, str], float] = defaultdict(float)
    for record in records:
        month = f"{datetime.fromisoformat(record['time']):%b %Y}"
        for charge in (record["sku_meter"], "Total"):
            found[month, charge] += record["list_cost"]
    return {place: round(cost, 2) for place, cost in found.items()}


def test_the_page_draws_the_projection(base: str, pages: str, api: requests.Session) -> None:
    """Each bar and each point of the drawn chart shows the service's figure, at its height."""
    asked = {"service": "s3", "question": PROJECTION}
    told = drawn(pages, base, **asked)
    assert told["state"] == "drawn"
    records = api.get(f"{base}/v1/s3/projection?{PROJECTION}&view=charges").json()
    bars = [mark for mark in told["marks"] if mark["kind"] == "bar"]
    points = [mark for mark in told["marks"] if mark["kind"] == "point"]
    assert costs([*bars, *points]) == pytest.approx(expected(records), abs=0.011)
    heights = [bar["height"] for bar in bars]
    dollars = list(costs(bars).values())
    scale = sum(heights) / sum(dollars)
    assert heights == pytest.approx([scale * cost for cost in dollars], abs=0.5)


def test_the_chart_tells_what_it_shows(base: str, pages: str) -> None:
    """The axes have titles, the dollars their sign, and the legend names every charge."""
    told = drawn(pages, base, service="s3", question=PROJECTION)
    assert {"Month", "List cost a month [USD]", "s3, by charge"} <= set(told["words"])
    assert {"$0", "Jan 2026", "Storage", "Total"} <= set(told["words"])
    assert re.search(r"^\$[\d,]+\.\d\d list cost in 14 months$", told["said"])


def test_the_page_says_what_it_leaves_out(base: str, pages: str) -> None:
    """Charges without a known price are not drawn as nothing: the total is called a lower bound."""
    gap = "region=ap-south-2&item_bytes=1&writes_per_second=1&change_data_capture=true"
    question = f"{gap}&start=2026-01&months=3"
    told = drawn(pages, base, service="dynamodb", question=question)
    assert re.search(r"in 3 months; at least: 3 charges have no known price$", told["said"])


def test_the_page_says_why_there_is_no_chart(base: str, pages: str) -> None:
    """A question that the service refuses is answered with the service's own words."""
    told = drawn(pages, base, service="s3", question="region=nowhere&start=2026-01")
    assert (told["state"], told["marks"]) == ("refused", [])
    assert "region" in told["said"]


def test_the_page_says_what_to_set_where_it_is_not_let_in(base: str, stranger: str) -> None:
    """A page of an origin that is not configured names the setting, and the origin to add to it."""
    told = drawn(stranger, base)
    assert (told["state"], told["marks"]) == ("refused", [])
    assert f"CORS_ORIGINS name {stranger}?" in told["said"]


def test_the_example_of_the_page_is_pictured(base: str, pages: str, tmp_path: Path) -> None:
    """The page as it comes draws; the docs show a picture of it, which NEW_PICTURE replaces."""
    picture = PICTURE if os.environ.get("NEW_PICTURE") else tmp_path / "new.png"
    told = drawn(pages, base, screenshot=str(picture))
    assert told["state"] == "drawn"
    for one in (picture, PICTURE):
        assert one.read_bytes().startswith(b"\x89PNG")
        assert 10_000 < one.stat().st_size < 200_000


def test_a_sheet_is_sent_on_the_page_of_the_docs(base: str, tmp_path: Path) -> None:
    """The page of the docs has a file picker for CSV, and saves the answer."""
    template, saved = tmp_path / "sheet.csv", tmp_path / "priced.csv"
    template.write_bytes(requests.get(f"{base}/v1/kinesis/template.csv", timeout=60).content)
    told = programs.browser(
        "send",
        f"{base}/docs",
        operation="estimate_kinesis_batch",
        type="text/csv",
        file=str(template),
        saved=str(saved),
    )
    assert told["errors"] == []
    assert told["outcome"]["status"].startswith("200")
    sent = requests.post(
        f"{base}/v1/kinesis/estimates",
        data=template.read_bytes(),
        headers={"Content-Type": "text/csv"},
        timeout=60,
    )
    assert saved.read_text("utf-8").split() == sent.text.split()
