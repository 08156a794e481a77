"""How the service ends: announced, in time, and with all its processes."""

import logging
import math
import multiprocessing
import os
import signal
import time
from asyncio import get_running_loop
from contextlib import suppress
from socket import socket
from threading import Thread
from types import FrameType
from typing import Any, cast

from uvicorn import Config
from uvicorn.supervisors import multiprocess

from service.http.large_work import Serving
from service.http.server import SECONDS_TO_END, SECONDS_TO_STOP, cut_after

SECONDS_TO_CUT = SECONDS_TO_STOP - SECONDS_TO_END / 2
"""Time from the signal after which what remains is cut, so that all is over in time [s]."""
logger = logging.getLogger("storecast")


async def give_notice(state: Any, seconds: float) -> None:
    """Let ``/readyz`` tell of a stop some seconds before the server closes its listener.

    A signal within this time stops the server at once, and so does ctrl-c. What has not ended in
    time is cut.
    """
    loop, stop = get_running_loop(), signal.getsignal(signal.SIGTERM)
    if not callable(stop):
        return

    def on_signal(number: int, frame: FrameType | None) -> None:
        if state.get("stopping"):
            stop(number, frame)
            return
        state.stopping = True
        loop.call_soon_threadsafe(loop.call_later, seconds, stop, number, frame)
        cut_after(SECONDS_TO_CUT)

    signal.signal(signal.SIGTERM, on_signal)


def end_with_parent() -> None:
    """Stop this worker when the process that started it is gone, however that ended."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def wait() -> None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)

    Thread(target=wait, daemon=True).start()


class Worker(multiprocess.Process):
    """One of several processes that serve."""

    @property
    def server(self) -> Serving:
        """The server, made when it is first needed."""
        if self._server is None:
            self._server = Serving(self.config)
        return cast("Serving", self._server)

    def target(self, sockets: list[socket] | None = None) -> None:
        """Serve; what is to be done while there is one thread, is done before there are more."""
        self.server.prepare()
        end_with_parent()
        super().target(sockets)

    def terminate(self) -> None:
        """Tell it to stop; at the end another thread may have closed its connections just now."""
        with suppress(OSError):
            super().terminate()

    def kill(self) -> None:
        """Kill it, and let nobody wait for its answer; likewise."""
        with suppress(OSError):
            super().kill()


setattr(multiprocess, "Process", Worker)  # noqa: B010  uvicorn makes its workers by this name


class Workers(multiprocess.Multiprocess):
    """Several processes that serve; one that is lost is told of, and replaced.

    A signal to stop is passed on at once, whatever the main thread waits for, be it a worker that
    is silent; a second one too.
    """

    def __init__(self, config: Config, sockets: list[socket]) -> None:
        super().__init__(config, sockets)
        self._told: set[int | None] = set()
        """The workers that know of the stop."""
        self._end = math.inf
        """When all must have ended."""
        signal.signal(signal.SIGTERM, self._on_signal)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        """Leave the rest to a thread: the main one may hold the lock of what it waits for."""
        self._end = min(self._end, time.monotonic() + SECONDS_TO_CUT)
        Thread(target=self._stop, daemon=True).start()

    def _stop(self) -> None:
        self.should_exit.set()
        self._told.clear()
        self.terminate_all()
        self._kill_late()

    def keep_subprocess_alive(self) -> None:
        """Replace the workers that have ended, or do not answer."""
        before = list(self.processes)
        super().keep_subprocess_alive()
        for lost in before:
            if lost not in self.processes:
                told = {"pid": lost.pid, "exit_code": lost.exitcode}
                logger.error("a worker was lost, and is replaced", extra=told)

    def terminate_all(self) -> None:
        """Tell the workers that do not know yet of the stop."""
        for worker in self.processes:
            if worker.pid not in self._told:
                self._told.add(worker.pid)
                worker.process.terminate()

    def join_all(self) -> None:
        """Close the listener, which workers have for themselves, and wait for them to end."""
        for listener in self.sockets:
            listener.close()
        self._end = min(self._end, time.monotonic() + SECONDS_TO_CUT)
        self._kill_late()
        super().join_all()

    def _kill_late(self) -> None:
        """Kill the workers that do not end in time, and let nobody wait for their answer."""
        for worker in self.processes:
            worker.process.join(max(0.0, self._end - time.monotonic()))
            worker.kill()
