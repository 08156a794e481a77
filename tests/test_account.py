"""The account: what AWS counts once is kept for cells that occur, and may be counted in parts."""

import pickle
import tracemalloc
from dataclasses import replace
from datetime import date
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pricing import account, engine, portfolio, projection
from pricing.account import Account
from pricing.catalogue import packaged
from pricing.model import Service, registry, service
from pricing.projection import Span
from pricing.services.kinesis import KinesisWorkload
from service.answers import portfolios
from tests import strategies

EVERY = pytest.mark.parametrize("service", registry().values(), ids=registry())
S3, RDS, KINESIS = service("s3"), service("rds"), service("kinesis")


def wide(rows: list[Any], one: Any, *further: int) -> list[portfolio.PortfolioPart]:
    """Return columns of workloads with further axes, along which nothing changes."""
    (part,) = portfolio.columns([one] * len(rows), rows)
    shape = (len(rows), *further)
    columns = engine.reshape(part.workload, lambda column: column.reshape(-1, *[1] * len(further)))
    names = np.broadcast_to(columns.name, shape)
    return [replace(part, workload=msgspec.structs.replace(columns, name=names))]


@pytest.mark.parametrize("further", [(), (100,), (2, 3), (2, 1, 3)])
def test_every_axis_beyond_the_workloads_is_an_account_of_its_own(further: tuple[int, ...]) -> None:
    """60,000 GB cost 1,371.20 in each sample and month; their tiers are not shared."""
    row = S3.workload(region="us-east-1", storage_gb=60_000.0)
    (part,) = portfolio.price(wide([row], S3, *further), packaged(), free_tier=True)
    assert part.bill.cost.shape == (1, *further)
    assert part.bill.cost.ravel().tolist() == pytest.approx([1371.2] * part.bill.cost.size)


@EVERY
@settings(max_examples=10)
@given(data=st.data(), free_tier=st.booleans())
def test_further_axes_repeat_the_portfolio(
    service: Service, data: st.DataObject, free_tier: bool
) -> None:
    """Tiers, allowances, minimums and what comes free are shared in each cell of further axes."""
    rows = data.draw(strategies.batches(service))
    (alone,) = portfolio.estimate([service] * len(rows), rows, free_tier=free_tier)
    (part,) = portfolio.price(wide(rows, service, 2, 3), packaged(), free_tier=free_tier)
    expected = np.broadcast_to(alone.bill.cost[:, np.newaxis, np.newaxis], (len(rows), 2, 3))
    np.testing.assert_allclose(part.bill.cost, expected, rtol=1e-12)


def drawn(data: st.DataObject) -> list[engine.Bill]:
    """Draw bills of some services, two of each."""
    return [
        engine.estimate(one, data.draw(strategies.batches(one)))
        for one in data.draw(strategies.some_services())
        for _ in range(2)
    ]


@given(data=st.data(), free_tier=st.booleans())
def test_two_accounts_merged_are_the_whole(data: st.DataObject, free_tier: bool) -> None:
    """Parts counted apart, in other processes and another order, settle bit by bit like all."""
    bills = drawn(data)
    whole, one, other = (Account(free_tier=free_tier) for _ in range(3))
    for place, bill in enumerate(bills):
        whole.count(bill)
        (other if place % 3 else one).count(bill)
    merged = account.merge(*(pickle.loads(pickle.dumps(part)) for part in (other, one)))
    for bill in bills:
        got, expected = merged.settle(bill).lines, whole.settle(bill).lines
        for name in ("cost", "billable", "quantity"):
            np.testing.assert_array_equal(getattr(got, name), getattr(expected, name))


def test_minimums_of_merged_accounts_are_charged_once() -> None:
    """Two on-demand Advantage streams that are counted apart pay one minimum together."""
    stream = {"region": "us-east-1", "capacity_mode": "on-demand-advantage", "record_bytes": 1024.0}
    workloads = [KinesisWorkload(**stream, records_per_second=rate) for rate in (1000.0, 3000.0)]
    bills = [engine.estimate(KINESIS, [workload]) for workload in workloads]
    whole, *apart = (Account(free_tier=False) for _ in range(3))
    for part, bill in zip(apart, bills, strict=True):
        whole.count(bill)
        part.count(bill)
    merged = account.merge(*apart)
    for bill in bills:
        np.testing.assert_allclose(merged.settle(bill).lines.cost, whole.settle(bill).lines.cost)


def test_merging_leaves_both_accounts_as_they_were() -> None:
    """What two accounts counted can be merged again, and gives the same."""
    bill = engine.estimate(S3, [S3.workload(region="us-east-1", storage_gb=60_000.0)])
    one, other = Account(free_tier=True), Account(free_tier=True)
    one.count(bill)
    other.count(bill)
    before = pickle.dumps((one, other))
    costs = [account.merge(one, other).settle(bill).cost[0] for _ in range(2)]
    assert costs[0] == costs[1] == pytest.approx((51200 * 0.023 + 68800 * 0.022) / 2)
    assert pickle.dumps((one, other)) == before


def test_an_account_of_many_months_is_small() -> None:
    """Ten years of RDS, with thousands of variants of its meters, keep a few sums a month."""
    rows = [
        RDS.workload(
            region=region, instance_class="db.r6g.large", storage_gb=100.0, backup_gb=250.0
        )
        for region in ("us-east-1", "eu-west-1")
    ]
    (part,) = wide(rows, RDS, 120)
    bill = portfolio.priced(part, packaged())
    tracemalloc.start()
    counted = Account(free_tier=True)
    counted.count(bill)
    reached = list(projection.tier_starts(bill))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2 * 1024**2
    assert len(pickle.dumps(counted)) < 64 * 1024
    assert reached == []


def test_fees_of_the_account_are_in_its_total() -> None:
    """A line that belongs to no workload adds to the bill; one without a price leaves it open."""
    columns = portfolio.columns([S3, KINESIS], [S3.example, KINESIS.example])
    counted = portfolio.counted(columns, packaged(), free_tier=False)
    fee = portfolio.Fee("rds", "Upfront fee", 100.25)
    answers = [
        portfolios.portfolio(replace(counted, fees=fees)).whole
        for fees in ((), (fee, fee), (fee, replace(fee, cost=float("nan"))))
    ]
    without = answers[0].monthly_cost
    assert [one.monthly_cost - without for one in answers] == pytest.approx([0, 200.5, 100.25])
    assert [one.complete for one in answers] == [True, True, False]
    assert answers[1].estimates == answers[0].estimates


def test_a_projection_keeps_its_rows_apart_from_samples() -> None:
    """Tiers of a month are those of its own sample, where samples stand after the workload."""
    span = Span(date(2030, 1, 1), 2, False, True)
    row = S3.workload(region="us-east-1", storage_gb=60_000.0)
    (part,) = portfolio.columns([S3], [row])
    months = projection.widened(part.workload, {}, span)
    samples = engine.reshape(months, lambda column: column[:, np.newaxis])
    gb = np.array([[[60_000.0], [0.0], [60_000.0]]])
    names = np.broadcast_to(samples.name, (1, 3, 2))
    sampled = msgspec.structs.replace(samples, storage_gb=gb, name=names)
    (priced,) = portfolio.price([replace(part, workload=sampled)], packaged(), free_tier=False)
    assert priced.bill.cost[0].tolist() == [
        pytest.approx([cost] * 2) for cost in (1371.2, 0, 1371.2)
    ]
