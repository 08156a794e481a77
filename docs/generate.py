"""Write the parts of the documentation that the service itself knows: tables and pictures.

``make contract`` runs this after a service was added or a price was changed.
"""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import vl_convert
from litestar.testing import TestClient
from prometheus_client import CollectorRegistry

from pricing.capabilities import Capability
from pricing.catalogue import packaged
from pricing.model import registry
from pricing.questions import database
from service.app import create_app
from service.http import metrics
from service.logs import Line

ROOT = Path(__file__).parents[1]
BASE = "http://127.0.0.1:8000"
START, END = "<!-- services: written by `make contract` -->\n\n", "\n<!-- services end -->"
CAPABILITIES = "<!-- capabilities: written by `make contract` -->\n\n"
CAPABILITIES_END = "\n<!-- capabilities end -->"
CHOOSING = ROOT / "docs" / "choosing.md"
OPERATIONS = ROOT / "docs" / "operations.md"
OBSERVED = "<!-- log and metrics: written by `make contract` -->\n\n"
OBSERVED_END = "\n<!-- log and metrics end -->"
README = ROOT / "README.md"
CHARTS = [ROOT / "docs" / f"{name}.vl.json" for name in ("break-even", "hours", "commitments")]
"""Each is drawn as the SVG of its name."""

Ask = Callable[[str], Any]
"""Return the JSON with which the service answers an address."""


def main() -> None:
    """Write the tables of services and of capabilities, and draw the pictures."""
    with TestClient(create_app()) as client:
        for path, text in written(lambda address: client.get(address).json()).items():
            path.write_text(text, "utf-8")


def written(ask: Ask) -> dict[Path, str]:
    """Return the text that each file should have, by path."""
    return {
        README: between(README, START, services(ask), END),
        CHOOSING: between(CHOOSING, CAPABILITIES, abilities(), CAPABILITIES_END),
        OPERATIONS: between(OPERATIONS, OBSERVED, observed(), OBSERVED_END),
        **{drawn(chart): picture(chart, ask) for chart in CHARTS},
    }


def between(page: Path, start: str, text: str, end: str) -> str:
    """Return a page with a text between two marks."""
    before, _, rest = page.read_text("utf-8").partition(start)
    return before + start + text + end + rest.partition(end)[2]


def abilities() -> str:
    """Return the table of what candidates can do as Markdown, one row a candidate."""
    needs = [*database.NEEDS.words, *database.FLAGS]
    rows = [f"| candidate | {' | '.join(needs)} |", f"| --- |{' --- |' * len(needs)}"]
    for candidate in database.candidates().values():
        cells = (ability(candidate.capabilities[need]) for need in needs)
        rows.append(f"| {candidate.title} | {' | '.join(cells)} |")
    return "\n".join(rows) + "\n"


def ability(one: Capability) -> str:
    """Return one cell: what is met, and in brackets what is met in part."""
    return one.support or ", ".join([*one.yes, *(f"({word})" for word in one.partly)]) or "none"


def observed() -> str:
    """Return the tables of the fields of a line of the log, and of the metrics, as Markdown."""
    fields = msgspec.json.schema_components([Line])[1]["Line"]["properties"]
    rows = ["| field of a line | meaning |", "| --- | --- |"]
    rows += [f"| `{name}` | {field['description']} |" for name, field in fields.items()]
    rows += ["", "| metric | kind | meaning |", "| --- | --- | --- |"]
    every = CollectorRegistry()
    every.register(metrics.REGISTRY)
    every.register(metrics.Prices(packaged()))
    for family in every.collect():
        name = f"{family.name}_total" if family.type == "counter" else family.name
        rows.append(f"| `{name}` | {family.type} | {family.documentation} |")
    return "\n".join(rows) + "\n"


def services(ask: Ask) -> str:
    """Return the table of services as Markdown, one row a service."""
    rows = [
        "| service | key | what one workload is | price lists of |",
        "| --- | --- | --- | --- |",
    ]
    for one in ask("/v1/services")["services"]:
        demand = (registry()[one["key"]].workload.__doc__ or "").partition("\n")[0]
        subject = re.sub(r"^Demand on ", "", demand).rstrip(".")
        days = dict.fromkeys([one["first_price_date"], one["newest_price_date"]])
        link = f"[{one['name']}]({one['pricing_page']})"
        rows.append(f"| {link} | `{one['key']}` | {subject} | {' to '.join(days)} |")
    return "\n".join(rows) + "\n"


def drawn(chart: Path) -> Path:
    """Return the file of a chart's picture."""
    return chart.with_name(chart.name.removesuffix(".vl.json") + ".svg")


def picture(path: Path, ask: Ask) -> str:
    """Return a chart as SVG; each address in it is replaced by the service's answer."""
    chart = json.loads(path.read_text("utf-8"), object_hook=lambda part: answered(part, ask))
    return str(vl_convert.vegalite_to_svg(chart)) + "\n"


def answered(part: dict[str, Any], ask: Ask) -> dict[str, Any]:
    """Return a part of the chart, its address replaced by the records found there."""
    if "url" not in part:
        return part
    return {"values": ask(part["url"].removeprefix(BASE))}


if __name__ == "__main__":
    main()
