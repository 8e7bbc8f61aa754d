"""A byte that changed in the store is never answered as if it had been written."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
import sqlalchemy as sa

from serving.store import reading
from serving.store.records import NewEvent
from serving.store.seals import SEALED, DamagedRecordError, seal_of
from serving.store.store import Store
from serving.store.tables import METADATA
from tests.serving.conftest import Service

LEAD = {"lead_id": "L1", "fields": {"source": "fair", "budget": "none"}}
CALL = {"lead_id": "L1", "kind": "call", "occurred_at": "2026-03-01T09:00:00Z"}
CHANGES: list[tuple[str, str, Any]] = [
    ("leads", "fields", {"source": "fair", "budget": "nine"}),
    ("leads", "created_at", 1),
    ("events", "recorded_at", 1),
    ("events", "value", 7.5),
    ("events", "text", "another"),
    ("scores", "probability", 0.5),
    ("scores", "answer", "{}"),
    ("scores", "model_version", "8"),
    ("scores", "inputs", [1.0]),
    ("scores", "contributions", [1.0]),
]
TABLES = [table for table in SEALED if table in METADATA.tables]


def change(store: Store, table: str, **values: Any) -> None:
    """Change rows behind the service's back."""
    with store.engine.begin() as connection:
        connection.execute(sa.update(METADATA.tables[table]).values(values))


@pytest.mark.parametrize(("table", "column", "value"), CHANGES)
def test_changed_row_is_refused_and_said(
    service: Service, table: str, column: str, value: Any, caplog: pytest.LogCaptureFixture
) -> None:
    service.tell("/leads", LEAD)
    service.tell("/events", CALL)
    assert service.ask("/leads/L1")["score"]
    change(service.store, table, **{column: value})

    answer = service.ask("/leads/L1", status=500)

    assert answer["type"] == "urn:glengarry:problem:damaged-record"
    assert f"A row of the table {table} must be as it was written" in caplog.text
    if table == "leads":
        service.tell("/events", CALL | {"event_id": "later"}, status=500)
    if table == "events":
        assert service.tell("/events", CALL | {"event_id": "later"})["score"] is None


def test_every_sealed_column_is_tried() -> None:
    tried = {(table, column) for table, column, _ in CHANGES}
    keys = {("events", "kind"), ("events", "occurred_at"), ("scores", "as_of")}

    assert tried | keys == {(table, column) for table in TABLES for column in SEALED[table]}


@pytest.mark.parametrize("column", ["probability", "expected_value", "scored_as_of", "step"])
def test_changed_row_of_a_list_is_refused(service: Service, column: str) -> None:
    service.tell("/leads", LEAD)
    (listed,) = service.ask("/leads")["leads"]
    assert listed["probability"] > 0
    other: dict[str, Any] = {"probability": 0.9, "expected_value": 1e6, "scored_as_of": 10**15, "step": "prospect"}
    change(service.store, "leads", **{column: other[column]})

    assert service.ask("/leads", status=500)["type"] == "urn:glengarry:problem:damaged-record"


def test_row_of_before_is_answered_without_a_seal(service: Service) -> None:
    service.tell("/leads", LEAD)
    for table in TABLES:
        change(service.store, table, seal=None)
    change(service.store, "leads", standing_seal=None)

    assert service.ask("/leads/L1")["score"]["probability"] > 0
    assert service.tell("/events", CALL)["score"]


def test_bytes_changed_anywhere_in_the_answer_of_a_score_show() -> None:
    random = Random(16)
    row = {
        "as_of": 1,
        "model_version": "7",
        "probability": 0.1234,
        "answer": '{"probability":0.1234,"reasons":["ünd"]}',
    }
    answer = row["answer"].encode()  # type: ignore[attr-defined]
    for _ in range(200):
        damaged = bytearray(answer)
        damaged[random.randrange(len(damaged))] ^= 1 << random.randrange(8)
        read = damaged.decode(errors="replace")

        assert seal_of("scores", row | {"answer": read}) != seal_of("scores", row)


def test_seal_stays_right_through_all_that_changes_a_row(service: Service) -> None:
    service.tell("/leads", LEAD)
    service.tell("/leads", {"lead_id": "L2", "fields": {"source": "web"}})
    service.tell("/merges", {"lead_id": "L2", "merged_id": "L1"})
    service.tell("/events", CALL | {"value": 3})
    service.ask("/leads/L2", status=204, method="DELETE")

    with service.store.reading() as connection:
        for table in TABLES:
            rows = connection.execute(sa.select(METADATA.tables[table])).mappings().all()
            assert rows
            for row in rows:
                assert row["seal"] in (None, seal_of(table, dict(row)))
        with pytest.raises(DamagedRecordError, match="Restore it from a backup"):
            raise_of(connection)


def raise_of(connection: sa.Connection) -> None:
    lead = next(iter(reading.leads_of(connection, ids(connection)).values()))
    type(lead)(**{**lead.__dict__, "seal": 1})


def ids(connection: sa.Connection) -> list[str]:
    return list(connection.execute(sa.select(METADATA.tables["leads"].c.lead_id)).scalars())


def test_zero_below_zero_is_no_damage(service: Service) -> None:
    """A database gives it back as zero."""
    service.tell("/leads", LEAD)
    now = service.store.ask(reading.latest)

    service.store.add_events([NewEvent("L1", CALL["kind"], now, value=-0.0)], now)

    assert service.store.ask(reading.events_of, ["L1"])["L1"][0].value == 0
