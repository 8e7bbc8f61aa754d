"""The file that MLflow runs: importing it does nothing, running it under another name hands over the model."""

import importlib
import runpy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from features.records.clock import to_datetime
from models.close.frames import example_frame, score_frame
from models.registry import MODEL_FILE, quieten
from tests.models.company import model

quieten()


def test_importing_it_hands_nothing_to_mlflow(monkeypatch: pytest.MonkeyPatch) -> None:
    handed: list[object] = []
    monkeypatch.setattr("mlflow.models.set_model", handed.append)
    importlib.reload(importlib.import_module("models.close.pyfunc"))
    assert handed == []


def test_running_it_hands_the_model_to_mlflow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    handed: list[Any] = []
    monkeypatch.setattr("mlflow.models.set_model", handed.append)
    runpy.run_path(str(MODEL_FILE), run_name="code_model")
    (python_model,) = handed
    paths = {name: tmp_path / name for name in model().to_texts()}
    for name, path in paths.items():
        path.write_text(model().to_texts()[name], encoding="utf-8")
    python_model.load_context(SimpleNamespace(artifacts={name: str(path) for name, path in paths.items()}))
    example = example_frame(model().schema, model().trained_until)
    expected = score_frame(model(), example, to_datetime(0))
    assert python_model.predict(example).equals(expected)
