"""AWS's worked examples for Amazon SQS, and the rules they do not reach."""

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from pricing import engine, portfolio
from pricing.account import Account
from pricing.catalogue import packaged
from pricing.model import service
from pricing.projection import Growth, Span, project, widened
from pricing.services.s3 import S3Workload
from pricing.services.sqs import SQSWorkload
from tests.services import examples
from tests.services.bills import applying, over

SQS = service("sqs")
MILLION = 1_000_000.0


def bill(**fields: Any) -> engine.Bill:
    """Price one queue in us-east-1 of 10 messages a second, each of 1,000 bytes."""
    queue = {"region": "us-east-1", "messages_per_second": 10.0, "message_bytes": 1000.0}
    return engine.estimate(SQS, [SQSWorkload(**{**queue, **fields})])


@pytest.mark.parametrize("example", examples.load("sqs"))
def test_example(example: examples.Example) -> None:
    """The figures that AWS or a published report gives come out, in their units."""
    assert examples.found("sqs", example) == examples.stated(example)


def test_batches_shrink_to_what_fits() -> None:
    """Ten messages of 200 KB are billed as two calls of five, and a finding says so."""
    priced = bill(message_bytes=200 * 1024.0, send_batch=10.0)
    assert priced.capacity.requests_per_send.tolist() == [np.ceil(1000 / 64)]
    assert priced.capacity.monthly_send_requests.tolist() == [2 * 16 * 730 * 3600]
    (check,) = (check for check in priced.checks if check.rule == "batch_bytes")
    assert check.over.all()


def test_events_of_a_bucket_share_the_free_million_and_the_tiers_of_queues() -> None:
    """S3 events to a queue are requests to a standard queue, and have no million of their own."""
    account = Account(free_tier=True)
    events = S3Workload(region="us-east-1", storage_gb=0.0, monthly_sqs_events=3 * MILLION)
    queue = SQSWorkload(
        region="us-east-1",
        messages_per_second=0.0,
        message_bytes=1.0,
        monthly_other_requests=MILLION,
    )
    bills = [engine.estimate(service("s3"), [events]), engine.estimate(SQS, [queue])]
    for one in bills:
        account.count(one)
    paid = [float(account.settle(one).lines.cost.sum()) for one in bills]
    assert paid == pytest.approx([3 * 0.75 * 0.40, 0.75 * 0.40])


def test_a_fair_queue_pays_for_sends_or_for_every_action() -> None:
    """The surcharge is paid by sends, or, as the assumption says, by receives and deletes too."""
    costs = [
        dict(
            zip(
                [rate.name for rate in priced.lines.rates], priced.lines.quantity[:, 0], strict=True
            )
        )
        for priced in (
            bill(fair_queue=True),
            bill(fair_queue=True, fair_queue_charges_every_action=True),
            bill(fair_queue=True, queue_type="fifo"),
        )
    ]
    sent = 10 * 730 * 3600
    assert [cost["fair_queue_requests"] for cost in costs] == [sent, 3 * sent, 0]


@pytest.mark.parametrize(("groups", "exceeded"), [(1.0, True), (6.0, True), (7.0, False)])
def test_a_message_group_takes_300_calls_a_second(groups: float, exceeded: bool) -> None:
    """2,000 calls a second take seven groups, since a group stays in one partition of the queue."""
    found = bill(
        queue_type="fifo",
        fifo_high_throughput=True,
        messages_per_second=20_000.0,
        send_batch=10.0,
        receive_batch=10.0,
        delete_batch=10.0,
        message_groups=groups,
    )
    assert ("fifo_group_calls" in over(found)) is exceeded


def test_other_calls_of_a_fifo_queue_have_the_standard_price() -> None:
    """Only sends, receives, deletes and changes of visibility have the price of FIFO queues."""
    priced = bill(queue_type="fifo", messages_per_second=0.0, monthly_other_requests=MILLION)
    assert float(priced.lines.cost.sum()) == pytest.approx(0.40)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"fair_queue": True, "queue_type": "fifo"}, True),
        ({"fifo_high_throughput": True}, True),
        ({"message_groups": 2.0}, True),
        ({"fair_queue": True}, False),
        ({"fifo_high_throughput": True, "message_groups": 2.0, "queue_type": "fifo"}, False),
    ],
)
def test_settings_of_the_other_type_are_told(fields: dict[str, Any], told: bool) -> None:
    """A setting that does nothing for the type of the queue is told, and no other."""
    assert ("without_effect" in applying(bill(**fields))) is told


def test_short_polling_is_told() -> None:
    """Consumers that poll without waiting are told, since their empty receives are not known."""
    assert "short_polling" in applying(bill(idle_pollers=2.0, long_poll_seconds=0.0))
    assert "short_polling" not in applying(bill(idle_pollers=2.0))


def test_a_backlog_that_never_drains_has_no_time() -> None:
    """Consumers no faster than the messages leave the time unknown, and a finding says so."""
    priced = bill(outage_hours=1.0, drain_messages_per_second=9.0)
    assert np.isnan(priced.capacity.drain_hours).all()
    (check,) = (check for check in priced.checks if check.rule == "drain_messages_per_second")
    assert check.exceeded.all()


def test_events_of_a_bucket_are_messages_of_the_queue_of_its_group() -> None:
    """The queue receives and deletes them; the bucket's bill has their sends, and none is twice.

    Of two queues in the group the first has them; a queue of another group or Region has none, and
    says so.
    """
    s3, hours = service("s3"), 730.0
    events = 3600 * hours
    bucket = s3.workload(
        region="us-east-1", group="photos", storage_gb=1.0, monthly_sqs_events=events
    )
    takes = {"region": "us-east-1", "message_bytes": 1024.0, "receives_s3_events": True}
    queues = [
        SQSWorkload(group=group, messages_per_second=2.0, **takes | {"region": region})
        for group, region in (
            ("photos", "us-west-2"),
            ("photos", "us-east-1"),
            ("photos", "us-east-1"),
            ("", "us-east-1"),
        )
    ]
    parts = portfolio.estimate([s3, *[SQS] * 4], [bucket, *queues])
    (bill,) = (part.bill for part in parts if part.bill.service is SQS)
    own, with_events = 2 * events, 3 * events
    received = [own, with_events, own, own]
    assert bill.capacity.monthly_send_requests.tolist() == [own] * 4
    assert bill.capacity.monthly_receive_requests.tolist() == received
    assert bill.capacity.monthly_delete_requests.tolist() == received
    requests = next(line for line in bill.lines if line.rate.name == "standard_requests")
    assert requests.quantity.tolist() == [own + 2 * of_queue for of_queue in received]
    (without,) = (check for check in bill.checks if check.rule == "without_s3_events")
    assert (without.applies & without.over).tolist() == [True, False, True, True]


def test_s3_sends_no_events_to_a_fifo_queue() -> None:
    """A FIFO queue with events of S3 is not feasible; a standard queue with events is."""
    events = {"event_messages_per_second": 1.0}
    assert "fifo_s3_events" in over(bill(queue_type="fifo", **events))
    assert "fifo_s3_events" in over(bill(queue_type="fifo", receives_s3_events=True))
    assert not over(bill(**events)) & {"fifo_s3_events", "without_s3_events"}


def test_events_that_grow_are_messages_of_their_months() -> None:
    """Twice the events of a month are twice the messages of that month."""
    s3, span = service("s3"), Span(date(2026, 1, 1), 2, False, True)
    bucket = s3.workload(region="us-east-1", storage_gb=1.0, monthly_sqs_events=0.0)
    queue = SQSWorkload(
        region="us-east-1", messages_per_second=0.0, message_bytes=1.0, receives_s3_events=True
    )
    parts = portfolio.columns([s3, SQS], [bucket, queue])
    growths = {"s3": {"monthly_sqs_events": (Growth(values=(1e6, 2e6)), False)}, "sqs": {}}
    wide = [
        replace(part, workload=widened(part.workload, growths[part.service.key], span))
        for part in parts
    ]
    (months,) = project(wide, span, packaged(), free_tier=False)
    (bill,) = (part.bill for part in months if part.bill.service is SQS)
    received = bill.capacity.monthly_receive_requests[0]
    assert received == pytest.approx([1e6, 2e6])


def test_an_idle_consumer_that_does_not_wait_costs_most() -> None:
    """Ten empty receives a second are dearer than one a second, and that than one in twenty."""
    costs = [
        bill(idle_pollers=100.0, long_poll_seconds=seconds).cost[0] for seconds in (0.0, 1.0, 20.0)
    ]
    assert costs == sorted(costs, reverse=True)
    assert bill(idle_pollers=1.0, long_poll_seconds=0.0).capacity.monthly_empty_receives[
        0
    ] == pytest.approx(10 * 730 * 3600)


@pytest.mark.parametrize(
    ("extended", "largest", "expected"),
    [(False, 2.0**20, False), (False, 2.0**20 + 1, True), (True, 2.0**24, False)],
)
def test_the_largest_message_needs_the_extended_client(
    extended: bool, largest: float, expected: bool
) -> None:
    """A queue of small messages is infeasible with one above 1 MiB, unless Amazon S3 keeps it."""
    priced = bill(largest_message_bytes=largest, extended_client=extended)
    assert bool(priced.checks.exceeded.any()) is expected
