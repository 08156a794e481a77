"""The answer of a batch laid out as columns: a list for each number, in the order of the workloads.

It says all that the rows say, in a fraction of their bytes: what follows from a meter or a quota
stands once. Charges that no workload has, and findings that concern none, are left out.
"""

from collections.abc import Iterator, Set
from datetime import date
from functools import cache
from operator import attrgetter
from types import GenericAlias
from typing import Annotated, Any

import msgspec
import numpy as np
from msgspec import UNSET, Struct, UnsetType

from pricing import rounding
from pricing.engine import Bill
from pricing.model import Service
from pricing.quantities import Label, about
from pricing.units import BYTES_PER_GB
from service import counting
from service.answers import estimates, overlays
from service.answers.estimates import ChargeLine, EstimateBill, FindingLine
from service.answers.overlays import OVERLAY


class BasisColumns(Struct, frozen=True):
    """The conventions behind the numbers."""

    hours_per_month: Annotated[list[float], about("Hours in the month [h].")]
    bytes_per_gb: Annotated[int, about("Bytes that one GB stands for.")]


class Types(Struct, frozen=True):
    """The wire types made for one service."""

    answer: type[Struct]
    capacity: type[Struct]
    assumptions: type[Struct]


def _laid_out(kind: type[Struct], once: Set[str]) -> list[Any]:
    """Return the fields that a Struct always has as lists, except those that stand once.

    The status of a line is null where the workload has no such line.
    """
    fields = []
    for field in filter(attrgetter("required"), msgspec.structs.fields(kind)):
        item = field.type | None if field.name == "status" else field.type
        fields.append((field.name, item if field.name in once else GenericAlias(list, item)))
    return fields


LISTED = Annotated[
    list[float] | UnsetType, about("With an overlay: the same at list prices [USD].")
]
CHARGE_ONCE = frozenset({"sku_meter", "consumed_unit", "pricing_unit", "reference"})
FINDING_ONCE = frozenset({"rule", "title", "unit", "adjustable", "reference"})
CONTRACTED = {
    "contracted_cost": Annotated[
        list[float | None] | UnsetType, about("With an overlay: at its prices [USD].")
    ],
    "contracted_unit_price": Annotated[
        list[float | None] | UnsetType, about("With an overlay: its price of one unit [USD].")
    ],
}
"""The fields of charges that there are with an overlay only, beside its name."""
ChargeColumns = msgspec.defstruct(
    "ChargeColumns",
    [
        ("meter", str),
        *_laid_out(ChargeLine, CHARGE_ONCE),
        *((name, meant, UNSET) for name, meant in CONTRACTED.items()),
    ],
    frozen=True,
)
ChargeColumns.__doc__ = "One metered quantity of every workload; 0 where a workload has none."
CHARGE_COLUMNS = frozenset(ChargeColumns.__struct_fields__)
FindingColumns = msgspec.defstruct(
    "FindingColumns", _laid_out(FindingLine, FINDING_ONCE), frozen=True
)
FindingColumns.__doc__ = "One quota or rule; the status is null where it does not concern."


@cache
def types(service: Service) -> Types:
    """Make the wire types of a service's columns, once."""
    prefix = service.prefix
    rows = estimates.answer_types(service)
    capacity, assumptions = (
        msgspec.defstruct(f"{kind.__name__}Columns", _laid_out(kind, frozenset()), frozen=True)
        for kind in (service.capacity_type, rows.assumptions)
    )
    totals = ("monthly_cost", "complete", "not_covered")
    total, complete, not_covered = (EstimateBill.__annotations__[name] for name in totals)
    answer = msgspec.defstruct(
        f"{prefix}EstimatesColumns",
        [
            ("service", str),
            ("name", list[Label]),
            ("group", list[Label]),
            ("region", list[str]),
            ("price_date", Annotated[list[date], about("Prices in force on this day.")]),
            ("basis", BasisColumns),
            ("capacity", capacity),
            ("assumptions", assumptions),
            ("findings", GenericAlias(list, FindingColumns)),
            ("charges", GenericAlias(list, ChargeColumns)),
            ("monthly_cost", GenericAlias(list, total)),
            ("complete", GenericAlias(list, complete)),
            ("not_covered", GenericAlias(list, not_covered)),
            ("list_monthly_cost", LISTED, UNSET),
            ("overlay", OVERLAY, UNSET),
        ],
        frozen=True,
    )
    answer.__doc__ = "The estimates as columns, each in the order of the workloads."
    return Types(answer, capacity, assumptions)


def columns(bill: Bill) -> Any:
    """View a bill as columns."""
    w, made, rows = bill.workload, types(bill.service), estimates.answer_types(bill.service)
    (total, complete), listed = rounding.totals(bill), rounding.list_totals(bill)
    counting.unpriced(bill)
    count = len(w.name)
    return made.answer(
        bill.service.key,
        w.name.tolist(),
        w.group.tolist(),
        w.region.tolist(),
        rounding.days(w.price_date),
        BasisColumns(w.hours_per_month.tolist(), BYTES_PER_GB),
        made.capacity(**estimates.listed(bill.service.capacity_type, bill.capacity, count)),
        made.assumptions(**estimates.listed(rows.assumptions, w, count)),
        list(_findings(bill)),
        list(_charges(bill)),
        total.tolist(),
        complete.tolist(),
        estimates.not_covered(bill),
        UNSET if listed is None else listed.tolist(),
        overlays.applied(bill.card.overlay),
    )


def _charges(bill: Bill) -> Iterator[Any]:
    """View each charge that some workload has."""
    rows = np.arange(len(bill.workload.name))
    for line in np.flatnonzero(bill.lines.quantity.any(axis=1)).tolist():
        rate = bill.lines.rates[line]
        cells = estimates.charge_cells(bill, np.full(len(rows), line), rows)
        cells["status"] = _where(bill.lines.quantity[line] != 0, cells["status"])
        own = {name: cell for name, cell in cells.items() if name in CHARGE_COLUMNS}
        yield ChargeColumns(meter=rate.name, **estimates.charge_texts(rate.meter), **own)


def _findings(bill: Bill) -> Iterator[Any]:
    """View each finding that concerns some workload."""
    met, rows = bill.checks, np.arange(len(bill.workload.name))
    for check in np.flatnonzero(met.applies.any(axis=1)).tolist():
        cells = estimates.finding_cells(met, np.full(len(rows), check), rows)
        cells["status"] = _where(met.applies[check], cells["status"])
        yield FindingColumns(
            **estimates.finding_texts(met.rules[check], met.quotas[check]), **cells
        )


def _where(there: Any, words: list[Any]) -> list[Any]:
    """Keep words where there is a line, and null elsewhere."""
    kept: Any = np.array(words, dtype=object)
    kept[~there] = None
    listed: list[Any] = kept.tolist()
    return listed
