"""``python -m pricing``: import price lists, compare catalogues, price files of workloads."""

import argparse
import csv
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from math import inf, nan
from pathlib import Path
from typing import Any, TextIO

from pricing import catalogue, changes, tables
from pricing.changes import Change
from pricing.errors import PricingError
from pricing.model import registry
from upkeep import fetching, files, importing, mapping
from upkeep.errors import OfferError
from upkeep.files import Told
from upkeep.importing import Found, LeftOut, Outcome

CHANGED, REFUSED = 1, 2
"""Exit codes: prices change by more than the threshold, or rows are refused; nothing is written."""
STOPPED = 130
"""Exit code of what is stopped by Ctrl-C or SIGTERM."""
SHOWN = 20
"""Kinds of rows that are left out and shown; ``--left-out`` writes all."""
PACKAGED = Path(str(tables.TABLES))
HEADER = ["service", "meter", "region", "tier_from", "effective_from", "old", "new", "percent"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command, and return its exit code."""
    asked = _parser().parse_args(arguments)
    try:
        return int(asked.run(asked))
    except (OfferError, PricingError, OSError) as error:
        print(f"{error}; nothing was written", file=sys.stderr)
        return REFUSED
    except KeyboardInterrupt:
        print("stopped; no file is half written", file=sys.stderr)
        return STOPPED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m pricing", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="import | diff | estimate")
    reading = commands.add_parser("import", help="read price lists of AWS into the tables")
    reading.add_argument("files", nargs="*", type=Path, metavar="FILE", help="CSV, JSON, gzip")
    reading.add_argument("--service", action="append", default=[], help="only of these tables")
    reading.add_argument("--tables", type=Path, default=PACKAGED, help="the folder of the tables")
    reading.add_argument("--check", action="store_true", help="show the difference, write nothing")
    reading.add_argument(
        "--threshold",
        type=_percent,
        metavar="PERCENT",
        help="with --check, end with 1 if a price changes by more than this",
    )
    reading.add_argument(
        "--confirm", action="store_true", help="date equal prices anew, as read in these lists"
    )
    reading.add_argument("--left-out", type=Path, metavar="CSV", help="write all that was left out")
    reading.add_argument(
        "--fetch", action="append", default=[], metavar="OFFER", help="such as AmazonDynamoDB"
    )
    reading.add_argument("--region", action="append", default=[], help="with --fetch: of these")
    reading.set_defaults(run=_import)
    differing = commands.add_parser("diff", help="show what differs between two catalogues")
    differing.add_argument("a", type=Path, metavar="A", help="a folder of tables")
    differing.add_argument("b", type=Path, metavar="B", nargs="?", default=PACKAGED)
    differing.add_argument("--csv", action="store_true", help="write CSV")
    differing.set_defaults(run=_diff)
    files = commands.add_parser("estimate", help="price a file of workloads of one service")
    files.add_argument("service", metavar="SERVICE", help="such as dynamodb")
    files.add_argument("source", type=Path, metavar="IN", help=".parquet, .csv, .arrow, .arrows")
    files.add_argument("target", type=Path, metavar="OUT", help="the same")
    files.add_argument("--refused", type=Path, metavar="CSV", help="list what is refused")
    files.add_argument(
        "--columns",
        type=lambda text: text.split(","),
        default=(),
        metavar="A,B,...",
        help="write these only, such as name,monthly_cost,complete",
    )
    files.add_argument(
        "--workers", type=_workers, default=1, metavar="N", help="processes that price"
    )
    files.set_defaults(run=_estimate)
    return parser


def _percent(text: str) -> float:
    try:
        percent = float(text)
    except ValueError:
        percent = nan
    if not percent >= 0:
        raise argparse.ArgumentTypeError(f"send a number of percent from 0; got {text!r}")
    return percent


def _workers(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"send a whole number from 1; got {text!r}")
    return int(text)


# ---- import


def _import(asked: Any) -> int:
    if asked.threshold is not None and not asked.check:
        raise OfferError("--threshold goes with --check; without it every change is written")
    if asked.region and not asked.fetch:
        raise OfferError("--region goes with --fetch; a file has the Regions that it has")
    if late := importing.finish(asked.tables):
        print(f"an import that was cut short is finished: {', '.join(late)}")
    mapper = mapping.rules(asked.tables)
    known = frozenset(rule.place.service for rule in mapper.rules)
    if unknown := sorted(set(asked.service) - known):
        raise OfferError(f"there are no tables {unknown}; there are {sorted(known)}")
    services = frozenset(asked.service) or known
    with fetching.fetched(asked.fetch, asked.region) as more:
        every = [*asked.files, *more]
        if not every:
            raise OfferError("name a file, or an offer to --fetch")
        said = [_read(file, mapper, services, asked.tables) for file in every]
    found = importing.outcome(said, asked.tables, mapper, confirm=asked.confirm)
    _tell(found, sys.stdout)
    if asked.left_out:
        with asked.left_out.open("w", newline="", encoding="utf-8") as file:
            lines = csv.writer(file)
            lines.writerow([*LeftOut._fields, "rows"])
            lines.writerows((*kind, count) for kind, count in found.left_out.items())
            lines.writerows(
                ("not in the lists", "", one.usage_type, ".".join(one.place), len(regions))
                for one, regions in found.absent.items()
            )
    names = ", ".join(sorted(found.files)) or "nothing, all prices are as they were"
    if asked.check:
        print(f"would be written: {names}")
        return CHANGED if _largest((*found.changes, *found.rates)) > (asked.threshold or 0) else 0
    if found.files:
        importing.write(found.files, asked.tables)
    print(f"written: {names}")
    return 0


def _read(file: Path, mapper: mapping.Mapper, services: frozenset[str], folder: Path) -> Found:
    if not file.is_file():
        raise OfferError(f"there is no file {file}")
    with progress(file) as told, files.opened(file, mapper.asked, told) as offer:
        return importing.found(offer, mapper, services, folder)


@contextmanager
def progress(file: Path) -> Iterator[Told]:
    """Show on a terminal, or in a log, how much of a file has been read."""
    try:
        from rich.console import Console
        from rich.progress import Progress
    except ImportError:
        yield lambda count: None
        return
    with Progress(console=Console(stderr=True)) as bar:
        task = bar.add_task(file.name, total=file.stat().st_size)

        def told(position: int) -> None:
            bar.update(task, completed=position)

        yield told


def _largest(found: Iterable[Change]) -> float:
    """Return the largest change in percent; what was free and is no longer rises without end.

    One from or to an unknown price counts as none.
    """
    known = (change for change in found if change.old is not None and change.new is not None)
    return max((inf if one.percent is None else abs(one.percent) for one in known), default=0)


def _tell(found: Outcome, to: TextIO) -> None:
    write_text(found.changes, to)
    if found.rates:
        print("\nsavings plans charge other rates than the tables derive:", file=to)
        write_text(found.rates, to)
    new = sum(change.old is None for change in found.changes)
    print(
        f"\n{found.rows} rows read, {found.cells} prices of the tables:"
        f" {len(found.changes) - new} changed, {new} new",
        file=to,
    )
    if found.earlier:
        print(f"rows of days with later prices, which stay: {found.earlier}", file=to)
    kinds = sorted(found.left_out.items(), key=lambda kind: -kind[1])
    if kinds:
        print(f"left out: {sum(found.left_out.values())} rows of {len(kinds)} kinds", file=to)
    for kind, count in kinds[:SHOWN]:
        named = " ".join(filter(None, kind[1:]))
        print(f"  {count} x {named}: {kind.why}", file=to)
    if len(kinds) > SHOWN:
        print(f"  and {len(kinds) - SHOWN} kinds more; --left-out writes all", file=to)
    if found.absent:
        print("not in the lists, so they stay as they were:", file=to)
    absent = sorted(found.absent.items(), key=lambda one: (-len(one[1]), one[0]))
    for one, regions in absent[:SHOWN]:
        where = next(iter(regions)) if len(regions) == 1 else f"{len(regions)} Regions"
        meter = f"{one.place.service}.{one.place.meter}"
        print(f"  {meter} in {where}: no {one.usage_type} (rule of grade {one.grade})", file=to)
    if len(absent) > SHOWN:
        print(f"  and {len(absent) - SHOWN} meters more; --left-out writes all", file=to)


# ---- estimate


def _estimate(asked: Any) -> int:
    try:
        from upkeep import estimating
    except ImportError as error:
        raise OfferError(f"install storecast[arrow] to price files ({error})") from error
    begun = time.perf_counter()
    with rows_written(asked.source.name, estimating.count(asked.source)) as told:
        done = estimating.estimate(
            asked.service,
            asked.source,
            asked.target,
            asked.refused,
            asked.workers,
            told,
            asked.columns,
        )
    rate = done.rows / (time.perf_counter() - begun)
    print(f"{done.rows:,} rows, {done.refused:,} refused, {rate:,.0f} rows a second")
    return CHANGED if done.refused else 0


@contextmanager
def rows_written(name: str, count: int | None) -> Iterator[Told]:
    """Show on a terminal how many rows are written, and how many a second."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, TextColumn
    from rich.text import Text

    class Rate(ProgressColumn):
        """Rows a second."""

        def render(self, task: Any) -> Text:
            return Text(f"{task.finished_speed or task.speed or 0:,.0f} rows/s")

    shown = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Rate()
    with Progress(*shown, console=Console(stderr=True)) as bar:
        task = bar.add_task(name, total=count)
        yield lambda rows: bar.update(task, advance=rows)


# ---- diff


def _diff(asked: Any) -> int:
    before, after = (catalogue.of_folder(folder) for folder in (asked.a, asked.b))
    found = [
        change
        for service in registry()
        for change in _between(service, asked.a, asked.b, before, after)
    ]
    if asked.csv:
        write_csv(found, sys.stdout)
    else:
        write_text(found, sys.stdout)
        print(f"{len(found)} prices differ")
    return CHANGED if found else 0


def _between(
    service: str, a: Path, b: Path, before: catalogue.Catalogue, after: catalogue.Catalogue
) -> Iterator[Change]:
    yield from changes.between(service, before.table(service).rows, after.table(service).rows)
    plans = (one.plans(service).rows if one.table(service).plans else () for one in (before, after))
    yield from changes.between(service, next(plans), next(plans))


def write_text(found: Sequence[Change], to: TextIO) -> None:
    """Write changes as a table for people."""
    if not found:
        return
    rows = [HEADER, *map(_texts, found)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        print("  ".join(cells).rstrip(), file=to)


def write_csv(found: Iterable[Change], to: TextIO) -> None:
    """Write changes as CSV."""
    lines = csv.writer(to, lineterminator="\n")
    lines.writerow(HEADER)
    lines.writerows(map(_texts, found))


def _texts(change: Change) -> list[str]:
    percent = "" if change.percent is None else f"{change.percent:+.2f}"
    named = change.service, change.meter, change.region, change.tier_from
    prices = change.old or "", change.new or ""
    return [*named, change.effective_from.isoformat(), *prices, percent]
