"""Reservations of Arrow record batches: what costs least for each row by itself, as one more map.

A row's use is the same in every hour. AWS applies a reservation to all use of the account, so rows
that are busy at different hours may need fewer together: that, and savings plans, which are one
sum for the whole account, is what :mod:`pricing.advice` works out for a portfolio.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from pricing import arrow, bought, commitment, engine, model, offers, rounding
from pricing.arrays import Numbers, Places
from pricing.catalogue import Catalogue, packaged
from pricing.engine import Bill
from pricing.offers import Cell, Offer
from pricing.quantities import REGION_CODES
from pricing.units import HOURS_PER_MONTH

RESERVATIONS = pa.list_(
    pa.struct(
        [
            ("meter", pa.string()),
            ("variant", pa.string()),
            ("years", pa.int64()),
            ("payment", pa.string()),
            ("committed", pa.float64()),
            ("upfront_cost", pa.float64()),
            ("monthly_saving", pa.float64()),
        ]
    )
)
"""What to reserve for a row [reservations, USD, USD a month]."""
SCHEMA = pa.schema(
    [
        ("name", pa.string()),
        ("group", pa.string()),
        ("region", arrow.WORDS),
        ("monthly_cost", pa.float64()),
        ("complete", pa.bool_()),
        ("monthly_saving", pa.float64()),
        ("reservations", RESERVATIONS),
        ("violations", arrow.VIOLATIONS),
    ]
)
"""The columns of reservations: the cost on demand, and what is saved of it [USD a month]."""


def reservations(
    service: str,
    batches: Iterable[Any],
    catalogue: Catalogue | None = None,
    *,
    longest_years: float = 3,
) -> Iterator[Any]:
    """Yield for each record batch of workloads the batch of their best reservations, row by row.

    Parameters
    ----------
    service, batches, catalogue : see :func:`pricing.arrow.estimates`, whose errors are raised
    longest_years : longer terms are not considered

    Examples
    --------
    >>> rows = {"region": ["us-east-1"], "instance_class": ["db.r6g.large"], "storage_gb": [100.0]}
    >>> (found,) = reservations("rds", [pa.RecordBatch.from_pydict(rows)], longest_years=1)
    >>> (best,) = found["reservations"][0].as_py()
    >>> best["years"], best["payment"], best["committed"]
    (1, 'partial-upfront', 1.0)
    """
    form, prices = model.service(service), catalogue or packaged()
    card = prices.card(service)
    for batch in batches:
        given = arrow.read(form, card, batch)
        bills = list(engine.priced_in_chunks(form, given.workload, card))
        parts = [_columns(bill, _best(bill, prices, longest_years)) for bill in bills]
        found = {name: pa.concat_arrays([part[name] for part in parts]) for name in parts[0]}
        yield arrow.in_places(given, found, SCHEMA)


@dataclass(frozen=True, eq=False)
class _Best:
    """Reservations that save something, in the order of rows."""

    row: Places
    cells: Sequence[Cell]
    cell: Places
    """What each covers, as an index of the cells."""
    sold: Sequence[Offer]
    offer: Places
    """What each is, as an index of what is sold."""
    committed: Numbers
    saving: Numbers
    """[USD a month]"""


def _best(bill: Bill, catalogue: Catalogue, longest_years: float) -> _Best:
    """Return the best reservation of each row and cell of a bill."""
    cells, row, cell, quantity, cost = _uses(bill)
    sold = [
        offer
        for index, one in enumerate(cells)
        for offer in offers.of_cell(index, one, catalogue)
        if offer.years <= longest_years and bought.price(offer) < np.inf
    ]
    best, committed, saving = np.full(len(row), -1), np.zeros(len(row)), np.zeros(len(row))
    for index, offer in enumerate(sold):
        own = np.flatnonzero(cell == offer.cell)
        blocks, saved = _saving(offer, quantity[own], cost[own])
        better = saved > saving[own]
        best[own[better]] = index
        committed[own[better]], saving[own[better]] = blocks[better], saved[better]
    kept = best >= 0
    return _Best(row[kept], cells, cell[kept], sold, best[kept], committed[kept], saving[kept])


def _uses(bill: Bill) -> tuple[Sequence[Cell], Places, Places, Numbers, Numbers]:
    """Return cells, and for each row and cell that it uses both, what of it in an hour, and cost.

    Lines of a row that the same reservations cover are one use.
    """
    described = bill.card.table.description
    known: dict[Cell, int] = {}
    found = [np.zeros((4, 0))]
    hours = np.broadcast_to(bill.workload.hours_per_month, bill.workload.name.shape)
    for line in bill.lines:
        meter = offers.own_meter(described.meters, line.rate.name)
        if meter not in described.plans:
            continue
        rows = np.flatnonzero((line.billable > 0) & ~line.unpriced)
        key = (line.variant * len(REGION_CODES) + line.region)[rows]
        keys, place = np.unique(key, return_inverse=True)
        named = (
            Cell(bill.service.key, meter, line.rate.variants[variant], REGION_CODES[region])
            for variant, region in (divmod(one, len(REGION_CODES)) for one in keys.tolist())
        )
        index = np.array([known.setdefault(one, len(known)) for one in named], dtype=np.intp)
        amounts = np.stack([line.billable, line.cost])[:, rows] / hours[rows]
        found.append(np.vstack([rows, index[place], amounts]))
    row, cell, quantity, cost = np.concatenate(found, axis=1)
    pairs, use = np.unique(row * max(1, len(known)) + cell, return_inverse=True)
    rows, indices = np.divmod(pairs.astype(np.intp), max(1, len(known)))
    used, paid = (np.bincount(use, amounts, len(pairs)) for amounts in (quantity, cost))
    return tuple(known), rows, indices, used, paid


def _saving(offer: Offer, quantity: Numbers, cost: Numbers) -> tuple[Numbers, Numbers]:
    """Return how many of an offer cost least, and what they save [USD a month]."""
    needed, on_demand = quantity * offer.units, cost / quantity / offer.units
    price, hourly = bought.price(offer), needed[:, np.newaxis]
    committed = commitment.optimum_in_blocks(hourly, price / on_demand, offer.sold.block)
    left = commitment.cost(hourly, committed, on_demand, price)
    return committed, (cost - left) * HOURS_PER_MONTH


def _columns(bill: Bill, best: _Best) -> dict[str, Any]:
    """Return the columns of a bill."""
    rows = len(bill.workload.name)
    cost, complete = rounding.totals(bill)
    listed = pa.StructArray.from_arrays(
        [
            *(
                pa.array([getattr(cell, name) for cell in best.cells], pa.string()).take(
                    pa.array(best.cell)
                )
                for name in ("meter", "variant")
            ),
            *(
                pa.array([getattr(offer, name) for offer in best.sold], kind).take(
                    pa.array(best.offer)
                )
                for name, kind in (("years", pa.int64()), ("payment", pa.string()))
            ),
            pa.array(best.committed),
            pa.array(rounding.money(best.committed * _upfront(best))),
            pa.array(rounding.money(best.saving)),
        ],
        fields=list(RESERVATIONS.value_type),
    )
    ends = np.cumsum(np.bincount(best.row, minlength=rows))
    saving = np.bincount(best.row, best.saving, rows)
    return {
        "monthly_cost": pa.array(np.broadcast_to(cost, rows)),
        "complete": pa.array(np.broadcast_to(complete, rows)),
        "monthly_saving": pa.array(rounding.money(saving)),
        "reservations": pa.ListArray.from_arrays(
            pa.array(np.append(0, ends).astype(np.int32)), listed
        ),
    }


def _upfront(best: _Best) -> Numbers:
    return np.array([offer.upfront for offer in best.sold] or [0.0])[best.offer]
