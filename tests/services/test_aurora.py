"""AWS's worked examples for Amazon Aurora, and the rules they do not reach.

Left out of the examples: D-AUR-20 and D-AUR-21 (Savings Plans and reservations are not covered).
Graded X and so no test: X-AUR-31 (0.58 USD for a db.r6g.xlarge, where AWS's own table has 0.519),
X-AUR-32 (0.156 USD an ACU-hour of I/O-Optimized, where the price list has 0.16).

Left out of the published cost reports: Serverless v1, which AWS has retired; reservations; API
requests of Performance Insights beyond the free million, which Database Insights replaced; and of
Performance Insights the prices of an older list, and of two years the first month alone. Minor
versions, such as 5.7.44 and 11.22, are priced as their major version.
"""

from typing import Any

import msgspec
import numpy as np
import pytest

from pricing import comparison, engine
from pricing.catalogue import packaged
from pricing.model import service
from pricing.services.aurora import CLASSES, AuroraWorkload
from tests.services import examples
from tests.services.bills import over, quantities
from tests.sweeps import crossings

AURORA = service("aurora")


def bill(**fields: Any) -> engine.Bill:
    """Return the bill of one cluster in us-east-1."""
    cluster = {"region": "us-east-1", "instance_class": "db.r6g.large", "storage_gb": 100.0}
    return engine.estimate(AURORA, [AuroraWorkload(**{**cluster, **fields})])


@pytest.mark.parametrize("example", examples.load("aurora"))
def test_example(example: examples.Example) -> None:
    """The figures that AWS or a published report gives come out, in their units."""
    assert examples.found("aurora", example) == examples.stated(example)


@pytest.mark.parametrize(
    ("needs", "instance_class", "binding"),
    [
        ({}, "db.r6g.large", "price"),
        ({"required_vcpus": 8.0}, "db.r6g.2xlarge", "required_vcpus"),
        ({"required_memory_gib": 100.0}, "db.x2g.2xlarge", "required_memory_gib"),
        ({"connections": 1500.0, "engine": "aurora-mysql"}, "db.x2g.large", "connections"),
        ({"required_temporary_gib": 1500.0}, "db.x2g.12xlarge", "required_temporary_gib"),
        ({"required_vcpus": 8.0, "capacity_mode": "serverless"}, "", "none"),
        ({"instance_class": "db.r7g.large"}, "db.r7g.large", "given"),
    ],
)
def test_the_cheapest_class_that_meets_the_needs(
    needs: dict[str, Any], instance_class: str, binding: str
) -> None:
    """Without a class the cheapest that meets every need is taken, and the tightest need named."""
    capacity = bill(**{"instance_class": "", **needs}).capacity
    assert capacity.instance_class.tolist() == [instance_class]
    assert capacity.binding.tolist() == [binding]


def test_a_sized_class_meets_its_needs_wherever_one_does() -> None:
    """No sized class exceeds a need that a class with a price would meet."""
    sizes = [float(2**power) for power in range(11)]
    rows = [
        AuroraWorkload(region=region, storage_gb=1.0, required_vcpus=vcpus)
        for region in packaged().table("aurora").regions
        for vcpus in sizes
    ]
    priced = engine.estimate(AURORA, rows)
    (check,) = (one for one in priced.checks if one.rule == "required_vcpus")
    exceeded, needed = check.applies & check.over, np.array([row.required_vcpus for row in rows])
    assert not exceeded[needed <= 32].any()
    assert exceeded[needed > 192].all()
    assert not any(priced.capacity.instance_class.isin([n for n in CLASSES if ".t" in n]))


VOLUMES = [
    {"instance_class": "db.r6g.2xlarge", "storage_gb": 800.0, "readers": 1.0},
    {"instance_class": "db.r6g.large", "storage_gb": 20_000.0},
    {"capacity_mode": "serverless", "mean_acu": 6.0, "storage_gb": 1000.0},
]


@pytest.mark.parametrize("fields", VOLUMES)
def test_the_sweep_over_io_finds_the_break_even_of_io_optimized(fields: dict[str, Any]) -> None:
    """The crossing is the break-even in dollars, and both configurations re-price to one cost."""
    row = AuroraWorkload(region="us-east-1", **fields)
    configurations = {"storage_configuration": ["standard", "io-optimized"]}
    compared = comparison.compare(AURORA, row, configurations, packaged().card("aurora"))
    sweep = comparison.sweep_grid("monthly_read_io_requests", np.linspace(0, 5e10, 41), False)
    (found,) = crossings(compared, sweep)
    (break_even,) = engine.estimate(AURORA, [row]).capacity.break_even_io_requests
    assert found.exact
    assert found.value == pytest.approx(break_even, rel=1e-6)
    at = msgspec.structs.replace(row, monthly_read_io_requests=found.value)
    both = [
        msgspec.structs.replace(at, storage_configuration=c) for c in ("standard", "io-optimized")
    ]
    standard, optimized = engine.estimate(AURORA, both).cost
    assert standard == pytest.approx(optimized, rel=1e-6)


def test_the_break_even_is_of_dollars_and_not_of_a_share() -> None:
    """I/O breaks even at 0.30 of compute and 1.25 of storage: 23 to 56 percent of the cost."""
    shares = []
    for fields in ({"storage_gb": 0.0}, {"storage_gb": 1e5}):
        row = {"instance_class": "db.r6g.2xlarge", **fields}
        (requests,) = bill(**row).capacity.break_even_io_requests
        compute, storage = 1.038 * 730, 0.10 * fields["storage_gb"]
        assert requests * 2e-7 == pytest.approx(0.30 * compute + 1.25 * storage, rel=2e-3)
        at = bill(**row, monthly_read_io_requests=requests)
        shares.append(float(at.capacity.io_cost_fraction[0]))
    assert shares == pytest.approx([0.23, 0.54], abs=0.01)


def test_secondary_clusters_are_priced_in_the_same_answer() -> None:
    """Each secondary cluster adds instances, storage and transfer at the prices of its Region."""
    fields = {"secondary_regions": 2.0, "monthly_write_io_requests": 1e6}
    alone = quantities(bill(**fields))
    assert alone["replicated_write_io_requests"] == 2e6
    assert "secondary_storage" not in alone
    priced = bill(**fields, secondary_region="eu-west-1", monthly_replicated_gb=10.0)
    found = quantities(priced)
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


@pytest.mark.parametrize(("engine_name", "reads"), [("aurora-postgresql", 3), ("aurora-mysql", 2)])
def test_reads_take_pages_of_the_engine(engine_name: str, reads: int) -> None:
    """A read of 20 KB takes three pages of PostgreSQL and two of MySQL, less what is cached."""
    fields = {"reads_per_second": 10.0, "read_bytes": 20_480.0, "cache_hit_fraction": 0.5}
    found = quantities(bill(engine=engine_name, **fields))
    assert found["io_requests"] == 10 * 730 * 3600 * reads * 0.5


SERVERLESS = {"capacity_mode": "serverless", "mean_acu": 4.0, "storage_gb": 0.0}


@pytest.mark.parametrize(
    ("fields", "hours", "finding"),
    [
        ({"minimum_acu": 0.0}, 4 * 365, "resume"),
        ({}, 4 * 730, "never_paused"),
        ({"minimum_acu": 0.0, "proxies": 1.0}, 4 * 730, "pause_blocked"),
        ({"minimum_acu": 0.0, "secondary_regions": 1.0}, 4 * 730, "pause_blocked"),
    ],
)
def test_only_a_cluster_that_may_pause_saves_hours(
    fields: dict[str, Any], hours: float, finding: str
) -> None:
    """Half the hours paused are saved at a minimum of 0 ACU, if nothing keeps it awake."""
    priced = bill(**SERVERLESS, **fields, paused_hours_fraction=0.5)
    assert quantities(priced)["acu_hours"] == hours
    assert finding in over(priced)


@pytest.mark.parametrize(
    ("follows", "acus", "expected"), [(True, 2.0, 4.0), (False, 2.0, 2.0), (False, 0.0, 4.0)]
)
def test_readers_of_tier_0_or_1_are_never_smaller_than_the_writer(
    follows: bool, acus: float, expected: float
) -> None:
    """A reader that follows the writer has its capacity at least; others have their own."""
    fields = {"readers": 2.0, "reader_mean_acu": acus, "readers_follow_writer": follows}
    assert quantities(bill(**SERVERLESS, **fields))["reader_acu_hours"] == 2 * expected * 730


@pytest.mark.parametrize(
    ("fields", "connections"),
    [
        ({"maximum_acu": 1.0, "minimum_acu": 1.0}, 189),
        ({"maximum_acu": 32.0, "minimum_acu": 1.0}, 5000),
        ({"maximum_acu": 32.0, "minimum_acu": 0.5}, 2000),
        ({"maximum_acu": 48.0, "engine": "aurora-mysql"}, 3000),
    ],
)
def test_connections_follow_the_maximum_of_acus(fields: dict[str, Any], connections: int) -> None:
    """The largest capacity that AWS lists below the maximum counts; a small minimum caps it."""
    assert bill(**SERVERLESS, **fields).capacity.max_connections == connections


def test_writer_and_readers_may_differ_in_mode() -> None:
    """A provisioned writer may have serverless readers, and both may be of either mode."""
    found = quantities(bill(readers=2.0, reader_capacity_mode="serverless", mean_acu=4.0))
    assert found["instance_hours"] == 730
    assert found["reader_acu_hours"] == 2 * 4 * 730
    found = quantities(
        bill(
            **SERVERLESS,
            readers=1.0,
            reader_capacity_mode="provisioned",
            reader_instance_class="db.r6g.large",
        )
    )
    assert found["acu_hours"] == 4 * 730
    assert found["reader_instance_hours"] == 730


@pytest.mark.parametrize(
    ("fields", "finding"),
    [
        ({"storage_gb": 300_000.0}, "storage"),
        ({"storage_gb": 200_000.0}, "storage_of_older_versions"),
        ({"readers": 16.0}, "readers"),
        ({}, "no_reader"),
        ({"readers": 1.0}, "replica_lag"),
        ({"connections": 5000.0}, "connections"),
        ({"required_memory_gib": 16.0}, "required_memory"),
        ({"working_set_gib": 16.0}, "working_set"),
        ({"required_temporary_gib": 100.0}, "temporary_storage"),
        ({"instance_class": "db.r8gd.xlarge", "required_temporary_gib": 1.0}, "unpublished_limits"),
        ({"instance_class": "db.t4g.medium"}, "burstable_class"),
        ({"readers": 1.0, "reader_instance_class": "db.t4g.medium"}, "burstable_class"),
        ({"readers": 1.0, "reader_instance_class": "db.t4g.medium"}, "smaller_readers"),
        (
            {"readers": 1.0, "reader_capacity_mode": "serverless", "maximum_acu": 6.0},
            "smaller_readers",
        ),
        ({"instance_class": "db.t4g.medium", "storage_gb": 50_000.0}, "burstable_storage"),
        ({"instance_class": "db.t4g.medium", "required_vcpus": 2.0}, "sustained_vcpus"),
        ({**SERVERLESS, "maximum_acu": 300.0}, "maximum_acu"),
        ({**SERVERLESS, "maximum_acu": 200.0}, "acu_of_older_versions"),
        ({**SERVERLESS, "required_vcpus": 8.0}, "peak_acu"),
        ({**SERVERLESS, "required_vcpus": 4.0}, "advised_maximum_acu"),
        ({**SERVERLESS, "secondary_regions": 1.0}, "least_acu"),
        ({**SERVERLESS, "insights_retention_months": 1.0}, "least_acu"),
        ({**SERVERLESS, "mean_acu": 0.0}, "load_not_given"),
        ({"secondary_regions": 11.0}, "secondary_regions"),
        ({"secondary_regions": 1.0, "secondary_instances": 17.0}, "secondary_instances"),
        ({"secondary_regions": 1.0, "secondary_region": "us-east-1"}, "secondary_in_own_region"),
        ({"monthly_read_io_requests": 1e10}, "io_optimized_cheaper"),
        (
            {"monthly_read_io_requests": 1e6, "storage_configuration": "io-optimized"},
            "standard_cheaper",
        ),
        ({"backtrack_window_hours": 73.0, "engine": "aurora-mysql"}, "backtrack_window"),
        ({"backtrack_window_hours": 1.0}, "backtrack_engine"),
        ({"engine_version": "5.7"}, "version_of_engine"),
        ({"engine_version": "12"}, "extended_support"),
        ({**SERVERLESS, "engine_version": "12"}, "serverless_support"),
        ({"running_hours_fraction": 0.5}, "stopped_days"),
    ],
)
def test_what_binds_is_told(fields: dict[str, Any], finding: str) -> None:
    """Each limit and each trap is told where it holds."""
    assert finding in over(bill(**fields))


def test_a_price_that_is_not_listed_stays_open() -> None:
    """Classes that I/O-Optimized is not sold for have no break-even, and a bill that is open."""
    priced = bill(instance_class="db.r4.large")
    assert np.isnan(priced.capacity.break_even_io_requests).all()
    assert "standard_cheaper" not in over(priced)
    optimized = bill(instance_class="db.r4.large", storage_configuration="io-optimized")
    (line,) = (one for one in optimized.lines if one.rate.name == "instance_hours")
    assert line.unpriced.all()


def test_a_serverless_writer_needs_the_highest_cpu_load() -> None:
    """The capacity that AWS advises for four vCPUs at 30 percent at most bears them."""
    load = {"required_vcpus": 4.0, "p95_cpu_fraction": 0.2, "maximum_cpu_fraction": 0.3}
    priced = bill(capacity_mode="serverless", maximum_acu=0.0, **load)
    (check,) = (one for one in priced.checks if one.rule == "required_vcpus")
    assert check.value[0] == pytest.approx(1.2)
    assert not check.over.any()


def test_extended_support_of_serverless_instances_is_unpriced() -> None:
    """AWS bills it by ACU at a price that is not known: it is metered, and not zero."""
    priced = bill(capacity_mode="serverless", engine_version="12", mean_acu=2.0)
    (line,) = (one for one in priced.lines if one.rate.name == "serverless_extended_support")
    assert line.quantity.tolist() == [2 * 730]
    assert line.unpriced.all()


def test_the_saving_of_the_other_configuration_is_told_in_dollars() -> None:
    """The finding is the difference of the two bills."""
    both = [
        bill(monthly_read_io_requests=1e10, storage_configuration=name)
        for name in ("standard", "io-optimized")
    ]
    (check,) = (one for one in both[0].checks if one.rule == "io_optimized_cheaper")
    assert check.value[0] == pytest.approx((both[0].cost - both[1].cost)[0])


def test_connections_take_memory_of_a_serverless_writer() -> None:
    """3,000 connections of 10 MiB are 29.3 GiB, which 15 ACUs have; a CPU load may need more."""
    opened = {"capacity_mode": "serverless", "maximum_acu": 64.0, "connections": 3000.0}
    assert bill(**opened).capacity.mean_acu.tolist() == [15]
    assert bill(required_vcpus=8.0, **opened).capacity.mean_acu.tolist() == [32]
    assert bill(required_vcpus=2.0, **opened).capacity.mean_acu.tolist() == [15]
