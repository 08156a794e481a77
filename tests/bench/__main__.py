"""``make bench``: measures the service beside references and peers, and writes RESULTS.md.

Times of a shared machine are noise; ratios of runs in turn hold. ``python -m tests.bench 3 4``
takes the measures of those numbers only, and prints them.
"""

import os
import platform
import statistics
import sys
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path

from tests.bench import measures, pages, profiles, servers
from tests.bench.measures import Measure, met

RESULTS = Path(__file__).with_name("RESULTS.md")
HEAD = """# Results of the bench

Made by `make bench`; one measure is remade by `.venv/bin/python -m tests.bench` and its number.
Each figure is a ratio to a reference that runs in turn with it on the same machine. Rows 9, 10,
14, 15b and 15c are in the units that they name. Workloads are drawn from a fixed seed. Met is
judged by the median.
"""
MEASURES = (*measures.MEASURES, *pages.MEASURES)
NOTES = Path(__file__).with_name("NOTES.md")
LIBRARIES = ("litestar", "msgspec", "numpy", "uvicorn", "uvloop", "httptools")


def main(numbers: Sequence[str]) -> None:
    """Take the measures asked for; all of them make the results anew."""
    if numbers:
        for measure in MEASURES:
            if measure.number in numbers:
                print(row(measure), flush=True)
        return
    lines = [HEAD, machine(), "", *table(), "", NOTES.read_text()]
    lines += ["## Where the time goes", "", *profiles.tables(), "## Servers and workers", ""]
    RESULTS.write_text("\n".join([*lines, *servers.table(), ""]))


def table() -> Iterator[str]:
    """Take every measure, one row each."""
    yield "| # | measure | target | min | median | max | met |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for measure in MEASURES:
        line = row(measure)
        print(line, flush=True)
        yield line


def row(measure: Measure) -> str:
    """Take one measure, and write it as a row."""
    figures = measure.take(measure.repeats)
    middle = statistics.median(figures)
    shown = (f"{figure:.3g}" for figure in (min(figures), middle, max(figures)))
    target = f"{measure.target} {measure.unit}".strip() if measure.target else "(told)"
    verdict = "" if not measure.target else "yes" if met(measure.target, middle) else "**no**"
    return f"| {measure.number} | {measure.what} | {target} | {' | '.join(shown)} | {verdict} |"


def machine() -> str:
    """Describe the machine and what ran on it."""
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    return (
        f"{platform.system()} on {platform.machine()} ({processor()}), {os.cpu_count()} cores,"
        f" {memory:.0f} GiB, load {os.getloadavg()[1]:.1f} at the start; Python"
        f" {platform.python_version()}; {libraries}."
    )


def processor() -> str:
    """Name the processor."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return "unknown"


if __name__ == "__main__":
    main(sys.argv[1:])
