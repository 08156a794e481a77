"""Batches: many workloads, of one service or of all."""

from functools import cache
from types import GenericAlias
from typing import Annotated, Any, Union

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from pricing.model import Service, registry
from pricing.quantities import about
from service.requests import bought

MOST_WORKLOADS = 100_000
SIZE = Meta(min_length=1, max_length=MOST_WORKLOADS)


@cache
def of_service(service: Service) -> type[Struct]:
    """Make the batch of a service, once."""
    rows = GenericAlias(list, service.workload)
    batch = msgspec.defstruct(
        f"{service.prefix}Batch",
        [("workloads", Annotated[rows, SIZE])],
        frozen=True,
        forbid_unknown_fields=True,
    )
    batch.__doc__ = f"{service.name} workloads, priced as independent alternatives."
    return batch


@cache
def of_portfolio() -> type[Struct]:
    """Make the batch of a portfolio, once: a union of all services, tagged by ``service``."""
    rows: Any = GenericAlias(list, Union[tuple(members())])  # noqa: UP007
    free_tier = Annotated[bool, about("Take AWS's free allowances off, once for the account.")]
    batch = msgspec.defstruct(
        "PortfolioBatch",
        [
            ("workloads", Annotated[rows, SIZE]),
            ("free_tier", free_tier, False),
            ("commitments", bought.Commitments | UnsetType, UNSET),
        ],
        frozen=True,
        forbid_unknown_fields=True,
    )
    batch.__doc__ = "Workloads of mixed services on one bill."
    return batch


@cache
def members() -> dict[type[Struct], Service]:
    """Make the workloads of a portfolio, once, each with the service that its tag names."""
    return {_member(service): service for service in registry().values()}


def _member(service: Service) -> type[Struct]:
    member = msgspec.defstruct(
        f"Portfolio{service.workload.__name__}",
        [],
        bases=(service.workload,),
        tag_field="service",
        tag=service.key,
        frozen=True,
        kw_only=True,
        forbid_unknown_fields=True,
    )
    member.__doc__ = service.workload.__doc__
    return member
