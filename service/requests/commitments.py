"""Requests for commitments: workloads on one bill, and what the planner prefers."""

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import islice
from typing import Annotated, Any

import msgspec
import numpy as np
from msgspec import Meta, Struct

from pricing.portfolio import PortfolioPart
from pricing.units import HOURS_PER_MONTH
from service import problems
from service.problems import Violation
from service.requests import batches

DiscountRate = Annotated[
    float,
    Meta(ge=0, le=1, description="What money costs you in a year; 0.08 is 8 percent."),
]
LowerDemand = Annotated[
    float,
    Meta(ge=0, le=1, description="By how much demand may turn out lower, for the regret."),
]
LongestTerm = Annotated[
    float,
    Meta(ge=1, le=3, multiple_of=1, description="Longer commitments are listed, not chosen."),
]


@cache
def of_portfolio() -> type[Struct]:
    """Make the request for the commitments of a portfolio, once."""
    (workloads, free_tier, commitments) = msgspec.structs.fields(batches.of_portfolio())
    request = msgspec.defstruct(
        "PortfolioCommitmentsRequest",
        [
            ("workloads", workloads.type),
            ("free_tier", free_tier.type, False),
            ("commitments", commitments.type, commitments.default),
            ("discount_rate", DiscountRate, 0.0),
            ("lower_demand_fraction", LowerDemand, 0.2),
            ("longest_term_years", LongestTerm, 3.0),
        ],
        frozen=True,
        kw_only=True,
        forbid_unknown_fields=True,
    )
    request.__doc__ = "Workloads of mixed services on one bill, to find what to commit to."
    return request


def faults(parts: Sequence[PortfolioPart]) -> list[Violation]:
    """List the workloads whose months have other hours, up to one more than are listed."""
    return list(islice(_hours(parts), problems.MOST + 1))


def _hours(parts: Sequence[PortfolioPart]) -> Iterator[Violation]:
    """Yield each workload whose month is not the twelfth of a year: a commitment is billed then."""
    wrong: list[Any] = [
        part.rows[part.workload.hours_per_month != HOURS_PER_MONTH] for part in parts
    ]
    for row in np.sort(np.concatenate(wrong)).tolist():
        message = f"a commitment is billed in every hour of a year; send {HOURS_PER_MONTH}"
        yield Violation(message, pointer=f"/workloads/{row}/hours_per_month")
