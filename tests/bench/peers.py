"""Two peers, each measured in turn with this service on the same machine.

Netflix's service-capacity-modeling is a library, OpenFisca a server. Each has its own environment
under ``.bench``, made on first use from the exact versions in ``tests/bench/peers``.
"""

import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path
from typing import IO, Any

import numpy as np

from pricing import comparison, engine
from pricing.catalogue import packaged
from pricing.model import service
from pricing.projection import Growth, Span, widened
from tests.bench.workloads import SEED, request_of
from tests.copies import ROOT

ENVIRONMENTS = ROOT / ".bench"
REQUIREMENTS = Path(__file__).with_suffix("")

ROWS = 1000
MONTHS = 36
OUR_RUNS = 10
"""Runs of ours that one figure of row 6 is the mean of: one alone is short beside the peer's."""
OUR_REQUESTS = 20
ITS_REQUESTS = 2
WAITS = 3000
"""Times a starting server is looked for, every hundredth of a second."""
SECONDS_TO_ANSWER = 120

PLANNER = """
import sys, time
from service_capacity_modeling.capacity_planner import planner
from service_capacity_modeling.interface import (
    CapacityDesires, DataShape, Interval, QueryPattern, certain_float,
)

def between(low, mid, high):
    return Interval(low=low, mid=mid, high=high, confidence=0.98)

desires = CapacityDesires(
    service_tier=1,
    query_pattern=QueryPattern(
        estimated_read_per_second=between(500, 1000, 2000),
        estimated_write_per_second=between(250, 500, 1000),
        estimated_mean_read_size_bytes=certain_float(3072),
        estimated_mean_write_size_bytes=certain_float(3072),
    ),
    data_shape=DataShape(estimated_state_size_gib=between(50, 100, 200)),
)

def plan(simulations):
    start = time.perf_counter()
    found = planner.plan(
        "org.netflix.dynamodb", "us-east-1", desires,
        percentiles=(50,), simulations=simulations, num_results=1, num_regions=1,
    )
    assert found.least_regret and found.least_regret[0].candidate_clusters.services
    return time.perf_counter() - start

plan(10)
print("ready", flush=True)
for line in sys.stdin:
    print(plan(int(line)), flush=True)
"""
"""The child of row 6: for each line, a number of simulations, it plans once and tells the seconds.

Reads, writes and stored data are uncertain, all else of the demand is certain. One Region, one
percentile and one result are the least that ``plan`` takes. Its DynamoDB model tries no hardware,
so that it is far faster than the models of Cassandra and of a key-value store over it.
"""


def environment(peer: str) -> Path:
    """Return the folder of a peer's programs; install them first if they are missing."""
    folder, wanted = ENVIRONMENTS / peer, (REQUIREMENTS / f"{peer}.txt").read_text()
    stamp = folder / "ready"
    if not stamp.exists() or stamp.read_text() != wanted:
        ENVIRONMENTS.mkdir(exist_ok=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        pip = [folder / "bin" / "python", "-m", "pip", "install", "--quiet"]
        options = ["--disable-pip-version-check", "-r", REQUIREMENTS / f"{peer}.txt"]
        subprocess.run([*pip, *options], check=True, cwd=ROOT)
        stamp.write_text(wanted)
    return folder / "bin"


@contextmanager
def running(command: Sequence[Any], **options: Any) -> Iterator[subprocess.Popen[str]]:
    """Run a program for as long as it is needed; it and all it started end in any case."""
    options = {"cwd": ROOT, "text": True, "start_new_session": True} | options
    child = subprocess.Popen(command, **options)
    try:
        yield child
    finally:
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(child.pid, number)
                child.wait(10)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                continue
        for pipe in (child.stdin, child.stdout):
            if pipe:
                pipe.close()


def capacity_modeling(repeats: int) -> list[tuple[float, float]]:
    """Time 1,000 alternatives of 36 months each, and ``plan`` with 1,000 simulations, in turn.

    Both vary reads, writes and stored data of one provisioned DynamoDB table with continuous
    backups in us-east-1, over the same ranges, and name the best. At the middle of the ranges both
    come to the same cost. Ours are a grid that grows over the months, from the workload as it was
    given to the order of costs; the peer's are drawn from the ranges, and priced for a year. About
    nine tenths of ``plan`` is how it finds the best: it compares each sample with every other.

    Returns
    -------
    for each repeat the seconds of ours, the mean of some runs, and those of one ``plan``
    """
    python = environment("capacity_modeling") / "python"
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with running([python, "-c", PLANNER], **pipes) as child:
        heard(child)
        alternatives()
        return [
            (mean_time(alternatives, OUR_RUNS), float(asked(child, str(ROWS))))
            for _ in range(repeats)
        ]


def asked(child: subprocess.Popen[str], line: str) -> str:
    """Send a child a line, and give the line it answers."""
    assert child.stdin
    print(line, file=child.stdin, flush=True)
    return heard(child)


def heard(child: subprocess.Popen[str]) -> str:
    """Return the next line that a child writes."""
    assert child.stdout
    line = child.stdout.readline()
    if not line:
        raise RuntimeError(f"the child ended with {child.wait()}")
    return line


def mean_time(run: Callable[[], Any], count: int) -> float:
    """Return the mean time of some runs [s]."""
    start = time.perf_counter()
    for _ in range(count):
        run()
    return (time.perf_counter() - start) / count


def alternatives() -> Any:
    """Price alternatives of a DynamoDB workload over months.

    Returns
    -------
    places of the alternatives, the cheapest over all months first
    """
    dynamodb = service("dynamodb")
    workload = dynamodb.workload(
        region="us-east-1",
        capacity_mode="provisioned",
        reads_per_second=1000.0,
        writes_per_second=500.0,
        strongly_consistent_fraction=1.0,
        item_bytes=3072.0,
        storage_gb=100.0,
        point_in_time_recovery=True,
    )
    vary = {
        "reads_per_second": np.linspace(500, 2000, 10).tolist(),
        "writes_per_second": np.linspace(250, 1000, 10).tolist(),
        "storage_gb": np.linspace(50, 200, 10).tolist(),
    }
    choices, rows = comparison.alternatives(dynamodb, workload, vary)
    growths = {
        "reads_per_second": (Growth(rate=0.01), False),
        "writes_per_second": (Growth(rate=0.01), False),
        "storage_gb": (Growth(ingest=5.0), False),
    }
    span = Span(date(2026, 1, 1), MONTHS, calendar=False, fixed_prices=False)
    wide = widened(rows, growths, span)
    costs = engine.price(dynamodb, wide, packaged().card(dynamodb.key)).cost[:-1]
    assert costs.shape == (len(choices), MONTHS) == (ROWS, MONTHS)
    return np.argsort(costs.sum(axis=-1))


def openfisca(
    repeats: int, *, households: bool = False, layout: str = "rows"
) -> list[tuple[float, float]]:
    """Measure rows per second of our server and of OpenFisca's, in turn, over loopback.

    Each serves with one worker process, by its own command; one client sends it requests of 1,000
    rows, one after another, as bytes that are made before the clock starts. A row of ours is a
    DynamoDB workload, answered with capacity, all charges and findings.

    Parameters
    ----------
    repeats : int
    households : what a row of the peer is. A person with a salary, answered with the income tax of
        one month: the least that its web API can be asked. Or a household with all the taxes and
        benefits that the template knows of one adult who rents: answered in full, as ours are.
    layout : whether our answer comes as rows or as columns

    Returns
    -------
    for each repeat our rows per second, and the peer's
    """
    program = environment("openfisca") / "openfisca"
    package = ["--country-package", "openfisca_country_template"]
    port, its_port = free_ports(2)
    settings = {"HOST": "127.0.0.1", "PORT": str(port), "WORKERS": "1"}
    question = situations(households=households)
    with (
        serving([sys.executable, "-m", "service"], port, "/readyz", env=os.environ | settings),
        serving(
            [program, "serve", *package, "--port", str(its_port), "--workers", "1"],
            its_port,
            "/entities",
        ),
        closing(Client(port, f"/v1/dynamodb/estimates?layout={layout}", request_of(ROWS))) as ours,
        closing(Client(its_port, "/calculate", question)) as its,
    ):
        answer = json.loads(ours.send())
        assert len(answer["monthly_cost"] if layout == "columns" else answer["estimates"]) == ROWS
        answer = its.send()
        assert b"null" not in answer
        assert len(json.loads(answer)["persons"]) == ROWS
        return [
            (
                ROWS / mean_time(ours.send, OUR_REQUESTS),
                ROWS / mean_time(its.send, ITS_REQUESTS),
            )
            for _ in range(repeats)
        ]


class Client:
    """One client of one server, that asks it the same thing again and again."""

    def __init__(self, port: int, path: str, body: bytes) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, SECONDS_TO_ANSWER)
        self.path = path
        self.body = body

    def send(self) -> bytes:
        """Ask once, and give the answer's bytes."""
        headers = {"Content-Type": "application/json"}
        self.connection.request("POST", self.path, self.body, headers)
        response = self.connection.getresponse()
        answer = response.read()
        self.connection.close()
        if response.status != 200:
            raise RuntimeError(f"{self.path} answered {response.status}: {answer[:1000]!r}")
        return answer

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()


def situations(*, households: bool) -> bytes:
    """Draw persons, or households of one, with what is asked of them: values that are null."""
    draw = random.Random(SEED)
    month, year = "2017-01", "2017"
    persons = {
        f"person-{number}": {
            "salary": {month: draw.randint(1000, 10_000)},
            "income_tax": {month: None},
        }
        for number in range(ROWS)
    }
    if not households:
        return json.dumps({"persons": persons}).encode()
    for person in persons.values():
        person |= {"birth": {"ETERNITY": f"{draw.randint(1950, 1990)}-01-01"}}
        person |= {name: {month: None} for name in ("social_security_contribution", "basic_income")}
    asked = ("housing_allowance", "total_taxes", "total_benefits", "disposable_income")
    homes = {
        f"household-{number}": {
            "adults": [name],
            "housing_occupancy_status": {month: "tenant"},
            "accommodation_size": {month: draw.randint(20, 200)},
            "rent": {month: draw.randint(300, 3000)},
            "housing_tax": {year: None},
            **{variable: {month: None} for variable in asked},
        }
        for number, name in enumerate(persons)
    }
    return json.dumps({"persons": persons, "households": homes}).encode()


def free_ports(count: int) -> list[int]:
    """Return ports of loopback that nobody listens on."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


@contextmanager
def serving(
    command: Sequence[Any], port: int, path: str, **options: Any
) -> Iterator[subprocess.Popen[str]]:
    """Run a server, from when it answers a path."""
    with tempfile.TemporaryFile("w+") as log:
        outputs = {"stdout": log, "stderr": subprocess.STDOUT, "stdin": subprocess.DEVNULL}
        with running(command, **outputs, **options) as child:
            for _ in range(WAITS):
                if child.poll() is not None or answers(port, path):
                    break
                time.sleep(0.01)
            if child.poll() is not None or not answers(port, path):
                raise RuntimeError(f"{command[0]} does not serve:\n{tail(log)}")
            yield child


def answers(port: int, path: str) -> bool:
    """Return whether a server answers GET of a path."""
    connection = http.client.HTTPConnection("127.0.0.1", port, SECONDS_TO_ANSWER)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def tail(log: IO[str]) -> str:
    """Return the end of what a program wrote."""
    log.seek(0)
    return log.read()[-2000:]
