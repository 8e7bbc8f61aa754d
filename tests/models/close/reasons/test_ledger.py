"""The sum law of what is shown: start plus entries is the score, to the last tenth, and each tenth is a rounded point."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.settings.fields import EventKind, LeadField
from features.settings.schema import LeadSchema
from models.close.reasons.explanation import CloseReason, score
from models.close.reasons.ledger import TENTHS, Ledger, ledger, share_out
from tests.models.company import dataset, model, some_moments

SCHEMA = LeadSchema(
    fields={"source": LeadField(role="channel"), "page": LeadField(role="channel")},
    kinds={"reply": EventKind(obstacle="desire", actor="lead"), "call": EventKind(obstacle="trust", actor="rep")},
)


def a_reason(
    points: float, subject: str = "budget", value: float | str | None = 1.0, sentence: str = "Said"
) -> CloseReason:
    return CloseReason(subject, "money", subject, value, sentence, points, points)


def shown(start: float, reasons: list[CloseReason]) -> Ledger:
    return ledger(start + sum(reason.points for reason in reasons), start, reasons, SCHEMA)


@given(start=st.floats(0, 1), shares=st.lists(st.floats(-1, 1), min_size=1, max_size=30), probability=st.floats(0, 1))
def test_start_and_entries_sum_to_the_score_and_the_larger_come_first(
    start: float, shares: list[float], probability: float
) -> None:
    total = sum(shares)
    scale = (probability - start) / total if abs(total) > 1e-6 else 0.0
    found = shown(start, [a_reason(share * scale, f"s{n}") for n, share in enumerate(shares)])
    assert found.start + sum(entry.tenths for entry in found.entries) == found.total
    assert sum(found.sums().values()) == found.total - found.start
    for entry in found.entries:
        assert abs(entry.tenths - TENTHS * entry.points) <= 1 + 1e-6
    assert all(abs(one.tenths) >= abs(other.tenths) for one, other in pairwise(found.entries))


def test_scores_of_a_company_add_up_and_none_of_their_reasons_is_lost() -> None:
    for each in score(model(), dataset().history, some_moments(200)):
        found = ledger(each.probability, each.base_probability, each.reasons, model().schema)
        assert found.start + sum(entry.tenths for entry in (*found.named, *found.rest)) == found.total
        assert found.total == round(TENTHS * each.probability)
        assert sum(len(entry.reasons) for entry in found.entries) == len(each.reasons)


def test_what_is_named_is_nine_tenths_of_the_movement_and_no_more_than_that_takes() -> None:
    for each in score(model(), dataset().history, some_moments(200, seed=1)):
        found = ledger(each.probability, each.base_probability, each.reasons, model().schema)
        sizes = [abs(entry.tenths) for entry in found.named]
        rest = sum(abs(entry.tenths) for entry in found.rest)
        assert sum(sizes) >= 9 * rest
        assert not sizes or sum(sizes[:-1]) < 9 * (rest + sizes[-1])
        assert all(sizes)


def test_silence_is_said_once() -> None:
    silent = [a_reason(-0.03, "lead", None, "Nothing heard"), a_reason(-0.02, "reply", 0.0, "No reply so far")]
    found = shown(0.2, [*silent, a_reason(-0.01, "call", 0.0, "No call so far")])
    assert [entry.main.subject for entry in found.entries] == ["lead", "call"]
    assert found.entries[0].tenths == -50


def test_where_a_lead_came_from_is_said_once() -> None:
    channels = [
        CloseReason(name, "source", name, 0.1, f"Leads from {name}", -0.02, -0.02) for name in ("source", "page")
    ]
    found = shown(0.2, channels)
    assert [(entry.main.subject, len(entry.reasons)) for entry in found.entries] == [("source", 2)]


def test_what_says_the_same_on_both_sides_is_said_on_both() -> None:
    found = shown(0.2, [a_reason(-0.03, "lead", None), a_reason(0.02, "reply", 0.0)])
    assert [entry.tenths for entry in found.entries] == [-30, 20]


def test_two_ends_that_are_both_rounded_to_the_even_one_still_add_up() -> None:
    assert share_out(4, [5.0]) == [4]
    assert share_out(6, [5.0]) == [6]


@given(st.lists(st.floats(-500, 500), min_size=1, max_size=20), st.sampled_from([-0.99, -0.5, 0.0, 0.5, 0.99]))
def test_shares_are_rounded_by_at_most_one_and_keep_their_total(exact: list[float], off: float) -> None:
    total = int(np.rint(sum(exact) + off / 2))
    shared = share_out(total, exact)
    assert sum(shared) == total
    assert all(abs(share - number) <= 1 for share, number in zip(shared, exact, strict=True))


def test_a_total_that_is_no_rounding_of_the_sum_is_refused() -> None:
    with pytest.raises(ValueError, match=r"within 1 of the sum 2\.1 of the numbers, got 5"):
        share_out(5, [0.7, 0.7, 0.7])
