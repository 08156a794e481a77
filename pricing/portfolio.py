"""Many workloads of mixed services on one bill.

What AWS counts over the whole account is counted once and shared back by quantity: volume tiers,
free allowances and account minimums. Each is an axis over the engine; no formula is written twice.

References
----------
.. [1] "Volume discounts", consolidated billing,
   https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/useconsolidatedbilling-discounts.html
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pricing import engine
from pricing.engine import Bill, Line
from pricing.errors import DateBeforePricesError
from pricing.model import Service, WorkloadFields
from pricing.quantities import REGION_CODES


@dataclass(frozen=True, eq=False)
class Part:
    """The workloads of one service: their places in the portfolio, and their bill."""

    rows: Any
    bill: Bill


def estimate(
    services: Sequence[Service], workloads: Sequence[WorkloadFields], *, free_tier: bool = False
) -> list[Part]:
    """Price workloads on one bill.

    Parameters
    ----------
    services : for each workload its service
    workloads : already validated
    free_tier : whether AWS's free allowances are taken off

    Raises
    ------
    DateBeforePricesError
        where a ``price_date`` lies before the first known price of its service; ``rows`` are
        places in the portfolio.
    """
    parts = []
    for service, rows in by_service(services):
        try:
            bill = engine.estimate(service, [workloads[row] for row in rows.tolist()])
        except DateBeforePricesError as error:
            places = rows[error.rows].tolist()
            raise DateBeforePricesError(service.name, places, error.first) from error
        parts.append(Part(rows, settle(bill, free_tier=free_tier)))
    return parts


def by_service(services: Sequence[Service]) -> list[tuple[Service, Any]]:
    """Give each service with the places of its workloads, in the order of first appearance."""
    known = list(dict.fromkeys(services))
    place = {id(service): index for index, service in enumerate(known)}
    codes = np.fromiter(map(place.__getitem__, map(id, services)), dtype=np.intp)
    return [(service, np.flatnonzero(codes == index)) for index, service in enumerate(known)]


def settle(bill: Bill, *, free_tier: bool) -> Bill:
    """Count volume tiers, free allowances and account minimums once for all rows of a bill.

    Rows may have further axes (months); the last one counts apart, as each month's bill does.
    """
    lines = filled_up(bill.lines)
    for places in families(lines):
        lines = shared(lines, places, free_tier=free_tier)
    return replace(bill, lines=lines)


def families(lines: list[Line]) -> list[list[int]]:
    """Give the places of lines that meter the same thing, together."""
    places: dict[str, list[int]] = {}
    for place, line in enumerate(lines):
        places.setdefault(line.rate.name, []).append(place)
    return list(places.values())


def shared(lines: list[Line], places: list[int], *, free_tier: bool) -> list[Line]:
    """Take allowances off one meter's lines and price what is left in the tiers of its pool.

    Each line pays the pool's mean price [1]_: its cost is the cost of the pool times its share.
    """
    meter = lines[places[0]].rate.meter
    allowances = meter.free_allowance if free_tier else {}
    if not (meter.pooled or allowances):
        return lines
    own = [lines[place] for place in places]
    billable = without_allowance(own, allowances)
    pools = pooled(own, billable) if meter.pooled else billable
    lines = list(lines)
    for place, line, priced, pool in zip(places, own, billable, pools, strict=True):
        unit_price, cost = line.rate.price(pool, line.variant, line.day, line.region)
        share = priced / np.where(pool > 0, pool, 1)
        lines[place] = replace(
            line, billable=priced, unit_price=unit_price, cost=np.where(priced > 0, cost * share, 0)
        )
    return lines


def without_allowance(lines: list[Line], allowances: dict[str, float]) -> list[Any]:
    """Give what is left of each line's quantity once the free allowance is shared out."""
    if not allowances:
        return [line.quantity for line in lines]
    rate, meter = lines[0].rate, lines[0].rate.meter
    free = np.array([allowances.get(variant, 0) for variant in (*rate.variants, "\0")])
    inside = np.array([code not in meter.allowance_excludes for code in REGION_CODES])
    taking = [line.quantity * inside[line.region] for line in lines]
    by_region = meter.allowance_scope == "region"
    totals = summed(lines, taking, by_region=by_region)
    return [
        line.quantity - part * np.minimum(1, free[line.variant] / np.where(total > 0, total, 1))
        for line, part, total in zip(lines, taking, totals, strict=True)
    ]


def pooled(lines: list[Line], quantities: list[Any]) -> list[Any]:
    """Give for each line the quantity of the pool that its tiers are counted in."""
    return summed(lines, quantities, by_region=True)


def summed(lines: list[Line], quantities: list[Any], *, by_region: bool) -> list[Any]:
    """Add quantities up over all rows and lines of a variant (and Region), month by month."""
    shape = quantities[0].shape
    months = np.broadcast_to(np.arange(shape[-1]) if len(shape) > 1 else np.intp(0), shape)
    keys = [
        (line.variant * len(REGION_CODES) + (line.region if by_region else 0)) * shape[-1] + months
        for line in lines
    ]
    every = np.concatenate([key.ravel() for key in keys])
    amounts = np.concatenate([quantity.ravel() for quantity in quantities])
    totals = np.bincount(every, weights=amounts)
    return [totals[key] for key in keys]


def filled_up(lines: list[Line]) -> list[Line]:
    """Count each account minimum once: the shortfall of all rows, shared back by quantity.

    A row alone makes up max(0, minimum - used). Over the rows of a Region the minimum stays one:
    its size is the most that any row would be filled up to.
    """
    filled = list(lines)
    for place, line in enumerate(lines):
        if line.rate.meter.makes_up:
            used = sum(
                np.where(same_variant(other, line), other.quantity, 0)
                for other in lines
                if other.rate.name in line.rate.meter.makes_up
            )
            quantity = account_shortfall(line, np.asarray(used))
            unit_price, cost = line.rate.price(quantity, line.variant, line.day, line.region)
            filled[place] = replace(
                line, quantity=quantity, billable=quantity, unit_price=unit_price, cost=cost
            )
    return filled


def same_variant(line: Line, other: Line) -> Any:
    """Tell where two lines are of variants of one name [bool array]."""
    names = np.array([*line.rate.variants, "\0"])
    others = np.array([*other.rate.variants, "\0\0"])
    return names[line.variant] == others[other.variant]


def account_shortfall(line: Line, used: Any) -> Any:
    """Give each row's part of the shortfall of its Region."""
    member = line.variant < len(line.rate.variants)
    regions = line.region
    shape = line.quantity.shape
    months = np.broadcast_to(np.arange(shape[-1]) if len(shape) > 1 else np.intp(0), shape)
    key = regions * shape[-1] + months
    size = len(REGION_CODES) * shape[-1]
    minimum, total, count = np.zeros(size), np.zeros(size), np.zeros(size)
    np.maximum.at(minimum, key, np.where(member, line.quantity + used, 0))
    np.add.at(total, key, np.where(member, used, 0))
    np.add.at(count, key, member)
    missing = np.maximum(0, minimum - total)[key]
    by_use = used / np.where(total[key] > 0, total[key], 1)
    share = np.where(total[key] > 0, by_use, 1 / np.maximum(1, count[key]))
    return np.where(member, missing * share, 0)
