"""Which sources changed, by the verdicts of `glengarry sources`: a source has one verdict, on whichever surface it stands."""

from collections.abc import Sequence
from dataclasses import replace

from models.accountability.source_verdict import VERDICTS, SourceVerdict, Verdict
from models.accountability.sources import says
from training.report.material import Material
from training.report.page import Mood, ReportAnswer, ReportSource
from training.report.words import count, joined, spoken

MOODS: dict[Verdict, Mood] = {"alarm": "bad", "watch": "unsure", "steady": "plain", "cannot tell yet": "unsure"}
MAX_LISTED = 10
"""Sources that the page lists; those in alarm and on watch are listed all."""
MAX_NAMED = 3
"""Sources that the answer names."""


def sources(material: Material) -> tuple[ReportSource, ...]:
    """Return every value of every channel: the worst verdict first, then those that lost most wins."""
    judged = material.verdicts
    several = len(material.schema.channels) > 1
    return tuple(
        ReportSource(_name(row, several), MOODS[row.verdict], row.verdict, says(row, judged.settings))
        for row in judged.rows
    )


def _name(row: SourceVerdict, several: bool) -> str:
    name = "not known" if row.value is None else row.value
    return f"{name} ({spoken(row.channel)})" if several else name


def listed(every: Sequence[ReportSource]) -> tuple[ReportSource, ...]:
    """Return the sources that the page lists: all in alarm or on watch, and of the others the first."""
    called = [source for source in every if source.verdict in ("alarm", "watch")]
    steady = [source for source in every if source.verdict == "steady"]
    return (*called, *steady[: max(MAX_LISTED - len(called), 0)])


def changed(material: Material, every: Sequence[ReportSource]) -> ReportAnswer:
    """Answer whether a source has gone bad."""
    question = "Which sources have gone bad?"
    if not material.schema.channels:
        said = "Nobody can tell: no field says where a lead came from (give one the role channel)."
        return ReportAnswer(question, "unsure", said)
    names = {verdict: [source.name for source in every if source.verdict == verdict] for verdict in VERDICTS}
    unqualified = material.outcomes.unqualified if material.outcomes else ()
    answer = ReportAnswer(
        question, "plain", "None by more than luck explains.", (*unqualified, *_more(material, every, names))
    )
    if names["alarm"]:
        fell = f"Gone bad: {_first(names['alarm'])}."
        if material.verdicts.together:
            fell = f"Closing worse than before: {_first(names['alarm'])}. {material.verdicts.together}"
        return replace(answer, mood="bad", answer=fell)
    if names["watch"]:
        return replace(answer, mood="unsure", answer=f"To be watched: {_first(names['watch'])}.")
    if len(names["cannot tell yet"]) == len(every):
        return replace(answer, mood="unsure", answer="Cannot tell yet: no source has enough outcomes.")
    return answer


def _more(material: Material, every: Sequence[ReportSource], names: dict[Verdict, list[str]]) -> list[str]:
    settings = material.verdicts.settings
    windows = joined([f"{days}" for days in settings.windows_days])
    more = [
        f"The leads of the last {windows} days are held against those of the {settings.before_days} days before them, as "
        "`glengarry sources` does. The risk of a false call is held over all sources together."
    ]
    if names["cannot tell yet"]:
        more.append(f"Of {count(len(names['cannot tell yet']), 'source')} nothing can be told yet: too few outcomes.")
    if any(source.name.startswith("not known") for source in every):
        more.append("'not known' are leads that do not say it.")
    return more


def _first(names: Sequence[str]) -> str:
    others = len(names) - MAX_NAMED
    return joined([*names[:MAX_NAMED], f"{others} more"] if others > 0 else names)
