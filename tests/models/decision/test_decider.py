"""The decider: the same after it was written and read, the same alone as among others, and by lots that add up."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from features.records.history import Moments
from models.decision.decider import Decider, LeadDecision
from models.decision.exploration import lot, lot_share
from models.decision.routes import REP, routes, spent
from models.decision.settings import LOSS_REASONS
from models.decision.value_of_information import after_asking
from tests.models.company import SETTINGS, dataset, model, some_moments
from training.fitting.decisions import DecisionFit, fit_decider

SECRET = "by lot"


@cache
def fit() -> DecisionFit:
    return fit_decider(dataset(), model(), SETTINGS)


def decide(moments: Moments, decider: Decider | None = None, secret: str = SECRET) -> list[LeadDecision]:
    history = dataset().history
    X = model().matrix(history, moments)
    return (decider or fit().decider).decide(model(), history, moments, model().explain(X), secret)


def test_decider_read_again_decides_the_same() -> None:
    text = fit().decider.to_text()
    again = Decider.from_text(text)

    assert again.to_text() == text
    assert decide(some_moments(50), again) == decide(some_moments(50))


def test_fit_gives_the_same_bytes_again() -> None:
    assert fit_decider(dataset(), model(), SETTINGS).decider.to_text() == fit().decider.to_text()


def test_lead_alone_is_decided_on_as_among_others() -> None:
    moments = some_moments(20)
    alone = [decide(moments.take(np.array([row])))[0] for row in range(len(moments))]

    for one, among in zip(alone, decide(moments), strict=True):
        assert (one.step, one.route, one.drawn, one.since) == (among.step, among.route, among.drawn, among.since)
        assert one.expected_value == pytest.approx(among.expected_value)


def test_later_records_change_no_decision() -> None:
    history = dataset().history
    for lead, as_of in zip(*(some_moments(10).lead, some_moments(10).as_of), strict=True):
        moments = Moments(np.array([lead], np.int32), np.array([as_of]))
        known = replace(history, events=history.events.take(history.events.recorded_at <= as_of))
        X = model().matrix(known, moments)
        then = fit().decider.decide(model(), known, moments, model().explain(X), SECRET)
        assert then == decide(moments)


def test_propensities_add_up_and_lots_follow_them() -> None:
    decider = replace(fit().decider, lots=0.3)
    decided = decide(some_moments(900), decider)
    below = [one for one in decided if "rep" not in one.propensity or one.propensity["rep"] < 1]

    assert {round(sum(one.propensity.values()), 12) for one in decided} == {1.0}
    assert all(one.propensity[one.route] > 0 for one in decided)
    assert all(one.route == "rep" for one in below if one.drawn)
    assert np.mean([one.drawn for one in below]) == pytest.approx(0.3, abs=0.06)


def test_without_a_secret_no_lot_is_drawn() -> None:
    assert {tuple(one.propensity.values()) for one in decide(some_moments(100), secret="")} == {(1.0,)}


def test_lots_take_their_share_of_the_capacity_and_cannot_be_guessed() -> None:
    drawn = [lot(SECRET, f"L{number}") for number in range(2000)]

    assert np.quantile(drawn, [0.1, 0.5, 0.9]) == pytest.approx([0.1, 0.5, 0.9], abs=0.04)
    assert lot_share(0.03, reps=0.3, below=0.75) * 0.75 == pytest.approx(0.03 * 0.3)
    assert lot_share(0.03, reps=1.0, below=0.0) == 0.0


def test_latest_leads_spend_no_more_than_there_is() -> None:
    decider, history = fit().decider, dataset().history
    lead = np.flatnonzero(history.leads.created_at > history.known_until - 90 * 86_400_000_000).astype(np.int32)
    moments = Moments(lead, history.leads.created_at[lead])
    source = history.leads.channels["source"][lead]
    leads = decider.prospects(model(), model().matrix(history, moments), source)
    reps, team = spent(decider.settings, decider.prices, leads)

    assert 0 < reps <= decider.settings.rep.capacity * len(lead) * decider.settings.rep.minutes
    assert team <= decider.settings.qualify.capacity * len(lead) * decider.settings.qualify.minutes
    assert REP in routes(decider.settings, decider.prices, leads)


def test_asking_a_lead_that_has_answered_everything_changes_nothing() -> None:
    moments = some_moments(30)
    X = model().matrix(dataset().history, moments)
    for column, feature in enumerate(model().features):
        if feature.measure == "answered":
            X[:, column] = 1
    before = model().predict(X)

    assert after_asking(model(), fit().decider.donors, X, before) == pytest.approx(np.tile(before[:, None], (1, 24)))


def test_amounts_and_reasons_of_the_simulated_company_are_learned() -> None:
    amount, losses = fit().amount, fit().losses

    assert amount.deviance is not None
    assert amount.mean_deviance is not None
    assert amount.deviance < amount.mean_deviance
    assert losses.log_loss is not None
    assert losses.shares_log_loss is not None
    assert losses.log_loss < losses.shares_log_loss
    assert losses.right == pytest.approx(losses.promised, abs=0.1)


def test_few_deals_and_losses_are_told_by_means_and_shares() -> None:
    few = SETTINGS.model_copy(
        update={"decision": SETTINGS.decision.model_copy(update={"fewest_amounts": 10_000, "fewest_reasons": 10_000})}
    )
    decider = fit_decider(dataset(), model(), few).decider

    assert decider.amount.trees is None
    assert decider.losses.trees is None
    assert sum(decider.losses.shares) == pytest.approx(1)
    assert len(decider.losses.shares) == len(LOSS_REASONS)
