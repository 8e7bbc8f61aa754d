"""How far can the numbers be trusted? What was promised against what came, in total and by band of the promise."""

from collections.abc import Iterator

import numpy as np

from models.close.record import closed_of_called
from training.judging.backtest_plots import quarterly_figures
from training.judging.evaluate import CLOSE
from training.metrics.groups import GroupFigure
from training.metrics.judge import SCORE_BAND
from training.report.material import Material
from training.report.page import Mood, ReportAnswer, ReportBand
from training.report.words import count, joined, whole

NEARLY = 0.1
"""A promise kept so closely is nearly right, even where it is surely not exact."""


def trust(material: Material) -> ReportAnswer:
    """Answer how far the promised chances came true."""
    bands = material.close.calibration[SCORE_BAND]
    expected, won = sum(band.expected for band in bands), sum(band.won for band in bands)
    ratio = material.close.figures["observed_over_expected"]
    counted = f"it expected {count(expected, 'win')}, and {whole(won)} came."
    if not ratio.supported:
        return ReportAnswer(
            "How far can you trust the numbers?", "unsure", f"Too few outcomes to tell: {ratio.behind}."
        )
    mood, opening = _kept(ratio.value, ratio.low, ratio.high)
    return ReportAnswer(
        "How far can you trust the numbers?", mood, f"{opening}: {counted}", tuple(_more(material, list(bands)))
    )


def _kept(ratio: float, low: float, high: float) -> tuple[Mood, str]:
    if low <= 1 <= high:
        return "good", "Its promises were kept"
    too = "too much" if ratio < 1 else "too little"
    if abs(ratio - 1) <= NEARLY:
        return "good", f"It promised a little {too}"
    return "bad", f"It promised {too}"


def _more(material: Material, every: list[GroupFigure]) -> Iterator[str]:
    rated = [band for band in every if band.supported]
    off = [_name(band) for band in rated if not band.low <= 1 <= band.high]
    if rated and not off:
        yield "No band of chances is off by more than luck explains."
    elif off:
        yield f"Off by more than luck explains: leads called {joined(off)}."
    if material.result.refreshing:
        yield material.result.refreshing
    if material.backtest:
        quarters = material.backtest.by_quarter
        gains = quarterly_figures(quarters, CLOSE, "log_loss") - quarterly_figures(quarters, "base_rate", "log_loss")
        told = gains[np.isfinite(gains)]
        if not len(told):
            yield "Past quarters were tried anew with what was known at each one's start: too few outcomes in any to tell."
            return
        yield (
            f"Past quarters were tried anew with what was known at each one's start: in {np.count_nonzero(told < 0)} of "
            f"{count(len(told), 'quarter')} it beat the same chance for every lead."
        )


def bands(material: Material) -> Iterator[ReportBand]:
    """Yield each band that holds a lead, from the least likely."""
    for group in material.close.calibration[SCORE_BAND]:
        if round(group.leads) >= 1:
            yield _band(group)


def _band(group: GroupFigure) -> ReportBand:
    name = _name(group)
    sentence = closed_of_called(name, group.leads, group.won)
    if not group.supported:
        return ReportBand(name, sentence, "unsure", "too few to judge", None, None)
    mood, verdict = against_promise(group)
    return ReportBand(name, sentence, mood, verdict, min(group.won / group.leads, 1.0), group.expected / group.leads)


def against_promise(group: GroupFigure) -> tuple[Mood, str]:
    """Say whether a group that is supported closed as promised."""
    if group.low <= 1 <= group.high:
        return "good", "as promised"
    return ("bad", "fewer than promised") if group.value < 1 else ("unsure", "more than promised")


def _name(group: GroupFigure) -> str:
    return group.name.replace("-", " to ")
