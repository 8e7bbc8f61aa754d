"""What a draft asks has its candidates, what was taken of them, and the evidence; to answer as it stands changes nothing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from features.scaffold import draft
from features.scaffold.corrections import Corrections
from features.scaffold.questions import ColumnQuestion, DraftQuestions
from tests.features.scaffold.conftest import write, write_company


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("company")
    write_company(folder)
    return folder


@pytest.fixture(scope="module")
def asked(folder: Path) -> DraftQuestions:
    return draft(folder).asked


def question(asked: DraftQuestions, column: str) -> ColumnQuestion:
    (found,) = [one for one in asked.columns if one.column == column]
    return found


def test_tables_days_and_words_are_told_with_what_they_are_read_as(asked: DraftQuestions) -> None:
    uses = {table.name: table.use for table in asked.tables}
    assert uses == {
        "contacts.csv": "leads",
        "deals.csv": "outcomes",
        "crm_history.csv": "what happened",
        "products.csv": "",
    }
    assert (asked.created.chosen, asked.closed.chosen, asked.amount.chosen) == ("createDate", "close_date", "amount")
    assert "discount_given" in asked.amount.candidates
    (stage,) = asked.ends
    assert stage.is_read
    assert {word.value: word.end for word in stage.words} == {"Closed Won": "won", "Closed Lost": "lost"}
    assert sum(word.rows for word in stage.words) == 150
    assert asked.counts.startswith(f"{next(w.rows for w in stage.words if w.end == 'won')} won, ")


def test_what_the_audit_suspects_is_asked_about_with_its_evidence(asked: DraftQuestions) -> None:
    tags, budget, owner = (question(asked, name) for name in ("Tags", "Budget", "Owner"))
    assert (tags.role, tags.is_asked) == ("late", True)
    assert any("signed!" in evidence for evidence in tags.evidence)
    assert (budget.role, budget.order, budget.is_ordered) == ("answer", ("small", "medium", "large"), True)
    assert not budget.is_asked
    assert (owner.role, owner.evidence) == ("", ("left out, as whose lead it is says nothing of the lead",))


def test_to_answer_as_it_stands_changes_no_setting(folder: Path, asked: DraftQuestions) -> None:
    (stage,) = asked.ends
    same = Corrections(
        horizon_days=asked.horizon_days,
        created=asked.created.chosen,
        closed=asked.closed.chosen,
        amount=asked.amount.chosen,
        ended_by=stage.name,
        ends={word.value: word.end for word in stage.words},
        roles={one.column: one.role for one in asked.columns},  # type: ignore[misc]
        types={one.column: one.type for one in asked.columns},  # type: ignore[misc]
        obstacles={one.column: one.obstacle for one in asked.columns},  # type: ignore[misc]
        ordered={one.column: one.is_ordered for one in asked.columns if one.order},
    )
    before, after = draft(folder), draft(folder, None, same)
    assert _settings(after.text) == _settings(before.text)
    assert after.questions < before.questions
    assert [one.column for one in after.asked.columns if one.is_asked] == [
        one.column for one in asked.columns if one.is_asked and len(one.evidence) > 1
    ]  # what the audit says stays in view


def _settings(text: str) -> list[str]:
    """Return the keys with their values, without a column that is mapped to its own name, which says nothing."""
    lines = [line.split("  # ")[0] for line in text.splitlines()]
    return [line for line in lines if line and not line.startswith("#") and not re.fullmatch(r'(\w+) = "\1"', line)]


def test_where_nothing_tells_won_from_lost_the_columns_that_may_are_asked_about(tmp_path: Path) -> None:
    rows = [(f"L{n}", f"2026-01-{1 + n % 28:02d}", "abc"[n % 3], "xy"[n % 2]) for n in range(60)]
    write(tmp_path, "leads.csv", ("lead_id", "created_at", "status", "colour"), *rows)
    found = draft(tmp_path)
    assert found.problem
    (status,) = [one for one in found.asked.ends if one.name == "status"]
    assert not status.is_read
    assert {word.end for word in status.words} == {"open"}
    answered = draft(tmp_path, None, Corrections(ended_by="status", ends={"a": "won", "b": "lost", "c": "open"}))
    assert answered.problem == ""
    assert 'won_values = ["a"]' in answered.text
