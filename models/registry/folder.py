"""Where a registry in a folder keeps its files: MLflow writes the whole path down, so a folder that was copied or moved names another."""

from pathlib import Path

import sqlalchemy as sa

from models.registry.versions import RegistryError

FILES = "mlflow-artifacts"
"""The folder of a registry's files, beside its database."""
PATHS = (
    ("experiments", "artifact_location"),
    ("runs", "artifact_uri"),
    ("logged_models", "artifact_location"),
    ("model_versions", "storage_location"),
)
"""Where MLflow's database writes paths of files down."""


class MovedRegistryError(RegistryError):
    """A registry whose database names another folder than its own: it was copied or moved."""


def refuse_moved(database: Path, experiment: str) -> None:
    """Refuse a registry that would go on writing into the folder that it was copied from.

    Raises
    ------
    MovedRegistryError
        Naming both folders, and what to do.
    """
    there, here = files_of(database, experiment), (database.parent / FILES).as_uri()
    if there is not None and there != here:
        raise MovedRegistryError(
            f"The registry {database} must keep its files beside it in {FILES}, got {there}: the folder was copied or moved. "
            "Run `glengarry models --here` to let it keep them where it stands now; what it was copied from stays as it is."
        )


def files_of(database: Path, experiment: str) -> str | None:
    """Return where a database of MLflow says that an experiment's files are; None if it has none of this name, or is no such database yet."""
    if not database.is_file():
        return None
    engine = sa.create_engine(f"sqlite:///{database.as_posix()}")
    try:
        with engine.connect() as connection:
            if not sa.inspect(connection).has_table("experiments"):
                return None
            query = sa.text("SELECT artifact_location FROM experiments WHERE name = :name")
            found = connection.execute(query, {"name": experiment}).scalar()
            return None if found is None else str(found)
    finally:
        engine.dispose()


def settle(database: Path, experiment: str) -> str | None:
    """Let a database of MLflow name the files beside it; return where it said they were, None if it needed no change.

    Raises
    ------
    MovedRegistryError
        If there are no files beside it: they were not copied with it.
    """
    there, folder = files_of(database, experiment), database.parent / FILES
    here = folder.as_uri()
    if there is None or there == here:
        return None
    if not folder.is_dir():
        raise MovedRegistryError(
            f"The registry {database} must have its files in {folder}, got none: copy them from {there}."
        )
    engine = sa.create_engine(f"sqlite:///{database.as_posix()}")
    try:
        with engine.begin() as connection:
            for table, column in PATHS:
                moved = f"UPDATE {table} SET {column} = :here || substr({column}, :length) WHERE substr({column}, 1, :length - 1) = :there"
                connection.execute(sa.text(moved), {"here": here, "there": there, "length": len(there) + 1})
    finally:
        engine.dispose()
    return there
