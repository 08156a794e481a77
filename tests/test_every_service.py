"""Laws that every service keeps, applied by registration."""

from dataclasses import replace
from fractions import Fraction
from itertools import chain
from types import SimpleNamespace
from typing import Annotated, Any

import msgspec
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from msgspec import Meta, inspect

from pricing import capabilities, engine, model, portfolio
from pricing.catalogue import packaged
from pricing.errors import GivenTwice, GivenTwiceError, ServiceError, UnknownServiceError
from pricing.model import (
    Exclusive,
    Hourly,
    Intake,
    Service,
    WorkloadFields,
    kinds,
    registry,
    service,
)
from pricing.rates import WordColumn
from service.answers import estimates
from tests import strategies
from tests.bench.workloads import every_field
from tests.oracle import exact

EVERY = pytest.mark.parametrize("service", registry().values(), ids=registry())


def costs(bill: engine.Bill) -> np.ndarray[Any, Any]:
    """Return the known costs [line, workload]; an unpriced line counts as nothing here."""
    return np.array([np.where(line.unpriced, 0, line.cost) for line in bill.lines], dtype=float)


@EVERY
@given(data=st.data())
def test_estimates_are_finite_and_not_negative(service: Service, data: st.DataObject) -> None:
    """Quantities are finite and ≥ 0; costs too, unless unpriced; a quantity of zero costs zero."""
    bill = engine.estimate(service, data.draw(strategies.batches(service)))
    for line in bill.lines:
        assert np.isfinite(line.quantity).all()
        assert (line.quantity >= 0).all()
        assert (line.unpriced | (line.cost >= 0)).all()
        assert (line.cost[line.quantity == 0] == 0).all()
    for check in bill.checks:
        assert check.fact or np.isfinite(check.value[check.applies]).all()
        assert check.fact or (check.limit[check.applies] > 0).all()


@EVERY
def test_unknown_numbers_of_a_capacity_may_be_null(service: Service) -> None:
    """A number of the capacity that is unknown for some workload is declared to be null there."""
    bill = engine.price(service, every_field(service, 5_000), packaged().card(service.key))
    numbers = {
        name: getattr(bill.capacity, name)
        for name, kind in kinds(service.capacity_type).items()
        if isinstance(kind, inspect.FloatType)
    }
    assert [name for name, column in numbers.items() if np.isnan(column).any()] == []


@EVERY
@given(data=st.data())
def test_float_agrees_with_exact_fractions(service: Service, data: st.DataObject) -> None:
    """Floats stay within 1e-9 of exact arithmetic, and no stray float is in the formulas.

    A share that is nearly nothing is the difference of two numbers that are nearly alike.
    """
    rows = data.draw(strategies.batches(service))
    floats, fractions = engine.estimate(service, rows), exact(service, rows)
    for rough, sharp in zip(floats.lines, fractions.lines, strict=True):
        kinds = {type(quantity) for quantity in sharp.quantity.tolist()}
        assert kinds <= {int, Fraction}, f"{sharp.rate.name} holds a float literal"
        np.testing.assert_allclose(rough.quantity, sharp.quantity.astype(float), rtol=1e-9)
        np.testing.assert_allclose(rough.cost, sharp.cost.astype(float), rtol=1e-9)
    for rough_check, sharp_check in zip(floats.checks, fractions.checks, strict=True):
        np.testing.assert_allclose(
            rough_check.value,
            sharp_check.value.astype(float),
            rtol=1e-9,
            atol=1e-12,
            err_msg=rough_check.rule,
        )


@EVERY
@given(data=st.data())
def test_a_batch_is_its_rows_one_by_one(service: Service, data: st.DataObject) -> None:
    """Rows do not touch each other, whatever Regions and days they mix, and keep their order."""
    rows = data.draw(strategies.batches(service, least=2))
    together = estimates.estimates(engine.estimate(service, rows))
    alone = [estimates.estimates(engine.estimate(service, [row]))[0] for row in rows]
    assert together == alone
    assert [estimate.name for estimate in together] == [row.name for row in rows]


@EVERY
def test_a_batch_in_parts_is_the_batch_at_once(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch that is priced some rows at a time has the bill that it has at once."""
    rows = [service.example] * 5
    whole = engine.estimate(service, rows)
    monkeypatch.setattr(engine, "CELLS", 2)
    in_parts = engine.estimate(service, rows)
    np.testing.assert_array_equal(costs(in_parts), costs(whole))


@EVERY
@given(data=st.data())
def test_estimates_are_deterministic(service: Service, data: st.DataObject) -> None:
    """The same question gives the same bytes."""
    rows = data.draw(strategies.batches(service, most=3))
    first, second = (
        msgspec.json.encode(estimates.estimates(engine.estimate(service, rows))) for _ in range(2)
    )
    assert first == second


@EVERY
@given(data=st.data())
def test_no_bill_falls_as_demand_rises(service: Service, data: st.DataObject) -> None:
    """In every load field, more demand never costs less, where all of it has a price."""
    row, other = data.draw(strategies.workloads(service)), data.draw(strategies.workloads(service))
    sold = st.sampled_from(packaged().table(service.key).regions)
    region = data.draw(st.one_of(st.just("us-east-1"), sold))
    row = msgspec.structs.replace(row, region=region)
    steps = [
        [msgspec.structs.replace(row, **{field: value}) for value in sorted(values)]
        for field in service.loads
        for values in [(getattr(row, field), getattr(other, field))]
    ]
    steps = [step for step in steps if strategies.is_said_once(service, step[1])]
    less, more = engine.estimate(service, list(chain(*steps))).cost.reshape(-1, 2).T
    priced = ~np.isnan(less + more)
    assume(priced.any())
    fell = priced & (more < less * (1 - 1e-9))
    assert not [steps[place] for place in np.flatnonzero(fell)]


@EVERY
def test_what_is_given_twice_is_refused(service: Service) -> None:
    """Of each set of exclusive numbers, all but one may be given; a batch with all is refused."""
    for fields, remedy in service.exclusive:
        nothing = dict.fromkeys(chain(*(one.fields for one in service.exclusive)), 0.0)
        row = msgspec.structs.replace(service.example, **nothing)
        for left_out in fields:
            some = dict.fromkeys(set(fields) - {left_out}, 1.0)
            assert engine.estimate(service, [msgspec.structs.replace(row, **some)])
        both = msgspec.structs.replace(row, **dict.fromkeys(fields, 1.0))
        with pytest.raises(GivenTwiceError) as caught:
            engine.estimate(service, [row, both])
        assert GivenTwice(1, fields, remedy) in caught.value.found
        with pytest.raises(GivenTwiceError) as caught:
            portfolio.estimate([service] * 2, [row, both])
        assert GivenTwice(1, fields, remedy) in caught.value.found


@EVERY
@given(data=st.data())
def test_formulas_hold_over_further_axes(service: Service, data: st.DataObject) -> None:
    """(workload, month) columns give each month what (workload,) gives."""
    rows = data.draw(strategies.batches(service, most=3))
    columns = engine.columns(service.workload, rows)
    months = {name: _repeated(part) for name, part in msgspec.structs.asdict(columns).items()}
    card = packaged().card(service.key)
    flat = engine.price(service, columns, card)
    wide = engine.price(service, service.workload(**months), card)
    for one, many in zip(flat.lines, wide.lines, strict=True):
        assert many.cost.shape == (len(rows), 3)
        np.testing.assert_array_equal(many.cost, np.repeat(one.cost[:, np.newaxis], 3, axis=1))
    for one_check, many_check in zip(flat.checks, wide.checks, strict=True):
        expected = np.repeat(one_check.value[:, np.newaxis], 3, axis=1)
        np.testing.assert_array_equal(many_check.value, expected, err_msg=many_check.rule)


def _repeated(column: Any) -> Any:
    if isinstance(column, WordColumn):
        return WordColumn(_repeated(column.codes), column.words)
    if isinstance(column, np.ndarray):
        return np.repeat(column[:, np.newaxis], 3, axis=1)
    return column


@EVERY
@given(data=st.data())
def test_the_total_is_the_sum_of_its_rounded_lines(service: Service, data: st.DataObject) -> None:
    """A spreadsheet's SUM over the lines agrees with the total to the micro-dollar."""
    rows = data.draw(strategies.batches(service, most=3))
    for estimate in estimates.estimates(engine.estimate(service, rows)):
        lines = [line.list_cost for line in estimate.charges]
        assert estimate.complete == (None not in lines)
        known = sum(cost for cost in lines if cost is not None)
        assert estimate.monthly_cost == pytest.approx(known, abs=1e-6, rel=1e-15)


@EVERY
def test_every_region_prices_the_example(service: Service) -> None:
    """The example workload has a price in each Region in which the service is sold."""
    sold = packaged().table(service.key).regions
    rows = [msgspec.structs.replace(service.example, region=code) for code in sold]
    assert "us-east-1" in sold
    assert all(
        estimate.complete for estimate in estimates.estimates(engine.estimate(service, rows))
    )


@EVERY
def test_loads_and_meters_exist(service: Service) -> None:
    """Each load is a field; each meter of the table is charged by the module, and each charged
    meter is in the table; each quota is found by the module.
    """
    bill = engine.estimate(service, [service.example])
    assert set(service.loads) <= set(service.workload.__struct_fields__)
    described = bill.card.table.description
    assert {line.rate.name for line in bill.lines} == set(described.meters)
    assert {check.rule for check in bill.checks} == set(described.quotas)
    assert len(bill.checks) == len(described.quotas)
    assert set(described.assumptions) <= set(service.workload.__struct_fields__)


@EVERY
def test_a_bill_counts_its_lines_and_findings(service: Service) -> None:
    """Lines and findings are sequences: their length is that of what they give one by one."""
    bill = engine.estimate(service, [service.example])
    for listed in (bill.lines, bill.checks):
        assert len(listed) == len(list(listed))


@EVERY
def test_every_number_is_bounded_and_described(service: Service) -> None:
    """Every field says what it means; every number has bounds and a unit."""
    schema = msgspec.json.schema(service.workload)["$defs"][service.workload.__name__]
    for name, field in schema["properties"].items():
        assert field.get("description"), name
        if field.get("type") == "number":
            assert {"minimum", "maximum", "x-unit"} <= set(field), name


@EVERY
def test_a_service_says_what_it_can_do(service: Service) -> None:
    """Its capabilities stand beside its tables: it has candidates, or says why it has none."""
    described = capabilities.descriptions()
    assert service.key in described, f"write tables/{service.key}{capabilities.SUFFIX}"


def test_a_name_is_of_one_kind() -> None:
    """A column of a portfolio means one kind of value, whichever service a row is of."""
    found = {
        (name, type(kind))
        for service in registry().values()
        for name, kind in kinds(service.workload).items()
    }
    names = [name for name, _ in found]
    assert sorted(names) == sorted(set(names))


def test_a_bill_has_a_name_of_its_own_for_some() -> None:
    """What a bill calls otherwise than its pages do is called so; the rest keeps its name."""
    assert service("rds").bill_name == "Amazon Relational Database Service"
    assert service("athena").bill_name == service("athena").name == "Amazon Athena"


def test_an_unknown_service_is_named() -> None:
    """Asking for a service there is not tells which there are."""
    known = ", ".join(registry())
    with pytest.raises(UnknownServiceError, match=f"there is no service 'nope'; known: {known}"):
        service("nope")


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("simple queue service", "did you mean sqs"),
        (
            "Elastic File System",
            "'Elastic File System' is Amazon Elastic File System, which is not",
        ),
    ],
)
def test_a_service_by_another_name_is_named(key: str, said: str) -> None:
    """A product of AWS leads to its service, or is told not to be covered."""
    with pytest.raises(UnknownServiceError, match=said):
        service(key)


class Sized(WorkloadFields, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A workload whose name does not end as it should, and that knows no day."""

    size_gb: Annotated[float, Meta(ge=0, le=1e6)] = 0.0


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"key": "other"}, "its key is 'other'; name it after its module"),
    ({"loads": ("name",)}, r"its loads \['name'\] are not numbers of the workload; name others"),
    ({"loads": ("monthly_restored_gb",)}, "its example sets none of its loads .*; set one"),
    ({"compared": "mode"}, "it compares 'mode', which is no field of the workload; name one"),
    (
        {"takes": {"s3": Intake("point_in_time_recovery", "events")}},
        "it takes .*, whose fields are not those of the workload; name others",
    ),
    (
        {"hourly": Hourly(varies=("price_date",))},
        r"its curve multiplies \['price_date'\], which are none of its loads; name others",
    ),
    ({"hourly": None}, "it says how it goes through hours, or why they change nothing: one"),
    ({"steady": "It stands."}, "it says how it goes through hours, or why they change nothing"),
    ({"swept": "region"}, "it sweeps 'region', which is no number of the workload; name one"),
    ({"exclusive": (Exclusive(("name",), ""),)}, r"it excludes \['name'\], which are not numbers"),
    (
        {"exclusive": (Exclusive(("item_bytes", "writes_per_second"), ""),)},
        r"its example gives \['item_bytes', 'writes_per_second'\] together",
    ),
    (
        {"workload": Sized, "loads": ("size_gb",), "example": Sized(region="us-east-1")},
        "its workload is Sized; let the name end in Workload; its workload has no price_date",
    ),
]


@pytest.mark.parametrize(("change", "said"), WRONG)
def test_a_wrong_service_stops_the_start_with_its_name(
    monkeypatch: pytest.MonkeyPatch, change: dict[str, Any], said: str
) -> None:
    """A record that does not fit together is refused: what is wrong, where, and the remedy."""
    module = SimpleNamespace(SERVICE=replace(service("dynamodb"), **change))
    monkeypatch.setattr(model, "iter_modules", lambda _: [SimpleNamespace(name="dynamodb")])
    monkeypatch.setattr(model, "import_module", lambda _: module)
    registry.cache_clear()
    try:
        with pytest.raises(ServiceError, match=f"service dynamodb: .*{said}"):
            registry()
    finally:
        registry.cache_clear()


def test_the_common_fields_come_first() -> None:
    """Every workload starts with name, group, region and hours."""
    for one in registry().values():
        first = one.workload.__struct_fields__[: len(WorkloadFields.__struct_fields__)]
        assert first == WorkloadFields.__struct_fields__
