"""What Amazon RDS and Aurora bill beside instances: Extended Support, RDS Proxy, Database Insights.

References
----------
.. [1] "Amazon RDS Extended Support charges", user guide (2026),
   https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/extended-support-charges.html
.. [2] "Amazon RDS Proxy pricing" (2026), https://aws.amazon.com/rds/proxy/pricing/
.. [3] "Considerations for Database Insights for Amazon RDS", user guide (2026),
   https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_DatabaseInsights.Considerations.html
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from pricing.arrays import Flags, Numbers, Words
from pricing.model import Charge
from pricing.rates import Rules, WordColumn

SUPPORT_YEARS = ("year-1-2", "year-3")
"""The years of Extended Support, which have different prices."""


def has_version(w: Any, versions: Mapping[str, Sequence[str]]) -> Flags:
    """Return where the ``engine_version`` given is a version of the ``engine``.

    Parameters
    ----------
    versions : the versions of each engine
    """
    valid = [(w.engine == engine) & w.engine_version.isin(own) for engine, own in versions.items()]
    return np.logical_or.reduce(valid)


def in_extended_support(w: Any, valid: Flags, rule: Rules) -> tuple[Flags, Flags]:
    """Return where Extended Support is charged on the day of the prices [1]_.

    Parameters
    ----------
    valid : where the version is one of the engine, as :func:`has_version` returns it

    Returns
    -------
    where it is in its first two years, and where in its third or later
    """
    charged = valid & (w.price_date >= rule.extended_support_first_day[w.engine_version])
    third = w.price_date >= rule.extended_support_third_year[w.engine_version]
    return charged & np.logical_not(third), charged & third


def support_year(like: Words, year: int) -> WordColumn:
    """Return a column of the shape of ``like`` that names one of :data:`SUPPORT_YEARS`."""
    return WordColumn(np.full_like(like.codes, year), SUPPORT_YEARS)


def proxy_vcpus(vcpus: Numbers, rule: Rules) -> Numbers:
    """Return the vCPUs that RDS Proxy bills for an instance: its own, at least two [2]_.

    Examples
    --------
    >>> from types import SimpleNamespace as Row
    >>> proxy_vcpus(np.array([1, 4]), Row(minimum_proxy_vcpus=2)).tolist()
    [2, 4]
    """
    return np.maximum(rule.minimum_proxy_vcpus, vcpus)


def insights_charges(prefix: str, watched: Numbers, w: Any) -> Iterator[Charge]:
    """Yield Database Insights [3]_, billed even while instances are stopped.

    The advanced mode includes retention.

    Parameters
    ----------
    prefix : what comes before the names of the meters
    watched : capacity of the instances that are watched [vCPU or ACU]
    w : a workload with ``database_insights`` and ``insights_retention_months``
    """
    advanced, months = w.database_insights == "advanced", w.insights_retention_months
    kept = np.where(advanced | (months == 0), 0, watched)
    yield Charge(f"{prefix}insights_first_month", kept)
    yield Charge(f"{prefix}insights_further_months", kept * np.maximum(0, months - 1))
    yield Charge(f"{prefix}database_insights", advanced * watched * w.hours_per_month)
