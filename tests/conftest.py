"""Fixtures that all tests share."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from litestar.testing import TestClient

from service import logs
from service.app import create_app

collect_ignore = ["clients", "toy"]
"""``make test-clients`` runs the clients; ``test_three_places.py`` puts the toy into its places."""

logs.configure("error")
settings.register_profile(
    "push",
    max_examples=int(os.environ.get("EXAMPLES", "25")),
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("push")


OF_THE_SERVICE = {"api", "bench", "contract", "soak"}
"""Folders of tests that ask the service."""


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Return twice as many workers as there are cores, for many tests wait for a server."""
    return 2 * (os.cpu_count() or 1)


def pytest_configure(config: pytest.Config) -> None:
    """Let a worker measure once: pytest-cov 7.1 begins twice there, and pauses the second only."""
    begun = getattr(config.pluginmanager.getplugin("_cov"), "cov_controller", None)
    if begun is not None and hasattr(config, "workerinput"):
        begun.cov.stop()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Measure the coverage of ``pricing`` by its own examples, which come first.

    Measured, laws over random rows would take twice as long, and a line that only they reach has no
    example that shows what it does. Tests of the service would take three times as long, and what
    its threads do would count only where they began while it was measured. What is read once would
    not count if a test that is not measured were the first to read it. Hypothesis says before this
    which tests are its own.
    """
    items.sort(key=_is_not_measured)
    for item in filter(_is_not_measured, items):
        item.add_marker("no_cover")


def _is_not_measured(item: pytest.Item) -> bool:
    asks = "client" in getattr(item, "fixturenames", ())
    of_the_service = asks or bool(OF_THE_SERVICE & set(item.path.parts))
    return of_the_service or item.get_closest_marker("hypothesis") is not None


@pytest.fixture(scope="session")
def client() -> Iterator[TestClient[Any]]:
    """A client of the app, in process."""
    with TestClient(create_app()) as client:
        yield client
