"""Names for what arrays hold, used in signatures.

A ``Workload`` is typed as one row but holds columns inside the engine, so that these names are for
the reader: to a type checker they are ``Any``.
"""

from typing import Any, TypeAlias

Numbers: TypeAlias = Any
"""Numbers: float64, or objects that are ``Fraction`` in the exact oracle. NaN is "not known"."""
Flags: TypeAlias = Any
"""Booleans."""
Words: TypeAlias = Any
"""A column of words, which is a :class:`~pricing.rates.Choice`; or texts, as objects."""
Places: TypeAlias = Any
"""Whole numbers: positions on an axis, or keys."""
