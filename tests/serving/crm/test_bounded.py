"""An answer of a CRM takes so much memory and no more, however it is packed; and what was stored before it stays."""

from __future__ import annotations

import gzip
from collections.abc import Iterator

import httpx
import pytest

from serving.crm import bounded
from serving.crm.bounded import TooLargeError, fetch


class Parts(httpx.SyncByteStream):
    """A body that comes piece by piece, and counts how many were read."""

    def __init__(self, parts: list[bytes]) -> None:
        self.parts, self.read = parts, 0

    def __iter__(self) -> Iterator[bytes]:
        for part in self.parts:
            self.read += 1
            yield part


def fetched(parts: Parts, **headers: str) -> httpx.Response:
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.headers["accept-encoding"] == "gzip"
        assert request.headers["x-own"] == "1"
        return httpx.Response(
            200, stream=parts, headers={name.replace("_", "-"): text for name, text in headers.items()}
        )

    with httpx.Client(transport=httpx.MockTransport(answer)) as http:
        return fetch(http, "GET", "https://crm.example/", headers={"x-own": "1"})


def test_an_answer_is_read_up_to_its_limit_and_no_further(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded, "MAX_BYTES", 1_000)
    assert fetched(Parts([b"x" * 500, b"y" * 500])).content == b"x" * 500 + b"y" * 500
    endless = Parts([b"x" * 500] * 100)
    with pytest.raises(TooLargeError, match="must have at most"):
        fetched(endless)
    assert endless.read == 3


def test_what_counts_is_what_it_unpacks_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded, "MAX_BYTES", 1_000)
    packed = fetched(Parts([gzip.compress(b'{"a":1}')]), content_encoding="gzip")
    assert packed.json() == {"a": 1}
    with pytest.raises(TooLargeError, match="must have at most"):
        fetched(Parts([gzip.compress(b"x" * 1_001)]), content_encoding="gzip")


@pytest.mark.parametrize("encoding", ["gzip, gzip", "br", "deflate"])
def test_an_answer_packed_otherwise_is_not_unpacked(encoding: str) -> None:
    with pytest.raises(TooLargeError, match="must be packed by gzip or not at all"):
        fetched(Parts([b"x"]), content_encoding=encoding)
