"""A store that tests are given is new, however it was made."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from serving.store.records import NewLead
from serving.store.schema import newest
from serving.store.store import Store, open_store
from serving.store.tables import METADATA
from tests.serving.conftest import postgres_or_skip
from tests.serving.stores import Schemas


def counts(store: Store) -> dict[str, int]:
    with store.reading() as connection:
        return {
            table.name: connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
            for table in METADATA.sorted_tables
        }


def test_a_copied_file_is_a_store_of_the_newest_version_with_a_key_of_its_own(tmp_path: Path) -> None:
    stores = [open_store(f"sqlite:///{tmp_path / name}") for name in ("one.db", "other.db")]
    keys = [
        store.ask(lambda connection: connection.execute(sa.text("SELECT key FROM erasure_key")).scalar_one())
        for store in stores
    ]

    assert keys[0] != keys[1]
    assert [store.upgrade() for store in stores] == [newest(), newest()]
    for store in stores:
        store.close()


def test_a_schema_is_used_again_as_new(schemas: Schemas) -> None:
    urls, found = [], []
    for _ in range(2):
        with postgres_or_skip(schemas.one()) as url:
            urls.append(url)
            store = open_store(url)
            found.append(counts(store))
            store.add_leads([NewLead("L1", {})], 0)
            store.close()

    assert urls[0] == urls[1]
    assert found[0] == found[1]
    assert found[0]["leads"] == 0


def test_a_schema_that_was_changed_is_not_used_again(schemas: Schemas) -> None:
    with postgres_or_skip(schemas.one()) as url:
        store = open_store(url)
        with store.engine.begin() as connection:
            connection.execute(sa.text("CREATE TABLE own (x int)"))
        store.close()
    with postgres_or_skip(schemas.one()) as other:
        assert other != url
