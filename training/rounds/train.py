"""The whole of a training: from a checked history to a registered model, judged on later moments beside its baselines."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

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

STEPS = FEATURES, TEST, FINAL, PLOTS, REGISTER = ("features", "test on later leads", "final model", "plots", "registry")
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
    grounds = _tested(checked, settings, lay_out, progress)
    version = trained_before(checked, settings, registry) if candidate else None
    return _result(grounds, version or _registered(grounds, registry, candidate, progress))


def _tested(
    checked: CheckedHistory,
    settings: TrainingSettings,
    lay_out: Callable[[History, TrainingSettings], Dataset],
    progress: Callable[[str], None],
) -> ReportGrounds:
    """Return what a model that knew nothing of the test moments did on them; refuse what knows the outcome."""
    progress(FEATURES)
    findings = refuse_leaks(checked.history, settings)
    left_out = gains_of(checked.history)
    dataset = lay_out(checked.history, settings)
    progress(TEST)
    evaluation = evaluate(dataset, settings)
    refuse_too_good(evaluation.metrics["close_model"].roc_auc, settings)
    return ReportGrounds(checked, settings, dataset, findings, evaluation, left_out)


def _registered(
    grounds: ReportGrounds, registry: Registry, candidate: bool, progress: Callable[[str], None]
) -> RegisteredVersion:
    """Train on everything that is known, and register the model with what was found of it."""
    checked, settings, dataset = grounds.checked, grounds.settings, grounds.dataset
    progress(FINAL)
    fitted = fit_close_model(dataset, settings, checked.history.known_until)
    measured = with_certainty(dataset, settings, fitted, grounds.evaluation)
    model = replace(measured, told_until=checked.told_until)
    decided = fit_decider(dataset, model, settings)
    progress(PLOTS)
    run = with_decisions(_run(grounds, fitted, _abstention(model)), decided)
    progress(REGISTER)
    beside = companions(dataset, model, settings, grounds.evaluation, decided.decider)
    return registry.log(run, model, not candidate, beside)


def _result(grounds: ReportGrounds, version: RegisteredVersion) -> TrainingResult:
    """Return what a training came to, by what was tested and what is registered."""
    return TrainingResult(
        version.version,
        version.run_id,
        CHAMPION in version.aliases,
        _rows(grounds),
        grounds.evaluation.metrics,
        grounds.evaluation.cutoff,
        grounds.checked.history.known_until,
        grounds.checked.fingerprint,
        version.tags.get(ABSTAINS, ""),
        version.tags.get(REFRESHING, ""),
        grounds,
    )


def trained_before(checked: CheckedHistory, settings: TrainingSettings, registry: Registry) -> RegisteredVersion | None:
    """Return the latest version that was trained on this very history with these very settings; None if there is none."""
    key = identity(checked.history, checked.fingerprint, settings)
    return next((version for version in registry.versions() if version.tags.get(TRAINING) == key), None)


def _abstention(model: CloseModel) -> dict[str, str]:
    """Return what the registry keeps of a model that answers with the base rate alone."""
    return {ABSTAINS: model.certainty.abstention} if model.certainty.abstention else {}


def _rows(grounds: ReportGrounds) -> dict[str, int]:
    checked, moments = grounds.checked, grounds.dataset.moments
    labels = labels_known_at(checked.history, moments, checked.history.known_until, grounds.settings.settling_days)
    return {
        "leads": len(checked.history.leads),
        "moments": len(moments),
        "determined": int(np.count_nonzero(labels.determined)),
        "matured": int(np.count_nonzero(labels.matured)),
        "broken": sum(checked.summary.broken.values()),
    }


def _run(grounds: ReportGrounds, fitted: Fitted, abstention: Mapping[str, str]) -> Run:
    """Return what MLflow is to keep of a training."""
    from training.judging.plots import figures

    history, settings = grounds.checked.history, grounds.settings
    return Run(
        name=f"until {to_datetime(history.known_until):%Y-%m-%d}",
        params={"training": settings.model_dump(mode="json"), "horizon_days": history.schema.horizon_days},
        tags={**audit_tags(grounds.findings, settings), **abstention, **_tags(grounds, fitted)},
        metrics=_measured(grounds, fitted),
        documents=_documents(grounds, fitted),
        figures=figures(grounds.dataset, grounds.evaluation),
    )


def _tags(grounds: ReportGrounds, fitted: Fitted) -> dict[str, str]:
    checked = grounds.checked
    return {
        TRAINING: identity(checked.history, checked.fingerprint, grounds.settings),
        "fingerprint": checked.fingerprint,
        REFRESHING: fitted.model.offset.in_words(),
        "tested_since": to_datetime(grounds.evaluation.cutoff).isoformat(),
        "trained_until": to_datetime(checked.history.known_until).isoformat(),
        **told_tag(checked),
    }


def _measured(grounds: ReportGrounds, fitted: Fitted) -> dict[str, float | None]:
    return {
        **{f"rows/{name}": float(count) for name, count in _rows(grounds).items()},
        "fit/trees": float(fitted.model.blend.rounds),
        "fit/later_moments": float(fitted.tuning.later),
        "fit/base_rate": float(fitted.model.base_rate),
        **{f"tuning/{member.name}": member.weight for member in fitted.tuning.members},
        **_metrics(grounds.evaluation),
    }


def _documents(grounds: ReportGrounds, fitted: Fitted) -> dict[str, Any]:
    history, evaluation = grounds.checked.history, grounds.evaluation
    return {
        SETTINGS_FILE: {
            "schema": history.schema.model_dump(mode="json"),
            "training": grounds.settings.model_dump(mode="json"),
        },
        recorded_scores.FILE: recorded_scores.record(fitted.model, history).to_json(),
        drift.FILE: drift.drift_reference(grounds.dataset),
        "tuning.json": fitted.tuning.to_json(),
        "evaluation.json": {**evaluation.judgement.to_json(), "scorecard": evaluation.scorecard.splitlines()},
        **({"learning_curve.json": evaluation.curve.to_json()} if evaluation.curve else {}),
    }


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
