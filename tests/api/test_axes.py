"""Portfolios, comparisons and projections over HTTP."""

import csv
from io import StringIO
from typing import Any

import pytest
from litestar.testing import TestClient

Client = TestClient[Any]
CLICKS = {"region": "us-east-1", "records_per_second": 1000, "record_bytes": 3000}
LAKE = {"service": "s3", "region": "us-east-1", "storage_gb": 26112, "group": "lake"}
ORDERS = {"region": "us-east-1", "item_bytes": 1024, "writes_per_second": 100}


def errors(response: Any) -> list[tuple[str, str]]:
    """Return place and detail of each violation of a refused request."""
    assert response.status_code in (400, 422), response.text
    return [
        (error.get("pointer", error.get("parameter", "")), error["detail"])
        for error in response.json()["errors"]
    ]


def test_a_portfolio_has_totals_shares_and_gaps(client: Client) -> None:
    """Totals by service, Region and group; each estimate; and what has no price."""
    gap = {"service": "dynamodb", "region": "ap-south-2", "item_bytes": 1, "writes_per_second": 1}
    rows = [LAKE, LAKE, CLICKS | {"service": "kinesis"}, gap | {"change_data_capture": True}]
    answer = client.post("/v1/portfolios/estimate", json={"workloads": rows}).json()
    assert answer["complete"] is False
    assert [one["workload"] for one in answer["unpriced"]] == [3]
    totals = {one["key"]: one for one in answer["by_service"]}
    assert totals["s3"] == {
        "key": "s3",
        "workloads": 2,
        "monthly_cost": 1200.128,
        "complete": True,
    }
    assert {one["key"] for one in answer["by_group"]} == {"", "lake"}
    assert {one["key"] for one in answer["by_region"]} == {"us-east-1", "ap-south-2"}
    assert [one["service"] for one in answer["estimates"]] == ["s3", "s3", "kinesis", "dynamodb"]


def test_the_free_tier_is_taken_only_when_asked_for(client: Client) -> None:
    """25 GB of DynamoDB are free for the account, and the line shows what of it is priced."""
    row = {"service": "dynamodb", "region": "us-east-1", "item_bytes": 1, "storage_gb": 20}
    for free, cost, priced in ((False, 10.0, 20), (True, 3.75, 7.5)):
        body = {"workloads": [row, row], "free_tier": free}
        answer = client.post("/v1/portfolios/estimate", json=body).json()
        assert (answer["monthly_cost"], answer["free_tier"]) == (cost, free)
        (line,) = answer["estimates"][0]["charges"]
        assert (line["consumed_quantity"], line["pricing_quantity"]) == (20, priced)


def test_a_portfolio_names_every_fault(client: Client) -> None:
    """A missing or wrong service, wrong fields of the right one, and things that are no object."""
    rows: list[Any] = [{"service": "s4"}, {}, LAKE | {"storage_gb": "1"}, 5, {"service": []}]
    assert [
        place
        for place, _ in errors(client.post("/v1/portfolios/estimate", json={"workloads": rows}))
    ] == [
        "/workloads/0/service",
        "/workloads/1/service",
        "/workloads/2/storage_gb",
        "/workloads/3",
        "/workloads/4/service",
    ]


def test_an_early_day_in_a_portfolio_is_named_by_its_row(client: Client) -> None:
    """The pointer counts over all services."""
    early = CLICKS | {"service": "kinesis", "price_date": "2020-01-01"}
    response = client.post("/v1/portfolios/estimate", json={"workloads": [LAKE, early]})
    assert [place for place, _ in errors(response)] == ["/workloads/1/price_date"]


def test_alternatives_come_ranked(client: Client) -> None:
    """Feasible by cost, then infeasible with what rules them out, then those not sold."""
    asked: dict[str, Any] = {
        "region": "us-east-1",
        "storage_gb": 1000,
        "instance_class": "db.r6g.large",
        "required_memory_gib": 60,
        "vary": "instance_class",
    }
    answer = client.get("/v1/rds/comparison", params=asked).json()
    ranked = answer["alternatives"]
    assert [one["rank"] for one in ranked] == list(range(1, len(ranked) + 1))
    states = [one["status"] for one in ranked]
    assert states == sorted(states, key=["feasible", "infeasible", "unpriced"].index)
    assert answer["cheapest"] == ranked[0]
    assert ranked[0]["difference_to_cheapest"] == 0
    feasible = [one["monthly_cost"] for one in ranked if one["status"] == "feasible"]
    assert feasible == sorted(feasible)
    assert all(
        "required_memory" in one["ruled_out_by"] for one in ranked if one["status"] == "infeasible"
    )
    assert all(
        one["unpriced"] and one["monthly_cost"] is None
        for one in ranked
        if one["status"] == "unpriced"
    )
    assert answer["baseline"]["choices"] == {"instance_class": "db.r6g.large"}
    assert answer["baseline"]["status"] == "infeasible"


def test_alternatives_say_what_needs_attention(client: Client) -> None:
    """An archive is the cheapest class of a bucket that is read, and says that reads wait."""
    asked = {"region": "us-east-1", "storage_gb": 1000, "monthly_get_requests": 100_000}
    asked |= {"vary": "storage_class:DEEP_ARCHIVE|STANDARD|ONEZONE_IA"}
    answer = client.get("/v1/s3/comparison", params=asked).json()
    told = {one["choices"]["storage_class"]: one["attention"] for one in answer["alternatives"]}
    assert told == {
        "DEEP_ARCHIVE": ["restore_before_reading", "retrieval_left_out"],
        "ONEZONE_IA": ["one_zone", "retrieval_left_out"],
        "STANDARD": [],
    }
    assert answer["cheapest"]["attention"] == told["DEEP_ARCHIVE"]
    sheet = client.get("/v1/s3/comparison.csv", params=asked).text
    first = next(csv.DictReader(StringIO(sheet)))
    assert first["attention"] == "restore_before_reading; retrieval_left_out"


def test_the_example_of_s3_pays_for_what_it_reads(client: Client) -> None:
    """Retrieval stands in the example, so that no class wins because it is left out."""
    example = client.get("/v1/services/s3").json()["example"].replace("estimate", "comparison")
    answer = client.get(f"{example}&vary=storage_class").json()
    told = [one["attention"] for one in answer["alternatives"]]
    assert "restore_before_reading" in told[0]
    assert all("retrieval_left_out" not in one for one in told)


@pytest.mark.parametrize(
    ("asked", "cheapest", "told"),
    [
        (
            "s3/comparison?storage_gb=10&monthly_put_requests=1e8&object_bytes=1e6"
            "&vary=storage_class:STANDARD|EXPRESS_ONEZONE",
            "EXPRESS_ONEZONE",
            "uploads_left_out",
        ),
        (
            "elasticache/comparison?storage_gb=0.5&node_type=cache.r7g.large&vary=capacity_mode",
            "serverless",
            "load_not_given",
        ),
        (
            "aurora/comparison?storage_gb=800&instance_class=db.r6g.large"
            "&vary=storage_configuration",
            "standard",
            "io_left_out",
        ),
        (
            "documentdb/comparison?storage_gb=800&instance_class=db.r6g.large"
            "&vary=storage_configuration",
            "standard",
            "io_left_out",
        ),
        (
            "neptune/comparison?storage_gb=800&instance_class=db.r6g.large"
            "&vary=storage_configuration",
            "standard",
            "io_left_out",
        ),
        (
            "dax/comparison?node_type=dax.r5.large&reads_per_second=1e5&writes_per_second=200"
            "&item_bytes=1000&vary=write_mode",
            "write-around",
            "write_around",
        ),
        ("redshift/comparison?storage_gb=2000&vary=deployment", "single-az", "one_zone"),
        (
            "opensearch/comparison?source_gb_per_day=10&vary=availability_zones:1|2",
            1.0,
            "one_zone",
        ),
        (
            "dynamodb/comparison?item_bytes=1000&reads_per_second=1000&vary=capacity_mode",
            "provisioned",
            "no_headroom",
        ),
    ],
)
def test_the_cheapest_says_what_it_does_not_pay_for(
    client: Client, asked: str, cheapest: str | float, told: str
) -> None:
    """What wins because the request names no load for it, or because it does less, says so."""
    answer = client.get(f"/v1/{asked}&region=us-east-1").json()
    first = answer["alternatives"][0]
    assert [*first["choices"].values()] == [cheapest]
    assert told in first["attention"]
    assert all(told not in one["attention"] for one in answer["alternatives"][1:])


def test_get_and_post_compare_alike(client: Client) -> None:
    """The query string is another spelling of the body."""
    query = "vary=capacity_mode,region:us-east-1|eu-west-1&sweep=storage_gb:0:1000:11"
    body = {
        "workload": ORDERS,
        "vary": {"capacity_mode": "*", "region": ["us-east-1", "eu-west-1"]},
        "sweep": {"field": "storage_gb", "start": 0, "stop": 1000, "points": 11},
    }
    address = "/v1/dynamodb/comparison"
    given = "&".join(f"{name}={value}" for name, value in ORDERS.items())
    got = client.get(f"{address}?{given}&{query}")
    assert got.json() == client.post(address, json=body).json()


def test_where_modes_cross_the_utilisation_is_told(client: Client) -> None:
    """On-demand against provisioned along the peak: one step, with what is used of it."""
    query = "vary=capacity_mode&sweep=peak_to_mean:1:10:30"
    given = "&".join(f"{name}={value}" for name, value in ORDERS.items())
    sweep = client.get(f"/v1/dynamodb/comparison?{given}&{query}").json()["sweep"]
    (turn,) = sweep["break_even_points"] + sweep["steps"]
    assert turn["figures"]["write_utilization"] == pytest.approx(
        100 * 0.00065 / 0.000625 / 360, rel=0.01
    )


@pytest.mark.parametrize(
    ("change", "places"),
    [
        ({"vary": {}}, ["/vary"]),
        ({"vary": {"capacity_mod": "*"}}, ["/vary/capacity_mod"]),
        ({"vary": {"capacity_mode": ["x"]}}, ["/vary/capacity_mode/0"]),
        ({"vary": {"consumers": []}}, ["/vary/consumers"]),
        ({"vary": {"capacity_mode": "every"}}, ["/vary/capacity_mode"]),
        ({"vary": {"region": "*", "consumers": list(range(300))}}, ["/vary"]),
        ({"sweep": {"field": "region", "start": 1, "stop": 2}}, ["/sweep/field"]),
        ({"sweep": {"field": "consumers", "start": 2, "stop": 1}}, ["/sweep/stop"]),
        (
            {"sweep": {"field": "peak_to_mean", "start": 0, "stop": 1e9, "scale": "log"}},
            ["/sweep/start", "/sweep/stop", "/sweep/start"],
        ),
        ({"sweep": {"field": "consumers"}}, ["/sweep/start", "/sweep/stop"]),
        (
            {
                "vary": {"consumers": [1, 2]},
                "sweep": {"field": "consumers", "start": 1, "stop": 2},
            },
            ["/sweep/field"],
        ),
    ],
)
def test_what_cannot_be_compared_is_named(
    client: Client, change: dict[str, Any], places: list[str]
) -> None:
    """Empty or too large products, unknown fields and values, and sweeps that go nowhere."""
    body = {"workload": CLICKS, "vary": {"capacity_mode": "*"}} | change
    response = client.post("/v1/kinesis/comparison", json=body)
    assert [place for place, _ in errors(response)] == places


def test_a_comparison_by_query_names_its_parameters(client: Client) -> None:
    """Faults of vary and sweep are faults of these parameters."""
    for extra, parameter in (
        ({"vary": "capacity_mod"}, "vary"),
        ({"vary": "capacity_mode", "sweep": "region:1:2"}, "sweep"),
        ({"vary": "capacity_mode", "sweep": "consumers:1"}, "sweep"),
        ({"vary": "price_date:2001-01-01"}, "vary"),
        ({"vary": "capacity_mode", "price_date": "2001-01-01"}, "price_date"),
        ({"vary": "capacity_mode,capacity_mode"}, "vary"),
        ({"vary": "region:*,consumers:1.5"}, "vary"),
    ):
        response = client.get("/v1/kinesis/comparison", params=CLICKS | extra)
        assert [place for place, _ in errors(response)] == [parameter]


def test_a_projection_is_flat_records_with_a_time(client: Client) -> None:
    """A root array that dashboards plot, costs adding up month by month."""
    asked = CLICKS | {"start": "2026-01", "months": 3, "growth": "records_per_second:rate:1"}
    records = client.get("/v1/kinesis/projection", params=asked).json()
    assert [record["time"] for record in records] == [
        f"2026-0{month}-01T00:00:00Z" for month in (1, 2, 3)
    ]
    costs = [record["monthly_cost"] for record in records]
    assert costs[0] == 69.642
    assert records[-1]["cumulative_cost"] == pytest.approx(sum(costs))


def test_get_and_post_project_alike(client: Client) -> None:
    """The query string is another spelling of the body, for every view."""
    seasons = [1.0] * 11 + [2.0]
    growth = {"records_per_second": {"monthly_rate": 0.1, "seasonality": seasons}}
    text = "records_per_second:rate:0.1,records_per_second:seasonality:" + "|".join(
        map(str, seasons)
    )
    for view in ("months", "charges", "milestones", "years", "all"):
        span = {"start": "2026-11", "months": 3, "view": view}
        got = client.get("/v1/kinesis/projection", params=CLICKS | span | {"growth": text})
        body = {"workload": CLICKS, "growth": growth} | span
        assert got.json() == client.post("/v1/kinesis/projection", json=body).json(), view


def test_years_sum_their_months(client: Client) -> None:
    """The months of a year add up to it, and milestones come in their order."""
    body = {
        "workloads": [LAKE, LAKE, CLICKS | {"service": "kinesis", "region": "eu-south-2"}],
        "start": "2026-07",
        "months": 30,
        "growth": {
            "storage_gb": {"monthly_ingest": 900},
            "records_per_second": {"monthly_rate": 0.3},
        },
        "view": "all",
    }
    answer = client.post("/v1/portfolios/projection", json=body).json()
    for year in answer["years"]:
        months = [one for one in answer["months"] if one["time"].startswith(str(year["year"]))]
        assert len(months) == year["months"]
        assert sum(one["monthly_cost"] for one in months) == pytest.approx(year["yearly_cost"])
    kinds = {one["kind"] for one in answer["milestones"]}
    assert kinds == {"finding_exceeded", "tier_reached"}
    listed = [one["time"] for one in answer["milestones"]]
    assert listed == sorted(listed)
    per_month = sum(
        one["list_cost"] for one in answer["charges"] if one["time"] == "2026-07-01T00:00:00Z"
    )
    assert per_month == pytest.approx(answer["months"][0]["monthly_cost"])


@pytest.mark.parametrize(
    ("change", "places"),
    [
        ({"start": "2026-13"}, ["/start"]),
        ({"start": "2020-01"}, ["/start"]),
        ({"months": 121}, ["/months"]),
        ({"growth": {"recordsper_second": {}}}, ["/growth/recordsper_second"]),
        ({"growth": {"region": {}}}, ["/growth/region"]),
        ({"growth": {"consumers": {"rate": 1}}}, ["/growth/consumers/rate"]),
        ({"growth": {"consumers": {"values": [1, 2]}}}, ["/growth/consumers/values"]),
        ({"growth": {"records_per_second": {"monthly_rate": 9}}}, ["/growth/records_per_second"]),
        ({"months": 2, "growth": {"consumers": {"monthly_step": -2}}}, ["/growth/consumers"]),
        (
            {"growth": {"records_per_second": {"monthly_step": -900}}},
            ["/growth/records_per_second"],
        ),
    ],
)
def test_what_cannot_be_projected_is_named(
    client: Client, change: dict[str, Any], places: list[str]
) -> None:
    """Months, unknown fields, lists of the wrong length, and growth out of bounds by its month."""
    body = {"workload": CLICKS, "start": "2026-01"} | change
    response = client.post("/v1/kinesis/projection", json=body)
    assert [place for place, _ in errors(response)] == places


def test_growth_may_be_of_one_service_only(client: Client) -> None:
    """`s3.storage_gb` grows the bucket and leaves the table as it is."""
    table = {"service": "dynamodb", "region": "us-east-1", "item_bytes": 1, "storage_gb": 100}
    growth = {"s3.storage_gb": {"monthly_ingest": 1000}}
    body = {"workloads": [LAKE, table], "start": "2026-01", "months": 2, "growth": growth}
    answer = client.post("/v1/portfolios/projection", json=body | {"view": "charges"}).json()
    assert [(one["service"], one["consumed_quantity"]) for one in answer] == [
        ("s3", 26112),
        ("dynamodb", 100),
        ("s3", 27112),
        ("dynamodb", 100),
    ]


def test_prices_too_early_are_named_where_they_can_be_mended(client: Client) -> None:
    """The start, as a month that works; or with fixed prices the workload's own day."""
    rows = [LAKE, CLICKS | {"service": "kinesis", "price_date": "2020-01-01"}]
    body: dict[str, Any] = {"workloads": rows, "start": "2025-11"}
    found = errors(client.post("/v1/portfolios/projection", json=body))
    assert (
        "/start",
        "the first known Amazon Kinesis Data Streams price is of 2025-11-18; send 2025-12 or later",
    ) in found
    fixed = body | {"fixed_prices": True}
    found = errors(client.post("/v1/portfolios/projection", json=fixed))
    assert [place for place, _ in found] == ["/workloads/1/price_date"]


def test_growth_out_of_bounds_names_month_and_workload(client: Client) -> None:
    """The first month, and whose value it is."""
    growth = {"storage_gb": {"values": [1, 2, 1e13]}}
    body = {"workloads": [LAKE], "start": "2026-01", "months": 3, "growth": growth}
    ((place, detail),) = errors(client.post("/v1/portfolios/projection", json=body))
    assert place == "/growth/storage_gb"
    assert "in 2026-03: 10,000,000,000,000 of workload 0" in detail


def test_ten_thousand_workloads_over_three_years(client: Client) -> None:
    """360,000 workload-months come back as 36 records."""
    rows = [LAKE | {"storage_gb": n} for n in range(10_000)]
    body = {"workloads": rows, "start": "2026-01", "months": 36}
    records = client.post("/v1/portfolios/projection", json=body).json()
    assert len(records) == 36
    assert records[0]["workloads"] == 10_000
    too_many = client.post("/v1/portfolios/projection", json=body | {"view": "charges"})
    assert [place for place, _ in errors(too_many)] == ["/view"]


BOTH = {"reads_per_second": 2, "read_units_per_second": 1}
"""The same reads in two fields."""
TWICE = {"region": "us-east-1", "item_bytes": 1, **BOTH}


@pytest.mark.parametrize(
    ("path", "body", "before"),
    [
        ("dynamodb/estimates", {"workloads": [ORDERS, TWICE]}, "/workloads/1/"),
        ("dynamodb/comparison", {"workload": TWICE, "vary": {"item_bytes": [1]}}, "/workload/"),
        ("dynamodb/projection", {"workload": TWICE, "start": "2026-01"}, "/workload/"),
        (
            "portfolios/estimate",
            {"workloads": [LAKE, {"service": "dynamodb", **TWICE}]},
            "/workloads/1/",
        ),
        (
            "portfolios/projection",
            {"workloads": [LAKE, {"service": "dynamodb", **TWICE}], "start": "2026-01"},
            "/workloads/1/",
        ),
    ],
)
def test_bodies_that_say_something_twice_are_refused(
    client: Client, path: str, body: dict[str, Any], before: str
) -> None:
    """Each of the fields is named, with what to send instead; nothing is priced."""
    found = errors(client.post(f"/v1/{path}", json=body))
    assert [place for place, _ in found] == [before + field for field in BOTH]
    assert all("send the reads, or the units" in detail for _, detail in found)


@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("estimate", {}),
        ("comparison", {"vary": "item_bytes:1|2"}),
        ("projection", {"start": "2026-01"}),
    ],
)
def test_queries_that_say_something_twice_are_refused(
    client: Client, path: str, more: dict[str, str]
) -> None:
    """Each of the parameters is named."""
    found = errors(client.get(f"/v1/dynamodb/{path}", params={**TWICE, **more}))
    assert [place for place, _ in found] == list(BOTH)


def test_alternatives_and_months_that_say_something_twice_are_refused(client: Client) -> None:
    """What varies or is swept is named there; alternatives that say it once are compared."""
    reads = {"region": "us-east-1", "item_bytes": 1, "reads_per_second": 2}
    vary = {"read_units_per_second": [0, 1]}
    found = errors(client.post("/v1/dynamodb/comparison", json={"workload": reads, "vary": vary}))
    assert [place for place, _ in found] == [
        "/workload/reads_per_second",
        "/vary/read_units_per_second",
    ]
    swept = {"field": "read_units_per_second", "start": 0, "stop": 9}
    body = {"workload": reads, "vary": {"item_bytes": [1, 2]}, "sweep": swept}
    found = errors(client.post("/v1/dynamodb/comparison", json=body))
    assert [place for place, _ in found] == ["/workload/reads_per_second", "/sweep/field"]
    grown = {"read_units_per_second": {"monthly_step": 1}}
    body = {"workload": reads, "start": "2026-01", "growth": grown}
    assert len(errors(client.post("/v1/dynamodb/projection", json=body))) == 2
    apart = {"reads_per_second": [0], "read_units_per_second": [1, 2]}
    kept = client.post("/v1/dynamodb/comparison", json={"workload": reads, "vary": apart})
    assert kept.status_code == 200


@pytest.mark.parametrize("path", ["dynamodb/estimates", "portfolios/estimate"])
def test_a_sheet_that_says_something_twice_is_refused_by_its_cells(
    client: Client, path: str
) -> None:
    """The row is named with each of the columns, and the good rows are not."""
    sheet = (
        "service,region,item_bytes,reads_per_second,read_units_per_second\n"
        "dynamodb,us-east-1,1,2,\n"
        "dynamodb,us-east-1,1,2,1\n"
    )
    if path.startswith("dynamodb"):
        sheet = sheet.replace("service,", "name,")
    answer = client.post(f"/v1/{path}", content=sheet, headers={"content-type": "text/csv"})
    assert answer.status_code == 422
    assert [error["cell"] for error in answer.json()["errors"]] == ["D3", "E3"]
