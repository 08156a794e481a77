"""Portfolios: one bill of mixed services, as an answer and as tables."""

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import chain, repeat
from operator import attrgetter
from types import GenericAlias
from typing import Annotated, Any, Union

import msgspec
import numpy as np
from msgspec import UNSET, Struct, UnsetType

from pricing import engine
from pricing.catalogue import Catalogue
from pricing.model import Service, registry
from pricing.portfolio import BilledPart, Portfolio
from pricing.quantities import about
from pricing.rounding import Shares, list_totals, money, totals
from service.answers import bought
from service.answers.bought import CommitmentLine
from service.answers.estimates import (
    EstimateBill,
    answer_types,
    charge_cells,
    estimates,
    ranges,
)
from service.answers.flat import charges, columns_of, of_workloads, workloads
from service.answers.overlays import LIST_COST, OVERLAY, applied
from service.answers.summaries import table_of_totals
from service.formats.documents import ListAnswer
from service.formats.table import Table


class PortfolioTotal(Struct, frozen=True):
    """What the workloads of one service, Region or group cost together."""

    key: str
    workloads: int
    monthly_cost: Annotated[float, about("Sum of the priced lines [USD].")]
    complete: Annotated[bool, about("Whether every charge has a price.")]
    effective_monthly_cost: Annotated[
        float | UnsetType, about("With `commitments`: sum of the effective costs [USD].")
    ] = UNSET
    list_monthly_cost: LIST_COST = UNSET


class UnpricedCharge(Struct, frozen=True):
    """A charge of a portfolio for which no price is known."""

    workload: Annotated[int, about("Place of the workload in the request, from 0.")]
    sku_id: str
    note: str


COMMITMENTS = Annotated[
    list[CommitmentLine] | UnsetType, about("With `commitments`: each of them, with what it costs.")
]
EFFECTIVE = Annotated[
    float | UnsetType,
    about("With `commitments`: what use costs with them, and what they leave unused [USD]."),
]


@cache
def answer_type() -> type[Struct]:
    """Make the answer to a portfolio, once: its estimates are a union, tagged by ``service``."""
    answers = [answer_types(service).estimate for service in registry().values()]
    answer = msgspec.defstruct(
        "PortfolioEstimate",
        [
            ("monthly_cost", EstimateBill.__annotations__["monthly_cost"]),
            ("complete", EstimateBill.__annotations__["complete"]),
            ("free_tier", bool),
            ("by_service", list[PortfolioTotal]),
            ("by_region", list[PortfolioTotal]),
            ("by_group", list[PortfolioTotal]),
            ("unpriced", list[UnpricedCharge]),
            ("effective_monthly_cost", EFFECTIVE, UNSET),
            ("commitments", COMMITMENTS, UNSET),
            ("list_monthly_cost", LIST_COST, UNSET),
            ("overlay", OVERLAY, UNSET),
            ("estimates", GenericAlias(list, Union[tuple(answers)])),  # noqa: UP007
        ],
        frozen=True,
        kw_only=True,
    )
    answer.__doc__ = "One bill: its totals, and each workload's share in the order of the request."
    return answer


def portfolio(asked: Portfolio) -> ListAnswer:
    """View a portfolio as one bill, its workloads in the order of the request."""
    costs, complete = np.zeros(asked.count), np.ones(asked.count, dtype=bool)
    effective = np.zeros(asked.count) if asked.applied else None
    overlay = asked.catalogue.overlay
    listed = np.zeros(asked.count) if overlay else None
    labels = {key: np.empty(asked.count, dtype=object) for key in ("service", "region", "group")}
    without_price: list[UnpricedCharge] = []
    for part in chain.from_iterable(rounded(asked)):
        costs[part.rows], complete[part.rows] = totals(part.bill)
        if effective is not None:
            effective[part.rows] = np.nansum(money(part.bill.lines.effective), axis=0)
        if listed is not None:
            listed[part.rows] = list_totals(part.bill)
        labels["service"][part.rows] = part.bill.service.key
        labels["region"][part.rows] = part.bill.workload.region.tolist()
        labels["group"][part.rows] = part.bill.workload.group
        without_price += _unpriced(part)
    fees = money(np.array([fee.cost for fee in asked.fees]))
    by = (_totals_by(label, costs, complete, effective, listed) for label in labels.values())
    total = float(money(costs.sum() + np.nansum(fees)))
    head = answer_type()(
        monthly_cost=total,
        complete=bool(complete.all() and (fees == fees).all()),
        free_tier=asked.account.free_tier,
        **dict(zip(("by_service", "by_region", "by_group"), by, strict=True)),
        unpriced=sorted(without_price, key=attrgetter("workload")),
        list_monthly_cost=(
            UNSET if listed is None else float(money(listed.sum() + np.nansum(fees)))
        ),
        overlay=applied(overlay, total),
        estimates=[],
    )
    if effective is not None:
        head = _with_commitments(head, asked, float(effective.sum()))
    return ListAnswer(head, asked.count, lambda: chain.from_iterable(map(_viewed, rounded(asked))))


def _with_commitments(head: Any, asked: Portfolio, used: float) -> Any:
    """Return a bill with the commitments that are bought, and what all costs with them."""
    lines = bought.lines(asked)
    unused = [line.monthly_unused_cost for line in lines]
    return msgspec.structs.replace(
        head,
        complete=head.complete and None not in unused,
        effective_monthly_cost=float(money(used + sum(cost or 0 for cost in unused))),
        commitments=lines,
    )


def rounded(asked: Portfolio) -> Iterator[list[BilledPart]]:
    """Yield the bill of a portfolio in parts, with the shares of pools rounded.

    Nothing holds a part after the next is asked for.
    """
    shares = Shares()

    def of(parts: list[BilledPart]) -> list[BilledPart]:
        return [BilledPart(part.rows, shares.rounded(part.bill)) for part in parts]

    return map(of, asked.chunks)


def _unpriced(part: BilledPart) -> list[UnpricedCharge]:
    """List the charges of a part without a price, in the order of its workloads."""
    rows, lines = np.nonzero(part.bill.lines.unpriced.T)
    cells = charge_cells(part.bill, lines, rows)
    places = part.rows[rows].tolist()
    return list(map(UnpricedCharge, places, cells["sku_id"], cells["note"]))


def _viewed(parts: Sequence[BilledPart]) -> Iterator[list[Any]]:
    """View successive workloads of a portfolio, some at a time."""
    start = min(int(part.rows[0]) for part in parts)
    stop = start + sum(len(part.rows) for part in parts)
    return (_some_of(parts, *some) for some in ranges(start, stop))


def _some_of(parts: Sequence[BilledPart], start: int, stop: int) -> list[Any]:
    """View the workloads of a portfolio from one place to another."""
    views = np.empty(stop - start, dtype=object)
    for part in parts:
        rows = slice(*np.searchsorted(part.rows, (start, stop)).tolist())
        views[part.rows[rows] - start] = estimates(engine.rows_of_bill(part.bill, rows))
    return views.tolist()


def _totals_by(
    labels: Any, costs: Any, complete: Any, effective: Any, listed: Any
) -> list[PortfolioTotal]:
    known, codes = np.unique(labels, return_inverse=True)
    counts = np.bincount(codes).tolist()
    sums = money(np.bincount(codes, weights=costs)).tolist()
    whole = (np.bincount(codes, weights=~complete) == 0).tolist()
    further = [
        repeat(UNSET) if cost is None else money(np.bincount(codes, weights=cost)).tolist()
        for cost in (effective, listed)
    ]
    return list(map(PortfolioTotal, known.tolist(), counts, sums, whole, *further))


def portfolio_totals(asked: Portfolio) -> Table:
    """Return one row for each total: of the bill, and by service, Region and group."""
    parts = chain.from_iterable(rounded(asked))
    return table_of_totals((part.bill for part in parts), asked.fees)


def portfolio_workloads(asked: Portfolio) -> Iterator[Table]:
    """Return one row for each workload, in parts.

    The columns are those of the portfolio's services together.
    """
    services = sorted((part.service for part in asked.parts), key=attrgetter("key"))
    names = portfolio_columns(*services, catalogue=asked.catalogue)
    return (_workloads(parts, names, services) for parts in rounded(asked))


def _workloads(
    parts: Sequence[BilledPart], names: Sequence[str], services: Sequence[Service]
) -> Table:
    """Return one row for each of some successive workloads, whose shares are rounded."""
    count = sum(len(part.rows) for part in parts)
    start = min(int(part.rows[0]) for part in parts)
    columns = {name: np.full(count, None) for name in names}
    for part in parts:
        columns["service"][part.rows - start] = part.bill.service.key
        for name, cells in workloads(part.bill).columns.items():
            columns[name][part.rows - start] = np.array(cells, dtype=object)
    listed = {name: column.tolist() for name, column in columns.items()}
    return of_workloads(listed, services)


@cache
def portfolio_columns(*services: Service, catalogue: Catalogue | None = None) -> tuple[str, ...]:
    """Return the columns of the workloads of some services; of all, where none is given."""
    every = services or registry().values()
    names = (name for one in every for name in columns_of(one, catalogue))
    return ("service", *dict.fromkeys(names))


def portfolio_charges(asked: Portfolio) -> Iterator[Table]:
    """Return one row for each charge of a portfolio, by workload; commitments come last."""
    tables = map(_charges, rounded(asked))
    if not asked.applied:
        return tables
    return chain(map(bought.with_columns, tables), [bought.charges(asked)])


def _charges(parts: Sequence[BilledPart]) -> Table:
    """Return one row for each charge of some workloads, whose shares are rounded."""
    tables = [charges(part.bill, part.rows.tolist()) for part in parts]
    columns = {
        name: list(chain.from_iterable(table.columns[name] for table in tables))
        for name in tables[0].columns
    }
    order = np.argsort(columns["x_Workload"], kind="stable").tolist()
    ordered = {name: list(map(cells.__getitem__, order)) for name, cells in columns.items()}
    return Table("charges", ordered, kinds=tables[0].kinds)
