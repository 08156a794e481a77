"""Clients of openapi-generator in four languages: each compiles strictly, and asks the service."""

import json
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests
from openapi_generator_cli import __file__ as generator

from tests.clients import programs
from tests.clients.programs import BIN, CONTRACT, HERE, quietly, said
from tests.clients.questions import WORKLOADS

SETTINGS = CONTRACT.with_name("generators")
PROGRAMS = HERE / "generated"
ANNOTATIONS = "/usr/share/java/geronimo-annotation-1.3-spec.jar"
JARS = f"{Path(generator).with_name('openapi-generator.jar')}:{ANNOTATIONS}"
"""Of the libraries of the Java client, the generator holds Jackson, Debian the annotations."""
SHORT = {"JAVA_TOOL_OPTIONS": "-XX:+UseSerialGC -XX:TieredStopAtLevel=1"}
"""Java for programs that end soon."""
BETA = (
    "OpenAPI 3.1 support is still in beta. To report an issue related to 3.1 spec, please kindly"
    " open an issue in the Github repo: https://github.com/openAPITools/openapi-generator."
)
NAMELESS = "Failed to get the schema name: null"
"""It looks for the name of a reference before it asks whether an example or a default is one."""
WARNINGS = {
    "python": {
        BETA,
        NAMELESS,
        # It takes the values of flat records as `Any`, and that is what they are.
        "Codegen property is null (e.g. map/dict of undefined type). Default to typing.Any.",
        # It names a model after each parameter; no model of this name is written.
        "Field (reserved word) cannot be used as model name. Renamed to ModelField",
    },
    "typescript": {BETA, NAMELESS},
    # Its documentation has no place for the example of a body.
    "java": {BETA, NAMELESS, "Ignoring complex example on request body"},
    "go": {BETA, NAMELESS},
}
"""All that the generator warns of."""


def warned(language: str, folder: Path) -> set[str]:
    """Generate a client, and return what the generator warned of."""
    command = [BIN / "openapi-generator-cli", "generate", "--input-spec", CONTRACT]
    settings = ["--config", SETTINGS / f"{language}.yml", "--output", "client"]
    told = said(*command, *settings, cwd=folder, **SHORT)
    return {line.partition(" - ")[2] for line in told.splitlines() if " WARN " in line}


def python(folder: Path, base: str) -> str:
    """Import all of the Python client, and ask with it."""
    command = [BIN / "python", "-W", "error", PROGRAMS / "estimate.py", base]
    return quietly(*command, cwd=folder, PYTHONPATH=str(folder / "client"))


def typescript(folder: Path, base: str) -> str:
    """Compile the TypeScript client strictly, and ask with it."""
    for name in ("estimate.mts", "tsconfig.json"):
        shutil.copy(PROGRAMS / name, folder)
    (folder / "package.json").write_text('{"type": "module"}', "utf-8")
    quietly(programs.MODULES / "tsc", "--project", "tsconfig.json", cwd=folder)
    return quietly("node", "estimate.mjs", base, cwd=folder)


def java(folder: Path, base: str) -> str:
    """Compile the Java client with all warnings but those of its templates, and ask with it."""
    lint = "-Xlint:all,-serial,-rawtypes,-deprecation"
    sources = [*folder.glob("client/src/main/**/*.java"), PROGRAMS / "Estimate.java"]
    (folder / "sources").write_text("\n".join(map(str, sources)), "utf-8")
    options = ["-Werror", lint, "-proc:none", "-classpath", JARS, "-d", "classes"]
    quietly("javac", *options, "@sources", cwd=folder, **SHORT)
    return quietly("java", "-classpath", f"classes:{JARS}", "Estimate", base, cwd=folder)


def go(folder: Path, base: str) -> str:
    """Build the Go client with the library that Debian has for it, and ask with it."""
    source = folder / "src"
    shutil.copytree(folder / "client", source / "storecast")
    (source / "estimate").mkdir()
    shutil.copy(PROGRAMS / "estimate.go", source / "estimate")
    offline = {"GO111MODULE": "off", "GOPATH": f"{folder}:/usr/share/gocode"}
    places = {"GOCACHE": str(folder / "cache"), "GOFLAGS": ""}
    plain = "-gcflags=-N -l"  # twice as fast to build
    quietly("go", "build", plain, "estimate", cwd=folder, **offline, **places)
    return quietly("./estimate", base, cwd=folder)


ASKING: dict[str, Callable[[Path, str], str]] = {
    "python": python,
    "typescript": typescript,
    "java": java,
    "go": go,
}
Made = dict[str, Future[tuple[set[str], Any]]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, base: str) -> Iterator[Made]:
    """What generating a client warned of and what its program was told, two at a time."""

    def make(language: str) -> tuple[set[str], Any]:
        folder = tmp_path_factory.mktemp(language)
        warnings = warned(language, folder)
        return warnings, json.loads(ASKING[language](folder, base))

    with ThreadPoolExecutor(2) as workers:
        yield {language: workers.submit(make, language) for language in reversed(ASKING)}


@pytest.mark.parametrize("language", ASKING)
def test_the_generator_warns_of_nothing_else(made: Made, language: str) -> None:
    """Each warning is known, and is of the generator, not of the contract."""
    warnings, _ = made[language].result()
    assert warnings == WARNINGS[language]


@pytest.mark.parametrize("language", ASKING)
def test_a_compiled_client_is_answered(
    made: Made, language: str, base: str, api: requests.Session
) -> None:
    """An estimate, a batch and a portfolio have every digit; a refusal is a problem."""
    rds = {"region": "us-east-1", "instance_class": "db.r6g.xlarge", "storage_gb": 500}
    s3 = {"region": "us-east-1", "storage_gb": 50000.3}
    mixed = {"workloads": [rds | {"service": "rds"}, s3 | {"service": "s3"}]}
    estimate = api.get(f"{base}/v1/s3/estimate?{WORKLOADS['s3']}").json()
    batch = api.post(f"{base}/v1/rds/estimates", json={"workloads": [rds]}).json()
    portfolio = api.post(f"{base}/v1/portfolios/estimate", json=mixed).json()
    _, told = made[language].result()
    assert told == {
        "estimate": estimate["monthly_cost"],
        "batch": [one["monthly_cost"] for one in batch["estimates"]],
        "portfolio": portfolio["monthly_cost"],
        "stored": portfolio["estimates"][1]["capacity"]["stored_gb"],
        "status": 422,
        "parameter": "price_date",
    }
