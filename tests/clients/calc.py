"""Drives a running LibreOffice over UNO: one job as JSON on stdin, its outcome on stdout.

Debian's own Python runs this, since python3-uno is made for it; it needs no other part.
"""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.connection import NoConnectException
from com.sun.star.sheet.SheetLinkMode import NORMAL
from com.sun.star.table.CellContentType import FORMULA

FULL_UPDATE = 3
"""UpdateDocMode: links and WEBSERVICE may fetch, if the document lies in a trusted place."""
NO_UPDATE = 0
ALL_CONTENT = 1 | 2 | 4 | 16
"""CellFlags: numbers, days, texts and formulas."""
PATIENCE = 60.0


def connected(pipe: str) -> Any:
    """Return the context of the office that listens at a pipe, once it does."""
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext(
        "com.sun.star.bridge.UnoUrlResolver", local
    )
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
        except NoConnectException:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)


def part(context: Any, name: str) -> Any:
    """Return one of the office's services."""
    return context.ServiceManager.createInstanceWithContext(f"com.sun.star.{name}", context)


def properties(**values: Any) -> tuple[Any, ...]:
    """Make named properties."""
    made = []
    for name, value in values.items():
        one = PropertyValue()
        one.Name, one.Value = name, value
        made.append(one)
    return tuple(made)


def configure(context: Any, node: str, name: str, value: Any) -> None:
    """Set one value of the office's configuration; it holds at once."""
    access = part(context, "configuration.ConfigurationProvider").createInstanceWithArguments(
        "com.sun.star.configuration.ConfigurationUpdateAccess",
        properties(nodepath=f"/org.openoffice.{node}"),
    )
    uno.invoke(access, "setPropertyValue", (name, value))
    access.commitChanges()


def settled(context: Any, job: dict[str, Any]) -> None:
    """Take the locale of the job, and trust its folder."""
    configure(context, "Setup/L10N", "ooSetupSystemLocale", job["locale"])
    trusted = uno.Any("[]string", (Path(job["trusted"]).as_uri(),))
    configure(context, "Office.Common/Security/Scripting", "SecureURL", trusted)


def opened(context: Any, url: str, **options: Any) -> Any:
    """Open a document, unseen."""
    desktop = part(context, "frame.Desktop")
    document = desktop.loadComponentFromURL(url, "_blank", 0, properties(Hidden=True, **options))
    if document is None:
        raise SystemExit(f"LibreOffice does not open {url}")
    return document


def cell_of(cell: Any) -> dict[str, Any]:
    """Return what a cell shows; its number is missing where it holds text or an error."""
    kind = cell.FormulaResultType2 if cell.Type == FORMULA else None
    number = cell.Value if kind in (None, 1) and not cell.getError() else None
    return {
        "formula": cell.Formula,
        "text": cell.String,
        "number": number,
        "error": cell.getError(),
    }


def table_of(sheet: Any) -> dict[str, Any]:
    """Return what a sheet holds: its values by row, and each of its formula cells by address."""
    cursor = sheet.createCursor()
    cursor.gotoEndOfUsedArea(False)
    end = cursor.RangeAddress
    area = sheet.getCellRangeByPosition(0, 0, end.EndColumn, end.EndRow)
    found = {}
    for ranged in area.queryContentCells(16):
        place = ranged.RangeAddress
        for row in range(place.StartRow, place.EndRow + 1):
            for column in range(place.StartColumn, place.EndColumn + 1):
                cell = sheet.getCellByPosition(column, row)
                found[cell.AbsoluteName.rpartition(".")[2].replace("$", "")] = cell_of(cell)
    return {
        "rows": [list(row) for row in area.DataArray],
        "formulas": found,
        "notes": [note.String for note in sheet.Annotations],
        "charts": [chart.EmbeddedObject.Diagram is not None for chart in sheet.Charts],
    }


def sheets_of(document: Any) -> dict[str, Any]:
    """Return what each sheet holds."""
    return {sheet.Name: table_of(sheet) for sheet in document.Sheets}


def let_links_fetch(context: Any, document: Any) -> None:
    """Do now what the office does soon after it opens a document; until then WEBSERVICE is Err:540.

    It does so in its own main loop, which a busy machine may keep waiting.
    """
    part(context, "frame.DispatchHelper").executeDispatch(
        document.CurrentController.Frame,
        ".uno:UpdateTableLinks",
        "",
        0,
        properties(SynchronMode=True),
    )


def write(context: Any, job: dict[str, Any]) -> None:
    """Save a spreadsheet of formulas, none of them calculated yet."""
    document = opened(context, "private:factory/scalc")
    document.enableAutomaticCalculation(False)
    for place, formula in job["cells"].items():
        document.Sheets.getByIndex(0).getCellRangeByName(place).Formula = formula
    document.storeToURL(Path(job["path"]).as_uri(), properties(FilterName="calc8"))
    document.close(True)


def read(context: Any, job: dict[str, Any]) -> dict[str, Any]:
    """Open a document, and tell what it holds as opened and when all is calculated anew."""
    mode = FULL_UPDATE if job.get("links", True) else NO_UPDATE
    document = opened(context, job["url"], UpdateDocMode=mode, **job.get("options", {}))
    before = sheets_of(document)
    if job.get("calculate"):
        if mode == FULL_UPDATE:
            let_links_fetch(context, document)
        document.calculateAll()
    after = sheets_of(document)
    document.close(True)
    return {"opened": before, "calculated": after}


def save(context: Any, job: dict[str, Any]) -> None:
    """Open a document and save it as another, as File > Save As does."""
    document = opened(context, job["url"], UpdateDocMode=NO_UPDATE)
    named = properties(FilterName=job["filter"], FilterOptions=job["options"])
    document.storeToURL(Path(job["path"]).as_uri(), named)
    document.close(True)


def fill(context: Any, job: dict[str, Any]) -> None:
    """Open a workbook, put cells below the names of a header, and save it under another name.

    What stood in a column is gone; where ``anew``, so is all that stood below the header.
    """
    document = opened(context, job["url"], UpdateDocMode=NO_UPDATE)
    sheet = document.Sheets.getByName(job["sheet"])
    cursor = sheet.createCursor()
    cursor.gotoEndOfUsedArea(False)
    end = cursor.RangeAddress
    (header,) = sheet.getCellRangeByPosition(0, 0, end.EndColumn, 0).DataArray
    if job["anew"]:
        sheet.getCellRangeByPosition(0, 1, end.EndColumn, end.EndRow).clearContents(ALL_CONTENT)
    for name, cells in job["columns"].items():
        place = header.index(name)
        column = sheet.getCellRangeByPosition(place, 1, place, len(cells))
        column.DataArray = tuple(("" if cell is None else cell,) for cell in cells)
    named = properties(FilterName=job["filter"], FilterOptions=job["options"])
    document.storeToURL(Path(job["path"]).as_uri(), named)
    document.close(True)


def link(context: Any, job: dict[str, Any]) -> dict[str, Any]:
    """Link a sheet to a table at an address, and tell what it holds."""
    document = opened(context, "private:factory/scalc")
    sheet = document.Sheets.getByIndex(0)
    sheet.link(job["url"], "", job["filter"], job["options"], NORMAL)
    table = table_of(sheet)
    document.close(True)
    return table


def stop(context: Any, job: dict[str, Any]) -> None:
    """End the office."""
    part(context, "frame.Desktop").terminate()


JOBS = {"write": write, "read": read, "save": save, "fill": fill, "link": link, "stop": stop}


def main() -> None:
    """Do the job of stdin."""
    job = json.load(sys.stdin)
    context = connected(job["pipe"])
    settled(context, job)
    json.dump(JOBS[job["do"]](context, job), sys.stdout)
    sys.stdout.flush()
    os._exit(0)  # the threads of the bridge may crash the interpreter while it ends


if __name__ == "__main__":
    main()
