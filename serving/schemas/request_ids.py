"""The id of a request: taken from whoever sends it, or made, so that an answer, a log line and a trace can be told to belong together."""

import re
from contextvars import ContextVar
from secrets import token_hex

HEADER = "x-request-id"
WELL_FORMED = re.compile(rb"[A-Za-z0-9._:+/=-]{1,128}")

current: ContextVar[str] = ContextVar("request_id", default="")
"""The id of the request that is being answered; empty outside of one."""


def request_id(sent: bytes) -> str:
    """Return what was sent as a request's id, or a new one where that is not well formed.

    Examples
    --------
    >>> request_id(b"crm-17")
    'crm-17'
    >>> len(request_id(b"two words"))
    16
    """
    return sent.decode() if WELL_FORMED.fullmatch(sent) else token_hex(8)
