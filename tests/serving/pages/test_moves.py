"""A move says how far and why, in the words of the reasons."""

from __future__ import annotations

from serving.pages.moves import move, reason
from tests.serving.pages.test_lead import FIELDS, a_score


def test_a_move_is_as_far_as_the_displayed_probabilities_and_names_what_moved_it() -> None:
    better = FIELDS | {"timeline": "this month", "budget": "over 50,000", "wants_contact": True}
    before, after = a_score(0), a_score(2, fields=better)
    shown = [round(score.probability * 1000) for score in (before, after)]
    assert shown[1] > shown[0]

    told = move("L1", before, after)

    assert told.words == f"up {(shown[1] - shown[0]) / 10:.1f} points, to {shown[1] / 10:.1f} %"
    assert told.way == "up"
    assert told.reason.rstrip(".") in {one.sentence for one in after.reasons.for_}
    back = move("L1", after, before)
    assert back.way == "down"
    assert back.words.startswith("down ")
    assert back.reason.startswith(("Weighs less than before: ", "No longer so: ")) or back.reason.rstrip(".") in {
        one.sentence for one in before.reasons.against
    }


def test_a_score_by_another_model_is_said_to_be_one() -> None:
    before = a_score(0)
    after = before.model_copy(update={"model": before.model.model_copy(update={"version": "8"})})

    assert reason(before, after) == "Scored by a new model, version 8."
