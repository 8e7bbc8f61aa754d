"""What a page says of a score: it adds up as it is displayed, and reads as a person would say it."""

import re
from datetime import UTC, date, datetime
from functools import cache
from html import unescape

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from features.simulation import world_schema
from models.close.reasons.explanation import score
from serving.pages.lead import Known, lead_page
from serving.pages.render import Frame, render
from serving.pages.why import Why, why
from serving.schemas.score import ModelVersion, Reason, Reasons, Score, score_message
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
def test_reasons_obstacles_and_probability_agree_as_they_are_displayed(drawn: Score) -> None:
    told = why(drawn, SCHEMA)
    shown = unescape(
        render(
            "lead",
            Frame(),
            page=lead_page(Known(Lead("L1", 0, {}, "", 0), scores=(drawn,)), SCHEMA, 10**15),
            writes_letters=False,
        )
    )
    parts = re.findall(r'class="points (?:for|against|same)" data-tenths="(-?\d+)">([^<]+)<', shown)
    assert [int(tenths) for tenths, _ in parts] == [displayed(points) for _, points in parts]
    total, start = (displayed(words) for words in (told.reasons.total_words, told.reasons.start_words))
    assert start + sum(int(tenths) for tenths, _ in parts) == total
    assert start + sum(displayed(hurdle.points) for hurdle in told.reasons.hurdles if hurdle.points) == total
    whole = re.match(r"(\d+) of 100|(Fewer than 1)|(More than 99)", told.headline)
    assert whole is not None
    assert told.share == (f"{whole[1]} %" if whole[1] else "< 1 %" if whole[2] else "> 99 %")
    if whole[1]:
        assert abs(10 * int(whole[1]) - total) <= 5
    assert abs(total / 1000 - drawn.probability) <= 0.0005 + 1e-12


@settings(deadline=None)
@given(scores())
def test_no_reason_is_hidden_that_is_larger_than_one_that_is_shown(drawn: Score) -> None:
    told = why(drawn, SCHEMA).reasons
    sizes = [abs(row.tenths) for row in (*told.named, *told.rest)]
    assert sizes == sorted(sizes, reverse=True)
    words = sum(len(row.sentence.split()) for row in told.named)
    named, hidden = sizes[: len(told.named)], sizes[len(told.named) :]
    assert sum(named) >= 9 * sum(hidden) or (len(named) >= 4 and words + len(told.rest[0].sentence.split()) > 33)
    for row in (*told.named, *told.rest):
        left, right = row.x, row.x + row.width
        assert 0 <= left <= right <= 100.1
        assert row.tenths <= 0 or left == 50
        assert row.tenths >= 0 or abs(right - 50) <= 0.11


def sentences_of(told: Why) -> list[str]:
    """Return every reason that is said."""
    return [one.sentence for one in (*told.reasons.named, *told.reasons.rest)]


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


def test_no_score_says_a_thing_twice() -> None:
    for one in company_scores():
        told = why(one, SCHEMA)
        for rows in (
            [row for row in (*told.reasons.named, *told.reasons.rest) if row.kind == kind]
            for kind in ("for", "against")
        ):
            sentences = [row.sentence for row in rows]
            assert len(set(sentences)) == len(sentences)


def test_what_may_change_and_what_may_not_are_apart() -> None:
    for one in company_scores():
        change = why(one, SCHEMA).change
        assert not set(change.can) & set(change.cannot)
        assert not any("came from" in said for said in change.can)
        assert not any("not known" in said for said in change.cannot)


def test_a_lead_with_a_day_of_its_own_is_won_by_that_day() -> None:
    one = next(score for score in company_scores() if not score.abstention)
    assert "are won within 90 days." in why(one, SCHEMA).headline
    own = one.model_copy(update={"decided_by": date(2026, 5, 12)})
    assert "are won by 12 May 2026." in why(own, SCHEMA).headline
