"""Tables as bytes: CSV, XLSX and XML that each reads right in spreadsheets and dashboards."""

import io
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from functools import lru_cache
from tempfile import TemporaryDirectory
from typing import Any
from xml.sax.saxutils import escape

from xlsxwriter import Workbook

from service.formats.media import BOM, Dialect
from service.formats.table import Table, joined, rows
from service.problems import ProblemError, Violation
from service.waiting import each

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""What text begins with that a spreadsheet may take for a formula."""
LONGEST_CELL = 32_767
"""Characters that a cell of a workbook holds."""
MOST_CELLS = 5_000_000
"""Cells of a workbook: so many take half a minute, and are less than a sheet's last row."""
DAY = "yyyy-mm-dd"
"""How a workbook shows a day."""
WIDTHS = {datetime: 20, date: 12}
"""Characters that cells of a type need."""
MADE = datetime(1980, 1, 1)
"""When a workbook says that it was made: the same answer is the same bytes."""
FILLS = {
    "label": "#d9d9d9",
    "total": "#c6e0b4",
    "required": "#ffd966",
    "input": "#fff2cc",
    "capacity": "#ddebf7",
    "charge": "#e2efda",
    "remark": "#ededed",
}
"""The colour of the header of each section."""
FOLDED = ("capacity", "charge")
"""Sections whose columns a reader may fold away."""
PRINTED = ("label", "total", "required")
"""Sections that are printed of a table that has any; all its columns would be too small to read."""
DOLLARS = "#,##0.00"
NUMBERS = {"price": "#,##0.00##########", "utilization": "0.0%"} | dict.fromkeys(
    ("cost", "cheapest", "baseline", "saving"), DOLLARS
)
"""How numbers are shown in columns whose names end in these words; all their digits are kept."""
AS_TYPED = ("label", "required", "input")
"""Sections whose numbers are shown as they are typed: a spreadsheet saves a CSV as it shows it."""
WHOLE = "#,##0"
"""How numbers are shown in other columns, where all of them are whole."""
A4 = 9
NOT_IN_XML = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def csv(tables: Iterable[Table], dialect: Dialect) -> Iterator[bytes]:
    """Write a table that comes in parts, at least one, as CSV in UTF-8."""
    for number, table in enumerate(tables):
        if not number:
            yield csv_start(table.columns, dialect)
        yield csv_rows(table, dialect)


def csv_start(names: Iterable[str], dialect: Dialect) -> bytes:
    """Write what stands before the rows of a CSV."""
    header = dialect.separator.join(map(_quoted, names)) + "\r\n" if dialect.header else ""
    return ((BOM if dialect.bom else "") + header).encode()


def csv_rows(table: Table, dialect: Dialect) -> bytes:
    """Write the rows of a CSV: text quoted, numbers bare, what is missing empty.

    Python's own writer cannot leave a missing cell bare beside quoted text before 3.12.
    """
    spelled = [_spelled(column, dialect.decimal) for column in table.columns.values()]
    lines = map(dialect.separator.join, zip(*spelled, strict=True))
    return "".join(f"{line}\r\n" for line in lines).encode()


def _spelled(column: list[Any], decimal: str) -> list[str]:
    spelling = SPELLINGS[decimal]
    return [spelling[type(cell)](cell) for cell in column]


def _quoted(text: str) -> str:
    """Quote text; what a spreadsheet would run as a formula gets an apostrophe before it."""
    guard = "'" if text.startswith(FORMULA_STARTS) else ""
    return '"' + guard + text.replace('"', '""') + '"'


@lru_cache(maxsize=4096)
def moment(value: datetime) -> str:
    """Write a moment as RFC 3339 has it."""
    return f"{value.isoformat()[:19]}Z"


def _spellings(decimal: str) -> dict[type, Callable[[Any], str]]:
    return {
        float: repr if decimal == "." else lambda number: repr(number).replace(".", decimal),
        int: str,
        bool: lambda truth: '"true"' if truth else '"false"',
        str: _quoted,
        date: lambda day: f'"{day}"',
        datetime: lambda time: f'"{moment(time)}"',
        type(None): lambda _: "",
    }


SPELLINGS = {decimal: _spellings(decimal) for decimal in (".", ",")}


def xml(tables: Iterable[Table]) -> Iterator[bytes]:
    """Write a table that comes in parts as XML without namespaces.

    What is missing has no element. ``FILTERXML(WEBSERVICE(…);"sum(//monthly_cost)")`` is a true
    number in every locale.
    """
    yield b'<?xml version="1.0" encoding="UTF-8"?>\n<rows>\n'
    yield from map(_xml_rows, tables)
    yield b"</rows>\n"


def _xml_rows(table: Table) -> bytes:
    names = list(map(_element, table.columns))
    lines = (
        "".join(
            f"<{name}>{_in_xml(cell)}</{name}>"
            for name, cell in zip(names, row, strict=True)
            if cell is not None
        )
        for row in rows(table)
    )
    return "".join(f"<row>{line}</row>\n" for line in lines).encode()


def _element(name: str) -> str:
    """Return the name of a column as the name of an XML element."""
    name = re.sub(r"[^\w.-]", "_", name, flags=re.ASCII)
    return name if re.match(r"[A-Za-z_]", name) else f"_{name}"


def _in_xml(cell: Any) -> str:
    if isinstance(cell, str):
        return escape(NOT_IN_XML.sub("\ufffd", cell), {"\r": "&#13;"})
    return moment(cell) if isinstance(cell, datetime) else _bare(cell)


def _bare(cell: Any) -> str:
    if isinstance(cell, bool):
        return str(cell).lower()
    return repr(cell) if isinstance(cell, float) else str(cell)


class Exact(float):
    """A number that a workbook keeps with all of its digits; the library writes 16."""

    def __format__(self, _: str) -> str:
        return repr(float(self))


def workbook(tables: Iterable[Table], *others: Table) -> bytes:
    """Write a table that comes in parts as a workbook: numbers and days are true, text is text.

    Other tables are further sheets.

    Rows go through a temporary file, so that memory does not grow with them. Its folder is gone
    afterwards, also where the disk is full.

    Raises
    ------
    ProblemError
        422 where there are too many cells.
    """
    written = io.BytesIO()
    table = joined(_limited(tables))
    with (
        TemporaryDirectory() as folder,
        Workbook(written, {"constant_memory": True, "tmpdir": folder}) as book,
    ):
        book.set_properties({"created": MADE})
        for sheet in (table, *others):
            write_sheet(book, sheet)
    return written.getvalue()


def _limited(tables: Iterable[Table]) -> Iterator[Table]:
    """Yield the parts of a table until they have too many cells."""
    cells = 0
    for table in tables:
        cells += sum(map(len, table.columns.values()))
        if cells > MOST_CELLS:
            message = f"a workbook may have {MOST_CELLS:,} cells, this one has more; ask for csv"
            raise ProblemError("not-computable", message, [Violation(message, parameter="format")])
        yield table


def write_sheet(book: Workbook, table: Table) -> Any:
    """Add a table to a workbook as a sheet, its header in bold and always in view.

    It is printed across, one page wide.
    """
    sheet = book.add_worksheet(table.name)
    _write_header(book, sheet, table)
    numbers = _number_formats(book, table)
    writers = _cell_writers(book, sheet, numbers)
    for row, cells in enumerate(each(rows(table)), start=1):
        for place, cell in enumerate(cells):
            writers[type(cell)](row, place, cell)
    _set_page(sheet, table)
    return sheet


def _write_header(book: Workbook, sheet: Any, table: Table) -> None:
    """Write the names of the columns, and set their widths."""
    bold = book.add_format({"bold": True})
    formats = {
        section: book.add_format({"bold": True, "bg_color": fill, "bottom": 1})
        for section, fill in FILLS.items()
    }
    for place, (name, column) in enumerate(table.columns.items()):
        section = table.sections.get(name, "")
        widest = WIDTHS.get(type(column[0]), 10) if column else 10
        level = {"level": 1} if section in FOLDED else {}
        sheet.set_column(place, place, max(widest, len(name) + 2), None, level)
        sheet.write_string(0, place, name, formats.get(section, bold))
    names = list(table.columns)
    sheet.freeze_panes(1, names.index("name") + 1 if "name" in names and table.sections else 0)


def _number_formats(book: Workbook, table: Table) -> list[Any]:
    """Return how the numbers of each column are shown; None as they are typed."""
    kinds = dict.fromkeys((WHOLE, *NUMBERS.values()))
    made = {shown: book.add_format({"num_format": shown}) for shown in kinds}

    def shown(name: str, column: list[Any]) -> str:
        if table.sections.get(name) in AS_TYPED:
            return ""
        if ending := NUMBERS.get(re.split("[_.]|(?<=[a-z])(?=[A-Z])", name)[-1].lower()):
            return ending
        numbers = [cell for cell in column if type(cell) is float]
        return WHOLE if all(map(float.is_integer, numbers)) else ""

    return [made.get(shown(*column)) for column in table.columns.items()]


def _set_page(sheet: Any, table: Table) -> None:
    """Set how a sheet is printed: across, one page wide, the header on every page."""
    sections = [table.sections.get(name) for name in table.columns]
    printed = sum(section in PRINTED for section in sections) or len(sections)
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.print_area(0, 0, len(next(iter(table.columns.values()))), printed - 1)


def _cell_writers(
    book: Workbook, sheet: Any, numbers: list[Any]
) -> dict[type, Callable[[int, int, Any], Any]]:
    day = book.add_format({"num_format": DAY})
    time = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    return {
        float: lambda row, place, cell: sheet.write_number(row, place, Exact(cell), numbers[place]),
        int: sheet.write_number,
        bool: sheet.write_boolean,
        str: lambda row, place, cell: sheet.write_string(row, place, cell[:LONGEST_CELL]),
        date: lambda row, place, cell: sheet.write_datetime(row, place, cell, day),
        datetime: lambda row, place, cell: sheet.write_datetime(
            row, place, cell.replace(tzinfo=None), time
        ),
        type(None): lambda row, place, _: None,
    }
