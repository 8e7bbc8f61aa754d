"""A request says once how long it is."""

from __future__ import annotations

import pytest

from serving.schemas.lengths import has_two_lengths

LENGTH, CHUNKED, TYPE = (b"content-length", b"4"), (b"transfer-encoding", b"chunked"), (b"content-type", b"a/b")


@pytest.mark.parametrize(
    ("headers", "two"),
    [([LENGTH, TYPE], False), ([CHUNKED, TYPE], False), ([], False), ([CHUNKED, TYPE, LENGTH], True)],
)
def test_two_lengths(headers: list[tuple[bytes, bytes]], two: bool) -> None:
    assert has_two_lengths(headers) is two
