"""A question with how it may be answered: however many answers it has, those in view are read at a glance."""

from datetime import UTC, datetime

import pytest

from features.settings.fields import LeadField
from features.settings.schema import LeadSchema
from serving.pages.asking import to_ask
from serving.schemas.score import Answer, ModelVersion, Question, Reasons, Score


def asked(said: list[str]) -> Score:
    """A score whose next question has the answers, the later ones given more often."""
    share = 2 / (len(said) * (len(said) + 1))
    answers = [
        Answer(
            said=words,
            probability=(place + 1) * share,
            score=0.1 + 0.8 * place / len(said),
            route="qualify",
            expected_amount=1.0,
            expected_value=1.0,
        )
        for place, words in enumerate(said)
    ]
    return Score(
        lead_id="L1",
        as_of=datetime(2026, 10, 1, tzinfo=UTC),
        model=ModelVersion(name="close", version="1", trained_until=datetime(2026, 9, 1, tzinfo=UTC)),
        probability=0.2,
        range=None,
        abstention=None,
        horizon_days=90,
        base_rate=0.2,
        base_probability=0.2,
        base_value=-1.4,
        margin=-1.4,
        reasons=Reasons.model_validate({"for": (), "against": ()}),
        unknown=(),
        ask_next=(Question(field="trade", ask="What trade are you in?", gain=1.0, answers=tuple(answers)),),
    )


def schema(values: list[str]) -> LeadSchema:
    return LeadSchema(
        fields={"trade": LeadField(role="answer", type="category", values=tuple(values), obstacle="need")}
    )


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ([f"v{place}" for place in range(60)], 8),
        ([f"v{place}" for place in range(9)], 9),  # to hide a single one saves nothing
        ([f"v{place}" for place in range(8)], 8),
        ([f"торговля и услуги для малого бизнеса {place}" for place in range(12)], 2),
        (["yes", "no"], 2),
    ],
)
def test_answers_in_view_are_few_and_none_is_lost(values: list[str], shown: int) -> None:
    (question,) = to_ask(asked(values), schema(values))
    assert len(question.answers) == shown
    assert sorted(one.said for one in (*question.answers, *question.others)) == sorted(values)
    assert {one.said for one in question.answers} == set(values[-shown:])  # those that are given most often
    for answers in (question.answers, question.others):
        assert [values.index(one.said) for one in answers] == sorted(values.index(one.said) for one in answers)
    assert all(one.value == one.said for one in (*question.answers, *question.others))
