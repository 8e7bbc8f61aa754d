"""Forgetting a person: what a lead said that could be anybody's stays for training, everything else goes.

What stays: answers of a list, numbers, dates and yes or no; channels; kinds and times of events; how it ended; the numbers behind its scores.
What stays beside it are tombstones (`serving.store.tombstones`), by which whatever still has the person is kept from bringing them back.
What goes: its id, free texts, profile and context (but admitted values of a list), ids that others gave, sentences, comments, and kept
answers, which are forgotten last.
"""

import re
from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa

from features.records.parsing.values import is_missing, text_of
from features.settings.fields import LeadField
from features.settings.schema import LeadSchema
from serving.store import reading
from serving.store.accounts import forget_account
from serving.store.acts import forget_acts
from serving.store.backlog import forget_notices
from serving.store.lead_status import ERASED
from serving.store.leftovers import forget_contacts, forget_leftovers
from serving.store.letters import forget_letter_links
from serving.store.records import Event
from serving.store.retelling import tellings_of
from serving.store.tables import (
    CALL_LEADS,
    CALLS,
    CRM_RECORDS,
    EVENTS,
    FEEDBACK,
    LEADS,
    OUTCOMES,
    REMOVALS,
    SCORES,
    SET_ASIDE,
    SNAPSHOTS,
)
from serving.store.tombstones import add_tombstones, contact_marks, mails_of, person_marks
from serving.store.transaction import Transaction, staying


def erase_person(transaction: Transaction, schema: LeadSchema, lead_id: str, alias: str) -> list[str]:
    """Erase the person behind a lead; return the ids of the leads that were this person, none if there was nothing.

    Leads that were merged are one person, whichever of them is named, and so are leads with one mail address: by it whatever is told of them
    would be kept out from then on. Answers are kept at the end of a transaction, and `forget_answers` is for then.
    """
    ids = ids_of_person(transaction.connection, schema, lead_id)
    aliases = {one: alias if number == 0 else f"{alias}-{number}" for number, one in enumerate(ids)}
    contacts = person_marks(schema, [fields for one in ids for fields in _known_of(transaction.connection, one)])
    erased = [one for one in ids if _erase_lead(transaction, schema, one, aliases[one])]
    if not erased:
        return []
    for one in ids:
        add_tombstones(transaction, one, alias, contacts)
        forget_notices(transaction.connection, one)
        forget_letter_links(transaction.connection, one)
        _rename_removals(transaction.connection, one, aliases[one])
    forget_contacts(transaction.connection, contacts)
    transaction.has_erased = True
    return ids


def ids_of_person(connection: sa.Connection, schema: LeadSchema, lead_id: str) -> list[str]:
    """Return the ids of all leads that are the person behind one: of the lead that stays, of those that were merged into it, and of those with its mail addresses."""
    ids = _ids_of_merged(connection, lead_id)
    known = [fields for one in ids for fields in _known_of(connection, one)]
    for other in leads_with_mails(connection, schema, person_marks(schema, known)):
        ids += [one for one in _ids_of_merged(connection, other) if one not in ids]
    return ids


def _ids_of_merged(connection: sa.Connection, lead_id: str) -> list[str]:
    ids = [staying(connection, lead_id)]
    for one in ids:
        query = sa.select(REMOVALS.c.lead_id).where(REMOVALS.c.into == one).order_by(REMOVALS.c.lead_id)
        ids += [other for other in connection.execute(query).scalars() if other not in ids]
    return ids


def leads_with_mails(connection: sa.Connection, schema: LeadSchema, marks: Collection[str]) -> list[str]:
    """Return the ids of leads that give one of the mail addresses of which these are the marks: all leads are looked through, once."""
    mails = mails_of(marks)
    found: list[str] = []
    for mail in mails:
        part = max(re.findall(r"[ -!#-\[\]-~]+", mail), key=len)  # as it stands in JSON
        query = sa.select(LEADS.c.lead_id, LEADS.c.fields).where(
            LEADS.c.erased_at.is_(None), sa.cast(LEADS.c.fields, sa.Text).icontains(part, autoescape=True)
        )
        near = connection.execute(query.order_by(LEADS.c.lead_id)).all()
        found += [row.lead_id for row in near if mail in mails_of(contact_marks(schema, row.fields))]
    return list(dict.fromkeys(found))


def _rename_removals(connection: sa.Connection, lead_id: str, alias: str) -> None:
    """Keep that a lead was merged or deleted, under its alias: training is to leave it out as before."""
    for column in (REMOVALS.c.lead_id, REMOVALS.c.into):
        connection.execute(sa.update(REMOVALS).where(column == lead_id).values({column.name: alias}))


def _erase_lead(transaction: Transaction, schema: LeadSchema, lead_id: str, alias: str) -> bool:
    """Erase one lead, and records that wait for it; what stays is under an alias. Return whether there was anything."""
    connection = transaction.connection
    lead = reading.leads_of(connection, [lead_id]).get(lead_id)
    events = reading.events_of(connection, [lead_id]).get(lead_id, [])
    outcomes = reading.outcomes_of(connection, [lead_id]).get(lead_id, [])
    rest = forget_leftovers(connection, lead_id)
    for table in (SET_ASIDE, SNAPSHOTS, CRM_RECORDS):
        rest += connection.execute(sa.delete(table).where(table.c.lead_id == lead_id)).rowcount
    if lead is None and not events and not outcomes:
        return rest > 0
    if lead is not None:
        kept = {
            "lead_id": alias,
            "fields": impersonal_fields(schema, lead.fields),
            "digest": "",
            "erased_at": transaction.tick(),
            "name": None,
            "searched": None,
            "mark": None,
            "seal": None,
            "before": None,
            "status": ERASED,
            "account": forget_account(connection, lead.account),
        }
        connection.execute(sa.update(LEADS).where(LEADS.c.lead_id == lead_id).values(kept))
        # Scores and feedback follow the lead's id by their foreign keys.
        connection.execute(sa.update(SCORES).where(SCORES.c.lead_id == alias).values(answer=None, seal=None))
        said = sa.update(FEEDBACK).where(FEEDBACK.c.lead_id == alias)
        connection.execute(said.values(comment=None, subject=None))
        forget_acts(connection, lead_id, alias)
    for number, event in enumerate(events):
        _erase_event(connection, schema, event, alias, number)
    gone = {"lead_id": alias, "reason": None, "outcome_id": ""}
    connection.execute(sa.update(OUTCOMES).where(OUTCOMES.c.lead_id == lead_id).values(gone))
    return True


def forget_in_exports(transaction: Transaction, lead_id: str, alias: str) -> None:
    """Keep what an id is known again by, so that nothing brings its lead in."""
    add_tombstones(transaction, lead_id, alias)


def _known_of(connection: sa.Connection, lead_id: str) -> list[Mapping[str, Any]]:
    """Return the fields of a lead as they were ever told."""
    lead = reading.leads_of(connection, [lead_id]).get(lead_id)
    known: list[Mapping[str, Any]] = []
    if lead is not None:
        known += [lead.fields, *(before["fields"] for before in lead.before or ())]
    known += [telling.fields for telling in tellings_of(connection, lead_id)]
    aside = sa.select(SET_ASIDE.c.name, SET_ASIDE.c.value).where(SET_ASIDE.c.lead_id == lead_id)
    return [*known, *({row.name: row.value} for row in connection.execute(aside))]


def _erase_event(connection: sa.Connection, schema: LeadSchema, event: Event, alias: str, number: int) -> None:
    answer = schema.answers.get(event.kind)
    text = None if answer is None or event.text is None else impersonal(answer, event.text)
    same = (EVENTS.c.lead_id, EVENTS.c.kind, EVENTS.c.occurred_at, EVENTS.c.event_id)
    values = (event.lead_id, event.kind, event.occurred_at, event.event_id)
    kept = {
        "lead_id": alias,
        "event_id": str(number),
        "text": None if text is None else text_of(text),
        "digest": "",
        "seal": None,
    }
    conditions = [column == value for column, value in zip(same, values, strict=True)]
    connection.execute(sa.update(EVENTS).where(*conditions).values(kept))


def forget_answers(connection: sa.Connection, lead_id: str) -> None:
    """Delete the kept answers that speak of a lead."""
    mine = CALL_LEADS.c.lead_id == lead_id
    told = sa.exists().where(
        mine, CALL_LEADS.c.key_id == CALLS.c.key_id, CALL_LEADS.c.idempotency_key == CALLS.c.idempotency_key
    )
    connection.execute(sa.delete(CALLS).where(told))
    connection.execute(sa.delete(CALL_LEADS).where(mine))


def impersonal_fields(schema: LeadSchema, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return what may stay of a lead's fields."""
    kept = {name: impersonal(schema.fields[name], value) for name, value in fields.items() if name in schema.fields}
    return {name: value for name, value in kept.items() if value is not None}


def impersonal(field: LeadField, value: Any) -> Any:
    """Return a value if it could be anybody's, None otherwise.

    Examples
    --------
    >>> budget = LeadField(role="answer", obstacle="money", values=("none", "some"), others=True)
    >>> impersonal(budget, "some"), impersonal(budget, "ask Jane Roe"), impersonal(LeadField(role="late"), "some")
    ('some', 'other', None)
    """
    listed = (
        field.type == "category" and text_of(value) in field.values if isinstance(value, str | int | float) else False
    )
    match field.role:
        case "channel":
            return value
        case "answer" if field.type == "category" and not listed and field.others and not is_missing(field, value):
            return "other"
        case "answer":
            return value if listed or field.type in ("number", "flag", "date") else None
        case _:
            return value if listed and field.admitted else None
