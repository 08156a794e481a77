"""Price lists of AWS, imported into a copy of the tables.

Each oddity of real lists has a file that is written for it here. The columns, words and shapes are
those of AWS's files of 2020 to 2026.
"""

import csv
import gzip
import json
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pricing import changes, tables
from pricing.errors import TableError
from pricing.model import registry
from pricing.quantities import REGION_CODES
from tests import offer_files
from tests.offer_files import metadata
from upkeep import command, files, importing, mapping
from upkeep.errors import OfferError

RULES = mapping.rules()
TABLES = [*registry(), "cloudwatch", "transfer"]
COLUMNS = [
    *("SKU", "OfferTermCode", "RateCode", "TermType", "StartingRange", "EndingRange", "Unit"),
    *("PricePerUnit", "Currency", "serviceCode", "Location", "usageType", "operation"),
    *("Region Code",),
]
Run = Callable[..., Any]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the packaged tables."""
    return Path(shutil.copytree(command.PACKAGED, tmp_path / "tables"))


@pytest.fixture
def run(folder: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Import files into the copy, and return the exit code and what was printed."""

    def imported(*arguments: Any) -> tuple[int, str]:
        code = command.main(["import", "--tables", str(folder), *map(str, arguments)])
        printed = capsys.readouterr()
        return code, printed.out + printed.err

    return imported


def a_list(path: Path, offer: str, rows: list[list[str]], columns: Any = COLUMNS) -> Path:
    """Write a CSV of AWS with these rows."""
    lines = metadata(offer, "2026-11-01T10:00:00Z", "20261101100000")
    with path.open("w", newline="") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows([*lines, columns, *rows])
    return path


def row(usage: str, price: str, operation: str = "", **other: str) -> list[str]:
    """Return a row in the columns above, of an S3 product in us-east-1 by default."""
    said = {"SKU": usage, "start": "0", "end": "Inf", "unit": "GB-Mo", "currency": "USD"}
    said |= {
        "offer": "AmazonS3",
        "location": "US East (N. Virginia)",
        "region": "us-east-1",
    } | other
    return [
        *(said["SKU"], "JRTCKXETXF", f"{said['SKU']}.JRTCKXETXF.1", "OnDemand"),
        *(said["start"], said["end"], said["unit"], price, said["currency"], said["offer"]),
        *(said["location"], usage, operation, said["region"]),
    ]


def price(folder: Path, service: str, meter: str, region: str = "us-east-1") -> list[str]:
    """Return the newest prices of a meter, tier by tier."""
    rows = changes.by_meter(tables.own(service, folder).rows)[meter]
    place = REGION_CODES.index(region)
    return list(changes.tiers(changes.in_force(rows), place).values())


def bytes_of(folder: Path) -> dict[str, bytes]:
    """Return all files of the tables."""
    return {file.name: file.read_bytes() for file in folder.iterdir()}


@cache
def meters_of(service: str) -> tuple[str, ...]:
    """Return the meters of a table that have prices, with their variants."""
    return tuple(changes.by_meter(tables.own(service).rows))


@pytest.mark.parametrize("service", TABLES)
@settings(
    max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(data=st.data())
def test_our_tables_come_back_from_lists_in_aws_format(
    tmp_path: Path, service: str, data: st.DataObject
) -> None:
    """What is written as AWS writes it, in any format, imports as the same prices, all of them."""
    meters = data.draw(st.sets(st.sampled_from(meters_of(service)), min_size=1, max_size=6))
    regions = data.draw(st.sets(st.sampled_from(REGION_CODES), min_size=1, max_size=4))
    kind = data.draw(st.sampled_from(["csv", "csv.gz", "json", "json.gz"]))
    every = list(offer_files.products(tables.own(service), RULES, sorted(meters), sorted(regions)))
    for offer in {product.written.rule.offer for product in every}:
        own = [product for product in every if product.written.rule.offer == offer]
        said = read(offer_files.written(tmp_path, offer, own, kind), service)
        assert said.rows == sum(len(list(offer_files.rows(product))) for product in own)
        assert not said.left_out
        for cell, tiers in said.prices.items():
            plans = tables.read_plans(tables.own(service)).rows if cell.plan else ()
            known = changes.by_meter(plans or tables.own(service).rows)[cell.place.meter]
            ours = changes.tiers(changes.in_force(known), REGION_CODES.index(cell.region))
            assert {float(start): float(text) for start, text in tiers} == {
                float(start): float(text) for start, text in ours.items()
            }
        assert not importing.outcome([said], command.PACKAGED, RULES).changes


def read(file: Path, *services: str) -> importing.Found:
    """Read a price list against the packaged tables."""
    with files.opened(file, RULES.asked, lambda position: None) as offer:
        return importing.found(offer, RULES, frozenset(services), command.PACKAGED)


@pytest.mark.parametrize("service", TABLES)
def test_every_meter_has_a_rule(service: str) -> None:
    """AWS's product of each meter, its variants and its reservations is named by a rule."""
    table = tables.own(service)
    plans = tables.read_plans(table).rows if table.plans else ()
    reserved = {
        f"{one.meter.partition('/')[0].removesuffix('_upfront')}/{one.variant}".rsplit("/", 2)[0]
        for one in plans
    }
    for meter in {*meters_of(service), *reserved}:
        assert list(RULES.written(mapping.Place(service, meter))), meter


@pytest.mark.parametrize("service", TABLES)
def test_rules_and_bills_call_a_meter_the_same(service: str) -> None:
    """Where the tables name the usage type of a bill, a rule names it too."""
    described = tables.own(service).description
    for meter in meters_of(service):
        family, _, variant = meter.partition("/")
        if known := described.meters[family].usage_type(variant):
            written = RULES.written(mapping.Place(service, meter))
            assert known.removeprefix("USE1-") in {one.usage_type for one in written}


# ---- oddities of real lists


def test_columns_go_by_name_and_metadata_is_passed_over(run: Run, folder: Path) -> None:
    """A list with columns of other services, in another order, changes exactly its price."""
    columns = ["RelatedTo", *reversed(COLUMNS), "Volume Type"]
    rows = [["", *reversed(row("TimedStorage-SIA-ByteHrs", "0.0130000000")), "Standard - IA"]]
    code, said = run(a_list(folder.parent / "s3.csv", "AmazonS3", rows, columns))
    assert (code, price(folder, "s3", "storage/STANDARD_IA")) == (0, ["0.013"])
    assert "0.0125  0.013  +4.00" in said
    newest = changes.by_meter(tables.own("s3", folder).rows)["storage/STANDARD_IA"][-1]
    assert (str(newest.effective_from), newest.source) == (
        "2026-11-01",
        "list-AmazonS3-2026-11-01",
    )
    assert newest.source in tables.load("s3", folder).description.sources
    assert price(folder, "s3", "storage/STANDARD_IA", "eu-west-1") == ["0.0125"]


def test_tiers_end_at_inf_and_follow_each_other(run: Run, folder: Path) -> None:
    """Tiers come in any order of rows; a gap between them is refused with the tables untouched."""
    tiers = [
        row("TimedStorage-ByteHrs", "0.0200000000", start="512000"),
        row("TimedStorage-ByteHrs", "0.0240000000", start="0", end="51200"),
        row("TimedStorage-ByteHrs", "0.0210000000", start="51200", end="512000"),
    ]
    assert run(a_list(folder.parent / "s3.csv", "AmazonS3", tiers))[0] == 0
    assert price(folder, "s3", "storage/STANDARD") == ["0.024", "0.021", "0.02"]
    before = bytes_of(folder)
    code, said = run(a_list(folder.parent / "s3.csv", "AmazonS3", tiers[:2]))
    assert (code, bytes_of(folder)) == (command.REFUSED, before)
    assert "the tiers of TimedStorage-ByteHrs are 0 to 51200, 512000 to Inf" in said


def test_a_free_first_tier_is_the_allowance(run: Run, folder: Path) -> None:
    """25 GB free of DynamoDB are the tables' allowance, not a price of 0."""
    own = {"offer": "AmazonDynamoDB", "unit": "GB-Mo"}
    rows = [
        row("TimedStorage-ByteHrs", "0.0000000000", start="0", end="25", **own),
        row("TimedStorage-ByteHrs", "0.2600000000", start="25", end="Inf", **own),
    ]
    assert run(a_list(folder.parent / "ddb.csv", "AmazonDynamoDB", rows))[0] == 0
    assert price(folder, "dynamodb", "storage/STANDARD") == ["0.26"]


def test_what_is_sold_anywhere_or_elsewhere_is_listed(run: Run, folder: Path) -> None:
    """The free requests of SQS at location Any, Local Zones and China are told, never dropped."""
    own = {"offer": "AWSQueueService", "unit": "Requests"}
    rows = [
        row("Global-Requests", "0.0000000000", location="Any", region="", end="1000000", **own),
        row(
            "CNN1-Requests-Tier1",
            "0.0000004",
            location="China (Beijing)",
            region="cn-north-1",
            **own,
        ),
        row(
            "EUSC-Requests-Tier1",
            "0.0000004",
            location="EU Sovereign",
            region="eusc-de-east-1",
            **own,
        ),
    ]
    code, said = run("--check", a_list(folder.parent / "sqs.csv", "AWSQueueService", rows))
    assert code == 0
    assert "left out: 3 rows of 3 kinds" in said
    for where in ("Any", "cn-north-1", "eusc-de-east-1"):
        assert f"{where} is not in the tables" in said


def test_usage_types_that_end_alike_are_apart(run: Run, folder: Path) -> None:
    """Prefixed types of us-east-1 (files, tables, vectors, annotations) are no S3 Standard."""
    names = ("USE1-Files-", "USE1-Tables-", "Vectors-", "Annotation-")
    rows = [row(f"{name}TimedStorage-ByteHrs", "0.9") for name in names]
    before = bytes_of(folder)
    code, said = run(a_list(folder.parent / "s3.csv", "AmazonS3", rows))
    after = bytes_of(folder)
    assert code == 0
    changed = {name for name in after if after[name] != before[name]}
    own = ("s3_tables", "s3_vectors")
    assert changed == {f"{name}.{kind}" for name in own for kind in ("csv", "toml")}
    assert said.count("no rule is of it") == len(names) - len(own)


def test_usage_types_of_sqs_differ_by_region(run: Run, folder: Path) -> None:
    """Requests-RBP is the standard queue of us-east-1, Requests-Tier1 that of other Regions."""
    own = {"offer": "AWSQueueService", "unit": "Requests"}
    there = {**own, "region": "eu-west-1", "location": "EU (Ireland)"}
    rows = [
        row("Requests-RBP", "0.0000005000", **own),
        row("EU-Requests-Tier1", "0.0000006000", **there),
        row("Requests-Tier1", "0.0000007000", **own),
    ]
    code, said = run(a_list(folder.parent / "sqs.csv", "AWSQueueService", rows))
    assert (code, said.count("no rule is of it")) == (0, 1)
    assert price(folder, "sqs", "standard_requests") == ["0.0000005"]
    assert price(folder, "sqs", "standard_requests", "eu-west-1") == ["0.0000006"]


def test_the_operation_parts_one_usage_type(run: Run, folder: Path) -> None:
    """Requests-Tier3 of S3 is a transition to one class or the other, by its operation."""
    own = {"unit": "Requests"}
    rows = [
        row("Requests-Tier3", "0.00004", "S3-GlacierTransition", SKU="A", **own),
        row("Requests-Tier3", "0.00007", "S3-GDATransition", SKU="B", **own),
    ]
    assert run(a_list(folder.parent / "s3.csv", "AmazonS3", rows))[0] == 0
    assert price(folder, "s3", "lifecycle_transitions/GLACIER") == ["0.00004"]
    assert price(folder, "s3", "lifecycle_transitions/DEEP_ARCHIVE") == ["0.00007"]


def test_products_that_contradict_each_other_are_left_out(run: Run, folder: Path) -> None:
    """Two products of one price that differ change nothing, and both are named."""
    rows = [row("TimedStorage-SIA-ByteHrs", text, SKU=text[-1]) for text in ("0.03", "0.04")]
    before = bytes_of(folder)
    code, said = run(a_list(folder.parent / "s3.csv", "AmazonS3", rows))
    assert (code, bytes_of(folder)) == (0, before)
    assert "3 and 4 have different prices in us-east-1" in said


@pytest.mark.parametrize(("text", "unit"), [("0.0125", "TB-Mo"), ("0.5", "Quantity")])
def test_a_unit_of_another_name_is_not_taken(run: Run, folder: Path, text: str, unit: str) -> None:
    """A price per another unit, also that of fees of reservations, is listed with the known one."""
    rows = [row("TimedStorage-SIA-ByteHrs", text, unit=unit)]
    before = bytes_of(folder)
    code, said = run(a_list(folder.parent / "s3.csv", "AmazonS3", rows))
    assert (code, bytes_of(folder)) == (0, before)
    assert f"its unit is {unit!r}, but s3.storage/STANDARD_IA is in GB-Mo" in said


@pytest.mark.parametrize("currency", ["CNY", "EUR"])
@pytest.mark.parametrize("kind", ["csv", "json"])
def test_other_currencies_are_refused(run: Run, folder: Path, currency: str, kind: str) -> None:
    """China's and the Sovereign Cloud's lists are refused by name, with the tables untouched."""
    file, before = folder.parent / f"list.{kind}", bytes_of(folder)
    own = list(offer_files.products(tables.own("kinesis"), RULES, regions=["us-east-1"]))
    if kind == "csv":
        file.write_text(offer_files.as_csv("AmazonKinesis", own, currency=currency))
    else:
        file.write_text(json.dumps(offer_files.as_json("AmazonKinesis", own, currency=currency)))
    code, said = run(file)
    assert (code, bytes_of(folder)) == (command.REFUSED, before)
    assert f"prices in {currency}; the tables are in USD; nothing was written" in said


NODE = {
    "sku": "NODE",
    "attributes": {
        "servicecode": "AmazonElastiCache",
        "location": "US East (N. Virginia)",
        "usagetype": "NodeUsage:cache.c7gn.large",
        "operation": "CreateCacheCluster:Valkey",
        "regionCode": "us-east-1",
    },
}


def a_term(hourly: str, fee: str = "", payment: str = "") -> dict[str, Any]:
    """Return a term of JSON, with a fee that has no range where there is one."""
    hours = {"unit": "Hrs", "beginRange": "0", "endRange": "Inf", "pricePerUnit": {"USD": hourly}}
    made: dict[str, Any] = {"priceDimensions": {"X.H": hours}, "termAttributes": {}}
    if fee:
        made["priceDimensions"]["X.F"] = {"unit": "Quantity", "pricePerUnit": {"USD": fee}}
    if payment:
        made["termAttributes"] = {"LeaseContractLength": "1yr", "PurchaseOption": payment}
    return made


def elasticache(**terms: Any) -> str:
    """Return a list of ElastiCache in JSON; a product and its terms."""
    return json.dumps(
        {
            "formatVersion": "v1.0",
            "offerCode": "AmazonElastiCache",
            "version": "20261101",
            "publicationDate": "2026-11-01T00:00:00Z",
            "products": {"NODE": NODE},
            "terms": {"OnDemand": terms},
        }
    )


def test_reservations_are_known_by_their_length(run: Run, folder: Path) -> None:
    """Reserved terms under OnDemand, fees in Quantity without a range, and All Upfront at 0."""
    file = folder.parent / "list.json"
    file.write_text(
        elasticache(
            NODE={
                "a": a_term("0.0000000000", "1200.5", "All Upfront"),
                "b": a_term("0.0700000000", "600", "Partial Upfront"),
            },
            LOST={"c": a_term("1.0000000000")},
        )
    )
    code, said = run(file)
    assert code == 0
    assert "LOST is no product of the file" in said
    rows = changes.by_meter(tables.read_plans(tables.own("elasticache", folder)).rows)
    place = REGION_CODES.index("us-east-1")
    for meter, expected in {
        "node_hours_upfront/valkey/cache.c7gn.large/1yr/all-upfront": "1200.5",
        "node_hours/valkey/cache.c7gn.large/1yr/all-upfront": "0",
        "node_hours_upfront/valkey/cache.c7gn.large/1yr/partial-upfront": "600",
        "node_hours/valkey/cache.c7gn.large/1yr/partial-upfront": "0.07",
    }.items():
        assert float(changes.in_force(rows[meter])[0].prices[place]) == float(expected)


def test_sizes_are_read_in_short(run: Run, folder: Path) -> None:
    """RDS's usage types say 2xl for 2xlarge, and the operation names the engine."""
    own = {"offer": "AmazonRDS", "unit": "Hrs"}
    rows = [row("InstanceUsage:db.r6g.2xl", "0.9", "CreateDBInstance:0014", **own)]
    assert run(a_list(folder.parent / "rds.csv", "AmazonRDS", rows))[0] == 0
    meter = "instance_hours/postgres/no-license-required/single-az/db.r6g.2xlarge"
    assert price(folder, "rds", meter) == ["0.9"]


def test_a_class_without_specification_is_listed(run: Run, folder: Path) -> None:
    """A new class is named, not written: its specification has to come first."""
    own = {"offer": "AmazonRDS", "unit": "Hrs"}
    rows = [row("InstanceUsage:db.r99.2xl", "0.9", "CreateDBInstance:0014", **own)]
    before = bytes_of(folder)
    code, said = run(a_list(folder.parent / "rds.csv", "AmazonRDS", rows))
    assert (code, bytes_of(folder)) == (0, before)
    assert "the tables do not have 'db.r99.2xlarge'" in said


def test_a_known_class_may_be_new_to_an_engine(run: Run, folder: Path) -> None:
    """A price of a class that has a specification is a new meter, which stands by its family."""
    known = {one.meter for one in tables.own("elasticache", folder).rows}
    node = next(
        one.name
        for one in tables.own("elasticache", folder).classes
        if f"node_hours/memcached/{one.name}" not in known
    )
    own = {"offer": "AmazonElastiCache", "unit": "Hrs"}
    rows = [row(f"NodeUsage:{node}", "0.5", "CreateCacheCluster:Memcached", **own)]
    code, said = run(a_list(folder.parent / "list.csv", "AmazonElastiCache", rows))
    assert (code, "0 changed, 1 new" in said) == (0, True)
    assert price(folder, "elasticache", f"node_hours/memcached/{node}") == ["0.5"]


PLANS = [
    *("SKU", "RateCode", "Unit", "EffectiveDate", "DiscountedRate", "Currency", "DiscountedSKU"),
    *("DiscountedServiceCode", "DiscountedUsageType", "DiscountedOperation", "PurchaseOption"),
    *("LeaseContractLength", "LeaseContractLengthUnit", "DiscountedRegionCode"),
]


def test_rates_of_savings_plans_are_compared(run: Run, folder: Path) -> None:
    """An unquoted list of rates is held against the shares of the tables; nothing is written."""
    lines = metadata("AWSDatabaseSavingsPlans", "2026-11-01T00:00:00Z", "1")
    place = ("No Upfront", "1", "year", "us-east-1")
    throughput = ("AmazonDynamoDB", "ReadRequestUnits", "PayPerRequestThroughput")
    rates = [
        ("P", "P.1", "ReadRequestUnits", "2026-11-01", "0.0000001025", "USD", "A", *throughput),
        ("P", "P.2", "Hrs", "2026-11-01", "1.824", "USD", "B", "AmazonRDS"),
    ]
    short = ("InstanceUsage:db.r7g.12xl", "CreateDBInstance:0002")
    rows = [lines, [PLANS], [(*rates[0], *place)], [(*rates[1], *short, *place)]]
    file, before = folder.parent / "plans.csv", bytes_of(folder)
    file.write_text("".join(f"{','.join(line)}\n" for part in rows for line in part))
    code, said = run("--check", "--threshold", "5", file)
    assert (code, bytes_of(folder)) == (command.CHANGED, before)
    assert "savings plans charge other rates than the tables derive" in said
    assert "instance_hours/mysql/no-license-required/single-az/db.r7g.12xlarge" in said
    assert "read_request_units" not in said


A_RATE = {
    "rateCode": "P.1",
    "unit": "ReadRequestUnits",
    "discountedSku": "A",
    "discountedServiceCode": "AmazonDynamoDB",
    "discountedUsageType": "ReadRequestUnits",
    "discountedOperation": "PayPerRequestThroughput",
    "discountedRegionCode": "us-east-1",
    "discountedRate": {"price": "0.0000001100", "currency": "USD"},
}


def savings_plans(**other: Any) -> str:
    """Return a list of savings plans in JSON; one plan of one rate."""
    length = {"duration": 1, "unit": "year"}
    return json.dumps(
        {
            "version": "1",
            "publicationDate": "2026-11-01T00:00:00Z",
            "products": [{"sku": "P"}],
            "terms": {"savingsPlan": [{"leaseContractLength": length, "rates": [A_RATE]} | other]},
        }
    )


def test_savings_plans_in_json_say_the_same(run: Run, folder: Path) -> None:
    """The list form of JSON has rates in a list, each with what it discounts."""
    file = folder.parent / "plans.json"
    file.write_text(savings_plans())
    code, said = run("--check", file)
    assert (code, "read_request_units/STANDARD" in said) == (command.CHANGED, True)


# ---- what is refused, and what is written


BROKEN = [
    ("text", "hello", "is no price list: it begins with"),
    ("empty", "", "is no price list"),
    ("no header", '"FormatVersion","v1.0"\n' * 40, "no line of its first 20 is a header"),
    ("only metadata", '"FormatVersion","v1.0"\n', "has no header"),
    (
        "no column",
        '"FormatVersion","v1.0"\n"SKU","Unit"\n',
        "its header has no usagetype, operation, priceperunit, currency",
    ),
    ("cut JSON", '{"publicationDate": "2026-11-01T00:00:00Z", "products": {"A"', "broken JSON"),
    ("no day", '{"products": {}, "terms": {}}', "publication date '' is no date"),
    (
        "a day to come",
        '{"publicationDate": "2999-11-01T00:00:00Z", "products": {}, "terms": {}}',
        "publication date '2999-11-01T00:00:00Z' is yet to come",
    ),
    ("no prices", elasticache(), "has no prices"),
    (
        "a product that is none",
        elasticache().replace('"products": {', '"products": {"X": 5, ', 1),
        "X: '5' is no object",
    ),
    ("a term that is none", elasticache(NODE={"a": 5}), "NODE: '5' is no object"),
    ("terms that are none", elasticache(NODE=[]), "NODE: '[]' is no object"),
    (
        "a length that is no text",
        elasticache(NODE={"a": a_term("1") | {"termAttributes": {"LeaseContractLength": 1}}}),
        "LeaseContractLength is '1', which is no text",
    ),
    (
        "a payment that is no text",
        elasticache(NODE={"a": a_term("1") | {"termAttributes": {"PurchaseOption": None}}}),
        "PurchaseOption is 'None', which is no text",
    ),
    ("rates that are none", savings_plans(rates=5), "a savings plan: '5' is no list of rates"),
    (
        "a unit of years that is no text",
        savings_plans(leaseContractLength={"duration": 1, "unit": 1}),
        "unit is '1', which is no text",
    ),
    (
        "a rate of a list of services",
        savings_plans(rates=[A_RATE | {"discountedServiceCode": ["AmazonDynamoDB"]}]),
        "discountedServiceCode is \"['AmazonDynamoDB']\", which is no text",
    ),
    ("an endless price", elasticache(NODE={"a": a_term("1e999")}), "'1e999' is not a price"),
    (
        "a tier of words",
        elasticache(NODE={"a": a_term("1")}).replace('"beginRange": "0"', '"beginRange": "zero"'),
        "'zero' is not the start or the end of a tier",
    ),
]


@pytest.mark.parametrize(("body", "fault"), [one[1:] for one in BROKEN], ids=[b[0] for b in BROKEN])
def test_a_broken_file_is_refused(run: Run, folder: Path, body: str, fault: str) -> None:
    """What is no price list is refused with the reason, and the tables stay as they were."""
    file, before = folder.parent / "broken.csv", bytes_of(folder)
    file.write_text(body)
    code, said = run(file)
    assert (code, bytes_of(folder)) == (command.REFUSED, before)
    assert fault in said
    assert said.rstrip().endswith("nothing was written")


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"price": "free"}, "line 7: 'free' is not a price"),
        ({"price": "-1"}, "line 7: '-1' is not a price"),
    ],
)
def test_a_bad_price_is_told_with_its_line(
    run: Run, folder: Path, change: dict[str, str], fault: str
) -> None:
    """A price that is no number is refused by the line where it stands."""
    file = a_list(folder.parent / "s3.csv", "AmazonS3", [row("Requests-Tier1", change["price"])])
    code, said = run(file)
    assert (code, fault in said) == (command.REFUSED, True)


def test_a_torn_gzip_and_a_short_row_are_refused(run: Run, folder: Path) -> None:
    """A file that ends too early is refused, packed or not."""
    good = a_list(folder.parent / "s3.csv", "AmazonS3", [row("Requests-Tier1", "1")])
    torn = folder.parent / "torn.csv.gz"
    torn.write_bytes(gzip.compress(good.read_bytes())[:-20])
    assert run(torn)[0] == command.REFUSED
    good.write_text(good.read_text() + '"A","B"\n')
    code, said = run(good)
    assert (code, "2 cells, but the header has 14" in said) == (command.REFUSED, True)
    assert run(folder.parent / "nowhere.csv")[0] == command.REFUSED
    assert run()[0] == command.REFUSED
    assert run("--service", "efs", good)[0] == command.REFUSED


def test_a_check_ends_by_its_threshold(run: Run, folder: Path) -> None:
    """``--check`` writes nothing, and ends with 1 only where a change is above the threshold."""
    file = a_list(
        folder.parent / "s3.csv", "AmazonS3", [row("TimedStorage-SIA-ByteHrs", "0.0130000000")]
    )
    before = bytes_of(folder)
    code, said = run("--check", file)
    assert (code, "would be written: s3.csv, s3.toml\n" in said) == (command.CHANGED, True)
    assert run("--check", "--threshold", "5", file)[0] == 0
    assert run("--check", "--service", "sqs", file)[0] == 0
    assert bytes_of(folder) == before
    assert run(file)[0] == 0
    assert run("--check", file)[0] == 0, "what is imported changes nothing when it comes again"


@pytest.mark.parametrize("threshold", ["nan", "-1", "some"])
def test_a_threshold_is_a_percentage(
    run: Run, folder: Path, capsys: pytest.CaptureFixture[str], threshold: str
) -> None:
    """Nothing is above what is no number, so such a threshold would let every change pass."""
    file = a_list(folder.parent / "s3.csv", "AmazonS3", [row("TimedStorage-SIA-ByteHrs", "1")])
    with pytest.raises(SystemExit) as stopped:
        run("--check", f"--threshold={threshold}", file)
    assert stopped.value.code == command.REFUSED
    assert f"send a number of percent from 0; got '{threshold}'" in capsys.readouterr().err


@pytest.mark.parametrize("option", [("--threshold", "5"), ("--region", "eu-west-1")])
def test_an_option_without_the_one_it_goes_with_is_refused(
    run: Run, folder: Path, option: tuple[str, str]
) -> None:
    """Without ``--check`` no threshold holds back a price, nor do files have ``--region``."""
    file = a_list(folder.parent / "s3.csv", "AmazonS3", [row("TimedStorage-SIA-ByteHrs", "1")])
    before = bytes_of(folder)
    code, said = run(*option, file)
    assert (code, bytes_of(folder)) == (command.REFUSED, before)
    assert f"{option[0]} goes with " in said


@pytest.mark.parametrize("kind", ["csv", "csv.gz", "json", "json.gz"])
def test_progress_is_told_to_the_end(run: Run, folder: Path, kind: str) -> None:
    """Whatever the format is, what has been read is shown up to the whole file."""
    own = list(offer_files.products(tables.own("kinesis"), RULES, regions=["us-east-1"]))
    file = offer_files.written(folder.parent, "AmazonKinesis", own, kind)
    code, said = run("--check", file)
    assert (code, "100%" in said) == (0, True)
    positions: list[int] = []
    with files.opened(file, RULES.asked, positions.append) as offer:
        assert len(list(offer.rows)) == sum(len(list(offer_files.rows(one))) for one in own)
    assert max(positions) == file.stat().st_size


def test_what_is_left_out_can_be_kept(run: Run, folder: Path) -> None:
    """``--left-out`` writes every kind of row with its reason and number."""
    kept = folder.parent / "left.csv"
    rows = [row(f"Strange-{number}", "1") for number in range(30)]
    file = a_list(folder.parent / "s3.csv", "AmazonS3", rows)
    code, said = run("--check", "--left-out", kept, file)
    assert (code, "and 10 kinds more" in said) == (0, True)
    with kept.open() as lines:
        told = [one for one in csv.DictReader(lines) if one["why"] != "not in the lists"]
    assert len(told) == 30
    assert {one["rows"] for one in told} == {"1"}


def test_what_the_lists_do_not_have_is_told(run: Run, folder: Path) -> None:
    """Prices that a list should have are named with the rule that looked for them, where it is."""
    kept = folder.parent / "left.csv"
    own = {"offer": "AWSQueueService", "unit": "Requests", "region": "eu-west-1"}
    file = a_list(folder.parent / "sqs.csv", "AWSQueueService", [row("EU-Other", "1", **own)])
    code, said = run("--check", "--left-out", kept, file)
    assert code == 0
    assert "sqs.standard_requests in eu-west-1: no Requests-Tier1 (rule of grade B)" in said
    assert "Requests-RBP" not in said, "that is the usage type of another Region"
    told = [line for line in kept.read_text().splitlines() if line.startswith("not in the lists")]
    assert "not in the lists,,Requests-Tier1,sqs.standard_requests,1" in told
    assert "not in the lists" not in run("--check", "--service", "s3", file)[1]


def test_reservations_that_a_list_no_longer_has_are_told(run: Run, folder: Path) -> None:
    """A list with a year's reservations alone lacks those that the tables have beside them."""
    own = offer_files.products(tables.own("redshift_serverless"), RULES, regions=["us-east-1"])
    kept = [
        one._replace(
            reserved={plan: one.reserved[plan] for plan in one.reserved if "no" in plan[1]}
        )
        for one in own
    ]
    file = offer_files.written(folder.parent, "AmazonRedshift", kept, "csv")
    code, said = run("--check", "--service", "redshift_serverless", file)
    assert code == 0
    lost = "redshift_serverless.rpu_hours{}/1yr/all-upfront in us-east-1: no Redshift:Serverless"
    assert lost.format("") in said
    assert lost.format("_upfront") in said
    assert "1yr/no-upfront" not in said


def test_regions_that_a_list_does_not_have_keep_day_and_source(run: Run, folder: Path) -> None:
    """A list of one Region dates that Region's price; the others go on, until theirs comes."""
    storage, there = "storage/STANDARD_IA", {"region": "eu-west-1", "location": "EU (Ireland)"}
    usage = "TimedStorage-SIA-ByteHrs"
    run(a_list(folder.parent / "a.csv", "AmazonS3", [row(usage, "0.0130000000")]))
    rows = changes.by_meter(tables.own("s3", folder).rows)[storage]
    home, ireland = map(REGION_CODES.index, ("us-east-1", "eu-west-1"))
    assert rows[-1].prices[ireland] == rows[-2].prices[ireland]
    assert changes.origin(rows, rows[-1], ireland) is rows[-2]
    assert changes.origin(rows, rows[-1], home) is rows[-1]
    assert ",=," in (folder / "s3.csv").read_text()
    run(a_list(folder.parent / "b.csv", "AmazonS3", [row(f"EU-{usage}", "0.0140000000", **there)]))
    rows = changes.by_meter(tables.own("s3", folder).rows)[storage]
    assert [rows[-1].prices[place] for place in (home, ireland)] == ["0.013", "0.014"]
    assert changes.origin(rows, rows[-1], ireland) is rows[-1]
    assert changes.origin(rows, rows[-1], home) is rows[-1]


def test_equal_prices_are_dated_anew_where_that_is_asked(run: Run, folder: Path) -> None:
    """A list that confirms a price changes nothing, or with ``--confirm`` its day and source."""
    before = bytes_of(folder)
    file = a_list(folder.parent / "s3.csv", "AmazonS3", [row("TimedStorage-SIA-ByteHrs", "0.0125")])
    assert "nothing, all prices are as they were" in run(file)[1]
    assert bytes_of(folder) == before
    code, said = run("--confirm", file)
    assert (code, "0 changed, 0 new" in said, "written: s3.csv, s3.toml" in said) == (0, True, True)
    newest = changes.by_meter(tables.own("s3", folder).rows)["storage/STANDARD_IA"][-1]
    assert (str(newest.effective_from), newest.source) == ("2026-11-01", "list-AmazonS3-2026-11-01")
    assert REGION_CODES.index("us-east-1") not in newest.goes_on
    assert "nothing, all prices are as they were" in run("--confirm", file)[1]


def test_what_was_free_is_above_every_threshold(run: Run, folder: Path) -> None:
    """A price that rises from zero has no percentage, and is above any."""
    run(a_list(folder.parent / "a.csv", "AmazonS3", [row("TimedStorage-SIA-ByteHrs", "0")]))
    file = a_list(folder.parent / "b.csv", "AmazonS3", [row("TimedStorage-SIA-ByteHrs", "0.01")])
    assert run("--check", "--threshold", "1000", file)[0] == command.CHANGED


def test_an_older_list_leaves_newer_prices_alone(run: Run, folder: Path) -> None:
    """A list of an earlier day changes its day and what went on from it, nothing known later."""
    storage = "storage/STANDARD_IA"
    new = a_list(folder.parent / "a.csv", "AmazonS3", [row("TimedStorage-SIA-ByteHrs", "0.0200")])
    assert run(new)[0] == 0
    there = {"region": "eu-west-1", "location": "EU (Ireland)"}
    rows = [
        row("TimedStorage-SIA-ByteHrs", "0.0300"),
        row("EU-TimedStorage-SIA-ByteHrs", "0.0400", **there),
    ]
    old = a_list(folder.parent / "b.csv", "AmazonS3", rows)
    old.write_text(
        old.read_text().replace("2026-11-01T10", "2026-10-01T10").replace("20261101", "1")
    )
    code, said = run(old)
    assert (code, "rows of days with later prices, which stay: 1" in said) == (0, True)
    assert price(folder, "s3", storage) == ["0.02"]
    assert price(folder, "s3", storage, "eu-west-1") == ["0.04"]
    days = changes.by_meter(tables.own("s3", folder).rows)[storage]
    assert [str(one.effective_from) for one in days][-2:] == ["2026-10-01", "2026-11-01"]


def test_all_files_are_written_or_none(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the second file cannot be put in place, the first is taken back."""
    before, done = bytes_of(folder), []

    def fails(self: Path, target: Path) -> Path:
        done.append(target)
        if len(done) > 1:
            raise OSError("the disk is full")
        target.write_bytes(self.read_bytes())
        return target

    texts = {name: before[name].decode() + "\n" for name in ("s3.toml", "sqs.toml")}
    monkeypatch.setattr(Path, "replace", fails)
    with pytest.raises(OfferError, match="cannot be written: the disk is full"):
        importing.write(texts, folder)
    assert len(done) == 2
    assert bytes_of(folder) == before
    assert not list(folder.parent.glob(".tables-*"))


@pytest.mark.parametrize("put", [1, 2])
def test_ctrl_c_takes_back_what_was_put_in_place(
    folder: Path, monkeypatch: pytest.MonkeyPatch, put: int
) -> None:
    """It may come right after a file took the place of the old one."""
    before, done = bytes_of(folder), []

    def interrupted(self: Path, target: Path) -> Path:
        done.append(target)
        target.write_bytes(self.read_bytes())
        if len(done) == put:
            raise KeyboardInterrupt
        return target

    texts = {name: before[name].decode() + "\n" for name in ("s3.toml", "sqs.toml")}
    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        importing.write(texts, folder)
    assert bytes_of(folder) == before
    assert not list(folder.parent.glob(".tables-*"))


def test_an_import_that_is_killed_is_finished_by_the_next(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was checked, and is put in place in part or not at all, is put there by the next."""
    before = bytes_of(folder)
    texts = {name: before[name].decode() + "\n" for name in ("s3.toml", "sqs.toml")}
    with monkeypatch.context() as killed:
        killed.setattr(importing, "finish", lambda folder: [])
        importing.write(texts, folder)
    assert bytes_of(folder) == before
    (folder / "s3.toml").write_text(texts["s3.toml"])
    file = a_list(folder.parent / "s3.csv", "AmazonS3", [row("TimedStorage-SIA-ByteHrs", "0.0125")])
    assert "an import that was cut short is finished: s3.toml, sqs.toml" in run("--check", file)[1]
    after = bytes_of(folder)
    assert {name for name in after if after[name] != before[name]} == set(texts)
    assert "cut short" not in run("--check", file)[1]
    assert not list(folder.parent.glob(".tables-*"))


def test_tables_that_would_stop_a_start_are_not_written(folder: Path) -> None:
    """New tables are checked as at a start, and the old ones stay where they would be broken."""
    before = bytes_of(folder)
    with pytest.raises(OfferError, match=r"would be broken, and stay as they were: sqs\.csv"):
        importing.write({"sqs.csv": "meter,effective_from\n"}, folder)
    assert bytes_of(folder) == before
    assert not list(folder.parent.glob(".tables-*"))


@pytest.mark.parametrize("service", TABLES)
def test_rows_are_written_as_they_stand(service: str) -> None:
    """Reading a table and writing it gives the same bytes."""
    file = command.PACKAGED / f"{service}.csv"
    text = file.read_text("utf-8")
    columns = text.partition("\n")[0].split(",")[4:]
    assert tables.prices_text(tables.own(service).rows, columns) == text


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("x", r"s3_offers\.csv, line 2: 1 cells instead of 7"),
        ("A,U:{a},*,,m,GB,K", r"s3_offers\.csv, line 2: \['a'\] must be in the meter and before"),
    ],
)
def test_a_broken_rule_is_named(folder: Path, line: str, fault: str) -> None:
    """A rule that cannot be followed is told with its line."""
    (folder / "s3_offers.csv").write_text(",".join(mapping.COLUMNS) + f"\n{line}\n")
    with pytest.raises(OfferError, match=fault):
        mapping.rules(folder)
    (folder / "s3_offers.csv").write_text("offer\n")
    with pytest.raises(OfferError, match="the header must be"):
        mapping.rules(folder)


def test_json_without_its_library_says_what_to_install(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the extra, CSV is read without a bar, and JSON names what is missing."""
    for module in ("ijson", "rich.console"):
        monkeypatch.setitem(__import__("sys").modules, module, None)
    rows = [row("TimedStorage-SIA-ByteHrs", "0.9")]
    csv_file = a_list(folder.parent / "s3.csv", "AmazonS3", rows)
    assert run("--check", csv_file)[0] == command.CHANGED
    file = folder.parent / "list.json"
    file.write_text(elasticache())
    code, said = run(file)
    assert (code, "pip install storecast[import]" in said) == (command.REFUSED, True)


def test_catalogues_differ_by_what_was_imported(
    run: Run, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """``diff`` shows a changed price as text and as CSV, and nothing between equal folders."""
    assert command.main(["diff", str(folder)]) == 0
    assert capsys.readouterr().out == "0 prices differ\n"
    file = folder.parent / "s3.csv"
    run(a_list(file, "AmazonS3", [row("TimedStorage-SIA-ByteHrs", "0.0130000000")]))
    assert command.main(["diff", str(command.PACKAGED), str(folder)]) == command.CHANGED
    assert "0.0125  0.013  +4.00\n1 prices differ\n" in capsys.readouterr().out
    assert command.main(["diff", "--csv", str(command.PACKAGED), str(folder)]) == command.CHANGED
    (told,) = csv.DictReader(capsys.readouterr().out.splitlines())
    assert told == {
        "service": "s3",
        "meter": "storage/STANDARD_IA",
        "region": "us-east-1",
        "tier_from": "0",
        "effective_from": "2026-11-01",
        "old": "0.0125",
        "new": "0.013",
        "percent": "+4.00",
    }


def test_a_folder_that_is_no_catalogue_is_refused(tmp_path: Path) -> None:
    """``diff`` names what is missing in a folder."""
    with pytest.raises((TableError, FileNotFoundError)):
        tables.load("s3", tmp_path)
    assert command.main(["diff", str(tmp_path)]) == command.REFUSED
