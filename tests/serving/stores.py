"""New stores in no time: SQLite's file is copied from one that was migrated once, and PostgreSQL's schema is emptied and used again.

What migrations do is tried in `tests/serving/store/test_schema.py` and `test_migrations.py`, which begin with nothing.
"""

from __future__ import annotations

import secrets
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bench.harness.databases import postgres_schema
from serving.store.engine import make_engine
from serving.store.schema import upgrade
from serving.store.store import open_store
from serving.store.tables import METADATA

Upgrade = Callable[[sa.Engine], str]

SHAPE = sa.text(
    "SELECT md5(string_agg(concat_ws(' ', relname, relkind, attname, atttypid, attnotnull), ',' ORDER BY relname, attnum))"
    " FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid WHERE relnamespace = CAST(current_schema() AS regnamespace)"
)
"""Tables, views and indexes of a schema, with their columns."""
SEQUENCES = sa.text(
    "SELECT setval(CAST(quote_ident(sequencename) AS regclass), 1, false) FROM pg_sequences WHERE schemaname = current_schema()"
)
VERSION = sa.text("SELECT version_num FROM alembic_version")


def copying(folder: Path) -> Upgrade:
    """Return an upgrade that fills a new file of SQLite with a copy, each with a key of its own."""
    made = folder / "made.db"
    open_store(f"sqlite:///{made}").close()

    def upgraded(engine: sa.Engine) -> str:
        if engine.dialect.name == "sqlite":
            file = Path(str(engine.url.database))
            if file.stat().st_size == 0:
                shutil.copyfile(made, file)
                with sqlite3.connect(file) as connection:
                    connection.execute("UPDATE erasure_key SET key = ?", (secrets.token_hex(32),))
                connection.close()
        return upgrade(engine)

    return upgraded


@dataclass
class Schema:
    """A store in a schema of PostgreSQL, and how it was when it was new."""

    url: str
    engine: sa.Engine
    shape: object
    rows: dict[sa.Table, list[dict[str, Any]]]

    def emptied(self) -> bool:
        """Make it as it was; return whether that can be, as nobody has changed its tables."""
        with self.engine.begin() as connection:
            if _shape(connection) != self.shape:
                return False
            for table in reversed(METADATA.sorted_tables):
                connection.execute(table.delete())
            for table, rows in self.rows.items():
                connection.execute(table.insert(), rows)
            connection.execute(SEQUENCES)
        return True


@dataclass
class Schemas:
    """Schemas of PostgreSQL that tests of a process use one after the other."""

    free: list[Schema] = field(default_factory=list)
    stack: ExitStack = field(default_factory=ExitStack)

    @contextmanager
    def one(self) -> Iterator[str]:
        """Yield the URL of a store without records; `OperationalError` where there is no server."""
        schema = self.free.pop() if self.free else self._made()
        yield schema.url
        if schema.emptied():
            self.free.append(schema)

    def _made(self) -> Schema:
        url = self.stack.enter_context(postgres_schema())
        open_store(url).close()
        engine = make_engine(url)
        self.stack.callback(engine.dispose)
        with engine.begin() as connection:
            rows = {table: connection.execute(table.select()).mappings().all() for table in METADATA.sorted_tables}
            filled = {table: [dict(row) for row in some] for table, some in rows.items() if some}
            return Schema(url, engine, _shape(connection), filled)


def _shape(connection: sa.Connection) -> object:
    return connection.execute(SHAPE).scalar_one(), connection.execute(VERSION).scalar()
