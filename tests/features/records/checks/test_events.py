"""Events: their kinds, who acts, and where an answer stands."""

from __future__ import annotations

import numpy as np
import pytest

from features.records.reading import ReadingError
from tests.features.conftest import Export


def test_usual_actor_of_a_kind_is_taken_where_none_is_given(export: Export) -> None:
    export.add("events", "L1,call,2026-01-09T10:00:00Z,2026-01-09T10:00:00Z,,,")

    assert export.check().history.events.actor[-1] == 1


def test_kinds_of_the_export_are_mapped_or_ignored(export: Export) -> None:
    export.add("events", "L1,Phone,2026-01-09T10:00:00Z,2026-01-09T10:00:00Z,,,", "L9,sync,soon,,,,")

    checked = export.check(events={"table": "events", "kinds": {"Phone": "call"}, "ignore": ["sync"]})

    assert checked.broken == ()
    assert checked.history.events.kind.tolist() == [0, 1, 3, 2, 0]
    assert "events.csv: 1 event of the kinds to ignore left out." in checked.summary.notes


def test_answer_stands_in_text_or_for_a_number_in_value(export: Export) -> None:
    time = "2026-01-09T10:00:00Z,2026-01-09T10:00:00Z"
    export.add("events", f"L1,employees,{time},5,6,", f"L1,budget,{time},7,none,", f"L1,budget,{time},7,,")

    np.testing.assert_array_equal(export.check().history.events.value[-3:], [6, 0, np.nan])


def test_answers_without_a_column_to_hold_them_are_an_error(export: Export) -> None:
    export.write("events.csv", "lead_id,kind,occurred_at", "L1,budget,2026-01-05T10:00:00Z")

    with pytest.raises(ReadingError, match=r"events\.csv has answers to 'budget' but no column to hold them"):
        export.check()


def test_an_agent_is_named_by_its_name_and_version_and_nobody_else_is(export: Export) -> None:
    time = "2026-01-09T10:00:00Z"
    rows = ("agent,desk,1.2", "agent,desk,", "agent,,1", "rep,desk,1.2")
    lines = [f"L1,call,{time},{who}" for who in rows]
    export.write("events.csv", "lead_id,kind,occurred_at,actor,agent_name,agent_version", *lines)

    events = export.check().history.events

    assert events.agent is not None
    assert events.agent.tolist() == ["desk 1.2", "desk", None, None]
    assert events.actor.tolist() == [3, 3, 3, 1]
