"""What was left out and why: what was too young, what was broken, what was written late, and what looks as if it had been."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from features.leaks import Finding
from features.records.history import creations
from models.close.reasons.sentences import own_day
from training.fitting.audit import left_out_sentence
from training.report.material import Material
from training.report.page import LeftOut, ReportAnswer
from training.report.words import count, joined, spoken
from training.samples.moments import labels_known_at

YOUNG = {
    "expected": "The model learned from them with the outcome that is expected of leads still open at that age; it was not judged on them.",
    "hazard": "The model learned from them by how soon leads like them are won and lost; it was not judged on them.",
    "left_out": "The model neither learned from them nor was judged on them.",
}
"""What becomes of undetermined leads, by how the tested model learned from them."""
FOUND = {
    "severe": ("accepted by name, though severe", "The figures are worth only as much as the reason given is true."),
    "suspicious": (
        "in use, though suspicious",
        "Values may have been written after the outcome: find out, and if so give the role late.",
    ),
    "identifier": (
        "in use, though made of numbers or names of the lead itself",
        "What names one lead says nothing about the next.",
    ),
    "undated": (
        "in use without a date of their own",
        "Figures cannot show whether the values were there before the outcome; who writes them knows.",
    ),
}
"""What a finding of the leak audit means for who reads the report, by severity."""
MAX_LISTED = 8


def left_out(material: Material) -> Iterator[LeftOut]:
    """Yield what was left out, or was used though one might rather not."""
    yield from _broken(material)
    yield from _young(material)
    yield from _fields(material)
    yield from _findings(material)
    skipped = material.backtest.skipped if material.backtest else {}
    if skipped:
        yield LeftOut(
            f"{count(len(skipped), 'quarter')} of the backtest",
            "They could not be trained for, or have not matured.",
            tuple(f"{name}: {why}" for name, why in skipped.items()),
        )


def omitted(every: Sequence[LeftOut]) -> ReportAnswer:
    """Answer what was left out, in short."""
    question = "What was left out, and why?"
    if not every:
        return ReportAnswer(question, "plain", "Nothing.")
    return ReportAnswer(question, "plain", f"{joined([each.what for each in every])}.")


def _broken(material: Material) -> Iterator[LeftOut]:
    checked = material.result.grounds.checked
    rows = sum(checked.summary.broken.values())
    if rows:
        worst = sorted(checked.counts, key=lambda each: -each.rows)
        items = [f"{each.file}, {each.column}: {each.rule} ({count(each.rows, 'row')})" for each in worst[:MAX_LISTED]]
        more = len(worst) - MAX_LISTED
        yield LeftOut(
            count(rows, "broken row"),
            "Nothing can be learned from a row that breaks a rule: glengarry check names each, with what to do.",
            (*items, *([f"and {count(more, 'other kind')}"] if more > 0 else [])),
        )


def _young(material: Material) -> Iterator[LeftOut]:
    grounds = material.result.grounds
    history, settings = grounds.checked.history, grounds.settings
    labels = labels_known_at(history, creations(history), history.known_until, settings.settling_days)
    young = int(np.count_nonzero(~labels.matured))
    before = "" if (own := own_day(material.schema)) is None else f", or their own day ({own}) has not passed"
    if young:
        yield LeftOut(
            f"{count(young, 'lead')} too young to judge",
            f"Of {count(len(history.leads), 'lead')} these have been here for less than {material.horizon}{before}, so not all of their ends are known. {YOUNG[grounds.evaluation.fitted.labels]}",
        )


def _fields(material: Material) -> Iterator[LeftOut]:
    late = list(material.schema.by_role("late"))
    if late:
        yield LeftOut(
            f"{count(len(late), 'field')} written too late",
            "They are written after the outcome, or may be: a model that knew them would only look good.",
            (joined([spoken(name) for name in late]),),
        )
    profile = [name for name, field in material.schema.by_role("profile", "context").items() if not field.admitted]
    if profile:
        yield LeftOut(
            f"{count(len(profile), 'field')} about who a lead is or how the world was",
            "A lead that looks like a customer is not a lead. The comparison above says what they would gain.",
            (
                joined([spoken(name) for name in profile]),
                *map(left_out_sentence, material.result.grounds.left_out[:MAX_LISTED]),
            ),
        )


def _findings(material: Material) -> Iterator[LeftOut]:
    grounds = material.result.grounds
    for severity, (what, why) in FOUND.items():
        found = [finding for finding in grounds.findings if finding.severity == severity]
        if found:
            items = tuple(_found(each, grounds.settings.accepted_leaks) for each in found)
            yield LeftOut(f"{count(len(found), 'field')} {what}", why, items)


def _found(finding: Finding, accepted: Mapping[str, str]) -> str:
    reason = f" Accepted: {accepted[finding.field]}" if finding.field in accepted else ""
    return f"{spoken(finding.field)}: {finding.evidence}{reason}"
