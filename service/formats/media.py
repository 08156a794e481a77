"""Formats: their media types, what they need, and the ways to spell a CSV."""

from importlib.util import find_spec

from msgspec import Struct

BOM = "\ufeff"
JSON = "application/json"
MSGPACK = "application/msgpack"
XML = "application/xml"
ARROW = "application/vnd.apache.arrow.stream"
MEDIA_TYPES = (JSON, MSGPACK)
FORMATS = {
    "json": JSON,
    "msgpack": MSGPACK,
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "xml": XML,
    "txt": "text/plain",
    "arrow": ARROW,
}
"""The media type of each format; what goes before where a client takes several alike is first."""
SHEETS = ("csv", "xlsx")
"""The formats in which workloads may come as a table."""
TABLES = ("arrow", *SHEETS)
"""Those in which estimates and projections take them.

A client that openapi-python-client makes sends a file as the last of them.
"""
EXTRA = "storecast[arrow]"
"""What a server installs to read and write Arrow."""
ALIASES = {
    "application/x-msgpack": MSGPACK,
    "application/vnd.msgpack": MSGPACK,
    "text/xml": XML,
}


class Dialect(Struct, frozen=True):
    """How a CSV is spelled."""

    separator: str = ","
    decimal: str = "."
    header: bool = True
    bom: bool = False


def lacks(word: str) -> bool:
    """Return whether this server lacks what a format needs: Arrow's library is an extra."""
    return word == "arrow" and find_spec("pyarrow") is None


def to_install(word: str) -> str:
    """Return what the operator does for a format that the server lacks, as a sentence."""
    return f"{FORMATS[word]} is for servers with {EXTRA}: pip install '{EXTRA}'"
