"""Reading a request's body: its media type, and never more bytes than are allowed."""

import asyncio
from collections.abc import Awaitable

from starlette.datastructures import Headers
from starlette.requests import Request

from serving.schemas.problems import TOO_LARGE, TOO_SLOW, UNSUPPORTED_MEDIA_TYPE, refusal

JSON = "application/json"
LINGER = 8
"""So many times the limit is read and dropped, so that the sender hears why instead of losing the connection."""


async def read_body(request: Request, most_bytes: int) -> bytes:
    """Return the body of a JSON request.

    Raises
    ------
    RefusedError
        If it says that it is not JSON, or if it is larger than allowed; what is too much is not kept.
    """
    check_media_type(request.headers, (JSON,))
    return await read_bytes(request, most_bytes)


async def read_bytes(request: Request, most_bytes: int) -> bytes:
    """Return the body of a request.

    Raises
    ------
    RefusedError
        If it is larger than allowed; what is too much is not kept.
    """
    kept, size = bytearray(), 0
    async for chunk in request.stream():
        size += len(chunk)
        if size <= most_bytes:
            kept += chunk
        elif size > LINGER * most_bytes:
            break
    if size > most_bytes:
        raise refusal(
            TOO_LARGE,
            "body",
            f"must have at most {most_bytes:,} bytes",
            f"{size:,} or more",
            "send less at a time",
        )
    return bytes(kept)


async def within(seconds: float | None, reading: Awaitable[bytes]) -> bytes:
    """Return a body that is being read, if all of it arrives in time; None stands for as long as it takes.

    Raises
    ------
    RefusedError
        If it does not, or as reading does.
    """
    try:
        async with asyncio.timeout(seconds):
            return await reading
    except TimeoutError as error:
        rule = f"must arrive within {seconds:g} seconds"
        raise refusal(TOO_SLOW, "body", rule, "less than all of it", "send it again") from error


def check_media_type(headers: Headers, allowed: tuple[str, ...], *, any_charset: bool = False) -> None:
    """Refuse what is not of these media types, in UTF-8 but where other letters can be read as well.

    Raises
    ------
    RefusedError
        Naming what was sent.
    """
    content_type, content_encoding = headers.get("content-type", ""), headers.get("content-encoding", "identity")
    media_type, *parameters = (part.strip().lower() for part in content_type.split(";"))
    charsets = [
        value.strip("\"' ")
        for name, _, value in (part.partition("=") for part in parameters)
        if name.strip() == "charset"
    ]
    other_letters = not any_charset and any(charset not in ("utf-8", "utf8") for charset in charsets)
    if media_type not in allowed or other_letters:
        rule, remedy = (
            f"must be {' or '.join(allowed)}",
            f"send it in UTF-8 with the header 'Content-Type: {allowed[0]}'",
        )
        raise refusal(UNSUPPORTED_MEDIA_TYPE, "Content-Type", rule, repr(content_type), remedy)
    if content_encoding.strip().lower() not in ("identity", ""):
        raise refusal(
            UNSUPPORTED_MEDIA_TYPE,
            "Content-Encoding",
            "must be identity",
            repr(content_encoding),
            "send it uncompressed",
        )
