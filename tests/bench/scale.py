"""Measure ten million DynamoDB workloads from Parquet to Parquet: time and memory.

``python -m tests.bench.scale [ROWS]`` runs it beside reading and writing the same input, and the
same output, untouched, each in a process of its own. It ends with 1 if it takes 1 GB or more.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet

from pricing.quantities import REGION_CODES
from tests.bench.workloads import SEED
from upkeep.estimating import ROWS

MOST_MB = 1000
GROUP = 2**20
"""Rows of a row group of the input."""
COPY = f"""
import sys, pyarrow.parquet
with pyarrow.parquet.ParquetFile(sys.argv[1], buffer_size=2**20) as given:
    with pyarrow.parquet.ParquetWriter(sys.argv[2], given.schema_arrow, compression="zstd") as made:
        for batch in given.iter_batches({ROWS}):
            made.write_batch(batch)
"""


def workloads(rows: int, draw: np.random.Generator, first: int) -> Any:
    """Draw workloads as a lake holds them: words as dictionaries, numbers as doubles."""

    def words(choices: tuple[str, ...]) -> Any:
        codes = pa.array(draw.integers(0, len(choices), rows).astype(np.int8))
        return pa.DictionaryArray.from_arrays(codes, pa.array(choices))

    return pa.table(
        {
            "name": pa.array(np.arange(first, first + rows).astype(str)),
            "region": words(REGION_CODES),
            "capacity_mode": words(("on-demand", "provisioned")),
            "reads_per_second": draw.uniform(0, 5000, rows).round(2),
            "writes_per_second": draw.uniform(0, 2000, rows).round(2),
            "item_bytes": draw.integers(50, 20_000, rows).astype(float),
            "storage_gb": draw.integers(0, 5000, rows).astype(float),
            "gsi_count": draw.integers(0, 3, rows),
        }
    )


def written(file: Path, rows: int) -> None:
    """Write workloads, always the same."""
    draw = np.random.default_rng(SEED)
    kind = workloads(1, draw, 0).schema
    with pyarrow.parquet.ParquetWriter(file, kind, compression="zstd") as out:
        for first in range(0, rows, GROUP):
            out.write_table(workloads(min(GROUP, rows - first), draw, first))


def run(*command: str) -> tuple[float, float, float]:
    """Run a process; return its time by the clock and of the processor [s], and memory [MB]."""
    begun = time.perf_counter()
    process = subprocess.Popen([sys.executable, *command], stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return time.perf_counter() - begun, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def main(rows: int) -> int:
    """Measure, print, and return whether memory stayed within bounds as an exit code."""
    with tempfile.TemporaryDirectory() as folder:
        given, made, copy = (Path(folder) / f"{name}.parquet" for name in ("in", "out", "copy"))
        written(given, rows)
        figures = {
            "estimate": run("-m", "pricing", "estimate", "dynamodb", str(given), str(made)),
            "copy of the input": run("-c", COPY, str(given), str(copy)),
            "copy of the output": run("-c", COPY, str(made), str(copy)),
        }
    own = figures["estimate"]
    for name, (wall, cpu, memory) in figures.items():
        ratios = f"{own[0] / wall:.2f} by the clock, {own[1] / cpu:.2f} of the processor"
        print(
            f"{name}: {wall:.1f} s, {cpu:.1f} s of the processor, {rows / wall:,.0f} rows a second,"
            f" {memory:.0f} MB; the estimate takes {ratios} times this"
        )
    return int(own[2] >= MOST_MB)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000))
