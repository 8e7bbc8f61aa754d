"""How open leads are learned from: as the settings say, and where they leave it open, the usual way unless the past speaks against it."""

from dataclasses import replace

import numpy as np
import pytest

from features.records.clock import DAY
from tests.models.company import SETTINGS, dataset
from training.fitting import label_choice
from training.fitting.fit import fit_close_model, split_time
from training.fitting.label_choice import with_labels
from training.samples.binned_rows import BinnedRows
from training.samples.dataset import Dataset, training_sample
from training.samples.inner_split import InnerSplit
from training.settings import TrainingSettings

DATA = dataset()
NOW = DATA.history.known_until
MIDDLE = split_time(DATA, SETTINGS, NOW, SETTINGS.later_share)


def chosen(data: Dataset = DATA, middle: int = MIDDLE) -> str:
    settings = SETTINGS.model_copy(update={"undetermined": "chosen"})
    return with_labels(data, settings, middle, NOW, training_sample).undetermined


@pytest.mark.parametrize("way", ["expected", "left_out", "hazard"])
def test_what_the_settings_name_is_done(way: str) -> None:
    settings = TrainingSettings.model_validate({**SETTINGS.model_dump(), "undetermined": way})
    assert with_labels(DATA, settings, MIDDLE, NOW, training_sample) == settings
    assert fit_close_model(DATA, settings, NOW).labels == way


def test_a_difference_within_chance_changes_nothing() -> None:
    assert TrainingSettings().undetermined == "chosen"
    assert chosen() == "expected"


def test_a_way_that_is_better_by_more_than_chance_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    def losses(_data: Dataset, settings: TrainingSettings, split: InnerSplit, _bins: BinnedRows) -> np.ndarray:
        lost = {"expected": 0.5, "left_out": 0.45, "hazard": 0.4}[settings.undetermined]
        noise = np.random.default_rng(len(settings.undetermined)).normal(size=len(split.later.rows))
        return lost + spread * noise

    monkeypatch.setattr(label_choice, "_losses", losses)
    spread = 0.01
    assert chosen() == "hazard"
    spread = 50.0
    assert chosen() == "expected"


def test_leaving_out_is_never_judged_on_leads_of_the_same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    def losses(_data: Dataset, settings: TrainingSettings, split: InnerSplit, _bins: BinnedRows) -> np.ndarray:
        assert split.by_lead
        return np.full(len(split.later.rows), {"expected": 0.5, "left_out": 0.4, "hazard": 0.45}[settings.undetermined])

    monkeypatch.setattr(label_choice, "_losses", losses)
    outcomes = DATA.history.outcomes
    late = replace(outcomes, recorded_at=np.maximum(outcomes.recorded_at, MIDDLE + DAY))
    batched = replace(DATA, history=replace(DATA.history, outcomes=late))
    assert chosen(batched) == "hazard"
