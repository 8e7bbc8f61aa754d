"""Scoring what is stored: a lead as of a moment, by the records that the store had by then."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import sqlalchemy as sa

from features.clock import EPOCH, to_datetime
from features.fields import text_of
from features.settings import LeadSchema
from serving.champion import Champion, Scored
from serving.messages import Problem
from serving.store import reading
from serving.store.records import Event, Lead, Listed, StoredScore

LONGEST_SHOWN = 80
"""Characters of a source or a name in a list; a database's index does not hold any number."""


class Place(NamedTuple):
    """A lead, and the moment as of which it is scored (microseconds UTC)."""

    lead_id: str
    as_of: int


def score_places(
    champion: Champion, connection: sa.Connection, places: Sequence[Place]
) -> dict[Place, StoredScore | Problem]:
    """Score leads at moments, all in one go; leads that are not there, or came later, are left out."""
    ids = {place.lead_id for place in places}
    leads, events = reading.leads_of(connection, ids), reading.events_of(connection, ids)
    there = [place for place in places if place.lead_id in leads and leads[place.lead_id].stored_at <= place.as_of]
    records = [
        to_record(
            champion.model.schema, leads[place.lead_id], known_by(events.get(place.lead_id, ()), place.as_of), place
        )
        for place in there
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


def known_by(events: Iterable[Event], time: int) -> list[Event]:
    """Return the events that were recorded by a time, and that the store had by then."""
    return [event for event in events if event.recorded_at <= time and event.stored_at <= time]


def to_record(schema: LeadSchema, lead: Lead, events: Sequence[Event], place: Place) -> dict[str, Any]:
    """Return a stored lead as `features.records.read_lead` takes it: what these settings know of, the rest is left out."""
    return {
        "lead_id": lead.lead_id,
        "created_at": to_datetime(lead.created_at),
        "as_of": to_datetime(place.as_of),
        "fields": {name: value for name, value in lead.fields.items() if name in schema.fields},
        "events": [_event_record(event) for event in events if event.kind in schema.event_codes],
    }


def _event_record(event: Event) -> dict[str, Any]:
    return {
        "kind": event.kind,
        "occurred_at": to_datetime(event.occurred_at),
        "recorded_at": to_datetime(event.recorded_at),
        "value": event.value,
        "text": event.text,
        "actor": event.actor,
    }


def listed(champion: Champion, lead: Lead, events: Iterable[Event], scored: Scored) -> Listed:
    """Return what lists show of a lead with a score."""
    decision = scored.message.decision
    worked = max(
        (event for event in events if event.rep_id is not None), key=lambda event: event.occurred_at, default=None
    )
    return Listed(
        expected_value=None if decision is None else decision.expected_value,
        route=None if decision is None else decision.route,
        step=None if decision is None else decision.step,
        source=_shown(lead, list(champion.model.schema.channels)[:1]),
        owner=None if worked is None else worked.rep_id,
        name=_shown(lead, names(champion.model.schema)),
    )


def names(schema: LeadSchema) -> list[str]:
    """Return the fields by which people know a lead: free texts that say who it is, not what it said."""
    return [name for name, field in schema.by_role("profile", "context").items() if field.type == "text"]


def _shown(lead: Lead, fields: Sequence[str]) -> str | None:
    told = [text_of(value) for name in fields if isinstance(value := lead.fields.get(name), str | int | float)]
    return ", ".join(told)[:LONGEST_SHOWN].replace("\0", "") or None


def stored_score(champion: Champion, place: Place, scored: Scored, listed: Listed) -> StoredScore:
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


def first_since(scores: Mapping[Place, StoredScore | Problem], lead_id: str, time: int) -> StoredScore | None:
    """Return the first of these scores of a lead as of a time or later."""
    found = [
        score
        for place, score in scores.items()
        if isinstance(score, StoredScore) and place.lead_id == lead_id and place.as_of >= time
    ]
    return min(found, key=lambda score: score.as_of, default=None)
