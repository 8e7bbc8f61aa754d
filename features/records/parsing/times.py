"""A column of times at once: the same answer as `features.records.parsing.values.parse_time` gives for each, many times faster.

Texts of the usual shapes are read by pandas; any other text goes through `parse_time` itself, once per distinct text.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.records.clock import DAY, EPOCH, NEVER, Microseconds, duration, to_microseconds
from features.records.parsing.cells import as_text
from features.records.parsing.time_formats import are_fillers, day_part, of_numbers, plain_text, read_numbered
from features.records.parsing.values import FIRST, LAST, BadValueError, parse_time
from features.settings.source import ISO, NUMBERED_TIMES

Mask = NDArray[np.bool_]

USUAL = r"^(?P<clock>\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?)?)(?P<zone>Z|[+-]\d\d:\d\d)?$"
"""Shapes that pandas reads as Python does."""

UTC_MARK = ZoneInfo.no_cache("UTC")
"""Given to times that name no zone, to tell them from those that name UTC."""


@dataclass(frozen=True)
class Times:
    """Times of a column, n rows.

    Attributes
    ----------
    utc
        Microseconds UTC; NEVER where there is none, or none that can be read.
    zoned
        Whether the record names its zone.
    skipped
        Whether clocks in the zone never showed this time; `utc` is NEVER there.
    repeated
        Whether clocks in the zone showed it twice; `utc` is the first.
    filler
        Whether it stands for "no date"; `utc` is NEVER there.
    is_day
        Whether it is a day without a clock, or midnight, as which such a day is read.
    """

    utc: Microseconds
    zoned: Mask
    skipped: Mask
    repeated: Mask
    filler: Mask
    is_day: Mask


def read_times(
    column: pa.ChunkedArray, zone: ZoneInfo, time_format: str | None = None, fillers: Sequence[date] = ()
) -> Times:
    """Read a column of texts, of Arrow timestamps, or of numbers that count from a day; times without a zone take `zone`.

    A time that clocks showed twice is the first of the two. `time_format` is a format of `features.settings.source`, for texts and
    numbers alone; months and days of the week may stand there in any of seven languages.

    Examples
    --------
    >>> times = read_times(
    ...     pa.chunked_array([["1970-01-01 01:00", "1970-01-01T00:00:01Z", "soon"]]), ZoneInfo("Europe/Paris")
    ... )
    >>> times.utc[:2].tolist(), times.zoned.tolist()
    ([0, 1000000], [False, True, False])
    """
    if pa.types.is_timestamp(column.type):
        local = _told(pc.fill_null(column.cast(pa.timestamp("us", column.type.tz)).cast(pa.int64()), NEVER).to_numpy())
        zoned = np.full(len(column), column.type.tz is not None)
    elif pa.types.is_string(column.type):
        local, zoned = read_local(column.combine_chunks(), time_format)
    elif time_format in NUMBERED_TIMES and not pa.types.is_boolean(column.type):
        numbers = pc.fill_null(column.cast(pa.float64(), safe=False), np.nan).to_numpy()
        local, zoned = of_numbers(numbers, time_format), np.full(len(column), time_format != "excel_days")
    elif time_format is not None and "%" in time_format and pa.types.is_integer(column.type):
        local, zoned = read_local(as_text(column).combine_chunks(), time_format)
    else:
        local, zoned = np.full(len(column), NEVER), np.zeros(len(column), np.bool_)
    filler, is_day = are_fillers(local, fillers), (local != NEVER) & (local % DAY == 0)
    local = np.where(filler, NEVER, local)
    naive = np.flatnonzero(~zoned & (local != NEVER))
    first, second = _offsets_of(local[naive], zone)
    local[naive] -= first
    skipped, repeated = np.zeros(len(column), np.bool_), np.zeros(len(column), np.bool_)
    skipped[naive], repeated[naive] = first < second, first > second
    utc = np.where(skipped, NEVER, _told(local))
    return Times(utc, zoned & (utc != NEVER), skipped, repeated, filler, is_day & ~filler)


def as_iso(column: pa.ChunkedArray, time_format: str) -> pa.ChunkedArray:
    """Return a column of texts or numbers with its times as ISO 8601 writes them; what the format does not read stays as it is.

    Examples
    --------
    >>> as_iso(pa.chunked_array([["3/11/2025", "2025-11-04 10:00", "soon"]]), "%d/%m/%Y").to_pylist()
    ['2025-11-03', '2025-11-04T10:00:00', 'soon']
    """
    if pa.types.is_timestamp(column.type):
        return as_text(column)
    texts = as_text(column).combine_chunks()
    local, zoned = read_local(texts, time_format)
    written = [
        text if time == NEVER else _written(int(time), zone)
        for text, time, zone in zip(texts.to_pylist(), local, zoned, strict=True)
    ]
    return pa.chunked_array([pa.array(written, pa.string())])


def _written(local: int, zoned: bool) -> str:
    time = EPOCH.replace(tzinfo=None) + timedelta(microseconds=local)
    if zoned:
        return f"{time.isoformat()}+00:00"
    return time.date().isoformat() if local % DAY == 0 else time.isoformat()


def _told(times: Microseconds) -> Microseconds:
    """Return NEVER for times that Python's `datetime` cannot hold."""
    return np.where((times >= FIRST) & (times <= LAST), times, NEVER)


def _offsets_of(local: Microseconds, zone: ZoneInfo) -> tuple[Microseconds, Microseconds]:
    """Return `_offsets` of many times: by the day, and one by one on the few days on which clocks are changed."""
    of_row, days = pd.factorize(local // DAY)
    steady = np.array([_steady_offset(int(day), zone) for day in days], np.int64)[of_row]
    first, second = steady.copy(), steady.copy()
    turning = np.flatnonzero(steady == NEVER)
    of_row, times = pd.factorize(local[turning])
    offsets = np.array([_offsets(int(time), zone) for time in times], np.int64).reshape(-1, 2)[of_row]
    first[turning], second[turning] = offsets[:, 0], offsets[:, 1]
    return first, second


def _steady_offset(day: int, zone: ZoneInfo) -> int:
    """Return the zone's offset on a local day, NEVER if clocks are changed on it or at its edges."""
    offsets = {*_offsets(day * DAY, zone), *_offsets(day * DAY + DAY - 1, zone)}
    return offsets.pop() if len(offsets) == 1 else NEVER


def _offsets(local: int, zone: ZoneInfo) -> tuple[int, int]:
    """Return the offset by the clock's first and second showing of a time; the first is smaller where it has none."""
    time = (EPOCH + timedelta(microseconds=local)).replace(tzinfo=zone)
    first, second = time.utcoffset(), time.replace(fold=1).utcoffset()
    return duration(first or timedelta()), duration(second or timedelta())


def read_local(texts: pa.StringArray, time_format: str | None) -> tuple[Microseconds, Mask]:
    """Return times as written (those that name a zone: in UTC), NEVER where not readable; and which name a zone."""
    time_format = None if time_format == ISO else time_format
    if time_format is None:
        local, zoned = _read_usual(texts)
    else:
        local, zoned = np.full(len(texts), NEVER), np.zeros(len(texts), np.bool_)
    rest = np.flatnonzero((local == NEVER) & pc.is_valid(texts).to_numpy(zero_copy_only=False))
    if len(rest):
        encoded = texts.take(rest).dictionary_encode()
        known = _read_formatted if time_format else _read_one_by_one
        distinct, named = known(encoded.dictionary.to_pylist(), time_format or "")
        codes = encoded.indices.to_numpy()
        local[rest], zoned[rest] = distinct[codes], named[codes]
    return local, zoned


def _read_usual(texts: pa.StringArray) -> tuple[Microseconds, Mask]:
    """Read `YYYY-MM-DD[ HH:MM[:SS[.f]][Z|+HH:MM]]`; NEVER for any other shape and for days that are not."""
    parts = pc.extract_regex(texts, USUAL)
    clock, zone = (pc.fill_null(pc.struct_field(parts, at), "") for at in (0, 1))
    times = pd.to_datetime(clock.to_pandas(), format="ISO8601", errors="coerce")
    local = _told(times.to_numpy("datetime64[us]").astype(np.int64))
    marks = zone.dictionary_encode()
    offset = np.array([_mark(mark) for mark in marks.dictionary.to_pylist()], np.int64)[marks.indices.to_numpy()]
    zoned = pc.not_equal(zone, "").to_numpy(zero_copy_only=False)
    is_day = pc.equal(pc.binary_length(clock), len("YYYY-MM-DD")).to_numpy(zero_copy_only=False)
    good = (local != NEVER) & (offset != NEVER) & ~(is_day & zoned)
    return np.where(good, local - offset, NEVER), zoned & good


def _mark(zone: str) -> int:
    """Return how far clocks of a zone such as "+05:30" are ahead of UTC, NEVER if there is no such zone."""
    try:
        return DAY - to_microseconds(parse_time(f"1970-01-02T00:00{zone}", UTC_MARK))
    except BadValueError:
        return NEVER


def _read_one_by_one(texts: Iterable[str], time_format: str) -> tuple[Microseconds, Mask]:
    times = [_read_text(text, time_format) for text in texts]
    zoned = np.array([time is not None and time.tzinfo is not None for time in times], np.bool_)
    local = [
        NEVER if time is None else to_microseconds(time if time.tzinfo else time.replace(tzinfo=UTC)) for time in times
    ]
    return np.array(local, np.int64), zoned


def _read_text(text: str, time_format: str) -> datetime | None:
    try:
        if time_format:
            return datetime.strptime(plain_text(text, time_format), time_format)  # noqa: DTZ007 - the caller gives it a zone
        local = _parse_iso(text)
    except ValueError:
        return None
    return local.replace(tzinfo=None) if local.tzinfo is UTC_MARK else local


def _parse_iso(text: str) -> datetime:
    """Return an ISO 8601 time, whose zone may have a name."""
    try:
        return parse_time(text, UTC_MARK)
    except ValueError:
        named = plain_text(text, "%z")
        if named == text:
            raise
        return parse_time(re.sub(r"\s+(?=[+-]\d\d:?\d\d$)", "", named), UTC_MARK)


def _read_formatted(texts: list[str], time_format: str) -> tuple[Microseconds, Mask]:
    """Read texts by a format; one that it does not read as a day without the clock, or as ISO 8601, which nobody can mistake."""
    local, zoned = _read_by(texts, time_format)
    for other in (day_part(time_format), ISO):
        rest = np.flatnonzero(local == NEVER)
        if other and len(rest):
            several = pa.array([texts[row] for row in rest], pa.string())
            local[rest], zoned[rest] = _read_usual(several) if other == ISO else _read_by(several.to_pylist(), other)
    return local, zoned


def _read_by(texts: list[str], time_format: str) -> tuple[Microseconds, Mask]:
    """Read texts by one format alone: by pandas, and what pandas does not read by Python."""
    if time_format in NUMBERED_TIMES:
        counted = read_numbered(texts, time_format)
        return counted, np.full(len(texts), time_format != "excel_days") & (counted != NEVER)
    if "%z" in time_format:
        return _read_one_by_one(texts, time_format)
    texts = [plain_text(text, time_format) for text in texts]
    # pandas takes words such as "now" for times, whatever the format.
    series = pd.Series([text.strip() if any(map(str.isdigit, text)) else "" for text in texts], dtype=object)
    times = pd.to_datetime(series, format=time_format, errors="coerce").to_numpy("datetime64[us]")
    local = times.astype(np.int64)
    zoned = np.zeros(len(texts), np.bool_)
    rest = np.flatnonzero(local == NEVER)
    local[rest], zoned[rest] = _read_one_by_one([texts[row] for row in rest], time_format)
    return local, zoned
