"""Whatever the order in which a CRM's messages come, the lead's record, its features and its score are the same in the end."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.records.clock import to_microseconds
from serving.api.webhook_calls import told_by
from serving.champion.champion import Champion
from serving.intake.scoring import Moment, score_places
from serving.settings.webhooks import WebhookSettings
from serving.store import reading
from serving.store.records import StoredScore
from serving.store.store import Store
from serving.store.tables import EVENTS, LEADS, OUTCOMES, REMOVALS, SCORES, SNAPSHOTS

Json = dict[str, Any]

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
CREATED = NOW - timedelta(days=200)
LATER = to_microseconds(NOW + timedelta(days=1))
CRM = WebhookSettings.model_validate(
    {
        "rules": [
            {
                "makes": "lead",
                "when": {"is": ["lead"]},
                "columns": {"lead_id": "id", "created_at": "created", "changed_at": "changed"},
                "fields": {
                    "budget": "budget",
                    "timeline": "timeline",
                    "source": "source",
                    "cost_of_not_solving": "cost",
                },
            },
            {
                "makes": "outcome",
                "when": {"is": ["lead"], "stage": ["won", "lost"]},
                "columns": {"lead_id": "id", "closed_at": "closed", "won": "stage"},
                "values": {"won": {"won": True, "lost": False}},
            },
            {
                "makes": "outcome",
                "when": {"is": ["lead"], "stage": ["open"]},
                "columns": {"lead_id": "id", "changed_at": "changed"},
                "fixed": {"won": "open"},
            },
            {
                "makes": "event",
                "when": {"is": ["said"]},
                "columns": {"lead_id": "id", "kind": "kind", "occurred_at": "at", "text": "text", "event_id": "event"},
            },
            {
                "makes": "merge",
                "when": {"is": ["merge"]},
                "columns": {"lead_id": "id", "merged_id": "other", "changed_at": "at"},
            },
        ]
    }
)


def day(number: float) -> str:
    return (CREATED + timedelta(days=number)).isoformat()


def lead(at: float, lead_id: str = "L1", **said: Any) -> Json:
    return {"is": "lead", "id": lead_id, "created": day(0), "changed": day(at), **said}


def said(at: float, text: str, event: str, lead_id: str = "L1", kind: str = "budget") -> Json:
    return {"is": "said", "id": lead_id, "kind": kind, "at": day(at), "text": text, "event": event}


def end_of(store: Store, champion: Champion, messages: Sequence[Json]) -> Any:
    """What stands in the store after these messages, without when it was stored."""
    schema = champion.intake
    for message in messages:
        told = told_by("crm", CRM, [message], schema, NOW)
        with store.writing(to_microseconds(NOW)) as transaction:
            told.write(transaction)
            assert not list(told.refused()), list(told.refused())
    with store.reading() as connection:
        leads = reading.leads_of(connection, ["L1"])
        events = reading.standing_events(connection, "L1")
        outcomes = reading.outcomes_of(connection, ["L1"]).get("L1", [])
        scores = score_places(champion, connection, [Moment("L1", LATER)])
        score = scores.get(Moment("L1", LATER))
    assert isinstance(score, StoredScore | None)
    record = (
        [(one.created_at, dict(one.fields)) for one in leads.values()],
        sorted((event.kind, event.occurred_at, event.text, event.event_id) for event in events),
    )
    ended = [(one.closed_at, one.won, one.taken_back, one.amount) for one in outcomes][-1:]
    features = None if score is None else ([*score.inputs], round(score.probability, 12))
    return record, ended, features


def wipe(store: Store) -> None:
    with store.engine.begin() as connection:
        for table in (SCORES, EVENTS, OUTCOMES, SNAPSHOTS, REMOVALS, LEADS):
            connection.execute(sa.delete(table))


@pytest.fixture(scope="module")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> Any:
    store = Store(f"sqlite:///{tmp_path_factory.mktemp('order') / 'store.db'}")
    store.upgrade()
    yield store
    store.close()


def test_update_before_creation_is_the_same_as_after_it(store: Store, champion: Champion) -> None:
    late = [lead(10, budget="over 50,000"), lead(0, budget="none")]
    in_order = end_of(store, champion, late[::-1])
    wipe(store)

    assert end_of(store, champion, late) == in_order
    ((_, fields),) = in_order[0][0]
    assert fields == {"budget": "none"}
    assert [(kind, text) for kind, _, text, _ in in_order[0][1]] == [("budget", "over 50,000")]


def test_first_message_after_months_does_not_date_answers_back(store: Store, champion: Champion) -> None:
    ((record, events), _, _) = end_of(store, champion, [lead(150, budget="none", source="trade show")])

    assert record == [(to_microseconds(CREATED), {"source": "trade show"})]
    assert [(kind, at, text) for kind, at, text, _ in events] == [
        ("budget", to_microseconds(CREATED + timedelta(days=150)), "none")
    ]


def test_answer_that_came_late_is_dated_by_what_it_was_true_of(store: Store, champion: Champion) -> None:
    messages = [lead(0, budget="none"), lead(30, budget="over 50,000"), lead(20, budget="over 50,000")]

    ((_, events), _, _) = end_of(store, champion, messages)

    assert [at for _, at, _, _ in events] == [to_microseconds(CREATED + timedelta(days=20))]


def test_answers_told_apart_count_as_of_their_own_time(store: Store, champion: Champion) -> None:
    told = [said(50, "over 50,000", "b"), said(5, "none", "a"), lead(0, budget="under 5,000")]
    in_order = end_of(store, champion, sorted(told, key=lambda message: str(message.get("at", message.get("changed")))))
    wipe(store)

    assert end_of(store, champion, told) == in_order


BUDGETS = st.sampled_from(["none", "under 5,000", "over 50,000"])
TELLINGS = st.builds(
    lambda at, more, stage: lead(at, **more, **({"stage": stage, "closed": day(at)} if stage else {})),
    st.integers(0, 190),
    st.fixed_dictionaries(
        {},
        optional={
            "budget": BUDGETS,
            "timeline": st.sampled_from(["no date", "this year"]),
            "source": st.sampled_from(["trade show", "web search"]),
            "cost": st.integers(0, 9_000),
        },
    ),
    st.sampled_from([None, "won", "lost", "open"]),
)
EVENTS_SAID = st.builds(said, st.integers(0, 190), BUDGETS, st.uuids().map(str))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(TELLINGS, min_size=1, max_size=5, unique_by=lambda message: message["changed"]),
    st.lists(EVENTS_SAID, max_size=3),
    st.booleans(),
    st.randoms(use_true_random=False),
)
def test_every_order_ends_the_same(
    sqlite: Store, champion: Champion, tellings: list[Json], events: list[Json], merged: bool, rng: random.Random
) -> None:
    messages = [*tellings, *events]
    if merged:  # the later half was told of another lead, which a CRM then merged into the first
        messages = [*messages[::2], *({**one, "id": "L0"} for one in messages[1::2])]
        messages.append({"is": "merge", "id": "L1", "other": "L0", "at": day(195)})
    shuffled = rng.sample(messages, len(messages))

    wipe(sqlite)
    one = end_of(sqlite, champion, messages)
    wipe(sqlite)
    other = end_of(sqlite, champion, shuffled)

    assert one == other
