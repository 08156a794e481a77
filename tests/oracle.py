"""The exact oracle: the same formulas on fractions in place of floats.

A golden answer says "changed"; this says "wrong". Each float is taken for the decimal number that
a person wrote, so 0.1 is 1/10.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import msgspec
import numpy as np

from pricing import engine
from pricing.catalogue import packaged
from pricing.model import Service


def exact(service: Service, workloads: Sequence[Any]) -> engine.Bill:
    """Price workloads in exact arithmetic."""
    columns = engine.columns(service.workload, workloads)
    with np.errstate(invalid="ignore"):  # a fraction beside NaN, which stands for "not known"
        return engine.price(service, exactly(columns), packaged().card(service.key, Fraction))


def exactly(columns: Any) -> Any:
    """Turn the float columns of a workload into columns of fractions."""
    return type(columns)(
        **{name: _column(value) for name, value in msgspec.structs.asdict(columns).items()}
    )


def _column(value: Any) -> Any:
    if not isinstance(value, np.ndarray) or value.dtype != np.float64:
        return value
    fractions = np.empty(value.shape, dtype=object)
    fractions.flat = [Fraction(repr(number)) for number in value.ravel().tolist()]
    return fractions
