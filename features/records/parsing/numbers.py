"""Numbers as people write them: with currencies, separators, brackets, and letters for thousands."""

import re
from collections.abc import Iterable
from typing import Literal

Mark = Literal[".", ","]

_SPACES = re.compile("[\\s\u00a0\u2000-\u200b\u202f\u205f\u2060'\u2019\u00b4`_]+")
"""What stands between thousands, beside points and commas."""
_CURRENCY = re.compile(
    r"[€$£¥₹₽₺₩₪฿₫₴₦]|r\$|us\$|a\$|c\$|\b(?:usd|eur|euro?s?|gbp|chf|jpy|cny|rmb|brl|mxn|cad|aud|nzd|sek|nok|dkk|pln|czk|huf|ron|"
    r"bgn|try|rub|inr|zar|sgd|hkd|aed|sar|ils|krw|thb|ars|clp|cop|pen|dollars?|sfr|fr|rs|kr|zł|kč|ft|lei)\b\.?",
    re.I,
)
_CODES = {
    **dict.fromkeys(("€", "EURO", "EUROS"), "EUR"),
    **dict.fromkeys(("$", "US$", "DOLLAR", "DOLLARS"), "USD"),
    **{"£": "GBP", "¥": "JPY", "₹": "INR", "RS": "INR", "₽": "RUB", "₺": "TRY", "₩": "KRW", "₪": "ILS", "฿": "THB"},
    **{
        "R$": "BRL",
        "A$": "AUD",
        "C$": "CAD",
        "RMB": "CNY",
        "SFR": "CHF",
        "ZŁ": "PLN",
        "KČ": "CZK",
        "FT": "HUF",
        "LEI": "RON",
    },
}
"""Currencies by their other names; a plain dollar is taken for that of the United States."""
_SCALES = {
    **dict.fromkeys(("k", "tsd", "tsd.", "thousand", "mil"), 1e3),
    **dict.fromkeys(("m", "mm", "mn", "mio", "mio.", "million", "millions", "millionen"), 1e6),
    **dict.fromkeys(("b", "bn", "mrd", "mrd.", "billion", "milliarden"), 1e9),
}
_NUMBER = re.compile(r"(?P<digits>\d[\d.,]*|[.,]\d+)(?P<exponent>e[+-]?\d+)?(?P<rest>[^\d]*)", re.I)
_POINTS = re.compile(r"\d{1,3}(\.\d{3})+")
_COMMAS = re.compile(r"\d{1,3}(,\d{2,3})*,\d{3}")
"""Thousands as they are told apart, in India also hundreds of thousands."""
_EITHER = re.compile(r"[1-9]\d{0,2}[.,]\d{3}")
"""A single mark before three digits: of thousands, or of decimals."""


def read_number(text: str, decimal: Mark | None = None) -> float | None:
    """Return a number as people write it, None if it is none.

    Parameters
    ----------
    decimal
        The decimal mark, where the number does not tell it: without it, "1.234" has decimals and "1,234" thousands.

    Examples
    --------
    >>> [read_number(text) for text in ("$1,200.00", "1.200,50 €", "(300)", "5k", "20 %", "1'200", "-3", "many")]
    [1200.0, 1200.5, -300.0, 5000.0, 20.0, 1200.0, -3.0, None]
    >>> read_number("1.234"), read_number("1.234", ",")
    (1.234, 1234.0)
    """
    bare = _CURRENCY.sub("", text.replace("−", "-").strip())
    bare = _SPACES.sub("", bare)
    negative = bare.startswith(("-", "(-", "(")) or bare.endswith("-")
    if bare.startswith("(") != bare.endswith(")"):
        return None
    bare = bare.strip("()").removeprefix("-").removeprefix("+").removesuffix("-")
    found = _NUMBER.fullmatch(bare)
    if found is None:
        return None
    digits, scale = _digits(found["digits"], decimal), _scale(found["rest"])
    if digits is None or scale is None:
        return None
    number = float(digits + (found["exponent"] or "")) * scale
    return -number if negative else number


def has_currency(text: str) -> bool:
    """Return whether a text names a currency, by its mark or its code.

    Examples
    --------
    >>> [has_currency(text) for text in ("1200 EUR", "R$ 5", "12.5", "5 to 20")]
    [True, True, False, False]
    """
    return _CURRENCY.search(text) is not None


def find_decimals(texts: Iterable[str]) -> frozenset[Mark]:
    """Return the decimal marks by which all numbers of a column can be read, both where it does not matter or cannot be told.

    None where some numbers need the one and some the other: then each is read by itself.

    Examples
    --------
    >>> (
    ...     find_decimals(["1.234", "12,5"]) == {","},
    ...     find_decimals(["1.234", "7"]) == {".", ","},
    ...     find_decimals(["1.5", "2,5"]),
    ... )
    (True, True, frozenset())
    """
    possible: set[Mark] = {".", ","}
    for text in texts:
        bare = _SPACES.sub("", _CURRENCY.sub("", text))
        digits = re.search(r"[\d.,]*\d[\d.,]*", bare)
        if digits is not None and (mark := _certain(digits[0].rstrip(".,"))) is not None:
            possible &= {mark}
    return frozenset(possible)


def is_ambiguous(text: str) -> bool:
    """Return whether a number has a single mark that could be of thousands or of decimals.

    Examples
    --------
    >>> [is_ambiguous(text) for text in ("1.234", "€ 12,500", "0.125", "1.2345", "1.234,5")]
    [True, True, False, False, False]
    """
    bare = _SPACES.sub("", _CURRENCY.sub("", text)).strip("()+-")
    return _EITHER.fullmatch(re.sub(r"[^\d.,].*$", "", bare)) is not None


def currency_of(text: str) -> str:
    """Return the currency that a number names, its code or what stands there in capitals; empty if none.

    Examples
    --------
    >>> currency_of("1.200 €"), currency_of("usd 5"), currency_of("7")
    ('EUR', 'USD', '')
    """
    found = _CURRENCY.search(text)
    name = found[0].upper().rstrip(".") if found and re.search(r"\d", text) else ""
    return _CODES.get(name, name)


def _certain(digits: str) -> Mark | None:
    """Return the decimal mark that a number must have been written with; None if it could be either."""
    points, commas = digits.count("."), digits.count(",")
    if points and commas:
        return "." if digits.rindex(".") > digits.rindex(",") else ","
    mark: Mark = "." if points else ","
    other: Mark = "," if points else "."
    if points + commas > 1:
        return other
    if not points + commas or _EITHER.fullmatch(digits):
        return None
    return mark


def _digits(digits: str, decimal: Mark | None) -> str | None:
    """Return digits with a decimal point and no thousands; None if the marks do not stand as they must."""
    digits = digits.rstrip(".,") if digits[-1:] in ".," else digits
    mark = _certain(digits) or decimal or "."
    whole, found, part = digits.rpartition(mark) if digits.count(mark) == 1 else (digits, "", "")
    grouping = "," if mark == "." else "."
    if not found and mark in digits:
        return None
    if grouping in whole and not (_POINTS if grouping == "." else _COMMAS).fullmatch(whole):
        return None
    return f"{whole.replace(grouping, '') or '0'}.{part or '0'}"


def _scale(rest: str) -> float | None:
    word = rest.strip().casefold().rstrip("/")
    return 1.0 if word in ("", "%", "p.m.", "p.a.", ".-", ",-") else _SCALES.get(word)
