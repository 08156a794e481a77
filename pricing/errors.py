"""The errors of the domain, which knows nothing of HTTP.

::

    PricingError
    ├── TableError             a price or rule table is wrong: the app must not start
    ├── ServiceError           a service's record is wrong: the app must not start
    ├── QuestionError          a question's record or its texts are wrong: the app must not start
    ├── UnknownServiceError    no service has that key
    ├── DateBeforePricesError  a workload asks for a day before the first known price
    ├── GivenTwiceError        a workload says the same thing in several fields
    ├── ColumnError            a table has columns that are no fields of its workloads
    └── CatalogueError         parts of one bill were priced by different catalogues
"""

from datetime import date
from typing import NamedTuple

from pricing import products


class PricingError(Exception):
    """Base of all errors of the domain; the text says what, where and what to do."""


class TableError(PricingError):
    """A table breaks the data discipline; the text names the file, the row and the fault."""


class ServiceError(PricingError):
    """A service's record is inconsistent; the text names the service, each fault and its remedy."""


class QuestionError(PricingError):
    """A question's record or its texts are wrong; the text names the question and each fault."""


class UnknownServiceError(PricingError):
    """No service has that key; ``known`` lists the keys that exist.

    ``product`` is the product of AWS that the key names, if it names one.
    """

    def __init__(
        self, key: str, known: tuple[str, ...], product: products.Product | None = None
    ) -> None:
        said = f"there is no service {key!r}"
        if product and product.key in known:
            said += f", did you mean {product.key}?"
        elif product:
            said = f"{key!r} is {product.name}, which is not covered"
        super().__init__(f"{said}; known: {', '.join(known)}")
        self.key = key
        self.known = known
        self.product = product


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


class GivenTwice(NamedTuple):
    """One workload that says the same thing in several fields."""

    row: int
    """Its position in the batch."""
    fields: tuple[str, ...]
    """The fields, all of which are above 0."""
    remedy: str
    """What to send instead."""


class GivenTwiceError(PricingError):
    """Workloads say the same thing in several fields, and would be charged for it twice.

    ``found`` lists them by position in the batch; ``rows`` are these positions.
    """

    def __init__(self, found: list[GivenTwice]) -> None:
        sets = dict.fromkeys((fields, remedy) for _, fields, remedy in found)
        said = [f"{', '.join(fields)} cannot all be above 0; {remedy}" for fields, remedy in sets]
        super().__init__("; ".join(said))
        self.found = found
        self.rows = frozenset(row for row, _, _ in found)


class ColumnError(PricingError):
    """A table has columns that are no fields of its workloads; the text names what is near."""


class CatalogueError(PricingError):
    """Parts of one bill were priced by different catalogues; the text names their versions."""
