"""Reading the report of a check."""

from __future__ import annotations

from datetime import datetime

from features.records.checks import CheckedHistory
from features.records.clock import to_microseconds

LATER = "2026-03-01T10:00:00Z"


def microseconds(text: str) -> int:
    return to_microseconds(datetime.fromisoformat(text))


def broken(checked: CheckedHistory) -> list[str]:
    return [str(row) for row in checked.broken]
