"""The README and the docs: every command runs as written, every link leads somewhere."""

import math
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from litestar.testing import TestClient

from docs import generate
from service.settings import Settings, from_environment
from tests.server import serving

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
LINKING = [*sorted(ROOT.glob("*.md")), *PAGES[1:], *sorted(ROOT.glob("openapi/**/*.md"))]
BLOCK = re.compile(
    r"^```console\n(\$ .*?)^```\n(?:[^`]*?^```(json|text)\n(.*?)^```)?", re.DOTALL | re.MULTILINE
)
LINK = re.compile(r"\]\(([^)\s]+)\)")
ASKING = [
    pytest.param(*found.groups(), id=f"{page.stem}-{number}")
    for page in PAGES
    for number, found in enumerate(BLOCK.finditer(page.read_text("utf-8")), 1)
    if "curl" in found[1]
]


def test_the_readme_is_read_in_two_minutes() -> None:
    """All else stands in the docs, to which it leads."""
    assert len(PAGES[0].read_text("utf-8").splitlines()) <= 150


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """The port of a service that runs as the README starts it."""
    with serving() as server:
        yield server.port


@pytest.mark.parametrize(("block", "kind", "shown"), ASKING)
def test_the_docs_show_what_the_service_answers(
    port: int, tmp_path: Path, block: str, kind: str | None, shown: str
) -> None:
    """Commands typed as they stand print the answer that is shown; JSON comes on many lines."""
    assert kind, "a command without its answer"
    script = block.removeprefix("$ ").replace("\n$ ", "\n").replace(":8000", f":{port}")
    ran = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ran.returncode == 0, ran.stderr
    if kind == "json":
        assert ran.stdout.count("\n") > 1, "the answer is on one line"
        assert holds(msgspec.json.decode(ran.stdout), msgspec.json.decode(shown)), ran.stdout
    else:
        assert ran.stdout.rstrip() == shown.rstrip()


def holds(answer: Any, shown: Any) -> bool:
    """Return whether an answer holds all that is shown of it; lists and objects may hold more."""
    if isinstance(shown, dict):
        return isinstance(answer, dict) and all(
            name in answer and holds(answer[name], part) for name, part in shown.items()
        )
    if isinstance(shown, list):
        return isinstance(answer, list) and all(
            any(holds(item, part) for item in answer) for part in shown
        )
    if isinstance(shown, float):
        return isinstance(answer, float) and math.isclose(answer, shown, rel_tol=1e-9)
    return type(answer) is type(shown) and bool(answer == shown)


def test_the_readme_takes_two_minutes() -> None:
    """The README has at most 130 lines beside its table of services, which grows with them."""
    text = (ROOT / "README.md").read_text("utf-8")
    before, _, rest = text.partition(generate.START)
    _, _, after = rest.partition(generate.END)
    assert len((before + after).splitlines()) <= 130


def test_what_is_generated_is_up_to_date(client: TestClient[Any]) -> None:
    """The table of services and the picture are what `make contract` would write."""
    for path, text in generate.written(lambda address: client.get(address).json()).items():
        assert path.read_text("utf-8") == text, f"{path.name} is stale; run make contract"


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    text = re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", LINKING, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """Each relative link names a file that exists and, after a #, one of its headings."""
    for link in LINK.findall(page.read_text("utf-8")):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_every_page_is_linked_from_the_readme() -> None:
    """The README leads to each page of the docs."""
    linked = LINK.findall((ROOT / "README.md").read_text("utf-8"))
    assert {f"docs/{page.name}" for page in PAGES[1:]} <= set(linked)


def test_every_route_of_the_docs_exists(client: TestClient[Any]) -> None:
    """The routes that the docs list are the contract's, and the other way round."""
    page = (ROOT / "docs" / "contract.md").read_text("utf-8")
    listed = set(re.findall(r"^(?:GET |POST) +(/\S+?)(?:\?\S*)? ", page, flags=re.MULTILINE))
    listed |= {"/readyz"}
    paths = client.get("/openapi.json").json()["paths"]
    keys = [one["key"] for one in client.get("/v1/services").json()["services"]]
    general = {re.sub(rf"/v1/({'|'.join(keys)})/", "/v1/{service}/", path) for path in paths}
    general = {re.sub(r"/v1/questions/[^/]+", "/v1/questions/{question}", path) for path in general}
    assert listed - {"/openapi.json"} == general


def test_every_setting_is_documented() -> None:
    """The page on operations lists each setting with its default, and no other."""
    page = (ROOT / "docs" / "operations.md").read_text("utf-8")
    listed = dict(re.findall(r"^\| `([A-Z_]+)` \| (\S+) \|", page, re.MULTILINE))
    assert listed.keys() == {name.upper() for name in Settings.__struct_fields__}
    given = {name: value for name, value in listed.items() if value != "empty"}
    assert from_environment(given) == Settings()
