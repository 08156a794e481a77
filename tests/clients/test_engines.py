"""Engines that map Arrow batches, by the docs: Sail without a JVM, PySpark, and Ray Data."""

import os
import re
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import polars
import pytest

from tests.clients.programs import HERE, PATIENCE, ROOT, started

ENGINES = ROOT / ".venv-engines" / "bin"
EXAMPLE = ROOT / "examples" / "spark.py"
ROWS = 2_000
LOCAL = [str(ENGINES / "spark-submit"), "--master", "local[2,4]"]
"""Two workers, each of whose tasks may fail four times."""
ONE_BILL = ["--one-bill", "--free-tier"]
LIMIT = 300
"""How long a run may take [seconds]."""
Answer = tuple[polars.DataFrame, str]
"""The rows by name, and the totals as they are shown."""


@pytest.fixture(scope="module")
def workloads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a lake of workloads, of which two are refused."""
    path, draw = tmp_path_factory.mktemp("lake") / "tables.parquet", np.random.default_rng(22)
    regions = ["us-east-1", "eu-west-1", "sa-east-1"]
    columns: dict[str, Any] = {
        "name": [f"table {row:04}" for row in range(ROWS)],
        "region": ["mars", *draw.choice(regions, ROWS - 1).tolist()],
        "capacity_mode": draw.choice(["on-demand", "provisioned"], ROWS).tolist(),
        "reads_per_second": draw.uniform(0, 5000, ROWS).tolist(),
        "item_bytes": [*draw.integers(50, 20_000, ROWS - 1).tolist(), -1],
        "storage_gb": draw.uniform(0, 500, ROWS).tolist(),
    }
    polars.DataFrame(columns).write_parquet(path)
    return path


@pytest.fixture(scope="module")
def sail(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run Sail, and yield its address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    log = tmp_path_factory.mktemp("sail") / "log"
    command = [str(ENGINES / "python"), "-m", "pysail", "spark", "server", "--port", str(port)]
    with started(command, log):
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.1)
        yield f"sc://127.0.0.1:{port}"


def ran(
    command: list[str], cwd: Path = ROOT, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run a program, and return what it said."""
    python = str(ENGINES / "python")
    done = subprocess.run(
        command,
        cwd=cwd,
        env=os.environ | {"PYSPARK_PYTHON": python, "PYSPARK_DRIVER_PYTHON": python} | environment,
        capture_output=True,
        text=True,
        timeout=LIMIT,
    )
    assert done.returncode == 0, done.stderr
    return done


def read(place: Path) -> polars.DataFrame:
    """Return the rows of a file, or of a folder of them, by name."""
    return polars.read_parquet(place / "*.parquet" if place.is_dir() else place).sort("name")


def plain(rows: polars.DataFrame) -> polars.DataFrame:
    """Return rows with texts for words, as Spark has them."""
    return rows.with_columns(polars.col(polars.Categorical, polars.Enum).cast(polars.String))


def on_sail(sail: str, source: Path, target: Path, *options: str) -> Answer:
    """Run the example on Sail."""
    command = [str(ENGINES / "python"), str(EXAMPLE), "dynamodb", str(source), str(target)]
    done = ran([*command, *options], SPARK_REMOTE=sail)
    return read(target), done.stdout


@pytest.fixture(scope="module")
def one_bill(sail: str, workloads: Path) -> Answer:
    """The workloads on one bill, by Sail in one partition."""
    return on_sail(sail, workloads, workloads.with_name("one"), *ONE_BILL, "--partitions", "1")


@pytest.fixture(scope="module")
def each(sail: str, workloads: Path) -> polars.DataFrame:
    """The workloads each by itself, by Sail."""
    return on_sail(sail, workloads, workloads.with_name("each"))[0]


@pytest.mark.parametrize("partitions", ["7", "64"])
def test_partitions_on_sail_make_no_difference(
    sail: str, workloads: Path, one_bill: Answer, partitions: str, tmp_path: Path
) -> None:
    """On one bill, rows and totals of 7 and 64 partitions are those of one."""
    rows, totals = on_sail(
        sail, workloads, tmp_path / "costs", *ONE_BILL, "--partitions", partitions
    )
    assert rows.equals(one_bill[0])
    assert totals == one_bill[1]
    assert rows["monthly_cost"].null_count() == 2


def test_pyspark_equals_sail(workloads: Path, one_bill: Answer, tmp_path: Path) -> None:
    """PySpark, with its processes of Java and Python, gives the rows and the totals of Sail."""
    target = tmp_path / "costs"
    command = [*LOCAL, str(EXAMPLE), "dynamodb", str(workloads), str(target)]
    done = ran([*command, *ONE_BILL, "--partitions", "3"])
    assert read(target).equals(one_bill[0])
    assert done.stdout.strip() == one_bill[1].strip()


def test_a_killed_worker_loses_nothing(
    workloads: Path, each: polars.DataFrame, tmp_path: Path
) -> None:
    """A worker that is killed midway is told of, its task runs again, and every row is there once.

    The rows are those of the command of one machine, and of Sail.
    """
    target, mark, alone = tmp_path / "costs", tmp_path / "mark", tmp_path / "alone.parquet"
    done = ran([*LOCAL, str(HERE / "killed.py"), str(workloads), str(target), str(mark)])
    assert mark.exists()
    assert "Lost task" in done.stderr
    assert "Python worker exited unexpectedly" in done.stderr
    assert read(target).equals(each)
    command = [str(ENGINES / "python"), "-m", "pricing", "estimate", "dynamodb"]
    subprocess.run([*command, workloads, alone], cwd=ROOT, capture_output=True, check=False)
    assert plain(read(alone)).equals(each)


def test_ray_maps_tables(workloads: Path, each: polars.DataFrame, tmp_path: Path) -> None:
    """The code of the docs for Ray Data gives the rows of Sail."""
    page = (ROOT / "docs" / "scale.md").read_text("utf-8")
    (code,) = re.findall(r"```python\n([^`]*^import ray$.*?)```", page, re.DOTALL | re.MULTILINE)
    polars.read_parquet(workloads).write_parquet(tmp_path / "tables.parquet")
    ran([str(ENGINES / "python"), "-c", code], cwd=tmp_path)
    assert plain(read(tmp_path / "costs")).equals(each)
