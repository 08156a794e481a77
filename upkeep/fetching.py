"""Fetch price lists from AWS, by the index of Regions that AWS documents; only where asked.

References
----------
.. [1] "Getting price list files manually", AWS Billing user guide (2025),
   https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/using-the-aws-price-list-bulk-api-fetching-price-list-files-manually.html
"""

import json
import shutil
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from upkeep.errors import OfferError

HOST = "https://pricing.us-east-1.amazonaws.com"
SECONDS = 60
"""Time for which a silent server is waited for."""


@contextmanager
def fetched(
    offers: Sequence[str], regions: Sequence[str], host: str = HOST
) -> Iterator[list[Path]]:
    """Fetch the price lists of offers in all Regions, or in some, into a folder for a while.

    Raises
    ------
    OfferError
        where there is no such list, or no network.
    """
    with tempfile.TemporaryDirectory(prefix="storecast-lists-") as folder:
        found: list[Path] = []
        for offer in offers:
            for address in _addresses(offer, regions, host):
                file = Path(folder) / f"{len(found)}-{offer}-{address.rpartition('/')[2]}"
                with _opened(address) as body, file.open("wb") as to:
                    shutil.copyfileobj(body, to)
                    promised = int(body.headers.get("Content-Length", to.tell()))
                    if to.tell() != promised:
                        raise OfferError(f"{address} ends after {to.tell()} of {promised} bytes")
                found.append(file)
        yield found


def _addresses(offer: str, regions: Sequence[str], host: str) -> Iterator[str]:
    """Yield the addresses of an offer's lists; the index of Savings Plans is a list."""
    plans = offer.endswith("SavingsPlans")
    root = f"{host}/savingsPlan/v1.0/aws" if plans else f"{host}/offers/v1.0/aws"
    with _opened(f"{root}/{offer}/current/region_index.json") as body:
        known = _regions(f"{offer}'s index of Regions", body.read())
    if missing := sorted(set(regions) - set(known)):
        raise OfferError(f"{offer} has no list of {missing}; there are {sorted(known)}")
    for region in regions or sorted(known):
        yield host + known[region]


def _regions(name: str, told: bytes) -> dict[str, str]:
    """Return the path of each Region's list, which an index has in an object or in a list."""
    try:
        index: Any = json.loads(told)["regions"]
        entries = index.values() if isinstance(index, dict) else index
        return {
            one["regionCode"]: one.get("currentVersionUrl") or one["versionUrl"] for one in entries
        }
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise OfferError(f"{name} is none: {error!r}") from error


def _opened(address: str) -> Any:
    try:
        return urllib.request.urlopen(address, timeout=SECONDS)
    except (urllib.error.URLError, OSError) as error:
        raise OfferError(f"{address} cannot be fetched: {error}") from error
