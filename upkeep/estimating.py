"""``python -m pricing estimate``: files of workloads in, a file of their estimates out.

A file is read and written some rows at a time, so memory does not grow with its length. What is
written stands under its name only when all of it is there.
"""

import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from multiprocessing import Pipe, get_context
from multiprocessing.connection import Connection
from operator import attrgetter
from pathlib import Path
from queue import SimpleQueue
from typing import Any, NamedTuple
from uuid import uuid4

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from pricing import arrow, wording
from pricing.errors import ColumnError, PricingError
from upkeep.errors import OfferError

ROWS = 2**16
"""Rows that are read, priced and written together."""
AHEAD = 2
"""Batches that wait for each worker, and to be written."""
REFUSED = pa.schema([("row", pa.int64()), ("field", pa.string()), ("detail", pa.string())])
"""The columns of a list of refused rows; the first row is 0."""

Told = Callable[[int], None]
"""Is told how many rows more are written."""


class Estimated(NamedTuple):
    """What came of a file."""

    rows: int
    refused: int


def estimate(
    service: str,
    source: Path,
    target: Path,
    refused: Path | None,
    workers: int,
    told: Told,
    columns: Sequence[str] = (),
) -> Estimated:
    """Write the estimates of a file of workloads, and a CSV of what is wrong with refused rows.

    ``columns`` are those that are written; all of them if there are none.

    Raises
    ------
    OfferError
        if a name does not end in ``.parquet``, ``.csv``, ``.arrow`` or ``.arrows``, or a file
        cannot be read.
    PricingError
        if there is no such service, the file has columns that are no fields of its workloads, or
        estimates have no such columns.
    """
    done = failed = 0
    schema = _chosen(service, columns)
    _refuse_places(source, target, refused)
    try:
        with (
            _whole(target) as own,
            writer(own, target.suffix, schema) as writing,
            _behind(writing) as write,
            _list(refused) as tell,
        ):
            for batch in _priced(service, _ahead(batches(source)), workers):
                write(batch.select(schema.names))
                failed += tell(batch["violations"], done)
                done += batch.num_rows
                told(batch.num_rows)
    except pa.ArrowException as error:
        raise OfferError(f"{source}: {error}") from error
    return Estimated(done, failed)


def _refuse_places(source: Path, target: Path, refused: Path | None) -> None:
    """Refuse files that cannot be written, or would take the place of one another."""
    made = [target] if refused is None else [target, refused]
    for place in made:
        if place.is_dir() or not place.parent.is_dir():
            raise OfferError(f"{place} is no place for a file; name a file in a folder that exists")
    if len({place.resolve() for place in (source, *made)}) <= len(made):
        raise OfferError("name a file of its own to be read, to be written, and for --refused")


def _chosen(service: str, columns: Sequence[str]) -> Any:
    """Return the schema of some columns of the estimates of a service, of all if none is named."""
    every = arrow.schema(service)
    unknown = [name for name in dict.fromkeys(columns) if name not in every.names]
    said = [f"{name!r} is not known{wording.meant(name, tuple(every.names))}" for name in unknown]
    said += [f"{name} stands twice" for name in every.names if columns.count(name) > 1]
    if said:
        raise ColumnError(f"columns of the estimates of {service}: {'; '.join(said)}")
    return pa.schema([every.field(name) for name in columns or every.names])


def count(source: Path) -> int | None:
    """Return the rows of a file, if it says so itself."""
    if source.suffix != ".parquet" or not source.is_file():
        return None
    try:
        return int(pyarrow.parquet.read_metadata(source).num_rows)
    except pa.ArrowException as error:
        raise OfferError(f"{source}: {error}") from error


# ---- files


def batches(source: Path) -> Iterator[Any]:
    """Yield the rows of a file, :data:`ROWS` at a time, whatever its own parts; a CSV has texts."""
    if not source.is_file():
        raise OfferError(f"there is no file {source}")
    waiting: list[Any] = []
    lacking = ROWS
    for batch in _reader(source):
        while batch.num_rows >= lacking:
            yield from _together([*waiting, batch.slice(0, lacking)])
            batch, waiting, lacking = batch.slice(lacking), [], ROWS
        waiting.append(batch)
        lacking -= batch.num_rows
    if lacking < ROWS:
        yield from _together(waiting)


def _together(parts: list[Any]) -> list[Any]:
    """Return batches as one; as they are if their dictionaries together have too many words."""
    try:
        return [pa.concat_batches(parts)]
    except pa.ArrowInvalid:
        return parts


def _reader(source: Path) -> Iterator[Any]:
    match source.suffix:
        case ".parquet":
            with pyarrow.parquet.ParquetFile(source) as file:
                words = [column.name for column in file.schema_arrow if column.type == pa.string()]
            repeated = [name for name in words if name not in ("name", "group")]
            with pyarrow.parquet.ParquetFile(
                source, read_dictionary=repeated, buffer_size=2**20
            ) as file:
                yield from file.iter_batches(ROWS)
        case ".csv":
            with source.open("rb") as head:
                names = pyarrow.csv.open_csv(
                    head, pyarrow.csv.ReadOptions(block_size=2**20)
                ).schema.names
            texts = pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                strings_can_be_null=True,
                quoted_strings_can_be_null=True,
                null_values=[""],
            )
            with pyarrow.csv.open_csv(source, convert_options=texts) as rows:
                yield from rows
        case ".arrow":
            with pa.memory_map(str(source)) as mapped, pa.ipc.open_file(mapped) as file:
                yield from map(file.get_batch, range(file.num_record_batches))
        case ".arrows":
            with pa.memory_map(str(source)) as mapped, pa.ipc.open_stream(mapped) as rows:
                if mapped.read_at(len(arrow.END), mapped.size() - len(arrow.END)) != arrow.END:
                    raise OfferError(f"{source} lacks the marker of its end, so it may be cut")
                yield from rows
        case _:
            raise OfferError(_unknown(source.suffix))


@contextmanager
def writer(target: Path, suffix: str, schema: Any) -> Iterator[Callable[[Any], None]]:
    """Let batches of a schema be written to a file; numbers have no dictionaries, labels do."""
    match suffix:
        case ".parquet":
            labels = [field.name for field in schema if pa.types.is_dictionary(field.type)]
            with pyarrow.parquet.ParquetWriter(
                target, schema, compression="zstd", use_dictionary=[*labels, "group"]
            ) as file:
                yield file.write_batch
        case ".csv":
            plain = pa.schema([(name, _plain(schema.field(name).type)) for name in schema.names])
            with pyarrow.csv.CSVWriter(target, plain) as file:
                yield lambda batch: file.write_batch(_in_plain(batch, plain))
        case ".arrow" | ".arrows":
            new = pa.ipc.new_file if suffix == ".arrow" else pa.ipc.new_stream
            with new(target, schema) as file:
                yield file.write_batch
        case _:
            raise OfferError(_unknown(suffix))


def _plain(kind: Any) -> Any:
    """Return the type of a column in a CSV: a text for words, and for violations."""
    return pa.string() if pa.types.is_dictionary(kind) or pa.types.is_list(kind) else kind


def _in_plain(batch: Any, plain: Any) -> Any:
    columns = [_joined(one) if pa.types.is_list(one.type) else one for one in batch.columns]
    kinds = map(attrgetter("type"), plain)
    return pa.record_batch(
        [one.cast(kind) for one, kind in zip(columns, kinds, strict=True)], plain
    )


def _joined(listed: Any) -> Any:
    """Return the violations of each row as a text."""
    told = listed.flatten()
    texts = pc.binary_join_element_wise(told.field("field"), told.field("detail"), " ")
    starts = pc.subtract(listed.offsets, listed.offsets[0])
    return pc.binary_join(pa.ListArray.from_arrays(starts, texts), "; ")


def _unknown(suffix: str) -> str:
    return f"no files end in {suffix!r} here; let the name end in .parquet, .csv, .arrow or .arrows"


@contextmanager
def _whole(target: Path) -> Iterator[Path]:
    """Let a file be written beside its place, and move it there when all of it is written."""
    own = target.with_name(f".{target.name}.{uuid4().hex}")
    try:
        yield own
        os.replace(own, target)
    finally:
        own.unlink(missing_ok=True)


@contextmanager
def _list(target: Path | None) -> Iterator[Callable[[Any, int], int]]:
    """Let violations be listed in a CSV; what is yielded returns how many rows were refused."""
    if target is None:
        yield lambda listed, before: int(
            pc.sum(pc.greater(pc.list_value_length(listed), 0)).as_py() or 0
        )
        return
    with _whole(target) as own, pyarrow.csv.CSVWriter(own, REFUSED) as file:

        def tell(listed: Any, before: int) -> int:
            rows, told = pc.list_parent_indices(listed), listed.flatten()
            places = pc.add(rows.cast(pa.int64()), before)
            columns = [places, told.field("field"), told.field("detail")]
            file.write_batch(pa.record_batch(columns, REFUSED))
            return len(pc.unique(rows))

        yield tell


# ---- workers


def _ahead(batches: Iterator[Any]) -> Iterator[Any]:
    """Yield batches, each read by a thread of its own while the one before is priced."""
    with ThreadPoolExecutor(1) as reader:
        waiting = reader.submit(next, batches, None)
        while (batch := waiting.result()) is not None:
            waiting = reader.submit(next, batches, None)
            yield batch


@contextmanager
def _behind(write: Callable[[Any], None]) -> Iterator[Callable[[Any], None]]:
    """Let batches be written by a thread of its own, which releases the interpreter's lock."""
    with ThreadPoolExecutor(1) as writer:
        waiting: deque[Future[None]] = deque()

        def put(batch: Any) -> None:
            waiting.append(writer.submit(write, batch))
            if len(waiting) > AHEAD:
                waiting.popleft().result()

        yield put
        while waiting:
            waiting.popleft().result()


def _priced(service: str, rows: Iterable[Any], workers: int) -> Iterator[Any]:
    """Yield the estimates of batches in their order, with several processes if asked."""
    if workers < 2:
        yield from arrow.estimates(service, rows)
        return
    with ExitStack() as until:
        idle: SimpleQueue[Connection] = SimpleQueue()
        for _ in range(workers):
            idle.put(until.enter_context(_worker(service)))
        threads = until.enter_context(ThreadPoolExecutor(workers))
        waiting: deque[Future[Any]] = deque()
        for batch in rows:
            waiting.append(threads.submit(_asked, idle, batch))
            if len(waiting) > AHEAD * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


@contextmanager
def _worker(service: str) -> Iterator[Connection]:
    """Let a process price batches.

    Only it has the other end of the connection, which breaks as soon as either of both is gone.
    """
    ours, its = Pipe()
    process = get_context("spawn").Process(target=_serve, args=(service, its), daemon=True)
    process.start()
    its.close()
    try:
        yield ours
    finally:
        ours.close()
        process.join()


def _asked(idle: "SimpleQueue[Connection]", batch: Any) -> Any:
    """Have a worker price a batch."""
    worker = idle.get()
    try:
        worker.send(batch)
        answer = worker.recv()
    except (EOFError, OSError) as error:
        raise OfferError("a worker was killed; if memory lacks, ask for fewer --workers") from error
    finally:
        idle.put(worker)
    if isinstance(answer, Exception):
        raise answer
    return answer


def _serve(service: str, asking: Connection) -> None:
    """Price each batch that is sent, until nobody sends any; Ctrl-C is left to the parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(EOFError, ConnectionError):
        while True:
            asking.send(_answer(service, asking.recv()))


def _answer(service: str, batch: Any) -> Any:
    """Return the estimates of a batch, or what is wrong with it."""
    try:
        return next(arrow.estimates(service, [batch]))
    except (PricingError, pa.ArrowException) as error:
        return error
