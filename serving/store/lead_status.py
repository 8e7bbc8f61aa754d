"""What lists show of a lead, kept with it: how it stands, and its latest score; written with what it follows from."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa

from features.records.clock import DAY
from serving.store.records import Listed, StoredScore
from serving.store.seals import seal_of
from serving.store.tables import LEADS, OUTCOMES, REMOVALS, SCORES
from serving.store.types import searchable

LEAST_MOVE = 0.01
"""A score that is another by so much has changed."""

ERASED = "erased"
"""The status of an erased lead, which no list knows: so a list by status need not look at anything else."""
REMOVED = "removed"
"""The status of a lead that its CRM has deleted or merged into another; likewise."""

LISTED = [name for name in Listed.__dataclass_fields__ if name in LEADS.c]
"""What lists show of a scored lead, each a column."""

_LEAD = LEADS.c.lead_id == sa.bindparam("lead")


def status_by_outcomes() -> sa.ColumnElement[Any]:
    """Return how a lead stands by its last recorded outcome; one that the CRM has removed is in no list."""
    last = (
        sa.select(sa.case((OUTCOMES.c.taken_back, "open"), (OUTCOMES.c.won, "won"), else_="lost"))
        .where(OUTCOMES.c.lead_id == LEADS.c.lead_id)
        .order_by(OUTCOMES.c.recorded_at.desc(), OUTCOMES.c.stored_at.desc())
        .limit(1)
        .scalar_subquery()
    )
    is_removed = sa.exists().where(REMOVALS.c.lead_id == LEADS.c.lead_id)
    return sa.case((is_removed, REMOVED), else_=sa.func.coalesce(last, "open"))


def keep_status(connection: sa.Connection, lead_ids: Iterable[str]) -> None:
    """Bring the status of leads up to date with their outcomes."""
    rows = [{"lead": lead_id} for lead_id in sorted(set(lead_ids))]
    if rows:
        connection.execute(_STATUS, rows)


def keep_standing(connection: sa.Connection, scores: Sequence[StoredScore]) -> None:
    """Let each lead stand by its latest score; these are stored already."""
    rows = [_row(score) for score in sorted(scores, key=lambda score: score.as_of)]
    if rows:
        connection.execute(_STANDING, rows)


def _row(score: StoredScore) -> Mapping[str, Any]:
    new = {
        "lead": score.lead_id,
        "found_by": searchable(score.lead_id, score.listed.contacts or score.listed.name),
        "as_of": score.as_of,
        "day_before": score.as_of - DAY,
        "likely": score.probability,
        "new_seal": seal_of(
            "standing", {"scored_as_of": score.as_of, "probability": score.probability, **asdict(score.listed)}
        ),
    }
    return new | {f"new_{name}": value for name, value in asdict(score.listed).items() if name in LISTED}


def _standing() -> dict[str, Any]:
    """Return what each column becomes; on the right, columns have the values of before."""
    likely = sa.bindparam("likely", type_=sa.Double)
    as_of = sa.bindparam("as_of", type_=LEADS.c.scored_as_of.type)
    listed = {name: sa.bindparam(f"new_{name}", type_=LEADS.c[name].type) for name in LISTED}
    before = (
        sa.select(SCORES.c.probability)
        .where(SCORES.c.lead_id == LEADS.c.lead_id, SCORES.c.as_of <= sa.bindparam("day_before", type_=as_of.type))
        .order_by(SCORES.c.as_of.desc())
        .limit(1)
        .scalar_subquery()
    )
    changed = sa.or_(
        LEADS.c.changed_at.is_(None),
        LEADS.c.probability.is_(None),
        sa.func.abs(LEADS.c.probability - likely) >= LEAST_MOVE,
        *(LEADS.c[name].is_distinct_from(listed[name]) for name in ("route", "step")),
    )
    return {
        "scored_as_of": as_of,
        "probability": likely,
        "standing_seal": sa.bindparam("new_seal", type_=LEADS.c.standing_seal.type),
        "moved": likely - before,
        "searched": sa.bindparam("found_by"),
        "changed_at": sa.case((changed, as_of), else_=LEADS.c.changed_at),
        **listed,
        "owner": sa.func.coalesce(LEADS.c.assigned, listed["owner"]),
    }


# Put together once: SQLAlchemy takes longer to build them than SQLite to carry them out.
_STATUS = sa.update(LEADS).where(_LEAD, LEADS.c.status != ERASED).values(status=status_by_outcomes())
_STANDING = sa.update(LEADS).where(_LEAD).values(_standing())
