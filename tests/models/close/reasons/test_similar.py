"""Similar leads: the nearest are those that the same reasons drove, at the same age, whose end was known."""

import json
from functools import cache

import numpy as np
import pytest

from features.records.clock import DAY
from features.records.history import Moments
from features.records.marks import mark_of
from models.close.reasons.similar import STEP, PastLeads, Standing, by_subject
from tests.models.company import SETTINGS, dataset, model
from training.fitting.similar import remember


@cache
def past() -> PastLeads:
    return remember(model(), dataset(), SETTINGS)


def a_standing(steps: list[list[int]], won: list[bool], known_on: list[int]) -> Standing:
    ids = np.array([f"L{number}" for number in range(len(steps))], np.object_)
    return Standing(ids, np.array(won), np.array(known_on, np.int64) * DAY, np.array(steps, np.int8))


def test_the_nearest_come_first_by_the_distance_of_their_contributions() -> None:
    leads = PastLeads(("a", "b"), {0: a_standing([[0, 0], [3, 4], [10, 0]], [False, True, True], [1, 1, 1])})
    found = leads.nearest(np.array([0.0, 0.0]), 0.5, 2 * DAY, most=2)
    assert found is not None
    assert [lead.mark for lead in found.leads] == ["L0", "L1"]
    assert [lead.distance for lead in found.leads] == pytest.approx([0, 5 * STEP])  # 3² + 4² = 5²
    assert (found.won, found.age_days) == (1, 0)


def test_leads_are_as_near_wherever_among_many_they_stand() -> None:
    steps = np.random.default_rng(0).integers(-100, 100, (9_000, 3))
    leads = PastLeads(("a", "b", "c"), {0: a_standing(steps.tolist(), [True] * 9_000, [1] * 9_000)})
    found = leads.nearest(STEP * np.array([5.0, -7.0, 60.0]), 0.5, 2 * DAY, most=9_000)
    assert found is not None
    apart = np.sqrt(((steps - [5, -7, 60]) ** 2).sum(axis=1)) * STEP
    assert [lead.mark for lead in found.leads] == [f"L{row}" for row in np.argsort(apart, kind="stable")]


def test_a_lead_whose_end_was_not_known_by_the_moment_is_not_shown() -> None:
    leads = PastLeads(("a",), {0: a_standing([[0], [1]], [True, True], [5, 9])})
    found = leads.nearest(np.array([0.02]), 3, 8 * DAY)
    assert found is not None
    assert [lead.mark for lead in found.leads] == ["L0"]
    assert leads.nearest(np.array([0.02]), 3, 4 * DAY) is None


def test_leads_are_taken_at_the_age_nearest_to_that_of_the_scored_one() -> None:
    young, old = a_standing([[0]], [True], [1]), a_standing([[0]], [False], [1])
    leads = PastLeads(("a",), {0: young, 7: old})
    ends = {}
    for age in (0.0, 3.5, 3.6, 400.0):
        found = leads.nearest(np.zeros(1), age, 10 * DAY)
        assert found is not None
        ends[age] = found.leads[0].end
    assert ends == {0.0: "won", 3.5: "won", 3.6: "not won", 400.0: "not won"}
    only = PastLeads(("a",), {7: old}).nearest(np.zeros(1), 2, 10 * DAY)
    assert only is not None
    assert only.age_days == 7


def test_a_lead_of_few_days_is_held_against_leads_of_within_two_days_of_its_age() -> None:
    """The training looks at 0, 7 and 30 days here; by default also at 1, 3, 14 and 60."""
    asked = np.zeros(len(past().subjects))
    assert set(past().standings) == set(SETTINGS.ages_days)
    for age in (5.0, 9.0):
        found = past().nearest(asked, age, dataset().history.known_until + 999 * DAY)
        assert found is not None
        assert found.age_days == 7


def test_a_lead_is_not_like_itself() -> None:
    leads = PastLeads(("a",), {0: a_standing([[0], [9]], [True, False], [1, 1])})
    found = leads.nearest(np.zeros(1), 0, 10 * DAY, without="L0")
    assert found is not None
    assert [lead.mark for lead in found.leads] == ["L1"]


def test_an_index_reads_back_from_text_to_the_same_answers() -> None:
    again = PastLeads.from_json(json.loads(json.dumps(past().to_json())))
    assert again.subjects == past().subjects
    late = dataset().history.known_until + DAY
    rng = np.random.default_rng(5)
    for age in (0, 7, 30):
        asked = rng.normal(0, 0.3, len(past().subjects))
        assert again.nearest(asked, age, late) == past().nearest(asked, age, late)


def test_a_past_lead_finds_itself_nearest_as_it_stood() -> None:
    history, of = dataset().history, model()
    moments = Moments(np.arange(300, 330, dtype=np.int32), history.leads.created_at[300:330])
    contributions = by_subject(of, of.explain(of.matrix(history, moments)).contributions)
    for row, lead in enumerate(moments.lead):
        found = past().nearest(contributions[row], 0, history.known_until + DAY, most=3)
        assert found is not None
        assert found.leads[0].distance == pytest.approx(0, abs=STEP)
        marks = {one.mark for one in found.leads if one.distance == found.leads[0].distance}
        assert mark_of(str(history.leads.lead_id[lead])) in marks or len(marks) == 3


def test_leads_that_scored_high_are_like_leads_that_were_won() -> None:
    history, of = dataset().history, model()
    rows = np.arange(0, len(history.leads), 7, dtype=np.int32)
    moments = Moments(rows, history.leads.created_at[rows])
    explained = of.explain(of.matrix(history, moments))
    late = history.known_until + DAY
    shares = []
    for contributions, lead in zip(by_subject(of, explained.contributions), rows, strict=True):
        found = past().nearest(contributions, 0, late, without=mark_of(str(history.leads.lead_id[lead])))
        assert found is not None
        shares.append(found.won / len(found.leads))
    assert np.corrcoef(explained.probability, shares)[0, 1] > 0.6


def test_only_so_many_of_the_latest_leads_are_remembered() -> None:
    few = remember(model(), dataset(), SETTINGS.model_copy(update={"most_remembered": 100}))
    created = dict(zip(map(mark_of, dataset().history.leads.lead_id), dataset().history.leads.created_at, strict=True))
    kept = {lead for standing in few.standings.values() for lead in standing.mark}
    others = {lead for standing in past().standings.values() for lead in standing.mark} - kept
    assert len(kept) == 100
    assert min(created[lead] for lead in kept) >= max(created[lead] for lead in others)


def test_no_end_is_remembered_before_it_was_known() -> None:
    outcomes = dataset().history.outcomes
    first: dict[str, int] = {}
    for lead, at in zip(outcomes.lead, outcomes.recorded_at, strict=True):
        name = mark_of(str(dataset().history.leads.lead_id[lead]))
        first[name] = min(first.get(name, at), at)
    for standing in past().standings.values():
        won = zip(standing.mark[standing.won], standing.known_at[standing.won], strict=True)
        assert all(known_at >= first[str(lead)] for lead, known_at in won)


def test_version_holds_no_id_and_one_of_before_is_known_by_the_same_marks() -> None:
    written = json.dumps(past().to_json())
    known = {str(lead_id) for lead_id in dataset().history.leads.lead_id}
    assert not {f'"{lead_id}"' for lead_id in known if f'"{lead_id}"' in written}

    before = a_standing([[0], [9]], [True, False], [1, 1]).to_json()
    before = {"lead_id": before.pop("mark"), **before}
    assert Standing.from_json(before, 1).mark.tolist() == [mark_of("L0"), mark_of("L1")]
