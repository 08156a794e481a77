"""What the bills of alternatives say, by the alternative that owns each workload.

A comparison and a question price the workloads of several alternatives together; an alternative
may own several of them, of several services.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from pricing.arrays import Flags, Numbers, Places
from pricing.comparison import Owned
from pricing.rounding import totals
from service.answers.estimates import charge_cells

Texts = dict[int, list[str]]
"""The texts of each owner that has some."""


def costs(parts: Iterable[Owned], count: int) -> tuple[Numbers, Flags]:
    """Return the cost of each of ``count`` owners [USD], and whether it is complete."""
    cost, complete = np.zeros(count), np.ones(count, dtype=bool)
    for part in parts:
        own, whole = totals(part.bill)
        cost += np.bincount(part.owner, own, count)
        np.logical_and.at(complete, part.owner, whole)
    return cost, complete


def exceeded(parts: Iterable[Owned], *, but_adjustable: bool = False) -> Texts:
    """Return the rules that owners exceed, with or without the quotas that AWS raises."""
    return _rules((part, _of_quotas(part, (not but_adjustable, True))) for part in parts)


def to_raise(parts: Iterable[Owned]) -> Texts:
    """Return the quotas that owners exceed and AWS raises on request."""
    return _rules((part, _of_quotas(part, (True, False))) for part in parts)


def _of_quotas(part: Owned, wanted: tuple[bool, bool]) -> Flags:
    """Return where findings are exceeded, of the adjustable ones, of the others, or of both."""
    checks = part.bill.checks
    kept = np.array([wanted[0 if quota.adjustable else 1] for quota in checks.quotas], dtype=bool)
    return checks.exceeded & kept[:, np.newaxis]


def joined(first: Texts, second: Texts) -> Texts:
    """Return the texts of both for each owner."""
    return {owner: first.get(owner, []) + second.get(owner, []) for owner in {**first, **second}}


def attention(parts: Iterable[Owned]) -> Texts:
    """Return the rules that need attention, each once for an owner."""
    told = _rules((part, part.bill.checks.told) for part in parts)
    return {owner: list(dict.fromkeys(rules)) for owner, rules in told.items()}


def unpriced(parts: Iterable[Owned]) -> Texts:
    """Return why charges have no price."""
    found: Texts = {}
    for part in parts:
        rows, lines = np.nonzero(part.bill.lines.unpriced.T)
        _file(found, part.owner[rows], charge_cells(part.bill, lines, rows)["note"])
    return found


def _rules(flagged: Iterable[tuple[Owned, Flags]]) -> Texts:
    """Return the rules that are flagged [finding, row], by owner."""
    found: Texts = {}
    for part, flags in flagged:
        rows, checks = np.nonzero(flags.T)
        rules = [part.bill.checks.rules[check] for check in checks.tolist()]
        _file(found, part.owner[rows], rules)
    return found


def _file(found: Texts, owners: Places, texts: Sequence[str]) -> None:
    """Add each text to the list of its owner."""
    for owner, text in zip(owners.tolist(), texts, strict=True):
        found.setdefault(owner, []).append(text)
