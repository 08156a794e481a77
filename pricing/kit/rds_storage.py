"""Amazon RDS storage for a load: what to allocate and to provision, so that it has the IOPS needed.

RDS stripes gp3 storage over several volumes from a size on, which depends on the engine. Below it
the storage has only the IOPS and the throughput that gp3 includes [1]_.

References
----------
.. [1] "Amazon RDS DB instance storage", RDS user guide (2023-06-15),
   https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html
"""

from typing import Any

import numpy as np

from pricing.arrays import Numbers, Words
from pricing.rates import Rules


def provisioned(
    engine: Words,
    storage_type: Words,
    storage_gb: Numbers,
    iops: Numbers,
    throughput_mibps: Numbers,
    rule: Rules,
) -> dict[str, Any]:
    """Return the storage fields of an RDS workload.

    Parameters
    ----------
    engine, storage_type : words of RDS
    storage_gb : data that the database holds [GB]
    iops : what the load needs at its peak [IOPS]
    throughput_mibps : what the load needs of the storage [MiB/s]
    rule : rules of RDS
    """
    gp3, usual = storage_type == "gp3", rule.gp3_included_throughput_mibps
    faster, included = throughput_mibps > usual, np.where(gp3, rule.gp3_included_iops, 0)
    striped = gp3 & (faster | (iops > included))
    least = np.where(striped, rule.striping_threshold_gb[engine], 0)
    return {
        "storage_type": storage_type,
        "storage_gb": np.maximum(storage_gb, least),
        "iops": np.where(iops > included, iops, 0),
        "throughput_mibps": np.where(faster, np.ceil(throughput_mibps), 0),
        "required_iops": iops,
        "required_throughput_mibps": throughput_mibps,
    }
