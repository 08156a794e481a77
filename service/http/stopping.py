"""How the service ends: announced, in time, and with all its processes."""

import logging
import multiprocessing
import os
import signal
import time
from asyncio import get_running_loop
from threading import Thread, Timer
from types import FrameType
from typing import Any

from uvicorn.supervisors import Multiprocess

from service.http.server import SECONDS_TO_STOP

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
        cut = Timer(SECONDS_TO_STOP, _cut)
        cut.daemon = True
        cut.start()

    signal.signal(signal.SIGTERM, on_signal)


def _cut() -> None:
    """End the process, whatever it does."""
    logger.warning("cut what had not ended in time")
    os._exit(0)


def end_with_parent() -> None:
    """Stop this worker when the process that started it is gone, however that ended."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def wait() -> None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)

    Thread(target=wait, daemon=True).start()


class Workers(Multiprocess):
    """Several processes that serve; one that is lost is told of, and replaced."""

    def keep_subprocess_alive(self) -> None:
        """Replace the workers that have ended, or do not answer."""
        before = list(self.processes)
        super().keep_subprocess_alive()
        for lost in before:
            if lost not in self.processes:
                told = {"pid": lost.pid, "exit_code": lost.exitcode}
                logger.error("a worker was lost, and is replaced", extra=told)

    def join_all(self) -> None:
        """Wait for the workers to end, and kill those that do not."""
        end = time.monotonic() + SECONDS_TO_STOP
        for worker in self.processes:
            worker.process.join(max(0.0, end - time.monotonic()))
            if worker.process.is_alive():
                worker.process.kill()
        super().join_all()
