"""Bodies as they arrive: in a file, within what the operator allows."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from io import SEEK_END
from typing import Any, BinaryIO

from litestar.exceptions import InternalServerException

from service.formats.spools import spool
from service.http import work
from service.problems import ProblemError
from service.requests import bodies


@asynccontextmanager
async def received(request: Any, most: int | None = None) -> AsyncIterator[BinaryIO]:
    """Take a body in; a large one goes to a file.

    Raises
    ------
    ProblemError
        413 where it exceeds what the operator allows of its kind, 400 where it breaks off.
    """
    settings = request.app.state.settings
    is_sheet = bodies.sent_sheet(request.headers)
    allowed = (settings.max_upload_mb if is_sheet else settings.max_body_mb) * 1024**2
    most = min(allowed, most or allowed)
    with spool() as file:
        try:
            async for part in request.stream():
                file.write(part)
                if file.tell() > most:
                    raise ProblemError("body-too-large", f"the body exceeds {most:,} bytes")
        except InternalServerException as error:
            raise ProblemError("malformed-body", "the body breaks off") from error
        file.seek(0)
        yield file


async def decoded(request: Any, kind: Any, most: int | None = None) -> Any:
    """Receive a body of at most so many bytes, and read it in a thread."""
    bodies.body_type(request.headers)
    async with received(request, most) as body:
        read = partial(_read, body, request, kind)
        return await work.done(request, length(body) / work.BYTES_OF_A_WORKLOAD, read)


def _read(body: BinaryIO, request: Any, kind: Any) -> Any:
    return bodies.decode_body(body.read(), request.headers, kind)


def length(body: BinaryIO) -> int:
    """Count the bytes of a body that is yet to be read."""
    count = body.seek(0, SEEK_END)
    body.seek(0)
    return count
