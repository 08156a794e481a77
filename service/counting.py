"""What the answer to a request comes to, for the log and the metrics.

Those who price call :func:`asked` and :func:`unpriced`, wherever they run. The request that they
work for is found by its context, as in :mod:`service.waiting`.
"""

from collections.abc import Iterable
from contextvars import ContextVar

from pricing.engine import Bill


class Count:
    """What one request comes to."""

    __slots__ = ("lookups", "rows", "unpriced")

    def __init__(
        self, rows: int = 0, unpriced: int = 0, lookups: Iterable[tuple[str, bool]] = ()
    ) -> None:
        self.rows, self.unpriced = rows, unpriced
        self.lookups = [*lookups]
        """The caches in which an answer was looked for, and whether it was found."""


counted: ContextVar[Count | None] = ContextVar("counted", default=None)


def asked(rows: int) -> None:
    """Count workloads, or rows of needs, that are answered."""
    if count := counted.get():
        count.rows += rows


def unpriced(bill: Bill) -> None:
    """Count the charges of a bill without a price, as it is viewed."""
    if counted.get():
        unpriced_charges(int(bill.lines.unpriced.sum()))


def unpriced_charges(charges: int) -> None:
    """Count charges without a price."""
    if count := counted.get():
        count.unpriced += charges


def looked_for(cache: str, *, found: bool) -> None:
    """Count a look into a cache."""
    if count := counted.get():
        count.lookups.append((cache, found))
