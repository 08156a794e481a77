"""Redshift by nodes, Redshift Serverless or Athena: one analytical load on each of them.

A query takes vCPU time by the data that it scans, and is to be done in a time that is given: that
makes the vCPUs of one query, and at the peak those of all that run at once. A provisioned cluster
has the vCPUs of the peak, in all hours or in those of use [1]_. A serverless workgroup has those of
a query as base capacity, scales with the mean of the queries at once, and is billed while any runs,
each query a minute at least [2]_. Athena reads the data in Amazon S3, and is paid by the data
scanned or by a capacity reservation in the hours of use [3]_.

References
----------
.. [1] "Amazon Redshift provisioned clusters", management guide (2026),
   https://docs.aws.amazon.com/redshift/latest/mgmt/working-with-clusters.html
.. [2] "Billing for Amazon Redshift Serverless", management guide (2026),
   https://docs.aws.amazon.com/redshift/latest/mgmt/serverless-billing.html
.. [3] "Amazon Athena pricing", https://aws.amazon.com/athena/pricing/ (2026)
"""

from collections.abc import Iterator
from typing import Annotated, Any

import numpy as np

from pricing import tables
from pricing.arrays import Numbers
from pricing.kit.capacity_units import in_steps
from pricing.kit.instances import Connections
from pricing.model import WorkloadFields
from pricing.quantities import Gigabytes, PriceDate, Ratio, about, bounded
from pricing.question import Alternative, PlannedWorkload, Question, RulesOf
from pricing.rates import Rules
from pricing.units import HOURS_PER_DAY, SECONDS_PER_HOUR

SERVICES = ("redshift", "redshift_serverless", "athena", "s3")
DAYS_PER_WEEK = 7
VCPUS_PER_DPU = 4
DPU_STEP, MOST_QUERY_DPUS = 4, 124
"""A query of Athena takes a multiple of four DPUs, each with four vCPUs [3]_."""
MOST = 1e6
"""The most vCPUs that a workload may ask for; more is ruled out by limits long before."""
MOST_REQUESTS = 1e15
"""The most requests a month that a bucket may have."""


class WarehouseNeeds(WorkloadFields, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Needs of one analytical database, whatever runs it."""

    price_date: PriceDate = max(map(tables.newest_day, SERVICES))
    storage_gb: Annotated[Gigabytes, about("Data in compressed columns, as Parquet has them.")]
    queries_per_day: Annotated[
        float, bounded("1/day", 0, 1e7), about("Queries of a day on which there are any.")
    ]
    scanned_gb_per_query: Annotated[
        float, bounded("GB", 0, 1e6), about("Compressed data that a query reads in the mean.")
    ]
    query_seconds: Annotated[
        float, bounded("s", 0.1, 86_399), about("Run time that a query is to have in the mean.")
    ] = 10.0
    hours_of_use_per_day: Annotated[
        float, bounded("h/day", 0.01, 24), about("Hours of a day in which queries come.")
    ] = 24.0
    days_of_use_per_week: Annotated[
        float, bounded("day/week", 0.1, 7), about("Days of a week on which queries come.")
    ] = 7.0
    peak_to_mean: Annotated[Ratio, about("Peak over mean of the queries in the hours of use.")] = (
        1.0
    )
    connections: Annotated[Connections, about("Connections that clients hold open.")] = 0.0
    vcpu_seconds_per_gb: Annotated[
        float,
        bounded("s", 0, 1e4),
        about("Assumption: vCPU time for a GB scanned; measure it with queries of your own."),
    ] = 10.0
    vcpus_per_rpu: Annotated[
        float,
        bounded("vCPU", 0.1, 64),
        about("Assumption: vCPUs of an RPU; nodes with as much memory, 16 GiB, have two."),
    ] = 2.0
    s3_requests_per_gb: Annotated[
        float,
        bounded("1/GB", 0, 1e6),
        about("Assumption: requests by which Athena reads a GB from Amazon S3: ranges of 64 MB."),
    ] = 16.0


def alternatives(needs: Any, rules: RulesOf) -> Iterator[Alternative]:
    """Yield the cluster, running and paused, the workgroup, and Athena in both modes."""
    shown = figures(needs)
    larger = {"scan_above_storage": needs.scanned_gb_per_query > needs.storage_gb}
    every = cluster(needs, np.ones(len(needs.name)))
    yield Alternative("redshift", (every,), {}, shown, told=larger)
    share = share_of_use(needs)
    paused = {"never_paused": share == 1}
    yield Alternative("redshift_paused", (cluster(needs, share),), paused, shown, told=larger)
    workgroup = PlannedWorkload(
        "redshift_serverless", serverless(needs, rules("redshift_serverless"))
    )
    yield Alternative("redshift_serverless", (workgroup,), {}, shown, told=larger)
    scanned = PlannedWorkload("athena", athena(needs))
    told = larger | {"time_not_promised": needs.queries_per_day > 0}
    yield Alternative("athena_per_query", (scanned, bucket(needs)), {}, shown, told=told)
    reserved = PlannedWorkload("athena", athena(needs) | reservation(needs))
    beyond = {"athena_query_dpus": query_dpus(needs) > MOST_QUERY_DPUS}
    both = (reserved, bucket(needs))
    yield Alternative("athena_provisioned", both, beyond, shown, told=larger)


def share_of_use(needs: Any) -> Numbers:
    """Return the share of the month in which queries come [share].

    Examples
    --------
    >>> from types import SimpleNamespace as Row
    >>> float(share_of_use(Row(hours_of_use_per_day=12, days_of_use_per_week=3.5)))
    0.25
    """
    days = needs.days_of_use_per_week / DAYS_PER_WEEK
    return np.minimum(1, needs.hours_of_use_per_day / HOURS_PER_DAY * days)


def monthly_queries(needs: Any) -> Numbers:
    """Return the queries of a month [1/month]."""
    days = needs.hours_per_month / HOURS_PER_DAY * needs.days_of_use_per_week / DAYS_PER_WEEK
    return needs.queries_per_day * days


def at_once(needs: Any) -> Numbers:
    """Return the queries that run at once in the mean of the hours of use [1].

    Examples
    --------
    >>> from types import SimpleNamespace as Row
    >>> float(at_once(Row(queries_per_day=3600, query_seconds=20, hours_of_use_per_day=10)))
    2.0
    """
    seconds = needs.hours_of_use_per_day * SECONDS_PER_HOUR
    return needs.queries_per_day * needs.query_seconds / seconds


def query_vcpus(needs: Any) -> Numbers:
    """Return the vCPUs with which a query is done in its time [vCPU]."""
    return needs.scanned_gb_per_query * needs.vcpu_seconds_per_gb / needs.query_seconds


def peak_vcpus(needs: Any) -> Numbers:
    """Return the vCPUs of the queries at once at the peak, one query at least [vCPU]."""
    queries = np.maximum(1, at_once(needs) * needs.peak_to_mean)
    some = np.where(needs.queries_per_day > 0, queries, 0)
    return np.minimum(MOST, query_vcpus(needs) * some)


def cluster(needs: Any, running: Numbers) -> PlannedWorkload:
    """Return a provisioned cluster that runs for a share of the month."""
    fields = {
        "storage_gb": needs.storage_gb,
        "required_vcpus": peak_vcpus(needs),
        "connections": needs.connections,
        "running_hours_fraction": running,
    }
    return PlannedWorkload("redshift", fields)


def serverless(needs: Any, rule: Rules) -> dict[str, Any]:
    """Return the workgroup: queries that overlap keep it active, others wake it one by one."""
    queries, hours = monthly_queries(needs), needs.hours_per_month * share_of_use(needs)
    least = np.maximum(rule.minimum_seconds, needs.query_seconds)
    overlap = queries * least >= hours * SECONDS_PER_HOUR
    memory = query_vcpus(needs) / needs.vcpus_per_rpu * rule.gib_per_rpu
    return {
        "base_rpus": 0.0,
        "required_memory_gib": np.minimum(MOST, memory),
        "mean_scale_ratio": np.minimum(MOST, np.maximum(1, at_once(needs))),
        "monthly_active_hours": np.where(overlap, hours, 0),
        "monthly_isolated_queries": np.where(overlap, 0, queries),
        "isolated_query_seconds": needs.query_seconds,
        "storage_gb": needs.storage_gb,
        "connections": needs.connections,
    }


def athena(needs: Any) -> dict[str, Any]:
    """Return the queries of Athena."""
    return {
        "monthly_queries": monthly_queries(needs),
        "scanned_gb_per_query": needs.scanned_gb_per_query,
        "query_seconds": needs.query_seconds,
        "peak_to_mean": needs.peak_to_mean,
        "running_hours_fraction": share_of_use(needs),
    }


def query_dpus(needs: Any) -> Numbers:
    """Return the DPUs with which a query is done in its time: whole steps of four [DPU].

    Examples
    --------
    >>> from types import SimpleNamespace as Row
    >>> w = Row(scanned_gb_per_query=50, vcpu_seconds_per_gb=10, query_seconds=10)
    >>> float(query_dpus(w))
    16.0
    """
    return np.maximum(DPU_STEP, in_steps(query_vcpus(needs) / VCPUS_PER_DPU, DPU_STEP))


def reservation(needs: Any) -> dict[str, Any]:
    """Return the reservation, with DPUs of a query as AWS's guide has them, or more if need be."""
    dpus = np.minimum(MOST_QUERY_DPUS, query_dpus(needs))
    return {
        "capacity_mode": "provisioned",
        "dpus_per_query": np.where(dpus > DPU_STEP, dpus, 0),
    }


def bucket(needs: Any) -> PlannedWorkload:
    """Return the data in Amazon S3 that Athena reads, with its requests."""
    read = monthly_queries(needs) * needs.scanned_gb_per_query
    fields = {
        "storage_gb": needs.storage_gb,
        "monthly_get_requests": np.minimum(MOST_REQUESTS, read * needs.s3_requests_per_gb),
    }
    return PlannedWorkload("s3", fields)


def figures(needs: Any) -> dict[str, Numbers]:
    """Return what the load is, beside the bills."""
    return {
        "queries_at_once": at_once(needs),
        "query_vcpus": query_vcpus(needs),
        "peak_vcpus": peak_vcpus(needs),
    }


QUESTION = Question(
    key="warehouse",
    name="Data warehouses and queries",
    about="Which of Redshift, Redshift Serverless and Athena answers queries, and for how much.",
    workload=WarehouseNeeds,
    services=SERVICES,
    alternatives=alternatives,
    example=WarehouseNeeds(
        name="sales-reports",
        region="us-east-1",
        storage_gb=2000.0,
        queries_per_day=400.0,
        scanned_gb_per_query=5.0,
        query_seconds=10.0,
        hours_of_use_per_day=10.0,
        days_of_use_per_week=5.0,
        peak_to_mean=3.0,
    ),
    swept="queries_per_day",
)
