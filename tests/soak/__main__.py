"""``make soak``: asks for SOAK_SECONDS while faults come and go, and writes what it survived.

The service runs with two workers and few descriptors. Every answer is compared with that of the
engine in this process.
"""

import os
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from litestar.testing import TestClient

from docs import generate
from service.app import create_app
from tests import golden
from tests.metrics import sums
from tests.server import Server, serving, wait_until
from tests.soak import faults

SECONDS = float(os.environ.get("SOAK_SECONDS", "3600"))
CLIENTS = 4
PAGE = generate.OPERATIONS
START, END = "<!-- faults: written by `make soak` -->\n\n", "\n<!-- faults end -->"
LIMITS = {"WORKERS": 2, "HEADER_TIMEOUT": 2, "BODY_TIMEOUT": 2, "READ_TIMEOUT": 4}
FEW = 128
"""Files that each worker may open."""
Asked = tuple[str, str, Any]


class Soak:
    """What came of the requests: how many, which statuses, which were lost or crossed."""

    def __init__(self, server: Server, expected: dict[int, bytes], asked: list[Asked]) -> None:
        self.server, self.expected, self.asked = server, expected, asked
        self.statuses: Counter[int] = Counter()
        self.crossed: list[str] = []
        self.broken = 0
        self.survived: Counter[str] = Counter()
        self.ended = threading.Event()

    def ask(self, first: int) -> None:
        """Ask one thing after the other until the end; a lost worker breaks what it answers."""
        place = first
        with httpx.Client(base_url=self.server.base, timeout=60) as client:
            while not self.ended.is_set():
                place = (place + 1) % len(self.asked)
                method, path, body = self.asked[place]
                try:
                    answer = client.request(method, path, json=body)
                except httpx.TransportError:
                    self.broken += 1
                    continue
                self.statuses[answer.status_code] += 1
                if answer.status_code == 200 and answer.content != self.expected[place]:
                    self.crossed.append(path)

    def suffer(self, seconds: float) -> None:
        """Let one fault after the other come; after each the service answers again."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for fault in faults.FAULTS:
                fault(self.server)
                wait_until(self.server.answers)
                self.survived[str(fault.__doc__).removesuffix(".")] += 1
                if time.monotonic() > end:
                    break


def soak(seconds: float) -> tuple[Soak, list[float], float]:
    """Soak for some seconds; return it, the memory of the workers [MiB], the answers counted."""
    asked = golden.questions()
    with TestClient(create_app()) as client:
        expected = {place: golden.answered(client, *one) for place, one in enumerate(asked)}
    with serving(files=FEW, **LIMITS) as server:
        run = Soak(server, expected, asked)
        with clients(run):
            run.suffer(seconds)
        memory = [_memory(worker) for worker in server.workers()]
        return run, memory, _counted(server)


@contextmanager
def clients(run: Soak) -> Iterator[None]:
    """Let clients ask, until the end."""
    threads = [
        threading.Thread(target=run.ask, args=(number * 20,), daemon=True)
        for number in range(CLIENTS)
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        run.ended.set()
        for thread in threads:
            thread.join()


def _memory(pid: int) -> float:
    """Return the memory that a process holds [MiB]."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024**2


def _counted(server: Server) -> float:
    """Return how many requests under ``/v1`` the metrics count as answered with 200."""
    counted = sums(server.measured(), "storecast_requests_total")
    return sum(
        count
        for (_, route, status), count in counted.items()
        if status == "200" and route.startswith("/v1/")
    )


def table(run: Soak, seconds: float, memory: list[float], counted: float) -> str:
    """Return what was tried and survived as Markdown."""
    told = ", ".join(f"{count:,} of {status}" for status, count in sorted(run.statuses.items()))
    used = " and ".join(f"{one:.0f}" for one in memory)
    rows = ["| fault | times survived |", "| --- | --- |"]
    rows += [f"| {fault} | {count} |" for fault, count in run.survived.items()]
    return (
        "\n".join(rows)
        + f"\n\nIn {seconds:,.0f} seconds {CLIENTS} clients got {told}. Answers that were not the"
        f" engine's: {len(run.crossed)}. Requests that a killed worker broke: {run.broken}. The"
        f" metrics counted {counted:,.0f} answers with 200. The workers held"
        f" {used} MiB at the end.\n"
    )


def main() -> int:
    """Soak, print the table, and write it into the docs."""
    text = table((found := soak(SECONDS))[0], SECONDS, *found[1:])
    print(text)
    PAGE.write_text(generate.between(PAGE, START, text, END), "utf-8")
    return int(bool(found[0].crossed) or bool(set(found[0].statuses) - {200, 503}))


if __name__ == "__main__":
    sys.exit(main())
