"""The letter to a lead, from what the store and the champion know of them now."""

import sqlalchemy as sa

from features.records.clock import to_datetime
from serving.analytics.what_if import given_answers, suppose_each
from serving.champion.champion import Champion
from serving.pages.letter import Letter, LetterError, answers_to_suppose, letter
from serving.schemas.score import Score
from serving.settings.letter import LetterSettings
from serving.store import reading


def letter_of(
    connection: sa.Connection, champion: Champion, settings: LetterSettings, lead_id: str, now: int
) -> Letter | None:
    """Return the letter to a lead as of a moment (microseconds UTC); None if there is no such lead, or they were erased.

    Raises
    ------
    LetterError
        If the settings do not say what it has to say, or the lead cannot be scored.
    """
    lead = reading.leads_of(connection, [lead_id]).get(lead_id)
    if lead is None or lead.erased_at is not None:
        return None
    schema = champion.model.schema
    events = sorted(reading.standing_events(connection, lead_id), key=lambda event: event.occurred_at)
    given = given_answers(lead, events, schema)
    other = answers_to_suppose(schema, given)
    scores = suppose_each(connection, champion, lead, ({}, *({name: value} for name, value in other)), now)
    if not isinstance(scores[0], Score):
        raise LetterError(f"A letter must be about a score, got none: {scores[0].detail}")
    others = {one: score for one, score in zip(other, scores[1:], strict=True) if isinstance(score, Score)}
    return letter(lead, scores[0], others, champion.intake, settings, to_datetime(now), given)
