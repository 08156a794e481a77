"""``make soak``: asks for SOAK_SECONDS while faults come and go, and writes what it survived.

The service runs with two workers and few descriptors. Every answer with 200 is compared with that
of the engine in this process.
"""

import os
import statistics
import subprocess
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from tempfile import TemporaryDirectory
from typing import Any

import httpx
from litestar.testing import TestClient

from docs import generate
from service.app import create_app
from tests import golden
from tests.metrics import sums
from tests.server import Server, held, held_alone, serving, wait_until
from tests.soak import faults

SECONDS = float(os.environ.get("SOAK_SECONDS", "3600"))
CLIENTS = 4
PAGE = generate.OPERATIONS
START, END = "<!-- faults: written by `make soak` -->\n\n", "\n<!-- faults end -->"
LIMITS = {"WORKERS": 2, "HEADER_TIMEOUT": 2, "BODY_TIMEOUT": 2, "READ_TIMEOUT": 4}
ENOUGH = 3.0
"""How many times as long small requests may take beside large work as alone."""
GROWTH = 1.25
"""How much more the worker that is not killed may hold at the end than in the middle."""
LOOKS = 20
"""How often memory is looked at; large work comes and goes."""
FEW = 128
"""Files that each worker may open."""
DISK = 64
"""Size of the disk for temporary files [MiB]."""
PACED = 20
"""Seconds for which small requests are timed, idle and beside large work."""
Asked = tuple[str, str, Any]


class Soak:
    """What came of the requests: how many, which statuses, which were lost or crossed."""

    def __init__(self, server: Server, expected: dict[int, bytes], asked: list[Asked]) -> None:
        self.server, self.expected, self.asked = server, expected, asked
        self.statuses: Counter[int] = Counter()
        self.crossed: list[str] = []
        self.broken = 0
        self.survived: Counter[str] = Counter()
        self.memory: dict[str, tuple[float, float]] = {}
        """What the first worker held alone, and with the processes beside it [MiB], by when."""
        self.counted = 0.0
        """The requests like those of the clients that the metrics count as answered with 200."""
        self.mistakes: list[str] = []
        """What the log says of exceptions, those of little memory among them."""
        self.failed: list[str] = []
        """How a fault was not survived."""
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
        """Let all faults come, one after the other, until the time is over.

        After each the service answers again.
        """
        start = time.monotonic()
        self._weigh("at the start")
        while (passed := time.monotonic() - start) < seconds:
            if passed > seconds / 2 and "in the middle" not in self.memory:
                self._weigh("in the middle")
            for fault in faults.possible(self.server):
                try:
                    fault(self.server)
                    wait_until(self.server.answers)
                except Exception:
                    self.failed.append(traceback.format_exc())
                else:
                    self.survived[str(fault.__doc__).removesuffix(".")] += 1
        self._weigh("at the end")

    def _weigh(self, when: str) -> None:
        """Take the least of several looks, which is what stays when large work has ended."""
        wait_until(self.server.answers)
        looks: list[tuple[int, int]] = []
        for _ in range(LOOKS):
            first = self.server.workers()[0]
            looks.append((held_alone(first), held(first)))
            time.sleep(0.1)
        alone, together = (min(each) / 1024**2 for each in zip(*looks, strict=True))
        self.memory[when] = alone, together

    def faults(self) -> list[str]:
        """Return in words what was not as it is promised."""
        lost = abs(self.counted - self.statuses[200])
        end = self.memory["at the end"]
        middle = self.memory.get("in the middle", end)
        found = {
            "answers were not the engine's": self.crossed,
            "statuses were not meant": set(self.statuses) - {200, 503},
            "faults were not survived": self.failed,
            "the metrics do not add up": lost > self.broken,
            "memory grew": end[0] > GROWTH * middle[0],
        }
        return [what for what, is_so in found.items() if is_so]


def soak(seconds: float) -> Soak:
    """Soak for some seconds."""
    asked = golden.questions()
    with TestClient(create_app()) as client:
        expected = {place: golden.answered(client, *one) for place, one in enumerate(asked)}
    with disk() as folder, serving(files=FEW, TMPDIR=folder, **LIMITS) as server:
        run = Soak(server, expected, asked)
        with clients(run):
            run.suffer(seconds)
        with suppress(OSError):
            run.counted = _counted(server)
        run.mistakes = [str(line["exception"]) for line in server.log() if "exception" in line]
        return run


@contextmanager
def disk() -> Iterator[str]:
    """Make a folder on a small disk of its own, where the system lets one be made."""
    with TemporaryDirectory(prefix="storecast-soak-") as folder, ExitStack() as until:
        size = f"size={DISK}m,mode=700"
        mounting = ["mount", "-t", "tmpfs", "-o", size, "storecast", folder]
        if subprocess.run(mounting, capture_output=True).returncode == 0:
            until.callback(subprocess.run, ["umount", "--lazy", folder], check=True)
        yield folder


def pace(seconds: float) -> tuple[float, float]:
    """Return the 99th percentile of small GETs [ms]: of an idle service, and beside large work."""
    with serving(**LIMITS) as server:
        idle = _percentile(server, seconds)
        ended, told = threading.Event(), set()

        def enlarge() -> None:
            while not ended.is_set():
                told.add(faults.large(server))

        threads = [threading.Thread(target=enlarge, daemon=True) for _ in range(2)]
        for thread in threads:
            thread.start()
        time.sleep(1)
        beside = _percentile(server, seconds)
        ended.set()
        for thread in threads:
            thread.join()
        assert told == {200}, told
        return idle, beside


def _percentile(server: Server, seconds: float) -> float:
    """Ask for one small estimate after the other; return the 99th percentile of the times [ms]."""
    _, path, _ = golden.questions()[0]
    end, took = time.monotonic() + seconds, []
    with httpx.Client(base_url=server.base, timeout=60) as client:
        while (start := time.perf_counter()) and time.monotonic() < end:
            assert client.get(path).status_code == 200
            took.append(time.perf_counter() - start)
    return statistics.quantiles(took, n=100)[-1] * 1000


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


def _counted(server: Server) -> float:
    """Return how many requests like those of the clients the metrics count as answered with 200.

    The faults ask for other routes.
    """
    counted = sums(server.measured(), "storecast_requests_total")
    own = ("/estimate", "/projection", "/commitments")
    return sum(
        count
        for (_, route, status), count in counted.items()
        if status == "200" and route.endswith(own)
    )


def table(run: Soak, seconds: float, idle: float, beside: float) -> str:
    """Return what was tried and survived as Markdown."""
    told = ", ".join(f"{count:,} of {status}" for status, count in sorted(run.statuses.items()))
    rows = ["| fault | times survived |", "| --- | --- |"]
    rows += [f"| {fault} | {count} |" for fault, count in run.survived.items()]
    rows += ["", "| memory of the first worker [MiB] | alone | with its process for large work |"]
    rows += ["| --- | --- | --- |"]
    rows += [
        f"| {when} | {alone:.0f} | {together:.0f} |"
        for when, (alone, together) in run.memory.items()
    ]
    return (
        "\n".join(rows)
        + f"\n\nIn {seconds:,.0f} seconds {CLIENTS} clients got {told}. Answers that were not the"
        f" engine's: {len(run.crossed)}. Requests that a killed worker broke: {run.broken}. The"
        f" metrics counted {run.counted:,.0f} answers with 200. The second worker is the one that"
        " is killed.\n\n"
        f"Of an idle service the 99th percentile of small GETs was {idle:.1f} ms, and beside two"
        f" batches of 100,000 workloads {beside:.1f} ms: {beside / idle:.1f} times.\n"
    )


def main() -> int:
    """Soak, print the table, and write it into the docs."""
    idle, beside = pace(PACED)
    run = soak(SECONDS)
    text = table(run, SECONDS, idle, beside)
    print(text, *run.failed, *run.mistakes[:20], sep="\n")
    found = run.faults() + ["small requests were slow"] * (beside > ENOUGH * idle)
    if found:
        print("The page stays as it is:", "; ".join(found))
        return 1
    PAGE.write_text(generate.between(PAGE, START, text, END), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
