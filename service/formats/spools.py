"""Temporary files: in memory while they are small, and bounded all together.

A process has many of them at once: bodies that arrive, rows that were read, answers that grow.
"""

from tempfile import SpooledTemporaryFile
from threading import Lock
from typing import Any, BinaryIO, cast

from service.problems import ProblemError
from service.settings import Settings

SPOOLED = 8 * 1024**2
"""Bytes of a file that are kept in memory; a larger one goes to the disk."""
IN_MEMORY = 128 * 1024**2
"""Bytes of all files that are kept in memory; where there are more, small ones go to the disk."""


class Budget:
    """The bytes that the temporary files of this process have."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.used = self.in_memory = 0
        self._lock = Lock()

    def take(self, size: int, whole: int) -> None:
        """Take room for more of a file, which then has ``whole`` bytes.

        Raises
        ------
        ProblemError
            413 where that file has more than all may have, 503 where all together have.
        """
        with self._lock:
            if self.used + size <= self.most:
                self.used += size
                return
        message = f"temporary files of more than {self.most:,} bytes"
        if whole > self.most:
            remedy = "split it into several, or have the operator raise MAX_SPOOLED_MB"
            raise ProblemError("body-too-large", f"the request needs {message}; {remedy}")
        raise ProblemError("overloaded", f"the requests in flight need {message}; try again later")

    def give(self, size: int) -> None:
        """Give reserved bytes back."""
        with self._lock:
            self.used -= size

    def hold(self, size: int) -> None:
        """Count bytes that are kept in memory from now on, or no longer where negative."""
        with self._lock:
            self.in_memory += size


BUDGET = Budget(Settings().max_spooled_mb * 1024**2)
"""The budget of this process; the app sets what the operator allows."""


class Spool(SpooledTemporaryFile[bytes]):
    """A temporary file that is written once, from its start to its end."""

    def __init__(self) -> None:
        super().__init__()
        self._size, self._in_memory = 0, True

    def write(self, data: Any) -> int:
        """Write at the end, within the budget."""
        size = len(data)
        BUDGET.take(size, self._size + size)
        if self._size + size > SPOOLED or BUDGET.in_memory + size > IN_MEMORY:
            self.rollover()
        self._size += size
        if self._in_memory:
            BUDGET.hold(size)
        return super().write(data)

    def rollover(self) -> None:
        """Go to the disk."""
        self._leave_memory()
        super().rollover()

    def close(self) -> None:
        """Close the file, which removes it, and give its bytes back to the budget."""
        self._leave_memory()
        BUDGET.give(self._size)
        self._size = 0
        super().close()

    def __exit__(self, *_: object) -> None:
        self.close()

    def _leave_memory(self) -> None:
        if self._in_memory:
            BUDGET.hold(-self._size)
            self._in_memory = False


def spool() -> BinaryIO:
    """Make a temporary file, which is gone when it is closed.

    To write to it raises a ``ProblemError`` where the budget is used up, and an ``OSError`` where
    the disk is full.
    """
    return cast("BinaryIO", Spool())
