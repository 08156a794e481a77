"""Names of instance classes as services write them, and the units by which reservations count."""

import numpy as np
import pytest

from pricing.kit import instances
from pricing.kit.instances import parsed, unlikeness
from pricing.rates import Rules


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("db.r6gd.4xlarge", ("db", "r", 6, "gd", 32, "")),
        ("db.r5.2xlarge.tpc1.mem2x", ("db", "r", 5, "", 16, "tpc1.mem2x")),
        ("db.x2iedn.32xlarge", ("db", "x", 2, "iedn", 256, "")),
        ("db.influx.large", ("db", "influx", 0, "", 4, "")),
        ("cache.r7g.large", ("cache", "r", 7, "g", 4, "")),
        ("kafka.m7g.large", ("kafka", "m", 7, "g", 4, "")),
        ("r6g.large.search", ("", "r", 6, "g", 4, "search")),
        ("or1.large.search", ("", "or", 1, "", 4, "search")),
        ("ra3.xlplus", ("", "ra", 3, "", 8, "")),
        ("dc2.8xlarge", ("", "dc", 2, "", 64, "")),
        ("rg.4xlarge", ("", "rg", 0, "", 32, "")),
        ("db.t2.micro", ("db", "t", 2, "", 0.5, "")),
    ],
)
def test_names_of_every_service(name: str, parts: tuple[object, ...]) -> None:
    """Each service's way to write a class is understood."""
    assert parsed(name) == parts


@pytest.mark.parametrize("word", ["gp3", "db.serverless", "STANDARD", "multi-az", ""])
def test_other_words_are_no_instance_classes(word: str) -> None:
    """A word without family and size has no parts."""
    assert parsed(word) is None


@pytest.mark.parametrize(
    ("running", "reserved"),
    [
        (["db.r3.large", "db.r3.large"], ["db.r3.small"] * 8),
        (["db.t2.small", "db.t2.small"], ["db.t2.medium"]),
    ],
    ids=["F-RDS-06", "F-RDS-08"],
)
def test_normalized_units_of_aws_examples(running: list[str], reserved: list[str]) -> None:
    """The reservations of AWS's examples cover the running instances exactly."""
    covered, given = (
        sum(parsed(name).normalized_units for name in names)  # type: ignore[union-attr]
        for names in (running, reserved)
    )
    assert covered == given


@pytest.mark.parametrize(
    ("asked", "classes"),
    [
        ("r6g.large.search", ["r6g.large.search", "r5.large.search", "r6g.xlarge.search"]),
        ("ra3.xlplus", ["ra3.xlplus", "ra3.large", "ra3.16xlarge"]),
        ("cache.m7g.large", ["cache.m6g.large", "cache.m5.large", "cache.r7g.large"]),
        ("gp2", ["gp2", "gp3", "io1"]),
    ],
)
def test_the_likest_come_first(asked: str, classes: list[str]) -> None:
    """Size counts before family, family before generation, and other words by their letters."""
    last_first = [classes[-1], *classes[:-1]]
    assert sorted(last_first, key=lambda word: unlikeness(word, asked)) == classes


def test_needs_are_compared_with_what_is_usable() -> None:
    """A need above zero is of concern, and stands against the limit of its own kind."""
    w = Rules({}, required_vcpus=np.array([0, 8]), required_memory_gib=1, connections=2)
    found = list(instances.needs_met(w, vcpus=4, memory_gib=16, connections=100))
    assert [finding.rule for finding in found] == [
        "required_vcpus",
        "required_memory",
        "connections",
    ]
    assert found[0].applies.tolist() == [False, True]
    assert [finding.limit for finding in found] == [4, 16, 100]
