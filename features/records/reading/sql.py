"""A table of a SQL database, by any SQLAlchemy URL; no error shows the password."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import sqlalchemy as sa

from features.records.parsing.values import text_of
from features.records.reading.mapping import WantedColumns
from features.records.reading.table import (
    ROWS_AT_ONCE,
    RawTable,
    ReadingError,
    joined_cells,
    listed,
    nearest,
    numbered,
    plain,
)
from features.settings.redaction import SECRET_KEY, redacted


def read_sql(address: str, wanted: WantedColumns, folder: Path) -> RawTable:
    """Read the wanted columns of a table or view; a SQLite file is looked for in `folder`.

    Raises
    ------
    ReadingError
        If the database does not answer, or lacks the table or a column.
    """
    place, chunks = f"table {wanted.source.table}", list(_chunks(address, wanted, folder))
    cells = joined_cells([chunk for _, chunk in chunks])
    return RawTable.of(place, plain(cells, place), chunks[0][0], numbered(cells))


def sql_pieces(address: str, wanted: WantedColumns, folder: Path) -> Iterator[RawTable]:
    """Yield the wanted columns of a table or view piece by piece, however long it is; a column of a piece may be null where none is filled.

    Raises
    ------
    ReadingError
        As `read_sql` does.
    """
    place, number = f"table {wanted.source.table}", 2  # as a spreadsheet counts: the names are row 1
    for columns, chunk in _chunks(address, wanted, folder):
        empty = [name for name in chunk.column_names if pa.types.is_null(chunk.column(name).type)]
        cells = plain(chunk, place)
        for name in empty:
            cells = cells.set_column(cells.column_names.index(name), name, chunk.column(name))
        yield RawTable.of(place, cells, columns, np.arange(number, number + len(chunk)))
        number += len(chunk)


def _chunks(address: str, wanted: WantedColumns, folder: Path) -> Iterator[tuple[dict[str, str], pa.Table]]:
    """Yield the export's name of each of our columns with some rows, at least none of them once."""
    url, table = _database(address, folder), wanted.source.table
    with _without_password(url):
        engine = sa.create_engine(url)
        try:
            there = _columns(engine, table)
            packed = _packed(wanted, there)
            columns = wanted.find([*there, *packed], f"table {table}")
            names = list(dict.fromkeys(columns.values()))
            asked = [name for name in names if name not in packed]
            if packed:
                asked.append(str(wanted.source.packed))
            schema, _, name = table.rpartition(".")
            query: sa.Select[Any] = sa.select(
                sa.table(name, *(sa.column(name) for name in asked), schema=schema or None)
            )
            with engine.connect() as connection:
                rows = connection.execution_options(yield_per=ROWS_AT_ONCE).execute(query)
                yield columns, _chunk([], names, packed)
                for chunk in rows.partitions():
                    yield columns, _chunk(chunk, names, packed)
        finally:
            engine.dispose()


def read_all(address: str, table: str, folder: Path) -> pa.Table:
    """Read every column of a table or view under its own name; a SQLite file is looked for in `folder`.

    Raises
    ------
    ReadingError
        If the database does not answer, or lacks the table.
    """
    url = _database(address, folder)
    with _without_password(url):
        engine = sa.create_engine(url)
        try:
            names = _columns(engine, table)
            schema, _, name = table.rpartition(".")
            query = sa.select(sa.table(name, *map(sa.column, names), schema=schema or None))
            with engine.connect() as connection:
                rows = connection.execution_options(yield_per=ROWS_AT_ONCE).execute(query)
                chunks = [_chunk(chunk, names, []) for chunk in rows.partitions()] or [_chunk([], names, [])]
        finally:
            engine.dispose()
    return plain(joined_cells(chunks), f"table {table}")


def count_rows(address: str, table: str, folder: Path) -> int:
    """Return how many rows a table or view has.

    Raises
    ------
    ReadingError
        If the database does not answer, or lacks the table.
    """
    url = _database(address, folder)
    with _without_password(url):
        engine = sa.create_engine(url)
        try:
            _columns(engine, table)
            schema, _, name = table.rpartition(".")
            with engine.connect() as connection:
                query = sa.select(sa.func.count()).select_from(sa.table(name, schema=schema or None))
                return int(connection.execute(query).scalar_one())
        finally:
            engine.dispose()


def _columns(engine: sa.Engine, table: str) -> list[str]:
    """Return the column names of a table or view."""
    schema, _, name = table.rpartition(".")
    inspector = sa.inspect(engine)
    there = [*inspector.get_table_names(schema or None), *inspector.get_view_names(schema or None)]
    if name not in there:
        raise ReadingError(
            f"The database has no table {table!r}: {nearest(name, there)}there are {listed(sorted(there))}."
        )
    return [column["name"] for column in inspector.get_columns(name, schema or None)]


def _database(address: str, folder: Path) -> sa.URL:
    """Return the URL; a SQLite file stands in `folder` and must be there, as connecting would make an empty one."""
    try:
        url = sa.make_url(address)
    except (sa.exc.ArgumentError, ValueError):
        # Not chained: the cause shows the URL, and with it a password.
        raise ReadingError(
            "history.source must be a folder or a SQLAlchemy URL such as postgresql+psycopg://user@host/database, "
            "got one that cannot be read: check its parts, and write special characters of the password as %xx."
        ) from None
    if url.get_backend_name() == "sqlite" and url.database and not url.database.startswith((":", "file:")):
        path = folder / url.database
        if not path.is_file():
            raise ReadingError(
                f"history.source names the SQLite file {str(path)!r}, which is not there: correct the path."
            )
        return url.set(database=str(path))
    return url


@contextmanager
def _without_password(url: sa.URL) -> Iterator[None]:
    """Turn errors of the database into ours, with the password struck out."""
    try:
        yield
    except sa.exc.NoSuchModuleError:
        name = url.drivername.partition("+")[0]
        raise ReadingError(
            f"Cannot read from {name}: SQLAlchemy has no dialect of that name here. Export the tables to Parquet or CSV files (in "
            f"Snowflake COPY INTO, in BigQuery EXPORT DATA) and name their folder as history.source, or install a package that has it."
        ) from None
    except (sa.exc.SQLAlchemyError, ImportError) as error:
        # The driver's own message may repeat what it was given, so it is cleaned and not chained.
        text = redacted(str(getattr(error, "orig", None) or error).strip(), _secrets(url))
        address = redacted(url.set(query={}).render_as_string(hide_password=False))
        advice = "install its driver" if isinstance(error, ImportError) else "check history.source and that it answers"
        raise ReadingError(f"Cannot read from {address}: {text}. Please {advice}.") from None


def _secrets(url: sa.URL) -> list[str]:
    """Return the passwords of a URL, as they are and as it quotes them."""
    given = [str(url.password)] if url.password else []
    query = url.normalized_query.items()
    given += [value for key, values in query if re.fullmatch(SECRET_KEY, key, re.I) for value in values]
    quoted = [url.render_as_string(hide_password=False).partition("://")[2].partition("@")[0].partition(":")[2]]
    return [secret for secret in (*given, *quoted) if len(secret) > 2]


def _packed(wanted: WantedColumns, there: list[str]) -> list[str]:
    """Return the wanted columns that stand in the column of JSON objects.

    Raises
    ------
    ReadingError
        If the settings name such a column and it is not there.
    """
    source = wanted.source
    if source.packed is None:
        return []
    if source.packed not in there:
        raise ReadingError(
            f"Table {source.table} has no column {source.packed!r}: {nearest(source.packed, there)}"
            f"its columns are {listed(there)}. Correct `packed` under [{wanted.section}]."
        )
    return [name for ours in wanted.fields if (name := source.columns.get(ours, ours)) not in there]


def _chunk(rows: Sequence[sa.Row[Any]], names: list[str], packed: list[str]) -> pa.Table:
    plain_names = [name for name in names if name not in packed]
    cells = {name: [row[at] for row in rows] for at, name in enumerate(plain_names)}
    if packed:
        objects = [_object(row[-1]) for row in rows]
        cells |= {name: [content.get(name) for content in objects] for name in packed}
    return pa.table({name: _column(cells[name]) for name in names})


def _object(cell: object) -> Mapping[str, Any]:
    """Return what a JSON cell says; drivers give it as text, or read already."""
    content = json.loads(cell) if isinstance(cell, str | bytes) else cell
    if isinstance(content, Mapping):
        return content
    if content is None:
        return {}
    raise ReadingError(f"A packed column must hold JSON objects, got {str(cell)[:80]!r}: name another, or correct it.")


def _column(values: list[object]) -> pa.Array:
    """Return values of one column in the type they share, otherwise as text."""
    try:
        return pa.array(values)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
        return pa.array([None if value is None else _text(value) for value in values], pa.string())


def _text(value: object) -> str:
    return text_of(value) if isinstance(value, str | int | float) else str(value)
