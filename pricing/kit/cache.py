"""Clusters that keep data in memory: what a node leaves to data, and how large a cluster may be.

A node of Amazon ElastiCache or MemoryDB keeps a part of its memory for backups, replication and
fragmentation [1]_. The keys of a cluster are spread over its shards [2]_.

References
----------
.. [1] "Managing reserved memory", ElastiCache user guide (2023-05-22),
   https://docs.aws.amazon.com/AmazonElastiCache/latest/red-ug/redis-memory-management.html
.. [2] "Replication: cluster mode disabled vs. enabled", ElastiCache user guide (2023-05-22),
   https://docs.aws.amazon.com/AmazonElastiCache/latest/red-ug/Replication.Redis-RedisCluster.html
"""

from collections.abc import Iterator

from pricing.arrays import Flags, Numbers
from pricing.kit.nodes import in_shards
from pricing.model import Finding


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
