"""The contest is fair: no model is judged on what it has learned from, and the champion keeps its age."""

from dataclasses import replace

import numpy as np
import pytest

from features.records.clock import DAY, to_datetime
from tests.models.company import SETTINGS, dataset, evaluation
from training.fitting.fit import fit_close_model, split_time
from training.gate.comparison import Contestant, hold
from training.settings import TrainingSettings

HISTORY = dataset().history
NOW = HISTORY.known_until
CUTOFF = split_time(dataset(), SETTINGS, NOW, SETTINGS.test_share)


def contestant(version: str, until: int, settings: TrainingSettings = SETTINGS) -> Contestant:
    return Contestant(version, fit_close_model(dataset(), settings, until).model, settings, HISTORY)


def challenger() -> Contestant:
    return contestant("2", NOW)


def day(time: int) -> str:
    return f"{to_datetime(time):%Y-%m-%d}"


def test_the_challenger_is_judged_by_the_figures_that_its_training_told() -> None:
    contest = hold(challenger(), None)
    np.testing.assert_array_equal(contest.trial.y, evaluation().test.y)
    np.testing.assert_allclose(contest.challenger, evaluation().probability["close_model"], rtol=0, atol=1e-12)
    np.testing.assert_allclose(contest.champion, evaluation().probability["base_rate"])
    assert contest.against == "base rate"


def test_a_champion_that_has_seen_the_test_moments_is_judged_by_one_of_its_age_that_has_not() -> None:
    age = 90 * DAY
    contest = hold(challenger(), contestant("1", NOW - age))
    stood = fit_close_model(dataset(), SETTINGS, CUTOFF - age).model
    alone = hold(challenger(), Contestant("1", stood, SETTINGS, HISTORY))
    np.testing.assert_array_equal(contest.champion, alone.champion)
    assert contest.terms[2].endswith(
        f"has seen some of them: a model trained by its settings until {day(CUTOFF - age)} is judged in its place."
    )


def test_a_champion_that_has_not_seen_them_is_judged_itself() -> None:
    contest = hold(challenger(), contestant("1", CUTOFF))
    assert contest.terms[2] == f"The champion, version 1, was trained until {day(CUTOFF)} and is judged itself."


def test_two_trainings_of_one_age_and_the_same_settings_are_the_same() -> None:
    contest = hold(challenger(), replace(challenger(), version="1"))
    np.testing.assert_array_equal(contest.challenger, contest.champion)


def test_other_settings_make_another_champion() -> None:
    other = SETTINGS.model_copy(update={"ages_days": (0, 30)})
    contest = hold(challenger(), contestant("1", NOW, other))
    assert not np.array_equal(contest.challenger, contest.champion)
    assert len(contest.champion) == len(contest.trial.y)


def test_where_the_history_is_too_short_for_its_age_the_champion_is_taken_as_younger() -> None:
    old = replace(contestant("1", CUTOFF + DAY).model, trained_until=CUTOFF + DAY)
    far = replace(challenger(), model=replace(challenger().model, trained_until=NOW + 700 * DAY))
    contest = hold(far, Contestant("1", old, SETTINGS, HISTORY))
    age = far.model.trained_until - old.trained_until
    assert to_datetime(CUTOFF - age) < to_datetime(HISTORY.leads.created_at.min())
    assert contest.terms[2].endswith(
        f"a model trained by its settings until {day(CUTOFF - age // 2)} is judged in its place."
    )


def test_no_model_learns_from_the_test_moments_whatever_its_age(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every training of a contest ends before every test moment."""
    ends: list[int] = []

    def watched(data: object, settings: object, cutoff: int) -> object:
        ends.append(cutoff)
        return fit_close_model(data, settings, cutoff)  # type: ignore[arg-type]

    monkeypatch.setattr("training.gate.comparison.fit_close_model", watched)
    for age in (0, 30, 200):
        hold(challenger(), replace(challenger(), model=replace(challenger().model, trained_until=NOW - age * DAY)))
    assert ends
    assert max(ends) <= CUTOFF < dataset().moments.as_of[evaluation().test.rows].min()


def test_a_lead_that_the_champion_does_not_know_is_left_out_for_both() -> None:
    some = HISTORY.of_leads(np.flatnonzero(np.arange(len(HISTORY.leads)) % 5 > 0))
    champion = Contestant("1", contestant("1", CUTOFF).model, SETTINGS, some)
    contest, whole = hold(challenger(), champion), hold(challenger(), contestant("1", CUTOFF))
    assert 0 < contest.trial.leads < whole.trial.leads
    assert len(contest.challenger) == len(contest.champion) == len(contest.groups["channel:source"])
