"""Reasons with a record: of the leads that a reason was told of by their first score, how many were won."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from features.settings.schema import LeadSchema
from serving.store.first_scores import first_answers

MAX_SCORES = 20_000
"""First scores that are read, the latest that have matured: so many are parsed in some seconds, beside the requests."""

Told = tuple[str, str]
"""A reason as it was told: its subject and its sentence."""


@dataclass(frozen=True)
class ReasonRecord:
    """What became of the leads that were told a reason.

    Attributes
    ----------
    leads, won
        How many there were, and how many of them were won in time.
    share
        Share that was won, drawn toward that of all such leads by as many leads as are needed to say it.
    """

    leads: int
    won: int
    share: float


def reason_records(connection: sa.Connection, now: int, schema: LeadSchema, fewest: int) -> dict[Told, ReasonRecord]:
    """Return the record of each reason that at least `fewest` leads were told whose time to be won has passed by `now`."""
    return records_of(
        [(json.loads(answer), won) for answer, won in first_answers(connection, now, schema, MAX_SCORES)], fewest
    )


def records_of(answers: list[tuple[Mapping[str, object], bool]], fewest: int) -> dict[Told, ReasonRecord]:
    """Return the records of reasons by the scores that told them, each a lead, and whether it was won."""
    counts: dict[Told, list[int]] = {}
    for answer, won in answers:
        for told in _told(answer):
            count = counts.setdefault(told, [0, 0])
            count[0] += 1
            count[1] += won
    usual = sum(won for _, won in answers) / max(len(answers), 1)
    return {
        told: ReasonRecord(leads, won, (won + fewest * usual) / (leads + fewest))
        for told, (leads, won) in counts.items()
        if leads >= fewest
    }


def _told(answer: Mapping[str, object]) -> set[Told]:
    reasons = answer.get("reasons")
    if not isinstance(reasons, Mapping):
        return set()
    return {(one["subject"], one["sentence"]) for side in ("for", "against") for one in reasons.get(side, ())}
