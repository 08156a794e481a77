"""Many workloads of mixed services on one bill.

What AWS counts over the whole account is counted once and shared back by quantity: volume tiers,
free allowances and account minimums [1]_; see :mod:`pricing.account`. No formula is written twice.

What is counted are sums over small tables, so that rows can be priced some at a time: once to count
them, and again to settle them.

References
----------
.. [1] "Volume discounts", AWS Billing user guide (2023),
   https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/useconsolidatedbilling-discounts.html
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np

from pricing import engine
from pricing.account import Account
from pricing.catalogue import Catalogue, packaged
from pricing.engine import Bill
from pricing.errors import DateBeforePricesError
from pricing.model import Service, WorkloadFields

CHUNK = engine.CELLS
"""Workloads of a portfolio that are priced together."""


@dataclass(frozen=True, eq=False)
class Part:
    """The workloads of one service: their places in the portfolio, and their bill."""

    rows: Any
    bill: Bill


def estimate(
    services: Sequence[Service],
    workloads: Sequence[WorkloadFields],
    catalogue: Catalogue | None = None,
    *,
    free_tier: bool = False,
) -> list[Part]:
    """Price workloads on one bill.

    Parameters
    ----------
    services : for each workload its service
    workloads : already validated
    catalogue : what prices them; the packaged one where none is given
    free_tier : whether AWS's free allowances are taken off

    Returns
    -------
    one part for each service, in the order of first appearance

    Raises
    ------
    DateBeforePricesError
        where a ``price_date`` lies before the first known price of its service; ``rows`` are
        places in the portfolio.
    """
    return price(columns(services, workloads), catalogue or packaged(), free_tier=free_tier)


@dataclass(frozen=True, eq=False)
class Columns:
    """The workloads of one service as columns, and their places in the portfolio."""

    service: Service
    rows: Any
    workload: Any


def columns(services: Sequence[Service], workloads: Sequence[WorkloadFields]) -> list[Columns]:
    """Turn mixed rows into columns, service by service."""
    known = list(dict.fromkeys(services))
    place = {id(service): index for index, service in enumerate(known)}
    codes = np.fromiter(map(place.__getitem__, map(id, services)), dtype=np.intp)
    parts = []
    for index, service in enumerate(known):
        rows = np.flatnonzero(codes == index)
        own = list(map(workloads.__getitem__, rows.tolist()))
        parts.append(Columns(service, rows, engine.columns(service.workload, own)))
    return parts


def end_to_end(chunks: Iterable[Sequence[Columns]]) -> list[Columns]:
    """Put the columns of successive rows of a portfolio together, service by service."""
    found: dict[str, list[Columns]] = {}
    done = 0
    for parts in chunks:
        for part in parts:
            shifted = replace(part, rows=part.rows + done)
            found.setdefault(part.service.key, []).append(shifted)
        done += sum(len(part.rows) for part in parts)
    return [
        Columns(
            own[0].service,
            np.concatenate([part.rows for part in own]),
            engine.end_to_end([part.workload for part in own]),
        )
        for own in found.values()
    ]


@dataclass(frozen=True)
class Fee:
    """A charge of the account that belongs to no workload.

    ``cost`` [USD a month] is NaN where its price is not known.
    """

    service: str
    name: str
    cost: float


@dataclass(frozen=True, eq=False)
class Portfolio:
    """Workloads on one bill, which is worked out some rows at a time."""

    parts: Sequence[Columns]
    catalogue: Catalogue
    account: Account
    fees: tuple[Fee, ...] = ()

    @property
    def count(self) -> int:
        """Count the workloads."""
        return sum(len(part.rows) for part in self.parts)

    @property
    def chunks(self) -> Iterator[list[Part]]:
        """The bill in parts: of the services of some workloads, then of the next ones."""
        return map(self._settled, chunks(self.parts))

    @property
    def whole(self) -> list[Part]:
        """The bill at once: one part for each service."""
        return self._settled(self.parts)

    def _settled(self, parts: Sequence[Columns]) -> list[Part]:
        bills = (priced(part, self.catalogue) for part in parts)
        settled = map(self.account.settle, bills)
        return [Part(part.rows, bill) for part, bill in zip(parts, settled, strict=True)]


def counted(parts: Sequence[Columns], catalogue: Catalogue, *, free_tier: bool) -> Portfolio:
    """Count what an account has of everything; see :func:`estimate`."""
    refuse_early(parts, catalogue)
    account = Account(free_tier=free_tier)
    for some in chunks(parts):
        for part in some:
            account.count(priced(part, catalogue))
    return Portfolio(parts, catalogue, account)


def price(parts: Sequence[Columns], catalogue: Catalogue, *, free_tier: bool) -> list[Part]:
    """Price columns on one bill; see :func:`estimate`. Every further axis counts apart."""
    refuse_early(parts, catalogue)
    settled = settle([priced(part, catalogue) for part in parts], free_tier=free_tier)
    return [Part(part.rows, bill) for part, bill in zip(parts, settled, strict=True)]


def settle(bills: Sequence[Bill], *, free_tier: bool) -> list[Bill]:
    """Count volume tiers, allowances and minimums once for all rows of all bills."""
    account = Account(free_tier=free_tier)
    for bill in bills:
        account.count(bill)
    return list(map(account.settle, bills))


def chunks(parts: Sequence[Columns]) -> Iterator[list[Columns]]:
    """Give the rows of a portfolio some at a time, in the order of their places."""
    count = sum(len(part.rows) for part in parts)
    for start in range(0, count, CHUNK):
        some = [rows_of(part, start, start + CHUNK) for part in parts]
        yield [part for part in some if len(part.rows)]


def rows_of(part: Columns, start: int, stop: int) -> Columns:
    """Give the workloads from one place in the portfolio to another."""
    rows = slice(*np.searchsorted(part.rows, (start, stop)).tolist())
    return Columns(part.service, part.rows[rows], engine.rows_of(part.workload, rows))


def priced(part: Columns, catalogue: Catalogue) -> Bill:
    """Price workloads as independent alternatives."""
    return engine.price(part.service, part.workload, catalogue.card(part.service.key))


def refuse_early(parts: Sequence[Columns], catalogue: Catalogue) -> None:
    """Refuse days before the first known price, naming places in the portfolio."""
    early: dict[int, tuple[str, date]] = {}
    for part in parts:
        days, card = part.workload.price_date, catalogue.card(part.service.key)
        try:
            engine.refuse_early(part.service, days, card)
        except DateBeforePricesError as error:
            early |= {int(part.rows[row]): first for row, first in error.rows.items()}
    if early:
        raise DateBeforePricesError(dict(sorted(early.items())))
