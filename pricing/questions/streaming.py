"""SQS, Firehose, Kinesis Data Streams or MSK: one flow of records through each of them.

A queue hands each message to one consumer, so a flow with several consumers takes a queue for each,
to which the producer sends every message [1]_. Firehose delivers, and has no consumers of one's own
[2]_. A stream of Kinesis and a cluster of MSK keep records for any number of consumers [3]_ [4]_;
where data must also be delivered, Firehose reads from them.

References
----------
.. [1] "Amazon SQS queue types", developer guide (2026),
   https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-types.html
.. [2] "What is Amazon Data Firehose?", developer guide (2026),
   https://docs.aws.amazon.com/firehose/latest/dev/what-is-this-service.html
.. [3] "Amazon Kinesis Data Streams terminology and concepts", developer guide (2026),
   https://docs.aws.amazon.com/streams/latest/dev/key-concepts.html
.. [4] "What is Amazon MSK?", developer guide (2026),
   https://docs.aws.amazon.com/msk/latest/developerguide/what-is-msk.html
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

import numpy as np

from pricing import tables
from pricing.arrays import Flags, Numbers, Words
from pricing.model import WorkloadFields
from pricing.quantities import Fraction, PerSecond, PriceDate, Ratio, about, bounded, whole
from pricing.question import Alternative, PlannedWorkload, Question, RulesOf
from pricing.rates import WordColumn

SERVICES = ("sqs", "firehose", "kinesis", "msk")
MOST_CONSUMERS = 20
LONGEST_QUEUE_HOURS = 336
SHORTEST_STREAM_HOURS, LONGEST_STREAM_HOURS = 24, 8760
LARGEST_MESSAGE_BYTES = 2**20
"""Larger records are kept in Amazon S3 by the Extended Client, and the message points to them."""
LARGEST_QUEUE_BATCH, LARGEST_FIREHOSE_BATCH = 10, 500
USUAL_BUFFER_SECONDS = 300
STREAMS = (
    ("kinesis_provisioned", "kinesis", {"capacity_mode": "provisioned"}),
    ("kinesis_on_demand", "kinesis", {"capacity_mode": "on-demand"}),
    ("kinesis_on_demand_advantage", "kinesis", {"capacity_mode": "on-demand-advantage"}),
    ("msk_standard", "msk", {"cluster_type": "standard"}),
    ("msk_express", "msk", {"cluster_type": "express"}),
    ("msk_serverless", "msk", {"cluster_type": "serverless"}),
)
"""The services that keep records: key, service, and what their alternatives differ in."""


class StreamingNeeds(WorkloadFields, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Needs of one flow of records, whichever service carries it."""

    price_date: PriceDate = max(map(tables.newest_day, SERVICES))
    records_per_second: Annotated[PerSecond, about("Mean records that producers send.")]
    record_bytes: Annotated[
        float, bounded("B", 1, 2**31), about("Mean record size, keys and attributes included.")
    ]
    largest_record_bytes: Annotated[
        float,
        bounded("B", 0, 2**31),
        about("Size of the largest record; 0 means none is larger than the mean."),
    ] = 0.0
    peak_to_mean: Annotated[Ratio, about("Peak over mean of the records.")] = 1.0
    records_per_call: Annotated[
        float,
        whole("1", 1, 500),
        about("Records that producers send by one call, and consumers of a queue receive by one."),
    ] = 1.0
    records_per_record: Annotated[
        float,
        whole("1", 1, 10_000),
        about(
            "Records that producers pack into one before they put it to Firehose, which bills"
            " each in steps of 5 KB."
        ),
    ] = 1.0
    consumers: Annotated[
        float,
        whole("1", 0, MOST_CONSUMERS),
        about("Programs of one's own that each read every record; 0 where data is only delivered."),
    ] = 1.0
    ordering: Annotated[
        Literal["none", "key", "total"],
        about("Whether order must be kept: not at all, among the records of a key, or of all."),
    ] = "none"
    keys: Annotated[
        float, whole("1", 1, 1e9), about("Keys whose records are processed at the same time.")
    ] = 1000.0
    hottest_key_fraction: Annotated[
        Fraction, about("Share of the records with the busiest key; 0 is evenly spread.")
    ] = 0.0
    replay: Annotated[
        bool, about("Whether consumers must be able to read records again, or join later.")
    ] = False
    retention_hours: Annotated[
        float,
        bounded("h", 1, 1_000_000),
        about("How long records must stay for consumers that are away or replay."),
    ] = 24.0
    processing_seconds: Annotated[
        float,
        bounded("s", 0, 43_200),
        about("Mean time that a consumer of a queue takes for a message."),
    ] = 0.0
    delivery_target: Annotated[
        Literal["", "s3", "iceberg", "redshift", "opensearch", "splunk", "http"],
        about("Where data must be delivered without a program of one's own; empty is nowhere."),
    ] = ""
    cross_zone_fraction: Annotated[
        Fraction,
        about(
            "Share of the traffic with brokers of MSK that crosses Availability Zones: two thirds"
            " if clients are spread evenly over three. The other services charge none."
        ),
    ] = 0.0
    maximum_latency_seconds: Annotated[
        float,
        bounded("s", 0, 900),
        about("Longest time that Firehose may buffer data before it delivers; 0 is 300 seconds."),
    ] = 0.0


def alternatives(needs: Any, rules: RulesOf) -> Iterator[Alternative]:
    """Yield queues, Firehose alone, and the services that keep records."""
    yield queues("sqs_standard", "standard", needs, {"ordering": needs.ordering != "none"})
    yield queues("sqs_fifo", "fifo", needs, {})
    yield Alternative("firehose", (firehose("direct-put", True, needs),), missed_by_firehose(needs))
    for key, service, own in STREAMS:
        planned = PlannedWorkload(service, FIELDS[service](needs) | own)
        delivered = firehose(service, needs.delivery_target != "", needs)
        beyond = needs.retention_hours > LONGEST_STREAM_HOURS
        ruled_out = {"stream_retention": beyond} if service == "kinesis" else {}
        yield Alternative(key, (planned, delivered), ruled_out)


def queues(key: str, queue_type: str, needs: Any, ruled_out: Mapping[str, Flags]) -> Alternative:
    """Return a queue for each consumer."""
    batch = np.minimum(needs.records_per_call, LARGEST_QUEUE_BATCH)
    groups = np.where(needs.ordering == "total", 1, needs.keys)
    largest = np.maximum(needs.record_bytes, needs.largest_record_bytes)
    fields = {
        "queue_type": queue_type,
        "fifo_high_throughput": queue_type == "fifo",
        "messages_per_second": needs.records_per_second,
        "message_bytes": needs.record_bytes,
        "largest_message_bytes": needs.largest_record_bytes,
        "extended_client": largest > LARGEST_MESSAGE_BYTES,
        "peak_to_mean": needs.peak_to_mean,
        "send_batch": batch,
        "receive_batch": batch,
        "delete_batch": batch,
        "message_groups": groups if queue_type == "fifo" else 1.0,
        "processing_seconds": needs.processing_seconds,
        "visibility_timeout_seconds": np.maximum(30, np.minimum(43_200, needs.processing_seconds)),
        "retention_hours": np.minimum(needs.retention_hours, LONGEST_QUEUE_HOURS),
    }
    every = tuple(
        PlannedWorkload("sqs", fields, needs.consumers > place) for place in range(MOST_CONSUMERS)
    )
    first = every[0]._replace(exists=np.ones(len(needs.consumers), dtype=bool))
    missed = {
        "replay": needs.replay,
        "queue_retention": needs.retention_hours > LONGEST_QUEUE_HOURS,
        "delivery": needs.delivery_target != "",
    }
    return Alternative(key, (first, *every[1:]), {**missed, **ruled_out})


def missed_by_firehose(needs: Any) -> dict[str, Flags]:
    """Return where Firehose alone does not meet the needs."""
    return {
        "consumers": needs.consumers > 0,
        "no_target": needs.delivery_target == "",
        "firehose_ordering": needs.ordering != "none",
        "firehose_replay": needs.replay,
    }


def firehose(source: str, exists: Flags | bool, needs: Any) -> PlannedWorkload:
    """Return a Firehose stream that delivers what a source has."""
    asked: Words = needs.delivery_target
    seconds = needs.maximum_latency_seconds
    calls = np.minimum(needs.records_per_call, LARGEST_FIREHOSE_BATCH)
    fields = {
        "source": source,
        "destination": WordColumn(asked.codes, tuple(word or "s3" for word in asked.words)),
        "records_per_second": needs.records_per_second,
        "record_bytes": needs.record_bytes,
        "largest_record_bytes": needs.largest_record_bytes,
        "records_per_record": needs.records_per_record if source == "direct-put" else 1.0,
        "records_per_request": calls,
        "peak_to_mean": needs.peak_to_mean,
        "buffer_seconds": np.where(seconds > 0, np.maximum(1, seconds), USUAL_BUFFER_SECONDS),
    }
    return PlannedWorkload("firehose", fields, np.broadcast_to(exists, len(needs.consumers)))


def busiest(needs: Any) -> Numbers:
    """Return the share of the records that stay in one shard or partition [share]."""
    by_key = np.where(needs.ordering == "none", 0, needs.hottest_key_fraction)
    return np.where(needs.ordering == "total", 1, by_key)


def stream(needs: Any) -> dict[str, Any]:
    """Return the flow as a stream of Kinesis, which keeps records for a day at least."""
    hours = np.maximum(SHORTEST_STREAM_HOURS, np.ceil(needs.retention_hours))
    return {
        "records_per_second": needs.records_per_second,
        "record_bytes": needs.record_bytes,
        "largest_record_bytes": needs.largest_record_bytes,
        "peak_to_mean": needs.peak_to_mean,
        "consumers": readers(needs),
        "hottest_key_fraction": busiest(needs),
        "retention_hours": np.minimum(hours, LONGEST_STREAM_HOURS),
    }


def cluster(needs: Any) -> dict[str, Any]:
    """Return the flow as topics of MSK."""
    return {
        "records_per_second": needs.records_per_second,
        "record_bytes": needs.record_bytes,
        "largest_record_bytes": needs.largest_record_bytes,
        "peak_to_mean": needs.peak_to_mean,
        "consumers": readers(needs),
        "cross_zone_fraction": needs.cross_zone_fraction,
        "hottest_key_fraction": busiest(needs),
        "retention_hours": needs.retention_hours,
    }


def readers(needs: Any) -> Numbers:
    """Return what reads every record [1]: the consumers, and Firehose where it delivers."""
    return needs.consumers + (needs.delivery_target != "")


FIELDS = {"kinesis": stream, "msk": cluster}

QUESTION = Question(
    key="streaming",
    name="Queues and streams",
    about="Which of SQS, Firehose, Kinesis and MSK carries a flow of records, and for how much.",
    workload=StreamingNeeds,
    services=SERVICES,
    alternatives=alternatives,
    example=StreamingNeeds(
        name="clickstream",
        region="us-east-1",
        records_per_second=2000.0,
        record_bytes=1000.0,
        peak_to_mean=3.0,
        records_per_call=10.0,
        consumers=2.0,
    ),
    swept="records_per_second",
)
