"""Nothing is sent while it is quiet, and a digest at its times alone, in whatever zone."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.records.clock import to_datetime, to_microseconds
from serving.outbox.hours import day_of, is_quiet, next_hour
from serving.settings.messages import WEEKDAYS, MessageSettings

BERLIN = ZoneInfo("Europe/Berlin")
HOURS = st.builds(time, st.integers(0, 23), st.integers(0, 59))
YEAR = [to_microseconds(datetime(year, 1, 1, tzinfo=UTC)) for year in (2026, 2027)]
MOMENTS = st.integers(*YEAR)


def settings(**given: Any) -> MessageSettings:
    return MessageSettings.model_validate({"name": "ann", "role": "manager", "url_variable": "ANN", **given})


def at(*when: int) -> int:
    return to_microseconds(datetime(*when, tzinfo=BERLIN))  # type: ignore[misc, arg-type]


@given(MOMENTS, HOURS, HOURS, st.sets(st.sampled_from(WEEKDAYS), max_size=6))
def test_next_hour_is_the_first_that_is_not_quiet(now: int, start: time, end: time, days: set[str]) -> None:
    if start == end:
        return
    quiet = settings(quiet_from=start, quiet_until=end, quiet_days=sorted(days))
    found = next_hour(quiet, BERLIN, now)

    assert found >= now
    assert not is_quiet(quiet, BERLIN, found)
    between = range(now, found, max((found - now) // 20, 1))
    assert all(is_quiet(quiet, BERLIN, moment) for moment in between)


@given(MOMENTS, st.sets(HOURS, min_size=1, max_size=4))
def test_digest_comes_at_its_times(now: int, hours: set[time]) -> None:
    found = next_hour(settings(when="digest", digest_at=sorted(hours)), BERLIN, now)
    local = to_datetime(found).astimezone(BERLIN)
    assert now <= found <= now + timedelta(days=1, hours=1) / timedelta(microseconds=1)
    # an hour that the clock skips in March comes an hour later
    assert {local.time(), (local - timedelta(hours=1)).time()} & hours


@pytest.mark.parametrize(
    ("given", "now", "then"),
    [
        ({"quiet_from": "19:00", "quiet_until": "07:30"}, at(2026, 3, 6, 19), at(2026, 3, 7, 7, 30)),
        ({"quiet_from": "19:00", "quiet_until": "07:30"}, at(2026, 3, 6, 18, 59), at(2026, 3, 6, 18, 59)),
        ({"quiet_days": ["saturday", "sunday"]}, at(2026, 3, 7, 12), at(2026, 3, 9)),
        ({"when": "digest", "digest_at": ["08:00"]}, at(2026, 3, 6, 8), at(2026, 3, 6, 8)),
        ({"when": "digest", "digest_at": ["08:00"]}, at(2026, 3, 6, 8) + 1, at(2026, 3, 7, 8)),
        ({"when": "digest", "quiet_days": ["saturday"]}, at(2026, 3, 6, 9), at(2026, 3, 8, 8)),
    ],
)
def test_hours_by_the_clock_of_the_zone(given: dict[str, Any], now: int, then: int) -> None:
    assert next_hour(settings(**given), BERLIN, now) == then


def test_quiet_hours_that_end_in_the_hour_that_the_clock_repeats_end_twice() -> None:
    again = datetime(2026, 10, 25, 2, 10, tzinfo=BERLIN, fold=1)
    found = next_hour(settings(quiet_from="19:00", quiet_until="02:30"), BERLIN, to_microseconds(again))
    assert found - to_microseconds(again) == timedelta(minutes=20) / timedelta(microseconds=1)


def test_day_in_which_the_clock_is_put_forward_has_23_hours() -> None:
    start, end = day_of(at(2026, 3, 29, 12), BERLIN)
    assert end - start == timedelta(hours=23) / timedelta(microseconds=1)
