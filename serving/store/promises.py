"""What became of the leads that were scored: the first score of each whose horizon has passed, and whether it was kept."""

from typing import NamedTuple

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from features.history import Floats
from serving.store.tables import OUTCOMES, SCORES


class Promises(NamedTuple):
    """First scores (n,), whether each lead was won within the horizon, and when the earliest was given."""

    probability: Floats
    won: NDArray[np.bool_]
    since: int


def first_promises(connection: sa.Connection, now: int, horizon: int) -> Promises:
    """Return what was said of leads by their first score as of `now - horizon` or before, in microseconds.

    The first score alone, so that a lead which is told of often weighs no more than another; and of leads that had not closed by then,
    as what is said of one that had is no promise.
    """
    first = sa.func.min(SCORES.c.as_of).label("as_of")
    firsts = sa.select(SCORES.c.lead_id, first).group_by(SCORES.c.lead_id).subquery()
    latest = sa.func.row_number().over(
        partition_by=OUTCOMES.c.lead_id, order_by=(OUTCOMES.c.recorded_at.desc(), OUTCOMES.c.stored_at.desc())
    )
    ranked = sa.select(OUTCOMES.c.lead_id, OUTCOMES.c.won, OUTCOMES.c.closed_at, latest.label("place")).subquery()
    same = sa.and_(firsts.c.lead_id == SCORES.c.lead_id, firsts.c.as_of == SCORES.c.as_of)
    ended = sa.and_(ranked.c.lead_id == SCORES.c.lead_id, ranked.c.place == 1)
    query = sa.select(SCORES.c.probability, SCORES.c.as_of, ranked.c.won, ranked.c.closed_at)
    query = query.select_from(SCORES.join(firsts, same).outerjoin(ranked, ended))
    open_then = sa.or_(ranked.c.closed_at.is_(None), ranked.c.closed_at > SCORES.c.as_of)
    rows = connection.execute(query.where(SCORES.c.as_of <= now - horizon, open_then)).all()
    won = [bool(row.won) and row.closed_at <= row.as_of + horizon for row in rows]
    since = min((row.as_of for row in rows), default=now)
    return Promises(np.array([row.probability for row in rows]), np.array(won, np.bool_), since)
