"""What the page of the model says: which version serves since when and why, and how its promises held."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from models.close.reasons.drivers import MEANING
from models.close.reasons.sentences import or_by_own_day, percent
from serving.analytics.history import learning
from serving.analytics.model_card import Driver, ModelAccount, Quarter, Registered, Turn, Version
from serving.pages.why import record
from serving.pages.words import day, within
from serving.schemas.score import Band

CAME = {
    "first": "it was the first",
    "promoted": "it passed the gate",
    "overruled": "it was let serve in spite of the gate",
    "refreshed": "it is version {previous} with newer outcomes",
    "rolled back": "it had served before and was brought back",
    "set": "somebody set it by hand",
}


@dataclass(frozen=True)
class BandLine:
    """A band of a record: what was called, how many leads, what was expected and what closed, in per cent of a bar."""

    called: str
    sentence: str
    expected: str
    closed: str
    bar: float
    tick: float


@dataclass(frozen=True)
class ModelPage:
    """Everything that the page of the model says."""

    title: str
    serves: str
    abstention: str
    base: str
    beside_rival: str
    tested: tuple[BandLine, ...]
    tested_since: str
    kept: tuple[BandLine, ...]
    kept_since: str
    drivers: tuple[tuple[str, str, str, float], ...]
    no_drivers: str
    quarters: tuple[tuple[str, ...], ...]
    versions: tuple[tuple[str, ...], ...]
    turns: tuple[tuple[str, str], ...]
    trouble: str
    report: str
    differences: tuple[str, ...]


def model_page(told: ModelAccount, reports: str) -> ModelPage:
    """Return the page of the model.

    Parameters
    ----------
    reports
        Where the reports of trainings are; empty for a reader who may not see them.
    """
    known = told.registered
    return ModelPage(
        title=f"Version {told.model.version}",
        serves=_serves(told),
        abstention=told.abstention or "",
        base=f"Of all past leads, {percent(told.base_rate)} were won within {told.horizon_days} days{or_by_own_day(told.decided_by)}.",
        beside_rival=told.beside_rival or "",
        tested=tuple(map(_line, told.tested)),
        tested_since=day(told.tested[0].since) if told.tested else "",
        kept=tuple(map(_line, told.kept)),
        kept_since=day(told.kept[0].since) if told.kept else "",
        drivers=tuple(_drivers(told.drivers)),
        no_drivers="Nothing: every lead gets the same chance."
        if told.abstention
        else "No lead has been scored by this version yet.",
        quarters=tuple(map(_quarter, known.quarters)) if known else (),
        versions=tuple(_versions(known, reports)) if known else (),
        turns=tuple(map(_turn, known.turns)) if known else (),
        trouble=told.trouble or "",
        report=_report_of(known, told.model.version, reports),
        differences=told.differences,
    )


def _serves(told: ModelAccount) -> str:
    knows = f"It learned from what was known on {day(told.model.trained_until)}."
    learned = f"{knows} {learning(told.learns_from, told.outcomes_unknown)}"
    turns = told.registered.turns if told.registered else ()
    turn = next((turn for turn in turns if turn.version == told.model.version), None)
    if turn is None:
        return learned
    serves = f"has served since {day(turn.at)}" if turn.at else "serves"
    return f"It {serves} because {_came(turn)}. {learned}"


def _came(turn: Turn) -> str:
    """Say why a version came to serve, with what was said of it then."""
    reason = f" ({turn.reason.rstrip('.')})" if turn.reason else ""
    return CAME.get(turn.how, turn.how).replace("{previous}", turn.previous or "?") + reason


def _line(band: Band) -> BandLine:
    return BandLine(
        called=within(band.low, band.high),
        sentence=record(band),
        expected=percent(band.expected or 0.0),
        closed=percent(band.closed or 0.0),
        bar=round(100 * (band.closed or 0.0), 1),
        tick=round(100 * (band.expected or 0.0), 1),
    )


def _drivers(drivers: Iterable[Driver]) -> Iterator[tuple[str, str, str, float]]:
    most = max((driver.share for driver in drivers), default=0.0)
    for driver in drivers:
        width = round(100 * driver.share / most, 1) if most else 0.0
        yield driver.obstacle.capitalize(), MEANING[driver.obstacle], percent(driver.share), width


def _quarter(quarter: Quarter) -> tuple[str, ...]:
    figures = (quarter.won_over_expected, quarter.roc_auc, quarter.log_loss)
    return (quarter.name.replace("-", " "), f"{quarter.leads:,}", f"{quarter.won:,}", *map(_figure, figures))


def _figure(figure: float | None) -> str:
    return "too few" if figure is None else f"{figure:.3g}"


def _versions(known: Registered, reports: str) -> Iterator[tuple[str, ...]]:
    for version in known.versions:
        what = f"version {version.refreshed_from} with newer outcomes" if version.refreshed_from else "trained"
        report = "" if version.refreshed_from or not reports else f"{reports}/{version.version}"
        serves = "serves" if version.serves else ""
        figures = ("", "") if version.refreshed_from else (_figure(version.roc_auc), _figure(version.log_loss))
        yield version.version, serves, day(version.registered_at), what, *figures, report


def _turn(turn: Turn) -> tuple[str, str]:
    who = f", by {turn.by}" if turn.by else ""
    return day(turn.at) if turn.at else "nobody wrote down when", f"Version {turn.version}{who}: {_came(turn)}"


def _report_of(known: Registered | None, serving: str, reports: str) -> str:
    """Return where the report of the training behind the version that serves is."""
    by_number: dict[str, Version] = {version.version: version for version in known.versions} if known else {}
    while serving in by_number and (before := by_number[serving].refreshed_from):
        serving = before
    return f"{reports}/{serving}" if reports and serving in by_number else ""
