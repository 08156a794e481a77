"""Amazon Simple Queue Service: one queue.

Sections follow AWS's pricing page [1]_: requests to standard and FIFO queues, fair queues, the
Extended Client for large payloads, transfer.

References
----------
.. [1] "Amazon SQS pricing", https://aws.amazon.com/sqs/pricing/ (2026)
.. [2] "Amazon SQS message quotas", developer guide (2026),
   https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
.. [3] "Amazon SQS short and long polling", developer guide (2026),
   https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html
.. [4] "Using dead-letter queues in Amazon SQS", developer guide (2026),
   https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
"""

from collections.abc import Iterator
from typing import Annotated, Literal

import numpy as np
from msgspec import Struct

from pricing import tables
from pricing.arrays import Flags, Numbers
from pricing.kit.requests import billed_units
from pricing.model import Charge, Finding, Hourly, Intake, Service, WorkloadFields
from pricing.quantities import (
    Count,
    Fraction,
    MonthlyCount,
    MonthlyGigabytes,
    PerSecond,
    PriceDate,
    Ratio,
    about,
    bounded,
    measured,
    whole,
)
from pricing.rates import Rules, WordColumn
from pricing.units import SECONDS_PER_HOUR, count_true

BatchSize = Annotated[float, whole("1", 1, 10)]
S3_STANDARD = (WordColumn(np.array(0), ("STANDARD",)),)
"""The storage class of payloads."""


class SQSWorkload(WorkloadFields, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Demand on one Amazon SQS queue."""

    price_date: PriceDate = tables.newest_day("sqs")
    queue_type: Annotated[
        Literal["standard", "fifo"], about("FIFO keeps the order of each message group.")
    ] = "standard"
    fifo_high_throughput: Annotated[
        bool, about("High throughput for a FIFO queue: more calls a second at the same price.")
    ] = False
    fair_queue: Annotated[
        bool,
        about("Messages of a standard queue carry a group ID, so that no tenant delays others."),
    ] = False
    messages_per_second: Annotated[PerSecond, about("Mean messages sent.")]
    receives_s3_events: Annotated[
        bool,
        about(
            "In a portfolio, the queue also has the events that S3 workloads of its group send to"
            " SQS from its Region; their bill has the sends. Of several such queues the first has"
            " them."
        ),
    ] = False
    event_messages_per_second: Annotated[
        PerSecond,
        about("Mean messages that event notifications send; the sender's bill has the sends."),
    ] = 0.0
    message_bytes: Annotated[
        float, bounded("B", 1, 2**31), about("Mean message size, attributes included.")
    ]
    largest_message_bytes: Annotated[
        float,
        bounded("B", 0, 2**31),
        about("Size of the largest message; 0 means none is larger than the mean."),
    ] = 0.0
    peak_to_mean: Annotated[
        Ratio, about("Peak over mean of the messages; calls and messages in flight follow it.")
    ] = 1.0
    send_batch: Annotated[BatchSize, about("Messages sent by one call.")] = 1.0
    receive_batch: Annotated[BatchSize, about("Messages received by one call.")] = 1.0
    delete_batch: Annotated[BatchSize, about("Messages deleted by one call.")] = 1.0
    receives_per_message: Annotated[
        float,
        bounded("1", 1, 1000),
        about("Mean times that a message is received until it is processed; 1 without failures."),
    ] = 1.0
    idle_pollers: Annotated[
        Count, about("Consumers that ask while the queue is empty; AWS Lambda has five.")
    ] = 0.0
    idle_fraction: Annotated[Fraction, about("Share of the month in which the queue is empty.")] = (
        1.0
    )
    long_poll_seconds: Annotated[
        float,
        bounded("s", 0, 20),
        about("How long a receive waits for messages; 0 is short polling."),
    ] = 20.0
    empty_receives_per_second: Annotated[
        PerSecond, about("Mean further receives that return nothing, as of short polling.")
    ] = 0.0
    dead_letter_fraction: Annotated[
        Fraction, about("Share of the messages that end in the dead-letter queue.")
    ] = 0.0
    max_receive_count: Annotated[
        float,
        whole("1", 1, 1000),
        about("Receives after which a message moves to the dead-letter queue."),
    ] = 10.0
    redrive_fraction: Annotated[
        Fraction,
        about("Share of the messages in the dead-letter queue that are moved back, and processed."),
    ] = 0.0
    message_groups: Annotated[
        float, whole("1", 1, 1e9), about("Message groups of a FIFO queue that are busy at once.")
    ] = 1.0
    processing_seconds: Annotated[
        float,
        bounded("s", 0, 43200),
        about("Mean time from receiving a message to deleting it; 0 is not known."),
    ] = 0.0
    visibility_timeout_seconds: Annotated[
        float,
        bounded("s", 1, 43200),
        about("How long a received message is hidden from other consumers."),
    ] = 30.0
    retention_hours: Annotated[
        float, bounded("h", 1 / 60, 336), about("How long messages are kept; 4 days by default.")
    ] = 96.0
    outage_hours: Annotated[
        float, bounded("h", 0, 336), about("How long consumers may be away, for the backlog.")
    ] = 0.0
    drain_messages_per_second: Annotated[
        PerSecond, about("Most messages that all consumers process; 0 is not known.")
    ] = 0.0
    extended_client: Annotated[
        bool, about("The Extended Client keeps messages above 1 MiB in Amazon S3.")
    ] = False
    monthly_other_requests: Annotated[
        MonthlyCount, about("Further calls, as of visibility or attributes, at the standard price.")
    ] = 0.0
    monthly_internet_out_gb: Annotated[
        MonthlyGigabytes, about("Data transferred out to the internet.")
    ] = 0.0
    fair_queue_charges_every_action: Annotated[
        bool,
        about("Assumption: receiving and deleting pay the surcharge of fair queues, too."),
    ] = False
    short_polls_per_second: Annotated[
        float,
        bounded("1/s", 0, 1000),
        about("Assumption: receives a second of an idle consumer that does not wait."),
    ] = 10.0
    redrive_requests_per_message: Annotated[
        float,
        bounded("1", 0, 3),
        about("Assumption: requests for each message moved back from the dead-letter queue."),
    ] = 3.0


class SQSCapacity(Struct, frozen=True):
    """What the queue does."""

    requests_per_send: Annotated[float, measured("Requests", "Requests billed for one send.")]
    requests_per_receive: Annotated[
        float, measured("Requests", "Requests billed for one receive that returns messages.")
    ]
    monthly_send_requests: Annotated[float, measured("Requests/month", "Requests that send.")]
    monthly_receive_requests: Annotated[
        float, measured("Requests/month", "Requests that receive messages.")
    ]
    monthly_delete_requests: Annotated[float, measured("Requests/month", "Requests that delete.")]
    monthly_empty_receives: Annotated[
        float, measured("Requests/month", "Requests that receive nothing.")
    ]
    monthly_redrive_requests: Annotated[
        float, measured("Requests/month", "Requests that move messages back.")
    ]
    peak_calls_per_second: Annotated[
        float, measured("Calls/Second", "Calls of the busiest API action at the peak.")
    ]
    in_flight_messages: Annotated[
        float, measured("Messages", "Messages in processing at the peak, if the time is known.")
    ]
    backlog_messages: Annotated[
        float, measured("Messages", "Messages that wait when consumers return.")
    ]
    drain_hours: Annotated[
        float | None, measured("h", "Time in which that backlog drains; not known without a rate.")
    ]


def capacity(w: SQSWorkload, rule: Rules) -> SQSCapacity:
    """Return the requests of a month, the calls at the peak, and the backlog of an outage."""
    seconds = w.hours_per_month * SECONDS_PER_HOUR
    sent, received, deleted = calls_per_second(w, rule)
    per_send = requests_per_call(w, batch(w, w.send_batch, rule), rule)
    per_receive = requests_per_call(w, batch(w, w.receive_batch, rule), rule)
    backlog = arriving(w) * w.outage_hours * SECONDS_PER_HOUR
    return SQSCapacity(
        requests_per_send=per_send,
        requests_per_receive=per_receive,
        monthly_send_requests=sent * per_send * seconds,
        monthly_receive_requests=received * per_receive * seconds,
        monthly_delete_requests=deleted * seconds,
        monthly_empty_receives=empty_receives_per_second(w) * seconds,
        monthly_redrive_requests=redriven_per_second(w) * w.redrive_requests_per_message * seconds,
        peak_calls_per_second=np.maximum(np.maximum(sent, received), deleted) * w.peak_to_mean,
        in_flight_messages=receives_per_second(w) * w.peak_to_mean * w.processing_seconds,
        backlog_messages=backlog,
        drain_hours=drain_hours(w, backlog),
    )


def in_s3(w: SQSWorkload, rule: Rules) -> Flags:
    """Return where the payload is kept in Amazon S3, and the message only points to it [2]_."""
    return w.extended_client & (w.message_bytes > rule.batch_bytes)


def batch(w: SQSWorkload, asked: Numbers, rule: Rules) -> Numbers:
    """Return the messages of one call: as many as asked that fit into 1 MiB, at least one [2]_.

    Examples
    --------
    Ten messages of 200 KB do not fit: a call takes five.

    >>> from types import SimpleNamespace as Row
    >>> w = Row(message_bytes=200 * 1024, extended_client=False)
    >>> float(batch(w, 10, Row(batch_bytes=2**20)))
    5.0
    """
    fit = np.maximum(1, rule.batch_bytes // w.message_bytes)
    return np.where(in_s3(w, rule), asked, np.minimum(asked, fit))


def requests_per_call(w: SQSWorkload, messages: Numbers, rule: Rules) -> Numbers:
    """Return the requests billed for a call: each 64 KB of its messages is one [1]_.

    A message that points to Amazon S3 is small: a call of ten is one request.

    Examples
    --------
    AWS's own: a call with 256 KB of payload is billed as four requests.

    >>> from types import SimpleNamespace as Row
    >>> w = Row(message_bytes=64 * 1024, extended_client=False)
    >>> float(requests_per_call(w, 4, Row(chunk_bytes=2**16, batch_bytes=2**20)))
    4.0
    """
    return np.where(in_s3(w, rule), 1, billed_units(messages * w.message_bytes, rule.chunk_bytes))


def arriving(w: SQSWorkload) -> Numbers:
    """Return the mean messages that arrive: those sent, and event notifications [1/s]."""
    return w.messages_per_second + w.event_messages_per_second


def calls_per_second(w: SQSWorkload, rule: Rules) -> tuple[Numbers, Numbers, Numbers]:
    """Return the mean calls that send, receive and delete messages [1/s]."""
    processed = arriving(w) * (1 - w.dead_letter_fraction) + redriven_per_second(w)
    return (
        w.messages_per_second / batch(w, w.send_batch, rule),
        receives_per_second(w) / batch(w, w.receive_batch, rule),
        processed / w.delete_batch,
    )


def receives_per_second(w: SQSWorkload) -> Numbers:
    """Return how often messages are received [1/s].

    A message that ends in the dead-letter queue was received as often as is allowed [4]_. What is
    moved back is processed at the next receive.

    Examples
    --------
    One message in ten fails three times.

    >>> from types import SimpleNamespace as Row
    >>> w = Row(messages_per_second=8, event_messages_per_second=2, dead_letter_fraction=0.1,
    ...         receives_per_message=1, max_receive_count=3, redrive_fraction=0)
    >>> float(receives_per_second(w))
    12.0
    """
    failed = arriving(w) * w.dead_letter_fraction
    processed = arriving(w) - failed
    return (
        processed * w.receives_per_message + failed * w.max_receive_count + redriven_per_second(w)
    )


def redriven_per_second(w: SQSWorkload) -> Numbers:
    """Return the messages moved back from the dead-letter queue [1/s]."""
    return arriving(w) * w.dead_letter_fraction * w.redrive_fraction


def empty_receives_per_second(w: SQSWorkload) -> Numbers:
    """Return the receives that return nothing [1/s]: idle long polls, and those that are stated.

    Examples
    --------
    AWS's own: an idle queue with three consumers that poll for 20 seconds has 0.15 a second, which
    are about 390,000 requests in 30 days [3]_.

    >>> from types import SimpleNamespace as Row
    >>> w = Row(idle_pollers=3, idle_fraction=1, long_poll_seconds=20, short_polls_per_second=10,
    ...         empty_receives_per_second=0)
    >>> float(empty_receives_per_second(w)) * 30 * 24 * 3600
    388800.0
    """
    waits = w.long_poll_seconds > 0
    waiting = w.idle_pollers / np.where(waits, w.long_poll_seconds, 1)
    polls = np.where(waits, waiting, w.idle_pollers * w.short_polls_per_second)
    return polls * w.idle_fraction + w.empty_receives_per_second


def drain_hours(w: SQSWorkload, backlog: Numbers) -> Numbers:
    """Return the time in which a backlog drains while messages still arrive [h].

    Examples
    --------
    An hour of 100 messages a second drains in an hour at 200 a second.

    >>> from types import SimpleNamespace as Row
    >>> w = Row(messages_per_second=100, event_messages_per_second=0,
    ...         drain_messages_per_second=200)
    >>> float(drain_hours(w, 360_000))
    1.0
    """
    spare = w.drain_messages_per_second - arriving(w)
    drains = spare > 0
    hours = backlog / np.where(drains, spare, 1) / SECONDS_PER_HOUR
    return np.where(backlog == 0, 0, np.where(drains, hours, np.nan))


def charges(w: SQSWorkload, c: SQSCapacity, rule: Rules) -> Iterator[Charge]:
    """Yield the metered quantities of a month, in the pricing page's order.

    Calls that neither send, receive, delete nor change the visibility of messages of a FIFO queue
    have the price of standard queues.
    """
    fifo = w.queue_type == "fifo"
    requests = (
        c.monthly_send_requests
        + c.monthly_receive_requests
        + c.monthly_delete_requests
        + c.monthly_empty_receives
        + c.monthly_redrive_requests
    )
    standard = np.where(fifo, 0, requests)
    yield Charge("standard_requests", standard + w.monthly_other_requests)
    yield Charge("fifo_requests", np.where(fifo, requests, 0))
    fair = w.fair_queue & np.logical_not(fifo)
    others = c.monthly_receive_requests + c.monthly_delete_requests
    of_groups = c.monthly_send_requests + w.fair_queue_charges_every_action * others
    yield Charge("fair_queue_requests", fair * of_groups)

    seconds = w.hours_per_month * SECONDS_PER_HOUR
    payloads = in_s3(w, rule) * seconds
    yield Charge("payload_put_requests", payloads * w.messages_per_second, S3_STANDARD)
    yield Charge("payload_get_requests", payloads * receives_per_second(w), S3_STANDARD)
    yield Charge("internet_out_data", w.monthly_internet_out_gb)


def findings(w: SQSWorkload, c: SQSCapacity, rule: Rules) -> Iterator[Finding]:
    """Yield the quotas that apply to the queue [2]_ [3]_ [4]_."""
    fifo = w.queue_type == "fifo"
    peak = arriving(w) * w.peak_to_mean
    timed = w.processing_seconds > 0
    in_queue, largest = np.logical_not(in_s3(w, rule)), np.maximum(w.send_batch, w.receive_batch)
    in_message = np.where(w.extended_client, w.message_bytes, largest_message(w))
    yield Finding("message_bytes", in_message, in_queue)
    yield Finding("batch_bytes", largest * w.message_bytes, (largest > 1) & in_queue)
    plain = fifo & np.logical_not(w.fifo_high_throughput)
    yield Finding("fifo_calls", c.peak_calls_per_second, plain)
    fast = fifo & w.fifo_high_throughput
    yield Finding("fifo_high_throughput_calls", c.peak_calls_per_second, fast)
    yield Finding("fifo_group_calls", c.peak_calls_per_second / w.message_groups, fast)
    yield Finding("in_flight_messages", c.in_flight_messages, timed)
    of_group = w.receive_batch / np.where(timed, w.processing_seconds, 1)
    yield Finding("group_messages_per_second", peak / w.message_groups, fifo & timed, of_group)
    yield Finding("processing_seconds", w.processing_seconds, timed, w.visibility_timeout_seconds)
    yield Finding("backlog_hours", w.outage_hours, w.outage_hours > 0, w.retention_hours)
    rated = w.drain_messages_per_second > 0
    drained = w.drain_messages_per_second
    yield Finding("drain_messages_per_second", arriving(w), rated, drained)
    yield Finding("redrive_messages_per_second", redriven_per_second(w), w.redrive_fraction > 0)
    empty, asked = c.monthly_empty_receives, c.monthly_empty_receives + c.monthly_receive_requests
    share = empty / np.where(asked > 0, asked, 1)
    yield Finding("empty_receives_fraction", share, empty > 0)
    short = (w.long_poll_seconds == 0) & (w.idle_pollers > 0)
    yield Finding.met("short_polling", short, w.idle_pollers)
    events = w.event_messages_per_second
    yield Finding.met("fifo_s3_events", fifo & (w.receives_s3_events | (events > 0)))
    yield Finding.met("without_s3_events", w.receives_s3_events & (events == 0))
    unused = settings_without_effect(w)
    yield Finding.met("without_effect", unused > 0, unused)


def largest_message(w: SQSWorkload) -> Numbers:
    """Return the size of the largest message [B]."""
    return np.maximum(w.message_bytes, w.largest_message_bytes)


def settings_without_effect(w: SQSWorkload) -> Numbers:
    """Return how many settings belong to the other type of queue."""
    fifo = w.queue_type == "fifo"
    standard = np.logical_not(fifo)
    return count_true(
        fifo & w.fair_queue,
        standard & w.fifo_high_throughput,
        standard & (w.message_groups > 1),
    )


SERVICE = Service(
    key="sqs",
    name="Amazon Simple Queue Service",
    category="Integration",
    workload=SQSWorkload,
    capacity_type=SQSCapacity,
    capacity=capacity,
    charges=charges,
    findings=findings,
    loads=(
        "messages_per_second",
        "event_messages_per_second",
        "receives_per_message",
        "idle_pollers",
        "idle_fraction",
        "empty_receives_per_second",
        "monthly_other_requests",
        "monthly_internet_out_gb",
        "redrive_requests_per_message",
        "hours_per_month",
    ),
    example=SQSWorkload(
        name="order-queue",
        region="us-east-1",
        messages_per_second=100.0,
        message_bytes=2000.0,
        send_batch=10.0,
        receive_batch=10.0,
        delete_batch=10.0,
    ),
    compared="queue_type",
    swept="send_batch",
    takes={"s3": Intake("receives_s3_events", "event_messages_per_second")},
    hourly=Hourly(varies=("messages_per_second", "event_messages_per_second")),
)
