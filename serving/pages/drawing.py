"""The course of a score in plain SVG: where each line, tick and mark lies. Templates draw it, style sheets colour it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from features.records.clock import to_datetime, to_microseconds
from serving.analytics.life import Point
from serving.pages.words import minute, percent_of_tenths
from serving.schemas.score import Score

WIDTH, HEIGHT = 720, 200
LEFT, RIGHT, TOP, BOTTOM = 40, 10, 10, 44
"""Room around the lines: for the per cent, and below for the months and the marks."""
TOPS = (0.1, 0.2, 0.3, 0.5, 0.75, 1.0)
"""Probabilities at which the axis may end; a score that is always low lies low in it."""
MAX_MONTHS = 8
MARKS = {"lead": 0, "rep": 1}
"""Rows of marks under the axis."""


@dataclass(frozen=True)
class Dot:
    """A score as it was given, with its words."""

    x: float
    y: float
    label: str


@dataclass(frozen=True)
class Tick:
    """A place on an axis with what stands there."""

    at: float
    words: str


@dataclass(frozen=True)
class EventMark:
    """Something that happened; `kind` is who did it."""

    x: float
    y: float
    kind: str
    label: str


@dataclass(frozen=True)
class CoursePicture:
    """The course of a lead's score.

    Attributes
    ----------
    line
        The path of what today's model says over the whole life; empty where it cannot.
    band
        The path around the ranges of the scores that were given; empty of fewer than two.
    dots
        The scores that were given.
    """

    line: str
    band: str
    dots: tuple[Dot, ...]
    marks: tuple[EventMark, ...]
    months: tuple[Tick, ...]
    levels: tuple[Tick, ...]
    left: int = LEFT
    width: int = WIDTH
    height: int = HEIGHT
    floor: int = HEIGHT - BOTTOM


@dataclass(frozen=True)
class _Frame:
    """From moments and probabilities to places in the picture."""

    first: int
    last: int
    top: float

    def x(self, at: int) -> float:
        """Return where a moment lies."""
        share = (at - self.first) / max(self.last - self.first, 1)
        return round(LEFT + (WIDTH - LEFT - RIGHT) * share, 1)

    def y(self, probability: float) -> float:
        """Return where a probability lies."""
        return round(HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * probability / self.top, 1)


def draw_course(
    life: Sequence[Point], scores: Sequence[Score], happened: Sequence[tuple[int, str, str]], zone: tzinfo
) -> CoursePicture | None:
    """Return the course of a score; None where there are fewer than two moments of it.

    Parameters
    ----------
    life
        What today's model says of the lead as of each moment, the earliest first.
    scores
        Those that were given, the earliest first.
    happened
        When something happened (microseconds UTC), who did it, and what, in words.
    """
    given = [(to_microseconds(score.as_of), score) for score in scores]
    times = [*(point.as_of for point in life), *(at for at, _ in given)]
    if len(set(times)) < 2:
        return None
    highest = max(*(point.probability for point in life), *(_high(score) for _, score in given), 0.0, 0.0)
    frame = _Frame(min(times), max(times), next((top for top in TOPS if highest <= top), 1.0))
    return CoursePicture(
        line=_path([(frame.x(point.as_of), frame.y(point.probability)) for point in life]),
        band=_band(frame, given),
        dots=tuple(_dot(frame, at, score, zone) for at, score in given),
        marks=tuple(_marks(frame, happened, zone)),
        months=tuple(_months(frame, zone)),
        levels=tuple(Tick(frame.y(level), f"{100 * level:.0f} %") for level in (0.0, frame.top / 2, frame.top)),
    )


def _high(score: Score) -> float:
    return score.probability if score.range is None else max(score.range.high, score.probability)


def _path(places: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x} {y}" for x, y in places) if len(places) > 1 else ""


def _band(frame: _Frame, given: Sequence[tuple[int, Score]]) -> str:
    ranges = [(at, score.range.low, score.range.high) for at, score in given if score.range is not None]
    if len(ranges) < 2:
        return ""
    upper = [(frame.x(at), frame.y(high)) for at, _, high in ranges]
    lower = [(frame.x(at), frame.y(low)) for at, low, _ in reversed(ranges)]
    return f"{_path([*upper, *lower])}Z"


def _dot(frame: _Frame, at: int, score: Score, zone: tzinfo) -> Dot:
    label = f"{minute(score.as_of, zone)}: {percent_of_tenths(round(score.probability * 1000))}"
    return Dot(frame.x(at), frame.y(score.probability), label)


def _marks(frame: _Frame, happened: Sequence[tuple[int, str, str]], zone: tzinfo) -> Iterator[EventMark]:
    for at, who, words in happened:
        if who in MARKS and frame.first <= at <= frame.last:
            y = HEIGHT - BOTTOM + 8 + 9 * MARKS[who]
            yield EventMark(frame.x(at), y, who, f"{minute(at, zone)}: {words}")


def _months(frame: _Frame, zone: tzinfo) -> Iterator[Tick]:
    """Yield the beginnings of months, or of every so many of them; a life within a month has its two ends."""
    first, last = (to_datetime(at).astimezone(zone) for at in (frame.first, frame.last))
    start, end = first.year * 12 + first.month, last.year * 12 + last.month - 1
    if start > end:
        for at, day in ((frame.first, first), (frame.last, last)):
            yield Tick(frame.x(at), f"{day.day} {day:%b}")
        return
    for number in range(start, end + 1, (end - start) // MAX_MONTHS + 1):
        month = datetime(number // 12, number % 12 + 1, 1, tzinfo=zone)
        yield Tick(frame.x(to_microseconds(month)), f"{month:%b}" if month.month > 1 else f"{month:%b %Y}")
