"""What is learned and judged of a partition is what one machine learns and judges, whatever the number of parts."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest

from features.records.checks import CheckedHistory
from serving.analytics.history import read_history
from serving.cli import demo
from serving.cluster.errors import ClusterError
from serving.cluster.history import InProcess, checked_parts
from serving.cluster.learning import compute_features, gather, laid_out, train_gathered
from serving.settings.settings import Settings, load_settings
from tests.serving.cli.commands.company import run, small
from training.judging.backtest import CalendarQuarter, Prediction, predict_quarters
from training.samples.dataset import Dataset, prepare


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the settings file of a company of few leads, whose store nobody learns from."""
    with patch.object(demo, "LEADS", 300):
        file = demo.make_company(tmp_path_factory.mktemp("company"), datetime(2026, 9, 1, tzinfo=UTC))
    file.write_text(file.read_text(encoding="utf-8") + "\n[store]\nlearned_from = false\n", encoding="utf-8")
    return file


def in_parts(file: Path, parts: int) -> Settings:
    settings = load_settings(file)
    folder = settings.var / f"parts-{parts}"
    settings = settings.model_copy(update={"cluster": settings.cluster.model_copy(update={"parts": folder.resolve()})})
    with patch("serving.cli.commands.cluster.load_settings", lambda _: settings):
        run("partition", "--settings", file, "--parts", str(parts))
    return settings


def quiet(_name: str, _done: int, _every: int) -> None:
    """Say nothing."""


def of_parts(settings: Settings) -> tuple[CheckedHistory, Dataset]:
    with checked_parts(settings, InProcess()) as parts:
        return laid_out(parts, compute_features(parts, settings.training, InProcess(), quiet), settings.training)


@pytest.mark.parametrize("parts", [1, 8])
def test_matrix_of_parts_is_that_of_one_machine(company: Path, parts: int) -> None:
    settings = in_parts(company, parts)
    whole = prepare(read_history(settings).history, settings.training)

    checked, dataset = of_parts(settings)

    assert checked.fingerprint == read_history(settings).fingerprint
    assert dataset.books.to_json() == whole.books.to_json()
    assert dataset.moments.as_of.tolist() == whole.moments.as_of.tolist()
    assert dataset.moments.lead.tolist() == whole.moments.lead.tolist()
    np.testing.assert_array_equal(dataset.X, whole.X)


def test_a_training_is_begun_once(company: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = in_parts(company, 2)
    seen: list[Any] = []

    def train(_settings: Settings, checked: CheckedHistory, **_given: Any) -> str:
        seen.append(len(checked.history.leads))
        return "registered"

    monkeypatch.setattr("serving.cluster.learning.train_and_report", train)
    with checked_parts(settings, InProcess()) as parts:
        assert str(train_gathered(parts, None, company)) == "registered"
        with pytest.raises(ClusterError, match="The worker that trained was lost, most likely as all parts together"):
            train_gathered(parts, None, company)

    assert seen == [300]


@pytest.mark.parametrize(
    "command", [("sources",), pytest.param(("funnel", "--by", "quarter"), marks=pytest.mark.nightly)]
)
def test_reports_of_a_partition_are_those_of_the_history(company: Path, command: tuple[str, ...]) -> None:
    run("partition", "--settings", company, "--parts", "3")
    try:
        alone = run(*command, "--settings", company, "--json").stdout
        together = run(*command, "--settings", company, "--json", "--cluster").stdout
    finally:
        import shutil

        shutil.rmtree(load_settings(company).var / "parts")

    assert json.loads(together) == json.loads(alone)


def test_quarters_are_predicted_alike_on_workers(
    company: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = in_parts(company, 4)
    trained: list[tuple[int, int]] = []

    def predict(dataset: Dataset, _settings: Any, quarter: CalendarQuarter, profiled: Dataset) -> Prediction:
        trained.append((dataset.X.shape[1], profiled.X.shape[1]))
        rows = np.flatnonzero((dataset.moments.as_of >= quarter.start) & (dataset.moments.as_of < quarter.end))
        return Prediction(rows, {"close_model": dataset.X[rows].sum(axis=1, dtype=np.float64)})

    monkeypatch.setattr("serving.cluster.learning.predict_quarter", predict)
    with checked_parts(settings, InProcess()) as parts:
        together = gather(parts, settings.training, InProcess(), quiet)
        dataset = together.dataset(settings.training)
        predicted = predict_quarters(
            dataset, settings.training, tmp_path, together.checked.fingerprint, work=together.work
        )

    assert len(trained) == len(predicted) > 1
    assert sum(len(one.rows) for one in predicted.values()) > 100
    again = predict_quarters(dataset, settings.training, tmp_path, together.checked.fingerprint, work=lambda _todo: [])
    for name, one in predicted.items():
        np.testing.assert_array_equal(again[name].probability["close_model"], one.probability["close_model"])


@pytest.mark.nightly
def test_a_plan_and_a_round_of_a_partition_are_those_of_the_history(company: Path) -> None:
    """Each way its own folder: quarters that were predicted, and versions that were registered, are found again."""
    said = {}
    for way in ("alone", "--cluster"):
        file = company.with_name(f"{way.strip('-')}.toml")
        file.write_text(
            f'output = "var-{way.strip("-")}"\n{small(company.read_text(encoding="utf-8"))}', encoding="utf-8"
        )
        options = ("--cluster",) if way == "--cluster" else ()
        if options:
            run("partition", "--settings", file, "--parts", "3")
        plan = json.loads(run("plan", "--settings", file, "--json", *options).stdout)
        done = json.loads(run("retrain", "--settings", file, "--json", *options, codes=(0, 3)).stdout)
        tested = {**done["backtest"], "fingerprint": None}
        said[way] = plan, tested, done["training"]["metrics"], done["promoted"]
    assert said["alone"] == said["--cluster"]


@pytest.mark.parametrize("command", ["train", "plan", "retrain"])
def test_no_other_time_stands_beside_a_partition(company: Path, command: str) -> None:
    refused = run(command, "--settings", company, "--cluster", "--as-of", "2026-01-01", codes=(2,))
    assert "--as-of must not stand beside --cluster" in refused.stderr
