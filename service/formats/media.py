"""Formats: their media types, and the ways to spell a CSV."""

from msgspec import Struct

BOM = "\ufeff"
JSON = "application/json"
MSGPACK = "application/msgpack"
XML = "application/xml"
MEDIA_TYPES = (JSON, MSGPACK)
FORMATS = {
    "json": JSON,
    "msgpack": MSGPACK,
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "xml": XML,
    "txt": "text/plain",
}
"""The media type of each format; what goes before where a client takes several alike is first."""
SHEETS = ("csv", "xlsx")
"""The formats in which workloads may come as a table."""
READABLE = (*MEDIA_TYPES, *map(FORMATS.__getitem__, SHEETS))
"""The media types of a body that may be a sheet."""
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
