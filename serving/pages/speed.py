"""How soon leads are touched for the first time, by route, source and rep: medians that count those who still wait, drawn toward that of all."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from features.records.clock import HOUR
from models.close.reasons.sentences import counted, duration
from serving.pages.list_choices import ROUTE_WORDS
from serving.store.first_touch import FirstTouch

DAYS = 90
"""Of leads that came in within so many days it is said how soon they were touched."""
HOURS = 24.0
MAX_ROWS = 12


@dataclass(frozen=True)
class SpeedRow:
    """One kind of lead: how many came in, how soon half of them were touched, and how many wait."""

    name: str
    leads: str
    median: str
    waiting: str
    bar: float


@dataclass(frozen=True)
class Speed:
    """How soon leads are touched: a sentence, and a table by what they are told apart."""

    sentence: str
    tables: tuple[tuple[str, tuple[SpeedRow, ...]], ...]


def speed_of(touches: Sequence[FirstTouch], now: int, fewest: int) -> Speed | None:
    """Return how soon leads are touched; None where fewer than `fewest` came in, or none was ever touched."""
    everyone = half_touched(touches, now)
    if len(touches) < fewest or not any(one.touched_at is not None for one in touches):
        return None
    waiting = sum(one.touched_at is None for one in touches)
    said = (
        f"half were touched within {_hours(everyone)}"
        if math.isfinite(everyone)
        else "fewer than half have been touched"
    )
    sentence = (
        f"Of {counted(len(touches), 'lead', 'leads')} of the last {DAYS} days, {said}; {waiting:,} have not been."
    )
    by: dict[str, Callable[[FirstTouch], str | None]] = {
        "Route": lambda one: None if one.route is None else ROUTE_WORDS.get(one.route, one.route),
        "Source": lambda one: one.source,
        "Rep": lambda one: one.rep,
    }
    tables = tuple((name, rows) for name, key in by.items() if (rows := _rows(touches, key, now, everyone, fewest)))
    return Speed(sentence, tables)


def half_touched(touches: Sequence[FirstTouch], now: int) -> float:
    """Return after how many hours half of the leads were touched, as if those who wait were to be touched like the others; infinite if fewer were.

    Source: Kaplan & Meier 1958, the median of their estimate.

    Examples
    --------
    >>> touches = [FirstTouch(0, 2 * HOUR, None, None, None), FirstTouch(0, None, None, None, None)]
    >>> half_touched(touches, 9 * HOUR), half_touched(touches[1:], 9 * HOUR)
    (2.0, inf)
    """
    spans = sorted(
        ((now if one.touched_at is None else one.touched_at) - one.created_at, one.touched_at is None)
        for one in touches
    )
    untouched, at_risk = 1.0, len(spans)
    for span, waits in spans:
        if not waits:
            untouched *= 1 - 1 / at_risk
            if untouched <= 0.5 + 1e-12:
                return max(span, 0) / HOUR
        at_risk -= 1
    return math.inf


def _rows(
    touches: Sequence[FirstTouch], key: Callable[[FirstTouch], str | None], now: int, everyone: float, fewest: int
) -> tuple[SpeedRow, ...]:
    groups: dict[str, list[FirstTouch]] = {}
    for one in touches:
        if (name := key(one)) is not None:
            groups.setdefault(name, []).append(one)
    told = [
        (name, group, drawn(half_touched(group, now), len(group), everyone, fewest)) for name, group in groups.items()
    ]
    told = sorted((one for one in told if len(one[1]) >= fewest), key=lambda one: (one[2], one[0]))[:MAX_ROWS]
    longest = max((hours for *_, hours in told if math.isfinite(hours)), default=1.0) or 1.0
    return tuple(
        SpeedRow(
            name,
            f"{len(group):,}",
            _hours(hours) if math.isfinite(hours) else "fewer than half yet",
            f"{sum(one.touched_at is None for one in group):,}",
            round(100 * hours / longest, 1) if math.isfinite(hours) else 100.0,
        )
        for name, group, hours in told
    )


def drawn(hours: float, leads: int, everyone: float, fewest: int) -> float:
    """Return a median drawn toward that of all, by as many leads as are needed to say one, on the scale of logarithms.

    Examples
    --------
    >>> drawn(1.0, 20, 4.0, 20), drawn(math.inf, 20, 4.0, 20), round(drawn(0.0, 20, 4.0, 20), 2)
    (2.0, inf, 0.26)
    """
    if not (math.isfinite(hours) and math.isfinite(everyone)):
        return hours
    own, usual = (math.log(max(one, 1 / 60)) for one in (hours, everyone))
    return math.exp((leads * own + fewest * usual) / (leads + fewest))


def _hours(hours: float) -> str:
    return duration(hours / HOURS)
