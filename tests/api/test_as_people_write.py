"""Errors as people write: each message names the value to send, never how the service checks it."""

import io
import re
from typing import Any

import pytest
from litestar.testing import TestClient
from openpyxl import Workbook

from pricing.model import registry
from pricing.question import registry as questions
from service.requests import bodies
from service.settings import SettingError, Settings, from_environment

Client = TestClient[Any]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
S3 = {"region": "us-east-1", "storage_gb": 1}
WRITTEN = [
    ("storage_gb", "1TB", "; send 1024"),
    ("storage_gb", "500 GB", "; send 500"),
    ("storage_gb", "$52", "; send 52"),
    ("storage_gb", "512 mib", "; send 0.5"),
    ("storage_gb", "1M", "; send 0.0009765625 if it is in MB or 1000000 if it is in millions"),
    ("storage_gb", "1 000", "; send 1000"),
    ("storage_gb", "1'500 GB", "; send 1500"),
    ("storage_gb", "1/2", ""),
    ("storage_gb", "7 days", ""),
    ("storage_gb", "40%", ""),
    ("monthly_put_requests", "1M", "; send 1000000"),
    ("monthly_put_requests", "10k per month", "; send 10000"),
    ("monthly_put_requests", "2 billion", "; send 2000000000"),
    ("monthly_put_requests", "-1", ""),
    ("small_object_fraction", "40%", "; send 0.4"),
    ("small_object_fraction", "40", "; send 0.4"),
    ("small_object_fraction", "140%", ""),
    ("small_object_fraction", "1/2", ""),
    ("object_bytes", "128 KB", "; send 131072"),
    ("hours_per_month", "30 days", "; send 720"),
    ("price_date", "1/2/2026", "; send 2026-01-02 if it is in January or 2026-02-01 if it is in F"),
    ("price_date", "13/2/2026", "; send 2026-02-13"),
    ("price_date", "01.02.2026", "; send 2026-02-01"),
    ("price_date", "2026-01-01 00:00:00", "; send 2026-01-01"),
    ("price_date", "2026/1/2", "; send 2026-01-02"),
    ("price_date", "46023", "; send 2026-01-01"),
    ("price_date", "2026-13-01", ""),
    ("price_date", "soon", ""),
    ("region", "Frankfurt", "; did you mean eu-central-1?"),
    ("region", "US East (N. Virginia)", "; did you mean us-east-1?"),
    ("region", "EU (Ireland)", "; did you mean eu-west-1?"),
    ("region", "us-east1", "; did you mean us-east-1?"),
    ("region", "São Paulo", "; did you mean sa-east-1?"),
    ("region", "EUC1", "; did you mean eu-central-1?"),
    ("storage_class", "Glacier Instant Retrieval", "; did you mean GLACIER_IR?"),
    ("storage_class", "S3 Standard - Infrequent Access", "; did you mean STANDARD_IA?"),
    ("storage_class", "S3 One Zone-IA", "; did you mean ONEZONE_IA?"),
    ("storage_class", "glacier", "; did you mean GLACIER?"),
    ("storage_class", "Amazon S3", ""),
    ("replication_time_control", "yes", "; send true"),
    ("replication_time_control", "falsch", "; send false"),
    ("replication_time_control", "perhaps", ""),
]


def details(response: Any) -> list[str]:
    """Return what is wrong with a request."""
    assert response.status_code in (400, 422), response.text
    return [fault["detail"] for fault in response.json()["errors"]]


@pytest.mark.parametrize(("field", "text", "cure"), WRITTEN)
def test_what_people_write_is_told_what_to_send(
    client: Client, field: str, text: str, cure: str
) -> None:
    """A query, a body, a CSV and a workbook say the same; what cannot be read is not guessed."""
    row = S3 | {field: text}
    book, made = Workbook(), io.BytesIO()
    book.active.append(list(row))
    book.active.append(list(row.values()))
    book.save(made)
    sheet = ",".join(row) + "\n" + ",".join(map(str, row.values())) + "\n"
    address = "/v1/s3/estimates"
    for response in (
        client.get("/v1/s3/estimate", params=row),
        client.post(address, json={"workloads": [row]}),
        client.post(address, content=sheet, headers={"Content-Type": "text/csv"}),
        client.post(address, content=made.getvalue(), headers={"Content-Type": XLSX}),
    ):
        (detail,) = details(response)
        assert cure in detail
        assert cure or not re.search("; send [0-9tf]|did you mean", detail)


@pytest.mark.parametrize(
    ("field", "value", "cure"),
    [
        ("engine", "PostgreSQL", "postgres?"),
        ("engine", "SQL Server Standard Edition", "sqlserver-se?"),
        ("engine", "Oracle Enterprise Edition", "oracle-ee?"),
        ("deployment", "Multi-AZ DB cluster", "multi-az"),
        ("storage_type", "General Purpose SSD (gp3)", "gp3?"),
    ],
)
def test_names_of_aws_lead_to_its_words(client: Client, field: str, value: str, cure: str) -> None:
    """What AWS calls an engine, a deployment or a volume leads to the word that is sent."""
    asked = {"region": "us-east-1", "storage_gb": 1, field: value}
    (detail,) = details(client.get("/v1/rds/estimate", params=asked))
    assert f"; did you mean {cure}" in detail


def test_names_of_services_lead_to_their_keys(client: Client) -> None:
    """AWS's name of a service, short or long, leads to the key."""
    named = ["Amazon S3", "Amazon Simple Storage Service", "DynamoDB", "Kinesis Data Streams"]
    body = {"workloads": [{"service": name} for name in named]}
    found = details(client.post("/v1/portfolios/estimate", json=body))
    assert [re.findall("did you mean (.*)[?]", one) for one in found] == [
        ["s3"],
        ["s3"],
        ["dynamodb"],
        ["kinesis"],
    ]


ASKED = {
    "/v1/s3/projection": {"start": "2026-01"},
    "/v1/s3/comparison": {"vary": "storage_class"},
    "/v1/questions/relational": {},
}


@pytest.mark.parametrize(
    ("path", "field", "text", "said"),
    [
        (
            "/v1/s3/projection",
            "start",
            "2026-01-01",
            "text such as 2026-01; got '2026-01-01'; send 2026-01",
        ),
        ("/v1/s3/projection", "start", "01/2026", "send 2026-01"),
        ("/v1/s3/projection", "growth", "storage_gb:5%", "text such as storage_gb:rate:0.05"),
        ("/v1/s3/comparison", "vary", "storage_class:", "text such as region:us-east-1|eu-west-1"),
        ("/v1/s3/comparison", "sweep", "storage_gb", "text such as monthly_retrieved_gb:1:1000"),
        ("/v1/questions/relational", "sweep", "storage_gb", ":1:1000"),
    ],
)
def test_no_message_shows_a_regular_expression(
    client: Client, path: str, field: str, text: str, said: str
) -> None:
    """A text of its own grammar is told by an example, a day in place of a month by the month."""
    asked = S3 | ASKED[path] | {field: text}
    (detail,) = details(client.get(path, params=asked))
    assert said in detail
    assert "^" not in detail


def test_no_message_about_a_large_body_does_either(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the decoder says of the first fault of a large body is put into words."""
    monkeypatch.setattr(bodies, "DESCRIBED", 10)
    body = {"workload": S3, "start": "soon"}
    (detail,) = details(client.post("/v1/s3/projection", json=body))
    assert detail.startswith("Expected `str` of another form - at `$.start`; ")


@pytest.mark.parametrize("key", registry())
def test_a_list_that_is_cut_says_where_it_is_whole(client: Client, key: str) -> None:
    """The address in the message is one that answers with the words."""
    for path in (f"/v1/{key}/estimate", f"/v1/{key}/comparison?vary=region"):
        detail = next(
            one for one in details(client.get(path, params={"region": "x"})) if "more" in one
        )
        listed = re.findall(r"more, listed by GET (\S+);", detail)
        assert listed == [f"/v1/services/{key}"]
    assert client.get(listed[0]).status_code == 200


@pytest.mark.parametrize("key", questions())
def test_the_list_of_a_question_is_whole_too(client: Client, key: str) -> None:
    """The needs of a question name the route that lists their words."""
    found = details(client.get(f"/v1/questions/{key}", params={"region": "x"}))
    assert "more, listed by GET /v1/questions; got 'x'" in next(
        one for one in found if "more" in one
    )


def test_what_a_query_calls_growth_leads_to_the_member(client: Client) -> None:
    """The kinds of growth in a query are told by their names in a body."""
    grows = {"storage_gb": {"rate": 0.05, "step": 1, "ingest": 4}}
    body = {"workload": S3, "start": "2026-01", "growth": grows}
    found = details(client.post("/v1/s3/projection", json=body))
    assert found == [
        f"is not known; did you mean monthly_{kind}?" for kind in ("rate", "step", "ingest")
    ]


SECRET = ("api_keys", "sheet_tokens")
"""The settings whose value is not shown."""
TEXTS = ("host", "storecast_price_overlay")
"""The settings that are any text; what a folder holds is judged when it is read."""
SETTINGS = [name for name in Settings.__struct_fields__ if name not in TEXTS]


@pytest.mark.parametrize("name", SETTINGS)
def test_a_setting_is_named_as_the_operator_set_it(name: str) -> None:
    """The variable, what it must be and its value are named; keys and tokens are secret."""
    with pytest.raises(SettingError) as refused:
        from_environment({name.upper(): "wrong,,"})
    may_be, shown, value = str(refused.value).partition("; got ")
    assert re.fullmatch(f"{name.upper()} must be [a-zA-Z0-9 ,:/.?#*]+", may_be)
    assert value == ("'wrong,,'" if shown else "")
    assert bool(shown) is (name not in SECRET)
