"""The measures of the service: each gives ratios, every one of them beside its own reference."""

import http.client
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import date
from functools import partial
from itertools import count
from typing import Any

import msgspec
import numpy as np
from msgspec import Struct

from pricing import alternatives, commitment, curve, engine, hours, portfolio, projection
from pricing.catalogue import packaged
from pricing.model import registry, service
from pricing.projection import Growth, Span, widened
from pricing.question import registry as questions
from pricing.rates import WordColumn
from pricing.units import HOURS_PER_YEAR
from service.answers import estimates
from service.answers import questions as answers
from service.requests import batches
from tests.bench import scale, workloads
from tests.bench.peers import (
    Client,
    asked,
    capacity_modeling,
    free_ports,
    openfisca,
    running,
    serving,
)
from tests.copies import ROOT, environment_of
from tests.server import held

DYNAMODB = service("dynamodb")
GET = (
    "/v1/dynamodb/estimate?region=us-east-1&item_bytes=3072&writes_per_second=500"
    "&reads_per_second={}"
)
POST = "/v1/dynamodb/estimates"
PORTFOLIO = "/v1/portfolios/estimate"
CONTRACT = "/openapi.json"
SECONDS_TO_ANSWER = 600
CONNECTIONS = 64
SECONDS = 3
MONTHS = 36


class Measure(Struct, frozen=True):
    """One measure: what it is, what it is to come to, and how it is taken."""

    number: str
    what: str
    target: str
    """As ``≤ 4``; empty where there is none."""
    unit: str
    take: Callable[[int], Sequence[float]]
    """Takes it so many times."""
    repeats: int = 9


def seconds(run: Callable[[], Any]) -> float:
    """Time one run [s]."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def interleaved(
    measured: Callable[[], Any], reference: Callable[[], Any], repeats: int
) -> list[float]:
    """Return times over those of a reference, in turn; the first run of each is not counted."""
    measured(), reference()
    return [seconds(measured) / seconds(reference) for _ in range(repeats)]


@contextmanager
def served(ready: str = "/readyz") -> Iterator[tuple[int, int]]:
    """Run the service from when it answers a path; gives its port and its process."""
    (port,) = free_ports(1)
    environment = environment_of(ROOT) | {"PORT": str(port)}
    command = [sys.executable, "-m", "service"]
    with serving(command, port, ready, cwd=ROOT, env=environment) as child:
        yield port, child.pid


def alone(repeats: int) -> list[float]:
    """Return the same ratio for one connection, on which nobody waits together."""
    return single_estimates(repeats, connections=1)


def edge_alone(repeats: int) -> list[float]:
    """Return the same ratio with pricing and views for free: the floor of row 1."""
    (port,) = free_ports(1)
    with serving(uvicorn("tests.bench.floor:app", port), port, "/readyz"):
        return against_bare(port, repeats, CONNECTIONS)


def single_estimates(repeats: int, connections: int = CONNECTIONS) -> list[float]:
    """Requests per second of one estimate, every one different, over those of a bare handler."""
    with served() as (port, _):
        return against_bare(port, repeats, connections)


def against_bare(port: int, repeats: int, connections: int) -> list[float]:
    """Measure estimates of a server beside a bare handler, in turn."""
    (bare,) = free_ports(1)
    with serving(uvicorn("tests.bench.bare:app", bare), bare, "/bare"), loading() as rate:

        def ratio() -> float:
            return rate(port, GET, connections) / rate(bare, "/bare", connections)

        ratio()
        return [ratio() for _ in range(repeats)]


@contextmanager
def loading() -> Iterator[Callable[[int, str, int], float]]:
    """Run the client; gives what asks a port for a path over some connections, a rate [1/s]."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with running([sys.executable, "-m", "tests.bench.load"], **pipes) as client:

        def rate(port: int, path: str, connections: int) -> float:
            task = {"port": port, "path": path, "connections": connections, "seconds": SECONDS}
            return float(asked(client, json.dumps(task)))

        yield rate


def uvicorn(app: str, port: int) -> list[str]:
    """Return the command that serves an app as the service is served."""
    command = [sys.executable, "-m", "uvicorn", app, "--factory", "--port", str(port)]
    return [*command, "--loop", "uvloop", "--http", "httptools", *QUIET]


QUIET = ("--no-access-log", "--log-level", "warning")


def engine_alone(repeats: int, count: int = 1_000_000) -> list[float]:
    """Price columns in which every field varies, over copying the input and output columns once."""
    columns, card = workloads.every_field(DYNAMODB, count), packaged().card(DYNAMODB.key)
    bill = engine.price(DYNAMODB, columns, card)
    arrays = [*arrays_of(columns), *arrays_of(bill.capacity)]
    arrays += [getattr(bill.lines, name) for name in engine.LINE_ARRAYS]
    arrays += [bill.checks.value, bill.checks.limit, bill.checks.applies]
    return interleaved(
        lambda: engine.price(DYNAMODB, columns, card),
        lambda: [array.copy() for array in arrays],
        repeats,
    )


def arrays_of(record: Any) -> list[Any]:
    """Return the arrays that a Struct of columns holds."""
    columns = msgspec.structs.astuple(record)
    return [column.codes if isinstance(column, WordColumn) else column for column in columns]


def batch(repeats: int, count: int = 10_000) -> list[float]:
    """POST a batch over HTTP, over msgspec's typed decode and encode of the same bytes."""
    body = workloads.request_of(count)
    types = estimates.answer_types(DYNAMODB)
    decode = msgspec.json.Decoder(batches.of_service(DYNAMODB)).decode
    encode = msgspec.json.Encoder().encode
    with served() as (port, _), closing(Client(port, POST, body)) as client:
        answer = msgspec.json.decode(client.send(), type=types.estimates)
        return interleaved(client.send, lambda: (decode(body), encode(answer)), repeats)


def columnar(repeats: int, count: int = 10_000) -> list[float]:
    """POST a batch with ``layout=columns``, over the same batch in rows, both over HTTP."""
    body = workloads.request_of(count)
    with (
        served() as (port, _),
        closing(Client(port, f"{POST}?layout=columns", body)) as columns,
        closing(Client(port, POST, body)) as rows,
    ):
        return interleaved(columns.send, rows.send, repeats)


def months(repeats: int, count: int = 10_000) -> list[float]:
    """Project workloads over months, over as many estimates of rows in bulk by the same engine.

    Both give their bills part by part, and keep none.
    """
    rows = msgspec.convert(workloads.tables_of_dynamodb(count), list[DYNAMODB.workload])  # type: ignore[name-defined]
    columns, card = engine.columns(DYNAMODB.workload, rows), packaged().card(DYNAMODB.key)
    many = engine.reshape(columns, lambda column: np.tile(column, MONTHS))
    span = Span(date(2026, 1, 1), MONTHS, calendar=False, fixed_prices=False)
    growths = {
        "reads_per_second": (Growth(rate=0.01), False),
        "storage_gb": (Growth(ingest=10.0), False),
    }
    places = np.arange(count)

    def project() -> None:
        part = portfolio.PortfolioPart(DYNAMODB, places, widened(columns, growths, span))
        for _ in projection.project([part], span, packaged(), free_tier=False):
            pass

    def estimate() -> None:
        for _ in engine.priced_in_chunks(DYNAMODB, many, card):
            pass

    return interleaved(project, estimate, repeats)


def hours_of_a_week(repeats: int) -> list[float]:
    """Return seconds in which 10,000 tables are priced, each over a week of its own."""
    many, card = workloads.every_field(DYNAMODB, 10_000), packaged().card("dynamodb")
    weeks = curve.normalised(np.random.default_rng(18).uniform(0.1, 3, (10_000, 168)))

    def price() -> None:
        varying = hours.curves(DYNAMODB, many, card, weeks)
        for _ in engine.priced_in_chunks(DYNAMODB, many, card, varying):
            pass

    price()
    return [seconds(price) for _ in range(repeats)]


def against_capacity_modeling(repeats: int) -> list[float]:
    """Return how many times faster our alternatives are than the peer's simulations."""
    return [its / ours for ours, its in capacity_modeling(repeats)]


def against_openfisca(repeats: int) -> list[float]:
    """Return how many times more rows a second are answered than by the peer, both in full."""
    pairs = openfisca(repeats, households=True, layout="columns")
    return [ours / its for ours, its in pairs]


def against_openfisca_rows(repeats: int) -> list[float]:
    """Return the same ratio, our answer being laid out as rows."""
    return [ours / its for ours, its in openfisca(repeats, households=True)]


def against_openfisca_least(repeats: int) -> list[float]:
    """Return the same ratio, the peer being asked for one number a row."""
    return [ours / its for ours, its in openfisca(repeats, layout="columns")]


def against_openfisca_all(repeats: int) -> list[float]:
    """Return the same ratio, our rows in full against the peer's one number a row."""
    return [ours / its for ours, its in openfisca(repeats)]


def post_portfolio(port: int, body: bytes) -> None:
    """Post a portfolio and read its answer, without keeping it."""
    with closing(connected(port)) as connection:
        drained(connection, PORTFOLIO, body)


def portfolio_of(count: int) -> bytes:
    """Write the request of a mixed portfolio."""
    return msgspec.json.encode({"workloads": workloads.mixed(count)})


def portfolio_memory(repeats: int, count: int = 100_000) -> list[float]:
    """Peak memory of the server's processes, what they share once, over the request's bytes."""
    body = portfolio_of(count)
    return [peak_memory(body) / len(body) for _ in range(repeats)]


def peak_memory(body: bytes) -> int:
    """Return the peak memory of a fresh server that answers one portfolio, about [B]."""
    with served() as (port, pid), ThreadPoolExecutor(1) as asking:
        answered, most = asking.submit(post_portfolio, port, body), 0
        while not answered.done():
            most = max(most, held(pid))
            time.sleep(0.005)
        answered.result()
        return most


def portfolio_growth(repeats: int) -> list[float]:
    """Exponent of time over rows: the steeper slope between 1,000, 10,000 and 100,000."""
    sizes = (1_000, 10_000, 100_000)
    bodies = [portfolio_of(count) for count in sizes]
    with served() as (port, _):
        post_portfolio(port, bodies[0])
        slopes = []
        for _ in range(repeats):
            spent = [seconds(lambda body=body: post_portfolio(port, body)) for body in bodies]
            slopes.append(float((np.diff(np.log(spent)) / np.diff(np.log(sizes))).max()))
        return slopes


def best_reservation(repeats: int) -> list[float]:
    """Time the exact optimum for a year of hours [ms]."""
    demand = np.random.default_rng(workloads.SEED).uniform(0, 1e5, HOURS_PER_YEAR)
    find = partial(commitment.optimum_in_blocks, demand, np.float64(0.46), 100)
    return [seconds(find) * 1000 for _ in range(repeats)]


def connected(port: int) -> http.client.HTTPConnection:
    """Return a connection to a server, which waits long for answers."""
    return http.client.HTTPConnection("127.0.0.1", port, SECONDS_TO_ANSWER)


def drained(connection: http.client.HTTPConnection, path: str, body: bytes | None = None) -> int:
    """Ask for a path, or post a body to it; return the size of the answer, which is not kept [B].

    Raises
    ------
    RuntimeError
        where the answer is another than 200.
    """
    headers = {"Content-Type": "application/json"} if body else {}
    connection.request("POST" if body else "GET", path, body, headers)
    response = connection.getresponse()
    if response.status != 200:
        raise RuntimeError(f"answered {response.status}: {response.read(1000)!r}")
    size = 0
    while piece := response.read(1 << 20):
        size += len(piece)
    return size


def cold_start(repeats: int) -> list[float]:
    """Seconds from the start of ``python -m service`` to the first answered estimate."""
    return [first_answer() for _ in range(repeats)]


def first_answer() -> float:
    """Start a server, and return the time until its first estimate is there [s]."""
    start = time.perf_counter()
    with served(GET.format(1)):
        return time.perf_counter() - start


def import_of_pricing(repeats: int) -> list[float]:
    """Seconds of a process that imports ``pricing`` with all its services, and ends."""
    command = [sys.executable, "-c", "from pricing.model import registry; registry()"]

    def run() -> None:
        subprocess.run(command, check=True, cwd=ROOT, env=environment_of(ROOT))

    return [seconds(run) for _ in range(repeats)]


def contract_delay(repeats: int) -> list[float]:
    """Milliseconds by which building the contract delays estimates, asked for one after another.

    The delay is the time of the slowest, less the median time of estimates asked for before.
    """
    return [delay_of_one() * 1000 for _ in range(repeats)]


def delay_of_one() -> float:
    """Ask a fresh server for its contract, and for estimates until it is there [s]."""
    numbers = count(1)
    with served() as (port, _), closing(connected(port)) as own, ThreadPoolExecutor() as pool:
        estimate = partial(drained, own)
        before = [seconds(lambda: estimate(GET.format(next(numbers)))) for _ in range(200)]
        contract = pool.submit(lambda: drained(connected(port), CONTRACT))
        meanwhile = []
        while not contract.done():
            meanwhile.append(seconds(lambda: estimate(GET.format(next(numbers)))))
        contract.result()
        return max(meanwhile) - statistics.median(before)


def contract_size(_repeats: int) -> list[float]:
    """Return the megabytes of the contract over the number of services in it."""
    contract = ROOT / "openapi" / "openapi.json"
    return [contract.stat().st_size / 1e6 / len(registry())]


def tables_of_rds(repeats: int) -> list[float]:
    """Seconds to read and compile the RDS tables, over 50,000 prices, in a fresh process."""
    code = (
        "from pricing import rates, tables; import time; start = time.perf_counter();"
        "rates.compile_table(tables.load('rds')); print(time.perf_counter() - start)"
    )
    command = [sys.executable, "-c", code]
    return [
        float(subprocess.run(command, check=True, capture_output=True).stdout)
        for _ in range(repeats)
    ]


def choice_of_databases(repeats: int, count: int = 1000) -> list[float]:
    """Answer so many different systems in one call; milliseconds a system."""
    question = questions()["database"]
    kinds = question.decision.words["data_model"] if question.decision else ()
    needs = [
        question.workload(
            region="us-east-1",
            data_model=kinds[place % len(kinds)],
            reads_per_second=float(1 + place % 97),
            writes_per_second=float(place % 13),
            storage_gb=float(1 + place % 501),
        )
        for place in range(count)
    ]
    columns = engine.columns(question.workload, needs)

    def run() -> None:
        for part in alternatives.answered_in_chunks(question, columns, packaged()):
            answers.table_of_answers(answers.ranked(part), packaged())

    run()
    return [seconds(run) / count * 1000 for _ in range(repeats)]


MEASURES = (
    Measure(
        "1",
        "GET of one DynamoDB estimate, every request different, 64 connections: requests a second"
        " over those of a bare Litestar handler that returns a constant Struct of the same size",
        "≥ 0.5",
        "",
        single_estimates,
    ),
    Measure(
        "1a",
        "The same with one connection, on which nobody waits together",
        "",
        "",
        alone,
        repeats=5,
    ),
    Measure(
        "1b",
        "The same as 1 with pricing and views for free: what the edge alone leaves",
        "",
        "",
        edge_alone,
        repeats=5,
    ),
    Measure(
        "2",
        "Engine alone, 1,000,000 DynamoDB workloads, every field varied, 36 Regions, two days, all"
        " charges: time over that of copying input and output columns once",
        "≤ 15",
        "times",
        engine_alone,
        repeats=5,
    ),
    Measure(
        "3",
        "POST of 10,000 workloads, JSON in and out over HTTP: time over msgspec's typed decode and"
        " encode of the same bytes",
        "≤ 4",
        "times",
        batch,
    ),
    Measure(
        "4",
        "The same answer with `layout=columns`: time over that of the rows",
        "≤ 0.5",
        "",
        columnar,
    ),
    Measure(
        "5",
        "Projection of 10,000 workloads over 36 months: time of a workload-month over that of an"
        " estimate of a row in bulk",
        "≤ 1.2",
        "times",
        months,
        repeats=7,
    ),
    Measure(
        "6",
        "1,000 alternatives over 36 months, against service-capacity-modeling's `plan()` with"
        " 1,000 simulations: times faster",
        "≥ 100",
        "times",
        against_capacity_modeling,
        repeats=3,
    ),
    Measure(
        "7",
        "Rows a second over HTTP, 1,000 rows a request, against OpenFisca's web API, both in full:"
        " our capacity, findings and charges as columns, its households with 8 taxes and benefits",
        "≥ 50",
        "times",
        against_openfisca,
        repeats=5,
    ),
    Measure(
        "7a",
        "The same, our answer laid out as rows",
        "",
        "times",
        against_openfisca_rows,
        repeats=5,
    ),
    Measure(
        "7b",
        "The same as 7, OpenFisca being asked for one number a row (a person's income tax)",
        "",
        "times",
        against_openfisca_least,
        repeats=5,
    ),
    Measure(
        "7c",
        "The same as 7b, our answer laid out as rows",
        "",
        "times",
        against_openfisca_all,
        repeats=5,
    ),
    Measure(
        "8",
        "Portfolio of 100,000 mixed workloads: peak memory of all the server's processes, over"
        " the bytes of the request",
        "≤ 10",
        "times",
        portfolio_memory,
        repeats=3,
    ),
    Measure(
        "8a",
        "The same: exponent of time over rows, the steeper of 1,000 to 10,000 and on to 100,000",
        "≤ 1.05",
        "",
        portfolio_growth,
        repeats=3,
    ),
    Measure(
        "9",
        "Cold start of the server to the first answered estimate",
        "≤ 1.5",
        "s",
        cold_start,
    ),
    Measure(
        "9a",
        "A process that imports `pricing` with all its services, and ends",
        "≤ 0.4",
        "s",
        import_of_pricing,
    ),
    Measure(
        "9b",
        "Reading and compiling the RDS tables, over 50,000 prices",
        "≤ 0.3",
        "s",
        tables_of_rds,
    ),
    Measure(
        "10",
        "Longest delay of an estimate that is asked for while the first `GET /openapi.json` is"
        " answered",
        "≤ 50",
        "ms",
        contract_delay,
    ),
    Measure(
        "10a",
        "Size of the contract over the number of services in it: 2.1 MB for eighteen",
        "≤ 0.1167",
        "MB",
        contract_size,
        repeats=1,
    ),
    Measure(
        "11",
        "1,000 systems asked of the question `database` at once, each candidate judged, sized,"
        " priced and ranked in a table: milliseconds a system",
        "",
        "",
        choice_of_databases,
        repeats=5,
    ),
    Measure(
        "12",
        "The best reservation in blocks for a curve of 8,760 hours",
        "≤ 1",
        "ms",
        best_reservation,
    ),
    Measure(
        "13",
        "10,000 DynamoDB tables with every field set, each over the 168 hours of a week of its own",
        "≤ 1",
        "s",
        hours_of_a_week,
        repeats=5,
    ),
    Measure(
        "15",
        "10,000,000 DynamoDB rows by `python -m pricing estimate`, Parquet to Parquet, 8 columns"
        " in and 44 out, one process on two cores: share of the wall time in which the kernel"
        " (`pricing.arrow.estimates`) is at work",
        "≥ 0.5",
        "",
        scale.kernel_share,
    ),
    Measure(
        "15a",
        "The same: the kernel's share of the time of the processor, all threads together",
        "",
        "",
        scale.kernel_share_of_the_processor,
    ),
    Measure("15b", "The same: thousands of rows a second", "", "k/s", scale.rows_a_second),
    Measure("15c", "The same: the most memory of the process", "≤ 1000", "MB", scale.memory),
    Measure(
        "15d",
        "The same: time over that of reading and writing the input untouched, in one thread",
        "",
        "times",
        scale.over_copy_in,
    ),
    Measure(
        "15e",
        "The same: time over that of reading and writing the estimates untouched, in one thread",
        "",
        "times",
        scale.over_copy_out,
    ),
)


def met(target: str, median: float) -> bool:
    """Return whether a median comes to its target."""
    sign, _, number = target.partition(" ")
    return median <= float(number) if sign == "≤" else median >= float(number)
