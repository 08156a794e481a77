"""A short soak: what the long one, `make soak`, does for an hour."""

import pytest

from tests.soak import faults
from tests.soak.__main__ import soak


def test_faults_come_and_go_and_no_answer_is_lost_or_crossed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Beside each fault all answers are the engine's; only a killed worker breaks some."""
    sure = [one for one in faults.FAULTS if one is not faults.little_memory]  # may yet be a 500
    monkeypatch.setattr(faults, "FAULTS", sure)
    run = soak(seconds=1)
    assert run.faults() == []
    assert run.failed == []
    assert run.statuses[200] > 100
    assert run.broken <= 20
