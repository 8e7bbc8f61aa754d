"""What to ask next: the answers' scores are the model's own, and what counts is the decision."""

from dataclasses import replace

import numpy as np
import pytest

from features.simulation.schema import ANSWERS
from models.close.uncertainty import Certainty
from models.decision.answer_model import AnswerModel, learn_replies, places, unanswered
from models.decision.decider import first_channel
from models.decision.questions import MAX_QUESTIONS, AskedLeads, Asking, OpenQuestion
from models.decision.routes import NURTURE, ROUTES, Prices, Prospects, routes
from models.decision.settings import DecisionSettings
from tests.models.company import dataset, model, some_moments
from tests.models.registry.test_artifacts import beside

MOMENTS = some_moments(60, seed=3)


def asking(prices: Prices | None = None) -> tuple[Asking, AskedLeads]:
    decider = beside().decider
    assert decider is not None
    history = dataset().history
    X, source = model().matrix(history, MOMENTS), first_channel(history, MOMENTS)
    by = replace(decider.asking(model(), history, MOMENTS, X), prices=prices or decider.prices)
    prospects = by.weigh(X, source)
    route = routes(by.settings, by.prices, prospects)
    return by, AskedLeads(np.arange(len(X)), X, source, prospects.probability, route, np.zeros(len(X), np.bool_))


def asked(prices: Prices | None = None) -> tuple[AskedLeads, list[tuple[OpenQuestion, ...]]]:
    by, leads = asking(prices)
    return leads, by.questions(model(), leads)


def test_only_what_is_open_is_asked_and_the_most_valuable_first() -> None:
    leads, questions = asked()
    place = {place.field: place for place in places(model().blend)}
    assert any(some for some in questions)
    for row, some in zip(leads.X, questions, strict=True):
        assert len(some) <= MAX_QUESTIONS
        assert all(row[place[question.field].answered] == 0 for question in some)
        gains = [question.gain for question in some]
        assert gains == sorted(gains, reverse=True)


def test_answers_are_told_from_the_lowest_score_to_the_highest_and_are_all_there_are() -> None:
    _, questions = asked()
    decider = beside().decider
    assert decider is not None
    for question in (question for some in questions for question in some):
        scores = [answer.score for answer in question.answers]
        assert scores == sorted(scores)
        assert sum(answer.probability for answer in question.answers) == pytest.approx(1)
        assert {answer.said for answer in question.answers} == set(decider.replies[question.field].said)


def test_a_lead_alone_is_asked_what_it_is_asked_among_others_to_the_last_bit() -> None:
    by, leads = asking()
    alone = [by.questions(model(), leads.part(slice(row, row + 1))) for row in range(len(leads))]
    assert [some for (some,) in alone] == by.questions(model(), leads)


def test_where_no_answer_changes_the_route_nothing_is_gained_and_only_there() -> None:
    leads, questions = asked()
    for code, some in zip(leads.route, questions, strict=True):
        for question in some:
            moves = {answer.route for answer in question.answers} != {ROUTES[code]}
            assert question.gain == 0 or moves
    assert any(question.gain > 0 for some in questions for question in some)
    beyond_reach, by_hand = asked(Prices(rep=1e9, qualify=1e9))
    assert {ROUTES[code] for code in beyond_reach.route} <= {"nurture", "decline"}
    assert {
        question.gain for some in by_hand for question in some if len({a.route for a in question.answers}) == 1
    } == {0.0}


def test_a_gain_by_hand() -> None:
    # 100 minutes at 60 an hour cost 100; nurturing is free and brings nothing. At .1 the lead of 1,000 is nurtured, as 100 only pays the work.
    # If it says yes (1 in 4), a chance of .3 of 2,000 pays 600 for 100 of work; if it says no, .05 of 500 does not. Worth 500 / 4.
    settings = DecisionSettings.model_validate(
        {
            "nurture_cost": 0,
            "comes_back": 0,
            "rep": {"minutes_per_attempt": 100, "attempts": 1, "cost_per_hour": 60, "capacity": 1},
        }
    )
    chance, amount = {0.0: 0.05, 1.0: 0.3}, {0.0: 500.0, 1.0: 2000.0}

    def weigh(X: np.ndarray, _: object) -> Prospects:
        said = X[:, place.values[0]].tolist()
        p, worth = np.array([chance[float(one)] for one in said]), np.array([amount[float(one)] for one in said])
        return Prospects(p, worth, p[:, None], np.zeros(len(X)))

    place = next(place for place in places(model().blend) if place.field == "cost_of_not_solving")
    by, leads = asking()
    (row, *_) = np.flatnonzero(leads.X[:, place.answered] == 0)
    shares = np.full((4, 2), [0.75, 0.25])
    reply = AnswerModel(("no", "yes"), np.array([[0], [1]], np.float32), np.array([0.2, 0.4, 0.6]), shares)
    nurtured = replace(leads.part(slice(row, row + 1)), probability=np.array([0.1]), route=np.array([NURTURE], np.int8))
    by = replace(by, replies={"cost_of_not_solving": reply}, settings=settings, prices=Prices(), weigh=weigh)
    ((question,),) = by.questions(model(), nurtured)
    assert question.gain == pytest.approx(125)
    no, yes = question.answers
    assert [(answer.said, answer.route) for answer in (no, yes)] == [("no", "nurture"), ("yes", "rep")]
    assert [no.expected_value, yes.expected_value] == pytest.approx([0.05 * 500 - 100, 0.3 * 2000 - 100])
    picked = replace(nurtured, picked=np.array([True]))
    ((question,),) = by.questions(model(), picked)
    assert (question.gain, {answer.route for answer in question.answers}) == (0.0, {"rep"})


def test_a_model_that_abstains_asks_nothing() -> None:
    by, leads = asking()
    abstaining = replace(model(), certainty=Certainty(abstention="too few outcomes"))
    assert set(by.questions(abstaining, leads)) == {()}


def test_replies_are_shares_of_answers_in_words() -> None:
    X = model().matrix(dataset().history, some_moments(800, seed=1))
    replies = learn_replies(model(), X)
    assert set(replies["timeline"].said) <= set(ANSWERS["timeline"].values)
    assert replies["wants_contact"].said == ("no", "yes")
    assert all(said.startswith("about ") for said in replies["cost_of_not_solving"].said)
    for reply in replies.values():
        assert reply.shares.sum(axis=1) == pytest.approx(1)
        assert (reply.shares > 0).all()
        assert reply.likely(np.array([0.0, 1.0])).tolist() == reply.shares[[0, -1]].tolist()


def test_an_answer_is_taken_back_from_what_is_said_and_from_nothing_else() -> None:
    X = model().matrix(dataset().history, MOMENTS)
    for place in places(model().blend):
        told = X[X[:, place.answered] == 1]
        silent = unanswered(told, place)
        assert (silent[:, place.answered] == 0).all()
        assert np.isnan(silent[:, [*place.values, place.age]]).all()
        np.testing.assert_array_equal(silent[:, place.given], told[:, place.given] - 1)
        others = np.setdiff1d(np.arange(X.shape[1]), [*place.values, place.answered, place.age, place.given])
        np.testing.assert_array_equal(silent[:, others], told[:, others])
