"""What a fresh machine gets: pinned dependencies, a linted Dockerfile, install steps that work."""

import json
import os
import re
import socket
import subprocess
import sys
import time
import tomllib
import urllib.request
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from service.formats.media import FORMATS
from tests import audit, hashes
from tests.server import READ_ONLY, serving, wait_until

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
CLIENTS = ROOT / "tests" / "clients"
PINS = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
CLIENT_PINS = (CLIENTS / "constraints.txt").read_text("utf-8").splitlines()
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")

WORKLOAD = {
    "region": "us-east-1",
    "messages_per_second": 100,
    "message_bytes": 1000,
    "name": "a" * 40,
}
JSON = {"Content-Type": FORMATS["json"]}
XLSX = {"Content-Type": FORMATS["xlsx"]}


def test_every_dependency_is_pinned_by_version_only() -> None:
    """Each line is name==version; each dependency of the project is among them."""
    pins = [*PINS, *CLIENT_PINS]
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]+==[A-Za-z0-9_.+-]+", line) for line in pins)
    pinned = {line.partition("==")[0].lower().replace("_", "-") for line in PINS}
    needed = {*PROJECT["dependencies"], *chain(*PROJECT["optional-dependencies"].values())}
    assert needed <= pinned


def test_the_modules_of_node_are_pinned_without_an_address() -> None:
    """Each dependency has one version, each module of the lock a checksum, none an address."""
    lock = (CLIENTS / "package-lock.json").read_text("utf-8")
    wanted = json.loads((CLIENTS / "package.json").read_text("utf-8"))["dependencies"]
    modules = {name: one for name, one in json.loads(lock)["packages"].items() if name}
    assert "://" not in lock
    assert all(modules[f"node_modules/{name}"]["version"] == wanted[name] for name in wanted)
    assert all(one["integrity"].startswith("sha512-") for one in modules.values())


def test_the_build_itself_is_pinned() -> None:
    """What builds the package is pinned too; constraints do not reach an isolated build."""
    required = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["build-system"]
    assert all("==" in requirement for requirement in required["requires"])


def test_the_dockerfile_is_clean() -> None:
    """Hadolint finds nothing to mend."""
    hadolint = Path(sys.executable).with_name("hadolint")
    found = subprocess.run([hadolint, ROOT / "Dockerfile"], capture_output=True, text=True)
    assert (found.returncode, found.stdout) == (0, "")


def test_the_image_is_slim_unprivileged_and_watched() -> None:
    """Two stages, a user of its own, a health check, and the pinned set."""
    assert "ARG BASE=python:3.11-slim\n" in DOCKERFILE
    assert re.findall("^FROM (.+)$", DOCKERFILE, re.MULTILINE) == ["${BASE} AS build", "${BASE}"]
    assert re.search(r"^USER \d+$", DOCKERFILE, re.MULTILINE)
    assert "HEALTHCHECK" in DOCKERFILE
    assert "-c constraints.txt" in DOCKERFILE


def test_the_documented_container_is_read_only() -> None:
    """The line to run it mounts nothing to write to but a tmpfs, and drops every right.

    What a worker, its process for large work and one of the largest workbooks write has room there.
    """
    page = joined((ROOT / "docs" / "operations.md").read_text("utf-8"))
    (line,) = re.findall(r"^\$ docker run (.*) storecast$", page, re.MULTILINE)
    options = {" ".join(option.split()) for option in re.split(r"\s(?=-)", line)}
    assert {"--read-only", "--cap-drop ALL"} <= options
    (room,) = re.findall(r"--tmpfs /tmp:size=(\d+)m ", line)
    (spooled,) = re.findall(r"-e MAX_SPOOLED_MB=(\d+) ", line)
    (workbook,) = re.findall(r"\| (\d+) MiB for 5,000,000 cells", page)
    assert 2 * int(spooled) + int(workbook) <= int(room)


def test_a_service_that_may_write_to_a_tmpfs_only_does_all_it_does(tmp_path: Path) -> None:
    """With all else read-only and no rights, workers count together, and large bodies are read."""
    workloads = json.dumps({"workloads": [WORKLOAD] * 80_000}).encode()
    with serving(within=READ_ONLY, WORKERS=2, TMPDIR=tmp_path) as server:
        sent = urllib.request.Request(f"{server.base}/v1/sqs/estimates.csv", workloads, JSON)
        with urllib.request.urlopen(sent, timeout=120) as answer:
            rows = answer.read().count(b"\n")
        with urllib.request.urlopen(f"{server.base}/v1/sqs/template.xlsx") as template:
            sheet = urllib.request.Request(f"{server.base}/v1/sqs/estimates", template.read(), XLSX)
        assert urllib.request.urlopen(sheet, timeout=60).status == 200
        wait_until(lambda: "storecast_workloads_total 80001.0" in server.measured())
        assert not [line for line in server.log() if line["level"] != "info"]
    assert rows == 80_001
    assert len(workloads) > 8 * 1024**2
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("found", "status", "words"),
    [
        ([{"name": "a", "skip_reason": "none"}], 2, "No vulnerability data is reachable"),
        ([{"name": "a", "version": "1", "vulns": []}], 0, "1 of 1 packages are judged."),
        ([{"name": "a", "skip_reason": ""}, {"name": "b", "vulns": []}], 1, "not judged, for"),
        (
            [{"name": "a", "version": "1", "vulns": [{"id": "X-1", "fix_versions": ["2"]}]}],
            1,
            "a 1: X-1, mended in ['2']",
        ),
    ],
)
def test_an_audit_without_data_is_no_clean_one(
    found: list[dict[str, Any]], status: int, words: str
) -> None:
    """What could not be judged is said, and fails, as a known vulnerability does."""
    assert audit.judged(found)[0] == status
    assert words in audit.judged(found)[1]


def test_what_is_installed_can_be_pinned_by_its_bytes() -> None:
    """Each package that comes as a file has a line with its checksum; the project's folder none."""
    told = [
        {
            "metadata": {"name": "b", "version": "2"},
            "download_info": {"archive_info": {"hashes": {"sha256": "f0"}}},
        },
        {
            "metadata": {"name": "A", "version": "1"},
            "download_info": {"archive_info": {"hashes": {"sha256": "0f"}}},
        },
        {"metadata": {"name": "storecast", "version": "0"}, "download_info": {"dir_info": {}}},
    ]
    assert hashes.listed(told) == "A==1 --hash=sha256:0f\nb==2 --hash=sha256:f0\n"


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The install steps of the Dockerfile, run in a clean folder and virtual environment."""
    source = tmp_path_factory.mktemp("image")
    sent = set((ROOT / ".dockerignore").read_text("utf-8").splitlines())
    for names in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE):
        *sources, target = names.split()
        for name in sources:
            assert f"!{name.rstrip('*')}" in sent, f"{name} is not sent to the build"
            place = target if len(sources) == 1 else "."
            for found in ROOT.glob(name):
                subprocess.run(["cp", "-r", found, source / place], check=True)
    (steps,) = re.findall(r"^RUN (python -m venv.*?)$(?<!\\)", joined(DOCKERFILE), re.MULTILINE)
    home = source / "opt"
    subprocess.run(
        ["sh", "-ec", steps.replace("/opt/storecast", str(home))], check=True, cwd=source
    )
    return home


def joined(text: str) -> str:
    """Join lines that go on with a backslash."""
    return text.replace("\\\n", " ")


def test_the_install_steps_give_a_service_that_is_ready(image: Path, tmp_path: Path) -> None:
    """From the image's environment alone, with no source beside it, the service answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    environment = {"PATH": os.environ["PATH"], "PORT": port}
    command = [image / "bin" / "python", "-m", "service"]
    with subprocess.Popen(
        command, env=environment, cwd=tmp_path, stdout=subprocess.PIPE, text=True
    ) as server:
        try:
            assert server.stdout
            said = list(iter(server.stdout.readline, f"Docs: http://127.0.0.1:{port}/docs\n"))
            assert any(f"http://127.0.0.1:{port}/v1/dynamodb/estimate?" in line for line in said)
            assert ready(f"http://127.0.0.1:{port}/readyz")
        finally:
            server.terminate()
            assert server.wait(10) in (0, -15)


def ready(address: str) -> bool:
    """Ask until the server answers, for ten seconds."""
    for _ in range(100):
        try:
            with urllib.request.urlopen(address, timeout=1) as response:
                return bool(response.status == 200)
        except OSError:
            time.sleep(0.1)
    return False


def test_make_says_what_it_does_while_it_installs() -> None:
    """Before pip works in silence, a line tells what is installed and how long it takes."""
    ran = subprocess.run(
        ["make", "--dry-run", "--always-make", "serve"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    lines = ran.stdout.splitlines()
    said = next(place for place, line in enumerate(lines) if "about a minute" in line)
    assert said < next(place for place, line in enumerate(lines) if "pip install" in line)
