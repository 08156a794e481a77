"""A service is added by its module, its tables and its test; nothing else changes.

The toy service in ``tests/toy`` is put into a copy of the tree. There it must pass what every
service passes: laws, routes, formats, sheets, templates, axes, the contract and its fuzzing.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TOY = ROOT / "tests" / "toy"
CHOSEN = "toy or test_layers or test_tables or test_catalogue or test_contract"
"""The tests of the toy, and the modules that speak of all services at once."""


def run(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a module of Python in the copied tree."""
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=tree,
        env=environment | {"PYTHONPATH": str(tree)},
        capture_output=True,
        text=True,
        timeout=300,
    )


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project in which the toy service stands in its three places."""
    tree = tmp_path_factory.mktemp("tree") / "storecast"
    ignored = shutil.ignore_patterns(
        ".*", "__pycache__", "node_modules", "toy", Path(__file__).name
    )
    shutil.copytree(ROOT, tree, ignore=ignored)
    shutil.copytree(TOY, tree, dirs_exist_ok=True)
    contract = ["--app", "service.app:create_app", "schema", "openapi"]
    wrote = run(tree, "-m", "litestar", *contract, "--output", "openapi/openapi.json")
    assert wrote.returncode == 0, wrote.stderr
    return tree


def test_the_toy_stands_in_three_places() -> None:
    """Its files are a module, tables and tests, all named after it."""
    folders = {path.parent.relative_to(TOY).as_posix() for path in TOY.rglob("*.*")}
    assert folders == {"pricing/services", "pricing/tables", "tests/services"}


def test_the_contract_has_the_toy(tree: Path) -> None:
    """It has the same operations as another service, and its workload is a portfolio's member."""
    contract = json.loads((tree / "openapi" / "openapi.json").read_text("utf-8"))
    of = {
        key: {path.partition(f"/{key}/")[2] for path in contract["paths"] if f"/{key}/" in path}
        for key in ("toy", "kinesis")
    }
    assert of["toy"] == of["kinesis"]
    assert "PortfolioToyWorkload" in contract["components"]["schemas"]


def test_what_every_service_passes_the_toy_passes(tree: Path) -> None:
    """The suite's own tests of the toy, and those of all services at once, pass with it."""
    ran = run(tree, "-m", "pytest", "-v", "-n", "0", "-p", "no:cacheprovider", "-k", CHOSEN)
    assert ran.returncode == 0, ran.stdout[-5000:]
    assert "test_toy.py" in ran.stdout
