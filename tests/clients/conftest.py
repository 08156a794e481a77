"""Fixtures of the clients: the service, origins of pages, LibreOffice. Nothing may be skipped."""

from collections.abc import Generator, Iterator
from typing import Any

import pytest
import requests

from tests.clients import programs
from tests.clients.programs import Office


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, Any, Any]:
    """Make a skipped test fail: a client that is not there proves nothing."""
    report = yield
    if report.skipped:
        report.outcome = "failed"
        report.longrepr = f"skipped, and no client may be: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def pages() -> Iterator[str]:
    """The origin that the service is set to let in."""
    with programs.page_server() as origin:
        yield origin


@pytest.fixture(scope="session")
def stranger() -> Iterator[str]:
    """Another origin, of which the service knows nothing."""
    with programs.page_server() as origin:
        yield origin


@pytest.fixture(scope="session")
def base(pages: str) -> Iterator[str]:
    """The base address of the service, run as it is in production."""
    with programs.service(CORS_ORIGINS=pages) as address:
        yield address


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """LibreOffice, with a new profile."""
    with programs.office(tmp_path_factory.mktemp("office")) as one:
        yield one


@pytest.fixture(scope="session")
def api() -> Iterator[requests.Session]:
    """What asks the service for the true answer: plain JSON over HTTP."""
    with requests.Session() as session:
        yield session
