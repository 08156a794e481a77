"""Worked examples for Amazon Neptune, and the rules they do not reach.

Left out: AWS's four numbered examples, which are on a pricing page of which only copies of the head
are public. One of them, a db.r5.large with 50 GB and 200 million I/O for about 296.61 USD, is
quoted without its hours: no month gives this sum. No example contradicts itself (grade X).

Of the published cost reports the CPU credits are corrected, which take the hours of a month for
those of an hour. Backups are billed there without the part that AWS gives free.
"""

from typing import Any

import msgspec
import numpy as np
import pytest

from pricing import comparison, engine
from pricing.account import Account
from pricing.catalogue import packaged
from pricing.model import service
from pricing.services.neptune import CLASSES, NeptuneWorkload
from tests.services import examples
from tests.services.bills import quantities, told
from tests.sweeps import crossings

NEPTUNE = service("neptune")


def bill(**fields: Any) -> engine.Bill:
    """Return the bill of one cluster or graph in us-east-1."""
    cluster = {"region": "us-east-1", "storage_gb": 100.0}
    if fields.get("product") != "analytics":
        cluster["instance_class"] = "db.r6g.large"
    return engine.estimate(NEPTUNE, [NeptuneWorkload(**{**cluster, **fields})])


@pytest.mark.parametrize("example", examples.load("neptune"))
def test_example(example: examples.Example) -> None:
    """The figures that AWS or a published report gives come out, in their units."""
    assert examples.found("neptune", example) == examples.stated(example)


@pytest.mark.parametrize(
    ("needs", "instance_class", "binding"),
    [
        ({}, "db.r7g.large", "price"),
        ({"required_vcpus": 8.0}, "db.r8g.2xlarge", "required_vcpus"),
        ({"required_memory_gib": 100.0}, "db.x2g.2xlarge", "required_memory_gib"),
        ({"connections": 3000.0}, "db.r8g.xlarge", "connections"),
        ({"concurrent_queries": 9.0}, "db.r8g.2xlarge", "concurrent_queries"),
        ({"working_set_gib": 20.0}, "db.x2g.large", "working_set_gib"),
        ({"required_vcpus": 8.0, "capacity_mode": "serverless"}, "", "none"),
        ({"instance_class": "db.r7g.xlarge"}, "db.r7g.xlarge", "given"),
        ({"instance_class": "db.r7g.xlarge", "product": "analytics"}, "", "none"),
    ],
)
def test_the_cheapest_class_that_meets_the_needs(
    needs: dict[str, Any], instance_class: str, binding: str
) -> None:
    """Without a class the cheapest that meets every need is taken, and the tightest need named."""
    capacity = bill(**{"instance_class": "", **needs}).capacity
    assert capacity.instance_class.tolist() == [instance_class]
    assert capacity.binding.tolist() == [binding]


def test_no_class_is_chosen_that_aws_advises_against() -> None:
    """In no Region a burstable class or one of R4 is chosen, and each choice has a price."""
    rows = [
        NeptuneWorkload(region=region, storage_gb=1.0, storage_configuration=configuration)
        for region in packaged().table("neptune").regions
        for configuration in ("standard", "io-optimized")
    ]
    priced = engine.estimate(NEPTUNE, rows)
    left_out = [name for name in CLASSES if name.startswith(("db.t", "db.r4."))]
    assert not priced.capacity.instance_class.isin(left_out).any()
    assert np.isfinite(priced.cost).all()


def test_an_instance_has_threads_a_cache_and_connections() -> None:
    """AWS's own: two threads a vCPU, two thirds of the memory, 8,192 WebSockets of a 2xlarge."""
    capacity = bill(instance_class="db.r5.2xlarge").capacity
    assert capacity.query_threads == 16
    assert capacity.buffer_cache_gib == pytest.approx(64 * 2 / 3)
    assert capacity.max_connections == 8192
    serverless = bill(capacity_mode="serverless", maximum_ncu=96.0).capacity
    assert serverless.max_connections == 32768
    assert serverless.buffer_cache_gib == 128
    assert serverless.query_threads == 48


VOLUMES = [
    {"instance_class": "db.r6g.2xlarge", "storage_gb": 800.0, "readers": 1.0},
    {"instance_class": "db.r6g.large", "storage_gb": 20_000.0},
    {"capacity_mode": "serverless", "mean_ncu": 6.0, "storage_gb": 1000.0},
]


@pytest.mark.parametrize("fields", VOLUMES)
def test_the_sweep_over_io_finds_the_break_even_of_io_optimized(fields: dict[str, Any]) -> None:
    """The crossing is the break-even in dollars, and both configurations re-price to one cost."""
    row = NeptuneWorkload(region="us-east-1", **fields)
    configurations = {"storage_configuration": ["standard", "io-optimized"]}
    compared = comparison.compare(NEPTUNE, row, configurations, packaged().card("neptune"))
    sweep = comparison.sweep_grid("monthly_read_io_requests", np.linspace(0, 5e10, 41), False)
    (found,) = crossings(compared, sweep)
    (break_even,) = engine.estimate(NEPTUNE, [row]).capacity.break_even_io_requests
    assert found.exact
    assert found.value == pytest.approx(break_even, rel=1e-6)
    at = msgspec.structs.replace(row, monthly_read_io_requests=found.value)
    both = [
        msgspec.structs.replace(at, storage_configuration=c) for c in ("standard", "io-optimized")
    ]
    standard, optimized = engine.estimate(NEPTUNE, both).cost
    assert standard == pytest.approx(optimized, rel=1e-6)


def test_the_saving_of_the_other_configuration_is_told_in_dollars() -> None:
    """Both findings name the difference of the two bills, and neither is told at the cheaper."""
    heavy, light = {"monthly_read_io_requests": 1e10}, {"monthly_read_io_requests": 1e6}
    for fields, cheaper, dearer, finding in (
        (heavy, "io-optimized", "standard", "io_optimized_cheaper"),
        (light, "standard", "io-optimized", "standard_cheaper"),
    ):
        low = bill(**fields, storage_configuration=cheaper, readers=1.0)
        high = bill(**fields, storage_configuration=dearer, readers=1.0)
        assert told(high)[finding] == pytest.approx(float(high.cost[0] - low.cost[0]))
        assert not {"io_optimized_cheaper", "standard_cheaper"} & set(told(low))


def test_a_price_that_is_not_listed_stays_open() -> None:
    """R6gd, which is not sold as Standard in us-east-1, has an open bill and no break-even."""
    priced = bill(instance_class="db.r6gd.large")
    (line,) = (one for one in priced.lines if one.rate.name == "instance_hours")
    assert line.unpriced.all()
    assert np.isnan(priced.capacity.break_even_io_requests).all()
    optimized = bill(instance_class="db.r6gd.large", storage_configuration="io-optimized")
    assert "standard_cheaper" not in told(optimized)


def test_secondary_clusters_are_priced_in_the_same_answer() -> None:
    """Each secondary cluster adds instances, storage and transfer at the prices of its Region."""
    fields = {"secondary_regions": 2.0, "monthly_write_io_requests": 1e6}
    alone = quantities(bill(**fields))
    assert alone["replicated_write_io_requests"] == 2e6
    assert "secondary_storage" not in alone
    found = quantities(bill(**fields, secondary_region="eu-west-1", monthly_replicated_gb=10.0))
    assert found["secondary_instance_hours"] == 2 * 730
    assert found["secondary_storage"] == 200
    assert found["replication_transfer"] == 20
    headless = quantities(bill(**fields, secondary_region="eu-west-1", secondary_instances=0.0))
    assert "secondary_instance_hours" not in headless
    assert headless["secondary_storage"] == 200


def test_io_optimized_still_bills_replicated_writes() -> None:
    """A Global Database bills replicated writes in either configuration, and I/O in one."""
    fields = {"secondary_regions": 1.0, "monthly_write_io_requests": 1e6}
    found = quantities(bill(**fields, storage_configuration="io-optimized"))
    assert found["replicated_write_io_requests"] == 1e6
    assert "io_requests" not in found


def test_reads_take_pages_and_writes_units_of_the_log() -> None:
    """A read of 20 KB takes two pages of 16 KB, less what is cached; a write of 5 KB two units."""
    reads = {"reads_per_second": 10.0, "read_bytes": 20_480.0, "cache_hit_fraction": 0.5}
    writes = {"writes_per_second": 1.0, "write_bytes": 5120.0}
    seconds = 730 * 3600
    assert quantities(bill(**reads))["io_requests"] == 10 * seconds * 2 * 0.5
    assert quantities(bill(**writes))["io_requests"] == 2 * seconds


SERVERLESS: dict[str, Any] = {"capacity_mode": "serverless", "storage_gb": 0.0}


@pytest.mark.parametrize(
    ("fields", "ncus"),
    [
        ({}, 1),
        ({"minimum_ncu": 0.0}, 1),
        ({"minimum_ncu": 2.2}, 2.5),
        ({"mean_ncu": 4.25}, 4.25),
        ({"mean_ncu": 40.0}, 16),
        ({"required_vcpus": 2.0}, 8),
        ({"required_vcpus": 2.0, "mean_cpu_fraction": 0.25}, 2),
    ],
)
def test_serverless_capacity_stays_in_its_range(fields: dict[str, Any], ncus: float) -> None:
    """The mean is what is given or what the CPU load takes, from 1 NCU to the maximum."""
    assert quantities(bill(**SERVERLESS, **fields))["ncu_hours"] == ncus * 730


@pytest.mark.parametrize(
    ("follows", "ncus", "expected"), [(True, 2.0, 4.0), (False, 2.0, 2.0), (False, 0.0, 4.0)]
)
def test_readers_of_tier_0_or_1_are_never_smaller_than_the_writer(
    follows: bool, ncus: float, expected: float
) -> None:
    """A reader that follows the writer has its capacity at least; others have their own."""
    fields = {"readers": 2.0, "reader_mean_ncu": ncus, "readers_follow_writer": follows}
    found = quantities(bill(**SERVERLESS, mean_ncu=4.0, **fields))
    assert found["reader_ncu_hours"] == 2 * expected * 730


def test_writer_and_readers_may_differ_in_mode() -> None:
    """A provisioned writer may have serverless readers, and both may be of either mode."""
    mixed = {"readers": 2.0, "reader_capacity_mode": "serverless", "readers_follow_writer": False}
    found = quantities(bill(**mixed, mean_ncu=4.0))
    assert found["instance_hours"] == 730
    assert found["reader_ncu_hours"] == 2 * 4 * 730
    own = {"reader_capacity_mode": "provisioned", "reader_instance_class": "db.r6g.large"}
    found = quantities(bill(**SERVERLESS, mean_ncu=4.0, readers=1.0, **own))
    assert found["ncu_hours"] == 4 * 730
    assert found["reader_instance_hours"] == 730


@pytest.mark.parametrize(
    ("fields", "ncus"),
    [
        ({"reader_mean_ncu": 2.0}, 8),
        ({"reader_mean_ncu": 12.0}, 12),
        ({"maximum_ncu": 6.0}, 6),
        ({"equivalent_memory_fraction": 0.5}, 4),
        ({"reader_mean_ncu": 2.0, "readers_follow_writer": False}, 2),
    ],
)
def test_serverless_readers_have_the_capacity_of_the_provisioned_writer_they_follow(
    fields: dict[str, Any], ncus: float
) -> None:
    """Behind 16 GiB a reader of tier 0 or 1 has 8 NCU of 2 GiB at least, within the maximum."""
    priced = bill(readers=1.0, reader_capacity_mode="serverless", **fields)
    assert quantities(priced)["reader_ncu_hours"] == ncus * 730
    follows = fields.get("readers_follow_writer", True)
    assert ("reader_floor" in told(priced)) == follows
    assert ("smaller_readers" in told(priced)) == (fields.get("maximum_ncu") == 6.0)


@pytest.mark.parametrize(
    ("needs", "instance_class"),
    [
        ({}, "db.r6g.large"),
        ({"required_vcpus": 8.0}, "db.r6g.2xlarge"),
        ({"required_memory_gib": 1500.0}, "db.r8g.48xlarge"),
    ],
)
def test_a_global_database_has_a_class_that_aws_names(
    needs: dict[str, Any], instance_class: str
) -> None:
    """R5 or R6g is chosen where one meets the needs, and nothing tells to leave them."""
    fields = {"instance_class": "", "secondary_regions": 1.0, "secondary_region": "eu-west-1"}
    priced = bill(**{**fields, **needs})
    assert priced.capacity.instance_class.tolist() == [instance_class]
    assert ("global_class" in told(priced)) == instance_class.startswith("db.r8g")
    assert "newer_class" not in told(priced)


GRAPH: dict[str, Any] = {"product": "analytics", "storage_gb": 0.0}


@pytest.mark.parametrize(
    ("fields", "size"),
    [
        ({}, 16),
        ({"storage_gb": 100.0}, 128),
        ({"required_memory_gib": 129.0, "storage_gb": 100.0}, 256),
        ({"provisioned_m_ncus": 1024.0}, 1024),
        ({"provisioned_m_ncus": 1025.0}, 2048),
        ({"provisioned_m_ncus": 1e6}, 24576),
    ],
)
def test_a_graph_has_the_smallest_size_that_holds_it(fields: dict[str, Any], size: int) -> None:
    """Sizes are those that AWS sells; an m-NCU is a GiB of memory."""
    priced = bill(**{**GRAPH, **fields})
    assert priced.capacity.m_ncus == size
    assert priced.capacity.memory_gib == size


def test_a_stopped_graph_costs_a_tenth() -> None:
    """Of 730 hours with one replica, half are billed in full and half at a tenth."""
    fields = {**GRAPH, "provisioned_m_ncus": 128.0, "paused_hours_fraction": 0.5}
    priced = bill(**fields)
    found = quantities(priced)
    assert found["graph_hours"] == found["paused_graph_hours"] == 730
    assert priced.cost[0] == pytest.approx(730 * 3.84 * 1.1)
    assert told(priced)["paused_saving"] == pytest.approx(730 * 3.84 * 0.9)
    running = bill(**GRAPH, provisioned_m_ncus=128.0)
    assert told(running)["always_running"] == pytest.approx(24 * 2 * 3.84 * 0.9)
    assert running.cost[0] - priced.cost[0] == pytest.approx(told(priced)["paused_saving"])


def test_a_graph_is_open_where_it_is_not_sold() -> None:
    """In a Region without Analytics the bill is open, and nothing is said of a saving."""
    elsewhere = bill(**GRAPH, region="eu-north-1")
    assert [line.rate.name for line in elsewhere.lines if line.unpriced.any()] == ["graph_hours"]
    assert not {"always_running", "paused_saving"} & set(told(elsewhere))


def test_a_graph_has_no_volume_and_no_instances() -> None:
    """A graph bills its hours and its snapshots, and no setting of the database."""
    fields = {"readers": 1.0, "monthly_read_io_requests": 1e6, "secondary_regions": 1.0}
    priced = bill(**{**GRAPH, **fields, "storage_gb": 10.0}, backup_gb=50.0)
    assert set(quantities(priced)) == {"graph_hours", "graph_snapshots"}
    assert told(priced)["settings_left_out"] == 3
    words = {"storage_configuration": "io-optimized", "capacity_mode": "serverless"}
    left_out = told(bill(**GRAPH, **words, instance_class="db.r6g.large"))
    assert left_out["settings_left_out"] == 3
    assert told(bill(paused_hours_fraction=0.5))["settings_left_out"] == 1


def test_data_of_a_graph_gives_no_free_backups_to_a_cluster() -> None:
    """An account's free backups are those of its clusters' volumes alone."""
    rows = [
        NeptuneWorkload(region="us-east-1", storage_gb=100.0, backup_gb=300.0),
        NeptuneWorkload(region="us-east-1", product="analytics", storage_gb=1000.0),
    ]
    priced = engine.estimate(NEPTUNE, rows)
    account = Account(free_tier=False)
    account.count(priced)
    (line,) = (one for one in account.settle(priced).lines if one.rate.name == "backup_storage")
    assert line.billable.sum() == 200


def test_newer_classes_of_the_same_sizes_save() -> None:
    """A writer and a reader of R5 cost 0.072 USD an hour more each than R8g; R8g saves nothing."""
    fields = {"instance_class": "db.r5.large", "readers": 1.0}
    assert told(bill(**fields))["newer_class"] == pytest.approx(2 * 730 * (0.348 - 0.276))
    assert "newer_class" not in told(bill(instance_class="db.r8g.large"))
    assert "newer_class" not in told(bill(instance_class="db.x2g.large"))


def test_availability_follows_the_readers() -> None:
    """With a reader 99.9 percent and two minutes hold; without, 99.5 percent and ten."""
    alone, pair = bill().capacity, bill(readers=1.0).capacity
    assert (alone.sla_fraction, alone.failover_seconds_high) == (0.995, 600)
    assert (pair.sla_fraction, pair.failover_seconds_high) == (0.999, 120)
    graph = bill(**GRAPH, graph_replicas=0.0).capacity
    assert graph.sla_fraction == 0.995
    assert np.isnan(graph.failover_seconds_high).all()


@pytest.mark.parametrize(
    ("fields", "finding"),
    [
        ({"storage_gb": 132_000.0}, "storage"),
        ({"readers": 16.0}, "readers"),
        ({"readers": 40.0}, "db_instances"),
        ({}, "no_reader"),
        ({"readers": 1.0}, "replica_lag"),
        ({"readers": 1.0, "reader_instance_class": "db.t4g.medium"}, "smaller_readers"),
        ({"running_hours_fraction": 0.5}, "stopped_days"),
        ({"required_vcpus": 4.0}, "required_vcpus"),
        ({"required_memory_gib": 17.0}, "required_memory"),
        ({**GRAPH, "provisioned_m_ncus": 16.0, "required_memory_gib": 17.0}, "required_memory"),
        ({"connections": 2049.0}, "connections"),
        ({"concurrent_queries": 5.0}, "concurrent_queries"),
        ({"concurrent_queries": 8197.0}, "queued_queries"),
        ({"working_set_gib": 11.0}, "working_set"),
        ({"instance_class": "db.r7i.4xlarge", "connections": 1.0}, "unpublished_limits"),
        ({"instance_class": "db.r4.large"}, "unsupported_class"),
        ({"readers": 1.0, "reader_instance_class": "db.r4.large"}, "unsupported_class"),
        ({"instance_class": "db.t4g.medium"}, "burstable_class"),
        ({"instance_class": "db.t4g.medium", "required_vcpus": 2.0}, "sustained_vcpus"),
        ({**SERVERLESS, "maximum_ncu": 129.0}, "maximum_ncu"),
        ({**SERVERLESS, "minimum_ncu": 0.5}, "never_paused"),
        ({**SERVERLESS, "working_set_gib": 2.0}, "least_ncu"),
        ({**SERVERLESS, "required_vcpus": 5.0}, "required_vcpus"),
        (SERVERLESS, "load_not_given"),
        ({"secondary_regions": 6.0}, "secondary_regions"),
        ({"secondary_regions": 1.0, "secondary_instances": 17.0}, "secondary_instances"),
        ({"secondary_regions": 1.0}, "secondary_not_priced"),
        ({"secondary_regions": 1.0, "secondary_region": "us-east-1"}, "secondary_in_own_region"),
        ({"secondary_regions": 1.0, "instance_class": "db.r8g.large"}, "global_class"),
        ({**GRAPH, "provisioned_m_ncus": 25_000.0}, "graph_m_ncus"),
        ({**GRAPH, "provisioned_m_ncus": 2048.0}, "approved_m_ncus"),
        ({**GRAPH, "graph_replicas": 3.0}, "graph_replicas"),
        ({**GRAPH, "graph_replicas": 0.0}, "no_graph_replica"),
    ],
)
def test_what_binds_is_told(fields: dict[str, Any], finding: str) -> None:
    """Each limit and each trap is told where it holds."""
    assert finding in told(bill(**fields))


def test_what_does_not_bind_is_not_told() -> None:
    """A serverless instance whose cache is held, and a Global Database of R6g, raise nothing."""
    held = {"minimum_ncu": 2.0, "working_set_gib": 2.0, "mean_ncu": 2.0, "readers": 1.0}
    assert set(told(bill(**SERVERLESS, **held))) == {"replica_lag"}
    several = {"secondary_regions": 1.0, "secondary_region": "eu-west-1", "readers": 1.0}
    several |= {"monthly_read_io_requests": 1.0}
    assert set(told(bill(**several))) == {"replica_lag"}
