"""A program that reads workbooks, so that what a hostile one breaks is not the service.

It takes workbooks from its input one after the other, and gives the rows of one sheet of each: the
first that is called as in a template, else the first. Both are frames: a length of 8 bytes, then
the bytes. A workbook is one frame. Its rows are frames of MessagePack, then an empty frame, then
one that says what was wrong: the slug of a problem and a detail, both empty where nothing was, and
whether another workbook is taken.

It imports little, so that it starts fast, and ends when its input does: with who started it.
"""

import io
import os
import re
import resource
import sys
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from functools import cache
from itertools import islice, repeat
from posixpath import join, normpath
from typing import Any, BinaryIO
from xml.etree import ElementTree
from xml.parsers import expat
from zipfile import ZipFile

from msgspec import msgpack
from python_calamine import CalamineWorkbook

READY = b"ready"
"""The frame that is given before any workbook is taken."""
DAY, MOMENT = 1, 2
"""Codes of the extensions of MessagePack in which days and moments are given, as ISO 8601."""
NICENESS = 10
"""How far it stands back behind all else, where a processor is short."""
SECONDS = 60
"""Seconds of a processor's time that one workbook may take."""
MEMORY = 2 * 1024**3
"""Bytes that the process may take; the largest sheet that is read takes three quarters of them."""
RETAINED = 128 * 1024**2
"""Bytes that the process may keep after a workbook; one that has more ends, to give them back."""
UNPACKED = 512 * 1024**2
"""Bytes that what is read of a workbook may have when unpacked."""
PIECE = 256 * 1024
"""Bytes that are unpacked together. No cell's text is that long, however it is written."""
MOST_TAGS = 50_000_000
"""Tags that what is read of a workbook may have."""
MOST_CELLS = 10_000_000
"""Cells of a workbook's sheet, from A1 to the last that holds something."""
MOST_VALUELESS = 100_000
"""Cells that may hold no value: errors, and formulas that no spreadsheet has worked out."""
LONGEST_CELL = 32_767
"""Characters that a cell of a workbook holds."""
FRAMED = 100
"""Rows that are given together."""
MOST_GIVEN = 256 * 1024**2
"""Bytes of all the rows that are given."""
LARGEST_WHOLE = 2**53
LAST_ROW, LAST_COLUMN = 1_048_576, 16_384
COLUMN = re.compile("[A-Z]{1,3}")
"""How a workbook names a column."""
ROW = re.compile("[1-9][0-9]{0,6}")
"""How a workbook names a row."""
PART = re.compile(r"(?!/)(?!(.*/)?\.\.(/|$))[^\\\x00-\x1f]+")
"""How a workbook names a part: from its root, without steps upwards and backslashes."""
NAMED = ("workloads", "needs", "answers")
"""What the sheet that is read is called, where others stand before it."""
SHEET = "xl/worksheets/sheet1.xml"
FORMATS = "http://schemas.openxmlformats.org"
LINKS = (
    f'<Relationships xmlns="{FORMATS}/package/2006/relationships"><Relationship Id="first"'
    f' Type="{FORMATS}/officeDocument/2006/relationships/%s" Target="%s"/></Relationships>'
)
"""What leads from one part of a workbook to another."""
BOOK = (
    f'<workbook xmlns="{FORMATS}/spreadsheetml/2006/main"'
    f' xmlns:r="{FORMATS}/officeDocument/2006/relationships"><workbookPr date1904="%d"/>'
    '<sheets><sheet name="1" sheetId="1" r:id="first"/></sheets></workbook>'
)
"""A workbook of one sheet, which may count days from 1904."""
Row = tuple[int, list[Any]]
"""The number of a row, from 1 as the sheet shows it, and its cells."""


class TooLargeError(Exception):
    """A workbook that is larger than is read."""


def main() -> None:
    """Read workbooks until the input ends."""
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    limit(resource.RLIMIT_AS, MEMORY)
    limit(resource.RLIMIT_CORE, 0)
    os.nice(max(0, NICENESS - os.nice(0)))
    send(sink, READY)
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())  # what a crash has to say
    while (body := received(source)) is not None:
        used = resource.getrusage(resource.RUSAGE_SELF)
        limit(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime) + 1 + SECONDS)
        slug, detail = answer(body, sink)
        del body
        stays = resident() <= RETAINED
        send(sink, b"")
        send(sink, msgpack.encode((slug, detail, stays)))
        if not stays:
            return


def received(source: BinaryIO) -> bytes | None:
    """Take a frame in; None where there is none."""
    length = source.read(8)
    return source.read(int.from_bytes(length)) if len(length) == 8 else None


def send(sink: BinaryIO, frame: bytes) -> None:
    """Write a frame."""
    sink.write(len(frame).to_bytes(8) + frame)
    sink.flush()


def limit(resource_kind: int, most: int) -> None:
    """Limit what the process may take, where it is not limited to less."""
    _, allowed = resource.getrlimit(resource_kind)
    least = most if allowed == resource.RLIM_INFINITY else min(most, allowed)
    resource.setrlimit(resource_kind, (least, allowed))


def resident() -> int:
    """Return the bytes of memory that the process has."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


def answer(body: bytes, sink: BinaryIO) -> tuple[str, str]:
    """Yield the rows of a workbook, and return what is wrong with it.

    Whatever goes wrong, even a panic of the library, is the workbook's fault.
    """
    try:
        for frame in frames(body):
            send(sink, frame)
    except (TooLargeError, MemoryError) as error:
        return "body-too-large", str(error) or "the workbook takes too much memory to be read"
    except BaseException as error:
        message = str(error).partition("\n")[0][:200]
        return "malformed-body", f"the body is not a workbook that can be read: {message}"
    return "", ""


def frames(body: bytes) -> Iterator[bytes]:
    """Yield the rows of a workbook's sheet that are not empty, some at a time."""
    given, listed = 0, rows(body)
    while some := list(islice(listed, FRAMED)):
        frame = msgpack.encode(some)
        given += len(frame)
        if given > MOST_GIVEN:
            raise TooLargeError(f"the rows of the sheet have more than {MOST_GIVEN:,} bytes")
        yield frame


def rows(body: bytes) -> Iterator[Row]:
    """Yield the rows of a workbook's sheet that are not empty."""
    clean, survey = Copy(body).made()
    workbook = CalamineWorkbook.from_filelike(clean)
    clean.close()
    sheet = workbook.get_sheet_by_index(0)
    workbook.close()
    left = [""] * (sheet.start[1] if sheet.start else 0)
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        texts = survey.valueless.pop(number, {})
        if texts or cells.count("") < len(cells):
            yield number, with_texts([*left, *map(plain, cells)], texts)
    for number, texts in survey.valueless.items():
        yield number, with_texts([], texts)


def with_texts(row: list[Any], texts: Mapping[int, str]) -> list[Any]:
    """Put texts into a row, by column from 0."""
    for column, text in texts.items():
        row += repeat(None, column + 1 - len(row))
        row[column] = text
    return row


def plain(cell: Any) -> Any:
    """Return whole numbers as integers, which a workbook lacks, and times of day as text.

    MessagePack has no days and moments without a zone; these are extensions of it.
    """
    if isinstance(cell, str):
        if len(cell) > LONGEST_CELL:
            raise ValueError(f"a cell has more than {LONGEST_CELL:,} characters")
        return cell
    if isinstance(cell, float) and cell.is_integer() and abs(cell) <= LARGEST_WHOLE:
        return int(cell)
    if isinstance(cell, date):
        code = MOMENT if isinstance(cell, datetime) else DAY
        return msgpack.Ext(code, cell.isoformat().encode())
    return str(cell) if isinstance(cell, time | timedelta) else cell


class Copy:
    """A copy of what is read of a workbook, so that the library reads what was judged.

    Archives may say one thing to one reader and another to the next: by two parts of one name, by
    sizes that are not true, by a second format in the same bytes. The copy has no such thing.
    """

    def __init__(self, body: bytes) -> None:
        self._archive = ZipFile(io.BytesIO(body))
        self._names = self._archive.namelist()
        self._unpacked = self._tags = 0

    def made(self) -> tuple[BinaryIO, "Survey"]:
        """Make the copy, with one sheet, and look it over.

        Raises
        ------
        TooLargeError
            where it unpacks to too much, or the sheet spans too many cells.
        Exception
            of any kind, where the archive is no workbook.
        """
        if not all(map(PART.fullmatch, self._names)):
            raise ValueError("a part of it has a name that no workbook has")
        if len({name.casefold() for name in self._names}) < len(self._names):
            raise ValueError("two parts of it have the same name")
        book = ElementTree.fromstring(b"".join(self._pieces("xl/workbook.xml")))
        settings = book.find("{*}workbookPr")
        old = settings is not None and settings.get("date1904") in ("1", "true")
        made, survey = io.BytesIO(), Survey()
        with ZipFile(made, "w") as copy:
            copy.writestr("_rels/.rels", LINKS % ("officeDocument", "xl/workbook.xml"))
            copy.writestr("xl/workbook.xml", BOOK % old)
            link = LINKS % ("worksheet", "worksheets/sheet1.xml")
            copy.writestr("xl/_rels/workbook.xml.rels", link)
            for name in {"xl/styles.xml", "xl/sharedStrings.xml"}.intersection(self._names):
                with copy.open(name, "w") as part:
                    part.writelines(self._pieces(name))
            with copy.open(SHEET, "w") as part:
                for piece in self._pieces(self._sheet(book)):
                    part.write(piece)
                    survey.take(piece)
        survey.take(b"", last=True)
        made.seek(0)
        return made, survey

    def _pieces(self, name: str) -> Iterator[bytes]:
        """Unpack a part, and count what comes out."""
        if name not in self._names:
            raise ValueError(f"it has no part {name[:200]!r}")
        with self._archive.open(name) as part:
            while piece := part.read(PIECE):
                tags = piece.count(b"<")
                self._unpacked += len(piece)
                self._tags += tags
                if self._unpacked > UNPACKED or self._tags > MOST_TAGS:
                    message = f"more than {UNPACKED:,} bytes or {MOST_TAGS:,} tags"
                    raise TooLargeError(f"the workbook unpacks to {message}")
                if not tags and len(piece) == PIECE:
                    raise TooLargeError(f"a text of the workbook has {PIECE:,} bytes or more")
                yield piece

    def _sheet(self, book: ElementTree.Element) -> str:
        """Return the name of the part that is the sheet to read: by its name, else the first."""
        sheets = book.findall("{*}sheets/{*}sheet")
        if not sheets:
            raise ValueError("it has no sheet")
        named = (one for one in sheets if one.get("name", "").strip().casefold() in NAMED)
        sheet = next(named, sheets[0])
        ids = [value for name, value in sheet.items() if name.endswith("}id")]
        links = ElementTree.fromstring(b"".join(self._pieces("xl/_rels/workbook.xml.rels")))
        targets = [link.get("Target", "") for link in links if link.get("Id") in ids]
        if len(ids) != 1 or len(targets) != 1:
            raise ValueError("it does not say which part is its sheet")
        return normpath(join("/xl", targets[0])).lstrip("/")


class Survey:
    """One look over the elements of a sheet as they start; a tree of a million is too slow.

    It finds how far the sheet reaches, for the library makes every cell up to the last; and the
    cells that hold no value: errors, and formulas that no spreadsheet has worked out. The library
    reads both as empty, and no default may stand in for them; as text they are faults where a
    number is due.
    """

    def __init__(self) -> None:
        self.valueless: dict[int, dict[int, str]] = {}
        """Their texts by row, from 1, and column, from 0."""
        self._parser = expat.ParserCreate("utf-8")  # as the library reads it, whatever it says
        self._parser.StartElementHandler = self._started
        self._parser.StartDoctypeDeclHandler = _refuse_doctype
        self._taken = self._count = 0
        self._row, self._row_name, self._column, self._columns = 0, "0", -1, 0
        self._kind, self._judged = "n", False
        self._value: list[str] = []
        self._formula: list[str] = []

    def take(self, piece: bytes, *, last: bool = False) -> None:
        """Look at the next piece of the sheet.

        A tag or a comment that spans many pieces would be looked at from its start each time.
        """
        self._parser.Parse(piece, last)
        self._taken += len(piece)
        if self._taken - self._parser.CurrentByteIndex > 4 * PIECE:
            raise TooLargeError(f"a tag or comment of the sheet has more than {PIECE:,} bytes")

    def _started(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Take in an element, and listen to what is in a cell that may hold no value."""
        name = tag.rpartition(":")[2]
        if name == "c":
            self._start_cell(attributes)
        elif name in ("v", "is", "f"):
            self._reach()
            if name == "f" and self._kind != "str":  # whose text may be empty
                self._judge()
            if self._judged:
                texts = self._formula if name == "f" else self._value
                self._parser.CharacterDataHandler = texts.append
        elif name == "row":
            self._start_row(attributes.get("r", str(self._row + 1)))

    def _start_row(self, name: str) -> None:
        number = int(name) if ROW.fullmatch(name) else 0
        if not self._row < number <= LAST_ROW:
            raise ValueError(f"{name[:20]!r} is no row after row {self._row}")
        self._row, self._row_name, self._column = number, name, -1

    def _start_cell(self, attributes: Mapping[str, str]) -> None:
        column = self._column + 1
        if "r" in attributes:
            column = _column(attributes["r"].removesuffix(self._row_name))
        if not self._column < column < LAST_COLUMN:
            raise ValueError(f"the cells of row {self._row} do not stand in their order")
        self._column, self._kind, self._judged = column, attributes.get("t", "n"), False
        if self._kind == "e":
            self._judge()

    def _reach(self) -> None:
        """Note that the sheet reaches to the cell that is open."""
        self._columns = max(self._columns, self._column + 1)
        if self._row * self._columns > MOST_CELLS:
            message = f"the sheet spans more than {MOST_CELLS:,} cells, the empty ones too"
            raise TooLargeError(message)

    def _judge(self) -> None:
        """Listen to the cell that is open, until it ends."""
        if not self._judged:
            self._judged, self._value, self._formula = True, [], []
            self._parser.EndElementHandler = self._ended

    def _ended(self, tag: str) -> None:
        """Take in the end of an element in a cell that is judged, or of the cell itself."""
        self._parser.CharacterDataHandler = None
        if tag.rpartition(":")[2] != "c":
            return
        self._parser.EndElementHandler = None
        value, formula = ("".join(texts).strip() for texts in (self._value, self._formula))
        if self._kind == "e" or not value:
            text = f"={formula}" if self._kind != "e" else value or "an error"
            self._count += 1
            if self._count > MOST_VALUELESS:
                message = (
                    f"more than {MOST_VALUELESS:,} cells hold errors or formulas without values"
                )
                raise TooLargeError(f"{message}; open and save the workbook in a spreadsheet")
            self.valueless.setdefault(self._row, {})[self._column] = text


def _refuse_doctype(*_: Any) -> None:
    """Refuse the declaration of a document's type, which no workbook has."""
    raise ValueError("a sheet of it declares a type of document")


@cache
def _column(letters: str) -> int:
    """Return the index of a column from its letters, from 0."""
    place = 0
    for letter in letters if COLUMN.fullmatch(letters) else "":
        place = place * 26 + ord(letter) - ord("A") + 1
    if not 0 < place <= LAST_COLUMN:
        raise ValueError(f"{letters[:20]!r} is not a column")
    return place - 1


if __name__ == "__main__":
    main()
