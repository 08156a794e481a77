"""The pages for people: each says what the API says, has its fields, and trusts no text."""

import hashlib
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import msgspec
import pytest
from litestar.testing import TestClient

from pricing.catalogue import packaged
from pricing.model import registry
from pricing.question import registry as questions
from service.app import create_app
from service.pages import asking, forms, rendering
from service.pages.router import TABS
from service.settings import Settings

Client = TestClient[Any]
LARGEST = 100_000
"""Bytes of a page without its charts."""
HOSTILE = "<script>alert(1)</script>'\"&{{7*7}}"
PAIRS = [(key, leaf) for key in registry() for leaf in TABS if leaf != "hours"] + [
    (key, "hours") for key, service in registry().items() if service.hourly
]
FORMS = {**registry(), **questions()}


class Page(HTMLParser):
    """The parts of a page that tests look at."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text
        self.links: list[str] = []
        self.ids: list[str] = []
        self.named: dict[str, dict[str, str]] = {}
        self.numbers: list[float] = []
        self.linked: list[tuple[str, float]] = []
        self.problems: list[str] = []
        self.specs: list[Any] = []
        self._open: list[tuple[str, dict[str, str]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take an element."""
        told = {name: value or "" for name, value in attrs}
        self._open.append((tag, told))
        self.ids += [told["id"]] if "id" in told else []
        if tag == "a":
            self.links.append(told["href"])
        if tag in ("input", "select", "textarea") and "name" in told:
            self.named.setdefault(told["name"], told)
        if tag == "data" and re.fullmatch(r"-?[0-9.e+-]+", told["value"]):
            self.numbers.append(float(told["value"]))
            outer, around = self._open[-2]
            if outer == "a" and around.get("class") == "n":
                self.linked.append((around["href"], float(told["value"])))

    def handle_endtag(self, tag: str) -> None:
        """Leave an element, and those within it that have no end."""
        while self._open:
            if self._open.pop()[0] == tag:
                break

    def handle_data(self, data: str) -> None:
        """Take a text: charts are JSON."""
        if self._open and self._open[-1][1].get("type") == "application/json":
            self.specs.append(msgspec.json.decode(data))


def page_of(key: str, leaf: str) -> str:
    """Return the path of a page."""
    if key in questions():
        return f"/plan/questions/{key}"
    return f"/plan/{key}" if leaf == "estimate" else f"/plan/{key}/{leaf}"


def api_of(key: str, leaf: str) -> str:
    """Return the path of the API that a page asks."""
    return f"/v1/questions/{key}" if key in questions() else f"/v1/{key}/{leaf}"


def start(client: Client, key: str, leaf: str) -> dict[str, str]:
    """Return the query with which a page is entered, the day of prices included."""
    form = FORMS[key]
    route = asking.routes(client.app)[api_of(key, leaf)]
    return dict(forms.canonical(forms.start(form, route, {}), form))


ENTERED = [*PAIRS, *((key, "question") for key in questions())]
each_page = pytest.mark.parametrize(("key", "leaf"), ENTERED)


@each_page
def test_a_page_has_an_input_for_each_field(client: Client, key: str, leaf: str) -> None:
    """Each field of the API's query has a labelled input with its meaning."""
    told = client.get(page_of(key, leaf))
    assert told.status_code == 200
    page = Page(told.text)
    route = asking.routes(client.app)[api_of(key, leaf)]
    for field in forms.described(route.operation.query.kind):
        if field.name == "view":
            continue
        composed = forms.COMPOSED.get(field.name)
        names = [f"{field.name}.{part}" for part in composed.parts] if composed else [field.name]
        for name in names:
            told_of = page.named[name]
            assert f'for="{told_of["id"]}"' in page.text
            assert ("required" in told_of) == (field.required and not composed)
        assert f"h-{field.name}" in page.ids
        assert f"e-{field.name}" in page.ids
    assert len(page.ids) == len(set(page.ids))


@each_page
def test_a_page_says_what_the_api_says(client: Client, key: str, leaf: str) -> None:
    """At the query of the API a page shows its costs, each with its exact value."""
    asked = start(client, key, leaf)
    told = client.get(page_of(key, leaf), params=asked, follow_redirects=False)
    assert told.status_code == 200, told.headers.get("location")
    over = {"view": "all"} if leaf == "projection" else {}
    answer = client.get(api_of(key, leaf), params=asked | over).json()
    numbers = Page(told.text).numbers
    assert set(costs(answer, leaf)) <= set(numbers)


def costs(answer: Any, leaf: str) -> Iterator[float]:
    """Yield the numbers of an answer that its page has to show."""
    if leaf == "estimate":
        yield answer["monthly_cost"]
        yield from (line["list_cost"] for line in answer["charges"])
        yield from (line["list_unit_price"] for line in answer["charges"])
        yield from (value for value in answer["capacity"].values() if isinstance(value, float))
    elif leaf in ("comparison", "question"):
        found = [one["monthly_cost"] for one in answer["alternatives"]]
        yield from (cost for cost in found if cost is not None)
    elif leaf == "projection":
        yield from (one["monthly_cost"] for one in answer["months"])
        yield from (one["cumulative_cost"] for one in answer["months"])
        yield from (one["yearly_cost"] for one in answer["years"])
    else:
        yield answer["estimate"]["monthly_cost"]
        yield from (one["monthly_cost"] for one in answer["modes"] if one["monthly_cost"])


@each_page
def test_every_linked_number_is_at_its_address(client: Client, key: str, leaf: str) -> None:
    """The address behind a number answers with that number alone, and with nothing else."""
    path = page_of(key, leaf)
    linked = Page(client.get(path, params=start(client, key, leaf)).text).linked
    assert linked
    for link, number in linked[:40]:
        answer = client.get(f"/{link.removeprefix(rendering.root(path))}&num=plain")
        assert answer.status_code == 200, answer.text
        assert float(answer.text) == number


@each_page
def test_a_page_is_small_and_leads_somewhere(client: Client, key: str, leaf: str) -> None:
    """Without its charts a page has at most 100 kB; its links to this service are answered."""
    path = page_of(key, leaf)
    page = Page(client.get(path, params=start(client, key, leaf)).text)
    charts = sum(len(msgspec.json.encode(spec)) for spec in page.specs)
    assert len(page.text.encode()) - charts <= LARGEST
    own = {link for link in page.links if not link.startswith(("https://", "#", "?"))}
    tabs = {link for link in own if "/plan/" in link and "portfolio" not in link}
    assert not {link for link in own if not link.startswith(rendering.root(path))}
    if key in registry():
        kept = registry()[key].hourly is not None
        assert len(tabs) == len(TABS) - (not kept)


def test_the_first_page_names_all_there_is(client: Client) -> None:
    """Every service and question is entered from the first page, with its example."""
    page = Page(client.get("/").text)
    entered = {urlsplit(link).path for link in page.links}
    assert {f"./plan/{key}" for key in registry()} <= entered
    assert {f"./plan/questions/{key}" for key in questions()} <= entered
    assert "./plan/portfolio" in entered
    assert client.get("/?nonsense=1").status_code == 400


def test_unknown_pages_are_not_there(client: Client) -> None:
    """No page is made of what is no service, no question, or no page of it."""
    for path in ("/plan/nothing", "/plan/s3/prices", "/plan/s3/hours", "/plan/questions/nothing"):
        told = client.get(path)
        assert told.status_code == 404
        assert "the first page lists them" in told.text


def test_what_a_form_sends_becomes_the_query_of_the_api(client: Client) -> None:
    """Empty inputs are left out, parts are composed, and the day of prices becomes explicit."""
    sent = "region=us-east-1&storage_gb=+100+&name=&vary.field=storage_class&vary.values=STANDARD,"
    sent += "STANDARD_IA&vary.field=&vary.values=&sweep.field=monthly_retrieved_gb&sweep.start=1"
    sent += "&sweep.stop=100&sweep.points=&sweep.scale=log&format=csv"
    told = client.get(f"/plan/s3/comparison?{sent}", follow_redirects=False)
    assert told.status_code == 302
    path, _, query = told.headers["location"].partition("?")
    assert path == "comparison"
    assert dict(parse_qsl(query)) == {
        "region": "us-east-1",
        "storage_gb": "100",
        "vary": "storage_class:STANDARD|STANDARD_IA",
        "sweep": "monthly_retrieved_gb:1:100:50:log",
        "price_date": packaged().table("s3").newest.isoformat(),
    }
    assert client.get(f"/v1/s3/comparison?{query}").status_code == 200
    again = client.get(f"/plan/s3/comparison?{query}", follow_redirects=False)
    assert again.status_code == 200
    named = Page(again.text).named
    assert named["vary.values"]["value"] == "STANDARD STANDARD_IA"
    assert named["sweep.points"]["value"] == "50"


def test_many_alternatives_are_not_all_listed(client: Client) -> None:
    """Of hundreds of alternatives the page shows the first, and says how many more there are."""
    asked = {"region": "us-east-1", "storage_gb": "100", "vary": "instance_class"}
    page = client.get("/plan/rds/comparison", params=asked)
    count = len(client.get("/v1/rds/comparison", params=asked).json()["alternatives"])
    assert page.text.count("<tr class=") == 100
    assert f"{count - 100} dearer ones" in page.text


def test_parts_that_are_left_empty_have_a_meaning(client: Client) -> None:
    """A sweep without ends goes about the value that is given; growth by nothing is none."""
    sent = "region=us-east-1&storage_gb=100&vary=storage_class&sweep.field=storage_gb"
    told = client.get(f"/plan/s3/comparison?{sent}&sweep.start=&sweep.stop=")
    assert told.status_code == 200
    assert told.url.params["sweep"] == "storage_gb:0:400"
    sent = "region=us-east-1&storage_gb=100&start=2026-01&growth.field=storage_gb"
    told = client.get(f"/plan/s3/projection?{sent}&growth.kind=rate&growth.value=")
    assert told.status_code == 200
    assert "growth" not in told.url.params


def test_growth_has_a_row_for_each_field_and_one_more(client: Client) -> None:
    """What a query spells in one text comes back in its parts."""
    grows = "storage_gb:ingest:1000,monthly_put_requests:rate:0.1"
    asked = {"region": "us-east-1", "storage_gb": "1", "start": "2026-01", "growth": grows}
    page = client.get("/plan/s3/projection", params=asked).text
    assert page.count('name="growth.field"') == 3
    assert '<option value="ingest" selected>' in page


def test_faults_stand_at_their_fields(client: Client) -> None:
    """A refused page has the API's own violations: at each input, and in a summary that links."""
    asked = {"region": "us-east-9", "reads_per_second": "1TB", "nonsense": "1"}
    told = client.get("/plan/dynamodb", params=asked)
    refused = client.get("/v1/dynamodb/estimate", params=asked | {"price_date": "2025-12-06"})
    assert told.status_code == refused.status_code == 400
    page = Page(told.text)
    for fault in refused.json()["errors"]:
        assert rendering.prose(fault["detail"]) in told.text
        if fault["parameter"] == "nonsense":
            continue
        assert f"#f-{fault['parameter']}" in page.links
        assert page.named[fault["parameter"]]["aria-invalid"] == "true"
    assert page.named["reads_per_second"]["value"] == "1TB"
    assert page.named["item_bytes"]["aria-invalid"] == "true"
    assert "Nothing was worked out" in told.text


def test_what_has_no_price_is_said(client: Client) -> None:
    """A workload without a known price has the status and the words of the API, and no total."""
    gap = {"region": "ap-south-2", "item_bytes": "1", "writes_per_second": "1"}
    asked = gap | {"change_data_capture": "true", "price_date": "2025-12-06"}
    told, refused = (
        client.get("/plan/dynamodb", params=asked),
        client.get("/v1/dynamodb/estimate", params=asked),
    )
    assert told.status_code == refused.status_code == 422
    assert str(rendering.prose(refused.json()["errors"][0]["detail"])) in told.text
    assert 'class="big"' not in told.text


@each_page
def test_hostile_words_are_shown_as_words(client: Client, key: str, leaf: str) -> None:
    """Names, groups and texts that are no numbers never become elements or templates."""
    form, asked = FORMS[key], start(client, key, leaf)
    numbers = [one.name for one in forms.described(form.workload) if one.type == "number"]
    for name in ("name", "group", numbers[-1]):
        told = client.get(page_of(key, leaf), params=asked | {name: HOSTILE})
        assert told.status_code in (200, 400, 422)
        assert "<script>alert" not in told.text
        assert ">49<" not in told.text
    told = client.get(page_of(key, leaf), params={**asked, HOSTILE: HOSTILE})
    assert "<script>alert" not in told.text


def test_charts_hold_the_numbers_of_the_answer(client: Client) -> None:
    """A chart's values are those of the answer, and its text cannot end the element it is in."""
    asked = start(client, "s3", "comparison")
    page = Page(client.get("/plan/s3/comparison", params=asked).text)
    answer = client.get("/v1/s3/comparison", params=asked).json()
    (spec,) = page.specs
    drawn = {(one["at"], one["cost"]) for one in spec["data"]["values"]}
    for curve in answer["sweep"]["curves"][:8]:
        assert set(zip(answer["sweep"]["points"], curve["costs"], strict=True)) <= drawn


def test_pages_may_load_only_this_service(client: Client) -> None:
    """The policy names no other source, nothing inline and no evaluation; all it loads is there."""
    for path in ("/", "/plan/s3", "/plan/portfolio"):
        told = client.get(path)
        policy = told.headers["content-security-policy"]
        assert policy.startswith("default-src 'self';")
        assert "unsafe" not in policy
        assert not re.search(
            r"<script(?! src=| type=\"application/json\")|<style|\sstyle=|\son\w+=", told.text
        )
        loaded = re.findall(r'<(?:link|script)[^>]* (?:href|src)="([^"]+)"', told.text)
        assert len(loaded) == 3
        for address in loaded:
            file = client.get(f"/{address.removeprefix(rendering.root(path))}")
            assert file.status_code == 200
            assert file.headers["cache-control"] == rendering.KEPT
            asked = {"If-None-Match": file.headers["etag"]}
            assert client.get(str(file.url), headers=asked).status_code == 304


def test_files_of_another_version_are_asked_for_again(client: Client) -> None:
    """A page that was kept finds its files, which then are not kept; nothing else is given away."""
    assert client.get("/static/older/page.css").headers["cache-control"] == "no-cache"
    for path in ("/static/x/nothing.css", "/static/x/../forms.py", "/static/x/%2e%2e/forms.py"):
        assert client.get(path).status_code == 404


def test_the_vendored_libraries_are_as_they_were_published() -> None:
    """Each script of the charts has the digest that was noted, and its licence beside it."""
    folder = rendering.STATIC / "vendor"
    noted = dict(
        line.split()[::-1] for line in (folder / "SHA256SUMS").read_text("utf-8").splitlines()
    )
    assert set(noted) == {path.name for path in folder.glob("*.js")}
    for name, digest in noted.items():
        assert hashlib.sha256(Path(folder, name).read_bytes()).hexdigest() == digest
    assert "BSD" in (folder / "README.md").read_text("utf-8")
    for library in ("vega", "vega-lite", "vega-interpreter"):
        assert "Redistribution" in (folder / f"LICENSE-{library}").read_text("utf-8")


def test_pages_are_no_part_of_the_contract(client: Client) -> None:
    """Programs are promised nothing of the pages."""
    paths = client.get("/openapi.json").json()["paths"]
    assert not [path for path in paths if path == "/" or path.startswith(("/plan", "/static"))]


def test_pages_know_who_may_ask() -> None:
    """Where keys are needed a page is refused like the API, and a sheet's token opens both."""
    asked = "plan/s3?region=us-east-1&storage_gb=1&price_date=2026-01-01"
    with TestClient(create_app(Settings(api_keys=("k",), sheet_tokens=("t",)))) as client:
        told = client.get(f"/{asked}")
        assert told.status_code == 401
        assert told.headers["content-type"].startswith("text/html")
        assert client.get("/").status_code == 200
        opened = client.get(f"/token/t/{asked}")
        assert opened.status_code == 200
        assert '"../v1/s3/estimate.csv?' in opened.text.replace("&amp;", "&")
        assert "/token/t/v1/s3/estimate" in opened.text
        sheet = {"sheet": ("a.csv", b"service,region,storage_gb\ns3,us-east-1,100\n")}
        assert client.post("/plan/portfolio", files=sheet).status_code == 401
        assert client.post("/token/t/plan/portfolio", files=sheet).status_code == 200


ROWS = "service,region,storage_gb,group\ns3,us-east-1,100,a\nrds,eu-west-1,200,b\n"
DATED = "".join(
    f"{row},{packaged().newest if place else 'price_date'}\n"
    for place, row in enumerate(ROWS.splitlines())
)


def test_a_portfolio_has_the_totals_of_the_api(client: Client) -> None:
    """The rows of an address are one bill, with the totals that the API gives for the sheet."""
    over = {"start": "2026-01", "months": "3", "growth": "storage_gb:rate:0.5"}
    told = client.get("/plan/portfolio", params={"workloads": ROWS} | over)
    headers = {"Content-Type": "text/csv"}
    totals = client.post(
        "/v1/portfolios/estimate.json?view=totals", content=ROWS, headers=headers
    ).json()
    months = client.post(
        "/v1/portfolios/projection.json", params=over, content=ROWS, headers=headers
    ).json()
    page = Page(told.text)
    shown = {one["monthly_cost"] for one in [*totals, *months]}
    assert shown <= set(page.numbers)
    assert {"By service", "By group", "By Region"} <= set(re.findall(r">(By \w+)<", told.text))
    (spec,) = page.specs
    drawn = {(one["month"], one["of"]) for one in spec["data"]["values"]}
    assert drawn == {(f"2026-0{month}", of) for month in (1, 2, 3) for of in ("s3", "rds")}


def test_every_number_of_a_portfolio_has_an_address(client: Client) -> None:
    """Behind a number there is that number, behind each file what the API gives for the rows."""
    over = {"start": "2026-01", "months": "3", "growth": "storage_gb:rate:0.5", "free_tier": "true"}
    page = Page(client.get("/plan/portfolio", params={"workloads": DATED} | over).text)
    assert len(page.linked) == 1 + 2 + 2 + 2 + 2 * 3 + 2
    for link, number in page.linked:
        told = client.get(f"/plan/{link}")
        assert told.status_code == 200, told.text
        assert float(told.text) == number
    files = {link.rpartition("download=")[2]: link for link in page.links if "download=" in link}
    headers, bill = {"Content-Type": "text/csv"}, {"free_tier": "true"}
    for word, path, params in (
        ("json", "estimate.json", bill),
        ("csv", "estimate.csv", bill),
        ("totals.csv", "estimate.csv?view=totals", bill),
        ("charges.xlsx", "estimate.xlsx?view=charges", bill),
        ("workloads.csv", "estimate.csv?view=workloads", bill),
        ("months.csv", "projection.csv?view=months", over),
    ):
        given, name = (
            client.get(f"/plan/{files[word]}"),
            word if "." in word else f"portfolio.{word}",
        )
        assert given.headers["content-disposition"] == f'attachment; filename="{name}"'
        query = "&".join(f"{key}={value}" for key, value in params.items())
        joined = "&" if "?" in path else "?"
        api = client.post(f"/v1/portfolios/{path}{joined}{query}", content=DATED, headers=headers)
        if "xlsx" not in word:
            assert given.content == api.content
        assert api.status_code == 200
    wrong = client.get("/plan/portfolio", params={"workloads": "x", "download": "csv"})
    assert wrong.status_code == 422
    assert wrong.headers["content-type"].startswith("text/html")


def test_how_a_portfolio_grows_has_an_input_a_part(client: Client) -> None:
    """Rows of a field, a way and an amount become the text of the API, and come back in parts."""
    parts = [("growth.field", "storage_gb"), ("growth.kind", "rate"), ("growth.value", "0.5")]
    parts += [("growth.field", ""), ("growth.kind", "rate"), ("growth.value", "")]
    pairs = [("workloads", ROWS), ("start", "2026-01"), *parts]
    told = client.get(f"/plan/portfolio?{urlencode(pairs)}", follow_redirects=False)
    asked = dict(parse_qsl(urlsplit(told.headers["location"]).query))
    assert asked == {
        "workloads": DATED,
        "start": "2026-01",
        "growth": "storage_gb:rate:0.5",
    }
    page = client.get("/plan/portfolio", params=asked).text
    assert page.count('name="growth.field"') == 2
    assert '<option value="rate" selected>' in page
    wrong = client.get("/plan/portfolio", params=asked | {"growth": "nothing:rate:0.5"})
    assert Page(wrong.text).named["growth.field"]["aria-invalid"] == "true"


def test_the_rows_of_a_file_are_sent_again_for_its_sheets(client: Client) -> None:
    """Where the address does not hold the rows, no number has one, and buttons give the files."""
    rows = b"service,region,storage_gb\n" + b"s3,us-east-1,100\n" * 2000
    text = client.post("/plan/portfolio", files={"sheet": ("a.csv", rows)}).text
    assert not Page(text).linked
    for word in ("json", "totals.csv", "charges.xlsx"):
        assert f'<button class="copy" form="rows" name="download" value="{word}">' in text
    assert "Copy formula" not in text
    assert "--data-binary @workloads.csv" in text


def test_pasted_rows_become_the_address_where_they_fit(client: Client) -> None:
    """A short table leads to an address that holds it, with the day of its prices.

    A long one is answered as it was sent.
    """
    short = {"sheet": ("", b"")}
    told = client.post(
        "/plan/portfolio", files=short, data={"workloads": ROWS}, follow_redirects=False
    )
    assert told.status_code == 303
    _, _, query = told.headers["location"].partition("?")
    assert dict(parse_qsl(query)) == {"workloads": DATED}
    told = client.get("/plan/portfolio", params={"workloads": ROWS}, follow_redirects=False)
    assert dict(parse_qsl(urlsplit(told.headers["location"]).query)) == {"workloads": DATED}
    for table in (DATED, "rows\nof no table\n", "service,region\ns3\n", '"'):
        kept = client.get("/plan/portfolio", params={"workloads": table}, follow_redirects=False)
        assert kept.status_code in (200, 422), kept.text
    rows = "service,region,storage_gb\n" + "s3,us-east-1,100\n" * 2000
    told = client.post("/plan/portfolio", files=short, data={"workloads": rows})
    assert (told.status_code, told.history) == (200, [])
    assert "2,000 workloads" in told.text


@pytest.mark.parametrize("word", ["csv", "xlsx"])
def test_a_file_is_read_and_given_back(client: Client, word: str) -> None:
    """A template that is sent is answered by the page, or by the file that the API would give."""
    sheet = client.get(f"/v1/portfolios/template.{word}").content
    sent = {"sheet": (f"any.{word}", sheet)}
    page = Page(client.post("/plan/portfolio", files=sent).text)
    kind = client.get(f"/v1/portfolios/template.{word}").headers["content-type"]
    headers = {"Content-Type": kind.partition(";")[0]}
    address = "/v1/portfolios/estimate"
    bill = client.post(f"{address}.json", content=sheet, headers=headers).json()
    assert bill["monthly_cost"] in page.numbers
    given = client.post("/plan/portfolio", files=sent, data={"download": "csv"})
    assert given.headers["content-disposition"] == 'attachment; filename="portfolio.csv"'
    assert given.content == client.post(f"{address}.csv", content=sheet, headers=headers).content


def test_faults_of_a_sheet_are_told(client: Client) -> None:
    """The page names the cells that the API names, and keeps the rows that were pasted."""
    rows = f"service,region,storage_gb,name\ns3,us-east-9,1,{HOSTILE}\n"
    told = client.get("/plan/portfolio", params={"workloads": rows})
    assert told.status_code == 422
    assert "column region (B2)" in told.text
    assert "<script>alert" not in told.text
    assert "us-east-9,1,&#34;&lt;script&gt;" in told.text


def test_of_a_file_and_a_text_the_first_counts(client: Client) -> None:
    """The file stands first on the page: what is pasted beside it is not read."""
    both = [("sheet", ("a.csv", ROWS.encode())), ("workloads", (None, "nothing"))]
    assert "2 workloads" in client.post("/plan/portfolio", files=both).text
    many = [(f"i{number}", (None, "x")) for number in range(60)]
    assert client.post("/plan/portfolio", files=many).status_code == 400


def test_what_is_no_form_is_refused(client: Client) -> None:
    """A body of another kind, a broken one and one beyond the limit are told apart."""
    plain = client.post("/plan/portfolio", content=b"x", headers={"Content-Type": "text/plain"})
    assert plain.status_code == 415
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    assert client.post("/plan/portfolio", content=b"broken", headers=kind).status_code == 400
    with TestClient(create_app(Settings(max_upload_mb=1))) as small:
        sent = {"sheet": ("a.csv", b"x" * 1_100_000)}
        assert small.post("/plan/portfolio", files=sent).status_code == 413
