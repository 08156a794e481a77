"""The faults: each makes trouble for some seconds, and ends as it began.

A fault is a function of the server; its docstring is its row of the table.
"""

import os
import random
import resource
import signal
import socket
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from threading import Thread

import msgspec

from pricing.model import registry
from service.answers import catalogue
from service.requests.batches import MOST_WORKLOADS
from tests.server import Server, wait_until

Fault = Callable[[Server], None]
BATCH = b"/v1/dynamodb/estimates"
LEFT = 64 * 1024**2
"""Bytes that a worker may take when it has little memory."""
LOST = 0
"""Stands for the status of an answer that ended before it began."""
SEVERAL = 20
SECONDS = 1.0
HEAD = (
    b"POST " + BATCH + b" HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    b"Content-Length: 100000\r\n\r\n"
)


def half_sent(server: Server) -> None:
    """Clients that send half a head, or half a body, and wait."""
    with ExitStack() as clients:
        for part in (b"", b"GET /v1/", HEAD, HEAD + b'{"workloads": [') * (SEVERAL // 4):
            with suppress(OSError):
                clients.enter_context(server.connected(part))
        time.sleep(SECONDS)


def slow_readers(server: Server) -> None:
    """Clients that ask for a price list, and read nothing."""
    asked = b"GET /v1/rds/prices.csv HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with ExitStack() as clients:
        for _ in range(SEVERAL // 2):
            with suppress(OSError):
                clients.enter_context(server.connected(asked, kept=4096))
        time.sleep(SECONDS)


def aborted(server: Server) -> None:
    """Clients that break off amid a body, or before the answer."""
    for _ in range(SEVERAL):
        with suppress(OSError):
            client = server.connected(HEAD + b'{"workloads": [{')
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            client.close()


def hostile_bodies(server: Server) -> None:
    """Bodies of noise, as JSON, MessagePack, CSV and workbook."""
    draw = random.Random(time.monotonic_ns())
    kinds = ("application/json", "application/msgpack", "text/csv", "application/zip")
    for kind in kinds * (SEVERAL // 4):
        body = b"PK\3\4" + draw.randbytes(draw.randint(1, 100_000))
        lines = f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        head = b"POST " + BATCH + b" HTTP/1.1\r\nHost: localhost\r\n" + lines.encode()
        with suppress(OSError), server.connected(head + body) as client:
            answer = client.recv(65536)
            assert answer[9:12] in {b"400", b"413", b"415", b"422", b"503"}, answer[:200]


def hostile_heads(server: Server) -> None:
    """Heads of noise, and heads without an end."""
    draw = random.Random(time.monotonic_ns())
    for _ in range(SEVERAL):
        with suppress(OSError), server.connected(draw.randbytes(2000)) as client:
            client.sendall(b"GET / HTTP/1.1\r\nA: " + b"a" * 200_000)


def killed_worker(server: Server) -> None:
    """A worker that is killed (SIGKILL)."""
    os.kill(server.workers()[-1], signal.SIGKILL)  # the younger: the other shows what it keeps
    time.sleep(SECONDS)


def stopped_worker(server: Server) -> None:
    """A worker that stands still for a second (SIGSTOP)."""
    worker = random.choice(server.workers())
    os.kill(worker, signal.SIGSTOP)
    time.sleep(SECONDS)
    with suppress(ProcessLookupError):
        os.kill(worker, signal.SIGCONT)


def killed_large_work(server: Server) -> None:
    """A process for large work that is killed (SIGKILL), beside two of the largest batches."""
    asking = [Thread(target=large, args=(server,)) for _ in range(2)]
    for thread in asking:
        thread.start()
    time.sleep(SECONDS)
    with suppress(ProcessLookupError):
        os.kill(server.named("storecast-large")[-1], signal.SIGKILL)
    for thread in asking:
        thread.join()


def many_connections(server: Server) -> None:
    """More silent connections than descriptors."""
    with ExitStack() as clients:
        for _ in range(300):
            with suppress(OSError):
                clients.enter_context(server.connected())
        time.sleep(SECONDS)


def full_disk(server: Server) -> None:
    """A disk that is full: large bodies get a 503, small requests go on."""
    filling = Path(server.folder, "filling")
    try:
        with filling.open("wb") as file:

            def full() -> bool:
                free = os.statvfs(server.folder)
                os.posix_fallocate(file.fileno(), 0, file.seek(0, 2) + free.f_bfree * free.f_frsize)
                return server.get("/readyz") == 503

            wait_until(lambda: full() and large(server) == 503)  # others still remove their files
    finally:
        filling.unlink()


def read_only_disk(server: Server) -> None:
    """A folder of temporary files that is read-only: likewise."""
    folder = Path(server.folder)
    folder.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        wait_until(lambda: server.get("/readyz") == 503)
        assert large(server) == 503
    finally:
        folder.chmod(stat.S_IRWXU)


def little_memory(server: Server) -> None:
    """Workers with 64 MiB left for the largest batch: a 503, or a worker that is replaced."""
    with limited(server, resource.RLIMIT_AS, lambda pid: _address_space(pid) + LEFT):
        for _ in server.workers():
            assert large(server) in (200, 503, LOST)


def few_descriptors(server: Server) -> None:
    """Workers with four descriptors left."""
    with limited(server, resource.RLIMIT_NOFILE, lambda pid: _last_descriptor(pid) + 5):
        hostile_bodies(server)
        slow_readers(server)


@contextmanager
def limited(server: Server, kind: int, most: Callable[[int], int]) -> Iterator[None]:
    """Limit what each worker may have, and its process for large work.

    What they are allowed by their system is as before.
    """
    before: dict[int, tuple[int, int]] = {}
    for pid in server.workers() + server.named("storecast-large"):
        with suppress(OSError):  # it has just ended
            _, allowed = before[pid] = resource.prlimit(pid, kind)
            least = most(pid) if allowed == resource.RLIM_INFINITY else min(most(pid), allowed)
            resource.prlimit(pid, kind, (least, allowed))
    try:
        yield
    finally:
        for pid, limits in before.items():
            with suppress(ProcessLookupError):
                resource.prlimit(pid, kind, limits)


def _last_descriptor(pid: int) -> int:
    return max(map(int, os.listdir(f"/proc/{pid}/fd")), default=0)


def _address_space(pid: int) -> int:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[0])
    return pages * resource.getpagesize()


def possible(server: Server) -> Iterator[Fault]:
    """Yield the faults that may be made: only a disk of the service's own is filled."""
    for fault in FAULTS:
        if fault is not full_disk or os.path.ismount(server.folder):
            yield fault


def large(server: Server) -> int:
    """Ask for the largest batch, read its answer, and return the status, or that it was lost."""
    head = b"POST " + BATCH + b" HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    sent = f"Content-Length: {len(LARGEST)}\r\nConnection: close\r\n\r\n".encode()
    start = b""
    with suppress(ConnectionError), server.connected(head + sent) as client:
        with suppress(ConnectionError):
            client.sendall(LARGEST)
        start = client.recv(65536)
        while client.recv(1024**2):
            pass
    return int(start.split()[1]) if start else LOST


EXAMPLE = catalogue.example_fields(registry()["dynamodb"])
LARGEST = msgspec.json.encode({"workloads": [EXAMPLE] * MOST_WORKLOADS})
"""The largest batch that is taken."""
FAULTS: tuple[Fault, ...] = (
    half_sent,
    slow_readers,
    aborted,
    hostile_bodies,
    hostile_heads,
    killed_worker,
    stopped_worker,
    killed_large_work,
    many_connections,
    full_disk,
    read_only_disk,
    little_memory,
    few_descriptors,
)
