"""The pages in Chromium, as people use them: filled in, changed, read, printed, without scripts."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
import requests
from playwright.sync_api import Browser, BrowserContext, Locator, Page, sync_playwright

from tests.clients import programs

AXE = (programs.HERE / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")
JUDGED = "() => axe.run(document, {resultTypes: ['violations']})"
PICTURE = programs.ROOT / "docs" / "planner.png"
NARROW = {"width": 360, "height": 740}
WIDE = {"width": 1280, "height": 800}
PATIENCE = 60_000
"""Milliseconds for a page of a busy machine."""
DYNAMODB = (
    "/plan/dynamodb?name=orders&region=us-east-1&reads_per_second=1000&writes_per_second=500"
    "&item_bytes=3072&price_date=2025-12-06"
)
SWEEP = (
    "/plan/s3/comparison?region=us-east-1&storage_gb=10000&price_date=2026-01-01"
    "&vary=storage_class%3ASTANDARD%7CSTANDARD_IA%7CGLACIER_IR"
    "&sweep=monthly_retrieved_gb%3A0%3A10000%3A41"
)
GROWN = {"aurora": "storage_gb", "documentdb": "storage_gb", "neptune": "storage_gb"}
"""The number that is changed, where the first of a page would not be the best."""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=programs.found("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()


@contextmanager
def opened(chromium: Browser, **options: Any) -> Iterator[Page]:
    """Open a page that notes every error and every request to elsewhere, and expects none."""
    told = {"viewport": WIDE, "reduced_motion": "reduce", "locale": "en-US"} | options
    context: BrowserContext = chromium.new_context(**told)
    page, found = context.new_page(), []
    page.set_default_timeout(PATIENCE)
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on("console", lambda said: found.append(said.text) if said.type == "error" else None)
    page.on("request", lambda asked: found.append(asked.url) if is_elsewhere(asked.url) else None)
    try:
        yield page
        refused = "the server responded with a status of 4"
        assert [one for one in found if refused not in one] == []
    finally:
        context.close()


def is_elsewhere(url: str) -> bool:
    """Return whether an address is not of this machine."""
    return urlsplit(url).hostname not in ("127.0.0.1", None)


def judged(page: Page) -> list[str]:
    """Return the violations that axe-core finds, each with where it is."""
    page.evaluate(AXE)
    found = page.evaluate(JUDGED)["violations"]
    return [f"{one['id']}: {node['html'][:200]}" for one in found for node in one["nodes"]]


def total(page: Page) -> float:
    """Return the large number of a page."""
    return float(str(page.locator(".big data").first.get_attribute("value")))


def drawn(page: Page) -> int:
    """Wait for the charts of a page; return how many marks they have."""
    charts = page.locator("[data-chart]")
    for place in range(charts.count()):
        charts.nth(place).and_(page.locator("[data-drawn=done]")).wait_for()
    return page.locator("[data-chart] svg path, [data-chart] svg rect").count()


def answer_to(api: requests.Session, page: Page) -> Any:
    """Return the API's own answer to what the address of a page says, by its link to JSON."""
    link = str(page.locator(".total .links a").first.get_attribute("href"))
    told = api.get(urljoin(page.url, link), timeout=60)
    assert told.status_code == 200, told.text
    return told.json()


def changed(page: Page, change: Callable[[], Any]) -> None:
    """Change an input, when no other is being answered, and wait until the answer is another."""
    page.locator("#answer[aria-busy=false]").wait_for()
    shown = page.locator("#answer").get_attribute("data-shown") or "0"
    change()
    page.locator(f'#answer[data-shown="{int(shown) + 1}"]').wait_for()


def typed(page: Page, field: Locator, text: str) -> None:
    """Type into a field and leave it, and wait for the answer."""
    field.fill(text)
    changed(page, lambda: field.press("Tab"))


def entries(base: str) -> list[str]:
    """Return the addresses by which the first page enters its services and questions."""
    text = requests.get(base, timeout=60).text
    links = [part.partition('"')[0] for part in text.split('href="./plan/')[1:]]
    return [link.replace("&amp;", "&") for link in links if link != "portfolio"]


@pytest.fixture(scope="module")
def entered(base: str) -> dict[str, str]:
    """The addresses of all services and questions, by the last part of their path."""
    return {urlsplit(link).path.split("/")[-1]: f"{base}/plan/{link}" for link in entries(base)}


SERVICES = sorted(
    path.stem
    for path in (programs.ROOT / "pricing" / "services").glob("*.py")
    if path.stem != "__init__"
)
QUESTIONS = sorted(path.stem for path in (programs.ROOT / "pricing" / "questions").glob("*.toml"))


@pytest.mark.parametrize("key", SERVICES)
def test_a_service_is_asked_changed_and_read(
    chromium: Browser, api: requests.Session, entered: dict[str, str], key: str
) -> None:
    """Each page of a service answers in place, its address follows, and nobody is shut out."""
    with opened(chromium) as page:
        page.goto(entered[key])
        assert total(page) == answer_to(api, page)["monthly_cost"]
        name = GROWN.get(key) or str(
            page.locator(
                "details[open] input[inputmode=decimal]:not([value=''])"
            ).first.get_attribute("name")
        )
        field = page.locator(f"#f-{name}")
        more = str(round(float(field.input_value() or 1) * 2))
        typed(page, field, more)
        assert f"{name}={more}" in page.url
        assert total(page) == answer_to(api, page)["monthly_cost"]
        assert judged(page) == []
        count = page.locator(".tabs a").count()
        for place in range(1, count):
            page.locator(".tabs a").nth(place).click()
            page.locator(".tabs a").nth(place).and_(page.locator("[aria-current]")).wait_for()
            assert f"{name}={more}" in page.url
            assert page.locator(".faults").count() == 0
            assert page.locator("[data-chart]").count() == 0 or drawn(page) > 0
            assert judged(page) == []


@pytest.mark.parametrize("key", QUESTIONS)
def test_a_question_is_asked_changed_and_read(
    chromium: Browser, api: requests.Session, entered: dict[str, str], key: str
) -> None:
    """The alternatives of a question stand beside each other, those ruled out with the reason."""
    with opened(chromium) as page:
        page.goto(entered[key])
        answer = answer_to(api, page)
        assert total(page) == answer["monthly_cost"]
        assert page.locator("#alternatives ~ .wide tbody tr").count() == len(answer["alternatives"])
        for one in answer["alternatives"]:
            own = page.locator(f"#a-{one['key']}")
            assert own.locator("summary").inner_text().startswith(one["title"])
            for reason in one["ruled_out_by"]:
                assert reason["title"] in own.inner_text() or own.get_attribute("open") is None
        page.locator("tbody th a").last.click()
        assert page.locator(".alternative").last.get_attribute("open") is not None
        region = page.locator("#f-region")
        changed(page, lambda: region.select_option("eu-west-1"))
        assert "region=eu-west-1" in page.url
        assert judged(page) == []


@pytest.mark.parametrize("width", [NARROW, WIDE], ids=["narrow", "wide"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_can_be_read_by_everyone(
    chromium: Browser, base: str, width: dict[str, int], scheme: str
) -> None:
    """From 360 px on, light and dark, nothing is cut off and axe-core finds no violation."""
    hours = DYNAMODB.replace("dynamodb?", "dynamodb/hours?") + "&curve=spike"
    months = DYNAMODB.replace("dynamodb?", "dynamodb/projection?") + "&start=2026-01"
    faulty = DYNAMODB.replace("1000", "1TB").replace("us-east-1", "nowhere")
    paths = ["/", DYNAMODB, SWEEP, months, hours, faulty, "/plan/s3", "/plan/portfolio"]
    with opened(chromium, viewport=width, color_scheme=scheme) as page:
        for path in paths:
            page.goto(base + path)
            drawn(page)
            page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
            assert page.evaluate("document.documentElement.scrollWidth") <= width["width"], path
            assert judged(page) == [], path


def test_a_page_without_scripts_is_a_page(chromium: Browser, base: str) -> None:
    """A form that is sent by HTML alone has the same address and the same answer."""
    with opened(chromium, java_script_enabled=False) as page:
        page.goto(f"{base}/plan/dynamodb")
        page.locator("#f-region").select_option("us-east-1")
        page.locator("#f-item_bytes").fill("0")
        page.get_by_role("button", name="Work it out").click()
        fault = page.locator(".faults a").first
        assert fault.get_attribute("href") == "#f-item_bytes"
        assert page.locator("#f-item_bytes").get_attribute("aria-invalid") == "true"
        page.locator("#f-item_bytes").fill("3072")
        page.locator("#f-reads_per_second").fill("1000")
        page.locator("#f-writes_per_second").fill("500")
        page.get_by_role("button", name="Work it out").click()
        assert total(page) == 2628.0
        assert "name=" not in page.url
        assert "price_date=" in page.url
        page.goto(base + SWEEP)
        page.locator("summary", has_text="As a table").click()
        assert "$230.00" in page.locator("#sweep ~ details tbody").inner_text()


def test_an_address_is_the_page(chromium: Browser, base: str) -> None:
    """What was filled in and composed by hand is there again for whoever gets the address."""
    with opened(chromium) as page:
        given = "region=us-east-1&storage_gb=10000&monthly_retrieved_gb=1000&vary=storage_class"
        page.goto(f"{base}/plan/s3/comparison?{given}")
        numbers = page.locator('[name="sweep.field"]')
        changed(page, lambda: numbers.select_option("monthly_retrieved_gb"))
        assert page.locator('[name="sweep.start"]').input_value() == "0"
        typed(page, page.locator('[name="sweep.stop"]'), "10000")
        assert drawn(page) > 0
        address, shown = page.url, page.locator("#answer .turns").inner_text()
    with opened(chromium) as page:
        page.goto(address)
        assert page.locator("#answer .turns").inner_text() == shown
        assert "4,250" in shown


def test_faults_lead_to_their_fields(chromium: Browser, base: str) -> None:
    """The summary of what is wrong appears in place, and its links go to the fields by keyboard."""
    with opened(chromium) as page:
        page.goto(base + DYNAMODB)
        field = page.locator("#f-reads_per_second")
        typed(page, field, "1TB")
        assert field.get_attribute("aria-invalid") == "true"
        assert "reads_per_second=1TB" in page.url
        page.locator(".faults a").first.focus()
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "f-reads_per_second"
        typed(page, field, "1000")
        assert page.locator(".faults").count() == 0
        assert field.get_attribute("aria-invalid") is None
        assert total(page) == 2628.0


def test_the_keyboard_is_enough(chromium: Browser, base: str) -> None:
    """The first key skips to the content, and Enter in a field answers and keeps the focus."""
    with opened(chromium) as page:
        page.goto(base + DYNAMODB)
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"
        page.locator("#f-writes_per_second").fill("1000")
        changed(page, lambda: page.keyboard.press("Enter"))
        assert page.evaluate("document.activeElement.id") == "f-writes_per_second"
        assert total(page) == 5091.75


def test_what_is_copied_works(chromium: Browser, base: str, api: requests.Session) -> None:
    """The formula and the command that a page gives hold addresses that answer."""
    with opened(chromium, permissions=["clipboard-read", "clipboard-write"]) as page:
        page.goto(base + DYNAMODB)
        for name in ("Copy formula", "Copy curl"):
            page.locator("summary", has_text=name).click()
            page.locator("details[open] > .copy", has_text="Copy").last.click()
            page.locator("details[open] > .copy", has_text="Copied").last.wait_for()
            text = page.evaluate("navigator.clipboard.readText()")
            address = text.replace('"&"', "").partition("http://")[2].split('"')[0].split("'")[0]
            told = api.get(f"http://{address}", timeout=60)
            assert told.status_code == 200, text
            assert "2628" in told.text or told.text == "2628"


def test_a_portfolio_is_pasted_and_sent(chromium: Browser, base: str, tmp_path: Path) -> None:
    """Rows that are pasted are answered in place and become the address; a workbook is read."""
    with opened(chromium) as page:
        page.goto(f"{base}/plan/portfolio")
        rows = "service\tregion\tstorage_gb\ns3\tus-east-1\t100\n"
        typed(page, page.locator("#f-workloads"), rows)
        assert "workloads=" in page.url
        assert total(page) == 2.3
        typed(page, page.locator("#f-start"), "2026-01")
        page.locator("#f-growth").fill("storage_gb")
        typed(page, page.locator("[name='growth.value']").first, "0.5")
        assert "growth=storage_gb%3Arate%3A0.5" in page.url
        assert page.locator("[name='growth.field']").count() == 2
        assert drawn(page) > 0
        assert judged(page) == []
        book = tmp_path / "rows.xlsx"
        book.write_bytes(requests.get(f"{base}/v1/portfolios/template.xlsx", timeout=60).content)
        changed(page, lambda: page.locator("#f-sheet").set_input_files(book))
        assert total(page) > 1000
        assert "workloads=" not in page.url
        assert judged(page) == []
        for word, name in (("csv", "portfolio.csv"), ("totals.csv", "totals.csv")):
            with page.expect_download() as download:
                page.locator(f"button[value='{word}']").first.click()
            assert download.value.suggested_filename == name


def test_a_page_is_printed(chromium: Browser, base: str, tmp_path: Path) -> None:
    """On paper there is the answer and what was asked, without the form."""
    with opened(chromium) as page:
        page.goto(base + DYNAMODB)
        page.emulate_media(media="print")
        assert not page.locator(".asking").is_visible()
        assert page.locator(".big").is_visible()
        assert page.locator("#asked").is_visible()
        page.pdf(path=tmp_path / "page.pdf")
        assert (tmp_path / "page.pdf").read_bytes().startswith(b"%PDF")


def test_the_planner_is_pictured(chromium: Browser, base: str, tmp_path: Path) -> None:
    """The docs show a picture of the page, which NEW_PICTURE replaces."""
    picture = PICTURE if os.environ.get("NEW_PICTURE") else tmp_path / "new.png"
    with opened(chromium, viewport={"width": 1200, "height": 1240}) as page:
        page.goto(base + SWEEP)
        assert drawn(page) > 0
        page.screenshot(path=picture, animations="disabled")
    for one in (picture, PICTURE):
        assert one.read_bytes().startswith(b"\x89PNG")
        assert 10_000 < one.stat().st_size < 300_000
