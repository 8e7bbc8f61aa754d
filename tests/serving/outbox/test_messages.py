"""People are told in words: of what is theirs and still so, when they want it, no more often than they want, and nothing is lost."""

from __future__ import annotations

from datetime import datetime
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from features.records.clock import DAY, HOUR, to_microseconds
from serving.outbox.courier import Courier
from serving.outbox.messages import MessageDelivery, MessageDesk
from serving.outbox.wording import OutboxMessage
from serving.schemas.notices import NOTICE_KINDS
from serving.settings.messages import MessageSettings
from serving.store import backlog, deliveries
from serving.store.acts import add_act, find_act, undo_act
from serving.store.notices import NewNotice
from serving.store.records import Act, Listed, NewEvent, NewLead, StoredScore
from serving.store.sent_messages import sent_since
from serving.store.store import Store
from serving.store.tables import LEADS, MESSAGES_SENT
from serving.store.waiting import calls_due

KINDS = [kind for kind in NOTICE_KINDS if kind != "lead.scored"]
BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = {"quiet_from": "19:00", "quiet_until": "07:30"}


def at(*when: int) -> int:
    return to_microseconds(datetime(*when, tzinfo=BERLIN))  # type: ignore[misc, arg-type]


NOW = at(2026, 3, 6, 10)  # a Friday


class Person:
    """Somebody who is told by a courier of a store, and the messages that came."""

    def __init__(self, store: Store, **given: Any) -> None:
        self.store, self.now, self.came = store, NOW, list[OutboxMessage]()
        self.why: str | None = None
        usual = {"name": "ann", "role": "manager", "url_variable": "ANN", "kinds": KINDS, "cooldown_minutes": 0}
        settings = MessageSettings.model_validate(usual | given)
        with store.writing(NOW) as transaction:
            deliveries.register(transaction, {"ann": settings.wants}, 0.05)
        desk = MessageDesk(store, ("call",), lambda _: OutboxMessage("The week", "all of it"))
        self.delivery = MessageDelivery(settings, BERLIN, {}, self.clock, desk, lambda lead: f"/{lead}", self.take)

    def clock(self) -> float:
        return self.now / 1e6

    def take(self, message: OutboxMessage, _: float) -> str | None:
        if self.why is None:
            self.came.append(message)
        return self.why

    def look(self, now: int | None = None) -> list[str]:
        """Bring what is due, by a process that has just started; return the titles that came."""
        self.now, before = now or self.now, len(self.came)
        courier = Courier(self.store, self.delivery, self.clock, f"process {self.now}", Random(1))
        for _ in range(5):
            courier.bring()
        with self.store.writing(self.now) as transaction:
            deliveries.release(transaction, f"process {self.now}")
        return [message.title for message in self.came[before:]]


def put(store: Store, *lead_ids: str, owner: str = "R7") -> None:
    store.add_leads([NewLead(lead_id, {}, NOW - 2 * DAY) for lead_id in lead_ids], NOW - 2 * DAY)
    shown = Listed(route="rep", owner=owner, source="web")
    with store.writing(NOW - 2 * DAY) as transaction:
        scores = [
            StoredScore(lead_id, transaction.tick(), "close", "7", 0.25, [], [], "{}", shown) for lead_id in lead_ids
        ]
        transaction.add_scores(scores)


def wait(store: Store, *lead_ids: str, now: int = NOW) -> None:
    with store.writing(now) as transaction:
        told = {"created_at": "2026-03-04T09:00:00+00:00", "probability": 0.25}
        transaction.announce([NewNotice("lead.waits", {"after": told}, lead_id) for lead_id in lead_ids])


def fail(store: Store, *why: str, now: int = NOW) -> None:
    with store.writing(now) as transaction:
        transaction.announce([NewNotice("refresh.failed", {"after": {"why": one}}) for one in why])


def test_what_is_due_together_is_one_message_in_words(store: Store) -> None:
    ann = Person(store)
    put(store, "L1", "L2")
    wait(store, "L1", "L2")
    fail(store, "no table leads")

    assert ann.look() == ["New outcomes could not be taken in, and 1 thing more"]
    assert ann.came[0].text == (
        "New outcomes could not be taken in.\n- no table leads\n"
        "What helps: The champion goes on serving, and it is tried again in an hour; `glengarry refresh` says more. "
        "See docs/how-to/operate.md#outcomes-are-followed-by-themselves.\n\n"
        "2 leads wait for a first word.\n"
        "- L1: 25 %, came in 4 March, 10:00, of R7 /L1\n- L2: 25 %, came in 4 March, 10:00, of R7 /L2"
    )
    assert ann.look(NOW + DAY) == []


def test_rep_is_told_of_own_leads_that_still_wait(store: Store) -> None:
    ann = Person(store, role="rep", rep="R7", kinds=())
    put(store, "mine", "spoken", "closed")
    put(store, "another's", owner="R8")
    wait(store, "mine", "spoken", "closed", "another's", "nobody")
    store.add_events([NewEvent("spoken", "call", NOW - HOUR)], NOW)
    with store.engine.begin() as connection:
        connection.execute(sa.update(LEADS).where(LEADS.c.lead_id == "closed").values(status="lost"))

    assert ann.look() == ["One of your leads waits for a first word"]
    assert "mine" in ann.came[0].text
    assert store.ask(backlog.backlog, store.ask(deliveries.state_of, "ann"), ann.delivery.kinds).waiting == 0


def test_call_that_was_made_or_called_off_is_not_told(store: Store) -> None:
    ann = Person(store, role="rep", rep="R7", kinds=())
    put(store, "due", "made", "called off", "spoken before")
    for lead_id in ("due", "made", "called off", "spoken before"):
        with store.writing(NOW - DAY) as transaction:
            add_act(transaction, Act(f"act {lead_id}", lead_id, "remind", "key", due_at=NOW - HOUR))
    with store.writing(NOW) as transaction:
        transaction.announce(calls_due(transaction.connection, NOW))
    events = [NewEvent("made", "call", NOW - HOUR), NewEvent("spoken before", "call", NOW - HOUR - 1)]
    store.add_events(events, NOW)
    with store.writing(NOW) as transaction:
        off = find_act(transaction.connection, "act called off")
        assert off is not None
        undo_act(transaction, off, "key")

    assert ann.look(NOW + 10) == ["2 of your leads were promised a call that is due"]
    assert [lead in ann.came[0].text for lead in ("due", "spoken before", "made", "called off")] == [
        *(True, True),
        *(False, False),
    ]


def test_what_is_passed_over_says_nothing_of_an_address_that_takes_nothing(store: Store) -> None:
    ann = Person(store)
    put(store, "L1", "spoken")
    wait(store, "L1")
    ann.why = "the server is away"
    ann.look()
    first = store.ask(deliveries.state_of, "ann").failing_since
    assert first is not None
    store.add_events([NewEvent("spoken", "call", NOW - HOUR)], NOW)

    for day in range(1, 4):
        wait(store, "spoken", now=NOW + day * DAY)
        ann.look(NOW + day * DAY)

    state = store.ask(deliveries.state_of, "ann")
    assert (state.failing_since, state.sent) == (first, 0)
    assert state.off_at is not None
    waiting = store.ask(backlog.backlog, state, ann.delivery.kinds)
    assert (waiting.waiting, waiting.given_up) == (2, 0)  # of L1, and that ann is switched off


def test_digest_waits_for_its_time_whoever_delivers(store: Store) -> None:
    ann = Person(store, when="digest", digest_at=["08:00", "16:00"])
    put(store, "L1", "L2", "L3")
    wait(store, "L1")
    assert ann.look() == []
    wait(store, "L2", "L3", now=NOW + HOUR)
    assert ann.look(at(2026, 3, 6, 15, 59)) == []
    assert ann.look(at(2026, 3, 6, 16)) == ["3 leads wait for a first word"]


def test_digest_of_a_busy_day_is_one_message_that_counts_them_all(store: Store) -> None:
    ann = Person(store, when="digest", digest_at=["16:00"], most_a_day=1)
    leads = [f"L{place}" for place in range(510)]
    put(store, *leads)
    wait(store, *leads)
    ann.look()
    assert ann.look(at(2026, 3, 6, 16)) == ["510 leads wait for a first word"]
    assert "- and 490 more" in ann.came[0].text


def test_nothing_is_sent_while_it_is_quiet_and_all_of_it_afterwards(store: Store) -> None:
    ann = Person(store, **NIGHT, quiet_days=["saturday", "sunday"])
    evening = at(2026, 3, 6, 19)
    fail(store, "first", now=evening)
    assert ann.look(evening) == []
    assert ann.look(at(2026, 3, 8, 12)) == []
    assert ann.look(at(2026, 3, 9, 7, 29)) == []
    assert len(ann.look(at(2026, 3, 9, 7, 30))) == 1


def test_digest_that_was_missed_respects_the_quiet_hours(store: Store) -> None:
    ann = Person(store, when="digest", digest_at=["16:00"], **NIGHT)
    fail(store, "first")
    assert ann.look(at(2026, 3, 6, 22)) == []  # the service was down at four
    assert len(ann.look(at(2026, 3, 7, 16))) == 1


def test_more_than_a_day_may_have_comes_with_the_next(store: Store) -> None:
    ann = Person(store, most_a_day=2)
    for minute in range(4):
        fail(store, f"failure {minute}", now=NOW + minute)
        assert len(ann.look(NOW + minute + 10)) == (minute < 2)
    assert ann.look(at(2026, 3, 6, 23, 59)) == []
    assert len(ann.look(at(2026, 3, 7, 0))) == 1
    assert "failure 3" in ann.came[-1].text


def test_nothing_more_is_told_of_a_thing_while_it_cools_down(store: Store) -> None:
    ann = Person(store, cooldown_minutes=60)
    put(store, "L1", "L2")
    wait(store, "L1")
    assert len(ann.look()) == 1
    wait(store, "L1", "L2", now=NOW + 1)
    ann.look(NOW + HOUR // 2)
    assert [lead in ann.came[-1].text for lead in ("L1", "L2")] == [False, True]
    assert ann.look(NOW + HOUR - 1) == []
    ann.look(NOW + HOUR)
    assert [lead in ann.came[-1].text for lead in ("L1", "L2")] == [True, False]


def test_what_was_not_taken_is_told_again_in_one_message(store: Store) -> None:
    ann = Person(store)
    leads = [f"L{place}" for place in range(7)]
    put(store, *leads)
    wait(store, *leads)
    ann.why = "the server is away"
    assert ann.look() == []
    assert store.ask(deliveries.state_of, "ann").trouble == "the server is away"
    ann.why = None
    assert ann.look(NOW + 60_000_000) == ["7 leads wait for a first word"]


def test_week_is_a_message_of_its_own(store: Store) -> None:
    ann = Person(store)
    with store.writing(NOW) as transaction:
        transaction.announce([NewNotice("week.began", {"after": {"week": "2026-W10"}}, once="week 2026-W10")])
    fail(store, "first")
    assert ann.look() == ["New outcomes could not be taken in", "The week"]


def test_week_that_takes_longer_than_a_receiver_may_be_held_is_sent_the_next_time(store: Store) -> None:
    ann = Person(store)
    with store.writing(NOW) as transaction:
        transaction.announce([NewNotice("week.began", {"after": {"week": "2026-W10"}})])
    computed: list[int] = []

    def slowly(at: int) -> OutboxMessage:
        computed.append(at)
        ann.now += HOUR
        return OutboxMessage("The week", "all of it")

    ann.delivery._desk = MessageDesk(store, ("call",), slowly)
    assert ann.look() == ["The week"]
    assert len(computed) == 1


def test_person_who_is_forgotten_is_forgotten_here_too(store: Store) -> None:
    ann = Person(store)
    put(store, "L1")
    wait(store, "L1")
    ann.look()
    assert store.ask(sent_since, "ann", 0).subjects.keys() == {"L1"}
    with store.writing(NOW) as transaction:
        backlog.forget_notices(transaction.connection, "L1")
    with store.reading() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(MESSAGES_SENT)).scalar_one() == 0


@pytest.mark.parametrize("why", ["", "sing://ann"])
def test_address_that_is_none_keeps_everything_for_later(store: Store, why: str) -> None:
    ann = Person(store)
    ann.delivery = MessageDelivery(ann.delivery.settings, BERLIN, {"ANN": why}, ann.clock, ann.delivery._desk)
    fail(store, "first")
    ann.look()
    state = store.ask(deliveries.state_of, "ann")
    assert "ANN" in str(state.trouble)
    assert store.ask(backlog.backlog, state, ann.delivery.kinds).waiting == 1
