"""What a later version may change of an answer, and what not.

It may say more, and say it in other words: a sentence only has to be there. What an earlier version told in numbers, names and times stays.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Sequence
from typing import Any

PRECISION = 1e-9
"""Relative; the last bits of a logarithm differ between processors."""


def differences(earlier: Any, later: Any, place: str = "") -> Iterator[str]:
    """Yield where a later answer does not hold what the earlier one told."""
    if isinstance(earlier, dict) and isinstance(later, dict):
        for name, value in earlier.items():
            if name not in later:
                yield f"{place}.{name}: {value!r} is missing"
            else:
                yield from differences(value, later[name], f"{place}.{name}")
    elif isinstance(earlier, list) and isinstance(later, list):
        if len(earlier) != len(later):
            yield f"{place}: {len(earlier)} entries became {len(later)}"
        for at, pair in enumerate(zip(earlier, later, strict=False)):
            yield from differences(*pair, f"{place}[{at}]")
    elif not _alike(earlier, later):
        yield f"{place}: {earlier!r} became {later!r}"


def _alike(earlier: Any, later: Any) -> bool:
    if isinstance(earlier, bool) or isinstance(later, bool):
        return earlier is later
    if isinstance(earlier, int | float) and isinstance(later, int | float):
        return math.isclose(earlier, later, rel_tol=PRECISION, abs_tol=PRECISION)
    if isinstance(earlier, str) and isinstance(later, str) and " " in earlier:
        return bool(later)
    return bool(earlier == later)


def column_differences(earlier: str, later: str) -> Iterator[str]:
    """Yield which columns of a matrix in CSV the later one has not, or has with other values."""
    columns = _columns(later)
    for name, values in _columns(earlier).items():
        if name not in columns:
            yield f"{name} is missing"
        elif not _same(values, columns[name]):
            yield f"{name}: {values} became {columns[name]}"


def _columns(text: str) -> dict[str, list[float]]:
    header, *rows = csv.reader(io.StringIO(text))
    return {name: [float(row[at]) for row in rows] for at, name in enumerate(header)}


def _same(earlier: Sequence[float], later: Sequence[float]) -> bool:
    same = (a == b or (math.isnan(a) and math.isnan(b)) for a, b in zip(earlier, later, strict=True))
    return len(earlier) == len(later) and all(same)


def missing_figures(earlier: Sequence[str], later: Sequence[str]) -> list[str]:
    """Return the figures of a page that a later one does not show, be it rounded."""
    shown = set(later)
    return sorted({figure for figure in earlier if not any(_shows(other, figure) for other in shown)})


def _shows(later: str, earlier: str) -> bool:
    """Return whether a figure is another one, or that one with fewer decimals."""
    (one, unit), (other, its_unit) = _split(later), _split(earlier)
    if unit != its_unit or one[:1].isdigit() != other[:1].isdigit():
        return False
    decimals = _decimals(one)
    half = 0.5 * 10.0**-decimals if decimals < _decimals(other) else 0.0
    return abs(_value(one) - _value(other)) <= half + PRECISION


def _split(figure: str) -> tuple[str, str]:
    return figure.rstrip("% \u00a0"), "%" if figure.endswith("%") else ""


def _decimals(number: str) -> int:
    return len(number.partition(".")[2])


def _value(number: str) -> float:
    return float(number.replace("−", "-").replace("–", "").replace("±", "").replace(",", ""))
