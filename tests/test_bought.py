"""Commitments that are bought: they are applied as AWS does, and all that is billed is told."""

from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pricing import bought, offers, portfolio
from pricing.bought import Applied, Bought, Reserved
from pricing.catalogue import packaged
from pricing.engine import Bill
from pricing.model import service
from pricing.offers import Cell
from pricing.portfolio import Portfolio

TABLE = {"capacity_mode": "provisioned", "item_bytes": 1024.0, "reads_per_second": 0.0}
WRITES = Cell("dynamodb", "write_capacity_unit_hours", "STANDARD", "us-east-1")
INSTANCE = {"deployment": "single-az", "read_replicas": 0.0}
HOURS = 730


def counted(*rows: tuple[str, dict[str, Any]]) -> Portfolio:
    """Return workloads on one bill, each the example of its service with some fields changed."""
    services = [service(key) for key, _ in rows]
    workloads = [
        msgspec.structs.replace(one.example, **fields)
        for one, (_, fields) in zip(services, rows, strict=True)
    ]
    return portfolio.counted(portfolio.columns(services, workloads), packaged(), free_tier=False)


def used(asked: Portfolio) -> offers.Uses:
    """Return what workloads use."""
    return offers.counted(part.bill for parts in asked.chunks for part in parts)


def reserved(cell: Cell, committed: float, years: int = 1) -> Reserved:
    """Return reservations of a cell for so many years."""
    sold = offers.of_cell(0, cell, packaged())
    return Reserved(cell, next(one for one in sold if one.years == years), committed)


def instance(key: str, variant: str) -> Cell:
    """Return the cell of instances of a service."""
    return Cell(key, "instance_hours", variant, "us-east-1")


def paid(asked: Portfolio, *owned: Reserved, plans: float = 0.0) -> tuple[Applied, list[Bill]]:
    """Return what commitments cover, and the bills with them."""
    asked = portfolio.with_commitments(asked, Bought(owned, plans))
    assert asked.applied is not None
    return asked.applied, [part.bill for parts in asked.chunks for part in parts]


def billed_and_effective(applied: Applied, owned: Bought, bills: list[Bill]) -> tuple[float, float]:
    """Return what a month bills on average over the terms, and what it costs in effect [USD]."""
    prices = [bought.price(one.offer) * one.committed * HOURS for one in owned.reserved]
    plans = owned.plans * HOURS
    unused = np.dot(prices, 1 - applied.reserved_used) + plans * (1 - applied.plans_used)
    billed, effective = (
        sum(float(np.nansum(getattr(bill.lines, name))) for bill in bills)
        for name in ("billed", "effective")
    )
    return billed + sum(prices) + plans, effective + float(unused)


def test_reservations_come_first_and_the_plan_pays_for_the_rest() -> None:
    """Of 1,000 write units 600 are reserved; a plan pays for reads and a part of the rest."""
    asked = counted(("dynamodb", TABLE | {"writes_per_second": 1000.0}))
    applied, (bill,) = paid(asked, reserved(WRITES, 600), plans=0.1)
    by_plan = 0.1 / 0.88
    left = 400 * 0.00065 + 0.00013 - by_plan
    assert np.nansum(bill.lines.billed) == pytest.approx(left * HOURS)
    effective = left + 0.1 + 600 * 0.0002992329
    assert np.nansum(bill.lines.effective) == pytest.approx(effective * HOURS, abs=1e-4)
    assert applied.left.ravel().tolist() == pytest.approx([0, left / 0.00065])
    assert (applied.reserved_used.tolist(), applied.plans_used) == ([1.0], pytest.approx(1))


def test_tables_share_what_the_account_has_reserved() -> None:
    """Two tables of an account have equal shares of a reservation; another Region has none."""
    table = TABLE | {"writes_per_second": 100.0}
    asked = counted(
        ("dynamodb", table), ("dynamodb", table), ("dynamodb", table | {"region": "eu-west-1"})
    )
    _, (bill,) = paid(asked, reserved(WRITES, 100))
    saved = (bill.lines.cost - bill.lines.billed).sum(axis=0)
    assert saved.tolist() == pytest.approx([50 * 0.00065 * HOURS] * 2 + [0])


def test_a_reservation_covers_other_sizes_of_its_family() -> None:
    """One 2xlarge covers a large and an xlarge of its family, and a quarter of it is unused.

    One of another engine, or of another family, covers none of them.
    """
    rows = [
        ("rds", INSTANCE | {"instance_class": f"db.m7g.{size}"}) for size in ("large", "xlarge")
    ]
    asked = counted(*rows)
    (large, _) = used(asked).cells
    larger = large._replace(variant=large.variant.replace("large", "2xlarge"))
    applied, _ = paid(asked, reserved(larger, 1))
    assert applied.left.tolist() == [[0], [0]]
    assert applied.reserved_used.tolist() == pytest.approx([12 / 16])
    for word, other in (("postgres", "mysql"), ("m7g", "m6g")):
        elsewhere = larger._replace(variant=larger.variant.replace(word, other))
        applied, _ = paid(asked, reserved(elsewhere, 1))
        assert (applied.left.min(), applied.reserved_used.tolist()) == (1, [0])


def test_small_instances_are_covered_first() -> None:
    """What is too little for both covers the large whole, and the xlarge with what is left."""
    rows = [
        ("rds", INSTANCE | {"instance_class": f"db.m7g.{size}"}) for size in ("xlarge", "large")
    ]
    asked = counted(*rows)
    large, _ = used(asked).cells
    applied, _ = paid(asked, reserved(large, 2))
    assert applied.left.tolist() == [[0], [0.5]]


def test_only_what_has_a_price_on_demand_is_known() -> None:
    """A meter, or a variant of one, that is not in the price list is not known."""
    assert offers.is_known(WRITES, packaged())
    for other in ({"meter": "teapots"}, {"variant": "TIN"}):
        assert not offers.is_known(WRITES._replace(**other), packaged())


def test_io_optimized_takes_more_of_a_reservation() -> None:
    """Thirteen reservations of Aurora cover ten instances of I/O-Optimized."""
    cluster = {"instance_class": "db.r6g.large", "readers": 9.0}
    asked = counted(("aurora", cluster | {"storage_configuration": "io-optimized"}))
    for storage in ("standard", "io-optimized"):
        cell = instance("aurora", f"aurora-postgresql/{storage}/db.r6g.large")
        applied, _ = paid(asked, reserved(cell, 13))
        assert applied.left.tolist() == [[pytest.approx(0, abs=1e-12)]]
        assert applied.reserved_used.tolist() == pytest.approx([1])
        applied, _ = paid(asked, reserved(cell, 6.5))
        assert applied.left.tolist() == [[pytest.approx(5)]]


def test_a_node_of_memcached_covers_its_own_size() -> None:
    """A reserved large node of Memcached leaves an xlarge on demand."""
    node = {"engine": "memcached", "node_type": "cache.m7g.xlarge"}
    asked = counted(("elasticache", node))
    cell = Cell("elasticache", "node_hours", "memcached/cache.m7g.large", "us-east-1")
    applied, _ = paid(asked, reserved(cell, 4))
    assert applied.reserved_used.tolist() == [0]


def test_what_cannot_be_reserved_takes_nothing() -> None:
    """A table of the class for rare access, and one on demand, take no reserved capacity."""
    rows = [
        ("dynamodb", TABLE | {"table_class": "STANDARD_INFREQUENT_ACCESS"}),
        ("dynamodb", {"capacity_mode": "on-demand"}),
    ]
    applied, _ = paid(counted(*rows), reserved(WRITES, 1000))
    assert applied.reserved_used.tolist() == [0]
    assert applied.billed.tolist() == applied.effective.tolist() == pytest.approx([1] * 4)


def test_serverless_capacity_takes_no_reservation() -> None:
    """ACUs have no reservations, though instances of the same service have."""
    uses = counted(("aurora", {"capacity_mode": "serverless", "mean_acu": 2.0})).uses
    taken = [offers.taken(cell, packaged()) for cell in uses.cells if cell.meter == "acu_hours"]
    assert taken
    assert {one.pool for one in taken} == {()}


def test_an_unknown_price_stays_unknown() -> None:
    """Use that is covered by a reservation without a known price has no known cost."""
    node = {"engine": "valkey", "node_type": "cache.t3.medium"}
    cell = Cell("elasticache", "node_hours", "valkey/cache.t3.medium", "us-east-1")
    applied, _ = paid(counted(("elasticache", node)), reserved(cell, 1))
    assert applied.billed.max() < 1
    assert np.isnan(applied.effective).tolist() == [True]


def test_hours_are_covered_one_by_one() -> None:
    """What a busy hour lacks, a quiet one cannot lend: its unused part is lost."""
    asked = counted(("dynamodb", TABLE | {"writes_per_second": 200.0}))
    uses = used(asked)
    owned = Bought((reserved(WRITES, 200),), 100.0 * 0.000572 + 2 * 0.0001144)
    demand = uses.quantity[:, np.newaxis] * np.array([[0.0, 2.0]])
    found = bought.applied(uses, owned, packaged(), demand)
    assert found.left[1].tolist() == [0, pytest.approx(100)]
    assert (found.reserved_used.tolist(), found.plans_used) == ([0.5], pytest.approx(0.5))


ROWS = st.lists(
    st.sampled_from(
        [
            ("dynamodb", TABLE | {"writes_per_second": 730.0}),
            ("dynamodb", {"capacity_mode": "on-demand"}),
            ("rds", {"instance_class": "db.m7g.large"}),
            ("rds", {"instance_class": "db.m7g.xlarge"}),
            ("aurora", {"instance_class": "db.r7g.large", "readers": 2.0}),
            ("s3", {}),
        ]
    ),
    min_size=1,
    max_size=4,
)
AMOUNTS = st.floats(0.001, 3000)


@given(ROWS, AMOUNTS, AMOUNTS, AMOUNTS, st.sampled_from([1, 3]))
def test_what_is_billed_is_what_it_costs_in_effect(
    rows: list[Any], writes: float, instances: float, plans: float, years: int
) -> None:
    """Use with its share of commitments, and their unused part, cost what is billed over a term.

    More commitment never raises what stays on demand.
    """
    asked = counted(*rows)
    aurora = instance("aurora", "aurora-postgresql/standard/db.r7g.2xlarge")
    before = sum(float(np.nansum(part.bill.lines.cost)) for parts in asked.chunks for part in parts)
    for share in (0.001, 0.1, 1):
        owned = Bought(
            (reserved(WRITES, writes * share, years), reserved(aurora, instances * share / 1000)),
            plans * share / 1000,
        )
        applied, bills = paid(asked, *owned.reserved, plans=owned.plans)
        billed, effective = billed_and_effective(applied, owned, bills)
        assert effective == pytest.approx(billed)
        on_demand = sum(float(np.nansum(bill.lines.billed)) for bill in bills)
        assert on_demand <= before * (1 + 1e-12)
        before = on_demand
