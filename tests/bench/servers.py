"""ASGI servers and numbers of workers, side by side on the service itself."""

import os
import statistics
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

from tests.bench.measures import CONNECTIONS, GET, loading
from tests.bench.peers import environment, free_ports, serving

REPEATS = 5


def commands(worker_counts: tuple[int, ...]) -> Iterator[tuple[str, list[Any]]]:
    """Yield each server with each number of workers; ``{port}`` stands for its port."""
    granian = environment("granian") / "granian"
    options = ["--interface", "asgi", "--factory", "--no-ws", "--log-level", "warning"]
    for workers in worker_counts:
        yield f"uvicorn, {workers} worker(s)", [sys.executable, "-m", "service"]
        yield (
            f"granian, {workers} worker(s)",
            [granian, *options, "--workers", str(workers), "service.__main__:app"],
        )


def table() -> Iterator[str]:
    """Measure requests a second of different estimates, over those of the default."""
    names, ports = [], []
    with ExitStack() as stack:
        rate = stack.enter_context(loading())
        for name, command in commands((1, 2)):
            (port,) = free_ports(1)
            workers = name.partition(", ")[2].partition(" ")[0]
            settings = {"PORT": str(port), "WORKERS": workers}
            port_option = [] if command[0] == sys.executable else ["--port", str(port)]
            started = [command[0], *port_option, *command[1:]]
            stack.enter_context(serving(started, port, "/readyz", env=os.environ | settings))
            names.append(name)
            ports.append(port)
        rates = [[rate(port, GET, CONNECTIONS) for port in ports] for _ in range(1 + REPEATS)][1:]
    yield f"Requests a second of row 1's estimates, over those of the default ({names[0]}):"
    yield ""
    yield "| server | min | median | max |"
    yield "| --- | --- | --- | --- |"
    for place, name in enumerate(names):
        ratios = [each[place] / each[0] for each in rates]
        shown = (min(ratios), statistics.median(ratios), max(ratios))
        yield f"| {name} | " + " | ".join(f"{ratio:.2f}" for ratio in shown) + " |"
