"""What is remembered of a fit is that of the very same input."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.fits import digest
from tests.models.company import SETTINGS, dataset
from training.samples.dataset import Dataset, Sample, Sampler, training_sample
from training.settings import TrainingSettings

NOW = dataset().history.known_until


def other_sampler(of: Dataset, settings: TrainingSettings, cutoff: int) -> Sample:
    return training_sample(of, settings, cutoff)


def changed(name: str) -> str:
    data, settings, cutoff = dataset(), SETTINGS, NOW
    sampler: Sampler = training_sample
    history = data.history
    match name:
        case "features":
            X = data.X.copy()
            X[-1, -1] += 1
            data = replace(data, X=X)
        case "an outcome":
            won = history.outcomes.won.copy()
            won[0] = ~won[0]
            data = replace(data, history=replace(history, outcomes=replace(history.outcomes, won=won)))
        case "a channel":
            channels = {key: np.roll(values, 1) for key, values in history.leads.channels.items()}
            data = replace(data, history=replace(history, leads=replace(history.leads, channels=channels)))
        case "settings":
            settings = settings.model_copy(update={"fewest_won": 21})
        case "cut-off":
            cutoff -= 1
        case "sampler":
            sampler = other_sampler
        case _:
            data = replace(data, X=data.X.copy())
    return digest(data, settings, cutoff, sampler)


@pytest.mark.parametrize("name", ["features", "an outcome", "a channel", "settings", "cut-off", "sampler"])
def test_other_input_is_known_as_other(name: str) -> None:
    assert changed(name) != changed("nothing")


def test_equal_input_is_known_again() -> None:
    assert changed("nothing") == digest(dataset(), SETTINGS, NOW, training_sample)
