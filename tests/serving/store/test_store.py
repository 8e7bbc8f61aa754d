"""What is stored is there once, as it was sent, at times that only rise; in SQLite and in PostgreSQL alike."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.records.clock import DAY, HOUR, SECOND
from features.records.parsing.values import FIRST, LAST
from serving.store import reading
from serving.store.engine import StoreAddressError, StoreError
from serving.store.feedback import feedback_of
from serving.store.records import Feedback, Listed, NewEvent, NewLead, NewOutcome, OtherRecordError, StoredScore
from serving.store.store import Store
from serving.store.tables import LEADS

NOW = 20_000 * DAY + 12 * HOUR
LEAD = NewLead("L1", {"budget": "some", "größe": 1.5e-7, "wants_contact": True, "notes": "a 'quote'; DROP TABLE leads"})
CALL = NewEvent("L1", "call", NOW - HOUR, value=0.1 + 0.2, text='said "yes"', actor="rep", rep_id="R1")
WON = NewOutcome("L1", NOW - SECOND, won=True, amount=1e300, reason="price", rep_id="R1")


def score(lead_id: str, as_of: int, probability: float = 0.25) -> StoredScore:
    shown = Listed(expected_value=100 * probability)
    return StoredScore(lead_id, as_of, "close", "7", probability, [0.1, None, -3.5], [1 / 3, 0.0, -2e-17], "{}", shown)


def test_lead_comes_back_as_it_was_sent(store: Store) -> None:
    (stored,) = store.add_leads([LEAD], NOW)

    assert store.ask(reading.leads_of, ["L1", "L2"]) == {"L1": stored}
    assert stored.fields == LEAD.fields
    assert stored.created_at == stored.stored_at == NOW


def test_event_and_outcome_come_back_as_they_were_sent(store: Store) -> None:
    (event,) = store.add_events([CALL], NOW)
    (outcome,) = store.add_outcomes([WON], NOW)

    assert store.ask(reading.events_of, ["L1"]) == {"L1": [event]}
    assert store.ask(reading.outcomes_of, ["L1"]) == {"L1": [outcome]}
    assert (event.value, event.text, event.recorded_at) == (0.1 + 0.2, 'said "yes"', NOW)
    assert (outcome.amount, outcome.closed_at, outcome.recorded_at) == (1e300, NOW - SECOND, NOW + 1)


@pytest.mark.parametrize("time", [FIRST, -1, 0, LAST])
def test_every_time_that_can_be_told_is_kept_to_the_microsecond(store: Store, time: int) -> None:
    store.add_leads([replace(LEAD, created_at=time)], NOW)

    assert store.ask(reading.leads_of, ["L1"])["L1"].created_at == time


def test_same_record_twice_is_one_row(store: Store) -> None:
    assert store.add_leads([LEAD], NOW) == store.add_leads([LEAD], NOW + DAY)
    assert store.add_events([CALL], NOW) == store.add_events([CALL], NOW + DAY)
    assert store.add_outcomes([WON], NOW) == store.add_outcomes([WON], NOW + DAY)

    with store.reading() as connection:
        assert len(reading.events_of(connection, ["L1"])["L1"]) == 1
        assert len(reading.outcomes_of(connection, ["L1"])["L1"]) == 1


@pytest.mark.parametrize("change", [{"fields": {"budget": "none"}}, {"created_at": NOW}])
def test_another_lead_of_the_same_id_is_refused_and_changes_nothing(store: Store, change: dict[str, Any]) -> None:
    (stored,) = store.add_leads([LEAD], NOW)

    with pytest.raises(OtherRecordError, match="Lead 'L1' must be as it is stored already"):
        store.add_leads([NewLead("L2", {}), replace(LEAD, **change)], NOW)
    assert store.ask(reading.leads_of, ["L1", "L2"]) == {"L1": stored}


def test_events_of_one_moment_are_told_apart_by_their_id(store: Store) -> None:
    other = replace(CALL, value=7)

    store.add_events([CALL, replace(other, event_id="call-2")], NOW)
    with pytest.raises(OtherRecordError, match="Event 'call' of lead 'L1' must be as it is stored already"):
        store.add_events([other], NOW)


def test_events_come_in_the_order_in_which_they_were_recorded(store: Store) -> None:
    for minutes in (30, 10, 20):  # as an import may store them
        store.add_events([replace(CALL, event_id=str(minutes), recorded_at=NOW - HOUR + minutes)], NOW)

    (events,) = store.ask(reading.events_of, ["L1"]).values()
    assert [event.event_id for event in events] == ["10", "20", "30"]


def test_outcome_corrected_is_a_new_record_and_the_last_one_holds(store: Store) -> None:
    store.add_outcomes([WON, replace(WON, won=False)], NOW)

    outcomes = store.ask(reading.outcomes_of, ["L1"])["L1"]
    assert [outcome.won for outcome in outcomes] == [True, False]
    assert reading.standing(outcomes) == "lost"
    assert outcomes[0].recorded_at < outcomes[1].recorded_at


def test_nothing_of_a_transaction_that_fails_is_kept(store: Store) -> None:
    def fail() -> None:
        with store.writing(NOW) as transaction:
            transaction.add_lead(LEAD)
            raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError, match="in the middle"):
        fail()
    assert store.ask(reading.leads_of, ["L1"]) == {}


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(nows=st.lists(st.integers(NOW - DAY, NOW + DAY), min_size=1, max_size=6))
def test_times_rise_however_the_clock_is_set(store: Store, nows: list[int]) -> None:
    told = []
    for now in nows:
        with store.writing(now) as transaction:
            told += [transaction.tick(), transaction.tick()]
            assert told[-2] >= now

    assert told == sorted(set(told))
    assert store.ask(reading.latest) == told[-1]


def test_latest_score_is_the_standing_of_a_lead(store: Store) -> None:
    store.add_leads([LEAD, NewLead("L2", {})], NOW)
    with store.writing(NOW + 9) as transaction:
        transaction.add_scores([score("L1", NOW + 8, 0.7), score("L1", NOW + 5, 0.1)])

    first, last = store.ask(reading.scores_of, "L1")
    assert (first, last) == (score("L1", NOW + 5, 0.1), score("L1", NOW + 8, 0.7))
    assert store.ask(reading.leads_of, ["L1"])["L1"].probability == 0.7
    assert store.ask(reading.score_since, "L1", NOW + 6) == last
    assert store.ask(reading.score_since, "L1", NOW + 9) is None
    assert store.ask(reading.scores_since, NOW, (NOW + 5, "L1"), 10) == [last]


def test_feedback_is_kept(store: Store) -> None:
    store.add_leads([LEAD], NOW)
    with store.writing(NOW) as transaction:
        transaction.add_scores([score("L1", NOW)])
        transaction.add_feedback(Feedback("L1", NOW, agrees=False, subject="budget", comment="no", given_by="k"))

    (said,) = store.ask(feedback_of, "L1")
    assert (said.agrees, said.subject, said.comment, said.given_by_name) == (False, "budget", "no", "k")


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("nothing", "must be a SQLAlchemy URL"),
        ("postgresql://crm:hush@db:port/leads", "must be a SQLAlchemy URL"),
        ("mysql://crm:hush@db/leads", "must name a file of SQLite or a database of PostgreSQL, got 'mysql'"),
        ("sqlite://", "must name a file of SQLite"),
    ],
)
def test_address_that_is_no_store_is_refused_without_its_password(url: str, message: str) -> None:
    with pytest.raises(StoreAddressError, match=message) as refused:
        Store(url)
    assert "hush" not in str(refused.value)
    assert refused.value.__suppress_context__ or refused.value.__context__ is None


def test_store_that_has_gone_is_an_error_without_its_password() -> None:
    store = Store("postgresql://sales:hush-hush@127.0.0.1:1/crm")

    with pytest.raises(StoreError, match="must be reachable and work") as refused:
        store.add_leads([LEAD], NOW)
    assert "hush" not in str(refused.value)


def test_error_of_the_database_says_nothing_of_what_was_to_be_written(store: Store) -> None:
    broken = {"lead_id": "Jane Roe", "created_at": NOW, "fields": {}, "digest": None, "stored_at": NOW}

    with pytest.raises(sa.exc.IntegrityError, match="digest") as refused, store.writing(NOW) as transaction:
        transaction.insert(LEADS, [broken])
    assert "Jane" not in str(refused.value).partition("DETAIL")[0]
    assert "parameters hidden" in str(refused.value)


def test_connection_given_back_after_the_store_was_closed_is_closed(store: Store) -> None:
    late = store.engine.connect()
    under: Any = late.connection.dbapi_connection
    store.close()
    late.close()
    if store.engine.dialect.name == "postgresql":
        assert under.closed
    else:
        with pytest.raises(sqlite3.ProgrammingError, match="closed database"):
            under.execute("SELECT 1")


def test_relative_file_lies_in_the_folder(tmp_path: Path) -> None:
    store = Store("sqlite:///kept/store.db", tmp_path)
    store.upgrade()
    store.close()

    assert (tmp_path / "kept" / "store.db").is_file()
