"""Workloads of any service, drawn from the bounds that its fields declare."""

import struct
from datetime import date, timedelta
from functools import cache, partial
from typing import Any

from hypothesis import strategies as st
from msgspec import inspect, structs

from pricing.catalogue import packaged
from pricing.model import Form, Service, registry, undescribed
from pricing.question import Question

LARGEST = 1e6
"""Numbers are drawn up to here: beyond, one byte more is lost in the digits of a float."""
DIGITS = (*range(1, 10), *range(17, 10_000, 171))
"""The digits of the numbers that are drawn."""


@cache
def numbers(low: float, high: float, whole: bool) -> tuple[float, ...]:
    """Return numbers as people write them: few digits, any magnitude within the bounds."""
    top = min(high, max(low, LARGEST))
    exponents = range(0 if whole else -6, 7)
    written = (float(f"{digits}e{exponent}") for digits in DIGITS for exponent in exponents)
    within = sorted({min(max(low, value), top) for value in written})
    return (float(low), *within, min(top, max(low, 1.0)))


def days_of(form: Form) -> list[date]:
    """Return the days on which prices take effect, once every service of a form has some."""
    keys = form.services if isinstance(form, Question) else [form.key]
    tables = list(map(packaged().table, keys))
    first = max(table.first for table in tables)
    days = {first, *(row.effective_from for table in tables for row in table.rows)}
    return sorted(day for day in days if day >= first)


@cache
def pools(form: Form) -> dict[str, tuple[Any, ...]]:
    """Return the values of each field that takes one of a list; half of them are its default."""
    found = {field.name: _values(form, field) for field in described(form)}
    usual = {field.name: field.default for field in described(form) if not field.required}
    return {
        name: (*[usual[name]] * len(values), *values) if name in usual else values
        for name, values in found.items()
        if values
    }


def described(form: Form) -> tuple[Any, ...]:
    """Return the fields of a workload or of needs, as msgspec describes them."""
    return inspect.type_info(form.workload).fields  # type: ignore[attr-defined,no-any-return]


def _values(form: Form, field: Any) -> tuple[Any, ...]:
    """Return the values that a field is drawn from; none if it is a text."""
    kind = undescribed(field.type)
    match kind:
        case inspect.FloatType():
            return numbers(kind.ge, kind.le, kind.multiple_of == 1)
        case inspect.BoolType():
            return (False, True)
        case inspect.DateType():
            days = days_of(form)
            return (*days, days[-1] + timedelta(days=1), date(2040, 1, 1))
        case inspect.LiteralType():
            return kind.values
        case _:
            return ()


@cache
def texts(form: Form) -> dict[str, st.SearchStrategy[str]]:
    """Return a strategy for each field that is a text."""
    found = {field.name: undescribed(field.type) for field in described(form)}
    return {
        name: st.from_regex(kind.pattern, fullmatch=True) if kind.pattern else st.text(max_size=5)
        for name, kind in found.items()
        if isinstance(kind, inspect.StrType)
    }


def workloads(form: Form) -> st.SearchStrategy[Any]:
    """Valid workloads of a service, or needs, priced on any day there are prices for, or later.

    Two bytes choose the value of each field: one draw is many times as fast as one a field.
    """
    size = 2 * len(pools(form))
    chosen = st.binary(min_size=size, max_size=size)
    return st.builds(partial(_workload, form), chosen, st.fixed_dictionaries(texts(form)))


def _workload(form: Form, chosen: bytes, texts_of: dict[str, str]) -> Any:
    """Return the workload whose fields two bytes each choose."""
    places = struct.unpack(f">{len(chosen) // 2}H", chosen)
    fields = {
        name: values[place % len(values)]
        for place, (name, values) in zip(places, pools(form).items(), strict=True)
    }
    return said_once(form, form.workload(**fields, **texts_of))


def said_once(service: Form, workload: Any) -> Any:
    """Return a workload without the numbers that repeat what others of it say."""
    for exclusive in service.exclusive:
        if all(getattr(workload, field) > 0 for field in exclusive.fields):
            workload = structs.replace(workload, **{exclusive.fields[-1]: 0.0})
    return workload


def is_said_once(service: Form, workload: Any) -> bool:
    """Return whether no numbers of a workload repeat what others of it say."""
    return said_once(service, workload) is workload


def some_services() -> st.SearchStrategy[list[Service]]:
    """Some services, so that the time of a law across them does not grow with their number."""
    return st.lists(st.sampled_from([*registry().values()]), min_size=1, max_size=4, unique=True)


def batches(service: Form, least: int = 1, most: int = 6) -> st.SearchStrategy[Any]:
    """Some valid workloads of a service."""
    return st.lists(workloads(service), min_size=least, max_size=most)
