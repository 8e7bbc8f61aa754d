"""Registries of MLflow in SQLite: making the tables takes seconds, so they are made once and copied."""

import shutil
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from models.registry import Registry, RegistrySettings, quieten

quieten()


@cache
def _template() -> "TemporaryDirectory[str]":
    folder = TemporaryDirectory()
    registry = Registry(RegistrySettings(), Path(folder.name))
    (Path(folder.name) / "mlflow.db").touch()
    assert registry.versions() == []
    return folder


def registry_in(folder: Path) -> Registry:
    """Return a registry without a model."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(Path(_template().name) / "mlflow.db", folder)
    return Registry(RegistrySettings(), folder)
