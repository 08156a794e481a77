"""Price a lake of workloads of one service with Spark, each by itself or all on one bill.

``spark-submit examples/spark.py dynamodb tables.parquet costs.parquet`` runs it; with
``SPARK_REMOTE`` a Spark Connect server does, such as Sail. ``docs/scale.md`` tells of clusters.
"""

import argparse
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.pandas.types import from_arrow_schema

from pricing import arrow, lake

ROWS = 2**16
"""Rows of a record batch; Spark's own default of 10,000 is small for columns."""
Map = Callable[[Iterable[Any]], Iterator[Any]]


def main() -> None:
    """Write the estimates, and show what they cost by Region."""
    asked = arguments()
    spark = SparkSession.builder.appName("storecast").getOrCreate()
    spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", str(ROWS))
    workloads = spark.read.parquet(asked.source)
    if asked.partitions:
        workloads = workloads.repartition(asked.partitions)
    work: Map = partial(arrow.estimates, asked.service)
    if asked.one_bill:
        counted = counts(workloads, asked.service, free_tier=asked.free_tier)
        work = partial(lake.settled, asked.service, counted)
    mapped(workloads, work, arrow.schema(asked.service)).write.parquet(asked.target)
    totals(spark.read.parquet(asked.target)).show(100, truncate=False)


def arguments() -> argparse.Namespace:
    """Return what is asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("service", help="such as dynamodb")
    parser.add_argument("source", help="Parquet whose columns are fields of the workload")
    parser.add_argument("target", help="a folder that is not there yet")
    parser.add_argument("--one-bill", action="store_true", help="share tiers and minimums")
    parser.add_argument("--free-tier", action="store_true", help="with --one-bill: allowances")
    parser.add_argument("--partitions", type=int, help="spread the rows over so many")
    return parser.parse_args()


def counts(workloads: DataFrame, service: str, *, free_tier: bool) -> lake.Counted:
    """Return what AWS counts over all workloads: the first pass, a few sums a partition."""
    work = partial(lake.counts, service, free_tier=free_tier)
    return lake.merged(bytes(row.counted) for row in mapped(workloads, work, lake.COUNTS).collect())


def totals(estimates: DataFrame) -> DataFrame:
    """Return what estimates cost by Region, in whole micro-dollars."""
    needed = estimates.select("region", "monthly_cost", "complete", "violations")
    region, *numbers = lake.TOTALS.names
    added = mapped(needed, lake.totals, lake.TOTALS).groupBy(region).sum(*numbers)
    return added.toDF(region, *numbers).orderBy(region)


def mapped(frame: DataFrame, work: Map, schema: Any) -> DataFrame:
    """Run a map over record batches, whose words become texts: Spark knows no dictionaries."""
    plain = pa.schema([(field.name, without_dictionary(field.type)) for field in schema])

    def decoded(batches: Iterable[Any]) -> Iterator[Any]:
        return (batch.cast(plain) for batch in work(batches))

    return frame.mapInArrow(decoded, from_arrow_schema(plain))


def without_dictionary(kind: Any) -> Any:
    """Return the type of the values of a dictionary; others are as they are."""
    return kind.value_type if pa.types.is_dictionary(kind) else kind


if __name__ == "__main__":
    main()
