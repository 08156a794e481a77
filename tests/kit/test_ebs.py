"""EBS volumes against the examples of AWS's guides, with the packaged numbers."""

from typing import Any

import numpy as np
import pytest

from pricing import tables
from pricing.kit import ebs
from pricing.kit.ebs import Bandwidth
from pricing.rates import Rules

RULES = Rules(
    {}, **{name: rule.value for name, rule in tables.load("ebs").description.rules.items()}
)


@pytest.mark.parametrize(
    ("gb", "iops", "throughput", "seconds", "refill"),
    [
        (33, 100, 25, 1862.07, 54_000),
        (100, 300, 75, 2000, 18_000),
        (334, 1002, 250, 2702.7, 5389.2),
        (1000, 3000, 250, 0, 0),
        (5334, 16_000, 250, 0, 0),
    ],
    ids=["F-EBS-03", "F-EBS-04", "F-EBS-05", "F-RDS-01", "F-RDS-01-most"],
)
def test_gp2(gb: int, iops: int, throughput: float, seconds: float, refill: float) -> None:
    """A gp2 volume has the baseline, the burst and the refill that AWS prints."""
    baseline = ebs.gp2_iops(gb, RULES)
    burst = ebs.gp2_burst(gb, baseline, RULES)
    assert baseline == iops
    assert float(ebs.gp2_throughput(baseline, RULES)) == throughput
    assert [float(burst.seconds), float(burst.refill_seconds)] == pytest.approx(
        [seconds, refill], rel=1e-5
    )


def test_what_bursts_and_what_does_not() -> None:
    """Small volumes burst to 3,000 IOPS and 128 MiB/s; large ones have what they sustain."""
    gb = np.array([100, 200, 2000])
    burst = ebs.gp2_burst(gb, ebs.gp2_iops(gb, RULES), RULES)
    assert burst.iops.tolist() == [3000, 3000, 6000]
    assert burst.throughput.tolist() == [128, 250, 250]


@pytest.mark.parametrize(("gb", "iops"), [(400, 1200), (1335, 4005), (40_000, 64_000)])
def test_stripes_share_size_and_add_up(gb: int, iops: int) -> None:
    """Four volumes of a quarter of the size each have together what AWS prints for gp2."""
    assert float(ebs.striped(lambda each: ebs.gp2_iops(each, RULES), 4, gb)) == iops


@pytest.mark.parametrize(
    ("formula", "iops", "mibps"),
    [
        (ebs.io1_throughput, 2000, 500),
        (ebs.io1_throughput, 32_000, 500),
        (ebs.io1_throughput, 64_000, 1000),
        (ebs.io2_throughput, 1000, 256),
        (ebs.io2_throughput, 64_000, 4000),
    ],
)
def test_throughput_of_provisioned_iops(formula: Any, iops: int, mibps: int) -> None:
    """io1 and io2 volumes reach the throughput that AWS prints for their IOPS."""
    assert float(formula(iops, RULES)) == mibps


def test_needs_within_what_is_not_published_are_a_fact() -> None:
    """Beyond a known limit a need is not met; within it an unknown limit is told and counted."""
    needed = Bandwidth(np.array([4000.0, 2000.0, 2000.0, 0.0]), np.zeros(4))
    volume = Bandwidth(np.full(4, 3000.0), np.full(4, np.nan))
    instance = Bandwidth(np.array([np.nan, np.nan, 6000.0, np.nan]), np.full(4, np.nan))
    required, unpublished, *_ = ebs.needs_met(needed, volume, instance)
    assert required.applies.tolist() == [True, False, True, False]
    assert required.limit.tolist() == [3000.0] * 4
    assert unpublished.fact
    assert unpublished.applies.tolist() == [False, True, False, False]
    assert unpublished.value.tolist() == [1, 1, 0, 1]


def test_what_is_billed_beyond_the_instance_is_found() -> None:
    """Billed IOPS and throughput stand against what the instance sustains, where that is known."""
    volume = Bandwidth(np.array([14_000.0, 14_000.0]), np.array([700.0, np.nan]))
    billed = Bandwidth(np.array([2000.0, 0.0]), np.array([200.0, 0.0]))
    instance = Bandwidth(np.array([6000.0, 6000.0]), np.array([np.nan, 500.0]))
    iops, throughput = ebs.beyond_instance("replica_", True, volume, billed, instance)
    assert iops.rule == "replica_iops_beyond_instance"
    assert iops.applies.tolist() == [True, False]
    assert throughput.applies.tolist() == [False, False]
    assert np.isfinite(throughput.value).all()
