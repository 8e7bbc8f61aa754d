"""What other answers would make of a score, in words: both scores, and what moves the one to the other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from features.settings.schema import LeadSchema
from models.close.reasons.ledger import TENTHS
from serving.analytics.what_if import given_answers, moved_reasons
from serving.pages.acts import Field, answer_fields
from serving.pages.list_choices import ROUTE_WORDS
from serving.pages.queue import lead_path
from serving.pages.reasons import kind_of
from serving.pages.words import points, whole_percent
from serving.schemas.score import Score
from serving.store.records import Event, Lead


@dataclass(frozen=True)
class WhatIfPage:
    """Everything that the page says; scores are empty before anything is supposed."""

    title: str
    path: str
    fields: tuple[Field, ...]
    now: str
    then: str
    moved: str
    kind: str
    goes: str
    moves: tuple[tuple[str, str, str], ...]


def what_if_page(
    lead: Lead,
    title: str,
    events: Sequence[Event],
    supposed: Mapping[str, str],
    scores: tuple[Score, Score] | None,
    schema: LeadSchema,
) -> WhatIfPage:
    """Return the page of what is supposed of a lead, over what it has answered."""
    given = given_answers(lead, events, schema)
    page = WhatIfPage(
        title, lead_path(lead.lead_id), answer_fields(schema, {**given, **supposed}), "", "", "", "", "", ()
    )
    if scores is None:
        return page
    before, after = (round(TENTHS * score.probability) for score in scores)
    route = scores[1].decision
    return WhatIfPage(
        title=title,
        path=page.path,
        fields=page.fields,
        now=whole_percent(before),
        then=whole_percent(after),
        moved=points(after - before),
        kind=kind_of(after - before),
        goes="" if route is None else ROUTE_WORDS[route.route],
        moves=tuple(_moves(*scores)),
    )


def _moves(before: Score, after: Score) -> list[tuple[str, str, str]]:
    """Return what moves the one score to the other: the sentence that then holds, points, and whether for or against."""
    moved = [(move.sentence, round(TENTHS * move.points)) for move in moved_reasons(before, after)]
    return [(sentence, points(tenths), kind_of(tenths)) for sentence, tenths in moved]
