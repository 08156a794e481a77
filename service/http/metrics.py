"""Metrics as Prometheus reads them, the same from whichever worker is asked.

Several workers count in files of one folder, which the parent names in the environment. A worker
takes the lowest place that nobody holds, and goes on where its predecessor there stopped: sums
never fall, and no file is left over. Files have their room on the disk from the start, for a write
into a mapped file of a full disk would kill the worker.
"""

import fcntl
import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    values,
)
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from pricing.catalogue import Catalogue
from pricing.model import registry
from service.counting import Count

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""The variable by which workers learn the folder; the client library has named it."""
PREFIX = "storecast-metrics-"
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
"""Upper ends of the classes of durations [s]."""
ROOM = 2 * 1024**2
"""Bytes of each file: all routes with all their statuses take half."""
FILES = ("counter", "histogram", "gauge_livesum")
NO_ROUTE = "none"
"""Stands for the route where a request was refused before it had one."""
MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@contextmanager
def shared() -> Iterator[None]:
    """Give workers a folder to count in; folders that a killed service has left are removed.

    Where there is no room for one, each worker counts for itself.
    """
    for left in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        _remove(left)
    try:
        folder = tempfile.mkdtemp(prefix=PREFIX)
    except OSError as error:
        _log_alone(error)
        yield
        return
    held = os.open(folder, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    os.environ[FOLDER] = folder
    try:
        yield
    finally:
        os.close(held)
        _remove(Path(folder))


def _remove(folder: Path) -> None:
    """Remove a folder of metrics that no service holds."""
    with suppress(OSError):
        held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder)
        finally:
            os.close(held)


def _log_alone(error: OSError) -> None:
    logging.getLogger("storecast").warning(
        "metrics are each worker's own, for their files cannot be written",
        extra={"reason": error.strerror},
    )


def _place(folder: str) -> int:
    """Take the lowest place that nobody holds; it is held until the process ends."""
    for place in count():
        lock = os.open(f"{folder}/{place}.lock", os.O_CREAT | os.O_RDWR, 0o600)
        with suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return place
        os.close(lock)
    raise AssertionError


def _join(folder: str) -> bool:
    """Count in a folder from now on, if there is room; return whether another did so before."""
    try:
        place = _place(folder)
        succeeds = Path(folder, f"counter_{place}.db").exists()
        Path(folder, f"gauge_livesum_{place}.db").unlink(missing_ok=True)
        for name in FILES:
            with open(f"{folder}/{name}_{place}.db", "ab") as file:
                os.posix_fallocate(file.fileno(), 0, ROOM)
    except OSError as error:
        _log_alone(error)
        values.ValueClass = values.MutexValue
        return False
    values.ValueClass = values.MultiProcessValue(lambda: place)  # type: ignore[no-untyped-call]
    return succeeds


SUCCEEDS = FOLDER in os.environ and _join(os.environ[FOLDER])
"""Whether this worker replaces one that was lost or told to restart."""
REGISTRY = CollectorRegistry()
REQUESTS = Counter(
    "storecast_requests",
    "Requests, by method, route and status; 499 is a client that left before its answer.",
    ("method", "route", "status"),
    registry=REGISTRY,
)
SECONDS = Histogram(
    "storecast_request_seconds",
    "Time from the head of a request to the end of its answer, by route.",
    ("route",),
    buckets=BUCKETS,
    registry=REGISTRY,
)
IN_FLIGHT = Gauge(
    "storecast_requests_in_flight",
    "Requests that are being received or answered.",
    multiprocess_mode="livesum",
    registry=REGISTRY,
)
REFUSED = Counter(
    "storecast_refused",
    "Requests that got a problem, by kind.",
    ("problem",),
    registry=REGISTRY,
)
ROWS = Counter(
    "storecast_workloads", "Workloads and rows of needs that were answered.", registry=REGISTRY
)
UNPRICED = Counter(
    "storecast_unpriced_charges",
    "Charges without a known price in answers that list workloads or charges.",
    registry=REGISTRY,
)
LOOKED_FOR = Counter(
    "storecast_cache_lookups",
    "Answers that were looked for among those kept: those to HEAD (`head`), and price lists.",
    ("cache", "found"),
    registry=REGISTRY,
)
REPLACED = Counter(
    "storecast_workers_replaced",
    "Workers, and processes for large work, that replaced one that ended.",
    registry=REGISTRY,
)
LOST = Counter(
    "storecast_requests_lost",
    "Requests without an answer, for the process for large work was lost with them.",
    registry=REGISTRY,
)
REPLACED.inc(int(SUCCEEDS))


def today() -> date:
    """Return the day of asking, by which prices have an age."""
    return datetime.now(UTC).date()


class Prices(Collector):
    """How old the prices are, on the day of asking."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def collect(self) -> Iterator[Metric]:
        """Yield the age of each service's prices."""
        about = "Days since the newest price of each service."
        age = GaugeMetricFamily("storecast_catalogue_age_days", about, labels=("service",))
        for key in registry():
            age.add_metric((key,), (today() - self._catalogue.listed.table(key).newest).days)
        yield age


def exposition(catalogue: Catalogue) -> bytes:
    """Return all metrics, those of all workers together, as Prometheus reads them."""
    told = CollectorRegistry()
    if values.ValueClass is values.MutexValue:
        told.register(REGISTRY)
    else:
        MultiProcessCollector(told, os.environ[FOLDER])  # type: ignore[no-untyped-call]
    told.register(Prices(catalogue))
    return generate_latest(told)


tell: Callable[..., None] | None = None
"""Tells the worker of what begins and ends in its process for large work, which is this one."""


def began() -> None:
    """Count a request that begins."""
    if tell is not None:
        tell("began")
    else:
        IN_FLIGHT.inc()


def ended(method: str, route: str, status: int, seconds: float, problem: str, done: Count) -> None:
    """Count a request that began and has ended."""
    if tell is not None:
        told = (done.rows, done.unpriced, done.lookups)
        tell("ended", method, route, status, seconds, problem, told)
        return
    IN_FLIGHT.dec()
    requests(method, route, status).inc()
    seconds_of(route).observe(seconds)
    if problem:
        REFUSED.labels(problem).inc()
    if done.rows:
        ROWS.inc(done.rows)
    if done.unpriced:
        UNPRICED.inc(done.unpriced)
    for named, found in done.lookups:
        looked_for(named, found).inc()


def handed_over() -> None:
    """Count a request no more here, as it begins anew in the process for large work."""
    IN_FLIGHT.dec()


@cache
def looked_for(named: str, found: bool) -> Any:
    """Return the counter of what was found, or not, in one cache."""
    return LOOKED_FOR.labels(named, "yes" if found else "no")


@cache
def requests(method: str, route: str, status: int) -> Any:
    """Return the counter of one kind of request; finding it anew costs more than counting."""
    return REQUESTS.labels(method, route, str(status))


@cache
def seconds_of(route: str) -> Any:
    """Return the durations of one route."""
    return SECONDS.labels(route)


seconds_of(NO_ROUTE)  # maps the file of durations while there is memory for it
