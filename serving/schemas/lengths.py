"""Requests that say in two ways where they end: a proxy may believe the other, and pass a second request on within one."""

from collections.abc import Iterable

TWO_LENGTHS = (
    "A request must say how long its body is once, got Content-Length and Transfer-Encoding: send one of them."
)


def has_two_lengths(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Return whether a request has two lengths, by its headers in small letters.

    Examples
    --------
    >>> has_two_lengths([(b"content-length", b"4"), (b"transfer-encoding", b"chunked")])
    True
    >>> has_two_lengths([(b"content-length", b"4"), (b"content-type", b"text/plain")])
    False
    """
    return {b"content-length", b"transfer-encoding"} <= {name for name, _ in headers}
