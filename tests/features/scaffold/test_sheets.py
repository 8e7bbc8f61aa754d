"""How a file is written and what its columns hold is told by its bytes and values."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.records.reading import ReadingError
from features.scaffold.sheets import Column
from tests.features.scaffold.conftest import day, draft, write, write_flat


def test_flat_file_of_another_writing_is_a_history(tmp_path: Path) -> None:
    write_flat(tmp_path, delimiter=";", encoding="utf-16")

    drafted = draft(tmp_path)

    assert drafted.source.leads.time_formats == {"created_at": "%d.%m.%Y"}
    assert drafted.source.leads.table == drafted.source.outcomes[0].table == "Anfragen.csv"
    assert drafted.source.outcomes[0].open_values == ("Negotiating",)
    assert drafted.comment("one day only")
    assert drafted.check().broken == ()


def test_cells_of_another_encoding_are_seen(tmp_path: Path) -> None:
    rows = [(f"L{at}", day(at), "Zürich", "won" if at % 2 else "lost") for at in range(20)]
    write(tmp_path, "leads.csv", ("id", "created", "source", "outcome"), *rows, encoding="cp1252")

    drafted = draft(tmp_path)

    assert drafted.check().history.leads.channels["source"][0] == "Zürich"


def test_month_first_is_told_by_the_days(tmp_path: Path) -> None:
    rows = [(f"L{at}", f"{day(at):%m/%d/%Y}", "web", "won" if at % 2 else "lost") for at in range(40)]
    write(tmp_path, "leads.csv", ("id", "created", "source", "outcome"), *rows)

    assert draft(tmp_path).source.leads.time_formats == {"created_at": "%m/%d/%Y"}


def test_parquet_is_drafted_as_well(tmp_path: Path) -> None:
    times = pa.array([datetime(2025, 1, 1, tzinfo=UTC) + timedelta(days=at) for at in range(40)])
    won = pa.array([at % 3 == 0 for at in range(40)])
    table = {
        "lead_id": pa.array(range(40)),
        "created_at": times,
        "campaign": ["a", "b"] * 20,
        "won": won,
        "closed_at": times,
    }
    pq.write_table(pa.table(table | {"list": [[1]] * 40}), tmp_path / "leads.parquet")

    drafted = draft(tmp_path)

    assert drafted.source.leads.columns == {}
    assert drafted.check().broken == ()
    assert drafted.check().summary.won == 14


def test_folder_without_a_table_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "readme.txt").write_text("not a table", encoding="utf-8")
    (tmp_path / "empty.csv").touch()
    (tmp_path / "broken.parquet").write_bytes(b"PAR1")

    with pytest.raises(ReadingError, match="must be a folder with at least one table"):
        draft(tmp_path)
    with pytest.raises(ReadingError, match="must be a folder with at least one table"):
        draft(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["1", "0", "1"], "flag"),
        (["1", "2", "0"], "number"),
        (["yes", "unknown", "no"], "flag"),
        (["2026-01-01", "2026-02-01"], "date"),
        (["a", "b"], "category"),
        ([f"a sentence of several words, number {at}" for at in range(50)], "text"),
        (["20260101", "20260102"], "number"),
        (["unknown"], "category"),
    ],
)
def test_type_is_told_by_the_values(values: list[str], kind: str) -> None:
    assert Column("any", pd.Series(values, dtype="str")).type == kind
