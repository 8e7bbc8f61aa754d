"""What reps have said of scores: of one lead, or of all for review. It is shown and counted, never a label."""

from dataclasses import dataclass

import sqlalchemy as sa

from features.settings.schema import LeadSchema
from serving.schemas.vocabulary import Direction
from serving.store.first_scores import latest_outcomes, won_until
from serving.store.records import GivenFeedback
from serving.store.tables import FEEDBACK, KEYS, LEADS, SCORES


@dataclass(frozen=True)
class FeedbackPage:
    """Which feedback is wanted, the latest first.

    Attributes
    ----------
    after
        The last place (stored_at, lead_id) of the page before.
    """

    agrees: bool | None = None
    direction: Direction | None = None
    since: int | None = None
    after: tuple[int, str] | None = None
    most: int = 50


@dataclass(frozen=True)
class Objection:
    """What was said against a score, where its lead came from, what the score had promised, and whether the lead was won in time."""

    direction: Direction
    source: str | None
    probability: float
    won: bool


def feedback_of(connection: sa.Connection, lead_id: str) -> list[GivenFeedback]:
    """Return what reps have said of a lead's scores, the latest first."""
    return _found(connection, _given().where(FEEDBACK.c.lead_id == lead_id))


def list_feedback(connection: sa.Connection, page: FeedbackPage) -> list[GivenFeedback]:
    """Return a page of what reps have said, but of leads that were erased."""
    query = _wanted(page)
    if page.after is not None:
        place = sa.tuple_(FEEDBACK.c.stored_at, FEEDBACK.c.lead_id)
        query = query.where(
            place < sa.tuple_(sa.literal(page.after[0], FEEDBACK.c.stored_at.type), sa.literal(page.after[1]))
        )
    return _found(connection, query.limit(page.most))


def count_feedback(connection: sa.Connection, page: FeedbackPage) -> int:
    """Return how much there is of a kind of feedback, on all pages."""
    wanted = _wanted(page).order_by(None).subquery()
    return connection.scalar(sa.select(sa.func.count()).select_from(wanted)) or 0


def _wanted(page: FeedbackPage) -> sa.Select[tuple[object, ...]]:
    query = _given().where(LEADS.c.erased_at.is_(None))
    for name in ("agrees", "direction"):
        if (value := getattr(page, name)) is not None:
            query = query.where(FEEDBACK.c[name] == value)
    return query if page.since is None else query.where(FEEDBACK.c.stored_at >= page.since)


def objections(connection: sa.Connection, now: int, schema: LeadSchema) -> list[Objection]:
    """Return the first thing that was said against a score of each lead, where the time has passed by `now` in which a win counts.

    What is said of a lead that had closed by the moment of the score is no foresight.
    """
    ranked = latest_outcomes()
    ended = sa.and_(ranked.c.lead_id == FEEDBACK.c.lead_id, ranked.c.place == 1, ~ranked.c.taken_back)
    score = sa.and_(SCORES.c.lead_id == FEEDBACK.c.lead_id, SCORES.c.as_of == FEEDBACK.c.as_of)
    own_day = sa.null() if schema.decided_by is None else LEADS.c.fields
    query = (
        sa.select(
            *(FEEDBACK.c.lead_id, FEEDBACK.c.direction, SCORES.c.as_of, SCORES.c.probability, LEADS.c.source),
            *(LEADS.c.created_at, ranked.c.won, ranked.c.closed_at, own_day.label("own")),
        )
        .select_from(
            FEEDBACK.join(LEADS, LEADS.c.lead_id == FEEDBACK.c.lead_id).join(SCORES, score).outerjoin(ranked, ended)
        )
        .where(~FEEDBACK.c.agrees, FEEDBACK.c.direction.is_not(None), LEADS.c.erased_at.is_(None))
        .where(sa.or_(ranked.c.closed_at.is_(None), ranked.c.closed_at > FEEDBACK.c.stored_at))
        .order_by(FEEDBACK.c.stored_at)
    )
    first: dict[str, Objection] = {}
    for row in connection.execute(query):
        until = won_until(schema, row)
        if until <= now:
            won = bool(row.won) and row.closed_at <= until
            first.setdefault(row.lead_id, Objection(row.direction, row.source, row.probability, won))
    return list(first.values())


def _given() -> sa.Select[tuple[object, ...]]:
    score = sa.and_(SCORES.c.lead_id == FEEDBACK.c.lead_id, SCORES.c.as_of == FEEDBACK.c.as_of)
    rows = (
        FEEDBACK.join(LEADS, LEADS.c.lead_id == FEEDBACK.c.lead_id)
        .join(SCORES, score)
        .outerjoin(KEYS, KEYS.c.key_id == FEEDBACK.c.given_by)
    )
    return (
        sa.select(
            FEEDBACK,
            sa.func.coalesce(KEYS.c.name, FEEDBACK.c.given_by).label("given_by_name"),
            SCORES.c.probability,
            LEADS.c.probability.label("latest_probability"),
            LEADS.c.status,
        )
        .select_from(rows)
        .order_by(FEEDBACK.c.stored_at.desc(), FEEDBACK.c.lead_id.desc())
    )


def _found(connection: sa.Connection, query: sa.Select[tuple[object, ...]]) -> list[GivenFeedback]:
    return [GivenFeedback(**row) for row in connection.execute(query).mappings()]
