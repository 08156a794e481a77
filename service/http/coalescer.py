"""Requests that wait at the same moment are priced as one batch.

One workload costs nearly as much as a hundred: the engine's time is spent on its array calls. So
single estimates are collected for as long as each turn of the event loop brings more, and priced
together. A client alone waits for no other.
"""

from asyncio import AbstractEventLoop, Future, get_running_loop
from contextvars import Context
from typing import Any
from weakref import WeakKeyDictionary

from pricing import engine
from pricing.catalogue import Catalogue
from pricing.errors import DateBeforePricesError, GivenTwiceError
from pricing.model import Service, WorkloadFields
from service.answers import estimates

TOGETHER = 64
"""Estimates that wait for no more of them."""
Waiting = list[tuple[WorkloadFields, Future[Any]]]


class Coalescer:
    """The single estimates of one service."""

    def __init__(self, service: Service, catalogue: Catalogue) -> None:
        self._service, self._catalogue = service, catalogue
        self._waiting: WeakKeyDictionary[AbstractEventLoop, Waiting] = WeakKeyDictionary()

    async def estimate(self, workload: Any) -> Any:
        """Estimate one workload.

        Raises
        ------
        DateBeforePricesError
            where its ``price_date`` lies before the first known price of the service.
        GivenTwiceError
            where it gives numbers that exclude each other.
        """
        loop = get_running_loop()
        waiting = self._waiting.setdefault(loop, [])
        if not waiting:
            loop.call_soon(self._look, loop, waiting, 0, context=Context())
        future: Future[Any] = loop.create_future()
        waiting.append((workload, future))
        return await future

    def _look(self, loop: AbstractEventLoop, waiting: Waiting, before: int) -> None:
        """Answer as soon as a turn of the loop brings nobody else, or enough wait together."""
        if before < len(waiting) < TOGETHER:
            loop.call_soon(self._look, loop, waiting, len(waiting))
        else:
            self._answer(waiting)

    def _answer(self, waiting: Waiting) -> None:
        some = [(workload, future) for workload, future in waiting if not future.done()]
        waiting.clear()
        try:
            viewed = self._estimates([workload for workload, _ in some])
        except Exception as error:
            if len(some) == 1:
                some[0][1].set_exception(error)
            else:
                self._part(some, error)
        else:
            for (_, future), estimate in zip(some, viewed, strict=True):
                future.set_result(estimate)

    def _part(self, some: Waiting, error: Exception) -> None:
        """Answer those alone that are at fault, or all: the fault of one is not to be of all."""
        refused = DateBeforePricesError, GivenTwiceError
        faulty = error.rows if isinstance(error, refused) else range(len(some))
        for row in faulty:
            self._answer([some[row]])
        self._answer([one for row, one in enumerate(some) if row not in faulty])

    def _estimates(self, workloads: list[WorkloadFields]) -> list[Any]:
        if not workloads:
            return []
        return estimates.estimates(engine.estimate(self._service, workloads, self._catalogue))
