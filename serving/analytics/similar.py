"""Past leads whose scores were driven by what drives a lead's, and what became of them."""

import numpy as np
import sqlalchemy as sa

from features.records.clock import DAY
from features.records.marks import mark_of
from models.close.reasons.similar import PastLeads, Similar, by_subject
from serving.champion.champion import Champion
from serving.intake.scoring import Moment, score_places
from serving.schemas.records import SimilarLead, SimilarLeads
from serving.store import reading
from serving.store.records import Lead, StoredScore

TOLD = 5
"""So many of them are named, the nearest first."""


def similar_to(connection: sa.Connection, champion: Champion, lead: Lead, score: StoredScore) -> SimilarLeads:
    """Return the past leads that stood, at the same age, as a lead does by its latest score.

    Only those that the store holds are named: nobody can look up another, and one that was erased is to be forgotten.
    """
    past = champion.beside.past
    found = None if past is None else _nearest(connection, champion, past, lead, score)
    if found is None:
        return SimilarLeads(lead_id=lead.lead_id, age_days=None, count=0, won=0, leads=())
    nearest = found.leads[:TOLD]
    there = reading.ids_of_marks(connection, [one.mark for one in nearest])
    return SimilarLeads(
        lead_id=lead.lead_id,
        age_days=found.age_days,
        count=len(found.leads),
        won=found.won,
        leads=tuple(SimilarLead(lead_id=there.get(one.mark), end=one.end, distance=one.distance) for one in nearest),
    )


def _nearest(
    connection: sa.Connection, champion: Champion, past: PastLeads, lead: Lead, score: StoredScore
) -> Similar | None:
    """Return the nearest past leads, held against what the champion says: what another version has said is computed anew."""
    if (score.model_name, score.model_version) != (champion.version.name, champion.version.version):
        place = Moment(lead.lead_id, score.as_of)
        again = score_places(champion, connection, [place]).get(place)
        if not isinstance(again, StoredScore):
            return None
        score = again
    own = by_subject(champion.model, np.array([score.contributions]))[0]
    return past.nearest(own, (score.as_of - lead.created_at) / DAY, score.as_of, without=mark_of(lead.lead_id))
