"""What Amazon RDS and Aurora bill beside instances, with the packaged numbers."""

from types import SimpleNamespace

import numpy as np
import pytest

from pricing import tables
from pricing.kit import database_options
from pricing.rates import Rules, WordColumn

RULES = Rules(
    {},
    **{
        name: rule.value for name, rule in tables.load("database_options").description.rules.items()
    },
)


@pytest.mark.parametrize(("vcpus", "billed"), [(1, 2), (2, 2), (8, 8)])
def test_a_proxy_bills_at_least_two_vcpus(vcpus: int, billed: int) -> None:
    """RDS Proxy bills the vCPUs of an instance, and two for an instance with one."""
    assert database_options.proxy_vcpus(vcpus, RULES) == billed


@pytest.mark.parametrize(
    ("mode", "months", "billed"),
    [
        ("standard", 0, [0, 0, 0]),
        ("standard", 24, [4, 92, 0]),
        ("advanced", 24, [0, 0, 2920]),
    ],
)
def test_the_advanced_mode_includes_retention(mode: str, months: int, billed: list[int]) -> None:
    """Seven days are free, months are billed in the standard mode, hours in the advanced one."""
    w = SimpleNamespace(
        database_insights=WordColumn(np.array(0), (mode,)),
        insights_retention_months=months,
        hours_per_month=730,
    )
    charges = database_options.insights_charges("", np.array(4), w)
    assert [float(charge.quantity) for charge in charges] == billed
