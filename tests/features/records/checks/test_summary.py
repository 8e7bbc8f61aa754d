"""What was read, in numbers and sentences."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.features.conftest import Export
from tests.features.records.checks.conftest import microseconds


def test_summary_tells_what_was_read(export: Export) -> None:
    summary = export.check().summary

    assert summary.rows == {"leads": 3, "events": 4, "outcomes": 2}
    assert summary.broken == {"leads": 0, "events": 0, "outcomes": 0}
    assert (summary.won, summary.lost, summary.open) == (1, 1, 1)
    assert summary.median_days_to_close == 31  # 1 January to 1 February, 3 January to 3 February
    assert summary.since == datetime(2026, 1, 1, 10, tzinfo=UTC)
    assert summary.until == datetime(2026, 2, 3, 10, tzinfo=UTC)
    assert summary.notes == (
        "Not read, being late: notes.",
        "events.csv: 1 event occurred before the lead was created, such as a visit before the form; they are kept.",
        "history.exported_at is not set: the history counts as complete until its latest record.",
    )


def test_export_time_of_the_settings_ends_the_history(export: Export) -> None:
    checked = export.check(exported_at="2026-04-01T00:00:00Z")

    assert checked.history.known_until == microseconds("2026-04-01T00:00:00Z")
