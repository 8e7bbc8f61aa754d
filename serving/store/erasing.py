"""Forgetting a person: what a lead said that could be anybody's stays for training, everything else goes.

What stays: answers of a list, numbers, dates and yes or no; channels; kinds and times of events; how it ended; the numbers behind its scores.
What goes: its id, free texts, profile and context (but admitted values of a list), ids that others gave, sentences, comments, and kept
answers, which are forgotten last.
"""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from features.fields import is_missing, text_of
from features.settings import LeadField, LeadSchema
from serving.store import reading
from serving.store.records import Event
from serving.store.standing import ERASED
from serving.store.tables import CALL_LEADS, CALLS, EVENTS, FEEDBACK, LEADS, OUTCOMES, SCORES
from serving.store.transaction import Transaction


def erase_lead(transaction: Transaction, schema: LeadSchema, lead_id: str, alias: str) -> bool:
    """Erase the person behind a lead, and records that wait for it; what stays is under an alias. Return whether there was anything.

    Answers are kept at the end of a transaction, and `forget_answers` is for then.
    """
    connection = transaction.connection
    lead = reading.leads_of(connection, [lead_id]).get(lead_id)
    events = reading.events_of(connection, [lead_id]).get(lead_id, [])
    outcomes = reading.outcomes_of(connection, [lead_id]).get(lead_id, [])
    if lead is None and not events and not outcomes:
        return False
    if lead is not None:
        kept = {
            "lead_id": alias,
            "fields": impersonal_fields(schema, lead.fields),
            "digest": "",
            "erased_at": transaction.tick(),
            "name": None,
            "searched": None,
            "status": ERASED,
        }
        connection.execute(sa.update(LEADS).where(LEADS.c.lead_id == lead_id).values(kept))
        # Scores and feedback follow the lead's id by their foreign keys.
        connection.execute(sa.update(SCORES).where(SCORES.c.lead_id == alias).values(answer=None))
        said = sa.update(FEEDBACK).where(FEEDBACK.c.lead_id == alias)
        connection.execute(said.values(comment=None, subject=None))
    for number, event in enumerate(events):
        _erase_event(connection, schema, event, alias, number)
    gone = {"lead_id": alias, "reason": None, "outcome_id": ""}
    connection.execute(sa.update(OUTCOMES).where(OUTCOMES.c.lead_id == lead_id).values(gone))
    return True


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
