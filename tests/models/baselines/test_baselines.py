"""Baselines that mean what they say, and know the training sample alone."""

import numpy as np
import pytest

from features.matrix.feature import Feature
from features.matrix.matrix import Matrix, catalogue
from features.records.history import Floats
from features.settings.fields import LeadField
from features.settings.schema import LeadSchema
from models.baselines import BaseRate, ChannelRate, Logistic, ProfileOnly, Scorecard, admit_profile, profile_columns
from models.baselines.binning import Bins, cut
from models.close.settings import BoosterSettings

RNG = np.random.default_rng(1)
X = RNG.normal(size=(300, 4)).astype(np.float32)
X[RNG.random(X.shape) < 0.2] = np.nan
P = 1 / (1 + np.exp(1 - np.nan_to_num(X[:, 0])))
WEIGHT = RNG.random(300)


def test_the_base_rate_is_the_weighted_share() -> None:
    # (1 * 1 + 3 * 0 + 4 * 0.5) / (1 + 3 + 4) = 3 / 8
    base = BaseRate(np.array([1.0, 0.0, 0.5]), np.array([1.0, 3.0, 4.0]))
    assert base.predict(X).tolist() == [0.375] * 300


def test_a_soft_label_is_a_row_won_and_a_row_not_won() -> None:
    soft = Logistic(X, P, WEIGHT).predict(X)
    split = np.concatenate((WEIGHT * P, WEIGHT * (1 - P)))
    hard = Logistic(np.tile(X, (2, 1)), np.repeat((1.0, 0.0), 300), split).predict(X)
    np.testing.assert_allclose(soft, hard, atol=5e-3)


def test_the_logistic_baseline_finds_what_is_there() -> None:
    y = (RNG.random(300) < P).astype(np.float64)
    predicted = Logistic(X, y, np.ones(300)).predict(X)
    assert np.corrcoef(predicted, P)[0, 1] > 0.8
    assert predicted.mean() == pytest.approx(y.mean(), abs=0.01)


def test_features_that_were_never_known_do_no_harm() -> None:
    empty = np.column_stack((X, np.full(300, np.nan, np.float32)))
    np.testing.assert_allclose(Logistic(empty, P, WEIGHT).predict(empty), Logistic(X, P, WEIGHT).predict(X), atol=1e-5)


def test_what_is_not_known_is_a_mark_of_its_own() -> None:
    known = np.where(np.isnan(X[:, 1]), 0.9, 0.1)
    predicted = Logistic(X, known, np.ones(300)).predict(X)
    assert predicted[np.isnan(X[:, 1])].min() > predicted[~np.isnan(X[:, 1])].max()


def close_rate(channel: str) -> Feature:
    return Feature(f"{channel}_close_rate_365d", "close_rate", channel, "source", "share", 1, 365)


def weighted(n: int, seed: int = 0) -> tuple[Matrix, Floats, Floats, Floats]:
    """Return four facts (the first two matter), labels, weights and true probabilities."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 4)).astype(np.float32)
    X[:, 1] = rng.integers(0, 2, n)
    X[rng.random(n) < 0.2, 0] = np.nan
    p = 1 / (1 + np.exp(1.5 - np.nan_to_num(X[:, 0]) - X[:, 1]))
    return X, (rng.random(n) < p).astype(np.float64), rng.uniform(0.2, 1, n), p


FACTS = tuple(Feature(name, "count", name, "need", "calls") for name in ("calls", "asked", "noise", "other_noise"))


def test_the_channel_rate_is_that_of_the_channel_that_tells_most() -> None:
    features = (close_rate("everyone"), close_rate("source"), close_rate("campaign"))
    X = np.array([[0.2, 0.1, 0.2], [0.2, 0.3, 0.2], [0.2, np.nan, 0.2]], np.float32)
    rates = ChannelRate(features, X, np.array([0.1, 0.3, 0.2]), np.ones(3))
    assert rates.feature_ == features[1]
    # As many wins are expected as there were: (.1 + .3 + .2) / (.1 + .3 + .2), the last the base rate where none is known.
    assert rates.predict(X) == pytest.approx([0.1, 0.3, 0.2])


def test_rates_that_expect_too_much_are_lowered_and_others_are_left() -> None:
    features, X = (close_rate("source"),), np.array([[0.2], [0.4]], np.float32)
    # .3 wins came of .6 expected; and .9 of .6.
    assert ChannelRate(features, X, np.array([0.1, 0.2]), np.ones(2)).predict(X) == pytest.approx([0.1, 0.2])
    assert ChannelRate(features, X, np.array([0.3, 0.6]), np.ones(2)).predict(X) == pytest.approx([0.2, 0.4])


def test_without_channels_the_channel_rate_is_the_base_rate() -> None:
    rates = ChannelRate((close_rate("everyone"),), X[:, :1], P, WEIGHT)
    assert rates.predict(X[:5, :1]).tolist() == BaseRate(P, WEIGHT).predict(X[:5]).tolist()


def test_the_points_of_a_scorecard_are_whole_and_its_probability_rises_with_them() -> None:
    X, y, weight, p = weighted(4000)
    card = Scorecard(FACTS, X, y, weight)
    points = card.points(X)
    assert points.dtype == np.int64
    assert 0 <= points.min() <= points.max() <= card.highest
    assert abs(card.highest - 100) <= len(card.facts_)
    order = np.argsort(points, kind="stable")
    assert (np.diff(card.predict(X)[order])[np.diff(points[order]) > 0] > 0).all()
    assert (np.diff(card.predict(X)[order])[np.diff(points[order]) == 0] == 0).all()
    assert weight @ card.predict(X) == pytest.approx(weight @ y)
    assert np.corrcoef(card.predict(X), p)[0, 1] > 0.9


def test_a_scorecard_takes_what_matters_and_no_bin_earns_less_than_one_that_closes_less_often() -> None:
    X, y, weight, _ = weighted(4000)
    card = Scorecard(FACTS, X, y, weight)
    assert {fact.feature.name for fact in card.facts_} == {"calls", "asked"}
    for fact in card.facts_:
        seen = fact.leads > 20
        order = np.argsort(fact.won[seen] / fact.leads[seen])
        assert (np.diff(fact.points[seen][order]) >= 0).all()
        assert fact.points.min() == 0


def test_a_scorecard_of_noise_is_the_base_rate() -> None:
    X, y, weight, _ = weighted(4000)
    card = Scorecard(FACTS[2:], X[:, 2:], y, weight)
    assert card.facts_ == ()
    assert card.predict(X) == pytest.approx(np.full(4000, np.average(y, weights=weight)))


def test_of_windows_of_one_count_a_scorecard_takes_one_and_never_more_facts_than_asked() -> None:
    X, y, weight, _ = weighted(4000)
    windows = (FACTS[0], Feature("calls_90d", "count", "calls", "need", "calls", window_days=90), *FACTS[1:])
    twice = np.column_stack((X[:, 0], 2 * X[:, 0] + 0.1 * X[:, 2], X[:, 1:])).astype(np.float32)
    assert len({fact.feature.subject for fact in Scorecard(windows, twice, y, weight).facts_}) == 2
    assert len(Scorecard(FACTS, X, y, weight, most_facts=1).facts_) == 1


@pytest.mark.parametrize("won", [0.0, 1.0])
def test_a_scorecard_of_leads_that_all_ended_alike_says_so(won: float) -> None:
    X, _, weight, _ = weighted(200)
    assert Scorecard(FACTS, X, np.full(200, won), weight).predict(X) == pytest.approx(np.full(200, won), abs=0.01)


def test_a_scorecard_prints_every_bin_that_has_leads() -> None:
    X, y, weight, _ = weighted(4000)
    card = Scorecard((FACTS[0], Feature("asked", "answered", "asked", "need", "yes or no")), X[:, :2], y, weight)
    text = str(card)
    for name in ("calls (calls)", "asked", "not known", "no ", "yes", "A total of 0 is worth"):
        assert name in text
    assert text.count(" points ") == sum(int(np.count_nonzero(fact.leads)) for fact in card.facts_)


def test_numbers_are_cut_at_quantiles_and_equal_numbers_never_apart() -> None:
    bins = cut(np.array([0, 0, 0, 0, 0, 0, 1, 2, 3, np.nan], np.float32))
    assert bins.edges.tolist() == [0, 1, 2]
    assert bins.names == ("at most 0", "up to 1", "up to 2", "more", "not known")
    assert bins.code(np.array([-1, 0, 1, 1.5, 9, np.nan], np.float32)).tolist() == [0, 0, 1, 2, 3, 4]


@pytest.mark.parametrize("values", [[np.nan, np.nan], [1.0, 1.0], []])
def test_what_is_the_same_for_all_has_one_bin(values: list[float]) -> None:
    assert cut(np.array(values, np.float32)).names == Bins(np.empty(0, np.float32)).names == ("known", "not known")


PROFILED = LeadSchema(
    fields={
        "need": LeadField(role="answer", type="number", obstacle="need"),
        "staff": LeadField(role="profile", type="number"),
        "country": LeadField(role="context", values=("DE", "FR")),
        "title": LeadField(role="profile"),
        "contract": LeadField(role="late", type="number"),
    }
)


def test_the_profile_is_admitted_and_what_is_late_stays_out() -> None:
    admitted = admit_profile(PROFILED)
    names = [feature.name for feature in catalogue(admitted)]
    assert [names[column] for column in profile_columns(admitted)] == ["staff", "country_is_de", "country_is_fr"]
    assert set(names) - {feature.name for feature in catalogue(PROFILED)} == {"staff", "country_is_de", "country_is_fr"}
    assert admit_profile(admitted) == admitted
    assert PROFILED.fields["staff"].admitted is False


def test_the_profile_alone_finds_what_a_profile_says_and_stops_growing_on_later_leads() -> None:
    X, y, weight, p = weighted(3000)
    rows = X, y, weight
    fixed = ProfileOnly(BoosterSettings(), FACTS, 20, rows)
    assert fixed.booster_.rounds == 20
    assert np.corrcoef(fixed.predict(X), p)[0, 1] > 0.8
    noise = (X, np.random.default_rng(1).permutation(y), weight)
    stopped = ProfileOnly(BoosterSettings(), FACTS, 20, rows, (rows, noise))
    assert stopped.booster_.rounds < ProfileOnly(BoosterSettings(), FACTS, 20, rows, (rows, rows)).booster_.rounds
