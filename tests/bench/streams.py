"""Measure DynamoDB workloads over HTTP, as Arrow to Arrow and as CSV to CSV.

``python -m tests.bench.streams [ROWS]`` asks a service of its own for each, and prints the time of
its processor, its most memory, and the bytes of both bodies.
"""

import io
import os
import sys
import urllib.request
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import csv, ipc

from service.formats.media import FORMATS
from tests.bench.scale import GROUP, workloads
from tests.bench.workloads import SEED
from tests.server import serving

PLAINLY = {"Accept-Encoding": "identity"}


def as_arrow(table: Any) -> bytes:
    """Return a table as a stream."""
    made = io.BytesIO()
    with ipc.new_stream(made, table.schema) as writer:
        writer.write_table(table, GROUP)
    return made.getvalue()


def as_csv(table: Any) -> bytes:
    """Return a table as CSV."""
    made = io.BytesIO()
    words = {name for name in table.schema.names if pa.types.is_dictionary(table[name].type)}
    texts = [
        table[name].cast(pa.string()) if name in words else table[name]
        for name in table.schema.names
    ]
    csv.write_csv(pa.table(texts, table.schema.names), made)
    return made.getvalue()


def used(pid: int) -> tuple[float, int]:
    """Return the time of the processor that a process took [s], and its most memory [MB]."""
    times = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    most = Path(f"/proc/{pid}/status").read_text().partition("VmHWM:")[2].split()[0]
    return sum(map(int, times[11:13])) / os.sysconf("SC_CLK_TCK"), int(most) // 1024


def main(rows: int) -> None:
    """Measure, and print a line for each format."""
    table = workloads(rows, np.random.default_rng(SEED), 0)
    for word, body in (("arrow", as_arrow(table)), ("csv", as_csv(table))):
        with serving(MAX_SPOOLED_MB=65536) as server:
            pid = server.process.pid
            before, _ = used(pid)
            headers = PLAINLY | {"Content-Type": FORMATS[word]}
            asked = urllib.request.Request(f"{server.base}/v1/dynamodb/estimates", body, headers)
            size = 0
            with urllib.request.urlopen(asked) as answer:
                while part := answer.read(2**20):
                    size += len(part)
            taken, memory = used(pid)
        print(
            f"{word}: {taken - before:.1f} s of the processor, {rows / (taken - before):,.0f} rows"
            f" a second, {memory} MB; {len(body) / 1e6:.0f} MB in, {size / 1e6:.0f} MB out"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
