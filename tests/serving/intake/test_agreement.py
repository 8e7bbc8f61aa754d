"""What intake takes and what a history keeps are one rule: nothing that was answered as stored is left out of a training in silence."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.records.checks import CheckedHistory, check_history
from features.records.clock import to_datetime, to_microseconds
from features.records.leads.checking import BadLeadError
from features.settings.schema import LeadSchema
from serving.intake.checks import read_merge, read_outcome
from serving.intake.commands import StoreLeads, StoreOutcomes, StoreRemovals
from serving.intake.lead_checks import read_lead
from serving.schemas.problems import RefusedError
from serving.settings.store_source import history_source
from serving.store import reading
from serving.store.store import Store
from serving.store.tables import EVENTS, LEADS, OUTCOMES, REMOVALS, SNAPSHOTS

Json = dict[str, Any]

NOW = datetime(2026, 3, 10, 23, 30, tzinfo=UTC)
SCHEMA = LeadSchema(time_zone="Pacific/Auckland")  # far from UTC: its days are others
READERS = {"lead": read_lead, "outcome": read_outcome, "merge": read_merge}


@pytest.fixture(scope="module")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> Any:
    store = Store(f"sqlite:///{tmp_path_factory.mktemp('agreement') / 'store.db'}")
    store.upgrade()
    yield store
    store.close()


@pytest.fixture(autouse=True)
def _empty(sqlite: Store) -> None:
    wipe(sqlite)


def wipe(store: Store) -> None:
    with store.engine.begin() as connection:
        for table in (EVENTS, OUTCOMES, SNAPSHOTS, REMOVALS, LEADS):
            connection.execute(sa.delete(table))


def tell(store: Store, kind: str, record: Json) -> bool:
    """Tell the service a record as a call does; return whether it was taken."""
    try:
        read: Any = read_lead(SCHEMA, record, NOW, "new") if kind == "lead" else READERS[kind](SCHEMA, record, NOW)  # type: ignore[operator]
    except BadLeadError:
        return False
    told: Any = {"lead": StoreLeads, "outcome": StoreOutcomes, "merge": StoreRemovals}[kind]([read], False, SCHEMA)
    try:
        with store.writing(to_microseconds(NOW)) as transaction:
            told.write(transaction)
    except RefusedError:  # another lead of that id, with another creation
        return False
    return True


def history_of(store: Store) -> CheckedHistory:
    now = max(NOW, to_datetime(int(store.ask(reading.latest))))
    source = history_source(str(store.engine.url)).model_copy(update={"exported_at": now})
    return check_history(source, SCHEMA, now, Path())


days = st.integers(-3, 1).map(lambda ahead: (NOW + timedelta(days=ahead)).date().isoformat())
clocks = st.integers(-4_000, 4).map(lambda minutes: (NOW + timedelta(minutes=minutes)).isoformat())
odd = st.sampled_from(("1970-01-01", "0001-01-01T00:00:00Z", "2099-12-31", "1900-01-01", "2026-03-10T00:00:00"))
times = st.one_of(days, clocks, odd)
ids = st.sampled_from(("L1", "L2"))
leads = st.fixed_dictionaries({"lead_id": ids, "fields": st.just({})}, optional={"created_at": times})
outcomes = st.fixed_dictionaries(
    {"lead_id": ids, "won": st.sampled_from((True, False, "open"))},
    optional={"closed_at": times, "changed_at": times, "amount": st.sampled_from((5, 7)), "outcome_id": ids},
)
merges = st.just({"lead_id": "L1", "merged_id": "L2"})
messages = st.one_of(
    leads.map(lambda told: ("lead", told)),
    outcomes.map(lambda told: ("outcome", told)),
    merges.map(lambda told: ("merge", told)),
)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(messages, max_size=8))
def test_what_was_taken_is_in_the_history_and_says_there_what_the_service_says(
    sqlite: Store, told: list[tuple[str, Json]]
) -> None:
    wipe(sqlite)
    for kind, record in told:
        tell(sqlite, kind, record)

    checked = history_of(sqlite)

    assert checked.broken == ()
    with sqlite.reading() as connection:
        gone = {row.lead_id for row in connection.execute(sa.select(REMOVALS))}
        there = {row.lead_id for row in connection.execute(sa.select(LEADS))} - gone
        expected = {
            lead_id: reading.standing(of_lead)
            for lead_id, of_lead in reading.outcomes_of(connection, there).items()
            if reading.standing(of_lead) != "open"
        }
    assert {*checked.history.leads.lead_id} == there
    assert final(checked) == expected


def final(checked: CheckedHistory) -> dict[str, str]:
    """How each lead ended by the outcome that was recorded last."""
    outcomes = checked.history.outcomes
    return {
        checked.history.leads.lead_id[outcomes.lead[at]]: "won" if outcomes.won[at] else "lost"
        for at in np.argsort(outcomes.recorded_at)
    }


def test_a_close_long_before_the_creation_counts_as_at_once_and_that_is_told(sqlite: Store) -> None:
    assert tell(sqlite, "outcome", {"lead_id": "L1", "won": True, "closed_at": "2026-02-01"})
    assert tell(sqlite, "lead", {"lead_id": "L1", "fields": {}, "created_at": "2026-03-01T10:00:00+13:00"})

    checked = history_of(sqlite)

    assert checked.history.outcomes.closed_at.tolist() == checked.history.leads.created_at.tolist()
    assert any("1 lead closed before they were created" in note for note in checked.summary.notes)


def test_a_correction_before_the_creation_holds(sqlite: Store) -> None:
    for won, at in ((False, "2026-02-01T10:00:00Z"), (True, "2026-02-02T10:00:00Z")):
        assert tell(sqlite, "outcome", {"lead_id": "L1", "won": won, "closed_at": at, "changed_at": at})
    assert tell(sqlite, "lead", {"lead_id": "L1", "fields": {}, "created_at": "2026-03-01T10:00:00Z"})

    checked = history_of(sqlite)

    assert final(checked) == {"L1": "won"}
    assert checked.summary.passed["outcomes"] == {"corrected before the lead was created": 1}


@pytest.mark.parametrize(("closed_at", "taken"), [("1970-01-01", False), ("2099-12-31", False), ("1971-03-01", True)])
def test_a_day_that_stands_for_none_is_refused_as_in_files(sqlite: Store, closed_at: str, taken: bool) -> None:
    assert tell(sqlite, "outcome", {"lead_id": "L1", "won": True, "closed_at": closed_at}) == taken


def test_an_id_of_blanks_is_none(sqlite: Store) -> None:
    assert not tell(sqlite, "outcome", {"lead_id": "  ", "won": True, "closed_at": "2026-02-01"})
