"""What a page says of a score: it adds up as it is displayed, and reads as a person would say it."""

import re
from datetime import UTC, datetime
from functools import cache
from html import unescape

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from features.world import world_schema
from models.close.explanation import score
from models.close.waterfall import LEAST_POINTS, MOST_A_SIDE
from serving.messages import ModelVersion, Reason, Reasons, Score, score_message
from serving.pages.lead import Known, lead_page
from serving.pages.render import Frame, render
from serving.pages.why import Why, why
from serving.store.records import Lead
from tests.models.company import dataset, model, some_moments

SCHEMA = world_schema()
SUBJECTS = (
    *(("answer", name, field.obstacle or "need") for name, field in SCHEMA.answers.items()),
    *(("channel", name, "source") for name in SCHEMA.channels),
    *(("kind", name, kind.obstacle) for name, kind in SCHEMA.kinds.items()),
)


@cache
def company_scores() -> tuple[Score, ...]:
    """Scores of a simulated company, at all ages."""
    version = ModelVersion(name="close", version="1", trained_until=datetime(2026, 10, 1, tzinfo=UTC))
    scores = score(model(), dataset().history, some_moments(400, seed=5))
    return tuple(score_message(one, version, SCHEMA) for one in scores)


def displayed(points: str) -> int:
    """Return the tenths of a point that a displayed number stands for."""
    return round(float(re.sub(r"[ %+]", "", points).replace("−", "-")) * 10)


@st.composite
def scores(draw: st.DrawFn) -> Score:
    """Scores whose reasons add up, by any number of subjects of any strength."""
    probability, base = draw(st.floats(0.0001, 0.9999)), draw(st.floats(0.01, 0.9))
    chosen = draw(st.lists(st.sampled_from(SUBJECTS), unique=True, max_size=len(SUBJECTS)))
    parts = np.array([draw(st.floats(-1, 1)) for _ in chosen])
    if len(parts):
        parts[-1] += probability - base - parts.sum()
    else:
        probability = base
    values = [draw(st.sampled_from([None, 0.0, 3.0])) for _ in chosen]
    reasons = [
        Reason(
            obstacle=obstacle,
            subject=name,
            feature=name,
            value=value,
            sentence=f"About {name}",
            contribution=part,
            points=part,
        )
        for (_, name, obstacle), part, value in zip(chosen, parts.tolist(), values, strict=True)
    ]
    for_, against = ([one for one in reasons if sign * one.points > 0] for sign in (1, -1))
    first = company_scores()[0]
    return first.model_copy(
        update={
            "probability": probability,
            "base_probability": base,
            "reasons": Reasons.model_validate({"for": for_, "against": against}),
        }
    )


@settings(deadline=None)
@given(scores())
def test_reasons_points_picture_and_probability_agree_as_they_are_displayed(drawn: Score) -> None:
    told = why(drawn, SCHEMA)
    shown = unescape(
        render("lead", Frame(), page=lead_page(Known(Lead("L1", 0, {}, "", 0), scores=(drawn,)), SCHEMA, 10**15))
    )
    lists = [displayed(points) for points in re.findall(r'class="points" data-tenths="-?\d+">([^<]+)<', shown)]
    others = displayed(told.others_points) if told.others_said else 0
    total = displayed(told.share)
    assert displayed(told.start_said) + sum(lists) + others == total

    start, *steps, end = (displayed(bar.number) for bar in told.picture.bars)
    assert start + sum(steps) == end == total
    assert sorted(lists) == sorted(displayed(bar.number) for bar in told.picture.bars if bar.kind in ("for", "against"))
    said = re.match(r"(\d+) in 100|(Fewer than 1)|(More than 99)", told.headline)
    assert said is not None
    if said[1]:
        assert abs(10 * int(said[1]) - total) <= 5
    assert abs(total / 1000 - drawn.probability) <= 0.0005 + 1e-12


def sentences_of(told: Why) -> list[str]:
    """Return every reason that is said."""
    return [one.sentence for side in (told.against, told.for_) for _, some in side.by_obstacle for one in some]


def test_every_sentence_of_the_simulated_world_reads_well() -> None:
    every = {sentence for one in company_scores() for sentence in sentences_of(why(one, SCHEMA))}
    assert len(every) > 300
    names = [feature.name for feature in model().features if "_" in feature.name]
    for sentence in every:
        assert re.fullmatch(r"[A-Z1-9].*[^\s.,:;]", sentence), sentence  # a capital, an end, and something between
        assert not re.search(r"  | ,|nan|None|inf\b|\{|\}|_|margin|log-odds|feature", sentence), sentence
        assert not re.search(
            r"(?<!\.)\b1 (days|hours|minutes|weeks|months|years|calls|visits|replies|times|emails)\b", sentence
        )
        assert not re.search(
            r"(?<!\.)\b(0|[2-9]|\d\d+) (day|hour|minute|week|month|year|call|visit|reply|time|email)\b", sentence
        )
        assert not re.search(r"\b(\w+) \1\b", sentence), sentence  # no word twice in a row
        assert not re.search(r"\d\.\d{3,}|\d{5,}", sentence), sentence  # no more digits than people say
        assert not any(name in sentence for name in names), sentence


def test_no_score_says_a_thing_twice_and_none_says_too_much() -> None:
    for one in company_scores():
        told = why(one, SCHEMA)
        every = sentences_of(told)
        assert len(set(every)) == len(every)
        for side in (told.against, told.for_):
            steps = [step for _, some in side.by_obstacle for step in some]
            assert len(steps) <= MOST_A_SIDE
            assert all(abs(step.tenths) >= 1000 * LEAST_POINTS - 1 for step in steps)
            assert len([step for obstacle, some in side.by_obstacle for step in some if obstacle == "source"]) <= 1


def test_what_may_change_and_what_may_not_are_apart() -> None:
    for one in company_scores():
        change = why(one, SCHEMA).change
        assert not set(change.can) & set(change.cannot)
        assert not any("came from" in said for said in change.can)
        assert not any("not known" in said for said in change.cannot)
