"""A broken row is told as people would write it."""

from __future__ import annotations

import pytest

from features.records.checks.broken import shown


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "nothing"),
        ("", "nothing"),
        ("-3", "-3"),
        (0.5, "0.5"),
        (True, "True"),
        ("a'b", '"a\'b"'),
        ("x" * 300, "'" + "x" * 198 + "…"),
    ],
)
def test_cell_is_shown_as_people_would_write_it(value: object, text: str) -> None:
    assert shown(value) == text
