"""A week is told once, on its Monday or a day later."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from features.records.clock import to_microseconds
from serving.runtime.week_loop import WeekWatch, week_notice
from serving.store.notices import NewNotice

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("day", "hour", "is_told"),
    [(2, 5, False), (2, 6, True), (3, 23, True), (4, 5, True), (4, 6, False), (8, 23, False)],
)
def test_week_is_told_for_two_days_from_six_on_monday(day: int, hour: int, is_told: bool) -> None:
    notice = week_notice(to_microseconds(datetime(2026, 3, day, hour, tzinfo=BERLIN)), BERLIN)
    assert (notice is not None) == is_told
    assert notice is None or (notice.once, notice.content) == ("week 2026-W10", {"after": {"week": "2026-W10"}})


def test_watch_looks_every_minute() -> None:
    told = list[NewNotice]()
    now = datetime(2026, 3, 2, 6, tzinfo=BERLIN).timestamp()
    watch = WeekWatch(BERLIN, lambda: now, told.extend)
    watch.look()
    watch.look()
    assert len(told) == 1
    now += 60
    watch.look()
    assert told[0] == told[1]  # the outbox keeps the first
