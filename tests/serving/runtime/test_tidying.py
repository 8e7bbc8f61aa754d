"""Answers to calls are let go of after a month, once a day, and with them nothing else."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from features.settings.schema import LeadSchema
from serving.runtime.tidying import EVERY, FIRST, Tidying
from serving.settings.settings import STORE_VARIABLE
from serving.store import answers
from serving.store.answers import KEPT_FOR, forget_old_answers
from serving.store.engine import StoreError
from serving.store.leftovers import keep_leftovers
from serving.store.tables import CALL_LEADS, CALLS, LEADS, LEFTOVERS
from serving.store.tombstones import ErasedPeople
from tests.serving.conftest import Service

LEAD: dict[str, Any] = {"lead_id": "L1", "fields": {"budget": "none"}}


def rows(service: Service, table: sa.Table) -> int:
    with service.store.reading() as connection:
        return len(connection.execute(sa.select(table)).all())


def now() -> int:
    return round(datetime.now(UTC).timestamp() * 1e6)


def test_answer_goes_after_a_month_and_the_call_is_still_one_record(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "AT_ONCE", 2)
    told = service.tell("/leads", LEAD, once="call-0")
    for number in range(1, 5):
        service.tell("/leads", LEAD, once=f"call-{number}")

    assert forget_old_answers(service.store, now() + KEPT_FOR - 60_000_000) == 0
    assert service.tell("/leads", LEAD, once="call-0") == told
    assert forget_old_answers(service.store, now() + KEPT_FOR) == 5
    assert (rows(service, CALLS), rows(service, CALL_LEADS), rows(service, LEADS)) == (0, 0, 1)
    assert service.tell("/leads", LEAD, once="call-0")["recorded_at"] == told["recorded_at"]


def test_watch_tidies_once_a_day_and_outlives_a_store_that_is_gone(
    service: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setenv(STORE_VARIABLE, str(service.store.engine.url.render_as_string(hide_password=False)))
    service.tell("/leads", LEAD, once="call-0")
    with service.store.writing(now()) as transaction:
        people = ErasedPeople(transaction, LeadSchema())
        keep_leftovers(transaction, "crm", [({"note": "nobody reads this"}, "")], people)
    start = datetime.now(UTC).timestamp()
    seconds = [start]
    tidying = Tidying(lambda: seconds[0])
    month = KEPT_FOR / 1e6

    for later, left in ((FIRST - 1, 1), (FIRST, 1), (FIRST + EVERY - 1, 1)):
        seconds[0] = start + later
        tidying.look()
        assert rows(service, CALLS) == rows(service, LEFTOVERS) == left
    seconds[0] += month
    monkeypatch.setattr("serving.runtime.tidying.find_store", _gone)
    tidying.look()
    monkeypatch.undo()
    monkeypatch.setenv(STORE_VARIABLE, str(service.store.engine.url.render_as_string(hide_password=False)))
    seconds[0] += EVERY
    tidying.look()

    assert rows(service, CALLS) == rows(service, LEFTOVERS) == 0
    assert "old answers are let go of tomorrow: gone" in caplog.text
    assert "answers to calls of long ago that were let go of: 1" in caplog.text


def _gone(_: object) -> None:
    raise StoreError("gone")
