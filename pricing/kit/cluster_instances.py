"""The instances that share the volume of a cluster: Amazon Aurora, DocumentDB and Neptune.

A cluster has one writer and readers. Each has an instance class, or serverless capacity that is
billed by the hour in units: Aurora's ACU, DocumentDB's DCU and Neptune's NCU [1]_.

References
----------
.. [1] "Using Aurora Serverless v2", user guide (2026),
   https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2.html
"""

from typing import Any, NamedTuple

import numpy as np

from pricing.arrays import Flags, Numbers
from pricing.kit.limits import between
from pricing.rates import WordColumn


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


def running_hours(w: Any) -> Numbers:
    """Return the hours a month in which the instances run [h]."""
    return w.hours_per_month * w.running_hours_fraction


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
