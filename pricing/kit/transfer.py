"""Data transfer: what leaves a Region, for the internet or for another Region [1]_.

The tariff stands once, in ``tables/transfer.csv``. A meter of a service takes a price from it by
``priced_as = "transfer.internet_out"``, and with it what an account counts once: AWS adds up the
transfer out of all services before it applies the volume tiers and the free allowance.

References
----------
.. [1] "Overview of data transfer costs", AWS Architecture Blog (2021-09), and "Amazon EC2
   on-demand pricing, data transfer" (2026), https://aws.amazon.com/ec2/pricing/on-demand/
"""

import numpy as np

from pricing.arrays import Numbers
from pricing.rates import Choice


def between_regions(gb: Numbers, source: Choice, target: Choice) -> Numbers:
    """Return what of some data leaves the Region [GB]: nothing where both Regions are the same.

    Parameters
    ----------
    gb : data sent [GB]
    source, target : columns of Region codes with the same words

    Examples
    --------
    >>> here = Choice(np.array([0, 0]), ("eu-west-1", "us-east-1"))
    >>> there = Choice(np.array([0, 1]), ("eu-west-1", "us-east-1"))
    >>> between_regions(np.array([5.0, 5.0]), here, there).tolist()
    [0.0, 5.0]
    """
    return np.where(target.codes != source.codes, gb, 0)
