"""What a probability is held against: past leads on average, the open leads, and how well it is known; one sentence and one scale."""

from collections.abc import Iterator
from dataclasses import dataclass

from models.close.reasons.ledger import TENTHS
from serving.pages.words import whole_percent
from serving.schemas.score import Score

TOPS = (0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0)
"""Probabilities at which a scale may end: the first that leaves room."""
ROOM = 1.1
WIDTH = 1000
"""Of the scale's picture, in its own units; it is stretched to the page."""
TICK = 6


@dataclass(frozen=True)
class ScaleMark:
    """A part of a scale: `kind` is range, average or lead."""

    kind: str
    x: float
    width: float
    words: str


@dataclass(frozen=True)
class Scale:
    """A scale from 0 to `top`, with what lies on it from the back to the front."""

    marks: tuple[ScaleMark, ...]
    top: str
    width: int = WIDTH


def comparison(score: Score, rank: float | None) -> str:
    """Return one sentence that holds a probability against past leads on average and against the open ones.

    Parameters
    ----------
    rank
        Share of the open leads that are less likely, those as likely not among them; None where there are too few to say.
    """
    lead, average = round(round(score.probability * TENTHS) / 10), round(score.base_rate * 100)
    if lead == average:
        first = f"As likely as past leads ({average})"
    else:
        first = f"{'More' if lead > average else 'Less'} likely than past leads ({average})"
    if rank is None:
        return f"{first}."
    below = round(rank * 100)
    if below >= 100:
        return f"{first}; hardly any open lead is likelier."
    if below < 1:
        return f"{first}; hardly any open lead is less likely."
    ahead = f"ahead of {'only ' if below < 50 else ''}{below} % of open leads"
    if lead == average:
        return f"{first}, {ahead}."
    return f"{first}, {'and' if (lead > average) == (below >= 50) else 'but'} {ahead}."


def scale(score: Score) -> Scale:
    """Return the scale on which a lead stands beside past leads on average, with its range where one is known."""
    limits = [] if score.range is None else [score.range.low, score.range.high]
    highest = ROOM * max(score.probability, score.base_rate, *limits, 0.0)
    top = next((top for top in TOPS if highest <= top), 1.0)
    return Scale(tuple(_marks(score, top)), f"{100 * top:.0f} %")


def _marks(score: Score, top: float) -> Iterator[ScaleMark]:
    def x(probability: float) -> float:
        return round(WIDTH * probability / top, 1)

    if score.range is not None:
        low, high = x(score.range.low), x(score.range.high)
        yield ScaleMark("range", low, round(max(high - low, 1), 1), f"likely {limits_of(score)}")
    yield _tick("average", x(score.base_rate), whole_percent(round(score.base_rate * TENTHS)))
    yield _tick("lead", x(score.probability), whole_percent(round(score.probability * TENTHS)))


def _tick(kind: str, x: float, words: str) -> ScaleMark:
    return ScaleMark(kind, min(max(x - TICK / 2, 0), WIDTH - TICK), TICK, words)


def limits_of(score: Score) -> str:
    """Say a range in whole per cent where that tells its ends apart.

    Raises
    ------
    ValueError
        If the score has none.
    """
    if score.range is None:
        raise ValueError("A score must have a range for its limits to be said, got none: ask first.")
    low, high = 100 * score.range.low, 100 * score.range.high
    digits = 0 if low >= 1 and round(low) != round(high) else 1
    return f"{low:.{digits}f} to {high:.{digits}f} %"
