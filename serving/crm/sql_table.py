"""Any table of a database that SQLAlchemy speaks to: a row a lead, made or changed."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from features.records.clock import to_datetime
from features.settings.redaction import redacted
from serving.crm.http import CrmError, CrmTokenError
from serving.crm.lead_values import LONGEST_LINE, LeadValues
from serving.crm.target import WRITTEN, RemoteRecord, Writing, Written
from serving.settings.crm import CrmSettings, WrittenName

KEY = "lead_id"
LONGEST_KEY = 255
TYPES: Mapping[WrittenName, type[sa.types.TypeEngine[Any]] | sa.types.TypeEngine[Any]] = {
    "probability": sa.Double,
    "route": sa.String(40),
    "step": sa.String(40),
    "question": sa.String(LONGEST_LINE),
    "reasons": sa.Text,
    "scored_at": sa.DateTime(timezone=True),
}
REFUSALS = (sa.exc.DataError, sa.exc.IntegrityError)
"""What a database raises that does not take one row, and would take another."""
DOWN = (sa.exc.OperationalError, sa.exc.InterfaceError)
"""What it raises when it takes no row at all; whatever else it raises may be of one row, as a trigger's refusal is, or of all."""


class SqlTable:
    """A table with a column `lead_id`; where it is not there, it is made."""

    most = 500

    def __init__(self, settings: CrmSettings, environment: Mapping[str, str]) -> None:
        self._settings, self._environment = settings, environment

    @cached_property
    def _engine(self) -> sa.Engine:
        settings, address = self._settings, sa.make_url(self._settings.root)
        if settings.token_variable:
            password = self._environment.get(settings.token_variable, "")
            if not password:
                raise CrmTokenError(
                    f"The environment must have {settings.token_variable} for crm {settings.name!r}, got none: set it."
                )
            address = address.set(password=password)
        return sa.create_engine(address, hide_parameters=True, pool_pre_ping=True)

    @cached_property
    def _table(self) -> sa.Table:
        schema, _, name = self._settings.kinds[0].rpartition(".")
        columns = [sa.Column(theirs, TYPES[ours]) for ours, theirs in self._settings.names.items()]
        key = sa.Column(KEY, sa.String(LONGEST_KEY), primary_key=True)
        return sa.Table(name, sa.MetaData(), key, *columns, schema=schema or None)

    def candidates(self, lead_id: str) -> Sequence[RemoteRecord]:
        """Return the row of a lead."""
        return [RemoteRecord(self._table.name, lead_id)]

    def missing(self) -> Sequence[str]:
        """Return the table if it would be made first, or the columns that it lacks."""
        try:
            inspector = sa.inspect(self._engine)
            if not inspector.has_table(self._table.name, schema=self._table.schema):
                return [self._table.name]
            there = {column["name"] for column in inspector.get_columns(self._table.name, schema=self._table.schema)}
        except sa.exc.SQLAlchemyError as error:
            raise self._error(error) from None
        return [column.name for column in self._table.c if column.name not in there]

    def prepare(self) -> Sequence[str]:
        """Make the table if it is not there; one that is there is left as it is, and has to have the columns.

        Raises
        ------
        CrmError
            If it lacks columns, or the database does not answer.
        """
        missing = self.missing()
        if missing == [self._table.name]:
            try:
                self._table.create(self._engine, checkfirst=True)
            except sa.exc.SQLAlchemyError as error:
                raise self._error(error) from None
        elif missing:
            raise CrmError(
                f"Table {self._table.name} of crm {self._settings.name!r} must have a column {missing[0]!r}, got none: "
                "add it, or say under properties what it is called."
            )
        return missing

    def write(self, writings: Sequence[Writing]) -> Sequence[Written]:
        """Write rows in one transaction; where the database refuses one, each by itself, so that the others are written.

        Raises
        ------
        CrmError
            If the database fails otherwise: what is written then is written again.
        """
        try:
            with self._engine.begin() as connection:
                for one in writings:
                    self._put(connection, one)
        except DOWN as error:
            raise self._error(error) from None
        except sa.exc.SQLAlchemyError:
            return self._write_single(writings)
        return [WRITTEN] * len(writings)

    def _write_single(self, writings: Sequence[Writing]) -> list[Written]:
        """Write row by row; what may be of all rows is taken for a refusal of one where another was written."""
        try:
            with self._engine.connect() as connection:
                causes = [self._refusal(connection, one) for one in writings]
        except sa.exc.SQLAlchemyError as error:
            raise self._error(error) from None
        doubtful = next((cause for cause in causes if cause is not None and not isinstance(cause, REFUSALS)), None)
        if doubtful is not None and None not in causes:
            raise self._error(doubtful)
        return [WRITTEN if cause is None else Written("refused", self._cause(cause)) for cause in causes]

    def _refusal(self, connection: sa.Connection, one: Writing) -> sa.exc.SQLAlchemyError | None:
        """Write one row; return what the database raised if it did not take it."""
        try:
            with connection.begin():
                self._put(connection, one)
        except DOWN:
            raise
        except sa.exc.SQLAlchemyError as error:
            return error
        return None

    def _put(self, connection: sa.Connection, one: Writing) -> None:
        table, row = self._table, self.row(one.values)
        if not connection.execute(sa.update(table).where(table.c[KEY] == one.remote.remote_id).values(row)).rowcount:
            connection.execute(sa.insert(table).values({KEY: one.remote.remote_id, **row}))

    def row(self, values: LeadValues) -> dict[str, Any]:
        """Return a row's columns but its key."""
        told: Mapping[WrittenName, Any] = {
            "probability": values.probability,
            "route": values.route,
            "step": values.step,
            "question": values.question,
            "reasons": values.text,
            "scored_at": to_datetime(values.scored_at),
        }
        return {theirs: told[ours] for ours, theirs in self._settings.names.items()}

    def close(self) -> None:
        """Close all connections."""
        if "_engine" in vars(self):
            self._engine.dispose()

    def _error(self, error: sa.exc.SQLAlchemyError) -> CrmError:
        got = self._cause(error)
        return CrmError(f"The database of crm {self._settings.name!r} must be reachable and work, got: {got}.")

    def _cause(self, error: sa.exc.SQLAlchemyError) -> str:
        """Return what the database said, without a password; of a row that it refused not what stands in it."""
        cause = str(getattr(error, "orig", None) or error)
        if not isinstance(error, DOWN):
            cause = cause.partition("\n")[0]
        password = self._engine.url.password
        return redacted(" ".join(cause.split()), [str(password)] if password else [])[:300]
