"""A reason's record is of the leads that were told it first, once each, whose time has passed; and it is drawn toward that of all."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from features.records.clock import DAY, to_microseconds
from features.settings.schema import LeadSchema
from serving.analytics.reason_records import ReasonRecord, reason_records, records_of
from serving.store.records import NewLead, NewOutcome, StoredScore
from serving.store.store import Store

START = to_microseconds(datetime(2026, 1, 1, tzinfo=UTC))
SCHEMA = LeadSchema(horizon_days=90)


def answer(*sentences: str) -> str:
    return json.dumps(
        {"reasons": {"for": [], "against": [{"subject": "budget", "sentence": one} for one in sentences]}}
    )


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(f"sqlite:///{tmp_path / 'store.db'}")
    store.upgrade()
    return store


def test_records_are_of_first_scores_that_have_matured(store: Store) -> None:
    told = {
        "won": ("Кто платит: никто",),
        "lost": ("Кто платит: никто", "twice", "twice"),
        "young": ("Кто платит: никто",),
    }
    with store.writing(START) as transaction:
        for lead_id in told:
            transaction.add_lead(NewLead(lead_id, {}, START))
        transaction.add_scores(
            [
                StoredScore(
                    lead_id,
                    START + (50 if lead_id == "young" else 0) * DAY,
                    "close",
                    "1",
                    0.2,
                    [],
                    [],
                    answer(*sentences),
                )
                for lead_id, sentences in told.items()
            ]
            + [StoredScore("won", START + DAY, "close", "1", 0.2, [], [], answer("said later"))]
        )
    store.add_outcomes([NewOutcome("won", START + 9 * DAY, True, recorded_at=START + 9 * DAY)], START + 9 * DAY)
    records = store.ask(reason_records, START + 100 * DAY, SCHEMA, 1)
    store.close()
    assert {sentence: (one.leads, one.won) for (_, sentence), one in records.items()} == {
        "Кто платит: никто": (2, 1),
        "twice": (1, 0),
    }


def test_a_share_is_drawn_toward_that_of_all_and_too_few_leads_have_none() -> None:
    told = (
        [(json.loads(answer("a")), True)] * 20
        + [(json.loads(answer("b")), False)] * 19
        + [(json.loads(answer()), False)]
    )
    records = records_of(told, 20)
    assert records == {("budget", "a"): ReasonRecord(20, 20, (20 + 20 * 0.5) / 40)}


def test_a_company_without_outcomes_or_with_answers_of_before_has_no_record() -> None:
    assert records_of([], 20) == {}
    assert records_of([({}, True)] * 50, 20) == {}
