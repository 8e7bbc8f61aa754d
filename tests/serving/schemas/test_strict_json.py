"""JSON is read by its standard."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.schemas.problems import RefusedError
from serving.schemas.strict_json import DEEPEST, parse_json

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.text(st.characters(codec="ascii", exclude_characters="\0")), inner)
    ),
    max_leaves=10,
)


@given(values, st.booleans())
def test_json_is_read_as_it_was_written(value: Any, ensure_ascii: bool) -> None:
    assert parse_json(json.dumps(value, ensure_ascii=ensure_ascii).encode()) == value


def test_byte_order_mark_is_no_text() -> None:
    assert parse_json(b"\xef\xbb\xbf{}") == {}


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        (b"", "must be JSON, got Expecting value at character 0"),
        (b"{'a': 1}", "must be JSON"),
        (b'{"a": 1,}', "must be JSON"),
        (b'{"a": "\0"}', "must be JSON"),
        (b'{"a": 01}', "must be JSON"),
        (b"{} {}", "must be JSON, got Extra data"),
        (b"\xff", "must be UTF-8, got byte 0xff at 0"),
        ("{}".encode("utf-16"), "must be UTF-8"),
        (b'{"a": {"b": 1, "c": 2, "b": 3}}', "must give each name of an object once, got 'b' twice"),
        (b'{"a": 1, "\\u0061": 2}', "must give each name of an object once, got 'a' twice"),
        (b'{"a": NaN}', "NaN or Infinity"),
        (b"[-Infinity]", "NaN or Infinity"),
        (b"[1e999]", "must have numbers of at most 1.8e308, got 1e999"),
        (b"[9223372036854775808]", "must have integers of at most 64 bits"),
        (b"9" * 5_000, "must have integers of at most 64 bits"),
        (b'{"a": "\\ud800"}', r"must have texts of whole characters other than null, got '\\ud800'"),
        (b'{"\\udfff": 1}', "must have texts of whole characters"),
        (b'"\\u0000"', "must have texts of whole characters"),
        (b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1), "must be nested at most"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "must be nested at most"),
    ],
)
def test_what_is_not_json_is_refused(body: bytes, rule: str) -> None:
    with pytest.raises(RefusedError, match=rule) as refused:
        parse_json(body)

    assert refused.value.problem.status == 400


def test_allowed_depth_and_numbers_pass() -> None:
    nested = b"[" * (DEEPEST - 1) + b"9223372036854775807" + b"]" * (DEEPEST - 1)

    assert parse_json(nested)
