"""The law of answers: what is told of an answer is what a score of the lead with that answer says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.records.parsing.values import decode
from serving.champion.champion import Champion
from serving.pages.asking import goes_elsewhere, to_ask
from serving.schemas.score import Score

Json = dict[str, Any]
NOW = datetime(2026, 9, 1, tzinfo=UTC)


def scored(champion: Champion, lead: Json) -> Score:
    (score,) = champion.score([lead], NOW)
    assert isinstance(score, Score)
    return score


def answers_of(champion: Champion, field: str) -> dict[str, object]:
    """Return what a lead says by each answer that may be told; "other" cannot be said."""
    assert champion.decider is not None
    schema, reply = champion.model.schema, champion.decider.replies[field]
    kind = schema.fields[field].type
    if kind == "category":
        return {said: said for said in reply.said if said in schema.fields[field].values}
    values = [float(row[0]) for row in np.asarray(reply.values)]
    if kind == "date":  # told by how many days ahead it lies
        return {said: (NOW + timedelta(days=days)).isoformat() for said, days in zip(reply.said, values, strict=True)}
    return {said: decode(schema.fields[field], value) for said, value in zip(reply.said, values, strict=True)}


def a_lead(champion: Champion, seed: int) -> Json:
    """Return a lead that has said some things and not others, weeks or minutes ago."""
    assert champion.decider is not None
    rng = np.random.default_rng(seed)
    answers = {name: list(answers_of(champion, name).values()) for name in sorted(champion.decider.replies)}
    fields = {name: some[rng.integers(len(some))] for name, some in answers.items() if rng.random() < 0.5}
    channel = next(iter(champion.model.schema.channels))
    created = ("2026-07-01T00:00:00Z", "2026-08-31T12:00:00Z", "2026-09-01T00:00:00Z")[rng.integers(3)]
    source = ("web search", "webinar", "referral")[rng.integers(3)]
    return {"lead_id": f"L{rng.integers(9)}", "created_at": created, "fields": {**fields, channel: source}}


SEEDS = st.integers(0, 10**6)


def test_what_is_told_of_an_answer_is_what_the_score_with_it_says(champion: Champion) -> None:
    @given(seed=SEEDS, secret=st.sampled_from(["", "a secret by which lots are drawn"]))
    @settings(max_examples=25)
    def holds(seed: int, secret: str) -> None:
        serving, lead = replace(champion, secret=secret), a_lead(champion, seed)
        for question in scored(serving, lead).ask_next:
            said = answers_of(serving, question.field)
            for answer in (answer for answer in question.answers if answer.said in said):
                given_now = {"kind": question.field, "occurred_at": NOW.isoformat(), "text": str(said[answer.said])}
                then = scored(serving, {**lead, "events": [given_now]})
                assert then.decision is not None
                assert answer.score == pytest.approx(then.probability)
                assert answer.expected_amount == pytest.approx(then.decision.expected_amount)
                assert answer.expected_value == pytest.approx(then.decision.expected_value)
                assert answer.route == then.decision.route

    holds()


def test_what_the_page_says_of_a_question_is_true_of_its_answers(champion: Champion) -> None:
    @given(seed=SEEDS)
    @settings(max_examples=25)
    def holds(seed: int) -> None:
        score = scored(champion, a_lead(champion, seed))
        assert score.decision is not None
        gains = [question.gain for question in score.ask_next]
        assert gains == sorted(gains, reverse=True)
        for question, asked in zip(score.ask_next, to_ask(score, champion.intake), strict=True):
            stays = {answer.route for answer in question.answers} == {score.decision.route}
            assert goes_elsewhere(question, score) != stays
            assert ("No single answer would change" in asked.worth) == stays
            assert question.gain == 0 or not stays

    holds()
