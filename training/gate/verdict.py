"""Judging: a challenger before the gate, check by check."""

from features.leaks import audit
from training.gate.check import Check, Verdict
from training.gate.checks import OURS, additivity, better, channels, leaks, no_worse, replay, resampled, slope
from training.gate.comparison import Contestant, hold
from training.gate.impact import preview
from training.gate.recorded_scores import RecordedScores
from training.settings import GateSettings


def judge(
    challenger: Contestant, champion: Contestant | None, record: RecordedScores | None, settings: GateSettings
) -> Verdict:
    """Hold a challenger against the champion, or against the base rate if there is none.

    Parameters
    ----------
    record
        What the challenger said when it was made; without it, nobody can show that it still says the same.

    Raises
    ------
    TooFewOutcomesError
        If too little is known to compare anything.
    """
    contest = hold(challenger, champion)
    both = resampled(contest, settings)
    history, model = challenger.history, challenger.model
    checks: tuple[Check, ...] = (
        no_worse(contest, both, settings),
        better(contest, both, settings),
        slope(contest, both[OURS], settings),
        channels(contest, settings),
        leaks(audit(history), float(both[OURS].exact["roc_auc"][0]), challenger.settings),
        additivity(model, history),
        replay(model, record),
    )
    moves = preview(challenger, champion, settings) if champion else None
    return Verdict(
        challenger.version,
        champion.version if champion else None,
        checks,
        contest.terms,
        moves,
    )
