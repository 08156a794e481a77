"""Curves and auto scaling: AWS's rule minute by minute as the oracle, and the laws of the hours."""

from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from pricing import curve, engine, hours
from pricing.catalogue import packaged
from pricing.kit import autoscaling
from pricing.kit.autoscaling import (
    billed_units,
    decreases,
    followed,
    needed_units,
    unmet_fraction,
)
from pricing.kit.throughput import MODES
from pricing.model import Policy, Scaled, registry, service
from pricing.units import HOURS_PER_DAY, MINUTES_PER_HOUR
from service.answers import estimates
from tests import strategies

CURVED = [one for one in registry().values() if one.hourly]
EVERY = pytest.mark.parametrize("service", CURVED, ids=[one.key for one in CURVED])
DYNAMODB, CARD = service("dynamodb"), packaged().card("dynamodb")
RULE: Any = CARD.rules
MINUTES = np.arange(HOURS_PER_DAY * MINUTES_PER_HOUR)
TARGET, LEAST = 0.7, 5.0
OF_TABLES = autoscaling.policy(RULE)


def simulated(
    load: Any, start: float, rule: Policy = OF_TABLES, target: float = TARGET, least: float = LEAST
) -> tuple[Any, Any, int, float]:
    """Follow AWS's rule minute by minute from a capacity.

    Returns the most and the mean units of each hour, the decreases, and the units that were lacking
    [unit-minutes].
    """
    out, back, most = int(rule.scale_out_points), int(rule.scale_in_points), RULE.decreases_at_once
    low = target * rule.scale_in_ratio - rule.scale_in_margin
    capacity, over, under, left = start, 0, 0, most
    found, lowered, lacking = [], 0, 0.0
    for minute, used in enumerate(load):
        left = min(most, left + RULE.decreases_per_hour * (minute % MINUTES_PER_HOUR == 0))
        found.append(capacity)
        lacking += max(0.0, used - capacity)
        over = over + 1 if used > target * capacity * (1 + 1e-12) else 0
        under = under + 1 if used < low * capacity * (1 - 1e-12) else 0
        points = out if over >= out else back if under >= back and left >= 1 else 0
        if not points:
            continue
        needed = max(least, np.ceil(max(load[minute + 1 - points : minute + 1]) / target - 1e-9))
        if points == out:
            step = np.ceil(capacity * (1 + rule.scale_out_step) - 1e-9)
            capacity, over, under = max(needed, step), 0, 0
        elif needed < capacity:
            lowered, left = lowered + 1, left - 1
            capacity, over, under = needed, 0, 0
    by_hour = np.array(found).reshape(-1, MINUTES_PER_HOUR)
    return by_hour.max(axis=1), by_hour.mean(axis=1), lowered, lacking


def as_scaled(load: Any, rule: Policy = OF_TABLES, **kwargs: Any) -> Scaled:
    """Return a load as what scales."""
    return Scaled("", rule, load, TARGET, LEAST, load, **kwargs)


def peaks(load: Any, minutes: int = MINUTES_PER_HOUR) -> Scaled:
    """Return the most that a load of minutes is in each hour, or in other parts of a day."""
    return as_scaled(load.reshape(-1, minutes).max(axis=1))


FLAT = np.full(MINUTES.shape, 100.0)
SINE = 1000 + 800 * np.sin(2 * np.pi * MINUTES / len(MINUTES))
BATCH_JOB = np.where(MINUTES < 50, 2200.0, 200.0)
SAWTOOTH = np.where(MINUTES // 30 % 2 == 0, 100.0, 1000.0)


@pytest.mark.parametrize(
    ("load", "start", "billed", "mean", "lowered", "lacking"),
    [
        (FLAT, 143.0, 3432, 3432, 0, 0),
        (BATCH_JOB, 286.0, 12_578, 9863.85, 1, 3828),
        (SAWTOOTH, 143.0, 34_296, 25_229.7, 23, 41_136),
    ],
)
def test_a_day_minute_by_minute(
    load: Any, start: float, billed: float, mean: float, lowered: int, lacking: float
) -> None:
    """The simulation gives the unit-hours, decreases and missing units of the known days."""
    most, means, count, missing = simulated(load, start)
    found = (most.sum(), means.sum(), count, missing)
    assert found == pytest.approx((billed, mean, lowered, lacking))


@pytest.mark.parametrize("load", [FLAT, SINE, BATCH_JOB, SAWTOOTH])
def test_quarters_come_to_within_one_percent_of_the_minutes(load: Any) -> None:
    """Followed by quarters, in which the rule lowers, a day is billed what its minutes are."""
    start = float(needed_units(peaks(load))[0])
    simulation = simulated(np.tile(load, 2), start)[0][HOURS_PER_DAY:].sum()
    scaled = peaks(load, int(RULE.scale_in_points))
    billed = billed_units(scaled, followed(scaled)).reshape(HOURS_PER_DAY, -1).max(axis=1).sum()
    assert needed_units(peaks(load)).sum() <= billed
    assert billed == pytest.approx(simulation, rel=0.01)


CACHES: Any = packaged().card("elasticache").rules
AURORA: Any = packaged().card("aurora").rules
POLICIES = {
    "dynamodb": (OF_TABLES, 1),
    "elasticache": (autoscaling.policy(CACHES), 50),
    "aurora": (autoscaling.policy(AURORA, "reader_"), 100),
}
"""The policies of AWS's services, and a divisor that brings loads of units to theirs."""


@pytest.mark.parametrize("service", POLICIES)
@pytest.mark.parametrize("amplitude", [0.1, 0.2, 0.3, 0.5, 0.8, 1])
@pytest.mark.parametrize("by_the_hour", [True, False])
def test_even_hours_come_to_within_one_percent_of_the_minutes(
    service: str, amplitude: float, by_the_hour: bool
) -> None:
    """Of every policy, mild and steep days are billed, lowered and lacking as minute by minute."""
    rule, divisor = POLICIES[service]
    load = 1000 / divisor * curve.sine(amplitude, 12)
    scaled = as_scaled(load, rule, by_the_hour=by_the_hour)
    capacity = followed(scaled)
    day, start = np.repeat(load, MINUTES_PER_HOUR), needed_units(scaled).min()
    rounds = autoscaling.ROUNDS
    _, _, lowered_before, lacking_before = simulated(np.tile(day, rounds - 1), start, rule)
    most, means, lowered, lacking = simulated(np.tile(day, rounds), start, rule)
    billed = (most if by_the_hour else means)[-HOURS_PER_DAY:].sum()
    assert billed_units(scaled, capacity).sum() == pytest.approx(billed, rel=0.01)
    assert lowered - lowered_before == decreases(capacity)
    missing = (unmet_fraction(scaled, capacity) * load).sum() * MINUTES_PER_HOUR
    assert missing == pytest.approx(lacking - lacking_before, rel=0.01, abs=1e-6)


def test_the_sine_to_the_unit() -> None:
    """1,000 ± 800 a day: 36,544 unit-hours without delay, 39,035 simulated."""
    assert needed_units(peaks(SINE)).sum() == 36_544
    assert simulated(np.tile(SINE, 2), 1429.0)[0][HOURS_PER_DAY:].sum() == 39_035


def test_what_is_unmet_and_lowered_by_the_hour() -> None:
    """The batch job lacks 3,828 unit-minutes and is lowered once, as in the simulation."""
    scaled = peaks(BATCH_JOB)
    capacity = followed(scaled)
    lacking = unmet_fraction(scaled, capacity) * scaled.used * MINUTES_PER_HOUR
    assert lacking.sum() == pytest.approx(3828)
    assert decreases(capacity) == 1
    assert decreases(followed(peaks(FLAT))) == 0
    assert 0 < decreases(followed(peaks(SINE))) <= simulated(SINE, 1429.0)[2]


LOADS = arrays.arrays(
    np.float64, st.tuples(st.integers(1, 3), st.just(24)), elements=st.floats(0, 1e6)
)


@given(load=LOADS)
def test_what_is_scaled_lies_between_the_need_and_the_peak(load: Any) -> None:
    """At least the load over the target, at most its peak all day; a rise is met soon."""
    scaled = as_scaled(load)
    needed, capacity = needed_units(scaled), followed(scaled)
    billed = billed_units(scaled, capacity)
    assert (billed >= capacity).all()
    assert (capacity >= needed).all()
    assert (billed.sum(axis=-1) >= load.sum(axis=-1) / TARGET * (1 - 1e-12)).all()
    assert (billed <= needed.max(axis=-1, keepdims=True)).all()
    unmet = unmet_fraction(scaled, capacity)
    assert ((unmet >= 0) & (unmet <= RULE.scale_out_points / MINUTES_PER_HOUR)).all()
    assert (decreases(capacity) <= HOURS_PER_DAY).all()


@given(
    ratio=st.floats(1, 1e6),
    lasting=st.integers(1, 24),
    hour=st.integers(0, 23),
    days=st.integers(1, 7),
    amplitude=st.floats(0, 1),
)
def test_every_curve_has_the_mean_one(
    ratio: float, lasting: int, hour: int, days: int, amplitude: float
) -> None:
    """A spike has its hours, ratio and days, a sine its highest hour; the mean stays."""
    spike, sine = curve.spike(ratio, lasting, hour, days), curve.sine(amplitude, hour)
    for load in (spike, sine, curve.constant(), curve.histogram(spike, np.full(168, 2))):
        assert load.mean() == pytest.approx(1)
        assert (load >= -1e-12).all()
    assert spike.max() / spike.min() == pytest.approx(1 if lasting * days == 168 else ratio)
    assert ratio == 1 or lasting * days == 168 or (spike > spike.min()).sum() == lasting * days
    assert sine[hour] == pytest.approx(1 + amplitude)


def test_rows_of_curves_are_curves_of_rows() -> None:
    """Many spikes at once are each of them alone."""
    ratios, hour = np.array([2.0, 5.0]), np.array([3, 20])
    together = curve.spike(ratios, 4, hour, 5)
    alone = [curve.spike(*one, 5) for one in ((2.0, 4, 3), (5.0, 4, 20))]
    np.testing.assert_array_equal(together, alone)


def test_the_largest_rise_goes_over_the_end() -> None:
    """The first hour follows the last; after no load any rise is infinite, and no load is none."""
    assert curve.rises(np.array([8.0, 4.0, 2.0])).tolist() == [4, 0.5, 0.5]
    assert curve.rises(np.array([0.0, 2.0])).tolist() == [0, np.inf]
    assert curve.rises(np.array([0.0, 0.0])).tolist() == [1, 1]


# -- laws of the bill ------------------------------------------------------------------------------


@EVERY
@given(data=st.data())
def test_a_flat_curve_is_the_estimate(service: Any, data: st.DataObject) -> None:
    """Hour by hour or not, a load without ups and downs has the same answer to the last digit."""
    rows = data.draw(strategies.batches(service))
    columns, card = engine.columns(service.workload, rows), packaged().card(service.key)
    flat = hours.price(service, columns, card, curve.constant())
    assert estimates.estimates(flat) == estimates.estimates(engine.estimate(service, rows))


@EVERY
@given(data=st.data(), seed=st.integers(0, 2**32 - 1))
def test_any_curve_has_a_bill(service: Any, data: st.DataObject, seed: int) -> None:
    """Whatever the workload and the hours, costs are finite or unpriced, and never negative."""
    rows = data.draw(strategies.batches(service))
    columns, card = engine.columns(service.workload, rows), packaged().card(service.key)
    load = curve.normalised(np.random.default_rng(seed).uniform(0, 5, 24))
    bill = hours.price(service, columns, card, load)
    assert (bill.lines.unpriced | (bill.lines.cost >= 0)).all()
    assert np.isfinite(bill.lines.quantity).all()


def table(**fields: Any) -> Any:
    """Return a table in us-east-1."""
    given: dict[str, Any] = {"region": "us-east-1", "item_bytes": 1024.0, **fields}
    return DYNAMODB.workload(**given)


def costs(row: Any, load: Any) -> dict[str, float]:
    """Return the costs of a table over a curve, by mode."""
    bill = hours.priced_modes(DYNAMODB, row, CARD, load)
    assert bill is not None
    return dict(zip(MODES, bill.cost.tolist(), strict=True))


@given(seed=st.integers(0, 2**32 - 1), writes=st.floats(1, 1e4))
def test_days_may_change_their_places(seed: int, writes: float) -> None:
    """On demand only the mean counts, and provisioned only the peak: the order of hours is free."""
    week = curve.normalised(np.random.default_rng(seed).uniform(0.1, 5, (7, 24)).reshape(-1))
    shuffled = np.random.default_rng(seed + 1).permutation(week.reshape(7, 24)).reshape(-1)
    row = table(writes_per_second=writes, reads_per_second=writes)
    before, after = costs(row, week), costs(row, shuffled)
    flat = costs(row, curve.constant())
    for mode in ("on-demand", "provisioned"):
        assert before[mode] == pytest.approx(after[mode])
    assert before["on-demand"] == pytest.approx(flat["on-demand"])
    assert before["provisioned"] >= flat["provisioned"]
    assert before["autoscaled"] >= flat["autoscaled"] * (1 - 1 / writes)


def test_provisioned_at_the_peak_is_the_estimate_of_the_peak() -> None:
    """What is fixed costs what the busiest hour costs all month."""
    load = curve.spike(5.0, 3, 9, 5)
    row = table(writes_per_second=100.0, capacity_mode="provisioned")
    peak = table(writes_per_second=100.0, capacity_mode="provisioned", peak_to_mean=load.max())
    assert costs(row, load)["provisioned"] == engine.estimate(DYNAMODB, [peak]).cost[0]


def test_requests_and_provisioned_capacity_break_even_at_29_percent() -> None:
    """At list, 0.288889 of what is provisioned: above it provisioned costs less, below it more."""
    columns = engine.columns(DYNAMODB.workload, [table()])
    found = hours.break_even(DYNAMODB, columns, CARD)
    assert {kind: round(float(share[0]), 6) for kind, share in found.items()} == {
        "read": 0.288889,
        "write": 0.288889,
    }
    for peak, cheaper in ((1 / 0.28, "on-demand"), (1 / 0.30, "provisioned")):
        row = table(writes_per_second=1e4, peak_to_mean=peak)
        two = costs(row, curve.constant())
        assert min(("on-demand", "provisioned"), key=two.__getitem__) == cheaper


def test_reads_and_writes_of_keyspaces_scale() -> None:
    """A table of Keyspaces has a policy for its reads and one for its writes."""
    keyspaces = service("keyspaces")
    columns = engine.columns(keyspaces.workload, [keyspaces.example])
    found = hours.scalings(keyspaces, columns, packaged().card("keyspaces"), curve.sine(0.5, 12))
    assert {name: float(one.alarms[0]) for name, one in found.items()} == {
        "table_read_units": 4,
        "table_write_units": 4,
    }


def test_indexes_scale_on_their_own() -> None:
    """Two global indexes are four kinds more, each with its alarms; a table without has none."""
    columns = engine.columns(DYNAMODB.workload, [table(writes_per_second=100.0, gsi_count=2.0)])
    found = hours.scalings(DYNAMODB, columns, CARD, curve.sine(0.5, 12))
    assert {name: float(one.alarms[0]) for name, one in found.items()} == {
        "table_read_units": 4,
        "table_write_units": 4,
        "index_read_units": 8,
        "index_write_units": 8,
    }
    assert found["index_write_units"].used.mean() == pytest.approx(100)
    alone = engine.columns(DYNAMODB.workload, [table(writes_per_second=1.0)])
    assert len(hours.scalings(DYNAMODB, alone, CARD, curve.constant())) == 2


@pytest.mark.parametrize(
    ("key", "indexes", "alarms"), [("dynamodb", 0, 8), ("dynamodb", 2, 24), ("keyspaces", 0, 8)]
)
def test_alarms_of_auto_scaling_are_charged(key: str, indexes: int, alarms: float) -> None:
    """Four alarms for each kind that is scaled are on the bill, and none where nothing is."""
    known = service(key)
    mode: dict[str, Any] = {"capacity_mode": "provisioned", "autoscaling": True}
    fields = mode | ({"gsi_count": float(indexes)} if indexes else {})
    scaled = msgspec.structs.replace(known.example, **fields)
    fixed = msgspec.structs.replace(scaled, autoscaling=False)
    asked = msgspec.structs.replace(scaled, capacity_mode="on-demand")
    bill = engine.estimate(known, [scaled, fixed, asked])
    (line,) = (line for line in bill.lines if line.rate.name == "scaling_alarms")
    assert line.quantity.tolist() == [alarms, 0, 0]
    assert line.cost.tolist() == pytest.approx([alarms / 10, 0, 0])
    told = hours.scalings(known, bill.workload, packaged().card(key), curve.constant())
    assert sum(one.alarms[0] for one in told.values()) == alarms


@given(
    seed=st.integers(0, 2**32 - 1),
    fields=st.fixed_dictionaries(
        {
            "writes_per_second": st.floats(0, 1e4),
            "reads_per_second": st.floats(0, 1e4),
            "gsi_count": st.sampled_from([0.0, 1.0, 3.0]),
            "lsi_count": st.sampled_from([0.0, 2.0]),
            "global_table": st.booleans(),
        }
    ),
)
def test_the_hours_add_up_to_the_bill(seed: int, fields: dict[str, Any]) -> None:
    """What auto scaling provisions in the mean of the hours is what its month is billed for."""
    load = curve.normalised(np.random.default_rng(seed).uniform(0.1, 5, 24))
    row = table(**fields, capacity_mode="provisioned", autoscaling=True)
    columns = engine.columns(DYNAMODB.workload, [row])
    bill = hours.price(DYNAMODB, columns, CARD, load)
    billed = sum(
        float(line.quantity[0]) for line in bill.lines if "capacity_unit_hours" in line.rate.name
    )
    found = hours.scalings(DYNAMODB, columns, CARD, load)
    counts = {"table": 1.0, "index": float(row.gsi_count)}
    told = sum(one.scaled.mean() * counts[name.partition("_")[0]] for name, one in found.items())
    local = row.lsi_count * row.global_table
    assert local or billed == pytest.approx(told * row.hours_per_month)


def test_services_without_hours_have_no_curve() -> None:
    """A bucket pays for its month, whatever its hours are."""
    with pytest.raises(ValueError, match="has no hours"):
        hours.hourly(service("s3"))


def test_a_service_whose_flow_has_no_modes_is_priced_once() -> None:
    """A cache has no modes to compare, and nothing that is scaled."""
    cache = service("memorydb")
    card = packaged().card("memorydb")
    assert hours.priced_modes(cache, cache.example, card, curve.constant()) is None


@pytest.mark.parametrize("key", ["dynamodb", "keyspaces", "kinesis"])
def test_the_hours_of_each_mode_have_the_mean_of_its_bill(key: str) -> None:
    """What is billed hour by hour is in the mean what the month is billed, in every mode."""
    known = registry()[key]
    card, load = packaged().card(key), curve.spike(5.0, 10, 8, 5)
    by_hour = hours.modes_by_hour(known, known.example, card, load)
    month = hours.priced_modes(known, known.example, card, load)
    assert month is not None
    means = by_hour.lines.quantity.mean(axis=-1)
    np.testing.assert_allclose(means, month.lines.quantity, rtol=1e-12)


def test_every_service_has_hours_or_says_why_not() -> None:
    """A curve changes the bill of these services, and nothing of the others, which say why."""
    for one in registry().values():
        assert one.hourly or one.steady.endswith("."), one.key
    assert not any(one.steady for one in CURVED)


# -- capacity of whole nodes, and of serverless units ----------------------------------------------

WORKING_DAYS = curve.spike(5.0, 10, 8, 5)
CACHE: dict[str, Any] = {
    "region": "us-east-1",
    "node_type": "cache.r7g.large",
    "storage_gb": 5.0,
    "reads_per_second": 400_000.0,
    "writes_per_second": 20_000.0,
    "node_requests_per_second": 50_000.0,
    "target_utilization": 0.6,
}


def by_mode(key: str, load: Any, **fields: Any) -> dict[str, float]:
    """Return the cost of a workload over a curve in each mode of its service."""
    known = service(key)
    bill = hours.priced_modes(known, known.workload(**fields), packaged().card(key), load)
    assert bill is not None
    assert known.hourly is not None
    return dict(zip(known.hourly.modes, bill.cost.tolist(), strict=True))


def scalings(key: str, load: Any, **fields: Any) -> dict[str, Any]:
    """Return what auto scaling does to a workload over a curve."""
    known = service(key)
    columns = engine.columns(known.workload, [known.workload(**fields)])
    return hours.scalings(known, columns, packaged().card(key), load)


def test_shards_come_and_go() -> None:
    """Shards follow the commands: at the peak there are 32, at night 7; nights are cheaper."""
    costs = by_mode("elasticache", WORKING_DAYS, **CACHE)
    price = 0.1752 * 730
    assert costs["node-based"] == pytest.approx(32 * price)
    found = scalings("elasticache", WORKING_DAYS, **CACHE, autoscaling_dimension="shards")
    (shards,) = found.values()
    assert (shards.scaled.max(), shards.scaled.min(), float(shards.fixed[0])) == (32, 7, 32)
    assert shards.decreases * 7 == 5
    alarms = 2 * 0.1
    assert costs["autoscaled-shards"] == pytest.approx(shards.scaled.mean() * price + alarms)
    assert costs["autoscaled-replicas"] == costs["node-based"]


def test_shards_rise_by_a_fifth_and_stay_above_three_quarters() -> None:
    """AWS's own: 50 shards become 65 at 30 percent above the target, 60 at 10 percent."""
    for used, shards in ((65.0, 65), (55.0, 60), (50.0, 50)):
        load = np.array([50.0, used, 46.0, 46.0])
        rule = Scaled("", autoscaling.policy(CACHES), load, 1, 50, load)
        assert followed(rule)[1:3].tolist() == [shards, 50 if used == 65 else shards]


def test_replicas_come_and_go() -> None:
    """Replicas of given shards follow the reads, those that are given at least, five at most."""
    fields = CACHE | {"shards": 6.0, "replica_reads": True, "replicas_per_shard": 1.0}
    found = scalings("elasticache", WORKING_DAYS, **fields, autoscaling_dimension="replicas")
    replicas = found["replicas"]
    assert (replicas.scaled.max(), replicas.scaled.min()) == (5, 1)
    assert float(replicas.alarms[0]) == 12
    costs = by_mode("elasticache", WORKING_DAYS, **fields)
    nodes = 6 * (1 + replicas.scaled.mean())
    assert costs["autoscaled-replicas"] == pytest.approx(nodes * 0.1752 * 730 + 0.2)


CLUSTER: dict[str, Any] = {
    "region": "us-east-1",
    "storage_gb": 5.0,
    "required_vcpus": 4.0,
    "readers": 1.0,
    "reader_load": 1.5,
}


def test_readers_come_and_go() -> None:
    """Readers stand at the peak, or follow their load by the minute; the one given never goes."""
    found = scalings("aurora", WORKING_DAYS, **CLUSTER)
    readers = found["readers"]
    assert (float(readers.fixed[0]), readers.scaled.max(), readers.scaled.min()) == (5, 5, 1)
    costs = by_mode("aurora", WORKING_DAYS, **CLUSTER)
    one = engine.estimate(service("aurora"), [service("aurora").workload(**CLUSTER)]).lines
    hourly = next(line for line in one if line.rate.name == "reader_instance_hours").unit_price[0]
    saved = (5 - readers.scaled.mean()) * 730 * hourly - 0.2
    assert costs["provisioned"] - costs["autoscaled-readers"] == pytest.approx(saved)


def test_a_serverless_cluster_has_the_capacity_of_each_hour() -> None:
    """ACUs are those of each hour, within their range; above the maximum the load is unmet."""
    load = curve.histogram(np.array([1.0, 8.0]), np.array([21, 3]))
    fields = {"capacity_mode": "serverless", "mean_acu": 10.0, "minimum_acu": 6.0}
    row = CLUSTER | fields | {"reader_load": 0.0, "readers": 0.0, "maximum_acu": 32.0}
    found = scalings("aurora", load, **row)["acu"]
    needed = 10 * load
    assert found.scaled[0] == pytest.approx(np.clip(needed, 6, 32))
    assert found.unmet[0] == pytest.approx(np.maximum(0, needed - 32) / needed)
    known, card = service("aurora"), packaged().card("aurora")
    columns = engine.columns(known.workload, [known.workload(**row)])
    bill = hours.price(known, columns, card, load)
    line = next(line for line in bill.lines if line.rate.name == "acu_hours")
    assert line.quantity[0] == pytest.approx(730 * np.clip(needed, 6, 32).mean())
    assert bill.capacity.mean_acu[0] == pytest.approx(np.clip(needed, 6, 32).mean())


def test_the_range_of_capacity_that_aws_advises() -> None:
    """AWS's own: four vCPUs at 35 percent (p95), 72 at most and 21 in the mean: 3.5 to 16 ACUs."""
    shares = np.full(101, (0.21 * 101 - 0.35 - 5 * 0.72) / 95)
    shares[95], shares[96:] = 0.35, 0.72
    load = curve.normalised(shares)
    row = CLUSTER | {"capacity_mode": "serverless", "mean_cpu_fraction": 0.21, "mean_acu": 3.36}
    found = scalings("aurora", load, **row)["acu"]
    assert found.used[0] == pytest.approx(shares * 16)
    assert (found.advised_minimum[0], found.advised_maximum[0]) == (3.5, 16)


@pytest.mark.parametrize(("key", "unit"), [("documentdb", "dcu"), ("neptune", "ncu")])
def test_serverless_capacity_follows_in_every_cluster(key: str, unit: str) -> None:
    """DocumentDB and Neptune are billed for the capacity of each hour, as Aurora is."""
    known, load = service(key), curve.sine(1.0, 12)
    fields = {"capacity_mode": "serverless", f"mean_{unit}": 8.0, f"minimum_{unit}": 4.0}
    row = msgspec.structs.replace(known.example, **fields, **{f"maximum_{unit}": 12.0})
    columns = engine.columns(known.workload, [row])
    bill = hours.price(known, columns, packaged().card(key), load)
    expected = np.clip(8 * load, 4, 12).mean()
    assert getattr(bill.capacity, f"mean_{unit}")[0] == pytest.approx(expected)


def test_the_month_decides_on_the_configuration_of_a_volume() -> None:
    """I/O that costs less than compute of the mean hour does not count for calm hours alone."""
    known, card = service("aurora"), packaged().card("aurora")
    fields = {"capacity_mode": "serverless", "mean_acu": 20.0, "maximum_acu": 256.0}
    row = known.workload(
        region="us-east-1", storage_gb=10.0, monthly_read_io_requests=1e9, **fields
    )
    columns = engine.columns(known.workload, [row])
    told = {}
    for load in (curve.constant(), curve.sine(0.9, 12)):
        checks = hours.price(known, columns, card, load).checks
        place = checks.rules.index("io_optimized_cheaper")
        told[float(load.max())] = (bool(checks.applies[place, 0]), checks.value[place, 0])
    flat, curved = told.values()
    assert flat[0] == curved[0]
    assert flat[1] == pytest.approx(curved[1])


def test_brokers_stand_at_the_highest_hour() -> None:
    """A cluster of MSK over a curve is the one whose peak is that of the curve."""
    known, card = service("msk"), packaged().card("msk")
    columns = engine.columns(known.workload, [known.example])
    peak = msgspec.structs.replace(known.example, peak_to_mean=WORKING_DAYS.max())
    over_hours = hours.price(known, columns, card, WORKING_DAYS)
    assert over_hours.cost[0] == pytest.approx(engine.estimate(known, [peak]).cost[0])
