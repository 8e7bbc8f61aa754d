"""From values to numbers and back: what each type takes, what it refuses, and that nothing is lost on the way."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.records.parsing.values import LONGEST_TEXT, BadValueError, decode, encode, is_missing, parse_time
from features.settings.fields import LeadField

BERLIN, UTC_ZONE = ZoneInfo("Europe/Berlin"), ZoneInfo("UTC")
JANUARY_2 = 86_400_000_000
"""1970-01-02 in microseconds."""


def answer(kind: str, **keys: Any) -> LeadField:
    return LeadField.model_validate({"role": "answer", "obstacle": "need", "type": kind, **keys})


SIZE = answer("category", values=["1", "20", "true"], missing=["?"])
OPEN = answer("category", values=["a", "b"], others=True)
COUNT = answer("number", minimum=0, maximum=100, missing=["999", "none"])
FLAG = answer("flag", missing=["?"])
DATE, TEXT = answer("date"), answer("text", missing=["-"])


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        (SIZE, "20", 1),
        (SIZE, 20, 1),
        (SIZE, 20.0, 1),
        (SIZE, True, 2),
        (OPEN, "b", 1),
        (OPEN, "c", 2),
        (OPEN, " B\u00a0", 1),
        (COUNT, "0,02 k€", 20),
        (COUNT, 3, 3),
        (COUNT, " 3.5 ", 3.5),
        (COUNT, "1e2", 100),
        (FLAG, True, 1),
        (FLAG, False, 0),
        (FLAG, "Yes", 1),
        (FLAG, " n ", 0),
        (FLAG, 1, 1),
        (FLAG, 0.0, 0),
        (FLAG, "1.0", 1),
        (DATE, "1970-01-02", JANUARY_2 - 3_600_000_000),  # Berlin's midnight
        (DATE, "1970-01-02T00:00:00Z", JANUARY_2),
        (DATE, datetime(1970, 1, 2, tzinfo=UTC), JANUARY_2),
        (TEXT, "three small\nwords", 3),
        (TEXT, 7, 1),
    ],
)
def test_value_becomes_its_number(field: LeadField, value: object, code: float) -> None:
    assert encode(field, value, BERLIN) == code


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        (SIZE, "2", "must be one of '1', '20', 'true': correct it, or list it under values"),
        (SIZE, ["1"], "must be text: write it in quotes"),
        (SIZE, {}, "must be text"),
        (TEXT, "x" * (LONGEST_TEXT + 1), "must have at most 100,000 characters: shorten it"),
        (COUNT, "3 boats", "must be a number: write digits with a decimal point, without units"),
        (COUNT, [3], "must be a number: write digits"),
        (COUNT, True, "must be a number: true and false are for fields of type 'flag'"),
        (COUNT, "inf", "must be a finite number: correct it, or leave it empty"),
        (COUNT, "nan", "must be a finite number"),
        (COUNT, 10**400, "must be a finite number"),
        (COUNT, -0.5, "must be >= 0: fix the export, or list the value under missing"),
        (COUNT, 101, "must be <= 100: fix the export, or list the value under missing"),
        (FLAG, "maybe", "must be true or false: write true, false, yes, no, 1 or 0"),
        (FLAG, 2, "must be true or false"),
        (DATE, "soon", "must be an ISO 8601 time: write it as 2026-10-01T09:30:00"),
        (DATE, "2026-02-30", "must be an ISO 8601 time"),
        (DATE, 20260101, "must be an ISO 8601 time"),
        (DATE, "0001-01-01T00:00:00+14:00", "must lie between the years 1 and 9999 in UTC: correct it"),
        (DATE, "9999-12-31T23:00:00-02:00", "must lie between the years 1 and 9999 in UTC"),
    ],
)
def test_broken_rule_is_named_with_its_remedy(field: LeadField, value: object, message: str) -> None:
    with pytest.raises(BadValueError) as caught:
        encode(field, value, UTC_ZONE)

    assert str(caught.value).startswith(message)
    assert str(caught.value) == f"{caught.value.rule}: {caught.value.remedy}"


def test_long_list_of_values_is_cut_in_the_message() -> None:
    many = answer("category", values=[f"v{at}" for at in range(20)])

    with pytest.raises(BadValueError, match=r"'v10', 'v11' and 8 more: correct it"):
        encode(many, "w", UTC_ZONE)


@pytest.mark.parametrize("value", [None, math.nan, "", "  "])
@pytest.mark.parametrize("field", [SIZE, OPEN, COUNT, FLAG, DATE, TEXT], ids=lambda field: field.type)
def test_nothing_is_missing_whatever_the_type(field: LeadField, value: object) -> None:
    assert is_missing(field, value)
    assert math.isnan(encode(field, value, UTC_ZONE))


@pytest.mark.parametrize("value", ["999", 999, 999.0, "999.0", " 999 ", "9.99e2", "none", np.float64(999)])
def test_number_that_means_missing_does_so_however_it_is_written(value: object) -> None:
    assert is_missing(COUNT, value)


@pytest.mark.parametrize(
    ("field", "value", "missing"),
    [
        (SIZE, "?", True),
        (SIZE, "? ", False),
        (SIZE, "1", False),
        (answer("category", values=["a"], missing=["7", "true"]), 7.0, True),
        (answer("category", values=["a"], missing=["7", "true"]), True, True),
        (answer("category", values=["a"], missing=["7"]), "7.0", False),
        (COUNT, 998, False),
        (COUNT, True, False),
        (COUNT, [999], False),
        (answer("number", missing=["1"]), True, False),
        (TEXT, "-", True),
    ],
)
def test_word_of_the_settings_is_missing_and_no_other(field: LeadField, value: object, missing: bool) -> None:
    assert is_missing(field, value) == missing


@pytest.mark.parametrize(
    ("field", "code", "value"),
    [
        (SIZE, 1.0, "20"),
        (OPEN, 2.0, "other"),
        (COUNT, 2.5, 2.5),
        (FLAG, 1.0, True),
        (FLAG, 0.0, False),
        (DATE, float(JANUARY_2), "1970-01-02"),
        (TEXT, 4.0, 4.0),
        (FLAG, math.nan, None),
    ],
)
def test_number_is_shown_as_its_value(field: LeadField, code: float, value: object) -> None:
    assert decode(field, code) == value


FLOATS = st.floats(allow_nan=False, allow_infinity=False)
GIVEN = st.one_of(
    st.tuples(st.just(SIZE), st.sampled_from(["1", "20", "true", 1, 20.0, True, None, "?"])),
    st.tuples(st.just(OPEN), st.one_of(st.sampled_from("ab"), st.text(max_size=5), FLOATS)),
    st.tuples(st.just(COUNT), st.one_of(st.floats(0, 100), st.integers(0, 100), st.just("999"))),
    st.tuples(st.just(answer("number")), FLOATS),
    st.tuples(st.just(FLAG), st.sampled_from([True, False, "yes", "NO", 1, 0.0, "?"])),
    st.tuples(
        st.just(DATE), st.datetimes(timezones=st.sampled_from([UTC, BERLIN])).filter(lambda t: 1 < t.year < 9999)
    ),
    st.tuples(st.just(DATE), st.just(datetime.max.replace(tzinfo=UTC))),
)


@given(pair=GIVEN)
def test_decoded_value_encodes_to_what_it_was(pair: tuple[LeadField, object]) -> None:
    field, value = pair
    code = encode(field, value, UTC_ZONE)
    again = encode(field, decode(field, code), UTC_ZONE)

    if field.type == "date":  # shown by the day
        assert 0 <= code - again <= timedelta(days=1) / timedelta(microseconds=1)
    else:
        np.testing.assert_equal(again, code)


@pytest.mark.parametrize("text", ["2026-01-02T10:00", " 2026-01-02 10:00:00 ", "20260102T100000"])
def test_time_without_a_zone_takes_the_one_given(text: str) -> None:
    assert parse_time(text, BERLIN) == datetime(2026, 1, 2, 9, tzinfo=UTC)


def test_time_with_a_zone_keeps_it() -> None:
    assert parse_time("2026-01-02T10:00-05:00", BERLIN) == datetime(2026, 1, 2, 15, tzinfo=UTC)
