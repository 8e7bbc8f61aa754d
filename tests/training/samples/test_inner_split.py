"""The inner split: by time where enough was known at the middle, by lead where not, and never with what came later."""

from dataclasses import replace

import numpy as np
import pytest

from features.records.clock import DAY, NEVER
from tests.models.company import SETTINGS, dataset
from training.fitting.fit import fit_close_model, split_time
from training.samples import dataset as of_dataset
from training.samples.dataset import Dataset, matured_sample, training_sample
from training.samples.inner_split import aside, inner_split, inner_splits
from training.samples.moments import labels_known_at

DATA = dataset()
NOW = DATA.history.known_until
MIDDLE = split_time(DATA, SETTINGS, NOW, SETTINGS.later_share)


def batched(data: Dataset, day: int) -> Dataset:
    """Return the dataset as it would be if every outcome before a day had been entered on it."""
    outcomes = data.history.outcomes
    late = replace(outcomes, recorded_at=np.maximum(outcomes.recorded_at, day))
    return replace(data, history=replace(data.history, outcomes=late))


def test_enough_known_at_the_middle_splits_by_time() -> None:
    split = inner_split(DATA, SETTINGS, MIDDLE, NOW, training_sample)
    assert not split.by_lead
    assert DATA.moments.as_of[split.early.rows].max() <= MIDDLE < DATA.moments.as_of[split.later.rows].min()


def test_outcomes_that_became_known_after_the_middle_split_by_lead() -> None:
    late = batched(DATA, MIDDLE + DAY)
    split = inner_split(late, SETTINGS, MIDDLE, NOW, training_sample)
    early, later = late.moments.lead[split.early.rows], late.moments.lead[split.later.rows]
    assert split.by_lead
    assert not set(early.tolist()) & set(later.tolist())
    share = len(np.unique(later)) / len(np.unique(np.append(early, later)))
    assert 0.1 < share < 0.3
    labels = labels_known_at(late.history, late.moments.take(split.later.rows), NOW)
    assert labels.matured.all()
    assert split.later.y.tolist() == labels.won.astype(float).tolist()


def test_where_few_were_won_every_lead_is_put_aside_once() -> None:
    late = batched(DATA, MIDDLE + DAY)
    few = replace(late, moments=late.moments.take(late.moments.lead < 600))
    splits = inner_splits(few, SETTINGS, MIDDLE, NOW, training_sample)
    turns = [set(few.moments.lead[split.later.rows].tolist()) for split in splits]
    assert len(turns) == 5
    assert sum(map(len, turns)) == len(set.union(*turns))
    assert set.union(*turns) == set(few.moments.lead[matured_sample(few, SETTINGS, NEVER, NOW).rows].tolist())
    for split, turn in zip(splits, turns, strict=True):
        assert not turn & set(few.moments.lead[split.early.rows].tolist())


def test_where_time_gives_enough_to_judge_by_there_is_one_split() -> None:
    assert len(inner_splits(DATA, SETTINGS, MIDDLE, NOW, training_sample)) == 1


def test_a_model_whose_outcomes_were_entered_in_one_batch_is_tuned_all_the_same() -> None:
    tuning = fit_close_model(batched(DATA, MIDDLE + DAY), SETTINGS, NOW).tuning
    assert tuning.later > 0
    assert tuning.early is not None
    assert tuning.early.by_lead


def test_too_few_later_outcomes_split_by_lead() -> None:
    assert inner_split(DATA, SETTINGS, NOW - DAY, NOW, training_sample).by_lead


def test_who_is_put_aside_does_not_depend_on_the_others() -> None:
    ids = DATA.history.leads.lead_id
    chosen = aside(ids)
    assert aside(ids[::-1]).tolist() == chosen[::-1].tolist()
    assert 0.15 < chosen.mean() < 0.25


def test_ways_are_compared_on_half_as_many_moments_as_are_learned_from(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where what is learned from was thinned before."""
    asked = SETTINGS.model_copy(update={"undetermined": "left_out", "moments_a_lead": 1.5})
    monkeypatch.setattr(of_dataset, "ENOUGH_LEARNED", 100)
    early = training_sample(DATA, asked, MIDDLE)

    split = inner_split(DATA, asked, MIDDLE, NOW, training_sample)

    assert len(split.early.rows) == round(0.5 * len(early.rows))
    assert split.early.weight.sum() == pytest.approx(early.weight.sum())
    assert split.early.won_and_not(DATA) == early.won_and_not(DATA)
