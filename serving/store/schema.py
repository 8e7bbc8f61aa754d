"""Bringing a store to the schema that the code knows, and refusing one that is newer."""

from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from serving.store import migrations

if TYPE_CHECKING:
    from alembic.script import ScriptDirectory

LOCK = 7_061_636_879_413_142_891
"""PostgreSQL's advisory lock under which one server at a time migrates; any number would do."""


class StoreSchemaError(ValueError):
    """The store has a schema that this version of the code does not know."""


def upgrade(engine: sa.Engine, version: str = "") -> str:
    """Bring the store to a schema, the newest by default, in one transaction and by one process at a time; return its version.

    Raises
    ------
    StoreSchemaError
        If a newer version of the code has written it.
    """
    # Alembic takes a quarter of a second to import.
    from alembic.operations import Operations
    from alembic.runtime.migration import MigrationContext

    script = _script()
    head = version or str(script.get_current_head())
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK)))
        context = MigrationContext.configure(
            connection,
            opts={"fn": lambda revision, _: script._upgrade_revs(head, revision), "transactional_ddl": True},
        )
        there = context.get_current_revision()
        if there == head:
            return head
        if there is not None and there not in known_versions():
            raise StoreSchemaError(
                f"The store must have a schema up to version {head}, which this Glengarry knows, got version {there}: "
                "a newer one has written it, so run that one (or restore a copy from before)."
            )
        with Operations.context(context):
            context.run_migrations()
    return head


def version_of(connection: sa.Connection) -> str | None:
    """Return the version of a store's schema; None where there is none."""
    from alembic.runtime.migration import MigrationContext

    return MigrationContext.configure(connection).get_current_revision()


def newest() -> str:
    """Return the newest version that the code knows."""
    return str(_script().get_current_head())


def known_versions() -> set[str]:
    """Return the versions that the code knows."""
    return {known.revision for known in _script().walk_revisions()}


def _script() -> "ScriptDirectory":
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return ScriptDirectory.from_config(config)
