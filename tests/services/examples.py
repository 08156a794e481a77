"""Runs examples kept as data: workloads in, one figure of the answer out, at stated prices.

An example is ``{"id", "source", "workloads": [...], "figure", "expected", "tolerance"}``. The
figure is ``capacity.<field>``, ``quantity.<meter>``, ``cost.<meter>`` or ``monthly_cost``, summed
over the workloads, or ``finding.<rule>``, which tells whether it is ``over``, ``within``, or ``not
met`` by the first. ``prices`` gives the example's own, as ``{meter: price}``.
"""

from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from pricing import engine
from pricing.catalogue import packaged
from pricing.model import service as service_of
from pricing.rates import Choice
from tests.services.prices import card_at


def load(name: str) -> list[Any]:
    """Read the examples of a file beside this one, each with its id for pytest."""
    import pytest

    path = Path(__file__).with_name(name)
    return [
        pytest.param(example, id=f"{example['id']}:{example['figure']}")
        for example in msgspec.json.decode(path.read_bytes())
    ]


def figure(service_key: str, example: dict[str, Any]) -> Any:
    """Work out the figure of an example."""
    service = service_of(service_key)
    rows = msgspec.convert(example["workloads"], list[service.workload])
    own = {meter: [(0, price)] for meter, price in example.get("prices", {}).items()}
    card = card_at(service_key, own) if own else packaged().card(service_key)
    bill = engine.price(service, engine.columns(service.workload, rows), card)
    kind, _, name = example["figure"].partition(".")
    if kind == "capacity":
        column = getattr(bill.capacity, name)
        return column.tolist()[0] if isinstance(column, Choice) else float(np.sum(column))
    if kind == "finding":
        (check,) = [check for check in bill.checks if check.rule == name]
        met = np.ravel(check.applies)[0]
        return ("over" if check.over[0] else "within") if met else "not met"
    lines = [line for line in bill.lines if kind == "monthly_cost" or line.rate.name == name]
    part = "quantity" if kind == "quantity" else "cost"
    return float(sum(getattr(line, part).sum() for line in lines))
