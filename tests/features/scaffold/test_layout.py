"""Where nothing says how leads ended, the columns that may are named."""

from __future__ import annotations

from pathlib import Path

from features.scaffold import draft as draft_whole
from tests.features.scaffold.conftest import ROWS, day, write


def test_export_without_a_known_outcome_names_columns_that_may_be_its_end(tmp_path: Path) -> None:
    rows = [(f"L{at}", day(at), "web", "x" if at % 3 else None, day(at + 9) if at % 3 else None) for at in range(ROWS)]
    write(tmp_path, "leads.csv", ("id", "created", "source", "blorp", "blorp day"), *rows)

    made = draft_whole(tmp_path)

    assert "Candidates: 'blorp' ('x' 80)" in made.problem
    assert "won: too few" not in made.text


def test_outcome_that_nothing_tells_is_a_problem_that_names_its_candidates(tmp_path: Path) -> None:
    write(tmp_path, "leads.csv", ("id", "created", "source"), *[(f"L{at}", day(at), "web") for at in range(ROWS)])
    deals = [(f"L{at}", day(at + 9), ("K1", "K2", "K3")[at % 3]) for at in range(ROWS)]
    write(tmp_path, "deals.csv", ("id", "closed", "result"), *deals)

    drafted = draft_whole(tmp_path)

    assert "Candidates: 'result' ('K1' 40, 'K2' 40, 'K3' 40)" in drafted.problem
    assert "all_won" not in drafted.text
