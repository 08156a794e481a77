"""The questions that the clients ask, and when what a client shows is the same as the answer."""

import math
from datetime import date, datetime, timedelta
from typing import Any

import requests

WORKLOADS = {
    "dynamodb": "region=eu-west-1&reads_per_second=1000&writes_per_second=500&item_bytes=3072"
    "&storage_gb=0.1&hottest_key_fraction=0.125",
    "kinesis": "region=us-east-1&records_per_second=1000&record_bytes=3000",
    "rds": "region=us-east-1&instance_class=db.r6g.xlarge&deployment=multi-az&storage_gb=500"
    "&iops=14000",
    "s3": "region=us-east-1&storage_gb=50000.3&monthly_put_requests=1000000",
}
"""A workload of each service; of kinesis the cost has three decimals, as thousands in de-DE."""
GROWING = (
    f"{WORKLOADS['s3']}&start=2026-01&months=14"
    "&growth=storage_gb:ingest:1000,monthly_put_requests:rate:0.1"
)
COMPARED = f"{WORKLOADS['s3']}&vary=storage_class&sweep=storage_gb:100:100000:8:log"
TABLES = [
    *((service, "estimate", "workloads", WORKLOADS[service]) for service in WORKLOADS),
    *((service, "estimate", "charges", WORKLOADS[service]) for service in WORKLOADS),
    *(("s3", "projection", view, GROWING) for view in ("months", "charges", "milestones", "years")),
    *(("s3", "comparison", view, COMPARED) for view in ("alternatives", "curves", "turns")),
    ("dynamodb", "prices", "prices", "region=us-east-1"),
    *(("kinesis", "quotas", view, "") for view in ("quotas", "rules", "assumptions")),
]
"""Service, route, view and question of every kind of table."""
EPOCH = date(1899, 12, 30)
"""The day that spreadsheets count as 0."""


def name(table: tuple[str, str, str, str]) -> str:
    """Name a table in what the tests report."""
    return "-".join(table[:3])


def asked(base: str, table: tuple[str, str, str, str], suffix: str) -> str:
    """Return the address of a table in a format."""
    service, route, view, question = table
    query = "&".join(filter(None, (question, f"view={view}")))
    return f"{base}/v1/{service}/{route}{suffix}?{query}"


def records(api: requests.Session, base: str, table: tuple[str, str, str, str]) -> Any:
    """Ask for a table as JSON: a root array of flat records."""
    said = api.get(asked(base, table, ".json"))
    assert said.status_code == 200, said.text
    return said.json()


def same(shown: Any, true: Any) -> bool:
    """Return whether a cell shows what the answer says, in the types that a client has for it."""
    if true is None or true == "":
        return missing(shown)
    if isinstance(true, bool):
        return shown in (true, str(true).lower())
    if isinstance(true, int | float):
        return isinstance(shown, int | float) and math.isclose(shown, true, rel_tol=1e-15)
    return bool(text(shown, true) == true)


def missing(shown: Any) -> bool:
    """Return whether a cell shows nothing."""
    return shown is None or shown == "" or (isinstance(shown, float) and math.isnan(shown))


def text(shown: Any, like: str) -> Any:
    """Return a cell that shows a day or a moment as the text that the answer has for it."""
    if isinstance(shown, int | float) and "-" in like:
        shown = datetime.combine(EPOCH, datetime.min.time()) + timedelta(days=shown)
    if isinstance(shown, datetime):
        return shown.strftime("%Y-%m-%dT%H:%M:%SZ" if "T" in like else "%Y-%m-%d")
    return shown


def differences(header: list[Any], rows: Any, true: list[dict[str, Any]]) -> list[str]:
    """Return each cell of a table that is not as in the records; the header and the length too."""
    rows = list(rows)
    found = [] if len(rows) == len(true) else [f"{len(rows)} rows, not {len(true)}"]
    if true and list(true[0]) != header:
        found.append(f"header {header}, not {list(true[0])}")
    return found + [
        f"row {place} {name}: {shown!r}, not {record[name]!r}"
        for place, (row, record) in enumerate(zip(rows, true, strict=False))
        for name, shown in zip(header, row, strict=True)
        if name in record and not same(shown, record[name])
    ]
