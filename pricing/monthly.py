"""Projections of Arrow record batches: a row and its months, as one more map over batches.

See :mod:`pricing.arrow` for what goes in and how rows are refused, and :mod:`pricing.projection`
for how fields grow.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import Any

import numpy as np
import pyarrow as pa
from msgspec import inspect

from pricing import arrow, engine, model, projection, rounding, verdicts, wording
from pricing.arrays import Flags
from pricing.arrow import Fault
from pricing.catalogue import Catalogue, packaged
from pricing.engine import CHECK_ARRAYS, Bill
from pricing.errors import ColumnError
from pricing.model import Service, kinds
from pricing.projection import Growth, Span

MONTHS = pa.list_(
    pa.struct(
        [
            ("month", pa.date32()),
            ("monthly_cost", pa.float64()),
            ("complete", pa.bool_()),
            ("worst_finding_status", pa.string()),
        ]
    )
)
"""The months of a row, which an engine can spread over rows of their own."""
SCHEMA = pa.schema(
    [
        ("name", pa.string()),
        ("group", pa.string()),
        ("region", arrow.WORDS),
        ("total_cost", pa.float64()),
        ("complete", pa.bool_()),
        ("exceeded_from", pa.date32()),
        ("months", MONTHS),
        ("violations", arrow.VIOLATIONS),
    ]
)
"""The columns of projections: ``total_cost`` is that of all months [USD], ``exceeded_from`` the
first month in which a limit is exceeded, null if none is."""
STAYS: Mapping[str, Growth] = MappingProxyType({})


def projections(
    service: str,
    batches: Iterable[Any],
    catalogue: Catalogue | None = None,
    *,
    span: Span,
    growths: Mapping[str, Growth] = STAYS,
) -> Iterator[Any]:
    """Yield for each record batch of workloads the batch of their projections, row by row.

    Parameters
    ----------
    service, batches, catalogue : see :func:`pricing.arrow.estimates`, whose errors are raised
    span : the months
    growths : how each field grows that does; a row that leaves the bounds of a field is refused

    Raises
    ------
    ColumnError
        if what grows is no number of the workload.

    Examples
    --------
    >>> from datetime import date
    >>> span = Span(date(2026, 11, 1), 2, calendar=False, fixed_prices=True)
    >>> row = pa.RecordBatch.from_pydict({"region": ["us-east-1"], "storage_gb": [100.0]})
    >>> growths = {"storage_gb": Growth(rate=0.1)}
    >>> (found,) = projections("s3", [row], span=span, growths=growths)
    >>> [month["monthly_cost"] for month in found["months"][0].as_py()]
    [2.3, 2.53]
    """
    form, card = model.service(service), (catalogue or packaged()).card(service)
    known = _numbers(form)
    if unknown := sorted(growths.keys() - known):
        said = (f"{name} is not known{wording.meant(name, known)}" for name in unknown)
        raise ColumnError(f"numbers of {service} that grow: {'; '.join(said)}")
    further, fields = partial(_leaving, span, growths), kinds(form.workload)
    changed = {name: (one, fields[name].multiple_of == 1) for name, one in growths.items()}
    for batch in batches:
        given = arrow.read(form, card, batch, further)
        wide = projection.widened(given.workload, changed, span)
        engine.refuse_early(form, wide.price_date, card)
        months = [_months(bill, span) for bill in engine.priced_in_chunks(form, wide, card)]
        found = {name: np.concatenate([one[name] for one in months]) for name in months[0]}
        yield arrow.in_places(given, _columns(found, span), SCHEMA)


def _numbers(form: Service) -> tuple[str, ...]:
    return tuple(
        name for name, kind in kinds(form.workload).items() if isinstance(kind, inspect.FloatType)
    )


def _leaving(
    span: Span, growths: Mapping[str, Growth], service: Service, workload: Any, bad: Flags
) -> Iterator[Fault]:
    """Yield where a field leaves its bounds, with the first month in which it does."""
    for name, growth in growths.items():
        kind, value = kinds(service.workload)[name], getattr(workload, name)
        values = projection.grown(value, growth, span, whole=kind.multiple_of == 1)
        outside = ~((values >= kind.ge) & (values <= kind.le))
        rows = ~bad & outside.any(axis=1)
        if rows.any():
            bounds = f"must stay {wording.expected(kind)}"
            texts = [f"leaves its bounds in {day}; {bounds}" for day in _days(span).astype("M8[M]")]
            first = np.broadcast_to(outside.argmax(axis=1), rows.shape)[rows]
            yield Fault(name, rows, pa.array(texts).take(pa.array(first)))


def _days(span: Span) -> Any:
    return span.days.astype("M8[D]")


def _months(bill: Bill, span: Span) -> dict[str, Any]:
    """Return the figures of each row and month of a bill [row, month]."""
    cost, complete = rounding.totals(bill)
    flat: Any = {
        name: getattr(bill.checks, name).reshape(len(bill.checks), -1) for name in CHECK_ARRAYS
    }
    severity, _, _ = verdicts.worst(replace(bill.checks, **flat))
    found = {"monthly_cost": cost, "complete": complete, "severity": severity.reshape(cost.shape)}
    return {name: np.broadcast_to(one, bill.workload.name.shape) for name, one in found.items()}


def _columns(found: dict[str, Any], span: Span) -> dict[str, Any]:
    """Return the columns of rows that are not refused."""
    cost, complete, severity = found["monthly_cost"], found["complete"], found["severity"]
    days, exceeded = _days(span), severity == len(verdicts.MET) - 1
    codes = pa.array(severity.ravel().astype(np.int8), mask=severity.ravel() < 0)
    listed = pa.StructArray.from_arrays(
        [
            pa.array(np.broadcast_to(days, cost.shape).ravel()),
            pa.array(cost.ravel()),
            pa.array(complete.ravel()),
            pa.array(verdicts.MET, pa.string()).take(codes),
        ],
        fields=list(MONTHS.value_type),
    )
    ends = np.arange(len(cost) + 1, dtype=np.int32) * span.months
    return {
        "total_cost": pa.array(rounding.money(cost.sum(axis=1))),
        "complete": pa.array(complete.all(axis=1)),
        "exceeded_from": pa.array(days[exceeded.argmax(axis=1)], mask=~exceeded.any(axis=1)),
        "months": pa.ListArray.from_arrays(pa.array(ends), listed),
    }
