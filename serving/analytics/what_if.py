"""What a lead's score would be if it had answered otherwise: computed as any other, and kept nowhere."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import sqlalchemy as sa

from features.records.clock import EPOCH, to_datetime
from features.records.leads.set_aside import problem_of
from features.settings.fields import LeadField
from features.settings.schema import LeadSchema
from models.close.reasons.ledger import TENTHS
from serving.champion.champion import Champion
from serving.intake.colleagues import AccountRecords, known_by
from serving.intake.scoring import Moment, to_record
from serving.schemas.problems import INVALID_REQUEST, refusal
from serving.schemas.records import ReasonMove
from serving.schemas.score import Problem, Score
from serving.store import reading
from serving.store.records import Event, Lead


class Supposed(NamedTuple):
    """The score of a lead as it stands, and with what is supposed of it; or why there is none."""

    now: Score | Problem
    then: Score | Problem


LEAST_TENTHS = 5
"""Tenths of a point: what moves a score by less is not named."""


def moved_reasons(before: Score, after: Score) -> list[ReasonMove]:
    """Return what moves the one score to the other by subject: the sentence that then holds, the strongest first."""
    old, new = ({one.subject: one for one in (*s.reasons.for_, *s.reasons.against)} for s in (before, after))
    moved = {
        subject: round(
            TENTHS
            * ((new[subject].points if subject in new else 0.0) - (old[subject].points if subject in old else 0.0))
        )
        for subject in {**old, **new}
    }
    named = sorted((name for name in moved if abs(moved[name]) >= LEAST_TENTHS), key=lambda name: -abs(moved[name]))
    return [ReasonMove(sentence=(new.get(name) or old[name]).sentence, points=moved[name] / TENTHS) for name in named]


def given_answers(lead: Lead, events: Sequence[Event], schema: LeadSchema) -> dict[str, object]:
    """Return what a lead has answered, by events in the order in which they occurred."""
    given: dict[str, object] = {name: lead.fields.get(name) for name in schema.answers}
    return given | {
        one.kind: one.value if one.text is None else one.text for one in events if one.kind in schema.answers
    }


def chosen_text(field: LeadField, given: object) -> str:
    """Return an answer as it stands in a form, empty if there is none.

    Examples
    --------
    >>> chosen_text(LeadField(role="answer", obstacle="need", type="flag"), 1.0)
    'true'
    """
    if given is None:
        return ""
    text = f"{given:.15g}" if isinstance(given, float) else str(given)
    if field.type == "flag":
        return "true" if text.lower() in ("yes", "true", "1") else "false"
    return text[:10] if field.type == "date" else text


def not_known_yet(
    connection: sa.Connection, lead: Lead, answers: Mapping[str, str], schema: LeadSchema
) -> dict[str, str]:
    """Return those of some supposed answers that differ from what the lead has answered.

    Raises
    ------
    RefusedError
        If an answer breaks a rule of the settings.
    """
    for name, value in answers.items():
        if name not in schema.answers:
            rule = f"must be one of {', '.join(schema.answers)}"
            raise refusal(INVALID_REQUEST, name[:80], rule, repr(value[:80]), "name a question of the settings")
        problem = problem_of(schema, name, value)
        if problem is not None:
            raise refusal(INVALID_REQUEST, name, problem.rule, repr(value[:80]), "correct it, or leave it out")
    events = sorted(reading.standing_events(connection, lead.lead_id), key=lambda event: event.occurred_at)
    given = given_answers(lead, events, schema)
    return {
        name: value for name, value in answers.items() if value != chosen_text(schema.answers[name], given.get(name))
    }


def suppose(connection: sa.Connection, champion: Champion, lead: Lead, answers: Mapping[str, str], at: int) -> Supposed:
    """Return the scores of a lead at a moment (microseconds UTC) without and with answers, by the name of their fields."""
    now, then = suppose_each(connection, champion, lead, ({}, answers), at)
    return Supposed(now, then)


def suppose_each(
    connection: sa.Connection, champion: Champion, lead: Lead, several: Iterable[Mapping[str, str]], at: int
) -> list[Score | Problem]:
    """Return the score of a lead at a moment with each of several sets of answers."""
    schema = champion.model.schema
    events = known_by(reading.events_of(connection, [lead.lead_id]).get(lead.lead_id, ()), at)
    account = AccountRecords.read(connection, [lead], at)
    record = to_record(schema, lead, events, Moment(lead.lead_id, at)) | account.beside(schema, lead, at)
    moment = to_datetime(at)
    records = []
    for answers in several:
        said = [
            {"kind": name, "occurred_at": moment, "recorded_at": moment, "text": value}
            for name, value in answers.items()
            if name in schema.event_codes
        ]
        records.append({**record, "events": [*record["events"], *said]})
    return champion.score(records, EPOCH)
