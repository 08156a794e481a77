"""Clients that generators make from the contract: made without a warning, they ask the service."""

import importlib
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.clients import programs
from tests.clients.programs import BIN, CONTRACT, quietly
from tests.clients.questions import WORKLOADS

SETTINGS = CONTRACT.with_name("python-client.yml")
RDS = {"region": "us-east-1", "instance_class": "db.r6g.xlarge", "storage_gb": 500}
S3 = {"region": "us-east-1", "storage_gb": 50000.3}
MIXED = {"workloads": [RDS | {"service": "rds"}, S3 | {"service": "s3"}]}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which generators write; Python imports from it, and node finds its modules."""
    folder = tmp_path_factory.mktemp("made")
    (folder / "node_modules").symlink_to(programs.HERE / "node_modules")
    sys.path.insert(0, str(folder))
    return folder


@pytest.fixture(scope="module")
def client(made: Path, base: str) -> Iterator[Any]:
    """A client of openapi-python-client."""
    command = [BIN / "openapi-python-client", "generate", "--path", CONTRACT, "--config", SETTINGS]
    quietly(*command, "--meta", "none", "--output-path", "storecast", "--fail-on-warning", cwd=made)
    with importlib.import_module("storecast").Client(base_url=base) as one:
        yield one


@pytest.fixture(scope="module")
def models(made: Path) -> Any:
    """The models of datamodel-code-generator."""
    command = [BIN / "datamodel-codegen", "--input", CONTRACT, "--input-file-type", "openapi"]
    kind = ["--output-model-type", "pydantic_v2.BaseModel", "--formatters", "builtin"]
    quietly(*command, *kind, "--output", "storecast_models.py", cwd=made)
    return importlib.import_module("storecast_models")


@pytest.fixture(scope="module")
def told(made: Path, base: str) -> Any:
    """What a strict TypeScript program is told, with the types of openapi-typescript."""
    tools = made / "node_modules" / ".bin"
    command = [tools / "openapi-typescript", CONTRACT, "--default-non-nullable", "false"]
    quietly(*command, "--output", "storecast.d.ts", cwd=made)
    for name in ("generated.mts", "tsconfig.json"):
        shutil.copy(programs.HERE / name, made)
    quietly(tools / "tsc", "--project", "tsconfig.json", cwd=made)
    return programs.ran([programs.found("node"), str(made / "generated.mjs"), base], {})


def endpoint(name: str) -> Any:
    """Return an operation of the Python client."""
    return importlib.import_module(f"storecast.api.{name}")


def posted(api: requests.Session, base: str, path: str, body: Any) -> Any:
    """Return the true answer to a body."""
    said = api.post(base + path, json=body)
    assert said.status_code == 200, said.text
    return said.json()


def test_python_estimates(client: Any, base: str, api: requests.Session) -> None:
    """An estimate through the generated client is the service's, and sends no default day."""
    from storecast.models import Region  # type: ignore[import-not-found]

    query = {"storage_gb": 50000.3, "monthly_put_requests": 1e6}
    estimated = endpoint("amazon_s3.estimate_s3").sync(
        client=client, region=Region.US_EAST_1, **query
    )
    true = api.get(f"{base}/v1/s3/estimate?{WORKLOADS['s3']}").json()
    assert estimated.to_dict() == true


def test_python_sends_batches_and_sheets(client: Any, base: str, api: requests.Session) -> None:
    """A batch, a portfolio of two services and a filled-in workbook are answered alike."""
    from storecast import models, types

    workload = models.RDSWorkload.from_dict(RDS)
    assert "price_date" not in workload.to_dict()
    batch = endpoint("amazon_rds.estimate_rds_batch")
    estimates = batch.sync(client=client, body=models.RDSBatch(workloads=[workload])).to_dict()
    true = posted(api, base, "/v1/rds/estimates", {"workloads": [RDS]})
    assert estimates == true
    portfolio = endpoint("portfolios.estimate_portfolio")
    mixed = portfolio.sync(client=client, body=models.PortfolioBatch.from_dict(MIXED)).to_dict()
    assert mixed == posted(api, base, "/v1/portfolios/estimate", MIXED)
    with_example = api.get(f"{base}/v1/rds/template.xlsx").content
    sheet = batch.sync(
        client=client, body=types.File(payload=with_example), format_=models.Format.JSON
    )
    assert len(sheet.estimates) == 1


def test_python_reads_problems(client: Any) -> None:
    """A refusal is a problem with its violations, not an exception."""
    from storecast.models import Problem, Region

    refused = endpoint("amazon_kinesis_data_streams.estimate_kinesis").sync_detailed(
        client=client, region=Region.US_EAST_1, records_per_second=-1, record_bytes=3000
    )
    assert refused.status_code == 400
    assert isinstance(refused.parsed, Problem)
    assert [error.parameter for error in refused.parsed.errors] == ["records_per_second"]


def test_models_hold_answers(models: Any, base: str, api: requests.Session) -> None:
    """Pydantic reads every kind of answer, and writes it back unchanged."""
    for service, kind in (("rds", "RDSEstimate"), ("s3", "S3Estimate")):
        answer = api.get(f"{base}/v1/{service}/estimate?{WORKLOADS[service]}").json()
        read = getattr(models, kind).model_validate(answer)  # leaves out what is not set
        assert read.model_dump(mode="json", exclude_unset=True) == answer


def test_models_tell_services_apart(models: Any, base: str, api: requests.Session) -> None:
    """A portfolio's workloads become those of their services; what is not known is refused."""
    from pydantic import ValidationError

    batch = models.PortfolioBatch.model_validate(MIXED)
    kinds = [type(workload.root).__name__ for workload in batch.workloads]
    assert kinds == ["PortfolioRDSWorkload", "PortfolioS3Workload"]
    sent = batch.model_dump(mode="json", exclude_unset=True)
    answer = posted(api, base, "/v1/portfolios/estimate", sent)
    estimates = models.PortfolioEstimate.model_validate(answer).estimates
    assert [type(one.root).__name__ for one in estimates] == ["RDSEstimate", "S3Estimate"]
    with pytest.raises(ValidationError):
        models.RDSWorkload.model_validate(RDS | {"storage": 500})


def test_typescript_estimates(told: Any, base: str, api: requests.Session) -> None:
    """A program that compiles strictly gets the estimate, the batch and the portfolio."""
    true = api.get(f"{base}/v1/s3/estimate?{WORKLOADS['s3']}").json()
    assert told["estimate"] == true["monthly_cost"]
    batch = posted(api, base, "/v1/rds/estimates", {"workloads": [RDS]})
    assert told["batch"] == batch["estimates"]
    portfolio = posted(api, base, "/v1/portfolios/estimate", MIXED)
    assert told["portfolio"] == portfolio["monthly_cost"]
    assert told["stored"] == [None, portfolio["estimates"][1]["capacity"]["stored_gb"]]


def test_typescript_reads_problems(told: Any) -> None:
    """A refusal has the type of a problem."""
    assert told["problem"]["status"] == 400
    assert [error["parameter"] for error in told["problem"]["errors"]] == ["records_per_second"]
