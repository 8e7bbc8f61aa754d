"""SQL: a table reads as from a file, and no error shows a password."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest
import sqlalchemy as sa

from features.records.reading import ReadingError
from tests.features.conftest import Export
from tests.features.records.reading.conftest import PLAIN


def fill_database(engine: sa.Engine, schema: str | None = None) -> None:
    time, text = sa.DateTime(timezone=True), sa.Text()
    leads = sa.Table(
        "leads",
        sa.MetaData(schema=schema),
        *(sa.Column(name, kind) for name, kind in (("lead_id", text), ("created_at", time), ("source", text))),
        sa.Column("employees", sa.Numeric(10, 2)),
        sa.Column("budget", text),
    )
    with engine.begin() as connection:
        leads.create(connection)
        rows = [
            {
                "lead_id": f"L{row}",
                "created_at": datetime(2026, 1, 1, row, tzinfo=UTC),
                "source": None,
                "employees": row,
            }
            for row in range(3)
        ]
        connection.execute(leads.insert(), rows)


@pytest.fixture
def database(folder: Export) -> str:
    url = f"sqlite:///{folder.folder / 'crm.db'}"
    engine = sa.create_engine(url)
    fill_database(engine)
    engine.dispose()
    return url


def test_database_reads_as_a_table(folder: Export, database: str) -> None:
    raw = folder.read(source=database)

    assert raw.cells.column("lead_id").to_pylist() == ["L0", "L1", "L2"]
    assert raw.cells.column("employees").cast(pa.float64()).to_pylist() == [0, 1, 2]
    assert raw.place == "table leads"


def test_chunks_of_a_database_are_joined_whatever_their_types(
    folder: Export, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sa.create_engine(database).begin() as connection:
        connection.execute(sa.text("update leads set employees = 'many' where lead_id = 'L1'"))
    monkeypatch.setattr("features.records.reading.sql.ROWS_AT_ONCE", 1)

    assert folder.read(source=database).cells.column("employees").to_pylist() == ["0", "many", "2"]


def test_sqlite_file_lies_beside_the_settings(folder: Export, database: str) -> None:
    assert database
    assert len(folder.read(source="sqlite:///crm.db")) == 3


def test_sqlite_file_that_is_not_there_is_not_made(folder: Export) -> None:
    with pytest.raises(ReadingError, match=r"names the SQLite file '.*none\.db', which is not there"):
        folder.read(source="sqlite:///none.db")
    assert not list(folder.folder.iterdir())


def test_missing_table_and_column_of_a_database_name_what_is_there(folder: Export, database: str) -> None:
    with pytest.raises(
        ReadingError, match=r"The database has no table 'lead': did you mean 'leads'\? there are 'leads'"
    ):
        folder.read(source=database, leads={"table": "lead"})
    with pytest.raises(ReadingError, match="table leads has no column 'city'"):
        folder.read(source=database, schema=PLAIN)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://sales:hush-hush@127.0.0.1:1/crm?connect_timeout=2",
        "postgresql+psycopg://sales@127.0.0.1:1/crm?password=hush-hush&connect_timeout=2",
        "nodriver://sales:hush-hush@127.0.0.1/crm",
        "postgresql+psycopg://sales:hush-hush@127.0.0.1:port/crm",
    ],
)
def test_no_error_shows_the_password(folder: Export, url: str) -> None:
    with pytest.raises(ReadingError, match=r"history\.source") as caught:
        folder.read(source=url)

    error: BaseException | None = caught.value
    while error is not None:
        assert "hush" not in f"{error} {error!r}"
        error = None if error.__suppress_context__ else error.__context__


@pytest.mark.parametrize("name", ["snowflake", "bigquery"])
def test_database_without_a_dialect_says_how_its_tables_are_read(folder: Export, name: str) -> None:
    with pytest.raises(
        ReadingError, match=rf"Cannot read from {name}: .*Export the tables to Parquet.*history\.source"
    ):
        folder.read(source=f"{name}://sales:hush-hush@account/crm")


@pytest.fixture
def postgres() -> Iterator[tuple[str, str]]:
    url = os.environ.get("GLENGARRY_TEST_POSTGRES", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres")
    engine, schema = sa.create_engine(url, connect_args={"connect_timeout": 5}), f"test_{uuid.uuid4().hex}"
    try:
        with engine.begin() as connection:
            connection.execute(sa.schema.CreateSchema(schema))
    except sa.exc.OperationalError as error:
        if os.environ.get("CI") == "true":
            pytest.fail(f"PostgreSQL must answer in CI: {error}")
        pytest.skip("no PostgreSQL at GLENGARRY_TEST_POSTGRES")
    try:
        fill_database(engine, schema)
        yield url, schema
    finally:
        with engine.begin() as connection:
            connection.execute(sa.schema.DropSchema(schema, cascade=True))
        engine.dispose()


def test_postgresql_reads_as_a_table(folder: Export, postgres: tuple[str, str]) -> None:
    url, schema = postgres

    raw = folder.read(source=url, leads={"table": f"{schema}.leads"})

    assert raw.cells.column("lead_id").to_pylist() == ["L0", "L1", "L2"]
    assert raw.cells.column("employees").to_pylist() == [0, 1, 2]
    assert raw.cells.column("source").to_pylist() == [None] * 3
    times = raw.cells.column("created_at").cast(pa.int64()).to_numpy() / 3.6e9
    np.testing.assert_array_equal(times - times[0], [0, 1, 2])
    with pytest.raises(ReadingError, match=rf"no table '{schema}\.lead': did you mean 'leads'"):
        folder.read(source=url, leads={"table": f"{schema}.lead"})


def test_column_of_json_objects_is_read_as_columns(folder: Export) -> None:
    with sa.create_engine(f"sqlite:///{folder.folder / 'crm.db'}").begin() as connection:
        connection.execute(sa.text("create table leads (lead_id text, created_at text, answers text)"))
        rows = ['{"source": "fair", "Größe": 7}', '{"source": 3, "Größe": "many"}', None]
        for at, answers in enumerate(rows):
            connection.execute(
                sa.text("insert into leads values (:a, '2026-01-01', :b)"), {"a": f"L{at}", "b": answers}
            )
    table = {"table": "leads", "packed": "answers", "columns": {"employees": "Größe"}}

    raw = folder.read(source="sqlite:///crm.db", leads=table)

    assert raw.cells.column("source").to_pylist() == ["fair", "3", None]
    assert raw.cells.column("employees").to_pylist() == ["7", "many", None]
    assert raw.cells.column("budget").to_pylist() == [None] * 3
    with pytest.raises(ReadingError, match=r"no column 'answer': did you mean 'answers'\?.*Correct `packed`"):
        folder.read(source="sqlite:///crm.db", leads=table | {"packed": "answer"})
    with sa.create_engine(f"sqlite:///{folder.folder / 'crm.db'}").begin() as connection:
        connection.execute(sa.text("update leads set answers = '2026'"))
    with pytest.raises(ReadingError, match=r"must hold JSON objects, got '2026'"):
        folder.read(source="sqlite:///crm.db", leads=table)
