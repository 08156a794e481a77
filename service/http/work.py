"""Work in threads: places for it, small work apart from large, and its end when the client leaves.

How large a piece of work is, is known before it begins: about the workloads that are viewed, each a
tenth of a millisecond.
"""

import ctypes
import os
from asyncio import FIRST_COMPLETED, Future, ensure_future, wait, wrap_future
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from functools import partial
from threading import BoundedSemaphore, Event
from typing import Any, TypeVar, cast

from litestar import Request
from msgspec import UnsetType

from service.problems import RETRY_AFTER, ProblemError
from service.waiting import client_left, go_on

T = TypeVar("T")
CORES = os.cpu_count() or 1
LIGHT_SIZE = 500
"""Workloads that are viewed within the time of small work."""
BYTES_OF_A_WORKLOAD = 100
"""About what a workload has at least in a body."""
SIZE_IN_WORKBOOK = 10
"""What writing a row into a workbook takes, beside viewing it."""
LIGHT_BYTES = LIGHT_SIZE * BYTES_OF_A_WORKLOAD
"""Bytes of a body that may be small work."""


def size_as(kind: str | UnsetType, size: float) -> float:
    """Return the size of an answer of a kind, such as ``xlsx``, by that of viewing it."""
    return size * (SIZE_IN_WORKBOOK if kind == "xlsx" else 1)


class Places:
    """Threads for one kind of work, and how many pieces of it may wait for them."""

    def __init__(self, count: int, waiting: int) -> None:
        self._threads = ThreadPoolExecutor(count)
        self._room = BoundedSemaphore(count + waiting)

    def start(self, function: Callable[[], T]) -> Future[T]:
        """Start a function, and give its future.

        Raises
        ------
        ProblemError
            503 where as many wait as may, or no thread can be started.
        """
        if not self._room.acquire(blocking=False):
            message = f"too much large work is waiting; try again in {RETRY_AFTER} seconds"
            raise ProblemError("overloaded", f"{message}, as Retry-After says")
        try:
            future = self._threads.submit(function)
        except RuntimeError as error:
            self._room.release()
            message = f"no thread can be started; try again in {RETRY_AFTER} seconds"
            raise ProblemError("overloaded", f"{message}, as Retry-After says") from error
        future.add_done_callback(lambda _: self._room.release())
        return wrap_future(future)


LIGHT = Places(CORES, 10_000)
HEAVY = Places(CORES, 8 * CORES)
PARTS = Places(CORES, 10_000)
"""For the parts of answers that are being sent, each of them small."""


async def done(request: Request[Any, Any, Any], size: float, function: Callable[[], T]) -> T:
    """Do work in a thread, until it is done or its client has left.

    Large work is handed over to a process of its own, where there is one: its client has left then.

    Parameters
    ----------
    size : about the workloads that are viewed

    Raises
    ------
    ProblemError
        503 where too much large work is waiting, or the client has left, who will not see it.
    """
    light = size <= LIGHT_SIZE
    if not light and cast("Any", request.scope).get("hand_over", bool)():
        raise ProblemError("overloaded", "the request was handed over")
    left, context = Event(), copy_context()
    context.run(client_left.set, left)
    working = (LIGHT if light else HEAVY).start(partial(context.run, _unless_left, function))
    if not light:
        working.add_done_callback(_trim_later)
    watching = ensure_future(_departure(request))
    try:
        await wait((working, watching), return_when=FIRST_COMPLETED)
        if not working.done():
            raise ProblemError("overloaded", "the client has left")
        return working.result()
    finally:
        left.set()
        working.cancel()
        watching.cancel()


def next_part(parts: Iterator[bytes]) -> Future[bytes | None]:
    """Work out the next part of an answer in a thread; None after the last."""
    return part(partial(next, parts, None))


def part(function: Callable[[], T]) -> Future[T]:
    """Do what a part of an answer takes in a thread."""
    return PARTS.start(partial(copy_context().run, function))


async def _departure(request: Request[Any, Any, Any]) -> None:
    """Wait until the client is gone."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _unless_left(function: Callable[[], T]) -> T:
    go_on()
    return function()


def _trim_later(_: Any) -> None:
    """Trim memory in a thread; where there is no room for one, later work does."""
    with suppress(ProblemError):
        PARTS.start(trim)


def trim() -> None:
    """Return the memory that large work has freed to the system, where glibc can."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
