"""The tables of the detail part: every figure of the evaluation, with its interval, or why it cannot be told."""

from collections.abc import Iterator, Sequence

import numpy as np

from models.close.reasons.wording import fine_percent
from training.gate.preview import ImpactReason
from training.judging.evaluate import CLOSE, NOT_REFRESHED, PROFILE, WITH_PROFILE
from training.metrics import Figure
from training.metrics.figure import verdict
from training.metrics.groups import GroupFigure
from training.metrics.judge import SCORE_BAND
from training.metrics.scores import share_name
from training.report.better import moved
from training.report.decisions import ladder_table, plan_table, policy_tables
from training.report.material import Material
from training.report.page import Table
from training.report.words import NOT_TOLD, fixed, spoken, whole

MODELS = {
    CLOSE: "This model, refreshed daily",
    NOT_REFRESHED: "This model, never refreshed",
    WITH_PROFILE: "This model with profile fields",
    PROFILE: "Profile fields alone",
    "logistic": "Logistic regression",
    "scorecard": "Points scorecard",
    "channel_rate": "Rate of the source",
    "base_rate": "Same chance for all",
}
FIGURES = {
    "log_loss": "Log loss",
    "brier": "Brier score",
    "roc_auc": "ROC AUC",
    "pr_auc": "PR AUC",
    "observed_over_expected": "Won / expected",
    "slope": "Calibration slope",
    "intercept": "Calibration intercept",
    "recalibration_gain": "Log loss that recalibration would save",
}
MEANING = (
    "Log loss and Brier score: how far the chances were from what happened; lower is better. ROC AUC and PR AUC: how well leads that "
    "were won rank before others; higher is better. Won / expected: as many as promised at 1, too much promised below."
)


OPEN_LEADS = {
    "expected": "open leads count as far as they may be expected to be won",
    "left_out": "open leads are left out",
    "hazard": "open leads count by how soon leads like them are won and lost",
}
"""How a model learned from leads whose end was not known, by `undetermined` in the settings."""


def tables(material: Material) -> Iterator[Table]:
    """Yield the tables, from the most asked for."""
    yield _models(material)
    yield _close(material)
    yield _ranking(material)
    yield _net_benefit(material)
    if material.plan:
        yield plan_table(material.plan)
    yield ladder_table(material.ladder)
    if material.policy:
        yield from policy_tables(material.policy)
    yield from _calibration(material)
    yield _parts(material)
    yield from _members(material)
    yield from _learning_curve(material)
    if material.backtest:
        yield _backtest(material)
    yield from _moves(material)


def _models(material: Material) -> Table:
    names = ("log_loss", "brier", "roc_auc", "pr_auc", "observed_over_expected")
    models = material.judgement.models
    rows = [
        (
            words,
            *(_value(models[model].figures[name]) for name in names),
            _interval(models[CLOSE].less_log_loss.get(model)),
        )
        for model, words in MODELS.items()
        if model in models
    ]
    columns = ("Model", *(FIGURES[name] for name in names), "Log loss of this model less that")
    return Table("All models on the same leads", columns, tuple(rows), f"{MEANING} {_few(material)}".strip())


def _few(material: Material) -> str:
    figures = material.close.figures.values()
    missing = [figure for figure in figures if not figure.supported]
    if not missing:
        return ""
    counted = f"{missing[0].won:,} leads were won and {missing[0].not_won:,} not"
    return f"'{NOT_TOLD}' stands where outcomes are too few: {counted}."


def _close(material: Material) -> Table:
    level = fine_percent(material.judgement.settings.level)
    rows = [(words, str(material.close.figures[name])) for name, words in FIGURES.items()]
    return Table(
        f"This model, with {level} intervals",
        ("Figure", "Value (from to)"),
        tuple(rows),
        "Intervals by bootstrap over leads.",
    )


def _ranking(material: Material) -> Table:
    models = material.judgement.models
    tops = [share_name(top) for top in material.judgement.settings.top_shares]
    cells = {
        model: (
            *(_value(models[model].figures[f"share_of_wins_top_{top}"], as_percent=True) for top in tops),
            *(_value(models[model].figures[f"lift_top_{top}"], digits=1) for top in tops),
        )
        for model in MODELS
        if model in models
    }
    columns = ("Model", *(f"Wins in best {top} %" for top in tops), *(f"Lift, best {top} %" for top in tops))
    rows = tuple((MODELS[model], *told) for model, told in cells.items())
    return Table(
        "Wins among the best leads", columns, rows, "Lift: how many times more wins than among as many leads at random."
    )


def _net_benefit(material: Material) -> Table:
    judgement = material.judgement
    rows = []
    for threshold in map(share_name, judgement.settings.thresholds):
        ours = material.close.figures[f"net_benefit_at_{threshold}"]
        rows.append((f"{threshold} %", _value(ours), fixed(judgement.net_benefit_of_all[threshold])))
    note = (
        "Call the leads from this chance on: wins gained a lead, less what calls in vain cost at that exchange. "
        "Calling nobody gains nothing; the model should gain more than that and more than calling everybody."
    )
    return Table("Net benefit of calling by score", ("From", "This model", "Calling everybody"), tuple(rows), note)


def _calibration(material: Material) -> Iterator[Table]:
    for name, groups in material.close.calibration.items():
        what = "band of chances" if name == SCORE_BAND else spoken(name.removeprefix("channel:"))
        yield Table(
            f"Won against expected by {what}",
            (what.capitalize(), "Leads", "Won", "Expected", "Won / expected", "From", "To"),
            tuple(_group(group) for group in groups if group.leads > 0),
            "Every look at a lead counts the same; leads are counted by their share of all looks.",
        )


def _group(group: GroupFigure) -> tuple[str, ...]:
    counts = (whole(group.leads), f"{group.won:.1f}", f"{group.expected:.1f}")
    if not group.supported:
        return (group.name, *counts, NOT_TOLD, "", "")
    return (group.name, *counts, *(fixed(number, 2) for number in (group.value, group.low, group.high)))


def _parts(material: Material) -> Table:
    rows = [
        (FIGURES[name], *(fixed(part, 4) for part in (of.score, of.miscalibration, of.discrimination, of.uncertainty)))
        for name, of in material.close.parts.items()
    ]
    note = "Score = miscalibration − discrimination + uncertainty (CORP): what recalibration would save, what telling leads apart saves, and what nobody could know."
    return Table(
        "The score taken apart",
        ("Score", "Value", "Miscalibration", "Discrimination", "Uncertainty"),
        tuple(rows),
        note,
    )


def _members(material: Material) -> Iterator[Table]:
    tuning = material.result.grounds.evaluation.fitted.tuning
    rows = [
        (spoken(member.name), whole(member.trees), fixed(member.log_loss, 4), fixed(member.weight, 2))
        for member in tuning.members
    ]
    if tuning.later:
        yield Table(
            "What the model is blended of",
            ("Kind", "Trees", "Log loss alone", "Weight"),
            tuple(rows),
            f"Weighed on {whole(tuning.later)} moments before those of the test; a kind without weight is left out. {_learned_from(material)}",
        )


def _learning_curve(material: Material) -> Iterator[Table]:
    curve = material.result.grounds.evaluation.curve
    if not curve:
        return
    note = (
        "Log loss on the test beside that of all leads, by the kind that weighs most in the blend. It learned from leads whose end was known before "
        "the moments that it was weighed on, so from fewer than the model. Leads are drawn by a hash of their ids."
    )
    rows = [(whole(point.leads), _interval(point.lost, digits=4), verdict(point.lost)) for point in curve.points]
    title = f"What fewer leads than {whole(curve.leads)} would have cost"
    yield Table(title, ("Leads", "Log loss, more", "Beside all"), tuple(rows), note)


def _learned_from(material: Material) -> str:
    """Say of how many moments the tested model learned, and how of open leads."""
    grounds = material.result.grounds
    fitted = grounds.evaluation.fitted
    known = int(np.count_nonzero(grounds.dataset.moments.as_of <= grounds.evaluation.cutoff))
    moments = f"{whole(fitted.moments)} of the {whole(known)} moments that were known"
    return f"The kinds learn from {moments}; {OPEN_LEADS[fitted.labels]}."


def _backtest(material: Material) -> Table:
    backtest = material.backtest
    parts = {**(backtest.by_quarter if backtest else {}), "All quarters": backtest.pooled if backtest else {}}
    rows = []
    for quarter, models in parts.items():
        ours, base = models[CLOSE], models["base_rate"]
        told, of_base = ours.supported(), base.supported()
        figures = (told["log_loss"], of_base["log_loss"], told["roc_auc"], told["observed_over_expected"])
        rows.append((quarter, f"{ours.n:,}", f"{ours.won:,}", *(fixed(figure) for figure in figures)))
    columns = ("Quarter", "Moments", "Won", "Log loss", "Same chance for all", "ROC AUC", "Won / expected")
    note = "Trained anew at each quarter's start, with what was known then."
    return Table("Backtest by quarter", columns, tuple(rows), note)


def _moves(material: Material) -> Iterator[Table]:
    preview = material.verdict.preview if material.verdict else None
    if preview and preview.largest:
        rows = [
            (fine_percent(move.before), fine_percent(move.after), _reasons(move.reasons)) for move in preview.largest
        ]
        yield Table("Open leads that move most", ("Before", "After", "Mostly because of"), tuple(rows), moved(material))


def _reasons(reasons: Sequence[ImpactReason]) -> str:
    return ", ".join(f"{spoken(reason.subject)} {100 * reason.points:+.0f}" for reason in reasons)


def _value(figure: Figure, as_percent: bool = False, digits: int = 3) -> str:
    if not figure.supported:
        return NOT_TOLD
    if as_percent and figure.value == figure.value:
        return fine_percent(figure.value)
    return fixed(figure.value, digits)


def _interval(figure: Figure | None, digits: int = 3) -> str:
    if figure is None:
        return ""
    if not figure.supported:
        return NOT_TOLD
    return f"{fixed(figure.value, digits)} ({fixed(figure.low, digits)} to {fixed(figure.high, digits)})"
