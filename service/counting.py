"""What the answer to a request comes to, for the log and the metrics.

Those who price call :func:`asked` and :func:`unpriced`, wherever they run. The request that they
work for is found by its context, as in :mod:`service.waiting`.
"""

from contextvars import ContextVar

from pricing.engine import Bill


class Count:
    """What one request comes to."""

    __slots__ = ("rows", "unpriced")

    def __init__(self) -> None:
        self.rows = self.unpriced = 0


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
