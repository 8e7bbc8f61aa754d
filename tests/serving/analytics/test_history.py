"""One installation has one history: its export and what its service was told, each record once."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from features.leaks.labels import fates_of
from features.matrix.target_sums import fit_target_statistics
from features.records.checks import CheckedHistory
from features.records.clock import DAY, to_microseconds
from features.records.history import creations
from features.settings.schema import LeadSchema
from models.accountability.record import record_at
from models.close.labels import labels_known_at
from serving.analytics.history import read_history
from serving.intake.erasing import Erasure
from serving.schemas.problems import RefusedError
from serving.settings.settings import load_settings
from serving.store.erasing import erase_person
from serving.store.reading import outcomes_unknown
from serving.store.records import NewEvent, NewLead, NewOutcome
from serving.store.store import Store, open_store
from tests.serving.cli.commands.company import run
from training.samples.moments import open_leads

SETTINGS = """
[history]
source = "export"
[history.events]
table = "events"
[fields.budget]
role = "answer"
type = "number"
obstacle = "money"
[fields.source]
role = "channel"
[kinds.call]
obstacle = "trust"
"""
FILES = {
    "leads": [
        "lead_id,created_at,source,budget",
        "A,2026-01-01T00:00:00Z,web,100",
        "B,2026-01-02T00:00:00Z,fair,",
        "C,2026-01-03T00:00:00Z,web,300",
    ],
    "events": [
        "lead_id,kind,occurred_at,recorded_at,value,text",
        "A,call,2026-01-05T00:00:00Z,2026-01-05T00:00:00Z,,",
        "A,call,2026-01-06T00:00:00Z,2026-01-06T00:00:00Z,,",
        "A,call,2026-01-06T00:00:00Z,2026-01-06T00:00:00Z,,",
    ],
    "outcomes": [
        "lead_id,closed_at,recorded_at,won,amount",
        "A,2026-02-01T00:00:00Z,2026-02-02T00:00:00Z,true,1000",
        "C,2026-02-10T00:00:00Z,2026-02-10T00:00:00Z,false,",
    ],
}


def at(text: str) -> int:
    return to_microseconds(datetime.fromisoformat(text).replace(tzinfo=UTC))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "export").mkdir()
    for table, lines in FILES.items():
        (tmp_path / "export" / f"{table}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (tmp_path / "glengarry.toml").write_text(SETTINGS, encoding="utf-8")
    return tmp_path / "glengarry.toml"


@pytest.fixture
def store(file: Path) -> Store:
    settings = load_settings(file)
    return open_store(settings.store_url, settings.folder)


def read(file: Path) -> CheckedHistory:
    return read_history(load_settings(file))


def ends(checked: CheckedHistory) -> dict[str, tuple[bool, float]]:
    """Return how each lead stands: won, and the amount."""
    history = checked.history
    last = history.outcomes.last_of_each_lead()
    ids = history.leads.lead_id[last.lead]
    return {
        lead_id: (bool(won), float(amount)) for lead_id, won, amount in zip(ids, last.won, last.amount, strict=True)
    }


def test_without_a_store_the_export_stands_and_none_is_made(file: Path) -> None:
    checked = read(file)
    assert checked.summary.rows == {"leads": 3, "events": 3, "outcomes": 2}
    assert not (file.parent / "var").exists()


def test_an_empty_store_changes_nothing(file: Path) -> None:
    before = read(file)
    run("db", "upgrade", "--settings", file)
    assert read(file).fingerprint == before.fingerprint


def test_imported_records_stand_once(file: Path) -> None:
    before = read(file)
    run("import", "--settings", file)
    after = read(file)
    assert after.fingerprint == before.fingerprint
    assert after.summary.rows == before.summary.rows
    assert "0 leads, 0 events, 0 outcomes stand in the store alone" in " ".join(after.summary.notes)


@pytest.mark.parametrize("imported", [True, False])
def test_an_outcome_told_to_the_service_closes_a_lead_of_the_export(file: Path, store: Store, imported: bool) -> None:
    """Also where the service does not have the lead, so that in its store the outcome waits."""
    if imported:
        run("import", "--settings", file)
    store.add_outcomes([NewOutcome("B", at("2026-03-01"), won=True, amount=50.0)], at("2026-03-01"))
    checked = read(file)
    assert ends(checked) == {"A": (True, 1000.0), "B": (True, 50.0), "C": (False, pytest.approx(np.nan, nan_ok=True))}
    assert checked.summary.rows["outcomes"] == 3
    assert (checked.summary.won, checked.summary.lost, checked.summary.open) == (2, 1, 0)
    assert "0 events, 1 outcome stand in the store alone" in " ".join(checked.summary.notes)


def test_of_two_outcomes_the_later_recorded_holds_whichever_told_it(file: Path, store: Store) -> None:
    store.add_outcomes([NewOutcome("A", at("2026-02-01"), won=False, recorded_at=at("2026-02-01"))], at("2026-03-01"))
    store.add_outcomes([NewOutcome("C", at("2026-02-20"), won=True, recorded_at=at("2026-02-21"))], at("2026-03-01"))
    told = ends(read(file))
    assert (told["A"][0], told["C"][0]) == (True, True)


def test_of_two_outcomes_at_one_time_the_one_told_to_the_service_holds(file: Path, store: Store) -> None:
    store.add_outcomes([NewOutcome("A", at("2026-02-01"), won=False, recorded_at=at("2026-02-02"))], at("2026-03-01"))
    checked = read(file)
    assert ends(checked)["A"][0] is False
    assert len(checked.history.outcomes) == 2


def test_an_event_known_to_both_counts_once_and_one_that_happened_twice_stays_two(file: Path, store: Store) -> None:
    """The export has one call of the 5th and two of the 6th; the service is told the first and a third of the 6th."""
    times = [at("2026-01-05"), *[at("2026-01-06")] * 3]
    told = [NewEvent("A", "call", time, f"crm-{number}", recorded_at=time) for number, time in enumerate(times)]
    store.add_leads([NewLead("A", {"source": "web", "budget": 100}, at("2026-01-01"))], at("2026-01-01"))
    store.add_events(told, at("2026-03-01"))
    assert len(read(file).history.events) == 4
    assert len(read_export_alone(file).history.events) == 3


def read_export_alone(file: Path) -> CheckedHistory:
    alone = file.with_name("alone.toml")
    alone.write_text(SETTINGS + "[store]\nlearned_from = false\n", encoding="utf-8")
    return read(alone)


def test_a_lead_of_the_service_alone_counts_once_outcomes_are_told(file: Path, store: Store) -> None:
    """Until then nobody can tell what became of leads after the export."""
    store.add_leads([NewLead("D", {"source": "web"}, at("2026-03-05"))], at("2026-03-05"))
    before = read(file)
    assert "D" not in before.history.leads.lead_id
    assert "1 lead of the store came in after 2026-02-10 00:00 UTC" in " ".join(before.summary.notes)
    store.add_outcomes([NewOutcome("D", at("2026-03-09"), won=True)], at("2026-03-09"))
    after = read(file)
    assert set(after.history.leads.lead_id) == {"A", "B", "C", "D"}
    assert after.history.known_until > at("2026-03-09")


def test_what_a_lead_said_later_is_an_answer_given_then(file: Path, store: Store) -> None:
    store.add_leads([NewLead("B", {"source": "web", "budget": 250}, at("2026-01-09"))], at("2026-01-09"))
    history = read(file).history
    (b,) = np.flatnonzero(history.leads.lead_id == "B")
    assert history.leads.created_at[b] == at("2026-01-02")
    assert np.isnan(history.leads.fields["budget"][b])
    assert history.leads.channels["source"][b] == "fair"
    (answer,) = np.flatnonzero(history.events.kind == history.schema.event_codes["budget"])
    events = history.events
    assert (events.lead[answer], events.recorded_at[answer], events.value[answer]) == (b, at("2026-01-09"), 250)


def test_of_two_rows_of_one_time_the_services_holds_and_the_export_fills_in(file: Path, store: Store) -> None:
    store.add_leads([NewLead("A", {"budget": 7}, at("2026-01-01"))], at("2026-01-01"))
    history = read(file).history
    (a,) = np.flatnonzero(history.leads.lead_id == "A")
    assert (history.leads.fields["budget"][a], history.leads.channels["source"][a]) == (7, "web")


def test_an_erased_lead_does_not_come_back_with_an_export(file: Path, store: Store) -> None:
    run("import", "--settings", file)
    with store.writing(at("2026-03-01")) as transaction:
        erase_person(transaction, load_settings(file).lead_schema, "A", "erased-1")
    checked = read(file)
    assert set(checked.history.leads.lead_id) == {"B", "C", "erased-1"}
    assert (checked.summary.won, checked.summary.lost, checked.summary.open) == (1, 1, 1)
    assert "1 lead of the export left out, having been erased" in " ".join(checked.summary.notes)
    more = file.parent / "export" / "leads.csv"
    more.write_text(more.read_text(encoding="utf-8") + "E,2026-01-04T00:00:00Z,web,\n", encoding="utf-8")
    assert "having been erased" in run("import", "--settings", file).stdout
    assert set(read(file).history.leads.lead_id) == {"B", "C", "E", "erased-1"}


def test_a_history_of_the_export_alone_says_so(file: Path, store: Store) -> None:
    store.add_outcomes([NewOutcome("B", at("2026-03-01"), won=True)], at("2026-03-01"))
    checked = read_export_alone(file)
    assert "B" not in ends(checked)
    told = run("check", "--json", "--settings", file.with_name("alone.toml"))
    assert "Nothing is learned from what the service is told" in told.stderr
    assert json.loads(told.stdout)["summary"]["won"] == 1


def test_nothing_recorded_later_changes_what_was_known(file: Path, store: Store) -> None:
    """The law of a history holds for two as one."""
    before = read(file).history.as_known_at(at("2026-02-05"))
    store.add_events([NewEvent("A", "call", at("2026-01-09"))], at("2026-03-01"))
    store.add_outcomes([NewOutcome("B", at("2026-01-09"), won=True)], at("2026-03-01"))
    after = read(file).history.as_known_at(at("2026-02-05"))
    assert len(after.events) == len(before.events)
    assert len(after.outcomes) == len(before.outcomes) == 1
    assert after.leads.created_at.max() < at("2026-02-05") + DAY


def erase_of_the_export_alone(store: Store) -> None:
    with store.writing(at("2026-03-01")) as transaction:
        Erasure(LeadSchema(), "A", "erased-1", "k", beside_export=True).write(transaction)


@pytest.mark.parametrize("read_by", [read, read_export_alone])
def test_a_lead_of_the_export_alone_is_erased_from_every_reading(
    file: Path, store: Store, read_by: Callable[[Path], CheckedHistory]
) -> None:
    """The store, which holds nothing else, is asked also where the export alone is learned from."""
    erase_of_the_export_alone(store)
    checked = read_by(file)
    assert set(checked.history.leads.lead_id) == {"B", "C"}
    assert (checked.summary.won, checked.summary.lost, checked.summary.open) == (0, 1, 1)
    assert "1 lead of the export left out, having been erased" in " ".join(checked.summary.notes)


def test_an_id_that_nobody_knows_is_not_erased_where_there_is_no_export(store: Store) -> None:
    with store.writing(at("2026-03-01")) as transaction, pytest.raises(RefusedError, match="must be a lead's"):
        Erasure(LeadSchema(), "A", "erased-1", "k").write(transaction)


def test_an_outcome_told_late_with_an_old_time_is_not_known_to_a_model_that_learned_before(
    file: Path, store: Store
) -> None:
    store.add_outcomes([NewOutcome("A", at("2026-03-01"), won=True)], at("2026-03-01"))
    before = read(file)
    assert before.told_until is not None
    old = NewOutcome("B", at("2026-01-09"), won=True, recorded_at=at("2026-01-09"))
    store.add_outcomes([old], at("2026-03-05"))
    assert store.ask(outcomes_unknown, before.history.known_until, before.told_until) == 1
    assert store.ask(outcomes_unknown, before.history.known_until, None) == 0  # by its own time nobody would see it
    after = read(file)
    assert after.told_until is not None
    assert after.told_until > before.told_until
    assert store.ask(outcomes_unknown, after.history.known_until, after.told_until) == 0
    assert read_export_alone(file).told_until is None


def test_leads_of_which_the_service_was_told_nothing_are_followed_until_the_export_ends(
    file: Path, store: Store
) -> None:
    """B and E are of the export alone; of B the service hears a call, of E nothing, and of D, which it alone has, a win."""
    leads = file.parent / "export" / "leads.csv"
    leads.write_text(leads.read_text(encoding="utf-8") + "E,2026-01-04T00:00:00Z,web,\n", encoding="utf-8")
    assert read(file).history.leads.followed_until is None
    store.add_leads([NewLead("D", {"source": "web"}, at("2026-03-05"))], at("2026-03-05"))
    store.add_events([NewEvent("B", "call", at("2026-03-06"))], at("2026-03-06"))
    store.add_outcomes([NewOutcome("D", at("2026-03-09"), won=True)], at("2026-03-09"))
    checked = read(file)
    history = checked.history
    followed = dict(
        zip(history.leads.lead_id, history.followed(np.arange(5, dtype=np.int32), at("2026-12-31")), strict=True)
    )
    end = at("2026-02-10")
    assert {lead_id: time == end for lead_id, time in followed.items()} == {
        "A": True,
        "B": False,  # of which it was told on the sixth of March
        "C": True,
        "D": False,
        "E": True,
    }
    labels = labels_known_at(history, creations(history), at("2026-12-31"))
    assert dict(zip(history.leads.lead_id, labels.determined, strict=True)) == {
        "A": True,  # won in the export
        "B": True,  # ninety days have passed in which the service heard of it
        "C": True,  # lost in the export
        "D": True,
        "E": False,  # nobody would have told
    }
    record = record_at(history, at("2026-12-31"))
    assert dict(zip(history.leads.lead_id, record.matured, strict=True))["E"] is np.False_
    assert set(history.leads.lead_id[open_leads(history).lead]) == {"B"}
    settled = fates_of(history).settled
    assert dict(zip(history.leads.lead_id, settled, strict=True)) == dict(
        zip(history.leads.lead_id, labels.determined, strict=True)
    )
    books, ever = fit_target_statistics(history), [40_000]
    counts = books.tally(np.array([[0]]), np.array([books.closed_day]), ever)[0, 0, 0]
    assert counts[:2].tolist() == [5, 4]  # leads, and how many of them were settled
    assert "1 open lead of the export alone" in " ".join(checked.summary.notes)
