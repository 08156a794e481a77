"""Sheets to fill in: their notes, what they take, their formulas and their chart."""

import io
from typing import Any

import pytest
from litestar.testing import TestClient
from openpyxl import load_workbook

from pricing.model import registry
from service.app import create_app
from service.formats import writers
from service.http.delivery import UNKNOWN
from service.settings import Settings

Client = TestClient[Any]
PORTFOLIO = "/v1/portfolios"
KEYS = pytest.mark.parametrize("key", registry())


def workbook(client: Client, key: str, *, values: bool = False) -> Any:
    """Open the workbook of a service: its formulas, or the values that they have."""
    content = client.get(f"/v1/{key}/template.xlsx").content
    return load_workbook(io.BytesIO(content), data_only=values)


@KEYS
@pytest.mark.parametrize("word", ["csv", "xlsx"])
def test_a_template_can_be_sent_as_it_is(client: Client, key: str, word: str) -> None:
    """The example row costs what the service's example costs, whichever the format."""
    template = client.get(f"/v1/{key}/template.{word}")
    assert template.content == client.get(f"/v1/{key}/template?format={word}").content
    headers = {"Content-Type": template.headers["content-type"]}
    answer = client.post(
        f"/v1/{key}/estimates.json", content=template.content, headers=headers
    ).json()
    service = client.get(f"/v1/services/{key}").json()
    expected = client.get(service["example"]).json()
    assert answer["estimates"] == [expected]


@KEYS
def test_the_header_says_what_each_column_takes(client: Client, key: str) -> None:
    """A note has the meaning, the unit, the bounds and the default; lists hold every word."""
    book = workbook(client, key)
    sheet = book["workloads"]
    fields = client.get(f"/v1/services/{key}").json()["fields"]
    rules = {
        next(iter(rule.sqref.ranges)).min_col: rule
        for rule in sheet.data_validations.dataValidation
    }
    columns = {cell.value: cell.column for cell in sheet[1]}
    assert columns.keys() == {field["name"] for field in fields}
    for field in fields:
        column = columns[field["name"]]
        cell = sheet.cell(1, column)
        assert cell.comment.text.startswith(field["meaning"])
        assert ("Required" in cell.comment.text) == field["required"]
        assert field.get("unit", "") in cell.comment.text
        rule = rules[column]
        if field["type"] == "number":
            bounds = (float(rule.formula1), float(rule.formula2))
            assert bounds == (field["minimum"], field["maximum"])
        if choices := [word for word in field.get("choices", ()) if word]:
            listed = book[rule.formula1.partition("!")[0].lstrip("=")]
            cells = listed[rule.formula1.partition("!")[2].replace("$", "")]
            flat = cells if isinstance(cells, tuple) else ((cells,),)
            assert [row[0].value for row in flat] == choices
    assert book["choices"].sheet_state == "hidden"


@KEYS
def test_formulas_hold_what_the_service_answers(client: Client, key: str) -> None:
    """Each formula asks the base address, and its value is the answer to its query."""
    formulas, values = (workbook(client, key, values=shown)["formulas"] for shown in (False, True))
    cells = {row[0].value: (row[1].value, row[1].coordinate) for row in formulas.iter_rows()}
    assert cells["Base address"] == (UNKNOWN, "B3")
    assert cells["Query"][0].startswith('="?"&IF(B6="","",')
    query = values[cells["Query"][1]].value
    asked = [name for name, (shown, _) in cells.items() if "WEBSERVICE" in str(shown)]
    assert "monthly_cost" in asked
    for field in asked:
        formula, place = cells[field]
        assert formula.startswith("=_xlfn.NUMBERVALUE(_xlfn.WEBSERVICE($B$3&")
        assert f'"/v1/{key}/estimate.txt"' in formula
        answer = client.get(f"/v1/{key}/estimate.txt{query}field={field}")
        assert float(answer.text) == values[place].value


@KEYS
def test_a_projection_is_drawn(client: Client, key: str) -> None:
    """The example grows over two years, and a chart shows what it costs."""
    sheet = workbook(client, key)["months"]
    assert sheet.max_row == 25
    (chart,) = sheet._charts
    assert chart.series[0].val.numRef.f == "months!$C$2:$C$25"
    assert sheet["C1"].value == "monthly_cost"
    assert sheet["C25"].value > sheet["C2"].value > 0
    said = next(cell.value for cell in reversed(sheet[1]) if cell.value)
    assert said.startswith("The example of the first sheet over 24 months, ")


@KEYS
def test_what_is_required_stands_first_and_in_colour(client: Client, key: str) -> None:
    """The labels come first, then each required column, then the rest as the service lists them."""
    fields = client.get(f"/v1/services/{key}").json()["fields"]
    labels = ["name", "group", "region"]
    required = [one["name"] for one in fields if one["required"] and one["name"] not in labels]
    others = [one["name"] for one in fields if not one["required"] and one["name"] not in labels]
    header = workbook(client, key)["workloads"][1]
    assert [cell.value for cell in header] == labels + required + others
    fills = [f"#{cell.fill.fgColor.rgb[2:].lower()}" for cell in header]
    coloured = [*["label"] * 2, *["required"] * (1 + len(required)), *["input"] * len(others)]
    assert fills == [writers.FILLS[section] for section in coloured]


def test_a_portfolio_has_a_template(client: Client) -> None:
    """A row for each service asked for, with their columns only; sent as it is, it is priced."""
    for word in ("csv", "xlsx"):
        template = client.get(f"{PORTFOLIO}/template.{word}?services=s3,kinesis")
        headers = {"Content-Type": template.headers["content-type"]}
        answer = client.post(
            f"{PORTFOLIO}/estimate.json", content=template.content, headers=headers
        ).json()
        costs = []
        for key, estimate in zip(("s3", "kinesis"), answer["estimates"], strict=True):
            example = client.get(client.get(f"/v1/services/{key}").json()["example"]).json()
            costs.append(example["monthly_cost"])
            assert (estimate["service"], estimate["monthly_cost"]) == (key, costs[-1])
        assert answer["monthly_cost"] == pytest.approx(sum(costs))
    sheet = load_workbook(io.BytesIO(template.content))["workloads"]
    names = {cell.value: cell for cell in sheet[1]}
    assert list(names)[:4] == ["service", "name", "group", "region"]
    fields = {
        field["name"]
        for key in ("s3", "kinesis")
        for field in client.get(f"/v1/services/{key}").json()["fields"]
    }
    assert names.keys() == fields | {"service"}
    shaded = {
        next(iter(one.sqref.ranges)).min_col: one.rules[0].formula[0]
        for one in sheet.conditional_formatting
    }
    assert shaded[names["records_per_second"].column] == 'AND($A2<>"",$A2<>"kinesis")'
    assert names["region"].column not in shaded


def test_a_template_of_every_service_can_be_sent(client: Client) -> None:
    """The example of every service, in one sheet, is one bill; so is its answer, sent again."""
    template = client.get(f"{PORTFOLIO}/template")
    headers = {"Content-Type": "text/csv"}
    once = client.post(f"{PORTFOLIO}/estimate", content=template.content, headers=headers)
    assert once.status_code == 200, once.text
    again = client.post(f"{PORTFOLIO}/estimate", content=once.content, headers=headers)
    assert again.content == once.content


def test_a_template_of_an_unknown_service_is_refused(client: Client) -> None:
    """A service that is not known is named, with what was meant or what covers it."""
    refused = client.get(f"{PORTFOLIO}/template?services=s3,kinesys,efs")
    assert refused.status_code == 422
    details = [fault["detail"] for fault in refused.json()["errors"]]
    assert "did you mean kinesis?" in details[0]
    assert "Amazon Elastic File System" in details[1]


def test_a_template_speaks_the_dialect_asked_for(client: Client) -> None:
    """A CSV for a locale with decimal commas; a format that is no sheet is a 406."""
    content = client.get("/v1/kinesis/template.csv?sep=;&bom=1").content
    assert content.startswith(b'\xef\xbb\xbf"name";"group";"region"')
    assert client.get("/v1/kinesis/template.json").status_code == 406


@pytest.mark.parametrize(
    ("public_url", "host", "asked"),
    [
        ("", "localhost:8000", "http://localhost:8000"),
        ("", "127.0.0.1", "http://127.0.0.1"),
        ("", "[::1]:80", "http://[::1]:80"),
        ("", "prices.internal:8080", "http://prices.internal:8080"),
        ("", "evil.example", UNKNOWN),
        ("", "localhost.evil.example:80", UNKNOWN),
        ("https://costs.example/aws", "evil.example", "https://costs.example/aws"),
        ("https://costs.example/aws", "localhost", "https://costs.example/aws"),
    ],
)
def test_no_other_address_is_asked(public_url: str, host: str, asked: str) -> None:
    """Beside a token stands the operator's address, or one that is sure to be the service's own."""
    settings = Settings(host="prices.internal", public_url=public_url, sheet_tokens=("t1",))
    assert asked_by_formulas(settings, host) == f"{asked}/token/t1"


def test_the_own_address_may_be_one_of_ipv6() -> None:
    """Where the service listens on an address of IPv6, a request names it in brackets."""
    settings = Settings(host="fd00::5", sheet_tokens=("t1",))
    assert asked_by_formulas(settings, "[fd00::5]:80") == "http://[fd00::5]:80/token/t1"


def asked_by_formulas(settings: Settings, host: str) -> Any:
    """Return the address that the formulas of a template ask, which was fetched with a token."""
    with TestClient(create_app(settings)) as client:
        path = "/token/t1/v1/kinesis/template.xlsx"
        client.head(path)
        content = client.get(path, headers={"Host": host}).content
    return load_workbook(io.BytesIO(content))["formulas"]["B3"].value
