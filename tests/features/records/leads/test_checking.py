"""A lead read alone: every broken rule by its place, the defaults, and that it is the same lead as one from a file."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from features.records.clock import NEVER, to_microseconds
from features.records.history import History, Moments
from features.records.leads.checking import (
    COLLEAGUE_KEYS,
    ENDING_KEYS,
    EVENT_KEYS,
    LEAD_KEYS,
    MAX_EVENTS,
    BadLeadError,
    LeadRecord,
    read_lead,
    to_history,
)
from features.records.parsing.ids import LONGEST_ID
from features.settings.fields import ACTORS, EventKind, LeadField
from features.settings.schema import LeadSchema
from tests.features.conftest import SCHEMA, Export

NOW = datetime(2026, 3, 1, tzinfo=UTC)
TIME = "2026-02-01T10:00:00Z"
CALL = {"kind": "call", "occurred_at": TIME}


def read(record: object) -> LeadRecord:
    return read_lead(SCHEMA, record, NOW)


def at(text: str) -> int:
    return to_microseconds(datetime.fromisoformat(text))


# What is read


def test_lead_is_read_in_full() -> None:
    event = {**CALL, "recorded_at": "2026-02-02T10:00:00Z", "value": 30, "actor": "lead"}
    fields = {"source": "fair", "employees": "12", "budget": "small", "notes": "late: never read"}
    record = {"lead_id": "L1", "created_at": "2026-01-01", "as_of": "2026-02-03", "fields": fields, "events": [event]}

    lead = read(record)

    assert (lead.lead_id, lead.created_at, lead.as_of) == ("L1", at("2026-01-01T00:00Z"), at("2026-02-03T00:00Z"))
    assert lead.fields == {"employees": 12, "budget": 1}
    assert lead.channels == {"source": "fair"}
    (call,) = lead.events
    assert (call.kind, call.occurred_at, call.recorded_at) == (0, at(TIME), at("2026-02-02T10:00:00Z"))
    assert (call.value, call.actor) == (30, ACTORS.index("lead"))


def test_lead_of_whom_nothing_is_known_is_created_and_scored_now() -> None:
    lead = read({"fields": {}})

    assert (lead.lead_id, lead.created_at, lead.as_of) == ("", to_microseconds(NOW), to_microseconds(NOW))
    assert all(math.isnan(value) for value in lead.fields.values())
    assert (lead.channels, lead.events) == ({"source": None}, ())


def test_event_without_a_time_of_record_was_recorded_when_it_occurred() -> None:
    (call,) = read({"fields": {}, "events": [CALL]}).events

    assert call.recorded_at == call.occurred_at == at(TIME)
    assert math.isnan(call.value)


def test_lead_without_a_time_of_creation_came_with_its_first_event() -> None:
    assert read({"fields": {}, "events": [CALL]}).created_at == at(TIME)


@pytest.mark.parametrize(
    ("event", "actor"),
    [
        (CALL, "rep"),
        ({**CALL, "kind": "visit"}, None),
        ({**CALL, "kind": "budget", "text": "none"}, "lead"),
        ({**CALL, "actor": "marketing"}, "marketing"),
    ],
)
def test_usual_actor_acts_where_none_is_given(event: dict[str, Any], actor: str | None) -> None:
    (read_event,) = read({"fields": {}, "events": [event]}).events

    assert read_event.actor == (-1 if actor is None else ACTORS.index(actor))


@pytest.mark.parametrize(
    ("answer", "value"),
    [
        ({"kind": "employees", "value": 5}, 5),
        ({"kind": "employees", "text": "5"}, 5),
        ({"kind": "employees", "text": "6", "value": 5}, 6),
        ({"kind": "budget", "text": "large"}, 2),
        ({"kind": "budget", "value": "large"}, 2),
        ({"kind": "budget"}, math.nan),
    ],
)
def test_answer_stands_in_text_or_in_value(answer: dict[str, Any], value: float) -> None:
    (event,) = read({"fields": {}, "events": [{**CALL, **answer}]}).events

    assert event.kind == SCHEMA.event_codes[answer["kind"]]
    np.testing.assert_equal(event.value, value)


def test_times_without_a_zone_take_that_of_the_schema() -> None:
    schema = LeadSchema(time_zone="America/New_York")

    lead = read_lead(schema, {"fields": {}, "as_of": "2026-01-01T10:00"}, NOW)

    assert lead.as_of == at("2026-01-01T15:00Z")


def test_words_for_not_known_stand_for_it_wherever_they_stand() -> None:
    schema = LeadSchema.model_validate({**SCHEMA.model_dump(), "missing": ["n/a", "999"]})
    call = {**CALL, "recorded_at": "n/a", "value": 999.0, "actor": "n/a"}
    later = {**CALL, "kind": "employees", "text": "n/a", "value": 5}
    record = {
        **{"lead_id": "n/a", "created_at": "n/a", "as_of": "n/a", "events": [call, later]},
        "fields": {"source": "n/a", "employees": "999", "budget": "n/a"},
    }

    told = read_lead(schema, record, NOW)

    bare = {key: value for key, value in CALL.items() if key not in ("recorded_at", "value", "actor")}
    silent = read_lead(SCHEMA, {"fields": {}, "events": [bare, {**CALL, "kind": "employees", "value": 5}]}, NOW)
    assert repr(told) == repr(silent)  # NaN differs from itself


def test_event_whose_time_is_a_word_for_not_known_has_none() -> None:
    schema = LeadSchema.model_validate({**SCHEMA.model_dump(), "missing": ["n/a"]})
    with pytest.raises(BadLeadError, match=r"'events\[0\]\.occurred_at' must be given, got 'n/a'"):
        read_lead(schema, {"fields": {}, "events": [{**CALL, "occurred_at": "n/a"}]}, NOW)


# What is broken: one rule each


def event(**keys: Any) -> dict[str, Any]:
    return {"fields": {}, "events": [CALL | keys]}


BROKEN: dict[str, tuple[object, str]] = {
    "unknown key": (
        {"fields": {}, "feilds": 1},
        "'feilds' must be one of account_leads, as_of, created_at, events, fields, lead_id, got 1: correct the name or leave it out.",
    ),
    "no fields": ({}, "'fields' must be an object of field names and values, got None: send {'budget': ...}."),
    "empty id": (
        {"lead_id": "", "fields": {}},
        "'lead_id' must be a text of 1 to 200 characters, got '': send the CRM's id, or leave it out.",
    ),
    "long id": ({"lead_id": "x" * (LONGEST_ID + 1), "fields": {}}, "'lead_id' must be a text of 1 to 200 characters"),
    "id of two lines": ({"lead_id": "L\n7", "fields": {}}, "'lead_id' must have no line break"),
    "id that no address holds": ({"lead_id": "..", "fields": {}}, "'lead_id' must have no line break"),
    "id that is none": ({"lead_id": True, "fields": {}}, "'lead_id' must be a text of 1 to 200 characters, got True"),
    "time in words": (
        {"as_of": "soon", "fields": {}},
        "'as_of' must be an ISO 8601 time, got 'soon': write it as 2026-10-01T09:30:00+00:00.",
    ),
    "time before all": (
        {"as_of": "0001-01-01T00:00:00+14:00", "created_at": "0001-01-01", "fields": {}},
        "'as_of' must lie between the years 1 and 9999 in UTC, got '0001-01-01T00:00:00+14:00': correct it.",
    ),
    "created later": (
        {"created_at": "2026-03-02", "fields": {}},
        "'created_at' must not be after as_of, got '2026-03-02': a lead is scored from its creation on.",
    ),
    "unknown field": ({"fields": {"size": 3}}, "'fields.size' must be one of budget, employees, notes, source, got 3"),
    "value that is not listed": (
        {"fields": {"budget": "huge"}},
        "'fields.budget' must be one of 'none', 'small', 'large', got 'huge': correct it, or list it under values",
    ),
    "number too small": ({"fields": {"employees": -1}}, "'fields.employees' must be >= 0, got -1: fix the export"),
    "channel of no text": (
        {"fields": {"source": ["fair"]}},
        "'fields.source' must be text of at most 100,000 characters, got ['fair']: send the channel's name.",
    ),
    "events of no list": (
        {"fields": {}, "events": {"kind": "call"}},
        "'events' must be a list of events, got {'kind': 'call'}: send [{'kind': ..., 'occurred_at': ...}].",
    ),
    "too many events": (
        {"fields": {}, "events": [CALL] * (MAX_EVENTS + 1)},
        "'events' must have at most 10,000 entries, got 10001: send the latest.",
    ),
    "unknown key of an event": (
        event(note="x"),
        "'events[0].note' must be one of actor, kind, occurred_at, recorded_at, text, value, got 'x'",
    ),
    "event without a time": (
        event(occurred_at=None),
        "'events[0].occurred_at' must be given, got None: say when it happened.",
    ),
    "recorded before it occurred": (
        event(recorded_at="2026-01-31"),
        "'events[0].recorded_at' must not be before occurred_at, got '2026-01-31': correct one of them.",
    ),
    "recorded later than the moment": (
        event(recorded_at="2026-03-02"),
        "'events[0]' must be recorded by as_of (2026-03-01T00:00:00+00:00), got '2026-03-02': leave it out, or score later.",
    ),
    "unknown kind": (
        event(kind="fax"),
        "'events[0].kind' must be one of call, visit, employees, budget, got 'fax': use a kind of the settings.",
    ),
    "value in words": (
        event(value="long"),
        "'events[0].value' must be a number, got 'long': write digits with a decimal point, without units.",
    ),
    "value without end": (event(value=math.inf), "'events[0].value' must be a finite number, got inf"),
    "value of many digits": (event(value=10**400), "'events[0].value' must be a finite number, got 1000"),
    "answer that is not listed": (
        event(kind="budget", text="huge"),
        "'events[0].text' must be one of 'none', 'small', 'large', got 'huge'",
    ),
    "answer below the minimum": (event(kind="employees", value=-1), "'events[0].value' must be >= 0, got -1"),
    "unknown actor": (
        event(actor="boss"),
        "'events[0].actor' must be one of lead, rep, marketing, agent, got 'boss': say who acted, or leave it out.",
    ),
}


@pytest.mark.parametrize(("record", "message"), BROKEN.values(), ids=BROKEN)
def test_broken_rule_is_named_with_place_value_and_remedy(record: object, message: str) -> None:
    with pytest.raises(BadLeadError) as caught:
        read(record)

    (problem,) = caught.value.problems
    assert str(problem).startswith(message)
    assert str(caught.value) == str(problem)


@pytest.mark.parametrize(
    ("record", "message", "places"),
    [
        ([], "'lead' must be an object, got \\[\\]: send {'fields': {...}}", ["lead"]),
        (
            {"fields": {}, "events": [3]},
            "'events\\[0\\]' must be an object, got 3: send {'kind': ..., 'occurred_at': ...}",
            ["events[0]", "events[0].occurred_at", "events[0].kind"],
        ),
    ],
)
def test_what_is_no_object_lacks_all_that_it_must_have(record: object, message: str, places: list[str]) -> None:
    with pytest.raises(BadLeadError, match=message) as caught:
        read(record)

    assert [problem.field for problem in caught.value.problems] == places


def test_every_broken_rule_is_named_and_long_values_are_cut() -> None:
    with pytest.raises(BadLeadError, match="'as_of' must be") as caught:
        read(
            {"as_of": "x" * 100, "fields": {"budget": "huge", "employees": "many"}, "events": [CALL | {"kind": "fax"}]}
        )

    assert [problem.field for problem in caught.value.problems] == [
        "as_of",
        "fields.employees",
        "fields.budget",
        "events[0].kind",
    ]
    assert caught.value.problems[0].value == "'" + "x" * 79 + "…"


# Laws

DAYS = st.integers(0, 20).map(lambda day: datetime(2026, 2, 1, tzinfo=UTC) + timedelta(days=day))
ANSWERS: dict[str, st.SearchStrategy[Any]] = {
    "source": st.sampled_from([None, "fair", "web", 'a, "b"\nc', " padded ", "7"]),
    "employees": st.sampled_from([None, 0, 12, 7.5, 1e15]),
    "budget": st.sampled_from([None, "none", "small", "large"]),
}


@st.composite
def events_of(draw: st.DrawFn) -> dict[str, Any]:
    kind, occurred_at = draw(st.sampled_from(list(SCHEMA.event_codes))), draw(DAYS)
    drawn = {
        "kind": kind,
        "occurred_at": occurred_at,
        "recorded_at": occurred_at + draw(st.sampled_from([timedelta(), timedelta(1)])),
    }
    if kind == "budget":
        drawn["text"] = draw(ANSWERS["budget"])
    else:
        drawn["value"] = draw(ANSWERS["employees"])
    return {**drawn, "actor": draw(st.sampled_from([None, *ACTORS]))}


RECORDS = st.lists(
    st.fixed_dictionaries(
        {
            "created_at": DAYS,
            "fields": st.fixed_dictionaries(ANSWERS),
            "events": st.lists(events_of(), max_size=3),
        }
    ),
    min_size=1,
    max_size=4,
).map(lambda records: [{"lead_id": f"L{at}", **record} for at, record in enumerate(records)])


def as_json(record: Any) -> Any:
    """Return a record with its times as texts."""
    if isinstance(record, dict):
        return {key: as_json(value) for key, value in record.items()}
    if isinstance(record, list):
        return [as_json(value) for value in record]
    return record.isoformat() if isinstance(record, datetime) else record


def laid_out(records: list[dict[str, Any]]) -> tuple[History, Moments]:
    return to_history(SCHEMA, [read(as_json(record)) for record in records])


def columns(history: History) -> dict[str, list[Any]]:
    """Return every column of the leads and the events, with the ids of the leads for their places."""
    leads, events = history.leads, history.events
    texts = {"lead_id": leads.lead_id, **leads.channels}
    numbers = {"created_at": leads.created_at, **leads.fields}
    # A record names no rep and no agent: nothing that is scored looks at either.
    told = {name: values for name, values in vars(events).items() if name not in ("lead", "rep_id", "agent", "text")}
    written = {"text of the events": [None] * len(events) if events.text is None else events.text.tolist()}
    return {
        **written,
        **{f"texts.{name}": values.tolist() for name, values in leads.texts.items()},
        **{f"leads.{name}": values.tolist() for name, values in texts.items()},
        **{f"leads.{name}": np.nan_to_num(values, nan=-1).tolist() for name, values in numbers.items()},
        **{f"events.{name}": np.nan_to_num(values, nan=-1).tolist() for name, values in told.items()},
        "events.lead": leads.lead_id[events.lead].tolist(),
    }


def write_csv(frame: pd.DataFrame, export: Export, name: str) -> None:
    frame.map(lambda cell: cell.isoformat() if isinstance(cell, datetime) else cell).to_csv(
        export.folder / f"{name}.csv", index=False
    )


def write_parquet(frame: pd.DataFrame, export: Export, name: str) -> None:
    frame.to_parquet(export.folder / f"{name}.parquet")


@pytest.mark.parametrize("write", [write_csv, write_parquet])
@settings(max_examples=25)
@given(records=RECORDS)
def test_lead_read_alone_is_the_lead_of_a_file(
    write: Callable[[pd.DataFrame, Export, str], None],
    tmp_path_factory: pytest.TempPathFactory,
    records: list[dict[str, Any]],
) -> None:
    export = Export(tmp_path_factory.mktemp("law"))
    leads = [{"lead_id": one["lead_id"], "created_at": one["created_at"], **one["fields"]} for one in records]
    events = [{"lead_id": one["lead_id"], **happened} for one in records for happened in one["events"]]
    write(pd.DataFrame(leads), export, "leads")
    write(pd.DataFrame(events, columns=["lead_id", *sorted(EVENT_KEYS)]).astype({"value": float}), export, "events")
    write(pd.DataFrame(columns=["lead_id", "closed_at", "won"], dtype=str), export, "outcomes")

    checked = export.check(events={"table": "events"})

    assert checked.broken == ()
    assert columns(checked.history) == columns(laid_out(records)[0])


@given(records=RECORDS)
def test_many_records_are_laid_out_as_each_alone(records: list[dict[str, Any]]) -> None:
    history, moments = laid_out(records)
    alone = [laid_out([record]) for record in records]

    every = [columns(one) for one, _ in alone]
    assert columns(history) == {name: [value for one in every for value in one[name]] for name in every[0]}
    assert moments.lead.tolist() == list(range(len(records)))
    assert moments.as_of.tolist() == [time for _, one in alone for time in one.as_of.tolist()]
    assert history.known_until == to_microseconds(NOW)
    assert len(history.outcomes) == 0


def test_no_record_is_a_history_without_leads() -> None:
    history, moments = to_history(SCHEMA, [])

    assert (len(history.leads), len(history.events), len(moments)) == (0, 0, 0)


EVERY_TYPE = LeadSchema.model_validate(
    {
        "fields": {
            **SCHEMA.model_dump()["fields"],
            "urgent": {"role": "answer", "type": "flag", "obstacle": "hurry"},
            "deadline": {"role": "answer", "type": "date", "obstacle": "hurry"},
            "wish": {"role": "answer", "type": "text", "obstacle": "need", "missing": ["-"]},
            "mail": {"role": "account"},
        },
        "kinds": SCHEMA.kinds,
    }
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(10**18, 10**320),
    st.floats(),
    st.text(max_size=8),
    st.datetimes().map(datetime.isoformat),
    st.sampled_from(
        [TIME, "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59.999999-01:00", "call", "none", "rep", "yes"]
    ),
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


def objects(keys: frozenset[str], **known: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional={key: known.get(key, JSON) for key in sorted(keys)})


COLLEAGUE = objects(
    COLLEAGUE_KEYS,
    created_at=st.just(TIME) | JSON,
    outcomes=st.lists(objects(ENDING_KEYS, closed_at=st.just(TIME) | JSON, won=st.booleans() | JSON), max_size=2)
    | JSON,
)
LIKELY = objects(
    LEAD_KEYS,
    account_leads=st.lists(COLLEAGUE, max_size=3) | JSON,
    fields=objects(frozenset(EVERY_TYPE.fields)) | JSON,
    events=st.lists(objects(EVENT_KEYS, kind=st.sampled_from([*EVERY_TYPE.event_codes]) | JSON), max_size=3) | JSON,
)


@given(record=LIKELY | JSON)
@example(record={"fields": {"deadline": "9999-12-31T23:59:59.999999Z"}})
def test_any_json_is_a_lead_or_told_what_is_wrong(record: object) -> None:
    try:
        history, moments = to_history(EVERY_TYPE, [read_lead(EVERY_TYPE, record, NOW)])
    except BadLeadError as error:
        told = error.problems
    else:
        assert len(moments) == 1
        assert len(history.leads) == 1 or history.leads.account is not None
        assert history.leads.created_at[0] <= moments.as_of[0]
        assert not any(np.isinf(codes).any() for codes in (*history.leads.fields.values(), history.events.value))
        return
    assert told
    assert all(problem.rule and problem.value and problem.remedy for problem in told)


# The day by which a lead is decided

ARRIVAL = LeadSchema(fields={"arrival": LeadField(role="context", type="date")}, decided_by="arrival")


def test_a_day_of_its_own_before_the_lead_came_in_is_refused() -> None:
    record = {"created_at": "2026-02-01T10:00:00Z", "fields": {"arrival": "2026-01-31"}}
    message = (
        "'fields.arrival' must not be a day before the lead came in, got '2026-01-31': correct it, or leave it empty"
    )
    with pytest.raises(BadLeadError, match=message):
        read_lead(ARRIVAL, record, NOW)


@pytest.mark.parametrize("day", ["2026-02-01", "2026-02-20", None])
def test_a_day_of_its_own_may_be_the_first_and_may_have_passed_by_the_moment(day: str | None) -> None:
    record = {"created_at": "2026-02-01T10:00:00Z", "as_of": "2026-03-01", "fields": {"arrival": day}}
    history, _ = to_history(ARRIVAL, [read_lead(ARRIVAL, record, NOW)])
    assert history.deadline[0] == (NEVER if day is None else at(f"{day}T23:59:59.999999Z"))


# The other leads of an account

ACME = LeadSchema(fields={"mail": LeadField(role="account")}, kinds=SCHEMA.kinds)


def test_leads_of_its_account_are_laid_out_beside_each_lead() -> None:
    ended = {"closed_at": "2026-02-01T10:00:00Z", "won": True}
    other = {"created_at": "2026-01-05", "events": [CALL], "outcomes": [ended]}
    records = [
        {"fields": {"mail": "jo@acme.com"}, "account_leads": [other, {"created_at": "2026-01-06"}]},
        {"fields": {"mail": "an@acme.com"}, "account_leads": []},
        {"fields": {"mail": "bo@acme.com"}},
        {"fields": {"mail": "bo@gmail.com"}, "account_leads": [other]},
    ]
    history, moments = to_history(ACME, [read_lead(ACME, record, NOW) for record in records])
    account = history.leads.account
    assert account is not None
    assert account.tolist() == ["0", "1", None, None, "0", "0"]
    assert moments.lead.tolist() == [0, 1, 2, 3]
    assert (history.events.lead.tolist(), history.outcomes.lead.tolist()) == ([4], [4])
    assert history.outcomes.won.tolist() == [True]


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({}, r"'account_leads\[0\].created_at' must be given"),
        ({"created_at": "2026-03-02"}, r"'account_leads\[0\].created_at' must not be after as_of"),
        ({"created_at": "2026-01-01", "outcomes": 3}, r"'account_leads\[0\].outcomes' must be a list of outcomes"),
        ({"created_at": "2026-01-01", "outcomes": [{}]}, r"'account_leads\[0\].outcomes\[0\].closed_at' must be given"),
        (
            {"created_at": "2026-01-01", "outcomes": [{"closed_at": "2026-03-02", "won": True}]},
            r"'account_leads\[0\].outcomes\[0\]' must be recorded by as_of",
        ),
        ({"created_at": "2026-01-01", "name": "Jo"}, r"'account_leads\[0\].name' must be one of"),
    ],
)
def test_a_lead_of_its_account_that_breaks_a_rule_is_refused(other: dict[str, Any], message: str) -> None:
    with pytest.raises(BadLeadError, match=message):
        read_lead(ACME, {"fields": {"mail": "jo@acme.com"}, "account_leads": [other]}, NOW)


# What leads write

WISH = LeadSchema(
    fields={"wish": LeadField(role="answer", type="text", obstacle="need", missing=("-",))}, kinds=SCHEMA.kinds
)


def test_what_a_lead_writes_is_the_same_from_a_file_as_from_a_record(folder: Export) -> None:
    folder.write(
        "leads.csv", "lead_id,created_at,wish", "L1,2026-01-01T10:00:00Z,A tender", "L2,2026-01-01T10:00:00Z,-"
    )
    events = (
        "L1,wish,2026-01-02T10:00:00Z,,No tender",
        "L1,wish,2026-01-03T10:00:00Z,,-",
        "L2,call,2026-01-02T10:00:00Z,7,called",
    )
    folder.write("events.csv", "lead_id,kind,occurred_at,value,text", *events)
    folder.write("outcomes.csv", "lead_id,closed_at,won", "L1,2026-02-01T10:00:00Z,true")
    files = folder.check(WISH).history
    records = [
        {
            "lead_id": "L1",
            "created_at": "2026-01-01T10:00:00Z",
            "fields": {"wish": "A tender"},
            "events": [
                {"kind": "wish", "occurred_at": "2026-01-02T10:00:00Z", "text": "No tender"},
                {"kind": "wish", "occurred_at": "2026-01-03T10:00:00Z", "text": "-"},
            ],
        },
        {
            "lead_id": "L2",
            "created_at": "2026-01-01T10:00:00Z",
            "fields": {"wish": "-"},
            "events": [{"kind": "call", "occurred_at": "2026-01-02T10:00:00Z", "value": 7, "text": "called"}],
        },
    ]
    told, _ = to_history(WISH, [read_lead(WISH, record, NOW) for record in records])
    assert told.leads.texts["wish"].tolist() == files.leads.texts["wish"].tolist() == ["A tender", None]
    assert files.events.text is not None
    assert told.events.text is not None
    assert told.events.text.tolist() == files.events.text.tolist() == ["No tender", None, None]


def test_names_and_the_text_of_events_are_read_where_texts_are(folder: Export) -> None:
    schema = LeadSchema(
        fields={"mail": LeadField(role="contact", type="text"), "firm": LeadField(role="account", type="text")},
        kinds={"note": EventKind(obstacle="need", text=True), "call": EventKind(obstacle="trust")},
    )
    folder.write(
        "leads.csv", "lead_id,created_at,mail,firm", "L1,2026-01-01T10:00:00Z,jo@x.de,Acme", "L2,2026-01-01T10:00:00Z,,"
    )
    folder.write(
        "events.csv",
        "lead_id,kind,occurred_at,text",
        "L1,note,2026-01-02T10:00:00Z,a",
        "L2,call,2026-01-02T10:00:00Z,b",
    )
    folder.write("outcomes.csv", "lead_id,closed_at,won", "L1,2026-02-01T10:00:00Z,true")
    read_in = folder.check(schema).history
    assert read_in.leads.names is not None
    assert read_in.leads.names.tolist() == ["jo@x.de\nAcme", None]
    assert read_in.events.text is not None
    assert read_in.events.text.tolist() == ["a", None]
    events = [{"kind": kind, "occurred_at": "2026-01-02T10:00:00Z", "text": "a"} for kind in ("note", "call")]
    told, _ = to_history(schema, [read_lead(schema, {"fields": {}, "events": events}, NOW)])
    assert told.events.text is not None
    assert told.events.text.tolist() == ["a", None]
    mute = schema.model_copy(update={"kinds": {"note": EventKind(obstacle="need"), "call": schema.kinds["call"]}})
    silent = folder.check(LeadSchema.model_validate(mute.model_dump())).history
    assert silent.leads.names is None
    assert silent.events.text is None
