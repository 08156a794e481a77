"""``python -m tests.bench.load``: asks a server for a path over some connections, and counts.

For each line of JSON that it reads, the arguments of :func:`measured`, it prints the requests per
second. It asks from one process of its own; responses carry their Content-Length.
"""

import asyncio
import json
import sys
import time
from itertools import count
from typing import Any

import uvloop


class Asking(asyncio.Protocol):
    """One connection that asks for the next path as soon as it has an answer."""

    def __init__(self, paths: Any) -> None:
        self.paths, self.answers, self.buffer = paths, 0, bytearray()

    def connection_made(self, transport: Any) -> None:
        """Ask first."""
        self.transport = transport
        self.ask()

    def ask(self) -> None:
        """Send the next request."""
        self.transport.write(next(self.paths))

    def data_received(self, data: bytes) -> None:
        """Count an answer when it is whole, and ask again."""
        self.buffer += data
        head, end, _ = self.buffer.partition(b"\r\n\r\n")
        if not end:
            return
        if not head.startswith(b"HTTP/1.1 200"):
            raise SystemExit(f"the server answered {bytes(head[:200])!r}")
        _, _, after = head.lower().partition(b"content-length:")
        if len(self.buffer) >= len(head) + 4 + int(after.split(b"\r\n", 1)[0]):
            self.buffer.clear()
            self.answers += 1
            self.ask()


numbers = count(1)


async def measured(port: int, path: str, connections: int, seconds: float) -> float:
    """Ask for some seconds, and give the requests per second.

    ``{}`` in the path is a number that is never the same again.
    """
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n"
    requests = (request.format(number).encode() for number in numbers)
    loop = asyncio.get_running_loop()
    asking = [
        (await loop.create_connection(lambda: Asking(requests), "127.0.0.1", port))[1]
        for _ in range(connections)
    ]
    before, start = sum(one.answers for one in asking), time.perf_counter()
    await asyncio.sleep(seconds)
    count, spent = sum(one.answers for one in asking) - before, time.perf_counter() - start
    for one in asking:
        one.transport.abort()
    return count / spent


def main() -> None:
    """Answer each line."""
    for line in sys.stdin:
        print(uvloop.run(measured(**json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
