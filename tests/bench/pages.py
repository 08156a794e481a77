"""The measures of the pages for people: their size, their time, and an update in Chromium."""

import re
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import quote

import numpy as np

from tests.bench.measures import Measure, connected, drained, seconds, served
from tests.clients import programs

PAGE = (
    "/plan/dynamodb?region=us-east-1&item_bytes=3072&writes_per_second=500&price_date=2025-12-06"
    "&reads_per_second={}"
)
SWEPT = (
    "/plan/s3/comparison?region=us-east-1&monthly_retrieved_gb=1000&price_date=2026-01-01"
    "&vary=storage_class&sweep=monthly_retrieved_gb%3A0%3A40000&storage_gb={}"
)
ASKED = 200
"""Pages that are asked for in turn."""
UPDATES = 60


def size(repeats: int) -> list[float]:
    """Kilobytes of the largest page that the first page leads to, without charts."""
    with served() as (port, _), closing(connected(port)) as connection:

        def text(path: str) -> str:
            connection.request("GET", path)
            response = connection.getresponse()
            body = response.read().decode()
            moved = response.headers["Location"]
            return text(path.rpartition("/")[0] + f"/{moved}") if moved else body

        pages = [text(f"/plan/{link}") for link in _entries(text("/"))]
        return [max(len(_without_charts(page).encode()) for page in pages) / 1000] * repeats


def _entries(page: str) -> Iterator[str]:
    for link in re.findall(r'href="\./plan/([^"]+)"', page):
        yield link.replace("&amp;", "&")


def _without_charts(page: str) -> str:
    return re.sub(r'<script type="application/json">.*?</script>', "", page, flags=re.DOTALL)


def time_of_a_page(repeats: int) -> list[float]:
    """Milliseconds of a service's page over HTTP, each different: the 95th percentile."""
    with served() as (port, _), closing(connected(port)) as connection:
        drained(connection, PAGE.format(0))
        return [
            float(
                np.percentile(
                    [
                        seconds(lambda n=n: drained(connection, PAGE.format(n))) * 1000
                        for n in range(run * ASKED + 1, (run + 1) * ASKED + 1)
                    ],
                    95,
                )
            )
            for run in range(repeats)
        ]


def time_of_an_update(repeats: int) -> list[float]:
    """Milliseconds from a change of a field to the new answer in Chromium: the 95th percentile."""
    return _updates(PAGE, "reads_per_second", repeats)


def time_of_a_swept_update(repeats: int) -> list[float]:
    """Return the same for a comparison with its sweep, whose chart is drawn afterwards."""
    return _updates(SWEPT, "storage_gb", repeats)


def _updates(page: str, field: str, repeats: int) -> list[float]:
    with served() as (port, _):
        address = f"http://127.0.0.1:{port}{page.format(quote('1'))}"
        found = []
        for run in range(repeats):
            values = [str(2 + run * UPDATES + number) for number in range(UPDATES)]
            told = programs.browser("update", address, field=field, values=values)
            assert told["errors"] == []
            found.append(float(np.percentile(told["outcome"], 95)))
        return found


MEASURES = (
    Measure(
        "14",
        "The largest page that the first page leads to, without its charts",
        "≤ 100",
        "kB",
        size,
        repeats=1,
    ),
    Measure(
        "14a",
        "A service's page with its answer, each different, one connection: 95th percentile",
        "≤ 100",
        "ms",
        time_of_a_page,
        repeats=5,
    ),
    Measure(
        "14b",
        "A field of that page is changed in Chromium: until its answer is shown, 95th percentile",
        "≤ 150",
        "ms",
        time_of_an_update,
        repeats=5,
    ),
    Measure(
        "14c",
        "The same of a comparison with a sweep over 2,000 points and its chart",
        "",
        "ms",
        time_of_a_swept_update,
        repeats=5,
    ),
)
