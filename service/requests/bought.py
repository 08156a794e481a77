"""Commitments that are bought already, as a request names them: as answers name what to buy."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from pricing import offers, wording
from pricing.bought import Bought, Reserved
from pricing.catalogue import Catalogue
from pricing.model import registry
from pricing.offers import Cell, Offer
from pricing.quantities import Region, about
from service.problems import Violation

OwnPrice = Annotated[
    Annotated[float, Meta(ge=0, le=1e9)] | UnsetType,
    about("What one was bought for, at its start or in each hour [USD]; else the list price."),
]
Ends = Annotated[
    Annotated[str, Meta(pattern=r"^(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])$", examples=["2027-03"])]
    | UnsetType,
    about("With `start` only: the first month in which it is over, as 2027-03."),
]


class BoughtReservationRequest(
    Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="reservation"
):
    """Reservations of one kind."""

    sku_id: Annotated[
        str, Meta(max_length=200), about("What is covered: service, meter and variant.")
    ]
    region: Annotated[Region, about("Where it was bought.")]
    term_years: Annotated[Literal[1, 3], about("The years that it is for.")]
    payment: Annotated[
        Literal["no-upfront", "partial-upfront", "all-upfront"],
        about("How much of it was paid when it was bought."),
    ]
    committed: Annotated[
        float, Meta(ge=0.001, le=1e9), about("How many; of DynamoDB, capacity units.")
    ]
    upfront_price: OwnPrice = UNSET
    hourly_price: OwnPrice = UNSET
    ends: Ends = UNSET


class BoughtSavingsPlanRequest(
    Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="database_savings_plan"
):
    """A Database Savings Plan."""

    committed: Annotated[float, Meta(ge=0.001, le=1e6), about("USD an hour.")]
    ends: Ends = UNSET


MOST = 1000
"""Commitments of a request."""
Commitments = Annotated[
    list[BoughtReservationRequest | BoughtSavingsPlanRequest],
    Meta(max_length=MOST),
    about(
        "Commitments that are bought already: they cover use first, and are billed, used or not."
    ),
]
Given = Sequence[BoughtReservationRequest | BoughtSavingsPlanRequest] | UnsetType


def faults(given: Given, prices: Catalogue, *, end: bool = False) -> Iterator[Violation]:
    """Yield what is wrong with commitments beyond the bounds of their fields.

    ``end`` tells whether months are asked about, so that a commitment may end.
    """
    speller = wording.Speller()
    for index, one in enumerate(given or ()):
        if one.ends is not UNSET and not end:
            message = "has a meaning where months are asked for by start; leave it out"
            yield Violation(message, pointer=f"/commitments/{index}/ends")
        if isinstance(one, BoughtReservationRequest):
            for member, message in _faults(one, prices, speller):
                yield Violation(message, pointer=f"/commitments/{index}/{member}")


def _faults(
    one: BoughtReservationRequest, prices: Catalogue, speller: wording.Speller
) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with one reservation, by member."""
    service, _, meter = one.sku_id.partition("/")[0].partition(".")
    if service not in registry() or meter not in _reserved(service, prices):
        named = tuple(f"{key}.{name}" for key in registry() for name in _reserved(key, prices))
        nearest = speller.meant(f"{service}.{meter}", named)
        yield "sku_id", f"must begin with one of {', '.join(named)}{nearest}"
    elif not offers.is_known(_cell(one), prices):
        words = prices.card(service).rates[meter].variants
        nearest = speller.meant(_cell(one).variant, words)
        yield "sku_id", f"names no variant of {service}.{meter}{nearest}"
    elif not (sold := list(offers.of_cell(0, _cell(one), prices))):
        yield "sku_id", "is not reserved; only its other variants are"
    elif _offer(one, sold) is None:
        terms = ", ".join(f"{offer.years} with {offer.payment}" for offer in sold)
        yield "payment", f"does not go with this term; terms in years are {terms}"


def _reserved(service: str, prices: Catalogue) -> list[str]:
    """Return the meters of a service that are reserved."""
    return [name for name in prices.plan_rates(service) if not name.endswith("_upfront")]


def _cell(one: BoughtReservationRequest) -> Cell:
    """Return what reservations were bought for."""
    stem, _, variant = one.sku_id.partition("/")
    service, _, meter = stem.partition(".")
    return Cell(service, meter, variant, one.region)


def _offer(one: BoughtReservationRequest, sold: Sequence[Offer]) -> Offer | None:
    """Return how reservations were bought; None where that is not sold."""
    asked = one.term_years, one.payment
    return next((offer for offer in sold if (offer.years, offer.payment) == asked), None)


def in_force(given: Given, month: str) -> Given:
    """Return the commitments that are not over in a month, such as 2026-01."""
    return [one for one in given or () if one.ends is UNSET or one.ends > month]


def read(given: Given, prices: Catalogue) -> Bought | None:
    """Return commitments without faults; None where there are none."""
    reserved: list[Any] = [one for one in given or () if isinstance(one, BoughtReservationRequest)]
    plans = sum(one.committed for one in given or () if isinstance(one, BoughtSavingsPlanRequest))
    found = [(_offer(one, list(offers.of_cell(0, _cell(one), prices))), one) for one in reserved]
    rows = tuple(
        Reserved(_cell(one), _paid(offer, one), one.committed) for offer, one in found if offer
    )
    return Bought(rows, plans) if given else None


def _paid(offer: Offer, one: BoughtReservationRequest) -> Offer:
    """Return how reservations were bought, at the prices that are given."""
    upfront = offer.upfront if one.upfront_price is UNSET else one.upfront_price
    hourly = offer.hourly if one.hourly_price is UNSET else one.hourly_price
    return offer._replace(upfront=upfront, hourly=hourly)
