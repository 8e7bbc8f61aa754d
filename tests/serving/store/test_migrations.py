"""A store of an earlier version is brought up to date with what it holds."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.operations import Operations

from features.records.marks import mark_of
from serving.store import listing, reading
from serving.store.listing import ListingPage
from serving.store.migrations.versions import v0005_search
from serving.store.schema import newest, upgrade, version_of
from serving.store.store import Store
from serving.store.tombstones import tombstones


def test_queue_of_old_rows_is_filled(empty_url: str) -> None:
    store = Store(empty_url)
    upgrade(store.engine, "0001")
    t1, t2 = "2026-01-01T00:00:00.000000+00:00", "2026-01-02T00:00:00.000000+00:00"
    answer = json.dumps({"decision": {"expected_value": 12.5, "route": "rep", "step": "target"}})
    with store.engine.begin() as connection:
        for lead_id in ("open", "won", "undecided"):
            connection.execute(
                sa.text(
                    "INSERT INTO leads (lead_id, created_at, fields, digest, stored_at, scored_as_of, probability)"
                    " VALUES (:lead, :at, '{}', '', :at, :at, 0.5)"
                ),
                {"lead": lead_id, "at": t2},
            )
            for at, told in ((t1, "{}"), (t2, "{}" if lead_id == "undecided" else answer)):
                connection.execute(
                    sa.text("INSERT INTO scores VALUES (:lead, :at, 'close', '1', 0.5, '[]', '[]', :told)"),
                    {"lead": lead_id, "at": at, "told": told},
                )
        for at, rep in ((t1, "R1"), (t2, "R2")):
            connection.execute(
                sa.text(
                    "INSERT INTO events (lead_id, kind, occurred_at, event_id, recorded_at, rep_id, digest, stored_at)"
                    " VALUES ('open', 'call', :at, '', :at, :rep, '', :at)"
                ),
                {"at": at, "rep": rep},
            )
        for at, won in ((t1, False), (t2, True)):
            connection.execute(
                sa.text(
                    "INSERT INTO outcomes (lead_id, closed_at, digest, outcome_id, recorded_at, won, stored_at)"
                    " VALUES ('won', :at, :name, '', :at, :won, :at)"
                ),
                {"at": at, "won": won, "name": at},
            )
    store.upgrade()

    found = {lead.lead_id: lead for lead in store.ask(listing.list_leads, ListingPage())}
    store.close()
    first = found["open"]
    assert {name: lead.status for name, lead in found.items()} == {"open": "open", "won": "won", "undecided": "open"}
    assert (first.expected_value, first.route, first.step, first.owner) == (12.5, "rep", "target", "R2")
    assert first.changed_at == first.scored_as_of
    assert (found["undecided"].expected_value, found["undecided"].route) == (None, None)


def test_old_rows_are_found_by_a_search_but_for_erased_ones(empty_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(v0005_search, "AT_ONCE", 2)
    store = Store(empty_url)
    upgrade(store.engine, "0004")
    at = "2026-01-01T00:00:00.000000+00:00"
    leads = [(f"L{n}", f"MÜLLER {n}", None) for n in range(5)] + [("L5", None, None), ("erased-1", None, at)]
    with store.engine.begin() as connection:
        for lead_id, name, erased_at in leads:
            connection.execute(
                sa.text(
                    "INSERT INTO leads (lead_id, created_at, fields, digest, stored_at, name, erased_at)"
                    " VALUES (:lead, :at, '{}', '', :at, :name, :erased)"
                ),
                {"lead": lead_id, "at": at, "name": name, "erased": erased_at},
            )
    store.upgrade()

    def found(search: str) -> set[str]:
        return {lead.lead_id for lead in store.ask(listing.list_leads, ListingPage(search=search))}

    assert found("müller") == {f"L{n}" for n in range(5)}
    assert found("l5") == {"L5"}
    assert found("erased") == set()
    store.close()


def test_erased_leads_of_before_are_known_by_keyed_tombstones(empty_url: str) -> None:
    store = Store(empty_url)
    upgrade(store.engine, "0009")
    before = hashlib.sha256(b"erased lead L1").hexdigest()
    with store.engine.begin() as connection:
        put = sa.text("INSERT INTO erasures (digest, erased_at) VALUES (:digest, :at)")
        connection.execute(put, {"digest": before, "at": "2026-01-01T00:00:00.000000+00:00"})
        lead = sa.text(
            "INSERT INTO leads (lead_id, created_at, fields, digest, stored_at) VALUES ('L2', :at, '{}', '', :at)"
        )
        connection.execute(lead, {"at": "2026-01-01T00:00:00.000000+00:00"})
    store.upgrade()

    found = store.ask(tombstones)
    marks = store.ask(reading.ids_of_marks, [mark_of("L1"), mark_of("L2")])
    store.close()
    assert found.among(["L1", "L2"]) == {"L1"}
    assert before not in found.digests
    assert marks == {mark_of("L2"): "L2"}


@pytest.mark.parametrize("from_version", ["", "0004"])
def test_migration_that_is_stopped_in_the_middle_is_done_again_whole(
    empty_url: str, from_version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(empty_url)
    if from_version:
        upgrade(store.engine, from_version)
        with store.engine.begin() as connection:
            lead = (
                "INSERT INTO leads (lead_id, created_at, fields, digest, stored_at) VALUES ('L1', :at, '{}', '', :at)"
            )
            connection.execute(sa.text(lead), {"at": "2026-01-01T00:00:00.000000+00:00"})
    make = Operations.create_table

    def stopped(self: Operations, name: str, *columns: Any, **more: Any) -> Any:
        made = make(self, name, *columns, **more)
        if name == "sessions":
            raise KeyboardInterrupt
        return made

    with monkeypatch.context() as patched:
        patched.setattr(Operations, "create_table", stopped)
        with pytest.raises(KeyboardInterrupt):
            store.upgrade()
    names = set(sa.inspect(store.engine).get_table_names())
    assert not names & {"sessions", "erasure_key"}
    assert ("leads" in names) == bool(from_version)

    assert store.upgrade() == newest()
    assert store.ask(version_of) == newest()
    if from_version:
        assert set(store.ask(reading.leads_of, ["L1"])) == {"L1"}
    store.close()
