"""A call that was promised is told when its day has come, and a lead that nobody spoke with after a day: each once."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from features.records.clock import DAY, HOUR, to_microseconds
from serving.store.backlog import recent
from serving.store.deliveries import register
from serving.store.records import Listed, NewEvent, NewLead, StoredScore
from serving.store.store import Store
from serving.store.tables import ACTS
from serving.store.waiting import calls_due, leads_waiting

NOW = to_microseconds(datetime(2026, 3, 9, 9, tzinfo=UTC))


def put(store: Store, lead_id: str, created_at: int, route: str = "rep") -> None:
    store.add_leads([NewLead(lead_id, {}, created_at)], created_at)
    shown = Listed(route=route, owner="R1", source="web")
    with store.writing(created_at) as transaction:
        transaction.add_scores([StoredScore(lead_id, transaction.tick(), "close", "7", 0.25, [], [], "{}", shown)])


def remind(store: Store, act_id: str, due_at: int, undone_at: int | None = None) -> None:
    with store.writing(NOW) as transaction:
        act = {"act_id": act_id, "lead_id": "L1", "kind": "remind", "key_id": "k", "stored_at": transaction.tick()}
        transaction.insert(ACTS, [act | {"due_at": due_at, "undone_at": undone_at}])


def test_call_is_due_from_its_day_on_for_a_week(store: Store) -> None:
    put(store, "L1", NOW - DAY)
    remind(store, "later", NOW + 1)
    remind(store, "now", NOW)
    remind(store, "long ago", NOW - 7 * DAY)
    remind(store, "undone", NOW - 5, undone_at=NOW)

    (notice,) = store.ask(calls_due, NOW)
    assert (notice.kind, notice.lead_id, notice.once) == ("lead.call_due", "L1", "call due now")
    assert notice.content == {"after": {"due_at": "2026-03-09T09:00:00+00:00", "owner": "R1", "probability": 0.25}}


def test_lead_waits_that_goes_to_a_rep_and_nobody_spoke_with(store: Store) -> None:
    for lead_id, created_at, route in (
        ("waits", NOW - DAY - 1, "rep"),
        ("new", NOW - DAY, "rep"),
        ("touched", NOW - DAY - 1, "rep"),
        ("nurtured", NOW - DAY - 1, "nurture"),
        ("before our time", NOW - 8 * DAY - 1, "rep"),
    ):
        put(store, lead_id, created_at, route)
    store.add_events([NewEvent("touched", "call", NOW - HOUR)], NOW)

    (notice,) = store.ask(leads_waiting, NOW, DAY, ["call"])
    assert (notice.kind, notice.lead_id, notice.content["after"]["owner"]) == ("lead.waits", "waits", "R1")


def test_each_is_told_once(store: Store) -> None:
    put(store, "L1", NOW - 2 * DAY)
    remind(store, "now", NOW)
    with store.writing(NOW) as transaction:
        register(transaction, {"crm": frozenset({"lead.call_due", "lead.waits"})}, 0.05)
    for _ in range(2):
        with store.writing(NOW) as transaction:
            transaction.announce(calls_due(transaction.connection, NOW))
            transaction.announce(leads_waiting(transaction.connection, NOW, DAY, ["call"]))

    assert sorted(notice.kind for notice in store.ask(recent, 9)) == ["lead.call_due", "lead.waits"]


def test_what_is_told_already_keeps_no_newer_one_from_being_told(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("serving.store.waiting.MAX_WAITING", 2)
    with store.writing(NOW - 3 * DAY) as transaction:
        register(transaction, {"crm": frozenset({"lead.call_due", "lead.waits"})}, 0.05)
    for place in range(1, 6):
        put(store, f"L{place}", NOW - 2 * DAY + place)
        remind(store, f"act {place}", NOW - 5 + place)

    told = []
    for _ in range(4):
        with store.writing(NOW) as transaction:
            calls = calls_due(transaction.connection, NOW)
            leads = leads_waiting(transaction.connection, NOW, DAY, ["call"])
            transaction.announce([*calls, *leads])
        told.append(([one.once for one in calls], [one.lead_id for one in leads]))

    assert told == [
        (["call due act 1", "call due act 2"], ["L1", "L2"]),
        (["call due act 3", "call due act 4"], ["L3", "L4"]),
        (["call due act 5"], ["L5"]),
        ([], []),
    ]
