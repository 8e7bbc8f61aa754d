"""What a lead's score would be if it had answered otherwise: computed as any other, and kept nowhere."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import sqlalchemy as sa

from features.records.clock import EPOCH, to_datetime
from serving.champion.champion import Champion
from serving.intake.colleagues import AccountRecords, known_by
from serving.intake.scoring import Moment, to_record
from serving.schemas.score import Problem, Score
from serving.store import reading
from serving.store.records import Lead


class Supposed(NamedTuple):
    """The score of a lead as it stands, and with what is supposed of it; or why there is none."""

    now: Score | Problem
    then: Score | Problem


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
