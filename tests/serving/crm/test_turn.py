"""One process at a time works for a CRM, for as long as it works and no longer."""

from __future__ import annotations

from typing import cast

import pytest

from bench.harness.hubspot_stand_in import HubSpotStandIn
from serving.crm.pull import pull
from serving.crm.target import Crm
from serving.crm.turn import CrmTurn, TurnError
from serving.store.crm_records import crm_position
from serving.store.store import Store
from tests.serving.crm.conftest import HUBSPOT, SETTINGS, Desk

START, MINUTE = 1_772_442_000_000_000, 60_000_000


class Clock:
    now = START

    def __call__(self) -> int:
        return self.now


def turn_of(store: Store, clock: Clock, holder: str, *, ended: bool = False) -> CrmTurn:
    return CrmTurn(store, "crm", clock, holder, lambda _: ended)


def test_turn_lasts_as_long_as_it_is_taken_anew(store: Store) -> None:
    clock = Clock()
    mine, other = turn_of(store, clock, "a"), turn_of(store, clock, "b")
    mine.take()
    for _ in range(10):
        clock.now += 4 * MINUTE
        mine.take()
        with pytest.raises(TurnError, match="One process at a time may work for crm 'crm'"):
            other.take()
    other.end()  # it has none
    with pytest.raises(TurnError):
        other.take()
    mine.end()
    other.take()
    with pytest.raises(TurnError):
        mine.take()


def test_turn_of_a_process_that_ended_or_says_nothing_is_free(store: Store) -> None:
    clock = Clock()
    turn_of(store, clock, "a").take()
    turn_of(store, clock, "b", ended=True).take()
    other = turn_of(store, clock, "c")
    clock.now += 10 * MINUTE - 1
    with pytest.raises(TurnError):
        other.take()
    clock.now += 1
    other.take()


def test_work_that_is_to_stop_takes_no_turn(store: Store) -> None:
    with pytest.raises(TurnError, match="is to stop"):
        CrmTurn(store, "crm", Clock(), "a", lambda _: False, lambda: True).take()
    assert store.ask(crm_position, "crm", "turn") is None


def test_writing_and_pulling_ask_before_anything_is_done(quick: Desk) -> None:
    stand_in = HubSpotStandIn()
    stand_in.put("17")
    quick.add("17")

    def refuse() -> None:
        raise TurnError("another's")

    target = cast("Crm", quick.connect(HUBSPOT, stand_in))
    writer = quick.writer(HUBSPOT, target)
    writer._go_on = refuse
    with pytest.raises(TurnError, match="another's"):
        writer.round()
    webhook = quick.champion.webhooks["hubspot"]
    with pytest.raises(TurnError, match="another's"):
        pull(quick.store, SETTINGS["hubspot"], webhook, target, lambda: quick.champion, quick.clock, go_on=refuse)
    assert stand_in.asked == []
    target.close()
