"""Unit constants, and the one place where a quantity is rounded up.

AWS's units are binary: 1 KB = 1,024 B and 1 GB = 2^30 B, even though it writes "GB" [1]_.
A month has 730 hours, as in AWS's calculator, unless a workload says otherwise.

References
----------
.. [1] "Amazon S3 pricing", https://aws.amazon.com/s3/pricing/ (read 2026-06-15).
"""

import numpy as np

from pricing.arrays import Flags, Numbers

BYTES_PER_KB = 1024
BYTES_PER_MB = 1024**2
BYTES_PER_GB = 1024**3
BYTES_PER_MEGABIT = 125_000
HOURS_PER_MONTH = 730
SECONDS_PER_MINUTE = 60
MINUTES_PER_HOUR = 60
SECONDS_PER_HOUR = 3600
HOURS_PER_DAY = 24
HOURS_PER_YEAR = 8760
MONTHS_PER_YEAR = 12

CEIL_TOLERANCE = 1e-14
"""Relative excess over a whole number that is float noise, not another unit.

A formula of a dozen steps errs by less than 2e-15. No real excess is this small.
"""


def whole_units(quantity: Numbers) -> Numbers:
    """Round up to whole billing units, because AWS bills a unit that is only partly used.

    Parameters
    ----------
    quantity : array of float64, or of exact ``Fraction`` objects, any shape [units]

    Returns
    -------
    array of the same shape and kind [whole units]

    Notes
    -----
    Floats are first lowered by :data:`CEIL_TOLERANCE`, so that 0.1 * 3 * 10 = 3.0000000000000004
    is 3 units, not 4. Negative ones stay, for -1 is no demand of 0. Fractions are rounded up
    exactly.

    Examples
    --------
    AWS's own: a 40.8 KB Query is billed as 44 KB, or 11 units of 4 KB.

    >>> float(whole_units(np.float64(40.8 / 4)))
    11.0
    >>> float(whole_units(np.float64(0.1 * 3 * 10)))
    3.0
    >>> float(whole_units(np.float64(-1)))
    -1.0
    """
    if np.asarray(quantity).dtype == object:
        return np.ceil(quantity)
    return np.ceil(np.minimum(quantity, quantity * (1 - CEIL_TOLERANCE)))


def count_true(*conditions: Flags) -> Numbers:
    """Count the conditions that hold in each row.

    Examples
    --------
    >>> count_true(np.array([True, True]), np.array([False, True])).tolist()
    [1.0, 2.0]
    """
    return np.sum(np.broadcast_arrays(*conditions), axis=0, dtype=np.float64)
