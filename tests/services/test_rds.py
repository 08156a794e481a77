"""Amazon RDS against AWS's worked examples and published cost reports, and its own rules.

Left out of the examples, with the reason:

- F-RDS-05: storage autoscaling is a threshold that the user sets: no demand, no charge.
- F-RDS-06 to F-RDS-08, F-RDS-10: normalized units of reserved instances.
- F-EBS-09 and F-EBS-10 for io2: without Block Express (500 IOPS/GiB); that of RDS has it (1,000).
- F-EBS-15, F-EBS-16: sc1 and st1 are no storage types of RDS.
- F-EBS-18: incremental snapshots; the user gives the backups kept, as billed.
- F-EBS-20, F-EBS-21: RDS has no snapshot archive.
- aws_db_instance/mysql-1yr-no-upfront-multi-az: reserved instances are not modelled.
- aws_db_instance/mysql-performance-insights-usage: the price of Performance Insights by family,
  which ended in 2022; its instance and storage are those of mysql-default.
"""

import csv
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from pricing import engine, tables
from pricing.account import Account
from pricing.catalogue import packaged
from pricing.comparison import compare
from pricing.kit import instances
from pricing.quantities import REGION_CODES
from pricing.rates import WordColumn, compile_table
from pricing.services.rds import CLASSES, SERVICE, RDSWorkload
from tests.services import examples
from tests.services.bills import applying


def workload(**fields: Any) -> RDSWorkload:
    """Make a workload of a few fields; strict, as the edge does."""
    given = {"region": "us-east-1", "instance_class": "db.r6g.xlarge", "storage_gb": 100.0}
    return msgspec.convert({**given, **fields}, RDSWorkload)


def estimate(*workloads: RDSWorkload) -> Any:
    """Price workloads at the newest prices."""
    return engine.estimate(SERVICE, workloads)


def costs(bill: Any, row: int = 0) -> dict[str, tuple[float, float]]:
    """Quantity and cost of each charge that is not zero."""
    return {
        line.rate.name: (float(line.billable[row]), float(line.cost[row]))
        for line in bill.lines
        if line.billable[row]
    }


def total(bill: Any, row: int = 0) -> float:
    """Sum the costs of one row."""
    return sum(float(line.cost[row]) for line in bill.lines)


def found(bill: Any, row: int = 0) -> dict[str, tuple[float, float]]:
    """Value and limit of each finding that applies and is beyond its limit."""
    return {
        check.rule: (float(check.value[row]), float(check.limit[row]))
        for check in bill.checks
        if check.applies[row] and not check.fact and check.value[row] > check.limit[row]
    }


def facts(bill: Any, row: int = 0) -> dict[str, float]:
    """Return the count of each fact that holds; NaN where nothing is counted."""
    return {
        check.rule: float(check.value[row])
        for check in bill.checks
        if check.applies[row] and check.fact
    }


@pytest.mark.parametrize("example", examples.load("rds"))
def test_example(example: examples.Example) -> None:
    """The figures that AWS or a published report gives come out, in their units."""
    assert examples.found("rds", example) == examples.stated(example)


def test_only_iops_above_the_included_are_billed() -> None:
    """PostgreSQL multi-az with 500 GB of gp3 at 14,000 IOPS bills 2,000 of them."""
    bill = estimate(workload(deployment="multi-az", storage_gb=500, iops=14_000))
    expected = {
        "instance_hours": (730.0, pytest.approx(730 * 0.899)),
        "storage": (500.0, pytest.approx(500 * 0.23)),
        "provisioned_iops": (2000.0, pytest.approx(2000 * 0.04)),
    }
    assert expected == costs(bill)
    assert found(bill) == {"iops_beyond_instance": (14_000.0, 6000.0)}


def test_nothing_is_provisionable_below_the_threshold() -> None:
    """The same at 300 GB is a finding and not a silent price."""
    bill = estimate(workload(deployment="multi-az", storage_gb=300, iops=14_000))
    assert {"instance_hours", "storage"} == set(costs(bill))
    assert found(bill) == {"volume_iops": (14_000.0, 3000.0)}


@pytest.mark.parametrize(
    ("engine_name", "gb", "iops", "billed"),
    [
        ("postgres", 399, 20_000, 0),
        ("postgres", 400, 20_000, 8000),
        ("oracle-ee", 199, 20_000, 0),
        ("oracle-ee", 200, 20_000, 8000),
        ("sqlserver-se", 100, 20_000, 13_000),
        ("sqlserver-se", 20, 20_000, 7000),
        ("postgres", 400, 100_000, 52_000),
        ("sqlserver-se", 8000, 0, 1000),
    ],
)
def test_gp3_iops_by_engine(engine_name: str, gb: int, iops: int, billed: int) -> None:
    """Stripes from 400 GiB, Oracle from 200, SQL Server never; each range and ratio holds."""
    bill = estimate(
        workload(engine=engine_name, instance_class="db.r5.xlarge", storage_gb=gb, iops=iops)
    )
    assert billed == float(bill.capacity.billed_iops[0])


def test_gp3_throughput_follows_its_rules() -> None:
    """Only the excess is billed; 0.25 MiB/s for each IOPS at most; MySQL's least above 32,000."""
    bill = estimate(
        workload(storage_gb=500, throughput_mibps=700),
        workload(storage_gb=100, throughput_mibps=700),
        workload(engine="sqlserver-se", throughput_mibps=1000),
        workload(engine="mysql", storage_gb=500, iops=40_000),
        workload(storage_gb=500, iops=40_000),
        workload(storage_type="io1", throughput_mibps=700),
    )
    expected = [200.0, 0.0, 625.0, 125.0, 0.0, 0.0]
    assert expected == bill.capacity.billed_throughput_mibps.tolist()
    assert "volume_throughput" in found(bill, 1)
    assert {"throughput_per_iops": (pytest.approx(1 / 3), 0.25)}.items() <= found(bill, 2).items()
    assert "volume_throughput" in found(bill, 5)


def test_io1_and_io2_bill_all_iops_at_their_own_prices() -> None:
    """io2 is not gp2: its storage and its IOPS have prices of their own."""
    bill = estimate(
        workload(storage_type="io1", iops=3000), workload(storage_type="io2", iops=3000)
    )
    for row in (0, 1):
        assert (3000.0, pytest.approx(300.0)) == costs(bill, row)["provisioned_iops"]
        assert (100.0, pytest.approx(12.5)) == costs(bill, row)["storage"]
    assert bill.capacity.provisioned_throughput_mibps.tolist() == [500.0, pytest.approx(768.0)]


def test_iops_beyond_the_ratio_are_found_and_not_billed() -> None:
    """50 IOPS for each GiB of io1, 1,000 of io2."""
    bill = estimate(
        workload(storage_type="io1", iops=6000), workload(storage_type="io2", iops=150_000)
    )
    assert bill.capacity.billed_iops.tolist() == [5000.0, 100_000.0]
    assert found(bill, 0)["iops_per_gb"] == (60.0, 50.0)
    assert found(bill, 1)["iops_per_gb"] == (1500.0, 1000.0)


def test_magnetic_bills_requests() -> None:
    """I/O requests are billed on magnetic storage and on no other."""
    bill = estimate(
        workload(storage_type="standard", monthly_io_requests=1e8),
        workload(storage_type="gp2", monthly_io_requests=1e8),
    )
    assert (1e8, pytest.approx(10.0)) == costs(bill, 0)["io_requests"]
    assert "io_requests" not in costs(bill, 1)
    assert np.isnan(bill.capacity.usable_throughput_mibps[0])


def test_backups_beyond_the_provisioned_storage_are_billed() -> None:
    """As much backup as provisioned storage, that of replicas included, is free."""
    bill = estimate(workload(backup_gb=250), workload(backup_gb=250, read_replicas=1))
    assert [costs(bill, row)["backup_storage"][0] for row in (0, 1)] == [150.0, 50.0]


def test_replicas_have_class_and_deployment_of_their_own() -> None:
    """A replica costs what an instance of its class and deployment costs, on equal storage."""
    own = estimate(
        workload(
            storage_gb=500,
            iops=14_000,
            read_replicas=2,
            replica_instance_class="db.r6g.large",
            replica_deployment="multi-az",
        )
    )
    source = estimate(workload(storage_gb=500, iops=14_000))
    replica = estimate(
        workload(instance_class="db.r6g.large", deployment="multi-az", storage_gb=500, iops=14_000)
    )
    assert total(source) + 2 * total(replica) == pytest.approx(total(own))
    assert float(own.capacity.readable_instances[0]) == 3.0
    assert own.capacity.replica_replication.tolist() == ["asynchronous"]


@pytest.mark.parametrize(
    ("engine_name", "limit"),
    [("postgres", 15), ("mariadb", 15), ("oracle-ee", 5), ("sqlserver-ee", 5)],
)
def test_read_replicas_by_engine(engine_name: str, limit: int) -> None:
    """Each engine has its limit of read replicas."""
    fields = {"engine": engine_name, "instance_class": "db.r5.xlarge"}
    bill = estimate(
        workload(**fields, read_replicas=limit), workload(**fields, read_replicas=limit + 1)
    )
    assert "read_replicas" not in found(bill, 0)
    assert found(bill, 1)["read_replicas"] == (limit + 1, limit)


def test_editions_without_read_replicas() -> None:
    """Of Oracle and SQL Server only the Enterprise Edition has read replicas."""
    fields = {"instance_class": "db.r5.xlarge", "read_replicas": 1}
    for edition in ("oracle-se2", "sqlserver-ex", "sqlserver-web", "sqlserver-se"):
        bill = estimate(workload(**fields, engine=edition))
        assert facts(bill)["replicas_of_edition"] == 1.0


def test_a_cluster_price_covers_all_three_instances() -> None:
    """Published cluster prices are 2.7 to 3 times the single-az ones, storage and IOPS about 3."""
    card = packaged().card("rds")
    ratios = {}
    for meter in ("instance_hours", "storage", "provisioned_iops", "provisioned_throughput"):
        rate = card.rates[meter]
        place = {variant: index for index, variant in enumerate(rate.variants)}
        over = [
            rate.first[place[variant], -1] / rate.first[place[single], -1]
            for variant in place
            if (single := variant.replace("multi-az-cluster", "single-az")) != variant
            and single in place
        ]
        ratios[meter] = (np.nanmin(over), np.nanmax(over))
    assert all(low > 2.6 and high < 3.4 for low, high in ratios.values()), ratios
    bill = estimate(workload(deployment="multi-az-cluster", instance_class="db.m6gd.xlarge"))
    assert (730.0, pytest.approx(730 * 1.044)) == costs(bill)["instance_hours"]
    assert float(bill.capacity.readable_instances[0]) == 3.0


def test_availability_by_deployment() -> None:
    """SLA, failover, what an AZ loss costs, and how standbys follow."""
    deployments = ("single-az", "multi-az", "multi-az-cluster")
    c = estimate(*(workload(deployment=word) for word in deployments)).capacity
    assert c.sla_fraction.tolist() == [0.995, 0.9995, 0.9995]
    nan = pytest.approx(np.nan, nan_ok=True)
    assert [nan, 60.0, nan] == c.failover_seconds_low.tolist()
    assert [nan, 120.0, 35.0] == c.failover_seconds_high.tolist()
    assert c.recovery_point_seconds.tolist() == [300.0, 0.0, 0.0]
    assert c.standby_replication.tolist() == ["none", "synchronous", "semisynchronous"]
    words = ["restore-from-backup", "failover", "failover-and-one-reader"]
    assert words == c.after_zone_loss.tolist()


def test_replicas_lag_and_can_be_promoted() -> None:
    """Any replica is told to lag; only a lone source needs one promoted when its zone is lost."""
    bill = estimate(
        workload(read_replicas=2),
        workload(read_replicas=1, deployment="multi-az"),
        workload(),
    )
    assert [facts(bill, row).get("replica_lag") for row in range(3)] == [2, 1, None]
    words = ["promote-replica-or-restore", "failover", "restore-from-backup"]
    assert words == bill.capacity.after_zone_loss.tolist()


def test_replicas_of_a_smaller_class_do_not_sustain_what_is_billed() -> None:
    """Replicas of a class of their own are compared with the volume as the source is."""
    fast = {"storage_gb": 500, "iops": 14_000, "throughput_mibps": 700, "read_replicas": 1}
    fast["instance_class"] = "db.r6g.16xlarge"
    bill = estimate(
        workload(**fast, replica_instance_class="db.r6g.xlarge"),
        workload(**fast),
        workload(**{**fast, "read_replicas": 0}, replica_instance_class="db.r6g.xlarge"),
        workload(**fast, replica_instance_class="db.t2.large"),
    )
    assert found(bill, 0) == {
        "replica_iops_beyond_instance": (14_000.0, 6000.0),
        "replica_throughput_beyond_instance": (700.0, pytest.approx(141.6, abs=0.1)),
    }
    assert [found(bill, row) for row in (1, 2, 3)] == [{}, {}, {}]


def test_throughput_that_iops_bring_with_them_is_told() -> None:
    """MySQL's 40,000 IOPS have 625 MiB/s at least, 125 of them billed though none were asked."""
    row = {"engine": "mysql", "instance_class": "db.r6g.16xlarge", "storage_gb": 500}
    bill = estimate(
        workload(**row, iops=40_000),
        workload(**row, iops=40_000, throughput_mibps=600),
        workload(**row, iops=40_000, throughput_mibps=625),
        workload(**row, iops=32_000),
    )
    told = [found(bill, place).get("least_throughput") for place in range(4)]
    assert told == [(625.0, 500.0), (625.0, 600.0), None, None]


def test_the_smaller_of_volume_and_instance_is_named() -> None:
    """What is not published of a class is unknown, never zero."""
    c = estimate(
        workload(storage_gb=500),
        workload(storage_gb=300),
        workload(instance_class="db.t2.large"),
    )
    assert c.capacity.iops_limited_by.tolist() == ["instance", "volume", "unknown"]
    assert c.capacity.usable_iops[:2].tolist() == [6000.0, 3000.0]
    assert np.isnan(c.capacity.usable_iops[2])


def test_the_known_limit_rules_out_what_the_unknown_one_cannot_save() -> None:
    """Beyond the volume's limit is infeasible on any class; within it, the unknown is told."""
    unpublished = {"instance_class": "db.t2.large"}
    bill = estimate(
        workload(**unpublished, required_iops=3001, required_throughput_mibps=126),
        workload(**unpublished, required_iops=3000, required_throughput_mibps=125),
        workload(**unpublished, storage_type="standard", required_throughput_mibps=1),
        workload(storage_type="standard", required_throughput_mibps=500),
        workload(**unpublished),
    )
    assert found(bill, 0) == {
        "required_iops": (3001.0, 3000.0),
        "required_throughput": (126.0, 125.0),
    }
    assert found(bill, 1) == {}
    always = {"one_zone", "burstable_class"}
    assert facts(bill, 1).keys() - always == {"unpublished_iops", "unpublished_throughput"}
    assert facts(bill, 2)["unpublished_throughput"] == 2.0
    assert found(bill, 3)["required_throughput"][0] == 500.0
    assert (found(bill, 4), facts(bill, 4).keys()) == ({}, always)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, True),
        ({"deployment": "multi-az"}, False),
        ({"deployment": "multi-az-cluster", "engine": "mysql"}, False),
        ({"instances": 0}, False),
    ],
)
def test_an_instance_without_a_standby_says_so(fields: dict[str, Any], expected: bool) -> None:
    """Single-AZ costs half of Multi-AZ, so a comparison tells what it lacks."""
    assert ("one_zone" in facts(estimate(workload(**fields)))) is expected


def test_an_infeasible_workload_of_an_unpublished_class_is_exceeded() -> None:
    """A class of unknown limits never ranks as feasible where its volume already falls short."""
    bill = estimate(workload(instance_class="db.t2.large", required_iops=10_000))
    assert any(check.exceeded[0] for check in bill.checks)


def test_needs_beyond_the_class_are_found() -> None:
    """vCPUs, memory, IOPS, throughput and connections are each compared with what there is."""
    bill = estimate(
        workload(
            storage_gb=500,
            required_vcpus=8,
            required_memory_gib=31.5,
            required_iops=6001,
            required_throughput_mibps=200,
            connections=4000,
        )
    )
    needs = ("required_vcpus", "required_memory", "required_iops", "required_throughput")
    assert {*needs, "connections"} == set(found(bill))
    assert (31.5, pytest.approx(31.16)) == found(bill)["required_memory"]


@pytest.mark.parametrize(
    ("engine_name", "vcpus", "memory"),
    [
        ("sqlserver-ex", 8, 1410 / 1024),
        ("sqlserver-web", 32, 64),
        ("sqlserver-se", 48, 128),
        ("sqlserver-ee", None, None),
        ("oracle-se2", 16, None),
        ("oracle-ee", None, None),
        ("postgres", None, None),
    ],
)
def test_an_edition_uses_no_more_than_its_licence_allows(
    engine_name: str, vcpus: float | None, memory: float | None
) -> None:
    """What the class has beyond the edition is told, and does not meet a need."""
    large = {"engine": engine_name, "instance_class": "db.m5.24xlarge"}
    bill = estimate(
        workload(**large, required_vcpus=vcpus or 96),
        workload(**large, required_vcpus=(vcpus or 96) + 1),
    )
    assert found(bill, 0).get("vcpus_of_edition") == (vcpus and (96.0, vcpus))
    limit = found(bill, 0).get("memory_of_edition")
    assert limit == (memory and (pytest.approx(376.12), memory))
    assert "required_vcpus" not in found(bill, 0)
    assert found(bill, 1)["required_vcpus"][1] == (vcpus or 96)


def test_a_small_class_is_within_its_edition() -> None:
    """Four vCPUs and 30 GiB are within Standard Edition and are not told of."""
    assert found(estimate(workload(engine="sqlserver-se", instance_class="db.r5.xlarge"))) == {}


@pytest.mark.parametrize(
    ("engine_name", "storage_type", "most"),
    [
        ("postgres", "gp3", 65_536),
        ("oracle-se2", "io1", 65_536),
        ("sqlserver-se", "gp3", 16_384),
        ("sqlserver-se", "io1", 16_384),
        ("sqlserver-se", "io2", 65_536),
        ("postgres", "standard", 3072),
        ("sqlserver-se", "standard", 1024),
    ],
)
def test_the_most_storage_by_engine_and_type(
    engine_name: str, storage_type: str, most: int
) -> None:
    """SQL Server has 16 TiB on gp2, gp3 and io1, and 64 TiB on io2 as every engine has."""
    row = {"engine": engine_name, "storage_type": storage_type, "instance_class": "db.r5.xlarge"}
    bill = estimate(workload(**row, storage_gb=most), workload(**row, storage_gb=most + 1))
    assert "storage" not in found(bill, 0)
    assert found(bill, 1)["storage"] == (most + 1, most)


def test_magnetic_storage_has_come_to_its_end() -> None:
    """From the day AWS begins to move it to gp3 on, magnetic storage is a finding."""
    bill = estimate(
        workload(storage_type="standard"),
        workload(storage_type="standard", price_date="2026-04-29"),
        workload(storage_type="standard", price_date="2026-04-30"),
        workload(),
    )
    told = ["magnetic_storage" in facts(bill, row) for row in range(4)]
    assert told == [True, False, True, False]


@pytest.mark.parametrize(
    ("engine_name", "connections"),
    [
        ("postgres", 3510),
        ("mysql", 2658),
        ("mariadb", 1329),
        ("oracle-ee", 3390),
        ("sqlserver-se", 32_767),
    ],
)
def test_connections_by_engine(engine_name: str, connections: int) -> None:
    """Memory net of reservations over the engine's divisor: 32 GiB here."""
    bill = estimate(workload(engine=engine_name, instance_class="db.r5.xlarge"))
    assert connections == bill.capacity.max_connections[0]


def test_stopped_instances_still_bill_storage() -> None:
    """Running half the month halves the instance hours and nothing else."""
    bill = estimate(workload(storage_gb=500, iops=14_000, running_hours_fraction=0.5))
    assert costs(bill)["instance_hours"][0] == 365.0
    assert costs(bill)["storage"][0] == 500.0
    assert costs(bill)["provisioned_iops"][0] == 2000.0
    cluster = workload(deployment="multi-az-cluster", running_hours_fraction=0.5)
    assert found(estimate(cluster))["stopped_instances"] == (3.0, 1.0)
    assert "stopped_instances" not in found(bill)


def test_licences() -> None:
    """Empty is the engine's usual licence; one that AWS does not sell is unpriced, not free."""
    bill = estimate(
        workload(engine="oracle-se2", instance_class="db.t3.large"),
        workload(
            engine="oracle-se2",
            instance_class="db.t3.large",
            license_model="bring-your-own-license",
        ),
        workload(engine="oracle-ee", instance_class="db.t3.large"),
        workload(engine="sqlserver-se", instance_class="db.r5.xlarge"),
        workload(license_model="license-included"),
        workload(deployment="multi-az-cluster", engine="mariadb"),
        workload(deployment="multi-az-cluster", storage_type="gp2"),
    )
    included, own = "license-included", "bring-your-own-license"
    usual = [included, own, own, included, included]
    assert usual == bill.capacity.license_model.tolist()[:5]
    hours, storage = bill.lines[0], bill.lines[1]
    assert hours.unpriced.tolist()[:6] == [False] * 4 + [True] * 2
    assert storage.unpriced.tolist() == [False] * 6 + [True]


def test_new_classes_are_priced_from_the_day_they_are_known() -> None:
    """A class sampled in 2026-10 has no price before, and none in other Regions."""
    bill = estimate(
        workload(instance_class="db.r8g.xlarge", engine="mariadb", deployment="multi-az"),
        workload(instance_class="db.r8g.large", engine="mariadb", deployment="multi-az"),
        workload(
            instance_class="db.r8g.large",
            engine="mariadb",
            deployment="multi-az",
            price_date="2026-01-01",
        ),
        workload(
            instance_class="db.r8g.large",
            engine="mariadb",
            deployment="multi-az",
            region="eu-west-1",
        ),
    )
    assert bill.lines[0].unpriced.tolist() == [True, False, True, True]
    assert pytest.approx(0.478 * 730) == float(bill.lines[0].cost[1])


def test_every_class_has_a_price_and_every_priced_class_is_known() -> None:
    """The enumeration of classes is that of the price list."""
    rate = packaged().card("rds").rates["instance_hours"]
    assert set(CLASSES) == {variant.split("/")[3] for variant in rate.variants}


def test_multi_az_is_its_own_published_price() -> None:
    """SQL Server's Multi-AZ is not twice Single-AZ, and is billed as published."""
    fields = {"engine": "sqlserver-ee", "instance_class": "db.m5.xlarge"}
    bill = estimate(workload(**fields), workload(**fields, deployment="multi-az"))
    single, double = bill.lines[0].unit_price.tolist()
    assert pytest.approx(single) == 2.336
    assert 1.4 < double / single < 1.5


def test_the_price_list_is_whole() -> None:
    """Over 50,000 prices are in the table; ``make bench`` times how it loads."""
    with tables.files("pricing").joinpath("tables", "rds.csv").open() as file:
        prices = sum(sum(map(bool, line[4:])) for line in csv.reader(file)) - len(REGION_CODES)
    assert prices > 50_000


DESCRIBED = """
title = "T"
pricing_page = "https://aws.amazon.com/"
[sources.feed]
title = "f"
reference = "https://aws.amazon.com/"
[meters.hours]
title = "h"
unit = "Hours"
reference = "https://aws.amazon.com/"
[rules]
[quotas]
[classes.vcpus]
title = "v"
unit = "vCPU"
reference = "https://aws.amazon.com/"
date = 2026-01-01
grade = "A"
"""
ALIAS = """
[meters.replica_hours]
title = "r"
unit = "Hours"
priced_as = "{}"
reference = "https://aws.amazon.com/"
"""
CLASS_ROWS = "instance_class,source,vcpus\nm.large,feed,2\n"


def read_tables(folder: Path, described: str = DESCRIBED, classes: str = CLASS_ROWS) -> Any:
    """Read a service of one meter from files of these texts."""
    prices = "meter,effective_from,tier_from,source,us-east-1\nhours,2026-01-01,0,feed,1\n"
    texts = {"t.csv": prices, "t.toml": described, "t_classes.csv": classes}
    for name, text in texts.items():
        (folder / name).write_text(text)
    return tables.read("t", *(folder / name for name in texts))


@pytest.mark.parametrize(
    ("classes", "fault"),
    [
        ("instance_class,source,vcpus\nm.large,feed,0\n", "above zero"),
        ("instance_class,source,vcpus\nm.large,feed,x\n", "line 2"),
        ("instance_class,source,vcpus\nm.large,nowhere,2\n", "unknown source"),
        ("instance_class,source,vcpus\nm.large,feed,2\nm.large,feed,2\n", "twice"),
        ("instance_class,source,cores\nm.large,feed,2\n", "only one"),
        ("name,source,vcpus\nm.large,feed,2\n", "header"),
    ],
)
def test_a_faulty_table_of_classes_is_refused(classes: str, fault: str, tmp_path: Path) -> None:
    """Unknown is a blank, never zero; every row and column is sourced."""
    with pytest.raises(tables.TableError, match=fault):
        read_tables(tmp_path, classes=classes)


def test_a_blank_of_a_class_is_not_known(tmp_path: Path) -> None:
    """A class without a number has NaN, in the columns of the classes as in any rule by word."""
    rows = CLASS_ROWS + "m.xlarge,feed,\n"
    card = compile_table(read_tables(tmp_path, classes=rows))
    column = WordColumn(np.array([0, 1]), ("m.large", "m.xlarge"))
    assert card.rules.vcpus[column].tolist() == [2.0, pytest.approx(np.nan, nan_ok=True)]


def test_the_classes_count_in_the_digest(tmp_path: Path) -> None:
    """Another vCPU is another catalogue."""
    one = read_tables(tmp_path)
    other = read_tables(tmp_path, classes=CLASS_ROWS.replace(",2", ",4"))
    assert one.digest != other.digest


def test_a_meter_has_the_prices_of_another(tmp_path: Path) -> None:
    """priced_as shares the rows of a meter that has some, and of no other."""
    card = compile_table(read_tables(tmp_path, DESCRIBED + ALIAS.format("hours")))
    shared = card.rates["replica_hours"]
    assert shared.meter.title == "r"
    assert shared.first is card.rates["hours"].first
    with pytest.raises(tables.TableError, match="priced_as"):
        read_tables(tmp_path, DESCRIBED + ALIAS.format("days"))


def test_prices_of_storage_cover_that_of_its_free_backups() -> None:
    """More storage never makes a bill fall: its price is not below that of the backups it frees."""
    rows = {row.meter: row.prices for row in packaged().table("rds").rows}
    for meter, prices in rows.items():
        if meter.startswith("storage/"):
            pairs = zip(prices, rows["backup_storage"], strict=True)
            assert all(not own or Decimal(own) >= Decimal(backup) for own, backup in pairs), meter


def test_choices_are_filled_row_by_row() -> None:
    """An empty word takes the other column's, any other keeps its own."""
    own = WordColumn(np.array([0, 1, 2]), ("", "b", "a"))
    other = WordColumn(np.array([1, 0, 0]), ("a", "b"))
    assert own.filled(other).tolist() == ["b", "b", "a"]
    assert own.filled(other).words == other.words


BURSTABLE = [name for name in CLASSES if name.startswith(("db.t2.", "db.t3.", "db.t4g."))]


@pytest.mark.parametrize("instance_class", BURSTABLE)
def test_a_burstable_class_meets_a_need_with_priced_credits_or_not_at_all(
    instance_class: str,
) -> None:
    """Above its baseline a class is infeasible, unless the mean load is given and charged."""
    row = {"engine": "mysql", "instance_class": instance_class}
    c = estimate(workload(**row)).capacity
    baseline, vcpus = float(c.baseline_vcpus[0]), float(c.vcpus[0])
    over = 0.9 * vcpus
    bill = estimate(
        workload(**row, required_vcpus=baseline),
        workload(**row, required_vcpus=over),
        workload(**row, required_vcpus=vcpus, mean_cpu_fraction=0.9),
        workload(**row, mean_cpu_fraction=0.9),
    )
    assert "sustained_vcpus" not in found(bill, 0)
    assert found(bill, 1)["sustained_vcpus"] == (pytest.approx(over), pytest.approx(baseline))
    unlimited = not instance_class.startswith("db.t2.")
    charged = pytest.approx((over - baseline) * 730) if unlimited else 0
    for place in (2, 3):
        assert costs(bill, place).get("cpu_credits", (0,))[0] == charged
        assert ("sustained_vcpus" in found(bill, place)) == (not unlimited)


def test_a_comparison_never_lets_unpriced_credits_win() -> None:
    """The cheaper t3.large is ruled out, or pays its credits, or does not need any."""
    classes = {"instance_class": ["db.t3.large", "db.t2.large", "db.m5.large"]}
    card = packaged().card("rds")
    for mean, infeasible, winner in (
        (0, [True, True, False], 2),
        (0.9, [False, True, False], 2),
        (0.2, [False, False, False], 0),
    ):
        asked = workload(engine="mysql", required_vcpus=2, mean_cpu_fraction=mean)
        compared = compare(SERVICE, asked, classes, card)
        assert compared.infeasible[:3].tolist() == infeasible
        feasible = np.where(compared.infeasible[:3], np.inf, compared.cost[:3])
        assert feasible.argmin() == winner


def test_credits_of_oracle_have_no_known_price() -> None:
    """AWS's price of Oracle's CPU credits is not known here: unpriced, never zero."""
    row = {"engine": "oracle-se2", "instance_class": "db.t3.large", "mean_cpu_fraction": 0.5}
    bill = estimate(workload(**row))
    (charged,) = (line for line in bill.lines if line.rate.name == "cpu_credits")
    assert charged.quantity[0] > 0
    assert charged.unpriced[0]
    assert np.isnan(bill.cost[0])


@pytest.mark.parametrize(
    ("engine_name", "version", "day", "year"),
    [
        ("mysql", "5.7", "2026-02-28", "year-1-2"),
        ("mysql", "5.7", "2026-03-01", "year-3"),
        ("mysql", "8.0", "2026-07-31", None),
        ("mysql", "8.0", "2026-08-01", "year-1-2"),
        ("mysql", "8.4", "2026-10-06", None),
        ("postgres", "11", "2026-03-31", "year-1-2"),
        ("postgres", "11", "2026-04-01", "year-3"),
        ("postgres", "12", "2025-12-05", "year-1-2"),
        ("postgres", "12", "2027-03-01", "year-3"),
        ("postgres", "13", "2026-02-28", None),
        ("postgres", "13", "2026-03-01", "year-1-2"),
        ("postgres", "17", "2026-10-06", None),
        ("postgres", "", "2026-10-06", None),
        ("mariadb", "", "2026-10-06", None),
    ],
)
def test_extended_support_by_version_and_day(
    engine_name: str, version: str, day: str, year: str | None
) -> None:
    """Extended Support is charged from the day AWS names, and at the third year's price from the
    day it names for that.
    """
    row = {"engine": engine_name, "engine_version": version, "price_date": day}
    bill = estimate(workload(**row, instance_class="db.m5.large"))
    price = {"year-1-2": 0.1, "year-3": 0.2}
    expected = year and (2 * 730, pytest.approx(2 * 730 * price[year]))
    assert costs(bill).get("extended_support") == expected
    assert ("extended_support" in applying(bill)) == (year is not None)


def test_a_version_of_another_engine_is_found() -> None:
    """MySQL has no version 13, and nothing is charged for it."""
    bill = estimate(
        workload(engine="mysql", engine_version="13"),
        workload(engine="postgres", engine_version="8.0"),
        workload(engine="postgres", engine_version="13"),
    )
    assert ["version_of_engine" in facts(bill, row) for row in range(3)] == [True, True, False]
    assert "extended_support" not in costs(bill, 0)


def test_extended_support_of_replicas_is_that_of_their_region() -> None:
    """Each replica and its standby are charged at the price of the Region where they stand."""
    bill = estimate(
        workload(
            engine="mysql",
            engine_version="5.7",
            instance_class="db.m5.large",
            read_replicas=3,
            replica_deployment="multi-az",
            replica_region="eu-west-1",
        )
    )
    quantity, cost = costs(bill)["replica_extended_support"]
    assert (3 * 2 * 2 * 730, pytest.approx(quantity * 0.224)) == (quantity, cost)


def test_a_proxy_stands_before_all_that_answer() -> None:
    """A proxy counts the readers of a cluster, not a standby or replicas; Oracle has none."""
    bill = estimate(
        workload(proxies=1, deployment="multi-az", read_replicas=2),
        workload(proxies=1, deployment="multi-az-cluster", instance_class="db.m6gd.xlarge"),
        workload(proxies=2, running_hours_fraction=0),
        workload(proxies=1, engine="oracle-ee", instance_class="db.r5.xlarge"),
    )
    hours = [costs(bill, row)["proxy"][0] / 730 for row in range(3)]
    assert hours == [4, 12, 8]
    assert facts(bill, 3)["proxies_of_engine"] == 1


@pytest.mark.parametrize(
    ("asked", "rules"),
    [
        ({"storage_gb": 100, "iops": 3000, "throughput_mibps": 125}, set()),
        ({"storage_gb": 500, "iops": 12_000, "throughput_mibps": 500}, set()),
        ({"storage_gb": 100, "engine": "sqlserver-se", "iops": 3000}, set()),
        ({"storage_gb": 100, "storage_type": "gp2", "iops": 300}, set()),
        ({"storage_gb": 100, "storage_type": "gp2", "iops": 301}, {"volume_iops"}),
        ({"storage_gb": 100, "iops": 3001}, {"volume_iops"}),
        ({"storage_gb": 100, "throughput_mibps": 126}, {"volume_throughput"}),
        ({"storage_gb": 500, "iops": 11_999}, {"least_iops"}),
        ({"storage_gb": 100, "iops": 2999}, {"least_iops"}),
        ({"storage_gb": 500, "throughput_mibps": 499}, {"least_throughput"}),
        ({"storage_gb": 500}, set()),
    ],
)
def test_what_storage_includes_is_no_finding(asked: dict[str, Any], rules: set[str]) -> None:
    """Storage's own IOPS and throughput passed on are told of only where they differ from it."""
    names = {"volume_iops", "volume_throughput", "least_iops", "least_throughput"}
    assert applying(estimate(workload(instance_class="db.r5.xlarge", **asked))) & names == rules


@pytest.mark.parametrize(
    ("asked", "rule"),
    [
        ({"running_hours_fraction": 0.99}, "stopped_instances"),
        ({"engine": "oracle-se2", "instance_class": "db.m5.4xlarge"}, "vcpus_of_edition"),
        ({"engine": "sqlserver-se", "instance_class": "db.m5.8xlarge"}, "memory_of_edition"),
    ],
)
def test_what_is_used_up_by_choice_is_no_finding(asked: dict[str, Any], rule: str) -> None:
    """One instance may be stopped, and a class as large as its edition is no risk."""
    assert rule not in applying(estimate(workload(storage_gb=200, **asked)))


def test_replicas_and_copies_elsewhere_have_their_own_free_backups() -> None:
    """Replica storage frees backups where it stands: elsewhere, not in the source's Region."""
    row = {"read_replicas": 1, "backup_gb": 250, "backup_copy_gb": 250}
    bill = estimate(
        workload(**row),
        workload(**row, replica_region="eu-west-1"),
        workload(**row, backup_copy_region="eu-west-1"),
        workload(**row, replica_region="eu-west-1", backup_copy_region="ap-south-1"),
    )
    names = ("backup_storage", "backup_copy_storage")
    billed = [[costs(bill, row).get(name, (0,))[0] for name in names] for row in range(4)]
    assert billed == [[300, 0], [150, 150], [50, 250], [150, 250]]


def test_an_account_frees_copies_by_the_storage_where_they_are() -> None:
    """Copies and backups in a Region share what the instances there have free."""
    copied = workload(backup_copy_region="eu-west-1", backup_copy_gb=200)
    bill = estimate(copied, workload(region="eu-west-1", storage_gb=150, backup_gb=100))
    account = Account(free_tier=False)
    account.count(bill)
    settled = account.settle(bill)
    assert costs(bill, 0)["backup_copy_storage"][0] == 200
    assert costs(settled, 0)["backup_copy_storage"][0] == pytest.approx(100)
    assert costs(settled, 1)["backup_storage"][0] == pytest.approx(50)


@pytest.mark.parametrize(
    "needs",
    [
        {},
        {"required_vcpus": 4.0, "required_memory_gib": 30.0},
        {"deployment": "multi-az-cluster", "required_memory_gib": 100.0},
        {"engine": "sqlserver-se", "required_vcpus": 8.0},
        {"engine": "oracle-se2", "required_memory_gib": 100.0, "region": "eu-west-1"},
        {"connections": 3000.0, "region": "sa-east-1"},
        {"required_iops": 30_000.0, "iops": 30_000.0, "storage_gb": 1000.0},
        {"required_throughput_mibps": 900.0, "throughput_mibps": 900.0, "storage_gb": 1000.0},
    ],
)
def test_a_chosen_class_is_the_cheapest_of_all_that_meet_the_needs(needs: dict[str, Any]) -> None:
    """No class that may be chosen, and whose limits AWS publishes, meets the needs for less."""
    current = [name for name in CLASSES if instances.may_be_chosen(name)]
    rows = [workload(instance_class=name, **needs) for name in current]
    every = estimate(*rows)
    has = every.capacity
    figures = (has.usable_memory_gib, has.instance_iops, has.instance_throughput_mibps)
    published = np.isfinite([has.vcpus, *figures]).all(axis=0)
    feasible = published & np.logical_not(every.checks.exceeded.any(axis=0))
    chosen = estimate(workload(instance_class="", **needs))
    assert chosen.cost == np.nanmin(np.where(feasible, every.cost, np.nan))
    assert chosen.capacity.instance_class.isin(current).all()


def test_what_decides_a_class_is_named() -> None:
    """The answer names the need that the class has the least to spare for, or that it is given."""
    rows = [
        workload(),
        workload(instance_class=""),
        workload(instance_class="", required_memory_gib=30.0, required_vcpus=1.0),
        workload(instance_class="", required_iops=15_000.0),
    ]
    decided = estimate(*rows).capacity.binding.tolist()
    assert decided == ["given", "price", "required_memory_gib", "required_iops"]


def test_a_need_that_no_class_meets_is_a_finding() -> None:
    """Where no class is large enough, the dearest is taken and the need rules it out."""
    bill = estimate(workload(instance_class="", required_vcpus=1000.0))
    assert "required_vcpus" in {check.rule for check in bill.checks if check.exceeded.any()}


def test_a_burstable_class_says_so() -> None:
    """The cheapest classes are burstable, which the request may not be made for."""
    bill = estimate(workload(instance_class="db.t4g.medium"), workload())
    assert ["burstable_class" in facts(bill, row) for row in (0, 1)] == [True, False]
