"""The report is written, kept with its run, and tells what serves by then."""

from dataclasses import replace
from pathlib import Path

import mlflow
import pytest

from models.registry import REPORT, Registry, Run
from tests.models.company import fitted
from tests.models.registries import registry_in
from tests.training.report.materials import PASSED, result, verdict
from training.report import write_report


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return registry_in(tmp_path / "var")


def test_the_report_lies_in_the_folder_and_with_the_run(registry: Registry, tmp_path: Path) -> None:
    version = registry.log(Run("a training"), fitted().model)
    trained = replace(result(version.version), run_id=version.run_id)
    file = write_report(trained, registry, tmp_path / "reports")
    assert file == tmp_path / "reports" / "version-1.html"
    kept = mlflow.MlflowClient(registry.tracking_uri).download_artifacts(version.run_id, REPORT, str(tmp_path))
    assert Path(kept).read_text(encoding="utf-8") == file.read_text(encoding="utf-8")
    assert "It serves" in file.read_text(encoding="utf-8")
    again = write_report(trained, registry, tmp_path / "reports", verdict(PASSED))
    assert again == file
    assert "passed every check" in file.read_text(encoding="utf-8")
