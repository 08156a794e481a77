"""Workbooks as an attacker, or a broken program, makes them: each is refused, or read right."""

import io
import os
import random
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from datetime import time as clock
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient
from xlsxwriter import Workbook

from service.formats import spools, workbooks
from service.problems import ProblemError

Client = TestClient[Any]
POST = "/v1/kinesis/estimates"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FIELDS = ["region", "records_per_second", "record_bytes", "consumers"]
MB = 1024**2
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
ENDLESS = 90
"""Seconds that no workbook of these tests takes on any machine; the limits end it before."""


def links(kind: str, target: str) -> str:
    """Write what leads from one part to another."""
    link = f'<Relationship Id="r1" Type="{LINKS}/{kind}" Target="{target}"/>'
    return f'<Relationships xmlns="{PACKAGE}">{link}</Relationships>'


SHEET = "xl/worksheets/sheet1.xml"
STRINGS = "xl/sharedStrings.xml"
PARTS = {
    "_rels/.rels": links("officeDocument", "xl/workbook.xml"),
    "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{LINKS}"><sheets>'
    '<sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": links("worksheet", "worksheets/sheet1.xml"),
}


def archive(*parts: tuple[str, str | Iterable[str]]) -> bytes:
    """Make a workbook of parts, and of the usual ones that are not given; a part may be long."""
    made, usual = io.BytesIO(), PARTS.keys() - dict(parts).keys()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as book:
        for name, content in (*((name, PARTS[name]) for name in sorted(usual)), *parts):
            with book.open(name, "w", force_zip64=True) as part:
                for piece in [content] if isinstance(content, str) else content:
                    part.write(piece.encode())
    return made.getvalue()


def sheet(*rows: str, after: str = "") -> str:
    """Write a sheet of rows."""
    return f'<worksheet xmlns="{MAIN}"><sheetData>{"".join(rows)}</sheetData>{after}</worksheet>'


def row(number: int, *cells: str) -> str:
    """Write a row of cells."""
    return f'<row r="{number}">{"".join(cells)}</row>'


def words(number: int, *texts: Any) -> str:
    """Write a row of texts, as they are in the cells themselves."""
    cells = [
        f'<c r="{"ABCDEFGH"[place]}{number}" t="inlineStr"><is><t>{text}</t></is></c>'
        for place, text in enumerate(texts)
    ]
    return row(number, *cells)


def long(text: str, size: int) -> Iterator[str]:
    """Repeat a text until it has so many bytes."""
    some = text * (MB // len(text))
    return (some for _ in range(size // len(some)))


def around(before: str, middle: Iterable[str], after: str) -> Iterator[str]:
    """Put a long text into a sheet."""
    start, end = sheet("|").split("|")
    yield start + before
    yield from middle
    yield after + end


HEAD, ROW = words(1, *FIELDS), words(2, "us-east-1", 1000, 3000, 2)
GOOD = archive((SHEET, sheet(HEAD, ROW)))


def send(client: Client, body: bytes, query: str = "") -> Any:
    """Send a workbook."""
    return client.post(f"{POST}{query}", content=body, headers={"Content-Type": XLSX})


def rows(body: bytes) -> list[Any]:
    """Read a workbook."""
    return list(workbooks.rows(io.BytesIO(body)))


def resident() -> int:
    """Return the bytes of memory that this process has."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def assert_refused(client: Client, body: bytes) -> Any:
    """Refuse a workbook soon, without much memory, and read the next as ever."""
    before, start = resident(), time.monotonic()
    response = send(client, body)
    assert time.monotonic() - start < ENDLESS
    assert resident() - before < 64 * MB
    assert response.status_code in (400, 413, 422), response.text
    assert send(client, GOOD).status_code == 200
    return response


def test_cells_are_what_the_sheet_shows() -> None:
    """Numbers, texts, truths, days, moments and times come through exactly, blank rows do not."""
    made = io.BytesIO()
    values = ["a", 1, 2.5, True, date(2026, 1, 2), datetime(2026, 1, 2, 3, 4, 5), clock(6, 7)]
    with Workbook(made, {"default_date_format": "yyyy-mm-dd"}) as book:
        page, seconds = book.add_worksheet(), book.add_format({"num_format": "hh:mm:ss"})
        page.write_row(2, 1, values[:6])
        page.write_datetime(2, 7, values[6], seconds)
        page.write_string(4, 0, "end")
    (first, cells), (last, _) = rows(made.getvalue())
    assert (first, last) == (3, 5)
    assert cells == ["", *values[:6], "06:07:00"]
    assert list(map(type, cells)) == [str, str, int, float, bool, date, datetime, str]


def test_days_may_count_from_1904() -> None:
    """A workbook that counts days from 1904 means the same days."""
    made = io.BytesIO()
    options = {"default_date_format": "yyyy-mm-dd", "date_1904": True}
    with Workbook(made, options) as book:
        book.add_worksheet().write_datetime(0, 0, date(2026, 1, 2))
    assert rows(made.getvalue()) == [(1, [date(2026, 1, 2)])]


LAST = {
    "an error": '<c r="D2" t="e"><v>#REF!</v></c>',
    "an error without a text": '<c r="D2" t="e"/>',
    "an error of a formula": '<c r="D2" t="e"><f>1/0</f><v>#DIV/0!</v></c>',
    "a formula": '<c r="D2"><f>A1+1</f></c>',
    "a formula of an empty value": '<c r="D2"><f>A1+1</f><v></v></c>',
    "a shared formula": '<c r="D2"><f t="shared" si="0"/></c>',
    "a formula of many cells": '<c r="D2"><f t="array" ref="D2">A1:B2</f></c>',
    "a formula in a cell without a name": "<c><f>A1+1</f></c>",
    "a formula of a truth": '<c r="D2" t="b"><f>TRUE()</f></c>',
}


@pytest.mark.parametrize(
    "after", ["", '<pageMargins left="1"/>', '<extLst><f xmlns="x"/></extLst>']
)
@pytest.mark.parametrize("size", ["", '<dimension ref="A1:D2"/>'])
@pytest.mark.parametrize("cell", LAST.values(), ids=LAST)
def test_no_default_stands_in_for_the_last_cell(
    client: Client, cell: str, size: str, after: str
) -> None:
    """An error or a formula not worked out is a fault in the last cell as everywhere."""
    own = words(2, "us-east-1", 1000, 3000).replace("</row>", f"{cell}</row>")
    page = sheet(HEAD, own, after=after).replace("<sheetData>", f"{size}<sheetData>")
    response = send(client, archive((SHEET, page)))
    assert response.status_code == 422, response.text
    (fault,) = response.json()["errors"]
    assert (fault["row"], fault["column"], fault["cell"]) == (2, "consumers", "D2")


@pytest.mark.parametrize(
    "cell",
    [
        '<c r="D2"><f>1+1</f><v>2</v></c>',
        '<c r="D2" t="str"><f>""</f></c>',
        '<c r="D2" s="1"/>',
        '<c r="D2" t="inlineStr"><is><r><t>2</t></r></is></c>',
    ],
)
def test_a_last_cell_that_is_in_order_is_read(client: Client, cell: str) -> None:
    """A formula with its value, an empty text and a cell of a colour only are no faults."""
    own = words(2, "us-east-1", 1000, 3000).replace("</row>", f"{cell}</row>")
    after = '<extLst><f xmlns="x">A1</f><v>3</v></extLst>'
    response = send(client, archive((SHEET, sheet(HEAD, own, after=after))))
    assert response.status_code == 200, response.text


PLACES = [
    "A99999999999999999999",
    "A4294967297",
    "XFD1048576",
    "A1048577",
    "XFE1",
    "ZZZ1",
    "AAAA1",
    "A0",
    "A01",
    "A-1",
    "a1",
    "$A$1",
    "1",
    "A",
    "",
    "A2",
    "\u0661",
]


@pytest.mark.parametrize("place", PLACES)
def test_a_cell_at_an_impossible_place_is_refused(client: Client, place: str) -> None:
    """The place of a cell is bounded, and is in the row that holds it."""
    cell = f'<c r="{place}" t="inlineStr"><is><t>region</t></is></c>'
    assert assert_refused(client, archive((SHEET, sheet(row(1, cell))))).status_code == 400


@pytest.mark.parametrize(
    "number", ["0", "1048577", "4294967297", "-1", "+3", " 3", "1e3", "3.0", "x"]
)
def test_a_row_of_an_impossible_number_is_refused(client: Client, number: str) -> None:
    """The number of a row is whole, and one that a sheet has."""
    page = sheet(HEAD, f'<row r="{number}"><c><v>1</v></c></row>')
    assert assert_refused(client, archive((SHEET, page))).status_code == 400


@pytest.mark.parametrize(
    "page",
    [
        sheet(ROW, HEAD),
        sheet(HEAD, HEAD),
        sheet(row(1, '<c r="B1"><v>1</v></c>', '<c r="A1"><v>1</v></c>')),
        sheet(row(1, '<c r="B1"><v>1</v></c>', '<c r="B1"><v>2</v></c>')),
        sheet(row(1, *["<c><v>1</v></c>"] * 16_385)),
    ],
)
def test_cells_and_rows_stand_in_their_order(client: Client, page: str) -> None:
    """What comes twice, too late or beyond the last column could be read in more than one way."""
    assert assert_refused(client, archive((SHEET, page))).status_code == 400


@pytest.mark.parametrize("place", ["J1048576", "XFD611"])
def test_a_sheet_that_spans_too_much_is_a_413(client: Client, place: str) -> None:
    """A cell far out would make millions of empty ones, whatever the sheet says of its size."""
    number = place.strip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    page = sheet(HEAD, row(int(number), f'<c r="{place}"><v>1</v></c>'))
    response = assert_refused(client, archive((SHEET, page)))
    assert (response.status_code, "cells" in response.text) == (413, True)


@pytest.mark.parametrize(
    "name",
    [
        "xl/worksheets/Sheet1.xml",
        "XL/WORKSHEETS/SHEET1.XML",
        "xl\\worksheets\\sheet2.xml",
        "/xl/worksheets/sheet2.xml",
        "../sheet2.xml",
        "xl/../sheet2.xml",
        "xl/a\nb.xml",
    ],
)
def test_a_part_of_an_odd_name_is_refused(client: Client, name: str) -> None:
    """Names that differ in case only, and paths that mean another part, are in no workbook."""
    body = archive((SHEET, sheet(HEAD, ROW)), (name, sheet()))
    assert assert_refused(client, body).status_code == 400


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_parts_of_one_name_are_refused(client: Client) -> None:
    """One reader would take the first, another the last."""
    body = archive((SHEET, sheet(HEAD, ROW)), (SHEET, sheet()))
    assert assert_refused(client, body).status_code == 400


def test_only_the_copy_is_read(client: Client) -> None:
    """Other formats in the same bytes, and parts that no sheet needs, are not looked at."""
    body = b"\xd0\xcf\x11\xe0" + archive((SHEET, sheet(HEAD, ROW)), ("a.bin", long("a", 2 * MB)))
    assert send(client, body).content[:2] == b"PK"


def lying(name: str, size: int) -> bytes:
    """Make a workbook whose directory says that a part is smaller than it is."""
    body = archive((SHEET, around("", long(words(1, "a" * 100), 4 * MB), "")))
    with zipfile.ZipFile(io.BytesIO(body)) as book:
        true = book.getinfo(name).file_size.to_bytes(4, "little")
    return body.replace(true, size.to_bytes(4, "little"))


def flagged(body: bytes, flag: int, method: int = 8) -> bytes:
    """Change the flags and the method of every part of a workbook."""
    made = bytearray(body)
    for mark, place in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        start = body.find(mark)
        while start >= 0:
            made[start + place : start + place + 2] = flag.to_bytes(2, "little")
            made[start + place + 2 : start + place + 4] = method.to_bytes(2, "little")
            start = body.find(mark, start + 4)
    return bytes(made)


def duration(days: str) -> bytes:
    """Make a workbook with a duration."""
    styles = (
        f'<styleSheet xmlns="{MAIN}"><numFmts count="1">'
        '<numFmt numFmtId="170" formatCode="[h]:mm"/></numFmts><cellXfs count="2"><xf/>'
        '<xf numFmtId="170"/></cellXfs></styleSheet>'
    )
    own = words(2, "us-east-1", 1000, 3000)
    cell = f'<c r="D2" s="1"><v>{days}</v></c></row>'
    return archive((SHEET, sheet(HEAD, own.replace("</row>", cell))), ("xl/styles.xml", styles))


BOMB = "".join(f'<!ENTITY b{i} "{f"&b{i - 1};" * 10 if i else "b" * 10}">' for i in range(10))
TYPED = f"<!DOCTYPE a [{BOMB}]>{sheet(HEAD, ROW)}".replace("us-east-1", "&b9;")
XXE = f'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>{sheet(HEAD, ROW)}'
BROKEN = {
    "another archive": lambda: GOOD.replace(b"xl/", b"yl/"),
    "its first half": lambda: GOOD[: len(GOOD) // 2],
    "without its end": lambda: GOOD[:-30],
    "encrypted": lambda: flagged(GOOD, 1),
    "of an unknown method": lambda: flagged(GOOD, 0, 99),
    "of another method": lambda: flagged(GOOD, 0, 12),
    "of a third method": lambda: flagged(GOOD, 0, 14),
    "of other bytes": lambda: GOOD[:300] + b"\0" * 60 + GOOD[360:],
    "of an unknown encoding": lambda: archive(
        (SHEET, sheet(HEAD, ROW)),
        ("xl/workbook.xml", f'<?xml version="1.0" encoding="none"?>{PARTS["xl/workbook.xml"]}'),
    ),
    "no XML": lambda: archive((SHEET, "PK")),
    "of an open element": lambda: archive((SHEET, sheet(HEAD, ROW)[:-20])),
    "an entity bomb": lambda: archive((SHEET, TYPED)),
    "an entity of a file": lambda: archive((SHEET, XXE)),
    "of a huge duration": lambda: duration("1e300"),
    "of a long duration": lambda: duration("1e12"),
    "of a text that is not there": lambda: archive(
        (SHEET, sheet(HEAD, row(2, '<c r="A2" t="s"><v>7</v></c>')))
    ),
    "without a sheet": lambda: archive(),
    "lying of a size": lambda: lying(SHEET, 100),
}


@pytest.mark.parametrize("make", BROKEN.values(), ids=BROKEN)
def test_a_broken_workbook_is_the_senders_fault(client: Client, make: Any) -> None:
    """Whatever reading it raises, a broken workbook is a 4xx."""
    assert_refused(client, make())


BOOK = PARTS["xl/workbook.xml"]
INCOMPLETE = {
    "it has no part 'xl/workbook.xml'": GOOD.replace(b"xl/", b"yl/"),
    "it has no part 'xl/worksheets/sheet1.xml'": archive(),
    "it has no sheet": archive(("xl/workbook.xml", BOOK.replace("<sheet ", "<page "))),
    "it does not say which part is its sheet": archive(
        ("xl/workbook.xml", BOOK.replace('r:id="r1"', 'r:id="r2"'))
    ),
}


@pytest.mark.parametrize("missing", INCOMPLETE)
def test_a_part_that_is_missing_is_named(client: Client, missing: str) -> None:
    """A workbook without a part that it needs is told so in words."""
    response = assert_refused(client, INCOMPLETE[missing])
    assert response.json()["detail"] == f"the body is not a workbook that can be read: {missing}"


LARGE = {
    "a text": lambda: archive((SHEET, around(words(1, "|")[:-20], long("a", 400 * MB), ""))),
    "zeros": lambda: archive((SHEET, long("\0", 600 * MB))),
    "texts of no cell": lambda: archive(
        (SHEET, sheet(HEAD, ROW)),
        (STRINGS, around("", long("<si><t/></si>", 500 * MB), "")),
    ),
    "a comment": lambda: archive((SHEET, around("<!--", long("a <", 64 * MB), "-->"))),
    "an attribute": lambda: archive((SHEET, around('<row r="', long("1", 64 * MB), '"/>'))),
    "cells without anything": lambda: archive((SHEET, around("<row>", long("<c/>", 400 * MB), ""))),
    "texts in one cell": lambda: archive(
        (
            SHEET,
            around(
                '<row><c t="inlineStr"><is>',
                long(f"<r><t>{'a' * 9999}</t></r>", 8 * MB),
                "</is></c></row>",
            ),
        )
    ),
    "formulas": lambda: archive(
        (SHEET, around("", long("<row><c><f>A1</f></c></row>", 8 * MB), ""))
    ),
}


@pytest.mark.parametrize("make", LARGE.values(), ids=LARGE)
def test_a_small_workbook_that_unpacks_to_much_is_refused(client: Client, make: Any) -> None:
    """A few kilobytes that become hundreds of megabytes cost neither memory nor the service."""
    body = make()
    assert len(body) < 4 * MB
    assert_refused(client, body)


def test_too_much_memory_costs_only_its_request(client: Client) -> None:
    """A long text that is in a million cells ends the process that reads it, and no other."""
    many = [row(number, *['<c t="s"><v>0</v></c>'] * 100) for number in range(1, 10_001)]
    strings = f'<sst xmlns="{MAIN}"><si><t>{"a" * 32_000}</t></si></sst>'
    response = assert_refused(client, archive((SHEET, sheet(*many)), (STRINGS, strings)))
    assert (response.status_code, "memory or time" in response.text) == (413, True)


def test_too_much_time_costs_only_its_request(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A workbook that takes too long is given up, and its process replaced."""
    body = archive((SHEET, around("", long(f"<row>{'<c/>' * 999}</row>", 40 * MB), "")))
    with monkeypatch.context() as patched:
        patched.setattr(workbooks, "SECONDS", 0.05)
        response = send(client, body)
    assert (response.status_code, "memory or time" in response.text) == (413, True)
    assert send(client, GOOD).status_code == 200


def test_who_waits_too_long_for_a_turn_is_told_to_come_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where all processes are reading, a workbook is a 503 after a while."""
    monkeypatch.setattr(workbooks, "PATIENCE", 0.01)
    with spools.spool() as listed, pytest.raises(ProblemError) as caught:
        workbooks.Pool(0).read(io.BytesIO(GOOD), listed)
    assert caught.value.kind.status == 503


def test_a_process_that_died_is_replaced() -> None:
    """One that is killed while it waits costs no request at all."""
    pool = workbooks.Pool(1)
    pids = []
    for _ in range(2):
        with spools.spool() as listed:
            pool.read(io.BytesIO(GOOD), listed)
        one: Any = pool._idle.get()
        pool._idle.put(one)
        pids.append(one._process.pid)
        one._process.kill()
        one._process.wait()
    assert len({*pids}) == 2
    pool.end()


def test_a_disk_that_is_full_leaves_no_process_out_of_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows that cannot be written are an error of this workbook, not of the next."""

    class Full(io.BytesIO):
        def write(self, _: Any) -> int:
            raise OSError(28, "No space left on device")

    pool = workbooks.Pool(1)
    with pytest.raises(OSError, match="No space"):
        pool.read(io.BytesIO(GOOD), Full())
    listed = io.BytesIO()
    pool.read(io.BytesIO(GOOD), listed)
    assert b"us-east-1" in listed.getvalue()
    pool.end()


PARENT = """
import io, sys, time
from service.formats import workbooks
list(workbooks.rows(io.BytesIO(sys.stdin.buffer.read())))
print(workbooks.POOL._idle.get()._process.pid, flush=True)
time.sleep(60)
"""


def test_no_reader_outlives_its_parent() -> None:
    """A process that is killed leaves none behind."""
    command = [sys.executable, "-c", PARENT]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, stdin=pipe, stdout=pipe, cwd=Path(__file__).parents[2]
    ) as parent:
        assert parent.stdin is not None
        assert parent.stdout is not None
        parent.stdin.write(GOOD)
        parent.stdin.close()
        child = int(parent.stdout.readline())
        parent.send_signal(signal.SIGKILL)
    state = Path(f"/proc/{child}/stat")
    end = time.monotonic() + 30
    while state.exists() and state.read_text().rpartition(")")[2].split()[0] != "Z":
        assert time.monotonic() < end, "the reader runs on"
        time.sleep(0.05)


def mutated(chance: random.Random) -> Iterator[tuple[bytes, bool]]:
    """Return workbooks with some bytes changed, and whether they were changed when packed."""
    while True:
        packed = bytearray(GOOD)
        for _ in range(chance.randint(1, 8)):
            packed[chance.randrange(len(packed))] = chance.randrange(256)
        yield bytes(packed), True
        page = sheet(HEAD, ROW)
        for _ in range(chance.randint(1, 4)):
            place, size = chance.randrange(len(page)), chance.randint(0, 9)
            other = chance.randrange(len(page))
            page = page[:place] + page[other : other + size] + page[place + chance.randint(0, 9) :]
        yield archive((SHEET, page)), False


def test_mutated_workbooks_are_refused_or_read_right(client: Client) -> None:
    """No change of bytes is a 5xx; what is packed is read as it was, or not at all."""
    expected, wrong = send(client, GOOD, "?format=json").json(), []
    made = mutated(random.Random(20261125))
    end, tried = time.monotonic() + 60, 0
    while tried < 400 and time.monotonic() < end:
        body, packed = next(made)
        tried += 1
        response = send(client, body, "?format=json")
        if response.status_code == 200 and packed:
            wrong += [] if response.json() == expected else [body]
        elif response.status_code not in (200, 400, 413, 422):
            wrong.append(body)
    assert not wrong
    assert tried > 50


@pytest.mark.parametrize("extra", [0, 1])
@pytest.mark.parametrize("count", [1_001, 20_000, 60_000])
def test_a_csv_has_some_columns(client: Client, count: int, extra: int) -> None:
    """Columns beyond a thousand are one fault with its cure, and cost no time."""
    header = ",".join(FIELDS[:3] + [f"c{place}" for place in range(count - 3)])
    body = f"{header}\r\nus-east-1,1000,3000\r\n"
    start = time.monotonic()
    kind = {"Content-Type": "text/csv"}
    response = client.post(f"{POST}?keep_extra={extra}", content=body, headers=kind)
    assert time.monotonic() - start < 10
    assert response.status_code == 422
    (fault,) = response.json()["errors"]
    assert fault["row"] == 1
    assert f"{count:,} columns, and a sheet at most 1,000; leave out" in fault["detail"]


def test_a_thousand_columns_are_taken(client: Client) -> None:
    """As many as are allowed pass through, blank ones beyond do not count, and a wide row does."""
    header = ",".join(FIELDS[:3] + [f"c{place}" for place in range(997)])
    kind = {"Content-Type": "text/csv"}
    for own, status in (("us-east-1,1000,3000" + "," * 5_000, 200), ("," * 5_000 + "x", 422)):
        body = f"{header},,,,\r\n{own}\r\n"
        response = client.post(f"{POST}?keep_extra=1", content=body, headers=kind)
        assert response.status_code == status, response.text


def test_a_workbook_has_some_columns(client: Client) -> None:
    """A header as wide as a sheet can be is one fault."""
    cells = ['<c t="inlineStr"><is><t>a</t></is></c>'] * 16_384
    response = assert_refused(client, archive((SHEET, sheet(row(1, *cells)))))
    assert "16,384 columns" in response.json()["errors"][0]["detail"]
