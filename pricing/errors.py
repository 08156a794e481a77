"""What can go wrong in the domain; no HTTP here.

::

    PricingError
    ├── TableError             a price or rule table is wrong: the app must not start
    ├── ServiceError           a service's record is wrong: the app must not start
    ├── UnknownServiceError    no module of that name
    └── DateBeforePricesError  a workload asks for a day before the first known price
"""

from datetime import date


class PricingError(Exception):
    """Any refusal of the domain; the text says what, where and what to do."""


class TableError(PricingError):
    """A table breaks the data discipline; names the file, the row and the fault."""


class ServiceError(PricingError):
    """A service's record does not fit together; names the service, each fault and its remedy."""


class UnknownServiceError(PricingError):
    """No service of that key; ``known`` lists those there are."""

    def __init__(self, key: str, known: tuple[str, ...]) -> None:
        super().__init__(f"there is no service {key!r}; known: {', '.join(known)}")
        self.key = key
        self.known = known


class DateBeforePricesError(PricingError):
    """Prices of a day before the first known one were asked for: an error, never a guess.

    ``rows`` gives for each position in the batch the service and the first day with a known price.
    """

    def __init__(self, rows: dict[int, tuple[str, date]]) -> None:
        known = dict.fromkeys(rows.values())
        super().__init__(
            "; ".join(f"the first known {one} price is of {day}" for one, day in known)
        )
        self.rows = rows
