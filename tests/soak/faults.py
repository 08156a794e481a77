"""The faults: each makes trouble for some seconds, and ends as it began.

A fault is a function of the server; its docstring is its row of the table.
"""

import os
import random
import signal
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress

from tests.server import Server

Fault = Callable[[Server], None]
BATCH = b"/v1/dynamodb/estimates"
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
            assert answer.split()[1] in {b"400", b"413", b"415", b"422", b"503"}, answer[:200]


def hostile_heads(server: Server) -> None:
    """Heads of noise, and heads without an end."""
    draw = random.Random(time.monotonic_ns())
    for _ in range(SEVERAL):
        with suppress(OSError), server.connected(draw.randbytes(2000)) as client:
            client.sendall(b"GET / HTTP/1.1\r\nA: " + b"a" * 200_000)


def killed_worker(server: Server) -> None:
    """A worker that is killed (SIGKILL)."""
    os.kill(random.choice(server.workers()), signal.SIGKILL)
    time.sleep(SECONDS)


def stopped_worker(server: Server) -> None:
    """A worker that stands still for a second (SIGSTOP)."""
    worker = random.choice(server.workers())
    os.kill(worker, signal.SIGSTOP)
    time.sleep(SECONDS)
    with suppress(ProcessLookupError):
        os.kill(worker, signal.SIGCONT)


def many_connections(server: Server) -> None:
    """More silent connections than descriptors."""
    with ExitStack() as clients:
        for _ in range(300):
            with suppress(OSError):
                clients.enter_context(server.connected())
        time.sleep(SECONDS)


FAULTS: tuple[Fault, ...] = (
    half_sent,
    slow_readers,
    aborted,
    hostile_bodies,
    hostile_heads,
    killed_worker,
    stopped_worker,
    many_connections,
)
