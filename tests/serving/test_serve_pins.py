"""The service needs no more than its own pins: with everything else out of reach it loads a model, scores and looks for outcomes."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path
from textwrap import dedent

from models.registry import Run
from tests.models.company import model
from tests.models.registries import registry_in

ROOT = Path(__file__).parents[2]

WITHOUT_THE_REST = """
    import importlib.abc, json, sys
    from pathlib import Path

    barred, var, lead = set(json.loads(sys.argv[1])), Path(sys.argv[2]), json.loads(sys.argv[3])

    class Bar(importlib.abc.MetaPathFinder):
        def find_spec(self, name, path=None, target=None):
            if name.split(".")[0] in barred:
                raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    at_start = set(sys.modules)  # what Python itself loads by the .pth files of an environment
    sys.meta_path.insert(0, Bar())
    import serving.service, serving.runtime.app, serving.runtime.registry_watcher, serving.runtime.refresh_loop, serving.runtime.drift_loop, serving.runtime.server, serving.cli.program
    from datetime import UTC, datetime
    from features.records.leads.checking import read_lead, to_history
    from models.close.reasons.explanation import scores_of
    from models.registry import Registry, RegistrySettings

    model = Registry(RegistrySettings(), var).load().model
    record = read_lead(model.schema, lead, datetime.now(UTC))
    history, moments = to_history(model.schema, [record])
    (score,) = scores_of(model, history, moments, model.explain(model.matrix(history, moments)))
    print(json.dumps([score.probability, sorted(barred & {one.split(".")[0] for one in set(sys.modules) - at_start})]))
"""


def pins(name: str) -> set[tuple[str, str]]:
    """The pins of a file, each with its version."""
    return set(
        re.findall(r"^([a-z0-9._-]+)(?:\[[a-z,]+\])?==(\S+)", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE)
    )


def test_the_service_has_the_pins_of_the_whole() -> None:
    assert pins("requirements-serve.txt") < pins("requirements.txt")


def test_what_the_service_needs_is_needed_as_the_project_says() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    group = {one.replace("mlflow-skinny", "mlflow") for one in project["dependency-groups"]["serve"]}

    assert group - set(project["project"]["dependencies"]) == set()


def test_nothing_that_learns_or_draws_is_in_the_pins_of_the_service() -> None:
    names = {name for name, _ in pins("requirements-serve.txt")}

    assert (
        names & {"scikit-learn", "shap", "matplotlib", "numba", "duckdb", "playwright", "dask", "mlflow", "pytest"}
        == set()
    )


def test_the_service_answers_without_the_rest(tmp_path: Path) -> None:
    own = {name.replace("_", "-") for name, _ in pins("requirements-serve.txt")}
    barred = [
        module
        for module, names in packages_distributions().items()
        if not {name.lower().replace("_", "-").replace(".", "-") for name in names} & {*own, "glengarry", "mlflow"}
    ]
    registry_in(tmp_path).log(Run(name="small"), model())
    code = [sys.executable, "-c", dedent(WITHOUT_THE_REST), json.dumps(barred), str(tmp_path), '{"fields": {}}']

    done = subprocess.run(code, cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    probability, reached = json.loads(done.stdout.splitlines()[-1])
    assert 0 < probability < 1
    assert reached == []
    assert {"sklearn", "shap", "matplotlib"} <= set(barred)
