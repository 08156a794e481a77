"""AWS's worked examples for Amazon S3 Tables, and the rules they do not reach.

No example of AWS is left out.
"""

from typing import Any

import pytest

from pricing import engine
from pricing.model import service
from pricing.services.s3_tables import S3TablesWorkload
from tests.services import examples
from tests.services.bills import applying, quantities

S3_TABLES = service("s3_tables")
COMMITS = {"monthly_commits": 100.0, "files_per_commit": 10.0, "file_bytes": 2.0**30}
"""A thousand files of 1 GB."""


def bill(**fields: Any) -> engine.Bill:
    """Price a bucket of 1 TB in us-east-1."""
    bucket = {"region": "us-east-1", "storage_gb": 1024.0}
    return engine.estimate(S3_TABLES, [S3TablesWorkload(**bucket | fields)])


@pytest.mark.parametrize("example", examples.load("s3_tables"))
def test_example(example: examples.Example) -> None:
    """The figures that AWS or a published report gives come out, in their units."""
    assert examples.found("s3_tables", example) == examples.stated(example)


def test_without_compaction_nothing_is_processed_or_replaced() -> None:
    """Compaction that is off costs nothing; its files are written and stored all the same."""
    compacted, plain = bill(**COMMITS), bill(**COMMITS, compaction="off")
    gone = set(quantities(compacted)) - set(quantities(plain))
    assert gone == {"compacted_objects", "compacted_data"}
    assert plain.capacity.replaced_gb[0] == 0
    assert quantities(plain)["storage"] == 1024


def test_files_compacted_twice_are_processed_twice() -> None:
    """Twice the compactions process twice the objects and the data, and replace twice as much."""
    once, twice = (bill(**COMMITS, compactions_per_file=times) for times in (1.0, 2.0))
    for meter in ("compacted_objects", "compacted_data"):
        assert quantities(twice)[meter] == 2 * quantities(once)[meter]
    assert twice.capacity.replaced_gb[0] == 2 * once.capacity.replaced_gb[0]


def test_replicas_in_the_same_region_transfer_nothing() -> None:
    """Two replicas at home take updates and PUTs for each, and no transfer between Regions."""
    near = quantities(bill(**COMMITS, replicas=2.0))
    assert near["replicated_updates"] == 200
    assert "inter_region_transfer" not in near
    far = quantities(bill(**COMMITS, replicas=2.0, replica_region="eu-west-1"))
    assert far["inter_region_transfer"] == 2 * 1000


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"infrequent_fraction": 0.5}, "tier_shares_left_out"),
        ({"archive_instant_fraction": 0.5}, "tier_shares_left_out"),
        ({"replica_region": "eu-west-1"}, "replica_region_left_out"),
        ({"monthly_commits": 1.0, "compaction": "off"}, "uncompacted_files"),
    ],
)
def test_what_has_no_effect_or_stays_undone_is_told(fields: dict[str, Any], rule: str) -> None:
    """Shares of another class, a Region without replicas and small files left alone are told."""
    assert rule in applying(bill(**fields))
    assert rule not in applying(bill(storage_class="INTELLIGENT_TIERING", monthly_commits=1.0))
    large = {"monthly_commits": 1.0, "compaction": "off", "file_bytes": 2.0**29}
    assert "uncompacted_files" not in applying(bill(**large))
