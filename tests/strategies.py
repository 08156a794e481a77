"""Workloads of any service, drawn from the bounds that its fields declare."""

from datetime import date
from functools import cache, partial
from typing import Any

from hypothesis import strategies as st
from msgspec import inspect, structs

from pricing.catalogue import packaged
from pricing.model import Form, Service, registry, undescribed
from pricing.question import Question

LARGEST = 1e6
"""Numbers are drawn up to here: beyond, one byte more is lost in the digits of a float."""


def number(low: float, high: float, whole: bool) -> st.SearchStrategy[float]:
    """Numbers as people write them: few digits, any magnitude within the bounds."""
    top = min(high, LARGEST)
    written = st.builds(
        lambda digits, exponent: float(f"{digits}e{exponent}"),
        st.integers(1, 9999),
        st.integers(0 if whole else -6, 6),
    )
    within = written.map(lambda value: min(max(low, value), top))
    return st.one_of(
        st.just(float(low)), within.map(float), st.just(float(min(top, max(low, 1.0))))
    )


@cache
def fields(form: Form) -> dict[str, st.SearchStrategy[Any]]:
    """One strategy for each field of a service's workload, or of a question's needs."""
    info = inspect.type_info(form.workload)
    return {field.name: _values(form, field) for field in info.fields}  # type: ignore[attr-defined]


def days_of(form: Form) -> list[date]:
    """Return the days on which prices take effect, once every service of a form has some."""
    keys = form.services if isinstance(form, Question) else [form.key]
    tables = list(map(packaged().table, keys))
    first = max(table.first for table in tables)
    days = {first, *(row.effective_from for table in tables for row in table.rows)}
    return sorted(day for day in days if day >= first)


def _values(form: Form, field: Any) -> st.SearchStrategy[Any]:
    kind = undescribed(field.type)
    match kind:
        case inspect.FloatType():
            drawn: st.SearchStrategy[Any] = number(kind.ge, kind.le, kind.multiple_of == 1)
        case inspect.BoolType():
            drawn = st.booleans()
        case inspect.DateType():
            known = days_of(form)
            drawn = st.one_of(st.sampled_from(known), st.dates(known[-1], date(2040, 1, 1)))
        case inspect.LiteralType():
            drawn = st.sampled_from(kind.values)
        case inspect.StrType(pattern=str()):
            drawn = st.from_regex(kind.pattern, fullmatch=True)
        case _:
            drawn = st.text(max_size=5)
    return drawn if field.required else st.one_of(st.just(field.default), drawn)


def workloads(form: Form) -> st.SearchStrategy[Any]:
    """Valid workloads of a service, or needs, priced on any day there are prices for, or later."""
    return st.builds(form.workload, **fields(form)).map(partial(said_once, form))


def said_once(service: Form, workload: Any) -> Any:
    """Return a workload without the numbers that repeat what others of it say."""
    for exclusive in service.exclusive:
        if all(getattr(workload, field) > 0 for field in exclusive.fields):
            workload = structs.replace(workload, **{exclusive.fields[-1]: 0.0})
    return workload


def is_said_once(service: Form, workload: Any) -> bool:
    """Return whether no numbers of a workload repeat what others of it say."""
    return said_once(service, workload) is workload


def some_services(most: int = 4) -> st.SearchStrategy[list[Service]]:
    """Some services, so that the time of a law across them does not grow with their number."""
    return st.lists(st.sampled_from([*registry().values()]), min_size=1, max_size=most, unique=True)


def batches(service: Form, least: int = 1, most: int = 6) -> st.SearchStrategy[Any]:
    """Some valid workloads of a service."""
    return st.lists(workloads(service), min_size=least, max_size=most)
