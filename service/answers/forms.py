"""Sheets to fill in: notes on each column, an example, and formulas that call the service.

The workbook's first sheet can be sent back as it is.
"""

import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import chain
from typing import Any
from urllib.parse import quote

import msgspec
from xlsxwriter import Workbook
from xlsxwriter.utility import xl_col_to_name, xl_range_abs, xl_rowcol_to_cell

from pricing import engine
from pricing.catalogue import Catalogue
from pricing.model import Form, Service
from service.answers import catalogue, estimates, figures, flat, projections
from service.answers.catalogue import FieldDescription
from service.formats import writers
from service.formats.table import Table
from service.requests import projections as projection_requests

SIZE = 1_000
"""What a form takes as a workbook, in workloads that are viewed: up to 0.14 s."""
LAST_ROW = 1_048_575
"""The last row of a workbook's sheet, from 0."""
MONTHS = 24
LONGEST_TEXT = 1500
"""Characters of a text that is typed in; no field takes more, and the service says what fewer."""
CAPACITIES = 3
"""Capacity figures that the example's formulas request."""
INTRODUCTION = (
    "The base address, the inputs (empty ones are the default) and the names of the figures may be"
    " changed; numbers are sent"
    " with a decimal point and texts encoded, in whatever locale this sheet is opened."
)


def table(form: Form, name: str = "workloads") -> Table:
    """Return the example with every field as a column; an empty cell means the default."""
    shown = catalogue.example_fields(form)
    columns = {field: [shown.get(field)] for field in form.workload.__struct_fields__}
    return flat.sectioned(name, columns, [form.workload])


def mixed_table(services: Sequence[Service]) -> Table:
    """Return the example of each service in a row, with the columns of all of them."""
    rows = [{"service": one.key} | catalogue.example_fields(one) for one in services]
    fields = chain.from_iterable(one.workload.__struct_fields__ for one in services)
    names = dict.fromkeys(["service", *fields])
    columns = {name: [row.get(name) for row in rows] for name in names}
    return flat.sectioned("workloads", columns, [one.workload for one in services])


def plain_workbook(form: Form, name: str, first: date) -> bytes:
    """Make a workbook with nothing but rows to fill in, on a sheet of this name.

    ``first`` is the first day with known prices.
    """
    written = io.BytesIO()
    with Workbook(written) as book:
        book.set_properties({"created": writers.MADE})
        write_rows(book, [form], table(form, name), first)
    return written.getvalue()


def mixed_workbook(services: Sequence[Service], first: date) -> bytes:
    """Make the workbook of a portfolio to fill in; ``first`` is the first day with any price."""
    written = io.BytesIO()
    with Workbook(written) as book:
        book.set_properties({"created": writers.MADE})
        sheet = write_rows(book, services, mixed_table(services), first)
        _shade_other_services(book, sheet, services)
    return written.getvalue()


def workbook(service: Service, base: str, prices: Catalogue) -> bytes:
    """Make the workbook: workloads to fill in, formulas, and a projection with its chart.

    ``base`` is the address that the formulas call.
    """
    written = io.BytesIO()
    with Workbook(written) as book:
        book.set_properties({"created": writers.MADE})
        write_rows(book, [service], table(service), prices.table(service.key).first)
        write_formulas(book, service, base, prices)
        write_projection(book, service, prices)
    return written.getvalue()


def write_rows(book: Workbook, forms: Sequence[Form], shown: Table, first: date) -> Any:
    """Write the sheet to fill in, with notes on the header and validation of each column.

    ``first`` is the first day with a known price.
    """
    sheet = writers.write_sheet(book, shown)
    choices = book.add_worksheet("choices")
    choices.hide()
    described = {form.key: {one.name: one for one in catalogue.fields(form)} for form in forms}
    for place, name in enumerate(shown.columns):
        fields = {key: fields[name] for key, fields in described.items() if name in fields}
        listed = words(fields.values()) if fields else list(described)
        sheet.write_comment(0, place, notes(fields), {"x_scale": 2, "y_scale": 1.5})
        taken = validation(list(fields.values()), listed, place, first)
        sheet.data_validation(1, place, LAST_ROW, place, taken)
        for row, word in enumerate(listed):
            choices.write_string(row, place, word)
    return sheet


def _shade_other_services(book: Workbook, sheet: Any, services: Sequence[Service]) -> None:
    """Shade the cells of each row that its service does not have."""
    shade = book.add_format({"bg_color": "#d9d9d9"})
    for place, name in enumerate(mixed_table(services).columns):
        having = [one.key for one in services if name in one.workload.__struct_fields__]
        if 0 < len(having) < len(services):
            others = "".join(f',$A2<>"{key}"' for key in having)
            rule = {"type": "formula", "criteria": f'=AND($A2<>""{others})', "format": shade}
            sheet.conditional_format(1, place, LAST_ROW, place, rule)


def notes(fields: Mapping[str, FieldDescription]) -> str:
    """Return the note of a column, by service where they have fields that differ."""
    if not fields:
        return "The service that the row is a workload of.\nRequired"
    said: dict[str, list[str]] = {}
    for key, field in fields.items():
        said.setdefault(note(field), []).append(key)
    if len(said) == 1:
        return next(iter(said))
    return "\n".join(f"{', '.join(keys)}: {text}" for text, keys in said.items())


def note(field: FieldDescription) -> str:
    """Return the note of a column: its meaning, unit, bounds and default."""
    lines = [field.meaning]
    if field.unit:
        lines.append(f"Unit: {field.unit}")
    if field.type in ("number", "whole number"):
        lines.append(f"A {field.type} from {field.minimum:,.15g} to {field.maximum:,.15g}")
    lines.append("Required" if field.required else f"Default: {_shown(field.default) or 'empty'}")
    return "\n".join(lines)


def _shown(value: Any) -> str:
    """Format a value as in an address."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.15g}" if isinstance(value, float | int) else str(value)


def words(fields: Iterable[FieldDescription]) -> list[str]:
    """Return the words that a column is limited to; none if it is not."""
    listed = [
        ["true", "false"] if field.type == "boolean" else field.choices or () for field in fields
    ]
    return [word for word in dict.fromkeys(chain.from_iterable(listed)) if word]


def validation(
    fields: Sequence[FieldDescription], known: Sequence[str], place: int, first: date
) -> dict[str, Any]:
    """Return the data validation of a column: what any of some services takes.

    ``known`` are the words that it is limited to.
    """
    if known:
        listed = xl_range_abs(0, place, len(known) - 1, place)
        return {"validate": "list", "source": f"=choices!{listed}"}
    types = {field.type for field in fields}
    if types == {"date"}:
        return {"validate": "date", "criteria": ">=", "value": first}
    if types == {"text"}:
        return {"validate": "length", "criteria": "<=", "value": LONGEST_TEXT}
    kind = "integer" if types == {"whole number"} else "decimal"
    bounds = {
        "minimum": min(float(field.minimum or 0) for field in fields),
        "maximum": max(float(field.maximum or 0) for field in fields),
    }
    return {"validate": kind, "criteria": "between", **bounds}


def write_formulas(book: Workbook, service: Service, base: str, prices: Catalogue) -> None:
    """Write formulas that request figures of the example, with the answers as values."""
    sheet, bold = book.add_worksheet("formulas"), book.add_format({"bold": True})
    sheet.set_column(0, 1, 40)
    sheet.write_string(0, 0, INTRODUCTION)
    sheet.write_string(2, 0, "Base address", bold)
    sheet.write_string(2, 1, base)
    sheet.write_string(4, 0, "Inputs", bold)
    asked = catalogue.example_fields(service)
    for row, (name, value) in enumerate(asked.items(), start=5):
        sheet.write_string(row, 0, name)
        sheet.write(row, 1, value)
    row = len(asked) + 6
    query = xl_rowcol_to_cell(row, 1, row_abs=True, col_abs=True)
    sheet.write_string(row, 0, "Query", bold)
    sent = "".join(f"{name}={encoded(_shown(value))}&" for name, value in asked.items())
    sheet.write_formula(row, 1, f"={'&'.join(_encoded(list(asked)))}", None, f"?{sent}")
    sheet.write_string(row + 2, 0, "Figures", bold)
    for place, (field, value) in enumerate(_figures(service, prices).items(), start=row + 3):
        name = xl_rowcol_to_cell(place, 0)
        address = f'$B$3&"/v1/{service.key}/estimate.txt"&{query}&"field="&{name}'
        sheet.write_string(place, 0, field)
        formula = f'=_xlfn.NUMBERVALUE(_xlfn.WEBSERVICE({address}),".")'
        sheet.write_formula(place, 1, formula, None, writers.Exact(value))


def encoded(text: str) -> str:
    """Encode like LibreOffice's ENCODEURL, so that a stored value equals the formula's result.

    Examples
    --------
    >>> encoded("data lake.1_x-y")
    'data%20lake%2E1_x-y'
    """
    return quote(text, safe="").replace(".", "%2E").replace("~", "%7E")


def _encoded(names: list[str]) -> list[str]:
    """Return the parts of a query's formula: each name with its cell, encoded.

    Empty cells are left out and mean the default.
    """
    parts = ['"?"']
    for place, name in enumerate(names):
        cell = xl_rowcol_to_cell(place + 5, 1)
        value = f'IF(ISNUMBER({cell}),SUBSTITUTE({cell},",","."),{cell})'
        parts.append(f'IF({cell}="","","{name}="&_xlfn.ENCODEURL({value})&"&")')
    return parts


def _figures(service: Service, prices: Catalogue) -> dict[str, float]:
    """Return the figures that the formulas request: the total, its parts, some of the capacity."""
    (estimate,) = estimates.estimates(engine.estimate(service, [service.example], prices))
    capacity = msgspec.structs.asdict(estimate.capacity)
    numbers = [name for name, value in capacity.items() if isinstance(value, float)]
    meters = [line.sku_id.split(".", 1)[1].partition("/")[0] for line in estimate.charges]
    fields = [
        "monthly_cost",
        *(f"charges.{meter}.list_cost" for meter in dict.fromkeys(meters)),
        *(f"capacity.{name}" for name in numbers[:CAPACITIES]),
    ]
    return {field: figures.figure(estimate, field) for field in fields}


def write_projection(book: Workbook, service: Service, prices: Catalogue) -> None:
    """Write the example's months, growing by 5 percent each, and their chart."""
    shown = projected(service, prices)
    sheet = writers.write_sheet(book, shown)
    names = list(shown.columns)
    time, cost = (
        xl_col_to_name(names.index(name), col_abs=True) for name in ("time", "monthly_cost")
    )
    chart = book.add_chart({"type": "line"})
    chart.add_series(
        {
            "name": f"={shown.name}!{cost}$1",
            "categories": f"={shown.name}!{time}$2:{time}${MONTHS + 1}",
            "values": f"={shown.name}!{cost}$2:{cost}${MONTHS + 1}",
        }
    )
    chart.set_title({"name": f"{service.name}: monthly cost [USD]"})
    chart.set_x_axis({"date_axis": True, "num_format": "yyyy-mm"})
    chart.set_y_axis({"min": 0})
    chart.set_legend({"none": True})
    sheet.insert_chart(1, len(names) + 1, chart)
    message = (
        f"The example of the first sheet over {MONTHS} months, {service.grown} growing by"
        " 5 percent a month, as it was worked out when the template was made; see /projection."
    )
    sheet.write_string(0, len(names) + 1, message)


def projected(service: Service, prices: Catalogue) -> Table:
    """Project the example, its first load growing by 5 percent a month."""
    asked = catalogue.example_fields(service)
    field = service.grown
    request: Any = msgspec.convert(
        {
            "workload": asked,
            "start": projection_requests.whole_month(prices.table(service.key).newest),
            "months": MONTHS,
            "growth": {field: {"monthly_rate": 0.05}},
        },
        projection_requests.types(service).request,
    )
    parts = projection_requests.widened(
        request, projection_requests.columns_of(service, request.workload)
    )
    return projections.table_of_records(
        "months", projections.view(request, parts, prices, free_tier=False)
    )
