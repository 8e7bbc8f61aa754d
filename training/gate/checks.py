"""The checks of the gate: figures of the contest and proofs on the very model, each held against a limit of the settings."""

from collections.abc import Mapping, Sequence

import numpy as np

from features.leaks import Finding
from features.records.history import History
from models.close.model import CloseModel
from training.fitting.audit import TOO_GOOD, WHOLE_MODEL
from training.gate.check import Check
from training.gate.comparison import Contest
from training.gate.recorded_scores import RecordedScores, latest_rows, replayed
from training.metrics import Figure, JudgingSettings
from training.metrics.compare import Resampled, less, resample
from training.metrics.figure import figure, number_or_none
from training.metrics.groups import GroupFigure, by_name
from training.metrics.scores import share_name
from training.settings import GateSettings, TrainingSettings

OURS, THEIRS = "challenger", "champion"
WAYS = 3
"""Ways of being better. Each has a third of the risk of being called so by luck, so that together they have the whole."""
ADDITIVE = 1e-9
"""Log-odds by which contributions and base value may miss the margin."""
MAX_EXPLAINED = 2000
"""Moments whose contributions are added up."""


def resampled(contest: Contest, settings: GateSettings) -> dict[str, Resampled]:
    """Return every figure of both models on one bootstrap over leads."""
    judging = JudgingSettings(top_shares=(settings.capacity,), replicates=settings.replicates, seed=settings.seed)
    return resample(contest.trial, {OURS: contest.challenger, THEIRS: contest.champion}, judging)


def no_worse(contest: Contest, both: Mapping[str, Resampled], settings: GateSettings) -> Check:
    """Check that the log loss is not worse by more than is allowed: by the upper bound of the relative difference."""
    found = _less(contest, both, "log_loss", 1 - settings.confidence, relative=True)
    shown = (
        f"Log loss {_exact(both[OURS], 'log_loss'):.4f} against {_exact(both[THEIRS], 'log_loss'):.4f} of the {contest.against}: "
        f"{_percent(found.value)}, with {_share(settings.confidence)} confidence at most {_percent(found.high)}; "
        f"it must be under {_percent(settings.most_loss)}."
    )
    return Check(
        "log loss",
        bool(found.high < settings.most_loss),
        shown if found.supported else f"{_too_few(found)} to compare the log loss.",
        {
            "challenger": number_or_none(_exact(both[OURS], "log_loss")),
            "champion": number_or_none(_exact(both[THEIRS], "log_loss")),
            **_bounds(found),
            "limit": settings.most_loss,
        },
    )


def better(contest: Contest, both: Mapping[str, Resampled], settings: GateSettings) -> Check:
    """Check that the challenger is better in log loss, in the wins found at capacity, or in calibration, and not by luck.

    Calibration is told by what stretching and shifting the log-odds would still gain.
    """
    risk = (1 - settings.confidence) / WAYS
    share = f"share_of_wins_top_{share_name(settings.capacity)}"
    ways = {
        "log loss": (_less(contest, both, "log_loss", risk), -1),
        f"share of wins in the best {_share(settings.capacity)}": (_less(contest, both, share, risk), 1),
        "calibration": (_less(contest, both, "recalibration_gain", risk), -1),
    }
    won = [way for way, (found, sign) in ways.items() if min(sign * found.low, sign * found.high) > 0]
    told = "; ".join(f"{way} {_signed(found)}" for way, (found, _) in ways.items())
    return Check(
        "better somewhere",
        bool(won),
        f"{'Better in ' + ' and '.join(won) if won else 'Not shown to be better in anything'}: challenger less {contest.against}, {told}.",
        {f"{way}, {bound}": number for way, (found, _) in ways.items() for bound, number in _bounds(found).items()},
    )


def slope(contest: Contest, ours: Resampled, settings: GateSettings) -> Check:
    """Check that the challenger neither exaggerates differences between leads nor is too timid."""
    found = figure("slope", _exact(ours, "slope"), ours.replicates["slope"], contest.trial, settings.confidence)
    low, high = settings.slope
    shown = f"Calibration slope {found.value:.2f} ({found.low:.2f} to {found.high:.2f}); it must lie from {low:g} to {high:g}."
    return Check(
        "calibration slope",
        bool(low <= found.value <= high),
        shown if found.supported else f"{_too_few(found)} to tell the calibration slope.",
        _bounds(found),
    )


def channels(contest: Contest, settings: GateSettings) -> Check:
    """Check that in no channel with enough expected wins the challenger is far off."""
    every = {name: _ratios(contest, name) for name in contest.groups if name.startswith("channel:")}
    told = [
        (f"{name.removeprefix('channel:')} {group.name}", group)
        for name, groups in every.items()
        for group in groups
        if group.expected >= settings.channel_wins
    ]
    low, high = settings.channel_ratio
    off = [(name, group) for name, group in told if not low <= group.won / group.expected <= high]
    asked = f"wins over expected wins must lie from {low:g} to {high:g} wherever {settings.channel_wins:g} are expected"
    said = "; ".join(f"{name}: {group.won:.0f} won, {group.expected:.0f} expected" for name, group in off)
    return Check(
        "channels",
        not off,
        f"Far off in {said}; {asked}." if off else f"None of {len(told)} channel values is far off: {asked}.",
        {name: group.won / group.expected for name, group in told},
    )


def leaks(findings: Sequence[Finding], roc_auc: float, settings: TrainingSettings) -> Check:
    """Check that no field in use knows the outcome, nor all together, unless that was accepted by name."""
    severe = {finding.field: finding.evidence for finding in findings if finding.severity == "severe"}
    if roc_auc > TOO_GOOD:
        severe[WHOLE_MODEL] = f"Its ROC AUC is {roc_auc:.3f}, above {TOO_GOOD}: all fields together know the outcome."
    accepted = [name for name in severe if name in settings.accepted_leaks]
    found = {name: why for name, why in severe.items() if name not in settings.accepted_leaks}
    clean = "No field in use knows the outcome" + (
        f", but what was accepted: {', '.join(accepted)}." if accepted else "."
    )
    said = " ".join(f"{name} knows the outcome: {why}" for name, why in found.items())
    return Check(
        "leak audit", not found, said or clean, {"severe": float(len(found)), "accepted": float(len(accepted))}
    )


def additivity(model: CloseModel, history: History, rows: int = MAX_EXPLAINED) -> Check:
    """Check that contributions and base value add up to the margin, for the latest leads."""
    explained = model.explain(latest_rows(model, history, rows))
    error = float(np.abs(explained.contributions.sum(axis=1) + explained.base_value - explained.margin).max())
    return Check(
        "additivity",
        error <= ADDITIVE,
        f"Contributions and base value miss the log-odds of {len(explained.margin):,} leads by at most {error:.1e}; "
        f"{ADDITIVE:.0e} is allowed.",
        {"error": error},
    )


def replay(model: CloseModel, record: RecordedScores | None) -> Check:
    """Check that the model from the registry gives the very bytes that it gave when it was made."""
    if record is None:
        return Check("replay", False, "No record of its first predictions was kept: train it anew.")
    same = replayed(model, record)
    return Check(
        "replay",
        same.all().item(),
        f"{np.count_nonzero(same):,} of {len(same):,} predictions made at training come out of the registry to the bit.",
        {"same": float(np.count_nonzero(same)), "of": float(len(same))},
    )


def _less(contest: Contest, both: Mapping[str, Resampled], name: str, risk: float, relative: bool = False) -> Figure:
    """Return a figure of the challenger less that of the champion; each of its bounds is passed with this risk."""
    return less(contest.trial, name, both[OURS], both[THEIRS], 1 - 2 * risk, relative)


def _ratios(contest: Contest, name: str) -> tuple[GroupFigure, ...]:
    grouping = by_name(contest.trial, contest.challenger, contest.groups[name])
    return grouping.figures(np.full((len(grouping.names), 1), np.nan), 0.95)


def _exact(of: Resampled, name: str) -> float:
    return float(of.exact[name][0])


def _bounds(found: Figure) -> dict[str, float | None]:
    return {name: number_or_none(getattr(found, name)) for name in ("value", "low", "high")}


def _too_few(found: Figure) -> str:
    return f"Too few outcomes ({found.won} leads won and {found.not_won} not, {found.needed} of each needed)"


def _percent(number: float) -> str:
    return f"{100 * number:+.2f} %"


def _share(number: float) -> str:
    return f"{share_name(number)} %"


def _signed(found: Figure) -> str:
    if not found.supported:
        return "not supported"
    return "not defined" if np.isnan(found.value) else f"{found.value:+.4f} ({found.low:+.4f} to {found.high:+.4f})"
