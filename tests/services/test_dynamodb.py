"""AWS's worked examples for DynamoDB, and the rules they do not reach.

Left out of the examples, because the model does not hold what they ask:
F-DDB-08 (reads of missing items), F-DDB-11 (failed conditional writes), F-DDB-16 (the size of an
item by its attributes), F-DDB-18 (a local index Query that fetches from the table), F-DDB-21
(capacity of a partition before adaptive capacity), F-DDB-25 (decreases a day), F-DDB-27 (what a
table may do after a switch of mode), F-DDB-36 (DAX, another service). F-DDB-47 is a quota, tested
below. Graded X or K and so no test: F-DDB-24, F-DDB-41, F-DDB-46.

Left out of the published cost reports: those with a replica in the table's own Region, which AWS
rejects, and the one of China, in another currency.
"""

from datetime import date
from typing import Any

import numpy as np
import pytest

from pricing import engine
from pricing.model import service
from pricing.services.dynamodb import DynamoDBWorkload
from tests.services import examples
from tests.services.bills import check

DYNAMODB = service("dynamodb")


def bill(**fields: Any) -> engine.Bill:
    """Price one table in us-east-1 of 1 KB items."""
    workload = DynamoDBWorkload(**{"region": "us-east-1", "item_bytes": 1024.0, **fields})
    return engine.estimate(DYNAMODB, [workload])


def quantity(priced: engine.Bill, meter: str) -> float:
    """Return the quantity of one meter."""
    return float(sum(line.quantity.sum() for line in priced.lines if line.rate.name == meter))


@pytest.mark.parametrize("example", examples.load("dynamodb"))
def test_example(example: examples.Example) -> None:
    """The figures that AWS or a published report gives come out, in their units."""
    assert examples.found("dynamodb", example) == examples.stated(example)


def test_first_estimate_and_the_price_before_the_cut() -> None:
    """1,000 reads and 500 writes of 3 KB a second cost 2,628 now and twice that in October 2024."""
    workload = DYNAMODB.example
    now = engine.estimate(DYNAMODB, [workload])
    assert sum(line.cost[0] for line in now.lines) == 2628.0
    before = bill(
        item_bytes=3072.0,
        reads_per_second=1000.0,
        writes_per_second=500.0,
        price_date=date(2024, 10, 1),
    )
    assert sum(line.cost[0] for line in before.lines) == 5256.0


def test_index_writes_multiply_table_writes() -> None:
    """Each write is written again to every index; a changed key writes the global index twice."""
    priced = bill(
        writes_per_second=1.0,
        gsi_count=2.0,
        gsi_item_bytes=2048.0,
        gsi_write_fraction=2.0,
        lsi_count=1.0,
        hours_per_month=1.0,
    )
    assert quantity(priced, "write_request_units") == 3600 * (1 + 2 * 2 * 2 + 1)


def test_indexes_of_a_global_table_take_ordinary_units() -> None:
    """Only writes of the item itself are replicated writes (DDB-17)."""
    fields: dict[str, Any] = {
        "writes_per_second": 10.0,
        "gsi_count": 1.0,
        "lsi_count": 1.0,
        "global_table": True,
    }
    on_demand = bill(**fields, hours_per_month=1.0)
    assert quantity(on_demand, "replicated_write_request_units") == 36000
    assert quantity(on_demand, "write_request_units") == 72000
    provisioned = bill(**fields, hours_per_month=1.0, capacity_mode="provisioned")
    assert quantity(provisioned, "replicated_write_capacity_unit_hours") == 10
    assert quantity(provisioned, "write_capacity_unit_hours") == 20


def test_provisioned_stands_at_the_peak_and_auto_scaling_follows_the_mean() -> None:
    """100 units with a peak of three times cost 300 fixed, or 100 / 0.7 rounded up when scaled."""
    fields: dict[str, Any] = {
        "capacity_mode": "provisioned",
        "writes_per_second": 100.0,
        "peak_to_mean": 3.0,
    }
    assert bill(**fields).capacity.provisioned_write_units == 300
    scaled = bill(**fields, autoscaling=True)
    assert scaled.capacity.provisioned_write_units == 143
    assert scaled.capacity.highest_write_units == 429
    assert bill(**fields).capacity.highest_write_units == 300


@pytest.mark.parametrize(
    ("fields", "rule", "value"),
    [
        ({"reads_per_second": 76000.0, "autoscaling": True}, "table_read_units", 54286),
        ({"min_read_units": 100000.0}, "table_read_units", 100000),
        ({"min_read_units": 100000.0}, "account_read_units", 100000),
        (
            {"gsi_count": 2.0, "gsi_reads_per_second": 150000.0, "autoscaling": True},
            "gsi_read_units",
            53572,
        ),
    ],
)
def test_quotas_count_provisioned_capacity(fields: dict[str, Any], rule: str, value: float) -> None:
    """In provisioned mode a quota is held against the capacity there is, not what is consumed."""
    assert check(bill(capacity_mode="provisioned", **fields), rule).value == value


def test_provisioned_indexes_each_take_at_least_one_unit() -> None:
    """An idle provisioned table bills one unit each way for itself and for each global index."""
    idle = bill(capacity_mode="provisioned", gsi_count=3.0, hours_per_month=1.0)
    assert quantity(idle, "read_capacity_unit_hours") == 4
    assert quantity(idle, "write_capacity_unit_hours") == 4


def test_storage_carries_overhead_per_item_and_index_entry() -> None:
    """Each item and index entry adds 100 bytes, a replica 48 more; recovery leaves out GSIs."""
    fields: dict[str, Any] = {
        "items": 2.0**20,
        "item_bytes": 924.0,
        "gsi_count": 1.0,
        "lsi_count": 1.0,
    }
    gb = 2.0**30
    assert quantity(bill(**fields), "storage") == 3 * 1024 * 2**20 / gb
    replicated = bill(**fields, global_table=True)
    assert quantity(replicated, "storage") == (3 * 1024 + 48) * 2**20 / gb
    recoverable = bill(**fields, point_in_time_recovery=True)
    assert quantity(recoverable, "point_in_time_recovery_storage") == 2 * 1024 * 2**20 / gb


def test_partitions_by_throughput_and_by_size() -> None:
    """3,000 RCU and 1,000 WCU fill a partition each; sharing adds them; 10 GB fill one too."""
    load: dict[str, Any] = {
        "reads_per_second": 3000.0,
        "strongly_consistent_fraction": 1.0,
        "writes_per_second": 1000.0,
    }
    assert bill(**load).capacity.partitions == 2
    assert bill(**load, partitions_share_reads_and_writes=False).capacity.partitions == 1
    assert bill(storage_gb=101.0).capacity.partitions == 11


def test_hot_key_exceeds_its_partition() -> None:
    """Half of 4,000 writes a second on one key is more than the 1,000 a partition takes."""
    hot = check(bill(writes_per_second=4000.0, hottest_key_fraction=0.5), "partition_write_units")
    assert (float(hot.value[0]), float(hot.limit[0])) == (2000, 1000)


@pytest.mark.parametrize(
    ("writes", "reads", "over"),
    [(4000.0, 0.0, False), (0.0, 12000.0, False), (2000.0, 6000.0, False), (2000.0, 6003.0, True)],
)
def test_a_new_on_demand_table_serves_any_mix_of_4000_writes_and_12000_reads(
    writes: float, reads: float, over: bool
) -> None:
    """F-DDB-47: half the writes leave half the reads."""
    priced = bill(write_units_per_second=writes, read_units_per_second=reads)
    assert check(priced, "on_demand_initial_write_units").over.tolist() == [over]


UNITS = {"read_units_per_second": 10.0, "write_units_per_second": 20.0}


@pytest.mark.parametrize("mode", ["on-demand", "provisioned"])
def test_units_are_what_the_same_requests_consume(mode: str) -> None:
    """Units from CloudWatch give the bill of the requests that consume them."""
    given: dict[str, Any] = {"capacity_mode": mode, "peak_to_mean": 2.0}
    units = bill(**given, **UNITS)
    requests = bill(
        **given, reads_per_second=10.0, strongly_consistent_fraction=1.0, writes_per_second=20.0
    )
    np.testing.assert_array_equal(units.lines.cost, requests.lines.cost)
    np.testing.assert_array_equal(units.checks.value, requests.checks.value)


def test_units_of_indexes_are_what_their_requests_consume() -> None:
    """Units of global indexes give the bill of the queries and writes that consume them."""
    given: dict[str, Any] = {"gsi_count": 2.0, "capacity_mode": "provisioned"}
    units = bill(**given, **UNITS, gsi_read_units_per_second=5.0, gsi_write_units_per_second=40.0)
    requests = bill(
        **given,
        reads_per_second=20.0,
        writes_per_second=20.0,
        gsi_reads_per_second=10.0,
    )
    np.testing.assert_array_equal(units.lines.cost, requests.lines.cost)


def test_declared_capacity_of_indexes_is_billed_for_each() -> None:
    """Two indexes of 30 read and 40 write units stand beside a table of one unit each."""
    idle = bill(
        capacity_mode="provisioned",
        gsi_count=2.0,
        min_gsi_read_units=30.0,
        min_gsi_write_units=40.0,
        hours_per_month=1.0,
    )
    assert quantity(idle, "read_capacity_unit_hours") == 61
    assert quantity(idle, "write_capacity_unit_hours") == 81
    assert check(idle, "gsi_write_units").value == 40


def test_only_writes_made_here_are_sent_and_to_each_other_replica() -> None:
    """A quarter of the writes, to three replicas, is three quarters of what all send to one."""
    all_to_one: dict[str, Any] = {
        "writes_per_second": 100.0,
        "global_table": True,
        "replica_region": "us-west-2",
    }
    sent = quantity(bill(**all_to_one), "replication_transfer")
    some = bill(**all_to_one, local_write_fraction=0.25, replicas=3.0)
    assert sent > 0
    assert quantity(some, "replication_transfer") == pytest.approx(0.75 * sent)
    plain = bill(writes_per_second=100.0, replica_region="us-west-2")
    assert quantity(plain, "replication_transfer") == 0


def test_items_that_expire_elsewhere_are_replicated_writes_and_index_writes() -> None:
    """A delete by TTL takes the item's units in a replica, and one entry of each index."""
    priced = bill(
        item_bytes=2048.0,
        global_table=True,
        replicated_ttl_deletes_per_second=10.0,
        transactional_write_fraction=1.0,
        gsi_count=1.0,
        gsi_write_fraction=2.0,
        lsi_count=1.0,
        hours_per_month=1.0,
    )
    assert quantity(priced, "replicated_write_request_units") == 10 * 2 * 3600
    assert quantity(priced, "write_request_units") == 10 * (2 + 2) * 3600


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"monthly_exported_gb": 1.0}, "export_without_recovery"),
        ({"write_units_per_second": 1.0, "gsi_count": 1.0}, "index_units_left_out"),
        ({"replica_region": "us-west-2"}, "replication_left_out"),
        ({"replicated_ttl_deletes_per_second": 1.0}, "replication_left_out"),
        ({"autoscaling": True}, "provisioned_left_out"),
        ({"min_gsi_write_units": 2.0}, "provisioned_left_out"),
    ],
)
def test_what_does_not_fit_together_is_told(fields: dict[str, Any], rule: str) -> None:
    """A field that needs another one, or has no effect beside it, is a finding."""
    assert check(bill(**fields), rule).applies.tolist() == [True]


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"monthly_exported_gb": 1.0, "point_in_time_recovery": True}, "export_without_recovery"),
        (
            {
                "write_units_per_second": 1.0,
                "gsi_count": 1.0,
                "min_gsi_write_units": 5.0,
                "capacity_mode": "provisioned",
            },
            "index_units_left_out",
        ),
        ({"replica_region": "us-west-2", "global_table": True}, "replication_left_out"),
        ({"autoscaling": True, "capacity_mode": "provisioned"}, "provisioned_left_out"),
    ],
)
def test_what_fits_together_is_not_told(fields: dict[str, Any], rule: str) -> None:
    """The same fields with what they need are no finding."""
    assert check(bill(**fields), rule).applies.tolist() == [False]


@pytest.mark.parametrize("recovery", [False, True])
def test_an_export_is_billed_with_the_recovery_that_it_needs(recovery: bool) -> None:
    """An export brings point-in-time recovery of the table on the bill, given or not."""
    priced = bill(monthly_exported_gb=1.0, storage_gb=20.0, point_in_time_recovery=recovery)
    assert quantity(priced, "point_in_time_recovery_storage") == 20.0


def test_findings_apply_only_where_they_are_met() -> None:
    """A plain on-demand table meets no index, account, auto scaling, page or transaction limit."""
    met = {found.rule for found in bill(writes_per_second=1.0).checks if found.applies.all()}
    assert met == {
        "item_bytes",
        "table_read_units",
        "table_write_units",
        "partition_read_units",
        "partition_write_units",
        "on_demand_initial_write_units",
    }


def test_standard_infrequent_access_has_prices_of_its_own() -> None:
    """The table class decides the price of every unit and GB, not their quantity."""
    both = [
        bill(writes_per_second=10.0, storage_gb=10.0, table_class=c)
        for c in ("STANDARD", "STANDARD_INFREQUENT_ACCESS")
    ]
    prices = [[float(line.unit_price[0]) for line in b.lines if line.quantity.any()] for b in both]
    assert prices == [[6.25e-7, 0.25], [7.8e-7, 0.1]]
    assert np.array_equal(
        [line.quantity for line in both[0].lines], [line.quantity for line in both[1].lines]
    )


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, True),
        ({"peak_to_mean": 1.5}, False),
        ({"autoscaling": True}, False),
        ({"capacity_mode": "on-demand"}, False),
        ({"min_write_units": 200.0}, False),
    ],
)
def test_capacity_at_the_mean_load_is_told(fields: dict[str, Any], expected: bool) -> None:
    """Provisioned capacity is cheapest for a flat load, so a load given by its mean is told."""
    table = {"capacity_mode": "provisioned", "writes_per_second": 100.0}
    told = check(bill(**table | fields), "no_headroom")
    assert bool(told.applies[0]) is expected
