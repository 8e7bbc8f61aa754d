"""Objections of reps get a record: right or wrong only beyond luck, by way and by source."""

from pathlib import Path

import pytest

from features.records.clock import DAY
from features.settings.schema import LeadSchema
from serving.pages.feedback import objection_records
from serving.schemas.vocabulary import Direction
from serving.store.feedback import Objection, objections
from serving.store.records import Feedback, NewLead, NewOutcome, StoredScore
from serving.store.store import Store


def against(direction: Direction, promised: float, won: int, leads: int, source: str | None = None) -> list[Objection]:
    return [Objection(direction, source, promised, place < won) for place in range(leads)]


@pytest.mark.parametrize(
    ("direction", "promised", "won", "verdict"),
    [
        ("too high", 0.3, 2, "right"),
        ("too high", 0.3, 12, "cannot tell yet"),
        ("too high", 0.3, 25, "wrong"),
        ("too low", 0.3, 2, "wrong"),
        ("too low", 0.3, 25, "right"),
    ],
)
def test_an_objection_is_right_where_luck_does_not_explain_what_came(
    direction: Direction, promised: float, won: int, verdict: str
) -> None:
    (record,) = objection_records(against(direction, promised, won, 40), 20)
    assert (record.kind, record.scores, record.promised, record.verdict) == ("all leads", "40", "30 %", verdict)


def test_too_few_are_no_record_and_sources_stand_after_all() -> None:
    told = [
        *against("too high", 0.2, 0, 30, "выставка"),
        *against("too high", 0.2, 0, 19, "fair"),
        *against("too low", 0.2, 9, 19),
    ]
    assert [(one.kind, one.direction, one.scores) for one in objection_records(told, 20)] == [
        ("all leads", "too high", "49"),
        ("выставка", "too high", "30"),
    ]
    assert objection_records([], 20) == ()


def test_objections_are_of_leads_that_have_had_their_time_each_once(tmp_path: Path) -> None:
    store, schema = Store(f"sqlite:///{tmp_path / 'store.db'}"), LeadSchema(horizon_days=90)
    store.upgrade()
    with store.writing(0) as transaction:
        for lead_id in ("won", "open", "young", "agreed"):
            transaction.add_lead(NewLead(lead_id, {}, 0))
            at = 50 * DAY if lead_id == "young" else 0
            transaction.add_scores([StoredScore(lead_id, at, "close", "1", 0.2, [], [], "{}")])
    said: list[tuple[int, str, bool, Direction | None]] = [
        (1, "won", False, "too low"),
        (2, "won", False, "too high"),
        (2, "open", False, "too high"),
        (51, "young", False, "too high"),
        (3, "agreed", True, None),
    ]
    for day, lead_id, agrees, direction in said:
        with store.writing(day * DAY) as transaction:
            as_of = 50 * DAY if lead_id == "young" else 0
            transaction.add_feedback(Feedback(lead_id, as_of, agrees, None, None, "nobody", direction))
    store.add_outcomes([NewOutcome("won", 9 * DAY, True, recorded_at=9 * DAY)], 9 * DAY)
    told = store.ask(objections, 100 * DAY, schema)
    store.close()
    assert [(one.direction, one.probability, one.won) for one in told] == [
        ("too low", 0.2, True),
        ("too high", 0.2, False),
    ]
