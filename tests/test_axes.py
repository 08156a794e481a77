"""Laws of portfolios, comparisons and projections, for every service."""

import tracemalloc
from dataclasses import replace
from datetime import date
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pricing import comparison, engine, portfolio, projection, rounding
from pricing.catalogue import packaged
from pricing.errors import GivenTwiceError
from pricing.model import Service, numbers, registry, service
from pricing.projection import Growth, Span
from pricing.rates import WordColumn
from service.answers import comparisons, estimates, portfolios, projections
from service.requests import comparisons as comparison_requests
from service.requests import projections as projection_requests
from tests import strategies
from tests.sweeps import crossings

EVERY = pytest.mark.parametrize("service", registry().values(), ids=registry())
DYNAMODB, S3 = service("dynamodb"), service("s3")
KINESIS, RDS = service("kinesis"), service("rds")


def compare(service: Service, row: Any, vary: dict[str, Any]) -> comparison.Comparison:
    """Compare alternatives at the packaged prices."""
    return comparison.compare(service, row, vary, packaged().card(service.key))


def cost(bill: engine.Bill) -> Any:
    """Return the known costs of each workload."""
    return sum(np.where(line.unpriced, 0, line.cost) for line in bill.lines)


# -- portfolios ------------------------------------------------------------------------------------


@EVERY
@given(data=st.data())
def test_a_portfolio_of_one_is_its_estimate(service: Service, data: st.DataObject) -> None:
    """Alone on its bill a workload costs what its estimate says."""
    row = data.draw(strategies.workloads(service))
    (part,) = portfolio.estimate([service], [row])
    alone = estimates.estimates(engine.estimate(service, [row]))
    (together,) = estimates.estimates(rounding.settled(part.bill))
    assert together.monthly_cost == pytest.approx(alone[0].monthly_cost, rel=1e-12, abs=2e-6)
    assert [line.sku_id for line in together.charges] == [line.sku_id for line in alone[0].charges]


def rises(service: Service) -> bool:
    """Return whether a volume tier of the service costs more than the one before it."""
    rates = packaged().card(service.key).rates.values()
    return any((rate.steps > 0).any() for rate in rates)


@EVERY
@given(data=st.data())
def test_a_portfolio_costs_at_most_the_sum_of_its_parts(
    service: Service, data: st.DataObject
) -> None:
    """Tiers fall, allowances and minimums are shared: one bill is never dearer than many.

    It may be where a first tier is free: two rows then have it once.
    """
    rows = data.draw(strategies.batches(service, least=2))
    (part,) = portfolio.estimate([service] * len(rows), rows)
    alone = cost(engine.estimate(service, rows)).sum()
    assert rises(service) or cost(part.bill).sum() <= alone * (1 + 1e-9) + 1e-9
    (free,) = portfolio.estimate([service] * len(rows), rows, free_tier=True)
    assert cost(free.bill).sum() <= cost(part.bill).sum() * (1 + 1e-9) + 1e-9


@given(gb=st.lists(st.floats(0, 1e6), min_size=1, max_size=40))
def test_what_is_shared_back_adds_up_to_the_pool(gb: list[float]) -> None:
    """The rounded lines of all workloads are the pool's cost, to the micro-dollar."""
    rows = [S3.workload(region="us-east-1", storage_gb=one) for one in gb]
    (part,) = portfolio.estimate([S3] * len(rows), rows)
    rounded = [one.monthly_cost for one in estimates.estimates(rounding.settled(part.bill))]
    whole = S3.workload(region="us-east-1", storage_gb=sum(gb))
    (pool,) = estimates.estimates(engine.estimate(S3, [whole]))
    assert sum(rounded) == pytest.approx(pool.monthly_cost, rel=1e-12, abs=1.1e-6)


SHARED: list[tuple[str, dict[str, Any], dict[int, float]]] = [
    (
        "kinesis",
        {
            "records_per_second": 1 / 7,
            "record_bytes": 1024.0,
            "capacity_mode": "on-demand-advantage",
        },
        {7: 3079.6875, 997: 3079.6875},
    ),
    (
        "dynamodb",
        {"item_bytes": 1.0, "storage_gb": 100 / 997},
        {7: 0.0, 997: 18.75},
    ),
]


@pytest.mark.parametrize(("key", "fields", "total"), SHARED)
@pytest.mark.parametrize("count", [7, 997])
def test_minimums_and_allowances_are_shared_to_the_micro_dollar(
    key: str, fields: dict[str, Any], total: dict[int, float], count: int
) -> None:
    """However many share an account minimum or a free allowance, their lines add up to it."""
    one = service(key)
    rows = [one.workload(region="us-east-1", **fields)] * count
    (part,) = portfolio.estimate([one] * count, rows, free_tier=True)
    for line, rounded in zip(part.bill.lines, rounding.settled(part.bill).lines, strict=True):
        if line.pool is not None:
            assert rounded.cost.sum() == pytest.approx(round(line.cost.sum(), 6), abs=1e-9)
    assert part.bill.cost.sum() == pytest.approx(total[count], rel=1e-9)


def test_the_share_of_a_small_pool_does_not_depend_on_large_ones() -> None:
    """A bucket of 1.2345 GB costs the same beside a thousand of 10^12 GB in another Region."""
    small = S3.workload(region="us-east-1", storage_gb=1.2345)
    large = S3.workload(region="af-south-1", storage_gb=1e12)
    (part,) = portfolio.estimate([S3] * 1001, [*[large] * 1000, small])
    assert estimates.estimates(rounding.settled(part.bill))[-1].monthly_cost == 0.028394


def test_two_buckets_share_the_tiers_of_one() -> None:
    """Two buckets of 26,112 GB cost what one of 52,224 GB does: 1,200.128."""
    half = S3.workload(region="us-east-1", storage_gb=26112.0)
    columns = portfolio.columns([S3, S3], [half, half])
    answer = portfolios.portfolio(portfolio.counted(columns, packaged(), free_tier=False)).whole
    assert answer.monthly_cost == 1200.128
    assert [one.monthly_cost for one in answer.estimates] == [600.064, 600.064]


def test_tiers_of_other_regions_and_classes_are_apart() -> None:
    """Volume adds up in a Region and a class, not over them."""
    fields: list[dict[str, Any]] = [
        {"region": "us-east-1"},
        {"region": "us-east-2"},
        {"region": "us-east-1", "storage_class": "STANDARD_IA"},
    ]
    rows = [S3.workload(**given, storage_gb=50000.0) for given in fields]
    (part,) = portfolio.estimate([S3] * 3, rows)
    np.testing.assert_allclose(part.bill.cost, engine.estimate(S3, rows).cost)


def test_the_free_egress_is_given_once_over_all_regions() -> None:
    """100 GB of egress are free for the account, but not in GovCloud."""
    regions = ("us-east-1", "eu-west-1", "us-gov-west-1")
    rows = [S3.workload(region=r, storage_gb=0.0, monthly_internet_out_gb=100.0) for r in regions]
    (part,) = portfolio.estimate([S3] * 3, rows, free_tier=True)
    (line,) = [line for line in part.bill.lines if line.rate.name == "internet_out_data"]
    assert line.billable.tolist() == [50, 50, 100]


def test_the_advantage_minimum_is_billed_once_in_a_region() -> None:
    """Three idle Advantage streams of one Region fill one minimum, of two Regions two."""
    stream: dict[str, Any] = {
        "records_per_second": 1.0,
        "record_bytes": 1024.0,
        "capacity_mode": "on-demand-advantage",
    }
    one = KINESIS.workload(region="us-east-1", **stream)
    other = KINESIS.workload(region="us-east-2", **stream)
    alone = engine.estimate(KINESIS, [one]).cost[0]
    for rows, bills in (([one] * 3, 1), ([one, other], 2), ([one] * 2 + [other] * 2, 2)):
        (part,) = portfolio.estimate([KINESIS] * len(rows), rows)
        assert part.bill.cost.sum() == pytest.approx(bills * alone)


def test_free_backups_of_rds_add_up_over_the_region() -> None:
    """Backups are free up to all storage provisioned in the Region, whoever provisioned it."""
    database: dict[str, Any] = {"instance_class": "db.r6g.large", "storage_gb": 100.0}
    rows = [
        RDS.workload(region="us-east-1", backup_gb=250.0, **database),
        RDS.workload(region="us-east-1", **database),
        RDS.workload(region="us-east-2", **database),
    ]
    (part,) = portfolio.estimate([RDS] * 3, rows)
    (line,) = [line for line in part.bill.lines if line.rate.name == "backup_storage"]
    assert line.billable.tolist() == [50, 0, 0]


def test_mixed_services_keep_their_places() -> None:
    """Estimates come back in the order of the request, whatever their service."""
    services = [KINESIS, S3, KINESIS, RDS]
    rows = [one.example for one in services]
    columns = portfolio.columns(services, rows)
    answer = portfolios.portfolio(portfolio.counted(columns, packaged(), free_tier=False)).whole
    keys = [type(one).__struct_config__.tag for one in answer.estimates]
    assert keys == [one.key for one in services]
    assert sum(total.monthly_cost for total in answer.by_service) == pytest.approx(
        answer.monthly_cost
    )


def settled_in_chunks(parts: list[portfolio.PortfolioPart], *, free_tier: bool) -> Any:
    """Return cost, rounded cost, and both quantities of each service [line, workload]."""
    counted = portfolio.counted(parts, packaged(), free_tier=free_tier)
    shares, found = rounding.Shares(), {}
    for some in counted.chunks:
        for part in some:
            lines, rounded = part.bill.lines, shares.rounded(part.bill).lines
            figures = np.stack([lines.cost, rounded.cost, lines.billable, lines.quantity])
            found.setdefault(part.bill.service.key, []).append(figures)
    return {key: np.concatenate(own, axis=-1) for key, own in found.items()}


@given(data=st.data(), free_tier=st.booleans())
def test_rows_in_chunks_are_the_same_as_at_once(data: st.DataObject, free_tier: bool) -> None:
    """How many rows are settled at once does not show in the answer, not in its last bit."""
    drawn = [
        (one, row)
        for one in data.draw(strategies.some_services())
        for row in data.draw(strategies.batches(one))
    ]
    services, rows = zip(*data.draw(st.permutations(drawn)), strict=True)
    parts = portfolio.columns(services, rows)
    whole = settled_in_chunks(parts, free_tier=free_tier)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(portfolio, "CHUNK", 2)
        chunks = settled_in_chunks(parts, free_tier=free_tier)
    for part in portfolio.price(parts, packaged(), free_tier=free_tier):
        lines, key = part.bill.lines, part.bill.service.key
        rounded = rounding.settled(part.bill).lines.cost
        at_once = np.stack([lines.cost, rounded, lines.billable, lines.quantity])
        np.testing.assert_array_equal(whole[key], at_once)
        np.testing.assert_array_equal(chunks[key], at_once)


IN_CHUNKS: list[tuple[str, str, list[dict[str, Any]]]] = [
    ("s3", "storage", [{"storage_gb": gb} for gb in (51200.0, 1 / 3, 700.0, 51200.0, 1 / 7)]),
    (
        "s3",
        "internet_out_data",
        [{"storage_gb": 0.0, "monthly_internet_out_gb": gb} for gb in (100.0, 1 / 3, 9.9)],
    ),
    ("dynamodb", "storage", [{"item_bytes": 1.0, "storage_gb": gb} for gb in (1 / 3, 30.0, 1 / 7)]),
    (
        "kinesis",
        "ingestion_shortfall",
        [
            {
                "records_per_second": rate,
                "record_bytes": 1024.0,
                "capacity_mode": "on-demand-advantage",
            }
            for rate in (1 / 7, 2.0, 300.0)
        ],
    ),
    (
        "rds",
        "backup_storage",
        [
            {"instance_class": "db.r6g.large", "storage_gb": 100.0, "backup_gb": gb}
            for gb in (333.3, 0.0, 1 / 3, 250.0)
        ],
    ),
]


@pytest.mark.parametrize(("key", "meter", "varied"), IN_CHUNKS)
@pytest.mark.parametrize("size", [1, 2])
def test_what_is_shared_in_chunks_is_the_same_as_at_once(
    key: str,
    meter: str,
    varied: list[dict[str, Any]],
    size: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Tiers, allowances, minimums and what comes free are shared alike over any parts."""
    one = service(key)
    regions = ("us-east-1", "eu-west-1")
    rows = [one.workload(region=region, **fields) for fields in varied for region in regions]
    parts = portfolio.columns([one] * len(rows), rows)
    (part,) = portfolio.price(parts, packaged(), free_tier=True)
    pooled = {line.rate.name for line in part.bill.lines if line.pool is not None}
    assert meter in pooled
    whole = settled_in_chunks(parts, free_tier=True)[key]
    monkeypatch.setattr(portfolio, "CHUNK", size)
    np.testing.assert_array_equal(settled_in_chunks(parts, free_tier=True)[key], whole)


def test_the_view_of_chunks_is_that_of_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """Totals, gaps and estimates of a portfolio do not tell where its parts begin."""
    services = [KINESIS, S3, KINESIS, RDS, S3]
    rows = [one.example for one in services]
    rows[4] = msgspec.structs.replace(rows[4], storage_gb=1e6, name="large")
    columns = portfolio.columns(services, rows)
    whole = portfolios.portfolio(portfolio.counted(columns, packaged(), free_tier=True)).whole
    monkeypatch.setattr(portfolio, "CHUNK", 2)
    monkeypatch.setattr(estimates, "PART", 3)
    assert (
        portfolios.portfolio(portfolio.counted(columns, packaged(), free_tier=True)).whole == whole
    )


def test_columns_end_to_end_are_those_of_all_rows() -> None:
    """Rows that come in several lists keep their places in the portfolio."""
    services = [S3, KINESIS, S3, KINESIS, RDS]
    rows = [one.example for one in services]
    lists = [portfolio.columns(services[some], rows[some]) for some in (slice(0, 3), slice(3, 5))]
    for joined, part in zip(
        portfolio.concatenated(lists), portfolio.columns(services, rows), strict=True
    ):
        assert (joined.service, joined.rows.tolist()) == (part.service, part.rows.tolist())
        for name in part.workload.__struct_fields__:
            own, other = getattr(joined.workload, name), getattr(part.workload, name)
            assert own.tolist() == other.tolist()


def test_memory_of_a_portfolio_does_not_grow_with_its_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight times the rows take little more memory than their columns: bills are not kept."""
    monkeypatch.setattr(portfolio, "CHUNK", 500)
    peaks = []
    for count in (1000, 8000):
        rows = [S3.workload(region="us-east-1", storage_gb=float(n)) for n in range(count)]
        columns = portfolio.columns([S3] * count, rows)
        tracemalloc.start()
        for parts in portfolio.counted(columns, packaged(), free_tier=True).chunks:
            del parts
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.2 * peaks[0]


def test_what_is_the_same_in_all_rows_is_kept_once() -> None:
    """A field that no workload of a portfolio gives takes no memory for each of them."""
    rows = [S3.workload(region="us-east-1", storage_gb=float(n)) for n in range(3000)]
    halves = [portfolio.columns([S3] * 1500, half) for half in (rows[:1500], rows[1500:])]
    (joined,) = portfolio.concatenated(halves)
    (half,) = portfolio.concatenated(halves[:1])
    assert half.workload is halves[0][0].workload
    given = joined.workload.storage_gb
    assert given.tolist() == [row.storage_gb for row in rows]
    alike = joined.workload.object_bytes
    assert alike.tolist() == [rows[0].object_bytes] * 3000
    assert alike.base.nbytes == alike.itemsize


def test_one_workload_is_refused_without_columns() -> None:
    """A workload by itself is refused as it is in a batch: only where it says a thing twice."""
    row = DYNAMODB.workload(region="us-east-1", item_bytes=1, reads_per_second=1)
    engine.refuse_given_twice(DYNAMODB, row)
    with pytest.raises(GivenTwiceError):
        engine.refuse_given_twice(DYNAMODB, msgspec.structs.replace(row, read_units_per_second=1.0))


# -- comparisons -----------------------------------------------------------------------------------


@EVERY
@given(data=st.data())
def test_alternatives_are_the_product_and_each_its_own_estimate(
    service: Service, data: st.DataObject
) -> None:
    """Every combination stands once, priced as if it were asked for alone; the baseline is last."""
    row = data.draw(strategies.workloads(service))
    vary = {"region": ["us-east-1", "eu-west-1"], "hours_per_month": [700.0, 730.0, 744.0]}
    compared = compare(service, row, vary)
    assert len(compared.choices) == 6
    rows = [msgspec.structs.replace(row, **choice) for choice in compared.choices]
    alone = engine.estimate(service, [*rows, row])
    np.testing.assert_array_equal(compared.cost, alone.cost)


CASES = [
    ("dynamodb", {"capacity_mode": ["on-demand", "provisioned"]}, "peak_to_mean", (1, 20)),
    (
        "dynamodb",
        {"table_class": ["STANDARD", "STANDARD_INFREQUENT_ACCESS"]},
        "storage_gb",
        (0, 10000),
    ),
    (
        "kinesis",
        {"capacity_mode": ["provisioned", "on-demand", "on-demand-advantage"]},
        "records_per_second",
        (1, 100_000),
    ),
    (
        "s3",
        {"storage_class": ["STANDARD", "STANDARD_IA", "GLACIER_IR", "GLACIER"]},
        "monthly_retrieved_gb",
        (0, 200_000),
    ),
    ("rds", {"storage_type": ["gp3", "standard"]}, "monthly_io_requests", (0, 10**10)),
]


@pytest.mark.parametrize(("key", "vary", "field", "ends"), CASES)
def test_break_even_points_cost_the_same_on_both_sides(
    key: str, vary: dict[str, Any], field: str, ends: tuple[float, float]
) -> None:
    """At a break-even point both alternatives re-price to one cost, and the order turns there."""
    one = service(key)
    compared = compare(one, one.example, vary)
    whole = False
    sweep = comparison.sweep_grid(field, np.linspace(*ends, 41), whole)
    found = crossings(compared, sweep)
    assert found
    for crossing in found:
        sides = [compared.choices[crossing.first], compared.choices[crossing.second]]
        step = 1 if whole else max(1e-6, crossing.value * 1e-4)
        at = [crossing.value, crossing.value - step, crossing.value + step * (not whole)]
        rows = [
            msgspec.structs.replace(one.example, **side, **{field: value})
            for value in at
            for side in sides
        ]
        priced = engine.estimate(one, rows).cost.reshape(3, 2)
        assert priced[0].tolist() == pytest.approx([crossing.first_cost, crossing.second_cost])
        if crossing.exact:
            assert priced[0, 0] == pytest.approx(priced[0, 1], rel=1e-6)
        assert priced[1, 0] <= priced[1, 1] * (1 + 1e-9)
        assert priced[2, 1] <= priced[2, 0] * (1 + 1e-9)


def test_the_known_break_even_of_the_table_classes() -> None:
    """On demand at 100 reads and writes of 1 KB a second, the classes cross at 44.676 / 0.15 GB."""
    dynamodb = service("dynamodb")
    row = dynamodb.workload(
        region="us-east-1", item_bytes=1024.0, reads_per_second=100.0, writes_per_second=100.0
    )
    compared = compare(dynamodb, row, CASES[1][1])
    sweep = comparison.sweep_grid("storage_gb", np.geomspace(1, 10000, 7), False)
    (found,) = crossings(compared, sweep)
    assert found.value == pytest.approx(44.676 / 0.15, rel=1e-9)
    assert (found.first, found.second, found.exact) == (0, 1, True)


def test_float_noise_is_no_order() -> None:
    """Curves that are the same but for their last digits do not cross."""
    dynamodb = service("dynamodb")
    row = dynamodb.workload(region="us-east-1", item_bytes=1024.0, writes_per_second=1.0)
    vary = {
        "gsi_count": [float(n) for n in range(1, 11)],
        "gsi_write_fraction": [n / 10 for n in range(1, 11)],
    }
    compared = compare(dynamodb, row, vary)
    sweep = comparison.sweep_grid("writes_per_second", np.linspace(1, 1000, 50), False)
    assert crossings(compared, sweep) == []


@EVERY
@given(data=st.data())
def test_the_cheapest_is_at_most_every_other(service: Service, data: st.DataObject) -> None:
    """Ranked first is the least cost of the feasible, whatever varies."""
    row = msgspec.structs.replace(
        data.draw(strategies.workloads(service)), price_date=date(2030, 1, 1)
    )
    compared = compare(service, row, {"region": ["us-east-1", "sa-east-1", "eu-west-1"]})
    costs, out = compared.cost[:-1], compared.infeasible[:-1]
    request = comparison_requests.request_type(service)(
        workload=row,
        vary=msgspec.convert({"region": ["us-east-1", "sa-east-1", "eu-west-1"]}, _vary(service)),
    )
    answer = comparisons.view(service, request, packaged().card(service.key))
    feasible = costs[~out & (costs == costs)]
    assert (answer.cheapest is None) == (feasible.size == 0)
    if answer.cheapest is not None:
        assert answer.cheapest.monthly_cost == pytest.approx(feasible.min(), rel=1e-9, abs=1e-5)


def _vary(service: Service) -> Any:
    fields = msgspec.structs.fields(comparison_requests.request_type(service))
    return next(field.type for field in fields if field.name == "vary")


@EVERY
@given(data=st.data())
def test_the_months_of_a_year_add_up_to_it(service: Service, data: st.DataObject) -> None:
    """Records of months and of years tell the same cost."""
    row = data.draw(strategies.workloads(service))
    request = projection_requests.types(service).request(
        workload=row, start="2030-07", months=18, view="all"
    )
    wide = projection_requests.widened(request, projection_requests.columns_of(service, row))
    answer = projections.view(request, wide, packaged(), free_tier=False)
    assert [year.months for year in answer.years] == [6, 12]
    total = sum(month.monthly_cost for month in answer.months)
    assert sum(year.yearly_cost for year in answer.years) == pytest.approx(
        total, rel=1e-12, abs=2e-6
    )
    assert answer.months[-1].cumulative_cost == pytest.approx(total, rel=1e-12, abs=2e-6)


def test_alternatives_that_cost_the_same_do_not_cross() -> None:
    """Equal curves have no turning point, nor have curves that only touch."""
    row = KINESIS.example
    compared = compare(KINESIS, row, {"region": ["us-east-1", "us-east-2"]})
    sweep = comparison.sweep_grid("records_per_second", np.linspace(1, 9000, 20), False)
    assert crossings(compared, sweep) == []


def alternatives_of_several_rows() -> comparison.Comparison:
    """Compare a table with its stream, two buckets, and a stream alone as the baseline."""
    gb = (200_000.0, 1_000.0)
    buckets = [S3.workload(region="us-east-1", storage_gb=one, name=str(one)) for one in gb]
    streams = [msgspec.structs.replace(KINESIS.example, records_per_second=n) for n in (1e4, 1e3)]
    owned = [
        (engine.estimate(S3, buckets), [1, 1]),
        (engine.estimate(DYNAMODB, [DYNAMODB.example]), [0]),
        (engine.estimate(KINESIS, streams), [2, 0]),
    ]
    parts = [comparison.Owned(bill, np.array(owner)) for bill, owner in owned]
    return comparison.Comparison([{"by": "stream"}, {"by": "bucket"}], parts)


def test_an_alternative_costs_what_all_its_rows_do() -> None:
    """An alternative owns rows of several services, in any order; a limit of one rules it out."""
    compared = alternatives_of_several_rows()
    buckets, table, streams = (part.bill.cost for part in compared.parts)
    assert compared.cost.tolist() == [table[0] + streams[1], buckets.sum(), streams[0]]
    assert compared.infeasible.tolist() == [False] * 3
    large = S3.workload(region="us-east-1", storage_gb=1.0, largest_object_bytes=1e15)
    outsized = comparison.Owned(engine.estimate(S3, [large]), np.array([1]))
    worse = replace(compared, parts=[*compared.parts, outsized])
    assert worse.infeasible.tolist() == [False, True, False]


def test_alternatives_of_several_rows_are_swept_and_viewed_as_one() -> None:
    """A sweep changes the rows that have the field; curves, turns and views are of alternatives."""
    compared = alternatives_of_several_rows()
    request = comparison_requests.request_type(KINESIS)(
        workload=KINESIS.example,
        vary=_vary(KINESIS)(),
        sweep=comparison_requests.SweepRequest("records_per_second", 1.0, 50_000.0, points=11.0),
    )
    asked = replace(compared, choices=[{"region": "us-east-1"}, {"region": "eu-west-1"}])
    answer = comparisons.answer(KINESIS, request, asked)
    costs = compared.cost
    ranked = {one.choices["region"]: one.monthly_cost for one in answer.alternatives}
    assert ranked == pytest.approx({"us-east-1": costs[0], "eu-west-1": costs[1]}, abs=1e-5)
    assert answer.baseline.monthly_cost == pytest.approx(costs[2], abs=1e-5)
    assert answer.sweep is not None
    curves = {curve.rank: curve.costs for curve in answer.sweep.curves}
    rank = {one.choices["region"]: one.rank for one in answer.alternatives}
    assert set(curves[rank["eu-west-1"]]) == {ranked["eu-west-1"]}
    (turn,) = [*answer.sweep.break_even_points, *answer.sweep.steps]
    rows = [msgspec.structs.replace(KINESIS.example, records_per_second=turn.value)]
    table = compared.parts[1].bill.cost[0]
    assert turn.cost_below == pytest.approx(table + engine.estimate(KINESIS, rows).cost[0])
    assert turn.cost_above == pytest.approx(costs[1])


# -- projections -----------------------------------------------------------------------------------


def projected(
    services: list[Service], rows: list[Any], growths: dict[str, Any], span: Span
) -> list[list[portfolio.BilledPart]]:
    """Project workloads, all months of all chunks."""
    parts = [
        portfolio.PortfolioPart(p.service, p.rows, projection.widened(p.workload, growths, span))
        for p in portfolio.columns(services, rows)
    ]
    return list(projection.project(parts, span, packaged(), free_tier=False))


@EVERY
@given(data=st.data())
def test_zero_growth_repeats_the_estimate(service: Service, data: st.DataObject) -> None:
    """Every month costs what the estimate on that day's prices says."""
    row = data.draw(strategies.workloads(service))
    span = Span(date(2030, 1, 1), 5, False, False)
    days = [msgspec.structs.replace(row, price_date=date(2030, m, 1)) for m in range(1, 6)]
    ((part,),) = projected([service], [row], {}, span)
    np.testing.assert_allclose(part.bill.cost[0], engine.estimate(service, days).cost)


@EVERY
@settings(max_examples=5)
@given(data=st.data())
def test_each_number_may_grow_alone(service: Service, data: st.DataObject) -> None:
    """Whichever number grows, each month is the estimate of the workload in that month."""
    row = msgspec.structs.replace(
        data.draw(strategies.workloads(service)), price_date=date(2030, 1, 1)
    )
    for field, kind in numbers(service.workload).items():
        values = (kind.ge, min(kind.le, kind.ge + 7), min(kind.le, 1000.0))
        growth = Growth(values=tuple(map(float, values)))
        span = Span(date(2030, 1, 1), len(values), False, True)
        months = [msgspec.structs.replace(row, **{field: value}) for value in growth.values]
        if not all(strategies.is_said_once(service, month) for month in months):
            continue
        ((part,),) = projected([service], [row], {field: (growth, kind.multiple_of == 1)}, span)
        alone = engine.estimate(service, months)
        np.testing.assert_allclose(
            part.bill.lines.cost[:, 0], alone.lines.cost, 1e-12, 0, err_msg=field
        )
        np.testing.assert_array_equal(part.bill.checks.value[:, 0], alone.checks.value, field)


def test_prices_follow_the_month_unless_they_are_fixed() -> None:
    """A table on demand halves its price in November 2024; a fixed price date does not."""
    dynamodb = service("dynamodb")
    row = msgspec.structs.replace(dynamodb.example, price_date=date(2024, 7, 1))
    for fixed, costs in ((False, [5256, 5256, 2628, 2628]), (True, [5256] * 4)):
        span = Span(date(2024, 9, 1), 4, False, fixed)
        ((part,),) = projected([dynamodb], [row], {}, span)
        assert part.bill.cost[0].tolist() == costs


def test_calendar_months_have_their_own_hours() -> None:
    """January has 744 hours, February of 2028 696."""
    span = Span(date(2028, 1, 1), 3, True, False)
    assert span.hours.tolist() == [744, 696, 744]
    ((part,),) = projected([KINESIS], [KINESIS.example], {}, span)
    (hours, *_) = [line.quantity[0] for line in part.bill.lines]
    assert hours.tolist() == [3 * 744, 3 * 696, 3 * 744]


def test_growth_adds_up_as_it_says() -> None:
    """Rate, step, ingest that expires, listed values and seasons, month by month."""
    span = Span(date(2026, 11, 1), 4, False, False)
    seasons = (2.0, *[1.0] * 11)
    for growth, expected in (
        (Growth(rate=1), [10, 20, 40, 80]),
        (Growth(step=-2), [10, 8, 6, 4]),
        (Growth(ingest=5, expires=2), [10, 15, 20, 20]),
        (Growth(values=(1.0, 2.0, 3.0, 4.0)), [1, 2, 3, 4]),
        (Growth(seasons=seasons), [10, 10, 20, 10]),
    ):
        got = projection.grown(np.array([10.0]), growth, span, whole=False)
        assert got.tolist() == [expected]
    whole = projection.grown(np.array([3.0]), Growth(rate=0.1), span, whole=True)
    assert whole.tolist() == [[3, 4, 4, 4]]


def test_months_in_chunks_are_the_same_as_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """How many months are priced at once does not show in the answer."""
    span = Span(date(2026, 1, 1), 7, False, False)
    growths = {"storage_gb": (Growth(ingest=9000), False)}
    rows = [S3.workload(region="us-east-1", storage_gb=gb) for gb in (40000.0, 1.0)]
    ((whole,),) = projected([S3, S3], rows, growths, span)
    monkeypatch.setattr(projection, "CELLS", 4)
    chunks = projected([S3, S3], rows, growths, span)
    assert [part.bill.cost.shape[1] for (part,) in chunks] == [2, 2, 2, 1]
    costs = np.concatenate([part.bill.cost for (part,) in chunks], axis=1)
    np.testing.assert_allclose(costs, whole.bill.cost)


def test_memory_does_not_grow_with_the_months() -> None:
    """Ten times the months take little more memory: only what grows is kept for all of them."""
    rows = [S3.workload(region="us-east-1", storage_gb=float(n)) for n in range(5000)]
    growths = {"storage_gb": (Growth(rate=0.01), False)}
    peaks = []
    for months in (12, 120):
        columns = portfolio.columns([S3] * len(rows), rows)
        tracemalloc.start()
        span = Span(date(2030, 1, 1), months, False, False)
        wide = [
            portfolio.PortfolioPart(
                p.service, p.rows, projection.widened(p.workload, growths, span)
            )
            for p in columns
        ]
        for parts in projection.project(wide, span, packaged(), free_tier=False):
            del parts
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0]


def test_tiers_are_reached_by_the_account() -> None:
    """Two buckets pass 51,200 GB together in the month their sum does."""
    span = Span(date(2026, 1, 1), 3, False, False)
    growths = {"storage_gb": (Growth(ingest=1000), False)}
    rows = [S3.workload(region="us-east-1", storage_gb=25000.0)] * 2
    ((part,),) = projected([S3, S3], rows, growths, span)
    tiers = [reached for *_, start, reached in projection.tier_starts(part.bill) if start.any()]
    assert tiers[0].tolist() == [[50000, 52000, 54000]] * 2


def test_an_early_day_names_the_places_in_the_portfolio() -> None:
    """Rows of the error are places in the request, not in the service's batch."""
    early = msgspec.structs.replace(KINESIS.example, price_date=date(2001, 1, 1))
    with pytest.raises(portfolio.DateBeforePricesError) as caught:
        portfolio.estimate(
            [S3, KINESIS, S3, KINESIS], [S3.example, KINESIS.example, S3.example, early]
        )
    assert list(caught.value.rows) == [3]


@EVERY
@given(data=st.data())
def test_figures_of_a_crossing_are_finite_or_not_known(
    service: Service, data: st.DataObject
) -> None:
    """What tells where alternatives cross has a value for each row, or none, never infinity."""
    bill = engine.estimate(service, data.draw(strategies.batches(service)))
    for figure in service.crossing(bill.workload, bill.capacity).values():
        assert figure.shape == bill.workload.region.codes.shape
        assert not np.isinf(figure).any()


@EVERY
def test_a_crossing_shows_how_large_the_example_is(service: Service) -> None:
    """What tells where alternatives cross is above zero for an example, or not known."""
    bill = engine.estimate(service, [service.example])
    figures = service.crossing(bill.workload, bill.capacity)
    assert all(figure.item() > 0 or np.isnan(figure.item()) for figure in figures.values()), figures


# -- hours -----------------------------------------------------------------------------------------

HOURS = 24


@EVERY
@given(data=st.data())
def test_a_flat_day_is_the_estimate(service: Service, data: st.DataObject) -> None:
    """Where every hour has the same demand, the bill is the estimate to the last digit."""
    rows = data.draw(strategies.batches(service))
    columns, card = engine.columns(service.workload, rows), packaged().card(service.key)
    fields = data.draw(st.sets(st.sampled_from(list(numbers(service.workload))), min_size=1))
    curves = {
        name: np.repeat(getattr(columns, name)[:, np.newaxis], HOURS, axis=1) for name in fields
    }
    flat, usual = (engine.price(service, columns, card, given) for given in (curves, {}))
    for name in engine.LINE_ARRAYS:
        np.testing.assert_array_equal(getattr(flat.lines, name), getattr(usual.lines, name))
    for name in engine.CHECK_ARRAYS:
        got, expected = (
            np.where(bill.checks.applies, getattr(bill.checks, name), 0) for bill in (flat, usual)
        )
        np.testing.assert_array_equal(got, expected)
    assert estimates.estimates(flat) == estimates.estimates(usual)


def test_what_is_provisioned_is_fixed_at_the_peak_or_follows_the_hours() -> None:
    """A fixed table pays its peak all day, a scaled one an hour longer, requests the mean."""
    writes = np.array([*[10.0] * 23, 500.0])
    given: dict[str, Any] = {"region": "us-east-1", "item_bytes": 1024.0}
    fixed = {"capacity_mode": "provisioned"}
    modes: list[dict[str, Any]] = [fixed, fixed | {"autoscaling": True}, {}]
    rows = [
        DYNAMODB.workload(**given, **mode, writes_per_second=rate)
        for mode in modes
        for rate in writes.tolist()
    ]
    alone = engine.estimate(DYNAMODB, rows).cost.reshape(len(modes), HOURS)
    columns = engine.columns(DYNAMODB.workload, rows[::HOURS])
    curves, card = {"writes_per_second": writes[np.newaxis]}, packaged().card("dynamodb")
    bill = engine.price(DYNAMODB, columns, card, curves)
    calm, busy = alone[1, 0], alone[1, -1]
    expected = [alone[0].max(), (22 * calm + 2 * busy) / HOURS, alone[2].mean()]
    assert bill.cost.tolist() == pytest.approx(expected)
    assert bill.workload.writes_per_second.tolist() == [10, 10, 10]
    assert bill.cost.shape == (3,)


def test_a_finding_of_hours_is_that_of_the_worst() -> None:
    """What one hour of the day needs beyond a limit is told, and its capacity is shown."""
    rate = np.full((1, HOURS), 1000.0)
    rate[0, 7] = 3e6
    columns = engine.columns(KINESIS.workload, [KINESIS.example])
    bill = engine.price(KINESIS, columns, packaged().card("kinesis"), {"records_per_second": rate})
    peak = msgspec.structs.replace(KINESIS.example, records_per_second=3e6)
    alone = engine.estimate(KINESIS, [peak])
    assert (alone.checks.value > alone.checks.limit).any()
    np.testing.assert_array_equal(bill.checks.applies, alone.checks.applies)
    for name in ("value", "limit"):
        told, expected = (getattr(one.checks, name)[one.checks.applies] for one in (bill, alone))
        np.testing.assert_array_equal(told, expected)
    assert bill.capacity.shards.tolist() == alone.capacity.shards.tolist()


def test_a_word_that_differs_between_hours_is_not_told() -> None:
    """What binds in some hours only is no answer for the day; what binds in all of them is."""
    rate = np.tile(np.array([[1.0, 5000.0]]), HOURS // 2)
    row = KINESIS.workload(
        region="us-east-1", records_per_second=1.0, record_bytes=1024.0, min_shards=3.0
    )
    columns, card = engine.columns(KINESIS.workload, [row] * 2), packaged().card("kinesis")
    curves = {"records_per_second": np.concatenate([rate, np.full((1, HOURS), 5000.0)])}
    assert engine.price(KINESIS, columns, card, curves).capacity.binding.tolist() == [
        "",
        "records_in",
    ]


def test_a_charge_of_another_variant_each_hour_is_refused() -> None:
    """Hours cannot be made one month where they are priced differently."""

    def charges(w: Any, c: Any, rule: Any) -> Any:
        codes = np.where(w.writes_per_second > 1, 0, 1)
        for charge in DYNAMODB.charges(w, c, rule):
            variant = tuple(WordColumn(codes, choice.words) for choice in charge.variant)
            yield charge._replace(variant=variant)

    columns = engine.columns(DYNAMODB.workload, [DYNAMODB.example])
    curves = {"writes_per_second": np.array([[0.0, 2.0]])}
    changing = replace(DYNAMODB, charges=charges)
    with pytest.raises(ValueError, match="must be the same in all hours"):
        engine.price(changing, columns, packaged().card("dynamodb"), curves)


def test_hours_come_after_months_and_rows_in_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """(workload, month, hour) gives each month the mean of its hours, some rows at a time."""
    monkeypatch.setattr(engine, "CELLS", 2)
    rows = [KINESIS.example] * 5
    columns = engine.columns(KINESIS.workload, rows)
    wide = projection.widened(columns, {}, Span(date(2030, 1, 1), 2, False, True))
    rate = np.arange(1.0, 1.0 + 5 * 2 * HOURS).reshape(5, 2, HOURS)
    card, curves = packaged().card("kinesis"), {"records_per_second": rate}
    assert len(list(engine.priced_in_chunks(KINESIS, wide, card, curves))) == 5
    bill = engine.price(KINESIS, wide, card, curves)
    assert bill.cost.shape == (5, 2)
    flat = [msgspec.structs.replace(rows[0], records_per_second=one) for one in rate.ravel()]
    alone = engine.estimate(KINESIS, flat).cost.reshape(rate.shape)
    np.testing.assert_allclose(bill.cost, alone.mean(axis=-1))
