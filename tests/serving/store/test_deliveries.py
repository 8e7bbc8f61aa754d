"""Each receiver is sent what it wants, at least once and in order a lead, whatever it does not take."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from random import Random

import pytest
import sqlalchemy as sa

from features.records.clock import DAY, HOUR, SECOND, to_microseconds
from serving.schemas.notices import NOTICE_KINDS, NoticeKind
from serving.store import backlog, deliveries
from serving.store.deliveries import DeliveryState, Failed, Held, Notice, Results
from serving.store.notices import NewNotice
from serving.store.store import Store
from serving.store.tables import CLOCK, OUTBOX, OUTBOX_RETRIES

NOW = to_microseconds(datetime(2026, 3, 2, 9, tzinfo=UTC))
KINDS: frozenset[NoticeKind] = frozenset({"lead.scored", "lead.moved"})
DOWN, REFUSED = Failed("it does not answer", is_down=True), Failed("it was refused")


def register(store: Store, *names: str) -> None:
    with store.writing(NOW) as transaction:
        deliveries.register(transaction, dict.fromkeys(names, KINDS), 0.05)


def tell(store: Store, *leads: str | None) -> None:
    with store.writing(NOW) as transaction:
        transaction.announce([NewNotice("lead.moved", {"n": n}, lead) for n, lead in enumerate(leads)])


def state(store: Store, name: str = "crm") -> DeliveryState:
    found: DeliveryState | None = store.ask(deliveries.state_of, name)
    assert found is not None
    return found


def due(store: Store, now: int = NOW, most: int = 50, name: str = "crm") -> list[Notice]:
    found: list[Notice] = store.ask(deliveries.due, state(store, name), KINDS, now, most)
    return found


def settle(store: Store, batch: Sequence[Notice], results: Results, now: int = NOW, name: str = "crm") -> DeliveryState:
    with store.writing(now) as transaction:
        after = deliveries.settle(transaction, state(store, name), KINDS, batch, results, now)
    assert after is not None
    return after


def results_of(batch: Sequence[Notice], answer: Callable[[Notice], Failed | None]) -> dict[str, Failed | None]:
    return {notice.notice_id: answer(notice) for notice in batch}


def leads(batch: Sequence[Notice]) -> list[str | None]:
    return [notice.lead_id for notice in batch]


def test_receiver_is_told_what_happens_from_its_registration_on(store: Store) -> None:
    tell(store, "before")
    register(store, "crm")
    tell(store, "L1", None)
    with store.writing(NOW) as transaction:
        transaction.announce([NewNotice("refresh.failed", {})])  # nobody wants it
    batch = due(store)

    assert leads(batch) == ["L1", None]
    assert settle(store, batch, results_of(batch, lambda _: None)).sent == 2
    assert due(store) == []


def test_registration_says_what_is_wanted_and_forgets_who_is_gone(store: Store) -> None:
    register(store, "crm", "old")
    tell(store, "L1")
    batch = due(store, name="old")
    settle(store, batch, results_of(batch, lambda _: REFUSED), name="old")

    def again(receivers: dict[str, frozenset[NoticeKind]]) -> bool:
        with store.writing(NOW) as transaction:
            return deliveries.register(transaction, receivers, 0.05)

    assert not again({"crm": KINDS, "old": KINDS})
    assert again({"crm": KINDS})
    assert [one.name for one in store.ask(deliveries.states)] == ["crm"]
    with store.reading() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(OUTBOX_RETRIES)).scalar_one() == 0
        assert connection.execute(sa.select(CLOCK.c.wanted_notices)).scalar_one() is not None
    assert again({})
    tell(store, "L2")
    with store.reading() as connection:
        assert connection.execute(sa.select(CLOCK.c.wanted_notices)).scalar_one() is None
    assert [notice.lead_id for notice in store.ask(backlog.recent, 9)] == ["L1"]


def test_what_was_not_taken_comes_again_later_and_longer_later(store: Store) -> None:
    register(store, "crm")
    tell(store, "L1")
    waits, now = [], NOW
    for _ in range(4):
        (notice,) = due(store, now)
        settle(store, [notice], {notice.notice_id: REFUSED}, now)
        assert due(store, now) == []
        wait = next(n for n in range(1, 20) if due(store, now + n * SECOND))
        waits.append(wait)
        now += wait * SECOND

    assert waits == [1, 2, 4, 8]
    assert [notice.tries for notice in due(store, now)] == [4]


def test_later_notices_of_a_lead_wait_behind_one_that_was_not_taken_and_others_do_not(store: Store) -> None:
    register(store, "crm")
    tell(store, "L1", "L2", None)
    batch = due(store)
    settle(store, batch, results_of(batch, lambda notice: REFUSED if notice.lead_id == "L1" else None))
    tell(store, "L1", "L2", None)

    batch = due(store)
    assert leads(batch) == ["L2", None]
    settle(store, batch, results_of(batch, lambda _: None))
    assert due(store) == []
    assert leads(due(store, NOW + SECOND)) == ["L1", "L1"]
    assert [notice.content["n"] for notice in due(store, NOW + SECOND)] == [0, 0]


def test_what_was_not_tried_comes_again_at_once(store: Store) -> None:
    register(store, "crm")
    tell(store, "L1", "L2", "L3")
    first, second, third = due(store)
    settle(store, [first, second, third], {second.notice_id: None})

    assert leads(due(store)) == ["L1", "L3"]
    assert [notice.tries for notice in due(store)] == [0, 0]


def test_receiver_that_takes_nothing_rests_is_switched_off_after_three_days_and_is_said_to_be(store: Store) -> None:
    with store.writing(NOW) as transaction:
        deliveries.register(transaction, {"crm": KINDS, "admin": frozenset({"delivery.off"})}, 0.05)
    tell(store, "L1", "L2")

    def fail(now: int) -> DeliveryState:
        return settle(store, batch, {batch[0].notice_id: DOWN}, now)

    batch = due(store)
    first = fail(NOW)
    assert (first.failures, first.failing_since, first.next_at) == (1, NOW, NOW + SECOND)
    assert first.trouble == "it does not answer"
    batch = due(store, NOW + 3 * DAY)
    assert fail(NOW + 3 * DAY - 1).off_at is None
    assert fail(NOW + 3 * DAY).off_at == NOW + 3 * DAY
    assert [notice.kind for notice in store.ask(backlog.recent, 1)] == ["delivery.off"]
    with store.writing(NOW) as transaction:
        assert backlog.switch_on(transaction, "crm")
        assert not backlog.switch_on(transaction, "nobody")
    assert leads(due(store, NOW + 4 * DAY)) == ["L1", "L2"]  # nothing is lost meanwhile


def test_receiver_that_is_gone_is_switched_off_at_once(store: Store) -> None:
    register(store, "crm")
    tell(store, "L1")
    batch = due(store)

    assert settle(store, batch, results_of(batch, lambda _: Failed("gone", is_gone=True)), NOW + 7).off_at == NOW + 7


def test_notice_that_a_living_receiver_refuses_for_three_days_is_given_up_and_can_be_sent_again(store: Store) -> None:
    register(store, "crm")
    tell(store, "L1", "L1")
    for now in (NOW, NOW + 3 * DAY - 1, NOW + 6 * DAY):
        batch = due(store, now)
        settle(store, batch, {batch[0].notice_id: REFUSED}, now)

    def behind() -> backlog.Backlog:
        found: backlog.Backlog = store.ask(backlog.backlog, state(store), KINDS)
        return found

    assert [notice.content["n"] for notice in due(store, NOW + 7 * DAY)] == [1]
    assert (behind().waiting, behind().given_up) == (1, 1)
    with store.writing(NOW) as transaction:
        assert backlog.replay(transaction, "crm", NOW - DAY)
    assert [notice.content["n"] for notice in due(store, NOW + 7 * DAY)] == [0, 1]
    assert (behind().waiting, behind().given_up) == (2, 0)


def test_what_is_held_comes_when_it_is_due_and_counts_as_no_failure(store: Store) -> None:
    register(store, "crm")
    tell(store, "L1", "L2")
    batch = due(store)
    until = NOW + 5 * DAY  # longer than a receiver that fails is tried
    after = settle(store, batch, dict.fromkeys((one.notice_id for one in batch), Held(until)))
    tell(store, "L1", "L3")

    assert (after.failures, after.trouble, after.sent) == (0, None, 0)
    assert leads(due(store, until - 1)) == ["L3"]  # what is later of a lead waits behind what is held
    assert sorted(map(str, leads(due(store, until)))) == ["L1", "L1", "L2", "L3"]
    settle(store, due(store, until), {batch[0].notice_id: REFUSED}, until)
    assert store.ask(backlog.backlog, state(store), KINDS).given_up == 0


def test_wait_that_the_receiver_asks_for_is_kept(store: Store) -> None:
    register(store, "crm")
    tell(store, "L1")
    batch = due(store)
    after = settle(store, batch, results_of(batch, lambda _: Failed("too much", wait=90.0, is_down=True)))

    assert after.next_at == NOW + 90 * SECOND
    assert due(store, NOW + 89 * SECOND) == []
    assert leads(due(store, NOW + 90 * SECOND)) == ["L1"]


def test_replay_while_a_batch_is_under_way_is_not_lost(store: Store) -> None:
    register(store, "crm")
    tell(store, "L1", "L2")
    batch = due(store, most=1)
    settle(store, batch, results_of(batch, lambda _: None))
    before, batch = state(store), due(store)
    with store.writing(NOW) as transaction:
        backlog.replay(transaction, "crm", NOW - DAY)
        deliveries.settle(transaction, before, KINDS, batch, results_of(batch, lambda _: None), NOW)

    assert leads(due(store)) == ["L1", "L2"]
    with store.writing(NOW) as transaction:
        assert not backlog.replay(transaction, "nobody", NOW)


def test_one_process_at_a_time_delivers(store: Store) -> None:
    register(store, "crm")

    def claim(holder: str, now: int, *, ended: bool = False) -> bool:
        with store.writing(now) as transaction:
            return deliveries.claim(transaction, "crm", holder, now, now + HOUR, lambda _: ended)

    assert claim("a", NOW)
    assert claim("a", NOW + 1)
    assert not claim("b", NOW + HOUR)
    assert claim("b", NOW + HOUR + 1)
    assert not claim("a", NOW + HOUR + 2)
    assert claim("a", NOW + HOUR + 2, ended=True)
    with store.writing(NOW) as transaction:
        deliveries.release(transaction, "b")  # not its own
        assert not deliveries.claim(transaction, "crm", "c", NOW, NOW, lambda _: False)
        deliveries.release(transaction, "a")
        assert deliveries.claim(transaction, "crm", "c", NOW, NOW, lambda _: False)
        assert not deliveries.claim(transaction, "nobody", "c", NOW, NOW, lambda _: False)


def test_what_is_told_of_an_erased_person_goes_though_it_is_under_way(store: Store) -> None:
    register(store, "crm")
    tell(store, "L1", "L2", "L1")
    batch = due(store)
    settle(store, batch[:1], {batch[0].notice_id: REFUSED})
    with store.writing(NOW) as transaction:
        backlog.forget_notices(transaction.connection, "L1")
    settle(store, batch[1:], {one.notice_id: REFUSED for one in batch[1:]})

    assert leads(due(store, NOW + DAY)) == ["L2"]
    with store.reading() as connection:
        for table in (OUTBOX, OUTBOX_RETRIES):
            assert set(connection.execute(sa.select(table.c.lead_id)).scalars()) == {"L2"}


def test_outbox_lets_go_of_what_is_old(store: Store) -> None:
    register(store, "crm")
    tell(store, "L1")
    batch = due(store)
    settle(store, batch, results_of(batch, lambda _: REFUSED))

    def forget(now: int) -> int:
        with store.writing(now) as transaction:
            return backlog.forget_old_notices(transaction, now)

    at = batch[0].at
    assert forget(at + 30 * DAY) == 0
    assert forget(at + 30 * DAY + 1) == 1
    assert due(store, NOW + 40 * DAY) == []


def test_many_that_wait_do_not_let_a_new_one_of_their_leads_pass(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    register(store, "crm")
    tell(store, "L1", "L2", "L3")
    batch = due(store)
    settle(store, batch, results_of(batch, lambda _: REFUSED))
    tell(store, "L3")
    monkeypatch.setattr(deliveries, "MAX_RETRIES_READ", 3)

    assert due(store) == []


@pytest.mark.parametrize("seed", [1, 2, *(pytest.param(seed, marks=pytest.mark.nightly) for seed in range(3, 40))])
def test_whatever_fails_each_is_taken_and_in_order_a_lead(store: Store, seed: int) -> None:
    """A receiver that refuses, is down, takes and is not heard, and a process that ends between sending and settling."""
    random, taken = Random(seed), list[tuple[str | None, int]]()
    with store.writing(NOW) as transaction:
        deliveries.register(transaction, {"crm": KINDS}, 0.05)
    now = NOW
    for turn in range(30):
        if turn < 15:
            tell(store, *random.choices(["L1", "L2", "L3", None], k=random.randrange(6)))
        now += random.randrange(2_000_000)
        batch = due(store, now, most=random.randrange(1, 6))
        results: dict[str, Failed | None] = {}
        stopped = set[str | None]()
        for notice in batch:
            if notice.lead_id in stopped:
                continue
            luck = 1.0 if turn >= 25 else random.random()
            if luck < 0.1:
                break
            if luck > 0.3:
                taken.append((notice.lead_id, notice.at))
            if luck < 0.4:
                results[notice.notice_id] = random.choice([DOWN, REFUSED])
                stopped |= {notice.lead_id} - {None}
            else:
                results[notice.notice_id] = None
        if random.random() > 0.2 or turn >= 25:
            settle(store, batch, results, now)
    for _ in range(12):
        now += HOUR
        batch = due(store, now)
        taken += [(notice.lead_id, notice.at) for notice in batch]
        settle(store, batch, results_of(batch, lambda _: None), now)

    with store.reading() as connection:
        written = {(row.lead_id, row.at) for row in connection.execute(sa.select(OUTBOX.c.lead_id, OUTBOX.c.at))}
    assert set(taken) == written
    for lead in ("L1", "L2", "L3"):
        first = list(dict.fromkeys(at for of, at in taken if of == lead))
        assert first == sorted(first)


def test_states_are_plain(store: Store) -> None:
    register(store, "crm")
    assert replace(state(store), since=0) == DeliveryState("crm", 0)
    assert set(NOTICE_KINDS) >= KINDS
