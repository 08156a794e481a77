"""Burstable instance classes: the load that they sustain, and the CPU credits beyond it.

A class of the families T2, T3 and T4g earns CPU credits for a mean load of its baseline [1]_. T3
and T4g of a database run in Unlimited mode: load above the baseline is charged [2]_. T2 falls back
to its baseline.

Functions that take a workload ``w`` read ``required_vcpus`` and ``mean_cpu_fraction``; its service
has ``uses = ["burstable"]`` in its table, and a column ``vcpus`` of its classes.

References
----------
.. [1] "Key concepts for burstable performance instances", EC2 user guide (2026),
   https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/burstable-credits-baseline-concepts.html
.. [2] "Amazon RDS instance types", burstable classes (2026),
   https://aws.amazon.com/rds/instance-types/
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from pricing.arrays import Numbers, Words
from pricing.kit.limits import known
from pricing.model import Finding
from pricing.rates import Rules


def baseline_vcpus(instance_class: Words, rule: Rules) -> Numbers:
    """Return the load that a burstable class sustains [vCPU]; NaN for other classes."""
    return rule.vcpus[instance_class] * rule.baseline_cpu_fraction[instance_class]


def mean_vcpus(w: Any, instance_class: Words, rule: Rules) -> Numbers:
    """Return the mean load of an instance while it runs [vCPU]; 0 where it is not known."""
    vcpus = rule.vcpus[instance_class]
    return w.mean_cpu_fraction * np.where(w.required_vcpus > 0, w.required_vcpus, vcpus)


def cpu_credit_vcpus(w: Any, instance_class: Words, rule: Rules) -> Numbers:
    """Return the mean load above the baseline that CPU credits are charged for [vCPU] [2]_.

    Examples
    --------
    AWS's own: a t3.small at 25 percent is 5 percent of each vCPU above its baseline. A t2.small
    falls back to the baseline, and a class that is not burstable uses no credits.

    >>> from types import SimpleNamespace as Row
    >>> classes = np.arange(3)
    >>> rule = Row(vcpus=np.array([2, 1, 2]), baseline_cpu_fraction=np.array([0.2, 0.2, np.nan]),
    ...            maximum_cpu_fraction=np.array([1, 0.2, np.nan]))
    >>> w = Row(required_vcpus=0, mean_cpu_fraction=0.25)
    >>> cpu_credit_vcpus(w, classes, rule).round(6).tolist()
    [0.1, 0.0, 0.0]
    """
    most = rule.vcpus[instance_class] * rule.maximum_cpu_fraction[instance_class]
    over = np.minimum(mean_vcpus(w, instance_class, rule), most)
    over = over - baseline_vcpus(instance_class, rule)
    return np.where(over > 0, over, 0)


def load_findings(w: Any, instance_class: Words, rule: Rules) -> Iterator[Finding]:
    """Compare the load on a burstable class with what it sustains [2]_.

    If the mean load is known, it may rise to what CPU credits are charged for; otherwise only to
    the baseline. A class therefore never meets a need with credits that are not priced.
    """
    mean = mean_vcpus(w, instance_class, rule)
    priced = rule.vcpus[instance_class] * rule.maximum_cpu_fraction[instance_class]
    limit = np.where(mean > 0, priced, baseline_vcpus(instance_class, rule))
    load = np.where(mean > 0, mean, w.required_vcpus)
    yield Finding("sustained_vcpus", load, (load > 0) & known(limit), limit)
