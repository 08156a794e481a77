"""Worked examples kept as data, in ``<service>_examples.toml`` beside this module.

An example reads as a person would tell it: its name, its source, the workloads that are given, and
what is expected of them. ``grade`` is A for AWS's own words and B for a dated secondary source, as
in the tables, and C for what follows from prices. ``prices`` are those that the example states;
without them it is tested at the packaged prices. An expected figure is a number with its unit, and
with ``±`` how far off it may be:

    "cost.shard_hours" = "43.8 USD ± 0.005"

=================== ===========================================================================
figure              meaning, over all workloads of the example
=================== ===========================================================================
monthly_cost        the whole cost [USD a month], or ``unpriced`` where a charge has no price
cost.<meter>        the cost of a meter, or of one variant of it as ``cost.<meter>/<variant>``
quantity.<meter>    the quantity of it that is priced, in the meter's unit
capacity.<field>    a number of the capacity in its declared unit (none for a count), or a word
finding.<rule>      ``exceeded``, ``attention``, ``within`` the limit, or ``none`` where it does
                    not apply
=================== ===========================================================================
"""

import re
import tomllib
from pathlib import Path
from typing import Any, Literal

import msgspec
import numpy as np
import pytest

from pricing import engine
from pricing.account import Account
from pricing.catalogue import packaged
from pricing.engine import Bill, Check
from pricing.model import service as service_of
from pricing.rates import RateCard, WordColumn
from tests.services.prices import Tiers, card_at

EXACT = 1e-9
"""How far a figure without ``±`` may be off, for the digits of a float."""
FIGURE = re.compile(r"(?P<number>-?[\d,]+(\.\d+)?)( (?P<unit>[^±]+?))?( ± (?P<off>[\d.e-]+))?")


class Example(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One worked example, as it is written."""

    name: str
    source: str
    grade: Literal["A", "B", "C"]
    given: list[dict[str, Any]]
    """Workloads of the service."""
    expected: dict[str, str]
    prices: dict[str, str | dict[str, str]] = {}
    """By meter: a price such as ``0.023 USD/GB-Months``, or the price from each quantity on."""
    one_account: bool = False
    """Whether the workloads share the tiers and free quantities of one account."""
    free_tier: bool = False
    """Whether AWS's free allowances are taken off that account."""
    note: str = ""


def load(service: str) -> list[Any]:
    """Return the examples of a service as parameters of a test, each under its name."""
    path = Path(__file__).with_name(f"{service}_examples.toml")
    written = tomllib.loads(path.read_text("utf-8"))["example"]
    examples = msgspec.convert(written, list[Example])
    assert len({example.name for example in examples}) == len(examples), "a name occurs twice"
    return [pytest.param(example, id=example.name) for example in examples]


def stated(example: Example) -> dict[str, Any]:
    """Return each expected figure: its number, near enough, and its unit; or its word."""
    return {figure: _read(text) for figure, text in example.expected.items()}


def found(service: str, example: Example) -> dict[str, Any]:
    """Return each of these figures as the service computes it."""
    priced = bill(service, example)
    return {figure: _figure(priced, figure) for figure in example.expected}


def _read(text: str) -> Any:
    parts = FIGURE.fullmatch(text)
    if parts is None:
        return text
    number, off = parts["number"].replace(",", ""), parts["off"] or EXACT
    return pytest.approx(float(number), abs=float(off), rel=0), parts["unit"] or ""


def bill(service: str, example: Example) -> Bill:
    """Price what is given, at the prices of the example or else at the packaged ones."""
    kind = service_of(service)
    rows = msgspec.convert(example.given, list[kind.workload])
    priced = engine.price(kind, engine.columns(kind.workload, rows), _card(service, example))
    if not example.one_account:
        return priced
    account = Account(free_tier=example.free_tier)
    account.count(priced)
    return account.settle(priced)


def _card(service: str, example: Example) -> RateCard:
    card = packaged().card(service)
    if not example.prices:
        return card
    own = {
        meter: _tiers(price, card.rates[meter.partition("/")[0]].meter.unit)
        for meter, price in example.prices.items()
    }
    return card_at(service, own)


def _tiers(price: str | dict[str, str], unit: str) -> Tiers:
    """Return tier starts and prices, which must be in USD for the meter's unit."""
    tiers = {"0": price} if isinstance(price, str) else price
    assert all(text.endswith(f" USD/{unit}") for text in tiers.values()), (tiers, unit)
    return [(float(start), text.partition(" ")[0]) for start, text in tiers.items()]


def _figure(priced: Bill, figure: str) -> Any:
    kind, _, name = figure.partition(".")
    match kind:
        case "capacity":
            return _capacity(priced, name)
        case "finding":
            return _status(next(check for check in priced.checks if check.rule == name))
        case "quantity":
            unit = priced.card.rates[name.partition("/")[0]].meter.unit
            return _total(priced, name, "billable"), unit
        case "cost":
            cost = _total(priced, name, "cost")
        case "monthly_cost":
            cost = float(np.sum(priced.cost))
        case _:
            raise ValueError(f"no such figure: {figure}")
    return "unpriced" if np.isnan(cost) else (cost, "USD")


def _total(priced: Bill, path: str, part: str) -> float:
    """Add up the quantities or costs of a meter, or of one variant of it."""
    name, _, variant = path.partition("/")
    rate = priced.card.rates[name]
    variants = [rate.variants.index(variant)] if variant else range(len(rate.variants) + 1)
    lines = [line for line in priced.lines if line.rate.name == name]
    return float(sum(getattr(line, part)[np.isin(line.variant, variants)].sum() for line in lines))


def _capacity(priced: Bill, field: str) -> Any:
    column = getattr(priced.capacity, field)
    if isinstance(column, WordColumn):
        return column.tolist()[0]
    kind = type(priced.capacity)
    unit = msgspec.json.schema(kind)["$defs"][kind.__name__]["properties"][field]["x-unit"]
    return float(np.sum(column)), "" if unit == "1" else unit


def _status(check: Check) -> str:
    if not check.applies.any():
        return "none"
    if check.exceeded.any():
        return "exceeded"
    return "attention" if (check.applies & check.over).any() else "within"
