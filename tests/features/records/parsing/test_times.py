"""A column of times reads as each of its times alone, whatever the zone, the spelling and the storage."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from features.records.clock import NEVER, to_microseconds
from features.records.parsing.times import read_times
from features.records.parsing.values import BadValueError, parse_time
from tests.features.conftest import NOW

BERLIN = ZoneInfo("Europe/Berlin")

ZONES = st.sampled_from(
    [
        "UTC",
        "Europe/Berlin",
        "Europe/Dublin",  # summer is its standard time
        "America/New_York",
        "America/Sao_Paulo",  # clocks were changed at midnight
        "Australia/Lord_Howe",  # by half an hour
        "Pacific/Apia",  # skipped a day
        "Africa/Casablanca",
        "Africa/Monrovia",  # had seconds in its offset
    ]
)


def spellings(time: datetime) -> st.SearchStrategy[str]:
    iso = time.isoformat
    return st.sampled_from(
        [
            *(iso(separator, precision) for separator in "T -" for precision in ("minutes", "seconds", "milliseconds")),
            *(iso() + zone for zone in ("Z", "+05:30", "-00:45", "+0200", "+14", "+24:00")),
            iso(timespec="minutes") + "Z",
            time.date().isoformat(),
            f" {iso()} ",
            iso(timespec="milliseconds").replace(".", ","),
            f"{time:%Y%m%dT%H%M%S}",
            f"{time:%G-W%V-%u}",
            f"{time:%d.%m.%Y}",
        ]
    )


TIMES = st.one_of(
    st.datetimes().flatmap(spellings),
    st.datetimes(NOW.replace(2011, tzinfo=None), NOW.replace(tzinfo=None)).flatmap(spellings),
    st.from_regex(
        r"\d{4}-[0-3]\d-[0-4]\d([T ][0-2]\d:[0-6]\d(:[0-6]\d(\.\d{1,7})?)?)?(Z|[+-][0-2]\d:[0-6]\d)?", fullmatch=True
    ),
    st.text("0123456789-:T .Z+W", max_size=33),
    st.text(max_size=30),
    st.none(),
)


@given(texts=st.lists(TIMES, max_size=8), zone=ZONES.map(ZoneInfo))
@example(texts=["0001-01-01T00:00:00+14:00", "9999-12-31T23:30:00-01:00", "0001-01-01", None], zone=BERLIN)
def test_column_of_times_is_read_as_each_time_alone(texts: list[str | None], zone: ZoneInfo) -> None:
    times = read_times(pa.chunked_array([pa.array(texts, pa.string())]), zone)

    for at, text in enumerate(texts):
        try:
            alone = parse_time(text, zone)
        except BadValueError:
            assert (times.utc[at], times.zoned[at], times.skipped[at]) == (NEVER, False, False)
            continue
        first, second = alone.replace(fold=0).utcoffset(), alone.replace(fold=1).utcoffset()
        assert first is not None
        assert second is not None
        assert times.skipped[at] == (first < second)
        assert times.repeated[at] == (first > second)
        assert times.utc[at] == (NEVER if first < second else to_microseconds(alone))
        assert times.zoned[at] == (alone.tzinfo is not zone)


FORMATS = st.sampled_from(
    ["%d.%m.%Y %H:%M", "%m/%d/%y", "%Y-%m-%d", "%d %b %Y %I:%M %p", "%Y%m%d%H%M%S", "%d.%m.%Y %z"]
)


def alone_by(text: str, form: str) -> datetime | None:
    """Read one time as Python does: by its format, as a day without the clock, or as ISO 8601."""
    day = form.partition(" %H")[0] if form.startswith(("%d", "%m")) else form
    for one in (form, day):
        try:
            return datetime.strptime(text, one)  # noqa: DTZ007 - the zone is put in its place below
        except ValueError:
            continue
    try:
        return datetime.fromisoformat(text) if text[4:5] == "-" and len(text) >= 10 else None
    except ValueError:
        return None


@given(
    moments=st.lists(
        st.datetimes(NOW.replace(1990, tzinfo=None), NOW.replace(2050, tzinfo=None)), min_size=1, max_size=5
    ),
    noise=st.lists(
        st.one_of(st.text(max_size=12), st.sampled_from(["now", "today", "NaT", "nan", "2026-01-01", "31.12.2026"])),
        max_size=3,
    ),
    form=FORMATS,
)
def test_formatted_times_are_read_as_python_reads_them(moments: list[datetime], noise: list[str], form: str) -> None:
    texts = [*(moment.replace(tzinfo=UTC).strftime(form) for moment in moments), *noise]

    times = read_times(pa.chunked_array([texts]), BERLIN, form)

    for text, utc, zoned, skipped in zip(texts, times.utc, times.zoned, times.skipped, strict=True):
        alone = alone_by(text.strip(), form)
        if alone is None:
            assert utc == NEVER
            continue
        assert zoned == (alone.tzinfo is not None)
        if not skipped:
            assert utc == to_microseconds(alone if zoned else alone.replace(tzinfo=BERLIN))


def test_stored_times_keep_their_instant() -> None:
    column = pa.chunked_array([pa.array([0, None, 2**62], pa.timestamp("us", "America/New_York"))])

    times = read_times(column, BERLIN)

    assert times.utc.tolist() == [0, NEVER, NEVER]
    assert times.zoned.tolist() == [True, False, False]
    naive = pa.chunked_array([pa.array([0], pa.timestamp("us"))])
    assert read_times(naive, BERLIN).utc.tolist() == [-3_600_000_000]


@pytest.mark.parametrize("cells", [pa.array([1.5, None]), pa.array([True, False]), pa.nulls(2)])
def test_what_is_no_time_is_read_as_none(cells: pa.Array) -> None:
    times = read_times(pa.chunked_array([cells]), BERLIN)

    assert times.utc.tolist() == [NEVER, NEVER]
    assert not times.zoned.any()
