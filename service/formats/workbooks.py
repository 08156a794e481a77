"""Workbooks in: read by processes of their own, for a hostile one may break what reads it.

The processes run :mod:`service.formats.workbook_reader`. They are started when they are first
needed, stay for the next workbook, and are replaced when they end.
"""

import atexit
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from queue import Empty, LifoQueue
from shutil import copyfileobj
from subprocess import PIPE, Popen
from threading import Timer
from typing import Any, BinaryIO

from msgspec import msgpack

from service.formats import workbook_reader
from service.formats.spools import spool
from service.problems import ProblemError

READERS = 2
"""Processes that read workbooks, each one at a time."""
SECONDS = 120
"""Seconds that the reading of one workbook may take."""
PATIENCE = 20
"""Seconds that a workbook waits for its turn."""
Row = tuple[int, Sequence[Any]]
"""The number of a row, from 1 as the sheet shows it, and its cells."""
Fault = tuple[str, str]
"""What is wrong with a workbook: the slug of a problem and a detail, both empty where nothing."""


def rows(workbook: BinaryIO) -> Iterator[Row]:
    """Yield the rows of a workbook's sheet that are not empty; see the reader for which it is.

    Raises
    ------
    ProblemError
        400 where it cannot be read, 413 where it is too large, 503 where no process comes free.
    """
    with spool() as listed:
        POOL.read(workbook, listed)
        listed.seek(0)
        while length := listed.read(8):
            yield from DECODER.decode(listed.read(int.from_bytes(length)))


class Pool:
    """Some processes that read workbooks, and who waits for them."""

    def __init__(self, count: int) -> None:
        self._idle: LifoQueue[Reader | None] = LifoQueue()
        for _ in range(count):
            self._idle.put(None)

    def read(self, workbook: BinaryIO, listed: BinaryIO) -> None:
        """Read a workbook into a file of frames; a process that did not come to the end is gone."""
        try:
            one = self._idle.get(timeout=PATIENCE)
        except Empty:
            raise ProblemError(
                "overloaded", "other workbooks are being read; try again later"
            ) from None
        try:
            one = _ready(one) or Reader()
            slug, detail = one.read(workbook, listed)
        finally:
            self._idle.put(_ready(one))
        if slug:
            raise ProblemError(slug, detail)

    def end(self) -> None:
        """End the processes that are not reading."""
        while not self._idle.empty():
            if one := self._idle.get():
                one.end()


def _ready(one: "Reader | None") -> "Reader | None":
    """Return a process if it can read another workbook; end any other."""
    if one and not one.ready:
        one.end()
        return None
    return one


class Reader:
    """A process that reads workbooks."""

    def __init__(self) -> None:
        command = [sys.executable, "-P", str(Path(workbook_reader.__file__))]
        self._process = Popen(command, stdin=PIPE, stdout=PIPE, start_new_session=True)
        self._input: Any = self._process.stdin
        self._output: Any = self._process.stdout
        self._in_step = self._frame() == workbook_reader.READY

    @property
    def ready(self) -> bool:
        """Whether it runs and waits for a workbook."""
        return self._in_step and self._process.poll() is None

    def read(self, workbook: BinaryIO, listed: BinaryIO) -> Fault:
        """Read a workbook into a file of frames, and give what is wrong with it."""
        self._in_step = False
        timer = Timer(SECONDS, self._process.kill)
        timer.start()
        try:
            self._send(workbook)
            while frame := self._frame():
                listed.write(len(frame).to_bytes(8) + frame)
            verdict = msgpack.decode(self._frame(), type=tuple[str, str, bool])
            slug, detail, self._in_step = verdict
        except (EOFError, BrokenPipeError):
            message = "to read the workbook takes more memory or time than one may take"
            return "body-too-large", f"{message}; split it, or send CSV"
        finally:
            timer.cancel()
        return slug, detail

    def end(self) -> None:
        """End the process."""
        self._process.kill()
        with suppress(BrokenPipeError), self._process:
            pass

    def _send(self, workbook: BinaryIO) -> None:
        size = workbook.seek(0, 2)
        workbook.seek(0)
        self._input.write(size.to_bytes(8))
        copyfileobj(workbook, self._input)
        self._input.flush()

    def _frame(self) -> bytes:
        """Take the next frame.

        Raises
        ------
        EOFError
            where the process has ended.
        """
        length = self._output.read(8)
        frame: bytes = self._output.read(int.from_bytes(length))
        if len(length) < 8 or len(frame) < int.from_bytes(length):
            raise EOFError("the process that reads workbooks has ended")
        return frame


def _extension(code: int, text: memoryview) -> date:
    """Return a day, or a moment."""
    kind = datetime if code == workbook_reader.MOMENT else date
    return kind.fromisoformat(str(text, "ascii"))


POOL = Pool(READERS)
atexit.register(POOL.end)
DECODER = msgpack.Decoder(list[Row], ext_hook=_extension)
