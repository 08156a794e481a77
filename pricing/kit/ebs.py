"""Amazon EBS: baseline and burst of volumes, striping, and the EBS bandwidth of instances.

The numbers are in ``tables/ebs.toml``; ``uses = ["ebs"]`` adds them to a service's own rules.
Formulas describe one volume; :func:`striped` applies them to several. Minimums and maximums that a
service sets are left to its module.

References
----------
.. [1] "Amazon EBS General Purpose SSD volumes", EBS user guide (2023-06-15),
   https://docs.aws.amazon.com/ebs/latest/userguide/general-purpose.html
.. [2] "Amazon EBS Provisioned IOPS SSD volumes", EBS user guide (2023-06-15),
   https://docs.aws.amazon.com/ebs/latest/userguide/provisioned-iops.html
.. [3] "Amazon EBS-optimized instance types", EC2 user guide (2023-06-15),
   https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ebs-optimized.html
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from pricing.arrays import Flags, Numbers, Words
from pricing.kit.limits import known, smaller_known
from pricing.model import Finding
from pricing.rates import Rules
from pricing.units import BYTES_PER_MB, BYTES_PER_MEGABIT, count_true


class Burst(NamedTuple):
    """The burst of storage [IOPS, MiB/s], how long it lasts, and how long credits refill [s]."""

    iops: Numbers
    throughput: Numbers
    seconds: Numbers
    refill_seconds: Numbers


class Bandwidth(NamedTuple):
    """The bandwidth of storage or an instance [IOPS, MiB/s]; NaN where AWS does not publish it."""

    iops: Numbers
    throughput: Numbers


def striped(formula: Callable[..., Numbers], volumes: Numbers, *columns: Numbers) -> Numbers:
    """Apply a formula for one volume to storage striped evenly over several.

    Parameters
    ----------
    formula : takes the columns of one volume and returns that volume's amount
    volumes : volumes that the storage is striped over [1]
    columns : amounts of the whole storage, such as its size or IOPS

    Examples
    --------
    AWS's own: 1,335 GiB of gp2 on four volumes has 4,005 IOPS.

    >>> from types import SimpleNamespace as Row
    >>> rule = Row(gp2_iops_per_gb=3, gp2_minimum_iops=100, gp2_maximum_iops=16000)
    >>> striped(lambda gb: gp2_iops(gb, rule), 4, 1335).tolist()
    4005.0
    """
    return volumes * formula(*(column / volumes for column in columns))


def gp2_iops(gb: Numbers, rule: Rules) -> Numbers:
    """Return the baseline of a gp2 volume [IOPS]: by size, between a minimum and a maximum [1]_.

    Parameters
    ----------
    gb : size of the volume [GB]

    Examples
    --------
    AWS's own: 300, 3,000 and 16,000 IOPS for 100, 1,000 and 5,334 GiB.

    >>> from types import SimpleNamespace as Row
    >>> rule = Row(gp2_iops_per_gb=3, gp2_minimum_iops=100, gp2_maximum_iops=16000)
    >>> gp2_iops(np.array([100, 1000, 5334]), rule).tolist()
    [300, 3000, 16000]
    """
    by_size = np.maximum(rule.gp2_minimum_iops, gb * rule.gp2_iops_per_gb)
    return np.minimum(by_size, rule.gp2_maximum_iops)


def gp2_throughput(iops: Numbers, rule: Rules) -> Numbers:
    """Return the sustained throughput of a gp2 volume [MiB/s]: at most 256 KiB per operation [1]_.

    Parameters
    ----------
    iops : its baseline [IOPS]

    Examples
    --------
    AWS's own: a volume of 334 GiB reaches the maximum, 250 MiB/s.

    >>> from types import SimpleNamespace as Row
    >>> rule = Row(gp2_throughput_mibps=250, large_io_bytes=262144)
    >>> [float(gp2_throughput(iops, rule)) for iops in (300, 1002)]
    [75.0, 250.0]
    """
    return np.minimum(rule.gp2_throughput_mibps, iops * rule.large_io_bytes / BYTES_PER_MB)


def gp2_burst(gb: Numbers, iops: Numbers, rule: Rules) -> Burst:
    """Return the burst of a gp2 volume; seconds are 0 where the baseline is no lower [1]_.

    Parameters
    ----------
    gb : size of the volume [GB]
    iops : its baseline [IOPS]

    Examples
    --------
    AWS's own: 100 GiB can burst for 2,000 s, and its credits refill in 18,000 s.

    >>> from types import SimpleNamespace as Row
    >>> rule = Row(gp2_burst_iops=3000, gp2_credits=5400000, gp2_small_gb=170,
    ...            gp2_small_throughput_mibps=128, gp2_throughput_mibps=250)
    >>> [float(part) for part in gp2_burst(100, 300, rule)]
    [3000.0, 128.0, 2000.0, 18000.0]
    """
    bursts = iops < rule.gp2_burst_iops
    small = gb <= rule.gp2_small_gb
    spent = np.where(bursts, rule.gp2_burst_iops - iops, 1)
    return Burst(
        np.where(bursts, rule.gp2_burst_iops, iops),
        np.where(small, rule.gp2_small_throughput_mibps, rule.gp2_throughput_mibps),
        np.where(bursts, rule.gp2_credits / spent, 0),
        np.where(bursts, rule.gp2_credits / iops, 0),
    )


def io1_throughput(iops: Numbers, rule: Rules) -> Numbers:
    """Return the throughput of an io1 volume [MiB/s].

    Up to 32,000 IOPS it is 256 KiB per operation, at most 500 MiB/s. Above, it is 16 KiB per
    operation, at most 1,000 MiB/s [2]_.

    Parameters
    ----------
    iops : provisioned [IOPS]

    Examples
    --------
    >>> from types import SimpleNamespace as Row
    >>> rule = Row(io1_throughput_mibps=500, io1_high_throughput_mibps=1000,
    ...            large_io_bytes=262144, small_io_bytes=16384)
    >>> [float(io1_throughput(iops, rule)) for iops in (1000, 2000, 32000, 64000)]
    [250.0, 500.0, 500.0, 1000.0]
    """
    large = np.minimum(rule.io1_throughput_mibps, iops * rule.large_io_bytes / BYTES_PER_MB)
    small = np.minimum(rule.io1_high_throughput_mibps, iops * rule.small_io_bytes / BYTES_PER_MB)
    return np.maximum(large, small)


def io2_throughput(iops: Numbers, rule: Rules) -> Numbers:
    """Return the throughput of an io2 Block Express volume [MiB/s], in proportion to IOPS [2]_.

    Parameters
    ----------
    iops : provisioned [IOPS]

    Examples
    --------
    AWS's own: 16,000 IOPS reach the maximum, 4,000 MiB/s.

    >>> from types import SimpleNamespace as Row
    >>> rule = Row(io2_maximum_throughput_mibps=4000, io2_throughput_per_iops=0.256)
    >>> [float(io2_throughput(iops, rule)) for iops in (1000, 16000)]
    [256.0, 4000.0]
    """
    return np.minimum(rule.io2_maximum_throughput_mibps, iops * rule.io2_throughput_per_iops)


def provisioned(storage_type: Words) -> Flags:
    """Return where all IOPS are provisioned and billed: io1 and io2."""
    return (storage_type == "io1") | (storage_type == "io2")


def of_instance(instance_class: Words, rule: Rules) -> Bandwidth:
    """Return the EBS bandwidth that an instance class sustains [3]_.

    The table of classes has the columns ``ebs_iops`` [IOPS] and ``ebs_mbps`` [Mbps].
    """
    return Bandwidth(rule.ebs_iops[instance_class], mibps(rule.ebs_mbps[instance_class]))


def burst_of_instance(instance_class: Words, rule: Rules) -> Bandwidth:
    """Return the EBS bandwidth that an instance class reaches for 30 minutes a day [3]_.

    The table of classes has the columns ``ebs_burst_iops`` [IOPS] and ``ebs_burst_mbps`` [Mbps].
    """
    iops, mbps = rule.ebs_burst_iops[instance_class], rule.ebs_burst_mbps[instance_class]
    return Bandwidth(iops, mibps(mbps))


def mibps(megabits_per_second: Numbers) -> Numbers:
    """Convert a bandwidth [Mbps] to a throughput [MiB/s].

    Examples
    --------
    AWS's own: 4,750 Mbps is 593.75 MB/s, which is 566.2 MiB/s.

    >>> round(mibps(4750), 1)
    566.2
    """
    return megabits_per_second * BYTES_PER_MEGABIT / BYTES_PER_MB


def needs_met(needed: Bandwidth, volume: Bandwidth, instance: Bandwidth) -> Iterator[Finding]:
    """Compare the IOPS and the throughput needed with what volume and instance sustain.

    Where AWS publishes only one of the two, it is an upper bound: a need above it is not met.
    Whether a smaller need is met is not known, which is a finding too.
    """
    for name, need, *limits in zip(Bandwidth._fields, needed, volume, instance, strict=True):
        unknown = count_true(*(np.logical_not(known(limit)) for limit in limits))
        limit = smaller_known(*limits)
        certain = (unknown == 0) | (need > limit)
        yield Finding(f"required_{name}", need, (need > 0) & certain, limit)
        uncertain = (need > 0) & np.logical_not(certain)
        yield Finding.met(f"unpublished_{name}", uncertain, count=unknown)


def beyond_instance(
    prefix: str, applies: Flags, volume: Bandwidth, billed: Bandwidth, instance: Bandwidth
) -> Iterator[Finding]:
    """Compare bandwidth that is billed on top of storage with what the instance sustains [3]_.

    Parameters
    ----------
    prefix : prefix of the findings' names
    applies : where there is such an instance
    volume : what the volume sustains
    billed : the part of it that is billed on top of storage
    instance : what the instance sustains
    """
    iops, throughput = (
        applies & (paid > 0) & known(limit) for paid, limit in zip(billed, instance, strict=True)
    )
    yield Finding(f"{prefix}iops_beyond_instance", volume.iops, iops, instance.iops)
    sustained = np.where(throughput, volume.throughput, 0)
    yield Finding(f"{prefix}throughput_beyond_instance", sustained, throughput, instance.throughput)
