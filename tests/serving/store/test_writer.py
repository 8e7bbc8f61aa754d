"""Writes that arrive together share a transaction, and each hears of its own only after it is on disk."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from features.records.clock import DAY
from serving.store import reading
from serving.store.engine import StoreError
from serving.store.records import Lead, NewLead
from serving.store.store import Store
from serving.store.transaction import Transaction
from serving.store.writer import MAX_TOGETHER, MAX_WAITING, StoreBusyError, Writer

NOW = 20_000 * DAY
One = Callable[[Transaction], Any]


def each(transaction: Transaction, writes: Sequence[One]) -> list[Any]:
    return [write(transaction) for write in writes]


@pytest.fixture
def writer(store: Store) -> Iterator[Writer[One]]:
    writer: Writer[One] = Writer(store, lambda: NOW, each)
    writer.start()
    yield writer
    writer.stop()


def adding(lead_id: str) -> One:
    return lambda transaction: transaction.add_lead(NewLead(lead_id, {}))


def test_acknowledged_is_stored(store: Store, writer: Writer[One]) -> None:
    def post(n: int) -> bool:
        lead: Lead = writer.submit(adding(f"L{n}")).result(30)
        return bool(store.ask(reading.leads_of, [lead.lead_id]) == {f"L{n}": lead})

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(post, range(40)))


def test_writes_that_wait_share_a_transaction(store: Store) -> None:
    sizes: list[int] = []

    def counted(transaction: Transaction, writes: Sequence[One]) -> list[Any]:
        sizes.append(len(writes))
        return each(transaction, writes)

    writer: Writer[One] = Writer(store, lambda: NOW, counted)
    answers = [writer.submit(adding(f"L{n}")) for n in range(5)]
    writer.start()
    writer.stop()

    assert sizes == [5]
    assert [answer.result(0).lead_id for answer in answers] == [f"L{n}" for n in range(5)]


def test_write_that_fails_spoils_no_other(store: Store) -> None:
    def fail(transaction: Transaction) -> None:
        transaction.add_lead(NewLead("half", {}))
        raise RuntimeError("my own")

    writer: Writer[One] = Writer(store, lambda: NOW, each)
    good, bad, late = (writer.submit(write) for write in (adding("L1"), fail, adding("L2")))
    writer.start()
    writer.stop()

    assert good.result(0).lead_id == "L1"
    assert late.result(0).lead_id == "L2"
    with pytest.raises(RuntimeError, match="my own"):
        bad.result(0)
    assert set(store.ask(reading.leads_of, ["L1", "L2", "half"])) == {"L1", "L2"}


def test_write_called_off_before_its_turn_is_not_written(store: Store) -> None:
    writer: Writer[One] = Writer(store, lambda: NOW, each)
    off, kept = writer.submit(adding("L1")), writer.submit(adding("L2"))
    assert off.cancel()
    writer.start()
    writer.stop()

    assert kept.result(0).lead_id == "L2"
    assert store.ask(reading.leads_of, ["L1"]) == {}


def test_store_that_has_gone_acknowledges_nothing_and_works_again_when_it_is_back(
    writer: Writer[One], monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = threading.Event()
    gone.set()
    begin = Store.writing

    def writing(store: Store, now: int) -> Any:
        if gone.is_set():
            raise StoreError("The store must be reachable")
        return begin(store, now)

    monkeypatch.setattr(Store, "writing", writing)
    with pytest.raises(StoreError, match="must be reachable"):
        writer.submit(adding("L1")).result(30)
    gone.clear()

    assert writer.submit(adding("L1")).result(30).lead_id == "L1"


def test_nothing_is_taken_after_the_end(store: Store) -> None:
    writer: Writer[One] = Writer(store, lambda: NOW, each)
    writer.start()
    writer.stop()

    with pytest.raises(StoreError, match="send it again later"):
        writer.submit(adding("L1"))


def test_no_more_wait_than_can_be_written_in_time(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("serving.store.writer.MAX_WAITING", 3)
    writer: Writer[One] = Writer(store, lambda: NOW, each)
    taken = [writer.submit(adding(f"L{n}")) for n in range(3)]

    with pytest.raises(StoreBusyError, match="got too much at once: send it again later"):
        writer.submit(adding("L3"))
    assert len(writer) == 3

    writer.start()
    assert [answer.result(30).lead_id for answer in taken] == ["L0", "L1", "L2"]
    assert writer.submit(adding("L3")).result(30).lead_id == "L3"
    writer.stop()


def test_writes_share_a_transaction_up_to_a_number_and_the_rest_have_another(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("serving.store.writer.MAX_TOGETHER", 4)
    sizes: list[int] = []

    def counted(transaction: Transaction, writes: Sequence[One]) -> list[Any]:
        sizes.append(len(writes))
        return each(transaction, writes)

    writer: Writer[One] = Writer(store, lambda: NOW, counted)
    answers = [writer.submit(adding(f"L{n}")) for n in range(9)]
    writer.start()
    writer.stop()

    assert sizes == [4, 4, 1]
    assert [answer.result(0).lead_id for answer in answers] == [f"L{n}" for n in range(9)]


def test_limits_of_the_writer() -> None:
    assert (MAX_TOGETHER, MAX_WAITING) == (64, 10_000)
