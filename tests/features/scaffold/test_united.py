"""Files of one table are put together where columns, values and ids say that they are parts of it."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

from features.scaffold import draft as draft_anew
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


def test_name_that_would_fit_a_member_of_an_archive_is_none(tmp_path: Path) -> None:
    """What reads by the name takes stems and members for names too."""
    write_year(tmp_path, 2024, 0)
    write_year(tmp_path, 2025, ROWS)
    with zipfile.ZipFile(tmp_path / "before.zip", "w") as archive:
        archive.writestr("leads_old.csv", "no,created,source,outcome,left\nX1,2020-01-01,fair,won,yes\n")

    assert draft(tmp_path).source.leads.table != "leads_*.csv"


def test_name_of_which_nothing_is_left_but_the_star_is_none(tmp_path: Path) -> None:
    """`*.csv` would fit whatever is ever put beside them."""
    for year, first in ((2024, 0), (2025, ROWS)):
        write_year(tmp_path, year, first)
        (tmp_path / f"leads_{year}.csv").rename(tmp_path / f"{year}.csv")

    drafted = draft(tmp_path)

    assert drafted.source.leads.table in ("2024.csv", "2025.csv")
    assert "give them names that begin alike" in drafted.comment("with the columns of a table that is")


def test_parts_of_every_table_are_asked_about_once(tmp_path: Path) -> None:
    write(
        tmp_path, "leads.csv", ("no", "created", "source"), *((f"L{at}", day(at), "ab"[at % 2]) for at in range(ROWS))
    )
    half = ROWS // 2
    for name, rows in (("1", range(half)), ("2", range(half, ROWS))):
        calls = [
            (f"L{at}", f"{day(at)}T{hour:02}:00:00", ("call", "mail")[hour % 2]) for at in rows for hour in (9, 10)
        ]
        write(tmp_path, f"calls_{name}.csv", ("no", "happened", "kind"), *calls)
        deals = [(f"L{at}", day(at + 20), ("won", "lost")[at % 2]) for at in rows]
        write(tmp_path, f"deals_{name}.csv", ("no", "closed", "outcome"), *deals)

    asked = [line for line in draft(tmp_path).text.splitlines() if "are read as one table. Are they?" in line]
    assert len(asked) == 2
    assert "calls_1.csv, calls_2.csv" in asked[0]
    assert "deals_1.csv, deals_2.csv" in asked[1]
    assert {line for line in draft_anew(tmp_path).asked.others if "one table" in line} == set(asked)


def test_column_that_was_renamed_between_two_years_is_asked_about_first(tmp_path: Path) -> None:
    """What reads by the draft refuses files without what tells how their leads ended."""
    write_year(tmp_path, 2024, 0, "%Y-%m-%d", "a", "b", "c", "d", "e", "f")
    write_year(tmp_path, 2025, ROWS, "%Y-%m-%d", "a", "b", "c", "d", "e", "f")
    later = tmp_path / "leads_2025.csv"
    later.write_text(later.read_text().replace("outcome", "result", 1))
    drafted = draft_anew(tmp_path)

    lacking = "leads_2024.csv has no column 'result', leads_2025.csv has no column 'outcome'"
    assert f"# check this first: {lacking}. If one column has two names" in drafted.text
    assert drafted.problem.endswith(f"{lacking}: give the column one name.")

    later.write_text(later.read_text().replace("result", "outcome", 1))
    assert not draft_anew(tmp_path).problem
    later.write_text(later.read_text().replace("c3", "c9", 1))
    drafted = draft_anew(tmp_path)
    assert "leads_2024.csv has no column 'c9', leads_2025.csv has no column 'c3'. If" in drafted.text
    assert not drafted.problem
