"""Arrow streams in and out: the record batches of a table, whose columns have types.

pyarrow checks little of what it reads, so no cell is looked at before its batch is known to be
sound. What makes much of little is limited: rows, texts that many of them share, and batches that
look words up in large dictionaries. Compressed buffers are refused, as compressed bodies are.
"""

import mmap
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from io import SEEK_END, BytesIO
from itertools import chain
from typing import Any, BinaryIO, NoReturn

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import ipc

from pricing import wording
from pricing.arrow import END, WORDS
from service.formats import readers, writers
from service.formats.media import ARROW, Dialect
from service.formats.readers import NO_ROW, Sheet
from service.formats.spools import SPOOLED
from service.formats.table import Kind, Table
from service.formats.workbooks import Row
from service.problems import ProblemError, Violation
from service.waiting import each

TOGETHER = 5_000
"""Rows that are converted together."""
MOST_ROWS = 20_000_000
"""Rows of a stream, of which one may take less than a byte: a CSV of a GiB has about as many."""
MOST_TEXT = 64 * 1024**2
"""Bytes of the texts of so many rows, and of those of a dictionary; rows may share their bytes."""
MOST_LOOKED_UP = 16 * 1024**3
"""Bytes of all batches, each with the whole dictionaries in which it looks words up."""
FILE = b"ARROW1"
"""How a file of Arrow begins, whose batches are in a stream of its own."""
BATCH, DICTIONARY = "record batch", "dictionary"
NOT_READ = (pa.ArrowException, OSError, UnicodeDecodeError)
"""What the library raises for bytes that are no stream."""
MOMENT = pa.timestamp("us", "UTC")
TYPES: dict[Any, Any] = {
    float: pa.float64(),
    int: pa.int64(),
    bool: pa.bool_(),
    date: pa.date32(),
    datetime: MOMENT,
    str: pa.string(),
}
"""The type of each kind of column that is no list of words."""


# ---- out


def written(tables: Iterable[Table]) -> Iterator[bytes]:
    """Write a table that comes in parts, at least one, as a stream of a batch for each part.

    The types follow from the kinds of the columns. The buffers are not compressed, for the answer
    is, where the client accepts it.
    """
    rest = iter(tables)
    first = next(rest)
    schema = pa.schema([(name, _type(_kind_in(first, name))) for name in first.columns])
    sink = BytesIO()
    with ipc.new_stream(sink, schema) as writer:
        for table in chain([first], rest):
            columns = table.columns.items()
            made = [_column(cells, _kind_in(first, name)) for name, cells in columns]
            writer.write_batch(pa.record_batch(made, schema))
            yield _taken(sink)
    yield _taken(sink)


def _kind_in(table: Table, name: str) -> Kind:
    return table.kinds.get(name, str)


def _type(kind: Kind) -> Any:
    return WORDS if isinstance(kind, tuple) else TYPES[kind]


def _column(cells: list[Any], kind: Kind) -> Any:
    """Return cells as an array; those of a column of texts as a CSV spells them."""
    if isinstance(kind, tuple):
        codes = pc.index_in(pa.array(cells, pa.string()), value_set=pa.array(kind, pa.string()))
        words = pa.array(kind, pa.string())
        return pa.DictionaryArray.from_arrays(codes.cast(pa.int16()), words)
    if kind is str:
        cells = [cell if isinstance(cell, str | None) else _spelled(cell) for cell in cells]
    return pa.array(cells, TYPES[kind])


def _spelled(cell: Any) -> str:
    if isinstance(cell, bool):
        return str(cell).lower()
    return writers.moment(cell) if isinstance(cell, datetime) else str(cell)


def _taken(sink: BytesIO) -> bytes:
    """Take what was written since."""
    some = sink.getvalue()
    sink.seek(0)
    sink.truncate()
    return some


# ---- in


def opened(file: BinaryIO) -> Sheet:
    """Open a stream, and read its schema as the header of a sheet.

    Raises
    ------
    ProblemError
        400 where it is no stream, is cut, goes on behind its end or is compressed, 422 where a
        column is of a type that is no cell.
    """
    source = _mapped(file)
    try:
        reader = ipc.open_stream(source)
        names = reader.schema.names
        _refuse_unsound(source)
    except NOT_READ as error:
        _refuse(source, error)
    kinds = _kinds(names, reader.schema.types)
    header, rows = (NO_ROW, names), _rows(reader, source)
    return Sheet(header, rows, Dialect(), typed=True, addressed=False, kinds=kinds)


def _mapped(file: BinaryIO) -> Any:
    """Return the bytes of a file; those of one that is on the disk stay there."""
    size = file.seek(0, SEEK_END)
    file.seek(0)
    if size <= SPOOLED:
        return pa.py_buffer(file.read())
    return pa.py_buffer(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))


def _part(source: Any, start: int, end: int) -> bytes:
    return bytes(memoryview(source)[max(0, start) : end])


def _refuse(source: Any, error: Exception | str) -> NoReturn:
    """Refuse bytes that are no stream; that there is no memory is not their fault."""
    if isinstance(error, MemoryError):
        raise error
    if _part(source, 0, len(FILE)) == FILE:
        error = "it is an Arrow file; write the stream format, as pyarrow.ipc.new_stream does"
    elif not source.size:
        error = "it is empty"
    message = f"the body is not {ARROW}: {wording.shortened(str(error))}"
    raise ProblemError("malformed-body", message)


def _refuse_unsound(source: Any) -> None:
    """Refuse a stream that is compressed, that is cut, or behind whose end more bytes stand."""
    bytes_ = pa.BufferReader(source)
    for message in each(ipc.MessageReader.open_stream(bytes_)):
        if message.type in (BATCH, DICTIONARY) and _is_compressed(memoryview(message.metadata)):
            _refuse(source, "its buffers are compressed; write it without compression")
    end = bytes_.tell()
    if _part(source, end - len(END), end) != END:
        _refuse(source, "it ends without the marker of its end, so it may be cut; close its writer")
    if end < source.size:
        _refuse(source, "more bytes stand behind its end; send one stream")


def _is_compressed(metadata: memoryview) -> bool:
    """Return whether the metadata of a message say that its buffers are compressed.

    The library has checked that the places in them lie within, but does not tell this: it is
    member 3 of a record batch, which is member 2 of a message or member 1 of its dictionary
    (``Message.fbs`` of Arrow's format).
    """
    message = _number(metadata, 0, 4)
    held = _table(metadata, message, 2)
    if _number(metadata, _member(metadata, message, 1), 1) == 2:
        held = _table(metadata, held, 1)
    return bool(_member(metadata, held, 3))


def _table(metadata: memoryview, table: int, place: int) -> int:
    """Return where a member of a FlatBuffers table that is a table itself stands."""
    member = _member(metadata, table, place)
    return member + _number(metadata, member, 4)


def _member(metadata: memoryview, table: int, place: int) -> int:
    """Return where a member of a FlatBuffers table stands; 0 where it has none."""
    listed = table - _number(metadata, table, 4, signed=True)
    at = 4 + 2 * place
    offset = _number(metadata, listed + at, 2) if at < _number(metadata, listed, 2) else 0
    return table + offset if offset else 0


def _number(metadata: memoryview, at: int, size: int, *, signed: bool = False) -> int:
    return int.from_bytes(metadata[at : at + size], "little", signed=signed)


def _kind_of(type_: Any) -> Kind | None:
    """Return what the cells of a column of a type are; None where they are no cells.

    A number of 64 bits without a sign is passed through as a text: no other kind holds it.
    """
    types = pa.types
    if types.is_dictionary(type_):
        type_ = type_.value_type
    kinds: dict[Kind, Callable[[Any], bool]] = {
        bool: types.is_boolean,
        str: lambda one: _is_text(one) or types.is_uint64(one) or types.is_null(one),
        int: types.is_integer,
        float: lambda one: types.is_floating(one) or types.is_decimal(one),
        date: types.is_date,
        datetime: types.is_timestamp,
    }
    return next((kind for kind, holds in kinds.items() if holds(type_)), None)


def _is_text(type_: Any) -> bool:
    types = pa.types
    return bool(
        types.is_string(type_) or types.is_large_string(type_) or types.is_string_view(type_)
    )


def _kinds(names: list[str], types: list[Any]) -> dict[str, Kind]:
    """Return the kinds of columns.

    Raises
    ------
    ProblemError
        422 where there are too many of them, or cells that no sheet has.
    """
    if len(names) > readers.MOST_COLUMNS:
        message = f"the stream has {len(names):,} columns, and a sheet at most"
        raise readers.refused([Violation(f"{message} {readers.MOST_COLUMNS:,}")])
    kinds, found = {}, []
    for name, type_ in zip(names, types, strict=True):
        if kind := _kind_of(type_):
            kinds[name.strip()] = kind
        else:
            message = f"holds {wording.shortened(str(type_))}; send numbers, texts, truths or days"
            found.append(_of_column(name, message))
    if found:
        raise readers.refused(found)
    return kinds


def _of_column(name: str, message: str) -> Violation:
    name = wording.shortened(name)
    return Violation(f"column {name}: {message}", column=name)


def _rows(reader: Any, source: Any) -> Iterator[Row]:
    """Yield the rows of all batches, numbered from 0."""
    done = looked_up = 0
    try:
        for batch in each(reader):
            batch.validate()
            if done + batch.num_rows > MOST_ROWS:
                message = f"a stream has at most {MOST_ROWS:,} rows; send it in several"
                raise ProblemError("body-too-large", message)
            looked_up += batch.nbytes + _size_of_texts(batch)
            if looked_up > MOST_LOOKED_UP:
                raise _too_large("all batches with their dictionaries", MOST_LOOKED_UP)
            batch.validate(full=True)
            for some in _parts(batch):
                cells = map(_cells, some.schema.names, some.columns)
                yield from enumerate(zip(*cells, strict=True), done)
                done += some.num_rows
    except NOT_READ as error:
        _refuse(source, error)


def _parts(batch: Any) -> Iterator[Any]:
    """Yield the rows of a batch that are converted together."""
    return (batch.slice(start, TOGETHER) for start in range(0, batch.num_rows, TOGETHER))


def _size_of_texts(batch: Any) -> int:
    """Return the bytes of the texts of all rows of a batch that is not known to be sound yet.

    Raises
    ------
    ProblemError
        413 where a dictionary, or rows that are converted together, have too many.
    """
    words = [_words_sizes(column) for column in batch.columns]
    size = 0
    for some in each(_parts(batch)):
        texts = sum(int(_sizes(*one).sum()) for one in zip(some.columns, words, strict=True))
        if texts > MOST_TEXT:
            raise _too_large(f"the texts of {TOGETHER:,} rows", MOST_TEXT)
        size += texts
    return size


def _too_large(what: str, most: int) -> ProblemError:
    message = f"{what} have more than {most:,} bytes; send texts as plain columns, or fewer rows"
    return ProblemError("body-too-large", message)


def _words_sizes(column: Any) -> Any:
    """Return the bytes of each text of a column's dictionary; of a column without one, None."""
    if not pa.types.is_dictionary(column.type):
        return None
    sizes = np.append(_sizes(column.dictionary), 0)
    if sizes.sum() > MOST_TEXT:
        raise _too_large("the texts of a dictionary", MOST_TEXT)
    return sizes


def _sizes(column: Any, words: Any = None) -> Any:
    """Return the bytes of the texts in a column, whose dictionary has words of some sizes."""
    rows = len(column)
    if words is not None:
        places = pc.fill_null(column.indices, 0).to_numpy().astype(np.intp)
        sizes = words.take(places, mode="clip")
    elif pa.types.is_string_view(column.type) and rows:
        views = np.frombuffer(column.buffers()[1], np.int32, 4 * (column.offset + rows))
        sizes = views[4 * column.offset :: 4]
    elif _is_text(column.type) and rows:
        sizes = pc.fill_null(pc.binary_length(column), 0).to_numpy()
    else:
        return np.zeros(0, np.int64)
    given = column.is_valid().to_numpy(zero_copy_only=False)
    return np.where(given, np.maximum(sizes, 0), 0).astype(np.int64)


def _cells(name: str, column: Any) -> list[Any]:
    """Return some cells of a column, as a sheet has them; None where one is null."""
    types = pa.types
    try:
        if types.is_dictionary(column.type):
            column = _looked_up(column)
        if types.is_decimal(column.type):
            column = column.cast(pa.float64())
        elif types.is_timestamp(column.type):
            column = column.cast(pa.timestamp("us"), safe=column.type.unit != "ns")
        listed: list[Any] = column.to_pylist()
    except (ValueError, OverflowError) as error:
        raise readers.refused([_of_column(name, wording.shortened(str(error)))]) from error
    return listed


def _looked_up(column: Any) -> Any:
    """Return a column of words as one of texts."""
    words = column.dictionary
    if pa.types.is_string_view(words.type):
        column = pa.DictionaryArray.from_arrays(column.indices, words.cast(pa.large_string()))
    return column.dictionary_decode()
