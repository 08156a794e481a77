"""Whether somebody still waits for what is worked out: long loops go through :func:`each`."""

from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from threading import Event
from typing import TypeVar

T = TypeVar("T")
client_left: ContextVar[Event] = ContextVar("client_left")


class AbandonedError(Exception):
    """Nobody waits for the work any more."""


def go_on() -> None:
    """Go on with work in a thread.

    Raises
    ------
    AbandonedError
        where its client has left.
    """
    left = client_left.get(None)
    if left is not None and left.is_set():
        raise AbandonedError


def each(items: Iterable[T]) -> Iterator[T]:
    """Yield items as long as a client waits for the result."""
    for item in items:
        go_on()
        yield item
