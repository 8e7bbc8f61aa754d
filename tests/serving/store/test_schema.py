"""The schema is made, found up to date, and refused where it is newer."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from serving.store.schema import StoreSchemaError
from serving.store.store import Store, open_store
from serving.store.tables import METADATA


def test_migrations_make_the_tables_that_the_code_knows(empty_url: str) -> None:
    store = open_store(empty_url)
    with store.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        differences = [change for change in compare_metadata(context, METADATA) if change[0] != "remove_index"]

    store.close()
    assert differences == []


def test_upgrade_of_a_store_that_is_up_to_date_changes_nothing(store: Store) -> None:
    assert store.upgrade() == store.upgrade()


def test_servers_that_start_together_make_one_schema(empty_url: str) -> None:
    stores = [Store(empty_url) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        versions = set(pool.map(Store.upgrade, stores))
    for store in stores:
        store.close()

    assert len(versions) == 1


def test_newer_schema_is_refused(store: Store) -> None:
    with store.engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(StoreSchemaError, match=r"up to version \d+, which this Glengarry knows, got version 9999"):
        store.upgrade()
