"""An answer that is read whole, and no further than a limit: what a CRM sends could otherwise take all memory."""

from typing import Any

import httpx

MAX_BYTES = 64 * 2**20
"""Bytes of an answer once it is unpacked: the largest page, of 2,000 records, has room for 32 KiB in each."""
ENCODINGS = frozenset({"", "identity", "gzip"})
"""Ways in which an answer may be packed: one within another would grow a thousandfold twice before it is counted."""
_PACKED = frozenset({"content-encoding", "content-length", "transfer-encoding"})


class TooLargeError(ValueError):
    """An answer is larger than is read at once."""


def fetch(http: httpx.Client, method: str, address: str, **content: Any) -> httpx.Response:
    """Return the answer to a request, read whole.

    Raises
    ------
    TooLargeError
        If it is larger than is read at once, or packed in a way that was not asked for.
    httpx.HTTPError
        If it cannot be had.
    """
    headers = {**content.pop("headers", {}), "accept-encoding": "gzip"}
    with http.stream(method, address, headers=headers, **content) as answer:
        encoding = answer.headers.get("content-encoding", "").strip().casefold()
        if encoding not in ENCODINGS:
            raise TooLargeError(f"must be packed by gzip or not at all, got {encoding[:40]!r}")
        told = {name: value for name, value in answer.headers.items() if name not in _PACKED}
        return httpx.Response(answer.status_code, headers=told, content=_read(answer), request=answer.request)


def _read(answer: httpx.Response) -> bytes:
    read = bytearray()
    for part in answer.iter_bytes():
        read += part
        if len(read) > MAX_BYTES:
            raise TooLargeError(f"must have at most {MAX_BYTES >> 20} MiB, got more")
    return bytes(read)
