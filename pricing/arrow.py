"""Estimates of Arrow record batches: columns in, columns out, and no object for a row.

:func:`estimates` is a map from batches to batches: Spark's ``mapInArrow``, a loop over Parquet, or
any other engine can run it. It needs the extra ``storecast[arrow]``.

A field that is missing or null has its default. A row that is refused says why in ``violations``,
has nulls elsewhere, and stops no other. Texts stand for numbers, days and truths if they are
written plainly, so a CSV may be read as texts.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, reduce
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from msgspec import NODEFAULT, inspect
from msgspec.structs import FieldInfo

from pricing import engine, model, rounding, verdicts, wording
from pricing.arrays import Column, Flags
from pricing.catalogue import Catalogue, packaged
from pricing.engine import Bill
from pricing.errors import ColumnError
from pricing.model import Service, fields_of, kinds
from pricing.rates import RateCard, WordColumn, day_number

WORDS = pa.dictionary(pa.int16(), pa.string())
END = b"\xff\xff\xff\xff\0\0\0\0"
"""The marker of the end of a stream; one that is cut does not have it."""
VIOLATIONS = pa.list_(pa.struct([("field", pa.string()), ("detail", pa.string())]))
NUMBER = r"^-?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$"
"""A number as a text that is read: with a decimal point and no marks of thousands."""
FIRST_DAY, LAST_DAY = day_number(date.min), day_number(date.max)


def estimates(
    service: str, batches: Iterable[Any], catalogue: Catalogue | None = None
) -> Iterator[Any]:
    """Yield for each record batch of workloads the batch of their estimates, row by row.

    Parameters
    ----------
    service : the key of a service, so that ``partial(estimates, key)`` can be pickled
    batches : iterable of ``pyarrow.RecordBatch``, whose columns are fields of the workload
    catalogue : the prices; the packaged catalogue by default

    Raises
    ------
    UnknownServiceError
        if no service has the key.
    ColumnError
        if a column is no field of the workload, or stands twice: a name that is misspelt would
        else be a default.

    Examples
    --------
    >>> rows = {"region": ["us-east-1", "mars"], "item_bytes": [1, 1], "reads_per_second": [9, 9]}
    >>> rows = pa.RecordBatch.from_pydict(rows)
    >>> found = next(estimates("dynamodb", [rows]))
    >>> found["monthly_cost"].to_pylist()
    [1.47825, None]
    >>> found["violations"].to_pylist()[1][0]["field"]
    'region'
    """
    form = model.service(service)
    card = (catalogue or packaged()).card(service)
    for batch in batches:
        given = read(form, card, batch)
        bills = engine.priced_in_chunks(form, given.workload, card)
        yield answered(form, card, given, bills)


@cache
def schema(service: str) -> Any:
    """Return the columns of the estimates of a service, whatever its workloads.

    They are those of the HTTP layout ``flat`` in which each row is one workload: labels, total,
    worst finding, capacity, list cost by meter; and last the violations.
    """
    form = model.service(service)
    bill = engine.estimate(form, [form.example])
    capacity = kinds(form.capacity_type)
    numbers = {name: WORDS if _words(kind) else pa.float64() for name, kind in capacity.items()}
    return pa.schema(
        [
            ("name", pa.string()),
            ("group", pa.string()),
            ("region", WORDS),
            ("monthly_cost", pa.float64()),
            ("complete", pa.bool_()),
            ("worst_finding_status", WORDS),
            ("worst_finding", WORDS),
            ("worst_finding_utilization", pa.float64()),
            *((f"capacity.{name}", type_) for name, type_ in numbers.items()),
            *((name, pa.float64()) for name in dict.fromkeys(_cost_names(bill))),
            ("violations", VIOLATIONS),
        ]
    )


@dataclass(frozen=True, eq=False)
class Given:
    """The rows of a batch."""

    workload: Any
    """Those that are not refused, as columns for the engine."""
    labels: dict[str, Any]
    """The name and the group of every row."""
    refused: Flags
    """Where a row is refused."""
    violations: Any
    """What is wrong with every row, a list of :data:`VIOLATIONS`."""


Further = Callable[[Service, Any, Flags], Iterable["Fault"]]
"""Tells what else is wrong with workloads, where nothing is yet."""


def read(
    service: Service, card: RateCard, batch: Any, further: Further = lambda *known: ()
) -> Given:
    """Return the workloads of a batch, and what is wrong with its rows.

    Raises
    ------
    ColumnError
        if a column is no field of the workload, or stands twice.
    """
    _refuse_columns(service, batch.schema.names)
    rows = batch.num_rows
    found = {
        field.name: _read(service, field, batch[field.name], rows)
        if field.name in batch.schema.names
        else _absent(service, field, rows)
        for field in fields_of(service.workload)
    }
    faults = [fault for _, fault in found.values() if fault]
    labels = {name: found[name][0] for name in ("name", "group")}
    empty = np.array([""], dtype=object)
    columns = {name: column for name, (column, _) in found.items()}
    columns |= {"name": np.broadcast_to(empty, rows), "group": empty}
    workload = service.workload(**columns)
    faults += _refused(service, card, workload, _where(faults, rows))
    faults += further(service, workload, _where(faults, rows))
    refused = _where(faults, rows)
    if refused.any():
        good = np.flatnonzero(~refused)
        workload = engine.reshape(workload, lambda one: one[good] if len(one) == rows else one)
    return Given(workload, labels, refused, _violations(faults, rows))


def answered(service: Service, card: RateCard, given: Given, bills: Iterable[Bill]) -> Any:
    """Return a batch of estimates from the bills of consecutive workloads that are not refused."""
    found = _answers(service, card, bills)
    return in_places(given, found, schema(service.key))


def in_places(given: Given, found: dict[str, Any], kind: Any) -> Any:
    """Return a batch of a schema from the columns of what is not refused; other rows have nulls.

    Region, labels and violations are those of the rows.
    """
    region = given.workload.region
    codes = np.broadcast_to(region.codes, given.workload.name.shape)
    found |= {"region": _coded(codes, region.words)}
    if given.refused.any():
        places = pa.array(np.cumsum(~given.refused) - 1, mask=given.refused)
        found = {name: one.take(places) for name, one in found.items()}
    found |= given.labels | {"violations": given.violations}
    return pa.record_batch([found[name] for name in kind.names], kind)


@dataclass(frozen=True, eq=False)
class Fault:
    """What is wrong with some rows, in one field."""

    field: str
    rows: Flags
    """Where, over all rows of the batch."""
    details: Any
    """What is wrong with each of them: texts, as many as there are such rows."""


def _refuse_columns(service: Service, names: Sequence[str]) -> None:
    known = tuple(kinds(service.workload))
    unknown = [name for name in dict.fromkeys(names) if name not in known]
    said = [
        f"{wording.shortened(name)} is not known{wording.meant(name, known)}" for name in unknown
    ]
    said += [f"{name} stands twice" for name in known if names.count(name) > 1]
    if said:
        raise ColumnError(f"columns of {service.key}: {'; '.join(said)}")


def _where(faults: Iterable[Fault], rows: int) -> Flags:
    """Return where any fault is."""
    return reduce(np.logical_or, (fault.rows for fault in faults), np.zeros(rows, dtype=bool))


# ---- columns in


def _absent(service: Service, field: FieldInfo, rows: int) -> tuple[Column, Fault | None]:
    """Return the column of a field that a batch does not have: one row that holds for all."""
    kind = kinds(service.workload)[field.name]
    if field.default is not NODEFAULT:
        if isinstance(kind, inspect.StrType):
            return pc.fill_null(pa.nulls(rows, pa.string()), field.default), None
        return engine.column_maker(kind)([field.default]), None
    return _read(service, field, pa.nulls(rows), rows)


def _read(service: Service, field: FieldInfo, given: Any, rows: int) -> tuple[Column, Fault | None]:
    """Return a column for the engine, and where its values do not fit."""
    kind, given = kinds(service.workload)[field.name], _plain(given)
    if pa.types.is_dictionary(given.type) and not _words(kind):
        given = given.dictionary_decode()
    values, bad = _READERS[type(kind)](given, kind)
    required = field.default is NODEFAULT
    missing = given.is_null().to_numpy(zero_copy_only=False) if given.null_count else None
    if missing is not None:
        bad = (bad | missing) if required else (bad & ~missing)
        if not required:
            values = _with_default(values, kind, missing, field.default)
    if not bad.any():
        return values, None
    details = _details(service, field, given.filter(pa.array(bad)))
    return values, Fault(field.name, bad, details)


def _plain(given: Any) -> Any:
    """Return a column without views, runs or extensions, which many functions of pyarrow refuse."""
    types = pa.types
    if isinstance(given.type, pa.BaseExtensionType):
        given = given.storage
    if types.is_run_end_encoded(given.type):
        given = pc.run_end_decode(given)
    if types.is_dictionary(given.type):
        words = _plain(given.dictionary)
        given = pa.DictionaryArray.from_arrays(given.indices, words)
        return given.dictionary_decode() if words.null_count else given
    if types.is_string_view(given.type):
        given = given.cast(pa.large_string())
    elif types.is_binary_view(given.type):
        given = given.cast(pa.large_binary())
    return _in_utf8(given) if _is_text(given.type) else given


def _in_utf8(texts: Any) -> Any:
    """Return texts with U+FFFD, as Spark shows it, for bytes that are no UTF-8."""
    try:
        texts.validate(full=True)
    except pa.ArrowInvalid:
        known = texts.cast(pa.large_binary()).to_pylist()
        shown = [one if one is None else one.decode(errors="replace") for one in known]
        return pa.array(shown, pa.large_string())
    return texts


def _with_default(values: Column, kind: Any, missing: Flags, default: Any) -> Column:
    """Return a column with the default where nothing is given."""
    if isinstance(kind, inspect.StrType):
        return pc.fill_null(values, default)
    usual = engine.column_maker(kind)([default])
    if isinstance(values, WordColumn):
        return WordColumn(np.where(missing, usual.codes, values.codes), values.words)
    return np.where(missing, usual, values)


def _details(service: Service, field: FieldInfo, values: Any) -> Any:
    """Return what is wrong with values, worked out once for each that differs."""
    kind, form = wording.kind_of(field.type), service.workload
    listed = wording.listing(form)

    def said(value: Any) -> str:
        if value is None:
            return wording.missing(kind, listed)
        product = wording.product(field.name, value, form)
        return product or wording.wrong(value, kind, listed, wording.Speller())

    if pa.types.is_temporal(values.type) and not pa.types.is_interval(values.type):
        values = values.cast(pa.string())
    if not pa.types.is_dictionary(values.type):
        if pa.types.is_nested(values.type) or pa.types.is_null(values.type):
            return pa.array(list(map(said, values.to_pylist())), pa.string())
        values = values.dictionary_encode(null_encoding="encode")
    texts = pa.array([*map(said, values.dictionary.to_pylist()), said(None)], pa.string())
    return texts.take(pc.fill_null(values.indices, len(texts) - 1))


def _numbers(given: Any, kind: inspect.FloatType) -> tuple[Column, Flags]:
    if _is_text(given.type):
        plain = _true(pc.match_substring_regex(given, NUMBER))
        given = pc.if_else(pa.array(plain), given, None)
    elif not _is_number(given.type):
        return np.zeros(len(given)), np.ones(len(given), dtype=bool)
    values = given.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    fit = (values >= kind.ge) & (values <= kind.le)
    if kind.multiple_of == 1:
        fit &= values == np.floor(values)
    return values, ~fit


def _truths(given: Any, kind: inspect.BoolType) -> tuple[Column, Flags]:
    if pa.types.is_boolean(given.type):
        values = _true(given)
        return values, np.zeros(len(given), dtype=bool)
    codes = _codes(given, ("false", "true"))
    return codes == 1, codes < 0


def _days(given: Any, kind: inspect.DateType) -> tuple[Column, Flags]:
    if pa.types.is_date(given.type) or pa.types.is_timestamp(given.type):
        days = given.cast(pa.date32(), safe=False)
        whole = _true(pc.equal(days.cast(given.type), given))
        values = pc.fill_null(days.cast(pa.int32()), 0).to_numpy().astype(np.int64)
        return values, ~(whole & (values >= FIRST_DAY) & (values <= LAST_DAY))
    if not _is_text(given.type):
        return np.zeros(len(given), dtype=np.int64), np.ones(len(given), dtype=bool)
    encoded = given.dictionary_encode()
    numbers = np.array([*map(_day, encoded.dictionary.to_pylist()), FIRST_DAY - 1])
    values = numbers[pc.fill_null(encoded.indices, len(numbers) - 1).to_numpy()]
    return values, values < FIRST_DAY


def _day(text: str) -> int:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return FIRST_DAY - 1
    return day_number(day) if day.isoformat() == text else FIRST_DAY - 1


def _choices(given: Any, kind: inspect.LiteralType) -> tuple[Column, Flags]:
    words = _words(kind)
    codes = _codes(given, words)
    return WordColumn(codes, words), codes < 0


def _labels(given: Any, kind: inspect.StrType) -> tuple[Column, Flags]:
    if not _is_text(given.type):
        return pa.nulls(len(given), pa.string()), np.ones(len(given), dtype=bool)
    values = given.cast(pa.string())
    return values, _true(pc.greater(pc.utf8_length(values), kind.max_length or 0))


_READERS: dict[Any, Callable[[Any, Any], tuple[Column, Flags]]] = {
    inspect.FloatType: _numbers,
    inspect.BoolType: _truths,
    inspect.DateType: _days,
    inspect.LiteralType: _choices,
    inspect.StrType: _labels,
}
"""How each kind of field is read: the column, and where its values do not fit."""


def _codes(given: Any, words: Sequence[str]) -> Any:
    """Return the position of each text among words, -1 where it is none of them."""
    text = given.type.value_type if pa.types.is_dictionary(given.type) else given.type
    if not _is_text(text):
        return np.full(len(given), -1)
    found = pc.index_in(given, value_set=pa.array(words, text))
    return pc.fill_null(found, -1).to_numpy().astype(np.intp)


def _is_text(kind: Any) -> bool:
    types = pa.types
    return bool(types.is_string(kind) or types.is_large_string(kind))


def _is_number(kind: Any) -> bool:
    types = pa.types
    return bool(types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind))


def _true(flags: Any) -> Any:
    """Return where an array of truths holds; null is not."""
    return pc.fill_null(flags, False).to_numpy(zero_copy_only=False)


def _words(kind: Any) -> tuple[str, ...]:
    """Return the words of a field; none if it takes others."""
    return tuple(map(str, kind.values)) if isinstance(kind, inspect.LiteralType) else ()


# ---- what is refused


def _refused(service: Service, card: RateCard, workload: Any, bad: Flags) -> Iterator[Fault]:
    """Yield what the engine refuses, in rows whose values all fit: early days, then repetitions."""
    early = ~bad & (workload.price_date < card.first_day)
    if early.any():
        first = card.table.first
        yield _everywhere("price_date", early, wording.too_early(service.name, first, first))
        bad = bad | early
    for fields, remedy in sorted(service.exclusive):
        given = reduce(np.logical_and, (getattr(workload, field) > 0 for field in fields), ~bad)
        if given.any():
            for field in fields:
                yield _everywhere(field, given, wording.given_twice(field, fields, remedy))


def _everywhere(field: str, rows: Flags, detail: str) -> Fault:
    return Fault(field, rows, pa.repeat(detail, int(rows.sum())))


def _violations(faults: Sequence[Fault], rows: int) -> Any:
    """Return the violations of each row as a list, in the order in which faults were found."""
    if not faults:
        return pa.ListArray.from_arrays(
            pa.array(np.zeros(rows + 1, np.int32)), pa.array([], VIOLATIONS.value_type)
        )
    at = np.concatenate([np.flatnonzero(fault.rows) for fault in faults])
    fields = pa.concat_arrays([pa.repeat(one.field, len(one.details)) for one in faults])
    details = pa.concat_arrays([fault.details for fault in faults])
    order = pa.array(np.argsort(at, kind="stable"))
    ends = np.cumsum(np.bincount(at, minlength=rows))
    listed = pa.StructArray.from_arrays(
        [fields.take(order), details.take(order)], fields=list(VIOLATIONS.value_type)
    )
    return pa.ListArray.from_arrays(pa.array(np.append(0, ends).astype(np.int32)), listed)


# ---- columns out


def _answers(service: Service, card: RateCard, bills: Iterable[Bill]) -> dict[str, Any]:
    """Return the columns of the estimates of workloads that are not refused."""
    chunks = [_figures(bill) for bill in bills]
    choices = {f"capacity.{name}": _words(kind) for name, kind in _capacity(service)}
    choices |= {
        "worst_finding_status": verdicts.MET,
        "worst_finding": _rules(service, card),
    }
    figures = {name: np.concatenate([chunk[name] for chunk in chunks]) for name in chunks[0]}
    return {
        name: _coded(figure, choices[name])
        if choices.get(name)
        else pa.array(figure, from_pandas=True)
        for name, figure in figures.items()
    }


def _figures(bill: Bill) -> dict[str, Any]:
    """Return the columns of a bill; those of words as codes."""
    shape, lines = bill.workload.name.shape, bill.lines
    total, complete = rounding.totals(bill)
    severity, place, used = verdicts.worst(bill.checks)
    figures = {
        "monthly_cost": total,
        "complete": complete,
        "worst_finding_status": severity,
        "worst_finding": np.where(severity < 0, -1, place),
        "worst_finding_utilization": used,
    }
    for name, kind in _capacity(bill.service):
        figure = getattr(bill.capacity, name)
        figures[f"capacity.{name}"] = _recoded(figure, _words(kind)) if _words(kind) else figure
    costs: dict[str, Any] = {}
    listed = lines.cost if lines.list_cost is None else lines.list_cost
    for name, cost in zip(_cost_names(bill), rounding.money(listed), strict=True):
        costs[name] = rounding.money(costs[name] + cost) if name in costs else cost
    return {name: np.broadcast_to(one, shape) for name, one in (figures | costs).items()}


def _capacity(service: Service) -> Iterable[tuple[str, Any]]:
    return kinds(service.capacity_type).items()


def _cost_names(bill: Bill) -> list[str]:
    return [f"charges.{rate.name}.list_cost" for rate in bill.lines.rates]


@cache
def _rules(service: Service, card: RateCard) -> tuple[str, ...]:
    """Return the rules of the findings of a service, in the engine's order."""
    example = engine.columns(service.workload, [service.example])
    return engine.price(service, example, card).checks.rules


def _recoded(column: WordColumn, words: tuple[str, ...]) -> Any:
    """Return the codes of a column among the declared words."""
    return np.array([words.index(word) if word in words else -1 for word in column.words])[
        column.codes
    ]


def _coded(codes: Any, words: Sequence[str]) -> Any:
    """Return codes as a dictionary; -1 is null."""
    places = pa.array(codes.astype(np.int16), mask=codes < 0)
    return pa.DictionaryArray.from_arrays(places, pa.array(words, pa.string()))
