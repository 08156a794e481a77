"""Totals of workloads: all together, and by service, Region and group; a month and a year."""

from collections.abc import Iterable, Sequence
from typing import Annotated, Any

import numpy as np
from msgspec import Struct

from pricing.engine import Bill
from pricing.portfolio import Fee
from pricing.quantities import about
from service.answers.rounding import money, totals
from service.formats.table import Table, of_records

MONTHS = 12
"""Months of a year."""
LABELS = ("service", "region", "group")


class Total(Struct, frozen=True):
    """What some workloads cost together."""

    by: Annotated[str, about("`all`, `service`, `region`, `group`, or `account`: a fee.")]
    key: Annotated[str, about("Which service, Region, group or fee.")]
    workloads: int
    monthly_cost: Annotated[float, about("Sum of the priced lines [USD].")]
    yearly_cost: Annotated[float, about("Twelve such months [USD].")]
    complete: Annotated[bool, about("Whether every charge has a price.")]


class Tally:
    """The costs of workloads and their labels, gathered bill by bill."""

    def __init__(self) -> None:
        self._costs: list[Any] = []
        self._complete: list[Any] = []
        self._labels: dict[str, list[Any]] = {label: [] for label in LABELS}

    def add(self, bill: Bill) -> None:
        """Gather the workloads of a bill whose shares are rounded."""
        cost, complete = totals(bill)
        self._costs.append(cost)
        self._complete.append(complete)
        self._labels["service"].append(np.full(len(cost), bill.service.key, dtype=object))
        for label in ("region", "group"):
            words = getattr(bill.workload, label).tolist()
            self._labels[label].append(np.array(words, dtype=object))

    def totals(self, fees: Sequence[Fee] = ()) -> list[Total]:
        """Return the totals; ``fees`` are of no workload, and so in none but the first."""
        costs, complete = np.concatenate(self._costs), np.concatenate(self._complete)
        due = [_total("account", fee.name, 0, fee.cost, fee.cost == fee.cost) for fee in fees]
        every = costs.sum() + sum(fee.monthly_cost for fee in due)
        whole = bool(complete.all()) and all(fee.complete for fee in due)
        found = [_total("all", "", len(costs), every, whole)]
        for label, parts in self._labels.items():
            found += _by(label, np.concatenate(parts), costs, complete)
        return found + due


def _by(label: str, words: Any, costs: Any, complete: Any) -> list[Total]:
    """Return the total of each word of a label."""
    known, codes = np.unique(words, return_inverse=True)
    counts, unknown = np.bincount(codes), np.bincount(codes, weights=~complete)
    sums = np.bincount(codes, weights=costs)
    rows = zip(known.tolist(), counts.tolist(), sums.tolist(), (unknown == 0).tolist(), strict=True)
    return [_total(label, *row) for row in rows]


def _total(by: str, key: str, count: int, cost: float, complete: Any) -> Total:
    """Return a total; a cost that is not known adds nothing, and leaves it incomplete."""
    month = float(money(cost if cost == cost else 0.0))
    return Total(by, key, count, month, float(money(MONTHS * month)), bool(complete))


def table_of_totals(bills: Iterable[Bill], fees: Sequence[Fee] = ()) -> Table:
    """Return one row for each total of some bills, whose shares are rounded."""
    tally = Tally()
    for bill in bills:
        tally.add(bill)
    return of_records("totals", Total, tally.totals(fees))
