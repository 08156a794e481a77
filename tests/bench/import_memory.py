"""Measure the import of a generated RDS price list of 300 MB: memory, time, and its progress.

``python -m tests.bench.import_memory [MEGABYTES] [csv|json]`` writes the list from our own tables.
To fill it, it adds products that the tables do not have, as AWS's list has. It imports the list in
a process of its own, and ends with 1 if that takes 500 MB or more, or shows no progress.
"""

import csv
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from pricing import tables
from pricing.quantities import REGION_CODES
from tests import offer_files
from tests.offer_files import Product
from upkeep import command, mapping
from upkeep.mapping import PREFIXES

MOST_MB = 500
WIDE = tuple(f"Column {number}" for number in range(30))
"""Columns that nothing asks for; AWS's list has about 50."""
FILLED = ("", "Memory optimized", "Intel Xeon Platinum 8175", "64-bit", "10 Gigabit", "Yes", "NA")


def written(file: Path, megabytes: int) -> int:
    """Write a price list of at least this size, and return its rows."""
    own = list(offer_files.products(tables.own("rds"), mapping.rules()))
    size = megabytes * 1_000_000
    with file.open("w", newline="", encoding="utf-8") as text:
        lines = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
        metadata = offer_files.metadata("AmazonRDS", "2026-11-01T00:00:00Z", "20261101000000")
        lines.writerows(metadata)
        lines.writerow([*offer_files.COLUMNS, *WIDE])
        count = 0
        for row in _rows(own):
            cells = [FILLED[(count + place) % len(FILLED)] for place in range(len(WIDE))]
            lines.writerow([*row, *cells])
            count += 1
            if count % 10_000 == 0 and text.tell() > size and count > len(own):
                return count
    return count


def written_as_json(file: Path, megabytes: int) -> int:
    """Write the same as JSON, products before terms, and return its products."""
    own = list(offer_files.products(tables.own("rds"), mapping.rules()))
    size, count = megabytes * 1_000_000, 0
    listed = offer_files.as_json("AmazonRDS", own)
    heads = {name: listed[name] for name in ("offerCode", "version", "publicationDate")}
    wide = {name: FILLED[place % len(FILLED)] for place, name in enumerate(WIDE)}
    with file.open("w", encoding="utf-8") as text:
        text.write(json.dumps(heads)[:-1] + ', "products": ')
        text.write(json.dumps(listed["products"])[:-1])
        while text.tell() < size * 0.72:
            for _ in range(1000):
                count += 1
                region = REGION_CODES[count % len(REGION_CODES)]
                usage = f"{PREFIXES[region]}-InstanceUsage:db.r{count % 3001}.2xl"
                attributes = {
                    "servicecode": "AmazonRDS",
                    "regionCode": region,
                    "usagetype": usage,
                    "operation": "CreateDBInstance:0232",
                }
                product = {"sku": f"{count:016d}", "attributes": attributes | wide}
                text.write(f', "{count:016d}": {json.dumps(product)}')
        text.write('}, "terms": ' + json.dumps(listed["terms"]).removesuffix("}}"))
        for number in range(1, count + 1):
            code = f"{number:016d}"
            price = {"unit": "Hrs", "beginRange": "0", "endRange": "Inf", "appliesTo": []}
            price |= {"pricePerUnit": {"USD": "1.2340000000"}, "description": "of others" * 9}
            term = {f"{code}.J": {"priceDimensions": {f"{code}.J.6": price}}}
            text.write(f"{', ' if listed['terms']['Reserved'] or number > 1 else ''}")
            text.write(f'"{code}": {json.dumps(term)}')
        text.write("}}}")
    return count + len(own)


def _rows(own: list[Product]) -> Iterator[list[str]]:
    for product in own:
        for row in offer_files.rows(product):
            yield offer_files.cells(row, [], "USD")
    number = 0
    while True:
        number += 1
        code = f"{number:016d}"
        region = REGION_CODES[number % len(REGION_CODES)]
        yield [
            *(
                code,
                "JRTCKXETXF",
                f"{code}.JRTCKXETXF.6YS6EN2CT7",
                "OnDemand",
                "of others",
            ),
            *("2026-11-01", "0", "Inf", "Hrs", "1.2340000000", "USD", "", "", "", "", "AmazonRDS"),
            *(
                "",
                "AWS Region",
                f"{PREFIXES[region]}-InstanceUsage:db.r{number % 3001}.2xl",
                "CreateDBInstance:0232",
            ),
            *(region, "A service"),
        ]


def main() -> int:
    """Measure, tell, and return the exit code."""
    megabytes = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    with tempfile.TemporaryDirectory(prefix="storecast-import-") as made:
        kind = sys.argv[2] if len(sys.argv) > 2 else "csv"
        folder, file = Path(made) / "tables", Path(made) / f"AmazonRDS.{kind}"
        shutil.copytree(command.PACKAGED, folder)
        rows = (written_as_json if kind == "json" else written)(file, megabytes)
        print(f"{file.stat().st_size / 1e6:.0f} MB, {rows} rows or products", flush=True)
        began = time.monotonic()
        asked = ["import", "--tables", str(folder), str(file)]
        done = subprocess.run(
            [sys.executable, "-m", "pricing", *asked], capture_output=True, text=True, check=False
        )
        seconds = time.monotonic() - began
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1000
    print(done.stdout[-600:], done.stderr[-300:], sep="\n")
    print(f"{seconds:.0f} s, {most:.0f} MB at most, exit code {done.returncode}")
    return int(done.returncode != 0 or most >= MOST_MB or "100%" not in done.stderr)


if __name__ == "__main__":
    sys.exit(main())
