"""One number as text, spelled so that every spreadsheet reads it right."""

from decimal import Decimal

MOST_DIGITS = 15
"""Digits of a whole number that spreadsheets keep; longer ones get an exponent."""


def locale_proof(number: float) -> str:
    """Spell a number so that VALUE() reads it right whatever the decimal mark of the sheet.

    A whole number is its digits; any other is a whole number with an exponent. All digits are kept.

    Examples
    --------
    >>> [locale_proof(value) for value in (3.0, 42.5, -1.234, 0.1 + 0.2, 1e21)]
    ['3', '425E-1', '-1234E-3', '30000000000000004E-17', '1E21']
    """
    written = Decimal(repr(number)).normalize()
    sign, digits, exponent = written.as_tuple()
    whole = "".join(map(str, digits))
    shown = "-" if sign and written else ""
    if isinstance(exponent, int) and 0 <= exponent <= MOST_DIGITS - len(whole):
        return f"{shown}{whole}{'0' * exponent}"
    return f"{shown}{whole}E{exponent}"


def plain(number: float) -> str:
    """Spell a number with a decimal point, never with three decimals, which some sheets misread.

    Examples
    --------
    >>> [plain(value) for value in (3.0, 42.5, 1.234, 1.25e-07)]
    ['3', '42.5', '1.2340', '0.000000125']
    """
    shown = format(Decimal(repr(number)).normalize() + 0, "f")
    return f"{shown}0" if len(shown.partition(".")[2]) == 3 else shown
