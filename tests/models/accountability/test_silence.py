"""A source is called silent when chance hardly ever leaves such a gap, and not because it is night, a weekend, or in batches."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import numpy as np
import pytest

from features.records.clock import DAY, Microseconds
from models.accountability.silence import HOUR, MIN_LEADS, silences

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = 1_767_567_600 * 1_000_000
"""5 January 2026, 00:00 in Berlin."""
WEEKS = 30


def office_hours(seed: int, a_week: float, *, batch: int = 1) -> Microseconds:
    """Leads that come mostly on weekdays from 8 to 20, by chance; each time some together."""
    random = np.random.default_rng(seed)
    hours = np.arange(WEEKS * 168)
    likely = np.where(hours // 24 % 7 < 5, 1.0, 0.1) * np.where((hours % 24 >= 8) & (hours % 24 < 20), 1.0, 0.05)
    rate = a_week / batch * likely / likely[:168].sum()
    count = random.poisson(rate) * batch
    return np.sort(np.repeat(MONDAY + hours * HOUR, count) + random.integers(0, HOUR, count.sum()))


def called(arrivals: dict[str, Microseconds], now: int) -> list[str]:
    return [one.source for one in silences(arrivals, now, BERLIN)]


@pytest.mark.parametrize("batch", [1, 5])
def test_company_that_goes_on_is_hardly_ever_called(batch: int) -> None:
    calls = 0
    for seed in range(100, 102):
        some = {f"{a_week}": office_hours(seed, a_week, batch=batch) for a_week in (8, 40, 200)}
        for now in range(MONDAY + 13 * 7 * DAY, MONDAY + WEEKS * 7 * DAY, 5 * HOUR):
            calls += len(called({name: times[times <= now] for name, times in some.items()}, now))
    assert calls == 0


def test_busy_source_is_called_within_a_day_and_a_rare_one_within_weeks() -> None:
    stops = MONDAY + 20 * 7 * DAY + 10 * HOUR  # a Monday morning
    for a_week, days in ((200, 1.0), (40, 3.0), (8, 21.0)):
        times = office_hours(7, a_week)
        times = times[times < stops]
        found = silences({"form": times}, stops + round(days * DAY), BERLIN)
        assert [one.source for one in found] == ["form"], a_week
        assert found[0].since == times[-1]
        assert found[0].expected == pytest.approx(a_week * days / 7, rel=0.6)
        assert called({"form": times}, stops + HOUR // 4) == []


def test_night_and_weekend_are_no_silence() -> None:
    times = office_hours(11, 200)
    friday = MONDAY + (20 * 7 + 4) * DAY + 20 * HOUR
    known = times[times < friday]

    assert called({"form": known}, friday + 36 * HOUR) == []
    assert called({"form": known}, friday + 62 * HOUR + 12 * HOUR) == ["form"]  # Monday evening


def test_few_leads_and_none_tell_nothing() -> None:
    few = MONDAY + np.arange(MIN_LEADS - 1) * DAY
    later = MONDAY + 400 * DAY

    assert called({"few": few, "none": np.empty(0, np.int64)}, later) == []
    assert called({"enough": np.append(few, few[-1] + DAY)}, later) == ["enough"]


def test_leads_of_an_import_tell_nothing_of_when_they_come() -> None:
    imported = MONDAY + np.arange(500, dtype=np.int64)
    assert called({"any source": imported}, MONDAY + 30 * DAY) == []
    six_days = np.concatenate([imported + day * DAY for day in range(6)])
    assert called({"any source": six_days}, MONDAY + 60 * DAY) == []
    assert called({"any source": np.append(six_days, MONDAY + 6 * DAY)}, MONDAY + 60 * DAY) == ["any source"]


def test_more_sources_have_to_be_silent_for_longer_each() -> None:
    times = office_hours(3, 40)
    stops = MONDAY + 20 * 7 * DAY + 10 * HOUR
    times = times[times < stops]
    first = next(now for now in range(stops, stops + 9 * DAY, HOUR) if called({"a": times}, now))
    others = {str(number): np.append(times, [stops, first - 1]) for number in range(200)}

    assert called({"a": times} | others, first) == []
