"""Read and write capacity units, as DynamoDB and Keyspaces provision and scale them."""

from typing import Any

import numpy as np

from pricing.arrays import Flags, Numbers
from pricing.units import whole_units


def provisioned_units(w: Any, mean_units: Numbers, minimum: Numbers | float) -> Numbers:
    """Return the units billed each hour: fixed at the peak, or mean over target utilisation.

    Parameters
    ----------
    w : a workload with `peak_to_mean`, `autoscaling` and `target_utilization`
    mean_units : mean units consumed [Units/Second]
    minimum : least units provisioned [Units/Second]
    """
    fixed = mean_units * w.peak_to_mean
    scaled = mean_units / w.target_utilization
    return np.maximum(minimum, whole_units(np.where(w.autoscaling, scaled, fixed)))


def highest_units(w: Any, mean_units: Numbers, minimum: Numbers | float) -> Numbers:
    """Return the highest throughput that a quota is held against.

    On demand it is the consumed peak; provisioned, the capacity there is at the peak: fixed, or the
    most that auto scaling must be allowed to reach.
    """
    peak = mean_units * w.peak_to_mean
    ceiling = whole_units(np.where(w.autoscaling, peak / w.target_utilization, peak))
    return np.where(w.capacity_mode == "provisioned", np.maximum(minimum, ceiling), peak)


def utilization(w: Any, c: Any) -> dict[str, Numbers]:
    """Return the utilisation of provisioned capacity [share]: consumed over provisioned, means.

    Parameters
    ----------
    w : the workload
    c : its capacity, with mean and provisioned units of reads and writes [Units/Second]
    """
    reads, writes = c.provisioned_read_units, c.provisioned_write_units
    return {
        "read_utilization": c.mean_read_units / np.where(reads > 0, reads, np.nan),
        "write_utilization": c.mean_write_units / np.where(writes > 0, writes, np.nan),
    }


def has_no_headroom(w: Any, c: Any) -> Flags:
    """Return where capacity is provisioned at the mean, as if the load were flat.

    Parameters
    ----------
    w : a workload with `capacity_mode`, `peak_to_mean` and `autoscaling`
    c : its capacity, with mean and provisioned units of reads and writes [Units/Second]

    Examples
    --------
    >>> from types import SimpleNamespace as Row
    >>> w = Row(capacity_mode="provisioned", autoscaling=False, peak_to_mean=np.array([1, 2]))
    >>> units = np.array([10, 20])
    >>> c = Row(mean_read_units=10, provisioned_read_units=units, mean_write_units=0,
    ...         provisioned_write_units=1)
    >>> has_no_headroom(w, c).tolist()
    [True, False]
    """
    reads = (c.mean_read_units > 0) & (c.provisioned_read_units - c.mean_read_units < 1)
    writes = (c.mean_write_units > 0) & (c.provisioned_write_units - c.mean_write_units < 1)
    fixed = (w.capacity_mode == "provisioned") & np.logical_not(w.autoscaling)
    return fixed & (w.peak_to_mean == 1) & (reads | writes)
