"""The log: one JSON object a line on the standard error; nothing in it is a query, key or token."""

import logging
from contextlib import suppress
from datetime import datetime
from io import FileIO
from typing import Annotated, Any

import msgspec
import structlog
from msgspec import UNSET, Meta, Struct, UnsetType
from structlog.typing import EventDict


class Line(Struct, frozen=True, omit_defaults=True):
    """What the log says of a request."""

    time: Annotated[datetime, Meta(description="When its answer ended, in UTC.")]
    level: Annotated[
        str,
        Meta(
            description="`warning` for the statuses 401, 408, 413, 429, 431 and 503, `error` for"
            " other statuses from 500, else `info`."
        ),
    ]
    event: Annotated[str, Meta(description="`request`.")]
    request_id: Annotated[
        str, Meta(description="`X-Request-ID` of the request, or a new one; the answer has it too.")
    ]
    method: Annotated[str, Meta(description="`none` where the head was not complete.")]
    route: Annotated[
        str,
        Meta(
            description="The route, such as `/v1/kinesis/estimate`; `none` where there is none, as"
            " for a method that the path does not know."
        ),
    ]
    status: Annotated[
        int, Meta(description="Of the answer; 499 where the client left before it began.")
    ]
    seconds: Annotated[
        float, Meta(description="From the head of the request to the end of the answer.")
    ]
    rows: Annotated[int, Meta(description="Workloads, or rows of needs, that were answered.")]
    bytes: Annotated[int, Meta(description="Of the answer's body, as it was sent.")]
    problem: Annotated[
        str | UnsetType, Meta(description="The kind of problem, such as `overloaded`, if any.")
    ] = UNSET


STAMP = structlog.processors.TimeStamper(fmt="iso", utc=True, key="time")
STANDARD_ERROR = 2
ENCODER = msgspec.json.Encoder(enc_hook=repr)


class Access:
    """Writes the lines of requests: there are many, so they pass no processor."""

    def __init__(self) -> None:
        self.least, self._out = logging.CRITICAL, FileIO(STANDARD_ERROR, "w", closefd=False)

    def write(self, level: int, line: Line) -> None:
        """Write a line; a log that cannot be written is no reason to fail."""
        if level >= self.least:
            with suppress(OSError):
                self._out.write(ENCODER.encode(line) + b"\n")

    def open(self, level: str) -> None:
        """Write lines of a level, and of worse ones, from now on."""
        self.least = logging.getLevelNamesMapping()[level.upper()]


access = Access()


def configure(level: str) -> None:
    """Write lines of a level, and of worse ones; those of libraries too, in the same form."""
    access.open(level)
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[
                structlog.stdlib.add_log_level,
                structlog.stdlib.ExtraAdder(),
                STAMP,
            ],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                _text,
            ],
        )
    )
    logging.basicConfig(level=max(access.least, logging.WARNING), handlers=[handler], force=True)


def _text(_logger: Any, _method: str, line: EventDict) -> str:
    return ENCODER.encode(line).decode()
