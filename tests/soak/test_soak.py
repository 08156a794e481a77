"""A short soak: what the long one, `make soak`, does for an hour."""

from tests.soak.__main__ import soak


def test_faults_come_and_go_and_no_answer_is_lost_or_crossed() -> None:
    """Beside each fault all answers are the engine's; only a killed worker breaks some."""
    run = soak(seconds=1)
    assert not run.crossed
    assert set(run.statuses) <= {200, 503}
    assert run.statuses[200] > 100
    assert run.broken <= 20
    assert abs(run.counted - run.statuses[200]) <= run.broken
