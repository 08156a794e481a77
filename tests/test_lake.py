"""A portfolio in two passes: its partitions make no difference, and it is the portfolio's bill."""

import pickle
import random
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from pricing import lake, portfolio, rounding
from pricing.catalogue import Catalogue, packaged
from pricing.errors import CatalogueError
from pricing.exact import Sums
from pricing.model import Service, kinds, registry, service
from pricing.quantities import REGION_CODES
from tests.test_arrow import typed

EVERY = pytest.mark.parametrize("service", registry().values(), ids=registry())
ROWS = 130
NUMBERS = st.floats(-1e300, 1e300) | st.floats(-1e-300, 1e-300) | st.floats(0, 1e6)


@given(st.lists(st.tuples(st.integers(0, 2), NUMBERS), max_size=20), st.randoms())
def test_sums_are_exact_in_any_order(values: list[tuple[int, float]], draw: random.Random) -> None:
    """Parts of the values, added apart and in another order, have the same sums: the exact ones."""

    def summed(part: Sequence[tuple[int, float]]) -> Sums:
        keys = np.array([key for key, _ in part], dtype=np.intp)
        return Sums(3).plus(keys, np.array([value for _, value in part]))

    whole, mixed = summed(values), draw.sample(values, len(values))
    cut = draw.randint(0, len(values))
    apart = summed(mixed[:cut]) + summed(mixed[cut:])
    assert apart.value.tobytes() == whole.value.tobytes()
    for key, value in enumerate(whole.value.tolist()):
        exact = sum(Fraction(number) for own, number in values if own == key)
        assert value == pytest.approx(float(exact), rel=1e-15, abs=5e-324)


def workloads(one: Service) -> list[Any]:
    """Return workloads whose loads and Regions differ."""
    draw, known = np.random.default_rng(22), kinds(one.workload)

    def loads() -> dict[str, float]:
        drawn = {name: getattr(one.example, name) * draw.integers(0, 9) for name in one.loads}
        return {
            name: float(np.clip(value, known[name].ge, known[name].le))
            for name, value in drawn.items()
        }

    return [
        replace(one.example, name=f"{row}", region=REGION_CODES[draw.integers(3)], **loads())
        for row in range(ROWS)
    ]


def partitions(batch: Any, count: int) -> list[Any]:
    """Return a batch in so many parts of any size, some of which may be empty."""
    cuts = np.sort(np.random.default_rng(count).integers(0, batch.num_rows + 1, count - 1))
    ends = zip([0, *cuts.tolist()], [*cuts.tolist(), batch.num_rows], strict=True)
    return [batch.slice(start, stop - start) for start, stop in ends]


def bytes_of(batches: Sequence[Any]) -> bytes:
    """Return batches as one table in a stream."""
    table, sink = pa.Table.from_batches(batches).combine_chunks(), pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return bytes(sink.getvalue())


def on_one_bill(key: str, parts: Sequence[Any]) -> tuple[bytes, bytes, list[float]]:
    """Return the rows and the totals of partitions, each with a batch, counted in any order."""
    counts = [
        next(lake.counts(key, [part], free_tier=True))["counted"][0].as_py() for part in parts
    ]
    random.Random(len(parts)).shuffle(counts)
    counted = lake.merged(counts)
    rows = [batch for part in parts for batch in lake.settled(key, counted, [part])]
    totals = [batch for row in rows for batch in lake.totals([row])]
    every = pa.Table.from_batches(totals).group_by("region")
    added = every.aggregate([(name, "sum") for name in lake.TOTALS.names[1:]]).sort_by("region")
    costs = pa.Table.from_batches(rows)["monthly_cost"].to_pylist()
    return bytes_of(rows), bytes_of(added.to_batches()), costs


@EVERY
def test_partitions_make_no_difference(service: Service) -> None:
    """In 1, 7 or 64 partitions rows and totals are the same bytes; they are the portfolio's."""
    rows = workloads(service)
    batch = typed(service, rows)
    whole = on_one_bill(service.key, [batch])
    assert on_one_bill(service.key, partitions(batch, 7)) == whole
    assert on_one_bill(service.key, partitions(batch, 64)) == whole
    (part,) = portfolio.estimate([service] * ROWS, rows, free_tier=True)
    assert whole[2] == rounding.totals(part.bill)[0].tolist()


def test_services_share_a_bill() -> None:
    """What two services send to the internet shares one allowance, whichever is counted first."""
    rows = {key: workloads(service(key)) for key in ("s3", "sqs")}
    batches = {key: typed(service(key), own) for key, own in rows.items()}
    counts = [
        next(lake.counts(key, [batch], free_tier=True))["counted"][0].as_py()
        for key, batch in batches.items()
    ]
    expected = portfolio.estimate(
        [service(key) for key in rows for _ in range(ROWS)],
        [row for own in rows.values() for row in own],
        free_tier=True,
    )
    for order in (counts, counts[::-1]):
        counted = lake.merged(order)
        for part, (key, batch) in zip(expected, batches.items(), strict=True):
            (settled,) = lake.settled(key, counted, [batch])
            assert settled["monthly_cost"].to_pylist() == rounding.totals(part.bill)[0].tolist()


def test_refused_rows_are_in_their_place_and_counted() -> None:
    """A row that is refused has no share and no Region, and is told of in the totals."""
    rows = {"region": ["us-east-1", "mars"], "storage_gb": [60_000.0, 60_000.0]}
    batch = pa.RecordBatch.from_pydict(rows)
    counted = lake.merged(next(lake.counts("s3", [batch]))["counted"].to_pylist())
    (settled,) = lake.settled("s3", counted, [batch])
    (totals,) = lake.totals([settled])
    assert settled["monthly_cost"].to_pylist() == [1371.2, None]
    assert [tuple(row.values()) for row in totals.to_pylist()] == [
        ("us-east-1", 1, 0, 0, 1_371_200_000),
        (None, 1, 1, 0, 0),
    ]
    assert pa.Table.from_batches(lake.totals([]), lake.TOTALS).num_rows == 0


def test_prices_of_one_bill_are_of_one_catalogue() -> None:
    """Partitions that were counted otherwise are not merged, and not settled by other prices."""
    own = Catalogue({"s3": packaged().table("s3")})
    batch = typed(service("s3"), [service("s3").example])
    counts = [
        next(lake.counts("s3", [batch], prices))["counted"][0].as_py() for prices in (own, None)
    ]
    with pytest.raises(CatalogueError, match=r"counted by different prices: \S+, \S+$"):
        lake.merged(counts)
    with pytest.raises(CatalogueError, match="not by"):
        next(lake.settled("s3", lake.merged(counts[:1]), [batch]))
    assert pickle.loads(counts[0])[1] == own.version
    free = next(lake.counts("s3", [batch], free_tier=True))["counted"][0].as_py()
    with pytest.raises(CatalogueError, match="partly with free allowances"):
        lake.merged([counts[1], free])
    with pytest.raises(CatalogueError, match="no partition"):
        lake.merged([])
