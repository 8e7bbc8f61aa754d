"""The whole of a training: from a checked history to a registered model, judged on later moments beside its baselines."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from features.checks import CheckedHistory
from features.clock import to_datetime
from features.leaks import Finding
from models.close.model import CloseModel
from models.registry import CHAMPION, ModelVersion, Registry, Run
from training import arrivals, replay
from training.audit import audit_tags, refuse_leaks, refuse_too_good
from training.certainty import with_certainty
from training.companions import companions
from training.decisions import DecisionFit, fit_decider
from training.evaluate import Evaluation, evaluate
from training.fit import Fitted, fit_close_model
from training.identity import identity
from training.metrics import Metrics
from training.moments import labels_known_at
from training.samples import Dataset, prepare
from training.settings import SETTINGS_FILE, TrainingSettings

STEPS = ("features", "test on later leads", "final model", "plots", "registry")
"""What `progress` is told, each when it begins."""

ABSTAINS = "abstains"
"""Tag that says why a version answers with the base rate alone."""
TRAINING = "training"
"""Tag that names the history and the settings of a training."""


@dataclass(frozen=True)
class Grounds:
    """What the figures of a training rest on, for a report to tell."""

    checked: CheckedHistory
    settings: TrainingSettings
    dataset: Dataset
    findings: tuple[Finding, ...]
    evaluation: Evaluation


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
    grounds: Grounds

    def to_json(self) -> dict[str, Any]:
        """Return the result as plain values."""
        return {
            "version": self.version,
            "run_id": self.run_id,
            "champion": self.is_champion,
            "rows": dict(self.rows),
            "metrics": {name: metrics.to_json() for name, metrics in self.metrics.items()},
            "tested_since": to_datetime(self.tested_since).isoformat(),
            "trained_until": to_datetime(self.trained_until).isoformat(),
            "fingerprint": self.fingerprint,
            "abstains": self.abstention or None,
            "tuning": self.grounds.evaluation.fitted.tuning.to_json(),
            "judgement": self.grounds.evaluation.judgement.to_json(),
        }


def train(
    checked: CheckedHistory,
    settings: TrainingSettings,
    registry: Registry,
    progress: Callable[[str], None] = lambda _: None,
    candidate: bool = False,
) -> TrainingResult:
    """Train the close model on all that is known, and register it with what an earlier training would have achieved.

    The figures come from a model trained as of a time before the test moments. The one that is registered is trained anew, in the same
    way, on everything: it is the one that serves, and nothing later is left to judge it on.

    Parameters
    ----------
    progress
        Told each of `STEPS` as it begins.
    candidate
        Does not serve before it has been judged, not even as the first; and the same training is registered once, so that one that was
        interrupted can be done again.

    Raises
    ------
    TooFewOutcomesError
        If there is nothing to learn from.
    LeakError
        If a field, or all of them together, know the outcome.
    RegistryError
        If MLflow cannot be reached.
    """
    history = checked.history
    steps = iter(STEPS)
    progress(next(steps))
    findings = refuse_leaks(history, settings)
    tags = audit_tags(findings, settings)
    dataset = prepare(history, settings)
    progress(next(steps))
    evaluation = evaluate(dataset, settings)
    refuse_too_good(evaluation.metrics["close_model"].roc_auc, settings)
    rows = _rows(checked, dataset, settings)
    version = trained_before(checked, settings, registry) if candidate else None
    if version is None:
        progress(next(steps))
        fitted = fit_close_model(dataset, settings, history.known_until)
        model = with_certainty(dataset, settings, fitted, evaluation)
        decided = fit_decider(dataset, model, settings)
        progress(next(steps))
        run = _run(checked, settings, dataset, evaluation, fitted, rows, tags | _abstention(model))
        progress(next(steps))
        beside = companions(dataset, model, settings, evaluation, decided.decider)
        version = registry.log(with_decisions(run, decided), model, not candidate, beside)
    return TrainingResult(
        version.version,
        version.run_id,
        CHAMPION in version.aliases,
        rows,
        evaluation.metrics,
        evaluation.cutoff,
        history.known_until,
        checked.fingerprint,
        version.tags.get(ABSTAINS, ""),
        Grounds(checked, settings, dataset, findings, evaluation),
    )


def trained_before(checked: CheckedHistory, settings: TrainingSettings, registry: Registry) -> ModelVersion | None:
    """Return the latest version that was trained on this very history with these very settings; None if there is none."""
    key = identity(checked.history, checked.fingerprint, settings)
    return next((version for version in registry.versions() if version.tags.get(TRAINING) == key), None)


def _abstention(model: CloseModel) -> dict[str, str]:
    """Return what the registry keeps of a model that answers with the base rate alone."""
    return {ABSTAINS: model.certainty.abstention} if model.certainty.abstention else {}


def _rows(checked: CheckedHistory, dataset: Dataset, settings: TrainingSettings) -> dict[str, int]:
    labels = labels_known_at(checked.history, dataset.moments, checked.history.known_until, settings.settling_days)
    return {
        "leads": len(checked.history.leads),
        "moments": len(dataset.moments),
        "determined": int(np.count_nonzero(labels.determined)),
        "matured": int(np.count_nonzero(labels.matured)),
        "broken": sum(checked.summary.broken.values()),
    }


def _run(
    checked: CheckedHistory,
    settings: TrainingSettings,
    dataset: Dataset,
    evaluation: Evaluation,
    fitted: Fitted,
    rows: Mapping[str, int],
    tags: Mapping[str, str],
) -> Run:
    """Return what MLflow is to keep of a training."""
    from training.plots import figures

    schema = checked.history.schema
    facts = {
        "trees": fitted.model.booster.rounds,
        "later_moments": fitted.tuning.later,
        "clipped": fitted.clipped,
        "base_rate": fitted.model.base_rate,
    }
    return Run(
        name=f"until {to_datetime(checked.history.known_until):%Y-%m-%d}",
        params={"training": settings.model_dump(mode="json"), "horizon_days": schema.horizon_days},
        tags={
            **tags,
            TRAINING: identity(checked.history, checked.fingerprint, settings),
            "growth": fitted.tuning.name,
            "fingerprint": checked.fingerprint,
            "tested_since": to_datetime(evaluation.cutoff).isoformat(),
            "trained_until": to_datetime(checked.history.known_until).isoformat(),
        },
        metrics={
            **{f"rows/{name}": float(count) for name, count in rows.items()},
            **{f"fit/{name}": float(fact) for name, fact in facts.items()},
            **{f"tuning/{way.name}": way.log_loss for way in fitted.tuning.ways},
            **_metrics(evaluation),
        },
        documents={
            SETTINGS_FILE: {"schema": schema.model_dump(mode="json"), "training": settings.model_dump(mode="json")},
            replay.FILE: replay.record(fitted.model, checked.history).to_json(),
            arrivals.FILE: arrivals.arrivals(dataset),
            "tuning.json": fitted.tuning.to_json(),
            "evaluation.json": {**evaluation.judgement.to_json(), "scorecard": evaluation.scorecard.splitlines()},
        },
        figures=figures(dataset, evaluation),
    )


def with_decisions(run: Run, decided: DecisionFit) -> Run:
    """Return a run that also keeps what was found for deciding."""
    metrics, documents = {**run.metrics, **decided.metrics()}, {**run.documents, "decision.json": decided.to_json()}
    return replace(run, metrics=metrics, documents=documents)


def _metrics(evaluation: Evaluation) -> dict[str, float | None]:
    return {
        f"{model}/{name}": figure
        for model, metrics in evaluation.metrics.items()
        for name, figure in {**metrics.supported(), "n": metrics.n, "won": metrics.won}.items()
    }
