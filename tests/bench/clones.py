"""A copy of the project with at least eighteen services: its own, and clones for those it lacks.

A clone is a module and tables under another name, and nothing else, as for any new service. It is
as large as AWS's price list of the service that it stands for, until that service is added.
"""

import csv
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pricing.model import registry, service
from tests.copies import copy_tree, environment_of

CLONES = {
    "Aurora": ("rds", 390),
    "ElastiCache": ("rds", 273),
    "Neptune": ("rds", 170),
    "OpenSearch": ("rds", 157),
    "DocumentDB": ("rds", 91),
    "Redshift": ("s3", 96),
    "Timestream": ("s3", 96),
    "DAX": ("dynamodb", 35),
    "Keyspaces": ("dynamodb", 35),
    "MemoryDB": ("dynamodb", 35),
    "Athena": ("kinesis", 20),
    "Firehose": ("kinesis", 20),
    "MSK": ("kinesis", 20),
    "SQS": ("kinesis", 20),
}
"""The service that each clone is made from, and how many rows of prices the clone has."""
OF_CLASSES = r"^where = \{[^}]*\binstance_class\b[^}]*\}$"
"""The condition of what is not covered by instance classes, some of which a clone lacks."""
BY_CLASS = "instance_hours/"
"""The meter of which a clone has fewer rows: those of some instance classes."""


@contextmanager
def eighteen_services() -> Iterator[Path]:
    """Make a copy of the project that has the clones too, and yield its folder."""
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "storecast"
        copy_tree(tree)
        for prefix, (original, count) in CLONES.items():
            if prefix.lower() not in registry():
                add_clone(tree, original, prefix, count)
        start = [sys.executable, "-c", "import service.app; service.app.create_app()"]
        subprocess.run(start, check=True, cwd=tree, env=environment_of(tree))
        yield tree


def add_clone(tree: Path, original: str, prefix: str, count: int) -> None:
    """Add a service that is called after a prefix, and has some of the prices of another."""
    key, pricing = prefix.lower(), tree / "pricing"
    module = (pricing / "services" / f"{original}.py").read_text("utf-8")
    module = re.sub(rf"\b{service(original).prefix}(Workload|Capacity)\b", rf"{prefix}\1", module)
    module = module.replace(f'"{original}"', f'"{key}"')
    module = re.sub(r'^(    name=)".*"', rf'\1"{prefix}"', module, flags=re.MULTILINE)
    (pricing / "services" / f"{key}.py").write_text(module, "utf-8")
    description = (pricing / "tables" / f"{original}.toml").read_text("utf-8")
    description = re.sub('^pool = "', rf"\g<0>{key}_", description, flags=re.MULTILINE)
    description = re.sub(OF_CLASSES, "", description, flags=re.MULTILINE)
    (pricing / "tables" / f"{key}.toml").write_text(description, "utf-8")
    add_prices(pricing / "tables", original, key, count)


def add_prices(tables: Path, original: str, key: str, count: int) -> None:
    """Add a clone's prices, and the instance classes that they name; the example's come first."""
    header, *rows = read(tables / f"{original}.csv")
    example = getattr(service(original).example, "instance_class", "")
    by_class = [row for row in rows if row[0].startswith(BY_CLASS)]
    by_class.sort(key=lambda row: not row[0].endswith(example))
    others = [row for row in rows if not row[0].startswith(BY_CLASS)]
    kept = by_class[: count - len(others)]
    write(tables / f"{key}.csv", [header, *kept, *others])
    if by_class:
        priced = {row[0].rpartition("/")[2] for row in kept}
        header, *classes = read(tables / f"{original}_classes.csv")
        classes = [row for row in classes if row[0] in priced]
        write(tables / f"{key}_classes.csv", [header, *classes])


def read(path: Path) -> list[list[str]]:
    """Read the rows of a table."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def write(path: Path, rows: list[list[str]]) -> None:
    """Write the rows of a table."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
