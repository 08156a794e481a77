"""Clusters of equal nodes: shards with replicas, nodes spread over Availability Zones.

A shard of Amazon ElastiCache or MemoryDB has a primary and replicas [1]_. Amazon DAX is sized so
that the load still fits when a node is lost [2]_. Amazon MSK and OpenSearch Service need the same
number of nodes in each Availability Zone [3]_. :mod:`pricing.kit.sizing` finds which need binds.

References
----------
.. [1] "Choosing your node size", ElastiCache user guide (2023-05-22),
   https://docs.aws.amazon.com/AmazonElastiCache/latest/red-ug/nodes-select-size.html
.. [2] "DAX cluster sizing guide", DynamoDB developer guide (2026),
   https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/DAX.sizing-guide.html
.. [3] "Amazon MSK best practices", developer guide (2026),
   https://docs.aws.amazon.com/msk/latest/developerguide/bestpractices.html
"""

import numpy as np

from pricing.arrays import Numbers
from pricing.units import whole_units


def in_shards(shards: Numbers, replicas: Numbers) -> Numbers:
    """Return the number of nodes in shards that each have a primary and replicas [1].

    Examples
    --------
    AWS's own: 83 shards with five replicas use 498 of 500 nodes.

    >>> in_shards(83, 5)
    498
    """
    return shards * (1 + replicas)


def in_every_zone(nodes: Numbers, zones: Numbers) -> Numbers:
    """Round nodes up to the same number in each Availability Zone [1].

    Examples
    --------
    Four brokers in three zones become six.

    >>> float(in_every_zone(4, 3))
    6.0
    """
    return whole_units(nodes / zones) * zones


def target_load(load: Numbers, utilization: Numbers, nodes: Numbers) -> Numbers:
    """Return the load to size a cluster for, with a reserve and for the loss of a node.

    Parameters
    ----------
    load : load that the cluster serves [any unit]
    utilization : share of its capacity that may be used [share]
    nodes : nodes of the cluster [1]; the loss of a single node is not considered

    Returns
    -------
    array [unit of ``load``]: the load times the larger of 1 / utilization and n / (n - 1)

    Examples
    --------
    AWS's own: 135,000 requests a second at 70 percent, on three nodes. The lost node binds.

    >>> float(target_load(135_000, 0.7, 3))
    202500.0
    """
    lost = np.where(nodes > 1, nodes / np.maximum(1, nodes - 1), 1)
    return load * np.maximum(1 / utilization, lost)
