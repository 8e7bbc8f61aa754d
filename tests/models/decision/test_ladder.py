"""The ladder: one step a lead, from what was recorded by the moment alone, and since when it stands there."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from features.records.clock import DAY, NEVER
from features.records.history import History, Leads, Moments
from features.settings.ladder import STEPS, LadderSettings, Requirement, StepCondition
from features.settings.schema import LeadSchema
from features.simulation import world_schema
from models.decision.ladder import NAME, PROSPECT, SUSPECT, Ladder
from tests.features.strategies import FIELDS, KINDS, START, Case, cases, events_of, moments_of, outcomes_of, texts


def requirement(*conditions: StepCondition) -> Requirement:
    return Requirement(any_of=conditions)


CALL, MAIL, MEETING = range(len(KINDS))
RULES = LadderSettings(
    target=(requirement(StepCondition(field="industry", values=("steel",)), StepCondition(field="seats", at_least=1)),),
    suspect=(
        requirement(StepCondition(field="budget", values=("small", "large"))),
        requirement(StepCondition(field="urgent"), StepCondition(kind="mail", within_days=7)),
    ),
    prospect=(requirement(StepCondition(kind="call", at_least=2, within_days=30), StepCondition(kind="meeting")),),
)
NAMES = ("budget", "seats", "urgent", "industry")
SCHEMA = LeadSchema(fields={name: FIELDS[name] for name in NAMES}, kinds=KINDS, ladder=RULES)
LADDER = Ladder(SCHEMA)


def one_lead(*events: tuple[int, int, float]) -> History:
    """A lead that was created with a small budget, with events of (day, kind, value)."""
    fields = {"budget": np.array([1.0]), **{name: np.array([np.nan]) for name in NAMES[1:]}}
    leads = Leads(texts(["L0"]), np.array([START]), fields, {})
    rows = [(0, kind, START + day * DAY, START + day * DAY, value, 0) for day, kind, value in events]
    return History(SCHEMA, leads, events_of(rows), outcomes_of([]), START + 365 * DAY)


def on_day(history: History, *days: int) -> list[tuple[str, int]]:
    """Step, and day since when, on each of these days."""
    places = LADDER.places(history, moments_of([(0, START + day * DAY) for day in days]))
    since = (places.since - START) // DAY
    return [(STEPS[step], int(day)) for step, day in zip(places.step, since, strict=True)]


def test_lead_climbs_as_it_says_and_does_more_and_falls_back_as_that_gets_old() -> None:
    urgent = SCHEMA.event_codes["urgent"]
    history = one_lead((2, urgent, 1.0), (5, CALL, np.nan), (10, CALL, np.nan), (50, urgent, 0.0))

    assert on_day(history, 0, 2, 9, 10, 34, 35, 50) == [
        ("name", 0),
        ("suspect", 2),
        ("suspect", 2),
        ("prospect", 10),  # two calls within 30 days, and in process
        ("prospect", 10),
        ("suspect", 35),  # the call of day 5 no longer counts
        ("name", 50),  # it is not urgent any more
    ]


def test_what_is_missing_is_that_of_the_next_step_in_words() -> None:
    places = LADDER.places(one_lead((0, MAIL, np.nan)), moments_of([(0, START), (0, START + 8 * DAY)]))

    assert [STEPS[step] for step in places.step] == ["suspect", "name"]
    assert LADDER.missing(SUSPECT, places.met[0]) == (
        "prospect",
        ("It has not made “call” 2 times in the last 30 days or made “meeting”.",),
    )
    assert LADDER.missing(NAME, places.met[1])[0] == "target"
    assert LADDER.missing(PROSPECT, places.met[0]) == (None, ())


@given(cases(st.just(SCHEMA)))
def test_a_later_record_changes_nothing(case: Case) -> None:
    places = LADDER.places(case.history, case.moments)

    for row, (lead, as_of) in enumerate(case.of_each):
        known = replace(case.history, events=case.history.events.take(case.history.events.recorded_at <= as_of))
        alone = LADDER.places(known, moments_of([(lead, as_of)]))
        assert alone.step[0] == places.step[row]
        assert alone.since[0] == places.since[row]


@given(cases(st.just(SCHEMA)))
def test_since_is_when_the_step_began(case: Case) -> None:
    places = LADDER.places(case.history, case.moments)
    created_at = case.history.leads.created_at[case.moments.lead]
    at_start = LADDER.places(case.history, Moments(case.moments.lead, places.since))
    before = np.maximum(places.since - 1, created_at)
    earlier = LADDER.places(case.history, Moments(case.moments.lead, before))

    assert ((created_at <= places.since) & (places.since <= case.moments.as_of)).all()
    assert (at_start.step == places.step).all()
    assert ((earlier.step != places.step) | (places.since == created_at)).all()


@given(cases(st.just(SCHEMA)))
def test_step_is_reached_when_a_lead_first_stands_on_it_or_higher(case: Case) -> None:
    latest = max(case.moments.as_of.max(initial=START), case.history.leads.created_at.max(initial=START))
    history = replace(case.history, known_until=int(latest))
    reached = LADDER.first_reached(history)
    lead, step = np.nonzero(reached != NEVER)
    there = LADDER.places(history, Moments(lead.astype(np.int32), reached[lead, step]))
    by_then = LADDER.places(history, case.moments)

    assert (there.step >= step).all()
    assert (reached[:, NAME] == history.leads.created_at).all()
    at = reached[case.moments.lead, by_then.step]
    assert ((at != NEVER) & (at <= by_then.since)).all()


@given(cases())
def test_every_lead_stands_on_one_step_that_is_defined(case: Case) -> None:
    ladder = Ladder(case.history.schema)
    places = ladder.places(case.history, case.moments)

    assert {STEPS[step] for step in places.step} <= set(STEPS) - set(ladder.undefined)


@given(st.lists(st.booleans(), min_size=4, max_size=4), st.integers(0, 3))
def test_meeting_more_never_lowers_the_step(met: list[bool], more: int) -> None:
    fewer = np.array([met])
    greater = fewer.copy()
    greater[0, more] = True

    assert LADDER.steps(greater)[0] >= LADDER.steps(fewer)[0]


def test_steps_follow_from_fields_and_kinds_where_the_settings_say_nothing() -> None:
    schema = world_schema().model_copy(update={"ladder": LadderSettings()})
    asked = [one for step, one in Ladder(schema).requirements if step == "prospect"]

    assert Ladder(schema).undefined == ()
    assert [condition.field or condition.kind for condition in asked[0].any_of] == ["wants_contact", "meeting_asked"]


def test_steps_that_nothing_tells_are_undefined() -> None:
    assert Ladder(LeadSchema(fields={"source": FIELDS["source"]})).undefined == ("target", "suspect", "prospect")


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ({"field": "nobody"}, "'nobody' is no answer, profile or context field"),
        ({"field": "budget", "values": ["huge"]}, "'huge' is no value of 'budget': use none, small, large"),
        ({"field": "budget", "at_least": 1}, "at_least is for numbers and kinds"),
        ({"kind": "fax"}, "'fax' is no kind of events"),
        ({"field": "budget", "kind": "call"}, "must name either a field or a kind"),
        ({"field": "budget", "within_days": 3}, "within_days is for kinds"),
        ({"kind": "call", "values": ["x"]}, "values are for fields"),
        ({"kind": "call", "at_least": 0}, "must be 1 event or more"),
    ],
)
def test_rule_that_cannot_be_meant_is_refused(condition: dict[str, object], message: str) -> None:
    plain = {**SCHEMA.model_dump(exclude={"ladder"}), "ladder": {"suspect": [{"any_of": [condition]}]}}

    with pytest.raises(ValidationError, match=message):
        LeadSchema.model_validate(plain)


def test_step_without_requirements_is_refused() -> None:
    with pytest.raises(ValidationError, match="at least 1 item"):
        LadderSettings.model_validate({"prospect": []})
