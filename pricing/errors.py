"""The errors of the domain, which knows nothing of HTTP.

::

    PricingError
    ├── TableError             a price or rule table is wrong: the app must not start
    ├── ServiceError           a service's record is wrong: the app must not start
    ├── UnknownServiceError    no service has that key
    └── DateBeforePricesError  a workload asks for a day before the first known price
"""

from datetime import date


class PricingError(Exception):
    """Base of all errors of the domain; the text says what, where and what to do."""


class TableError(PricingError):
    """A table breaks the data discipline; the text names the file, the row and the fault."""


class ServiceError(PricingError):
    """A service's record is inconsistent; the text names the service, each fault and its remedy."""


class UnknownServiceError(PricingError):
    """No service has that key; ``known`` lists the keys that exist."""

    def __init__(self, key: str, known: tuple[str, ...]) -> None:
        super().__init__(f"there is no service {key!r}; known: {', '.join(known)}")
        self.key = key
        self.known = known


class DateBeforePricesError(PricingError):
    """A workload asks for prices of a day before the first known one, which is never guessed.

    ``rows`` maps each such position in the batch to the service and its first day with a price.
    """

    def __init__(self, rows: dict[int, tuple[str, date]]) -> None:
        known = dict.fromkeys(rows.values())
        super().__init__(
            "; ".join(f"the first known {name} price is from {day}" for name, day in known)
        )
        self.rows = rows
