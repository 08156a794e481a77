"""The service as a process of its own, for what a client in process cannot show."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]
START = 30
"""Seconds in which the service must be ready, on a busy machine."""


@contextmanager
def serving(**settings: str) -> Iterator[int]:
    """Run the service with settings from the environment, and yield its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    environment = {"PATH": os.environ["PATH"], "PORT": str(port), **settings}
    command = [sys.executable, "-m", "service"]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL) as server:
        try:
            _wait_for(f"http://127.0.0.1:{port}/readyz")
            yield port
        finally:
            server.terminate()


def _wait_for(address: str) -> None:
    until = time.monotonic() + START
    while True:
        try:
            with urllib.request.urlopen(address, timeout=1):
                return
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
