"""A simulated company, and a close model of its leads: small, made once for all tests of a process, and never changed."""

from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from features.records.checks import CheckedHistory, check_history
from features.records.history import Moments
from features.simulation import World, WorldSettings, simulate, world_history, world_schema, write_world
from models.close.model import CloseModel
from models.close.settings import BoosterSettings
from tests.fits import fitted_once
from training.fitting.fit import Fitted
from training.judging.evaluate import Evaluation, evaluate
from training.samples.dataset import Dataset, prepare
from training.settings import ModelKind, TrainingSettings, TuningSettings

COMPANY = WorldSettings(leads=1500, seed=11)
SETTINGS = TrainingSettings(
    ages_days=(0, 7, 30),
    undetermined="expected",
    booster=BoosterSettings(most_rounds=120, patience=20, learning_rate=0.1),
    tuning=TuningSettings(ways=(ModelKind.AS_SET, ModelKind.LOGISTIC)),
)


@cache
def world(settings: WorldSettings = COMPANY) -> World:
    return simulate(settings)


@cache
def checked(settings: WorldSettings = COMPANY) -> CheckedHistory:
    with TemporaryDirectory() as folder:
        write_world(world(settings), Path(folder))
        source = world_history(folder, settings)
        return check_history(source, world_schema(settings), datetime.now(UTC), Path(folder))


@cache
def dataset(settings: WorldSettings = COMPANY) -> Dataset:
    return prepare(checked(settings).history, SETTINGS)


@cache
def fitted() -> Fitted:
    return fitted_once(dataset(), SETTINGS, dataset().history.known_until)


@cache
def evaluation() -> Evaluation:
    return evaluate(dataset(), SETTINGS)


def model() -> CloseModel:
    return fitted().model


def some_moments(n: int, seed: int = 0) -> Moments:
    """Return n of the company's moments, at random."""
    rows: NDArray[np.int64] = np.random.default_rng(seed).permutation(len(dataset().moments))[:n]
    return dataset().moments.take(rows)
