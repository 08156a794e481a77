"""Answers as sheets: each format, each view, by suffix, parameter and header."""

import csv
import io
import xml.etree.ElementTree as ET
from datetime import date, datetime
from typing import Any

import msgspec
import pytest
from litestar.testing import TestClient
from msgspec import structs
from python_calamine import CalamineWorkbook

from pricing import engine
from pricing.model import Service, registry
from service.answers import comparisons, flat
from service.formats import table, writers
from service.formats.media import Dialect
from service.formats.numbers import locale_proof, plain
from service.formats.table import Table
from service.http.compression import plain_tag
from service.requests.presentation import Presentation

Client = TestClient[Any]
CLICKS = {"region": "us-east-1", "records_per_second": 1000, "record_bytes": 3000}
GET = "/v1/kinesis/estimate"
POST = "/v1/kinesis/estimates"
PLAINLY = {"Accept-Encoding": "identity"}
MEDIA_TYPES = {
    "json": "application/json",
    "msgpack": "application/msgpack",
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "xml": "application/xml",
    "txt": "text/plain; charset=utf-8",
}
EVERY = pytest.mark.parametrize("service", registry().values(), ids=registry())
ODD = Table(
    "odd",
    {
        "text": ["=1+1", "@x", '"a";\n', "\x01\ufffe<&", None],
        "number": [0.1 + 0.2, 1e21, -0.0, 3, None],
        "truth": [True, False, None, None, None],
        "day": [date(2026, 1, 2), None, None, None, None],
        "time": [datetime(2026, 1, 2, 3, 4, 5), None, None, None, None],
    },
)


def csv_records(text: str, **dialect: Any) -> list[dict[str, str]]:
    """Read a CSV as Python does."""
    return list(csv.DictReader(io.StringIO(text, newline=""), **dialect))


def first_sheet(content: bytes) -> list[list[Any]]:
    """Read the first sheet of a workbook."""
    return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()


def parameters_at_fault(response: Any) -> list[str]:
    """Name the parameters of a refusal that the contract does not foresee."""
    assert response.status_code in (400, 422), response.text
    return [fault["parameter"] for fault in response.json()["errors"]]


@pytest.mark.parametrize("word", MEDIA_TYPES)
@pytest.mark.parametrize(
    "address",
    [
        GET,
        "/v1/kinesis/comparison?vary=capacity_mode",
        "/v1/kinesis/projection?start=2026-01&months=2",
        "/v1/kinesis/prices",
        "/v1/kinesis/quotas",
    ],
)
def test_every_read_has_every_format(client: Client, address: str, word: str) -> None:
    """A suffix, a parameter and a header give the same bytes; HEAD names them too."""
    path, _, query = address.partition("?")
    asked = dict(pair.split("=") for pair in query.split("&") if pair)
    asked |= {} if path.endswith(("prices", "quotas")) else CLICKS
    if word == "txt":
        asked["field"] = {
            "estimate": "monthly_cost",
            "comparison": "cheapest.monthly_cost",
            "projection": "1.cumulative_cost",
            "prices": "prices.0.list_unit_price",
            "quotas": "quotas.shards_per_stream.limit",
        }[path.rpartition("/")[2]]
    by_suffix = client.get(f"{path}.{word}", params=asked)
    by_parameter = client.get(path, params=asked | {"format": word})
    accept = {"Accept": MEDIA_TYPES[word].partition(";")[0]}
    by_header = client.get(path, params=asked, headers=accept)
    assert by_suffix.status_code == 200, by_suffix.text
    assert by_suffix.headers["content-type"] == MEDIA_TYPES[word]
    assert by_suffix.content == by_parameter.content == by_header.content
    head = client.head(f"{path}.{word}", params=asked, headers=PLAINLY)
    assert (head.content, head.headers["content-length"]) == (b"", str(len(by_suffix.content)))
    assert plain_tag(by_suffix.headers["etag"]) == head.headers["etag"]


def test_posts_have_every_format(client: Client) -> None:
    """A batch and a portfolio come as sheets and records too, and in their order."""
    rows = [CLICKS | {"name": "a"}, CLICKS | {"name": "b", "region": "eu-west-1"}]
    answer = client.post(f"{POST}.csv", json={"workloads": rows})
    assert [row["name"] for row in csv_records(answer.text)] == ["a", "b"]
    lake = {"service": "s3", "region": "us-east-1", "storage_gb": 26112}
    mixed = [lake, CLICKS | {"service": "kinesis"}, lake]
    for view in ("workloads", "charges"):
        bill = client.post(f"/v1/portfolios/estimate?view={view}", json={"workloads": mixed})
        sheet = client.post(f"/v1/portfolios/estimate.xlsx?view={view}", json={"workloads": mixed})
        header, *cells = first_sheet(sheet.content)
        assert [list(record) for record in bill.json()] == [header] * len(cells)
    records = client.post("/v1/portfolios/estimate?view=workloads", json={"workloads": mixed})
    costs = [(one["service"], one["monthly_cost"]) for one in records.json()]
    assert costs == [("s3", 600.064), ("kinesis", 69.642), ("s3", 600.064)]


def test_a_text_is_one_bare_number(client: Client) -> None:
    """No line end, no unit; whole numbers as digits, others with an exponent unless told."""
    for field, proof, shown in (
        ("monthly_cost", b"69642E-3", b"69.6420"),
        ("capacity.shards", b"3", b"3"),
        ("charges.shard_hours.list_cost", b"3285E-2", b"32.85"),
        ("charges.extended_retention_storage.list_cost", b"0", b"0"),
        ("findings.shards_per_stream.utilization", b"15E-5", b"0.00015"),
    ):
        asked = CLICKS | {"field": field}
        assert client.get(f"{GET}.txt", params=asked).content == proof
        assert client.get(f"{GET}.txt", params=asked | {"num": "plain"}).content == shown


def test_the_lines_of_one_meter_are_one_figure(client: Client) -> None:
    """PUT requests here and those of replicas there add up, as they do in the sheet."""
    asked = {
        "region": "us-east-1",
        "storage_gb": 1,
        "monthly_put_requests": 1e6,
        "monthly_replicated_gb": 10,
        "replica_region": "eu-west-1",
    }
    nested = client.get("/v1/s3/estimate", params=asked).json()
    costs = [one["list_cost"] for one in nested["charges"] if "put_req" in one["sku_id"]]
    (record,) = client.get("/v1/s3/estimate", params=asked | {"view": "workloads"}).json()
    name = "charges.put_requests.list_cost"
    text = client.get("/v1/s3/estimate.txt", params=asked | {"field": name})
    assert len(costs) == 2
    assert record[name] == float(text.text) == round(sum(costs), 6)


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("capacty.shards", "did you mean capacity.shards"),
        ("region", "there are basis.hours_per_month"),
        ("complete", "there are basis.hours_per_month"),
        ("charges", "there are"),
        ("charges.shard_hours.list_cost.x", "did you mean charges.shard_hours.list_cost"),
    ],
)
def test_a_figure_that_is_not_there_is_named(client: Client, field: str, said: str) -> None:
    """422 with what was meant, or with what there is."""
    response = client.get(f"{GET}.txt", params=CLICKS | {"field": field})
    assert response.status_code == 422
    (fault,) = response.json()["errors"]
    assert (fault["parameter"], said in fault["detail"]) == ("field", True)


def test_a_figure_without_a_price_is_not_a_number(client: Client) -> None:
    """A cost that is not known is refused, not given as its lower bound."""
    rows = [{"region": "ap-south-2", "item_bytes": 1, "writes_per_second": 1}]
    body = {"workloads": [row | {"change_data_capture": True} for row in rows]}
    for field in ("monthly_cost", "charges.change_data_capture_units.list_cost"):
        address = f"/v1/dynamodb/estimates.txt?field=estimates.0.{field}"
        response = client.post(address, json=body)
        assert (response.status_code, response.json()["type"]) == (422, "/problems/unpriced")
    (record,) = client.post("/v1/dynamodb/estimates?view=workloads", json=body).json()
    assert record["charges.change_data_capture_units.list_cost"] is None
    assert record["unpriced"].startswith("change_data_capture_units: ")
    assert record["complete"] is False


@pytest.mark.parametrize("number", [0.0, -0.0, 1e-300, 1.7e308, 0.1 + 0.2, 123456789.125, -7.5])
def test_a_spelled_number_keeps_all_its_digits(number: float) -> None:
    """Both spellings read back as the same float, and neither shows three decimals."""
    assert float(locale_proof(number)) == float(plain(number)) == number
    assert "." not in locale_proof(number)
    assert len(plain(number).partition(".")[2]) != 3


def test_an_error_as_text_is_an_opt_in(client: Client) -> None:
    """`on_error=text` answers 200 and says what is wrong and where; without it the status does."""
    asked = {"region": "us-east-1", "record_bytes": 1, "on_error": "text"}
    shown = client.get(f"{GET}.txt", params=asked)
    assert (shown.status_code, shown.headers["content-type"]) == (200, MEDIA_TYPES["txt"])
    assert shown.text.startswith("#ERR 400 The request breaks the contract: records_per_second ")
    assert client.get(f"{GET}.txt", params=asked | {"on_error": "status"}).status_code == 400


@pytest.mark.parametrize(
    ("address", "accept", "said"),
    [
        ("/v1/kineses/estimate.txt", "*/*", "#ERR 404 There is nothing here: GET /v1/kineses/est"),
        ("/v1/kineses/estimate.txt", "*/*", "/v1/kineses/estimate.txt: Not Found."),
        ("/v1/kineses/estimate", "text/plain", "#ERR 404 There is nothing here"),
        (GET, "text/plain", "#ERR 400 The request breaks the contract: region is missing"),
        (f"{POST}.txt", "*/*", "#ERR 405 The route does not know this method"),
    ],
)
def test_every_error_may_be_text(client: Client, address: str, accept: str, said: str) -> None:
    """Unknown routes show in the cell too, also where the header chose the text."""
    shown = client.get(f"{address}?on_error=text", headers={"Accept": accept})
    assert (shown.status_code, shown.headers["content-type"]) == (200, MEDIA_TYPES["txt"])
    assert said in shown.text
    assert client.get(f"{address}?on_error=status", headers={"Accept": accept}).status_code >= 400
    nested = client.get(f"{address}?on_error=text", headers={"Accept": "application/json"})
    assert (nested.status_code == 200) == address.endswith(".txt")
    refused = client.get(f"{address}?on_error=text", headers={"Accept": "image/png"})
    assert (refused.status_code == 200) == address.endswith(".txt")


@EVERY
def test_columns_follow_from_the_service_alone(client: Client, service: Service) -> None:
    """Two unlike workloads have the same columns, each cost column one meter's lines."""
    rows = [service.example, service.workload(**_bare(service))]
    one, other = (flat.workloads(engine.estimate(service, [row])) for row in rows)
    assert list(one.columns) == list(other.columns)
    ((record,),) = table.records(one)
    costs = [value for name, value in record.items() if name.endswith(".list_cost")]
    assert record["monthly_cost"] == pytest.approx(sum(costs), abs=1e-6)


@EVERY
def test_no_field_is_called_as_what_sheets_need(service: Service) -> None:
    """A workload's fields are neither parameters of the answer nor columns of its own."""
    fields = {*service.workload.__struct_fields__, "service"}
    assert not fields & {field.encode_name for field in structs.fields(Presentation)}
    assert not fields & {*flat.TOTALS}


def _bare(service: Service) -> dict[str, Any]:
    """Return the example's values of the fields that have no default."""
    return {
        field.name: getattr(service.example, field.name)
        for field in structs.fields(service.workload)
        if field.required
    }


def test_the_worst_finding_is_the_worst(client: Client) -> None:
    """Exceeded goes before near, and then the higher utilisation."""
    asked = {"region": "us-east-1", "item_bytes": 500_000, "writes_per_second": 1}
    nested = client.get("/v1/dynamodb/estimate", params=asked).json()["findings"]
    asked |= {"view": "workloads"}
    (record,) = client.get("/v1/dynamodb/estimate", params=asked).json()
    exceeded = [one for one in nested if one["status"] == "exceeded"]
    worst = max(exceeded, key=lambda one: float(one["utilization"]))
    assert record["worst_finding"] == worst["rule"]
    assert record["worst_finding_status"] == "exceeded"
    assert record["worst_finding_utilization"] == worst["utilization"]


def test_charges_speak_focus(client: Client) -> None:
    """One row a line, in FOCUS's columns; what FOCUS does not have begins with x_."""
    asked = CLICKS | {"name": "clicks", "view": "charges"}
    first = client.get(GET, params=asked).json()[0]
    assert first["ServiceName"] == "Amazon Kinesis"
    assert (first["RegionId"], first["RegionName"]) == ("us-east-1", "US East (N. Virginia)")
    assert (first["SkuId"], first["ListCost"]) == ("kinesis.shard_hours", 32.85)
    assert (first["ConsumedQuantity"], first["ConsumedUnit"]) == (2190, "Hours")
    assert (first["x_Workload"], first["x_Name"], first["x_Status"]) == (0, "clicks", "priced")
    assert all(name[0].isupper() or name.startswith("x_") for name in first)


@pytest.mark.parametrize(
    ("asked", "service", "usage_type"),
    [
        (
            "/v1/rds/estimate?instance_class=db.m5.2xlarge&deployment=multi-az&storage_gb=100",
            "Amazon Relational Database Service",
            "Multi-AZUsage:db.m5.2xl",
        ),
        (
            "/v1/rds/estimate?instance_class=db.m6gd.large&deployment=multi-az-cluster&storage_gb=100",
            "Amazon Relational Database Service",
            "Multi-AZClusterUsage:db.m6gd.large",
        ),
        (
            "/v1/aurora/estimate?instance_class=db.r6g.large&storage_gb=10&storage_configuration=io-optimized",
            "Amazon Relational Database Service",
            "InstanceUsageIOOptimized:db.r6g.large",
        ),
        (
            "/v1/elasticache/estimate?node_type=cache.r7g.2xlarge&storage_gb=10",
            "Amazon ElastiCache",
            "NodeUsage:cache.r7g.2xlarge",
        ),
        (
            "/v1/redshift/estimate?node_type=ra3.4xlarge&storage_gb=10",
            "Amazon Redshift",
            "Node:ra3.4xlarge",
        ),
        (
            "/v1/msk/estimate?broker_class=kafka.m7g.large&records_per_second=1&record_bytes=1",
            "Amazon Managed Streaming for Apache Kafka",
            "USE1-Kafka.m7g.large",
        ),
        ("/v1/s3/estimate?storage_gb=100", "Amazon Simple Storage Service", "TimedStorage-ByteHrs"),
    ],
)
def test_charges_are_called_as_on_a_bill(
    client: Client, asked: str, service: str, usage_type: str
) -> None:
    """Service and usage type are those of AWS's exports, so that rows of both can be joined."""
    rows = client.get(f"{asked}&region=us-east-1&view=charges").json()
    assert (rows[0]["ServiceName"], rows[0]["x_UsageType"]) == (service, usage_type)


FOCUS_FOR_USAGE = {
    "BilledCost",
    "BillingCurrency",
    "BillingPeriodEnd",
    "BillingPeriodStart",
    "ChargeCategory",
    "ChargeClass",
    "ChargeDescription",
    "ChargePeriodEnd",
    "ChargePeriodStart",
    "ContractedCost",
    "EffectiveCost",
    "ListCost",
    "PricingQuantity",
    "PricingUnit",
    "ProviderName",
    "PublisherName",
    "ServiceCategory",
    "ServiceName",
}
"""What FOCUS 1.2 makes mandatory, but the account and the invoice, which an estimate has not."""
CATEGORIES = (
    "AI and Machine Learning",
    "Analytics",
    "Compute",
    "Databases",
    "Integration",
    "Networking",
    "Storage",
)
"""The service categories of FOCUS 1.2 that a data or storage service may be of."""


@EVERY
def test_charges_unite_with_a_bill(client: Client, service: Service) -> None:
    """What FOCUS makes mandatory is there; each cost is the list cost, in the month priced."""
    asked = {"workloads": [structs.replace(service.example, price_date=date(2030, 12, 31))]}
    body = msgspec.json.encode(asked)
    headers = {"Content-Type": "application/json"}
    rows = client.post(
        f"/v1/{service.key}/estimates?view=charges", content=body, headers=headers
    ).json()
    for row in rows:
        assert set(row) >= FOCUS_FOR_USAGE
        for kind in ("BilledCost", "ContractedCost", "EffectiveCost"):
            assert row[kind] == row["ListCost"]
        for period in ("ChargePeriod", "BillingPeriod"):
            assert row[f"{period}Start"] == "2030-12-01T00:00:00Z"
            assert row[f"{period}End"] == "2031-01-01T00:00:00Z"
        assert row["ServiceCategory"] in CATEGORIES
        assert row["ChargeDescription"].startswith(f"{row['SkuMeter']} in {row['RegionName']} at ")
    sheet = client.post(
        f"/v1/{service.key}/estimates.xlsx?view=charges", content=body, headers=headers
    )
    header, first, *_ = first_sheet(sheet.content)
    assert first[header.index("ChargePeriodEnd")] == date(2031, 1, 1)


def test_what_is_not_known_costs_nothing_in_no_column(client: Client) -> None:
    """A charge without a price has no cost of any kind, not one of zero."""
    row = {"region": "ap-south-2", "item_bytes": 1, "writes_per_second": 1}
    body = {"workloads": [row | {"change_data_capture": True}]}
    rows = client.post("/v1/dynamodb/estimates?view=charges", json=body).json()
    (unknown,) = (one for one in rows if one["x_Status"] == "unpriced")
    for name in ("BilledCost", "ContractedCost", "EffectiveCost", "ListCost"):
        assert unknown[name] is None
    assert unknown["ChargeDescription"].endswith("no price is known")


@EVERY
def test_the_columns_of_turns_follow_from_the_question(client: Client, service: Service) -> None:
    """A sweep that turns and one that does not have the same columns, those of the service."""
    example = client.get(f"/v1/services/{service.key}").json()["example"].partition("?")[2]
    field = service.loads[0]
    others = "&".join(part for part in example.split("&") if not part.startswith(f"{field}="))
    vary = "vary=region:us-east-1|us-west-1"
    address = f"/v1/{service.key}/comparison.csv?{others}&{field}=1&{vary}&view=turns"
    headers = [
        client.get(f"{address}{sweep}").text.partition("\r\n")[0]
        for sweep in ("", f"&sweep={field}:1:2:2", f"&sweep={field}:1:100:20:log")
    ]
    assert headers[0] == headers[1] == headers[2]
    for name in ("cheaper_below.region", "cheaper_above.region"):
        assert f'"{name}"' in headers[0]
    for name in comparisons.crossing_figures(service):
        assert f'"figures.{name}"' in headers[0]


def test_a_comparison_has_three_tables(client: Client) -> None:
    """Alternatives in their rank, the points of their curves, and the turns between them."""
    address = (
        "/v1/dynamodb/comparison.csv?region=us-east-1&item_bytes=1024&reads_per_second=100"
        "&writes_per_second=100&vary=table_class&sweep=storage_gb:1:10000:20:log"
    )
    ranked = csv_records(client.get(address).text)
    assert [one["table_class"] for one in ranked] == ["STANDARD", "STANDARD_INFREQUENT_ACCESS"]
    assert len(csv_records(client.get(f"{address}&view=curves").text)) == 40
    (turn,) = csv_records(client.get(f"{address}&view=turns").text)
    assert (turn["kind"], turn["cost_below"]) == ("break_even_points", "255.135")
    assert turn["cheaper_below.table_class"] == "STANDARD"
    assert turn["cheaper_above.table_class"] == "STANDARD_INFREQUENT_ACCESS"
    asked = CLICKS | {"vary": "capacity_mode", "view": "turns"}
    assert client.get("/v1/kinesis/comparison", params=asked).json() == []


def test_every_view_of_a_projection_is_not_one_table(client: Client) -> None:
    """Months have moments in a workbook; all views together are refused but in JSON."""
    asked = CLICKS | {"start": "2026-01", "months": 2}
    sheet = first_sheet(client.get("/v1/kinesis/projection.xlsx", params=asked).content)
    assert [row[0] for row in sheet] == ["time", date(2026, 1, 1), date(2026, 2, 1)]
    refused = client.get("/v1/kinesis/projection.csv", params=asked | {"view": "all"})
    assert parameters_at_fault(refused) == ["view"]


@pytest.mark.parametrize(
    ("suffix", "query", "places"),
    [
        (".csv", "format=json", ["format"]),
        (".csv", "field=monthly_cost&num=plain", ["field", "num"]),
        (".json", "sep=;&decimal=,&bom=1&header=0", ["header", "bom", "sep", "decimal"]),
        (".csv", "sep=,&decimal=,", ["sep"]),
        (".txt", "view=charges", ["view"]),
        (".csv", "on_error=text", ["on_error"]),
        ("", "format=pdf", ["format"]),
        ("", "view=curves", ["view"]),
        ("", "_=", ["cache_buster"]),
    ],
)
def test_what_would_be_swallowed_is_refused(
    client: Client, suffix: str, query: str, places: list[str]
) -> None:
    """A parameter without a meaning in the format is named, as are two formats at once."""
    asked = "&".join(f"{name}={value}" for name, value in CLICKS.items())
    assert parameters_at_fault(client.get(f"{GET}{suffix}?{asked}&{query}")) == places


def test_a_format_not_on_offer_is_a_406(client: Client) -> None:
    """A list of services is no table."""
    assert client.get("/v1/services.csv").status_code == 406
    assert client.get("/v1/services.json").json() == client.get("/v1/services").json()


def test_a_browser_gets_json(client: Client) -> None:
    """A browser, which names XML but not JSON, is shown the whole answer."""
    accept = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
    response = client.get(GET, params=CLICKS, headers={"Accept": accept})
    assert response.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("query", "recipe"),
    [
        ("price_date=46023", 'TEXT(A1;"yyyy-mm-dd")'),
        ("consumers=1,5", 'SUBSTITUTE(A1;",";".")'),
        ("record_bytes=1E+03", "ENCODEURL(A1)"),
    ],
)
def test_what_sheets_send_wrong_names_the_recipe(client: Client, query: str, recipe: str) -> None:
    """A date serial, a decimal comma and a bare plus are refused with the formula that mends it."""
    address = f"{GET}?region=us-east-1&records_per_second=1&{query}"
    response = client.get(address + ("" if "record_bytes" in query else "&record_bytes=1"))
    assert recipe in response.json()["errors"][0]["detail"]


@pytest.mark.parametrize(
    ("sent", "readings"),
    [
        ("1,000", ["send 1000 if commas mark thousands", "decimal send 1.000: a sheet"]),
        ("1,000.5", ["send 1000.5 if commas mark thousands"]),
        ("1,000,000", ["send 1000000 if commas mark thousands"]),
    ],
)
def test_a_comma_is_not_guessed(client: Client, sent: str, readings: list[str]) -> None:
    """What may be a thousand or one is refused with both readings, never with one of them."""
    asked = CLICKS | {"records_per_second": sent}
    detail = client.get(GET, params=asked).json()["errors"][0]["detail"]
    assert all(reading in detail for reading in readings)
    assert ("SUBSTITUTE" in detail) == (len(readings) == 2)


def test_a_wrong_choice_is_told_the_right_one(client: Client) -> None:
    """Case does not hide what was meant; of many choices some are named, and who lists the rest."""
    said = client.get(GET, params=CLICKS | {"region": "US-EAST-1"}).json()["errors"][0]["detail"]
    assert said.endswith("; got 'US-EAST-1'; did you mean us-east-1?")
    assert "and 24 more, listed by GET /v1/services/kinesis" in said
    assert len(said) < 400


def test_a_csv_quotes_text_leaves_numbers_bare_and_gaps_empty() -> None:
    """Formulas are neutralised, booleans are lower-case, days are ISO, lines end with CRLF."""
    lines = b"".join(writers.csv([ODD], Dialect())).decode().split("\r\n")
    assert lines[0] == '"text","number","truth","day","time"'
    assert lines[1] == '"\'=1+1",0.30000000000000004,"true","2026-01-02","2026-01-02T03:04:05Z"'
    assert lines[2] == '"\'@x",1e+21,"false",,'
    assert lines[3] == '"""a"";\n",-0.0,,,'
    assert lines[5:] == [",,,,", ""]


def test_a_csv_may_speak_another_dialect(client: Client) -> None:
    """Semicolons with decimal commas and a byte order mark for Excel; a decimal comma alone
    brings the semicolon; tabs and no header.
    """
    asked = CLICKS | {"decimal": ",", "bom": "1"}
    content = client.get(f"{GET}.csv", params=asked).content
    (record,) = csv_records(content.decode("utf-8-sig"), delimiter=";")
    assert (content[:3], record["monthly_cost"]) == (b"\xef\xbb\xbf", "69,642")
    tabbed = client.get(f"{GET}.csv", params=CLICKS | {"sep": "tab", "header": "0"}).text
    assert tabbed.split("\t")[2] == '"us-east-1"'


def test_a_workbook_keeps_types_and_digits() -> None:
    """All 17 digits, true days and moments, text that is no formula, gaps that are empty."""
    header, *rows = first_sheet(writers.workbook([ODD]))
    assert header == list(ODD.columns)
    assert rows[0] == ["=1+1", 0.1 + 0.2, True, date(2026, 1, 2), datetime(2026, 1, 2, 3, 4, 5)]
    assert rows[1][:3] == ["@x", 1e21, False]
    assert writers.workbook([ODD]) == writers.workbook([ODD])


def test_a_workbook_has_a_limit(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """What would not fit a sheet is refused, never cut off."""
    monkeypatch.setattr(writers, "MOST_CELLS", 40)
    refused = client.get(f"{GET}.xlsx", params=CLICKS | {"_": "limit"})
    assert parameters_at_fault(refused) == ["format"]
    assert "ask for csv" in refused.json()["detail"]


def test_xml_has_no_namespaces_and_no_gaps(client: Client) -> None:
    """sum(//…) is a number: what is missing has no element, and any text is well-formed."""
    root = ET.fromstring(b"".join(writers.xml([ODD])))
    assert [len(row) for row in root] == [5, 3, 2, 2, 0]
    assert root[3].findtext("text") == "\ufffd\ufffd<&"
    answer = client.get(f"{GET}.xml", params=CLICKS).content
    assert ET.fromstring(answer).findtext("row/monthly_cost") == "69.642"
    assert b"xmlns" not in answer


def test_part_of_an_answer_may_be_asked_for(client: Client) -> None:
    """Range gives 206 with the bytes, their place and the length; beyond the end is a 416."""
    whole = client.get(f"{GET}.csv", params=CLICKS, headers=PLAINLY)
    size, etag = len(whole.content), whole.headers["etag"]
    for asked, first, last in (("0-9", 0, 9), ("5-", 5, size - 1), ("-7", size - 7, size - 1)):
        part = client.get(f"{GET}.csv", params=CLICKS, headers={"Range": f"bytes={asked}"})
        assert (part.status_code, part.content) == (206, whole.content[first : last + 1])
        assert part.headers["content-range"] == f"bytes {first}-{last}/{size}"
    beyond = client.get(f"{GET}.csv", params=CLICKS, headers={"Range": f"bytes={size}-"})
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{size}")
    for more in ({"Range": "bytes=5-2"}, {"Range": "bytes=0-1,4-5"}, {"Range": "lines=1-2"}):
        assert client.get(f"{GET}.csv", params=CLICKS, headers=more).content == whole.content
    for tag, status in ((etag, 206), ('"other"', 200)):
        headers = {"Range": "bytes=0-1", "If-Range": tag}
        assert client.get(f"{GET}.csv", params=CLICKS, headers=headers).status_code == status
    head = client.head(f"{GET}.csv", params=CLICKS, headers={"Range": "bytes=0-1"})
    assert (head.status_code, head.headers["accept-ranges"]) == (200, "bytes")
