"""The page of a lead: what is displayed adds up, what was said is shown as said, and hostile text stays text."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from html import unescape
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape

from features.records.clock import DAY, to_microseconds
from features.simulation import world_schema
from models.decision.routes import Route
from serving.analytics.life import Point
from serving.analytics.reason_records import ReasonRecord
from serving.champion.champion import Champion, Deployment
from serving.pages.causes import causes
from serving.pages.drawing import draw_course
from serving.pages.lead import Known, LeadView, lead_page
from serving.pages.likeness import likeness
from serving.pages.render import Frame, render
from serving.schemas.records import Change, ChangePart, SimilarLead, SimilarLeads
from serving.schemas.score import Answer, Band, Question, Range, Reasons, Score
from serving.store.records import Event, Lead, Outcome
from tests.models.company import model

CREATED = datetime(2026, 8, 1, 9, tzinfo=UTC)
HOSTILE = "<script>alert('x')</script>&\"'"
FIELDS: dict[str, Any] = {"source": "webinar", "timeline": "no date", "budget": "none"}


@cache
def champion() -> Champion:
    return Champion(model(), Deployment(name="glengarry-close", version="3"))


def an_event(kind: str, days: int, text: str | None = None) -> Event:
    at = to_microseconds(CREATED) + days * DAY
    return Event("L1", kind, at, "", at, None, text, None, None, "", at)


def a_score(days: int, events: tuple[Event, ...] = (), fields: dict[str, Any] | None = None) -> Score:
    sent = {
        "lead_id": "L1",
        "created_at": CREATED.isoformat(),
        "as_of": (CREATED + timedelta(days=days)).isoformat(),
        "fields": FIELDS if fields is None else fields,
        "events": [{"kind": event.kind, "occurred_at": (CREATED + timedelta(days=1)).isoformat()} for event in events],
    }
    (score,) = champion().score([sent], CREATED)
    assert isinstance(score, Score)
    return score


def a_page(
    scores: tuple[Score, ...] = (), events: tuple[Event, ...] = (), outcomes: tuple[Outcome, ...] = (), **lead: Any
) -> LeadView:
    created = to_microseconds(CREATED)
    stored = Lead("L1", created, lead.get("fields", FIELDS), "", created)
    known = Known(stored, events, outcomes, scores, opinions=lead.get("opinions", ()), rank=lead.get("rank"))
    return lead_page(known, world_schema(), created + 20 * DAY)


def an_answer(said: str, probability: float, score: float, route: Route) -> Answer:
    return Answer(
        said=said,
        probability=probability,
        score=score,
        expected_amount=100,
        expected_value=100 * score - 125,
        route=route,
    )


def html(page: LeadView) -> str:
    return render(
        "lead", Frame((("/pages/leads", "Leads"),), "/pages/leads", "reps", "token"), page=page, writes_letters=False
    )


def test_the_points_on_the_page_add_up_to_the_probability_on_the_page() -> None:
    for days in (0, 3, 17):
        shown = html(a_page((a_score(days),)))
        total, *steps = map(int, re.findall(r'data-tenths="(-?\d+)"', shown))
        assert sum(steps) == total
        assert f'data-tenths="{total}">{round(total / 10)} %' in shown or total < 5


def test_a_question_that_nobody_asked_is_not_shown_as_a_no() -> None:
    shown = html(a_page((a_score(0),)))
    assert "Has not said who decides" in shown
    assert "A question that nobody has asked is not a “no”." in shown


def test_hostile_text_is_shown_as_text() -> None:
    note = an_event("decides", 2, HOSTILE)
    shown = html(a_page((a_score(0),), (note,), fields={**FIELDS, "campaign": HOSTILE}))
    assert "<script" not in shown
    # As an answer, when it was given, as what was heard last, and twice as the campaign it came from.
    assert unescape(shown).count(HOSTILE) == 5


def test_a_lead_without_a_score_says_when_one_comes() -> None:
    shown = html(a_page())
    assert "No score yet" in shown
    assert "data-tenths" not in shown


def test_the_call_says_who_spoke_last() -> None:
    assert ("Who spoke last", "we did") in a_page(events=(an_event("reply", 1), an_event("call", 2))).call
    assert ("Who spoke last", "the lead") in a_page(events=(an_event("call", 1), an_event("reply", 2))).call
    assert ("Last heard from the lead", "never") in a_page(events=(an_event("call", 1),)).call


def test_the_timeline_runs_backwards_and_tells_how_the_score_moved() -> None:
    call = an_event("call", 1)
    page = a_page((a_score(0), a_score(2, (call,)), a_score(2, (call,))), (call,))
    assert [entry.at for entry in page.timeline] == sorted((entry.at for entry in page.timeline), reverse=True)
    told = [entry.words for entry in page.timeline if entry.who == "score"]
    assert told[-1].startswith("first scored")
    assert any("as before" in words for words in told)
    assert page.course is not None
    assert a_page((a_score(0),)).course is None


def test_a_closed_lead_shows_how_it_ended() -> None:
    lost = Outcome("L1", to_microseconds(CREATED) + DAY, "", "", 0, False, None, "no money", None, 0)
    page = a_page((a_score(0),), outcomes=(lost,))
    assert page.status == "lost"
    assert "lost, because: no money" in html(page)
    assert "The score is the last one before that was known." in page.ended


def test_a_currency_keeps_its_capitals_where_a_sentence_begins_before_it() -> None:
    created = to_microseconds(CREATED)
    won = Outcome("L1", created + DAY, "", "", 0, True, 12_500.0, None, None, 0)
    known = Known(Lead("L1", created, FIELDS, "", created), (), (won,), (a_score(0),), opinions=(), rank=None)
    assert lead_page(known, world_schema(), created + 20 * DAY, "CHF").ended.startswith("Won for 12,500 CHF, on ")


def test_a_lead_that_closed_without_a_score_promises_none_and_asks_nothing_of_it() -> None:
    lost = Outcome("L1", to_microseconds(CREATED) + DAY, "", "", 0, False, None, None, None, 0)
    shown = html(a_page(outcomes=(lost,)))
    assert "It was closed before it was scored." in shown
    assert "No score yet" not in shown
    assert "Is the score right?" not in shown


@pytest.mark.parametrize("probability", [0.0, 0.001, 0.6])
def test_the_course_of_a_low_score_lies_low(probability: float) -> None:
    picture = draw_course([Point(0, probability), Point(DAY, probability)], [], [], UTC)
    assert picture is not None
    _, y = map(float, picture.line.removeprefix("M").split("L")[0].split())
    height = 1 - y / picture.floor
    assert height > 0.7 if probability > 0.1 else height < 0.1


def test_the_course_marks_what_happened_within_it_and_names_its_months() -> None:
    start = to_microseconds(datetime(2026, 1, 20, tzinfo=UTC))
    life = [Point(start + days * DAY, 0.1) for days in range(0, 100, 10)]
    happened = [(start + DAY, "lead", "reply"), (start + 2 * DAY, "rep", "call"), (start + 200 * DAY, "rep", "late")]
    picture = draw_course(life, [a_score(0)][:0], happened, UTC)
    assert picture is not None
    assert [mark.kind for mark in picture.marks] == ["lead", "rep"]
    assert [month.words for month in picture.months] == ["Feb", "Mar", "Apr"]
    assert all(picture.left <= month.at <= picture.width for month in picture.months)
    assert draw_course(life[:1], [], [], UTC) is None


def test_the_headline_says_rank_range_and_record() -> None:
    score = a_score(3).model_copy(
        update={
            "range": Range(low=0.02, high=0.12, level=0.9),
            "band": Band(low=0.05, high=0.1, leads=78.3, closed=0.07, expected=0.07, since=CREATED),
        }
    )
    shown = unescape(html(a_page((score,), rank=0.4)))
    assert "As well as can be told, between 2 and 12 % of such leads are won (a range of 90 %)." in shown
    assert "still differ" not in shown  # no question is known that would tell them apart
    assert "ahead of only 40 % of open leads." in shown
    assert "likely 2 to 12 %" in shown
    assert ": of 78 leads we called 5 to 10 %, 7 % closed." in shown


def test_a_model_that_abstains_says_how_little_it_knows_and_gives_no_reasons() -> None:
    update = {"probability": 0.18, "abstention": "too few outcomes", "range": Range(low=0.09, high=0.27, level=0.9)}
    score = a_score(3).model_copy(update={**update, "reasons": Reasons.model_validate({"for": [], "against": []})})
    shown = unescape(html(a_page((score,))))
    assert "No more can be told than: 18 % ± 9 of leads are won within 90 days." in shown
    assert "The reasons start from" not in shown
    assert "data-tenths" not in shown.replace('class="share" data-tenths', "")
    assert "past leads" not in shown


def test_a_call_is_expected_by_who_has_asked_for_it() -> None:
    def expected(events: tuple[Event, ...] = (), **fields: Any) -> str:
        return dict(a_page(events=events, fields=fields).call)["Do they expect a call?"]

    assert expected() == "Not that we know: they have not asked for one"
    assert expected(wants_contact=False) == "No, they have said that they do not"
    assert expected(wants_contact=True).startswith("Yes, they asked 20 days ago")
    assert expected((an_event("meeting_asked", 3, "prices"),)).endswith("4 August 2026: request for a meeting: prices")


def test_what_to_ask_shows_each_answer_with_the_score_it_leads_to() -> None:
    lead = champion().score(
        [{"created_at": CREATED.isoformat(), "as_of": CREATED.isoformat(), "fields": FIELDS}], CREATED
    )[0]
    assert isinstance(lead, Score)
    assert lead.ask_next == ()  # this champion decides nothing
    question = Question(
        field="decides",
        ask="Who decides?",
        gain=12.3,
        answers=(
            an_answer("somebody else", 0.4, lead.probability / 2, "nurture"),
            an_answer("itself", 0.6, lead.probability * 2, "rep"),
        ),
    )
    shown = unescape(html(a_page((lead.model_copy(update={"ask_next": (question,)}),))))
    assert "“Who decides?”" in shown
    assert f"somebody else<small>{round(50 * lead.probability)} % ·" in shown


@pytest.mark.parametrize(("after", "said"), [((0.03, 0.214), "between 3 and 21 %"), ((0.101, 0.104), None)])
def test_leads_alike_differ_by_what_the_answer_would_tell(after: tuple[float, float], said: str | None) -> None:
    answers = tuple(an_answer(str(score), 0.5, score, "nurture") for score in after)
    dull = Question(
        field="need", ask="What for?", gain=9.0, answers=(answers[0].model_copy(update={"score": 0.1}),) * 2
    )
    question = Question(field="decides", ask="Who decides?", gain=0.0, answers=answers)
    update = {"ask_next": (dull, question), "range": Range(low=0.02, high=0.12, level=0.9)}
    shown = unescape(html(a_page((a_score(3).model_copy(update=update),))))
    if said is None:
        assert "still differ" not in shown
    else:
        assert f"They still differ: by the answer to “Who decides?” this one would stand {said}." in shown


def test_similar_leads_are_linked_where_they_are_kept() -> None:
    near = (
        SimilarLead(lead_id="a/b", end="won", distance=0.1),
        SimilarLead(lead_id=None, end="not won", distance=0.2),
    )
    similar = SimilarLeads(lead_id="L1", age_days=7, count=50, won=6, leads=near)
    stored = Lead("L1", to_microseconds(CREATED), FIELDS, "", 0)
    page = lead_page(Known(stored, scores=(a_score(9),), similar=similar), world_schema(), to_microseconds(CREATED))
    shown = unescape(html(page))
    assert (
        "Of the 50 past leads whose reasons were most like these 7 days after they came in, 6 were won (12 %)." in shown
    )
    assert '<a href="/pages/leads/a%2Fb">a/b</a>' in shown
    assert "a lead that is not kept here" in shown
    named = lead_page(Known(stored, scores=(a_score(9),), similar=similar, names={"a/b": HOSTILE}), world_schema(), 0)
    assert f'<a href="/pages/leads/a%2Fb">{escape(HOSTILE)}</a>' in html(named)


@pytest.mark.parametrize(("won", "differs"), [(50, True), (10, False), (0, True)])
def test_a_share_of_similar_leads_that_is_not_the_score_says_why(won: int, differs: bool) -> None:
    similar = SimilarLeads(lead_id="L1", age_days=0, count=50, won=won, leads=())
    told = likeness(similar, 0.2)
    assert told is not None
    assert ("Its own 20 % differs: these are like it in the reasons, not the same" in told.sentence) == differs


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_the_parts_of_a_move_add_up_as_they_are_shown(start: float, time: float, records: float, model: float) -> None:
    def part(old: float, new: float) -> ChangePart:
        return ChangePart(points=new - old, contribution=0, subjects=())

    change = Change(
        since=CREATED,
        until=CREATED,
        points=model - start,
        contribution=0,
        new_records=(),
        time=part(start, time),
        records=part(time, records),
        model=part(records, model),
    )
    moved = round(model * 1000) - round(start * 1000)
    told = causes(moved, change, world_schema())
    shares = [round(float(words.split()[0].replace("−", "-")) * 10) for words in told if words[0] in "+−"]
    assert sum(shares) == moved or (len(told) == 1 and told[0][0] not in "+−")


def test_a_date_is_said_by_its_day_and_a_figure_of_the_need_with_what_it_is() -> None:
    fields = {**FIELDS, "needed_by": "2027-02-01T00:00:00+00:00", "cost_of_not_solving": 8500.0}
    page = a_page(fields=fields)
    assert dict(page.said)["by which date it needs it"] == "1 February 2027"
    assert dict(page.call)["What they said they need"] == "what it costs not to solve this: 8,500"
    later = a_page(events=(an_event("needed_by", 2, "2027-03-01"), an_event("outcome_wanted", 3, "an improvement")))
    assert dict(later.call)["What they said they need"] == "an improvement"
    assert any("said by which date it needs it: 1 March 2027" in entry.words for entry in later.timeline)


def test_a_reason_has_its_record_once_enough_leads_were_told_it() -> None:
    score = a_score(9)
    reason = next(one for one in (*score.reasons.for_, *score.reasons.against) if abs(one.points) > 0.01)
    known = Known(Lead("L1", 0, FIELDS, "", 0), scores=(score,))
    assert "told the same" not in html(lead_page(known, world_schema(), 0))
    record = {(reason.subject, reason.sentence): ReasonRecord(214, 18, 0.0891)}
    shown = unescape(html(lead_page(replace(known, records=record), world_schema(), 0)))
    assert shown.count("Of 214 leads told this by their first score, 9 % were won") == 2  # beside the reason, and below
    assert "A record, no cause" in shown
