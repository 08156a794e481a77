"""The kinds of field a workload consists of, each with its unit and bounds.

A field takes one of these kinds and adds its own meaning::

    reads_per_second: Annotated[PerSecond, about("Mean reads of the table.")] = 0.0

Every number has a lower and an upper bound, so NaN and infinity cannot enter. It is a float64 on
the wire and in the engine. Whole numbers are floats with ``multiple_of=1``; a client may send 3 or
3.0.
"""

import csv
from datetime import date
from importlib.resources import files
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

from msgspec import Meta


class RegionInfo(NamedTuple):
    """One AWS Region: its code, its name, and the prefix of its usage types in a bill."""

    region: str
    name: str
    usage_type_prefix: str


def _regions() -> tuple[RegionInfo, ...]:
    text = files("pricing").joinpath("tables", "regions.csv").read_text("utf-8")
    return tuple(RegionInfo(**row) for row in csv.DictReader(text.splitlines()))


REGIONS = _regions()
"""Every Region with prices, sorted by code."""
REGION_CODES = tuple(info.region for info in REGIONS)

if TYPE_CHECKING:
    Region = str
else:
    Region = Literal[REGION_CODES]


def about(meaning: str) -> Meta:
    """Describe a field; its unit and bounds come from its kind."""
    return Meta(description=meaning)


def measured(unit: str, meaning: str) -> Meta:
    """Describe a number of an answer and name its unit."""
    return Meta(description=meaning, extra_json_schema={"x-unit": unit})


def bounded(unit: str, ge: float, le: float) -> Meta:
    """Bound a number and name its unit."""
    return Meta(ge=ge, le=le, extra_json_schema={"x-unit": unit})


def whole(unit: str, ge: int, le: int) -> Meta:
    """Bound a whole number and name its unit."""
    return Meta(ge=ge, le=le, multiple_of=1, extra_json_schema={"x-unit": unit})


def some_of(words: tuple[str, ...]) -> Any:
    """Return the type of a text that names some of several words, with a blank between them."""
    one = f"({'|'.join(words)})"
    pattern = f"^({one}( {one}){{0,{len(words) - 1}}})?$"
    listed = {"x-words": list(words)}
    return Annotated[str, Meta(pattern=pattern, max_length=200, extra_json_schema=listed)]


PerSecond = Annotated[float, bounded("1/s", 0, 1e9)]
MonthlyCount = Annotated[float, bounded("1/month", 0, 1e15)]
Gigabytes = Annotated[float, bounded("GB", 0, 1e12)]
MonthlyGigabytes = Annotated[float, bounded("GB/month", 0, 1e12)]
Bytes = Annotated[float, bounded("B", 0, 1e15)]
PositiveBytes = Annotated[float, bounded("B", 1, 1e15)]
Count = Annotated[float, whole("1", 0, 1e9)]
Fraction = Annotated[float, bounded("share", 0, 1)]
Ratio = Annotated[float, bounded("ratio", 1, 1e6)]
Hours = Annotated[float, bounded("h/month", 1, 744)]
Label = Annotated[str, Meta(max_length=200)]
PriceDate = Annotated[date, about("Prices in force on this day; the default is the newest known.")]
