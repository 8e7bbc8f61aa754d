"""How good probabilities are: figures with intervals, calibration by group, and what a model gains over another."""

from training.metrics.compare import difference, differences
from training.metrics.figure import Figure
from training.metrics.judge import Judgement, ModelJudgement, judge
from training.metrics.scores import Metrics, measure
from training.metrics.settings import JudgingSettings
from training.metrics.trial import Trial

__all__ = [
    "Figure",
    "Judgement",
    "JudgingSettings",
    "Metrics",
    "ModelJudgement",
    "Trial",
    "difference",
    "differences",
    "judge",
    "measure",
]
