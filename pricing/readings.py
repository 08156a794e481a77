"""What people write for a value, and what to send for it: `1TB`, `40%`, `1/2/2026`, `Frankfurt`.

Nothing of this is accepted: a reading stands in the error, and who sent it decides.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import date, timedelta
from functools import cache
from itertools import product
from unicodedata import normalize

from pricing.quantities import REGIONS

SIZES = {
    f"{prefix}{unit}": 1024.0**power
    for power, prefix in enumerate(("", "k", "m", "g", "t", "p"))
    for unit in (("b", "ib") if power else ("b", "byte", "bytes"))
}
"""Bytes of each unit, which AWS counts in powers of 1,024."""


def _by_word(words: dict[float, str]) -> dict[str, float]:
    """Return the number that each word of a text stands for."""
    return {word: number for number, text in words.items() for word in text.split()}


SECONDS = _by_word(
    {
        0.001: "ms",
        1.0: "s sec secs second seconds",
        60.0: "min mins minute minutes",
        3600.0: "h hr hrs hour hours",
        86400.0: "d day days",
    }
)
COUNTS = _by_word({1e3: "k thousand", 1e6: "m mn mio million", 1e9: "b bn billion"})
SENSES = {1e3: "thousands", 1e6: "millions", 1e9: "billions"}
AMOUNT = re.compile(
    r"(?:usd|us\$|[$€£])?\s*([0-9]+(?:\.[0-9]+)?|\.[0-9]+)\s*([a-z%]*)(?:\s*(?:/|per\b)\s*[a-z].*)?",
    re.IGNORECASE,
)
"""A number with a currency before it and a unit after it."""
THOUSANDS = re.compile("(?<=[0-9])[ '\u2019\xa0\u202f](?=[0-9]{3}(?![0-9]))")
"""What marks thousands and never decimals."""
MOMENT = re.compile(r"([0-9]{4})[-/]([0-9]{1,2})[-/]([0-9]{1,2})(?:[T ].*)?")
DAY_OF_MONTH = re.compile(r"([0-9]{1,2})([/.])([0-9]{1,2})\2([0-9]{4})")
MONTH = re.compile(r"([0-9]{1,2})[/.-]([0-9]{4})")
SERIAL = re.compile(r"[0-9]{5}(?:\.[0-9]+)?")
FIRST_SERIAL = date(1899, 12, 30)
"""The day that spreadsheets number 0."""
TRUTHS = {"true": "yes y on ja wahr oui vrai", "false": "no n off nein falsch non faux"}
MOST_TOKENS = 6
VENDORS = frozenset({"AMAZON", "AWS", "S3", "RDS", "STORAGE", "CLASS"})
"""What may be left out of a name."""


def numbers(text: str, unit: str) -> dict[str, float]:
    """Return the numbers that a text may stand for in a field of some unit, by their sense.

    Examples
    --------
    >>> numbers("1TB", "GB"), numbers("40%", "share"), numbers("$52", "GB")
    ({'TB': 1024.0}, {'percent': 0.4}, {'GB': 52.0})
    >>> numbers("7 days", "h"), numbers("1.5 million", "1/month")
    ({'DAYS': 168.0}, {'millions': 1500000.0})
    >>> numbers("4k", "B"), numbers("1 000 000", "1/month")
    ({'KB': 4096.0, 'thousands': 4000.0}, {'1': 1000000.0})
    """
    found = AMOUNT.fullmatch(THOUSANDS.sub("", text.strip()))
    if not found:
        return {}
    amount, word, own = float(found[1]), found[2].lower(), unit.partition("/")[0].lower()
    if own == "share":
        return {"percent": amount / 100} if word in ("", "%") else {}
    if word in ("", own):
        return {own.upper(): amount}
    read = {}
    for scale in (SIZES, SECONDS):
        full = f"{word}b" if scale is SIZES and len(word) == 1 else word
        if own in scale and full in scale:
            read[full.upper()] = amount * scale[full] / scale[own]
    if word in COUNTS and own not in SECONDS:
        read[SENSES[COUNTS[word]]] = amount * COUNTS[word]
    return read


def days(text: str) -> list[date]:
    """Return the days that a text may stand for; the month is first in the first of two.

    Examples
    --------
    >>> [day.isoformat() for day in days("1/2/2026")]
    ['2026-01-02', '2026-02-01']
    >>> [day.isoformat() for day in (*days("01.02.2026"), *days("2026-01-01 00:00:00"))]
    ['2026-02-01', '2026-01-01']
    """
    return list(dict.fromkeys(_days(text.strip())))


def _days(text: str) -> Iterator[date]:
    with suppress(ValueError):
        if found := MOMENT.fullmatch(text):
            yield date(*map(int, found.groups()))
        elif SERIAL.fullmatch(text):
            yield FIRST_SERIAL + timedelta(int(text.partition(".")[0]))
    if found := DAY_OF_MONTH.fullmatch(text):
        first, mark, second, year = found.groups()
        readings = ((first, second), (second, first)) if mark == "/" else ((second, first),)
        for month, day in readings:
            with suppress(ValueError):
                yield date(int(year), int(month), int(day))


def months(text: str) -> list[str]:
    """Return the months that a text may stand for.

    Examples
    --------
    >>> months("01/2026"), months("2026-01-15")
    (['2026-01'], ['2026-01'])
    """
    if found := MONTH.fullmatch(text.strip()):
        return [f"{found[2]}-{int(found[1]):02}"]
    return list(dict.fromkeys(day.isoformat()[:7] for day in days(text)))


def truth(text: str) -> str:
    """Return the truth that a word stands for; empty if it stands for none."""
    return next((truth for truth, words in TRUTHS.items() if text.lower() in words.split()), "")


def word(text: str, known: Sequence[str]) -> str:
    """Return the word that AWS's name for it stands for; empty where none does.

    Examples
    --------
    >>> word("Frankfurt", ["eu-central-1", "us-east-1"])
    'eu-central-1'
    >>> classes = ["GLACIER", "GLACIER_IR", "STANDARD", "STANDARD_IA"]
    >>> word("Glacier Instant Retrieval", classes), word("S3 Standard - Infrequent Access", classes)
    ('GLACIER_IR', 'STANDARD_IA')
    >>> word("S3 Glacier Flexible Retrieval", classes)
    'GLACIER'
    """
    if (region := _region(text)) in known:
        return region
    tokens = [token for token in _tokens(text) if token not in VENDORS]
    if not 0 < len(tokens) <= MOST_TOKENS:
        return ""
    spelled = {"".join(parts) for parts in product(*({token, token[0]} for token in tokens))}
    joined = {one: "".join(_tokens(one)) for one in known if one}
    within = [one for one in joined if {*_tokens(one)} <= {*tokens}]
    exact = [one for one, letters in joined.items() if letters in spelled]
    return max(exact, key=len, default="") or max(within, key=len, default="")


def _tokens(text: str) -> list[str]:
    bare = normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.findall("[A-Z0-9]+", bare.upper())


def _region(text: str) -> str:
    """Return the Region of a name: `Europe (Frankfurt)`, the place alone, or `EUC1` of bills."""
    _, bracket, place = text.partition("(")
    names = _regions()
    return names.get(_letters(text)) or names.get(_letters(place if bracket else text), "")


@cache
def _regions() -> dict[str, str]:
    """Return the Regions by name, by place, and by their prefix of usage types."""
    names: dict[str, str] = {}
    for one in REGIONS:
        place = one.name.partition("(")[2]
        known = (one.name, place, place.split(". ")[-1], one.usage_type_prefix)
        names |= {_letters(name): one.region for name in known if name}
    return names


def _letters(text: str) -> str:
    return "".join(_tokens(text))
