"""What a number is held against: one sentence that says which way each comparison goes, and a scale on which everything lies."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.pages.comparison import comparison, scale
from serving.schemas.score import Range, Score
from tests.serving.pages.test_why import company_scores


def a_score(probability: float, base_rate: float, held: Range | None = None) -> Score:
    update = {"probability": probability, "base_rate": base_rate, "range": held}
    return company_scores()[0].model_copy(update=update)


@pytest.mark.parametrize(
    ("probability", "base", "rank", "said"),
    [
        (0.12, 0.18, 0.8, "Less likely than past leads (18), but ahead of 80 % of open leads."),
        (0.12, 0.18, 0.1, "Less likely than past leads (18), and ahead of only 10 % of open leads."),
        (0.3, 0.18, 0.9, "More likely than past leads (18), and ahead of 90 % of open leads."),
        (0.3, 0.18, 0.2, "More likely than past leads (18), but ahead of only 20 % of open leads."),
        (0.181, 0.18, 0.6, "As likely as past leads (18), ahead of 60 % of open leads."),
        (0.9, 0.18, 1.0, "More likely than past leads (18); hardly any open lead is likelier."),
        (0.001, 0.18, 0.0, "Less likely than past leads (18); hardly any open lead is less likely."),
        (0.12, 0.18, None, "Less likely than past leads (18)."),
    ],
)
def test_one_sentence_resolves_the_comparison(probability: float, base: float, rank: float | None, said: str) -> None:
    assert comparison(a_score(probability, base), rank) == said


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_the_sentence_never_contradicts_the_numbers_beside_it(probability: float, base: float, rank: float) -> None:
    said = comparison(a_score(probability, base), rank)
    whole = re.search(r"past leads \((\d+)\)", said)
    assert whole is not None
    shown = round(round(1000 * probability) / 10)
    way = "More" if shown > int(whole[1]) else "Less" if shown < int(whole[1]) else "As"
    assert said.startswith(way)
    assert ("only" in said) == ("ahead of" in said and round(100 * rank) < 50)


@given(st.floats(0, 1), st.floats(0, 1), st.tuples(st.floats(0, 1), st.floats(0, 1)))
def test_everything_lies_on_the_scale(probability: float, base: float, limits: tuple[float, float]) -> None:
    low, high = sorted(limits)
    shown = scale(a_score(probability, base, Range(low=low, high=high, level=0.9)))
    for mark in shown.marks:
        assert mark.x >= 0
        assert mark.x + mark.width <= shown.width + 1
    assert [mark.kind for mark in shown.marks] == ["range", "average", "lead"]
