"""The shared volume of a cluster, against AWS's worked case of Standard and I/O-Optimized."""

import pytest

from pricing.kit import cluster_volume

STANDARD = 2 * 1.038 * 730 + 800 * 0.10
OPTIMIZED = 2 * 1.038 * 1.30 * 730 + 800 * 0.225
IO = 1200 * 0.20


def test_the_cheaper_configuration_of_aws_case() -> None:
    """AWS's case costs 315 dollars more on I/O-Optimized: its I/O is that far from break-even."""
    at = cluster_volume.break_even_io_cost(STANDARD, OPTIMIZED)
    assert float(at - IO) == pytest.approx(315, abs=0.5)


def test_break_even_is_not_below_zero() -> None:
    """Where I/O-Optimized costs no more without any I/O, it is the cheaper one from the start."""
    assert cluster_volume.break_even_io_cost(100, 90) == 0


@pytest.mark.parametrize(("record_bytes", "requests"), [(1024, 1), (4096, 1), (4097, 2)])
def test_a_write_takes_whole_units_of_the_log(record_bytes: int, requests: int) -> None:
    """A log record of up to 4 KB is one write I/O, a longer one takes several."""
    assert float(cluster_volume.write_requests(1, record_bytes, 4096)) == requests


def test_what_the_cache_holds_is_not_read() -> None:
    """Only the pages that the cache does not hold are read I/O."""
    assert float(cluster_volume.read_requests(100, 8192, 8192, 1)) == 0
    assert float(cluster_volume.read_requests(100, 8193, 8192, 0)) == 200
