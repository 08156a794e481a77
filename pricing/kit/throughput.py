"""Read and write capacity units, as DynamoDB and Keyspaces provision and scale them."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from pricing.arrays import Flags, Numbers, Words
from pricing.kit.autoscaling import policy
from pricing.model import Scaled
from pricing.rates import Rules
from pricing.units import SECONDS_PER_HOUR, whole_units


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


def scaled_units(
    w: Any, field: str, mean_units: Numbers, rule: Rules, count: Numbers = 1
) -> Scaled:
    """Return what auto scaling sets of one kind of units.

    Parameters
    ----------
    w : a workload with `capacity_mode`, `autoscaling`, `target_utilization` and `peak_to_mean`
    field : the workload's least units of the kind [Units/Second]
    mean_units : mean units consumed of each [Units/Second]
    count : how many there are, such as indexes [1]
    """
    minimum, scales = getattr(w, field), (w.capacity_mode == "provisioned") & w.autoscaling
    fixed = np.maximum(minimum, whole_units(mean_units * w.peak_to_mean))
    target = w.target_utilization
    return Scaled(field, policy(rule), mean_units, target, minimum, fixed, count, scales)


def scaling_alarms(w: Any, rule: Rules) -> Numbers:
    """Return the CloudWatch alarms that auto scaling makes for reads and writes of one table.

    Parameters
    ----------
    w : a workload with `capacity_mode` and `autoscaling`

    Examples
    --------
    >>> from types import SimpleNamespace as Row
    >>> w = Row(capacity_mode=np.array(["provisioned", "on-demand"]), autoscaling=True)
    >>> scaling_alarms(w, Row(scaling_alarms=4)).tolist()
    [8, 0]
    """
    return (w.capacity_mode == "provisioned") * w.autoscaling * rule.scaling_alarms * KINDS


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


KINDS = 2
"""Reads and writes are scaled each by themselves."""
MODES: Mapping[str, Mapping[str, Any]] = {
    "on-demand": {"capacity_mode": "on-demand"},
    "provisioned": {"capacity_mode": "provisioned", "autoscaling": False},
    "autoscaled": {"capacity_mode": "provisioned", "autoscaling": True},
}
"""The ways to pay for throughput, by name: the fields of a workload that choose them."""


def break_even_utilization(w: Any, rule: Rules, variant: tuple[Words, ...]) -> dict[str, Numbers]:
    """Return the utilisation at which provisioned capacity costs what requests do [share].

    It is NaN where a price is not known. Above it provisioned capacity costs less.

    Parameters
    ----------
    w : a workload with `price_date` and `region`
    variant : the words that name the variant of the meters
    """
    found = {}
    for kind in ("read", "write"):
        hourly, asked = (
            rule.list_price(f"{kind}_{meter}", variant, w.price_date, w.region)
            for meter in ("capacity_unit_hours", "request_units")
        )
        found[kind] = hourly / (asked * SECONDS_PER_HOUR)
    return found


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
