"""What to ask next: the answers' scores are the model's own, and what counts is the decision."""

from dataclasses import replace

import numpy as np
import pytest

from features.world.schema import ANSWERS
from models.close.certainty import Certainty
from models.decision.decider import first_channel
from models.decision.questions import MOST, Asking, Question
from models.decision.replies import answering, learn_replies, places, unanswered
from models.decision.routes import Prices, Prospects, spread_around, value
from models.decision.settings import DecisionSettings
from tests.models.company import dataset, model, some_moments
from tests.models.test_companions import beside

MOMENTS = some_moments(60, seed=3)


def asked(prices: Prices | None = None) -> tuple[np.ndarray, Prospects, list[tuple[Question, ...]]]:
    decider = beside().decider
    assert decider is not None
    X = model().matrix(dataset().history, MOMENTS)
    leads = decider.prospects(model(), X, first_channel(dataset().history, MOMENTS))
    asking = Asking(decider.replies, decider.settings, prices or decider.prices)
    return X, leads, asking.questions(model(), X, leads)


def test_only_what_is_open_is_asked_and_the_most_valuable_first() -> None:
    X, _, questions = asked()
    place = {place.field: place for place in places(model().booster)}
    assert any(some for some in questions)
    for row, some in zip(X, questions, strict=True):
        assert len(some) <= MOST
        assert all(row[place[question.field].answered] == 0 for question in some)
        gains = [question.gain for question in some]
        assert gains == sorted(gains, reverse=True)


def test_the_score_of_an_answer_is_what_the_model_says_once_it_is_given() -> None:
    X, _, questions = asked()
    decider = beside().decider
    assert decider is not None
    place = {place.field: place for place in places(model().booster)}
    row = next(row for row, some in enumerate(questions) if some)
    for question in questions[row]:
        reply = decider.replies[question.field]
        given = model().predict(answering(X[row : row + 1], place[question.field], reply.values))
        by_answer = {answer.said: answer.score for answer in question.answers}
        assert by_answer == pytest.approx(dict(zip(reply.said, given, strict=True)))
        assert sum(answer.probability for answer in question.answers) == pytest.approx(1)
        assert [answer.score for answer in question.answers] == sorted(by_answer.values())


def test_a_lead_alone_is_asked_what_it_is_asked_among_others_to_the_last_bit() -> None:
    X, leads, together = asked()
    decider = beside().decider
    assert decider is not None
    asking = Asking(decider.replies, decider.settings, decider.prices)
    rows = np.arange(len(X))
    alone = [
        asking.questions(model(), X[[row]], Prospects(*(of[[row]] for of in vars(leads).values()))) for row in rows
    ]
    assert [some for (some,) in alone] == together


def test_where_no_answer_changes_the_decision_nothing_is_gained() -> None:
    beyond_reach = Prices(rep=1e9)
    assert {question.gain for some in asked(beyond_reach)[2] for question in some} == {0.0}
    assert any(question.gain > 0 for some in asked()[2] for question in some)


def test_a_gain_by_hand() -> None:
    # 100 minutes at 60 an hour cost 100; of 1,000, a chance of .2 pays 100 and one of .05 does not. Nurturing is free and brings nothing.
    settings = DecisionSettings.model_validate(
        {
            "nurture_cost": 0,
            "comes_back": 0,
            "rep": {"minutes_per_attempt": 100, "attempts": 1, "cost_per_hour": 60, "capacity": 1},
        }
    )
    after = spread_around(np.array([0.1]), np.log(np.array([[0.05 / 0.95, 0.2 / 0.8]])), np.array([[2 / 3, 1 / 3]]))
    assert after[0] == pytest.approx([0.05, 0.2])
    known = (value(settings, Prices(), after[0], np.full(2, 1000.0)) * [2 / 3, 1 / 3]).sum()
    assert known - value(settings, Prices(), np.array([0.1]), np.array([1000.0]))[0] == pytest.approx(100 / 3)


def test_a_model_that_abstains_asks_nothing() -> None:
    X, leads, _ = asked()
    decider = beside().decider
    assert decider is not None
    abstaining = replace(model(), certainty=Certainty(abstention="too few outcomes"))
    asking = Asking(decider.replies, decider.settings, decider.prices)
    assert set(asking.questions(abstaining, X, leads)) == {()}


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


def test_an_answer_is_taken_back_as_it_was_given() -> None:
    X = model().matrix(dataset().history, MOMENTS)
    for place in places(model().booster):
        silent = X[X[:, place.answered] == 0]
        given = answering(silent, place, np.ones((1, len(place.values)), np.float32))
        np.testing.assert_array_equal(unanswered(given, place), silent)
