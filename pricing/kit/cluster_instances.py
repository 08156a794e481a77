"""The instances that share the volume of a cluster: Amazon Aurora, DocumentDB and Neptune.

A cluster has one writer and readers. Each has an instance class, or serverless capacity that is
billed by the hour in units: Aurora's ACU, DocumentDB's DCU and Neptune's NCU [1]_.

References
----------
.. [1] "Using Aurora Serverless v2", user guide (2026),
   https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2.html
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np

from pricing.arrays import Flags, Numbers, Words
from pricing.kit.cluster_volume import CONFIGURATIONS, configured, priced_secondaries
from pricing.kit.limits import between, known
from pricing.model import Finding
from pricing.rates import Rules, WordColumn
from pricing.units import HOURS_PER_DAY, count_true


class Instances(NamedTuple):
    """Equal instances: their number, whether they are serverless, their class, their mean units."""

    count: Numbers
    serverless: Flags
    instance_class: WordColumn
    units: Numbers

    @classmethod
    def of(
        cls, count: Numbers, serverless: Flags, instance_class: WordColumn, units: Numbers
    ) -> "Instances":
        """Return instances that have either a class or units; the other is empty or zero."""
        place = np.where(serverless, 0, instance_class.codes)
        return cls(
            count,
            serverless,
            WordColumn(place, instance_class.words),
            np.where(serverless, units, 0),
        )

    @property
    def provisioned(self) -> Flags:
        """Where there are any, and they have a class."""
        return (self.count > 0) & np.logical_not(self.serverless)


def has_units(w: Any) -> Flags:
    """Return where the writer or the readers are serverless.

    Examples
    --------
    >>> from types import SimpleNamespace as Row
    >>> modes = ("", "provisioned", "serverless")
    >>> w = Row(capacity_mode=WordColumn(np.array([2, 1, 1]), modes), readers=np.array([0, 1, 0]),
    ...         reader_capacity_mode=WordColumn(np.array([0, 2, 2]), modes))
    >>> has_units(w).tolist()
    [True, True, False]
    """
    readers = w.reader_capacity_mode.filled(w.capacity_mode) == "serverless"
    return (w.capacity_mode == "serverless") | (readers & (w.readers > 0))


def running_hours(w: Any) -> Numbers:
    """Return the hours a month in which the instances run [h]."""
    return w.hours_per_month * w.running_hours_fraction


def readers_of(w: Any, count: Numbers, writer_class: Words, units: Numbers) -> Instances:
    """Return the readers; their mode and class are the writer's if not their own.

    Parameters
    ----------
    count : the readers of the cluster [1]; where there are none, they have no class either
    writer_class : the class that the writer is sized to, whether it is serverless or not
    units : mean capacity of each reader that is serverless [units]

    Examples
    --------
    Readers of a serverless writer have a class if they are provisioned.

    >>> from types import SimpleNamespace as Row
    >>> modes, classes = ("", "provisioned", "serverless"), ("", "small")
    >>> w = Row(capacity_mode=WordColumn(np.array([2, 1]), modes),
    ...         reader_capacity_mode=WordColumn(np.array([1, 0]), modes),
    ...         reader_instance_class=WordColumn(np.array([0, 0]), classes))
    >>> small = WordColumn(np.array([1, 1]), classes)
    >>> readers_of(w, np.array([1, 0]), small, 4).instance_class.tolist()
    ['small', '']
    """
    own_mode, own_class = w.reader_capacity_mode, w.reader_instance_class
    serverless = own_mode.filled(w.capacity_mode) == "serverless"
    none = count == 0
    each = np.where(none, 0, units)
    return Instances.of(count, serverless | none, own_class.filled(writer_class), each)


def reader_units(
    w: Any, own: Numbers, of_writer: Numbers, least: Numbers, most: Numbers
) -> Numbers:
    """Return the mean capacity of each reader [units]; in tier 0 or 1 at least the writer's [1]_.

    Parameters
    ----------
    own : capacity that is given for the readers; 0 is that of the writer [units]
    least, most : the range of capacity [units]

    Examples
    --------
    >>> from types import SimpleNamespace as Row
    >>> w = Row(readers_follow_writer=np.array([True, False, False]))
    >>> reader_units(w, np.array([2, 2, 0]), 4, 1, 8).tolist()
    [4, 2, 4]
    """
    asked = np.where(own > 0, between(own, least, most), of_writer)
    return np.where(w.readers_follow_writer, np.maximum(asked, of_writer), asked)


def groups_of(
    w: Any,
    writer_class: Words,
    units: Numbers,
    reader_class: Words,
    units_of_readers: Numbers,
    shared: Flags = True,
) -> tuple[Instances, Instances, Instances]:
    """Return the writer, the readers, and the instances of secondary clusters that are priced.

    Parameters
    ----------
    writer_class, reader_class : their classes; empty where they are serverless
    units, units_of_readers : their mean capacity where they are [units]
    shared : where the workload is a cluster of instances that share a volume
    """
    abroad = priced_secondaries(w)[0] * w.secondary_instances
    one, several, others = (np.where(shared, count, 0) for count in (1, w.readers, abroad))
    return (
        Instances(one, writer_class == "", writer_class, units),
        Instances(several, reader_class == "", reader_class, units_of_readers),
        Instances(others, writer_class == "", writer_class, units),
    )


def compute_costs(
    w: Any,
    groups: tuple[Instances, ...],
    units_meter: str,
    rule: Rules,
    engine: tuple[Words, ...] = (),
    awake_fraction: Numbers = 1,
) -> tuple[Numbers, Numbers]:
    """Return the cost of all instances of a month, standard and I/O-Optimized [USD].

    It is NaN where a price is not known.

    Parameters
    ----------
    units_meter : the meter of serverless capacity, such as ``acu_hours``
    engine : the first dimension of ``instance_hours``, where it has one
    awake_fraction : share of the running hours in which serverless instances have capacity [share]
    """

    def cost(group: Instances, configuration: WordColumn) -> Numbers:
        variant = (*engine, configuration, group.instance_class)
        by_class = rule.list_price("instance_hours", variant, w.price_date, w.region)
        by_unit = rule.list_price(units_meter, (configuration,), w.price_date, w.region)
        hourly = np.where(group.serverless, awake_fraction * group.units * by_unit, by_class)
        return np.where(group.count > 0, group.count * running_hours(w) * hourly, 0)

    standard, optimized = (
        sum(cost(group, configured(w, name)) for group in groups) for name in CONFIGURATIONS
    )
    return standard, optimized


def instance_findings(w: Any, shared: Flags = True) -> Iterator[Finding]:
    """Yield the quotas on readers and instances, what failover does, and how late readers are.

    Parameters
    ----------
    shared : where the workload is a cluster of instances that share a volume
    """
    readers = w.readers
    yield Finding("readers", readers, shared & (readers > 0))
    yield Finding("db_instances", 1 + readers, shared)
    yield Finding.met("no_reader", shared & (readers == 0))
    yield Finding.met("replica_lag", shared & (readers > 0), readers)


def are_smaller(readers: Words, writer: Words, most_gib: Numbers, rule: Rules) -> Flags:
    """Return where readers have less memory at most, or fewer vCPUs, than a provisioned writer.

    Parameters
    ----------
    readers, writer : their classes; empty where they are serverless
    most_gib : memory of a serverless reader at its maximum [GiB]
    """
    memory = np.where(readers == "", most_gib, rule.memory_gib[readers])
    return (memory < rule.memory_gib[writer]) | (rule.vcpus[readers] < rule.vcpus[writer])


def stop_finding(w: Any, stoppable: Flags = True) -> Finding:
    """Return the days a month in which the cluster is stopped; AWS starts it again after some."""
    days = (w.hours_per_month - running_hours(w)) / HOURS_PER_DAY
    return Finding("stopped_days", days, stoppable & (w.running_hours_fraction < 1))


def need_findings(
    names: Iterable[str], needs: Iterable[Numbers], has: Iterable[Numbers]
) -> Iterator[Finding]:
    """Compare what a load needs with what the writer has, and count what AWS does not publish.

    Parameters
    ----------
    names : the rules, one for each need
    needs : what the load needs; 0 where it is not known
    has : what the writer has; NaN where it is not published
    """
    unknown = []
    for name, need, own in zip(names, needs, has, strict=True):
        yield Finding(name, need, (need > 0) & known(own), own)
        unknown.append((need > 0) & np.logical_not(known(own)))
    count = count_true(*unknown)
    yield Finding.met("unpublished_limits", count > 0, count)
