"""Data transfer out of a Region, to the internet or to another Region [1]_.

``tables/transfer.csv`` holds the tariff for all services. A meter takes its price, pool and free
allowance from there, for example by ``priced_as = "transfer.internet_out"``. AWS adds up the
transfer out of all services before it applies the volume tiers and the free allowance.

References
----------
.. [1] "Overview of data transfer costs", AWS Architecture Blog (2021-09), and "Amazon EC2
   on-demand pricing, data transfer" (2026), https://aws.amazon.com/ec2/pricing/on-demand/
"""

import numpy as np

from pricing.arrays import Numbers
from pricing.rates import WordColumn


def between_regions(gb: Numbers, source: WordColumn, target: WordColumn) -> Numbers:
    """Return the data that leaves its Region [GB]: none where both Regions are the same.

    Parameters
    ----------
    gb : data sent [GB]
    source, target : columns of Region codes with the same words

    Examples
    --------
    >>> here = WordColumn(np.array([0, 0]), ("eu-west-1", "us-east-1"))
    >>> there = WordColumn(np.array([0, 1]), ("eu-west-1", "us-east-1"))
    >>> between_regions(np.array([5.0, 5.0]), here, there).tolist()
    [0.0, 5.0]
    """
    return np.where(target.codes != source.codes, gb, 0)
