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
    """Receive a body; a large one goes to a file.

    A body whose Content-Length exceeds the limit is refused before it is read.

    Raises
    ------
    ProblemError
        413 where it exceeds ``most``, the limit of its route [B], or the operator's limit; 400
        where it breaks off.
    """
    limit, remedy = _limit(request, most)
    too_large = ProblemError("body-too-large", f"the body exceeds {limit:,} bytes, {remedy}")
    if (request.content_length or 0) > limit:
        raise too_large
    with spool() as file:
        try:
            async for part in request.stream():
                file.write(part)
                if file.tell() > limit:
                    raise too_large
        except InternalServerException as error:
            raise ProblemError("malformed-body", "the body breaks off") from error
        file.seek(0)
        yield file


def _limit(request: Any, of_route: int | None) -> tuple[int, str]:
    """Return the most bytes that a body may have, and in words what to do about a larger one."""
    settings = request.app.state.settings
    is_sheet = bodies.sent_sheet(request.headers)
    name = "max_upload_mb" if is_sheet else "max_body_mb"
    of_server = getattr(settings, name) * 1024**2
    if of_route and of_route < of_server:
        return of_route, "the most that a question about one workload may have; ask for less"
    return of_server, f"the server's limit; send less, or have the operator raise {name.upper()}"


async def decoded(request: Any, kind: Any, most: int | None = None) -> Any:
    """Receive a body of at most ``most`` bytes, and decode it in a thread."""
    bodies.body_type(request.headers)
    async with received(request, most) as body:
        read = partial(_read, body, request, kind)
        return await work.done(request, length(body) / work.BYTES_OF_A_WORKLOAD, read)


def _read(body: BinaryIO, request: Any, kind: Any) -> Any:
    return bodies.decode_body(body.read(), request.headers, kind)


def length(body: BinaryIO) -> int:
    """Return how many bytes a body has, and go back to its start."""
    count = body.seek(0, SEEK_END)
    body.seek(0)
    return count
