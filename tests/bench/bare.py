"""The reference of row 1: a Litestar app whose one handler returns a constant of the same size."""

from typing import Any

from litestar import Litestar, get

from pricing import engine
from pricing.model import service
from service.answers import estimates


def app() -> Litestar:
    """Make the app: its handler returns one DynamoDB estimate, worked out once."""
    dynamodb = service("dynamodb")
    (constant,) = estimates.estimates(engine.estimate(dynamodb, [dynamodb.example]))

    async def bare() -> Any:
        return constant

    bare.__annotations__["return"] = type(constant)
    return Litestar([get("/bare")(bare)], openapi_config=None, logging_config=None)
