"""Tests train the same models again and again: what `fit_close_model` makes of the same input is made once for all tests of a process.

That it gives the same bytes every time is held in `tests/training/fitting`, where it is not remembered.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module

import numpy as np
import pytest

from training.fitting.fit import Fitted, fit_close_model
from training.samples.dataset import Dataset, Sampler, training_sample
from training.settings import TrainingSettings

TRAINING = (
    "training.gate.comparison",
    "training.judging.backtest",
    "training.judging.evaluate",
    "training.rounds.train",
)
TESTS = ("tests.training.gate.", "tests.training.judging.", "tests.training.rounds.")
REMEMBERED: dict[str, Fitted] = {}


def digest(dataset: Dataset, settings: TrainingSettings, cutoff: int, sampler: Sampler) -> str:
    """Return by what the same input is known: all that a fit reads."""
    history = dataset.history
    arrays = (
        dataset.X,
        *vars(dataset.moments).values(),
        history.leads.created_at,
        *history.leads.channels.values(),
        *(column for column in vars(history.outcomes).values() if isinstance(column, np.ndarray)),
    )
    found = hashlib.blake2b(settings.model_dump_json().encode())
    for text in (history.schema.model_dump_json(), str(history.known_until), str(cutoff), sampler.__qualname__):
        found.update(text.encode())
    for array in arrays:
        found.update(np.asarray(array).astype(str).tobytes() if array.dtype == object else array.tobytes())
    return found.hexdigest()


def fitted_once(
    dataset: Dataset, settings: TrainingSettings, cutoff: int, sampler: Sampler = training_sample
) -> Fitted:
    """Fit a model, or return the one that was fitted from the same."""
    name = digest(dataset, settings, cutoff, sampler)
    if name not in REMEMBERED:
        REMEMBERED[name] = fit_close_model(dataset, settings, cutoff, sampler)
    return REMEMBERED[name]


@contextmanager
def remembered() -> Iterator[None]:
    """Let trainings, backtests, contests and rounds fit each model once."""
    places = [import_module(name) for name in TRAINING]
    places += [module for name, module in sys.modules.items() if name.startswith(TESTS)]
    with pytest.MonkeyPatch.context() as patch:
        for place in places:
            if getattr(place, "fit_close_model", None) is fit_close_model:
                patch.setattr(place, "fit_close_model", fitted_once)
        yield
