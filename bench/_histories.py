"""Histories to measure on: the real ones where they stand beside the checkout, and the simulated company."""

import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from features.checks import check_history
from features.clock import to_microseconds
from features.history import Floats, History
from features.world import World, WorldSettings, simulate, true_probability, world_history, world_schema, write_world
from serving.settings import load_settings
from tests.real.bank import write_calls
from tests.real.x_education import write_leads
from training.settings import TrainingSettings

ROOT = Path(__file__).parents[1]
REAL = ROOT.parent / "shared" / "data"
QUARTER_MONTHS = (1, 4, 7, 10)


class Task(NamedTuple):
    """A history with its settings, and the cut-offs at which models are trained to predict until the next."""

    name: str
    history: History
    settings: TrainingSettings
    cutoffs: list[int]
    end: int


def tasks(leads: int = 20_000) -> list[Task]:
    """Return every task that can be had here, and say which cannot."""
    return [*published(), world_task(simulate(WorldSettings(leads=leads)))]


def published() -> list[Task]:
    """Return the tasks of published data sets that stand beside the checkout, and say which do not."""
    found = {"olist": olist(), "bank": bank(), "x_education": x_education()}
    missing = [name for name, task in found.items() if task is None]
    if missing:
        print(f"Not beside the checkout, in {REAL}: {', '.join(missing)}. They are left out.")
    return [task for task in found.values() if task is not None]


def olist() -> Task | None:
    """Return the marketplace's leads; leads of 2018 in thirds, the middle and the last are predicted."""
    if not (REAL / "olist_funnel").exists():
        return None
    settings = load_settings(ROOT / "tests/real/olist.toml")
    checked = check_history(settings.source, settings.lead_schema, datetime.now(UTC), settings.folder)
    created = checked.history.leads.created_at
    of_2018 = np.sort(created[created >= to_microseconds(datetime(2018, 1, 1, tzinfo=UTC))])
    thirds = [int(of_2018[len(of_2018) * part // 3]) for part in (1, 2)]
    return Task("olist", checked.history, settings.training, thirds, int(of_2018[-1]) + 1)


def x_education() -> Task | None:
    """Return the online school's leads without what was written after the outcome; the middle and the last third are predicted."""
    file = REAL / "x_education" / "Leads.csv"
    if not file.exists():
        return None
    with tempfile.TemporaryDirectory() as folder:
        write_leads(file, Path(folder))
        settings = load_settings(ROOT / "tests/real/x_education.toml")
        checked = check_history(settings.source, settings.lead_schema, datetime.now(UTC), Path(folder))
    created = np.sort(checked.history.leads.created_at)
    thirds = [int(created[len(created) * part // 3]) for part in (1, 2)]
    return Task("x_education", checked.history, settings.training, thirds, int(created[-1]) + 1)


def bank() -> Task | None:
    """Return the bank's calls; models are trained at each quarter's start."""
    file = REAL / "bank_marketing" / "bank-additional-full.csv.gz"
    if not file.exists():
        return None
    with tempfile.TemporaryDirectory() as folder:
        write_calls(file, Path(folder))
        settings = load_settings(ROOT / "tests/real/bank.toml")
        checked = check_history(settings.source, settings.lead_schema, datetime.now(UTC), Path(folder))
    starts = quarters(checked.history)
    return Task("bank", checked.history, settings.training, starts, checked.history.known_until)


def world_task(world: World) -> Task:
    """Return the simulated company; models are trained at the start of its last quarters that have matured."""
    with tempfile.TemporaryDirectory() as folder:
        write_world(world, Path(folder))
        source = world_history(folder)
        checked = check_history(source, world_schema(), datetime(2100, 1, 1, tzinfo=UTC), Path(folder))
    starts = quarters(checked.history)
    return Task("world", checked.history, TrainingSettings(settling_days=7), starts[4:-1], starts[-1])


def truth(world: World, history: History, lead: np.ndarray, as_of: np.ndarray) -> Floats:
    """Return the true probability of moments of a history read from a world."""
    rows = world.rows(pd.Series(history.leads.lead_id[lead]))
    return true_probability(world, rows, as_of)


def quarters(history: History) -> list[int]:
    """Return the starts of quarters within a history, in microseconds."""
    first, last = history.leads.created_at.min(), history.known_until
    years = range(datetime.fromtimestamp(first / 1e6, UTC).year, datetime.fromtimestamp(last / 1e6, UTC).year + 1)
    starts = [to_microseconds(datetime(year, month, 1, tzinfo=UTC)) for year in years for month in QUARTER_MONTHS]
    return [start for start in starts if first < start < last]
