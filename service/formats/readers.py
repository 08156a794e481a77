"""Sheets in: CSV, XLSX and Arrow, row by row, with the header first."""

import csv
import re
from codecs import iterdecode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from itertools import takewhile
from typing import Any, BinaryIO

from msgspec import UNSET, UnsetType
from xlsxwriter.utility import xl_rowcol_to_cell

from service import problems
from service.formats import media, workbooks
from service.formats.media import BOM, Dialect
from service.formats.table import Kind
from service.formats.workbooks import Row
from service.problems import ProblemError, Violation

Said = str | UnsetType
SNIFFED = 64 * 1024
"""Bytes in which a header is looked for."""
LONGEST_ROW = 1024**2
"""Bytes of a row of a CSV, over all the lines that its quoted cells span."""
NO_ROW = -1
"""The number of a header that is no row."""
MOST_COLUMNS = 1_000
"""Columns of a sheet; the services together have some hundred."""
SEVERAL = re.compile(r"\S.*[,;\t]|[,;\t].*\S")
"""Finds a row of several cells, one of which is not empty."""
OWN_SEPARATOR = re.compile(r'"?sep=([,;|\t])"?\r?\n', re.IGNORECASE)
"""The first line by which Excel is told what separates cells; it is no row of the sheet."""


@dataclass(frozen=True)
class Sheet:
    """A sheet that is open: its header, the rows below that hold something, and its spelling."""

    header: Row
    rows: Iterator[Row]
    dialect: Dialect
    typed: bool
    """Whether numbers are told from text, as in a workbook."""
    addressed: bool = True
    """Whether each cell has an address and each row a number from 1, the header among them."""
    kinds: Mapping[str, Kind] = field(default_factory=dict)
    """The kinds of columns, where the format tells them."""

    @cached_property
    def names(self) -> list[str]:
        """The names of the columns."""
        return [str(cell if given(cell) else "").strip() for cell in self.header[1]]

    @cached_property
    def places(self) -> dict[str, int]:
        """The place of each name in the header, the first where it stands there twice."""
        return {name: place for place, name in reversed([*enumerate(self.names)])}

    def fault(self, number: int, name: str, message: str, place: int | None = None) -> Violation:
        """Return what is wrong with a cell, and its address.

        ``place`` is that of its column, where the name does not tell it.
        """
        column = f"column {name}" if name else ""
        if not self.addressed:
            row = UNSET if number == NO_ROW else number
            where = column if row is UNSET else f"row {row} (the first is 0), {column}"
            return Violation(f"{where}: {message}", row=row, column=name)
        place = self.places.get(name) if place is None else place
        cell = UNSET if place is None else xl_rowcol_to_cell(number - 1, place)
        where = f"row {number}" + (f", {column}" if column else "")
        where += f" ({cell})" if cell else ""
        return Violation(f"{where}: {message}", row=number, column=name or UNSET, cell=cell)


def opened(file: BinaryIO, media_type: str, sep: Said = UNSET, decimal: Said = UNSET) -> Sheet:
    """Open a sheet and read its header.

    ``sep`` and ``decimal`` are what its sender says of a CSV.

    Raises
    ------
    ProblemError
        400 where it is not what it claims to be, 422 where it is empty.
    """
    if media_type == media.ARROW:
        from service.formats import arrow  # its library is loaded when it is first needed

        return arrow.opened(file)
    dialect = Dialect()
    if media_type == media.FORMATS["csv"]:
        dialect = _sniffed(file, sep, decimal)
        rows = _csv_rows(file, dialect.separator)
    else:
        rows = workbooks.rows(file)
    filled = _filled(rows)
    header = next(filled, None)
    if header is None:
        raise refused([Violation("the sheet is empty; its first row names the fields")])
    return Sheet(header, filled, dialect, typed=media_type != media.FORMATS["csv"])


def _filled(rows: Iterator[Row]) -> Iterator[Row]:
    """Yield the rows that are not empty.

    Raises
    ------
    ProblemError
        422 where one of them has too many columns.
    """
    for number, cells in rows:
        if len(cells) > MOST_COLUMNS:
            cells = _without_blank_end(cells)
        if len(cells) > MOST_COLUMNS:
            message = (
                f"row {number} has {len(cells):,} columns, and a sheet at most {MOST_COLUMNS:,};"
                " leave out those that say nothing of a workload"
            )
            raise refused([Violation(message, row=number)])
        if any(map(given, cells)):
            yield number, cells


def _without_blank_end(cells: Sequence[Any]) -> Sequence[Any]:
    """Leave out the blank cells at the end of a row."""
    blank = sum(1 for _ in takewhile(lambda cell: not given(cell), reversed(cells)))
    return cells[: len(cells) - blank]


def given(cell: Any) -> bool:
    """Return whether a cell is not empty."""
    return bool(cell.strip()) if isinstance(cell, str) else cell is not None


def _sniffed(file: BinaryIO, sep: Said, decimal: Said) -> Dialect:
    """Return the dialect of a CSV: semicolons in its header mean decimal commas, unless stated.

    The file is left where its first row begins.
    """
    start = file.read(SNIFFED).decode(errors="replace")
    text = start.removeprefix(BOM)
    own = OWN_SEPARATOR.match(text)
    file.seek(len(f"{start[: len(start) - len(text)]}{own[0]}".encode()) if own else 0)
    separator = own[1] if own else _separator(text, sep)
    mark = decimal or ("," if separator == ";" else ".")
    return Dialect(separator, mark, bom=start.startswith(BOM))


def _separator(text: str, sep: Said) -> str:
    """Return the separator of a header: the stated one if it occurs, else the most frequent.

    The header is the first row with several cells. Quoted cells do not count.
    """
    bare = re.sub('"[^"]*"', "x", text.replace('""', ""))
    header = next(filter(SEVERAL.search, bare.splitlines()), "")
    stated = "\t" if sep == "tab" else sep
    if stated and stated in header:
        return stated
    return max(",;\t", key=header.count)


def _csv_rows(file: BinaryIO, separator: str) -> Iterator[Row]:
    number, lines = 0, Lines(file)
    text = iterdecode(lines, "utf-8-sig")
    try:
        for number, cells in enumerate(csv.reader(text, delimiter=separator), start=1):
            lines.size = 0
            yield number, cells
    except UnicodeDecodeError as error:
        message = f"the sheet is not UTF-8 after row {number}; save it as CSV UTF-8"
        raise ProblemError("malformed-body", message) from error
    except csv.Error as error:
        raise ProblemError("malformed-body", f"row {number + 1} is not CSV: {error}") from error


class Lines:
    """The lines of a file, of which those of one row may not be endless."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.size = 0
        """Bytes since the last row ended, which who reads rows sets to 0."""

    def __iter__(self) -> Iterator[bytes]:
        """Yield line by line."""
        for line in iter(partial(self._file.readline, LONGEST_ROW), b""):
            self.size += len(line)
            if self.size >= LONGEST_ROW:
                raise csv.Error(f"it has {LONGEST_ROW:,} bytes or more")
            yield line


def refused(found: list[Violation]) -> ProblemError:
    """Refuse a sheet, with what was found; past so many faults as are listed, reading ends."""
    return problems.refused(found, "invalid-sheet")
