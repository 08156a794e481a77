"""Many workloads of mixed services on one bill.

What AWS counts over the whole account is counted once and shared back by quantity: volume tiers,
free allowances and account minimums [1]_. An axis over the engine; no formula is written twice.

References
----------
.. [1] "Volume discounts", AWS Billing user guide (2023),
   https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/useconsolidatedbilling-discounts.html
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np

from pricing import engine
from pricing.engine import Bill, Line, Lines
from pricing.errors import DateBeforePricesError
from pricing.model import Service, WorkloadFields
from pricing.quantities import REGION_CODES
from pricing.rates import rate_card


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

    Returns
    -------
    one part for each service, in the order of first appearance

    Raises
    ------
    DateBeforePricesError
        where a ``price_date`` lies before the first known price of its service; ``rows`` are
        places in the portfolio.
    """
    return price(columns(services, workloads), free_tier=free_tier)


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


def price(parts: Sequence[Columns], *, free_tier: bool) -> list[Part]:
    """Price columns on one bill; see :func:`estimate`. A last axis of months counts apart."""
    bills = []
    early: dict[int, tuple[str, date]] = {}
    for part in parts:
        try:
            bills.append(engine.price(part.service, part.workload, rate_card(part.service.key)))
        except DateBeforePricesError as error:
            early |= {int(part.rows[row]): first for row, first in error.rows.items()}
    if early:
        raise DateBeforePricesError(dict(sorted(early.items())))
    settled = settle(bills, free_tier=free_tier)
    return [Part(part.rows, bill) for part, bill in zip(parts, settled, strict=True)]


def settle(bills: Sequence[Bill], *, free_tier: bool) -> list[Bill]:
    """Count volume tiers, allowances and minimums once for all rows of all bills."""
    lines = [filled_up(bill.lines) for bill in bills]
    places: dict[str, list[tuple[int, int]]] = {}
    for number, own in enumerate(lines):
        for index, line in enumerate(own):
            pool = line.rate.meter.pool or f"{bills[number].service.key}.{line.rate.name}"
            places.setdefault(pool, []).append((number, index))
    for together in places.values():
        own = shared([lines[number][index] for number, index in together], free_tier)
        for (number, index), line in zip(together, own, strict=True):
            lines[number][index] = line
    return [replace(bill, lines=Lines.of(own)) for bill, own in zip(bills, lines, strict=True)]


def shared(lines: list[Line], free_tier: bool) -> list[Line]:
    """Take allowances off the lines of a pool, and price what is left in the pool's tiers.

    Each line pays the pool's mean price: the cost of the pool times its share of the quantity.
    """
    allowed = free_tier and any(line.rate.meter.free_allowance for line in lines)
    provisioned = any(line.free.any() for line in lines)
    if not (lines[0].rate.meter.pool or allowed or provisioned):
        return lines
    left = [line.quantity for line in lines]
    if provisioned:
        left = reduced(lines, left, summed(lines, [line.free for line in lines]))
    if allowed:
        left = without_allowance(lines, left)
    pools = summed(lines, left) if lines[0].rate.meter.pool else left
    keys = [by_month(line.variant * len(REGION_CODES) + line.region) for line in lines]
    return [repriced(*part) for part in zip(lines, left, pools, keys, strict=True)]


def repriced(line: Line, billable: Any, pool: Any, key: Any) -> Line:
    """Price a line's billable quantity as its share of a pool's; ``key`` names the pool."""
    unit_price, cost = line.rate.price(pool, line.variant, line.day, line.region)
    share = billable / np.where(pool > 0, pool, 1)
    cost = np.where(billable > 0, cost * share, 0)
    return replace(line, billable=billable, unit_price=unit_price, cost=cost, pool=key)


def without_allowance(lines: list[Line], quantities: list[Any]) -> list[Any]:
    """Take the free allowance of the account, or of each Region, off quantities."""
    meter = lines[0].rate.meter
    by_region = meter.allowance_scope == "region"
    inside = np.array([code not in meter.allowance_excludes for code in REGION_CODES])
    taking = [
        quantity * inside[line.region] for line, quantity in zip(lines, quantities, strict=True)
    ]
    totals = summed(lines, taking, by_region=by_region)
    free = [allowances(line)[line.variant] * inside[line.region] for line in lines]
    return [
        quantity - part + part * np.maximum(0, total - given) / np.where(total > 0, total, 1)
        for quantity, part, given, total in zip(quantities, taking, free, totals, strict=True)
    ]


def allowances(line: Line) -> Any:
    """Give the free allowance of each variant of a line's meter, 0 where there is none."""
    given = line.rate.meter.free_allowance
    return np.array([given.get(variant, 0) for variant in (*line.rate.variants, "\0")])


def reduced(lines: list[Line], quantities: list[Any], free: list[Any]) -> list[Any]:
    """Take what is free in each pool off the quantities in it, by their share."""
    totals = summed(lines, quantities)
    return [
        quantity * np.maximum(0, total - given) / np.where(total > 0, total, 1)
        for quantity, given, total in zip(quantities, free, totals, strict=True)
    ]


def summed(lines: list[Line], quantities: list[Any], *, by_region: bool = True) -> list[Any]:
    """Add quantities up over all rows of a variant and Region, month by month.

    Returns
    -------
    for each line an array of its shape: the sum that each of its rows belongs to
    """
    regions = len(REGION_CODES)
    keys = [by_month(line.variant * regions + (line.region if by_region else 0)) for line in lines]
    amounts = np.concatenate([np.ravel(quantity) for quantity in quantities])
    totals = np.bincount(np.concatenate([key.ravel() for key in keys]), weights=amounts)
    return [totals[key] for key in keys]


def by_month(key: Any) -> Any:
    """Tell keys of different months apart; months are the last of two axes or more."""
    if key.ndim == 1:
        return key
    return key * key.shape[-1] + np.arange(key.shape[-1])


def filled_up(lines: Sequence[Line]) -> list[Line]:
    """Count each account minimum once in a Region: the shortfall, shared back by quantity."""
    filled = list(lines)
    for place, line in enumerate(lines):
        if meters := line.rate.meter.makes_up:
            used = sum(
                np.where(same_variant(other, line), other.quantity, 0)
                for other in lines
                if other.rate.name in meters
            )
            quantity, key = account_shortfall(line, used), by_month(line.region)
            filled[place] = repriced(replace(line, quantity=quantity), quantity, quantity, key)
    return filled


def same_variant(line: Line, other: Line) -> Any:
    """Tell where two lines are of variants of one name [bool array]."""
    names, others = (np.array([*one.rate.variants, "\0"]) for one in (line, other))
    return names[line.variant] == others[other.variant]


def account_shortfall(line: Line, used: Any) -> Any:
    """Give each row's part of what its Region falls short of the account's minimum.

    A row alone makes up max(0, minimum - used), so that the largest sum of both in a Region is the
    minimum, or more than it where there is no shortfall.
    """
    member = line.variant < len(line.rate.variants)
    key = by_month(line.region)
    size = int(key.max()) + 1
    minimum = np.zeros(size)
    np.maximum.at(minimum, key, np.where(member, line.quantity + used, 0))
    total = np.bincount(key.ravel(), np.where(member, used, 0).ravel(), size)[key]
    members = np.bincount(key.ravel(), member.ravel(), size)[key]
    missing = np.maximum(0, minimum[key] - total)
    share = np.where(total > 0, used / np.where(total > 0, total, 1), 1 / np.maximum(1, members))
    return np.where(member, missing * share, 0)
