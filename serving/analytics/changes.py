"""Why a score is another than the one before: what time, what new records and what a new model did, adding up.

Between a score by model m at s and one by model n at t, in this order:

- time: m at t, with what was known at s, less m at s;
- records: m at t, with what was known at t, less the same with what was known at s;
- model: n at t less m at t, both with what was known at t.

Each step ends where the next begins, so the three sum to the change, in log-odds and in probability, within 1e-9.
"""

import json
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import sqlalchemy as sa

from features.records.clock import EPOCH, to_datetime
from models.close.reasons.explanation import Level
from serving.champion.champion import Champion
from serving.champion.versions import VersionCache
from serving.intake.colleagues import NOBODY, AccountRecords, known_by
from serving.intake.scoring import Moment, to_record
from serving.schemas.records import Change, ChangePart, SubjectChange
from serving.schemas.score import Problem
from serving.store import reading
from serving.store.lead_status import LEAST_MOVE
from serving.store.records import Event, Lead, StoredScore


class LeadCourse(NamedTuple):
    """A lead, what happened to it, and the scores that it was given, the earliest first; those that were erased are left out.

    `account` is what is known of the other leads of its account.
    """

    lead: Lead
    events: Sequence[Event]
    scores: Sequence[StoredScore]
    account: AccountRecords = NOBODY


def read_course(connection: sa.Connection, lead_id: str) -> LeadCourse | None:
    """Return the course of a lead; None if it is not there."""
    lead = reading.leads_of(connection, [lead_id]).get(lead_id)
    if lead is None:
        return None
    scores = [score for score in reading.scores_of(connection, lead_id) if score.answer is not None]
    account = AccountRecords.read(connection, [lead], max((score.as_of for score in scores), default=0))
    return LeadCourse(lead, reading.events_of(connection, [lead_id]).get(lead_id, []), scores, account)


def by_what_tells(course: LeadCourse) -> LeadCourse:
    """Return a course by its first and latest score, and those between that moved or that follow something new.

    A lead is scored every night, which says nothing to anybody as long as nothing has come of it.
    """
    told: list[StoredScore] = []
    for score in course.scores:
        if not told or score is course.scores[-1] or _tells(course.events, told[-1], score):
            told.append(score)
    return course._replace(scores=told)


def _tells(events: Sequence[Event], before: StoredScore, score: StoredScore) -> bool:
    moved = abs(score.probability - before.probability) >= LEAST_MOVE
    return moved or len(known_by(events, score.as_of)) > len(known_by(events, before.as_of))


def changes_of(course: LeadCourse, shelf: VersionCache) -> list[Change | None]:
    """Return, for each score of a lead but the first, why it is another than the one before.

    None where the model of the one before is not to be had, or cannot read the lead. It may have to be loaded from the registry, which
    takes its time: no connection to the store is held meanwhile.
    """
    pairs = list(pairwise(course.scores))
    between = _between(shelf, course, pairs)
    return [_change(before, after, between.get(at), course.events) for at, (before, after) in enumerate(pairs)]


def _between(
    shelf: VersionCache, course: LeadCourse, pairs: Sequence[tuple[StoredScore, StoredScore]]
) -> dict[int, tuple[Level, Level]]:
    """Return, by pair, what the model before says at the later moment: without the new records, and with them."""
    by_model: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for at, (before, _) in enumerate(pairs):
        by_model[before.model_name, before.model_version].append(at)
    levels: dict[int, tuple[Level, Level]] = {}
    for model, members in by_model.items():
        champion = shelf.find(*model)
        if champion is None:
            continue
        found = _levels(champion, course, [pairs[at] for at in members])
        levels |= {at: pair for at, pair in zip(members, found, strict=True) if pair is not None}
    return levels


def _levels(
    champion: Champion, course: LeadCourse, pairs: Sequence[tuple[StoredScore, StoredScore]]
) -> list[tuple[Level, Level] | None]:
    schema, lead = champion.model.schema, course.lead
    records = [
        to_record(schema, lead, known_by(course.events, known.as_of), Moment(lead.lead_id, after.as_of))
        | course.account.beside(schema, lead, known.as_of)
        for before, after in pairs
        for known in (before, after)
    ]
    found = champion.levels(records, EPOCH)
    scored = [None if isinstance(one, Problem) else one for one in found]
    couples = zip(scored[::2], scored[1::2], strict=True)
    return [None if old is None or new is None else (old, new) for old, new in couples]


def _stored(answer: str) -> Level:
    score: dict[str, Any] = json.loads(answer)
    reasons = [*score["reasons"]["for"], *score["reasons"]["against"]]
    return Level(
        score["probability"], score["margin"], {reason["subject"]: reason["contribution"] for reason in reasons}
    )


def _change(
    before: StoredScore, after: StoredScore, between: tuple[Level, Level] | None, events: Sequence[Event]
) -> Change | None:
    if between is None or before.answer is None or after.answer is None:
        return None
    levels = [_stored(before.answer), *between, _stored(after.answer)]
    old = set(map(id, known_by(events, before.as_of)))
    new = [event.kind for event in known_by(events, after.as_of) if id(event) not in old]
    return Change(
        since=to_datetime(before.as_of),
        until=to_datetime(after.as_of),
        points=levels[3].probability - levels[0].probability,
        contribution=levels[3].margin - levels[0].margin,
        new_records=tuple(new),
        time=_part(levels[0], levels[1]),
        records=_part(levels[1], levels[2]),
        model=_part(levels[2], levels[3]),
    )


def _part(old: Level, new: Level) -> ChangePart:
    """Return one step; a subject that it moved is named, the strongest first."""
    names = {**old.subjects, **new.subjects}
    moves = {name: new.subjects.get(name, 0.0) - old.subjects.get(name, 0.0) for name in names}
    ordered = sorted((name for name in moves if moves[name]), key=lambda name: (-abs(moves[name]), name))
    return ChangePart(
        points=new.probability - old.probability,
        contribution=new.margin - old.margin,
        subjects=tuple(SubjectChange(subject=name, contribution=moves[name]) for name in ordered),
    )
