"""Connecting to the store's database: SQLite that loses nothing, or PostgreSQL; no error shows a password."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from features.settings.folders import private_folder
from features.settings.redaction import redacted
from serving.store.types import write_json

WRITES = "glengarry_writes"
"""Execution option of connections that are to write: SQLite then waits at the start, not in the middle."""
OWNER_ALONE = 0o600
"""Mode of SQLite's file, which its log takes over; one that is there keeps its own."""
BUSY_SECONDS = 5
CLEAR_MILLISECONDS = 500
"""So long the clearing of the log waits for readers, and every other write with it; then the next write tries again."""
CONNECT_SECONDS = 3
BACKENDS = ("sqlite", "postgresql")
DISCREET: dict[str, Any] = {"json_serializer": write_json, "hide_parameters": True}
"""Of every engine: an error of the database goes into the log, and what was to be written is nobody's business there."""


class StoreError(ConnectionError):
    """The store cannot be reached, or does not work; what was to be written is not acknowledged."""


class StoreAddressError(ValueError):
    """The settings name no database that can be a store."""


def make_engine(url: str, folder: Path = Path()) -> sa.Engine:
    """Return the engine of a store; nothing is opened yet.

    Raises
    ------
    StoreAddressError
        If the URL cannot be read, or is of another database.
    """
    address = _address(url, folder)
    if address.get_backend_name() == "sqlite":
        return _sqlite(address)
    # In UTC, times reach from year 1 to 9999; and what is committed is on disk, whatever the server does otherwise.
    theirs = address.normalized_query.get("options", ())
    options = " ".join([*theirs, "-c timezone=UTC -c synchronous_commit=on"])
    limits: dict[str, Any] = {"connect_timeout": CONNECT_SECONDS, "options": options}
    return sa.create_engine(address, **DISCREET, connect_args=limits, pool_pre_ping=True, pool_timeout=CONNECT_SECONDS)


def _address(url: str, folder: Path) -> sa.URL:
    try:
        address = sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError):
        # Not chained: the cause shows the URL, and with it a password.
        raise StoreAddressError(
            "store.url must be a SQLAlchemy URL such as postgresql://user@host/database or sqlite:///store.db, got one "
            "that cannot be read: check its parts, and write special characters of the password as %xx."
        ) from None
    backend = address.get_backend_name()
    if backend not in BACKENDS or (backend == "sqlite" and not address.database):
        raise StoreAddressError(
            f"store.url must name a file of SQLite or a database of PostgreSQL, got {backend!r}: correct it."
        )
    if backend == "sqlite":
        return address.set(database=str(folder / str(address.database)))
    return address.set(drivername="postgresql+psycopg")


def _sqlite(address: sa.URL) -> sa.Engine:
    file = Path(str(address.database))
    private_folder(file.parent)
    with suppress(OSError):  # opening it says what is wrong
        file.touch(OWNER_ALONE, exist_ok=True)
    engine = sa.create_engine(address, **DISCREET, connect_args={"timeout": BUSY_SECONDS})
    sa.event.listen(engine, "connect", _prepare_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _: object) -> None:
    """Set a connection up: on disk before a commit returns, keys that must be there, nothing left of what is erased."""
    connection.isolation_level = None  # transactions begin where SQLAlchemy says so, not where the driver guesses
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def clear_log(engine: sa.Engine) -> bool:
    """Empty SQLite's write-ahead log, which holds what rows were before; return whether that is done, or may be tried again.

    PostgreSQL keeps its own log, and lets go of old rows when it vacuums.
    """
    if engine.dialect.name != "sqlite":
        return True
    try:
        connection = engine.raw_connection()
    except sa.exc.SQLAlchemyError:
        return False
    try:
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={CLEAR_MILLISECONDS}")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        state = cursor.fetchone()
        cursor.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")
    except sqlite3.Error:
        return False
    finally:
        connection.close()
    return state is not None and not state[0]


@contextmanager
def reached(engine: sa.Engine) -> Iterator[None]:
    """Turn errors of the database into ours, with passwords struck out.

    Raises
    ------
    StoreError
        If the database cannot be reached, is locked for too long, or is full.
    """
    try:
        yield
    except (sa.exc.OperationalError, sa.exc.InterfaceError, sa.exc.TimeoutError, sa.exc.InternalError) as error:
        raise _store_error(engine, error) from None
    except sa.exc.DBAPIError as error:
        if not error.connection_invalidated:
            raise
        raise _store_error(engine, error) from None


def _store_error(engine: sa.Engine, error: Exception) -> StoreError:
    cause: Any = getattr(error, "orig", None) or error
    password = engine.url.password
    got = redacted(" ".join(str(cause).split()), [str(password)] if password else [])[:300]
    address = redacted(engine.url.set(query={}).render_as_string())
    return StoreError(f"The store {address} must be reachable and work, got: {got}. Start it, or correct store.url.")
