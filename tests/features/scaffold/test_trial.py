"""A draft that was tried says what was read by it, and asks where that falls short."""

from __future__ import annotations

from pathlib import Path

import pytest

from features.records.checks import check_history
from features.scaffold import Draft, draft
from features.scaffold.trial import READ, failed, tried
from tests.features.scaffold import conftest
from tests.features.scaffold.conftest import NOW, day, write

HEADER = ("Id", "Created", "Source", "Status", "Closed on")
ROWS = 90


def export(folder: Path, broken: int = 0) -> Draft:
    """Draft an export of a third won, lost and open, of which some closes are none."""
    rows: list[tuple[object, ...]] = []
    for at in range(ROWS):
        status = ("won", "lost", "open")[at % 3]
        closed = None if status == "open" else "soon" if at < broken else day(at + 20)
        rows.append((f"L{at}", day(at), ("web", "fair")[at % 2], status, closed))
    write(folder, "leads.csv", HEADER, *rows)
    return draft(folder)


def after(drafted: Draft) -> Draft:
    """Return the draft tried."""
    read = conftest.Draft(drafted.text)
    return tried(drafted, check_history(read.source, read.schema, NOW, Path()))


def test_draft_says_in_its_head_what_was_read_by_it_and_is_the_same_settings(tmp_path: Path) -> None:
    drafted = export(tmp_path)
    there = after(drafted)
    (said,) = [line for line in there.text.splitlines() if line.startswith(READ)]
    assert said == f"{READ}30 won, 30 lost, 30 open, half of the closes within 20 days; no row is broken."
    assert conftest.Draft(there.text).keys == conftest.Draft(drafted.text).keys
    assert there.questions == drafted.questions
    assert not there.problem


def test_broken_rows_are_asked_about_with_the_rule_that_most_of_them_break(tmp_path: Path) -> None:
    there = after(export(tmp_path, broken=2))
    (asked,) = [line for line in there.text.splitlines() if "is the draft wrong" in line]
    assert asked.startswith("# check this first: ")
    assert "leads.csv, column 'Closed on' must be " in asked
    assert "2 of 180 rows broken" in there.text


def test_a_broken_row_among_many_is_named_and_not_asked_about(tmp_path: Path) -> None:
    there = after(export(tmp_path, broken=1))
    assert "# Left out: leads.csv, column 'Closed on' must be " in there.text
    assert "is the draft wrong" not in there.text


@pytest.mark.parametrize(("words", "missing"), [(["won"], "lost"), (["lost"], "won")])
def test_an_end_that_no_lead_has_is_asked_about(tmp_path: Path, words: list[str], missing: str) -> None:
    drafted = export(tmp_path)
    kept = f'{missing}_values = ["{missing}"]'
    assert kept in drafted.text
    text = drafted.text.replace(kept, f'{missing}_values = ["never"]').replace('["open"]', f'["open", "{missing}"]')
    there = after(Draft(text))
    assert f"# check this first: no lead is {missing} by this draft" in there.text
    assert f"no lead is {words[0]} " not in there.text


def test_what_cannot_be_read_at_all_is_the_problem(tmp_path: Path) -> None:
    there = failed(export(tmp_path), ValueError("Column 'x' must be there."))
    assert there.problem == "Nothing can be read by this draft: Column 'x' must be there."
    assert f"# check this first: {there.problem}" in there.text
