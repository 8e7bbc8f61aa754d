"""Weights stand for what is known of a lead, not for what tells the level of its time."""

import numpy as np
import pytest
from scipy.special import expit

from features.records.history import Floats
from training.fitting.weighing import KindWeights

N = 20_000
ONES = np.ones(N)


def leads(*, telling_time: float) -> tuple[Floats, Floats, Floats]:
    """Return log-odds (1, n), labels (n,) and levels (n,) of leads in 50 weeks; the log-odds hold so much of the week's own level too."""
    rng = np.random.default_rng(3)
    level = rng.normal(0.0, 1.5, 50)[rng.integers(0, 50, N)]
    signal = rng.normal(0.0, 0.5, N)
    y = (rng.random(N) < expit(level + signal)).astype(np.float64)
    return (signal + telling_time * level)[None], y, level


def test_what_tells_the_level_of_the_time_makes_no_score_surer() -> None:
    """Such log-odds are right beside one level for all at a weight over 1, and the next week, of another level, at none of it."""
    margins, y, level = leads(telling_time=0.1)
    beside_one_level = KindWeights.of(margins, y, ONES, np.full(N, level.mean()), by_lead=True)
    assert beside_one_level.weights.sum() > 1.3
    weighed = KindWeights.of(margins, y, ONES, level, by_lead=True)
    assert 0.8 < weighed.weights.sum() < 1.1
    assert weighed.foretold == pytest.approx(level + margins[0], abs=0.6)


def test_what_is_known_of_leads_alone_keeps_its_weight() -> None:
    """Levels of the time that nobody knows draw every slope to 0: no more than that is taken off."""
    margins, y, level = leads(telling_time=0.0)
    weighed = KindWeights.of(margins, y, ONES, level, by_lead=True)
    beside_one_level = KindWeights.of(margins, y, ONES, np.full(N, level.mean()), by_lead=True)
    assert weighed.weights == pytest.approx(beside_one_level.weights)
    assert 0.6 < weighed.weights.sum() < 1


def test_kinds_keep_their_proportions() -> None:
    margins, y, level = leads(telling_time=0.1)
    both = np.vstack((margins, margins + np.random.default_rng(4).normal(0.0, 0.3, (1, N))))
    weighed, beside_one_level = (
        KindWeights.of(both, y, ONES, base, by_lead=True) for base in (level, np.full(N, level.mean()))
    )
    ratio = weighed.weights / beside_one_level.weights
    assert ratio[0] == pytest.approx(ratio[1])
    assert ratio[0] < 1


def test_where_the_time_was_split_the_base_rate_changes_no_weight() -> None:
    margins, y, level = leads(telling_time=0.1)
    by_time = KindWeights.of(margins, y, ONES, level, by_lead=False)
    assert by_time.weights == pytest.approx(KindWeights.of(margins, y, ONES, np.zeros(N), by_lead=False).weights)
    assert by_time.foretold == pytest.approx(by_time.shift + by_time.weights @ margins)


def test_of_kinds_that_tell_nothing_beyond_the_time_none_is_kept() -> None:
    _, y, level = leads(telling_time=0.0)
    week = np.random.default_rng(5).normal(0.0, 0.01, N) - 2 * level
    weighed = KindWeights.of(week[None], y, ONES, level, by_lead=True)
    assert weighed.weights.tolist() == [0.0]
