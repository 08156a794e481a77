"""AWS's products around data and storage, by the words that name them; not all have prices here."""

import csv
from functools import cache
from importlib.resources import files
from typing import NamedTuple


class Product(NamedTuple):
    """One product of AWS."""

    key: str
    """The key of the service that prices it, or would."""
    name: str
    """AWS's name for it."""


@cache
def _products() -> dict[str, Product]:
    """Return the products by each of their words, spelled as :func:`_bare` spells them."""
    text = files("pricing").joinpath("tables", "products.csv").read_text("utf-8")
    return {
        _bare(word): Product(row["key"], row["name"])
        for row in csv.DictReader(text.splitlines())
        for word in (row["key"], *row["words"].split())
    }


def named(word: str) -> Product | None:
    """Return the product that a word names, however it is spelled.

    Examples
    --------
    >>> named("Elastic File System")
    Product(key='efs', name='Amazon Elastic File System')
    >>> named("AmazonS3").key
    's3'
    >>> named("ledger")
    """
    return _products().get(_bare(word))


def _bare(word: str) -> str:
    """Return the letters and digits of a word, in lower case, without the name of the vendor."""
    letters = "".join(filter(str.isalnum, word.lower()))
    return letters.removeprefix("amazon").removeprefix("aws")
