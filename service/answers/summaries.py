"""Totals of workloads: all together, and by service, Region and group; a month and a year."""

from collections.abc import Iterable, Sequence
from typing import Annotated, Any

import numpy as np
from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from pricing.engine import Bill
from pricing.portfolio import Fee
from pricing.quantities import about
from pricing.rates import Overlay
from pricing.rounding import list_totals, money, totals
from pricing.units import MONTHS_PER_YEAR
from service.answers.overlays import COST_BASIS, LIST_COST, NAMED, named, presented
from service.formats.table import Table, of_records

NEWEST_KNOWN = Annotated[
    int, about("Workloads priced after the newest prices of the catalogue, which were used.")
]
PRICE_AGE = Annotated[
    int, about("Workloads with a price older than the operator lets pass without a word.")
]
"""How many workloads have the findings of the same names."""
LABELS = ("service", "region", "group")


class Total(Struct, frozen=True):
    """What some workloads cost together."""

    by: Annotated[str, about("`all`, `service`, `region`, `group`, or `account`: a fee.")]
    key: Annotated[str, about("Which service, Region, group or fee.")]
    workloads: int
    monthly_cost: Annotated[float, about("Sum of the priced lines [USD].")]
    yearly_cost: Annotated[float, about("Twelve such months [USD].")]
    complete: Annotated[bool, about("Whether every charge has a price.")]
    list_monthly_cost: LIST_COST = UNSET
    presented_monthly_cost: Annotated[
        float | UnsetType, about("With an overlay: the cost in its currency.")
    ] = UNSET
    presented_currency: Annotated[
        str | UnsetType, about("With an overlay: the currency in which the operator shows costs.")
    ] = UNSET
    cost_basis: COST_BASIS = UNSET
    overlay: NAMED = UNSET


class Tally:
    """The costs of workloads and their labels, gathered bill by bill."""

    def __init__(self) -> None:
        self._costs: list[Any] = []
        self._listed: list[Any] = []
        self._overlay: Overlay | None = None
        self._complete: list[Any] = []
        self._labels: dict[str, list[Any]] = {label: [] for label in LABELS}

    def add(self, bill: Bill) -> None:
        """Gather the workloads of a bill whose shares are rounded."""
        cost, complete = totals(bill)
        self._costs.append(cost)
        listed, self._overlay = list_totals(bill), bill.card.overlay
        self._listed.append(cost if listed is None else listed)
        self._complete.append(complete)
        self._labels["service"].append(np.full(len(cost), bill.service.key, dtype=object))
        for label in ("region", "group"):
            words = getattr(bill.workload, label).tolist()
            self._labels[label].append(np.array(words, dtype=object))

    def totals(self, fees: Sequence[Fee] = ()) -> list[Total]:
        """Return the totals; ``fees`` are of no workload, and so in none but the first."""
        costs, complete, listed = map(np.concatenate, (self._costs, self._complete, self._listed))
        due = [
            self._total("account", fee.name, 0, fee.cost, fee.cost, fee.cost == fee.cost)
            for fee in fees
        ]
        more = sum(fee.monthly_cost for fee in due)
        whole = bool(complete.all()) and all(fee.complete for fee in due)
        sums = costs.sum() + more, listed.sum() + more
        found = [self._total("all", "", len(costs), *sums, whole)]
        for label, parts in self._labels.items():
            found += self._by(label, np.concatenate(parts), (costs, listed), complete)
        return found + due

    def _by(self, label: str, words: Any, costs: Any, complete: Any) -> list[Total]:
        """Return the total of each word of a label."""
        known, codes = np.unique(words, return_inverse=True)
        counts, unknown = np.bincount(codes), np.bincount(codes, weights=~complete)
        sums = (np.bincount(codes, weights=cost).tolist() for cost in costs)
        whole = (unknown == 0).tolist()
        rows = zip(known.tolist(), counts.tolist(), *sums, whole, strict=True)
        return [self._total(label, *row) for row in rows]

    def _total(
        self, by: str, key: str, count: int, cost: float, listed: float, complete: Any
    ) -> Total:
        """Return a total; a cost that is not known adds nothing, and leaves it incomplete."""
        month, at_list = (float(money(one if one == one else 0.0)) for one in (cost, listed))
        total = Total(by, key, count, month, float(money(MONTHS_PER_YEAR * month)), bool(complete))
        if self._overlay is None:
            return total
        return replace(
            total,
            list_monthly_cost=at_list,
            presented_monthly_cost=presented(self._overlay, month),
            presented_currency=self._overlay.currency,
            cost_basis="contracted",
            overlay=named(self._overlay),
        )


def table_of_totals(bills: Iterable[Bill], fees: Sequence[Fee] = ()) -> Table:
    """Return one row for each total of some bills, whose shares are rounded."""
    tally = Tally()
    for bill in bills:
        tally.add(bill)
    return of_records("totals", Total, tally.totals(fees))
