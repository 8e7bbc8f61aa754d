"""The routing judged by what was logged: each lead once, by what was known, and silent where too little was."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from features.records.clock import DAY, NEVER, duration
from features.records.history import Moments
from models.decision.routes import REP, ROUTES
from tests.models.company import SETTINGS, dataset, model
from training.fitting.decisions import fit_decider
from training.fitting.fit import TooFewOutcomesError
from training.judging.logged_decisions import Decided
from training.judging.policy import CHOSEN, DRAWN, ROUTED, WORKING_ALL, PolicyReport, Rival, policy_report


@cache
def decided(lots: float = 0.5) -> Decided:
    """Every lead of the company decided on as it came in."""
    history = dataset().history
    moments = Moments(np.arange(len(history.leads), dtype=np.int32), history.leads.created_at)
    X = model().matrix(history, moments)
    decider = replace(fit_decider(dataset(), model(), SETTINGS).decider, lots=lots)
    decisions = decider.decide(model(), history, moments, model().explain(X), "secret")
    return Decided(
        history.leads.lead_id,
        moments.as_of,
        model().predict(X),
        np.array([one.expected_amount for one in decisions]),
        np.array([ROUTES.index(one.route) for one in decisions], np.int8),
        np.array([[one.propensity.get(route, 0.0) for route in ROUTES] for one in decisions]),
        np.full(len(decisions), NEVER),
        np.array([one.obstacle for one in decisions], np.object_),
    )


def report(of: Decided | None = None, as_of: int | None = None) -> PolicyReport:
    return policy_report(dataset().history, of or decided(), SETTINGS, as_of=as_of)


def test_policies_are_told_with_intervals_and_the_slices_apart() -> None:
    found = report()
    routing, working_all = found.policies

    assert (routing.name, working_all.name) == (ROUTED, WORKING_ALL)
    for policy in found.policies:
        assert policy.supported == pytest.approx(1)
        assert policy.told
        for estimate in (policy.inverse_propensity, policy.doubly_robust):
            assert estimate.low < estimate.value < estimate.high
    assert (routing.gain.value, routing.gain.low, routing.gain.high) == (0, 0, 0)
    assert {one.name for one in found.slices} == {DRAWN, CHOSEN}
    assert all(one.figures["log_loss"].supported for one in found.slices)
    assert found.notes() == []


def test_drawn_leads_are_those_below_the_cut_that_reps_worked() -> None:
    one = decided()
    drawn = one.drawn

    assert (one.route[drawn] == REP).all()
    assert (one.propensity[drawn, REP] == 0.5).all()
    assert drawn.sum() == pytest.approx((one.propensity[:, REP] < 1).sum() / 2, rel=0.15)


def test_too_little_randomness_is_told() -> None:
    found = report(decided(0.01))
    (note,) = found.notes()

    assert not found.policies[1].told
    assert note.startswith("Of working all leads nothing can be told yet")


def test_another_routing_is_held_beside_and_says_what_was_never_done() -> None:
    history = dataset().history
    found = policy_report(history, decided(), SETTINGS, {"nobody": nowhere(0)})
    nobody = found.policies[-1]

    assert nobody.supported < 1
    assert np.isnan(nobody.inverse_propensity.value)
    assert any("rests on the model's word" in note or "nothing can be told" in note for note in found.notes())


def test_a_routing_that_learned_from_these_leads_says_so() -> None:
    history = dataset().history
    since = int(np.median(decided().as_of))
    later, fair = (policy_report(history, decided(), SETTINGS, {"version 7": nowhere(until)}) for until in (since, 0))

    assert 0.4 < later.policies[-1].learned_from < 1
    assert [one.learned_from for one in later.policies[:-1]] == [0, 0]
    assert any(
        "it may have learned from what became of them, so what is told of it may be too good" in note
        for note in later.notes()
    )
    assert not any("learned" in note for note in fair.notes())


def nowhere(trained_until: int) -> Rival:
    """Return a routing that turns everybody away."""
    return Rival(lambda _, moments: np.zeros(len(moments), np.int8), trained_until)


def test_later_records_change_nothing() -> None:
    history = dataset().history
    then = history.known_until - 200 * DAY

    assert report(as_of=then).to_json() == policy_report(history.as_known_at(then), decided(), SETTINGS).to_json()
    assert report(as_of=then).leads < report().leads


def test_reps_who_get_a_lead_later_cost_what_they_would_have_spent_within_the_horizon() -> None:
    one, horizon = decided(), duration(dataset().history.schema.horizon)
    within, after = (report(replace(one, rep_at=one.as_of + horizon + late)) for late in (0, 1))
    elsewhere = 1 - report().slices[0].leads / report().leads - report().slices[1].leads / report().leads

    assert within.mean_gain == pytest.approx(report().mean_gain - SETTINGS.decision.rep.cost * elsewhere)
    assert after.to_json() == report().to_json()


def test_leads_that_are_not_in_the_history_count_for_nothing() -> None:
    half = decided().take(np.arange(0, len(decided()), 2))
    renamed = replace(half, lead_id=np.array([f"other {n}" for n in range(len(half))], np.object_))

    with pytest.raises(TooFewOutcomesError, match="The routing can be judged once leads"):
        report(renamed)
