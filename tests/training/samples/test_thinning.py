"""Which moments are learned from where there are many: drawn by lead and time alone, evenly, and nested."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from features.records.clock import NEVER
from features.records.history import Moments
from models.close.booster import Booster
from tests.models.company import SETTINGS, dataset
from training.samples import dataset as of_dataset
from training.samples.dataset import Dataset, matured_sample, training_sample
from training.samples.moments import labels_known_at
from training.samples.thinning import draws, thinned

DATA = dataset()
NOW = DATA.history.known_until
IDS = np.array([f"lead-{number}" for number in range(2_000)], np.object_)
MOMENTS = Moments(np.repeat(np.arange(2_000, dtype=np.int32), 5), np.tile(np.arange(5) * 86_400_000_000, 2_000))


def test_a_draw_depends_on_the_lead_and_the_time_alone() -> None:
    order = np.random.default_rng(3).permutation(len(MOMENTS))
    assert draws(IDS, MOMENTS.take(order)).tobytes() == draws(IDS, MOMENTS)[order].tobytes()
    other = Moments((len(IDS) - 1 - MOMENTS.lead).astype(np.int32), MOMENTS.as_of)
    assert draws(IDS[::-1], other).tobytes() == draws(IDS, MOMENTS).tobytes()


def test_draws_are_even_and_those_of_a_lead_do_not_go_together() -> None:
    draw = draws(IDS, MOMENTS)
    assert ((draw >= 0) & (draw < 1)).all()
    counts = np.bincount((draw * 10).astype(np.int64), minlength=10)
    assert np.sum((counts - 1_000) ** 2 / 1_000) < 27.9  # chi-squared, 9 degrees of freedom: one in a thousand
    by_lead = draw.reshape(-1, 5)
    assert np.abs(np.corrcoef(by_lead.T) - np.eye(5)).max() < 4 / np.sqrt(2_000)


def test_fewer_are_among_more_and_none_is_left_out_where_there_are_few() -> None:
    draw = draws(IDS, MOMENTS)
    few, more = thinned(draw, 1_000), thinned(draw, 3_000)
    assert set(few.tolist()) < set(more.tolist())
    assert (len(few), len(more)) == (1_000, 3_000)
    assert thinned(draw, len(draw)).tolist() == list(range(len(draw)))
    assert len(thinned(draw, len(draw) - 1)) == len(draw) - 1


def test_what_was_thinned_is_thinned_again_to_what_would_be_left_at_once() -> None:
    """The draws of what is left are no longer even from 0 to 1."""
    draw = draws(IDS, MOMENTS)
    first = thinned(draw, 4_000)
    assert first[thinned(draw[first], 2_000)].tolist() == thinned(draw, 2_000).tolist()


def test_draws_that_are_alike_stay_together_whatever_their_place() -> None:
    draw = np.array([0.5, 0.2, 0.5, 0.5, 0.9])
    assert thinned(draw, 2).tolist() == [0, 1, 2, 3]
    assert sorted(draw[::-1][thinned(draw[::-1], 2)]) == sorted(draw[thinned(draw, 2)])


@pytest.mark.parametrize("way", ["expected", "left_out", "hazard"])
def test_of_many_moments_so_many_a_lead_are_learned_from(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = SETTINGS.model_copy(update={"undetermined": way, "moments_a_lead": 1.5})
    every = training_sample(DATA, asked, NOW)
    monkeypatch.setattr(of_dataset, "ENOUGH_LEARNED", 100)
    some = training_sample(DATA, asked, NOW)
    leads = len(np.unique(DATA.moments.lead[every.rows]))
    assert len(some.rows) == round(1.5 * leads)
    assert set(some.rows.tolist()) < set(every.rows.tolist())
    assert len(np.unique(DATA.moments.lead[some.rows])) < leads
    assert some.weight.sum() == pytest.approx(leads)
    assert some.lead_count(DATA) == leads


def test_leads_that_lose_all_their_moments_count_as_they_ended() -> None:
    """However few moments are left, so many leads were won, and so many were not."""
    later = matured_sample(DATA, SETTINGS, NEVER, NOW)
    once = later.thinned(DATA, 200)
    assert len(once.rows) == 200
    for less in (once, once.thinned(DATA, 50)):
        assert less.won_and_not(DATA) == later.won_and_not(DATA)
        assert less.weight.sum() == pytest.approx(later.weight.sum())
    is_in = np.arange(len(DATA.history.leads)) % 2 == 0
    assert once.of_leads(DATA, is_in).won_and_not(DATA) == later.of_leads(DATA, is_in).won_and_not(DATA)


def test_expected_labels_are_learned_at_the_weight_of_all_leads(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = SETTINGS.model_copy(update={"undetermined": "expected", "moments_a_lead": 1.5})
    monkeypatch.setattr(of_dataset, "ENOUGH_LEARNED", 100)
    weighed: list[float] = []
    grown = Booster.grown

    def noting(*given: Any) -> Any:
        weighed.append(float(given[2].get_weight().sum()))
        return grown(*given)

    monkeypatch.setattr(Booster, "grown", noting)
    training_sample(DATA, asked, NOW)

    labels = labels_known_at(DATA.history, DATA.moments, NOW, SETTINGS.settling_days)
    leads = [
        len(np.unique(DATA.moments.lead[used & ~labels.over])) for used in (labels.matured, np.ones_like(labels.over))
    ]
    assert weighed == pytest.approx(leads)


def test_what_is_drawn_is_the_same_in_a_history_without_later_leads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of_dataset, "ENOUGH_LEARNED", 100)
    asked = SETTINGS.model_copy(update={"undetermined": "left_out", "moments_a_lead": 1.0})
    cutoff = int(np.median(DATA.moments.as_of))
    known = np.flatnonzero(DATA.moments.as_of <= cutoff)
    earlier: Dataset = replace(DATA, moments=DATA.moments.take(known), X=DATA.X[known])
    ours, theirs = training_sample(DATA, asked, cutoff), training_sample(earlier, asked, cutoff)
    assert ours.rows.tolist() == known[theirs.rows].tolist()
