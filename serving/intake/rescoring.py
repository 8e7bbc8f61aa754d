"""Scoring open leads anew: after an import, by a new champion, or because time has passed."""

from collections.abc import Callable
from dataclasses import replace

from serving.champion.champion import Champion
from serving.intake.scoring import Moment, score_places
from serving.store.listing import ListingPage, list_leads
from serving.store.records import LeadStanding, StoredScore
from serving.store.store import Store

AT_ONCE = 200
"""Leads that are scored and stored together; so long others wait who write."""


def rescore(store: Store, champion: Champion, now: int, tell: Callable[[int], None] = lambda _: None) -> int:
    """Score every open lead that had come in by now, and return how many have a score of now.

    Parameters
    ----------
    now
        Microseconds UTC; a lead is scored by what the store had by then.
    tell
        Is told how many leads are done.

    Raises
    ------
    StoreError
        If the store cannot be reached; what was scored stays.
    """
    page, done, scored = ListingPage(order="created_at", status="open", most=AT_ONCE), 0, 0
    while found := store.ask(list_leads, page):
        scored += _rescore(store, champion, [lead for lead in found if lead.created_at <= now], now)
        done += len(found)
        tell(done)
        page = replace(page, after=(found[-1].created_at, found[-1].lead_id))
    return scored


def _rescore(store: Store, champion: Champion, leads: list[LeadStanding], now: int) -> int:
    with store.writing(now) as transaction:
        at = transaction.tick()
        scores = score_places(champion, transaction.connection, [Moment(lead.lead_id, at) for lead in leads])
        good = [score for score in scores.values() if isinstance(score, StoredScore)]
        transaction.add_scores(good)
    return len(good)
