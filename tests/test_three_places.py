"""A service is added by its module, its tables and its test; nothing else changes.

A question is added by its module and its texts. The toy service and the toy question in
``tests/toy`` are put into a copy of the tree. There they must pass what every service and every
question passes: laws, routes, formats, sheets, templates, axes, the contract and its fuzzing.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.copies import ROOT, copy_tree, environment_of

TOY = ROOT / "tests" / "toy"
CHOSEN = " or ".join(
    ["toy", *(f"test_{name}" for name in ("layers", "tables", "catalogue", "contract")), "readme"]
)
"""The tests of the toy, and the modules that speak of all services at once."""


def run(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a module of Python in the copied tree."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=tree,
        env=environment_of(tree),
        capture_output=True,
        text=True,
        timeout=600,
    )


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project in which the toy service stands in its three places."""
    tree = tmp_path_factory.mktemp("tree") / "storecast"
    copy_tree(tree, "toy", Path(__file__).name)
    shutil.copytree(TOY, tree, dirs_exist_ok=True)
    for module in ("tests.contract", "docs.generate"):
        wrote = run(tree, "-m", module)
        assert wrote.returncode == 0, wrote.stderr
    return tree


def test_the_toy_stands_in_three_places() -> None:
    """The files are modules, tables, texts and tests, all named after the toy."""
    files = [
        path for path in TOY.rglob("*.*") if path.is_file() and "__pycache__" not in path.parts
    ]
    folders = {path.parent.relative_to(TOY).as_posix() for path in files}
    of_question = {"pricing/questions"}
    assert folders == {"pricing/services", "pricing/tables", "tests/services", *of_question}


def test_the_contract_has_the_toy(tree: Path) -> None:
    """It has the same operations as another service, and its workload is a portfolio's member."""
    contract = json.loads((tree / "openapi" / "openapi.json").read_text("utf-8"))
    of = {
        key: {path.partition(f"/{key}/")[2] for path in contract["paths"] if f"/{key}/" in path}
        for key in ("toy", "kinesis")
    }
    assert of["toy"] == of["kinesis"]
    assert "PortfolioToyWorkload" in contract["components"]["schemas"]
    asked = {path for path in contract["paths"] if path.startswith("/v1/questions/toy_or_s3")}
    assert asked == {"/v1/questions/toy_or_s3", "/v1/questions/toy_or_s3/template"}


def test_what_every_service_passes_the_toy_passes(tree: Path) -> None:
    """The suite's own tests of the toy, and those of all services at once, pass with it."""
    ran = run(tree, "-m", "pytest", "-v", "-n", "0", "-p", "no:cacheprovider", "-k", CHOSEN)
    assert ran.returncode == 0, ran.stdout[-5000:]
    assert "test_toy.py" in ran.stdout
