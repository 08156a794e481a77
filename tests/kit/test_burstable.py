"""Burstable classes of databases, with the packaged numbers."""

from types import SimpleNamespace

import pytest

from pricing import tables
from pricing.kit import burstable
from pricing.rates import ByWord, Rules, WordColumn

DESCRIBED = tables.load("burstable").description.rules
CLASSES = tuple(DESCRIBED["baseline_cpu_fraction"].values)
RULES = Rules(
    {},
    vcpus=ByWord(dict.fromkeys(CLASSES, 2.0)),
    **{name: ByWord(rule.values) for name, rule in DESCRIBED.items()},
)


@pytest.mark.parametrize(
    ("name", "expected"), [("db.t3.medium", 1.2), ("db.t4g.large", 1.0), ("db.t2.medium", 0.0)]
)
def test_load_above_the_baseline_takes_credits(name: str, expected: float) -> None:
    """At 80 percent of two vCPUs, T3 and T4g take credits above their baseline, T2 takes none."""
    w = SimpleNamespace(required_vcpus=0.0, mean_cpu_fraction=0.8)
    column = WordColumn([CLASSES.index(name)], CLASSES)
    taken = burstable.cpu_credit_vcpus(w, column, RULES)
    assert taken == pytest.approx([expected])
