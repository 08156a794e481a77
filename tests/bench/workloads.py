"""Workloads for the bench, always the same: drawn from a fixed seed."""

import random
from typing import Any

import msgspec
import numpy as np
from msgspec import inspect

from pricing.catalogue import packaged
from pricing.model import Service, kinds
from pricing.quantities import REGION_CODES
from pricing.rates import WordColumn, day_number

SEED = 20251123
LARGEST = 1e6
"""Numbers are drawn up to here."""


def tables_of_dynamodb(count: int) -> list[dict[str, Any]]:
    """Draw DynamoDB workloads as a planner would write them: some fields, the rest by default."""
    draw = random.Random(SEED)
    return [
        {
            "name": str(number),
            "region": draw.choice(REGION_CODES),
            "capacity_mode": draw.choice(["on-demand", "provisioned"]),
            "reads_per_second": round(draw.uniform(0, 5000), 2),
            "writes_per_second": round(draw.uniform(0, 2000), 2),
            "item_bytes": draw.randint(50, 20_000),
            "storage_gb": draw.randint(0, 5000),
            "gsi_count": draw.randint(0, 3),
        }
        for number in range(count)
    ]


def request_of(count: int) -> bytes:
    """Write the request of a batch of DynamoDB workloads."""
    return msgspec.json.encode({"workloads": tables_of_dynamodb(count)})


def mixed(count: int) -> list[dict[str, Any]]:
    """Draw workloads of four services in turn, for one bill; the same four for ever."""
    draw = random.Random(SEED)
    services = list(MIXED)
    return [
        {
            "service": service,
            "name": f"workload-{number}",
            "group": f"team-{number % 20}",
            "region": draw.choice(REGION_CODES),
            **MIXED[service](draw),
        }
        for number, service in enumerate(services[place % len(services)] for place in range(count))
    ]


def _dynamodb(draw: random.Random) -> dict[str, Any]:
    return {
        "capacity_mode": draw.choice(["on-demand", "provisioned"]),
        "reads_per_second": round(draw.uniform(0, 5000), 2),
        "writes_per_second": round(draw.uniform(0, 2000), 2),
        "item_bytes": draw.randint(50, 20_000),
        "storage_gb": draw.randint(0, 5000),
    }


def _kinesis(draw: random.Random) -> dict[str, Any]:
    return {
        "records_per_second": draw.randint(1, 50_000),
        "record_bytes": draw.randint(50, 20_000),
        "consumers": draw.randint(1, 4),
        "retention_hours": draw.choice([24, 168, 720]),
    }


def _s3(draw: random.Random) -> dict[str, Any]:
    return {
        "storage_class": draw.choice(["STANDARD", "STANDARD_IA", "GLACIER_IR"]),
        "storage_gb": draw.randint(1, 500_000),
        "object_bytes": draw.randint(1000, 10**8),
        "monthly_put_requests": draw.randint(0, 10**7),
        "monthly_get_requests": draw.randint(0, 10**8),
        "monthly_internet_out_gb": draw.randint(0, 1000),
    }


def _rds(draw: random.Random) -> dict[str, Any]:
    return {
        "instance_class": draw.choice(["db.r6g.xlarge", "db.m5.large", "db.t3.medium"]),
        "storage_gb": draw.randint(400, 10_000),
        "deployment": draw.choice(["single-az", "multi-az"]),
        "backup_gb": draw.randint(0, 1000),
    }


MIXED = {"dynamodb": _dynamodb, "kinesis": _kinesis, "s3": _s3, "rds": _rds}


def every_field(service: Service, count: int) -> Any:
    """Draw columns in which every field varies over its bounds, and prices are of two days.

    Of numbers that exclude each other, the last is 0.
    """
    draw = np.random.default_rng(SEED)
    table = packaged().table(service.key)
    days = np.array([day_number(table.first), day_number(table.newest)])

    def column(kind: Any) -> Any:
        match kind:
            case inspect.FloatType():
                low, high = kind.ge or 0.0, min(kind.le, LARGEST)
                drawn = low + (high - low) * draw.random(count) ** 4
                return np.ceil(drawn) if kind.multiple_of == 1 else drawn
            case inspect.BoolType():
                return draw.random(count) < 0.5
            case inspect.DateType():
                return days[draw.integers(0, 2, count)]
            case inspect.LiteralType():
                words = tuple(map(str, kind.values))
                return WordColumn(draw.integers(0, len(words), count), words)
            case _:
                return np.full(count, "", dtype=object)

    drawn = {name: column(kind) for name, kind in kinds(service.workload).items()}
    return service.workload(
        **drawn | {one.fields[-1]: np.zeros(count) for one in service.exclusive}
    )
