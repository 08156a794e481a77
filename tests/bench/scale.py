"""Ten million DynamoDB workloads from Parquet to Parquet: time, memory, and what the kernel takes.

``python -m tests.bench.scale [ROWS]`` runs it beside reading and writing the same input, and the
same output, untouched, each in a process of its own. ``make bench`` tells it as its row 15.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet

from pricing import arrow
from pricing.quantities import REGION_CODES
from tests.bench.workloads import SEED
from upkeep import command, estimating

ROWS = 10_000_000
REPEATS = 3
GROUP = 2**20
"""Rows of a row group of the input."""
TIMED = "import sys; from tests.bench import scale; scale.timed(*sys.argv[1:])"
COPY = "import sys; from tests.bench import scale; scale.copied(*sys.argv[1:])"


class Figures(NamedTuple):
    """What came of a process."""

    wall: float
    """Its time by the clock [s]."""
    processor: float
    """Its time of the processor, all threads [s]."""
    memory: float
    """The most memory that it had [MB]."""
    kernel: float
    """The time by the clock in which the kernel was at work [s]; 0 without one."""
    kernel_processor: float
    """The kernel's time of the processor [s]."""


class Scale(NamedTuple):
    """One run of the estimate, and of reading and writing untouched what goes in and out."""

    rows: int
    estimate: Figures
    copy_in: Figures
    copy_out: Figures


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


def timed(given: str, made: str) -> None:
    """Price a file, and print how long the kernel was at work [s by the clock, of the processor].

    The kernel is :func:`pricing.arrow.estimates`, from a batch that is read to its estimates.
    """
    plain, took = arrow.estimates, np.zeros(2)

    def watched(service: str, batches: Iterable[Any]) -> Iterator[Any]:
        for batch in batches:
            begun = np.array([time.perf_counter(), time.thread_time()])
            (found,) = plain(service, [batch])
            took[:] += np.array([time.perf_counter(), time.thread_time()]) - begun
            yield found

    arrow.estimates = watched
    assert command.main(["estimate", "dynamodb", given, made]) == 0
    print(*took.tolist())


def copied(given: str, made: str) -> None:
    """Write a file as estimates are written, without any."""
    kind = pyarrow.parquet.read_schema(given)
    with estimating.writer(Path(made), ".parquet", kind) as write:
        for batch in estimating.batches(Path(given)):
            write(batch.cast(kind))
    print(0.0, 0.0)


def run(code: str, *arguments: str) -> Figures:
    """Run a process that prints the kernel's times last."""
    begun = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert process.stdout
    with process.stdout as said:
        *_, last = said.read().splitlines()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    wall, processor = time.perf_counter() - begun, used.ru_utime + used.ru_stime
    return Figures(wall, processor, used.ru_maxrss / 1024, *map(float, last.split()))


@cache
def measured(rows: int = ROWS, repeats: int = REPEATS) -> Sequence[Scale]:
    """Return some runs in turn."""
    with tempfile.TemporaryDirectory() as folder:
        given, made, copy = (
            str(Path(folder) / f"{name}.parquet") for name in ("in", "out", "copy")
        )
        written(Path(given), rows)
        return [
            Scale(rows, run(TIMED, given, made), run(COPY, given, copy), run(COPY, made, copy))
            for _ in range(repeats)
        ]


def kernel_share(_repeats: int) -> list[float]:
    """Return the share of the wall time in which the kernel is at work."""
    return [one.estimate.kernel / one.estimate.wall for one in measured()]


def kernel_share_of_the_processor(_repeats: int) -> list[float]:
    """Return the kernel's share of the time of the processor."""
    return [one.estimate.kernel_processor / one.estimate.processor for one in measured()]


def rows_a_second(_repeats: int) -> list[float]:
    """Return the rows a second, in thousands."""
    return [one.rows / one.estimate.wall / 1000 for one in measured()]


def memory(_repeats: int) -> list[float]:
    """Return the most memory of the process [MB]."""
    return [one.estimate.memory for one in measured()]


def over_copy_in(_repeats: int) -> list[float]:
    """Return the wall time over that of reading and writing the input untouched."""
    return [one.estimate.wall / one.copy_in.wall for one in measured()]


def over_copy_out(_repeats: int) -> list[float]:
    """Return the wall time over that of reading and writing the estimates untouched."""
    return [one.estimate.wall / one.copy_out.wall for one in measured()]


def main(rows: int) -> None:
    """Measure and print."""
    runs = measured(rows)
    for name in ("estimate", "copy_in", "copy_out"):
        of_runs = zip(*(getattr(one, name) for one in runs), strict=True)
        middle = Figures(*map(statistics.median, of_runs))
        shown = (f"{field} {figure:.1f}" for field, figure in middle._asdict().items())
        print(f"{name}: {rows / middle.wall:,.0f} rows a second; {', '.join(shown)}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS)
