"""What an answer says of the overlay whose prices it has: its name, and totals of both kinds."""

from typing import Annotated, Any, Literal

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from pricing.quantities import about
from pricing.rates import Overlay
from pricing.rounding import money
from service.formats.table import Table


class AppliedOverlay(Struct, frozen=True, omit_defaults=True):
    """The operator's own prices and discounts, by which costs are contracted costs."""

    name: Annotated[str, about("What the operator calls it.")]
    version: Annotated[str, about("Its version, as the operator counts them.")]
    cost_basis: Annotated[
        Literal["contracted"], about("What totals and differences of cost are worked out from.")
    ]
    currency: Annotated[str, about("The currency in which the operator shows costs.")]
    rate: Annotated[float, about("Units of that currency for one USD.")]
    monthly_cost: Annotated[
        float | UnsetType, about("The same as the answer's `monthly_cost`, in that currency.")
    ] = UNSET


OVERLAY = Annotated[
    AppliedOverlay | UnsetType,
    about("Where the operator has own prices: whose they are. Costs are then contracted costs."),
]
LIST_COST = Annotated[
    float | UnsetType, about("With an overlay: the same workloads at list prices [USD].")
]

COST_BASIS = Annotated[
    Literal["contracted"] | UnsetType, about("With an overlay: costs are by its prices.")
]
NAMED = Annotated[str | UnsetType, about("With an overlay: its name and version.")]


def applied(overlay: Overlay | None, monthly_cost: float | None = None) -> Any:
    """Return what an answer says of an overlay: nothing where there is none."""
    if overlay is None:
        return UNSET
    shown = UNSET if monthly_cost is None else presented(overlay, monthly_cost)
    return AppliedOverlay(
        overlay.name, overlay.version, "contracted", overlay.currency, overlay.rate, shown
    )


def presented(overlay: Overlay | None, cost: Any) -> Any:
    """Return a cost [USD] in the currency of an overlay; None stays None."""
    if overlay is None or overlay.rate == 1 or cost is None:
        return cost
    return float(money(cost * overlay.rate))


def marked(table: Table, overlay: Overlay) -> Table:
    """Return a table with what its costs are worked out from, where it has any."""
    if "overlay" in table.columns or not any("cost" in name for name in table.columns):
        return table
    count = len(next(iter(table.columns.values())))
    own = {"cost_basis": ["contracted"] * count, "overlay": [named(overlay)] * count}
    return replace(table, columns=table.columns | own)


def named(overlay: Overlay) -> str:
    """Return the name and the version of an overlay, as lines and columns give it."""
    return f"{overlay.name} {overlay.version}"
