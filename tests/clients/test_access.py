"""A service that asks who you are: tokens in the path for sheets, keys in headers for the rest."""

from collections.abc import Iterator

import pandas
import pytest
import requests

from tests.clients import programs
from tests.clients.programs import Office
from tests.clients.questions import WORKLOADS

KEY = "a-key-of-the-tests-0123456789abcdef"
TOKEN = "a-token-of-the-tests-0123456789abcdef"
QUESTION = f"/v1/kinesis/estimate.txt?{WORKLOADS['kinesis']}"


@pytest.fixture(scope="module")
def guarded(pages: str) -> Iterator[str]:
    """The base address of a service with a key and a token."""
    settings = {"CORS_ORIGINS": pages, "API_KEYS": KEY, "SHEET_TOKENS": TOKEN}
    with programs.service(**settings) as address:
        yield address


def test_a_cell_reads_by_a_token_in_the_path(office: Office, guarded: str) -> None:
    """WEBSERVICE, which sends no headers, reads with a token, and not without or with another."""
    addresses = [guarded, f"{guarded}/token/{TOKEN}", f"{guarded}/token/{TOKEN}x"]
    formulas = [f'=WEBSERVICE("{address}{QUESTION}")' for address in addresses]
    without, right, wrong = office.formulas(formulas, "en-US")
    assert (without["error"], wrong["error"]) == (519, 519)
    assert right["text"] == "69642E-3"


def test_a_template_keeps_its_token(office: Office, guarded: str, api: requests.Session) -> None:
    """A template fetched with a token is alive: its formulas ask with it."""
    path = office.folder / "template.xlsx"
    path.write_bytes(api.get(f"{guarded}/token/{TOKEN}/v1/kinesis/template.xlsx").content)
    sheets = office.opened(path, calculate=True)["calculated"].values()
    cells = [cell for sheet in sheets for cell in sheet["formulas"].values()]
    assert any("WEBSERVICE" in cell["formula"] for cell in cells)
    assert {cell["error"] for cell in cells} == {0}


def test_pandas_sends_a_key(guarded: str) -> None:
    """A header with the key reads a table."""
    address = f"{guarded}/v1/kinesis/estimate.csv?{WORKLOADS['kinesis']}"
    frame = pandas.read_csv(address, storage_options={"X-API-Key": KEY})
    assert frame["monthly_cost"].tolist() == [69.642]


def test_a_token_only_reads(guarded: str, api: requests.Session) -> None:
    """A token of a sheet gives no right to post."""
    said = api.post(f"{guarded}/token/{TOKEN}/v1/kinesis/estimates", json={"workloads": []})
    assert said.status_code in (401, 403, 404, 405)


def test_a_page_sends_a_key(guarded: str, pages: str) -> None:
    """A page of a configured origin reads with the key; without one it sees that it is refused."""
    address = guarded + QUESTION
    calls = [
        {"url": address, "headers": {"Authorization": f"Bearer {KEY}"}},
        {"url": address, "headers": {"X-API-Key": KEY}},
        {"url": address},
    ]
    told = programs.browser("fetch", f"{pages}/README.md", calls=calls)["outcome"]
    assert [one["status"] for one in told] == [200, 200, 401]
    assert told[2]["headers"]["content-type"] == "application/problem+json"
