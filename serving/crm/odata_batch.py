"""Dataverse's `$batch`: several requests in one of several parts, carried out one after the other, each with its own answer.

See https://learn.microsoft.com/power-apps/developer/data-platform/webapi/execute-batch-operations-using-web-api.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any
from uuid import uuid4

LINE = "\r\n"


class BatchAnswerError(ValueError):
    """An answer to a batch that is none."""


@dataclass(frozen=True)
class BatchPart:
    """One request of a batch; `address` is a whole one."""

    method: str
    address: str
    content: Mapping[str, Any]
    headers: Mapping[str, str]


@dataclass(frozen=True)
class BatchAnswer:
    """What one request was answered; `content` is None without a body."""

    status: int
    content: Any


def batch_body(parts: Sequence[BatchPart]) -> tuple[str, bytes]:
    """Return the media type and the body of a batch."""
    boundary = f"batch_{uuid4().hex}"
    lines: list[str] = []
    for number, part in enumerate(parts, start=1):
        lines += [f"--{boundary}", "Content-Type: application/http", "Content-Transfer-Encoding: binary"]
        lines += [f"Content-ID: {number}", "", f"{part.method} {part.address} HTTP/1.1"]
        lines += [
            "Content-Type: application/json; type=entry",
            *(f"{name}: {told}" for name, told in part.headers.items()),
        ]
        lines += ["", json.dumps(part.content, ensure_ascii=True)]
    lines += [f"--{boundary}--", ""]
    return f"multipart/mixed; boundary={boundary}", LINE.join(lines).encode()


def batch_answers(media_type: str, body: bytes) -> list[BatchAnswer]:
    """Return the answers of a batch, in the order of its requests.

    Raises
    ------
    BatchAnswerError
        If the body is no batch's.
    """
    whole = BytesParser(policy=HTTP).parsebytes(f"Content-Type: {media_type}{LINE}{LINE}".encode() + body)
    if not whole.is_multipart():
        raise BatchAnswerError("The answer to a batch must have several parts, got one.")
    return [_answer(_payload(part)) for part in whole.iter_parts()]


def _payload(part: Any) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _answer(text: bytes) -> BatchAnswer:
    first, _, rest = text.lstrip().partition(b"\n")
    words = first.split()
    if len(words) < 2 or not words[1].isdigit():
        raise BatchAnswerError("Each part of the answer to a batch must begin with a status, got none.")
    _, _, content = rest.replace(b"\r\n", b"\n").partition(b"\n\n")
    try:
        return BatchAnswer(int(words[1]), json.loads(content) if content.strip() else None)
    except ValueError:
        return BatchAnswer(int(words[1]), None)
