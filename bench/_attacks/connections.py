"""Attacks by what is hardly HTTP, and by connections that say nothing."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack

from bench._attacks.target import JSON_TYPE, SCORE, Attack, Target, must

RAW: dict[str, tuple[bytes, ...]] = {
    "two ways to say a length": (b"Content-Length: 4", b"Transfer-Encoding: chunked"),
    "two lengths": (b"Content-Length: 14", b"Content-Length: 4"),
    "a length below 0": (b"Content-Length: -1",),
    "a length that is no number": (b"Content-Length: 1e3",),
    "a length of two numbers": (b"Content-Length: 14, 4",),
    "an encoding that is none": (b"Transfer-Encoding: xchunked",),
    "chunked twice": (b"Transfer-Encoding: chunked, chunked",),
    "a header without a name": (b": nothing", b"Content-Length: 14"),
    "a blank before the colon": (b"Content-Length : 14",),
    "a header that goes on": (b"Content-Length: 14", b" folded"),
    "a NUL in a header": (b"X-A: \x00", b"Content-Length: 14"),
    "a long header": (b"X-A: " + b"a" * 200_000, b"Content-Length: 14"),
    "many headers": (*(b"X-%d: 1" % number for number in range(5_000)), b"Content-Length: 14"),
}


def connections() -> Iterator[Attack]:
    """Send what is hardly HTTP."""
    for name, headers in RAW.items():

        def raw(target: Target, headers: tuple[bytes, ...] = headers) -> str:
            key = f"Authorization: Bearer {target.keys['admin']}".encode()
            lines = [b"POST /score HTTP/1.1", b"Host: x", key, b"Content-Type: application/json", *headers]
            smuggled = b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n" + key + b"\r\n\r\n"
            answer = spoken(target.port, b"\r\n".join(lines) + b"\r\n\r\n" + b"0\r\n\r\n" + smuggled)
            return must(b'"openapi"' not in answer and not answer.startswith(b"HTTP/1.1 5"), answer[:200])

        yield Attack("connections", name, raw)
    for line in (
        b"GET",
        b"GET / HTTP/9.9",
        b"\x16\x03\x01",
        b"PRI * HTTP/2.0",
        b"G\x00T / HTTP/1.1",
        b"CONNECT x:1 HTTP/1.1",
    ):

        def first(target: Target, line: bytes = line) -> str:
            answer = spoken(target.port, line + b"\r\nHost: x\r\n\r\n")
            return must(not answer.startswith((b"HTTP/1.1 200", b"HTTP/1.1 5")), answer[:200])

        yield Attack("connections", f"a first line of {line!r}", first)

    def silent(target: Target) -> str:
        with ExitStack() as stack:
            for _ in range(1_100):
                stack.enter_context(socket.create_connection(("127.0.0.1", target.port), timeout=5))
            answer = target.call("POST", "/score", content=SCORE, headers=JSON_TYPE)
            return must(answer.status_code == 200, answer.status_code)

    yield Attack("connections", "1,100 that say nothing", silent)


def spoken(port: int, request: bytes) -> bytes:
    """Return what is answered to bytes, within 3 seconds."""
    with socket.create_connection(("127.0.0.1", port), timeout=3) as connection:
        connection.sendall(request)
        parts: list[bytes] = []
        try:
            while part := connection.recv(65_536):
                parts.append(part)
        except (TimeoutError, ConnectionError):
            pass
        return b"".join(parts)
