"""Files of one table are put together where columns, values and ids say that they are parts of it."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.features.scaffold.conftest import END, ROWS, counts, day, draft, write


def write_year(folder: Path, year: int, first: int, time_format: str = "%Y-%m-%d", *more: str) -> None:
    rows = [
        (f"L{first + at}", f"{day(at + 365 * (year - 2025)):{time_format}}", ("fair", "web")[at % 2], END[at], *more)
        for at in range(ROWS)
    ]
    write(
        folder,
        f"leads_{year}.csv",
        ("no", "created", "source", "outcome", *(f"c{at}" for at in range(len(more)))),
        *rows,
    )


def test_file_of_another_year_is_read_with_the_first_and_asked_about(tmp_path: Path) -> None:
    write_year(tmp_path, 2024, 0)
    write_year(tmp_path, 2025, ROWS)

    drafted = draft(tmp_path)

    assert counts(drafted) == (80, 80, 80)
    assert drafted.source.leads.table == "leads_*.csv"
    assert "leads_2024.csv, leads_2025.csv" in drafted.comment("are read as one table. Are they?")


def test_days_of_one_year_may_be_written_as_no_other_year_writes_them(tmp_path: Path) -> None:
    write_year(tmp_path, 2024, 0)
    write_year(tmp_path, 2025, ROWS, "%d.%m.%Y")

    drafted = draft(tmp_path)

    assert counts(drafted) == (80, 80, 80)
    assert not drafted.check().broken


def test_files_whose_ids_are_the_same_are_not_put_together(tmp_path: Path) -> None:
    """A copy, or numbers that begin anew each year: nobody could tell the leads apart."""
    write_year(tmp_path, 2024, 0)
    write_year(tmp_path, 2025, 0)

    assert "put them together into one file" in draft(tmp_path).comment("with the columns of a table that is")


def test_files_that_no_name_fits_alone_are_not_put_together(tmp_path: Path) -> None:
    write_year(tmp_path, 2024, 0)
    write_year(tmp_path, 2025, ROWS)
    write(tmp_path, "leads_notes.csv", ("note", "by"), ("call back", "Ann"))

    drafted = draft(tmp_path)

    assert drafted.source.leads.table in ("leads_2024.csv", "leads_2025.csv")
    assert drafted.comment("with the columns of a table that is")


def test_copy_of_a_later_file_is_no_part(tmp_path: Path) -> None:
    write_year(tmp_path, 2023, 0)
    write_year(tmp_path, 2024, ROWS)
    shutil.copy(tmp_path / "leads_2024.csv", tmp_path / "leads_2024_new.csv")

    assert draft(tmp_path).source.leads.table != "leads_*.csv"


def test_log_that_repeats_the_one_before_is_no_part(tmp_path: Path) -> None:
    """Nothing counts the rows of a log: whole rows that stand in both say that one holds the other."""
    write_year(tmp_path, 2024, 0)
    calls = [
        (f"L{at % ROWS}", f"{day(at % ROWS):%Y-%m-%d}T{at // ROWS:02}:00:00", ("call", "mail")[at % 2])
        for at in range(3 * ROWS)
    ]
    write(tmp_path, "calls_jan.csv", ("no", "happened", "kind"), *calls[: 2 * ROWS])
    write(tmp_path, "calls_feb.csv", ("no", "happened", "kind"), *calls)

    assert all("*" not in str(one.table) for one in draft(tmp_path).source.events)
