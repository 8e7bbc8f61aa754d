"""Histories to measure on: the real ones where they stand beside the checkout, and the simulated company."""

import tempfile
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd

from bench._published import published
from bench._task import Task, quarters
from features.records.checks import check_history
from features.records.history import Floats, History
from features.simulation import (
    World,
    WorldSettings,
    simulate,
    true_probability,
    world_history,
    world_schema,
    write_world,
)
from training.settings import TrainingSettings

__all__ = ["Task", "published", "tasks", "truth", "world_task"]


def tasks(leads: int = 20_000) -> list[Task]:
    """Return every task that can be had here, and say which cannot."""
    return [*published(), world_task(simulate(WorldSettings(leads=leads)))]


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
