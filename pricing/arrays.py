"""Names for what arrays hold, used in signatures.

A ``Workload`` is typed as one row, but inside the engine it holds columns. These names are
therefore for the reader; to a type checker they are ``Any``.
"""

from typing import Any, TypeAlias

Numbers: TypeAlias = Any
"""Numbers: float64, or ``Fraction`` objects in the exact oracle. NaN means "not known"."""
Flags: TypeAlias = Any
"""Booleans."""
Words: TypeAlias = Any
"""A column of words: a :class:`~pricing.rates.WordColumn`, or an array of texts."""
Places: TypeAlias = Any
"""Integers: positions on an axis, or keys."""
Column: TypeAlias = Any
"""A column of any of these kinds, or of labels."""
