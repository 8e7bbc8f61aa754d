"""Leads of one account in the store: found by an index, scored with the features of a training, and forgotten with the person."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from features.matrix.matrix import catalogue, feature_matrix
from features.matrix.target_sums import fit_target_statistics
from features.records.checks import check_history
from features.records.clock import DAY, to_datetime, to_microseconds
from features.records.history import Moments
from features.records.leads.checking import read_lead, to_history
from features.settings.schema import LeadSchema
from serving.intake.colleagues import AccountRecords, known_by
from serving.intake.lead_checks import read_lead as read_new
from serving.intake.scoring import Moment, to_record
from serving.intake.snapshots import Snapshot, tell
from serving.settings.store_source import history_source
from serving.store import reading
from serving.store.accounts import account_key, fill_accounts, leads_of_accounts
from serving.store.erasing import erase_person
from serving.store.records import NewEvent, NewLead, NewOutcome
from serving.store.store import Store
from serving.store.tables import LEADS

START = to_microseconds(datetime(2026, 1, 1, tzinfo=UTC))
SCHEMA = LeadSchema.model_validate(
    {
        "fields": {
            "mail": {"role": "account"},
            "seats": {"role": "answer", "type": "number", "obstacle": "need"},
            "source": {"role": "channel"},
        },
        "kinds": {"demo": {"obstacle": "desire", "actor": "lead"}, "call": {"obstacle": "trust", "actor": "rep"}},
    }
)
MAILS = ("jo@acme.com", "Ann <ann@ACME.com>", "x@steel.de", "me@gmail.com", None, "bo@acme.com", "you@gmail.com")


def told(store: Store) -> None:
    """Tell of seven leads, one a day, with events and outcomes between."""
    for number, mail in enumerate(MAILS):
        at = START + number * DAY
        record = {"fields": {"mail": mail, "seats": number, "source": "web"}}
        store.add_leads([read_new(SCHEMA, record, to_datetime(at), f"L{number}")], at)
    rng = np.random.default_rng(5)
    for number in range(60):
        at = START + int(rng.integers(10, 80)) * DAY
        lead, kind = f"L{rng.integers(len(MAILS))}", rng.choice(["demo", "call", "seats"])
        value, text = (None, "7") if kind == "seats" else (float(number), None)
        store.add_events([NewEvent(lead, str(kind), at - 3 * DAY, str(number), value, text)], at)
    for lead, day, won in (("L1", 20, False), ("L1", 31, True), ("L5", 40, True), ("L2", 50, False)):
        store.add_outcomes([NewOutcome(lead, START + day * DAY, won)], START + (day + 1) * DAY)


def test_the_service_sees_of_colleagues_what_a_training_sees_to_the_last_bit(store: Store) -> None:
    told(store)
    source = history_source(store.engine.url.render_as_string(hide_password=False))
    history = check_history(source, SCHEMA, to_datetime(START + 900 * DAY), Path()).history
    places = [
        Moment(f"L{number}", START + day * DAY) for day in (8, 25, 38, 45, 79, 120) for number in range(len(MAILS))
    ]
    position = {lead_id: at for at, lead_id in enumerate(history.leads.lead_id)}
    moments = Moments(
        np.array([position[place.lead_id] for place in places], np.int32), np.array([place.as_of for place in places])
    )
    books = fit_target_statistics(history)
    trained = feature_matrix(history, moments, books)
    with store.reading() as connection:
        leads, events = reading.leads_of(connection, position), reading.events_of(connection, position)
        account = AccountRecords.read(connection, leads.values(), START + 900 * DAY)
    records = [
        to_record(SCHEMA, leads[one.lead_id], known_by(events.get(one.lead_id, ()), one.as_of), one)
        | account.beside(SCHEMA, leads[one.lead_id], one.as_of)
        for one in places
    ]
    together = to_history(SCHEMA, [read_lead(SCHEMA, record, datetime.now(UTC)) for record in records])
    served = feature_matrix(*together, books)
    np.testing.assert_array_equal(served.view(np.int32), trained.view(np.int32))
    columns = [place for place, feature in enumerate(catalogue(SCHEMA)) if feature.subject == "mail"]
    assert np.nanmax(trained[:, columns]) > 2
    alone = [feature_matrix(*to_history(SCHEMA, [read_lead(SCHEMA, one, datetime.now(UTC))]), books) for one in records]
    np.testing.assert_array_equal(np.concatenate(alone).view(np.int32), trained.view(np.int32))


def test_leads_of_an_account_are_found_without_a_scan(store: Store) -> None:
    told(store)
    key = account_key(SCHEMA, {"mail": "anybody@acme.com"})
    assert key is not None
    with store.reading() as connection:
        found = leads_of_accounts(connection, [key, "mail:"], START + 900 * DAY, 10)
        assert {account: [lead.lead_id for lead in leads] for account, leads in found.items()} == {
            key: ["L0", "L1", "L5"]
        }
        assert [lead.lead_id for lead in leads_of_accounts(connection, [key], START + 3 * DAY, 10)[key]] == ["L0", "L1"]
        assert [lead.lead_id for lead in leads_of_accounts(connection, [key], START + 900 * DAY, 2)[key]] == [
            "L0",
            "L1",
        ]
        if connection.dialect.name == "sqlite":
            plan = connection.execute(
                sa.text("EXPLAIN QUERY PLAN SELECT lead_id FROM leads WHERE account = 'x' AND stored_at <= 'y'")
            )
            assert "leads_by_account" in str(plan.all())


def test_leads_that_other_settings_stored_are_told_anew(store: Store) -> None:
    before = LeadSchema.model_validate(
        {"fields": {"company": {"role": "account"}, "mail": {"role": "profile", "type": "text"}}}
    )
    for number in range(3):
        fields = {"mail": f"n{number}@acme.com", "company": f"C{number}"}
        store.add_leads([NewLead(f"L{number}", fields, START, account=account_key(before, fields))], START)
    store.add_leads([NewLead("old", {"mail": "o@acme.com"}, START), NewLead("none", {}, START)], START)
    assert fill_accounts(store, SCHEMA, START) == 5
    assert fill_accounts(store, SCHEMA, START) == 0
    assert fill_accounts(store, LeadSchema(), START) == 0
    key = account_key(SCHEMA, {"mail": "x@acme.com"})
    assert key is not None
    found = store.ask(leads_of_accounts, [key], START + DAY, 10)
    assert sorted(lead.lead_id for lead in found[key]) == ["L0", "L1", "L2", "old"]


@pytest.mark.parametrize(("lead_id", "stays"), [("L0", True), ("L2", False)])
def test_an_erased_lead_stays_with_its_account_only_where_others_are_scored_with_it(
    store: Store, lead_id: str, stays: bool
) -> None:
    told(store)
    with store.writing(START + 100 * DAY) as transaction:
        erase_person(transaction, SCHEMA, lead_id, "erased-1")
    with store.reading() as connection:
        account = connection.execute(sa.select(LEADS.c.account).where(LEADS.c.lead_id == "erased-1")).scalar_one()
    assert (account != "mail:") == stays
    assert "acme" not in account


def test_a_lead_that_is_told_again_with_another_company_belongs_to_that_one(store: Store) -> None:
    def snapshot(lead_id: str, mail: str, day: int) -> Snapshot:
        return Snapshot(NewLead(lead_id, {"mail": mail}, START), START + day * DAY)

    def colleagues(lead_id: str, day: int) -> int | None:
        with store.reading() as connection:
            lead = reading.leads_of(connection, [lead_id])[lead_id]
            account = AccountRecords.read(connection, [lead], START + 900 * DAY)
        beside = account.beside(SCHEMA, lead, START + day * DAY)
        return len(beside["account_leads"]) if beside else None

    told(store)  # L0, L1 and L5 are of acme.com, L2 of steel.de
    for told_at, mail, day in ((120, "jo@acme.com", 20), (130, "jo@steel.de", 10)):  # the earlier comes late
        with store.writing(START + told_at * DAY) as transaction:
            tell(transaction, SCHEMA, snapshot("new", mail, day))
    assert [colleagues("new", day) for day in (125, 140)] == [3, 1]
    assert [colleagues("L2", day) for day in (125, 140)] == [0, 1]
    assert colleagues("L0", 140) == 2
