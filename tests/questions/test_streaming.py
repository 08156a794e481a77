"""The question of queues and streams: what the needs rule out, and what each alternative costs."""

from typing import Any

import pytest

from pricing import alternatives, engine
from pricing.catalogue import packaged
from pricing.model import service
from pricing.questions.streaming import QUESTION, StreamingNeeds
from service.answers import questions
from service.requests.comparisons import SweepRequest

STREAMS = {
    "kinesis_provisioned",
    "kinesis_on_demand",
    "kinesis_on_demand_advantage",
    "msk_standard",
    "msk_express",
    "msk_serverless",
}
QUEUES = {"sqs_standard", "sqs_fifo"}


def answer(**fields: Any) -> dict[str, Any]:
    """Return the alternatives for 100 records of 1,000 bytes a second, by key."""
    flow = {"region": "us-east-1", "records_per_second": 100.0, "record_bytes": 1000.0}
    columns = engine.columns(StreamingNeeds, [StreamingNeeds(**{**flow, **fields})])
    compared = questions.ranked(alternatives.answered(QUESTION, columns, packaged()))
    (found,) = questions.viewed(compared, packaged())
    return {one.key: one for one in found.alternatives}


def feasible(found: dict[str, Any]) -> set[str]:
    """Return the keys of the alternatives that meet the needs, whether priced or not."""
    return {key for key, one in found.items() if not one.ruled_out_by}


def missed(found: dict[str, Any], key: str) -> set[str]:
    """Return the needs that rule an alternative out."""
    return {line.rule for line in found[key].ruled_out_by}


@pytest.mark.parametrize(
    ("needs", "expected"),
    [
        ({}, QUEUES | STREAMS),
        ({"replay": True}, STREAMS),
        ({"ordering": "key"}, {"sqs_fifo"} | STREAMS),
        ({"delivery_target": "s3"}, STREAMS),
        ({"delivery_target": "s3", "consumers": 0.0}, {"firehose"} | STREAMS),
        ({"delivery_target": "s3", "consumers": 0.0, "replay": True}, STREAMS),
        ({"retention_hours": 337.0}, STREAMS),
        ({"retention_hours": 8761.0}, {"msk_standard", "msk_express", "msk_serverless"}),
    ],
)
def test_needs_rule_out_what_cannot_meet_them(needs: dict[str, Any], expected: set[str]) -> None:
    """Queues cannot replay, keep 14 days and deliver nothing; Firehose has no consumers."""
    assert feasible(answer(**needs)) == expected


def test_what_rules_firehose_out_is_said() -> None:
    """Consumers, order, replay and a missing target are each named."""
    found = answer(ordering="key", replay=True)
    expected = {"consumers", "no_target", "firehose_ordering", "firehose_replay"}
    assert missed(found, "firehose") == expected


def test_total_order_binds_one_shard_and_one_message_group() -> None:
    """5,000 records a second in one order are more than a shard or a message group takes."""
    found = answer(ordering="total", records_per_second=5000.0)
    assert "shard_in_records" in missed(found, "kinesis_provisioned")
    (planned,) = found["sqs_fifo"].workloads
    assert planned.workload.get("message_groups", 1) == 1
    (planned,) = answer(ordering="key", keys=50.0)["sqs_fifo"].workloads
    assert planned.workload["message_groups"] == 50


def test_total_order_at_a_high_rate_is_more_than_a_queue_takes() -> None:
    """20,000 records a second in one group are 2,000 calls, and a group takes 300."""
    found = answer(ordering="total", records_per_second=20_000.0, records_per_call=10.0)
    assert "fifo_group_calls" in {line.rule for line in found["sqs_fifo"].ruled_out_by}


def test_packed_records_cost_firehose_less() -> None:
    """Ten records of 500 bytes in one are billed as 5 KB, and not as ten times 5 KB."""
    flow = {"record_bytes": 500.0, "delivery_target": "s3", "consumers": 0.0}
    alone, packed = (
        answer(**flow, records_per_record=packed)["firehose"].monthly_cost for packed in (1.0, 10.0)
    )
    assert packed < alone / 5


def test_each_consumer_has_a_queue() -> None:
    """Three consumers take three queues, each with all messages; a stream has them all."""
    found = answer(consumers=3.0, records_per_call=10.0)
    one = answer(consumers=1.0, records_per_call=10.0)
    assert len(found["sqs_standard"].workloads) == 3
    assert found["sqs_standard"].monthly_cost == pytest.approx(3 * one["sqs_standard"].monthly_cost)
    (planned,) = found["kinesis_on_demand"].workloads
    assert planned.workload["consumers"] == 3


def test_delivery_adds_firehose_to_a_stream_as_a_further_reader() -> None:
    """The stream and Firehose are both on the bill, Firehose with its source."""
    found = answer(delivery_target="s3")
    delivered, stream = found["msk_serverless"].workloads
    assert stream.workload["consumers"] == 2
    assert delivered.workload["source"] == "msk"
    total = stream.estimate.monthly_cost + delivered.estimate.monthly_cost
    assert found["msk_serverless"].monthly_cost == pytest.approx(total)


def test_a_gigabyte_costs_what_the_price_lists_say() -> None:
    """1,048,576 records of 1 KiB in an hour: three calls each, or 5 KB each, at list prices."""
    load = {
        "records_per_second": 1_048_576 / 3600,
        "record_bytes": 1024.0,
        "hours_per_month": 1.0,
    }
    queue = answer(**load)["sqs_standard"].monthly_cost
    assert queue == pytest.approx(3 * 1_048_576 * 0.4e-6, abs=0.005)
    batched = answer(records_per_call=10.0, **load)["sqs_standard"].monthly_cost
    assert batched == pytest.approx(queue / 10, abs=0.01)
    target = {"delivery_target": "s3", "consumers": 0.0}
    assert answer(**load, **target)["firehose"].monthly_cost == pytest.approx(5 * 0.029, abs=0.005)


def test_firehose_buffers_as_long_as_may_be() -> None:
    """The latency that is borne is the buffer interval, 300 seconds where none is given."""
    target = {"delivery_target": "s3", "consumers": 0.0}
    for latency, seconds in ((0.0, 300), (60.0, 60), (0.5, 1)):
        (planned,) = answer(maximum_latency_seconds=latency, **target)["firehose"].workloads
        assert planned.workload.get("buffer_seconds", 300) == seconds


def test_a_flow_is_priced_by_the_services_themselves() -> None:
    """The alternative of provisioned shards costs what the estimate of such a stream costs."""
    found = answer(peak_to_mean=3.0)["kinesis_provisioned"]
    kinesis = service("kinesis")
    row = kinesis.workload(
        region="us-east-1", records_per_second=100.0, record_bytes=1000.0, peak_to_mean=3.0
    )
    assert found.monthly_cost == pytest.approx(engine.estimate(kinesis, [row]).cost[0], abs=0.01)


def test_what_is_ruled_out_takes_part_in_no_turn() -> None:
    """Firehose has a curve, but with consumers of one's own no turn names it."""
    columns = engine.columns(StreamingNeeds, [QUESTION.example])
    compared = questions.ranked(alternatives.answered(QUESTION, columns, packaged()))
    asked = SweepRequest(field="records_per_second", start=1.0, stop=1e5, points=20, scale="log")
    found = questions.swept(compared, asked, packaged())
    assert {curve.key for curve in found.curves} == {*QUESTION.keys}
    named = {
        key for turn in found.break_even_points for key in (turn.cheaper_below, turn.cheaper_above)
    }
    assert named
    assert "firehose" not in named


def test_traffic_across_zones_is_on_the_bill_of_msk_alone() -> None:
    """Half of what is written and read crosses zones and is charged on both sides."""
    plain, spread = answer(), answer(cross_zone_fraction=0.5)
    moved = 2 * 100 * 1000 * 730 * 3600 / 2**30 * 0.5 * 2
    added = spread["msk_standard"].monthly_cost - plain["msk_standard"].monthly_cost
    assert added == pytest.approx(moved * 0.01, rel=1e-3)
    assert spread["sqs_standard"].monthly_cost == plain["sqs_standard"].monthly_cost


def test_large_messages_are_kept_in_s3() -> None:
    """A record above 1 MiB goes through a queue by the Extended Client."""
    found = answer(record_bytes=2e6, records_per_second=1.0)["sqs_standard"]
    assert found.status == "feasible"
    assert found.workloads[0].workload["extended_client"]


def test_the_largest_record_rules_out_what_does_not_take_it() -> None:
    """One record of 9 MiB is too large for MSK Serverless; queues keep it in Amazon S3."""
    found = answer(largest_record_bytes=9.0 * 2**20)
    assert feasible(found) == (QUEUES | STREAMS) - {"msk_serverless"}
    assert missed(found, "msk_serverless") == {"serverless_record_bytes"}


def test_alternatives_say_what_needs_attention_once() -> None:
    """Findings of the workloads come with each alternative, in the answer and in its tables."""
    found = answer(delivery_target="s3", consumers=0.0)
    told = {key: [line.rule for line in one.attention] for key, one in found.items()}
    assert told["firehose"] == ["rounding_ratio", "packing_saving"]
    assert told["sqs_standard"] == []
    needs = StreamingNeeds(
        region="us-east-1",
        records_per_second=100.0,
        record_bytes=1000.0,
        consumers=0.0,
        delivery_target="s3",
    )
    columns = engine.columns(StreamingNeeds, [needs])
    compared = questions.ranked(alternatives.answered(QUESTION, columns, packaged()))
    flat = questions.table_of_answers(compared, packaged()).columns
    assert flat["firehose.attention"] == ["rounding_ratio; packing_saving"]
    listed = questions.table_of_alternatives(compared, 0).columns
    rows = dict(zip(listed["key"], listed["attention"], strict=True))
    assert rows["firehose"] == "rounding_ratio; packing_saving"
