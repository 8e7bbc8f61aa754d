"""The whole of a training: from a checked history to a registered model, judged on later moments beside its baselines."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from features.leaks import gains_of
from features.records.checks import CheckedHistory
from features.records.clock import to_datetime
from features.records.history import History
from models.close.model import CloseModel
from models.registry import CHAMPION, RegisteredVersion, Registry, Run
from training.fitting.audit import audit_tags, refuse_leaks, refuse_too_good
from training.fitting.decisions import DecisionFit, fit_decider
from training.fitting.fit import Fitted, fit_close_model
from training.fitting.offsets import REFRESHING
from training.gate import recorded_scores
from training.judging import drift
from training.judging.evaluate import Evaluation, evaluate
from training.judging.fingerprint import identity
from training.judging.result import ReportGrounds, TrainingResult
from training.judging.uncertainty import with_certainty
from training.rounds.artifacts import companions
from training.rounds.refresh import told_tag
from training.samples.dataset import Dataset, prepare
from training.samples.moments import labels_known_at
from training.settings import SETTINGS_FILE, TrainingSettings

STEPS = ("features", "test on later leads", "final model", "plots", "registry")
"""What `progress` is told, each when it begins."""

ABSTAINS = "abstains"
"""Tag that says why a version answers with the base rate alone."""
TRAINING = "training"
"""Tag that names the history and the settings of a training."""


def train(
    checked: CheckedHistory,
    settings: TrainingSettings,
    registry: Registry,
    progress: Callable[[str], None] = lambda _: None,
    candidate: bool = False,
    lay_out: Callable[[History, TrainingSettings], Dataset] = prepare,
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
    lay_out
        Lays out the moments with their features; another where they were computed elsewhere.

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
    left_out = gains_of(history)
    dataset = lay_out(history, settings)
    progress(next(steps))
    evaluation = evaluate(dataset, settings)
    refuse_too_good(evaluation.metrics["close_model"].roc_auc, settings)
    rows = _rows(checked, dataset, settings)
    version = trained_before(checked, settings, registry) if candidate else None
    if version is None:
        progress(next(steps))
        fitted = fit_close_model(dataset, settings, history.known_until)
        model = replace(with_certainty(dataset, settings, fitted, evaluation), told_until=checked.told_until)
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
        version.tags.get(REFRESHING, ""),
        ReportGrounds(checked, settings, dataset, findings, evaluation, left_out),
    )


def trained_before(checked: CheckedHistory, settings: TrainingSettings, registry: Registry) -> RegisteredVersion | None:
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
    from training.judging.plots import figures

    schema = checked.history.schema
    facts = {
        "trees": fitted.model.blend.rounds,
        "later_moments": fitted.tuning.later,
        "base_rate": fitted.model.base_rate,
    }
    return Run(
        name=f"until {to_datetime(checked.history.known_until):%Y-%m-%d}",
        params={"training": settings.model_dump(mode="json"), "horizon_days": schema.horizon_days},
        tags={
            **tags,
            TRAINING: identity(checked.history, checked.fingerprint, settings),
            "fingerprint": checked.fingerprint,
            REFRESHING: fitted.model.offset.in_words(),
            "tested_since": to_datetime(evaluation.cutoff).isoformat(),
            "trained_until": to_datetime(checked.history.known_until).isoformat(),
            **told_tag(checked),
        },
        metrics={
            **{f"rows/{name}": float(count) for name, count in rows.items()},
            **{f"fit/{name}": float(fact) for name, fact in facts.items()},
            **{f"tuning/{member.name}": member.weight for member in fitted.tuning.members},
            **_metrics(evaluation),
        },
        documents={
            SETTINGS_FILE: {"schema": schema.model_dump(mode="json"), "training": settings.model_dump(mode="json")},
            recorded_scores.FILE: recorded_scores.record(fitted.model, checked.history).to_json(),
            drift.FILE: drift.drift_reference(dataset),
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
