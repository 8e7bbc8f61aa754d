"""A training as it is commanded: learned, registered, and told in a report."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from features.records.checks import CheckedHistory
from features.records.history import History
from models.registry import Registry
from serving.analytics.logged_decisions import decided_so_far
from serving.settings.settings import Settings
from training.judging.policy import judged_so_far
from training.judging.result import TrainingSummary
from training.report import write_report
from training.rounds.train import train
from training.samples.dataset import Dataset, prepare
from training.settings import TrainingSettings


@dataclass(frozen=True)
class ReportedTraining:
    """What is told of a training, and the file of its report."""

    summary: TrainingSummary
    report: Path

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {**self.summary.to_json(), "report": str(self.report)}


def train_and_report(
    settings: Settings,
    checked: CheckedHistory,
    step: Callable[[str], None] = lambda _: None,
    lay_out: Callable[[History, TrainingSettings], Dataset] = prepare,
) -> ReportedTraining:
    """Train on a history, register the model and write the report.

    Parameters
    ----------
    step
        Told each step as it begins.
    lay_out
        Lays out the moments with their features; another where they were computed elsewhere.
    """
    registry = Registry(settings.registry, settings.var)
    result = train(checked, settings.training, registry, step, lay_out=lay_out)
    step("report")
    policy = judged_so_far(checked.history, decided_so_far(settings), settings.training)
    report = write_report(result, registry, settings.reports, policy=policy, accountability=settings.accountability)
    return ReportedTraining(result.summary, report)
