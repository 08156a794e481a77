"""Toy Store: a service that does not exist, as small as a service can be.

It has no modes, no assumptions, and is sold in three Regions only.

References
----------
.. [1] "Toy Store pricing", https://example.com/toy/pricing/ (2026).
"""

from collections.abc import Iterator
from typing import Annotated

from msgspec import Struct

from pricing import tables
from pricing.model import Charge, Finding, Hourly, Service, WorkloadFields
from pricing.quantities import Gigabytes, PerSecond, PriceDate, about, measured
from pricing.rates import Rules
from pricing.units import SECONDS_PER_HOUR


class ToyWorkload(WorkloadFields, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Demand on one toy box."""

    price_date: PriceDate = tables.newest_day("toy")
    storage_gb: Annotated[Gigabytes, about("Toys kept.")]
    requests_per_second: Annotated[PerSecond, about("Mean requests for a toy.")] = 0.0


class ToyCapacity(Struct, frozen=True):
    """What the toy box needs."""

    monthly_requests: Annotated[float, measured("Requests/month", "Requests of the month.")]


def capacity(w: ToyWorkload, rule: Rules) -> ToyCapacity:
    """Return the requests of the month."""
    return ToyCapacity(w.requests_per_second * w.hours_per_month * SECONDS_PER_HOUR)


def charges(w: ToyWorkload, c: ToyCapacity, rule: Rules) -> Iterator[Charge]:
    """Yield storage and requests [1]_."""
    yield Charge("storage", w.storage_gb)
    yield Charge("requests", c.monthly_requests)


def findings(w: ToyWorkload, c: ToyCapacity, rule: Rules) -> Iterator[Finding]:
    """Yield the quota that the toy box meets [1]_."""
    yield Finding("requests_per_second", w.requests_per_second)


SERVICE = Service(
    key="toy",
    name="Toy Store",
    category="Storage",
    workload=ToyWorkload,
    capacity_type=ToyCapacity,
    capacity=capacity,
    charges=charges,
    findings=findings,
    loads=("storage_gb", "requests_per_second", "hours_per_month"),
    example=ToyWorkload(name="bears", region="us-east-1", storage_gb=100.0),
    hourly=Hourly(varies=("requests_per_second",)),
)
