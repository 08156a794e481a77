"""Amazon S3 against AWS's own examples, and against bills and questions that people published.

An example without prices is tested at the packaged ones of its ``price_date``.

Left out, with the reason:

- F-S3-01: byte-hours, not a bill; its GB-Months are F-S3-02.
- F-S3-10: 55,000 reads a second of 10 prefixes; tested below as prefixes needed.
- F-S3-14, F-S3-16 to F-S3-18: tested without S3 Select, which AWS closed to new customers.
- F-S3-20 to F-S3-27: examples of `s3_tables`; F-S3-30 to F-S3-33: Multi-Region Access Points;
  F-S3-35, F-S3-36: checksums and Object Lambda (grade X: they divide by 1,000). None is part of a
  storage class of a bucket; what S3 Batch Operations and AWS Lambda charge in them is.
- F-S3-38: the midnight at which restored copies expire; the model counts whole days.
- F-S3-40: what an aborted download may cost; not a rule.
- F-GEN-09 takes 1 TB as 1,000 GB; tested with its GB.
- bucket_withUsage#glacier_flexible_retrieval (recommended): two rows, one for each retrieval tier;
  S3 Select left out.
- bucket_withUsage#intelligent_tiering: against the corrected total, S3 Select left out.
- bucket_withUsage@s3_bucket_test and @s3_bucket_v3_test, bucket_china_with_usage: not recommended;
  sums of the classes above with known errors, the last one in CNY at prices of China.

Every example that restores from an archive states its requests: none leans on those the model works
out where none are given.
"""

from fractions import Fraction
from typing import Any

import msgspec
import numpy as np
import pytest

from pricing.catalogue import packaged
from pricing.comparison import compare
from pricing.engine import Bill, columns, estimate, price
from pricing.model import service
from pricing.rates import RateCard
from tests.oracle import exact
from tests.services import examples
from tests.services.prices import card_at

S3 = service("s3")
KIB, GIB = 1024, 1024**3


def workload(**fields: Any) -> Any:
    """Read a workload as a client would send it: checked, whole numbers allowed."""
    return msgspec.convert({"region": "us-east-1", "storage_gb": 0, **fields}, S3.workload)


def bill(*workloads: Any, card: RateCard | None = None) -> Bill:
    """Price workloads, at the prices of the card."""
    rows = [workload(**fields) for fields in workloads]
    return price(S3, columns(S3.workload, rows), card or packaged().card("s3"))


def total(priced: Bill) -> Any:
    """Return the cost of each row [USD a month]; NaN where something is unpriced."""
    return sum(line.cost for line in priced.lines)


def lines(priced: Bill) -> dict[str, Any]:
    """Return the quantity and cost of each meter that the row uses, by the meter's path."""
    found: dict[str, Any] = {}
    for line in priced.lines:
        if line.quantity[0]:
            variant = np.broadcast_to(line.variant, line.quantity.shape)[0]
            path = (*line.rate.variants, "not offered")[variant]
            name = f"{line.rate.name}/{path}" if path else line.rate.name
            found[name] = (float(line.quantity[0]), float(line.cost[0]))
    return found


def checks(priced: Bill) -> dict[str, tuple[float, float]]:
    """Return value and limit of each limit that applies to the one row."""
    return {
        check.rule: (float(check.value[0]), float(check.limit[0]))
        for check in priced.checks
        if check.applies[0] and not check.fact
    }


def facts(priced: Bill) -> dict[str, float]:
    """Return the count of each fact that holds for the one row; NaN where nothing is counted."""
    return {
        check.rule: float(check.value[0])
        for check in priced.checks
        if check.applies[0] and check.fact
    }


@pytest.mark.parametrize("example", examples.load("s3"))
def test_example(example: examples.Example) -> None:
    """The figures that AWS or a published report gives come out, in their units."""
    assert examples.found("s3", example) == examples.stated(example)


def test_an_example_that_leans_on_another_price_is_unpriced() -> None:
    """A card made for an example knows no price but the example's."""
    card = card_at("s3", {"storage/STANDARD": [(0, "0.023")]})
    assert np.isnan(total(bill({"storage_gb": 1, "monthly_put_requests": 1}, card=card))[0])


def test_the_third_tier() -> None:
    """600 TB of Standard in us-east-1 go through all three tiers: 50, 450 and 100 TB."""
    expected = 51200 * 0.023 + 460800 * 0.022 + 102400 * 0.021
    for storage_class in ("STANDARD", "INTELLIGENT_TIERING"):
        row = {"storage_gb": 614400, "storage_class": storage_class, "object_bytes": 1e15}
        found = lines(bill(row))[f"storage/{storage_class}"]
        assert found == (614400, pytest.approx(expected))


def test_current_and_noncurrent_versions_share_the_tiers() -> None:
    """Versions are billed as objects: half of 52,224 GB noncurrent costs what all current does."""
    split = {"storage_gb": 26112, "noncurrent_gb": 26112}
    assert total(bill(split)) == total(bill({"storage_gb": 52224}))


@pytest.mark.parametrize(
    ("storage_class", "size", "padding"),
    [
        ("STANDARD", KIB, 0),
        ("INTELLIGENT_TIERING", KIB, 0),
        ("STANDARD_IA", 32 * KIB, 300),
        ("ONEZONE_IA", 64 * KIB, 100),
        ("GLACIER_IR", 128 * KIB, 0),
        ("GLACIER_IR", KIB, 12700),
        ("GLACIER", KIB, 0),
        ("EXPRESS_ONEZONE", KIB, 0),
    ],
)
def test_small_objects_are_filled_up_to_128_kb(
    storage_class: str, size: int, padding: float
) -> None:
    """100 GB of small objects carry padding in three classes, and in no other."""
    row = {"storage_gb": 100, "storage_class": storage_class, "object_bytes": size}
    priced = bill(row)
    assert priced.capacity.padding_gb[0] == padding
    quantity, _ = lines(priced).get(f"small_object_padding/{storage_class}", (0.0, 0.0))
    assert quantity == padding


CLASSES = (
    "STANDARD",
    "INTELLIGENT_TIERING",
    "STANDARD_IA",
    "ONEZONE_IA",
    "GLACIER_IR",
    "GLACIER",
    "DEEP_ARCHIVE",
    "EXPRESS_ONEZONE",
)


@pytest.mark.parametrize("storage_class", CLASSES)
def test_a_mix_of_sizes_is_its_small_objects_and_the_others(storage_class: str) -> None:
    """Nine objects of 16 KB and one of 4 MB are billed as two rows are, one of each size.

    The lifecycle rules pass the small ones by.
    """
    shared = {
        "storage_class": storage_class,
        "infrequent_fraction": 0.5,
        "archive_fraction": 0.25,
        "early_delete_age_days": 10,
        "monthly_inventory_listings": 4,
        "tags_per_object": 2,
    }
    small = {**shared, "storage_gb": 9 * 16, "object_bytes": 16 * KIB}
    other = {**shared, "storage_gb": 4096, "object_bytes": 4096 * KIB}
    small |= {"monthly_early_deleted_gb": 9 * 1.6}
    other |= {"monthly_early_deleted_gb": 409.6, "monthly_lifecycle_transitions": 1000}
    if storage_class == "INTELLIGENT_TIERING":
        small |= {"infrequent_fraction": 0, "archive_fraction": 0}
    mix = {
        **shared,
        "storage_gb": 4096 + 9 * 16,
        "object_bytes": (4096 + 9 * 16) / 10 * KIB,
        "small_object_fraction": 0.9,
        "small_object_bytes": 16 * KIB,
        "monthly_early_deleted_gb": 409.6 + 9 * 1.6,
        "monthly_lifecycle_transitions": 10000,
    }
    together, apart = bill(mix), bill(small, other)
    for line, single in zip(apart.lines, together.lines, strict=True):
        assert single.quantity[0] == pytest.approx(line.quantity.sum(), rel=1e-12), line.rate.name
    assert together.capacity.small_objects[0] == pytest.approx(apart.capacity.objects[0])
    assert together.capacity.larger_object_bytes[0] == pytest.approx(4096 * KIB)


@pytest.mark.parametrize(
    ("fields", "contrary"),
    [
        ({}, False),
        ({"small_object_fraction": 0.9}, False),
        ({"small_object_fraction": 0.9, "object_bytes": 12 * KIB}, True),
        ({"small_object_fraction": 0.9, "object_bytes": 13 * KIB}, False),
        (
            {
                "small_object_fraction": 0.9,
                "object_bytes": 13 * KIB,
                "small_object_bytes": KIB,
            },
            True,
        ),
        ({"small_object_fraction": 0.5, "small_object_bytes": 9, "object_bytes": 4}, True),
        ({"small_object_fraction": 1, "object_bytes": 127 * KIB}, False),
        ({"small_object_fraction": 1, "object_bytes": 128 * KIB}, True),
        ({"object_bytes": 4 * KIB}, False),
    ],
)
def test_sizes_that_contradict_each_other_are_told(fields: dict[str, Any], contrary: bool) -> None:
    """A share of small objects with means that cannot be is not feasible, and says why."""
    priced = bill({"storage_gb": 1, **fields})
    assert ("contrary_object_sizes" in facts(priced)) == contrary
    assert any(check.exceeded[0] for check in priced.checks) == contrary


def test_minimums_are_set_against_the_small_objects() -> None:
    """A mean of 16 MB does not hide that half of the objects are below 128 KB."""
    mix = {"small_object_fraction": 0.5, "small_object_bytes": 10 * KIB, "storage_gb": 1}
    moved = {**mix, "storage_class": "STANDARD_IA", "monthly_lifecycle_transitions": 1}
    found = checks(bill(moved))
    assert found["minimum_billable_bytes_per_object"] == (131072, 10240)
    assert found["lifecycle_bytes_per_object"] == (131072, 10240)
    tiering = checks(bill({**mix, "storage_class": "INTELLIGENT_TIERING"}))
    assert tiering["monitored_bytes_per_object"] == (131072, 10240)
    with_filter = checks(bill({**moved, "lifecycle_moves_small_objects": True}))
    assert "lifecycle_bytes_per_object" not in with_filter


@pytest.mark.parametrize("storage_class", CLASSES)
def test_uploads_never_completed_are_billed_by_class(storage_class: str) -> None:
    """Parts pay the rate of their class without padding or index, those of archives Standard's."""
    row = {"storage_class": storage_class, "incomplete_uploads_gb": 100, "object_bytes": KIB}
    billed = "STANDARD" if storage_class in ("GLACIER", "DEEP_ARCHIVE") else storage_class
    stored = bill({"storage_class": billed, "storage_gb": 100, "object_bytes": 1e15})
    expected = lines(stored)[f"storage/{billed}"]
    assert lines(bill(row)) == {f"storage/{billed}": expected}


def test_intelligent_tiering_archive_tiers_carry_40_kb_an_object() -> None:
    """Objects of 1 MB in the archive tiers keep 32 KB at the archive rate and 8 KB at Standard."""
    row = {
        "storage_class": "INTELLIGENT_TIERING",
        "storage_gb": 4096,
        "object_bytes": 1024 * KIB,
        "archive_fraction": 0.25,
        "deep_archive_fraction": 0.5,
    }
    assert {name: quantity for name, (quantity, _) in lines(bill(row)).items()} == {
        "storage/INTELLIGENT_TIERING": 1536,
        "storage/STANDARD": 2560 * 8 / 1024,
        "glacier_index_storage": 1024 * 32 / 1024,
        "deep_archive_index_storage": 1536 * 32 / 1024,
        "archive_access_storage": 1024,
        "deep_archive_access_storage": 1536,
        "monitored_objects": 4096 * 1024,
    }


def test_small_objects_stay_in_frequent_access_unmonitored() -> None:
    """Below 128 KB Intelligent-Tiering neither moves nor monitors, whatever shares are given."""
    row = {
        "storage_class": "INTELLIGENT_TIERING",
        "storage_gb": 100,
        "object_bytes": 128 * KIB - 1,
        "infrequent_fraction": 1,
    }
    assert list(lines(bill(row))) == ["storage/INTELLIGENT_TIERING"]
    assert "monitored_objects" in lines(bill({**row, "object_bytes": 128 * KIB}))


@pytest.mark.parametrize(
    ("storage_class", "days"),
    [
        ("STANDARD", 0),
        ("INTELLIGENT_TIERING", 0),
        ("STANDARD_IA", 30),
        ("ONEZONE_IA", 30),
        ("GLACIER_IR", 90),
        ("GLACIER", 90),
        ("DEEP_ARCHIVE", 180),
    ],
)
def test_early_deletion_pays_for_the_days_left(storage_class: str, days: int) -> None:
    """A GB deleted at 12 days pays the rest of 30, 90 or 180 days, or nothing."""
    row = {
        "storage_class": storage_class,
        "monthly_early_deleted_gb": 1,
        "early_delete_age_days": 12,
        "hours_per_month": 720,
    }
    quantity, _ = lines(bill(row)).get(f"early_deletion/{storage_class}", (0.0, 0.0))
    assert quantity == pytest.approx(max(0, days - 12) / 30)
    late = {**row, "early_delete_age_days": 180}
    assert not any(name.startswith("early_deletion") for name in lines(bill(late)))


def test_early_deletion_of_small_objects_pays_their_padding() -> None:
    """Objects of 64 KB deleted from Standard-IA pay for 128 KB; the archive index is a choice."""
    row = {
        "storage_class": "STANDARD_IA",
        "object_bytes": 64 * KIB,
        "monthly_early_deleted_gb": 1,
        "hours_per_month": 720,
    }
    assert lines(bill(row))["early_deletion/STANDARD_IA"][0] == 2
    row = {**row, "storage_class": "GLACIER"}
    assert lines(bill(row))["early_deletion/GLACIER"][0] == 3
    with_index = {**row, "early_deletion_includes_index": True}
    assert lines(bill(with_index))["early_deletion/GLACIER"][0] == 4.5


def test_multipart_uploads_to_an_archive() -> None:
    """A 100 MB object in 13 parts is 15 requests; an archive charges its rate for one of them."""
    row = {"object_bytes": 100 * 1024 * KIB, "monthly_multipart_uploads": 1000}
    assert lines(bill(row))["put_requests/STANDARD"][0] == 15000
    for storage_class in ("GLACIER", "DEEP_ARCHIVE"):
        found = lines(bill({**row, "storage_class": storage_class}))
        assert found[f"put_requests/{storage_class}"][0] == 1000
        assert found[f"archive_part_requests/{storage_class}"][0] == 14000


def test_list_requests_are_charged_at_the_standard_rate() -> None:
    """LIST of Deep Archive costs what it does in Standard; a directory bucket has its own rate."""
    row = {"monthly_list_requests": 1000000, "storage_class": "DEEP_ARCHIVE"}
    assert lines(bill(row)) == {"list_requests": (1e6, pytest.approx(5.0))}
    express = {**row, "storage_class": "EXPRESS_ONEZONE"}
    assert lines(bill(express)) == {"put_requests/EXPRESS_ONEZONE": (1e6, pytest.approx(1.13))}


@pytest.mark.parametrize(
    ("storage_class", "tier", "expected"),
    [
        ("STANDARD", "Standard", {}),
        ("STANDARD_IA", "Bulk", {"retrieved_data/STANDARD_IA": 1.0}),
        ("GLACIER_IR", "Expedited", {"retrieved_data/GLACIER_IR": 3.0}),
        (
            "GLACIER",
            "Bulk",
            {"restored_data/GLACIER/Bulk": 0.0, "restore_requests/GLACIER/Bulk": 0.0},
        ),
        (
            "GLACIER",
            "Standard",
            {"restored_data/GLACIER/Standard": 1.0, "restore_requests/GLACIER/Standard": 0.05},
        ),
        (
            "GLACIER",
            "Expedited",
            {"restored_data/GLACIER/Expedited": 3.0, "restore_requests/GLACIER/Expedited": 10.0},
        ),
        (
            "DEEP_ARCHIVE",
            "Bulk",
            {
                "restored_data/DEEP_ARCHIVE/Bulk": 0.25,
                "restore_requests/DEEP_ARCHIVE/Bulk": 0.025,
            },
        ),
        (
            "INTELLIGENT_TIERING",
            "Bulk",
            {
                "restored_data/INTELLIGENT_TIERING/Bulk": 0.0,
                "restore_requests/INTELLIGENT_TIERING/Bulk": 0.0,
            },
        ),
    ],
)
def test_retrievals_by_class_and_tier(
    storage_class: str, tier: str, expected: dict[str, float]
) -> None:
    """100 GB and 1,000 requests cost what us-east-1 asks; a free restore is a line of 0."""
    row = {
        "storage_class": storage_class,
        "retrieval_tier": tier,
        "monthly_retrieved_gb": 100,
        "monthly_restore_requests": 1000,
        "restored_copy_days": 0,
    }
    found = {name: cost for name, (_, cost) in lines(bill(row)).items()}
    assert found == pytest.approx(expected)


@pytest.mark.parametrize(
    ("storage_class", "tier", "requests"),
    [
        ("GLACIER", "Standard", 1024),
        ("DEEP_ARCHIVE", "Bulk", 1024),
        ("INTELLIGENT_TIERING", "Expedited", 1024),
        ("INTELLIGENT_TIERING", "Standard", 0),
        ("STANDARD", "Standard", 0),
    ],
)
def test_restores_without_a_number_of_requests(
    storage_class: str, tier: str, requests: int
) -> None:
    """Each object in the data restored takes a request; a number that is given stands."""
    row = {
        "storage_class": storage_class,
        "retrieval_tier": tier,
        "object_bytes": 1024 * KIB,
        "monthly_retrieved_gb": 1,
    }
    priced = bill(row)
    path = f"restore_requests/{storage_class}/{tier}"
    assert lines(priced).get(path, (0, 0))[0] == requests
    assert priced.capacity.monthly_restored_objects[0] == requests
    if requests:
        assert lines(bill({**row, "monthly_restore_requests": 7}))[path][0] == 7


def test_small_objects_cost_more_to_request_than_to_restore() -> None:
    """100 GB of 64 KB objects out of Deep Archive: 2 USD for the data, 163.84 for the requests."""
    row = {
        "storage_class": "DEEP_ARCHIVE",
        "object_bytes": 64 * KIB,
        "monthly_retrieved_gb": 100,
        "restored_copy_days": 0,
    }
    assert lines(bill(row)) == {
        "restore_requests/DEEP_ARCHIVE/Standard": (1638400, pytest.approx(163.84)),
        "restored_data/DEEP_ARCHIVE/Standard": (100, pytest.approx(2.0)),
    }


def test_restored_copies_are_billed_in_standard() -> None:
    """300 GB restored for 10 of 30 days are 100 GB-Months of Standard more."""
    row = {
        "storage_class": "GLACIER",
        "monthly_retrieved_gb": 300,
        "restored_copy_days": 10,
        "hours_per_month": 720,
    }
    assert lines(bill(row))["storage/STANDARD"] == (100, pytest.approx(2.3))


@pytest.mark.parametrize(
    "fields",
    [
        {"storage_class": "DEEP_ARCHIVE", "retrieval_tier": "Expedited", "monthly_retrieved_gb": 1},
        {"storage_class": "STANDARD", "monthly_lifecycle_transitions": 1},
        {"storage_class": "EXPRESS_ONEZONE", "region": "eu-west-2", "storage_gb": 1},
        {"region": "eu-north-1", "monthly_accelerated_in_gb": 1},
        {"storage_gb": 1, "price_date": "2025-10-01"},
    ],
)
def test_what_aws_does_not_sell_is_unpriced(fields: dict[str, Any]) -> None:
    """What is not offered, or had no known price that day, has no cost; it is never 0."""
    assert np.isnan(total(bill(fields))[0])


def test_replication_to_another_region() -> None:
    """The PUT is priced in the replica's Region and class, the transfer in the source's."""
    row = {
        "storage_class": "STANDARD_IA",
        "object_bytes": 1024 * KIB,
        "monthly_replicated_gb": 1000,
        "replica_region": "sa-east-1",
        "replica_storage_class": "STANDARD",
        "replication_time_control": True,
    }
    priced = bill(row)
    assert lines(priced) == {
        "retrieved_data/STANDARD_IA": (1000, pytest.approx(10.0)),
        "put_requests/STANDARD": (1024000, pytest.approx(1024000 * 0.000007)),
        "inter_region_transfer/sa-east-1": (1000, pytest.approx(20.0)),
        "replication_time_control_data": (1000, pytest.approx(15.0)),
    }
    assert priced.capacity.replication_seconds[0] == 900


def test_replication_within_a_region_pays_no_transfer() -> None:
    """Replicas in the same Region and class cost their requests alone."""
    found = lines(bill({"monthly_replicated_gb": 16, "region": "eu-west-1"}))
    assert found == {"put_requests/STANDARD": (1024, pytest.approx(1024 * 0.000005))}


def test_acceleration_by_edge() -> None:
    """Uploads cost 0.04 or 0.08 a GB by their edge location, downloads 0.04."""
    row = {"monthly_accelerated_in_gb": 100, "monthly_accelerated_out_gb": 50}
    assert total(bill(row, {**row, "acceleration_edge": "elsewhere"})) == pytest.approx([6, 10])


def test_internet_egress_takes_no_free_allowance() -> None:
    """An estimate alone pays from the first GB; the 100 GB are an allowance of the account."""
    assert total(bill({"monthly_internet_out_gb": 100}))[0] == pytest.approx(9.0)
    meter = packaged().card("s3").rates["internet_out_data"].meter
    assert (meter.free_allowance, meter.pool) == ({"": 100}, "internet_out")


@pytest.mark.parametrize("storage_class", CLASSES)
def test_data_out_cost_the_same_in_every_class(storage_class: str) -> None:
    """Transfer to the internet and to another Region is that of the Region, whatever the class."""
    row = {
        "storage_class": storage_class,
        "region": "sa-east-1",
        "monthly_internet_out_gb": 100,
        "monthly_inter_region_out_gb": 10,
        "reader_region": "us-east-1",
    }
    assert lines(bill(row)) == {
        "internet_out_data": (100, pytest.approx(15.0)),
        "inter_region_out_data/us-east-1": (10, pytest.approx(1.38)),
    }


def test_reads_within_the_region_are_free_and_told() -> None:
    """Data read by no other Region pay no transfer, and a finding says so."""
    near = {"monthly_inter_region_out_gb": 10}
    for row in (near, {**near, "reader_region": "us-east-1"}):
        assert lines(bill(row)) == {}
        assert facts(bill(row))["region_out_left_out"] == 10
    far = bill({**near, "reader_region": "us-east-2"})
    assert lines(far) == {"inter_region_out_data/us-east-2": (10, pytest.approx(0.1))}
    assert "region_out_left_out" not in facts(far)


@pytest.mark.parametrize("storage_class", CLASSES)
def test_data_out_that_nobody_retrieved_are_told(storage_class: str) -> None:
    """What leaves a class that charges for retrievals must be in the data retrieved."""
    row = {
        "storage_class": storage_class,
        "monthly_internet_out_gb": 10,
        "monthly_inter_region_out_gb": 5,
        "monthly_retrieved_gb": 12,
    }
    free = storage_class in ("STANDARD", "INTELLIGENT_TIERING")
    assert facts(bill(row)).get("retrieval_left_out") == (None if free else 3)
    assert "retrieval_left_out" not in facts(bill({**row, "monthly_retrieved_gb": 15}))


@pytest.mark.parametrize("storage_class", CLASSES)
def test_objects_that_are_requested_are_retrieved(storage_class: str) -> None:
    """4,096 requests for objects of 1 MiB read 4 GB, for which infrequent access charges."""
    row = {"storage_class": storage_class, "monthly_get_requests": 4096, "object_bytes": 2**20}
    free = storage_class in ("STANDARD", "INTELLIGENT_TIERING")
    assert facts(bill(row)).get("retrieval_left_out") == (None if free else 4)
    assert "retrieval_left_out" not in facts(bill({**row, "monthly_retrieved_gb": 4}))


@pytest.mark.parametrize("storage_class", CLASSES)
def test_objects_that_are_put_are_uploaded(storage_class: str) -> None:
    """4,096 objects of 1 MiB, half of them in parts, are 4 GB; EXPRESS_ONEZONE charges for them."""
    row = {"monthly_put_requests": 2048, "monthly_multipart_uploads": 2048, "object_bytes": 2**20}
    express = storage_class == "EXPRESS_ONEZONE"
    told = facts(bill({**row, "storage_class": storage_class}))
    assert told.get("uploads_left_out") == (4 if express else None)
    given = bill({**row, "storage_class": storage_class, "monthly_uploaded_gb": 1})
    assert "uploads_left_out" not in facts(given)


@pytest.mark.parametrize("storage_class", CLASSES)
def test_one_availability_zone_is_told(storage_class: str) -> None:
    """A class that keeps objects in one zone costs less, and says that they are lost with it."""
    told = facts(bill({"storage_class": storage_class, "storage_gb": 100}))
    assert ("one_zone" in told) is (storage_class in ("ONEZONE_IA", "EXPRESS_ONEZONE"))


@pytest.mark.parametrize(
    "reads",
    [
        {"peak_reads_per_second": 1},
        {"monthly_get_requests": 1},
        {"monthly_retrieved_gb": 1},
        {"monthly_internet_out_gb": 1},
        {"monthly_inter_region_out_gb": 1, "reader_region": "us-east-2"},
    ],
)
def test_whatever_reads_an_archive_waits_for_a_restore(reads: dict[str, Any]) -> None:
    """Requests, data retrieved and data sent out say that objects are read, as their peak does."""
    row = {"storage_class": "DEEP_ARCHIVE", "storage_gb": 100}
    assert "restore_before_reading" in checks(bill({**row, **reads}))
    assert "restore_before_reading" not in checks(bill(row))


@pytest.mark.parametrize(
    ("fields", "meter", "quantity", "cost"),
    [
        ({"monthly_metadata_updates": 1e6}, "metadata_updates", 1e6, 0.3),
        ({"live_inventory_objects": 2e9}, "live_inventory_objects", 2e9, 200.0),
        ({"monthly_inventory_listings": 30}, "inventory_objects", 3e7, 0.075),
        ({"storage_class_analysis": True}, "analysed_objects", 1e6, 0.1),
        ({"storage_lens_dashboards": 2}, "storage_lens_objects", 2e6, 0.4),
        ({"tags_per_object": 5}, "object_tags", 5e6, 3.25),
        ({"monthly_batch_jobs": 4}, "batch_jobs", 4, 1.0),
        ({"monthly_batch_objects": 1e6}, "batch_objects", 1e6, 1.0),
        ({"monthly_batch_manifest_objects": 1e6}, "batch_manifest_objects", 1e6, 0.015),
        ({"monthly_sqs_events": 1e6}, "sqs_event_requests", 1e6, 0.4),
        ({"monthly_sns_events": 1e6}, "sns_event_requests", 1e6, 0.5),
        ({"monthly_lambda_events": 1e6}, "lambda_event_requests", 1e6, 0.2),
        ({"monthly_lambda_gb_seconds": 1e6}, "lambda_event_duration", 1e6, 16.6667),
        ({"monthly_lambda_arm_gb_seconds": 1e6}, "lambda_event_arm_duration", 1e6, 13.3334),
        ({"monthly_eventbridge_events": 1e6}, "eventbridge_events", 1e6, 1.0),
    ],
)
def test_management_and_events(
    fields: dict[str, Any], meter: str, quantity: float, cost: float
) -> None:
    """A million objects are listed, watched, tagged and notified of at AWS's prices."""
    objects = {"storage_gb": 1e6 * 1024 * KIB / GIB, "object_bytes": 1024 * KIB}
    row = {**objects, "price_date": "2026-01-01"}
    plain, more = bill(row), bill({**row, **fields})
    assert lines(more)[meter] == (pytest.approx(quantity), pytest.approx(cost))
    assert total(more)[0] - total(plain)[0] == pytest.approx(cost)


def test_the_tiers_of_storage_lens() -> None:
    """Of 125 billion objects 25 pay 0.20 a million, 75 pay 0.16 and 25 pay 0.12."""
    row = {"storage_gb": 125e9 * KIB / GIB, "object_bytes": KIB, "storage_lens_dashboards": 1}
    assert lines(bill(row))["storage_lens_objects"] == (
        pytest.approx(125e9),
        pytest.approx(5000 + 12000 + 3000),
    )


def test_functions_without_a_duration_are_told() -> None:
    """A notification that runs a function costs more than its request."""
    row = {"monthly_lambda_events": 1}
    assert "lambda_duration_left_out" in facts(bill(row))
    assert "lambda_duration_left_out" not in facts(bill({**row, "monthly_lambda_gb_seconds": 1}))
    on_arm = {**row, "monthly_lambda_arm_gb_seconds": 1}
    assert "lambda_duration_left_out" not in facts(bill(on_arm))
    assert "lambda_duration_left_out" not in facts(bill({"monthly_sqs_events": 1}))


@pytest.mark.parametrize(
    ("required", "ruled_out"),
    [
        (0, set()),
        (0.2, {"GLACIER", "DEEP_ARCHIVE"}),
        (18000, {"DEEP_ARCHIVE"}),
        (43200, set()),
        (0.01, set(CLASSES) - {"EXPRESS_ONEZONE"}),
    ],
)
def test_a_comparison_rules_out_what_answers_too_late(required: float, ruled_out: set[str]) -> None:
    """Classes whose first byte takes longer than required are not feasible, however cheap."""
    row = workload(storage_gb=1e6, required_first_byte_seconds=required)
    compared = compare(S3, row, {"storage_class": CLASSES}, packaged().card("s3"))
    late = compared.infeasible[:-1].tolist()
    found = dict(zip(CLASSES, late, strict=True))
    assert {name for name, infeasible in found.items() if infeasible} == ruled_out


@pytest.mark.parametrize(
    ("fields", "prefixes"),
    [
        ({}, 1),
        ({"peak_reads_per_second": 55000}, 10),
        ({"peak_reads_per_second": 5501}, 2),
        ({"peak_writes_per_second": 7000, "peak_reads_per_second": 5500}, 2),
        (
            {
                "peak_writes_per_second": 7000,
                "peak_reads_per_second": 5500,
                "prefixes_share_reads_and_writes": True,
            },
            3,
        ),
        ({"storage_class": "EXPRESS_ONEZONE", "peak_reads_per_second": 55000}, 1),
    ],
)
def test_prefixes_needed(fields: dict[str, Any], prefixes: int) -> None:
    """A prefix takes 3,500 writes and 5,500 reads a second."""
    assert bill(fields).capacity.prefixes[0] == prefixes


def test_the_peak_against_the_prefixes_given() -> None:
    """Two prefixes share 12,000 reads: 6,000 each are more than 5,500."""
    found = checks(bill({"peak_reads_per_second": 12000, "prefixes": 2}))
    assert found["prefix_reads_per_second"] == (6000, 5500)


@pytest.mark.parametrize(
    ("largest", "parts", "part_bytes"),
    [
        (0, 2, 8388608),
        (100 * GIB, 10000, 100 * GIB / 10000),
        (50000 * GIB, 10000, 5 * GIB),
    ],
)
def test_parts_of_the_largest_object(largest: int, parts: int, part_bytes: float) -> None:
    """Parts grow where 10,000 of the size given would not do, up to 5 GB each."""
    capacity = bill({"largest_object_bytes": largest}).capacity
    assert capacity.largest_object_parts[0] == parts
    assert capacity.largest_object_part_bytes[0] == part_bytes


def test_size_limits() -> None:
    """The largest object that fits has 10,000 parts of 5 GB; one byte more does not."""
    value, limit = checks(bill({"largest_object_bytes": 50000 * GIB}))["object_bytes"]
    assert value == limit
    value, limit = checks(bill({"largest_object_bytes": 50000 * GIB + 1}))["object_bytes"]
    assert value > limit


@pytest.mark.parametrize(
    ("storage_class", "cheaper_bytes"),
    [("STANDARD_IA", 71235), ("ONEZONE_IA", 56988), ("GLACIER_IR", 22796), ("GLACIER", 15793)],
)
def test_padding_that_costs_more_than_it_saves(storage_class: str, cheaper_bytes: int) -> None:
    """Below a size that follows from the prices, Standard is the cheaper storage."""
    row = {"storage_class": storage_class, "storage_gb": 100, "object_bytes": cheaper_bytes}
    cost, standard = checks(bill(row))["storage_cost_per_gb"]
    assert cost <= standard == 0.023
    cost, standard = checks(bill({**row, "object_bytes": cheaper_bytes - 1}))["storage_cost_per_gb"]
    assert cost > standard


def test_minimums_of_the_class_are_findings() -> None:
    """Small, young and moved objects meet the minimums of Glacier Instant Retrieval."""
    row = {
        "storage_class": "GLACIER_IR",
        "object_bytes": 64 * KIB,
        "monthly_early_deleted_gb": 1,
        "early_delete_age_days": 30,
        "monthly_lifecycle_transitions": 1000,
    }
    found = checks(bill(row))
    assert found["minimum_billable_bytes_per_object"] == (131072, 65536)
    assert found["minimum_storage_days"] == (90, 30)
    assert found["lifecycle_bytes_per_object"] == (131072, 65536)
    assert "monitored_bytes_per_object" not in found


@pytest.mark.parametrize(
    ("fields", "seconds", "zones", "availability", "durability"),
    [
        ({}, 0.2, 3, 0.9999, "99.999999999%"),
        ({"storage_class": "ONEZONE_IA"}, 0.2, 1, 0.995, "99.999999999%"),
        ({"storage_class": "GLACIER"}, 18000, 3, 0.9999, "99.999999999%"),
        (
            {"storage_class": "DEEP_ARCHIVE", "retrieval_tier": "Bulk"},
            172800,
            3,
            0.9999,
            "99.999999999%",
        ),
        ({"storage_class": "GLACIER", "storage_gb": 0}, 18000, 3, 0.9999, "99.999999999%"),
        ({"storage_class": "EXPRESS_ONEZONE"}, 0.01, 1, 0.9995, "not stated"),
    ],
)
def test_what_the_class_is_designed_for(
    fields: dict[str, Any], seconds: float, zones: int, availability: float, durability: str
) -> None:
    """First byte, zones, availability and durability are those of the class."""
    capacity = bill(fields).capacity
    assert capacity.first_byte_seconds[0] == seconds
    assert capacity.availability_zones[0] == zones
    assert capacity.design_availability[0] == availability
    assert capacity.design_durability.tolist() == [durability]


@pytest.mark.parametrize(
    ("fields", "seconds"),
    [
        ({}, 0.2),
        ({"archive_instant_fraction": 1}, 0.2),
        ({"archive_fraction": 0.1}, 18000),
        ({"archive_fraction": 0.1, "retrieval_tier": "Expedited"}, 300),
        ({"deep_archive_fraction": 0.1}, 43200),
        ({"archive_fraction": 0.5, "deep_archive_fraction": 0.5}, 43200),
        ({"archive_fraction": 1, "deep_archive_fraction": 1, "retrieval_tier": "Bulk"}, 43200),
        ({"archive_fraction": 0.1, "object_bytes": KIB}, 0.2),
    ],
)
def test_archive_tiers_are_as_slow_as_their_restore(fields: dict[str, Any], seconds: float) -> None:
    """Intelligent-Tiering answers as late as the slowest archive tier that holds some data."""
    priced = bill({"storage_class": "INTELLIGENT_TIERING", "storage_gb": 100, **fields})
    assert priced.capacity.first_byte_seconds[0] == seconds


def test_reading_what_is_archived_needs_a_restore_first() -> None:
    """Reads a second of archived data are a finding, with the time that a restore takes."""
    tiering = {"storage_class": "INTELLIGENT_TIERING", "storage_gb": 100, "archive_fraction": 0.5}
    for row, seconds in (({"storage_class": "DEEP_ARCHIVE"}, 43200), (tiering, 18000)):
        reading = checks(bill({**row, "peak_reads_per_second": 1}))
        assert reading["restore_before_reading"] == (seconds, 0.2)
        assert "restore_before_reading" not in checks(bill(row))
    online = checks(bill({"storage_class": "GLACIER_IR", "peak_reads_per_second": 1}))
    assert "restore_before_reading" not in online


@pytest.mark.parametrize("storage_class", ["GLACIER", "DEEP_ARCHIVE"])
def test_archive_classes_do_not_replicate(storage_class: str) -> None:
    """AWS does not replicate archived objects, whatever the class of the replica is."""
    row = {"storage_class": storage_class, "storage_gb": 100, "monthly_replicated_gb": 1}
    priced = bill({**row, "replica_storage_class": "STANDARD"})
    assert "replicated_archive" in facts(priced)
    assert any(check.exceeded[0] for check in priced.checks)
    into = {"monthly_replicated_gb": 1, "replica_storage_class": storage_class}
    assert "replicated_archive" not in facts(bill(into))


def test_intelligent_tiering_replicates_what_is_not_archived() -> None:
    """Replicating more than its archive tiers leave is a finding: the rest must be restored."""
    row = {"storage_class": "INTELLIGENT_TIERING", "storage_gb": 100, "archive_fraction": 0.75}
    value, limit = checks(bill({**row, "monthly_replicated_gb": 25}))["replicated_archive_tiers"]
    assert value == limit == 100
    value, limit = checks(bill({**row, "monthly_replicated_gb": 26}))["replicated_archive_tiers"]
    assert value > limit
    assert "replicated_archive_tiers" not in checks(bill({"monthly_replicated_gb": 26}))


@pytest.mark.parametrize(
    ("fields", "features"),
    [
        ({}, 0),
        ({"monthly_replicated_gb": 1}, 1),
        ({"replication_time_control": True}, 1),
        ({"noncurrent_gb": 1}, 1),
        ({"monthly_accelerated_in_gb": 1}, 1),
        ({"monthly_accelerated_out_gb": 1, "monthly_lifecycle_transitions": 1}, 2),
        ({"monthly_inventory_listings": 1, "storage_lens_dashboards": 1}, 2),
        ({"monthly_metadata_updates": 1, "live_inventory_objects": 1}, 1),
        ({"tags_per_object": 1, "monthly_eventbridge_events": 1}, 2),
        ({"storage_class": "STANDARD", "noncurrent_gb": 1, "monthly_replicated_gb": 1}, 0),
        (
            {
                "storage_class": "STANDARD",
                "monthly_replicated_gb": 1,
                "replica_storage_class": "EXPRESS_ONEZONE",
            },
            1,
        ),
    ],
)
def test_a_directory_bucket_lacks_features(fields: dict[str, Any], features: int) -> None:
    """What Express One Zone cannot do, such as replicate or send events, is not feasible."""
    priced = bill({"storage_class": "EXPRESS_ONEZONE", "storage_gb": 1, **fields})
    found = facts(priced).get("directory_bucket_features", 0)
    assert found == features
    assert any(check.exceeded[0] for check in priced.checks) == (features > 0)


@pytest.mark.parametrize(
    ("fields", "rule", "count"),
    [
        ({"archive_fraction": 0.5, "infrequent_fraction": 0.5}, "tier_shares_left_out", 2),
        ({"monthly_early_deleted_gb": 1}, "early_deletion_left_out", np.nan),
        ({"monthly_restore_requests": 1}, "restores_left_out", np.nan),
    ],
)
def test_demand_that_does_not_apply_is_told(
    fields: dict[str, Any], rule: str, count: float
) -> None:
    """What the class has no use for is left out of the bill, and a finding says so."""
    np.testing.assert_equal(facts(bill(fields))[rule], count)
    classes = {"archive_fraction": "INTELLIGENT_TIERING"}
    apt = classes.get(next(iter(fields)), "GLACIER")
    assert rule not in facts(bill({**fields, "storage_class": apt}))


def test_the_acceptance_case_is_exact() -> None:
    """52,224 GB of Standard in us-east-1 cost 1,200.128 to the last digit."""
    stored = workload(storage_gb=52224)
    assert exact(S3, [stored]).cost[0] == Fraction("1200.128")
    assert estimate(S3, [stored]).cost[0] == pytest.approx(1200.128, rel=1e-15)


def test_every_class_has_a_price_wherever_it_is_sold() -> None:
    """Seven classes are sold in all Regions, Express One Zone in seven."""
    first = packaged().card("s3").rates["storage"]
    sold = dict(zip(first.variants, (first.first[:-1, -1] > 0).sum(axis=-1).tolist(), strict=True))
    assert sold.pop("EXPRESS_ONEZONE") == 7
    assert set(sold.values()) == {36}
