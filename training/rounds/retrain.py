"""The quarter's whole round: train on what was known by a time, backtest, judge, promote or refuse, and write the report.

The champion changes in one step, near the end and after the verdict is recorded: a round that fails or is interrupted before leaves it as
it was. Done again, a round finds what was done: the version that came of the same training, the quarters of the backtest, and, when it was
finished, its decision. Two rounds exclude each other by a lock.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from features.records.checks import CheckedHistory, fingerprint
from features.records.clock import to_datetime
from features.records.history import History
from models.accountability.settings import AccountabilitySettings
from models.registry import Registry
from training.fitting.fit import TooFewOutcomesError
from training.gate.decision import Approval, PromotionDecision, record, recorded
from training.judging.backtest import Backtest, Work, backtest
from training.judging.fingerprint import identity
from training.judging.logged_decisions import Decided
from training.judging.policy import judged_so_far
from training.judging.result import ReportGrounds, TrainingResult
from training.report import write_report
from training.rounds.lock import only_one
from training.rounds.promote import Reader, champion_of, crown, judge_version
from training.rounds.train import train, trained_before
from training.samples.dataset import Dataset, prepare
from training.settings import GateSettings, RetrainSettings, TrainingSettings

FINISHED = "round/finished"
"""Tag of a version whose round is done: by what history and settings."""
LOCK = "retrain.lock"


@dataclass(frozen=True)
class RoundPlan:
    """How a round is done: its settings, where it and its report are kept, and how the champion's settings read the history.

    Attributes
    ----------
    patience
        Seconds to wait for another round, or for a refresh, to end.
    decided
        The decisions that the service has taken, for the report to judge.
    accountability
        What the report holds sources, funnel and reps against; without it, it says nothing of the last two.
    lay_out
        Lays out the moments with their features; another where they were computed elsewhere.
    work
        Predicts the quarters of the backtest; processes of this machine if not given.
    """

    training: TrainingSettings
    gate: GateSettings
    retrain: RetrainSettings
    var: Path
    reports: Path
    read: Reader
    patience: float = 0.0
    decided: Decided | None = None
    accountability: AccountabilitySettings | None = None
    lay_out: Callable[[History, TrainingSettings], Dataset] = prepare
    work: Work | None = None


@dataclass(frozen=True)
class Round:
    """What a round came to.

    Attributes
    ----------
    decision
        None where the version serves already without having been judged.
    training, report
        None if the round had been done before.
    backtest
        None if no quarter was asked for, or `no_backtest` says why there is none.
    done_before
        Whether this very round was finished earlier, so that nothing was done.
    """

    version: str
    known_until: int
    decision: PromotionDecision | None
    training: TrainingResult | None = None
    backtest: Backtest | None = None
    no_backtest: str = ""
    report: Path | None = None
    done_before: bool = False

    @property
    def promoted(self) -> bool:
        """Whether the version was let serve."""
        return self.decision is None or self.decision.promoted

    def to_json(self) -> dict[str, Any]:
        """Return the round as plain values."""
        return {
            "version": self.version,
            "promoted": self.promoted,
            "known_until": to_datetime(self.known_until).isoformat(),
            "done_before": self.done_before,
            "training": self.training.to_json() if self.training else None,
            "backtest": self.backtest.to_json() if self.backtest else None,
            "no_backtest": self.no_backtest or None,
            "gate": self.decision.to_json() if self.decision else None,
            "report": str(self.report) if self.report else None,
        }


def known_at(checked: CheckedHistory, time: int) -> CheckedHistory:
    """Return a checked history as it was known at a time; what was broken stays counted."""
    history = checked.history.as_known_at(time)
    return replace(checked, history=history, fingerprint=fingerprint(history))


def retrain(
    checked: CheckedHistory,
    plan: RoundPlan,
    registry: Registry,
    word: Approval,
    progress: Callable[[str], None] = lambda _: None,
) -> Round:
    """Do a quarter's round on a history, or what is left to do of it.

    Raises
    ------
    BusyError
        If another round is running.
    TooFewOutcomesError, LeakError
        If there is nothing to train on, or a field knows the outcome: nothing is registered.
    ChampionChangedError
        If the champion was changed by somebody while the challenger was judged: do the round again.
    RegistryError
        If MLflow cannot be reached.
    """
    with only_one(plan.var / LOCK, "round of retraining", word.at, plan.patience):
        key = identity(checked.history, checked.fingerprint, plan.training, plan.gate, plan.retrain)
        before = trained_before(checked, plan.training, registry)
        if before is not None and before.tags.get(FINISHED) == key:
            return Round(
                before.version, checked.history.known_until, recorded(before.version, registry), done_before=True
            )
        done = _train_and_decide(checked, plan, registry, word, progress)
        registry.tag(done.version, {FINISHED: key})
        return done


def _train_and_decide(
    checked: CheckedHistory, plan: RoundPlan, registry: Registry, word: Approval, progress: Callable[[str], None]
) -> Round:
    result = train(checked, plan.training, registry, progress, candidate=True, lay_out=plan.lay_out)
    progress("backtest")
    tested, why = _backtest(result.grounds, plan, progress)
    if tested is not None:
        registry.keep(result.version, {"backtest.json": tested.to_json()})
    champion = champion_of(registry)
    if champion == result.version:  # it was promoted by a round that was interrupted, or trained as the first
        decision = recorded(result.version, registry)
    else:
        progress("gate")
        decision = PromotionDecision(
            judge_version(result.version, champion, checked.history, plan.read, registry, plan.gate), word
        )
        record(decision, registry)
        progress("promotion")
        crown(decision, registry)
    progress("report")
    verdict = decision.verdict if decision else None
    policy = judged_so_far(checked.history, plan.decided, plan.training)
    report = write_report(result, registry, plan.reports, verdict, tested, policy, plan.accountability)
    return Round(result.version, checked.history.known_until, decision, result, tested, why, report)


def _backtest(grounds: ReportGrounds, plan: RoundPlan, progress: Callable[[str], None]) -> tuple[Backtest | None, str]:
    """Backtest the latest quarters; return why there is none if none can be judged."""
    latest = plan.retrain.backtest_quarters
    if not latest:
        return None, "retrain.backtest_quarters is 0."
    try:
        tested = backtest(
            grounds.dataset,
            plan.training,
            plan.var / "backtest",
            grounds.checked.fingerprint,
            lambda done, every: progress(f"backtest: {done} of {every} quarters"),
            latest=latest,
            work=plan.work,
        )
    except TooFewOutcomesError as error:
        return None, str(error)
    return tested, ""
