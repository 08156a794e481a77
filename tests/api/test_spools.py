"""Temporary files: their bytes are bounded all together, and a full disk is said."""

import gc
import tempfile
from collections.abc import Iterator
from typing import Any

import pytest
from litestar.testing import TestClient
from xlsxwriter.exceptions import FileCreateError

from service import problems
from service.formats import spools
from service.problems import ProblemError

Client = TestClient[Any]
POST = "/v1/kinesis/estimates"
HEADER = "name,region,records_per_second,record_bytes\r\n"
ROW = "a,us-east-1,1000,3000\r\n"
MB = 1024**2


@pytest.fixture
def little(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let temporary files have one megabyte; a test gives all of it back."""
    used, in_memory = spools.BUDGET.used, spools.BUDGET.in_memory
    monkeypatch.setattr(spools.BUDGET, "most", used + MB)
    yield
    assert (spools.BUDGET.used, spools.BUDGET.in_memory) == (used, in_memory)


def send(client: Client, rows: int) -> Any:
    """Send a CSV of some rows."""
    return client.post(POST, content=HEADER + ROW * rows, headers={"Content-Type": "text/csv"})


@pytest.mark.usefixtures("little")
def test_an_answer_larger_than_all_room_is_a_413(client: Client) -> None:
    """A CSV whose answer outgrows the budget is refused with the cure, and leaves nothing."""
    response = send(client, 10_000)
    assert (response.status_code, response.json()["type"]) == (413, "/problems/body-too-large")
    assert "split it" in response.json()["detail"]
    assert send(client, 100).status_code == 200


@pytest.mark.usefixtures("little")
def test_who_finds_no_room_beside_others_is_told_to_come_back(client: Client) -> None:
    """What others hold is a 503 with Retry-After, and is free again when they are done."""
    with spools.spool() as other:
        other.write(b"x" * MB)
        response = send(client, 100)
        assert (response.status_code, response.json()["type"]) == (503, "/problems/overloaded")
        assert response.headers["retry-after"]
    assert send(client, 100).status_code == 200


def test_files_share_what_they_keep_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where others fill the memory, a small file goes to the disk and says the same."""
    monkeypatch.setattr(spools, "IN_MEMORY", spools.BUDGET.in_memory + 10)
    with spools.spool() as first, spools.spool() as second:
        before = spools.BUDGET.in_memory
        first.write(b"12345678")
        second.write(b"12345678")
        second.write(b"9")
        assert spools.BUDGET.in_memory == before + 8
        second.seek(0)
        assert second.read() == b"123456789"


def test_a_file_alone_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """To write beyond the budget raises before anything is written."""
    monkeypatch.setattr(spools.BUDGET, "most", spools.BUDGET.used + 4)
    with spools.spool() as file:
        file.write(b"1234")
        with pytest.raises(ProblemError):
            file.write(b"5")
        assert file.tell() == 4


def full(**_: Any) -> Any:
    """Open a file on a disk that is full."""
    return open("/dev/full", "r+b", 0)


def test_a_full_disk_is_a_503(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """A body or an answer that cannot be written is no mistake of ours, and small ones go on."""
    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    assert send(client, 100).status_code == 200
    monkeypatch.setattr(spools, "SPOOLED", 1000)
    response = send(client, 100)
    assert (response.status_code, response.json()["type"]) == (503, "/problems/not-ready")


@pytest.mark.parametrize(
    "address", ["/v1/kinesis/template.xlsx?_=disk", "/v1/kinesis/quotas.xlsx?_=disk"]
)
@pytest.mark.filterwarnings("ignore:Exception ignored in. <function ZipFile")
def test_a_workbook_without_a_place_for_its_parts_is_a_503(
    client: Client, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    """Workbooks go through temporary files, for which there may be no directory."""
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere")
    response = client.get(address)
    gc.collect()  # the library leaves its archive open where it fails
    assert (response.status_code, response.json()["type"]) == (503, "/problems/not-ready")
    monkeypatch.undo()
    assert client.get(address).status_code == 200


def test_a_full_disk_is_found_behind_what_a_library_makes_of_it() -> None:
    """The library that writes workbooks wraps the error; another error of it is a mistake."""
    error = FileCreateError("no room")
    error.__context__ = OSError(28, "No space left on device")
    assert problems.is_without_room(error)
    assert not problems.is_without_room(FileCreateError("other"))


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        SystemError(),
        OSError(12, "no memory"),
        RuntimeError("can't start new thread"),
    ],
)
def test_a_want_of_memory_is_found_behind_what_is_made_of_it(error: Exception) -> None:
    """It is no mistake of the service, whatever a library says of it; other errors are."""
    wrapped = ValueError("a library's word for it")
    wrapped.__cause__ = error
    assert problems.is_without_memory(wrapped)
    assert not problems.is_without_memory(ValueError("other"))
