"""The store is a history: what is in it reads as the same thing from files."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from features.records.checks import check_history
from features.records.clock import DAY, HOUR, to_datetime
from features.settings.schema import LeadSchema
from serving.settings.store_source import history_source
from serving.store.records import NewEvent, NewLead, NewOutcome
from serving.store.store import Store

NOW = 20_000 * DAY + 12 * HOUR
SCHEMA = LeadSchema.model_validate(
    {
        "time_zone": "Europe/Berlin",
        "fields": {
            "source": {"role": "channel"},
            "employees": {"role": "answer", "type": "number", "obstacle": "money"},
            "wants_contact": {"role": "answer", "type": "flag", "obstacle": "desire"},
            "needed_by": {"role": "answer", "type": "date", "obstacle": "hurry"},
            "status": {"role": "late"},
        },
        "kinds": {"call": {"obstacle": "trust", "actor": "rep"}},
    }
)
LEADS = [
    NewLead("L1", {"source": "fair", "employees": 12, "wants_contact": True, "needed_by": "2026-01-31", "status": "x"}),
    NewLead("L2", {"employees": "7.5", "wants_contact": "no"}, created_at=NOW - DAY),
    NewLead("L3", {"source": 3}),
]
EVENTS = [
    NewEvent("L1", "call", NOW, value=3.5, text="said yes", actor="lead", rep_id="R1"),
    NewEvent("L2", "employees", NOW, text="9"),
    NewEvent("L9", "call", NOW),
]
OUTCOMES = [
    NewOutcome("L2", NOW, won=True, amount=10.5),
    NewOutcome("L1", NOW, won=False),
    NewOutcome("L9", NOW, won=True),
]


def test_store_reads_as_a_history(store: Store, url: str) -> None:
    leads = store.add_leads(LEADS, NOW)
    events = store.add_events(EVENTS, NOW)
    outcomes = store.add_outcomes(OUTCOMES, NOW)

    checked = check_history(history_source(url), SCHEMA, to_datetime(NOW + DAY), Path())

    assert checked.broken == ()
    history = checked.history
    at = {lead_id: row for row, lead_id in enumerate(history.leads.lead_id)}
    rows = [at[lead.lead_id] for lead in leads]
    assert history.leads.created_at[rows].tolist() == [lead.created_at for lead in leads]
    assert history.leads.channels["source"][rows].tolist() == ["fair", None, "3"]
    np.testing.assert_array_equal(history.leads.fields["employees"][rows], [12, 7.5, np.nan])
    np.testing.assert_array_equal(history.leads.fields["wants_contact"][rows], [1, 0, np.nan])
    needed_by = datetime(2026, 1, 30, 23, tzinfo=UTC)  # midnight in Berlin
    assert to_datetime(int(history.leads.fields["needed_by"][at["L1"]])) == needed_by
    assert sorted(history.events.recorded_at.tolist()) == [event.recorded_at for event in events[:2]]
    assert sorted(history.events.value.tolist()) == [3.5, 9]
    assert sorted(history.outcomes.recorded_at.tolist()) == [outcome.recorded_at for outcome in outcomes[:2]]
    assert history.outcomes.won[np.argsort(history.outcomes.recorded_at)].tolist() == [True, False]


def test_what_waits_joins_when_its_lead_comes(store: Store, url: str) -> None:
    store.add_events([EVENTS[0]], NOW)
    store.add_outcomes([OUTCOMES[1]], NOW)

    def counts() -> dict[str, int]:
        return dict(check_history(history_source(url), SCHEMA, to_datetime(NOW + DAY), Path()).summary.rows)

    store.add_leads([LEADS[2]], NOW)
    assert counts() == {"leads": 1, "events": 0, "outcomes": 0}
    store.add_leads([NewLead("L1", {}, created_at=NOW - DAY)], NOW)
    assert counts() == {"leads": 2, "events": 1, "outcomes": 1}
