"""Values that have an order: words for little and much, and bands of numbers such as "< 5k", "5k to 20k", "> 20k"."""

import math
import re
from itertools import pairwise
from typing import NamedTuple

from features.records.parsing.numbers import read_number
from features.scaffold.words import ORDER, likeliest, says

BELOW = "under below less up until max maximum unter bis weniger hoechstens moins jusqu inferieur menos hasta inferior ate abaixo meno fino sotto minder tot onder до менее меньше"
ABOVE = "over above more from min minimum plus ueber mehr ab mindestens superieur mas acima oltre superiore meer boven vanaf от более больше свыше"
NOTHING = "none no nothing zero keins keine kein aucun aucune ninguno ninguna nenhum nenhuma nessuno nessuna geen нет"
_NUMBER = re.compile(
    r"\d{1,3}(?:[.,'’\s]\d{3})+(?![\d])(?:[.,]\d+)?\s?[kKmM]?(?![A-Za-z])|\d+(?:[.,]\d+)?\s?[kKmM]?(?![A-Za-z])"
)
_BETWEEN = re.compile(r"(?<=[\dkKmM€$£])\s*(?:[-–—]|to\b|bis\b|à\b|a\b|tot\b|until\b|and\b|und\b|y\b|et\b|до\b)")


class NumberBand(NamedTuple):
    """The numbers that a value means: from `low` to `high`."""

    low: float
    high: float


def in_order(values: list[str]) -> list[str]:
    """Return values from low to high if they look as if they had an order.

    Examples
    --------
    >>> in_order(["50-200", "5-20", "200+"]), in_order(["Large", "Small"]), in_order(["red", "blue"])
    (['5-20', '50-200', '200+'], ['Small', 'Large'], [])
    >>> (
    ...     in_order(["> 20k", "none", "5k - 20k", "< 5k"]),
    ...     in_order(["über 20.000 €", "5.000 € bis 20.000 €", "unter 5.000 €"]),
    ... )
    (['none', '< 5k', '5k - 20k', '> 20k'], ['unter 5.000 €', '5.000 € bis 20.000 €', 'über 20.000 €'])
    """
    if len(values) < 2:
        return []
    ranks = [likeliest(value, ORDER) for value in values]
    if None not in ranks and len(set(ranks)) == len(ranks):
        return [value for _, value in sorted(zip(ranks, values, strict=True))]
    bands = {value: band_of(value) for value in values}
    if any(band is None for band in bands.values()):
        return []
    ordered = sorted(bands.items(), key=lambda pair: pair[1])  # type: ignore[arg-type,return-value]
    apart = all(one.high <= other.low + 1e-9 for (_, one), (_, other) in pairwise(ordered))  # type: ignore[union-attr]
    is_band = any(band.low < band.high for band in bands.values() if band is not None)
    return [value for value, _ in ordered] if apart and is_band else []


def band_of(value: str) -> NumberBand | None:
    """Return the numbers that a value means, None if it is no band.

    Examples
    --------
    >>> band_of("1,000 to 5,000"), band_of("10+"), band_of("no budget"), band_of("Plan 9")
    (NumberBand(low=1000.0, high=5000.0), NumberBand(low=10.0, high=inf), NumberBand(low=-inf, high=-inf), None)
    """
    numbers = [number for text in _NUMBER.findall(value) if (number := read_number(text)) is not None]
    words = [word for word in re.findall(r"[^\W\d_]+", value) if len(word) > 1]
    if not numbers:
        return NumberBand(-math.inf, -math.inf) if says(value, NOTHING) and len(words) <= 2 else None
    if len(words) > 4 or len(numbers) > 2:
        return None
    if len(numbers) == 2:
        return NumberBand(*numbers) if _BETWEEN.search(value) and numbers[0] <= numbers[1] else None
    if re.search(r"[>≥+]|\bplus\b", value) or says(value, ABOVE):
        return NumberBand(numbers[0], math.inf)
    if re.search(r"[<≤]", value) or says(value, BELOW):
        return NumberBand(-math.inf, numbers[0])
    return NumberBand(numbers[0], numbers[0]) if not words or re.match(r"\s*\d", value) else None
