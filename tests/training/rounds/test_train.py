"""The whole of a training, once: from a checked history to a champion in MLflow, and the figures that are told."""

import ast
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from features.records.clock import to_datetime
from models.close.uncertainty import NOT_MEASURED
from models.registry import Registry
from tests.models.company import SETTINGS, checked, dataset, evaluation, fitted
from tests.models.registries import registry_in
from training.judging.result import TrainingResult
from training.rounds.train import STEPS, train
from training.samples.moments import labels_known_at


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Registry, TrainingResult, list[str]]:
    registry = registry_in(tmp_path_factory.mktemp("var"))
    told: list[str] = []
    return registry, train(checked(), SETTINGS, registry, told.append), told


Trained = tuple[Registry, TrainingResult, list[str]]


def test_the_steps_are_told_in_order(trained: Trained) -> None:
    assert trained[2] == list(STEPS)


def test_the_registered_model_is_the_one_fitted_on_everything(trained: Trained) -> None:
    registry, result, _ = trained
    assert result.is_champion
    version, model, _ = registry.load()
    assert version == result.version == "1"
    assert replace(model, certainty=NOT_MEASURED).to_texts() == fitted().model.to_texts()
    assert model.certainty.spread is not None


def test_the_result_says_what_a_machine_would_read(trained: Trained) -> None:
    content = json.loads(json.dumps(trained[1].to_json(), allow_nan=False))
    assert {"version", "rows", "metrics"} <= set(content)
    assert [member["name"] for member in content["tuning"]["members"]] == ["as_set", "logistic"]
    assert set(content["rows"]) == {"leads", "moments", "determined", "matured", "broken"}
    assert set(content["metrics"]) >= {"close_model", "base_rate", "logistic"}
    names = {"log_loss", "brier", "roc_auc", "pr_auc", "observed_over_expected", "n"}
    assert all(names <= set(figures) for figures in content["metrics"].values())


def test_the_rows_are_counted(trained: Trained) -> None:
    data = dataset()
    labels = labels_known_at(data.history, data.moments, data.history.known_until)
    assert trained[1].rows == {
        "leads": len(data.history.leads),
        "moments": len(data.moments),
        "determined": int(np.count_nonzero(labels.determined)),
        "matured": int(np.count_nonzero(labels.matured)),
        "broken": 0,
    }


def test_the_figures_are_those_of_the_evaluation(trained: Trained) -> None:
    assert trained[1].metrics == evaluation().metrics
    assert trained[1].tested_since == evaluation().cutoff


def test_the_run_keeps_settings_fingerprint_counts_figures_and_plots(trained: Trained) -> None:
    import mlflow

    registry, result, _ = trained
    client = mlflow.MlflowClient(registry.tracking_uri)
    run = client.get_run(result.run_id)
    assert run.info.status == "FINISHED"
    assert run.data.params["training.booster.most_rounds"] == "120"
    assert run.data.params["horizon_days"] == "90"
    assert run.data.tags["fingerprint"] == checked().fingerprint == result.fingerprint
    assert run.data.tags["trained_until"] == to_datetime(checked().history.known_until).isoformat()
    assert run.data.metrics["rows/moments"] == len(dataset().moments)
    assert run.data.metrics["close_model/log_loss"] == result.metrics["close_model"].log_loss
    assert run.data.metrics["fit/trees"] == fitted().model.blend.rounds
    assert run.data.metrics["tuning/as_set"] == fitted().tuning.members[0].weight
    kept = {file.path for folder in ("", "figures") for file in client.list_artifacts(result.run_id, folder)}
    assert kept >= {
        "settings.json",
        "tuning.json",
        "evaluation.json",
        "figures/calibration.png",
        "figures/gains.png",
        "figures/beeswarm.png",
    }


@pytest.mark.parametrize("package", ["features", "models", "training"])
def test_what_only_a_training_needs_is_imported_where_it_is_used(package: str) -> None:
    """MLflow, matplotlib and shap take seconds to import, and the command line imports this package."""
    for path in (Path(__file__).parents[3] / package).rglob("*.py"):
        at_once = [ast.unparse(node) for node in ast.parse(path.read_text(encoding="utf-8")).body]
        imports = [line for line in at_once if line.startswith(("import ", "from "))]
        assert not [line for line in imports if line.split()[1].split(".")[0] in ("mlflow", "matplotlib", "shap")]
