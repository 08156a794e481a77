"""Clusters that keep data in memory: what a node leaves to data, and how large a cluster may be.

A node of Amazon ElastiCache or MemoryDB keeps a part of its memory for backups, replication and
fragmentation [1]_. The keys of a cluster are spread over its shards [2]_. A primary serves writes,
and all nodes of a shard may serve reads.

References
----------
.. [1] "Managing reserved memory", ElastiCache user guide (2023-05-22),
   https://docs.aws.amazon.com/AmazonElastiCache/latest/red-ug/redis-memory-management.html
.. [2] "Replication: cluster mode disabled vs. enabled", ElastiCache user guide (2023-05-22),
   https://docs.aws.amazon.com/AmazonElastiCache/latest/red-ug/Replication.Redis-RedisCluster.html
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from pricing.arrays import Flags, Numbers, Words
from pricing.kit.limits import known
from pricing.kit.nodes import in_shards
from pricing.kit.sizing import Need, largest
from pricing.model import Finding
from pricing.rates import Rules, WordColumn
from pricing.units import BYTES_PER_GB, BYTES_PER_MEGABIT, SECONDS_PER_HOUR

GIVEN = "given"
"""The name of what binds where the number of shards is given."""


def left_for_data(memory: Numbers, reserved: Numbers) -> Numbers:
    """Return the memory of a node that data may fill [1]_ [unit of ``memory``].

    Parameters
    ----------
    memory : the node's maxmemory [any unit]
    reserved : share of it that is reserved [share]

    Examples
    --------
    AWS's own: a cache.r5.large with the default reserve of 25 percent.

    >>> left_for_data(14_037_181_030, 0.25)
    10527885772.5
    """
    return memory * (1 - reserved)


def shards_for_memory(data: Numbers, usable: Numbers, utilization: Numbers) -> Numbers:
    """Return the shards that hold the data, not rounded [1]; each node of a shard holds all of it.

    Parameters
    ----------
    data : data of the cluster [any unit]
    usable : what a node leaves to data, above zero [same unit]
    utilization : share of that which is planned for [share]

    Examples
    --------
    AWS's own: 35 GB on nodes of 12.3 GB take three.

    >>> from math import ceil
    >>> ceil(shards_for_memory(35, 12.3, 1))
    3
    """
    return data / (usable * utilization)


def readers(w: Any, replicas: Numbers) -> Numbers:
    """Return the nodes of a shard that answer reads [1].

    Parameters
    ----------
    w : a workload with ``replica_reads``
    """
    return np.where(w.replica_reads, 1 + replicas, 1)


def primary_requests(w: Any, replicas: Numbers) -> Numbers:
    """Return the commands that all primaries serve at the peak [1/s].

    Parameters
    ----------
    w : a workload with reads and writes a second, ``peak_to_mean`` and ``replica_reads``

    Examples
    --------
    Two replicas that answer reads leave a third of them to the primary.

    >>> from types import SimpleNamespace as Row
    >>> w = Row(reads_per_second=300, writes_per_second=10, peak_to_mean=2, replica_reads=True)
    >>> float(primary_requests(w, 2))
    220.0
    """
    return (w.reads_per_second / readers(w, replicas) + w.writes_per_second) * w.peak_to_mean


def shards_for_requests(w: Any, replicas: Numbers) -> Numbers:
    """Return the shards that the commands need at the peak, not rounded [1].

    None are needed where ``node_requests_per_second``, what a node was measured to serve, is 0.
    """
    served = np.where(w.node_requests_per_second > 0, w.node_requests_per_second, np.inf)
    return primary_requests(w, replicas) / (served * w.target_utilization)


def shards_for_connections(w: Any, accepted: Numbers, replicas: Numbers) -> Numbers:
    """Return the shards that accept the clients' connections, not rounded [1].

    Parameters
    ----------
    w : a workload with ``connections`` and ``target_utilization``
    accepted : connections that a node accepts [1]

    Examples
    --------
    A primary and a replica of 65,000 connections each are planned for 80 percent.

    >>> from types import SimpleNamespace as Row
    >>> shards_for_connections(Row(connections=208_000, target_utilization=0.8), 65_000, 1)
    2.0
    """
    return w.connections / (accepted * in_shards(1, replicas) * w.target_utilization)


def sustained_bytes(w: Any, rule: Rules) -> Numbers:
    """Return the sustained bandwidth of a node [Bytes/s]; infinite where it is not known."""
    bandwidth = rule.network_gbps[w.node_type] * 1000 * BYTES_PER_MEGABIT
    return np.where(known(bandwidth), bandwidth, np.inf)


def shards_of(w: Any, needed: Mapping[str, Numbers], scales: Flags = False) -> Need:
    """Return the shards that are given, or else the most that a load needs [1], and what binds.

    Parameters
    ----------
    w : a workload with ``shards``, of which 0 is as many as needed
    needed : the shards that each load needs, by name, not rounded [1]
    scales : where more are added as the load needs them: what is given is then the least
    """
    need = largest(needed)
    given = (w.shards > 0) & (np.logical_not(scales) | (w.shards > need.count))
    words = need.binding.words
    codes = np.where(given, len(words), need.binding.codes)
    return Need(np.where(given, w.shards, need.count), WordColumn(codes, (*words, GIVEN)))


def monthly_gb(w: Any, commands_per_second: Numbers) -> Numbers:
    """Return the data that commands transfer in a month [GB]."""
    seconds = w.hours_per_month * SECONDS_PER_HOUR
    return commands_per_second * w.item_bytes * seconds / BYTES_PER_GB


def less_with_valkey(
    w: Any, rule: Rules, meter: str, quantity: Numbers, *variant: Words
) -> Numbers:
    """Return how much less a quantity of a meter costs with Valkey [USD]; NaN where not known.

    Parameters
    ----------
    w : a workload with ``engine``
    meter : a meter whose first dimension is the engine
    quantity : what is billed [unit of the meter]
    variant : the words of its further dimensions
    """
    engine: Words = w.engine
    valkey = WordColumn(np.zeros_like(engine.codes), ("valkey",))
    own, other = (
        rule.list_cost(meter, quantity, (word, *variant), w.price_date, w.region)
        for word in (engine, valkey)
    )
    return own - other


def cluster_findings(shards: Numbers, replicas: Numbers, where: Flags) -> Iterator[Finding]:
    """Yield the quotas on the nodes of a cluster of shards [1].

    They are ``nodes_per_cluster``, which AWS raises to ``largest_cluster``, ``nodes_per_region``
    and ``replicas_per_shard``.

    Parameters
    ----------
    where : where the cluster has shards with replicas
    """
    nodes = in_shards(shards, replicas)
    for quota in ("nodes_per_cluster", "largest_cluster", "nodes_per_region"):
        yield Finding(quota, nodes, where)
    yield Finding("replicas_per_shard", replicas, where & (replicas > 0))


def busiest_node_findings(
    w: Any, rule: Rules, requests: Numbers, bytes_per_second: Numbers, where: Flags, shards: Numbers
) -> Iterator[Finding]:
    """Compare what the busiest primary does at the peak with what a node can do [1]_.

    They are ``node_requests`` and ``node_network``. The busiest key stays in one shard.

    Parameters
    ----------
    requests, bytes_per_second : what all primaries do at the peak [1/s, Bytes/s]
    where : where there are nodes
    """
    share = busiest_share(w, shards)
    asked = where & (w.node_requests_per_second > 0)
    yield Finding("node_requests", requests * share, asked, w.node_requests_per_second)
    told = where & known(rule.network_gbps[w.node_type]) & (w.item_bytes > 0)
    yield Finding("node_network", bytes_per_second * share, told, sustained_bytes(w, rule))


def tiering_findings(w: Any, tiered: Flags) -> Iterator[Finding]:
    """Compare the data in regular use with what data tiering is made for, or tell it is not given.

    Parameters
    ----------
    w : a workload with ``hot_data_fraction``, of which 0 is not known
    tiered : where nodes keep a part of the data on SSD
    """
    hot = w.hot_data_fraction
    yield Finding("hot_data", hot, tiered & (hot > 0))
    yield Finding.met("hot_data_not_given", tiered & (hot == 0))


def busiest_share(w: Any, shards: Numbers) -> Numbers:
    """Return the share of the commands that the busiest shard serves [share].

    Examples
    --------
    >>> from types import SimpleNamespace as Row
    >>> [float(busiest_share(Row(hottest_key_fraction=hot), 4)) for hot in (0, 0.5)]
    [0.25, 0.5]
    """
    return np.maximum(1 / np.maximum(1, shards), w.hottest_key_fraction)
