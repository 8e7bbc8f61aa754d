"""The service to measure on: a simulated company's champion in a registry, and servers of it that are started and stopped."""

import os
import shutil
import sys
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import tomli_w

from bench.harness.processes import Server, free_port, running
from features.records.checks import check_history
from features.simulation import WorldSettings, simulate, write_world
from models.registry import Registry, Run
from serving.champion.champion import Champion, Deployment
from serving.champion.finding import from_registry
from serving.cli.demo import FILE, HISTORY, make_key, write_settings
from serving.settings.settings import Settings, load_settings
from training.fitting.decisions import fit_decider
from training.fitting.fit import fit_close_model
from training.judging.evaluate import evaluate
from training.rounds.artifacts import companions
from training.samples.dataset import prepare

READY = "GLENGARRY_BENCH_HOME"
SERVE = "import sys; from pathlib import Path; from serving.runtime.server import serve; serve(Path(sys.argv[1]))"


@dataclass(frozen=True)
class Home:
    """A place where the service can be started, with what it answers by and a key of all rights."""

    settings: Settings
    champion: Champion
    key: str

    @property
    def headers(self) -> dict[str, str]:
        """The headers of a call with JSON."""
        return {"authorization": f"Bearer {self.key}", "content-type": "application/json"}

    @contextmanager
    def served(self, variables: Mapping[str, str] | None = None) -> Iterator[Server]:
        """Run the service as `glengarry serve` does, with variables of its environment."""
        command = [sys.executable, "-c", SERVE, str(self.settings.folder / FILE)]
        with running(command, self.settings.service.port, self.settings.folder, dict(variables or {})) as server:
            yield server


@dataclass(frozen=True)
class Company:
    """A simulated company's settings, and the champion that was trained on its history."""

    settings: Settings
    champion: Champion


def company(folder: Path, leads: int, service: Mapping[str, Any] | None = None) -> Company:
    """Write a company's history and settings into a folder and train on it; nothing is reported."""
    (folder / HISTORY).mkdir(parents=True)
    write_world(simulate(WorldSettings(leads=leads)), folder / HISTORY)
    file = write_settings(folder)
    file.write_text(
        f"{file.read_text(encoding='utf-8')}\n{tomli_w.dumps({'service': service or {}})}", encoding="utf-8"
    )
    settings = load_settings(file)
    return Company(settings, _train(settings))


def home(folder: Path, leads: int, workers: int = 1) -> Home:
    """Return a place where a company's champion can be served from the registry, with a store of SQLite.

    The environment variable GLENGARRY_BENCH_HOME names one that was made before, whose company and champion are taken instead of trained:
    what is measured on it is not how it learned.
    """
    service, ready = {"port": free_port(), "workers": workers}, os.environ.get(READY)
    made = company(folder, leads, service) if ready is None else company_of(Path(ready), folder, service)
    settings, champion = made.settings, made.champion
    Registry(settings.registry, settings.var).log(Run("a training"), champion.model, beside=champion.beside)
    return Home(settings, champion, make_key(settings))


def company_of(ready: Path, folder: Path, service: Mapping[str, Any]) -> Company:
    """Copy a company's history and settings from a folder that was made before, with the champion of its registry."""
    folder.mkdir(parents=True)
    shutil.copytree(ready / HISTORY, folder / HISTORY)
    given = tomllib.loads((ready / FILE).read_text(encoding="utf-8"))
    (folder / FILE).write_text(tomli_w.dumps(given | {"service": dict(service)}), encoding="utf-8")
    return Company(load_settings(folder / FILE), from_registry(load_settings(ready / FILE)))


def _train(settings: Settings) -> Champion:
    checked = check_history(settings.source, settings.lead_schema, datetime.now(UTC), settings.folder)
    dataset = prepare(checked.history, settings.training)
    model = fit_close_model(dataset, settings.training, checked.history.known_until).model
    decider = fit_decider(dataset, model, settings.training).decider
    beside = companions(dataset, model, settings.training, evaluate(dataset, settings.training), decider)
    return Champion(model, Deployment(name=settings.registry.model, version="1"), beside)
