"""A courier brings each notice at least once and in order a lead, and one process alone does so."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from random import Random

import pytest

from serving.outbox.courier import Courier, has_ended, process_name
from serving.outbox.delivery import Rhythm
from serving.schemas.notices import NOTICE_KINDS, NoticeKind
from serving.store import backlog, deliveries
from serving.store.deliveries import DeliveryState, Failed, Notice, Result, Results
from serving.store.notices import NewNotice
from serving.store.store import Store

START = 1_772_442_000.0


class Receiver:
    """A receiver that answers as it is told, and remembers what it was sent."""

    name = "crm"
    rhythm = Rhythm()
    kinds: frozenset[NoticeKind] = frozenset({"lead.moved", "test"})

    def __init__(self) -> None:
        self.batches = list[list[Notice]]()
        self.until = 0.0
        self.answer: Callable[[Notice], Failed | None] = lambda _: None

    def send(self, batch: Sequence[Notice], until: float) -> Results:
        self.until = until
        self.batches.append(list(batch))
        return {notice.notice_id: self.answer(notice) for notice in batch}

    @property
    def numbers(self) -> list[int]:
        return [notice.content["n"] for batch in self.batches for notice in batch]


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def receiver(store: Store) -> Receiver:
    with store.writing(round(START * 1e6)) as transaction:
        deliveries.register(transaction, {"crm": frozenset(NOTICE_KINDS)}, 0.05)
    return Receiver()


def courier_of(store: Store, receiver: Receiver, clock: Clock, holder: str = "this") -> Courier:
    return Courier(store, receiver, clock, holder, Random(1))


def tell(store: Store, *numbers: int, lead: str | None = "L1") -> None:
    with store.writing(round(START * 1e6)) as transaction:
        transaction.announce([NewNotice("lead.moved", {"n": n}, lead) for n in numbers])


def test_each_notice_is_brought_once(store: Store, receiver: Receiver, clock: Clock) -> None:
    courier = courier_of(store, receiver, clock)
    tell(store, 1, 2)
    with store.writing(round(START * 1e6)) as transaction:
        transaction.announce([NewNotice("refresh.failed", {})])
    assert (courier.bring(), courier.bring()) == (2, 0)
    tell(store, 3)
    clock.now += 3600
    assert (courier.bring(), courier.bring()) == (1, 0)
    assert receiver.numbers == [1, 2, 3]


def test_receiver_that_is_down_is_probed_with_few_and_then_told_everything(
    store: Store, receiver: Receiver, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    courier = courier_of(store, receiver, clock)
    for n in range(9):
        tell(store, n, lead=f"L{n}")
    receiver.answer = lambda _: Failed("no answer", is_down=True)
    assert courier.bring() == 9
    assert courier.bring() == 0  # it rests
    clock.now += 2
    assert courier.bring() == 3
    receiver.answer = lambda _: None
    for _ in range(9):
        clock.now += 10
        courier.bring()

    assert set(receiver.numbers[12:]) == set(range(9))
    assert len(receiver.numbers) == 9 + 3 + 9
    said = [record.message for record in caplog.records]
    assert said == [
        "crm does not take every notice, and is told again: no answer",
        "crm takes notices again, after 2 failures",
    ]


def test_receiver_that_is_gone_is_told_nothing_more(
    store: Store, receiver: Receiver, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    courier = courier_of(store, receiver, clock)
    receiver.answer = lambda _: Failed("gone", is_gone=True)
    tell(store, 1)
    assert (courier.bring(), courier.bring()) == (1, 0)
    assert "crm is switched off and told nothing more: gone" in caplog.text


def test_replay_brings_again_what_was_passed_over(store: Store, receiver: Receiver, clock: Clock) -> None:
    courier = courier_of(store, receiver, clock)
    tell(store, 1, 2)
    courier.bring()
    courier.bring()
    with store.writing(round(START * 1e6)) as transaction:
        backlog.replay(transaction, "crm", 0)
    courier.bring()

    assert receiver.numbers == [1, 2, 1, 2]


def test_notice_that_waits_behind_another_is_not_passed_over(store: Store, receiver: Receiver, clock: Clock) -> None:
    courier = courier_of(store, receiver, clock)
    receiver.answer = lambda _: Failed("not this one")
    tell(store, 1)
    courier.bring()
    tell(store, 2)
    assert courier.bring() == 0
    receiver.answer = lambda _: None
    clock.now += 2
    courier.bring()

    assert receiver.numbers == [1, 1, 2]


def test_process_that_does_not_hold_a_receiver_does_not_deliver_until_the_other_lets_go(
    store: Store, receiver: Receiver, clock: Clock
) -> None:
    mine, other = (courier_of(store, receiver, clock, holder) for holder in ("a:1:1", "b:1:1"))
    tell(store, 1)
    mine.bring()
    tell(store, 2)
    assert other.bring() == 0
    clock.now += 121
    assert other.bring() == 1
    tell(store, 3)
    assert mine.bring() == 0
    assert receiver.numbers == [1, 2]


def test_receiver_that_nobody_registered_is_told_nothing(store: Store, clock: Clock) -> None:
    receiver = Receiver()
    with store.writing(round(START * 1e6)) as transaction:
        deliveries.register(transaction, {"other": frozenset(NOTICE_KINDS)}, 0.05)
    tell(store, 1)
    assert courier_of(store, receiver, clock).bring() == 0


def test_ended_process_is_known_by_its_number_and_its_start() -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    host, _, started = process_name().partition(f":{os.getpid()}:")

    assert not has_ended(process_name())
    assert has_ended(f"{host}:{ended.pid}:{started}")
    assert has_ended(f"{host}:{os.getpid()}:another start")
    assert not has_ended(f"elsewhere:{ended.pid}:{started}")


def test_state_says_how_many_were_sent(store: Store, receiver: Receiver, clock: Clock) -> None:
    tell(store, 1, 2)
    courier_of(store, receiver, clock).bring()
    state: DeliveryState = store.ask(deliveries.state_of, "crm")

    assert (state.sent, state.sent_at, state.holder) == (2, round(START * 1e6), "this")


def test_batch_begins_with_more_of_the_hold_left_than_a_call_may_last(
    store: Store, receiver: Receiver, clock: Clock
) -> None:
    courier = courier_of(store, receiver, clock)
    for n in range(20):
        tell(store, n)
        courier.bring()
        assert receiver.until - clock.now > 60
        clock.now += 7
    state: DeliveryState = store.ask(deliveries.state_of, "crm")
    assert state.held_until == round(receiver.until * 1e6)


class Impatient(Receiver):
    """A receiver that is left alone after three failures with nothing taken, as one by HTTP is."""

    def send(self, batch: Sequence[Notice], until: float) -> Results:
        results: dict[str, Result] = {}
        for notice in batch:
            if None in results.values() or len(results) < 3:
                results |= super().send([notice], until)
        return results


@pytest.mark.parametrize("poisoned", [3, 5])
def test_notices_at_which_a_receiver_fails_keep_no_other_from_being_told(
    store: Store, receiver: Receiver, clock: Clock, poisoned: int
) -> None:
    receiver = Impatient()
    failed = Failed("it answered 500", is_down=True)
    receiver.answer = lambda notice: failed if notice.content["n"] < poisoned else None
    courier = courier_of(store, receiver, clock)
    for n in range(12):
        tell(store, n, lead=f"L{n}")
    for _ in range(9):
        clock.now += 4_000  # longer than anything rests
        courier.bring()
        courier.bring()

    assert set(receiver.numbers) == set(range(12))
    assert store.ask(deliveries.state_of, "crm").sent == 12 - poisoned
