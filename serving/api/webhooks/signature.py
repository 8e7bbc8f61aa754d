"""HubSpot's signature of a call, version 3: that it comes from there, unchanged, and just now."""

import base64
import hashlib
import hmac
from datetime import datetime, timedelta

from starlette.datastructures import Headers

SIGNATURE = "X-HubSpot-Signature-v3"
TIMESTAMP = "X-HubSpot-Request-Timestamp"
LONGEST = timedelta(minutes=5)
"""A call that is older may be one that somebody has recorded."""


def sign(secret: str, address: str, body: bytes, timestamp: str) -> str:
    """Return the signature of a POST: HMAC-SHA256 over method, address, body and timestamp.

    See https://developers.hubspot.com/docs/api/webhooks/validating-requests.
    """
    signed = b"POST" + address.encode() + body + timestamp.encode()
    return base64.b64encode(hmac.digest(secret.encode(), signed, hashlib.sha256)).decode()


def is_signed(secret: str, address: str, headers: Headers, body: bytes, now: datetime) -> bool:
    """Return whether a call is signed with the secret, and not older than five minutes; compared in constant time."""
    timestamp = headers.get(TIMESTAMP, "")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) < 16):
        return False
    signature = sign(secret, address, body, timestamp)
    same = hmac.compare_digest(signature.encode(), headers.get(SIGNATURE, "").encode())
    age = abs(now.timestamp() - int(timestamp) / 1000)
    return same and age <= LONGEST.total_seconds()
