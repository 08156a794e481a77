"""A portfolio of any size on one bill: two maps over its partitions, with sums between them.

The first map, :func:`counts`, gives what AWS counts over the account, for each partition a few
sums. :func:`merged` adds them. The second, :func:`settled`, gives each row its share, and
:func:`totals` adds those up in whole micro-dollars. All sums are exact, so that rows and totals
are the same, bit by bit, however the rows are spread over partitions.

A share is rounded by itself: the shares of n rows may differ from what their pool costs by n half
micro-dollars at most. What a workload sends to those of another service is not added to these,
because that would join rows of different partitions.
"""

import pickle
from collections.abc import Iterable, Iterator
from functools import reduce
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from pricing import account, arrow, engine, model
from pricing.account import Account
from pricing.catalogue import Catalogue, packaged
from pricing.errors import CatalogueError
from pricing.rounding import MICRO_DOLLARS

COUNTS = pa.schema([("counted", pa.binary())])
"""The column of :func:`counts`."""
TOTALS = pa.schema(
    [
        ("region", pa.string()),
        ("workloads", pa.int64()),
        ("refused", pa.int64()),
        ("incomplete", pa.int64()),
        ("monthly_micro_dollars", pa.int64()),
    ]
)
"""The columns of :func:`totals`, whole numbers that can be added."""
_WIDE = TOTALS.set(len(TOTALS) - 1, TOTALS.field(-1).with_type(pa.decimal128(38, 0)))
"""The same while they are added, which does not overflow."""


class Counted(NamedTuple):
    """What an account counted, and by which prices."""

    account: Account
    version: str
    """That of the catalogue."""


def counts(
    service: str,
    batches: Iterable[Any],
    catalogue: Catalogue | None = None,
    *,
    free_tier: bool = False,
) -> Iterator[Any]:
    """Yield one record batch of one row: what AWS counts of the workloads of a partition.

    Parameters
    ----------
    service, batches, catalogue : see :func:`pricing.arrow.estimates`, whose errors are raised
    free_tier : whether AWS's free allowances are taken off
    """
    form, prices = model.service(service), catalogue or packaged()
    counted = Account(free_tier=free_tier)
    for batch in batches:
        workload = arrow.read(form, prices.card(service), batch).workload
        for bill in engine.priced_in_chunks(form, workload, prices.card(service)):
            counted.count(bill)
    sums = pickle.dumps(Counted(counted, prices.version))
    yield pa.record_batch([pa.array([sums], pa.binary())], COUNTS)


def merged(counted: Iterable[bytes]) -> Counted:
    """Return what all partitions of all services counted, from the cells of :func:`counts`.

    They are pickled: read only what your own workers wrote.

    Raises
    ------
    CatalogueError
        if they priced by different catalogues, or not all with free allowances, or there are none.
    """
    parts = [Counted(*pickle.loads(one)) for one in counted]
    versions = sorted({part.version for part in parts})
    if not parts:
        raise CatalogueError("no partition was counted")
    if len(versions) > 1:
        raise CatalogueError(f"partitions were counted by different prices: {', '.join(versions)}")
    if len({part.account.free_tier for part in parts}) > 1:
        raise CatalogueError("partitions were counted partly with free allowances; count all alike")
    return Counted(reduce(account.merge, (part.account for part in parts)), versions[0])


def settled(
    service: str, counted: Counted, batches: Iterable[Any], catalogue: Catalogue | None = None
) -> Iterator[Any]:
    """Yield for each record batch of workloads the batch of their shares of one bill.

    It is :func:`pricing.arrow.estimates`, with the same columns, for workloads on one bill.

    Raises
    ------
    CatalogueError
        if what was counted was priced by another catalogue.
    """
    form, prices = model.service(service), catalogue or packaged()
    if prices.version != counted.version:
        raise CatalogueError(f"counted by the prices {counted.version}, not by {prices.version}")
    card = prices.card(service)
    for batch in batches:
        given = arrow.read(form, card, batch)
        bills = engine.priced_in_chunks(form, given.workload, card)
        yield arrow.answered(form, card, given, map(counted.account.settle, bills))


def totals(batches: Iterable[Any]) -> Iterator[Any]:
    """Yield one record batch: what estimates cost by Region [millionths of a USD a month].

    Rows that are refused have no Region. Those of partitions can be added by any engine.

    Examples
    --------
    >>> rows = {"region": ["us-east-1"] * 2, "item_bytes": [1, 1], "reads_per_second": [9, 9]}
    >>> priced = arrow.estimates("dynamodb", [pa.RecordBatch.from_pydict(rows)])
    >>> next(totals(priced)).to_pylist()[0]["monthly_micro_dollars"]
    2956500
    """
    found = _by_region(pa.concat_tables([_WIDE.empty_table(), *map(_sums, batches)]))
    yield from found.cast(TOTALS).combine_chunks().to_batches()


def _sums(batch: Any) -> Any:
    """Return the totals of a batch by Region, not yet in whole 64-bit numbers."""
    micro = pc.round(pc.multiply(batch["monthly_cost"], 10.0**MICRO_DOLLARS))
    refused = pc.greater(pc.list_value_length(batch["violations"]), 0)
    columns = [
        batch["region"].cast(pa.string()),
        pa.repeat(pa.scalar(1, pa.int64()), batch.num_rows),
        refused.cast(pa.int64()),
        pc.invert(pc.fill_null(batch["complete"], True)).cast(pa.int64()),
        pc.fill_null(micro.cast(_WIDE.field(-1).type), 0),
    ]
    return _by_region(pa.table(columns, schema=_WIDE))


def _by_region(rows: Any) -> Any:
    """Add the rows of each Region."""
    region, *numbers = TOTALS.names
    added = rows.group_by(region).aggregate([(name, "sum") for name in numbers])
    ordered = added.select([region, *(f"{name}_sum" for name in numbers)]).sort_by(region)
    return ordered.rename_columns(TOTALS.names)
