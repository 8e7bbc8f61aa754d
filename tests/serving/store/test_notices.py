"""Whoever wants to is told what a new score changes, in the transaction that stores it; with nobody to tell nothing is read or written."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from features.records.clock import DAY, to_microseconds
from serving.schemas.notices import NOTICE_KINDS, NoticeKind
from serving.store.backlog import recent
from serving.store.deliveries import register
from serving.store.notices import NewNotice, WantedNotices, of_scores
from serving.store.records import Listed, NewLead, StoredScore
from serving.store.store import Store

NOW = to_microseconds(datetime(2026, 3, 2, 9, tzinfo=UTC))
EVERYTHING = frozenset(NOTICE_KINDS)


def score(lead_id: str, as_of: int, probability: float, **shown: Any) -> StoredScore:
    return StoredScore(lead_id, as_of, "close", "7", probability, [], [], "{}", Listed(**shown))


def want(store: Store, *kinds: NoticeKind, moved_by: float = 0.05) -> None:
    with store.writing(NOW) as transaction:
        register(transaction, {"crm": frozenset(kinds or NOTICE_KINDS)}, moved_by)


def put(store: Store, *scores: StoredScore) -> None:
    with store.writing(NOW) as transaction:
        transaction.add_scores(scores)


def told(store: Store) -> list[tuple[str, str | None]]:
    return [(notice.kind, notice.lead_id) for notice in reversed(store.ask(recent, 100))]


def test_first_score_is_told_without_a_before(store: Store) -> None:
    want(store)
    store.add_leads([NewLead("L1", {})], NOW)
    put(store, score("L1", NOW + 5, 0.25, route="rep", step="prospect", expected_value=9.5, source="web", owner="R1"))

    (notice,) = store.ask(recent, 9)
    assert (notice.kind, notice.lead_id, notice.content["before"]) == ("lead.scored", "L1", None)
    assert notice.content["after"] == {
        "as_of": "2026-03-02T09:00:00.000005+00:00",
        "probability": 0.25,
        "expected_value": 9.5,
        "route": "rep",
        "step": "prospect",
        "source": "web",
        "owner": "R1",
        "model_version": "7",
    }


@pytest.mark.parametrize(
    ("probability", "shown", "kinds"),
    [
        (0.25, {"route": "rep", "step": "prospect"}, ["lead.scored"]),
        (0.375, {"route": "rep", "step": "prospect"}, ["lead.scored", "lead.moved"]),
        (0.125, {"route": "rep", "step": "prospect"}, ["lead.scored", "lead.moved"]),
        (0.374, {"route": "rep", "step": "prospect"}, ["lead.scored"]),
        (0.25, {"route": "nurture", "step": "prospect"}, ["lead.scored", "lead.route_changed"]),
        (0.25, {"route": "rep", "step": None}, ["lead.scored", "lead.step_changed"]),
    ],
)
def test_second_score_tells_what_it_changes(probability: float, shown: dict[str, Any], kinds: list[str]) -> None:
    before = {
        **dict.fromkeys(("assigned", "expected_value", "source", "owner", "model_version")),
        **{"scored_as_of": NOW, "probability": 0.25, "route": "rep", "step": "prospect"},
    }
    notices = of_scores(
        {"L1": before}, [score("L1", NOW + DAY, probability, **shown)], WantedNotices(EVERYTHING, 0.125)
    )

    assert [notice.kind for notice in notices] == kinds
    for notice in notices:
        assert (notice.content["before"]["probability"], notice.content["before"]["route"]) == (0.25, "rep")
        assert notice.content["after"]["probability"] == probability


def test_only_what_is_wanted_is_written(store: Store) -> None:
    want(store, "lead.moved")
    store.add_leads([NewLead("L1", {})], NOW)
    put(store, score("L1", NOW + 5, 0.25))
    put(store, score("L1", NOW + 6, 0.26))
    put(store, score("L1", NOW + 7, 0.5))
    with store.writing(NOW) as transaction:
        transaction.announce([NewNotice("refresh.failed", {"after": {}})])

    assert told(store) == [("lead.moved", "L1")]


def test_with_nobody_to_tell_not_a_statement_more_is_carried_out(store: Store) -> None:
    def statements() -> int:
        counted = list[str]()
        sa.event.listen(store.engine, "before_cursor_execute", lambda _c, _k, statement, *_: counted.append(statement))
        with store.writing(NOW) as transaction:
            transaction.add_scores([score("L1", transaction.tick(), 0.25)])
        return len(counted)

    store.add_leads([NewLead("L1", {})], NOW)
    before = statements()  # the clock held, the score, the standing, the clock kept
    want(store, "lead.scored")

    assert before <= 5  # SQLite says BEGIN aloud
    assert statements() == before + 2
    assert told(store) == [("lead.scored", "L1")]


def test_what_is_wanted_by_a_newer_version_is_passed_over() -> None:
    assert WantedNotices.read('{"kinds":["lead.sung","lead.moved"],"moved_by":0.2}') == WantedNotices(
        frozenset({"lead.moved"}), 0.2
    )
    assert WantedNotices.read(WantedNotices(EVERYTHING, 0.3).write()) == WantedNotices(EVERYTHING, 0.3)
    assert WantedNotices().write() is None


def test_several_scores_of_one_lead_follow_one_another() -> None:
    nobody = {"scored_as_of": None, "probability": None, "route": None, "step": None, "assigned": "R9"}
    scores = [score("L1", NOW + n, probability, owner="R1") for n, probability in ((2, 0.5), (1, 0.25))]
    first, second, moved = of_scores({"L1": nobody}, [*scores, score("gone", NOW, 0.5)], WantedNotices(EVERYTHING))

    assert (first.content["before"], first.content["after"]["probability"]) == (None, 0.25)
    assert (second.kind, moved.kind) == ("lead.scored", "lead.moved")
    assert (second.content["before"], second.content["after"]["owner"]) == (first.content["after"], "R9")


def test_what_is_to_be_said_once_is_said_once(store: Store) -> None:
    want(store)
    for _ in range(2):
        with store.writing(NOW) as transaction:
            transaction.announce([NewNotice("lead.waits", {}, "L1", once="waits L1"), NewNotice("test", {})])

    assert told(store) == [("lead.waits", "L1"), ("test", None), ("test", None)]
    assert len({notice.notice_id for notice in store.ask(recent, 9)}) == 3


def test_what_fails_to_be_stored_is_not_told(store: Store) -> None:
    want(store)
    store.add_leads([NewLead("L1", {})], NOW)
    with pytest.raises(IntegrityError, match=r"UNIQUE|unique"), store.writing(NOW) as transaction:
        transaction.add_scores([score("L1", NOW + 5, 0.25), score("L1", NOW + 5, 0.25)])

    assert told(store) == []
