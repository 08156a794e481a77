"""The service in a process of its own, for what a client in process cannot show.

The clients run it too, from an environment that has none of its libraries.
"""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from shutil import which
from typing import Any

ROOT = Path(__file__).parents[1]
BARE = ["setpriv", "--bounding-set=-all"] if os.getuid() == 0 and which("setpriv") else []
"""Takes the rights of root away, as in the documented container."""
READ_ONLY = [
    *("unshare", "--user", "--map-root-user", "--mount", "sh", "-ec"),
    "mount -o remount,bind,ro /; if touch probe; then exit 1; fi;"
    ' mount -t tmpfs -o size=256m tmpfs "$TMPDIR"; exec "$@"',
    *("sh", "setpriv", "--bounding-set=-all", "--no-new-privs"),
]
"""Lets nothing be written but a tmpfs, and takes all rights away, as in that container."""
PATIENCE = 30
"""Seconds that a test waits for the service, on a busy machine."""


class Server:
    """A running service."""

    def __init__(
        self, process: subprocess.Popen[bytes], port: int, log: Any, folder: str = ""
    ) -> None:
        self.process, self.port, self._log = process, port, log
        self.folder = folder
        """Where it keeps temporary files, if that was said."""

    @property
    def base(self) -> str:
        """The address that all paths follow."""
        return f"http://127.0.0.1:{self.port}"

    def get(self, path: str) -> int:
        """Ask on a connection of its own, and return the status."""
        asking = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        with closing(asking):
            asking.request("GET", path)
            return asking.getresponse().status

    def answers(self) -> bool:
        """Return whether the service is ready."""
        with suppress(OSError):
            return self.get("/readyz") == 200
        return False

    def connected(self, sent: bytes = b"", kept: int | None = None) -> socket.socket:
        """Open a connection, and send something; ``kept`` is what the client's system keeps."""
        client = socket.socket()
        client.settimeout(PATIENCE)
        if kept:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, kept)
        client.connect(("127.0.0.1", self.port))
        client.sendall(sent)
        return client

    def written(self) -> str:
        """Return all that the service has written."""
        self._log.seek(0)
        return str(self._log.read().decode())

    def told(self) -> list[dict[str, Any]]:
        """Return the lines of the log, each a JSON object."""
        lines = self.written().splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    def log(self) -> list[dict[str, Any]]:
        """Return the lines of the log that are not those of requests."""
        return [line for line in self.told() if line["event"] != "request"]

    def measured(self) -> str:
        """Return the metrics of the service."""
        with urllib.request.urlopen(f"{self.base}/metrics", timeout=PATIENCE) as response:
            return str(response.read().decode())

    def workers(self) -> list[int]:
        """Return the processes that serve."""
        parent = self.process.pid
        children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        return [pid for pid in map(int, children) if b"spawn_main" in command(pid)]

    def named(self, name: str) -> list[int]:
        """Return the processes of a name, such as ``storecast-large``, the oldest first."""
        return sorted(
            int(folder.name)
            for folder in Path("/proc").glob("[0-9]*")
            if _session(folder) == self.process.pid and _read(folder / "comm") == f"{name}\n"
        )

    def stopped(self) -> float:
        """Stop the service, and return the seconds it took."""
        started = time.monotonic()
        self.process.terminate()
        self.process.wait(PATIENCE)
        return time.monotonic() - started


def held(pid: int) -> int:
    """Return the memory that a process and those below it hold, what they share once [B]."""
    below = map(int, _read(Path(f"/proc/{pid}/task/{pid}/children")).split())
    return held_alone(pid) + sum(map(held, below))


def held_alone(pid: int) -> int:
    """Return the memory that a process holds, and its part of what it shares [B].

    One that has just ended holds nothing.
    """
    told = re.search(r"Pss: +(\d+) kB", _read(Path(f"/proc/{pid}/smaps_rollup")))
    return int(told[1]) * 1024 if told else 0


def command(pid: int) -> bytes:
    """Return the command of a process; empty where it has ended."""
    return _read(Path(f"/proc/{pid}/cmdline")).encode()


def _read(path: Path) -> str:
    """Return what the system tells of a process; empty where it has ended."""
    with suppress(OSError):
        return path.read_text()
    return ""


def _session(process: Path) -> int:
    """Return the session of a process; 0 where it has ended, even if nobody has asked how."""
    status = _read(process / "stat").rpartition(")")[2].split()
    return int(status[3]) if status and status[0] not in "ZX" else 0


@contextmanager
def serving(
    files: int = 1024,
    python: str | Path = sys.executable,
    within: Sequence[str] = BARE,
    **settings: Any,
) -> Iterator[Server]:
    """Run the service with settings from the environment, and yield it when it is ready.

    ``files`` is how many files it may open, ``within`` the command that runs it.
    """
    port = free_port()
    environment = {"PATH": os.environ["PATH"], "PORT": str(port)}
    environment |= {name: str(value) for name, value in settings.items()}
    command = [*within, "sh", "-c", f'ulimit -n {files}; exec "$0" -m service', python]
    with (
        tempfile.TemporaryFile() as log,
        subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as process,
    ):
        server = Server(process, port, log, environment.get("TMPDIR", ""))
        try:
            wait_until(lambda: process.poll() is not None or server.answers())
            assert process.poll() is None, f"the service has ended:\n{server.written()}"
            yield server
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def free_port() -> int:
    """Return a port of the loopback address that nobody listens at."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def wait_until(found: Callable[[], bool], seconds: float = PATIENCE) -> None:
    """Wait for something to become true."""
    end = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < end
        time.sleep(0.05)
