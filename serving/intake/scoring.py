"""Scoring what is stored: a lead as of a moment, by the records that the store had by then."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import sqlalchemy as sa

from features.records.clock import EPOCH, to_datetime
from features.records.leads.set_aside import problem_of, readable
from features.records.parsing.values import text_of
from features.settings.schema import LeadSchema
from serving.champion.champion import Champion, Scored
from serving.intake.colleagues import UNSAID, AccountRecords, event_record, known_by
from serving.schemas.score import Problem
from serving.store import reading
from serving.store.records import Event, Lead, Listed, StoredScore

NAMED_BY = 2
"""So many fields name a lead in a list, in the order of the settings: a person and a firm, say."""
LONGEST_SHOWN = 80
"""Characters of a source or a name in a list; a database's index does not hold any number."""


class Moment(NamedTuple):
    """A lead, and the moment as of which it is scored (microseconds UTC)."""

    lead_id: str
    as_of: int


def score_places(
    champion: Champion, connection: sa.Connection, places: Sequence[Moment]
) -> dict[Moment, StoredScore | Problem]:
    """Score leads at moments, all in one go; leads that are not there, or came later, are left out."""
    schema, ids = champion.model.schema, {place.lead_id for place in places}
    leads, events = reading.leads_of(connection, ids), reading.events_of(connection, ids)
    there = [place for place in places if place.lead_id in leads and leads[place.lead_id].stored_at <= place.as_of]
    known = [known_by(events.get(place.lead_id, ()), place.as_of) for place in there]
    accounts = AccountRecords.read(connection, leads.values(), max((place.as_of for place in there), default=0))
    records = [
        to_record(schema, leads[place.lead_id], of_lead, place)
        | accounts.beside(schema, leads[place.lead_id], place.as_of)
        for place, of_lead in zip(there, known, strict=True)
    ]
    scored = champion.explain(records, EPOCH)  # every record names its moment
    return {
        place: one
        if isinstance(one, Problem)
        else stored_score(
            champion, place, one, listed(champion, leads[place.lead_id], events.get(place.lead_id, ()), one)
        )
        for place, one in zip(there, scored, strict=True)
    }


def to_record(schema: LeadSchema, lead: Lead, events: Sequence[Event], place: Moment) -> dict[str, Any]:
    """Return a stored lead as `features.records.leads.checking.read_lead` takes it: what these settings can read, the rest is left out.

    An answer that they cannot read is not known to them, and so is the one that it has replaced.
    """
    known = lead.at(place.as_of)
    return {
        "lead_id": lead.lead_id,
        "created_at": to_datetime(known.created_at),
        "as_of": to_datetime(place.as_of),
        "fields": readable(schema, known.fields),
        "events": [_event_record(schema, event) for event in events if event.kind in schema.event_codes],
    }


def _event_record(schema: LeadSchema, event: Event) -> dict[str, Any]:
    is_read = event.kind not in schema.answers or problem_of(schema, event.kind, _told(event)) is None
    return event_record(event) if is_read else event_record(event) | UNSAID


def _told(event: Event) -> str | float | None:
    return event.value if event.text is None else event.text


def listed(champion: Champion, lead: Lead, events: Iterable[Event], scored: Scored) -> Listed:
    """Return what lists show of a lead with a score."""
    schema = champion.intake
    decision = scored.message.decision
    worked = max(
        (event for event in events if event.rep_id is not None and event.superseded_at is None),
        key=lambda event: event.occurred_at,
        default=None,
    )
    return Listed(
        expected_value=None if decision is None else decision.expected_value,
        route=None if decision is None else decision.route,
        step=None if decision is None else decision.step,
        source=_shown(lead, list(schema.channels)[:1]),
        owner=None if worked is None else worked.rep_id,
        name=_shown(lead, names(schema)[:NAMED_BY]),
        contacts=", ".join(_texts(lead, names(schema))) or None,
    )


def names(schema: LeadSchema) -> list[str]:
    """Return the fields by which people know a lead: contacts, or else free texts that say who it is, not what it said."""
    texts = [name for name, field in schema.by_role("profile", "context").items() if field.type == "text"]
    return list(schema.contacts) or texts


def _shown(lead: Lead, fields: Sequence[str]) -> str | None:
    return ", ".join(_texts(lead, fields))[:LONGEST_SHOWN] or None


def _texts(lead: Lead, fields: Sequence[str]) -> list[str]:
    told = [text_of(value) for name in fields if isinstance(value := lead.fields.get(name), str | int | float)]
    return [text.replace("\0", "") for text in told]


def stored_score(champion: Champion, place: Moment, scored: Scored, listed: Listed) -> StoredScore:
    """Return a score as the store keeps it: to the last bit, with what it was made from."""
    return StoredScore(
        lead_id=place.lead_id,
        as_of=place.as_of,
        model_name=champion.version.name,
        model_version=champion.version.version,
        probability=scored.explained.probability,
        inputs=_plain(scored.explained.inputs),
        contributions=[float(part) for part in scored.explained.contributions],
        answer=scored.message.model_dump_json(),
        listed=listed,
    )


def _plain(inputs: np.ndarray) -> list[float | None]:
    """Return numbers as JSON can hold them: None for NaN, and every float32 exactly as a double."""
    return [None if math.isnan(value) else value for value in inputs.tolist()]


def first_since(scores: Mapping[Moment, StoredScore | Problem], lead_id: str, time: int) -> StoredScore | None:
    """Return the first of these scores of a lead as of a time or later."""
    found = [
        score
        for place, score in scores.items()
        if isinstance(score, StoredScore) and place.lead_id == lead_id and place.as_of >= time
    ]
    return min(found, key=lambda score: score.as_of, default=None)
