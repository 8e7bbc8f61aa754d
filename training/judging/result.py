"""What a training came to, and what its figures rest on."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from features.leaks import Finding, Gain
from features.records.checks import CheckedHistory
from features.records.clock import to_datetime
from training.fitting.audit import left_out_sentence
from training.judging.evaluate import Evaluation
from training.judging.rivals import BesideRival, beside_rival
from training.metrics import Judgement, Metrics
from training.samples.dataset import Dataset
from training.settings import TrainingSettings


@dataclass(frozen=True)
class ReportGrounds:
    """What the figures of a training rest on, for a report to tell."""

    checked: CheckedHistory
    settings: TrainingSettings
    dataset: Dataset
    findings: tuple[Finding, ...]
    evaluation: Evaluation
    left_out: tuple[Gain, ...] = ()


@dataclass(frozen=True)
class TrainingSummary:
    """What is told of a training, without the moments that it rests on: small enough to come from another machine.

    Attributes
    ----------
    beside_rival
        How the model stands to its nearest rival.
    left_out
        What fields that are left out would have gained, in sentences.
    tuning
        What the blend was made of, as `Tuning.to_json` gives it.
    judgement
        The models side by side, on moments that the tested model did not know. All else is as in `TrainingResult`.
    """

    beside_rival: BesideRival
    left_out: tuple[str, ...]
    version: str
    run_id: str
    is_champion: bool
    rows: Mapping[str, int]
    metrics: Mapping[str, Metrics]
    tested_since: int
    trained_until: int
    fingerprint: str
    abstention: str
    refreshing: str
    tuning: Mapping[str, Any]
    judgement: Judgement

    def to_json(self) -> dict[str, Any]:
        """Return the summary as plain values."""
        return {
            "beside_rival": self.beside_rival.to_json(),
            "left_out": list(self.left_out),
            "version": self.version,
            "run_id": self.run_id,
            "champion": self.is_champion,
            "rows": dict(self.rows),
            "metrics": {name: metrics.to_json() for name, metrics in self.metrics.items()},
            "tested_since": to_datetime(self.tested_since).isoformat(),
            "trained_until": to_datetime(self.trained_until).isoformat(),
            "fingerprint": self.fingerprint,
            "abstains": self.abstention or None,
            "refreshing": self.refreshing,
            "tuning": dict(self.tuning),
            "judgement": self.judgement.to_json(),
        }


@dataclass(frozen=True)
class TrainingResult:
    """What a training came to.

    Attributes
    ----------
    version
        In the registry.
    is_champion
        Whether it serves from now on: so it does if there was no champion.
    rows
        Counts of leads, moments, determined and matured moments, and of broken rows that were left out.
    metrics
        By model, on moments after those that the tested model was trained on.
    tested_since
        Microseconds UTC: the tested model knew nothing later, and the test moments are later.
    abstention
        Why the registered model answers with the base rate alone; empty where it does not.
    refreshing
        What the registered model follows of the outcomes that come in.
    grounds
        What the figures rest on; not in the JSON, but for how the models were judged.
    """

    version: str
    run_id: str
    is_champion: bool
    rows: Mapping[str, int]
    metrics: Mapping[str, Metrics]
    tested_since: int
    trained_until: int
    fingerprint: str
    abstention: str
    refreshing: str
    grounds: ReportGrounds

    @property
    def beside_rival(self) -> BesideRival:
        """How the model stands to its nearest rival."""
        channels = self.grounds.checked.history.schema.channels
        return beside_rival(self.grounds.evaluation.judgement, bool(channels))

    @property
    def summary(self) -> TrainingSummary:
        """The result without its grounds."""
        return TrainingSummary(
            self.beside_rival,
            tuple(map(left_out_sentence, self.grounds.left_out)),
            self.version,
            self.run_id,
            self.is_champion,
            self.rows,
            self.metrics,
            self.tested_since,
            self.trained_until,
            self.fingerprint,
            self.abstention,
            self.refreshing,
            self.grounds.evaluation.fitted.tuning.to_json(),
            self.grounds.evaluation.judgement,
        )

    def to_json(self) -> dict[str, Any]:
        """Return the result as plain values."""
        return self.summary.to_json()
