"""The sum law of what is shown: start plus steps is the score, to the last tenth, and each tenth is a rounded point."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.settings import EventKind, LeadField, LeadSchema
from models.close.explanation import Reason, score
from models.close.waterfall import LEAST_POINTS, MOST_A_SIDE, TENTHS, Waterfall, share_out, waterfall
from tests.models.company import dataset, model, some_moments

SCHEMA = LeadSchema(
    fields={"source": LeadField(role="channel"), "page": LeadField(role="channel")},
    kinds={"reply": EventKind(obstacle="desire", actor="lead"), "call": EventKind(obstacle="trust", actor="rep")},
)


def a_reason(points: float, subject: str = "budget", value: float | str | None = 1.0, sentence: str = "Said") -> Reason:
    return Reason(subject, "money", subject, value, sentence, points, points)


def told(start: float, reasons: list[Reason]) -> Waterfall:
    return waterfall(start + sum(reason.points for reason in reasons), start, reasons, SCHEMA)


@given(start=st.floats(0, 1), shares=st.lists(st.floats(-1, 1), max_size=30), probability=st.floats(0, 1))
def test_start_and_steps_sum_to_the_score_as_displayed(start: float, shares: list[float], probability: float) -> None:
    total = sum(shares)
    scale = (probability - start) / total if abs(total) > 1e-6 else 0.0
    reasons = [a_reason(share * scale, f"s{n}") for n, share in enumerate(shares)]
    shown = told(start, reasons)
    assert shown.start + sum(step.tenths for step in shown.steps) + shown.others == shown.total
    for step in shown.steps:
        assert abs(step.tenths - TENTHS * sum(reason.points for reason in step.reasons)) <= 1 + 1e-6


def test_scores_of_a_company_add_up_and_none_of_their_reasons_is_lost() -> None:
    for each in score(model(), dataset().history, some_moments(200)):
        shown = waterfall(each.probability, each.base_probability, each.reasons, model().schema)
        assert shown.start + sum(step.tenths for step in shown.steps) + shown.others == shown.total
        assert shown.total == round(TENTHS * each.probability)
        assert sum(len(step.reasons) for step in shown.steps) + shown.other_reasons == len(each.reasons)


def test_at_most_four_a_side_are_told_and_nothing_below_half_a_point() -> None:
    for each in score(model(), dataset().history, some_moments(200, seed=1)):
        shown = waterfall(each.probability, each.base_probability, each.reasons, model().schema)
        assert max(len(shown.for_), len(shown.against)) <= MOST_A_SIDE
        assert all(abs(sum(reason.points for reason in step.reasons)) >= LEAST_POINTS for step in shown.steps)
        assert all(step.tenths > 0 for step in shown.for_)
        assert all(step.tenths < 0 for step in shown.against)


def test_silence_is_told_once() -> None:
    silent = [a_reason(-0.03, "lead", None, "Nothing heard"), a_reason(-0.02, "reply", 0.0, "No reply so far")]
    shown = told(0.2, [*silent, a_reason(-0.01, "call", 0.0, "No call so far")])
    assert [step.main.subject for step in shown.against] == ["lead", "call"]
    assert shown.against[0].tenths == -50


def test_where_a_lead_came_from_is_told_once() -> None:
    channels = [Reason(name, "source", name, 0.1, f"Leads from {name}", -0.02, -0.02) for name in ("source", "page")]
    shown = told(0.2, channels)
    assert [(step.main.subject, len(step.reasons)) for step in shown.against] == [("source", 2)]


def test_what_says_the_same_on_both_sides_is_told_on_both() -> None:
    shown = told(0.2, [a_reason(-0.03, "lead", None), a_reason(0.02, "reply", 0.0)])
    assert (len(shown.against), len(shown.for_)) == (1, 1)


@given(st.lists(st.floats(-500, 500), min_size=1, max_size=20), st.sampled_from([-0.99, -0.5, 0.0, 0.5, 0.99]))
def test_shares_are_rounded_by_at_most_one_and_keep_their_total(exact: list[float], off: float) -> None:
    total = int(np.rint(sum(exact) + off / 2))
    shared = share_out(total, exact)
    assert sum(shared) == total
    assert all(abs(share - number) <= 1 for share, number in zip(shared, exact, strict=True))


def test_a_total_that_is_no_rounding_of_the_sum_is_refused() -> None:
    with pytest.raises(ValueError, match=r"within 1 of the sum 2\.1 of the numbers, got 5"):
        share_out(5, [0.7, 0.7, 0.7])
