"""Pictures of a score in plain SVG: where each bar and point lies. Templates draw them, style sheets colour them."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from models.close.waterfall import Waterfall
from serving.pages.words import percent, points

WIDTH, ROW, LABELS, NUMBERS = 720, 30, 330, 70
"""Of the waterfall, in units of its picture: whole width, height of a row, room for the labels and the numbers."""
COURSE_WIDTH, COURSE_HEIGHT = 720, 120
LEAST_TOP = 0.1
"""Of the course: a score that is always low lies low in it."""


@dataclass(frozen=True)
class Bar:
    """One bar of a waterfall: `kind` is start, for, against, others or total."""

    kind: str
    label: str
    number: str
    x: float
    width: float
    y: int


@dataclass(frozen=True)
class WaterfallPicture:
    """Bars from the start to the score, each from where the one before ended."""

    bars: tuple[Bar, ...]

    width: int = WIDTH
    row: int = ROW

    @property
    def height(self) -> int:
        """Return the height of the picture."""
        return ROW * len(self.bars)


def draw_waterfall(shown: Waterfall, typical: str) -> WaterfallPicture:
    """Return where the bars of a waterfall lie; `typical` names its start."""
    steps = [(("against" if step.tenths < 0 else "for"), step.main.sentence, step.tenths) for step in shown.steps]
    if shown.other_reasons:
        steps.append(("others", "everything else together", shown.others))
    levels = list(accumulate((tenths for _, _, tenths in steps), initial=shown.start))
    low, high = min(0, *levels), max(*levels, 1)
    scale = (WIDTH - LABELS - NUMBERS) / (high - low)

    def bar(row: int, kind: str, label: str, number: str, start: int, end: int) -> Bar:
        left, right = sorted((start, end))
        x = LABELS + (left - low) * scale
        return Bar(kind, label, number, round(x, 1), round(max((right - left) * scale, 1.0), 1), row * ROW)

    bars = [bar(0, "start", typical, percent(shown.start), 0, shown.start)]
    for row, ((kind, label, tenths), level) in enumerate(zip(steps, levels, strict=False), start=1):
        bars.append(bar(row, kind, label, points(tenths), level, level + tenths))
    bars.append(bar(len(bars), "total", "this lead", percent(shown.total), 0, shown.total))
    return WaterfallPicture(tuple(bars))


@dataclass(frozen=True)
class Dot:
    """One score in the course of a lead."""

    x: float
    y: float
    label: str


@dataclass(frozen=True)
class CoursePicture:
    """The course of a lead's score: `line` is the path of a stair that each new score moves."""

    line: str
    dots: tuple[Dot, ...]
    top: str
    width: int = COURSE_WIDTH
    height: int = COURSE_HEIGHT


def draw_course(scores: Sequence[tuple[int, float]], labels: Sequence[str]) -> CoursePicture | None:
    """Return the course of scores (as_of in microseconds, probability), the earliest first; None of fewer than two."""
    if len(scores) < 2:
        return None
    first, last = scores[0][0], scores[-1][0]
    high = max(LEAST_TOP, *(1.1 * probability for _, probability in scores))

    def place(as_of: int, probability: float) -> tuple[float, float]:
        x = 8 + (COURSE_WIDTH - 16) * (as_of - first) / max(last - first, 1)
        return round(x, 1), round(COURSE_HEIGHT - 8 - (COURSE_HEIGHT - 16) * probability / high, 1)

    places = [place(*score) for score in scores]
    path = f"M{places[0][0]} {places[0][1]}" + "".join(f"H{x}V{y}" for x, y in places[1:])
    dots = tuple(Dot(x, y, label) for (x, y), label in zip(places, labels, strict=True))
    return CoursePicture(path, dots, percent(round(high * 1000)))
