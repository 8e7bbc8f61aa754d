"""The store: what is told to the service, kept in SQLite or PostgreSQL, and read back."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from serving.store.engine import WRITES, clear_log, make_engine, reached
from serving.store.records import Event, Lead, NewEvent, NewLead, NewOutcome, Outcome
from serving.store.schema import upgrade
from serving.store.transaction import Transaction


class Store:
    """Leads, events, outcomes, scores, feedback, keys and audit trail in one database.

    Nothing is touched before it is asked for. Whatever is written is on disk when `writing` ends without an error.

    Parameters
    ----------
    url
        SQLite (`sqlite:///store.db`) or PostgreSQL (`postgresql://user@host/database`).
    folder
        Where a relative file of SQLite lies.
    """

    def __init__(self, url: str, folder: Path = Path()) -> None:
        self.engine = make_engine(url, folder)
        self._writes = self.engine.execution_options(**{WRITES: True})
        self._log_holds_erased = False

    def upgrade(self) -> str:
        """Bring the store to the newest schema, making it where there is none; return its version.

        Raises
        ------
        StoreSchemaError
            If a newer version of the code has written it.
        StoreError
            If the database cannot be reached.
        """
        with reached(self.engine):
            return upgrade(self._writes)

    @contextmanager
    def writing(self, now: int) -> Iterator[Transaction]:
        """Write in one transaction; its times are `now` (microseconds UTC) or later.

        Raises
        ------
        StoreError
            If the database cannot be reached or does not take it; nothing then counts as written.
        """
        with reached(self.engine), self._writes.begin() as connection:
            transaction = Transaction(connection, now)
            yield transaction
            transaction.close()
        self._log_holds_erased |= transaction.has_erased
        if self._log_holds_erased:
            self._log_holds_erased = not clear_log(self.engine)

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Read one state of the store.

        Raises
        ------
        StoreError
            If the database cannot be reached.
        """
        with reached(self.engine), self.engine.connect() as connection:
            if self.engine.dialect.name == "postgresql":
                connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection

    def add_leads(self, leads: Sequence[NewLead], now: int) -> list[Lead]:
        """Store leads, all or none.

        Raises
        ------
        OtherRecordError
            If one is stored already with another content.
        """
        with self.writing(now) as transaction:
            return [transaction.add_lead(lead) for lead in leads]

    def add_events(self, events: Sequence[NewEvent], now: int) -> list[Event]:
        """Store events, all or none.

        Raises
        ------
        OtherRecordError
            If one is stored already with another content.
        """
        with self.writing(now) as transaction:
            return [transaction.add_event(event) for event in events]

    def add_outcomes(self, outcomes: Sequence[NewOutcome], now: int) -> list[Outcome]:
        """Store outcomes, all or none."""
        with self.writing(now) as transaction:
            return [transaction.add_outcome(outcome) for outcome in outcomes]

    def ask(self, question: Callable[..., Any], *arguments: Any) -> Any:
        """Return the answer to one of the questions of `serving.store.reading`."""
        with self.reading() as connection:
            return question(connection, *arguments)

    def close(self) -> None:
        """Close all connections; one that a thread still has is closed when it is given back."""
        sa.event.listen(self.engine, "checkin", _close_returned)
        self.engine.dispose()


def _close_returned(_: object, record: sa.pool.ConnectionPoolEntry) -> None:
    record.invalidate()


def open_store(url: str, folder: Path = Path()) -> Store:
    """Return a store that is up to date, making it where there is none.

    Raises
    ------
    StoreAddressError
        If the URL cannot be one of a store.
    StoreSchemaError
        If a newer version of the code has written it.
    StoreError
        If the database cannot be reached.
    """
    store = Store(url, folder)
    try:
        store.upgrade()
    except BaseException:
        store.close()  # its connections would stay open until somebody collects them
        raise
    return store
