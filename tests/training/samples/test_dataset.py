"""What a training at a cut-off may learn from: nothing recorded later, and open leads counted for what is expected of them."""

from dataclasses import replace

import numpy as np
import pytest

from features.records.clock import DAY
from features.simulation import WorldSettings
from tests.models.company import SETTINGS, dataset
from training.samples.dataset import Dataset, matured_sample, prepare, training_sample
from training.samples.moments import labels_known_at
from training.settings import TrainingSettings

DATA = dataset()
NOW = DATA.history.known_until
CUTOFF = NOW - 270 * DAY
WAYS = ("expected", "left_out")


def settings(way: str, **options: float) -> TrainingSettings:
    return TrainingSettings.model_validate({**SETTINGS.model_dump(), "undetermined": way, **options})


def with_other_future(data: Dataset, cutoff: int) -> Dataset:
    """Return the dataset as it would be if every outcome recorded after the cut-off were the other."""
    outcomes = data.history.outcomes
    flipped = replace(outcomes, won=outcomes.won ^ (outcomes.recorded_at > cutoff))
    return replace(data, history=replace(data.history, outcomes=flipped))


@pytest.mark.parametrize("way", WAYS)
def test_no_label_was_recorded_after_the_cutoff(way: str) -> None:
    ours = training_sample(DATA, settings(way), CUTOFF)
    other = training_sample(with_other_future(DATA, CUTOFF), settings(way), CUTOFF)
    assert (DATA.moments.as_of[ours.rows] <= CUTOFF).all()
    for name in ("rows", "y", "weight"):
        assert getattr(ours, name).tobytes() == getattr(other, name).tobytes()


def test_matured_moments_are_later_than_the_training_and_matured_by_the_cutoff() -> None:
    after = CUTOFF - 200 * DAY
    sample = matured_sample(DATA, SETTINGS, after, CUTOFF)
    as_of = DATA.moments.as_of[sample.rows]
    assert after < as_of.min()
    assert as_of.max() + DATA.history.schema.horizon_days * DAY <= CUTOFF
    other = matured_sample(with_other_future(DATA, CUTOFF), SETTINGS, after, CUTOFF)
    assert other.y.tobytes() == sample.y.tobytes()


def test_each_way_uses_the_moments_that_it_says() -> None:
    moments = DATA.moments.as_of <= CUTOFF
    labels = labels_known_at(DATA.history, DATA.moments, CUTOFF)
    rows = {way: training_sample(DATA, settings(way), CUTOFF).rows for way in WAYS}
    moments &= ~labels.over
    assert labels.over.any()
    assert rows["expected"].tolist() == np.flatnonzero(moments).tolist()
    assert rows["left_out"].tolist() == np.flatnonzero(moments & labels.matured).tolist()
    assert len(rows["expected"]) > len(rows["left_out"])


@pytest.mark.parametrize("way", ["expected", "left_out"])
def test_every_moment_weighs_the_same(way: str) -> None:
    sample = training_sample(DATA, settings(way), CUTOFF)
    assert len(set(sample.weight.tolist())) == 1
    assert sample.weight.sum() == pytest.approx(len(np.unique(DATA.moments.lead[sample.rows])))


def test_known_labels_are_kept_and_open_leads_are_expected_to_be_won_or_not() -> None:
    sample = training_sample(DATA, settings("expected"), CUTOFF)
    labels = labels_known_at(DATA.history, DATA.moments.take(sample.rows), CUTOFF)
    assert sample.y[labels.determined].tolist() == labels.won[labels.determined].tolist()
    expected = sample.y[~labels.determined]
    assert ((expected > 0) & (expected < 1)).all()


def test_expected_labels_are_calibrated() -> None:
    """What is expected of the open leads of a time is what came of them: within four standard errors of one moment a lead."""
    data = dataset(WorldSettings(leads=2500, seed=12).steady())
    for days in (200, 300):
        cutoff = NOW - days * DAY
        sample = training_sample(data, settings("expected"), cutoff)
        moments = data.moments.take(sample.rows)
        at_creation = moments.as_of == data.history.leads.created_at[moments.lead]
        unknown = at_creation & ~labels_known_at(data.history, moments, cutoff).determined
        came_true = labels_known_at(data.history, moments, NOW).won[unknown]
        expected = sample.y[unknown]
        error = np.sqrt((expected * (1 - expected)).sum())
        assert len(expected) > 100
        assert came_true.sum() == pytest.approx(expected.sum(), abs=4 * error)
        assert np.corrcoef(expected, came_true)[0, 1] > 0.15


def test_settling_makes_leads_mature_later() -> None:
    ripe, riper = (matured_sample(DATA, settings("expected", settling_days=days), 0, CUTOFF) for days in (0, 60))
    assert len(riper.rows) < len(ripe.rows)
    assert set(riper.rows) < set(ripe.rows)


def test_ages_are_when_leads_are_scored() -> None:
    data = prepare(DATA.history, TrainingSettings(ages_days=(0, 5)))
    age = data.moments.as_of - data.history.leads.created_at[data.moments.lead]
    assert set(age) == {0, 5 * DAY}
    assert data.X.shape == (len(data.moments), len(data.features))


def test_a_history_without_outcomes_has_no_expected_labels() -> None:
    nobody = replace(DATA.history, outcomes=DATA.history.outcomes.take(np.zeros(len(DATA.history.outcomes), np.bool_)))
    sample = training_sample(replace(DATA, history=nobody), settings("expected"), CUTOFF)
    assert not sample.y.any()
