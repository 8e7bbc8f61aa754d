"""Reminders are found by an index, however much was done before."""

from __future__ import annotations

import sqlalchemy as sa

from serving.store.acts import due_acts
from serving.store.records import NewLead
from serving.store.store import Store
from serving.store.tables import ACTS


def test_due_reminders_of_a_key_are_found_by_its_index(store: Store) -> None:
    store.add_leads([NewLead("L1", {})], 0)
    with store.writing(0) as transaction:
        for number, (key, due_at) in enumerate([("k", 30), ("k", 10), ("other", 5), ("k", 31)]):
            act = {"act_id": str(number), "lead_id": "L1", "kind": "remind", "key_id": key, "due_at": due_at}
            transaction.insert(ACTS, [act | {"stored_at": transaction.tick()}])
    asked: list[str] = []
    with store.reading() as connection:
        sa.event.listen(connection, "before_cursor_execute", lambda *told: asked.append(told[2]))
        assert [act.act_id for act, _ in due_acts(connection, "k", 30)] == ["1", "0"]
        if connection.dialect.name == "sqlite":
            (query,) = (one for one in asked if "FROM acts" in one)
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", ("remind", "k", "9"))
            assert "acts_by_due (key_id=? AND due_at<?)" in str(plan.all())
