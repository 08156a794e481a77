"""LibreOffice Calc, run without a window: it reads the service's answers as numbers."""

import re
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import requests

from tests.clients import questions
from tests.clients.programs import CSV, ROOT, XLSX, Office
from tests.clients.questions import TABLES, WORKLOADS

LOCALES = ("en-US", "de-DE", "fr-FR", "pt-BR")
FIELDS = {
    "dynamodb": ["monthly_cost", "charges.storage.list_cost"],
    "kinesis": ["monthly_cost", "capacity.shards", "charges.shard_hours.list_cost"],
    "rds": ["monthly_cost", "capacity.usable_iops"],
    "s3": ["monthly_cost"],
}
FORMULA_LIKE = ("=1+1", "+1", "-1", "@SUM(1)", '=WEBSERVICE("http://127.0.0.1:9/")')


def number(api: requests.Session, base: str, service: str, field: str) -> float:
    """Return a number of the nested JSON answer by the name that ``field=`` has for it."""
    answer = api.get(f"{base}/v1/{service}/estimate?{WORKLOADS[service]}").json()
    section, _, rest = field.partition(".")
    if section != "charges":
        return float(answer[section][rest] if rest else answer[section])
    meter = rest.removesuffix(".list_cost")
    return float(
        sum(
            line["list_cost"]
            for line in answer["charges"]
            if line["sku_id"].partition("/")[0] == f"{service}.{meter}"
        )
    )


@pytest.mark.parametrize("locale", LOCALES)
def test_the_locale_holds(office: Office, locale: str) -> None:
    """The office reads 1,5 as its locale does, so the other tests of locales prove something."""
    (shown,) = office.formulas(['=VALUE("1,5")'], locale)
    assert (shown["number"] == 1.5) == (locale != "en-US")


@pytest.mark.parametrize("locale", LOCALES)
def test_a_cell_shows_the_price(
    office: Office, base: str, api: requests.Session, locale: str
) -> None:
    """WEBSERVICE in a saved sheet gives one number, right with VALUE, NUMBERVALUE and FILTERXML."""
    asked = [(service, field) for service, fields in FIELDS.items() for field in fields]
    formulas = []
    for service, field in asked:
        address = f"{base}/v1/{service}/estimate.txt?{WORKLOADS[service]}&field={field}"
        xml = f"{base}/v1/{service}/estimate.xml?{WORKLOADS[service]}"
        formulas += [
            f'=VALUE(WEBSERVICE("{address}"))',
            f'=NUMBERVALUE(WEBSERVICE("{address}");".")',
            f'=NUMBERVALUE(WEBSERVICE("{address}&num=plain");".")',
            f'=FILTERXML(WEBSERVICE("{xml}");"sum(//{field})")',
        ]
    shown = [cell["number"] for cell in office.formulas(formulas, locale)]
    true = [number(api, base, service, field) for service, field in asked for _ in range(4)]
    assert shown == pytest.approx(true, rel=1e-15)


@pytest.mark.parametrize("locale", LOCALES)
def test_the_text_of_a_cell_is_bare(office: Office, base: str, locale: str) -> None:
    """WEBSERVICE alone shows digits and nothing about them: no newline, unit or three decimals."""
    address = f"{base}/v1/kinesis/estimate.txt?{WORKLOADS['kinesis']}"
    formulas = [f'=WEBSERVICE("{address}{more}")' for more in ("", "&num=plain")]
    proof, plain = (cell["text"] for cell in office.formulas(formulas, locale))
    assert (proof, plain) == ("69642E-3", "69.6420")


@pytest.mark.parametrize("locale", LOCALES)
def test_the_formulas_of_the_docs_work(office: Office, base: str, locale: str) -> None:
    """The formulas that the docs tell to write show the price of a number with decimals."""
    page = (ROOT / "docs" / "spreadsheets.md").read_text("utf-8")
    (block,) = re.findall(r"^```\n(=NUMBERVALUE.*?)```", page, re.MULTILINE | re.DOTALL)
    whole = block.replace("&…", "&records_per_second=1000.5&record_bytes=3000")
    formulas = re.findall(r"^=.*(?:\n +.*)*", whole, re.MULTILINE)
    spelled = ["".join(semicolons(formula).split("\n")) for formula in formulas]
    cells = {"B1": base, "A2": "us-east-1", "A3": "1000.5"}
    shown = office.formulas(spelled, locale, **cells)
    assert [cell["number"] for cell in shown] == pytest.approx([69.660396] * 2), shown


def semicolons(formula: str) -> str:
    """Separate a formula's arguments as Calc's own grammar does; text stays as it is."""
    parts = formula.split('"')
    parts[::2] = [part.replace(",", ";") for part in parts[::2]]
    return '"'.join(parts)


def test_an_argument_is_encoded(office: Office, base: str) -> None:
    """ENCODEURL and TEXT carry a name with blanks and a day into a question."""
    address = f"{base}/v1/kinesis/estimate.txt?{WORKLOADS['kinesis']}"
    day = 'TEXT(DATE(2026;1;2);"yyyy-mm-dd")'
    formula = f'=WEBSERVICE("{address}&name="&ENCODEURL("a b & c")&"&price_date="&{day})'
    (shown,) = office.formulas([formula], "en-US")
    assert shown["text"] == "69642E-3"


@pytest.mark.parametrize("locale", LOCALES)
def test_a_refused_cell_is_an_error_or_says_why(office: Office, base: str, locale: str) -> None:
    """A question that is wrong gives #VALUE!, which IFERROR catches; on_error=text gives words."""
    address = f"{base}/v1/kinesis/estimate.txt?region=nowhere"
    formulas = [
        f'=WEBSERVICE("{address}")',
        f'=IFERROR(WEBSERVICE("{address}&_=2");"none")',
        f'=WEBSERVICE("{address}&on_error=text")',
    ]
    bare, caught, said = office.formulas(formulas, locale)
    assert bare["error"] == 519
    assert caught["text"] == "none"
    assert said["error"] == 0
    assert said["text"].startswith("#ERR ")
    assert "region" in said["text"]


def linked(office: Office, address: str, locale: str, kind: str = CSV) -> dict[str, Any]:
    """Link a sheet to an address, as Sheet > External Links does.

    The options: comma, quote, UTF-8, from the first line on, as in en-US, quoted cells are text.
    """
    options = "44,34,76,1,,1033,true" if kind == CSV else ""
    return dict(office.do("link", locale, url=address, filter=kind, options=options))


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("table", TABLES, ids=questions.name)
def test_a_linked_csv_reads_right(
    office: Office,
    base: str,
    api: requests.Session,
    locale: str,
    table: tuple[str, str, str, str],
) -> None:
    """Every table, linked as CSV, holds the numbers and texts of the JSON answer in each locale."""
    header, *rows = linked(office, questions.asked(base, table, ".csv"), locale)["rows"]
    true = questions.records(api, base, table)
    assert questions.differences(header, rows, true) == []


@pytest.mark.parametrize("locale", ["en-US", "de-DE"])
@pytest.mark.parametrize("kind", [CSV, XLSX])
@pytest.mark.parametrize("name", FORMULA_LIKE)
def test_text_is_never_run(office: Office, base: str, locale: str, kind: str, name: str) -> None:
    """A name that starts like a formula comes as text, in a linked CSV and in a linked XLSX."""
    suffix = "csv" if kind == CSV else "xlsx"
    question = requests.compat.urlencode({"name": name})
    address = f"{base}/v1/kinesis/estimate.{suffix}?{WORKLOADS['kinesis']}&{question}"
    table = linked(office, address, locale, kind)
    header, row = table["rows"]
    assert {cell["formula"] for cell in table["formulas"].values()} <= {"=TRUE()", "=FALSE()"}
    assert row[header.index("name")] == (f"'{name}" if kind == CSV else name)


@pytest.mark.parametrize("locale", ["en-US", "de-DE"])
@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_an_address_opens_as_a_file(
    office: Office, base: str, api: requests.Session, locale: str, suffix: str
) -> None:
    """File > Open takes an address that ends in .csv or .xlsx before its question."""
    options = {"FilterName": XLSX}
    if suffix == ".csv":
        options = {"FilterName": CSV, "FilterOptions": "44,34,76,1,,1033,true"}
    address = questions.asked(base, TABLES[0], suffix)
    told = office.do("read", locale, url=address, options=options)["opened"]
    sheet, *summary = told.values()
    assert len(summary) == (suffix == ".xlsx")
    header, *rows = sheet["rows"]
    assert questions.differences(header, rows, questions.records(api, base, TABLES[0])) == []


def saved(api: requests.Session, address: str, folder: Path) -> Path:
    """Save an answer as a file in the folder that the office trusts."""
    said = api.get(address)
    assert said.status_code == 200, said.text
    path = folder / "answer.xlsx"
    path.write_bytes(said.content)
    return path


def cached(path: Path) -> dict[str, Any]:
    """Read the values that a workbook keeps, by sheet, without calculating any."""
    book = openpyxl.load_workbook(path, data_only=True)
    return {sheet.title: [list(row) for row in sheet.iter_rows(values_only=True)] for sheet in book}


@pytest.mark.parametrize("locale", ["en-US", "de-DE"])
@pytest.mark.parametrize("table", TABLES, ids=questions.name)
def test_a_workbook_opens_with_the_same_values(
    office: Office,
    base: str,
    api: requests.Session,
    locale: str,
    table: tuple[str, str, str, str],
) -> None:
    """An answer as XLSX, calculated anew, holds the numbers, days and texts of the JSON answer.

    So does the summary of workloads.
    """
    path = saved(api, questions.asked(base, table, ".xlsx"), office.folder)
    told = office.opened(path, locale=locale, calculate=True)["calculated"]
    kept = cached(path)
    service, route, view, question = table
    views = [table, (service, route, "totals", question)] if view == "workloads" else [table]
    for name, shown in zip(told, views, strict=True):
        for header, *rows in (told[name]["rows"], kept[name]):
            assert questions.differences(header, rows, questions.records(api, base, shown)) == []


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("service", WORKLOADS)
def test_a_template_is_alive(
    office: Office, base: str, api: requests.Session, locale: str, service: str
) -> None:
    """Every formula of a template, calculated anew, gives the value that the file came with."""
    path = saved(api, f"{base}/v1/{service}/template.xlsx", office.folder)
    told = office.opened(path, locale=locale, calculate=True)["calculated"]
    kept = openpyxl.load_workbook(path, data_only=True)
    formulas = {
        (name, place): cell for name in told for place, cell in told[name]["formulas"].items()
    }
    assert any("WEBSERVICE" in cell["formula"] for cell in formulas.values())
    for (name, place), cell in formulas.items():
        shown = cell["text"] if cell["number"] is None else cell["number"]
        assert cell["error"] == 0, (name, place, cell)
        assert questions.same(shown, kept[name][place].value), (name, place, cell)


@pytest.mark.parametrize("locale", LOCALES)
def test_an_empty_input_is_its_default(
    office: Office, base: str, api: requests.Session, locale: str
) -> None:
    """An input of a template that was emptied is left out of the query, so its default counts."""
    path = saved(api, f"{base}/v1/dynamodb/template.xlsx", office.folder)
    book = openpyxl.load_workbook(path)
    cells = {row[0].value: row[1] for row in book["formulas"].iter_rows()}
    cells["reads_per_second"].value = None
    book.save(path)
    told = office.opened(path, locale=locale, calculate=True)["calculated"]["formulas"]["formulas"]
    query, cost = (told[cells[name].coordinate] for name in ("Query", "monthly_cost"))
    assert "reads_per_second" not in query["text"]
    assert (
        cost["number"]
        == api.get(f"{base}/v1/dynamodb/estimate{query['text']}").json()["monthly_cost"]
    )


@pytest.mark.parametrize("service", WORKLOADS)
def test_a_template_explains_itself(
    office: Office, base: str, api: requests.Session, service: str
) -> None:
    """Each column of a template has a note, and a chart stands in the workbook."""
    path = saved(api, f"{base}/v1/{service}/template.xlsx", office.folder)
    sheets = list(office.opened(path)["opened"].values())
    header, *_ = sheets[0]["rows"]
    assert len(sheets[0]["notes"]) >= len(header)
    assert [chart for sheet in sheets for chart in sheet["charts"]].count(True) >= 1
