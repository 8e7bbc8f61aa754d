"""Reasons that add up: contributions to the margin, points to the probability, and every question named."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from features.records.clock import to_datetime
from features.records.history import Floats
from features.records.leads.checking import read_lead, to_history
from models.close.reasons.explanation import LeadScore, levels, points, score, subject_columns
from tests.models.company import checked, model, some_moments


@cache
def scores() -> list[LeadScore]:
    return score(model(), checked().history, some_moments(300))


def test_reasons_sum_to_the_margin_and_points_to_the_probability() -> None:
    for one in scores():
        assert one.base_value + sum(reason.contribution for reason in one.reasons) == pytest.approx(
            one.margin, abs=1e-9
        )
        assert one.base_probability + sum(reason.points for reason in one.reasons) == pytest.approx(
            one.probability, abs=1e-12
        )


def test_points_push_where_the_contribution_pushes_and_the_strongest_come_first() -> None:
    for one in scores():
        strength = [abs(reason.contribution) for reason in one.reasons]
        assert strength == sorted(strength, reverse=True)
        assert all(reason.points * reason.contribution > 0 for reason in one.reasons)


@given(
    contributions=arrays(np.float64, st.integers(1, 8), elements=st.floats(-5, 5)),
    base=st.floats(-6, 6),
)
def test_points_add_up_whatever_the_contributions(contributions: Floats, base: float) -> None:
    low, high = 1 / (1 + np.exp(-base)), 1 / (1 + np.exp(-(base + contributions.sum())))
    assert low + points(contributions, high, low).sum() == pytest.approx(high, abs=1e-9)


def test_contributions_that_cancel_out_still_get_points() -> None:
    # 0.8 and -0.8 at a probability of 0.3: the slope of the logistic curve is 0.3 * 0.7 = 0.21, and 0.8 * 0.21 = 0.168.
    assert points(np.array([0.8, -0.8]), 0.3, 0.3).tolist() == pytest.approx([0.168, -0.168])


def test_every_feature_belongs_to_one_subject() -> None:
    columns = [column for some in subject_columns(model().features).values() for column in some]
    assert sorted(columns) == list(range(len(model().features)))


def test_a_batch_explains_each_lead_as_alone() -> None:
    moments = some_moments(20)
    alone = [score(model(), checked().history, moments.take(np.array([row])))[0] for row in range(20)]
    assert alone == scores()[:20]


def test_levels_are_scores_without_words() -> None:
    for level, one in zip(levels(model(), checked().history, some_moments(300)), scores(), strict=True):
        assert (level.probability, level.margin) == (one.probability, one.margin)
        assert dict(level.subjects) == {reason.subject: reason.contribution for reason in one.reasons}


def test_what_is_not_known_are_the_questions_without_an_answer() -> None:
    answers = model().schema.answers
    now = to_datetime(model().trained_until)
    silent, spoken = (
        score(model(), *to_history(model().schema, [read_lead(model().schema, {"fields": fields}, now)]))[0]
        for fields in ({}, {"budget": "none", "wants_contact": False, "cost_of_not_solving": 0})
    )
    assert [unknown.field for unknown in silent.unknown] == list(answers)
    assert [unknown.ask for unknown in silent.unknown] == [field.ask for field in answers.values()]
    assert {*answers} - {unknown.field for unknown in spoken.unknown} == {
        "budget",
        "wants_contact",
        "cost_of_not_solving",
    }


def test_an_answer_never_given_has_no_value() -> None:
    now = to_datetime(model().trained_until)
    silent = score(model(), *to_history(model().schema, [read_lead(model().schema, {"fields": {}}, now)]))[0]
    of_answers = [reason for reason in silent.reasons if reason.subject in model().schema.answers]
    assert of_answers
    for reason in of_answers:
        assert reason.value is None or reason.value is False
        assert reason.sentence.startswith("Has not said ")


def test_readable_values_are_those_that_the_lead_gave() -> None:
    now = to_datetime(model().trained_until)
    fields = {"budget": "over 50,000", "wants_contact": True, "cost_of_not_solving": 1234.5, "uses_now": "spreadsheets"}
    known = score(model(), *to_history(model().schema, [read_lead(model().schema, {"fields": fields}, now)]))[0]
    given = {reason.subject: reason.value for reason in known.reasons if reason.feature.split("_is_")[0] in fields}
    assert given
    assert given.items() <= fields.items()


def test_no_sentence_shows_how_it_was_computed() -> None:
    sentences = [reason.sentence for one in scores() for reason in one.reasons]
    sentences += [unknown.sentence for one in scores() for unknown in one.unknown]
    for sentence in set(sentences):
        assert not {"nan", "None", "inf", "_"} & {
            *sentence.replace(",", " ").split(),
            *(["_"] if "_" in sentence else []),
        }
        assert sentence[0].isupper() or sentence[0].isdigit()
        assert not sentence.endswith(".")
