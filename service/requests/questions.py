"""Requests for the alternatives of a question: one row of needs, or many; and a sweep of one."""

from functools import cache
from types import GenericAlias
from typing import Annotated, Any, Union

import msgspec
from msgspec import Meta, Struct

from pricing.question import Question
from service.problems import Violation
from service.requests import comparisons
from service.requests.comparisons import SweepRequest

MOST_NEEDS = 10_000
"""Rows of needs in one call; each is priced and viewed once for each alternative."""


class Types(Struct, frozen=True):
    """The wire types of one question."""

    query: type[Struct]
    request: type[Struct]


@cache
def types(question: Question) -> Types:
    """Make the wire types of a question, once."""
    swept = Annotated[
        str,
        Meta(
            max_length=200,
            examples=[f"{question.swept}:1:1000"],
            pattern=comparisons.SWEEP,
            description="A number of the needs to sweep, as `field:start:stop`, `…:points` and"
            f" `…:log`. The alternatives change their order along `{question.swept}`.",
        ),
    ]
    query = msgspec.defstruct(
        f"{question.prefix}ParametersQuery",
        [("sweep", swept, "")],
        bases=(question.workload,),
        frozen=True,
        kw_only=True,
        forbid_unknown_fields=True,
    )
    rows: Any = GenericAlias(list, question.workload)
    request = msgspec.defstruct(
        f"{question.prefix}NeedsBatch",
        [
            ("needs", Annotated[rows, Meta(min_length=1, max_length=MOST_NEEDS)]),
            ("sweep", Union[SweepRequest, None], None),  # noqa: UP007
        ],
        frozen=True,
        forbid_unknown_fields=True,
    )
    request.__doc__ = f"{question.name}: rows of needs; with a sweep, only one of them."
    return Types(query, request)


def from_query(question: Question, query: Any) -> dict[str, Any]:
    """Convert query parameters into the members of a request; those of the sweep stay text."""
    needs = {name: getattr(query, name) for name in question.workload.__struct_fields__}
    return {"needs": [msgspec.to_builtins(needs)], "sweep": comparisons.sweep_members(query.sweep)}


def faults(question: Question, request: Any) -> list[Violation]:
    """List what is wrong with a request beyond the bounds of its fields."""
    if not request.sweep:
        return []
    found = comparisons.sweep_faults(question, request.sweep, {})
    if len(request.needs) > 1:
        message = f"is of one row of needs at a time; {len(request.needs):,} rows are sent"
        found.append(Violation(message, pointer="/sweep"))
    return found
