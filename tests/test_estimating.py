"""``python -m pricing estimate``: files in and out, whatever their format and row groups."""

import csv
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

from pricing import arrow
from pricing.model import service
from tests.bench.workloads import tables_of_dynamodb
from upkeep import command, estimating

ROOT = Path(__file__).parents[1]
LOOP = re.compile(r"```python\n(.*?)```", re.DOTALL)
OTHERS = re.compile(r"^import (ray|requests)$", re.MULTILINE)
"""What the code of the docs needs that is not of this package; it is tested with real clients."""
SUFFIXES = [".parquet", ".csv", ".arrow", ".arrows"]
ROWS: list[dict[str, Any]] = [{**row, "item_bytes": 100.0} for row in tables_of_dynamodb(50)]


def write(folder: Path, suffix: str, rows: list[dict[str, Any]]) -> Path:
    """Write workloads as a file, in row groups of a few."""
    path, table = folder / f"in{suffix}", pa.Table.from_pylist(rows)
    match suffix:
        case ".parquet":
            pa.parquet.write_table(table, path, row_group_size=7)
        case ".csv":
            pa.csv.write_csv(table, path)
        case _:
            new = pa.ipc.new_file if suffix == ".arrow" else pa.ipc.new_stream
            with new(path, table.schema) as file:
                file.write_table(table, max_chunksize=7)
    return path


def read(path: Path) -> Any:
    """Read a file of estimates."""
    match path.suffix:
        case ".parquet":
            return pa.parquet.read_table(path)
        case ".csv":
            return pa.csv.read_csv(path)
        case ".arrow":
            return pa.ipc.open_file(path).read_all()
        case _:
            return pa.ipc.open_stream(path).read_all()


def costs_by_the_engine() -> list[float]:
    """Return what the workloads cost, from the engine."""
    rows = pa.RecordBatch.from_pylist(ROWS)
    return next(arrow.estimates("dynamodb", [rows]))["monthly_cost"].to_pylist()  # type: ignore[no-any-return]


@pytest.mark.parametrize("target", SUFFIXES)
@pytest.mark.parametrize("source", SUFFIXES)
def test_every_format_goes_to_every_format(tmp_path: Path, source: str, target: str) -> None:
    """Every row is priced and in its place, in each format, with row groups of any size."""
    given, made = write(tmp_path, source, ROWS), tmp_path / f"out{target}"
    assert command.main(["estimate", "dynamodb", str(given), str(made)]) == 0
    found = read(made)
    assert found["monthly_cost"].to_pylist() == costs_by_the_engine()
    assert list(map(str, found["name"].to_pylist())) == [row["name"] for row in ROWS]
    assert {path.name for path in tmp_path.iterdir()} == {given.name, made.name}


def test_a_file_is_the_same_with_workers_and_small_batches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two processes and batches of three rows give the rows of one process, in order."""
    given = write(tmp_path, ".parquet", ROWS)
    monkeypatch.setattr(estimating, "ROWS", 3)
    made = tmp_path / "out.parquet"
    assert command.main(["estimate", "dynamodb", str(given), str(made), "--workers", "2"]) == 0
    assert read(made)["monthly_cost"].to_pylist() == costs_by_the_engine()


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_small_parts_are_priced_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    """A file in parts of seven rows is priced twenty at a time, so small parts cost no speed."""
    given = write(tmp_path, suffix, ROWS)
    monkeypatch.setattr(estimating, "ROWS", 20)
    found = list(estimating.batches(given))
    assert [batch.num_rows for batch in found] == [20, 20, 10]
    names = [name for batch in found for name in batch["name"].to_pylist()]
    assert names == [row["name"] for row in ROWS]


def test_parts_with_words_of_their_own_are_priced(tmp_path: Path) -> None:
    """Parts whose dictionaries are too many words for one are priced apart, none is left out."""
    given = tmp_path / "in.arrows"
    names = [[f"{part}{row}" for row in range(100)] for part in "ab"]
    words = [pa.DictionaryArray.from_arrays(pa.array(range(100), pa.int8()), own) for own in names]
    batches = [
        pa.record_batch({"name": own, "region": pa.repeat("us-east-1", 100)}) for own in words
    ]
    with pa.ipc.new_stream(given, batches[0].schema) as file:
        for batch in batches:
            file.write_batch(batch)
    found = [batch["name"].to_pylist() for batch in estimating.batches(given)]
    assert found == names


def test_refused_rows_are_listed_and_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refused row is listed with its number and each reason, and the exit status says so."""
    monkeypatch.setattr(estimating, "ROWS", 3)
    bad = {4: {"region": "mars", "storage_gb": -1.0}, 10: {"gsi_count": 0.5}}
    rows = [{**row, **bad.get(place, {})} for place, row in enumerate(ROWS)]
    for suffix in (".parquet", ".csv"):
        given, made = write(tmp_path, suffix, rows), tmp_path / f"out{suffix}"
        told = tmp_path / "refused.csv"
        asked = ["estimate", "dynamodb", str(given), str(made)]
        assert command.main([*asked, "--refused", str(told)]) == command.CHANGED
        with told.open(newline="") as file:
            listed = [(int(row["row"]), row["field"]) for row in csv.DictReader(file)]
        assert listed == [(4, "region"), (4, "storage_gb"), (10, "gsi_count")]
        assert "50 rows, 2 refused" in capsys.readouterr().out
        unknown = [cost is None for cost in read(made)["monthly_cost"].to_pylist()]
        assert [place for place, none in enumerate(unknown) if none] == [4, 10]
        assert command.main(asked) == command.CHANGED


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_columns_are_those_asked_for(tmp_path: Path, suffix: str) -> None:
    """Only the columns that are named are written, in their order; each is what it is among all."""
    given, made = write(tmp_path, ".parquet", ROWS), tmp_path / f"out{suffix}"
    asked = ["estimate", "dynamodb", str(given), str(made), "--columns"]
    assert command.main([*asked, "monthly_cost,region,name"]) == 0
    found = read(made)
    assert found.schema.names == ["monthly_cost", "region", "name"]
    assert found["monthly_cost"].to_pylist() == costs_by_the_engine()
    assert command.main([*asked, "violations"]) == 0
    assert read(made).num_rows == len(ROWS)


def test_columns_that_are_not_there_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each column that estimates do not have, or that is named twice, is told of at once."""
    given, made = write(tmp_path, ".parquet", ROWS), tmp_path / "out.parquet"
    asked = ["estimate", "dynamodb", str(given), str(made), "--columns"]
    assert command.main([*asked, "monthly_costs,name,name,"]) == command.REFUSED
    said = capsys.readouterr().err
    assert "'monthly_costs' is not known; did you mean monthly_cost?" in said
    assert "'' is not known; name stands twice" in said
    assert not made.exists()


@pytest.mark.parametrize(
    ("service_key", "source", "target", "said"),
    [
        ("dynamodb", "none.parquet", "out.parquet", "there is no file"),
        ("dynamodb", "in.parquet", "out.txt", "let the name end in .parquet"),
        ("dynamodb", "in.txt", "out.csv", "let the name end in .parquet"),
        ("dynamodb", "broken.parquet", "out.parquet", "broken.parquet"),
        ("kinesis", "in.parquet", "out.parquet", "reads_per_second is not known"),
        ("dynamo", "in.parquet", "out.parquet", "there is no service"),
    ],
)
def test_what_cannot_be_priced_leaves_nothing_behind(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    service_key: str,
    source: str,
    target: str,
    said: str,
) -> None:
    """A file that cannot be read or priced is named, and no part of an answer is left."""
    write(tmp_path, ".parquet", ROWS)
    for name in ("in.txt", "broken.parquet"):
        (tmp_path / name).write_text("no rows")
    before = set(tmp_path.iterdir())
    asked = ["estimate", service_key, str(tmp_path / source), str(tmp_path / target)]
    assert command.main(asked) == command.REFUSED
    assert said in capsys.readouterr().err
    assert set(tmp_path.iterdir()) == before


def test_a_stream_that_is_cut_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A stream that ends behind a batch, but without its marker, is not taken for all of it."""
    given, made = write(tmp_path, ".arrows", ROWS), tmp_path / "out.csv"
    given.write_bytes(given.read_bytes()[: -len(arrow.END)])
    assert command.main(["estimate", "dynamodb", str(given), str(made)]) == command.REFUSED
    assert "lacks the marker of its end" in capsys.readouterr().err
    assert not made.exists()


@pytest.mark.parametrize(
    ("target", "more", "said"),
    [
        ("in.parquet", [], "name a file of its own"),
        ("out.csv", ["--refused", "out.csv"], "name a file of its own"),
        ("out.csv", ["--refused", "in.parquet"], "name a file of its own"),
        ("none/out.csv", [], "none/out.csv is no place"),
        ("out.csv", ["--refused", "none/out.csv"], "none/out.csv is no place"),
        ("folder.csv", [], "folder.csv is no place"),
        ("out.CSV", [], "no files end in '.CSV' here"),
    ],
)
def test_places_are_refused_before_anything_is_priced(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    target: str,
    more: list[str],
    said: str,
) -> None:
    """What cannot be written, or would take the place of another file, is told at the start."""
    monkeypatch.chdir(tmp_path)
    given = write(Path(), ".parquet", ROWS)
    Path("folder.csv").mkdir()
    before = given.read_bytes()
    assert command.main(["estimate", "dynamodb", str(given), target, *more]) == command.REFUSED
    assert said in capsys.readouterr().err
    assert given.read_bytes() == before
    assert {path.name for path in tmp_path.iterdir()} == {given.name, "folder.csv"}


@pytest.mark.parametrize("workers", ["0", "-1", "two"])
def test_workers_are_counted_from_one(capsys: pytest.CaptureFixture[str], workers: str) -> None:
    """No workers, or a number that is none, are refused."""
    with pytest.raises(SystemExit):
        command.main(["estimate", "dynamodb", "in.csv", "out.csv", f"--workers={workers}"])
    assert f"send a whole number from 1; got '{workers}'" in capsys.readouterr().err


def processes_of(parent: int) -> list[int]:
    """Return the processes that a process has started."""
    started = Path(f"/proc/{parent}/task/{parent}/children")
    return [int(child) for child in started.read_text().split()]


def within(seconds: float, holds: Callable[[], bool]) -> bool:
    """Return whether something holds before so many seconds are over."""
    end = time.monotonic() + seconds
    while not holds() and time.monotonic() < end:
        time.sleep(0.02)
    return holds()


@pytest.mark.parametrize(
    ("who", "how", "status", "said"),
    [
        ("command", signal.SIGTERM, command.STOPPED, "stopped; no file is half written"),
        ("command", signal.SIGKILL, -signal.SIGKILL, ""),
        ("worker", signal.SIGKILL, command.REFUSED, "a worker was killed"),
    ],
)
def test_what_is_stopped_leaves_the_old_file_and_no_process(
    tmp_path: Path, who: str, how: signal.Signals, status: int, said: str
) -> None:
    """Whoever is stopped, and however, the old file stays, and no worker is left to wait."""
    given, made = tmp_path / "in.parquet", tmp_path / "out.parquet"
    rows = pa.table({"region": pa.repeat("us-east-1", 2_000_000).dictionary_encode()})
    pa.parquet.write_table(rows, given)
    made.write_text("old")
    asked = ["-m", "pricing", "estimate", "kinesis", str(given), str(made), "--workers", "2"]
    running = subprocess.Popen(
        [sys.executable, *asked], cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert within(60, lambda: any(file.stat().st_size > 1000 for file in tmp_path.glob(".out*")))
    started = processes_of(running.pid)
    assert len(started) == 3
    os.kill(running.pid if who == "command" else started[-1], how)
    told = running.communicate(timeout=60)[1].decode()
    assert running.returncode == status
    assert said in told
    assert "Traceback" not in told
    assert made.read_text() == "old"
    if running.returncode > 0:
        assert {path.name for path in tmp_path.iterdir()} == {given.name, made.name}
    assert within(30, lambda: not any(map(runs, started)))


def runs(process: int) -> bool:
    """Return whether a process runs; one that only nobody has waited for does not."""
    try:
        return bool(Path(f"/proc/{process}/cmdline").read_bytes())
    except FileNotFoundError:
        return False


def test_a_failure_in_the_middle_keeps_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If writing fails after some rows, the file that stood there stays as it was."""
    given, made = write(tmp_path, ".parquet", ROWS), tmp_path / "out.parquet"
    made.write_text("old")
    monkeypatch.setattr(estimating, "ROWS", 3)

    def fail(rows: int) -> None:
        raise OSError("no space is left")

    with pytest.raises(OSError, match="no space"):
        estimating.estimate("dynamodb", given, made, None, 1, fail)
    assert made.read_text() == "old"
    assert {path.name for path in tmp_path.iterdir()} == {given.name, made.name}


def test_the_page_on_scale_shows_what_the_command_does(tmp_path: Path) -> None:
    """The example of the docs, typed as it stands, lists the refused rows that are shown."""
    page = (ROOT / "docs" / "scale.md").read_text("utf-8")
    shown = re.search(r"```console\n(\$ printf.*?)```\n\n```text\n(.*?)```", page, re.DOTALL)
    assert shown
    script = shown[1].replace("$ ", "").replace("python3", sys.executable)
    ran = subprocess.run(
        ["bash", "-uc", script], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert ran.stdout.partition("\n")[0].startswith("2 rows, 1 refused")
    assert ran.stdout.partition("\n")[2] == shown[2]
    write(tmp_path, ".parquet", ROWS).rename(tmp_path / "tables.parquet")
    own = [loop for loop in LOOP.findall(page) if not OTHERS.search(loop)]
    assert len(own) == 3
    for loop in own:
        subprocess.run([sys.executable, "-c", loop], cwd=tmp_path, check=True, timeout=60)
    assert read(tmp_path / "costs.parquet")["monthly_cost"].to_pylist() == costs_by_the_engine()
    assert read(tmp_path / "months.parquet").num_rows == len(ROWS)


def test_an_example_of_each_row_is_a_workload() -> None:
    """The rows of these tests are workloads of the service as JSON has them."""
    kind = service("dynamodb").workload
    assert all(msgspec.convert(row, kind) for row in ROWS)
