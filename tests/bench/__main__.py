"""``make bench``: each figure is a time over the time of a reference, interleaved with it.

Times of a shared machine are noise; ratios hold. Workloads come from a fixed seed.
"""

import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from typing import Any

import msgspec
import numpy as np
from litestar.testing import TestClient

from pricing import engine, portfolio, projection
from pricing.model import service
from pricing.projection import Growth, Span, widened
from pricing.quantities import REGION_CODES
from pricing.rates import rate_card
from service.app import create_app

ROWS = 10_000
REPEATS = 15


def rows(count: int) -> list[dict[str, Any]]:
    """Draw DynamoDB workloads from a fixed seed, of mixed Regions, modes and sizes."""
    draw = random.Random(20251123)
    return [
        {
            "name": str(number),
            "region": draw.choice(REGION_CODES),
            "capacity_mode": draw.choice(["on-demand", "provisioned"]),
            "reads_per_second": round(draw.uniform(0, 5000), 2),
            "writes_per_second": round(draw.uniform(0, 2000), 2),
            "item_bytes": draw.randint(50, 20_000),
            "storage_gb": draw.randint(0, 5000),
            "gsi_count": draw.randint(0, 3),
        }
        for number in range(count)
    ]


def ratio(name: str, measured: Callable[[], Any], reference: Callable[[], Any]) -> None:
    """Print minimum, median and maximum of a time over its reference's."""
    ratios = []
    for _ in range(REPEATS):
        spent = []
        for run in (measured, reference):
            start = time.perf_counter()
            run()
            spent.append(time.perf_counter() - start)
        ratios.append(spent[0] / spent[1])
    low, middle, high = min(ratios), statistics.median(ratios), max(ratios)
    print(f"{name:70} {low:8.2f} {middle:8.2f} {high:8.2f}")


def main() -> None:
    """Measure."""
    dynamodb = service("dynamodb")
    body = msgspec.json.encode({"workloads": rows(ROWS)})
    workloads = msgspec.convert(rows(ROWS), list[dynamodb.workload])  # type: ignore[name-defined]
    columns = engine.columns(dynamodb.workload, workloads)
    card = rate_card(dynamodb.key)
    bill = engine.price(dynamodb, columns, card)
    arrays = [
        part
        for line in bill.lines
        for part in (line.quantity, line.unit_price, line.cost)
        if isinstance(part, np.ndarray)
    ]
    print(f"{f'ratio of times, {ROWS:,} DynamoDB workloads':70}      min   median      max")
    with TestClient(create_app()) as client:
        headers = {"Content-Type": "application/json"}
        answer = client.post("/v1/dynamodb/estimates", content=body, headers=headers).content
        ratio(
            "POST, JSON in and out / msgspec's decode and encode of the same bytes",
            lambda: client.post("/v1/dynamodb/estimates", content=body, headers=headers),
            lambda: (
                msgspec.json.decode(body),
                msgspec.json.encode(msgspec.json.decode(answer)),
            ),
        )
    ratio(
        "engine on columns / copying its output columns",
        lambda: engine.price(dynamodb, columns, card),
        lambda: [array.copy() for array in arrays],
    )
    ratio(
        "rows to columns / engine on columns",
        lambda: engine.columns(dynamodb.workload, workloads),
        lambda: engine.price(dynamodb, columns, card),
    )


def axes() -> None:
    """Measure months beside rows: the same number of prices, once as months, once as workloads."""
    dynamodb = service("dynamodb")
    months = 36
    few = msgspec.convert(rows(ROWS // months), list[dynamodb.workload])  # type: ignore[name-defined]
    many = engine.columns(dynamodb.workload, few * months)
    span = Span(date(2026, 1, 1), months, False, False)
    growths = {"reads_per_second": (Growth(rate=0.01), False)}
    card = rate_card(dynamodb.key)

    def project() -> None:
        parts = [
            portfolio.Columns(part.service, part.rows, widened(part.workload, growths, span))
            for part in portfolio.columns([dynamodb] * len(few), few)
        ]
        for _ in projection.project(parts, span, free_tier=False):
            pass

    ratio(
        "a workload-month of a projection / an estimate of a row in bulk",
        project,
        lambda: engine.price(dynamodb, many, card),
    )
    start = time.perf_counter()
    project()
    spent = (time.perf_counter() - start) / (len(few) * months)
    print(f"{'microseconds a workload-month':70} {spent * 1e6:8.2f}")


def startup() -> None:
    """Measure in fresh processes how long tables and app take to be there [s]."""
    tables = (
        "from pricing import engine, rates; import time; start = time.perf_counter();"
        "rates.rate_card('rds'); print(time.perf_counter() - start)"
    )
    app = (
        "import time; start = time.perf_counter(); from service.app import create_app;"
        "from litestar.testing import TestClient; client = TestClient(create_app());"
        "assert client.get('/readyz').status_code == 200; print(time.perf_counter() - start)"
    )
    for name, code in (
        ("seconds to read and compile the RDS tables", tables),
        ("seconds from a cold start to the first answer", app),
    ):
        times = sorted(
            float(
                subprocess.run([sys.executable, "-c", code], check=True, capture_output=True).stdout
            )
            for _ in range(5)
        )
        print(f"{name:70} {times[0]:8.2f} {times[2]:8.2f} {times[-1]:8.2f}")


if __name__ == "__main__":
    main()
    axes()
    startup()
